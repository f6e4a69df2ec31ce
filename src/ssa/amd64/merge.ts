// Conditions of the rules that combine machine operations.
import { Op, opInfo, type Value } from "../core/index.ts";

/** Whether a sum is a 32-bit displacement. */
export function fits32(n: number): boolean {
  return n === (n | 0);
}

/** Positive powers of two. */
export function isPowerOfTwo(n: number): boolean {
  return n > 0 && (n & (n - 1)) === 0 && n === (n | 0);
}

/** Values that one question looks at before it gives up. */
const maxVisits = 100;

/**
 * Whether load may be done by its user: it has no other, they are in one block, and no other argument of the user is made
 * from a later memory state, for then the load would have to come both before and after the change of memory.
 */
export function canMergeLoad(user: Value, load: Value): boolean {
  if (load.uses !== 1 || load.block !== user.block) return false;
  const b = user.block;
  // Memory states of this block that come before the load's.
  const earlier = new Set<Value>();
  for (let m = load.memArg; m.block === b && m.op !== Op.Phi; ) {
    earlier.add(m);
    if (m.op === Op.SelectN) m = m.args[0]!;
    else if (m.op === Op.InitMem || m.args.length === 0) break;
    else m = m.memArg;
    if (earlier.size > maxVisits) return false;
  }
  const seen = new Set<Value>();
  const work: Value[] = [];
  for (const a of user.args) if (a !== load) work.push(a);
  while (work.length > 0) {
    const v = work.pop()!;
    if (v.block !== b || v.op === Op.Phi || seen.has(v)) continue;
    seen.add(v);
    if (seen.size > maxVisits) return false;
    if (v === load) return false;
    if (opInfo(v.op).writesMem) {
      if (!earlier.has(v)) return false;
      continue;
    }
    for (const a of v.args) work.push(a);
  }
  return true;
}
