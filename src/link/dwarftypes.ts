// Debugging entries of types, made from the runtime's type descriptors (cmd/link/internal/ld/dwarf.go defgotype and on).
//
// Objects refer to types by name ("go:info.T"); the entries themselves are the linker's. Strings, slices, maps and
// channels look like the runtime's own structures, with element types put in place of unsafe pointers. Names are not
// decoded: they are copied from where the objects have them.

import { encodeUtf8 } from "#base";
import { DwAte, DwarfAbbrev } from "#formats";
import type { Arena } from "./arena.ts";
import { GoKind, TypeDecoder } from "./decodetype.ts";
import { exitf, fatal } from "./errors.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, type Loader, Version } from "./loader.ts";
import { TypeDie } from "./typedie.ts";

/** Structures of the runtime after which strings, slices, maps and channels are modelled. */
const prototypes = [
  "runtime.stringStructDWARF",
  "runtime.slice",
  "runtime.sudog",
  "runtime.waitq",
  "runtime.hchan",
  "internal/runtime/maps.Map",
  "internal/runtime/maps.table",
  "internal/runtime/maps.groupsReference",
] as const;

/** Descriptors that the debugger's support for interfaces reads. */
const abiTypes = [
  "Type",
  "ArrayType",
  "ChanType",
  "FuncType",
  "MapType",
  "PtrType",
  "SliceType",
  "StructType",
  "InterfaceType",
  "ITab",
  "Imethod",
];

const infoPrefix = "go:info.";
const typePrefix = "type:";

/** Prefixes of type expressions that are no names. */
const unnamed = ["map[", "struct {", "noalg.struct {", "chan "];

export class DwarfTypes {
  /** Entries at the top level, in the order they were made. */
  readonly dies: TypeDie[] = [];
  private readonly ldr: Loader;
  private readonly arena: Arena;
  private readonly types: TypeDecoder;
  /** Symbols of names that entries have. */
  private readonly named = new Set<number>();
  /** Descriptor that an entry's symbol is for, and back (symbols of objects). */
  private readonly typeOf = new Map<number, number>();
  private readonly entryOf: Int32Array;
  private readonly prototypeDies = new Map<string, TypeDie | null>();
  /** Symbols of the names of structures that are models. */
  private readonly prototypeNames = new Map<number, string>();
  private readonly infoBytes = encodeUtf8(infoPrefix);
  private readonly typeBytes = encodeUtf8(typePrefix);
  private readonly uintptr: number;
  private readonly eface: number;
  private readonly iface: number;
  private readonly unspecified: number;
  // Names of parts that have none of their own.
  private readonly rangeName: number;
  private readonly dotsName: number;

  constructor(ctxt: Link) {
    this.ldr = ctxt.loader;
    this.arena = this.ldr.arena;
    this.types = new TypeDecoder(this.ldr);
    this.entryOf = new Int32Array(this.ldr.n);
    this.eface = this.descriptor("runtime.eface");
    this.iface = this.descriptor("runtime.iface");
    this.rangeName = this.text("range");
    this.dotsName = this.text("...");
    this.unspecified = this.addText(DwarfAbbrev.NULLTYPE, "<unspecified>").sym;
    const pointer = this.builtin(DwarfAbbrev.BARE_PTRTYPE, "unsafe.Pointer");
    pointer.runtimeType = this.descriptor("unsafe.Pointer");
    const uintptr = this.builtin(DwarfAbbrev.BASETYPE, "uintptr");
    uintptr.encoding = DwAte.unsigned;
    uintptr.byteSize = 8;
    uintptr.kind = GoKind.Uintptr;
    uintptr.runtimeType = this.descriptor("uintptr");
    this.uintptr = uintptr.sym;
    for (const p of prototypes) {
      this.prototypeDies.set(p, null);
      this.prototypeNames.set(this.descriptor(p), p);
    }
    for (const t of abiTypes) this.define(this.descriptor(`internal/abi.${t}`));
  }

  private descriptor(name: string): number {
    const s = this.ldr.lookup(`type:${name}`, Version.ABI0);
    if (s === 0) exitf(`dwarf: missing type: type:${name}`);
    if (this.ldr.dataLength(s) === 0) exitf(`dwarf: missing type (no data): type:${name}`);
    return s;
  }

  private builtin(abbrev: DwarfAbbrev, name: string): TypeDie {
    const die = this.addText(abbrev, name);
    const type = this.descriptor(name);
    this.typeOf.set(die.sym, type);
    this.entryOf[type] = die.sym;
    return die;
  }

  // --- names ---

  /** A text in the arena. */
  private text(text: string): number {
    const b = encodeUtf8(text);
    const at = this.arena.alloc(b.length, 1);
    this.arena.bytes.set(b, at);
    return at;
  }

  private nameEquals(die: TypeDie, text: string): boolean {
    if (die.nameLen !== text.length) return false;
    return this.startsWith(die.nameAt, die.nameLen, text);
  }

  private startsWith(at: number, len: number, text: string): boolean {
    if (len < text.length) return false;
    const { bytes } = this.arena;
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** The symbol of a prefix and a name that lies in the arena; made if need be. 0 if there is none and none is wanted. */
  private prefixed(prefix: Uint8Array, star: boolean, at: number, len: number, make: boolean): number {
    const { arena, ldr } = this;
    const mark = arena.mark();
    const extra = prefix.length + (star ? 1 : 0);
    const to = arena.alloc(extra + len, 1);
    const { bytes } = arena;
    for (let i = 0; i < prefix.length; i++) bytes[to + i] = prefix[i]!;
    if (star) bytes[to + extra - 1] = 0x2a;
    bytes.copyWithin(to + extra, at, at + len);
    const s = arena.call.nameFind(ldr.names[0].address, to, extra + len);
    if (s !== 0 || !make) {
      arena.release(mark);
      return s;
    }
    return ldr.newNamed(to, extra + len);
  }

  /** The symbol that entries of this name go by. */
  infoSymbol(name: string, kind: Kind): number {
    return this.becomeInfo(this.ldr.lookupOrCreate(infoPrefix + name, Version.ABI0), kind);
  }

  private becomeInfo(s: number, kind: Kind): number {
    const { ldr } = this;
    ldr.update(s);
    ldr.kind[s] = kind;
    ldr.attr[s]! |= Attr.NotInSymbolTable | Attr.Reachable;
    return s;
  }

  /** A new entry at the top level, under the name that its symbol has after "go:info.". */
  private add(abbrev: DwarfAbbrev, sym: number): TypeDie {
    const { ldr } = this;
    this.becomeInfo(sym, Kind.SDWARFTYPE);
    const at = ldr.nameAddress(sym);
    const die = new TypeDie(abbrev, at + infoPrefix.length, ldr.nameLength - infoPrefix.length);
    this.dies.push(die);
    die.sym = sym;
    this.named.add(sym);
    return die;
  }

  private addText(abbrev: DwarfAbbrev, name: string): TypeDie {
    return this.add(abbrev, this.ldr.lookupOrCreate(infoPrefix + name, Version.ABI0));
  }

  /** A type name of its own for a structure: references to it go to the name. */
  private typedef(sym: number, def: TypeDie): TypeDie | null {
    const { ldr } = this;
    const { nameAt, nameLen } = def;
    const c = this.arena.bytes[nameAt]!;
    if (nameLen > 0 && (c === 0x5b || c === 0x2a)) return null;
    for (const p of unnamed) if (this.startsWith(nameAt, nameLen, p)) return null;
    const s = ldr.newExt("", Version.ABI0);
    ldr.kind[s] = Kind.SDWARFTYPE;
    ldr.attr[s]! |= Attr.NotInSymbolTable | Attr.Reachable;
    def.sym = s;
    const die = this.add(DwarfAbbrev.TYPEDECL, sym);
    die.type = s;
    return die;
  }

  // --- definitions ---

  /** Makes the entry that an object's reference ("go:info.T") asks for. */
  defineNamed(infoSym: number): void {
    if (this.typeOf.has(infoSym)) return;
    const at = this.ldr.nameAddress(infoSym) + infoPrefix.length;
    this.define(this.prefixed(this.typeBytes, false, at, this.ldr.nameLength - infoPrefix.length, false));
  }

  /** The symbol of the entry for a type descriptor, made if need be. */
  define(type: number): number {
    if (type === 0) return this.unspecified;
    const known = this.entryOf[type] ?? 0;
    if (known !== 0) return known;
    const at = this.ldr.nameAddress(type);
    const len = this.ldr.nameLength;
    if (!this.startsWith(at, len, typePrefix)) {
      this.ldr.error(type, 'dwarf: type name doesn\'t start with "type:"');
      return this.unspecified;
    }
    const sym = this.prefixed(this.infoBytes, false, at + typePrefix.length, len - typePrefix.length, true);
    if (this.named.has(sym)) return sym;
    const s = this.make(type, sym);
    this.entryOf[type] = s;
    return s;
  }

  /** Makes the entry of a type whose name's symbol is sym; the symbol that references go to. */
  private make(type: number, sym: number): number {
    const { ldr, types } = this;
    if (ldr.dataLength(type) === 0) ldr.error(type, "missing type");
    const kind = types.kind(type);
    const size = types.size(type);
    let die: TypeDie;
    let typedef: TypeDie | null = null;
    switch (kind) {
      case GoKind.Bool:
        die = this.basic(sym, DwAte.boolean, size);
        break;
      case GoKind.Int:
      case GoKind.Int8:
      case GoKind.Int16:
      case GoKind.Int32:
      case GoKind.Int64:
        die = this.basic(sym, DwAte.signed, size);
        break;
      case GoKind.Uint:
      case GoKind.Uint8:
      case GoKind.Uint16:
      case GoKind.Uint32:
      case GoKind.Uint64:
      case GoKind.Uintptr:
        die = this.basic(sym, DwAte.unsigned, size);
        break;
      case GoKind.Float32:
      case GoKind.Float64:
        die = this.basic(sym, DwAte.float, size);
        break;
      case GoKind.Complex64:
      case GoKind.Complex128:
        die = this.basic(sym, DwAte.complex_float, size);
        break;
      case GoKind.Array: {
        die = this.add(DwarfAbbrev.ARRAYTYPE, sym);
        typedef = this.typedef(sym, die);
        die.byteSize = size;
        die.type = this.define(types.elem(type));
        const range = new TypeDie(DwarfAbbrev.ARRAYRANGE, this.rangeName, 5);
        range.count = types.arrayLen(type);
        range.type = this.uintptr;
        die.add(range);
        break;
      }
      case GoKind.Chan: {
        die = this.add(DwarfAbbrev.CHANTYPE, sym);
        const elem = types.elem(type);
        die.elem = this.define(elem);
        // For now the element's descriptor; replaced when the channel's structure is made.
        die.type = elem;
        break;
      }
      case GoKind.Func:
        die = this.add(DwarfAbbrev.FUNCTYPE, sym);
        die.byteSize = size;
        typedef = this.typedef(sym, die);
        this.parameters(die, type);
        break;
      case GoKind.Interface:
        die = this.add(DwarfAbbrev.IFACETYPE, sym);
        typedef = this.typedef(sym, die);
        die.type = this.define(types.ifaceMethodCount(type) === 0 ? this.eface : this.iface);
        break;
      case GoKind.Map:
        die = this.add(DwarfAbbrev.MAPTYPE, sym);
        die.key = this.define(types.mapKey(type));
        die.elem = this.define(types.mapValue(type));
        die.type = type;
        break;
      case GoKind.Pointer:
        die = this.add(DwarfAbbrev.PTRTYPE, sym);
        typedef = this.typedef(sym, die);
        die.type = this.define(types.elem(type));
        break;
      case GoKind.Slice:
        die = this.add(DwarfAbbrev.SLICETYPE, sym);
        typedef = this.typedef(sym, die);
        die.byteSize = size;
        die.elem = this.define(types.elem(type));
        break;
      case GoKind.String:
        die = this.add(DwarfAbbrev.STRINGTYPE, sym);
        die.byteSize = size;
        break;
      case GoKind.Struct:
        die = this.add(DwarfAbbrev.STRUCTTYPE, sym);
        typedef = this.typedef(sym, die);
        die.byteSize = size;
        this.fields(die, type);
        break;
      case GoKind.UnsafePointer:
        die = this.add(DwarfAbbrev.BARE_PTRTYPE, sym);
        break;
      default:
        ldr.error(type, `dwarf: definition of unknown kind ${kind}`);
        die = this.add(DwarfAbbrev.TYPEDECL, sym);
        die.type = this.unspecified;
    }
    die.kind = kind;
    if (ldr.reachable(type)) die.runtimeType = type;
    const s = typedef === null ? die.sym : typedef.sym;
    this.typeOf.set(s, type);
    const prototype = this.prototypeNames.get(type);
    if (prototype !== undefined) this.prototypeDies.set(prototype, die);
    return s;
  }

  private basic(sym: number, encoding: DwAte, size: number): TypeDie {
    const d = this.add(DwarfAbbrev.BASETYPE, sym);
    d.encoding = encoding;
    d.byteSize = size;
    return d;
  }

  private parameters(die: TypeDie, type: number): void {
    const { types } = this;
    const nin = types.funcInCount(type);
    const nout = types.funcOutCount(type);
    const first = types.firstParam(type);
    for (let i = 0; i < nin; i++) {
      const p = new TypeDie(DwarfAbbrev.FUNCTYPEPARAM, 0, 0);
      die.add(p);
      p.type = this.define(types.target(type, first + 8 * i));
    }
    if (types.funcDotdotdot(type)) die.add(new TypeDie(DwarfAbbrev.DOTDOTDOT, this.dotsName, 3));
    for (let i = 0; i < nout; i++) {
      const p = new TypeDie(DwarfAbbrev.FUNCTYPEOUTPARAM, 0, 0);
      die.add(p);
      p.result = 1;
      p.type = this.define(types.target(type, first + 8 * (nin + i)));
    }
  }

  private fields(die: TypeDie, type: number): void {
    const { types, ldr } = this;
    const n = types.fieldCount(type);
    for (let i = 0; i < n; i++) {
      const t = types.fieldType(type, i);
      let at = types.fieldNameAddress(type, i);
      let len = types.nameLength;
      const embedded = types.nameEmbedded;
      if (len === 0) {
        at = ldr.nameAddress(t) + typePrefix.length;
        len = ldr.nameLength - typePrefix.length;
      }
      const f = new TypeDie(DwarfAbbrev.STRUCTFIELD, at, len);
      die.add(f);
      f.type = this.define(t);
      // As in cmd/link, offsets are cut to 32 bits.
      f.location = types.fieldOffset(type, i) | 0;
      if (embedded) f.embedded = 1;
    }
  }

  // --- what strings, slices, maps and channels are made of ---

  /** The entry for a pointer to what another entry describes. */
  private pointerTo(entry: number): number {
    const { ldr } = this;
    const at = ldr.nameAddress(entry) + infoPrefix.length;
    const len = ldr.nameLength - infoPrefix.length;
    const sym = this.prefixed(this.infoBytes, true, at, len, true);
    if (this.named.has(sym)) return sym;
    const die = this.add(DwarfAbbrev.PTRTYPE, sym);
    die.type = entry;
    const type = this.prefixed(this.typeBytes, true, at, len, false);
    if (type !== 0) {
      if (ldr.reachable(type)) {
        die.kind = GoKind.Pointer;
        die.runtimeType = type;
      }
      this.typeOf.set(die.sym, type);
      this.entryOf[type] = die.sym;
    }
    return die.sym;
  }

  private prototype(name: (typeof prototypes)[number]): TypeDie {
    if (this.prototypeDies.get(name) === null) this.define(this.descriptor(name));
    const die = this.prototypeDies.get(name);
    if (die === null || die === undefined) fatal(`internal error: DIE generation failed for type:${name}`);
    return die;
  }

  private copyChildren(to: TypeDie, from: TypeDie): void {
    for (const c of from.children) {
      const copy = c.copy();
      to.add(copy);
      this.copyChildren(copy, c);
    }
  }

  private substitute(die: TypeDie, field: string, entry: number): void {
    const child = die.children.find((c) => this.nameEquals(c, field));
    if (child === undefined) exitf(`dwarf substitutetype: ${this.ldr.name(die.sym)} does not have member ${field}`);
    child.type = entry;
  }

  /** The structure behind strings, slices, maps and channels, newest type first as cmd/link goes about it. */
  synthesize(): void {
    this.synthesizeStrings();
    this.synthesizeSlices();
    this.synthesizeMaps();
    this.synthesizeChans();
  }

  /** The entries of an abbreviation that there are now, newest first. */
  private snapshot(abbrev: DwarfAbbrev, top: number): TypeDie[] {
    const out: TypeDie[] = [];
    for (let i = top - 1; i >= 0; i--) if (this.dies[i]!.abbrev === abbrev) out.push(this.dies[i]!);
    return out;
  }

  private synthesizeStrings(): void {
    const top = this.dies.length;
    const proto = this.prototype("runtime.stringStructDWARF");
    for (const die of this.snapshot(DwarfAbbrev.STRINGTYPE, top)) this.copyChildren(die, proto);
  }

  private synthesizeSlices(): void {
    const top = this.dies.length;
    const proto = this.prototype("runtime.slice");
    for (const die of this.snapshot(DwarfAbbrev.SLICETYPE, top)) {
      this.copyChildren(die, proto);
      this.substitute(die, "array", this.pointerTo(die.elem));
    }
  }

  /** The entry that stands for the type of another: the typedef leads to the descriptor, and that to its entry. */
  private canonical(entry: number): number {
    const type = this.typeOf.get(entry);
    const e = type === undefined ? 0 : (this.entryOf[type] ?? 0);
    if (e === 0) {
      this.ldr.error(entry, `internal error: no entry for sym ${entry} in rtmap`);
      return entry;
    }
    return e;
  }

  private nameOf(entry: number): string {
    return this.ldr.name(entry).slice(infoPrefix.length);
  }

  /** An entry for a structure that no Go type has; made once by its name. */
  private internal(name: string, fill: (die: TypeDie) => void): number {
    const s = this.ldr.lookup(infoPrefix + name, Version.ABI0);
    if (s !== 0 && this.ldr.kind[s] === Kind.SDWARFTYPE) return s;
    const die = this.addText(DwarfAbbrev.STRUCTTYPE, name);
    fill(die);
    return die.sym;
  }

  private synthesizeMaps(): void {
    const { types } = this;
    const top = this.dies.length;
    const map = this.prototype("internal/runtime/maps.Map");
    const table = this.prototype("internal/runtime/maps.table");
    const groups = this.prototype("internal/runtime/maps.groupsReference");
    const like = (proto: TypeDie, die: TypeDie): void => {
      die.byteSize = proto.byteSize;
      die.kind = GoKind.Struct;
    };
    for (const die of this.snapshot(DwarfAbbrev.MAPTYPE, top)) {
      const { type } = die;
      const key = this.canonical(this.define(types.mapKey(type)));
      const value = this.canonical(this.define(types.mapValue(type)));
      const group = this.canonical(this.define(types.mapGroup(type)));
      const args = `<${this.nameOf(key)}${this.nameOf(value) === "" ? "" : `,${this.nameOf(value)}`}>`;
      const dwGroups = this.internal(`groupReference${args}`, (d) => {
        this.copyChildren(d, groups);
        this.substitute(d, "data", this.pointerTo(group));
        like(groups, d);
      });
      const dwTable = this.internal(`table${args}`, (d) => {
        this.copyChildren(d, table);
        this.substitute(d, "groups", dwGroups);
        like(table, d);
      });
      const dwMap = this.internal(`map${args}`, (d) => {
        this.copyChildren(d, map);
        this.substitute(d, "dirPtr", this.pointerTo(this.pointerTo(dwTable)));
        like(map, d);
      });
      die.type = this.pointerTo(dwMap);
    }
  }

  private synthesizeChans(): void {
    const top = this.dies.length;
    const sudog = this.prototype("runtime.sudog");
    const waitq = this.prototype("runtime.waitq");
    const hchan = this.prototype("runtime.hchan");
    for (const die of this.snapshot(DwarfAbbrev.CHANTYPE, top)) {
      const name = this.ldr.name(die.type).slice(typePrefix.length);
      const elem = this.canonical(this.define(this.descriptor(name)));
      const dwSudog = this.internal(`sudog<${name}>`, (d) => {
        this.copyChildren(d, sudog);
        this.substitute(d, "elem", this.pointerTo(elem));
        d.byteSize = sudog.byteSize;
      });
      const dwWaitq = this.internal(`waitq<${name}>`, (d) => {
        this.copyChildren(d, waitq);
        this.substitute(d, "first", this.pointerTo(dwSudog));
        this.substitute(d, "last", this.pointerTo(dwSudog));
        d.byteSize = waitq.byteSize;
      });
      const dwHchan = this.internal(`hchan<${name}>`, (d) => {
        this.copyChildren(d, hchan);
        this.substitute(d, "recvq", dwWaitq);
        this.substitute(d, "sendq", dwWaitq);
        d.byteSize = hchan.byteSize;
      });
      die.type = this.pointerTo(dwHchan);
    }
  }
}
