/** What an operand of a decoded instruction is. */
export const enum OperandKind {
  None = 0,
  /** A general-purpose register; AH, CH, DH, BH are 20 to 23. */
  Reg = 1,
  Mem = 2,
  Imm = 3,
  /** XMM or YMM register. */
  Vec = 4,
  /** A branch target relative to the next instruction: `rel`. */
  Rel = 5,
  /** x87 stack register. */
  St = 6,
  Mmx = 7,
  Segment = 8,
  Control = 9,
  Mask = 10,
}

export const enum Segment {
  None = 0,
  Fs = 1,
  Gs = 2,
}

/** Number of a base or index register that is not there. */
export const NoReg = -1;

/** One decoded instruction. Decoding fills the same object again and again: copy what must last. */
export class Insn {
  /** Intel's name in lower case, without operand size: "mov", "movzx", "jcc", "movs" (string), "movsd" (SSE). */
  mnemonic = "";
  /** Condition of jcc, setcc, cmovcc: the opcode's low four bits. */
  condition = 0;
  /** Bytes. */
  length = 0;
  operands = 0;
  readonly kind = new Uint8Array(4);
  /** Bits: of a register as used, of memory as accessed. */
  readonly size = new Uint16Array(4);
  readonly reg = new Int8Array(4);
  base = NoReg;
  index = NoReg;
  /** log2 of the factor. */
  scale = 0;
  /** Displacement; for RIP-relative operands relative to the next instruction. */
  disp = 0;
  ripRelative = false;
  /** The index is a vector register. */
  vsib = false;
  /** VEX.L: the vectors are of 256 bits. */
  long = false;
  segment: Segment = Segment.None;
  /** Addresses are cut to 32 bits. */
  address32 = false;
  /** Immediate, sign-extended to 64 bits: its halves. */
  immLo = 0;
  immHi = 0;
  /** Distance from the next instruction to a branch target. */
  rel = 0;
  /** 0xf3, 0xf2 or 0: a repeat prefix that the instruction uses as such. */
  rep = 0;
  lock = false;
  /** Operand size in bits of the instruction as a whole: 8, 16, 32, 64, or the vector length. */
  width = 0;
}
