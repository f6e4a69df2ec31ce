// Signatures: receivers, type parameters, parameters and results.
import { endPos, type Expr, type Field, type FuncType, Kind, type Name, Operator } from "#syntax";
import type { Checker } from "./checker.ts";
import { collectTypeParams, declare, declareTypeParam } from "./decl.ts";
import { ErrorCode } from "./errorcodes.ts";
import { Mode } from "./info.ts";
import { bindTypeParams, instantiate } from "./named.ts";
import { Var, VarKind } from "./objects.ts";
import { deref, isValid, unalias, under } from "./predicates.ts";
import { unpackRecv } from "./resolver.ts";
import { closeScope, openScope } from "./stmt.ts";
import { subst, SubstMap } from "./subst.ts";
import {
  BasicKind,
  emptyTuple,
  type Named,
  noTypeParams,
  Pointer,
  type Signature,
  Slice,
  Tuple,
  type Type,
  TypeKind,
  type TypeParam,
} from "./types.ts";
import { genericType, record, recordInstance, varType } from "./typexpr.ts";
import { invalidType } from "./universe.ts";

/** Sets up sig from its parts; the scope it opens is that of the function's body too. */
export function funcType(
  c: Checker,
  sig: Signature,
  recvField: Field | null,
  tparams: readonly Field[] | null,
  ftype: FuncType,
): void {
  openScope(c, ftype, "function");
  const scope = c.env.scope;
  scope.isFunc = true;
  scope.funcId = ++c.nextFuncId;
  ftype.scope = scope;
  sig.scope = scope;
  let recv: Var | null = null;
  let rparams = noTypeParams;
  if (recvField !== null) {
    const r = collectRecv(c, recvField, ftype.pos);
    recv = r.recv;
    rparams = r.rparams;
  }
  if (tparams !== null) {
    collectTypeParams(c, tparams, (list) => {
      sig.tparams = list;
    });
  }
  const params = collectParams(c, VarKind.Param, ftype.paramList);
  const results = collectParams(c, VarKind.Result, ftype.resultList);
  const scopePos = endPos(ftype);
  if (recv !== null) {
    recv.funcId = scope.funcId;
    if (recv.name !== "") declare(c, scope, recvField!.name, recv, scopePos);
  }
  declareParams(c, params.names, params.vars, scopePos);
  declareParams(c, results.names, results.vars, scopePos);
  for (const v of params.vars) v.funcId = scope.funcId;
  for (const v of results.vars) v.funcId = scope.funcId;
  sig.recv = recv;
  sig.rparams = rparams;
  sig.params = params.vars.length === 0 ? emptyTuple : new Tuple(params.vars);
  sig.results = results.vars.length === 0 ? emptyTuple : new Tuple(results.vars);
  sig.variadic = params.variadic;
  closeScope(c);
}

function collectRecv(c: Checker, field: Field, scopePos: number): { recv: Var; rparams: TypeParam[] } {
  const { ptr, base, tparams } = unpackRecv(c, field.type, true);
  let type: Type = invalidType;
  let rparams = noTypeParams;
  if (tparams === null) {
    type = varType(c, field.type);
    // Methods cannot be declared through an alias for an instantiated type.
    let a = unpointer(type);
    while (a.kind === TypeKind.Alias) {
      if (a.fromRHS === null) break;
      const b = unpointer(a.fromRHS);
      if ((b.kind === TypeKind.Named || b.kind === TypeKind.Alias) && b.orig.tparams.length > 0) {
        c.error(base, ErrorCode.InvalidRecv, `cannot define new methods on instantiated type ${c.ts(b)}`);
        type = invalidType;
        break;
      }
      a = b;
    }
  } else {
    let baseType: Named | null = null;
    const cause = { text: "" };
    const t = genericType(c, base, cause);
    if (isValid(t)) {
      if (t.kind === TypeKind.Named) baseType = t;
      else c.error(base, ErrorCode.InvalidRecv, `cannot define new methods on generic alias type ${c.ts(t)}`);
    } else if (cause.text !== "") c.error(base, ErrorCode.InvalidRecv, cause.text);
    rparams = [];
    for (const name of tparams) {
      const p = declareTypeParam(c, name, scopePos);
      rparams.push(p);
      name.obj = p.obj;
      record(name, Mode.TypeExpr, p, null);
    }
    bindTypeParams(rparams);
    if (baseType !== null) {
      const baseParams = baseType.tparams;
      if (rparams.length === baseParams.length) {
        const m = new SubstMap(baseParams, rparams);
        for (let i = 0; i < rparams.length; i++) {
          c.mono.recordCanon(rparams[i]!, baseParams[i]!);
          rparams[i]!.bound = subst(baseParams[i]!.bound!, m);
        }
      } else {
        const n = rparams.length;
        c.error(
          base,
          ErrorCode.BadRecv,
          `receiver declares ${n} type parameter${n === 1 ? "" : "s"}, but receiver base type declares ${baseParams.length}`,
        );
      }
      c.verifyVersion(base, 18, "type instantiation");
      type = instantiate(baseType, rparams, field.type.pos);
      recordInstance(c, base, rparams, type);
      if (ptr && isValid(type)) type = new Pointer(type);
      recordParenthesized(field.type, type);
    }
  }
  const recv =
    field.name !== null && field.name.value !== ""
      ? new Var(VarKind.Recv, field.name.pos, c.pkg, field.name.value, type)
      : new Var(VarKind.Recv, field.pos, c.pkg, "", type);
  if (recv.name === "") field.implicit = recv;
  c.later(() => validRecv(c, base, recv));
  return { recv, rparams };
}

function unpointer(t: Type): Type {
  while (t.kind === TypeKind.Pointer) t = t.elem;
  return t;
}

function recordParenthesized(e: Expr, type: Type): void {
  for (;;) {
    record(e, Mode.TypeExpr, type, null);
    if (e.kind === Kind.ParenExpr) e = e.x;
    else if (e.kind === Kind.Operation && e.op === Operator.Mul && e.y === null && type.kind === TypeKind.Pointer) {
      e = e.x;
      type = type.elem;
    } else return;
  }
}

interface Params {
  readonly names: (Name | null)[];
  readonly vars: Var[];
  readonly variadic: boolean;
}

function collectParams(c: Checker, kind: VarKind, list: readonly Field[]): Params {
  const names: (Name | null)[] = [];
  const vars: Var[] = [];
  let variadic = false;
  let named = false;
  let anonymous = false;
  let type: Type = invalidType;
  let prev: Expr | null = null;
  for (let i = 0; i < list.length; i++) {
    const field = list[i]!;
    if (field.type !== prev) {
      prev = field.type;
      let ftype = field.type;
      if (ftype.kind === Kind.DotsType) {
        if (kind === VarKind.Param && i === list.length - 1) variadic = true;
        else c.error(ftype, ErrorCode.InvalidSyntaxTree, "invalid use of ...");
        ftype = ftype.elem;
      }
      type = varType(c, ftype);
    }
    if (field.name !== null) {
      if (field.name.value === "") c.error(field.name, ErrorCode.InvalidSyntaxTree, "anonymous parameter");
      names.push(field.name);
      vars.push(new Var(kind, field.name.pos, c.pkg, field.name.value, type));
      named = true;
    } else {
      const v = new Var(kind, field.pos, c.pkg, "", type);
      field.implicit = v;
      names.push(null);
      vars.push(v);
      anonymous = true;
    }
  }
  if (named && anonymous)
    c.error(list[0]!, ErrorCode.InvalidSyntaxTree, "list contains both named and anonymous parameters");
  if (variadic) {
    const last = vars[vars.length - 1]!;
    last.type = new Slice(last.type!);
    record(list[list.length - 1]!.type, Mode.TypeExpr, last.type, null);
  }
  return { names, vars, variadic };
}

function declareParams(c: Checker, names: readonly (Name | null)[], vars: readonly Var[], scopePos: number): void {
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (name !== null && name.value !== "") declare(c, c.env.scope, name, vars[i]!, scopePos);
  }
}

function validRecv(c: Checker, base: Expr, recv: Var): void {
  const rtype = deref(recv.type!).type;
  const t = unalias(rtype);
  if (!isValid(t)) return;
  if (t.kind === TypeKind.Named) {
    if (t.obj.pkg !== c.pkg) {
      c.error(base, ErrorCode.InvalidRecv, `cannot define new methods on non-local type ${c.ts(rtype)}`);
      return;
    }
    const u = under(t);
    let cause = "";
    if (u.kind === TypeKind.Basic && u.basic === BasicKind.UnsafePointer) cause = "unsafe.Pointer";
    else if (u.kind === TypeKind.Pointer || u.kind === TypeKind.Interface) cause = "pointer or interface type";
    if (cause !== "") c.error(base, ErrorCode.InvalidRecv, `invalid receiver type ${c.ts(rtype)} (${cause})`);
  } else if (t.kind === TypeKind.Basic) {
    c.error(base, ErrorCode.InvalidRecv, `cannot define new methods on non-local type ${c.ts(rtype)}`);
  } else c.error(base, ErrorCode.InvalidRecv, `invalid receiver type ${c.ts(recv.type)}`);
}
