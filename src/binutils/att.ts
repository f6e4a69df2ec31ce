// Instructions as `objdump -d` of GNU binutils prints them: AT&T syntax, driven by the instruction table, AVX and AVX-512
// included. (`gnusyntax.ts` is another thing: what Go's disassembler calls GNU syntax.)

import { comparisonName, multiplicationName } from "./attnames.ts";
import { attRows } from "./gen/att.ts";

const enum Enc {
  Legacy,
  Vex,
  Evex,
}

class Operand {
  constructor(
    /** r m x v o i k 4 b or "-", as in the table. */
    readonly slot: string,
    readonly word: string,
  ) {}
}

class Row {
  constructor(
    readonly pp: number,
    readonly w: number,
    readonly l: number,
    readonly digit: number,
    readonly fixed: number,
    readonly plus: boolean,
    readonly modrm: boolean,
    readonly imm: string,
    /** Factor of an 8-bit displacement. */
    readonly scale: number,
    readonly broadcast: number,
    readonly flags: string,
    /** Operand size in bits that the mnemonic's last letter says; 0 if it says none. */
    readonly size: number,
    readonly names: readonly string[],
    readonly operands: readonly Operand[],
    /** 1: memory only, 2: register only, 0: either. */
    readonly form: number,
    /** Has a write mask. */
    readonly masked: boolean,
  ) {}
}

const letterBits: Readonly<Record<string, number>> = { B: 8, W: 16, L: 32, Q: 64 };

/** Rows by encoding (2 bits), map (2), opcode (8). */
const table: Row[][] = [];
/** Instructions, with the kinds of their operands, that can be encoded with VEX. */
const vexForms = new Set<string>();
/** Those of which libopcodes does not say that VEX would do. */
const noMention: ReadonlySet<string> = new Set(["vpsllvd", "vpsllvq", "vpsravd", "vpsrlvd", "vpsrlvq"]);

function shape(row: Row): string {
  const words = row.operands.filter((o) => o.word !== "{k}").map((o) => o.word.replace(/8u?$|\/m\d+$/, ""));
  return `${row.names[0]} ${words.join(" ")}`;
}

/** Names of the table, GNU's first; the comparisons are named there by one of their predicates. */
function namesOf(text: string): string[] {
  return text.split("/").map((n) => renamed[n] ?? n.replace(/^(v?cmp)[a-z]\w*(?=[ps][sd]$)/, "$1"));
}

/** What libopcodes calls otherwise than other users of AT&T syntax. */
const renamed: Readonly<Record<string, string>> = {
  lretl: "lret",
  iretl: "iret",
  sysexit: "sysexitl",
  sysret: "sysretl",
  movsxw: "movsww",
  movzxw: "movzww",
};

/** Operands of instructions that the table shows without. */
const fixedOperands: Readonly<Record<string, readonly string[]>> = {
  monitor: ["%rax", "%ecx", "%edx"],
  mwait: ["%eax", "%ecx"],
  xlat: ["%ds:(%rbx)"],
};

/** A segment selector is 16 bits wide wherever it comes from. */
const selectors: ReadonlySet<string> = new Set(["lldt", "lmsw", "ltr", "verr", "verw"]);
const selectorStores: ReadonlySet<string> = new Set(["sldt", "smsw", "str"]);
/** Their byte is a number without sign. */
const byteOperand = /^(int|in|out|shld|shrd|aam|aad)$/;
/** x87 instructions that name one register. */
const oneRegister = /^f(com|comp|ucom|ucomp|xch|st|stp|ld|free|freep)$/;

function load(): void {
  for (const line of attRows.split("\n")) {
    const f = line.split(" ");
    const operands = f[16] === "-" ? [] : f[16]!.split(",").map((o) => new Operand(o[0]!, o.slice(1)));
    let form = 0;
    for (const o of operands) {
      if (o.slot !== "m" && o.slot !== "x") continue;
      if (/^(m\d*|vm[xyz])$/.test(o.word)) form = 1;
      else if (!o.word.includes("/m")) form = 2;
    }
    const fixed = f[7] === "-" ? -1 : Number.parseInt(f[7]!, 16);
    const row = new Row(
      Number(f[3]),
      Number(f[4]),
      Number(f[5]),
      Number(f[6]),
      fixed,
      f[8] === "1",
      f[9] === "1" || fixed >= 0,
      f[10]!,
      Number(f[11]),
      Number(f[12]),
      f[13]!,
      letterBits[f[14]!] ?? 0,
      namesOf(f[15]!),
      operands,
      form,
      operands.some((o) => o.word === "{k}"),
    );
    if (f[0] === "1" && !noMention.has(row.names[0]!)) vexForms.add(shape(row));
    const opcode = Number.parseInt(f[2]!, 16);
    for (let i = 0; i < (row.plus ? 8 : 1); i++) {
      const key = (Number(f[0]) << 10) | (Number(f[1]) << 8) | (opcode + i);
      const list = table[key];
      if (list === undefined) table[key] = [row];
      else list.push(row);
    }
  }
}

const low = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
const high = ["ah", "ch", "dh", "bh"];
const segmentNames: Readonly<Record<number, string>> = { 38: "es", 46: "cs", 54: "ss", 62: "ds", 100: "fs", 101: "gs" };
const strings = /^(movs|stos|lods|scas|cmps|ins|outs)[bwlqd]?$/;
const roundings = ["rn-sae", "rd-sae", "ru-sae", "rz-sae"];

function register(bits: number, n: number): string {
  switch (bits) {
    case 8:
      return n < 4 ? `%${"acdb"[n]}l` : n < 8 ? `%${low[n]}l` : `%r${n}b`;
    case 16:
      return n < 8 ? `%${low[n]}` : `%r${n}w`;
    case 32:
      return n < 8 ? `%e${low[n]}` : `%r${n}d`;
    default:
      return n < 8 ? `%r${low[n]}` : `%r${n}`;
  }
}

/** How addresses are named: "4010ca <main.main+0xca>". */
export type AddressName = (addr: number) => string;

/** Takes instructions apart one at a time. */
export class AttDisassembler {
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;
  private short = false;
  /** Where a REX prefix ends that no opcode follows; 0 if there is none. */
  private alone = 0;
  /** No row fits, but others have the opcode. */
  private known = false;
  /** Bytes of the instruction. */
  length = 0;
  text = "";

  // The instruction being read.
  private rex = 0;
  private has66 = false;
  private rep = 0;
  private lock = false;
  private a32 = false;
  private segment = 0;
  private prefixes: number[] = [];
  private used = 0;
  private r = 0;
  private x = 0;
  private b = 0;
  private reg = 0;
  private rm = 0;
  private mod = 0;
  private vvvv = 0;
  private mask = 0;
  private zeroing = false;
  private evexB = false;
  private vectorLength = 0;
  private memory = "";
  /** An operand in memory is not in ModRM: its segment prefix is said with it all the same. */
  private memoryPrefix = false;
  private ripTarget = Number.NaN;
  private opcode = 0;
  private enc = Enc.Legacy;

  constructor(private readonly name: AddressName) {
    if (table.length === 0) load();
  }

  private next(): number {
    if (this.at >= this.end) {
      this.short = true;
      return 0;
    }
    return this.bytes[this.at++]!;
  }

  /** n little-endian bytes, sign-extended. */
  private int(n: number): number {
    let v = 0;
    for (let i = 0; i < n; i++) v |= this.next() << (8 * i);
    return n === 1 ? (v << 24) >> 24 : n === 2 ? (v << 16) >> 16 : v;
  }

  /** Disassembles the instruction at bytes[from], which lies at address pc, into `length` and `text`. */
  next1(bytes: Uint8Array, from: number, end: number, pc: number): void {
    this.bytes = bytes;
    this.at = from;
    this.end = Math.min(end, from + 15);
    this.short = false;
    this.alone = 0;
    this.known = false;
    const row = this.read();
    if (this.alone > 0) {
      this.length = this.alone - from;
      this.text = [...this.prefixes.map(plainPrefix), rexName(this.rex)].join(" ");
      return;
    }
    if (row === undefined || this.short) {
      // One byte is shown, then what follows is tried; after VEX all that was looked at, if the opcode has other meanings.
      this.length = row === undefined && this.known ? this.at - from : 1;
      this.text = "(bad)";
      return;
    }
    this.text = this.format(row, from, pc);
    this.length = this.at - from;
    if (this.short) {
      this.length = 1;
      this.text = "(bad)";
    }
  }

  /** MOV between the accumulator and an absolute address. */
  private moffs(byte: number): Row {
    this.mod = 3;
    this.used = 0;
    let text = "";
    if (this.a32) text = (this.int(4) >>> 0).toString(16);
    else {
      const l = (this.int(4) >>> 0).toString(16);
      const h = (this.int(4) >>> 0).toString(16);
      text = h === "0" ? l : h + l.padStart(8, "0");
    }
    const bits = (byte & 1) === 0 ? 8 : (this.rex & 8) !== 0 ? 64 : this.has66 ? 16 : 32;
    if (bits === 16) this.used = 1;
    const accumulator = new Operand("=", register(bits, 0));
    const address = new Operand("=", `${this.segment < 100 ? "" : `%${segmentNames[this.segment]}:`}0x${text}`);
    this.memoryPrefix = true;
    const operands = (byte & 2) === 0 ? [address, accumulator] : [accumulator, address];
    const name = this.a32 ? "addr32 mov" : "movabs";
    return new Row(0, bits === 64 ? 1 : 0, -1, -1, -1, false, false, "-", 0, 0, "a", 0, [name], operands, 0, false);
  }

  private read(): Row | undefined {
    this.memoryPrefix = false;
    this.rex = this.rep = this.segment = this.r = this.x = this.b = this.vvvv = this.mask = this.vectorLength = 0;
    this.has66 = this.lock = this.a32 = this.zeroing = this.evexB = false;
    this.prefixes = [];
    this.enc = Enc.Legacy;
    let byte = this.next();
    for (;;) {
      if (this.short) return undefined;
      if ((byte & 0xf0) === 0x40) this.rex = byte;
      else {
        if (byte === 0x66) this.has66 = true;
        else if (byte === 0xf2 || byte === 0xf3) this.rep = byte;
        else if (byte === 0xf0) this.lock = true;
        else if (byte === 0x67) this.a32 = true;
        else if (segmentNames[byte] !== undefined) this.segment = byte;
        else break;
        // REX is a prefix only right before the opcode: elsewhere it stands alone.
        if (this.rex !== 0) {
          this.alone = this.at - 1;
          return undefined;
        }
        this.prefixes.push(byte);
      }
      byte = this.next();
    }
    let map = 0;
    let pp = (this.has66 ? 1 : 0) | (this.rep === 0xf3 ? 2 : this.rep === 0xf2 ? 4 : 0);
    let w = (this.rex >> 3) & 1;
    this.r = (this.rex & 4) << 1;
    this.x = (this.rex & 2) << 2;
    this.b = (this.rex & 1) << 3;
    this.opcode = byte;
    if (byte === 0xc4 || byte === 0xc5 || byte === 0x62) {
      if (this.rex !== 0 || pp !== 0 || this.lock) return undefined;
      if (byte === 0x62) {
        this.enc = Enc.Evex;
        const p0 = this.next();
        const p1 = this.next();
        const p2 = this.next();
        if ((p0 & 0x0c) !== 0 || (p1 & 4) === 0) return undefined;
        map = p0 & 3;
        this.r = ((~p0 & 0x80) >> 4) | (~p0 & 0x10);
        this.x = (~p0 & 0x40) >> 3;
        this.b = (~p0 & 0x20) >> 2;
        w = p1 >> 7;
        this.vvvv = ((~p1 >> 3) & 15) | ((~p2 & 8) << 1);
        pp = p1 & 3;
        this.zeroing = (p2 & 0x80) !== 0;
        this.vectorLength = (p2 >> 5) & 3;
        this.evexB = (p2 & 0x10) !== 0;
        this.mask = p2 & 7;
      } else {
        this.enc = Enc.Vex;
        let p = this.next();
        this.r = (~p & 0x80) >> 4;
        map = 1;
        if (byte === 0xc4) {
          this.x = (~p & 0x40) >> 3;
          this.b = (~p & 0x20) >> 2;
          map = p & 31;
          p = this.next();
          w = p >> 7;
        }
        this.vvvv = (~p >> 3) & 15;
        this.vectorLength = (p >> 2) & 1;
        pp = p & 3;
      }
      if (map < 1 || map > 3) return undefined;
      pp = [0, 1, 2, 4][pp]!;
      this.opcode = this.next();
    } else if (byte === 0x0f) {
      map = 1;
      this.opcode = this.next();
      if (this.opcode === 0x38 || this.opcode === 0x3a) {
        map = this.opcode === 0x38 ? 2 : 3;
        this.opcode = this.next();
      }
    }
    if (this.short) return undefined;
    const modrm = this.at < this.end ? this.bytes[this.at]! : -1;
    if (this.enc === Enc.Legacy && map === 0 && (byte & 0xfc) === 0xa0) return this.moffs(byte);
    const row = this.choose((this.enc << 10) | (map << 8) | this.opcode, pp, w, modrm);
    if (row === undefined) {
      this.known = this.enc === Enc.Vex && table[(this.enc << 10) | (map << 8) | this.opcode] !== undefined;
      return undefined;
    }
    this.used = row.pp;
    if (row.modrm) {
      this.at++;
      this.reg = ((modrm >> 3) & 7) | this.r;
      this.rm = modrm & 7;
      this.mod = modrm >> 6;
    }
    return row;
  }

  /** The row that fits best: one that asks for more of what is there comes first. */
  private choose(key: number, pp: number, w: number, modrm: number): Row | undefined {
    let best: Row | undefined;
    let bestScore = -1;
    for (const row of table[key] ?? []) {
      if ((row.pp & ~pp) !== 0) continue;
      let score = (row.pp & 6) !== 0 ? 16 : 0;
      if ((row.pp & 1) !== 0) score += 4;
      if (this.enc === Enc.Legacy) {
        if (row.w === 1) {
          if (w === 0) continue;
          score += 8;
        }
        if (row.flags.includes("R") && this.r === 0) continue;
        if (row.flags.includes("R")) score += 1;
        // 90 alone is no exchange of the accumulator with itself.
        if (this.opcode === 0x90 && key === 0x90 && row.plus && this.b === 0 && w === 0 && !this.has66) continue;
      } else {
        if (row.pp !== pp) continue;
        if (row.w >= 0 && row.w !== w) {
          // The table writes W0 where W means nothing.
          if (row.w !== 0 || this.enc === Enc.Evex || general(row)) continue;
          score -= 2;
        }
        score += 8;
        const rounding = this.enc === Enc.Evex && this.evexB && modrm >= 0xc0;
        if (row.l >= 0 && row.l !== this.vectorLength && !(rounding && row.l === 2)) {
          // Nor has a scalar a length.
          if (row.l !== 0 || !/s[sd]$/.test(row.names[0]!) || /^vp|broadcast/.test(row.names[0]!)) continue;
        }
        if (rounding && !/[rs]/.test(row.flags)) continue;
        if (this.evexB && modrm < 0xc0 && row.broadcast === 0) continue;
        if (this.enc === Enc.Evex && row.masked !== (this.mask !== 0)) continue;
        if (this.zeroing && !row.flags.includes("z")) continue;
      }
      if (row.flags.includes("a")) {
        if (!this.a32) continue;
        score += 2;
      }
      if (row.modrm) {
        if (modrm < 0) continue;
        if (row.fixed >= 0) {
          if (row.fixed !== modrm) continue;
          score += 2;
        }
        if (row.digit >= 0 && row.digit !== ((modrm >> 3) & 7)) continue;
        if (row.form === 1 && modrm >= 0xc0) continue;
        if (row.form === 2 && modrm < 0xc0) continue;
      }
      if (score > bestScore) {
        best = row;
        bestScore = score;
      }
    }
    return best;
  }

  private hasMemory(row: Row): boolean {
    return row.modrm && row.fixed < 0 && this.mod !== 3;
  }

  private format(row: Row, from: number, pc: number): string {
    this.ripTarget = Number.NaN;
    const memory = this.hasMemory(row);
    let disp = 0;
    if (memory) disp = this.readMemory(row);
    const size = this.operandSize(row);
    let immLo = 0;
    let immHi = 0;
    let second = 0;
    const isRelative = row.imm === "cb" || row.imm === "cd";
    if (row.imm !== "-") {
      const n = row.imm === "ib" || row.imm === "cb" || row.imm === "is4" ? 1 : row.imm === "iw" ? 2 : 4;
      immLo = this.int(n);
      immHi = row.imm === "io" ? this.int(4) : immLo >> 31;
      if (row.names[0] === "enter") second = this.next();
    }
    if (memory && !Number.isNaN(this.ripTarget)) this.ripTarget = pc + (this.at - from) + disp;
    const texts: string[] = [];
    let k = "";
    for (const o of row.operands) {
      let t: string;
      if (o.word === "{k}") {
        k = this.mask === 0 ? "" : `{%k${this.mask}}`;
        if (this.zeroing) k += "{z}";
        continue;
      }
      if (o.slot === "=") t = o.word;
      else if (o.slot === "i" || /^imm/.test(o.word)) t = this.immediate(row, o, immLo, immHi, size);
      else if (o.slot === "b" || isRelative) t = this.name(pc + (this.at - from) + immLo);
      else if ((o.slot === "m" || o.slot === "x") && memory) t = this.memory + this.broadcast(row);
      else if (o.slot === "4") t = this.vector(o.word, (immLo >> 4) & 15);
      else t = this.operand(o, size, selectors.has(row.names[0]!));
      if (t !== "") texts.push(t);
    }
    if (row.names[0] === "enter") texts.push(`$0x${(immLo & 0xffff).toString(16)}`, `$0x${second.toString(16)}`);
    if (texts.length > 0) texts[texts.length - 1] += k;
    if (this.enc === Enc.Evex && this.evexB && !memory) {
      texts.splice(
        row.imm === "ib" ? 1 : 0,
        0,
        row.flags.includes("r") ? `{${roundings[this.vectorLength]}}` : "{sae}",
      );
    }
    if (texts.length === 0) texts.push(...(fixedOperands[row.names[0]!] ?? []));
    if (row.operands.some((o) => /^ST[0i]$/.test(o.word))) floatOperands(row, texts, memory);
    if (/^cmp[bwlq]?$/.test(row.names.at(-1)!) || /^cmp[ps][sd]$/.test(row.names[0]!)) reorder(row, texts);
    let mnemonic = this.mnemonic(row, memory);
    const pseudo = comparisonName(mnemonic, immLo & 0xff) ?? multiplicationName(mnemonic, immLo & 0xff);
    if (pseudo !== undefined && row.imm === "ib") {
      mnemonic = pseudo;
      texts.shift();
    }
    if (/^l?(call|jmp)$/.test(mnemonic) && !isRelative && texts.length > 0) texts[0] = `*${texts[0]}`;
    this.stringOperands(row, texts);
    if (mnemonic === "in" || mnemonic === "out") {
      const port = texts[0] ?? "(%dx)";
      const value = register(row.size, 0);
      texts.splice(0, texts.length, ...(mnemonic === "in" ? [port, value] : [value, port]));
    }
    if (this.vexWouldDo(row)) mnemonic = `{evex} ${mnemonic}`;
    const prefix = this.prefixText(row, mnemonic, memory);
    let out = prefix + mnemonic;
    if (texts.length > 0) out = `${out.padEnd(6)} ${texts.join(",")}`;
    if (memory && !Number.isNaN(this.ripTarget)) out += `        # ${this.name(this.ripTarget)}`;
    return out;
  }

  /** An EVEX prefix that says nothing which VEX could not is worth a mention. */
  private vexWouldDo(row: Row): boolean {
    if (this.enc !== Enc.Evex || this.evexB || this.vectorLength > 1 || this.mask !== 0) return false;
    if ((this.r & 16) !== 0 || (this.vvvv & 16) !== 0 || (this.mod === 3 && this.x !== 0)) return false;
    return vexForms.has(shape(row)) || row.names[0] === "vpermpd";
  }

  /** Bits of the operation: for immediates and implicit registers. */
  private operandSize(row: Row): number {
    if (row.size !== 0) return row.size;
    for (const o of row.operands) {
      const m = /^r(?:\/m)?(8|16|32|64)$/.exec(o.word);
      if (m !== null) return Number(m[1]);
    }
    return 32;
  }

  private immediate(row: Row, o: Operand, lo: number, hi: number, size: number): string {
    if (row.imm === "is4") return this.vector(o.word, (lo >> 4) & 15);
    const unsigned8 =
      row.imm === "ib" && (o.word.endsWith("u") || this.enc !== Enc.Legacy || byteOperand.test(row.names[0]!));
    if (unsigned8 || (row.imm === "ib" && vectorOperation(row))) return `$0x${(lo & 0xff).toString(16)}`;
    if (row.imm === "iw") return `$0x${(lo & 0xffff).toString(16)}`;
    const bits = /^push/.test(row.names[0]!) ? (this.has66 ? 16 : 64) : size;
    if (bits === 8) return `$0x${(lo & 0xff).toString(16)}`;
    if (bits === 16) return `$0x${(lo & 0xffff).toString(16)}`;
    const l = (lo >>> 0).toString(16);
    if (bits === 32 || hi === 0) return `$0x${l}`;
    return `$0x${(hi >>> 0).toString(16)}${l.padStart(8, "0")}`;
  }

  private broadcast(row: Row): string {
    if (this.enc !== Enc.Evex || !this.evexB) return "";
    return `{1to${((16 << this.vectorLength) * (row.scale === 0 ? 1 : row.scale / (16 << this.vectorLength))) / row.broadcast}}`;
  }

  private vector(word: string, n: number): string {
    return `%${word.slice(0, 3)}${n}`;
  }

  private operand(o: Operand, size: number, selector: boolean): string {
    let n = 0;
    switch (o.slot) {
      case "r":
        n = this.reg;
        break;
      case "m":
      case "x":
        n = this.rm | this.b;
        break;
      case "v":
        n = this.vvvv;
        break;
      case "o":
        n = (this.opcode & 7) | this.b;
        break;
      case "k":
        n = this.mask;
        break;
    }
    const word = o.word.replace(/\+3$/, "");
    const general = /^r(?:(8|16|32|64)(?:\/m\d+)?|\/m(8|16|32|64))$/.exec(word);
    if (general !== null) {
      const bits = selector ? 16 : Number(general[1] ?? general[2]);
      if (this.enc === Enc.Evex) n &= 15;
      if (bits === 8 && this.rex === 0 && this.enc === Enc.Legacy && n >= 4 && n < 8) return `%${high[n - 4]}`;
      return register(bits, n);
    }
    if (/^[xyz]mm/.test(word)) {
      if (this.enc === Enc.Evex && (o.slot === "m" || o.slot === "x")) n |= this.x << 1;
      return this.vector(word, n);
    }
    if (word === "mm" || word.startsWith("mm/")) return `%mm${n & 7}`;
    if (word === "k" || word.startsWith("k/")) return `%k${n & 7}`;
    switch (word) {
      case "1":
        return "";
      case "AL":
        return "%al";
      case "AX":
        return register(size, 0);
      case "CL":
      case "CX":
        return "%cl";
      case "DX":
        return "(%dx)";
      case "XMM0":
        return "%xmm0";
      case "ST0":
        return o.slot === "-" ? "%st" : `%st(${this.rm & 7})`;
      case "STi":
        return `%st(${this.rm & 7})`;
    }
    if (/^[CDEFGS]S$/.test(word)) return `%${word.toLowerCase()}`;
    if (/^CR\d+$/.test(word)) return `%cr${this.reg}`;
    if (/^DR\d+$/.test(word)) return `%db${this.reg}`;
    return "";
  }

  /** Reads SIB and displacement into `memory`; the displacement. */
  private readMemory(row: Row): number {
    const width = this.a32 ? 32 : 64;
    let base = "";
    let index = "";
    let scale = 1;
    let disp = 0;
    let show = this.mod !== 0;
    const vsib = row.operands.find((o) => /^vm[xyz]$/.test(o.word));
    if (this.rm === 4) {
      const sib = this.next();
      scale = 1 << (sib >> 6);
      let i = ((sib >> 3) & 7) | this.x;
      if (vsib !== undefined) {
        if (this.enc === Enc.Evex) i |= this.vvvv & 16;
        index = `%${vsib.word[2]}mm${i}`;
      } else if (i !== 4) index = register(width, i);
      if ((sib & 7) === 5 && this.mod === 0) {
        disp = this.int(4);
        show = true;
        // Without a base and an index the byte still says something.
        if (index === "" && scale !== 1) index = this.a32 ? "%eiz" : "%riz";
      } else {
        base = register(width, (sib & 7) | this.b);
        if (index === "" && ((sib & 7) !== 4 || scale !== 1)) index = this.a32 ? "%eiz" : "%riz";
      }
    } else if (this.rm === 5 && this.mod === 0) {
      disp = this.int(4);
      show = true;
      base = this.a32 ? "%eip" : "%rip";
      this.ripTarget = 0;
    } else base = register(width, this.rm | this.b);
    if (this.mod === 1) {
      const factor = this.enc !== Enc.Evex ? 1 : this.evexB ? row.broadcast : row.scale;
      disp = this.int(1) * (factor || 1);
    } else if (this.mod === 2) disp = this.int(4);
    // In 64-bit mode the other segments are nothing to an address.
    let text = this.segment < 100 ? "" : `%${segmentNames[this.segment]}:`;
    if (show) {
      text += base === "" && (index === "" || index === "%riz") ? hex64(disp) : signedHex(disp);
    }
    if (index !== "") text += `(${base},${index},${scale})`;
    else if (base !== "") text += `(${base})`;
    this.memory = text;
    return disp;
  }

  private mnemonic(row: Row, memory: boolean): string {
    const [full, short] = [row.names[0]!, row.names.at(-1)!];
    if (full === "nop" && row.plus) return "nop";
    if (/^(push|pop)$/.test(short) && this.has66 && (memory || !row.plus)) return `${short}w`;
    if (/^(call|jmp|push|pop)$/.test(short)) return short;
    if (this.has66 && (this.used & 1) === 0 && /^(leave|popf|pushf)$/.test(full)) return `${full}w`;
    const suffixed = full.length === short.length + 1 && /[bwlqxyz]$/.test(full) && full.startsWith(short);
    return !suffixed || memory || row.operands.length === 0 ? full : short;
  }

  private stringOperands(row: Row, texts: string[]): void {
    const m = strings.exec(row.names[0]!);
    if (m === null || texts.length > 0 || this.enc !== Enc.Legacy) return;
    const bits = row.size === 0 ? 32 : row.size;
    const a = register(bits, 0);
    const width = this.a32 ? 32 : 64;
    const source = `${this.segment < 100 ? "%ds" : `%${segmentNames[this.segment]}`}:(${register(width, 6)})`;
    const dest = `%es:(${register(width, 7)})`;
    switch (m[1]) {
      case "movs":
        texts.push(source, dest);
        break;
      case "stos":
        texts.push(a, dest);
        break;
      case "lods":
        texts.push(source, a);
        break;
      case "scas":
        texts.push(dest, a);
        break;
      case "cmps":
        texts.push(dest, source);
        break;
      case "ins":
        texts.push("(%dx)", dest);
        break;
      case "outs":
        texts.push(source, "(%dx)");
        break;
    }
  }

  /** Prefixes that the instruction does not explain. */
  private prefixText(row: Row, mnemonic: string, memory: boolean): string {
    let out = "";
    const isString = strings.test(row.names[0]!) && row.operands.length === 0;
    const usesSegment = memory || this.memoryPrefix || isString || mnemonic === "xlat";
    let datas = (this.used & 1) !== 0 || /w$/.test(mnemonic) ? 1 : 0;
    if (selectorStores.has(mnemonic) && memory) datas = 0;
    for (const p of this.prefixes) {
      if (p === 0xf0) out += "lock ";
      else if (p === 0x66) {
        if (datas > 0) datas--;
        else out += "data16 ";
      } else if (p === 0x67) {
        if (!memory && !isString && !row.flags.includes("a")) out += "addr32 ";
      } else if (p === 0xf2 || p === 0xf3) {
        if ((this.used & 6) !== 0) continue;
        if (isString)
          out += /^(cmps|scas)/.test(mnemonic) ? (p === 0xf3 ? "repz " : "repnz ") : p === 0xf3 ? "rep " : "repnz ";
        else if (p === 0xf2 && /^(call|jmp|ret|j)/.test(mnemonic)) out += "bnd ";
        else out += p === 0xf3 ? "repz " : "repnz ";
      } else if (!usesSegment || p !== this.segment || p < 100) out += `${segmentNames[p]} `;
    }
    return this.rex !== 0 && !this.rexUsed(row, memory) ? `${out}${rexName(this.rex)} ` : out;
  }

  /** Whether every bit of the REX prefix that is set means something. */
  private rexUsed(row: Row, memory: boolean): boolean {
    let used = row.w === 1 && !(selectorStores.has(row.names[0]!) && memory) ? 8 : 0;
    let bytes = false;
    for (const o of row.operands) {
      if (o.slot === "r") used |= 4;
      else if (o.slot === "m" || o.slot === "x") used |= memory ? (this.rm === 4 ? 3 : 1) : 1;
      else if (o.slot === "o") used |= 1;
      if (/^r(8|\/m8)/.test(o.word) && (o.slot === "r" || !memory)) bytes = true;
    }
    if (row.flags.includes("R")) used |= 4;
    return (this.rex & 15) === 0 ? bytes : (this.rex & 15 & ~used) === 0;
  }
}

/** Operands of x87 instructions: the top of the stack goes without saying beside memory. */
function floatOperands(row: Row, texts: string[], memory: boolean): void {
  const name = row.names[0]!;
  const stack = texts.filter((t) => /^%st\(/.test(t));
  if (memory) texts.splice(0, texts.length, ...texts.filter((t) => !t.startsWith("%st")));
  else if (oneRegister.test(name)) texts.splice(0, texts.length, ...stack);
  else if (/^fu?compp$/.test(name)) texts.length = 0;
  else if (/^fu?comip?$/.test(name)) texts.splice(0, texts.length, stack[0]!, "%st");
}

function plainPrefix(p: number): string {
  const names: Readonly<Record<number, string>> = {
    240: "lock",
    242: "repnz",
    243: "repz",
    102: "data16",
    103: "addr32",
  };
  return names[p] ?? segmentNames[p] ?? "";
}

function rexName(p: number): string {
  const bits = `${p & 8 ? "W" : ""}${p & 4 ? "R" : ""}${p & 2 ? "X" : ""}${p & 1 ? "B" : ""}`;
  return bits === "" ? "rex" : `rex.${bits}`;
}

function general(row: Row): boolean {
  return row.operands.some((o) => /^[rk]/.test(o.word));
}

function vectorOperation(row: Row): boolean {
  return row.operands.some((o) => /^[xyz]?mm/.test(o.word));
}

/** The comparisons stand in Intel's order in the table. */
function reorder(row: Row, texts: string[]): void {
  if (texts.length === 2 && /^cmp[bwlq]?$/.test(row.names.at(-1)!)) texts.reverse();
  else if (texts.length === 3) texts.unshift(texts.pop()!);
}

function signedHex(v: number): string {
  return v < 0 ? `-0x${(-v).toString(16)}` : `0x${v.toString(16)}`;
}

/** An address, modulo 2^64, in hexadecimal. */
export function addressText(v: number): string {
  if (v >= 0) return v.toString(16);
  const low = v % 4294967296;
  const lo = low < 0 ? low + 4294967296 : low;
  const hi = Math.floor(v / 4294967296) >>> 0;
  return hi.toString(16) + lo.toString(16).padStart(8, "0");
}

/** A sign-extended address of 64 bits. */
function hex64(v: number): string {
  return v < 0 ? `0xffffffff${(v >>> 0).toString(16).padStart(8, "0")}` : `0x${v.toString(16)}`;
}
