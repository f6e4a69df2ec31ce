// Statements and function bodies.
import type { Value } from "#constant";
import {
  type BlockStmt,
  type CommClause,
  endPos,
  type Expr,
  Kind,
  type Node,
  Operator,
  operatorString,
  type SelectStmt,
  type SimpleStmt,
  type Stmt,
  Token,
  tokenString,
  unpackList,
  unparen,
} from "#syntax";
import { assignment, assignVar, assignVars, initVars, shortVarDecl } from "./assignments.ts";
import { use } from "./call.ts";
import { type Checker, Env } from "./checker.ts";
import { declStmt } from "./decl.ts";
import type { DeclInfo } from "./declinfo.ts";
import { ErrorCode } from "./errorcodes.ts";
import { expr, rawExpr } from "./expr.ts";
import { Mode } from "./info.ts";
import { labels } from "./labels.ts";
import { ObjKind, type Var, VarKind } from "./objects.ts";
import { Operand } from "./operand.ts";
import { binary, chanElem } from "./operations.ts";
import { allBoolean, allNumeric } from "./predicates.ts";
import { rangeStmt } from "./range.ts";
import { isTerminating } from "./return.ts";
import { Scope } from "./scope.ts";
import { switchStmt, typeSwitchStmt } from "./switch.ts";
import { noTypeParams, type Signature, type TypeParam } from "./types.ts";
import { ExprKind } from "./universe.ts";

/** What is allowed where a statement stands. */
export const enum Ctxt {
  BreakOk = 1,
  ContinueOk = 2,
  FallthroughOk = 4,
  FinalSwitchCase = 8,
  InTypeSwitch = 16,
}

/** Opens a scope for node and records it there, if it has a place for it. */
export function openScope(c: Checker, node: Node & { scope?: unknown }, comment: string): void {
  const s = new Scope(c.env.scope, node.pos, c.lazy ? 0 : endPos(node), comment);
  if ("scope" in node) node.scope = s;
  c.env.scope = s;
}

export function closeScope(c: Checker): void {
  c.env.scope = c.env.scope.parent!;
}

export function funcBody(
  c: Checker,
  decl: DeclInfo | null,
  sig: Signature,
  body: BlockStmt,
  iota: Value | null,
  tparams: TypeParam[] | null = null,
): void {
  const saved = c.env;
  const env = new Env(sig.scope!, saved.version);
  env.decl = decl;
  env.iota = iota;
  env.sig = sig;
  env.funcId = sig.scope!.funcId;
  env.tparams = tparams ?? (sig.tparams.length > 0 ? sig.tparams : sig.rparams.length > 0 ? sig.rparams : noTypeParams);
  c.env = env;
  stmtList(c, 0, body.list);
  if (env.hasLabel && c.checkBranches) labels(c, body);
  if (sig.results.vars.length > 0 && !isTerminating(c, body, ""))
    c.error(body.rbrace, ErrorCode.MissingReturn, "missing return");
  // Variables are known to be unused when function literals around them have been checked: those come later, but before
  // the statement that contains them ends.
  usage(c, sig.scope!);
  c.env = saved;
}

/** Reports unused variables of a function's scopes, those of function literals excepted: they do so themselves. */
function usage(c: Checker, scope: Scope): void {
  let unused: Var[] | null = null;
  for (const obj of scope.values()) {
    if (obj.kind === ObjKind.Var && !obj.used && obj.varKind === VarKind.Local) {
      unused ??= [];
      unused.push(obj);
    }
  }
  if (unused !== null) {
    unused.sort((a, b) => a.pos - b.pos);
    for (const v of unused) c.softError(v.pos, ErrorCode.UnusedVar, `declared and not used: ${v.name}`);
  }
  for (const s of scope.children) if (!s.isFunc) usage(c, s);
}

function simpleStmt(c: Checker, s: SimpleStmt | null): void {
  if (s !== null) stmt(c, 0, s);
}

export function stmtList(c: Checker, ctxt: number, list: readonly Stmt[]): void {
  const inner = ctxt & ~Ctxt.FallthroughOk;
  // Empty statements at the end do not count for fallthrough.
  let n = list.length;
  while (n > 0 && list[n - 1]!.kind === Kind.EmptyStmt) n--;
  for (let i = 0; i < n; i++) {
    const last = i === n - 1 && (ctxt & Ctxt.FallthroughOk) !== 0;
    stmt(c, last ? inner | Ctxt.FallthroughOk : inner, list[i]!);
  }
}

export function stmt(c: Checker, ctxt: number, s: Stmt): void {
  const top = c.delayedCount;
  stmt1(c, ctxt, s);
  c.processDelayed(top);
}

function stmt1(c: Checker, ctxt: number, s: Stmt): void {
  const inner = ctxt & ~(Ctxt.FallthroughOk | Ctxt.FinalSwitchCase | Ctxt.InTypeSwitch);
  switch (s.kind) {
    case Kind.EmptyStmt:
      return;
    case Kind.DeclStmt:
      declStmt(c, s.declList);
      return;
    case Kind.LabeledStmt:
      c.env.hasLabel = true;
      stmt(c, ctxt, s.stmt);
      return;
    case Kind.ExprStmt: {
      const x = new Operand();
      const kind = rawExpr(c, null, x, s.x, null, false);
      if (x.mode === Mode.Builtin) c.error(x, ErrorCode.UncalledBuiltin, `${c.ops(x)} must be called`);
      else if (x.mode === Mode.TypeExpr) c.error(x, ErrorCode.NotAnExpr, `${c.ops(x)} is not an expression`);
      else if (kind !== ExprKind.Statement) c.error(x, ErrorCode.UnusedExpr, `${c.ops(x)} is not used`);
      return;
    }
    case Kind.SendStmt: {
      const ch = new Operand();
      const val = new Operand();
      expr(c, null, ch, s.chan);
      expr(c, null, val, s.value);
      if (ch.mode === Mode.Invalid || val.mode === Mode.Invalid) return;
      const elem = chanElem(c, s, ch, false);
      if (elem !== null) assignment(c, val, elem, "send");
      return;
    }
    case Kind.AssignStmt: {
      if (s.rhs === null) {
        // x++ and x--
        const x = new Operand();
        expr(c, null, x, s.lhs);
        if (x.mode === Mode.Invalid) return;
        if (!allNumeric(x.type)) {
          const op = operatorString(s.op);
          c.error(
            s.lhs,
            ErrorCode.NonNumericIncDec,
            `invalid operation: ${c.es(s.lhs)}${op}${op} (non-numeric type ${c.ts(x.type)})`,
          );
          return;
        }
        assignVar(c, s.lhs, null, x, "assignment");
        return;
      }
      if (s.op === Operator.None) {
        assignVars(c, unpackList(s.lhs), unpackList(s.rhs));
        return;
      }
      if (s.op === Operator.Def) {
        shortVarDecl(c, s.pos, unpackList(s.lhs), unpackList(s.rhs));
        return;
      }
      if (s.lhs.kind === Kind.ListExpr || s.rhs.kind === Kind.ListExpr) {
        c.error(
          s,
          ErrorCode.MultiValAssignOp,
          `assignment operation ${operatorString(s.op)} requires single-valued expressions`,
        );
        return;
      }
      const x = new Operand();
      binary(c, x, null, s.lhs, s.rhs, s.op);
      assignVar(c, s.lhs, null, x, "assignment");
      return;
    }
    case Kind.CallStmt:
      suspendedCall(c, s.tok === Token.Defer ? "defer" : "go", s.call);
      return;
    case Kind.ReturnStmt: {
      const res = c.env.sig!.results.vars;
      const results = unpackList(s.results);
      if (results.length === 0 && res.length > 0 && res[0]!.name !== "") {
        // The result parameters must be what their names mean here.
        for (const obj of res) {
          const alt = c.lookup(obj.name);
          if (alt === null || alt === obj) continue;
          const err = c.newError(ErrorCode.OutOfScopeResult);
          err.add(s, `result parameter ${obj.name} not in scope at return`);
          err.add(alt.pos, `inner declaration of ${c.os(obj)}`);
          err.report();
        }
      } else if (res.length > 0) initVars(c, res, results, s);
      else if (results.length > 0) initVars(c, [], results, s);
      return;
    }
    case Kind.BranchStmt:
      if (s.label !== null) {
        c.env.hasLabel = true;
        return;
      }
      if (!c.checkBranches) return;
      switch (s.tok) {
        case Token.Break:
          if ((ctxt & Ctxt.BreakOk) === 0)
            c.error(s, ErrorCode.MisplacedBreak, "break not in for, switch, or select statement");
          break;
        case Token.Continue:
          if ((ctxt & Ctxt.ContinueOk) === 0) c.error(s, ErrorCode.MisplacedContinue, "continue not in for statement");
          break;
        case Token.Fallthrough:
          if ((ctxt & Ctxt.FallthroughOk) === 0) {
            let msg = "fallthrough statement out of place";
            if ((ctxt & Ctxt.FinalSwitchCase) !== 0) msg = "cannot fallthrough final case in switch";
            else if ((ctxt & Ctxt.InTypeSwitch) !== 0) msg = "cannot fallthrough in type switch";
            c.error(s, ErrorCode.MisplacedFallthrough, msg);
          }
          break;
        default:
          c.error(s, ErrorCode.InvalidSyntaxTree, `branch statement: ${tokenString(s.tok)}`);
      }
      return;
    case Kind.BlockStmt:
      openScope(c, s, "block");
      stmtList(c, inner, s.list);
      closeScope(c);
      return;
    case Kind.IfStmt: {
      openScope(c, s, "if");
      simpleStmt(c, s.init);
      condition(c, s.cond, "if");
      stmt(c, inner, s.thenBlock);
      if (s.elseStmt !== null) stmt(c, inner, s.elseStmt);
      closeScope(c);
      return;
    }
    case Kind.SwitchStmt: {
      openScope(c, s, "switch");
      simpleStmt(c, s.init);
      if (s.tag !== null && s.tag.kind === Kind.TypeSwitchGuard)
        typeSwitchStmt(c, inner | Ctxt.BreakOk | Ctxt.InTypeSwitch, s, s.tag);
      else switchStmt(c, inner | Ctxt.BreakOk, s);
      closeScope(c);
      return;
    }
    case Kind.SelectStmt:
      selectStmt(c, inner | Ctxt.BreakOk, s);
      return;
    case Kind.ForStmt: {
      const body = inner | Ctxt.BreakOk | Ctxt.ContinueOk;
      if (s.init !== null && s.init.kind === Kind.RangeClause) {
        rangeStmt(c, body, s, s.init);
        return;
      }
      openScope(c, s, "for");
      simpleStmt(c, s.init);
      if (s.cond !== null) condition(c, s.cond, "for");
      simpleStmt(c, s.post);
      // Reported by the parser; avoid complaints about an unused variable.
      if (s.post !== null && s.post.kind === Kind.AssignStmt && s.post.op === Operator.Def) use(c, s.post.lhs);
      stmt(c, body, s.body);
      closeScope(c);
      return;
    }
    default:
      c.error(s, ErrorCode.InvalidSyntaxTree, "invalid statement");
  }
}

function condition(c: Checker, e: Expr, what: string): void {
  const x = new Operand();
  expr(c, null, x, e);
  if (x.mode !== Mode.Invalid && !allBoolean(x.type))
    c.error(e, ErrorCode.InvalidCond, `non-boolean condition in ${what} statement`);
}

function suspendedCall(c: Checker, keyword: string, call: Expr): void {
  let code = keyword === "go" ? ErrorCode.InvalidGo : ErrorCode.InvalidDefer;
  if (call.kind !== Kind.CallExpr) {
    c.error(call, code, `expression in ${keyword} must be function call`);
    use(c, call);
    return;
  }
  const x = new Operand();
  let msg: string;
  switch (rawExpr(c, null, x, call, null, false)) {
    case ExprKind.Conversion:
      msg = "requires function call, not conversion";
      break;
    case ExprKind.Expression:
      msg = "discards result of";
      code = ErrorCode.UnusedResults;
      break;
    default:
      return;
  }
  c.error(x, code, `${keyword} ${msg} ${c.ops(x)}`);
}

function selectStmt(c: Checker, inner: number, s: SelectStmt): void {
  let first: CommClause | null = null;
  for (const clause of s.body) {
    if (clause.comm !== null) continue;
    if (first !== null)
      c.error(clause, ErrorCode.DuplicateDefault, `multiple defaults (first at ${c.position(first.pos)})`);
    else first = clause;
  }
  for (const clause of s.body) {
    const comm = clause.comm;
    let valid = comm === null || comm.kind === Kind.SendStmt;
    let rhs: Expr | null = null;
    if (comm !== null) {
      if (comm.kind === Kind.AssignStmt && comm.rhs !== null && comm.rhs.kind !== Kind.ListExpr) rhs = comm.rhs;
      else if (comm.kind === Kind.ExprStmt) rhs = comm.x;
    }
    if (rhs !== null) {
      const r = unparen(rhs);
      if (r.kind === Kind.Operation && r.y === null && r.op === Operator.Recv) valid = true;
    }
    if (!valid) {
      c.error(comm!, ErrorCode.InvalidSelectCase, "select case must be send or receive (possibly with assignment)");
      continue;
    }
    openScope(c, clause, "case");
    if (comm !== null) stmt(c, inner, comm);
    stmtList(c, inner, clause.body);
    closeScope(c);
  }
}
