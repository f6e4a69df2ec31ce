import {
  type CommClause,
  type Expr,
  Kind as Node,
  Operator,
  type Operation,
  type SelectStmt,
  unpackList,
  unparen,
} from "#syntax";
import { type Chan, under } from "#types";
import { type Block, Op, type SType, type Value } from "../core/index.ts";
import { receiveInto, send } from "./chan.ts";
import { assignable } from "./conv.ts";
import { expr, exprAs } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { newVariable, target } from "./assign.ts";
import { hasEffects } from "./call.ts";

/** A case of a select statement, its operands evaluated. */
interface Case {
  readonly clause: CommClause;
  readonly isSend: boolean;
  readonly chan: Value;
  /** Address of the value sent, or of where the value received goes; nil if nobody wants it. */
  readonly elem: Value;
  readonly elemType: SType;
  readonly lhs: readonly Expr[];
  readonly body: Block;
}

/** cmd/compile/internal/walk/select.go, runtime/select.go. */
export function selectStmt(b: FuncBuilder, s: SelectStmt): void {
  const done = b.newBlock();
  b.targets.set(s, { breakTo: done, continueTo: null, onBreak: null, onContinue: null });
  const comms = s.body.filter((c) => c.comm !== null);
  const dflt = s.body.find((c) => c.comm === null) ?? null;
  if (comms.length === 0) {
    if (dflt === null) {
      b.runtime("block");
      b.cur = null;
    } else {
      b.block(dflt.body);
      b.jump(done);
    }
  } else if (comms.length === 1) single(b, comms[0]!, dflt, done);
  else general(b, comms, dflt, done);
  b.startSealed(done);
}

function single(b: FuncBuilder, c: CommClause, dflt: CommClause | null, done: Block): void {
  const comm = c.comm!;
  if (dflt !== null) {
    const k = evaluate(b, c, b.newBlock());
    const otherwise = b.newBlock();
    let ok: Value | null = null;
    let selected: Value;
    if (k.isSend) selected = b.runtime1("selectnbsend", k.chan, k.elem);
    else {
      const r = b.runtime("selectnbrecv", k.elem, k.chan);
      selected = r[0]!;
      ok = r[1]!;
    }
    b.branch(selected, k.body, otherwise);
    b.startSealed(k.body);
    received(b, k, ok);
    b.block(c.body);
    b.jump(done);
    b.startSealed(otherwise);
    b.block(dflt.body);
    b.jump(done);
    return;
  }
  b.pos = comm.pos;
  if (comm.kind === Node.SendStmt) send(b, comm);
  else {
    const recv = receiveOperation(comm);
    const lhs = comm.kind === Node.AssignStmt ? unpackList(comm.lhs) : [];
    const [v, ok] = receiveInto(b, expr(b, recv.x));
    store(b, lhs, v, ok);
  }
  b.block(c.body);
  b.jump(done);
}

function receiveOperation(comm: NonNullable<CommClause["comm"]>): Operation {
  const e = comm.kind === Node.ExprStmt ? comm.x : comm.kind === Node.AssignStmt ? comm.rhs! : null;
  const x = e === null ? null : unparen(e);
  if (x === null || x.kind !== Node.Operation || x.op !== Operator.Recv)
    throw new Error("select case without communication");
  return x;
}

function evaluate(b: FuncBuilder, c: CommClause, body: Block): Case {
  const comm = c.comm!;
  b.pos = comm.pos;
  if (comm.kind === Node.SendStmt) {
    const chan = expr(b, comm.chan);
    const elem = (under(b.typeOf(comm.chan)) as Chan).elem;
    const v = exprAs(b, comm.value, elem);
    const p = b.spill(b.stable(v));
    return { clause: c, isSend: true, chan, elem: p, elemType: b.stype(elem), lhs: [], body };
  }
  const recv = receiveOperation(comm);
  const chan = expr(b, recv.x);
  const elemType = chan.type.elem!;
  const lhs = comm.kind === Node.AssignStmt ? unpackList(comm.lhs) : [];
  const first = lhs[0];
  const wanted = first !== undefined && !(first.kind === Node.Name && first.value === "_");
  const elem = wanted ? b.alloc(elemType, "temp", "") : b.f.constNil(b.types.pointerTo(elemType));
  return { clause: c, isSend: false, chan, elem, elemType, lhs, body };
}

/** Assigns what was received. */
function received(b: FuncBuilder, k: Case, ok: Value | null): void {
  if (k.isSend || k.lhs.length === 0) return;
  b.pos = k.clause.comm!.pos;
  const v = k.elem.op === Op.ConstNil ? null : b.load(k.elemType, k.elem);
  store(b, k.lhs, v, ok);
}

function store(b: FuncBuilder, lhs: readonly Expr[], v: Value | null, ok: Value | null): void {
  const [first, second] = lhs;
  const elem = v?.type.go ?? null;
  if (first !== undefined && v !== null) set(b, first, v, elem!);
  if (second !== undefined && ok !== null) set(b, second, ok, b.types.bool.go!);
}

function set(b: FuncBuilder, e: Expr, v: Value, type: NonNullable<SType["go"]>): void {
  const nv = newVariable(b, e);
  if (nv !== null) {
    b.declare(nv, assignable(b, v, type, b.subst(nv.type!)));
    return;
  }
  if (hasEffects(b, e)) v = b.stable(v);
  const t = target(b, e);
  if (t.type !== null) t.set(b, assignable(b, v, type, t.type));
}

function general(b: FuncBuilder, comms: readonly CommClause[], dflt: CommClause | null, done: Block): void {
  const p = b.types.unsafePtr;
  const n = comms.length;
  const cases = comms.map((c) => evaluate(b, c, b.newBlock()));
  const scase = b.types.structOf([
    { name: "c", type: p },
    { name: "elem", type: p },
  ]);
  const array = b.alloc(b.types.arrayOf(scase, n), "temp", "");
  const order = b.alloc(b.types.arrayOf(b.types.uint16, 2 * n), "temp", "");
  // Sends in order from the front, receives from the back.
  const index: number[] = [];
  let sends = 0;
  let receives = 0;
  for (const k of cases) index.push(k.isSend ? sends++ : n - ++receives);
  cases.forEach((k, i) => {
    b.pos = k.clause.comm!.pos;
    const at = index[i]! * 16;
    b.store(k.chan.type, b.offset(array, at, k.chan.type), k.chan);
    b.store(k.elem.type, b.offset(array, at + 8, k.elem.type), k.elem);
  });
  const nil = b.f.constNil(p);
  const r = b.runtime("selectgo", array, order, nil, b.int(sends), b.int(receives), b.bool(dflt === null));
  const chosen = r[0]!;
  const ok = r[1]!;
  const bool = b.types.bool;
  if (dflt !== null) {
    const otherwise = b.newBlock();
    const some = b.newBlock();
    b.branch(b.val(Op.Lt, bool, chosen, b.int(0)), otherwise, some);
    b.startSealed(otherwise);
    b.block(dflt.body);
    b.jump(done);
    b.startSealed(some);
  }
  cases.forEach((k, i) => {
    if (i === n - 1) {
      b.jump(k.body);
      return;
    }
    const next = b.newBlock();
    b.branch(b.val(Op.Eq, bool, chosen, b.int(index[i]!)), k.body, next);
    b.startSealed(next);
  });
  for (const k of cases) {
    b.startSealed(k.body);
    received(b, k, ok);
    b.block(k.clause.body);
    b.jump(done);
  }
}
