/**
 * Registers as numbers: 0..15 are AX CX DX BX SP BP SI DI R8..R15, 16..31 are X0..X15. A RegMask has one bit for each and
 * fits an int32.
 */
export type RegMask = number;

export const regNames = [
  "AX",
  "CX",
  "DX",
  "BX",
  "SP",
  "BP",
  "SI",
  "DI",
  "R8",
  "R9",
  "R10",
  "R11",
  "R12",
  "R13",
  "R14",
  "R15",
  "X0",
  "X1",
  "X2",
  "X3",
  "X4",
  "X5",
  "X6",
  "X7",
  "X8",
  "X9",
  "X10",
  "X11",
  "X12",
  "X13",
  "X14",
  "X15",
] as const;

/** Registers that hold any integer or pointer: all but SP, BP (frame) and R14 (g). R15 is free without dynamic linking. */
export const gpMask: RegMask = 0b1011_1111_1100_1111;
/** X15 is the constant zero. */
export const fpMask: RegMask = 0x7fff << 16;

/** ABIInternal's sequences (cmd/compile/abi-internal.md). */
export const intArgRegs = [0, 3, 1, 7, 6, 8, 9, 10, 11] as const;
export const floatArgRegs = [16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30] as const;

/** How an operand may name memory: base register (or SP/SB pseudo value) plus offset or symbol in auxInt/aux. */
export type Addressing = "none" | "base" | "base+index*1" | "base+index*2" | "base+index*4" | "base+index*8";

/** What register allocation and emission need to know of a machine operation; a row in ../amd64/ops.ts. */
export interface MachineOp {
  readonly name: string;
  /** Go assembler mnemonic to emit ("ADDQ"), "" for pseudo-operations. */
  readonly asm: string;
  /** Allowed registers of each register argument (memory and flags arguments have mask 0). */
  readonly inputs: readonly RegMask[];
  /** Allowed registers of each result in registers. */
  readonly outputs: readonly RegMask[];
  /** Registers destroyed. */
  readonly clobbers: RegMask;
  /** Result 0 goes to the register of argument 0. */
  readonly resultInArg0: boolean;
  readonly commutative: boolean;
  readonly clobbersFlags: boolean;
  /** Takes or makes flags. */
  readonly readsFlags: boolean;
  readonly writesFlags: boolean;
  readonly addressing: Addressing;
  readonly loads: boolean;
  readonly stores: boolean;
  /** Faults if argument 0 is nil (offset below 4096): makes a NilCheck before it needless. */
  readonly faultsOnNil: boolean;
  readonly isCall: boolean;
}
