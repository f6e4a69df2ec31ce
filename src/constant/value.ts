// The nouns: exact constant values as go/constant has them. Integers are numbers while they are safe integers and BigInt
// beyond; floating-point values are fractions while those are small, else binary numbers with 512 bits.

export const enum ConstKind {
  /** The value of an expression that has an error. */
  Unknown,
  Bool,
  String,
  Int,
  Float,
  Complex,
}

export class UnknownValue {
  declare readonly kind: ConstKind.Unknown;

  constructor() {
    this.kind = ConstKind.Unknown;
  }
}

export class BoolValue {
  declare readonly kind: ConstKind.Bool;
  declare readonly value: boolean;

  constructor(value: boolean) {
    this.kind = ConstKind.Bool;
    this.value = value;
  }
}

/** A Go string is bytes: `bytes` holds one character (0-255) for each. So length and order are Go's. */
export class StringValue {
  declare readonly kind: ConstKind.String;
  declare readonly bytes: string;

  constructor(bytes: string) {
    this.kind = ConstKind.String;
    this.bytes = bytes;
  }
}

/** An integer: `small`, or `big` where that is not null. Made by makeInt only, so equal integers have one form. */
export class IntValue {
  declare readonly kind: ConstKind.Int;
  declare readonly small: number;
  declare readonly big: bigint | null;

  constructor(small: number, big: bigint | null) {
    this.kind = ConstKind.Int;
    this.small = small;
    this.big = big;
  }
}

/** A fraction in lowest terms, den > 0. */
export class RatValue {
  declare readonly kind: ConstKind.Float;
  declare readonly num: bigint;
  declare readonly den: bigint;

  constructor(num: bigint, den: bigint) {
    this.kind = ConstKind.Float;
    this.num = num;
    this.den = den;
  }
}

/** mant * 2**exp with at most 512 bits in mant; zero has exp 0. */
export class FloatValue {
  declare readonly kind: ConstKind.Float;
  declare readonly mant: bigint;
  declare readonly exp: number;

  constructor(mant: bigint, exp: number) {
    this.kind = ConstKind.Float;
    this.mant = mant;
    this.exp = exp;
  }
}

export class ComplexValue {
  declare readonly kind: ConstKind.Complex;
  declare readonly re: RealValue;
  declare readonly im: RealValue;

  constructor(re: RealValue, im: RealValue) {
    this.kind = ConstKind.Complex;
    this.re = re;
    this.im = im;
  }
}

export type RealValue = IntValue | RatValue | FloatValue;
export type Value = UnknownValue | BoolValue | StringValue | RealValue | ComplexValue;

export const unknown = new UnknownValue();
const constTrue = new BoolValue(true);
const constFalse = new BoolValue(false);
const emptyString = new StringValue("");

/** Small integers are shared. */
const smallInts: IntValue[] = [];
for (let i = -16; i <= 256; i++) smallInts.push(new IntValue(i, null));

export function makeBool(b: boolean): BoolValue {
  return b ? constTrue : constFalse;
}

/** From bytes, one character each. */
export function makeString(bytes: string): StringValue {
  return bytes === "" ? emptyString : new StringValue(bytes);
}

/** From a safe integer. */
export function makeSmallInt(n: number): IntValue {
  if (n >= -16 && n <= 256) return smallInts[n + 16]!;
  return new IntValue(n === 0 ? 0 : n, null);
}

export function makeInt(n: number | bigint): IntValue {
  if (typeof n === "number") return makeSmallInt(n);
  if (n >= -9007199254740991n && n <= 9007199254740991n) return makeSmallInt(Number(n));
  return new IntValue(0, n);
}

export function bigOf(x: IntValue): bigint {
  return x.big ?? BigInt(x.small);
}

/** Number of bits of |x|. */
export function bigBitLen(x: bigint): number {
  if (x < 0n) x = -x;
  if (x === 0n) return 0;
  const hex = x.toString(16);
  return hex.length * 4 - (Math.clz32(Number.parseInt(hex[0]!, 16)) - 28);
}
