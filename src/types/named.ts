// Defined types: underlying types, methods, and instances of generic types, all on demand.
import { equalFold, Func, isExported, samePkg, TypeName, Var } from "./objects.ts";
import { resolveObject, type Package } from "./package.ts";
import { hashTypes, identicalLists } from "./hash.ts";
import { unalias } from "./predicates.ts";
import { subst, SubstMap } from "./subst.ts";
import {
  Alias,
  Interface,
  Named,
  noTypeParams,
  Pointer,
  Signature,
  type Type,
  TypeKind,
  type TypeParam,
} from "./types.ts";
import { invalidType } from "./universe.ts";

/** The right side of n's declaration, with type arguments put in; null while n (or its origin) is being declared. */
export function rhsOf(n: Named): Type | null {
  if (n.fromRHS !== null || n.targs === null) return n.fromRHS;
  const orig = n.orig;
  if (orig.fromRHS === null) return null;
  const tparams = n.targs.length === orig.tparams.length ? orig.tparams : allTypeParams(orig);
  if (tparams.length !== n.targs.length) {
    n.fromRHS = invalidType;
    return n.fromRHS;
  }
  const rhs = subst(orig.fromRHS, new SubstMap(tparams, n.targs));
  n.fromRHS = rhs.kind === TypeKind.Interface ? withReceiver(rhs, orig, n) : rhs;
  return n.fromRHS;
}

/** The type parameters of enclosing generic functions and its own that an instance of a local type needs arguments for. */
export function allTypeParams(orig: Named): readonly TypeParam[] {
  return orig.implicits.length === 0 ? orig.tparams : orig.implicits.concat(orig.tparams);
}

/** Interface methods declared in a generic type have it as receiver: those of an instance have the instance. */
function withReceiver(t: Interface, orig: Named, inst: Named): Interface {
  const replaced = replaceRecv(t.methods, orig, inst);
  if (replaced === null) return t;
  let iface = t;
  if (t === orig.fromRHS) {
    iface = new Interface();
    iface.complete = true;
    iface.embeddeds = t.embeddeds;
    iface.embedPos = t.embedPos;
    iface.check = t.check;
  }
  iface.methods = replaced;
  iface.tset = null;
  return iface;
}

/** The methods with receiver type from changed to to; null if none has it. */
export function replaceRecv(methods: Func[], from: Type, to: Type): Func[] | null {
  let out: Func[] | null = null;
  for (let i = 0; i < methods.length; i++) {
    const m = methods[i]!;
    const sig = m.signature;
    if (sig === null || sig.recv === null || sig.recv.type !== from) continue;
    out ??= methods.slice();
    const copy = copySignature(sig);
    copy.recv = cloneVar(sig.recv, to);
    out[i] = cloneFunc(m, copy);
  }
  return out;
}

export function copySignature(sig: Signature): Signature {
  const s = new Signature(sig.recv, sig.params, sig.results, sig.variadic);
  s.rparams = sig.rparams;
  s.tparams = sig.tparams;
  s.scope = sig.scope;
  return s;
}

export function cloneVar(v: Var, type: Type): Var {
  const c = new Var(v.varKind, v.pos, v.pkg, v.name, type, v.embedded);
  c.origin = v.origin;
  c.parent = v.parent;
  return c;
}

export function cloneFunc(f: Func, type: Type): Func {
  const c = new Func(f.pos, f.pkg, f.name, type);
  c.origin = f.origin;
  c.ptrRecv = f.ptrRecv;
  c.parent = f.parent;
  c.funcDecl = f.funcDecl;
  return c;
}

/** Follows the chain of declarations to a type that is its own underlying type, and remembers it. */
export function resolveUnderlying(n: Named): Type {
  const path: Named[] = [];
  let u: Type | null = null;
  let t: Type | null = n;
  for (;;) {
    if (t === null) {
      u = invalidType;
      break;
    }
    if (t.kind === TypeKind.Alias) t = unalias(t);
    if (t.kind !== TypeKind.Named) {
      u = t;
      break;
    }
    if (t.resolved !== null) {
      u = t.resolved;
      break;
    }
    if (path.includes(t)) {
      u = invalidType;
      break;
    }
    path.push(t);
    t = rhsOf(t);
  }
  for (const p of path) p.resolved = u;
  return u;
}

/** Number of declared methods. */
export function numMethods(n: Named): number {
  return n.orig.methods.length;
}

/** The i'th declared method, with the receiver's type arguments put in, and typed. */
export function methodAt(n: Named, i: number): Func {
  const m = n.methods[i];
  if (m !== undefined && m !== null) return m;
  const orig = n.orig.methods[i]!;
  if (n.targs === null) return orig;
  resolveObject(orig);
  const made = expandMethod(n, orig);
  while (n.methods.length <= i) n.methods.push(null);
  n.methods[i] = made;
  return made;
}

function expandMethod(n: Named, origm: Func): Func {
  const origSig = origm.signature;
  const recv = origSig.recv!;
  const rt = unalias(recv.type!);
  const base = rt.kind === TypeKind.Pointer ? rt.elem : rt;
  // The method's own receiver type: its signature is right as it is.
  if (unalias(base) === n) return origm;
  let sig = origSig;
  if (origSig.rparams.length === n.targs!.length) {
    sig = subst(origSig, new SubstMap(origSig.rparams, n.targs!)) as Signature;
  }
  if (sig === origSig) sig = copySignature(origSig);
  sig.recv = cloneVar(recv, hasPtrRecv(origm) ? new Pointer(n) : n);
  return cloneFunc(origm, sig);
}

/** Whether a method is declared for the pointer type. */
export function hasPtrRecv(f: Func): boolean {
  const sig = f.type;
  if (sig !== null && sig.kind === TypeKind.Signature && sig.recv !== null && sig.recv.type !== null) {
    return unalias(sig.recv.type).kind === TypeKind.Pointer;
  }
  return f.ptrRecv;
}

/** Index of a declared method of n's origin, or -1. */
export function declaredMethodIndex(n: Named, pkg: Package | null, name: string, foldCase: boolean): number {
  if (name === "_") return -1;
  const o = n.orig;
  const methods = o.methods;
  if (methods.length === 0) return -1;
  if (!foldCase && !isExported(name) && !samePkg(n.obj.pkg, pkg)) return -1;
  for (let i = 0; i < methods.length; i++) {
    const m = methods[i]!;
    if (m.name === name || (foldCase && equalFold(m.name, name))) return i;
  }
  return -1;
}

/** The instance of a generic defined type or alias: always the same object for identical arguments. */
export function instantiate(orig: Named | Alias, targs: readonly Type[], pos = 0): Named | Alias {
  const h = hashTypes(targs);
  if (orig.kind === TypeKind.Named) {
    orig.instances ??= new Map();
    const bucket = orig.instances.get(h);
    if (bucket !== undefined) for (const t of bucket) if (identicalLists(t.targs!, targs)) return t;
    const inst = new Named(orig.obj, orig, targs.slice());
    inst.vargen = orig.vargen;
    inst.pos = pos === 0 ? orig.obj.pos : pos;
    if (bucket !== undefined) bucket.push(inst);
    else orig.instances.set(h, [inst]);
    return inst;
  }
  orig.instances ??= new Map();
  const bucket = orig.instances.get(h);
  if (bucket !== undefined) for (const t of bucket) if (sameObjects(t.targs!, targs)) return t;
  const rhs = orig.fromRHS === null ? null : subst(orig.fromRHS, new SubstMap(orig.tparams, targs));
  const inst = new Alias(orig.obj, rhs, orig);
  inst.tparams = orig.tparams;
  inst.targs = targs.slice();
  if (rhs !== null) {
    if (bucket !== undefined) bucket.push(inst);
    else orig.instances.set(h, [inst]);
  }
  return inst;
}

/** Alias instances keep the spelling of their arguments, for messages. */
function sameObjects(a: readonly Type[], b: readonly Type[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A signature without type parameters: the generic one with targs put in. */
export function instantiateSignature(sig: Signature, targs: readonly Type[]): Signature {
  let s = subst(sig, new SubstMap(sig.tparams, targs)) as Signature;
  if (s === sig) s = copySignature(sig);
  s.tparams = noTypeParams;
  return s;
}

/** The object that stands for a defined type, or for this instance of it, in paths of declarations. */
export function pathObj(n: Named): TypeName {
  if (n.targs === null) return n.obj;
  n.instObj ??= new TypeName(n.pos, n.obj.pkg, n.obj.name, n);
  return n.instObj;
}

/** Numbers the type parameters of one list. */
export function bindTypeParams(list: TypeParam[]): TypeParam[] {
  for (let i = 0; i < list.length; i++) list[i]!.index = i;
  return list;
}
