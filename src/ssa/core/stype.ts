import type { Type } from "#types";

/** What a type is to the compiler's middle and back: enough to choose instructions, registers and stack maps. */
export enum Kind {
  /** The state of memory. */
  Mem,
  /** The CPU's flags. */
  Flags,
  /** No value: an operation that only checks. */
  Void,
  /** Several results, taken apart with SelectN. */
  Tuple,
  Bool,
  Int8,
  Int16,
  Int32,
  Int64,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  /** Go's uintptr. (int and uint are Int64 and Uint64.) */
  Uintptr,
  Float32,
  Float64,
  Complex64,
  Complex128,
  /** *T */
  Ptr,
  UnsafePtr,
  /** A func value: pointer to a closure object whose first word is the code address. */
  Func,
  Map,
  Chan,
  String,
  Slice,
  /** Interface with methods: (itab, data). */
  Iface,
  /** Interface without methods: (type, data). */
  Eface,
  Struct,
  Array,
  /** 16 bytes of SSE register, for block moves. */
  Int128,
}

/** A field of a struct type. */
export interface SField {
  readonly name: string;
  readonly type: SType;
  readonly offset: number;
}

/**
 * A type as SSA sees it. There is one object for each Go type up to identity (STypes makes them), so types compare by
 * identity. Sizes and offsets are gc's for linux/amd64, in bytes.
 */
export class SType {
  /** Pointed-to, element (slice, array, chan) or map element type; see STypes for when it is filled. */
  elem: SType | null = null;
  /** Map key type. */
  key: SType | null = null;
  /** Struct fields in order. */
  fields: readonly SField[] = [];
  /** Array length. */
  length = 0;
  /** Tuple members. */
  members: readonly SType[] = [];
  /** The type of a pointer to this one, once asked for. */
  pointer: SType | null = null;

  constructor(
    /** Dense number, in order of first use; never visible in output. */
    readonly id: number,
    readonly kind: Kind,
    readonly size: number,
    readonly align: number,
    /** Bytes up to and including the last pointer word; 0: no pointers (abi.Type.PtrBytes). */
    readonly ptrBytes: number,
    /** The Go type; null for Mem, Flags, Void, Tuple, Int128. */
    readonly go: Type | null,
    /** As dumps show it. */
    readonly name: string,
  ) {}

  get hasPointers(): boolean {
    return this.ptrBytes > 0;
  }

  get isInteger(): boolean {
    return this.kind >= Kind.Int8 && this.kind <= Kind.Uintptr;
  }

  get isSigned(): boolean {
    return this.kind >= Kind.Int8 && this.kind <= Kind.Int64;
  }

  get isFloat(): boolean {
    return this.kind === Kind.Float32 || this.kind === Kind.Float64;
  }

  get isComplex(): boolean {
    return this.kind === Kind.Complex64 || this.kind === Kind.Complex128;
  }

  get isInterface(): boolean {
    return this.kind === Kind.Iface || this.kind === Kind.Eface;
  }

  /** One machine word that holds a pointer: *T, unsafe.Pointer, func, map, chan. (*T of a not-in-heap T has ptrBytes 0.) */
  get isPtrShaped(): boolean {
    return this.kind >= Kind.Ptr && this.kind <= Kind.Chan;
  }

  /** An interface holds values of the type in its data word (types.IsDirectIface): one pointer, however wrapped. */
  get isDirectIface(): boolean {
    return this.size === 8 && this.ptrBytes === 8;
  }

  /** Fits one register: bool, integer, float, pointer-shaped. */
  get isScalar(): boolean {
    return (this.kind >= Kind.Bool && this.kind <= Kind.Float64) || this.isPtrShaped;
  }

  /**
   * Whether values of this type may be SSA values. Larger ones live in memory and appear only as a Deref that feeds a
   * Store, a call argument or a result (cmd/compile/internal/ssa: CanSSA: at most four words and four fields, arrays of
   * length at most one).
   */
  readonly canSSA: boolean = true;

  toString(): string {
    return this.name;
  }
}
