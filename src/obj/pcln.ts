import { As } from "#arch";
import { ByteWriter, NoPos } from "#base";
import { PcValueWriter, SymKind } from "#formats";
import type { Ctxt } from "./ctxt.ts";
import { progString } from "./print.ts";
import type { Prog } from "./prog.ts";
import { Attr, LSym, type Pcln } from "./sym.ts";

// The tables from pc to stack depth, file, line, inlined call and PCDATA values (cmd/internal/obj/pcln.go).

/** Tables by what gives the value at a Prog. */
const enum Table {
  StackDepth,
  File,
  Line,
  InlinedCall,
  Pcdata,
}

function emptyTable(): LSym {
  const s = new LSym("", 0);
  s.kind = SymKind.SRODATA;
  s.attr = Attr.ContentAddressable | Attr.Pcdata;
  return s;
}

/** Tables are written here first: most are a few bytes long. */
const scratch = new ByteWriter(1024);

/** What -d=pctab prints while a table is made. */
class Tracer {
  constructor(
    private readonly ctxt: Ctxt,
    private readonly sym: LSym,
    name: string,
  ) {
    ctxt.log(`funcpctab ${sym.name} [valfunc=${name}]\n`);
    this.line(sym.func!.text!.pc, "-1", sym.func!.text!);
  }

  private line(pc: number, value: string, p: Prog): void {
    this.ctxt.log(`${pc.toString(16).padStart(6)} ${value.padStart(6)} ${progString(this.ctxt, p)}\n`);
  }

  /** An instruction, with the value that it begins if it begins one. */
  at(p: Prog, value: number | null): void {
    this.line(p.pc, value === null ? "" : String(value), p);
  }

  done(started: boolean, bytes: Uint8Array): void {
    const { sym } = this;
    if (started) this.ctxt.log(`${(sym.func!.text!.pc + sym.size).toString(16).padStart(6)} done\n`);
    // Where Go prints the address of its buffer there is nothing to tell.
    this.ctxt.log(`wrote ${bytes.length} bytes to 0x0\n`);
    let hex = "";
    for (const b of bytes) hex += ` ${b.toString(16).padStart(2, "0")}`;
    this.ctxt.log(`${hex}\n`);
  }
}

/**
 * Makes one table. All of them in one function, for there are five for each function of a program: the value in force at a
 * Prog is found before, that behind it after the table is written to.
 */
function makeTable(ctxt: Ctxt, name: string, sym: LSym, table: Table, inline: InlineTree | null, id: number): LSym {
  const tracer = ctxt.pctab === name ? new Tracer(ctxt, sym, name) : null;
  const text = sym.func!.text!;
  const { usedFiles } = sym.func!.pcln;
  const w = scratch;
  w.length = 0;
  const t = new PcValueWriter(w);
  let value = -1;
  let written = -1;
  let started = false;
  for (let p: Prog | null = text; p !== null; p = p.next) {
    const { next } = p;
    if (table === Table.Line) {
      if (!hasNoLine(p)) value = ctxt.lineOf(p.pos);
    } else if (table === Table.File) {
      if (!hasNoLine(p)) {
        const f = ctxt.fileIndex(p.pos);
        if (f !== value && !usedFiles.includes(f)) usedFiles.push(f);
        value = f;
      }
    } else if (table === Table.InlinedCall) value = p.inl < 0 ? -1 : inline!.branch(p.inl);
    else if (table === Table.StackDepth && value === -1) value = 0;
    // Only where an instruction with bytes begins can the value change.
    const begins = !(value === written && started) && (next === null || next.pc !== p.pc);
    tracer?.at(p, begins ? value : null);
    if (begins) {
      t.set(started ? p.pc : text.pc, value);
      written = value;
      started = true;
    }
    if (table === Table.StackDepth) {
      if (p.spadj !== 0) value = depthAfter(ctxt, p, value);
    } else if (table === Table.Pcdata && p.as === As.PCDATA && p.from.offset === id) value = p.to.offset;
  }
  t.finish(sym.size);
  tracer?.done(started, w.buf.subarray(0, w.length));
  const s = emptyTable();
  s.data = w.toBytes();
  s.dataLen = w.length;
  s.size = w.length;
  return s;
}

function depthAfter(ctxt: Ctxt, p: Prog, depth: number): number {
  const v = depth + p.spadj;
  if (v < -10000 || v > 1100000000)
    ctxt.error(p.pos, `overflow in spadj: ${depth} + ${p.spadj} = ${v}: ${progString(ctxt, p)}`);
  return v;
}

function hasNoLine(p: Prog): boolean {
  return p.as === As.TEXT || p.as === As.NOP || p.pos === NoPos;
}

/** The calls inlined into one function. */
class InlineTree {
  /** Index in the function's own tree of a node of the global one. */
  readonly local = new Map<number, number>();
  constructor(
    private readonly ctxt: Ctxt,
    private readonly pcln: Pcln,
  ) {}
  /** Index of a global inlining node in the function's own tree, its parents included. */
  branch(global: number): number {
    if (global < 0) return -1;
    const known = this.local.get(global);
    if (known !== undefined) return known;
    const call = this.ctxt.inlTree[global]!;
    const parent = this.branch(call.parent);
    const i = this.pcln.inlTree.length;
    this.pcln.inlTree.push({
      parent,
      file: this.ctxt.fileIndex(call.pos),
      line: this.ctxt.lineOf(call.pos),
      func: call.func,
      name: call.name,
      parentPC: 0,
    });
    this.local.set(global, i);
    return i;
  }
}

/** Fills in fn.pcln from the assembled Progs. */
export function linkPcln(ctxt: Ctxt, sym: LSym): void {
  const fn = sym.func!;
  const text = fn.text!;
  const pcln = fn.pcln;
  let npcdata = 0;
  let nfuncdata = 0;
  const have: boolean[] = [];
  for (let p: Prog | null = text; p !== null; p = p.next) {
    if (p.as === As.PCDATA && p.to.offset !== -1) {
      if (p.from.offset >= npcdata) npcdata = p.from.offset + 1;
      have[p.from.offset] = true;
    } else if (p.as === As.FUNCDATA && p.from.offset >= nfuncdata) nfuncdata = p.from.offset + 1;
  }
  pcln.pcsp = makeTable(ctxt, "pctospadj", sym, Table.StackDepth, null, 0);
  pcln.pcfile = makeTable(ctxt, "pctofile", sym, Table.File, null, 0);
  pcln.pcline = makeTable(ctxt, "pctoline", sym, Table.Line, null, 0);
  const inline = new InlineTree(ctxt, pcln);
  pcln.pcinline = makeTable(ctxt, "pctoinline", sym, Table.InlinedCall, inline, 0);
  for (const mark of fn.inlMarks) {
    const i = inline.local.get(mark.id);
    // A body that left no instructions needs no unwinding.
    if (i !== undefined) pcln.inlTree[i]!.parentPC = mark.prog.pc;
  }
  pcln.pcdata = [];
  for (let i = 0; i < npcdata; i++)
    pcln.pcdata.push(have[i] === true ? makeTable(ctxt, "pctopcdata", sym, Table.Pcdata, null, i) : emptyTable());
  pcln.funcdata = new Array(nfuncdata).fill(null);
  for (let p: Prog | null = text; p !== null; p = p.next) {
    if (p.as !== As.FUNCDATA) continue;
    const i = p.from.offset;
    if (pcln.funcdata[i] !== null) ctxt.error(p.pos, `multiple definitions for FUNCDATA $${i}`);
    pcln.funcdata[i] = p.to.sym;
  }
}
