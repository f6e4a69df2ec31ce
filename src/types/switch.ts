// Expression switches and type switches.
import { ConstKind, makeBool } from "#constant";
import {
  type CaseClause,
  type Expr,
  Kind,
  newName,
  type SwitchStmt,
  type TypeSwitchGuard,
  unpackList,
  unparen,
} from "#syntax";
import { assignment } from "./assignments.ts";
import type { Checker } from "./checker.ts";
import { valueKey } from "./const.ts";
import { declare, newLocalVar } from "./decl.ts";
import { ErrorCode } from "./errorcodes.ts";
import { expr, typeAssertion } from "./expr.ts";
import { hashType } from "./hash.ts";
import { Mode } from "./info.ts";
import { ObjKind, type Var } from "./objects.ts";
import { Operand } from "./operand.ts";
import { comparison } from "./operations.ts";
import { hasNil, identical, isComparable, isInterface, isTypeParam, isValid } from "./predicates.ts";
import { closeScope, Ctxt, openScope, stmtList } from "./stmt.ts";
import { BasicKind, type Type } from "./types.ts";
import { varType } from "./typexpr.ts";
import { invalidType, typ } from "./universe.ts";
import { convertUntyped } from "./untyped.ts";
import { Operator } from "#syntax";

function multipleDefaults(c: Checker, list: readonly CaseClause[]): void {
  let first: CaseClause | null = null;
  for (const clause of list) {
    if (clause.cases !== null) continue;
    if (first !== null)
      c.error(clause, ErrorCode.DuplicateDefault, `multiple defaults (first at ${c.position(first.pos)})`);
    else first = clause;
  }
}

interface SeenValue {
  readonly pos: number;
  readonly type: Type;
}

export function switchStmt(c: Checker, inner: number, s: SwitchStmt): void {
  const x = new Operand();
  if (s.tag !== null) {
    expr(c, null, x, s.tag);
    assignment(c, x, null, "switch expression");
    if (x.mode !== Mode.Invalid && !isComparable(x.type) && !hasNil(x.type)) {
      c.error(x, ErrorCode.InvalidExprSwitch, `cannot switch on ${c.ops(x)} (${c.ts(x.type)} is not comparable)`);
      x.mode = Mode.Invalid;
    }
  } else {
    // A missing tag means true.
    x.mode = Mode.Constant;
    x.type = typ[BasicKind.Bool]!;
    x.val = makeBool(true);
    x.expr = newName(s.body.length > 0 ? s.body[0]!.pos : s.rbrace, "true");
  }
  multipleDefaults(c, s.body);
  const seen = new Map<string, SeenValue[]>();
  for (let i = 0; i < s.body.length; i++) {
    const clause = s.body[i]!;
    const ctxt = inner | (i + 1 < s.body.length ? Ctxt.FallthroughOk : Ctxt.FinalSwitchCase);
    caseValues(c, x, unpackList(clause.cases), seen);
    openScope(c, clause, "case");
    stmtList(c, ctxt, clause.body);
    closeScope(c);
  }
}

function caseValues(c: Checker, x: Operand, values: readonly Expr[], seen: Map<string, SeenValue[]>): void {
  for (const e of values) {
    const v = new Operand();
    expr(c, null, v, e);
    if (x.mode === Mode.Invalid || v.mode === Mode.Invalid) continue;
    convertUntyped(c, v, x.type);
    if ((v.mode as Mode) === Mode.Invalid) continue;
    const res = v.clone();
    comparison(c, res, x, Operator.Eql, true);
    if (res.mode === Mode.Invalid || v.mode !== Mode.Constant) continue;
    const k = v.val!.kind;
    if (k !== ConstKind.Int && k !== ConstKind.Float && k !== ConstKind.String) continue;
    const key = valueKey(v.val!);
    const list = seen.get(key);
    if (list === undefined) {
      seen.set(key, [{ pos: v.expr!.pos, type: v.type }]);
      continue;
    }
    const other = list.find((o) => identical(v.type, o.type));
    if (other !== undefined) {
      const err = c.newError(ErrorCode.DuplicateCase);
      err.add(v, `duplicate case ${c.ops(v)} in expression switch`);
      err.add(other.pos, "previous case");
      err.report();
      continue;
    }
    list.push({ pos: v.expr!.pos, type: v.type });
  }
}

interface SeenType {
  /** null: nil */
  readonly type: Type | null;
  readonly expr: Expr;
}

export function typeSwitchStmt(c: Checker, inner: number, s: SwitchStmt, guard: TypeSwitchGuard): void {
  let lhs = guard.lhs;
  if (lhs !== null && lhs.value === "_") {
    c.softError(lhs, ErrorCode.NoNewVar, "no new variable on left side of :=");
    lhs = null;
  }
  let sx: Operand | null = null;
  const x = new Operand();
  expr(c, null, x, guard.x);
  if (x.mode !== Mode.Invalid) {
    if (isTypeParam(x.type))
      c.error(x, ErrorCode.InvalidTypeSwitch, `cannot use type switch on type parameter value ${c.ops(x)}`);
    else if (isInterface(x.type)) sx = x;
    else c.error(x, ErrorCode.InvalidTypeSwitch, `${c.ops(x)} is not an interface`);
  }
  multipleDefaults(c, s.body);
  const vars: Var[] = [];
  const seen = new Map<number, SeenType[]>();
  for (const clause of s.body) {
    const T = caseTypes(c, sx, unpackList(clause.cases), seen);
    openScope(c, clause, "case");
    // Each clause has a variable of its own.
    if (lhs !== null) {
      const obj = newLocalVar(c, lhs.pos, lhs.value, T);
      declare(c, c.env.scope, null, obj, clause.colon);
      clause.implicit = obj;
      vars.push(obj);
    }
    stmtList(c, inner, clause.body);
    closeScope(c);
  }
  if (lhs !== null) {
    // Function literals in the clauses have been checked: they end with their statements.
    let used = false;
    for (const v of vars) {
      if (v.used) used = true;
      v.used = true;
    }
    if (!used) c.softError(lhs, ErrorCode.UnusedVar, `${lhs.value} declared and not used`);
  }
}

function isNil(c: Checker, e: Expr): boolean {
  const n = unparen(e);
  if (n.kind !== Kind.Name) return false;
  const obj = c.lookup(n.value);
  return obj !== null && obj.kind === ObjKind.Nil;
}

/** Checks the types of a clause; the type of the variable in it. */
function caseTypes(c: Checker, x: Operand | null, types: readonly Expr[], seen: Map<number, SeenType[]>): Type {
  let T: Type | null = null;
  for (const e of types) {
    let hash = 0;
    if (isNil(c, e)) {
      T = null;
      expr(c, null, new Operand(), e);
    } else {
      T = varType(c, e);
      if (!isValid(T)) continue;
      hash = hashType(T);
    }
    const t: Type | null = T;
    const list = seen.get(hash);
    const other = list?.find((o) => (t === null ? o.type === null : o.type !== null && identical(t, o.type)));
    if (other !== undefined) {
      const err = c.newError(ErrorCode.DuplicateCase);
      err.add(e, `duplicate case ${t === null ? "nil" : c.ts(t)} in type switch`);
      err.add(other.expr, "previous case");
      err.report();
      continue;
    }
    if (list === undefined) seen.set(hash, [{ type: t, expr: e }]);
    else list.push({ type: t, expr: e });
    if (x !== null && t !== null) typeAssertion(c, e, x, t, true);
  }
  // With one type the variable has that type, else that of the operand.
  if (types.length !== 1 || T === null) return x !== null ? x.type : invalidType;
  return T;
}
