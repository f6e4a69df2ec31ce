import { type Block, type Dominators, type LoopNest, Op, type Value } from "../core/index.ts";
import type { Allocator } from "./allocator.ts";

/**
 * Gives every spilled value its one store: at its definition, or further down the dominator tree where the value is still in
 * a register, all uses of the stored copy are dominated and no deeper loop is entered. So a value that only a slow path needs
 * in memory is stored there and not on the fast one.
 */
export function placeSpills(a: Allocator, dom: Dominators, loops: LoopNest): void {
  const atStart: Value[][] = [];
  const afterDef: (Value | undefined)[] = [];
  const touched = new Set<Block>();
  const path: Block[] = [];
  for (const id of a.spilled) {
    const spill = a.spills[id]!;
    if (spill.op === Op.Phi) continue;
    const def = a.original(id);
    let best = def.block;
    let depth = loops.depth(best);
    let from = def;
    path.length = 0;
    for (let b = a.spillUse[id]!; b !== def.block; b = dom.idom[b.id]!) path.push(b);
    for (let i = path.length - 1; i >= 0; i--) {
      const b = path[i]!;
      if (loops.depth(b) > depth) continue;
      const state = a.startState[b.id]!;
      const k = state.find(id);
      if (k < 0) continue;
      best = b;
      depth = loops.depth(b);
      from = state.values[k]!;
    }
    touched.add(best);
    spill.block = best;
    if (best === def.block) {
      afterDef[id] = spill;
    } else {
      spill.setArg(0, from);
      let list = atStart[best.id];
      if (list === undefined) atStart[best.id] = list = [];
      list.push(spill);
    }
  }
  for (const b of touched) {
    const out: Value[] = [];
    const values = b.values;
    let i = 0;
    while (i < values.length && values[i]!.op === Op.Phi) out.push(values[i++]!);
    for (let k = 0; k < i; k++) {
      const s = afterDef[values[k]!.id];
      if (s !== undefined) out.push(s);
    }
    for (const s of atStart[b.id] ?? []) out.push(s);
    for (; i < values.length; i++) {
      const v = values[i]!;
      out.push(v);
      const s = afterDef[v.id];
      if (s !== undefined) out.push(s);
    }
    b.values = out;
  }
}
