// The checker: its state, its environment while it walks declarations and bodies, and how it reports errors.
import { type Diagnostics, NoPos, type Pos } from "#base";
import type { Value } from "#constant";
import { type CallExpr, type Expr, type Node, nodeString, parseBody, startPos, type TypeDecl } from "#syntax";
import { numberLocalTypes } from "./localnumbers.ts";
import type { DeclInfo } from "./declinfo.ts";
import { ErrorCode } from "./errorcodes.ts";
import { guessName, type Importer } from "./importer.ts";
import { Noted } from "./restrictions.ts";
import { MonoGraph } from "./mono.ts";
import { type Func, type Obj, objId, type PkgName, type TypeName } from "./objects.ts";
import { Operand, operandString } from "./operand.ts";
import type { FileInfo, ObjectResolver, Package } from "./package.ts";
import { asNamed, under } from "./predicates.ts";
import type { Scope } from "./scope.ts";
import { objectString, type Qualifier, typeString } from "./typestring.ts";
import { typeSetOf } from "./typeset.ts";
import { Interface, type Named, noTypeParams, type Signature, type Type, TypeKind, type TypeParam } from "./types.ts";
import { versionString } from "./version.ts";
import { objDecl } from "./decl.ts";
import { funcBody } from "./stmt.ts";
import type { TypeProblem } from "./predicates.ts";

const nestingError = "nesting depth limit exceeded";

/** Where an error is: a position, or what it is about (then the start of it in the source). */
export type At = Pos | Node | Operand;

export function atPos(at: At): Pos {
  if (typeof at === "number") return at;
  if (at instanceof Operand) return at.expr === null ? NoPos : startPos(at.expr);
  return startPos(at);
}

/** What changes from declaration to declaration and from body to body. */
export class Env {
  /** Package-level declaration whose initialiser or body is checked. */
  decl: DeclInfo | null = null;
  /** Value of iota in a constant declaration. */
  iota: Value | null = null;
  /** Where errors in a repeated constant expression are reported, else NoPos. */
  errpos: Pos = NoPos;
  inTParamList = false;
  /** Function whose body is checked. */
  sig: Signature | null = null;
  /** Calls of panic in the function (for the analysis of terminating statements). */
  isPanic: Set<CallExpr> | null = null;
  hasLabel = false;
  hasCallOrRecv = false;
  /** See Var.funcId. */
  funcId = 0;
  /** Type parameters of the function declaration around. */
  tparams: TypeParam[] = noTypeParams;
  constructor(
    public scope: Scope,
    /** Language version; 0: any. */
    public version: number,
  ) {}
}

interface Action {
  readonly version: number;
  readonly run: () => void;
}

/** An error with secondary lines. */
export class ErrorBuilder {
  private readonly lines: { pos: Pos; msg: string }[] = [];
  soft = false;
  constructor(
    private readonly c: Checker,
    private readonly code: ErrorCode,
  ) {}

  add(at: At, msg: string): void {
    this.lines.push({ pos: atPos(at), msg });
  }

  addAltDecl(obj: Obj): void {
    if (obj.pos !== NoPos) this.add(obj.pos, `other declaration of ${obj.name}`);
  }

  get empty(): boolean {
    return this.lines.length === 0;
  }

  get pos(): Pos {
    return this.lines.length === 0 ? NoPos : this.lines[0]!.pos;
  }

  get msg(): string {
    let out = "";
    for (let i = 0; i < this.lines.length; i++) {
      const l = this.lines[i]!;
      if (i > 0) {
        out += "\n\t";
        if (l.pos !== NoPos) out += `${this.c.position(l.pos)}: `;
      }
      out += l.msg;
    }
    return out;
  }

  report(): void {
    this.c.report(this.pos, this.code, this.lines[0]!.msg, this.msg, this.soft);
  }
}

/** What a check can be told. */
export interface CheckOptions {
  readonly importer: Importer;
  readonly diagnostics: Diagnostics;
  /** Language version (-lang), such as "go1.26"; "" or missing: the newest. */
  readonly goVersion?: string;
  /** Do not check bodies of functions. */
  readonly ignoreFuncBodies?: boolean;
  /** Check labels, break, continue and goto here (the parser does it otherwise). */
  readonly checkBranches?: boolean;
  /** Accept cgo's import "C" with any name in it. */
  readonly fakeImportC?: boolean;
  /** Words of version errors as cmd/compile adds them, and its restrictions on not-in-heap types. */
  readonly compiler?: boolean;
  /** Go's own tree: its files are shown as "$GOROOT/…" inside of messages. */
  readonly goroot?: string;
  /** There are no parts in other languages, so every function has a body (-complete). */
  readonly complete?: boolean;
}

export class Checker implements ObjectResolver {
  env: Env;
  readonly qualifier: Qualifier;
  files: FileInfo[] = [];
  /** Package-level objects and methods in source order. */
  objList: Obj[] = [];
  imports: PkgName[] = [];
  /** What stands in for packages that could not be imported, by path. */
  readonly failedImports: Map<string, Package> = new Map();
  readonly dotImports: Map<Scope, Map<string, PkgName>> = new Map();
  /** Methods by base type, until the type is declared. */
  readonly methods: Map<TypeName, Func[]> = new Map();
  readonly mono: MonoGraph = new MonoGraph();
  /** Objects being declared, outermost first. */
  readonly objPath: Obj[] = [];
  /** Errors are counted, so that follow-on errors can be left out. */
  errorCount = 0;
  ignoreFuncBodies: boolean;
  /** Only what is asked for is checked, and it is taken to be correct: see declarePackage. */
  readonly lazy: boolean;
  nextFuncId = 0;
  private localNumbers: Map<TypeDecl, number> | null = null;
  /** Types declared in functions, to be numbered; null if they are numbered one by one (see localNumber). */
  readonly localTypes: Named[] | null;
  /** For the compiler's own checks; null if they are not wanted. */
  readonly noted: Noted | null;
  private readonly delayed: Action[] = [];
  private readonly interfaces: Interface[] = [];
  private active = 0;
  private names: Map<string, Set<string>> | null = null;
  readonly checkBranches: boolean;
  readonly minVersion: number;

  constructor(
    readonly pkg: Package,
    readonly options: CheckOptions,
    version: number,
    lazy: boolean,
  ) {
    this.minVersion = version;
    this.env = new Env(pkg.scope, version);
    this.ignoreFuncBodies = options.ignoreFuncBodies === true;
    this.checkBranches = options.checkBranches === true;
    this.qualifier = (p) => this.qualify(p);
    this.lazy = lazy;
    this.localTypes = lazy ? null : [];
    this.noted = options.compiler === true && !lazy ? new Noted() : null;
  }

  // Text.

  position(pos: Pos): string {
    const { positions } = this.options.diagnostics;
    const file = positions.fileOf(pos);
    if (file === undefined || this.files.some((f) => f.syntax.source === file)) return positions.formatFull(pos);
    // What is imported is where export data says; files of the tree of Go are named so that it can be anywhere.
    const text = positions.format(pos);
    const { goroot } = this.options;
    return goroot !== undefined && text.startsWith(`${goroot}/`) ? `$GOROOT${text.slice(goroot.length)}` : text;
  }
  private readonly posFormat = (pos: Pos): string => this.position(pos);

  /** A type in a message. */
  ts(t: Type | null): string {
    return t === null ? "<nil>" : typeString(t, this.qualifier, this.posFormat);
  }
  tlist(list: readonly Type[]): string {
    return `[${list.map((t) => this.ts(t)).join(", ")}]`;
  }
  /** An operand in a message. */
  ops(x: Operand): string {
    return operandString(x, this.qualifier, this.posFormat);
  }
  /** An expression in a message. */
  es(e: Node): string {
    return nodeString(e);
  }
  elist(list: readonly Expr[]): string {
    return `[${list.map((e) => nodeString(e)).join(", ")}]`;
  }
  os(obj: Obj): string {
    return objectString(obj, this.qualifier);
  }
  problem(p: TypeProblem | null): string {
    if (p === null) return "";
    let i = 0;
    return p.format.replace(/%s/g, () => this.ts(p.args[i++]!));
  }

  /** Packages are called by name, by quoted path if several have that name. */
  private qualify(pkg: Package): string {
    if (pkg === this.pkg) return "";
    if (this.names === null) {
      this.names = new Map();
      const paths = this.options.importer.transitive?.();
      if (paths === undefined) this.markImports(this.pkg, new Set());
      else {
        this.markName(this.pkg.name, this.pkg.path);
        for (const imp of this.pkg.imports) this.markName(imp.name, imp.path);
        // Their names are not worth loading them for.
        for (const path of paths) this.markName(guessName(path), path);
      }
    }
    const paths = this.names.get(pkg.name);
    return paths !== undefined && paths.size > 1 ? `"${pkg.path}"` : pkg.name;
  }

  private markImports(pkg: Package, seen: Set<Package>): void {
    if (seen.has(pkg)) return;
    seen.add(pkg);
    this.markName(pkg.name, pkg.path);
    // A package that was only declared has loaded what it needed so far.
    const { resolver } = pkg;
    if (resolver instanceof Checker) for (const imp of resolver.imports) this.markImports(imp.imported, seen);
    for (const imp of pkg.imports) this.markImports(imp, seen);
  }

  private markName(name: string, path: string): void {
    const paths = this.names!.get(name);
    if (paths === undefined) this.names!.set(name, new Set([path]));
    else paths.add(path);
  }

  // Errors.

  newError(code: ErrorCode): ErrorBuilder {
    return new ErrorBuilder(this, code);
  }

  error(at: At, code: ErrorCode, msg: string): void {
    this.report(atPos(at), code, msg, msg, false);
  }

  softError(at: At, code: ErrorCode, msg: string): void {
    this.report(atPos(at), code, msg, msg, true);
  }

  report(pos: Pos, code: ErrorCode, first: string, msg: string, soft: boolean): void {
    // What mentions an invalid operand or type follows from an earlier error.
    if (this.errorCount > 0 && (first.indexOf("invalid operand") > 0 || first.indexOf("invalid type") > 0)) return;
    this.errorCount++;
    if (this.env.errpos !== NoPos) pos = this.env.errpos;
    if (code === ErrorCode.InvalidSyntaxTree) msg = `invalid syntax tree: ${msg}`;
    if (this.options.compiler === true && /requires go[0-9]+\.[0-9]+ or later/.test(msg)) msg += this.versionHint(pos);
    this.options.diagnostics.report(pos, msg, code, soft);
  }

  private versionHint(pos: Pos): string {
    const file = this.files.find((f) => f.syntax.source === this.options.diagnostics.positions.fileOf(pos));
    if (file === undefined) return "";
    if (file.syntax.goVersion !== "" && file.syntax.goVersion === file.version)
      return ` (file declares //go:build ${file.version})`;
    return ` (-lang was set to ${this.options.goVersion ?? ""}; check go.mod)`;
  }

  // Versions.

  allowVersion(v: number): boolean {
    return this.env.version === 0 || this.env.version >= v;
  }

  versionError(at: At, v: number, what: string): void {
    this.error(at, ErrorCode.UnsupportedFeature, `${what} requires ${versionString(v)} or later`);
  }

  verifyVersion(at: At, v: number, what: string | (() => string)): boolean {
    if (this.allowVersion(v)) return true;
    this.versionError(at, v, typeof what === "string" ? what : what());
    return false;
  }

  isImportedConstraint(t: Type): boolean {
    const n = asNamed(t);
    if (n === null || n.obj.pkg === this.pkg || n.obj.pkg === null) return false;
    const u = under(n);
    return u.kind === TypeKind.Interface && !typeSetOf(u).isMethodSet();
  }

  // Delayed work.

  /** Runs f when the current top-level declaration or statement has been checked, in the language version of now. */
  later(f: () => void): void {
    this.delayed.push({ version: this.env.version, run: f });
  }

  get delayedCount(): number {
    return this.delayed.length;
  }

  processDelayed(top: number): void {
    if (this.delayed.length === top) return;
    const saved = this.env.version;
    for (let i = top; i < this.delayed.length; i++) {
      const a = this.delayed[i]!;
      this.env.version = a.version;
      a.run();
    }
    this.delayed.length = top;
    this.env.version = saved;
  }

  /** The number of a type declared in a function, for its symbol's name. */
  localNumber(d: TypeDecl): number {
    this.localNumbers ??= numberLocalTypes(this);
    return this.localNumbers.get(d) ?? 0;
  }

  newInterface(): Interface {
    const t = new Interface();
    t.check = this;
    this.interfaces.push(t);
    return t;
  }

  /** After everything delayed ran: what is shared from now on must not refer to this checker. */
  cleanup(): void {
    for (const t of this.interfaces) {
      typeSetOf(t);
      t.check = null;
      t.embedPos = null;
    }
    this.interfaces.length = 0;
  }

  // Declarations on demand.

  /** Runs f; if the checker was idle, finishes what f left behind. */
  enter(f: () => void): void {
    this.active++;
    const env = this.env;
    const top = this.active === 1;
    try {
      f();
      if (top) {
        this.processDelayed(0);
        this.cleanup();
        this.processDelayed(0);
      }
    } catch (e) {
      if (!top || !(e instanceof RangeError) || !e.message.includes("call stack")) throw e;
      // Deep without nesting: chains of a hundred thousand links. What has been found so far stands.
      const at = this.env.decl;
      const d = at === null ? null : (at.funcDecl ?? at.varDecl ?? at.typeDecl ?? at.constDecl);
      this.options.diagnostics.report(d === null ? NoPos : d.pos, nestingError);
      this.errorCount++;
    } finally {
      this.active--;
      this.env = env;
      if (top) this.delayed.length = 0;
    }
  }

  resolve(obj: Obj): void {
    if (obj.type !== null) return;
    if (this.active > 0) objDecl(this, obj);
    else this.enter(() => objDecl(this, obj));
  }

  /** Checks the body of a function of a package that was declared only. */
  checkBody(fn: Func): void {
    fn = fn.origin;
    if (fn.bodyChecked) return;
    fn.bodyChecked = true;
    this.enter(() => {
      if (fn.type === null) objDecl(this, fn);
      const d = fn.decl!;
      const fdecl = d.funcDecl!;
      const syntax = d.file.syntax;
      // What may stand in a body that the package's own compilation has accepted is not this compilation's business.
      const body = parseBody(syntax, fdecl, this.options.diagnostics, { std: true, compilingRuntime: true });
      if (body === null) return;
      const ignore = this.ignoreFuncBodies;
      this.ignoreFuncBodies = false;
      try {
        this.env = new Env(d.file.scope, d.version);
        funcBody(this, d, fn.signature, body, null);
        this.processDelayed(0);
      } finally {
        this.ignoreFuncBodies = ignore;
      }
    });
  }

  // Scopes.

  lookupScope(name: string): { scope: Scope; obj: Obj } | null {
    for (let s: Scope | null = this.env.scope; s !== null; s = s.parent) {
      const obj = s.lookup(name);
      if (obj !== undefined) return { scope: s, obj };
    }
    return null;
  }

  lookup(name: string): Obj | null {
    for (let s: Scope | null = this.env.scope; s !== null; s = s.parent) {
      const obj = s.lookup(name);
      if (obj !== undefined) return obj;
    }
    return null;
  }

  push(obj: Obj): void {
    this.objPath.push(obj);
    obj.pathIndex = this.objPath.length;
  }

  pop(): void {
    const obj = this.objPath.pop()!;
    obj.pathIndex = 0;
  }
}

/** Fields or methods by unique name. */
export class ObjSet {
  private readonly map = new Map<string, Obj>();
  /** Who has the name of obj already, if anybody; otherwise adds obj. */
  insert(obj: Obj): Obj | undefined {
    const id = objId(obj.pkg, obj.name);
    const alt = this.map.get(id);
    if (alt === undefined) this.map.set(id, obj);
    return alt;
  }
}
