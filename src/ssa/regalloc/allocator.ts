import { InternalError, type Pos } from "#base";
import {
  type Block,
  type CallInfo,
  type Dominators,
  fpMask,
  type Func,
  gpMask,
  Kind,
  type LoopNest,
  type MachineOp,
  Op,
  opInfo,
  type RegMask,
  type SType,
  valueString,
  Value,
  Scratch,
  scratch,
} from "../core/index.ts";
import { AMD64 } from "../amd64/index.ts";
import { fixedArg, inputMask, isCall, isCheck, isFixedRegister, outputMasks, rowOf } from "./constraints.ts";
import { Desired } from "./desired.ts";
import { classMask, lowestReg } from "./homes.ts";
import { callDistance, farDistance, LiveRanges } from "./liverange.ts";
import { type MoveSource, ParallelMove } from "./parallelmove.ts";

/** What the registers hold at one point: parallel lists. */
export class RegState {
  readonly regs: number[] = [];
  /** Original value. */
  readonly ids: number[] = [];
  /** The copy that is in the register. */
  readonly values: Value[] = [];

  /** The lowest register that holds the value, or -1. */
  find(id: number): number {
    return this.ids.indexOf(id);
  }
}

const none: readonly number[] = [];
const allocatable: RegMask = gpMask | fpMask;
/** R14, the g: read in place, never allocated. */
const regG = 14;

/**
 * Gives every value of a block its registers, block by block, in reverse postorder: values are in registers from their
 * definition on, the one whose next use is farthest away makes room, and comes back from memory (or is made again) when it
 * is needed. What had to make room is stored once, at a place chosen afterwards (spills.ts); what blocks expect at their start
 * is arranged on the edges afterwards too (edges.ts). cmd/compile/internal/ssa/regalloc.go has the same plan.
 *
 * Value.mark of every value, old and new, is the id of the original value that it holds.
 */
export class Allocator implements MoveSource {
  /** By original id: lives in registers; can be made again; its definition. */
  readonly inRegister: Int32Array;
  private readonly remat: Int32Array;
  private readonly defs: (Value | null)[];
  /** By original id: the copy in memory, once one is needed, and the block that dominates all its uses. */
  readonly spills: (Value | null)[];
  readonly spillUse: (Block | null)[];
  /** Ids that have a spill, in order of need. */
  readonly spilled: number[] = [];
  /** By block id. */
  readonly startState: RegState[] = [];
  readonly endState: RegState[] = [];
  readonly live: LiveRanges;
  /** By block id: values that are live at its end in memory only. */
  readonly inMemoryAtEnd: number[][] = [];

  /** By register: original id or -1, and the copy there. */
  readonly regVal = new Int32Array(32).fill(-1);
  readonly regCopy: (Value | null)[] = new Array<Value | null>(32).fill(null);
  private used: RegMask = 0;
  private locked: RegMask = 0;
  /** By original id: registers it is in. */
  private readonly regsOf: Int32Array;

  /** Uses in the block at work, nearest first: heads by original id, links and positions by use. */
  private readonly useHead: Int32Array;
  private useNext = new Int32Array(256);
  private usePos = new Int32Array(256);
  private useCount = 0;

  /** By instruction of the block at work: wishes for result and first three arguments, registers wished for by any. */
  private wishes = new Int32Array(256);
  private avoid = new Int32Array(64);
  private readonly desired = new Desired();
  private readonly desiredIds: (readonly number[])[] = [];
  private readonly desiredMasks: (readonly RegMask[])[] = [];

  private readonly liveStamp: Int32Array;
  private readonly liveDist: Int32Array;
  private out: Value[] = [];
  private block!: Block;
  private pos: Pos = 0;
  private inl = -1;
  private now = 0;
  private readonly moves: ParallelMove;
  /** The tuple operation just placed, and its registers. */
  private tuple: Value | null = null;
  private tupleRegs: readonly number[] = none;

  constructor(
    private readonly f: Func,
    readonly order: readonly Block[],
    private readonly dom: Dominators,
    private readonly loops: LoopNest,
    readonly voidType: SType,
    readonly tupleOf: (a: SType, b: SType) => SType,
    /** R14 holds the g (ABIInternal). */
    private readonly gInRegister: boolean,
  ) {
    const n = f.nextValueId;
    this.inRegister = scratch(Scratch.InRegister, n, 0);
    this.remat = scratch(Scratch.Remat, n, 0);
    this.defs = new Array<Value | null>(n).fill(null);
    this.spills = new Array<Value | null>(n).fill(null);
    this.spillUse = new Array<Block | null>(n).fill(null);
    this.regsOf = scratch(Scratch.RegsOf, n, 0);
    this.useHead = scratch(Scratch.UseHead, n, -1);
    this.liveStamp = scratch(Scratch.LiveStamp, n, 0);
    this.liveDist = scratch(Scratch.LiveDist, n, 0);
    this.moves = new ParallelMove(f);
    for (const b of order) {
      for (const v of b.values) {
        v.mark = v.id;
        v.reg = -1;
        this.defs[v.id] = v;
        if (!v.type.isScalar && v.type.kind !== Kind.Int128) continue;
        if (isFixedRegister(v)) {
          v.reg = v.op === AMD64.SB ? -1 : 4;
          continue;
        }
        this.inRegister[v.id] = 1;
        if (v.op !== Op.Phi && opInfo(v.op).rematerializable && canRemake(v)) this.remat[v.id] = 1;
        if (v.op === AMD64.LoweredGetG && gInRegister) this.remat[v.id] = 1;
      }
    }
    this.live = new LiveRanges(f, order, this.inRegister, isCall, loops.loops.length > 0);
  }

  run(): void {
    for (let i = this.order.length - 1; i >= 0; i--) this.foresee(this.order[i]!);
    for (const b of this.order) this.allocBlock(b);
  }

  isRemat(id: number): boolean {
    return this.remat[id] === 1;
  }

  original(id: number): Value {
    return this.defs[id]!;
  }

  storedIn(): Value | null {
    return null;
  }

  /** The value's copy in memory, which must be there at the end of what has been emitted so far. */
  spillOf(id: number): Value {
    let s = this.spills[id]!;
    if (s === null) {
      const v = this.defs[id]!;
      s = new Value(this.f.nextValueId++, Op.StoreReg, v.type, 0, 0, null, [v], v.block, v.pos);
      s.mark = id;
      s.inl = v.inl;
      this.spills[id] = s;
      this.spilled.push(id);
    }
    this.needSpill(id, this.block);
    return s;
  }

  private needSpill(id: number, b: Block): void {
    let u = this.spillUse[id]!;
    if (u === null) u = b;
    while (!this.dom.dominates(u, b)) u = this.dom.idom[u.id]!;
    this.spillUse[id] = u;
  }

  // ---- Wishes

  /** First pass, last blocks first: which values the block wants where at its start. */
  private foresee(b: Block): void {
    this.desired.clear();
    for (const e of b.succs) {
      const ids = this.desiredIds[e.b.id];
      if (ids !== undefined) this.desired.merge(ids, this.desiredMasks[e.b.id]!);
    }
    this.wishBackwards(b, false);
    this.desiredIds[b.id] = this.desired.ids.slice();
    this.desiredMasks[b.id] = this.desired.masks.slice();
  }

  /** Goes through the block from its end, `desired` being what comes after it. */
  private wishBackwards(b: Block, record: boolean): void {
    const d = this.desired;
    const values = b.values;
    for (let i = values.length - 1; i >= 0; i--) {
      const v = values[i]!;
      if (record) {
        this.avoid[i] = d.avoid;
        const w = this.wishes;
        if (d.avoid === 0) {
          w.fill(0, i * 4, i * 4 + 4);
        } else {
          w[i * 4] = d.get(v.id);
          for (let k = 0; k < 3; k++) w[i * 4 + 1 + k] = k < v.args.length ? d.get(v.args[k]!.id) : 0;
        }
      }
      if (v.op === Op.Phi) continue;
      const own = d.avoid === 0 ? 0 : d.get(v.id);
      if (own !== 0) d.remove(v.id);
      const fixed = isCall(v) || v.op === Op.MakeResult;
      if (fixed) {
        if (v.op !== Op.MakeResult) d.clear();
        for (let k = 0; k < v.args.length; k++) {
          const r = fixedArg(v, k);
          if (r >= 0 && this.inRegister[v.args[k]!.id] === 1) d.add(v.args[k]!.id, 1 << r);
        }
        continue;
      }
      const row = rowOf(v);
      if (row === null) {
        if (v.op === Op.Copy && own !== 0) d.add(v.args[0]!.id, own);
        continue;
      }
      let busy = row.clobbers;
      for (const m of outputMasks(v, row)) if ((m & (m - 1)) === 0) busy |= m;
      if (busy !== 0) d.clobber(busy);
      if (row.resultInArg0 && own !== 0 && !isCheck(v.op)) {
        d.add(v.args[0]!.id, own);
        if (row.commutative) d.add(v.args[1]!.id, own);
      }
      for (let k = 0; k < v.args.length; k++) {
        const m = row.inputs[k]!;
        if (m !== 0 && (m & (m - 1)) === 0 && this.inRegister[v.args[k]!.id] === 1) d.add(v.args[k]!.id, m);
      }
    }
  }

  // ---- Uses

  private addUse(id: number, pos: number): void {
    const u = this.useCount++;
    if (u === this.useNext.length) {
      const next = new Int32Array(u * 2);
      next.set(this.useNext);
      this.useNext = next;
      const at = new Int32Array(u * 2);
      at.set(this.usePos);
      this.usePos = at;
    }
    this.useNext[u] = this.useHead[id]!;
    this.usePos[u] = pos;
    this.useHead[id] = u;
  }

  /** Position of the value's next use. */
  private nextUse(id: number): number {
    const h = this.useHead[id]!;
    return h < 0 ? farDistance * 2 : this.usePos[h]!;
  }

  private collectUses(b: Block): void {
    const values = b.values;
    this.useCount = 0;
    let pos = values.length;
    for (let i = 0; i < values.length; i++) if (isCall(values[i]!)) pos += callDistance;
    const outIds = this.live.outIds[b.id]!;
    const outDist = this.live.outDist[b.id]!;
    for (let i = 0; i < outIds.length; i++) this.addUse(outIds[i]!, pos + outDist[i]!);
    const c = b.control;
    if (c !== null && this.inRegister[c.id] === 1) this.addUse(c.id, pos);
    for (let i = values.length - 1; i >= 0; i--) {
      const v = values[i]!;
      pos--;
      if (v.op === Op.Phi) continue;
      if (isCall(v)) pos -= callDistance;
      const args = v.args;
      for (let k = args.length - 1; k >= 0; k--) if (this.inRegister[args[k]!.id] === 1) this.addUse(args[k]!.id, pos);
    }
  }

  // ---- Registers

  private setReg(r: number, id: number, v: Value): void {
    if (this.used & (1 << r)) this.dropReg(r);
    this.regVal[r] = id;
    this.regCopy[r] = v;
    this.used |= 1 << r;
    this.regsOf[id]! |= 1 << r;
    v.reg = r;
  }

  private dropReg(r: number): void {
    const id = this.regVal[r]!;
    this.regsOf[id]! &= ~(1 << r);
    this.regVal[r] = -1;
    this.regCopy[r] = null;
    this.used &= ~(1 << r);
  }

  private dropAll(mask: RegMask): void {
    for (let m = mask & this.used; m !== 0; m &= m - 1) this.dropReg(lowestReg(m));
  }

  /** Consumes one use of a value; forgets the value if it was the last. */
  private consume(id: number): void {
    const h = this.useHead[id]!;
    const next = this.useNext[h]!;
    this.useHead[id] = next;
    if (next < 0) this.dropAll(this.regsOf[id]!);
  }

  private emit(op: number, type: SType, args: Value[], id: number): Value {
    const v = new Value(this.f.nextValueId++, op, type, 0, 0, null, args, this.block, this.pos);
    v.mark = id;
    v.inl = this.inl;
    this.out.push(v);
    return v;
  }

  /**
   * A register of mask, emptied if need be. want: preferred; shun: better left to others. Locked registers are never taken.
   */
  private takeReg(mask: RegMask, want: RegMask, shun: RegMask): number {
    mask &= allocatable & ~this.locked;
    const free = mask & ~this.used;
    if (free !== 0) {
      if ((free & want) !== 0) return lowestReg(free & want);
      if ((free & ~shun) !== 0) return lowestReg(free & ~shun);
      return lowestReg(free);
    }
    if (mask === 0) throw new InternalError("ssa/regalloc", this.f.name, `no register left in ${this.block}`);
    let best = -1;
    let bestScore = -1;
    for (let m = mask; m !== 0; m &= m - 1) {
      const r = lowestReg(m);
      const id = this.regVal[r]!;
      const others = this.regsOf[id]! & ~(1 << r);
      let score = this.nextUse(id) - this.now;
      // Another copy, or one that costs nothing to make: little is lost.
      if (others !== 0) score = farDistance * 3 + score;
      else if (this.remat[id] === 1) score *= 2;
      if (score > bestScore) {
        bestScore = score;
        best = r;
      }
    }
    this.evict(best, 0);
    return best;
  }

  /** Makes r free. The value moves to another free register if it is wanted soon; else it comes back from memory later. */
  private evict(r: number, shun: RegMask): void {
    const id = this.regVal[r]!;
    const copy = this.regCopy[r]!;
    const only = (this.regsOf[id]! & ~(1 << r)) === 0;
    if (only && this.remat[id] === 0 && this.nextUse(id) - this.now < callDistance) {
      const free = classMask(copy.type) & ~this.used & ~this.locked & ~shun & ~(1 << r);
      if (free !== 0) {
        const c = this.emit(Op.Copy, copy.type, [copy], id);
        this.setReg(lowestReg(free), id, c);
      }
    }
    this.dropReg(r);
  }

  /** Brings a value into a register of mask and locks it there. */
  private bring(id: number, mask: RegMask, want: RegMask, shun: RegMask): Value {
    const here = this.regsOf[id]! & mask;
    if (here !== 0) {
      const r = (here & want) !== 0 ? lowestReg(here & want) : lowestReg(here);
      this.locked |= 1 << r;
      return this.regCopy[r]!;
    }
    const orig = this.defs[id]!;
    let v: Value;
    let r: number;
    if (orig.op === AMD64.LoweredGetG && this.gInRegister && this.regsOf[id] === 0) {
      // It never left R14.
      v = this.remake(orig);
      this.setReg(regG, id, v);
      if ((mask & (1 << regG)) !== 0) return v;
    }
    if (this.regsOf[id]! !== 0) {
      const from = lowestReg(this.regsOf[id]!);
      const wasLocked = this.locked & (1 << from);
      this.locked |= 1 << from;
      r = this.takeReg(mask, want, shun);
      if (wasLocked === 0) this.locked &= ~(1 << from);
      v = this.emit(Op.Copy, orig.type, [this.regCopy[from]!], id);
    } else {
      r = this.takeReg(mask, want, shun);
      v = this.remat[id] === 1 ? this.remake(orig) : this.emit(Op.LoadReg, orig.type, [this.spillOf(id)], id);
    }
    this.setReg(r, id, v);
    this.locked |= 1 << r;
    return v;
  }

  private remake(orig: Value): Value {
    const v = this.emit(orig.op, orig.type, orig.args.slice(), orig.id);
    v.auxInt = orig.auxInt;
    v.auxHi = orig.auxHi;
    v.aux = orig.aux;
    return v;
  }

  // ---- Blocks

  private allocBlock(b: Block): void {
    this.block = b;
    this.out = [];
    this.dropAll(-1);
    this.locked = 0;
    this.collectUses(b);
    this.endWishes(b);
    this.start(b);
    const values = b.values;
    let first = 0;
    while (first < values.length && values[first]!.op === Op.Phi) this.out.push(values[first++]!);
    this.now = first;
    for (let i = first; i < values.length; i++) {
      const v = values[i]!;
      this.pos = v.pos;
      this.inl = v.inl;
      this.locked = 0;
      this.place(v, i);
      this.now++;
      if (isCall(v)) this.now += callDistance;
    }
    this.locked = 0;
    const c = b.control;
    if (c !== null && this.inRegister[c.id] === 1) {
      this.pos = b.pos;
      b.setControl(this.bring(c.id, classMask(c.type), 0, 0));
      this.consume(c.id);
    }
    this.finish(b);
    b.values = this.out;
  }

  private endWishes(b: Block): void {
    const n = b.values.length;
    if (this.avoid.length < n) {
      this.avoid = new Int32Array(n * 2);
      this.wishes = new Int32Array(n * 8);
    }
    const d = this.desired;
    d.clear();
    for (const e of b.succs) {
      const s = e.b;
      const ready = this.startState[s.id];
      // A loop's header is decided already: what it expects is worth more than anybody's wish.
      if (ready !== undefined && s.preds.length > 1) {
        for (let i = 0; i < ready.ids.length; i++) {
          const v = ready.values[i]!;
          const id = v.op === Op.Phi && v.block === s ? v.args[e.i]!.mark : ready.ids[i]!;
          if (this.remat[id] === 0) d.add(id, 1 << ready.regs[i]!);
        }
      }
      const ids = this.desiredIds[s.id];
      if (ids !== undefined) d.merge(ids, this.desiredMasks[s.id]!);
    }
    this.wishBackwards(b, true);
  }

  /** Sets up the registers at the start of a block, and phis. */
  private start(b: Block): void {
    const state = new RegState();
    this.startState[b.id] = state;
    if (b.preds.length === 0) return;
    const ids = this.live.inIds[b.id]!;
    const dists = this.live.inDist[b.id]!;
    for (let i = 0; i < ids.length; i++) {
      this.liveStamp[ids[i]!] = b.id;
      this.liveDist[ids[i]!] = dists[i]!;
    }
    const pi = this.primary(b);
    const before = this.endState[b.preds[pi]!.b.id]!;
    const merge = b.preds.length > 1;
    const header = merge && this.loops.isHeader(b);
    let taken = this.startPhis(b, pi, before);
    for (let i = 0; i < before.regs.length; i++) {
      const id = before.ids[i]!;
      const r = before.regs[i]!;
      if (this.liveStamp[id] !== b.id || (taken & (1 << r)) !== 0) continue;
      if (merge) {
        if (this.liveDist[id]! >= callDistance || this.regsOf[id]! !== 0) continue;
        if (this.remat[id] === 1 && !(header && remakeIsDear(this.defs[id]!))) continue;
      }
      taken |= 1 << r;
      this.setStart(r, id, before.values[i]!);
    }
    for (let m = this.used; m !== 0; m &= m - 1) {
      const r = lowestReg(m);
      state.regs.push(r);
      state.ids.push(this.regVal[r]!);
      state.values.push(this.regCopy[r]!);
    }
  }

  private setStart(r: number, id: number, v: Value): void {
    this.regVal[r] = id;
    this.regCopy[r] = v;
    this.used |= 1 << r;
    this.regsOf[id]! |= 1 << r;
  }

  /** The predecessor whose registers the block takes over: a likely one that has been done. */
  private primary(b: Block): number {
    let best = -1;
    let bestScore = -1;
    for (let i = 0; i < b.preds.length; i++) {
      const e = b.preds[i]!;
      const p = e.b;
      const s = this.endState[p.id];
      if (s === undefined) continue;
      let score = 2 + 2 * this.loops.depth(p);
      // An empty block that splits an edge is as likely as that edge.
      let q = p;
      let k = e.i;
      while (q.succs.length === 1 && q.preds.length === 1) {
        k = q.preds[0]!.i;
        q = q.preds[0]!.b;
      }
      if (q.likely !== 0 && q.succs.length === 2) score += q.likely > 0 === (k === 0) ? 1 : -1;
      if (score > bestScore) {
        bestScore = score;
        best = i;
      }
    }
    if (best < 0) throw new InternalError("ssa/regalloc", this.f.name, `${b} comes before all its predecessors`);
    return best;
  }

  /** Chooses registers for the phis of a block; returns those taken. A phi without register lives in a stack slot. */
  private startPhis(b: Block, pi: number, before: RegState): RegMask {
    let taken = 0;
    let count = 0;
    for (const v of b.values) {
      if (v.op !== Op.Phi) break;
      count++;
    }
    if (count === 0) return 0;
    // Registers of values that live on: better left to them.
    let keep = 0;
    for (let i = 0; i < before.regs.length; i++) {
      const id = before.ids[i]!;
      if (this.liveStamp[id] === b.id && (b.preds.length === 1 || this.liveDist[id]! < callDistance)) {
        if (this.remat[id] === 0) keep |= 1 << before.regs[i]!;
      }
    }
    for (let i = 0; i < count; i++) {
      const v = b.values[i]!;
      if (this.inRegister[v.id] === 0) continue;
      const id = v.args[pi]!.mark;
      if (this.liveStamp[id] === b.id || this.remat[id] === 1) continue;
      const want = this.wishOf(v, i);
      let mine = 0;
      for (let k = 0; k < before.ids.length; k++) if (before.ids[k] === id) mine |= 1 << before.regs[k]!;
      mine &= ~taken;
      if (mine === 0) continue;
      const r = (mine & want) !== 0 ? lowestReg(mine & want) : lowestReg(mine);
      taken |= 1 << r;
      this.setPhi(r, v);
    }
    for (let i = 0; i < count; i++) {
      const v = b.values[i]!;
      if (this.inRegister[v.id] === 0 || this.regsOf[v.id] !== 0) continue;
      const near = this.live.phiDist[v.id]! < callDistance;
      const k = before.find(v.args[pi]!.mark);
      let r = -1;
      if (near || k >= 0) {
        const want = this.wishOf(v, i);
        const free = classMask(v.type) & ~taken & ~keep;
        if ((free & want) !== 0) r = lowestReg(free & want);
        else if ((free & ~this.desired.avoid) !== 0) r = lowestReg(free & ~this.desired.avoid);
        else if (free !== 0) r = lowestReg(free);
        else if (near) r = this.farthest(before, classMask(v.type) & ~taken, this.live.phiDist[v.id]!);
      }
      if (r < 0) {
        // In memory: it is its own spill.
        this.spills[v.id] = v;
        this.spillUse[v.id] = b;
        this.spilled.push(v.id);
        continue;
      }
      taken |= 1 << r;
      this.setPhi(r, v);
    }
    return taken;
  }

  private wishOf(v: Value, i: number): RegMask {
    return this.wishes[i * 4]! & classMask(v.type);
  }

  private setPhi(r: number, v: Value): void {
    this.setReg(r, v.id, v);
    if (this.useHead[v.id]! >= 0) return;
    // Nobody uses it.
    this.dropReg(r);
    v.reg = -1;
  }

  /** Of the registers in mask, the one whose value is used last, if that is later than dist; else -1. */
  private farthest(before: RegState, mask: RegMask, dist: number): number {
    let best = -1;
    for (let i = 0; i < before.regs.length; i++) {
      const r = before.regs[i]!;
      if ((mask & (1 << r)) === 0) continue;
      const d = this.liveDist[before.ids[i]!]!;
      if (d > dist) {
        dist = d;
        best = r;
      }
    }
    return best;
  }

  /** The end of a block: loads for the loop it enters, and what is where. */
  private finish(b: Block): void {
    const next = b.succs.length === 1 ? b.succs[0]!.b : null;
    if (next !== null && this.loops.isHeader(next) && this.endState[next.id] === undefined) this.loadForLoop(next);
    const state = new RegState();
    for (let m = this.used; m !== 0; m &= m - 1) {
      const r = lowestReg(m);
      state.regs.push(r);
      state.ids.push(this.regVal[r]!);
      state.values.push(this.regCopy[r]!);
    }
    this.endState[b.id] = state;
    const inMemory: number[] = [];
    this.inMemoryAtEnd[b.id] = inMemory;
    for (const id of this.live.outIds[b.id]!) {
      this.useHead[id] = -1;
      if (this.regsOf[id] !== 0 || this.remat[id] === 1) continue;
      this.spillOf(id);
      inMemory.push(id);
    }
  }

  /** Values that a loop uses before its first call come into registers in front of it, nearest uses first, while there are free ones. */
  private loadForLoop(header: Block): void {
    const ids = this.live.inIds[header.id]!;
    const dists = this.live.inDist[header.id]!;
    const candidates: number[] = [];
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (this.regsOf[id] !== 0 || dists[i]! >= callDistance) continue;
      if (this.remat[id] === 1 && !remakeIsDear(this.defs[id]!)) continue;
      candidates.push(i);
    }
    candidates.sort((x, y) => dists[x]! - dists[y]!);
    // The loop needs some registers for itself, and its phis do.
    let spare = 0;
    for (let m = gpMask & ~this.used; m !== 0; m &= m - 1) spare++;
    let spareFloat = 0;
    for (let m = fpMask & ~this.used; m !== 0; m &= m - 1) spareFloat++;
    for (const v of header.values) {
      if (v.op !== Op.Phi) break;
      if (this.inRegister[v.id] === 0) continue;
      if (classMask(v.type) === fpMask) spareFloat--;
      else spare--;
    }
    for (const i of candidates) {
      const v = this.defs[ids[i]!]!;
      const float = classMask(v.type) === fpMask;
      if ((float ? spareFloat : spare) <= 2) continue;
      if (float) spareFloat--;
      else spare--;
      this.locked = 0;
      this.bring(v.id, classMask(v.type), 0, this.desired.avoid);
    }
    this.locked = 0;
  }

  // ---- Values

  private place(v: Value, i: number): void {
    if (this.inRegister[v.id] === 1 && this.remat[v.id] === 1) {
      // Made where it is used: copies take over its arguments.
      return;
    }
    if (v.op === Op.SelectN) {
      this.placeSelect(v);
      return;
    }
    if (isCall(v)) {
      this.placeCall(v);
      return;
    }
    if (v.op === Op.MakeResult) {
      this.moveFixed(v);
      this.out.push(v);
      return;
    }
    if (v.op === Op.KeepAlive) {
      this.placeKeepAlive(v);
      return;
    }
    const row = rowOf(v);
    if (row === null && v.op !== Op.Copy) {
      this.out.push(v);
      if (this.inRegister[v.id] === 1)
        throw new InternalError("ssa/regalloc", this.f.name, `not lowered: ${valueString(v)}`);
      return;
    }
    this.placeOp(v, row, i);
  }

  private placeOp(v: Value, row: MachineOp | null, i: number): void {
    const args = v.args;
    const shun = this.avoid[i]!;
    const w = i * 4 + 1;
    // The least choice first.
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < args.length; k++) {
        const a = args[k]!;
        if (this.inRegister[a.id] === 0) continue;
        const m = inputMask(v, row, k);
        if (m === 0) throw new InternalError("ssa/regalloc", this.f.name, `${a} of ${valueString(v)} has no register`);
        const fixed = (m & (m - 1)) === 0;
        if (fixed !== (pass === 0)) continue;
        v.setArg(k, this.bring(a.id, m, k < 3 ? this.wishes[w + k]! : 0, shun));
      }
    }
    const outputs = outputMasks(v, row);
    const own = this.wishes[i * 4]!;
    let inPlace = -1;
    if (row?.resultInArg0 && outputs.length > 0) inPlace = this.prepareInPlace(v, row, outputs[0]!, own, shun);
    let fixedOut = 0;
    for (const m of outputs) if ((m & (m - 1)) === 0) fixedOut |= m;
    if (inPlace >= 0) fixedOut &= ~(1 << inPlace);
    const clobbers = (row === null ? 0 : row.clobbers) | fixedOut;
    if (clobbers !== 0) this.clearClobbered(v, clobbers);
    for (let k = 0; k < args.length; k++) {
      const id = args[k]!.mark;
      if (args[k]!.reg >= 0 && id > 0 && this.inRegister[id] === 1) this.consume(id);
    }
    if (clobbers !== 0) this.dropAll(clobbers);
    this.out.push(v);
    if (outputs.length === 0) return;
    // Arguments are read by now: their registers may be written.
    this.locked = 0;
    const regs: number[] = [];
    for (let k = 0; k < outputs.length; k++) {
      const m = outputs[k]!;
      if (m === 0) {
        regs.push(0xff);
        continue;
      }
      let r: number;
      if (k === 0 && inPlace >= 0) {
        r = inPlace;
        if ((this.used & (1 << r)) !== 0) this.dropReg(r);
      } else if ((m & (m - 1)) === 0) {
        r = lowestReg(m);
        if ((this.used & m) !== 0) this.dropReg(r);
      } else {
        r = this.takeResult(m & ~fixedOut, k === 0 ? own : 0, shun, k === 0 && args.length > 0 ? args[0]!.reg : -1);
      }
      this.locked |= 1 << r;
      regs.push(r);
    }
    if (v.type.kind === Kind.Tuple) {
      this.tuple = v;
      this.tupleRegs = regs;
      v.reg = (regs[0] ?? 0xff) | ((regs[1] ?? 0xff) << 8);
      return;
    }
    if (regs[0] !== 0xff) this.define(v, regs[0]!);
  }

  /** A register for a result: like takeReg, but nothing can be moved aside any more, for the operation is in its place. */
  private takeResult(mask: RegMask, want: RegMask, shun: RegMask, arg0: number): number {
    const free = mask & ~this.used & ~this.locked;
    if (free === 0) {
      // Whoever loses its register comes back from memory: no copy is made behind the operation.
      let best = -1;
      let far = -1;
      for (let m = mask & ~this.locked; m !== 0; m &= m - 1) {
        const r = lowestReg(m);
        const id = this.regVal[r]!;
        let d = this.nextUse(id) - this.now;
        if ((this.regsOf[id]! & ~(1 << r)) !== 0) d += farDistance * 3;
        else if (this.remat[id] === 1) d *= 2;
        if (d > far) {
          far = d;
          best = r;
        }
      }
      if (best < 0) throw new InternalError("ssa/regalloc", this.f.name, `no register for a result in ${this.block}`);
      this.dropReg(best);
      return best;
    }
    // Two-operand instructions are shorter, and loads through a pointer often replace it.
    if (want === 0 && arg0 >= 0 && arg0 < 32 && (free & ~shun & (1 << arg0)) !== 0) return arg0;
    if ((free & want) !== 0) return lowestReg(free & want);
    if ((free & ~shun) !== 0) return lowestReg(free & ~shun);
    return lowestReg(free);
  }

  /** The value is in r from here on, if anybody uses it. */
  private define(v: Value, r: number): void {
    v.reg = r;
    if (this.useHead[v.id]! >= 0) this.setReg(r, v.id, v);
    v.reg = r;
  }

  /**
   * The result overwrites argument 0: sees to it that nothing is lost by that. Returns the register.
   */
  private prepareInPlace(v: Value, row: MachineOp, mask: RegMask, own: RegMask, shun: RegMask): number {
    let a = v.args[0]!;
    const b = v.args[1];
    if (
      row.commutative &&
      b !== undefined &&
      (mask & (1 << b.reg)) !== 0 &&
      this.mayOverwrite(v, 1) &&
      (!this.mayOverwrite(v, 0) || ((own & (1 << b.reg)) !== 0 && (own & (1 << a.reg)) === 0))
    ) {
      v.args[0] = b;
      v.args[1] = a;
      a = b;
    }
    const r = a.reg;
    if (this.mayOverwrite(v, 0) && (mask & (1 << r)) !== 0) return r;
    const id = a.mark;
    const keep = mask & ~this.locked;
    if (keep === 0) {
      // Every register allowed is in use by this operation (a fixed one): the old value moves away.
      const free = classMask(a.type) & ~this.used & ~this.locked;
      if (free !== 0) this.setReg(lowestReg(free), id, this.emit(Op.Copy, a.type, [a], id));
      return r;
    }
    if ((mask & (mask - 1)) === 0 && (mask & (1 << r)) !== 0) {
      const free = classMask(a.type) & ~this.used & ~this.locked;
      if (free !== 0) this.setReg(lowestReg(free), id, this.emit(Op.Copy, a.type, [a], id));
      return r;
    }
    const free = mask & ~this.used & ~this.locked;
    if (free === 0 && this.nextUse2(v, id) - this.now >= callDistance) return r;
    const t = this.takeReg(mask, own, shun);
    const c = this.emit(Op.Copy, a.type, [a], id);
    this.setReg(t, id, c);
    this.locked |= 1 << t;
    v.setArg(0, c);
    return t;
  }

  /** Position of the next use of a value behind the instruction v, which uses it too. */
  private nextUse2(v: Value, id: number): number {
    let h = this.useHead[id]!;
    for (const a of v.args) if (a.mark === id && a.reg >= 0 && h >= 0) h = this.useNext[h]!;
    return h < 0 ? farDistance * 2 : this.usePos[h]!;
  }

  /** Whether the register of argument k may be overwritten: its value is not needed, or is elsewhere too. */
  private mayOverwrite(v: Value, k: number): boolean {
    const a = v.args[k]!;
    const id = a.mark;
    if ((this.regsOf[id]! & ~(1 << a.reg)) !== 0 || this.remat[id] === 1) return true;
    return this.nextUse2(v, id) >= farDistance * 2;
  }

  /** Values that live on behind an operation which destroys their registers move away, if there is room. */
  private clearClobbered(v: Value, clobbers: RegMask): void {
    for (let m = clobbers & this.used; m !== 0; m &= m - 1) {
      const r = lowestReg(m);
      const id = this.regVal[r]!;
      if ((this.regsOf[id]! & ~clobbers) !== 0 || this.remat[id] === 1) continue;
      const next = this.nextUse2(v, id) - this.now;
      if (next >= callDistance) continue;
      let outs = 0;
      for (const o of outputMasks(v, rowOf(v))) if ((o & (o - 1)) === 0) outs |= o;
      const free = classMask(this.regCopy[r]!.type) & ~this.used & ~this.locked & ~clobbers & ~outs;
      if (free === 0) continue;
      this.setReg(lowestReg(free), id, this.emit(Op.Copy, this.regCopy[r]!.type, [this.regCopy[r]!], id));
    }
  }

  private placeSelect(v: Value): void {
    this.out.push(v);
    if (this.inRegister[v.id] === 0) return;
    const t = v.args[0]!;
    if (t !== this.tuple) throw new InternalError("ssa/regalloc", this.f.name, `${valueString(v)} is not next to ${t}`);
    const r = isCall(t) ? (t.aux as CallInfo).outRegs[v.auxInt]! : this.tupleRegs[v.auxInt]!;
    this.define(v, r);
  }

  /** Arguments in fixed registers, all at once. */
  private moveFixed(v: Value): void {
    const mv = this.moves;
    mv.begin();
    const args = v.args;
    let code = -1;
    let fixed = 0;
    for (let k = 0; k < args.length; k++) {
      if (this.inRegister[args[k]!.id] === 0) continue;
      const r = fixedArg(v, k);
      if (r >= 0) fixed |= 1 << r;
      else if (r === -2) code = k;
      else throw new InternalError("ssa/regalloc", this.f.name, `${args[k]} of ${valueString(v)} has no register`);
    }
    const which: number[] = [];
    for (let k = 0; k < args.length; k++) {
      const id = args[k]!.id;
      if (this.inRegister[id] === 0 || k === code) continue;
      mv.add(fixedArg(v, k), id);
      which.push(k);
    }
    if (code >= 0) {
      const id = args[code]!.id;
      const here = this.regsOf[id]! & ~fixed;
      const other = gpMask & ~fixed;
      mv.add(lowestReg(here !== 0 ? here : (other & ~this.used) !== 0 ? other & ~this.used : other), id);
      which.push(code);
    }
    mv.run(this, this.out, this.block, v.pos, v.inl);
    for (let i = 0; i < which.length; i++) {
      const k = which[i]!;
      const id = args[k]!.id;
      v.setArg(k, mv.result[i]!);
      this.consume(id);
    }
  }

  private placeCall(v: Value): void {
    this.moveFixed(v);
    this.out.push(v);
    this.dropAll(-1);
    this.tuple = v;
  }

  /** The value stays where it is, in a register or in memory; it is used there, lest what brought it there is found unused. */
  private placeKeepAlive(v: Value): void {
    const a = v.args[0]!;
    if (this.inRegister[a.id] === 1) {
      const id = a.id;
      if (this.regsOf[id] !== 0) v.setArg(0, this.regCopy[lowestReg(this.regsOf[id]!)]!);
      else if (this.remat[id] === 0) v.setArg(0, this.spillOf(id));
      else v.setArg(0, v.args[1]!);
      this.consume(id);
    }
    this.out.push(v);
  }
}

/** Constants, and addresses relative to fixed registers. */
function canRemake(v: Value): boolean {
  for (const a of v.args) if (!isFixedRegister(a)) return false;
  return true;
}

/** Making it again costs a load or a long instruction: worth a register throughout a loop. */
function remakeIsDear(v: Value): boolean {
  return classMask(v.type) === fpMask;
}
