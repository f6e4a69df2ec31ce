import { As, Reg } from "#arch";
import type { Local } from "../core/index.ts";
import type { Emitter } from "./emitter.ts";
import { setLocal } from "./operands.ts";
import { regOf } from "./progs.ts";

/** Variables larger than this are zeroed in a loop. */
const unrollLimit = 256;
const X15 = 31;

/** Zeroes variables right behind the prologue. Only R12 and R13 are free there: all others may hold arguments. */
export function zeroAtEntry(e: Emitter, locals: readonly Local[]): void {
  const ps = e.progs;
  if (locals.length > 0) e.needX15();
  for (const l of locals) {
    let at = 0;
    let size = l.type.size;
    if (size > unrollLimit) {
      const rounds = Math.floor(size / 16);
      const a = ps.add(As.LEAQ);
      setLocal(a.from, l, 0);
      a.to.setReg(Reg.R12);
      ps.constReg(As.MOVL, rounds, 13);
      const loop = ps.add(As.MOVUPS);
      loop.from.setReg(regOf(X15));
      loop.to.setMem(Reg.R12, 0);
      ps.constReg(As.ADDQ, 16, 12);
      ps.add(As.DECL).to.setReg(Reg.R13);
      ps.add(As.JNE).to.setBranch(loop);
      at = rounds * 16;
    }
    while (at + 16 <= size) {
      const p = ps.add(As.MOVUPS);
      p.from.setReg(regOf(X15));
      setLocal(p.to, l, at);
      at += 16;
    }
    for (const w of [8, 4, 2, 1]) {
      while (size - at >= w) {
        const p = ps.add(w === 8 ? As.MOVQ : w === 4 ? As.MOVL : w === 2 ? As.MOVW : As.MOVB);
        p.from.setConst(0);
        setLocal(p.to, l, at);
        at += w;
      }
    }
    size = 0;
  }
}
