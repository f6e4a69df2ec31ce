import type { Pos } from "#base";
import {
  AllocSite,
  type Aux,
  type Block,
  BlockKind,
  ClosureSite,
  ConvSite,
  DebugValues,
  debugSource,
  Edge,
  type Func,
  FuncFlag,
  type FuncRef,
  Local,
  LocalKind,
  LoopNest,
  Op,
  opInfo,
  type SType,
  StringConvSite,
  Value,
} from "../core/index.ts";
import { propagateCaptures } from "./captures.ts";
import { devirtualize, type MethodOf } from "./devirtualize.ts";

// Replaces calls by the bodies of small callees, on Go-level SSA (cmd/compile/internal/inline decides on the tree instead).
// Bodies are inlined into callees first, so that what is copied is already what it will be.

/** A callee of at most this cost is inlined. */
const budget = 40;
/** In callers beyond this many values only the smallest callees are. */
const bigCaller = 5000;
const budgetInBig = 12;
const callCost = 26;
/** How often a function is looked at again after dynamic calls in it have become static. */
const maxRounds = 4;

/** Flags that forbid it: see contract 12.2: frames that are counted, ABI0 frames, promises about arguments. */
const forbidden =
  FuncFlag.Noinline |
  FuncFlag.NotInlinable |
  FuncFlag.HasDefer |
  FuncFlag.CgoUnsafeArgs |
  FuncFlag.UintptrKeepAlive |
  FuncFlag.UintptrEscapes |
  FuncFlag.YesWriteBarrierRec |
  FuncFlag.SystemStack |
  FuncFlag.ReflectMethod |
  FuncFlag.NeedCtxt;

/** Gives the body of a callee that may be inlined, or null. */
export type BodyOf = (fn: FuncRef) => Func | null;

/** Where the search for functions that call each other stands with a function. */
interface Visit {
  readonly index: number;
  /** Least index of a function on the stack that this one reaches. */
  low: number;
  /** Its component is complete. */
  done: boolean;
}

/**
 * Inlining of the functions of one compilation. What becomes of a function must depend on nothing but what it calls: other
 * packages make the same instances of generic functions, in another order and for other reasons. So functions that call each
 * other are never inlined, wherever one begins with them, and costs are of bodies before the passes change them.
 */
export class Inliner {
  private readonly visits = new Map<Func, Visit>();
  /** Functions whose component is not complete. */
  private readonly component: Func[] = [];
  private readonly costs = new Map<Func, number>();

  /** bodyOf gives bodies in Go's operations, also of functions that have gone on to later passes. */
  constructor(
    private readonly bodyOf: BodyOf,
    private readonly methodOf: MethodOf,
  ) {}

  /** What a call of f costs when inlined; Infinity if it must not be. */
  private cost(f: Func): number {
    return this.costs.get(f) ?? Number.POSITIVE_INFINITY;
  }

  /** Whether callers, importers among them, may get the body of f, into which all has been inlined. */
  isInlinable(f: Func): boolean {
    return this.cost(f) <= budget;
  }

  /** Inlines into f and its closures what is small enough. */
  inline(f: Func): void {
    if (!this.visits.has(f)) this.visit(f);
  }

  private visit(f: Func): void {
    const s: Visit = { index: this.visits.size, low: this.visits.size, done: false };
    this.visits.set(f, s);
    this.component.push(f);
    propagateCaptures(f);
    for (const c of f.closures) this.inline(c);
    let calls = new Calls(f);
    let list: readonly Value[] = calls.list;
    let callsItself = false;
    for (let round = 0; ; round++) {
      callsItself ||= list.some((call) => call.op === Op.StaticCall && call.aux === f.ref);
      this.inlineCalls(f, s, list, calls);
      // What was inlined shows what is behind interfaces and func values.
      list = devirtualize(f, this.methodOf);
      if (list.length === 0 || round === maxRounds) break;
      calls = new Calls(f);
    }
    if (s.low < s.index) return;
    const members = this.component.splice(this.component.indexOf(f));
    for (const g of members) this.visits.get(g)!.done = true;
    // Members of larger components, and f if it calls itself, have no cost: they are not inlined.
    if (members.length === 1 && !callsItself) this.costs.set(f, inlineCost(f));
  }

  private inlineCalls(f: Func, s: Visit, list: readonly Value[], calls: Calls): void {
    const limit = f.nextValueId > bigCaller ? budgetInBig : budget;
    for (const call of list) {
      const callee = call.aux as FuncRef;
      if ((callee.flags & forbidden) !== 0 || callee.noreturn) continue;
      const body = this.bodyOf(callee);
      if (body === null) continue;
      this.inline(body);
      const t = this.visits.get(body)!;
      if (!t.done) s.low = Math.min(s.low, t.low);
      else if (this.cost(body) <= limit) inlineCall(f, call, body, calls);
    }
  }
}

/** The calls of a function before anything is inlined into it, and what has to be known of each: found once for all. */
class Calls {
  readonly list: Value[] = [];
  private readonly selects = new Map<Value, Value[]>();
  /** By block id; computed when the first call is inlined. */
  private depths: number[] | null = null;

  constructor(private readonly f: Func) {
    for (const b of f.blocks) {
      for (const v of b.values) {
        if (v.op === Op.StaticCall) this.list.push(v);
        else if (v.op === Op.SelectN && v.args[0]!.op === Op.StaticCall) {
          const known = this.selects.get(v.args[0]!);
          if (known === undefined) this.selects.set(v.args[0]!, [v]);
          else known.push(v);
        }
      }
    }
  }

  /** The values that select results of a call. */
  selectsOf(call: Value): readonly Value[] {
    return this.selects.get(call) ?? [];
  }

  /** How deep in loops a block is. */
  depthOf(b: Block): number {
    if (this.depths === null) {
      const nest = new LoopNest(this.f);
      this.depths = [];
      for (const x of this.f.blocks) this.depths[x.id] = nest.depth(x);
    }
    return this.depths[b.id]!;
  }

  /** A block was split in two. */
  split(b: Block, after: Block): void {
    this.depths![after.id] = this.depths![b.id]!;
  }
}

/** The cost of a body in SSA operations; Infinity if it cannot be inlined. */
function inlineCost(f: Func): number {
  if ((f.flags & forbidden) !== 0 || f.closures.length > 0) return Number.POSITIVE_INFINITY;
  let cost = f.blocks.length >> 1;
  let returns = 0;
  for (const b of f.blocks) {
    if (b.kind === BlockKind.Ret) returns++;
    if (b.kind === BlockKind.RetJmp) return Number.POSITIVE_INFINITY;
    for (const v of b.values) {
      switch (v.op) {
        case Op.Defer:
        case Op.RunDefers:
        case Op.Go:
        case Op.GetCallerPC:
        case Op.GetCallerSP:
        case Op.GetClosurePtr:
        case Op.ClosurePtr:
        case Op.FreeVar:
          return Number.POSITIVE_INFINITY;
        case Op.Copy:
        case Op.SelectN:
        case Op.InitMem:
        case Op.Arg:
        case Op.MakeResult:
        case Op.LocalAddr:
        case Op.OffPtr:
        case Op.Bitcast:
        case Op.StructSelect:
        case Op.StringMake:
        case Op.SliceMake:
        case Op.NilCheck:
        case Op.BoundsCheck:
        case Op.PtrIndex:
        case Op.SlicePtr:
        case Op.SliceLen:
        case Op.SliceCap:
        case Op.StringPtr:
        case Op.StringLen:
        case Op.IfaceTab:
        case Op.IfaceData:
        case Op.IfaceMake:
        case Op.StructMake:
        case Op.ArrayMake1:
        case Op.ArraySelect1:
        case Op.Phi:
        case Op.VarDef:
        case Op.VarLive:
        case Op.Deref:
          // Part of what uses them, or none after later passes.
          break;
        default:
          if (opInfo(v.op).rematerializable) break;
          cost += opInfo(v.op).isCall ? costOfCall(v) : 1;
      }
    }
    if (cost > budget) return Number.POSITIVE_INFINITY;
  }
  if (returns === 0 || new LoopNest(f).irreducible) return Number.POSITIVE_INFINITY;
  return cost;
}

/** Operations of the language that are calls of the runtime: to a reader of the source they are as cheap as others. */
const operations =
  /^runtime\.(memmove|memequal|cmpstring|gopanic|panic|mapaccess|mapassign|mapdelete|mapclear|chansend1|chanrecv|closechan|efaceeq|ifaceeq|typeAssert|assertE2I|print|memclr|typedmemmove|typedslicecopy|slicecopy)/;
const isOperation = new WeakMap<FuncRef, boolean>();

function costOfCall(call: Value): number {
  if (call.op !== Op.StaticCall) return callCost;
  const fn = call.aux as FuncRef;
  // Nobody wants copies of what ends the program.
  if (fn.name === "runtime.throw") return budget + 1;
  let is = isOperation.get(fn);
  if (is === undefined) {
    is = operations.test(fn.name);
    isOperation.set(fn, is);
  }
  return is ? 1 : callCost;
}

/** Replaces one call by a copy of the callee's body. */
function inlineCall(f: Func, call: Value, callee: Func, calls: Calls): void {
  const before = call.block;
  const depth = calls.depthOf(before);
  const after = splitAfter(f, call);
  calls.split(before, after);
  const copy = new Copier(f, call, callee, depth);
  const exits = copy.run();
  before.addEdgeTo(copy.block(callee.entry));
  // What the body makes reachable, the caller does now.
  for (const m of callee.marks) {
    if (!f.marks.some((x) => x.kind === m.kind && x.sym === m.sym && x.addend === m.addend)) f.marks.push(m);
  }
  f.flags |= callee.flags & FuncFlag.ReflectMethod;
  joinResults(calls.selectsOf(call), call, callee, after, copy, exits);
}

/** A block for what comes after the call: all values of its block that depend on it, and the end of the block. */
function splitAfter(f: Func, call: Value): Block {
  const b = call.block;
  const after = f.newBlock(b.kind);
  const depends = new Set<Value>([call]);
  // Values of a block are in no particular order: those that depend on the call are found by iterating.
  for (let grew = true; grew; ) {
    grew = false;
    for (const v of b.values) {
      if (v.op === Op.Phi || depends.has(v)) continue;
      for (const a of v.args) {
        if (depends.has(a)) {
          depends.add(v);
          grew = true;
          break;
        }
      }
    }
  }
  const stay: Value[] = [];
  for (const v of b.values) {
    if (depends.has(v)) {
      v.block = after;
      after.values.push(v);
    } else {
      stay.push(v);
    }
  }
  b.values = stay;
  for (let k = 0; k < b.succs.length; k++) {
    const e = b.succs[k]!;
    after.succs.push(e);
    e.b.preds[e.i] = new Edge(after, k);
  }
  b.succs.length = 0;
  after.setControl(b.control);
  after.likely = b.likely;
  after.pos = b.pos;
  after.aux = b.aux;
  b.kind = BlockKind.Plain;
  b.setControl(null);
  b.likely = 0;
  return after;
}

/** Copies a body into another function. */
class Copier {
  private readonly blocks: Block[] = [];
  private readonly values: Value[] = [];
  private readonly locals = new Map<Local, Local>();
  private readonly index: number;
  private readonly inlBase: number;
  /** Memory after parameters that live in memory were stored. */
  private entryMem!: Value;

  constructor(
    private readonly f: Func,
    private readonly call: Value,
    private readonly callee: Func,
    /** How deep in loops the call is. */
    private readonly depth: number,
  ) {
    this.index = f.inlinedCalls.length;
    f.inlinedCalls.push({ parent: call.inl, pos: call.pos, fn: callee.ref, debug: null });
    this.inlBase = f.inlinedCalls.length;
    for (const c of callee.inlinedCalls) {
      const parent = c.parent < 0 ? this.index : c.parent + this.inlBase;
      f.inlinedCalls.push({ parent, pos: c.pos, fn: c.fn, debug: null });
    }
  }

  block(b: Block): Block {
    return this.blocks[b.id]!;
  }

  value(v: Value): Value {
    return this.values[v.id]!;
  }

  /** The copies of the blocks that return. */
  run(): Block[] {
    const { f, callee } = this;
    for (const b of callee.blocks) {
      const c = f.newBlock(b.kind);
      c.likely = b.likely;
      c.pos = b.pos;
      c.aux = b.aux;
      this.blocks[b.id] = c;
    }
    this.storeParameters();
    for (const b of callee.blocks) for (const v of b.values) this.copyValue(v);
    for (const b of callee.blocks) {
      for (const v of b.values) {
        const c = this.values[v.id]!;
        if (c.block !== this.blocks[b.id] || v.op === Op.Arg || v.op === Op.InitMem) continue;
        for (const a of v.args) c.addArg(this.values[a.id]!);
      }
    }
    const exits: Block[] = [];
    for (const b of callee.blocks) {
      const c = this.blocks[b.id]!;
      // Edges one by one on both sides, so that phi arguments keep their order.
      for (const e of b.succs) c.succs.push(new Edge(this.blocks[e.b.id]!, e.i));
      for (const e of b.preds) c.preds.push(new Edge(this.blocks[e.b.id]!, e.i));
      if (b.kind === BlockKind.Ret) exits.push(c);
      if (b.control !== null) c.setControl(this.values[b.control.id]!);
    }
    f.inlinedCalls[this.index]!.debug = this.copyDebug(callee.debug);
    for (let i = 0; i < callee.inlinedCalls.length; i++)
      f.inlinedCalls[this.inlBase + i]!.debug = this.copyDebug(callee.inlinedCalls[i]!.debug);
    return exits;
  }

  /** What is known of variables, of the copies. */
  private copyDebug(d: DebugValues | null): DebugValues | null {
    if (d === null) return null;
    const values = d.values.map((v) => this.values[debugSource(v).id] ?? v);
    return new DebugValues(
      d.table,
      values,
      d.locals.map((l) => (l === null ? null : (this.locals.get(l) ?? null))),
    );
  }

  private newValue(b: Block, op: number, type: SType, pos: Pos, aux: Aux, ...args: Value[]): Value {
    const v = b.newValue(op, type, pos, ...args);
    v.aux = aux;
    v.inl = this.index;
    return v;
  }

  /** A stack variable of the caller for a parameter, result or variable of the callee. */
  local(l: Local): Local {
    let c = this.locals.get(l);
    if (c === undefined) {
      c = new Local(l.name, l.type, LocalKind.Auto, 0, l.pos);
      c.addressed = l.addressed;
      c.loopDepth = l.loopDepth + this.depth;
      this.f.autos.push(c);
      this.locals.set(l, c);
    }
    return c;
  }

  /** Parameters that the callee reads from memory get their values before its body begins. */
  private storeParameters(): void {
    const entry = this.blocks[this.callee.entry.id]!;
    let mem = this.call.memArg;
    const inMemory = new Set<Local>();
    for (const blk of this.callee.blocks) {
      for (const v of blk.values) {
        if (v.op === Op.LocalAddr && (v.aux as Local).kind === LocalKind.Param) inMemory.add(v.aux as Local);
      }
    }
    for (const p of this.callee.params) {
      if (!inMemory.has(p)) continue;
      const arg = this.call.args[p.index]!;
      const home = this.local(p);
      const pointer = this.callee.blocks
        .flatMap((x) => x.values)
        .find((v) => v.op === Op.LocalAddr && v.aux === p)!.type;
      mem = this.newValue(entry, Op.VarDef, mem.type, this.call.pos, home, mem);
      const addr = this.newValue(entry, Op.LocalAddr, pointer, this.call.pos, home, mem);
      mem = this.newValue(entry, Op.Store, mem.type, this.call.pos, p.type, addr, arg, mem);
    }
    this.entryMem = mem;
  }

  private copyValue(v: Value): void {
    if (v.op === Op.Arg) {
      this.values[v.id] = this.call.args[v.auxInt]!;
      return;
    }
    if (v.op === Op.InitMem) {
      this.values[v.id] = this.entryMem;
      return;
    }
    const b = this.blocks[v.block.id]!;
    const c = new Value(this.f.nextValueId++, v.op, v.type, v.auxInt, v.auxHi, this.copyAux(v.aux), [], b, v.pos);
    c.inl = v.inl < 0 ? this.index : v.inl + this.inlBase;
    b.values.push(c);
    this.values[v.id] = c;
  }

  /** Sites and variables are decided on for each copy by itself. */
  private copyAux(aux: Aux): Aux {
    if (aux instanceof Local) return this.local(aux);
    if (aux instanceof AllocSite)
      return new AllocSite(aux.type, aux.kind, aux.name, aux.pos, aux.loopDepth + this.depth);
    if (aux instanceof ConvSite) return new ConvSite(aux.from, aux.to, aux.pos, aux.loopDepth + this.depth);
    if (aux instanceof StringConvSite) return new StringConvSite(aux.kind, aux.pos, aux.loopDepth + this.depth);
    if (aux instanceof ClosureSite) {
      return new ClosureSite(aux.fn, aux.func, aux.byRef, aux.types, aux.kind, aux.pos, aux.loopDepth + this.depth);
    }
    return aux;
  }
}

/** Leads the copies of the returning blocks to the block after the call, and the results to where they were used. */
function joinResults(
  selects: readonly Value[],
  call: Value,
  callee: Func,
  after: Block,
  copy: Copier,
  exits: Block[],
): void {
  const results: Value[][] = [];
  const sig = callee.results;
  const homes = sig.map((r) => (r.type.canSSA ? null : copy.local(r)));
  const pointers = new Map<number, SType>();
  for (const x of exits) {
    const made = x.control!;
    let mem = made.args[sig.length]!;
    const values: Value[] = [];
    sig.forEach((r, i) => {
      const v = made.args[i]!;
      const home = homes[i] ?? null;
      if (home !== null) {
        // A value that lives in memory: its address is that of what it is read from.
        const pointer = v.args[0]!.type;
        pointers.set(i, pointer);
        const addr = x.newValue(Op.LocalAddr, pointer, call.pos, mem);
        addr.aux = home;
        if (!(v.args[0]!.op === Op.LocalAddr && v.args[0]!.aux === home)) {
          mem = x.newValue(Op.Store, mem.type, call.pos, addr, v, mem);
          mem.aux = r.type;
        }
      }
      values.push(v);
    });
    values.push(mem);
    results.push(values);
    x.setControl(null);
    made.resetArgs();
    x.values.splice(x.values.indexOf(made), 1);
    x.kind = BlockKind.Plain;
    x.addEdgeTo(after);
  }
  const join = (i: number, type: SType): Value => {
    if (results.length === 1) return results[0]![i]!;
    return after.newValue(Op.Phi, type, call.pos, ...results.map((r) => r[i]!));
  };
  const mem = join(sig.length, call.memArg.type);
  const selected = selects.filter((v) => v.block === after);
  const elsewhere = selects.filter((v) => v.block !== after);
  const joined: (Value | null)[] = sig.map(() => null);
  for (const s of [...selected, ...elsewhere]) {
    const i = s.auxInt;
    if (i === sig.length) {
      s.copyOf(mem);
    } else if (homes[i] !== null && homes[i] !== undefined) {
      const addr = after.newValue(Op.LocalAddr, pointers.get(i)!, call.pos, mem);
      addr.aux = homes[i]!;
      s.reset(Op.Deref);
      s.addArg(addr);
      s.addArg(mem);
    } else {
      joined[i] ??= join(i, s.type);
      s.copyOf(joined[i]!);
    }
  }
  call.resetArgs();
  after.values.splice(after.values.indexOf(call), 1);
}
