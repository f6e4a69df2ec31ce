// Declarations: giving objects their types, on demand, and the cycles that come of it.
import type { Value } from "#constant";
import { makeSmallInt, unknown } from "#constant";
import {
  type ConstDecl,
  type Decl,
  endPos,
  type Expr,
  type Field,
  newField,
  newInterfaceType,
  Kind,
  type Name,
  Operator,
  type TypeDecl,
  unpackList,
} from "#syntax";
import { initConst, initVar, initVars } from "./assignments.ts";
import { Env, ObjSet, type Checker } from "./checker.ts";
import type { DeclInfo } from "./declinfo.ts";
import { ErrorCode } from "./errorcodes.ts";
import { expr, newTarget } from "./expr.ts";
import { bindTypeParams } from "./named.ts";
import { Const, type Func, type Obj, ObjKind, TypeName, Var, VarKind } from "./objects.ts";
import { Operand } from "./operand.ts";
import { asNamed, isAliasName, isConstType, isGeneric, isTypeParam, isValid, unalias, under } from "./predicates.ts";
import type { Scope } from "./scope.ts";
import { funcType } from "./signature.ts";
import { closeScope, funcBody, openScope } from "./stmt.ts";
import { declaredType, typeOf, varType } from "./typexpr.ts";
import { arity } from "./resolver.ts";
import { packagePrefix } from "./typestring.ts";
import { emptyTuple, Alias, Named, Signature, type Type, TypeKind, TypeParam } from "./types.ts";
import { invalidType } from "./universe.ts";
import { validType } from "./validtype.ts";

/** Declares obj under its name in scope, visible from pos on, and records it as what id defines. */
export function declare(c: Checker, scope: Scope, id: Name | null, obj: Obj, pos: number): void {
  if (obj.name !== "_") {
    const alt = scope.insert(obj);
    if (alt !== undefined) {
      const err = c.newError(ErrorCode.DuplicateDecl);
      err.add(obj.pos, `${obj.name} redeclared in this block`);
      err.addAltDecl(alt);
      err.report();
      return;
    }
    obj.scopePos = pos;
  }
  if (id !== null) id.obj = obj;
}

/** Gives obj a type. Called again for an object being declared, it judges the cycle. */
export function objDecl(c: Checker, obj: Obj): void {
  if (obj.pathIndex !== 0) {
    const ok = validCycle(c, obj);
    switch (obj.kind) {
      case ObjKind.Const:
      case ObjKind.Var:
        if (!ok || obj.type === null) obj.type = invalidType;
        break;
      case ObjKind.TypeName:
        if (!ok) obj.type = invalidType;
        break;
    }
    return;
  }
  if (obj.type !== null) return;
  const d = obj.decl;
  if (d === null || obj.pkg !== c.pkg) {
    // Declared by another checker.
    obj.pkg!.resolver!.resolve(obj);
    return;
  }
  c.push(obj);
  const env = c.env;
  c.env = new Env(d.file.scope, d.version);
  switch (obj.kind) {
    case ObjKind.Const:
      c.env.decl = d;
      constDecl(c, obj, d.typeExpr, d.init, d.inherited);
      break;
    case ObjKind.Var:
      c.env.decl = d;
      varDecl(c, obj, d.lhs, d.typeExpr, d.init);
      break;
    case ObjKind.TypeName:
      typeDecl(c, obj, d.typeDecl!);
      collectMethods(c, obj);
      break;
    case ObjKind.Func:
      funcDecl(c, obj, d);
      break;
  }
  c.env = env;
  c.pop();
}

function validCycle(c: Checker, obj: Obj): boolean {
  const cycle = c.objPath.slice(obj.pathIndex - 1);
  let values = 0;
  let definitions = 0;
  for (const o of cycle) {
    switch (o.kind) {
      case ObjKind.Const:
      case ObjKind.Var:
        values++;
        break;
      case ObjKind.TypeName:
        // Through a type parameter list any cycle will do: it has been or will be reported if it is not valid.
        if (c.env.inTParamList && o.type !== null && isGeneric(o.type)) return true;
        if (!isAliasName(o)) definitions++;
        break;
    }
  }
  // A cycle of constants and variables only is an initialisation cycle, reported with the order of initialisation.
  if (values === cycle.length) return true;
  // A cycle of types with a definition among them is the way to write recursive types.
  if (values === 0 && definitions > 0) return true;
  cycleError(c, cycle, firstInSource(cycle));
  return false;
}

export function firstInSource(path: readonly Obj[]): number {
  let first = 0;
  for (let i = 1; i < path.length; i++) if (path[i]!.pos < path[first]!.pos) first = i;
  return first;
}

export function cycleError(c: Checker, cycle: readonly Obj[], start: number): void {
  const name = (o: Obj) => packagePrefix(o.pkg, c.qualifier) + o.name;
  let obj = cycle[start]!;
  const isType = obj.kind === ObjKind.TypeName;
  if (isType && obj.type !== null && obj.type.kind === TypeKind.Alias) {
    obj.type.fromRHS = invalidType;
    obj.type.actual = invalidType;
  }
  if (cycle.length === 1) {
    const what = isType ? "invalid recursive type" : "invalid cycle in declaration";
    c.error(obj.pos, ErrorCode.InvalidDeclCycle, `${what}: ${name(obj)} refers to itself`);
    return;
  }
  const err = c.newError(ErrorCode.InvalidDeclCycle);
  err.add(obj.pos, `${isType ? "invalid recursive type" : "invalid cycle in declaration of"} ${name(obj)}`);
  for (let i = 0; i < cycle.length; i++) {
    const next = cycle[(start + i + 1) % cycle.length]!;
    err.add(obj.pos, `${name(obj)} refers to ${name(next)}`);
    obj = next;
  }
  err.report();
}

function constDecl(c: Checker, obj: Const, typeExpr: Expr | null, init: Expr | null, inherited: boolean): void {
  const iota = c.env.iota;
  const errpos = c.env.errpos;
  c.env.iota = obj.val;
  c.env.errpos = 0;
  obj.val = unknown;
  constType(c, obj, typeExpr, init, inherited);
  c.env.iota = iota;
  c.env.errpos = errpos;
}

function constType(c: Checker, obj: Const, typeExpr: Expr | null, init: Expr | null, inherited: boolean): void {
  if (typeExpr !== null) {
    const t = typeOf(c, typeExpr);
    if (!isConstType(t)) {
      if (isValid(under(t))) c.error(typeExpr, ErrorCode.InvalidConstType, `invalid constant type ${c.ts(t)}`);
      obj.type = invalidType;
      return;
    }
    obj.type = t;
  }
  const x = new Operand();
  if (init !== null) {
    if (inherited) c.env.errpos = obj.pos;
    expr(c, null, x, init);
  }
  initConst(c, obj, x);
}

function varDecl(c: Checker, obj: Var, lhs: Var[] | null, typeExpr: Expr | null, init: Expr | null): void {
  if (typeExpr !== null) obj.type = varType(c, typeExpr);
  if (init === null) {
    if (typeExpr === null) obj.type = invalidType;
    return;
  }
  // Of a package that is only used, the type is all that matters.
  if (c.lazy && typeExpr !== null && obj.varKind === VarKind.Package) {
    if (lhs !== null) for (const v of lhs) v.type = obj.type;
    return;
  }
  if (lhs === null || lhs.length === 1) {
    const x = new Operand();
    expr(c, newTarget(obj.type, obj.name), x, init);
    initVar(c, obj, x, "variable declaration");
    return;
  }
  if (typeExpr !== null) for (const v of lhs) v.type = obj.type;
  initVars(c, lhs, [init], null);
}

function typeDecl(c: Checker, obj: TypeName, tdecl: TypeDecl): void {
  if (c.noted !== null) c.noted.typeDecls.push(tdecl);
  let versionErr = false;
  let rhs: Type | null = null;
  c.later(() => {
    const t = obj.type === null ? null : asNamed(obj.type);
    if (t !== null) validType(c, t);
    if (!versionErr && rhs !== null && c.isImportedConstraint(rhs))
      c.verifyVersion(tdecl.type, 18, () => `using type constraint ${c.ts(rhs)}`);
  });
  const tparam0 = tdecl.tparamList.length > 0 ? tdecl.tparamList[0]! : null;
  if (tdecl.alias) {
    if (tparam0 !== null && !c.verifyVersion(tparam0.name ?? tparam0, 23, "generic type alias")) versionErr = true;
    if (!versionErr && !c.verifyVersion(tdecl, 9, "type alias")) versionErr = true;
    const alias = new Alias(obj, null, null);
    if (obj.type === null) obj.type = alias;
    if (tparam0 !== null) {
      openScope(c, tdecl, "type parameters");
      collectTypeParams(c, tdecl.tparamList, (list) => {
        alias.tparams = list;
      });
    }
    rhs = declaredType(c, tdecl.type, obj);
    alias.fromRHS = rhs;
    if (rhs.kind === TypeKind.TypeParam && alias.tparams.includes(rhs)) {
      c.error(
        tdecl.type,
        ErrorCode.MisplacedTypeParam,
        "cannot use type parameter declared in alias declaration as RHS",
      );
      alias.fromRHS = invalidType;
    }
    unalias(alias);
    if (tparam0 !== null) closeScope(c);
    return;
  }
  if (tparam0 !== null && !c.verifyVersion(tparam0.name ?? tparam0, 18, "type parameter")) versionErr = true;
  const named = new Named(obj, null, null);
  if (obj.type === null) obj.type = named;
  if (obj.parent !== c.pkg.scope && obj.parent !== null) {
    if (c.localTypes !== null) c.localTypes.push(named);
    else named.vargen = c.localNumber(tdecl);
    named.implicits = c.env.tparams;
  }
  if (tparam0 !== null) {
    openScope(c, tdecl, "type parameters");
    collectTypeParams(c, tdecl.tparamList, (list) => {
      named.tparams = list;
    });
  }
  rhs = declaredType(c, tdecl.type, obj);
  named.fromRHS = rhs;
  if (isTypeParam(rhs)) {
    c.error(tdecl.type, ErrorCode.MisplacedTypeParam, "cannot use a type parameter as RHS in type declaration");
    named.fromRHS = invalidType;
  }
  if (tparam0 !== null) closeScope(c);
}

/** Declares the type parameters of list in the current scope; set gets them before their constraints are looked at. */
export function collectTypeParams(c: Checker, list: readonly Field[], set: (tparams: TypeParam[]) => void): void {
  const tparams: TypeParam[] = [];
  // They are all in scope from the start of the list: constraints may refer to any of them.
  const scopePos = list.length > 0 ? list[0]!.pos : 0;
  for (const f of list) tparams.push(declareTypeParam(c, f.name!, scopePos));
  set(bindTypeParams(tparams));
  c.env.inTParamList = true;
  let bound: Type = invalidType;
  for (let i = 0; i < list.length; i++) {
    const f = list[i]!;
    if (i === 0 || f.type !== list[i - 1]!.type) {
      bound = constraint(c, f.type);
      if (isTypeParam(bound)) {
        c.error(f.type, ErrorCode.MisplacedTypeParam, "cannot use a type parameter as constraint");
        bound = invalidType;
      }
    }
    tparams[i]!.bound = bound;
  }
  c.env.inTParamList = false;
}

/** A constraint; `~T` and `A|B` stand for interfaces that embed them. */
function constraint(c: Checker, x: Expr): Type {
  if (x.kind === Kind.Operation && (x.op === Operator.Tilde || x.op === Operator.Or)) {
    const wrapped = newInterfaceType(x.pos, [newField(x.pos, null, x)]);
    const t = typeOf(c, wrapped);
    if (t.kind === TypeKind.Interface) t.implicit = true;
    return t;
  }
  return typeOf(c, x);
}

export function declareTypeParam(c: Checker, name: Name, scopePos: number): TypeParam {
  const obj = new TypeName(name.pos, c.pkg, name.value, null);
  const p = new TypeParam(obj, invalidType);
  obj.type = p;
  declare(c, c.env.scope, name, obj, scopePos);
  return p;
}

/** Gives the type its methods (untyped as yet) as soon as it has its own type. */
export function collectMethods(c: Checker, obj: TypeName): void {
  const methods = c.methods.get(obj);
  if (methods === undefined) return;
  c.methods.delete(obj);
  const base = obj.type === null ? null : asNamed(obj.type);
  const set = new ObjSet();
  if (base !== null) c.later(() => checkFieldUniqueness(c, base));
  for (const m of methods) {
    const alt = set.insert(m);
    if (alt !== undefined) {
      const at = alt.pos !== 0 ? ` at ${c.position(alt.pos)}` : "";
      c.error(m.pos, ErrorCode.DuplicateMethod, `method ${obj.name}.${m.name} already declared${at}`);
      continue;
    }
    if (base !== null) base.methods.push(m);
  }
}

function checkFieldUniqueness(c: Checker, base: Named): void {
  const u = under(base);
  if (u.kind !== TypeKind.Struct) return;
  const set = new ObjSet();
  for (const m of base.methods) set.insert(m!);
  for (const f of u.fields) {
    if (f.name === "_") continue;
    const alt = set.insert(f);
    if (alt !== undefined && alt.kind === ObjKind.Func) {
      const err = c.newError(ErrorCode.DuplicateFieldAndMethod);
      err.add(alt.pos, `field and method with the same name ${f.name}`);
      err.addAltDecl(f);
      err.report();
    }
  }
}

function funcDecl(c: Checker, obj: Func, d: DeclInfo): void {
  const sig = new Signature(null, emptyTuple, emptyTuple, false);
  obj.type = sig;
  const fdecl = d.funcDecl!;
  const tparams = fdecl.tparamList.length > 0 ? fdecl.tparamList : null;
  funcType(c, sig, fdecl.recv, tparams, fdecl.type);
  const scope = sig.scope!;
  scope.pos = fdecl.pos;
  const hasBody = fdecl.bodyStart >= 0 || fdecl.body !== null;
  if (!c.lazy) scope.end = endPos(fdecl);
  if (tparams !== null && !hasBody) c.softError(fdecl, ErrorCode.BadDecl, "generic function is missing function body");
  const body = fdecl.body;
  if (!c.ignoreFuncBodies && body !== null) {
    obj.bodyChecked = true;
    c.later(() => funcBody(c, d, sig, body, null));
  }
}

/** const, type and var declarations inside functions. */
export function declStmt(c: Checker, list: readonly Decl[]): void {
  const pkg = c.pkg;
  let first = -1;
  let last: ConstDecl | null = null;
  for (let index = 0; index < list.length; index++) {
    const s = list[index]!;
    if (s.kind !== Kind.ConstDecl) first = -1;
    if (c.noted !== null && (s.kind === Kind.ConstDecl || s.kind === Kind.TypeDecl || s.kind === Kind.VarDecl)) {
      if (s.pragma !== null) c.noted.localDecls.push(s);
    }
    switch (s.kind) {
      case Kind.ConstDecl: {
        const top = c.delayedCount;
        if (first < 0 || s.group === null || (list[index - 1] as ConstDecl).group !== s.group) {
          first = index;
          last = null;
        }
        const iota: Value = makeSmallInt(index - first);
        let inherited = true;
        if (s.type !== null || s.values !== null) {
          last = s;
          inherited = false;
        } else if (last === null) inherited = false;
        const lhs: Const[] = [];
        const values = unpackList(last === null ? null : last.values);
        const ctype: Expr | null = last === null ? null : last.type;
        for (let i = 0; i < s.nameList.length; i++) {
          const name = s.nameList[i]!;
          const obj = new Const(name.pos, pkg, name.value, null, iota);
          lhs.push(obj);
          constDecl(c, obj, ctype, i < values.length ? values[i]! : null, inherited);
        }
        arity(c, s.pos, s.nameList, values, true, inherited);
        c.processDelayed(top);
        const scopePos = endPos(s);
        for (let i = 0; i < lhs.length; i++) declare(c, c.env.scope, s.nameList[i]!, lhs[i]!, scopePos);
        break;
      }
      case Kind.VarDecl: {
        const top = c.delayedCount;
        const lhs0 = s.nameList.map((name) => newLocalVar(c, name.pos, name.value, null));
        const values = unpackList(s.values);
        for (let i = 0; i < lhs0.length; i++) {
          let lhs: Var[] | null = null;
          let init: Expr | null = null;
          if (values.length === lhs0.length) init = values[i]!;
          else if (values.length === 1) {
            lhs = lhs0;
            init = values[0]!;
          } else if (i < values.length) init = values[i]!;
          varDecl(c, lhs0[i]!, lhs, s.type, init);
          if (values.length === 1) break;
        }
        if (s.type === null || values.length > 0) arity(c, s.pos, s.nameList, values, false, false);
        c.processDelayed(top);
        const scopePos = endPos(s);
        for (let i = 0; i < lhs0.length; i++) declare(c, c.env.scope, s.nameList[i]!, lhs0[i]!, scopePos);
        break;
      }
      case Kind.TypeDecl: {
        const obj = new TypeName(s.name.pos, pkg, s.name.value, null);
        declare(c, c.env.scope, s.name, obj, s.name.pos);
        // Blank types are local too.
        if (obj.parent === null) obj.parent = c.env.scope;
        c.push(obj);
        typeDecl(c, obj, s);
        c.pop();
        break;
      }
      default:
        c.error(s, ErrorCode.InvalidSyntaxTree, "unknown syntax.Decl node");
    }
  }
}

export function newLocalVar(c: Checker, pos: number, name: string, type: Type | null): Var {
  const v = new Var(VarKind.Local, pos, c.pkg, name, type);
  v.funcId = c.env.funcId;
  return v;
}
