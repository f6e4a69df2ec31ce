// The engine: runs guest instructions of one thread at a time. It owns the cache of decoded blocks, the handlers, and
// the imports through which emitted code asks for pages, blocks and helpers.

import { Decoder, Segment } from "#arch";
import type { Frames } from "../mem/frames.ts";
import { At, Exit, Size } from "../mem/layout.ts";
import { type AddressSpace, PageFault, Prot } from "../mem/space.ts";
import { Handlers } from "./handlers.ts";
import { Helpers } from "./helpers.ts";
import { roundingBits } from "./softfloat.ts";
import { type CodeSink, type Detail, Translator } from "./translate.ts";

const records = (At.Frames - At.Code) / Size.Record;
/** The last records of the arena are for blocks that are cut to an instruction count, used once. */
const scratchRecords = 256;
const arenaEnd = records - scratchRecords;
/** Cut blocks that are kept at most: they take the room of others. */
const maxCuts = 4096;
const firstRecord = At.Code / Size.Record;
const stopDebt = 0x40000000;

/** What ended a run. */
export interface Stop {
  exit: Exit;
  /** The fault, for Exit.Fault. */
  fault: PageFault | undefined;
}

export class Engine implements CodeSink {
  readonly helpers: Helpers;
  private readonly handlers: Handlers;
  private readonly translator: Translator;
  private readonly recPc = new Float64Array(records);
  private readonly recTarget = new Float64Array(records);
  private readonly recIndex = new Uint16Array(records);
  private readonly recBlock = new Int32Array(records);
  private readonly details = new Map<number, Detail>();
  /** Blocks of each space: for the usual rounding, and for any other. */
  private readonly caches = new Map<AddressSpace, readonly [Map<number, number>, Map<number, number>]>();
  private mode: 0 | 1 = 0;
  private blocks = new Map<number, number>();
  private next = 0;
  private cursor = 0;
  /** Cut blocks that are kept. */
  private cuts = 0;
  private block = 0;
  private running = false;
  private debt = 0;
  private stale = false;
  space!: AddressSpace;
  /** Where the thread is. */
  pc = 0;
  /** Instructions that have run on this engine, all threads together. */
  instructions = 0;
  private entryBudget = 0;
  /** Addresses at which the run stops. */
  readonly probes = new Set<number>();
  /** Counts of executed blocks' handlers, for the list of hot ones; undefined when not profiling. */
  profile: Map<number, number> | undefined;

  constructor(readonly frames: Frames) {
    this.helpers = new Helpers(this);
    this.handlers = new Handlers(frames.memory, {
      missRead: (lo: number, hi: number, size: number): number => this.space.missRead(lo, hi, size),
      missWrite: (lo: number, hi: number, size: number): number => this.space.missWrite(lo, hi, size),
      commitWrite: (): void => this.space.commitWrite(),
      resolve: (ip: number): number => this.resolve(ip),
      lookup: (lo: number, hi: number): number => this.indirect(lo, hi),
      helper: (id: number, ip: number): number => this.helpers.call(id, ip),
    });
    this.translator = new Translator(this);
    this.flush();
  }

  /** Makes the address space current. */
  setSpace(space: AddressSpace): void {
    if (this.space === space) return;
    this.space = space;
    let blocks = this.caches.get(space);
    if (blocks === undefined) {
      blocks = [new Map(), new Map()];
      this.caches.set(space, blocks);
      space.onCodeChange = () => this.invalidate(space);
    }
    this.blocks = blocks[this.mode];
    this.clearJumpCache();
    space.flushTlb();
  }

  /** The space is gone. */
  dropSpace(space: AddressSpace): void {
    this.caches.delete(space);
  }

  private clearJumpCache(): void {
    this.frames.i32.fill(-1, At.JumpCache / 4, (At.JumpCache + Size.JumpCache * 16) / 4);
  }

  private clearCaches(): void {
    for (const [usual, other] of this.caches.values()) {
      usual.clear();
      other.clear();
    }
  }

  /** Chooses the blocks for MXCSR's rounding. */
  private chooseMode(): void {
    const mode = (this.frames.view.getUint32(At.Mxcsr, true) & roundingBits) === 0 ? 0 : 1;
    if (mode === this.mode) return;
    this.mode = mode;
    this.translator.softFloat = mode === 1;
    const blocks = this.caches.get(this.space);
    if (blocks !== undefined) this.blocks = blocks[mode];
    this.clearJumpCache();
  }

  /** Forgets all decoded code. */
  flush(): void {
    this.clearCaches();
    this.details.clear();
    this.next = 0;
    this.cuts = 0;
    this.stale = false;
    this.clearJumpCache();
  }

  private invalidate(space: AddressSpace): void {
    for (const c of this.caches.get(space) ?? []) c.clear();
    if (space === this.space) this.clearJumpCache();
    this.stale = true;
    this.stop();
  }

  /** Makes the run return at the next block. */
  stop(): void {
    if (!this.running || this.debt !== 0) return;
    this.debt = stopDebt;
    const view = this.frames.view;
    view.setInt32(At.Budget, view.getInt32(At.Budget, true) - stopDebt, true);
  }

  /** A probe that is taken away may still stop the run once or more: decoded blocks keep it. */
  setProbe(pc: number, on: boolean): void {
    if (!on) {
      this.probes.delete(pc);
      return;
    }
    if (this.probes.has(pc)) return;
    this.probes.add(pc);
    // Only what was decoded across the address must be cut anew.
    if (this.recPc.subarray(0, this.next).indexOf(pc) < 0) return;
    this.clearCaches();
    this.clearJumpCache();
    this.stale = true;
    this.stop();
  }

  /** Instructions that the current run has completed before the instruction in progress. */
  elapsed(): number {
    if (!this.running) return 0;
    return this.now(this.frames.view.getInt32(At.Ip, true)) - this.instructions - 1;
  }

  /** The instruction that a helper or a store in progress belongs to. */
  currentPc(): number {
    return this.pcOf(this.frames.view.getInt32(At.Ip, true));
  }

  // --- CodeSink ---

  fetch(pc: number, into: Uint8Array): number {
    let n = 0;
    while (n < into.length) {
      const a = pc + n;
      const page = Math.floor(a / Size.Page);
      const region = this.space.find(page);
      if (region === undefined || (region.prot & Prot.Exec) === 0 || a >= 0x7ffffffff000) break;
      const k = Math.min(into.length - n, Size.Page - (a % Size.Page));
      // Looking, not touching: which pages are resident must not depend on what is decoded already.
      const bytes = this.space.peek(a, k);
      if (bytes === undefined) break;
      into.set(bytes, n);
      this.space.markCode(page);
      n += k;
    }
    return n;
  }

  handler(packed: number): number {
    return this.handlers.id(packed);
  }

  hasProbe(pc: number): boolean {
    return this.probes.size > 0 && this.probes.has(pc);
  }

  emit(
    handler: number,
    slots: Uint8Array,
    dispLo: number,
    dispHi: number,
    immLo: number,
    immHi: number,
    refund: number,
    pc: number,
    target: number,
    index: number,
    detail: Detail | undefined,
  ): void {
    const r = this.cursor++;
    const at = At.Code + r * Size.Record;
    const view = this.frames.view;
    view.setUint16(at, handler, true);
    const u8 = this.frames.u8;
    u8[at + 2] = slots[0] as number;
    u8[at + 3] = slots[1] as number;
    u8[at + 4] = slots[2] as number;
    u8[at + 5] = slots[3] as number;
    view.setInt32(at + 8, dispLo | 0, true);
    view.setInt32(at + 12, dispHi | 0, true);
    view.setInt32(at + 16, immLo | 0, true);
    view.setInt32(at + 20, immHi | 0, true);
    view.setInt32(at + 24, 0, true);
    view.setInt32(at + 28, refund, true);
    this.recPc[r] = pc;
    this.recTarget[r] = target;
    this.recIndex[r] = index;
    this.recBlock[r] = this.block;
    if (detail !== undefined) this.details.set(at, detail);
  }

  // --- blocks ---

  /** The block at pc: an address in linear memory. Throws PageFault when pc cannot be executed. */
  lookup(pc: number): number {
    const old = this.blocks.get(pc);
    if (old !== undefined) return old;
    if (this.next + 3 * 40 > arenaEnd) {
      // Full: start over. What is running goes on in its old records until it leaves its block.
      this.clearCaches();
      this.clearJumpCache();
      this.stale = true;
      this.stop();
      if (this.running) return this.translate(pc, 1 << 30, arenaEnd + 128, false);
      this.flush();
    }
    const at = this.translate(pc, 1 << 30, this.next, false);
    this.next = this.cursor;
    this.blocks.set(pc, at);
    return at;
  }

  /** The block at this.pc cut to `count` instructions: every time slice ends with one. Some are kept: loops come back. */
  private cut(count: number): number {
    const key = this.pc + count / 64;
    const old = this.blocks.get(key);
    if (old !== undefined) return old;
    if (this.cuts >= maxCuts || this.next + 3 * 40 > arenaEnd) return this.translate(this.pc, count, arenaEnd, false);
    const at = this.translate(this.pc, count, this.next, false);
    this.next = this.cursor;
    this.blocks.set(key, at);
    this.cuts++;
    return at;
  }

  private translate(pc: number, limit: number, record: number, skipProbe: boolean): number {
    const probe = new Uint8Array(1);
    if (this.fetch(pc, probe) === 0) {
      const region = this.space.find(Math.floor(pc / Size.Page));
      throw new PageFault(pc >>> 0, Math.floor(pc / 4294967296), false, true, region === undefined ? 1 : 2);
    }
    this.block = record;
    this.cursor = record + 1;
    const at = At.Code + record * Size.Record;
    const n = this.translator.block(pc, limit, skipProbe);
    this.handlers.flush();
    const view = this.frames.view;
    view.setInt32(at + 8, n, true);
    this.recPc[record] = pc;
    this.recIndex[record] = 0;
    this.recBlock[record] = record;
    return at;
  }

  private recordOf(ip: number): number {
    return ip / Size.Record - firstRecord;
  }

  /** A direct jump met its target for the first time. */
  private resolve(ip: number): number {
    const target = this.recTarget[this.recordOf(ip)] as number;
    const generation = this.stale;
    const t = this.lookup(target);
    if (!this.stale && !generation) this.frames.view.setInt32(ip + 24, t, true);
    return t;
  }

  /** An indirect jump missed the jump cache. */
  private indirect(lo: number, hi: number): number {
    const h = hi >>> 0;
    if (h > 0x7fff) throw new PageFault(lo >>> 0, h, false, true, h >= 0xffff8000 ? 1 : 128);
    const pc = h * 4294967296 + (lo >>> 0);
    const t = this.lookup(pc);
    if (!this.stale) {
      const view = this.frames.view;
      const shifted = (lo >>> 13) | (hi << 19);
      const e = At.JumpCache + ((((lo ^ shifted) & (Size.JumpCache - 1)) >>> 0) << 4);
      view.setInt32(e, lo, true);
      view.setInt32(e + 4, hi, true);
      view.setInt32(e + 8, t, true);
    }
    return t;
  }

  detail(ip: number): Detail {
    return this.details.get(ip) as Detail;
  }

  /** The instruction's address behind a record. */
  pcOf(ip: number): number {
    return this.recPc[this.recordOf(ip)] as number;
  }

  /** Instructions run so far, while inside a helper for the record at ip. */
  now(ip: number): number {
    const r = this.recordOf(ip);
    const view = this.frames.view;
    const n = view.getInt32(At.Code + (this.recBlock[r] as number) * Size.Record + 8, true);
    const left = view.getInt32(At.Budget, true) + this.debt + n - (this.recIndex[r] as number);
    return this.instructions + this.entryBudget - left;
  }

  /**
   * Runs from this.pc for at most `budget` instructions. Afterwards this.pc is where to go on: after a syscall, at a
   * faulting or undefined instruction, at a probe.
   */
  run(budget: number, skipProbe = false): Stop {
    let remaining = Math.min(budget, 0x30000000);
    this.entryBudget = remaining;
    const finish = (exit: Exit, fault?: PageFault): Stop => {
      this.instructions += this.entryBudget - remaining;
      this.entryBudget = 0;
      return { exit, fault };
    };
    let skip = skipProbe;
    for (;;) {
      if (this.stale) this.flush();
      this.chooseMode();
      let at: number;
      let n: number;
      try {
        if (skip) at = this.translate(this.pc, Math.min(1, remaining), arenaEnd, true);
        else {
          at = this.lookup(this.pc);
          n = this.frames.view.getInt32(at + 8, true);
          if (n > remaining) {
            if (remaining === 0) return finish(Exit.Budget);
            at = this.cut(remaining);
          }
        }
      } catch (e) {
        if (e instanceof PageFault) return finish(Exit.Fault, e);
        throw e;
      }
      if (remaining === 0 && skip) return finish(Exit.Budget);
      skip = false;
      n = this.frames.view.getInt32(at + 8, true);
      this.frames.view.setInt32(At.Budget, remaining - n, true);
      this.debt = 0;
      this.running = true;
      try {
        this.handlers.run(at + Size.Record);
      } catch (e) {
        this.running = false;
        if (!(e instanceof PageFault)) throw e;
        const ip = this.frames.view.getInt32(At.Ip, true);
        const r = this.recordOf(ip);
        if (e.code === 128 && !e.exec && this.usesStack(this.recPc[r] as number)) e.code = 129;
        const total = this.frames.view.getInt32(At.Code + (this.recBlock[r] as number) * Size.Record + 8, true);
        // A jump whose target faults was run; its record says how much of the block it leaves undone.
        const done = e.exec ? total - this.frames.view.getInt32(ip + 28, true) : (this.recIndex[r] as number) - 1;
        remaining = this.frames.view.getInt32(At.Budget, true) + this.debt + total - done;
        this.pc = e.exec ? e.address : (this.recPc[r] as number);
        return finish(Exit.Fault, e);
      }
      this.running = false;
      const mem = this.frames.view;
      const ip = mem.getInt32(At.Ip, true);
      const r = this.recordOf(ip);
      remaining = mem.getInt32(At.Budget, true) + this.debt;
      const exit = mem.getInt32(At.Exit, true) as Exit;
      switch (exit) {
        case Exit.Budget:
          // The block at ip was charged but not begun.
          remaining += mem.getInt32(ip + 8, true);
          this.pc = this.recPc[r] as number;
          if (remaining <= 0) return finish(Exit.Budget);
          continue;
        case Exit.Undefined:
        case Exit.Divide:
        case Exit.Halt: {
          const total = mem.getInt32(At.Code + (this.recBlock[r] as number) * Size.Record + 8, true);
          remaining += total - (this.recIndex[r] as number) + 1;
          this.pc = this.recPc[r] as number;
          return finish(exit);
        }
        case Exit.Mode:
          this.pc = this.recTarget[r] as number;
          if (remaining <= 0) return finish(Exit.Budget);
          continue;
        default:
          this.pc = this.recTarget[r] as number;
          return finish(exit);
      }
    }
  }

  /** Whether an instruction's memory operand is in the stack segment: its non-canonical addresses are another fault. */
  private usesStack(pc: number): boolean {
    const bytes = new Uint8Array(15);
    const insn = new Decoder().decode(bytes, 0, this.fetch(pc, bytes));
    if (insn === undefined) return false;
    if (/^(push|pop|pushf|popf|call|ret|leave|enter)$/.test(insn.mnemonic)) return true;
    return (insn.base === 4 || insn.base === 5) && insn.segment === Segment.None;
  }

  handlerName(id: number): string {
    return this.handlers.name(id);
  }

  get handlerCount(): number {
    return this.handlers.count;
  }

  /** Every block's records in the arena, for measurements: f(handler id, record). */
  *recordsInUse(): Iterable<{ handler: number; pc: number; block: number }> {
    for (let r = 0; r < this.next; r++) {
      if (this.recBlock[r] === r) continue;
      yield {
        handler: this.frames.view.getUint16(At.Code + r * Size.Record, true),
        pc: this.recPc[r] as number,
        block: this.recBlock[r] as number,
      };
    }
  }
}
