// Assignability, convertibility and conversions.
import { ConstKind, isUint64, makeStringFromBytes, smallIntVal, valueString } from "#constant";
import { encodeUtf8 } from "#base";
import type { Checker } from "./checker.ts";
import { Rounded, representableConst } from "./const.ts";
import { ErrorCode } from "./errorcodes.ts";
import { Mode } from "./info.ts";
import { implements_ } from "./instantiate.ts";
import { Cause } from "./lookup.ts";
import type { Operand } from "./operand.ts";
import {
  allString,
  constraintInterface,
  defaultType,
  hasName,
  identical,
  identicalIgnoreTags,
  isComplex,
  isConstType,
  isInteger,
  isIntegerOrFloat,
  isInterfacePtr,
  isNonTypeParamInterface,
  isString,
  isTypeParam,
  isUntyped,
  isValid,
  unalias,
  under,
  underIs,
} from "./predicates.ts";
import { typeSetOf } from "./typeset.ts";
import { BasicKind, Dir, type Term, type Type, TypeKind, type TypeParam } from "./types.ts";
import { typ } from "./universe.ts";
import { implicitType, updateExprType } from "./untyped.ts";

function termsIs(p: TypeParam, f: (t: Term | null) => boolean): boolean {
  return typeSetOf(constraintInterface(p)).is(f);
}

function addCause(cause: Cause | null, msg: string): void {
  if (cause === null) return;
  cause.text = cause.text === "" ? msg : `${msg}\n\t${cause.text}`;
}

/** 0 if x can be assigned to a variable of type T, else the code of the error; why goes to cause where there is more to say. */
export function assignableTo(c: Checker, x: Operand, T: Type, cause: Cause | null): ErrorCode | 0 {
  if (x.mode === Mode.Invalid || !isValid(T)) return 0;
  const origT = T;
  const V = unalias(x.type);
  T = unalias(T);
  if (identical(V, T)) return 0;
  const Vu = under(V);
  const Tu = under(T);
  const Vp = V.kind === TypeKind.TypeParam ? V : null;
  const Tp = T.kind === TypeKind.TypeParam ? T : null;
  if (isUntyped(Vu)) {
    if (Tp !== null) {
      const ok = termsIs(Tp, (t) => t !== null && implicitType(x, t.type).type !== null);
      return ok ? 0 : ErrorCode.IncompatibleAssign;
    }
    return implicitType(x, T).type !== null ? 0 : ErrorCode.IncompatibleAssign;
  }
  if (Vp === null && Tp === null && identical(Vu, Tu) && (!hasName(V) || !hasName(T))) return 0;
  if ((Tu.kind === TypeKind.Interface && Tp === null) || isInterfacePtr(Tu)) {
    if (implements_(c, V, T, false, cause)) return 0;
    // V does not implement T; if V is no type parameter there is nothing else to try.
    if (Vp === null) return ErrorCode.InvalidIfaceAssign;
    if (cause !== null) cause.text = "";
  }
  if (Vu.kind === TypeKind.Interface && Vp === null && implements_(c, T, V, false, null)) {
    if (cause !== null) cause.text = "need type assertion";
    return ErrorCode.IncompatibleAssign;
  }
  if (Vu.kind === TypeKind.Chan && Vu.dir === Dir.Both && Tu.kind === TypeKind.Chan && identical(Vu.elem, Tu.elem)) {
    return !hasName(V) || !hasName(T) ? 0 : ErrorCode.InvalidChanAssign;
  }
  if (Vp === null && Tp === null) return ErrorCode.IncompatibleAssign;
  if (!hasName(V) && Tp !== null) {
    let code: ErrorCode | 0 = ErrorCode.IncompatibleAssign;
    termsIs(Tp, (t) => {
      if (t === null) return false;
      code = assignableTo(c, x, t.type, cause);
      if (code === 0) return true;
      addCause(cause, `cannot assign ${c.ts(x.type)} to ${c.ts(t.type)} (in ${c.ts(Tp)})`);
      return false;
    });
    return code;
  }
  if (Vp !== null && !hasName(T)) {
    const y = x.clone();
    let code: ErrorCode | 0 = ErrorCode.IncompatibleAssign;
    termsIs(Vp, (t) => {
      if (t === null) return false;
      y.type = t.type;
      code = assignableTo(c, y, T, cause);
      if (code === 0) return true;
      addCause(cause, `cannot assign ${c.ts(t.type)} (in ${c.ts(Vp)}) to ${c.ts(origT)}`);
      return false;
    });
    return code;
  }
  return ErrorCode.IncompatibleAssign;
}

function isPointer(t: Type): boolean {
  return under(t).kind === TypeKind.Pointer;
}

function isBasicKind(t: Type, k: BasicKind): boolean {
  const u = under(t);
  return u.kind === TypeKind.Basic && u.basic === k;
}

export function isBytesOrRunes(t: Type): boolean {
  const u = under(t);
  if (u.kind !== TypeKind.Slice) return false;
  const e = under(u.elem);
  return e.kind === TypeKind.Basic && (e.basic === BasicKind.Uint8 || e.basic === BasicKind.Int32);
}

export function convertibleTo(c: Checker, x: Operand, T: Type, cause: Cause | null): boolean {
  if (assignableTo(c, x, T, cause) === 0) return true;
  const origT = T;
  const V = unalias(x.type);
  T = unalias(T);
  const Vu = under(V);
  const Tu = under(T);
  const Vp = V.kind === TypeKind.TypeParam ? V : null;
  const Tp = T.kind === TypeKind.TypeParam ? T : null;
  if (Vp === null && Tp === null && identicalIgnoreTags(Vu, Tu)) return true;
  if (V.kind === TypeKind.Pointer && T.kind === TypeKind.Pointer) {
    if (identicalIgnoreTags(under(V.elem), under(T.elem)) && !isTypeParam(V.elem) && !isTypeParam(T.elem)) return true;
  }
  if (isIntegerOrFloat(Vu) && isIntegerOrFloat(Tu)) return true;
  if (isComplex(Vu) && isComplex(Tu)) return true;
  if ((isInteger(Vu) || isBytesOrRunes(Vu)) && isString(Tu)) return true;
  if (isString(Vu) && isBytesOrRunes(Tu)) return true;
  // Package unsafe: any pointer or uintptr to and from unsafe.Pointer.
  if ((isPointer(Vu) || isBasicKind(Vu, BasicKind.Uintptr)) && isBasicKind(Tu, BasicKind.UnsafePointer)) return true;
  if (isBasicKind(Vu, BasicKind.UnsafePointer) && (isPointer(Tu) || isBasicKind(Tu, BasicKind.Uintptr))) return true;
  if (Vu.kind === TypeKind.Slice) {
    if (Tu.kind === TypeKind.Array && identical(Vu.elem, Tu.elem)) {
      if (c.allowVersion(20)) return true;
      if (cause !== null) cause.text = "conversion of slice to array requires go1.20 or later";
      return false;
    }
    if (Tu.kind === TypeKind.Pointer) {
      const a = under(Tu.elem);
      if (a.kind === TypeKind.Array && identical(Vu.elem, a.elem)) {
        if (c.allowVersion(17)) return true;
        if (cause !== null) cause.text = "conversion of slice to array pointer requires go1.17 or later";
        return false;
      }
    }
  }
  if (Vp === null && Tp === null) return false;
  const y = x.clone();
  if (Vp !== null && Tp !== null) {
    return termsIs(Vp, (v) => {
      if (v === null) return false;
      y.type = v.type;
      return termsIs(Tp, (t) => {
        if (t === null) return false;
        if (convertibleTo(c, y, t.type, cause)) return true;
        addCause(cause, `cannot convert ${c.ts(v.type)} (in ${c.ts(Vp)}) to type ${c.ts(t.type)} (in ${c.ts(Tp)})`);
        return false;
      });
    });
  }
  if (Vp !== null) {
    return termsIs(Vp, (v) => {
      if (v === null) return false;
      y.type = v.type;
      if (convertibleTo(c, y, T, cause)) return true;
      addCause(cause, `cannot convert ${c.ts(v.type)} (in ${c.ts(Vp)}) to type ${c.ts(origT)}`);
      return false;
    });
  }
  return termsIs(Tp!, (t) => {
    if (t === null) return false;
    if (convertibleTo(c, x, t.type, cause)) return true;
    addCause(cause, `cannot convert ${c.ts(x.type)} to type ${c.ts(t.type)} (in ${c.ts(Tp!)})`);
    return false;
  });
}

/** Whether the constant x converts to the constant type t; the result goes to rounded. */
function constConvertible(x: Operand, T: Type, rounded: Rounded | null): boolean {
  const t = under(T);
  if (t.kind !== TypeKind.Basic) return false;
  if (representableConst(x.val!, t, rounded)) return true;
  if (isInteger(x.type) && isString(t)) {
    let cp = 0xfffd;
    if (x.val!.kind === ConstKind.Int && isUint64(x.val!)) {
      const n = smallIntVal(x.val!);
      if (n !== undefined && n <= 0x10ffff && !(n >= 0xd800 && n < 0xe000)) cp = n;
    }
    if (rounded !== null) rounded.value = makeStringFromBytes(encodeUtf8(String.fromCodePoint(cp)));
    return true;
  }
  return false;
}

/** Checks the conversion T(x). */
export function conversion(c: Checker, x: Operand, T: Type): void {
  const constArg = x.mode === Mode.Constant;
  let ok = false;
  const cause = new Cause();
  if (constArg && isConstType(T)) {
    const r = new Rounded();
    r.value = x.val;
    ok = constConvertible(x, T, r);
    // What x is as an integer is kept even if that is out of range: messages show it.
    x.val = r.value;
    if (!ok && isInteger(x.type) && isInteger(T)) {
      c.error(x, ErrorCode.InvalidConversion, `constant ${valueString(x.val!)} overflows ${c.ts(T)}`);
      x.mode = Mode.Invalid;
      return;
    }
  } else if (constArg && isTypeParam(T)) {
    ok = underIs(T, (u) => {
      if (u === null) {
        cause.text = `${c.ts(T)} does not contain specific types`;
        return false;
      }
      if (isString(x.type) && isBytesOrRunes(u)) return true;
      if (constConvertible(x, u, null)) return true;
      if (isInteger(x.type) && isInteger(u))
        cause.text = `constant ${valueString(x.val!)} overflows ${c.ts(u)} (in ${c.ts(T)})`;
      else cause.text = `cannot convert ${c.ops(x)} to type ${c.ts(u)} (in ${c.ts(T)})`;
      return false;
    });
    x.mode = Mode.Value;
  } else if (convertibleTo(c, x, T, cause)) {
    ok = true;
    x.mode = Mode.Value;
  }
  if (!ok) {
    const why = cause.text === "" ? "" : `: ${cause.text}`;
    c.error(x, ErrorCode.InvalidConversion, `cannot convert ${c.ops(x)} to type ${c.ts(T)}${why}`);
    x.mode = Mode.Invalid;
    return;
  }
  if (isUntyped(x.type)) {
    let final = T;
    // nil keeps nothing; a constant becomes what it would be without the conversion where T is no constant type;
    // an integer converted to a string is an integer first.
    if (x.type === typ[BasicKind.UntypedNil]) final = T;
    else if (isNonTypeParamInterface(T) || (constArg && !isConstType(T))) final = defaultType(x.type);
    else if (x.mode === Mode.Constant && isInteger(x.type) && allString(T)) final = x.type;
    if (x.expr !== null) updateExprType(c, x.expr, final, true);
  }
  x.type = T;
}
