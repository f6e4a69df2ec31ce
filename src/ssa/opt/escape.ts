import { InternalError, type Pos } from "#base";
import {
  AllocSite,
  ClosureSite,
  type ConvSite,
  type DeferSite,
  type EscapeSummary,
  type Func,
  FuncFlag,
  type FuncRef,
  type Local,
  LocalKind,
  LoopNest,
  maxImplicitStack,
  Op,
  type SType,
  type StringConvSite,
  type Value,
} from "../core/index.ts";
import { EscapeGraph } from "./escapegraph.ts";

// Decides for every place that makes an object whether the object may live in the frame, and for every parameter where its
// value may flow. Answers to cmd/compile/internal/escape, but works on Go-level SSA: flow-sensitive in variables that are
// SSA values, and exact about stores through pointers that are known to lead to one object. A unit is an outermost function
// with all function literals in it.

/** gc numbers dereferences of leaks up to this; more is the same. */
const maxDerefs = 7;

/** A declared variable that must not escape but does; Runtime-class packages report it as an error. */
export interface EscapeError {
  readonly pos: Pos;
  readonly message: string;
}

/** What the object of a site is called in messages. */
type Site = AllocSite | ClosureSite | ConvSite | StringConvSite;

/**
 * Escape analysis of one unit. Fills `escapes` of all sites in f and its closures and the EscapeSummary of f's FuncRef.
 * summaryOf gives what is known of a callee (null: everything leaks).
 */
export function analyzeEscapes(f: Func, summaryOf: (fn: FuncRef) => EscapeSummary | null): EscapeError[] {
  return new Unit(f, summaryOf).run();
}

class Unit {
  private readonly funcs: Func[] = [];
  private readonly outer: number[] = [];
  private readonly graph: EscapeGraph;
  private readonly heap: number;
  /** values[fn][value id]: location of the value, -1 not made yet. */
  private readonly values: Int32Array[] = [];
  private readonly loops: LoopNest[] = [];
  private readonly objects = new Map<Value, number>();
  /** Closures made for go statements: that they are in the heap is meant. */
  private readonly started = new Set<Value>();
  private readonly locals = new Map<Local, number>();
  /** Location of parameter i and result i, by function. */
  private readonly params: number[][] = [];
  private readonly results: number[][] = [];
  private readonly indexOf = new Map<Func, number>();
  /** The MakeClosure values of each literal of the unit. */
  private readonly makers: Value[][] = [];
  private readonly summary: { heap: number[]; results: number[][]; captures: number[] };
  /** Locations of what the closure of the outermost function holds. */
  private readonly captures: number[];

  constructor(
    private readonly root: Func,
    private readonly summaryOf: (fn: FuncRef) => EscapeSummary | null,
  ) {
    this.collect(root, -1);
    let size = 64;
    for (const f of this.funcs) size += f.nextValueId;
    this.graph = new EscapeGraph(size, this.outer);
    this.heap = this.graph.newLocation(-1, -1);
    this.graph.escapes[this.heap] = 1;
    this.graph.roots.push(this.heap);
    this.funcs.forEach((f, i) => {
      this.values.push(new Int32Array(f.nextValueId).fill(-1));
      this.loops.push(new LoopNest(f));
      this.params.push(f.params.map((p) => this.localLocation(p, i)));
      this.results.push(f.results.map((r) => this.localLocation(r, i)));
    });
    const n = root.results.length;
    this.summary = {
      heap: root.params.map(() => -1),
      results: root.params.map(() => new Array<number>(n).fill(-1)),
      captures: root.captures.map(() => -1),
    };
    this.captures = root.captures.map(() => this.graph.newLocation(0, 0));
  }

  private collect(f: Func, outer: number): void {
    const i = this.funcs.length;
    this.indexOf.set(f, i);
    this.funcs.push(f);
    this.outer.push(outer);
    this.makers.push([]);
    for (const c of f.closures) this.collect(c, i);
  }

  run(): EscapeError[] {
    for (const f of this.funcs) {
      for (const b of f.blocks) {
        for (const v of b.values) {
          if (v.op !== Op.MakeClosure) continue;
          const lit = (v.aux as ClosureSite).func;
          const i = lit === null ? undefined : this.indexOf.get(lit);
          if (i !== undefined) this.makers[i]!.push(v);
        }
      }
    }
    this.funcs.forEach((f, i) => {
      for (const b of f.blocks) for (const v of b.values) this.visit(v, i);
    });
    this.graph.solve((l, root, derefs) => this.leak(l, root, derefs));
    this.root.ref.escape = this.summary;
    return this.decide();
  }

  // ---- Locations

  private localLocation(l: Local, fn: number): number {
    let loc = this.locals.get(l);
    if (loc === undefined) {
      loc = this.graph.newLocation(fn, l.loopDepth);
      this.locals.set(l, loc);
      if (l.kind === LocalKind.Result) {
        this.graph.isResult[loc] = 1;
        this.graph.roots.push(loc);
      }
    }
    return loc;
  }

  /** Where the value of v is held. */
  private at(v: Value, fn: number): number {
    const known = this.values[fn]!;
    let loc = known[v.id]!;
    if (loc >= 0) return loc;
    const nest = this.loops[fn]!;
    let depth = nest.depth(v.block);
    let isRoot = false;
    if (v.op === Op.Phi && (nest.isHeader(v.block) || nest.irreducible)) {
      // It carries values from one iteration to the next: it is older than what an iteration makes.
      depth = nest.irreducible ? 0 : depth - 1;
      isRoot = true;
    }
    loc = this.graph.newLocation(fn, depth);
    known[v.id] = loc;
    if (isRoot) this.graph.roots.push(loc);
    return loc;
  }

  /** The object that an allocating value makes. */
  private object(v: Value, fn: number): number {
    let loc = this.objects.get(v);
    if (loc === undefined) {
      const nest = this.loops[fn]!;
      // What is made on the way out of a loop is no longer in it by the graph, but is as young as what its last iteration
      // made: the depth in the source says so. In an irreducible graph any cycle may be a loop.
      const depth = Math.max(nest.irreducible ? 1 : nest.depth(v.block), (v.aux as Site).loopDepth);
      loc = this.graph.newLocation(fn, depth);
      this.objects.set(v, loc);
      this.graph.roots.push(loc);
      if (mustBeHeap(v)) this.graph.escapes[loc] = 1;
    }
    return loc;
  }

  // ---- Flows

  private flow(dst: number, v: Value, fn: number, derefs: number): void {
    if (v.type.hasPointers || v.op === Op.MakeClosure) this.graph.flow(dst, this.at(v, fn), derefs);
  }

  /** Flows of a value into what it is made of; each operation according to what it does with its arguments. */
  private visit(v: Value, fn: number): void {
    const args = v.args;
    switch (v.op) {
      case Op.Phi:
      case Op.Copy:
      case Op.OffPtr:
      case Op.NilCheck:
      case Op.Bitcast:
      case Op.StringMake:
      case Op.SliceMake:
      case Op.StructMake:
      case Op.ArrayMake1:
      case Op.StringPtr:
      case Op.SlicePtr:
      case Op.IfaceData:
      case Op.IfaceMake:
      case Op.StructSelect:
      case Op.ArraySelect1:
      case Op.PtrIndex:
      case Op.AddPtr:
      case Op.Select:
        if (v.type.hasPointers) for (const a of args) this.flow(this.at(v, fn), a, fn, 0);
        return;
      case Op.SelectN:
        this.visitSelect(v, fn);
        return;
      case Op.Arg:
        if (v.type.hasPointers) this.graph.flow(this.at(v, fn), this.params[fn]![v.auxInt]!, 0);
        return;
      case Op.FreeVar:
        if (v.type.hasPointers) {
          if (fn === 0) this.graph.flow(this.at(v, fn), this.captures[v.auxInt]!, 0);
          for (const m of this.makers[fn]!) this.flow(this.at(v, fn), m.args[v.auxInt]!, this.functionOf(m), 0);
        }
        return;
      case Op.LocalAddr:
        this.graph.flow(this.at(v, fn), this.localLocation(v.aux as Local, fn), -1);
        return;
      case Op.Load:
      case Op.Deref:
        if (v.type.hasPointers) this.graph.flow(this.at(v, fn), this.at(args[0]!, fn), 1);
        return;
      case Op.AtomicLoad:
        this.graph.flow(this.at(v, fn), this.at(args[0]!, fn), 1);
        return;
      case Op.Store:
      case Op.AtomicStore:
        this.store(args[0]!, args[1]!, fn, 0);
        return;
      case Op.AtomicExchange:
        this.store(args[0]!, args[1]!, fn, 0);
        this.graph.flow(this.at(v, fn), this.at(args[0]!, fn), 1);
        return;
      case Op.AtomicCas:
        this.store(args[0]!, args[2]!, fn, 0);
        return;
      case Op.Move:
        if ((v.aux as SType).hasPointers) this.graph.flow(this.destination(args[0]!, fn), this.at(args[1]!, fn), 1);
        return;
      case Op.IntToPtr:
        if (v.auxInt === 1) for (const p of pointersWithin(args[0]!)) this.flow(this.at(v, fn), p, fn, 0);
        return;
      case Op.MakeResult:
        this.results[fn]!.forEach((r, i) => {
          this.flow(r, args[i]!, fn, 0);
        });
        return;
      case Op.Alloc:
      case Op.MakeSlice:
      case Op.MakeMap:
      case Op.MakeChan:
      case Op.StringConv:
      case Op.Concat:
        this.graph.flow(this.at(v, fn), this.object(v, fn), -1);
        return;
      case Op.MakeIface:
        this.makeIface(v, fn);
        return;
      case Op.MakeClosure:
        this.graph.flow(this.at(v, fn), this.object(v, fn), -1);
        for (let i = 0; i < args.length - 1; i++) this.flow(this.object(v, fn), args[i]!, fn, 0);
        this.methodValue(v, fn);
        return;
      case Op.Append:
      case Op.AppendSlice:
      case Op.AppendZeros:
        this.append(v, fn);
        return;
      case Op.KeepAlive:
        // With auxInt 1 an address is passed on as a number.
        if (v.auxInt === 1) this.flow(this.heap, args[0]!, fn, 0);
        return;
      case Op.Go:
        this.flow(this.heap, args[0]!, fn, 0);
        if (args[0]!.op === Op.SelectN) this.started.add(args[0]!.args[0]!);
        return;
      case Op.Defer:
        this.defer(v, fn);
        return;
      case Op.StaticCall:
      case Op.TailCall:
        this.call(v, fn);
        return;
      case Op.ClosureCall:
      case Op.InterCall:
        this.dynamicCall(v, fn);
        return;
    }
  }

  /** A member of a tuple: results of calls have locations of their own, everything else is the pointer that was made. */
  private visitSelect(v: Value, fn: number): void {
    if (!v.type.hasPointers) return;
    const t = v.args[0]!;
    if (t.op !== Op.StaticCall && t.op !== Op.ClosureCall && t.op !== Op.InterCall) {
      this.graph.flow(this.at(v, fn), this.at(t, fn), 0);
      return;
    }
    const literal = t.op === Op.ClosureCall ? this.literalCalled(t.args[0]!, fn) : -1;
    if (literal >= 0) this.graph.flow(this.at(v, fn), this.results[literal]![v.auxInt]!, 0);
    else if (t.op === Op.StaticCall) {
      const s = this.summaryOf(t.aux as FuncRef);
      if (s === null) return; // Whatever comes back has leaked before or is new in the heap.
      s.results.forEach((flows, i) => {
        const d = flows[v.auxInt]!;
        if (d >= 0 && i < t.args.length - 1) this.flow(this.at(v, fn), t.args[i]!, fn, d);
      });
    }
  }

  /** v is stored at ptr, after so many dereferences. */
  private store(ptr: Value, v: Value, fn: number, derefs: number): void {
    if (!v.type.hasPointers) return;
    const to = this.destination(ptr, fn);
    if (to === this.heap && isSelfAssignment(ptr, v)) return;
    this.graph.flow(to, this.at(v, fn), derefs);
  }

  /** The object a store through ptr changes: one that is known, else the heap. */
  private destination(ptr: Value, fn: number): number {
    let p = ptr;
    for (;;) {
      switch (p.op) {
        case Op.OffPtr:
        case Op.PtrIndex:
        case Op.AddPtr:
        case Op.NilCheck:
        case Op.Copy:
        case Op.Bitcast:
          p = p.args[0]!;
          continue;
        case Op.SlicePtr:
        case Op.StringPtr:
          p = p.args[0]!;
          if (p.op === Op.SliceMake || p.op === Op.StringMake) {
            p = p.args[0]!;
            continue;
          }
          if (p.op === Op.SelectN && p.args[0]!.op === Op.MakeSlice) return this.object(p.args[0]!, fn);
          return this.heap;
        case Op.SelectN:
          return p.args[0]!.op === Op.Alloc ? this.object(p.args[0]!, fn) : this.heap;
        case Op.LocalAddr:
          return this.localLocation(p.aux as Local, fn);
        case Op.FreeVar: {
          // A variable captured by reference: the store is to the variable of the function around.
          const makers = this.makers[fn]!;
          if (makers.length !== 1) return this.heap;
          const maker = makers[0]!;
          fn = this.functionOf(maker);
          p = maker.args[p.auxInt]!;
          continue;
        }
        default:
          return this.heap;
      }
    }
  }

  private makeIface(v: Value, fn: number): void {
    const site = v.aux as ConvSite;
    const x = v.args[0]!;
    if (site.from.isDirectIface) {
      this.flow(this.at(v, fn), x, fn, 0);
      return;
    }
    const o = this.object(v, fn);
    this.graph.flow(this.at(v, fn), o, -1);
    this.flow(o, x, fn, 0);
  }

  /** The receiver of a method value goes where the method lets it go, whoever calls it. Literals are part of the unit. */
  private methodValue(v: Value, fn: number): void {
    const site = v.aux as ClosureSite;
    if (site.func !== null && this.indexOf.has(site.func)) return;
    const captures = this.summaryOf(site.fn)?.captures;
    for (let i = 0; i < v.args.length - 1; i++) {
      const d = captures === undefined ? 0 : captures[i]!;
      if (d >= 0) this.flow(this.heap, v.args[i]!, fn, d);
    }
  }

  private append(v: Value, fn: number): void {
    const site = v.aux as AllocSite;
    const [slice] = v.args;
    this.graph.flow(this.at(v, fn), this.at(slice!, fn), 0);
    this.graph.flow(this.at(v, fn), this.object(v, fn), -1);
    if (!site.type.hasPointers) return;
    // The old elements move to the new array; the new ones may go to either.
    this.graph.flow(this.heap, this.at(slice!, fn), 1);
    const derefs = v.op === Op.Append ? 0 : 1;
    if (v.op !== Op.AppendZeros)
      for (let i = 1; i < v.args.length - 1; i++) this.flow(this.heap, v.args[i]!, fn, derefs);
  }

  private defer(v: Value, fn: number): void {
    if ((v.aux as DeferSite).inLoop) this.flow(this.heap, v.args[0]!, fn, 0);
  }

  private call(v: Value, fn: number): void {
    const callee = v.aux as FuncRef;
    const n = v.args.length - 1;
    const s = this.summaryOf(callee);
    const noescape = (callee.flags & FuncFlag.NoEscape) !== 0;
    for (let i = 0; i < n; i++) {
      if (s !== null) {
        const d = s.heap[i]!;
        if (d >= 0) this.flow(this.heap, v.args[i]!, fn, d);
      } else if (!noescape) {
        this.flow(this.heap, v.args[i]!, fn, 0);
      }
    }
  }

  private dynamicCall(v: Value, fn: number): void {
    const literal = v.op === Op.ClosureCall ? this.literalCalled(v.args[0]!, fn) : -1;
    for (let i = v.op === Op.ClosureCall ? 1 : 0; i < v.args.length - 1; i++) {
      if (literal >= 0) this.flow(this.params[literal]![i - 1]!, v.args[i]!, fn, 0);
      else this.flow(this.heap, v.args[i]!, fn, 0);
    }
  }

  /** The function literal of this unit that a closure call certainly calls, or -1. */
  private literalCalled(closure: Value, fn: number): number {
    let c = closure;
    while (c.op === Op.Copy || c.op === Op.NilCheck) c = c.args[0]!;
    if (c.op === Op.FreeVar) {
      const makers = this.makers[fn]!;
      if (makers.length !== 1) return -1;
      c = makers[0]!.args[c.auxInt]!;
    }
    if (c.op !== Op.SelectN || c.args[0]!.op !== Op.MakeClosure) return -1;
    const lit = (c.args[0]!.aux as ClosureSite).func;
    return lit === null ? -1 : (this.indexOf.get(lit) ?? -1);
  }

  private functionOf(v: Value): number {
    return this.indexOf.get(v.block.func)!;
  }

  // ---- Answers

  /** l's value reaches a root that outlives it: what that says of a parameter of the outermost function. */
  private leak(l: number, root: number, derefs: number): void {
    const d = Math.min(derefs, maxDerefs);
    const i = this.params[0]!.indexOf(l);
    if (i < 0) {
      const c = this.captures.indexOf(l);
      if (c >= 0 && (this.summary.captures[c]! < 0 || d < this.summary.captures[c]!)) this.summary.captures[c] = d;
      return;
    }
    const r = this.results[0]!.indexOf(root);
    if (r >= 0) {
      const old = this.summary.results[i]![r]!;
      if (old < 0 || d < old) this.summary.results[i]![r] = d;
    } else if (this.graph.escapes[root] === 1) {
      const old = this.summary.heap[i]!;
      if (old < 0 || d < old) this.summary.heap[i] = d;
    }
  }

  private decide(): EscapeError[] {
    const errors: EscapeError[] = [];
    for (const [v, loc] of this.objects) {
      const site = v.aux as Site;
      site.escapes = this.graph.escapes[loc] === 1;
      if (!site.escapes || !this.root.has(FuncFlag.Runtime)) continue;
      if (site instanceof AllocSite && site.kind === "variable" && site.name !== "") {
        errors.push({ pos: site.pos, message: `${site.name} escapes to heap, not allowed in runtime` });
      } else if (site instanceof ClosureSite && site.kind === "literal" && v.args.length > 1 && !this.started.has(v)) {
        errors.push({
          pos: site.pos,
          message: `heap-allocated closure ${localName(site.fn.name)}, not allowed in runtime`,
        });
      }
    }
    for (const [l, loc] of this.locals) {
      if (this.graph.escapes[loc] === 1) {
        throw new InternalError(
          "ssa/opt",
          this.root.name,
          `the address of ${l.name || "a temporary"} escapes, which has its home in the frame`,
        );
      }
    }
    return errors;
  }
}

/** Objects that cannot be in the frame whatever becomes of their address. */
function mustBeHeap(v: Value): boolean {
  switch (v.op) {
    case Op.Alloc: {
      const site = v.aux as AllocSite;
      return !site.fitsFrame(site.type.size);
    }
    case Op.MakeSlice: {
      const cap = v.args[1]!;
      const site = v.aux as AllocSite;
      return (
        cap.op !== Op.ConstInt || cap.auxHi !== 0 || cap.auxInt < 0 || !site.fitsFrame(cap.auxInt * site.type.size)
      );
    }
    case Op.MakeChan:
    case Op.Append:
    case Op.AppendSlice:
    case Op.AppendZeros:
      return true;
    case Op.MakeIface:
      return (v.aux as ConvSite).from.size > maxImplicitStack;
    default:
      return false;
  }
}

/**
 * Whether a store puts back what was loaded from the same object: `b.buf = b.buf[n:m]`, `val.x = val.y`. It adds no way to
 * reach anything (cmd/compile/internal/escape: isSelfAssign).
 */
function isSelfAssignment(ptr: Value, v: Value): boolean {
  for (let x = v; ; ) {
    switch (x.op) {
      case Op.Copy:
      case Op.SliceMake:
      case Op.SlicePtr:
      case Op.StringMake:
      case Op.StringPtr:
      case Op.AddPtr:
      case Op.PtrIndex:
      case Op.OffPtr:
      case Op.Bitcast:
        x = x.args[0]!;
        continue;
      case Op.Load:
        return baseOf(x.args[0]!) === baseOf(ptr);
      default:
        return false;
    }
  }
}

/** The pointer that an address within one object is computed from. */
function baseOf(ptr: Value): Value {
  let p = ptr;
  while (p.op === Op.OffPtr || p.op === Op.NilCheck || p.op === Op.Copy || p.op === Op.Bitcast) p = p.args[0]!;
  return p;
}

/** The pointers that integer arithmetic of one expression was done on. */
function pointersWithin(v: Value): Value[] {
  const found: Value[] = [];
  const visit = (x: Value, depth: number): void => {
    if (x.op === Op.PtrToInt) found.push(x.args[0]!);
    else if (depth < 16) {
      switch (x.op) {
        case Op.Add:
        case Op.Sub:
        case Op.And:
        case Op.AndNot:
        case Op.Or:
        case Op.Xor:
        case Op.Convert:
        case Op.Copy:
          for (const a of x.args) visit(a, depth + 1);
      }
    }
  };
  visit(v, 0);
  return found;
}

/** A link name without the package it begins with. */
function localName(name: string): string {
  return name.slice(name.indexOf(".", name.lastIndexOf("/") + 1) + 1);
}
