import { As, Reg } from "#arch";
import type { Ctxt } from "./ctxt.ts";
import { floatOf } from "./print.ts";
import { type Addr, AddrName, AddrType, appendProg, nopOut, type Prog } from "./prog.ts";

const scratch = new DataView(new ArrayBuffer(4));

/**
 * Rewrites one instruction into what the encoder knows: thread-local storage, branches to symbols, addresses of slots,
 * floating-point constants (cmd/internal/obj/x86 progedit). May insert Progs after p.
 */
export function progEdit(ctxt: Ctxt, p: Prog): void {
  if (!ctxt.shared) {
    if (p.from.reg === Reg.TLS || p.from.index === Reg.TLS || p.to.index === Reg.TLS) oneInstructionTLS(p);
  } else if (
    (p.as === As.MOVQ || p.as === As.MOVL) &&
    p.from.type === AddrType.Mem &&
    p.from.reg === Reg.TLS &&
    p.to.type === AddrType.Reg &&
    isGeneral(p.to.reg)
  ) {
    // MOVQ 0(TLS), BX: MOVQ TLS, BX; MOVQ 0(BX)(TLS*1), BX
    const q = appendProg(p, p.as);
    q.from.copyFrom(p.from);
    q.from.reg = p.to.reg;
    q.from.index = Reg.TLS;
    q.from.scale = 2;
    q.to.copyFrom(p.to);
    p.from.clear();
    p.from.setReg(Reg.TLS);
  }

  switch (p.as) {
    case As.CMPPD:
    case As.CMPPS:
    case As.CMPSD:
    case As.CMPSS: {
      // The predicate may be written without its $.
      const t = p.to;
      if (t.type === AddrType.Mem && t.name === AddrName.None && t.reg === Reg.None && t.index === Reg.None && !t.sym)
        t.type = AddrType.Const;
      break;
    }
    case As.CALL:
    case As.JMP:
    case As.RET:
      if (
        p.to.type === AddrType.Mem &&
        (p.to.name === AddrName.Extern || p.to.name === AddrName.Static) &&
        p.to.sym !== null
      )
        p.to.type = AddrType.Branch;
      break;
    case As.MOVL:
      if (p.from.type === AddrType.Addr) {
        p.as = As.LEAL;
        p.from.type = AddrType.Mem;
      }
      break;
    case As.MOVQ:
      if (p.from.type === AddrType.Addr) {
        p.as = As.LEAQ;
        p.from.type = AddrType.Mem;
      }
      break;
  }
  if (p.from.type === AddrType.FConst) floatConstant(ctxt, p);
  if (ctxt.dynlink) useGot(ctxt, p);
}

function isGeneral(r: Reg): boolean {
  return r >= Reg.AX && r <= Reg.R15;
}

/** MOVQ TLS, BX; off(BX)(TLS*1) needs but off(TLS), a direct reference through FS. */
function oneInstructionTLS(p: Prog): void {
  if (
    (p.as === As.MOVQ || p.as === As.MOVL) &&
    p.from.type === AddrType.Reg &&
    p.from.reg === Reg.TLS &&
    p.to.type === AddrType.Reg &&
    isGeneral(p.to.reg)
  )
    nopOut(p);
  direct(p.from);
  direct(p.to);
}

function direct(a: Addr): void {
  if (a.type === AddrType.Mem && a.index === Reg.TLS && isGeneral(a.reg)) {
    a.reg = Reg.TLS;
    a.scale = 0;
    a.index = Reg.None;
  }
}

/** Puts a float constant into read-only memory; the constant 0 in a register is made by XORPS. */
function floatConstant(ctxt: Ctxt, p: Prog): void {
  switch (p.as) {
    case As.MOVSS:
    case As.VMOVSS:
    case As.MOVSD:
    case As.VMOVSD:
      if (
        p.from.offset === 0 &&
        p.from.hi === 0 &&
        p.to.type === AddrType.Reg &&
        p.to.reg >= Reg.X0 &&
        p.to.reg <= Reg.X15
      ) {
        p.as = As.XORPS;
        p.from.copyFrom(p.to);
        return;
      }
  }
  switch (p.as) {
    case As.MOVSS:
    case As.VMOVSS:
    case As.FMOVF:
    case As.FADDF:
    case As.FSUBF:
    case As.FSUBRF:
    case As.FMULF:
    case As.FDIVF:
    case As.FDIVRF:
    case As.FCOMF:
    case As.FCOMFP:
    case As.ADDSS:
    case As.SUBSS:
    case As.MULSS:
    case As.DIVSS:
    case As.COMISS:
    case As.UCOMISS: {
      scratch.setFloat32(0, floatOf(p.from), true);
      const s = ctxt.float32Sym(scratch.getInt32(0, true));
      p.from.clear();
      p.from.setSym(s);
      break;
    }
    case As.MOVSD:
    case As.VMOVSD:
    case As.FMOVD:
    case As.FADDD:
    case As.FSUBD:
    case As.FSUBRD:
    case As.FMULD:
    case As.FDIVD:
    case As.FDIVRD:
    case As.FCOMD:
    case As.FCOMDP:
    case As.ADDSD:
    case As.SUBSD:
    case As.MULSD:
    case As.DIVSD:
    case As.COMISD:
    case As.UCOMISD: {
      const s = ctxt.float64Sym(p.from.offset, p.from.hi);
      p.from.clear();
      p.from.setSym(s);
      break;
    }
  }
}

/** -dynlink: data of other modules is reached through the global offset table, by way of R15. */
function useGot(ctxt: Ctxt, p: Prog): void {
  if (p.as === As.DUFFCOPY || p.as === As.DUFFZERO) {
    const s = ctxt.lookupABI(p.as === As.DUFFZERO ? "runtime.duffzero" : "runtime.duffcopy", 1);
    const offset = p.to.offset;
    p.as = As.MOVQ;
    p.from.clear();
    p.from.setSym(s);
    p.from.name = AddrName.GotRef;
    p.to.clear();
    p.to.setReg(Reg.R15);
    const lea = appendProg(p, As.LEAQ);
    lea.from.setMem(Reg.R15, offset);
    lea.to.setReg(Reg.R15);
    const call = appendProg(lea, As.CALL);
    call.to.setReg(Reg.R15);
    return;
  }
  if (p.as === As.LEAQ && p.from.type === AddrType.Mem && isForeign(p.from)) {
    p.as = As.MOVQ;
    p.from.type = AddrType.Addr;
  }
  if (p.from.type === AddrType.Addr && isForeign(p.from)) {
    if (p.to.type !== AddrType.Reg || p.as !== As.MOVQ) {
      ctxt.error(p.pos, "do not know how to handle LEA-type insn to non-register with -dynlink");
      return;
    }
    p.from.type = AddrType.Mem;
    p.from.name = AddrName.GotRef;
    if (p.from.offset !== 0) {
      const q = appendProg(p, As.LEAQ);
      q.from.setMem(p.to.reg, p.from.offset);
      q.to.copyFrom(p.to);
      p.from.offset = 0;
      p.from.hi = 0;
    }
  }
  const from3 = p.from3;
  const a = isForeign(p.from) ? p.from : isForeign(p.to) ? p.to : from3 !== null && isForeign(from3) ? from3 : null;
  if (a === null) return;
  switch (p.as) {
    case As.CALL:
    case As.TEXT:
    case As.FUNCDATA:
    case As.RET:
    case As.JMP:
      return;
  }
  if (a.type !== AddrType.Mem) ctxt.error(p.pos, "don't know how to handle operand with -dynlink");
  const load = appendProg(p, As.MOVQ);
  load.from.setSym(a.sym!);
  load.from.name = AddrName.GotRef;
  load.to.setReg(Reg.R15);
  const q = appendProg(load, p.as);
  a.reg = Reg.R15;
  a.name = AddrName.None;
  a.sym = null;
  q.from.copyFrom(p.from);
  q.to.copyFrom(p.to);
  q.rest = p.rest;
  q.scond = p.scond;
  nopOut(p);
}

function isForeign(a: Addr): boolean {
  return a.name === AddrName.Extern && a.sym !== null && !a.sym.has(1 << 11);
}
