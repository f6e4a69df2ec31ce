// Where values live once registers are allocated.
import { fpMask, gpMask, Kind, type Local, type RegMask, type SType, type Value } from "../core/index.ts";

/**
 * Value.reg: -1 none (memory, flags, removed), 0..31 a register, from slotBase on a stack slot. A machine operation of
 * tuple type has the registers of its results in one byte each, the first in the lowest, 0xff for those in none.
 */
export const slotBase = 1 << 16;

export function isSlot(reg: number): boolean {
  return reg >= slotBase;
}

/** Register of the k-th register result (0 or 1) of a tuple operation, -1 if there is none. */
export function tupleReg(v: Value, k: number): number {
  const r = (v.reg >> (8 * k)) & 0xff;
  return r === 0xff ? -1 : r;
}

/** A place for spilled values in the frame, or the home that the caller's frame has for a register parameter. */
export class StackSlot {
  /** Offset as Local.offset counts: from the frame's top (negative), or from the argument pointer for a parameter's home. */
  offset = 0;

  constructor(
    readonly index: number,
    /** Holds pointers, and nothing but pointers. */
    readonly pointer: boolean,
    /** Bytes that a store may touch. */
    readonly size: number,
    /** The register parameter whose spill area this is; null for a slot of the own frame. */
    readonly param: Local | null,
  ) {}
}

/** Registers that values of a type may be in. */
export function classMask(t: SType): RegMask {
  return t.kind === Kind.Float32 || t.kind === Kind.Float64 || t.kind === Kind.Int128 ? fpMask : gpMask;
}

/** The number of the lowest register of a mask. */
export function lowestReg(mask: RegMask): number {
  return 31 - Math.clz32(mask & -mask);
}
