import { type Diagnostics, InternalError, type Pos, type PosTable, sha256 } from "#base";
import { pathToPrefix } from "#formats";
import type { Host } from "#host";
import { ABI, Attr, assembleFunction, Ctxt, type LSym, listing, RelocType, SymKind, writeObject } from "#obj";
import {
  type Compilation,
  Context,
  compileBackend,
  type EscapeSummary,
  Escapes,
  type Func,
  FuncFlag,
  type FuncRef,
  type Global,
  Inliner,
  Program,
  promoteAllocs,
  runPasses,
  StaticData,
  type SType,
} from "#ssa";
import type { File } from "#syntax";
import { type Func as GoFunc, ObjKind, type Package, pointerTo, TypeKind } from "#types";
import { Decisions } from "./decisions.ts";
import { defineAssemblyDecl } from "./asmdecls.ts";
import { defineCompileInfo } from "./cuinfo.ts";
import { Dumps } from "./dump.ts";
import { exportPackage } from "./export.ts";
import type { PackageImporter } from "./importer.ts";
import type { EmbedConfig, SymAbis } from "./importcfg.ts";
import { defineInitTask } from "./inittask.ts";
import { WriteBarrierCheck } from "./nowritebarrier.ts";
import type { Options } from "./options.ts";
import { TypeData } from "./reflectdata/typedata.ts";
import { PackageSymbols } from "./symbols.ts";

/** What code generation of a package depends on besides its tree. */
export interface GenerateOptions {
  readonly host: Host;
  readonly options: Options;
  readonly importer: PackageImporter;
  readonly diagnostics: Diagnostics;
  readonly positions: PosTable;
  readonly symAbis: SymAbis | null;
  readonly embed: EmbedConfig | null;
  /** Compiled under the rules of package runtime. */
  readonly runtimeClass: boolean;
  readonly print: (text: string) => void;
}

/** The two halves of an archive. */
export interface Generated {
  readonly exportData: Uint8Array;
  readonly object: Uint8Array;
}

/** Turns a checked package into its object and export data. */
export function generate(pkg: Package, files: readonly File[], o: GenerateOptions): Generated {
  return new Generator(pkg, files, o).run();
}

class Generator implements Compilation {
  private readonly ctxt: Ctxt;
  private readonly symbols: PackageSymbols;
  private readonly program: Program;
  private readonly typeData: TypeData;
  private readonly cx: Context;
  private readonly dumps: Dumps;
  private readonly inliner: Inliner;
  private readonly escapes: Escapes;
  private readonly inlining: boolean;
  private readonly optimize: boolean;
  /** Packages of the runtime say which functions must have no write barriers; null for others. */
  private readonly writeBarriers: WriteBarrierCheck | null;
  /** What -m prints; null without it. */
  private readonly decisions: Decisions | null;
  readonly pkgPath: string;
  readonly runtimePackage: boolean;

  constructor(
    private readonly pkg: Package,
    private readonly files: readonly File[],
    private readonly o: GenerateOptions,
  ) {
    const { flags } = o.options;
    this.pkgPath = pkg.path;
    // The runtime cannot be compiled without optimisation: too many write barriers would be left.
    this.optimize = !flags.bool("N") || o.runtimeClass;
    this.runtimePackage = o.runtimeClass;
    this.ctxt = new Ctxt({
      pkgpath: pkg.path,
      positions: o.positions,
      isAsm: false,
      trimpath: o.options.trimpath,
      std: o.options.std,
      shared: flags.bool("shared"),
      pathname: o.host.cwd(),
    });
    this.ctxt.diag = (pos, message) => o.diagnostics.report(pos, message);
    this.symbols = new PackageSymbols(this.ctxt, flags.count("S") > 0);
    this.program = new Program({
      pkg,
      files,
      runtime: o.runtimeClass,
      symAbis: o.symAbis,
      embed: o.embed,
      host: o.host,
      body: (fn) => o.importer.checkedBody(fn),
      escapes: (path, name) => o.importer.escapeOf(path, name),
      diagnostics: o.diagnostics,
      variablesInMemory: !this.optimize,
    });
    this.typeData = new TypeData(this.symbols, this.program, pkg.path);
    this.symbols.types = this.typeData;
    this.cx = new Context(this);
    this.dumps = new Dumps(flags.list("dump"), o.print, o.positions);
    // As in gc, -l=2 and more ask for inlining again.
    this.inlining = flags.count("l") !== 1;
    this.inliner = new Inliner(
      (fn) => this.bodyOf(fn),
      (type, m) => this.program.methodBehind(type, m),
    );
    this.escapes = new Escapes((f) => this.prepare(f));
    this.decisions = flags.count("m") > 0 ? new Decisions(files, pathToPrefix(pkg.path)) : null;
    this.writeBarriers = o.runtimeClass ? new WriteBarrierCheck() : null;
  }

  get types(): Program["types"] {
    return this.program.types;
  }

  readonlyData(type: SType, fill: (data: StaticData) => void): Global {
    const g = this.program.newTemp(type, true);
    const d = new StaticData(g, type.size);
    fill(d);
    this.program.data.set(g, d);
    return g;
  }

  error(pos: Pos, message: string): void {
    this.o.diagnostics.report(pos, message);
  }

  run(): Generated {
    this.markLinknames();
    this.referToImports();
    // All functions are built and inlined into before one of them goes on: inlining copies Go's operations.
    const functions: Func[] = [];
    for (const f of this.program.pending()) {
      functions.push(f);
      this.prepare(f);
      this.program.require(f);
      this.requireInlined(f);
    }
    for (const f of functions) {
      this.analyze(f);
      this.dumps.ssa(f, "escape");
    }
    if (this.o.diagnostics.hasErrors) return none;
    this.defineTypes();
    for (const f of functions) this.emit(f);
    // Descriptors ask for methods, while code is emitted and while data is laid out; methods refer to more data.
    let emitted = this.emitRest(functions.length);
    this.defineData();
    for (let n = this.emitRest(emitted); n > emitted; n = this.emitRest(emitted)) {
      emitted = n;
      this.defineData();
    }
    this.writeBarriers?.check(this.o.positions, (pos, message) => this.o.diagnostics.report(pos, message));
    if (this.o.diagnostics.hasErrors) return none;
    for (const fn of this.program.assembly) defineAssemblyDecl(this.symbols, fn);
    if (this.program.mapZeroSize > 0) {
      const zero = this.ctxt.lookup("go:map.zero");
      this.symbols.define(zero, SymKind.SRODATA, this.program.mapZeroSize, Attr.DuplicateOK);
    }
    if (this.decisions !== null) this.o.print(this.decisions.print(this.o.positions));
    const hasInit = this.defineInit();
    const exportData = this.export(hasInit);
    this.ctxt.fingerprint = exportData.fingerprint;
    defineCompileInfo(this.symbols, this.o.options, this.pkg.path, this.pkg.name);
    const object = writeObject(this.ctxt);
    const level = this.o.options.flags.count("S");
    if (level > 0) this.o.print(listing(this.ctxt, level));
    return { exportData: exportData.bytes, object };
  }

  // ---- Functions

  /** Compiles the functions that were asked for after the first `emitted`; how many there are now. */
  private emitRest(emitted: number): number {
    let n = 0;
    for (const f of this.program.pending()) {
      if (n++ < emitted) continue;
      this.prepare(f);
      this.requireInlined(f);
      this.program.require(f);
      this.analyze(f);
      this.emit(f);
    }
    return n;
  }

  /** Bodies in Go's operations of functions that have gone on to machine code. */
  private readonly again = new Map<Func, Func | null>();

  /** The body of a callee as inlining wants it; null if there is none. */
  private bodyOf(fn: FuncRef): Func | null {
    const body = fn.body === null ? null : fn.body();
    if (body === null || body.phase === "build") return body;
    if (!this.inliner.isInlinable(body)) return null;
    let copy = this.again.get(body);
    if (copy === undefined) {
      copy = this.program.buildAgain(fn);
      this.again.set(body, copy);
    }
    return copy;
  }

  private prepare(f: Func): void {
    this.dumps.ssa(f, "build");
    if (this.inlining) this.inliner.inline(f);
  }

  /** Functions that were inlined must be somewhere: the tables of inlining name them, and the linker asks what they are. */
  private requireInlined(f: Func): void {
    for (const c of f.inlinedCalls) this.program.requireRef(c.fn);
    for (const c of f.closures) this.requireInlined(c);
  }

  private analyze(f: Func): void {
    for (const e of this.escapes.analyze(f)) this.o.diagnostics.report(e.pos, e.message);
    this.decisions?.add(f, (g) => this.inlining && this.inliner.isInlinable(g));
    this.dumps.escapes(f);
  }

  /** One function and its closures from Go-level SSA to machine code. */
  private emit(f: Func): void {
    try {
      this.writeBarriers?.enter(f);
      if (this.optimize) promoteAllocs(f);
      this.dumps.ssa(f, "go");
      runPasses(f, this.cx, {
        optimize: this.optimize,
        check: this.o.options.flags.list("d").includes("checkssa"),
        after: (g, pass) => this.dumps.ssa(g, pass),
      });
      this.writeBarriers?.leave(f);
      const s = compileBackend(f, this.symbols, this.ctxt, this.types, (pass) => this.dumps.ssa(f, pass));
      if (s === null) return;
      assembleFunction(this.ctxt, s);
      if (this.o.options.flags.count("S") === 0) s.func!.forgetText();
      if ((f.flags & FuncFlag.PkgInit) !== 0) this.weakenMapInits(s);
    } catch (e) {
      if (e instanceof InternalError) throw e;
      throw new InternalError("compile", f.name, e instanceof Error ? (e.stack ?? e.message) : String(e), { cause: e });
    }
    for (const c of f.closures) this.emit(c);
    f.release();
  }

  // ---- Data

  /** The package's init function calls what fills its maps, but does not keep it: the maps do. */
  private weakenMapInits(init: LSym): void {
    const fills = new Set<LSym>();
    for (const [g, fn] of this.program.mapInits) {
      const fill = this.symbols.func(fn, fn.abi);
      fills.add(fill);
      this.symbols.global(g).addReloc(0, 0, RelocType.R_KEEP, 0, fill);
    }
    for (const r of init.relocs) if (r.sym !== null && fills.has(r.sym)) r.type |= RelocType.R_WEAK;
  }

  /** Objects known by names of their own, with or without a definition here. */
  private markLinknames(): void {
    for (const f of this.files) {
      for (const l of f.linknames) {
        const name = l.remote === "" ? `${pathToPrefix(this.pkg.path)}.${l.local}` : l.remote;
        for (const abi of [ABI.ABI0, ABI.ABIInternal]) {
          const s = this.ctxt.lookupABI(name, abi);
          s.set(Attr.Linkname, true);
          s.pkg = "_";
        }
      }
    }
  }

  private referToImports(): void {
    for (const p of this.pkg.imports) {
      if (p.path === "unsafe") continue;
      const imported = this.o.importer.imported.get(p.path);
      if (imported !== undefined) this.ctxt.imports.push({ path: p.path, fingerprint: imported.fingerprint });
    }
  }

  /** Descriptors of all types the package declares: debuggers and other packages look for them. */
  private defineTypes(): void {
    const objects = [...this.pkg.scope.elems.values()].sort((a, b) => a.order - b.order);
    for (const o of objects) {
      if (o.kind !== ObjKind.TypeName || o.name === "_") continue;
      const t = o.type!;
      if (t.kind !== TypeKind.Named || t.tparams.length > 0) continue;
      this.typeData.descriptor(t);
      this.typeData.descriptor(pointerTo(t));
    }
    if (this.pkg.path === "runtime") this.typeData.writeBasicTypes();
  }

  /** Variables and data that are new since the last time. */
  private defineData(): void {
    for (const g of this.program.variables()) this.defineGlobal(g, this.program.data.get(g) ?? null);
    // Data refers to more data: the map grows.
    for (const [g, d] of this.program.data) this.defineGlobal(g, d);
  }

  private readonly defined = new Set<Global>();

  private defineGlobal(g: Global, d: StaticData | null): void {
    if (this.defined.has(g)) return;
    this.defined.add(g);
    this.symbols.defineGlobal(g, d);
  }

  private defineInit(): boolean {
    const prefix = pathToPrefix(this.pkg.path);
    const imports = this.pkg.imports
      .filter((p) => p.path !== "unsafe" && this.o.importer.imported.get(p.path)?.hasInit === true)
      .map((p) => pathToPrefix(p.path));
    return defineInitTask(this.symbols, this.pkg.path, prefix, this.program.initFuncs, imports) !== null;
  }

  private export(hasInit: boolean): { bytes: Uint8Array; fingerprint: Uint8Array } {
    const escapes = new Map<string, EscapeSummary>();
    const inlinable = new Set<GoFunc>();
    this.program.eachDeclared((fn, ref, body) => {
      if (ref.escape !== null) escapes.set(ref.name, ref.escape);
      if (body !== null && this.inlining && this.inliner.isInlinable(body) && (ref.flags & FuncFlag.Noinline) === 0)
        inlinable.add(fn);
    });
    const bytes = exportPackage({
      pkg: this.pkg,
      files: this.files,
      lang: this.o.options.lang,
      std: this.o.options.std,
      hasInit,
      cwd: this.o.host.cwd(),
      trimpath: this.o.options.trimpath,
      escapes,
      inlinable: (fn) => inlinable.has(fn),
      resolve: (path) => this.o.importer.resolve(path),
    });
    return { bytes, fingerprint: sha256(bytes).slice(0, 8) };
  }
}

const none: Generated = { exportData: new Uint8Array(0), object: new Uint8Array(0) };
