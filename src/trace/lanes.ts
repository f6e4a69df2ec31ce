// Lanes of a timeline: who ran what, and when. Threads (M), Ps and goroutines, each a row of spans of instructions.

import type { Trace } from "./events.ts";

export interface Span {
  readonly from: number;
  readonly to: number;
  /** running, runnable, waiting, syscall, g0, idle. */
  readonly state: string;
  readonly label: string;
}

export interface Lane {
  readonly kind: "M" | "P" | "G";
  readonly id: number;
  readonly name: string;
  readonly spans: Span[];
}

class Row {
  readonly spans: Span[] = [];
  private state = "";
  private label = "";
  private since = 0;
  constructor(
    readonly kind: "M" | "P" | "G",
    readonly id: number,
    public name: string,
  ) {}
  set(n: number, state: string, label: string): void {
    if (state === this.state && label === this.label) return;
    this.close(n);
    this.state = state;
    this.label = label;
    this.since = n;
  }
  close(n: number): void {
    if (this.state !== "" && n > this.since)
      this.spans.push({ from: this.since, to: n, state: this.state, label: this.label });
    this.state = "";
  }
}

/** The lanes of a trace, in the order in which they appeared. */
export function lanesOf(trace: Trace): Lane[] {
  const ms = new Map<number, Row>();
  const ps = new Map<number, Row>();
  const gs = new Map<number, Row>();
  const row = (rows: Map<number, Row>, kind: "M" | "P" | "G", id: number, name: string): Row => {
    let r = rows.get(id);
    if (r === undefined) {
      r = new Row(kind, id, name);
      rows.set(id, r);
    }
    return r;
  };
  for (const e of trace.events) {
    if (e.kind === "load") continue;
    if (e.tid !== 0 && !ms.has(e.tid))
      row(ms, "M", e.tid, `thread ${e.tid}`).set(e.n, "g0", "g0: scheduler, system code");
    const d = e.data;
    if (e.kind === "thread" && typeof d?.tid === "number") row(ms, "M", d.tid, `thread ${d.tid}`).set(e.n, "g0", "g0");
    else if (e.kind === "thread-exit") ms.get(e.tid)?.close(e.n);
    else if (e.kind === "goroutine" && typeof d?.goid === "number") {
      row(gs, "G", d.goid, `g${d.goid} ${String(d.start)}`).set(e.n, "runnable", "runnable");
    } else if (e.kind === "status" && typeof d?.goid === "number") {
      const to = String(d.to).replace(" (scan)", "");
      const reason = d.reason === undefined ? "" : `: ${String(d.reason)}`;
      if (to === "dead") gs.get(d.goid)?.close(e.n);
      else if (gs.has(d.goid)) gs.get(d.goid)?.set(e.n, to, `${to}${reason}`);
      // A goroutine whose stack is copied still has its thread and its P.
      if (to === "running" || to === "copystack" || !String(d.from).startsWith("running")) continue;
      ms.get(e.tid)?.set(e.n, "g0", "g0: scheduler, system code");
      if (e.p >= 0) row(ps, "P", e.p, `P${e.p}`).set(e.n, "g0", "scheduling");
    } else if (e.kind === "run" && typeof d?.goid === "number") {
      ms.get(e.tid)?.set(e.n, "running", `g${d.goid}`);
      if (typeof d.p === "number" && d.p >= 0) row(ps, "P", d.p, `P${d.p}`).set(e.n, "running", `g${d.goid}`);
    }
  }
  const end = trace.head.instructions;
  const out: Lane[] = [];
  for (const rows of [ms, ps, gs]) {
    for (const r of rows.values()) {
      r.close(end);
      out.push({ kind: r.kind, id: r.id, name: r.name, spans: r.spans });
    }
  }
  return out;
}
