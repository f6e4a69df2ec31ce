// -m: what inlining and escape analysis have decided, in gc's words and at its positions (cmd/compile/internal/inline,
// cmd/compile/internal/escape). The decisions themselves are rt0's: its analysis sees more in some places, less in others.
import { NoPos, type Pos, type PosTable } from "#base";
import { AllocSite, ClosureSite, ConvSite, type Func, FuncFlag, Op, StringConvSite, type Value } from "#ssa";
import { type File, Kind, type Node, nodeString, walk } from "#syntax";

/** gc tells of one phase after the other. */
const enum Phase {
  CanInline,
  Inlining,
  Escape,
}

interface Decision {
  readonly phase: Phase;
  readonly pos: Pos;
  readonly text: string;
}

export class Decisions {
  private readonly list: Decision[] = [];
  private nodes: Map<Pos, Node[]> | null = null;

  /** prefix: the package's path as symbol names have it. */
  constructor(
    private readonly files: readonly File[],
    private readonly prefix: string,
  ) {}

  /** What became of a function and its closures; call it when escape analysis is done and operations are still Go's. */
  add(f: Func, isInlinable: (f: Func) => boolean): void {
    if ((f.flags & (FuncFlag.Wrapper | FuncFlag.ABIWrapper | FuncFlag.PkgInit)) !== 0 || f.startPos === NoPos) return;
    if (isInlinable(f)) this.report(f.startPos, `can inline ${this.nameOf(f.name)}`, Phase.CanInline);
    for (const c of f.inlinedCalls)
      if (c.parent < 0) this.report(c.pos, `inlining call to ${this.nameOf(c.fn.name)}`, Phase.Inlining);
    this.parameters(f);
    for (const b of f.blocks) for (const v of b.values) this.site(f, v);
    for (const c of f.closures) this.add(c, isInlinable);
  }

  /** The lines, each once, in the order of positions within each phase. */
  print(positions: PosTable): string {
    const lines = this.list
      .sort((a, b) => a.phase - b.phase || a.pos - b.pos || (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
      .map((d) => `${positions.format(d.pos)}: ${d.text}\n`);
    return lines.filter((l, i) => l !== lines[i - 1]).join("");
  }

  private report(pos: Pos, text: string, phase = Phase.Escape): void {
    this.list.push({ phase, pos, text });
  }

  /** A function's name as messages have it: without this package, with the last element of others' paths. */
  private nameOf(name: string): string {
    const own = `${this.prefix}.`;
    if (name.startsWith(own)) return name.slice(own.length);
    // Slashes in the types of an instance are none of the path.
    const path = /^[^[(]*\//.exec(name)?.[0] ?? "";
    return name.slice(path.length);
  }

  /** Where the values of parameters go. */
  private parameters(f: Func): void {
    const summary = f.ref.escape;
    if (summary === null) return;
    f.params.forEach((p, i) => {
      if (!p.type.hasPointers || p.name.startsWith(".") || p.name === "_") return;
      const toHeap = summary.heap[i] ?? -1;
      if (toHeap === 0) this.report(p.pos, `leaking param: ${p.name}`);
      else if (toHeap > 0) this.report(p.pos, `leaking param content: ${p.name}`);
      let leaks = toHeap >= 0;
      (summary.results[i] ?? []).forEach((level, r) => {
        if (level < 0 || toHeap === 0) return;
        leaks = true;
        this.report(p.pos, `leaking param: ${p.name} to result ${f.results[r]!.name} level=${level}`);
      });
      if (!leaks) this.report(p.pos, `${p.name} does not escape`);
    });
  }

  private site(f: Func, v: Value): void {
    const site = v.aux;
    let what: string;
    let pos = v.pos;
    if (site instanceof AllocSite) {
      if (site.kind === "variable") {
        // Where it is declared, also when that was in a function that has been inlined.
        if (site.escapes && site.name !== "") this.report(site.pos, `moved to heap: ${site.name}`);
        return;
      }
      what = this.allocation(v, site);
    } else if (site instanceof ClosureSite) {
      what =
        site.kind === "literal" ? "func literal" : site.kind === "method value" ? this.textAt(v.pos, isSelector) : "";
    } else if (site instanceof ConvSite) {
      // A pointer is the interface's data word itself.
      if (site.from.isDirectIface) return;
      pos = site.pos;
      what = this.textAt(pos, isExpression);
    } else if (site instanceof StringConvSite) {
      what = this.textAt(pos, isCall).replace(/^(\[\]\w+)\(/, "($1)(");
      pos = this.argumentPos(pos);
    } else {
      return;
    }
    if (v.inl >= 0) pos = f.outermostPos(v);
    if (what !== "") this.report(pos, `${what} ${site.escapes ? "escapes to heap" : "does not escape"}`);
  }

  /** What an allocation is in the source; "" if gc says nothing of its kind. */
  private allocation(v: Value, site: AllocSite): string {
    switch (site.kind) {
      case "new":
      case "map":
      case "slice":
        return this.textAt(site.pos, isAllocation);
      case "literal":
      case "backing":
        return this.textAt(site.pos, isLiteral);
      case "concat":
        return this.textAt(site.pos, isExpression);
      case "variadic":
        return v.op === Op.Alloc ? "... argument" : "";
      default:
        return "";
    }
  }

  /** The outermost expression of a kind at a position, as text. */
  private textAt(pos: Pos, wanted: (n: Node) => boolean): string {
    const n = this.nodesAt(pos).find(wanted);
    return n === undefined ? "" : n.kind === Kind.FuncLit ? "func literal" : nodeString(n).replaceAll("…", "...");
  }

  /** Where what a conversion converts is: gc's place for the conversion. */
  private argumentPos(pos: Pos): Pos {
    for (const n of this.nodesAt(pos)) if (n.kind === Kind.CallExpr && n.argList.length > 0) return n.argList[0]!.pos;
    return pos;
  }

  private nodesAt(pos: Pos): readonly Node[] {
    if (this.nodes === null) {
      const nodes = new Map<Pos, Node[]>();
      for (const file of this.files) {
        walk(file, (n) => {
          const at = nodes.get(n.pos);
          if (at === undefined) nodes.set(n.pos, [n]);
          else at.push(n);
          return true;
        });
      }
      this.nodes = nodes;
    }
    return this.nodes.get(pos) ?? [];
  }
}

const isSelector = (n: Node): boolean => n.kind === Kind.SelectorExpr;
const isCall = (n: Node): boolean => n.kind === Kind.CallExpr;
const isLiteral = (n: Node): boolean => n.kind === Kind.CompositeLit || n.kind === Kind.Operation;
const isAllocation = (n: Node): boolean => isCall(n) || isLiteral(n);
const isExpression = (n: Node): boolean =>
  isAllocation(n) || n.kind === Kind.Name || n.kind === Kind.BasicLit || isSelector(n) || n.kind === Kind.FuncLit;
