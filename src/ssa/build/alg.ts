import { BasicKind, layoutOf, type Struct, type Type, TypeKind, typeSetOf, under } from "#types";

/** How values of a type are compared and hashed (cmd/compile/internal/types/alg.go). */
export enum Alg {
  /** All bytes count. */
  Mem,
  /** Cannot be compared. */
  NoEq,
  String,
  /** Interface with methods. */
  Inter,
  /** Interface without. */
  NilInter,
  Float32,
  Float64,
  Complex64,
  Complex128,
  /** Field by field, or element by element. */
  Special,
}

const memo = new WeakMap<Type, Alg>();

/** The way to compare and hash a type. */
export function algOf(type: Type): Alg {
  let a = memo.get(type);
  if (a === undefined) {
    a = compute(type);
    memo.set(type, a);
  }
  return a;
}

function compute(type: Type): Alg {
  const t = under(type);
  switch (t.kind) {
    case TypeKind.Basic:
      switch (t.basic) {
        case BasicKind.String:
          return Alg.String;
        case BasicKind.Float32:
          return Alg.Float32;
        case BasicKind.Float64:
          return Alg.Float64;
        case BasicKind.Complex64:
          return Alg.Complex64;
        case BasicKind.Complex128:
          return Alg.Complex128;
        default:
          return Alg.Mem;
      }
    case TypeKind.Slice:
    case TypeKind.Map:
    case TypeKind.Signature:
      return Alg.NoEq;
    case TypeKind.Interface:
      return isEmptyInterface(t) ? Alg.NilInter : Alg.Inter;
    case TypeKind.Array: {
      const a = algOf(t.elem);
      if (a === Alg.Mem || a === Alg.NoEq) return a;
      return t.len === 0 ? Alg.Mem : t.len === 1 ? a : Alg.Special;
    }
    case TypeKind.Struct:
      return structAlg(t);
    default:
      return Alg.Mem;
  }
}

function structAlg(t: Struct): Alg {
  if (t.fields.length === 1 && t.fields[0]!.name !== "_") return algOf(t.fields[0]!.type!);
  let alg = Alg.Mem;
  t.fields.forEach((f, i) => {
    const a = algOf(f.type!);
    if (a === Alg.NoEq) alg = Alg.NoEq;
    else if ((a !== Alg.Mem || f.name === "_" || isPadded(t, i)) && alg !== Alg.NoEq) alg = Alg.Special;
  });
  return alg;
}

/** Whether field i is followed by bytes that are no field's. */
export function isPadded(t: Struct, i: number): boolean {
  const { offsets, size } = layoutOf(t);
  const end = i + 1 < t.fields.length ? offsets[i + 1]! : size;
  return offsets[i]! + layoutOf(t.fields[i]!.type!).size !== end;
}

export function isEmptyInterface(t: Type): boolean {
  const u = under(t);
  return u.kind === TypeKind.Interface && typeSetOf(u).methods.length === 0;
}

/** Whether assigning to an existing map key must overwrite the stored key: equal keys may differ in bits (+0 and -0). */
export function needsKeyUpdate(type: Type): boolean {
  const t = under(type);
  switch (t.kind) {
    case TypeKind.Basic:
      // A string key is overwritten too: the old one may keep a bigger string alive.
      return (t.basic >= BasicKind.Float32 && t.basic <= BasicKind.Complex128) || t.basic === BasicKind.String;
    case TypeKind.Interface:
      return true;
    case TypeKind.Array:
      return needsKeyUpdate(t.elem);
    case TypeKind.Struct:
      return t.fields.some((f) => needsKeyUpdate(f.type!));
    default:
      return false;
  }
}

/** Whether hashing a key may panic: it may hold an interface. */
export function hashMightPanic(type: Type): boolean {
  const t = under(type);
  switch (t.kind) {
    case TypeKind.Interface:
      return true;
    case TypeKind.Array:
      return hashMightPanic(t.elem);
    case TypeKind.Struct:
      return t.fields.some((f) => hashMightPanic(f.type!));
    default:
      return false;
  }
}
