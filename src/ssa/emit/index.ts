import { As, Reg } from "#arch";
import { Attr, type Ctxt, defineText, type FuncInfo, type LSym, Prog, RelocType, TextFlag } from "#obj";
import { scalarParts } from "../abi/assign.ts";
import { type Func, FuncFlag, type ItabRef, SType, type Symbols, type TypeMaker } from "../core/index.ts";
import { computeLiveness, pointerMask, type StackMaps, unsafePoints } from "../liveness/index.ts";
import { regalloc } from "../regalloc/index.ts";
import { ArgLiveness, argInfo } from "./arginfo.ts";
import { BlockEmitter } from "./blocks.ts";
import { emitStubs } from "./checks.ts";
import { DebugTracker } from "./debugvars.ts";
import { Emitter } from "./emitter.ts";
import { Inlining } from "./inlining.ts";
import { frameSizeError, inOwnFrame, layoutFrame } from "./frame.ts";
import { ProgList, regOf } from "./progs.ts";
import { loadPart, storePart } from "./results.ts";
import { Funcdata, Pcdata, UnsafePoint } from "./tables.ts";
import { zeroAtEntry } from "./zeroing.ts";

/**
 * Turns a lowered function into Progs: registers, frame, stack maps, instructions. The symbol returned is the function's, with
 * its FuncInfo ready for src/obj to assemble; null if its frame is too large, which ctxt.diag has been told. after is called with each pass's name once it is done.
 */
export function compileBackend(
  f: Func,
  symbols: Symbols,
  ctxt: Ctxt,
  types: TypeMaker,
  after: (pass: string) => void = () => {},
): LSym | null {
  const { slots, loops, order } = regalloc(f, types, after);
  const frame = layoutFrame(f, slots);
  const error = frameSizeError(frame, argBytes(f));
  if (error !== null) {
    // Wrappers have no place in the source; what they wrap has arguments as large, and is reported.
    if (f.startPos !== 0) ctxt.diag(f.startPos, error);
    return null;
  }
  for (const list of [f.params, f.results, f.autos]) for (const l of list) l.sym = symbols.frameName(l);
  const maps = computeLiveness(f, frame, slots);
  const unsafe = unsafePoints(f);
  const sym = symbols.func(f.ref, f.ref.abi);
  const progs = new ProgList(defineText(ctxt, sym, textFlags(f), f.startPos, frame.size, argBytes(f)));
  if (f.has(FuncFlag.SystemStack)) sym.set(Attr.CFunc, true);
  const fn = sym.func!;
  const firstCall = ctxt.inlTree.length;
  const e = new Emitter(f, symbols, progs, frame, slots, new Inlining(f, fn, progs, ctxt, symbols));
  addFuncdata(e, f, maps);
  const args = new ArgLiveness(f, slots, order);
  // Its contents are known when all places that refer to them are.
  const liveInfo = args.isEmpty ? null : progs.add(As.FUNCDATA);
  if (unsafe?.all) progs.pcdata(Pcdata.UnsafePoint, UnsafePoint.Unsafe);
  zeroAtEntry(e, maps.needZero);
  const debug = f.debug === null ? null : new DebugTracker(f, f.debug, slots, types, progs.text, frame.locals);
  const blocks = new BlockEmitter(e, maps.deferMap, unsafe === null || unsafe.all ? null : unsafe, args, loops, debug);
  blocks.run();
  emitStubs(e);
  if (debug !== null) fn.debug = debug.result(symbols, ctxt, firstCall, progs.last);
  for (const [b, table] of e.tables) fn.jumpTables.push({ sym: table, targets: blocks.tableTargets(b) });
  if (liveInfo !== null) {
    liveInfo.from.setConst(Funcdata.ArgLiveInfo);
    liveInfo.to.setSym(symbols.funcData("gclocals·", Uint8Array.from(args.bytes)));
  }
  addSpills(f, fn);
  addMarks(f, sym, symbols);
  f.phase = "emit";
  return sym;
}

/** Bytes of parameters, stack results and the homes of register parameters. */
function argBytes(f: Func): number {
  let end = 0;
  for (const l of f.params) end = Math.max(end, l.offset + l.type.size);
  for (const l of f.results) if (!inOwnFrame(l)) end = Math.max(end, l.offset + l.type.size);
  return Math.ceil(end / 8) * 8;
}

function textFlags(f: Func): number {
  let flags = 0;
  const set = (flag: FuncFlag, text: TextFlag): void => {
    if (f.has(flag)) flags |= text;
  };
  set(FuncFlag.Nosplit, TextFlag.NOSPLIT);
  set(FuncFlag.NeedCtxt, TextFlag.NEEDCTXT);
  set(FuncFlag.Wrapper, TextFlag.WRAPPER);
  set(FuncFlag.ABIWrapper, TextFlag.ABIWRAPPER);
  set(FuncFlag.DupOk, TextFlag.DUPOK);
  set(FuncFlag.ReflectMethod, TextFlag.REFLECTMETHOD);
  set(FuncFlag.PkgInit, TextFlag.PKGINIT);
  set(FuncFlag.NoFrame, TextFlag.NOFRAME);
  set(FuncFlag.TopFrame, TextFlag.TOPFRAME);
  return flags;
}

/** Register parameters and their homes, for the prologue's call of morestack. */
function addSpills(f: Func, fn: FuncInfo): void {
  for (const l of f.params) {
    if (l.regs.length === 0) continue;
    scalarParts(l.type)!.forEach((part, k) => {
      const p = new Prog(As.NOP);
      // In the caller's frame, as the callee sees it before it has one of its own: behind the return address.
      p.to.setMem(Reg.SP, l.offset + part.offset + 8);
      fn.spills.push({
        addr: p.to,
        reg: regOf(l.regs[k]!),
        spill: storePart(part.size, part.isFloat),
        unspill: loadPart(part.size, part.isFloat),
      });
    });
  }
}

function addFuncdata(e: Emitter, f: Func, maps: StackMaps): void {
  const { progs, symbols } = e;
  progs.funcdata(Funcdata.ArgsPointerMaps, symbols.funcData("gclocals·", maps.args));
  progs.funcdata(Funcdata.LocalsPointerMaps, symbols.funcData("gclocals·", maps.locals));
  // By content: many functions have arguments alike.
  progs.funcdata(Funcdata.ArgInfo, symbols.funcData("gclocals·", argInfo(f)));
  if (maps.objects.length === 0) return;
  const objects = symbols.derived(f.ref, ".stkobj");
  objects.writeInt64(0, maps.objects.length, 0);
  let at = 8;
  for (const l of maps.objects) {
    objects.writeInt(at, 4, l.offset);
    objects.writeInt(at + 4, 4, l.type.size);
    objects.writeInt(at + 8, 4, l.type.ptrBytes);
    objects.writeAddr(at + 12, 4, symbols.funcData("runtime.gcbits.", pointerMask(l.type)), 0, RelocType.R_ADDROFF);
    at += 16;
  }
  progs.funcdata(Funcdata.StackObjects, objects);
}

/** Relocations without bytes that tell the linker what the code makes reachable. */
function addMarks(f: Func, sym: LSym, symbols: Symbols): void {
  for (const m of f.marks) {
    if (m.kind === "useNamedMethod") {
      sym.addReloc(0, 0, RelocType.R_USENAMEDMETHOD, 0, symbols.string(m.sym as string));
      continue;
    }
    const target = m.sym instanceof SType ? symbols.type(m.sym) : symbols.itab(m.sym as ItabRef);
    const type = m.kind === "useIface" ? RelocType.R_USEIFACE : RelocType.R_USEIFACEMETHOD;
    sym.addReloc(0, 0, type, m.addend, target);
  }
}
