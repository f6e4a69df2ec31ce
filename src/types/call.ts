// Calls: of functions, conversions and built-ins; instantiation of functions.
import { type CallExpr, type Expr, type IndexExpr, Kind, newName, unpackList, unparen } from "#syntax";
import { conversion } from "./assignability.ts";
import { assignment, lhsLocal, typesSummary } from "./assignments.ts";
import { builtin } from "./builtins.ts";
import type { At, Checker } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import { exclude, expr, exprOrType, genericExpr, nonGeneric, rawExpr, type Target } from "./expr.ts";
import { indexExpr } from "./indexing.ts";
import { infer, mentionsTypeParams, renameTypeParams } from "./infer.ts";
import { Mode } from "./info.ts";
import { verify } from "./instantiate.ts";
import { copySignature, instantiateSignature as instSignature } from "./named.ts";
import { Var, VarKind } from "./objects.ts";
import { makeOperand, Operand } from "./operand.ts";
import { commonUnder, isTypeParam, under } from "./predicates.ts";
import { startPos } from "#syntax";
import { subst, SubstMap } from "./subst.ts";
import { typeSetOf } from "./typeset.ts";
import { emptyTuple, Signature, type Slice, Tuple, type Type, TypeKind, type TypeParam } from "./types.ts";
import { record, recordInstance, typeList } from "./typexpr.ts";
import { builtins, ExprKind } from "./universe.ts";
import { recordOperand } from "./untyped.ts";

/**
 * Instantiates the generic function x with the arguments of inst, and with more inferred from the target T. If they do not
 * suffice and doInfer is false, returns those given.
 */
export function funcInst(
  c: Checker,
  T: Target | null,
  pos: number,
  x: Operand,
  inst: IndexExpr | null,
  doInfer: boolean,
): Type[] | null {
  const errPos = inst !== null ? inst.pos : pos;
  if (inst !== null) x.expr = inst;
  const versionErr = !c.verifyVersion(errPos, 18, "function instantiation");
  let targs: Type[] = [];
  let xlist: Expr[] = [];
  if (inst !== null) {
    xlist = unpackList(inst.index);
    const list = typeList(c, xlist);
    if (list === null) {
      x.mode = Mode.Invalid;
      return null;
    }
    targs = list;
  }
  const sig = x.type as Signature;
  const want = sig.tparams.length;
  if (targs.length > want) {
    c.error(
      xlist[targs.length - 1]!,
      ErrorCode.WrongTypeArgCount,
      `got ${targs.length} type arguments but want ${want}`,
    );
    x.mode = Mode.Invalid;
    return null;
  }
  if (targs.length < want) {
    if (!doInfer) return targs;
    let args: Operand[] = [];
    let params: Tuple = emptyTuple;
    let reverse = false;
    if (T !== null) {
      if (!versionErr && !c.allowVersion(21)) {
        const how = inst !== null ? "partially" : "implicitly";
        c.versionError(errPos, 21, `${how} instantiated function in assignment`);
      }
      const gsig = new Signature(null, sig.params, sig.results, sig.variadic);
      params = new Tuple([new Var(VarKind.Param, x.expr!.pos, c.pkg, "", gsig)]);
      args = [makeOperand(Mode.Value, newName(x.expr!.pos, T.desc), T.sig)];
      reverse = true;
    }
    const r = renameTypeParams(sig.tparams, params);
    const err = c.newError(ErrorCode.CannotInferTypeArgs);
    const found = infer(c, pos, r.tparams, targs, r.type as Tuple, args, reverse, err);
    if (found === null) {
      if (!err.empty) err.report();
      x.mode = Mode.Invalid;
      return null;
    }
    targs = found;
  }
  x.type = instantiateSignature(c, x.expr!.pos, x.expr!, sig, targs, xlist);
  x.mode = Mode.Value;
  return null;
}

function instantiateSignature(
  c: Checker,
  pos: number,
  e: Expr,
  sig: Signature,
  targs: readonly Type[],
  xlist: readonly Expr[],
): Signature {
  const inst = instSignature(sig, targs);
  recordInstance(c, e, targs, inst);
  const tparams = sig.tparams;
  c.later(() => {
    const bad = verify(c, tparams, targs);
    if (bad !== null) {
      c.softError(bad.index < xlist.length ? startPos(xlist[bad.index]!) : pos, ErrorCode.InvalidTypeArg, bad.cause);
    } else c.mono.recordInstance(c.pkg, pos, tparams, targs, xlist);
  });
  return inst;
}

export function callExpr(c: Checker, x: Operand, call: CallExpr): ExprKind {
  let inst: IndexExpr | null = null;
  if (call.fun.kind === Kind.IndexExpr) {
    if (indexExpr(c, x, call.fun)) inst = call.fun;
    x.expr = call.fun;
    recordOperand(x);
  } else exprOrType(c, x, call.fun, true);
  switch (x.mode) {
    case Mode.Invalid:
      use(c, ...call.argList);
      x.expr = call;
      return ExprKind.Statement;
    case Mode.TypeExpr:
      nonGeneric(c, null, x);
      if (x.mode !== Mode.TypeExpr) {
        x.expr = call;
        return ExprKind.Conversion;
      }
      convert(c, x, call);
      x.expr = call;
      return ExprKind.Conversion;
    case Mode.Builtin: {
      const id = x.id;
      if (!builtin(c, x, call, id)) x.mode = Mode.Invalid;
      x.expr = call;
      if (x.mode !== Mode.Invalid && (x.mode as Mode) !== Mode.Constant) c.env.hasCallOrRecv = true;
      return builtins[id]!.kind;
    }
  }
  const r = commonUnder(x.type, (t, u) =>
    u !== null && u.kind !== TypeKind.Signature ? { format: "%s is not a function", args: [t!] } : null,
  );
  if (r.problem !== null) {
    c.error(x, ErrorCode.InvalidCall, `invalid operation: cannot call ${c.ops(x)}: ${c.problem(r.problem)}`);
    x.mode = Mode.Invalid;
    x.expr = call;
    return ExprKind.Statement;
  }
  let sig = r.under as Signature;
  const wasGeneric = sig.tparams.length > 0;
  let xlist: Expr[] = [];
  let targs: Type[] = [];
  if (inst !== null) {
    xlist = unpackList(inst.index);
    const list = typeList(c, xlist);
    const want = sig.tparams.length;
    if (list === null || list.length > want) {
      if (list !== null) {
        c.error(xlist[want]!, ErrorCode.WrongTypeArgCount, `got ${list.length} type arguments but want ${want}`);
      }
      use(c, ...call.argList);
      x.mode = Mode.Invalid;
      x.expr = call;
      return ExprKind.Statement;
    }
    targs = list;
    if (targs.length === want && want > 0) {
      c.verifyVersion(inst, 18, "function instantiation");
      sig = instantiateSignature(c, inst.pos, inst, sig, targs, xlist);
      targs = [];
      xlist = [];
    }
  }
  const a = genericExprList(c, call.argList);
  sig = arguments_(c, call, sig, targs, xlist, a.list, a.targs);
  if (wasGeneric && sig.tparams.length === 0) record(call.fun, Mode.Value, sig, null);
  const results = sig.results.vars;
  if (results.length === 0) x.mode = Mode.NoValue;
  else {
    x.mode = Mode.Value;
    x.type = results.length === 1 ? results[0]!.type! : sig.results;
  }
  x.expr = call;
  c.env.hasCallOrRecv = true;
  // If inference failed, a result that depends on type parameters has no type.
  if (x.mode === Mode.Value && sig.tparams.length > 0 && mentionsTypeParams(sig.tparams, x.type)) x.mode = Mode.Invalid;
  return ExprKind.Statement;
}

/** `T(arg)` */
function convert(c: Checker, x: Operand, call: CallExpr): void {
  const T = x.type;
  x.mode = Mode.Invalid;
  const n = call.argList.length;
  if (n === 0) {
    c.error(call, ErrorCode.WrongArgCount, `missing argument in conversion to ${c.ts(T)}`);
    return;
  }
  if (n > 1) {
    use(c, ...call.argList);
    c.error(call.argList[n - 1]!, ErrorCode.WrongArgCount, `too many arguments in conversion to ${c.ts(T)}`);
    return;
  }
  expr(c, null, x, call.argList[0]!);
  if (x.mode === Mode.Invalid) return;
  const u = under(T);
  if (u.kind === TypeKind.Interface && !isTypeParam(T) && !typeSetOf(u).isMethodSet()) {
    c.error(
      call,
      ErrorCode.MisplacedConstraintIface,
      `cannot use interface ${c.ts(T)} in conversion (contains specific type constraints or is comparable)`,
    );
    return;
  }
  if (call.hasDots) {
    c.error(call.argList[0]!, ErrorCode.BadDotDotDotSyntax, `invalid use of ... in conversion to ${c.ts(T)}`);
    return;
  }
  conversion(c, x, T);
}

/** Arguments, which may be generic functions; targs are the type arguments that those have been given. */
function genericExprList(c: Checker, elist: readonly Expr[]): { list: Operand[]; targs: (Type[] | null)[] } {
  const list: Operand[] = [];
  const targs: (Type[] | null)[] = [];
  const n = elist.length;
  // Before go1.21 a partially instantiated function was completed on its own.
  const doInfer = n === 0 || !c.allowVersion(21);
  for (const e of elist) {
    const x = new Operand();
    if (e.kind === Kind.IndexExpr) {
      if (indexExpr(c, x, e)) {
        const t = funcInst(c, null, e.pos, x, e, doInfer);
        targs.push(t);
        if (t !== null) x.expr = e;
        else recordOperand(x);
        list.push(x);
        continue;
      }
      x.expr = e;
      recordOperand(x);
      exclude(c, x, (1 << Mode.NoValue) | (1 << Mode.Builtin) | (1 << Mode.TypeExpr));
    } else if (n === 1) {
      rawExpr(c, null, x, e, null, true);
      exclude(c, x, (1 << Mode.NoValue) | (1 << Mode.Builtin) | (1 << Mode.TypeExpr));
      if (x.mode !== Mode.Invalid && x.type.kind === TypeKind.Tuple) {
        for (const v of x.type.vars) list.push(makeOperand(Mode.Value, e, v.type!));
        return { list, targs };
      }
    } else genericExpr(c, x, e);
    targs.push(null);
    list.push(x);
  }
  return { list, targs };
}

/** Checks the arguments of a call of sig; the signature with type arguments put in. */
export function arguments_(
  c: Checker,
  call: CallExpr,
  sig: Signature,
  targs: Type[],
  xlist: readonly Expr[],
  args: readonly Operand[],
  atargs: readonly (Type[] | null)[],
): Signature {
  let rsig = sig;
  const nargs = args.length;
  let npars = sig.params.vars.length;
  const ddd = call.hasDots;
  let sigParams = sig.params;
  let adjusted = false;
  if (sig.variadic) {
    if (ddd) {
      if (call.argList.length === 1 && nargs > 1) {
        c.error(call, ErrorCode.InvalidDotDotDot, `cannot use ... with ${nargs}-valued ${c.es(call.argList[0]!)}`);
        return rsig;
      }
    } else if (nargs >= npars - 1) {
      // f(a, b...) with the variadic parameter repeated for each argument.
      const vars = sig.params.vars.slice(0, npars - 1);
      const last = sig.params.vars[npars - 1]!;
      const elem = (last.type as Slice).elem;
      while (vars.length < nargs) vars.push(new Var(VarKind.Param, last.pos, last.pkg, last.name, elem));
      sigParams = vars.length === 0 ? emptyTuple : new Tuple(vars);
      adjusted = true;
      npars = nargs;
    } else npars--;
  } else if (ddd) {
    c.error(call, ErrorCode.NonVariadicDotDotDot, `cannot use ... in call to non-variadic ${c.es(call.fun)}`);
    return rsig;
  }
  if (nargs !== npars) {
    let at: At = call;
    let qualifier = "not enough";
    if (nargs > npars) {
      at = args[npars]!.expr!;
      qualifier = "too many";
    } else if (nargs > 0) at = args[nargs - 1]!.expr!;
    else at = closingParen(call);
    const err = c.newError(ErrorCode.WrongArgCount);
    err.add(at, `${qualifier} arguments in call to ${c.es(call.fun)}`);
    err.add(
      0,
      `have ${typesSummary(
        c,
        args.map((a) => a.type),
        false,
        ddd,
      )}`,
    );
    err.add(
      0,
      `want ${typesSummary(
        c,
        sig.params.vars.map((v) => v.type),
        sig.variadic,
        false,
      )}`,
    );
    err.report();
    return rsig;
  }
  const n = sig.tparams.length;
  let tparams: TypeParam[] = [];
  const all: (Type | null)[] = targs.slice();
  if (n > 0) {
    if (!c.allowVersion(18)) {
      if (call.fun.kind === Kind.IndexExpr) c.versionError(call.fun, 18, "function instantiation");
      else c.versionError(call, 18, "implicit function instantiation");
    }
    // Type parameters are renamed, so that a function that calls itself does not mix up the two roles they have.
    const r = renameTypeParams(sig.tparams, sigParams);
    tparams = r.tparams;
    sigParams = r.type as Tuple;
    while (all.length < tparams.length) all.push(null);
  }
  const genericArgs: number[] = [];
  for (let i = 0; i < nargs; i++) {
    const arg = args[i]!;
    const at = arg.type;
    if (at.kind !== TypeKind.Signature || at.tparams.length === 0) continue;
    const r = renameTypeParams(at.tparams, at);
    const asig = copySignature(r.type as Signature);
    asig.tparams = r.tparams;
    arg.type = asig;
    tparams = tparams.concat(r.tparams);
    const given = i < atargs.length ? atargs[i] : null;
    if (given !== null && given !== undefined) all.push(...given);
    while (all.length < tparams.length) all.push(null);
    genericArgs.push(i);
  }
  if (genericArgs.length > 0)
    c.verifyVersion(args[genericArgs[0]!]!, 21, "implicitly instantiated function as argument");
  if (tparams.length > 0) {
    const err = c.newError(ErrorCode.CannotInferTypeArgs);
    const found = infer(c, call.pos, tparams, all, sigParams, args, false, err);
    if (found === null) {
      if (!err.empty) c.error(err.pos, ErrorCode.CannotInferTypeArgs, `in call to ${c.es(call.fun)}, ${err.msg}`);
      return rsig;
    }
    if (n > 0) {
      rsig = instantiateSignature(c, call.pos, call.fun, sig, found.slice(0, n), xlist);
      if (adjusted) sigParams = subst(sigParams, new SubstMap(tparams.slice(0, n), found.slice(0, n))) as Tuple;
      else sigParams = rsig.params;
    }
    let j = n;
    for (const i of genericArgs) {
      const arg = args[i]!;
      const asig = arg.type as Signature;
      const k = j + asig.tparams.length;
      arg.type = instantiateSignature(c, call.pos, arg.expr!, asig, found.slice(j, k), []);
      recordOperand(arg);
      j = k;
    }
  }
  if (nargs > 0) {
    const context = `argument to ${c.es(call.fun)}`;
    for (let i = 0; i < nargs; i++) assignment(c, args[i]!, sigParams.vars[i]!.type, context);
  }
  return rsig;
}

function closingParen(call: CallExpr): At {
  return call;
}

/** Checks expressions for their own sake, after an error elsewhere; false if one of them is invalid. */
export function use(c: Checker, ...list: readonly (Expr | null)[]): boolean {
  let ok = true;
  for (const e of list) if (e !== null && !use1(c, e, false)) ok = false;
  return ok;
}

/** Like use, for left sides of assignments: variables there are not used. */
export function useLHS(c: Checker, ...list: readonly Expr[]): boolean {
  let ok = true;
  for (const e of list) if (!use1(c, e, true)) ok = false;
  return ok;
}

function use1(c: Checker, e: Expr, lhs: boolean): boolean {
  const x = new Operand();
  x.mode = Mode.Value;
  const n = unparen(e);
  if (n.kind === Kind.Name) {
    if (n.value === "_") return true;
    const v = lhs ? lhsLocal(c, n) : null;
    const used = v?.used;
    exprOrType(c, x, n, true);
    if (v !== null) v.used = used === true;
  } else if (n.kind === Kind.ListExpr) {
    return lhs ? useLHS(c, ...n.elemList) : use(c, ...n.elemList);
  } else rawExpr(c, null, x, e, null, true);
  return (x.mode as Mode) !== Mode.Invalid;
}
