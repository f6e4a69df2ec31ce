// Making constants from literals, converting, computing and comparing them. go/constant.
import { bytesOf } from "#base";
import {
  addFloat,
  compareFloat,
  finish,
  float32Word,
  float64Halves,
  floatToInt,
  floatToRat,
  isSmall,
  isSmallInt,
  lastExact,
  makeRat,
  mulFloat,
  negFloat,
  numberToRat,
  parseFloatLiteral,
  quoFloat,
  roundTo,
  toBinary,
} from "./float.ts";
import { unquoteBytes, unquoteRune } from "./unquote.ts";
import {
  bigBitLen,
  bigOf,
  BoolValue,
  ComplexValue,
  ConstKind,
  FloatValue,
  IntValue,
  makeBool,
  makeInt,
  makeSmallInt,
  makeString,
  RatValue,
  type RealValue,
  StringValue,
  type UnknownValue,
  unknown,
  type Value,
} from "./value.ts";

/** Operators, numbered as `Operator` of the syntax stage, and integer division besides. */
export const enum ConstOp {
  Not = 2,
  OrOr = 5,
  AndAnd,
  Eql,
  Neq,
  Lss,
  Leq,
  Gtr,
  Geq,
  Add,
  Sub,
  Or,
  Xor,
  Mul,
  Div,
  Rem,
  And,
  AndNot,
  Shl,
  Shr,
  /** Division of integers that truncates; Div makes a fraction. */
  IntDiv,
}

function fail(what: string): never {
  throw new TypeError(`constant: ${what}`);
}

const maxSafe = Number.MAX_SAFE_INTEGER;

// Making.

/** From text: its UTF-8 bytes. */
export function makeStringFromBytes(bytes: Uint8Array): StringValue {
  let s = "";
  // In pieces: the number of arguments of a call is limited.
  for (let i = 0; i < bytes.length; i += 4096) s += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return makeString(s);
}

/** From a float64; unknown if it is not finite. */
export function makeFloat64(x: number): RatValue | UnknownValue {
  return Number.isFinite(x) ? numberToRat(x) : unknown;
}

/** From the halves of a uint64. */
export function makeUint64(lo: number, hi: number): IntValue {
  if (hi >>> 0 < 0x200000) return makeSmallInt((hi >>> 0) * 4294967296 + (lo >>> 0));
  return makeInt((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0));
}

/** From the halves of an int64. */
export function makeInt64(lo: number, hi: number): IntValue {
  hi |= 0;
  if (hi >= -0x200000 && hi < 0x200000) return makeInt(BigInt(hi) * 4294967296n + BigInt(lo >>> 0));
  return makeInt((BigInt(hi) << 32n) | BigInt(lo >>> 0));
}

export function makeComplex(re: Value, im: Value): ComplexValue | UnknownValue {
  return isReal(re) && isReal(im) ? new ComplexValue(re, im) : unknown;
}

/** x*i */
export function makeImag(x: Value): ComplexValue | UnknownValue {
  return makeComplex(makeSmallInt(0), x);
}

function isReal(x: Value): x is RealValue {
  return x.kind === ConstKind.Int || x.kind === ConstKind.Float;
}

/** The value of a literal of kind (0 int, 1 float, 2 imaginary, 3 rune, 4 string: syntax.LitKind); unknown if malformed. */
export function makeFromLiteral(literal: string, kind: number): Value {
  switch (kind) {
    case 0:
      return intLiteral(literal);
    case 1:
      return parseFloatLiteral(literal) ?? unknown;
    case 2: {
      const im = parseFloatLiteral(literal.slice(0, -1));
      return im === undefined ? unknown : makeImag(im);
    }
    case 3: {
      const rune = unquoteRune(literal);
      return rune === undefined ? unknown : makeSmallInt(rune);
    }
    default: {
      const bytes = unquoteBytes(literal);
      return bytes === undefined ? unknown : makeStringFromBytes(bytes);
    }
  }
}

function intLiteral(literal: string): Value {
  if (literal.length < 16 && /^(?:0|[1-9][0-9]*)$/.test(literal)) return makeSmallInt(Number(literal));
  let s = literal.replaceAll("_", "");
  if (/^0[0-9]+$/.test(s)) s = `0o${s.slice(1)}`;
  if (!/^(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+)$/.test(s)) return unknown;
  return makeInt(BigInt(s.toLowerCase()));
}

// Taking apart.

/** The boolean; false for unknown. */
export function boolVal(x: Value): boolean {
  if (x instanceof BoolValue) return x.value;
  return x.kind === ConstKind.Unknown ? false : fail("not a bool");
}

/** The bytes of a string, one character each; "" for unknown. */
export function stringVal(x: Value): string {
  if (x instanceof StringValue) return x.bytes;
  return x.kind === ConstKind.Unknown ? "" : fail("not a string");
}

/** The bytes of a string. */
export function stringBytes(x: Value): Uint8Array {
  return bytesOf(stringVal(x));
}

/** An integer as a number if it is a safe integer; else undefined. */
export function smallIntVal(x: Value): number | undefined {
  return x instanceof IntValue && x.big === null ? x.small : undefined;
}

/** An integer of any size; undefined if x is none. */
export function bigIntVal(x: Value): bigint | undefined {
  return x instanceof IntValue ? bigOf(x) : undefined;
}

/** The low 64 bits [lo, hi] (both unsigned) of an integer in two's complement; undefined if x is no integer. */
export function toInt64Parts(x: Value): [number, number] | undefined {
  if (!(x instanceof IntValue)) return undefined;
  if (x.big === null) {
    const lo = x.small >>> 0;
    return [lo, Math.floor(x.small / 4294967296) >>> 0];
  }
  const b = BigInt.asUintN(64, x.big);
  return [Number(b & 0xffffffffn), Number(b >> 32n)];
}

export function isInt64(x: Value): boolean {
  if (!(x instanceof IntValue)) return false;
  return x.big === null || BigInt.asIntN(64, x.big) === x.big;
}

export function isUint64(x: Value): boolean {
  if (!(x instanceof IntValue)) return false;
  return x.big === null ? x.small >= 0 : BigInt.asUintN(64, x.big) === x.big;
}

/** The nearest float64 of a number that is not complex, and whether it is exact. Infinite if x is too large. */
export function float64Val(x: Value): { value: number; exact: boolean } {
  if (x.kind === ConstKind.Unknown) return { value: 0, exact: false };
  if (!isReal(x)) return fail("not a real number");
  const value = roundTo(x, 53, -1074);
  return { value, exact: lastExact };
}

/** As float64Val for float32. */
export function float32Val(x: Value): { value: number; exact: boolean } {
  if (x.kind === ConstKind.Unknown) return { value: 0, exact: false };
  if (!isReal(x)) return fail("not a real number");
  const value = roundTo(x, 24, -149);
  return { value, exact: lastExact };
}

/** x rounded to float64 as a constant; undefined if it overflows. */
export function roundFloat64(x: Value): Value | undefined {
  const f = float64Val(x).value;
  return Number.isFinite(f) ? makeFloat64(f) : undefined;
}

/** x rounded to float32 as a constant; undefined if it overflows. */
export function roundFloat32(x: Value): Value | undefined {
  const f = float32Val(x).value;
  return Number.isFinite(f) ? makeFloat64(f) : undefined;
}

/** Bits [lo, hi] of x as float64. */
export function float64Bits(x: Value): [number, number] {
  return float64Halves(float64Val(x).value);
}

/** Bits of x as float32. */
export function float32Bits(x: Value): number {
  return float32Word(float32Val(x).value);
}

/** Bits needed for |x|, an integer; 0 for unknown. */
export function bitLen(x: Value): number {
  if (x instanceof IntValue) {
    if (x.big !== null) return bigBitLen(x.big);
    const a = Math.abs(x.small);
    return a < 4294967296 ? 32 - Math.clz32(a) : 64 - Math.clz32(a / 4294967296);
  }
  return x.kind === ConstKind.Unknown ? 0 : fail("not an integer");
}

/** -1, 0 or 1; for complex numbers 0 only if both parts are; 1 for unknown. */
export function sign(x: Value): number {
  if (x instanceof IntValue) return x.big === null ? Math.sign(x.small) : x.big < 0n ? -1 : 1;
  if (x instanceof RatValue) return x.num === 0n ? 0 : x.num < 0n ? -1 : 1;
  if (x instanceof FloatValue) return x.mant === 0n ? 0 : x.mant < 0n ? -1 : 1;
  if (x instanceof ComplexValue) return sign(x.re) | sign(x.im);
  return x.kind === ConstKind.Unknown ? 1 : fail("not a number");
}

/** Numerator; unknown if x is too large or small for a fraction. */
export function num(x: Value): Value {
  if (x instanceof IntValue) return x;
  if (x instanceof RatValue) return makeInt(x.num);
  return x instanceof FloatValue && isSmall(x) ? makeInt(floatToRat(x).num) : unknown;
}

/** Denominator, at least 1; unknown as for num. */
export function denom(x: Value): Value {
  if (x instanceof IntValue) return makeSmallInt(1);
  if (x instanceof RatValue) return makeInt(x.den);
  return x instanceof FloatValue && isSmall(x) ? makeInt(floatToRat(x).den) : unknown;
}

export function real(x: Value): Value {
  return x instanceof ComplexValue ? x.re : x;
}

export function imag(x: Value): Value {
  if (x instanceof ComplexValue) return x.im;
  return x.kind === ConstKind.Unknown ? x : makeSmallInt(0);
}

// Converting.

/** x as an integer if it is one (but for rounding errors of large floats); else unknown. */
export function toInt(x: Value): IntValue | UnknownValue {
  if (x instanceof IntValue) return x;
  if (x instanceof RatValue) return x.den === 1n ? makeInt(x.num) : unknown;
  if (x instanceof FloatValue) {
    if (!isSmall(x)) return unknown; // an integer of that size is never wanted
    const i = floatToInt(x);
    return i === undefined ? unknown : makeInt(i);
  }
  if (x instanceof ComplexValue) return toInt(toFloat(x));
  return unknown;
}

/** x as a Float if it is real; else unknown. */
export function toFloat(x: Value): RatValue | FloatValue | UnknownValue {
  if (x instanceof IntValue) {
    const b = bigOf(x);
    return isSmallInt(b) ? new RatValue(b, 1n) : toBinary(x);
  }
  if (x instanceof RatValue || x instanceof FloatValue) return x;
  if (x instanceof ComplexValue && sign(x.im) === 0) return toFloat(x.re);
  return unknown;
}

/** x as a Complex; unknown if x is no number. */
export function toComplex(x: Value): ComplexValue | UnknownValue {
  if (x instanceof ComplexValue) return x;
  return isReal(x) ? new ComplexValue(x, makeSmallInt(0)) : unknown;
}

// Computing.

/** op y. For Xor on an unsigned type, bits is its size (else 0), which limits the result. */
export function unaryOp(op: ConstOp, y: Value, bits: number): Value {
  if (y.kind === ConstKind.Unknown) return y;
  switch (op) {
    case ConstOp.Add:
      if (isReal(y) || y instanceof ComplexValue) return y;
      break;
    case ConstOp.Sub:
      if (y instanceof IntValue) return y.big === null ? makeSmallInt(-y.small) : makeInt(-y.big);
      if (y instanceof RatValue) return new RatValue(-y.num, y.den);
      if (y instanceof FloatValue) return negFloat(y);
      if (y instanceof ComplexValue) return makeComplex(unaryOp(op, y.re, 0), unaryOp(op, y.im, 0));
      break;
    case ConstOp.Xor:
      if (y instanceof IntValue) {
        const z = ~bigOf(y);
        return makeInt(bits > 0 ? BigInt.asUintN(bits, z) : z);
      }
      break;
    case ConstOp.Not:
      if (y instanceof BoolValue) return makeBool(!y.value);
      break;
  }
  return fail("invalid unary operation");
}

/** x op y, no comparison and no shift. Numbers are brought to one form first. Division by zero throws. */
export function binaryOp(x: Value, op: ConstOp, y: Value): Value {
  if (x instanceof IntValue && y instanceof IntValue) return intOp(x, op, y);
  if (x.kind === ConstKind.Unknown || y.kind === ConstKind.Unknown) return unknown;
  if (isReal(x) && isReal(y)) return floatOp(x, op, y);
  if (x instanceof StringValue && y instanceof StringValue) {
    if (op === ConstOp.Add) return makeString(x.bytes + y.bytes);
  } else if (x instanceof BoolValue && y instanceof BoolValue) {
    if (op === ConstOp.AndAnd) return makeBool(x.value && y.value);
    if (op === ConstOp.OrOr) return makeBool(x.value || y.value);
  } else {
    const a = toComplex(x);
    const b = toComplex(y);
    if (a instanceof ComplexValue && b instanceof ComplexValue) return complexOp(a, op, b);
  }
  return fail("invalid binary operation");
}

function intOp(x: IntValue, op: ConstOp, y: IntValue): Value {
  if (x.big === null && y.big === null) {
    const a = x.small;
    const b = y.small;
    let c = Number.NaN;
    switch (op) {
      case ConstOp.Add:
        c = a + b;
        break;
      case ConstOp.Sub:
        c = a - b;
        break;
      case ConstOp.Mul:
        c = a * b;
        break;
      case ConstOp.IntDiv:
        if (b !== 0) c = Math.trunc(a / b);
        // The quotient of large integers may have been rounded up to the next one.
        if (Math.abs(a) > 4503599627370496) c = Number.NaN;
        break;
      case ConstOp.Rem:
        if (b !== 0) c = a % b;
        break;
      case ConstOp.And:
        if ((a | 0) === a && (b | 0) === b) c = a & b;
        break;
      case ConstOp.Or:
        if ((a | 0) === a && (b | 0) === b) c = a | b;
        break;
      case ConstOp.Xor:
        if ((a | 0) === a && (b | 0) === b) c = a ^ b;
        break;
      case ConstOp.AndNot:
        if ((a | 0) === a && (b | 0) === b) c = a & ~b;
        break;
    }
    if (c >= -maxSafe && c <= maxSafe) return makeSmallInt(c === 0 ? 0 : c);
  }
  const a = bigOf(x);
  const b = bigOf(y);
  switch (op) {
    case ConstOp.Add:
      return makeInt(a + b);
    case ConstOp.Sub:
      return makeInt(a - b);
    case ConstOp.Mul:
      return makeInt(a * b);
    case ConstOp.Div:
      if (b === 0n) throw new RangeError("division by zero");
      return makeRat(a, b);
    case ConstOp.IntDiv:
      return makeInt(a / b);
    case ConstOp.Rem:
      return makeInt(a % b);
    case ConstOp.And:
      return makeInt(a & b);
    case ConstOp.Or:
      return makeInt(a | b);
    case ConstOp.Xor:
      return makeInt(a ^ b);
    case ConstOp.AndNot:
      return makeInt(a & ~b);
  }
  return fail("invalid integer operation");
}

function asRat(x: IntValue | RatValue): RatValue {
  return x instanceof RatValue ? x : new RatValue(bigOf(x), 1n);
}

function floatOp(x: RealValue, op: ConstOp, y: RealValue): Value {
  if (x instanceof FloatValue || y instanceof FloatValue) {
    const a = toBinary(x);
    const b = toBinary(y);
    switch (op) {
      case ConstOp.Add:
        return finish(addFloat(a, b));
      case ConstOp.Sub:
        return finish(addFloat(a, negFloat(b)));
      case ConstOp.Mul:
        return finish(mulFloat(a, b));
      case ConstOp.Div:
        if (b.mant === 0n) return unknown;
        return finish(quoFloat(a, b));
    }
    return fail("invalid float operation");
  }
  const a = asRat(x);
  const b = asRat(y);
  switch (op) {
    case ConstOp.Add:
      return makeRat(a.num * b.den + b.num * a.den, a.den * b.den);
    case ConstOp.Sub:
      return makeRat(a.num * b.den - b.num * a.den, a.den * b.den);
    case ConstOp.Mul:
      return makeRat(a.num * b.num, a.den * b.den);
    case ConstOp.Div:
      if (b.num === 0n) throw new RangeError("division by zero");
      return makeRat(a.num * b.den, a.den * b.num);
  }
  return fail("invalid float operation");
}

function complexOp(x: ComplexValue, op: ConstOp, y: ComplexValue): Value {
  const { re: a, im: b } = x;
  const { re: c, im: d } = y;
  const add = (p: Value, q: Value) => binaryOp(p, ConstOp.Add, q);
  const sub = (p: Value, q: Value) => binaryOp(p, ConstOp.Sub, q);
  const mul = (p: Value, q: Value) => binaryOp(p, ConstOp.Mul, q);
  switch (op) {
    case ConstOp.Add:
      return makeComplex(add(a, c), add(b, d));
    case ConstOp.Sub:
      return makeComplex(sub(a, c), sub(b, d));
    case ConstOp.Mul:
      return makeComplex(sub(mul(a, c), mul(b, d)), add(mul(b, c), mul(a, d)));
    case ConstOp.Div: {
      const s = add(mul(c, c), mul(d, d));
      const re = binaryOp(add(mul(a, c), mul(b, d)), ConstOp.Div, s);
      return makeComplex(re, binaryOp(sub(mul(b, c), mul(a, d)), ConstOp.Div, s));
    }
  }
  return fail("invalid complex operation");
}

/** x << s or x >> s for an integer x. The caller limits s. */
export function shift(x: Value, op: ConstOp.Shl | ConstOp.Shr, s: number): Value {
  if (x.kind === ConstKind.Unknown) return x;
  if (!(x instanceof IntValue)) return fail("shift of what is no integer");
  if (s === 0) return x;
  if (op === ConstOp.Shl) {
    if (x.big === null && s < 53) {
      const c = x.small * 2 ** s;
      if (c >= -maxSafe && c <= maxSafe) return makeSmallInt(c);
    }
    return makeInt(bigOf(x) << BigInt(s));
  }
  if (x.big === null) return makeSmallInt(s > 60 ? (x.small < 0 ? -1 : 0) : Math.floor(x.small / 2 ** s));
  return makeInt(x.big >> BigInt(s));
}

function holds(order: number, op: ConstOp): boolean {
  switch (op) {
    case ConstOp.Eql:
      return order === 0;
    case ConstOp.Neq:
      return order !== 0;
    case ConstOp.Lss:
      return order < 0;
    case ConstOp.Leq:
      return order <= 0;
    case ConstOp.Gtr:
      return order > 0;
    case ConstOp.Geq:
      return order >= 0;
  }
  return fail("invalid comparison");
}

/** x op y for a comparison; false if one is unknown. */
export function compare(x: Value, op: ConstOp, y: Value): boolean {
  if (x instanceof IntValue && y instanceof IntValue) {
    if (x.big === null && y.big === null) return holds(x.small - y.small, op);
    const a = bigOf(x);
    const b = bigOf(y);
    return holds(a < b ? -1 : a > b ? 1 : 0, op);
  }
  if (x.kind === ConstKind.Unknown || y.kind === ConstKind.Unknown) return false;
  if (isReal(x) && isReal(y)) {
    if (x instanceof FloatValue || y instanceof FloatValue) return holds(compareFloat(toBinary(x), toBinary(y)), op);
    const a = asRat(x);
    const b = asRat(y);
    const d = a.num * b.den - b.num * a.den;
    return holds(d < 0n ? -1 : d > 0n ? 1 : 0, op);
  }
  if (x instanceof StringValue && y instanceof StringValue)
    return holds(x.bytes < y.bytes ? -1 : x.bytes > y.bytes ? 1 : 0, op);
  if (x instanceof BoolValue && y instanceof BoolValue && (op === ConstOp.Eql || op === ConstOp.Neq))
    return (x.value === y.value) === (op === ConstOp.Eql);
  const a = toComplex(x);
  const b = toComplex(y);
  if (a instanceof ComplexValue && b instanceof ComplexValue && (op === ConstOp.Eql || op === ConstOp.Neq)) {
    const equal = compare(a.re, ConstOp.Eql, b.re) && compare(a.im, ConstOp.Eql, b.im);
    return equal === (op === ConstOp.Eql);
  }
  return fail("invalid comparison");
}
