import {
  type AssignStmt,
  type Expr,
  type IndexExpr,
  Kind as Node,
  Operator,
  unpackList,
  unparen,
  type VarDecl,
} from "#syntax";
import { type GoMap, ObjKind, SelectionKind, selectionOf, type Type, TypeKind, under, type Var, VarKind } from "#types";
import { BoundsKind, Kind, Op, type SType, type Value } from "../core/index.ts";
import { arithmetic, shift } from "./arith.ts";
import { assertionOk, typeAddr } from "./assert.ts";
import { anyEffects, buildCall } from "./call.ts";
import { receiveOk } from "./chan.ts";
import { smallInt } from "./const.ts";
import { assignable, retype } from "./conv.ts";
import {
  arrayElem,
  boundsCheck,
  expr,
  exprAs,
  fieldOf,
  globalAddr,
  indexValue,
  nilCheck,
  pathPlace,
  place,
  shiftCount,
  sliceElem,
} from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { hoist } from "./hoist.ts";
import { mapIndexOk, type MapPlace, mapPlace } from "./map.ts";
import { concatValues } from "./string.ts";

/** The left side of an assignment whose operands have been evaluated; checks happen when it is assigned to. */
export class Target {
  constructor(
    /** Type of what is assigned; null: blank. */
    readonly type: Type | null,
    private readonly v: Var | null,
    /** Gives the address, at the time of the assignment. */
    private readonly place: (() => Value) | null,
    private readonly map: MapPlace | null,
    /** A part of a variable that is an SSA value. */
    private readonly part: Expr | null,
  ) {}

  set(b: FuncBuilder, x: Value): void {
    if (this.type === null) return;
    if (this.v !== null) b.writeVar(this.v, x);
    else if (this.place !== null) b.store(b.stype(this.type), this.place(), x);
    else if (this.map !== null) {
      const kept = b.stable(x);
      const p = this.map.assign();
      b.store(this.map.elem, p, kept);
    } else setPart(b, this.part!, x);
  }
}

const blank = new Target(null, null, null, null, null);

/** The type of what stands on the left of an assignment; null for the blank identifier. */
export function targetType(b: FuncBuilder, e: Expr): Type | null {
  const x = unparen(e);
  if (x.kind === Node.Name) {
    if (x.value === "_") return null;
    const o = b.objOf(x);
    if (o !== null && o.kind === ObjKind.Var) return b.subst(o.type!);
  }
  return b.typeOf(x);
}

/** Evaluates the operands of a left side. */
export function target(b: FuncBuilder, e: Expr): Target {
  const x = unparen(e);
  if (x.kind === Node.Name && x.value === "_") return blank;
  const type = targetType(b, x)!;
  if (x.kind === Node.Name) {
    const v = b.objOf(x) as Var;
    if (v.varKind !== VarKind.Package) return new Target(type, v, null, null, null);
    return new Target(type, null, () => globalAddr(b, v), null, null);
  }
  if (x.kind === Node.IndexExpr && under(b.typeOf(x.x)).kind === TypeKind.Map) {
    return new Target(type, null, null, mapPlace(b, x, false), null);
  }
  const p = delayedPlace(b, x);
  if (p !== null) return new Target(type, null, p, null, null);
  checkPart(b, x);
  return new Target(type, null, null, null, x);
}

/** Like place, but what may panic happens when the address is asked for, and at the position of e. */
function delayedPlace(b: FuncBuilder, e: Expr): (() => Value) | null {
  const p = findDelayedPlace(b, e);
  if (p === null || e.pos === 0) return p;
  return () => {
    const saved = b.pos;
    b.pos = e.pos;
    const v = p();
    b.pos = saved;
    return v;
  };
}

function findDelayedPlace(b: FuncBuilder, e: Expr): (() => Value) | null {
  switch (e.kind) {
    case Node.ParenExpr:
      return delayedPlace(b, e.x);
    case Node.SelectorExpr: {
      const s = selectionOf(e);
      if (s === null || s.kind !== SelectionKind.FieldVal) break;
      const t = b.typeOf(e.x);
      const u = under(t);
      if (u.kind === TypeKind.Pointer) {
        const p = expr(b, e.x);
        return () => pathPlace(b, nilCheck(b, p), u.elem, s.index, s.index.length).ptr;
      }
      const inner = delayedPlace(b, e.x);
      if (inner !== null) return () => pathPlace(b, inner(), t, s.index, s.index.length).ptr;
      break;
    }
    case Node.IndexExpr: {
      const t = under(b.typeOf(e.x));
      if (t.kind === TypeKind.Slice) {
        const s = expr(b, e.x);
        const i = indexValue(b, e.index);
        return () => sliceElem(b, s, i);
      }
      if (t.kind === TypeKind.Pointer) {
        const p = expr(b, e.x);
        const i = indexValue(b, e.index);
        return () => arrayElem(b, nilCheck(b, p), b.stype(t.elem), i);
      }
      const inner = delayedPlace(b, e.x);
      if (inner === null) break;
      const i = indexValue(b, e.index);
      return () => arrayElem(b, inner(), b.stype(b.typeOf((e as IndexExpr).x)), i);
    }
    case Node.Operation:
      if (e.op === Operator.Mul && e.y === null) {
        const p = expr(b, e.x);
        return () => nilCheck(b, p);
      }
      break;
  }
  const p = place(b, e);
  return p === null ? null : () => p;
}

/** Evaluates the indices in a part of an SSA variable: arrays there have one element. */
function checkPart(b: FuncBuilder, e: Expr): void {
  const x = unparen(e);
  if (x.kind === Node.SelectorExpr) checkPart(b, x.x);
  else if (x.kind === Node.IndexExpr) {
    checkPart(b, x.x);
    const i = indexValue(b, x.index);
    const saved = b.pos;
    b.pos = x.pos;
    boundsCheck(b, i, b.int(1), BoundsKind.Index);
    b.pos = saved;
  }
}

/** Replaces a part of a variable that is an SSA value. */
function setPart(b: FuncBuilder, e: Expr, v: Value): void {
  const x = unparen(e);
  if (x.kind === Node.Name) {
    b.writeVar(b.objOf(x) as Var, v);
    return;
  }
  if (x.kind === Node.SelectorExpr) {
    setPart(b, x.x, replaceField(b, expr(b, x.x), selectionOf(x)!.index, 0, v));
    return;
  }
  if (x.kind === Node.IndexExpr) {
    setPart(b, x.x, b.val(Op.ArrayMake1, b.exprType(x.x), v));
    return;
  }
  throw b.error(e.pos, "cannot assign to this");
}

function replaceField(b: FuncBuilder, s: Value, path: readonly number[], at: number, v: Value): Value {
  const k = path[at]!;
  const fields = s.type.fields.map((_, i) => {
    if (i !== k) return fieldOf(b, s, i);
    return at + 1 === path.length ? v : replaceField(b, fieldOf(b, s, i), path, at + 1, v);
  });
  return b.val(Op.StructMake, s.type, ...fields);
}

// ---- Statements

export function assignStmt(b: FuncBuilder, s: AssignStmt): void {
  if (s.rhs === null) {
    const t = b.exprType(s.lhs);
    opAssign(b, s.op, s.lhs, () => one(b, t));
    return;
  }
  if (s.op !== Operator.None && s.op !== Operator.Def) {
    const isShift = s.op === Operator.Shl || s.op === Operator.Shr;
    const right = (): Value => {
      hoist(b, [s.rhs!]);
      return isShift ? shiftCount(b, s.rhs!) : expr(b, s.rhs!);
    };
    opAssign(b, s.op, s.lhs, right, s.rhs);
    return;
  }
  assign(b, unpackList(s.lhs), unpackList(s.rhs));
}

/** lhs = rhs or lhs := rhs. */
export function assign(b: FuncBuilder, lhs: readonly Expr[], rhs: readonly Expr[]): void {
  if (lhs.length === rhs.length) {
    if (lhs.length === 1) assignOne(b, lhs[0]!, rhs[0]!);
    else assignMany(b, lhs, rhs);
    return;
  }
  const early = anyEffects(b, lhs, 0);
  let targets = early ? lhs.map((l) => newVariable(b, l) ?? target(b, l)) : null;
  const { values, types } = multiple(b, rhs[0]!, lhs.length);
  targets ??= lhs.map((l) => newVariable(b, l) ?? target(b, l));
  for (let i = 0; i < lhs.length; i++) setOrDeclare(b, targets[i]!, values[i]!, types[i]!);
}

function setOrDeclare(b: FuncBuilder, t: Target | Var, v: Value, type: Type): void {
  if (t instanceof Target) {
    if (t.type !== null) t.set(b, assignable(b, v, type, t.type));
  } else b.declare(t, assignable(b, v, type, b.subst(t.type!)));
}

/** The variable that a name on the left of := declares; null if it is assigned to. */
export function newVariable(b: FuncBuilder, e: Expr): Var | null {
  if (e.kind !== Node.Name || e.value === "_") return null;
  const o = b.objOf(e);
  if (o === null || o.kind !== ObjKind.Var || o.varKind === VarKind.Package || b.vars.has(o)) return null;
  return o;
}

function assignOne(b: FuncBuilder, l: Expr, r: Expr): void {
  const early = anyEffects(b, [l], 0);
  hoist(b, early ? [l, r] : [r]);
  const v = newVariable(b, l);
  if (v !== null) {
    b.declare(v, exprAs(b, r, b.subst(v.type!)));
    return;
  }
  const type = targetType(b, l);
  if (type === null) {
    if (b.constOf(r) === null && !b.isNil(r)) expr(b, r);
    return;
  }
  if (early) {
    const t = target(b, l);
    t.set(b, exprAs(b, r, type));
    return;
  }
  const x = exprAs(b, r, type);
  const p =
    x.op === Op.Deref && x.type.kind === Kind.Array && isDereference(l) && isDereference(r) ? place(b, l) : null;
  if (p === null) {
    target(b, l).set(b, x);
    return;
  }
  // Both may be parts of one slice, converted, that overlap, which a Move must not.
  if (x.type.hasPointers) b.runtime("typedmemmove", typeAddr(b, x.type), p, x.args[0]!);
  else b.runtime("memmove", p, x.args[0]!, b.f.constInt(b.types.uintptr, x.type.size));
}

function isDereference(e: Expr): boolean {
  const x = unparen(e);
  return x.kind === Node.Operation && x.op === Operator.Mul && x.y === null;
}

function assignMany(b: FuncBuilder, lhs: readonly Expr[], rhs: readonly Expr[]): void {
  const early = anyEffects(b, lhs, 0);
  let targets = early ? lhs.map((l) => newVariable(b, l) ?? target(b, l)) : null;
  hoist(b, rhs, (i) => targetType(b, lhs[i]!));
  const values = rhs.map((r, i) => {
    const l = lhs[i]!;
    const v = newVariable(b, l);
    const type = v !== null ? b.subst(v.type!) : targetType(b, l);
    if (type === null && (b.constOf(r) !== null || b.isNil(r))) return b.int(0);
    return b.stable(type === null ? expr(b, r) : exprAs(b, r, type));
  });
  targets ??= lhs.map((l) => newVariable(b, l) ?? target(b, l));
  targets.forEach((t, i) => {
    if (t instanceof Target) t.set(b, values[i]!);
    else b.declare(t, values[i]!);
  });
}

/** The values of an expression with several: a call, or one of the forms with an ok. */
export function multiple(b: FuncBuilder, e: Expr, n: number): { values: Value[]; types: Type[] } {
  const x = unparen(e);
  const saved = b.pos;
  b.pos = x.pos;
  const tuple = b.typeOf(x);
  const types = tuple.kind === TypeKind.Tuple ? tuple.vars.map((v) => v.type!) : [];
  let values: Value[];
  switch (x.kind) {
    case Node.CallExpr:
      values = buildCall(b, x);
      break;
    case Node.IndexExpr:
      values = mapIndexOk(b, x);
      types[0] = (under(b.typeOf(x.x)) as GoMap).elem;
      break;
    case Node.AssertExpr:
      values = assertionOk(b, x);
      types[0] = b.typeOf(x.type);
      break;
    case Node.Operation:
      values = receiveOk(b, x);
      types[0] = values[0]!.type.go!;
      break;
    default:
      throw b.error(e.pos, `an expression with ${n} values`);
  }
  if (x.kind !== Node.CallExpr) {
    types[1] = b.types.bool.go!;
    values[0] = retype(b, values[0]!, b.stype(types[0]!));
  }
  b.pos = saved;
  return { values, types };
}

function one(b: FuncBuilder, t: SType): Value {
  if (t.isFloat) return b.f.constFloat(t, 1);
  if (t.isComplex) {
    const p = t.kind === Kind.Complex64 ? b.types.float32 : b.types.float64;
    return b.val(Op.ComplexMake, t, b.f.constFloat(p, 1), b.f.constFloat(p, 0));
  }
  return b.f.constInt(t, 1);
}

/** l op= r */
function opAssign(b: FuncBuilder, op: Operator, l: Expr, right: () => Value, r: Expr | null = null): void {
  const x = unparen(l);
  const type = targetType(b, x)!;
  const t = b.stype(type);
  const pos = b.pos;
  const compute = (old: Value, y: Value): Value => {
    b.pos = pos;
    return operate(b, op, t, old, y);
  };
  if (x.kind === Node.Name && (b.objOf(x) as Var).varKind !== VarKind.Package) {
    const v = b.objOf(x) as Var;
    const y = right();
    b.writeVar(v, compute(b.readVar(v), y));
    return;
  }
  if (x.kind === Node.IndexExpr && under(b.typeOf(x.x)).kind === TypeKind.Map) {
    const m = mapPlace(b, x, false);
    const y = right();
    if ((op === Operator.Div || op === Operator.Rem) && t.isInteger && (smallInt(y) ?? 0) === 0) {
      // A division that panics must not leave a new entry behind.
      const z = compute(m.load(), y);
      b.store(t, m.assign(), z);
      return;
    }
    const p = m.assign();
    b.store(t, p, compute(b.load(t, p), y));
    return;
  }
  if (r !== null && anyEffects(b, [x], 0)) {
    const p = place(b, x);
    if (p === null) throw b.error(l.pos, "cannot assign to this");
    const y = right();
    b.store(t, p, compute(b.load(t, p), y));
    return;
  }
  const y = right();
  const p = place(b, x);
  if (p !== null) b.store(t, p, compute(b.load(t, p), y));
  else {
    checkPart(b, x);
    setPart(b, x, compute(expr(b, x), y));
  }
}

function operate(b: FuncBuilder, op: Operator, t: SType, x: Value, y: Value): Value {
  if (op === Operator.Shl || op === Operator.Shr) return shift(b, op, t, x, y);
  if (t.kind === Kind.String) return concatValues(b, [x, y], t);
  return arithmetic(b, op, t, x, retype(b, y, t));
}

/** var a, b T = x, y */
export function varDecl(b: FuncBuilder, d: VarDecl): void {
  const values = unpackList(d.values);
  const vars = d.nameList.map((n) => b.objOf(n) as Var | null);
  if (values.length === 0) {
    for (const v of vars) if (v !== null) b.declare(v, null);
    return;
  }
  if (values.length === vars.length) {
    hoist(b, values, (i) => vars[i]?.type ?? null);
    const made = values.map((e, i) => {
      const v = vars[i] ?? null;
      if (v === null && (b.constOf(e) !== null || b.isNil(e))) return null;
      const x = v === null ? expr(b, e) : exprAs(b, e, b.subst(v.type!));
      return values.length > 1 ? b.stable(x) : x;
    });
    vars.forEach((v, i) => {
      if (v !== null && made[i] !== null) b.declare(v, made[i]!);
    });
    return;
  }
  const r = multiple(b, values[0]!, vars.length);
  vars.forEach((v, i) => {
    if (v !== null) b.declare(v, assignable(b, r.values[i]!, r.types[i]!, b.subst(v.type!)));
  });
}
