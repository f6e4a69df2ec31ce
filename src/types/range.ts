// For statements with a range clause.
import { makeSmallInt } from "#constant";
import { type Expr, type ForStmt, Kind, type RangeClause } from "#syntax";
import { assignment, assignVar, initVar } from "./assignments.ts";
import { arrayPtrDeref } from "./builtins.ts";
import type { Checker } from "./checker.ts";
import { declare, newLocalVar } from "./decl.ts";
import { ErrorCode } from "./errorcodes.ts";
import { expr } from "./expr.ts";
import { Mode } from "./info.ts";
import type { Var } from "./objects.ts";
import { makeOperand, Operand } from "./operand.ts";
import { commonUnder, identical, isBoolean, isInteger, isString, under } from "./predicates.ts";
import { closeScope, openScope, stmt } from "./stmt.ts";
import { BasicKind, Dir, type Type, TypeKind } from "./types.ts";
import { invalidType, typ, universeRune } from "./universe.ts";
import { recordOperand } from "./untyped.ts";

export function rangeStmt(c: Checker, inner: number, s: ForStmt, clause: RangeClause): void {
  let keyExpr: Expr | null = clause.lhs;
  let valExpr: Expr | null = null;
  let extra: Expr | null = null;
  if (keyExpr !== null && keyExpr.kind === Kind.ListExpr) {
    const l = keyExpr.elemList;
    keyExpr = l[0]!;
    valExpr = l[1] ?? null;
    extra = l[2] ?? null;
  }
  const x = new Operand();
  c.env.hasCallOrRecv = false;
  expr(c, null, x, clause.x);
  // Ranging over an array without values: only its length matters, the array is not evaluated.
  if (x.mode !== Mode.Invalid && valExpr === null && !c.env.hasCallOrRecv) {
    const a = arrayPtrDeref(under(x.type));
    if (a.kind === TypeKind.Array) {
      let e = clause.x;
      while (e.kind === Kind.ParenExpr) e = e.x;
      recordOperand(makeOperand(Mode.Constant, e, typ[BasicKind.Int]!, makeSmallInt(a.len)));
    }
  }
  let key: Type | null = null;
  let val: Type | null = null;
  if (x.mode !== Mode.Invalid) {
    const r = rangeKeyVal(c, x.type);
    if (!r.ok) {
      const why = r.cause === "" ? "" : `: ${r.cause}`;
      c.softError(x, ErrorCode.InvalidRangeExpr, `cannot range over ${c.ops(x)}${why}`);
    } else if (r.key === null && keyExpr !== null)
      c.softError(keyExpr, ErrorCode.InvalidIterVar, `range over ${c.ops(x)} permits no iteration variables`);
    else if (r.val === null && valExpr !== null)
      c.softError(valExpr, ErrorCode.InvalidIterVar, `range over ${c.ops(x)} permits only one iteration variable`);
    else if (extra !== null)
      c.softError(extra, ErrorCode.InvalidIterVar, "range clause permits at most two iteration variables");
    key = r.key;
    val = r.val;
  }
  openScope(c, s, "range");
  const lhs = [keyExpr, valExpr];
  const rhs = [key, val];
  const overInt = isInteger(x.type);
  if (clause.def) {
    const vars: Var[] = [];
    for (let i = 0; i < 2; i++) {
      const e = lhs[i];
      if (e === null || e === undefined) continue;
      let obj: Var;
      if (e.kind === Kind.Name) {
        obj = newLocalVar(c, e.pos, e.value, null);
        e.obj = obj;
        if (e.value !== "_") vars.push(obj);
      } else {
        c.error(e, ErrorCode.InvalidSyntaxTree, `cannot declare ${c.es(e)}`);
        obj = newLocalVar(c, e.pos, "_", null);
      }
      const t = rhs[i] ?? null;
      if (t === null || t === invalidType) {
        obj.type = invalidType;
        obj.used = true;
        continue;
      }
      if (overInt) initVar(c, obj, x, "range clause");
      else initVar(c, obj, makeOperand(Mode.Value, e, t), "assignment");
    }
    if (vars.length > 0) for (const v of vars) declare(c, c.env.scope, null, v, s.body.pos);
    else c.error(s, ErrorCode.NoNewVar, "no new variables on left side of :=");
  } else if (keyExpr !== null) {
    for (let i = 0; i < 2; i++) {
      const e = lhs[i];
      if (e === null || e === undefined) continue;
      const t = rhs[i] ?? null;
      if (t === null || t === invalidType) continue;
      if (overInt) {
        assignVar(c, e, null, x, "range clause");
        // The assignment may have given the untyped constant any type.
        if (x.mode !== Mode.Invalid && !isInteger(x.type))
          c.softError(e, ErrorCode.InvalidRangeExpr, `cannot use iteration variable of type ${c.ts(x.type)}`);
      } else assignVar(c, e, null, makeOperand(Mode.Value, e, t), "assignment");
    }
  } else if (overInt) assignment(c, x, null, "range clause");
  stmt(c, inner, s.body);
  closeScope(c);
}

interface KeyVal {
  readonly key: Type | null;
  readonly val: Type | null;
  readonly cause: string;
  readonly ok: boolean;
}

/** The types of the iteration variables of a range over t. */
function rangeKeyVal(c: Checker, t: Type): KeyVal {
  const bad = (cause: string): KeyVal => ({ key: invalidType, val: invalidType, cause, ok: false });
  const good = (key: Type | null, val: Type | null): KeyVal => ({ key, val, cause: "", ok: true });
  const r = commonUnder(t, (t, u) =>
    u !== null && u.kind === TypeKind.Chan && u.dir === Dir.SendOnly
      ? { format: "receive from send-only channel %s", args: [t!] }
      : null,
  );
  if (r.under === null) return bad(c.problem(r.problem));
  const u = arrayPtrDeref(r.under);
  const int = typ[BasicKind.Int]!;
  switch (u.kind) {
    case TypeKind.Basic:
      if (isString(u)) return good(int, universeRune);
      if (isInteger(u)) return c.allowVersion(22) ? good(t, null) : bad("requires go1.22 or later");
      break;
    case TypeKind.Array:
    case TypeKind.Slice:
      return good(int, u.elem);
    case TypeKind.Map:
      return good(u.key, u.elem);
    case TypeKind.Chan:
      return good(u.elem, null);
    case TypeKind.Signature: {
      if (!c.allowVersion(23)) return bad("requires go1.23 or later");
      const form = "func must be func(yield func(...) bool)";
      if (u.params.vars.length !== 1) return bad(`${form}: wrong argument count`);
      if (u.results.vars.length !== 0) return bad(`${form}: unexpected results`);
      const y = commonUnder(u.params.vars[0]!.type!, null);
      const cb = y.under;
      if (cb === null || cb.kind !== TypeKind.Signature) {
        if (y.problem !== null) return bad(`${form}: in yield type, ${c.problem(y.problem)}`);
        return bad(`${form}: argument is not func`);
      }
      const params = cb.params.vars;
      if (params.length > 2) return bad(`${form}: yield func has too many parameters`);
      const results = cb.results.vars;
      if (results.length !== 1 || !identical(results[0]!.type!, typ[BasicKind.Bool]!)) {
        if (results.length === 1 && isBoolean(results[0]!.type!))
          return bad(`${form}: yield func returns user-defined boolean, not bool`);
        return bad(`${form}: yield func does not return bool`);
      }
      return good(params.length >= 1 ? params[0]!.type : null, params.length >= 2 ? params[1]!.type : null);
    }
  }
  return bad("");
}
