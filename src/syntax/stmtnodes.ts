// Statements and their parts: see nodes.ts.
import type { Pos } from "#base";
import type { Operator, Token } from "./tokens.ts";
import { Kind, type Name, type Expr, type SimpleStmt, type Stmt, type Decl } from "./nodes.ts";

export interface EmptyStmt {
  readonly kind: Kind.EmptyStmt;
  pos: Pos;
}

export function newEmptyStmt(pos: Pos): EmptyStmt {
  return { kind: Kind.EmptyStmt, pos };
}

/** `Label: Stmt`; pos is the colon. */
export interface LabeledStmt {
  readonly kind: Kind.LabeledStmt;
  pos: Pos;
  label: Name;
  stmt: Stmt;
  /** For the compiler. */
  info: unknown;
}

export function newLabeledStmt(pos: Pos, label: Name, stmt: Stmt): LabeledStmt {
  return { kind: Kind.LabeledStmt, pos, label, stmt, info: null };
}

/** `{ List }`; pos is the opening brace. */
export interface BlockStmt {
  readonly kind: Kind.BlockStmt;
  pos: Pos;
  list: Stmt[];
  rbrace: Pos;
  scope: unknown;
}

export function newBlockStmt(pos: Pos, list: Stmt[], rbrace: Pos): BlockStmt {
  return { kind: Kind.BlockStmt, pos, list, rbrace, scope: null };
}

/** pos is that of the expression. */
export interface ExprStmt {
  readonly kind: Kind.ExprStmt;
  pos: Pos;
  x: Expr;
}

export function newExprStmt(pos: Pos, x: Expr): ExprStmt {
  return { kind: Kind.ExprStmt, pos, x };
}

/** `Chan <- Value`; pos is the arrow. */
export interface SendStmt {
  readonly kind: Kind.SendStmt;
  pos: Pos;
  chan: Expr;
  value: Expr;
}

export function newSendStmt(pos: Pos, chan: Expr, value: Expr): SendStmt {
  return { kind: Kind.SendStmt, pos, chan, value };
}

/** A const, type or var declaration in a body; pos is the keyword. */
export interface DeclStmt {
  readonly kind: Kind.DeclStmt;
  pos: Pos;
  declList: Decl[];
}

export function newDeclStmt(pos: Pos, declList: Decl[]): DeclStmt {
  return { kind: Kind.DeclStmt, pos, declList };
}

/** `Lhs op= Rhs`; pos is the operator. op None: `=`, Def: `:=`; rhs null: `++` (Add) or `--` (Sub). */
export interface AssignStmt {
  readonly kind: Kind.AssignStmt;
  pos: Pos;
  op: Operator;
  lhs: Expr;
  rhs: Expr | null;
}

export function newAssignStmt(pos: Pos, op: Operator, lhs: Expr, rhs: Expr | null): AssignStmt {
  return { kind: Kind.AssignStmt, pos, op, lhs, rhs };
}

/** break, continue, fallthrough or goto. */
export interface BranchStmt {
  readonly kind: Kind.BranchStmt;
  pos: Pos;
  /** Break, Continue, Fallthrough or Goto. */
  tok: Token;
  label: Name | null;
  /** Set by the branch check: the labelled statement of a goto; the statement left or continued by break and continue. */
  target: LabeledStmt | SwitchStmt | SelectStmt | ForStmt | null;
}

export function newBranchStmt(pos: Pos, tok: Token, label: Name | null): BranchStmt {
  return { kind: Kind.BranchStmt, pos, tok, label, target: null };
}

/** `go Call` or `defer Call`. */
export interface CallStmt {
  readonly kind: Kind.CallStmt;
  pos: Pos;
  /** Go or Defer. */
  tok: Token;
  call: Expr;
  /** For the compiler. */
  info: unknown;
}

export function newCallStmt(pos: Pos, tok: Token, call: Expr): CallStmt {
  return { kind: Kind.CallStmt, pos, tok, call, info: null };
}

export interface ReturnStmt {
  readonly kind: Kind.ReturnStmt;
  pos: Pos;
  results: Expr | null;
}

export function newReturnStmt(pos: Pos, results: Expr | null): ReturnStmt {
  return { kind: Kind.ReturnStmt, pos, results };
}

export interface IfStmt {
  readonly kind: Kind.IfStmt;
  pos: Pos;
  init: SimpleStmt | null;
  cond: Expr;
  thenBlock: BlockStmt;
  elseStmt: IfStmt | BlockStmt | null;
  scope: unknown;
}

export function newIfStmt(
  pos: Pos,
  init: SimpleStmt | null,
  cond: Expr,
  thenBlock: BlockStmt,
  elseStmt: IfStmt | BlockStmt | null,
): IfStmt {
  return { kind: Kind.IfStmt, pos, init, cond, thenBlock, elseStmt, scope: null };
}

/** `init` may be a RangeClause. */
export interface ForStmt {
  readonly kind: Kind.ForStmt;
  pos: Pos;
  init: SimpleStmt | null;
  cond: Expr | null;
  post: SimpleStmt | null;
  body: BlockStmt;
  scope: unknown;
  /** For the compiler. */
  info: unknown;
}

export function newForStmt(
  pos: Pos,
  init: SimpleStmt | null,
  cond: Expr | null,
  post: SimpleStmt | null,
  body: BlockStmt,
): ForStmt {
  return { kind: Kind.ForStmt, pos, init, cond, post, body, scope: null, info: null };
}

/** `tag` may be a TypeSwitchGuard. */
export interface SwitchStmt {
  readonly kind: Kind.SwitchStmt;
  pos: Pos;
  init: SimpleStmt | null;
  tag: Expr | null;
  body: CaseClause[];
  rbrace: Pos;
  scope: unknown;
}

export function newSwitchStmt(
  pos: Pos,
  init: SimpleStmt | null,
  tag: Expr | null,
  body: CaseClause[],
  rbrace: Pos,
): SwitchStmt {
  return { kind: Kind.SwitchStmt, pos, init, tag, body, rbrace, scope: null };
}

export interface SelectStmt {
  readonly kind: Kind.SelectStmt;
  pos: Pos;
  body: CommClause[];
  rbrace: Pos;
  scope: unknown;
}

export function newSelectStmt(pos: Pos, body: CommClause[], rbrace: Pos): SelectStmt {
  return { kind: Kind.SelectStmt, pos, body, rbrace, scope: null };
}

/** `Lhs := range X`; pos is `range`. */
export interface RangeClause {
  readonly kind: Kind.RangeClause;
  pos: Pos;
  lhs: Expr | null;
  /** `:=` rather than `=`. */
  def: boolean;
  x: Expr;
}

export function newRangeClause(pos: Pos, lhs: Expr | null, def: boolean, x: Expr): RangeClause {
  return { kind: Kind.RangeClause, pos, lhs, def, x };
}

export interface CaseClause {
  readonly kind: Kind.CaseClause;
  pos: Pos;
  /** null: default */
  cases: Expr | null;
  body: Stmt[];
  colon: Pos;
  scope: unknown;
  /** The variable that a type switch with `x :=` declares in this clause. */
  implicit: unknown;
}

export function newCaseClause(pos: Pos, cases: Expr | null, body: Stmt[], colon: Pos): CaseClause {
  return { kind: Kind.CaseClause, pos, cases, body, colon, scope: null, implicit: null };
}

export interface CommClause {
  readonly kind: Kind.CommClause;
  pos: Pos;
  /** null: default */
  comm: SimpleStmt | null;
  body: Stmt[];
  colon: Pos;
  scope: unknown;
}

export function newCommClause(pos: Pos, comm: SimpleStmt | null, body: Stmt[], colon: Pos): CommClause {
  return { kind: Kind.CommClause, pos, comm, body, colon, scope: null };
}
