import { encodeUtf8, NoPos } from "#base";
import { RelocType, SymKind } from "#formats";
import type { Ctxt } from "./ctxt.ts";
import { type Prog, ProgFlag } from "./prog.ts";
import { Attr, LSym } from "./sym.ts";

// DWARF 5 of one function: its entry (a DIE without children, unless ctxt.debugInfo adds them) and its share of the line
// program. The linker puts these together and adds the headers (cmd/internal/obj/dwarf.go, cmd/internal/dwarf).

const enum Abbrev {
  Function = 3,
  Wrapper = 4,
}

const opCallFrameCFA = 0x9c;

// Parameters of the line program; the linker writes the same ones in its header.
const lineBase = -4;
const lineRange = 10;
const opcodeBase = 11;
const pcRange = Math.floor((255 - opcodeBase) / lineRange);

const enum LineOp {
  AdvancePC = 2,
  AdvanceLine = 3,
  SetFile = 4,
  NegateStmt = 6,
  ConstAddPC = 8,
  FixedAdvancePC = 9,
  PrologueEnd = 10,
}

const enum ExtendedOp {
  EndSequence = 1,
  SetAddress = 2,
}

function u8(s: LSym, v: number): void {
  s.writeInt(s.size, 1, v);
}

function uleb(s: LSym, v: number): void {
  while (v >= 128) {
    u8(s, (v % 128) | 128);
    v = Math.floor(v / 128);
  }
  u8(s, v);
}

function sleb(s: LSym, v: number): void {
  for (;;) {
    const b = v & 127;
    v >>= 7;
    if ((v === 0 && (b & 64) === 0) || (v === -1 && (b & 64) !== 0)) {
      u8(s, b);
      return;
    }
    u8(s, b | 128);
  }
}

function dwarfSym(kind: SymKind): LSym {
  const s = new LSym("", 0);
  s.kind = kind;
  return s;
}

/** Fills in the DWARF symbols of an assembled function. */
export function populateDwarf(ctxt: Ctxt, sym: LSym): void {
  const fn = sym.func!;
  fn.dwarfRanges ??= dwarfSym(SymKind.SDWARFRANGE);
  const info = (fn.dwarfInfo = dwarfSym(SymKind.SDWARFFCN));
  const wrapper = sym.has(Attr.Wrapper);
  uleb(info, wrapper ? Abbrev.Wrapper : Abbrev.Function);
  const name = encodeUtf8(sym.name);
  info.writeBytes(info.size, name);
  u8(info, 0);
  const [type, width] = textIndexWidth(ctxt.funcCount * 2);
  info.writeAddr(info.size, width, sym, 0, type);
  uleb(info, sym.size);
  u8(info, 1);
  u8(info, opCallFrameCFA);
  if (wrapper) u8(info, 1);
  else {
    info.writeInt(info.size, 4, 1 + ctxt.fileIndex(fn.text!.pos));
    uleb(info, ctxt.lineOf(fn.text!.pos));
    u8(info, sym.has(Attr.Static) ? 0 : 1);
  }
  ctxt.debugInfo?.(sym, info);
  u8(info, 0);
  fn.dwarfLines = lineProgram(ctxt, sym);
}

/** The relocation that holds an index of so many functions, and its size. */
function textIndexWidth(count: number): [RelocType, number] {
  if (count <= 127) return [RelocType.R_DWTXTADDR_U1, 1];
  if (count <= 16383) return [RelocType.R_DWTXTADDR_U2, 2];
  if (count <= 2097151) return [RelocType.R_DWTXTADDR_U3, 3];
  return [RelocType.R_DWTXTADDR_U4, 4];
}

function lineProgram(ctxt: Ctxt, sym: LSym): LSym {
  const s = dwarfSym(SymKind.SDWARFLINES);
  const text = sym.func!.text!;
  u8(s, 0);
  uleb(s, 9);
  u8(s, ExtendedOp.SetAddress);
  s.writeAddr(s.size, 8, sym, 0);
  let stmt = true;
  let line = 1;
  let pc = text.pc;
  let lastPC = 0;
  let file = 1;
  let prologue = false;
  let wrotePrologue = false;
  for (let p: Prog | null = text; p !== null; p = p.next) {
    if ((p.flags & ProgFlag.PrologueEnd) !== 0) prologue = true;
    if (p.pos === NoPos || (p.next !== null && p.next.pc === p.pc)) continue;
    const newStmt = (p.flags & ProgFlag.NotStmt) === 0;
    const newFile = ctxt.fileIndex(p.pos) + 1;
    const newLine = ctxt.lineOf(p.pos);
    let wrote = false;
    if (newFile !== file) {
      u8(s, LineOp.SetFile);
      uleb(s, newFile);
      file = newFile;
      wrote = true;
    }
    if (prologue && !wrotePrologue) {
      u8(s, LineOp.PrologueEnd);
      wrotePrologue = true;
      wrote = true;
    }
    if (stmt !== newStmt) {
      u8(s, LineOp.NegateStmt);
      stmt = newStmt;
      wrote = true;
    }
    if (line !== newLine || wrote) {
      lastPC = p.pc;
      advance(s, p.pc - pc, newLine - line);
      line = newLine;
      pc = p.pc;
    }
  }
  // One past the last instruction, or debuggers see line 0 at the end.
  u8(s, LineOp.AdvancePC);
  uleb(s, sym.size - (lastPC - text.pc));
  u8(s, 0);
  uleb(s, 1);
  u8(s, ExtendedOp.EndSequence);
  return s;
}

/** One row of the line table, in the fewest bytes (the choice among equals is Go's: putpclcdelta). */
function advance(s: LSym, dpc: number, dline: number): void {
  let op: number;
  if (dline < lineBase) op = opcodeBase + lineRange * Math.min(dpc, pcRange);
  else if (dline < lineBase + lineRange) {
    op = opcodeBase + (dline - lineBase) + lineRange * Math.min(dpc, pcRange);
    if (op > 255) op -= lineRange;
  } else if (dpc <= pcRange) op = Math.min(255, opcodeBase + (lineRange - 1) + lineRange * dpc);
  else {
    switch (dpc - pcRange) {
      case pcRange:
      case 127:
      case 65535:
      case 2097151:
      case 268435455:
        op = 255;
        break;
      default:
        op = opcodeBase + lineRange * pcRange - 1;
    }
  }
  dpc -= Math.floor((op - opcodeBase) / lineRange);
  dline -= ((op - opcodeBase) % lineRange) + lineBase;
  if (dpc !== 0) {
    if (dpc <= pcRange) {
      op -= lineRange * (pcRange - dpc);
      u8(s, LineOp.ConstAddPC);
    } else if (dpc >= 16384 && dpc < 65536) {
      u8(s, LineOp.FixedAdvancePC);
      s.writeInt(s.size, 2, dpc);
    } else {
      u8(s, LineOp.AdvancePC);
      uleb(s, dpc);
    }
  }
  if (dline !== 0) {
    u8(s, LineOp.AdvanceLine);
    sleb(s, dline);
  }
  u8(s, op);
}
