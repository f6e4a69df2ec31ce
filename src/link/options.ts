import { type FlagDef, FlagError, type FlagValues, flagUsage, parseGoFlags } from "#base";

/** What the linker is told to make. */
export interface LinkOptions {
  /** File of package main. */
  main: string;
  output: string;
  /** File of each package; null searches libDirs. */
  packageFiles: ReadonlyMap<string, string> | null;
  libDirs: readonly string[];
  buildMode: "exe" | "pie";
  /** No symbol table. */
  stripSymbols: boolean;
  /** No DWARF. */
  stripDwarf: boolean;
  compressDwarf: boolean;
  buildID: string;
  /** -B as given: "", "none", "gobuildid" or "0x…". */
  hostBuildID: string;
  /** Definitions of string variables, in order: [importpath.name, value]. */
  stringDefs: readonly (readonly [string, string])[];
  /** -E: the entry symbol, "" for the default one. */
  entry: string;
  /** -T, -R, -D: -1 for the default. */
  textAddress: number;
  round: number;
  dataAddress: number;
  funcAlign: number;
  /** -I: the dynamic linker of a position-independent executable, "" for the default. */
  interpreter: string;
  checkLinkname: boolean;
  /** 0 off, 1 warn, 2 error. */
  strictDups: number;
  pruneWeakMap: boolean;
  debugNosplit: boolean;
  dumpDep: boolean;
  /** -g: do not look into package data . */
  skipPackageData: boolean;
  /** -e: no limit to errors. */
  allErrors: boolean;
  verbose: number;
  /** -fipso: also write what the FIPS checksum covers to this file. */
  fipsObject: string;
  /** -c: print calls, and sizes. */
  dumpCalls: boolean;
  randLayout: number;
  /** What objects are compared with: their first line. Empty: that of package main. */
  header: string;
  /** GOROOT as recorded in the output; empty under -trimpath. */
  goroot: string;
  /** How messages name the tool. */
  argv0: string;
}

/** Options as they are when nothing is said. */
export function defaultOptions(): LinkOptions {
  return {
    main: "",
    output: "a.out",
    packageFiles: null,
    libDirs: [],
    buildMode: "exe",
    stripSymbols: false,
    stripDwarf: false,
    compressDwarf: true,
    buildID: "",
    hostBuildID: "",
    stringDefs: [],
    entry: "",
    textAddress: -1,
    round: -1,
    dataAddress: -1,
    funcAlign: 0,
    interpreter: "",
    checkLinkname: true,
    strictDups: 0,
    pruneWeakMap: true,
    debugNosplit: false,
    dumpDep: false,
    skipPackageData: false,
    allErrors: false,
    verbose: 0,
    fipsObject: "",
    dumpCalls: false,
    randLayout: 0,
    header: "",
    goroot: "",
    argv0: "link",
  };
}

const flagDefs: readonly FlagDef[] = [
  {
    name: "B",
    kind: "string",
    usage: 'set ELF NT_GNU_BUILD_ID `note`; "gobuildid" makes it from -buildid; "none" leaves it out',
  },
  { name: "D", kind: "string", usage: "set the start address of data symbols", initial: "-1" },
  { name: "E", kind: "string", usage: "set `entry` symbol name" },
  { name: "H", kind: "string", usage: "set header `type`" },
  { name: "I", kind: "string", usage: "use `linker` as ELF dynamic linker" },
  { name: "L", kind: "list", usage: "add specified `directory` to library path" },
  { name: "R", kind: "string", usage: "set address rounding `quantum`", initial: "-1" },
  { name: "T", kind: "string", usage: "set the start address of text symbols", initial: "-1" },
  { name: "V", kind: "string", usage: "print version and exit" },
  { name: "X", kind: "list", usage: "add string value `definition` of the form importpath.name=value" },
  { name: "a", kind: "bool", usage: "no-op (deprecated)" },
  { name: "asan", kind: "bool", usage: "enable ASan interface" },
  { name: "aslr", kind: "bool", usage: "enable ASLR for buildmode=c-shared on windows", initial: "true" },
  { name: "benchmark", kind: "string", usage: "set to 'mem' or 'cpu' to enable phase benchmarking" },
  { name: "benchmarkprofile", kind: "string", usage: "emit phase profiles to `base`_phase.{cpu,mem}prof" },
  { name: "bindnow", kind: "bool", usage: "mark a dynamically linked ELF object for immediate function binding" },
  { name: "buildid", kind: "string", usage: "record `id` as Go toolchain build id" },
  { name: "buildmode", kind: "string", usage: "set build `mode`" },
  { name: "c", kind: "bool", usage: "dump call graph" },
  {
    name: "capturehostobjs",
    kind: "string",
    usage: "capture host object files loaded during internal linking to specified dir",
  },
  { name: "checklinkname", kind: "bool", usage: "check linkname symbol references", initial: "true" },
  { name: "compressdwarf", kind: "bool", usage: "compress DWARF if possible", initial: "true" },
  { name: "cpuprofile", kind: "string", usage: "write cpu profile to `file`" },
  { name: "d", kind: "bool", usage: "disable dynamic executable" },
  { name: "debugnosplit", kind: "bool", usage: "dump nosplit call graph" },
  { name: "debugtextsize", kind: "int", usage: "debug text section max size" },
  { name: "debugtramp", kind: "int", usage: "debug trampolines" },
  { name: "dumpdep", kind: "bool", usage: "dump symbol dependency graph" },
  { name: "e", kind: "bool", usage: "no limit on number of errors reported" },
  { name: "extar", kind: "string", usage: "archive program for buildmode=c-archive" },
  { name: "extld", kind: "string", usage: "use `linker` when linking in external mode" },
  { name: "extldflags", kind: "string", usage: "pass `flags` to external linker" },
  { name: "f", kind: "bool", usage: "ignore version mismatch" },
  { name: "fipso", kind: "string", usage: "write fips module to `file`" },
  { name: "funcalign", kind: "int", usage: "set function align to `N` bytes" },
  { name: "g", kind: "bool", usage: "disable go package data checks" },
  { name: "h", kind: "bool", usage: "halt on error" },
  { name: "importcfg", kind: "string", usage: "read import configuration from `file`" },
  { name: "installsuffix", kind: "string", usage: "set package directory `suffix`" },
  { name: "k", kind: "string", usage: "set field tracking `symbol`" },
  { name: "libgcc", kind: "string", usage: 'compiler support lib for internal linking; use "none" to disable' },
  { name: "linkmode", kind: "string", usage: "set link `mode`" },
  { name: "linkshared", kind: "bool", usage: "link against installed Go shared libraries" },
  { name: "memprofile", kind: "string", usage: "write memory profile to `file`" },
  { name: "memprofilerate", kind: "int", usage: "set runtime.MemProfileRate to `rate`" },
  { name: "msan", kind: "bool", usage: "enable MSan interface" },
  { name: "n", kind: "bool", usage: "no-op (deprecated)" },
  { name: "o", kind: "string", usage: "write output to `file`" },
  { name: "pluginpath", kind: "string", usage: "full path name for plugin" },
  { name: "pruneweakmap", kind: "bool", usage: "prune weak mapinit refs", initial: "true" },
  { name: "r", kind: "string", usage: "set the ELF dynamic linker search `path` to dir1:dir2:..." },
  { name: "race", kind: "bool", usage: "enable race detector" },
  { name: "randlayout", kind: "int", usage: "randomize function layout" },
  { name: "s", kind: "bool", usage: "disable symbol table" },
  {
    name: "strictdups",
    kind: "int",
    usage: "sanity check duplicate symbol contents during object file reading (1=warn 2=err).",
  },
  { name: "tmpdir", kind: "string", usage: "use `directory` for temporary files" },
  { name: "v", kind: "count", usage: "print link trace" },
  { name: "w", kind: "bool", usage: "disable DWARF generation" },
];

/** A command line that asks for what is not there, or asks wrongly. */
export class UsageError extends Error {
  constructor(
    message: string,
    /** Whether the list of flags is printed too. */
    readonly usage: boolean,
    readonly status: 1 | 2 = 2,
  ) {
    super(message);
  }
}

/** The text of -help. */
export function usageText(): string {
  return `usage: link [options] main.o\n${flagUsage(flagDefs)}`;
}

// Flags that change what is made in ways this linker has no part in.
const refused: readonly (readonly [string, string])[] = [
  ["asan", "-asan: the address sanitizer's runtime is C and needs external linking"],
  ["msan", "-msan: the memory sanitizer's runtime is C and needs external linking"],
  ["race", "-race: the race detector's runtime is C and needs external linking"],
  ["linkshared", "-linkshared: Go shared libraries need external linking"],
  ["r", "-r: there are no dynamic libraries to search for without cgo"],
  ["k", "-k: field tracking needs GOEXPERIMENT=fieldtrack"],
  ["pluginpath", "-pluginpath: plugins need external linking"],
];

/** What the command line says: the values of its flags, importcfg and defaults still to be applied. */
export function parseFlags(argv: readonly string[]): FlagValues {
  try {
    return parseGoFlags(flagDefs, argv);
  } catch (e) {
    if (e instanceof FlagError) throw new UsageError(e.message, true);
    throw e;
  }
}

/** An address or quantum as Go's flag package reads integers: decimal, or 0x, 0o, 0b. */
function address(f: FlagValues, name: string): number {
  const text = f.string(name);
  const v = text.startsWith("-") ? -Number(text.slice(1)) : Number(text);
  if (!Number.isSafeInteger(v) || text === "") {
    throw new UsageError(`invalid value ${JSON.stringify(text)} for flag -${name}: parse error`, true);
  }
  return v;
}

function isPowerOfTwo(n: number): boolean {
  return n > 0 && Number.isInteger(Math.log2(n));
}

/** Options from flags; importcfg's part is added by the caller. */
export function optionsFromFlags(f: FlagValues, argv0: string): LinkOptions {
  const o = defaultOptions();
  o.argv0 = argv0;
  const stop = (message: string): never => {
    throw new UsageError(message, false);
  };
  for (const [name, why] of refused) {
    if (f.has(name) && f.string(name) !== "false" && f.string(name) !== "") stop(`${argv0}: ${why}`);
  }
  const head = f.string("H");
  if (head !== "" && head !== "linux") stop(`${argv0}: -H ${head}: only linux is supported`);
  const mode = f.string("linkmode");
  if (mode === "external") stop(`${argv0}: -linkmode=external needs a C toolchain, which is not supported`);
  if (mode !== "" && mode !== "auto" && mode !== "internal") {
    throw new UsageError(`invalid value "${mode}" for flag -linkmode: invalid linkmode: "${mode}"`, true);
  }
  const build = f.string("buildmode");
  if (build === "" || build === "exe" || build === "pie") o.buildMode = build === "pie" ? "pie" : "exe";
  else if (/^(c-archive|c-shared|shared|plugin)$/.test(build)) {
    stop(`${argv0}: -buildmode=${build} needs external linking, which is not supported`);
  } else throw new UsageError(`invalid value "${build}" for flag -buildmode: invalid buildmode: "${build}"`, true);
  o.round = address(f, "R");
  if (o.round !== -1 && (o.round < 4096 || !isPowerOfTwo(o.round))) {
    stop(`${argv0}: invalid -R value 0x${o.round.toString(16)}`);
  }
  o.funcAlign = f.int("funcalign");
  if (o.funcAlign !== 0 && !isPowerOfTwo(o.funcAlign)) stop(`${argv0}: invalid -funcalign value ${o.funcAlign}`);
  if (!f.bool("aslr")) throw new UsageError("-aslr=false is only allowed for -buildmode=c-shared", true);
  o.textAddress = address(f, "T");
  o.dataAddress = address(f, "D");
  o.stripSymbols = f.bool("s");
  o.stripDwarf = f.has("w") ? f.bool("w") : o.stripSymbols;
  o.compressDwarf = f.bool("compressdwarf");
  o.buildID = f.string("buildid");
  o.hostBuildID = f.string("B");
  if (o.hostBuildID === "" && o.buildID !== "") o.hostBuildID = "gobuildid";
  if (f.string("o") !== "") o.output = f.string("o");
  o.entry = f.string("E");
  o.interpreter = f.string("I");
  o.libDirs = f.list("L");
  o.checkLinkname = f.bool("checklinkname");
  o.strictDups = f.int("strictdups");
  if (o.strictDups < 0 || o.strictDups > 2)
    throw new UsageError(`link: invalid -strictdups flag value ${o.strictDups}`, false, 1);
  o.pruneWeakMap = f.bool("pruneweakmap");
  o.debugNosplit = f.bool("debugnosplit");
  o.dumpDep = f.bool("dumpdep");
  o.skipPackageData = f.bool("g");
  o.allErrors = f.bool("e");
  o.verbose = f.count("v");
  o.fipsObject = f.string("fipso");
  o.dumpCalls = f.bool("c");
  o.randLayout = f.int("randlayout");
  if (o.randLayout !== 0) stop(`${argv0}: -randlayout is not supported: its order is that of Go's math/rand`);
  if (f.args.length !== 1) throw new UsageError("", true);
  o.main = f.args[0]!;
  return o;
}

/** What an importcfg says to the linker. */
export interface ImportConfig {
  readonly packageFiles: Map<string, string>;
  /** The module information to record; undefined if there is none. */
  readonly modinfo: string | undefined;
}

/** Reads an importcfg. Throws UsageError with cmd/link's words. */
export function parseImportConfig(file: string, text: string): ImportConfig {
  const packageFiles = new Map<string, string>();
  let modinfo: string | undefined;
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line === "" || line.startsWith("#")) continue;
    const space = line.indexOf(" ");
    const verb = space < 0 ? line : line.slice(0, space);
    const args = space < 0 ? "" : line.slice(space + 1).trim();
    const eq = args.indexOf("=");
    const before = eq < 0 ? "" : args.slice(0, eq);
    const after = eq < 0 ? "" : args.slice(eq + 1);
    const fail = (what: string): never => {
      throw new UsageError(`link: ${file}:${i + 1}: ${what}`, false, 1);
    };
    switch (verb) {
      case "packagefile":
        if (before === "" || after === "") fail('invalid packagefile: syntax is "packagefile path=filename"');
        packageFiles.set(before, after);
        break;
      case "packageshlib":
        fail("packageshlib: shared libraries are not supported");
        break;
      case "modinfo":
        modinfo = unquote(args) ?? fail("invalid modinfo: invalid syntax");
        break;
      default:
        fail(`unknown directive "${verb}"`);
    }
  }
  return { packageFiles, modinfo };
}

/** The string that a Go string literal in double quotes stands for (bytes as Latin-1); undefined if it is malformed. */
function unquote(q: string): string | undefined {
  if (q.length < 2 || q[0] !== '"' || q[q.length - 1] !== '"') return undefined;
  const simple: Record<string, string> = {
    a: "\x07",
    b: "\b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
    v: "\v",
    "\\": "\\",
    '"': '"',
  };
  let out = "";
  for (let i = 1; i < q.length - 1; i++) {
    const c = q[i]!;
    if (c === '"' || c === "\n") return undefined;
    if (c !== "\\") {
      out += byteString(c.codePointAt(0)!);
      continue;
    }
    const e = q[++i]!;
    const s = simple[e];
    if (s !== undefined) {
      out += s;
      continue;
    }
    const width = e === "x" ? 2 : e === "u" ? 4 : e === "U" ? 8 : 0;
    const octal = width === 0;
    const digits = octal ? q.slice(i, i + 3) : q.slice(i + 1, i + 1 + width);
    if (!(octal ? /^[0-7]{3}$/ : /^[0-9a-fA-F]+$/).test(digits)) return undefined;
    const v = Number.parseInt(digits, octal ? 8 : 16);
    out += width > 2 ? byteString(v) : String.fromCharCode(v & 255);
    i += octal ? 2 : width;
  }
  return out;
}

/** A character as the bytes of its UTF-8 form, one character each. */
function byteString(c: number): string {
  if (c < 0x80) return String.fromCharCode(c);
  if (c < 0x800) return String.fromCharCode(0xc0 | (c >> 6), 0x80 | (c & 63));
  if (c < 0x10000) return String.fromCharCode(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
  return String.fromCharCode(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
}
