// Checking type arguments: numbers of them, and whether they satisfy their constraints.
import type { Checker } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import { Cause, hasAllMethods } from "./lookup.ts";
import { comparableType, constraintInterface, identical, isInterfacePtr, isValid, under } from "./predicates.ts";
import { subst, SubstMap } from "./subst.ts";
import { typeString } from "./typestring.ts";
import { termIncludes, typeSetOf } from "./typeset.ts";
import { type Interface, Term, type Type, TypeKind, type TypeParam } from "./types.ts";

export function validateTArgLen(c: Checker, pos: number, name: string, want: number, got: number): boolean {
  if (got === want) return true;
  const qual = got < want ? "not enough" : "too many";
  c.error(pos, ErrorCode.WrongTypeArgCount, `${qual} type arguments for type ${name}: have ${got}, want ${want}`);
  return false;
}

/** The first type argument that does not satisfy its constraint, and why; null if all do. */
export function verify(
  c: Checker,
  tparams: readonly TypeParam[],
  targs: readonly Type[],
): { index: number; cause: string } | null {
  const m = new SubstMap(tparams, targs);
  for (let i = 0; i < tparams.length; i++) {
    // Makes an interface of a constraint literal.
    constraintInterface(tparams[i]!);
    const bound = subst(tparams[i]!.bound!, m);
    const cause = new Cause();
    if (!implements_(c, targs[i]!, bound, true, cause)) return { index: i, cause: cause.text };
  }
  return null;
}

/** Whether V implements (as a constraint: satisfies) the interface T. */
export function implements_(c: Checker, V: Type, T: Type, constraint: boolean, cause: Cause | null): boolean {
  const Vu = under(V);
  const Tu = under(T);
  if (!isValid(Vu) || !isValid(Tu)) return true;
  if (Vu.kind === TypeKind.Pointer && !isValid(under(Vu.elem))) return true;
  const verb = constraint ? "satisfy" : "implement";
  const because = (detail: string): false => {
    if (cause !== null) cause.text = detail;
    return false;
  };
  if (Tu.kind !== TypeKind.Interface) {
    if (cause === null) return false;
    const detail = isInterfacePtr(Tu)
      ? `type ${c.ts(T)} is pointer to interface, not interface`
      : `${c.ts(T)} is not an interface`;
    return because(`${c.ts(V)} does not ${verb} ${c.ts(T)} (${detail})`);
  }
  const Ts = typeSetOf(Tu);
  if (Ts.isAll()) return true;
  const Vi: Interface | null = Vu.kind === TypeKind.Interface ? Vu : null;
  if (Vi !== null && typeSetOf(Vi).isEmpty()) return true;
  if (Ts.isEmpty()) return cause === null ? false : because(`cannot ${verb} ${c.ts(T)} (empty type set)`);
  if (!hasAllMethods(c, V, T, true, identical, cause)) {
    if (cause !== null) cause.text = `${c.ts(V)} does not ${verb} ${c.ts(T)} ${cause.text}`;
    return false;
  }
  const comparable = (): boolean => {
    if (!Ts.isComparable(null)) return true;
    if (comparableType(V, false, null) === null) return true;
    if (constraint && comparableType(V, true, null) === null) {
      if (c.allowVersion(20)) return true;
      return cause === null ? false : because(`${c.ts(V)} to ${verb} comparable requires go1.20 or later`);
    }
    return cause === null ? false : because(`${c.ts(V)} does not ${verb} comparable`);
  };
  if (!Ts.hasTerms()) return comparable();
  if (Vi !== null) {
    if (!typeSetOf(Vi).subsetOf(Ts)) {
      return cause === null ? false : because(`${c.ts(V)} does not ${verb} ${c.ts(T)}`);
    }
    return comparable();
  }
  let alt: Type | null = null;
  for (const t of Ts.terms) {
    if (termIncludes(t, V)) return comparable();
    // With ~ the term would include V: say so.
    if (alt === null && !t.tilde && identical(t.type, under(t.type)) && termIncludes(new Term(true, t.type), V))
      alt = t.type;
  }
  if (cause === null) return false;
  let detail: string;
  const vs = c.ts(V);
  const ts = c.ts(T);
  if (alt !== null) detail = `possibly missing ~ for ${c.ts(alt)} in ${ts}`;
  else if (mentions(Tu, V)) detail = `${ts} mentions ${vs}, but ${vs} is not in the type set of ${ts}`;
  else {
    const terms = Ts.terms.map((t) => (t.tilde ? "~" : "") + termString(t.type)).join(" | ");
    detail = `${vs} missing in ${terms}`;
  }
  return because(`${vs} does not ${verb} ${ts} (${detail})`);
}

/** Terms are shown with package paths. */
function termString(t: Type): string {
  return typeString(t);
}

function mentions(T: Type, t: Type): boolean {
  if (T.kind === TypeKind.Interface) return T.embeddeds.some((e) => mentions(e, t));
  if (T.kind === TypeKind.Union) return T.terms.some((x) => mentions(x.type, t));
  return identical(T, t);
}
