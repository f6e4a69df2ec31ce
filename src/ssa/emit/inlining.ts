import { As } from "#arch";
import type { Ctxt, FuncInfo, Prog } from "#obj";
import type { Func, Symbols } from "../core/index.ts";
import type { ProgList } from "./progs.ts";

/**
 * The function's inlined calls as nodes of the package's inlining tree, and for each an instruction outside the inlined body
 * whose line is that of the call: tracebacks show the caller there (contract 12.2; cmd/compile's InlMark).
 */
export class Inlining {
  private readonly base: number;
  private readonly marked: Uint8Array;

  constructor(
    private readonly f: Func,
    private readonly fn: FuncInfo,
    private readonly progs: ProgList,
    ctxt: Ctxt,
    symbols: Symbols,
  ) {
    this.base = ctxt.inlTree.length;
    this.marked = new Uint8Array(f.inlinedCalls.length);
    for (const c of f.inlinedCalls) {
      const parent = c.parent < 0 ? -1 : this.base + c.parent;
      ctxt.inlTree.push({ parent, pos: c.pos, func: symbols.func(c.fn, c.fn.abi), name: c.fn.name });
    }
  }

  /** The instructions to come stand in inlined call inl of the function (Value.inl). */
  enter(inl: number): void {
    if (inl >= 0 && this.marked[inl] === 0) this.mark(inl);
    this.progs.inl = inl < 0 ? -1 : this.base + inl;
  }

  private mark(inl: number): void {
    this.marked[inl] = 1;
    const call = this.f.inlinedCalls[inl]!;
    if (call.parent >= 0 && this.marked[call.parent] === 0) this.mark(call.parent);
    const parent = call.parent < 0 ? -1 : this.base + call.parent;
    const last = this.progs.last;
    let prog: Prog = last;
    // The last instruction serves if it is the call's own.
    if (last.inl !== parent || last.pos !== call.pos || !isInstruction(last)) {
      this.progs.inl = parent;
      this.progs.pos = call.pos;
      prog = this.progs.regReg(As.XCHGL, 0, 0);
    }
    this.fn.inlMarks.push({ prog, id: this.base + inl });
  }
}

function isInstruction(p: Prog): boolean {
  return p.as !== As.TEXT && p.as !== As.PCDATA && p.as !== As.FUNCDATA && p.as !== As.NOP;
}
