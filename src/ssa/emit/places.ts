import { AMD64 } from "../amd64/index.ts";
import {
  type Block,
  CallInfo,
  type Func,
  Kind,
  Op,
  reversePostorder,
  type Value,
  Scratch,
  scratch,
} from "../core/index.ts";
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
  const same = scratch(Scratch.SameBits, f.nextValueId, 0);
  for (let i = 0; i < f.nextValueId; i++) same[i] = i;
  let any = false;
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (!isAlias(v)) continue;
      same[v.id] = v.args[0]!.mark;
      any = true;
    }
  }
  if (!any) return same;
  for (let i = 0; i < f.nextValueId; i++) {
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
  if (row !== null) for (let m = row.clobbers; m !== 0; m &= m - 1) to.kill(31 - Math.clz32(m & -m));
  if (v.type.kind === Kind.Tuple) {
    for (let k = 0; k < 2; k++) if (tupleReg(v, k) >= 0) to.kill(tupleReg(v, k));
    return;
  }
  if (v.reg >= 0 && v.reg < 32 && !isCheck(v.op)) to.define(v.reg, same[v.mark]!, v.id === v.mark);
}

/** What registers and slots hold at the start of each block, on every way to it: of those values that somebody looks for. */
export class Places {
  /** The places that hold such values at some time. */
  readonly active: readonly number[];
  /** By block id, then index in active: the id of what is there; negative for nothing. */
  readonly start: Int32Array;
  /** By place: its index in active, or -1. */
  private readonly indexOf: Int32Array;
  /** By id: the block that computes it. */
  private readonly definedIn: Int32Array;
  /** A block was looked at before one that leads to it. */
  private sawOpen = false;

  constructor(
    private readonly f: Func,
    slots: readonly StackSlot[],
    /** What sameBits says. */
    private readonly same: Int32Array,
    /** By register: the id of what it holds when the function is entered, or -1. */
    private readonly atEntry: Int32Array,
    /** By id: 1 for those that are looked for; arguments of phis are added. */
    private readonly wanted: Uint8Array,
  ) {
    this.indexOf = scratch(Scratch.PlaceIndex, 32 + slots.length, -1);
    this.definedIn = scratch(Scratch.DefinedIn, f.nextValueId, -1);
    const order = reversePostorder(f);
    this.wantArguments(order);
    this.active = this.findActive(order);
    const count = this.active.length;
    this.start = scratch(Scratch.PlaceStart, f.nextBlockId * count, open);
    if (count > 0) this.solve(order);
  }

  private wantArguments(order: readonly Block[]): void {
    const { wanted, same } = this;
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = order.length - 1; i >= 0; i--) {
        for (const phi of order[i]!.values) {
          if (phi.op !== Op.Phi) break;
          if (wanted[same[phi.mark]!] !== 1) continue;
          for (const a of phi.args) {
            if (a.mark < 0 || wanted[same[a.mark]!] === 1) continue;
            wanted[same[a.mark]!] = 1;
            changed = true;
          }
        }
      }
    }
  }

  private findActive(order: readonly Block[]): number[] {
    const { same, wanted, indexOf, definedIn, atEntry } = this;
    const active: number[] = [];
    let from = 0;
    const note = (p: number, id: number): void => {
      if (wanted[id] !== 1 || indexOf[p]! >= 0) return;
      indexOf[p] = active.length;
      active.push(p);
    };
    const scan: PlaceEffects = {
      killAll() {},
      kill() {},
      define(p, id, fresh) {
        if (fresh) definedIn[id] = from;
        note(p, id);
      },
    };
    for (let r = 0; r < 32; r++) if (atEntry[r]! >= 0) note(r, atEntry[r]!);
    for (const b of order) {
      from = b.id;
      for (const v of b.values) {
        if (v.op === Op.Phi) {
          if (placeOf(v.reg) >= 0) note(placeOf(v.reg), same[v.mark]!);
        } else effectsOf(v, same, scan);
      }
    }
    return active;
  }

  private solve(order: readonly Block[]): void {
    const { f, start, same, wanted, indexOf, active } = this;
    const count = active.length;
    const out = scratch(Scratch.PlaceEnd, f.nextBlockId * count, passed);
    const inR14 = indexOf[regG]!;
    let base = 0;
    const summary: PlaceEffects = {
      killAll() {
        for (let k = 0; k < count; k++) if (active[k]! < 32 && k !== inR14) out[base + k] = nothing;
      },
      kill(p) {
        if (indexOf[p]! >= 0) out[base + indexOf[p]!] = nothing;
      },
      define(p, id) {
        if (indexOf[p]! >= 0) out[base + indexOf[p]!] = wanted[id] === 1 ? id : nothing;
      },
    };
    for (const b of order) {
      base = b.id * count;
      for (const v of b.values) effectsOf(v, same, summary);
    }
    const entry = f.entry.id * count;
    for (let k = 0; k < count; k++) start[entry + k] = active[k]! < 32 ? this.atEntry[active[k]!]! : nothing;
    const next = new Int32Array(count);
    const held = new Int32Array(count);
    const arriving = new Int32Array(count);
    let first = true;
    for (let changed = true; changed; ) {
      changed = false;
      this.sawOpen = false;
      for (const b of order) {
        if (b === f.entry) continue;
        next.fill(open);
        for (const e of b.preds) this.meet(b, e.b, e.i, out, next, held, arriving);
        const at = b.id * count;
        for (let k = 0; k < count; k++) {
          if (start[at + k] === next[k]) continue;
          start[at + k] = next[k]!;
          changed = true;
        }
      }
      // Without loops once is enough.
      if (first && !this.sawOpen) return;
      first = false;
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
    const { start, same, definedIn, indexOf } = this;
    const count = this.active.length;
    const f = from.id * count;
    if (start[f] === open) {
      this.sawOpen = true;
      return;
    }
    for (let k = 0; k < count; k++) {
      let x = out[f + k]!;
      if (x === passed) {
        x = start[f + k]!;
        // The block has computed it anew, elsewhere.
        if (x >= 0 && definedIn[x] === from.id) x = nothing;
      }
      arriving[k] = x;
    }
    const { values } = b;
    if (values.length > 0 && values[0]!.op === Op.Phi) {
      const n = from.succs[i]!.i;
      held.set(arriving);
      for (const phi of values) {
        if (phi.op !== Op.Phi) break;
        const id = same[phi.mark]!;
        for (let k = 0; k < count; k++) if (held[k] === id) arriving[k] = nothing;
      }
      for (const phi of values) {
        if (phi.op !== Op.Phi) break;
        const p = placeOf(phi.reg);
        const k = p < 0 ? -1 : indexOf[p]!;
        if (k >= 0) arriving[k] = held[k]! >= 0 && held[k] === same[phi.args[n]!.mark]! ? same[phi.mark]! : nothing;
      }
    }
    for (let k = 0; k < count; k++) {
      const x = arriving[k]!;
      if (next[k] === open) next[k] = x;
      else if (x !== open && next[k] !== x) next[k] = nothing;
    }
  }
}
