import { type Block, Dominators, type Func, LoopNest, Op, type TypeMaker } from "../core/index.ts";
import { Abi } from "../core/index.ts";
import { Allocator } from "./allocator.ts";
import { EdgeMoves } from "./edges.ts";
import { flagAlloc } from "./flagalloc.ts";
import type { StackSlot } from "./homes.ts";
import { removeLateNilChecks } from "./latenilchecks.ts";
import { dropCheckResults, prepare } from "./prepare.ts";
import { RegLiveness } from "./regliveness.ts";
import { schedule } from "./schedule.ts";
import { placeSpills } from "./spills.ts";
import { stackAlloc } from "./stackalloc.ts";

export { checkAllocation } from "./check.ts";
export { isCheck } from "./constraints.ts";
export { isSlot, slotBase, StackSlot, tupleReg } from "./homes.ts";

/** What later passes need to know of an allocation; blocks are as they were for it. */
export interface Allocation {
  readonly slots: readonly StackSlot[];
  readonly loops: LoopNest;
  /** Blocks in reverse postorder. */
  readonly order: readonly Block[];
}

/**
 * Orders the instructions of a lowered function and gives its values registers and stack slots (cmd/compile/internal/ssa:
 * critical, schedule, late nilcheck, flagalloc, regalloc, stackalloc). after is called with each pass's name once it is done.
 */
export function regalloc(f: Func, types: TypeMaker, after: (pass: string) => void = () => {}): Allocation {
  prepare(f);
  schedule(f);
  dropCheckResults(f);
  removeLateNilChecks(f);
  f.phase = "schedule";
  after("schedule");
  flagAlloc(f, (bytes) =>
    bytes === 8 ? types.uint64 : bytes === 4 ? types.uint32 : bytes === 2 ? types.uint16 : types.uint8,
  );
  after("flagalloc");
  const dom = new Dominators(f);
  const loops = new LoopNest(f, dom);
  const order = dom.order;
  const inR14 = f.ref.abi === Abi.ABIInternal;
  const a = new Allocator(f, order, dom, loops, types.void, (x, y) => types.tuple([x, y]), inR14);
  a.run();
  placeSpills(a, dom, loops);
  const live = new RegLiveness(f, a);
  const slots = stackAlloc(f, a, dom);
  new EdgeMoves(f, a, dom, live).run();
  removeUnusedSpills(f);
  f.phase = "regalloc";
  after("regalloc");
  return { slots, loops, order };
}

/** Stores whose every reload turned out to be needless. */
function removeUnusedSpills(f: Func): void {
  for (const b of f.blocks) {
    let n = 0;
    for (const v of b.values) {
      if (v.op === Op.StoreReg && v.uses === 0) v.resetArgs();
      else b.values[n++] = v;
    }
    b.values.length = n;
  }
}
