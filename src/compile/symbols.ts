import { bytesOf, hexBytes, sha256 } from "#base";
import { pathToPrefix } from "#formats";
import { ABI, Attr, type Ctxt, describeGlobal, gcLocalsSym, LSym, RelocType, SymKind, setFipsKind } from "#obj";
import {
  type Abi,
  type DataTarget,
  FuncFlag,
  type FuncRef,
  type Global,
  type ItabRef,
  Kind,
  type Local,
  type StaticData,
  type Symbols,
  type SType,
} from "#ssa";

/** Where type descriptors and itabs come from: reflectdata/. */
export interface TypeSymbols {
  type(t: SType): LSym;
  itab(itab: ItabRef): LSym;
}

/** The symbols of the package being compiled, over one obj context. */
export class PackageSymbols implements Symbols {
  /** Static func values asked for, in order of first use. */
  private readonly funcValues = new Map<string, LSym>();
  private readonly globals = new Map<Global, LSym>();
  types!: TypeSymbols;

  constructor(
    readonly ctxt: Ctxt,
    /** A listing of the code will be printed. */
    private readonly listing = false,
  ) {}

  func(fn: FuncRef, abi: Abi): LSym {
    return this.ctxt.lookupABI(fn.name, abi as number as ABI);
  }

  funcValue(fn: FuncRef): LSym {
    return this.funcValueOf(fn.valueName, this.ctxt.lookupABI(fn.name, ABI.ABIInternal));
  }

  /** The word that holds the address of a function's entry, F·f (cmd/compile/internal/staticdata: WriteFuncSyms). */
  funcValueOf(name: string, entry: LSym): LSym {
    let s = this.funcValues.get(name);
    if (s === undefined) {
      s = this.ctxt.lookup(`${name}·f`);
      this.funcValues.set(name, s);
      s.writeAddr(0, 8, entry, 0);
      this.define(s, SymKind.SRODATA, 8, Attr.DuplicateOK);
    }
    return s;
  }

  /** The func value of a function of the runtime, which only the runtime defines. */
  runtimeFuncValue(name: string): LSym {
    return this.funcValueOf(`runtime.${name}`, this.runtime(`runtime.${name}`, ABI.ABIInternal as number as Abi));
  }

  global(g: Global): LSym {
    let s = this.globals.get(g);
    if (s === undefined) {
      s = this.ctxt.lookup(g.name);
      this.globals.set(g, s);
    }
    return s;
  }

  type(t: SType): LSym {
    return this.types.type(t);
  }

  itab(itab: ItabRef): LSym {
    return this.types.itab(itab);
  }

  string(bytes: string): LSym {
    const s = this.ctxt.lookup(`go:string.${stringName(bytes)}`);
    if (s.kind === SymKind.Sxxx) {
      s.writeBytes(0, bytesOf(bytes));
      this.define(s, SymKind.SRODATA, bytes.length, Attr.DuplicateOK | Attr.Local | Attr.ContentAddressable);
    }
    return s;
  }

  floatConst(size: 4 | 8, lo: number, hi: number): LSym {
    return size === 4 ? this.ctxt.float32Sym(lo) : this.ctxt.float64Sym(lo, hi);
  }

  runtime(name: string, abi: Abi): LSym {
    return this.ctxt.lookupABI(name, abi as number as ABI);
  }

  funcData(prefix: string, bytes: Uint8Array): LSym {
    if (prefix === "gclocals·") {
      const s = gcLocalsSym(this.ctxt, bytes);
      if (!s.has(Attr.OnList)) this.define(s, SymKind.SRODATA, bytes.length, Attr.DuplicateOK);
      return s;
    }
    const s = this.ctxt.lookup(`${prefix}${hexBytes(sha256(bytes).subarray(0, 16))}`);
    if (s.kind === SymKind.Sxxx) {
      s.writeBytes(0, bytes);
      this.define(s, SymKind.SRODATA, bytes.length, Attr.DuplicateOK | Attr.Local | Attr.ContentAddressable);
    }
    return s;
  }

  derived(fn: FuncRef, suffix: string): LSym {
    const s = this.ctxt.lookup(`${fn.name}${suffix}`);
    // Its size follows what emission writes.
    if (s.kind === SymKind.Sxxx)
      this.define(s, SymKind.SRODATA, 0, (fn.flags & FuncFlag.DupOk) !== 0 ? Attr.DuplicateOK : 0);
    return s;
  }

  frameName(local: Local): LSym | null {
    // Not a symbol of the object: only its name is wanted.
    return this.listing ? new LSym(`${pathToPrefix(this.ctxt.pkgpath)}.${local.name}`, ABI.ABI0) : null;
  }

  /** Makes s a symbol that this object defines. */
  define(s: LSym, kind: SymKind, size: number, attr: number): void {
    s.kind = kind;
    setFipsKind(this.ctxt, s);
    s.size = size;
    s.attr |= attr | Attr.OnList;
    // Symbols that others may define too are known by name.
    // So are those that linkname directives share; the others belong to the package.
    if ((attr & Attr.DuplicateOK) === 0 && s.pkg !== "_") s.pkg = this.ctxt.pkgpath;
    this.ctxt.data.push(s);
  }

  /** Where a pointer of static data leads. */
  target(t: DataTarget): LSym {
    switch (t.kind) {
      case "global":
        return this.global(t.global);
      case "funcValue":
        return this.funcValue(t.fn);
      case "type":
        return this.type(t.type);
      case "itab":
        return this.itab(t.itab);
      case "string":
        return this.string(t.bytes);
    }
  }

  /** Defines a package-level variable with its initial contents, if it has any that are not zero. */
  defineGlobal(g: Global, data: StaticData | null, extra = 0): LSym {
    const s = this.global(g);
    const pointers = g.type.hasPointers;
    let kind: SymKind;
    if (data === null) kind = pointers ? SymKind.SBSS : SymKind.SNOPTRBSS;
    else {
      s.writeBytes(0, data.bytes);
      for (const p of data.pointers) {
        s.writeAddr(p.offset, 8, this.target(p.target), p.addend);
        // An interface value: the linker keeps the methods of its type.
        if (p.target.kind === "itab") s.addReloc(0, 0, RelocType.R_USEIFACE, 0, this.type(p.target.itab.concrete));
        else if (p.target.kind === "type") s.addReloc(0, 0, RelocType.R_USEIFACE, 0, this.target(p.target));
      }
      kind = g.readonly ? SymKind.SRODATA : pointers ? SymKind.SDATA : SymKind.SNOPTRDATA;
    }
    this.define(s, kind, g.type.size, extra | (g.local ? Attr.Static : 0));
    // The linker makes the GC's masks from it, and -X and DWARF look at it.
    if (g.type.kind !== Kind.Void && g.type.go !== null) {
      s.gotype = this.type(g.type);
      if (!g.local && g.pkg === this.ctxt.pkgpath)
        describeGlobal(this.ctxt, s, this.ctxt.lookup(`go:info.${s.gotype.name.slice("type:".length)}`));
    }
    return s;
  }
}

/** A name for a string constant's symbol: its text where that is short and plain, else its length and hash. */
function stringName(bytes: string): string {
  if (bytes.length <= 100 && /^[\x20-\x7e]*$/.test(bytes)) return JSON.stringify(bytes);
  return `${bytes.length}-${hexBytes(sha256(bytesOf(bytes)).subarray(0, 16))}`;
}
