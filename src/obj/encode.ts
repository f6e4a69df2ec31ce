import {
  As,
  type Cls,
  covered,
  EvexFlag,
  firstRow,
  Imm,
  only32,
  Reg,
  registerNames,
  Row,
  RowPrefix,
  rowSize,
  rows,
  Slot,
} from "#arch";
import { RelocType } from "#formats";
import type { Ctxt } from "./ctxt.ts";
import { classify, isSegment, regNumber } from "./operand.ts";
import { addrString, progString } from "./print.ts";
import { type Addr, AddrName, AddrType, ownCopy, type Prog, ProgFlag, Suffix } from "./prog.ts";
import type { LSym } from "./sym.ts";

const noRow = -1;
const memoSize = 8192;
/** Rows already found, by opcode and up to three operand classes: 11 + 3*7 bits make the key. */
const memoKey = new Int32Array(memoSize);
const memoRow = new Int32Array(memoSize);

const illegal = new Set<number>(only32);

/** Opcodes that Encoder.special knows. */
const special = new Uint8Array(firstRow.length);
for (const as of [As.TEXT, As.NOP, As.FUNCDATA, As.PCDATA, As.END, As.GETCALLERPC, As.BYTE, As.WORD, As.LONG, As.QUAD])
  special[as] = 1;
for (const as of [
  As.DUFFZERO,
  As.DUFFCOPY,
  As.CALL,
  As.JMP,
  As.VGATHERDPD,
  As.VGATHERQPD,
  As.VGATHERDPS,
  As.VGATHERQPS,
])
  special[as] = 1;
for (const as of [As.VPGATHERDD, As.VPGATHERQD, As.VPGATHERDQ, As.VPGATHERQQ]) special[as] = 1;

/** Where Encoder writes: one instruction at a time, in one function at a time. */
const code = new Uint8Array(128);

/**
 * Encodes one instruction at a time, driven by the instruction table. The bytes of the last one are buf[0..length);
 * relocations go straight to the symbol. Answers to doasm and asmins of cmd/internal/obj/x86/asm6.go.
 */
export class Encoder {
  readonly buf = code;
  length = 0;
  private readonly args: Addr[] = [];
  private nargs = 0;
  /** An operand is another one now. */
  private changed = false;
  private sym!: LSym;
  private p!: Prog;

  constructor(private readonly ctxt: Ctxt) {}

  /** Encodes p at p.pc in sym and returns its size in bytes. */
  encode(sym: LSym, p: Prog): number {
    this.sym = sym;
    this.p = p;
    this.length = 0;
    p.flags &= ~ProgFlag.Fixed;
    const nrelocs = sym.relocs.length;
    const errors = this.ctxt.errors;
    if (special[p.as] === 1) {
      const n = this.special(sym, p);
      if (n >= 0) return n;
    }
    if (p.to.type === AddrType.Branch) return this.conditional();
    this.gather();
    const row = this.find();
    if (row === noRow) {
      if (p.from.type === AddrType.Reg && p.from.reg === Reg.TLS && p.as === As.MOVQ) this.loadTLS();
      else this.invalid();
      return this.length;
    }
    const kind = rows[row + Row.Kind]!;
    if (kind === 0) this.legacy(row);
    else this.vector(row, kind);
    if (sym.relocs.length === nrelocs) {
      if (this.ctxt.errors === errors && !this.changed) p.flags |= ProgFlag.Fixed;
      return this.length;
    }
    // A PC-relative field counts from its own end for the linker, but from the end of the instruction for the CPU.
    for (let i = sym.relocs.length - 1; i >= nrelocs; i--) {
      const r = sym.relocs[i]!;
      // Go counts the REX prefix in for this marker too.
      if (r.type === RelocType.R_CALLIND) r.off += (this.buf[0]! & 0xf0) === 0x40 ? 1 : 0;
      if (r.type === RelocType.R_PCREL) r.add -= p.pc + this.length - (r.off + r.size);
    }
    return this.length;
  }

  /** Encodes what is not, or not always, done by the table; -1 if it is now. */
  private special(sym: LSym, p: Prog): number {
    switch (p.as) {
      case As.TEXT:
      case As.NOP:
      case As.FUNCDATA:
      case As.PCDATA:
      case As.END:
      case As.GETCALLERPC:
        return 0;
      case As.BYTE:
        return this.raw(1);
      case As.WORD:
        return this.raw(2);
      case As.LONG:
        return this.raw(4);
      case As.QUAD:
        return this.raw(8);
      case As.DUFFZERO:
      case As.DUFFCOPY:
        return this.call(p.to.sym, p.to.offset);
      case As.CALL:
        if (p.to.type === AddrType.Branch) return this.call(p.to.sym, p.to.offset);
        if (p.to.type === AddrType.Indir) return this.callIndirect();
        if (p.to.type === AddrType.Const) return this.toConstant(0xe8);
        if (p.from.type === AddrType.None) sym.addReloc(p.pc, 0, RelocType.R_CALLIND, 0, null);
        break;
      case As.JMP:
        if (p.to.type === AddrType.Branch) return this.branch(0xeb, 0xe9, 0);
        if (p.to.type === AddrType.Const) return this.toConstant(0xe9);
        break;
      case As.VGATHERDPD:
      case As.VGATHERQPD:
      case As.VGATHERDPS:
      case As.VGATHERQPS:
      case As.VPGATHERDD:
      case As.VPGATHERQD:
      case As.VPGATHERDQ:
      case As.VPGATHERQQ:
        if (!this.gatherValid()) return this.length;
        break;
    }
    return -1;
  }

  private put(b: number): void {
    this.buf[this.length++] = b;
  }

  private put4(v: number): void {
    const b = this.buf;
    let n = this.length;
    b[n++] = v;
    b[n++] = v >> 8;
    b[n++] = v >> 16;
    b[n++] = v >> 24;
    this.length = n;
  }

  private diag(message: string): void {
    this.ctxt.error(this.p.pos, `${message}: ${progString(this.ctxt, this.p)}`);
  }

  private invalid(): void {
    if (illegal.has(this.p.as))
      this.ctxt.error(this.p.pos, `asmins: illegal in 64-bit mode: ${progString(this.ctxt, this.p)}`);
    else this.ctxt.error(this.p.pos, `${this.sym.name}: invalid instruction: ${progString(this.ctxt, this.p)}`);
  }

  private gather(): void {
    const p = this.p;
    let n = 0;
    if (p.from.type !== AddrType.None) this.args[n++] = p.from;
    if (p.rest !== null) for (let i = 0; i < p.rest.length; i++) this.args[n++] = p.rest[i]!;
    if (p.to.type !== AddrType.None) this.args[n++] = p.to;
    this.nargs = n;
    this.changed = false;
  }

  /** The operand, if it is the Prog's own; else a copy that it has from now on. */
  private own(i: number): Addr {
    const { p } = this;
    const a = this.args[i]!;
    this.changed = true;
    if (!a.shared) return a;
    const b = ownCopy(a);
    this.args[i] = b;
    const first = p.from.type === AddrType.None ? 0 : 1;
    if (i < first) p.from = b;
    else if (i === this.nargs - 1 && p.to.type !== AddrType.None) p.to = b;
    else {
      p.rest = p.rest!.slice();
      p.rest[i - first] = b;
    }
    return b;
  }

  /** The first row of the opcode whose classes fit the operands, as an offset in rows; noRow if there is none. */
  private find(): number {
    const p = this.p;
    const n = this.nargs;
    for (let i = 0; i < n; i++) {
      const a = this.args[i]!;
      if (a.cls < 0) {
        a.cls = classify(a);
        if (a.type === AddrType.FConst || a.type === AddrType.SConst)
          this.ctxt.error(p.pos, `unexpected addr1: type=${a.type} ${addrString(a)}`);
      }
    }
    if (n > 3 || p.scond !== Suffix.None) return this.search();
    let key = p.as;
    if (n > 0) key |= this.args[0]!.cls << 11;
    if (n > 1) key |= this.args[1]!.cls << 18;
    if (n > 2) key |= this.args[2]!.cls << 25;
    const slot = (key ^ (key >>> 13) ^ (key >>> 22)) & (memoSize - 1);
    if (memoKey[slot] === key && memoRow[slot] !== 0) return memoRow[slot]! - 1;
    const row = this.search();
    if (row !== noRow) {
      memoKey[slot] = key;
      memoRow[slot] = row + 1;
    }
    return row;
  }

  private search(): number {
    const p = this.p;
    const n = this.nargs;
    const end = firstRow[p.as + 1]! * rowSize;
    next: for (let row = firstRow[p.as]! * rowSize; row < end; row += rowSize) {
      if (rows[row] !== n) continue;
      if (p.scond !== Suffix.None && rows[row + Row.Kind] !== 2) continue;
      for (let i = 0; i < n; i++) {
        if (covered[rows[row + Row.Class + i]! * 128 + (this.args[i]!.cls as Cls)] === 0) continue next;
      }
      return row;
    }
    return noRow;
  }

  /**
   * A register as the row sees it: byte operations take AX..R15 for AL..R15B. The operand is changed for good, so that
   * if the function is assembled again the short forms of AL apply: Go's assembler behaves so, and so must its equal.
   */
  private regOf(row: number, i: number): Reg {
    let a = this.args[i]!;
    if ((rows[row + Row.Bytes]! & (1 << i)) !== 0 && a.reg >= Reg.AX && a.reg <= Reg.R15) {
      a = this.own(i);
      a.reg += Reg.AL - Reg.AX;
      a.cls = -1;
    }
    return a.reg;
  }

  private legacy(row: number): void {
    const n = this.nargs;
    this.segmentPrefix(this.p.from);
    this.segmentPrefix(this.p.to);
    const prefix = rows[row + Row.Prefix]!;
    if ((prefix & RowPrefix.P67) !== 0) this.put(0x67);
    if ((prefix & RowPrefix.P66) !== 0) this.put(0x66);
    if ((prefix & RowPrefix.PF2) !== 0) this.put(0xf2);
    if ((prefix & RowPrefix.PF3) !== 0) this.put(0xf3);
    let rex = (prefix & RowPrefix.RexW) !== 0 ? 0x48 : 0;
    if ((prefix & RowPrefix.RexR) !== 0) rex |= 0x44;
    const form = rows[row + Row.ModRM]! >> 1;
    let field = form >= 2 ? form - 2 : 0;
    let rm = -1;
    let imm = -1;
    let opreg = 0;
    for (let i = 0; i < n; i++) {
      switch (rows[row + Row.Slot + i]) {
        case Slot.Reg: {
          const r = this.regOf(row, i);
          const num = regNumber[r]!;
          field = num & 7;
          if (num >= 8) rex |= 0x44;
          rex |= needsRex(r);
          break;
        }
        case Slot.RegAndRM: {
          const num = regNumber[this.args[i]!.reg]!;
          field = num & 7;
          if (num >= 8) rex |= 0x45;
          rm = i;
          break;
        }
        case Slot.RM:
          rm = i;
          break;
        case Slot.OpReg: {
          const r = this.regOf(row, i);
          const num = regNumber[r]!;
          opreg = num & 7;
          if (num >= 8) rex |= 0x41;
          rex |= needsRex(r);
          break;
        }
        case Slot.Imm:
          imm = i;
          break;
      }
    }
    let rmReg: Reg = Reg.None;
    if (rm >= 0) {
      const a = this.args[rm]!;
      if (a.type === AddrType.Reg) {
        rmReg = this.regOf(row, rm);
        if (regNumber[rmReg]! >= 8) rex |= 0x41;
        rex |= needsRex(rmReg);
      } else rex |= memRex(a);
    }
    if (rex !== 0) this.put(rex | 0x40);
    const nop = rows[row + Row.NumOp]!;
    for (let i = 0; i < nop; i++) this.put(rows[row + Row.Op + i]!);
    if ((rows[row + Row.ModRM]! & 1) !== 0) this.buf[this.length - 1]! += opreg;
    if (rm >= 0) {
      if (rmReg !== Reg.None) this.put(0xc0 | (field << 3) | (regNumber[rmReg]! & 7));
      else this.memory(this.args[rm]!, field, 0);
    }
    this.immediate(row, imm);
  }

  private immediate(row: number, imm: number): void {
    const size = rows[row + Row.Imm]!;
    if (size === Imm.None || imm < 0) return;
    const a = this.args[imm]!;
    const v = a.offset;
    switch (size) {
      case Imm.I8:
        this.put(v);
        break;
      case Imm.I16:
        this.put(v);
        this.put(v >> 8);
        break;
      case Imm.I32:
        this.put4(v);
        break;
      case Imm.I64:
        this.put4(v);
        this.put4(a.hi);
        break;
    }
  }

  private vector(row: number, kind: number): void {
    const n = this.nargs;
    const p = this.p;
    this.segmentPrefix(p.from);
    this.segmentPrefix(p.to);
    let rm = -1;
    let reg: Reg = Reg.None;
    let v: Reg = Reg.None;
    let k = -1;
    let imm = -1;
    let is4 = 0;
    const form = rows[row + Row.ModRM]! >> 1;
    for (let i = 0; i < n; i++) {
      const a = this.args[i]!;
      switch (rows[row + Row.Slot + i]) {
        case Slot.Reg:
          reg = a.reg;
          break;
        case Slot.RM:
          rm = i;
          break;
        case Slot.V:
          v = a.reg;
          break;
        case Slot.K:
          k = a.reg;
          break;
        case Slot.Imm:
          imm = i;
          break;
        case Slot.Is4:
          is4 = regNumber[a.reg]!;
          break;
      }
    }
    const vex = rows[row + Row.Vex]!;
    const rma = rm >= 0 ? this.args[rm]! : null;
    const regNum = reg === Reg.None ? 0 : regNumber[reg]!;
    const vNum = v === Reg.None ? 0 : regNumber[v]!;
    let x = 0;
    let b = 0;
    let vx = vNum >> 4;
    if (rma !== null) {
      if (rma.type === AddrType.Reg) {
        const num = regNumber[rma.reg]!;
        b = (num >> 3) & 1;
        x = num >> 4;
      } else {
        const r = memRex(rma);
        b = r & 1;
        x = (r >> 1) & 1;
        if (rma.index >= Reg.X0 && rma.index <= Reg.Z31 && regNumber[rma.index]! >= 16) vx = 1;
      }
    }
    const map = (vex >> 4) & 3;
    let shift = 0;
    if (kind === 1) {
      const wlp = (vex & 0x83) | ((vex & 4) !== 0 ? 4 : 0);
      const r = (regNum >> 3) & 1;
      if (map === 1 && (x | b) === 0 && (vex & 0x80) === 0) {
        this.put(0xc5);
        this.put(((r ^ 1) << 7) | ((vNum ^ 15) << 3) | wlp);
      } else {
        this.put(0xc4);
        this.put(((r ^ 1) << 7) | ((x ^ 1) << 6) | ((b ^ 1) << 5) | map);
        this.put(((vNum ^ 15) << 3) | wlp);
      }
    } else {
      const flags = rows[row + Row.Evex]!;
      const mem = rma !== null && rma.type === AddrType.Mem;
      const suffix = p.scond;
      let z = 0;
      let ll = (vex >> 2) & 3;
      let bit = 0;
      if ((suffix & Suffix.Zeroing) !== 0) {
        if ((flags & EvexFlag.Zeroing) === 0) this.diag("unsupported zeroing");
        if (k < 0) this.diag("mask register must be specified for .Z instructions");
        z = 1;
      }
      const round = suffix & Suffix.RoundMask;
      if (round !== 0) {
        if (mem) this.diag("illegal rounding with memory argument");
        else if ((flags & EvexFlag.Rounding) === 0) this.diag("unsupported rounding");
        bit = 1;
        ll = (round >> 3) - 1;
      } else if ((suffix & Suffix.Broadcast) !== 0) {
        if (!mem) this.diag("illegal broadcast without memory argument");
        else if ((flags & (EvexFlag.Broadcast4 | EvexFlag.Broadcast8)) === 0) this.diag("unsupported broadcast");
        bit = 1;
      } else if ((suffix & Suffix.Sae) !== 0) {
        if (mem) this.diag("illegal SAE with memory argument");
        else if ((flags & EvexFlag.Sae) === 0) this.diag("unsupported SAE");
        bit = 1;
      }
      if ((suffix & Suffix.Broadcast) !== 0)
        shift = (flags & EvexFlag.Broadcast4) !== 0 ? 2 : (flags & EvexFlag.Broadcast8) !== 0 ? 3 : 0;
      else shift = rows[row + Row.DispShift]!;
      const r = (regNum >> 3) & 1;
      const r2 = regNum >> 4;
      this.put(0x62);
      this.put(((r ^ 1) << 7) | ((x ^ 1) << 6) | ((b ^ 1) << 5) | ((r2 ^ 1) << 4) | map);
      this.put((vex & 0x80) | (((vNum & 15) ^ 15) << 3) | 4 | (vex & 3));
      this.put((z << 7) | (ll << 5) | (bit << 4) | ((vx ^ 1) << 3) | (k < 0 ? 0 : regNumber[k]!));
    }
    this.put(rows[row + Row.Op]!);
    if (rma !== null) {
      const field = form >= 2 ? form - 2 : regNum & 7;
      if (rma.type === AddrType.Reg) this.put(0xc0 | (field << 3) | (regNumber[rma.reg]! & 7));
      else this.memory(rma, field, shift);
    }
    if (rows[row + Row.Imm] === Imm.Is4) this.put((is4 << 4) & 255);
    else this.immediate(row, imm);
  }

  /** Gathers whose registers overlap fault: they are errors here, as in Go's assembler. */
  private gatherValid(): boolean {
    const p = this.p;
    const middle = p.from3;
    if (middle === null) {
      this.diag("need a third arg for gather instruction");
      return false;
    }
    const dest = regNumber[p.to.reg]!;
    if (middle.reg >= Reg.K0 && middle.reg <= Reg.K7) {
      if (p.from.index !== Reg.None && dest === regNumber[p.from.index]!) {
        this.diag("index and destination registers should be distinct");
        return false;
      }
      return true;
    }
    const index = middle.index === Reg.None ? -1 : regNumber[middle.index]!;
    const mask = regNumber[p.from.reg]!;
    if (dest === mask || dest === index || mask === index) {
      this.diag("mask, index, and destination registers should be distinct");
      return false;
    }
    return true;
  }

  private segmentPrefix(a: Addr): void {
    if (a.reg < Reg.ES && a.index < Reg.ES) return;
    if (a.type === AddrType.Mem && a.name === AddrName.None) {
      const b = segmentByte(a.reg);
      if (b !== 0) {
        this.put(b);
        return;
      }
      if (a.reg === Reg.TLS) {
        this.put(0x64);
        return;
      }
    }
    if (a.index === Reg.TLS) {
      if (this.ctxt.shared) this.put(0x64);
      return;
    }
    const b = segmentByte(a.index);
    if (b !== 0) this.put(b);
  }

  /** ModRM, SIB and displacement of a memory operand; shift is log2 of the EVEX displacement factor. */
  private memory(a: Addr, field: number, shift: number): void {
    const p = this.p;
    const reg = field << 3;
    if (a.type !== AddrType.Mem) {
      this.ctxt.error(p.pos, `asmand: bad address ${progString(this.ctxt, p)}`);
      return;
    }
    let v = a.offset;
    if (a.hi !== v >> 31 && p.as !== As.LEAL) this.ctxt.error(p.pos, `offset too large in ${progString(this.ctxt, p)}`);
    let base = a.reg;
    switch (a.name) {
      case AddrName.Extern:
      case AddrName.Static:
      case AddrName.GotRef: {
        this.put(reg | 5);
        const got = a.name === AddrName.GotRef;
        if (got && (a.offset !== 0 || a.index !== Reg.None || a.scale !== 0))
          this.ctxt.error(p.pos, `${progString(this.ctxt, p)} has offset against gotref`);
        this.sym.addReloc(p.pc + this.length, 4, got ? RelocType.R_GOTPCREL : RelocType.R_PCREL, addend(a), a.sym);
        this.put4(0);
        return;
      }
      case AddrName.Auto:
      case AddrName.Param:
        base = Reg.SP;
        break;
    }
    const index = a.index;
    if (index !== Reg.None && index !== Reg.TLS && !isSegment(index)) {
      const scale = a.scale === 1 ? 0 : a.scale === 2 ? 0x40 : a.scale === 4 ? 0x80 : a.scale === 8 ? 0xc0 : -1;
      if (scale < 0) {
        this.badIndex(a, base);
        return;
      }
      const sib = scale | ((regNumber[index]! & 7) << 3);
      if (base === Reg.None) {
        this.put(reg | 4);
        this.put(sib | 5);
        this.put4(v);
        return;
      }
      if (base < Reg.AX || base > Reg.R15) {
        this.badIndex(a, base);
        return;
      }
      const b = regNumber[base]! & 7;
      if (v === 0 && b !== 5) {
        this.put(reg | 4);
        this.put(sib | b);
      } else if (fits8(v, shift)) {
        this.put(0x40 | reg | 4);
        this.put(sib | b);
        this.put(v >> shift);
      } else {
        this.put(0x80 | reg | 4);
        this.put(sib | b);
        this.put4(v);
      }
      return;
    }
    if (base === Reg.None || isSegment(base) || base === Reg.TLS) {
      this.put(reg | 4);
      this.put(0x25);
      if (base === Reg.TLS && !this.ctxt.shared) {
        this.sym.addReloc(p.pc + this.length, 4, RelocType.R_TLS_LE, addend(a), null);
        v = 0;
      }
      this.put4(v);
      return;
    }
    if (base < Reg.AX || base > Reg.R15) {
      this.ctxt.error(p.pos, `asmand: bad address ${progString(this.ctxt, p)}`);
      return;
    }
    const b = regNumber[base]! & 7;
    if (b === 4) {
      // SP and R12 need a SIB byte without index.
      if (v === 0) {
        this.put(reg | 4);
        this.put(0x24);
      } else if (fits8(v, shift)) {
        this.put(0x40 | reg | 4);
        this.put(0x24);
        this.put(v >> shift);
      } else {
        this.put(0x80 | reg | 4);
        this.put(0x24);
        this.put4(v);
      }
      return;
    }
    if (index === Reg.TLS && !this.ctxt.shared) {
      this.put(0x80 | reg | b);
      this.sym.addReloc(p.pc + this.length, 4, RelocType.R_TLS_LE, v, null);
      this.put4(0);
      return;
    }
    if (v === 0 && b !== 5) this.put(reg | b);
    else if (fits8(v, shift)) {
      this.put(0x40 | reg | b);
      this.put(v >> shift);
    } else {
      this.put(0x80 | reg | b);
      this.put4(v);
    }
  }

  private badIndex(a: Addr, base: Reg): void {
    const name = (r: Reg): string => registerNames[r] ?? `R???${r}`;
    this.ctxt.error(this.p.pos, `asmidx: bad address ${a.scale}/${name(a.index)}/${name(base)}`);
    this.put(0);
  }

  /** MOVQ TLS, R in code for shared libraries: the offset of TLS from the global offset table. */
  private loadTLS(): void {
    const n = regNumber[this.p.to.reg]!;
    this.put(n >= 8 ? 0x4c : 0x48);
    this.put(0x8b);
    this.put(0x05 | ((n & 7) << 3));
    this.sym.addReloc(this.p.pc + 3, 4, RelocType.R_TLS_IE, -4, null);
    this.put4(0);
  }

  /** BYTE, WORD, LONG, QUAD. */
  private raw(size: number): number {
    const a = this.p.from;
    if (a.type !== AddrType.Const || this.p.to.type !== AddrType.None) {
      this.invalid();
      return 0;
    }
    for (let i = 0; i < size; i++) this.put(i < 4 ? a.offset >> (8 * i) : a.hi >> (8 * (i - 4)));
    this.p.flags |= ProgFlag.Fixed;
    return size;
  }

  private call(callee: LSym | null, add: number): number {
    if (callee === null) {
      this.diag("call without target");
      return 0;
    }
    this.put(0xe8);
    this.sym.addReloc(this.p.pc + 1, 4, RelocType.R_CALL, add, callee);
    this.put4(0);
    return 5;
  }

  private callIndirect(): number {
    this.put(0xff);
    this.put(0x15);
    this.sym.addReloc(this.p.pc + 2, 4, RelocType.R_PCREL, addend(this.p.to), this.p.to.sym);
    this.put4(0);
    return 6;
  }

  /** CALL or JMP to an absolute address. */
  private toConstant(opcode: number): number {
    this.put(opcode);
    this.sym.addReloc(this.p.pc + 1, 4, RelocType.R_PCREL, addend(this.p.to), null);
    this.put4(0);
    return 5;
  }

  /** Jcc, LOOP, JCXZ, XBEGIN: their rows say the opcode bytes of the short and the long form. */
  private conditional(): number {
    const p = this.p;
    const row = firstRow[p.as]! * rowSize;
    const count = firstRow[p.as + 1]! - firstRow[p.as]!;
    if (count === 0 || rows[row + Row.Slot] !== Slot.Branch) {
      this.invalid();
      return 0;
    }
    if (p.as === As.XBEGIN) return this.xbegin();
    if (p.to.sym !== null) {
      this.ctxt.error(p.pos, "branch to ATEXT");
      return 0;
    }
    const short = rows[row + Row.Op]!;
    if (count > 1) return this.branch(short, rows[row + rowSize + Row.Op + 1]!, 0x0f);
    if ((rows[row + Row.Prefix]! & RowPrefix.P67) !== 0) this.put(0x67);
    return this.branch(short, -1, 0);
  }

  /** A jump inside the function (short or long form as is known by now), or a JMP to another one. */
  private branch(short: number, long: number, lead: number): number {
    const p = this.p;
    if (p.to.sym !== null) {
      this.put(long);
      this.sym.addReloc(p.pc + this.length, 4, RelocType.R_CALL, 0, p.to.sym);
      this.put4(0);
      return this.length;
    }
    const q = p.to.target;
    if (q === null) {
      this.diag("jmp/branch/loop without target");
      return 0;
    }
    if ((p.flags & ProgFlag.Back) !== 0) {
      const v = q.pc - (p.pc + this.length + 2);
      if (q.pc - (p.pc + 2) >= -128) {
        this.put(short);
        // The displacement does not count the 67 of JCXZL: Go's assembler gets that wrong, and so do we.
        this.put(q.pc - (p.pc + 2));
      } else if (long < 0) this.diag("loop too far");
      else {
        if (lead !== 0) this.put(lead);
        this.put(long);
        this.put4(v + 2 - 5 - (lead !== 0 ? 1 : 0));
      }
      return this.length;
    }
    // Forward: the target fills in the distance when it is reached.
    p.forwd = q.rel;
    q.rel = p;
    if ((p.flags & ProgFlag.Short) !== 0) {
      this.put(short);
      this.put(0);
    } else if (long < 0) this.diag("loop too far");
    else {
      if (lead !== 0) this.put(lead);
      this.put(long);
      this.put4(0);
    }
    return this.length;
  }

  private xbegin(): number {
    const p = this.p;
    const q = p.to.target;
    if (q === null) {
      this.diag("jmp/branch/loop without target");
      return 0;
    }
    this.put(0xc7);
    this.put(0xf8);
    if ((p.flags & ProgFlag.Back) !== 0) this.put4(q.pc - (p.pc + 6));
    else {
      p.forwd = q.rel;
      q.rel = p;
      this.put4(0);
    }
    return this.length;
  }
}

/** The symbol addend of an operand, whose halves are those of an int64. */
function addend(a: Addr): number {
  return a.hi * 4294967296 + (a.offset >>> 0);
}

/** 0x40 for SPB, BPB, SIB, DIB, which would be AH, CH, DH, BH without a REX prefix. */
function needsRex(r: Reg): number {
  return r >= Reg.SPB && r <= Reg.DIB ? 0x40 : 0;
}

function memRex(a: Addr): number {
  let rex = 0;
  if (a.index !== Reg.None && a.index < Reg.ES && (regNumber[a.index]! & 8) !== 0) rex |= 0x42;
  if (
    a.reg >= Reg.R8 &&
    a.reg <= Reg.R15 &&
    (a.name === AddrName.None || a.name === AddrName.Auto || a.name === AddrName.Param)
  )
    rex |= 0x41;
  return rex;
}

function fits8(v: number, shift: number): boolean {
  const q = v >> shift;
  return q << shift === v && q >= -128 && q < 128;
}

function segmentByte(r: Reg): number {
  switch (r) {
    case Reg.CS:
      return 0x2e;
    case Reg.DS:
      return 0x3e;
    case Reg.ES:
      return 0x26;
    case Reg.FS:
      return 0x64;
    case Reg.GS:
      return 0x65;
    default:
      return 0;
  }
}
