// Initialisation and assignment.
import { endPos, type Expr, Kind, type Stmt, unparen } from "#syntax";
import { assignableTo } from "./assignability.ts";
import type { At, Checker } from "./checker.ts";
import { declare, newLocalVar } from "./decl.ts";
import { ErrorCode } from "./errorcodes.ts";
import { expr, exprList, multiExpr, newTarget, singleValue } from "./expr.ts";
import { Mode, Open, type TypeAndValue } from "./info.ts";
import { Cause } from "./lookup.ts";
import { type Const, ObjKind, Var, VarKind } from "./objects.ts";
import { Operand } from "./operand.ts";
import { use, useLHS } from "./call.ts";
import {
  defaultType,
  isConstType,
  isNonTypeParamInterface,
  isNumeric,
  isUntyped,
  isValid,
  under,
} from "./predicates.ts";
import { type Basic, BasicKind, Tuple, type Type, TypeKind } from "./types.ts";
import { invalidType, typ } from "./universe.ts";
import { applyImplicit, implicitType } from "./untyped.ts";
import { markReassigned } from "./varuse.ts";

/** Checks that x can be assigned to a variable of type T (null: a new or blank one) in some context. */
export function assignment(c: Checker, x: Operand, T: Type | null, context: string): void {
  singleValue(c, x);
  switch (x.mode) {
    case Mode.Invalid:
      return;
    case Mode.Nil:
    case Mode.Constant:
    case Mode.Variable:
    case Mode.MapIndex:
    case Mode.Value:
    case Mode.CommaOk:
    case Mode.CommaErr:
      break;
    default:
      c.error(x, ErrorCode.IncompatibleAssign, `cannot assign ${c.ops(x)} to ${c.ts(T)} in ${context}`);
      x.mode = Mode.Invalid;
      return;
  }
  if (isUntyped(x.type)) {
    let target = T;
    if (x.isNil) {
      if (T === null) {
        c.error(x, ErrorCode.UntypedNilUse, `use of untyped nil in ${context}`);
        x.mode = Mode.Invalid;
        return;
      }
    } else if (T === null || isNonTypeParamInterface(T)) target = defaultType(x.type);
    const r = implicitType(x, target!);
    if (r.code !== 0) {
      let msg = `cannot use ${c.ops(x)} as ${c.ts(target)} value in ${context}`;
      let code: ErrorCode = r.code;
      if (code === ErrorCode.TruncatedFloat) msg += " (truncated)";
      else if (code === ErrorCode.NumericOverflow) msg += " (overflows)";
      else code = ErrorCode.IncompatibleAssign;
      c.error(x, code, msg);
      x.mode = Mode.Invalid;
      return;
    }
    applyImplicit(c, x, r);
  }
  const u = under(x.type);
  if (u.kind === TypeKind.Signature && u.tparams.length > 0) {
    c.error(
      x,
      ErrorCode.WrongTypeArgCount,
      `cannot use generic function ${c.ops(x)} without instantiation in ${context}`,
    );
    x.mode = Mode.Invalid;
    return;
  }
  if (T === null || x.type === T) return;
  const cause = new Cause();
  const code = assignableTo(c, x, T, cause);
  if (code !== 0) {
    const why = cause.text === "" ? "" : `: ${cause.text}`;
    c.error(x, code, `cannot use ${c.ops(x)} as ${c.ts(T)} value in ${context}${why}`);
    x.mode = Mode.Invalid;
  }
}

export function initConst(c: Checker, lhs: Const, x: Operand): void {
  if (x.mode === Mode.Invalid || !isValid(x.type) || (lhs.type !== null && !isValid(lhs.type))) {
    lhs.type ??= invalidType;
    return;
  }
  if (x.mode !== Mode.Constant) {
    c.error(x, ErrorCode.InvalidConstInit, `${c.ops(x)} is not constant`);
    lhs.type ??= invalidType;
    return;
  }
  if (lhs.type === null) lhs.type = isConstType(x.type) ? x.type : invalidType;
  assignment(c, x, lhs.type, "constant declaration");
  if ((x.mode as Mode) === Mode.Invalid) return;
  lhs.val = x.val!;
}

export function initVar(c: Checker, lhs: Var, x: Operand, context: string): void {
  if (x.mode === Mode.Invalid || !isValid(x.type) || (lhs.type !== null && !isValid(lhs.type))) {
    lhs.type ??= invalidType;
    x.mode = Mode.Invalid;
    return;
  }
  if (lhs.type === null) {
    let t = x.type;
    if (isUntyped(t)) {
      if (t === typ[BasicKind.UntypedNil]) {
        c.error(x, ErrorCode.UntypedNilUse, `use of untyped nil in ${context}`);
        lhs.type = invalidType;
        x.mode = Mode.Invalid;
        return;
      }
      t = defaultType(t);
    }
    lhs.type = t;
  }
  assignment(c, x, lhs.type, context);
}

/** The variable of this package that an identifier on the left side names. */
export function lhsLocal(c: Checker, e: Expr): Var | null {
  if (e.kind !== Kind.Name) return null;
  const obj = c.lookup(e.value);
  return obj !== null && obj.kind === ObjKind.Var && obj.pkg === c.pkg ? obj : null;
}

/** The type of an assignment's left side: null for _, invalid after an error. */
function lhsVar(c: Checker, lhs: Expr): Type | null {
  const id = unparen(lhs);
  if (id.kind === Kind.Name && id.value === "_") {
    id.obj = null;
    return null;
  }
  // Assigning to a variable is not a use of it.
  const v = lhsLocal(c, id);
  const used = v?.used;
  const x = new Operand();
  expr(c, null, x, lhs);
  if (v !== null) v.used = used === true;
  if (x.mode === Mode.Invalid || !isValid(x.type)) return invalidType;
  if (x.mode !== Mode.Variable && x.mode !== Mode.MapIndex) {
    const e = x.expr!;
    if (e.kind === Kind.SelectorExpr) {
      const op = new Operand();
      expr(c, null, op, e.x);
      if (op.mode === Mode.MapIndex) {
        c.error(x, ErrorCode.UnaddressableFieldAssign, `cannot assign to struct field ${c.es(e)} in map`);
        return invalidType;
      }
    }
    c.error(
      x,
      ErrorCode.UnassignableOperand,
      `cannot assign to ${c.es(e)} (neither addressable nor a map index expression)`,
    );
    return invalidType;
  }
  markReassigned(lhs);
  return x.type;
}

/** Checks `lhs = rhs`; x is the value if it has been checked already (then rhs may be null). */
export function assignVar(c: Checker, lhs: Expr, rhs: Expr | null, x: Operand | null, context: string): void {
  const T = lhsVar(c, lhs);
  if (T !== null && !isValid(T)) {
    if (x !== null) x.mode = Mode.Invalid;
    else use(c, rhs!);
    return;
  }
  if (x === null) {
    x = new Operand();
    expr(c, T !== null && under(T).kind === TypeKind.Signature ? newTarget(T, c.es(lhs)) : null, x, rhs!);
  }
  if (T === null && context === "assignment") context = "assignment to _ identifier";
  assignment(c, x, T, context);
}

export function typesSummary(c: Checker, list: readonly (Type | null)[], variadic: boolean, hasDots: boolean): string {
  const out: string[] = [];
  for (let i = 0; i < list.length; i++) {
    const t = list[i]!;
    let s: string;
    if (t === null || !isValid(t)) s = "unknown type";
    else if (isUntyped(t)) s = isNumeric(t) ? "number" : (t as Basic).name.replace("untyped ", "");
    else s = c.ts(t);
    if (i === list.length - 1) {
      if (variadic) {
        if (t !== null && t.kind === TypeKind.Slice) s = c.ts(t.elem);
        s = `...${s}`;
      } else if (hasDots) s += "...";
    }
    out.push(s);
  }
  return `(${out.join(", ")})`;
}

function measure(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? "" : "s"}`;
}

function assignError(c: Checker, rhs: readonly Expr[], l: number, r: number): void {
  const vars = measure(l, "variable");
  const vals = measure(r, "value");
  const rhs0 = rhs[0]!;
  if (rhs.length === 1) {
    const call = unparen(rhs0);
    if (call.kind === Kind.CallExpr) {
      c.error(rhs0, ErrorCode.WrongAssignCount, `assignment mismatch: ${vars} but ${c.es(call.fun)} returns ${vals}`);
      return;
    }
  }
  c.error(rhs0, ErrorCode.WrongAssignCount, `assignment mismatch: ${vars} but ${vals}`);
}

function returnError(c: Checker, at: At, lhs: readonly Var[], rhs: readonly Operand[]): void {
  const l = lhs.length;
  const r = rhs.length;
  let qualifier = "not enough";
  if (r > l) {
    at = rhs[l]!;
    qualifier = "too many";
  } else if (r > 0) at = rhs[r - 1]!;
  const err = c.newError(ErrorCode.WrongResultCount);
  err.add(at, `${qualifier} return values`);
  err.add(
    0,
    `have ${typesSummary(
      c,
      rhs.map((x) => x.type),
      false,
      false,
    )}`,
  );
  err.add(
    0,
    `want ${typesSummary(
      c,
      lhs.map((v) => v.type),
      false,
      false,
    )}`,
  );
  err.report();
}

function invalidate(lhs: readonly Var[]): void {
  for (const v of lhs) v.type ??= invalidType;
}

/** Initialises variables with expressions; returnStmt is the return statement if lhs are results. */
export function initVars(c: Checker, lhs: readonly Var[], rhs: readonly Expr[], returnStmt: Stmt | null): void {
  const context = returnStmt !== null ? "return statement" : "assignment";
  const l = lhs.length;
  let r = rhs.length;
  const isCall = r === 1 && unparen(rhs[0]!).kind === Kind.CallExpr;
  if (l === r && !isCall) {
    const x = new Operand();
    for (let i = 0; i < l; i++) {
      const v = lhs[i]!;
      const desc = returnStmt !== null && v.name === "" ? "result variable" : v.name;
      expr(c, newTarget(v.type, desc), x, rhs[i]!);
      initVar(c, v, x, context);
    }
    return;
  }
  if (r !== 1) {
    // Only report a mismatch if there was no other error on either side.
    if (use(c, ...rhs)) {
      if (returnStmt !== null) returnError(c, returnStmt, lhs, exprList(c, rhs));
      else if (r > 0) assignError(c, rhs, l, r);
    }
    invalidate(lhs);
    return;
  }
  const m = multiExpr(c, rhs[0]!, l === 2 && returnStmt === null);
  const list = m.list;
  r = list.length;
  if (l === r) {
    for (let i = 0; i < l; i++) initVar(c, lhs[i]!, list[i]!, context);
    if (m.commaOk && list[0]!.mode !== Mode.Invalid && list[1]!.mode !== Mode.Invalid) recordCommaOk(c, rhs[0]!, list);
    return;
  }
  if (list.length === 0 || list[0]!.mode !== Mode.Invalid) {
    if (returnStmt !== null) returnError(c, returnStmt, lhs, list);
    else assignError(c, rhs, l, r);
  }
  invalidate(lhs);
}

/** The expression yields two values: its type is a tuple. */
function recordCommaOk(c: Checker, e: Expr, list: readonly Operand[]): void {
  const t0 = list[0]!.type;
  const t1 = list[1]!.type;
  for (;;) {
    const tv = e.tv as TypeAndValue;
    tv.type = new Tuple([new Var(VarKind.Local, e.pos, c.pkg, "", t0), new Var(VarKind.Local, e.pos, c.pkg, "", t1)]);
    tv.open &= ~Open.Untyped;
    if (e.kind !== Kind.ParenExpr) return;
    e = e.x;
  }
}

export function assignVars(c: Checker, lhs: readonly Expr[], rhs: readonly Expr[]): void {
  const l = lhs.length;
  let r = rhs.length;
  const isCall = r === 1 && unparen(rhs[0]!).kind === Kind.CallExpr;
  if (l === r && !isCall) {
    for (let i = 0; i < l; i++) assignVar(c, lhs[i]!, rhs[i]!, null, "assignment");
    return;
  }
  if (r !== 1) {
    const okLHS = useLHS(c, ...lhs);
    const okRHS = use(c, ...rhs);
    if (okLHS && okRHS) assignError(c, rhs, l, r);
    return;
  }
  const m = multiExpr(c, rhs[0]!, l === 2);
  const list = m.list;
  r = list.length;
  if (l === r) {
    for (let i = 0; i < l; i++) assignVar(c, lhs[i]!, null, list[i]!, "assignment");
    if (m.commaOk && list[0]!.mode !== Mode.Invalid && list[1]!.mode !== Mode.Invalid) recordCommaOk(c, rhs[0]!, list);
    return;
  }
  if (list.length === 0 || list[0]!.mode !== Mode.Invalid) assignError(c, rhs, l, r);
  useLHS(c, ...lhs);
}

export function shortVarDecl(c: Checker, pos: number, lhs: readonly Expr[], rhs: readonly Expr[]): void {
  const top = c.delayedCount;
  const scope = c.env.scope;
  const seen: string[] = [];
  const vars: (Var | null)[] = [];
  const fresh: Var[] = [];
  let hasErr = false;
  for (const e of lhs) {
    if (e.kind !== Kind.Name) {
      useLHS(c, e);
      c.error(e, ErrorCode.BadDecl, `non-name ${c.es(e)} on left side of :=`);
      hasErr = true;
      vars.push(null);
      continue;
    }
    const name = e.value;
    if (name !== "_") {
      if (seen.includes(name)) {
        c.error(e, ErrorCode.RepeatedDecl, `${c.es(e)} repeated on left side of :=`);
        hasErr = true;
        vars.push(null);
        continue;
      }
      seen.push(name);
    }
    const alt = scope.lookup(name);
    if (alt !== undefined) {
      e.obj = alt;
      if (alt.kind === ObjKind.Var) {
        alt.reassigned = true;
        vars.push(alt);
      } else {
        c.error(e, ErrorCode.UnassignableOperand, `cannot assign to ${c.es(e)}`);
        hasErr = true;
        vars.push(null);
      }
      continue;
    }
    const obj = newLocalVar(c, e.pos, name, null);
    vars.push(obj);
    if (name !== "_") fresh.push(obj);
    e.obj = obj;
  }
  const all = vars.map((v, i) => v ?? newLocalVar(c, lhs[i]!.pos, "_", null));
  initVars(c, all, rhs, null);
  c.processDelayed(top);
  if (fresh.length === 0 && !hasErr) {
    c.softError(pos, ErrorCode.NoNewVar, "no new variables on left side of :=");
    return;
  }
  const scopePos = endPos(rhs[rhs.length - 1]!);
  for (const v of fresh) declare(c, scope, null, v, scopePos);
}
