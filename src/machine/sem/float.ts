// Floating point on vectors: SSE, SSE2, SSE3, SSE4.1 and the AVX forms. Rounding is to nearest even, as WebAssembly's
// is; NaN results are made the CPU's: the first operand's NaN, quieted, else the second's, else the negative default.

import { type Handler, Kind } from "../cpu/handler.ts";
import { int32, int64 } from "../cpu/int.ts";
import { At, Exit } from "../mem/layout.ts";
import {
  choose,
  f32,
  type F32,
  f64,
  type F64,
  i32,
  type I32,
  i64,
  type I64,
  loads,
  select,
  stores,
  v128,
  type V128,
  vbin,
  vun,
} from "../wasm/value.ts";
import { define, F, type Traits } from "./registry.ts";
import { binaryVector, unaryVector } from "./vector.ts";

const imm: Traits = { immediate: true };
const quiet64 = 0x0008000000000000n;
const default64 = -0x0008000000000000n;
const quiet32 = 0x00400000;
const default32 = -0x00400000;

/** The NaN that x86 gives for an operation on a and b that came out as NaN. */
function nan64(a: F64, b: F64): F64 {
  const q = (x: F64): I64 => i64.or(i64.reinterpret(x), i64.const(quiet64));
  return f64.reinterpret(choose(f64.ne(a, a), q(a), choose(f64.ne(b, b), q(b), i64.const(default64))));
}
function nan32(a: F32, b: F32): F32 {
  const q = (x: F32): I32 => i32.or(i32.reinterpret(x), i32.const(quiet32));
  return f32.reinterpret(choose(f32.ne(a, a), q(a), choose(f32.ne(b, b), q(b), i32.const(default32))));
}

/** The same for all lanes. */
function nanLanes(a: V128, b: V128, ne: (x: V128, y: V128) => V128, quiet: V128, standard: V128): V128 {
  return v128.bitselect(v128.or(a, quiet), v128.bitselect(v128.or(b, quiet), standard, ne(b, b)), ne(a, a));
}

const arithmetic = [
  ["add", f64.add, f32.add, 240, 228],
  ["sub", f64.sub, f32.sub, 241, 229],
  ["mul", f64.mul, f32.mul, 242, 230],
  ["div", f64.div, f32.div, 243, 231],
] as const;
const ne64 = vbin(72);
const ne32 = vbin(66);
const quietPd = (): V128 => v128.splat64(i64.const(quiet64));
const quietPs = (): V128 => v128.splat32(i32.const(quiet32));

/** Fixes the NaN lanes of r = op(a, b). */
function fixPd(c: Handler, r0: V128, a: V128, b: V128): V128 {
  const r = c.let(r0);
  const bad = c.let(ne64(r, r));
  return choose(
    v128.anyTrue(bad),
    v128.bitselect(nanLanes(a, b, ne64, quietPd(), v128.splat64(i64.const(default64))), r, bad),
    r,
  );
}
function fixPs(c: Handler, r0: V128, a: V128, b: V128): V128 {
  const r = c.let(r0);
  const bad = c.let(ne32(r, r));
  return choose(
    v128.anyTrue(bad),
    v128.bitselect(nanLanes(a, b, ne32, quietPs(), v128.splat32(i32.const(default32))), r, bad),
    r,
  );
}

/** Defines a scalar operation on the lowest lane in both encodings; the VEX form takes the rest from its first source. */
function scalar64(name: string, f: (c: Handler, a: F64, b: F64) => F64): void {
  define(name, {}, (c) => {
    const b = c.let(c.f64(1));
    c.setF64(0, f(c, c.let(c.f64(0)), b));
  });
  define(`v${name}`, {}, (c) => {
    c.vex = true;
    const b = c.let(c.f64(2));
    const r = c.let(f(c, c.let(c.f64(1)), b));
    c.setVec(0, v128.withF64(c.vec(1), 0, r));
  });
}
function scalar32(name: string, f: (c: Handler, a: F32, b: F32) => F32): void {
  define(name, {}, (c) => {
    const b = c.let(c.f32(1));
    c.setF32(0, f(c, c.let(c.f32(0)), b));
  });
  define(`v${name}`, {}, (c) => {
    c.vex = true;
    const b = c.let(c.f32(2));
    const r = c.let(f(c, c.let(c.f32(1)), b));
    c.setVec(0, v128.withF32(c.vec(1), 0, r));
  });
}

for (const [name, op64, op32, pd, ps] of arithmetic) {
  scalar64(`${name}sd`, (c, a, b) => {
    const r = c.let(op64(a, b));
    return choose(f64.ne(r, r), nan64(a, b), r);
  });
  scalar32(`${name}ss`, (c, a, b) => {
    const r = c.let(op32(a, b));
    return choose(f32.ne(r, r), nan32(a, b), r);
  });
  binaryVector(`${name}pd`, (a, b, c) => fixPd(c, vbin(pd)(a, b), a, b));
  binaryVector(`${name}ps`, (a, b, c) => fixPs(c, vbin(ps)(a, b), a, b));
}
// min and max give the second operand unless the comparison holds: NaN and equal zeros included.
scalar64("minsd", (_c, a, b) => select(a, b, f64.lt(a, b)));
scalar64("maxsd", (_c, a, b) => select(a, b, f64.gt(a, b)));
scalar32("minss", (_c, a, b) => select(a, b, f32.lt(a, b)));
scalar32("maxss", (_c, a, b) => select(a, b, f32.gt(a, b)));
binaryVector("minpd", (a, b) => vbin(246)(b, a));
binaryVector("maxpd", (a, b) => vbin(247)(b, a));
binaryVector("minps", (a, b) => vbin(234)(b, a));
binaryVector("maxps", (a, b) => vbin(235)(b, a));
scalar64("sqrtsd", (c, _a, b) => {
  const r = c.let(f64.sqrt(b));
  return choose(f64.ne(r, r), nan64(b, b), r);
});
scalar32("sqrtss", (c, _a, b) => {
  const r = c.let(f32.sqrt(b));
  return choose(f32.ne(r, r), nan32(b, b), r);
});
unaryVector("sqrtpd", (a, c) => fixPd(c, vun(239)(a), a, a));
unaryVector("sqrtps", (a, c) => fixPs(c, vun(227)(a), a, a));
// The approximations are exact here: within the CPUs' error bound, not their bits.
scalar32("rcpss", (_c, _a, b) => f32.div(f32.const(1), b));
scalar32("rsqrtss", (_c, _a, b) => f32.div(f32.const(1), f32.sqrt(b)));
unaryVector("rcpps", (a) => vbin(231)(v128.splatF32(f32.const(1)), a));
unaryVector("rsqrtps", (a) => vbin(231)(v128.splatF32(f32.const(1)), vun(227)(a)));

// --- comparisons ---

function compareFlags(c: Handler, less: I32, equal: I32, unordered: I32): void {
  const u = c.let(unordered);
  c.setCarry(i32.or(less, u));
  c.setFlag(At.FlagZ, i64.extendU(i32.eqz(i32.or(equal, u))));
  c.setFlag(At.FlagS, i64.extendU(i32.eqz(u)));
  c.setFlag(At.FlagO, i64.const(0));
  c.setFlag(At.FlagA, i64.const(0));
}
for (const name of ["ucomisd", "comisd", "vucomisd", "vcomisd"]) {
  define(name, { writes: F.All }, (c) => {
    const a = c.let(c.f64(0));
    const b = c.let(c.f64(1));
    compareFlags(c, f64.lt(a, b), f64.eq(a, b), i32.or(f64.ne(a, a), f64.ne(b, b)));
  });
}
for (const name of ["ucomiss", "comiss", "vucomiss", "vcomiss"]) {
  define(name, { writes: F.All }, (c) => {
    const a = c.let(c.f32(0));
    const b = c.let(c.f32(1));
    compareFlags(c, f32.lt(a, b), f32.eq(a, b), i32.or(f32.ne(a, a), f32.ne(b, b)));
  });
}

/** The lanes for which predicate p holds; ops are eq, lt, le, ne of the lane type. */
function predicate(
  a: V128,
  b: V128,
  control: number,
  vex: boolean,
  eq: number,
  lt: number,
  le: number,
  ne: number,
): V128 {
  const unordered = v128.or(vbin(ne)(a, a), vbin(ne)(b, b));
  const yes = v128.splat32(i32.const(-1));
  // Without VEX there are eight predicates.
  switch (control & (vex ? 15 : 7)) {
    case 0:
      return vbin(eq)(a, b);
    case 1:
      return vbin(lt)(a, b);
    case 2:
      return vbin(le)(a, b);
    case 3:
      return unordered;
    case 4:
      return vbin(ne)(a, b);
    case 5:
      return v128.not(vbin(lt)(a, b));
    case 6:
      return v128.not(vbin(le)(a, b));
    case 7:
      return v128.not(unordered);
    case 8:
      return v128.or(vbin(eq)(a, b), unordered);
    case 9:
      return v128.not(vbin(le)(b, a));
    case 10:
      return v128.not(vbin(lt)(b, a));
    case 11:
      return v128.zero();
    case 12:
      return v128.andnot(vbin(ne)(a, b), unordered);
    case 13:
      return vbin(le)(b, a);
    case 14:
      return vbin(lt)(b, a);
    default:
      return yes;
  }
}
binaryVector("cmppd", (a, b, c) => predicate(a, b, c.extra, c.vex, 71, 73, 75, 72), imm);
binaryVector("cmpps", (a, b, c) => predicate(a, b, c.extra, c.vex, 65, 67, 69, 66), imm);
scalar64FromLanes("cmpsd", (a, b, c) => predicate(a, b, c.extra, c.vex, 71, 73, 75, 72));
scalar32FromLanes("cmpss", (a, b, c) => predicate(a, b, c.extra, c.vex, 65, 67, 69, 66));

function scalar64FromLanes(name: string, f: (a: V128, b: V128, c: Handler) => V128): void {
  define(name, imm, (c) => {
    const b = c.let(c.vec(1));
    const a = c.let(c.vec(0));
    c.setVec(0, v128.with64(a, 0, v128.lane64(f(a, b, c), 0)));
  });
  define(`v${name}`, imm, (c) => {
    c.vex = true;
    const b = c.let(c.vec(2));
    const a = c.let(c.vec(1));
    c.setVec(0, v128.with64(a, 0, v128.lane64(f(a, b, c), 0)));
  });
}
function scalar32FromLanes(name: string, f: (a: V128, b: V128, c: Handler) => V128): void {
  define(name, imm, (c) => {
    const b = c.let(c.vec(1));
    const a = c.let(c.vec(0));
    c.setVec(0, v128.with32(a, 0, v128.lane32(f(a, b, c), 0)));
  });
  define(`v${name}`, imm, (c) => {
    c.vex = true;
    const b = c.let(c.vec(2));
    const a = c.let(c.vec(1));
    c.setVec(0, v128.with32(a, 0, v128.lane32(f(a, b, c), 0)));
  });
}

// --- rounding ---

function roundOp(mode: number, ops: readonly [number, number, number, number]): (a: V128) => V128 {
  return vun(ops[(mode & 4) !== 0 ? 0 : mode & 3] as number);
}
const pdRound = [148, 117, 116, 122] as const;
const psRound = [106, 104, 103, 105] as const;
unaryVector("roundpd", (a, c) => fixPd(c, roundOp(c.extra, pdRound)(a), a, a), imm);
unaryVector("roundps", (a, c) => fixPs(c, roundOp(c.extra, psRound)(a), a, a), imm);
scalar64FromLanes("roundsd", (_a, b, c) => fixPd(c, roundOp(c.extra, pdRound)(b), b, b));
scalar32FromLanes("roundss", (_a, b, c) => fixPs(c, roundOp(c.extra, psRound)(b), b, b));

// --- horizontal and mixed ---

const evenOdd = (n: number): readonly [number[], number[]] => {
  const even: number[] = [];
  const odd: number[] = [];
  for (let i = 0; i < 32; i += 2 * n) {
    for (let k = 0; k < n; k++) {
      even.push(i + k);
      odd.push(i + n + k);
    }
  }
  return [even, odd];
};
for (const [name, ps, pd] of [
  ["hadd", 228, 240],
  ["hsub", 229, 241],
] as const) {
  const [e4, o4] = evenOdd(4);
  const [e8, o8] = evenOdd(8);
  binaryVector(`${name}ps`, (a, b, c) => {
    const x = c.let(v128.shuffle(a, b, e4));
    const y = c.let(v128.shuffle(a, b, o4));
    return fixPs(c, vbin(ps)(x, y), x, y);
  });
  binaryVector(`${name}pd`, (a, b, c) => {
    const x = c.let(v128.shuffle(a, b, e8));
    const y = c.let(v128.shuffle(a, b, o8));
    return fixPd(c, vbin(pd)(x, y), x, y);
  });
}
binaryVector("addsubps", (a, b, c) =>
  v128.shuffle(
    fixPs(c, vbin(229)(a, b), a, b),
    fixPs(c, vbin(228)(a, b), a, b),
    [0, 1, 2, 3, 20, 21, 22, 23, 8, 9, 10, 11, 28, 29, 30, 31],
  ),
);
binaryVector("addsubpd", (a, b, c) =>
  v128.shuffle(
    fixPd(c, vbin(241)(a, b), a, b),
    fixPd(c, vbin(240)(a, b), a, b),
    [0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31],
  ),
);
// dpps and dppd are the host's: which NaN they give depends on the order of five operations.
binaryVector(
  "shufps",
  (a, b, c) => {
    const lanes: number[] = [];
    for (let i = 0; i < 4; i++)
      for (let k = 0; k < 4; k++) lanes.push((i < 2 ? 0 : 16) + ((c.extra >> (2 * i)) & 3) * 4 + k);
    return v128.shuffle(a, b, lanes);
  },
  imm,
);
define("shufpd", imm, (c) => {
  const b = c.let(c.vec(1));
  const a = c.let(c.vec(0));
  c.setVec(0, v128.with64(v128.splat64(v128.lane64(a, c.extra & 1)), 1, v128.lane64(b, (c.extra >> 1) & 1)));
});
define("vshufpd", imm, (c) => {
  const half = (h: number): V128 => {
    const s = c.extra >> (2 * h);
    return c.let(v128.with64(v128.splat64(v128.lane64(c.vec(1, h), s & 1)), 1, v128.lane64(c.vec(2, h), (s >> 1) & 1)));
  };
  const low = half(0);
  const high = c.size() === 256 ? half(1) : v128.zero();
  c.setVecHalf(0, 0, low);
  c.setVecHalf(0, 1, high);
});
function insertPs(a: V128, c: Handler, source: number): V128 {
  const lane = (c.extra >> 4) & 3;
  const x =
    c.kind(source) === Kind.Mem ? int32.load(c, c.address(source)) : v128.lane32(c.vec(source), (c.extra >> 6) & 3);
  let r = v128.with32(a, lane, x);
  for (let i = 0; i < 4; i++) if ((c.extra >> i) & 1) r = v128.with32(r, i, i32.const(0));
  return r;
}
define("insertps", imm, (c) => c.setVec(0, insertPs(c.vec(0), c, 1)));
define("vinsertps", imm, (c) => {
  c.vex = true;
  c.setVec(0, insertPs(c.vec(1), c, 2));
});

// --- scalar moves ---

/** movsd, movss: a load clears the rest, a register move keeps the destination's, a store writes one lane. */
for (const [name, wide] of [
  ["movsd", true],
  ["movss", false],
] as const) {
  define(name, {}, (c) => {
    if (c.kind(0) === Kind.Mem) {
      if (wide) c.store(stores.f64, c.address(0), c.f64(1));
      else c.store(stores.f32, c.address(0), c.f32(1));
    } else if (c.kind(1) === Kind.Mem) c.setVec(0, c.load(wide ? loads.v64zero : loads.v32zero, c.address(1)));
    else if (wide) c.body.store(stores.i64, c.slot(0), i64.load(c.slot(1), At.VecLow), At.VecLow);
    else c.body.store(stores.i32, c.slot(0), i32.load(c.slot(1), At.VecLow), At.VecLow);
  });
  define(`v${name}`, {}, (c) => {
    c.vex = true;
    if (c.kind(0) === Kind.Mem) {
      if (wide) c.store(stores.f64, c.address(0), c.f64(1));
      else c.store(stores.f32, c.address(0), c.f32(1));
    } else if (c.kind(1) === Kind.Mem) c.setVec(0, c.load(wide ? loads.v64zero : loads.v32zero, c.address(1)));
    else if (wide) c.setVec(0, c.let(v128.with64(c.vec(1), 0, v128.lane64(c.vec(2), 0))));
    else c.setVec(0, c.let(v128.with32(c.vec(1), 0, v128.lane32(c.vec(2), 0))));
  });
}

// --- conversions ---

/** An integer operand as f64/f32: its size decides. */
function fromInt(name: string, wide: boolean): void {
  const convert = (c: Handler, i: number): { d: F64; s: F32 } =>
    c.size(i) === 64
      ? { d: f64.convertI64(int64.get(c, i)), s: f32.convertI64(int64.get(c, i)) }
      : { d: f64.convertI32(int32.get(c, i)), s: f32.convertI32(int32.get(c, i)) };
  define(name, {}, (c) => {
    const v = convert(c, 1);
    if (wide) c.setF64(0, v.d);
    else c.setF32(0, v.s);
  });
  define(`v${name}`, {}, (c) => {
    c.vex = true;
    const v = convert(c, 2);
    c.setVec(0, c.let(wide ? v128.withF64(c.vec(1), 0, v.d) : v128.withF32(c.vec(1), 0, v.s)));
  });
}
fromInt("cvtsi2sd", true);
fromInt("cvtsi2ss", false);

/** f64 to an integer; what does not fit, and NaN, is the smallest integer. */
function toInt(c: Handler, v0: F64): void {
  const v = c.let(v0);
  if (c.size() === 64) {
    const fits = i32.and(f64.ge(v, f64.const(-(2 ** 63))), f64.lt(v, f64.const(2 ** 63)));
    int64.set(c, 0, choose(fits, f64.toI64(v), i64.const(-0x8000000000000000n)));
  } else {
    const fits = i32.and(f64.gt(v, f64.const(-2147483649)), f64.lt(v, f64.const(2147483648)));
    int32.set(c, 0, choose(fits, f64.toI32(v), i32.const(-0x80000000)));
  }
}
for (const v of ["", "v"]) {
  define(`${v}cvttsd2si`, {}, (c) => toInt(c, f64.trunc(c.f64(1))));
  define(`${v}cvttss2si`, {}, (c) => toInt(c, f64.trunc(f64.promote(c.f32(1)))));
  define(`${v}cvtsd2si`, {}, (c) => toInt(c, f64.nearest(c.f64(1))));
  define(`${v}cvtss2si`, {}, (c) => toInt(c, f64.nearest(f64.promote(c.f32(1)))));
}
const widenNan = (c: Handler, s: F32): F64 => {
  const x = c.let(s);
  const bits = i64.extendU(i32.reinterpret(x));
  // A NaN keeps sign and payload and becomes quiet.
  const sign = i64.shl(i64.and(bits, i64.const(0x80000000)), i64.const(32));
  const payload = i64.shl(i64.and(bits, i64.const(0x7fffff)), i64.const(29));
  const nan = i64.or(i64.or(sign, payload), i64.const(0x7ff8000000000000n));
  return choose(f32.ne(x, x), f64.reinterpret(nan), f64.promote(x));
};
const narrowNan = (c: Handler, d: F64): F32 => {
  const x = c.let(d);
  const bits = i64.reinterpret(x);
  const sign = i32.and(i32.wrap(i64.shru(bits, i64.const(32))), i32.const(-0x80000000));
  const payload = i32.and(i32.wrap(i64.shru(bits, i64.const(29))), i32.const(0x7fffff));
  return choose(f64.ne(x, x), f32.reinterpret(i32.or(i32.or(sign, payload), i32.const(0x7fc00000))), f32.demote(x));
};
define("cvtss2sd", {}, (c) => c.setF64(0, widenNan(c, c.f32(1))));
define("vcvtss2sd", {}, (c) => {
  c.vex = true;
  c.setVec(0, c.let(v128.withF64(c.vec(1), 0, widenNan(c, c.f32(2)))));
});
define("cvtsd2ss", {}, (c) => c.setF32(0, narrowNan(c, c.f64(1))));
define("vcvtsd2ss", {}, (c) => {
  c.vex = true;
  c.setVec(0, c.let(v128.withF32(c.vec(1), 0, narrowNan(c, c.f64(2)))));
});

/** Conversions of whole vectors; source and destination lanes differ in size, so 256-bit forms mix the halves. */
function convert(
  name: string,
  low: (c: Handler, a: V128) => V128,
  high: (c: Handler, a: V128) => V128,
  shape: "same" | "grow" | "shrink",
): void {
  define(name, {}, (c) => c.setVec(0, low(c, c.let(c.vec(1)))));
  define(`v${name}`, {}, (c) => {
    c.vex = true;
    const wide = c.size(shape === "shrink" ? 1 : 0) === 256;
    const a = c.let(c.vec(1));
    const l = c.let(low(c, a));
    if (!wide) {
      c.setVec(0, l);
      return;
    }
    if (shape === "grow") {
      const h = c.let(high(c, a));
      c.setVecHalf(0, 0, l);
      c.setVecHalf(0, 1, h);
    } else {
      const h = c.let(low(c, c.let(c.vec(1, 1))));
      if (shape === "same") {
        c.setVecHalf(0, 0, l);
        c.setVecHalf(0, 1, h);
      } else c.setVec(0, v128.with64(l, 1, v128.lane64(h, 0)));
    }
  });
}
const upper = (a: V128): V128 => v128.splat64(v128.lane64(a, 1));
const cvtPsPd = (c: Handler, a: V128): V128 =>
  v128.withF64(v128.splatF64(widenNan(c, v128.laneF32(a, 0))), 1, widenNan(c, v128.laneF32(a, 1)));
convert("cvtps2pd", cvtPsPd, (c, a) => cvtPsPd(c, c.let(upper(a))), "grow");
const cvtPdPs = (c: Handler, a: V128): V128 =>
  v128.withF32(v128.withF32(v128.zero(), 0, narrowNan(c, v128.laneF64(a, 0))), 1, narrowNan(c, v128.laneF64(a, 1)));
convert("cvtpd2ps", cvtPdPs, cvtPdPs, "shrink");
convert(
  "cvtdq2ps",
  (_c, a) => vun(250)(a),
  (_c, a) => vun(250)(a),
  "same",
);
convert(
  "cvtdq2pd",
  (_c, a) => vun(254)(a),
  (_c, a) => vun(254)(upper(a)),
  "grow",
);
function toDwords(round: number): (c: Handler, a: V128) => V128 {
  return (c, a0) => {
    const a = c.let(vun(round)(a0));
    const fits = v128.and(
      vbin(67)(a, v128.splatF32(f32.const(2147483648))),
      vbin(70)(a, v128.splatF32(f32.const(-2147483648))),
    );
    return v128.bitselect(vun(248)(a), v128.splat32(i32.const(-0x80000000)), fits);
  };
}
convert("cvttps2dq", toDwords(105), toDwords(105), "same");
convert("cvtps2dq", toDwords(106), toDwords(106), "same");
function pdToDwords(round: (v: F64) => F64): (c: Handler, a: V128) => V128 {
  return (c, a) => {
    const lane = (i: number): I32 => {
      const v = c.let(round(v128.laneF64(a, i)));
      const fits = i32.and(f64.gt(v, f64.const(-2147483649)), f64.lt(v, f64.const(2147483648)));
      return choose(fits, f64.toI32(v), i32.const(-0x80000000));
    };
    return v128.with32(v128.with32(v128.zero(), 0, lane(0)), 1, lane(1));
  };
}
convert("cvttpd2dq", pdToDwords(f64.trunc), pdToDwords(f64.trunc), "shrink");
convert("cvtpd2dq", pdToDwords(f64.nearest), pdToDwords(f64.nearest), "shrink");

// --- control ---

for (const v of ["", "v"]) {
  // Blocks are made for a way of rounding: the engine looks whether others are needed.
  define(`${v}ldmxcsr`, { ends: true, reads: F.All }, (c) => {
    const value = c.let(int32.load(c, c.address(0)));
    // Reserved bits are a protection fault, as misalignment is.
    c.body.if(i32.and(value, i32.const(-65536)), () => c.helper(24));
    c.body.store(stores.i32, i32.const(0), value, At.Mxcsr);
    c.exit(Exit.Mode);
  });
  define(`${v}stmxcsr`, {}, (c) => int32.store(c, c.address(0), i32.load(i32.const(0), At.Mxcsr)));
}
