import { type CallExpr, newCallExpr, type CallStmt, type Expr, newName, unparen } from "#syntax";
import { Mode, newTypeAndValue, tvOf, type Type, Var, VarKind } from "#types";
import { Abi, ClosureSite, DeferSite, Func, FuncFlag, FuncRef, Op, type SType, type Value } from "../core/index.ts";
import { Context } from "./analysis.ts";
import { buildBuiltin } from "./builtin.ts";
import { PreparedCall, resolveCallee } from "./call.ts";
import { expr, nilCheck } from "./expr.ts";
import { FuncBuilder } from "./funcbuilder.ts";

/** go f(x) */
export function goStmt(b: FuncBuilder, s: CallStmt): void {
  const fn = niladic(b, s, "go");
  b.pos = s.pos;
  b.effect(Op.Go, 0, null, fn);
}

/** defer f(x) */
export function deferStmt(b: FuncBuilder, s: CallStmt): void {
  const fn = niladic(b, s, "defer");
  b.pos = s.pos;
  if (b.ctx.loop !== null) {
    b.runtime("deferprocat", fn, b.readVar(b.analysis.deferToken.get(b.ctx.func)!));
    return;
  }
  b.effect(Op.Defer, 0, new DeferSite(b.loopDepth > 0, s.pos), fn);
}

/** A func value without parameters and results that does the call; function and arguments are evaluated now. */
function niladic(b: FuncBuilder, s: CallStmt, kind: "go" | "defer"): Value {
  const e = unparen(s.call) as CallExpr;
  b.pos = e.pos;
  if (b.modeOf(e.fun) === Mode.Builtin) return builtinCall(b, e, kind);
  const callee = resolveCallee(b, e);
  const sig = callee.sig;
  if (sig.params.vars.length === 0 && sig.results.vars.length === 0 && callee.method === null) {
    return expr(b, e.fun);
  }
  const call = new PreparedCall(b, e, callee);
  if (call.iface !== null) nilCheck(b, b.val(Op.IfaceTab, b.types.unsafePtr, call.iface));
  const values = call.values();
  const w = wrapper(
    b,
    kind,
    values.map((v) => v.type),
    s,
  );
  call.emitWith(
    w,
    values.map((v, i) => w.valAux(Op.FreeVar, v.type, i, null)),
  );
  return finishWrapper(b, w, kind, values);
}

/** The function that does a deferred call, without its body. */
function wrapper(b: FuncBuilder, kind: "go" | "defer", captures: readonly SType[], s: CallStmt): FuncBuilder {
  const flags = (b.f.flags & (FuncFlag.DupOk | FuncFlag.Runtime)) | FuncFlag.Wrapper;
  const name = b.closureName(kind === "go" ? ".gowrap" : ".deferwrap");
  const ref = new FuncRef(name, { params: [], results: [] }, Abi.ABIInternal, flags, false, b.program.path);
  const f = new Func(ref, flags | FuncFlag.NotInlinable | (captures.length > 0 ? FuncFlag.NeedCtxt : 0));
  f.outer = b.f;
  f.startPos = s.pos;
  b.f.closures.push(f);
  const w = new FuncBuilder(b.program, f, b.env, b.analysis, new Context(s, null, []), b, null, b.pkg);
  w.pos = s.pos;
  w.begin([], []);
  f.captures = captures;
  return w;
}

function finishWrapper(b: FuncBuilder, w: FuncBuilder, kind: "go" | "defer", values: readonly Value[]): Value {
  if (w.cur !== null) w.returnValues([]);
  w.end(w.pos);
  const site = new ClosureSite(
    w.f.ref,
    w.f,
    values.map(() => false),
    w.f.captures,
    kind,
    b.pos,
    b.loopDepth,
  );
  return b.produce(Op.MakeClosure, b.program.niladicType(), 0, site, ...values.map((v) => b.fresh(v)));
}

/** go or defer of a built-in function: the arguments become variables that the wrapper captures. */
function builtinCall(b: FuncBuilder, e: CallExpr, kind: "go" | "defer"): Value {
  const values: Value[] = [];
  const vars: Var[] = [];
  const args: Expr[] = e.argList.map((x) => {
    if (b.constOf(x) !== null || b.isNil(x)) return x;
    const type: Type = tvOf(x)!.type;
    values.push(b.stable(expr(b, x)));
    const v = new Var(VarKind.Local, x.pos, null, `.a${vars.length}`, type);
    vars.push(v);
    const n = newName(x.pos, v.name);
    n.obj = v;
    n.tv = newTypeAndValue(Mode.Variable, type, null);
    return n;
  });
  const stmt = { pos: e.pos } as CallStmt;
  const w = wrapper(
    b,
    kind,
    values.map((v) => v.type),
    stmt,
  );
  values.forEach((v, i) => {
    const x = w.valAux(Op.FreeVar, v.type, i, null);
    if (v.type.canSSA) w.declare(vars[i]!, x);
    else {
      const p = w.alloc(v.type, "temp", "");
      w.store(v.type, p, x);
      w.declareAt(vars[i]!, v.type, p);
    }
  });
  const call = newCallExpr(e.pos, e.fun, args, e.hasDots);
  call.tv = e.tv;
  buildBuiltin(w, call);
  w.dropDead();
  return finishWrapper(b, w, kind, values);
}
