// Type inference: finding the type arguments that a call leaves away. cmd/compile/internal/types2/infer.go.
import type { Checker, ErrorBuilder } from "./checker.ts";
import { Mode } from "./info.ts";
import { Cause, hasAllMethods } from "./lookup.ts";
import { copySignature } from "./named.ts";
import { TypeName } from "./objects.ts";
import type { Operand } from "./operand.ts";
import { commonUnder, constraintInterface, defaultType, isTyped, maxType, unalias } from "./predicates.ts";
import { subst, SubstMap } from "./subst.ts";
import { typeSetOf } from "./typeset.ts";
import { noTypeParams, Term, type Tuple, type Type, TypeKind, TypeParam } from "./types.ts";
import { Unifier, UnifyMode } from "./unify.ts";

/**
 * Completes targs (null where missing) from the arguments for params, which mention tparams. The complete list, or null
 * after an error described in err (unless it has been reported elsewhere). With reverse the only argument is a target that
 * a function is assigned to.
 */
export function infer(
  c: Checker,
  pos: number,
  tparams: readonly TypeParam[],
  given: readonly (Type | null)[],
  params: Tuple,
  args: readonly Operand[],
  reverse: boolean,
  err: ErrorBuilder,
): Type[] | null {
  const n = tparams.length;
  if (given.length === n && !given.includes(null)) return given as Type[];
  for (const a of args) if (a.mode === Mode.Invalid) return null;
  const targs: (Type | null)[] = given.slice();
  while (targs.length < n) targs.push(null);
  // What is known already goes into the parameter types: that gives better messages, and inference less to do.
  if (params.vars.length > 0) params = subst(params, new SubstMap(tparams, targs)) as Tuple;
  const u = new Unifier(tparams, targs, c.allowVersion(21));
  const mismatch = (tpar: Type, targ: Type, arg: Operand): void => {
    const known = u.inferred(tparams);
    const es = c.es(arg.expr!);
    if (known.every((t) => t === null)) {
      err.add(
        arg,
        `type ${c.ts(targ)} of ${es} does not match ${c.ts(tpar)} (cannot infer ${typeParamsString(tparams)})`,
      );
      return;
    }
    const inferred = subst(tpar, new SubstMap(tparams, known));
    if (inferred === tpar) err.add(arg, `type ${c.ts(targ)} of ${es} does not match ${c.ts(tpar)}`);
    else if (reverse)
      err.add(arg, `inferred type ${c.ts(inferred)} for ${c.ts(tpar)} does not match type ${c.ts(targ)} of ${es}`);
    else err.add(arg, `type ${c.ts(targ)} of ${es} does not match inferred type ${c.ts(inferred)} for ${c.ts(tpar)}`);
  };

  // First from typed arguments.
  const untyped: number[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const pt = params.vars[i]!.type!;
    if (!mentionsTypeParams(tparams, pt) && !mentionsTypeParams(tparams, arg.type)) continue;
    if (isTyped(arg.type)) {
      if (!u.unify(pt, arg.type, UnifyMode.Assign)) {
        mismatch(pt, arg.type, arg);
        return null;
      }
    } else if (pt.kind === TypeKind.TypeParam && !arg.isNil) untyped.push(i);
  }

  // Then from constraints, until nothing new is found.
  for (;;) {
    const before = u.unknowns();
    for (const p of tparams) {
      const tx = u.at(p);
      const core = coreTerm(p);
      if (core !== null) {
        if (tx !== null) {
          // The type argument must match the constraint's core type, which may tell more about other parameters.
          if (!u.unify(tx, core.term.type, 0)) {
            err.add(pos, `${c.ts(p)} (type ${c.ts(tx)}) does not satisfy ${c.ts(p.bound)}`);
            return null;
          }
        } else if (core.single && !core.term.tilde) u.set(p, core.term.type);
      }
      // Methods of the type argument must match those of the constraint.
      if (tx !== null && !mentionsTypeParams(tparams, tx)) {
        const cause = new Cause();
        const constraint = constraintInterface(p);
        const ok = hasAllMethods(c, tx, constraint, true, (x, y) => u.unify(x, y, UnifyMode.Exact), cause);
        if (!ok) {
          err.add(pos, `${c.ts(p)} (type ${c.ts(tx)}) does not satisfy ${c.ts(p.bound)} ${cause.text}`);
          return null;
        }
      }
    }
    if (u.unknowns() === before) break;
  }

  // Then from untyped constants, by the largest of their default types.
  const maxUntyped = new Map<TypeParam, Type>();
  for (const i of untyped) {
    const p = params.vars[i]!.type as TypeParam;
    if (u.at(p) !== null) continue;
    const arg = args[i]!;
    const max = maxUntyped.get(p);
    if (max === undefined) {
      maxUntyped.set(p, arg.type);
      continue;
    }
    const m = maxType(max, arg.type);
    if (m === null) {
      err.add(arg, `mismatched types ${c.ts(max)} and ${c.ts(arg.type)} (cannot infer ${c.ts(p)})`);
      return null;
    }
    maxUntyped.set(p, m);
  }
  for (const [p, t] of maxUntyped) u.set(p, defaultType(t));

  // What was inferred may mention type parameters: put in what is known of those.
  const inferred = u.inferred(tparams);
  killCycles(tparams, inferred);
  let dirty: number[] = [];
  for (let i = 0; i < n; i++) if (inferred[i] !== null && targs[i] === null) dirty.push(i);
  while (dirty.length > 0) {
    const m = new SubstMap(tparams, inferred.slice());
    const again: number[] = [];
    for (const i of dirty) {
      const t0 = inferred[i]!;
      let t1 = subst(t0, m);
      if (t1 === t0) continue;
      // A generic function argument's type is no longer generic when its type parameters are gone.
      if (t1.kind === TypeKind.Signature && t1.tparams.length > 0 && !mentionsTypeParams(tparams, t1)) {
        t1 = copySignature(t1);
        t1.tparams = noTypeParams;
      }
      inferred[i] = t1;
      again.push(i);
    }
    dirty = again;
  }
  for (let i = 0; i < n; i++) {
    const t = inferred[i]!;
    if (t === null || mentionsTypeParams(tparams, t)) {
      const obj = tparams[i]!.obj;
      err.add(pos, `cannot infer ${obj.name} (declared at ${c.position(obj.pos)})`);
      return null;
    }
  }
  return inferred as Type[];
}

/** New type parameters with the same constraints, and t with them in place of the old ones. */
export function renameTypeParams(tparams: readonly TypeParam[], t: Type): { tparams: TypeParam[]; type: Type } {
  const fresh = tparams.map((p) => {
    const obj = new TypeName(p.obj.pos, p.obj.pkg, p.obj.name, null);
    const q = new TypeParam(obj, null);
    obj.type = q;
    q.index = p.index;
    return q;
  });
  const m = new SubstMap(tparams, fresh);
  // Shared constraints become separate ones: messages then repeat them.
  for (let i = 0; i < fresh.length; i++) fresh[i]!.bound = subst(tparams[i]!.bound!, new SubstMap(tparams, fresh));
  return { tparams: fresh, type: subst(t, m) };
}

function typeParamsString(list: readonly TypeParam[]): string {
  const names = list.map((p) => p.obj.name);
  const n = names.length;
  if (n <= 2) return names.join(" and ");
  return `${names.slice(0, n - 1).join(", ")}, and ${names[n - 1]!}`;
}

/** Whether t mentions one of tparams. */
export function mentionsTypeParams(tparams: readonly TypeParam[], t: Type): boolean {
  return mentions(tparams, t, null);
}

function mentions(tparams: readonly TypeParam[], t: Type, seen: Set<Type> | null): boolean {
  switch (t.kind) {
    case TypeKind.Basic:
      return false;
    case TypeKind.TypeParam:
      return tparams.includes(t);
    case TypeKind.Alias:
      return mentions(tparams, unalias(t), seen);
    case TypeKind.Array:
    case TypeKind.Slice:
    case TypeKind.Pointer:
    case TypeKind.Chan:
      return mentions(tparams, t.elem, seen);
    case TypeKind.Map:
      return mentions(tparams, t.key, seen) || mentions(tparams, t.elem, seen);
    case TypeKind.Named:
      return t.targs?.some((a) => mentions(tparams, a, seen)) === true;
    case TypeKind.Struct:
    case TypeKind.Tuple: {
      seen ??= new Set();
      if (seen.has(t)) return false;
      seen.add(t);
      const vars = t.kind === TypeKind.Struct ? t.fields : t.vars;
      return vars.some((v) => mentions(tparams, v.type!, seen));
    }
    case TypeKind.Signature:
      return mentions(tparams, t.params, seen) || mentions(tparams, t.results, seen);
    case TypeKind.Interface: {
      seen ??= new Set();
      if (seen.has(t)) return false;
      seen.add(t);
      const s = typeSetOf(t);
      return (
        s.methods.some((m) => mentions(tparams, m.type!, seen)) ||
        (s.hasTerms() && s.terms.some((x) => mentions(tparams, x.type, seen)))
      );
    }
    case TypeKind.Union:
      return t.terms.some((x) => mentions(tparams, x.type, seen));
  }
}

/** The term that all types of p's type set have in common: its only one (single), or one with their underlying type. */
function coreTerm(p: TypeParam): { term: Term; single: boolean } | null {
  let n = 0;
  let tilde = false;
  let single: Term | null = null;
  typeSetOf(constraintInterface(p)).is((t) => {
    if (t === null) return false;
    n++;
    single = t;
    if (t.tilde) tilde = true;
    return true;
  });
  if (n === 1) return { term: single!, single: true };
  const u = commonUnder(p, null).under;
  return u === null ? null : { term: new Term(tilde, u), single: false };
}

/** Forgets inferred types that depend on themselves. */
function killCycles(tparams: readonly TypeParam[], inferred: (Type | null)[]): void {
  const seen = new Set<Type>();
  const list = (ts: readonly (Type | null)[]): void => {
    for (const t of ts) if (t !== null) walk(t);
  };
  const walk = (t: Type): void => {
    t = unalias(t);
    if (t.kind === TypeKind.Basic) return;
    if (seen.has(t)) {
      if (t.kind === TypeKind.TypeParam) {
        const i = tparams.indexOf(t);
        if (i >= 0) inferred[i] = null;
      }
      return;
    }
    seen.add(t);
    switch (t.kind) {
      case TypeKind.Array:
      case TypeKind.Slice:
      case TypeKind.Pointer:
      case TypeKind.Chan:
        walk(t.elem);
        break;
      case TypeKind.Map:
        walk(t.key);
        walk(t.elem);
        break;
      case TypeKind.Struct:
        list(t.fields.map((f) => f.type));
        break;
      case TypeKind.Tuple:
        list(t.vars.map((v) => v.type));
        break;
      case TypeKind.Signature:
        walk(t.params);
        walk(t.results);
        break;
      case TypeKind.Union:
        list(t.terms.map((x) => x.type));
        break;
      case TypeKind.Interface:
        list(t.methods.map((m) => m.type));
        list(t.embeddeds);
        break;
      case TypeKind.Named:
        if (t.targs !== null) list(t.targs);
        break;
      case TypeKind.TypeParam: {
        const i = tparams.indexOf(t);
        if (i >= 0 && inferred[i] !== null) walk(inferred[i]!);
        break;
      }
    }
    seen.delete(t);
  };
  for (const p of tparams) walk(p);
}
