import type { Pos } from "#base";
import { type Block, type Func, fpMask, gpMask, Op, type RegMask, type SType, Value } from "../core/index.ts";
import { classMask, isSlot, lowestReg, slotBase } from "./homes.ts";

/** What a parallel move asks of the allocator. */
export interface MoveSource {
  /** By register: the original id of the value in it at this point or -1, and the copy that is there. */
  readonly regVal: Int32Array;
  readonly regCopy: readonly (Value | null)[];
  /** The value can be made again at no cost. */
  isRemat(id: number): boolean;
  /** The value's copy in memory. */
  spillOf(id: number): Value;
  /** The value's copy in memory if it is in that very slot already, else null. */
  storedIn(id: number, slot: number): Value | null;
  original(id: number): Value;
  /** Types of the two values made where a Swap is needed, and of what has no value. */
  readonly tupleOf: (a: SType, b: SType) => SType;
  readonly voidType: SType;
}

/** Places are numbered 0..31 for registers and slotPlace + n for stack slots. */
const slotPlace = 32;
/** The source of a value that is made again on the spot. */
const remake = -1;
/** The source is a spill slot that no move of this set writes. */
const memory = -2;
const x15 = 31;

function placeOf(home: number): number {
  return isSlot(home) ? slotPlace + home - slotBase : home;
}

/**
 * Puts values into given registers and stack slots all at once: the arguments of a call, or what a block expects at its
 * start. Moves are ordered so that nothing is overwritten before it is read; a cycle is broken through a free register,
 * else by exchanging two registers, else through X15.
 */
export class ParallelMove {
  private readonly dst: number[] = [];
  private readonly src: number[] = [];
  private readonly ids: number[] = [];
  private readonly done: boolean[] = [];
  /** The value in the i-th destination afterwards. */
  readonly result: (Value | null)[] = [];
  /** By place: how many moves have still to read it. */
  private readers: number[] = [];
  /** By place: the value in it. */
  private content: (Value | null)[] = [];
  /** Registers that hold nothing needed, and those that hold what they should already. */
  private free: RegMask = 0;
  private settled: RegMask = 0;
  private out: Value[] = [];
  private block!: Block;
  private pos: Pos = 0;
  private inl = -1;
  private state!: MoveSource;
  private clearX15 = false;

  constructor(private readonly f: Func) {}

  begin(): void {
    this.dst.length = 0;
    this.ids.length = 0;
  }

  get isEmpty(): boolean {
    return this.dst.length === 0;
  }

  /** Wants value `id` in register or slot `home` (as in Value.reg). Returns the number of the move. */
  add(home: number, id: number): number {
    this.dst.push(placeOf(home));
    this.ids.push(id);
    return this.dst.length - 1;
  }

  /** Appends the moves to out. */
  run(state: MoveSource, out: Value[], block: Block, pos: Pos, inl: number): void {
    this.state = state;
    this.out = out;
    this.block = block;
    this.pos = pos;
    this.inl = inl;
    this.clearX15 = false;
    this.chooseSources();
    // Register sources first, so that registers become free; what is made again last.
    while (this.round(true) || this.round(false) || this.breakCycle());
    for (let i = 0; i < this.dst.length; i++) if (!this.done[i]) this.finish(i, this.makeAgain(i));
    if (this.clearX15) this.emit(Op.ClearX15, state.voidType, [], -1, -1);
  }

  /** Decides where each value comes from. */
  private chooseSources(): void {
    const state = this.state;
    const n = this.dst.length;
    this.readers.length = 0;
    this.content.length = 0;
    for (let r = 0; r < 32; r++) this.content[r] = state.regVal[r]! >= 0 ? state.regCopy[r]! : null;
    let busy = 0;
    this.settled = 0;
    for (let i = 0; i < n; i++) {
      const id = this.ids[i]!;
      const d = this.dst[i]!;
      let s = remake;
      if (d >= slotPlace) {
        const stored = state.storedIn(id, d - slotPlace + slotBase);
        if (stored !== null) {
          s = d;
          this.content[d] = stored;
        }
      } else if (state.regVal[d] === id) {
        s = d;
      }
      if (s < 0) {
        for (let r = 0; r < 32; r++) {
          if (state.regVal[r] === id) {
            s = r;
            break;
          }
        }
      }
      if (s < 0 && !state.isRemat(id)) {
        const spill = state.spillOf(id);
        s = isSlot(spill.reg) ? placeOf(spill.reg) : memory;
        if (s >= 0) this.content[s] = spill;
      }
      this.src[i] = s;
      this.done[i] = s === d;
      this.result[i] = s === d ? this.content[d]! : null;
      if (s === d && d < 32) this.settled |= 1 << d;
      if (s >= 0 && s < 32) busy |= 1 << s;
      if (s >= 0 && s !== d) this.readers[s] = (this.readers[s] ?? 0) + 1;
    }
    this.free = (gpMask | fpMask) & ~busy;
  }

  /** Does all moves that can be done now; whether there was one. */
  private round(fromRegister: boolean): boolean {
    let any = false;
    for (let i = 0; i < this.dst.length; i++) {
      const s = this.src[i]!;
      if (this.done[i] || s === remake || (fromRegister && (s < 0 || s >= slotPlace))) continue;
      if ((this.readers[this.dst[i]!] ?? 0) > 0) continue;
      this.move(i);
      any = true;
    }
    return any;
  }

  private move(i: number): void {
    const d = this.dst[i]!;
    const s = this.src[i]!;
    const from = s === memory ? this.state.spillOf(this.ids[i]!) : this.content[s]!;
    const orig = this.state.original(this.ids[i]!);
    let v: Value;
    if (d < 32) {
      v = this.emit(s >= 0 && s < 32 ? Op.Copy : Op.LoadReg, orig.type, [from], d, this.ids[i]!);
    } else {
      let x = from;
      if (s < 0 || s >= slotPlace) {
        const t = this.temporary(classMask(orig.type));
        x = this.emit(Op.LoadReg, orig.type, [from], t, this.ids[i]!);
      }
      v = this.emit(Op.StoreReg, orig.type, [x], d - slotPlace + slotBase, this.ids[i]!);
    }
    this.finish(i, v);
    if (s >= 0) {
      this.readers[s]!--;
      if (s < 32 && this.readers[s] === 0) this.free |= (1 << s) & ~this.settled;
    }
  }

  private makeAgain(i: number): Value {
    const orig = this.state.original(this.ids[i]!);
    const d = this.dst[i]!;
    if (d < 32) return this.remade(orig, d);
    const home = d - slotPlace + slotBase;
    const mask = classMask(orig.type);
    if (mask === fpMask || (this.free & mask) !== 0) {
      const x = this.remade(orig, this.temporary(mask));
      return this.emit(Op.StoreReg, orig.type, [x], home, orig.id);
    }
    // Every integer register is taken: one steps aside into X15.
    const r = lowestReg(mask);
    const held = this.content[r]!;
    const aside = this.emit(Op.Copy, held.type, [held], x15, held.mark);
    this.clearX15 = true;
    const v = this.emit(Op.StoreReg, orig.type, [this.remade(orig, r)], home, orig.id);
    const back = this.emit(Op.Copy, held.type, [aside], r, held.mark);
    this.content[r] = back;
    for (let j = 0; j < this.dst.length; j++) if (this.result[j] === held) this.result[j] = back;
    return v;
  }

  private remade(orig: Value, r: number): Value {
    const v = this.emit(orig.op, orig.type, orig.args, r, orig.id);
    v.auxInt = orig.auxInt;
    v.auxHi = orig.auxHi;
    v.aux = orig.aux;
    return v;
  }

  private finish(i: number, v: Value): void {
    const d = this.dst[i]!;
    this.done[i] = true;
    this.result[i] = v;
    this.content[d] = v;
    if (d >= 32) return;
    this.free &= ~(1 << d);
    this.settled |= 1 << d;
  }

  /** A register of a class that is free, and no move's destination if that can be; X15 if there is none. */
  private temporary(mask: RegMask): number {
    let wanted = 0;
    for (let i = 0; i < this.dst.length; i++) if (!this.done[i] && this.dst[i]! < 32) wanted |= 1 << this.dst[i]!;
    for (const m of [mask, gpMask | fpMask]) {
      const best = this.free & m & ~wanted;
      if (best !== 0) return lowestReg(best);
      if ((this.free & m) !== 0) return lowestReg(this.free & m);
    }
    this.clearX15 = true;
    return x15;
  }

  /** All pending moves wait for one another: makes one destination free. False if only values to make again are left. */
  private breakCycle(): boolean {
    for (let i = 0; i < this.dst.length; i++) {
      if (this.done[i] || this.src[i] === remake) continue;
      const d = this.dst[i]!;
      const s = this.src[i]!;
      const held = this.content[d]!;
      if (d < 32 && s >= 0 && s < 32 && (this.free & classMask(held.type)) === 0 && d < 16 === s < 16) {
        const x = this.content[s]!;
        const pair = this.emit(Op.Swap, this.state.tupleOf(held.type, x.type), [held, x], -1, -1);
        const moved = this.emit(Op.SelectN, held.type, [pair], s, held.mark);
        const v = this.emit(Op.SelectN, x.type, [pair], d, x.mark);
        v.auxInt = 1;
        this.content[s] = moved;
        this.finish(i, v);
        // Whoever still wanted one of the two finds it in the other register now.
        this.readers[d] = 0;
        this.readers[s] = 0;
        for (let j = 0; j < this.dst.length; j++) {
          if (this.done[j]) continue;
          if (this.src[j] === d) this.src[j] = s;
          else if (this.src[j] === s) this.src[j] = d;
          if (this.src[j] === this.dst[j]) {
            this.done[j] = true;
            this.result[j] = this.content[this.dst[j]!]!;
          } else if (this.src[j] === d || this.src[j] === s) {
            this.readers[this.src[j]!]!++;
          }
        }
        return true;
      }
      const t = this.temporary(classMask(held.type));
      const copy = this.emit(d < 32 ? Op.Copy : Op.LoadReg, held.type, [held], t, held.mark);
      this.content[t] = copy;
      this.readers[t] = this.readers[d]!;
      this.readers[d] = 0;
      this.free &= ~(1 << t);
      for (let j = 0; j < this.dst.length; j++) if (!this.done[j] && this.src[j] === d) this.src[j] = t;
      return true;
    }
    return false;
  }

  private emit(op: number, type: SType, args: readonly Value[], reg: number, id: number): Value {
    const v = new Value(this.f.nextValueId++, op, type, 0, 0, null, args.slice(), this.block, this.pos);
    v.reg = reg;
    v.mark = id;
    v.inl = this.inl;
    this.out.push(v);
    return v;
  }
}
