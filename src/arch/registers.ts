/**
 * Register numbers as operands carry them (cmd/internal/obj/x86/a.out.go has the same registers, other numbers). Families
 * are contiguous and in hardware order, so the low bits of (r - first of its family) are the encoding; all fit in a byte.
 */
export const enum Reg {
  None = 0,
  AX = 1,
  CX,
  DX,
  BX,
  SP,
  BP,
  SI,
  DI,
  R8,
  R9,
  R10,
  R11,
  R12,
  R13,
  R14,
  R15,
  /** Byte registers, in the same order. */
  AL = 17,
  CL,
  DL,
  BL,
  SPB,
  BPB,
  SIB,
  DIB,
  R8B,
  R9B,
  R10B,
  R11B,
  R12B,
  R13B,
  R14B,
  R15B,
  /** Encoded as 4..7, and only without a REX prefix. */
  AH = 33,
  CH,
  DH,
  BH,
  X0 = 64,
  X15 = 79,
  X31 = 95,
  Y0 = 96,
  Y15 = 111,
  Y31 = 127,
  Z0 = 128,
  Z31 = 159,
  K0 = 160,
  K7 = 167,
  /** MMX. */
  M0 = 168,
  M7 = 175,
  /** x87 stack slots. */
  F0 = 176,
  F7 = 183,
  ES = 184,
  CS,
  SS,
  DS,
  FS,
  GS,
  GDTR = 190,
  IDTR,
  LDTR,
  MSW,
  TASK,
  CR0 = 200,
  CR8 = 208,
  CR15 = 215,
  DR0 = 216,
  DR7 = 223,
  TR0 = 224,
  TR7 = 231,
  /** Thread-local storage base, a pseudo-register that assembly text may load or index by. */
  TLS = 232,
}

/** The largest register number. */
export const lastReg: Reg = Reg.TLS;
/** ABIInternal's fixed registers: the current g, and the closure at a function's entry. */
export const regG: Reg = Reg.R14;
export const regCtxt: Reg = Reg.DX;

/** Go's name of every register, by its number ("" where a number is unused). */
export const registerNames: readonly string[] = makeNames();

function makeNames(): string[] {
  const names: string[] = new Array(lastReg + 1).fill("");
  const put = (first: Reg, list: string): void => {
    list.split(" ").forEach((name, i) => {
      names[first + i] = name;
    });
  };
  const run = (first: Reg, prefix: string, n: number): void => {
    for (let i = 0; i < n; i++) names[first + i] = prefix + i;
  };
  names[Reg.None] = "NONE";
  put(Reg.AX, "AX CX DX BX SP BP SI DI R8 R9 R10 R11 R12 R13 R14 R15");
  put(Reg.AL, "AL CL DL BL SPB BPB SIB DIB R8B R9B R10B R11B R12B R13B R14B R15B AH CH DH BH");
  run(Reg.X0, "X", 32);
  run(Reg.Y0, "Y", 32);
  run(Reg.Z0, "Z", 32);
  run(Reg.K0, "K", 8);
  run(Reg.M0, "M", 8);
  run(Reg.F0, "F", 8);
  put(Reg.ES, "ES CS SS DS FS GS GDTR IDTR LDTR MSW TASK");
  run(Reg.CR0, "CR", 16);
  run(Reg.DR0, "DR", 8);
  run(Reg.TR0, "TR", 8);
  names[Reg.TLS] = "TLS";
  return names;
}
