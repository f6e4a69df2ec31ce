// Integer and bitwise instructions on vectors: SSE2 to SSE4.1, and their AVX and AVX2 forms.
// One function on 128 bits defines the two-operand form, the three-operand VEX form, and both halves of the 256-bit form.

import { type Handler, Kind } from "../cpu/handler.ts";
import { int16, int32, int64, int8 } from "../cpu/int.ts";
import { At } from "../mem/layout.ts";
import {
  choose,
  i32,
  type I32,
  i64,
  type I64,
  loads,
  stores,
  v128,
  type V128,
  vbin,
  vshift,
  vun,
} from "../wasm/value.ts";
import { define, F, type Traits } from "./registry.ts";

type Fn2 = (a: V128, b: V128, c: Handler) => V128;
type Fn1 = (a: V128, c: Handler) => V128;

/** Defines name (dst = f(dst, src)) and vname (dst = f(src1, src2), upper half computed or cleared). */
export function binaryVector(name: string, f: Fn2, traits: Traits = {}): void {
  define(name, traits, (c) => {
    const b = c.let(c.vec(1));
    c.setVec(0, f(c.let(c.vec(0)), b, c));
  });
  define(`v${name}`, traits, (c) => {
    c.vex = true;
    const wide = c.size() === 256;
    const low = c.let(f(c.let(c.vec(1)), c.let(c.vec(2)), c));
    if (!wide) {
      c.setVec(0, low);
      return;
    }
    c.half = 1;
    const high = c.let(f(c.let(c.vec(1, 1)), c.let(c.vec(2, 1)), c));
    c.setVecHalf(0, 0, low);
    c.setVecHalf(0, 1, high);
  });
}

/** Defines name and vname for dst = f(src). */
export function unaryVector(name: string, f: Fn1, traits: Traits = {}): void {
  define(name, traits, (c) => c.setVec(0, f(c.let(c.vec(1)), c)));
  define(`v${name}`, traits, (c) => {
    c.vex = true;
    const low = c.let(f(c.let(c.vec(1)), c));
    if (c.size() !== 256) {
      c.setVec(0, low);
      return;
    }
    const high = c.let(f(c.let(c.vec(1, 1)), c));
    c.setVecHalf(0, 0, low);
    c.setVecHalf(0, 1, high);
  });
}

const simple: Record<string, number> = {
  paddb: 110,
  paddw: 142,
  paddd: 174,
  paddq: 206,
  psubb: 113,
  psubw: 145,
  psubd: 177,
  psubq: 209,
  paddsb: 111,
  paddusb: 112,
  paddsw: 143,
  paddusw: 144,
  psubsb: 114,
  psubusb: 115,
  psubsw: 146,
  psubusw: 147,
  pmullw: 149,
  pmulld: 181,
  pmaddwd: 186,
  pcmpeqb: 35,
  pcmpeqw: 45,
  pcmpeqd: 55,
  pcmpeqq: 214,
  pcmpgtb: 39,
  pcmpgtw: 49,
  pcmpgtd: 59,
  pcmpgtq: 217,
  pminsb: 118,
  pminub: 119,
  pmaxsb: 120,
  pmaxub: 121,
  pminsw: 150,
  pminuw: 151,
  pmaxsw: 152,
  pmaxuw: 153,
  pminsd: 182,
  pminud: 183,
  pmaxsd: 184,
  pmaxud: 185,
  pavgb: 123,
  pavgw: 155,
  packsswb: 101,
  packuswb: 102,
  packssdw: 133,
  packusdw: 134,
  pand: 78,
  por: 80,
  pxor: 81,
  andps: 78,
  andpd: 78,
  orps: 80,
  orpd: 80,
  xorps: 81,
  xorpd: 81,
};
for (const [name, op] of Object.entries(simple)) binaryVector(name, vbin(op));
for (const name of ["pandn", "andnps", "andnpd"]) binaryVector(name, (a, b) => v128.andnot(b, a));
for (const [name, op] of [
  ["pabsb", 96],
  ["pabsw", 128],
  ["pabsd", 160],
] as const)
  unaryVector(name, vun(op));

const addI16Sat = vbin(143);
const subI16Sat = vbin(146);
const mul16 = vbin(149);
const mul64 = vbin(213);
const addI64 = vbin(206);
export const shl = { w: vshift(139), d: vshift(171), q: vshift(203) };
export const shrU = { w: vshift(141), d: vshift(173), q: vshift(205) };
export const shrS = { w: vshift(140), d: vshift(172), q: vshift(204) };
const low32 = (): V128 => v128.splat64(i64.const(0xffffffffn));

binaryVector("pmuludq", (a, b) => mul64(v128.and(a, low32()), v128.and(b, low32())));
binaryVector("pmuldq", (a, b) => {
  const s = (x: V128): V128 => shrS.q(shl.q(x, i32.const(32)), i32.const(32));
  return mul64(s(a), s(b));
});
const oddWords = [2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31];
binaryVector("pmulhw", (a, b) => v128.shuffle(vbin(188)(a, b), vbin(189)(a, b), oddWords));
binaryVector("pmulhuw", (a, b) => v128.shuffle(vbin(190)(a, b), vbin(191)(a, b), oddWords));
binaryVector("pmulhrsw", (a, b) => {
  // The one product that saturates wraps on x86.
  const min = v128.splat16(i32.const(0x8000));
  return v128.xor(vbin(130)(a, b), v128.and(vbin(45)(a, min), vbin(45)(b, min)));
});
binaryVector("pmaddubsw", (a, b) => {
  const even = mul16(v128.and(a, v128.splat16(i32.const(255))), shrS.w(shl.w(b, i32.const(8)), i32.const(8)));
  const odd = mul16(shrU.w(a, i32.const(8)), shrS.w(b, i32.const(8)));
  return addI16Sat(even, odd);
});
binaryVector("psadbw", (a, b, c) => {
  const d = vbin(113)(vbin(121)(a, b), vbin(119)(a, b));
  const sums = c.let(vun(127)(vun(125)(d)));
  return addI64(v128.and(sums, low32()), shrU.q(sums, i32.const(32)));
});

/** Lanes of n bytes, taken from both operands in turn, from their low or high half. */
function interleave(n: number, high: boolean): number[] {
  const lanes: number[] = [];
  for (let i = 0; i < 8; i += n) {
    for (let source = 0; source < 32; source += 16)
      for (let k = 0; k < n; k++) lanes.push(source + (high ? 8 : 0) + i + k);
  }
  return lanes;
}
for (const [suffix, n] of [
  ["bw", 1],
  ["wd", 2],
  ["dq", 4],
  ["qdq", 8],
] as const) {
  binaryVector(`punpckl${suffix}`, (a, b) => v128.shuffle(a, b, interleave(n, false)));
  binaryVector(`punpckh${suffix}`, (a, b) => v128.shuffle(a, b, interleave(n, true)));
}
for (const [suffix, n] of [
  ["ps", 4],
  ["pd", 8],
] as const) {
  binaryVector(`unpckl${suffix}`, (a, b) => v128.shuffle(a, b, interleave(n, false)));
  binaryVector(`unpckh${suffix}`, (a, b) => v128.shuffle(a, b, interleave(n, true)));
}

// --- horizontal ---

function pairs(n: number, odd: boolean): number[] {
  const lanes: number[] = [];
  for (let i = odd ? n : 0; i < 32; i += 2 * n) for (let k = 0; k < n; k++) lanes.push(i + k);
  return lanes;
}
function horizontal(name: string, n: number, op: (a: V128, b: V128) => V128): void {
  binaryVector(name, (a, b) => op(v128.shuffle(a, b, pairs(n, false)), v128.shuffle(a, b, pairs(n, true))));
}
horizontal("phaddw", 2, vbin(142));
horizontal("phaddd", 4, vbin(174));
horizontal("phaddsw", 2, addI16Sat);
horizontal("phsubw", 2, vbin(145));
horizontal("phsubd", 4, vbin(177));
horizontal("phsubsw", 2, subI16Sat);
for (const [suffix, zeroOp, negOp, ltOp] of [
  ["b", 35, 97, 37],
  ["w", 45, 129, 47],
  ["d", 55, 161, 57],
] as const) {
  binaryVector(`psign${suffix}`, (a, b) => {
    const zero = v128.zero();
    const chosen = v128.bitselect(vun(negOp)(a), a, vbin(ltOp)(b, zero));
    return v128.andnot(chosen, vbin(zeroOp)(b, zero));
  });
}

// --- shuffles by an immediate ---

const imm: Traits = { immediate: true };

function dwords(control: number): number[] {
  const lanes: number[] = [];
  for (let i = 0; i < 4; i++) for (let k = 0; k < 4; k++) lanes.push(((control >> (2 * i)) & 3) * 4 + k);
  return lanes;
}
unaryVector("pshufd", (a, c) => v128.shuffle(a, a, dwords(c.extra)), imm);
function words(control: number, base: number): number[] {
  const lanes: number[] = [];
  for (let i = 0; i < 16; i++) lanes.push(i);
  for (let i = 0; i < 4; i++) {
    for (let k = 0; k < 2; k++) lanes[base + 2 * i + k] = base + ((control >> (2 * i)) & 3) * 2 + k;
  }
  return lanes;
}
unaryVector("pshuflw", (a, c) => v128.shuffle(a, a, words(c.extra, 0)), imm);
unaryVector("pshufhw", (a, c) => v128.shuffle(a, a, words(c.extra, 8)), imm);
binaryVector("pshufb", (a, b) => v128.swizzle(a, v128.and(b, v128.splat8(i32.const(0x8f)))));

function alignRight(a: V128, b: V128, n: number): V128 {
  const lanes = (from: number): number[] => Array.from({ length: 16 }, (_, i) => from + i);
  if (n <= 16) return v128.shuffle(b, a, lanes(n));
  return n <= 32 ? v128.shuffle(a, v128.zero(), lanes(n - 16)) : v128.zero();
}
binaryVector("palignr", (a, b, c) => alignRight(a, b, c.extra & 255), imm);

function byImmediateShift(name: string, f: (a: V128, n: number) => V128): void {
  define(name, imm, (c) => c.setVec(0, f(c.let(c.vec(0)), c.extra & 255)));
  define(`v${name}`, imm, (c) => {
    c.vex = true;
    const low = c.let(f(c.let(c.vec(1)), c.extra & 255));
    if (c.size() === 256) {
      const high = c.let(f(c.let(c.vec(1, 1)), c.extra & 255));
      c.setVecHalf(0, 0, low);
      c.setVecHalf(0, 1, high);
    } else c.setVec(0, low);
  });
}
byImmediateShift("psrldq", (a, n) => (n > 15 ? v128.zero() : alignRight(v128.zero(), a, n)));
byImmediateShift("pslldq", (a, n) => (n > 15 ? v128.zero() : alignRight(a, v128.zero(), 16 - n)));

/** A shift of all lanes by one count: an immediate, or the low 64 bits of a vector. */
function shiftAll(name: string, bits: number, op: (a: V128, n: I32) => V128, arithmetic: boolean): void {
  const apply = (c: Handler, a: V128, n: I64 | undefined): V128 => {
    if (n === undefined) {
      const k = c.extra & 255;
      if (k >= bits) return arithmetic ? op(a, i32.const(bits - 1)) : v128.zero();
      return op(a, i32.const(k));
    }
    const within = i64.ltu(n, i64.const(bits));
    return choose(within, op(a, i32.wrap(n)), arithmetic ? op(a, i32.const(bits - 1)) : v128.zero());
  };
  const countOf = (c: Handler, i: number): I64 | undefined =>
    c.kind(i) === Kind.Imm ? undefined : c.let(v128.lane64(c.vec(i), 0));
  define(name, imm, (c) => {
    const n = countOf(c, 1);
    c.setVec(0, apply(c, c.let(c.vec(0)), n));
  });
  define(`v${name}`, imm, (c) => {
    c.vex = true;
    const n = countOf(c, 2);
    const low = c.let(apply(c, c.let(c.vec(1)), n));
    if (c.size() === 256) {
      const high = c.let(apply(c, c.let(c.vec(1, 1)), n));
      c.setVecHalf(0, 0, low);
      c.setVecHalf(0, 1, high);
    } else c.setVec(0, low);
  });
}
for (const [s, bits] of [
  ["w", 16],
  ["d", 32],
  ["q", 64],
] as const) {
  shiftAll(`psll${s}`, bits, shl[s], false);
  shiftAll(`psrl${s}`, bits, shrU[s], false);
  if (s !== "q") shiftAll(`psra${s}`, bits, shrS[s], true);
}

/** AVX2: each lane by its own count. */
function shiftEach(name: string, wide: boolean, op: "shl" | "shru" | "shrs"): void {
  define(name, {}, (c) => {
    c.vex = true;
    const halves = c.size() === 256 ? 2 : 1;
    const results: V128[] = [];
    for (let h = 0; h < halves; h++) {
      const a = c.let(c.vec(1, h));
      const n = c.let(c.vec(2, h));
      let r = v128.zero();
      for (let i = 0; i < (wide ? 2 : 4); i++) {
        if (wide) {
          const k = c.let(v128.lane64(n, i));
          r = v128.with64(r, i, choose(i64.ltu(k, i64.const(64)), i64[op](v128.lane64(a, i), k), i64.const(0)));
        } else {
          const k = c.let(v128.lane32(n, i));
          const x = v128.lane32(a, i);
          const far = op === "shrs" ? i32.shrs(x, i32.const(31)) : i32.const(0);
          r = v128.with32(r, i, choose(i32.ltu(k, i32.const(32)), i32[op](x, k), far));
        }
      }
      results.push(c.let(r));
    }
    c.setVecHalf(0, 0, results[0] as V128);
    c.setVecHalf(0, 1, results[1] ?? v128.zero());
  });
}
shiftEach("vpsllvd", false, "shl");
shiftEach("vpsllvq", true, "shl");
shiftEach("vpsrlvd", false, "shru");
shiftEach("vpsrlvq", true, "shru");
shiftEach("vpsravd", false, "shrs");

// --- moves ---

for (const name of [
  "movdqa",
  "movdqu",
  "movaps",
  "movups",
  "movapd",
  "movupd",
  "lddqu",
  "movntdq",
  "movntps",
  "movntpd",
  "movntdqa",
]) {
  const unaligned = /^(movdqu|movup[sd]|lddqu)$/.test(name);
  define(name, {}, (c) => {
    if (unaligned) c.alignment = 1;
    c.setVec(0, c.let(c.vec(1)));
  });
  define(`v${name}`, {}, (c) => {
    c.vex = true;
    c.alignment = unaligned ? 1 : c.size() / 8;
    if (c.size() !== 256) {
      c.setVec(0, c.let(c.vec(1)));
      return;
    }
    const low = c.let(c.vec(1));
    const high = c.let(c.vec(1, 1));
    if (c.kind(0) === Kind.Mem) {
      const a = c.let(c.address(0));
      if (!unaligned) c.checkAligned(a, 32);
      c.store(stores.v128, a, low);
      c.store(stores.v128, i64.add(a, i64.const(16)), high);
    } else {
      c.setVecHalf(0, 0, low);
      c.setVecHalf(0, 1, high);
    }
  });
}

/** movd, movq: between general and vector registers and memory; a vector destination is cleared above. */
function moveScalar(wide: boolean): (c: Handler) => void {
  return (c) => {
    if (c.kind(0) === Kind.Vec) {
      let v: V128;
      if (c.kind(1) === Kind.Vec) v = v128.with64(v128.zero(), 0, v128.lane64(c.vec(1), 0));
      else if (c.kind(1) === Kind.Mem) v = c.load(wide ? loads.v64zero : loads.v32zero, c.address(1));
      else v = wide ? v128.with64(v128.zero(), 0, int64.get(c, 1)) : v128.with32(v128.zero(), 0, int32.get(c, 1));
      c.setVec(0, v);
    } else if (wide) int64.set(c, 0, c.let(v128.lane64(c.vec(1), 0)));
    else int32.set(c, 0, c.let(v128.lane32(c.vec(1), 0)));
  };
}
for (const [name, wide] of [
  ["movd", false],
  ["movq", true],
] as const) {
  define(name, {}, moveScalar(wide));
  define(`v${name}`, {}, (c) => {
    c.vex = true;
    moveScalar(wide)(c);
  });
}

/** movlps/movlpd: the low 64 bits from memory or to memory. */
for (const [name, lane] of [
  ["movlps", 0],
  ["movlpd", 0],
  ["movhps", 1],
  ["movhpd", 1],
] as const) {
  define(name, {}, (c) => {
    if (c.kind(0) === Kind.Mem) int64.store(c, c.address(0), c.let(v128.lane64(c.vec(1), lane)));
    else c.setVec(0, v128.with64(c.vec(0), lane, int64.load(c, c.address(1))));
  });
  define(`v${name}`, {}, (c) => {
    c.vex = true;
    if (c.kind(0) === Kind.Mem) int64.store(c, c.address(0), c.let(v128.lane64(c.vec(1), lane)));
    else c.setVec(0, v128.with64(c.vec(1), lane, int64.load(c, c.address(2))));
  });
}
binaryVector("movhlps", (a, b) => v128.with64(a, 0, v128.lane64(b, 1)));
binaryVector("movlhps", (a, b) => v128.with64(a, 1, v128.lane64(b, 0)));
unaryVector("movddup", (a) => v128.splat64(v128.lane64(a, 0)));
unaryVector("movshdup", (a) => v128.shuffle(a, a, dwords(0xf5)));
unaryVector("movsldup", (a) => v128.shuffle(a, a, dwords(0xa0)));

/** Bit masks into a general register. */
function maskOf(name: string, f: (a: V128) => I32, lanes: number): void {
  const put = (c: Handler): void => {
    let m = f(c.vec(1));
    if (c.size(1) === 256) m = i32.or(m, i32.shl(f(c.vec(1, 1)), i32.const(lanes)));
    int64.set(c, 0, i64.extendU(m));
  };
  define(name, {}, put);
  define(`v${name}`, {}, put);
}
maskOf("pmovmskb", v128.bitmask8, 16);
maskOf("movmskps", v128.bitmask32, 4);
maskOf("movmskpd", v128.bitmask64, 2);

function insert(name: string, bits: 8 | 16 | 32 | 64): void {
  const put = (c: Handler, from: number): V128 => {
    const i = c.operands >= 4 || c.vex ? 2 : 1;
    const lane = c.extra & (128 / bits - 1);
    const a = c.let(c.vec(from));
    // A register source is always a full one; only memory has the lane's size.
    switch (bits) {
      case 8:
        return v128.with8(a, lane, c.kind(i) === Kind.Mem ? int8.get(c, i) : i32.load8u(c.slot(i), At.Regs));
      case 16:
        return v128.with16(a, lane, c.kind(i) === Kind.Mem ? int16.get(c, i) : i32.load16u(c.slot(i), At.Regs));
      case 32:
        return v128.with32(a, lane, int32.get(c, i));
      default:
        return v128.with64(a, lane, int64.get(c, i));
    }
  };
  define(name, imm, (c) => c.setVec(0, put(c, 0)));
  define(`v${name}`, imm, (c) => {
    c.vex = true;
    c.setVec(0, put(c, 1));
  });
}
insert("pinsrb", 8);
insert("pinsrw", 16);
insert("pinsrd", 32);
insert("pinsrq", 64);

function extract(name: string, bits: 8 | 16 | 32 | 64): void {
  const put = (c: Handler): void => {
    const lane = c.extra & (128 / bits - 1);
    const a = c.vec(1);
    const toMem = c.kind(0) === Kind.Mem;
    if (bits === 64) int64.set(c, 0, c.let(v128.lane64(a, lane)));
    else {
      const v = c.let(bits === 8 ? v128.lane8(a, lane) : bits === 16 ? v128.lane16(a, lane) : v128.lane32(a, lane));
      if (!toMem) int64.set(c, 0, i64.extendU(v));
      else if (bits === 8) int8.set(c, 0, v);
      else if (bits === 16) int16.set(c, 0, v);
      else int32.set(c, 0, v);
    }
  };
  define(name, imm, put);
  define(`v${name}`, imm, put);
}
extract("pextrb", 8);
extract("pextrw", 16);
extract("pextrd", 32);
extract("extractps", 32);
extract("pextrq", 64);

// --- widening ---

const lowS: Record<number, number> = { 8: 135, 16: 167, 32: 199 };
const lowU: Record<number, number> = { 8: 137, 16: 169, 32: 201 };
function widening(name: string, from: number, to: number, table: Record<number, number>): void {
  const grow = (v: V128): V128 => {
    let r = v;
    for (let b = from; b < to; b *= 2) r = vun(table[b] as number)(r);
    return r;
  };
  define(name, {}, (c) => c.setVec(0, grow(c.vec(1))));
  define(`v${name}`, {}, (c) => {
    c.vex = true;
    if (c.size() !== 256) {
      c.setVec(0, grow(c.vec(1)));
      return;
    }
    const a = c.let(c.vec(1));
    const used = (16 * from) / to;
    const low = c.let(grow(a));
    c.setVecHalf(0, 0, low);
    c.setVecHalf(0, 1, grow(alignRight(v128.zero(), a, used)));
  });
}
for (const [s, from, to] of [
  ["bw", 8, 16],
  ["bd", 8, 32],
  ["bq", 8, 64],
  ["wd", 16, 32],
  ["wq", 16, 64],
  ["dq", 32, 64],
] as const) {
  widening(`pmovsx${s}`, from, to, lowS);
  widening(`pmovzx${s}`, from, to, lowU);
}

// --- blends and tests ---

/** The byte mask of an immediate blend whose lanes have n bytes. */
function blendMask(control: number, n: number): V128 {
  return v128.const(Array.from({ length: 16 }, (_, i) => ((control >> Math.floor(i / n)) & 1 ? 255 : 0)));
}
binaryVector("pblendw", (a, b, c) => v128.bitselect(b, a, blendMask(c.extra, 2)), imm);
function blend(name: string, n: number, legacy: boolean): void {
  const perHalf = 16 / n;
  if (legacy) define(name, imm, (c) => c.setVec(0, v128.bitselect(c.vec(1), c.vec(0), blendMask(c.extra, n))));
  define(`v${name}`, imm, (c) => {
    c.vex = true;
    const low = c.let(v128.bitselect(c.vec(2), c.vec(1), blendMask(c.extra, n)));
    const high =
      c.size() === 256
        ? c.let(v128.bitselect(c.vec(2, 1), c.vec(1, 1), blendMask(c.extra >> perHalf, n)))
        : v128.zero();
    c.setVecHalf(0, 0, low);
    c.setVecHalf(0, 1, high);
  });
}
blend("blendps", 4, true);
blend("blendpd", 8, true);
blend("pblendd", 4, false);

function blendVariable(name: string, sign: (m: V128) => V128): void {
  // The mask of the two-operand form is XMM0.
  define(name, {}, (c) => {
    const mask = sign(v128.load(i32.const(0), At.VecLow));
    c.setVec(0, v128.bitselect(c.vec(1), c.vec(0), mask));
  });
  define(`v${name}`, {}, (c) => {
    c.vex = true;
    const halves = c.size() === 256 ? 2 : 1;
    const r: V128[] = [];
    for (let h = 0; h < halves; h++) {
      r.push(
        c.let(v128.bitselect(c.vec(2, h), c.vec(1, h), sign(v128.load(c.slot(3), h === 0 ? At.VecLow : At.VecHigh)))),
      );
    }
    c.setVecHalf(0, 0, r[0] as V128);
    c.setVecHalf(0, 1, r[1] ?? v128.zero());
  });
}
blendVariable("pblendvb", (m) => vshift(108)(m, i32.const(7)));
blendVariable("blendvps", (m) => shrS.d(m, i32.const(31)));
blendVariable("blendvpd", (m) => shrS.q(m, i32.const(63)));

function testBits(name: string, mask: (v: V128) => V128): void {
  define(name, { writes: F.All }, (c) => {
    const halves = c.size() === 256 ? 2 : 1;
    let z: I32 = i32.const(0);
    let cf: I32 = i32.const(0);
    for (let h = 0; h < halves; h++) {
      const a = c.let(c.vec(0, h));
      const b = c.let(c.vec(1, h));
      z = i32.or(z, v128.anyTrue(mask(v128.and(a, b))));
      cf = i32.or(cf, v128.anyTrue(mask(v128.andnot(b, a))));
    }
    c.setCarry(i32.eqz(cf));
    c.setFlag(At.FlagZ, i64.extendU(z));
    c.setFlag(At.FlagS, i64.const(1));
    c.setFlag(At.FlagO, i64.const(0));
    c.setFlag(At.FlagA, i64.const(0));
  });
}
testBits("ptest", (v) => v);
testBits("vptest", (v) => v);
testBits("vtestps", (v) => shrS.d(v, i32.const(31)));
testBits("vtestpd", (v) => shrS.q(v, i32.const(63)));

unaryVector("phminposuw", (a, c) => {
  // The smallest word and its index: compare (word << 3 | index).
  let best = c.let(i32.shl(v128.lane16(a, 0), i32.const(3)));
  for (let i = 1; i < 8; i++) {
    const k = c.let(i32.or(i32.shl(v128.lane16(a, i), i32.const(3)), i32.const(i)));
    best = c.let(choose(i32.ltu(k, best), k, best));
  }
  const r = i32.or(i32.shru(best, i32.const(3)), i32.shl(i32.and(best, i32.const(7)), i32.const(16)));
  return v128.with32(v128.zero(), 0, r);
});
binaryVector(
  "mpsadbw",
  (a, b, c) => {
    const control = c.extra >> (3 * c.half);
    const ax = ((control >> 2) & 1) * 4;
    const bx = (control & 3) * 4;
    let r = v128.zero();
    for (let i = 0; i < 8; i++) {
      let sum = i32.const(0);
      for (let k = 0; k < 4; k++) {
        const x = v128.lane8(a, ax + i + k);
        const y = v128.lane8(b, bx + k);
        const d = c.let(i32.sub(x, y));
        const s = c.let(i32.shrs(d, i32.const(31)));
        sum = i32.add(sum, i32.sub(i32.xor(d, s), s));
      }
      r = v128.with16(r, i, sum);
    }
    return r;
  },
  imm,
);

define("movntiq", {}, (c) => int64.set(c, 0, int64.get(c, 1)));
define("movnti", {}, (c) => {
  if (c.size() === 64) int64.set(c, 0, int64.get(c, 1));
  else int32.set(c, 0, int32.get(c, 1));
});

// --- AVX and AVX2 only ---

define("vzeroupper", {}, (c) => {
  for (let i = 0; i < 16; i++) c.body.store(stores.v128, i32.const(0), v128.zero(), At.VecHigh + i * 16);
});
define("vzeroall", {}, (c) => {
  for (let i = 0; i < 32; i++) c.body.store(stores.v128, i32.const(0), v128.zero(), At.VecLow + i * 16);
});
function setBoth(c: Handler, low: V128, high: V128): void {
  const l = c.let(low);
  const h = c.let(high);
  c.setVecHalf(0, 0, l);
  c.setVecHalf(0, 1, h);
}
for (const [name, f] of [
  ["vpbroadcastb", (a: V128) => v128.splat8(v128.lane8(a, 0))],
  ["vpbroadcastw", (a: V128) => v128.splat16(v128.lane16(a, 0))],
  ["vpbroadcastd", (a: V128) => v128.splat32(v128.lane32(a, 0))],
  ["vpbroadcastq", (a: V128) => v128.splat64(v128.lane64(a, 0))],
  ["vbroadcastss", (a: V128) => v128.splat32(v128.lane32(a, 0))],
  ["vbroadcastsd", (a: V128) => v128.splat64(v128.lane64(a, 0))],
] as const) {
  define(name, {}, (c) => {
    const v = c.let(f(c.let(c.vec(1))));
    setBoth(c, v, c.size() === 256 ? v : v128.zero());
  });
}
for (const name of ["vbroadcastf128", "vbroadcasti128"]) {
  define(name, {}, (c) => {
    const v = c.let(c.vec(1));
    setBoth(c, v, v);
  });
}
for (const name of ["vinsertf128", "vinserti128"]) {
  define(name, imm, (c) => {
    const v = c.let(c.vec(2));
    if ((c.extra & 1) === 0) setBoth(c, v, c.vec(1, 1));
    else setBoth(c, c.vec(1), v);
  });
}
for (const name of ["vextractf128", "vextracti128"]) {
  define(name, imm, (c) => {
    c.vex = true;
    c.setVec(0, c.let(v128.load(c.slot(1), c.extra & 1 ? At.VecHigh : At.VecLow)));
  });
}
for (const name of ["vperm2f128", "vperm2i128"]) {
  define(name, imm, (c) => {
    // Memory is read, and faults, even where nothing of it is taken.
    const second = [c.let(c.vec(2)), c.let(c.vec(2, 1))] as const;
    const pick = (n: number): V128 => (n & 8 ? v128.zero() : n & 2 ? second[(n & 1) as 0 | 1] : c.vec(1, n & 1));
    setBoth(c, pick(c.extra), pick(c.extra >> 4));
  });
}
for (const name of ["vpermq", "vpermpd"]) {
  define(name, imm, (c) => {
    const low = c.let(c.vec(1));
    const high = c.let(c.vec(1, 1));
    const lane = (n: number): I64 => v128.lane64(n & 2 ? high : low, n & 1);
    const pair = (n: number): V128 => v128.with64(v128.splat64(lane(n & 3)), 1, lane((n >> 2) & 3));
    setBoth(c, pair(c.extra), pair(c.extra >> 4));
  });
}
for (const name of ["vpermd", "vpermps"]) {
  define(name, {}, (c) => {
    // Lane i takes lane index[i] & 7 of the source; through memory scratch there is no need to compare.
    const low = c.let(c.vec(2));
    const high = c.let(c.vec(2, 1));
    c.body.store(stores.v128, i32.const(0), low, At.Scratch);
    c.body.store(stores.v128, i32.const(0), high, At.Scratch + 16);
    const half = (h: number): V128 => {
      const index = c.let(c.vec(1, h));
      let r = v128.zero();
      for (let i = 0; i < 4; i++) {
        r = v128.with32(
          r,
          i,
          i32.load(i32.shl(i32.and(v128.lane32(index, i), i32.const(7)), i32.const(2)), At.Scratch),
        );
      }
      return r;
    };
    setBoth(c, half(0), half(1));
  });
}
define("vpermilps", imm, (c) => {
  const half = (h: number): V128 => {
    const a = c.let(c.vec(1, h));
    if (c.kind(2) === Kind.Imm) return v128.shuffle(a, a, dwords(c.extra));
    const index = c.let(c.vec(2, h));
    c.body.store(stores.v128, i32.const(0), a, At.Scratch);
    let r = v128.zero();
    for (let i = 0; i < 4; i++) {
      r = v128.with32(r, i, i32.load(i32.shl(i32.and(v128.lane32(index, i), i32.const(3)), i32.const(2)), At.Scratch));
    }
    return c.let(r);
  };
  setBoth(c, c.let(half(0)), c.size() === 256 ? half(1) : v128.zero());
});
define("vpermilpd", imm, (c) => {
  const half = (h: number): V128 => {
    const a = c.let(c.vec(1, h));
    const bits = c.extra >> (2 * h);
    if (c.kind(2) === Kind.Imm) {
      return v128.with64(v128.splat64(v128.lane64(a, bits & 1)), 1, v128.lane64(a, (bits >> 1) & 1));
    }
    const index = c.let(c.vec(2, h));
    const lane = (i: number): I64 =>
      choose(i32.and(v128.lane32(index, 2 * i), i32.const(2)), v128.lane64(a, 1), v128.lane64(a, 0));
    return v128.with64(v128.splat64(lane(0)), 1, lane(1));
  };
  setBoth(c, c.let(half(0)), c.size() === 256 ? half(1) : v128.zero());
});
/** Masked loads and stores: a lane whose mask bit is clear is not touched, so that it cannot fault. */
for (const [name, wide] of [
  ["vpmaskmovd", false],
  ["vpmaskmovq", true],
  ["vmaskmovps", false],
  ["vmaskmovpd", true],
] as const) {
  define(name, {}, (c) => {
    const lanes = (c.size(1) === 256 ? 2 : 1) * (wide ? 2 : 4);
    const perHalf = wide ? 2 : 4;
    const toMem = c.kind(0) === Kind.Mem;
    const at = c.let(c.address(toMem ? 0 : 2));
    const out = [c.body.local("v128"), c.body.local("v128")] as const;
    if (!toMem) for (const o of out) c.body.set(o, v128.zero());
    for (let i = 0; i < lanes; i++) {
      const h = Math.floor(i / perHalf) as 0 | 1;
      const k = i % perHalf;
      const mask = c.vec(1, h);
      const on = wide ? i64.lts(v128.lane64(mask, k), i64.const(0)) : i32.lts(v128.lane32(mask, k), i32.const(0));
      const a = i64.add(at, i64.const(i * (wide ? 8 : 4)));
      c.body.if(on, () => {
        if (toMem) {
          if (wide) int64.store(c, a, v128.lane64(c.vec(2, h), k));
          else int32.store(c, a, v128.lane32(c.vec(2, h), k));
        } else if (wide) c.body.set(out[h], v128.with64(out[h].get(), k, int64.load(c, a)));
        else c.body.set(out[h], v128.with32(out[h].get(), k, int32.load(c, a)));
      });
    }
    if (!toMem) setBoth(c, out[0].get(), out[1].get());
  });
}
/** crc32c, bit by bit through a table is the host's business elsewhere; here eight steps a byte in registers. */
define("crc32", {}, (c) => {
  const r = c.body.local("i32");
  c.body.set(r, i32.wrap(c.size() === 64 ? int64.get(c, 0) : i64.extendU(int32.get(c, 0))));
  const bits = c.size(1);
  const data = c.let(
    bits === 64
      ? int64.get(c, 1)
      : i64.extendU(bits === 32 ? int32.get(c, 1) : bits === 16 ? int16.get(c, 1) : int8.get(c, 1)),
  );
  const n = c.body.local("i32");
  const rest = c.body.local("i64");
  c.body.set(rest, data);
  c.body.set(n, i32.const(bits / 8));
  c.body.loop((again) => {
    c.body.set(r, i32.xor(r.get(), i32.and(i32.wrap(rest.get()), i32.const(255))));
    for (let k = 0; k < 8; k++) {
      const low = i32.sub(i32.const(0), i32.and(r.get(), i32.const(1)));
      c.body.set(r, i32.xor(i32.shru(r.get(), i32.const(1)), i32.and(low, i32.const(0x82f63b78 | 0))));
    }
    c.body.set(rest, i64.shru(rest.get(), i64.const(8)));
    c.body.set(n, i32.sub(n.get(), i32.const(1)));
    c.body.brIf(again, n.get());
  });
  int64.set(c, 0, i64.extendU(r.get()));
});
