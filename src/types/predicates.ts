// Properties of types, underlying types, and identity.
import { type ObjKind, objId, sameId } from "./objects.ts";
import { resolveUnderlying } from "./named.ts";
import { substSignatureParams } from "./subst.ts";
import { computeUnionTypeSet, termsEqual, typeSetOf } from "./typeset.ts";
import {
  type Alias,
  type Basic,
  BasicInfo,
  BasicKind,
  Dir,
  Interface,
  type Named,
  noTypeParams,
  type Type,
  TypeKind,
  type TypeParam,
} from "./types.ts";
import { emptyInterface, invalidType, typ, universeRune } from "./universe.ts";

/** What an alias stands for; other types are themselves. */
export function unalias(t: Type): Type {
  return t.kind === TypeKind.Alias ? resolveAlias(t) : t;
}

function resolveAlias(a0: Alias): Type {
  if (a0.actual !== null) return a0.actual;
  let t: Type | null = a0.fromRHS;
  while (t !== null && t.kind === TypeKind.Alias) t = t.actual ?? t.fromRHS;
  // An alias still being declared has no type yet; leave the question open.
  if (t === null) return invalidType;
  a0.actual = t;
  return t;
}

/** The underlying type; that of a type parameter is its constraint interface. */
export function under(t: Type): Type {
  switch (t.kind) {
    case TypeKind.Named:
      return t.resolved ?? resolveUnderlying(t);
    case TypeKind.Alias:
      return under(resolveAlias(t));
    case TypeKind.TypeParam:
      return constraintInterface(t);
    default:
      return t;
  }
}

/** The constraint of a type parameter as an interface. */
export function constraintInterface(t: TypeParam): Interface {
  const bound = t.bound ?? invalidType;
  const u = under(bound);
  if (u.kind === TypeKind.Interface) return isTypeParam(bound) ? emptyInterface : u;
  if (u === invalidType) return emptyInterface;
  const wrapped = new Interface();
  wrapped.embeddeds = [bound];
  wrapped.implicit = true;
  wrapped.complete = true;
  t.bound = wrapped;
  return wrapped;
}

export function asNamed(t: Type): Named | null {
  const u = unalias(t);
  return u.kind === TypeKind.Named ? u : null;
}

export function asTypeParam(t: Type): TypeParam | null {
  const u = unalias(t);
  return u.kind === TypeKind.TypeParam ? u : null;
}

export function isValid(t: Type): boolean {
  return t !== invalidType && (t.kind !== TypeKind.Alias || resolveAlias(t) !== invalidType);
}

function isBasic(t: Type, info: number): boolean {
  const u = under(t);
  return u.kind === TypeKind.Basic && (u.info_ & info) !== 0;
}

// The is… predicates are false for type parameters; the all… ones look at all types of the type set.
export const isBoolean = (t: Type): boolean => isBasic(t, BasicInfo.Boolean);
export const isInteger = (t: Type): boolean => isBasic(t, BasicInfo.Integer);
export const isUnsigned = (t: Type): boolean => isBasic(t, BasicInfo.Unsigned);
export const isFloat = (t: Type): boolean => isBasic(t, BasicInfo.Float);
export const isComplex = (t: Type): boolean => isBasic(t, BasicInfo.Complex);
export const isNumeric = (t: Type): boolean => isBasic(t, BasicInfo.Numeric);
export const isString = (t: Type): boolean => isBasic(t, BasicInfo.String);
export const isIntegerOrFloat = (t: Type): boolean => isBasic(t, BasicInfo.Integer | BasicInfo.Float);
export const isConstType = (t: Type): boolean => isBasic(t, BasicInfo.ConstType);
export const allBoolean = (t: Type): boolean => allBasic(t, BasicInfo.Boolean);
export const allInteger = (t: Type): boolean => allBasic(t, BasicInfo.Integer);
export const allUnsigned = (t: Type): boolean => allBasic(t, BasicInfo.Unsigned);
export const allNumeric = (t: Type): boolean => allBasic(t, BasicInfo.Numeric);
export const allString = (t: Type): boolean => allBasic(t, BasicInfo.String);
export const allOrdered = (t: Type): boolean => allBasic(t, BasicInfo.Ordered);
export const allNumericOrString = (t: Type): boolean => allBasic(t, BasicInfo.Numeric | BasicInfo.String);

export function allBasic(t: Type, info: number): boolean {
  const p = asTypeParam(t);
  if (p !== null) return typeSetOf(constraintInterface(p)).is((x) => x !== null && isBasic(x.type, info));
  return isBasic(t, info);
}

export function hasName(t: Type): boolean {
  const k = unalias(t).kind;
  return k === TypeKind.Basic || k === TypeKind.Named || k === TypeKind.TypeParam;
}

export function isTypeLit(t: Type): boolean {
  const k = unalias(t).kind;
  return k !== TypeKind.Named && k !== TypeKind.TypeParam;
}

export function isUntyped(t: Type): boolean {
  return t.kind === TypeKind.Basic && (t.info_ & BasicInfo.Untyped) !== 0;
}

export function isTyped(t: Type): boolean {
  return !isUntyped(t);
}

export function isUntypedNumeric(t: Type): boolean {
  return isUntyped(t) && ((t as Basic).info_ & BasicInfo.Numeric) !== 0;
}

export function isInterface(t: Type): boolean {
  return under(t).kind === TypeKind.Interface;
}

export function isNonTypeParamInterface(t: Type): boolean {
  return !isTypeParam(t) && isInterface(t);
}

export function isTypeParam(t: Type): boolean {
  return unalias(t).kind === TypeKind.TypeParam;
}

/** Whether t is a type parameter whose constraint no type satisfies (false as long as that is not known). */
export function hasEmptyTypeset(t: Type): boolean {
  const p = asTypeParam(t);
  if (p === null || p.bound === null) return false;
  const n = asNamed(p.bound);
  const u = n !== null ? n.resolved : under(p.bound);
  return u !== null && u.kind === TypeKind.Interface && u.tset?.isEmpty() === true;
}

/** Type parameters of a generic type or of the origin of an instance. */
export function typeParamsOf(t: Named | Alias): TypeParam[] {
  return t.orig.tparams;
}

/** Whether t is a generic type without type arguments. */
export function isGeneric(t: Type): boolean {
  if (t.kind === TypeKind.Alias && t.tparams.length > 0 && t.targs === null) return true;
  const n = asNamed(t);
  return n !== null && n.targs === null && n.tparams.length > 0;
}

/** Why something does not hold, in words still to be formatted: arguments replace %s in order. */
export interface TypeProblem {
  readonly format: string;
  readonly args: readonly Type[];
}

const noCause: TypeProblem = { format: "", args: [] };

export function isComparable(t: Type): boolean {
  return comparableType(t, true, null) === null;
}

/** null if values of type t can be compared; if dynamic, interfaces count although comparing them may panic. */
export function comparableType(t: Type, dynamic: boolean, seen: Set<Type> | null): TypeProblem | null {
  const u = under(t);
  switch (u.kind) {
    case TypeKind.Basic:
      return u.basic === BasicKind.UntypedNil ? noCause : null;
    case TypeKind.Pointer:
    case TypeKind.Chan:
      return null;
    case TypeKind.Struct:
      if (u.fields.length === 0) return null;
      seen ??= new Set();
      if (seen.has(t)) return null;
      seen.add(t);
      for (const f of u.fields) {
        if (comparableType(f.type!, dynamic, seen) !== null)
          return { format: "struct containing %s cannot be compared", args: [f.type!] };
      }
      return null;
    case TypeKind.Array:
      seen ??= new Set();
      if (seen.has(t)) return null;
      seen.add(t);
      if (comparableType(u.elem, dynamic, seen) !== null) return { format: "%s cannot be compared", args: [t] };
      return null;
    case TypeKind.Interface: {
      if (dynamic && !isTypeParam(t)) return null;
      seen ??= new Set();
      if (seen.has(t)) return null;
      seen.add(t);
      const s = typeSetOf(u);
      if (s.isComparable(seen)) return null;
      return { format: s.isEmpty() ? "empty type set" : "incomparable types in type set", args: [] };
    }
    default:
      return noCause;
  }
}

export function hasNil(t: Type): boolean {
  const u = under(t);
  switch (u.kind) {
    case TypeKind.Basic:
      return u.basic === BasicKind.UnsafePointer;
    case TypeKind.Slice:
    case TypeKind.Pointer:
    case TypeKind.Signature:
    case TypeKind.Map:
    case TypeKind.Chan:
      return true;
    case TypeKind.Interface:
      return !isTypeParam(t) || underIs(t, (x) => x !== null && hasNil(x));
    default:
      return false;
  }
}

/** Calls f with the underlying type of t, or of each specific type of a type parameter (null if there are none). */
export function underIs(t: Type, f: (u: Type | null) => boolean): boolean {
  const p = asTypeParam(t);
  if (p !== null) return typeSetOf(constraintInterface(p)).all((_, u) => f(u));
  return f(under(t));
}

/** Like underIs, with the type itself too. */
export function allTypes(t: Type, f: (t: Type | null, u: Type | null) => boolean): boolean {
  const p = asTypeParam(t);
  if (p !== null) return typeSetOf(constraintInterface(p)).all(f);
  return f(t, under(t));
}

/** The single underlying type of all types in t's type set (channels may differ in direction), or why there is none. */
export function commonUnder(
  t: Type,
  cond: ((t: Type | null, u: Type | null) => TypeProblem | null) | null,
): { under: Type | null; problem: TypeProblem | null } {
  let ct: Type | null = null;
  let cu: Type | null = null;
  let problem: TypeProblem | null = null;
  allTypes(t, (t, u) => {
    if (cond !== null) {
      problem = cond(t, u);
      if (problem !== null) return false;
    }
    if (u === null) {
      problem = { format: "no specific type", args: [] };
      return false;
    }
    if (cu === null) {
      ct = t;
      cu = u;
      return true;
    }
    if (cu.kind === TypeKind.Chan && u.kind === TypeKind.Chan) {
      if (!identical(cu.elem, u.elem)) {
        problem = { format: "channels %s and %s have different element types", args: [ct!, t!] };
        return false;
      }
      if (cu.dir === u.dir) return true;
      if (cu.dir === Dir.Both) {
        ct = t;
        cu = u;
      } else if (u.dir !== Dir.Both) {
        problem = { format: "channels %s and %s have conflicting directions", args: [ct!, t!] };
        return false;
      }
      return true;
    }
    if (!identical(cu, u)) {
      problem = { format: "%s and %s have different underlying types", args: [ct!, t!] };
      return false;
    }
    return true;
  });
  return problem !== null ? { under: null, problem } : { under: cu, problem: null };
}

/** Pairs of interfaces being compared, to end recursion. */
interface IfacePair {
  readonly x: Interface;
  readonly y: Interface;
  readonly prev: IfacePair | null;
}

/** Type identity. */
export function identical(x: Type, y: Type): boolean {
  return x === y || same(x, y, false, false, null);
}

export function identicalIgnoreTags(x: Type, y: Type): boolean {
  return x === y || same(x, y, true, false, null);
}

/** Identity in which an invalid type is identical to every type. */
export function identicalIgnoreInvalids(x: Type, y: Type): boolean {
  return x === y || same(x, y, false, true, null);
}

function same(x: Type, y: Type, ignoreTags: boolean, lax: boolean, p: IfacePair | null): boolean {
  if (x === y) return true;
  if (x.kind === TypeKind.Alias) x = resolveAlias(x);
  if (y.kind === TypeKind.Alias) y = resolveAlias(y);
  if (x === y) return true;
  if (lax && (x === invalidType || y === invalidType)) return true;
  switch (x.kind) {
    case TypeKind.Basic:
      return y.kind === TypeKind.Basic && x.basic === y.basic;
    case TypeKind.Array:
      return (
        y.kind === TypeKind.Array &&
        (x.len < 0 || y.len < 0 || x.len === y.len) &&
        same(x.elem, y.elem, ignoreTags, lax, p)
      );
    case TypeKind.Slice:
      return y.kind === TypeKind.Slice && same(x.elem, y.elem, ignoreTags, lax, p);
    case TypeKind.Pointer:
      return y.kind === TypeKind.Pointer && same(x.elem, y.elem, ignoreTags, lax, p);
    case TypeKind.Struct: {
      if (y.kind !== TypeKind.Struct || x.fields.length !== y.fields.length) return false;
      for (let i = 0; i < x.fields.length; i++) {
        const f = x.fields[i]!;
        const g = y.fields[i]!;
        if (f === g && (ignoreTags || x.tags === y.tags)) continue;
        if (
          f.embedded !== g.embedded ||
          (!ignoreTags && x.tag(i) !== y.tag(i)) ||
          !sameId(f, g.pkg, g.name, false) ||
          !same(f.type!, g.type!, ignoreTags, lax, p)
        )
          return false;
      }
      return true;
    }
    case TypeKind.Tuple: {
      if (y.kind !== TypeKind.Tuple || x.vars.length !== y.vars.length) return false;
      for (let i = 0; i < x.vars.length; i++) {
        if (!same(x.vars[i]!.type!, y.vars[i]!.type!, ignoreTags, lax, p)) return false;
      }
      return true;
    }
    case TypeKind.Signature: {
      if (y.kind !== TypeKind.Signature || x.variadic !== y.variadic || x.tparams.length !== y.tparams.length)
        return false;
      let yparams: Type = y.params;
      let yresults: Type = y.results;
      if (x.tparams.length > 0) {
        const s = substSignatureParams(y, x.tparams);
        for (let i = 0; i < x.tparams.length; i++) {
          if (!same(x.tparams[i]!.bound!, s.bounds[i]!, ignoreTags, lax, p)) return false;
        }
        yparams = s.params;
        yresults = s.results;
      }
      return same(x.params, yparams, ignoreTags, lax, p) && same(x.results, yresults, ignoreTags, lax, p);
    }
    case TypeKind.Union:
      return (
        y.kind === TypeKind.Union &&
        termsEqual(computeUnionTypeSet(null, 0, x).terms, computeUnionTypeSet(null, 0, y).terms)
      );
    case TypeKind.Interface: {
      if (y.kind !== TypeKind.Interface) return false;
      const xs = typeSetOf(x);
      const ys = typeSetOf(y);
      if (xs === ys) return true;
      if (xs.comparable !== ys.comparable || xs.methods.length !== ys.methods.length) return false;
      if (!termsEqual(xs.terms, ys.terms)) return false;
      for (let q = p; q !== null; q = q.prev) {
        if ((q.x === x && q.y === y) || (q.x === y && q.y === x)) return true;
      }
      const q: IfacePair = { x, y, prev: p };
      for (let i = 0; i < xs.methods.length; i++) {
        const f = xs.methods[i]!;
        const g = ys.methods[i]!;
        if (f === g) continue;
        if (f.name !== g.name || objId(f.pkg, f.name) !== objId(g.pkg, g.name)) return false;
        if (!same(f.type!, g.type!, ignoreTags, lax, q)) return false;
      }
      return true;
    }
    case TypeKind.Map:
      return (
        y.kind === TypeKind.Map && same(x.key, y.key, ignoreTags, lax, p) && same(x.elem, y.elem, ignoreTags, lax, p)
      );
    case TypeKind.Chan:
      return y.kind === TypeKind.Chan && x.dir === y.dir && same(x.elem, y.elem, ignoreTags, lax, p);
    case TypeKind.Named: {
      if (y.kind !== TypeKind.Named) return false;
      if (x.targs === null || y.targs === null || x.targs.length !== y.targs.length) return false;
      if (x.orig.obj !== y.orig.obj) return false;
      for (let i = 0; i < x.targs.length; i++) if (!same(x.targs[i]!, y.targs[i]!, false, lax, null)) return false;
      return true;
    }
    default:
      return false;
  }
}

/** The type an untyped value gets where nothing else decides; other types are themselves. */
export function defaultType(t: Type): Type {
  if (t.kind === TypeKind.Basic) {
    switch (t.basic) {
      case BasicKind.UntypedBool:
        return typ[BasicKind.Bool]!;
      case BasicKind.UntypedInt:
        return typ[BasicKind.Int]!;
      case BasicKind.UntypedRune:
        return universeRune;
      case BasicKind.UntypedFloat:
        return typ[BasicKind.Float64]!;
      case BasicKind.UntypedComplex:
        return typ[BasicKind.Complex128]!;
      case BasicKind.UntypedString:
        return typ[BasicKind.String]!;
    }
  }
  return t;
}

/** The "larger" of two untyped numeric types; null if x and y are neither equal nor both such. */
export function maxType(x: Type, y: Type): Type | null {
  if (x === y) return x;
  if (isUntypedNumeric(x) && isUntypedNumeric(y)) return (x as Basic).basic > (y as Basic).basic ? x : y;
  return null;
}

/** The element type of a pointer and true; else the type itself. */
export function deref(t: Type): { type: Type; ptr: boolean } {
  const u = unalias(t);
  return u.kind === TypeKind.Pointer ? { type: u.elem, ptr: true } : { type: t, ptr: false };
}

/** T for a (defined) pointer type to a struct type T. */
export function derefStructPtr(t: Type): Type {
  const u = under(t);
  return u.kind === TypeKind.Pointer && under(u.elem).kind === TypeKind.Struct ? u.elem : t;
}

export function isInterfacePtr(t: Type): boolean {
  const u = under(t);
  return u.kind === TypeKind.Pointer && isInterface(u.elem);
}

/** Number of type parameters of a signature. */
export function isGenericSignature(t: Type | null): boolean {
  return t !== null && t.kind === TypeKind.Signature && t.tparams !== noTypeParams && t.tparams.length > 0;
}

/** "struct", "map" …: the kind of composite type that t is, "" if its underlying type is basic. */
export function compositeKind(t: Type): string {
  switch (under(t).kind) {
    case TypeKind.Array:
      return "array";
    case TypeKind.Slice:
      return "slice";
    case TypeKind.Struct:
      return "struct";
    case TypeKind.Pointer:
      return "pointer";
    case TypeKind.Signature:
      return "func";
    case TypeKind.Interface:
      return "interface";
    case TypeKind.Map:
      return "map";
    case TypeKind.Chan:
      return "chan";
    case TypeKind.Tuple:
      return "tuple";
    case TypeKind.Union:
      return "union";
    default:
      return "";
  }
}

/** Whether the object is the type name of an alias (predeclared ones included). */
export function isAliasName(obj: { kind: ObjKind; type: Type | null; name: string; pkg: unknown }): boolean {
  const t = obj.type;
  if (t === null) return false;
  switch (t.kind) {
    case TypeKind.Basic:
      if (t.basic === BasicKind.UnsafePointer) return false;
      return obj.pkg !== null || t.name !== obj.name || t.name === "byte" || t.name === "rune";
    case TypeKind.Named:
      return (obj as unknown) !== t.obj;
    case TypeKind.TypeParam:
      return (obj as unknown) !== t.obj;
    default:
      return true;
  }
}
