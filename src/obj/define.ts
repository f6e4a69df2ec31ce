import { As } from "#arch";
import type { Pos } from "#base";
import { FuncFlag, Funcdata, funcIDOf, pathToPrefix, SymKind, toolSum } from "#formats";
import { assembleText } from "./assemble.ts";
import type { Ctxt } from "./ctxt.ts";
import { populateDwarf } from "./dwarf.ts";
import { errorCheck } from "./errorcheck.ts";
import { linkPcln } from "./pcln.ts";
import { progString } from "./print.ts";
import { AddrName, AddrType, appendProg, Prog } from "./prog.ts";
import { progEdit } from "./progedit.ts";
import { preprocess } from "./preprocess.ts";
import { ABI, Attr, FuncInfo, type LSym, TextFlag } from "./sym.ts";

// Defining functions and data (cmd/internal/obj/plist.go).

/**
 * Makes sym a function that starts at pos, with the flags of its TEXT line (TextFlag). Returns its TEXT Prog, to which the
 * instructions are linked; frame is the size of its locals, args that of arguments and results (argsUnknown if unknown).
 * Reports a redeclaration and returns a Prog that leads nowhere then.
 */
export function defineText(ctxt: Ctxt, sym: LSym, flags: number, pos: Pos, frame: number, args: number): Prog {
  const text = new Prog(As.TEXT, pos);
  text.from.setSym(sym);
  if (sym.has(Attr.Static)) text.from.name = AddrName.Static;
  text.to.type = AddrType.TextSize;
  text.to.offset = frame;
  text.to.hi = args;
  if (sym.func !== null) {
    const other = sym.func.text;
    ctxt.error(
      pos,
      `${place(ctxt, pos)}: symbol ${sym.name} redeclared` +
        (other === null ? "" : `\n\t${place(ctxt, other.pos)}: other declaration of symbol ${sym.name}`),
    );
    return text;
  }
  if (sym.has(Attr.OnList)) {
    ctxt.error(pos, `${place(ctxt, pos)}: symbol ${sym.name} redeclared`);
    return text;
  }
  const fn = new FuncInfo();
  sym.func = fn;
  fn.text = text;
  fn.funcID = funcIDOf(sym.name, (flags & (TextFlag.WRAPPER | TextFlag.ABIWRAPPER)) !== 0);
  if ((flags & TextFlag.TOPFRAME) !== 0) fn.funcFlag |= FuncFlag.TopFrame;
  if (ctxt.isAsm) fn.funcFlag |= FuncFlag.Asm;
  ctxt.fileIndex(pos);
  fn.startLine = ctxt.lineOf(pos);
  sym.set(Attr.OnList, true);
  sym.set(Attr.DuplicateOK, (flags & TextFlag.DUPOK) !== 0);
  sym.set(Attr.NoSplit, (flags & TextFlag.NOSPLIT) !== 0);
  sym.set(Attr.ReflectMethod, (flags & TextFlag.REFLECTMETHOD) !== 0);
  sym.set(Attr.Wrapper, (flags & TextFlag.WRAPPER) !== 0);
  sym.set(Attr.ABIWrapper, (flags & TextFlag.ABIWRAPPER) !== 0);
  sym.set(Attr.NeedCtxt, (flags & TextFlag.NEEDCTXT) !== 0);
  sym.set(Attr.NoFrame, (flags & TextFlag.NOFRAME) !== 0);
  sym.set(Attr.PkgInit, (flags & TextFlag.PKGINIT) !== 0);
  sym.kind = SymKind.STEXT;
  setFipsKind(ctxt, sym);
  ctxt.text.push(sym);
  return text;
}

function place(ctxt: Ctxt, pos: Pos): string {
  const r = ctxt.positions.resolve(pos);
  return r === undefined ? "<unknown line number>" : `${r.name}:${r.line}`;
}

/** Makes sym a data symbol of size bytes (the GLOBL directive); flags are TextFlag bits. */
export function defineData(ctxt: Ctxt, sym: LSym, size: number, flags: number, pos: Pos = 0): void {
  if (sym.has(Attr.OnList)) ctxt.error(pos, `${place(ctxt, pos)}: symbol ${sym.name} redeclared`);
  sym.set(Attr.OnList, true);
  ctxt.data.push(sym);
  sym.size = size;
  if (sym.kind === SymKind.Sxxx) sym.kind = SymKind.SBSS;
  if ((flags & TextFlag.DUPOK) !== 0) sym.set(Attr.DuplicateOK, true);
  if ((flags & TextFlag.RODATA) !== 0) sym.kind = SymKind.SRODATA;
  else if ((flags & TextFlag.NOPTR) !== 0) sym.kind = isData(sym.kind) ? SymKind.SNOPTRDATA : SymKind.SNOPTRBSS;
  else if ((flags & TextFlag.TLSBSS) !== 0) sym.kind = SymKind.STLSBSS;
  setFipsKind(ctxt, sym);
}

function isData(k: SymKind): boolean {
  return k === SymKind.SDATA || k === SymKind.SDATAFIPS || k === SymKind.SNOPTRDATA || k === SymKind.SNOPTRDATAFIPS;
}

const fipsPrefix = "crypto/internal/fips140";
const fipsExempt = [".arginfo0", ".arginfo1", ".argliveinfo", ".args_stackmap", ".opendefer", ".stkobj", "·f"];

/** Gives symbols of the FIPS 140 module kinds of their own, so that the linker can hash them (obj/fips140.go). */
export function setFipsKind(ctxt: Ctxt, sym: LSym): void {
  if (ctxt.pkgpath.endsWith("_test")) return;
  if (sym.has(Attr.Static)) {
    const p = ctxt.pkgpath;
    if (p !== fipsPrefix && !p.startsWith(`${fipsPrefix}/`)) return;
  } else {
    const n = sym.name;
    if (!n.startsWith(fipsPrefix) || (n[fipsPrefix.length] !== "." && n[fipsPrefix.length] !== "/")) return;
    if (sym.kind !== SymKind.STEXT && sym.kind !== SymKind.STEXTFIPS) {
      if (n.includes(".inittask") || n.includes(".dict") || n.includes(".typeAssert")) return;
      for (const s of fipsExempt) if (n.endsWith(s)) return;
      if (n === "crypto/internal/fips140/check.linkinfo") return;
    }
  }
  switch (sym.kind) {
    case SymKind.STEXT:
      sym.kind = SymKind.STEXTFIPS;
      break;
    case SymKind.SDATA:
      sym.kind = SymKind.SDATAFIPS;
      break;
    case SymKind.SRODATA:
      sym.kind = SymKind.SRODATAFIPS;
      break;
    case SymKind.SNOPTRDATA:
      sym.kind = SymKind.SNOPTRDATAFIPS;
      break;
  }
}

/** The content-addressable symbol that holds a GC bitmap or other function data: gclocals·HASH. */
export function gcLocalsSym(ctxt: Ctxt, data: Uint8Array): LSym {
  const s = ctxt.lookup(`gclocals·${base64(toolSum(data).subarray(0, 16))}`);
  if (s.dataLen === 0) {
    s.data = data;
    s.dataLen = data.length;
    s.set(Attr.ContentAddressable, true);
  }
  return s;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function base64(b: Uint8Array): string {
  let s = "";
  for (let i = 0; i < b.length; i += 3) {
    const v = (b[i]! << 16) | ((b[i + 1] ?? 0) << 8) | (b[i + 2] ?? 0);
    s += digits[v >> 18]! + digits[(v >> 12) & 63]!;
    s += i + 1 < b.length ? digits[(v >> 6) & 63]! : "=";
    s += i + 2 < b.length ? digits[v & 63]! : "=";
  }
  return s;
}

function derived(ctxt: Ctxt, sym: LSym, suffix: string): LSym {
  return sym.has(Attr.Static) ? ctxt.lookupStatic(sym.name + suffix) : ctxt.lookup(sym.name + suffix);
}

/** Replaces the magic names of funcdata.h by what they stand for. */
function resolveFuncdata(ctxt: Ctxt, sym: LSym, p: Prog): void {
  const name = p.to.sym?.name;
  if (name === "go_args_stackmap") {
    if (p.from.type !== AddrType.Const || p.from.offset !== Funcdata.ArgsPointerMaps)
      ctxt.error(
        p.pos,
        `${progString(ctxt, p)}: FUNCDATA use of go_args_stackmap(SB) without FUNCDATA_ArgsPointerMaps`,
      );
    p.to.sym = derived(ctxt, sym, ".args_stackmap");
  } else if (name === "no_pointers_stackmap") {
    if (p.from.type !== AddrType.Const || p.from.offset !== Funcdata.LocalsPointerMaps)
      ctxt.error(
        p.pos,
        `${progString(ctxt, p)}: FUNCDATA use of no_pointers_stackmap(SB) without FUNCDATA_LocalsPointerMaps`,
      );
    // Two empty bitmaps: assembly frames have one for without and one for with results.
    const s = gcLocalsSym(ctxt, Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0));
    if (!s.has(Attr.OnList)) defineData(ctxt, s, s.dataLen, TextFlag.RODATA | TextFlag.DUPOK);
    p.to.sym = s;
  }
}

/**
 * Makes assembly functions refer to what the compiler knows of their Go declarations: argument pointer maps and argument
 * layout. Does nothing for code of the compiler. Call it once all functions of the object are read.
 */
export function referToDeclarations(ctxt: Ctxt, syms: readonly LSym[]): void {
  for (const s of syms) {
    for (let p = s.func!.text; p !== null; p = p.next) if (p.as === As.FUNCDATA) resolveFuncdata(ctxt, s, p);
  }
  if (!ctxt.isAsm) return;
  const prefix = `${pathToPrefix(ctxt.pkgpath)}.`;
  for (const s of syms) {
    if (!s.name.startsWith(prefix) || s.abi !== ABI.ABI0 || s.name === "runtime.addmoduledata") continue;
    let argMap = false;
    let argInfo = false;
    const text = s.func!.text!;
    for (let p: Prog | null = text; p !== null; p = p.next) {
      if (p.as !== As.FUNCDATA || p.from.type !== AddrType.Const) continue;
      if (p.from.offset === Funcdata.ArgsPointerMaps) argMap = true;
      if (p.from.offset === Funcdata.ArgInfo) argInfo = true;
    }
    if (!argMap) funcdata(text, Funcdata.ArgsPointerMaps, derived(ctxt, s, ".args_stackmap"));
    if (!argInfo) funcdata(text, Funcdata.ArgInfo, derived(ctxt, s, `.arginfo${s.abi}`));
  }
}

function funcdata(text: Prog, id: Funcdata, sym: LSym): void {
  const p = appendProg(text, As.FUNCDATA);
  p.from.setConst(id);
  p.to.setSym(sym);
}

/**
 * Assembles a function whose Progs are complete: frame, machine code, relocations, tables, DWARF. After an error (counted
 * in ctxt) the symbol is unusable. The Progs may be dropped afterwards: fn.text = null.
 */
export function assembleFunction(ctxt: Ctxt, sym: LSym): void {
  const errors = ctxt.errors;
  errorCheck(ctxt, sym);
  // Progs inserted by the edit are edited in their turn. Operands that are shared need none.
  for (let p = sym.func!.text; p !== null; p = p.next) if (p.like === null) progEdit(ctxt, p);
  collapseJumps(sym);
  preprocess(ctxt, sym);
  assembleText(ctxt, sym);
  if (ctxt.errors > errors) return;
  linkPcln(ctxt, sym);
  populateDwarf(ctxt, sym);
}

/** Lets jumps to unconditional jumps go straight to where those lead; one that leads into a ring loses its target. */
function collapseJumps(sym: LSym): void {
  for (let p = sym.func!.text; p !== null; p = p.next) {
    let q = p.to.target;
    if (q === null) continue;
    let steps = 0;
    while (q !== null && q.as === As.JMP && q.to.target !== null) q = ++steps < 5000 ? q.to.target : null;
    p.to.target = q;
  }
}
