import {
  type BranchStmt,
  type CallExpr,
  type ForStmt,
  type IfStmt,
  Kind as Node,
  type LabeledStmt,
  type ReturnStmt,
  type Stmt,
  Token,
  unpackList,
  unparen,
} from "#syntax";
import { TypeKind, type Var } from "#types";
import type { SType, Value } from "../core/index.ts";
import { assignStmt, varDecl } from "./assign.ts";
import { buildCall } from "./call.ts";
import { send } from "./chan.ts";
import { assignable } from "./conv.ts";
import { deferStmt, goStmt } from "./defer.ts";
import { condition, expr, exprAs } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { hoist } from "./hoist.ts";
import { rangeStmt } from "./range.ts";
import { leaveRangeBody, returnFromRangeBody } from "./rangefunc.ts";
import { selectStmt } from "./select.ts";
import { switchStmt } from "./switch.ts";
import { typeSwitchStmt } from "./typeswitch.ts";

export function buildStmt(b: FuncBuilder, s: Stmt): void {
  if (b.cur === null) {
    // Dead code is built only where a goto may lead into it.
    if (!b.ctx.hasLabels) return;
    b.startSealed(b.newBlock());
  }
  b.pos = s.pos;
  b.begins();
  build(b, s);
  b.dropDead();
}

function build(b: FuncBuilder, s: Stmt): void {
  switch (s.kind) {
    case Node.EmptyStmt:
      return;
    case Node.LabeledStmt:
      labeled(b, s);
      return;
    case Node.BlockStmt:
      b.block(s.list);
      return;
    case Node.ExprStmt: {
      const x = unparen(s.x);
      if (x.kind === Node.CallExpr) callStatement(b, x);
      else if (b.constOf(x) === null && !b.isNil(x)) expr(b, x);
      return;
    }
    case Node.SendStmt:
      send(b, s);
      return;
    case Node.DeclStmt:
      for (const d of s.declList) if (d.kind === Node.VarDecl) varDecl(b, d);
      return;
    case Node.AssignStmt:
      assignStmt(b, s);
      return;
    case Node.BranchStmt:
      branch(b, s);
      return;
    case Node.CallStmt:
      if (s.tok === Token.Go) goStmt(b, s);
      else deferStmt(b, s);
      return;
    case Node.ReturnStmt:
      returnStmt(b, s);
      return;
    case Node.IfStmt:
      ifStmt(b, s);
      return;
    case Node.ForStmt:
      if (s.init !== null && s.init.kind === Node.RangeClause) rangeStmt(b, s, s.init);
      else forStmt(b, s);
      return;
    case Node.SwitchStmt:
      if (s.tag !== null && s.tag.kind === Node.TypeSwitchGuard) typeSwitchStmt(b, s, s.tag);
      else switchStmt(b, s);
      return;
    case Node.SelectStmt:
      selectStmt(b, s);
      return;
  }
  throw b.error(s.pos, `statement of kind ${s.kind}`);
}

function callStatement(b: FuncBuilder, e: CallExpr): void {
  if (b.constOf(e) !== null) return;
  b.pos = e.pos;
  buildCall(b, e);
}

function labeled(b: FuncBuilder, s: LabeledStmt): void {
  let block = b.labels.get(s);
  if (block === undefined) {
    block = b.newBlock();
    b.labels.set(s, block);
  }
  b.jump(block);
  b.start(block);
  if (b.analysis.backward.has(s)) b.loopDepth++;
  else b.seal(block);
  b.stmt(s.stmt);
}

function branch(b: FuncBuilder, s: BranchStmt): void {
  if (s.tok === Token.Fallthrough) {
    b.jump(b.fallthroughTo!);
    return;
  }
  const target = s.target!;
  if (s.tok === Token.Goto) {
    if (leaveRangeBody(b, s)) return;
    let block = b.labels.get(target);
    if (block === undefined) {
      block = b.newBlock();
      b.labels.set(target, block);
    }
    b.jump(block);
    return;
  }
  const t = b.targets.get(target);
  if (t === undefined) {
    if (leaveRangeBody(b, s)) return;
    throw b.error(s.pos, "a branch to nowhere");
  }
  if (s.tok === Token.Continue && t.onContinue !== null) t.onContinue();
  else if (s.tok === Token.Break && t.onBreak !== null) t.onBreak();
  else b.jump(s.tok === Token.Continue ? t.continueTo! : t.breakTo!);
}

function returnStmt(b: FuncBuilder, s: ReturnStmt): void {
  const values = returnValues(b, s);
  b.pos = s.pos;
  if (b.ctx.loop !== null) {
    returnFromRangeBody(b, values);
    return;
  }
  if (values === null) b.buildReturn();
  else b.returnValues(values);
}

/** The values of a return statement as the function's results; null: there are none, the result variables are returned. */
function returnValues(b: FuncBuilder, s: ReturnStmt): Value[] | null {
  const list = unpackList(s.results);
  if (list.length === 0) return null;
  const types = b.resultTypes();
  if (list.length === 1 && types.length > 1) {
    const call = unparen(list[0]!) as CallExpr;
    b.pos = call.pos;
    const tuple = b.typeOf(call);
    if (tuple.kind !== TypeKind.Tuple) throw b.error(s.pos, "too few results");
    return buildCall(b, call).map((v, i) => assignable(b, v, tuple.vars[i]!.type!, types[i]!));
  }
  hoist(b, list, (i) => types[i]!);
  return list.map((e, i) => {
    const v = exprAs(b, e, types[i]!);
    return list.length > 1 ? b.stable(v) : v;
  });
}

function ifStmt(b: FuncBuilder, s: IfStmt): void {
  if (s.init !== null) b.stmt(s.init);
  if (b.cur === null) return;
  const c = b.constOf(s.cond);
  if (c !== null && !b.ctx.hasLabels) {
    const v = expr(b, s.cond);
    if (v.auxInt === 1) b.stmt(s.thenBlock);
    else if (s.elseStmt !== null) b.stmt(s.elseStmt);
    return;
  }
  const yes = b.newBlock();
  const done = b.newBlock();
  const no = s.elseStmt === null ? done : b.newBlock();
  condition(b, s.cond, yes, no);
  b.startSealed(yes);
  b.stmt(s.thenBlock);
  b.jump(done);
  if (s.elseStmt !== null) {
    b.startSealed(no);
    b.stmt(s.elseStmt);
    b.jump(done);
  }
  b.startSealed(done);
}

function forStmt(b: FuncBuilder, s: ForStmt): void {
  const before = new Set(b.vars.keys());
  if (s.init !== null) b.stmt(s.init);
  if (b.cur === null) return;
  const vars: Var[] = [];
  if (s.init !== null && b.perIteration()) {
    for (const [v, st] of b.vars) if (!before.has(v) && st.ptr >= 0) vars.push(v);
  }
  const carried = vars.map((v) => new Carried(b, v));
  const head = b.newBlock();
  const body = b.newBlock();
  const post = b.newBlock();
  const done = b.newBlock();
  // Variables in objects of their own are new in each iteration before the post statement, which the first one leaves out.
  const isFirst = carried.length > 0 && s.post !== null ? b.newVar(b.types.bool) : -1;
  if (isFirst >= 0) b.write(isFirst, b.bool(true));
  b.jump(head);
  b.start(head);
  b.loopDepth++;
  for (const c of carried) c.renew();
  if (isFirst >= 0) {
    const again = b.newBlock();
    const test = b.newBlock();
    b.branch(b.read(isFirst), test, again, -1);
    b.startSealed(again);
    b.stmt(s.post!);
    b.jump(test);
    b.startSealed(test);
  }
  if (s.cond === null) b.jump(body);
  else condition(b, s.cond, body, done, 1);
  b.startSealed(body);
  b.targets.set(s, { breakTo: done, continueTo: post, onBreak: null, onContinue: null });
  b.stmt(s.body);
  b.jump(post);
  b.startSealed(post);
  b.dropDead();
  if (b.cur !== null) {
    b.pos = s.pos;
    for (const c of carried) c.save();
    if (isFirst >= 0) b.write(isFirst, b.bool(false));
    else if (s.post !== null) b.stmt(s.post);
  }
  b.jump(head);
  b.seal(head);
  b.loopDepth--;
  b.startSealed(done);
}

/**
 * A loop variable that lives in an object: what one iteration leaves in it is carried to the object of the next as a value, so
 * that no pointer goes from iteration to iteration (escape analysis would take that for a longer life).
 */
class Carried {
  private readonly type: SType;
  /** The SSA variable that carries the value, or the address of a temporary for types that are no SSA values. */
  private readonly ssa: number;
  private readonly temp: Value | null;

  constructor(
    private readonly b: FuncBuilder,
    private readonly v: Var,
  ) {
    this.type = b.storage(v).type;
    this.ssa = this.type.canSSA ? b.newVar(this.type) : -1;
    this.temp = this.type.canSSA ? null : b.alloc(this.type, "temp", "");
    this.save();
  }

  /** Takes the value at the end of an iteration. */
  save(): void {
    const { b } = this;
    const x = b.load(this.type, b.addressOf(b.storage(this.v)));
    if (this.temp === null) b.write(this.ssa, x);
    else b.store(this.type, this.temp, x);
  }

  /** Makes the object of a new iteration. */
  renew(): void {
    const { b } = this;
    const x = this.temp === null ? b.read(this.ssa) : b.load(this.type, this.temp);
    const p = b.alloc(this.type, "variable", this.v.name, this.v.pos);
    b.store(this.type, p, x);
    b.declareAt(this.v, this.type, p);
  }
}
