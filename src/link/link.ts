// The state of a link, and its passes in order (cmd/link/internal/ld/main.go).

import { ByteWriter, encodeUtf8, latin1Bytes } from "#base";
import { baselineExperiments, buildInfoMagic, pathToPrefix, RelocType, relocSize } from "#formats";
import { Arena } from "./arena.ts";
import { assignAddresses, layoutFile } from "./address.ts";
import { layoutData } from "./data.ts";
import { deadcode } from "./deadcode.ts";
import { Dwarf } from "./dwarf.ts";
import { compressDwarf, layoutDwarf } from "./dwarfout.ts";
import { finishElf, hostBuildID } from "./elfout.ts";
import { exitf, LinkError, Reporter } from "./errors.ts";
import { writeFipsSum } from "./fips.ts";
import { Image, roundUp } from "./image.ts";
import { makeInittasks } from "./inittask.ts";
import { Kind } from "./kinds.ts";
import { loadLibraries } from "./load.ts";
import { Attr, type LinkObject, type Loader, Version } from "./loader.ts";
import type { LinkOptions } from "./options.ts";
import { makePclntab } from "./pclntab.ts";
import { makeDynamic } from "./pie.ts";
import { SymbolWriter } from "./relocate.ts";
import { resolveSymbols } from "./resolve.ts";
import { defineStrings, linkSetup, makeFipsSymbols } from "./setup.ts";
import type { Library } from "./source.ts";
import { stackCheck } from "./stackcheck.ts";
import { buildSymtab } from "./symtab.ts";
import { layoutText } from "./text.ts";
import { makeTypelinks } from "./typelink.ts";

/** How the linker sees files. */
export interface LinkInputs {
  /** Reads a file to where `place` says. Throws an Error whose message is the system's words. */
  readFile(path: string, place: (size: number) => Uint8Array): Uint8Array;
  fileExists(path: string): boolean;
  /** Bytes of a file, 0 if it cannot be told. */
  fileSize(path: string): number;
}

/** What a link leaves. */
export interface LinkOutput {
  /** The executable; undefined when there were errors. */
  readonly bytes: Uint8Array | undefined;
  /** What the FIPS checksum covers. */
  readonly fipsObject: Uint8Array;
  /** Lines for standard error. */
  readonly errors: readonly string[];
  /** Text for standard output. */
  readonly log: string;
  /** 0, or cmd/link's exit status. */
  readonly status: number;
}

/** A section of DWARF: its section symbol first. */
export interface DwarfGroup {
  readonly syms: readonly number[];
  /** The section's bytes, compressed; undefined if they are written from the symbols. */
  compressed?: Uint8Array;
}

/** The state that passes share. */
export class Link {
  readonly reporter: Reporter;
  readonly image = new Image();
  readonly arena: Arena;
  libraries: Library[] = [];
  readonly libraryByPkg = new Map<string, Library>();
  /** All objects, in loading order. */
  readonly pending: LinkObject[] = [];
  loader!: Loader;
  /** Functions in the order of their addresses. */
  textp: number[] = [];
  /** Data symbols in the order of their addresses. */
  datap: number[] = [];
  dwarf: DwarfGroup[] = [];
  mainInittasks = 0;
  moduledata = 0;
  fipsInfo = 0;
  readonly fipsBrackets: number[] = [];
  coverageStart = 0;
  coverageLength = 0;
  strictDupCount = 0;
  /** Bytes of .symtab. */
  symtabSize = 0;
  /** An object of another compiler, if there was one. */
  foreignObject = "";
  /** The line that every object must begin with. */
  header = "";
  /** Values of string variables by symbol name, in order of first definition. */
  readonly stringValues = new Map<string, Uint8Array>();
  readonly pie: boolean;
  /** Bytes before the first function, in the file and in memory. */
  readonly headerSize = 4096;
  readonly round: number;
  readonly textAddress: number;
  readonly funcAlign: number;
  readonly entryName: string;
  readonly interpreter: string;
  /** Set for a position-independent program: makes the relocations that its loader applies. */
  addDynamicRelocs: ((syms: readonly (readonly number[])[]) => void) | undefined;
  private readonly logged: string[] = [];

  constructor(
    readonly options: LinkOptions,
    private readonly inputs: LinkInputs,
  ) {
    this.reporter = new Reporter(options.allErrors);
    this.pie = options.buildMode === "pie";
    this.round = options.round === -1 ? 4096 : options.round;
    this.textAddress =
      options.textAddress === -1 ? roundUp(0x400000, this.round) + this.headerSize : options.textAddress;
    this.funcAlign = options.funcAlign === 0 ? 32 : options.funcAlign;
    this.entryName = options.entry === "" ? "_rt0_amd64_linux" : options.entry;
    this.interpreter = options.interpreter === "" ? "/lib64/ld-linux-x86-64.so.2" : options.interpreter;
    if (options.dataAddress !== -1 && options.dataAddress % this.round !== 0) {
      const x = (n: number): string => `0x${n.toString(16)}`;
      exitf(`invalid -D value ${x(options.dataAddress)}: not aligned to rounding quantum ${x(this.round)}`);
    }
    this.header = options.header;
    const input = this.inputSize();
    // Tables and output are a little larger than the input, as a rule.
    this.arena = new Arena(input * 4 + (256 << 20), input * 2 + (64 << 20));
  }

  /** Bytes of all files that may be read. */
  private inputSize(): number {
    const { packageFiles, main } = this.options;
    // Without a list of packages, what will be read is not known yet.
    if (packageFiles === null) return 256 << 20;
    let n = this.inputs.fileSize(main);
    for (const file of packageFiles.values()) n += this.inputs.fileSize(file);
    return n;
  }

  /** Reads a file into the arena. */
  readonly readFile = (path: string): Uint8Array => this.inputs.readFile(path, this.place);

  private readonly place = (size: number): Uint8Array => {
    const at = this.arena.alloc(size);
    return this.arena.bytes.subarray(at, at + size);
  };

  fileExists(path: string): boolean {
    return this.inputs.fileExists(path);
  }

  /** Adds to what goes to standard output. */
  log(text: string): void {
    this.logged.push(text);
  }

  get logText(): string {
    return this.logged.join("");
  }

  setHeader(line: string): void {
    this.header = line;
  }

  /** $GOROOT at the start of a file name, in full. */
  expandGoroot(file: string): string {
    if (this.options.goroot !== "" && file.startsWith("$GOROOT/")) return this.options.goroot + file.slice(7);
    return file;
  }

  // --- helpers that several passes share ---

  /** A symbol that the linker gives its value itself. */
  defineInternal(name: string, kind: Kind): number {
    const s = this.loader.create(name, Version.ABI0);
    this.loader.kind[s] = kind;
    this.loader.attr[s]! |= Attr.Special | Attr.Local;
    return s;
  }

  define(name: string, kind: Kind, value: number): number {
    const s = this.defineInternal(name, kind);
    this.loader.value[s] = value;
    return s;
  }

  /** The alignment of a data symbol: its own, or what its size suggests, at most 32. */
  dataAlign(s: number): number {
    const a = this.loader.align[s]!;
    if (a !== 0) return 2 ** (a - 1);
    let align = 32;
    const size = this.loader.size[s]!;
    while (align > size && align > 1) align >>= 1;
    this.loader.setAlign(s, align);
    return align;
  }

  /** The address that offsets to s count from: the start of its section. */
  sectionBase(s: number): number {
    return this.image.sections[this.loader.sect[s]!]?.vaddr ?? 0;
  }
}

/** Defines what the linker itself knows of the build, then what -X says. */
function collectStrings(ctxt: Link): void {
  const o = ctxt.options;
  const define = (name: string, value: Uint8Array): void => {
    ctxt.stringValues.set(name, value);
  };
  if (o.goroot !== "") define("runtime.defaultGOROOT", encodeUtf8(o.goroot));
  define("runtime.buildVersion", encodeUtf8(buildVersion(ctxt.header)));
  for (const [name, value] of o.stringDefs) {
    const dot = name.lastIndexOf(".");
    if (dot < 0) exitf("-X flag requires argument of the form importpath.name=value");
    // Characters are bytes (see parseImportConfig), or plain text.
    define(pathToPrefix(name.slice(0, dot)) + name.slice(dot), latin1Bytes(value) ?? encodeUtf8(value));
  }
}

/** The version that a program reports: that of the objects' header, with experiments that are not the default. */
function buildVersion(header: string): string {
  const words = header.split(" ");
  const version = words[4] ?? "";
  const have = (words.find((w) => w.startsWith("X:")) ?? "X:").slice(2).split(",");
  const base = baselineExperiments.split(",");
  const diff = [
    ...have.filter((x) => x !== "" && !base.includes(x)),
    ...base.filter((x) => !have.includes(x)).map((x) => `no${x}`),
  ];
  if (diff.length === 0) return version;
  return `${version}${version.includes("-") ? " " : "-"}X:${diff.join(",")}`;
}

/** Makes go:buildinfo, which debug/buildinfo reads (cmd/link/internal/ld/data.go buildinfo). */
function makeBuildInfo(ctxt: Link): void {
  const ldr = ctxt.loader;
  const s = ldr.create("go:buildinfo", Version.ABI0);
  ldr.kind[s] = Kind.SBUILDINFO;
  ldr.setAlign(s, 16);
  const w = new ByteWriter(512);
  w.bytes(buildInfoMagic);
  w.u8(8);
  w.u8(2); // strings follow in place
  w.zeros(16);
  for (const name of ["runtime.buildVersion", "runtime.modinfo"]) {
    const b = ctxt.stringValues.get(name) ?? new Uint8Array(0);
    w.uvarint(b.length);
    w.bytes(b);
  }
  w.align(16);
  ldr.setBytes(s, w.toBytes());
  const ref = ldr.create("go:buildinfo.ref", Version.ABI0);
  ldr.kind[ref] = Kind.SRODATA;
  ldr.setAlign(ref, 8);
  ldr.addAddr(ref, s, 0, RelocType.R_ADDR, 8);
}

/** Writes all segments into one file image, which lies in the arena. */
function writeBody(ctxt: Link, size: number): Uint8Array {
  const { image, arena } = ctxt;
  const out = arena.alloc(size);
  const writer = new SymbolWriter(ctxt);
  const text = image.text.sections[0]!;
  writer.write(ctxt.textp, text, out + image.text.fileoff, 0xcc);
  const bySection = new Map<number, number[]>();
  for (const s of ctxt.datap) {
    const i = ctxt.loader.sect[s]!;
    const list = bySection.get(i);
    if (list === undefined) bySection.set(i, [s]);
    else list.push(s);
  }
  for (const seg of [image.text, image.rodata, image.relro, image.data]) {
    for (const sect of seg.sections) {
      if (sect === text || sect.name === ".tbss" || sect.vaddr >= seg.vaddr + seg.filelen) continue;
      const list = bySection.get(sect.index) ?? [];
      writer.write(list, sect, out + seg.fileoff + sect.vaddr - seg.vaddr, 0);
    }
  }
  image.dwarf.sections.forEach((sect, i) => {
    const group = ctxt.dwarf[i]!;
    const at = out + image.dwarf.fileoff + sect.vaddr - image.dwarf.vaddr;
    if (group.compressed !== undefined) arena.bytes.set(group.compressed, at);
    else writer.write(group.syms, sect, at, 0);
  });
  return arena.bytes.subarray(out, out + size);
}

/** Links a program. Never throws for what the user got wrong: the result says it. */
export function link(options: LinkOptions, inputs: LinkInputs): LinkOutput {
  let ctxt: Link | undefined;
  let fipsObject = new Uint8Array(0);
  const result = (bytes: Uint8Array | undefined, last: readonly string[], status: number): LinkOutput => ({
    bytes,
    fipsObject,
    errors: [...(ctxt?.reporter.lines ?? []), ...last],
    log: ctxt?.logText ?? "",
    status,
  });
  try {
    ctxt = new Link(options, inputs);
    const out = run(ctxt);
    if (out === undefined) return result(undefined, [], 2);
    fipsObject = out.fips;
    return result(out.bytes, [], 0);
  } catch (e) {
    if (!(e instanceof LinkError)) return result(undefined, [faultText(e, options.verbose)], 2);
    const prefix = e.status === 1 ? "link: " : `${options.argv0}: `;
    return result(undefined, [prefix + e.message], e.status);
  }
}

/** A fault of the linker; what a damaged object can do to it looks the same. */
function faultText(e: unknown, verbose: number): string {
  const what = e instanceof Error ? `${e.name}: ${e.message}` : String(e);
  const stack = verbose > 1 && e instanceof Error ? `\n${e.stack ?? ""}` : "";
  return `link: internal error: ${what} (damaged object file, or a bug of the linker; -v -v prints the stack)${stack}`;
}

function logHeader(ctxt: Link): void {
  const o = ctxt.options;
  const on = (b: boolean): string => (b ? "on" : "off");
  ctxt.log(`build mode: ${o.buildMode}, symbol table: ${on(!o.stripSymbols)}, DWARF: ${on(!o.stripDwarf)}\n`);
  ctxt.log(`HEADER = -H5 -T0x${ctxt.textAddress.toString(16)} -R0x${ctxt.round.toString(16)}\n`);
}

function logStatistics(ctxt: Link): void {
  const ldr = ctxt.loader;
  let reachable = 0;
  for (let s = 1; s < ldr.n; s++) if (ldr.reachable(s)) reachable++;
  ctxt.log(`${ldr.n} symbols, ${reachable} reachable\n\t${ldr.n - ldr.extStart} external symbols\n`);
}

/** -c: the direct calls of the program. */
function logCalls(ctxt: Link): void {
  const ldr = ctxt.loader;
  for (const s of ctxt.textp) {
    ldr.openRelocs(s);
    const v = ldr.rView;
    const o = ldr.rObject;
    for (let p = ldr.rPos, end = ldr.rEnd; p < end; p += relocSize) {
      if ((v.getUint16(p + 5, true) & 0x7fff) !== RelocType.R_CALL) continue;
      const t = ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
      if (ldr.isText(t)) ctxt.log(`${ldr.name(s)} calls ${ldr.name(t)}\n`);
    }
  }
}

function logSizes(ctxt: Link): void {
  const { text, data } = ctxt.image;
  const { symtabSize } = ctxt;
  ctxt.log(`textsize=${text.filelen}\ndatsize=${data.filelen}\nbsssize=${data.length - data.filelen}\n`);
  ctxt.log(`symsize=${symtabSize}\nlcsize=0\ntotal=${text.filelen + data.length + symtabSize}\n`);
}

function run(ctxt: Link): { bytes: Uint8Array; fips: Uint8Array<ArrayBuffer> } | undefined {
  const failed = (): boolean => ctxt.reporter.count > 0 || (ctxt.options.strictDups > 1 && ctxt.strictDupCount > 0);
  if (ctxt.options.verbose > 0) logHeader(ctxt);
  // What is wrong with -B is said before any file is looked at.
  hostBuildID(ctxt);
  loadLibraries(ctxt);
  collectStrings(ctxt);
  if (ctxt.reporter.count > 0) return undefined;
  ctxt.loader = resolveSymbols(ctxt);
  if (ctxt.foreignObject !== "") exitf(`${ctxt.foreignObject}: objects of other compilers are not supported`);
  makeFipsSymbols(ctxt);
  makeInittasks(ctxt);
  deadcode(ctxt);
  linkSetup(ctxt);
  defineStrings(ctxt);
  const dwarf = ctxt.options.stripDwarf ? undefined : new Dwarf(ctxt);
  if (ctxt.options.dumpCalls) logCalls(ctxt);
  stackCheck(ctxt);
  if (ctxt.pie) makeDynamic(ctxt);
  layoutText(ctxt);
  makeTypelinks(ctxt);
  makeBuildInfo(ctxt);
  const pcln = makePclntab(ctxt);
  if (dwarf !== undefined) ctxt.dwarf = dwarf.build();
  const kinds = buildSymtab(ctxt, pcln);
  layoutData(ctxt, kinds);
  // Sizes that are out of bounds must not become an output of that size.
  if (failed()) return undefined;
  layoutDwarf(ctxt);
  const order = assignAddresses(ctxt);
  dwarf?.placeTypes();
  compressDwarf(ctxt);
  const size = layoutFile(ctxt, order);
  const body = writeBody(ctxt, size);
  if (failed()) return undefined;
  const fips = writeFipsSum(ctxt, body);
  const bytes = finishElf(ctxt, body, size);
  if (ctxt.options.dumpCalls) logSizes(ctxt);
  if (ctxt.options.verbose > 0) logStatistics(ctxt);
  return failed() ? undefined : { bytes, fips: new Uint8Array(fips) };
}
