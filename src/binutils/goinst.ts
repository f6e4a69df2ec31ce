// An instruction as Go's own disassembler takes it apart (golang.org/x/arch/x86/x86asm, decode.go). The instruction table
// is the project's own; what is here is where Go's decoder differs from a CPU: which prefixes it reads and in what order,
// that it reads VEX prefixes but knows hardly an instruction that has one, which operands it makes explicit.

import { Decoder, type Insn, OperandKind } from "#arch";
import { goRows } from "./gorows.ts";

export const enum ArgKind {
  Reg,
  Imm,
  Rel,
  Mem,
}

/** What a register belongs to; general registers by size in bytes. */
export const enum RegClass {
  None,
  R8 = 1,
  R16 = 2,
  /** SPL, BPL, SIL, DIL and R8B up count as R8, AH to BH are numbers 20 to 23. */
  R32 = 4,
  R64 = 8,
  F,
  M,
  X,
  Y,
  Seg,
  CR,
  DR,
  TR,
  IP,
}

/** One operand. Numbers that a kind does not have are 0. */
export class Arg {
  constructor(
    readonly kind: ArgKind,
    readonly cls: RegClass = RegClass.None,
    readonly num = 0,
    /** Imm: the value's halves, sign-extended. Rel, Mem: lo is the displacement. */
    readonly lo = 0,
    readonly hi = 0,
    /** Segment register, or -1. */
    readonly segment = -1,
    readonly baseClass: RegClass = RegClass.None,
    readonly base = 0,
    readonly indexClass: RegClass = RegClass.None,
    readonly index = 0,
    /** 1, 2, 4, 8, or 0 without SIB byte. */
    readonly scale = 0,
  ) {}
}

/** Marks on a prefix, above its byte and the number of its reading. */
export const enum Mark {
  /** Said by the instruction's text. */
  Implicit = 0x8000,
  /** Without effect, or overridden by a later one. */
  Ignored = 0x4000,
  Invalid = 0x2000,
}

/** Readings of a prefix that are not the byte itself. */
export const enum PrefixCode {
  Data16 = 0x166,
  Addr32 = 0x267,
  NotTaken = 0x12e,
  Taken = 0x13e,
  Acquire = 0x1f2,
  Bnd = 0x2f2,
  Release = 0x1f3,
}

export class GoInst {
  op = "";
  /** Bytes. */
  len = 0;
  args: Arg[] = [];
  /** In the order of the bytes, VEX and REX included. */
  prefix: number[] = [];
  dataSize = 32;
  addrSize = 64;
  memBytes = 0;
  /** The operand size depends on REX.W. */
  rexW = false;
  /** Some bit of REX is read, set or not. */
  rexAny = false;
  /** Byte registers are not encoded: IN, OUT. */
  fixedByte = false;
  /** The first byte of the opcode. */
  opcode = 0;
}

const conditions = ["O", "NO", "B", "AE", "E", "NE", "BE", "A", "S", "NS", "P", "NP", "L", "GE", "LE", "G"];

/** What Go's decoder calls otherwise than our table. */
const renamed: Readonly<Record<string, string>> = {
  MOVSD: "MOVSD_XMM",
  CMPSD: "CMPSD_XMM",
  INT1: "ICEBP",
  INT3: "INT",
  POPF: "POPFQ",
  PUSHF: "PUSHFQ",
  XLAT: "XLATB",
};

/** Memory operands without a size. */
const sizeless = new Set(
  "LEA INVLPG FXSAVE FXSAVE64 FXRSTOR FXRSTOR64 XSAVE XSAVE64 XRSTOR XRSTOR64 XSAVEOPT XSAVEOPT64 XSAVEC XSAVEC64 XSAVES XSAVES64 XRSTORS XRSTORS64 FLDENV FRSTOR FNSAVE FNSTENV SGDT SIDT LGDT LIDT CLFLUSH PREFETCHNTA PREFETCHT0 PREFETCHT1 PREFETCHT2 PREFETCHW FBLD FBSTP LDDQU".split(
    " ",
  ),
);

/** Instructions that Go's decoder does not know. */
const unknown = new Set(
  "WRPKRU RDPKRU TPAUSE UMONITOR UMWAIT ADCX ADOX RDSEED CLWB CLFLUSHOPT RDPID SHA1RNDS4 SHA1NEXTE SHA1MSG1 SHA1MSG2 SHA256RNDS2 SHA256MSG1 SHA256MSG2".split(
    " ",
  ),
);

const stringSuffix: Readonly<Record<number, string>> = { 8: "B", 16: "W", 32: "D", 64: "Q" };
const segmentOf: Readonly<Record<number, number>> = { 38: 0, 46: 1, 54: 2, 62: 3, 100: 4, 101: 5 };
const ES = 0;
const DS = 3;

function isPrefix(b: number): boolean {
  return b === 0xf0 || b === 0xf2 || b === 0xf3 || b === 0x66 || b === 0x67 || segmentOf[b] !== undefined;
}

/** F2 and F3 as VEX.pp says them. */
const vexRep = [0, 0, 0xf3, 0xf2];

/** The only instructions with VEX that Go knows: by opcode, pp and map; "?" spoils the opcode, "" leaves it. */
function vexMoves(opcode: number, pp: number, map: number): string {
  switch (opcode) {
    case 0x77:
      return map === 1 ? "VZEROUPPER" : "?";
    case 0x6f:
    case 0x7f:
      return map !== 1 ? "?" : pp === 1 ? "VMOVDQA" : pp === 2 ? "VMOVDQU" : "?";
    case 0xe7:
      return map === 1 && pp === 1 ? "VMOVNTDQ" : "?";
    case 0x2a:
      return map === 2 && pp === 1 ? "VMOVNTDQA" : "?";
    default:
      return "";
  }
}

/** Reads one of them, its ModRM at bytes[p]. */
function vexInstruction(
  inst: GoInst,
  op: string,
  bytes: Uint8Array,
  at: number,
  p: number,
  end: number,
  seg: number,
): GoInst | undefined {
  inst.op = op;
  inst.len = p - at;
  if (op === "VZEROUPPER") return inst;
  const next = p < end ? p + modrmLength(bytes, p) : end + 1;
  if (next > end) return undefined;
  inst.len = next - at;
  const modrm = bytes[p]!;
  const reg = new Arg(ArgKind.Reg, RegClass.Y, ((modrm >> 3) & 7) + ((inst.prefix[1]! & 0x80) === 0 ? 8 : 0));
  let rm: Arg;
  if (modrm < 0xc0) {
    inst.memBytes = 32;
    rm = memory(inst, bytes, p, 0, seg);
  } else {
    if (op.startsWith("VMOVNT")) return undefined;
    // Go looks at the bit of the index.
    const high = inst.prefix[0] === 0xc4 && (inst.prefix[1]! & 0x40) !== 0;
    rm = new Arg(ArgKind.Reg, RegClass.Y, (modrm & 7) + (high ? 8 : 0));
  }
  inst.args = inst.opcode === 0x7f || inst.opcode === 0xe7 ? [rm, reg] : [reg, rm];
  return inst;
}

/** Whether an opcode has a ModRM byte that Go reads as such. */
function readsModrm(opcode: number, second: number): boolean {
  if (opcode === 0x0f) {
    if (second === 0x38 || second === 0x3a) return true;
    if (second >= 0x05 && second <= 0x0b) return false;
    if (second >= 0x30 && second <= 0x37) return false;
    if (second >= 0x80 && second <= 0x8f) return false;
    if (second >= 0xc8 && second <= 0xcf) return false;
    return !(
      second === 0x77 ||
      second === 0x0e ||
      (second >= 0xa0 && second <= 0xa2) ||
      (second >= 0xa8 && second <= 0xaa)
    );
  }
  if (opcode < 0x40) return (opcode & 7) < 4;
  if (opcode >= 0x80 && opcode < 0x90) return true;
  if (opcode >= 0xd8 && opcode < 0xe0) return true;
  return (
    opcode === 0x63 ||
    opcode === 0x69 ||
    opcode === 0x6b ||
    opcode === 0xc0 ||
    opcode === 0xc1 ||
    opcode === 0xc6 ||
    opcode === 0xc7 ||
    (opcode >= 0xd0 && opcode <= 0xd3) ||
    opcode === 0xf6 ||
    opcode === 0xf7 ||
    opcode >= 0xfe
  );
}

/** Whether an opcode has a register in its low bits. */
function usesOpcodeRegister(opcode: number, second: number): boolean {
  if (opcode === 0x0f) return second >= 0xc8 && second <= 0xcf;
  return (opcode >= 0x50 && opcode < 0x60) || (opcode >= 0x90 && opcode < 0x98) || (opcode >= 0xb0 && opcode < 0xc0);
}

const sensitive = [0x68, 0x8f, 0x9c, 0x9d, 0xc9, 0xe8, 0xe9, 0xff];

/** Opcodes for which Go asks for the operand size though nothing depends on it in 64-bit mode. */
function sizeSensitive(opcode: number, second: number): boolean {
  if (opcode === 0x0f)
    return (second >= 0x80 && second <= 0x8f) || (second >= 0xc8 && second <= 0xcf) || second === 0xc3;
  return (opcode >= 0x50 && opcode < 0x60) || (opcode < 0x100 && sensitive.includes(opcode));
}

/** Opcodes of the map 0F among whose rows REX.W chooses, and not just by the size of operands. */
function rexSelects(second: number): boolean {
  return (
    second === 0x2a ||
    second === 0x2c ||
    second === 0x2d ||
    second === 0x6e ||
    second === 0x7e ||
    second === 0xae ||
    second === 0xc7
  );
}

const enum Own {
  /** No row: the project's table decides. */
  None,
  Unknown,
  Read,
}

class OwnRow {
  constructor(
    readonly digit: number,
    readonly fixed: number,
    readonly form: string,
    readonly when: string,
    readonly op: string,
    readonly args: readonly string[],
  ) {}
}

let ownRows: Map<number, OwnRow[]> | undefined;

/** Rows of gorows.ts by opcode map (bits 8 and 9) and opcode. */
function rows(): ReadonlyMap<number, readonly OwnRow[]> {
  if (ownRows !== undefined) return ownRows;
  ownRows = new Map();
  for (const line of goRows.split("\n")) {
    const m = /^(0f3a|0f38|0f)?([0-9a-f]{2})(?:\/(\d))?(?:=(..))?([mr]?) (\S+) (\S+)(?: (\S+))?$/.exec(line);
    if (m === null) continue;
    const map = m[1] === undefined ? 0 : m[1] === "0f" ? 0x100 : m[1] === "0f38" ? 0x200 : 0x300;
    const key = map | Number.parseInt(m[2]!, 16);
    const row = new OwnRow(
      m[3] === undefined ? -1 : Number(m[3]),
      m[4] === undefined ? -1 : Number.parseInt(m[4], 16),
      m[5]!,
      m[6]!,
      m[7]!,
      m[8]?.split(",") ?? [],
    );
    const list = ownRows.get(key);
    if (list === undefined) ownRows.set(key, [row]);
    else list.push(row);
  }
  return ownRows;
}

/** Bytes by the letters of an operand; what is not here has no size. */
const sizes: Readonly<Record<string, number>> = { b: 1, w: 2, d: 4, q: 8, x: 16, dw: 4 };

/** Length of ModRM, SIB and displacement. */
function modrmLength(bytes: Uint8Array, at: number): number {
  const modrm = bytes[at]!;
  const mod = modrm >> 6;
  if (mod === 3) return 1;
  let n = 1;
  let base = modrm & 7;
  if (base === 4) {
    n++;
    base = bytes[at + 1]! & 7;
  }
  return mod === 1 ? n + 1 : mod === 2 || base === 5 ? n + 4 : n;
}

/** Decodes as Go's disassembler does. */
export class GoDecoder {
  private readonly decoder = new Decoder();
  private readonly scratch = new Uint8Array(24);

  /**
   * The instruction at bytes[at], or undefined where Go's tools show "?". Whether REX is said by the text, which costs
   * more decoding, is found out only for GNU syntax, which shows it otherwise.
   */
  decode(bytes: Uint8Array, at: number, limit: number, gnu = false): GoInst | undefined {
    const end = Math.min(limit, at + 15);
    const inst = new GoInst();
    const { prefix } = inst;
    let lock = -1;
    let rep = -1;
    let seg = -1;
    let data = -1;
    let addr = -1;
    let vex = 0;
    let pos = at;
    for (; pos < end; pos++) {
      const b = bytes[pos]!;
      let p = b;
      const i = pos - at;
      if (b === 0xf0) {
        if (lock >= 0) prefix[lock]! |= Mark.Ignored;
        lock = i;
      } else if (b === 0xf2 || b === 0xf3) {
        if (rep >= 0) prefix[rep]! |= Mark.Ignored;
        rep = i;
      } else if (b === 0x64 || b === 0x65) {
        if (seg >= 0) prefix[seg]! |= Mark.Ignored;
        seg = i;
      } else if (segmentOf[b] !== undefined) p |= Mark.Ignored;
      else if (b === 0x66) {
        if (data >= 0) prefix[data]! |= Mark.Ignored;
        data = i;
        p = PrefixCode.Data16;
        inst.dataSize = 16;
      } else if (b === 0x67) {
        if (addr >= 0) prefix[addr]! |= Mark.Ignored;
        addr = i;
        p = PrefixCode.Addr32;
        inst.addrSize = 32;
      } else if (i === 0 && ((b === 0xc5 && pos + 1 < end) || (b === 0xc4 && pos + 2 < end))) {
        vex = b;
        prefix.push(b, bytes[++pos]!);
        if (b === 0xc4) prefix.push(bytes[++pos]!);
        continue;
      } else break;
      if (i >= 14) return undefined;
      prefix[i] = p;
    }
    let rex = 0;
    if (pos < end && vex === 0 && (bytes[pos]! & 0xf0) === 0x40) {
      if (pos - at >= 14) return undefined;
      rex = bytes[pos++]!;
      prefix.push(rex);
      if ((rex & 8) !== 0) {
        inst.dataSize = 64;
        if (data >= 0) prefix[data]! |= Mark.Ignored;
      }
    }
    if (pos >= end) return undefined;
    const opcode = bytes[pos]!;
    inst.opcode = opcode;
    // A prefix behind REX, VEX that is not in front, and what 64-bit mode does not have.
    if (isPrefix(opcode) || (opcode & 0xf0) === 0x40 || opcode === 0xc4 || opcode === 0xc5 || opcode === 0x62) {
      return undefined;
    }
    const pp = vex === 0 ? -1 : prefix[vex === 0xc5 ? 1 : 2]! & 3;
    if (vex !== 0) {
      const map = vex === 0xc5 ? 1 : prefix[1]! & 3;
      const move = vexMoves(opcode, pp, map);
      if (move === "?") return undefined;
      if (move !== "") return vexInstruction(inst, move, bytes, at, pos + 1, end, seg);
    }
    const markRex = (readsModrm: boolean): void => {
      if (rex === 0 || !gnu) return;
      let usedBits = inst.rexW ? 8 : 0;
      const m = opcode === 0x0f ? (bytes[pos + 1] === 0x38 || bytes[pos + 1] === 0x3a ? 3 : 2) : 1;
      const modrm = bytes[pos + m]!;
      if (readsModrm) {
        usedBits |= 4 | 1;
        if (modrm < 0xc0 && (modrm & 7) === 4) usedBits |= 2;
      } else if (usesOpcodeRegister(opcode, bytes[pos + 1]!)) usedBits |= 1;
      usedBits &= rex;
      // Without it these registers would be AH to BH.
      const byteRegister = inst.args.some(
        (a) => a.kind === ArgKind.Reg && a.cls === RegClass.R8 && a.num >= 4 && !inst.fixedByte,
      );
      if ((rex & 15 & ~usedBits) === 0 && (inst.rexAny || usedBits !== 0 || byteRegister)) {
        prefix[prefix.length - 1]! |= Mark.Implicit;
      }
    };
    const own = this.own(inst, bytes, at, pos, end, rex, rep, data, seg, addr, pp);
    if (own === Own.Unknown) return undefined;
    if (own === Own.Read) {
      markRex(readsModrm(opcode, bytes[pos + 1]!) && !(opcode >= 0xd8 && opcode < 0xe0 && bytes[pos + 1]! >= 0xc0));
      this.readings(inst, lock, rep);
      return inst;
    }
    if (opcode === 0x90 && rep >= 0 && prefix[rep] === 0xf3) {
      inst.op = "PAUSE";
      prefix[rep]! |= Mark.Implicit;
      inst.len = pos + 1 - at;
      return inst;
    }
    const repByte = vex !== 0 ? (opcode === 0x0f ? vexRep[pp]! : 0) : rep >= 0 ? prefix[rep]! & 0xff : 0;
    const segByte = seg >= 0 ? prefix[seg]! & 0xff : 0;
    const run = (use66: boolean, useRep: number, useRex: number): Insn | undefined => {
      const s = this.scratch;
      let n = 0;
      if (use66) s[n++] = 0x66;
      if (useRep !== 0) s[n++] = useRep;
      if (addr >= 0) s[n++] = 0x67;
      if (segByte !== 0) s[n++] = segByte;
      if (useRex !== 0) s[n++] = useRex;
      const head = n;
      for (let p = pos; p < end && n < 24; p++) s[n++] = bytes[p]!;
      const r = this.decoder.decode(s, 0, n);
      if (r !== undefined) inst.len = pos - at + r.length - head;
      return r;
    };
    // REX.W beats 66 where that is an operand size only.
    let has66 = data >= 0 && ((rex & 8) === 0 || opcode === 0x0f);
    const shape = (r: Insn | undefined): string =>
      r === undefined ? "" : `${r.mnemonic} ${r.operands} ${r.kind.join()} ${r.size.join()} ${r.width}`;
    const simple = (r: Insn | undefined): string => (r === undefined ? "" : `${r.mnemonic} ${r.kind.join()}`);
    if (pp >= 0 && opcode === 0x0f && simple(run(true, 0, 0)) !== simple(run(false, 0, 0))) has66 = pp === 1;
    if (repByte !== 0) {
      const withRep = shape(run(has66, repByte, rex));
      const without = shape(run(has66, 0, rex));
      if (withRep !== without && withRep !== "") {
        if (rep >= 0) prefix[rep]! |= Mark.Implicit;
      } else if (pp < 0 && opcode === 0x0f && simple(run(true, 0, rex)) !== simple(run(false, 0, rex)))
        return undefined;
    }
    if (data >= 0 && has66) {
      const seen = inst.dataSize === 16 ? shape : simple;
      const same = seen(run(false, repByte, rex)) === seen(run(true, repByte, rex));
      if (!same || (inst.dataSize === 16 && sizeSensitive(opcode, bytes[pos + 1]!))) prefix[data]! |= Mark.Implicit;
    }
    const d = run(has66, repByte, rex);
    if (d === undefined || inst.len > 15) return undefined;
    const length = inst.len;
    const second = bytes[pos + 1];
    const modrmAt = opcode !== 0x0f ? pos + 1 : second === 0x38 || second === 0x3a ? pos + 3 : pos + 2;
    if (!this.fill(inst, d, bytes, modrmAt, rex, seg, addr)) return undefined;
    if (rex !== 0 && gnu) {
      const flipped = shape(run(has66, repByte, rex ^ 8));
      const same = shape(run(has66, repByte, rex)) === flipped;
      inst.len = length;
      if ((rex & 8) !== 0) inst.rexW = !same || sizeSensitive(opcode, second!);
      inst.rexAny = !same && opcode === 0x0f && rexSelects(bytes[pos + 1]!);
      markRex(readsModrm(opcode, second!) && (inst.args.length > 0 || opcode === 0x0f));
    }
    this.readings(inst, lock, rep);
    return inst;
  }

  /** Tries the rows of gorows.ts. */
  private own(
    inst: GoInst,
    bytes: Uint8Array,
    at: number,
    pos: number,
    end: number,
    rex: number,
    rep: number,
    data: number,
    seg: number,
    addr: number,
    vex: number,
  ): Own {
    const { prefix } = inst;
    let key = bytes[pos]!;
    let p = pos + 1;
    if (key === 0x0f) {
      if (p >= end) return Own.Unknown;
      const b = bytes[p++]!;
      key = 0x100 | b;
      if (b === 0x38 || b === 0x3a) {
        if (p >= end) return Own.Unknown;
        key = (b === 0x38 ? 0x200 : 0x300) | bytes[p++]!;
      }
    }
    const list = rows().get(key);
    if (list === undefined) return Own.None;
    const modrm = p < end ? bytes[p]! : -1;
    const wide = (rex & 8) !== 0;
    const r = vex >= 0 ? vexRep[vex]! : rep >= 0 ? prefix[rep]! & 0xff : 0;
    const has66 = vex >= 0 ? vex === 1 : data >= 0;
    for (const row of list) {
      if (row.digit >= 0 && (modrm < 0 || ((modrm >> 3) & 7) !== row.digit)) continue;
      if (row.fixed >= 0 && row.fixed !== modrm) continue;
      if (row.form === "m" && (modrm < 0 || modrm >= 0xc0)) continue;
      if (row.form === "r" && modrm < 0xc0) continue;
      switch (row.when) {
        case "w":
          if (!wide) continue;
          break;
        case "o16":
          if (data < 0 || wide) continue;
          prefix[data]! |= Mark.Implicit;
          break;
        case "66":
          if (!has66 || r !== 0) continue;
          if (data >= 0) prefix[data]! |= Mark.Implicit;
          break;
        case "f2":
        case "f3":
          if (r !== (row.when === "f2" ? 0xf2 : 0xf3)) continue;
          if (rep >= 0) prefix[rep]! |= Mark.Implicit;
          break;
        case "d":
          if (data < 0) continue;
          break;
        case "n":
          if (has66 || r === 0xf3 || (r !== 0 && vex < 0)) continue;
          break;
        case "np":
          if (has66 || (r !== 0 && vex < 0)) continue;
          break;
        default:
      }
      if (row.op === "?") return Own.Unknown;
      inst.op = row.op;
      inst.rexW =
        row.when === "w" ||
        row.args.some(
          (a) =>
            a.endsWith("v") ||
            a === "eAX" ||
            a === "Ob" ||
            a === "FS" ||
            a === "GS" ||
            a === "$xlat" ||
            a.startsWith("Esel"),
        );
      if (
        data >= 0 &&
        !wide &&
        (inst.rexW ||
          row.args.some((a) => a === "Ob" || a === "Ed" || a === "$xlat" || (a.startsWith("$") && a.endsWith("v"))))
      ) {
        prefix[data]! |= Mark.Implicit;
      }
      inst.rexAny = list.some((x) => x.when === "w" && x.op !== "?" && x.digit === row.digit);
      inst.fixedByte = row.args.includes("AL");
      let hasModrm = row.digit >= 0 || row.form !== "" || row.fixed >= 0;
      for (const a of row.args) if ("EGRPQVWUMSCDT".includes(a[0]!) && a !== "DX" && a !== "GS") hasModrm = true;
      let next = p;
      if (hasModrm) {
        if (modrm < 0) return Own.Unknown;
        next = p + modrmLength(bytes, p);
        if (next > end) return Own.Unknown;
        if (modrm < 0xc0) {
          if (addr >= 0) prefix[addr]! |= Mark.Implicit;
          if (seg >= 0) prefix[seg]! |= Mark.Implicit;
        }
      }
      for (const a of row.args) {
        next = this.operand(inst, a, bytes, p, next, rex, seg, addr);
        if (next < 0 || next > end) return Own.Unknown;
      }
      inst.len = next - at;
      return inst.len > 15 ? Own.Unknown : Own.Read;
    }
    return Own.None;
  }

  /** Adds an operand of a row of gorows.ts; returns where the next immediate is, or -1. */
  private operand(
    inst: GoInst,
    a: string,
    bytes: Uint8Array,
    modrmAt: number,
    next: number,
    rex: number,
    seg: number,
    addr: number,
  ): number {
    const { args, prefix } = inst;
    const modrm = bytes[modrmAt]!;
    const reg = ((modrm >> 3) & 7) | ((rex & 4) << 1);
    const rm = (modrm & 7) | ((rex & 1) << 3);
    const size = a.length < 2 ? 0 : a[1] === "v" ? inst.dataSize >> 3 : (sizes[a.slice(1)] ?? 0);
    const general = (n: number, cls: number): Arg =>
      new Arg(ArgKind.Reg, cls, cls === 1 && rex === 0 && n >= 4 && n < 8 ? n + 16 : n);
    switch (a) {
      case "AL":
        args.push(new Arg(ArgKind.Reg, RegClass.R8, 0));
        return next;
      case "AX":
        args.push(new Arg(ArgKind.Reg, RegClass.R16, 0));
        return next;
      case "eAX":
        args.push(
          new Arg(
            ArgKind.Reg,
            inst.op === "IN" || inst.op === "OUT" ? Math.min(4, inst.dataSize >> 3) : inst.dataSize >> 3,
            0,
          ),
        );
        return next;
      case "DX":
        args.push(new Arg(ArgKind.Reg, RegClass.R16, 2));
        return next;
      case "FS":
      case "GS":
        args.push(new Arg(ArgKind.Reg, RegClass.Seg, a === "FS" ? 4 : 5));
        return next;
      case "st":
        args.push(new Arg(ArgKind.Reg, RegClass.F, 0));
        return next;
      case "sti":
        args.push(new Arg(ArgKind.Reg, RegClass.F, modrm & 7));
        return next;
      case "Ib":
        args.push(new Arg(ArgKind.Imm, 0, 0, bytes[next]!));
        return next + 1;
      case "Iw":
        args.push(
          new Arg(
            ArgKind.Imm,
            0,
            0,
            inst.op === "ENTER" || inst.op === "LRET" ? bytes[next]! | (bytes[next + 1]! << 8) : 0,
          ),
        );
        return next + 2;
      case "Ob":
      case "Ov": {
        const n = inst.addrSize >> 3;
        if (next + n > bytes.length) return -1;
        let lo = 0;
        let hi = 0;
        for (let i = 0; i < n; i++) {
          if (i < 4) lo |= bytes[next + i]! << (8 * i);
          else hi |= bytes[next + i]! << (8 * (i - 4));
        }
        inst.memBytes = a === "Ob" ? 1 : inst.dataSize >> 3;
        if (seg >= 0) prefix[seg]! |= Mark.Implicit;
        args.push(new Arg(ArgKind.Mem, 0, 0, lo >>> 0, hi, seg >= 0 ? segmentOf[prefix[seg]! & 0xff]! : -1));
        return next + n;
      }
      case "$xlat": {
        let from = DS;
        if (seg >= 0) {
          prefix[seg]! |= Mark.Implicit;
          from = segmentOf[prefix[seg]! & 0xff]!;
        }
        if (addr >= 0) prefix[addr]! |= Mark.Implicit;
        args.push(new Arg(ArgKind.Mem, 0, 0, 0, 0, from, inst.addrSize >> 3, 3));
        return next;
      }
      case "$ins8":
      case "$insv":
      case "$outs8":
      case "$outsv": {
        if (a.endsWith("v")) inst.op += inst.dataSize === 16 ? "W" : "D";
        const outs = a[1] === "o";
        let from = outs ? DS : ES;
        if (outs && seg >= 0) {
          prefix[seg]! |= Mark.Implicit;
          from = segmentOf[prefix[seg]! & 0xff]!;
        }
        if (addr >= 0) prefix[addr]! |= Mark.Implicit;
        const mem = new Arg(ArgKind.Mem, 0, 0, 0, 0, from, inst.addrSize >> 3, outs ? 6 : 7);
        const dx = new Arg(ArgKind.Reg, RegClass.R16, 2);
        if (outs) args.push(dx, mem);
        else args.push(mem, dx);
        return next;
      }
      default:
    }
    const toMemory = modrm < 0xc0;
    switch (a[0]) {
      case "G":
        args.push(general(reg, size));
        return next;
      case "R":
        args.push(general(rm, size));
        return next;
      case "P":
        args.push(new Arg(ArgKind.Reg, RegClass.M, reg & 7));
        return next;
      case "V":
        args.push(new Arg(ArgKind.Reg, RegClass.X, reg));
        return next;
      case "S":
        if ((reg & 7) >= 6) return -1;
        args.push(new Arg(ArgKind.Reg, RegClass.Seg, reg & 7));
        return next;
      case "T":
        args.push(new Arg(ArgKind.Reg, RegClass.TR, reg & 7));
        return next;
      case "C":
        {
          // LOCK stands for the register's fourth bit.
          const lock = prefix.lastIndexOf(0xf0);
          if (lock >= 0) prefix[lock]! |= Mark.Implicit;
          args.push(new Arg(ArgKind.Reg, RegClass.CR, lock >= 0 ? reg + 8 : reg));
        }
        return next;
      case "D":
        args.push(new Arg(ArgKind.Reg, RegClass.DR, reg));
        return next;
      default:
    }
    if (toMemory) {
      if (a[0] === "U") return -1;
      inst.memBytes = a === "Esel" || a === "Edw" ? 2 : a === "Esel4" ? inst.dataSize >> 3 : size;
      args.push(memory(inst, bytes, modrmAt, rex, seg));
      if (addr >= 0) prefix[addr]! |= Mark.Implicit;
      if (seg >= 0) prefix[seg]! |= Mark.Implicit;
      return next;
    }
    switch (a[0]) {
      case "Q":
        args.push(new Arg(ArgKind.Reg, RegClass.M, rm & 7));
        return next;
      case "W":
      case "U":
        args.push(new Arg(ArgKind.Reg, RegClass.X, rm));
        return next;
      case "E":
        args.push(general(rm, a === "Esel" ? inst.dataSize >> 3 : a === "Edw" ? 4 : size));
        return next;
      default:
        return -1;
    }
  }

  /** Names and operands. */
  private fill(
    inst: GoInst,
    d: Insn,
    bytes: Uint8Array,
    modrmAt: number,
    rex: number,
    seg: number,
    addr: number,
  ): boolean {
    let op = d.mnemonic.toUpperCase();
    if (op.startsWith("MMX.")) op = op.slice(4);
    const { prefix } = inst;
    const areg = inst.addrSize === 32 ? RegClass.R32 : RegClass.R64;
    if (stringOps.has(d.mnemonic)) {
      op += stringSuffix[d.width] ?? "";
      const di = new Arg(ArgKind.Mem, 0, 0, 0, 0, ES, areg, 7);
      let from = DS;
      if (seg >= 0 && op[0] !== "S" && op[0] !== "I") {
        prefix[seg]! |= Mark.Implicit;
        from = segmentOf[prefix[seg]! & 0xff]!;
      }
      const si = new Arg(ArgKind.Mem, 0, 0, 0, 0, from, areg, 6);
      const acc = new Arg(ArgKind.Reg, d.width >> 3, 0);
      const dx = new Arg(ArgKind.Reg, RegClass.R16, 2);
      if (addr >= 0) prefix[addr]! |= Mark.Implicit;
      inst.op = op;
      switch (d.mnemonic) {
        case "movs":
          inst.args = [di, si];
          break;
        case "cmps":
          inst.args = [si, di];
          break;
        case "stos":
          inst.args = [di, acc];
          break;
        case "lods":
          inst.args = [acc, si];
          break;
        case "scas":
          inst.args = [acc, di];
          break;
        case "ins":
          inst.args = [di, dx];
          break;
        default:
          inst.args = [dx, si];
      }
      return true;
    }
    if (op === "JCC") op = `J${conditions[d.condition]}`;
    else if (op === "SETCC") op = `SET${conditions[d.condition]}`;
    else if (op === "CMOVCC") op = `CMOV${conditions[d.condition]}`;
    else op = renamed[op] ?? op;
    if (unknown.has(op)) return false;
    inst.op = op;
    const byteImmediate = inst.opcode === 0x0f || inst.opcode === 0xcd;
    for (let i = 0; i < d.operands; i++) {
      const n = d.reg[i]!;
      const size = d.size[i]!;
      switch (d.kind[i]! as OperandKind) {
        case OperandKind.Reg:
          inst.args.push(new Arg(ArgKind.Reg, size >> 3, n));
          break;
        case OperandKind.Vec:
          inst.args.push(new Arg(ArgKind.Reg, size === 256 ? RegClass.Y : RegClass.X, n));
          break;
        case OperandKind.Mem:
          inst.memBytes = sizeless.has(op) ? 0 : size >> 3;
          inst.args.push(memory(inst, bytes, modrmAt, rex, seg));
          if (addr >= 0) prefix[addr]! |= Mark.Implicit;
          if (seg >= 0) prefix[seg]! |= Mark.Implicit;
          break;
        case OperandKind.Imm:
          inst.args.push(
            d.immHi < 0 &&
              (d.size[0] === 8 ||
                (byteImmediate && inst.opcode !== 0x83 && inst.opcode !== 0x6a && inst.opcode !== 0x6b))
              ? new Arg(ArgKind.Imm, 0, 0, d.immLo & 255, 0)
              : new Arg(ArgKind.Imm, 0, 0, d.immLo, d.immHi),
          );
          break;
        case OperandKind.Rel:
          inst.args.push(new Arg(ArgKind.Rel, 0, 0, d.rel));
          break;
        case OperandKind.St:
          inst.args.push(new Arg(ArgKind.Reg, RegClass.F, n));
          break;
        case OperandKind.Mmx:
          inst.args.push(new Arg(ArgKind.Reg, RegClass.M, n & 7));
          break;
        case OperandKind.Segment:
          if ((n & 7) >= 6) return false;
          inst.args.push(new Arg(ArgKind.Reg, RegClass.Seg, n & 7));
          break;
        case OperandKind.Control:
          inst.args.push(new Arg(ArgKind.Reg, RegClass.CR, n));
          break;
        default:
          return false;
      }
    }
    if (inst.dataSize === 16 && narrow.has(op) && inst.args[0]?.cls === RegClass.R32) {
      inst.args[0] = new Arg(ArgKind.Reg, RegClass.R16, inst.args[0].num);
      const at = prefix.lastIndexOf(PrefixCode.Data16);
      if (at >= 0) prefix[at]! |= Mark.Implicit;
    }
    if (inst.opcode === 0xcc) inst.args = [new Arg(ArgKind.Imm, 0, 0, 3)];
    return true;
  }

  /** Prefixes that mean something else before some instructions. */
  private readings(inst: GoInst, lock: number, rep: number): void {
    const { prefix, op } = inst;
    const branch = inst.opcode === 0x0f ? op[0] === "J" : op[0] === "J" && op !== "JMP";
    if (branch || op.startsWith("LOOP")) {
      for (let i = prefix.length - 1; i >= 0; i--) {
        const b = prefix[i]! & 0xff;
        if (b !== 0x2e && b !== 0x3e) continue;
        prefix[i] = b === 0x2e ? PrefixCode.NotTaken : PrefixCode.Taken;
        break;
      }
    }
    if ((branch && !op.endsWith("CXZ")) || op === "JMP" || op === "CALL" || op === "RET") {
      for (let i = prefix.length - 1; i >= 0; i--) {
        if ((prefix[i]! & ~Mark.Ignored) !== 0xf2) continue;
        prefix[i] = PrefixCode.Bnd;
        break;
      }
    }
    const toMemory = inst.args[0]?.kind === ArgKind.Mem;
    let hasLock = false;
    if (lock >= 0 && (prefix[lock]! & Mark.Implicit) === 0) {
      if (lockable.has(op) && toMemory) hasLock = true;
      else prefix[lock]! |= Mark.Invalid;
    }
    if (toMemory) {
      if (op === "XCHG") hasLock = true;
      const store = op === "MOV" && ((inst.opcode & 0xfe) === 0x88 || (inst.opcode & 0xfe) === 0xc6);
      for (let i = prefix.length - 1; i >= 0; i--) {
        const p = prefix[i]! & ~Mark.Ignored;
        const ignored = prefix[i]! & Mark.Ignored;
        if (p === 0xf2 && hasLock) prefix[i] = ignored | PrefixCode.Acquire;
        else if (p === 0xf3 && (hasLock || store)) prefix[i] = ignored | PrefixCode.Release;
      }
    }
    if (rep >= 0 && (prefix[rep] === 0xf2 || prefix[rep] === 0xf3) && !stringName.test(op)) {
      prefix[rep]! |= Mark.Ignored;
    }
  }
}

/** What has 16-bit forms in Go's eyes only. */
const narrow = new Set(["BSWAP", "MOVSX", "MOVZX"]);
const stringOps = new Set(["movs", "stos", "lods", "scas", "cmps", "ins", "outs"]);
const stringName = /^(MOVS|STOS|LODS|SCAS|CMPS|INS|OUTS)[BWDQ]$/;
const lockable = new Set(
  "ADD ADC AND BTC BTR BTS CMPXCHG CMPXCHG8B CMPXCHG16B DEC INC NEG NOT OR SBB SUB XOR XADD XCHG".split(" "),
);

/**
 * The memory operand whose ModRM byte is at bytes[at], as Go reads it: displacements of 4 bytes are unsigned, and of a
 * VEX prefix only base and index behind a SIB byte take their fourth bit.
 */
function memory(inst: GoInst, bytes: Uint8Array, at: number, rex: number, seg: number): Arg {
  const cls = inst.addrSize === 32 ? RegClass.R32 : RegClass.R64;
  const modrm = bytes[at]!;
  const mod = modrm >> 6;
  const rm = modrm & 7;
  const segment = seg >= 0 ? segmentOf[inst.prefix[seg]! & 0xff]! : -1;
  let p = at + 1;
  let baseClass = cls;
  let base = rm | ((rex & 1) << 3);
  let indexClass = RegClass.None;
  let index = 0;
  let scale = 0;
  let wide = mod === 2;
  if (rm === 4) {
    const vex3 = inst.prefix[0] === 0xc4 ? inst.prefix[1]! : 0xff;
    const sib = bytes[p++]!;
    base = (sib & 7) | ((rex & 1) !== 0 || (vex3 & 0x20) === 0 ? 8 : 0);
    index = ((sib >> 3) & 7) | ((rex & 2) !== 0 || (vex3 & 0x40) === 0 ? 8 : 0);
    scale = 1 << (sib >> 6);
    if (index !== 4) indexClass = cls;
    else index = 0;
    if ((sib & 7) === 5 && mod === 0) {
      baseClass = RegClass.None;
      wide = true;
    }
  } else if (rm === 5 && mod === 0) {
    baseClass = RegClass.IP;
    base = inst.addrSize === 32 ? 1 : 0;
    wide = true;
  }
  if (baseClass === RegClass.None) base = 0;
  let disp = 0;
  if (wide) disp = (bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)) >>> 0;
  else if (mod === 1) disp = (bytes[p]! << 24) >> 24;
  return new Arg(ArgKind.Mem, 0, 0, disp, 0, segment, baseClass, base, indexClass, index, scale);
}
