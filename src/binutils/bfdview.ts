// The views of GNU objdump: -f file header, -p program headers, -h sections, -t symbols, -x all of them, -d disassembly.

import { type ElfFile, type ElfSymbol, FormatError, readElf, type SectionHeader, SectionType } from "#formats";
import { type Host, HostError } from "#host";
import { AttDisassembler, addressText } from "./att.ts";
import { compareUtf8 } from "./nm.ts";
import { type Output, readInput, reasonOf } from "./tool.ts";

const long: Readonly<Record<string, string>> = {
  "--file-headers": "f",
  "--private-headers": "p",
  "--section-headers": "h",
  "--headers": "h",
  "--syms": "t",
  "--all-headers": "x",
  "--disassemble": "d",
};

/** The views that a command line asks for and the files; undefined if it is one of `go tool objdump`. */
export function viewsOf(argv: readonly string[]): { views: string; files: string[] } | undefined {
  let views = "";
  const files: string[] = [];
  for (const a of argv) {
    if (long[a] !== undefined) views += long[a];
    else if (/^-[fphtxdw]+$/.test(a)) views += a.slice(1);
    else if (a.startsWith("-")) return undefined;
    else files.push(a);
  }
  return views.replace("w", "") === "" || files.length === 0 ? undefined : { views, files };
}

/** Prints the views of each file. */
export function printViews(host: Host, out: Output, views: string, files: readonly string[]): void {
  const what = views.includes("x") ? `${views}fpht` : views;
  for (const file of files) {
    let elf: ElfFile;
    try {
      elf = readElf(readInput(out, host, file));
    } catch (e) {
      if (e instanceof HostError && e.code === "ENOENT") out.error(`objdump: '${file}': No such file`);
      else if (e instanceof HostError) out.error(`objdump: ${file}: ${e.message}`);
      else out.error(`objdump: ${file}: file format not recognized`);
      continue;
    }
    try {
      new View(out, elf, file, what, views.includes("x")).print();
    } catch (e) {
      out.error(`objdump: ${file}: ${reasonOf(e)}`);
    }
  }
}

function hex(v: number, width: number): string {
  return v.toString(16).padStart(width, "0");
}

/** Exponent of the power of two that is at least v. */
function log2(v: number): number {
  let n = 0;
  for (let x = 1; x < v; x *= 2) n++;
  return n;
}

const segmentNames: Readonly<Record<number, string>> = {
  0: "NULL",
  1: "LOAD",
  2: "DYNAMIC",
  3: "INTERP",
  4: "NOTE",
  5: "SHLIB",
  6: "PHDR",
  7: "TLS",
  1685382480: "EH_FRAME",
  1685382481: "STACK",
  1685382482: "RELRO",
};

/** A symbol as addresses are named by it. */
interface Named {
  readonly name: string;
  readonly value: number;
  readonly section: number;
  readonly symbol: ElfSymbol;
}

class View {
  private readonly machine: string;
  private readonly format: string;
  private readonly symbols: readonly ElfSymbol[];
  /** All symbols that can name addresses, and those that do where the disassembly is. */
  private named: readonly Named[] = [];
  private sorted: readonly Named[] = [];

  constructor(
    private readonly out: Output,
    private readonly elf: ElfFile,
    private readonly file: string,
    private readonly what: string,
    private readonly all: boolean,
  ) {
    const isAmd64 = elf.header.machine === 62;
    this.machine = isAmd64 ? "i386:x86-64" : "UNKNOWN!";
    this.format = isAmd64 ? "elf64-x86-64" : "elf64-little";
    this.symbols = elf.symbols();
  }

  print(): void {
    const { out, what } = this;
    out.print(`\n${this.file}:     file format ${this.format}\n`);
    if (this.all) out.print(`${this.file}\n`);
    if (what.includes("f")) this.header();
    else if (!what.includes("p")) out.print("\n");
    if (what.includes("p")) this.programHeaders();
    if (what.includes("h")) this.sectionHeaders();
    if (what.includes("t")) this.symbolTable();
    if (what.includes("d")) this.disassembly();
  }

  private header(): void {
    const { elf } = this;
    const has = (type: number): boolean => elf.sections.some((s) => s.type === type && s.size > s.entsize);
    const flags: readonly (readonly [number, string, boolean])[] = [
      [0x1, "HAS_RELOC", elf.header.type === 1],
      [0x2, "EXEC_P", elf.header.type === 2],
      [0x10, "HAS_SYMS", has(SectionType.Symtab) || has(SectionType.Dynsym)],
      [0x40, "DYNAMIC", elf.header.type === 3],
      [0x100, "D_PAGED", elf.header.phnum > 0],
    ];
    let bits = 0;
    for (const [bit, , on] of flags) if (on) bits |= bit;
    const names = flags.filter(([, , on]) => on).map(([, name]) => name);
    this.out.print(`architecture: ${this.machine}, flags 0x${hex(bits, 8)}:\n${names.join(", ")}\n`);
    this.out.print(`start address 0x${hex(elf.header.entry, 16)}\n\n`);
  }

  private programHeaders(): void {
    if (!this.what.includes("f")) this.out.print("\n");
    if (this.elf.segments.length === 0) return;
    this.out.print("Program Header:\n");
    for (const p of this.elf.segments) {
      const name = (segmentNames[p.type] ?? `0x${p.type.toString(16)}`).padStart(8);
      const flags = `${p.flags & 4 ? "r" : "-"}${p.flags & 2 ? "w" : "-"}${p.flags & 1 ? "x" : "-"}`;
      const where = `off    0x${hex(p.offset, 16)} vaddr 0x${hex(p.vaddr, 16)} paddr 0x${hex(p.paddr, 16)}`;
      this.out.print(`${name} ${where} align 2**${log2(p.align)}\n`);
      this.out.print(`         filesz 0x${hex(p.filesz, 16)} memsz 0x${hex(p.memsz, 16)} flags ${flags}\n`);
    }
    this.out.print("\n");
  }

  /** Sections that BFD shows: not those that it reads as tables of symbols, strings and relocations. */
  private shown(s: SectionHeader): boolean {
    const isAlloc = (s.flags & 2) !== 0;
    if (s.type === SectionType.Null || s.type === SectionType.Symtab) return false;
    return isAlloc || (s.type !== SectionType.Strtab && s.type !== SectionType.Rela && s.type !== SectionType.Rel);
  }

  private sectionHeaders(): void {
    this.out.print("Sections:\nIdx Name          Size      VMA               LMA               File off  Algn\n");
    const { sections } = this.elf;
    let index = 0;
    sections.forEach((s, i) => {
      if (!this.shown(s)) return;
      const isAlloc = (s.flags & 2) !== 0;
      const contents = s.type !== SectionType.Nobits;
      const isDebug = !isAlloc && /^\.(z?debug|gnu\.debuglto_|line|stab|gdb_index)/.test(s.name);
      const flags: string[] = [];
      if (contents) flags.push("CONTENTS");
      if (isAlloc) flags.push("ALLOC");
      if (isAlloc && contents) flags.push("LOAD");
      const isTarget = (r: SectionHeader): boolean =>
        (r.type === SectionType.Rela || r.type === SectionType.Rel) && r.info === i;
      if (this.elf.header.type === 1 && sections.some(isTarget)) flags.push("RELOC");
      if ((s.flags & 1) === 0) flags.push("READONLY");
      if ((s.flags & 4) !== 0) flags.push("CODE");
      else if (isAlloc && contents) flags.push("DATA");
      if (isDebug) flags.push("DEBUGGING");
      if (s.flags >= 0x80000000 && (s.flags & 0x80000000) !== 0) flags.push("EXCLUDE");
      if ((s.flags & 0x400) !== 0) flags.push("THREAD_LOCAL");
      if (isDebug) flags.push("OCTETS");
      const { size, align } = this.uncompressed(s);
      const place = `${hex(size, 8)}  ${hex(s.addr, 16)}  ${hex(this.loadAddress(s), 16)}  ${hex(s.offset, 8)}`;
      this.out.print(`${String(index++).padStart(3)} ${s.name.padEnd(13)} ${place}  2**${log2(align)}\n`);
      this.out.print(`                  ${flags.join(", ")}\n`);
    });
  }

  /** Size and alignment that a compressed section has when it is not. */
  private uncompressed(s: SectionHeader): { size: number; align: number } {
    if ((s.flags & 0x800) === 0 || s.size < 24) return s;
    const data = this.elf.data(s);
    const v = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const u64 = (at: number): number => v.getUint32(at + 4, true) * 4294967296 + v.getUint32(at, true);
    return { size: u64(8), align: u64(16) };
  }

  /** The physical address that the program headers give a section. */
  private loadAddress(s: SectionHeader): number {
    if ((s.flags & 2) === 0) return s.addr;
    for (const p of this.elf.segments) {
      if (p.type !== 1 || s.addr < p.vaddr || s.addr + s.size > p.vaddr + p.memsz) continue;
      return p.paddr + (s.addr - p.vaddr);
    }
    return s.addr;
  }

  private symbolTable(): void {
    this.out.print("SYMBOL TABLE:\n");
    if (this.symbols.length === 0) this.out.print("no symbols\n");
    for (const s of this.symbols) this.out.print(`${this.symbolLine(s)}\n`);
    this.out.print(this.symbols.length === 0 ? "\n" : "\n\n");
  }

  private symbolLine(s: ElfSymbol): string {
    const type = s.info & 15;
    const bind = s.info >> 4;
    const undefinedSymbol = s.shndx === 0;
    const scope =
      bind === 0 ? "l" : bind === 10 ? "u" : bind === 1 && !undefinedSymbol && s.shndx !== 0xfff2 ? "g" : " ";
    const weak = bind === 2 ? "w" : " ";
    const debug = type === 3 || type === 4 ? "d" : " ";
    const kind = type === 2 ? "F" : type === 4 ? "f" : type === 1 || type === 5 ? "O" : " ";
    const indirect = type === 10 ? "i" : " ";
    const hidden = ["", " .internal", " .hidden", " .protected"][s.other & 3];
    const name = type === 3 && s.name === "" ? (this.elf.sections[s.shndx]?.name ?? "") : s.name;
    const size = s.shndx === 0xfff2 ? s.value : s.size;
    const value = s.shndx === 0xfff2 ? s.size : s.value;
    const flags = `${scope}${weak}  ${indirect}${debug}${kind}`;
    return `${hex(value, 16)} ${flags} ${this.sectionName(s.shndx)}\t${hex(size, 16)}${hidden} ${name}`;
  }

  private sectionName(shndx: number): string {
    switch (shndx) {
      case 0:
        return "*UND*";
      case 0xfff1:
        return "*ABS*";
      case 0xfff2:
        return "*COM*";
      default:
        return this.elf.sections[shndx]?.name ?? "*ABS*";
    }
  }

  private disassembly(): void {
    if (this.elf.header.machine !== 62) throw new FormatError("can't disassemble for architecture UNKNOWN!");
    this.sortSymbols();
    const d = new AttDisassembler((addr) => this.nameOf(addr));
    this.elf.sections.forEach((s, i) => {
      if ((s.flags & 4) === 0 || s.type === SectionType.Nobits || s.size === 0) return;
      this.out.print(`\nDisassembly of section ${s.name}:\n`);
      this.section(d, s, i);
    });
  }

  /** Symbols by address; of those at one address the one that names it comes first. */
  private sortSymbols(): void {
    const list: Named[] = [];
    for (const symbol of this.symbols) {
      const type = symbol.info & 15;
      if (symbol.shndx === 0 || symbol.shndx === 0xfff2) continue;
      const name = type === 3 && symbol.name === "" ? (this.elf.sections[symbol.shndx]?.name ?? "") : symbol.name;
      if (name !== "") list.push({ name, value: symbol.value, section: symbol.shndx, symbol });
    }
    const last = (s: Named): number => ((s.symbol.info & 15) === 3 || (s.symbol.info & 15) === 4 ? 1 : 0);
    const kind = (s: Named, type: number): number => ((s.symbol.info & 15) === type ? 0 : 1);
    const local = (s: Named): number => (s.symbol.info >> 4 === 1 ? 0 : 1);
    const dot = (s: Named): number => (s.name.startsWith(".") ? 1 : 0);
    list.sort(
      (a, b) =>
        a.value - b.value ||
        a.section - b.section ||
        last(a) - last(b) ||
        kind(a, 2) - kind(b, 2) ||
        kind(a, 1) - kind(b, 1) ||
        b.symbol.size - a.symbol.size ||
        local(a) - local(b) ||
        dot(a) - dot(b) ||
        compareUtf8(a.name, b.name),
    );
    this.named = this.sorted = list;
  }

  /** Index of the symbol that names addr, or -1. */
  private find(addr: number): number {
    let lo = 0;
    let hi = this.sorted.length;
    while (lo < hi) {
      const mid = (lo + hi) >>> 1;
      if (addr < this.sorted[mid]!.value) hi = mid;
      else lo = mid + 1;
    }
    let i = lo - 1;
    while (i > 0 && this.sorted[i - 1]!.value === this.sorted[i]!.value) i--;
    return i;
  }

  private nameOf(addr: number): string {
    if (this.sorted.length === 0) return `0x${addressText(addr)}`;
    const s = this.sorted[Math.max(0, this.find(addr))]!;
    const delta = addr - s.value;
    const offset = delta === 0 ? "" : delta > 0 ? `+0x${delta.toString(16)}` : `-0x${(-delta).toString(16)}`;
    return `${addressText(addr)} <${s.name}${offset}>`;
  }

  private section(d: AttDisassembler, s: SectionHeader, index: number): void {
    // Sections of an object that is not linked all begin at 0: only their own symbols are meant.
    if (this.elf.header.type === 1) this.sorted = this.named.filter((n) => n.section === index);
    const bytes = this.elf.data(s);
    const end = hex(s.addr + s.size, 16);
    let skip = 0;
    while (end.startsWith("00000", skip)) skip += 4;
    const width = 16 - skip;
    // Where symbols of this section are, so that each begins a block.
    const starts: number[] = [];
    for (const n of this.sorted) {
      if (n.section === index && (n.symbol.info & 15) !== 3 && n.value > s.addr && n.value < s.addr + s.size) {
        if (starts[starts.length - 1] !== n.value) starts.push(n.value);
      }
    }
    starts.push(s.addr + s.size);
    let at = s.addr;
    for (const stop of starts) {
      if (stop === at) continue;
      const name = this.nameOf(at).replace(/^[0-9a-fx]+ ?/, "") || `<${s.name}>`;
      this.out.print(`\n${hex(at, 16)} ${name}:\n`);
      this.out.print(this.block(d, bytes, s.addr, at, stop, width));
      at = stop;
    }
  }

  private block(
    d: AttDisassembler,
    bytes: Uint8Array,
    base: number,
    from: number,
    stop: number,
    width: number,
  ): string {
    const lines: string[] = [];
    for (let pc = from; pc < stop; ) {
      const at = pc - base;
      let zeros = 0;
      while (pc + zeros < stop && bytes[at + zeros] === 0) zeros++;
      if (zeros >= 8 || (zeros > 0 && zeros < 4 && pc + zeros === stop)) {
        // A run of zeros is not shown; if something follows it goes on at a multiple of four.
        if (pc + zeros < stop) zeros -= zeros % 4;
        lines.push("\t...\n");
        pc += zeros;
        continue;
      }
      d.next1(bytes, at, stop - base, pc);
      const n = d.length;
      for (let i = 0; i < n; i += 7) {
        let raw = "";
        const upTo = Math.min(i + 7, n);
        for (let k = i; k < upTo; k++) raw += `${hex(bytes[at + k]!, 2)} `;
        const address = (pc + i).toString(16).padStart(width);
        lines.push(i === 0 ? `${address}:\t${raw.padEnd(21)}\t${d.text}\n` : `${address}:\t${raw}\n`);
      }
      pc += n;
    }
    return lines.join("");
  }
}
