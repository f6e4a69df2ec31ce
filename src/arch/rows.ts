import { covers, packedRows, rowStart, Cls } from "./gen/rows.ts";

/** Bytes of one row, and what is where in it. */
export const rowSize = 26;
export const enum Row {
  /** Number of operands; then six classes wanted, six slots. */
  Args = 0,
  Class = 1,
  Slot = 7,
  /** 0 legacy, 1 VEX, 2 EVEX. */
  Kind = 13,
  /** RowPrefix bits. */
  Prefix = 14,
  /** Number of opcode bytes, then up to four of them. */
  NumOp = 15,
  Op = 16,
  /** Imm. */
  Imm = 20,
  /** Bit 0: register in the last opcode byte; the rest: 0 no ModRM, 1 /r, 2+n /n. */
  ModRM = 21,
  /** pp | L<<2 | map<<4 | W<<7. */
  Vex = 22,
  /** Log2 of the factor of an EVEX disp8. */
  DispShift = 23,
  /** EvexFlag bits. */
  Evex = 24,
  /** Bit i: operand i is a byte register, or may be. */
  Bytes = 25,
}

export const enum RowPrefix {
  P66 = 1,
  PF2 = 2,
  PF3 = 4,
  P67 = 8,
  RexW = 16,
  RexR = 32,
}

export const enum EvexFlag {
  Broadcast4 = 1,
  Broadcast8 = 2,
  Zeroing = 4,
  Rounding = 8,
  Sae = 16,
}

/** Where an operand goes. */
export const enum Slot {
  Implicit = 0,
  Reg = 1,
  RM = 2,
  RegAndRM = 3,
  V = 4,
  OpReg = 5,
  Imm = 6,
  K = 7,
  Is4 = 8,
  Branch = 9,
}

export const enum Imm {
  None = 0,
  I8 = 1,
  I16 = 2,
  I32 = 4,
  I64 = 8,
  Is4 = 9,
  C8 = 10,
  C32 = 11,
}

/** All rows, rowSize bytes each. */
export const rows: Uint8Array = unpack(packedRows);

/** First row of each opcode, as an index; the next entry ends it. */
export const firstRow: Int32Array = Int32Array.from(rowStart);

/** covered[wanted * 128 + operand class] is 1 where the operand satisfies the class a row wants. */
export const covered: Uint8Array = coverTable();

function coverTable(): Uint8Array {
  const t = new Uint8Array(covers.length * 128);
  for (let i = 0; i < covers.length; i++) for (const c of covers[i]!) if (c !== Cls.Bad) t[i * 128 + c] = 1;
  return t;
}

function unpack(text: string): Uint8Array {
  const digit = new Uint8Array(128);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (let i = 0; i < 64; i++) digit[alphabet.charCodeAt(i)] = i;
  let n = text.length;
  while (text.charCodeAt(n - 1) === 61) n--;
  const out = new Uint8Array(((n + 3) >> 2) * 3);
  for (let i = 0, at = 0; i < n; i += 4, at += 3) {
    // Behind the end charCodeAt is NaN, and digit[NaN] undefined: 0 here.
    const bits =
      (digit[text.charCodeAt(i)]! << 18) |
      (digit[text.charCodeAt(i + 1)]! << 12) |
      (digit[text.charCodeAt(i + 2)]! << 6) |
      digit[text.charCodeAt(i + 3)]!;
    out[at] = bits >> 16;
    out[at + 1] = bits >> 8;
    out[at + 2] = bits;
  }
  return out.subarray(0, (n * 3) >> 2);
}
