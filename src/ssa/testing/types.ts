import { Kind, SType, type TypeMaker } from "../core/index.ts";

/** Types by the names dumps show, for tests that read SSA from text: no type checker behind them. */
export class TestTypes implements TypeMaker {
  private readonly byName = new Map<string, SType>();
  private next = 1;

  private basic(kind: Kind, size: number, ptrBytes: number, name: string, align = Math.min(size, 8)): SType {
    const t = new SType(this.next++, kind, size, Math.max(align, 1), ptrBytes, null, name);
    this.byName.set(name, t);
    return t;
  }

  readonly mem = this.basic(Kind.Mem, 0, 0, "mem");
  readonly flags = this.basic(Kind.Flags, 0, 0, "flags");
  readonly void = this.basic(Kind.Void, 0, 0, "void");
  readonly int128 = this.basic(Kind.Int128, 16, 0, "int128");
  readonly bool = this.basic(Kind.Bool, 1, 0, "bool");
  readonly int = this.basic(Kind.Int64, 8, 0, "int");
  readonly int8 = this.basic(Kind.Int8, 1, 0, "int8");
  readonly int16 = this.basic(Kind.Int16, 2, 0, "int16");
  readonly int32 = this.basic(Kind.Int32, 4, 0, "int32");
  readonly int64 = this.basic(Kind.Int64, 8, 0, "int64");
  readonly uint = this.basic(Kind.Uint64, 8, 0, "uint");
  readonly uint8 = this.basic(Kind.Uint8, 1, 0, "uint8");
  readonly uint16 = this.basic(Kind.Uint16, 2, 0, "uint16");
  readonly uint32 = this.basic(Kind.Uint32, 4, 0, "uint32");
  readonly uint64 = this.basic(Kind.Uint64, 8, 0, "uint64");
  readonly uintptr = this.basic(Kind.Uintptr, 8, 0, "uintptr");
  readonly float32 = this.basic(Kind.Float32, 4, 0, "float32");
  readonly float64 = this.basic(Kind.Float64, 8, 0, "float64");
  readonly complex64 = this.basic(Kind.Complex64, 8, 0, "complex64", 4);
  readonly complex128 = this.basic(Kind.Complex128, 16, 0, "complex128", 8);
  readonly string = this.basic(Kind.String, 16, 8, "string");
  readonly unsafePtr = this.basic(Kind.UnsafePtr, 8, 8, "unsafe.Pointer");
  readonly any = this.basic(Kind.Eface, 16, 16, "any");
  readonly error = this.basic(Kind.Iface, 16, 16, "error");
  readonly func = this.basic(Kind.Func, 8, 8, "func()");

  pointerTo(t: SType): SType {
    if (t.pointer === null) {
      t.pointer = this.basic(Kind.Ptr, 8, 8, `*${t.name}`);
      t.pointer.elem = t;
    }
    return t.pointer;
  }

  sliceOf(elem: SType): SType {
    const name = `[]${elem.name}`;
    const old = this.byName.get(name);
    if (old !== undefined) return old;
    const t = this.basic(Kind.Slice, 24, 8, name);
    t.elem = elem;
    return t;
  }

  arrayOf(elem: SType, length: number): SType {
    const name = `[${length}]${elem.name}`;
    const old = this.byName.get(name);
    if (old !== undefined) return old;
    const ptrBytes = length > 0 && elem.hasPointers ? (length - 1) * elem.size + elem.ptrBytes : 0;
    const t = this.basic(Kind.Array, elem.size * length, ptrBytes, name, elem.align);
    t.elem = elem;
    t.length = length;
    (t as { canSSA: boolean }).canSSA = length === 0 || (length === 1 && elem.canSSA);
    return t;
  }

  structOf(fields: readonly { readonly name: string; readonly type: SType }[]): SType {
    const name = `struct{${fields.map((f) => `${f.name} ${f.type.name}`).join("; ")}}`;
    const old = this.byName.get(name);
    if (old !== undefined) return old;
    let at = 0;
    let align = 1;
    let ptrBytes = 0;
    const placed = fields.map((f) => {
      at = Math.ceil(at / f.type.align) * f.type.align;
      const offset = at;
      at += f.type.size;
      align = Math.max(align, f.type.align);
      if (f.type.hasPointers) ptrBytes = offset + f.type.ptrBytes;
      return { name: f.name, type: f.type, offset };
    });
    const t = this.basic(Kind.Struct, Math.ceil(at / align) * align, ptrBytes, name, align);
    t.fields = placed;
    (t as { canSSA: boolean }).canSSA = t.size <= 32 && fields.length <= 4 && fields.every((f) => f.type.canSSA);
    return t;
  }

  tuple(members: readonly SType[]): SType {
    const name = `(${members.map((m) => m.name).join(",")})`;
    const old = this.byName.get(name);
    if (old !== undefined) return old;
    const t = this.basic(Kind.Tuple, 0, 0, name);
    t.members = [...members];
    return t;
  }

  /** A type by name, made if it is a pointer, slice, array, struct or tuple of known ones. */
  named(name: string): SType {
    const old = this.byName.get(name);
    if (old !== undefined) return old;
    if (name.startsWith("*")) return this.pointerTo(this.named(name.slice(1)));
    if (name.startsWith("[]")) return this.sliceOf(this.named(name.slice(2)));
    const array = /^\[(\d+)\](.*)$/.exec(name);
    if (array) return this.arrayOf(this.named(array[2]!), Number(array[1]));
    const struct = /^struct\{(.*)\}$/.exec(name);
    if (struct) {
      const fields = struct[1] === "" ? [] : split(struct[1]!, ";").map((f) => f.trim());
      return this.structOf(
        fields.map((f) => ({ name: f.slice(0, f.indexOf(" ")), type: this.named(f.slice(f.indexOf(" ") + 1)) })),
      );
    }
    if (name.startsWith("(")) return this.tuple(split(name.slice(1, -1), ",").map((m) => this.named(m)));
    throw new Error(`no type ${name}`);
  }
}

/** Cuts at a separator outside brackets. */
function split(s: string, separator: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let word = "";
  for (const ch of s) {
    if ("([{".includes(ch)) depth++;
    if (")]}".includes(ch)) depth--;
    if (ch === separator && depth === 0) {
      out.push(word);
      word = "";
    } else word += ch;
  }
  if (word !== "") out.push(word);
  return out;
}
