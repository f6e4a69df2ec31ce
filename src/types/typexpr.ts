// Identifiers and type expressions.
import { type Expr, type IndexExpr, Kind, type Name, Operator, startPos, unpackList } from "#syntax";
import { ConstKind, smallIntVal, toInt } from "#constant";
import type { Checker } from "./checker.ts";
import { objDecl } from "./decl.ts";
import { settleGuesses } from "./resolver.ts";
import { ErrorCode } from "./errorcodes.ts";
import { expr } from "./expr.ts";
import { Instance, Mode, newTypeAndValue, Open, type TypeAndValue } from "./info.ts";
import { validateTArgLen, verify } from "./instantiate.ts";
import { interfaceType } from "./interface.ts";
import { instantiate } from "./named.ts";
import { type Obj, ObjKind, type TypeName } from "./objects.ts";
import { Operand } from "./operand.ts";
import {
  isAliasName,
  isComparable,
  isGeneric,
  isInteger,
  isTypeParam,
  isUntyped,
  isValid,
  under,
} from "./predicates.ts";
import { selector } from "./selector.ts";
import { funcType } from "./signature.ts";
import { structType } from "./struct.ts";
import { use } from "./call.ts";
import { representableConst } from "./const.ts";
import { computeInterfaceTypeSet } from "./typeset.ts";
import {
  type Alias,
  BasicKind,
  Chan,
  type Dir,
  emptyTuple,
  GoArray,
  GoMap,
  type Named,
  Pointer,
  Signature,
  Slice,
  Struct,
  type Type,
  TypeKind,
} from "./types.ts";
import { invalidType, typ, universe, universeComparable, universeIota } from "./universe.ts";
import { addDeclDep } from "./initorder.ts";

/** Records what an expression is. What is invalid is not recorded. */
export function record(x: Expr, mode: Mode, type: Type, val: TypeAndValue["value"]): void {
  if (mode === Mode.Invalid) return;
  const tv = x.tv as TypeAndValue | null;
  if (tv === null) x.tv = newTypeAndValue(mode, type, val);
  else {
    tv.mode = mode;
    tv.type = type;
    tv.value = val;
    tv.open &= ~Open.Untyped;
  }
}

const varKinds: readonly string[] = [
  "package-level variable",
  "local variable",
  "receiver",
  "parameter",
  "result variable",
  "struct field",
];

/** How messages call a kind of object. */
export function objectKind(obj: Obj): string {
  switch (obj.kind) {
    case ObjKind.PkgName:
      return "package name";
    case ObjKind.Const:
      return "constant";
    case ObjKind.TypeName:
      if (isAliasName(obj)) return "type alias";
      return obj.type !== null && obj.type.kind === TypeKind.TypeParam ? "type parameter" : "defined type";
    case ObjKind.Var:
      return varKinds[obj.varKind]!;
    case ObjKind.Func: {
      const sig = obj.type;
      return sig !== null && sig.kind === TypeKind.Signature && sig.recv !== null ? "method" : "function";
    }
    case ObjKind.Label:
      return "label";
    case ObjKind.Builtin:
      return "built-in function";
    case ObjKind.Nil:
      return "untyped nil";
  }
}

const validName = /^[\p{L}_][\p{L}\p{Nd}_]*$/u;

export function isValidName(s: string): boolean {
  return validName.test(s);
}

/** Checks an identifier. */
export function ident(c: Checker, x: Operand, e: Name, wantType: boolean): void {
  x.mode = Mode.Invalid;
  x.expr = e;
  let found = c.lookupScope(e.value);
  if (found === null || (found.obj.kind === ObjKind.PkgName && found.obj.guessed)) {
    if (settleGuesses(c)) found = c.lookupScope(e.value);
  }
  if (found === null) {
    if (e.value === "_") c.error(e, ErrorCode.InvalidBlank, "cannot use _ as value or type");
    else if (isValidName(e.value)) c.error(e, ErrorCode.UndeclaredName, `undefined: ${e.value}`);
    return;
  }
  const obj = found.obj;
  if (obj.parent === universe && (obj.name === "any" || obj.type === universeComparable)) {
    if (!c.verifyVersion(e, 18, `predeclared ${e.value}`)) return;
  }
  e.obj = obj;
  const gotType = obj.kind === ObjKind.TypeName;
  if (!gotType && wantType) {
    c.error(e, ErrorCode.NotAType, `${obj.name} (${objectKind(obj)}) is not a type`);
    if (obj.kind === ObjKind.Var && obj.pkg === c.pkg) obj.used = true;
    return;
  }
  // A type is declared again even if it has a type: that is how cycles are found.
  if (obj.type === null || (gotType && wantType && obj.pkg === c.pkg && obj.pathIndex !== 0)) objDecl(c, obj);
  const type = obj.type!;
  if (c.dotImports.size > 0) {
    const p = c.dotImports.get(found.scope)?.get(obj.name);
    if (p !== undefined) p.used = true;
  }
  switch (obj.kind) {
    case ObjKind.PkgName:
      c.error(e, ErrorCode.InvalidPkgUse, `use of package ${obj.name} not in selector`);
      return;
    case ObjKind.Const:
      addDeclDep(c, obj);
      if (!isValid(type)) return;
      if (obj === universeIota) {
        if (c.env.iota === null) {
          c.error(e, ErrorCode.InvalidIota, "cannot use iota outside constant declaration");
          return;
        }
        x.val = c.env.iota;
      } else x.val = obj.val;
      x.mode = Mode.Constant;
      break;
    case ObjKind.TypeName:
      x.mode = Mode.TypeExpr;
      break;
    case ObjKind.Var:
      if (obj.pkg === c.pkg) obj.used = true;
      if (obj.funcId !== 0 && obj.funcId !== c.env.funcId) obj.captured = true;
      addDeclDep(c, obj);
      if (!isValid(type)) return;
      x.mode = Mode.Variable;
      break;
    case ObjKind.Func:
      addDeclDep(c, obj);
      x.mode = Mode.Value;
      break;
    case ObjKind.Builtin:
      x.id = obj.id;
      x.mode = Mode.Builtin;
      break;
    case ObjKind.Nil:
      x.mode = Mode.Nil;
      break;
  }
  x.type = type;
}

/** The type that e denotes. */
export function typeOf(c: Checker, e: Expr): Type {
  return declaredType(c, e, null);
}

/** A type of variables: not a constraint. */
export function varType(c: Checker, e: Expr): Type {
  const t = declaredType(c, e, null);
  validVarType(c, e, t);
  return t;
}

export function validVarType(c: Checker, e: Expr, t: Type): void {
  const k = t.kind;
  // Literals other than interfaces are fine; what is behind names is known later.
  if (k !== TypeKind.Named && k !== TypeKind.Alias && k !== TypeKind.Interface) return;
  if (c.lazy) return;
  c.later(() => {
    if (isTypeParam(t)) return;
    const u = under(t);
    if (u.kind !== TypeKind.Interface) return;
    const pos = startPos(e);
    const s = computeInterfaceTypeSet(c, pos, u);
    if (s.isMethodSet()) return;
    const why = s.comparable ? "interface is (or embeds) comparable" : "interface contains type constraints";
    c.softError(
      pos,
      ErrorCode.MisplacedConstraintIface,
      `cannot use type ${c.ts(t)} outside a type constraint: ${why}`,
    );
  });
}

/** Like typeOf; def is the type name being declared as e, if any. */
export function declaredType(c: Checker, e: Expr, def: TypeName | null): Type {
  let t = typInternal(c, e, def);
  if (isGeneric(t)) {
    c.error(e, ErrorCode.WrongTypeArgCount, `cannot use generic type ${c.ts(t)} without instantiation`);
    t = invalidType;
  }
  record(e, Mode.TypeExpr, t, null);
  return t;
}

/** A generic type; invalid, with the reason in cause if not null, if e denotes another type. */
export function genericType(c: Checker, e: Expr, cause: { text: string } | null): Type {
  let t = typInternal(c, e, null);
  if (isValid(t) && !isGeneric(t)) {
    if (cause !== null) cause.text = `${c.ts(t)} is not a generic type`;
    t = invalidType;
  }
  record(e, Mode.TypeExpr, t, null);
  return t;
}

function typInternal(c: Checker, e: Expr, def: TypeName | null): Type {
  if (c.noted !== null) {
    const k = e.kind;
    if (k === Kind.ArrayType || k === Kind.ChanType || k === Kind.StructType || k === Kind.InterfaceType)
      c.noted.typeExprs.push(e);
  }
  switch (e.kind) {
    case Kind.BadExpr:
      break;
    case Kind.Name:
    case Kind.SelectorExpr: {
      const x = new Operand();
      if (e.kind === Kind.Name) ident(c, x, e, true);
      else selector(c, x, e, true);
      if (x.mode === Mode.TypeExpr) return x.type;
      if (x.mode === Mode.NoValue) c.error(x, ErrorCode.NotAType, `${c.ops(x)} used as type`);
      else if (x.mode !== Mode.Invalid) c.error(x, ErrorCode.NotAType, `${c.ops(x)} is not a type`);
      break;
    }
    case Kind.IndexExpr:
      c.verifyVersion(e, 18, "type instantiation");
      return instantiatedType(c, e);
    case Kind.ParenExpr:
      return declaredType(c, e.x, def);
    case Kind.ArrayType: {
      let len = -1;
      if (e.len !== null) len = arrayLength(c, e.len);
      else c.error(e, ErrorCode.BadDotDotDotSyntax, "invalid use of [...] array (outside a composite literal)");
      const elem = varType(c, e.elem);
      if (len >= 0) return new GoArray(len, elem);
      break;
    }
    case Kind.SliceType:
      return new Slice(varType(c, e.elem));
    case Kind.DotsType:
      c.error(e, ErrorCode.InvalidSyntaxTree, "invalid use of ...");
      break;
    case Kind.StructType: {
      const t = new Struct([], null);
      t.complete = false;
      structType(c, t, e);
      t.complete = true;
      return t;
    }
    case Kind.Operation:
      if (e.op === Operator.Mul && e.y === null) {
        const elem = varType(c, e.x);
        return isValid(elem) ? new Pointer(elem) : invalidType;
      }
      c.error(e, ErrorCode.NotAType, `${c.es(e)} is not a type`);
      use(c, e);
      break;
    case Kind.FuncType: {
      const t = new Signature(null, emptyTuple, emptyTuple, false);
      funcType(c, t, null, null, e);
      return t;
    }
    case Kind.InterfaceType: {
      const t = c.newInterface();
      interfaceType(c, t, e, def);
      return t;
    }
    case Kind.MapType: {
      const key = varType(c, e.key);
      const elem = varType(c, e.value);
      c.later(() => {
        if (isComparable(key)) return;
        const why = isTypeParam(key) ? " (missing comparable constraint)" : "";
        c.error(e.key, ErrorCode.IncomparableMapKey, `invalid map key type ${c.ts(key)}${why}`);
      });
      return new GoMap(key, elem);
    }
    case Kind.ChanType:
      return new Chan(e.dir as number as Dir, varType(c, e.elem));
    default:
      c.error(e, ErrorCode.NotAType, `${c.es(e)} is not a type`);
      use(c, e);
  }
  return invalidType;
}

function instantiatedType(c: Checker, e: IndexExpr): Type {
  const x = e.x;
  const xlist = unpackList(e.index);
  const cause = { text: "" };
  const gtype = genericType(c, x, cause);
  if (cause.text !== "") {
    c.error(x, ErrorCode.NotAGenericType, `invalid operation: ${c.es(x)}${c.elist(xlist)} (${cause.text})`);
  }
  if (!isValid(gtype)) return gtype;
  const targs = typeList(c, xlist);
  if (targs === null) return invalidType;
  const orig = gtype as Named | Alias;
  // An alias cannot be expanded with a wrong number of arguments; for a defined type the check can wait.
  if (orig.kind === TypeKind.Alias && !validateTArgLen(c, x.pos, orig.obj.name, orig.tparams.length, targs.length))
    return invalidType;
  const inst = instantiate(orig, targs, x.pos);
  recordInstance(c, e, targs, inst);
  c.later(() => {
    const tparams = inst.orig.tparams;
    if (!validateTArgLen(c, x.pos, inst.obj.name, tparams.length, targs.length)) return;
    const bad = verify(c, tparams, targs);
    if (bad !== null) {
      c.softError(bad.index < xlist.length ? startPos(xlist[bad.index]!) : x.pos, ErrorCode.InvalidTypeArg, bad.cause);
    } else c.mono.recordInstance(c.pkg, x.pos, tparams, targs, xlist);
  });
  return inst;
}

/** Records an instantiation at the expression and at the name in it. */
export function recordInstance(c: Checker, e: Expr, targs: readonly Type[], type: Type): void {
  const inst = new Instance(targs, type);
  for (;;) {
    switch (e.kind) {
      case Kind.IndexExpr:
        e.inst = inst;
        e = e.x;
        break;
      case Kind.SelectorExpr:
        e.inst = inst;
        e.sel.inst = inst;
        c.noted?.instances.push(e.sel);
        return;
      case Kind.Name:
        e.inst = inst;
        c.noted?.instances.push(e);
        return;
      case Kind.ParenExpr:
        e = e.x;
        break;
      default:
        return;
    }
  }
}

/** The value of an array length, -1 after an error. */
function arrayLength(c: Checker, e: Expr): number {
  // A name that is no constant may be a type parameter list that the parser took for an array.
  if (e.kind === Kind.Name) {
    const obj = c.lookup(e.value);
    if (obj === null) {
      c.error(e, ErrorCode.InvalidArrayLen, `undefined array length ${e.value} or missing type constraint`);
      return -1;
    }
    if (obj.kind !== ObjKind.Const) {
      c.error(e, ErrorCode.InvalidArrayLen, `invalid array length ${e.value}`);
      return -1;
    }
  }
  const x = new Operand();
  expr(c, null, x, e);
  if (x.mode !== Mode.Constant) {
    if (x.mode !== Mode.Invalid) c.error(x, ErrorCode.InvalidArrayLen, `array length ${c.ops(x)} must be constant`);
    return -1;
  }
  if (isUntyped(x.type) || isInteger(x.type)) {
    const v = toInt(x.val!);
    if (v.kind === ConstKind.Int && representableConst(v, typ[BasicKind.Int]!, null)) {
      const n = smallIntVal(v) ?? Number(v.big);
      if (n >= 0) return n;
    }
  }
  if (isInteger(x.type)) c.error(x, ErrorCode.InvalidArrayLen, `invalid array length ${c.ops(x)}`);
  else c.error(x, ErrorCode.InvalidArrayLen, `array length ${c.ops(x)} must be integer`);
  return -1;
}

/** Type arguments; null if one of them is invalid. */
export function typeList(c: Checker, list: readonly Expr[]): Type[] | null {
  let out: Type[] | null = [];
  for (const x of list) {
    const t = varType(c, x);
    if (!isValid(t)) out = null;
    if (out !== null) out.push(t);
  }
  return out;
}
