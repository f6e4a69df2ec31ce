// ELF for x86-64, 64-bit little-endian: constants, structures read and written (System V gABI; debug/elf).

import { decodeUtf8 } from "#base";
import { FormatError } from "./archive.ts";

export const elfHeaderSize = 64;
export const programHeaderSize = 56;
export const sectionHeaderSize = 64;
export const elfSymbolSize = 24;

export const enum ElfType {
  None = 0,
  Rel = 1,
  Exec = 2,
  Dyn = 3,
  Core = 4,
}

export const enum ProgramType {
  Null = 0,
  Load = 1,
  Dynamic = 2,
  Interp = 3,
  Note = 4,
  Phdr = 6,
  Tls = 7,
  GnuEhFrame = 0x6474e550,
  GnuStack = 0x6474e551,
  GnuRelro = 0x6474e552,
}

export const enum ProgramFlag {
  X = 1,
  W = 2,
  R = 4,
}

export const enum SectionType {
  Null = 0,
  Progbits = 1,
  Symtab = 2,
  Strtab = 3,
  Rela = 4,
  Hash = 5,
  Dynamic = 6,
  Note = 7,
  Nobits = 8,
  Rel = 9,
  Dynsym = 11,
  InitArray = 14,
  FiniArray = 15,
  GnuHash = 0x6ffffff6,
  GnuVerneed = 0x6ffffffe,
  GnuVersym = 0x6fffffff,
}

export const enum SectionFlag {
  Write = 1,
  Alloc = 2,
  Execinstr = 4,
  Merge = 0x10,
  Strings = 0x20,
  InfoLink = 0x40,
  Tls = 0x400,
  Compressed = 0x800,
}

export const enum SymbolBind {
  Local = 0,
  Global = 1,
  Weak = 2,
}

export const enum SymbolType {
  Notype = 0,
  Object = 1,
  Func = 2,
  Section = 3,
  File = 4,
  Tls = 6,
}

export const enum SymbolVisibility {
  Default = 0,
  Internal = 1,
  Hidden = 2,
  Protected = 3,
}

/** A 64-bit address as a number: user-space addresses are far below 2^53. */
function u64(v: DataView, p: number): number {
  return v.getUint32(p + 4, true) * 4294967296 + v.getUint32(p, true);
}

function setU64(v: DataView, p: number, x: number): void {
  v.setUint32(p, x >>> 0, true);
  v.setUint32(p + 4, Math.floor(x / 4294967296) >>> 0, true);
}

/** The parts of the file header that differ between files. */
export interface ElfHeader {
  readonly type: ElfType;
  readonly machine: number;
  readonly entry: number;
  readonly phoff: number;
  readonly shoff: number;
  readonly flags: number;
  readonly phnum: number;
  readonly shnum: number;
  readonly shstrndx: number;
}

export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly paddr: number;
  readonly filesz: number;
  readonly memsz: number;
  readonly align: number;
}

export interface SectionHeader {
  readonly name: string;
  /** Offset of the name in the section of names. */
  readonly nameOff: number;
  readonly type: number;
  readonly flags: number;
  readonly addr: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  readonly entsize: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly info: number;
  readonly other: number;
  readonly shndx: number;
  readonly value: number;
  readonly size: number;
}

export const EM_X86_64 = 62;

/** Writes the file header at p. */
export function writeElfHeader(v: DataView, p: number, h: ElfHeader): void {
  v.setUint32(p, 0x464c457f, true);
  v.setUint8(p + 4, 2);
  v.setUint8(p + 5, 1);
  v.setUint8(p + 6, 1);
  v.setUint16(p + 16, h.type, true);
  v.setUint16(p + 18, h.machine, true);
  v.setUint32(p + 20, 1, true);
  setU64(v, p + 24, h.entry);
  setU64(v, p + 32, h.phoff);
  setU64(v, p + 40, h.shoff);
  v.setUint32(p + 48, h.flags, true);
  v.setUint16(p + 52, elfHeaderSize, true);
  v.setUint16(p + 54, programHeaderSize, true);
  v.setUint16(p + 56, h.phnum, true);
  v.setUint16(p + 58, sectionHeaderSize, true);
  v.setUint16(p + 60, h.shnum, true);
  v.setUint16(p + 62, h.shstrndx, true);
}

export function writeProgramHeader(v: DataView, p: number, h: ProgramHeader): void {
  v.setUint32(p, h.type, true);
  v.setUint32(p + 4, h.flags, true);
  setU64(v, p + 8, h.offset);
  setU64(v, p + 16, h.vaddr);
  setU64(v, p + 24, h.paddr);
  setU64(v, p + 32, h.filesz);
  setU64(v, p + 40, h.memsz);
  setU64(v, p + 48, h.align);
}

export function writeSectionHeader(v: DataView, p: number, h: SectionHeader): void {
  v.setUint32(p, h.nameOff, true);
  v.setUint32(p + 4, h.type, true);
  setU64(v, p + 8, h.flags);
  setU64(v, p + 16, h.addr);
  setU64(v, p + 24, h.offset);
  setU64(v, p + 32, h.size);
  v.setUint32(p + 40, h.link, true);
  v.setUint32(p + 44, h.info, true);
  setU64(v, p + 48, h.align);
  setU64(v, p + 56, h.entsize);
}

/** Whether bytes begin as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** An ELF file in memory. */
export class ElfFile {
  constructor(
    readonly bytes: Uint8Array,
    readonly header: ElfHeader,
    readonly segments: readonly ProgramHeader[],
    readonly sections: readonly SectionHeader[],
  ) {}

  section(name: string): SectionHeader | undefined {
    return this.sections.find((s) => s.name === name);
  }

  /** The file bytes of a section (empty for those without), compressed if they are. */
  data(s: SectionHeader): Uint8Array {
    if (s.type === SectionType.Nobits) return new Uint8Array(0);
    if (s.offset + s.size > this.bytes.length) throw new FormatError(`section ${s.name} lies outside of the file`);
    return this.bytes.subarray(s.offset, s.offset + s.size);
  }

  /** All entries of a symbol table, the null one included; without one given, the static table without its null entry. */
  symbols(table?: SectionHeader): ElfSymbol[] {
    const symtab = table ?? this.sections.find((s) => s.type === SectionType.Symtab);
    if (symtab === undefined) return [];
    const strtab = this.sections[symtab.link];
    if (strtab === undefined) throw new FormatError("symbol table without strings");
    const data = this.data(symtab);
    const names = this.data(strtab);
    const v = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const out: ElfSymbol[] = [];
    for (let p = table === undefined ? elfSymbolSize : 0; p + elfSymbolSize <= data.length; p += elfSymbolSize) {
      out.push({
        name: cString(names, v.getUint32(p, true)),
        info: data[p + 4]!,
        other: data[p + 5]!,
        shndx: v.getUint16(p + 6, true),
        value: u64(v, p + 8),
        size: u64(v, p + 16),
      });
    }
    return out;
  }

  /** The contents at a virtual address that the file holds (not zeros beyond it); undefined if none. */
  bytesAt(addr: number): Uint8Array | undefined {
    for (const s of this.segments) {
      if (s.type === ProgramType.Load && addr >= s.vaddr && addr < s.vaddr + s.filesz) {
        return this.bytes.subarray(s.offset + addr - s.vaddr, s.offset + s.filesz);
      }
    }
    return undefined;
  }
}

function cString(b: Uint8Array, at: number): string {
  if (at >= b.length) return "";
  let end = b.indexOf(0, at);
  if (end < 0) end = b.length;
  return decodeUtf8(b.subarray(at, end));
}

/** Reads the headers of a 64-bit little-endian ELF file. Throws FormatError when it is none or is truncated. */
export function readElf(bytes: Uint8Array): ElfFile {
  if (!isElf(bytes) || bytes.length < elfHeaderSize) throw new FormatError("bad magic number: not an ELF file");
  if (bytes[4] !== 2 || bytes[5] !== 1) throw new FormatError("not a 64-bit little-endian ELF file");
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header: ElfHeader = {
    type: v.getUint16(16, true),
    machine: v.getUint16(18, true),
    entry: u64(v, 24),
    phoff: u64(v, 32),
    shoff: u64(v, 40),
    flags: v.getUint32(48, true),
    phnum: v.getUint16(56, true),
    shnum: v.getUint16(60, true),
    shstrndx: v.getUint16(62, true),
  };
  if (header.phoff + header.phnum * programHeaderSize > bytes.length) throw new FormatError("truncated ELF file");
  if (header.shoff + header.shnum * sectionHeaderSize > bytes.length) throw new FormatError("truncated ELF file");
  const segments: ProgramHeader[] = [];
  for (let i = 0, p = header.phoff; i < header.phnum; i++, p += programHeaderSize) {
    segments.push({
      type: v.getUint32(p, true),
      flags: v.getUint32(p + 4, true),
      offset: u64(v, p + 8),
      vaddr: u64(v, p + 16),
      paddr: u64(v, p + 24),
      filesz: u64(v, p + 32),
      memsz: u64(v, p + 40),
      align: u64(v, p + 48),
    });
  }
  const raw: Omit<SectionHeader, "name">[] = [];
  for (let i = 0, p = header.shoff; i < header.shnum; i++, p += sectionHeaderSize) {
    raw.push({
      nameOff: v.getUint32(p, true),
      type: v.getUint32(p + 4, true),
      flags: u64(v, p + 8),
      addr: u64(v, p + 16),
      offset: u64(v, p + 24),
      size: u64(v, p + 32),
      link: v.getUint32(p + 40, true),
      info: v.getUint32(p + 44, true),
      align: u64(v, p + 48),
      entsize: u64(v, p + 56),
    });
  }
  const strings = raw[header.shstrndx];
  const names =
    strings === undefined ? new Uint8Array(0) : bytes.subarray(strings.offset, strings.offset + strings.size);
  const sections = raw.map((s) => ({ name: cString(names, s.nameOff), ...s }));
  return new ElfFile(bytes, header, segments, sections);
}

/** A note: an owner's name, a type in the owner's numbering, and contents. */
export interface ElfNote {
  readonly name: string;
  readonly type: number;
  readonly desc: Uint8Array;
}

/** The notes in the bytes of a note section or segment. */
export function readNotes(data: Uint8Array): ElfNote[] {
  const v = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const notes: ElfNote[] = [];
  let p = 0;
  while (p + 12 <= data.length) {
    const nameSize = v.getUint32(p, true);
    const descSize = v.getUint32(p + 4, true);
    const type = v.getUint32(p + 8, true);
    const desc = p + 12 + ((nameSize + 3) & ~3);
    if (desc + descSize > data.length) break;
    const name = cString(data.subarray(p + 12, p + 12 + nameSize), 0);
    notes.push({ name, type, desc: data.subarray(desc, desc + descSize) });
    p = desc + ((descSize + 3) & ~3);
  }
  return notes;
}
