import {
  type Expr,
  type IndexExpr,
  Kind as Node,
  type Name,
  type Operation,
  Operator,
  type SelectorExpr,
  unparen,
} from "#syntax";
import {
  type Func as GoFunc,
  lookupFieldOrMethod,
  Mode,
  ObjKind,
  SelectionKind,
  selectionOf,
  type Struct,
  type Type,
  TypeKind,
  under,
  type Var,
  VarKind,
} from "#types";
import { BoundsKind, Kind, Op, type SType, type Value } from "../core/index.ts";
import { arithmetic, shift, unary } from "./arith.ts";
import { assertion } from "./assert.ts";
import { buildCall } from "./call.ts";
import { receive } from "./chan.ts";
import { funcLit, methodExpr, methodValue } from "./closure.ts";
import { compareExprs } from "./compare.ts";
import { addressOfLit, compositeLit } from "./composite.ts";
import { constValue, smallInt } from "./const.ts";
import { assignable, retype } from "./conv.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { hoist } from "./hoist.ts";
import { mapIndex } from "./map.ts";
import { sliceExpr } from "./slice.ts";
import { concat } from "./string.ts";

/** The value of an expression with one value. */
export function expr(b: FuncBuilder, e: Expr): Value {
  const c = b.constOf(e);
  if (c !== null) return constValue(b, c, b.exprType(e));
  if (b.hoisted.size > 0) {
    const v = b.hoisted.get(e);
    if (v !== undefined) {
      b.hoisted.delete(e);
      return v;
    }
  }
  const saved = b.pos;
  if (e.pos !== 0) b.pos = e.pos;
  const v = build(b, e);
  b.pos = saved;
  return v;
}

/** The value of e as a value of type t, to which it is assigned. */
export function exprAs(b: FuncBuilder, e: Expr, t: Type): Value {
  if (b.isNil(e)) {
    const s = b.stype(t);
    return b.zeroValue(s);
  }
  return assignable(b, expr(b, e), b.typeOf(e), t, unparen(e).pos);
}

function build(b: FuncBuilder, e: Expr): Value {
  switch (e.kind) {
    case Node.Name:
      return name(b, e);
    case Node.ParenExpr:
      return expr(b, e.x);
    case Node.FuncLit:
      return funcLit(b, e);
    case Node.CompositeLit:
      return compositeLit(b, e);
    case Node.SelectorExpr:
      return selector(b, e);
    case Node.IndexExpr:
      return index(b, e);
    case Node.SliceExpr:
      return sliceExpr(b, e);
    case Node.AssertExpr:
      return assertion(b, e);
    case Node.Operation:
      return operation(b, e);
    case Node.CallExpr: {
      const r = buildCall(b, e);
      if (r.length !== 1) throw b.error(e.pos, `a call with ${r.length} results as operand`);
      return r[0]!;
    }
  }
  throw b.error(e.pos, `expression of kind ${e.kind}`);
}

function name(b: FuncBuilder, e: Name): Value {
  const o = b.objOf(e);
  if (o === null) throw b.error(e.pos, `${e.value} is not resolved`);
  switch (o.kind) {
    case ObjKind.Var:
      return o.varKind === VarKind.Package ? b.load(b.stype(o.type!), globalAddr(b, o)) : b.readVar(o);
    case ObjKind.Func:
      return funcValue(b, o, b.targsOf(e), b.exprType(e));
    case ObjKind.Nil:
      return b.zeroValue(b.exprType(e));
  }
  throw b.error(e.pos, `${e.value} is no value`);
}

/** The static func value of a declared function or instance. */
export function funcValue(b: FuncBuilder, fn: GoFunc, targs: readonly Type[] | null, t: SType): Value {
  return b.valAux(Op.FuncValue, t, 0, b.program.funcRef(fn, targs));
}

export function globalAddr(b: FuncBuilder, v: Var): Value {
  const g = b.program.global(v);
  return b.valAux(Op.Addr, b.types.pointerTo(g.type), 0, g);
}

// ---- Places in memory

/**
 * The address of what e denotes, if that is a place in memory; null if it is a value or a variable that is none. In that
 * case nothing has been evaluated.
 */
export function place(b: FuncBuilder, e: Expr): Value | null {
  const saved = b.pos;
  if (e.pos !== 0) b.pos = e.pos;
  const p = findPlace(b, e);
  b.pos = saved;
  return p;
}

function findPlace(b: FuncBuilder, e: Expr): Value | null {
  switch (e.kind) {
    case Node.ParenExpr:
      return place(b, e.x);
    case Node.Name: {
      const o = b.objOf(e);
      if (o === null || o.kind !== ObjKind.Var) return null;
      if (o.varKind === VarKind.Package) return globalAddr(b, o);
      const s = b.storage(o);
      return s.ssa >= 0 ? null : b.addressOf(s);
    }
    case Node.SelectorExpr: {
      const s = selectionOf(e);
      if (s === null) {
        const o = b.objOf(e.sel);
        return o !== null && o.kind === ObjKind.Var ? globalAddr(b, o) : null;
      }
      if (s.kind !== SelectionKind.FieldVal) return null;
      return fieldPlace(b, e.x, s.index);
    }
    case Node.IndexExpr: {
      const t = under(b.typeOf(e.x));
      if (t.kind === TypeKind.Slice) {
        const x = expr(b, e.x);
        return sliceElem(b, x, indexValue(b, e.index));
      }
      if (t.kind === TypeKind.Pointer) {
        const array = under(t.elem);
        if (array.kind !== TypeKind.Array) return null;
        const p = nilCheck(b, expr(b, e.x));
        return arrayElem(b, p, b.stype(t.elem), indexValue(b, e.index));
      }
      if (t.kind !== TypeKind.Array) return null;
      const p = place(b, e.x);
      return p === null ? null : arrayElem(b, p, b.exprType(e.x), indexValue(b, e.index));
    }
    case Node.Operation:
      if (e.op === Operator.Mul && e.y === null) return nilCheck(b, expr(b, e.x));
      return null;
  }
  return null;
}

/** The address of e; a value that is nowhere is put in a temporary. */
export function addr(b: FuncBuilder, e: Expr): Value {
  return place(b, e) ?? addrOfValue(b, expr(b, e));
}

/** The address of a copy of v; what lives in memory is used where it is. */
export function addrOfValue(b: FuncBuilder, v: Value): Value {
  return v.op === Op.Deref ? v.args[0]! : b.spill(v);
}

/** p, which is used as an address. */
export function nilCheck(b: FuncBuilder, p: Value): Value {
  return isNonNil(b, p) ? p : b.val(Op.NilCheck, p.type, p, b.mem);
}

function isNonNil(b: FuncBuilder, p: Value): boolean {
  switch (p.op) {
    case Op.NilCheck:
    case Op.Addr:
    case Op.LocalAddr:
    case Op.FuncValue:
      return true;
    case Op.SelectN:
      return p.args[0]!.op === Op.Alloc;
    case Op.OffPtr:
      return isNonNil(b, p.args[0]!);
    case Op.Bitcast:
      return isNonNil(b, p.args[0]!);
  }
  return false;
}

// ---- Fields

/** Walks a path of fields from x; where pointers are on it they are followed. */
function fieldPlace(b: FuncBuilder, x: Expr, path: readonly number[]): Value | null {
  const t = b.typeOf(x);
  const u = under(t);
  if (u.kind === TypeKind.Pointer) return pathPlace(b, nilCheck(b, expr(b, x)), u.elem, path, path.length).ptr;
  const p = place(b, x);
  if (p !== null) return pathPlace(b, p, t, path, path.length).ptr;
  // A value: it becomes a place only if there is a pointer on the way, not counting the last field.
  let ft: Type = t;
  for (let i = 0; i + 1 < path.length; i++) {
    ft = (under(ft) as Struct).fields[path[i]!]!.type!;
    const fu = under(ft);
    if (fu.kind === TypeKind.Pointer) {
      let v = expr(b, x);
      let vt: Type = t;
      for (let k = 0; k <= i; k++) {
        v = fieldOf(b, v, path[k]!);
        vt = (under(vt) as Struct).fields[path[k]!]!.type!;
      }
      return pathPlace(b, nilCheck(b, v), fu.elem, path.slice(i + 1), path.length - i - 1).ptr;
    }
  }
  return null;
}

/** From a struct at ptr along the first n fields of a path: address and type. */
export function pathPlace(
  b: FuncBuilder,
  ptr: Value,
  type: Type,
  path: readonly number[],
  n: number,
): { ptr: Value; type: Type } {
  for (let i = 0; i < n; i++) {
    const u = under(type);
    if (u.kind === TypeKind.Pointer) {
      ptr = nilCheck(b, b.load(b.stype(type), ptr));
      type = u.elem;
    }
    const s = b.stype(type);
    const f = s.fields[path[i]!]!;
    ptr = b.offset(ptr, f.offset, f.type);
    type = (under(type) as Struct).fields[path[i]!]!.type!;
  }
  return { ptr, type };
}

/** Field i of a struct value. */
export function fieldOf(b: FuncBuilder, v: Value, i: number): Value {
  const f = v.type.fields[i]!;
  if (v.op === Op.Deref) {
    const p = b.offset(v.args[0]!, f.offset, f.type);
    if (b.temps.has(v.args[0]!)) b.temps.add(p);
    return b.load(f.type, p);
  }
  if (v.op === Op.StructMake) return v.args[i]!;
  return b.valAux(Op.StructSelect, f.type, i, null, v);
}

/** The value at the end of the first n fields of a path from a value of type `type`; pointers are followed. */
export function pathValue(
  b: FuncBuilder,
  v: Value,
  type: Type,
  path: readonly number[],
  n: number,
): { v: Value; type: Type } {
  for (let i = 0; i < n; i++) {
    const u = under(type);
    if (u.kind === TypeKind.Pointer) {
      const r = pathPlace(b, nilCheck(b, v), u.elem, path.slice(i), n - i);
      return { v: b.load(b.stype(r.type), r.ptr), type: r.type };
    }
    v = fieldOf(b, v, path[i]!);
    type = (under(type) as Struct).fields[path[i]!]!.type!;
  }
  return { v, type };
}

/** What a selector selects, once type arguments are put in: methods of type parameters become those of types. */
export function resolveSelection(
  b: FuncBuilder,
  e: SelectorExpr,
): { kind: SelectionKind; recv: Type; obj: Var | GoFunc; index: readonly number[] } | null {
  const s = selectionOf(e);
  if (s === null) return null;
  const recv = b.subst(s.recv);
  if (recv === s.recv || s.obj.kind === ObjKind.Var) return { kind: s.kind, recv, obj: s.obj, index: s.index };
  const r = lookupFieldOrMethod(recv, true, s.obj.pkg, s.obj.name);
  if (r.obj === null) throw b.error(e.pos, `no method ${s.obj.name}`);
  return { kind: s.kind, recv, obj: r.obj, index: r.index! };
}

function selector(b: FuncBuilder, e: SelectorExpr): Value {
  const s = selectionOf(e);
  if (s === null) return qualified(b, e);
  if (s.kind === SelectionKind.MethodExpr) return methodExpr(b, e);
  if (s.kind === SelectionKind.MethodVal) return methodValue(b, e);
  const p = place(b, e);
  if (p !== null) return b.load(b.exprType(e), p);
  return pathValue(b, expr(b, e.x), b.typeOf(e.x), s.index, s.index.length).v;
}

function qualified(b: FuncBuilder, e: SelectorExpr): Value {
  const o = b.objOf(e.sel);
  if (o !== null && o.kind === ObjKind.Var) return b.load(b.stype(o.type!), globalAddr(b, o));
  if (o !== null && o.kind === ObjKind.Func) return funcValue(b, o, b.targsOf(e) ?? b.targsOf(e.sel), b.exprType(e));
  throw b.error(e.pos, `${e.sel.value} is no value`);
}

// ---- Elements

/** An index as a 64-bit integer, signed unless its type is unsigned and that big. */
export function indexValue(b: FuncBuilder, e: Expr): Value {
  return extendIndex(b, expr(b, e));
}

export function extendIndex(b: FuncBuilder, v: Value): Value {
  const t = v.type;
  if (v.op === Op.ConstInt) {
    return b.f.constInt64(t.size === 8 && !t.isSigned && v.auxHi < 0 ? b.types.uint64 : b.types.int, v.auxInt, v.auxHi);
  }
  if (t === b.types.int) return v;
  if (t.size === 8) return b.val(Op.Bitcast, t.isSigned ? b.types.int : b.types.uint64, v);
  return b.val(Op.Convert, b.types.int, v);
}

/** index, checked against limit, as int. */
export function boundsCheck(b: FuncBuilder, index: Value, limit: Value, kind: BoundsKind): Value {
  const i = smallInt(index);
  const n = smallInt(limit);
  if (i !== undefined && n !== undefined && i >= 0 && (kind === BoundsKind.Index ? i < n : i <= n)) return index;
  const v = b.valAux(Op.BoundsCheck, index.type, kind, null, index, limit, b.mem);
  return v.type === b.types.int ? v : b.val(Op.Bitcast, b.types.int, v);
}

export function sliceElem(b: FuncBuilder, s: Value, index: Value): Value {
  const elem = s.type.elem!;
  const pt = b.types.pointerTo(elem);
  const i = boundsCheck(b, index, sliceLen(b, s), BoundsKind.Index);
  return b.val(Op.PtrIndex, pt, slicePtr(b, s), i);
}

export function arrayElem(b: FuncBuilder, p: Value, array: SType, index: Value): Value {
  const elem = array.elem!;
  const i = boundsCheck(b, index, b.int(array.length), BoundsKind.Index);
  const n = smallInt(i);
  if (n !== undefined && n >= 0 && n * elem.size <= 0x7fffffff) return b.offset(p, n * elem.size, elem);
  return b.val(Op.PtrIndex, b.types.pointerTo(elem), p, i);
}

export function sliceLen(b: FuncBuilder, s: Value): Value {
  return s.op === Op.SliceMake ? s.args[1]! : b.val(Op.SliceLen, b.types.int, s);
}

export function sliceCap(b: FuncBuilder, s: Value): Value {
  return s.op === Op.SliceMake ? s.args[2]! : b.val(Op.SliceCap, b.types.int, s);
}

export function slicePtr(b: FuncBuilder, s: Value): Value {
  return s.op === Op.SliceMake ? s.args[0]! : b.val(Op.SlicePtr, b.types.pointerTo(s.type.elem!), s);
}

export function stringLen(b: FuncBuilder, s: Value): Value {
  if (s.op === Op.ConstString) return b.int((s.aux as string).length);
  return s.op === Op.StringMake ? s.args[1]! : b.val(Op.StringLen, b.types.int, s);
}

export function stringPtr(b: FuncBuilder, s: Value): Value {
  return s.op === Op.StringMake ? s.args[0]! : b.val(Op.StringPtr, b.types.pointerTo(b.types.uint8), s);
}

function index(b: FuncBuilder, e: IndexExpr): Value {
  const targs = b.targsOf(e) ?? instanceOfOperand(b, e);
  if (targs !== null) {
    const o = funcOperand(b, e.x);
    if (o === null) throw b.error(e.pos, "an instance of what is no function");
    return funcValue(b, o, targs, b.exprType(e));
  }
  const t = under(b.typeOf(e.x));
  switch (t.kind) {
    case TypeKind.Map:
      return mapIndex(b, e);
    case TypeKind.Basic: {
      const s = expr(b, e.x);
      const i = boundsCheck(b, indexValue(b, e.index), stringLen(b, s), BoundsKind.Index);
      const p = b.val(Op.PtrIndex, b.types.pointerTo(b.types.uint8), stringPtr(b, s), i);
      return retype(b, b.load(b.types.uint8, p), b.exprType(e));
    }
    case TypeKind.Array: {
      const p = place(b, e);
      if (p !== null) return b.load(b.exprType(e), p);
      const x = expr(b, e.x);
      const i = indexValue(b, e.index);
      return elemOf(b, x, i);
    }
  }
  const p = place(b, e);
  if (p === null) throw b.error(e.pos, "cannot index");
  return b.load(b.exprType(e), p);
}

/** An element of an array value. */
function elemOf(b: FuncBuilder, x: Value, i: Value): Value {
  const elem = x.type.elem!;
  if (x.op === Op.Deref) return b.load(elem, arrayElem(b, x.args[0]!, x.type, i));
  const checked = boundsCheck(b, i, b.int(x.type.length), BoundsKind.Index);
  if (checked !== i && !elem.isScalar) {
    // Only a scalar can wait for a check.
    const p = b.offset(b.spill(x), 0, elem);
    return b.load(elem, b.val(Op.PtrIndex, p.type, p, checked));
  }
  const v = x.op === Op.ArrayMake1 ? x.args[0]! : b.val(Op.ArraySelect1, elem, x);
  return checked === i ? v : b.val(Op.Guard, elem, v, checked);
}

function instanceOfOperand(b: FuncBuilder, e: IndexExpr): readonly Type[] | null {
  if (b.modeOf(e.x) === Mode.TypeExpr) return null;
  const x = e.x;
  if (x.kind === Node.Name) return b.targsOf(x);
  if (x.kind === Node.SelectorExpr) return b.targsOf(x) ?? b.targsOf(x.sel);
  return null;
}

/** The declared function that e names, if it does. */
export function funcOperand(b: FuncBuilder, e: Expr): GoFunc | null {
  if (e.kind === Node.ParenExpr) return funcOperand(b, e.x);
  if (e.kind === Node.Name) {
    const o = b.objOf(e);
    return o !== null && o.kind === ObjKind.Func ? o : null;
  }
  if (e.kind === Node.SelectorExpr && selectionOf(e) === null) {
    const o = b.objOf(e.sel);
    return o !== null && o.kind === ObjKind.Func ? o : null;
  }
  return null;
}

/** The type arguments with which e names a generic function. */
export function targsOfFunc(b: FuncBuilder, e: Expr): readonly Type[] | null {
  if (e.kind === Node.ParenExpr) return targsOfFunc(b, e.x);
  if (e.kind === Node.Name) return b.targsOf(e);
  if (e.kind === Node.SelectorExpr) return b.targsOf(e) ?? b.targsOf(e.sel);
  if (e.kind === Node.IndexExpr) return b.targsOf(e) ?? targsOfFunc(b, e.x);
  return null;
}

// ---- Operators

function operation(b: FuncBuilder, e: Operation): Value {
  if (e.y === null) return unaryOperation(b, e);
  switch (e.op) {
    case Operator.AndAnd:
    case Operator.OrOr:
      return shortCircuit(b, e);
    case Operator.Eql:
    case Operator.Neq:
    case Operator.Lss:
    case Operator.Leq:
    case Operator.Gtr:
    case Operator.Geq:
      return retype(b, compareExprs(b, e.op, e.x, e.y), b.exprType(e));
    case Operator.Shl:
    case Operator.Shr: {
      const t = b.exprType(e);
      const c = b.constOf(e.x);
      const x = c !== null ? constValue(b, c, t) : retype(b, expr(b, e.x), t);
      return shift(b, e.op, t, x, shiftCount(b, e.y));
    }
  }
  const t = b.exprType(e);
  if (t.kind === Kind.String) return concat(b, e);
  const x = expr(b, e.x);
  const y = expr(b, e.y);
  return arithmetic(b, e.op, t, x, y);
}

/** The count of a shift; a constant one may be of any numeric type. */
export function shiftCount(b: FuncBuilder, e: Expr): Value {
  const c = b.constOf(e);
  if (c !== null && !b.exprType(e).isInteger) return constValue(b, c, b.types.uint);
  return expr(b, e);
}

function unaryOperation(b: FuncBuilder, e: Operation): Value {
  switch (e.op) {
    case Operator.And: {
      const lit = addressOfLit(b, e);
      if (lit !== null) return lit;
      const p = place(b, e.x);
      if (p === null) throw b.error(e.pos, "the address of what is not in memory");
      return retype(b, p, b.exprType(e));
    }
    case Operator.Mul: {
      const p = nilCheck(b, expr(b, e.x));
      return b.load(b.exprType(e), p);
    }
    case Operator.Recv:
      return receive(b, e);
  }
  return unary(b, e.op, b.exprType(e), expr(b, e.x));
}

function shortCircuit(b: FuncBuilder, e: Operation): Value {
  const t = b.exprType(e);
  const result = b.newVar(t);
  const x = expr(b, e.x);
  const more = b.newBlock();
  const done = b.newBlock();
  b.write(result, retype(b, x, t));
  if (e.op === Operator.AndAnd) b.branch(x, more, done);
  else b.branch(x, done, more);
  b.startSealed(more);
  b.write(result, retype(b, expr(b, e.y!), t));
  b.jump(done);
  b.startSealed(done);
  return b.read(result);
}

/** Goes to yes if e holds, else to no. */
export function condition(
  b: FuncBuilder,
  e: Expr,
  yes: Parameters<FuncBuilder["branch"]>[1],
  no: typeof yes,
  likely = 0,
): void {
  if (e.kind === Node.ParenExpr) {
    condition(b, e.x, yes, no, likely);
    return;
  }
  if (e.kind === Node.Operation && b.constOf(e) === null) {
    if (e.op === Operator.Not && e.y === null) {
      condition(b, e.x, no, yes, -likely);
      return;
    }
    if (e.op === Operator.AndAnd || e.op === Operator.OrOr) {
      const more = b.newBlock();
      if (e.op === Operator.AndAnd) condition(b, e.x, more, no, Math.max(likely, 0));
      else condition(b, e.x, yes, more, Math.min(likely, 0));
      b.startSealed(more);
      condition(b, e.y!, yes, no, likely);
      return;
    }
  }
  hoist(b, [e]);
  const c = expr(b, e);
  const saved = b.pos;
  b.pos = e.pos;
  if (c.op === Op.ConstBool) b.jump(c.auxInt === 1 ? yes : no);
  else b.branch(c, yes, no, likely);
  b.pos = saved;
}
