import type { SliceExpr } from "#syntax";
import { TypeKind, under } from "#types";
import { BoundsKind, Kind, Op, type SType, type Value } from "../core/index.ts";
import { smallInt } from "./const.ts";
import { retype } from "./conv.ts";
import {
  addr,
  boundsCheck,
  expr,
  indexValue,
  nilCheck,
  sliceCap,
  sliceLen,
  slicePtr,
  stringLen,
  stringPtr,
} from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

/** x[i:j] and x[i:j:k] of strings, slices, arrays and pointers to arrays. */
export function sliceExpr(b: FuncBuilder, e: SliceExpr): Value {
  const t = b.exprType(e);
  const xt = b.typeOf(e.x);
  const u = under(xt);
  let ptr: Value;
  let len: Value;
  let cap: Value;
  let onSlice = false;
  const index = (x: SliceExpr["lo"]): Value | null => (x === null ? null : indexValue(b, x));
  let i: Value | null;
  let j: Value | null;
  let k: Value | null;
  if (u.kind === TypeKind.Basic) {
    const s = expr(b, e.x);
    [i, j, k] = [index(e.lo), index(e.hi), index(e.max)];
    ptr = stringPtr(b, s);
    len = stringLen(b, s);
    cap = len;
  } else if (u.kind === TypeKind.Slice) {
    const s = expr(b, e.x);
    [i, j, k] = [index(e.lo), index(e.hi), index(e.max)];
    ptr = slicePtr(b, s);
    len = sliceLen(b, s);
    cap = sliceCap(b, s);
    onSlice = true;
  } else {
    const array = b.stype(u.kind === TypeKind.Pointer ? u.elem : xt);
    const p = u.kind === TypeKind.Pointer ? nilCheck(b, expr(b, e.x)) : addr(b, e.x);
    [i, j, k] = [index(e.lo), index(e.hi), index(e.max)];
    ptr = retype(b, p, b.types.pointerTo(array.elem!));
    len = b.int(array.length);
    cap = len;
  }
  return slice(b, t, ptr, len, cap, i, j, k, onSlice);
}

/** A part of what ptr, len, cap describe; t is the result's type, a slice or string. */
export function slice(
  b: FuncBuilder,
  t: SType,
  ptr: Value,
  len: Value,
  cap: Value,
  i: Value | null,
  j: Value | null,
  k: Value | null,
  onSlice: boolean,
): Value {
  const int = b.types.int;
  let hi = j ?? len;
  let max = cap;
  if (k !== null) {
    max = boundsCheck(b, k, cap, onSlice ? BoundsKind.Slice3Acap : BoundsKind.Slice3Alen);
    if (j !== null) hi = boundsCheck(b, j, max, BoundsKind.Slice3B);
  } else if (j !== null) {
    hi = boundsCheck(b, j, cap, onSlice ? BoundsKind.SliceAcap : BoundsKind.SliceAlen);
  }
  const lo =
    i === null || smallInt(i) === 0
      ? b.int(0)
      : boundsCheck(b, i, hi, k !== null ? BoundsKind.Slice3C : BoundsKind.SliceB);
  const fromStart = smallInt(lo) === 0;
  const newLen = fromStart ? hi : b.val(Op.Sub, int, hi, lo);
  const isString = t.kind === Kind.String;
  const newCap = isString ? newLen : fromStart ? max : max === hi ? newLen : b.val(Op.Sub, int, max, lo);
  let p = ptr;
  if (!fromStart) {
    // A part without capacity must not point behind the object: the offset is masked to 0 then.
    const size = isString ? 1 : t.elem!.size;
    let delta = size === 1 ? lo : b.val(Op.Mul, int, lo, b.int(size));
    const c = smallInt(newCap);
    if (c === undefined || c <= 0) {
      const sign = b.valAux(Op.Shr, int, 1, null, b.val(Op.Neg, int, newCap), b.f.constInt(b.types.uint64, 63));
      delta = b.val(Op.And, int, delta, sign);
    }
    p = b.val(Op.AddPtr, ptr.type, ptr, b.val(Op.Bitcast, b.types.uintptr, delta));
  }
  if (isString) return b.val(Op.StringMake, t, p, newLen);
  return b.val(Op.SliceMake, t, retype(b, p, b.types.pointerTo(t.elem!)), newLen, newCap);
}
