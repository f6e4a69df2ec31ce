import type { Pos } from "#base";
import { ConstKind } from "#constant";
import { type CallExpr, type Expr, Kind as Node, Operator, unparen } from "#syntax";
import { BasicInfo, BasicKind, Mode, type Type, TypeKind, under } from "#types";
import { BoundsKind, ConvSite, Kind, Op, type SType, StringConvSite, type Value } from "../core/index.ts";
import { typeAssertDescriptor } from "./assert.ts";
import { convertComplex } from "./arith.ts";
import { constValue } from "./const.ts";
import { boundsCheck, expr, nilCheck, sliceLen, slicePtr } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

/** Offset of the type in an itab (internal/abi.ITab). */
const itabType = 8;

/** The same bits under another type. */
export function retype(b: FuncBuilder, v: Value, t: SType): Value {
  if (v.type === t) return v;
  switch (v.op) {
    case Op.Deref:
      return b.val(Op.Deref, t, v.args[0]!, v.args[1]!);
    case Op.ConstInt:
      if (t.isInteger && t.size === v.type.size) return b.f.constInt64(t, v.auxInt, v.auxHi);
      break;
    case Op.ConstBool:
      return b.f.constBool(t, v.auxInt === 1);
    case Op.ConstString:
      return b.f.constString(t, v.aux as string);
    case Op.ConstNil:
      return b.f.constNil(t);
    case Op.ConstFloat:
      return b.f.constFloat(t, v.auxInt);
    case Op.OffPtr:
    case Op.Addr:
    case Op.FuncValue:
    case Op.LocalAddr:
      if (v.type.kind === t.kind) return b.valAux(v.op, t, v.auxInt, v.aux, ...v.args);
      break;
  }
  if (!t.canSSA) {
    const p = b.spill(v);
    b.temps.add(p);
    return b.load(t, p);
  }
  return b.val(Op.Bitcast, t, v);
}

/** v of type `from` as a value of type `to`, to which it is assignable (or convertible without change of representation, but for interfaces). */
export function assignable(b: FuncBuilder, v: Value, from: Type, to: Type, pos = b.pos): Value {
  const t = b.stype(to);
  const s = b.stype(from);
  if (s === t) return v.type === t ? v : retype(b, v, t);
  if (!t.isInterface) return retype(b, v, t);
  if (s.isInterface) return convertInterface(b, v, t);
  return makeIface(b, v.type === s ? v : retype(b, v, s), s, t, pos);
}

/** A concrete value becomes an interface value. pos: the value's, for messages. */
function makeIface(b: FuncBuilder, v: Value, from: SType, to: SType, pos: Pos): Value {
  b.mark("useIface", from);
  const site = new ConvSite(from, to, pos, b.loopDepth);
  return b.produce(Op.MakeIface, to, 0, site, b.fresh(v));
}

/** The type word of an interface value: nil for nil. */
export function dynamicType(b: FuncBuilder, v: Value): Value {
  const p = b.types.unsafePtr;
  const tab = b.val(Op.IfaceTab, p, v);
  if (v.type.kind === Kind.Eface) return tab;
  const result = b.newVar(p);
  const isNil = b.val(Op.Eq, b.types.bool, tab, b.f.constNil(p));
  const some = b.newBlock();
  const done = b.newBlock();
  b.write(result, tab);
  b.branch(isNil, done, some, -1);
  b.startSealed(some);
  b.write(result, b.load(p, b.offset(tab, itabType, p)));
  b.jump(done);
  b.startSealed(done);
  return b.read(result);
}

/** From one interface type to another that has fewer methods, or the same. */
function convertInterface(b: FuncBuilder, v: Value, to: SType): Value {
  const p = b.types.unsafePtr;
  if (to.kind === Kind.Eface) {
    if (v.type.kind === Kind.Eface) return retype(b, v, to);
    return b.val(Op.IfaceMake, to, dynamicType(b, v), b.val(Op.IfaceData, p, v));
  }
  // Another interface type has itabs of its own, even with the same methods: they are compared by address.
  const result = b.newVar(p);
  const type = dynamicType(b, v);
  const isNil = b.val(Op.Eq, b.types.bool, type, b.f.constNil(p));
  const some = b.newBlock();
  const done = b.newBlock();
  b.write(result, type);
  b.branch(isNil, done, some, -1);
  b.startSealed(some);
  b.write(result, b.runtime1("typeAssert", typeAssertDescriptor(b, to, true), type));
  b.jump(done);
  b.startSealed(done);
  return b.val(Op.IfaceMake, to, b.read(result), b.val(Op.IfaceData, p, v));
}

/** T(x). */
export function conversion(b: FuncBuilder, e: CallExpr): Value {
  const x = e.argList[0]!;
  const to = b.typeOf(e);
  const t = b.stype(to);
  if (b.isNil(x)) return b.zeroValue(t);
  const c = b.constOf(x);
  // A constant becomes a type parameter's type exactly, not by way of its default type.
  if (c !== null && isNumber(t) && c.kind !== ConstKind.String) return constValue(b, c, t);
  const from = b.typeOf(x);
  if (t.kind === Kind.UnsafePtr && b.stype(from).kind === Kind.Uintptr) {
    const v = expr(b, x);
    return b.valAux(Op.IntToPtr, t, isPointerArithmetic(b, x) ? 1 : 0, null, v, b.mem);
  }
  return convert(b, expr(b, x), from, to);
}

/** v of type `from` converted to type `to`. */
export function convert(b: FuncBuilder, v: Value, from: Type, to: Type): Value {
  const t = b.stype(to);
  const s = b.stype(from);
  if (s === t) return v;
  if (t.isInterface) return assignable(b, v, from, to);
  const fu = under(from);
  const tu = under(to);
  if (t.kind === Kind.String && s.kind !== Kind.String) return stringFrom(b, v, s, t);
  if (s.kind === Kind.String && t.kind === Kind.Slice) {
    const kind = t.elem!.size === 1 ? "stringToBytes" : "stringToRunes";
    return stringConv(b, kind, v, t);
  }
  if (isNumber(s) && isNumber(t)) return convertNumber(b, v, t);
  if (t.kind === Kind.Uintptr && s.kind === Kind.UnsafePtr) return b.val(Op.PtrToInt, t, v, b.mem);
  if (t.kind === Kind.UnsafePtr && s.isInteger) return b.valAux(Op.IntToPtr, t, 0, null, v, b.mem);
  if (fu.kind === TypeKind.Slice && tu.kind === TypeKind.Pointer) {
    const n = b.stype(tu.elem).length;
    return retype(b, sliceToArrayPtr(b, v, n), t);
  }
  if (fu.kind === TypeKind.Slice && tu.kind === TypeKind.Array) return sliceToArray(b, v, t);
  return retype(b, v, t);
}

function isNumber(t: SType): boolean {
  return t.isInteger || t.isFloat || t.isComplex;
}

export function convertNumber(b: FuncBuilder, v: Value, t: SType): Value {
  if (t.isComplex) return convertComplex(b, v, t);
  const s = v.type;
  if (s === t) return v;
  if (s.kind === t.kind || (s.isInteger && t.isInteger && s.size === t.size)) {
    // A conversion rounds a float explicitly, which its representation has done already.
    return retype(b, v, t);
  }
  return b.val(Op.Convert, t, v);
}

function stringFrom(b: FuncBuilder, v: Value, s: SType, t: SType): Value {
  if (s.kind !== Kind.Slice) return stringConv(b, "intToString", runeOf(b, v), t);
  return stringConv(b, s.elem!.size === 1 ? "bytesToString" : "runesToString", v, t);
}

/** An integer as int64, values beyond which are no code points anyway. */
function runeOf(b: FuncBuilder, v: Value): Value {
  const t = b.types.int64;
  if (v.type.size === 8) return retype(b, v, t);
  return b.val(Op.Convert, t, v);
}

function stringConv(b: FuncBuilder, kind: StringConvSite["kind"], v: Value, t: SType): Value {
  return b.produce(Op.StringConv, t, 0, new StringConvSite(kind, b.pos, b.loopDepth), v);
}

/**
 * A string operand that is only looked at before anything can change it: string(bytes) needs no copy then (map lookup,
 * comparison, concatenation, unique.Make).
 */
export function stringOperand(b: FuncBuilder, e: Expr): Value {
  const u = unparen(e);
  if (u.kind === Node.CallExpr && b.constOf(u) === null && b.modeOf(u.fun) === Mode.TypeExpr) {
    const x = u.argList[0]!;
    const t = b.exprType(u);
    const s = b.exprType(x);
    if (t.kind === Kind.String && s.kind === Kind.Slice && s.elem!.size === 1 && !b.isNil(x)) {
      return stringConv(b, "bytesToStringTmp", expr(b, x), t);
    }
  }
  return expr(b, e);
}

/** (*[n]T)(s): the slice's array, nil for a nil slice. */
function sliceToArrayPtr(b: FuncBuilder, s: Value, n: number): Value {
  const p = slicePtr(b, s);
  const check = boundsCheck(b, b.int(n), sliceLen(b, s), BoundsKind.Convert);
  return check.op === Op.ConstInt ? p : b.val(Op.Guard, p.type, p, check);
}

function sliceToArray(b: FuncBuilder, s: Value, t: SType): Value {
  const p = sliceToArrayPtr(b, s, t.length);
  if (t.size === 0) return b.load(t, b.alloc(t, "temp", ""));
  return b.load(t, retype(b, nilCheck(b, p), b.types.pointerTo(t)));
}

/** Whether e computes an address from uintptr(pointer) within itself (cmd/compile/internal/escape: unsafeValue). */
function isPointerArithmetic(b: FuncBuilder, e: Expr): boolean {
  const x = unparen(e);
  if (b.constOf(x) !== null) return false;
  if (x.kind === Node.CallExpr) {
    if (b.modeOf(x.fun) !== Mode.TypeExpr) return false;
    const arg = x.argList[0]!;
    return b.isNil(arg) ? false : under(b.typeOf(arg)).kind === TypeKind.Basic && isUnsafePointer(under(b.typeOf(arg)));
  }
  if (x.kind !== Node.Operation) return false;
  switch (x.op) {
    case Operator.Shl:
    case Operator.Shr:
      return isPointerArithmetic(b, x.x);
    case Operator.Add:
    case Operator.Sub:
    case Operator.Or:
    case Operator.Xor:
    case Operator.And:
    case Operator.AndNot:
    case Operator.Mul:
    case Operator.Div:
    case Operator.Rem:
      return isPointerArithmetic(b, x.x) || (x.y !== null && isPointerArithmetic(b, x.y));
  }
  return false;
}

function isUnsafePointer(t: Type): boolean {
  return t.kind === TypeKind.Basic && t.basic === BasicKind.UnsafePointer;
}

/** Whether t is a type of unsigned integers. */
export function isUnsigned(t: Type): boolean {
  const u = under(t);
  return u.kind === TypeKind.Basic && (u.info_ & BasicInfo.Unsigned) !== 0;
}
