import { decodeUtf8, encodeUtf8, FlagError, flagUsage, parseGoFlags, PosTable } from "#base";
import { asmObjectFile, baselineExperiments, objectHeader } from "#formats";
import { type Host, HostError, type ToolResult } from "#host";
import { assembleFunction, Ctxt, listing, progString, referToDeclarations, writeObject } from "#obj";
import { FatalError, type Files, Input } from "./input.ts";
import { type DebugSettings, DebugFlagError, debugSettings, expandArguments, flagDefs, shownFlags } from "./options.ts";
import { Parser } from "./parser.ts";

/** Packages whose assembly may name ABIs (cmd/internal/objabi/pkgspecial.go). */
const abiPackages = new Set([
  "runtime",
  "reflect",
  "syscall",
  "internal/bytealg",
  "internal/chacha8rand",
  "internal/runtime/syscall/linux",
  "internal/runtime/syscall/windows",
  "internal/runtime/startlinetest",
]);

/** What of the toolchain's configuration goes into an object's header. */
export interface AsmConfig {
  /** "go1.26.8"; read from $GOROOT/VERSION if not given. */
  readonly version?: string;
  /** GOAMD64; the environment's, or v1. */
  readonly goamd64?: string;
  readonly experiments?: string;
}

/** The assembler: `asm [flags] file.s …` (cmd/asm). Writes the object, or with -gensymabis the symabis file, whole or not at all. */
export function asmMain(host: Host, argv: readonly string[], config: AsmConfig = {}): ToolResult {
  const run = new Run(host, config);
  try {
    const status = run.main(argv);
    return { status, stdout: run.stdout + run.log, stderr: run.stderr };
  } catch (e) {
    if (!(e instanceof FatalError)) throw e;
    return { status: 1, stdout: run.stdout + run.log, stderr: run.stderr + e.message };
  }
}

class Run {
  stdout = "";
  /** What goes to standard output at the end: -S, -v, -d=pctab. */
  log = "";
  stderr = "";

  constructor(
    private readonly host: Host,
    private readonly config: AsmConfig,
  ) {}

  private usage(message: string): number {
    if (message !== "" && !/^flag provided but not defined: -(h|help)$/.test(message)) this.stderr += `${message}\n`;
    this.stderr += `usage: asm [options] file.s ...\nFlags:\n${flagUsage(shownFlags)}`;
    return 2;
  }

  private version(): string {
    if (this.config.version !== undefined) return this.config.version;
    const root = this.host.env("GOROOT") ?? "/usr/local/go";
    try {
      return decodeUtf8(this.host.readFile(`${root}/VERSION`))
        .split("\n")[0]!
        .trim();
    } catch {
      return "go1.26";
    }
  }

  main(argv: readonly string[]): number {
    let flags: ReturnType<typeof parseGoFlags>;
    // -V alone is -V=true.
    const args = expandArguments(this.host, argv).map((a) => (a === "-V" || a === "--V" ? "-V=true" : a));
    let debug: DebugSettings | string;
    try {
      flags = parseGoFlags(flagDefs, args);
      debug = debugSettings(flags.list("d"));
    } catch (e) {
      if (e instanceof FlagError || e instanceof DebugFlagError) return this.usage(e.message);
      throw e;
    }
    if (flags.has("V")) {
      this.stdout += `asm version ${this.version()}\n`;
      return 0;
    }
    if (typeof debug === "string") {
      this.stdout += debug;
      return 0;
    }
    const names = flags.args;
    if (names.length === 0) return this.usage("");
    let output = flags.string("o");
    if (output === "") {
      if (names.length !== 1) return this.usage("");
      output = `${names[0]!.slice(names[0]!.lastIndexOf("/") + 1).replace(/\.s$/, "")}.o`;
    }
    const spectre = flags.string("spectre");
    if (!["", "index", "all", "ret"].includes(spectre)) {
      this.stderr += `asm: unknown setting -spectre=${spectre}\n`;
      return 2;
    }
    const experiments = this.config.experiments ?? baselineExperiments;
    const pkgpath = flags.string("p");
    const allowABI = abiPackages.has(pkgpath);
    const defines = flags.list("D").slice();
    for (const d of defines) {
      const name = d.indexOf("=") > 0 ? d.slice(0, d.indexOf("=")) : d;
      if (!/^[\p{L}_\u00b7\u2215][\p{L}\p{Nd}_\u00b7\u2215]*$/u.test(name))
        return this.usage(`asm: parsing -D: ${JSON.stringify(name)} is not a valid identifier name`);
    }
    if (allowABI) for (const e of experiments.split(",")) defines.push(`GOEXPERIMENT_${e}`);
    const dynlink = flags.bool("dynlink");
    const level = flags.count("S");
    const verbose = flags.bool("v");

    const positions = new PosTable();
    const ctxt = new Ctxt({
      pkgpath,
      positions,
      isAsm: true,
      trimpath: flags.string("trimpath"),
      shared: flags.bool("shared") || dynlink,
      dynlink,
      linkshared: flags.bool("linkshared"),
      retpoline: spectre === "all" || spectre === "ret",
      ...debug,
      verbose,
      pathname: this.host.cwd(),
      goroot: this.host.env("GOROOT") ?? "",
    });
    let failed = false;
    ctxt.diag = (_, message) => {
      failed = true;
      this.stderr += `asm: ${message.replace(/\n*$/, "")}\n`;
    };
    ctxt.log = (text) => {
      this.log += text;
    };
    const files: Files = {
      includes: flags.list("I"),
      warn: (line) => {
        this.stderr += line;
      },
      open: (path, name) => {
        const text = this.read(path);
        return text === undefined ? undefined : { text, file: positions.addFile(name, text.length) };
      },
    };
    const out = {
      error: (line: string) => {
        this.stderr += line;
      },
      trace: flags.bool("debug")
        ? (line: string) => {
            this.stdout += line;
          }
        : undefined,
      allErrors: flags.bool("e"),
    };
    const gensymabis = flags.bool("gensymabis");
    let symabis = "";
    for (const name of names) {
      const parser = new Parser(ctxt, new Input(name, files, defines), allowABI, out);
      let ok: boolean;
      if (gensymabis) {
        const text = parser.symabis();
        ok = text !== undefined;
        symabis += text ?? "";
      } else {
        ok = parser.parse();
        if (ok && level > 0 && verbose) this.progs(ctxt, parser);
        if (ok) {
          referToDeclarations(ctxt, parser.functions);
          for (const f of parser.functions) assembleFunction(ctxt, f);
        }
      }
      if (!ok) {
        this.stderr += `asm: assembly of ${name} failed\n`;
        return 1;
      }
    }
    if (failed) {
      this.stderr += "asm: assembly failed\n";
      return 1;
    }
    if (gensymabis) return this.write(output, encodeUtf8(symabis));
    const object = writeObject(ctxt);
    if (level > 0) this.log += listing(ctxt, level);
    const header = objectHeader(
      "linux",
      "amd64",
      this.version(),
      this.config.goamd64 ?? this.host.env("GOAMD64") ?? "v1",
      experiments,
    );
    return this.write(output, asmObjectFile(header, object));
  }

  /** Files of this run, most of them included several times; undefined for what is not there. */
  private readonly texts = new Map<string, string | undefined>();

  private read(path: string): string | undefined {
    if (this.texts.has(path)) return this.texts.get(path);
    let text: string | undefined;
    try {
      // Most directories do not have most headers, and to fail takes long.
      if (this.host.stat(path) !== undefined) text = decodeUtf8(this.host.readFile(path));
    } catch {
      text = undefined;
    }
    this.texts.set(path, text);
    return text;
  }

  private write(path: string, bytes: Uint8Array): number {
    try {
      this.host.writeFile(path, bytes);
      return 0;
    } catch (e) {
      if (!(e instanceof HostError)) throw e;
      this.stderr += `asm: open ${path}: ${e.message}\n`;
      return 1;
    }
  }

  /** -S -v: the instructions as they were read. */
  private progs(ctxt: Ctxt, parser: Parser): void {
    for (const f of parser.functions) {
      for (let p = f.func!.text; p !== null; p = p.next) this.stdout += `obj: ${progString(ctxt, p)}\n`;
    }
  }
}
