// Selectors: qualified identifiers, fields, methods and method expressions.
import { Kind, type SelectorExpr } from "#syntax";
import type { Checker } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import { exprOrType } from "./expr.ts";
import { Mode, Selection, SelectionKind } from "./info.ts";
import { addDeclDep } from "./initorder.ts";
import { interfacePtrError, lookupFieldOrMethod } from "./lookup.ts";
import { copySignature, hasPtrRecv } from "./named.ts";
import { equalFold, isExported, type Obj, ObjKind, type PkgName, Var, VarKind } from "./objects.ts";
import type { Operand } from "./operand.ts";
import { resolveObject } from "./package.ts";
import { isInterfacePtr, isValid, under } from "./predicates.ts";
import { reachable } from "./reachable.ts";
import { settleGuesses } from "./resolver.ts";
import { Signature, Tuple, type Type } from "./types.ts";
import { isValidName } from "./typexpr.ts";
import { invalidType } from "./universe.ts";
import { isPointerType, markAddrTaken } from "./varuse.ts";

export function selector(c: Checker, x: Operand, e: SelectorExpr, wantType: boolean): void {
  if (!select(c, x, e, wantType)) {
    x.mode = Mode.Invalid;
    x.type = invalidType;
  }
  x.expr = e;
}

function packageOf(c: Checker, e: SelectorExpr): PkgName | null {
  if (e.x.kind !== Kind.Name) return null;
  let obj = c.lookup(e.x.value);
  if (
    (obj === null || (obj.kind === ObjKind.PkgName && obj.guessed && obj.imported.name !== obj.name)) &&
    settleGuesses(c)
  )
    obj = c.lookup(e.x.value);
  return obj !== null && obj.kind === ObjKind.PkgName ? obj : null;
}

function select(c: Checker, x: Operand, e: SelectorExpr, wantType: boolean): boolean {
  const sel = e.sel.value;
  const pname = packageOf(c, e);
  if (pname !== null) return qualified(c, x, e, pname);
  exprOrType(c, x, e.x, false);
  if (x.mode === Mode.Builtin) {
    c.error(e.pos, ErrorCode.UncalledBuiltin, `invalid use of ${c.ops(x)} in selector expression`);
    return false;
  }
  if (x.mode === Mode.Invalid) return false;
  if (wantType) {
    c.error(e.sel, ErrorCode.NotAType, `${c.es(e)} is not a type`);
    return false;
  }
  const r = lookupFieldOrMethod(x.type, x.mode === Mode.Variable, c.pkg, sel);
  const obj = r.obj;
  if (obj === null) {
    if (!isValid(under(x.type))) return false;
    if (r.index !== null) {
      c.error(e.sel, ErrorCode.AmbiguousSelector, `ambiguous selector ${c.es(x.expr!)}.${sel}`);
      return false;
    }
    if (r.indirect) {
      const t = c.ts(x.type);
      if (x.mode === Mode.TypeExpr) {
        c.error(
          e.sel,
          ErrorCode.InvalidMethodExpr,
          `invalid method expression ${t}.${sel} (needs pointer receiver (*${t}).${sel})`,
        );
      } else c.error(e.sel, ErrorCode.InvalidMethodExpr, `cannot call pointer method ${sel} on ${t}`);
      return false;
    }
    let why: string;
    if (isInterfacePtr(x.type)) why = interfacePtrError(c, x.type);
    else {
      const alt = lookupFieldOrMethod(x.type, x.mode === Mode.Variable, c.pkg, sel, true).obj;
      why = lookupError(c, x.type, sel, alt, false);
    }
    c.error(e.sel, ErrorCode.MissingFieldOrMethod, `${c.es(x.expr!)}.${sel} undefined (${why})`);
    return false;
  }
  if (obj.kind === ObjKind.Func) resolveObject(obj);
  e.sel.obj = obj;
  if (x.mode === Mode.TypeExpr) {
    if (obj.kind !== ObjKind.Func) {
      c.error(
        e.sel,
        ErrorCode.MissingFieldOrMethod,
        `${c.es(x.expr!)}.${sel} undefined (type ${c.ts(x.type)} has no method ${sel})`,
      );
      return false;
    }
    e.selection = new Selection(SelectionKind.MethodExpr, x.type, obj, r.index!, r.indirect);
    const sig = obj.signature;
    if (sig.recv === null) {
      c.error(e, ErrorCode.InvalidDeclCycle, "illegal cycle in method declaration");
      return false;
    }
    const params = sig.params.vars;
    // Either all parameters have names or none has.
    let name = "";
    if (params.length > 0 && params[0]!.name !== "") name = sig.recv.name === "" ? "_" : sig.recv.name;
    const recv = new Var(VarKind.Param, sig.recv.pos, sig.recv.pkg, name, x.type);
    const t = new Signature(null, new Tuple([recv, ...params]), sig.results, sig.variadic);
    t.tparams = sig.tparams;
    x.mode = Mode.Value;
    x.type = t;
    addDeclDep(c, obj);
    return true;
  }
  if (obj.kind === ObjKind.Var) {
    e.selection = new Selection(SelectionKind.FieldVal, x.type, obj, r.index!, r.indirect);
    x.mode = x.mode === Mode.Variable || r.indirect ? Mode.Variable : Mode.Value;
    x.type = obj.type!;
    return true;
  }
  e.selection = new Selection(SelectionKind.MethodVal, x.type, obj, r.index!, r.indirect);
  // Calling a pointer method of a variable takes its address.
  if (!r.indirect && x.mode === Mode.Variable && hasPtrRecv(obj) && !isPointerType(x.type)) markAddrTaken(e.x);
  x.mode = Mode.Value;
  const sig = copySignature(obj.signature);
  sig.recv = null;
  x.type = sig;
  addDeclDep(c, obj);
  return true;
}

function qualified(c: Checker, x: Operand, e: SelectorExpr, pname: PkgName): boolean {
  const sel = e.sel.value;
  (e.x as { obj: unknown }).obj = pname;
  pname.used = true;
  const pkg = pname.imported;
  let exp = pkg.scope.lookup(sel);
  // Export data has no unexported objects but for what exported ones lead to.
  if (exp !== undefined && c.options.compiler === true && !isExported(sel) && !reachable(pkg).has(exp)) exp = undefined;
  if (exp === undefined) {
    if (pkg.fake || !isValidName(sel)) return false;
    let alt = "";
    for (const n of pkg.scope.names()) {
      if (isExported(n) && equalFold(n, sel)) {
        alt = n;
        break;
      }
    }
    const but = alt === "" ? "" : ` (but have ${alt})`;
    c.error(e.sel, ErrorCode.UndeclaredImportedName, `undefined: ${c.es(e)}${but}`);
    return false;
  }
  if (!isExported(sel)) c.error(e.sel, ErrorCode.UnexportedName, `name ${sel} not exported by package ${pkg.name}`);
  resolveObject(exp);
  e.sel.obj = exp;
  const t: Type = exp.type!;
  switch (exp.kind) {
    case ObjKind.Const:
      x.mode = Mode.Constant;
      x.val = exp.val;
      break;
    case ObjKind.TypeName:
      x.mode = Mode.TypeExpr;
      break;
    case ObjKind.Var:
      x.mode = Mode.Variable;
      break;
    case ObjKind.Func:
      x.mode = Mode.Value;
      break;
    case ObjKind.Builtin:
      x.mode = Mode.Builtin;
      x.id = exp.id;
      break;
    default:
      return false;
  }
  x.type = t;
  // What had an error in its own package has been reported there.
  if (exp.kind !== ObjKind.Builtin && !isValid(t)) return false;
  return true;
}

function tail(s: string): string {
  const first = s.codePointAt(0) ?? 0;
  return s.slice(first > 0xffff ? 2 : 1);
}

/** Why sel was not found in t, alt being what has a similar name. */
export function lookupError(c: Checker, t: Type, sel: string, alt: Obj | null, structLit: boolean): string {
  const enum E {
    Missing,
    Misspelled,
    Unexported,
    Inaccessible,
  }
  let e = E.Missing as E;
  const name = alt?.name ?? "";
  if (alt !== null) {
    if (alt.pkg === c.pkg) e = E.Misspelled;
    else if (isExported(sel)) {
      if (isExported(name)) e = E.Misspelled;
      else if (tail(sel) === tail(name)) e = E.Unexported;
    } else if (isExported(name)) {
      if (tail(sel) === tail(name)) e = E.Misspelled;
    } else if (sel === name) e = E.Inaccessible;
  }
  const ts = c.ts(t);
  if (structLit) {
    switch (e) {
      case E.Missing:
        return `unknown field ${sel} in struct literal of type ${ts}`;
      case E.Misspelled:
        return `unknown field ${sel} in struct literal of type ${ts}, but does have ${name}`;
      case E.Unexported:
        return `unknown field ${sel} in struct literal of type ${ts}, but does have unexported ${name}`;
      case E.Inaccessible:
        return `cannot refer to unexported field ${name} in struct literal of type ${ts}`;
    }
  }
  const what = alt === null ? "object" : alt.kind === ObjKind.Var ? "field" : "method";
  switch (e) {
    case E.Missing:
      return `type ${ts} has no field or method ${sel}`;
    case E.Misspelled:
      return `type ${ts} has no field or method ${sel}, but does have ${what} ${name}`;
    case E.Unexported:
      return `type ${ts} has no field or method ${sel}, but does have unexported ${what} ${name}`;
    case E.Inaccessible:
      return `cannot refer to unexported ${what} ${name}`;
  }
}
