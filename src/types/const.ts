// Constants: which values fit which types.
import {
  bigIntVal,
  binaryOp,
  bitLen,
  ConstKind,
  ConstOp,
  float64Val,
  imag,
  isInt64,
  makeImag,
  real,
  roundFloat32,
  roundFloat64,
  sign,
  smallIntVal,
  toComplex,
  toFloat,
  toInt,
  unknown,
  type Value,
} from "#constant";
import { type Expr, Kind, Operator, startPos } from "#syntax";
import type { Checker } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import { Mode } from "./info.ts";
import type { Operand } from "./operand.ts";
import { isInteger, isNumeric, isTyped, under } from "./predicates.ts";
import { type Basic, BasicInfo, BasicKind, type Type } from "./types.ts";

/** Receives a value rounded to its type. */
export class Rounded {
  value: Value | null = null;
}

const minInt = new Map<BasicKind, number>([
  [BasicKind.Int8, -128],
  [BasicKind.Int16, -32768],
  [BasicKind.Int32, -2147483648],
]);
const maxInt = new Map<BasicKind, number>([
  [BasicKind.Int8, 127],
  [BasicKind.Int16, 32767],
  [BasicKind.Int32, 2147483647],
  [BasicKind.Uint8, 255],
  [BasicKind.Uint16, 65535],
  [BasicKind.Uint32, 4294967295],
]);

/** Whether a value of type t can be x, rounded if it is floating-point; the rounded value goes to rounded. */
export function representableConst(x: Value, t: Basic, rounded: Rounded | null): boolean {
  if (x.kind === ConstKind.Unknown) return true;
  const info = t.info_;
  if ((info & BasicInfo.Integer) !== 0) {
    const v = toInt(x);
    if (v.kind !== ConstKind.Int) return false;
    if (rounded !== null) rounded.value = v;
    switch (t.basic) {
      case BasicKind.UntypedInt:
      case BasicKind.UntypedRune:
        return true;
      case BasicKind.Int:
      case BasicKind.Int64:
        return isInt64(v);
      case BasicKind.Uint:
      case BasicKind.Uint64:
      case BasicKind.Uintptr:
        return sign(v) >= 0 && bitLen(v) <= 64;
      default: {
        const n = smallIntVal(v);
        return n !== undefined && n >= (minInt.get(t.basic) ?? 0) && n <= maxInt.get(t.basic)!;
      }
    }
  }
  if ((info & BasicInfo.Float) !== 0) {
    const v = toFloat(x);
    if (v.kind !== ConstKind.Float) return false;
    if (t.basic === BasicKind.UntypedFloat) {
      return true;
    }
    const r = t.basic === BasicKind.Float32 ? roundFloat32(v) : roundFloat64(v);
    if (r === undefined) return false;
    if (rounded !== null) rounded.value = r;
    return true;
  }
  if ((info & BasicInfo.Complex) !== 0) {
    const v = toComplex(x);
    if (v.kind !== ConstKind.Complex) return false;
    if (t.basic === BasicKind.UntypedComplex) return true;
    const round = t.basic === BasicKind.Complex64 ? roundFloat32 : roundFloat64;
    const re = round(real(v));
    const im = round(imag(v));
    if (re === undefined || im === undefined) return false;
    if (rounded !== null) rounded.value = binaryOp(re, ConstOp.Add, makeImag(im));
    return true;
  }
  if ((info & BasicInfo.String) !== 0) return x.kind === ConstKind.String;
  if ((info & BasicInfo.Boolean) !== 0) return x.kind === ConstKind.Bool;
  return false;
}

const opNames1 = new Map<Operator, string>([[Operator.Xor, "bitwise complement"]]);
const opNames2 = new Map<Operator, string>([
  [Operator.Add, "addition"],
  [Operator.Sub, "subtraction"],
  [Operator.Xor, "bitwise XOR"],
  [Operator.Mul, "multiplication"],
  [Operator.Shl, "shift"],
]);

/** Where an overflow of x is reported: at its operator. */
export function opPos(x: Expr): number {
  return x.kind === Kind.Operation ? x.pos : startPos(x);
}

/** Checks that the constant x fits its type, or the limits of untyped constants. */
export function overflow(c: Checker, x: Operand, pos: number): void {
  if (x.val!.kind === ConstKind.Unknown) {
    c.error(pos, ErrorCode.InvalidConstVal, "constant result is not representable");
    return;
  }
  if (isTyped(x.type)) {
    representable(c, x, under(x.type) as Basic);
    return;
  }
  if (x.val!.kind === ConstKind.Int && smallIntVal(x.val!) === undefined && bitLen(x.val!) > 512) {
    const e = x.expr;
    let op = "";
    if (e !== null && e.kind === Kind.Operation) op = (e.y === null ? opNames1 : opNames2).get(e.op) ?? "";
    c.error(pos, ErrorCode.InvalidConstVal, `constant ${op === "" ? "" : `${op} `}overflow`);
    x.val = unknown;
  }
}

/** Makes the constant x one of type t, or reports that it does not fit. */
export function representable(c: Checker, x: Operand, t: Basic): void {
  const r = representation(x, t);
  if (r.code !== 0) {
    invalidConversion(c, r.code, x, t);
    x.mode = Mode.Invalid;
    return;
  }
  x.val = r.value;
}

export function representation(x: Operand, t: Basic): { value: Value | null; code: ErrorCode | 0 } {
  const r = new Rounded();
  r.value = x.val;
  if (representableConst(x.val!, t, r)) return { value: r.value, code: 0 };
  if (isNumeric(x.type) && isNumeric(t)) {
    // Numeric conversion: constant truncated, or out of range.
    const truncated = !isInteger(x.type) && isInteger(t);
    return { value: null, code: truncated ? ErrorCode.TruncatedFloat : ErrorCode.NumericOverflow };
  }
  return { value: null, code: ErrorCode.InvalidConstVal };
}

export function invalidConversion(c: Checker, code: ErrorCode, x: Operand, target: Type): void {
  const xs = c.ops(x);
  const ts = c.ts(target);
  if (code === ErrorCode.TruncatedFloat) c.error(x, code, `${xs} truncated to ${ts}`);
  else if (code === ErrorCode.NumericOverflow) c.error(x, code, `${xs} overflows ${ts}`);
  else c.error(x, code, `cannot convert ${xs} to type ${ts}`);
}

/** A key for a map of constants by value: equal exactly for equal values. */
export function valueKey(x: Value): string {
  switch (x.kind) {
    case ConstKind.Bool:
      return x.value ? "true" : "false";
    case ConstKind.String:
      return `"${x.bytes}`;
    case ConstKind.Int:
      return String(bigIntVal(x));
    default: {
      const i = toInt(x);
      if (i.kind === ConstKind.Int) return String(bigIntVal(i));
      const f = toFloat(x);
      if (f.kind === ConstKind.Float) {
        const r = roundFloat64(f);
        return `f${r === undefined ? "inf" : floatKey(r)}`;
      }
      const cx = toComplex(x);
      if (cx.kind === ConstKind.Complex) return `c${floatKey(real(cx))},${floatKey(imag(cx))}`;
      return "?";
    }
  }
}

function floatKey(x: Value): string {
  return String(float64Val(x).value);
}
