import { Operator } from "#syntax";
import { Kind, Op, type SType, type Value } from "../core/index.ts";
import { smallInt } from "./const.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

const ops: Partial<Record<Operator, Op>> = {
  [Operator.Add]: Op.Add,
  [Operator.Sub]: Op.Sub,
  [Operator.Mul]: Op.Mul,
  [Operator.Div]: Op.Div,
  [Operator.Rem]: Op.Mod,
  [Operator.And]: Op.And,
  [Operator.Or]: Op.Or,
  [Operator.Xor]: Op.Xor,
  [Operator.AndNot]: Op.AndNot,
};

/** x op y of one type t: arithmetic, not shifts and not strings. */
export function arithmetic(b: FuncBuilder, op: Operator, t: SType, x: Value, y: Value): Value {
  if (t.isComplex) return complexArithmetic(b, op, t, x, y);
  if ((op === Operator.Div || op === Operator.Rem) && t.isInteger) y = nonZero(b, y);
  const o = ops[op];
  if (o === undefined) throw b.error(b.pos, `operator ${op} on ${t}`);
  return b.val(o, t, x, y);
}

/** y, which a division needs not to be zero. */
function nonZero(b: FuncBuilder, y: Value): Value {
  const n = smallInt(y);
  if (y.op === Op.ConstInt && n !== 0) return y;
  return b.val(Op.ZeroCheck, y.type, y, b.mem);
}

/** x << y or x >> y. The count may be of any integer type; a negative one panics. */
export function shift(b: FuncBuilder, op: Operator, t: SType, x: Value, y: Value): Value {
  let count = y;
  let bounded = 0;
  const n = smallInt(y);
  if (y.op === Op.ConstInt) {
    if (n !== undefined && n >= 0 && n < t.size * 8) bounded = 1;
    count = b.f.constInt64(b.types.uint64, y.auxInt, y.auxHi);
  } else if (y.type.isSigned) {
    count = b.val(Op.ShiftCheck, y.type, y, b.mem);
    count = b.val(Op.Bitcast, unsignedOf(b, y.type), count);
  }
  return b.valAux(op === Operator.Shl ? Op.Shl : Op.Shr, t, bounded, null, x, count);
}

/** The unsigned integer type of t's size. */
export function unsignedOf(b: FuncBuilder, t: SType): SType {
  switch (t.size) {
    case 1:
      return b.types.uint8;
    case 2:
      return b.types.uint16;
    case 4:
      return b.types.uint32;
    default:
      return b.types.uint64;
  }
}

/** The type of the parts of a complex type. */
export function partType(b: FuncBuilder, t: SType): SType {
  return t.kind === Kind.Complex64 ? b.types.float32 : b.types.float64;
}

export function complexParts(b: FuncBuilder, x: Value): [Value, Value] {
  if (x.op === Op.ComplexMake) return [x.args[0]!, x.args[1]!];
  const p = partType(b, x.type);
  return [b.val(Op.ComplexReal, p, x), b.val(Op.ComplexImag, p, x)];
}

function complexArithmetic(b: FuncBuilder, op: Operator, t: SType, x: Value, y: Value): Value {
  const p = partType(b, t);
  if (op === Operator.Add || op === Operator.Sub) {
    const [xr, xi] = complexParts(b, x);
    const [yr, yi] = complexParts(b, y);
    const o = op === Operator.Add ? Op.Add : Op.Sub;
    return b.val(Op.ComplexMake, t, b.val(o, p, xr, yr), b.val(o, p, xi, yi));
  }
  if (op === Operator.Mul) {
    // In double precision, to lose fewer digits by cancellation.
    const wide = b.types.float64;
    const widen = (v: Value): Value => (p === wide ? v : b.val(Op.Convert, wide, v));
    const narrow = (v: Value): Value => (p === wide ? v : b.val(Op.Convert, p, v));
    const [xr, xi] = complexParts(b, x).map(widen) as [Value, Value];
    const [yr, yi] = complexParts(b, y).map(widen) as [Value, Value];
    const mul = (u: Value, v: Value): Value => b.val(Op.Mul, wide, u, v);
    const re = b.val(Op.Sub, wide, mul(xr, yr), mul(xi, yi));
    const im = b.val(Op.Add, wide, mul(xr, yi), mul(xi, yr));
    return b.val(Op.ComplexMake, t, narrow(re), narrow(im));
  }
  if (op !== Operator.Div) throw b.error(b.pos, `operator ${op} on complex numbers`);
  const q = b.runtime1("complex128div", toComplex128(b, x), toComplex128(b, y));
  return convertComplex(b, q, t);
}

function toComplex128(b: FuncBuilder, x: Value): Value {
  return convertComplex(b, x, b.types.complex128);
}

export function convertComplex(b: FuncBuilder, x: Value, t: SType): Value {
  if (x.type.kind === t.kind) return x.type === t ? x : b.val(Op.Bitcast, t, x);
  const p = partType(b, t);
  const [re, im] = complexParts(b, x);
  return b.val(Op.ComplexMake, t, b.val(Op.Convert, p, re), b.val(Op.Convert, p, im));
}

/** -x, +x, ^x. */
export function unary(b: FuncBuilder, op: Operator, t: SType, x: Value): Value {
  switch (op) {
    case Operator.Add:
      return x;
    case Operator.Sub: {
      if (!t.isComplex) return b.val(Op.Neg, t, x);
      const [re, im] = complexParts(b, x);
      const p = partType(b, t);
      return b.val(Op.ComplexMake, t, b.val(Op.Neg, p, re), b.val(Op.Neg, p, im));
    }
    case Operator.Xor:
      return b.val(Op.Com, t, x);
    case Operator.Not:
      return b.val(Op.Not, t, x);
  }
  throw b.error(b.pos, `unary operator ${op}`);
}
