// Type sets of interfaces and unions: which methods all types of the set have, and which types are in it.
import type { Pos } from "#base";
import type { Checker } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import { compareObj, type Func, objId, sameId } from "./objects.ts";
import { comparableType, identical, isValid, under } from "./predicates.ts";
import { Term, TypeKind, type Interface, type Type, type Union } from "./types.ts";

/** Terms in normal form: no two overlap; none: the empty set; `allTerms`: all types. */
export type TermList = readonly Term[];

/** The term that stands for all types; its type is never looked at. */
const universeTerm = new Term(false, null as unknown as Type);
export const allTerms: TermList = [universeTerm];

const maxTermCount = 100;

export class TypeSet {
  constructor(
    /** All methods, in the order of compareObj. */
    public methods: Func[],
    public terms: TermList,
    /** Only with terms that are all types. */
    public comparable: boolean,
  ) {}

  isEmpty(): boolean {
    return this.terms.length === 0;
  }
  /** The set of all types. */
  isAll(): boolean {
    return this.isMethodSet() && this.methods.length === 0;
  }
  /** Described by methods alone. */
  isMethodSet(): boolean {
    return !this.comparable && isAllTerms(this.terms);
  }
  hasTerms(): boolean {
    return this.terms.length > 0 && !isAllTerms(this.terms);
  }
  isComparable(seen: Set<Type> | null): boolean {
    if (isAllTerms(this.terms)) return this.comparable;
    return this.is((t) => t !== null && comparableType(t.type, false, seen) === null);
  }
  lookup(pkg: Func["pkg"], name: string, foldCase: boolean): Func | null {
    const i = methodIndex(this.methods, pkg, name, foldCase);
    return i < 0 ? null : this.methods[i]!;
  }
  /** Calls f with each specific type and its underlying type (for ~T: T itself); f(null, null) if there are none. */
  all(f: (t: Type | null, u: Type | null) => boolean): boolean {
    if (!this.hasTerms()) return f(null, null);
    for (const t of this.terms) if (!f(t.type, under(t.type))) return false;
    return true;
  }
  /** Calls f with each term; f(null) if there are no specific ones. */
  is(f: (t: Term | null) => boolean): boolean {
    if (!this.hasTerms()) return f(null);
    for (const t of this.terms) if (!f(t)) return false;
    return true;
  }
  subsetOf(other: TypeSet): boolean {
    return termsSubset(this.terms, other.terms);
  }
}

export const topTypeSet = new TypeSet([], allTerms, false);
const invalidTypeSet = new TypeSet([], [], false);

export function methodIndex(methods: readonly Func[], pkg: Func["pkg"], name: string, foldCase: boolean): number {
  if (name === "_") return -1;
  for (let i = 0; i < methods.length; i++) {
    const m = methods[i]!;
    if (m.name === name || foldCase) if (sameId(m, pkg, name, foldCase)) return i;
  }
  return -1;
}

export function isAllTerms(l: TermList): boolean {
  return l.length === 1 && l[0] === universeTerm;
}

function disjoint(x: Term, y: Term): boolean {
  let ux = x.type;
  if (y.tilde) ux = under(ux);
  let uy = y.type;
  if (x.tilde) uy = under(uy);
  return !identical(ux, uy);
}

export { disjoint as termsDisjoint };

/** Whether t is in the set of x. */
export function termIncludes(x: Term, t: Type): boolean {
  if (x === universeTerm) return true;
  return identical(x.type, x.tilde ? under(t) : t);
}

export function termsInclude(l: TermList, t: Type): boolean {
  for (const x of l) if (termIncludes(x, t)) return true;
  return false;
}

function termSubset(x: Term, y: Term): boolean {
  if (y === universeTerm) return true;
  if (x === universeTerm) return false;
  return !disjoint(x, y) && (!x.tilde || y.tilde);
}

export function termsSubset(xl: TermList, yl: TermList): boolean {
  for (const x of xl) if (!yl.some((y) => termSubset(x, y))) return false;
  return true;
}

export function termsEqual(xl: TermList, yl: TermList): boolean {
  return xl === yl || (termsSubset(xl, yl) && termsSubset(yl, xl));
}

function normal(l: Term[]): TermList {
  if (l.includes(universeTerm)) return allTerms;
  if (l.length < 2) return l;
  const out: Term[] = [];
  const used = new Array<boolean>(l.length).fill(false);
  for (let i = 0; i < l.length; i++) {
    if (used[i]) continue;
    let x = l[i]!;
    for (let j = i + 1; j < l.length; j++) {
      if (used[j]) continue;
      const y = l[j]!;
      if (disjoint(x, y)) continue;
      if (!x.tilde && y.tilde) x = y;
      used[j] = true;
    }
    out.push(x);
  }
  return out;
}

export function unionTerms(xl: TermList, yl: TermList): TermList {
  return normal([...xl, ...yl]);
}

function intersectTerms(xl: TermList, yl: TermList): TermList {
  if (isAllTerms(xl)) return yl;
  if (isAllTerms(yl)) return xl;
  const out: Term[] = [];
  for (const x of xl) for (const y of yl) if (!disjoint(x, y)) out.push(!x.tilde || y.tilde ? x : y);
  return normal(out);
}

/** The type set of an interface, computed on first use. */
export function typeSetOf(t: Interface): TypeSet {
  return t.tset ?? computeInterfaceTypeSet(t.check as Checker | null, 0, t);
}

export function computeInterfaceTypeSet(c: Checker | null, _pos: Pos, t: Interface): TypeSet {
  if (t.tset !== null) return t.tset;
  // Still being set up: an infinitely expanding or embedding interface, reported elsewhere.
  if (!t.complete) return topTypeSet;
  const tset = new TypeSet([], allTerms, false);
  t.tset = tset;
  const seen = new Map<string, Func>();
  const all: Func[] = [];
  const mpos = new Map<Func, Pos>();
  const duplicate = (p: Pos, m: Func, other: Func) => {
    const err = c!.newError(ErrorCode.DuplicateDecl);
    err.add(p, `duplicate method ${m.name}`);
    err.add(mpos.get(other)!, `other declaration of method ${m.name}`);
    err.report();
  };
  const addMethod = (p: Pos, m: Func, explicit: boolean) => {
    const id = objId(m.pkg, m.name);
    const other = seen.get(id);
    if (other === undefined) {
      seen.set(id, m);
      all.push(m);
      mpos.set(m, p);
    } else if (c === null) {
      return;
    } else if (explicit) {
      duplicate(p, m, other);
    } else {
      c.later(() => {
        if ((p !== 0 && !c.allowVersion(14)) || !identical(m.type!, other.type!)) duplicate(p, m, other);
      });
    }
  };
  for (const m of t.methods) addMethod(m.pos, m, true);
  let terms: TermList = allTerms;
  let comparable = false;
  for (let i = 0; i < t.embeddeds.length; i++) {
    const e = t.embeddeds[i]!;
    const p = t.embedPos !== null ? t.embedPos[i]! : 0;
    const u = under(e);
    let eterms: TermList;
    let ecomparable = false;
    if (u.kind === TypeKind.Interface) {
      const s = computeInterfaceTypeSet(c ?? (u.check as Checker | null), p, u);
      if (p !== 0 && c !== null && c.isImportedConstraint(e)) {
        if (!c.verifyVersion(p, 18, () => `embedding constraint interface ${c.ts(e)}`)) continue;
      }
      ecomparable = s.comparable;
      for (const m of s.methods) addMethod(p, m, false);
      eterms = s.terms;
    } else if (u.kind === TypeKind.Union) {
      if (p !== 0 && c !== null && !c.verifyVersion(p, 18, () => `embedding interface element ${c.ts(u)}`)) continue;
      const s = computeUnionTypeSet(c, p, u);
      if (s === invalidTypeSet) continue;
      eterms = s.terms;
    } else {
      if (!isValid(u)) continue;
      if (p !== 0 && c !== null && !c.verifyVersion(p, 18, () => `embedding non-interface type ${c.ts(e)}`)) continue;
      eterms = [new Term(false, e)];
    }
    terms = intersectTerms(terms, eterms);
    comparable ||= ecomparable;
    if (comparable && !isAllTerms(terms)) {
      terms = terms.filter((x) => comparableType(x.type, false, null) === null);
      comparable = false;
    }
  }
  tset.comparable = comparable;
  if (all.length > 1) all.sort(compareObj);
  tset.methods = all;
  tset.terms = terms;
  return tset;
}

export function computeUnionTypeSet(c: Checker | null, pos: Pos, u: Union): TypeSet {
  if (u.tset !== null) return u.tset as TypeSet;
  const tset = new TypeSet([], [], false);
  u.tset = tset;
  let all: TermList = [];
  for (const t of u.terms) {
    const tu = under(t.type);
    let terms: TermList;
    if (tu.kind === TypeKind.Interface) terms = computeInterfaceTypeSet(c, pos, tu).terms;
    else if (!isValid(tu)) continue;
    else if (t.tilde && !identical(t.type, tu)) terms = [];
    else terms = [t];
    all = unionTerms(all, terms);
    if (all.length > maxTermCount) {
      c?.error(
        pos,
        ErrorCode.InvalidUnion,
        `cannot handle more than ${maxTermCount} union terms (implementation limitation)`,
      );
      u.tset = invalidTypeSet;
      return invalidTypeSet;
    }
  }
  tset.terms = all;
  return tset;
}
