import { As, Reg } from "#arch";
import { NoPos, type Pos } from "#base";
import type { LSym } from "./sym.ts";

/** What an operand is. */
export const enum AddrType {
  None,
  /** A jump or call target: a Prog of the same function (target) or a symbol (sym). */
  Branch,
  /** TEXT's sizes: offset is the frame size, hi the size of arguments and results (argsUnknown if not given). */
  TextSize,
  /** Memory: offset(reg)(index*scale), or a symbol or frame slot according to name. */
  Mem,
  /** Integer constant: offset holds the low half, hi the high half. */
  Const,
  /** Floating-point constant: the 64 bits of the float64, low half in offset, high half in hi. */
  FConst,
  /** String constant, in str as char codes 0..255. */
  SConst,
  Reg,
  /** Address of a memory operand: $sym+off(SB), $name-8(SP). */
  Addr,
  /** Memory that holds the target of a CALL or JMP: *sym(SB). */
  Indir,
  /** [X0-X3]: reg is the first register, index the last. */
  RegList,
}

/** What a memory operand's base is, when it is not just a register. */
export const enum AddrName {
  None,
  /** A symbol. */
  Extern,
  /** A file-static symbol. */
  Static,
  /** A slot of the function's own frame: offset counts down from the frame's top. */
  Auto,
  /** An argument or result slot of the caller's frame. */
  Param,
  /** The GOT entry of a symbol (-dynlink). */
  GotRef,
}

/** `args` of a function whose TEXT line gives no argument size. */
export const argsUnknown = -0x80000000;

/**
 * An operand. 64-bit values are two signed 32-bit halves, so that constants are exact without BigInt: for displacements
 * and small constants hi is the sign of offset, which the setters below take care of.
 */
export class Addr {
  type: AddrType = AddrType.None;
  name: AddrName = AddrName.None;
  reg: Reg = Reg.None;
  index: Reg = Reg.None;
  /** 1, 2, 4 or 8 where there is an index. */
  scale = 0;
  /** Operand class of the instruction table, cached by the assembler; -1 until known. */
  cls = -1;
  offset = 0;
  hi = 0;
  sym: LSym | null = null;
  target: Prog | null = null;
  str: string | null = null;
  /** Several Progs may have this operand: who changes it puts another in its place. Registers, constants, memory without symbol. */
  shared = false;

  clear(): void {
    this.type = AddrType.None;
    this.name = AddrName.None;
    this.reg = Reg.None;
    this.index = Reg.None;
    this.scale = 0;
    this.cls = -1;
    this.offset = 0;
    this.hi = 0;
    this.sym = null;
    this.target = null;
    this.str = null;
  }

  copyFrom(a: Addr): void {
    this.type = a.type;
    this.name = a.name;
    this.reg = a.reg;
    this.index = a.index;
    this.scale = a.scale;
    this.cls = a.cls;
    this.offset = a.offset;
    this.hi = a.hi;
    this.sym = a.sym;
    this.target = a.target;
    this.str = a.str;
  }

  setReg(r: Reg): void {
    this.type = AddrType.Reg;
    this.reg = r;
  }

  /** An integer constant that is a safe integer. */
  setConst(v: number): void {
    this.type = AddrType.Const;
    this.offset = v | 0;
    this.hi = Math.floor(v / 4294967296) | 0;
  }

  /** An integer constant from its halves. */
  setConst64(lo: number, hi: number): void {
    this.type = AddrType.Const;
    this.offset = lo | 0;
    this.hi = hi | 0;
  }

  /** off(base), off an int32. */
  setMem(base: Reg, off: number): void {
    this.type = AddrType.Mem;
    this.reg = base;
    this.offset = off | 0;
    this.hi = off >> 31;
  }

  /** off(base)(index*scale). */
  setMemIndex(base: Reg, index: Reg, scale: number, off: number): void {
    this.setMem(base, off);
    this.index = index;
    this.scale = scale;
  }

  /** sym+off(SB) as memory. */
  setSym(sym: LSym, off = 0): void {
    this.type = AddrType.Mem;
    this.name = AddrName.Extern;
    this.sym = sym;
    this.offset = off | 0;
    this.hi = off >> 31;
  }

  /** $sym+off(SB): the address of a symbol. */
  setSymAddr(sym: LSym, off = 0): void {
    this.setSym(sym, off);
    this.type = AddrType.Addr;
  }

  /** A slot in the own frame (off below 0, counted from its top) or, for Param, in the caller's (off from 0). */
  setSlot(name: AddrName.Auto | AddrName.Param, off: number): void {
    this.type = AddrType.Mem;
    this.name = name;
    this.offset = off | 0;
    this.hi = off >> 31;
  }

  /** The target of a jump inside the function; null to be set later. */
  setBranch(target: Prog | null): void {
    this.type = AddrType.Branch;
    this.target = target;
  }

  /** The target of a direct call or tail jump. */
  setCallee(sym: LSym): void {
    this.type = AddrType.Branch;
    this.name = AddrName.Extern;
    this.sym = sym;
  }
}

/** Prog.flags. */
export const enum ProgFlag {
  /** Not a recommended breakpoint (DWARF is_stmt off). Without it or IsStmt the default of the position applies. */
  NotStmt = 1,
  IsStmt = 2,
  /** The first instruction after the prologue. */
  PrologueEnd = 4,
  EpilogueBegin = 8,
  /** Encoder: the branch to target goes backward. */
  Back = 16,
  /** Encoder: the branch still has its short form. */
  Short = 32,
  /** Encoder: the code is the same wherever the instruction is. */
  Fixed = 64,
}

/** Suffix bits of an AVX-512 instruction (.Z, .BCST, .RN_SAE …): Prog.scond. */
export const enum Suffix {
  None = 0,
  Zeroing = 1,
  Broadcast = 2,
  Sae = 4,
  RnSae = 8,
  RdSae = 16,
  RuSae = 24,
  RzSae = 32,
  /** The bits that hold a rounding mode. */
  RoundMask = 56,
}

/** An operand like a that is no other Prog's. */
export function ownCopy(a: Addr): Addr {
  const b = new Addr();
  b.copyFrom(a);
  return b;
}

/**
 * One instruction or pseudo-instruction, in the shape that cmd/internal/obj.Prog has: sources in `from` and `rest`,
 * destination in `to`. Assembly text and the compiler both make lists of these, linked by `next`; the list of a function
 * begins with its TEXT.
 */
export class Prog {
  as: As;
  next: Prog | null = null;
  from: Addr;
  to: Addr;
  /** Sources between from and to, in order; null where there are none. */
  rest: Addr[] | null = null;
  pos: Pos;
  /** Index into the inlining tree of the call this instruction was inlined through, or -1. */
  inl = -1;
  /** Offset from the function's start; the assembler sets it. */
  pc = 0;
  /** By how many bytes the instruction makes the stack deeper. */
  spadj = 0;
  scond: Suffix = Suffix.None;
  flags = 0;
  /** Encoded size in bytes. */
  isize = 0;
  /** Encoder: chain of forward branches to this Prog, linked through forwd. */
  rel: Prog | null = null;
  forwd: Prog | null = null;
  /** A Prog before this one in its function that is equal to it, operands shared: its machine code may be copied. */
  like: Prog | null = null;

  constructor(as: As, pos: Pos = NoPos, from: Addr = new Addr(), to: Addr = new Addr()) {
    this.as = as;
    this.pos = pos;
    this.from = from;
    this.to = to;
  }

  /** The first source between from and to. */
  get from3(): Addr | null {
    return this.rest === null ? null : this.rest[0]!;
  }

  /** Appends a source between from and to, and returns it for filling in. */
  addRest(): Addr {
    const a = new Addr();
    if (this.rest === null) this.rest = [a];
    else this.rest.push(a);
    return a;
  }
}

/** A new, empty Prog after p with p's position. */
export function appendProg(p: Prog, as: As): Prog {
  const q = new Prog(as, p.pos);
  q.inl = p.inl;
  q.flags = p.flags & (ProgFlag.NotStmt | ProgFlag.IsStmt);
  q.next = p.next;
  p.next = q;
  return q;
}

/** Turns p into a NOP that assembles to nothing. */
export function nopOut(p: Prog): void {
  p.as = As.NOP;
  p.scond = Suffix.None;
  p.from = new Addr();
  p.rest = null;
  p.to = new Addr();
}
