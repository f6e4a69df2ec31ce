import { type CallExpr, newCallExpr, type Expr, Kind as Node, unparen } from "#syntax";
import {
  alignof,
  BuiltinId,
  type GoMap,
  Mode,
  ObjKind,
  selectionOf,
  type Slice,
  sizeof,
  type Struct,
  layoutOf,
  type Type,
  TypeKind,
  tvOf,
  under,
  emptyInterface,
} from "#types";
import { AllocSite, type Block, Kind, Op, type SType, type Value } from "../core/index.ts";
import { complexParts, partType } from "./arith.ts";
import { typeAddr } from "./assert.ts";
import { anyEffects, buildCall } from "./call.ts";
import { expr, exprAs, extendIndex, sliceCap, sliceLen, slicePtr, stringLen, stringPtr } from "./expr.ts";
import { convertNumber, retype } from "./conv.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { mapKey, MapPlace } from "./map.ts";

/** Which built-in function e names. */
export function builtinOf(b: FuncBuilder, e: Expr): BuiltinId | null {
  const x = unparen(e);
  const o = x.kind === Node.Name ? b.objOf(x) : x.kind === Node.SelectorExpr ? b.objOf(x.sel) : null;
  return o !== null && o.kind === ObjKind.Builtin ? o.id : null;
}

/** A call of a built-in function: its results. */
export function buildBuiltin(b: FuncBuilder, e: CallExpr): Value[] {
  const id = builtinOf(b, e.fun);
  const args = spread(b, e.argList);
  if (args !== e.argList) e = withArgs(e, args);
  switch (id) {
    case BuiltinId.Append:
      return [append(b, e)];
    case BuiltinId.Cap:
    case BuiltinId.Len:
      return [length(b, e, id === BuiltinId.Len)];
    case BuiltinId.Clear:
      clear(b, args[0]!);
      return [];
    case BuiltinId.Close:
      b.runtime("closechan", expr(b, args[0]!));
      return [];
    case BuiltinId.Complex: {
      const t = b.exprType(e);
      const p = partType(b, t);
      const re = retype(b, expr(b, args[0]!), p);
      return [b.val(Op.ComplexMake, t, re, retype(b, expr(b, args[1]!), p))];
    }
    case BuiltinId.Real:
    case BuiltinId.Imag: {
      const parts = complexParts(b, expr(b, args[0]!));
      return [retype(b, parts[id === BuiltinId.Real ? 0 : 1], b.exprType(e))];
    }
    case BuiltinId.Copy:
      return [copy(b, e)];
    case BuiltinId.Delete: {
      const t = under(b.typeOf(args[0]!)) as GoMap;
      const m = expr(b, args[0]!);
      new MapPlace(b, m, t, mapKey(b, args[1]!, t.key, true)).delete();
      return [];
    }
    case BuiltinId.Make:
      return [make(b, e)];
    case BuiltinId.Max:
    case BuiltinId.Min:
      return [minMax(b, e, id === BuiltinId.Min)];
    case BuiltinId.New:
      return [newObject(b, e)];
    case BuiltinId.Panic: {
      const v = exprAs(b, args[0]!, emptyInterface);
      b.pos = e.pos;
      b.runtime("gopanic", v);
      return [];
    }
    case BuiltinId.Print:
    case BuiltinId.Println:
      print(b, args, id === BuiltinId.Println);
      return [];
    case BuiltinId.Recover:
      return [retype(b, b.runtime1("gorecover"), b.exprType(e))];
  }
  return [unsafeBuiltin(b, e, id)];
}

/** The one argument that is a call with several results, as that many variables; other lists as they are. */
function spread(b: FuncBuilder, args: Expr[]): Expr[] {
  const x = args.length === 1 ? unparen(args[0]!) : null;
  if (x === null || x.kind !== Node.CallExpr || b.modeOf(x) === Mode.TypeExpr || tvOf(x) === null) return args;
  const tuple = b.declaredType(x);
  if (tuple.kind !== TypeKind.Tuple || tuple.vars.length < 2) return args;
  return buildCall(b, x).map((v, i) => b.nameFor(v, tuple.vars[i]!.type!, x.pos));
}

function withArgs(e: CallExpr, args: Expr[]): CallExpr {
  const call = newCallExpr(e.pos, e.fun, args, e.hasDots);
  call.tv = e.tv;
  return call;
}

// ---- append, copy, clear

function append(b: FuncBuilder, e: CallExpr): Value {
  const type = b.typeOf(e);
  const t = b.stype(type);
  const elemType = (under(type) as Slice).elem;
  const elem = b.stype(elemType);
  const args = e.argList;
  const s = exprAs(b, args[0]!, type);
  const site = (): AllocSite => new AllocSite(elem, "append", "", b.pos, b.loopDepth);
  if (e.hasDots) {
    const x = args[1]!;
    if (b.isNil(x)) return s;
    const zeros = madeLength(b, x);
    if (zeros !== null) return appendZeros(b, t, site(), s, intArg(b, zeros));
    const v = expr(b, x);
    return b.produce(Op.AppendSlice, t, 0, site(), s, v);
  }
  if (args.length === 1) return s;
  const values: Value[] = [];
  for (let i = 1; i < args.length; i++) {
    const v = exprAs(b, args[i]!, elemType);
    // Growing may move what a value in memory is part of.
    values.push(v.op === Op.Deref ? b.stable(v) : v);
  }
  return b.produce(Op.Append, t, 0, site(), s, ...values.map((v) => b.fresh(v)));
}

/** append(s, make([]T, n)...): nothing is done for n = 0, as there is no first new element whose address could be taken. */
function appendZeros(b: FuncBuilder, t: SType, site: AllocSite, s: Value, n: Value): Value {
  const result = b.newVar(t);
  b.write(result, s);
  const some = b.newBlock();
  const done = b.newBlock();
  b.branch(b.val(Op.Ne, b.types.bool, n, b.int(0)), some, done, 1);
  b.startSealed(some);
  b.write(result, b.produce(Op.AppendZeros, t, 0, site, s, n));
  b.jump(done);
  b.startSealed(done);
  return b.read(result);
}

/** n, if x is make([]T, n). */
export function madeLength(b: FuncBuilder, x: Expr): Expr | null {
  const c = unparen(x);
  if (c.kind !== Node.CallExpr || b.modeOf(c.fun) !== Mode.Builtin) return null;
  if (builtinOf(b, c.fun) !== BuiltinId.Make || c.argList.length !== 2) return null;
  return under(b.typeOf(c)).kind === TypeKind.Slice ? c.argList[1]! : null;
}

/** A length or capacity as int; values too big for int become negative, which the runtime refuses too. */
function intArg(b: FuncBuilder, e: Expr): Value {
  const v = extendIndex(b, expr(b, e));
  return retype(b, v, b.types.int);
}

function copy(b: FuncBuilder, e: CallExpr): Value {
  const dst = expr(b, e.argList[0]!);
  const src = expr(b, e.argList[1]!);
  const int = b.types.int;
  const isString = src.type.kind === Kind.String;
  const elem = dst.type.elem!;
  const dn = sliceLen(b, dst);
  const sn = isString ? stringLen(b, src) : sliceLen(b, src);
  const dp = slicePtr(b, dst);
  const sp = isString ? stringPtr(b, src) : slicePtr(b, src);
  if (elem.hasPointers) return b.runtime1("typedslicecopy", typeAddr(b, elem), dp, dn, sp, sn);
  const n = b.val(Op.Select, int, b.val(Op.Lt, b.types.bool, sn, dn), sn, dn);
  if (elem.size === 0) return n;
  const differ = b.val(Op.Ne, b.types.bool, dp, retype(b, sp, dp.type));
  const move = b.newBlock();
  const done = b.newBlock();
  b.branch(differ, move, done, 1);
  b.startSealed(move);
  b.runtime("memmove", dp, sp, byteCount(b, n, elem));
  b.jump(done);
  b.startSealed(done);
  return n;
}

export function byteCount(b: FuncBuilder, n: Value, elem: SType): Value {
  const bytes = elem.size === 1 ? n : b.val(Op.Mul, b.types.int, n, b.int(elem.size));
  return b.val(Op.Bitcast, b.types.uintptr, bytes);
}

function clear(b: FuncBuilder, x: Expr): void {
  const v = expr(b, x);
  if (v.type.kind === Kind.Map) {
    b.runtime("mapclear", typeAddr(b, v.type), v);
    return;
  }
  clearSlice(b, v);
}

export function clearSlice(b: FuncBuilder, s: Value): void {
  const elem = s.type.elem!;
  if (elem.size === 0) return;
  const name = elem.hasPointers ? "memclrHasPointers" : "memclrNoHeapPointers";
  const n = sliceLen(b, s);
  const some = b.newBlock();
  const done = b.newBlock();
  b.branch(b.val(Op.Ne, b.types.bool, n, b.int(0)), some, done, 1);
  b.startSealed(some);
  b.runtime(name, slicePtr(b, s), byteCount(b, n, elem));
  b.jump(done);
  b.startSealed(done);
}

// ---- len, cap

function length(b: FuncBuilder, e: CallExpr, len: boolean): Value {
  const x = e.argList[0]!;
  const t = under(b.typeOf(x));
  switch (t.kind) {
    case TypeKind.Basic:
      return stringLen(b, expr(b, x));
    case TypeKind.Slice: {
      const s = expr(b, x);
      return len ? sliceLen(b, s) : sliceCap(b, s);
    }
    case TypeKind.Map:
      return mapLen(b, expr(b, x));
    case TypeKind.Chan:
      return b.runtime1(len ? "chanlen" : "chancap", expr(b, x));
    case TypeKind.Array:
      if (anyEffects(b, [x], 0)) expr(b, x);
      return b.int(t.len);
    case TypeKind.Pointer: {
      if (anyEffects(b, [x], 0)) expr(b, x);
      const a = under(t.elem);
      if (a.kind === TypeKind.Array) return b.int(a.len);
    }
  }
  throw b.error(e.pos, "len of what has none");
}

/** The number of entries, which a map keeps in its first word. */
export function mapLen(b: FuncBuilder, m: Value): Value {
  const int = b.types.int;
  const result = b.newVar(int);
  b.write(result, b.int(0));
  const some = b.newBlock();
  const done = b.newBlock();
  b.branch(b.val(Op.Ne, b.types.bool, m, b.f.constNil(m.type)), some, done, 1);
  b.startSealed(some);
  b.write(result, b.load(int, retype(b, m, b.types.pointerTo(int))));
  b.jump(done);
  b.startSealed(done);
  return b.read(result);
}

// ---- make, new

function make(b: FuncBuilder, e: CallExpr): Value {
  const type = b.typeOf(e);
  const t = b.stype(type);
  const args = e.argList;
  const u = under(type);
  if (u.kind === TypeKind.Slice) {
    const n = intArg(b, args[1]!);
    const c = args.length > 2 ? intArg(b, args[2]!) : n;
    const site = new AllocSite(b.stype(u.elem), "slice", "", b.pos, b.loopDepth);
    return b.produce(Op.MakeSlice, t, 0, site, n, c);
  }
  if (u.kind === TypeKind.Map) {
    const site = new AllocSite(t, "map", "", b.pos, b.loopDepth);
    if (args.length === 1) return b.produce(Op.MakeMap, t, 0, site);
    return b.produce(Op.MakeMap, t, 0, site, intArg(b, args[1]!));
  }
  const site = new AllocSite(t, "chan", "", b.pos, b.loopDepth);
  return b.produce(Op.MakeChan, t, 0, site, args.length > 1 ? intArg(b, args[1]!) : b.int(0));
}

function newObject(b: FuncBuilder, e: CallExpr): Value {
  const type = (under(b.typeOf(e)) as { elem: Type }).elem;
  const t = b.stype(type);
  const x = e.argList[0]!;
  if (b.modeOf(x) === Mode.TypeExpr) return retype(b, b.alloc(t, "new", ""), b.exprType(e));
  const v = b.stable(exprAs(b, x, type));
  const p = b.alloc(t, "new", "");
  b.store(t, p, v);
  return retype(b, p, b.exprType(e));
}

// ---- min, max

function minMax(b: FuncBuilder, e: CallExpr, min: boolean): Value {
  const t = b.exprType(e);
  let r = retype(b, expr(b, e.argList[0]!), t);
  for (const x of e.argList.slice(1)) {
    const v = retype(b, expr(b, x), t);
    if (t.isFloat) r = b.val(min ? Op.Min : Op.Max, t, r, v);
    else if (t.kind === Kind.String) r = stringMinMax(b, r, v, min);
    else {
      const less = min ? b.val(Op.Lt, b.types.bool, v, r) : b.val(Op.Lt, b.types.bool, r, v);
      r = b.val(Op.Select, t, less, v, r);
    }
  }
  return r;
}

function stringMinMax(b: FuncBuilder, x: Value, y: Value, min: boolean): Value {
  const result = b.newVar(x.type);
  b.write(result, x);
  const c = min ? b.runtime1("cmpstring", y, x) : b.runtime1("cmpstring", x, y);
  const other = b.newBlock();
  const done = b.newBlock();
  b.branch(b.val(Op.Lt, b.types.bool, c, b.int(0)), other, done);
  b.startSealed(other);
  b.write(result, y);
  b.jump(done);
  b.startSealed(done);
  return b.read(result);
}

// ---- print

function print(b: FuncBuilder, args: readonly Expr[], line: boolean): void {
  const values = args.map((x) => ({ v: b.stable(b.isNil(x) ? b.f.constNil(b.types.unsafePtr) : expr(b, x)), x }));
  b.runtime("printlock");
  values.forEach(({ v, x }, i) => {
    if (line && i > 0) b.runtime("printsp");
    printValue(b, v, x);
  });
  if (line) b.runtime("printnl");
  b.runtime("printunlock");
}

function printValue(b: FuncBuilder, v: Value, x: Expr): void {
  const t = v.type;
  if (t.isInteger) {
    if (isHex(b, x)) b.runtime("printhex", convertNumber(b, v, b.types.uint64));
    else if (t.isSigned) b.runtime("printint", convertNumber(b, v, b.types.int64));
    else b.runtime("printuint", convertNumber(b, v, b.types.uint64));
    return;
  }
  switch (t.kind) {
    case Kind.Bool:
      b.runtime("printbool", v);
      return;
    case Kind.String:
      b.runtime(isQuoted(b, x) ? "printquoted" : "printstring", v);
      return;
    case Kind.Float32:
      b.runtime("printfloat32", v);
      return;
    case Kind.Float64:
      b.runtime("printfloat64", v);
      return;
    case Kind.Complex64:
      b.runtime("printcomplex64", v);
      return;
    case Kind.Complex128:
      b.runtime("printcomplex128", v);
      return;
    case Kind.Eface:
      b.runtime("printeface", v);
      return;
    case Kind.Iface:
      b.runtime("printiface", v);
      return;
    case Kind.Slice:
      b.runtime("printslice", v);
      return;
    default:
      b.runtime("printpointer", v);
  }
}

/** runtime.hex prints in hexadecimal, runtime.quoted in quotes. */
function isHex(b: FuncBuilder, x: Expr): boolean {
  return isRuntimeType(b, x, "hex");
}

function isQuoted(b: FuncBuilder, x: Expr): boolean {
  return isRuntimeType(b, x, "quoted");
}

function isRuntimeType(b: FuncBuilder, x: Expr, name: string): boolean {
  const t = b.typeOf(x);
  return t.kind === TypeKind.Named && t.obj.name === name && t.obj.pkg?.path === "runtime";
}

// ---- unsafe

function unsafeBuiltin(b: FuncBuilder, e: CallExpr, id: BuiltinId | null): Value {
  const args = e.argList;
  const t = b.exprType(e);
  switch (id) {
    case BuiltinId.Add: {
      const p = expr(b, args[0]!);
      const n = extendIndex(b, expr(b, args[1]!));
      return b.val(Op.AddPtr, t, retype(b, p, t), b.val(Op.Bitcast, b.types.uintptr, n));
    }
    case BuiltinId.Slice: {
      const p = expr(b, args[0]!);
      const n = checkedLength(b, p, expr(b, args[1]!), t.elem!, "slice");
      return b.val(Op.SliceMake, t, retype(b, p, b.types.pointerTo(t.elem!)), n, n);
    }
    case BuiltinId.String: {
      const p = expr(b, args[0]!);
      const n = checkedLength(b, p, expr(b, args[1]!), b.types.uint8, "string");
      return b.val(Op.StringMake, t, retype(b, p, b.types.pointerTo(b.types.uint8)), n);
    }
    case BuiltinId.SliceData:
      return retype(b, slicePtr(b, expr(b, args[0]!)), t);
    case BuiltinId.StringData:
      return retype(b, stringPtr(b, expr(b, args[0]!)), t);
    case BuiltinId.Sizeof:
      return b.f.constInt(t, sizeof(b.typeOf(args[0]!)));
    case BuiltinId.Alignof:
      return b.f.constInt(t, alignof(b.typeOf(args[0]!)));
    case BuiltinId.Offsetof:
      return b.f.constInt(t, offsetOf(b, args[0]!));
  }
  throw b.error(e.pos, `built-in function ${id}`);
}

function offsetOf(b: FuncBuilder, x: Expr): number {
  const e = unparen(x);
  const s = e.kind === Node.SelectorExpr ? selectionOf(e) : null;
  if (s === null) throw b.error(x.pos, "Offsetof of no field");
  let t = b.subst(s.recv);
  let offset = 0;
  for (const i of s.index) {
    const u = under(t);
    const st = (u.kind === TypeKind.Pointer ? under(u.elem) : u) as Struct;
    offset += layoutOf(st).offsets[i]!;
    t = st.fields[i]!.type!;
  }
  return offset;
}

/** n as int, which must not be negative nor reach beyond the end of memory from p; p may be nil only for 0. */
function checkedLength(b: FuncBuilder, p: Value, n: Value, elem: SType, what: "slice" | "string"): Value {
  const { bool, int, uint64, uintptr } = b.types;
  const len = retype(b, extendIndex(b, n), int);
  const bad = b.newBlock();
  const nilBad = b.newBlock();
  const fits = b.newBlock();
  const done = b.newBlock();
  const check = (c: Value, no: Block): void => {
    const next = b.newBlock();
    b.branch(c, no, next, -1);
    b.startSealed(next);
  };
  check(b.val(Op.Lt, bool, len, b.int(0)), bad);
  let bytes = retype(b, len, uint64);
  if (elem.size !== 1) {
    const size = b.f.constInt(uint64, elem.size);
    check(b.val(Op.Ne, bool, b.val(Op.MulHigh, uint64, bytes, size), b.f.constInt(uint64, 0)), bad);
    bytes = b.val(Op.Mul, uint64, bytes, size);
  }
  const at = b.val(Op.PtrToInt, uintptr, p, b.mem);
  const room = retype(b, b.val(Op.Neg, uintptr, at), uint64);
  b.branch(b.val(Op.Lt, bool, room, bytes), fits, done, -1);
  b.startSealed(fits);
  b.branch(b.val(Op.Eq, bool, p, b.f.constNil(p.type)), nilBad, bad);
  b.startSealed(nilBad);
  b.runtime(`panicunsafe${what}nilptr`);
  b.cur = null;
  b.startSealed(bad);
  b.runtime(`panicunsafe${what}len`);
  b.cur = null;
  b.startSealed(done);
  return len;
}
