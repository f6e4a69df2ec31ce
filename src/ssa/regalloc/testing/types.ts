// A TypeMaker without Go types, for tests of the passes behind lowering.
import { Kind, SType, type TypeMaker } from "../../core/index.ts";

export class TestTypes implements TypeMaker {
  private n = 0;
  private readonly pointers = new Map<SType, SType>();
  private readonly tuples = new Map<string, SType>();

  private make(kind: Kind, size: number, ptr: number, name: string): SType {
    return new SType(this.n++, kind, size, Math.max(1, Math.min(8, size)), ptr, null, name);
  }

  readonly mem = this.make(Kind.Mem, 0, 0, "mem");
  readonly flags = this.make(Kind.Flags, 0, 0, "flags");
  readonly void = this.make(Kind.Void, 0, 0, "void");
  readonly int128 = this.make(Kind.Int128, 16, 0, "int128");
  readonly bool = this.make(Kind.Bool, 1, 0, "bool");
  readonly int = this.make(Kind.Int64, 8, 0, "int");
  readonly int8 = this.make(Kind.Int8, 1, 0, "int8");
  readonly int16 = this.make(Kind.Int16, 2, 0, "int16");
  readonly int32 = this.make(Kind.Int32, 4, 0, "int32");
  readonly int64 = this.make(Kind.Int64, 8, 0, "int64");
  readonly uint8 = this.make(Kind.Uint8, 1, 0, "uint8");
  readonly uint16 = this.make(Kind.Uint16, 2, 0, "uint16");
  readonly uint32 = this.make(Kind.Uint32, 4, 0, "uint32");
  readonly uint64 = this.make(Kind.Uint64, 8, 0, "uint64");
  readonly uintptr = this.make(Kind.Uintptr, 8, 0, "uintptr");
  readonly float32 = this.make(Kind.Float32, 4, 0, "float32");
  readonly float64 = this.make(Kind.Float64, 8, 0, "float64");
  readonly string = this.make(Kind.String, 16, 8, "string");
  readonly unsafePtr = this.make(Kind.UnsafePtr, 8, 8, "unsafe.Pointer");

  pointerTo(t: SType): SType {
    let p = this.pointers.get(t);
    if (p === undefined) {
      p = this.make(Kind.Ptr, 8, 8, `*${t}`);
      p.elem = t;
      this.pointers.set(t, p);
    }
    return p;
  }

  sliceOf(): SType {
    throw new Error("not in tests");
  }

  arrayOf(elem: SType, length: number): SType {
    const a = this.make(
      Kind.Array,
      elem.size * length,
      elem.ptrBytes === 0 ? 0 : elem.size * length,
      `[${length}]${elem}`,
    );
    a.elem = elem;
    a.length = length;
    return a;
  }

  structOf(): SType {
    throw new Error("not in tests");
  }

  tuple(members: readonly SType[]): SType {
    const key = members.map((m) => m.id).join();
    let t = this.tuples.get(key);
    if (t === undefined) {
      t = this.make(Kind.Tuple, 0, 0, `(${members.join(", ")})`);
      t.members = members;
      this.tuples.set(key, t);
    }
    return t;
  }
}
