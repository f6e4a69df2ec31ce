// Debugging entries of types, made from the runtime's type descriptors (cmd/link/internal/ld/dwarf.go defgotype and on).
//
// Objects refer to types by name ("go:info.T"); the entries themselves are the linker's. Strings, slices, maps and
// channels look like the runtime's own structures, with element types put in place of unsafe pointers.

import type { ByteWriter } from "#base";
import { DwAt, DwAte, DwarfAbbrev, DwForm, dwarfAbbrevs, RelocType } from "#formats";
import { writeText } from "./ascii.ts";
import { GoKind, TypeDecoder } from "./decodetype.ts";
import { exitf, fatal } from "./errors.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, type Loader, Version } from "./loader.ts";

/** What an attribute holds besides a number: a string, or the symbol it refers to. */
type AttrData = string | number | null;

/** Unsigned LEB128 of a 64-bit word; negative numbers in two's complement. */
export function uleb64(w: ByteWriter, v: number): void {
  if (v >= 0) {
    w.uvarint(v);
    return;
  }
  let x = BigInt.asUintN(64, BigInt(v));
  for (; x >= 128n; x >>= 7n) w.u8(Number(x & 127n) | 128);
  w.u8(Number(x));
}

const noChildren: Die[] = [];

/** A debugging entry under construction. */
export class Die {
  children = noChildren;
  /** Attribute, value, data, again and again. */
  private readonly attrs: (DwAt | AttrData)[];
  /** Symbol that others refer to; 0 for entries that nobody refers to. */
  sym = 0;

  constructor(
    readonly abbrev: DwarfAbbrev,
    readonly name: string,
  ) {
    this.attrs = [DwAt.name, 0, name];
  }

  add(child: Die): void {
    if (this.children === noChildren) this.children = [child];
    else this.children.push(child);
  }

  private find(attr: DwAt): number {
    const { attrs } = this;
    for (let i = 0; i < attrs.length; i += 3) if (attrs[i] === attr) return i;
    return -1;
  }

  set(attr: DwAt, value: number, data: AttrData): void {
    const i = this.find(attr);
    if (i < 0) this.attrs.push(attr, value, data);
    else {
      this.attrs[i + 1] = value;
      this.attrs[i + 2] = data;
    }
  }

  /** A reference to another entry or symbol; 0 refers to nothing and is left out. */
  ref(attr: DwAt, sym: number): void {
    if (sym !== 0) this.set(attr, 0, sym);
  }

  value(attr: DwAt): number {
    const i = this.find(attr);
    return i < 0 ? 0 : (this.attrs[i + 1] as number);
  }

  refOf(attr: DwAt): number {
    const i = this.find(attr);
    const d = i < 0 ? 0 : this.attrs[i + 2]!;
    return typeof d === "number" ? d : 0;
  }

  /** Takes over all attributes of another entry. */
  copyAttrs(from: Die): void {
    const a = from.attrs;
    for (let i = 0; i < a.length; i += 3) this.set(a[i] as DwAt, a[i + 1] as number, a[i + 2] as AttrData);
  }

  /** Writes the attributes in the order that the abbreviation wants. Fields for addresses become relocations. */
  write(w: ByteWriter, addReloc: (off: number, size: number, type: RelocType, add: number, sym: number) => void): void {
    w.uvarint(this.abbrev);
    const shape = dwarfAbbrevs[this.abbrev - 1]!;
    for (let k = 2; k < shape.length; k += 2) {
      const i = this.find(shape[k]! as DwAt);
      const value = i < 0 ? 0 : (this.attrs[i + 1] as number);
      const data = i < 0 ? null : (this.attrs[i + 2] as AttrData);
      switch (shape[k + 1]! as DwForm) {
        case DwForm.string:
          writeText(w, data as string);
          w.u8(0);
          break;
        case DwForm.data1:
          w.u8(value);
          break;
        case DwForm.flag:
          w.u8(value !== 0 ? 1 : 0);
          break;
        case DwForm.udata:
          uleb64(w, value);
          break;
        case DwForm.addr:
          if (data !== null) {
            const runtimeType = shape[k] === DwAt.go_runtime_type;
            addReloc(w.length, 8, runtimeType ? RelocType.R_ADDROFF : RelocType.R_ADDR, value, data as number);
          }
          w.zeros(8);
          break;
        case DwForm.ref_addr:
        case DwForm.sec_offset:
          // A reference to nothing takes no room, as in cmd/link.
          if (data === null) break;
          addReloc(w.length, 4, RelocType.R_DWARFSECREF, value, data as number);
          w.u32(0);
          break;
        default:
          fatal(`dwarf: unsupported attribute form ${shape[k + 1]}`);
      }
    }
  }

  get hasChildren(): boolean {
    return dwarfAbbrevs[this.abbrev - 1]![1] === 1;
  }
}

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

/** Prefixes of type expressions that are no names. */
const unnamed = ["map[", "struct {", "noalg.struct {", "chan "];

export class DwarfTypes {
  /** Entries at the top level, in the order they were made. */
  readonly dies: Die[] = [];
  private readonly ldr: Loader;
  private readonly types: TypeDecoder;
  /** Symbol of the entry with a name. */
  private readonly byName = new Map<string, number>();
  /** Descriptor that an entry's symbol is for, and back. */
  private readonly typeOf = new Map<number, number>();
  private readonly entryOf = new Map<number, number>();
  private readonly prototypeDies = new Map<string, Die | null>();
  private readonly uintptr: number;
  private readonly eface: number;
  private readonly iface: number;
  private readonly unspecified: number;

  constructor(ctxt: Link) {
    this.ldr = ctxt.loader;
    this.types = new TypeDecoder(this.ldr);
    this.eface = this.descriptor("runtime.eface");
    this.iface = this.descriptor("runtime.iface");
    this.unspecified = this.add(DwarfAbbrev.NULLTYPE, "<unspecified>").sym;
    const pointer = this.builtin(DwarfAbbrev.BARE_PTRTYPE, "unsafe.Pointer");
    pointer.set(DwAt.go_runtime_type, 0, this.descriptor("unsafe.Pointer"));
    const uintptr = this.builtin(DwarfAbbrev.BASETYPE, "uintptr");
    uintptr.set(DwAt.encoding, DwAte.unsigned, null);
    uintptr.set(DwAt.byte_size, 8, null);
    uintptr.set(DwAt.go_kind, GoKind.Uintptr, null);
    uintptr.set(DwAt.go_runtime_type, 0, this.descriptor("uintptr"));
    this.uintptr = uintptr.sym;
    for (const p of prototypes) this.prototypeDies.set(p, null);
    for (const t of abiTypes) this.define(this.descriptor(`internal/abi.${t}`));
  }

  private descriptor(name: string): number {
    const s = this.ldr.lookup(`type:${name}`, Version.ABI0);
    if (s === 0) exitf(`dwarf: missing type: type:${name}`);
    if (this.ldr.data(s).length === 0) exitf(`dwarf: missing type (no data): type:${name}`);
    return s;
  }

  private builtin(abbrev: DwarfAbbrev, name: string): Die {
    const die = this.add(abbrev, name);
    const type = this.descriptor(name);
    this.typeOf.set(die.sym, type);
    this.entryOf.set(type, die.sym);
    return die;
  }

  /** A new entry at the top level, under its name. */
  private add(abbrev: DwarfAbbrev, name: string): Die {
    const die = new Die(abbrev, name);
    this.dies.push(die);
    die.sym = this.infoSymbol(name, Kind.SDWARFTYPE);
    this.byName.set(name, die.sym);
    return die;
  }

  /** The symbol that entries of this name go by. */
  infoSymbol(name: string, kind: Kind): number {
    const { ldr } = this;
    const s = ldr.lookupOrCreate(infoPrefix + name, Version.ABI0);
    ldr.update(s);
    ldr.kind[s] = kind;
    ldr.attr[s]! |= Attr.NotInSymbolTable | Attr.Reachable;
    return s;
  }

  /** A type name of its own for a structure: references to it go to the name. */
  private named(name: string, def: Die): Die | null {
    if (name[0] === "[" || name[0] === "*") return null;
    for (const p of unnamed) if (name.startsWith(p)) return null;
    const { ldr } = this;
    const s = ldr.newExt("", Version.ABI0);
    ldr.kind[s] = Kind.SDWARFTYPE;
    ldr.attr[s]! |= Attr.NotInSymbolTable | Attr.Reachable;
    def.sym = s;
    const die = this.add(DwarfAbbrev.TYPEDECL, name);
    die.ref(DwAt.type, s);
    return die;
  }

  /** Whether s is the symbol of an entry made here. */
  isEntry(s: number): boolean {
    return this.typeOf.has(s);
  }

  /** Makes the entry that an object's reference ("go:info.T") asks for. */
  defineNamed(infoSym: number): void {
    if (this.typeOf.has(infoSym)) return;
    const name = this.ldr.name(infoSym).slice(infoPrefix.length);
    this.define(this.ldr.lookup(`type:${name}`, Version.ABI0));
  }

  /** The symbol of the entry for a type descriptor, made if need be. */
  define(type: number): number {
    if (type === 0) return this.unspecified;
    const known = this.entryOf.get(type);
    if (known !== undefined) return known;
    const sn = this.ldr.name(type);
    if (!sn.startsWith("type:")) {
      this.ldr.error(type, 'dwarf: type name doesn\'t start with "type:"');
      return this.unspecified;
    }
    const name = sn.slice(5);
    const byName = this.byName.get(name);
    if (byName !== undefined) return byName;
    const s = this.make(type, name);
    this.entryOf.set(type, s);
    return s;
  }

  private make(type: number, name: string): number {
    const { ldr, types } = this;
    if (ldr.data(type).length === 0) ldr.error(type, "missing type");
    const kind = types.kind(type);
    const size = types.size(type);
    let die: Die;
    let typedef: Die | null = null;
    const basic = (encoding: DwAte): Die => {
      const d = this.add(DwarfAbbrev.BASETYPE, name);
      d.set(DwAt.encoding, encoding, null);
      d.set(DwAt.byte_size, size, null);
      return d;
    };
    switch (kind) {
      case GoKind.Bool:
        die = basic(DwAte.boolean);
        break;
      case GoKind.Int:
      case GoKind.Int8:
      case GoKind.Int16:
      case GoKind.Int32:
      case GoKind.Int64:
        die = basic(DwAte.signed);
        break;
      case GoKind.Uint:
      case GoKind.Uint8:
      case GoKind.Uint16:
      case GoKind.Uint32:
      case GoKind.Uint64:
      case GoKind.Uintptr:
        die = basic(DwAte.unsigned);
        break;
      case GoKind.Float32:
      case GoKind.Float64:
        die = basic(DwAte.float);
        break;
      case GoKind.Complex64:
      case GoKind.Complex128:
        die = basic(DwAte.complex_float);
        break;
      case GoKind.Array: {
        die = this.add(DwarfAbbrev.ARRAYTYPE, name);
        typedef = this.named(name, die);
        die.set(DwAt.byte_size, size, null);
        die.ref(DwAt.type, this.define(types.elem(type)));
        const range = new Die(DwarfAbbrev.ARRAYRANGE, "range");
        range.set(DwAt.count, types.arrayLen(type), null);
        range.ref(DwAt.type, this.uintptr);
        die.add(range);
        break;
      }
      case GoKind.Chan: {
        die = this.add(DwarfAbbrev.CHANTYPE, name);
        const elem = types.elem(type);
        die.ref(DwAt.go_elem, this.define(elem));
        // For now the element's descriptor; replaced when the channel's structure is made.
        die.ref(DwAt.type, elem);
        break;
      }
      case GoKind.Func:
        die = this.add(DwarfAbbrev.FUNCTYPE, name);
        die.set(DwAt.byte_size, size, null);
        typedef = this.named(name, die);
        this.parameters(die, type);
        break;
      case GoKind.Interface:
        die = this.add(DwarfAbbrev.IFACETYPE, name);
        typedef = this.named(name, die);
        die.ref(DwAt.type, this.define(types.ifaceMethodCount(type) === 0 ? this.eface : this.iface));
        break;
      case GoKind.Map:
        die = this.add(DwarfAbbrev.MAPTYPE, name);
        die.ref(DwAt.go_key, this.define(types.mapKey(type)));
        die.ref(DwAt.go_elem, this.define(types.mapValue(type)));
        die.ref(DwAt.type, type);
        break;
      case GoKind.Pointer:
        die = this.add(DwarfAbbrev.PTRTYPE, name);
        typedef = this.named(name, die);
        die.ref(DwAt.type, this.define(types.elem(type)));
        break;
      case GoKind.Slice:
        die = this.add(DwarfAbbrev.SLICETYPE, name);
        typedef = this.named(name, die);
        die.set(DwAt.byte_size, size, null);
        die.ref(DwAt.go_elem, this.define(types.elem(type)));
        break;
      case GoKind.String:
        die = this.add(DwarfAbbrev.STRINGTYPE, name);
        die.set(DwAt.byte_size, size, null);
        break;
      case GoKind.Struct:
        die = this.add(DwarfAbbrev.STRUCTTYPE, name);
        typedef = this.named(name, die);
        die.set(DwAt.byte_size, size, null);
        this.fields(die, type);
        break;
      case GoKind.UnsafePointer:
        die = this.add(DwarfAbbrev.BARE_PTRTYPE, name);
        break;
      default:
        ldr.error(type, `dwarf: definition of unknown kind ${kind}`);
        die = this.add(DwarfAbbrev.TYPEDECL, name);
        die.ref(DwAt.type, this.unspecified);
    }
    die.set(DwAt.go_kind, kind, null);
    if (ldr.reachable(type)) die.set(DwAt.go_runtime_type, 0, type);
    const s = typedef === null ? die.sym : typedef.sym;
    this.typeOf.set(s, type);
    if (this.prototypeDies.has(name)) this.prototypeDies.set(name, die);
    return s;
  }

  private parameters(die: Die, type: number): void {
    const { types } = this;
    const nin = types.funcInCount(type);
    const nout = types.funcOutCount(type);
    for (let i = 0; i < nin; i++) {
      const p = new Die(DwarfAbbrev.FUNCTYPEPARAM, "p");
      die.add(p);
      p.ref(DwAt.type, this.define(types.funcParam(type, i)));
    }
    if (types.funcDotdotdot(type)) die.add(new Die(DwarfAbbrev.DOTDOTDOT, "..."));
    for (let i = 0; i < nout; i++) {
      const p = new Die(DwarfAbbrev.FUNCTYPEOUTPARAM, "r");
      die.add(p);
      p.set(DwAt.variable_parameter, 1, null);
      p.ref(DwAt.type, this.define(types.funcParam(type, nin + i)));
    }
  }

  private fields(die: Die, type: number): void {
    const { types } = this;
    const n = types.fieldCount(type);
    for (let i = 0; i < n; i++) {
      const t = types.fieldType(type, i);
      const name = types.fieldName(type, i);
      const f = new Die(DwarfAbbrev.STRUCTFIELD, name === "" ? this.ldr.name(t).slice(5) : name);
      die.add(f);
      f.ref(DwAt.type, this.define(t));
      // As in cmd/link, offsets are cut to 32 bits.
      f.set(DwAt.data_member_location, types.fieldOffset(type, i) | 0, null);
      if (types.fieldEmbedded(type, i)) f.set(DwAt.go_embedded_field, 1, null);
    }
  }

  /** The entry for a pointer to what another entry describes. */
  private pointerTo(entry: number): number {
    const name = `*${this.ldr.name(entry).slice(infoPrefix.length)}`;
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const die = this.add(DwarfAbbrev.PTRTYPE, name);
    die.ref(DwAt.type, entry);
    const type = this.ldr.lookup(`type:${name}`, Version.ABI0);
    if (type !== 0) {
      if (this.ldr.reachable(type)) {
        die.set(DwAt.go_kind, GoKind.Pointer, null);
        die.set(DwAt.go_runtime_type, 0, type);
      }
      this.typeOf.set(die.sym, type);
      this.entryOf.set(type, die.sym);
    }
    return die.sym;
  }

  private prototype(name: (typeof prototypes)[number]): Die {
    if (this.prototypeDies.get(name) === null) this.define(this.descriptor(name));
    const die = this.prototypeDies.get(name);
    if (die === null || die === undefined) fatal(`internal error: DIE generation failed for type:${name}`);
    return die;
  }

  private copyChildren(to: Die, from: Die): void {
    for (const c of from.children) {
      const copy = new Die(c.abbrev, c.name);
      copy.copyAttrs(c);
      to.add(copy);
      this.copyChildren(copy, c);
    }
  }

  private substitute(die: Die, field: string, entry: number): void {
    const child = die.children.find((c) => c.name === field);
    if (child === undefined) exitf(`dwarf substitutetype: ${die.name} does not have member ${field}`);
    child.set(DwAt.type, 0, entry);
  }

  /** The structure behind strings, slices, maps and channels, newest type first as cmd/link goes about it. */
  synthesize(): void {
    this.synthesizeStrings();
    this.synthesizeSlices();
    this.synthesizeMaps();
    this.synthesizeChans();
  }

  /** The entries of an abbreviation that there are now, newest first. */
  private snapshot(abbrev: DwarfAbbrev, top: number): Die[] {
    const out: Die[] = [];
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
      this.substitute(die, "array", this.pointerTo(die.refOf(DwAt.go_elem)));
    }
  }

  /** The entry that stands for the type of another: the typedef leads to the descriptor, and that to its entry. */
  private canonical(entry: number): number {
    const type = this.typeOf.get(entry);
    const e = type === undefined ? undefined : this.entryOf.get(type);
    if (e === undefined) {
      this.ldr.error(entry, `internal error: no entry for sym ${entry} in rtmap`);
      return entry;
    }
    return e;
  }

  private nameOf(entry: number): string {
    return this.ldr.name(entry).slice(infoPrefix.length);
  }

  /** An entry for a structure that no Go type has; made once by its name. */
  private internal(name: string, fill: (die: Die) => void): number {
    const s = this.ldr.lookup(infoPrefix + name, Version.ABI0);
    if (s !== 0 && this.ldr.kind[s] === Kind.SDWARFTYPE) return s;
    const die = this.add(DwarfAbbrev.STRUCTTYPE, name);
    fill(die);
    return die.sym;
  }

  private synthesizeMaps(): void {
    const { types } = this;
    const top = this.dies.length;
    const map = this.prototype("internal/runtime/maps.Map");
    const table = this.prototype("internal/runtime/maps.table");
    const groups = this.prototype("internal/runtime/maps.groupsReference");
    const like = (proto: Die, die: Die): void => {
      die.set(DwAt.byte_size, proto.value(DwAt.byte_size), null);
      die.set(DwAt.go_kind, GoKind.Struct, null);
    };
    for (const die of this.snapshot(DwarfAbbrev.MAPTYPE, top)) {
      const type = die.refOf(DwAt.type);
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
      die.ref(DwAt.type, this.pointerTo(dwMap));
    }
  }

  private synthesizeChans(): void {
    const top = this.dies.length;
    const sudog = this.prototype("runtime.sudog");
    const waitq = this.prototype("runtime.waitq");
    const hchan = this.prototype("runtime.hchan");
    const size = (d: Die, proto: Die): void => d.set(DwAt.byte_size, proto.value(DwAt.byte_size), null);
    for (const die of this.snapshot(DwarfAbbrev.CHANTYPE, top)) {
      const elemType = die.refOf(DwAt.type);
      const name = this.ldr.name(elemType).slice(5);
      const elem = this.canonical(this.define(this.descriptor(name)));
      const dwSudog = this.internal(`sudog<${name}>`, (d) => {
        this.copyChildren(d, sudog);
        this.substitute(d, "elem", this.pointerTo(elem));
        size(d, sudog);
      });
      const dwWaitq = this.internal(`waitq<${name}>`, (d) => {
        this.copyChildren(d, waitq);
        this.substitute(d, "first", this.pointerTo(dwSudog));
        this.substitute(d, "last", this.pointerTo(dwSudog));
        size(d, waitq);
      });
      const dwHchan = this.internal(`hchan<${name}>`, (d) => {
        this.copyChildren(d, hchan);
        this.substitute(d, "recvq", dwWaitq);
        this.substitute(d, "sendq", dwWaitq);
        size(d, hchan);
      });
      die.ref(DwAt.type, this.pointerTo(dwHchan));
    }
  }
}
