// Zeroing and copying of blocks of memory of known size.
import { As, Reg } from "#arch";
import { InternalError } from "#base";
import type { Emitter } from "./emitter.ts";
import { regOf } from "./progs.ts";

const X14 = 30;
const X15 = 31;
const DI = 7;
const SI = 6;

/** The pieces a block of n bytes is done in: 16, 8, 4, 2 or 1 bytes; the last ones may overlap those before. */
function pieces(n: number): { at: number; size: number }[] {
  const out: { at: number; size: number }[] = [];
  let at = 0;
  while (n - at >= 16) {
    out.push({ at, size: 16 });
    at += 16;
  }
  let rest = n - at;
  if (rest === 0) return out;
  if (n >= 16) {
    if (rest === 8 || rest === 4) out.push({ at, size: rest });
    else out.push({ at: n - 16, size: 16 });
    return out;
  }
  for (const size of [8, 4, 2, 1]) {
    if (rest < size) continue;
    out.push({ at, size });
    at += size;
    rest -= size;
    // One more piece that overlaps is shorter than several small ones.
    if (rest > 0 && rest < size && size >= 4 && rest !== size / 2) {
      out.push({ at: n - size, size });
      return out;
    }
  }
  return out;
}

function storeZeros(e: Emitter, base: number, at: number, size: number): void {
  const ps = e.progs;
  if (size === 16) {
    const p = ps.add(As.MOVUPS);
    p.from.setReg(regOf(X15));
    p.to.setMem(regOf(base), at);
    return;
  }
  const p = ps.add(size === 8 ? As.MOVQ : size === 4 ? As.MOVL : size === 2 ? As.MOVW : As.MOVB);
  p.from.setConst(0);
  p.to.setMem(regOf(base), at);
}

/** n bytes of zeros at (base). */
export function emitZero(e: Emitter, base: number, n: number): void {
  if (n >= 16) e.needX15();
  for (const p of pieces(n)) storeZeros(e, base, p.at, p.size);
}

/** n bytes, a multiple of 16, at (DI), counting in CX. */
export function emitZeroLoop(e: Emitter, n: number): void {
  e.needX15();
  const ps = e.progs;
  const round = 64;
  const rounds = Math.floor(n / round);
  if (rounds > 0) {
    ps.constReg(As.MOVL, rounds, 1);
    let first = null;
    for (let at = 0; at < round; at += 16) {
      storeZeros(e, DI, at, 16);
      first ??= ps.last;
    }
    ps.constReg(As.ADDQ, round, DI);
    ps.add(As.DECL).to.setReg(Reg.CX);
    ps.add(As.JNE).to.setBranch(first);
  }
  for (let at = 0; at < n % round; at += 16) storeZeros(e, DI, at, 16);
}

function copyPiece(e: Emitter, dst: number, src: number, at: number, size: number): void {
  const as = size === 16 ? As.MOVUPS : size === 8 ? As.MOVQ : As.MOVL;
  if (size < 4) throw new InternalError("ssa/emit", e.f.name, `a block move of ${size} bytes`);
  const p = e.progs.add(as);
  p.from.setMem(regOf(src), at);
  p.to.setReg(regOf(X14));
  const q = e.progs.add(as);
  q.from.setReg(regOf(X14));
  q.to.setMem(regOf(dst), at);
}

/** n bytes, at least 4, from (src) to (dst), through X14. */
export function emitMove(e: Emitter, dst: number, src: number, n: number): void {
  let at = 0;
  for (; n - at >= 16; at += 16) copyPiece(e, dst, src, at, 16);
  const rest = n - at;
  if (rest === 0) return;
  if (rest === 8 || rest === 4) copyPiece(e, dst, src, at, rest);
  else if (n >= 16) copyPiece(e, dst, src, n - 16, 16);
  else if (n > 8) {
    copyPiece(e, dst, src, 0, 8);
    copyPiece(e, dst, src, n - 8, 8);
  } else {
    copyPiece(e, dst, src, 0, 4);
    if (n > 4) copyPiece(e, dst, src, n - 4, 4);
  }
}

/** n bytes, a multiple of 16, from (SI) to (DI), through X14, counting in CX. */
export function emitMoveLoop(e: Emitter, n: number): void {
  const ps = e.progs;
  const round = 64;
  const rounds = Math.floor(n / round);
  if (rounds > 0) {
    ps.constReg(As.MOVL, rounds, 1);
    const before = ps.last;
    for (let at = 0; at < round; at += 16) copyPiece(e, DI, SI, at, 16);
    const first = before.next;
    ps.constReg(As.ADDQ, round, SI);
    ps.constReg(As.ADDQ, round, DI);
    ps.add(As.DECL).to.setReg(Reg.CX);
    ps.add(As.JNE).to.setBranch(first);
  }
  for (let at = 0; at < n % round; at += 16) copyPiece(e, DI, SI, at, 16);
}
