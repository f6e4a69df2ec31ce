import { BitSet } from "#base";
import { AMD64, machineOp } from "../amd64/index.ts";
import { type Block, CallInfo, type Func, Local, LocalKind, Op, type Value } from "../core/index.ts";
import { type Frame, inOwnFrame } from "../emit/frame.ts";
import { isCheck, isSlot, slotBase, type StackSlot } from "../regalloc/index.ts";
import { Bitmap, pointerWords } from "./bitmaps.ts";

export { pointerMask } from "./bitmaps.ts";
export { type UnsafePoints, unsafePoints } from "./unsafepoints.ts";

/** What the garbage collector is told about a function's frame. */
export interface StackMaps {
  /** Contents of FUNCDATA 0 and 1; maps have the same index in both. Map 0 is the one at entry. */
  readonly args: Uint8Array;
  readonly locals: Uint8Array;
  /** The map of a call that does not return to this code, and of the call in the deferreturn tail. */
  readonly noReturnMap: number;
  readonly deferMap: number;
  /** Variables that may be scanned before they are set: to be zeroed at entry. */
  readonly needZero: readonly Local[];
  /** Variables whose address is taken: FUNCDATA 2. Sorted by offset. */
  readonly objects: readonly Local[];
}

/** A tracked piece of the frame: a variable with pointers, or a spill slot that holds one. */
class Tracked {
  constructor(
    readonly local: Local | null,
    readonly slot: StackSlot | null,
    /** Offset from the argument pointer (args) or from the frame's top, negative. */
    readonly offset: number,
    readonly inArgs: boolean,
  ) {}
}

/**
 * Computes which variables with pointers and which spill slots are live at every call, and numbers the resulting maps:
 * Value.mark of calls and checks becomes the index of their map (cmd/compile/internal/liveness/plive.go). Variables are live
 * from their definition to their last mention; those whose address is taken are then found through pointers to them.
 */
export function computeLiveness(f: Func, frame: Frame, slots: readonly StackSlot[]): StackMaps {
  return new Liveness(f, frame, slots).run();
}

const enum Effect {
  None = 0,
  Use = 1,
  Kill = 2,
}

class Liveness {
  private readonly tracked: Tracked[] = [];
  private readonly ofLocal = new Map<Local, number>();
  private readonly ofSlot: Int32Array;
  private readonly objects = new Set<Local>();
  /** Live at every call, whatever the code does. */
  private always!: BitSet;
  private argBits = 0;

  /** Maps made so far, by contents. */
  private readonly index = new Map<string, number>();
  private readonly argMaps: Bitmap[] = [];
  private readonly localMaps: Bitmap[] = [];

  constructor(
    private readonly f: Func,
    private readonly frame: Frame,
    private readonly slots: readonly StackSlot[],
  ) {
    this.ofSlot = new Int32Array(slots.length).fill(-1);
  }

  run(): StackMaps {
    const f = this.f;
    this.collect();
    const n = this.tracked.length;
    this.always = new BitSet(n);
    if (f.usesDeferReturn) {
      for (const l of f.results) this.keep(l);
      for (const l of f.autos) if (l.liveAtDefer) this.keep(l);
    }
    const liveIn: BitSet[] = [];
    for (const b of f.blocks) liveIn[b.id] = new BitSet(n);
    if (n > 0) this.solve(liveIn);
    const needZero = this.atEntry(liveIn[f.entry.id]!);
    this.addEntryMap();
    const noReturnMap = this.map(this.always);
    const deferMap = noReturnMap;
    const live = new BitSet(n);
    for (const b of f.blocks) {
      this.atEnd(b, liveIn, live);
      for (let i = b.values.length - 1; i >= 0; i--) {
        const v = b.values[i]!;
        if (v.aux instanceof CallInfo) {
          if (v.aux.noreturn) {
            v.mark = noReturnMap;
          } else {
            v.mark = this.map(live);
          }
        } else if (isCheck(v.op)) {
          v.mark = noReturnMap;
        }
        this.step(v, live);
      }
    }
    const objects = [...this.objects].sort((x, y) => this.runtimeOffset(x) - this.runtimeOffset(y));
    return {
      args: encode(this.argMaps, this.argBits),
      locals: encode(this.localMaps, this.frame.pointerBytes / 8),
      noReturnMap,
      deferMap,
      needZero,
      objects,
    };
  }

  /** Negative: from the frame's top; else from the argument pointer. */
  private runtimeOffset(l: Local): number {
    return l.offset;
  }

  private track(l: Local): void {
    if (!l.type.hasPointers || this.ofLocal.has(l)) return;
    this.ofLocal.set(l, this.tracked.length);
    this.tracked.push(new Tracked(l, null, l.offset, !inOwnFrame(l)));
  }

  private collect(): void {
    const f = this.f;
    // Parameters and results on the stack belong to the caller's frame, and are described here too.
    for (const l of f.params) if (l.regs.length === 0) this.track(l);
    for (const l of f.results) if (l.regs.length === 0) this.track(l);
    for (const l of this.frame.locals) this.track(l);
    for (const b of f.blocks) {
      for (const v of b.values) {
        const l = v.aux;
        if (!(l instanceof Local) || v.op === AMD64.ArgIntReg || v.op === AMD64.ArgFloatReg) continue;
        this.track(l);
        if (takesAddress(v) && l.type.hasPointers) this.objects.add(l);
      }
    }
    for (const s of this.slots) {
      if (!s.pointer) continue;
      this.ofSlot[s.index] = this.tracked.length;
      const offset = s.param === null ? s.offset : s.param.offset + s.offset;
      this.tracked.push(new Tracked(null, s, offset, s.param !== null));
    }
    // The args bitmap reaches to the last pointer of parameters, results and the homes of register parameters.
    const reach = (t: Local): void => {
      if (inOwnFrame(t)) return;
      pointerWords(t.type, t.offset, (w) => {
        this.argBits = Math.max(this.argBits, w + 1);
      });
    };
    for (const l of f.params) reach(l);
    for (const l of f.results) reach(l);
  }

  private keep(l: Local): void {
    const k = this.ofLocal.get(l);
    if (k !== undefined) this.always.add(k);
  }

  /** Applies one instruction backwards. */
  private step(v: Value, live: BitSet): void {
    if (v.op === Op.LoadReg || v.op === Op.KeepAlive) {
      const home = v.args[0]!.reg;
      if (isSlot(home)) {
        const k = this.ofSlot[home - slotBase]!;
        if (k >= 0) live.add(k);
      }
      return;
    }
    if (v.op === Op.StoreReg) {
      const k = this.ofSlot[v.reg - slotBase]!;
      if (k >= 0) live.delete(k);
      return;
    }
    const l = v.aux;
    if (!(l instanceof Local)) return;
    const k = this.ofLocal.get(l);
    if (k === undefined) return;
    const effect = effectOn(v, l);
    if (effect === Effect.Kill) live.delete(k);
    else if (effect === Effect.Use) live.add(k);
  }

  private atEnd(b: Block, liveIn: readonly BitSet[], live: BitSet): void {
    live.copyFrom(this.always);
    for (const e of b.succs) live.union(liveIn[e.b.id]!);
    // Results on the stack are read by the caller.
    if (b.succs.length === 0) {
      const c = b.control;
      if (c !== null && (c.op === Op.MakeResult || c.op === AMD64.CALLtail)) {
        for (const r of this.f.results) {
          const k = this.ofLocal.get(r);
          if (k !== undefined && r.regs.length === 0) live.add(k);
        }
      }
    }
  }

  private solve(liveIn: readonly BitSet[]): void {
    const n = this.tracked.length;
    const blocks = this.f.blocks;
    const live = new BitSet(n);
    const order = postorder(this.f);
    for (let changed = true; changed; ) {
      changed = false;
      for (const b of order) {
        this.atEnd(b, liveIn, live);
        for (let i = b.values.length - 1; i >= 0; i--) this.step(b.values[i]!, live);
        live.union(this.always);
        if (liveIn[b.id]!.union(live)) changed = true;
      }
    }
    if (order.length !== blocks.length) for (const b of blocks) liveIn[b.id]!.union(this.always);
  }

  /** Own variables that are live at entry have no definition on some way to a use: zeroed, they are valid all along. */
  private atEntry(live: BitSet): Local[] {
    const out: Local[] = [];
    live.forEach((k) => {
      const t = this.tracked[k]!;
      if (t.local === null) return;
      if (inOwnFrame(t.local)) out.push(t.local);
      else if (t.local.kind === LocalKind.Result) out.push(t.local);
    });
    return out;
  }

  /** Map 0: at entry, where morestack has stored the register parameters in their homes. */
  private addEntryMap(): void {
    const args = new Bitmap(this.argBits);
    for (const l of this.f.params) pointerWords(l.type, l.offset, (w) => args.set(w));
    this.add(args, new Bitmap(this.frame.pointerBytes / 8));
  }

  private map(live: BitSet): number {
    const args = new Bitmap(this.argBits);
    const locals = new Bitmap(this.frame.pointerBytes / 8);
    const top = this.frame.pointerBytes;
    const tracked = this.tracked;
    live.forEach((k) => {
      const t = tracked[k]!;
      const into = t.inArgs ? args : locals;
      const base = t.inArgs ? t.offset : top + t.offset;
      if (t.local !== null) pointerWords(t.local.type, base, (w) => into.set(w));
      else into.set(base / 8);
    });
    return this.add(args, locals);
  }

  private add(args: Bitmap, locals: Bitmap): number {
    let key = "";
    for (const b of args.bytes) key += String.fromCharCode(b);
    key += "|";
    for (const b of locals.bytes) key += String.fromCharCode(b);
    let i = this.index.get(key);
    if (i === undefined) {
      i = this.argMaps.length;
      this.index.set(key, i);
      this.argMaps.push(args);
      this.localMaps.push(locals);
    }
    return i;
  }
}

function takesAddress(v: Value): boolean {
  const row = machineOp(v.op);
  return row !== undefined && !row.loads && !row.stores;
}

/** What an instruction that names a variable does to it. */
function effectOn(v: Value, l: Local): Effect {
  if (v.op === Op.VarDef) return Effect.Kill;
  if (v.op === Op.VarLive) return Effect.Use;
  if (v.op === AMD64.ArgIntReg || v.op === AMD64.ArgFloatReg) return Effect.None;
  const row = machineOp(v.op);
  if (row === undefined) return Effect.None;
  if (!row.stores || row.loads) return Effect.Use;
  // A store of the whole variable; parts of larger ones are told by VarDef.
  return l.type.size <= 8 ? Effect.Kill : Effect.None;
}

function postorder(f: Func): Block[] {
  const out: Block[] = [];
  const seen = new Uint8Array(f.nextBlockId);
  const stack = [f.entry];
  const next = [0];
  seen[f.entry.id] = 1;
  while (stack.length > 0) {
    const top = stack.length - 1;
    const b = stack[top]!;
    const e = b.succs[next[top]!++];
    if (e === undefined) {
      out.push(b);
      stack.pop();
      next.pop();
    } else if (seen[e.b.id] === 0) {
      seen[e.b.id] = 1;
      stack.push(e.b);
      next.push(0);
    }
  }
  return out;
}

/** u32 number of maps, u32 bits of each, the maps. */
function encode(maps: readonly Bitmap[], bits: number): Uint8Array {
  const each = (bits + 7) >>> 3;
  const out = new Uint8Array(8 + maps.length * each);
  const view = new DataView(out.buffer);
  view.setUint32(0, maps.length, true);
  view.setUint32(4, bits, true);
  for (let i = 0; i < maps.length; i++) out.set(maps[i]!.bytes.subarray(0, each), 8 + i * each);
  return out;
}
