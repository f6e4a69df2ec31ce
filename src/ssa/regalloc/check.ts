import { InternalError } from "#base";
import { AMD64 } from "../amd64/index.ts";
import { type Block, CallInfo, type Func, Kind, Op, reversePostorder, type Value, valueString } from "../core/index.ts";
import { fixedArg, inputMask, isCheck, isFixedRegister, outputMasks, rowOf } from "./constraints.ts";
import { isSlot, slotBase, type StackSlot, tupleReg } from "./homes.ts";

/** Nothing known to be in a place. */
const nothing = -1;

/**
 * Checks an allocation by following what is in every register and stack slot: each operation must find the original values of
 * its arguments (Value.mark) where it reads them, on every way to it, and in registers that it accepts. Throws InternalError.
 */
export function checkAllocation(f: Func, slots: readonly StackSlot[]): void {
  new AllocationChecker(f, slots).run();
}

class AllocationChecker {
  private readonly places: number;
  private readonly atStart: (Int32Array | undefined)[] = [];
  private state: Int32Array;
  private report = false;
  /** The value that the CPU's flags hold; null: unknown. */
  private flags: Value | null = null;

  constructor(
    private readonly f: Func,
    slots: readonly StackSlot[],
  ) {
    this.places = 32 + slots.length;
    this.state = new Int32Array(this.places);
  }

  run(): void {
    const order = reversePostorder(this.f);
    this.atStart[this.f.entry.id] = new Int32Array(this.places).fill(nothing);
    for (let changed = true; changed; ) {
      changed = false;
      for (const b of order) if (this.flow(b)) changed = true;
    }
    this.report = true;
    for (const b of order) this.flow(b);
  }

  private fail(v: Value | Block, what: string): never {
    const where = v instanceof Object && "op" in v ? valueString(v) : String(v);
    throw new InternalError("ssa/regalloc", this.f.name, `${where}: ${what}`);
  }

  /** Follows a block, and passes what holds at its end to its successors; whether that changed anything. */
  private flow(b: Block): boolean {
    const start = this.atStart[b.id];
    if (start === undefined) return false;
    this.state.set(start);
    this.flags = null;
    for (const v of b.values) if (v.op !== Op.Phi) this.value(v);
    if (this.report && b.control !== null) {
      this.expect(b.control, b.control, b);
      if (b.control.type.kind === Kind.Flags && b.control !== this.flags) this.fail(b, `flags are not ${b.control}`);
    }
    let changed = false;
    for (const e of b.succs) {
      const to = e.b;
      const next = this.state.slice();
      // Values of an earlier round of a loop are not those of the next.
      for (const phi of to.values) {
        if (phi.op !== Op.Phi) break;
        for (let p = 0; p < this.places; p++) if (next[p] === phi.mark) next[p] = nothing;
      }
      for (const phi of to.values) {
        if (phi.op !== Op.Phi) break;
        const p = placeOf(phi.reg);
        if (p < 0) continue;
        const want = phi.args[e.i]!.mark;
        if (this.report && this.state[p] !== want && this.isRead(to, p))
          this.fail(phi, `from ${b}, ${placeName(p)} holds v${this.state[p]} and not v${want}`);
        next[p] = this.state[p] === want ? phi.mark : nothing;
      }
      const known = this.atStart[to.id];
      if (known === undefined) {
        this.atStart[to.id] = next;
        changed = true;
      } else {
        for (let p = 0; p < this.places; p++) {
          if (known[p] !== next[p] && known[p] !== nothing) {
            known[p] = nothing;
            changed = true;
          }
        }
      }
    }
    return changed;
  }

  /** A phi that nobody reads from its register may be without its value. */
  private isRead(b: Block, p: number): boolean {
    for (const v of b.values) if (v.op === Op.Phi && placeOf(v.reg) === p) return v.uses > 0 && isSlot(v.reg);
    return false;
  }

  private expect(user: Value, a: Value, at: Block | null = null): void {
    if (!this.report) return;
    const p = placeOf(a.reg);
    if (p < 0 || a.type.kind === Kind.Tuple || isFixedRegister(a)) return;
    if (a.op === AMD64.LoweredGetG && a.reg === 14) return;
    if (this.state[p] !== a.mark)
      this.fail(at ?? user, `${a} (v${a.mark}) should be in ${placeName(p)}, which holds v${this.state[p]}`);
  }

  private value(v: Value): void {
    const s = this.state;
    this.followFlags(v);
    if (v.op === Op.SelectN) {
      const t = v.args[0]!;
      if (v.reg < 0 || v.reg >= 32) return;
      if (t.op === Op.Swap) s[v.reg] = v.mark;
      else this.define(v, v.reg);
      return;
    }
    for (const a of v.args) this.expect(v, a);
    if (v.op === Op.StoreReg || v.op === Op.LoadReg || v.op === Op.Copy) {
      const from = placeOf(v.args[0]!.reg);
      if (this.report && s[from] !== v.mark) this.fail(v, `${placeName(from)} holds v${s[from]}`);
      s[placeOf(v.reg)] = s[from]!;
      return;
    }
    if (v.op === Op.Swap) return;
    const row = rowOf(v);
    if (this.report) this.checkMasks(v);
    if (v.aux instanceof CallInfo) {
      for (let p = 0; p < 32; p++) if (p !== 14) s[p] = nothing;
      return;
    }
    if (row !== null) for (let p = 0; p < 32; p++) if ((row.clobbers & (1 << p)) !== 0) s[p] = nothing;
    if (v.type.kind === Kind.Tuple) {
      for (let k = 0; k < 2; k++) if (tupleReg(v, k) >= 0) s[tupleReg(v, k)] = nothing;
      return;
    }
    if (v.reg >= 0 && v.reg < 32 && !isCheck(v.op)) this.define(v, v.reg);
  }

  private followFlags(v: Value): void {
    if (v.op === Op.SelectN) {
      if (v.type.kind === Kind.Flags) this.flags = v;
      return;
    }
    for (const a of v.args)
      if (this.report && a.type.kind === Kind.Flags && a !== this.flags) this.fail(v, `flags are not ${a}`);
    const row = rowOf(v);
    if (v.type.kind === Kind.Flags) this.flags = v;
    else if (row !== null && (row.clobbersFlags || row.writesFlags)) this.flags = null;
  }

  private define(v: Value, r: number): void {
    // Only the original definition makes other copies stale; making a constant again does not.
    if (v.id === v.mark) for (let p = 0; p < this.places; p++) if (this.state[p] === v.mark) this.state[p] = nothing;
    this.state[r] = v.mark;
  }

  private checkMasks(v: Value): void {
    const row = rowOf(v);
    if (v.aux instanceof CallInfo || v.op === Op.MakeResult) {
      for (let i = 0; i < v.args.length; i++) {
        const want = fixedArg(v, i);
        if (want >= 0 && v.args[i]!.reg !== want) this.fail(v, `argument ${i} is in ${placeName(v.args[i]!.reg)}`);
      }
      return;
    }
    if (row === null) return;
    for (let i = 0; i < v.args.length; i++) {
      const m = inputMask(v, row, i);
      const r = v.args[i]!.reg;
      if (m !== 0 && r >= 0 && (r >= 32 || (m & (1 << r)) === 0) && v.args[i]!.op !== AMD64.SB)
        this.fail(v, `argument ${i} is in ${placeName(r)}`);
    }
    const outs = outputMasks(v, row);
    for (let k = 0; k < outs.length; k++) {
      const r = v.type.kind === Kind.Tuple ? tupleReg(v, k) : v.reg;
      if (outs[k] !== 0 && r >= 0 && r !== 14 && (outs[k]! & (1 << r)) === 0)
        this.fail(v, `result ${k} is in ${placeName(r)}`);
    }
    if (row.resultInArg0 && outs.length > 0) {
      const r = v.type.kind === Kind.Tuple ? tupleReg(v, 0) : v.reg;
      if (v.args[0]!.reg !== r) this.fail(v, "the result is not in the register of argument 0");
    }
  }
}

function placeOf(reg: number): number {
  return reg < 0 ? -1 : isSlot(reg) ? 32 + reg - slotBase : reg;
}

function placeName(p: number): string {
  return p < 0 ? "nowhere" : p >= slotBase ? `slot ${p - slotBase}` : p >= 32 ? `slot ${p - 32}` : `register ${p}`;
}
