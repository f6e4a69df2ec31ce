import {
  BasicKind,
  canon,
  defaultType,
  GoArray,
  layoutOf,
  pointerTo,
  Slice,
  Struct,
  type Type,
  TypeKind,
  typ,
  typeSetOf,
  typeSymName,
  under,
  Var,
  VarKind,
} from "#types";
import { Kind, type SField, SType, type TypeMaker } from "../core/index.ts";

/** A struct with more fields, or more words, is never an SSA value (cmd/compile/internal/ssa: CanSSA). */
const maxFields = 4;
const maxBytes = 32;

const basicKinds: Partial<Record<BasicKind, Kind>> = {
  [BasicKind.Bool]: Kind.Bool,
  [BasicKind.UntypedBool]: Kind.Bool,
  [BasicKind.Int]: Kind.Int64,
  [BasicKind.UntypedInt]: Kind.Int64,
  [BasicKind.Int8]: Kind.Int8,
  [BasicKind.Int16]: Kind.Int16,
  [BasicKind.Int32]: Kind.Int32,
  [BasicKind.UntypedRune]: Kind.Int32,
  [BasicKind.Int64]: Kind.Int64,
  [BasicKind.Uint]: Kind.Uint64,
  [BasicKind.Uint8]: Kind.Uint8,
  [BasicKind.Uint16]: Kind.Uint16,
  [BasicKind.Uint32]: Kind.Uint32,
  [BasicKind.Uint64]: Kind.Uint64,
  [BasicKind.Uintptr]: Kind.Uintptr,
  [BasicKind.Float32]: Kind.Float32,
  [BasicKind.Float64]: Kind.Float64,
  [BasicKind.UntypedFloat]: Kind.Float64,
  [BasicKind.Complex64]: Kind.Complex64,
  [BasicKind.Complex128]: Kind.Complex128,
  [BasicKind.UntypedComplex]: Kind.Complex128,
  [BasicKind.String]: Kind.String,
  [BasicKind.UntypedString]: Kind.String,
  [BasicKind.UnsafePointer]: Kind.UnsafePtr,
  [BasicKind.UntypedNil]: Kind.UnsafePtr,
};

/** Makes the STypes of one compilation: one for each Go type up to identity. */
export class STypes implements TypeMaker {
  private nextId = 1;
  private readonly byType = new Map<Type, SType>();
  private readonly tuples = new Map<string, SType>();
  /** Types whose parts are still to be filled in. */
  private readonly unfinished: SType[] = [];
  private filling = false;

  readonly mem = this.pseudo(Kind.Mem, 0, "mem");
  readonly flags = this.pseudo(Kind.Flags, 0, "flags");
  readonly void = this.pseudo(Kind.Void, 0, "void");
  readonly int128 = this.pseudo(Kind.Int128, 16, "int128");
  readonly bool = this.basic(BasicKind.Bool);
  readonly int = this.basic(BasicKind.Int);
  readonly int8 = this.basic(BasicKind.Int8);
  readonly int16 = this.basic(BasicKind.Int16);
  readonly int32 = this.basic(BasicKind.Int32);
  readonly int64 = this.basic(BasicKind.Int64);
  readonly uint = this.basic(BasicKind.Uint);
  readonly uint8 = this.basic(BasicKind.Uint8);
  readonly uint16 = this.basic(BasicKind.Uint16);
  readonly uint32 = this.basic(BasicKind.Uint32);
  readonly uint64 = this.basic(BasicKind.Uint64);
  readonly uintptr = this.basic(BasicKind.Uintptr);
  readonly float32 = this.basic(BasicKind.Float32);
  readonly float64 = this.basic(BasicKind.Float64);
  readonly complex64 = this.basic(BasicKind.Complex64);
  readonly complex128 = this.basic(BasicKind.Complex128);
  readonly string = this.basic(BasicKind.String);
  readonly unsafePtr = this.basic(BasicKind.UnsafePointer);

  /** The SType of a Go type without type parameters. */
  of(t: Type): SType {
    let s = this.byType.get(t);
    if (s !== undefined) return s;
    const c = canon(defaultType(t));
    s = this.byType.get(c);
    if (s === undefined) {
      s = this.make(c);
      this.byType.set(c, s);
      this.unfinished.push(s);
      if (!this.filling) this.fillAll();
    }
    this.byType.set(t, s);
    return s;
  }

  pointerTo(t: SType): SType {
    t.pointer ??= this.of(pointerTo(this.goOf(t)));
    return t.pointer;
  }

  sliceOf(elem: SType): SType {
    return this.of(new Slice(this.goOf(elem)));
  }

  arrayOf(elem: SType, length: number): SType {
    return this.of(new GoArray(length, this.goOf(elem)));
  }

  structOf(fields: readonly { readonly name: string; readonly type: SType }[]): SType {
    const vars = fields.map((f) => new Var(VarKind.Field, 0, null, f.name, this.goOf(f.type)));
    return this.of(new Struct(vars, null));
  }

  tuple(members: readonly SType[]): SType {
    const key = members.map((m) => m.id).join(",");
    let t = this.tuples.get(key);
    if (t === undefined) {
      t = new SType(this.nextId++, Kind.Tuple, 0, 1, 0, null, `(${members.map((m) => m.name).join(", ")})`);
      t.members = members.slice();
      setCanSSA(t, true);
      this.tuples.set(key, t);
    }
    return t;
  }

  private goOf(t: SType): Type {
    return t.go!;
  }

  private basic(kind: BasicKind): SType {
    return this.of(typ[kind]!);
  }

  private pseudo(kind: Kind, size: number, name: string): SType {
    return new SType(this.nextId++, kind, size, size === 0 ? 1 : 8, 0, null, name);
  }

  private make(t: Type): SType {
    const l = layoutOf(t);
    const s = new SType(this.nextId++, kindOf(t), l.size, l.align, l.ptrBytes, t, typeName(t, 2));
    setCanSSA(s, canSSA(t));
    return s;
  }

  /** Fills in parts of types with a list instead of recursion: types refer to one another in long chains and circles. */
  private fillAll(): void {
    this.filling = true;
    for (let s = this.unfinished.pop(); s !== undefined; s = this.unfinished.pop()) this.fill(s);
    this.filling = false;
  }

  private fill(s: SType): void {
    const u = under(s.go!);
    switch (u.kind) {
      case TypeKind.Pointer:
        s.elem = this.of(u.elem);
        s.elem.pointer ??= under(s.go!) === s.go ? s : null;
        break;
      case TypeKind.Slice:
      case TypeKind.Chan:
        s.elem = this.of(u.elem);
        break;
      case TypeKind.Array:
        s.elem = this.of(u.elem);
        s.length = u.len;
        break;
      case TypeKind.Map:
        s.key = this.of(u.key);
        s.elem = this.of(u.elem);
        break;
      case TypeKind.Struct: {
        const offsets = layoutOf(s.go!).offsets;
        const fields: SField[] = [];
        for (let i = 0; i < u.fields.length; i++) {
          const f = u.fields[i]!;
          fields.push({ name: f.name, type: this.of(f.type!), offset: offsets[i]! });
        }
        s.fields = fields;
        break;
      }
    }
  }
}

function setCanSSA(t: SType, yes: boolean): void {
  (t as { canSSA: boolean }).canSSA = yes;
}

function kindOf(t: Type): Kind {
  const u = under(t);
  switch (u.kind) {
    case TypeKind.Basic: {
      const k = basicKinds[u.basic];
      if (k !== undefined) return k;
      break;
    }
    case TypeKind.Pointer:
      return Kind.Ptr;
    case TypeKind.Signature:
      return Kind.Func;
    case TypeKind.Map:
      return Kind.Map;
    case TypeKind.Chan:
      return Kind.Chan;
    case TypeKind.Slice:
      return Kind.Slice;
    case TypeKind.Interface:
      return typeSetOf(u).methods.length === 0 ? Kind.Eface : Kind.Iface;
    case TypeKind.Struct:
      return Kind.Struct;
    case TypeKind.Array:
      return Kind.Array;
  }
  throw new Error(`no SSA type for ${typeName(t, 3)}`);
}

/** Arrays of length 0 have no element to take a value apart into, so they stay in memory. */
function canSSA(t: Type): boolean {
  const u = under(t);
  if (u.kind === TypeKind.Array) return u.len === 1 && layoutOf(t).size <= maxBytes && canSSA(u.elem);
  if (u.kind !== TypeKind.Struct) return true;
  if (u.fields.length > maxFields || layoutOf(t).size > maxBytes) return false;
  for (const f of u.fields) if (!canSSA(f.type!)) return false;
  return true;
}

/** A type as dumps show it: its name, or its form to the given depth. */
function typeName(t: Type, depth: number): string {
  switch (t.kind) {
    case TypeKind.Basic:
      return t.name === "Pointer" ? "unsafe.Pointer" : t.name;
    case TypeKind.Alias:
      return typeName(canon(t), depth);
    case TypeKind.Named:
      return t.obj.pkg === null ? t.obj.name : `${t.obj.pkg.name}.${t.targs === null ? t.obj.name : typeSymName(t)}`;
    case TypeKind.TypeParam:
      return t.obj.name;
    case TypeKind.Signature:
      return "func";
    case TypeKind.Struct:
      if (t.fields.length === 0) return "struct{}";
      return depth === 0 ? "struct" : `struct{${t.fields.map((f) => typeName(f.type!, depth - 1)).join(",")}}`;
    case TypeKind.Interface:
      return typeSetOf(t).methods.length === 0 ? "any" : "interface";
    case TypeKind.Tuple:
      return "tuple";
    case TypeKind.Union:
      return "union";
    case TypeKind.Pointer:
      return `*${typeName(t.elem, depth)}`;
    case TypeKind.Slice:
      return `[]${typeName(t.elem, depth)}`;
    case TypeKind.Array:
      return `[${t.len}]${typeName(t.elem, depth)}`;
    case TypeKind.Chan:
      return `chan ${typeName(t.elem, depth)}`;
    case TypeKind.Map:
      return `map[${typeName(t.key, depth)}]${typeName(t.elem, depth)}`;
  }
}
