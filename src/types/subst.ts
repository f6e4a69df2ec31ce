// Substitution of type arguments for type parameters.
import { allTypeParams, cloneFunc, cloneVar, instantiate, replaceRecv } from "./named.ts";
import type { Func, Var } from "./objects.ts";
import {
  Chan,
  GoArray,
  GoMap,
  Interface,
  noTypeParams,
  Parameterized,
  Pointer,
  Signature,
  Slice,
  Struct,
  Term,
  Tuple,
  type Type,
  TypeKind,
  type TypeParam,
  Union,
} from "./types.ts";
import { invalidType } from "./universe.ts";

/** From type parameters to types, with a memo of what was substituted. One of these serves a whole instantiation. */
export class SubstMap {
  private readonly memo: Map<Type, Type> = new Map();
  constructor(
    readonly from: readonly TypeParam[],
    readonly to: readonly (Type | null)[],
  ) {}

  lookup(p: TypeParam): Type {
    for (let i = 0; i < this.from.length; i++) if (this.from[i] === p) return this.to[i] ?? p;
    return p;
  }

  remembered(t: Type): Type | undefined {
    return this.memo.get(t);
  }

  remember(t: Type, u: Type): Type {
    this.memo.set(t, u);
    return u;
  }
}

/**
 * Whether t mentions a type parameter anywhere that subst would look. Only the answer for types that are set up is kept.
 */
export function isParameterized(t: Type): boolean {
  if (t.parameterized !== Parameterized.Unknown) return t.parameterized === Parameterized.Yes;
  const r = parameterized(t);
  if (r !== Parameterized.Unknown) t.parameterized = r;
  return r !== Parameterized.No;
}

function either(list: readonly (Type | null)[]): Parameterized {
  let r = Parameterized.No;
  for (const t of list) {
    if (t === null) {
      if (r === Parameterized.No) r = Parameterized.Unknown;
      continue;
    }
    const p = t.parameterized !== Parameterized.Unknown ? t.parameterized : parameterized(t);
    if (p === Parameterized.Yes) return p;
    if (p === Parameterized.Unknown) r = p;
  }
  return r;
}

function parameterized(t: Type): Parameterized {
  switch (t.kind) {
    case TypeKind.Basic:
      return Parameterized.No;
    case TypeKind.TypeParam:
      return Parameterized.Yes;
    case TypeKind.Array:
    case TypeKind.Slice:
    case TypeKind.Pointer:
    case TypeKind.Chan:
      return either([t.elem]);
    case TypeKind.Map:
      return either([t.key, t.elem]);
    case TypeKind.Struct: {
      const r = either(t.fields.map((f) => f.type));
      return r === Parameterized.No && !t.complete ? Parameterized.Unknown : r;
    }
    case TypeKind.Tuple:
      return either(t.vars.map((v) => v.type));
    case TypeKind.Signature:
      return either([t.params, t.results]);
    case TypeKind.Union:
      return either(t.terms.map((x) => x.type));
    case TypeKind.Interface: {
      const a = either(t.methods.map((m) => m.type));
      if (a === Parameterized.Yes) return a;
      const b = either(t.embeddeds);
      if (b === Parameterized.Yes) return b;
      return t.complete && a === Parameterized.No && b === Parameterized.No ? Parameterized.No : Parameterized.Unknown;
    }
    case TypeKind.Named:
    case TypeKind.Alias: {
      if (t.targs !== null) {
        // A generic type local to a generic function, without the function's arguments yet.
        const outer = t.kind === TypeKind.Named ? t.orig.implicits.length : 0;
        if (outer > 0 && t.targs.length < outer + t.orig.tparams.length) return Parameterized.Yes;
        const r = either(t.targs);
        return r;
      }
      // A generic type without arguments, or a type that is none; local types may depend on outer type parameters.
      if (t.kind === TypeKind.Named) return t.implicits.length > 0 ? Parameterized.Yes : Parameterized.No;
      if (t.fromRHS === null) return Parameterized.Unknown;
      return t.tparams.length > 0 ? Parameterized.No : either([t.fromRHS]);
    }
  }
}

/** t with the type parameters of m replaced; t itself if nothing in it changes. */
export function subst(t: Type, m: SubstMap): Type {
  switch (t.kind) {
    case TypeKind.Basic:
      return t;
    case TypeKind.TypeParam:
      return m.lookup(t);
  }
  if (!isParameterized(t)) return t;
  const known = m.remembered(t);
  if (known !== undefined) return known;
  const u = substType(t, m);
  // What is not set up yet may have more in it later.
  return t.parameterized === Parameterized.Unknown ? u : m.remember(t, u);
}

function substType(t: Type, m: SubstMap): Type {
  switch (t.kind) {
    case TypeKind.Array: {
      const elem = subst(t.elem, m);
      return elem === t.elem ? t : new GoArray(t.len, elem);
    }
    case TypeKind.Slice: {
      const elem = subst(t.elem, m);
      return elem === t.elem ? t : new Slice(elem);
    }
    case TypeKind.Pointer: {
      const elem = subst(t.elem, m);
      return elem === t.elem ? t : new Pointer(elem);
    }
    case TypeKind.Chan: {
      const elem = subst(t.elem, m);
      return elem === t.elem ? t : new Chan(t.dir, elem);
    }
    case TypeKind.Map: {
      const key = subst(t.key, m);
      const elem = subst(t.elem, m);
      return key === t.key && elem === t.elem ? t : new GoMap(key, elem);
    }
    case TypeKind.Struct: {
      const fields = substVars(t.fields, m);
      return fields === t.fields ? t : new Struct(fields, t.tags);
    }
    case TypeKind.Tuple: {
      const vars = substVars(t.vars, m);
      return vars === t.vars ? t : new Tuple(vars);
    }
    case TypeKind.Signature: {
      const params = subst(t.params, m) as Tuple;
      const results = subst(t.results, m) as Tuple;
      if (params === t.params && results === t.results) return t;
      const s = new Signature(t.recv, params, results, t.variadic);
      s.rparams = t.rparams;
      s.tparams = t.tparams;
      return s;
    }
    case TypeKind.Union: {
      let changed = false;
      const terms = t.terms.map((x) => {
        const u = subst(x.type, m);
        if (u === x.type) return x;
        changed = true;
        return new Term(x.tilde, u);
      });
      return changed ? new Union(terms) : t;
    }
    case TypeKind.Interface: {
      let methods = t.methods;
      for (let i = 0; i < t.methods.length; i++) {
        const f: Func = t.methods[i]!;
        const ft = subst(f.type!, m);
        if (ft === f.type) continue;
        if (methods === t.methods) methods = t.methods.slice();
        methods[i] = cloneFunc(f, ft);
      }
      const embeddeds = substTypes(t.embeddeds, m) as Type[];
      if (methods === t.methods && embeddeds === t.embeddeds) return t;
      const u = new Interface();
      u.embeddeds = embeddeds;
      u.embedPos = t.embedPos;
      u.implicit = t.implicit;
      u.check = t.check;
      u.complete = t.complete;
      u.methods = replaceRecv(methods, t, u) ?? methods;
      return u;
    }
    case TypeKind.Named: {
      const orig = t.orig;
      if (orig.implicits.length > 0 && (t.targs === null || t.targs.length === orig.tparams.length)) {
        // A type local to a generic function, seen from inside of it: the function's arguments come first.
        const outer = substTypes(orig.implicits, m);
        const inner = t.targs === null ? noTypeParams : substTypes(t.targs, m);
        // Nothing from outside is replaced: it stays a type of that function.
        if (outer === orig.implicits) return t.targs === null || inner === t.targs ? t : instantiate(orig, inner);
        return instantiate(orig, outer.concat(inner));
      }
      if (t.targs === null) return t;
      if (t.targs.length !== allTypeParams(orig).length) return invalidType;
      const targs = substTypes(t.targs, m);
      return targs === t.targs ? t : instantiate(orig, targs);
    }
    case TypeKind.Alias: {
      if (t.targs === null) {
        if (t.tparams.length > 0 || t.fromRHS === null) return t;
        const rhs = subst(t.fromRHS, m);
        return rhs === t.fromRHS ? t : rhs;
      }
      if (t.targs.length !== t.orig.tparams.length) return invalidType;
      const targs = substTypes(t.targs, m);
      return targs === t.targs ? t : instantiate(t.orig, targs);
    }
    default:
      return t;
  }
}

function substVars(list: Var[], m: SubstMap): Var[] {
  let out = list;
  for (let i = 0; i < list.length; i++) {
    const v = list[i]!;
    if (v.type === null) continue;
    const u = subst(v.type, m);
    if (u === v.type) continue;
    if (out === list) out = list.slice();
    out[i] = cloneVar(v, u);
  }
  return out;
}

/** The list itself if nothing in it changes. */
export function substTypes(list: readonly Type[], m: SubstMap): readonly Type[] {
  let out = list as Type[];
  for (let i = 0; i < list.length; i++) {
    const u = subst(list[i]!, m);
    if (u === list[i]) continue;
    if (out === list) out = list.slice();
    out[i] = u;
  }
  return out;
}

/** A generic signature's bounds, parameters and results as if its type parameters were those of to. */
export function substSignatureParams(
  sig: Signature,
  to: readonly TypeParam[],
): { bounds: Type[]; params: Type; results: Type } {
  const m = new SubstMap(sig.tparams, to);
  return {
    bounds: sig.tparams.map((p) => subst(p.bound!, m)),
    params: subst(sig.params, m),
    results: subst(sig.results, m),
  };
}
