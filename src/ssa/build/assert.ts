import type { AssertExpr } from "#syntax";
import { type Type, TypeKind, under } from "#types";
import { Kind, Op, type SType, type Value } from "../core/index.ts";
import { dynamicType, retype } from "./conv.ts";
import { expr } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

/** x.(T) that panics if x holds something else. */
export function assertion(b: FuncBuilder, e: AssertExpr): Value {
  return assertTo(b, expr(b, e.x), b.typeOf(e.type), false)[0];
}

/** v, ok = x.(T) */
export function assertionOk(b: FuncBuilder, e: AssertExpr): [Value, Value] {
  return assertTo(b, expr(b, e.x), b.typeOf(e.type), true);
}

/** The word in an interface of type `iface` that says its dynamic type is t. */
export function typeWord(b: FuncBuilder, iface: SType, t: SType): Value {
  const p = b.types.unsafePtr;
  if (iface.kind === Kind.Eface) return b.valAux(Op.TypeAddr, p, 0, t);
  return b.valAux(Op.ItabAddr, p, 0, b.program.itab(t, iface));
}

export function typeAddr(b: FuncBuilder, t: SType): Value {
  return b.valAux(Op.TypeAddr, b.types.unsafePtr, 0, t);
}

/** Whether interface value x holds a t. */
export function holds(b: FuncBuilder, x: Value, t: SType): Value {
  const tab = b.val(Op.IfaceTab, b.types.unsafePtr, x);
  return b.val(Op.Eq, b.types.bool, tab, typeWord(b, x.type, t));
}

function assertTo(b: FuncBuilder, x: Value, to: Type, commaOk: boolean): [Value, Value] {
  const t = b.stype(to);
  if (under(to).kind === TypeKind.Interface) return assertInterface(b, x, t, commaOk);
  const ok = holds(b, x, t);
  const yes = b.newBlock();
  const no = b.newBlock();
  b.branch(ok, yes, no, commaOk ? 0 : 1);
  if (!commaOk) {
    b.startSealed(no);
    panicType(b, x, t);
    b.startSealed(yes);
    return [dataOf(b, x, t), b.bool(true)];
  }
  const done = b.newBlock();
  if (t.canSSA) {
    const result = b.newVar(t);
    b.startSealed(yes);
    b.write(result, dataOf(b, x, t));
    b.jump(done);
    b.startSealed(no);
    b.write(result, b.zeroValue(t));
    b.jump(done);
    b.startSealed(done);
    return [b.read(result), ok];
  }
  const pv = b.newVar(b.types.pointerTo(t));
  b.startSealed(yes);
  let p = b.alloc(t, "temp", "");
  b.store(t, p, dataOf(b, x, t));
  b.write(pv, p);
  b.jump(done);
  b.startSealed(no);
  p = b.alloc(t, "temp", "");
  b.write(pv, p);
  b.jump(done);
  b.startSealed(done);
  const r = b.read(pv);
  b.temps.add(r);
  return [b.load(t, r), ok];
}

/** Panics because x does not hold a t. */
function panicType(b: FuncBuilder, x: Value, t: SType): void {
  const tab = b.val(Op.IfaceTab, b.types.unsafePtr, x);
  const name = x.type.kind === Kind.Eface ? "panicdottypeE" : "panicdottypeI";
  b.runtime(name, tab, typeAddr(b, t), typeAddr(b, x.type));
  b.cur = null;
}

function assertInterface(b: FuncBuilder, x: Value, t: SType, commaOk: boolean): [Value, Value] {
  const p = b.types.unsafePtr;
  const type = dynamicType(b, x);
  const nil = b.f.constNil(p);
  const some = b.newBlock();
  const none = b.newBlock();
  b.branch(b.val(Op.Ne, b.types.bool, type, nil), some, none, 1);
  const result = b.newVar(t);
  const okVar = b.newVar(b.types.bool);
  const done = b.newBlock();
  b.startSealed(none);
  if (commaOk) {
    b.write(result, b.zeroValue(t));
    b.write(okVar, b.bool(false));
    b.jump(done);
  } else {
    b.runtime("panicnildottype", typeAddr(b, t));
    b.cur = null;
  }
  b.startSealed(some);
  const data = b.val(Op.IfaceData, p, x);
  if (t.kind === Kind.Eface) {
    b.write(result, b.val(Op.IfaceMake, t, type, data));
    b.write(okVar, b.bool(true));
    b.jump(done);
  } else {
    const itab = b.runtime1("typeAssert", typeAssertDescriptor(b, t, commaOk), type);
    if (!commaOk) {
      b.write(result, b.val(Op.IfaceMake, t, itab, data));
      b.write(okVar, b.bool(true));
    } else {
      const found = b.newBlock();
      const missing = b.newBlock();
      const ok = b.val(Op.Ne, b.types.bool, itab, nil);
      b.write(okVar, ok);
      b.branch(ok, found, missing);
      b.startSealed(found);
      b.write(result, b.val(Op.IfaceMake, t, itab, data));
      b.jump(done);
      b.startSealed(missing);
      b.write(result, b.zeroValue(t));
    }
    b.jump(done);
  }
  b.startSealed(done);
  return [b.read(result), b.read(okVar)];
}

/** The address of the abi.TypeAssert that tells runtime.typeAssert what to look for. */
export function typeAssertDescriptor(b: FuncBuilder, t: SType, canFail: boolean): Value {
  const g = b.program.typeAssert(t, canFail);
  return b.valAux(Op.Addr, b.types.unsafePtr, 0, g);
}

/** The value of dynamic type t that interface value x holds. */
export function dataOf(b: FuncBuilder, x: Value, t: SType): Value {
  const data = b.val(Op.IfaceData, b.types.unsafePtr, x);
  if (t.isDirectIface) return wrapPointer(b, data, t);
  if (t.size === 0 && t.canSSA) return b.zeroValue(t);
  return b.load(t, retype(b, data, b.types.pointerTo(t)));
}

/** A pointer as a type that consists of one pointer. */
function wrapPointer(b: FuncBuilder, p: Value, t: SType): Value {
  if (t.kind === Kind.Struct) {
    const fields = t.fields.map((f) => (f.type.size > 0 ? wrapPointer(b, p, f.type) : b.zeroValue(f.type)));
    return b.val(Op.StructMake, t, ...fields);
  }
  if (t.kind === Kind.Array) return b.val(Op.ArrayMake1, t, wrapPointer(b, p, t.elem!));
  return retype(b, p, t);
}
