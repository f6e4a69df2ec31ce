import type { Pos } from "#base";
import { type Block, debugSource, type Func, reversePostorder, type Value } from "../core/index.ts";

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
    const start = new Int32Array(f.nextBlockId * n).fill(open);
    const end = new Int32Array(f.nextBlockId * n).fill(open);
    const byId: Value[] = [];
    const note = (v: Value): number => {
      const s = debugSource(v);
      byId[s.id] = s;
      return s.id;
    };
    // What blocks write, and phis at their starts.
    const fixed = new Int32Array(f.nextBlockId * n);
    for (let i = 0; i < this.phis.length; i++) {
      const k = index[this.phiVars[i]!]!;
      if (k >= 0) fixed[this.phis[i]!.block.id * n + k] = note(this.phis[i]!);
    }
    const written = new Int32Array(f.nextBlockId * n);
    this.eachWrite(index, (block, k, v) => {
      written[block * n + k] = note(v);
    });
    for (let k = 0; k < n; k++) start[f.entry.id * n + k] = unknown;
    for (let changed = true; changed; ) {
      changed = false;
      for (const b of order) {
        const at = b.id * n;
        for (let k = 0; k < n; k++) {
          let x = fixed[at + k]!;
          if (x === 0 && b !== f.entry) {
            x = open;
            for (const e of b.preds) {
              const y = end[e.b.id * n + k]!;
              if (y === open || y === x) continue;
              x = x === open ? y : unknown;
              if (x === unknown) break;
            }
          }
          start[at + k] = x;
          const w = written[at + k]!;
          const out = w === 0 ? x : w;
          if (out === end[at + k]) continue;
          end[at + k] = out;
          changed = true;
        }
      }
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
