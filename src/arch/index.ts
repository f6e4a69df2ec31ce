export { As, opcodeNames } from "./gen/opcodes.ts";
export { Cls, only32, unaryDst } from "./gen/rows.ts";
export { lastReg, Reg, regCtxt, regG, registerNames } from "./registers.ts";
export { covered, EvexFlag, firstRow, Imm, Row, RowPrefix, rowSize, rows, Slot } from "./rows.ts";
export { Decoder } from "./decode/decoder.ts";
export { Insn, NoReg, OperandKind, Segment } from "./decode/insn.ts";
