import { Cls, lastReg, Reg } from "#arch";
import { type Addr, AddrName, AddrType } from "./prog.ts";

/** Encoding of each register: 0..31 (0..15 for general registers). */
export const regNumber: Uint8Array = new Uint8Array(lastReg + 1);
/** Class of each register as an operand. */
const regClass: Uint8Array = new Uint8Array(lastReg + 1);
/** Class of memory indexed by the register: Cls.M for general ones, the VSIB classes for vectors. */
const indexClass: Uint8Array = new Uint8Array(lastReg + 1);

function family(first: Reg, count: number, cls: Cls, from = 0): void {
  for (let i = 0; i < count; i++) {
    regNumber[first + i] = from + i;
    regClass[first + i] = cls;
  }
}

function fill(): void {
  regClass.fill(Cls.Bad);
  indexClass.fill(Cls.Bad);
  family(Reg.AX, 16, Cls.RL);
  regClass[Reg.AX] = Cls.AX;
  regClass[Reg.CX] = Cls.CX;
  regClass[Reg.DX] = Cls.RX;
  regClass[Reg.BX] = Cls.RX;
  family(Reg.AL, 16, Cls.RB);
  regClass[Reg.AL] = Cls.AL;
  regClass[Reg.CL] = Cls.CL;
  regClass[Reg.SPB] = Cls.Bad;
  family(Reg.AH, 4, Cls.RB, 4);
  family(Reg.X0, 32, Cls.XMM);
  regClass.fill(Cls.XMMHI, Reg.X0 + 16, Reg.X0 + 32);
  regClass[Reg.X0] = Cls.XMM0;
  family(Reg.Y0, 32, Cls.YMM);
  regClass.fill(Cls.YMMHI, Reg.Y0 + 16, Reg.Y0 + 32);
  family(Reg.Z0, 32, Cls.ZMM);
  family(Reg.K0, 8, Cls.K);
  regClass[Reg.K0] = Cls.K0;
  family(Reg.M0, 8, Cls.MM);
  family(Reg.F0, 8, Cls.STI);
  regClass[Reg.F0] = Cls.ST0;
  regClass[Reg.CS] = Cls.CS;
  regClass[Reg.SS] = Cls.SS;
  regClass[Reg.DS] = Cls.DS;
  regClass[Reg.ES] = Cls.ES;
  regClass[Reg.FS] = Cls.FS;
  regClass[Reg.GS] = Cls.GS;
  for (let i = 0; i < 9; i++) regClass[Reg.CR0 + i] = Cls.CR0 + i;
  for (let i = 0; i < 8; i++) regClass[Reg.DR0 + i] = Cls.DR0 + i;
  regClass[Reg.GDTR] = Cls.GDTR;
  regClass[Reg.IDTR] = Cls.IDTR;
  regClass[Reg.LDTR] = Cls.LDTR;
  regClass[Reg.MSW] = Cls.MSW;
  regClass[Reg.TASK] = Cls.TASK;
  regClass[Reg.TLS] = Cls.TLS;

  indexClass[Reg.None] = Cls.M;
  for (let i = 0; i < 16; i++) indexClass[Reg.AX + i] = Cls.M;
  indexClass[Reg.SP] = Cls.Bad;
  for (let i = 0; i < 6; i++) indexClass[Reg.ES + i] = Cls.M;
  indexClass[Reg.TLS] = Cls.M;
  indexClass.fill(Cls.VMX, Reg.X0, Reg.X0 + 16);
  indexClass.fill(Cls.VMXHI, Reg.X0 + 16, Reg.X0 + 32);
  indexClass.fill(Cls.VMY, Reg.Y0, Reg.Y0 + 16);
  indexClass.fill(Cls.VMYHI, Reg.Y0 + 16, Reg.Y0 + 32);
  indexClass.fill(Cls.VMZ, Reg.Z0, Reg.Z0 + 32);
}
fill();

/** Whether r is one of the segment registers. */
export function isSegment(r: Reg): boolean {
  return r >= Reg.ES && r <= Reg.GS;
}

/** The operand class of a (cmd/internal/obj/x86 oclass). */
export function classify(a: Addr): Cls {
  switch (a.type) {
    case AddrType.None:
      return Cls.None;
    case AddrType.Reg:
      return regClass[a.reg]!;
    case AddrType.Mem: {
      // Assembly text may try to index by a pseudo-register, which has a negative number.
      if (a.index < 0) return Cls.Bad;
      const c = indexClass[a.index]!;
      if (c !== Cls.M) return c;
      switch (a.name) {
        case AddrName.None:
          return Cls.M;
        case AddrName.Auto:
        case AddrName.Param:
          return a.reg === Reg.None || a.reg === Reg.SP ? Cls.M : Cls.Bad;
        default:
          // RIP-relative: there is no room for a base or index.
          return a.reg === Reg.None && a.index === Reg.None && a.scale === 0 ? Cls.M : Cls.Bad;
      }
    }
    case AddrType.Const:
      return constClass(a.offset, a.hi);
    case AddrType.Branch:
      return Cls.BR;
    case AddrType.Addr:
      return a.name === AddrName.None ? (a.sym === null ? constClass(a.offset, a.hi) : Cls.Bad) : Cls.ADDR;
    case AddrType.Indir:
      return a.name !== AddrName.None && a.reg === Reg.None && a.index === Reg.None && a.scale === 0
        ? Cls.INDIR
        : Cls.Bad;
    case AddrType.TextSize:
      return Cls.TEXTSIZE;
    case AddrType.RegList:
      return listClass(a.reg, a.index);
    default:
      return Cls.Bad;
  }
}

/** The smallest range of constants that holds the 64-bit value. */
function constClass(lo: number, hi: number): Cls {
  if (hi === 0) {
    if (lo >= 0) {
      if (lo > 255) return Cls.S32;
      if (lo > 127) return Cls.U8;
      if (lo > 3) return Cls.U7;
      return lo === 0 ? Cls.I0 : lo === 1 ? Cls.I1 : Cls.U2;
    }
    return Cls.I32;
  }
  if (hi === -1 && lo < 0) return lo >= -128 ? Cls.I8 : Cls.S32;
  return Cls.I64;
}

function listClass(first: Reg, last: Reg): Cls {
  if (last - first !== 3) return Cls.Bad;
  if (first >= Reg.X0 && last <= Reg.X31) return Cls.XMM4;
  if (first >= Reg.Y0 && last <= Reg.Y31) return Cls.YMM4;
  if (first >= Reg.Z0 && last <= Reg.Z31) return Cls.ZMM4;
  return Cls.Bad;
}
