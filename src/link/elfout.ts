// The executable's headers, notes and symbol table (cmd/link/internal/ld/elf.go asmbElf, symtab.go asmElfSym).

import { ByteWriter, encodeUtf8 } from "#base";
import {
  EM_X86_64,
  ElfType,
  elfHeaderSize,
  elfSymbolSize,
  ProgramFlag,
  ProgramType,
  programHeaderSize,
  SectionFlag,
  SectionType,
  SymbolType,
  sectionHeaderSize,
  toolSum,
  writeElfHeader,
  writeProgramHeader,
  writeSectionHeader,
} from "#formats";
import { exitf } from "./errors.ts";
import { roundUp, type Section, type Segment } from "./image.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { type Loader, Version } from "./loader.ts";

/** A section header under construction. */
class Shdr {
  type: number = SectionType.Null;
  flags = 0;
  addr = 0;
  off = 0;
  size = 0;
  link: Shdr | null = null;
  info = 0;
  infoSection: Shdr | null = null;
  align = 0;
  entsize = 0;
  nameOff = 0;
  /** Number in the table. */
  index = 0;

  constructor(readonly name: string) {}
}

class Phdr {
  flags = 0;
  off = 0;
  vaddr = 0;
  filesz = 0;
  memsz = 0;
  align = 0;

  constructor(readonly type: number) {}
}

/** The bytes of -B's note; empty for none. */
export function hostBuildID(ctxt: Link): Uint8Array {
  const { hostBuildID: val, buildID } = ctxt.options;
  if (val === "" || val === "none") return new Uint8Array(0);
  if (val === "gobuildid") {
    if (buildID === "") exitf("-B gobuildid requires a Go build ID supplied via -buildid");
    return toolSum(encodeUtf8(buildID)).subarray(0, 20);
  }
  if (!val.startsWith("0x")) exitf(`-B argument must start with 0x: ${val}`);
  const digits = val.slice(2);
  if (digits.length > 64) exitf(`-B option too long (max 32 digits): ${val}`);
  const wrong = /[^0-9a-fA-F]/.exec(digits);
  if (wrong !== null) exitf(`-B argument contains invalid hex digit ${wrong[0]}: ${val}`);
  if (digits.length % 2 !== 0) exitf(`-B argument must have even number of digits: ${val}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (h) => Number.parseInt(h, 16));
}

/** Finishes the file: what follows the segments, then the headers before them. image: the file so far. */
export function finishElf(ctxt: Link, body: Uint8Array, bodyEnd: number): Uint8Array {
  return new ElfBuilder(ctxt).finish(body, bodyEnd);
}

class ElfBuilder {
  private readonly shdrs: Shdr[] = [];
  private readonly phdrs: Phdr[] = [];
  private readonly ofSection = new Map<Section, Shdr>();

  constructor(private readonly ctxt: Link) {}

  private section(name: string): Shdr {
    const known = this.shdrs.find((s) => s.name === name);
    if (known !== undefined) return known;
    const s = new Shdr(name);
    this.shdrs.push(s);
    return s;
  }

  private segment(type: ProgramType): Phdr {
    const p = new Phdr(type);
    this.phdrs.push(p);
    return p;
  }

  finish(body: Uint8Array, bodyEnd: number): Uint8Array {
    const { ctxt } = this;
    const { image, options } = ctxt;
    const segments = [image.text, image.rodata, image.relro, image.data, image.dwarf];
    this.section("");
    for (const seg of segments) for (const s of seg.sections) this.ofSection.set(s, this.section(s.name));

    const notes: { shdr: Shdr; bytes: Uint8Array }[] = [];
    let reserve = ctxt.headerSize;
    const startVA = ctxt.textAddress - ctxt.headerSize;
    const phdr = this.segment(ProgramType.Phdr);
    phdr.flags = ProgramFlag.R;
    phdr.off = elfHeaderSize;
    phdr.vaddr = startVA + elfHeaderSize;
    phdr.align = ctxt.round;
    // The text segment begins with the headers.
    const text = image.text;
    const lead = text.vaddr - phdr.vaddr;
    text.vaddr -= lead;
    text.length += lead;
    text.fileoff -= lead;
    text.filelen += lead;

    if (ctxt.pie) {
      const sh = this.section(".interp");
      const path = encodeUtf8(`${ctxt.interpreter}\0`);
      sh.type = SectionType.Progbits;
      sh.flags = SectionFlag.Alloc;
      sh.align = 1;
      reserve -= path.length;
      sh.addr = startVA + reserve;
      sh.off = reserve;
      sh.size = path.length;
      notes.push({ shdr: sh, bytes: path });
      this.cover(this.segment(ProgramType.Interp), sh).flags = ProgramFlag.R;
    }
    let noteSegment: Phdr | undefined;
    const addNote = (name: string, bytes: Uint8Array): void => {
      const sh = this.section(name);
      const skip = reserve % 4;
      sh.type = SectionType.Note;
      sh.flags = SectionFlag.Alloc;
      sh.align = 4;
      sh.addr = startVA + reserve - bytes.length - skip;
      sh.off = reserve - bytes.length - skip;
      sh.size = bytes.length;
      reserve = sh.off;
      notes.push({ shdr: sh, bytes });
      if (noteSegment === undefined) {
        noteSegment = this.segment(ProgramType.Note);
        noteSegment.flags = ProgramFlag.R;
      }
      // One program header for all: as in cmd/link it covers the last.
      this.cover(noteSegment, sh);
    };
    const host = hostBuildID(ctxt);
    if (host.length > 0) addNote(".note.gnu.build-id", note("GNU\0", 3, host));
    if (options.buildID !== "") addNote(".note.go.buildid", note("Go\0\0", 4, encodeUtf8(options.buildID)));

    this.load(text);
    if (image.rodata.sections.length > 0) this.load(image.rodata);
    if (image.relro.sections.length > 0) {
      this.load(image.relro);
      const p = this.load(image.relro, ProgramType.GnuRelro);
      p.flags = ProgramFlag.R;
    }
    this.load(image.data);
    if (ctxt.pie) this.dynamicSections();
    const stack = this.segment(ProgramType.GnuStack);
    stack.flags = ProgramFlag.W | ProgramFlag.R;
    stack.align = 8;

    if (!options.stripSymbols) {
      this.section(".symtab");
      this.section(".strtab");
    }
    this.section(".shstrtab");
    for (const seg of segments) for (const s of seg.sections) this.describe(s);
    this.sort();

    // What follows the segments: symbols, their names, the names of sections.
    const tail = new ByteWriter(1 << 16);
    const tailOff = roundUp(bodyEnd, 8);
    if (!options.stripSymbols) {
      const t = new SymbolTable(ctxt, (s) => this.ofSection.get(s)!.index);
      t.build();
      const sym = this.section(".symtab");
      sym.type = SectionType.Symtab;
      sym.off = tailOff;
      sym.size = t.records.length;
      ctxt.symtabSize = sym.size;
      sym.align = 8;
      sym.entsize = elfSymbolSize;
      const str = this.section(".strtab");
      sym.link = str;
      sym.info = t.firstGlobal;
      tail.bytes(t.records);
      str.type = SectionType.Strtab;
      str.off = tailOff + tail.length;
      str.size = t.strings.length;
      str.align = 1;
      tail.bytes(t.strings);
    }
    const shstr = this.section(".shstrtab");
    shstr.type = SectionType.Strtab;
    shstr.off = tailOff + tail.length;
    shstr.align = 1;
    shstr.size = this.writeSectionNames(tail);

    const out = new Uint8Array(tailOff + tail.length);
    out.set(body.subarray(0, Math.min(body.length, bodyEnd)));
    out.set(tail.buf.subarray(0, tail.length), tailOff);
    this.writeHeaders(out, notes);
    return out;
  }

  private cover(p: Phdr, sh: Shdr): Phdr {
    p.vaddr = sh.addr;
    p.off = sh.off;
    p.filesz = sh.size;
    p.memsz = sh.size;
    p.align = sh.align;
    return p;
  }

  private load(seg: Segment, type = ProgramType.Load): Phdr {
    const p = this.segment(type);
    if (seg.rwx & 4) p.flags |= ProgramFlag.R;
    if (seg.rwx & 2) p.flags |= ProgramFlag.W;
    if (seg.rwx & 1) p.flags |= ProgramFlag.X;
    p.vaddr = seg.vaddr;
    p.memsz = seg.length;
    p.off = seg.fileoff;
    p.filesz = seg.filelen;
    p.align = this.ctxt.round;
    return p;
  }

  /** Section headers of dynamic linking: what a loader needs to move the program (pie). */
  private dynamicSections(): void {
    const { loader: ldr, image } = this.ctxt;
    const of = (name: string, type: number, flags: number, align: number, entsize: number): Shdr => {
      const sh = this.section(name);
      sh.type = type;
      sh.flags = SectionFlag.Alloc | flags;
      sh.align = align;
      sh.entsize = entsize;
      const s = ldr.lookup(name, Version.ABI0);
      const addr = ldr.value[s]!;
      sh.addr = addr;
      const seg = addr >= image.data.vaddr ? image.data : image.text;
      sh.off = addr - seg.vaddr + seg.fileoff;
      sh.size = ldr.size[s]!;
      return sh;
    };
    const dynsym = of(".dynsym", SectionType.Dynsym, 0, 8, elfSymbolSize);
    dynsym.info = 1;
    const dynstr = of(".dynstr", SectionType.Strtab, 0, 1, 0);
    dynsym.link = dynstr;
    const relaplt = of(".rela.plt", SectionType.Rela, 0, 8, 24);
    relaplt.link = dynsym;
    relaplt.infoSection = this.section(".plt");
    of(".rela", SectionType.Rela, 0, 8, 24).link = dynsym;
    of(".plt", SectionType.Progbits, SectionFlag.Execinstr, 16, 16);
    of(".got", SectionType.Progbits, SectionFlag.Write, 8, 8);
    of(".got.plt", SectionType.Progbits, SectionFlag.Write, 8, 8);
    of(".hash", SectionType.Hash, 0, 8, 4).link = dynsym;
    const dynamic = of(".dynamic", SectionType.Dynamic, SectionFlag.Write, 8, 16);
    dynamic.link = dynstr;
    this.cover(this.segment(ProgramType.Dynamic), dynamic).flags = ProgramFlag.R | ProgramFlag.W;
    const tls = image.data.sections.find((s) => s.name === ".tbss");
    if (tls !== undefined && tls.length > 0) {
      const p = this.segment(ProgramType.Tls);
      p.flags = ProgramFlag.R;
      p.memsz = tls.length;
      p.align = 8;
    }
  }

  private describe(s: Section): void {
    const sh = this.ofSection.get(s)!;
    if (sh.type !== SectionType.Null) return;
    const seg = s.segment;
    sh.type = s.vaddr < seg.vaddr + seg.filelen ? SectionType.Progbits : SectionType.Nobits;
    sh.flags = SectionFlag.Alloc;
    if (s.rwx & 1) sh.flags |= SectionFlag.Execinstr;
    if (s.rwx & 2) sh.flags |= SectionFlag.Write;
    if (s.name === ".tbss") {
      sh.flags |= SectionFlag.Tls;
      sh.type = SectionType.Nobits;
    }
    sh.addr = s.vaddr;
    if (s.name.startsWith(".debug")) {
      sh.flags = s.compressed ? SectionFlag.Compressed : 0;
      sh.addr = 0;
    }
    sh.align = s.align;
    sh.size = s.length;
    if (s.name !== ".tbss") sh.off = seg.fileoff + s.vaddr - seg.vaddr;
  }

  /** What is loaded first, by address; the rest as it came. */
  private sort(): void {
    const rest = this.shdrs.slice(1);
    rest.sort((a, b) => {
      const x = (a.flags & SectionFlag.Alloc) !== 0;
      const y = (b.flags & SectionFlag.Alloc) !== 0;
      if (x && y) return a.addr - b.addr || a.size - b.size;
      return x ? -1 : y ? 1 : 0;
    });
    this.shdrs.splice(1, rest.length, ...rest);
    this.shdrs.forEach((s, i) => {
      s.index = i;
    });
    for (const [s, sh] of this.ofSection) s.shndx = sh.index;
  }

  /** The table of section names; a name that ends another shares its bytes only after ".rela". */
  private writeSectionNames(w: ByteWriter): number {
    const start = w.length;
    const offsets = new Map<string, number>([["", 0]]);
    w.u8(0);
    const write = (name: string): void => {
      offsets.set(name, w.length - start);
      w.text(name);
      w.u8(0);
    };
    for (const s of this.shdrs) {
      if (!s.name.startsWith(".rela")) continue;
      const suffix = s.name.slice(5);
      if (!offsets.has(suffix)) offsets.set(suffix, w.length - start + 5);
      write(s.name);
    }
    for (const s of this.shdrs) {
      if (!offsets.has(s.name)) write(s.name);
      s.nameOff = offsets.get(s.name)!;
    }
    return w.length - start;
  }

  private writeHeaders(out: Uint8Array, notes: readonly { shdr: Shdr; bytes: Uint8Array }[]): void {
    const { ctxt } = this;
    const v = new DataView(out.buffer);
    const shoff = elfHeaderSize + this.phdrs.length * programHeaderSize;
    const end = shoff + this.shdrs.length * sectionHeaderSize;
    if (end > ctxt.headerSize) exitf(`HEADR too small: ${end} > ${ctxt.headerSize}`);
    writeElfHeader(v, 0, {
      type: ctxt.pie ? ElfType.Dyn : ElfType.Exec,
      machine: EM_X86_64,
      entry: entryAddress(ctxt),
      phoff: elfHeaderSize,
      shoff,
      flags: 0,
      phnum: this.phdrs.length,
      shnum: this.shdrs.length,
      shstrndx: this.section(".shstrtab").index,
    });
    const first = this.phdrs[0]!;
    first.filesz = first.memsz = this.phdrs.length * programHeaderSize;
    this.phdrs.forEach((p, i) => {
      // A loaded segment begins at a page, in memory and in the file.
      const frag = p.type === ProgramType.Load ? p.vaddr % p.align : 0;
      writeProgramHeader(v, elfHeaderSize + i * programHeaderSize, {
        type: p.type,
        flags: p.flags,
        offset: p.off - frag,
        vaddr: p.vaddr - frag,
        paddr: p.vaddr - frag,
        filesz: p.filesz + frag,
        memsz: p.memsz + frag,
        align: p.align,
      });
    });
    this.shdrs.forEach((s, i) => {
      writeSectionHeader(v, shoff + i * sectionHeaderSize, {
        name: s.name,
        nameOff: s.nameOff,
        type: s.type,
        flags: s.flags,
        addr: s.addr,
        offset: s.off,
        size: s.size,
        link: s.link?.index ?? 0,
        info: s.infoSection?.index ?? s.info,
        align: s.align,
        entsize: s.entsize,
      });
    });
    for (const n of notes) out.set(n.bytes, n.shdr.off);
  }
}

function note(name: string, type: number, desc: Uint8Array): Uint8Array {
  const w = new ByteWriter(32 + desc.length);
  w.u32(name.length);
  w.u32(desc.length);
  w.u32(type);
  w.text(name);
  w.bytes(desc);
  w.align(4);
  return w.toBytes();
}

/** Where the program starts. */
function entryAddress(ctxt: Link): number {
  const { entryName: name, loader: ldr } = ctxt;
  if (/^[0-9]/.test(name)) return Number(name);
  const s = ldr.lookup(name, Version.ABI0);
  if (s === 0) {
    ctxt.reporter.error(`missing entry symbol "${name}"`);
    return 0;
  }
  if (ldr.kind[s] === Kind.Sxxx) return ctxt.textAddress;
  if (!ldr.isText(s)) ldr.error(s, "entry not text");
  return ldr.value[s]!;
}

/** The symbol table: locals, then globals; in each, functions by address, then data by number. */
class SymbolTable {
  /** The entries and their names, in the arena. */
  records: Uint8Array = new Uint8Array(0);
  strings: Uint8Array = new Uint8Array(0);
  firstGlobal = 0;
  private readonly ldr: Loader;

  constructor(
    private readonly ctxt: Link,
    private readonly indexOf: (s: Section) => number,
  ) {
    this.ldr = ctxt.loader;
  }

  build(): void {
    const { ldr, ctxt } = this;
    const { arena } = ldr;
    const { call, hooks } = arena;
    const text = ldr.lookup("runtime.text", Version.ABI0);
    const etext = ldr.lookup("runtime.etext", Version.ABI0);
    const list = arena.int32(ldr.n + ctxt.textp.length + 2);
    let n = 0;
    list[n++] = text;
    for (const s of ctxt.textp) list[n++] = s;
    if (ldr.isText(etext)) list[n++] = etext;
    const nfunc = n;
    n += call.listSymbols(ldr.n, list.byteOffset + 4 * n);
    const locals = arena.uint8(n);
    let extra = 64;
    for (let i = 0; i < n; i++) {
      const s = list[i]!;
      const local = call.isLocalSymbol(s);
      // Temporaries of static initialisers are private to an object but, as in cmd/link, not local here.
      locals[i] = local >= 0 ? local : ldr.isFileLocal(s) && !ldr.name(s).includes("..stmp_") ? 1 : 0;
      if (local < 0 || ldr.objectOf[s]! < 2) extra += ldr.name(s).length * 3 + 8;
    }
    const sections = ctxt.image.sections;
    const indices = arena.int32(sections.length);
    for (let i = 1; i < sections.length; i++) indices[i] = this.indexOf(sections[i]!);
    arena.set("elfIndex", indices.byteOffset);
    hooks.missingSection = (s) => ldr.error(s, "missing section in putelfsym");
    hooks.otherSymbol = (s) => this.name(s);

    const records = arena.alloc((n + 2) * elfSymbolSize);
    const strings = arena.alloc(call.namesBound(list.byteOffset, n) + extra, 1);
    // A null entry, then the file that all locals are said to come from.
    const file = "go.go";
    arena.bytes.set(encodeUtf8(file), strings + 1);
    const entry = records + elfSymbolSize;
    arena.view.setUint32(entry, 1, true);
    arena.view.setUint8(entry + 4, SymbolType.File);
    arena.view.setUint16(entry + 6, 0xfff1, true);
    arena.set("records", entry + elfSymbolSize);
    arena.set("stringsStart", strings);
    arena.set("strings", strings + file.length + 2);
    const names1 = ldr.names[1].address;
    call.putSymbols(list.byteOffset, locals.byteOffset, n, nfunc, 1, names1);
    this.firstGlobal = (arena.get("records") - records) / elfSymbolSize;
    call.putSymbols(list.byteOffset, locals.byteOffset, n, nfunc, 0, names1);
    this.records = arena.bytes.subarray(records, arena.get("records"));
    this.strings = arena.bytes.subarray(strings, arena.get("strings"));
  }

  /** Writes the name of a symbol that is not an object's. */
  private name(s: number): void {
    const { ldr } = this;
    const { arena } = ldr;
    let name = ldr.name(s);
    if (ldr.version(s) === Version.ABI0 && ldr.isText(s)) {
      // The ABIInternal twin has the plain name.
      const twin = ldr.lookup(name, Version.ABIInternal);
      if (twin !== 0 && ldr.isText(twin)) name += ".abi0";
    }
    const b = encodeUtf8(name);
    const at = arena.get("strings");
    arena.bytes.set(b, at);
    arena.set("strings", at + b.length);
  }
}
