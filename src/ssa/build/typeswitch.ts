import { type CaseClause, type Expr, type SwitchStmt, type TypeSwitchGuard, unpackList } from "#syntax";
import { type Type, TypeKind, under, type Var } from "#types";
import { type Block, Kind, Op, type SType, type Value } from "../core/index.ts";
import { dataOf, typeAddr, typeAssertDescriptor } from "./assert.ts";
import { dynamicType } from "./conv.ts";
import { expr } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { clauseBodies } from "./switch.ts";

/** switch v := x.(type) */
export function typeSwitchStmt(b: FuncBuilder, s: SwitchStmt, guard: TypeSwitchGuard): void {
  if (s.init !== null) b.stmt(s.init);
  if (b.cur === null) return;
  const x = expr(b, guard.x);
  const done = b.newBlock();
  b.targets.set(s, { breakTo: done, continueTo: null, onBreak: null, onContinue: null });
  const bodies = s.body.map(() => b.newBlock());
  const dflt = s.body.findIndex((c) => c.cases === null);
  const type = dynamicType(b, x);
  for (let i = 0; i < bodies.length; i++) clauseTests(b, x, type, s.body[i]!, bodies[i]!);
  if (dflt >= 0) {
    declareClauseVar(b, s.body[dflt]!, x, null);
    b.jump(bodies[dflt]!);
  } else b.jump(done);
  clauseBodies(b, s.body, bodies, done);
}

function clauseTests(b: FuncBuilder, x: Value, type: Value, c: CaseClause, body: Block): void {
  const list = unpackList(c.cases);
  for (const e of list) {
    b.pos = e.pos;
    const yes = b.newBlock();
    const no = b.newBlock();
    const t = caseType(b, e);
    let itab: Value | null = null;
    if (t === null) b.branch(b.val(Op.Eq, b.types.bool, type, b.f.constNil(type.type)), yes, no);
    else if (under(t).kind === TypeKind.Interface) itab = interfaceTest(b, type, b.stype(t), yes, no);
    else b.branch(b.val(Op.Eq, b.types.bool, type, typeAddr(b, b.stype(t))), yes, no);
    b.startSealed(yes);
    if (list.length > 1 || t === null) declareClauseVar(b, c, x, null);
    else declareClauseVar(b, c, x, asCase(b, x, type, b.stype(t), itab));
    b.jump(body);
    b.startSealed(no);
  }
}

/** The type of a case; null for nil. */
function caseType(b: FuncBuilder, e: Expr): Type | null {
  return b.isNil(e) ? null : b.typeOf(e);
}

/** Goes to yes if the dynamic type implements the interface type t: its itab there. */
function interfaceTest(b: FuncBuilder, type: Value, t: SType, yes: Block, no: Block): Value | null {
  const nil = b.f.constNil(type.type);
  const some = b.val(Op.Ne, b.types.bool, type, nil);
  if (t.kind === Kind.Eface) {
    b.branch(some, yes, no);
    return null;
  }
  const ask = b.newBlock();
  b.branch(some, ask, no);
  b.startSealed(ask);
  const itab = b.runtime1("typeAssert", typeAssertDescriptor(b, t, true), type);
  b.branch(b.val(Op.Ne, b.types.bool, itab, nil), yes, no);
  return itab;
}

function asCase(b: FuncBuilder, x: Value, type: Value, t: SType, itab: Value | null): Value {
  if (!t.isInterface) return dataOf(b, x, t);
  return b.val(Op.IfaceMake, t, itab ?? type, b.val(Op.IfaceData, b.types.unsafePtr, x));
}

/** Gives the clause's variable its value: the whole of x if the clause is not of one type. */
function declareClauseVar(b: FuncBuilder, c: CaseClause, x: Value, v: Value | null): void {
  const variable = c.implicit as Var | null;
  if (variable === null) return;
  b.clauses.set(variable, c.pos);
  b.declare(variable, v ?? x);
}
