import { InternalError, NoPos, type Pos } from "#base";
import type { Value as ConstValue } from "#constant";
import {
  type BlockStmt,
  type BranchStmt,
  type Expr,
  type Name,
  newName,
  type Node,
  type Stmt,
  type Token,
  unparen,
} from "#syntax";
import {
  type Func as GoFunc,
  instanceOf,
  type Instance,
  Mode,
  type Obj,
  objOf,
  type Package,
  type Signature,
  type SubstMap,
  subst,
  type Type,
  TypeKind,
  tvOf,
  newTypeAndValue,
  Var,
  VarKind,
} from "#types";
import {
  AllocSite,
  type Block,
  BlockKind,
  type Func,
  FuncFlag,
  type FuncRef,
  Local,
  LocalKind,
  Op,
  type SType,
  type Value,
} from "../core/index.ts";
import type { Analysis, Context } from "./analysis.ts";
import { debugValues } from "./debugvars.ts";
import { DebugLog } from "./debuglog.ts";
import type { Program } from "./program.ts";
import { SSABuilder } from "./ssabuilder.ts";
import { buildStmt } from "./stmt.ts";
import type { RangeFuncBody } from "./rangefunc.ts";

/** Variables up to this size in bytes are captured by value if nothing else forbids it. */
const maxCaptureByValue = 128;

/** Where a variable of the function lives. */
export class Storage {
  constructor(
    readonly type: SType,
    /** The SSA variable that is its value, or -1: it is in memory. */
    readonly ssa: number,
    /** The SSA variable that is its address, or -1. */
    readonly ptr: number,
    /** The frame's variable that is its memory, or null. */
    readonly local: Local | null,
  ) {}
}

/** Where a break or continue goes. */
export interface JumpTarget {
  readonly breakTo: Block | null;
  /** null: not a loop. */
  readonly continueTo: Block | null;
  /** For the body of a range over a function: what leaving it takes; else null. */
  readonly onBreak: (() => void) | null;
  readonly onContinue: (() => void) | null;
}

/** How a function's results leave it. */
interface ResultHome {
  readonly local: Local;
  readonly v: Var;
  /** Holds the address of a result that is in an object of its own, for the code after deferreturn; else null. */
  pointer: Local | null;
}

/** Builds one function, function literal or range-over-func body. */
export class FuncBuilder extends SSABuilder {
  readonly vars = new Map<Var, Storage>();
  readonly targets = new Map<Node, JumpTarget>();
  readonly labels = new Map<Node, Block>();
  /** Values of expressions that were evaluated before it is their turn: hoist.ts. */
  readonly hoisted = new Map<Expr, Value>();
  /** Addresses of temporaries, which nothing but the current expression changes. */
  readonly temps = new Set<Value>();
  readonly results: ResultHome[] = [];
  /** Parameters and results as begin was given them. */
  params: readonly Var[] = [];
  resultVars: readonly Var[] = [];
  /** By variable in an object of its own: where the frame keeps the object's address for debuggers (-N). */
  readonly pointerHomes = new Map<Var, Local>();
  /** Where debuggers are told that variables of clauses are declared. */
  readonly clauses = new Map<Var, Pos>();
  /** The statements of a function that has a source: debuggers are told of its variables. */
  body: BlockStmt | null = null;
  /** Where returns go when deferred calls have to be run. */
  private exitBlock: Block | null = null;
  /** For a range-over-func body: the way out of it. */
  rangeBody: RangeFuncBody | null = null;
  /** Where fallthrough goes. */
  fallthroughTo: Block | null = null;

  constructor(
    readonly program: Program,
    f: Func,
    /** Type arguments of the instance being built. */
    readonly env: SubstMap | null,
    readonly analysis: Analysis,
    readonly ctx: Context,
    readonly parent: FuncBuilder | null,
    /** The signature with type arguments put in. */
    readonly sig: Signature | null,
    /** The package the source belongs to. */
    readonly pkg: Package,
  ) {
    super(f, program.types);
  }

  // ---- Types

  subst(t: Type): Type {
    return this.env === null ? t : subst(t, this.env);
  }

  /** The Go type of an expression, without type parameters. */
  typeOf(e: Expr): Type {
    const tv = tvOf(e);
    if (tv === null) throw this.error(e.pos, "an expression without type");
    return this.subst(tv.type);
  }

  stype(t: Type): SType {
    return this.types.of(t);
  }

  exprType(e: Expr): SType {
    return this.types.of(this.typeOf(e));
  }

  constOf(e: Expr): ConstValue | null {
    return tvOf(e)?.value ?? null;
  }

  modeOf(e: Expr): Mode {
    return tvOf(e)?.mode ?? Mode.Invalid;
  }

  isNil(e: Expr): boolean {
    return tvOf(unparen(e))?.mode === Mode.Nil;
  }

  objOf(n: Name): Obj | null {
    return objOf(n);
  }

  /** The instance a name, selector or index expression denotes, with type arguments put in. */
  targsOf(x: { inst: unknown }): readonly Type[] | null {
    const i: Instance | null = instanceOf(x);
    return i === null ? null : i.targs.map((t) => this.subst(t));
  }

  error(pos: Pos, message: string): InternalError {
    return new InternalError("ssa/build", this.f.name, `${this.program.format(pos)}: ${message}`);
  }

  // ---- Variables

  /** Whether a closure gets the variable's address instead of its value. */
  capturedByRef(v: Var): boolean {
    const info = this.analysis.vars.get(v)!;
    return (
      info.captured && (info.reassigned || info.addrTaken || this.stype(this.subst(v.type!)).size > maxCaptureByValue)
    );
  }

  private needsObject(v: Var): boolean {
    const info = this.analysis.vars.get(v);
    return info !== undefined && (info.addrTaken || this.capturedByRef(v));
  }

  /** Makes a variable of this function, fresh for each execution of its declaration. init null: zero. */
  declare(v: Var, init: Value | null): void {
    if (this.cur === null) return;
    const t = this.stype(this.subst(v.type!));
    if (v.name === "_") return;
    if (t.canSSA && !this.needsObject(v)) {
      if (this.livesInFrame(v, t)) this.declareInFrame(v, t, init ?? this.zeroValue(t));
      else this.declareSSA(v, t, init ?? this.zeroValue(t));
      return;
    }
    let p = init === null ? null : this.adopt(v, t, init);
    if (p === null) {
      p = this.alloc(t, "variable", v.name, v.pos);
      if (init !== null) this.store(t, p, init);
    }
    if (this.livesInFrame(v, t)) this.keepPointer(v, p);
    this.declareAt(v, t, p);
  }

  /** Makes the variable of the temporary that its first value was made in (`v := T{…}`, `v := f()`), which nothing else has. */
  private adopt(v: Var, t: SType, init: Value): Value | null {
    const p = init.op === Op.Deref ? init.args[0]! : null;
    if (p === null || !this.temps.has(p) || p.op !== Op.SelectN || p.auxInt !== 0) return null;
    const made = p.args[0]!;
    if (made.op !== Op.Alloc) return null;
    const temp = made.aux as AllocSite;
    if (temp.kind !== "temp" || temp.type !== t || temp.name !== "") return null;
    this.temps.delete(p);
    made.aux = new AllocSite(t, "variable", v.name, v.pos, temp.loopDepth);
    return p;
  }

  /** Whether a variable that could be a value is kept in the frame for debuggers: those that the source names. */
  private livesInFrame(v: Var, t: SType): boolean {
    return this.program.variablesInMemory && t.size > 0 && v.pos !== NoPos && !/^[.#]/.test(v.name);
  }

  /** A variable at its one place in the frame. */
  private declareInFrame(v: Var, t: SType, init: Value): void {
    let s = this.vars.get(v);
    if (s === undefined || s.local === null) {
      const l = new Local(v.name, t, LocalKind.Auto, this.f.autos.length, v.pos);
      l.addressed = true;
      l.loopDepth = this.loopDepth;
      this.f.autos.push(l);
      s = new Storage(t, -1, -1, l);
      this.vars.set(v, s);
    }
    this.effect(Op.VarDef, 0, s.local);
    this.store(t, this.localAddr(s.local!), init);
  }

  /** Keeps the address of a variable's object in the frame. */
  private keepPointer(v: Var, p: Value): void {
    let l = this.pointerHomes.get(v);
    if (l === undefined) {
      l = new Local(`&${v.name}`, p.type, LocalKind.Auto, this.f.autos.length, v.pos);
      l.addressed = true;
      l.loopDepth = this.loopDepth;
      this.f.autos.push(l);
      this.pointerHomes.set(v, l);
    }
    this.effect(Op.VarDef, 0, l);
    this.store(p.type, this.localAddr(l), p);
  }

  private declareSSA(v: Var, t: SType, init: Value): void {
    let s = this.vars.get(v);
    if (s === undefined || s.ssa < 0) {
      s = new Storage(t, this.newVar(t), -1, null);
      this.vars.set(v, s);
    }
    this.write(s.ssa, init);
  }

  /** A variable whose object is at p. */
  declareAt(v: Var, t: SType, p: Value): void {
    let s = this.vars.get(v);
    if (s === undefined || s.ptr < 0) {
      s = new Storage(t, -1, this.newVar(this.types.pointerTo(t)), null);
      this.vars.set(v, s);
    }
    this.write(s.ptr, p);
  }

  /** An expression that stands for a value that has been made. type: as declared, type parameters and all. */
  nameFor(x: Value, type: Type, pos: Pos): Name {
    const v = new Var(VarKind.Local, pos, null, ".v", type);
    const n = newName(pos, v.name);
    n.obj = v;
    n.tv = newTypeAndValue(Mode.Variable, type, null);
    this.declare(v, x);
    return n;
  }

  storage(v: Var): Storage {
    const s = this.vars.get(v);
    if (s === undefined) throw this.error(v.pos, `variable ${v.name} is used before its declaration`);
    return s;
  }

  /** The address of a variable that is in memory. */
  addressOf(s: Storage): Value {
    if (s.local !== null) return this.localAddr(s.local);
    return this.read(s.ptr);
  }

  localAddr(l: Local): Value {
    return this.valAux(Op.LocalAddr, this.types.pointerTo(l.type), 0, l, this.mem);
  }

  readVar(v: Var): Value {
    const s = this.storage(v);
    return s.ssa >= 0 ? this.read(s.ssa) : this.load(s.type, this.addressOf(s));
  }

  writeVar(v: Var, x: Value): void {
    const s = this.storage(v);
    if (s.ssa >= 0) this.write(s.ssa, x);
    else this.store(s.type, this.addressOf(s), x);
  }

  /** What a closure is given of a captured variable. */
  captureArg(v: Var): Value {
    const s = this.storage(v);
    if (this.capturedByRef(v)) return this.addressOf(s);
    return s.ssa >= 0 ? this.read(s.ssa) : this.load(s.type, this.addressOf(s));
  }

  captureType(v: Var): SType {
    const t = this.stype(this.subst(v.type!));
    return this.capturedByRef(v) ? this.types.pointerTo(t) : t;
  }

  // ---- The function as a whole

  /** Entry block, parameters, results, captured variables. */
  begin(params: readonly Var[], results: readonly Var[]): void {
    const f = this.f;
    const entry = this.newBlock();
    f.entry = entry;
    this.startSealed(entry);
    this.params = params;
    this.resultVars = results;
    const log = this.sig === null ? null : new DebugLog();
    // The position of the function itself is where its parameters have their values.
    log?.begin(this.pos, entry);
    this.log = log;
    this.mem = this.val(Op.InitMem, this.types.mem);
    for (let i = 0; i < params.length; i++) this.beginParam(params[i]!, i);
    for (let i = 0; i < results.length; i++) this.beginResult(results[i]!, i);
    f.captures = this.ctx.captures.map((v) => this.captureType(v));
    this.ctx.captures.forEach((v, i) => {
      const t = f.captures[i]!;
      const x = this.valAux(Op.FreeVar, t, i, null);
      if (this.capturedByRef(v)) {
        if (this.livesInFrame(v, t)) this.keepPointer(v, x);
        this.declareAt(v, this.stype(this.subst(v.type!)), x);
      } else if (t.canSSA) this.declare(v, x);
      else {
        const p = this.alloc(t, "temp", v.name);
        this.store(t, p, x);
        this.declareAt(v, t, p);
      }
    });
    if (this.ctx.captures.length > 0) f.flags |= FuncFlag.NeedCtxt;
    log?.at(this.pos, entry);
  }

  protected override describe(): void {
    if (this.log !== null && this.body !== null) this.f.debug = debugValues(this, this.log, this.body, this.varCount);
  }

  private beginParam(v: Var, i: number): void {
    const t = this.stype(this.subst(v.type!));
    const local = new Local(v.name === "" ? `.p${i}` : v.name, t, LocalKind.Param, i, v.pos);
    this.f.params.push(local);
    if (v.name === "" || v.name === "_") return;
    if (t.canSSA && (this.needsObject(v) || !this.livesInFrame(v, t))) {
      const arg = this.valAux(Op.Arg, t, i, local);
      this.declare(v, arg);
    } else if (this.needsObject(v)) {
      this.declare(v, this.load(t, this.localAddr(local)));
    } else {
      this.vars.set(v, new Storage(t, -1, -1, local));
    }
  }

  private beginResult(v: Var, i: number): void {
    const t = this.stype(this.subst(v.type!));
    const local = new Local(v.name === "" || v.name === "_" ? `~r${i}` : v.name, t, LocalKind.Result, i, v.pos);
    this.f.results.push(local);
    const home: ResultHome = { local, v, pointer: null };
    this.results.push(home);
    const deferred = this.ctx.hasDefer;
    if (this.needsObject(v)) {
      const p = this.alloc(t, "variable", v.name, v.pos);
      this.declareAt(v, t, p);
      if (deferred) {
        // The code that runs after a panic was recovered finds the object through the frame.
        const l = new Local(`&${v.name}`, this.types.pointerTo(t), LocalKind.Auto, this.f.autos.length, v.pos);
        l.addressed = true;
        l.liveAtDefer = true;
        this.f.autos.push(l);
        this.effect(Op.VarDef, 0, l);
        this.store(l.type, this.localAddr(l), p);
        home.pointer = l;
      }
    } else if (deferred || !t.canSSA || this.livesInFrame(v, t)) {
      local.addressed = true;
      this.effect(Op.VarDef, 0, local);
      this.zero(t, this.localAddr(local));
      this.vars.set(v, new Storage(t, -1, -1, local));
    } else {
      this.declareSSA(v, t, this.zeroValue(t));
    }
  }

  /** The body, and the return that may be missing at its end. */
  buildBody(body: BlockStmt): void {
    this.body = body;
    for (const s of body.list) this.stmt(s);
    if (this.cur !== null) {
      this.pos = body.rbrace;
      this.buildReturn();
    }
    this.end(body.rbrace);
  }

  end(pos: Pos): void {
    this.pos = pos;
    this.f.endPos = pos;
    this.buildExit();
    this.finish();
    collectClosures(this.f);
  }

  /** Returns with what the result variables hold. */
  buildReturn(): void {
    if (this.ctx.hasDefer) {
      this.exitBlock ??= this.newBlock();
      this.jump(this.exitBlock);
      return;
    }
    this.ret(this.results.map((r) => this.readVar(r.v)));
  }

  /** Returns these values. */
  returnValues(values: readonly Value[]): void {
    if (!this.ctx.hasDefer) {
      this.ret(values);
      return;
    }
    for (let i = 0; i < values.length; i++) this.writeVar(this.results[i]!.v, values[i]!);
    this.buildReturn();
  }

  private ret(values: readonly Value[]): void {
    const fresh = values.map((v) => this.fresh(v));
    const tuple = this.types.tuple([...fresh.map((v) => v.type), this.types.mem]);
    const r = this.val(Op.MakeResult, tuple, ...fresh, this.mem);
    const b = this.cur!;
    b.kind = BlockKind.Ret;
    b.pos = this.pos;
    b.setControl(r);
    this.cur = null;
  }

  /** The one exit of a function with deferred calls: runs them, then takes the results from memory. */
  private buildExit(): void {
    if (this.exitBlock === null) return;
    this.startSealed(this.exitBlock);
    this.effect(Op.RunDefers, 0, null);
    this.ret(
      this.results.map((r) => {
        const t = r.local.type;
        if (r.pointer !== null) return this.load(t, this.load(r.pointer.type, this.localAddr(r.pointer)));
        return this.load(t, this.localAddr(r.local));
      }),
    );
  }

  /** Forgets the current block if nothing leads to it. */
  dropDead(): void {
    const c = this.cur;
    if (c !== null && c !== this.f.entry && c.preds.length === 0 && this.isSealed(c)) this.cur = null;
  }

  /** Types of the results of the function or literal that a return statement here returns from. */
  resultTypes(): Type[] {
    return this.ctx.func.results.map((v) => this.subst(v.type!));
  }

  /** Whether each iteration of a for loop has variables of its own (-lang go1.22). */
  perIteration(): boolean {
    return this.analysis.perIteration;
  }

  stmt(s: Stmt): void {
    buildStmt(this, s);
  }

  /** A statement begins at the current position. */
  begins(): void {
    this.note();
  }

  block(list: readonly Stmt[]): void {
    for (const s of list) this.stmt(s);
  }

  // ---- Calls

  /** Calls fn; its results. */
  callRef(fn: FuncRef, ...args: Value[]): Value[] {
    const results = fn.sig.results;
    const fresh = args.map((a) => this.fresh(a));
    const v = this.val(Op.StaticCall, this.types.tuple([...results, this.types.mem]), ...fresh, this.mem);
    v.aux = fn;
    return this.takeResults(v, results, fn.noreturn);
  }

  /** Calls a function of the runtime. */
  runtime(name: string, ...args: Value[]): Value[] {
    return this.callRef(this.program.runtime.get(name), ...args);
  }

  /** The one result of a runtime function. */
  runtime1(name: string, ...args: Value[]): Value {
    return this.runtime(name, ...args)[0]!;
  }

  /** Results of a call in SSA form; those that live in memory are copied before anything else happens. */
  takeResults(call: Value, results: readonly SType[], noreturn = false): Value[] {
    this.mem = this.select(call, results.length, this.types.mem);
    const out = results.map((t, i) => this.select(call, i, t));
    if (noreturn) {
      this.exit();
      // What follows is dead, but its expressions still want values.
      this.startSealed(this.newBlock());
      return results.map((t) => (t.canSSA ? this.zeroValue(t) : this.deadValue(t)));
    }
    for (let i = 0; i < out.length; i++) {
      if (!results[i]!.canSSA) out[i] = this.inTemp(out[i]!);
    }
    return out;
  }

  private deadValue(t: SType): Value {
    return this.load(t, this.alloc(t, "temp", ""));
  }

  /** Moves a value to a temporary of its own. */
  inTemp(v: Value): Value {
    const p = this.spill(v);
    this.temps.add(p);
    return this.load(v.type, p);
  }

  /** A value that lives in memory, safe from what is evaluated later. */
  override stable(v: Value): Value {
    if (v.op !== Op.Deref || this.temps.has(v.args[0]!)) return v;
    return this.inTemp(v);
  }

  // ---- Names of functions inside

  /** Names the function literals of package variables' initialisers. */
  literalName: (() => string) | null = null;
  /** A function literal outside of any function. */
  isLiteral = false;
  private litCount = 0;
  private rangeCount = 0;
  private wrapCount = 0;

  /**
   * The symbol name of a function inside this one (cmd/compile/internal/ir: closureName): literals count from .func1 below
   * declared functions and from .1 below literals; those in range-over-func bodies belong to the function around.
   */
  closureName(suffix: ".func" | "-range" | ".gowrap" | ".deferwrap"): string {
    let b: FuncBuilder = this;
    while (b.ctx.loop !== null) b = b.parent!;
    const outer = b.f.ref.name;
    switch (suffix) {
      case ".func":
        if (b.literalName !== null) return b.literalName();
        return `${outer}${b.parent === null && !b.isLiteral ? ".func" : "."}${++b.litCount}`;
      case "-range":
        return `${outer}-range${++b.rangeCount}`;
      default:
        return `${outer}${suffix}${++b.wrapCount}`;
    }
  }

  private readonly exitCodes = new Map<Node, Map<Token, number>>();
  private lastExitCode = 0;

  /** The value of #next that stands for a branch out of a range-over-func body. */
  exitCode(s: BranchStmt): number {
    let b: FuncBuilder = this;
    while (b.ctx.loop !== null) b = b.parent!;
    let byToken = b.exitCodes.get(s.target!);
    if (byToken === undefined) {
      byToken = new Map();
      b.exitCodes.set(s.target!, byToken);
    }
    let code = byToken.get(s.tok);
    if (code === undefined) {
      code = ++b.lastExitCode;
      byToken.set(s.tok, code);
    }
    return code;
  }

  /** The type of an expression as declared, whose variables are those that the body mentions. */
  declaredType(e: Expr): Type {
    return tvOf(e)!.type;
  }

  // ---- Marks for the linker

  markInterfaceMethod(iface: SType, m: GoFunc): void {
    const ref = this.program.methodOf(this, iface, m);
    // Interface types that have names have room for them before the methods (contract 7.2).
    const named = iface.go!.kind === TypeKind.Named ? 16 : 0;
    this.mark("useIfaceMethod", iface, 80 + named + 8 * ref.index);
  }

  mark(kind: "useIface" | "useIfaceMethod" | "useNamedMethod", sym: object | string, addend = 0): void {
    const marks = this.f.marks;
    for (const m of marks) if (m.kind === kind && m.sym === sym && m.addend === addend) return;
    marks.push({ kind, sym, addend });
  }
}

/** The function literals whose closures are still made. */
function collectClosures(f: Func): void {
  if (f.closures.length === 0) return;
  const made = new Set<Func>();
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.op === Op.MakeClosure) {
        const fn = (v.aux as { func: Func | null }).func;
        if (fn !== null) made.add(fn);
      }
    }
  }
  const live = f.closures.filter((c) => made.has(c));
  f.closures.length = 0;
  for (const c of live) f.closures.push(c);
}
