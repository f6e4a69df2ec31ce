import { As, opcodeNames, Reg, regCtxt, regG } from "#arch";
import { FuncFlag, Pcdata, StackBig, StackSmall } from "#formats";
import type { Ctxt } from "./ctxt.ts";
import { progString } from "./print.ts";
import { Addr, AddrName, AddrType, appendProg, type Prog, ProgFlag } from "./prog.ts";
import { progEdit } from "./progedit.ts";
import { ABI, Attr, type LSym } from "./sym.ts";

const pointerSize = 8;
const unsafePointUnsafe = -2;

/**
 * Gives a function its frame: saves BP, checks the stack, makes room, turns slots into offsets from SP and every RET into
 * the matching epilogue (cmd/internal/obj/x86 preprocess).
 */
export function preprocess(ctxt: Ctxt, sym: LSym): void {
  const fn = sym.func!;
  const text = fn.text;
  if (text === null || text.next === null) return;
  let frame = text.to.offset;
  if (frame < 0) frame = 0;
  let hasCall = false;
  for (let q: Prog | null = text; q !== null; q = q.next) {
    if (q.as === As.CALL || q.as === As.DUFFCOPY || q.as === As.DUFFZERO) {
      hasCall = true;
      break;
    }
  }
  let bpSize = 0;
  if (!sym.has(Attr.NoFrame) && !(frame === 0 && !hasCall)) {
    bpSize = pointerSize;
    frame += bpSize;
    text.to.offset += bpSize;
  } else sym.set(Attr.NoFrame, true);
  fn.args = text.to.hi;
  fn.locals = text.to.offset;

  if (frame < StackSmall && !sym.has(Attr.NoSplit) && needsNoCheck(text, frame)) sym.set(Attr.NoSplit, true);

  let p: Prog = text;
  if (!sym.has(Attr.NoSplit)) p = stackSplit(ctxt, sym, p, frame);
  if (bpSize > 0) {
    p = appendProg(p, As.PUSHQ);
    p.from.setReg(Reg.BP);
    p = appendProg(p, As.MOVQ);
    p.from.setReg(Reg.SP);
    p.to.setReg(Reg.BP);
  }
  if (frame % pointerSize !== 0) ctxt.error(text.pos, `unaligned stack size ${frame}`);
  const local = frame - bpSize;
  if (local !== 0) {
    p = appendProg(p, As.ADJSP);
    p.from.setConst(local);
    p.spadj = local;
  }
  if (frame !== 0) p.flags |= ProgFlag.PrologueEnd;
  expand(ctxt, sym, text, frame, bpSize);
}

/** Whether the function is a leaf with so small a frame that the nosplit reserve has room for it. */
function needsNoCheck(text: Prog, frame: number): boolean {
  for (let q: Prog | null = text; q !== null; q = q.next) {
    if (q.as === As.CALL) {
      if (!isZeroArgRuntimeCall(q.to.sym)) return false;
      if (frame >= StackSmall - 8) return false;
    } else if (q.as === As.DUFFCOPY || q.as === As.DUFFZERO) {
      if (frame >= StackSmall - 8) return false;
    }
  }
  return true;
}

/** Runtime functions that need less stack than the reserve leaves. */
function isZeroArgRuntimeCall(s: LSym | null): boolean {
  if (s === null) return false;
  switch (s.name) {
    case "runtime.panicdivide":
    case "runtime.panicwrap":
    case "runtime.panicshift":
    case "runtime.panicBounds":
    case "runtime.panicExtend":
      return true;
    default:
      return false;
  }
}

/** Follows the stack depth through the function, resolves slots against it, expands RET. */
function expand(ctxt: Ctxt, sym: LSym, text: Prog, frame: number, bpSize: number): void {
  const local = frame - bpSize;
  let depth = 0;
  for (let p: Prog | null = text; p !== null; p = p.next) {
    if (p.from.name >= AddrName.Auto) shift(p.from, depth, bpSize);
    if (p.rest !== null) shift(p.rest[0]!, depth, bpSize);
    if (p.to.name >= AddrName.Auto) shift(p.to, depth, bpSize);
    const pushed = pushes[p.as]!;
    if (pushed !== 0) {
      p.spadj = pushed;
      depth += pushed;
    } else if (p.as === As.ADJSP) {
      p.spadj = p.from.offset;
      depth += p.spadj;
    } else if (p.as === As.RET) {
      if (frame !== depth) ctxt.error(p.pos, `${sym.name}: unbalanced PUSH/POP`);
      if (frame !== 0) p = epilogue(p, frame, local, bpSize);
      if (p.to.sym !== null) p.as = As.JMP;
    } else if (p.to.reg === Reg.SP && p.to.type === AddrType.Reg && p.as !== As.CMPL && p.as !== As.CMPQ) {
      sym.func!.funcFlag |= FuncFlag.SPWrite;
      if (ctxt.verbose) ctxt.log(`auto-SPWRITE: ${sym.name} ${progString(ctxt, p)}\n`);
      if (!ctxt.isAsm) ctxt.error(p.pos, `invalid auto-SPWRITE in non-assembly: ${progString(ctxt, p)}`);
    }
  }
}

/** By how many bytes an opcode makes the stack deeper. */
const pushes = new Int8Array(opcodeNames.length);
for (const as of [As.PUSHW, As.PUSHFW]) pushes[as] = 2;
for (const as of [As.PUSHL, As.PUSHFL]) pushes[as] = 4;
for (const as of [As.PUSHQ, As.PUSHFQ]) pushes[as] = 8;
for (const as of [As.POPW, As.POPFW]) pushes[as] = -2;
for (const as of [As.POPL, As.POPFL]) pushes[as] = -4;
for (const as of [As.POPQ, As.POPFQ]) pushes[as] = -8;

function shift(a: Addr, depth: number, bpSize: number): void {
  if (a.name === AddrName.Auto) a.offset += depth - bpSize;
  else if (a.name === AddrName.Param) a.offset += depth + pointerSize;
  else return;
  a.hi = a.offset >> 31;
}

/** Makes p undo the frame and return; the result is the RET. */
function epilogue(p: Prog, frame: number, local: number, bpSize: number): Prog {
  const to = new Addr();
  to.copyFrom(p.to);
  p.to.clear();
  if (local !== 0) {
    p.as = As.ADJSP;
    p.from.setConst(-local);
    p.spadj = -local;
    p = appendProg(p, As.RET);
  }
  if (bpSize > 0) {
    p.as = As.POPQ;
    p.to.setReg(Reg.BP);
    p.spadj = -bpSize;
    p = appendProg(p, As.RET);
  }
  p.as = As.RET;
  p.to.copyFrom(to);
  // What follows the RET comes from a branch with the frame still in place.
  p.spadj = frame;
  return p;
}

/** A PCDATA after p. */
function pcdata(p: Prog, id: Pcdata, value: number): Prog {
  const q = appendProg(p, As.PCDATA);
  q.from.setConst(id);
  q.to.setConst(value);
  return q;
}

function edit(ctxt: Ctxt, p: Prog): Prog {
  const end = p.next;
  progEdit(ctxt, p);
  let q = p;
  while (q.next !== end) {
    q = q.next!;
    progEdit(ctxt, q);
  }
  return q;
}

/** Puts g into a register: it is in R14 already in ABIInternal. */
function loadG(ctxt: Ctxt, sym: LSym, p: Prog): Prog {
  if (sym.abi === ABI.ABIInternal) return p;
  const q = appendProg(p, As.MOVQ);
  q.from.setMem(Reg.TLS, 0);
  q.to.setReg(regG);
  const last = edit(ctxt, q);
  if (q.from.index === Reg.TLS) q.from.scale = 2;
  return last;
}

/** Spills (or reloads) the register arguments around morestack. */
function moveArgs(sym: LSym, p: Prog, back: boolean): Prog {
  for (const s of sym.func!.spills) {
    p = appendProg(p, back ? s.unspill : s.spill);
    if (back) {
      p.from.copyFrom(s.addr);
      p.to.setReg(s.reg);
    } else {
      p.from.setReg(s.reg);
      p.to.copyFrom(s.addr);
    }
  }
  return p;
}

/** Compares a register with g's stack guard. */
function compareGuard(sym: LSym, p: Prog, r: Reg): Prog {
  const q = appendProg(p, As.CMPQ);
  q.from.setReg(r);
  q.to.setMem(regG, (sym.has(Attr.CFunc) ? 3 : 2) * pointerSize);
  return q;
}

/** Appends the check that the frame fits and, at the function's end, the call of morestack (stacksplit). */
function stackSplit(ctxt: Ctxt, sym: LSym, p: Prog, frame: number): Prog {
  const fn = sym.func!;
  const text = fn.text!;
  const tmp = Reg.R12;
  const needCtxt = sym.has(Attr.NeedCtxt);
  if (ctxt.mayMoreStack !== "") {
    p = moveArgs(sym, p, false);
    if (needCtxt) {
      p = appendProg(p, As.PUSHQ);
      p.from.setReg(regCtxt);
    }
    p = appendProg(p, As.CALL);
    p.to.setCallee(ctxt.lookupABI(ctxt.mayMoreStack, sym.abi));
    if (needCtxt) {
      p = appendProg(p, As.POPQ);
      p.to.setReg(regCtxt);
    }
    p = moveArgs(sym, p, true);
  }
  // morestack returns to here.
  const startPred = p;
  p = loadG(ctxt, sym, p);
  let wrapped: Prog | null = null;
  // From the comparison to the call of morestack the function must not be preempted: it would grow the stack twice.
  if (frame <= StackSmall) {
    p = compareGuard(sym, p, Reg.SP);
    p = pcdata(p, Pcdata.UnsafePoint, unsafePointUnsafe);
  } else if (frame <= StackBig) {
    p = appendProg(p, As.LEAQ);
    p.from.setMem(Reg.SP, -(frame - StackSmall));
    p.to.setReg(tmp);
    p = compareGuard(sym, p, tmp);
    p = pcdata(p, Pcdata.UnsafePoint, unsafePointUnsafe);
  } else {
    // SP minus so much may wrap around: then the carry says so.
    p = appendProg(p, As.MOVQ);
    p.from.setReg(Reg.SP);
    p.to.setReg(tmp);
    p = pcdata(p, Pcdata.UnsafePoint, unsafePointUnsafe);
    p = appendProg(p, As.SUBQ);
    p.from.setConst(frame - StackSmall);
    p.to.setReg(tmp);
    p = appendProg(p, As.JCS);
    p.to.setBranch(null);
    wrapped = p;
    p = compareGuard(sym, p, tmp);
  }
  const jls = appendProg(p, As.JLS);
  jls.to.setBranch(null);
  const end = pcdata(jls, Pcdata.UnsafePoint, -1);

  let last: Prog = text;
  while (last.next !== null) last = last.next;
  const spfix = appendProg(last, As.NOP);
  spfix.spadj = -frame;
  const map = pcdata(spfix, Pcdata.StackMapIndex, -1);
  map.pos = text.pos;
  map.inl = text.inl;
  const spill = pcdata(map, Pcdata.UnsafePoint, unsafePointUnsafe);
  p = moveArgs(sym, spill, false);
  const call = appendProg(p, As.CALL);
  call.pos = text.pos;
  call.inl = text.inl;
  const name = sym.has(Attr.CFunc) ? "runtime.morestackc" : needCtxt ? "runtime.morestack" : "runtime.morestack_noctxt";
  call.to.setCallee(ctxt.lookup(name));
  p = edit(ctxt, call);
  p = pcdata(p, Pcdata.UnsafePoint, -1);
  p = moveArgs(sym, p, true);
  const jmp = appendProg(p, As.JMP);
  jmp.to.setBranch(startPred.next);
  jmp.spadj = frame;
  jls.to.target = spill;
  if (wrapped !== null) wrapped.to.target = spill;
  return end;
}
