// No chain of nosplit functions may use more stack than is always left (cmd/link/internal/ld/stackcheck.go).

import { AuxType, auxSize, PcValueIterator, RelocType, relocSize, StackNosplitBase, SymFlag } from "#formats";
import type { Link } from "./link.ts";
import { type Loader, Version } from "./loader.ts";

const callSize = 8;
const cycle = 32767;
/** Stands for whatever an indirect call may reach. */
const indirect = -1;
const unknown = -1;

interface Edge {
  /** Bytes of stack used when the target is entered. */
  readonly growth: number;
  /** 0: growth without a call. */
  readonly target: number;
}

/** Reports every chain over the limit. */
export function stackCheck(ctxt: Link): void {
  const limit = StackNosplitBase - callSize;
  const check = new StackCheck(ctxt, false);
  const failed = ctxt.textp.filter((s) => check.height(s) > limit);
  if (failed.length === 0) return;
  const graph = new StackCheck(ctxt, true);
  for (const s of failed) graph.height(s);
  for (const root of graph.roots()) {
    ctxt.loader.error(root, `nosplit stack over ${limit} byte limit`);
    graph.report(root, limit, [{ growth: 0, target: root, printed: false }]);
  }
}

class StackCheck {
  private readonly ldr: Loader;
  private readonly heights: Int16Array;
  private readonly known = new Map<number, number>();
  private readonly graph = new Map<number, Edge[]>();
  private readonly morestack: number;
  private readonly wantEdges: boolean;

  constructor(
    private readonly ctxt: Link,
    private readonly keepGraph: boolean,
  ) {
    this.ldr = ctxt.loader;
    this.heights = new Int16Array(this.ldr.n).fill(unknown);
    this.morestack = this.ldr.lookup("runtime.morestack", Version.ABI0);
    this.wantEdges = keepGraph || ctxt.options.debugNosplit;
  }

  /** Bytes of stack that a call of s may use without a check. */
  height(s: number): number {
    const h = s === indirect ? (this.known.get(s) ?? unknown) : this.heights[s]!;
    if (h !== unknown) return h;
    this.set(s, cycle);
    const edges: Edge[] = [];
    const got = Math.min(this.compute(s, edges), cycle);
    this.set(s, got);
    if (this.keepGraph) this.graph.set(s, edges);
    if (this.ctxt.options.debugNosplit) {
      for (const e of edges) {
        const to = e.target === 0 ? "" : ` -> ${this.name(e.target)}`;
        this.ctxt.log(`nosplit: ${this.name(s)} +${e.growth}${to}\n`);
      }
    }
    return got;
  }

  private set(s: number, h: number): void {
    if (s === indirect) this.known.set(s, h);
    else this.heights[s] = h;
  }

  private compute(s: number, edges: Edge[]): number {
    const { ldr } = this;
    if (s === this.morestack) return 0;
    if (s === indirect) {
      if (this.wantEdges) edges.push({ growth: callSize, target: this.morestack });
      return callSize;
    }
    const aux = ldr.auxRange(s);
    if (aux === null) return 0;
    let hasInfo = false;
    let pcsp = 0;
    const { bytes, view } = aux.source;
    for (let p = ldr.aPos; p < ldr.aEnd; p += auxSize) {
      if (bytes[p] === AuxType.FuncInfo) hasInfo = true;
      else if (bytes[p] === AuxType.Pcsp)
        pcsp = ldr.resolve(aux, view.getUint32(p + 1, true), view.getUint32(p + 5, true));
    }
    if (!hasInfo) return 0;
    if ((ldr.flag[s]! & SymFlag.NoSplit) === 0) {
      // It checks its stack first thing.
      if (this.wantEdges) edges.push({ growth: callSize, target: this.morestack });
      return callSize + this.height(this.morestack);
    }
    let most = 0;
    let local = 0;
    ldr.openRelocs(s);
    const v = ldr.rView;
    const o = ldr.rObject;
    let p = ldr.rPos;
    const end = ldr.rEnd;
    const table = ldr.data(pcsp);
    const it = new PcValueIterator(table, 0, pcsp === 0 ? 0 : table.length);
    while (it.next()) {
      if (it.value > local) local = it.value;
      for (; p < end && v.getInt32(p, true) < it.nextPC; p += relocSize) {
        const type = v.getUint16(p + 5, true) & 0x7fff;
        if (type !== RelocType.R_CALL && type !== RelocType.R_CALLIND) continue;
        const growth = it.value + callSize;
        const target =
          type === RelocType.R_CALLIND
            ? indirect
            : ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
        if (this.wantEdges) edges.push({ growth, target });
        const h = growth + (target === 0 ? 0 : this.height(target));
        if (h > most) most = h;
      }
    }
    if (local > most) {
      if (this.wantEdges) edges.push({ growth: local, target: 0 });
      most = local;
    }
    return most;
  }

  private name(s: number): string {
    if (s === indirect) return "indirect";
    return s === 0 ? "leaf" : `${this.ldr.name(s)}<${this.ldr.version(s)}>`;
  }

  /** Functions of the graph that none other of it calls; of a cycle, the one with the least number. */
  roots(): number[] {
    const nodes = new Set(this.graph.keys());
    const walk = (origin: number, s: number): number => {
      // The least symbol of the cycle through origin, or 0.
      if (!nodes.has(s)) return 0;
      nodes.delete(s);
      if (origin === s) return s;
      let lowest = 0;
      for (const out of this.graph.get(s) ?? []) {
        const l = walk(origin, out.target);
        if (l === 0) continue;
        if (lowest === 0) lowest = s;
        if (l < lowest) lowest = l;
      }
      return lowest;
    };
    for (const k of [...nodes]) {
      if (!nodes.has(k)) continue;
      for (const out of this.graph.get(k) ?? []) {
        const lowest = walk(k, out.target);
        if (lowest !== 0) nodes.add(lowest);
      }
    }
    return [...nodes].sort((a, b) => this.height(b) - this.height(a) || a - b);
  }

  report(s: number, depth: number, chain: { growth: number; target: number; printed: boolean }[]): void {
    const edges = this.graph.get(s);
    const isCycle = edges === undefined && s !== 0;
    this.graph.delete(s);
    for (const out of edges ?? []) {
      chain.push({ growth: out.growth, target: out.target, printed: false });
      this.report(out.target, depth - out.growth, chain);
      chain.pop();
    }
    if (edges !== undefined) this.graph.set(s, edges);
    if ((edges?.length ?? 0) > 0 || (depth >= 0 && !isCycle)) return;
    let indent = "";
    for (let i = 0; i < chain.length; i++) {
      const e = chain[i]!;
      if (e.printed) continue;
      e.printed = true;
      if (i === 0) {
        this.ctxt.log(`${this.name(e.target)}\n`);
        continue;
      }
      indent = "    ".repeat(i);
      const call = e.target === 0 ? "" : `, calls ${this.name(e.target)}`;
      this.ctxt.log(`${indent}grows ${e.growth} bytes${call}\n`);
    }
    this.ctxt.log(isCycle ? `${indent}infinite cycle\n` : `${indent}${-depth} bytes over limit\n`);
  }
}
