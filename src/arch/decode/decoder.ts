// Bytes -> Insn, driven by the instruction table. Rows are chosen as the CPU chooses: opcode map and opcode, then the
// mandatory prefix, REX.W, vector length, ModRM digit, register or memory. The candidates for a combination of prefixes
// are put in order of preference once and kept.

import { rows as rowText } from "./gen/table.ts";
import { Insn, NoReg, OperandKind, Segment } from "./insn.ts";

class Operand {
  constructor(
    readonly slot: string,
    readonly type: string,
    readonly registerSize: number,
    readonly memorySize: number,
    readonly unsigned: boolean,
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
    /** Bytes of the immediate; is4 counts as one. */
    readonly imm: number,
    readonly relative: boolean,
    readonly address32: boolean,
    readonly width: number,
    readonly mnemonic: string,
    readonly condition: number,
    readonly operands: readonly Operand[],
    /** 1: memory only, 2: register only, 0: either. */
    readonly form: number,
    readonly vsib: boolean,
  ) {}
}

/** Rows by VEX (1 bit), map (2), opcode (8). */
const table: Row[][] = [];

function load(): void {
  for (const line of rowText.split("\n")) {
    const f = line.split(" ");
    const [vex, map, opcodeText, pp, w, l, digit, fixed, plus, modrm, imm, a32, width, name, ops] = f as string[] & {
      length: 15;
    };
    const opcode = Number.parseInt(opcodeText as string, 16);
    const operands: Operand[] = [];
    let form = 0;
    if (ops !== "-") {
      for (const o of (ops as string).split(",")) {
        const slot = o[0] as string;
        const type = o[1] as string;
        const [a, b] = o.slice(2).split("/");
        const memory = Number(b ?? 0);
        if (slot === "m") {
          if (type === "M") form = 1;
          else if (type === "S" || memory === 0) form = 2;
        }
        operands.push(new Operand(slot, type, type === "I" ? 0 : Number(a || 0), memory, a === "u"));
      }
    }
    let mnemonic = name as string;
    let condition = 0;
    if (vex === "0") {
      const high = opcode >> 4;
      const cc = map === "0" ? high === 7 : high === 8;
      if (cc && mnemonic.startsWith("j")) mnemonic = "jcc";
      else if (map === "1" && high === 9) mnemonic = "setcc";
      else if (map === "1" && high === 4) mnemonic = "cmovcc";
      condition = opcode & 15;
    }
    const bytes =
      imm === "ib" || imm === "cb" || imm === "is4"
        ? 1
        : imm === "iw"
          ? 2
          : imm === "id" || imm === "cd"
            ? 4
            : imm === "io"
              ? 8
              : 0;
    const row = new Row(
      Number(pp),
      Number(w),
      Number(l),
      digit === "-" ? -1 : Number(digit),
      fixed === "-" ? -1 : Number.parseInt(fixed as string, 16),
      plus === "1",
      modrm === "1" || fixed !== "-",
      bytes,
      (imm as string)[0] === "c",
      a32 === "1",
      Number(width),
      mnemonic,
      condition,
      operands,
      form,
      /^vp?gather/.test(mnemonic),
    );
    for (let i = 0; i < (row.plus ? 8 : 1); i++) {
      const key = (Number(vex) << 10) | (Number(map) << 8) | (opcode + i);
      const list = table[key];
      if (list === undefined) table[key] = [row];
      else list.push(row);
    }
  }
}

/** Candidates in order of preference, by prefixes and table index. */
const ordered = new Map<number, readonly Row[]>();

function candidates(index: number, has66: boolean, rep: number, w: boolean, l: number, a32: boolean): readonly Row[] {
  const key = ((((index * 2 + (has66 ? 1 : 0)) * 4 + rep) * 2 + (w ? 1 : 0)) * 2 + l) * 2 + (a32 ? 1 : 0);
  const old = ordered.get(key);
  if (old !== undefined) return old;
  const scored: { row: Row; score: number; at: number }[] = [];
  const isVex = index >= 1024;
  (table[index] ?? []).forEach((row, at) => {
    let score = 0;
    const pp = row.pp;
    const have = (has66 ? 1 : 0) | (rep === 1 ? 2 : rep === 2 ? 4 : 0);
    if ((pp & ~have) !== 0) return;
    if (isVex) {
      if (pp !== have) return;
      if (row.l === 1 && l === 0) return;
      if (row.l === l) score += 4;
      if (row.w === (w ? 1 : 0)) score += 8;
    } else {
      if (row.w === 1 && !w) return;
      if (row.w === 1) score += 64;
      if ((pp & 6) !== 0) score += 128;
      if ((pp & 1) !== 0) score += 32;
    }
    if (row.address32) {
      if (!a32) return;
      score += 256;
    }
    if (row.fixed >= 0) score += 2;
    scored.push({ row, score, at });
  });
  scored.sort((a, b) => b.score - a.score || a.at - b.at);
  const list = scored.map((s) => s.row);
  ordered.set(key, list);
  return list;
}

/** Decodes instructions of 64-bit mode. The Insn it returns is its own and changes with the next call. */
export class Decoder {
  private readonly insn = new Insn();
  /** The last decode failed because the bytes ended. */
  truncated = false;
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;

  constructor() {
    // The assembler imports this stage too, and decodes nothing.
    if (table.length === 0) load();
  }

  private next(): number {
    if (this.at >= this.end) {
      this.truncated = true;
      return 0;
    }
    return this.bytes[this.at++] as number;
  }

  /** The instruction at bytes[from], or undefined when there is none or the bytes end before it does. */
  decode(bytes: Uint8Array, from: number, end = bytes.length): Insn | undefined {
    this.truncated = false;
    this.bytes = bytes;
    this.at = from;
    this.end = Math.min(end, from + 15);
    const insn = this.insn;
    insn.segment = Segment.None;
    insn.address32 = false;
    insn.lock = false;
    insn.rep = 0;
    insn.base = NoReg;
    insn.index = NoReg;
    insn.scale = 0;
    insn.disp = 0;
    insn.ripRelative = false;
    insn.vsib = false;
    insn.rel = 0;
    insn.immLo = insn.immHi = 0;
    let has66 = false;
    let rep = 0;
    let rex = 0;
    let b = this.next();
    prefixes: for (;;) {
      switch (b) {
        case 0x66:
          has66 = true;
          rex = 0;
          break;
        case 0xf3:
          rep = 1;
          rex = 0;
          break;
        case 0xf2:
          rep = 2;
          rex = 0;
          break;
        case 0xf0:
          insn.lock = true;
          rex = 0;
          break;
        case 0x67:
          insn.address32 = true;
          rex = 0;
          break;
        case 0x64:
          insn.segment = Segment.Fs;
          rex = 0;
          break;
        case 0x65:
          insn.segment = Segment.Gs;
          rex = 0;
          break;
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x26:
          rex = 0;
          break;
        default:
          if ((b & 0xf0) !== 0x40) break prefixes;
          rex = b;
      }
      if (this.truncated) return undefined;
      b = this.next();
    }
    let w = (rex & 8) !== 0;
    let r = (rex & 4) << 1;
    let x = (rex & 2) << 2;
    let bb = (rex & 1) << 3;
    let l = 0;
    let vvvv = 0;
    let map = 0;
    let vex = 0;
    let opcode = b;
    if (b === 0xc4 || b === 0xc5) {
      vex = 1;
      if (rex !== 0 || has66 || rep !== 0 || insn.lock) return undefined;
      let p = this.next();
      r = (p & 0x80) !== 0 ? 0 : 8;
      x = bb = 0;
      w = false;
      map = 1;
      if (b === 0xc4) {
        x = (p & 0x40) !== 0 ? 0 : 8;
        bb = (p & 0x20) !== 0 ? 0 : 8;
        map = p & 31;
        if (map === 0 || map > 3) return undefined;
        p = this.next();
        w = (p & 0x80) !== 0;
      }
      vvvv = (~p >> 3) & 15;
      l = (p >> 2) & 1;
      has66 = (p & 3) === 1;
      rep = (p & 3) === 2 ? 1 : (p & 3) === 3 ? 2 : 0;
      opcode = this.next();
    } else if (b === 0x0f) {
      map = 1;
      opcode = this.next();
      if (opcode === 0x38 || opcode === 0x3a) {
        map = opcode === 0x38 ? 2 : 3;
        opcode = this.next();
      }
    }
    if (this.truncated) return undefined;
    const list = candidates((vex << 10) | (map << 8) | opcode, has66, rep, w, l, insn.address32);
    if (list.length === 0) return undefined;
    // ModRM is looked at, and consumed only by a row that has one.
    const modrm = this.at < this.end ? (bytes[this.at] as number) : -1;
    let row: Row | undefined;
    for (const c of list) {
      // 90 exchanges the accumulator with itself, without clearing its upper half: NOP.
      if (opcode === 0x90 && map === 0 && vex === 0 && c.plus === (bb === 0)) continue;
      if (c.modrm) {
        if (modrm < 0) {
          this.truncated = true;
          return undefined;
        }
        if (c.fixed >= 0 && c.fixed !== modrm) continue;
        if (c.digit >= 0 && c.digit !== ((modrm >> 3) & 7)) continue;
        if (c.form === 1 && modrm >= 0xc0) continue;
        if (c.form === 2 && modrm < 0xc0) continue;
      }
      row = c;
      break;
    }
    if (row === undefined) return undefined;
    let rm = 0;
    let reg = 0;
    let memory = false;
    if (row.modrm) {
      this.at++;
      reg = ((modrm >> 3) & 7) | r;
      rm = modrm & 7;
      const mod = modrm >> 6;
      if (mod === 3) rm |= bb;
      else if (row.fixed < 0) {
        memory = true;
        if (rm === 4) {
          const sib = this.next();
          const index = ((sib >> 3) & 7) | x;
          if (row.vsib) insn.vsib = true;
          if (index !== 4 || row.vsib) {
            insn.index = index;
            insn.scale = sib >> 6;
          }
          const base = sib & 7;
          if (base === 5 && mod === 0) insn.disp = this.int(4);
          else insn.base = base | bb;
        } else if (row.vsib) return undefined;
        else if (rm === 5 && mod === 0) {
          insn.disp = this.int(4);
          insn.ripRelative = true;
        } else insn.base = rm | bb;
        if (mod === 1) insn.disp = this.int(1);
        else if (mod === 2) insn.disp = this.int(4);
      }
    }
    // The string instructions alone heed a repeat prefix that the row does not ask for.
    insn.rep = row.width !== 0 && vex === 0 ? (rep === 1 ? 0xf3 : rep === 2 ? 0xf2 : 0) : 0;
    insn.long = l === 1;
    insn.mnemonic = row.mnemonic;
    insn.condition = row.condition;
    if (row.relative) insn.rel = this.int(row.imm);
    else if (row.imm === 8) {
      insn.immLo = this.int(4);
      insn.immHi = this.int(4);
    } else if (row.imm > 0) {
      insn.immLo = this.int(row.imm);
      insn.immHi = insn.immLo >> 31;
      // ENTER has a second immediate, a byte.
      if (opcode === 0xc8 && map === 0 && vex === 0) insn.immHi = this.int(1) & 31;
    }
    if (this.truncated) return undefined;
    const n = row.operands.length;
    insn.operands = n;
    insn.width = row.width;
    for (let i = 0; i < n; i++) {
      const o = row.operands[i] as Operand;
      let kind: OperandKind = OperandKind.None;
      let size = o.registerSize;
      let number = 0;
      switch (o.slot) {
        case "r":
          number = reg;
          break;
        case "m":
        case "x":
          number = rm;
          break;
        case "v":
          number = vvvv;
          break;
        case "o":
          number = (opcode & 7) | bb;
          break;
        case "4":
          number = (insn.immLo >> 4) & 15;
          break;
        default:
      }
      if (o.slot === "m" && memory) {
        kind = OperandKind.Mem;
        size = o.memorySize !== 0 ? o.memorySize : 64;
      } else {
        switch (o.type) {
          case "R":
            kind = OperandKind.Reg;
            if (size === 8 && rex === 0 && vex === 0 && number >= 4 && number < 8) number += 16;
            break;
          case "V":
            kind = OperandKind.Vec;
            break;
          case "I":
            kind = OperandKind.Imm;
            if (o.unsigned) {
              if (row.imm === 1) insn.immLo &= 0xff;
              else if (row.imm === 2) insn.immLo &= 0xffff;
              insn.immHi = 0;
            }
            size = i > 0 ? (insn.size[0] as number) : row.pp === 1 && vex === 0 ? 16 : 64;
            break;
          case "B":
            kind = OperandKind.Rel;
            break;
          case "A":
            kind = OperandKind.Reg;
            number = 0;
            break;
          case "C":
            kind = OperandKind.Reg;
            number = 1;
            size = 8;
            break;
          case "1":
            kind = OperandKind.Imm;
            insn.immLo = 1;
            insn.immHi = 0;
            size = 8;
            break;
          case "Z":
            kind = OperandKind.Vec;
            number = 0;
            size = 128;
            break;
          case "S":
          case "T":
            kind = OperandKind.St;
            if (o.type === "T") number = 0;
            else number &= 7;
            size = 80;
            break;
          case "X":
            kind = OperandKind.Mmx;
            break;
          default:
        }
      }
      insn.kind[i] = kind;
      insn.size[i] = size;
      insn.reg[i] = number;
    }
    if (insn.width === 0) insn.width = n > 0 ? (insn.size[0] as number) : 0;
    if (insn.lock && n > 0 && insn.kind[0] !== OperandKind.Mem && insn.kind[1] !== OperandKind.Mem) return undefined;
    insn.length = this.at - from;
    return insn;
  }

  /** n little-endian bytes as a signed number. */
  private int(n: number): number {
    let v = 0;
    for (let i = 0; i < n; i++) v |= this.next() << (8 * i);
    return n === 1 ? (v << 24) >> 24 : n === 2 ? (v << 16) >> 16 : v;
  }
}
