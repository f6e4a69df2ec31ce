// Folding of constants. Integers are BigInt here, and only here: halves come in and go out.
import { Op, type SType, type Value } from "../core/index.ts";
import { become } from "../rules/support.ts";

/** The value of an integer constant, by its type's sign. */
export function intValue(v: Value): bigint {
  return ofType((BigInt(v.auxHi) << 32n) | BigInt(v.auxInt >>> 0), v.type);
}

function ofType(n: bigint, t: SType): bigint {
  return t.isSigned ? BigInt.asIntN(t.size * 8, n) : BigInt.asUintN(t.size * 8, n);
}

/** Turns v into an integer constant; values are kept as their type has them, extended by its sign. */
export function becomeInt(v: Value, n: bigint): true {
  const x = ofType(n, v.type);
  become(v, Op.ConstInt, v.type, Number(BigInt.asIntN(32, x)), Number(BigInt.asIntN(32, x >> 32n)), null, []);
  return true;
}

function becomeBool(v: Value, b: boolean): true {
  become(v, Op.ConstBool, v.type, b ? 1 : 0, 0, null, []);
  return true;
}

function becomeFloat(v: Value, x: number): boolean {
  // NaNs have bits that the machine and JavaScript may not agree on.
  if (Number.isNaN(x)) return false;
  become(v, Op.ConstFloat, v.type, v.type.size === 4 ? Math.fround(x) : x, 0, null, []);
  return true;
}

/** Turns v into a constant if its arguments are, or puts a constant argument where rules expect it. */
export function fold(v: Value): boolean {
  const n = v.args.length;
  if (n === 1) return foldUnary(v, v.args[0]!);
  if (n === 2) {
    const [x, y] = v.args as [Value, Value];
    if (x.op === Op.ConstInt && y.op === Op.ConstInt) return foldInts(v, x, y);
    if (x.op === Op.ConstFloat && y.op === Op.ConstFloat) return foldFloats(v, x.auxInt, y.auxInt);
    if (x.op === Op.ConstBool && y.op === Op.ConstBool) return foldBools(v, x.auxInt !== 0, y.auxInt !== 0);
    if (y.op === Op.ConstInt) return foldRight(v, x, y);
    if (x.op === Op.ConstInt && isCommutative(v.op)) {
      v.args[0] = y;
      v.args[1] = x;
      return true;
    }
    return false;
  }
  if (n === 3 && v.op === Op.BoundsCheck) return foldBounds(v);
  return false;
}

function isCommutative(op: number): boolean {
  return (
    op === Op.Add || op === Op.Mul || op === Op.And || op === Op.Or || op === Op.Xor || op === Op.Eq || op === Op.Ne
  );
}

function foldUnary(v: Value, x: Value): boolean {
  if (x.op === Op.ConstInt && x.type.isInteger) {
    const a = intValue(x);
    const bits = x.type.size * 8;
    switch (v.op) {
      case Op.Neg:
        return becomeInt(v, -a);
      case Op.Com:
        return becomeInt(v, ~a);
      case Op.Convert:
        if (v.type.isInteger) return becomeInt(v, a);
        if (v.type.isFloat && v.type.size === 8) return becomeFloat(v, Number(a));
        return false;
      case Op.Bitcast:
        return v.type.isInteger && becomeInt(v, a);
      case Op.Ctz: {
        const u = BigInt.asUintN(bits, a);
        let k = 0;
        while (k < bits && ((u >> BigInt(k)) & 1n) === 0n) k++;
        return becomeInt(v, BigInt(k));
      }
      case Op.BitLen:
        return becomeInt(v, a === 0n ? 0n : BigInt(BigInt.asUintN(bits, a).toString(2).length));
    }
    return false;
  }
  if (x.op === Op.ConstBool && v.op === Op.Not) return becomeBool(v, x.auxInt === 0);
  if (x.op === Op.ConstFloat) {
    switch (v.op) {
      case Op.Neg:
        return becomeFloat(v, -x.auxInt);
      case Op.Convert:
        return v.type.isFloat && becomeFloat(v, x.auxInt);
      case Op.Sqrt:
        return v.type.size === 8 && becomeFloat(v, Math.sqrt(x.auxInt));
    }
    return false;
  }
  if (v.op === Op.Convert && x.op === Op.Convert) return foldConversions(v, x);
  return false;
}

/** Of two integer conversions in a row the first may be needless. */
function foldConversions(v: Value, x: Value): boolean {
  const from = x.args[0]!;
  if (!v.type.isInteger || !x.type.isInteger || !from.type.isInteger) return false;
  // Truncations need only the last; an extension that keeps all bits can be cut off or taken further.
  const keeps = x.type.size >= from.type.size;
  const lastTruncates = v.type.size <= x.type.size;
  if (lastTruncates && (!keeps || v.type.size <= from.type.size)) {
    v.setArg(0, from);
    return true;
  }
  if (keeps && x.type.size > from.type.size && (from.type.isSigned === x.type.isSigned || !from.type.isSigned)) {
    v.setArg(0, from);
    return true;
  }
  return false;
}

function foldInts(v: Value, x: Value, y: Value): boolean {
  const a = intValue(x);
  const b = intValue(y);
  switch (v.op) {
    case Op.Add:
      return becomeInt(v, a + b);
    case Op.Sub:
      return becomeInt(v, a - b);
    case Op.Mul:
      return becomeInt(v, a * b);
    case Op.Div:
      return b !== 0n && becomeInt(v, a / b);
    case Op.Mod:
      return b !== 0n && becomeInt(v, a % b);
    case Op.And:
      return becomeInt(v, a & b);
    case Op.Or:
      return becomeInt(v, a | b);
    case Op.Xor:
      return becomeInt(v, a ^ b);
    case Op.AndNot:
      return becomeInt(v, a & ~b);
    case Op.Shl: {
      const n = BigInt.asUintN(64, b);
      return becomeInt(v, n >= 64n ? 0n : a << n);
    }
    case Op.Shr: {
      const n = BigInt.asUintN(64, b);
      return becomeInt(v, a >> (n >= 64n ? 64n : n));
    }
    case Op.MulHigh:
      return becomeInt(v, (a * b) >> BigInt(v.type.size * 8));
    case Op.Eq:
      return becomeBool(v, a === b);
    case Op.Ne:
      return becomeBool(v, a !== b);
    case Op.Lt:
      return becomeBool(v, a < b);
    case Op.Le:
      return becomeBool(v, a <= b);
  }
  return false;
}

function foldFloats(v: Value, a: number, b: number): boolean {
  switch (v.op) {
    case Op.Eq:
      return becomeBool(v, a === b);
    case Op.Ne:
      return becomeBool(v, a !== b);
    case Op.Lt:
      return becomeBool(v, a < b);
    case Op.Le:
      return becomeBool(v, a <= b);
    case Op.Add:
      return becomeFloat(v, a + b);
    case Op.Sub:
      return becomeFloat(v, a - b);
    case Op.Mul:
      return becomeFloat(v, a * b);
    case Op.Div:
      return b !== 0 && becomeFloat(v, a / b);
  }
  return false;
}

function foldBools(v: Value, a: boolean, b: boolean): boolean {
  switch (v.op) {
    case Op.And:
      return becomeBool(v, a && b);
    case Op.Or:
      return becomeBool(v, a || b);
    case Op.Xor:
    case Op.Ne:
      return becomeBool(v, a !== b);
    case Op.Eq:
      return becomeBool(v, a === b);
  }
  return false;
}

/** (x op constant): chains of constants, and shifts out of range. */
function foldRight(v: Value, x: Value, y: Value): boolean {
  switch (v.op) {
    case Op.Sub: {
      // x - c is x + -c.
      if (!v.type.isInteger) return false;
      const c = constLike(v, y, -intValue(y));
      v.op = Op.Add;
      v.setArg(1, c);
      return true;
    }
    case Op.Add:
    case Op.And:
    case Op.Or:
    case Op.Xor:
    case Op.Mul: {
      if (x.op !== v.op || x.args[1]!.op !== Op.ConstInt || !v.type.isInteger) return false;
      const a = intValue(x.args[1]!);
      const b = intValue(y);
      const c =
        v.op === Op.Add ? a + b : v.op === Op.And ? a & b : v.op === Op.Or ? a | b : v.op === Op.Xor ? a ^ b : a * b;
      const k = constLike(v, y, c);
      v.setArg(0, x.args[0]!);
      v.setArg(1, k);
      return true;
    }
    case Op.Shl:
    case Op.Shr: {
      const n = BigInt.asUintN(64, intValue(y));
      const bits = BigInt(v.type.size * 8);
      if (n < bits) {
        if (v.auxInt === 1) return false;
        v.auxInt = 1;
        return true;
      }
      if (v.op === Op.Shl || !v.type.isSigned) return becomeInt(v, 0n);
      if (n === bits - 1n) return false;
      v.setArg(1, constLike(v, y, bits - 1n));
      v.auxInt = 1;
      return true;
    }
  }
  return false;
}

function constLike(v: Value, y: Value, n: bigint): Value {
  const x = ofType(n, y.type);
  return v.block.func.constInt64(y.type, Number(BigInt.asIntN(32, x)), Number(BigInt.asIntN(32, x >> 32n)));
}

/** A check of a constant index against a constant limit that holds. */
function foldBounds(v: Value): boolean {
  const [i, n] = v.args as [Value, Value, Value];
  if (i.op !== Op.ConstInt || n.op !== Op.ConstInt) return false;
  const a = intValue(i);
  const b = intValue(n);
  if (a < 0n || (v.auxInt === 0 ? a >= b : a > b)) return false;
  v.copyOf(i);
  return true;
}
