import { decodeUtf8 } from "#base";
import {
  type ElfFile,
  type ProgramHeader,
  ProgramType,
  readElf,
  readNotes,
  type SectionHeader,
  SectionFlag,
  SectionType,
} from "#formats";
import type { Host, ToolResult } from "#host";
import { type Output, readInput, runTool, ToolExit } from "./tool.ts";

const usage = `Usage: readelf [-h] [-l] [-S] [-s] [-n] [-a] file...
  -h header, -l program headers, -S section headers, -s symbols, -n notes, -a all of them; always wide (-W)
`;

const elfTypes: Readonly<Record<number, string>> = {
  0: "NONE (None)",
  1: "REL (Relocatable file)",
  2: "EXEC (Executable file)",
  3: "DYN (Shared object file)",
  4: "CORE (Core file)",
};

const segmentTypes: Readonly<Record<number, string>> = {
  0: "NULL",
  1: "LOAD",
  2: "DYNAMIC",
  3: "INTERP",
  4: "NOTE",
  6: "PHDR",
  7: "TLS",
  1685382480: "GNU_EH_FRAME",
  1685382481: "GNU_STACK",
  1685382482: "GNU_RELRO",
};

const sectionTypes: Readonly<Record<number, string>> = {
  0: "NULL",
  1: "PROGBITS",
  2: "SYMTAB",
  3: "STRTAB",
  4: "RELA",
  5: "HASH",
  6: "DYNAMIC",
  7: "NOTE",
  8: "NOBITS",
  9: "REL",
  11: "DYNSYM",
  14: "INIT_ARRAY",
  15: "FINI_ARRAY",
  1879048182: "GNU_HASH",
  1879048190: "VERNEED",
  1879048191: "VERSYM",
};

const flagLetters: readonly (readonly [number, string])[] = [
  [0x1, "W"],
  [0x2, "A"],
  [0x4, "X"],
  [0x10, "M"],
  [0x20, "S"],
  [0x40, "I"],
  [0x80, "L"],
  [0x100, "O"],
  [0x200, "G"],
  [0x400, "T"],
  [0x800, "C"],
];

const symbolTypes = ["NOTYPE", "OBJECT", "FUNC", "SECTION", "FILE", "COMMON", "TLS"];
const bindings = ["LOCAL", "GLOBAL", "WEAK"];
const visibilities = ["DEFAULT", "INTERNAL", "HIDDEN", "PROTECTED"];

/** Shows the structure of executables in the wide form of GNU readelf. */
export function readelfMain(host: Host, argv: readonly string[]): ToolResult {
  return runTool("readelf: ", (out) => {
    let what = "";
    const files: string[] = [];
    const long: Readonly<Record<string, string>> = {
      "--file-header": "h",
      "--program-headers": "l",
      "--segments": "l",
      "--section-headers": "S",
      "--sections": "S",
      "--symbols": "s",
      "--syms": "s",
      "--notes": "n",
      "--all": "a",
      "--headers": "hlS",
      "--wide": "",
    };
    for (const a of argv) {
      if (!a.startsWith("-")) files.push(a);
      else if (long[a] !== undefined) what += long[a];
      else if (/^-[hlSsnaWe]+$/.test(a)) what += a.slice(1).replace("e", "hlS");
      else throw new ToolExit(1, `readelf: unrecognized option '${a}'\n${usage}`);
    }
    if (what.includes("a")) what += "hlSsn";
    if (files.length === 0 || !/[hlSsn]/.test(what)) throw new ToolExit(1, usage);
    for (const f of files) {
      if (files.length > 1) out.print(`\nFile: ${f}\n`);
      new Reader(out, readElf(readInput(out, host, f)), what).print();
    }
  });
}

function hex(v: number, width: number): string {
  return v.toString(16).padStart(width, "0");
}

class Reader {
  constructor(
    private readonly out: Output,
    private readonly elf: ElfFile,
    private readonly what: string,
  ) {}

  print(): void {
    const { what } = this;
    if (what.includes("h")) this.header();
    if (what.includes("S")) this.sections();
    if (what.includes("l")) this.segments();
    if (what.includes("s")) this.symbols();
    if (what.includes("n")) this.notes();
  }

  private typeName(): string {
    const pie = this.elf.header.type === 3 && this.elf.segments.some((s) => s.type === ProgramType.Interp);
    return pie ? "DYN (Position-Independent Executable file)" : (elfTypes[this.elf.header.type] ?? "<unknown>");
  }

  private header(): void {
    const { header: h, bytes } = this.elf;
    const magic = Array.from(bytes.subarray(0, 16), (b) => hex(b, 2)).join(" ");
    const line = (name: string, value: string): void => this.out.print(`  ${`${name}:`.padEnd(34)} ${value}\n`);
    this.out.print(`ELF Header:\n  Magic:   ${magic} \n`);
    line("Class", "ELF64");
    line("Data", "2's complement, little endian");
    line("Version", "1 (current)");
    line("OS/ABI", bytes[7] === 0 ? "UNIX - System V" : bytes[7] === 3 ? "UNIX - GNU" : `<unknown: ${bytes[7]}>`);
    line("ABI Version", String(bytes[8]));
    line("Type", this.typeName());
    line("Machine", h.machine === 62 ? "Advanced Micro Devices X86-64" : `<unknown>: 0x${h.machine.toString(16)}`);
    line("Version", "0x1");
    line("Entry point address", `0x${h.entry.toString(16)}`);
    line("Start of program headers", `${h.phoff} (bytes into file)`);
    line("Start of section headers", `${h.shoff} (bytes into file)`);
    line("Flags", `0x${h.flags.toString(16)}`);
    line("Size of this header", "64 (bytes)");
    line("Size of program headers", `${h.phnum === 0 ? 0 : 56} (bytes)`);
    line("Number of program headers", String(h.phnum));
    line("Size of section headers", "64 (bytes)");
    line("Number of section headers", String(h.shnum));
    line("Section header string table index", String(h.shstrndx));
  }

  private sections(): void {
    const { header: h, sections } = this.elf;
    if (!this.what.includes("h")) {
      const many = h.shnum === 1 ? "is 1 section header" : `are ${h.shnum} section headers`;
      this.out.print(`There ${many}, starting at offset 0x${h.shoff.toString(16)}:\n`);
    }
    this.out.print("\nSection Headers:\n");
    this.out.print("  [Nr] Name              Type            Address          Off    Size   ES Flg Lk Inf Al\n");
    sections.forEach((s, i) => {
      let flags = "";
      for (const [bit, letter] of flagLetters) if ((s.flags & bit) !== 0) flags += letter;
      const type = (sectionTypes[s.type] ?? s.type.toString(16)).padEnd(15);
      const place = `${hex(s.addr, 16)} ${hex(s.offset, 6)} ${hex(s.size, 6)} ${hex(s.entsize, 2)}`;
      const rest = `${flags.padStart(3)} ${String(s.link).padStart(2)} ${String(s.info).padStart(3)} ${String(s.align).padStart(2)}`;
      this.out.print(`  [${String(i).padStart(2)}] ${s.name.padEnd(17)} ${type} ${place} ${rest}\n`);
    });
    this.out.print(`Key to Flags:
  W (write), A (alloc), X (execute), M (merge), S (strings), I (info),
  L (link order), O (extra OS processing required), G (group), T (TLS),
  C (compressed), x (unknown), o (OS specific), E (exclude),
  D (mbind), l (large), p (processor specific)
`);
  }

  private segments(): void {
    const { header: h, segments, sections } = this.elf;
    if (!this.what.includes("h")) {
      this.out.print(`\nElf file type is ${this.typeName()}\nEntry point 0x${h.entry.toString(16)}\n`);
      const many = h.phnum === 1 ? "is 1 program header" : `are ${h.phnum} program headers`;
      this.out.print(`There ${many}, starting at offset ${h.phoff}\n`);
    }
    this.out.print("\nProgram Headers:\n");
    this.out.print("  Type           Offset   VirtAddr           PhysAddr           FileSiz  MemSiz   Flg Align\n");
    for (const p of segments) {
      const flags = `${p.flags & 4 ? "R" : " "}${p.flags & 2 ? "W" : " "}${p.flags & 1 ? "E" : " "}`;
      const type = (segmentTypes[p.type] ?? `<unknown>: ${p.type.toString(16)}`).padEnd(14);
      const where = `0x${hex(p.offset, 6)} 0x${hex(p.vaddr, 16)} 0x${hex(p.paddr, 16)}`;
      this.out.print(
        `  ${type} ${where} 0x${hex(p.filesz, 6)} 0x${hex(p.memsz, 6)} ${flags} 0x${p.align.toString(16)}\n`,
      );
      if (p.type === ProgramType.Interp) {
        const path = decodeUtf8(this.elf.bytes.subarray(p.offset, p.offset + p.filesz - 1));
        this.out.print(`      [Requesting program interpreter: ${path}]\n`);
      }
    }
    this.out.print("\n Section to Segment mapping:\n  Segment Sections...\n");
    segments.forEach((p, i) => {
      const inside = sections.filter((s) => isInside(s, p)).map((s) => `${s.name} `);
      this.out.print(`   ${String(i).padStart(2, "0")}     ${inside.join("")}\n`);
    });
  }

  private symbols(): void {
    for (const table of this.elf.sections) {
      if (table.type !== SectionType.Symtab && table.type !== SectionType.Dynsym) continue;
      const syms = this.elf.symbols(table);
      const many = syms.length === 1 ? "entry" : "entries";
      this.out.print(`\nSymbol table '${table.name}' contains ${syms.length} ${many}:\n`);
      this.out.print("   Num:    Value          Size Type    Bind   Vis      Ndx Name\n");
      syms.forEach((s, i) => {
        const type = (symbolTypes[s.info & 15] ?? `<unknown>: ${s.info & 15}`).padEnd(7);
        const bind = (bindings[s.info >> 4] ?? `<unknown>: ${s.info >> 4}`).padEnd(6);
        const vis = visibilities[s.other & 3]!.padEnd(7);
        const ndx = s.shndx === 0 ? "UND" : s.shndx === 0xfff1 ? "ABS" : s.shndx === 0xfff2 ? "COM" : String(s.shndx);
        const size = s.size > 99999 ? `0x${s.size.toString(16)}` : String(s.size).padStart(5);
        const head = `${String(i).padStart(6)}: ${hex(s.value, 16)} ${size}`;
        this.out.print(`${head} ${type} ${bind} ${vis} ${ndx.padStart(4)} ${s.name}\n`);
      });
    }
  }

  private notes(): void {
    for (const s of this.elf.sections) {
      if (s.type !== SectionType.Note) continue;
      this.out.print(`\nDisplaying notes found in: ${s.name}\n`);
      this.out.print("  Owner                Data size \tDescription\n");
      for (const n of readNotes(this.elf.data(s))) {
        const bytes = Array.from(n.desc, (b) => hex(b, 2));
        let kind = `Unknown note type: (0x${hex(n.type, 8)})`;
        let text = `   description data: ${bytes.map((b) => `${b} `).join("")}`;
        if (n.name === "Go" && n.type === 4) kind = "GO BUILDID";
        else if (n.name === "GNU" && n.type === 3) {
          kind = "NT_GNU_BUILD_ID (unique build ID bitstring)";
          text = `    Build ID: ${bytes.join("")}`;
        }
        this.out.print(`  ${n.name.padEnd(20)} 0x${hex(n.desc.length, 8)}\t${kind}\t${text}\n`);
      }
    }
  }
}

/** Whether readelf lists a section under a segment: loaded, and within it in memory and in the file. */
function isInside(s: SectionHeader, p: ProgramHeader): boolean {
  if ((s.flags & SectionFlag.Alloc) === 0 || s.type === SectionType.Null) return false;
  const tls = (s.flags & SectionFlag.Tls) !== 0;
  if (tls && s.type === SectionType.Nobits && p.type !== ProgramType.Tls) return false;
  if (p.type === ProgramType.Phdr || p.type === ProgramType.GnuStack) return false;
  if (p.type === ProgramType.Tls && !tls) return false;
  if (s.type !== SectionType.Nobits && (s.offset < p.offset || s.offset + s.size > p.offset + p.filesz)) return false;
  // An empty section at an end belongs to what is beyond it.
  const atStart = p.type === ProgramType.Dynamic && s.addr === p.vaddr;
  const strict = s.size !== 0 || (!atStart && s.addr < p.vaddr + p.memsz);
  return s.addr >= p.vaddr && s.addr + s.size <= p.vaddr + p.memsz && strict;
}
