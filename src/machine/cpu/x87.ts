// The x87 floating-point unit: 80-bit values computed exactly with big integers and rounded once. As far as C programs
// need it (long double); the transcendental functions go through doubles.

import { At, Exit } from "../mem/layout.ts";
import type { Helpers } from "./helpers.ts";
import { packRounded } from "./softfloat.ts";
import type { Detail } from "./translate.ts";

/** An extended value: mant * 2^exp with a 64-bit mant whose top bit is set, or a special. */
class F80 {
  constructor(
    readonly kind: "zero" | "finite" | "inf" | "nan",
    readonly negative: boolean,
    readonly mant: bigint,
    readonly exp: number,
  ) {}
}

const zero = (negative: boolean): F80 => new F80("zero", negative, 0n, 0);
const infinity = (negative: boolean): F80 => new F80("inf", negative, 0n, 0);
const indefinite = new F80("nan", true, 0xc000000000000000n, 0);

function bitLength(v: bigint): number {
  return v === 0n ? 0 : v.toString(2).length;
}

/** Rounds mant * 2^exp to `bits` bits. mode: 0 nearest even, 1 down, 2 up, 3 towards zero. */
function round(negative: boolean, mant: bigint, exp: number, bits: number, mode: number, sticky = false): F80 {
  if (mant === 0n) return zero(negative);
  let m = mant;
  let e = exp;
  let extra = bitLength(m) - bits;
  // Below the normal range the last place is fixed.
  const last = -16445 + 64 - bits;
  if (e + extra < last) extra = last - e;
  if (extra > 0) {
    const cut = BigInt(extra);
    const rest = m & ((1n << cut) - 1n);
    m >>= cut;
    e += extra;
    const half = 1n << (cut - 1n);
    const inexact = rest !== 0n || sticky;
    let up = false;
    if (mode === 0) up = rest > half || (rest === half && (sticky || (m & 1n) === 1n));
    else if (mode === 1) up = negative && inexact;
    else if (mode === 2) up = !negative && inexact;
    if (up) m += 1n;
  }
  if (m === 0n) return zero(negative);
  const shift = 64 - bitLength(m);
  m = shift >= 0 ? m << BigInt(shift) : m >> BigInt(-shift);
  e -= shift;
  if (e + 63 > 16383) {
    if (mode === 0 || (mode === 1 && negative) || (mode === 2 && !negative)) return infinity(negative);
    return new F80("finite", negative, ((1n << BigInt(bits)) - 1n) << BigInt(64 - bits), 16383 - 63);
  }
  return new F80("finite", negative, m, e);
}

function decode80(lo: bigint, se: number): F80 {
  const negative = (se & 0x8000) !== 0;
  const e = se & 0x7fff;
  if (e === 0x7fff)
    return lo << 1n === 0x10000000000000000n || (lo & 0x7fffffffffffffffn) === 0n
      ? infinity(negative)
      : new F80("nan", negative, lo, 0);
  if (lo === 0n) return zero(negative);
  const shift = 64 - bitLength(lo);
  return new F80("finite", negative, lo << BigInt(shift), Math.max(e, 1) - 16383 - 63 - shift);
}

function encode80(v: F80): { lo: bigint; se: number } {
  const s = v.negative ? 0x8000 : 0;
  if (v.kind === "zero") return { lo: 0n, se: s };
  if (v.kind === "inf") return { lo: 0x8000000000000000n, se: s | 0x7fff };
  if (v.kind === "nan") return { lo: v.mant | 0xc000000000000000n, se: s | 0x7fff };
  const e = v.exp + 63 + 16383;
  if (e >= 1) return { lo: v.mant, se: s | e };
  return { lo: v.mant >> BigInt(1 - e), se: s };
}

const scratch = new DataView(new ArrayBuffer(8));

function fromDouble(d: number): F80 {
  scratch.setFloat64(0, d);
  const b = scratch.getBigUint64(0);
  const negative = b >> 63n === 1n;
  const e = Number((b >> 52n) & 0x7ffn);
  const m = b & 0xfffffffffffffn;
  if (e === 0x7ff)
    return m === 0n
      ? infinity(negative)
      : new F80("nan", negative, 0x8000000000000000n | (m << 11n) | 0x4000000000000000n, 0);
  if (e === 0) return m === 0n ? zero(negative) : round(negative, m, -1074, 64, 0);
  return round(negative, m | 0x10000000000000n, e - 1075, 64, 0);
}

function toDoubleBits(v: F80, mode: number): bigint {
  const s = v.negative ? 1n << 63n : 0n;
  if (v.kind === "zero") return s;
  if (v.kind === "inf") return s | 0x7ff0000000000000n;
  if (v.kind === "nan") return s | 0x7ff8000000000000n | ((v.mant >> 11n) & 0x7ffffffffffffn);
  return packRounded(64, v.negative, v.mant, v.exp, mode);
}

function toDouble(v: F80): number {
  scratch.setBigUint64(0, toDoubleBits(v, 0));
  return scratch.getFloat64(0);
}

function fromInt(n: bigint): F80 {
  return round(n < 0n, n < 0n ? -n : n, 0, 64, 0);
}

/** The integer nearest by the rounding mode, or undefined for what is none. */
function toInt(v: F80, mode: number): bigint | undefined {
  if (v.kind === "zero") return 0n;
  if (v.kind !== "finite") return undefined;
  if (v.exp >= 0) {
    if (v.exp > 70) return undefined;
    const n = v.mant << BigInt(v.exp);
    return v.negative ? -n : n;
  }
  const cut = BigInt(Math.min(-v.exp, 200));
  let n = v.mant >> cut;
  const rest = v.mant & ((1n << cut) - 1n);
  const half = 1n << (cut - 1n);
  let up = false;
  if (mode === 0) up = rest > half || (rest === half && (n & 1n) === 1n);
  else if (mode === 1) up = v.negative && rest !== 0n;
  else if (mode === 2) up = !v.negative && rest !== 0n;
  if (up) n += 1n;
  return v.negative ? -n : n;
}

/** Of two operands, at least one a NaN, the result: a quiet one before a signalling one, then the larger significand. */
function chooseNan(a: F80, b: F80): F80 {
  if (b.kind !== "nan") return a;
  if (a.kind !== "nan") return b;
  const quietA = (a.mant & 0x4000000000000000n) !== 0n;
  const quietB = (b.mant & 0x4000000000000000n) !== 0n;
  if (quietA !== quietB) return quietA ? a : b;
  const x = a.mant & 0x3fffffffffffffffn;
  const y = b.mant & 0x3fffffffffffffffn;
  if (x !== y) return x > y ? a : b;
  return a.negative ? b : a;
}

function addition(a: F80, b: F80, bits: number, mode: number): F80 {
  if (a.kind === "nan" || b.kind === "nan") return chooseNan(a, b);
  if (a.kind === "inf") return b.kind === "inf" && a.negative !== b.negative ? indefinite : a;
  if (b.kind === "inf") return b;
  if (a.kind === "zero" && b.kind === "zero") return zero(a.negative === b.negative ? a.negative : mode === 1);
  if (a.kind === "zero") return round(b.negative, b.mant, b.exp, bits, mode);
  if (b.kind === "zero") return round(a.negative, a.mant, a.exp, bits, mode);
  // Far apart, the smaller only decides the rounding.
  const [big, small] = a.exp >= b.exp ? [a, b] : [b, a];
  const gap = big.exp - small.exp;
  const limit = Math.min(gap, 200);
  const x = (big.negative ? -big.mant : big.mant) << BigInt(limit);
  const rawY = small.negative ? -small.mant : small.mant;
  const y = gap > 200 ? (small.negative ? -1n : 1n) : rawY;
  const sum = x + y;
  if (sum === 0n) return zero(mode === 1);
  return round(sum < 0n, sum < 0n ? -sum : sum, big.exp - limit, bits, mode);
}

function product(a: F80, b: F80, bits: number, mode: number): F80 {
  if (a.kind === "nan" || b.kind === "nan") return chooseNan(a, b);
  const s = a.negative !== b.negative;
  if (a.kind === "inf" || b.kind === "inf") return a.kind === "zero" || b.kind === "zero" ? indefinite : infinity(s);
  if (a.kind === "zero" || b.kind === "zero") return zero(s);
  return round(s, a.mant * b.mant, a.exp + b.exp, bits, mode);
}

function quotient(a: F80, b: F80, bits: number, mode: number): F80 {
  if (a.kind === "nan" || b.kind === "nan") return chooseNan(a, b);
  const s = a.negative !== b.negative;
  if (a.kind === "inf") return b.kind === "inf" ? indefinite : infinity(s);
  if (b.kind === "inf") return zero(s);
  if (b.kind === "zero") return a.kind === "zero" ? indefinite : infinity(s);
  if (a.kind === "zero") return zero(s);
  const n = a.mant << 72n;
  const q = n / b.mant;
  return round(s, (q << 1n) | (n % b.mant !== 0n ? 1n : 0n), a.exp - b.exp - 73, bits, mode);
}

function squareRoot(a: F80, bits: number, mode: number): F80 {
  if (a.kind === "nan" || a.kind === "zero") return a;
  if (a.negative) return indefinite;
  if (a.kind === "inf") return a;
  const shift = (a.exp & 1) === 0 ? 80 : 81;
  const n = a.mant << BigInt(shift);
  let r = BigInt(Math.floor(Math.sqrt(Number(n))));
  for (;;) {
    const next = (r + n / r) >> 1n;
    const d = next - r;
    r = next;
    if (d >= -1n && d <= 1n) break;
  }
  while (r * r > n) r--;
  while ((r + 1n) * (r + 1n) <= n) r++;
  return round(false, (r << 1n) | (r * r !== n ? 1n : 0n), (a.exp - shift) / 2 - 1, bits, mode);
}

/** -1, 0, 1, or undefined when a NaN is among them. */
function compare(a: F80, b: F80): number | undefined {
  if (a.kind === "nan" || b.kind === "nan") return undefined;
  const d = addition(a, new F80(b.kind, !b.negative, b.mant, b.exp), 64, 0);
  if (a.kind === "inf" && b.kind === "inf") return a.negative === b.negative ? 0 : a.negative ? -1 : 1;
  if (d.kind === "zero") return 0;
  return d.negative ? -1 : 1;
}

const names = [
  "fld",
  "fst",
  "fstp",
  "fild",
  "fist",
  "fistp",
  "fisttp",
  "fbld",
  "fbstp",
  "fld1",
  "fldz",
  "fldpi",
  "fldl2e",
  "fldl2t",
  "fldlg2",
  "fldln2",
  "fadd",
  "faddp",
  "fiadd",
  "fsub",
  "fsubp",
  "fisub",
  "fsubr",
  "fsubrp",
  "fisubr",
  "fmul",
  "fmulp",
  "fimul",
  "fdiv",
  "fdivp",
  "fidiv",
  "fdivr",
  "fdivrp",
  "fidivr",
  "fsqrt",
  "fabs",
  "fchs",
  "frndint",
  "fscale",
  "fprem",
  "fprem1",
  "fxtract",
  "fxch",
  "fcom",
  "fcomp",
  "fcompp",
  "fucom",
  "fucomp",
  "fucompp",
  "fcomi",
  "fcomip",
  "fucomi",
  "fucomip",
  "ficom",
  "ficomp",
  "ftst",
  "fxam",
  "fcmovb",
  "fcmove",
  "fcmovbe",
  "fcmovu",
  "fcmovnb",
  "fcmovne",
  "fcmovnbe",
  "fcmovnu",
  "fninit",
  "finit",
  "fnclex",
  "fldcw",
  "fnstcw",
  "fstcw",
  "fnstsw",
  "fstsw",
  "fnstenv",
  "fstenv",
  "fldenv",
  "fnsave",
  "fsave",
  "frstor",
  "fincstp",
  "fdecstp",
  "ffree",
  "fnop",
  "fwait",
  "wait",
  "fsin",
  "fcos",
  "fsincos",
  "fptan",
  "fpatan",
  "f2xm1",
  "fyl2x",
  "fyl2xp1",
];
export const x87Names: ReadonlySet<string> = new Set(names);

class Unit {
  constructor(
    readonly h: Helpers,
    readonly ip: number,
    readonly d: Detail,
  ) {}

  get control(): number {
    return this.h.view.getUint16(At.X87Control, true);
  }
  get status(): number {
    return this.h.view.getUint16(At.X87Status, true);
  }
  set status(v: number) {
    this.h.view.setUint16(At.X87Status, v & 0xffff, true);
  }
  get mode(): number {
    return (this.control >> 10) & 3;
  }
  get bits(): number {
    return [24, 53, 53, 64][(this.control >> 8) & 3] as number;
  }

  get(i: number): F80 {
    const v = this.h.view;
    return decode80(v.getBigUint64(At.X87 + i * 16, true), v.getUint16(At.X87 + i * 16 + 8, true));
  }
  set(i: number, x: F80): void {
    const { lo, se } = encode80(x);
    this.h.view.setBigUint64(At.X87 + i * 16, lo, true);
    this.h.view.setUint16(At.X87 + i * 16 + 8, se, true);
    this.tag(i, true);
  }
  /** The ten bytes of ST(i): a copy. */
  raw(i: number): Uint8Array {
    return this.h.frames.u8.slice(At.X87 + i * 16, At.X87 + i * 16 + 10);
  }
  setRaw(i: number, bytes: Uint8Array): void {
    this.h.frames.u8.set(bytes, At.X87 + i * 16);
    this.tag(i, true);
  }
  tag(i: number, on: boolean): void {
    const u8 = this.h.engine.frames.u8;
    const bit = 1 << (((this.status >> 11) + i) & 7);
    u8[At.X87Tag] = on ? (u8[At.X87Tag] as number) | bit : (u8[At.X87Tag] as number) & ~bit;
  }
  turn(by: number): void {
    this.status = (this.status & ~0x3800) | ((((this.status >> 11) + by) & 7) << 11);
    // The slots are in stack order: they move instead of the top.
    const u8 = this.h.engine.frames.u8;
    const all = u8.slice(At.X87, At.X87 + 128);
    for (let i = 0; i < 8; i++) u8.set(all.subarray(((i + by) & 7) * 16, ((i + by) & 7) * 16 + 16), At.X87 + i * 16);
  }
  push(x: F80): void {
    this.turn(-1);
    this.set(0, x);
  }
  pop(): void {
    this.tag(0, false);
    this.turn(1);
  }

  reset(): void {
    this.turn(-((this.status >> 11) & 7));
    this.h.view.setUint16(At.X87Control, 0x37f, true);
    this.status = 0;
    this.h.view.setUint32(At.X87Tag, 0, true);
  }

  /** The 28 bytes of FNSTENV. */
  environment(): Uint8Array {
    const b = new Uint8Array(28);
    const v = new DataView(b.buffer);
    v.setUint32(0, this.control | 0xffff0000, true);
    v.setUint32(4, this.status | 0xffff0000, true);
    let tags = 0xffff0000;
    const top = (this.status >> 11) & 7;
    for (let i = 0; i < 8; i++) {
      let tag = 3;
      if (((this.h.frames.u8[At.X87Tag] as number) & (1 << i)) !== 0) {
        const x = this.get((i - top) & 7);
        tag = x.kind === "zero" ? 1 : x.kind === "finite" && x.exp + 63 >= -16382 ? 0 : 2;
      }
      tags |= tag << (2 * i);
    }
    v.setUint32(8, tags >>> 0, true);
    // The selector fields' upper halves are ones.
    v.setUint32(24, 0xffff0000, true);
    return b;
  }

  /** The registers keep their places in the file; the slots are in the order of the new stack. */
  setEnvironment(b: Uint8Array): void {
    const v = new DataView(b.buffer, b.byteOffset);
    this.h.view.setUint16(At.X87Control, v.getUint16(0, true), true);
    const status = v.getUint16(4, true);
    this.turn(((status >> 11) & 7) - ((this.status >> 11) & 7));
    this.status = status;
    let tag = 0;
    for (let i = 0; i < 8; i++) if (((v.getUint16(8, true) >> (2 * i)) & 3) !== 3) tag |= 1 << i;
    this.h.view.setUint32(At.X87Tag, tag, true);
  }

  /** The memory operand as a value. */
  memory(integer: boolean): F80 {
    const i = this.d.kinds.indexOf(2);
    const size = this.d.sizes[i] as number;
    const b = this.h.engine.space.read(this.h.address(this.ip, i), size / 8);
    const v = new DataView(b.buffer);
    if (integer)
      return fromInt(
        size === 16 ? BigInt(v.getInt16(0, true)) : size === 32 ? BigInt(v.getInt32(0, true)) : v.getBigInt64(0, true),
      );
    if (size === 32) return fromDouble(v.getFloat32(0, true));
    if (size === 64) return fromDouble(v.getFloat64(0, true));
    return decode80(v.getBigUint64(0, true), v.getUint16(8, true));
  }
  hasMemory(): boolean {
    return this.d.kinds.includes(2);
  }
  storeMemory(bytes: Uint8Array): void {
    this.h.engine.space.write(this.h.address(this.ip, this.d.kinds.indexOf(2)), bytes);
  }
  /** The register operand that is not the implicit top. */
  sti(): number {
    return this.d.regs.length === 0 ? 1 : Math.max(...this.d.regs);
  }
  setConditions(c: number | undefined): void {
    const bits = c === undefined ? 0x4500 : c === 0 ? 0x4000 : c < 0 ? 0x0100 : 0;
    this.status = (this.status & ~0x4700) | bits;
  }
  setFlags(c: number | undefined): void {
    this.h.setFlags(c === undefined || c < 0, c === undefined, false, c === undefined || c === 0, false, false);
  }
}

/** A constant with 8 bits more than fit: it is rounded as the control word says. */
const constants: Record<string, readonly [bigint, number]> = {
  fld1: [0x800000000000000000n, 0],
  fldz: [0n, 0],
  fldpi: [0xc90fdaa22168c234c4n, 1],
  fldl2e: [0xb8aa3b295c17f0bbben, 0],
  fldl2t: [0xd49a784bcd1b8afe49n, 1],
  fldlg2: [0x9a209a84fbcff7988fn, -2],
  fldln2: [0xb17217f7d1cf79abc9n, -1],
};

/** Carries out one x87 instruction; returns an exit reason or 0. */
export function x87(h: Helpers, ip: number, d: Detail): number {
  const u = new Unit(h, ip, d);
  let name = d.mnemonic;
  const k = constants[name];
  if (k !== undefined) {
    u.push(round(false, k[0], k[1] - 71, 64, u.mode));
    return 0;
  }
  switch (name) {
    case "fld": {
      // 80 bits are copied as they are, valid or not.
      const i = d.kinds.indexOf(2);
      if (i >= 0 && d.sizes[i] !== 80) u.push(u.memory(false));
      else {
        const raw = i >= 0 ? h.engine.space.read(h.address(ip, i), 10) : u.raw(u.sti());
        u.push(zero(false));
        u.setRaw(0, raw);
      }
      return 0;
    }
    case "fild":
      u.push(u.memory(true));
      return 0;
    case "fst":
    case "fstp": {
      if (u.hasMemory()) {
        const size = d.sizes[d.kinds.indexOf(2)] as number;
        const v = u.get(0);
        const out = new DataView(new ArrayBuffer(size / 8));
        if (size === 80) new Uint8Array(out.buffer).set(u.raw(0));
        else if (size === 64) out.setBigUint64(0, toDoubleBits(v, u.mode), true);
        else out.setUint32(0, toSingleBits(v, u.mode), true);
        u.storeMemory(new Uint8Array(out.buffer));
      } else u.setRaw(u.sti(), u.raw(0));
      if (name === "fstp") u.pop();
      return 0;
    }
    case "fist":
    case "fistp":
    case "fisttp": {
      const size = d.sizes[d.kinds.indexOf(2)] as number;
      const n = toInt(u.get(0), name === "fisttp" ? 3 : u.mode);
      const low = -(1n << BigInt(size - 1));
      const v = n === undefined || n < low || n >= -low ? low : n;
      const out = new DataView(new ArrayBuffer(size / 8));
      if (size === 16) out.setInt16(0, Number(v), true);
      else if (size === 32) out.setInt32(0, Number(v), true);
      else out.setBigInt64(0, v, true);
      u.storeMemory(new Uint8Array(out.buffer));
      if (name !== "fist") u.pop();
      return 0;
    }
    case "fbld": {
      const b = h.engine.space.read(h.address(ip, d.kinds.indexOf(2)), 10);
      let n = 0n;
      for (let i = 8; i >= 0; i--) n = n * 100n + BigInt(((b[i] as number) >> 4) * 10 + ((b[i] as number) & 15));
      const v = fromInt(n);
      u.push(new F80(v.kind, ((b[9] as number) & 0x80) !== 0, v.mant, v.exp));
      return 0;
    }
    case "fbstp": {
      const v = u.get(0);
      const n = toInt(v, u.mode);
      const out = new Uint8Array(10);
      if (n === undefined || n >= 10n ** 18n || n <= -(10n ** 18n)) out.set([0xc0, 0xff, 0xff], 7);
      else {
        let rest = n < 0n ? -n : n;
        for (let i = 0; i < 9; i++) {
          const two = Number(rest % 100n);
          out[i] = (Math.floor(two / 10) << 4) | (two % 10);
          rest /= 100n;
        }
        if (v.negative) out[9] = 0x80;
      }
      u.storeMemory(out);
      u.pop();
      return 0;
    }
    case "fxch": {
      const i = u.sti();
      const a = u.raw(0);
      u.setRaw(0, u.raw(i));
      u.setRaw(i, a);
      return 0;
    }
    case "fabs":
    case "fchs": {
      const a = u.get(0);
      u.set(0, new F80(a.kind, name === "fabs" ? false : !a.negative, a.mant, a.exp));
      return 0;
    }
    case "fsqrt":
      u.set(0, squareRoot(u.get(0), u.bits, u.mode));
      return 0;
    case "frndint": {
      const a = u.get(0);
      const n = toInt(a, u.mode);
      if (n !== undefined && a.exp < 0) u.set(0, n === 0n ? zero(a.negative) : fromInt(n));
      return 0;
    }
    case "fscale": {
      const a = u.get(0);
      const b = u.get(1);
      const n = toInt(b, 3);
      if (a.kind === "nan" || b.kind === "nan") u.set(0, chooseNan(a, b));
      else if (b.kind === "inf") {
        // To infinity, or to zero; neither where the other is already there.
        if (a.kind === "zero") u.set(0, b.negative ? a : indefinite);
        else if (a.kind === "inf") u.set(0, b.negative ? indefinite : a);
        else u.set(0, b.negative ? zero(a.negative) : infinity(a.negative));
      } else if (a.kind === "finite" && n === undefined)
        u.set(0, round(a.negative, a.mant, b.negative ? -40000 : 40000, 64, u.mode));
      else if (a.kind === "finite" && n !== undefined)
        u.set(0, round(a.negative, a.mant, a.exp + Math.max(-40000, Math.min(40000, Number(n))), 64, u.mode));
      return 0;
    }
    case "fxtract": {
      const a = u.get(0);
      if (a.kind === "finite") {
        u.set(0, fromInt(BigInt(a.exp + 63)));
        u.push(new F80("finite", a.negative, a.mant, -63));
      } else {
        u.set(0, a.kind === "nan" ? a : infinity(a.kind === "zero"));
        u.push(a);
      }
      return 0;
    }
    case "fprem":
    case "fprem1": {
      const a = u.get(0);
      const b = u.get(1);
      if (a.kind !== "finite" || b.kind !== "finite") {
        if (a.kind === "nan" || b.kind === "nan") u.set(0, chooseNan(a, b));
        else if (a.kind === "inf" || b.kind === "zero") u.set(0, indefinite);
        u.status &= ~0x4700;
        return 0;
      }
      const gap = a.exp - b.exp;
      if (gap >= 64) {
        // A part of the way: C2 says that it goes on.
        const n = (gap & 31) | 32;
        const r = (a.mant << BigInt(n)) % b.mant;
        u.set(0, r === 0n ? zero(a.negative) : round(a.negative, r, a.exp - n, 64, 0));
        u.status = (u.status & ~0x4700) | 0x400;
        return 0;
      }
      const e = Math.min(a.exp, b.exp);
      const x = a.mant << BigInt(a.exp - e);
      const y = b.mant << BigInt(b.exp - e);
      let q = x / y;
      let r = x % y;
      let s = a.negative;
      if (name === "fprem1" && (r * 2n > y || (r * 2n === y && (q & 1n) === 1n))) {
        r = y - r;
        s = !s;
        q += 1n;
      }
      u.set(0, r === 0n ? zero(a.negative) : round(s, r, e, 64, 0));
      u.status = (u.status & ~0x4700) | (q & 4n ? 0x100 : 0) | (q & 2n ? 0x4000 : 0) | (q & 1n ? 0x200 : 0);
      return 0;
    }
    case "fcomi":
    case "fucomi":
      u.setFlags(compare(u.get(0), u.get(u.sti())));
      return 0;
    case "fcomip":
    case "fucomip":
      u.setFlags(compare(u.get(0), u.get(u.sti())));
      u.pop();
      return 0;
    case "ftst":
      u.setConditions(compare(u.get(0), zero(false)));
      return 0;
    case "fxam": {
      const a = u.get(0);
      const empty = ((h.engine.frames.u8[At.X87Tag] as number) & (1 << ((u.status >> 11) & 7))) === 0;
      const code = empty
        ? 0x4100
        : a.kind === "nan"
          ? 0x0100
          : a.kind === "inf"
            ? 0x0500
            : a.kind === "zero"
              ? 0x4000
              : a.exp + 63 < -16382
                ? 0x4400
                : 0x0400;
      u.status = (u.status & ~0x4700) | code | (a.negative ? 0x200 : 0);
      return 0;
    }
    case "fcom":
    case "fcomp":
    case "fucom":
    case "fucomp":
    case "ficom":
    case "ficomp":
      u.setConditions(compare(u.get(0), u.hasMemory() ? u.memory(name.startsWith("fi")) : u.get(u.sti())));
      if (name.endsWith("p")) u.pop();
      return 0;
    case "fcompp":
    case "fucompp":
      if (u.sti() !== 1) return Exit.Undefined;
      u.setConditions(compare(u.get(0), u.get(1)));
      u.pop();
      u.pop();
      return 0;
    case "fninit":
    case "finit":
      u.reset();
      return 0;
    case "fnclex":
      u.status &= 0x7f00;
      return 0;
    case "fldcw":
      h.view.setUint16(
        At.X87Control,
        new DataView(h.engine.space.read(h.address(ip, 0), 2).buffer).getUint16(0, true),
        true,
      );
      return 0;
    case "fnstcw":
    case "fstcw":
    case "fnstsw":
    case "fstsw": {
      const v = name.endsWith("cw") ? u.control : u.status;
      if (u.hasMemory()) u.storeMemory(Uint8Array.of(v & 255, v >> 8));
      else h.view.setUint16(At.Regs, v, true);
      return 0;
    }
    case "fnstenv":
    case "fstenv":
      u.storeMemory(u.environment());
      // All exceptions are masked afterwards.
      h.view.setUint16(At.X87Control, u.control | 0x3f, true);
      return 0;
    case "fldenv":
      u.setEnvironment(h.engine.space.read(h.address(ip, 0), 28));
      return 0;
    case "fnsave":
    case "fsave": {
      const b = new Uint8Array(108);
      b.set(u.environment());
      for (let i = 0; i < 8; i++) b.set(h.frames.u8.subarray(At.X87 + i * 16, At.X87 + i * 16 + 10), 28 + i * 10);
      u.storeMemory(b);
      u.reset();
      return 0;
    }
    case "frstor": {
      const b = h.engine.space.read(h.address(ip, 0), 108);
      u.setEnvironment(b.subarray(0, 28));
      for (let i = 0; i < 8; i++) h.frames.u8.set(b.subarray(28 + i * 10, 38 + i * 10), At.X87 + i * 16);
      return 0;
    }
    case "fincstp":
      u.turn(1);
      u.status &= ~0x200;
      return 0;
    case "fdecstp":
      u.turn(-1);
      u.status &= ~0x200;
      return 0;
    case "ffree":
      u.tag(u.sti(), false);
      return 0;
    case "fnop":
    case "fwait":
    case "wait":
      return 0;
    default:
  }
  if (name.startsWith("fcmov")) {
    const k2 = h.engine.frames.view;
    const c = k2.getInt32(At.FlagC, true) !== 0;
    const z = k2.getBigInt64(At.FlagZ, true) === 0n;
    let p = k2.getUint8(At.FlagS);
    p ^= p >> 4;
    p ^= p >> 2;
    p ^= p >> 1;
    const test: Record<string, boolean> = { b: c, e: z, be: c || z, u: (p & 1) === 0 };
    const suffix = name.slice(5);
    const not = suffix.startsWith("n");
    if ((test[not ? suffix.slice(1) : suffix] === true) !== not) u.set(0, u.get(u.sti()));
    return 0;
  }
  const through: Record<string, (a: number, b: number) => number> = {
    fsin: (a) => Math.sin(a),
    fcos: (a) => Math.cos(a),
    f2xm1: (a) => Math.expm1(a * Math.LN2),
  };
  const f1 = through[name];
  if (f1 !== undefined) {
    u.set(0, fromDouble(f1(toDouble(u.get(0)), 0)));
    u.status &= ~0x400;
    return 0;
  }
  switch (name) {
    case "fsincos":
    case "fptan": {
      const a = toDouble(u.get(0));
      u.set(0, fromDouble(name === "fptan" ? Math.tan(a) : Math.sin(a)));
      u.push(fromDouble(name === "fptan" ? 1 : Math.cos(a)));
      u.status &= ~0x400;
      return 0;
    }
    case "fpatan":
    case "fyl2x":
    case "fyl2xp1": {
      const x = toDouble(u.get(0));
      const y = toDouble(u.get(1));
      const r =
        name === "fpatan" ? Math.atan2(y, x) : name === "fyl2x" ? y * Math.log2(x) : (y * Math.log1p(x)) / Math.LN2;
      u.set(1, fromDouble(r));
      u.pop();
      return 0;
    }
    default:
  }
  // Arithmetic: [i] op [r] [p], on memory, or between the top and a register in either direction.
  const m = /^f(i?)(add|sub|mul|div)(r?)(p?)$/.exec(name);
  if (m === null) return Exit.Undefined;
  name = m[2] as string;
  const reverse = m[3] === "r";
  let target = 0;
  let a: F80;
  let b: F80;
  if (u.hasMemory()) {
    a = u.get(0);
    b = u.memory(m[1] === "i");
  } else {
    const i = u.sti();
    // The destination is the first operand.
    if (m[4] === "p" || ((d.regs[0] ?? 0) === i && i !== 0)) target = i;
    a = u.get(target);
    b = u.get(target === 0 ? i : 0);
  }
  if (reverse) [a, b] = [b, a];
  let r: F80;
  if (name === "add") r = addition(a, b, u.bits, u.mode);
  else if (name === "sub")
    r = addition(a, new F80(b.kind, b.kind === "nan" ? b.negative : !b.negative, b.mant, b.exp), u.bits, u.mode);
  else if (name === "mul") r = product(a, b, u.bits, u.mode);
  else r = quotient(a, b, u.bits, u.mode);
  u.set(target, r);
  if (m[4] === "p") u.pop();
  return 0;
}

function toSingleBits(v: F80, mode: number): number {
  const s = v.negative ? 0x80000000 : 0;
  if (v.kind === "zero") return s;
  if (v.kind === "inf") return (s | 0x7f800000) >>> 0;
  if (v.kind === "nan") return (s | 0x7fc00000 | Number((v.mant >> 40n) & 0x3fffffn)) >>> 0;
  return Number(packRounded(32, v.negative, v.mant, v.exp, mode));
}
