import { type Diagnostics, InternalError, type Pos } from "#base";
import { boolVal, ConstKind } from "#constant";
import { type Expr, type File, type FuncDecl, Kind as Node, PragmaFlag, type Stmt, unparen } from "#syntax";
import {
  BuiltinId,
  canon,
  compareObj,
  emptyInterface,
  type Func as GoFunc,
  implementsInterface,
  type Interface,
  lookupFieldOrMethod,
  type Named,
  type Obj,
  ObjKind,
  objOf,
  type Package,
  pathToPrefix,
  resolveObject,
  Signature,
  SubstMap,
  subst,
  Tuple,
  type Type,
  TypeKind,
  tvOf,
  typeSetOf,
  unalias,
  under,
  universeError,
  type Var,
  VarKind,
} from "#types";
import {
  Abi,
  type EscapeSummary,
  Func,
  FuncFlag,
  FuncRef,
  type FuncSig,
  Global,
  type ItabRef,
  type MethodRef,
  StaticData,
  type SType,
} from "../core/index.ts";
import { AlgFuncs, eqFuncName, hashFuncName } from "./algfuncs.ts";
import { Analysis } from "./analysis.ts";
import { FuncBuilder } from "./funcbuilder.ts";
import { PackageInit } from "./init.ts";
import { funcSymbol, methodSymbol } from "./names.ts";
import { RuntimeFns } from "./runtimefns.ts";
import { STypes } from "./stypes.ts";
import { buildAbiWrapper, buildMethodValue, buildMethodWrapper } from "./wrappers.ts";

/** What the compilation of a package is given. */
export interface ProgramOptions {
  readonly pkg: Package;
  readonly files: readonly File[];
  /** Compiled under the rules of package runtime (contract 1.2). */
  readonly runtime: boolean;
  readonly symAbis: {
    readonly defs: ReadonlyMap<string, number>;
    readonly refs: ReadonlyMap<string, ReadonlySet<number>>;
  } | null;
  readonly embed: {
    readonly patterns: Readonly<Record<string, readonly string[]>>;
    readonly files: Readonly<Record<string, string>>;
  } | null;
  readonly host: { readFile(name: string): Uint8Array };
  /** Makes sure that the body of an imported function is parsed and checked; false: importers do not get it. */
  readonly body: (fn: GoFunc) => boolean;
  /** What is known of where an imported function's parameters go, by package path and symbol name. */
  readonly escapes: (path: string, name: string) => EscapeSummary | null;
  readonly diagnostics: Diagnostics;
  /** Variables live in memory, whatever is done with them, so that a debugger finds them (-N). */
  readonly variablesInMemory?: boolean;
}

/** A function that this package may have to define. */
class Entry {
  queued = false;
  built: Func | null = null;

  constructor(
    readonly ref: FuncRef,
    readonly build: () => Func | null,
    /** Defined here if something refers to it; else only looked at. */
    readonly ours: boolean,
  ) {}
}

/** Functions of the runtime after whose call there is nothing (cmd/compile/internal/ssagen: noreturn). */
const noreturnRuntime = new Set(
  "throwinit gopanic panicwrap block panicmakeslicelen panicmakeslicecap panicunsafeslicelen panicunsafeslicenilptr panicunsafestringlen panicunsafestringnilptr panicrangestate".split(
    " ",
  ),
);

const flagOf: readonly (readonly [number, FuncFlag])[] = [
  [PragmaFlag.Noescape, FuncFlag.NoEscape],
  [PragmaFlag.Nosplit, FuncFlag.Nosplit],
  [PragmaFlag.Noinline, FuncFlag.Noinline],
  [PragmaFlag.CgoUnsafeArgs, FuncFlag.CgoUnsafeArgs],
  [PragmaFlag.UintptrKeepAlive, FuncFlag.UintptrKeepAlive],
  [PragmaFlag.UintptrEscapes, FuncFlag.UintptrEscapes],
  [PragmaFlag.Systemstack, FuncFlag.SystemStack],
  [PragmaFlag.Nowritebarrier, FuncFlag.NoWriteBarrier],
  [PragmaFlag.Nowritebarrierrec, FuncFlag.NoWriteBarrierRec],
  [PragmaFlag.Yeswritebarrierrec, FuncFlag.YesWriteBarrierRec],
];

/** The compilation of one package: its types, functions, variables, and the queue of functions to compile. */
export class Program {
  readonly types = new STypes();
  readonly runtime: RuntimeFns;
  readonly pkg: Package;
  readonly path: string;
  readonly prefix: string;
  /** Contents of variables that are not zero, and of all temporaries and descriptors. */
  readonly data = new Map<Global, StaticData>();
  /** Functions declared here whose bodies are assembly, with the ABI they are defined with. */
  readonly assembly: FuncRef[] = [];
  /** The size that go:map.zero needs here; 0: it is not used. */
  mapZeroSize = 0;
  /** Functions that fill maps, by the variable: needed by whoever needs that, and not because P.init calls them. */
  readonly mapInits = new Map<Global, FuncRef>();
  /** Symbols of the package's init functions, in order of execution. */
  readonly initFuncs: string[] = [];

  private readonly refs = new Map<GoFunc, FuncRef>();
  private readonly instances = new Map<GoFunc, Map<string, FuncRef>>();
  private readonly byName = new Map<string, FuncRef>();
  private readonly entries = new Map<FuncRef, Entry>();
  private readonly queue: Entry[] = [];
  private readonly globals = new Map<Var, Global>();
  private readonly itabs = new Map<string, ItabRef>();
  private readonly methodRefs = new Map<string, MethodRef>();
  private readonly typeAsserts = new Map<string, Global>();
  private readonly linknames = new Map<Package, Map<string, string>>();
  private readonly named = new Map<string, Global>();
  private readonly algs: AlgFuncs;
  private readonly init: PackageInit;
  private initCount = 0;
  private iter: SType | null = null;

  readonly variablesInMemory: boolean;

  constructor(readonly options: ProgramOptions) {
    this.variablesInMemory = options.variablesInMemory === true;
    this.pkg = options.pkg;
    this.path = options.pkg.path;
    this.prefix = pathToPrefix(this.path);
    this.runtime = new RuntimeFns(this.types, this.types.of(emptyInterface), this.types.of(universeError));
    this.algs = new AlgFuncs(this.types);
    this.init = new PackageInit(this);
    for (const file of options.files) for (const d of file.declList) if (d.kind === Node.FuncDecl) this.declare(d);
    this.init.run();
  }

  format(pos: Pos): string {
    return this.options.diagnostics.positions.format(pos);
  }

  // ---- The queue

  /**
   * Functions to compile, in order; functions that those need follow. Closures are inside of their functions. With onError
   * a function that cannot be built is reported and left out.
   */
  *pending(onError?: (e: unknown) => void): Generator<Func> {
    for (let i = 0; i < this.queue.length; i++) {
      const e = this.queue[i]!;
      let f: Func | null = null;
      try {
        f = this.bodyOf(e);
      } catch (error) {
        if (onError === undefined) throw error;
        onError(error);
      }
      if (f !== null) yield f;
    }
  }

  /** Puts what f refers to and this package has to define into the queue: to be called with f as it is after inlining. */
  require(f: Func): void {
    for (const b of f.blocks) {
      for (const v of b.values) {
        const a = v.aux;
        if (a instanceof FuncRef) this.requireRef(a);
        else if (a !== null && typeof a === "object" && "fn" in a && a.fn instanceof FuncRef) this.requireRef(a.fn);
      }
    }
    // Tracebacks name functions that were inlined: the linker asks their symbols where they begin.
    for (const c of f.inlinedCalls) this.requireRef(c.fn);
    for (const c of f.closures) this.require(c);
  }

  /** Puts a function into the queue if this package has to define it. */
  requireRef(ref: FuncRef): void {
    const e = this.entries.get(ref);
    if (e === undefined || e.queued || !e.ours) return;
    e.queued = true;
    this.queue.push(e);
  }

  private bodyOf(e: Entry): Func | null {
    if (e.built === null) {
      e.built = e.build();
    }
    return e.built;
  }

  /** Another copy of a body. */
  buildAgain(ref: FuncRef): Func | null {
    return this.entries.get(ref)?.build() ?? null;
  }

  private enter(ref: FuncRef, ours: boolean, build: () => Func | null): FuncRef {
    const e = new Entry(ref, build, ours);
    this.entries.set(ref, e);
    ref.body = () => this.bodyOf(e);
    return ref;
  }

  /** A function that is not declared anywhere: it is made when something refers to it. */
  synthetic(name: string, sig: FuncSig, flags: number, build: (ref: FuncRef) => Func): FuncRef {
    let ref = this.byName.get(name);
    if (ref === undefined) {
      ref = new FuncRef(name, sig, Abi.ABIInternal, flags | this.baseFlags, false, this.path);
      this.byName.set(name, ref);
      const made = ref;
      this.enter(made, true, () => build(made));
    }
    return ref;
  }

  /** The functions and methods this package declares and defines, with what has been built of them. */
  eachDeclared(visit: (fn: GoFunc, ref: FuncRef, body: Func | null) => void): void {
    for (const [fn, ref] of this.refs) if (fn.pkg === this.pkg) visit(fn, ref, this.entries.get(ref)?.built ?? null);
  }

  get baseFlags(): number {
    return this.options.runtime ? FuncFlag.Runtime : 0;
  }

  // ---- Declared functions

  private declare(d: FuncDecl): void {
    const fn = objOf(d.name);
    if (fn === null || fn.kind !== ObjKind.Func || d.name.value === "_") return;
    const generic = fn.signature.tparams.length > 0 || fn.signature.rparams.length > 0;
    if (generic) return;
    if (d.name.value === "init" && d.recv === null) {
      const name = `${this.prefix}.init.${this.initCount++}`;
      if (d.body?.list.every(isNoop) === true) return;
      const ref = this.newRef(fn, name, null);
      this.refs.set(fn, ref);
      this.initFuncs.push(name);
      this.requireRef(ref);
      return;
    }
    const ref = fn.signature.recv === null ? this.funcRef(fn, null) : this.methodRef(fn);
    if (d.bodyStart >= 0 || d.body !== null) this.requireRef(ref);
    this.abiWrappers(fn, d, ref);
  }

  /** Wrappers between calling conventions (cmd/compile/internal/ssagen/abi.go). */
  private abiWrappers(fn: GoFunc, d: FuncDecl, ref: FuncRef): void {
    if (fn.signature.recv !== null) return;
    const abis = this.options.symAbis;
    const hasBody = d.bodyStart >= 0 || d.body !== null;
    const defined = abis?.defs.get(ref.name);
    if (!hasBody) {
      if (defined === undefined) return;
      this.assembly.push(ref);
    }
    const linknamed = this.linknameOf(fn.pkg!, fn.name) !== null;
    const wanted = new Set<number>([Abi.ABIInternal]);
    for (const a of abis?.refs.get(ref.name) ?? []) wanted.add(a);
    if (linknamed) wanted.add(Abi.ABI0);
    wanted.delete(ref.abi);
    for (const abi of wanted) this.abiWrapper(ref, abi);
  }

  private abiWrapper(ref: FuncRef, abi: Abi): void {
    let flags = FuncFlag.ABIWrapper | FuncFlag.Nosplit | FuncFlag.DupOk | FuncFlag.NotInlinable | this.baseFlags;
    if (ref.name === "runtime.reflectcall") flags |= FuncFlag.Wrapper;
    const w = new FuncRef(ref.name, ref.sig, abi, flags, false, this.path);
    this.enter(w, true, () => buildAbiWrapper(this, w, ref));
    this.requireRef(w);
  }

  /** The remote name a linkname directive gives to an object; null if there is none. */
  linknameOf(pkg: Package, name: string): string | null {
    let table = this.linknames.get(pkg);
    if (table === undefined) {
      table = new Map();
      const files = pkg === this.pkg ? this.options.files : pkg.files;
      for (const f of files) {
        for (const l of f.linknames)
          table.set(l.local, l.remote === "" ? `${pathToPrefix(pkg.path)}.${l.local}` : l.remote);
      }
      this.linknames.set(pkg, table);
    }
    return table.get(name) ?? null;
  }

  /** The function that fn is, with type arguments if it is generic. */
  funcRef(fn: GoFunc, targs: readonly Type[] | null): FuncRef {
    if (fn.signature === null) resolveObject(fn);
    if (targs === null || targs.length === 0) {
      let ref = this.refs.get(fn);
      if (ref === undefined) {
        const declared = funcSymbol(fn, null);
        ref = this.newRef(fn, this.linknameOf(fn.pkg!, fn.name) ?? declared, null);
        ref.valueName = declared;
        this.refs.set(fn, ref);
      }
      return ref;
    }
    return this.instance(fn, targs, () => funcSymbol(fn, targs));
  }

  private instance(fn: GoFunc, targs: readonly Type[], name: () => string): FuncRef {
    let table = this.instances.get(fn);
    if (table === undefined) {
      table = new Map();
      this.instances.set(fn, table);
    }
    const key = targs.map((t) => canon(t).id).join(",");
    let ref = table.get(key);
    if (ref === undefined) {
      ref = this.newRef(fn, name(), targs);
      table.set(key, ref);
    }
    return ref;
  }

  /** A method declared for its receiver type, or an instance of it. */
  methodRef(m: GoFunc): FuncRef {
    resolveObject(m.origin);
    const recv = m.signature.recv!.type!;
    const base = baseNamed(recv);
    if (base === null || base.targs === null) {
      const o = m.origin;
      let ref = this.refs.get(o);
      if (ref === undefined) {
        ref = this.newRef(o, methodSymbol(recv, o), null);
        this.refs.set(o, ref);
      }
      return ref;
    }
    return this.instance(m.origin, base.targs, () => methodSymbol(recv, m));
  }

  private newRef(fn: GoFunc, name: string, targs: readonly Type[] | null): FuncRef {
    const sig = fn.signature;
    const tparams = sig.rparams.length > 0 ? sig.rparams : sig.tparams;
    const env = targs === null ? null : new SubstMap(tparams, targs.slice(0, tparams.length));
    const decl = fn.funcDecl;
    const own = fn.pkg === this.pkg;
    const hasBody = decl !== null && (decl.bodyStart >= 0 || decl.body !== null);
    let flags = this.pragmaFlags(decl) | (targs !== null ? FuncFlag.DupOk : 0);
    if (own || targs !== null) flags |= this.baseFlags;
    if (name === "reflect.callReflect" || name === "reflect.callMethod") flags |= FuncFlag.Wrapper;
    let abi = Abi.ABIInternal;
    if (own && !hasBody) abi = this.options.symAbis?.defs.get(name) ?? Abi.ABIInternal;
    const noreturn =
      (this.options.runtime && fn.name === "throw" && sig.recv === null) ||
      (fn.pkg!.path === "runtime" && sig.recv === null && noreturnRuntime.has(fn.name));
    const ref = new FuncRef(name, this.sigOf(sig, env), abi, flags, noreturn, fn.pkg!.path);
    if (hasBody && (own || targs !== null)) {
      this.enter(ref, true, () => this.buildDeclared(ref, fn, env));
    } else if (!own) {
      ref.escape = this.options.escapes(fn.pkg!.path, name);
      if (hasBody) this.enter(ref, false, () => this.buildDeclared(ref, fn, env));
    }
    return ref;
  }

  /** Whether fn is a function without type parameters, receiver or variadic parameter whose body is known here as written. */
  isPlain(fn: GoFunc): boolean {
    if (fn.signature === null) resolveObject(fn);
    const sig = fn.signature;
    if (sig.tparams.length > 0 || sig.recv !== null || sig.variadic) return false;
    const d = fn.funcDecl;
    if (d === null || (this.pragmaFlags(d) & FuncFlag.Noinline) !== 0 || this.linknameOf(fn.pkg!, fn.name) !== null)
      return false;
    if (fn.pkg === this.pkg) return d.body !== null;
    return d.bodyStart >= 0 && this.options.body(fn) && d.body !== null;
  }

  private pragmaFlags(d: FuncDecl | null): number {
    const p = d?.pragma?.flags ?? 0;
    let flags = 0;
    if (p !== 0) for (const [pragma, flag] of flagOf) if ((p & pragma) !== 0) flags |= flag;
    return flags;
  }

  /** Parameter (receiver first) and result types. */
  sigOf(sig: Signature, env: SubstMap | null = null): FuncSig {
    const type = (v: Var): SType => this.types.of(env === null ? v.type! : subst(v.type!, env));
    const params = sig.params.vars.map(type);
    if (sig.recv !== null) params.unshift(type(sig.recv));
    return { params, results: sig.results.vars.map(type) };
  }

  private buildDeclared(ref: FuncRef, fn: GoFunc, env: SubstMap | null): Func | null {
    if (fn.pkg !== this.pkg && !this.options.body(fn)) return null;
    const d = fn.funcDecl!;
    if (d.body === null) return null;
    const sig = fn.signature;
    const params = sig.recv === null ? sig.params.vars : [sig.recv, ...sig.params.vars];
    const type = (e: Expr): Type => {
      const tv = tvOf(e);
      if (tv === null)
        throw new InternalError("ssa/build", ref.name, `${this.format(e.pos)}: an expression without type`);
      return env === null ? tv.type : subst(tv.type, env);
    };
    const analysis = new Analysis(type, isRecover);
    analysis.perIteration = loopVarPerIteration(fn.origin);
    const ctx = analysis.function(d, params, sig.results.vars, d.body);
    const f = new Func(ref, ref.flags);
    if (ctx.hasDefer) f.flags |= FuncFlag.HasDefer;
    if (ctx.hasRecover) f.flags |= FuncFlag.NotInlinable;
    f.startPos = d.pos;
    const b = new FuncBuilder(this, f, env, analysis, ctx, null, sig, fn.pkg!);
    b.pos = d.pos;
    b.begin(params, sig.results.vars);
    b.buildBody(d.body);
    return f;
  }

  // ---- Methods

  isInterfaceMethod(m: GoFunc): boolean {
    const r = m.signature.recv;
    return r !== null && r.type !== null && under(r.type).kind === TypeKind.Interface;
  }

  /** Method m of interface type iface, for a call. */
  methodOf(b: FuncBuilder, iface: SType, m: GoFunc): MethodRef {
    const methods = typeSetOf(under(iface.go!) as Interface).methods;
    const index = methods.findIndex((x) => x === m || x.origin === m.origin || compareObj(x, m) === 0);
    if (index < 0) throw b.error(b.pos, `${iface} has no method ${m.name}`);
    const key = `${iface.id}.${index}`;
    let r = this.methodRefs.get(key);
    if (r === undefined) {
      const sig = methods[index]!.signature;
      const type = (v: Var): SType => this.types.of(v.type!);
      r = {
        iface,
        index,
        name: m.name,
        sig: { params: sig.params.vars.map(type), results: sig.results.vars.map(type) },
      };
      this.methodRefs.set(key, r);
    }
    return r;
  }

  /**
   * The entry point of method m for receivers of type recv, as type descriptors name it: with the receiver as it is, or
   * (oneWord) as the data word of an interface.
   */
  methodEntry(recv: Type, m: GoFunc, oneWord: boolean): FuncRef {
    let t = unalias(recv);
    if (oneWord && t.kind !== TypeKind.Pointer && !this.types.of(t).isDirectIface)
      t = this.types.pointerTo(this.types.of(t)).go!;
    const ref = this.concreteMethod(t, m);
    this.requireRef(ref);
    return ref;
  }

  /** The function that is method m of type recv: the declared one if its receiver is recv, else a wrapper. */
  concreteMethod(recv: Type, m: GoFunc): FuncRef {
    if (!this.isInterfaceMethod(m)) {
      const declared = m.signature.recv!.type!;
      if (canon(declared) === canon(recv)) return this.methodRef(m);
    }
    const sig = this.sigWithReceiver(recv, m.signature);
    const name = methodSymbol(recv, m);
    const flags = FuncFlag.DupOk | FuncFlag.Wrapper | FuncFlag.NotInlinable;
    const ref = this.synthetic(name, sig, flags, (r) => buildMethodWrapper(this, r, recv, m));
    const base = baseNamed(recv);
    // The package of a named type defines its wrappers.
    if (
      base !== null &&
      base.targs === null &&
      base.obj.pkg !== null &&
      base.obj.pkg !== this.pkg &&
      under(recv).kind !== TypeKind.Interface
    ) {
      this.entries.delete(ref);
      ref.body = null;
    }
    return ref;
  }

  /** The function that an interface's method is when the value in the interface is of this type. */
  methodBehind(type: SType, m: MethodRef): FuncRef | null {
    const wanted = typeSetOf(under(m.iface.go!) as Interface).methods[m.index]!;
    const { obj } = lookupFieldOrMethod(type.go!, true, wanted.pkg, wanted.name);
    if (obj === null || obj.kind !== ObjKind.Func) return null;
    if (obj.signature === null) resolveObject(obj);
    return this.concreteMethod(unalias(type.go!), obj);
  }

  sigWithReceiver(recv: Type, sig: Signature): FuncSig {
    const type = (v: Var): SType => this.types.of(v.type!);
    return { params: [this.types.of(recv), ...sig.params.vars.map(type)], results: sig.results.vars.map(type) };
  }

  methodExprRef(_b: FuncBuilder, recv: Type, m: GoFunc): FuncRef {
    return this.concreteMethod(unalias(recv), m);
  }

  /** The function of x.M as a value, which has its receiver in the closure. iface: the interface type of x, if it is one. */
  methodValueRef(_b: FuncBuilder, m: GoFunc, iface: Type | null): FuncRef {
    const recv = iface ?? m.signature.recv!.type!;
    const name = methodSymbol(recv, m, "-fm");
    const type = (v: Var): SType => this.types.of(v.type!);
    const sig = { params: m.signature.params.vars.map(type), results: m.signature.results.vars.map(type) };
    const flags = FuncFlag.DupOk | FuncFlag.Wrapper | FuncFlag.NotInlinable | FuncFlag.NeedCtxt;
    return this.synthetic(name, sig, flags, (r) => buildMethodValue(this, r, recv, m));
  }

  implements(t: Type, iface: Type): boolean {
    return implementsInterface(t, iface);
  }

  itab(concrete: SType, iface: SType): ItabRef {
    const key = `${concrete.id},${iface.id}`;
    let r = this.itabs.get(key);
    if (r === undefined) {
      r = { concrete, iface };
      this.itabs.set(key, r);
    }
    return r;
  }

  // ---- Comparison and hashing

  /** type:.eq.T */
  eqFunc(type: Type): FuncRef {
    const p = this.types.pointerTo(this.types.of(type));
    const sig = { params: [p, p], results: [this.types.bool] };
    return this.algRef(eqFuncName(type), sig, () => this.algs.buildEq(type));
  }

  /** type:.hash.T */
  hashFunc(type: Type): FuncRef {
    const p = this.types.pointerTo(this.types.of(type));
    const sig = { params: [p, this.types.uintptr], results: [this.types.uintptr] };
    return this.algRef(hashFuncName(type), sig, () => this.algs.buildHash(type));
  }

  private algRef(name: string, sig: FuncSig, build: () => Func): FuncRef {
    const ref = this.synthetic(name, sig, FuncFlag.DupOk | FuncFlag.Wrapper | FuncFlag.NotInlinable, build);
    // They only look at what they are given.
    ref.escape ??= { heap: sig.params.map(() => -1), results: sig.params.map(() => [-1]) };
    this.requireRef(ref);
    return ref;
  }

  // ---- Variables and data

  global(v: Var): Global {
    const o = v.origin;
    let g = this.globals.get(o);
    if (g === undefined) {
      if (o.type === null) resolveObject(o);
      const name = this.linknameOf(o.pkg!, o.name) ?? `${pathToPrefix(o.pkg!.path)}.${o.name}`;
      g = new Global(name, this.types.of(o.type!), o.pkg!.path, false, false);
      this.globals.set(o, g);
    }
    return g;
  }

  /** The package's variables, in order of declaration. */
  *variables(): Generator<Global> {
    const list: Var[] = [];
    for (const o of this.pkg.scope.elems.values()) {
      if (o.kind === ObjKind.Var && o.varKind === VarKind.Package && o.name !== "_") list.push(o);
    }
    list.sort((a, b) => a.order - b.order);
    // A variable that stands for an inittask is defined as that.
    for (const v of list) if (!this.global(v).name.endsWith("..inittask")) yield this.global(v);
  }

  /** A symbol known by name that another package, or the linker, defines. */
  external(name: string, type: SType): Global {
    let g = this.named.get(name);
    if (g === undefined) {
      g = new Global(name, type, "", false, false);
      this.named.set(name, g);
    }
    return g;
  }

  /** A new symbol that only this object knows; its contents go to `data`. */
  newTemp(type: SType, readonly: boolean): Global {
    return this.init.newTemp(type, readonly);
  }

  /** The abi.TypeAssert for assertions to interface type t. */
  typeAssert(t: SType, canFail: boolean): Global {
    const key = `${t.id},${canFail}`;
    let g = this.typeAsserts.get(key);
    if (g === undefined) {
      const p = this.types.unsafePtr;
      const type = this.types.structOf([
        { name: "Cache", type: p },
        { name: "Inter", type: p },
        { name: "CanFail", type: this.types.bool },
      ]);
      g = new Global(`${this.prefix}..typeAssert.${this.typeAsserts.size}`, type, this.path, false, true);
      const d = new StaticData(g, type.size);
      const cache = this.external("runtime.emptyTypeAssertCache", this.types.uintptr);
      d.pointers.push({ offset: 0, target: { kind: "global", global: cache }, addend: 0 });
      d.pointers.push({ offset: 8, target: { kind: "type", type: t }, addend: 0 });
      d.bytes[16] = canFail ? 1 : 0;
      this.data.set(g, d);
      this.typeAsserts.set(key, g);
    }
    return g;
  }

  /** What lookups of missing elements of this size lead to. */
  mapZero(size: number): Global {
    this.mapZeroSize = Math.max(this.mapZeroSize, size);
    return this.external("go:map.zero", this.types.uint8);
  }

  /** internal/runtime/maps.Iter, as far as the compiler cares: its first two words are the key's and element's addresses. */
  mapIter(): SType {
    const p = this.types.unsafePtr;
    const w = this.types.uint64;
    this.iter ??= this.types.structOf([p, p, p, p, w, w, w, w, w, p, p, w].map((type, i) => ({ name: `F${i}`, type })));
    return this.iter;
  }

  /** A read-only array of these values, or null if one takes code to make it. */
  staticArray(list: readonly Expr[], elem: SType): Global | null {
    return this.init.staticArray(list, elem);
  }

  /** Read-only contents of a composite literal, or null if it takes code to make it. */
  staticLiteral(e: Expr, type: SType): Global | null {
    return this.init.staticLiteral(e, type);
  }

  niladicType(): SType {
    return this.types.of(new Signature(null, new Tuple([]), new Tuple([]), false));
  }

  hasNoBody(fn: GoFunc | null): boolean {
    const d = fn?.funcDecl ?? null;
    return d !== null && d.bodyStart < 0 && d.body === null;
  }
}

/** Whether a statement is seen to do nothing: init functions of such are left out. */
function isNoop(s: Stmt): boolean {
  if (s.kind === Node.EmptyStmt) return true;
  if (s.kind === Node.BlockStmt) return s.list.every(isNoop);
  if (s.kind === Node.IfStmt) return s.init === null && isFalse(s.cond) && (s.elseStmt === null || isNoop(s.elseStmt));
  return s.kind === Node.ForStmt && s.init === null && s.cond !== null && isFalse(s.cond);
}

function isFalse(e: Expr): boolean {
  const v = tvOf(unparen(e))?.value ?? null;
  return v !== null && v.kind === ConstKind.Bool && !boolVal(v);
}

/** Whether each iteration of a for loop in a declaration has variables of its own: from go1.22 on. */
export function loopVarPerIteration(o: Obj): boolean {
  const minor = o.decl?.file.minor ?? 0;
  return minor === 0 || minor >= 22;
}

function isRecover(e: Expr): boolean {
  const x = unparen(e);
  if (x.kind !== Node.CallExpr) return false;
  const f = unparen(x.fun);
  const o = f.kind === Node.Name ? objOf(f) : null;
  return o !== null && o.kind === ObjKind.Builtin && o.id === BuiltinId.Recover;
}

/** The defined type that t is, or points to. */
export function baseNamed(t: Type): Named | null {
  let u = unalias(t);
  if (u.kind === TypeKind.Pointer) u = unalias(u.elem);
  return u.kind === TypeKind.Named ? u : null;
}
