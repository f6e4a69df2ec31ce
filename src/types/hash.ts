// Structural hashes of types and canonical representatives: maps keyed by type identity.
import { identical, unalias } from "./predicates.ts";
import { typeSetOf } from "./typeset.ts";
import { type Type, TypeKind } from "./types.ts";

function mix(h: number, v: number): number {
  return (Math.imul(h ^ v, 0x01000193) ^ (h >>> 15)) | 0;
}

function stringHash(h: number, s: string): number {
  for (let i = 0; i < s.length; i++) h = mix(h, s.charCodeAt(i));
  return h;
}

/** Equal for identical types. Interfaces and structs that are still being set up are not remembered. */
export function hashType(t: Type): number {
  t = unalias(t);
  if (t.hash !== 0) return t.hash;
  let h = mix(0x811c9dc5 | 0, t.kind);
  let keep = true;
  switch (t.kind) {
    case TypeKind.Basic:
      h = mix(h, t.basic);
      break;
    case TypeKind.Array:
      h = mix(mix(h, t.len | 0), hashType(t.elem));
      break;
    case TypeKind.Slice:
    case TypeKind.Pointer:
      h = mix(h, hashType(t.elem));
      break;
    case TypeKind.Chan:
      h = mix(mix(h, t.dir), hashType(t.elem));
      break;
    case TypeKind.Map:
      h = mix(mix(h, hashType(t.key)), hashType(t.elem));
      break;
    case TypeKind.Struct:
      keep = t.complete;
      for (const f of t.fields) h = mix(stringHash(h, f.name), f.type === null ? 0 : shallowHash(f.type));
      break;
    case TypeKind.Tuple:
      for (const v of t.vars) h = mix(h, shallowHash(v.type!));
      break;
    case TypeKind.Signature:
      h = mix(h, t.variadic ? 1 : 0);
      h = mix(h, t.tparams.length);
      if (t.tparams.length === 0) {
        for (const v of t.params.vars) h = mix(h, shallowHash(v.type!));
        h = mix(h, 99);
        for (const v of t.results.vars) h = mix(h, shallowHash(v.type!));
      }
      break;
    case TypeKind.Interface: {
      const s = typeSetOf(t);
      keep = t.complete;
      h = mix(h, s.terms.length);
      for (const m of s.methods) h = stringHash(h, m.name);
      break;
    }
    case TypeKind.Named:
      h = mix(h, t.orig.id);
      if (t.targs !== null) for (const a of t.targs) h = mix(h, hashType(a));
      break;
    case TypeKind.TypeParam:
      h = mix(h, t.id);
      break;
    default:
      break;
  }
  if (h === 0) h = 1;
  if (keep) t.hash = h;
  return h;
}

/** Does not look into structs and interfaces, so that it is cheap and does not depend on incomplete types. */
function shallowHash(t: Type): number {
  t = unalias(t);
  return t.kind === TypeKind.Struct || t.kind === TypeKind.Interface ? t.kind : hashType(t);
}

/** Equal for pairwise identical lists. */
export function hashTypes(list: readonly Type[]): number {
  let h = 17;
  for (const t of list) h = mix(h, hashType(t));
  return h;
}

export function identicalLists(a: readonly Type[], b: readonly Type[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!identical(a[i]!, b[i]!)) return false;
  return true;
}

const representatives = new Map<number, Type[]>();

/** The representative of all types identical to t: the same object for each of them. */
export function canon(t: Type): Type {
  if (t.canonical !== null) return t.canonical;
  const u = unalias(t);
  let rep: Type | undefined;
  if (u.kind === TypeKind.TypeParam || (u.kind === TypeKind.Named && u.targs === null)) rep = u;
  else {
    const h = hashType(u);
    const bucket = representatives.get(h);
    if (bucket === undefined) {
      representatives.set(h, [u]);
      rep = u;
    } else {
      rep = bucket.find((r) => identical(r, u));
      if (rep === undefined) {
        bucket.push(u);
        rep = u;
      }
    }
  }
  t.canonical = rep;
  u.canonical = rep;
  return rep;
}

/** A map whose keys are types up to identity. */
export class TypeMap<V> {
  private readonly map = new Map<Type, V>();
  get(t: Type): V | undefined {
    return this.map.get(canon(t));
  }
  set(t: Type, v: V): void {
    this.map.set(canon(t), v);
  }
  has(t: Type): boolean {
    return this.map.has(canon(t));
  }
  get size(): number {
    return this.map.size;
  }
  values(): IterableIterator<V> {
    return this.map.values();
  }
  entries(): IterableIterator<[Type, V]> {
    return this.map.entries();
  }
}
