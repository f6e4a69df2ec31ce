// Decoded instructions -> records of a block. A block goes on over conditional jumps that are not taken, up to a jump,
// a call, a return, or a size limit. Flags that are overwritten before they are read are not computed; a comparison and
// the conditional jump after it become one record.

import { Decoder, type Insn, NoReg, OperandKind, Segment } from "#arch";
import { Slot } from "../mem/layout.ts";
import { conditionFlags, F, type Semantic, semantic } from "../sem/registry.ts";
import { Kind } from "./handler.ts";
import { packKey, packShape } from "./handlers.ts";
import { dependsOnRounding } from "./softfloat.ts";

/** What the host's helpers need to know of an instruction beyond its record. */
export class Detail {
  constructor(
    readonly mnemonic: string,
    readonly kinds: readonly Kind[],
    readonly sizes: readonly number[],
    /** Register numbers (vector: 0..15, general: slot offset). */
    readonly regs: readonly number[],
    readonly imm: number,
    readonly immHi: number,
    readonly rep: number,
    readonly width: number,
    readonly address32: boolean,
    readonly text: string,
    /** A gather's address. */
    readonly vsib: Vsib | undefined,
  ) {}
}

/** The address of a gather: base register or -1, vector index, log2 of the factor, segment slot or 0, whether 256 bits. */
export interface Vsib {
  readonly base: number;
  readonly index: number;
  readonly scale: number;
  readonly disp: number;
  readonly segment: number;
  readonly long: boolean;
}

/** An instruction on its way from decoder to records. */
class Step {
  sem!: Semantic;
  shapes = 0;
  readonly slots = new Uint8Array(4);
  extra = 0;
  dispLo = 0;
  dispHi = 0;
  immLo = 0;
  immHi = 0;
  pc = 0;
  length = 0;
  /** Direct target, or the address after it, or -1. */
  target = -1;
  reads = 0;
  writes = 0;
  kills = 0;
  flags = false;
  /** Address computed before: slots base, index, scale, then displacement; segment slot or 0. */
  pre = 0;
  preBase = 0;
  preIndex = 0;
  preScale = 0;
  preSegment = 0;
  preNarrow = false;
  detail: Detail | undefined;
  /** The comparison is part of the jump's record. */
  fused = false;
  pair = false;
}

const jmp = must("jmp");
const leaIndex = must("lea.index");
const leaIndex32 = must("lea.index32");
const probe = must("(probe)");
const undefinedInsn = must("ud2");
const cmpJcc = must("cmp+jcc");
const testJcc = must("test+jcc");
const movIndex = must("mov.index");
const movzxIndex = must("movzx8.index");
const jcc = must("jcc");
const unsupported = must("(unsupported)");
const cmp = must("cmp");
const test = must("test");
const mov = must("mov");
const movzx = must("movzx");

function must(name: string): Semantic {
  const s = semantic(name);
  if (s === undefined) throw new Error(name);
  return s;
}

/** Where the translator puts its records and takes its bytes from: the engine. */
export interface CodeSink {
  /** Copies up to `into.length` executable bytes at pc; fewer where the mapping ends. Throws PageFault for none. */
  fetch(pc: number, into: Uint8Array): number;
  handler(packed: number): number;
  hasProbe(pc: number): boolean;
  /** Writes one record; returns nothing: the engine places them one after the other. */
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
  ): void;
}

export const maxBlock = 32;
const noSlots = new Uint8Array(4);

export class Translator {
  private readonly decoder = new Decoder();
  private readonly bytes = new Uint8Array(maxBlock * 15);
  private readonly steps: Step[] = Array.from({ length: maxBlock + 2 }, () => new Step());

  /** Instructions that round are left to the host: MXCSR is not the usual one. */
  softFloat = false;

  constructor(private readonly sink: CodeSink) {}

  /** Puts the records of the block at pc after its header and returns its number of instructions. */
  block(pc: number, limit: number, skipProbe: boolean): number {
    const bytes = this.bytes;
    const have = this.sink.fetch(pc, bytes);
    const max = Math.min(limit, maxBlock);
    let at = 0;
    let n = 0;
    let ended = false;
    let stopAt = -1;
    while (n < max) {
      const here = pc + at;
      if (!(skipProbe && n === 0) && this.sink.hasProbe(here)) {
        stopAt = here;
        break;
      }
      const step = this.steps[n] as Step;
      const insn = this.decoder.decode(bytes, at, have);
      if (insn === undefined) {
        // Cut off by the end of the mapping: the fault, if it comes to that, is the next block's.
        if (have < bytes.length && have - at < 15) {
          if (n > 0) break;
          const rest = new Uint8Array(16);
          if (this.sink.fetch(pc + have, rest) === 0 && !this.decoder.truncated) {
            this.setUndefined(step, here);
            n++;
            ended = true;
            break;
          }
        }
        this.setUndefined(step, here);
        n++;
        ended = true;
        break;
      }
      this.lower(step, insn, here);
      at += insn.length;
      n++;
      if (step.sem.ends) {
        ended = true;
        break;
      }
    }
    this.flagsAndFusion(n);
    let index = 0;
    let cost = 0;
    for (let i = 0; i < n; i++) {
      const s = this.steps[i] as Step;
      index++;
      cost = index;
      if (s.fused) continue;
      this.put(s, index, n);
    }
    if (!ended) {
      const next = stopAt >= 0 ? stopAt : pc + at;
      if (stopAt >= 0)
        this.sink.emit(
          this.sink.handler(packKey(probe.id, 0, true, 0)),
          noSlots,
          0,
          0,
          0,
          0,
          0,
          next,
          next,
          index,
          undefined,
        );
      else
        this.sink.emit(
          this.sink.handler(packKey(jmp.id, 0, false, 0)),
          noSlots,
          0,
          0,
          0,
          0,
          0,
          next,
          next,
          index,
          undefined,
        );
    }
    return cost;
  }

  private setUndefined(s: Step, pc: number): void {
    s.sem = undefinedInsn;
    s.shapes = 0;
    s.slots.fill(0);
    s.extra = 0;
    s.pc = pc;
    s.length = 0;
    s.target = pc;
    s.pre = 0;
    s.reads = F.All;
    s.writes = 0;
    s.kills = 0;
    s.detail = undefined;
    s.fused = false;
    s.pair = false;
    s.dispLo = s.dispHi = s.immLo = s.immHi = 0;
  }

  private lower(s: Step, insn: Insn, pc: number): void {
    const next = pc + insn.length;
    let sem = semantic(insn.mnemonic);
    s.pc = pc;
    s.length = insn.length;
    s.target = next;
    s.extra = 0;
    s.pre = 0;
    s.preSegment = 0;
    s.detail = undefined;
    s.fused = false;
    s.pair = false;
    s.flags = false;
    s.immLo = insn.immLo;
    s.immHi = insn.immHi;
    s.dispLo = s.dispHi = 0;
    s.slots.fill(0);
    s.shapes = 0;
    let operands = 0;
    let isHelper = false;
    if (sem === undefined || (this.softFloat && dependsOnRounding(insn.mnemonic))) {
      sem = unsupported;
      isHelper = true;
    }
    for (let i = 0; i < insn.operands; i++) {
      const size = insn.size[i] as number;
      let kind: Kind = Kind.None;
      switch (insn.kind[i]) {
        case OperandKind.Reg: {
          const r = insn.reg[i] as number;
          kind = Kind.Reg;
          s.slots[i] = r >= 20 ? (r - 20) * 8 + 1 : r * 8;
          break;
        }
        case OperandKind.Vec:
          kind = Kind.Vec;
          s.slots[i] = (insn.reg[i] as number) * 16;
          break;
        case OperandKind.Imm: {
          kind = Kind.Imm;
          // Narrow immediates are compared zero-extended, as narrow registers are.
          const own = insn.size[0] as number;
          if (own === 16) s.immLo &= 0xffff;
          else if (own === 8) s.immLo &= 0xff;
          break;
        }
        case OperandKind.Mem:
          kind = Kind.Mem;
          this.memory(s, i, insn, next);
          break;
        case OperandKind.Rel:
          s.target = next + insn.rel;
          continue;
        case OperandKind.St:
        case OperandKind.Mmx:
          kind = Kind.Vec;
          s.slots[i] = insn.reg[i] as number;
          break;
        default:
          kind = Kind.Imm;
      }
      s.shapes += packShape(kind, size) << (6 * i);
      operands = i + 1;
    }
    s.reads = sem.reads;
    s.writes = sem.writes;
    s.kills = sem.kills;
    if (sem.immediate) s.extra = insn.immLo & 255;
    switch (insn.mnemonic) {
      case "jcc":
      case "setcc":
      case "cmovcc":
        s.extra = insn.condition;
        s.reads = conditionFlags[insn.condition] as number;
        break;
      case "call":
        s.immLo = next >>> 0;
        s.immHi = Math.floor(next / 4294967296);
        break;
      default:
    }
    // A shift by a nonzero constant always sets the flags.
    if (
      s.writes !== 0 &&
      s.kills === 0 &&
      operands >= 2 &&
      insn.kind[operands - 1] === OperandKind.Imm &&
      isShift(insn.mnemonic)
    ) {
      const mask = insn.size[0] === 64 ? 63 : 31;
      if ((insn.immLo & mask) !== 0) s.kills = s.writes;
    }
    if (s.pre !== 0) {
      // The two most frequent uses of an index have handlers of their own.
      if (s.preSegment === 0 && !s.preNarrow && insn.kind[0] === OperandKind.Reg && insn.kind[1] === OperandKind.Mem) {
        const own =
          sem === mov
            ? movIndex
            : sem === movzx && insn.size[1] === 8 && (insn.size[0] as number) >= 32
              ? movzxIndex
              : undefined;
        const isLea = insn.mnemonic === "lea";
        if (own !== undefined || isLea) {
          sem = own ?? leaIndex;
          s.pre = 0;
          s.shapes = packShape(Kind.Reg, insn.size[0] as number);
          s.slots[1] = s.preBase;
          s.slots[2] = s.preIndex;
          s.slots[3] = s.preScale;
        }
      }
    }
    s.sem = sem;
    if (isHelper || needsDetail(sem)) {
      if (sem.name !== "(unsupported)") s.shapes &= 0;
      else s.shapes = 0;
      const kinds: Kind[] = [];
      const sizes: number[] = [];
      const regs: number[] = [];
      for (let i = 0; i < insn.operands; i++) {
        kinds.push(kindOf(insn.kind[i] as number));
        sizes.push(insn.size[i] as number);
        regs.push(
          insn.kind[i] === OperandKind.Reg || insn.kind[i] === OperandKind.Mem
            ? (s.slots[i] as number)
            : (insn.reg[i] as number),
        );
      }
      s.detail = new Detail(
        insn.mnemonic,
        kinds,
        sizes,
        regs,
        insn.immLo,
        insn.immHi,
        insn.rep,
        insn.width,
        insn.address32,
        insn.mnemonic,
        insn.vsib ? vsibOf(insn) : undefined,
      );
      s.reads = F.All;
    }
  }

  /** Sets base slot and displacement of memory operand i, or asks for a computation before. */
  private memory(s: Step, i: number, insn: Insn, next: number): void {
    let disp = insn.disp;
    if (insn.vsib) return;
    if (insn.ripRelative) disp += next;
    s.dispLo = disp >>> 0;
    s.dispHi = Math.floor(disp / 4294967296) | 0;
    const base = insn.base === NoReg ? Slot.Zero : insn.base * 8;
    const segment = insn.segment === Segment.Fs ? Slot.Fs : insn.segment === Segment.Gs ? Slot.Gs : 0;
    if (insn.index === NoReg && segment === 0 && !insn.address32) {
      s.slots[i] = base;
      return;
    }
    s.pre = 1;
    s.preNarrow = insn.address32;
    s.preBase = base;
    if (insn.index === NoReg && !insn.address32) {
      s.preIndex = segment;
      s.preScale = 0;
      s.preSegment = 0;
      if (segment !== 0) s.preSegment = -1;
    } else {
      s.preIndex = insn.index === NoReg ? Slot.Zero : insn.index * 8;
      s.preScale = insn.scale;
      s.preSegment = segment;
    }
    s.slots[i] = Slot.Temp;
  }

  private flagsAndFusion(n: number): void {
    // After the block every flag may be read.
    let live: number = F.All;
    for (let i = n - 1; i >= 0; i--) {
      const s = this.steps[i] as Step;
      if (s.sem.control && !s.sem.ends) live = F.All;
      // At a jump out of the block all flags are live, but not those that the jump's own comparison is about to set.
      s.flags = (s.writes & live) !== 0;
      live = (live & ~s.kills) | s.reads;
    }
    for (let i = 0; i + 1 < n; i++) {
      const a = this.steps[i] as Step;
      const b = this.steps[i + 1] as Step;
      if (b.sem !== jcc || (a.sem !== cmp && a.sem !== test) || a.detail !== undefined) continue;
      // The comparison's record takes over the jump: its flags are still stored, for whoever comes after.
      a.fused = true;
      b.sem = a.sem === cmp ? cmpJcc : testJcc;
      b.shapes = a.shapes;
      b.slots.set(a.slots);
      b.dispLo = a.dispLo;
      b.dispHi = a.dispHi;
      b.immLo = a.immLo;
      b.immHi = a.immHi;
      b.pre = a.pre;
      b.preBase = a.preBase;
      b.preIndex = a.preIndex;
      b.preScale = a.preScale;
      b.preSegment = a.preSegment;
      b.preNarrow = a.preNarrow;
      b.flags = !this.deadAfter(i + 2, n);
      b.pc = a.pc;
      b.pair = true;
      i++;
    }
  }

  /** Whether the fall-through overwrites all flags before reading one; the taken side is not looked at. */
  private deadAfter(_from: number, _n: number): boolean {
    return false;
  }

  private put(s: Step, index: number, n: number): void {
    const sink = this.sink;
    if (s.pre !== 0) {
      const slots = noSlots.slice();
      slots[0] = Slot.Temp;
      slots[1] = s.preBase;
      slots[2] = s.preIndex;
      slots[3] = s.preScale;
      const sem = s.preNarrow ? leaIndex32 : leaIndex;
      sink.emit(
        sink.handler(packKey(sem.id, packShape(Kind.Reg, 64), false, 0)),
        slots,
        s.dispLo,
        s.dispHi,
        0,
        0,
        0,
        s.pc,
        -1,
        index,
        undefined,
      );
      if (s.preSegment > 0) {
        const add = noSlots.slice();
        add[0] = Slot.Temp;
        add[1] = Slot.Temp;
        add[2] = s.preSegment;
        sink.emit(
          sink.handler(packKey(leaIndex.id, packShape(Kind.Reg, 64), false, 0)),
          add,
          0,
          0,
          0,
          0,
          0,
          s.pc,
          -1,
          index,
          undefined,
        );
      }
      s.dispLo = s.dispHi = 0;
    }
    const id = sink.handler(packKey(s.sem.id, s.shapes, s.flags, s.extra));
    sink.emit(
      id,
      s.slots,
      s.dispLo,
      s.dispHi,
      s.immLo,
      s.immHi,
      n - index,
      s.pc,
      s.target,
      s.pair ? index - 1 : index,
      s.detail,
    );
  }
}

function vsibOf(insn: Insn): Vsib {
  return {
    base: insn.base,
    index: insn.index,
    scale: insn.scale,
    disp: insn.disp,
    segment: insn.segment === Segment.Fs ? Slot.Fs : insn.segment === Segment.Gs ? Slot.Gs : 0,
    long: insn.long,
  };
}

function isShift(m: string): boolean {
  switch (m) {
    case "shl":
    case "shr":
    case "sar":
    case "sal":
    case "rol":
    case "ror":
    case "shld":
    case "shrd":
      return true;
    default:
      return false;
  }
}

function kindOf(k: number): Kind {
  switch (k) {
    case OperandKind.Reg:
      return Kind.Reg;
    case OperandKind.Mem:
      return Kind.Mem;
    case OperandKind.Imm:
      return Kind.Imm;
    case OperandKind.Vec:
    case OperandKind.St:
    case OperandKind.Mmx:
      return Kind.Vec;
    default:
      return Kind.None;
  }
}

const detailed = new Set<string>();
/** Names of instructions whose helper looks at the operands. */
export function markDetailed(names: readonly string[]): void {
  for (const n of names) detailed.add(n);
}
function needsDetail(s: Semantic): boolean {
  return detailed.has(s.name);
}
