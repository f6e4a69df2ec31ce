import { Diagnostics, FlagError, flagUsage, InternalError, type PosTable } from "#base";
import {
  archiveEntry,
  baselineExperiments,
  exportEntry,
  goHeaderText,
  goObjectEntry,
  objectHeader,
  writeArchive,
} from "#formats";
import { quoteString } from "#constant";
import { type Host, HostError, type ToolResult } from "#host";
import { type File, ParseMode, parseFile } from "#syntax";
import { check, type Package } from "#types";
import { assemblyHeader } from "./asmhdr.ts";
import { checkEmbeds } from "./embed.ts";
import { generate } from "./generate.ts";
import { DeclaredPackages, ImportError, PackageImporter } from "./importer.ts";
import { parseEmbedConfig, parseImportConfig, parseSymAbis } from "./importcfg.ts";
import { compileFlags, type Options, parseOptions } from "./options.ts";

// cmd/compile as a page of calls: flags, parse, check, generate, write.

/** What outlives one compilation in a process: positions and the packages that were imported. */
export class CompileSession {
  constructor(
    readonly positions: PosTable,
    readonly packages: DeclaredPackages = new DeclaredPackages(positions),
  ) {}
}

/** The version of Go whose toolchain rt0 stands in for, as objects name it. */
const defaultVersion = "go1.26";

/** Runs `compile` with a command line. */
export function compileMain(host: Host, argv: readonly string[], session: CompileSession): ToolResult {
  let options: Options;
  try {
    options = parseOptions(argv);
  } catch (e) {
    if (!(e instanceof FlagError)) throw e;
    return {
      status: 2,
      stdout: "",
      stderr: `${e.message}\nusage: compile [options] file.go...\n${flagUsage(compileFlags)}`,
    };
  }
  if (options.flags.has("V"))
    return { status: 0, stdout: `compile version ${goVersion(host, options)} rt0\n`, stderr: "" };
  if (options.files.length === 0)
    return { status: 2, stdout: "", stderr: `usage: compile [options] file.go...\n${flagUsage(compileFlags)}` };
  return new Compilation(host, options, session).run();
}

/** Go's version: what -goversion demands, else what GOROOT says of itself. */
function goVersion(host: Host, options: Options): string {
  const flag = options.flags.string("goversion");
  if (flag !== "") return flag;
  try {
    const text = new TextDecoder().decode(host.readFile(`${gorootOf(host, options)}/VERSION`));
    return text.split("\n")[0]!.trim();
  } catch {
    return defaultVersion;
  }
}

function gorootOf(host: Host, options: Options): string {
  return options.flags.string("goroot") || host.env("GOROOT") || "/usr/local/go";
}

/** One run of the compiler. */
export class Compilation {
  private stdout = "";
  private readonly diagnostics: Diagnostics;

  constructor(
    private readonly host: Host,
    private readonly options: Options,
    private readonly session: CompileSession,
  ) {
    this.diagnostics = new Diagnostics(session.positions);
  }

  run(): ToolResult {
    const problem = langProblem(this.options.lang);
    if (problem !== "")
      return this.fail(`compile: invalid value ${quoteString(this.options.lang)} for -lang: ${problem}`, 1);
    try {
      return this.compile();
    } catch (e) {
      if (e instanceof HostError) return this.fail(`open ${e.path}: ${e.message}`, 1);
      if (e instanceof ImportError || e instanceof ConfigError) return this.fail(e.message, 1);
      if (e instanceof RangeError && e.message.includes("call stack"))
        return this.fail("compile: the program is nested too deeply for the stack; see node --stack-size", 2);
      if (e instanceof InternalError) return this.fail(`${e.message}\n${this.reproduce()}`, 3);
      throw e;
    }
  }

  private compile(): ToolResult {
    const { flags } = this.options;
    const checked = this.frontEnd();
    if (checked === null) return this.errors();
    const { pkg, files, importer } = checked;
    const std = this.options.std;
    const embed = this.config("embedcfg", parseEmbedConfig);
    checkEmbeds(pkg, files, embed, this.diagnostics);
    if (this.diagnostics.hasErrors) return this.errors();
    const made = generate(pkg, files, {
      host: this.host,
      options: this.options,
      importer,
      diagnostics: this.diagnostics,
      positions: this.session.positions,
      symAbis: this.config("symabis", (name, bytes) => parseSymAbis(name, bytes, this.options.packagePath)),
      embed,
      runtimeClass: isRuntimeClass(this.options.packagePath, std) || flags.bool("+"),
      print: (text) => {
        this.stdout += text;
      },
    });
    if (this.diagnostics.hasErrors) return this.errors();
    this.write(pkg, made.exportData, made.object);
    return { status: 0, stdout: this.stdout, stderr: "" };
  }

  /** Parses and checks; null if there are errors. */
  frontEnd(): { readonly pkg: Package; readonly files: File[]; readonly importer: PackageImporter } | null {
    const files = this.parse();
    // Directives out of place and bad characters do not keep the checker from its work.
    if (files === null || this.diagnostics.hasSyntaxErrors) return null;
    const importer = this.importer();
    const pkg = this.check(files, importer);
    return pkg === null ? null : { pkg, files, importer };
  }

  private parse(): File[] | null {
    const files: File[] = [];
    const std = this.options.std;
    const compilingRuntime = isRuntimeClass(this.options.packagePath, std) || this.options.flags.bool("+");
    for (const name of this.options.files) {
      let bytes: Uint8Array;
      try {
        bytes = this.host.readFile(name);
      } catch (e) {
        if (!(e instanceof HostError)) throw e;
        this.diagnostics.report(0, `open ${name}: ${e.message}`);
        return null;
      }
      const f = parseFile(name, bytes, this.session.positions, this.diagnostics, {
        mode: ParseMode.Full,
        std,
        compilingRuntime,
      });
      if (f !== null) files.push(f);
    }
    return files;
  }

  private importer(): PackageImporter {
    const config = this.config("importcfg", parseImportConfig);
    return new PackageImporter(
      this.host,
      config,
      gorootOf(this.host, this.options),
      this.session.packages,
      this.options.flags.string("D"),
    );
  }

  private check(files: File[], importer: PackageImporter): Package | null {
    const pkg = check(this.options.packagePath === "" ? files[0]!.pkgName.value : this.options.packagePath, files, {
      importer: importer.forUser(this.options.packagePath, this.options.flags.bool("nolocalimports")),
      diagnostics: this.diagnostics,
      goVersion: this.options.lang,
      compiler: true,
      goroot: gorootOf(this.host, this.options),
      complete: this.options.flags.bool("complete"),
    });
    return this.diagnostics.hasErrors ? null : pkg;
  }

  /** Reads the file a flag names, if it is given. */
  private config<T>(flag: string, parse: (name: string, bytes: Uint8Array) => T): T | null {
    const name = this.options.flags.string(flag);
    if (name === "") return null;
    const bytes = this.host.readFile(name);
    try {
      return parse(name, bytes);
    } catch (e) {
      throw new ConfigError((e as Error).message);
    }
  }

  private write(pkg: Package, exportData: Uint8Array, object: Uint8Array): void {
    const { flags } = this.options;
    const version = goVersion(this.host, this.options);
    const line = objectHeader("linux", "amd64", version, "v1", baselineExperiments);
    const header = goHeaderText(line, flags.string("buildid"), this.options.isMain);
    const pkgdef = archiveEntry("__.PKGDEF", exportEntry(header, exportData));
    const code = archiveEntry("_go_.o", goObjectEntry(header, object));
    const linkobj = flags.string("linkobj");
    const out = flags.string("o") || this.defaultOutput();
    this.host.writeFile(out, writeArchive(linkobj === "" ? [pkgdef, code] : [pkgdef]));
    if (linkobj !== "") this.host.writeFile(linkobj, writeArchive([code]));
    const asmhdr = flags.string("asmhdr");
    if (asmhdr !== "") this.host.writeFile(asmhdr, new TextEncoder().encode(assemblyHeader(pkg)));
  }

  private defaultOutput(): string {
    const first = this.options.files[0]!;
    const base = first.slice(first.lastIndexOf("/") + 1).replace(/\.go$/, "");
    return this.options.flags.bool("pack") ? `${base}.a` : `${base}.o`;
  }

  errors(): ToolResult {
    const { flags } = this.options;
    const style = { noColumns: flags.bool("C"), original: flags.bool("L") };
    const lines = this.diagnostics.format(flags.bool("e") ? 0 : 10, style);
    return { status: 2, stdout: `${this.stdout}${lines.join("\n")}\n`, stderr: "" };
  }

  private fail(message: string, status: number): ToolResult {
    return { status, stdout: this.stdout, stderr: `${message}\n` };
  }

  private reproduce(): string {
    return `\tthis is a fault of rt0, not of the program; to look at it: rt0 tool compile -dump=ssa:FUNCTION ${this.options.files.slice(0, 2).join(" ")}…`;
  }
}

/** What is wrong with the value of -lang, or "". cmd/compile/internal/types/goversion.go. */
function langProblem(lang: string): string {
  if (lang === "") return "";
  const parse = (v: string) => /^go([1-9]\d*)\.(0|[1-9]\d*)$/.exec(v);
  const m = parse(lang);
  if (m === null) return 'should be something like "go1.12"';
  const newest = parse(defaultVersion)!;
  const beyond = Number(m[1]) - Number(newest[1]) || Number(m[2]) - Number(newest[2]);
  return beyond > 0 ? `max known version is "${defaultVersion}"` : "";
}

/** A configuration file that is not what it should be. */
class ConfigError extends Error {}

const runtimePackages = new Set([
  "runtime",
  ...["atomic", "cgroup", "exithook", "gc", "gc/scan", "maps", "math", "sys", "syscall/linux"].map(
    (p) => `internal/runtime/${p}`,
  ),
  ..."abi bytealg byteorder chacha8rand coverage/rtcov cpu goarch godebugs goexperiment goos profilerecord strconv stringslite"
    .split(" ")
    .map((p) => `internal/${p}`),
]);

/** Packages that are compiled under the runtime's rules (cmd/internal/objabi/pkgspecial.go). */
function isRuntimeClass(path: string, std: boolean): boolean {
  return std && runtimePackages.has(path);
}
