import {
  boolVal,
  float32Val,
  float64Val,
  imag,
  real,
  stringVal,
  toComplex,
  toFloat,
  toInt,
  toInt64Parts,
  type Value as ConstValue,
} from "#constant";
import { Kind, Op, type SType, type Value } from "../core/index.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

/** An exact constant as a value of type t. */
export function constValue(b: FuncBuilder, c: ConstValue, t: SType): Value {
  const f = b.f;
  if (t.isInteger) {
    const [lo, hi] = intParts(c, t);
    return f.constInt64(t, lo, hi);
  }
  switch (t.kind) {
    case Kind.Bool:
      return f.constBool(t, boolVal(c));
    case Kind.String:
      return f.constString(t, stringVal(c));
    case Kind.Float32:
      return f.constFloat(t, float32Val(toFloat(c)).value);
    case Kind.Float64:
      return f.constFloat(t, float64Val(toFloat(c)).value);
    case Kind.Complex64: {
      const z = toComplex(c);
      const re = f.constFloat(b.types.float32, float32Val(real(z)).value);
      return b.val(Op.ComplexMake, t, re, f.constFloat(b.types.float32, float32Val(imag(z)).value));
    }
    case Kind.Complex128: {
      const z = toComplex(c);
      const re = f.constFloat(b.types.float64, float64Val(real(z)).value);
      return b.val(Op.ComplexMake, t, re, f.constFloat(b.types.float64, float64Val(imag(z)).value));
    }
    case Kind.UnsafePtr: {
      // unsafe.Pointer(uintptr constant)
      const parts = intParts(c, b.types.uintptr);
      return b.val(Op.IntToPtr, t, f.constInt64(b.types.uintptr, parts[0], parts[1]), b.mem);
    }
  }
  throw b.error(b.pos, `constant of type ${t}`);
}

/** Low and high 32 bits of an integer constant of type t, sign- or zero-extended to 64 bits. */
export function intParts(c: ConstValue, t: SType): [number, number] {
  const parts = toInt64Parts(toInt(c));
  if (parts === undefined) return [0, 0];
  return narrow(parts[0] | 0, parts[1] | 0, t);
}

/** The low bits of a 64-bit integer that t has, extended as t's sign says. */
export function narrow(lo: number, hi: number, t: SType): [number, number] {
  switch (t.size) {
    case 1:
      lo = t.isSigned ? (lo << 24) >> 24 : lo & 255;
      break;
    case 2:
      lo = t.isSigned ? (lo << 16) >> 16 : lo & 65535;
      break;
    case 4:
      break;
    default:
      return [lo | 0, hi | 0];
  }
  return [lo | 0, t.isSigned && lo < 0 ? -1 : 0];
}

/** The value of an integer constant if it is one of the safe integers, else undefined. */
export function smallInt(v: Value): number | undefined {
  if (v.op !== Op.ConstInt) return undefined;
  const n = v.auxHi * 4294967296 + (v.auxInt >>> 0);
  return Number.isSafeInteger(n) ? n : undefined;
}
