// Go's assembler syntax for a decoded instruction, as Go's own objdump prints it
// (golang.org/x/arch/x86/x86asm plan9x.go): operands from right to left, sizes as suffixes of some mnemonics only.

import { type Arg, ArgKind, type GoInst, Mark, RegClass } from "./goinst.ts";

/** The symbol that holds an address, and its start; undefined for none. */
export type SymbolLookup = (addr: number) => { name: string; base: number } | undefined;

const registers = ["AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI"];
const byteRegisters = ["AL", "CL", "DL", "BL"];
const highRegisters = ["AH", "CH", "DH", "BH"];
const segments = ["ES", "CS", "SS", "DS", "FS", "GS"];
const prefixNames: Readonly<Record<number, string>> = {
  38: "ES ",
  46: "CS ",
  54: "SS ",
  62: "DS ",
  100: "FS ",
  101: "GS ",
  240: "LOCK ",
  302: "PN ",
  318: "PT ",
};

/** Mnemonics that show the operand size as a suffix. */
const suffixed = new Set(
  (
    "ADC ADD AND BSF BSR BT BTC BTR BTS CMP CMPXCHG CVTSI2SD CVTSI2SS CVTSD2SI CVTSS2SI CVTTSD2SI CVTTSS2SI DEC DIV " +
    "FLDENV FRSTOR IDIV IMUL IN INC LEA MOV MOVNTI MUL NEG NOP NOT OR OUT POP POPA POPCNT PUSH PUSHA RCL RCR ROL ROR " +
    "SAR SBB SHL SHLD SHR SHRD SUB TEST XADD XCHG XOR"
  ).split(" "),
);

/** A number as Go's %#x prints it. */
export function hex(v: number): string {
  return v < 0 ? `-0x${(-v).toString(16)}` : `0x${v.toString(16)}`;
}

/** An immediate of two halves: signed if it fits 32 bits, else unsigned. */
export function immediate(lo: number, hi: number): string {
  if (hi === lo >> 31) return hex(lo | 0);
  const high = hi >>> 0;
  return high === 0
    ? `0x${(lo >>> 0).toString(16)}`
    : `0x${high.toString(16)}${(lo >>> 0).toString(16).padStart(8, "0")}`;
}

function registerName(cls: RegClass, n: number): string {
  switch (cls) {
    case RegClass.R8:
      if (n >= 20) return highRegisters[n - 20]!;
      return n < 4 ? byteRegisters[n]! : n < 8 ? registers[n]! : `R${n}`;
    case RegClass.R16:
    case RegClass.R32:
    case RegClass.R64:
      return n < 8 ? registers[n]! : `R${n}`;
    case RegClass.F:
      return `F${n}`;
    case RegClass.M:
      return `M${n}`;
    case RegClass.X:
    case RegClass.Y:
      return `X${n}`;
    case RegClass.Seg:
      return segments[n]!;
    case RegClass.CR:
      return `CR${n}`;
    case RegClass.DR:
      return `DR${n}`;
    case RegClass.TR:
      return `TR${n}`;
    default:
      return "IP";
  }
}

/** The text of an instruction that lies at address pc. */
export function goSyntax(inst: GoInst, pc: number, lookup: SymbolLookup): string {
  const args: string[] = [];
  for (let i = inst.args.length - 1; i >= 0; i--) args.push(argument(inst, inst.args[i]!, pc, lookup));
  let rep = "";
  let last = 0;
  for (const p of inst.prefix) {
    const b = p & 0xff;
    if ((b & 0xf0) === 0x40 || b === 0xc4 || b === 0xc5) break;
    // What the instruction's text says is left out; the later meanings count as implied only as a whole.
    if ((p & 0xff00) === Mark.Implicit) continue;
    if (b === 0xf3) rep = "REP; ";
    else if (b === 0xf2) rep = "REPNE; ";
    else last = p;
  }
  const b = last & 0xff;
  const prefix = b === 0 || b === 0x66 || b === 0x67 ? "" : (prefixNames[last & 0xfff] ?? "");
  let op = inst.op;
  if (suffixed.has(op)) {
    let bits = inst.dataSize;
    if (inst.memBytes !== 0) bits = inst.memBytes * 8;
    else if (inst.args.length === 1 && inst.args[0]!.kind === ArgKind.Reg && inst.args[0]!.cls === RegClass.R64) {
      bits = 64;
    }
    op += bits === 8 ? "B" : bits === 16 ? "W" : bits === 32 ? "L" : bits === 64 ? "Q" : "";
  }
  // Comparisons read from left to right.
  if (inst.op === "CMP") args.reverse();
  return rep + prefix + op + (args.length > 0 ? ` ${args.join(", ")}` : "");
}

function argument(inst: GoInst, a: Arg, pc: number, lookup: SymbolLookup): string {
  switch (a.kind) {
    case ArgKind.Reg:
      return registerName(a.cls, a.num);
    case ArgKind.Imm: {
      if ((inst.op === "MOV" || inst.op === "PUSH") && inst.dataSize === 32 && a.hi >= 0) {
        const v = a.hi * 4294967296 + (a.lo >>> 0);
        const s = lookup(v);
        if (s !== undefined) return v === s.base ? `$${s.name}(SB)` : `$${s.name}+${v - s.base}(SB)`;
      }
      return `$${immediate(a.lo, a.hi)}`;
    }
    case ArgKind.Rel: {
      const addr = pc + inst.len + a.lo;
      const s = lookup(addr);
      return s !== undefined && s.base === addr ? `${s.name}(SB)` : address(addr);
    }
    case ArgKind.Mem: {
      if (a.segment < 0 && a.lo !== 0 && a.scale === 0 && (a.baseClass === RegClass.IP || a.baseClass === 0)) {
        const addr = a.baseClass === RegClass.IP ? pc + inst.len + a.lo : a.lo;
        const s = lookup(addr);
        if (s !== undefined) return addr === s.base ? `${s.name}(SB)` : `${s.name}+${addr - s.base}(SB)`;
      }
      let out = a.segment >= 0 ? `${segments[a.segment]}:` : "";
      out += a.lo === 0 && a.hi === 0 ? "0" : displacement(a);
      if (a.baseClass !== RegClass.None) out += `(${registerName(a.baseClass, a.base)})`;
      if (a.indexClass !== RegClass.None) out += `(${registerName(a.indexClass, a.index)}*${a.scale})`;
      return out;
    }
  }
}

/** An address of 64 bits; below 0 it is one from the top. */
export function address(v: number): string {
  if (v >= 0) return hex(v);
  const hi = Math.floor(v / 4294967296) >>> 0;
  return `0x${hi.toString(16)}${(v >>> 0).toString(16).padStart(8, "0")}`;
}

/** The displacement of a memory operand; an absolute address has 64 bits. */
export function displacement(a: Arg): string {
  if (a.hi === 0) return hex(a.lo);
  const hi = a.hi < 0 ? -(a.hi + (a.lo === 0 ? 0 : 1)) : a.hi;
  const lo = a.hi < 0 ? -a.lo >>> 0 : a.lo >>> 0;
  const digits = hi === 0 ? lo.toString(16) : hi.toString(16) + lo.toString(16).padStart(8, "0");
  return `${a.hi < 0 ? "-" : ""}0x${digits}`;
}
