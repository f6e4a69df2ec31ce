// SSE and AVX arithmetic when MXCSR asks for more than WebAssembly can do: rounding down, up or towards zero (RC), results
// below the normal range flushed to zero (FZ), operands below it taken as zero (DAZ). Exact values in big integers, rounded
// once. The engine translates blocks for it while MXCSR is not the usual one (Intel SDM vol. 1, 10.2.3 and 11.5).

import { At } from "../mem/layout.ts";
import type { Helpers } from "./helpers.ts";
import type { Detail } from "./translate.ts";

/** Bits of MXCSR that change results: RC, FZ, DAZ. */
export const roundingBits = 0xe040;

const arithmetic = /^v?(add|sub|mul|div|min|max|sqrt|cmp|round)([ps])([sd])$/;
const compares = /^v?u?comis([sd])$/;
const horizontal = /^v?(hadd|hsub|addsub|dp)p([sd])$/;
const conversions = /^v?cvt(si2ss|si2sd|ss2si|sd2si|tss2si|tsd2si|ss2sd|sd2ss|ps2pd|pd2ps|dq2ps|ps2dq|pd2dq)$/;
const fused = /^vf(n?)m(add|sub|addsub|subadd)(132|213|231)([ps])([sd])$/;

/** Whether an instruction's result depends on MXCSR's rounding bits. */
export function dependsOnRounding(mnemonic: string): boolean {
  return (
    arithmetic.test(mnemonic) ||
    compares.test(mnemonic) ||
    horizontal.test(mnemonic) ||
    conversions.test(mnemonic) ||
    fused.test(mnemonic)
  );
}

/** A binary format of IEEE 754: bits of the significand, exponent of the smallest normal, width. */
class Format {
  readonly max: number;
  constructor(
    readonly precision: number,
    readonly min: number,
    readonly width: number,
  ) {
    this.max = 1 - min;
  }
}
const single = new Format(24, -126, 32);
const double = new Format(53, -1022, 64);
const half = new Format(11, -14, 16);

/** A number: mant * 2^exp exactly, or a special. */
class Num {
  constructor(
    readonly kind: "zero" | "finite" | "inf" | "nan",
    readonly negative: boolean,
    readonly mant: bigint,
    readonly exp: number,
    /** The bits it was read from, for a NaN. */
    readonly bits: bigint,
  ) {}
}

function bitLength(v: bigint): number {
  return v === 0n ? 0 : v.toString(2).length;
}

function unpack(bits: bigint, f: Format, daz: boolean): Num {
  const field = BigInt(f.precision - 1);
  const negative = bits >> BigInt(f.width - 1) === 1n;
  const e = Number((bits >> field) & ((1n << BigInt(f.width - f.precision)) - 1n));
  const m = bits & ((1n << field) - 1n);
  if (e === f.max * 2 + 1) return new Num(m === 0n ? "inf" : "nan", negative, 0n, 0, bits);
  if (e === 0) {
    if (m === 0n || daz) return new Num("zero", negative, 0n, 0, bits);
    return new Num("finite", negative, m, f.min - f.precision + 1, bits);
  }
  return new Num("finite", negative, m | (1n << field), e - 1 + f.min - f.precision + 1, bits);
}

const sign = (f: Format, negative: boolean): bigint => (negative ? 1n << BigInt(f.width - 1) : 0n);
const infinityOf = (f: Format): bigint => BigInt(f.max * 2 + 1) << BigInt(f.precision - 1);
const defaultNan = (f: Format): bigint => sign(f, true) | infinityOf(f) | (1n << BigInt(f.precision - 2));
const quiet = (f: Format, bits: bigint): bigint => bits | (1n << BigInt(f.precision - 2));

/** Cuts `cut` low bits off. mode: 0 nearest even, 1 down, 2 up, 3 towards zero. */
function shifted(m: bigint, cut: number, negative: boolean, mode: number): bigint {
  if (cut <= 0) return m << BigInt(-cut);
  const c = BigInt(cut);
  const rest = m & ((1n << c) - 1n);
  const q = m >> c;
  if (rest === 0n) return q;
  const middle = 1n << (c - 1n);
  if (mode === 0) return rest > middle || (rest === middle && (q & 1n) === 1n) ? q + 1n : q;
  return (mode === 1 && negative) || (mode === 2 && !negative) ? q + 1n : q;
}

class Rounding {
  constructor(
    readonly mode: number,
    readonly flush: boolean,
    readonly daz: boolean,
  ) {}

  /** mant * 2^exp (not zero; a last bit may stand for all that follows) in a format's bits. */
  pack(f: Format, negative: boolean, mant: bigint, exp: number): bigint {
    const s = sign(f, negative);
    const n = bitLength(mant);
    let cut = n - f.precision;
    // Tiny is what is below the smallest normal after rounding to the format's precision.
    const free = shifted(mant, cut, negative, this.mode);
    const top = exp + cut + bitLength(free) - 1;
    if (top < f.min && this.flush) return s;
    const low = f.min - f.precision + 1;
    if (exp + cut < low) cut = low - exp;
    let m = shifted(mant, cut, negative, this.mode);
    let e = exp + cut;
    if (bitLength(m) > f.precision) {
      m >>= 1n;
      e++;
    }
    const field = BigInt(f.precision - 1);
    if (m >> field === 0n) return s | m;
    if (e + f.precision - 1 > f.max) {
      const toInfinity = this.mode === 0 || (this.mode === 1 && negative) || (this.mode === 2 && !negative);
      return s | (toInfinity ? infinityOf(f) : infinityOf(f) - 1n);
    }
    return s | (BigInt(e - low + 1) << field) | (m & ((1n << field) - 1n));
  }

  zero(f: Format, a: boolean, b: boolean): bigint {
    return sign(f, a === b ? a : this.mode === 1);
  }

  add(f: Format, x: bigint, y: bigint, subtract: boolean): bigint {
    const a = unpack(x, f, this.daz);
    const b = unpack(y, f, this.daz);
    const n = nanOf(f, a, b);
    if (n !== undefined) return n;
    return this.sum(f, a, new Num(b.kind, b.negative !== subtract, b.mant, b.exp, b.bits));
  }

  private sum(f: Format, a: Num, b: Num): bigint {
    if (a.kind === "inf" || b.kind === "inf") {
      if (a.kind === "inf" && b.kind === "inf" && a.negative !== b.negative) return defaultNan(f);
      return sign(f, a.kind === "inf" ? a.negative : b.negative) | infinityOf(f);
    }
    if (a.kind === "zero" && b.kind === "zero") return this.zero(f, a.negative, b.negative);
    const e = a.kind === "zero" ? b.exp : b.kind === "zero" ? a.exp : Math.min(a.exp, b.exp);
    const term = (v: Num): bigint => {
      if (v.kind === "zero") return 0n;
      const m = v.mant << BigInt(v.exp - e);
      return v.negative ? -m : m;
    };
    const r = term(a) + term(b);
    if (r === 0n) return sign(f, this.mode === 1);
    return this.pack(f, r < 0n, r < 0n ? -r : r, e);
  }

  mul(f: Format, x: bigint, y: bigint): bigint {
    const a = unpack(x, f, this.daz);
    const b = unpack(y, f, this.daz);
    const n = nanOf(f, a, b);
    if (n !== undefined) return n;
    const s = a.negative !== b.negative;
    if (a.kind === "inf" || b.kind === "inf")
      return a.kind === "zero" || b.kind === "zero" ? defaultNan(f) : sign(f, s) | infinityOf(f);
    if (a.kind === "zero" || b.kind === "zero") return sign(f, s);
    return this.pack(f, s, a.mant * b.mant, a.exp + b.exp);
  }

  div(f: Format, x: bigint, y: bigint): bigint {
    const a = unpack(x, f, this.daz);
    const b = unpack(y, f, this.daz);
    const n = nanOf(f, a, b);
    if (n !== undefined) return n;
    const s = a.negative !== b.negative;
    if (a.kind === "inf") return b.kind === "inf" ? defaultNan(f) : sign(f, s) | infinityOf(f);
    if (b.kind === "zero") return a.kind === "zero" ? defaultNan(f) : sign(f, s) | infinityOf(f);
    if (b.kind === "inf" || a.kind === "zero") return sign(f, s);
    const top = a.mant << 120n;
    const q = top / b.mant;
    return this.pack(f, s, (q << 1n) | (top % b.mant === 0n ? 0n : 1n), a.exp - b.exp - 121);
  }

  sqrt(f: Format, x: bigint): bigint {
    const a = unpack(x, f, this.daz);
    if (a.kind === "nan") return quiet(f, x);
    if (a.kind === "zero") return sign(f, a.negative);
    if (a.negative) return defaultNan(f);
    if (a.kind === "inf") return x;
    const shift = (a.exp & 1) === 0 ? 120 : 121;
    const n = a.mant << BigInt(shift);
    let r = 1n << BigInt((bitLength(n) + 1) >> 1);
    for (;;) {
      const next = (r + n / r) >> 1n;
      if (next >= r) break;
      r = next;
    }
    return this.pack(f, false, (r << 1n) | (r * r === n ? 0n : 1n), (a.exp - shift) / 2 - 1);
  }

  fma(f: Format, x: bigint, y: bigint, z: bigint, negate: boolean, subtract: boolean): bigint {
    const a = unpack(x, f, this.daz);
    const b = unpack(y, f, this.daz);
    const c0 = unpack(z, f, this.daz);
    const nan = [a, b, c0].find((v) => v.kind === "nan");
    if (nan !== undefined) return quiet(f, nan.bits);
    const c = new Num(c0.kind, c0.negative !== subtract, c0.mant, c0.exp, c0.bits);
    const s = (a.negative !== b.negative) !== negate;
    if (a.kind === "inf" || b.kind === "inf") {
      if (a.kind === "zero" || b.kind === "zero") return defaultNan(f);
      return this.sum(f, new Num("inf", s, 0n, 0, 0n), c);
    }
    const p =
      a.kind === "zero" || b.kind === "zero"
        ? new Num("zero", s, 0n, 0, 0n)
        : new Num("finite", s, a.mant * b.mant, a.exp + b.exp, 0n);
    return this.sum(f, p, c);
  }

  /** -1, 0, 1; undefined: unordered. */
  compare(f: Format, x: bigint, y: bigint): number | undefined {
    const a = unpack(x, f, this.daz);
    const b = unpack(y, f, this.daz);
    if (a.kind === "nan" || b.kind === "nan") return undefined;
    if (a.kind === "zero" && b.kind === "zero") return 0;
    // Bits without the sign are in the order of magnitudes; DAZ made zeros of some.
    const magnitude = (v: Num): bigint => (v.kind === "zero" ? 0n : v.bits & (sign(f, true) - 1n));
    const p = a.negative ? -magnitude(a) : magnitude(a);
    const q = b.negative ? -magnitude(b) : magnitude(b);
    return p < q ? -1 : p > q ? 1 : 0;
  }

  /** To an integer of `bits` bits; what does not fit is the smallest. */
  toInt(f: Format, x: bigint, bits: number, mode = this.mode): bigint {
    const a = unpack(x, f, this.daz);
    const low = -(1n << BigInt(bits - 1));
    if (a.kind === "zero") return 0n;
    if (a.kind !== "finite" || a.exp > 70) return low;
    const m = shifted(a.mant, -a.exp, a.negative, mode);
    const v = a.negative ? -m : m;
    return v < low || v >= -low ? low : v;
  }

  fromInt(f: Format, v: bigint): bigint {
    return v === 0n ? 0n : this.pack(f, v < 0n, v < 0n ? -v : v, 0);
  }

  convert(to: Format, from: Format, x: bigint): bigint {
    const a = unpack(x, from, this.daz);
    const s = sign(to, a.negative);
    if (a.kind === "zero") return s;
    if (a.kind === "inf") return s | infinityOf(to);
    if (a.kind === "nan") {
      const payload = x & ((1n << BigInt(from.precision - 1)) - 1n);
      const by = to.precision - from.precision;
      return quiet(to, s | infinityOf(to) | (by >= 0 ? payload << BigInt(by) : payload >> BigInt(-by)));
    }
    return this.pack(to, a.negative, a.mant, a.exp);
  }

  /** To an integral value in the same format. */
  integral(f: Format, x: bigint, mode: number): bigint {
    const a = unpack(x, f, this.daz);
    if (a.kind === "nan") return quiet(f, x);
    if (a.kind === "zero") return sign(f, a.negative);
    if (a.kind === "inf" || a.exp >= 0) return x;
    const m = shifted(a.mant, -a.exp, a.negative, mode);
    return m === 0n ? sign(f, a.negative) : new Rounding(0, false, false).pack(f, a.negative, m, 0);
  }
}

/** mant * 2^exp, not zero, as the bits of a float of `width` bits. mode: 0 nearest even, 1 down, 2 up, 3 towards zero. */
export function packRounded(width: 32 | 64, negative: boolean, mant: bigint, exp: number, mode: number): bigint {
  return new Rounding(mode, false, false).pack(width === 64 ? double : single, negative, mant, exp);
}

function nanOf(f: Format, a: Num, b: Num): bigint | undefined {
  if (a.kind === "nan") return quiet(f, a.bits);
  if (b.kind === "nan") return quiet(f, b.bits);
  return undefined;
}

/** Predicates of cmpps and its family as sets of outcomes: less 1, equal 2, greater 4, unordered 8. */
const predicates = [2, 1, 3, 8, 13, 14, 12, 7, 10, 9, 11, 0, 5, 6, 4, 15];

/** A vector operand as 32 bytes, and lanes of it. */
class Lanes {
  readonly view: DataView;
  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset);
  }
  get(f: Format, i: number): bigint {
    return f === double ? this.view.getBigUint64(i * 8, true) : BigInt(this.view.getUint32(i * 4, true));
  }
  set(f: Format, i: number, v: bigint): void {
    if (f === double) this.view.setBigUint64(i * 8, v, true);
    else this.view.setUint32(i * 4, Number(v), true);
  }
}

/** Carries out one instruction of dependsOnRounding under the current MXCSR. */
export function softFloat(h: Helpers, ip: number, d: Detail): void {
  const csr = h.view.getUint32(At.Mxcsr, true);
  const r = new Rounding((csr >> 13) & 3, (csr & 0x8000) !== 0, (csr & 0x40) !== 0);
  const vex = d.mnemonic.startsWith("v");
  const load = (i: number): Lanes => {
    const out = new Uint8Array(32);
    if (d.kinds[i] === 2) out.set(h.memoryOperand(ip, d, i));
    else {
      const at = (d.regs[i] as number) * 16;
      out.set(h.engine.frames.u8.subarray(At.VecLow + at, At.VecLow + at + 16));
      out.set(h.engine.frames.u8.subarray(At.VecHigh + at, At.VecHigh + at + 16), 16);
    }
    return new Lanes(out);
  };
  /** Stores bytes of a vector result: under VEX what is above 128 or 256 bits becomes zero. */
  const store = (bytes: Uint8Array, wide: boolean): void => {
    const at = (d.regs[0] as number) * 16;
    h.engine.frames.u8.set(bytes.subarray(0, 16), At.VecLow + at);
    if (!vex) return;
    if (wide) h.engine.frames.u8.set(bytes.subarray(16, 32), At.VecHigh + at);
    else h.engine.frames.u8.fill(0, At.VecHigh + at, At.VecHigh + at + 16);
  };
  const wide = d.sizes[0] === 256;
  const name = vex ? d.mnemonic.slice(1) : d.mnemonic;
  const registers = d.kinds.filter((k) => k === 2 || k === 4).length;
  let m = fused.exec(d.mnemonic);
  if (m !== null) {
    const f = m[5] === "d" ? double : single;
    const ops = [load(0), load(1), load(2)] as const;
    const order = m[3] === "132" ? [0, 2, 1] : m[3] === "213" ? [1, 0, 2] : [1, 2, 0];
    const [a, b, c] = order.map((i) => ops[i] as Lanes) as [Lanes, Lanes, Lanes];
    const out = new Lanes(ops[0].bytes.slice());
    const lanes = m[4] === "s" ? 1 : ((wide ? 256 : 128) / f.width) | 0;
    for (let i = 0; i < lanes; i++) {
      const subtract = m[2] === "sub" || (m[2] === "addsub" && i % 2 === 0) || (m[2] === "subadd" && i % 2 === 1);
      out.set(f, i, r.fma(f, a.get(f, i), b.get(f, i), c.get(f, i), m[1] === "n", subtract));
    }
    store(out.bytes, wide && m[4] === "p");
    return;
  }
  m = arithmetic.exec(d.mnemonic);
  if (m !== null) {
    const f = m[3] === "d" ? double : single;
    const op = m[1] as string;
    const scalar = m[2] === "s";
    const unary = op === "sqrt" || op === "round";
    const last = load(registers - 1);
    // The operand that gives the lanes which are not computed, and the first factor.
    const first = vex ? (registers === 3 ? load(1) : last) : load(0);
    const out = new Lanes(scalar ? first.bytes.slice() : new Uint8Array(32));
    const lanes = scalar ? 1 : ((wide ? 256 : 128) / f.width) | 0;
    for (let i = 0; i < lanes; i++) {
      const a = first.get(f, i);
      const b = last.get(f, i);
      out.set(f, i, unary && op === "sqrt" ? r.sqrt(f, b) : lane(r, f, op, a, b, d.imm, vex));
    }
    store(out.bytes, wide && !scalar);
    return;
  }
  m = compares.exec(d.mnemonic);
  if (m !== null) {
    const f = m[1] === "d" ? double : single;
    const c = r.compare(f, load(0).get(f, 0), load(1).get(f, 0));
    h.setFlags(c === undefined || c < 0, c === undefined, false, c === undefined || c === 0, false, false);
    return;
  }
  m = horizontal.exec(d.mnemonic);
  if (m !== null) {
    const f = m[2] === "d" ? double : single;
    const b = load(registers - 1);
    const a = vex ? load(1) : load(0);
    const out = new Lanes(new Uint8Array(32));
    const per = 128 / f.width;
    for (let base = 0; base < (wide ? 2 * per : per); base += per) {
      const at = (v: Lanes, i: number): bigint => v.get(f, base + i);
      if (m[1] === "addsub") {
        for (let i = 0; i < per; i++) out.set(f, base + i, r.add(f, at(a, i), at(b, i), i % 2 === 0));
      } else if (m[1] === "dp") {
        const term = (i: number): bigint => ((d.imm >> (4 + i)) & 1 ? r.mul(f, at(a, i), at(b, i)) : 0n);
        // The order matters for NaNs alone.
        const sum =
          per === 2
            ? r.add(f, term(0), term(1), false)
            : r.add(f, r.add(f, term(1), term(0), false), r.add(f, term(3), term(2), false), false);
        for (let i = 0; i < per; i++) out.set(f, base + i, (d.imm >> i) & 1 ? sum : 0n);
      } else {
        for (let i = 0; i < per / 2; i++) {
          out.set(f, base + i, r.add(f, at(a, 2 * i), at(a, 2 * i + 1), m[1] === "hsub"));
          out.set(f, base + per / 2 + i, r.add(f, at(b, 2 * i), at(b, 2 * i + 1), m[1] === "hsub"));
        }
      }
    }
    store(out.bytes, wide);
    return;
  }
  convert(h, ip, d, r, name, load, store);
}

function lane(r: Rounding, f: Format, op: string, a: bigint, b: bigint, imm: number, vex: boolean): bigint {
  switch (op) {
    case "add":
    case "sub":
      return r.add(f, a, b, op === "sub");
    case "mul":
      return r.mul(f, a, b);
    case "div":
      return r.div(f, a, b);
    case "min":
    case "max": {
      const c = r.compare(f, a, b);
      const first = c !== undefined && (op === "min" ? c < 0 : c > 0);
      const v = first ? a : b;
      // A denormal operand is a zero of its sign.
      const n = unpack(v, f, r.daz);
      return n.kind === "zero" ? sign(f, n.negative) : v;
    }
    case "round":
      return r.integral(f, b, (imm & 4) !== 0 ? r.mode : imm & 3);
    default: {
      const c = r.compare(f, a, b);
      const outcome = c === undefined ? 8 : c < 0 ? 1 : c === 0 ? 2 : 4;
      const yes = ((predicates[imm & (vex ? 15 : 7)] as number) & outcome) !== 0;
      return yes ? (1n << BigInt(f.width)) - 1n : 0n;
    }
  }
}

function convert(
  h: Helpers,
  ip: number,
  d: Detail,
  r: Rounding,
  name: string,
  load: (i: number) => Lanes,
  store: (bytes: Uint8Array, wide: boolean) => void,
): void {
  const kind = name.slice(3);
  const vex = d.mnemonic.startsWith("v");
  const wide = d.sizes[0] === 256;
  switch (kind) {
    case "si2ss":
    case "si2sd": {
      const i = vex ? 2 : 1;
      const f = kind === "si2sd" ? double : single;
      const size = d.sizes[i] as number;
      const raw =
        d.kinds[i] === 2
          ? new DataView(h.memoryOperand(ip, d, i).buffer)
          : new DataView(h.view.buffer, At.Regs + (d.regs[i] as number));
      const v = size === 64 ? raw.getBigInt64(0, true) : BigInt(raw.getInt32(0, true));
      const out = new Lanes(load(vex ? 1 : 0).bytes.slice());
      out.set(f, 0, r.fromInt(f, v));
      store(out.bytes, false);
      return;
    }
    case "ss2si":
    case "sd2si":
    case "tss2si":
    case "tsd2si": {
      const f = kind.includes("sd") ? double : single;
      const v = r.toInt(f, load(1).get(f, 0), d.sizes[0] as number, kind.startsWith("t") ? 3 : r.mode);
      h.view.setBigUint64(At.Regs + (d.regs[0] as number), BigInt.asUintN(d.sizes[0] as number, v), true);
      return;
    }
    case "ss2sd":
    case "sd2ss": {
      const [to, from] = kind === "ss2sd" ? [double, single] : [single, double];
      const out = new Lanes(load(vex ? 1 : 0).bytes.slice());
      out.set(to, 0, r.convert(to, from, load(vex ? 2 : 1).get(from, 0)));
      store(out.bytes, false);
      return;
    }
    default: {
      const from = kind.startsWith("pd") ? double : single;
      const to = kind.endsWith("pd") ? double : single;
      const a = load(1);
      const out = new Lanes(new Uint8Array(32));
      const bits = Math.max(d.sizes[0] as number, kind.startsWith("pd") ? (d.sizes[1] as number) : 0);
      const lanes = bits / Math.max(from.width, to.width);
      for (let i = 0; i < lanes; i++) {
        const x = a.get(from, i);
        const v =
          kind === "dq2ps"
            ? r.fromInt(to, BigInt.asIntN(32, x))
            : kind.endsWith("2dq")
              ? BigInt.asUintN(32, r.toInt(from, x, 32))
              : r.convert(to, from, x);
        out.set(to, i, v);
      }
      store(out.bytes, wide);
    }
  }
}

/** The conversions between two MMX doublewords and two floats: "cvtpi2ps" and its family. */
export function convertPair(name: string, from: Uint8Array, csr: number): Uint8Array {
  const r = new Rounding((csr >> 13) & 3, (csr & 0x8000) !== 0, (csr & 0x40) !== 0);
  const a = new Lanes(new Uint8Array(32));
  a.bytes.set(from);
  const out = new Lanes(new Uint8Array(32));
  const wide = name.includes("pd");
  const f = wide ? double : single;
  for (let i = 0; i < 2; i++) {
    if (name.startsWith("cvtpi2")) out.set(f, i, r.fromInt(f, BigInt.asIntN(32, a.get(single, i))));
    else {
      const v = r.toInt(f, a.get(f, i), 32, name.startsWith("cvtt") ? 3 : r.mode);
      out.set(single, i, BigInt.asUintN(32, v));
    }
  }
  return out.bytes.slice(0, name === "cvtpi2pd" ? 16 : 8);
}

/** F16C: half precision to single, and back with the rounding of the immediate or of MXCSR. */
export function halfFloat(h: Helpers, ip: number, d: Detail): void {
  const csr = h.view.getUint32(At.Mxcsr, true);
  const u8 = h.engine.frames.u8;
  const register = (i: number): DataView => {
    const at = (d.regs[i] as number) * 16;
    const b = new Uint8Array(32);
    b.set(u8.subarray(At.VecLow + at, At.VecLow + at + 16));
    b.set(u8.subarray(At.VecHigh + at, At.VecHigh + at + 16), 16);
    return new DataView(b.buffer);
  };
  const put = (bytes: Uint8Array, wide: boolean): void => {
    const at = (d.regs[0] as number) * 16;
    u8.set(bytes.subarray(0, 16), At.VecLow + at);
    if (wide) u8.set(bytes.subarray(16, 32), At.VecHigh + at);
    else u8.fill(0, At.VecHigh + at, At.VecHigh + at + 16);
  };
  const out = new Uint8Array(32);
  const o = new DataView(out.buffer);
  if (d.mnemonic === "vcvtph2ps") {
    const wide = d.sizes[0] === 256;
    const from =
      d.kinds[1] === 2 ? new DataView(h.engine.space.read(h.address(ip, 1), wide ? 16 : 8).buffer) : register(1);
    const r = new Rounding(0, false, false);
    for (let i = 0; i < (wide ? 8 : 4); i++)
      o.setUint32(i * 4, Number(r.convert(single, half, BigInt(from.getUint16(i * 2, true)))), true);
    put(out, wide);
    return;
  }
  const wide = d.sizes[1] === 256;
  const from = register(1);
  const r = new Rounding((d.imm & 4) !== 0 ? (csr >> 13) & 3 : d.imm & 3, false, (csr & 0x40) !== 0);
  for (let i = 0; i < (wide ? 8 : 4); i++)
    o.setUint16(i * 2, Number(r.convert(half, single, BigInt(from.getUint32(i * 4, true)))), true);
  if (d.kinds[0] === 2) h.engine.space.write(h.address(ip, 0), out.subarray(0, wide ? 16 : 8));
  else put(out, false);
}
