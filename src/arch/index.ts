export { As, opcodeNames } from "./gen/opcodes.ts";
export { lastReg, Reg, regCtxt, regG, registerNames } from "./registers.ts";
