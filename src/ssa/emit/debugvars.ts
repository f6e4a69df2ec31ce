import { As } from "#arch";
import { NoPos, type Pos } from "#base";
import type {
  CodePlace,
  Ctxt,
  DebugVariable,
  FuncDebug,
  InlinedBody,
  LocationRange,
  LSym,
  Prog,
  VariableLocation,
} from "#obj";
import { scalarParts } from "../abi/assign.ts";
import { AMD64 } from "../amd64/index.ts";
import {
  type Block,
  DebugHome,
  type DebugValues,
  type DebugVar,
  type Func,
  Kind,
  type Local,
  LocalKind,
  Op,
  type SType,
  type Symbols,
  type TypeMaker,
  type Value,
  Scratch,
  scratch,
} from "../core/index.ts";
import type { StackSlot } from "../regalloc/index.ts";
import { inOwnFrame } from "./frame.ts";
import { Expr, homeOffset, type Loc, LocKind, locOf, nowhere, slotOffset } from "./location.ts";
import { effectsOf, type PlaceEffects, Places, sameBits } from "./places.ts";

/** More than there are places. */
const maxPlaces = 2 ** 20;

/** A variable while code is emitted. */
class Tracked {
  /** What it is at the position at hand: its value, or address; null: unknown. */
  now: Loc | null = null;
  dirty = false;
  /** Of where it is: see DebugTracker.key. */
  key = -1;
  keyLoc: Loc | null = null;
  readonly ranges: LocationRange[] = [];
  open: LocationRange | null = null;
  /** Its object is on the heap: it is described as a pointer there. */
  asPointer = false;
  /** Its place in the frame, if it is an object there. */
  address: Loc | null = null;

  constructor(
    readonly decl: DebugVar,
    readonly local: Local | null,
    /** Of the function itself, not of an inlined body. */
    readonly isOwn: boolean,
  ) {}
}

/** A table: the function's own, or that of a body inlined into it. */
class Tracking {
  readonly vars: Tracked[] = [];
  /** By index in the table's values. */
  readonly locs: (Loc | undefined)[] = [];
  row = -1;

  constructor(readonly values: DebugValues) {}
}

/**
 * Follows, instruction by instruction, which values the variables of the source have (Func.debug) and where these are, and
 * makes lists of locations of it. What is not known for sure is left out: a debugger must not show a wrong value.
 * Answers to cmd/compile/internal/ssa/debug.go and cmd/compile/internal/dwarfgen.
 */
export class DebugTracker implements PlaceEffects {
  private readonly root: Tracking;
  /** By inlined call. */
  private readonly byCall: (Tracking | null)[] = [];
  private readonly all: Tracking[] = [];
  /** Not optimised: places in the frame are right at any time. */
  private readonly fixed: boolean;
  private readonly places: Places | null;
  /** By id: the id of the value whose bits it has. */
  private readonly same: Int32Array;
  /** By place: the id of what it holds. */
  private readonly held: Int32Array;
  /** By id: registers that hold it; slot; variables that are looked for under it. */
  private readonly regsOf: Int32Array;
  private readonly slotOf: Int32Array;
  /** By id: 1 if some variable has the value. */
  private readonly wanted: Uint8Array;
  private readonly users: (Tracked[] | undefined)[] = [];
  private readonly dirty: Tracked[] = [];
  /** The end of what had been emitted before the value at hand. */
  private last: Prog;
  private pos: Pos = NoPos;
  private inl = -1;
  /** Of the value at hand in its block. */
  private index = 0;
  /** Some variable of the function itself lies in memory, and writes may not be in the order of the source. */
  private hasMemory = false;
  private memoryOk = false;
  /** By index of value: the least row of a write to memory from there to the end of the block; and the greatest before. */
  private rowsBehind = new Int32Array(16);
  private rowBefore = -1;
  /** In the entry block, the last value that stores parameters where they live; -1: they do already. */
  private homesAt = -1;
  private readonly inFrame = new Set<Local>();
  /** By register: the id of the parameter, or part of one, that is there at entry. */
  private readonly argIds = new Int32Array(32).fill(-1);
  private pendingPlace = -1;
  private pendingId = -1;

  constructor(
    private readonly f: Func,
    debug: DebugValues,
    private readonly slots: readonly StackSlot[],
    private readonly types: TypeMaker,
    private readonly text: Prog,
    /** Variables that have a place in the own frame. */
    laidOut: readonly Local[],
  ) {
    for (const l of laidOut) this.inFrame.add(l);
    this.last = text;
    this.fixed = debug.table.fixed;
    this.root = new Tracking(debug);
    this.all.push(this.root);
    for (const c of f.inlinedCalls) {
      const t = c.debug === null || c.debug.table.vars.length === 0 ? null : new Tracking(c.debug);
      this.byCall.push(t);
      if (t !== null) this.all.push(t);
    }
    const some = this.all.some((t) => t.values.values.length > 0 || t.values.locals.some((l) => l !== null));
    this.same = some ? sameBits(f) : new Int32Array(0);
    this.held = new Int32Array(32 + slots.length).fill(-1);
    const n = some ? f.nextValueId : 0;
    this.wanted = new Uint8Array(n);
    this.regsOf = scratch(Scratch.HolderRegs, n, 0);
    this.slotOf = scratch(Scratch.HolderSlot, n, -1);
    if (some) {
      for (const v of f.entry.values) {
        if (!isArgument(v)) continue;
        this.argIds[v.auxInt] = this.same[v.mark]!;
        this.wanted[this.same[v.mark]!] = 1;
      }
    }
    for (const t of this.all) this.prepare(t);
    this.places = some ? new Places(f, slots, this.same, this.argIds, this.wanted) : null;
    this.start();
  }

  private prepare(t: Tracking): void {
    const { values, locals, table } = t.values;
    const { vars, cells } = table;
    const n = vars.length;
    const isOwn = t === this.root;
    for (let k = 0; k < n; k++) {
      const v = vars[k]!;
      const local = locals[k] ?? null;
      const x = new Tracked(v, local !== null && this.hasHome(local) ? local : null, isOwn);
      const type = v.home === DebugHome.Pointer ? this.types.unsafePtr : v.type;
      for (let c = k; c < cells.length; c += n) {
        const i = cells[c]! - 1;
        if (i < 0) continue;
        let l = t.locs[i];
        if (l === undefined) {
          l = locOf(values[i]!, type, this.types, this.same, this.argIds);
          if (!this.exists(l)) l = nowhere;
          t.locs[i] = l;
        }
        this.use(l, x);
        if (v.home !== DebugHome.Pointer) continue;
        if (l.kind === LocKind.Scalar && isOwn && !v.isParam) x.asPointer = true;
        else if (l.kind === LocKind.Address) x.address ??= l;
      }
      if (isOwn && (v.home === DebugHome.Frame || v.home === DebugHome.Pointer)) this.hasMemory = !this.fixed;
      t.vars.push(x);
    }
  }

  private hasHome(l: Local): boolean {
    return !inOwnFrame(l) || this.inFrame.has(l);
  }

  private exists(l: Loc): boolean {
    return l.local === null ? l.parts.every((p) => this.exists(p)) : this.hasHome(l.local);
  }

  private use(l: Loc, x: Tracked): void {
    for (const part of l.parts) this.use(part, x);
    if (l.kind !== LocKind.Scalar) return;
    const list = this.users[l.id];
    this.wanted[l.id] = 1;
    if (list === undefined) this.users[l.id] = [x];
    else if (list[list.length - 1] !== x) list.push(x);
  }

  /** Before the first block: registers hold parameters. */
  private start(): void {
    const { f } = this;
    const { values } = f.entry;
    if (f.params.some((l) => l.regs.length > 0)) {
      for (let i = 0; i < values.length; i++)
        if (values[i]!.pos === f.startPos && writesMemory(values[i]!)) this.homesAt = i;
    }
    if (this.places !== null) this.load(f.entry);
    this.moveTo(f.startPos, -1);
    this.flush(this.text, 0);
  }

  // ---- Code, in the order in which it is emitted

  /** The values of b follow. */
  enterBlock(b: Block, last: Prog): void {
    this.last = last;
    if (b !== this.f.entry) {
      if (this.places !== null) this.load(b);
    }
    if (this.hasMemory) this.orderOfWrites(b);
  }

  /** Value i of the block becomes no instruction. */
  silent(v: Value, i: number, last: Prog): void {
    this.index = i;
    this.last = last;
    this.after(v, last);
  }

  /** The jumps at the end of b follow. */
  leaveBlock(b: Block, last: Prog): void {
    this.index = b.values.length;
    if (b.pos !== NoPos && this.inl < 0) this.moveTo(b.pos, -1);
    else this.followMemory();
    this.flush(last, 0);
  }

  /** Value i of the block, which is v, is about to be emitted behind last. */
  before(v: Value, i: number, last: Prog): void {
    this.index = i;
    this.last = last;
    if (v.pos !== NoPos) this.moveTo(v.pos, v.inl);
    else this.followMemory();
    this.flush(last, 0);
  }

  /** Its instructions end with last. */
  after(v: Value, last: Prog): void {
    if (this.places !== null) {
      this.pendingPlace = -1;
      effectsOf(v, this.same, this);
      const first = this.last.next;
      // What is destroyed may be so from the second instruction on.
      if (first !== null && first !== last && this.last !== last) this.flush(first, 0);
      if (this.pendingPlace >= 0) this.hold(this.pendingPlace, this.pendingId);
    }
    this.last = last;
    if (this.hasMemory && writesMemory(v)) this.rowBefore = Math.max(this.rowBefore, this.rowOf(v));
    if (this.homesAt >= 0 && this.index >= this.homesAt) {
      this.homesAt = -1;
      for (const x of this.root.vars) if (x.decl.home === DebugHome.Frame) this.touch(x);
    }
  }

  /** All blocks have been emitted. */
  end(last: Prog): void {
    for (const t of this.all) {
      for (const x of t.vars) {
        if (x.open !== null) x.open.to = { after: last, bytes: 0 };
      }
    }
  }

  // ---- Places

  private load(b: Block): void {
    const { held, places } = this;
    const { start, active } = places!;
    const from = b.id * active.length;
    for (let k = 0; k < active.length; k++) {
      const p = active[k]!;
      if (held[p]! >= 0 && held[p] !== start[from + k]) this.kill(p);
    }
    for (let k = 0; k < active.length; k++) {
      const id = start[from + k]!;
      if (id >= 0 && held[active[k]!] !== id) this.hold(active[k]!, id);
    }
  }

  killAll(): void {
    for (let p = 0; p < 32; p++) if (p !== 14) this.kill(p);
    // A frame that waits for its callee is looked at by the byte before its return address.
    let p = this.last;
    while (p.next !== null && p.next.as !== As.CALL) p = p.next;
    if (p.next !== null) this.flush(p, 1);
  }

  kill(p: number): void {
    const id = this.held[p]!;
    if (id < 0) return;
    this.held[p] = -1;
    if (p < 32) this.regsOf[id]! &= ~(1 << p);
    else if (this.slotOf[id] === p) this.slotOf[id] = -1;
    this.changed(id);
  }

  define(p: number, id: number, fresh: boolean): void {
    if (this.held[p] === id && !fresh) return;
    if (fresh) {
      for (let m = this.regsOf[id]!; m !== 0; m &= m - 1) this.kill(31 - Math.clz32(m & -m));
      if (this.slotOf[id]! >= 0) this.kill(this.slotOf[id]!);
    }
    this.kill(p);
    if (this.wanted[id] !== 1) return;
    this.pendingPlace = p;
    this.pendingId = id;
  }

  private hold(p: number, id: number): void {
    this.held[p] = id;
    if (p < 32) this.regsOf[id]! |= 1 << p;
    else this.slotOf[id] = p;
    this.changed(id);
  }

  private changed(id: number): void {
    const list = this.users[id];
    if (list !== undefined) for (const x of list) this.touch(x);
  }

  private touch(x: Tracked): void {
    if (x.dirty) return;
    x.dirty = true;
    this.dirty.push(x);
  }

  // ---- Positions

  private moveTo(pos: Pos, inl: number): void {
    if (pos !== this.pos || inl !== this.inl) {
      this.pos = pos;
      this.inl = inl;
      let at = pos;
      for (let k = inl; ; ) {
        const t = k < 0 ? this.root : this.byCall[k]!;
        if (t !== null) this.setRow(t, t.values.table.rows.get(at) ?? -1);
        if (k < 0) break;
        const call = this.f.inlinedCalls[k]!;
        at = call.pos;
        k = call.parent;
      }
    }
    this.followMemory();
  }

  private setRow(t: Tracking, row: number): void {
    if (row === t.row) return;
    t.row = row;
    const { cells } = t.values.table;
    const n = t.vars.length;
    for (let k = 0, c = row * n; k < n; k++, c++) {
      const cell = row < 0 ? 0 : (cells[c] ?? 0);
      const now = cell === 0 ? null : t.locs[cell - 1]!;
      const x = t.vars[k]!;
      if (x.now === now) continue;
      x.now = now;
      this.touch(x);
    }
  }

  // ---- Memory

  private rowOf(v: Value): number {
    let at = v.pos;
    for (let k = v.inl; k >= 0; k = this.f.inlinedCalls[k]!.parent) at = this.f.inlinedCalls[k]!.pos;
    return at === NoPos ? -1 : (this.root.values.table.rows.get(at) ?? -1);
  }

  private orderOfWrites(b: Block): void {
    const n = b.values.length;
    if (this.rowsBehind.length <= n) this.rowsBehind = new Int32Array(n * 2);
    let least = 0x7fffffff;
    this.rowsBehind[n] = least;
    for (let i = n - 1; i >= 0; i--) {
      const v = b.values[i]!;
      if (writesMemory(v)) {
        const row = this.rowOf(v);
        if (row >= 0 && row < least) least = row;
      }
      this.rowsBehind[i] = least;
    }
    this.rowBefore = -1;
    this.index = 0;
  }

  /**
   * Variables in memory are what the source says only where no write that comes earlier in the source is still to come, and
   * none that comes later has been done.
   */
  private followMemory(): void {
    if (!this.hasMemory) return;
    const { row } = this.root;
    const ok = row >= 0 && this.rowBefore <= row && row <= this.rowsBehind[this.index]!;
    if (ok === this.memoryOk) return;
    this.memoryOk = ok;
    for (const x of this.root.vars) if (x.decl.home !== DebugHome.Value) this.touch(x);
  }

  /** Whether a variable in the frame is there what the source says. */
  private inMemory(x: Tracked, l: Local): boolean {
    if (this.fixed) return true;
    return x.isOwn && this.memoryOk && !this.f.staleMemory && this.f.staleLocals?.has(l) !== true;
  }

  // ---- Locations

  /** Variables whose places have changed have the new ones from so many bytes behind the start of what follows `after`. */
  private flush(after: Prog, bytes: number): void {
    const { dirty } = this;
    if (dirty.length === 0) return;
    let place: CodePlace | null = null;
    for (let i = 0; i < dirty.length; i++) {
      const x = dirty[i]!;
      x.dirty = false;
      const key = this.key(x);
      if (key === x.key && (key < maxPlaces || x.now === x.keyLoc)) continue;
      x.key = key;
      x.keyLoc = x.now;
      place ??= { after, bytes };
      if (x.open !== null) {
        x.open.to = place;
        x.open = null;
      }
      if (key < 0) continue;
      const e = this.expr;
      e.bytes.length = 0;
      if (!this.where(x, e)) throw new Error("a location that is none");
      x.open = { from: place, to: place, expr: Uint8Array.from(e.bytes) };
      x.ranges.push(x.open);
    }
    dirty.length = 0;
  }

  private readonly expr = new Expr();

  /** A number that stands for what where() says: other places, another number; -1: nowhere. */
  private key(x: Tracked): number {
    const l = x.now;
    if (x.decl.home === DebugHome.Value) return l === null ? -1 : this.keyOf(l);
    if (x.decl.home === DebugHome.Pointer && x.asPointer)
      return l === null || l.kind !== LocKind.Scalar ? -1 : this.keyOf(l);
    // In memory; what decides is in few places.
    this.expr.bytes.length = 0;
    if (!this.where(x, this.expr)) return -1;
    let k = 1;
    for (const b of this.expr.bytes) k = (Math.imul(k, 257) + b) & 0x3fffffff;
    return k;
  }

  /** Below maxPlaces one place; other numbers tell places of the same Loc from one another. */
  private keyOf(l: Loc): number {
    switch (l.kind) {
      case LocKind.Unknown:
        return -1;
      case LocKind.Scalar: {
        const r = this.regsOf[l.id]!;
        return r !== 0 ? 31 - Math.clz32(r & -r) : this.slotOf[l.id]!;
      }
      case LocKind.Parts: {
        let k = 1;
        for (let i = 0; i < l.parts.length; i++) {
          const part = this.keyOf(l.parts[i]!);
          if (part < 0) return -1;
          // Exact: such values have four parts at most.
          k = k * 4096 + Math.min(part, 4095);
        }
        return k + maxPlaces;
      }
    }
    return maxPlaces;
  }

  private where(x: Tracked, e: Expr): boolean {
    const l = x.now;
    switch (x.decl.home) {
      case DebugHome.Value:
        return l !== null && this.put(e, l);
      case DebugHome.Frame: {
        if (x.local === null) return false;
        if (this.homesAt >= 0 && x.local.regs.length > 0 && x.local.kind === LocalKind.Param)
          return this.inRegisters(x.local, e);
        if (!this.inMemory(x, x.local)) return false;
        e.frame(homeOffset(x.local));
        return true;
      }
      case DebugHome.Pointer: {
        if (l === null) return false;
        if (l.kind === LocKind.Address) {
          if (!this.inMemory(x, l.local!)) return false;
          e.frame(homeOffset(l.local!) + l.lo);
          return true;
        }
        if (x.asPointer) return this.put(e, l);
        if (l.kind !== LocKind.Scalar || !(this.fixed || (x.isOwn && this.memoryOk && !this.f.staleMemory)))
          return false;
        const r = this.regsOf[l.id]!;
        const s = this.slotOf[l.id]!;
        if (r !== 0) e.behindRegister(31 - Math.clz32(r & -r));
        else if (s >= 0) {
          e.frame(slotOffset(this.slots[s - 32]!));
          e.deref();
        } else return false;
        return true;
      }
    }
    return false;
  }

  /** A parameter that lives in memory, before it has been put there. */
  private inRegisters(l: Local, e: Expr): boolean {
    const parts = scalarParts(l.type);
    if (parts === null || parts.length !== l.regs.length) return false;
    let at = 0;
    for (let k = 0; k < parts.length; k++) {
      const r = l.regs[k]!;
      if (this.held[r]! < 0 || this.held[r] !== this.argIds[r]) return false;
      const part = parts[k]!;
      if (parts.length > 1 && part.offset > at) e.piece(part.offset - at);
      e.register(r);
      if (parts.length > 1) e.piece(part.size);
      at = part.offset + part.size;
    }
    if (parts.length > 1 && at < l.type.size) e.piece(l.type.size - at);
    return parts.length > 0;
  }

  /** The place of a value: all of it or nothing. */
  private put(e: Expr, l: Loc): boolean {
    switch (l.kind) {
      case LocKind.Const:
        e.value(l.lo, l.hi);
        return true;
      case LocKind.Scalar: {
        const r = this.regsOf[l.id]!;
        const s = this.slotOf[l.id]!;
        if (r !== 0) e.register(31 - Math.clz32(r & -r));
        else if (s >= 0) e.frame(slotOffset(this.slots[s - 32]!));
        else return false;
        return true;
      }
      case LocKind.Memory:
        e.frame(homeOffset(l.local!) + l.lo);
        return true;
      case LocKind.Address:
        e.frame(homeOffset(l.local!) + l.lo);
        e.stackValue();
        return true;
      case LocKind.Parts: {
        let at = 0;
        for (let k = 0; k < l.parts.length; k++) {
          const offset = l.offsets[k]!;
          if (offset > at) e.piece(offset - at);
          if (!this.put(e, l.parts[k]!)) return false;
          e.piece(l.parts[k]!.size);
          at = offset + l.parts[k]!.size;
        }
        if (at < l.size) e.piece(l.size - at);
        return true;
      }
    }
    return false;
  }

  // ---- The result

  /** What the function's symbol is told. last: its last instruction; inlBase: where its inlined calls begin in ctxt.inlTree. */
  result(symbols: Symbols, ctxt: Ctxt, inlBase: number, last: Prog): FuncDebug {
    const { root, f } = this;
    const variable = (v: DebugVar, asPointer: boolean): DebugVariable => ({
      name: asPointer ? `&${v.name}` : v.name,
      type: infoSymbol(symbols, ctxt, asPointer ? this.types.pointerTo(v.type) : v.type),
      pos: v.pos,
      isParam: v.isParam,
      isResult: v.kind === LocalKind.Result,
      closureOffset: v.closureOffset,
    });
    const inlined: InlinedBody[] = f.inlinedCalls.map((c, i) => {
      const t = this.byCall[i]!;
      return {
        call: inlBase + i,
        parent: c.parent,
        pos: c.pos,
        name: c.fn.name,
        startPos: c.debug === null ? NoPos : c.debug.table.startPos,
        vars: t === null ? [] : t.vars.map((x) => variable(x.decl, false)),
        locations: t === null ? [] : t.vars.map((x) => this.location(x, last)),
      };
    });
    return {
      // Locations first: they decide what is described as a pointer.
      locations: root.vars.map((x) => this.location(x, last)),
      vars: root.vars.map((x) => variable(x.decl, x.asPointer)),
      scopes: root.values.table.scopes,
      inlined,
    };
  }

  private location(x: Tracked, last: Prog): VariableLocation {
    const { ranges } = x;
    if (!this.fixed) return { fixed: null, ranges };
    const e = new Expr();
    if (x.decl.home === DebugHome.Frame && x.local !== null) {
      if (x.local.kind === LocalKind.Param && x.local.regs.length > 0) {
        // In registers at first.
        if (ranges.length > 0) ranges[ranges.length - 1]!.to = { after: last, bytes: 0 };
        return { fixed: null, ranges };
      }
      e.frame(homeOffset(x.local));
    } else if (x.decl.home === DebugHome.Value && x.local !== null && x.isOwn) {
      // Captured by reference: the frame has the address.
      e.frame(homeOffset(x.local));
    } else if (x.decl.home === DebugHome.Pointer && x.address !== null) {
      x.asPointer = false;
      e.frame(homeOffset(x.address.local!) + x.address.lo);
    } else if (x.decl.home === DebugHome.Pointer && x.local !== null && x.isOwn) {
      // On the heap; the frame has its address.
      e.frame(homeOffset(x.local));
      if (!x.asPointer) e.deref();
    } else return { fixed: null, ranges };
    return { fixed: Uint8Array.from(e.bytes), ranges: [] };
  }
}

function isArgument(v: Value): boolean {
  return v.op === AMD64.ArgIntReg || v.op === AMD64.ArgFloatReg;
}

/** The entry of a type. */
function infoSymbol(symbols: Symbols, ctxt: Ctxt, t: SType): LSym {
  let s = ctxt.typeInfo.get(t);
  if (s === undefined) {
    s = ctxt.lookup(`go:info.${symbols.type(t).name.slice("type:".length)}`);
    ctxt.typeInfo.set(t, s);
  }
  return s;
}

/** Whether a value's instructions change what variables in memory hold. */
function writesMemory(v: Value): boolean {
  switch (v.op) {
    case Op.Phi:
    case Op.InitMem:
    case Op.SelectN:
    case Op.VarDef:
    case Op.VarLive:
    case Op.KeepAlive:
      return false;
  }
  const t = v.type;
  if (t.kind === Kind.Mem) return true;
  return t.kind === Kind.Tuple && t.members[t.members.length - 1]?.kind === Kind.Mem;
}
