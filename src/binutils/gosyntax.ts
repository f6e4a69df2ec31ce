// Go's assembler syntax for a decoded instruction, as Go's own objdump prints it
// (golang.org/x/arch/x86/x86asm plan9x.go): operands from right to left, sizes as suffixes of some mnemonics only.

import { type Insn, NoReg, OperandKind, Segment } from "#arch";

/** The symbol that holds an address, and its start; undefined for none. */
export type SymbolLookup = (addr: number) => { name: string; base: number } | undefined;

const registers = ["AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI"];
const byteRegisters = ["AL", "CL", "DL", "BL", "SP", "BP", "SI", "DI"];
const highRegisters = ["AH", "CH", "DH", "BH"];
const conditions = ["O", "NO", "B", "AE", "E", "NE", "BE", "A", "S", "NS", "P", "NP", "L", "GE", "LE", "G"];

/** Mnemonics that show the operand size as a suffix. */
const suffixed = new Set(
  (
    "ADC ADD AND BSF BSR BT BTC BTR BTS CMP CMPXCHG CVTSI2SD CVTSI2SS CVTSD2SI CVTSS2SI CVTTSD2SI CVTTSS2SI DEC DIV " +
    "FLDENV FRSTOR IDIV IMUL IN INC LEA MOV MOVNTI MUL NEG NOP NOT OR OUT POP POPA POPCNT PUSH PUSHA RCL RCR ROL ROR " +
    "SAR SBB SHL SHLD SHR SHRD SUB TEST XADD XCHG XOR"
  ).split(" "),
);

/** Mnemonics whose memory operand has no size of its own. */
const sizeless = new Set(["LEA"]);

/** What Go's table calls otherwise than ours. */
const renamed: Readonly<Record<string, string>> = {
  MOVSD: "MOVSD_XMM",
  CMPSD: "CMPSD_XMM",
  INT1: "ICEBP",
  POPF: "POPFQ",
  PUSHF: "PUSHFQ",
  XLAT: "XLATB",
};

function registerName(n: number, bits: number): string {
  if (n >= 20) return highRegisters[n - 20]!;
  if (n >= 8) return `R${n}`;
  return bits === 8 ? byteRegisters[n]! : registers[n]!;
}

function hex(v: number): string {
  return v < 0 ? `-0x${(-v).toString(16)}` : `0x${v.toString(16)}`;
}

/** The prefixes of an instruction that change its text. */
interface Prefixes {
  /** Operand size by prefixes alone. */
  dataSize: number;
  rep: number;
  /** A segment override that has no effect in 64-bit mode, or "". */
  ignoredSegment: string;
}

function scanPrefixes(bytes: Uint8Array, at: number): Prefixes {
  const p: Prefixes = { dataSize: 32, rep: 0, ignoredSegment: "" };
  let i = at;
  for (; ; i++) {
    const b = bytes[i]!;
    if (b === 0x66) p.dataSize = 16;
    else if (b === 0xf2 || b === 0xf3) p.rep = b;
    else if (b === 0x2e) p.ignoredSegment = "CS ";
    else if (b === 0x36) p.ignoredSegment = "SS ";
    else if (b === 0x3e) p.ignoredSegment = "DS ";
    else if (b === 0x26) p.ignoredSegment = "ES ";
    else if (b !== 0x67 && b !== 0xf0 && b !== 0x64 && b !== 0x65) break;
  }
  if ((bytes[i]! & 0xf8) === 0x48) p.dataSize = 64;
  return p;
}

const stringOps = new Set(["movs", "stos", "lods", "scas", "cmps", "ins", "outs"]);
const stringSuffix: Readonly<Record<number, string>> = { 8: "B", 16: "W", 32: "D", 64: "Q" };

/** The text of the instruction at bytes[at], which lies at address pc. */
export function goSyntax(insn: Insn, bytes: Uint8Array, at: number, pc: number, lookup: SymbolLookup): string {
  const p = scanPrefixes(bytes, at);
  if (stringOps.has(insn.mnemonic)) return stringInstruction(insn, p);
  let op = insn.mnemonic.toUpperCase();
  if (op.startsWith("MMX.")) op = op.slice(4);
  if (op === "JCC") op = `J${conditions[insn.condition]}`;
  else if (op === "SETCC") op = `SET${conditions[insn.condition]}`;
  else if (op === "CMOVCC") op = `CMOV${conditions[insn.condition]}`;
  else op = renamed[op] ?? op;
  const args: string[] = [];
  let memory = 0;
  for (let i = insn.operands - 1; i >= 0; i--) {
    if (insn.kind[i] === OperandKind.Mem && !sizeless.has(op)) memory = insn.size[i]!;
    args.push(operand(insn, i, pc, lookup));
  }
  if (op === "INT3") {
    op = "INT";
    args.push("$0x3");
  }
  const name = op;
  if (suffixed.has(op)) {
    let bits = p.dataSize;
    if (memory !== 0) bits = memory;
    else if (insn.operands === 1 && insn.kind[0] === OperandKind.Reg && insn.size[0] === 64) bits = 64;
    op += bits === 8 ? "B" : bits === 16 ? "W" : bits === 32 ? "L" : bits === 64 ? "Q" : "";
  }
  // Comparisons read from left to right.
  if (name === "CMP") args.reverse();
  const lock = insn.lock ? "LOCK " : "";
  return lock + p.ignoredSegment + op + (args.length > 0 ? ` ${args.join(", ")}` : "");
}

function stringInstruction(insn: Insn, p: Prefixes): string {
  const rep = p.rep === 0xf3 ? "REP; " : p.rep === 0xf2 ? "REPNE; " : "";
  const op = insn.mnemonic.toUpperCase() + (stringSuffix[insn.width] ?? "");
  const si = `${insn.segment === Segment.Fs ? "FS" : insn.segment === Segment.Gs ? "GS" : "DS"}:0(SI)`;
  const di = "ES:0(DI)";
  const acc = insn.width === 8 ? "AL" : "AX";
  switch (insn.mnemonic) {
    case "movs":
      return `${rep}${op} ${si}, ${di}`;
    case "cmps":
      return `${rep}${op} ${di}, ${si}`;
    case "stos":
      return `${rep}${op} ${acc}, ${di}`;
    case "lods":
      return `${rep}${op} ${si}, ${acc}`;
    case "scas":
      return `${rep}${op} ${di}, ${acc}`;
    case "ins":
      return `${rep}${op} DX, ${di}`;
    default:
      return `${rep}${op} ${si}, DX`;
  }
}

function operand(insn: Insn, i: number, pc: number, lookup: SymbolLookup): string {
  const n = insn.reg[i]!;
  switch (insn.kind[i]! as OperandKind) {
    case OperandKind.Reg:
      return registerName(n, insn.size[i]!);
    case OperandKind.Vec:
      return `${insn.size[i] === 256 ? "Y" : "X"}${n}`;
    case OperandKind.Mem:
      return memoryOperand(insn, pc, lookup);
    case OperandKind.Imm:
      // Immediates of byte operations are unsigned, all others signed.
      return insn.size[0] === 8 ? `$${hex(insn.immLo & 255)}` : `$${immediate(insn.immLo, insn.immHi)}`;
    case OperandKind.Rel: {
      const addr = pc + insn.length + insn.rel;
      const s = lookup(addr);
      return s !== undefined && s.base === addr ? `${s.name}(SB)` : hex(addr);
    }
    case OperandKind.St:
      return `F${n}`;
    case OperandKind.Mmx:
      return `M${n}`;
    case OperandKind.Segment:
      return ["ES", "CS", "SS", "DS", "FS", "GS"][n] ?? "?";
    case OperandKind.Control:
      return `CR${n}`;
    case OperandKind.Mask:
      return `K${n}`;
    default:
      return "?";
  }
}

/** A 64-bit immediate: signed if it fits 32 bits, else unsigned. */
function immediate(lo: number, hi: number): string {
  if (hi === lo >> 31) return hex(lo | 0);
  const high = hi >>> 0;
  return high === 0
    ? `0x${(lo >>> 0).toString(16)}`
    : `0x${high.toString(16)}${(lo >>> 0).toString(16).padStart(8, "0")}`;
}

function memoryOperand(insn: Insn, pc: number, lookup: SymbolLookup): string {
  // Go's decoder takes 4-byte displacements for unsigned: it finds no symbol before the instruction.
  if (insn.ripRelative && insn.segment === Segment.None && insn.disp > 0) {
    const addr = pc + insn.length + insn.disp;
    const s = lookup(addr);
    if (s !== undefined) return addr === s.base ? `${s.name}(SB)` : `${s.name}+${addr - s.base}(SB)`;
  }
  let out = "";
  if (insn.segment === Segment.Fs) out = "FS:";
  else if (insn.segment === Segment.Gs) out = "GS:";
  const wide = insn.disp < -128 || insn.base === NoReg;
  out += insn.disp === 0 ? "0" : hex(wide ? insn.disp >>> 0 : insn.disp);
  if (insn.ripRelative) out += "(IP)";
  else if (insn.base !== NoReg) out += `(${registerName(insn.base, 64)})`;
  if (insn.index !== NoReg) out += `(${registerName(insn.index, 64)}*${1 << insn.scale})`;
  return out;
}
