// Constants as text: the short form of messages and the exact form. String and ExactString of go/constant.
import { exponent, isIntegral, roundTo, toBinary } from "./float.ts";
import { quoteBytes } from "./quote.ts";
import {
  bigBitLen,
  BoolValue,
  ComplexValue,
  FloatValue,
  IntValue,
  RatValue,
  StringValue,
  type Value,
} from "./value.ts";

/** The short form: floats with six digits, strings cut at 72 characters. */
export function valueString(x: Value): string {
  if (x instanceof StringValue) {
    const max = 72;
    const s = [...quoteBytes(x.bytes)];
    return s.length > max ? `${s.slice(0, max - 3).join("")}...` : s.join("");
  }
  if (x instanceof RatValue || x instanceof FloatValue) return floatString(toBinary(x));
  if (x instanceof ComplexValue) return `(${valueString(x.re)} + ${valueString(x.im)}i)`;
  return exactString(x);
}

/** A form from which the value can be had back: fractions as a/b, large floats as 0x.mantissap+exponent. */
export function exactString(x: Value): string {
  if (x instanceof BoolValue) return String(x.value);
  if (x instanceof StringValue) return quoteBytes(x.bytes);
  if (x instanceof IntValue) return String(x.big ?? x.small);
  if (x instanceof RatValue) return x.den === 1n ? String(x.num) : `${x.num}/${x.den}`;
  if (x instanceof FloatValue) return binaryString(x);
  if (x instanceof ComplexValue) return `(${exactString(x.re)} + ${exactString(x.im)}i)`;
  return "unknown";
}

/** big.Float's 'p' format. */
function binaryString(f: FloatValue): string {
  if (f.mant === 0n) return "0";
  const magnitude = f.mant < 0n ? -f.mant : f.mant;
  // The mantissa starts at the binary point, so its first digit has the top bit set.
  const pad = (4 - (bigBitLen(magnitude) % 4)) % 4;
  const digits = (magnitude << BigInt(pad)).toString(16).replace(/0+$/, "");
  const e = exponent(f);
  return `${f.mant < 0n ? "-" : ""}0x.${digits}p${e < 0 ? "" : "+"}${e}`;
}

/** The nearest float64; Math.LN2 / Math.LN10 is not. */
const log10of2 = 0.3010299956639812;

function floatString(f: FloatValue): string {
  const x = roundTo(f, 53, -1074);
  if ((f.mant === 0n) === (x === 0) && Number.isFinite(x)) {
    const s = formatG(x, 6);
    return !isIntegral(f) && !s.includes(".") ? formatG(x, 0) : s;
  }
  // Outside the range of float64: f ~ m * 10**d.
  const exp = exponent(f);
  let m = roundTo(new FloatValue(f.mant, f.exp - exp), 53, -1074);
  const d = exp * log10of2;
  let e = Math.trunc(d);
  m *= powerOfTen(d - e);
  const am = Math.abs(m);
  if (am < 1 - 0.5e-6) {
    m *= 10;
    e--;
  } else if (am >= 10) {
    m /= 10;
    e++;
  }
  return `${formatG(m, 6)}e${e < 0 ? "" : "+"}${e}`;
}

/** 10**y for |y| < 1, computed as Go's math.Pow does: the last digit shown may hang on it. */
function powerOfTen(y: number): number {
  let fraction = Math.abs(y);
  let factor = 1;
  if (fraction > 0.5) {
    fraction -= 1;
    factor = 10;
  }
  const p = (fraction === 0 ? 1 : Math.exp(fraction * Math.LN10)) * factor;
  return y < 0 ? 1 / p : p;
}

/** Go's %.{digits}g, or %g if digits is 0. */
export function formatG(x: number, digits: number): string {
  if (x === 0) return Object.is(x, -0) ? "-0" : "0";
  const s = digits === 0 ? x.toExponential() : roundHalfEven(x, digits);
  const [mantissa, e] = s.split("e") as [string, string];
  const exp = Number(e);
  const negative = mantissa.startsWith("-");
  const d = mantissa.replace("-", "").replace(".", "").replace(/0+$/, "") || "0";
  let precision = digits === 0 ? 6 : digits;
  if (digits !== 0 && precision > d.length && d.length >= exp + 1) precision = d.length;
  let out: string;
  if (exp < -4 || exp >= precision) {
    const a = Math.abs(exp);
    out = `${d[0]}${d.length > 1 ? `.${d.slice(1)}` : ""}e${exp < 0 ? "-" : "+"}${a < 10 ? "0" : ""}${a}`;
  } else if (exp < 0) out = `0.${"0".repeat(-exp - 1)}${d}`;
  else if (d.length <= exp + 1) out = d + "0".repeat(exp + 1 - d.length);
  else out = `${d.slice(0, exp + 1)}.${d.slice(exp + 1)}`;
  return negative ? `-${out}` : out;
}

/** toExponential rounds a half away from zero; Go rounds it to even. */
function roundHalfEven(x: number, digits: number): string {
  const s = x.toExponential(digits - 1);
  const long = x.toExponential(60);
  const mantissa = long.slice(long.indexOf(".") + 1, long.indexOf("e"));
  const rest = mantissa.slice(digits - 1);
  if (!/^50*$/.test(rest)) return s;
  const last = digits > 1 ? mantissa[digits - 2]! : long[long.indexOf(".") - 1]!;
  if (Number(last) % 2 !== 0) return s;
  const cut = long.indexOf(".") + digits;
  return long.slice(0, cut) + long.slice(long.indexOf("e"));
}
