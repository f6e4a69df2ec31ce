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
  declare readonly id: number;
  /** Structural hash, 0 until computed. */
  declare hash: number;
  /** Memo of `canon`. */
  declare canonical: Type | null;
  declare parameterized: Parameterized;
  /** Memo of `*T` for the compiler: see pointerTo. */
  declare pointer: Pointer | null;
  /** For later stages: layout and symbol memo. */
  declare info: unknown;
  constructor() {
    this.id = ++lastId;
    this.hash = 0;
    this.canonical = null;
    this.parameterized = Parameterized.Unknown;
    this.pointer = null;
    this.info = null;
  }
}

export class Basic extends TypeBase {
  declare readonly kind: TypeKind.Basic;
  declare readonly basic: BasicKind;
  /** Bits of BasicInfo. */
  declare readonly info_: number;
  declare readonly name: string;
  constructor(basic: BasicKind, info_: number, name: string) {
    super();
    this.basic = basic;
    this.info_ = info_;
    this.name = name;
    this.kind = TypeKind.Basic;
  }
}

export class GoArray extends TypeBase {
  declare readonly kind: TypeKind.Array;
  /** Negative: unknown, after an error. */
  declare len: number;
  declare elem: Type;
  constructor(len: number, elem: Type) {
    super();
    this.len = len;
    this.elem = elem;
    this.kind = TypeKind.Array;
  }
}

export class Slice extends TypeBase {
  declare readonly kind: TypeKind.Slice;
  declare elem: Type;
  constructor(elem: Type) {
    super();
    this.elem = elem;
    this.kind = TypeKind.Slice;
  }
}

export class Struct extends TypeBase {
  declare readonly kind: TypeKind.Struct;
  declare complete: boolean;
  declare fields: Var[];
  /** Unquoted tags, parallel to fields or shorter; null when no field has one. */
  declare tags: string[] | null;
  constructor(fields: Var[], tags: string[] | null) {
    super();
    this.fields = fields;
    this.tags = tags;
    this.kind = TypeKind.Struct;
    this.complete = true;
  }
  tag(i: number): string {
    return this.tags?.[i] ?? "";
  }
}

export class Pointer extends TypeBase {
  declare readonly kind: TypeKind.Pointer;
  declare elem: Type;
  constructor(elem: Type) {
    super();
    this.elem = elem;
    this.kind = TypeKind.Pointer;
  }
}

/** A list of variables: parameters, results, or the type of a call with several results. */
export class Tuple extends TypeBase {
  declare readonly kind: TypeKind.Tuple;
  declare readonly vars: Var[];
  constructor(vars: Var[]) {
    super();
    this.vars = vars;
    this.kind = TypeKind.Tuple;
  }
}

export class Signature extends TypeBase {
  declare readonly kind: TypeKind.Signature;
  /** Receiver type parameters of a method of a generic type (as this declaration names them). */
  declare rparams: TypeParam[];
  /** Type parameters; emptied by instantiation. */
  declare tparams: TypeParam[];
  /** Function scope; null for instantiated and created signatures. */
  declare scope: Scope | null;
  /** Receiver, or null for functions. */
  declare recv: Var | null;
  declare params: Tuple;
  declare results: Tuple;
  /** The last parameter is `...T`; its type is []T (or string, for append([]byte, string...)). */
  declare variadic: boolean;
  constructor(recv: Var | null, params: Tuple, results: Tuple, variadic: boolean) {
    super();
    this.kind = TypeKind.Signature;
    this.rparams = noTypeParams;
    this.tparams = noTypeParams;
    this.scope = null;
    this.recv = null;
    this.recv = recv;
    this.params = params;
    this.results = results;
    this.variadic = variadic;
  }
}

/** `T` or `~T` in a union. */
export class Term {
  declare readonly tilde: boolean;
  declare readonly type: Type;
  constructor(tilde: boolean, type: Type) {
    this.tilde = tilde;
    this.type = type;
  }
}

export class Union extends TypeBase {
  declare readonly kind: TypeKind.Union;
  /** Computed by computeUnionTypeSet. */
  declare tset: TypeSet | null;
  declare readonly terms: Term[];
  constructor(terms: Term[]) {
    super();
    this.terms = terms;
    this.kind = TypeKind.Union;
    this.tset = null;
  }
}

export class Interface extends TypeBase {
  declare readonly kind: TypeKind.Interface;
  /** Who reports errors found when the type set is computed; null once checked. */
  declare check: unknown;
  /** Explicitly declared methods. */
  declare methods: Func[];
  declare embeddeds: Type[];
  /** Positions of embedded elements, for messages. */
  declare embedPos: Pos[] | null;
  /** The interface wraps a constraint literal such as ~T or A|B. */
  declare implicit: boolean;
  /** All fields are set up. */
  declare complete: boolean;
  /** Computed by typeSet. */
  declare tset: TypeSet | null;
  constructor() {
    super();
    this.kind = TypeKind.Interface;
    this.check = null;
    this.methods = [];
    this.embeddeds = [];
    this.embedPos = null;
    this.implicit = false;
    this.complete = false;
    this.tset = null;
  }
}

export class GoMap extends TypeBase {
  declare readonly kind: TypeKind.Map;
  declare key: Type;
  declare elem: Type;
  constructor(key: Type, elem: Type) {
    super();
    this.key = key;
    this.elem = elem;
    this.kind = TypeKind.Map;
  }
}

/** Direction of a channel type. */
export const enum Dir {
  Both = 0,
  SendOnly,
  RecvOnly,
}

export class Chan extends TypeBase {
  declare readonly kind: TypeKind.Chan;
  declare dir: Dir;
  declare elem: Type;
  constructor(dir: Dir, elem: Type) {
    super();
    this.dir = dir;
    this.elem = elem;
    this.kind = TypeKind.Chan;
  }
}

/**
 * A defined type, or an instance `orig[targs]` of a generic one. Instances are unique: instantiating twice with identical
 * arguments gives the same object. What an instance derives from its origin is computed on demand (see named.ts).
 */
export class Named extends TypeBase {
  declare readonly kind: TypeKind.Named;
  /** The declared object; instances have that of their origin. */
  declare obj: TypeName;
  /** The uninstantiated type: this itself if not an instance. */
  readonly orig: Named;
  /** Type arguments of an instance, else null. */
  readonly targs: readonly Type[] | null;
  /** Type parameters of the declaration (use typeParamsOf for instances too). */
  declare tparams: TypeParam[];
  /** Right side of the declaration, substituted for instances; null while being declared. */
  declare fromRHS: Type | null;
  /** Resolved underlying type, null until asked for. */
  declare resolved: Type | null;
  /** Declared methods in order of declaration; for instances filled on demand, see methodAt. */
  declare methods: (Func | null)[];
  /** Where an instance was first written or substituted, for messages; else 0. */
  declare pos: Pos;
  /** Stands for an instance in paths of declarations; null until needed. */
  declare instObj: TypeName | null;
  /** 0 unknown, 1 finite size, 2 not. */
  declare finite: number;
  /** Instances of this type, by hash of the type arguments. */
  declare instances: Map<number, Named[]> | null;
  /** Type declared in a function: its number among the package's local types of its name (the `·N` of symbol names). */
  declare vargen: number;
  /** Type parameters of enclosing generic functions that a local type implicitly depends on, else empty. */
  declare implicits: TypeParam[];
  constructor(obj: TypeName, orig: Named | null, targs: readonly Type[] | null) {
    super();
    this.kind = TypeKind.Named;
    this.tparams = noTypeParams;
    this.fromRHS = null;
    this.resolved = null;
    this.methods = [];
    this.pos = 0;
    this.instObj = null;
    this.finite = 0;
    this.instances = null;
    this.vargen = 0;
    this.implicits = noTypeParams;
    this.obj = obj;
    this.orig = orig ?? this;
    this.targs = targs;
  }
}

export class TypeParam extends TypeBase {
  declare readonly kind: TypeKind.TypeParam;
  /** Index in its list. */
  declare index: number;
  declare readonly obj: TypeName;
  /** Constraint; its underlying type is an interface in correct programs. */
  declare bound: Type | null;
  constructor(obj: TypeName, bound: Type | null) {
    super();
    this.obj = obj;
    this.bound = bound;
    this.kind = TypeKind.TypeParam;
    this.index = -1;
  }
}

export class Alias extends TypeBase {
  declare readonly kind: TypeKind.Alias;
  readonly orig: Alias;
  declare tparams: TypeParam[];
  declare targs: readonly Type[] | null;
  /** What the alias was declared as; null while being declared. */
  declare fromRHS: Type | null;
  /** What it finally stands for: never an alias; null until known. */
  declare actual: Type | null;
  declare instances: Map<number, Alias[]> | null;
  declare readonly obj: TypeName;
  constructor(obj: TypeName, rhs: Type | null, orig: Alias | null) {
    super();
    this.obj = obj;
    this.kind = TypeKind.Alias;
    this.tparams = noTypeParams;
    this.targs = null;
    this.actual = null;
    this.instances = null;
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
