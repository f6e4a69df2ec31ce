import { BitSet } from "#base";
import { AMD64 } from "../amd64/index.ts";
import { type Dominators, type Func, Local, Op, type Value, Scratch, scratch } from "../core/index.ts";
import type { Allocator } from "./allocator.ts";
import { slotBase, StackSlot } from "./homes.ts";

/**
 * Gives spilled values (StoreReg, and phis in memory) their stack slots. Values that are never both needed in memory share a
 * slot, pointers with pointers only; a phi gets the slot of its arguments if it can, so that nothing has to be moved; a
 * parameter that came in a register goes to the home that the caller's frame has for it.
 */
export function stackAlloc(f: Func, a: Allocator, dom: Dominators): StackSlot[] {
  return a.spilled.length === 0 ? [] : new StackAllocator(f, a, dom).run();
}

class StackAllocator {
  private readonly values: Value[] = [];
  /** By original id: index in values, -1: not in memory. */
  private readonly numberOf: Int32Array;
  /** By index: those that are in memory at a time when it is stored. */
  private readonly conflicts: number[][] = [];
  /** By index: the phis and arguments with which it had best share its slot; whoever gets one first decides. */
  private readonly partners: (number[] | undefined)[] = [];
  private readonly slots: StackSlot[] = [];
  private readonly slotOf: Int32Array;

  constructor(
    private readonly f: Func,
    private readonly a: Allocator,
    private readonly dom: Dominators,
  ) {
    this.numberOf = scratch(Scratch.Count, f.nextValueId, -1);
    for (const id of a.spilled) {
      this.numberOf[id] = this.values.length;
      this.values.push(a.spills[id]!);
      this.conflicts.push([]);
    }
    this.slotOf = new Int32Array(this.values.length).fill(-1);
  }

  run(): StackSlot[] {
    const { values, slots, slotOf } = this;
    this.findConflicts();
    this.findPartners();
    this.placeParams();
    let taken = new Uint8Array(64);
    for (let i = 0; i < values.length; i++) {
      if (slotOf[i]! >= 0) continue;
      const v = values[i]!;
      if (taken.length < slots.length + 1) taken = new Uint8Array(slots.length * 2 + 1);
      else taken.fill(0, 0, slots.length);
      for (const j of this.conflicts[i]!) if (slotOf[j]! >= 0) taken[slotOf[j]!] = 1;
      let slot: StackSlot | null = null;
      for (const j of this.partners[i] ?? []) {
        const k = slotOf[j]!;
        if (k >= 0 && taken[k] === 0 && fits(v, slots[k]!)) {
          slot = slots[k]!;
          break;
        }
      }
      for (let k = 0; slot === null && k < slots.length; k++) {
        if (taken[k] === 0 && slots[k]!.param === null && fits(v, slots[k]!)) slot = slots[k]!;
      }
      if (slot === null) {
        slot = new StackSlot(slots.length, v.type.hasPointers, Math.max(8, v.type.size), null);
        slots.push(slot);
      }
      this.assign(i, slot);
    }
    return slots;
  }

  private assign(i: number, slot: StackSlot): void {
    this.slotOf[i] = slot.index;
    this.values[i]!.reg = slotBase + slot.index;
  }

  /** Parameters that came in registers go home, unless the variable itself lives there. */
  private placeParams(): void {
    let inMemory: Set<Local> | null = null;
    for (let i = 0; i < this.values.length; i++) {
      const v = this.values[i]!;
      const def = this.a.original(v.mark);
      if (def.op !== AMD64.ArgIntReg && def.op !== AMD64.ArgFloatReg) continue;
      inMemory ??= variablesInMemory(this.f);
      if (inMemory.has(def.aux as Local)) continue;
      const slot = new StackSlot(this.slots.length, v.type.hasPointers, v.type.size, def.aux as Local);
      slot.offset = def.auxHi;
      this.slots.push(slot);
      this.assign(i, slot);
    }
  }

  private findPartners(): void {
    const join = (i: number, j: number): void => {
      const p = this.partners[i];
      if (p === undefined) this.partners[i] = [j];
      else p.push(j);
    };
    for (let i = 0; i < this.values.length; i++) {
      const v = this.values[i]!;
      if (v.op !== Op.Phi) continue;
      for (const arg of v.args) {
        const j = this.numberOf[arg.mark]!;
        if (j < 0) continue;
        join(i, j);
        join(j, i);
      }
    }
  }

  private findConflicts(): void {
    const { a, dom, values, numberOf, conflicts } = this;
    const n = values.length;
    // By block: what happens to values in memory, last things first: k + 1 a read of value k, -(k + 1) its store.
    const events: number[][] = [];
    /** Read at the block's end. */
    const endUses: number[][] = [];
    const phis: number[][] = [];
    for (const b of a.order) {
      const list: number[] = [];
      const stored: number[] = [];
      for (let j = b.values.length - 1; j >= 0; j--) {
        const v = b.values[j]!;
        if (v.op === Op.StoreReg) {
          list.push(-1 - numberOf[v.mark]!);
        } else if (v.op === Op.LoadReg || v.op === Op.KeepAlive) {
          const x = v.args[0]!;
          if (x.op === Op.StoreReg || (x.op === Op.Phi && a.spills[x.mark] === x)) list.push(1 + numberOf[x.mark]!);
        } else if (v.op === Op.Phi && a.spills[v.id] === v) {
          stored.push(numberOf[v.id]!);
        }
      }
      events[b.id] = list;
      phis[b.id] = stored;
      const uses: number[] = [];
      for (const id of a.inMemoryAtEnd[b.id]!) uses.push(numberOf[id]!);
      if (b.succs.length === 1) {
        const e = b.succs[0]!;
        for (const phi of e.b.values) {
          if (phi.op !== Op.Phi) break;
          if (a.spills[phi.id] !== phi) continue;
          const id = phi.args[e.i]!.mark;
          const s = a.spills[id];
          if (s !== null && s !== undefined && dom.dominates(s.block, b)) uses.push(numberOf[id]!);
        }
      }
      endUses[b.id] = uses;
    }
    const liveIn: BitSet[] = [];
    for (const b of a.order) liveIn[b.id] = new BitSet(n);
    const live = new BitSet(n);
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = a.order.length - 1; i >= 0; i--) {
        const b = a.order[i]!;
        live.clear();
        for (const e of b.succs) live.union(liveIn[e.b.id]!);
        for (const k of endUses[b.id]!) live.add(k);
        for (const x of events[b.id]!) {
          if (x > 0) live.add(x - 1);
          else live.delete(-x - 1);
        }
        for (const k of phis[b.id]!) live.delete(k);
        if (liveIn[b.id]!.union(live)) changed = true;
      }
    }
    for (const b of a.order) {
      live.clear();
      for (const e of b.succs) live.union(liveIn[e.b.id]!);
      for (const k of endUses[b.id]!) live.add(k);
      for (const x of events[b.id]!) {
        if (x > 0) {
          live.add(x - 1);
        } else {
          live.delete(-x - 1);
          addConflicts(conflicts, -x - 1, live);
        }
      }
      // Phis of a block are all stored at once.
      const stored = phis[b.id]!;
      for (const k of stored) live.add(k);
      for (const k of stored) addConflicts(conflicts, k, live);
    }
  }
}

function fits(v: Value, s: StackSlot): boolean {
  return v.type.hasPointers === s.pointer && v.type.size <= s.size;
}

/** Variables that the code reads or writes in memory: a parameter's home is taken then. */
function variablesInMemory(f: Func): Set<Local> {
  const out = new Set<Local>();
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.aux instanceof Local && v.op !== AMD64.ArgIntReg && v.op !== AMD64.ArgFloatReg) out.add(v.aux);
    }
  }
  return out;
}

/** Each value is stored once, or in one place at once: no pair is added more than twice. */
function addConflicts(conflicts: number[][], k: number, live: BitSet): void {
  const words = live.words;
  const mine = conflicts[k]!;
  for (let w = 0; w < words.length; w++) {
    for (let bits = words[w]!; bits !== 0; bits &= bits - 1) {
      const j = w * 32 + 31 - Math.clz32(bits & -bits);
      if (j === k) continue;
      mine.push(j);
      conflicts[j]!.push(k);
    }
  }
}
