import type { FuncLit, SelectorExpr } from "#syntax";
import { type Func as GoFunc, type Signature, type Type, under } from "#types";
import { Abi, ClosureSite, Func, FuncFlag, FuncRef, Op, type Value } from "../core/index.ts";
import { fieldOperand, receiverValue } from "./call.ts";
import { nilCheck, resolveSelection } from "./expr.ts";
import { FuncBuilder } from "./funcbuilder.ts";

/** Flags that a function literal has from the function around it. */
const inherited = FuncFlag.DupOk | FuncFlag.Runtime;

/** A function literal: its own function, and the closure that holds what it captures. */
export function funcLit(b: FuncBuilder, e: FuncLit): Value {
  const sig = under(b.typeOf(e)) as Signature;
  const ctx = b.analysis.contexts.get(e);
  if (ctx === undefined) throw b.error(e.pos, "a function literal that was not looked through");
  const ref = closureRef(b, b.closureName(".func"), sig);
  const inner = childBuilder(b, ref, ctx, sig);
  inner.pos = e.pos;
  inner.f.startPos = e.pos;
  if (ctx.hasDefer) inner.f.flags |= FuncFlag.HasDefer;
  if (ctx.hasRecover) inner.f.flags |= FuncFlag.NotInlinable;
  const declared = under(b.declaredType(e)) as Signature;
  inner.begin(declared.params.vars, declared.results.vars);
  inner.buildBody(e.body);
  return makeClosure(b, inner, "literal", b.exprType(e));
}

export function closureRef(b: FuncBuilder, name: string, sig: Signature): FuncRef {
  return new FuncRef(name, b.program.sigOf(sig), Abi.ABIInternal, b.f.flags & inherited, false, b.program.path);
}

/** The builder of a function inside of b's. */
export function childBuilder(b: FuncBuilder, ref: FuncRef, ctx: FuncBuilder["ctx"], sig: Signature): FuncBuilder {
  const f = new Func(ref, b.f.flags & inherited);
  f.outer = b.f;
  b.f.closures.push(f);
  return new FuncBuilder(b.program, f, b.env, b.analysis, ctx, b, sig, b.pkg);
}

/** The closure of a function that has been built, with the variables it captures. */
export function makeClosure(b: FuncBuilder, inner: FuncBuilder, kind: ClosureSite["kind"], type: Value["type"]): Value {
  const captures = inner.ctx.captures;
  const byRef = captures.map((v) => b.capturedByRef(v));
  const args = captures.map((v) => b.captureArg(v));
  const site = new ClosureSite(inner.f.ref, inner.f, byRef, inner.f.captures, kind, b.pos, b.loopDepth);
  return b.produce(Op.MakeClosure, type, 0, site, ...args.map((a) => b.fresh(a)));
}

/** x.M as a value: a closure that holds the receiver. */
export function methodValue(b: FuncBuilder, e: SelectorExpr): Value {
  const s = resolveSelection(b, e)!;
  const m = s.obj as GoFunc;
  const o = fieldOperand(b, e.x, s.index, s.index.length - 1);
  const recv = receiverValue(b, o, m);
  if (b.program.isInterfaceMethod(m)) {
    // A nil interface panics here, not when the method is called.
    nilCheck(b, b.val(Op.IfaceTab, b.types.unsafePtr, recv));
    b.markInterfaceMethod(recv.type, m);
  }
  const ref = b.program.methodValueRef(b, m, b.program.isInterfaceMethod(m) ? o.type : null);
  const site = new ClosureSite(ref, null, [false], [recv.type], "method value", b.pos, b.loopDepth);
  return b.produce(Op.MakeClosure, b.exprType(e), 0, site, b.fresh(recv));
}

/** T.M: a function with the receiver as its first parameter. */
export function methodExpr(b: FuncBuilder, e: SelectorExpr): Value {
  const s = resolveSelection(b, e)!;
  const recv: Type = s.recv;
  return b.valAux(Op.FuncValue, b.exprType(e), 0, b.program.methodExprRef(b, recv, s.obj as GoFunc));
}
