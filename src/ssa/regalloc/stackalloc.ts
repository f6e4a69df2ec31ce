import { BitSet } from "#base";
import { AMD64 } from "../amd64/index.ts";
import { type Block, type Dominators, type Func, Local, Op, type Value } from "../core/index.ts";
import type { Allocator } from "./allocator.ts";
import { slotBase, StackSlot } from "./homes.ts";

/**
 * Gives spilled values (StoreReg, and phis in memory) their stack slots. Values that are never both needed in memory share a
 * slot, pointers with pointers only; a phi gets the slot of its arguments if it can, so that nothing has to be moved; a
 * parameter that came in a register goes to the home that the caller's frame has for it.
 */
export function stackAlloc(f: Func, a: Allocator, dom: Dominators): StackSlot[] {
  const values: Value[] = [];
  const number = new Map<Value, number>();
  for (const id of a.spilled) {
    const s = a.spills[id]!;
    number.set(s, values.length);
    values.push(s);
  }
  const slots: StackSlot[] = [];
  if (values.length === 0) return slots;
  const conflicts = findConflicts(a, dom, values, number);
  // The slot a phi and its arguments had best share: the first of them to get one decides.
  const partner: number[][] = values.map(() => []);
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (v.op !== Op.Phi) continue;
    for (const arg of v.args) {
      const s = a.spills[arg.mark];
      if (s === null || s === undefined) continue;
      const j = number.get(s)!;
      partner[i]!.push(j);
      partner[j]!.push(i);
    }
  }
  const inMemory = variablesInMemory(f);
  const slotOf = new Int32Array(values.length).fill(-1);
  const homes = new Map<string, StackSlot>();
  const own: StackSlot[] = [];
  const taken = new Uint8Array(values.length + 1);
  const fits = (i: number, s: StackSlot): boolean => {
    const t = values[i]!.type;
    if (t.hasPointers !== s.pointer || t.size > s.size) return false;
    for (const j of conflicts[i]!) if (slotOf[j] === s.index) return false;
    return true;
  };
  for (let pass = 0; pass < 2; pass++) {
    for (let i = 0; i < values.length; i++) {
      if (slotOf[i]! >= 0) continue;
      const v = values[i]!;
      const def = a.original(v.mark);
      let slot: StackSlot | null = null;
      if ((def.op === AMD64.ArgIntReg || def.op === AMD64.ArgFloatReg) && !inMemory.has(def.aux as Local)) {
        const key = `${(def.aux as Local).index},${def.auxHi}`;
        slot = homes.get(key) ?? null;
        if (slot === null) {
          slot = new StackSlot(slots.length, v.type.hasPointers, v.type.size, def.aux as Local);
          slot.offset = def.auxHi;
          slots.push(slot);
          homes.set(key, slot);
        }
      } else if (pass === 1) {
        for (const j of partner[i]!) {
          const k = slotOf[j]!;
          if (k >= 0 && fits(i, slots[k]!)) {
            slot = slots[k]!;
            break;
          }
        }
        if (slot === null) {
          taken.fill(0, 0, own.length);
          for (const j of conflicts[i]!) if (slotOf[j]! >= 0) taken[slotOf[j]!] = 1;
          for (const s of own) {
            if (taken[s.index] === 0 && fits(i, s)) {
              slot = s;
              break;
            }
          }
        }
        if (slot === null) {
          slot = new StackSlot(slots.length, v.type.hasPointers, Math.max(8, v.type.size), null);
          slots.push(slot);
          own.push(slot);
        }
      }
      if (slot === null) continue;
      slotOf[i] = slot.index;
      v.reg = slotBase + slot.index;
    }
  }
  return slots;
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

/** For each value, those that are in memory at a time when it is stored. */
function findConflicts(
  a: Allocator,
  dom: Dominators,
  values: readonly Value[],
  number: ReadonlyMap<Value, number>,
): number[][] {
  const n = values.length;
  const liveIn: BitSet[] = [];
  const liveOut: BitSet[] = [];
  for (const b of a.order) {
    liveIn[b.id] = new BitSet(n);
    liveOut[b.id] = new BitSet(n);
  }
  const endUses = (b: Block, live: BitSet): void => {
    const end = a.endState[b.id]!;
    for (const id of a.live.outIds[b.id]!) {
      const s = a.spills[id]!;
      if (s !== null && end.find(id) < 0) live.add(number.get(s)!);
    }
    if (b.succs.length !== 1) return;
    const e = b.succs[0]!;
    for (const phi of e.b.values) {
      if (phi.op !== Op.Phi) break;
      if (a.spills[phi.id] !== phi) continue;
      const s = a.spills[phi.args[e.i]!.mark];
      if (s !== null && s !== undefined && dom.dominates(s.block, b)) live.add(number.get(s)!);
    }
  };
  const before = (v: Value, live: BitSet): void => {
    if (v.op === Op.LoadReg || v.op === Op.KeepAlive) {
      const k = number.get(v.args[0]!);
      if (k !== undefined) live.add(k);
    }
  };
  const live = new BitSet(n);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = a.order.length - 1; i >= 0; i--) {
      const b = a.order[i]!;
      const out = liveOut[b.id]!;
      for (const e of b.succs) out.union(liveIn[e.b.id]!);
      live.copyFrom(out);
      endUses(b, live);
      for (let j = b.values.length - 1; j >= 0; j--) {
        const v = b.values[j]!;
        if (v.op === Op.StoreReg || v.op === Op.Phi) {
          const k = number.get(v);
          if (k !== undefined) live.delete(k);
        } else {
          before(v, live);
        }
      }
      if (liveIn[b.id]!.union(live)) changed = true;
    }
  }
  const conflicts: Set<number>[] = values.map(() => new Set<number>());
  for (const b of a.order) {
    live.copyFrom(liveOut[b.id]!);
    endUses(b, live);
    const phis: number[] = [];
    for (let j = b.values.length - 1; j >= 0; j--) {
      const v = b.values[j]!;
      if (v.op === Op.StoreReg || v.op === Op.Phi) {
        const k = number.get(v);
        if (k === undefined) continue;
        // Phis of a block are all stored at once.
        if (v.op === Op.Phi) {
          phis.push(k);
          live.add(k);
          continue;
        }
        live.delete(k);
        addConflicts(conflicts, k, live);
      } else {
        before(v, live);
      }
    }
    for (const k of phis) addConflicts(conflicts, k, live);
  }
  return conflicts.map((s) => [...s]);
}

function addConflicts(conflicts: Set<number>[], k: number, live: BitSet): void {
  live.forEach((j) => {
    if (j === k) return;
    conflicts[k]!.add(j);
    conflicts[j]!.add(k);
  });
}
