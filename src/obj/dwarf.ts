import { NoPos } from "#base";
import { DwarfAbbrev, DwOp, SymKind } from "#formats";
import type { Ctxt } from "./ctxt.ts";
import { sleb, text, textAddress, u8, uleb } from "./dwarfbytes.ts";
import { VariableWriter } from "./dwarfvars.ts";
import { type Prog, ProgFlag } from "./prog.ts";
import { Attr, LSym } from "./sym.ts";

// DWARF 5 of one function: its entry (the children are dwarfvars.ts's) and its share of the line program. The linker puts these
// together and adds the headers (cmd/internal/obj/dwarf.go, cmd/internal/dwarf).

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
  uleb(info, wrapper ? DwarfAbbrev.WRAPPER : DwarfAbbrev.FUNCTION);
  text(info, sym.name);
  textAddress(info, ctxt.funcCount, sym);
  uleb(info, sym.size);
  u8(info, 1);
  u8(info, DwOp.call_frame_cfa);
  if (wrapper) u8(info, 1);
  else {
    info.writeInt(info.size, 4, 1 + ctxt.fileIndex(fn.text!.pos));
    uleb(info, ctxt.lineOf(fn.text!.pos));
    u8(info, sym.has(Attr.Static) ? 0 : 1);
  }
  if (fn.debug !== null) {
    fn.dwarfLoc = dwarfSym(SymKind.SDWARFLOC);
    new VariableWriter(ctxt, sym, fn.debug).write();
    fn.debug = null;
  }
  u8(info, 0);
  fn.dwarfLines = lineProgram(ctxt, sym);
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
