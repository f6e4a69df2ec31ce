import { type FlagDef, FlagError, type FlagValues, parseGoFlags } from "#base";

/** The flags of `compile`: those that `go build` passes and those people pass through -gcflags (cmd/compile/internal/base/flag.go). */
export const compileFlags: readonly FlagDef[] = [
  { name: "o", kind: "string", usage: "write output to `file`" },
  { name: "p", kind: "string", usage: "set expected package import `path`" },
  { name: "pack", kind: "bool", usage: "write to file.a instead of file.o" },
  { name: "linkobj", kind: "string", usage: "write linker-specific object to `file`" },
  { name: "importcfg", kind: "string", usage: "read import configuration from `file`" },
  { name: "embedcfg", kind: "string", usage: "read go:embed configuration from `file`" },
  { name: "symabis", kind: "string", usage: "read symbol ABIs from `file`" },
  { name: "asmhdr", kind: "string", usage: "write assembly header to `file`" },
  { name: "buildid", kind: "string", usage: "record `id` as the build id in the export metadata" },
  { name: "goversion", kind: "string", usage: "required version of the runtime" },
  { name: "lang", kind: "string", usage: "Go language version source code expects" },
  { name: "std", kind: "bool", usage: "compiling standard library" },
  { name: "complete", kind: "bool", usage: "compiling complete package (no C or assembly)" },
  { name: "+", kind: "bool", usage: "compiling runtime" },
  { name: "trimpath", kind: "string", usage: "remove `prefix` from recorded source file paths" },
  { name: "nolocalimports", kind: "bool", usage: "reject local (relative) imports" },
  { name: "c", kind: "int", usage: "concurrency during compilation (1 means no concurrency)", initial: "1" },
  { name: "D", kind: "string", usage: "set relative `path` for local imports" },
  { name: "I", kind: "list", usage: "add `directory` to import search path" },
  { name: "e", kind: "bool", usage: "no limit on number of errors reported" },
  { name: "h", kind: "bool", usage: "halt on error" },
  { name: "json", kind: "string", usage: "version,file for JSON compiler/optimizer detail output" },
  { name: "C", kind: "bool", usage: "disable printing of columns in error messages" },
  {
    name: "L",
    kind: "bool",
    usage: "also show actual source file names in error messages for positions affected by //line directives",
  },
  { name: "N", kind: "bool", usage: "disable optimizations" },
  { name: "l", kind: "count", usage: "disable inlining" },
  { name: "B", kind: "bool", usage: "disable bounds checking" },
  { name: "m", kind: "count", usage: "print optimization decisions" },
  { name: "S", kind: "count", usage: "print assembly listing" },
  { name: "V", kind: "string", usage: "print version and exit" },
  { name: "d", kind: "list", usage: "enable debugging settings; try -d help" },
  { name: "dump", kind: "list", usage: "print one stage of one function: `stage[:function[:pass]]`" },
  { name: "dwarf", kind: "bool", usage: "generate DWARF symbols", initial: "true" },
  { name: "dwarflocationlists", kind: "bool", usage: "add location lists to DWARF in optimized mode", initial: "true" },
  { name: "gendwarfinl", kind: "int", usage: "generate DWARF inline info records", initial: "2" },
  { name: "wb", kind: "bool", usage: "enable write barrier", initial: "true" },
  { name: "shared", kind: "bool", usage: "generate code that can be linked into a shared library" },
  { name: "pgoprofile", kind: "string", usage: "read profile or pre-process profile from `file`" },
  {
    name: "goroot",
    kind: "string",
    usage: "the Go source tree (`directory`) that imports without importcfg come from",
  },
];

/** Flags of gc that ask for what rt0 does not do, each with the reason it is refused. */
export const refusedFlags: Readonly<Record<string, string>> = {
  race: "the race detector is not supported",
  msan: "the memory sanitizer is not supported",
  asan: "the address sanitizer is not supported",
  dynlink: "shared Go libraries are not supported",
  linkshared: "shared Go libraries are not supported",
  coveragecfg: "coverage is not supported",
  installsuffix: "import paths come from -importcfg",
};

/** What one invocation of the compiler is to do. */
export class Options {
  readonly packagePath: string;
  readonly files: readonly string[];
  /** Path prefixes to rewrite in recorded file names: "old=>new;…". */
  readonly trimpath: string;
  /** Language version as "go1.26"; "" for the newest. */
  readonly lang: string;
  readonly std: boolean;

  constructor(readonly flags: FlagValues) {
    this.packagePath = flags.string("p");
    this.files = flags.args;
    this.lang = flags.string("lang");
    this.std = flags.bool("std");
    this.trimpath = flags.string("trimpath");
  }

  get isMain(): boolean {
    return this.packagePath === "main";
  }
}

/** Parses a command line; throws FlagError with the words to print. */
export function parseOptions(argv: readonly string[]): Options {
  for (const arg of argv) {
    if (!arg.startsWith("-")) break;
    const name = arg.replace(/^--?/, "").replace(/=.*$/s, "");
    const why = refusedFlags[name];
    if (why !== undefined) throw new FlagError(`flag -${name}: ${why}`);
  }
  return new Options(parseGoFlags(compileFlags, argv));
}
