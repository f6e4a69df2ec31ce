// GNU (AT&T) syntax for a decoded instruction, as `go tool objdump -gnu` prints it (golang.org/x/arch/x86/x86asm gnu.go,
// which in turn keeps the habits of libopcodes: which prefixes show, which suffixes are left out).

import { type Arg, ArgKind, type GoInst, Mark, PrefixCode, RegClass } from "./goinst.ts";
import { address, hex } from "./gosyntax.ts";

const low = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
const segments = ["es", "cs", "ss", "ds", "fs", "gs"];
/** Order in which segment prefixes stand before an operand: cs ds ss es fs gs. */
const segmentOrder = [1, 3, 2, 0, 4, 5];
const segmentPrefix: Readonly<Record<number, number>> = { 38: 0, 46: 1, 54: 2, 62: 3, 100: 4, 101: 5 };

const names: Readonly<Record<string, string>> = {
  CBW: "cbtw",
  CDQ: "cltd",
  CMPSD: "cmpsl",
  CMPSD_XMM: "cmpsd",
  CWD: "cwtd",
  CWDE: "cwtl",
  CQO: "cqto",
  INSD: "insl",
  IRET: "iretw",
  IRETD: "iret",
  LODSB: "lods",
  LODSD: "lods",
  LODSQ: "lods",
  LODSW: "lods",
  MOVSD: "movsl",
  MOVSD_XMM: "movsd",
  OUTSD: "outsl",
  POPF: "popfw",
  PUSHF: "pushfw",
  SCASB: "scas",
  SCASD: "scas",
  SCASQ: "scas",
  SCASW: "scas",
  STOSB: "stos",
  STOSD: "stos",
  STOSQ: "stos",
  STOSW: "stos",
  XLATB: "xlat",
};

const comparisons = ["cmpeq", "cmplt", "cmple", "cmpunord", "cmpneq", "cmpnlt", "cmpnle", "cmpord"];
const multiplications: Readonly<Record<number, string>> = {
  0: "pclmullqlqdq",
  1: "pclmulhqlqdq",
  16: "pclmullqhqdq",
  17: "pclmulhqhqdq",
};

const reversed: Readonly<Record<string, string>> = {
  FDIV: "FDIVR",
  FDIVR: "FDIV",
  FSUB: "FSUBR",
  FSUBR: "FSUB",
  FDIVP: "FDIVRP",
  FDIVRP: "FDIVP",
  FSUBP: "FSUBRP",
  FSUBRP: "FSUBP",
};

function set(words: string): ReadonlySet<string> {
  return new Set(words.split(" "));
}

const shifts = set("SHL SHR RCL RCR ROL ROR SAR");
const dataImplied = set(
  "CVTSD2SI CVTSS2SI CVTTSD2SI CVTTSS2SI ENTER FLDENV FNSAVE FNSTENV FRSTOR LGDT LIDT LRET POP PUSH RET SGDT SIDT SYSRET XBEGIN MOVQ2DQ",
);
const addressImplied = set("LOOP LOOPE LOOPNE MONITOR");
const dataShown = set("SLDT SMSW STR FXRSTOR XRSTOR XSAVE XSAVEOPT CMPXCHG8B");
const bare = set(
  "CMPXCHG8B FLDCW FNSTCW FNSTSW LDMXCSR LLDT LMSW LTR PCLMULQDQ SETA SETAE SETB SETBE SETE SETG SETGE SETL SETLE SETNE " +
    "SETNO SETNP SETNS SETO SETP SETS SLDT SMSW STMXCSR STR VERR VERW",
);
const jumps = set("CALL ENTER JMP LCALL LEAVE LJMP LRET RET SYSRET XBEGIN");
const floats = set(
  "FADD FCOM FCOMP FDIV FDIVR FIADD FICOM FICOMP FIDIV FIDIVR FILD FIMUL FIST FISTP FISTTP FISUB FISUBR FLD FMUL FST FSTP FSUB FSUBR",
);
const floatIntegers = set("FIADD FICOM FICOMP FIDIV FIDIVR FILD FIMUL FIST FISTP FISTTP FISUB FISUBR");
const conversions = set("CVTSI2SS CVTSI2SD CVTSS2SI CVTSD2SI CVTTSD2SI CVTTSS2SI");
const ports = set("IN INSB INSW INSD OUT OUTSB OUTSW OUTSD");
const noOverride = set("INSB INSW INSD STOSB STOSW STOSD STOSQ SCASB SCASW SCASD SCASQ");
const twoMemories = set("MOVSB MOVSW MOVSD MOVSQ OUTSB OUTSW OUTSD");

/** Prefixes that can be marked again: the formatter decides anew what shows. */
class Shown {
  constructor(readonly list: number[]) {}

  count(b: number): number {
    let n = 0;
    for (const p of this.list) if ((p & 0xff) === b) n++;
    return n;
  }

  markLast(b: number): boolean {
    for (let i = this.list.length - 1; i >= 0; i--) {
      if ((this.list[i]! & 0xff) !== b) continue;
      this.list[i]! |= Mark.Implicit;
      return true;
    }
    return false;
  }

  unmark(b: number): void {
    for (let i = 0; i < this.list.length; i++) if ((this.list[i]! & 0xff) === b) this.list[i]! &= ~Mark.Implicit;
  }
}

function suffix(bytes: number): string {
  return bytes === 1 ? "b" : bytes === 2 ? "w" : bytes === 4 ? "l" : bytes === 8 ? "q" : "";
}

function isMem(a: Arg | undefined): boolean {
  return a !== undefined && a.kind === ArgKind.Mem;
}

function isSegment(a: Arg | undefined): boolean {
  return a !== undefined && a.kind === ArgKind.Reg && a.cls === RegClass.Seg;
}

function isBranch(op: string): boolean {
  return op[0] === "J" && op !== "JMP" && !op.endsWith("CXZ");
}

/** The text of an instruction that lies at address pc. */
export function gnuSyntax(inst: GoInst, pc: number): string {
  const shown = new Shown(inst.prefix.slice());
  const { list } = shown;
  let name = inst.op;
  let args = inst.args;
  const a0 = args[0];
  const a1 = args[1];
  const swap = reversed[name];
  if (swap !== undefined && (inst.opcode === 0xdc || inst.opcode === 0xde)) {
    if (a0?.kind === ArgKind.Reg && a1?.kind === ArgKind.Reg) name = swap;
  }
  if (name === "MOVNTSD" && shown.count(0xf3) > 0) {
    let found = false;
    for (let i = list.length - 1; i >= 0; i--) {
      const b = list[i]! & 0xff;
      if (b === 0xf3 && !found) {
        found = true;
        list[i]! |= Mark.Implicit;
      } else if (b === 0xf2) list[i]! &= ~Mark.Implicit;
    }
    name = "MOVNTSS";
  }
  if (name === "MONITOR") args = [2, 1, 0].map((n) => new Arg0(RegClass.R32, n));
  else if (name === "MWAIT") args = [1, 0].map((n) => new Arg0(RegClass.R64, n));
  prefixesOf(inst, name, args, shown);

  let op = names[name] ?? name.toLowerCase();
  if (needsSuffix(name, args)) op = withSuffix(inst, name, op, args, shown);

  if (name === "INT" && inst.opcode === 0xcc) {
    args = [];
    op = "int3";
  }
  const a2 = args[2];
  if (a2 !== undefined && a2.kind === ArgKind.Imm) {
    if (/^CMP(PS|PD|SD_XMM|SS)$/.test(name) && a2.lo >= 0 && a2.lo < 8) {
      args = args.slice(0, 2);
      op = comparisons[a2.lo]! + op.slice(3);
    } else if (name === "PCLMULQDQ" && multiplications[a2.lo] !== undefined) {
      args = args.slice(0, 2);
      op = multiplications[a2.lo]!;
    }
  }
  if (name === "XLATB" && shown.markLast(0x67)) op = "xlat";

  const used = { prefixes: false };
  const texts: string[] = [];
  args.forEach((a, i) => {
    if (twoMemories.has(name)) used.prefixes = i === 0;
    if (a.kind === ArgKind.Imm && a.lo === 1 && a.hi === 0 && (inst.opcode & 0xfe) === 0xd0) return;
    texts.push(argument(inst, name, pc, a, list, used));
  });
  if (name !== "BOUND" && name !== "LCALL" && name !== "ENTER" && name !== "LJMP") texts.reverse();
  const [prefix, hint] = prefixText(list, shown);
  let text = prefix + op + hint;
  if (texts.length > 0) {
    const indirect = /^(L?CALL|L?JMP)$/.test(name) && (isMem(args[0]) || args[0]?.kind === ArgKind.Reg);
    text += ` ${indirect ? "*" : ""}${texts.join(",")}`;
  }
  return text;
}

/** A register operand that the instruction does not encode. */
class Arg0 implements Arg {
  readonly kind = ArgKind.Reg;
  readonly lo = 0;
  readonly hi = 0;
  readonly segment = -1;
  readonly baseClass = RegClass.None;
  readonly base = 0;
  readonly indexClass = RegClass.None;
  readonly index = 0;
  readonly scale = 0;
  constructor(
    readonly cls: RegClass,
    readonly num: number,
  ) {}
}

/** Marks the prefixes that libopcodes shows or hides by instruction. */
function prefixesOf(inst: GoInst, name: string, args: readonly Arg[], shown: Shown): void {
  const { list } = shown;
  if (name === "CRC32") {
    if (shown.count(0xf2) > 1) {
      shown.unmark(0xf2);
      shown.markLast(0xf2);
    }
    shown.unmark(0x66);
    shown.markLast(0x66);
  } else if (name === "CVTSI2SD" || name === "CVTSI2SS") {
    if (!isMem(args[1])) shown.markLast(0x66);
  } else if (dataImplied.has(name)) shown.markLast(0x66);
  else if (addressImplied.has(name)) shown.markLast(0x67);
  else if (name === "MOV") {
    if ((isSegment(args[1]) && isMem(args[0])) || (isSegment(args[0]) && isMem(args[1]))) shown.unmark(0x66);
  } else if (name === "MOVDQU") {
    if (shown.count(0xf3) > 1) {
      shown.unmark(0xf3);
      shown.markLast(0xf3);
    }
  } else if (dataShown.has(name)) {
    if (isMem(args[0])) shown.unmark(0x66);
  } else if (name === "SYSEXIT") shown.unmark(0x66);

  if ((isBranch(name) || name.startsWith("LOOP") || name.endsWith("CXZ")) && shown.count(0x2e) > 0) {
    if (shown.count(0x3e) > 0) {
      for (let i = 0; i < list.length; i++) {
        const p = list[i]! & 0xfff;
        if (p === PrefixCode.NotTaken || p === PrefixCode.Taken) list[i]! &= 0xf0ff;
      }
    }
  }
  if (inst.op === "MOV") {
    let blocked = false;
    for (let i = list.length - 1; i >= 0; i--) {
      const p = list[i]! & ~Mark.Ignored;
      if (p === 0xf2) blocked = true;
      else if (p === PrefixCode.Release && blocked) list[i] = 0xf3;
    }
  }
  let acquire = false;
  let release = false;
  for (let i = list.length - 1; i >= 0; i--) {
    const p = list[i]! & ~Mark.Ignored;
    if (p === PrefixCode.Release) {
      if (release) list[i] = 0xf3;
      release = true;
    } else if (p === PrefixCode.Acquire) {
      if (acquire) list[i] = 0xf2;
      acquire = true;
    }
  }
}

/** Whether no register operand tells the size. */
function needsSuffix(name: string, args: readonly Arg[]): boolean {
  for (let i = 0; i < args.length; i++) {
    const a = args[i]!;
    if (a.kind !== ArgKind.Reg) continue;
    if (name === "MOVSX" || name === "MOVZX" || name === "CRC32") continue;
    if (i === 1 && shifts.has(name)) continue;
    if ((name === "PUSH" || name === "POP") && a.cls === RegClass.Seg) continue;
    if ((name === "CVTSI2SD" || name === "CVTSI2SS") && a.cls === RegClass.X) continue;
    switch (a.cls) {
      case RegClass.R8:
      case RegClass.R16:
      case RegClass.R32:
      case RegClass.R64:
      case RegClass.Seg:
      case RegClass.X:
      case RegClass.Y:
      case RegClass.M:
        return false;
      default:
    }
  }
  return true;
}

function argBytes(inst: GoInst, a: Arg | undefined): number {
  return isMem(a) ? inst.memBytes : a?.kind === ArgKind.Reg && a.cls <= RegClass.R64 ? a.cls : 0;
}

function withSuffix(inst: GoInst, name: string, op: string, args: readonly Arg[], shown: Shown): string {
  if (bare.has(name)) return op;
  switch (name) {
    case "CRC32":
      return op + suffix(argBytes(inst, args[1]));
    case "LGDT":
    case "LIDT":
    case "SGDT":
    case "SIDT":
      return op + suffix(inst.dataSize >> 3);
    case "MOVZX":
    case "MOVSX":
      return op.slice(0, 4) + suffix(argBytes(inst, args[1])) + suffix(argBytes(inst, args[0]));
    case "LOOP":
    case "LOOPE":
    case "LOOPNE":
      return op;
    case "FRSTOR":
    case "FNSAVE":
    case "FNSTENV":
    case "FLDENV":
      return inst.dataSize === 16 ? `${op}s` : op;
    case "PUSH":
    case "POP":
      return shown.markLast(0x66) ? op + suffix(inst.dataSize >> 3) : `${op}q`;
    default:
  }
  if (jumps.has(name)) {
    if (inst.opcode === 0xeb) return op;
    if (inst.dataSize === 16) {
      shown.markLast(0x66);
      return `${op}w`;
    }
    return `${op}q`;
  }
  if (floats.has(name)) {
    switch (inst.memBytes) {
      case 4:
        return op + (floatIntegers.has(name) ? "l" : "s");
      case 8:
        return op + (floatIntegers.has(name) ? "ll" : "l");
      default:
        return (name === "FLD" || name === "FSTP") && isMem(args[0]) ? `${op}t` : op;
    }
  }
  return op + suffix(inst.memBytes);
}

const prefixNames: Readonly<Record<number, string>> = {
  38: "es",
  46: "cs",
  54: "ss",
  62: "ds",
  100: "fs",
  101: "gs",
  240: "lock",
  242: "repn",
  243: "rep",
  [PrefixCode.Acquire]: "xacquire",
  [PrefixCode.Bnd]: "bnd",
  [PrefixCode.Release]: "xrelease",
};

/** The prefixes that show, and what branch hints add to the mnemonic. */
function prefixText(list: readonly number[], shown: Shown): [string, string] {
  let out = "";
  let hint = "";
  let addresses = 0;
  let datas = 0;
  const impliedData = list.some((p) => (p & 0xff) === 0x66 && (p & Mark.Implicit) !== 0);
  for (const p of list) {
    const b = p & 0xff;
    if (b === 0xc4 || b === 0xc5) break;
    if ((p & Mark.Implicit) !== 0) continue;
    const code = p & 0xfff;
    if ((b & 0xf0) === 0x40) {
      const bits = `${b & 8 ? "W" : ""}${b & 4 ? "R" : ""}${b & 2 ? "X" : ""}${b & 1 ? "B" : ""}`;
      out += bits === "" ? "rex " : `rex.${bits} `;
    } else if (code === PrefixCode.NotTaken) hint += ",pn";
    else if (code === PrefixCode.Taken) hint += ",pt";
    else if (b === 0x67) {
      addresses++;
      out += shown.count(0x67) > addresses ? "addr64 " : "addr32 ";
    } else if (b === 0x66) {
      if (impliedData && shown.count(0x66) > 1) {
        datas++;
        out += shown.count(0x66) > datas ? "data32 " : "data16 ";
      } else out += "data16 ";
    } else out += `${prefixNames[code] ?? `prefix(${hex(code)})`} `;
  }
  return [out, hint];
}

function registerName(cls: RegClass, n: number): string {
  switch (cls) {
    case RegClass.R8:
      if (n >= 20) return `%${"acdb"[n - 20]}h`;
      return n < 4 ? `%${"acdb"[n]}l` : n < 8 ? `%${low[n]}l` : `%r${n}b`;
    case RegClass.R16:
      return n < 8 ? `%${low[n]}` : `%r${n}w`;
    case RegClass.R32:
      return n < 8 ? `%e${low[n]}` : `%r${n}d`;
    case RegClass.R64:
      return n < 8 ? `%r${low[n]}` : `%r${n}`;
    case RegClass.F:
      return n === 0 ? "%st" : `%st(${n})`;
    case RegClass.M:
      return `%mm${n}`;
    case RegClass.X:
    case RegClass.Y:
      return `%xmm${n}`;
    case RegClass.Seg:
      return `%${segments[n]}`;
    case RegClass.CR:
      return `%cr${n}`;
    case RegClass.DR:
      return n < 8 ? `%db${n}` : "";
    case RegClass.TR:
      return `%tr${n}`;
    default:
      return n === 1 ? "%eip" : "%rip";
  }
}

/** A signed number of 64 bits. */
function signedHex(lo: number, hi: number): string {
  if (hi === lo >> 31) return hex(lo | 0);
  if (hi >= 0) return hex(hi * 4294967296 + (lo >>> 0)).length <= 15 ? hex(hi * 4294967296 + (lo >>> 0)) : wide(lo, hi);
  const nlo = -lo | 0;
  const nhi = (nlo === 0 ? -hi : ~hi) | 0;
  return `-${wide(nlo, nhi)}`;
}

function wide(lo: number, hi: number): string {
  const h = hi >>> 0;
  return h === 0 ? `0x${(lo >>> 0).toString(16)}` : `0x${h.toString(16)}${(lo >>> 0).toString(16).padStart(8, "0")}`;
}

function argument(inst: GoInst, name: string, pc: number, a: Arg, list: number[], used: { prefixes: boolean }): string {
  switch (a.kind) {
    case ArgKind.Reg: {
      if (a.cls === RegClass.R16 && a.num === 2 && ports.has(name)) return "(%dx)";
      if (conversions.has(name) && inst.dataSize === 16 && a.cls === RegClass.R32) {
        return registerName(RegClass.R16, a.num);
      }
      const text = registerName(a.cls, a.num);
      return name.startsWith("VMOV") ? text.replace("xmm", "ymm") : text;
    }
    case ArgKind.Imm:
      return `$${signedHex(a.lo, a.hi)}`;
    case ArgKind.Rel:
      return address(pc + inst.len + a.lo);
    case ArgKind.Mem: {
      const have = [false, false, false, false, false, false];
      if (a.segment >= 0) have[a.segment] = true;
      if (!noOverride.has(name) && !used.prefixes) {
        for (let i = list.length - 1; i >= 0; i--) {
          const s = segmentPrefix[list[i]! & ~Mark.Ignored];
          if (s === undefined || have[s]) continue;
          have[s] = true;
          list[i]! |= Mark.Implicit;
        }
        used.prefixes = true;
      }
      let out = "";
      for (const s of segmentOrder) if (have[s]) out += `%${segments[s]}:`;
      if (a.hi !== 0) out += signedHex(a.lo, a.hi);
      else if (a.lo !== 0) out += hex(a.lo);
      const isStack = (a.baseClass === RegClass.R32 || a.baseClass === RegClass.R64) && a.base === 4;
      const noBase = a.baseClass === RegClass.None;
      const noIndex = a.indexClass === RegClass.None;
      if (a.scale === 0 || (noIndex && a.scale === 1 && (isStack || noBase))) {
        return noBase ? out : `${out}(${registerName(a.baseClass, a.base)})`;
      }
      const base = noBase ? "" : registerName(a.baseClass, a.base);
      const index = noIndex ? (inst.addrSize === 64 ? "%riz" : "%eiz") : registerName(a.indexClass, a.index);
      return `${out}(${base},${index},${a.scale})`;
    }
  }
}
