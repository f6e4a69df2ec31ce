// `check`: parsing and type-checking for editors and other tools. Goes on after errors, and gives what is known of code that
// is wrong; knows nothing of files but what it is given.
import { Diagnostics, encodeUtf8, PosTable } from "#base";
import { exactString, type Value } from "#constant";
import { DeclaredPackages, PackageImporter } from "#compile";
import type { Host } from "#host";
import {
  endPos,
  type Expr,
  type File,
  isExpr,
  Kind,
  kindName,
  type Node,
  parseFile,
  ParseMode,
  startPos,
  walk,
} from "#syntax";
import {
  check as checkPackage,
  declarePackage,
  type Importer,
  instanceOf,
  Mode,
  type Obj,
  objOf,
  type Package,
  SelectionKind,
  selectionOf,
  tvOf,
  unsafePackage,
} from "#types";
import { type GoObject, type GoPackage, type GoType, type Position, World } from "./objects.ts";

/** Names of files to their contents. */
export type Sources = Readonly<Record<string, string | Uint8Array>> | ReadonlyMap<string, string | Uint8Array>;

/** What to check. */
export interface Request {
  /** The Go files of the package. */
  readonly files: Sources;
  /** Its import path (default: the name of the package). */
  readonly path?: string;
  /** Other packages of the program that it may import: import path to files. */
  readonly packages?: Readonly<Record<string, Sources>>;
  /** Go's own source tree, for imports of the standard library; without it these are errors. */
  readonly goroot?: { readonly host: Files; readonly dir: string };
  /** Language version, such as "go1.26" (default: the newest). */
  readonly goVersion?: string;
}

/** What is needed of a file system. */
export interface Files {
  readFile(path: string): Uint8Array;
  /** Entries of a directory; throws if there is none. */
  readDir(path: string): readonly { readonly name: string; readonly isDirectory: boolean }[];
}

/** Something that is wrong in the source. */
export interface Problem {
  readonly position: Position | null;
  /** gc's words; may have further lines. */
  readonly message: string;
  /** The number of the error in Go's internal/types/errors; 0 for errors of syntax. */
  readonly code: number;
  /** The tree can be used all the same: something is not used. */
  readonly soft: boolean;
}

/** A stretch of a source file. */
export interface Range {
  readonly start: Position;
  /** Byte offset behind the end. */
  readonly end: number;
}

/** A name in the source and what it denotes. */
export interface NameUse extends Range {
  readonly name: string;
  readonly object: GoObject;
  /** The name is declared here. */
  readonly isDefinition: boolean;
}

/** x.f, where x is no package. */
export interface SelectionUse extends Range {
  readonly kind: "field" | "method" | "methodExpr";
  readonly object: GoObject;
  /** Type of x. */
  readonly receiver: GoType;
  /** Type of x.f. */
  readonly type: GoType;
  /** Indices of the fields on the way, the last that of the field or method. */
  readonly path: readonly number[];
  /** A pointer was followed on the way. */
  readonly indirect: boolean;
}

/** A generic type or function with its type arguments, written or inferred. */
export interface InstanceUse extends Range {
  readonly typeArguments: readonly GoType[];
  readonly type: GoType;
}

export type ExprMode = "void" | "builtin" | "type" | "constant" | "variable" | "mapIndex" | "value" | "nil" | "commaOk";

/** An expression and what is known of it. */
export interface ExprInfo extends Range {
  /** The kind of node, such as "CallExpr". */
  readonly node: string;
  readonly mode: ExprMode;
  readonly type: GoType;
  /** Exact value of a constant expression, else null. */
  readonly value: string | null;
}

const modes: readonly (ExprMode | null)[] = [
  null,
  "void",
  "builtin",
  "type",
  "constant",
  "variable",
  "mapIndex",
  "value",
  "nil",
  "commaOk",
  "commaOk",
  "value",
];

/** What came of a check. Everything is computed when it is first asked for. */
export class Checked {
  private nameList: NameUse[] | null = null;
  private selectionList: SelectionUse[] | null = null;
  private instanceList: InstanceUse[] | null = null;
  private exprList: ExprInfo[] | null = null;

  private constructor(
    private readonly world: World,
    private readonly files: readonly File[],
    /** All that is wrong, in the order of the source. */
    readonly problems: readonly Problem[],
    pkg: GoPackage,
  ) {
    this.package = pkg;
  }

  /** The package that was checked. */
  readonly package: GoPackage;

  /** @internal */
  static make(world: World, files: readonly File[], problems: readonly Problem[], pkg: GoPackage): Checked {
    return new Checked(world, files, problems, pkg);
  }

  private range(n: Node): Range {
    const start = this.world.position(startPos(n))!;
    return { start, end: start.offset + endPos(n) - startPos(n) };
  }

  private each(f: (n: Node) => void): void {
    for (const file of this.files) {
      walk(file, (n) => {
        f(n);
        return true;
      });
    }
  }

  /** All names that denote something, in the order of the source: definitions and uses. */
  get names(): readonly NameUse[] {
    if (this.nameList !== null) return this.nameList;
    const out: NameUse[] = [];
    this.each((n) => {
      if (n.kind !== Kind.Name) return;
      const o: Obj | null = objOf(n);
      if (o === null) return;
      const object = this.world.object(o);
      out.push({ ...this.range(n), name: n.value, object, isDefinition: o.pos === n.pos });
    });
    this.nameList = out;
    return out;
  }

  get selections(): readonly SelectionUse[] {
    if (this.selectionList !== null) return this.selectionList;
    const out: SelectionUse[] = [];
    this.each((n) => {
      if (n.kind !== Kind.SelectorExpr) return;
      const s = selectionOf(n);
      if (s === null) return;
      out.push({
        ...this.range(n),
        kind:
          s.kind === SelectionKind.FieldVal ? "field" : s.kind === SelectionKind.MethodVal ? "method" : "methodExpr",
        object: this.world.object(s.obj),
        receiver: this.world.type(s.recv),
        type: this.world.type(s.type),
        path: s.index,
        indirect: s.indirect,
      });
    });
    this.selectionList = out;
    return out;
  }

  get instances(): readonly InstanceUse[] {
    if (this.instanceList !== null) return this.instanceList;
    const out: InstanceUse[] = [];
    this.each((n) => {
      if (n.kind !== Kind.Name) return;
      const i = instanceOf(n);
      if (i === null) return;
      out.push({
        ...this.range(n),
        typeArguments: i.targs.map((t) => this.world.type(t)),
        type: this.world.type(i.type),
      });
    });
    this.instanceList = out;
    return out;
  }

  /** All expressions with a type, in the order of the source, outer ones before inner ones. */
  get expressions(): readonly ExprInfo[] {
    if (this.exprList !== null) return this.exprList;
    const out: ExprInfo[] = [];
    this.each((n) => {
      if (!isExpr(n)) return;
      const info = this.exprInfo(n);
      if (info !== null) out.push(info);
    });
    this.exprList = out;
    return out;
  }

  private exprInfo(n: Expr): ExprInfo | null {
    const tv = tvOf(n);
    if (tv === null || tv.mode === Mode.Invalid || tv.type === null) return null;
    const value = tv.value === null ? null : exactString(tv.value as Value);
    return { ...this.range(n), node: kindName(n.kind), mode: modes[tv.mode]!, type: this.world.type(tv.type), value };
  }

  /** The name at a byte offset of a file, if it denotes something. */
  nameAt(file: string, offset: number): NameUse | null {
    return this.names.find((n) => n.start.file === file && n.start.offset <= offset && offset < n.end) ?? null;
  }

  /** The innermost expression around a byte offset of a file. */
  exprAt(file: string, offset: number): ExprInfo | null {
    let best: ExprInfo | null = null;
    for (const e of this.expressions) {
      if (e.start.file !== file || e.start.offset > offset || offset >= e.end) continue;
      if (best === null || e.end - e.start.offset <= best.end - best.start.offset) best = e;
    }
    return best;
  }

  /** Where an object is named, its definition first if it is in these files. */
  references(object: GoObject): readonly NameUse[] {
    const all = this.names.filter((n) => n.object === object);
    return [...all.filter((n) => n.isDefinition), ...all.filter((n) => !n.isDefinition)];
  }
}

function entries(s: Sources): [string, string | Uint8Array][] {
  return s instanceof Map ? [...s] : Object.entries(s as Readonly<Record<string, string | Uint8Array>>);
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? encodeUtf8(text) : text;
}

/** Only what reading sources needs of a Host. */
function hostOf(files: Files): Host {
  const refuse = (): never => {
    throw new Error("the source tree is only read");
  };
  return {
    readFile: (path) => files.readFile(path),
    readDir: (path) => files.readDir(path).map((e) => ({ name: e.name, isDirectory: e.isDirectory, isSymlink: false })),
    stat: (path) => {
      try {
        files.readDir(path);
        return { size: 0, mtimeMs: 0, isDirectory: true, isFile: false, mode: 0o755 };
      } catch {
        return undefined;
      }
    },
    cwd: () => "/",
    env: () => undefined,
    now: () => 0,
    realPath: (path) => path,
    writeFile: refuse,
    makeDir: refuse,
    remove: refuse,
    rename: refuse,
  };
}

/** Imports: from the request, then from Go's tree. Those of the tree are kept for the next check with the same tree. */
class RequestImporter implements Importer {
  private readonly made = new Map<string, Package>();
  private readonly std: PackageImporter | null;

  constructor(
    private readonly request: Request,
    private readonly positions: PosTable,
    declared: DeclaredPackages | null,
  ) {
    const { goroot } = request;
    this.std =
      goroot === undefined || declared === null
        ? null
        : new PackageImporter(hostOf(goroot.host), null, goroot.dir, declared);
  }

  import(path: string): Package {
    if (path === "unsafe") return unsafePackage;
    const known = this.made.get(path);
    if (known !== undefined) return known;
    const files = this.request.packages?.[path];
    if (files === undefined) {
      if (this.std === null) throw new Error("file not found");
      return this.std.import(path);
    }
    const diagnostics = new Diagnostics(this.positions);
    const trees = parse(files, this.positions, diagnostics, ParseMode.Outline);
    const pkg = declarePackage(path, "", trees, {
      importer: this,
      diagnostics,
      goVersion: this.request.goVersion ?? "",
    });
    this.made.set(path, pkg);
    return pkg;
  }
}

function parse(files: Sources, positions: PosTable, diagnostics: Diagnostics, mode: ParseMode): File[] {
  const out: File[] = [];
  for (const [name, text] of entries(files)) {
    const f = parseFile(name, bytesOf(text), positions, diagnostics, { mode });
    if (f !== null) out.push(f);
  }
  return out;
}

/** Packages of Go's tree stay declared for all checks that share a host. */
const trees = new WeakMap<Files, Map<string, DeclaredPackages>>();

function declaredIn(goroot: NonNullable<Request["goroot"]>): DeclaredPackages {
  let byDir = trees.get(goroot.host);
  if (byDir === undefined) trees.set(goroot.host, (byDir = new Map()));
  let d = byDir.get(goroot.dir);
  if (d === undefined) byDir.set(goroot.dir, (d = new DeclaredPackages(new PosTable())));
  return d;
}

/**
 * Parses and type-checks a package. Never throws for what is wrong in the source: that is in `problems`, all of it, and the
 * rest of the answer is as complete as the source allows.
 */
export function check(request: Request): Checked {
  const declared = request.goroot === undefined ? null : declaredIn(request.goroot);
  const positions = declared?.positions ?? new PosTable();
  const diagnostics = new Diagnostics(positions);
  const files = parse(request.files, positions, diagnostics, ParseMode.Full);
  const importer = new RequestImporter(request, positions, declared);
  const name = files[0]?.pkgName.value ?? "";
  const pkg = checkPackage(request.path ?? name, files, {
    importer,
    diagnostics,
    goVersion: request.goVersion ?? "",
    checkBranches: false,
  });
  const world = new World(positions);
  const sorted = diagnostics.list.map((d, i) => ({ d, i })).sort((a, b) => a.d.pos - b.d.pos || a.i - b.i);
  const problems = sorted.map(({ d }): Problem => {
    return { position: world.position(d.pos), message: d.message, code: d.code, soft: d.soft };
  });
  return Checked.make(world, files, problems, world.package(pkg));
}
