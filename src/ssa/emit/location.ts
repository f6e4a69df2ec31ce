import { DwOp } from "#obj";
import { AMD64 } from "../amd64/index.ts";
import {
  DebugParts,
  debugSource,
  Kind,
  Local,
  LocalKind,
  Op,
  type SType,
  type TypeMaker,
  type Value,
} from "../core/index.ts";
import { leavesOf } from "../generic/leaves.ts";
import type { StackSlot } from "../regalloc/index.ts";
import { inOwnFrame } from "./frame.ts";

// What is left of a value after code generation, and DWARF expressions that say where it is.

export const enum LocKind {
  /** Nothing. */
  Unknown,
  /** A scalar that registers and slots hold. */
  Scalar,
  Const,
  /** The address of a variable in the frame. */
  Address,
  /** What a parameter has where the caller has put it: it stays there. */
  Memory,
  /** Several, one after the other in memory. */
  Parts,
}

export class Loc {
  constructor(
    readonly kind: LocKind,
    /** Bytes. */
    readonly size: number,
    /** Scalar: the value's id. */
    readonly id: number,
    /** Const: its bits; Address, Memory: lo is an offset. */
    readonly lo: number,
    readonly hi: number,
    readonly local: Local | null,
    readonly parts: readonly Loc[],
    /** Of the parts, in bytes. */
    readonly offsets: readonly number[],
  ) {}
}

/** Where nothing is left of a value. */
export const nowhere = new Loc(LocKind.Unknown, 0, 0, 0, 0, null, [], []);
const bits = new DataView(new ArrayBuffer(8));

function constant(size: number, lo: number, hi: number): Loc {
  return new Loc(LocKind.Const, size, 0, lo, hi, null, [], []);
}

function floatConst(size: number, x: number): Loc {
  if (size === 4) {
    bits.setFloat32(0, x, true);
    return constant(4, bits.getUint32(0, true) | 0, 0);
  }
  bits.setFloat64(0, x, true);
  return constant(8, bits.getUint32(0, true) | 0, bits.getUint32(4, true) | 0);
}

/**
 * Where to look for a value of the source, of a type. same: by id, whose bits a value is; atEntry: by register, the id of what
 * it holds when the function is entered, to which parameters are added that nobody reads.
 */
export function locOf(value: Value, type: SType, types: TypeMaker, same: Int32Array, atEntry: Int32Array): Loc {
  const v = debugSource(value);
  if (v.aux instanceof DebugParts) {
    const parts: Loc[] = [];
    flatten(v, types, same, atEntry, parts);
    const leaves = leavesOf(type, types);
    if (leaves.length !== parts.length || parts.length === 0) return nowhere;
    if (parts.length === 1) return parts[0]!;
    return new Loc(
      LocKind.Parts,
      type.size,
      0,
      0,
      0,
      null,
      parts,
      leaves.map((l) => l.offset),
    );
  }
  if (!type.isScalar) return nowhere;
  const l = scalar(v, type, same, atEntry);
  // gdb shows where a func value is, not what it is.
  return type.kind === Kind.Func && (l.kind === LocKind.Const || l.kind === LocKind.Address) ? nowhere : l;
}

function flatten(v: Value, types: TypeMaker, same: Int32Array, atEntry: Int32Array, out: Loc[]): void {
  for (const leaf of (v.aux as DebugParts).leaves) {
    const s = debugSource(leaf);
    if (s.aux instanceof DebugParts) flatten(s, types, same, atEntry, out);
    else if (s.type.isScalar) out.push(scalar(s, s.type, same, atEntry));
    else
      for (const l of leavesOf(s.type, types)) out.push(new Loc(LocKind.Unknown, l.type.size, 0, 0, 0, null, [], []));
  }
}

function scalar(v: Value, type: SType, same: Int32Array, atEntry: Int32Array): Loc {
  switch (v.op) {
    case Op.ConstBool:
    case Op.ConstInt:
    case Op.ConstNil:
    case AMD64.MOVQconst:
    case AMD64.MOVLconst:
      return constant(type.size, v.auxInt | 0, type.size === 8 ? v.auxHi | 0 : 0);
    case Op.ConstFloat:
    case AMD64.MOVSDconst:
    case AMD64.MOVSSconst:
      return floatConst(type.size, v.auxInt);
  }
  if (isPlainLoad(v.op) && v.aux instanceof Local && v.aux.kind === LocalKind.Param)
    return new Loc(LocKind.Memory, type.size, 0, v.auxInt, 0, v.aux, [], []);
  if ((v.op === AMD64.LEAQ || v.op === Op.LocalAddr) && v.aux instanceof Local)
    return new Loc(LocKind.Address, 8, 0, v.auxInt, 0, v.aux, [], []);
  if ((v.op === AMD64.ArgIntReg || v.op === AMD64.ArgFloatReg) && atEntry[v.auxInt]! < 0)
    atEntry[v.auxInt] = same[v.id]!;
  return new Loc(LocKind.Scalar, type.size, same[v.id]!, 0, 0, null, [], []);
}

function isPlainLoad(op: number): boolean {
  return (op >= AMD64.MOVBload && op <= AMD64.MOVQload) || op === AMD64.MOVSSload || op === AMD64.MOVSDload;
}

/** DWARF's numbers of the integer registers, by the machine's. */
const intRegs = [0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15];

/** An expression that grows. */
export class Expr {
  readonly bytes: number[] = [];

  private uleb(n: number): void {
    let v = n;
    while (v >= 128) {
      this.bytes.push((v & 127) | 128);
      v >>>= 7;
    }
    this.bytes.push(v);
  }

  private sleb(n: number): void {
    let v = n;
    for (;;) {
      const b = v & 127;
      v >>= 7;
      if ((v === 0 && (b & 64) === 0) || (v === -1 && (b & 64) !== 0)) {
        this.bytes.push(b);
        return;
      }
      this.bytes.push(b | 128);
    }
  }

  /** A register, as Value.reg counts. */
  register(r: number): void {
    const n = r < 16 ? intRegs[r]! : 17 + r - 16;
    if (n < 32) this.bytes.push(DwOp.reg0 + n);
    else this.bytes.push(DwOp.regx, n);
  }

  /** Memory that a register holds the address of. */
  behindRegister(r: number): void {
    this.bytes.push(DwOp.breg0 + intRegs[r]!, 0);
  }

  deref(): void {
    this.bytes.push(DwOp.deref);
  }

  /** Memory so far from the frame's base, which is the address of the arguments. */
  frame(offset: number): void {
    if (offset === 0) {
      this.bytes.push(DwOp.call_frame_cfa);
      return;
    }
    this.bytes.push(DwOp.fbreg);
    this.sleb(offset);
  }

  /** A value that is nowhere. */
  value(lo: number, hi: number): void {
    const b = this.bytes;
    if (hi === 0 && lo >= 0 && lo < 32) b.push(DwOp.lit0 + lo);
    else if (hi === lo >> 31) {
      b.push(DwOp.consts);
      this.sleb(lo);
    } else {
      b.push(DwOp.const8u);
      for (let i = 0; i < 32; i += 8) b.push((lo >>> i) & 255);
      for (let i = 0; i < 32; i += 8) b.push((hi >>> i) & 255);
    }
    b.push(DwOp.stack_value);
  }

  /** What has been computed is the value, and not where it is. */
  stackValue(): void {
    this.bytes.push(DwOp.stack_value);
  }

  piece(size: number): void {
    this.bytes.push(DwOp.piece);
    this.uleb(size);
  }
}

/** Bytes below the arguments' address down to the top of the own frame: the return address and the saved BP. */
const belowArgs = 16;

/** Where a variable of the frame is, from the arguments' address. */
export function homeOffset(l: Local): number {
  return inOwnFrame(l) ? l.offset - belowArgs : l.offset;
}

export function slotOffset(s: StackSlot): number {
  return s.param === null ? s.offset - belowArgs : s.param.offset + s.offset;
}
