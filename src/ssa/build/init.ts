import { newEmptyStmt, type Expr, type FuncLit, Kind } from "#syntax";
import { type Func as GoFunc, type Initializer, type Signature, tvOf, under, type Var } from "#types";
import { Func, FuncFlag, type FuncRef, Global, type SType } from "../core/index.ts";
import { Analysis } from "./analysis.ts";
import { multiple } from "./assign.ts";
import { assignable } from "./conv.ts";
import { isPure } from "./effects.ts";
import { embedData } from "./embed.ts";
import { expr, exprAs, globalAddr } from "./expr.ts";
import { FuncBuilder } from "./funcbuilder.ts";
import { isMapInit } from "./mapinit.ts";
import type { Program } from "./program.ts";
import { type StaticContext, StaticInit } from "./staticinit.ts";

/** Initialisation of a package's variables: as data where that can be, else by code in the function P.init. */
export class PackageInit implements StaticContext {
  readonly path: string;
  private readonly static: StaticInit;
  /** Initialisers that take code, in order. */
  private readonly dynamic: Initializer[] = [];
  private readonly literals = new Map<FuncLit, FuncRef>();
  /** Numbers of function literals outside of functions. */
  private literalCount = 0;
  private tempCount = 0;

  constructor(private readonly program: Program) {
    this.path = program.path;
    this.static = new StaticInit(this);
  }

  get types(): Program["types"] {
    return this.program.types;
  }

  /** Decides for each initialiser how it is done. */
  run(): void {
    const p = this.program;
    embedData(p, (g, d) => p.data.set(g, d));
    for (const init of p.pkg.initOrder) {
      const v = init.lhs[0];
      if (init.lhs.length === 1 && v !== undefined && this.static.initialize(v, init.rhs)) continue;
      if (this.isDead(init)) continue;
      this.dynamic.push(init);
    }
    for (const [g, d] of this.static.data) p.data.set(g, d);
    for (const ref of this.literals.values()) p.requireRef(ref);
    if (this.dynamic.length === 0) return;
    for (const init of this.dynamic) if (isMapInit(init)) this.outline(init);
    const name = `${p.prefix}.init`;
    const ref = this.initFunction(name, FuncFlag.PkgInit, this.dynamic);
    p.initFuncs.unshift(name);
    p.requireRef(ref);
  }

  /** Gives the initialiser of a map a function of its own. */
  private outline(init: Initializer): void {
    const name = `${this.program.prefix}.map.init.${this.program.mapInits.size}`;
    this.program.mapInits.set(this.globalOf(init.lhs[0]!), this.initFunction(name, 0, [init]));
  }

  /** A function without parameters that does what initialisers say, one after the other. */
  private initFunction(name: string, flags: number, list: readonly Initializer[]): FuncRef {
    return this.program.synthetic(name, { params: [], results: [] }, flags, (r) => this.build(r, list));
  }

  /** `var _ I = T{}` and the like, which do nothing. */
  private isDead(init: Initializer): boolean {
    return init.lhs.every((v) => v.name === "_") && isPure(init.rhs);
  }

  // ---- The functions P.init and P.map.init.N

  private build(ref: FuncRef, list: readonly Initializer[]): Func {
    const p = this.program;
    const node = newEmptyStmt(0);
    const analysis = this.analysis();
    const ctx = analysis.function(node, [], [], null);
    for (const init of list) analysis.addExpression(init.rhs);
    const f = new Func(ref, ref.flags | FuncFlag.NotInlinable);
    const b = new FuncBuilder(p, f, null, analysis, ctx, null, null, p.pkg);
    const isInit = (ref.flags & FuncFlag.PkgInit) !== 0;
    if (isInit) b.literalName = () => this.literalName();
    b.begin([], []);
    for (const init of list) {
      if (b.cur === null) break;
      const outlined = isInit ? this.program.mapInits.get(this.globalOf(init.lhs[0]!)) : undefined;
      b.pos = init.rhs.pos;
      if (outlined === undefined) this.initialize(b, init);
      else b.callRef(outlined);
    }
    if (b.cur !== null) b.buildReturn();
    b.end(b.pos);
    return f;
  }

  private initialize(b: FuncBuilder, init: Initializer): void {
    if (init.lhs.length === 1) {
      const v = init.lhs[0]!;
      if (v.name === "_") expr(b, init.rhs);
      else {
        const x = exprAs(b, init.rhs, v.type!);
        b.pos = init.rhs.pos;
        if (b.cur !== null) b.store(b.stype(v.type!), globalAddr(b, v), x);
      }
      return;
    }
    const r = multiple(b, init.rhs, init.lhs.length);
    init.lhs.forEach((v, i) => {
      if (v.name !== "_")
        b.store(b.stype(v.type!), globalAddr(b, v), assignable(b, r.values[i]!, r.types[i]!, v.type!));
    });
  }

  private analysis(): Analysis {
    const analysis = new Analysis(
      (e) => tvOf(e)!.type,
      () => false,
    );
    const minor = /^go1\.(\d+)/.exec(this.program.pkg.goVersion)?.[1];
    analysis.perIteration = minor === undefined || Number(minor) >= 22;
    return analysis;
  }

  /** init.funcN */
  private literalName(): string {
    return `${this.program.prefix}.init.func${++this.literalCount}`;
  }

  // ---- What static initialisation asks for

  globalOf(v: Var): Global {
    return this.program.global(v);
  }

  functionOf(f: GoFunc): FuncRef | null {
    if (f.signature.tparams.length > 0) return null;
    const ref = this.program.funcRef(f, null);
    this.program.requireRef(ref);
    return ref;
  }

  resultOf(fn: GoFunc): Expr | null {
    const p = this.program;
    if (!p.isPlain(fn)) return null;
    const list = fn.funcDecl?.body?.list ?? [];
    const last = list[0];
    if (list.length !== 1 || last === undefined || last.kind !== Kind.ReturnStmt) return null;
    return fn.signature.results.vars.length === 1 ? last.results : null;
  }

  literalOf(lit: FuncLit): FuncRef | null {
    let ref = this.literals.get(lit);
    if (ref === undefined) {
      const name = this.literalName();
      const sig = under(tvOf(lit)!.type) as Signature;
      ref = this.program.synthetic(name, this.program.sigOf(sig), 0, (r) => this.buildLiteral(r, lit, sig));
      this.literals.set(lit, ref);
    }
    return ref;
  }

  private buildLiteral(ref: FuncRef, lit: FuncLit, sig: Signature): Func {
    const analysis = this.analysis();
    const ctx = analysis.function(lit, sig.params.vars, sig.results.vars, lit.body);
    const f = new Func(ref, ref.flags);
    if (ctx.hasDefer) f.flags |= FuncFlag.HasDefer;
    f.startPos = lit.pos;
    const b = new FuncBuilder(this.program, f, null, analysis, ctx, null, sig, this.program.pkg);
    b.isLiteral = true;
    b.pos = lit.pos;
    b.begin(sig.params.vars, sig.results.vars);
    b.buildBody(lit.body);
    return f;
  }

  newTemp(type: SType, readonly: boolean): Global {
    const p = this.program;
    return new Global(`${p.prefix}..stmp_${this.tempCount++}`, type, p.path, readonly, true);
  }

  runtimeData(name: string): Global {
    return this.program.external(`runtime.${name}`, this.program.types.uintptr);
  }

  // ---- Data for functions

  /** Read-only contents of a composite literal of a struct or array type, or of the array of a slice literal. */
  staticLiteral(e: Expr, type: SType): Global | null {
    const d = this.static.literalData(e, type);
    if (d === null) return null;
    for (const t of d) this.program.data.set(t.global, t);
    return d[0]!.global;
  }

  staticArray(list: readonly Expr[], elem: SType): Global | null {
    const d = this.static.arrayData(list, this.types.arrayOf(elem, list.length), elem);
    if (d === null) return null;
    for (const t of d) this.program.data.set(t.global, t);
    return d[0]!.global;
  }
}
