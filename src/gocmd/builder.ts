// The action graph of a build and running it: a compile action a package, a link action a program. cmd/go/internal/work.
import { decodeUtf8, encodeUtf8, hexBytes, sha256 } from "#base";
import { quoteBytes } from "#constant";
import {
  type ArchiveEntry,
  archiveEntry,
  findAndHashBuildID,
  findExportData,
  hashToBuildIDPart,
  readArchive,
  rewriteBuildID,
  writeArchive,
} from "#formats";
import { buildInfoText, defaultGodebug, modInfoData, type RecordedFlags } from "./buildinfo.ts";
import { HostError } from "#host";
import type { Cache, CacheEntry } from "./cache.ts";
import type { Exec, ToolName } from "./exec.ts";
import { checkGodebugDirectives } from "./godebug.ts";
import type { PerPackageFlag } from "./flags.ts";
import { langVersion } from "./gomod.ts";
import { type Loader, noGoFiles } from "./load.ts";
import type { Package } from "./package.ts";
import type { Printer } from "./printer.ts";
import { basename, dirname, isAbs, join } from "./paths.ts";
import type { Shell } from "./shell.ts";

export interface BuildOptions {
  readonly force: boolean;
  readonly verbose: boolean;
  readonly trimpath: boolean;
  readonly parallel: number;
  /** Leave symbol table and DWARF out, as `go run` does. */
  readonly omitDebug: boolean;
  /** -toolexec as given: other tools, other outputs. */
  readonly toolexec: string;
  readonly gcflags: PerPackageFlag;
  readonly asmflags: PerPackageFlag;
  readonly ldflags: PerPackageFlag;
  readonly recorded: RecordedFlags;
  readonly printer: Printer;
}

/** Packages of the standard library with functions whose bodies are elsewhere. */
const incompletePackages = new Set([
  "bytes",
  "internal/poll",
  "net",
  "os",
  "runtime/metrics",
  "runtime/pprof",
  "runtime/trace",
  "sync",
  "syscall",
  "time",
]);

/** The compile action of a package. */
class CompileAction {
  /** Position in a depth-first walk: what -p 1 runs in this order. */
  order = 0;
  /** Weight of the longest way from here to the end of the build. */
  priority = 0;
  /** Bytes of source. */
  weight = 0;
  readonly deps: CompileAction[] = [];
  readonly users: (CompileAction | LinkAction)[] = [];
  pending = 0;
  key = "";
  entry: CacheEntry | null = null;
  /** The archive has been built or verified: it is in `file`. */
  ready = false;
  /** Where dependents read the archive. */
  file = "";
  failed = false;
  /** Building anew what was damaged in the cache. */
  repair: Promise<void> | null = null;
  /** Hash of what importers see of the package and of all below it. */
  exportClosure = "";

  constructor(
    readonly pkg: Package,
    readonly objdir: string,
  ) {}

  get actionID(): string {
    return hashToBuildIDPart(fromHex(this.key));
  }
}

class LinkAction {
  order = 0;
  priority = 0;
  pending = 0;
  key = "";
  entry: CacheEntry | null = null;
  failed = false;
  /** Main first, then its dependencies breadth first. */
  all: CompileAction[] = [];

  constructor(
    readonly main: CompileAction,
    /** Where the program is to be; "" to leave it in the work directory. */
    readonly target: string,
  ) {}
}

type Action = CompileAction | LinkAction;

function fromHex(s: string): Uint8Array {
  const b = new Uint8Array(s.length / 2);
  for (let i = 0; i < b.length; i++) b[i] = Number.parseInt(s.slice(2 * i, 2 * i + 2), 16);
  return b;
}

export class Builder {
  private readonly actions = new Map<Package, CompileAction>();
  private readonly links: LinkAction[] = [];
  private objdirs = 0;
  private order = 0;
  private readonly ready: Action[] = [];
  private running = 0;
  private done = 0;
  private total = 0;
  private failures = 0;
  private progressShown = false;
  private finish: (() => void) | null = null;

  constructor(
    private readonly exec: Exec,
    private readonly loader: Loader,
    private readonly cache: Cache,
    private readonly shell: Shell,
    private readonly options: BuildOptions,
  ) {}

  // The graph.

  /** Adds the compile action of p and of all it imports; its archive is also to be in target, unless that is "". */
  compile(p: Package, target = ""): void {
    const a = this.compileAction(p);
    if (target !== "") this.archives.push({ action: a, target });
  }

  /** After the build, where the archive of p is; "" if it could not be made. */
  async archive(p: Package): Promise<string> {
    const a = this.actions.get(p);
    if (a === undefined || p.importPath === "unsafe") return "";
    if (!a.failed) await this.ensure(a);
    if (a.failed || this.shell.dry) return "";
    // What was just built is still read in the work directory, which goes away.
    return a.entry !== null && this.cache.writable ? this.cache.path(a.entry.output) : a.file;
  }

  private readonly archives: { readonly action: CompileAction; readonly target: string }[] = [];

  /** Puts the archives that were asked for in their places. */
  private async copyArchives(): Promise<void> {
    for (const { action, target } of this.archives) {
      if (action.failed) continue;
      await this.ensure(action);
      this.shell.showCommand("", `cp ${action.file} ${target}`);
      if (!action.failed && !this.shell.dry) this.exec.host.writeFile(target, this.exec.host.readFile(action.file));
    }
  }

  /** Adds linking p, a command, to target. */
  link(p: Package, target: string): LinkAction {
    const main = this.compileAction(p);
    const a = new LinkAction(main, target);
    this.links.push(a);
    const seen = new Set([main]);
    a.all = [main];
    for (let i = 0; i < a.all.length; i++) {
      for (const d of a.all[i]!.deps) {
        if (seen.has(d)) continue;
        seen.add(d);
        a.all.push(d);
      }
    }
    a.order = ++this.order;
    a.pending = a.all.length;
    for (const d of a.all) d.users.push(a);
    return a;
  }

  private compileAction(p: Package): CompileAction {
    const known = this.actions.get(p);
    if (known !== undefined) return known;
    this.objdirs++;
    const a = new CompileAction(p, `${this.shell.work}/b${String(this.objdirs).padStart(3, "0")}/`);
    this.actions.set(p, a);
    for (const q of p.importPackages) {
      if (q.importPath === "unsafe") {
        // It has no code, but has its place in the numbering.
        if (!this.actions.has(q)) this.compileAction(q);
        continue;
      }
      const d = this.compileAction(q);
      a.deps.push(d);
      d.users.push(a);
    }
    a.pending = a.deps.length;
    a.order = ++this.order;
    for (const f of p.goFiles) a.weight += this.loader.index.stat(join(p.dir, f))?.size ?? 0;
    return a;
  }

  /** Runs everything added; whether all went well. */
  async run(): Promise<boolean> {
    const all: Action[] = [...this.links];
    for (const [p, a] of this.actions) if (p.importPath !== "unsafe") all.push(a);
    // Users come after what they use in the order, so one pass from the end finds the longest ways.
    all.sort((a, b) => b.order - a.order);
    for (const a of all) {
      if (a instanceof LinkAction) {
        a.priority = 1_000_000;
        continue;
      }
      let longest = 0;
      for (const u of a.users) longest = Math.max(longest, u.priority);
      a.priority = longest + a.weight + 10_000;
    }
    this.total = all.length;
    for (const a of all) if (a.pending === 0) this.ready.push(a);
    await new Promise<void>((resolve) => {
      this.finish = resolve;
      this.schedule();
    });
    await this.copyArchives();
    this.clearProgress();
    return this.failures === 0;
  }

  /** Takes the most urgent ready action: along the longest way, or with -p 1 in the order of the walk. */
  private take(): Action {
    let best = 0;
    const inOrder = this.options.parallel === 1;
    for (let i = 1; i < this.ready.length; i++) {
      const a = this.ready[i]!;
      const b = this.ready[best]!;
      if (inOrder ? a.order < b.order : a.priority > b.priority || (a.priority === b.priority && a.order < b.order))
        best = i;
    }
    const a = this.ready[best]!;
    this.ready[best] = this.ready[this.ready.length - 1]!;
    this.ready.pop();
    return a;
  }

  private schedule(): void {
    while (this.ready.length > 0 && this.running < this.options.parallel) {
      const a = this.take();
      let settled = false;
      try {
        settled = this.failedBelow(a) || this.upToDate(a);
      } catch (e) {
        this.broken(a, e);
        settled = true;
      }
      if (settled) {
        this.complete(a);
        continue;
      }
      this.running++;
      this.progress(a);
      const work = a instanceof CompileAction ? this.buildPackage(a) : this.linkProgram(a);
      work
        .catch((e: unknown) => this.broken(a, e))
        .then(() => {
          this.running--;
          this.complete(a);
          this.schedule();
        });
    }
    if (this.ready.length === 0 && this.running === 0) this.finish?.();
  }

  /** The action ended by an exception: the outside refused something, or rt0 is at fault. */
  private broken(a: Action, e: unknown): void {
    a.failed = true;
    const pkg = a instanceof CompileAction ? a.pkg : a.main.pkg;
    if (e instanceof HostError) this.fail(pkg, `${e.path}: ${e.message}`);
    else this.fail(pkg, e instanceof Error ? (e.stack ?? e.message) : String(e));
  }

  private complete(a: Action): void {
    this.done++;
    if (a instanceof LinkAction) return;
    for (const u of a.users) if (--u.pending === 0) this.ready.push(u);
  }

  private failedBelow(a: Action): boolean {
    const deps = a instanceof CompileAction ? a.deps : a.all;
    if (deps.some((d) => d.failed)) a.failed = true;
    return a.failed;
  }

  // Progress and failure.

  private progress(a: Action): void {
    if (!this.exec.terminal || this.shell.show || this.options.verbose) return;
    const what = a instanceof LinkAction ? `link ${a.main.pkg.importPath}` : a.pkg.importPath;
    this.exec.err(`\r\x1b[K[${this.done + 1}/${this.total}] ${what.slice(0, 60)}`);
    this.progressShown = true;
  }

  private clearProgress(): void {
    if (this.progressShown) this.exec.err("\r\x1b[K");
    this.progressShown = false;
  }

  private fail(p: Package, text: string): void {
    this.failures++;
    this.clearProgress();
    this.options.printer.error(p.importPath, this.output(p, text));
  }

  /** Prints what a tool said about a package that was built all the same. */
  private report(p: Package, text: string): void {
    if (text === "") return;
    this.clearProgress();
    this.options.printer.print(p.importPath, this.output(p, text));
  }

  private output(p: Package, text: string): string {
    return `# ${p.importPath}\n${this.shell.shorten(text, p.dir)}`;
  }

  // Keys.

  /** The program that `run` runs goes without DWARF; its dependencies are those that `build` uses. */
  private omitsDebug(p: Package): boolean {
    return this.options.omitDebug && !p.depOnly;
  }

  private lang(p: Package): string {
    const goVersion = p.module === null ? this.loader.goroot.version.replace(/^go/, "") : p.module.goVersion || "1.16";
    return `go${langVersion(goVersion)}`;
  }

  private toolIDs(...names: ToolName[]): string {
    return names.map((name) => this.exec.toolID(name)).join(" ");
  }

  private packageKey(a: CompileAction): string {
    const p = a.pkg;
    const index = this.loader.index;
    const lines = [
      "compile 1",
      `tool ${this.toolIDs("compile", "asm", "pack", "buildid")} ${this.options.toolexec}`,
      `go ${this.loader.goroot.version} linux amd64 v1`,
      `package ${p.importPath} ${p.name} std=${p.standard} ${this.lang(p)} trimpath=${this.options.trimpath} debug=${!this.omitsDebug(p)}`,
      `gcflags ${JSON.stringify(this.options.gcflags.for(p))}`,
      `asmflags ${JSON.stringify(this.options.asmflags.for(p))}`,
    ];
    // Without -trimpath the object holds the paths of its files.
    if (!this.options.trimpath) lines.push(`dir ${p.dir}`);
    for (const list of [p.goFiles, p.sFiles, p.sFiles.length > 0 ? p.hFiles : [], p.embedFiles])
      for (const f of list) lines.push(`file ${f} ${index.hash(join(p.dir, f))}`);
    if (p.sFiles.length > 0) lines.push(`include ${this.includeHash()}`);
    for (const [pattern, files] of p.embedMap) lines.push(`embed ${JSON.stringify([pattern, files])}`);
    for (const [from, to] of p.importMap) lines.push(`importmap ${from} ${to}`);
    for (const d of a.deps) lines.push(`import ${d.pkg.importPath} ${d.exportClosure}`);
    return hexBytes(sha256(encodeUtf8(lines.join("\n"))));
  }

  private includes = "";

  /** Hash of the headers that assembly files may include from GOROOT. */
  private includeHash(): string {
    if (this.includes !== "") return this.includes;
    const dir = this.includeDir;
    let all = "";
    try {
      for (const e of this.exec.host.readDir(dir))
        if (e.name.endsWith(".h")) all += `${e.name} ${this.loader.index.hash(join(dir, e.name))}\n`;
    } catch {
      // The assembler will say what it misses.
    }
    this.includes = hexBytes(sha256(encodeUtf8(all)));
    return this.includes;
  }

  /** Where the headers are in the sources; a distribution has copies in pkg/include. */
  private get includeDir(): string {
    return join(this.loader.goroot.dir, "src/runtime");
  }

  private linkKey(a: LinkAction): string {
    const p = a.main.pkg;
    const lines = [
      "link 1",
      `tool ${this.toolIDs("link", "buildid")} ${this.options.toolexec}`,
      `go ${this.loader.goroot.version} linux amd64 v1`,
      `main ${p.importPath} debug=${!this.options.omitDebug}`,
      `ldflags ${JSON.stringify(this.options.ldflags.for(p))}`,
      `goroot ${this.options.trimpath ? "" : this.loader.goroot.dir}`,
      `info ${this.modInfo(p)}`,
    ];
    for (const d of a.all) lines.push(`package ${d.pkg.importPath} ${d.entry!.contentID} ${d.entry!.output}`);
    return hexBytes(sha256(encodeUtf8(lines.join("\n"))));
  }

  private modInfo(p: Package): string {
    const mod = this.loader.mod;
    const godebug = defaultGodebug(this.exec.host, this.loader.goroot, p, mod);
    return buildInfoText(p, mod, this.options.recorded, godebug);
  }

  // Up to date?

  private upToDate(a: Action): boolean {
    return a instanceof CompileAction ? this.packageUpToDate(a) : this.programUpToDate(a);
  }

  private packageUpToDate(a: CompileAction): boolean {
    if (this.shell.dry && this.options.force) return false;
    a.key = this.packageKey(a);
    if (this.options.force) return false;
    const entry = this.cache.lookup(a.key);
    if (entry === undefined) return false;
    this.accept(a, entry);
    this.report(a.pkg, entry.text);
    return true;
  }

  private accept(a: CompileAction, entry: CacheEntry): void {
    a.entry = entry;
    a.file = this.cache.path(entry.output);
    a.exportClosure = hexBytes(
      sha256(encodeUtf8([entry.exportHash, ...a.deps.map((d) => `${d.pkg.importPath} ${d.exportClosure}`)].join("\n"))),
    );
  }

  private programUpToDate(a: LinkAction): boolean {
    if (this.shell.dry) return false;
    a.key = this.linkKey(a);
    if (this.options.force) return false;
    const entry = this.cache.lookup(a.key);
    if (entry === undefined) return false;
    const host = this.exec.host;
    if (a.target !== "" && host.stat(a.target)?.size === entry.size) {
      try {
        if (hexBytes(sha256(host.readFile(a.target))) === entry.output) {
          a.entry = entry;
          return true;
        }
      } catch {
        // It will be written anew.
      }
    }
    const bytes = this.cache.output(entry);
    if (bytes === undefined) return false;
    a.entry = entry;
    this.writeProgram(a, bytes);
    return true;
  }

  /** Puts a program in its place; its directory is made if need be. */
  private writeProgram(a: LinkAction, bytes: Uint8Array): void {
    const file = this.programFile(a);
    const dir = dirname(file);
    if (a.target !== "" && this.exec.host.stat(dir) === undefined) this.exec.host.makeDir(dir);
    this.exec.host.writeFile(file, bytes, 0o755);
  }

  /** Where the program is after the build. */
  programFile(a: LinkAction): string {
    if (a.target !== "") return a.target;
    const dir = `${a.main.objdir}exe`;
    if (!this.shell.dry) this.exec.host.makeDir(dir);
    return join(dir, programName(a.main.pkg));
  }

  // Compiling.

  /** Before a dependent reads the archive of d: it must be there and sound, else it is built again. */
  private async ensure(d: CompileAction): Promise<void> {
    if (d.ready || this.shell.dry) return;
    if (d.entry !== null && this.cache.output(d.entry) !== undefined) {
      d.ready = true;
      return;
    }
    // Several dependents may find the damage at the same time.
    d.repair ??= this.buildPackage(d);
    await d.repair;
  }

  private trimpath(a: CompileAction): string {
    const own = `${a.objdir.slice(0, -1)}=>`;
    return this.options.trimpath ? `${a.pkg.dir}=>${a.pkg.importPath};${own}` : own;
  }

  private asmArgs(a: CompileAction): string[] {
    return [
      "-p",
      packagePath(a.pkg),
      "-trimpath",
      this.trimpath(a),
      "-I",
      a.objdir,
      "-I",
      this.includeDir,
      "-D",
      "GOOS_linux",
      "-D",
      "GOARCH_amd64",
      ...this.options.asmflags.for(a.pkg),
      "-D",
      "GOAMD64_v1",
    ];
  }

  private async buildPackage(a: CompileAction): Promise<void> {
    const p = a.pkg;
    const { shell, options } = this;
    if (p.goFiles.length === 0) {
      a.failed = true;
      this.failures++;
      options.printer.error(p.importPath, `${p.importPath}: ${noGoFiles(p)}`);
      return;
    }
    for (const d of a.deps) {
      await this.ensure(d);
      if (d.failed) {
        a.failed = true;
        return;
      }
    }
    if (a.key === "") a.key = shell.dry ? hexBytes(sha256(encodeUtf8(p.importPath))) : this.packageKey(a);
    shell.makeDir(a.objdir);
    if (shell.dry && shell.show) shell.print(`\n#\n# ${p.importPath}\n#\n\n`);
    if (options.verbose) this.exec.err(`${p.importPath}\n`);
    if (!p.standard && p.directives.length > 0) {
      const problems = checkGodebugDirectives(this.exec.host, this.loader.goroot, p);
      if (problems !== "") {
        a.failed = true;
        this.fail(p, problems);
        return;
      }
    }
    let output = "";
    const step = async (result: Promise<{ status: number; stdout: string; stderr: string }>): Promise<boolean> => {
      const r = await result;
      output += r.stdout + r.stderr;
      if (r.status === 0) return true;
      a.failed = true;
      this.fail(p, output === "" ? `exit status ${r.status}` : output);
      return false;
    };
    const sources = p.sFiles.map((f) => join(p.dir, f));
    if (sources.length > 0) {
      shell.writeFile(`${a.objdir}go_asm.h`, "");
      const argv = [...this.asmArgs(a), "-gensymabis", "-o", `${a.objdir}symabis`, ...sources];
      if (!(await step(shell.tool("asm", argv, p.dir)))) return;
    }
    let embedcfg = "";
    if (p.embedPatterns.length > 0) {
      const files: Record<string, string> = {};
      for (const f of p.embedFiles) files[f] = join(p.dir, f);
      embedcfg = JSON.stringify({ Patterns: Object.fromEntries(p.embedMap), Files: files }, null, "\t");
    }
    shell.writeFile(`${a.objdir}importcfg`, this.importConfig(a));
    if (embedcfg !== "") shell.writeFile(`${a.objdir}embedcfg`, embedcfg);
    const archive = `${a.objdir}_pkg_.a`;
    if (!(await step(shell.tool("compile", this.compileArgs(a, archive, embedcfg !== ""), this.exec.host.cwd()))))
      return;
    this.copyHeaders(a);
    const objects: string[] = [];
    for (const f of p.sFiles) {
      const object = `${a.objdir}${f.slice(0, -2)}.o`;
      objects.push(object);
      if (!(await step(shell.tool("asm", [...this.asmArgs(a), "-o", object, join(p.dir, f)], p.dir)))) return;
    }
    if (objects.length > 0)
      shell.showCommand("", `${this.exec.self} tool pack r ${archive} ${objects.join(" ")} # internal`);
    shell.showCommand("", `${this.exec.self} tool buildid -w ${archive} # internal`);
    if (shell.dry) {
      a.file = archive;
      return;
    }
    this.finishPackage(a, archive, objects, output);
  }

  /** Headers named for the system are also found under names that say GOOS and GOARCH. */
  private copyHeaders(a: CompileAction): void {
    for (const f of a.pkg.hFiles) {
      const dot = f.lastIndexOf(".");
      const name = f
        .slice(0, dot)
        .replace(/_linux_amd64$|_amd64$|_linux$/, (suffix) =>
          suffix.replace("linux", "GOOS").replace("amd64", "GOARCH"),
        );
      if (name === f.slice(0, dot)) continue;
      const from = join(a.pkg.dir, f);
      const to = a.objdir + name + f.slice(dot);
      this.shell.showCommand("", `cp ${from} ${to}`);
      if (!this.shell.dry) this.exec.host.writeFile(to, this.exec.host.readFile(from));
    }
  }

  private compileArgs(a: CompileAction, archive: string, embed: boolean): string[] {
    const p = a.pkg;
    const argv = ["-o", archive, "-trimpath", this.trimpath(a), "-p", packagePath(p), `-lang=${this.lang(p)}`];
    if (p.standard) argv.push("-std");
    if (p.otherFileCount === 0 && !(p.standard && incompletePackages.has(p.importPath))) argv.push("-complete");
    argv.push("-buildid", `${a.actionID}/${a.actionID}`);
    if (this.omitsDebug(p)) argv.push("-dwarf=false");
    argv.push("-goversion", this.loader.goroot.version);
    if (p.sFiles.length > 0) argv.push("-symabis", `${a.objdir}symabis`);
    if (this.exec.cpus > 1) argv.push(`-c=${this.exec.cpus}`);
    argv.push(...this.options.gcflags.for(p));
    argv.push("-nolocalimports", "-importcfg", `${a.objdir}importcfg`);
    if (embed) argv.push("-embedcfg", `${a.objdir}embedcfg`);
    argv.push("-pack");
    if (p.sFiles.length > 0) argv.push("-asmhdr", `${a.objdir}go_asm.h`);
    for (const f of p.goFiles) argv.push(join(p.dir, f));
    return argv;
  }

  private importConfig(a: CompileAction): string {
    let text = "# import config\n";
    for (const [from, to] of a.pkg.importMap) text += `importmap ${from}=${to}\n`;
    for (const d of a.deps) text += `packagefile ${d.pkg.importPath}=${d.file}\n`;
    // Export data names what lies below by path, so the compiler needs to find that too.
    const indirect = new Set<CompileAction>();
    const visit = (x: CompileAction): void => {
      for (const d of x.deps) {
        if (indirect.has(d)) continue;
        indirect.add(d);
        visit(d);
      }
    };
    visit(a);
    for (const d of a.deps) indirect.delete(d);
    const lines = [...indirect].map((d) => `packagefile ${d.pkg.importPath}=${d.file}\n`).sort();
    if (lines.length > 0) text += `# imported by these\n${lines.join("")}`;
    return text;
  }

  /** Adds the assembled objects, puts in the content part of the build ID, and keeps the archive. */
  private finishPackage(a: CompileAction, archive: string, objects: readonly string[], output: string): void {
    const host = this.exec.host;
    let bytes = host.readFile(archive);
    if (objects.length > 0) {
      const entries: ArchiveEntry[] = readArchive(bytes);
      for (const o of objects) entries.push(archiveEntry(basename(o), host.readFile(o)));
      bytes = writeArchive(entries);
    }
    const contentID = stampBuildID(bytes, `${a.actionID}/${a.actionID}`, `${a.actionID}/`);
    host.writeFile(archive, bytes);
    const entry = this.cache.put(a.key, bytes, { contentID, exportHash: exportHash(bytes), text: output });
    this.report(a.pkg, output);
    this.accept(a, entry);
    if (this.cache.writable) this.shell.showCommand("", `cp ${archive} ${a.file} # internal`);
    // In the work directory it cannot be damaged by others, and it is named so in what -x prints.
    a.file = archive;
    a.ready = true;
  }

  // Linking.

  private async linkProgram(a: LinkAction): Promise<void> {
    const { shell, exec } = this;
    const p = a.main.pkg;
    for (const d of a.all) {
      await this.ensure(d);
      if (d.failed) {
        a.failed = true;
        return;
      }
    }
    if (!shell.dry && a.key === "") a.key = this.linkKey(a);
    const objdir = a.main.objdir;
    if (!shell.dry) exec.host.makeDir(objdir);
    let config = "";
    for (const d of a.all) config += `packagefile ${d.pkg.importPath}=${d.file}\n`;
    config += `modinfo ${quoteBytes(modInfoData(this.modInfo(p)))}\n`;
    shell.writeFile(`${objdir}importcfg.link`, config);
    shell.makeDir(`${objdir}exe/`);
    const out = `${objdir}exe/a.out`;
    const actionID = shell.dry ? a.main.actionID : hashToBuildIDPart(fromHex(a.key));
    const mainID = `${a.main.actionID}/${a.main.entry?.contentID ?? a.main.actionID}`;
    const argv = ["-o", out, "-importcfg", `${objdir}importcfg.link`];
    if (this.options.omitDebug) argv.push("-s", "-w");
    const godebug = defaultGodebug(exec.host, this.loader.goroot, p, this.loader.mod);
    if (godebug !== "") argv.push(`-X=runtime.godebugDefault=${godebug}`);
    argv.push("-buildmode=exe", `-buildid=${actionID}/${mainID}/${actionID}`);
    argv.push(...this.options.ldflags.for(p), "-extld=gcc", a.main.file);
    const r = await shell.tool("link", argv, ".", { GOROOT: this.options.trimpath ? "" : this.loader.goroot.dir });
    if (r.status !== 0) {
      a.failed = true;
      const text = r.stdout + r.stderr;
      this.fail(p, text === "" ? `link: exit status ${r.status}` : text);
      return;
    }
    this.report(p, r.stdout + r.stderr);
    shell.showCommand("", `${exec.self} tool buildid -w ${out} # internal`);
    if (!shell.dry) {
      const bytes = exec.host.readFile(out);
      const contentID = stampBuildID(bytes, `${actionID}/${mainID}/${actionID}`, `${actionID}/${mainID}/`);
      a.entry = this.cache.put(a.key, bytes, { contentID, exportHash: "", text: "" });
      this.writeProgram(a, bytes);
    }
    if (a.target !== "") {
      const shown = this.targetShown.get(a) ?? a.target;
      shell.showCommand("", `mv ${out} ${shown}`);
      shell.showCommand("", `rm -rf ${objdir}`);
    }
  }

  /** How -x names the target: as the user wrote it. */
  readonly targetShown = new Map<LinkAction, string>();
}

export type { LinkAction };

/** -p of the compiler: the import path, "main" for commands. */
function packagePath(p: Package): string {
  return p.isCommand ? "main" : p.importPath;
}

/** Name of a program: the last element of its import path that is no major version, or its first file. */
export function programName(p: Package): string {
  if (p.cmdlineFiles) return basename(p.goFiles[0] ?? "main.go").replace(/\.go$/, "");
  const elements = p.importPath.split("/");
  const last = elements[elements.length - 1]!;
  if (elements.length > 1 && /^v[2-9]$|^v[1-9][0-9]+$/.test(last)) return elements[elements.length - 2]!;
  return last;
}

/** Replaces the placeholder id by prefix and the content part, which is returned. Changes bytes. */
function stampBuildID(bytes: Uint8Array, placeholder: string, prefix: string): string {
  const { matches, hash } = findAndHashBuildID(bytes, placeholder);
  const contentID = hashToBuildIDPart(hash);
  rewriteBuildID(bytes, matches, prefix + contentID);
  return contentID;
}

/** Hash of the export data of an archive, without the header that names the build. */
export function exportHash(archive: Uint8Array): string {
  const def = readArchive(archive).find((e) => e.name === "__.PKGDEF");
  if (def === undefined) return hexBytes(sha256(archive));
  const data = findExportData(def.data);
  // Whether the package is a command decides how it links, and stands in the header.
  const head = decodeUtf8(def.data.subarray(0, 400));
  return hexBytes(sha256(data ?? def.data)) + (head.includes("\nmain\n") ? "main" : "");
}

export function absolute(cwd: string, path: string): string {
  return isAbs(path) ? path : join(cwd, path);
}
