// The symbols of a link: dense numbers into typed arrays, contents left in the object files (cmd/link/internal/loader).
//
// Number 0 is no symbol. Symbols of objects come first, in loading order; those that the linker makes ("external" ones)
// follow. The order of numbers decides ties in the layout, so it must be the one cmd/link gives.

import { ByteWriter, decodeUtf8, encodeUtf8 } from "#base";
import { auxSize, type AuxType, PkgIdx, relocSize, type RelocType } from "#formats";
import type { Arena } from "./arena.ts";
import { fatal, type Reporter } from "./errors.ts";
import { isText, Kind } from "./kinds.ts";
import { growTable, NameTable } from "./names.ts";
import type { CompilationUnit, Library, SymbolSource } from "./source.ts";

/** Bits of Loader.attr. */
export const enum Attr {
  Reachable = 1,
  OnList = 2,
  Local = 4,
  NotInSymbolTable = 8,
  UsedInIface = 16,
  /** Has no place of its own: its value is set by hand. */
  Special = 32,
}

/** Versions of a name: two ABIs, and names private to one object: such that the first object's is 10, as in cmd/link. */
export const enum Version {
  ABI0 = 0,
  ABIInternal = 1,
  Static = 8,
}

/** One object of the link: where its symbols are, and which numbers they got. */
export class LinkObject {
  /** Number of each symbol of the source. */
  readonly syms: Int32Array;
  /** Number of the object that each of its package indices means. */
  pkgs: Int32Array = new Int32Array(0);
  /** Symbols of the first list, of the first two, of the first three. */
  readonly hashed64Start: number;
  readonly hashedStart: number;
  readonly nonpkgStart: number;

  constructor(
    readonly index: number,
    readonly source: SymbolSource,
    readonly unit: CompilationUnit,
    readonly lib: Library,
    readonly fromAssembly: boolean,
    readonly std: boolean,
    arena: Arena,
  ) {
    this.syms = arena.int32(source.nsym);
    this.hashed64Start = source.nsymdef;
    this.hashedStart = source.nsymdef + source.nhashed64def;
    this.nonpkgStart = this.hashedStart + source.nhasheddef;
  }
}

const noBytes = new Uint8Array(0);

/** A symbol that the linker makes, or a private copy of an object's symbol that it changes. */
export class ExtSym {
  /** Contents: the first dataLen bytes. Borrowed from a file until the first write. */
  data: Uint8Array = noBytes;
  dataLen = 0;
  borrowed = false;
  /** Relocations as goobj records whose references are symbol numbers (package index 0). */
  relocs: ByteWriter | null = null;
  /** The same in the arena: where, and how many. */
  relocsAt = 0;
  relocCount = 0;
  /** Its name in the arena, if it is known to be there. */
  nameAt = 0;
  nameLen = 0;
  constructor(
    /** Undefined until somebody asks, if the name is in the arena. */
    public name: string | undefined,
    readonly version: number,
  ) {}
}

/** Fills the place of a generated symbol in the output. */
export type Generator = (out: Uint8Array, view: DataView) => void;

const noView = new DataView(new ArrayBuffer(0));

export class Loader {
  /** Number of symbols, the null symbol included. */
  n = 1;
  /** First external symbol. */
  extStart = 0;
  /** objects[0] is none, objects[1] stands for the external symbols. */
  readonly objects: LinkObject[] = [];
  readonly exts: ExtSym[] = [];

  objectOf: Int32Array;
  localOf: Int32Array;
  kind: Uint8Array;
  /** SymFlag bits; 0 for external symbols. */
  flag: Uint8Array;
  flag2: Uint8Array;
  size: Float64Array;
  value: Float64Array;
  attr: Uint8Array;
  /** log2 of the alignment plus one; 0 unknown. */
  align: Uint8Array;
  /** Index in sections. */
  sect: Uint8Array;
  /** The carrier symbol that a symbol lies in. */
  outer: Int32Array;

  /** What a changed symbol was: its object, 0 for the linker's own, and number there. */
  auxObjectOf: Int32Array;
  auxLocalOf: Int32Array;
  /** A function's slot in its unit's part of .debug_addr, plus one. */
  addrSlots: Int32Array;

  readonly generators = new Map<number, Generator>();
  readonly builtins: Int32Array;
  private readonly nameCache: (string | undefined)[] = [];
  private readonly packageOverride = new Map<number, string>();

  names: [NameTable, NameTable];
  private readonly staticExts = new Map<string, number>();

  // The relocation cursor: see openRelocs.
  rView: DataView = noView;
  rPos = 0;
  rEnd = 0;
  rObject!: LinkObject;

  constructor(
    readonly reporter: Reporter,
    readonly arena: Arena,
    capacity: number,
    nbuiltins: number,
    names0: number,
    names1: number,
  ) {
    this.objectOf = arena.int32(capacity);
    this.localOf = arena.int32(capacity);
    this.kind = arena.uint8(capacity);
    this.flag = arena.uint8(capacity);
    this.flag2 = arena.uint8(capacity);
    this.size = arena.float64(capacity);
    this.value = arena.float64(capacity);
    this.attr = arena.uint8(capacity);
    this.align = arena.uint8(capacity);
    this.sect = arena.uint8(capacity);
    this.outer = arena.int32(capacity);
    this.auxObjectOf = arena.int32(capacity);
    this.auxLocalOf = arena.int32(capacity);
    this.addrSlots = arena.int32(capacity);
    this.builtins = arena.int32(nbuiltins);
    arena.set("builtins", this.builtins.byteOffset);
    arena.set("nbuiltins", nbuiltins);
    this.names = [new NameTable(arena, names0), new NameTable(arena, names1)];
    arena.hooks.growNames = (table) => growTable(arena, table);
    this.publish();
  }

  /** Tells the kernels where the tables are. */
  private publish(): void {
    const { arena } = this;
    arena.set("objectOf", this.objectOf.byteOffset);
    arena.set("localOf", this.localOf.byteOffset);
    arena.set("kind", this.kind.byteOffset);
    arena.set("flag", this.flag.byteOffset);
    arena.set("flag2", this.flag2.byteOffset);
    arena.set("size", this.size.byteOffset);
    arena.set("value", this.value.byteOffset);
    arena.set("attr", this.attr.byteOffset);
    arena.set("align", this.align.byteOffset);
    arena.set("sect", this.sect.byteOffset);
    arena.set("outer", this.outer.byteOffset);
    arena.set("auxObjectOf", this.auxObjectOf.byteOffset);
    arena.set("auxLocalOf", this.auxLocalOf.byteOffset);
    arena.set("addrSlots", this.addrSlots.byteOffset);
  }

  /** Makes room for n symbols. */
  reserve(n: number): void {
    const have = this.objectOf.length;
    if (n <= have) return;
    const size = Math.max(n, have * 2);
    const { arena } = this;
    const int32 = (a: Int32Array): Int32Array => {
      const b = arena.int32(size);
      b.set(a);
      return b;
    };
    const uint8 = (a: Uint8Array): Uint8Array => {
      const b = arena.uint8(size);
      b.set(a);
      return b;
    };
    const float64 = (a: Float64Array): Float64Array => {
      const b = arena.float64(size);
      b.set(a);
      return b;
    };
    this.objectOf = int32(this.objectOf);
    this.localOf = int32(this.localOf);
    this.outer = int32(this.outer);
    this.auxObjectOf = int32(this.auxObjectOf);
    this.auxLocalOf = int32(this.auxLocalOf);
    this.addrSlots = int32(this.addrSlots);
    this.kind = uint8(this.kind);
    this.flag = uint8(this.flag);
    this.flag2 = uint8(this.flag2);
    this.attr = uint8(this.attr);
    this.align = uint8(this.align);
    this.sect = uint8(this.sect);
    this.size = float64(this.size);
    this.value = float64(this.value);
    this.publish();
  }

  // --- symbols by name ---

  /** The symbol of a name and version, or 0. */
  lookup(name: string, version: number): number {
    if (version >= Version.Static) return this.staticExts.get(`${version}:${name}`) ?? 0;
    return this.names[version]!.findText(name);
  }

  /** The symbol of a name, made if there is none. */
  lookupOrCreate(name: string, version: number): number {
    const s = this.lookup(name, version);
    if (s !== 0) return s;
    const i = this.newExt(name, version);
    if (version >= Version.Static) this.staticExts.set(`${version}:${name}`, i);
    else {
      const b = encodeUtf8(name);
      const at = this.arena.alloc(b.length, 1);
      this.arena.bytes.set(b, at);
      this.names[version]!.findOrAdd(at, b.length, i);
      const e = this.exts[this.localOf[i]!]!;
      e.nameAt = at;
      e.nameLen = b.length;
    }
    return i;
  }

  /** A new symbol (ABI0) of a name that nobody has, and which lies in the arena. */
  newNamed(at: number, len: number): number {
    const s = this.newExt(undefined, Version.ABI0);
    const e = this.exts[this.localOf[s]!]!;
    e.nameAt = at;
    e.nameLen = len;
    this.names[0].findOrAdd(at, len, s);
    return s;
  }

  private externalName(e: ExtSym): string {
    e.name ??= decodeUtf8(this.arena.bytes.subarray(e.nameAt, e.nameAt + e.nameLen));
    return e.name;
  }

  /** Length of the name that nameAddress told the place of. */
  nameLength = 0;

  /** Where in the arena the name of a symbol is; sets nameLength. */
  nameAddress(s: number): number {
    const oi = this.objectOf[s]!;
    if (oi > 1) {
      const { source } = this.objects[oi]!;
      const li = this.localOf[s]!;
      const off = source.symNameOff(li);
      this.nameLength = source.symNameLen(li);
      if (off + this.nameLength > source.bytes.length) fatal("malformed object: symbol name out of range");
      return source.bytes.byteOffset + off;
    }
    const e = this.exts[this.localOf[s]!]!;
    if (e.nameLen === 0 && e.name !== undefined && e.name !== "") {
      const b = encodeUtf8(e.name);
      e.nameAt = this.arena.alloc(b.length, 1);
      e.nameLen = b.length;
      this.arena.bytes.set(b, e.nameAt);
    }
    this.nameLength = e.nameLen;
    return e.nameAt;
  }

  /** A new external symbol that no name leads to. */
  newExt(name: string | undefined, version: number): number {
    const i = this.n;
    if (this.extStart === 0) this.extStart = i;
    this.reserve(i + 1);
    this.n = i + 1;
    this.objectOf[i] = 1;
    this.localOf[i] = this.exts.length;
    this.exts.push(new ExtSym(name, version));
    return i;
  }

  /** The symbol of a name, reachable, and open to changes. */
  create(name: string, version: number): number {
    const s = this.lookupOrCreate(name, version);
    this.attr[s]! |= Attr.Reachable;
    this.update(s);
    return s;
  }

  isExternal(s: number): boolean {
    return this.objectOf[s] === 1;
  }

  /** The changeable form of a symbol: a symbol of an object is copied first, and loses its flags as in cmd/link. */
  update(s: number): ExtSym {
    if (this.objectOf[s] === 1) return this.exts[this.localOf[s]!]!;
    const o = this.objects[this.objectOf[s]!]!;
    const li = this.localOf[s]!;
    const e = new ExtSym(this.name(s), this.version(s));
    this.auxObjectOf[s] = o.index;
    this.auxLocalOf[s] = li;
    if (li < o.source.ndef) {
      this.openRelocs(s);
      const v = this.rView;
      if (this.rPos < this.rEnd) {
        const w = new ByteWriter(this.rEnd - this.rPos);
        for (let p = this.rPos; p < this.rEnd; p += relocSize) {
          const target = this.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
          const at = w.length;
          w.bytes(o.source.bytes.subarray(p, p + 15));
          w.u32(0);
          w.u32(target);
          // As in cmd/link, the copy forgets that a reference was weak.
          w.view.setUint16(at + 5, v.getUint16(p + 5, true) & 0x7fff, true);
        }
        e.relocs = w;
      }
      e.data = o.source.data(li);
      e.dataLen = e.data.length;
      e.borrowed = true;
    }
    this.objectOf[s] = 1;
    this.localOf[s] = this.exts.length;
    this.flag[s] = 0;
    this.flag2[s] = 0;
    this.exts.push(e);
    return e;
  }

  // --- facts about a symbol ---

  name(s: number): string {
    const cached = this.nameCache[s];
    if (cached !== undefined) return cached;
    const oi = this.objectOf[s]!;
    const name =
      oi === 1
        ? this.externalName(this.exts[this.localOf[s]!]!)
        : oi === 0
          ? "?"
          : this.objects[oi]!.source.symName(this.localOf[s]!);
    this.nameCache[s] = name;
    return name;
  }

  version(s: number): number {
    const oi = this.objectOf[s]!;
    if (oi === 1) return this.exts[this.localOf[s]!]!.version;
    if (oi === 0) return 0;
    return versionOfABI(this.objects[oi]!.source.symABI(this.localOf[s]!), oi);
  }

  isFileLocal(s: number): boolean {
    return this.version(s) >= Version.Static;
  }

  /** The object a symbol came from, also when it was copied; undefined for the linker's own. */
  origin(s: number): LinkObject | undefined {
    const oi = this.objectOf[s]!;
    if (oi > 1) return this.objects[oi];
    if (oi === 0) return undefined;
    const was = this.auxObjectOf[s]!;
    return was === 0 ? undefined : this.objects[was];
  }

  isFromAssembly(s: number): boolean {
    return this.origin(s)?.fromAssembly ?? false;
  }

  unit(s: number): CompilationUnit | undefined {
    return this.origin(s)?.unit;
  }

  pkg(s: number): string {
    return this.packageOverride.get(s) ?? this.origin(s)?.lib.pkg ?? "";
  }

  setPkg(s: number, pkg: string): void {
    this.packageOverride.set(s, pkg);
  }

  isText(s: number): boolean {
    return isText(this.kind[s]!);
  }

  reachable(s: number): boolean {
    return (this.attr[s]! & Attr.Reachable) !== 0;
  }

  symAlign(s: number): number {
    const a = this.align[s]!;
    return a === 0 ? 0 : 2 ** (a - 1);
  }

  setAlign(s: number, align: number): void {
    this.align[s] = align === 0 ? 0 : 32 - Math.clz32(align);
  }

  // --- contents ---

  /** How many bytes data gives. */
  dataLength(s: number): number {
    const oi = this.objectOf[s]!;
    if (oi === 1) return this.exts[this.localOf[s]!]!.dataLen;
    const src = this.objects[oi]!.source;
    const li = this.localOf[s]!;
    return li < src.ndef ? src.dataEnd(li) - src.dataStart(li) : 0;
  }

  /** The contents of a symbol, trailing zeros possibly left out. A view: do not write. */
  data(s: number): Uint8Array {
    const oi = this.objectOf[s]!;
    if (oi === 1) {
      const e = this.exts[this.localOf[s]!]!;
      return e.dataLen === e.data.length ? e.data : e.data.subarray(0, e.dataLen);
    }
    const src = this.objects[oi]!.source;
    const li = this.localOf[s]!;
    return li < src.ndef ? src.data(li) : noBytes;
  }

  /**
   * Points the cursor at the relocations of s: records of relocSize bytes in rView from rPos to rEnd, whose references
   * `resolve(rObject, …)` turns into symbols.
   */
  openRelocs(s: number): void {
    const oi = this.objectOf[s]!;
    this.rObject = this.objects[oi]!;
    if (oi > 1) {
      const src = this.rObject.source;
      const li = this.localOf[s]!;
      this.rView = src.view;
      if (li < src.ndef) {
        this.rPos = src.relocStart(li);
        this.rEnd = src.relocEnd(li);
        return;
      }
    } else if (oi === 1) {
      const e = this.exts[this.localOf[s]!]!;
      if (e.relocsAt !== 0) {
        this.rView = this.arena.view;
        this.rPos = e.relocsAt;
        this.rEnd = e.relocsAt + e.relocCount * relocSize;
        return;
      }
      const w = e.relocs;
      if (w !== null) {
        this.rView = w.view;
        this.rPos = 0;
        this.rEnd = w.length;
        return;
      }
    }
    this.rPos = 0;
    this.rEnd = 0;
  }

  /** The symbol that a reference of an object means; 0 for none. */
  resolve(o: LinkObject, pkg: number, sym: number): number {
    let list = o;
    let i = sym;
    switch (pkg) {
      case PkgIdx.None:
        i += o.nonpkgStart;
        break;
      case PkgIdx.Hashed64:
        i += o.hashed64Start;
        break;
      case PkgIdx.Hashed:
        i += o.hashedStart;
        break;
      case PkgIdx.Self:
        break;
      case PkgIdx.Builtin:
        return this.builtin(o, sym);
      case 0:
        if (o.index === 1) return sym;
        if (sym !== 0) fatal(`${o.lib.pkg}: malformed object: bad symbol reference`);
        return 0;
      default: {
        if (pkg >= o.pkgs.length) fatal(`${o.lib.pkg}: malformed object: bad package reference`);
        list = this.objects[o.pkgs[pkg]!]!;
      }
    }
    const s = list.syms[i];
    if (s === undefined) fatal(`${o.lib.pkg}: malformed object: symbol reference out of range`);
    return s;
  }

  private builtin(o: LinkObject, i: number): number {
    const s = this.builtins[i];
    if (s === undefined) fatal(`${o.lib.pkg}: malformed object: bad builtin reference`);
    if (s === 0) fatal(`reference to undefined builtin "${this.builtinName(i)}" from package "${o.lib.pkg}"`);
    return s;
  }

  /** Set by the loading of symbols. */
  builtinName: (i: number) => string = () => "?";

  /** The first auxiliary symbol of a type, or 0. */
  aux(s: number, type: AuxType): number {
    const a = this.auxRange(s);
    if (a === null) return 0;
    const src = a.source;
    for (let p = this.aPos; p < this.aEnd; p += auxSize) {
      if (src.bytes[p] === type)
        return this.resolve(a, src.view.getUint32(p + 1, true), src.view.getUint32(p + 5, true));
    }
    return 0;
  }

  // The aux cursor: see auxRange.
  aPos = 0;
  aEnd = 0;

  /** Points aPos and aEnd at the aux records of s in the returned object; null when it has none. */
  auxRange(s: number): LinkObject | null {
    let oi = this.objectOf[s]!;
    let li = this.localOf[s]!;
    if (oi === 1) {
      oi = this.auxObjectOf[s]!;
      li = this.auxLocalOf[s]!;
    }
    if (oi < 2) return null;
    const o = this.objects[oi]!;
    if (li >= o.source.ndef) return null;
    this.aPos = o.source.auxStart(li);
    this.aEnd = o.source.auxEnd(li);
    return this.aPos < this.aEnd ? o : null;
  }

  // --- building external symbols ---

  private writable(e: ExtSym, n: number): void {
    if (n > e.data.length || e.borrowed) {
      const bigger = new Uint8Array(n > e.data.length ? Math.max(n, e.data.length * 2, 16) : e.data.length);
      bigger.set(e.data.subarray(0, e.dataLen));
      e.data = bigger;
      e.borrowed = false;
    }
    if (n > e.dataLen) e.dataLen = n;
  }

  /** Makes s empty: no contents, size 0. */
  clearData(s: number): void {
    const e = this.update(s);
    e.data = noBytes;
    e.dataLen = 0;
    e.borrowed = false;
    this.size[s] = 0;
  }

  resetRelocs(s: number): void {
    this.update(s).relocs = null;
  }

  setBytes(s: number, b: Uint8Array): void {
    const e = this.update(s);
    e.data = b;
    e.dataLen = b.length;
    e.borrowed = true;
    this.size[s] = b.length;
  }

  /** Makes the contents n bytes long at least. */
  grow(s: number, n: number): void {
    this.writable(this.update(s), n);
  }

  /** Appends the low `width` bytes of v, a safe integer. */
  addUint(s: number, v: number, width: number): void {
    const off = this.size[s]!;
    this.size[s] = off + width;
    this.setUint(s, off, v, width);
  }

  setUint(s: number, off: number, v: number, width: number): void {
    const e = this.update(s);
    if (this.kind[s] === Kind.Sxxx) this.kind[s] = Kind.SDATA;
    if (this.size[s]! < off + width) this.size[s] = off + width;
    this.writable(e, off + width);
    let x = v;
    for (let i = 0; i < width; i++) {
      e.data[off + i] = x % 256;
      x = Math.floor(x / 256);
    }
  }

  /** Appends text and a zero byte; returns where it begins. */
  addString(s: number, text: string): number {
    const b = encodeUtf8(text);
    const off = this.size[s]!;
    const e = this.update(s);
    this.writable(e, off + b.length + 1);
    e.data.set(b, off);
    e.data[off + b.length] = 0;
    this.size[s] = off + b.length + 1;
    return off;
  }

  addReloc(s: number, off: number, size: number, type: RelocType, add: number, target: number): void {
    const e = this.update(s);
    e.relocs ??= new ByteWriter(relocSize * 4);
    const w = e.relocs;
    w.u32(off);
    w.u8(size);
    w.u16(type);
    w.i64(add);
    w.u32(0);
    w.u32(target);
  }

  /** Appends a field of `width` bytes for the address of target. */
  addAddr(s: number, target: number, add: number, type: RelocType, width: number): void {
    const off = this.size[s]!;
    this.addUint(s, 0, width);
    this.addReloc(s, off, width, type, add, target);
  }

  /** A symbol whose contents are written when the output is. */
  createGenerated(name: string, kind: Kind, size: number, generate: Generator): number {
    const s = this.lookupOrCreate(name, Version.ABI0);
    this.update(s);
    this.kind[s] = kind;
    this.size[s] = size;
    this.generators.set(s, generate);
    return s;
  }

  error(s: number, message: string): void {
    const name = s === 0 ? "" : this.name(s);
    this.reporter.error(name === "" ? `sym ${s}: ${message}` : `${name}: ${message}`);
  }
}

/** The version of a name with this ABI field; names private to object oi get a version of their own. */
export function versionOfABI(abi: number, oi: number): number {
  if (abi === 0xffff) return Version.Static + oi;
  if (abi > 1) fatal(`invalid symbol ABI: ${abi}`);
  return abi;
}
