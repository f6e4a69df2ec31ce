import type { EscapeSummary, Func, FuncRef } from "../core/index.ts";
import { analyzeEscapes, type EscapeError } from "./escape.ts";

/** Where the search for components stands with a function. */
interface State {
  readonly index: number;
  /** Least index of a function on the stack that this one reaches. */
  low: number;
  /** Its summary is final. */
  done: boolean;
  callsItself: boolean;
}

/**
 * Escape analysis of many functions, callees first: the summary of a callee with a body is made when the first caller asks.
 * Functions that call each other are analysed together, again and again from the assumption that nothing leaks until the
 * summaries hold (Tarjan's components, found on the way).
 */
export class Escapes {
  private readonly state = new Map<Func, State>();
  private readonly component: Func[] = [];
  private next = 0;
  private readonly analysed = new Set<FuncRef>();
  private readonly errors = new Map<Func, EscapeError[]>();

  /** prepare brings a body into the form it is analysed in (inlining), before anybody looks at it. */
  constructor(private readonly prepare: (f: Func) => void = () => {}) {}

  /** Makes the sites of f and its closures final; gives the variables that escape where none may. */
  analyze(f: Func): readonly EscapeError[] {
    if (this.state.get(f) === undefined) this.visit(f);
    return this.errors.get(f) ?? [];
  }

  /** What is known of a callee; called by the analysis of a caller. */
  private summaryFor(caller: Func, fn: FuncRef): EscapeSummary | null {
    // What another compilation found out, or what the function promises, is final.
    if (fn.body === null || (fn.escape !== null && !this.analysed.has(fn))) return fn.escape;
    const body = fn.body();
    if (body === null) return fn.escape;
    let s = this.state.get(body);
    if (s === undefined) {
      this.visit(body);
      s = this.state.get(body)!;
    }
    if (!s.done) {
      const c = this.state.get(caller)!;
      c.low = Math.min(c.low, s.low);
      if (body === caller) c.callsItself = true;
    }
    return fn.escape;
  }

  private visit(f: Func): void {
    const s: State = { index: this.next, low: this.next, done: false, callsItself: false };
    this.next++;
    this.state.set(f, s);
    this.analysed.add(f.ref);
    this.prepare(f);
    this.component.push(f);
    f.ref.escape = nothingLeaks(f);
    this.run(f);
    if (s.low < s.index) return;
    const members = this.component.splice(this.component.indexOf(f));
    for (let changed = members.length > 1 || s.callsItself; changed; ) {
      changed = false;
      for (const g of members) {
        const before = g.ref.escape!;
        this.run(g);
        if (!sameSummary(before, g.ref.escape!)) changed = true;
      }
    }
    for (const g of members) this.state.get(g)!.done = true;
  }

  private run(f: Func): void {
    this.errors.set(
      f,
      analyzeEscapes(f, (fn) => this.summaryFor(f, fn)),
    );
  }
}

function nothingLeaks(f: Func): EscapeSummary {
  return {
    heap: f.params.map(() => -1),
    results: f.params.map(() => f.results.map(() => -1)),
    captures: f.captures.map(() => -1),
  };
}

function sameSummary(a: EscapeSummary, b: EscapeSummary): boolean {
  for (let i = 0; i < a.heap.length; i++) {
    if (a.heap[i] !== b.heap[i]) return false;
    for (let r = 0; r < a.results[i]!.length; r++) if (a.results[i]![r] !== b.results[i]![r]) return false;
  }
  for (const [i, d] of (a.captures ?? []).entries()) if (d !== b.captures?.[i]) return false;
  return true;
}
