import { type BranchStmt, type Expr, type ForStmt, Kind as Node, type RangeClause, Token, unpackList } from "#syntax";
import { BasicKind, ObjKind, type Signature, type Type, typ, under, Var, VarKind } from "#types";
import { type Block, FuncFlag, Op, type Value } from "../core/index.ts";
import { target } from "./assign.ts";
import { childBuilder, closureRef, makeClosure } from "./closure.ts";
import { assignable } from "./conv.ts";
import { expr } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

// Range over functions (cmd/compile/internal/rangefunc/rewrite.go). The body becomes a function that the iterator calls. A
// variable of the loop says what state the loop is in, so that calls that come too early, too late or after a panic are
// caught; leaving the loop for more than its end sets #next, on which the code after the iterator's call acts.

/** internal/abi.RF_State. */
const enum State {
  Done = 0,
  Ready = 1,
  Panic = 2,
  Exhausted = 3,
  MissingPanic = 4,
}

/** Value of #next for a return. */
const returnCode = -1;

/** A way in which the body of a loop may be left besides its end. */
interface Exit {
  readonly code: number;
  /** null: return. */
  readonly branch: BranchStmt | null;
}

/** The body of a range over a function, while it is built. */
export class RangeFuncBody {
  readonly exits: Exit[] = [];

  add(code: number, branch: BranchStmt | null): void {
    if (!this.exits.some((e) => e.code === code)) this.exits.push({ code, branch });
  }
}

export function rangeFunc(b: FuncBuilder, s: ForStmt, c: RangeClause): void {
  const iterator = expr(b, c.x);
  const sig = under(b.typeOf(c.x)) as Signature;
  const yieldType = sig.params.vars[0]!.type!;
  const yieldSig = under(yieldType) as Signature;
  const state = b.analysis.loops.get(s)!.state;
  const func = b.ctx.func;
  const next = b.analysis.next.get(func) ?? null;
  if (b.ctx.loop === null) {
    if (next !== null) b.declare(next, b.int(0));
    const token = b.analysis.deferToken.get(func);
    if (token !== undefined) b.declare(token, b.runtime1("deferrangefunc"));
  }
  b.declare(state, b.int(State.Ready));
  const inner = buildRangeBody(b, s, c, yieldSig, state);
  b.pos = s.pos;
  const closure = makeClosure(b, inner, "literal", b.stype(yieldType));
  callIterator(b, iterator, closure);
  const bad = b.newBlock();
  const fine = b.newBlock();
  b.branch(b.val(Op.Eq, b.types.bool, b.readVar(state), b.int(State.Panic)), bad, fine, -1);
  b.startSealed(bad);
  b.runtime("panicrangestate", b.int(State.MissingPanic));
  b.cur = null;
  b.startSealed(fine);
  b.writeVar(state, b.int(State.Exhausted));
  const exits = inner.rangeBody!.exits;
  if (exits.length > 0) {
    const code = b.readVar(next!);
    for (const e of exits) {
      const take: Block = b.newBlock();
      const other: Block = b.newBlock();
      b.branch(b.val(Op.Eq, b.types.bool, code, b.int(e.code)), take, other);
      b.startSealed(take);
      takeExit(b, e, next!);
      b.startSealed(other);
    }
  }
}

function callIterator(b: FuncBuilder, iterator: Value, closure: Value): void {
  if (iterator.op === Op.FuncValue) {
    const v = b.val(Op.StaticCall, b.types.tuple([b.types.mem]), closure, b.mem);
    v.aux = iterator.aux;
    b.takeResults(v, []);
    return;
  }
  const v = b.val(Op.ClosureCall, b.types.tuple([b.types.mem]), iterator, closure, b.mem);
  v.aux = { params: [closure.type], results: [] };
  b.takeResults(v, []);
}

/** After the iterator returned: goes on where the body wanted to. */
function takeExit(b: FuncBuilder, e: Exit, next: Var): void {
  if (e.branch === null) {
    if (b.ctx.loop === null) {
      b.buildReturn();
      return;
    }
  } else if (isHere(b, e.branch)) {
    b.writeVar(next, b.int(0));
    b.stmt(e.branch);
    b.cur = null;
    return;
  }
  // It is meant for a function further out.
  b.rangeBody!.add(e.code, e.branch);
  b.returnValues([b.bool(false)]);
}

/** Whether the target of a branch is in b's own function. */
function isHere(b: FuncBuilder, s: BranchStmt): boolean {
  if (s.tok === Token.Goto) return b.analysis.labelOwner.get(s.target!) === b.ctx;
  return b.targets.has(s.target!);
}

function buildRangeBody(b: FuncBuilder, s: ForStmt, c: RangeClause, sig: Signature, state: Var): FuncBuilder {
  const ctx = b.analysis.contexts.get(s)!;
  const ref = closureRef(b, b.closureName("-range"), sig);
  const inner = childBuilder(b, ref, ctx, sig);
  inner.rangeBody = new RangeFuncBody();
  inner.body = s.body;
  inner.f.flags |= FuncFlag.NotInlinable;
  inner.f.startPos = s.pos;
  inner.pos = s.pos;
  const lhs = unpackList(c.lhs);
  const params = sig.params.vars.map((p, i) => {
    const declared = c.def ? declaredVar(inner, lhs[i]) : null;
    return declared ?? new Var(VarKind.Param, s.pos, null, `.x${i}`, p.type);
  });
  inner.begin(params, [new Var(VarKind.Result, s.pos, null, "", typ[BasicKind.Bool]!)]);
  const bad = inner.newBlock();
  const fine = inner.newBlock();
  const now = inner.readVar(state);
  inner.branch(inner.val(Op.Ne, inner.types.bool, now, inner.int(State.Ready)), bad, fine, -1);
  inner.startSealed(bad);
  inner.runtime("panicrangestate", now);
  inner.cur = null;
  inner.startSealed(fine);
  inner.writeVar(state, inner.int(State.Panic));
  if (!c.def) {
    lhs.forEach((e, i) => {
      const p = params[i];
      if (p !== undefined) assignParam(inner, e, p, sig.params.vars[i]!.type!);
    });
  }
  const leave = (to: State, more: boolean): void => {
    inner.writeVar(state, inner.int(to));
    inner.returnValues([inner.bool(more)]);
  };
  inner.targets.set(s, {
    breakTo: null,
    continueTo: null,
    onBreak: () => leave(State.Done, false),
    onContinue: () => leave(State.Ready, true),
  });
  inner.stmt(s.body);
  if (inner.cur !== null) {
    inner.pos = s.body.rbrace;
    leave(State.Ready, true);
  }
  inner.end(s.body.rbrace);
  return inner;
}

function declaredVar(b: FuncBuilder, e: Expr | undefined): Var | null {
  if (e === undefined || e.kind !== Node.Name || e.value === "_") return null;
  const o = b.objOf(e);
  return o !== null && o.kind === ObjKind.Var ? o : null;
}

function assignParam(b: FuncBuilder, e: Expr, p: Var, type: Type): void {
  const v = b.readVar(p);
  const t = target(b, e);
  if (t.type !== null) t.set(b, assignable(b, v, type, t.type));
}

/** A branch out of a range-over-func body, or null effect: false if its target is in this function. */
export function leaveRangeBody(b: FuncBuilder, s: BranchStmt): boolean {
  if (b.ctx.loop === null || isHere(b, s)) return false;
  const code = b.exitCode(s);
  // All loops up to the one that has the target are done.
  for (let c: FuncBuilder = b; c.ctx.loop !== null && (c === b || !isHere(c, s)); c = c.parent!) {
    b.writeVar(b.analysis.loops.get(c.ctx.loop)!.state, b.int(State.Done));
  }
  leaveWith(b, code, s);
  return true;
}

function leaveWith(b: FuncBuilder, code: number, s: BranchStmt | null): void {
  b.writeVar(b.analysis.next.get(b.ctx.func)!, b.int(code));
  b.rangeBody!.add(code, s);
  b.returnValues([b.bool(false)]);
}

/** A return statement in a range-over-func body. values null: the result variables have them already. */
export function returnFromRangeBody(b: FuncBuilder, values: readonly Value[] | null): void {
  if (values !== null) {
    const results = b.ctx.func.results;
    for (let i = 0; i < results.length; i++) b.writeVar(results[i]!, values[i]!);
  }
  for (let c: FuncBuilder = b; c.ctx.loop !== null; c = c.parent!) {
    b.writeVar(b.analysis.loops.get(c.ctx.loop)!.state, b.int(State.Done));
  }
  leaveWith(b, returnCode, null);
}
