// Conversions between floats and unsigned 64-bit integers, which the machine does not have (cmd/compile/internal/ssagen:
// uint64Tofloat, floatToUint).
import { Op, type Value } from "../core/index.ts";
import type { Expander } from "./expand.ts";

const half = 2 ** 63;

export function expandConvert(x: Expander, v: Value): boolean {
  const from = v.args[0]!.type;
  const to = v.type;
  if (to.isFloat && from.isInteger && from.size === 8 && !from.isSigned) return fromUint64(x, v);
  if (from.isFloat && to.isInteger && to.size === 8 && !to.isSigned) return toUint64(x, v);
  return false;
}

/** Numbers below 2^63 are signed ones; others are halved (keeping the lowest bit for rounding), converted and doubled. */
function fromUint64(x: Expander, v: Value): true {
  const t = x.cx.types;
  const n = v.args[0]!;
  const signed = x.val(Op.Bitcast, t.int64, n);
  const { yes, no } = x.branch(x.val(Op.Le, t.bool, x.f.constInt(t.int64, 0), signed), 1);
  const after = x.newBlock();
  x.cur = yes;
  const small = x.val(Op.Convert, v.type, signed);
  x.goTo(after);
  x.cur = no;
  const u = x.val(Op.Bitcast, t.uint64, n);
  const one = x.f.constInt(t.uint64, 1);
  const shifted = x.valAux(Op.Shr, t.uint64, 1, null, u, one);
  const halved = x.val(Op.Or, t.uint64, shifted, x.val(Op.And, t.uint64, u, one));
  const h = x.val(Op.Convert, v.type, x.val(Op.Bitcast, t.int64, halved));
  const big = x.val(Op.Add, v.type, h, h);
  x.goTo(after);
  x.cur = after;
  return x.replaceBy(v, x.phi(v.type, small, big));
}

/** Below 2^63 as a signed number; from there on less 2^63, with the highest bit put back. */
function toUint64(x: Expander, v: Value): true {
  const t = x.cx.types;
  const n = v.args[0]!;
  const limit = x.f.constFloat(n.type, half);
  const { yes, no } = x.branch(x.val(Op.Lt, t.bool, n, limit), 1);
  const after = x.newBlock();
  x.cur = yes;
  const small = x.val(Op.Bitcast, v.type, x.val(Op.Convert, t.int64, n));
  x.goTo(after);
  x.cur = no;
  const rest = x.val(Op.Convert, t.int64, x.val(Op.Sub, n.type, n, limit));
  const top = x.f.constInt64(t.int64, 0, 0x80000000 | 0);
  const big = x.val(Op.Bitcast, v.type, x.val(Op.Or, t.int64, rest, top));
  x.goTo(after);
  x.cur = after;
  return x.replaceBy(v, x.phi(v.type, small, big));
}
