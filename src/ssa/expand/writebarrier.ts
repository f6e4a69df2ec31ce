import { NoPos } from "#base";
import {
  Abi,
  CallInfo,
  type Func,
  FuncFlag,
  Global,
  Local,
  LocalKind,
  Op,
  type SType,
  type Value,
} from "../core/index.ts";
import type { Context } from "../context.ts";
import { isNewObject, placeOf } from "../generic/alias.ts";
import { Rewriter } from "../generic/rewriter.ts";

/** Entries that one call of runtime.gcWriteBarrierN makes room for at most. */
const maxEntries = 8;
/** Words of a fresh object that are followed. */
const maxWords = 64;

/**
 * Puts write barriers around stores of pointers to where the heap may be: stores that follow one another become a group with
 * one test of the flag; when it is set, new and old pointers go to the buffer first (cmd/compile/internal/ssa:
 * writebarrier.go; the rules of when are those of runtime/mbarrier.go and contract 8.4).
 */
export function writeBarriers(f: Func, cx: Context): void {
  const zeroed = knownZeros(f);
  const needed = new Set<Value>();
  for (const b of f.blocks) {
    for (const v of b.values) if (needsBarrier(v, zeroed)) needed.add(v);
  }
  if (needed.size === 0) return;
  new Barriers(f, cx, needed, zeroed).run();
}

/** Which words of one fresh object are still zero at a memory state. */
interface Zeroed {
  /** The pointer to the object. */
  readonly base: Value;
  /** One per word. */
  readonly words: Uint8Array;
}

function knownZeros(f: Func): Map<Value, Zeroed> {
  const map = new Map<Value, Zeroed>();
  const pointers = new Map<Value, Value>();
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.op === Op.SelectN && v.auxInt === 0 && isNewObject(v.args[0]!)) pointers.set(v.args[0]!, v);
    }
  }
  if (pointers.size === 0) return map;
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.op === Op.SelectN && v.auxInt === 1 && isNewObject(v.args[0]!)) {
        const base = pointers.get(v.args[0]!);
        const type = v.args[0]!.args[0]!;
        if (base === undefined || type.op !== Op.TypeAddr) continue;
        const n = Math.min(Math.ceil((type.aux as SType).size / 8), maxWords);
        map.set(v, { base, words: new Uint8Array(n).fill(1) });
        continue;
      }
      if (v.op === Op.VarDef) {
        const z = map.get(v.memArg);
        if (z !== undefined) map.set(v, z);
        continue;
      }
      if (v.op !== Op.Store && v.op !== Op.Move && v.op !== Op.Zero) continue;
      const z = map.get(v.memArg);
      if (z === undefined) continue;
      const to = placeOf(v.args[0]!);
      if (to.base === z.base) {
        if (v.op === Op.Zero || to.offset < 0) {
          if (v.op === Op.Zero) map.set(v, z);
          continue;
        }
        const size = v.op === Op.Store ? (v.aux as SType).size : v.auxInt;
        const words = z.words.slice();
        for (let i = to.offset >> 3; i * 8 < to.offset + size && i < words.length; i++) words[i] = 0;
        map.set(v, { base: z.base, words });
      } else if (to.kind !== "unknown") {
        map.set(v, z);
      }
    }
  }
  return map;
}

function isZeroed(ptr: Value, size: number, mem: Value, zeroed: ReadonlyMap<Value, Zeroed>): boolean {
  const z = zeroed.get(mem);
  if (z === undefined) return false;
  const p = placeOf(ptr);
  if (p.base !== z.base || p.offset < 0) return false;
  const first = p.offset >> 3;
  const last = (p.offset + size - 1) >> 3;
  if (last >= z.words.length) return false;
  for (let i = first; i <= last; i++) if (z.words[i] === 0) return false;
  return true;
}

/** Whether a pointer value surely is not into the heap. */
function neverHeap(v: Value): boolean {
  switch (v.op) {
    case Op.ConstNil:
    case Op.Addr:
    case Op.FuncValue:
    case Op.TypeAddr:
    case Op.ItabAddr:
      return true;
    case Op.Bitcast:
    case Op.OffPtr:
    case Op.Copy:
      return neverHeap(v.args[0]!);
  }
  return false;
}

function isReadOnly(ptr: Value): boolean {
  const p = placeOf(ptr);
  return p.kind === "global" && p.base instanceof Global && p.base.readonly;
}

function needsBarrier(v: Value, zeroed: ReadonlyMap<Value, Zeroed>): boolean {
  if (v.op !== Op.Store && v.op !== Op.Move && v.op !== Op.Zero) return false;
  const type = v.aux as SType;
  if (!type.hasPointers) return false;
  const to = placeOf(v.args[0]!);
  if (to.kind === "local" || to.kind === "sp") return false;
  if (!isZeroed(v.args[0]!, type.size, v.memArg, zeroed)) return true;
  switch (v.op) {
    case Op.Store:
      return !neverHeap(v.args[1]!);
    case Op.Zero:
      return false;
  }
  return !isReadOnly(v.args[1]!) && !isZeroed(v.args[1]!, type.size, v.memArg, zeroed);
}

class Barriers extends Rewriter {
  /** Stores waiting for their barrier, in memory order. */
  private group: Value[] = [];
  private temps = 0;

  constructor(
    f: Func,
    cx: Context,
    private readonly needed: ReadonlySet<Value>,
    private readonly zeroed: ReadonlyMap<Value, Zeroed>,
  ) {
    super(f, cx);
  }

  protected rewrite(v: Value): boolean {
    if (this.needed.has(v)) {
      if (this.f.writeBarrierPos === NoPos) this.f.writeBarrierPos = this.f.outermostPos(v);
      if (this.f.has(FuncFlag.NoWriteBarrier)) this.cx.compilation.error(v.pos, "write barrier prohibited");
      // What a move reads may be written by the stores before it, and the barrier reads it first.
      if (v.op === Op.Move || !this.continues(v)) this.flush();
      this.group.push(v);
      return true;
    }
    if (this.group.length === 0) return false;
    if (v.op === Op.Store && this.continues(v)) {
      this.group.push(v);
      return true;
    }
    for (const a of v.args) {
      if (this.group.includes(a)) {
        this.flush();
        break;
      }
    }
    return false;
  }

  protected override end(): void {
    this.flush();
  }

  /** Whether v is the next change of memory after the group and nothing else in it depends on the group. */
  private continues(v: Value): boolean {
    const last = this.group[this.group.length - 1];
    if (last === undefined || v.memArg !== last) return false;
    return !this.group.includes(v.args[0]!) && !(v.op === Op.Store && this.group.includes(v.args[1]!));
  }

  private flush(): void {
    const group = this.group;
    if (group.length === 0) return;
    this.group = [];
    const t = this.cx.types;
    const pos = this.pos;
    this.pos = group[0]!.pos;
    const inl = this.inl;
    this.inl = group[0]!.inl;
    let mem = group[0]!.memArg;
    if (group[0]!.op === Op.Move && placeOf(group[0]!.args[1]!).kind === "sp") mem = this.saveSource(group[0]!, mem);
    const enabled = this.val(Op.WBEnabled, t.bool, mem);
    const { yes, no } = this.branch(enabled, -1);
    this.cur = yes;
    const slow = this.record(group, mem);
    this.goTo(no);
    this.cur = no;
    // The branch's own edge to `no` came first.
    const joined = this.phi(t.mem, mem, slow);
    let m = joined;
    for (const s of group) {
      s.setArg(s.args.length - 1, m);
      this.keep(s);
      m = s;
    }
    this.pos = pos;
    this.inl = inl;
  }

  /** Results of calls lie where the barrier's own calls may write: copies them to a variable. */
  private saveSource(move: Value, mem: Value): Value {
    const t = this.cx.types;
    const type = move.aux as SType;
    const local = new Local(`.wb${this.temps++}`, type, LocalKind.Auto, this.f.autos.length, move.pos);
    local.addressed = true;
    this.f.autos.push(local);
    const def = this.valAux(Op.VarDef, t.mem, 0, local, mem);
    const addr = this.valAux(Op.LocalAddr, t.pointerTo(type), 0, local, def);
    const copy = this.valAux(Op.Move, t.mem, move.auxInt, type, addr, move.args[1]!, def);
    move.setArg(1, addr);
    return copy;
  }

  /** With the barrier on: gives the memory after all is recorded. */
  private record(group: readonly Value[], start: Value): Value {
    const t = this.cx.types;
    let mem = start;
    const values: Value[] = [];
    const slots: Value[] = [];
    for (const s of group) {
      if (!this.needed.has(s)) continue;
      if (s.op === Op.Store) {
        if (!neverHeap(s.args[1]!)) values.push(s.args[1]!);
        if (!isZeroed(s.args[0]!, 8, s.memArg, this.zeroed)) slots.push(s.args[0]!);
      }
    }
    const entries = [...values, ...slots];
    for (let at = 0; at < entries.length; at += maxEntries) {
      const n = Math.min(entries.length - at, maxEntries);
      const buf = this.valAux(Op.WBBuffer, t.tuple([t.uintptr, t.mem]), n, null, mem);
      const p = this.select(buf, 0);
      mem = this.select(buf, 1);
      for (let k = 0; k < n; k++) {
        const i = at + k;
        const x = i < values.length ? entries[i]! : this.load(t.uintptr, entries[i]!, mem);
        mem = this.store(t.uintptr, this.offPtr(p, 8 * k), x, mem);
      }
    }
    for (const s of group) {
      if (!this.needed.has(s) || s.op === Op.Store) continue;
      const isMove = s.op === Op.Move;
      const type = this.valAux(Op.TypeAddr, t.unsafePtr, 0, s.aux);
      const args = isMove ? [type, s.args[0]!, s.args[1]!] : [type, s.args[0]!];
      const fn = this.cx.runtimeFunc(
        isMove ? "wbMove" : "wbZero",
        args.map(() => t.unsafePtr),
        [],
      );
      const regs = isMove ? [0, 3, 1] : [0, 3];
      const info = new CallInfo(fn, Abi.ABIInternal, regs, [], 8 * args.length, false, false);
      const call = this.valAux(Op.StaticCall, t.tuple([t.mem]), 0, info, ...args, mem);
      mem = this.select(call, 0);
    }
    return mem;
  }
}
