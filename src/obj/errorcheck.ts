import { As, opcodeNames, Reg } from "#arch";
import type { Ctxt } from "./ctxt.ts";
import { progString } from "./print.ts";
import { type Addr, AddrName, AddrType, type Prog } from "./prog.ts";
import { Attr, type LSym } from "./sym.ts";

// With -dynlink, accesses of globals go through R15. Code that reads R15 afterwards would read what is left of that; it is
// refused (cmd/internal/obj/x86 errorCheck).

const isR15 = (r: Reg): boolean => r === Reg.R15 || r === Reg.R15B;

function mentions(a: Addr | null): boolean {
  return a !== null && (isR15(a.reg) || isR15(a.index));
}

function global(a: Addr | null): boolean {
  return a !== null && a.name === AddrName.Extern && a.sym !== null && !a.sym.has(Attr.Local);
}

function usesGlobal(p: Prog): boolean {
  switch (p.as) {
    case As.CALL:
    case As.TEXT:
    case As.FUNCDATA:
    case As.RET:
    case As.JMP:
    case As.LEAQ:
      return false;
    default:
      return global(p.from) || global(p.to) || global(p.from3);
  }
}

/** Instructions whose destination is not also a source, besides the MOVs. */
const pureWrite =
  /^(P?MOV.*|POP[WLQ]|LEA[LQ]|IMUL3[WLQ]|V?PEXTR[BWDQ]|EXTRACTPS|BS[FR][WLQ]|POPCNT[WLQ]|LZCNT[WLQ]|(SHL|SHR|SAR)X[LQ])$/;

interface Use {
  readonly reads: boolean;
  readonly writes: boolean;
}

/** Whether p reads and writes R15. */
function useOfR15(p: Prog): Use {
  let readFrom = p.from.type !== AddrType.None;
  let readTo = p.to.type !== AddrType.None;
  let readFrom3 = p.from3 !== null;
  let writeFrom3 = false;
  if (pureWrite.test(opcodeNames[p.as]!)) readTo = false;
  if (
    (p.as === As.XORL || p.as === As.XORQ) &&
    p.from.type === AddrType.Reg &&
    p.to.type === AddrType.Reg &&
    p.from.reg === p.to.reg
  )
    readFrom = readTo = false;
  if (p.as === As.MULXL || p.as === As.MULXQ) {
    readTo = readFrom3 = false;
    writeFrom3 = true;
  }
  const reg = (a: Addr | null): boolean => a !== null && a.type === AddrType.Reg && isR15(a.reg);
  const mem = (a: Addr | null): boolean => a !== null && a.type === AddrType.Mem && mentions(a);
  const from3 = p.from3;
  return {
    reads:
      (readFrom && reg(p.from)) ||
      (readTo && reg(p.to)) ||
      (readFrom3 && reg(from3)) ||
      mem(p.from) ||
      mem(p.to) ||
      mem(from3),
    writes: reg(p.to) || (writeFrom3 && reg(from3)),
  };
}

/** Reports the first use of R15 after an access of a global. */
export function errorCheck(ctxt: Ctxt, sym: LSym): void {
  if (!ctxt.dynlink) return;
  const work: Prog[] = [];
  let found = false;
  for (let p = sym.func!.text; p !== null; p = p.next) {
    if (usesGlobal(p)) work.push(p);
    if (mentions(p.from) || mentions(p.to) || mentions(p.from3)) found = true;
  }
  if (!found) return;
  const seen = new Set<Prog>(work);
  for (let p = work.pop(); p !== undefined; p = work.pop()) {
    const use = useOfR15(p);
    if (use.reads) {
      const r = ctxt.positions.resolve(p.pos);
      const file = r === undefined ? "?" : r.name.slice(r.name.lastIndexOf("/") + 1);
      ctxt.error(
        p.pos,
        `${file}:${r?.line ?? 0}: when dynamic linking, R15 is clobbered by a global variable access and is used here: ${progString(ctxt, p)}`,
      );
      return;
    }
    if (use.writes) continue;
    const q = p.to.target;
    if (q !== null && !seen.has(q)) {
      seen.add(q);
      work.push(q);
    }
    if (p.as === As.JMP || p.as === As.RET) continue;
    if (p.next !== null && !seen.has(p.next)) {
      seen.add(p.next);
      work.push(p.next);
    }
  }
}
