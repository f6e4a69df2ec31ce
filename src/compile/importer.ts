import { Diagnostics, InternalError, type PosTable, hexBytes, sha256 } from "#base";
import { quoteString } from "#constant";
import { findExportData, findObjectStart, GoobjReader, readArchive } from "#formats";
import type { Host } from "#host";
import type { EscapeSummary } from "#ssa";
import { type File, ParseMode, parseBody, parseFile } from "#syntax";
import {
  checkBody,
  declarePackage,
  type Func,
  type Importer,
  type Package,
  resolveObject,
  unsafePackage,
} from "#types";
import { type ExportData, readExportData } from "./exportdata.ts";
import type { ImportConfig } from "./importcfg.ts";
import { packageSources } from "./sources.ts";

/** Bodies of functions of packages read from source that are longer than so many bytes are not looked at for inlining. */
const maxSourceBody = 600;

/** An import that cannot be had; the message is gc's. */
export class ImportError extends Error {}

/** An imported package and what its archive says besides declarations. */
export interface ImportedPackage {
  readonly package: Package;
  /** Eight bytes that identify the export data, for the linker to compare; all zero for sources. */
  readonly fingerprint: Uint8Array;
  /** Escape summaries by link name; empty for packages read from source. */
  readonly escapes: ReadonlyMap<string, EscapeSummary>;
  /** The package has an inittask; unknown for packages read from source by their declarations alone. */
  readonly hasInit: boolean;
  /** The archive it was read from; "" for sources. */
  readonly file: string;
  /** By which DeclaredPackages knows it, or a later declaration of the same. */
  readonly key: string;
  /** The packages that its declarations refer to so far: imports are bound when they are first used. */
  readonly bound: Map<string, ImportedPackage>;
}

/**
 * Packages that were declared in this process, shared by all compilations in it. They are told apart by content, so that a
 * process can compile several builds one after the other; declarations are checked when somebody first uses them.
 */
export class DeclaredPackages {
  private readonly byContent = new Map<string, ImportedPackage>();
  /** Packages that came without an archive. */
  readonly fromSource = new Set<Package>();
  /** Where imports come from that are bound only now: the configuration of the compilation at hand, whose files exist. */
  current: PackageImporter | null = null;

  constructor(readonly positions: PosTable) {}

  get(content: string): ImportedPackage | undefined {
    return this.byContent.get(content);
  }

  set(content: string, p: ImportedPackage): void {
    this.byContent.set(content, p);
  }
}

/** Finds imports as -importcfg says; without an entry there, in the sources of GOROOT. */
export class PackageImporter implements Importer {
  /** By canonical path, in order of first use. */
  readonly imported = new Map<string, ImportedPackage>();
  private readonly loading = new Set<string>();

  constructor(
    private readonly host: Host,
    private readonly config: ImportConfig | null,
    private readonly goroot: string,
    private readonly packages: DeclaredPackages,
    /** What a relative import is relative to (-D). */
    private readonly base = "",
  ) {
    packages.current = this;
  }

  /** The path that an import in a source file means. */
  resolve(path: string): string {
    path = this.config?.importMap.get(path) ?? path;
    return isLocalName(path) ? cleanPath(`${this.base === "" ? this.host.cwd() : this.base}/${path}`) : path;
  }

  /** The importer for the files of the package that is compiled, whose import paths are the user's: they are looked at. */
  forUser(packagePath: string, noLocalImports: boolean): Importer {
    return {
      import: (path) => {
        if (path === "main") throw new ImportError('cannot import "main"');
        if (path === packagePath)
          throw new ImportError(`import ${quoteString(path)} while compiling that package (import cycle)`);
        const mapped = this.config?.importMap.get(path) ?? path;
        if (isLocalName(mapped)) {
          if (mapped.startsWith("/")) throw new ImportError("import path cannot be absolute path");
          const problem = importPathProblem(this.resolve(mapped));
          if (problem !== "") throw new ImportError(problem);
          if (noLocalImports) throw new ImportError("local imports disallowed");
        } else if (cleanPath(mapped) !== mapped) {
          const should = quoteString(cleanPath(mapped));
          throw new ImportError(`non-canonical import path ${quoteString(mapped)} (should be ${should})`);
        }
        return this.import(path);
      },
      // A configuration that names packages names all of them.
      ...((this.config?.packageFile.size ?? 0) === 0 ? {} : { transitive: () => this.config!.packageFile.keys() }),
    };
  }

  import(path: string): Package {
    if (path === "unsafe") return unsafePackage;
    const canonical = this.resolve(path);
    const known = this.imported.get(canonical);
    if (known !== undefined) return known.package;
    if (this.loading.has(canonical)) throw new ImportError("import cycle not allowed");
    this.loading.add(canonical);
    try {
      const p = this.load(canonical);
      this.imported.set(canonical, p);
      return p.package;
    } finally {
      this.loading.delete(canonical);
    }
  }

  /** Parses and checks the body of a function of an imported package; false if importers do not get it. */
  checkedBody(fn: Func): boolean {
    const origin = fn.origin;
    resolveObject(origin);
    const decl = origin.decl?.funcDecl ?? origin.funcDecl;
    if (decl === null || origin.decl === null || decl.bodyStart < 0) return false;
    // Export data has the bodies that may be inlined; sources have all.
    const generic = origin.signature.tparams.length > 0 || origin.signature.rparams.length > 0;
    if (!generic && decl.bodyEnd - decl.bodyStart > maxSourceBody && this.packages.fromSource.has(origin.pkg!))
      return false;
    if (!origin.bodyChecked) {
      const diagnostics = new Diagnostics(this.packages.positions);
      parseBody(origin.decl.file.syntax, decl, diagnostics, { std: true, compilingRuntime: true });
      checkBody(origin);
      if (diagnostics.hasErrors)
        throw new InternalError("compile", origin.name, `imported body: ${diagnostics.format(1)[0]}`);
    }
    return decl.body !== null;
  }

  /** What the compilation of an imported package found out about where a function's parameters go. */
  escapeOf(path: string, name: string): EscapeSummary | null {
    // An earlier compilation may have bound the imports of what this one uses.
    if (!this.imported.has(path) && this.config?.packageFile.has(path) === true) this.import(path);
    return this.imported.get(path)?.escapes.get(name) ?? null;
  }

  private load(path: string): ImportedPackage {
    const archive = this.config?.packageFile.get(path) ?? this.localArchive(path);
    if (archive === undefined) return this.loadSource(path, new Uint8Array(8));
    let bytes: Uint8Array;
    try {
      bytes = this.host.readFile(archive);
    } catch (e) {
      throw new ImportError(`open ${archive}: ${(e as Error).message}`);
    }
    const entries = readArchive(bytes);
    const pkgdef = entries.find((e) => e.name === "__.PKGDEF");
    if (pkgdef === undefined) throw new ImportError(`${archive} is not an archive of a Go package`);
    const body = findExportData(pkgdef.data);
    if (body === undefined) throw new ImportError(`no export data in ${archive}`);
    // gc's own export data begins with a format letter. What it describes is read from source instead.
    if (body[0] === 0x75) {
      const object = entries.find((e) => e.name === "_go_.o");
      return this.loadSource(path, object === undefined ? new Uint8Array(8) : fingerprintOf(object.data));
    }
    return this.declare(path, body, archive);
  }

  /** Without a configuration, ./x is the archive that lies there. */
  private localArchive(path: string): string | undefined {
    if (this.config !== null || !path.startsWith("/")) return undefined;
    return [`${path}.a`, `${path}.o`].find((name) => this.host.stat(name)?.isFile === true);
  }

  private declare(path: string, body: Uint8Array, file: string): ImportedPackage {
    const digest = sha256(body);
    const key = `${path} ${hexBytes(digest)}`;
    const known = this.packages.get(key);
    if (known !== undefined && this.isValid(known)) return known;
    const data: ExportData = readExportData(body);
    const bound = new Map<string, ImportedPackage>();
    const imported: ImportedPackage = {
      package: this.declareFiles(
        path,
        data.name,
        data.files.map((f) => ({ name: f.name, bytes: f.text })),
        data.lang,
        bound,
      ),
      fingerprint: digest.slice(0, 8),
      escapes: data.escapes,
      hasInit: data.hasInit,
      file,
      key,
      bound,
    };
    this.packages.set(key, imported);
    return imported;
  }

  private readonly validity = new Map<ImportedPackage, boolean>();

  /**
   * Whether a package that an earlier compilation declared refers to the very packages that this one would import: the same
   * declarations may refer to packages that have changed since.
   */
  private isValid(p: ImportedPackage): boolean {
    let valid = this.validity.get(p);
    if (valid !== undefined) return valid;
    this.validity.set(p, true); // imports have no cycles
    valid = true;
    for (const [path, q] of p.bound) {
      const canonical = this.resolve(path);
      const file = this.config?.packageFile.get(canonical) ?? "";
      // What this compilation does not know it does not use.
      // The same archive may have been declared again since, because what it refers to was another then.
      const same = file === q.file && this.packages.get(q.key) === q;
      if (same ? !this.isValid(q) : file !== "" && this.import(path) !== q.package) {
        valid = false;
        break;
      }
    }
    this.validity.set(p, valid);
    return valid;
  }

  private loadSource(path: string, fingerprint: Uint8Array): ImportedPackage {
    const key = `source ${this.goroot} ${path}`;
    const known = this.packages.get(key);
    if (known !== undefined) return known;
    const sources = packageSources(this.host, this.goroot, path);
    if (sources.length === 0)
      throw new ImportError(this.config !== null ? "open : no such file or directory" : "file not found");
    const files = sources.map((name) => ({ name, bytes: this.host.readFile(name) }));
    const bound = new Map<string, ImportedPackage>();
    const imported: ImportedPackage = {
      package: this.declareFiles(path, "", files, "", bound),
      fingerprint,
      escapes: new Map(),
      hasInit: true,
      file: "",
      key,
      bound,
    };
    this.packages.set(key, imported);
    this.packages.fromSource.add(imported.package);
    return imported;
  }

  private declareFiles(
    path: string,
    name: string,
    sources: readonly { name: string; bytes: Uint8Array }[],
    lang: string,
    bound: Map<string, ImportedPackage>,
  ): Package {
    const diagnostics = new Diagnostics(this.packages.positions);
    const files: File[] = [];
    for (const s of sources) {
      const f = parseFile(s.name, s.bytes, this.packages.positions, diagnostics, {
        mode: ParseMode.Outline,
        std: true,
        compilingRuntime: true,
      });
      if (f !== null) files.push(f);
    }
    if (diagnostics.hasErrors) throw new ImportError(diagnostics.format(0)[0]);
    const within: Importer = {
      import: (p) => {
        const now = this.packages.current ?? this;
        const wanted = now.vendored(p);
        const found = now.import(wanted);
        const imported = now.imported.get(now.resolve(wanted));
        if (imported !== undefined) bound.set(wanted, imported);
        return found;
      },
    };
    return declarePackage(path, name, files, { importer: within, diagnostics, goVersion: lang, compiler: true });
  }

  /** An import of a package of the standard library may mean a vendored one. */
  private vendored(path: string): string {
    if (!path.includes(".")) return path;
    return packageSources(this.host, this.goroot, `vendor/${path}`).length > 0 ? `vendor/${path}` : path;
  }
}

/** The fingerprint in the goobj header of an archive's object. */
function fingerprintOf(object: Uint8Array): Uint8Array {
  return new GoobjReader(object.subarray(findObjectStart(object))).fingerprint;
}

/** Whether a path is one of files rather than of packages. */
function isLocalName(path: string): boolean {
  return /^\/|^\.\.?(\/|$)/.test(path);
}

/** The shortest equal path: without empty elements, "." and as far as possible "..". Go's path.Clean. */
function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.length > 0 && parts[parts.length - 1] !== "..") parts.pop();
    else if (!rooted) parts.push("..");
  }
  return rooted ? `/${parts.join("/")}` : parts.join("/") || ".";
}

/** What is wrong with a path that a relative import leads to, or "". cmd/compile/internal/noder/import.go. */
function importPathProblem(path: string): string {
  for (const r of path) {
    const shown = quoteString(path);
    if (r === "\ufffd") return `import path contains invalid UTF-8 sequence: ${shown}`;
    if (r < " " || r === "\x7f") return `import path contains control character: ${shown}`;
    if (r === "\\") return `import path contains backslash; use slash: ${shown}`;
    if ("!\"#$%&'()*,:;<=>?[]^`{|}".includes(r)) return `import path contains invalid character '${r}': ${shown}`;
  }
  return "";
}
