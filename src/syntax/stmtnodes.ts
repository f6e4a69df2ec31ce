// Statements and their parts: see nodes.ts.
import type { Pos } from "#base";
import type { Operator, Token } from "./tokens.ts";
import { Kind, type Name, type Expr, type SimpleStmt, type Stmt, type Decl } from "./nodes.ts";

export class EmptyStmt {
  declare readonly kind: Kind.EmptyStmt;
  declare pos: Pos;

  constructor(pos: Pos) {
    this.kind = Kind.EmptyStmt;
    this.pos = pos;
  }
}

/** `Label: Stmt`; pos is the colon. */
export class LabeledStmt {
  declare readonly kind: Kind.LabeledStmt;
  declare pos: Pos;
  declare label: Name;
  declare stmt: Stmt;
  /** For the compiler. */
  declare info: unknown;

  constructor(pos: Pos, label: Name, stmt: Stmt) {
    this.kind = Kind.LabeledStmt;
    this.pos = pos;
    this.label = label;
    this.stmt = stmt;
    this.info = null;
  }
}

/** `{ List }`; pos is the opening brace. */
export class BlockStmt {
  declare readonly kind: Kind.BlockStmt;
  declare pos: Pos;
  declare list: Stmt[];
  declare rbrace: Pos;
  declare scope: unknown;

  constructor(pos: Pos, list: Stmt[], rbrace: Pos) {
    this.kind = Kind.BlockStmt;
    this.pos = pos;
    this.list = list;
    this.rbrace = rbrace;
    this.scope = null;
  }
}

/** pos is that of the expression. */
export class ExprStmt {
  declare readonly kind: Kind.ExprStmt;
  declare pos: Pos;
  declare x: Expr;

  constructor(pos: Pos, x: Expr) {
    this.kind = Kind.ExprStmt;
    this.pos = pos;
    this.x = x;
  }
}

/** `Chan <- Value`; pos is the arrow. */
export class SendStmt {
  declare readonly kind: Kind.SendStmt;
  declare pos: Pos;
  declare chan: Expr;
  declare value: Expr;

  constructor(pos: Pos, chan: Expr, value: Expr) {
    this.kind = Kind.SendStmt;
    this.pos = pos;
    this.chan = chan;
    this.value = value;
  }
}

/** A const, type or var declaration in a body; pos is the keyword. */
export class DeclStmt {
  declare readonly kind: Kind.DeclStmt;
  declare pos: Pos;
  declare declList: Decl[];

  constructor(pos: Pos, declList: Decl[]) {
    this.kind = Kind.DeclStmt;
    this.pos = pos;
    this.declList = declList;
  }
}

/** `Lhs op= Rhs`; pos is the operator. op None: `=`, Def: `:=`; rhs null: `++` (Add) or `--` (Sub). */
export class AssignStmt {
  declare readonly kind: Kind.AssignStmt;
  declare pos: Pos;
  declare op: Operator;
  declare lhs: Expr;
  declare rhs: Expr | null;

  constructor(pos: Pos, op: Operator, lhs: Expr, rhs: Expr | null) {
    this.kind = Kind.AssignStmt;
    this.pos = pos;
    this.op = op;
    this.lhs = lhs;
    this.rhs = rhs;
  }
}

/** break, continue, fallthrough or goto. */
export class BranchStmt {
  declare readonly kind: Kind.BranchStmt;
  declare pos: Pos;
  /** Break, Continue, Fallthrough or Goto. */
  declare tok: Token;
  declare label: Name | null;
  /** Set by the branch check: the labelled statement of a goto; the statement left or continued by break and continue. */
  declare target: LabeledStmt | SwitchStmt | SelectStmt | ForStmt | null;

  constructor(pos: Pos, tok: Token, label: Name | null) {
    this.kind = Kind.BranchStmt;
    this.pos = pos;
    this.tok = tok;
    this.label = label;
    this.target = null;
  }
}

/** `go Call` or `defer Call`. */
export class CallStmt {
  declare readonly kind: Kind.CallStmt;
  declare pos: Pos;
  /** Go or Defer. */
  declare tok: Token;
  declare call: Expr;
  /** For the compiler. */
  declare info: unknown;

  constructor(pos: Pos, tok: Token, call: Expr) {
    this.kind = Kind.CallStmt;
    this.pos = pos;
    this.tok = tok;
    this.call = call;
    this.info = null;
  }
}

export class ReturnStmt {
  declare readonly kind: Kind.ReturnStmt;
  declare pos: Pos;
  declare results: Expr | null;

  constructor(pos: Pos, results: Expr | null) {
    this.kind = Kind.ReturnStmt;
    this.pos = pos;
    this.results = results;
  }
}

export class IfStmt {
  declare readonly kind: Kind.IfStmt;
  declare pos: Pos;
  declare init: SimpleStmt | null;
  declare cond: Expr;
  declare thenBlock: BlockStmt;
  declare elseStmt: IfStmt | BlockStmt | null;
  declare scope: unknown;

  constructor(
    pos: Pos,
    init: SimpleStmt | null,
    cond: Expr,
    thenBlock: BlockStmt,
    elseStmt: IfStmt | BlockStmt | null,
  ) {
    this.kind = Kind.IfStmt;
    this.pos = pos;
    this.init = init;
    this.cond = cond;
    this.thenBlock = thenBlock;
    this.elseStmt = elseStmt;
    this.scope = null;
  }
}

/** `init` may be a RangeClause. */
export class ForStmt {
  declare readonly kind: Kind.ForStmt;
  declare pos: Pos;
  declare init: SimpleStmt | null;
  declare cond: Expr | null;
  declare post: SimpleStmt | null;
  declare body: BlockStmt;
  declare scope: unknown;
  /** For the compiler. */
  declare info: unknown;

  constructor(pos: Pos, init: SimpleStmt | null, cond: Expr | null, post: SimpleStmt | null, body: BlockStmt) {
    this.kind = Kind.ForStmt;
    this.pos = pos;
    this.init = init;
    this.cond = cond;
    this.post = post;
    this.body = body;
    this.scope = null;
    this.info = null;
  }
}

/** `tag` may be a TypeSwitchGuard. */
export class SwitchStmt {
  declare readonly kind: Kind.SwitchStmt;
  declare pos: Pos;
  declare init: SimpleStmt | null;
  declare tag: Expr | null;
  declare body: CaseClause[];
  declare rbrace: Pos;
  declare scope: unknown;

  constructor(pos: Pos, init: SimpleStmt | null, tag: Expr | null, body: CaseClause[], rbrace: Pos) {
    this.kind = Kind.SwitchStmt;
    this.pos = pos;
    this.init = init;
    this.tag = tag;
    this.body = body;
    this.rbrace = rbrace;
    this.scope = null;
  }
}

export class SelectStmt {
  declare readonly kind: Kind.SelectStmt;
  declare pos: Pos;
  declare body: CommClause[];
  declare rbrace: Pos;
  declare scope: unknown;

  constructor(pos: Pos, body: CommClause[], rbrace: Pos) {
    this.kind = Kind.SelectStmt;
    this.pos = pos;
    this.body = body;
    this.rbrace = rbrace;
    this.scope = null;
  }
}

/** `Lhs := range X`; pos is `range`. */
export class RangeClause {
  declare readonly kind: Kind.RangeClause;
  declare pos: Pos;
  declare lhs: Expr | null;
  /** `:=` rather than `=`. */
  declare def: boolean;
  declare x: Expr;

  constructor(pos: Pos, lhs: Expr | null, def: boolean, x: Expr) {
    this.kind = Kind.RangeClause;
    this.pos = pos;
    this.lhs = lhs;
    this.def = def;
    this.x = x;
  }
}

export class CaseClause {
  declare readonly kind: Kind.CaseClause;
  declare pos: Pos;
  /** null: default */
  declare cases: Expr | null;
  declare body: Stmt[];
  declare colon: Pos;
  declare scope: unknown;
  /** The variable that a type switch with `x :=` declares in this clause. */
  declare implicit: unknown;

  constructor(pos: Pos, cases: Expr | null, body: Stmt[], colon: Pos) {
    this.kind = Kind.CaseClause;
    this.pos = pos;
    this.cases = cases;
    this.body = body;
    this.colon = colon;
    this.scope = null;
    this.implicit = null;
  }
}

export class CommClause {
  declare readonly kind: Kind.CommClause;
  declare pos: Pos;
  /** null: default */
  declare comm: SimpleStmt | null;
  declare body: Stmt[];
  declare colon: Pos;
  declare scope: unknown;

  constructor(pos: Pos, comm: SimpleStmt | null, body: Stmt[], colon: Pos) {
    this.kind = Kind.CommClause;
    this.pos = pos;
    this.comm = comm;
    this.body = body;
    this.colon = colon;
    this.scope = null;
  }
}
