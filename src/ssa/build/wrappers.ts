import { newEmptyStmt } from "#syntax";
import {
  type Func as GoFunc,
  hasPtrRecv,
  lookupFieldOrMethod,
  type Type,
  TypeKind,
  typ,
  under,
  Var,
  VarKind,
} from "#types";
import { Abi, BlockKind, Func, type FuncRef, Op, type SType, type Value } from "../core/index.ts";
import { Analysis, Context } from "./analysis.ts";
import { receiverValue, valueOperand } from "./call.ts";
import { retype } from "./conv.ts";
import { FuncBuilder } from "./funcbuilder.ts";
import { markReflectMethod } from "./marks.ts";
import type { Program } from "./program.ts";

/** A builder for a function that has no source: its parameters, as values. */
function synthetic(program: Program, ref: FuncRef): { b: FuncBuilder; args: Value[] } {
  const f = new Func(ref, ref.flags);
  const analysis = new Analysis(
    () => typ[0]!,
    () => false,
  );
  const ctx = new Context(newEmptyStmt(0), null, []);
  const b = new FuncBuilder(program, f, null, analysis, ctx, null, null, program.pkg);
  const variable = (t: SType, i: number, kind: VarKind, name: string): Var =>
    new Var(kind, 0, null, `${name}${i}`, t.go!);
  const params = ref.sig.params.map((t, i) => variable(t, i, VarKind.Param, ".p"));
  b.begin(
    params,
    ref.sig.results.map((t, i) => variable(t, i, VarKind.Result, ".r")),
  );
  return { b, args: params.map((v) => b.readVar(v)) };
}

function finish(b: FuncBuilder): Func {
  b.end(0);
  return b.f;
}

/** Calls method m on a receiver that has it, perhaps by embedding, and returns what it returns. */
function callMethod(b: FuncBuilder, recv: Value, type: Type, m: GoFunc, args: readonly Value[]): void {
  const r = lookupFieldOrMethod(type, true, m.pkg, m.name);
  if (r.obj === null || r.index === null) throw b.error(0, `no method ${m.name}`);
  const method = r.obj as GoFunc;
  const o = valueOperand(b, recv, type, r.index, r.index.length - 1);
  const receiver = receiverValue(b, o, method);
  markReflectMethod(b, method.name, method.signature, null);
  if (!b.program.isInterfaceMethod(method)) {
    const ref = b.program.methodRef(method);
    const values = [retype(b, receiver, ref.sig.params[0]!), ...args];
    b.returnValues(b.callRef(ref, ...values.map((v, i) => retype(b, v, ref.sig.params[i]!))));
    return;
  }
  const mref = b.program.methodOf(b, receiver.type, method);
  b.markInterfaceMethod(receiver.type, method);
  const v = b.val(
    Op.InterCall,
    b.types.tuple([...mref.sig.results, b.types.mem]),
    receiver,
    ...args.map((a) => b.fresh(a)),
    b.mem,
  );
  v.aux = mref;
  b.returnValues(b.takeResults(v, mref.sig.results));
}

/** A method that a type has by embedding, or that *T has because T has it; also I.M of an interface type. */
export function buildMethodWrapper(program: Program, ref: FuncRef, recv: Type, m: GoFunc): Func {
  const { b, args } = synthetic(program, ref);
  const self = args[0]!;
  const u = under(recv);
  if (u.kind === TypeKind.Pointer && !hasPtrRecv(m) && !program.isInterfaceMethod(m)) {
    const r = lookupFieldOrMethod(recv, true, m.pkg, m.name);
    if (r.index !== null && r.index.length === 1) checkReceiver(b, self);
  }
  callMethod(b, self, recv, m, args.slice(1));
  return finish(b);
}

/** A nil *T as receiver of a method of T: the panic says which method it was. */
function checkReceiver(b: FuncBuilder, p: Value): void {
  const bad = b.newBlock();
  const fine = b.newBlock();
  b.branch(b.val(Op.Eq, b.types.bool, p, b.f.constNil(p.type)), bad, fine, -1);
  b.startSealed(bad);
  b.runtime("panicwrap");
  b.cur = null;
  b.startSealed(fine);
}

/** The function of a method value: its receiver is in the closure. */
export function buildMethodValue(program: Program, ref: FuncRef, recv: Type, m: GoFunc): Func {
  const { b, args } = synthetic(program, ref);
  const t = b.stype(recv);
  b.f.captures = [t];
  let self = b.valAux(Op.FreeVar, t, 0, null);
  if (!t.canSSA) self = b.inTemp(self);
  callMethod(b, self, recv, m, args);
  return finish(b);
}

/** A function with one ABI that calls the same function with another (cmd/compile/internal/ssagen: makeABIWrapper). */
export function buildAbiWrapper(program: Program, ref: FuncRef, target: FuncRef): Func {
  const { b, args } = synthetic(program, ref);
  const { params, results } = ref.sig;
  if (params.length === 0 && results.length === 0 && !(ref.abi === Abi.ABIInternal && target.abi === Abi.ABI0)) {
    const v = b.val(Op.TailCall, b.types.tuple([b.types.mem]), b.mem);
    v.aux = target;
    const block = b.cur!;
    block.kind = BlockKind.RetJmp;
    block.setControl(v);
    b.cur = null;
  } else b.returnValues(b.callRef(target, ...args));
  return finish(b);
}
