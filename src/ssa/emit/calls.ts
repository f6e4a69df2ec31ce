import { As } from "#arch";
import { AMD64 } from "../amd64/index.ts";
import { Abi, type CallInfo, type Value } from "../core/index.ts";
import { Pcdata } from "./tables.ts";
import type { Emitter } from "./emitter.ts";
import { regOf } from "./progs.ts";

/** The stack map index of a call (Value.mark after liveness), so that the collector finds its pointers. */
function stackMap(e: Emitter, v: Value): void {
  e.progs.pcdata(Pcdata.StackMapIndex, v.mark);
}

export function emitCall(e: Emitter, v: Value): void {
  const ps = e.progs;
  if (v.op === AMD64.LoweredWB) {
    // Not a point where the stack is scanned: no map.
    ps.add(As.CALL).to.setCallee(e.symbols.runtime(`runtime.gcWriteBarrier${v.auxInt}`, Abi.ABIInternal));
    return;
  }
  const info = v.aux as CallInfo;
  const own = e.f.ref.abi;
  if (own === Abi.ABI0 && info.abi === Abi.ABIInternal) e.enterInternal();
  if (v.op === AMD64.CALLtail) {
    // Gives the frame back and jumps; src/obj makes the epilogue.
    ps.add(As.RET).to.setCallee(e.symbols.func(info.fn!, info.abi));
    return;
  }
  stackMap(e, v);
  if (v.op === AMD64.CALLstatic) ps.add(As.CALL).to.setCallee(e.symbols.func(info.fn!, info.abi));
  else ps.add(As.CALL).to.setReg(regOf(v.args[0]!.reg));
  if (own === Abi.ABIInternal && info.abi === Abi.ABI0) e.enterInternal();
}
