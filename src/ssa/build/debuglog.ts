import type { Pos } from "#base";
import { type Block, debugSource, type Func, reversePostorder, type Value, Scratch, scratch } from "../core/index.ts";

const enum Code {
  /** What follows happens in another block: its id. */
  Block = -1,
  /** Code of a position begins. */
  At = -2,
  /** The same, of a jump: what was there before at that position says it better. */
  AtEnd = -3,
}

/** More cells than these, and a function's variables are not followed. */
const maxCells = 1 << 21;

/** A value differs on the ways that lead to a place; nothing has been found out yet. */
const unknown = 0;
const open = -1;

/** What construction does, in order: values given to variables, and where code of which position begins. */
export class DebugLog {
  pos: Pos = -1;
  block: Block | null = null;
  /** Pairs: a Code or a variable, and what goes with it (for a variable: an index in values). */
  private readonly list: number[] = [];
  private readonly values: Value[] = [];
  private readonly phis: Value[] = [];
  private readonly phiVars: number[] = [];

  /** The first block: what is made before at() is called has no row. */
  begin(pos: Pos, block: Block): void {
    this.enter(block);
    this.pos = pos;
  }

  /** Code of pos is made in block. */
  at(pos: Pos, block: Block): void {
    if (block !== this.block) this.enter(block);
    this.pos = pos;
    this.list.push(Code.At, pos);
  }

  /** A block ends. */
  atEnd(pos: Pos, block: Block): void {
    if (block !== this.block) this.enter(block);
    this.pos = pos;
    this.list.push(Code.AtEnd, pos);
  }

  write(variable: number, v: Value, block: Block): void {
    if (block !== this.block) this.enter(block);
    this.list.push(variable, this.values.length);
    this.values.push(v);
  }

  phi(variable: number, v: Value): void {
    this.phis.push(v);
    this.phiVars.push(variable);
  }

  private enter(block: Block): void {
    this.block = block;
    // Its first code begins anew, whatever the position.
    this.pos = -1;
    this.list.push(Code.Block, block.id);
  }

  /**
   * What the variables are at each position. index: by variable, its column, or -1; n columns. null: too large a function, or
   * none of its code has a position. The graph must be as it was built, without what cannot be reached.
   */
  solve(f: Func, index: Int32Array, n: number): DebugRows | null {
    const order = reversePostorder(f);
    if ((f.nextBlockId + this.list.length / 2) * n > maxCells) return null;
    const start = scratch(Scratch.RowStart, f.nextBlockId * n, open);
    const end = scratch(Scratch.RowEnd, f.nextBlockId * n, open);
    const byId: Value[] = [];
    const note = (v: Value): number => {
      const s = debugSource(v);
      byId[s.id] = s;
      return s.id;
    };
    // What blocks write, and phis at their starts.
    const fixed = scratch(Scratch.RowPhi, f.nextBlockId * n, 0);
    for (let i = 0; i < this.phis.length; i++) {
      const k = index[this.phiVars[i]!]!;
      if (k >= 0) fixed[this.phis[i]!.block.id * n + k] = note(this.phis[i]!);
    }
    const written = scratch(Scratch.RowWritten, f.nextBlockId * n, 0);
    this.eachWrite(index, (block, k, v) => {
      written[block * n + k] = note(v);
    });
    for (let k = 0; k < n; k++) start[f.entry.id * n + k] = unknown;
    let first = true;
    for (let changed = true; changed; ) {
      changed = false;
      let sawOpen = false;
      for (const b of order) {
        const at = b.id * n;
        const { preds } = b;
        const only = preds.length === 1 ? preds[0]!.b.id * n : -1;
        if (only >= 0) {
          for (let k = 0; k < n; k++) start[at + k] = end[only + k]!;
        } else if (b !== f.entry) {
          for (let k = 0; k < n; k++) start[at + k] = open;
          for (let i = 0; i < preds.length; i++) {
            const from = preds[i]!.b.id * n;
            if (end[from] === open) {
              sawOpen = true;
              continue;
            }
            for (let k = 0; k < n; k++) {
              const x = start[at + k]!;
              const y = end[from + k]!;
              if (x === open) start[at + k] = y;
              else if (x !== y) start[at + k] = unknown;
            }
          }
        }
        for (let k = 0; k < n; k++) {
          if (fixed[at + k] !== 0) start[at + k] = fixed[at + k]!;
          const out = written[at + k] !== 0 ? written[at + k]! : start[at + k]!;
          if (out === end[at + k]) continue;
          end[at + k] = out;
          changed = true;
        }
      }
      // Without loops once is enough.
      if (first && !sawOpen) break;
      first = false;
    }
    return this.rows(start, index, n, note, byId, reached(f, order));
  }

  private eachWrite(index: Int32Array, visit: (block: number, column: number, v: Value) => void): void {
    const { list, values } = this;
    let block = 0;
    for (let i = 0; i < list.length; i += 2) {
      const code = list[i]!;
      if (code === Code.Block) block = list[i + 1]!;
      else if (code >= 0 && index[code]! >= 0) visit(block, index[code]!, values[list[i + 1]!]!);
    }
  }

  private rows(
    start: Int32Array,
    index: Int32Array,
    n: number,
    note: (v: Value) => number,
    byId: readonly Value[],
    isReached: Uint8Array,
  ): DebugRows | null {
    const { list, values } = this;
    const rows = new Map<Pos, number>();
    const cells: number[] = [];
    const now = new Int32Array(n);
    let here = false;
    for (let i = 0; i < list.length; i += 2) {
      const code = list[i]!;
      const x = list[i + 1]!;
      if (code === Code.Block) {
        here = isReached[x] === 1;
        if (here) now.set(start.subarray(x * n, x * n + n));
        continue;
      }
      if (!here) continue;
      if (code >= 0) {
        if (index[code]! >= 0) now[index[code]!] = note(values[x]!);
        continue;
      }
      const row = rows.get(x);
      if (row === undefined) {
        rows.set(x, rows.size);
        for (let k = 0; k < n; k++) cells.push(now[k]! < 0 ? unknown : now[k]!);
      } else if (code === Code.At) {
        for (let k = 0, c = row * n; k < n; k++, c++) if (cells[c] !== now[k]) cells[c] = unknown;
      }
    }
    if (rows.size === 0) return null;
    // Ids become indices in the list of values.
    const out = new Int32Array(cells.length);
    const found: Value[] = [];
    const numberOf: number[] = [];
    for (let c = 0; c < cells.length; c++) {
      const id = cells[c]!;
      if (id === unknown) continue;
      let k = numberOf[id];
      if (k === undefined) {
        found.push(byId[id]!);
        k = found.length;
        numberOf[id] = k;
      }
      out[c] = k;
    }
    return { rows, cells: out, values: found };
  }
}

/** The result: see DebugTable and DebugValues. */
export interface DebugRows {
  readonly rows: ReadonlyMap<Pos, number>;
  readonly cells: Int32Array;
  readonly values: readonly Value[];
}

function reached(f: Func, order: readonly Block[]): Uint8Array {
  const r = new Uint8Array(f.nextBlockId);
  for (const b of order) r[b.id] = 1;
  return r;
}
