// Statements. Productions of cmd/compile/internal/syntax/parser.go.
import type { Pos } from "#base";
import { checkBranches } from "./branches.ts";
import { ExpressionParser } from "./expressions.ts";
import {
  newAssignStmt,
  newBadExpr,
  type BlockStmt,
  newBlockStmt,
  type BranchStmt,
  newBranchStmt,
  type CallStmt,
  newCallStmt,
  type CaseClause,
  newCaseClause,
  type CommClause,
  newCommClause,
  type Decl,
  newDeclStmt,
  newEmptyStmt,
  type Expr,
  newExprStmt,
  type ForStmt,
  newForStmt,
  type IfStmt,
  newIfStmt,
  Kind,
  type LabeledStmt,
  newLabeledStmt,
  type Name,
  type RangeClause,
  newRangeClause,
  newReturnStmt,
  type SelectStmt,
  newSelectStmt,
  newSendStmt,
  type SimpleStmt,
  type Stmt,
  type SwitchStmt,
  newSwitchStmt,
  unparen,
} from "./nodes.ts";
import { nodeString } from "./printer.ts";
import { Operator, Token, tokenString } from "./tokens.ts";

export abstract class StatementParser extends ExpressionParser {
  /** Labels, and branches whose target is not plain, so far: most bodies have none, and nothing to check. */
  private branchCount = 0;
  /** What break and continue without label leave and go on with here. */
  private breaks: ForStmt | SwitchStmt | SelectStmt | null = null;
  private continues: ForStmt | null = null;

  /** One declaration or a group of them, at the keyword, pushed to the list that is being made. */
  abstract declarations(): void;

  override funcBody(): BlockStmt {
    this.fnest++;
    const errors = this.errorCount;
    const branches = this.branchCount;
    const { breaks, continues } = this;
    this.breaks = null;
    this.continues = null;
    const body = this.blockStmt("");
    this.breaks = breaks;
    this.continues = continues;
    this.fnest--;
    // After a syntax error the tree may not tell where branches go.
    if (branches !== this.branchCount && errors === this.errorCount)
      checkBranches(body, this.source, (pos, message) => this.softError(pos, message));
    return body;
  }

  /** context names what comes before; "" where the current token is known to be `{`. */
  blockStmt(context: string): BlockStmt {
    const pos = this.pos;
    if (!this.got(Token.Lbrace)) {
      this.syntaxError(`expected { after ${context}`);
      this.advance(Token.Name, Token.Rbrace);
      const rbrace = this.pos;
      if (this.got(Token.Rbrace)) return newBlockStmt(pos, [], rbrace);
    }
    const list = this.stmtList();
    const rbrace = this.pos;
    this.want(Token.Rbrace);
    return newBlockStmt(pos, list, rbrace);
  }

  stmtList(): Stmt[] {
    const from = this.beginList();
    while (
      this.tok !== Token.EOF &&
      this.tok !== Token.Rbrace &&
      this.tok !== Token.Case &&
      this.tok !== Token.Default
    ) {
      const s = this.stmtOrNull();
      this.clearPragma();
      if (s === null) break;
      this.push(s);
      if (this.tok === Token.Semi) this.next();
      else if ((this.tok as Token) !== Token.Rbrace) {
        this.syntaxError("at end of statement");
        this.advance(Token.Semi, Token.Rbrace, Token.Case, Token.Default);
        this.got(Token.Semi);
      }
    }
    return this.takeList(from);
  }

  private stmtOrNull(): Stmt | null {
    if (this.tok === Token.Name) {
      this.clearPragma();
      const lhs = this.exprList();
      if (lhs.kind === Kind.Name && (this.tok as Token) === Token.Colon) return this.labeledStmtOrNull(lhs);
      return this.simpleStmt(lhs, Token.None);
    }
    const pos = this.pos;
    if (this.tok === Token.Var || this.tok === Token.Const || this.tok === Token.Type) {
      const from = this.beginList();
      this.declarations();
      return newDeclStmt(pos, this.takeList<Decl>(from));
    }
    this.clearPragma();
    switch (this.tok) {
      case Token.Lbrace:
        return this.blockStmt("");
      case Token.Operator:
      case Token.Star:
        switch (this.op) {
          case Operator.Add:
          case Operator.Sub:
          case Operator.Mul:
          case Operator.And:
          case Operator.Xor:
          case Operator.Not:
            return this.simpleStmt(null, Token.None);
        }
        return null;
      case Token.Literal:
      case Token.Func:
      case Token.Lparen:
      case Token.Lbrack:
      case Token.Struct:
      case Token.Map:
      case Token.Chan:
      case Token.Interface:
      case Token.Arrow:
        return this.simpleStmt(null, Token.None);
      case Token.For:
        return this.forStmt();
      case Token.Switch:
        return this.switchStmt();
      case Token.Select:
        return this.selectStmt();
      case Token.If:
        return this.ifStmt();
      case Token.Fallthrough:
        this.next();
        this.branchCount++;
        return newBranchStmt(pos, Token.Fallthrough, null);
      case Token.Break:
      case Token.Continue:
        return this.breakOrContinue(pos);
      case Token.Go:
      case Token.Defer:
        return this.callStmt();
      case Token.Goto:
        this.next();
        this.branchCount++;
        return newBranchStmt(pos, Token.Goto, this.name());
      case Token.Return:
        this.next();
        return newReturnStmt(
          pos,
          (this.tok as Token) !== Token.Semi && (this.tok as Token) !== Token.Rbrace ? this.exprList() : null,
        );
      case Token.Semi:
        return newEmptyStmt(pos);
    }
    return null;
  }

  private breakOrContinue(pos: Pos): BranchStmt {
    const tok = this.tok;
    this.next();
    const s = newBranchStmt(pos, tok, (this.tok as Token) === Token.Name ? this.name() : null);
    if (s.label === null) s.target = tok === Token.Break ? this.breaks : this.continues;
    if (s.target === null) this.branchCount++;
    return s;
  }

  /** keyword For allows a range clause, Switch a type switch guard with `x :=`. The left side may have been read. */
  private simpleStmt(lhs: Expr | null, keyword: Token): SimpleStmt {
    if (keyword === Token.For && this.tok === Token.Range) return this.rangeClause(null, false);
    if (lhs === null) lhs = this.exprList();
    const pos = this.pos;
    if (lhs.kind !== Kind.ListExpr && this.tok !== Token.Assign && this.tok !== Token.Define) {
      switch (this.tok) {
        case Token.AssignOp: {
          const op = this.op;
          this.next();
          return newAssignStmt(pos, op, lhs, this.expr());
        }
        case Token.IncOp: {
          const op = this.op;
          this.next();
          return newAssignStmt(pos, op, lhs, null);
        }
        case Token.Arrow:
          this.next();
          return newSendStmt(pos, lhs, this.expr());
      }
      return newExprStmt(lhs.pos, lhs);
    }
    if (this.tok !== Token.Assign && this.tok !== Token.Define) {
      this.syntaxError("expected := or = or comma");
      this.advance(Token.Semi, Token.Rbrace);
      if (lhs.kind === Kind.ListExpr) lhs = lhs.elemList[0]!;
      return newExprStmt(lhs.pos, lhs);
    }
    const op = this.tok === Token.Define ? Operator.Def : Operator.None;
    this.next();
    if (keyword === Token.For && (this.tok as Token) === Token.Range) return this.rangeClause(lhs, op === Operator.Def);
    const rhs = this.exprList();
    if (
      rhs.kind === Kind.TypeSwitchGuard &&
      keyword === Token.Switch &&
      op === Operator.Def &&
      lhs.kind === Kind.Name
    ) {
      rhs.lhs = lhs;
      return newExprStmt(rhs.pos, rhs);
    }
    return newAssignStmt(pos, op, lhs, rhs);
  }

  private rangeClause(lhs: Expr | null, def: boolean): RangeClause {
    const pos = this.pos;
    this.next();
    return newRangeClause(pos, lhs, def, this.expr());
  }

  private labeledStmtOrNull(label: Name): LabeledStmt | null {
    const pos = this.pos;
    this.want(Token.Colon);
    // Before `}` the statement is empty and needs no semicolon.
    this.branchCount++;
    if (this.tok === Token.Rbrace) return newLabeledStmt(pos, label, newEmptyStmt(this.pos));
    const s = this.stmtOrNull();
    if (s !== null) return newLabeledStmt(pos, label, s);
    this.syntaxErrorAt(pos, "missing statement after label");
    return null;
  }

  private callStmt(): CallStmt {
    const pos = this.pos;
    const tok = this.tok;
    this.next();
    let x = this.pexpr(null, this.tok === Token.Lparen);
    const t = unparen(x);
    if (t !== x) {
      this.error(x.pos, `expression in ${tokenString(tok)} must not be parenthesized`);
      x = t;
    }
    return newCallStmt(pos, tok, x);
  }

  // The three parts of a control statement's header, set by header().
  private init: SimpleStmt | null = null;
  private cond: Expr | null = null;
  private post: SimpleStmt | null = null;

  private header(keyword: Token): void {
    this.want(keyword);
    let init: SimpleStmt | null = null;
    let cond: Expr | null = null;
    let post: SimpleStmt | null = null;
    if (this.tok === Token.Lbrace) {
      if (keyword === Token.If) {
        this.syntaxError("missing condition in if statement");
        cond = this.badExpr();
      }
      this.init = null;
      this.cond = cond;
      this.post = null;
      return;
    }
    const outer = this.xnest;
    this.xnest = -1;
    let condStmt: SimpleStmt | null = null;
    let semiPos = 0;
    let semiLit = "";
    let done = false;
    if (this.tok !== Token.Semi) {
      if (this.got(Token.Var)) this.syntaxError(`var declaration not allowed in ${tokenString(keyword)} initializer`);
      init = this.simpleStmt(null, keyword);
      done = init.kind === Kind.RangeClause;
    }
    if (!done) {
      if ((this.tok as Token) !== Token.Lbrace) {
        if (this.tok === Token.Semi) {
          semiPos = this.pos;
          semiLit = this.lit;
          this.next();
        } else {
          // Asking for the brace makes the better message.
          this.want(Token.Lbrace);
          if ((this.tok as Token) !== Token.Lbrace) this.advance(Token.Lbrace, Token.Rbrace);
        }
        if (keyword === Token.For) {
          if ((this.tok as Token) !== Token.Semi && (this.tok as Token) === Token.Lbrace) {
            this.syntaxError("expected for loop condition");
          } else {
            if ((this.tok as Token) !== Token.Semi) condStmt = this.simpleStmt(null, Token.None);
            this.want(Token.Semi);
            if ((this.tok as Token) !== Token.Lbrace) {
              post = this.simpleStmt(null, Token.None);
              if (post.kind === Kind.AssignStmt && post.op === Operator.Def)
                this.syntaxErrorAt(post.pos, "cannot declare in post statement of for loop");
            }
          }
        } else if ((this.tok as Token) !== Token.Lbrace) condStmt = this.simpleStmt(null, keyword);
      } else {
        condStmt = init;
        init = null;
      }
      cond = this.condition(condStmt, keyword, semiPos, semiLit);
    }
    this.xnest = outer;
    this.init = init;
    this.cond = cond;
    this.post = post;
  }

  private condition(s: SimpleStmt | null, keyword: Token, semiPos: Pos, semiLit: string): Expr | null {
    if (s === null) {
      if (keyword !== Token.If || semiPos === 0) return null;
      if (semiLit !== "semicolon") this.syntaxErrorAt(semiPos, `unexpected ${semiLit}, expected { after if clause`);
      else this.syntaxErrorAt(semiPos, "missing condition in if statement");
      return newBadExpr(semiPos);
    }
    if (s.kind === Kind.ExprStmt) return s.x;
    // Commonly "=" where "==" was meant.
    const text =
      s.kind === Kind.AssignStmt && s.op === Operator.None
        ? `assignment ${emphasize(s.lhs)} = ${emphasize(s.rhs!)}`
        : nodeString(s);
    this.syntaxErrorAt(s.pos, `cannot use ${text} as value`);
    return null;
  }

  private forStmt(): ForStmt {
    const pos = this.pos;
    this.header(Token.For);
    const s = newForStmt(pos, this.init, this.cond, this.post, noBlock);
    const { breaks, continues } = this;
    this.breaks = s;
    this.continues = s;
    s.body = this.blockStmt("for clause");
    this.breaks = breaks;
    this.continues = continues;
    return s;
  }

  private ifStmt(): IfStmt {
    const pos = this.pos;
    this.header(Token.If);
    // A condition that did not parse has been reported.
    const s = newIfStmt(pos, this.init, this.cond ?? newBadExpr(pos), noBlock, null);
    s.thenBlock = this.blockStmt("if clause");
    if (this.got(Token.Else)) {
      if (this.tok === Token.If) s.elseStmt = this.ifStmt();
      else if (this.tok === Token.Lbrace) s.elseStmt = this.blockStmt("");
      else {
        this.syntaxError("else must be followed by if or statement block");
        this.advance(Token.Name, Token.Rbrace);
      }
    }
    return s;
  }

  private switchStmt(): SwitchStmt {
    const pos = this.pos;
    this.header(Token.Switch);
    const s = newSwitchStmt(pos, this.init, this.cond, noCases, 0);
    const breaks = this.breaks;
    this.breaks = s;
    const from = this.beginList();
    if (!this.got(Token.Lbrace)) {
      this.syntaxError("missing { after switch clause");
      this.advance(Token.Case, Token.Default, Token.Rbrace);
    }
    while (this.tok !== Token.EOF && this.tok !== Token.Rbrace) this.push(this.caseClause());
    this.breaks = breaks;
    s.body = this.takeList(from);
    if (s.tag === null || s.tag.kind !== Kind.TypeSwitchGuard) this.fallthroughs(s.body);
    s.rbrace = this.pos;
    this.want(Token.Rbrace);
    return s;
  }

  /** Those that end a clause but the last one are where they may be. */
  private fallthroughs(clauses: CaseClause[]): void {
    for (let i = 0; i + 1 < clauses.length; i++) {
      const list = clauses[i]!.body;
      if (list.length === 0) continue;
      const last = list[list.length - 1]!;
      if (last.kind === Kind.BranchStmt && last.tok === Token.Fallthrough) this.branchCount--;
    }
  }

  private selectStmt(): SelectStmt {
    const s = newSelectStmt(this.pos, noComms, 0);
    const breaks = this.breaks;
    this.breaks = s;
    const from = this.beginList();
    this.want(Token.Select);
    if (!this.got(Token.Lbrace)) {
      this.syntaxError("missing { after select clause");
      this.advance(Token.Case, Token.Default, Token.Rbrace);
    }
    while (this.tok !== Token.EOF && this.tok !== Token.Rbrace) this.push(this.commClause());
    this.breaks = breaks;
    s.body = this.takeList(from);
    s.rbrace = this.pos;
    this.want(Token.Rbrace);
    return s;
  }

  private caseClause(): CaseClause {
    const pos = this.pos;
    let cases: Expr | null = null;
    if (this.tok === Token.Case) {
      this.next();
      cases = this.exprList();
    } else this.clauseDefault();
    const colon = this.pos;
    this.want(Token.Colon);
    return newCaseClause(pos, cases, this.stmtList(), colon);
  }

  private commClause(): CommClause {
    const pos = this.pos;
    let comm: SimpleStmt | null = null;
    if (this.tok === Token.Case) {
      this.next();
      comm = this.simpleStmt(null, Token.None);
    } else this.clauseDefault();
    const colon = this.pos;
    this.want(Token.Colon);
    return newCommClause(pos, comm, this.stmtList(), colon);
  }

  private clauseDefault(): void {
    if (this.got(Token.Default)) return;
    this.syntaxError("expected case or default or }");
    this.advance(Token.Colon, Token.Case, Token.Default, Token.Rbrace);
  }
}

/** Hold the place of a body until it is parsed. */
const noBlock = newBlockStmt(0, [], 0);
const noCases: CaseClause[] = [];
const noComms: CommClause[] = [];

/** x as text, a binary expression in parentheses. */
function emphasize(x: Expr): string {
  const s = nodeString(x);
  return x.kind === Kind.Operation && x.y !== null ? `(${s})` : s;
}
