import { type CallExpr, Kind as Node, unparen } from "#syntax";
import { type Func as GoFunc, ObjKind, type Type, TypeKind, under } from "#types";
import { Abi, FuncFlag, Op, type SType, type Value } from "../core/index.ts";
import type { Callee } from "./call.ts";
import { PreparedCall } from "./call.ts";
import { expr, exprAs, funcOperand, nilCheck, targsOfFunc } from "./expr.ts";
import { retype } from "./conv.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

// Functions whose calls become operations (cmd/compile/internal/ssagen/intrinsics.go; contract 6). The bit sets of
// internal/runtime/maps are a set of their own that is left to its Go code.

/** Makes the operation from the evaluated arguments: its results. */
type Builder = (b: FuncBuilder, args: Value[], types: readonly SType[]) => Value[];

const table = new Map<string, Builder>();

function define(pkg: string, names: string, make: Builder): void {
  for (const n of names.split(" ")) table.set(`${pkg}.${n}`, make);
}

/** The cell an atomic operation works on, typed. */
function cell(b: FuncBuilder, p: Value, t: SType): Value {
  return retype(b, nilCheck(b, p), b.types.pointerTo(t));
}

const atomicLoad: Builder = (b, [p], [t]) => [b.produce(Op.AtomicLoad, t!, 0, t!, cell(b, p!, t!))];
const atomicStore: Builder = (b, [p, v]) => {
  b.effect(Op.AtomicStore, 0, v!.type, cell(b, p!, v!.type), v!);
  return [];
};
const exchange: Builder = (b, [p, v], [t]) => [
  b.produce(Op.AtomicExchange, t!, 0, t!, cell(b, p!, t!), retype(b, v!, t!)),
];
const add: Builder = (b, [p, v], [t]) => [b.produce(Op.AtomicAdd, t!, 0, t!, cell(b, p!, t!), retype(b, v!, t!))];
const cas: Builder = (b, [p, x, y]) => {
  const t = x!.type;
  return [b.produce(Op.AtomicCas, b.types.bool, 0, t, cell(b, p!, t), x!, retype(b, y!, t))];
};
const logic =
  (op: Op): Builder =>
  (b, [p, v]) => {
    b.effect(op, 0, v!.type, cell(b, p!, v!.type), v!);
    return [];
  };
const logicOld =
  (op: Op): Builder =>
  (b, [p, v], [t]) => [b.produce(op, t!, 0, t!, cell(b, p!, t!), retype(b, v!, t!))];

const atomic = "internal/runtime/atomic";
define(
  atomic,
  "Load Load8 Load64 Loadp LoadAcq LoadAcq64 LoadAcquintptr Loadint32 Loadint64 Loaduint Loaduintptr",
  atomicLoad,
);
define(
  atomic,
  "Store Store8 Store64 StorepNoWB StoreRel StoreRel64 StoreReluintptr Storeint32 Storeint64 Storeuintptr",
  atomicStore,
);
define(atomic, "Xchg Xchg8 Xchg64 Xchgint32 Xchgint64 Xchguintptr", exchange);
define(atomic, "Xadd Xadd64 Xaddint32 Xaddint64 Xadduintptr", add);
define(atomic, "Cas Cas64 CasRel Casint32 Casint64 Casuintptr Casp1", cas);
define(atomic, "And And8", logic(Op.AtomicAnd));
define(atomic, "Or Or8", logic(Op.AtomicOr));
define(atomic, "And32 And64 Anduintptr", logicOld(Op.AtomicAndOld));
define(atomic, "Or32 Or64 Oruintptr", logicOld(Op.AtomicOrOld));
define("sync", "runtime_LoadAcquintptr", atomicLoad);
define("sync", "runtime_StoreReluintptr", (b, args, types) => {
  atomicStore(b, args, types);
  return types.map((t) => b.f.constInt(t, 0));
});
const kinds = ["Int32", "Int64", "Uint32", "Uint64", "Uintptr"];
const each = (name: string): string => kinds.map((k) => name + k).join(" ");
define("sync/atomic", `${each("Load")} LoadPointer`, atomicLoad);
define("sync/atomic", each("Store"), atomicStore);
define("sync/atomic", each("Swap"), exchange);
define("sync/atomic", each("Add"), add);
define("sync/atomic", each("CompareAndSwap"), cas);
define("sync/atomic", each("And"), logicOld(Op.AtomicAndOld));
define("sync/atomic", each("Or"), logicOld(Op.AtomicOrOld));

// ---- Arithmetic on bits

/** x as the unsigned type of its size. */
const unary =
  (op: Op): Builder =>
  (b, [x], [t]) => [b.val(op, t!, x!)];
const bits = "math/bits";
const sys = "internal/runtime/sys";
define(bits, "TrailingZeros8 TrailingZeros16 TrailingZeros32 TrailingZeros64 TrailingZeros", unary(Op.Ctz));
define(sys, "TrailingZeros8 TrailingZeros32 TrailingZeros64", unary(Op.Ctz));
define(bits, "Len8 Len16 Len32 Len64 Len", unary(Op.BitLen));
define(sys, "Len8 Len64", unary(Op.BitLen));
define(bits, "ReverseBytes32 ReverseBytes64", unary(Op.Bswap));
define(sys, "Bswap32 Bswap64", unary(Op.Bswap));
define(bits, "RotateLeft8 RotateLeft16 RotateLeft32 RotateLeft64 RotateLeft", (b, [x, k], [t]) => {
  // The count is taken modulo the width: as an unsigned number negative ones are right too.
  return [b.val(Op.RotateLeft, t!, x!, b.val(Op.Bitcast, b.types.uint64, k!))];
});
const popCount: Builder = (b, [x], [t]) => [b.val(Op.PopCount, t!, x!)];
define(bits, "OnesCount8 OnesCount16 OnesCount32 OnesCount64 OnesCount", popCount);
define(sys, "OnesCount64", popCount);
const pair =
  (op: Op): Builder =>
  (b, args, types) => {
    const v = b.val(op, b.types.tuple(types), ...args);
    return types.map((t, i) => b.select(v, i, t));
  };
define(bits, "Mul64 Mul", pair(Op.Mul64Full));
define("internal/runtime/math", "Mul64", pair(Op.Mul64Full));
define("math/big", "mulWW", pair(Op.Mul64Full));
define(bits, "Add64 Add", pair(Op.Add64Carry));
define("internal/runtime/math", "Add64", pair(Op.Add64Carry));
define(bits, "Sub64 Sub", pair(Op.Sub64Borrow));
define("internal/runtime/math", "MulUintptr", (b, args) => {
  const u = b.types.uint64;
  const [x, y] = args.map((a) => retype(b, a, u)) as [Value, Value];
  const v = b.val(Op.Mul64Full, b.types.tuple([u, u]), x, y);
  const over = b.val(Op.Ne, b.types.bool, b.select(v, 0, u), b.f.constInt(u, 0));
  return [retype(b, b.select(v, 1, u), b.types.uintptr), over];
});
define("crypto/internal/constanttime", "boolToUint8", (b, [x], [t]) => [b.val(Op.Convert, t!, x!)]);

// ---- Floating point

define("math", "sqrt", unary(Op.Sqrt));
define("math", "Abs", unary(Op.Abs));
define("math", "Copysign", (b, [x, y], [t]) => [b.val(Op.Copysign, t!, x!, y!)]);
define("math", "Floor", unary(Op.Floor));
define("math", "Ceil", unary(Op.Ceil));
define("math", "Trunc", unary(Op.Trunc));
define("math", "RoundToEven", unary(Op.RoundToEven));
define("math", "FMA", (b, [x, y, z], [t]) => [b.val(Op.FMA, t!, x!, y!, z!)]);
define("math", "Float64bits Float32bits Float64frombits Float32frombits", (b, [x], [t]) => [b.val(Op.Bitcast, t!, x!)]);

/** What must be asked of the CPU before an intrinsic is used; without it the function itself is called. */
const needs = new Map<string, string>([
  ["math.Floor", "x86HasSSE41"],
  ["math.Ceil", "x86HasSSE41"],
  ["math.Trunc", "x86HasSSE41"],
  ["math.RoundToEven", "x86HasSSE41"],
  ["math.FMA", "x86HasFMA"],
  ...["8", "16", "32", "64", ""].map((n): [string, string] => [`math/bits.OnesCount${n}`, "x86HasPOPCNT"]),
  ["internal/runtime/sys.OnesCount64", "x86HasPOPCNT"],
]);

// ---- The runtime

define("runtime", "getg", (b, _, [t]) => [b.val(Op.GetG, t!)]);
define("runtime", "publicationBarrier", (b) => {
  b.effect(Op.PublicationBarrier, 0, null);
  return [];
});
define("runtime", "slicebytetostringtmp", (b, [p, n], [t]) => [b.val(Op.StringMake, t!, p!, n!)]);
define(sys, "GetCallerPC", (b, _, [t]) => {
  b.f.flags |= FuncFlag.NotInlinable;
  return [b.val(Op.GetCallerPC, t!)];
});
define(sys, "GetCallerSP", (b, _, [t]) => {
  b.f.flags |= FuncFlag.NotInlinable;
  return [b.val(Op.GetCallerSP, t!, b.mem)];
});
define(sys, "GetClosurePtr", (b, _, [t]) => {
  b.f.flags |= FuncFlag.NotInlinable | FuncFlag.NeedCtxt;
  // Nothing may come before it: the register it reads is one that others use.
  const entry = b.f.entry;
  const v = entry.newValue(Op.GetClosurePtr, t!, b.pos);
  entry.values.pop();
  entry.values.unshift(v);
  return [v];
});
define(sys, "Prefetch", (b, [p]) => {
  b.effect(Op.Prefetch, 0, null, retype(b, p!, b.types.unsafePtr));
  return [];
});
define(sys, "PrefetchStreamed", (b, [p]) => {
  b.effect(Op.Prefetch, 1, null, retype(b, p!, b.types.unsafePtr));
  return [];
});

/** An intrinsic call: its results; null if the call is an ordinary one. */
export function buildIntrinsic(b: FuncBuilder, callee: Callee, e: CallExpr): Value[] | null {
  const fn = callee.fn!;
  if (callee.method !== null || fn.pkg === null || fn.signature.recv !== null) return null;
  const path = fn.pkg.path;
  const name = `${path}.${fn.name}`;
  if (path === "internal/abi") {
    const special = abiFunction(b, fn, e);
    if (special !== null) return special;
  }
  if (name === "runtime.KeepAlive") {
    b.effect(Op.KeepAlive, 0, null, keptValue(b, e));
    return [];
  }
  const make = table.get(name);
  if (make === undefined || b.f.ref.name === name) return null;
  const types = callee.sig.results.vars.map((v) => b.stype(v.type!));
  const cpu = needs.get(name);
  if (cpu === undefined) return make(b, new PreparedCall(b, e, callee).args, types);
  const call = new PreparedCall(b, e, callee);
  return withFeature(
    b,
    cpu,
    types,
    () => make(b, call.args, types),
    () => call.emit(b),
  );
}

/** One or the other, as a variable of the runtime says. */
function withFeature(
  b: FuncBuilder,
  name: string,
  types: readonly SType[],
  fast: () => Value[],
  slow: () => Value[],
): Value[] {
  const flag = b.load(
    b.types.bool,
    b.valAux(Op.Addr, b.types.pointerTo(b.types.bool), 0, b.program.external(`runtime.${name}`, b.types.bool)),
  );
  const vars = types.map((t) => b.newVar(t));
  const set = (values: readonly Value[]): void => {
    for (let i = 0; i < vars.length; i++) b.write(vars[i]!, values[i]!);
  };
  const yes = b.newBlock();
  const no = b.newBlock();
  const done = b.newBlock();
  b.branch(flag, yes, no, 1);
  b.startSealed(yes);
  set(fast());
  b.jump(done);
  b.startSealed(no);
  set(slow());
  b.jump(done);
  b.startSealed(done);
  return vars.map((v) => b.read(v));
}

/** The argument of runtime.KeepAlive, without its conversion to an interface. */
function keptValue(b: FuncBuilder, e: CallExpr): Value {
  const x = e.argList[0]!;
  if (b.isNil(x)) return b.f.constNil(b.types.unsafePtr);
  const v = expr(b, x);
  // Of what is too big for a value the place is kept.
  return v.op === Op.Deref ? v.args[0]! : v;
}

function abiFunction(b: FuncBuilder, fn: GoFunc, e: CallExpr): Value[] | null {
  switch (fn.name) {
    case "FuncPCABI0":
      return [funcPC(b, e, Abi.ABI0)];
    case "FuncPCABIInternal":
      return [funcPC(b, e, Abi.ABIInternal)];
    case "EscapeNonString":
      return escapeNonString(b, fn, e);
  }
  return null;
}

/** The address of a function's code: of the one named in the call, else of the one in a func value. */
function funcPC(b: FuncBuilder, e: CallExpr, abi: Abi): Value {
  const x = unparen(e.argList[0]!);
  const fn = funcOperand(b, x.kind === Node.IndexExpr ? x.x : x);
  const uintptr = b.types.uintptr;
  if (fn !== null) return b.valAux(Op.FuncPC, uintptr, abi, b.program.funcRef(fn, targsOfFunc(b, x)));
  let f = expr(b, x);
  // A func value is one pointer: it is in the interface itself.
  if (f.type.isInterface) f = b.val(Op.IfaceData, b.types.unsafePtr, f);
  return b.load(uintptr, retype(b, nilCheck(b, f), b.types.pointerTo(uintptr)));
}

/** internal/abi.EscapeNonString: its argument leaks unless it is made of strings only; there is no call. */
function escapeNonString(b: FuncBuilder, fn: GoFunc, e: CallExpr): Value[] {
  const x = e.argList[0]!;
  const t = b.typeOf(x);
  const v = exprAs(b, x, t);
  if (isStringOnly(t) || !b.stype(t).hasPointers) return [];
  const sink = fn.pkg!.lookup("Escape");
  if (sink === undefined || sink.kind !== ObjKind.Func) throw b.error(e.pos, "internal/abi has no Escape");
  b.callRef(b.program.funcRef(sink, [t]), v);
  return [];
}

function isStringOnly(t: Type): boolean {
  const u = under(t);
  switch (u.kind) {
    case TypeKind.Basic:
      return true;
    case TypeKind.Array:
      return isStringOnly(u.elem);
    case TypeKind.Struct:
      return u.fields.every((f) => isStringOnly(f.type!));
  }
  return false;
}
