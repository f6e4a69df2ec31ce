import { As, Reg } from "#arch";
import { scalarParts } from "../abi/assign.ts";
import type { Local } from "../core/index.ts";
import type { Emitter } from "./emitter.ts";
import { setLocal } from "./operands.ts";
import { regOf } from "./progs.ts";

/** Loads a register of the calling convention from memory. */
export function loadPart(size: number, isFloat: boolean): As {
  if (isFloat) return size === 4 ? As.MOVSS : As.MOVSD;
  return size === 8 ? As.MOVQ : size === 4 ? As.MOVL : size === 2 ? As.MOVWLZX : As.MOVBLZX;
}

export function storePart(size: number, isFloat: boolean): As {
  if (isFloat) return size === 4 ? As.MOVSS : As.MOVSD;
  return size === 8 ? As.MOVQ : size === 4 ? As.MOVL : size === 2 ? As.MOVW : As.MOVB;
}

/** Brings all results from their homes in memory to the registers in which they are returned. */
export function emitResultLoads(e: Emitter): void {
  for (const l of e.f.results) {
    const heap = heapPointer(e, l);
    if (l.regs.length === 0) {
      if (heap !== null && l.type.size > 0) copyFromHeap(e, l.type.size, heap, l);
      continue;
    }
    if (heap !== null) {
      const p = e.progs.add(As.MOVQ);
      setLocal(p.from, heap, 0);
      p.to.setReg(Reg.R15);
    }
    const parts = scalarParts(l.type)!;
    for (let k = 0; k < parts.length; k++) {
      const part = parts[k]!;
      const p = e.progs.add(loadPart(part.size, part.isFloat));
      if (heap !== null) p.from.setMem(Reg.R15, part.offset);
      else setLocal(p.from, l, part.offset);
      p.to.setReg(regOf(l.regs[k]!));
    }
  }
}

/** The variable that holds the address of a result which is an object of its own. */
function heapPointer(e: Emitter, l: Local): Local | null {
  return e.f.autos.find((a) => a.liveAtDefer && a.name === `&${l.name}`) ?? null;
}

/** A result that is returned on the stack: from the heap to its place, through R15 and R13. */
function copyFromHeap(e: Emitter, size: number, heap: Local, to: Local): void {
  const p = e.progs.add(As.MOVQ);
  setLocal(p.from, heap, 0);
  p.to.setReg(Reg.R15);
  let at = 0;
  for (const w of [8, 4, 2, 1]) {
    while (size - at >= w) {
      const q = e.progs.add(loadPart(w, false));
      q.from.setMem(Reg.R15, at);
      q.to.setReg(Reg.R13);
      const r = e.progs.add(storePart(w, false));
      r.from.setReg(Reg.R13);
      setLocal(r.to, to, at);
      at += w;
    }
  }
}
