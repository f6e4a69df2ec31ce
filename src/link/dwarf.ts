// The debugging sections: units, line programs, frames, ranges and addresses (cmd/link/internal/ld/dwarf.go).
//
// Objects bring finished pieces: an entry per function and variable, a line program per function, ranges and location
// lists. The linker makes what holds them together.

import { ByteWriter, decodeUtf8, pdqsort } from "#base";
import {
  AuxType,
  abbrevSection,
  DW_LANG_Go,
  DW_UT_compile,
  DwAt,
  DwarfAbbrev,
  DwCfa,
  DwForm,
  DwLnct,
  DwRle,
  lineBase,
  lineOpcodeBase,
  lineRange,
  RelocType,
  sleb128,
} from "#formats";
import { writeText } from "./ascii.ts";
import { Die, uleb64 } from "./die.ts";
import { DwarfTypes } from "./dwarftypes.ts";
import { fatal } from "./errors.ts";
import { Kind } from "./kinds.ts";
import type { DwarfGroup, Link } from "./link.ts";
import { Attr, type Loader, Version } from "./loader.ts";
import type { CompilationUnit } from "./source.ts";
import { type TypeDie, writeTypeDies } from "./typedie.ts";

const regSP = 7;
const regReturn = 16;
const dataAlign = -4;

/** What a compilation unit's part of each section consists of. */
class Unit {
  readonly die: Die;
  readonly funcDies: number[] = [];
  readonly absFuncDies: number[] = [];
  readonly varDies: number[] = [];
  readonly rangeSyms: number[] = [];
  /** Line programs of the functions that have one. */
  readonly funcLines: number[] = [];
  /** Functions that have an entry: each has a slot in .debug_addr, in this order. */
  readonly described: number[] = [];
  consts = 0;
  /** Stretches of code, as offsets from the unit's first function. */
  readonly pcs: { start: number; end: number }[] = [];
  /** Type entries, in the unit that has them. */
  types: readonly TypeDie[] = [];

  // Symbols made by the linker.
  lineProlog = 0;
  rangeProlog = 0;
  infoEpilog = 0;
  addrs = 0;

  lineSyms: number[] = [];
  rangesSyms: number[] = [];
  readonly locSyms: number[] = [];
  infoSyms: number[] = [];

  constructor(
    readonly cu: CompilationUnit,
    readonly hasText: boolean,
    name: string,
  ) {
    this.die = new Die(hasText ? DwarfAbbrev.COMPUNIT : DwarfAbbrev.COMPUNIT_TEXTLESS, name);
  }
}

/** The DWARF of a link: collected before layout, written after. */
export class Dwarf {
  private readonly ldr: Loader;
  private readonly types: DwarfTypes;
  private units: Unit[] = [];
  private readonly unitOf = new Map<CompilationUnit, Unit>();
  private runtimeUnit: Unit | undefined;
  private gdbScript = "";
  /** The arena as words, and where the kernel puts what a function's entry consists of. */
  private words = new Int32Array(0);
  private piecesAt = 0;
  /** Type entries lie in one symbol: the offset of each in it. */
  private typeChunk = 0;
  private typeOffsets: readonly number[] = [];

  constructor(private readonly ctxt: Link) {
    this.ldr = ctxt.loader;
    this.types = new DwarfTypes(ctxt);
    this.prepare();
    this.collectUnits();
    this.ldr.arena.call.collectVariables(this.ldr.extStart);
    this.types.synthesize();
  }

  // --- before layout: which entries there are ---

  private collectUnits(): void {
    const { ldr, ctxt } = this;
    const version = ctxt.header.split(" ")[4] ?? "";
    let count = 0;
    for (const lib of ctxt.libraries) {
      let consts = ldr.lookup(`go:constinfo.${lib.pkg}`, Version.ABI0);
      for (const cu of lib.units) {
        const u = new Unit(cu, cu.textp.length > 0, lib.pkg);
        if (consts !== 0) {
          u.consts = consts;
          ldr.arena.call.importInfo(consts);
          consts = 0;
        }
        this.units.push(u);
        this.unitOf.set(cu, u);
        if (lib.pkg === "runtime") this.runtimeUnit = u;
        const { die } = u;
        die.sym = this.types.infoSymbol(`.pkg.${lib.pkg}.${++count}`, Kind.SDWARFCUINFO);
        die.set(DwAt.language, DW_LANG_Go, null);
        die.set(DwAt.comp_dir, 0, ".");
        const extra = this.text(`go:cuinfo.producer.${lib.pkg}`);
        die.set(DwAt.producer, 0, `Go cmd/compile ${version}${extra === "" ? "" : `; ${extra}`}`);
        die.set(DwAt.go_package_name, 0, this.text(`go:cuinfo.packagename.${lib.pkg}`));
        for (const s of cu.textp) this.visitFunction(s, u);
      }
    }
  }

  private text(symbol: string): string {
    const s = this.ldr.lookup(symbol, Version.ABI0);
    return s === 0 ? "" : decodeUtf8(this.ldr.data(s));
  }

  private keep(s: number): void {
    this.ldr.attr[s]! |= Attr.NotInSymbolTable | Attr.Reachable;
  }

  /** Lends the kernel its tables, and does what it asks for. */
  private prepare(): void {
    const { ldr, types } = this;
    const { arena, n } = ldr;
    const { hooks } = arena;
    const kinds = arena.uint8(256);
    for (let k: Kind = 0; k < 256; k++) kinds[k] = isVariableKind(k) ? 1 : 0;
    arena.set("variableKinds", kinds.byteOffset);
    arena.set("typeSeen", arena.alloc(n, 1));
    arena.set("infoSeen", arena.alloc(n, 1));
    arena.set("infoLimit", n);
    arena.set("absList", arena.alloc(n * 4));
    hooks.defineType = (t) => types.define(t);
    hooks.defineNamed = (t) => types.defineNamed(t);
    hooks.badInfo = (s) => fatal(`error: DWARF info sym ${s}/${ldr.name(s)} with incorrect type ${ldr.kind[s]}`);
    hooks.variable = (s, type, die) => this.variable(s, type, die);
    hooks.otherVariable = (s) => {
      if (ldr.isFileLocal(s)) return;
      const type = ldr.aux(s, AuxType.Gotype);
      const die = type === 0 ? 0 : ldr.aux(s, AuxType.DwarfInfo);
      if (die !== 0) this.variable(s, type, die);
    };
    this.piecesAt = arena.alloc(16) >> 2;
    this.words = new Int32Array(arena.buffer);
  }

  private variable(s: number, type: number, die: number): void {
    this.types.define(type);
    this.unitOf.get(this.ldr.unit(s)!)!.varDies.push(die);
  }

  private visitFunction(s: number, u: Unit): void {
    const { arena } = this.ldr;
    const { words, piecesAt } = this;
    arena.call.visitFunction(s, piecesAt << 2);
    const lines = words[piecesAt]!;
    const info = words[piecesAt + 1]!;
    const ranges = words[piecesAt + 2]!;
    const loc = words[piecesAt + 3]!;
    if (lines !== 0) u.funcLines.push(lines);
    if (info === 0) return;
    u.funcDies.push(info);
    u.described.push(s);
    if (ranges !== 0) u.rangeSyms.push(ranges);
    if (loc !== 0) u.locSyms.push(loc);
    const nabs = arena.get("nabs");
    const from = arena.get("absList") >> 2;
    for (let i = 0; i < nabs; i++) u.absFuncDies.push(words[from + i]!);
  }

  // --- after functions have addresses: the contents of sections ---

  /** Builds all sections; they still have no addresses. */
  build(): DwarfGroup[] {
    const { ldr } = this;
    const abbrev = this.section(".debug_abbrev");
    ldr.setBytes(abbrev, abbrevSection());
    this.codeRanges();
    pdqsort(this.units, compareUnits);
    if (this.runtimeUnit !== undefined) this.runtimeUnit.types = this.types.dies;

    const frame = this.section(".debug_frame");
    const line = [this.section(".debug_line")];
    const ranges = [this.section(".debug_rnglists")];
    const loc = [this.section(".debug_loclists")];
    const info = [this.section(".debug_info")];
    const addr = [this.section(".debug_addr")];
    addr.push(this.header(Kind.SDWARFADDR, false));
    ranges.push(this.header(Kind.SDWARFRANGE, true));
    loc.push(this.header(Kind.SDWARFLOC, true));
    for (const u of this.units) {
      u.lineProlog = this.anonymous(Kind.SDWARFLINES);
      u.rangeProlog = this.anonymous(Kind.SDWARFRANGE);
      u.infoEpilog = this.anonymous(Kind.SDWARFFCN);
      u.addrs = this.anonymous(Kind.SDWARFADDR);
    }
    ldr.setBytes(frame, this.frames());
    for (const u of this.units) {
      if (u.hasText) {
        this.lines(u);
        this.addresses(u);
        this.ranges(u);
      }
      this.info(u, abbrev);
    }
    let nrange = 0;
    let naddr = 0;
    let nloc = 0;
    for (const u of this.units) {
      naddr += ldr.size[u.addrs]!;
      for (const s of u.rangesSyms) nrange += ldr.size[s]!;
      for (const s of u.locSyms) nloc += ldr.size[s]!;
      for (const list of [u.lineSyms, u.infoSyms, u.locSyms, u.rangesSyms]) for (const s of list) this.keep(s);
      push(line, u.lineSyms);
      push(info, u.infoSyms);
      push(loc, u.locSyms);
      push(ranges, u.rangesSyms);
      addr.push(u.addrs);
    }
    for (const [list, n] of [
      [addr, naddr],
      [ranges, nrange],
      [loc, nloc],
    ] as const) {
      ldr.setUint(list[1]!, 0, n + ldr.size[list[1]!]! - 4, 4);
    }
    const groups: DwarfGroup[] = [{ syms: [abbrev] }, { syms: line }, { syms: [frame] }];
    if (this.gdbScript !== "") {
      const s = this.section(".debug_gdb_scripts");
      ldr.addUint(s, 1, 1); // a file of Python
      ldr.addString(s, this.gdbScript);
      groups.push({ syms: [s] });
    }
    groups.push({ syms: info });
    if (loc.length > 1) groups.push({ syms: loc });
    groups.push({ syms: ranges }, { syms: addr });
    return groups;
  }

  /** Gives type entries their addresses, once the symbol they lie in has its own. */
  placeTypes(): void {
    const { ldr } = this;
    if (this.typeChunk === 0) return;
    const base = ldr.value[this.typeChunk]!;
    const sect = ldr.sect[this.typeChunk]!;
    const list = this.typeOffsets;
    for (let i = 0; i < list.length; i += 2) {
      const s = list[i]!;
      ldr.value[s] = base + list[i + 1]!;
      ldr.sect[s] = sect;
    }
  }

  private section(name: string): number {
    const s = this.ldr.create(name, Version.ABI0);
    this.ldr.kind[s] = Kind.SDWARFSECT;
    return s;
  }

  private anonymous(kind: Kind): number {
    const { ldr } = this;
    const s = ldr.newExt("", Version.ABI0);
    ldr.kind[s] = kind;
    ldr.attr[s]! |= Attr.Reachable;
    return s;
  }

  /** The header that a section of lists begins with; its length is filled in at the end. */
  private header(kind: Kind, offsets: boolean): number {
    const w = new ByteWriter(16);
    w.u32(0);
    w.u16(5);
    w.u8(8);
    w.u8(0);
    if (offsets) w.u32(0);
    const s = this.anonymous(kind);
    this.ldr.setBytes(s, w.toBytes());
    return s;
  }

  private codeRanges(): void {
    const { ldr } = this;
    const { textp } = this.ctxt;
    const sizes = ldr.arena.int32(textp.length);
    ldr.arena.call.functionSizes(ldr.arena.list(textp), textp.length, sizes.byteOffset);
    let last: Unit | undefined;
    for (let i = 0; i < textp.length; i++) {
      const s = textp[i]!;
      const size = sizes[i]!;
      if (size < 0) continue;
      const cu = ldr.unit(s);
      if (cu === undefined) continue;
      const u = this.unitOf.get(cu)!;
      const start = ldr.value[s]! - ldr.value[cu.textp[0]!]!;
      if (u !== last) {
        u.pcs.push({ start, end: start });
        last = u;
      }
      u.pcs[u.pcs.length - 1]!.end = start + size;
    }
  }

  private frames(): Uint8Array {
    const { ldr } = this;
    const w = new ByteWriter(64);
    // The common part: the frame begins above the return address, which lies at its top.
    w.u32(16);
    w.u32(0xffffffff);
    w.u8(3);
    w.u8(0);
    w.uvarint(1);
    sleb128(w, dataAlign);
    w.uvarint(regReturn);
    w.u8(DwCfa.def_cfa);
    w.uvarint(regSP);
    w.uvarint(8);
    w.u8(DwCfa.offset_extended);
    w.uvarint(regReturn);
    // -8, the return address's place below the frame's top, in units of dataAlign.
    w.uvarint(-8 / dataAlign);
    while (w.length < 20) w.u8(0);
    const { arena } = ldr;
    const { textp } = this.ctxt;
    const list = arena.list(textp);
    const out = arena.alloc(w.length + arena.call.framesBound(list, textp.length));
    arena.bytes.set(w.toBytes(), out);
    const n = w.length + arena.call.writeFrames(list, textp.length, out + w.length);
    return arena.bytes.subarray(out, out + n);
  }

  private lines(u: Unit): void {
    const { ldr } = this;
    u.die.ref(DwAt.stmt_list, u.lineProlog);
    const w = new ByteWriter(1024);
    w.u32(0);
    w.u16(5);
    w.u8(8);
    w.u8(0);
    w.u32(0);
    const headerStart = w.length;
    w.u8(1); // minimum instruction length
    w.u8(1); // operations an instruction
    w.u8(1); // is_stmt to begin with
    w.u8(lineBase & 255);
    w.u8(lineRange);
    w.u8(lineOpcodeBase);
    for (const n of [0, 1, 1, 1, 1, 0, 0, 0, 1, 0]) w.u8(n);
    this.fileTables(u, w);
    w.view.setUint32(8, w.length - headerStart, true);
    let total = w.length - 4;
    u.lineSyms.push(u.lineProlog);
    for (const lines of u.funcLines) {
      u.lineSyms.push(lines);
      total += ldr.dataLength(lines);
    }
    w.view.setUint32(0, total, true);
    ldr.setBytes(u.lineProlog, w.toBytes());
  }

  private fileTables(u: Unit, w: ByteWriter): void {
    const dirs = ["."];
    const dirNumber = new Map([[".", 0]]);
    const files: [string, number][] = [["?", 0]];
    u.cu.files.forEach((f, i) => {
      const name = this.ctxt.expandGoroot(f) || `<missing>_${i}`;
      const slash = name.lastIndexOf("/");
      const dir = slash < 0 ? "." : slash === 0 ? "/" : name.slice(0, slash);
      let n = dirNumber.get(dir);
      if (n === undefined) {
        n = dirs.length;
        dirNumber.set(dir, n);
        dirs.push(dir);
      }
      files.push([name.slice(slash + 1), n]);
      const at = name.indexOf("runtime/proc.go");
      if (at >= 0 && u.cu.lib.pkg === "runtime" && this.gdbScript === "") {
        this.gdbScript = `${name.slice(0, at)}runtime/runtime-gdb.py`;
      }
    });
    const zero = (text: string): void => {
      writeText(w, text);
      w.u8(0);
    };
    w.u8(1);
    w.uvarint(DwLnct.path);
    w.uvarint(DwForm.string);
    w.uvarint(dirs.length);
    for (const d of dirs) zero(d);
    w.u8(2);
    w.uvarint(DwLnct.path);
    w.uvarint(DwForm.string);
    w.uvarint(DwLnct.directory_index);
    w.uvarint(DwForm.udata);
    w.uvarint(files.length);
    for (const [base, dir] of files) {
      zero(base);
      w.uvarint(dir);
    }
  }

  /**
   * Gives each function that has an entry a slot in .debug_addr. A function's entry, ranges and locations refer to code by
   * the slot of that function alone; a reference to another is an error when it is filled in.
   */
  private addresses(u: Unit): void {
    const { ldr } = this;
    const slots = u.described;
    // The unit's own ranges count from its first function.
    if (!slots.includes(u.cu.textp[0]!)) slots.push(u.cu.textp[0]!);
    const w = new ByteWriter(slots.length * 8);
    for (let i = 0; i < slots.length; i++) {
      ldr.addrSlots[slots[i]!] = i + 1;
      w.i64(ldr.value[slots[i]!]!);
    }
    ldr.setBytes(u.addrs, w.toBytes());
  }

  private ranges(u: Unit): void {
    const { ldr } = this;
    const base = u.cu.textp[0]!;
    u.die.ref(DwAt.ranges, u.rangeProlog);
    u.die.ref(DwAt.low_pc, base);
    u.die.ref(DwAt.addr_base, u.addrs);
    const w = new ByteWriter(32);
    w.u8(DwRle.base_addressx);
    const slot = w.length;
    w.u32(0);
    for (const r of u.pcs) {
      w.u8(DwRle.offset_pair);
      // Code laid down before the unit's first function has a negative offset.
      uleb64(w, r.start);
      uleb64(w, r.end);
    }
    w.u8(DwRle.end_of_list);
    ldr.setBytes(u.rangeProlog, w.toBytes());
    ldr.addReloc(u.rangeProlog, slot, 4, RelocType.R_DWTXTADDR_U4, 0, base);
    u.rangesSyms = [u.rangeProlog, ...u.rangeSyms];
  }

  private info(u: Unit, abbrev: number): void {
    const { ldr } = this;
    if (u.cu.textp.length === 0 && u.types.length === 0 && u.varDies.length === 0) return;
    const s = u.die.sym;
    const w = new ByteWriter(256);
    w.u32(0);
    w.u16(5);
    w.u8(DW_UT_compile);
    w.u8(8);
    const relocs: [number, number, RelocType, number, number][] = [[w.length, 4, RelocType.R_DWARFSECREF, 0, abbrev]];
    w.u32(0);
    u.die.write(w, (off, size, type, add, sym) => relocs.push([off, size, type, add, sym]));
    ldr.setBytes(s, w.toBytes());
    for (const r of relocs) ldr.addReloc(s, ...r);
    u.infoSyms = [s];
    push(u.infoSyms, u.absFuncDies);
    push(u.infoSyms, u.funcDies);
    if (u.consts !== 0) u.infoSyms.push(u.consts);
    push(u.infoSyms, u.varDies);
    if (u.types.length > 0) u.infoSyms.push(this.writeTypes(u.types));
    // One zero byte closes the unit.
    ldr.setBytes(u.infoEpilog, new Uint8Array(1));
    u.infoSyms.push(u.infoEpilog);
    let total = 0;
    for (const c of u.infoSyms) total += ldr.dataLength(c);
    ldr.setUint(s, 0, total - 4, 4);
  }

  /** Writes all type entries into one symbol. */
  private writeTypes(dies: readonly TypeDie[]): number {
    const { ldr } = this;
    const s = this.anonymous(Kind.SDWARFTYPE);
    const out = writeTypeDies(ldr.arena, dies);
    ldr.setBytes(s, out.bytes);
    const e = ldr.update(s);
    e.relocsAt = out.relocs;
    e.relocCount = out.nreloc;
    this.typeOffsets = out.offsets;
    this.typeChunk = s;
    return s;
  }
}

function push(to: number[], from: readonly number[]): void {
  for (let i = 0; i < from.length; i++) to.push(from[i]!);
}

function isVariableKind(k: Kind): boolean {
  return (
    (k >= Kind.SRODATA && k <= Kind.SRODATAEND) ||
    (k >= Kind.SNOPTRDATA && k <= Kind.SNOPTRDATAEND) ||
    (k >= Kind.SDATA && k <= Kind.SDATAEND) ||
    k === Kind.STYPE ||
    k === Kind.SBSS ||
    k === Kind.SNOPTRBSS ||
    k === Kind.STLSBSS ||
    k === Kind.SMODULEDATA
  );
}

/** Units with code before those without. All others are equal (their first offset is 0), which the sort may mix up. */
function compareUnits(a: Unit, b: Unit): number {
  if (!a.hasText && !b.hasText) return compareText(a.cu.lib.pkg, b.cu.lib.pkg);
  if (a.hasText !== b.hasText) return a.hasText ? -1 : 1;
  return (a.pcs[0]?.start ?? 0) - (b.pcs[0]?.start ?? 0);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
