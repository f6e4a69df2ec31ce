// Fused multiply-add: the product and the sum are exact (big integers), and one rounding follows.

import { At } from "../mem/layout.ts";
import type { Helpers } from "./helpers.ts";
import type { Detail } from "./translate.ts";

const f = new DataView(new ArrayBuffer(8));

/** A finite double as mant * 2^exp, exactly. */
function exact(x: number): { m: bigint; e: number } {
  f.setFloat64(0, x);
  const b = f.getBigUint64(0);
  const e = Number((b >> 52n) & 0x7ffn);
  const m = (b & 0xfffffffffffffn) | (e === 0 ? 0n : 0x10000000000000n);
  return { m: b >> 63n === 1n ? -m : m, e: Math.max(e, 1) - 1075 };
}

/** m * 2^e rounded to nearest even in a format of p bits with smallest exponent `low` (of the last place of subnormals). */
function rounded(m: bigint, e: number, p: number, low: number): number {
  const negative = m < 0n;
  let v = negative ? -m : m;
  let x = e;
  const length = v.toString(2).length;
  let cut = Math.max(0, length - p);
  if (x + cut < low) cut = low - x;
  if (cut > 0) {
    const c = BigInt(cut);
    const rest = v & ((1n << c) - 1n);
    const half = 1n << (c - 1n);
    v >>= c;
    if (rest > half || (rest === half && (v & 1n) === 1n)) v += 1n;
    x += cut;
  }
  // At most 53 bits are left: the conversion and the scaling are exact.
  let r = Number(v);
  while (x > 900) {
    r *= 2 ** 900;
    x -= 900;
  }
  while (x < -900) {
    r *= 2 ** -900;
    x += 900;
  }
  r *= 2 ** x;
  return negative ? -r : r;
}

function fused(a: number, b: number, c: number, double: boolean): number {
  const p = a * b;
  if (!Number.isFinite(a) || !Number.isFinite(b) || !Number.isFinite(c)) {
    return Number.isFinite(a) && Number.isFinite(b) ? c : p + c;
  }
  const x = exact(a);
  const y = exact(b);
  const z = exact(c);
  let m = x.m * y.m;
  let e = x.e + y.e;
  if (m === 0n) return z.m === 0n ? p + c : c;
  if (z.m !== 0n) {
    if (z.e < e) {
      m <<= BigInt(e - z.e);
      e = z.e;
      m += z.m;
    } else m += z.m << BigInt(z.e - e);
    if (m === 0n) return 0;
  }
  const r = double ? rounded(m, e, 53, -1074) : rounded(m, e, 24, -149);
  return double ? r : Math.fround(r);
}

/** vfmadd132sd and its family: which operands are multiplied, the signs, the lanes. */
export function fusedMultiplyAdd(h: Helpers, ip: number, d: Detail): void {
  const m = /^vf(n?)m(add|sub|addsub|subadd)(132|213|231)([ps])([sd])$/.exec(d.mnemonic);
  if (m === null) throw new Error(d.mnemonic);
  const double = m[5] === "d";
  const scalar = m[4] === "s";
  const width = double ? 8 : 4;
  const bytes = d.sizes[0] === 256 ? 32 : 16;
  const load = (i: number): DataView => {
    const out = new Uint8Array(32);
    if (d.kinds[i] === 2) out.set(h.engine.space.read(h.address(ip, i), scalar ? width : bytes));
    else {
      const at = (d.regs[i] as number) * 16;
      out.set(h.engine.frames.u8.subarray(At.VecLow + at, At.VecLow + at + 16));
      out.set(h.engine.frames.u8.subarray(At.VecHigh + at, At.VecHigh + at + 16), 16);
    }
    return new DataView(out.buffer);
  };
  const ops = [load(0), load(1), load(2)] as const;
  const out = new Uint8Array(32);
  out.set(new Uint8Array(ops[0].buffer).subarray(0, 16));
  const v = new DataView(out.buffer);
  const get = (i: number, lane: number): number => {
    const o = ops[i] as DataView;
    return double ? o.getFloat64(lane * 8, true) : o.getFloat32(lane * 4, true);
  };
  const order = m[3] === "132" ? [0, 2, 1] : m[3] === "213" ? [1, 0, 2] : [1, 2, 0];
  const bitsOf = (i: number, lane: number): bigint => {
    const o = ops[i] as DataView;
    return double ? o.getBigUint64(lane * 8, true) : BigInt(o.getUint32(lane * 4, true));
  };
  const isNan = (b: bigint): boolean =>
    double ? (b & 0x7fffffffffffffffn) > 0x7ff0000000000000n : (b & 0x7fffffffn) > 0x7f800000n;
  const put = (lane: number, b: bigint): void => {
    if (double) v.setBigUint64(lane * 8, b, true);
    else v.setUint32(lane * 4, Number(b), true);
  };
  for (let lane = 0; lane < (scalar ? 1 : bytes / width); lane++) {
    // A NaN among the operands is the result, quieted: the factors' before the addend's. Signs of NaNs do not change.
    const nan = order.map((i) => bitsOf(i, lane)).find(isNan);
    if (nan !== undefined) {
      put(lane, nan | (double ? 0x0008000000000000n : 0x00400000n));
      continue;
    }
    const a = get(order[0] as number, lane);
    const b = get(order[1] as number, lane);
    let c = get(order[2] as number, lane);
    const subtract = m[2] === "sub" || (m[2] === "addsub" && lane % 2 === 0) || (m[2] === "subadd" && lane % 2 === 1);
    if (subtract) c = -c;
    const r = fused(m[1] === "n" ? -a : a, b, c, double);
    if (Number.isNaN(r)) put(lane, double ? 0xfff8000000000000n : 0xffc00000n);
    else if (double) v.setFloat64(lane * 8, r, true);
    else v.setFloat32(lane * 4, r, true);
  }
  const at = (d.regs[0] as number) * 16;
  h.engine.frames.u8.set(out.subarray(0, 16), At.VecLow + at);
  if (bytes === 32) h.engine.frames.u8.set(out.subarray(16), At.VecHigh + at);
  else h.engine.frames.u8.fill(0, At.VecHigh + at, At.VecHigh + at + 16);
}
