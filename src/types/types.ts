// The nouns of the type system: one class per kind of type, after go/types. Types are mutable only while their declaration
// is being checked; from then on they are shared freely, also between compilations.
import type { Func, TypeName, Var } from "./objects.ts";
import type { Scope } from "./scope.ts";
import type { TypeSet } from "./typeset.ts";
import type { Pos } from "#base";

/** Discriminates types. Kinds up to Chan are their own underlying type. */
export const enum TypeKind {
  Basic,
  Array,
  Slice,
  Struct,
  Pointer,
  Tuple,
  Signature,
  Union,
  Interface,
  Map,
  Chan,
  Named,
  TypeParam,
  Alias,
}

/** Kinds of basic types, in the order of go/types. */
export const enum BasicKind {
  Invalid = 0,
  Bool,
  Int,
  Int8,
  Int16,
  Int32,
  Int64,
  Uint,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Uintptr,
  Float32,
  Float64,
  Complex64,
  Complex128,
  String,
  UnsafePointer,
  UntypedBool,
  UntypedInt,
  UntypedRune,
  UntypedFloat,
  UntypedComplex,
  UntypedString,
  UntypedNil,
}

/** Properties of basic types: bits of Basic.info. */
export const enum BasicInfo {
  Boolean = 1,
  Integer = 2,
  Unsigned = 4,
  Float = 8,
  Complex = 16,
  String = 32,
  Untyped = 64,
  Ordered = Integer | Float | String,
  Numeric = Integer | Float | Complex,
  ConstType = Boolean | Numeric | String,
}

/** Whether a type mentions type parameters; computed once a type is complete. */
export const enum Parameterized {
  Unknown = 0,
  No = 1,
  Yes = 2,
}

let lastId = 0;

/** What every type has. The id is unique in the process and says nothing about order in any output. */
abstract class TypeBase {
  readonly id: number = ++lastId;
  /** Structural hash, 0 until computed. */
  hash = 0;
  /** Memo of `canon`. */
  canonical: Type | null = null;
  parameterized: Parameterized = Parameterized.Unknown;
  /** Memo of `*T` for the compiler: see pointerTo. */
  pointer: Pointer | null = null;
  /** For later stages: layout and symbol memo. */
  info: unknown = null;
}

export class Basic extends TypeBase {
  readonly kind = TypeKind.Basic;
  constructor(
    readonly basic: BasicKind,
    /** Bits of BasicInfo. */
    readonly info_: number,
    readonly name: string,
  ) {
    super();
  }
}

export class GoArray extends TypeBase {
  readonly kind = TypeKind.Array;
  constructor(
    /** Negative: unknown, after an error. */
    public len: number,
    public elem: Type,
  ) {
    super();
  }
}

export class Slice extends TypeBase {
  readonly kind = TypeKind.Slice;
  constructor(public elem: Type) {
    super();
  }
}

export class Struct extends TypeBase {
  readonly kind = TypeKind.Struct;
  complete = true;
  constructor(
    public fields: Var[],
    /** Unquoted tags, parallel to fields or shorter; null when no field has one. */
    public tags: string[] | null,
  ) {
    super();
  }
  tag(i: number): string {
    return this.tags?.[i] ?? "";
  }
}

export class Pointer extends TypeBase {
  readonly kind = TypeKind.Pointer;
  constructor(public elem: Type) {
    super();
  }
}

/** A list of variables: parameters, results, or the type of a call with several results. */
export class Tuple extends TypeBase {
  readonly kind = TypeKind.Tuple;
  constructor(readonly vars: Var[]) {
    super();
  }
}

export class Signature extends TypeBase {
  readonly kind = TypeKind.Signature;
  /** Receiver type parameters of a method of a generic type (as this declaration names them). */
  rparams: TypeParam[] = noTypeParams;
  /** Type parameters; emptied by instantiation. */
  tparams: TypeParam[] = noTypeParams;
  /** Function scope; null for instantiated and created signatures. */
  scope: Scope | null = null;
  /** Receiver, or null for functions. */
  recv: Var | null = null;
  params: Tuple;
  results: Tuple;
  /** The last parameter is `...T`; its type is []T (or string, for append([]byte, string...)). */
  variadic: boolean;
  constructor(recv: Var | null, params: Tuple, results: Tuple, variadic: boolean) {
    super();
    this.recv = recv;
    this.params = params;
    this.results = results;
    this.variadic = variadic;
  }
}

/** `T` or `~T` in a union. */
export class Term {
  constructor(
    readonly tilde: boolean,
    readonly type: Type,
  ) {}
}

export class Union extends TypeBase {
  readonly kind = TypeKind.Union;
  /** Computed by computeUnionTypeSet. */
  tset: TypeSet | null = null;
  constructor(readonly terms: Term[]) {
    super();
  }
}

export class Interface extends TypeBase {
  readonly kind = TypeKind.Interface;
  /** Who reports errors found when the type set is computed; null once checked. */
  check: unknown = null;
  /** Explicitly declared methods. */
  methods: Func[] = [];
  embeddeds: Type[] = [];
  /** Positions of embedded elements, for messages. */
  embedPos: Pos[] | null = null;
  /** The interface wraps a constraint literal such as ~T or A|B. */
  implicit = false;
  /** All fields are set up. */
  complete = false;
  /** Computed by typeSet. */
  tset: TypeSet | null = null;
}

export class GoMap extends TypeBase {
  readonly kind = TypeKind.Map;
  constructor(
    public key: Type,
    public elem: Type,
  ) {
    super();
  }
}

/** Direction of a channel type. */
export const enum Dir {
  Both = 0,
  SendOnly,
  RecvOnly,
}

export class Chan extends TypeBase {
  readonly kind = TypeKind.Chan;
  constructor(
    public dir: Dir,
    public elem: Type,
  ) {
    super();
  }
}

/**
 * A defined type, or an instance `orig[targs]` of a generic one. Instances are unique: instantiating twice with identical
 * arguments gives the same object. What an instance derives from its origin is computed on demand (see named.ts).
 */
export class Named extends TypeBase {
  readonly kind = TypeKind.Named;
  /** The declared object; instances have that of their origin. */
  obj: TypeName;
  /** The uninstantiated type: this itself if not an instance. */
  readonly orig: Named;
  /** Type arguments of an instance, else null. */
  readonly targs: readonly Type[] | null;
  /** Type parameters of the declaration (use typeParamsOf for instances too). */
  tparams: TypeParam[] = noTypeParams;
  /** Right side of the declaration, substituted for instances; null while being declared. */
  fromRHS: Type | null = null;
  /** Resolved underlying type, null until asked for. */
  resolved: Type | null = null;
  /** Declared methods in order of declaration; for instances filled on demand, see methodAt. */
  methods: (Func | null)[] = [];
  /** Where an instance was first written or substituted, for messages; else 0. */
  pos: Pos = 0;
  /** Stands for an instance in paths of declarations; null until needed. */
  instObj: TypeName | null = null;
  /** 0 unknown, 1 finite size, 2 not. */
  finite = 0;
  /** Instances of this type, by hash of the type arguments. */
  instances: Map<number, Named[]> | null = null;
  /** Type declared in a function: its number among the package's local types of its name (the `·N` of symbol names). */
  vargen = 0;
  /** Type parameters of enclosing generic functions that a local type implicitly depends on, else empty. */
  implicits: TypeParam[] = noTypeParams;
  constructor(obj: TypeName, orig: Named | null, targs: readonly Type[] | null) {
    super();
    this.obj = obj;
    this.orig = orig ?? this;
    this.targs = targs;
  }
}

export class TypeParam extends TypeBase {
  readonly kind = TypeKind.TypeParam;
  /** Index in its list. */
  index = -1;
  constructor(
    readonly obj: TypeName,
    /** Constraint; its underlying type is an interface in correct programs. */
    public bound: Type | null,
  ) {
    super();
  }
}

export class Alias extends TypeBase {
  readonly kind = TypeKind.Alias;
  readonly orig: Alias;
  tparams: TypeParam[] = noTypeParams;
  targs: readonly Type[] | null = null;
  /** What the alias was declared as; null while being declared. */
  fromRHS: Type | null;
  /** What it finally stands for: never an alias; null until known. */
  actual: Type | null = null;
  instances: Map<number, Alias[]> | null = null;
  constructor(
    readonly obj: TypeName,
    rhs: Type | null,
    orig: Alias | null,
  ) {
    super();
    this.orig = orig ?? this;
    this.fromRHS = rhs;
  }
}

export type Type =
  | Basic
  | GoArray
  | Slice
  | Struct
  | Pointer
  | Tuple
  | Signature
  | Union
  | Interface
  | GoMap
  | Chan
  | Named
  | TypeParam
  | Alias;

/** The shared empty list of type parameters; never modified. */
export const noTypeParams: TypeParam[] = [];

/** The tuple without variables. */
export const emptyTuple = new Tuple([]);
