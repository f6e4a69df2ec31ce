import type { Pos } from "#base";
import { type BlockStmt, endPos, type IfStmt, Kind as Node, type Stmt } from "#syntax";
import type { DebugScopes } from "../core/index.ts";

/**
 * The lexical scopes of a body that have variables of their own, by source position: one for each block and each if, for,
 * switch and clause (the places where cmd/compile/internal/noder opens one). declared: where variables are declared, in order.
 */
export function lexicalScopes(body: BlockStmt, declared: readonly Pos[]): DebugScopes {
  const s = new Scopes(declared);
  s.list(body.list);
  return { parents: s.parents, marks: s.marks, scopes: s.scopes };
}

class Scopes {
  readonly parents: number[] = [];
  readonly marks: Pos[] = [];
  readonly scopes: number[] = [];
  private now = 0;

  constructor(private readonly declared: readonly Pos[]) {}

  list(list: readonly Stmt[]): void {
    for (const s of list) this.stmt(s);
  }

  private mark(pos: Pos): void {
    const last = this.marks.length - 1;
    if (last >= 0 && this.marks[last] === pos) this.scopes[last] = this.now;
    else {
      this.marks.push(pos);
      this.scopes.push(this.now);
    }
  }

  private scope(from: Pos, to: Pos, inside: () => void): void {
    // Nothing declared from here to there: no scope, nor any within it.
    const d = this.declared;
    let lo = 0;
    for (let hi = d.length; lo < hi; ) {
      const mid = (lo + hi) >> 1;
      if (d[mid]! < from) lo = mid + 1;
      else hi = mid;
    }
    if (lo === d.length || d[lo]! >= to) return;
    const outer = this.now;
    this.parents.push(outer);
    this.now = this.parents.length;
    this.mark(from);
    inside();
    this.now = outer;
    this.mark(to);
  }

  private stmt(s: Stmt): void {
    switch (s.kind) {
      case Node.LabeledStmt:
        this.stmt(s.stmt);
        return;
      case Node.BlockStmt:
        this.block(s);
        return;
      case Node.IfStmt:
        this.scope(s.pos, endOfIf(s), () => {
          this.block(s.thenBlock);
          if (s.elseStmt !== null) this.stmt(s.elseStmt);
        });
        return;
      case Node.ForStmt:
        this.scope(s.pos, s.body.rbrace, () => this.block(s.body));
        return;
      case Node.SwitchStmt:
      case Node.SelectStmt: {
        const clauses: readonly { readonly pos: Pos; readonly body: readonly Stmt[] }[] = s.body;
        this.scope(s.pos, s.rbrace, () => {
          for (let i = 0; i < clauses.length; i++) {
            const c = clauses[i]!;
            const end = i + 1 < clauses.length ? clauses[i + 1]!.pos : s.rbrace;
            this.scope(c.pos, end, () => this.list(c.body));
          }
        });
      }
    }
  }

  private block(b: BlockStmt): void {
    this.scope(b.pos, b.rbrace, () => this.list(b.list));
  }
}

function endOfIf(s: IfStmt): Pos {
  let e: IfStmt = s;
  for (;;) {
    if (e.elseStmt === null) return e.thenBlock.rbrace;
    if (e.elseStmt.kind !== Node.IfStmt)
      return e.elseStmt.kind === Node.BlockStmt ? e.elseStmt.rbrace : endPos(e.elseStmt);
    e = e.elseStmt;
  }
}
