// Conditions of the rules in rules/generic.rules.
import { Op, type SType, type Value } from "../core/index.ts";
import { isNewObject } from "./alias.ts";

/**
 * Whether a value of one type can stand for the other wherever it is used: operations that look at the type of an argument
 * find the same size and sign, and stack maps find the same pointers.
 */
export function sameClass(a: SType, b: SType): boolean {
  if (a === b) return true;
  if (!a.isScalar || !b.isScalar || a.size !== b.size || a.isFloat !== b.isFloat) return false;
  return a.isSigned === b.isSigned && a.hasPointers === b.hasPointers && a.isPtrShaped === b.isPtrShaped;
}

/** log2 of a 64-bit power of two given as halves; -1 for others. */
export function log2Of(lo: number, hi: number): number {
  if (hi === 0 && lo !== 0 && (lo & (lo - 1)) === 0) return 31 - Math.clz32(lo);
  if (lo === 0 && hi !== 0 && (hi & (hi - 1)) === 0) return 63 - Math.clz32(hi);
  return -1;
}

/** index * element size of pointer type t, if it is a displacement; -1 otherwise. */
export function mulOffset(lo: number, hi: number, t: SType): number {
  if (hi !== 0 || lo < 0 || t.elem === null) return -1;
  const n = lo * t.elem.size;
  return n <= 0x7fffffff ? n : -1;
}

/** Whether a pointer is surely not nil. */
export function isNonNil(p: Value): boolean {
  switch (p.op) {
    case Op.Addr:
    case Op.LocalAddr:
    case Op.FuncValue:
    case Op.FuncPC:
    case Op.TypeAddr:
    case Op.ItabAddr:
    case Op.NilCheck:
      return true;
    case Op.Bitcast:
    case Op.Copy:
    case Op.OffPtr:
      // The address of a field is only taken of a pointer that was checked.
      return isNonNil(p.args[0]!);
    case Op.SelectN:
      return p.auxInt === 0 && isNewObject(p.args[0]!);
  }
  return false;
}
