import { As, Reg } from "#arch";
import { Pcdata, RelocType } from "#formats";
import type { Ctxt } from "./ctxt.ts";
import { Encoder } from "./encode.ts";
import { progString } from "./print.ts";
import { Addr, AddrType, appendProg, Prog, ProgFlag } from "./prog.ts";
import type { LSym, Reloc } from "./sym.ts";

/** Single-instruction no-ops by length (Intel's manual, NOP). */
const nops: readonly (readonly number[])[] = [
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];

function fillNops(sym: LSym, at: number, n: number): void {
  sym.grow(at + n);
  while (n > 0) {
    const seq = nops[Math.min(n, nops.length) - 1]!;
    for (let i = 0; i < seq.length; i++) sym.data[at + i] = seq[i]!;
    at += seq.length;
    n -= seq.length;
  }
}

/**
 * Turns the function's Progs into machine code and relocations, and gives every Prog its pc. Jumps start short; the whole
 * function is assembled again as long as one of them turns out too long (cmd/internal/obj/x86 span6).
 */
export function assembleText(ctxt: Ctxt, sym: LSym): void {
  const fn = sym.func!;
  const text = fn.text!;
  let count = 0;
  for (let p: Prog | null = text; p !== null; p = p.next) {
    count++;
    if (p.to.type === AddrType.Branch && p.to.target === null && p.to.sym === null) p.to.target = p;
    if (p.as === As.ADJSP) adjustSP(p);
    if (ctxt.retpoline && (p.as === As.CALL || p.as === As.JMP)) retpoline(ctxt, p);
    p.flags |= ProgFlag.Short;
    const q = p.to.target;
    // Whoever carries the bit already comes before p.
    if (q !== null && (q.flags & ProgFlag.Short) !== 0) p.flags |= ProgFlag.Back;
  }
  sym.data = new Uint8Array(Math.max(16, count * 5));
  const encoder = new Encoder(ctxt);
  const markers = sym.relocs.slice();
  const errors = ctxt.errors;
  const padJumps = !ctxt.isAsm;
  const pads: { prog: Prog; size: number }[] = [];
  for (let tries = 0; ; tries++) {
    if (tries > 1000) throw new Error(`${sym.name}: assembly does not settle`);
    let again = false;
    sym.relocs = markers.slice();
    sym.dataLen = 0;
    pads.length = 0;
    let c = 0;
    let prev: Prog | null = null;
    for (let p: Prog | null = text; p !== null; p = p.next) {
      const before = c;
      if (padJumps) c = padJump(sym, p, c);
      p.pc = c;
      if (p.rel !== null && patchForward(sym, p)) again = true;
      p.rel = null;
      if (p.as === As.PCALIGN || p.as === As.PCALIGNMAX) {
        const n = alignmentPadding(ctxt, sym, p, c);
        if (n > 0) fillNops(sym, c, n);
        c += n;
        prev = p;
        continue;
      }
      const { like } = p;
      if (like !== null && (like.flags & ProgFlag.Fixed) !== 0) {
        const n = like.isize;
        p.isize = n;
        sym.grow(c + n);
        copyCode(sym.data, c, sym.data, like.pc, n);
        c += n;
        prev = p;
        continue;
      }
      const n = encoder.encode(sym, p);
      if (p.isize !== n) {
        p.isize = n;
        if (padJumps && (isJump(p) || fusedJump(p) > 0)) again = true;
      }
      if (n > 0) {
        sym.grow(c + n);
        copyCode(sym.data, c, encoder.buf, 0, n);
      }
      if (padJumps && prev !== null && c > before) pads.push({ prog: prev, size: c - before });
      c += n;
      prev = p;
    }
    sym.size = c;
    if (!again) break;
    if (ctxt.errors > errors) return;
  }
  for (const { prog, size } of pads) {
    const np = new Prog(As.NOP, prog.pos);
    np.inl = prog.inl;
    np.flags = ProgFlag.NotStmt;
    np.pc = prog.pc + prog.isize;
    np.isize = size;
    np.next = prog.next;
    prog.next = np;
  }
  sym.grow(sym.size);
  if (ctxt.shared) markTLS(text);
  for (const jt of fn.jumpTables) {
    for (let i = 0; i < jt.targets.length; i++) jt.sym.writeAddr(i * 8, 8, sym, jt.targets[i]!.pc, RelocType.R_ADDR);
  }
}

function copyCode(to: Uint8Array, at: number, from: Uint8Array, start: number, n: number): void {
  for (let i = 0; i < n; i++) to[at + i] = from[start + i]!;
}

/**
 * A TLS access in two instructions must not be preempted in between: the thread could be another one then. The second of
 * them is marked unsafe.
 */
function markTLS(text: Prog): void {
  let value = -1;
  let prev = text;
  for (let p = text.next; p !== null; prev = p, p = p.next) {
    if (p.as === As.PCDATA && p.from.offset === Pcdata.UnsafePoint) {
      value = p.to.offset;
      continue;
    }
    if (value === -2 || p.from.index !== Reg.TLS) continue;
    unsafePoint(prev, -2).pc = p.pc;
    while (p.next !== null && p.next.from.index === Reg.TLS) p = p.next;
    if (p.next === null) break;
    const after: number = p.next.pc;
    p = unsafePoint(p, value);
    p.pc = after;
  }
}

function unsafePoint(p: Prog, value: number): Prog {
  const q = appendProg(p, As.PCDATA);
  q.from.setConst(Pcdata.UnsafePoint);
  q.to.setConst(value);
  return q;
}

/** ADJSP $x becomes the shorter of ADDQ and SUBQ (-0x80 fits a byte, 0x80 does not). */
function adjustSP(p: Prog): void {
  p.to = new Addr();
  p.to.setReg(Reg.SP);
  const v = p.from.offset;
  if (v === 0) p.as = As.NOP;
  else if (v === 0x80 || (v < 0 && v !== -0x80)) {
    p.as = As.ADDQ;
    p.from = new Addr();
    p.from.setConst(-v);
  } else p.as = As.SUBQ;
}

function retpoline(ctxt: Ctxt, p: Prog): void {
  if (p.to.type === AddrType.Mem) {
    ctxt.error(p.pos, `non-retpoline-compatible: ${progString(ctxt, p)}`);
    return;
  }
  if (p.to.type !== AddrType.Reg) return;
  const target = ctxt.lookup(`runtime.retpoline${retpolineName(p.to.reg)}`);
  p.to.clear();
  p.to.setCallee(target);
}

function retpolineName(r: Reg): string {
  return ["AX", "CX", "DX", "BX", "SP", "BP", "SI", "DI", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15"][
    r - Reg.AX
  ]!;
}

/** Writes the distances of the forward jumps to p; true if one did not fit its short form. */
function patchForward(sym: LSym, p: Prog): boolean {
  let again = false;
  for (let q = p.rel; q !== null; q = q.forwd) {
    const v = p.pc - (q.pc + q.isize);
    if ((q.flags & ProgFlag.Short) !== 0 && q.as !== As.XBEGIN) {
      if (v > 127) {
        again = true;
        q.flags &= ~ProgFlag.Short;
      }
      sym.data[q.pc + (q.as === As.JCXZL ? 2 : 1)] = v;
    } else {
      const at = q.pc + q.isize - 4;
      sym.data[at] = v;
      sym.data[at + 1] = v >> 8;
      sym.data[at + 2] = v >> 16;
      sym.data[at + 3] = v >> 24;
    }
  }
  return again;
}

/** Bytes to pad for PCALIGN at pc; raises the function's alignment. */
function alignmentPadding(ctxt: Ctxt, sym: LSym, p: Prog, pc: number): number {
  const a = p.from.offset;
  if ((a & (a - 1)) !== 0 || a < 8 || a > 2048) {
    ctxt.error(
      p.pos,
      `alignment value of an instruction must be a power of two and in the range [8, 2048], got ${a}\n`,
    );
    return 0;
  }
  if (sym.func!.align < a) sym.func!.align = a;
  const low = pc & (a - 1);
  if (p.as === As.PCALIGN) return low === 0 ? 0 : a - low;
  const most = p.to.offset;
  if (most < 0 || most >= a) {
    ctxt.error(p.pos, `PCALIGNMAX 'amount' ${most} must be non-negative and smaller than the alignment ${a}\n`);
    return 0;
  }
  return most >= a - low ? a - low : 0;
}

// Compiled code keeps jumps, alone or fused with the comparison before them, from crossing or ending at a 32-byte
// boundary (the JCC erratum of Intel's Skylake); assembly text is left as its author laid it out.

function isJump(p: Prog): boolean {
  if (p.to.target !== null) return true;
  switch (p.as) {
    case As.JMP:
    case As.CALL:
    case As.RET:
    case As.DUFFCOPY:
    case As.DUFFZERO:
      return true;
    default:
      return false;
  }
}

function padJump(sym: LSym, p: Prog, c: number): number {
  let size = fusedJump(p);
  if (size === 0) {
    if (!isJump(p)) return c;
    size = p.isize;
  }
  const at = c & 31;
  if (at + size < 32) return c;
  const n = 32 - at;
  fillNops(sym, c, n);
  return c + n;
}

/** The conditional jump that follows p, if nothing but pseudo-instructions is between. */
function followingJcc(p: Prog): Prog | null {
  let q = p.next;
  while (q !== null && (q.as === As.PCDATA || q.as === As.FUNCDATA || q.as === As.NOP)) q = q.next;
  if (q === null || q.to.target === null) return null;
  return q.as >= As.JCC && q.as <= As.JPS && q.as !== As.JCXZL && q.as !== As.JCXZQ && q.as !== As.JCXZW ? q : null;
}

function skipPseudo(p: Prog): Prog | null {
  let q = p.next;
  while (q !== null && (q.as === As.PCDATA || q.as === As.FUNCDATA)) q = q.next;
  return q;
}

const enum Fuse {
  None,
  Cmp,
  AddSub,
  TestAnd,
  IncDec,
}

function fuseKind(as: As): Fuse {
  switch (as) {
    case As.CMPB:
    case As.CMPL:
    case As.CMPQ:
    case As.CMPW:
      return Fuse.Cmp;
    case As.ADDB:
    case As.ADDL:
    case As.ADDW:
    case As.ADDQ:
    case As.SUBB:
    case As.SUBL:
    case As.SUBW:
    case As.SUBQ:
      return Fuse.AddSub;
    case As.TESTB:
    case As.TESTL:
    case As.TESTQ:
    case As.TESTW:
    case As.ANDB:
    case As.ANDL:
    case As.ANDQ:
    case As.ANDW:
      return Fuse.TestAnd;
    case As.INCB:
    case As.INCL:
    case As.INCQ:
    case As.INCW:
    case As.DECB:
    case As.DECL:
    case As.DECQ:
    case As.DECW:
      return Fuse.IncDec;
    default:
      return Fuse.None;
  }
}

/** Size of p and the conditional jump it fuses with, 0 if it does not (Intel's optimisation manual, macro-fusion). */
function fusedJump(p: Prog): number {
  let size = 0;
  let q: Prog | null = p;
  if (q.as === As.XRELEASE || q.as === As.XACQUIRE) {
    size += q.isize;
    q = skipPseudo(q);
    if (q === null) return 0;
  }
  if (q.as === As.LOCK) {
    size += q.isize;
    q = skipPseudo(q);
    if (q === null) return 0;
  }
  const kind = fuseKind(q.as);
  if (kind === Fuse.None) return 0;
  if (kind !== Fuse.IncDec) {
    const one = kind === Fuse.Cmp ? q.from.type : q.to.type;
    const two = kind === Fuse.Cmp ? q.to.type : q.from.type;
    if (one === AddrType.Reg) {
      if (two !== AddrType.Reg && two !== AddrType.Const && two !== AddrType.Mem) return 0;
    } else if (one !== AddrType.Mem || two !== AddrType.Reg) return 0;
  }
  size += q.isize;
  const jmp = followingJcc(q);
  if (jmp === null) return 0;
  size += jmp.isize;
  if (kind === Fuse.TestAnd) return size;
  switch (jmp.as) {
    case As.JOC:
    case As.JOS:
    case As.JMI:
    case As.JPL:
    case As.JPS:
    case As.JPC:
      return 0;
  }
  if (kind !== Fuse.IncDec) return size;
  switch (jmp.as) {
    case As.JCS:
    case As.JCC:
    case As.JHI:
    case As.JLS:
      return 0;
  }
  return size;
}

/** Relocations in order of offset, as the object file wants them. */
export function sortRelocs(relocs: Reloc[]): void {
  let sorted = true;
  for (let i = 1; i < relocs.length && sorted; i++) sorted = relocs[i - 1]!.off <= relocs[i]!.off;
  if (!sorted) relocs.sort((a, b) => a.off - b.off);
}
