// biome-ignore-all lint/correctness/noVoidTypeReturn: one line per case, "return what does it", reads best in tables of cases.
// Comparisons: flags and the condition to look at, for branches, selects and bool values.
import { Op, type Value } from "../core/index.ts";
import { log2Of } from "../generic/conditions.ts";
import { become, make } from "../rules/support.ts";
import { type Lowering, widthIndex } from "./lower.ts";
import { AMD64, BlockAMD64, invertBlock } from "./ops.ts";

/** A condition: the block kind that tests it, and the flags. */
export interface Condition {
  kind: number;
  flags: Value;
}

/** The condition that holds when x kind y does, for the flags of y compared with x. */
function swapped(kind: number): number {
  switch (kind) {
    case BlockAMD64.LT:
      return BlockAMD64.GT;
    case BlockAMD64.LE:
      return BlockAMD64.GE;
    case BlockAMD64.ULT:
      return BlockAMD64.UGT;
    case BlockAMD64.ULE:
      return BlockAMD64.UGE;
  }
  return kind;
}

function isConst(v: Value): boolean {
  if (v.op === Op.ConstNil || v.op === Op.ConstBool || v.op === AMD64.MOVLconst) return true;
  if (v.op !== Op.ConstInt && v.op !== AMD64.MOVQconst) return false;
  return v.type.size < 8 || v.auxHi === v.auxInt >> 31;
}

/** A constant as a sign-extended immediate of its width. */
function immediate(v: Value): number {
  if (v.op === Op.ConstNil) return 0;
  if (v.type.size === 1) return (v.auxInt << 24) >> 24;
  if (v.type.size === 2) return (v.auxInt << 16) >> 16;
  return v.auxInt;
}

/** Flags and condition for a bool; new values go next to `at`. */
export function lowerCondition(l: Lowering, at: Value, c: Value): Condition {
  let v = c;
  let negate = false;
  while (v.op === Op.Not || v.op === Op.Copy) {
    if (v.op === Op.Not) negate = !negate;
    v = v.args[0]!;
  }
  const cond = condition(l, at, v);
  if (negate) cond.kind = invertBlock(cond.kind);
  return cond;
}

function condition(l: Lowering, at: Value, v: Value): Condition {
  switch (v.op) {
    case Op.Eq:
    case Op.Ne:
    case Op.Lt:
    case Op.Le:
      return v.args[0]!.type.isFloat ? floatCondition(l, at, v) : intCondition(l, at, v);
    case Op.WBEnabled: {
      const sym = l.cx.symRef({ kind: "runtime", name: "writeBarrier" });
      const flags = make(at, AMD64.CMPLconstload, l.cx.types.flags, 0, 0, sym, [l.sb, v.args[0]!]);
      return { kind: BlockAMD64.NE, flags };
    }
  }
  // Already lowered: the flags it was made from.
  if (v.op >= AMD64.SETEQ && v.op <= AMD64.SETUGE) {
    return { kind: BlockAMD64.EQ + (v.op - AMD64.SETEQ), flags: v.args[0]! };
  }
  return { kind: BlockAMD64.NE, flags: l.flags(at, AMD64.TESTB, 0, v, v) };
}

function floatCondition(l: Lowering, at: Value, v: Value): Condition {
  const [x, y] = v.args as [Value, Value];
  const op = x.type.size === 8 ? AMD64.UCOMISD : AMD64.UCOMISS;
  switch (v.op) {
    case Op.Eq:
      return { kind: BlockAMD64.EQF, flags: l.flags(at, op, 0, x, y) };
    case Op.Ne:
      return { kind: BlockAMD64.NEF, flags: l.flags(at, op, 0, x, y) };
  }
  // x < y is y > x: "above" is false for unordered operands. The opposite must hold for them then: ULE, ULT do.
  return { kind: v.op === Op.Lt ? BlockAMD64.UGT : BlockAMD64.UGE, flags: l.flags(at, op, 0, y, x) };
}

function intCondition(l: Lowering, at: Value, v: Value): Condition {
  let [x, y] = v.args as [Value, Value];
  const w = widthIndex(x.type.size);
  const signed = x.type.isSigned;
  let kind: number;
  switch (v.op) {
    case Op.Eq:
      kind = BlockAMD64.EQ;
      break;
    case Op.Ne:
      kind = BlockAMD64.NE;
      break;
    case Op.Lt:
      kind = signed ? BlockAMD64.LT : BlockAMD64.ULT;
      break;
    default:
      kind = signed ? BlockAMD64.LE : BlockAMD64.ULE;
  }
  if (isConst(x) && !isConst(y)) {
    [x, y] = [y, x];
    kind = swapped(kind);
  }
  if (isConst(y)) {
    const c = immediate(y);
    if (c === 0 && (v.op === Op.Eq || v.op === Op.Ne)) {
      const flags = bitTest(l, at, x);
      if (flags !== null) return { kind: v.op === Op.Ne ? BlockAMD64.ULT : BlockAMD64.UGE, flags };
    }
    if (c === 0) return { kind, flags: l.flags(at, AMD64.TESTQ + w, 0, x, x) };
    return { kind, flags: l.flags(at, AMD64.CMPQconst + w, c, x) };
  }
  return { kind, flags: l.flags(at, AMD64.CMPQ + w, 0, x, y) };
}

/** x is one bit of a value: flags whose carry is that bit; null if it is not. */
function bitTest(l: Lowering, at: Value, x: Value): Value | null {
  if (x.op !== Op.And || x.uses !== 1) return null;
  const size = x.type.size;
  if (size !== 8 && size !== 4) return null;
  for (let k = 0; k < 2; k++) {
    const bit = x.args[k]!;
    const of = x.args[1 - k]!;
    if (bit.op === Op.Shl && bit.auxInt === 1 && bit.args[0]!.op === Op.ConstInt) {
      const one = bit.args[0]!;
      if (one.auxInt === 1 && one.auxHi === 0) {
        return l.flags(at, size === 8 ? AMD64.BTQ : AMD64.BTL, 0, bit.args[1]!, of);
      }
    }
    // Beyond what TEST has an immediate for.
    if (size === 8 && bit.op === Op.ConstInt && bit.auxInt !== bit.auxHi >> 31) {
      const n = log2Of(bit.auxInt, bit.auxHi);
      if (n >= 31) return l.flags(at, AMD64.BTQconst, n, of);
    }
  }
  return null;
}

/** A comparison as a bool value. */
export function lowerCompare(l: Lowering, v: Value): void {
  const c = condition(l, v, v);
  const set = (op: number): Value => make(v, op, v.type, 0, 0, null, [c.flags]);
  switch (c.kind) {
    case BlockAMD64.EQF:
      return become(v, AMD64.ANDL, v.type, 0, 0, null, [set(AMD64.SETEQ), set(AMD64.SETORD)]);
    case BlockAMD64.NEF:
      return become(v, AMD64.ORL, v.type, 0, 0, null, [set(AMD64.SETNE), set(AMD64.SETNAN)]);
  }
  become(v, AMD64.SETEQ + (c.kind - BlockAMD64.EQ), v.type, 0, 0, null, [c.flags]);
}
