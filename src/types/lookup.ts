// Finding fields and methods: by embedding depth, and what a type lacks of an interface.
import type { Checker } from "./checker.ts";
import { compareObj, type Func, ObjKind, objId, sameId, type Var } from "./objects.ts";
import { type Package, resolveObject } from "./package.ts";
import { declaredMethodIndex, hasPtrRecv, methodAt, numMethods } from "./named.ts";
import {
  asNamed,
  deref,
  derefStructPtr,
  identical,
  isInterfacePtr,
  isTypeParam,
  isValid,
  under,
} from "./predicates.ts";
import { methodIndex, typeSetOf } from "./typeset.ts";
import { funcString } from "./typestring.ts";
import { type Interface, type Named, type Struct, type Type, TypeKind } from "./types.ts";

/**
 * Result of a lookup. Found: obj with the path of field indices to it (the last index is that of the field or method).
 * Not found: obj null; index non-null if the name is ambiguous, indirect if the method needs a pointer receiver.
 */
export interface Lookup {
  readonly obj: Var | Func | null;
  readonly index: number[] | null;
  /** There is a pointer on the path, the receiver included. */
  readonly indirect: boolean;
}

const notFound: Lookup = { obj: null, index: null, indirect: false };
const needsPointer: Lookup = { obj: null, index: null, indirect: true };

interface Embedded {
  readonly type: Type;
  readonly index: number[];
  readonly indirect: boolean;
  multiples: boolean;
}

/** Looks up what `x.name` means for x of type t, as seen from pkg. */
export function lookupFieldOrMethod(
  t: Type,
  addressable: boolean,
  pkg: Package | null,
  name: string,
  foldCase = false,
): Lookup {
  // Methods of a defined pointer type are not those of what it points to.
  const n = asNamed(t);
  if (n !== null) {
    const u = under(n);
    if (u.kind === TypeKind.Pointer) {
      const r = lookupImpl(u, false, pkg, name, foldCase);
      return r.obj !== null && r.obj.kind === ObjKind.Func ? notFound : r;
    }
  }
  return lookupImpl(t, addressable, pkg, name, foldCase);
}

export function lookupImpl(
  t: Type,
  addressable: boolean,
  pkg: Package | null,
  name: string,
  foldCase: boolean,
): Lookup {
  if (name === "_") return notFound;
  const d = deref(t);
  if (d.ptr && under(d.type).kind === TypeKind.Interface) return notFound;
  return (
    lookupHere(d.type, d.ptr, addressable, pkg, name, foldCase) ??
    lookupByDepth(d.type, d.ptr, addressable, pkg, name, foldCase)
  );
}

/** The method of a defined type, or the field of a struct that is the only one: most that is looked up. Null: look further. */
function lookupHere(
  t: Type,
  indirect: boolean,
  addressable: boolean,
  pkg: Package | null,
  name: string,
  foldCase: boolean,
): Lookup | null {
  const named = asNamed(t);
  if (named !== null) {
    const i = declaredMethodIndex(named, pkg, name, foldCase);
    if (i >= 0) {
      const m = methodAt(named, i);
      return hasPtrRecv(m) && !indirect && !addressable ? needsPointer : { obj: m, index: [i], indirect };
    }
  }
  const u = under(t);
  if (u.kind !== TypeKind.Struct || foldCase) return null;
  let found = -1;
  const fields = u.fields;
  for (let i = 0; i < fields.length; i++) {
    const f = fields[i]!;
    if (f.name !== name || !sameId(f, pkg, name, false)) continue;
    if (found >= 0) return null;
    found = i;
  }
  return found < 0 ? null : { obj: fields[found]!, index: [found], indirect };
}

function lookupByDepth(
  t: Type,
  isPointer: boolean,
  addressable: boolean,
  pkg: Package | null,
  name: string,
  foldCase: boolean,
): Lookup {
  let current: Embedded[] = [{ type: t, index: [], indirect: isPointer, multiples: false }];
  let seen: Named[] | null = null;
  while (current.length > 0) {
    const next: Embedded[] = [];
    let obj: Var | Func | null = null;
    let index: number[] | null = null;
    let indirect = false;
    for (const e of current) {
      const named = asNamed(e.type);
      if (named !== null) {
        if (seen?.includes(named)) continue;
        if (seen === null) seen = [named];
        else seen.push(named);
        const i = declaredMethodIndex(named, pkg, name, foldCase);
        if (i >= 0) {
          index = append(e.index, i);
          if (obj !== null || e.multiples) return { obj: null, index, indirect: false };
          obj = methodAt(named, i);
          indirect = e.indirect;
          continue;
        }
      }
      const u = under(e.type);
      if (u.kind === TypeKind.Struct) {
        const fields = u.fields;
        for (let i = 0; i < fields.length; i++) {
          const f = fields[i]!;
          if (f.name === name || foldCase) {
            if (sameId(f, pkg, name, foldCase)) {
              index = append(e.index, i);
              if (obj !== null || e.multiples) return { obj: null, index, indirect: false };
              obj = f;
              indirect = e.indirect;
              continue;
            }
          }
          if (obj === null && f.embedded) {
            const fd = deref(f.type!);
            next.push({
              type: fd.type,
              index: append(e.index, i),
              indirect: e.indirect || fd.ptr,
              multiples: e.multiples,
            });
          }
        }
      } else if (u.kind === TypeKind.Interface) {
        const ms = typeSetOf(u).methods;
        const i = methodIndex(ms, pkg, name, foldCase);
        if (i >= 0) {
          index = append(e.index, i);
          if (obj !== null || e.multiples) return { obj: null, index, indirect: false };
          obj = ms[i]!;
          indirect = e.indirect;
        }
      }
    }
    if (obj !== null) {
      if (obj.kind === ObjKind.Func && hasPtrRecv(obj) && !indirect && !addressable) return needsPointer;
      return { obj, index, indirect };
    }
    current = consolidate(next);
  }
  return notFound;
}

function append(index: readonly number[], i: number): number[] {
  const out = index.slice();
  out.push(i);
  return out;
}

/** Types that occur several times at one depth make what they contain ambiguous. */
function consolidate(list: Embedded[]): Embedded[] {
  if (list.length < 2) return list;
  const out: Embedded[] = [];
  for (const e of list) {
    const prev = out.find((p) => identical(p.type, e.type));
    if (prev !== undefined) prev.multiples = true;
    else out.push(e);
  }
  return out;
}

export function fieldIndex(fields: readonly Var[], pkg: Package | null, name: string, foldCase: boolean): number {
  if (name !== "_") for (let i = 0; i < fields.length; i++) if (sameId(fields[i]!, pkg, name, foldCase)) return i;
  return -1;
}

const enum Missing {
  Ok,
  NotFound,
  WrongName,
  Unexported,
  WrongSig,
  Ambiguous,
  PtrRecv,
  Field,
}

/** Receives the reason for a negative answer. */
export class Cause {
  text = "";
}

/**
 * The first method of interface type T that V lacks, or null. If V is an interface and not isStatic, only methods that V
 * has with another type count (a type assertion could still succeed).
 */
export function missingMethod(
  c: Checker | null,
  V: Type,
  T: Type,
  isStatic: boolean,
  equivalent: (x: Type, y: Type) => boolean,
  cause: Cause | null,
): Func | null {
  const methods = typeSetOf(under(T) as Interface).methods;
  if (methods.length === 0) return null;
  let state = Missing.Ok;
  let m: Func | null = null;
  let f: Func | null = null;
  const vu = under(V);
  if (vu.kind === TypeKind.Interface) {
    const tset = typeSetOf(vu);
    for (m of methods) {
      f = tset.lookup(m.pkg, m.name, false);
      if (f === null) {
        if (!isStatic) continue;
        state = Missing.NotFound;
        break;
      }
      if (!equivalent(f.type!, m.type!)) {
        state = Missing.WrongSig;
        break;
      }
    }
  } else {
    for (m of methods) {
      const r = lookupImpl(V, false, m.pkg, m.name, false);
      if (r.obj === null) {
        if (r.index !== null) state = Missing.Ambiguous;
        else if (r.indirect) state = Missing.PtrRecv;
        else {
          state = Missing.NotFound;
          f = null;
          if (cause !== null) {
            const alt = lookupImpl(V, false, m.pkg, m.name, true).obj;
            f = alt !== null && alt.kind === ObjKind.Func ? alt : null;
            if (f !== null) state = f.name === m.name ? Missing.Unexported : Missing.WrongName;
          }
        }
        break;
      }
      if (r.obj.kind !== ObjKind.Func) {
        f = null;
        state = Missing.Field;
        break;
      }
      f = r.obj;
      resolveObject(f);
      if (!equivalent(f.type!, m.type!)) {
        state = Missing.WrongSig;
        break;
      }
    }
  }
  if (state === Missing.Ok) return null;
  if (cause !== null) {
    if (f !== null) resolveObject(f);
    cause.text = explain(c, state, V, T, m!, f);
  }
  return m;
}

function explain(c: Checker | null, state: Missing, V: Type, T: Type, m: Func, f: Func | null): string {
  const ts = (t: Type) => (c === null ? "" : c.ts(t));
  switch (state) {
    case Missing.NotFound:
      if (isInterfacePtr(V)) return `(${interfacePtrError(c, V)})`;
      if (isInterfacePtr(T)) return `(${interfacePtrError(c, T)})`;
      return `(missing method ${m.name})`;
    case Missing.WrongName:
      return `(missing method ${m.name})\n\t\thave ${funcString(c, f!, false)}\n\t\twant ${funcString(c, m, false)}`;
    case Missing.Unexported:
      return `(unexported method ${m.name})`;
    case Missing.WrongSig: {
      let fs = funcString(c, f!, false);
      let ms = funcString(c, m, false);
      if (fs === ms) {
        fs = funcString(c, f!, true);
        ms = funcString(c, m, true);
      }
      if (fs === ms) return `(wrong type for method ${m.name})`;
      return `(wrong type for method ${m.name})\n\t\thave ${fs}\n\t\twant ${ms}`;
    }
    case Missing.Ambiguous:
      return `(ambiguous selector ${ts(V)}.${m.name})`;
    case Missing.PtrRecv:
      return `(method ${m.name} has pointer receiver)`;
    default:
      return `(${ts(V)}.${m.name} is a field, not a method)`;
  }
}

export function hasAllMethods(
  c: Checker | null,
  V: Type,
  T: Type,
  isStatic: boolean,
  equivalent: (x: Type, y: Type) => boolean,
  cause: Cause | null,
): boolean {
  if (!isValid(V)) return true;
  return missingMethod(c, V, T, isStatic, equivalent, cause) === null || hasInvalidEmbeddedFields(V, new Set());
}

function hasInvalidEmbeddedFields(t: Type, seen: Set<Struct>): boolean {
  const u = under(derefStructPtr(t));
  if (u.kind !== TypeKind.Struct || seen.has(u)) return false;
  seen.add(u);
  return u.fields.some((f) => f.embedded && (!isValid(f.type!) || hasInvalidEmbeddedFields(f.type!, seen)));
}

export function interfacePtrError(c: Checker | null, t: Type): string {
  const u = under(t);
  const s = c === null ? "" : c.ts(t);
  if (u.kind === TypeKind.Pointer && isTypeParam(u.elem))
    return `type ${s} is pointer to type parameter, not type parameter`;
  return `type ${s} is pointer to interface, not interface`;
}

/** One method that values of a type have, with the way to it. */
export interface MethodEntry {
  readonly func: Func;
  /** Field indices of the embedded fields on the way, then the method's index in its type. */
  readonly index: number[];
  readonly indirect: boolean;
}

/**
 * The method set of t (of *T for T addressable only if t is a pointer), promoted methods included, in the order of
 * compareObj over names: exported first, then by name and package path.
 */
export function methodSet(t: Type): MethodEntry[] {
  const names = new Map<string, Func>();
  collectMethodNames(t, names, []);
  const out: MethodEntry[] = [];
  for (const f of names.values()) {
    const r = lookupFieldOrMethod(t, false, f.pkg, f.name);
    if (r.obj === null || r.obj.kind !== ObjKind.Func) continue;
    resolveObject(r.obj);
    out.push({ func: r.obj, index: r.index!, indirect: r.indirect });
  }
  out.sort((a, b) => compareObj(a.func, b.func));
  return out;
}

function collectMethodNames(t: Type, names: Map<string, Func>, seen: Type[]): void {
  const base = deref(t).type;
  const n = asNamed(base);
  if (n !== null) {
    if (seen.includes(n)) return;
    seen.push(n);
    for (let i = 0; i < numMethods(n); i++) {
      const m = n.orig.methods[i]!;
      names.set(objId(m.pkg, m.name), m);
    }
  }
  const u = under(base);
  if (u.kind === TypeKind.Struct) {
    for (const f of u.fields) if (f.embedded) collectMethodNames(f.type!, names, seen);
  } else if (u.kind === TypeKind.Interface) {
    for (const m of typeSetOf(u).methods) names.set(objId(m.pkg, m.name), m);
  }
}
