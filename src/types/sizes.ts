// Sizes, alignments, field offsets and pointer maps of types as gc lays them out on amd64.
// cmd/compile/internal/types/size.go, types2/gcsizes.go.
import type { Var } from "./objects.ts";
import { asNamed, isComplex, under } from "./predicates.ts";
import { BasicKind, type Named, type Struct, type Type, TypeKind } from "./types.ts";

export const ptrSize = 8;

const basicSizes = [0, 1, 8, 1, 2, 4, 8, 8, 1, 2, 4, 8, 8, 4, 8, 8, 16, 16, 8];

const tooLarge = 2 ** 63;

function alignUp(x: number, a: number): number {
  const r = x % a;
  return r === 0 ? x : x + a - r;
}

/** The types whose fields must be 8-byte aligned on every platform. */
export function isAlign64(t: Type): boolean {
  const n = asNamed(t);
  if (n === null || n.obj.name !== "align64" || n.obj.pkg === null) return false;
  return n.obj.pkg.path === "sync/atomic" || n.obj.pkg.path === "internal/runtime/atomic";
}

export function alignof(t: Type): number {
  const u = under(t);
  switch (u.kind) {
    case TypeKind.Array:
      return alignof(u.elem);
    case TypeKind.Struct: {
      if (u.fields.length === 0 && isAlign64(t)) return 8;
      let max = 1;
      for (const f of u.fields) max = Math.max(max, alignof(f.type!));
      return max;
    }
    case TypeKind.Basic: {
      if (u.basic === BasicKind.String) return ptrSize;
      const s = basicSizes[u.basic] || ptrSize;
      if (s < 1) return 1;
      return Math.min(isComplex(u) ? s / 2 : s, 8);
    }
    default:
      return ptrSize;
  }
}

/** Offsets of fields; -1 from the first one on that lies too far away. */
export function offsetsof(fields: readonly Var[]): number[] {
  const out: number[] = [];
  let offset = 0;
  for (const f of fields) {
    if (offset < 0) {
      out.push(-1);
      continue;
    }
    offset = alignUp(offset, alignof(f.type!));
    if (offset >= tooLarge) offset = -1;
    out.push(offset);
    const s = sizeof(f.type!);
    offset = s >= 0 && offset >= 0 ? offset + s : -1;
  }
  return out;
}

/** Size in bytes; -1 if it is 2^63 or more. */
export function sizeof(t: Type): number {
  const u = under(t);
  switch (u.kind) {
    case TypeKind.Basic:
      // Invalid types count as words, as in the reference.
      return basicSizes[u.basic] || ptrSize;
    case TypeKind.Array: {
      if (u.len <= 0) return 0;
      const s = sizeof(u.elem);
      if (s <= 0) return s;
      const n = s * u.len;
      return n >= tooLarge ? -1 : n;
    }
    case TypeKind.Slice:
      return 3 * ptrSize;
    case TypeKind.Interface:
      return 2 * ptrSize;
    case TypeKind.Struct: {
      const n = u.fields.length;
      if (n === 0) return 0;
      const offset = offsetsof(u.fields)[n - 1]!;
      let size = sizeof(u.fields[n - 1]!.type!);
      if (offset < 0 || size < 0) return -1;
      // A pointer to a zero-sized last field must not point behind the object.
      if (offset > 0 && size === 0) size = 1;
      const end = alignUp(offset + size, alignof(u));
      return end >= tooLarge ? -1 : end;
    }
    default:
      return ptrSize;
  }
}

/** Offset of the field that a path of indices leads to, through struct values only; -1 if too large. */
export function offsetof(t: Type, index: readonly number[]): number {
  let offset = 0;
  for (const i of index) {
    const s = under(t) as Struct;
    const o = offsetsof(s.fields)[i]!;
    if (o < 0) return -1;
    offset += o;
    t = s.fields[i]!.type!;
  }
  return offset;
}

/** The layout of a type, computed once. */
export class Layout {
  constructor(
    readonly size: number,
    readonly align: number,
    /** Number of bytes from the start that may contain pointers; 0: pointer-free. */
    readonly ptrBytes: number,
    /** Offsets of the fields of a struct, else empty. */
    readonly offsets: readonly number[],
    /** Values of this type never live in the garbage-collected heap; pointers to them are not pointers to the collector. */
    readonly notInHeap: boolean,
  ) {}
}

const layouts = new WeakMap<Type, Layout>();

export function layoutOf(t: Type): Layout {
  const known = layouts.get(t);
  if (known !== undefined) return known;
  const l = computeLayout(t);
  layouts.set(t, l);
  return l;
}

function computeLayout(t: Type): Layout {
  const u = under(t);
  const size = sizeof(t);
  const align = alignof(t);
  switch (u.kind) {
    case TypeKind.Basic:
      return new Layout(
        size,
        align,
        u.basic === BasicKind.String || u.basic === BasicKind.UnsafePointer ? 8 : 0,
        [],
        false,
      );
    case TypeKind.Pointer:
      return new Layout(size, align, isNotInHeap(u.elem) ? 0 : 8, [], false);
    case TypeKind.Slice:
      return new Layout(size, align, isNotInHeap(u.elem) ? 0 : 8, [], false);
    case TypeKind.Interface:
      return new Layout(size, align, 16, [], false);
    case TypeKind.Array: {
      if (u.len <= 0) return new Layout(size, align, 0, [], isNotInHeap(u.elem));
      const e = layoutOf(u.elem);
      const ptrBytes = e.ptrBytes === 0 ? 0 : e.size * (u.len - 1) + e.ptrBytes;
      return new Layout(size, align, ptrBytes, [], e.notInHeap);
    }
    case TypeKind.Struct: {
      const offsets = offsetsof(u.fields);
      let ptrBytes = 0;
      let notInHeap = isNihMarker(t);
      for (let i = 0; i < u.fields.length; i++) {
        const f = layoutOf(u.fields[i]!.type!);
        if (f.ptrBytes > 0) ptrBytes = offsets[i]! + f.ptrBytes;
        if (f.notInHeap) notInHeap = true;
      }
      return new Layout(size, align, ptrBytes, offsets, notInHeap);
    }
    default:
      return new Layout(size, align, 8, [], false);
  }
}

/** internal/runtime/sys.nih: what contains it is not in the heap. */
function isNihMarker(t: Type): boolean {
  const n: Named | null = asNamed(t);
  return n !== null && n.obj.name === "nih" && n.obj.pkg !== null && n.obj.pkg.path === "internal/runtime/sys";
}

const nih = new WeakMap<Type, boolean>();

/** Looks only into structs and arrays, so it works while pointer types refer to types being laid out. */
export function isNotInHeap(t: Type): boolean {
  const known = nih.get(t);
  if (known !== undefined) return known;
  const u = under(t);
  let r = false;
  if (u.kind === TypeKind.Struct) r = isNihMarker(t) || u.fields.some((f) => isNotInHeap(f.type!));
  else if (u.kind === TypeKind.Array) r = isNotInHeap(u.elem);
  nih.set(t, r);
  return r;
}

/** Sets in bits (one per word, little-endian in bytes) the words of t that hold pointers, t being at byte offset base. */
export function setPointerBits(t: Type, base: number, bits: Uint8Array): void {
  const l = layoutOf(t);
  if (l.ptrBytes === 0) return;
  const u = under(t);
  const set = (off: number) => {
    const w = off / 8;
    bits[w >>> 3]! |= 1 << (w & 7);
  };
  switch (u.kind) {
    case TypeKind.Struct:
      for (let i = 0; i < u.fields.length; i++) setPointerBits(u.fields[i]!.type!, base + l.offsets[i]!, bits);
      break;
    case TypeKind.Array: {
      const size = layoutOf(u.elem).size;
      for (let i = 0; i < u.len; i++) setPointerBits(u.elem, base + i * size, bits);
      break;
    }
    case TypeKind.Interface:
      set(base);
      set(base + 8);
      break;
    default:
      set(base);
  }
}

/** The pointer bitmap of a type: ptrBytes/8 bits. */
export function pointerBitmap(t: Type): Uint8Array {
  const bits = new Uint8Array((layoutOf(t).ptrBytes / 8 + 7) >>> 3);
  setPointerBits(t, 0, bits);
  return bits;
}
