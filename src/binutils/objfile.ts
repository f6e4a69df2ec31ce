// One view of archives, objects and executables for the tools that look into them (cmd/internal/objfile).

import { decodeUtf8, pdqsort } from "#base";
import {
  builtinABI,
  builtinCount,
  builtinName,
  type ElfFile,
  FormatError,
  GoobjReader,
  isArchive,
  isElf,
  Pclntab,
  PkgIdx,
  pcValueAt,
  RelocType,
  readElf,
  relocName,
  relocSize,
  SectionFlag,
  SymKind,
} from "#formats";
import { isGoObject, type Member, OtherVersionError, parseMembers } from "./goarchive.ts";

/** A relocation as the tools show it. */
export interface ObjReloc {
  /** Offset in the object of the first byte it changes. */
  readonly addr: number;
  readonly size: number;
  readonly text: (insnOffset: number) => string;
}

export interface ObjSymbol {
  readonly name: string;
  readonly addr: number;
  readonly size: number;
  /** nm's letter. */
  readonly code: string;
  readonly relocs: readonly ObjReloc[];
}

/** Where an address is in the source. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
  /** "" when the address is in no function. */
  readonly func: string;
}

/** A member of an archive, or the one thing that a file is. */
export interface ObjEntry {
  /** "" for a file that is no archive. */
  readonly name: string;
  /** By address, equal ones as Go's sort leaves them. */
  symbols(): ObjSymbol[];
  lineTable(): (pc: number) => SourceLine;
  text(): { start: number; bytes: Uint8Array };
  readonly goarch: string;
}

/** Opens a file's bytes. Throws FormatError with objfile's words. */
export function openObject(name: string, bytes: Uint8Array): ObjEntry[] {
  try {
    return openGoFile(name, bytes);
  } catch (e) {
    if (e instanceof OtherVersionError) throw new FormatError(`open ${name}: ${e.message}`);
    if (!(e instanceof FormatError)) throw e;
    // The reason, if the file is of a kind that is known.
    if (isArchive(bytes) || isGoObject(bytes)) throw new FormatError(`open ${name}: unrecognized object file`);
  }
  try {
    if (isElf(bytes)) return [new ElfEntry("", readElf(bytes))];
  } catch (e) {
    if (!(e instanceof FormatError)) throw e;
  }
  throw new FormatError(`open ${name}: unrecognized object file`);
}

/** The one thing, or the first, that a file holds. Throws FormatError when it is an archive without objects. */
export function firstObject(entries: readonly ObjEntry[]): ObjEntry {
  if (entries[0] === undefined) throw new FormatError("archive without objects");
  return entries[0];
}

function openGoFile(name: string, bytes: Uint8Array): ObjEntry[] {
  const entries: ObjEntry[] = [];
  for (const m of parseMembers(name, bytes, false)) {
    if (m.kind === "pkgdef" || m.kind === "sentinel") continue;
    if (m.data.length < m.size) throw new FormatError("unexpected EOF");
    if (m.kind === "goobj") entries.push(new GoEntry(m));
    else entries.push(new ElfEntry(m.name, readElf(m.data)));
  }
  return entries;
}

function sorted(syms: ObjSymbol[]): ObjSymbol[] {
  pdqsort(syms, (a, b) => a.addr - b.addr);
  return syms;
}

class ElfEntry implements ObjEntry {
  constructor(
    readonly name: string,
    private readonly elf: ElfFile,
  ) {}

  get goarch(): string {
    return this.elf.header.machine === 62 ? "amd64" : "";
  }

  private raw(): ObjSymbol[] {
    if (!this.elf.sections.some((s) => s.type === 2)) throw new FormatError("no symbol section");
    return this.elf.symbols().map((s) => {
      let code = "?";
      if (s.shndx === 0) code = "U";
      else if (s.shndx === 0xfff2) code = "B";
      else {
        const sect = this.elf.sections[s.shndx];
        const flags = (sect?.flags ?? 0) & (SectionFlag.Alloc | SectionFlag.Write | SectionFlag.Execinstr);
        if (flags === (SectionFlag.Alloc | SectionFlag.Execinstr)) code = "T";
        else if (flags === SectionFlag.Alloc) code = "R";
        else if (flags === (SectionFlag.Alloc | SectionFlag.Write)) code = "D";
      }
      // Lower case is 32 up: "?" becomes "_".
      if (s.info >> 4 === 0) code = String.fromCharCode(code.charCodeAt(0) + 32);
      return { name: s.name, addr: s.value, size: s.size, code, relocs: [] };
    });
  }

  symbols(): ObjSymbol[] {
    return sorted(this.raw());
  }

  lineTable(): (pc: number) => SourceLine {
    const { elf } = this;
    let start = elf.section(".text")?.addr ?? 0;
    const sect = elf.section(".gopclntab") ?? elf.section(".data.rel.ro.gopclntab");
    let data = sect === undefined ? undefined : elf.data(sect);
    const syms = elf.symbols();
    const text = syms.find((s) => s.name === "runtime.text");
    if (text !== undefined) start = text.value;
    if (data === undefined) {
      const from = syms.find((s) => s.name === "runtime.pclntab");
      if (from !== undefined) data = elf.bytesAt(from.value);
    }
    if (data === undefined) throw new FormatError("no pclntab");
    const tab = new Pclntab(data, start);
    return (pc) => {
      const i = tab.find(pc);
      if (i < 0) return { file: "", line: 0, func: "" };
      const f = tab.func(i);
      const { file, line } = tab.line(f, pc);
      return { file, line, func: f.name };
    };
  }

  text(): { start: number; bytes: Uint8Array } {
    const sect = this.elf.section(".text");
    if (sect === undefined) throw new FormatError("text section not found");
    return { start: sect.addr, bytes: this.elf.data(sect) };
  }
}

class GoEntry implements ObjEntry {
  readonly name: string;
  private readonly r: GoobjReader;
  private readonly object: Uint8Array;
  readonly goarch: string;

  /** Throws FormatError when the object's tables do not fit each other. */
  constructor(m: Member) {
    this.name = m.name;
    this.object = m.data.subarray(m.objectStart);
    this.r = new GoobjReader(this.object);
    this.r.verify();
    const words = decodeUtf8(m.data.subarray(0, m.objectStart)).split(/\s+/);
    this.goarch = words[3] ?? "";
  }

  /** The index in the five lists of symbol number i of one of them. Throws FormatError if there is none. */
  private index(first: number, i: number): number {
    if (first + i >= this.r.nsym) throw new FormatError("malformed Go object: symbol index out of range");
    return first + i;
  }

  symbols(): ObjSymbol[] {
    const { r } = this;
    const refNames = new Map<string, string>();
    const names: string[] = [];
    for (let i = 0; i < r.nrefNames; i++) {
      const p = r.refNameOff(i);
      const name = r.stringAt(p + 8);
      names.push(name);
      refNames.set(`${r.view.getUint32(p, true)}:${r.view.getUint32(p + 4, true)}`, name);
    }
    const out: ObjSymbol[] = [];
    for (let i = 0; i < r.ndef; i++) {
      if (r.symNameLen(i) === 0) continue;
      const isStatic = r.symABI(i) === 0xffff;
      let code = letterOf(r.symKind(i));
      if (isStatic) code = String.fromCharCode(code.charCodeAt(0) + 32);
      const addr = r.dataStart(i);
      const relocs: ObjReloc[] = [];
      for (let p = r.relocStart(i), end = r.relocEnd(i); p < end; p += relocSize) {
        const off = r.view.getInt32(p, true);
        const size = r.bytes[p + 4]!;
        relocs.push({ addr: addr + off, size, text: (at) => this.relocText(p, at, refNames) });
      }
      out.push({ name: versioned(r.symName(i), isStatic ? 1 : 0), addr, size: r.symSize(i), code, relocs });
    }
    const reference = (name: string): ObjSymbol => ({ name, addr: 0, size: 0, code: "U", relocs: [] });
    for (let i = r.ndef; i < r.nsym; i++) out.push(reference(r.symName(i)));
    for (const n of names) out.push(reference(n));
    return sorted(out);
  }

  private relocText(p: number, insnOffset: number, refNames: ReadonlyMap<string, string>): string {
    const { r } = this;
    const v = r.view;
    const delta = v.getInt32(p, true) - insnOffset;
    let s = `[${delta}:${delta + r.bytes[p + 4]!}]${plainRelocName(v.getUint16(p + 5, true))}`;
    const name = this.nameOf(v.getUint32(p + 15, true), v.getUint32(p + 19, true), refNames);
    const add = v.getInt32(p + 11, true) * 4294967296 + v.getUint32(p + 7, true);
    if (name !== "") s += add !== 0 ? `:${name}+${add}` : `:${name}`;
    else if (add !== 0) s += `:${add}`;
    return s;
  }

  private nameOf(pkg: number, sym: number, refNames: ReadonlyMap<string, string>): string {
    const { r } = this;
    let first = 0;
    switch (pkg) {
      case 0:
        return "";
      case PkgIdx.Hashed64:
        first = r.nsymdef;
        break;
      case PkgIdx.Hashed:
        first = r.nsymdef + r.nhashed64def;
        break;
      case PkgIdx.None:
        first = r.nsymdef + r.nhashed64def + r.nhasheddef;
        break;
      case PkgIdx.Builtin:
        if (sym >= builtinCount) throw new FormatError("malformed Go object: no such builtin symbol");
        return versioned(builtinName(sym), builtinABI(sym));
      case PkgIdx.Self:
        break;
      default:
        return refNames.get(`${pkg}:${sym}`) ?? "";
    }
    const i = this.index(first, sym);
    return versioned(r.symName(i), r.symABI(i) === 0xffff ? 1 : 0);
  }

  lineTable(): (pc: number) => SourceLine {
    const { r } = this;
    // Functions by address, with their tables.
    const funcs: { addr: number; end: number; file: number; line: number; name: string }[] = [];
    for (let i = 0; i < r.ndef; i++) {
      let file = -1;
      let line = -1;
      for (let p = r.auxStart(i), end = r.auxEnd(i); p < end; p += 9) {
        const type = r.bytes[p];
        if (type !== 8 && type !== 9) continue;
        const s = this.index(r.nsymdef + r.nhashed64def, r.view.getUint32(p + 5, true));
        if (s >= r.ndef) throw new FormatError("malformed Go object: symbol index out of range");
        if (type === 8) file = s;
        else line = s;
      }
      if (file < 0 || line < 0) continue;
      const addr = r.dataStart(i);
      funcs.push({ addr, end: addr + r.symSize(i), file, line, name: r.symName(i) });
    }
    return (pc) => {
      for (const f of funcs) {
        if (pc < f.addr || pc >= f.end) continue;
        const fileNo = pcValueAt(r.data(f.file), 0, pc - f.addr);
        const line = pcValueAt(r.data(f.line), 0, pc - f.addr);
        // Code without a file has number -1, and Go's tools show what stands before the table.
        if (fileNo < -1 || fileNo >= r.nfile) throw new FormatError("malformed Go object: file index out of range");
        return { file: r.fileName(fileNo), line, func: f.name };
      }
      return { file: "", line: 0, func: "" };
    };
  }

  text(): { start: number; bytes: Uint8Array } {
    return { start: 0, bytes: this.object };
  }
}

/** Go's tools know the relocation types by name, but not the weak bit. */
function plainRelocName(type: number): string {
  return (type & RelocType.R_WEAK) !== 0 ? `RelocType(${type - 65536})` : relocName(type);
}

function versioned(name: string, version: number): string {
  return version === 0 ? name : `${name}<${version}>`;
}

function letterOf(kind: number): string {
  switch (kind) {
    case SymKind.STEXT:
    case SymKind.STEXTFIPS:
      return "T";
    case SymKind.SRODATA:
    case SymKind.SRODATAFIPS:
      return "R";
    case SymKind.SNOPTRDATA:
    case SymKind.SNOPTRDATAFIPS:
    case SymKind.SDATA:
    case SymKind.SDATAFIPS:
      return "D";
    case SymKind.SBSS:
    case SymKind.SNOPTRBSS:
    case SymKind.STLSBSS:
      return "B";
    default:
      return "?";
  }
}
