// Division by constants as multiplication and shifts (Hacker's Delight, chapter 10; cmd/compile/internal/ssa/magic.go).
import { type Func, Op, type SType, type Value } from "../core/index.ts";
import type { Context } from "../context.ts";
import { intValue } from "./fold.ts";
import { Rewriter } from "./rewriter.ts";

/** Replaces divisions and remainders by constants. */
export function divideByConstants(f: Func, cx: Context): void {
  new Divider(f, cx).run();
}

/** Least k with 2^k >= n. */
function ceilLog2(n: bigint): number {
  return (n - 1n).toString(2).length - (n === 1n ? 1 : 0);
}

function isPow2(n: bigint): boolean {
  return (n & (n - 1n)) === 0n;
}

class Divider extends Rewriter {
  protected rewrite(v: Value): boolean {
    if ((v.op !== Op.Div && v.op !== Op.Mod) || !v.type.isInteger || v.args[1]!.op !== Op.ConstInt) return false;
    const x = v.args[0]!;
    const c = intValue(v.args[1]!);
    if (c === 0n || c === 1n || x.op === Op.ConstInt) return false;
    const t = v.type;
    if (!t.isSigned && isPow2(c)) {
      if (v.op === Op.Mod) return this.replaceBy(v, this.val(Op.And, t, x, this.constant(t, c - 1n)));
      return this.replaceBy(v, this.shr(x, ceilLog2(c)));
    }
    const q = t.isSigned ? this.signed(x, c) : this.unsigned(x, c);
    if (q === null) return false;
    if (v.op === Op.Div) return this.replaceBy(v, q);
    return this.replaceBy(v, this.val(Op.Sub, t, x, this.val(Op.Mul, t, q, v.args[1]!)));
  }

  private constant(t: SType, n: bigint): Value {
    return this.f.constInt64(t, Number(BigInt.asIntN(32, n)), Number(BigInt.asIntN(32, n >> 32n)));
  }

  private shr(x: Value, n: number): Value {
    if (n === 0) return x;
    return this.valAux(Op.Shr, x.type, 1, null, x, this.f.constInt(this.cx.types.uint8, n));
  }

  /** x / c, c >= 3 and not a power of two. */
  private unsigned(x: Value, c: bigint): Value {
    const u64 = this.cx.types.uint64;
    const bits = x.type.size * 8;
    if (bits <= 16) {
      // The error of the reciprocal stays below 2^-32 of a quotient of 16 bits.
      const m = ((1n << 32n) + c - 1n) / c;
      const product = this.val(Op.Mul, u64, this.val(Op.Convert, u64, x), this.constant(u64, m));
      return this.val(Op.Convert, x.type, this.shr(product, 32));
    }
    if (bits === 32) {
      const m = ((1n << 64n) + c - 1n) / c;
      const high = this.val(Op.MulHigh, u64, this.val(Op.Convert, u64, x), this.constant(u64, m));
      return this.val(Op.Convert, x.type, high);
    }
    const s = ceilLog2(c);
    // A reciprocal of 64 bits, if it is exact enough.
    const short = ((1n << BigInt(63 + s)) + c - 1n) / c;
    if (short * c - (1n << BigInt(63 + s)) <= 1n << BigInt(s - 1)) {
      return this.shr(this.val(Op.MulHigh, x.type, x, this.constant(x.type, short)), s - 1);
    }
    let k = 0;
    while (((c >> BigInt(k)) & 1n) === 0n) k++;
    if (k > 0) {
      // An even divisor leaves a bit of the dividend to spare.
      const d = c >> BigInt(k);
      const sd = ceilLog2(d);
      const m = ((1n << BigInt(63 + sd)) + d - 1n) / d;
      if (m * d - (1n << BigInt(63 + sd)) <= 1n << BigInt(sd - 1 + k)) {
        return this.shr(this.val(Op.MulHigh, x.type, this.shr(x, k), this.constant(x.type, m)), sd - 1);
      }
    }
    // 65 bits: the highest one is added by hand, without overflow.
    const m = ((1n << BigInt(64 + s)) + c - 1n) / c - (1n << 64n);
    const high = this.val(Op.MulHigh, x.type, x, this.constant(x.type, m));
    const half = this.shr(this.val(Op.Sub, x.type, x, high), 1);
    return this.shr(this.val(Op.Add, x.type, half, high), s - 1);
  }

  /** x / c; null where it is not worth it. */
  private signed(x: Value, c: bigint): Value | null {
    const t = this.cx.types;
    const type = x.type;
    const bits = type.size * 8;
    const d = c < 0n ? -c : c;
    if (d === 1n) return this.val(Op.Neg, type, x);
    if (d === 1n << BigInt(bits - 1)) return null;
    const negate = (q: Value): Value => (c < 0n ? this.val(Op.Neg, type, q) : q);
    if (isPow2(d)) {
      // Rounding to zero: negative numbers get divisor-1 added first.
      const k = ceilLog2(d);
      const unsigned = bits === 64 ? t.uint64 : bits === 32 ? t.uint32 : bits === 16 ? t.uint16 : t.uint8;
      const sign = this.val(Op.Bitcast, unsigned, this.shr(x, bits - 1));
      const bias = this.val(Op.Bitcast, type, this.shr(sign, bits - k));
      return negate(this.shr(this.val(Op.Add, type, x, bias), k));
    }
    const s = ceilLog2(d);
    const m = ((1n << BigInt(bits - 1 + s)) + d - 1n) / d;
    if (bits <= 32) {
      const wide = this.val(Op.Convert, t.int64, x);
      const product = this.val(Op.Mul, t.int64, wide, this.constant(t.int64, m));
      const q = this.val(Op.Sub, t.int64, this.shr(product, bits - 1 + s), this.shr(wide, 63));
      return negate(this.val(Op.Convert, type, q));
    }
    const sign = this.shr(x, 63);
    if ((m & 1n) === 0n) {
      const high = this.val(Op.MulHigh, type, x, this.constant(type, m >> 1n));
      return negate(this.val(Op.Sub, type, this.shr(high, s - 2), sign));
    }
    // The multiplier has 64 bits: as a signed number it is 2^64 too small.
    const high = this.val(Op.MulHigh, type, x, this.constant(type, m));
    const sum = this.val(Op.Add, type, high, x);
    return negate(this.val(Op.Sub, type, this.shr(sum, s - 1), sign));
  }
}
