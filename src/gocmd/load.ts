// From patterns and import paths to packages with all they import. cmd/go/internal/load and modload.
import { type Host, HostError } from "#host";
import type { BuildContext } from "./buildcontext.ts";
import { EmbedError, resolveEmbed } from "./embed.ts";
import { CommandError } from "./exec.ts";
import type { FileIndex } from "./fileindex.ts";
import { compareGoVersions, type GoMod } from "./gomod.ts";
import type { GoRoot } from "./goroot.ts";
import { Package, PackageError, readPackageDir } from "./package.ts";
import { basename, clean, dirname, hasPathPrefix, isAbs, join, relative } from "./paths.ts";

/** A first element without a dot belongs to the standard library. */
function isStandardPath(path: string): boolean {
  const slash = path.indexOf("/");
  return !(slash < 0 ? path : path.slice(0, slash)).includes(".");
}

function isLocal(path: string): boolean {
  return path === "." || path === ".." || path.startsWith("./") || path.startsWith("../");
}

export class Loader {
  private readonly packages = new Map<string, Package>();
  private readonly dirs = new Map<string, readonly string[] | null>();
  /** Import paths by their lower-case form: two that differ in case only are one file on some systems. */
  private readonly folded = new Map<string, string>();
  private readonly src: string;

  constructor(
    readonly host: Host,
    readonly goroot: GoRoot,
    readonly context: BuildContext,
    readonly index: FileIndex,
    /** The module of the working directory, if any. */
    readonly mod: GoMod | undefined,
  ) {
    this.src = join(goroot.dir, "src");
  }

  // Directories.

  /** Names of the files of a directory in byte order, null if there is no such directory. */
  private fileNames(dir: string): readonly string[] | null {
    let names = this.dirs.get(dir);
    if (names === undefined) {
      try {
        const list: string[] = [];
        for (const e of this.host.readDir(dir)) {
          // A link to nowhere is a file that cannot be opened; one to a directory is passed over.
          if (!e.isDirectory && (!e.isSymlink || this.host.stat(join(dir, e.name))?.isDirectory !== true))
            list.push(e.name);
        }
        names = list;
      } catch (e) {
        if (!(e instanceof HostError)) throw e;
        names = null;
      }
      this.dirs.set(dir, names);
    }
    return names;
  }

  private hasGoFiles(dir: string): boolean {
    return this.fileNames(dir)?.some((n) => n.endsWith(".go")) === true;
  }

  // Import paths.

  /** What path means when written in a file of importer (null: on the command line). */
  private resolvePath(path: string, importer: Package | null): string {
    if (importer === null || !importer.standard || isStandardPath(path)) return path;
    const vendored = hasPathPrefix(importer.importPath, "cmd") ? `cmd/vendor/${path}` : `vendor/${path}`;
    return this.hasGoFiles(join(this.src, vendored)) ? vendored : path;
  }

  /** Directory of an import path, or the message why there is none. */
  private findDir(path: string): { dir: string; standard: boolean } | string {
    if (isStandardPath(path) && (isAbs(path) || path.includes("//"))) {
      // Not a path at all: see below.
    } else if (isStandardPath(path) || path.startsWith("vendor/") || path.startsWith("cmd/vendor/")) {
      const dir = join(this.src, path);
      if (this.hasGoFiles(dir)) return { dir, standard: true };
    }
    const mod = this.mod;
    const bad = isAbs(path) || path.includes("//") ? "" : badCharacter(path);
    if (bad !== "") return `malformed import path "${path}": invalid char '${bad}'`;
    if (mod !== undefined && hasPathPrefix(path, mod.path)) {
      const dir = join(mod.dir, path.slice(mod.path.length + 1));
      if (this.hasGoFiles(dir) && !this.inNestedModule(dir, mod)) return { dir, standard: false };
    }
    if (isAbs(path)) return `"${path}" is not a package path; see 'go help packages'`;
    if (path.includes("//")) return `malformed import path "${path}": double slash`;
    if (isStandardPath(path)) return `package ${path} is not in std (${join(this.src, path)})`;
    if (mod !== undefined && this.usesVendor(mod)) {
      const dir = join(mod.dir, "vendor", path);
      if (this.hasGoFiles(dir))
        return `package ${path} is in ${dir}: rt0 builds the standard library and the main module only`;
      return `cannot find module providing package ${path}: import lookup disabled by -mod=vendor\n\t(Go version in go.mod is at least 1.14 and vendor directory exists.)`;
    }
    for (const r of mod?.requires ?? []) {
      if (hasPathPrefix(path, r.path))
        return `package ${path} is in module ${r.path} ${r.version}: rt0 builds the standard library and the main module only`;
    }
    return this.notProvided(path);
  }

  private notProvided(path: string): string {
    if (this.mod === undefined)
      return `no required module provides package ${path}: go.mod file not found in current directory or any parent directory; see 'go help modules'`;
    return `no required module provides package ${path}; to add it:\n\tgo get ${path}`;
  }

  /** The go command looks into a vendor directory where there is one, since Go 1.14. */
  private usesVendor(mod: GoMod): boolean {
    return (
      compareGoVersions(mod.goVersion === "" ? "1.16" : mod.goVersion, "1.14") >= 0 &&
      this.host.stat(join(mod.dir, "vendor"))?.isDirectory === true
    );
  }

  private inNestedModule(dir: string, mod: GoMod): boolean {
    for (let d = dir; d !== mod.dir && d.length > mod.dir.length; d = dirname(d))
      if (this.host.stat(join(d, "go.mod"))?.isFile === true) return true;
    return false;
  }

  // Loading.

  /** The package of an import path with its imports; errors are in it. */
  load(path: string, stack: readonly string[] = [], importer: Package | null = null): Package {
    const known = this.packages.get(path);
    if (known !== undefined) return known;
    const p = new Package(path);
    this.packages.set(path, p);
    const here = [...stack, path];
    if (path === "unsafe") {
      p.dir = join(this.src, "unsafe");
      p.name = "unsafe";
      p.goroot = true;
      p.standard = true;
      p.goFiles = ["unsafe.go"];
      return p;
    }
    const found = this.findDir(path);
    if (typeof found === "string") {
      // Its import stack is the importer's: the message names the path.
      p.error = new PackageError(importer === null ? [] : here.slice(0, -1), found);
      p.incomplete = true;
      return p;
    }
    const other = this.folded.get(path.toLowerCase());
    if (other !== undefined && other !== path) {
      p.error = new PackageError(here.slice(0, -1), `case-insensitive import collision: "${path}" and "${other}"`);
      p.incomplete = true;
      return p;
    }
    this.folded.set(path.toLowerCase(), path);
    p.dir = found.dir;
    p.standard = found.standard;
    p.goroot = found.standard;
    if (!found.standard) p.module = this.mod ?? null;
    this.read(p, this.fileNames(p.dir) ?? [], here, false);
    return p;
  }

  /** Package command-line-arguments of a list of .go files. */
  loadFiles(files: readonly string[]): Package {
    const cwd = this.host.cwd();
    const p = new Package("command-line-arguments");
    p.cmdlineFiles = true;
    p.depOnly = false;
    p.module = this.mod !== undefined && this.mod.dir !== "" ? this.mod : null;
    p.match.push(...files);
    const names: string[] = [];
    let dir = "";
    for (const f of files) {
      const path = isAbs(f) ? clean(f) : join(cwd, f);
      const stat = this.host.stat(path);
      if (stat === undefined) throw new CommandError(this.notProvided(f));
      if (stat.isDirectory) throw new CommandError(`${f} is a directory, should be a Go file`);
      const d = dirname(path);
      if (dir === "") dir = d;
      else if (dir !== d)
        throw new CommandError(
          `named files must all be in one directory; have ${dirAsWritten(files[0]!)} and ${dirAsWritten(f)}`,
        );
      names.push(basename(path));
    }
    p.dir = dir;
    this.packages.set(p.importPath, p);
    this.read(p, names, [p.importPath], true);
    return p;
  }

  private setError(p: Package, stack: readonly string[], message: string, pos = ""): PackageError {
    const e = new PackageError(stack, message);
    e.pos = pos;
    p.incomplete = true;
    if (p.error === null) p.error = e;
    return e;
  }

  private read(p: Package, names: readonly string[], stack: readonly string[], named: boolean): void {
    const cwd = this.host.cwd();
    const faults = readPackageDir(p, this.index, this.context, cwd, names, named);
    const f = faults[0];
    if (f !== undefined) {
      // Faults with a place say it all; the others are shown with the way here.
      this.setError(p, f.pos === "" && stack.length > 1 ? stack : [], f.message, f.pos);
    }
    // A package of tests alone is one, only that there is nothing to build.
    if (p.goFiles.length + p.testGoFiles.length + p.xTestGoFiles.length === 0 && f === undefined)
      this.setError(p, stack, noGoFiles(p));
    // Sources in other languages are for cgo, which there is not.
    p.cFiles = [];
    p.cxxFiles = [];
    p.mFiles = [];
    p.fFiles = [];
    p.swigFiles = [];
    p.swigCXXFiles = [];
    if (p.embedPatterns.length > 0) {
      try {
        const { files, map } = resolveEmbed(this.host, p.dir, p.embedPatterns);
        p.embedFiles = files;
        p.embedMap = map;
      } catch (e) {
        if (!(e instanceof EmbedError)) throw e;
        this.setError(p, stack, e.message, p.embedPositions.get(e.pattern) ?? "");
      }
    }
    this.loadImports(p, stack);
  }

  private loadImports(p: Package, stack: readonly string[]): void {
    const paths = [...p.importsWritten.keys()].sort(byBytes);
    const resolved = new Set<string>();
    for (const written of paths) {
      const places = p.importsWritten.get(written)!;
      const path = this.resolvePath(written, p);
      if (path !== written) p.importMap.set(written, path);
      resolved.add(path);
      if (isLocal(path)) {
        const q = new Package(path);
        this.setError(
          q,
          [],
          `"${path}" is relative, but relative import paths are not supported in module mode`,
          places[0]!,
        );
        p.importPackages.push(q);
        this.setError(p, stack, `local import "${path}" in non-local package`, places[0]!);
        continue;
      }
      if (stack.includes(path)) {
        this.cycle(p, [...stack, path]);
        continue;
      }
      const q = this.load(path, stack, p);
      if (!p.importPackages.includes(q)) p.importPackages.push(q);
      if (q.error !== null && q.dir === "") {
        // The import is at fault: it is shown at its first place.
        if (q.error.pos === "") q.error.pos = places[0]!;
      } else if (q.error === null) this.checkImport(p, q, stack, places[0]!);
      if (q.incomplete) p.incomplete = true;
    }
    // In the order of the paths as written.
    p.imports = [...resolved];
    p.testImports = [...p.testImportsWritten.keys()].map((w) => this.resolvePath(w, p)).sort(byBytes);
    p.xTestImports = [...p.xTestImportsWritten.keys()].map((w) => this.resolvePath(w, p)).sort(byBytes);
    // The linker needs the runtime under every program.
    if (p.isCommand && !p.imports.includes("runtime")) p.importPackages.push(this.load("runtime", stack, p));
  }

  /** stack ends with the package that closes the cycle. */
  private cycle(p: Package, stack: readonly string[]): void {
    const file = (importer: string, imported: string) => {
      const q = this.packages.get(importer);
      const at = q?.importsWritten.get(imported)?.[0] ?? "";
      return at === "" ? "" : ` from ${basename(at).replace(/:\d+:\d+$/, "")}`;
    };
    const lines = stack.map((path, i) => (i === 0 ? path : `${path}${file(stack[i - 1]!, path)}`));
    // The package that is come upon again has the error.
    p.incomplete = true;
    const e = this.setError(this.packages.get(stack[stack.length - 1]!) ?? p, lines, "import cycle not allowed");
    e.isImportCycle = true;
    e.alwaysPrintStack = true;
  }

  /** What p may not import: commands, internal packages of others, vendored ones. */
  private checkImport(p: Package, q: Package, stack: readonly string[], place: string): void {
    const here = [...stack, q.importPath];
    if (q.isCommand) {
      this.setError(p, here, `import "${q.importPath}" is a program, not an importable package`, place);
      return;
    }
    const elements = q.importPath.split("/");
    const at = elements.lastIndexOf("internal");
    if (at >= 0 && !this.internalAllowed(p, q, elements.slice(0, at).join("/"))) {
      const e = this.setError(p, here.slice(0, -1), `use of internal package ${q.importPath} not allowed`, place);
      e.alwaysPrintStack = true;
      return;
    }
    if (q.standard && !p.standard && /(^|\/)vendor\//.test(q.importPath)) {
      this.setError(p, here.slice(0, -1), "use of vendored package not allowed", place);
    }
  }

  private internalAllowed(p: Package, q: Package, parent: string): boolean {
    if (hasPathPrefix(p.importPath, "crypto") && hasPathPrefix(q.importPath, "crypto/internal/fips140")) return true;
    if (hasPathPrefix(p.importPath, "crypto/internal/fips140")) return hasPathPrefix(q.importPath, "crypto/internal");
    if (q.standard) return p.standard && hasPathPrefix(p.dir, join(this.src, parent));
    let importer = p.importPath;
    if (p.cmdlineFiles && this.mod !== undefined) {
      const rel = relative(this.mod.dir, p.dir);
      importer = rel === "." ? this.mod.path : `${this.mod.path}/${rel}`;
    }
    return hasPathPrefix(importer, parent);
  }

  // Patterns.

  /** The packages that a pattern of the command line names. */
  match(pattern: string): Package[] {
    const found = this.matchPattern(pattern);
    for (const p of found) {
      p.match.push(pattern);
      p.depOnly = false;
      if (isLiteral(pattern)) p.literal = true;
    }
    return found;
  }

  /** The import paths that a pattern names, without marking the packages as named. */
  quietMatch(pattern: string): string[] {
    return this.matchPattern(pattern).map((p) => p.importPath);
  }

  private matchPattern(pattern: string): Package[] {
    if (pattern === "std" || pattern === "cmd") {
      const root = pattern === "cmd" ? join(this.src, "cmd") : this.src;
      return this.walkDirs(root, (d) => d === join(this.src, "cmd") && pattern === "std")
        .map((d) => relative(this.src, d))
        .filter((path) => path !== "." && path !== "builtin" && path !== "runtime/cgo")
        .map((path) => this.load(path))
        .filter((p) => !this.onlyIgnored(p));
    }
    if (isLocal(pattern) || isAbs(pattern)) {
      const cwd = this.host.cwd();
      const wild = pattern.includes("...");
      const fixed = wild ? pattern.slice(0, pattern.indexOf("...")).replace(/[^/]*$/, "") : pattern;
      const dir = isAbs(pattern) ? clean(fixed) : join(cwd, fixed);
      if (!wild) return [this.load(this.pathOfDir(pattern, dir))];
      if (this.host.stat(dir)?.isDirectory !== true)
        throw new CommandError(`pattern ${pattern}: lstat ${fixed}: no such file or directory`);
      const re = patternRegExp(isAbs(pattern) ? pattern : join(cwd, pattern));
      const skip = (d: string) => d !== this.mod?.dir && this.host.stat(join(d, "go.mod"))?.isFile === true;
      const dirs = this.walkDirs(dir, skip).filter((d) => re.test(d));
      return dirs.map((d) => this.load(this.pathOfDir(pattern, d))).filter((p) => !this.onlyIgnored(p));
    }
    if (pattern === "all" || pattern.includes("...")) {
      const mod = this.needModule();
      const re = pattern === "all" ? /^/ : patternRegExp(pattern);
      const skip = (d: string) => d !== mod.dir && this.host.stat(join(d, "go.mod"))?.isFile === true;
      const own = this.walkDirs(mod.dir, skip).map((d) => this.pathOfDir(pattern, d));
      const std =
        pattern === "all"
          ? []
          : this.walkDirs(this.src, (d) => d === join(this.src, "cmd")).map((d) => relative(this.src, d));
      return [...own, ...std]
        .filter((path) => re.test(path))
        .map((path) => this.load(path))
        .filter((p) => !this.onlyIgnored(p));
    }
    return [this.load(pattern)];
  }

  private onlyIgnored(p: Package): boolean {
    return p.goFiles.length + p.testGoFiles.length + p.xTestGoFiles.length === 0 && p.invalidGoFiles.length === 0;
  }

  private needModule(): GoMod {
    if (this.mod !== undefined) return this.mod;
    for (let d = this.host.cwd(); ; d = dirname(d)) {
      const work = join(d, "go.work");
      if (this.host.stat(work)?.isFile === true)
        throw new CommandError(`go: ${work}: rt0 does not read workspaces: build in the directory of a module`);
      if (d === "/") break;
    }
    throw new CommandError(
      "go: go.mod file not found in current directory or any parent directory; see 'go help modules'",
    );
  }

  /** Import path of a directory named on the command line. */
  private pathOfDir(pattern: string, dir: string): string {
    if (hasPathPrefix(dir, this.src) && dir !== this.src) return relative(this.src, dir);
    const mod = this.needModule();
    if (this.host.stat(dir)?.isDirectory !== true) {
      throw new CommandError(`stat ${dir}: directory not found`);
    }
    if (!this.hasGoFiles(dir)) throw new CommandError(`no Go files in ${dir}`);
    if (!hasPathPrefix(dir, mod.dir))
      throw new CommandError(`directory ${pattern} outside main module or its selected dependencies`);
    const rel = relative(mod.dir, dir);
    if (this.inNestedModule(dir, mod))
      throw new CommandError(`main module (${mod.path}) does not contain package ${mod.path}/${rel}`);
    return rel === "." ? mod.path : `${mod.path}/${rel}`;
  }

  /** Directories with Go files from root down, in order; none hidden, none of test data, and none that skip refuses. */
  private walkDirs(root: string, skip: (dir: string) => boolean): string[] {
    const out: string[] = [];
    const visit = (dir: string) => {
      if (skip(dir)) return;
      if (this.hasGoFiles(dir)) out.push(dir);
      let entries: ReturnType<Host["readDir"]>;
      try {
        entries = this.host.readDir(dir);
      } catch {
        return;
      }
      for (const e of entries) {
        if (!e.isDirectory || e.name.startsWith(".") || e.name.startsWith("_") || e.name === "testdata") continue;
        if (e.name === "vendor" && dir !== this.src && dir !== join(this.src, "cmd")) continue;
        visit(join(dir, e.name));
      }
    };
    visit(root);
    return out;
  }

  /** Packages and all they import, each after its imports. */
  withDeps(roots: readonly Package[]): Package[] {
    const out: Package[] = [];
    const seen = new Set<Package>();
    const visit = (p: Package) => {
      if (seen.has(p)) return;
      seen.add(p);
      for (const q of p.importPackages) visit(q);
      out.push(p);
    };
    for (const p of roots) visit(p);
    return out;
  }

  /** Those of packages and their imports that have errors; an error that several have, once. */
  faulty(roots: readonly Package[]): Package[] {
    const list: Package[] = [];
    const seen = new Set<string>();
    for (const p of this.withDeps(roots)) {
      if (p.error === null) continue;
      const text = p.error.toString();
      if (!seen.has(text)) list.push(p);
      seen.add(text);
    }
    return list;
  }
}

/** Why there is nothing to build in p. */
export function noGoFiles(p: Package): string {
  if (p.ignoredGoFiles.length > 0) return `build constraints exclude all Go files in ${p.dir}`;
  if (p.testGoFiles.length + p.xTestGoFiles.length > 0) return `no non-test Go files in ${p.dir}`;
  return `no Go files in ${p.dir}`;
}

/** filepath.Dir of a file as it stands on the command line. */
function dirAsWritten(file: string): string {
  return file.includes("/") ? clean(dirname(file)) : ".";
}

/** The first character that an import path of a module may not have, or "". golang.org/x/mod/module.CheckImportPath. */
function badCharacter(path: string): string {
  return /[^-\w.~+/]/u.exec(path)?.[0] ?? "";
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether the pattern names one package. */
function isLiteral(pattern: string): boolean {
  return !pattern.includes("...") && pattern !== "std" && pattern !== "cmd" && pattern !== "all";
}

/** A pattern with "..." as a regular expression; "/..." at the end matches nothing too. */
function patternRegExp(pattern: string): RegExp {
  let re = pattern.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll("\\.\\.\\.", ".*");
  if (re.endsWith("/.*")) re = `${re.slice(0, -3)}(/.*)?`;
  return new RegExp(`^${re}$`);
}
