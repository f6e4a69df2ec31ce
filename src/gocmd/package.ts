// A package as the go command knows it, and reading one from a directory. go/build.Package, cmd/go/internal/load.
import { HostError } from "#host";
import type { BuildContext } from "./buildcontext.ts";
import type { FileIndex } from "./fileindex.ts";
import type { GoMod } from "./gomod.ts";
import { join, shortPath } from "./paths.ts";
import { constraintsHold, type Located, type SourceInfo } from "./sourceinfo.ts";

/** What is wrong with a package. */
export class PackageError {
  /** import cycles and internal packages show who imports whom. */
  alwaysPrintStack = false;
  isImportCycle = false;
  /** "file:line:col", or "". */
  pos = "";

  constructor(
    /** Import paths from the command line down to the package at fault. */
    readonly importStack: readonly string[],
    readonly message: string,
  ) {}

  toString(): string {
    if (this.pos !== "" && (this.importStack.length === 0 || !this.alwaysPrintStack))
      return `${this.pos}: ${this.message}`;
    if (this.importStack.length === 0) return this.message;
    const at = this.pos === "" ? "" : `\n\t${this.pos}`;
    return `package ${this.importStack.join("\n\timports ")}${at}: ${this.message}`;
  }
}

export class Package {
  dir = "";
  name = "";
  /** In GOROOT. */
  goroot = false;
  /** Of the standard library. */
  standard = false;
  module: GoMod | null = null;
  /** Named on the command line by a pattern; which ones. */
  readonly match: string[] = [];
  goFiles: string[] = [];
  cgoFiles: string[] = [];
  ignoredGoFiles: string[] = [];
  invalidGoFiles: string[] = [];
  ignoredOtherFiles: string[] = [];
  cFiles: string[] = [];
  cxxFiles: string[] = [];
  mFiles: string[] = [];
  hFiles: string[] = [];
  fFiles: string[] = [];
  sFiles: string[] = [];
  swigFiles: string[] = [];
  swigCXXFiles: string[] = [];
  sysoFiles: string[] = [];
  testGoFiles: string[] = [];
  xTestGoFiles: string[] = [];
  embedPatterns: string[] = [];
  testEmbedPatterns: string[] = [];
  xTestEmbedPatterns: string[] = [];
  embedFiles: string[] = [];
  /** Pattern to files, for -embedcfg. */
  embedMap: Map<string, string[]> = new Map();
  /** Import paths as written, and the places of each. */
  readonly importsWritten = new Map<string, string[]>();
  readonly testImportsWritten = new Map<string, string[]>();
  readonly xTestImportsWritten = new Map<string, string[]>();
  readonly embedPositions = new Map<string, string>();
  /** Paths that mean others: vendoring. */
  readonly importMap = new Map<string, string>();
  /** Import paths as they were resolved. */
  imports: string[] = [];
  testImports: string[] = [];
  xTestImports: string[] = [];
  readonly importPackages: Package[] = [];
  /** //go: lines before package clauses, with the files they are in. */
  directives: (Located & { readonly file: string })[] = [];
  /** The list of .go files was given on the command line. */
  cmdlineFiles = false;
  error: PackageError | null = null;
  /** Errors of the package and its dependencies. */
  incomplete = false;
  /** Named by a pattern without wildcard. */
  literal = false;
  /** Only a dependency, not named on the command line. */
  depOnly = true;

  constructor(readonly importPath: string) {}

  get isCommand(): boolean {
    return this.name === "main";
  }

  /** Files that make the package one with more than Go in it. */
  get otherFileCount(): number {
    return (
      this.cgoFiles.length +
      this.cFiles.length +
      this.cxxFiles.length +
      this.mFiles.length +
      this.fFiles.length +
      this.sFiles.length +
      this.sysoFiles.length +
      this.swigFiles.length +
      this.swigCXXFiles.length
    );
  }
}

/** Lists of other files by extension. */
function listFor(p: Package, ext: string): string[] | undefined {
  switch (ext) {
    case ".c":
      return p.cFiles;
    case ".cc":
    case ".cpp":
    case ".cxx":
      return p.cxxFiles;
    case ".m":
      return p.mFiles;
    case ".h":
    case ".hh":
    case ".hpp":
    case ".hxx":
      return p.hFiles;
    case ".f":
    case ".F":
    case ".for":
    case ".f90":
      return p.fFiles;
    case ".s":
    case ".S":
    case ".sx":
      return p.sFiles;
    case ".swig":
      return p.swigFiles;
    case ".swigcxx":
      return p.swigCXXFiles;
    case ".syso":
      return p.sysoFiles;
  }
  return undefined;
}

/** A fault found while a directory was read: message and "file:line:col" or "". */
export interface ReadFault {
  readonly message: string;
  readonly pos: string;
}

/**
 * Fills in the files of p from its directory, or from the given list of file names. Returns the faults found, the one
 * that go/build would report first.
 */
export function readPackageDir(
  p: Package,
  index: FileIndex,
  context: BuildContext,
  cwd: string,
  names: readonly string[],
  anyConstraints: boolean,
): ReadFault[] {
  const faults: ReadFault[] = [];
  let firstFile = "";
  for (const name of names) {
    if (name.startsWith("_") || name.startsWith(".")) {
      if (name.endsWith(".go")) p.ignoredGoFiles.push(name);
      continue;
    }
    const dot = name.lastIndexOf(".");
    const ext = dot < 0 ? "" : name.slice(dot);
    const others = listFor(p, ext);
    if (ext !== ".go" && others === undefined) continue;
    const path = join(p.dir, name);
    const ignore = () => {
      if (ext === ".go") p.ignoredGoFiles.push(name);
      else p.ignoredOtherFiles.push(name);
    };
    if (!anyConstraints && !context.matchName(name)) {
      ignore();
      continue;
    }
    if (ext === ".syso") {
      p.sysoFiles.push(name);
      continue;
    }
    let info: SourceInfo;
    try {
      info = index.info(path);
      if (!anyConstraints && !constraintsHold(info, context)) {
        ignore();
        continue;
      }
    } catch (e) {
      if (e instanceof HostError) faults.push({ message: `open ${path}: ${e.message}`, pos: "" });
      else faults.push({ message: `${name}: ${(e as Error).message}`, pos: "" });
      p.invalidGoFiles.push(name);
      continue;
    }
    if (ext !== ".go") {
      others!.push(name);
      continue;
    }
    const at = (l: Located) => `${shortPath(cwd, path)}:${l.line}:${l.col}`;
    if (info.error !== "") {
      p.invalidGoFiles.push(name);
      const m = /^(\d+:\d+): (.*)$/s.exec(info.error);
      if (info.error.startsWith("path:")) faults.push({ message: path + info.error.slice("path".length), pos: "" });
      else if (m === null) faults.push({ message: info.error.replace("read", `read ${path}`), pos: "" });
      else faults.push({ message: m[2]!, pos: `${shortPath(cwd, path)}:${m[1]}` });
      if (info.packageName === "") continue;
    }
    if (info.packageName === "documentation") {
      p.ignoredGoFiles.push(name);
      continue;
    }
    const isTest = name.endsWith("_test.go");
    const isXTest = isTest && info.packageName.endsWith("_test") && p.name !== info.packageName;
    const packageName = isXTest ? info.packageName.slice(0, -"_test".length) : info.packageName;
    if (p.name === "") {
      p.name = packageName;
      firstFile = name;
    } else if (packageName !== p.name) {
      faults.push({
        message: `found packages ${p.name} (${firstFile}) and ${packageName} (${name}) in ${p.dir}`,
        pos: "",
      });
      p.invalidGoFiles.push(name);
    }
    if (info.imports.some((i) => i.text === "C")) {
      // Without cgo, a file that needs it is none of the package.
      if (!isTest) p.ignoredGoFiles.push(name);
      else p.ignoredGoFiles.push(name);
      continue;
    }
    const written = isXTest ? p.xTestImportsWritten : isTest ? p.testImportsWritten : p.importsWritten;
    for (const i of info.imports) {
      const list = written.get(i.text);
      if (list === undefined) written.set(i.text, [at(i)]);
      else list.push(at(i));
    }
    const patterns = isXTest ? p.xTestEmbedPatterns : isTest ? p.testEmbedPatterns : p.embedPatterns;
    for (const e of info.embeds) {
      if (!patterns.includes(e.text)) patterns.push(e.text);
      if (!isTest && !p.embedPositions.has(e.text)) p.embedPositions.set(e.text, at(e));
    }
    if (isXTest) p.xTestGoFiles.push(name);
    else if (isTest) p.testGoFiles.push(name);
    else {
      p.goFiles.push(name);
      for (const d of info.directives) p.directives.push({ ...d, file: path });
    }
  }
  p.embedPatterns.sort();
  p.testEmbedPatterns.sort();
  p.xTestEmbedPatterns.sort();
  // .S and .sx files are for the C compiler: without cgo they are nobody's.
  p.ignoredOtherFiles.push(...p.sFiles.filter((f) => !f.endsWith(".s")));
  p.sFiles = p.sFiles.filter((f) => f.endsWith(".s"));
  p.ignoredOtherFiles.sort();
  return faults;
}
