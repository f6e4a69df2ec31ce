// Run-time checks: a comparison and a branch to a call out of the function's line.
import { As, Reg } from "#arch";
import type { Pos } from "#base";
import type { Prog } from "#obj";
import { AMD64 } from "../amd64/index.ts";
import { Abi, BoundsKind, type Value } from "../core/index.ts";
import type { Emitter } from "./emitter.ts";
import { regOf } from "./progs.ts";
import { Pcdata } from "./tables.ts";

/** A call that a failed check makes, after the function's last block. */
export interface Stub {
  readonly branch: Prog;
  readonly callee: string;
  /** PCDATA_PanicBounds, -1: none. */
  readonly bounds: number;
  readonly stackMap: number;
  readonly pos: Pos;
  readonly inl: number;
  readonly args: number;
}

/** Codes of internal/abi.BoundsErrorCode: there are so many. */
const boundsCodes = 9;

/** What runtime.panicBounds finds in the PCDATA at its call: internal/abi.BoundsEncode. Constants are 0..31. */
function encodeBounds(code: number, signed: boolean, xReg: boolean, x: number, yReg: boolean, y: number): number {
  let c = 0;
  if (xReg) c |= 1 | (signed ? 4 : 0) | (x << 3);
  else c |= x << 2;
  if (yReg) c |= 2;
  c |= y << 7;
  return c * boundsCodes + code;
}

function stub(e: Emitter, v: Value, branch: Prog, callee: string, bounds: number): void {
  e.stubs.push({
    branch,
    callee,
    bounds,
    stackMap: v.mark,
    pos: e.progs.pos,
    inl: e.progs.inl,
    args: e.progs.pcdataNow(Pcdata.ArgLiveIndex),
  });
}

export function emitCheck(e: Emitter, v: Value): void {
  const ps = e.progs;
  const x = v.args[0]!.reg;
  switch (v.op) {
    case AMD64.LoweredNilCheck: {
      // Faults if the address is in the first page, which the runtime turns into a panic.
      const p = ps.add(As.TESTB);
      p.from.setReg(Reg.AX);
      p.to.setMem(regOf(x), 0);
      return;
    }
    case AMD64.LoweredBoundsCheck: {
      const y = v.args[1]!.reg;
      e.compare(As.CMPQ, x, y);
      const b = ps.add(v.auxInt === BoundsKind.Index ? As.JCC : As.JHI);
      stub(e, v, b, "runtime.panicBounds", encodeBounds(v.auxInt, v.args[0]!.type.isSigned, true, x, true, y));
      return;
    }
    case AMD64.LoweredBoundsCheckConstLimit: {
      const p = ps.add(As.CMPQ);
      p.from.setReg(regOf(x));
      p.to.setConst(v.auxHi);
      const b = ps.add(v.auxInt === BoundsKind.Index ? As.JCC : As.JHI);
      stub(e, v, b, "runtime.panicBounds", encodeBounds(v.auxInt, v.args[0]!.type.isSigned, true, x, false, v.auxHi));
      return;
    }
    case AMD64.LoweredBoundsCheckConstIndex: {
      const p = ps.add(As.CMPQ);
      p.from.setReg(regOf(x));
      p.to.setConst(v.auxHi);
      // limit <= index, or limit < index.
      const b = ps.add(v.auxInt === BoundsKind.Index ? As.JLS : As.JCS);
      stub(e, v, b, "runtime.panicBounds", encodeBounds(v.auxInt, true, false, v.auxHi, true, x));
      return;
    }
    case AMD64.LoweredZeroCheckQ:
    case AMD64.LoweredZeroCheckL:
    case AMD64.LoweredZeroCheckW:
    case AMD64.LoweredZeroCheckB:
      ps.regReg(tests[v.op - AMD64.LoweredZeroCheckQ]!, x, x);
      stub(e, v, ps.add(As.JEQ), "runtime.panicdivide", -1);
      return;
    default:
      ps.regReg(tests[v.op - AMD64.LoweredShiftCheckQ]!, x, x);
      stub(e, v, ps.add(As.JLT), "runtime.panicshift", -1);
  }
}

const tests = [As.TESTQ, As.TESTL, As.TESTW, As.TESTB] as const;

/** The calls of all failed checks. Each keeps the position of its check; equal ones are one. */
export function emitStubs(e: Emitter): void {
  const ps = e.progs;
  const made = new Map<string, Prog>();
  for (const s of e.stubs) {
    const key = `${s.callee} ${s.bounds} ${s.stackMap} ${s.pos} ${s.inl} ${s.args}`;
    const known = made.get(key);
    if (known !== undefined) {
      s.branch.to.setBranch(known);
      continue;
    }
    ps.pos = s.pos;
    ps.inl = s.inl;
    ps.pcdata(Pcdata.StackMapIndex, s.stackMap);
    ps.pcdata(Pcdata.ArgLiveIndex, s.args);
    if (s.bounds >= 0) ps.pcdata(Pcdata.PanicBounds, s.bounds);
    const call = ps.add(As.CALL);
    call.to.setCallee(e.symbols.runtime(s.callee, Abi.ABIInternal));
    s.branch.to.setBranch(call);
    made.set(key, call);
  }
  // The last call's return address must lie in the function.
  if (e.stubs.length > 0) ps.add(As.UNDEF);
}
