// Where branches go: labels, break, continue, goto and fallthrough in one function body.
// cmd/compile/internal/syntax/branches.go.
import type { Pos, SourceFile } from "#base";
import {
  type BlockStmt,
  type BranchStmt,
  type Expr,
  type ForStmt,
  Kind,
  type LabeledStmt,
  type SelectStmt,
  type Stmt,
  type SwitchStmt,
} from "./nodes.ts";
import { nodeString } from "./printer.ts";
import { Operator, Token } from "./tokens.ts";

/** Checks a function's body and sets the target of each branch. Function literals inside have been checked on their own. */
export function checkBranches(body: BlockStmt, source: SourceFile, error: (pos: Pos, message: string) => void): void {
  const c = new BranchChecker(source, error);
  for (const goto of c.block(null, noTargets, null, body.pos, body.list)) {
    const name = goto.label!.value;
    const l = c.labels.get(name);
    if (l !== undefined) {
      l.used = true;
      error(goto.label!.pos, `goto ${name} jumps into block starting at ${c.posString(l.parent.start)}`);
    } else error(goto.label!.pos, `label ${name} not defined`);
  }
  for (const l of c.labels.values()) {
    if (!l.used) error(l.stmt.label.pos, `label ${l.stmt.label.value} defined and not used`);
  }
}

interface Block {
  readonly parent: Block | null;
  readonly start: Pos;
  /** The label on the statement whose block this is. */
  readonly labeled: LabeledStmt | null;
}

interface Label {
  readonly parent: Block;
  readonly stmt: LabeledStmt;
  used: boolean;
}

/** The statements that break and continue leave, and the index of the case clause (-1: not directly in one). */
interface Targets {
  readonly breaks: ForStmt | SwitchStmt | SelectStmt | null;
  readonly continues: ForStmt | null;
  readonly caseIndex: number;
}

const noTargets: Targets = { breaks: null, continues: null, caseIndex: -1 };

class BranchChecker {
  readonly labels = new Map<string, Label>();

  constructor(
    private readonly source: SourceFile,
    private readonly error: (pos: Pos, message: string) => void,
  ) {}

  /** A position inside a message. */
  posString(pos: Pos): string {
    const r = this.source.resolve(this.source.offset(pos));
    const where = (name: string, line: number, col: number) =>
      col === 0 ? `${name}:${line}` : `${name}:${line}:${col}`;
    const shown = where(r.name, r.line, r.col);
    const real = where(this.source.name, r.line0, r.col0);
    return shown === real ? shown : `${shown}[${real}]`;
  }

  private declare(b: Block, s: LabeledStmt): Label {
    const name = s.label.value;
    const other = this.labels.get(name);
    if (other !== undefined) {
      this.error(s.label.pos, `label ${name} already defined at ${this.posString(other.stmt.label.pos)}`);
      return other;
    }
    const l = { parent: b, stmt: s, used: false };
    this.labels.set(name, l);
    return l;
  }

  /** The statement with that label declared in b or around it. */
  private gotoTarget(b: Block, name: string): LabeledStmt | null {
    const l = this.labels.get(name);
    if (l === undefined) return null;
    l.used = true;
    for (let e: Block | null = b; e !== null; e = e.parent) if (l.parent === e) return l.stmt;
    return null;
  }

  /** The enclosing statement with that label; "invalid" if the label is on no enclosing statement. */
  private enclosing(b: Block, name: string): LabeledStmt | "invalid" | null {
    const l = this.labels.get(name);
    if (l === undefined) return null;
    l.used = true;
    for (let e: Block | null = b; e !== null; e = e.parent) if (l.stmt === e.labeled) return l.stmt;
    return "invalid";
  }

  /** Checks the statements of a block; the gotos in it whose label has not come yet. */
  block(parent: Block | null, ctxt: Targets, labeled: LabeledStmt | null, start: Pos, body: Stmt[]): BranchStmt[] {
    const b: Block = { parent, start, labeled };
    let varPos: Pos = 0;
    let varName: Expr | null = null;
    let forward: BranchStmt[] = [];
    // Forward gotos that a variable declaration came after: they must not stay in this block.
    let overVar: BranchStmt[] = [];
    const variable = (pos: Pos, name: Expr) => {
      varPos = pos;
      varName = name;
      overVar = [...forward];
    };
    const inner = (t: Targets, s: LabeledStmt | null, at: Pos, list: Stmt[]) => {
      for (const g of this.block(b, t, s, at, list)) forward.push(g);
    };
    let count = body.length;
    while (count > 0 && body[count - 1]!.kind === Kind.EmptyStmt) count--;
    for (let i = 0; i < count; i++) {
      let s = body[i]!;
      let label: LabeledStmt | null = null;
      while (s.kind === Kind.LabeledStmt) {
        const name = s.label.value;
        if (name !== "_") {
          const l = this.declare(b, s);
          const left: BranchStmt[] = [];
          for (const g of forward) {
            if (g.label!.value !== name) {
              left.push(g);
              continue;
            }
            g.target = s;
            l.used = true;
            if (varPos !== 0 && overVar.includes(g)) {
              const what = `${nodeString(varName!)} at ${this.posString(varPos)}`;
              this.error(g.label!.pos, `goto ${name} jumps over declaration of ${what}`);
            }
          }
          forward = left;
          label = s;
        }
        s = s.stmt;
      }
      switch (s.kind) {
        case Kind.DeclStmt:
          for (const d of s.declList) {
            if (d.kind === Kind.VarDecl) {
              variable(d.pos, d.nameList[0]!);
              break;
            }
          }
          break;
        case Kind.BranchStmt:
          if (s.label === null) this.unlabeled(s, ctxt, i + 1 === count);
          else if (this.labeledBranch(b, s)) forward.push(s);
          break;
        case Kind.AssignStmt:
          if (s.op === Operator.Def) variable(s.pos, s.lhs);
          break;
        case Kind.BlockStmt:
          inner({ ...ctxt, caseIndex: -1 }, label, s.pos, s.list);
          break;
        case Kind.IfStmt: {
          const t = { ...ctxt, caseIndex: -1 };
          inner(t, label, s.thenBlock.pos, s.thenBlock.list);
          if (s.elseStmt !== null) inner(t, label, s.elseStmt.pos, [s.elseStmt]);
          break;
        }
        case Kind.ForStmt:
          inner({ breaks: s, continues: s, caseIndex: -1 }, label, s.body.pos, s.body.list);
          break;
        case Kind.SwitchStmt:
          for (let k = 0; k < s.body.length; k++) {
            const c = s.body[k]!;
            inner({ breaks: s, continues: ctxt.continues, caseIndex: k }, label, c.pos, c.body);
          }
          break;
        case Kind.SelectStmt:
          for (const c of s.body) inner({ breaks: s, continues: ctxt.continues, caseIndex: -1 }, label, c.pos, c.body);
          break;
      }
    }
    return forward;
  }

  private unlabeled(s: BranchStmt, ctxt: Targets, last: boolean): void {
    switch (s.tok) {
      case Token.Break:
        if (ctxt.breaks !== null) s.target = ctxt.breaks;
        else this.error(s.pos, "break is not in a loop, switch, or select");
        return;
      case Token.Continue:
        if (ctxt.continues !== null) s.target = ctxt.continues;
        else this.error(s.pos, "continue is not in a loop");
        return;
      case Token.Fallthrough: {
        let message = "fallthrough statement out of place";
        const t = ctxt.breaks;
        if (t !== null && t.kind === Kind.SwitchStmt) {
          if (t.tag !== null && t.tag.kind === Kind.TypeSwitchGuard) message = "cannot fallthrough in type switch";
          else if (ctxt.caseIndex >= 0 && last) {
            if (ctxt.caseIndex + 1 < t.body.length) return;
            message = "cannot fallthrough final case in switch";
          }
        }
        this.error(s.pos, message);
      }
    }
  }

  /** Whether the branch is a goto whose label may still come. */
  private labeledBranch(b: Block, s: BranchStmt): boolean {
    const label = s.label!;
    const name = label.value;
    if (s.tok === Token.Goto) {
      s.target = this.gotoTarget(b, name);
      return s.target === null;
    }
    const t = this.enclosing(b, name);
    const what = s.tok === Token.Break ? "break" : "continue";
    if (t === null) this.error(label.pos, `${what} label not defined: ${name}`);
    else {
      const stmt = t === "invalid" ? null : t.stmt;
      if (stmt !== null && stmt.kind === Kind.ForStmt) s.target = stmt;
      else if (
        stmt !== null &&
        s.tok === Token.Break &&
        (stmt.kind === Kind.SwitchStmt || stmt.kind === Kind.SelectStmt)
      )
        s.target = stmt;
      else this.error(label.pos, `invalid ${what} label ${name}`);
    }
    return false;
  }
}
