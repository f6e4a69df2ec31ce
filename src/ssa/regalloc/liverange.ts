import { type Block, type Func, Op, type Value, Scratch, scratch } from "../core/index.ts";

/** What a call adds to the distance of the uses behind it: registers do not survive one, so such uses are far away. */
export const callDistance = 1000;
/** Distances beyond this one are alike. */
export const farDistance = 1 << 28;

const likelyEdge = 1;
const normalEdge = 10;
const unlikelyEdge = 100;

/**
 * Which values are live at the ends of each block, and how many instructions away their next use is. Only values of which
 * `inRegister` is true count. Arrays are indexed by block id and parallel: ids[i] has its next use at dist[i].
 */
export class LiveRanges {
  readonly inIds: number[][];
  readonly inDist: number[][];
  readonly outIds: number[][];
  readonly outDist: number[][];
  /** Distance from the start of its block to the first use of a phi. */
  readonly phiDist: Int32Array;

  constructor(
    private readonly f: Func,
    private readonly order: readonly Block[],
    private readonly inRegister: Int32Array,
    private readonly isCall: (v: Value) => boolean,
    hasLoops: boolean,
  ) {
    const n = f.nextBlockId;
    this.inIds = new Array<number[]>(n);
    this.inDist = new Array<number[]>(n);
    this.outIds = new Array<number[]>(n);
    this.outDist = new Array<number[]>(n);
    for (const b of order) {
      this.inIds[b.id] = [];
      this.inDist[b.id] = [];
      this.outIds[b.id] = [];
      this.outDist[b.id] = [];
    }
    this.phiDist = scratch(Scratch.PhiDist, f.nextValueId, farDistance);
    this.findLive();
    this.findDistances();
    // What lies behind a back edge is known only now.
    if (hasLoops) this.findDistances();
  }

  /** For each value in turn, walks from its uses up to its definition. */
  private findLive(): void {
    const n = this.f.nextValueId;
    const inRegister = this.inRegister;
    const defs: (Value | undefined)[] = new Array<Value | undefined>(n);
    // Uses outside the defining block, grouped by value. An end-of-block use (of a phi) is stored as ~id.
    const count = scratch(Scratch.UseCount, n + 1, 0);
    for (const b of this.order) {
      for (const v of b.values) {
        if (inRegister[v.id] === 1) defs[v.id] = v;
        const phi = v.op === Op.Phi;
        for (const a of v.args) if (inRegister[a.id] === 1 && (phi || a.block !== b)) count[a.id]!++;
      }
      const c = b.control;
      if (c !== null && inRegister[c.id] === 1 && c.block !== b) count[c.id]!++;
    }
    let total = 0;
    for (let i = 0; i <= n; i++) {
      const c = count[i]!;
      count[i] = total;
      total += c;
    }
    const useBlocks: Block[] = new Array<Block>(total);
    const atEnd = new Uint8Array(total);
    const fill = scratch(Scratch.UseFill, n + 1, 0);
    fill.set(count.subarray(0, n + 1));
    for (const b of this.order) {
      for (const v of b.values) {
        const args = v.args;
        if (v.op === Op.Phi) {
          for (let i = 0; i < args.length; i++) {
            const id = args[i]!.id;
            if (inRegister[id] === 0) continue;
            atEnd[fill[id]!] = 1;
            useBlocks[fill[id]!++] = b.preds[i]!.b;
          }
        } else {
          for (const a of args) if (inRegister[a.id] === 1 && a.block !== b) useBlocks[fill[a.id]!++] = b;
        }
      }
      const c = b.control;
      if (c !== null && inRegister[c.id] === 1 && c.block !== b) useBlocks[fill[c.id]!++] = b;
    }
    const seenIn = new Int32Array(this.f.nextBlockId);
    const seenOut = new Int32Array(this.f.nextBlockId);
    const work: Block[] = [];
    for (let id = 0; id < n; id++) {
      const from = count[id]!;
      const to = count[id + 1]!;
      if (from === to) continue;
      const home = defs[id]!.block;
      for (let u = from; u < to; u++) {
        const b = useBlocks[u]!;
        if (atEnd[u] === 1 && seenOut[b.id] !== id) {
          if (this.outIds[b.id] === undefined) continue; // an unreachable predecessor
          seenOut[b.id] = id;
          this.outIds[b.id]!.push(id);
        }
        if (b === home || seenIn[b.id] === id) continue;
        seenIn[b.id] = id;
        work.push(b);
        while (work.length > 0) {
          const w = work.pop()!;
          this.inIds[w.id]!.push(id);
          for (const e of w.preds) {
            const p = e.b;
            const out = this.outIds[p.id];
            if (out === undefined) continue;
            if (seenOut[p.id] !== id) {
              seenOut[p.id] = id;
              out.push(id);
            }
            if (p !== home && seenIn[p.id] !== id) {
              seenIn[p.id] = id;
              work.push(p);
            }
          }
        }
      }
    }
  }

  private findDistances(): void {
    const dist = scratch(Scratch.Dist, this.f.nextValueId, 0);
    for (let i = this.order.length - 1; i >= 0; i--) {
      const b = this.order[i]!;
      const outIds = this.outIds[b.id]!;
      for (const id of outIds) dist[id] = farDistance;
      for (let k = 0; k < b.succs.length; k++) {
        const e = b.succs[k]!;
        const s = e.b;
        const edge =
          b.likely === 0 || b.succs.length !== 2 ? normalEdge : b.likely > 0 === (k === 0) ? likelyEdge : unlikelyEdge;
        const ids = this.inIds[s.id]!;
        const dists = this.inDist[s.id]!;
        // The first time round, a loop's header has no distances yet: its values stay far.
        for (let j = 0; j < dists.length; j++) {
          const d = dists[j]! + edge;
          if (d < dist[ids[j]!]!) dist[ids[j]!] = d;
        }
        for (const v of s.values) {
          if (v.op !== Op.Phi) break;
          const a = v.args[e.i]!;
          if (this.inRegister[a.id] === 0) continue;
          const d = this.phiDist[v.id]! + edge;
          if (d < dist[a.id]!) dist[a.id] = d;
        }
      }
      const outDist = this.outDist[b.id]!;
      for (let j = 0; j < outIds.length; j++) outDist[j] = dist[outIds[j]!]!;
      const values = b.values;
      // Distances within the block are measured from its end at first; `length` is added up on the way.
      let length = values.length;
      for (let j = 0; j < values.length; j++) if (this.isCall(values[j]!)) length += callDistance;
      for (const id of outIds) dist[id] = Math.min(dist[id]! + length, farDistance);
      let pos = length;
      const c = b.control;
      if (c !== null && this.inRegister[c.id] === 1) dist[c.id] = pos;
      for (let j = values.length - 1; j >= 0; j--) {
        const v = values[j]!;
        pos--;
        if (v.op === Op.Phi) {
          this.phiDist[v.id] = v.uses > 0 && dist[v.id]! > 0 ? dist[v.id]! : farDistance;
          continue;
        }
        if (this.isCall(v)) pos -= callDistance;
        const args = v.args;
        for (let k = 0; k < args.length; k++)
          if (this.inRegister[args[k]!.id] === 1) dist[args[k]!.id] = Math.max(pos, 1);
      }
      const inIds = this.inIds[b.id]!;
      const inDist = this.inDist[b.id]!;
      for (let j = 0; j < inIds.length; j++) inDist[j] = dist[inIds[j]!]!;
    }
  }
}
