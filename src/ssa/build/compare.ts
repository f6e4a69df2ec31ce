import { type Expr, Operator } from "#syntax";
import { type Struct, type Type, TypeKind, under } from "#types";
import { type Block, Kind, Op, type SType, type Value } from "../core/index.ts";
import { Alg, algOf } from "./alg.ts";
import { complexParts, partType } from "./arith.ts";
import { dataOf, holds } from "./assert.ts";
import { assignable, stringOperand } from "./conv.ts";
import { addrOfValue, expr, fieldOf, stringLen, stringPtr } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

/** x op y, as bool. */
export function compareExprs(b: FuncBuilder, op: Operator, x: Expr, y: Expr): Value {
  const equality = op === Operator.Eql || op === Operator.Neq;
  if (equality && (b.isNil(x) || b.isNil(y))) {
    const v = b.isNil(x) ? expr(b, y) : expr(b, x);
    return negateIf(b, isNil(b, v), op === Operator.Neq);
  }
  const xt = b.typeOf(x);
  const yt = b.typeOf(y);
  const sx = b.stype(xt);
  const sy = b.stype(yt);
  if (equality && sx.isInterface !== sy.isInterface) {
    const xv = b.stable(expr(b, x));
    const yv = expr(b, y);
    const eq = sx.isInterface ? mixedEqual(b, xv, yv, yt) : mixedEqual(b, yv, xv, xt);
    return negateIf(b, eq, op === Operator.Neq);
  }
  const strings = sx.kind === Kind.String;
  const xv = b.stable(strings ? stringOperand(b, x) : expr(b, x));
  let yv = strings ? stringOperand(b, y) : expr(b, y);
  if (equality) {
    if (sx !== sy && sx.isInterface) {
      // The one with more methods is assignable to the other.
      if (b.program.implements(xt, yt))
        return negateIf(b, equal(b, assignable(b, xv, xt, yt), yv, yt), op === Operator.Neq);
      yv = assignable(b, yv, yt, xt);
    }
    return negateIf(b, equal(b, xv, yv, xt), op === Operator.Neq);
  }
  return ordered(b, op, xv, yv);
}

export function negateIf(b: FuncBuilder, v: Value, negate: boolean): Value {
  if (!negate) return v;
  if (v.op === Op.Eq) return b.val(Op.Ne, v.type, v.args[0]!, v.args[1]!);
  return b.val(Op.Not, v.type, v);
}

export function isNil(b: FuncBuilder, v: Value): Value {
  const p = b.types.unsafePtr;
  switch (v.type.kind) {
    case Kind.Slice: {
      const ptr = b.val(Op.SlicePtr, b.types.pointerTo(v.type.elem!), v);
      return b.val(Op.Eq, b.types.bool, ptr, b.f.constNil(ptr.type));
    }
    case Kind.Iface:
    case Kind.Eface:
      return b.val(Op.Eq, b.types.bool, b.val(Op.IfaceTab, p, v), b.f.constNil(p));
  }
  return b.val(Op.Eq, b.types.bool, v, b.f.constNil(v.type));
}

/** <, <=, >, >= on integers, floats and strings. */
function ordered(b: FuncBuilder, op: Operator, x: Value, y: Value): Value {
  if (x.type.kind === Kind.String) {
    x = b.runtime1("cmpstring", x, y);
    y = b.int(0);
  }
  return less(b, op, x, y);
}

function less(b: FuncBuilder, op: Operator, x: Value, y: Value): Value {
  const t = b.types.bool;
  switch (op) {
    case Operator.Lss:
      return b.val(Op.Lt, t, x, y);
    case Operator.Leq:
      return b.val(Op.Le, t, x, y);
    case Operator.Gtr:
      return b.val(Op.Lt, t, y, x);
    default:
      return b.val(Op.Le, t, y, x);
  }
}

/** An interface against a concrete value: same dynamic type, and equal. */
function mixedEqual(b: FuncBuilder, iface: Value, v: Value, vt: Type): Value {
  const t = b.stype(vt);
  const kept = b.stable(v);
  return all(b, [() => holds(b, iface, t), () => equal(b, dataOf(b, iface, t), kept, vt)]);
}

/** Conjunction, evaluated as far as needed. */
export function all(b: FuncBuilder, tests: readonly (() => Value)[]): Value {
  if (tests.length === 0) return b.bool(true);
  if (tests.length === 1) return tests[0]!();
  const result = b.newVar(b.types.bool);
  const done: Block = b.newBlock();
  tests.forEach((test, i) => {
    const v = test();
    b.write(result, v);
    if (i === tests.length - 1) {
      b.jump(done);
      return;
    }
    const next = b.newBlock();
    b.branch(v, next, done);
    b.startSealed(next);
  });
  b.startSealed(done);
  return b.read(result);
}

/** x == y, both of type t. */
export function equal(b: FuncBuilder, x: Value, y: Value, type: Type): Value {
  const t = b.stype(type);
  const bool = b.types.bool;
  if (t.isScalar) return b.val(Op.Eq, bool, x, y);
  switch (t.kind) {
    case Kind.String:
      return stringEqual(b, x, y);
    case Kind.Complex64:
    case Kind.Complex128: {
      const [xr, xi] = complexParts(b, x);
      const [yr, yi] = complexParts(b, y);
      partType(b, t);
      return b.val(Op.And, bool, b.val(Op.Eq, bool, xr, yr), b.val(Op.Eq, bool, xi, yi));
    }
    case Kind.Iface:
    case Kind.Eface:
      return interfaceEqual(b, x, y);
    case Kind.Struct:
    case Kind.Array:
      return compositeEqual(b, x, y, type, t);
  }
  throw b.error(b.pos, `values of type ${t} cannot be compared`);
}

function interfaceEqual(b: FuncBuilder, x: Value, y: Value): Value {
  const p = b.types.unsafePtr;
  const xt = b.val(Op.IfaceTab, p, x);
  const yt = b.val(Op.IfaceTab, p, y);
  return all(b, [
    () => b.val(Op.Eq, b.types.bool, xt, yt),
    () => {
      const name = x.type.kind === Kind.Eface ? "efaceeq" : "ifaceeq";
      return b.runtime1(name, xt, b.val(Op.IfaceData, p, x), b.val(Op.IfaceData, p, y));
    },
  ]);
}

function stringEqual(b: FuncBuilder, x: Value, y: Value): Value {
  const bool = b.types.bool;
  if (x.op === Op.ConstString && y.op === Op.ConstString) return b.bool(x.aux === y.aux);
  if (x.op === Op.ConstString) [x, y] = [y, x];
  const xl = stringLen(b, x);
  const yl = stringLen(b, y);
  if (y.op === Op.ConstString) {
    const s = y.aux as string;
    if (s === "") return b.val(Op.Eq, bool, xl, yl);
    if (s.length <= maxInline)
      return all(b, [() => b.val(Op.Eq, bool, xl, yl), () => bytesEqual(b, stringPtr(b, x), s)]);
  }
  return all(b, [
    () => b.val(Op.Eq, bool, xl, yl),
    () => b.runtime1("memequal", stringPtr(b, x), stringPtr(b, y), b.val(Op.Bitcast, b.types.uintptr, xl)),
  ]);
}

/** Whether a string has the bytes of a constant that is as long. */
export function equalBytes(b: FuncBuilder, x: Value, y: Value): Value {
  const s = y.aux as string;
  if (s.length <= maxInline) return bytesEqual(b, stringPtr(b, x), s);
  return b.runtime1("memequal", stringPtr(b, x), stringPtr(b, y), b.f.constInt(b.types.uintptr, s.length));
}

/** Constants of up to so many bytes are compared without a call. */
const maxInline = 16;

/** Whether the bytes at p are those of a short constant. */
function bytesEqual(b: FuncBuilder, p: Value, s: string): Value {
  const tests: (() => Value)[] = [];
  for (let at = 0; at < s.length; ) {
    const left = s.length - at;
    const n = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const from = at;
    tests.push(() => {
      const t = n === 8 ? b.types.uint64 : n === 4 ? b.types.uint32 : n === 2 ? b.types.uint16 : b.types.uint8;
      const v = b.load(t, b.offset(p, from, t));
      const byte = (i: number): number => s.charCodeAt(from + i);
      const lo = n === 1 ? byte(0) : n === 2 ? byte(0) | (byte(1) << 8) : word(byte, 0);
      return b.val(Op.Eq, b.types.bool, v, b.f.constInt64(t, lo, n === 8 ? word(byte, 4) : 0));
    });
    at += n;
  }
  return all(b, tests);
}

function word(byte: (i: number) => number, at: number): number {
  return byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16) | (byte(at + 3) << 24);
}

/** Structs with more fields, and arrays, are compared by a function or by memequal. */
const maxInlineFields = 4;

/** One of the conditions that make two values equal. */
interface Test {
  readonly run: () => Value;
  /** It calls a function. */
  readonly calls: boolean;
  /** It may panic: comparing what interfaces hold. */
  readonly panics: boolean;
}

/** Conditions without calls come first, but none changes places with one that may panic. */
function cheapFirst(tests: readonly Test[]): Test[] {
  const out: Test[] = [];
  let from = 0;
  for (let i = 0; i <= tests.length; i++) {
    if (i < tests.length && !tests[i]!.panics) continue;
    const run = tests.slice(from, i);
    out.push(...run.filter((t) => !t.calls), ...run.filter((t) => t.calls));
    if (i < tests.length) out.push(tests[i]!);
    from = i + 1;
  }
  return out;
}

function structTests(b: FuncBuilder, x: Value, y: Value, u: Struct, out: Test[]): void {
  const test = (run: () => Value, calls: boolean, panics = false): void => {
    out.push({ run, calls, panics });
  };
  u.fields.forEach((f, i) => {
    if (f.name === "_") return;
    const t = b.stype(f.type!);
    const fx = (): Value => fieldOf(b, x, i);
    const fy = (): Value => fieldOf(b, y, i);
    const fu = under(f.type!);
    if (t.kind === Kind.String) {
      test(() => b.val(Op.Eq, b.types.bool, stringLen(b, fx()), stringLen(b, fy())), false);
      test(() => sameBytes(b, fx(), fy()), true);
    } else if (t.isInterface) test(() => equal(b, fx(), fy(), f.type!), true, true);
    else if (fu.kind === TypeKind.Struct && fu.fields.length <= maxInlineFields && t.canSSA) {
      structTests(b, fx(), fy(), fu, out);
    } else {
      const composite = t.kind === Kind.Struct || t.kind === Kind.Array;
      test(() => equal(b, fx(), fy(), f.type!), composite, composite && algOf(f.type!) !== Alg.Mem);
    }
  });
}

/** Whether strings of one length have the same bytes. */
function sameBytes(b: FuncBuilder, x: Value, y: Value): Value {
  const n = b.val(Op.Bitcast, b.types.uintptr, stringLen(b, x));
  return b.runtime1("memequal", stringPtr(b, x), stringPtr(b, y), n);
}

function compositeEqual(b: FuncBuilder, x: Value, y: Value, type: Type, t: SType): Value {
  const u = under(type);
  if (t.size === 0) return b.bool(true);
  if (u.kind === TypeKind.Struct && u.fields.length <= maxInlineFields) {
    const tests: Test[] = [];
    structTests(b, x, y, u, tests);
    return all(
      b,
      cheapFirst(tests).map((t) => t.run),
    );
  }
  if (u.kind === TypeKind.Array && u.len === 1 && x.op !== Op.Deref && y.op !== Op.Deref) {
    return equal(b, b.val(Op.ArraySelect1, t.elem!, x), b.val(Op.ArraySelect1, t.elem!, y), u.elem);
  }
  const p = addrOfValue(b, x);
  const q = addrOfValue(b, y);
  return equalAt(b, p, q, type);
}

/** Whether the objects of a composite type at p and q are equal. */
export function equalAt(b: FuncBuilder, p: Value, q: Value, type: Type): Value {
  const t = b.stype(type);
  if (algOf(type) === Alg.Mem) return b.runtime1("memequal", p, q, b.f.constInt(b.types.uintptr, t.size));
  const alg = algOf(type);
  if (alg === Alg.Special) return b.callRef(b.program.eqFunc(type), p, q)[0]!;
  return equal(b, b.load(t, p), b.load(t, q), type);
}

/** x == y for a value and an expression or constant it is compared with. */
export function equalToExpr(b: FuncBuilder, x: Value, xt: Type, y: Expr | Value): Value {
  if (isValue(y)) return equal(b, x, y, xt);
  if (b.isNil(y)) return isNil(b, x);
  const yt = b.typeOf(y);
  const sx = b.stype(xt);
  const sy = b.stype(yt);
  const v = expr(b, y);
  if (sx.isInterface !== sy.isInterface) {
    return sx.isInterface ? mixedEqual(b, x, v, yt) : mixedEqual(b, v, x, xt);
  }
  if (sx !== sy && sx.isInterface) {
    if (b.program.implements(xt, yt)) return equal(b, assignable(b, x, xt, yt), v, yt);
    return equal(b, x, assignable(b, v, yt, xt), xt);
  }
  return equal(b, x, v, xt);
}

function isValue(y: Expr | Value): y is Value {
  return "auxHi" in y;
}
