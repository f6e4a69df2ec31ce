import { Kind, type SType, type TypeMaker } from "../core/index.ts";

/** A scalar within a value: its type and offset. */
export interface Leaf {
  readonly offset: number;
  readonly type: SType;
  /** It is the length or capacity of a string or slice. */
  readonly isLength: boolean;
}

const caches = new WeakMap<TypeMaker, Map<SType, readonly Leaf[]>>();

/**
 * The scalars that make up a type, in memory order: one for each register that a value of it would take (the order of
 * abi/assign.ts's parts). A scalar is its own only leaf. Arrays of two or more elements are taken apart too.
 */
export function leavesOf(type: SType, types: TypeMaker): readonly Leaf[] {
  let cache = caches.get(types);
  if (cache === undefined) {
    cache = new Map();
    caches.set(types, cache);
  }
  let l = cache.get(type);
  if (l === undefined) {
    const out: Leaf[] = [];
    addLeaves(type, 0, out, types);
    l = out;
    cache.set(type, l);
  }
  return l;
}

function leaf(offset: number, type: SType): Leaf {
  return { offset, type, isLength: false };
}

function length(offset: number, types: TypeMaker): Leaf {
  return { offset, type: types.int, isLength: true };
}

function addLeaves(t: SType, at: number, out: Leaf[], types: TypeMaker): void {
  switch (t.kind) {
    case Kind.Struct:
      for (const f of t.fields) addLeaves(f.type, at + f.offset, out, types);
      return;
    case Kind.Array:
      for (let i = 0; i < t.length; i++) addLeaves(t.elem!, at + i * t.elem!.size, out, types);
      return;
    case Kind.String:
      out.push(leaf(at, types.pointerTo(types.uint8)), length(at + 8, types));
      return;
    case Kind.Slice:
      out.push(leaf(at, slicePointer(t, types)), length(at + 8, types), length(at + 16, types));
      return;
    case Kind.Iface:
    case Kind.Eface:
      out.push(leaf(at, types.uintptr), leaf(at + 8, types.unsafePtr));
      return;
    case Kind.Complex64:
      out.push(leaf(at, types.float32), leaf(at + 4, types.float32));
      return;
    case Kind.Complex128:
      out.push(leaf(at, types.float64), leaf(at + 8, types.float64));
      return;
  }
  out.push(leaf(at, t));
}

/** A slice's array pointer: a pointer to its elements, so that slices of not-in-heap elements hold no pointer. */
function slicePointer(t: SType, types: TypeMaker): SType {
  return t.elem === null ? types.unsafePtr : types.pointerTo(t.elem);
}
