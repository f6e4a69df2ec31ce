import { NoPos, type Pos } from "#base";
import { DwarfAbbrev, DwOp, SymKind } from "#formats";
import type { Ctxt } from "./ctxt.ts";
import type { CodePlace, DebugVariable, FuncDebug, InlinedBody, VariableLocation } from "./debuginfo.ts";
import { reference, text, textAddress, u8, uleb } from "./dwarfbytes.ts";
import { Attr, LSym } from "./sym.ts";

// Variables, lexical blocks and inlined bodies in a function's entry, with their lists of locations and ranges; the entries of
// functions that were inlined (cmd/internal/dwarf: putvar, putscope, putInlinedFunc, PutAbstractFunc;
// cmd/compile/internal/dwarfgen).

/** Abbreviations of variables, counted from the first (cmd/internal/dwarf/putvarabbrevgen.go). */
const enum VarAbbrev {
  AbstractVariable,
  AbstractParam,
  /** The following come with a list of locations; plus 1 with an expression. */
  ConcreteVariable = 2,
  CapturedVariable = 4,
  Variable = 6,
  ConcreteParam = 8,
  CapturedParam = 10,
  Param = 12,
}

const enum Lle {
  EndOfList = 0,
  BaseAddressX = 1,
  OffsetPair = 4,
}

const enum Rle {
  EndOfList = 0,
  BaseAddressX = 1,
  OffsetPair = 4,
}

const inlined = 1;

/** Pairs of offsets in the function, in order, that do not touch. */
type Ranges = number[];

function addRange(list: Ranges, from: number, to: number): void {
  if (to <= from) return;
  if (list.length > 0 && list[list.length - 1] === from) list[list.length - 1] = to;
  else list.push(from, to);
}

function mergeRanges(a: Ranges, b: Ranges): Ranges {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const out: Ranges = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const first = j >= b.length || (i < a.length && a[i]! <= b[j]!);
    const from = first ? a[i]! : b[j]!;
    const to = first ? a[i + 1]! : b[j + 1]!;
    if (first) i += 2;
    else j += 2;
    const n = out.length;
    if (n > 0 && from <= out[n - 1]!) out[n - 1] = Math.max(out[n - 1]!, to);
    else out.push(from, to);
  }
  return out;
}

/** Writes what is inside one function's entry. */
export class VariableWriter {
  private readonly info: LSym;
  private readonly loc: LSym;
  private readonly ranges: LSym;
  /** Where code of inlined bodies is, those in them included: by index in debug.inlined. */
  private readonly bodies: Ranges[] = [];
  /** By scope. */
  private readonly scopes: Ranges[] = [];
  private readonly varsOf: number[][] = [];
  private readonly children: number[][] = [];
  /** Bodies inlined into the function itself, by the scope of their calls. */
  private readonly bodiesOf: number[][] = [];

  constructor(
    private readonly ctxt: Ctxt,
    private readonly sym: LSym,
    private readonly debug: FuncDebug,
  ) {
    const fn = sym.func!;
    this.info = fn.dwarfInfo!;
    this.loc = fn.dwarfLoc!;
    this.ranges = fn.dwarfRanges!;
  }

  write(): void {
    const { debug } = this;
    this.followCode();
    for (let i = 0; i <= debug.scopes.parents.length; i++) {
      this.varsOf.push([]);
      this.children.push([]);
      this.bodiesOf.push([]);
    }
    debug.scopes.parents.forEach((p, i) => {
      this.children[p]!.push(i + 1);
    });
    debug.vars.forEach((v, i) => {
      this.varsOf[v.isParam ? 0 : this.scopeAt(v.pos)]!.push(i);
    });
    debug.inlined.forEach((b, i) => {
      if (b.parent < 0) this.bodiesOf[this.scopeAt(b.pos)]!.push(i);
    });
    this.scope(0);
  }

  private scopeAt(pos: Pos): number {
    const { marks, scopes } = this.debug.scopes;
    let lo = 0;
    for (let hi = marks.length; lo < hi; ) {
      const mid = (lo + hi) >> 1;
      if (marks[mid]! <= pos) lo = mid + 1;
      else hi = mid;
    }
    return lo === 0 ? 0 : scopes[lo - 1]!;
  }

  /** Which code belongs to which scope and inlined body. */
  private followCode(): void {
    const { debug, ctxt } = this;
    const { scopes } = debug;
    for (let i = 0; i <= scopes.parents.length; i++) this.scopes.push([]);
    if (scopes.parents.length === 0 && debug.inlined.length === 0) return;
    const number = new Map<number, number>();
    debug.inlined.forEach((b, i) => {
      this.bodies.push([]);
      number.set(b.call, i);
    });
    let start = 0;
    let pos: Pos = -1;
    let inl = -1;
    const flush = (end: number): void => {
      if (pos < 0 || end <= start) return;
      let at = pos;
      if (inl >= 0) {
        const k = number.get(inl);
        if (k !== undefined) addRange(this.bodies[k]!, start, end);
        // What was inlined is in the scope of the call.
        let node = ctxt.inlTree[inl]!;
        while (node.parent >= 0) node = ctxt.inlTree[node.parent]!;
        at = node.pos;
      }
      addRange(this.scopes[this.scopeAt(at)]!, start, end);
    };
    for (let p = this.sym.func!.text; p !== null; p = p.next) {
      // What has no position belongs to what is before it.
      if (p.pos === NoPos || (p.pos === pos && p.inl === inl)) continue;
      flush(p.pc);
      start = p.pc;
      pos = p.pos;
      inl = p.inl;
    }
    flush(this.sym.size);
    for (let i = scopes.parents.length; i > 0; i--) {
      const p = scopes.parents[i - 1]!;
      this.scopes[p] = mergeRanges(this.scopes[p]!, this.scopes[i]!);
    }
    for (let i = debug.inlined.length - 1; i >= 0; i--) {
      const p = debug.inlined[i]!.parent;
      if (p >= 0) this.bodies[p] = mergeRanges(this.bodies[p]!, this.bodies[i]!);
    }
  }

  private scope(i: number): void {
    const { debug } = this;
    for (const k of this.varsOf[i]!) this.variable(debug.vars[k]!, debug.locations[k]!);
    for (const c of this.children[i]!) {
      if (this.varsOf[c]!.length === 0) {
        // A scope that only holds others is none to a debugger.
        this.scope(c);
        continue;
      }
      uleb(this.info, DwarfAbbrev.LEXICAL_BLOCK_RANGES);
      this.rangeList(this.scopes[c]!);
      this.scope(c);
      u8(this.info, 0);
    }
    // gc has them all beside the outermost scopes, which overlap them.
    for (const k of this.bodiesOf[i]!) this.inlinedBody(debug.inlined[k]!, k);
  }

  private inlinedBody(b: InlinedBody, i: number): void {
    if (this.bodies[i]!.length === 0) return;
    const { info, ctxt } = this;
    const abstract = abstractFunction(ctxt, b);
    uleb(info, DwarfAbbrev.INLINED_SUBROUTINE_RANGES);
    reference(info, abstract.sym, 0);
    this.rangeList(this.bodies[i]!);
    info.writeInt(info.size, 4, 1 + ctxt.fileIndex(b.pos));
    uleb(info, ctxt.lineOf(b.pos));
    b.vars.forEach((v, k) => {
      const l = b.locations[k]!;
      const list = l.ranges.length > 0;
      uleb(
        info,
        DwarfAbbrev.PUTVAR_START + (v.isParam ? VarAbbrev.ConcreteParam : VarAbbrev.ConcreteVariable) + (list ? 0 : 1),
      );
      reference(info, abstract.sym, abstract.offsets[k]!);
      this.location(l, list);
    });
    this.debug.inlined.forEach((c, k) => {
      if (c.parent === i) this.inlinedBody(c, k);
    });
    u8(info, 0);
  }

  private variable(v: DebugVariable, l: VariableLocation): void {
    const { info } = this;
    const list = l.ranges.length > 0;
    let abbrev = v.isParam ? VarAbbrev.Param : VarAbbrev.Variable;
    if (v.closureOffset > 0) abbrev -= VarAbbrev.Param - VarAbbrev.CapturedParam;
    uleb(info, DwarfAbbrev.PUTVAR_START + abbrev + (list ? 0 : 1));
    text(info, v.name);
    if (v.isParam) u8(info, v.isResult ? 1 : 0);
    uleb(info, this.ctxt.lineOf(v.pos));
    reference(info, v.type, 0);
    if (v.closureOffset > 0) uleb(info, v.closureOffset);
    this.location(l, list);
  }

  private location(l: VariableLocation, list: boolean): void {
    const { info, loc } = this;
    if (!list) {
      const expr = l.fixed;
      u8(info, expr === null ? 0 : expr.length);
      if (expr !== null) info.writeBytes(info.size, expr);
      return;
    }
    reference(info, loc, loc.size);
    u8(loc, Lle.BaseAddressX);
    textAddress(loc, this.ctxt.funcCount, this.sym);
    for (const r of l.ranges) {
      const from = this.address(r.from);
      const to = this.address(r.to);
      if (to <= from) continue;
      u8(loc, Lle.OffsetPair);
      uleb(loc, from);
      uleb(loc, to);
      uleb(loc, r.expr.length);
      loc.writeBytes(loc.size, r.expr);
    }
    u8(loc, Lle.EndOfList);
  }

  private address(p: CodePlace): number {
    const next = p.after.next;
    return (next === null ? this.sym.size : next.pc) + p.bytes;
  }

  private rangeList(list: Ranges): void {
    const { info, ranges } = this;
    reference(info, ranges, ranges.size);
    u8(ranges, Rle.BaseAddressX);
    textAddress(ranges, this.ctxt.funcCount, this.sym);
    for (let i = 0; i < list.length; i += 2) {
      u8(ranges, Rle.OffsetPair);
      uleb(ranges, list[i]!);
      uleb(ranges, list[i + 1]!);
    }
    u8(ranges, Rle.EndOfList);
  }
}

/** Makes the entry of a package's variable, which is of type go:info.TYPE. */
export function describeGlobal(ctxt: Ctxt, sym: LSym, type: LSym): void {
  const info = new LSym("", 0);
  info.kind = SymKind.SDWARFVAR;
  uleb(info, DwarfAbbrev.VARIABLE);
  text(info, sym.name);
  u8(info, 9);
  u8(info, DwOp.addr);
  info.writeAddr(info.size, 8, sym, 0);
  reference(info, type, 0);
  // Visible outside of its unit.
  u8(info, 1);
  sym.varInfo = info;
  ctxt.data.push(info);
}

/** The entry of a function that was inlined, and where in it the entries of its variables are. */
export interface AbstractFunction {
  readonly sym: LSym;
  readonly offsets: readonly number[];
}

/**
 * What bodies inlined from one function have in common. Several objects may define it: it depends on nothing but the
 * function's source. It is not called as gc calls it ($abstract), whose entries have the variables in another order.
 */
function abstractFunction(ctxt: Ctxt, b: InlinedBody): AbstractFunction {
  let a = ctxt.abstractFunctions.get(b.name);
  if (a !== undefined) return a;
  const sym = ctxt.lookup(`go:info.${b.name}$inlined`);
  sym.kind = SymKind.SDWARFABSFCN;
  sym.attr |= Attr.DuplicateOK | Attr.OnList;
  ctxt.data.push(sym);
  uleb(sym, DwarfAbbrev.FUNCTION_ABSTRACT);
  text(sym, b.name);
  u8(sym, inlined);
  uleb(sym, ctxt.lineOf(b.startPos));
  u8(sym, 1);
  const offsets: number[] = [];
  for (const v of b.vars) {
    offsets.push(sym.size);
    uleb(sym, DwarfAbbrev.PUTVAR_START + (v.isParam ? VarAbbrev.AbstractParam : VarAbbrev.AbstractVariable));
    text(sym, v.name);
    if (v.isParam) u8(sym, v.isResult ? 1 : 0);
    else uleb(sym, ctxt.lineOf(v.pos));
    reference(sym, v.type, 0);
  }
  u8(sym, 0);
  a = { sym, offsets };
  ctxt.abstractFunctions.set(b.name, a);
  return a;
}
