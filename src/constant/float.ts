// Arithmetic on fractions and on 512-bit binary numbers, and correct rounding to float64 and float32. What math/big's Rat
// and Float do for go/constant.
import {
  bigBitLen,
  bigOf,
  FloatValue,
  type IntValue,
  RatValue,
  type RealValue,
  type UnknownValue,
  unknown,
} from "./value.ts";

/** Bits of a FloatValue. */
const precision = 512;
/** Fractions with longer parts, and exponents beyond, go to FloatValue. */
const maxExp = 4 << 10;
/** Exponents of math/big: beyond is infinity or zero. */
const maxFloatExp = 2147483647;

export const floatZero = new FloatValue(0n, 0);

function abs(x: bigint): bigint {
  return x < 0n ? -x : x;
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** num/den as a fraction, or as a float if its parts are too large. den is not 0. */
export function makeRat(num: bigint, den: bigint): RatValue | FloatValue {
  if (den < 0n) {
    num = -num;
    den = -den;
  }
  const g = gcd(abs(num), den);
  if (g !== 1n) {
    num /= g;
    den /= g;
  }
  if (bigBitLen(num) < maxExp && bigBitLen(den) < maxExp) return new RatValue(num, den);
  return quotient(num, den);
}

/** num/den rounded to a FloatValue. */
function quotient(num: bigint, den: bigint): FloatValue {
  if (num === 0n) return floatZero;
  // Two bits more than wanted, and a sticky bit for the rest.
  const shift = Math.max(0, precision + 2 - (bigBitLen(num) - bigBitLen(den)));
  const a = abs(num) << BigInt(shift);
  let q = (a / den) << 1n;
  if (a % den !== 0n) q |= 1n;
  return roundFloat(num < 0n ? -q : q, -shift - 1, precision);
}

const enum Rounding {
  NearestEven,
  ToZero,
  AwayFromZero,
}

function roundBits(mant: bigint, exp: number, bits: number, mode: Rounding): FloatValue {
  const length = bigBitLen(mant);
  const excess = length - bits;
  if (excess <= 0) return new FloatValue(mant, exp);
  const drop = BigInt(excess);
  const magnitude = abs(mant);
  let kept = magnitude >> drop;
  const rest = magnitude - (kept << drop);
  if (mode === Rounding.AwayFromZero) {
    if (rest !== 0n) kept++;
  } else if (mode === Rounding.NearestEven) {
    const half = 1n << (drop - 1n);
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept++;
  }
  return new FloatValue(mant < 0n ? -kept : kept, exp + excess);
}

function roundFloat(mant: bigint, exp: number, bits: number): FloatValue {
  return roundBits(mant, exp, bits, Rounding.NearestEven);
}

/** What a computed float is as a constant: overflow is unknown, underflow zero. */
export function finish(f: FloatValue): FloatValue | UnknownValue {
  if (f.mant === 0n) return floatZero;
  const e = exponent(f);
  if (e > maxFloatExp) return unknown;
  return e < -maxFloatExp - 1 ? floatZero : f;
}

/** e of |f| = m * 2**e with 0.5 <= m < 1. */
export function exponent(f: FloatValue): number {
  return f.mant === 0n ? 0 : bigBitLen(f.mant) + f.exp;
}

export function isSmall(f: FloatValue): boolean {
  const e = exponent(f);
  return -maxExp < e && e < maxExp;
}

export function isSmallInt(x: bigint): boolean {
  return bigBitLen(x) < maxExp;
}

/** x as a FloatValue. */
export function toBinary(x: RealValue): FloatValue {
  if (x instanceof FloatValue) return x;
  if (x instanceof RatValue) return quotient(x.num, x.den);
  return roundFloat(bigOf(x), 0, precision);
}

/** x as a fraction; only for small ones. */
export function floatToRat(f: FloatValue): RatValue {
  if (f.exp >= 0) return new RatValue(f.mant << BigInt(f.exp), 1n);
  let den = 1n << BigInt(-f.exp);
  const g = gcd(abs(f.mant), den);
  den /= g;
  return new RatValue(f.mant / g, den);
}

export function addFloat(a: FloatValue, b: FloatValue): FloatValue {
  if (a.mant === 0n) return b;
  if (b.mant === 0n) return a;
  // What is too far below to reach the rounding bits is nothing.
  const apart = exponent(a) - exponent(b);
  if (apart > 2 * precision + 8) return a;
  if (apart < -2 * precision - 8) return b;
  const exp = Math.min(a.exp, b.exp);
  return roundFloat((a.mant << BigInt(a.exp - exp)) + (b.mant << BigInt(b.exp - exp)), exp, precision);
}

export function negFloat(a: FloatValue): FloatValue {
  return new FloatValue(-a.mant, a.exp);
}

export function mulFloat(a: FloatValue, b: FloatValue, bits = precision): FloatValue {
  return roundFloat(a.mant * b.mant, a.exp + b.exp, bits);
}

export function quoFloat(a: FloatValue, b: FloatValue): FloatValue {
  const q = quotient(b.mant < 0n ? -a.mant : a.mant, abs(b.mant));
  return new FloatValue(q.mant, q.exp + a.exp - b.exp);
}

/** Sign of a - b. */
export function compareFloat(a: FloatValue, b: FloatValue): number {
  const sa = a.mant > 0n ? 1 : a.mant < 0n ? -1 : 0;
  const sb = b.mant > 0n ? 1 : b.mant < 0n ? -1 : 0;
  if (sa !== sb || sa === 0) return sa - sb;
  const apart = exponent(a) - exponent(b);
  if (apart !== 0) return apart > 0 ? sa : -sa;
  const exp = Math.min(a.exp, b.exp);
  const x = a.mant << BigInt(a.exp - exp);
  const y = b.mant << BigInt(b.exp - exp);
  return x > y ? 1 : x < y ? -1 : 0;
}

/**
 * f as an integer if it is one, or if it is one but for its last bits, which rounding in earlier operations may have
 * spoilt; else undefined.
 */
export function floatToInt(f: FloatValue): bigint | undefined {
  const slack = 4;
  return (
    exactInt(f) ??
    exactInt(roundBits(f.mant, f.exp, precision - slack, Rounding.ToZero)) ??
    exactInt(roundBits(f.mant, f.exp, precision - slack, Rounding.AwayFromZero))
  );
}

function exactInt(f: FloatValue): bigint | undefined {
  if (f.exp >= 0) return f.mant << BigInt(f.exp);
  const shift = BigInt(-f.exp);
  const i = f.mant >> shift;
  return i << shift === f.mant ? i : undefined;
}

/** 5**n with 64 bits more than a FloatValue has. */
function pow5(n: number): FloatValue {
  let result = new FloatValue(1n, 0);
  let base = new FloatValue(5n, 0);
  for (; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result = mulFloat(result, base, precision + 64);
    base = mulFloat(base, base, precision + 64);
  }
  return result;
}

const floatLiteral =
  /^(?:0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]+))?|0[bB]([01]+)|0[oO]([0-7]+)|([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?)$/;

/** The value of a floating-point literal (or the number of an imaginary one); undefined if it is malformed. */
export function parseFloatLiteral(literal: string): RatValue | FloatValue | UnknownValue | undefined {
  const m = floatLiteral.exec(literal.replaceAll("_", ""));
  if (m === null) return undefined;
  if (m[4] !== undefined) return makeRat(BigInt(`0b${m[4]}`), 1n);
  if (m[5] !== undefined) return makeRat(BigInt(`0o${m[5]}`), 1n);
  const hex = m[1] !== undefined;
  const whole = (hex ? m[1] : m[6]) ?? "";
  const fraction = (hex ? m[2] : m[7]) ?? "";
  const written = Number((hex ? m[3] : m[8]) ?? "0");
  if (whole + fraction === "") return undefined;
  const mant = BigInt(hex ? `0x${whole}${fraction}` : whole + fraction);
  if (mant === 0n) return new RatValue(0n, 1n);
  const exp = written - fraction.length * (hex ? 4 : 1) + (hex ? 0 : 0);
  if (hex) {
    const exp2 = written - fraction.length * 4;
    const f = roundFloat(mant, exp2, precision);
    if (!isSmall(f)) return finish(f);
    return exp2 >= 0 ? new RatValue(mant << BigInt(exp2), 1n) : floatToRat(new FloatValue(mant, exp2));
  }
  const size = whole.length + fraction.length;
  if (size + Math.abs(exp) > 1200) {
    // Perhaps not small, perhaps enormous: look at it with limited precision first.
    if (Math.abs(written) > 4 * maxFloatExp) return written > 0 ? unknown : new RatValue(0n, 1n);
    const power = pow5(Math.abs(exp));
    const start = new FloatValue(mant, 0);
    const scaled = exp < 0 ? quoFloat(start, power) : mulFloat(start, power);
    const f = finish(new FloatValue(scaled.mant, scaled.exp + exp));
    if (!(f instanceof FloatValue)) return f;
    if (f.mant === 0n) return new RatValue(0n, 1n);
    if (!isSmall(f)) return f;
  }
  const power = 10n ** BigInt(Math.abs(exp));
  if (exp >= 0) return new RatValue(mant * power, 1n);
  const g = gcd(mant, power);
  return new RatValue(mant / g, power / g);
}

const scratch = new DataView(new ArrayBuffer(8));

/** Whether the last rounding by roundTo was exact. */
export let lastExact = true;

/**
 * x rounded to nearest even with `bits` of mantissa, the least denormal being 2**minExp: 53 and -1074 for float64, 24
 * and -149 for float32. Infinite if too large. Sets lastExact.
 */
export function roundTo(x: RealValue, bits: number, minExp: number): number {
  if (!(x instanceof RatValue) && !(x instanceof FloatValue) && x.big === null && Math.abs(x.small) < 16777216) {
    lastExact = true;
    return x.small;
  }
  let num: bigint;
  let den = 1n;
  let exp = 0;
  if (x instanceof RatValue) {
    num = x.num;
    den = x.den;
  } else if (x instanceof FloatValue) {
    num = x.mant;
    exp = x.exp;
  } else num = bigOf(x);
  lastExact = true;
  if (num === 0n) return 0;
  const negative = num < 0n;
  if (negative) num = -num;
  // Scale so that the integer quotient has the wanted bits and one or two more.
  let shift = bits + 2 - (bigBitLen(num) - bigBitLen(den));
  // Denormal numbers have fewer: the last place is never below 2**minExp.
  if (exp - shift < minExp - 2) shift = exp - (minExp - 2);
  let q: bigint;
  let sticky = false;
  if (shift < -5000) {
    // Far below the least denormal.
    lastExact = false;
    return negative ? -0 : 0;
  }
  if (shift >= 0) {
    const a = num << BigInt(shift);
    q = a / den;
    sticky = a % den !== 0n;
  } else {
    const d = den << BigInt(-shift);
    q = num / d;
    sticky = num % d !== 0n;
  }
  let e = exp - shift;
  let drop = Math.max(bigBitLen(q) - bits, minExp - e);
  if (drop > 0) {
    const kept = q >> BigInt(drop);
    const rest = q - (kept << BigInt(drop));
    const half = 1n << BigInt(drop - 1);
    if (rest !== 0n) lastExact = false;
    const up = rest > half || (rest === half && (sticky || (kept & 1n) === 1n));
    q = up ? kept + 1n : kept;
    e += drop;
  } else drop = 0;
  if (sticky) lastExact = false;
  const length = bigBitLen(q);
  const limit = bits === 24 ? 128 : 1024;
  if (length + e > limit) {
    lastExact = false;
    return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  // q has at most 53 bits; the power of two may be denormal, so go there in two exact steps.
  let value = Number(q);
  while (e < -1000) {
    value *= 2 ** -500;
    e += 500;
    if (e < -1000) {
      value *= 2 ** -74;
      e += 74;
    }
  }
  value *= 2 ** e;
  return negative ? -value : value;
}

/** The two halves [lo, hi] of a float64's bits. */
export function float64Halves(x: number): [number, number] {
  scratch.setFloat64(0, x);
  return [scratch.getUint32(4), scratch.getUint32(0)];
}

/** A float32's bits. */
export function float32Word(x: number): number {
  scratch.setFloat32(0, x);
  return scratch.getUint32(0);
}

/** The exact value of a finite number. */
export function numberToRat(x: number): RatValue {
  if (x === 0) return new RatValue(0n, 1n);
  scratch.setFloat64(0, x);
  const hi = scratch.getUint32(0);
  const biased = (hi >>> 20) & 0x7ff;
  let mant = (BigInt(hi & 0xfffff) << 32n) | BigInt(scratch.getUint32(4));
  let exp = -1074;
  if (biased !== 0) {
    mant |= 1n << 52n;
    exp = biased - 1075;
  }
  if (x < 0) mant = -mant;
  return floatToRat(new FloatValue(mant, exp));
}

/** Whether x is an integer (without slack). */
export function isIntegral(x: FloatValue): boolean {
  return exactInt(x) !== undefined;
}

export type { IntValue };
