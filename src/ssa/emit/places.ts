import { AMD64 } from "../amd64/index.ts";
import { type Block, CallInfo, type Func, Kind, Op, reversePostorder, type Value } from "../core/index.ts";
import { isCheck, rowOf } from "../regalloc/constraints.ts";
import { isSlot, slotBase, type StackSlot, tupleReg } from "../regalloc/index.ts";

/** Contents of a place: nothing known; as at the block's start; not found out yet. */
export const nothing = -1;
const passed = -2;
const open = -3;

/** R14, the g. */
const regG = 14;

/** The place of a Value.reg: registers, then slots; -1 for none. */
export function placeOf(reg: number): number {
  return reg < 0 ? -1 : isSlot(reg) ? 32 + reg - slotBase : reg;
}

/** What a value does to registers and slots: calls kill for what is lost, define for what is there afterwards. */
export interface PlaceEffects {
  killAll(): void;
  kill(place: number): void;
  /** fresh: the value is computed here; what other places hold under its id is that of another time. */
  define(place: number, id: number, fresh: boolean): void;
}

/** By id: the id of the value whose bits this one has too. */
export function sameBits(f: Func): Int32Array {
  const same = new Int32Array(f.nextValueId);
  for (let i = 0; i < same.length; i++) same[i] = i;
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (!isAlias(v)) continue;
      same[v.id] = v.args[0]!.mark;
    }
  }
  for (let i = 0; i < same.length; i++) {
    let k = same[i]!;
    for (let n = 0; n < 8 && same[k] !== k; n++) k = same[k]!;
    same[i] = k;
  }
  return same;
}

function isAlias(v: Value): boolean {
  return (v.op === AMD64.MOVQbits || v.op === AMD64.MOVQconvert) && v.args[0]!.mark >= 0;
}

/** What a value's instructions do to places (../regalloc/check.ts follows them alike). Phis act at the block's start. */
export function effectsOf(v: Value, same: Int32Array, to: PlaceEffects): void {
  switch (v.op) {
    case Op.Phi:
    case Op.Swap:
      return;
    case Op.SelectN: {
      if (v.reg < 0 || v.reg >= 32) return;
      to.define(v.reg, same[v.mark]!, v.args[0]!.op !== Op.Swap);
      return;
    }
    case Op.StoreReg:
    case Op.LoadReg:
    case Op.Copy:
      if (placeOf(v.reg) >= 0) to.define(placeOf(v.reg), same[v.mark]!, false);
      return;
    case AMD64.MOVQbits:
    case AMD64.MOVQconvert:
      return;
  }
  if (v.aux instanceof CallInfo) {
    to.killAll();
    return;
  }
  const row = rowOf(v);
  if (row !== null && row.clobbers !== 0) for (let p = 0; p < 32; p++) if ((row.clobbers & (1 << p)) !== 0) to.kill(p);
  if (v.type.kind === Kind.Tuple) {
    for (let k = 0; k < 2; k++) if (tupleReg(v, k) >= 0) to.kill(tupleReg(v, k));
    return;
  }
  if (v.reg >= 0 && v.reg < 32 && !isCheck(v.op)) to.define(v.reg, same[v.mark]!, v.id === v.mark);
}

/** What registers and slots hold at the start of each block, on every way to it. */
export class Places {
  readonly count: number;
  private readonly start: Int32Array;
  /** By id: the block that computes it. */
  private readonly definedIn: Int32Array;

  constructor(
    private readonly f: Func,
    slots: readonly StackSlot[],
    /** What sameBits says. */
    private readonly same: Int32Array,
    /** By register: the id of what it holds when the function is entered, or -1. */
    private readonly atEntry: Int32Array,
  ) {
    this.count = 32 + slots.length;
    this.start = new Int32Array(f.nextBlockId * this.count).fill(open);
    this.definedIn = new Int32Array(f.nextValueId).fill(-1);
    this.solve();
  }

  atStart(b: Block): Int32Array {
    const at = b.id * this.count;
    return this.start.subarray(at, at + this.count);
  }

  private solve(): void {
    const { f, count, start, same, definedIn } = this;
    const order = reversePostorder(f);
    const out = new Int32Array(f.nextBlockId * count).fill(passed);
    let base = 0;
    let from = 0;
    const summary: PlaceEffects = {
      killAll() {
        for (let p = 0; p < 32; p++) if (p !== regG) out[base + p] = nothing;
      },
      kill(p) {
        out[base + p] = nothing;
      },
      define(p, id, fresh) {
        out[base + p] = id;
        // Older copies can only have come from outside.
        if (fresh) definedIn[id] = from;
      },
    };
    for (const b of order) {
      base = b.id * count;
      from = b.id;
      for (const v of b.values) effectsOf(v, same, summary);
    }
    // Registers at entry.
    const entry = f.entry.id * count;
    for (let p = 0; p < count; p++) start[entry + p] = p < 32 ? this.atEntry[p]! : nothing;
    const next = new Int32Array(count);
    const held = new Int32Array(count);
    const arriving = new Int32Array(count);
    for (let changed = true; changed; ) {
      changed = false;
      for (const b of order) {
        if (b === f.entry) continue;
        next.fill(open);
        for (const e of b.preds) this.meet(b, e.b, e.i, out, next, held, arriving);
        const at = b.id * count;
        for (let p = 0; p < count; p++) {
          if (start[at + p] === next[p]) continue;
          start[at + p] = next[p]!;
          changed = true;
        }
      }
    }
  }

  /** What b finds that comes from `from`, by the edge that is from's i-th. */
  private meet(
    b: Block,
    from: Block,
    i: number,
    out: Int32Array,
    next: Int32Array,
    held: Int32Array,
    arriving: Int32Array,
  ): void {
    const { count, start, same, definedIn } = this;
    const f = from.id * count;
    if (start[f] === open) return;
    for (let p = 0; p < count; p++) {
      let x = out[f + p]!;
      if (x === passed) {
        x = start[f + p]!;
        // The block has computed it anew, elsewhere.
        if (x >= 0 && definedIn[x] === from.id) x = nothing;
      }
      arriving[p] = x;
    }
    const { values } = b;
    if (values.length > 0 && values[0]!.op === Op.Phi) {
      const k = from.succs[i]!.i;
      held.set(arriving);
      for (const phi of values) {
        if (phi.op !== Op.Phi) break;
        const id = same[phi.mark]!;
        for (let p = 0; p < count; p++) if (held[p] === id) arriving[p] = nothing;
      }
      for (const phi of values) {
        if (phi.op !== Op.Phi) break;
        const p = placeOf(phi.reg);
        if (p >= 0) arriving[p] = held[p] === same[phi.args[k]!.mark]! ? same[phi.mark]! : nothing;
      }
    }
    for (let p = 0; p < count; p++) {
      const x = arriving[p]!;
      if (next[p] === open) next[p] = x;
      else if (x !== open && next[p] !== x) next[p] = nothing;
    }
  }
}
