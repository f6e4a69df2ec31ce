// Conditions of the rules that combine machine operations.
import { AMD64 } from "./ops.ts";
import { Op, opInfo, type Value } from "../core/index.ts";

/** Whether a sum is a 32-bit displacement. */
export function fits32(n: number): boolean {
  return n === (n | 0);
}

/** Positive powers of two. */
export function isPowerOfTwo(n: number): boolean {
  return n > 0 && (n & (n - 1)) === 0 && n === (n | 0);
}

/**
 * Whether the bits of x above `size` bytes are zero in its register, also after it was in a stack slot of its type's size:
 * narrow loads, and operations on 32 bits if that is the size of the type.
 */
export function isZeroExtended(x: Value, size: number): boolean {
  switch (x.op) {
    case AMD64.MOVBload:
    case AMD64.MOVBloadidx1:
    case AMD64.MOVBQZX:
      return true;
    case AMD64.MOVWload:
    case AMD64.MOVWloadidx1:
    case AMD64.MOVWloadidx2:
    case AMD64.MOVWQZX:
      return size >= 2;
    case AMD64.ANDLconst:
      return x.auxInt >= 0 && x.auxInt < 2 ** (8 * size) && x.auxInt < 2 ** (8 * x.type.size);
    case AMD64.MOVLload:
    case AMD64.MOVLloadidx1:
    case AMD64.MOVLloadidx4:
    case AMD64.MOVLloadidx8:
    case AMD64.MOVLQZX:
      return size === 4;
    case AMD64.ADDL:
    case AMD64.ADDLconst:
    case AMD64.SUBL:
    case AMD64.MULL:
    case AMD64.MULLconst:
    case AMD64.ANDL:
    case AMD64.ORL:
    case AMD64.XORL:
    case AMD64.ORLconst:
    case AMD64.XORLconst:
    case AMD64.SHLL:
    case AMD64.SHLLconst:
    case AMD64.SHRL:
    case AMD64.SHRLconst:
    case AMD64.ROLL:
    case AMD64.ROLLconst:
    case AMD64.NEGL:
    case AMD64.NOTL:
    case AMD64.BSWAPL:
      return size === 4 && x.type.size === 4;
  }
  return false;
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

/**
 * Whether memory stays in its block what it is for this load. Flags that do not outlive a call are made again behind it: a
 * comparison that reads memory would see what the call has changed.
 */
export function isLastMemory(load: Value): boolean {
  const mem = load.memArg;
  for (const v of load.block.values) {
    if (v.args.length > 0 && opInfo(v.op).writesMem && v.op !== Op.Phi && v.memArg === mem) return false;
  }
  return true;
}
