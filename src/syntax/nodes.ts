// The nouns of the tree: one type per kind of node and one function that makes it, after cmd/compile/internal/syntax/nodes.go. Positions follow that
// package, so that messages get gc's columns: a node's pos is the token that is its own (the operator, the bracket, the dot),
// else its first. Slots initialised to null belong to later stages.
//
// Nodes are object literals, not instances of classes: V8 allocates what a literal makes in the old space once it has seen that
// nearly all of it survives, and so does not copy the tree twice. For classes it never does.
import type { Pos } from "#base";
import type { ChanDir, LitKind, Operator } from "./tokens.ts";
import type { Field, ImportDecl, ConstDecl, TypeDecl, VarDecl, FuncDecl, File } from "./declnodes.ts";
import type {
  EmptyStmt,
  LabeledStmt,
  BlockStmt,
  ExprStmt,
  SendStmt,
  DeclStmt,
  AssignStmt,
  BranchStmt,
  CallStmt,
  ReturnStmt,
  IfStmt,
  ForStmt,
  SwitchStmt,
  SelectStmt,
  RangeClause,
  CaseClause,
  CommClause,
} from "./stmtnodes.ts";

export {
  type Field,
  newField,
  type ImportDecl,
  newImportDecl,
  type ConstDecl,
  newConstDecl,
  type TypeDecl,
  newTypeDecl,
  type VarDecl,
  newVarDecl,
  type FuncDecl,
  newFuncDecl,
  type BuildLine,
  type Linkname,
  File,
} from "./declnodes.ts";
export {
  type EmptyStmt,
  newEmptyStmt,
  type LabeledStmt,
  newLabeledStmt,
  type BlockStmt,
  newBlockStmt,
  type ExprStmt,
  newExprStmt,
  type SendStmt,
  newSendStmt,
  type DeclStmt,
  newDeclStmt,
  type AssignStmt,
  newAssignStmt,
  type BranchStmt,
  newBranchStmt,
  type CallStmt,
  newCallStmt,
  type ReturnStmt,
  newReturnStmt,
  type IfStmt,
  newIfStmt,
  type ForStmt,
  newForStmt,
  type SwitchStmt,
  newSwitchStmt,
  type SelectStmt,
  newSelectStmt,
  type RangeClause,
  newRangeClause,
  type CaseClause,
  newCaseClause,
  type CommClause,
  newCommClause,
} from "./stmtnodes.ts";

/** Discriminates nodes. Expressions, statements and declarations are contiguous ranges. */
export const enum Kind {
  None = 0,
  BadExpr,
  Name,
  BasicLit,
  CompositeLit,
  KeyValueExpr,
  FuncLit,
  ParenExpr,
  SelectorExpr,
  IndexExpr,
  SliceExpr,
  AssertExpr,
  TypeSwitchGuard,
  Operation,
  CallExpr,
  ListExpr,
  ArrayType,
  SliceType,
  DotsType,
  StructType,
  InterfaceType,
  FuncType,
  MapType,
  ChanType,
  EmptyStmt,
  LabeledStmt,
  BlockStmt,
  ExprStmt,
  SendStmt,
  DeclStmt,
  AssignStmt,
  BranchStmt,
  CallStmt,
  ReturnStmt,
  IfStmt,
  ForStmt,
  SwitchStmt,
  SelectStmt,
  RangeClause,
  CaseClause,
  CommClause,
  Field,
  ImportDecl,
  ConstDecl,
  TypeDecl,
  VarDecl,
  FuncDecl,
  File,
}

const kindNames: readonly string[] =
  "None BadExpr Name BasicLit CompositeLit KeyValueExpr FuncLit ParenExpr SelectorExpr IndexExpr SliceExpr AssertExpr TypeSwitchGuard Operation CallExpr ListExpr ArrayType SliceType DotsType StructType InterfaceType FuncType MapType ChanType EmptyStmt LabeledStmt BlockStmt ExprStmt SendStmt DeclStmt AssignStmt BranchStmt CallStmt ReturnStmt IfStmt ForStmt SwitchStmt SelectStmt RangeClause CaseClause CommClause Field ImportDecl ConstDecl TypeDecl VarDecl FuncDecl File".split(
    " ",
  );

/** The name of a kind of node, which is that of its type. */
export function kindName(kind: Kind): string {
  return kindNames[kind]!;
}

/** What the checker records about an expression: its mode, type and constant value, all opaque here. */
export interface TypeAndValue {
  mode: number;
  type: unknown;
  value: unknown;
}

/** Declarations in one pair of parentheses share a Group. */
export class Group {
  declare readonly lparen: Pos;

  constructor(lparen: Pos) {
    this.lparen = lparen;
  }
}

/** An expression that failed to parse; its error has been reported. */
export interface BadExpr {
  readonly kind: Kind.BadExpr;
  pos: Pos;
  tv: TypeAndValue | null;
}

export function newBadExpr(pos: Pos): BadExpr {
  return { kind: Kind.BadExpr, pos, tv: null };
}

/** An identifier. `_` is an ordinary value here. */
export interface Name {
  readonly kind: Kind.Name;
  pos: Pos;
  /** Interned: equal identifiers are the identical string. */
  value: string;
  tv: TypeAndValue | null;
  /** The object defined or used; filled by the checker. */
  obj: unknown;
  /** Type arguments and instantiated type, when the name denotes an instantiated generic function or type. */
  inst: unknown;
}

export function newName(pos: Pos, value: string): Name {
  return { kind: Kind.Name, pos, value, tv: null, obj: null, inst: null };
}

/** A literal; `value` is its source text. */
export interface BasicLit {
  readonly kind: Kind.BasicLit;
  pos: Pos;
  value: string;
  litKind: LitKind;
  /** The literal is malformed; the error has been reported. */
  bad: boolean;
  tv: TypeAndValue | null;
}

export function newBasicLit(pos: Pos, value: string, litKind: LitKind, bad: boolean): BasicLit {
  return { kind: Kind.BasicLit, pos, value, litKind, bad, tv: null };
}

/** `Type{ElemList}`; pos is the opening brace. */
export interface CompositeLit {
  readonly kind: Kind.CompositeLit;
  pos: Pos;
  elemList: Expr[];
  /** Number of elements that are KeyValueExpr. */
  nkeys: number;
  rbrace: Pos;
  tv: TypeAndValue | null;
  /** null: elided, inside another composite literal. */
  type: Expr | null;
}

export function newCompositeLit(pos: Pos, elemList: Expr[], nkeys: number, rbrace: Pos): CompositeLit {
  return { kind: Kind.CompositeLit, pos, elemList, nkeys, rbrace, tv: null, type: null };
}

/** `Key: Value`; pos is the colon. */
export interface KeyValueExpr {
  readonly kind: Kind.KeyValueExpr;
  pos: Pos;
  key: Expr;
  value: Expr;
  tv: TypeAndValue | null;
}

export function newKeyValueExpr(pos: Pos, key: Expr, value: Expr): KeyValueExpr {
  return { kind: Kind.KeyValueExpr, pos, key, value, tv: null };
}

/** `func Type { Body }`; pos is `func`. */
export interface FuncLit {
  readonly kind: Kind.FuncLit;
  pos: Pos;
  type: FuncType;
  body: BlockStmt;
  tv: TypeAndValue | null;
  /** For the compiler. */
  info: unknown;
}

export function newFuncLit(pos: Pos, type: FuncType, body: BlockStmt): FuncLit {
  return { kind: Kind.FuncLit, pos, type, body, tv: null, info: null };
}

/** `(X)`. The parser drops parentheses where no later error depends on them. */
export interface ParenExpr {
  readonly kind: Kind.ParenExpr;
  pos: Pos;
  x: Expr;
  tv: TypeAndValue | null;
}

export function newParenExpr(pos: Pos, x: Expr): ParenExpr {
  return { kind: Kind.ParenExpr, pos, x, tv: null };
}

/** `X.Sel`; pos is the dot. */
export interface SelectorExpr {
  readonly kind: Kind.SelectorExpr;
  pos: Pos;
  x: Expr;
  sel: Name;
  tv: TypeAndValue | null;
  /** Field or method selected; null for a qualified identifier. */
  selection: unknown;
  /** As in Name, for qualified generic functions and types. */
  inst: unknown;
}

export function newSelectorExpr(pos: Pos, x: Expr, sel: Name): SelectorExpr {
  return { kind: Kind.SelectorExpr, pos, x, sel, tv: null, selection: null, inst: null };
}

/** `X[Index]` or `X[T1, T2]` (index is a ListExpr); pos is the bracket. */
export interface IndexExpr {
  readonly kind: Kind.IndexExpr;
  pos: Pos;
  x: Expr;
  index: Expr;
  tv: TypeAndValue | null;
  /** Instantiation, when X is generic. */
  inst: unknown;
}

export function newIndexExpr(pos: Pos, x: Expr, index: Expr): IndexExpr {
  return { kind: Kind.IndexExpr, pos, x, index, tv: null, inst: null };
}

/** `X[lo : hi : max]`; pos is the bracket. */
export interface SliceExpr {
  readonly kind: Kind.SliceExpr;
  pos: Pos;
  x: Expr;
  lo: Expr | null;
  hi: Expr | null;
  max: Expr | null;
  /** There are two colons. */
  full: boolean;
  tv: TypeAndValue | null;
}

export function newSliceExpr(
  pos: Pos,
  x: Expr,
  lo: Expr | null,
  hi: Expr | null,
  max: Expr | null,
  full: boolean,
): SliceExpr {
  return { kind: Kind.SliceExpr, pos, x, lo, hi, max, full, tv: null };
}

/** `X.(Type)`; pos is the dot. */
export interface AssertExpr {
  readonly kind: Kind.AssertExpr;
  pos: Pos;
  x: Expr;
  type: Expr;
  tv: TypeAndValue | null;
}

export function newAssertExpr(pos: Pos, x: Expr, type: Expr): AssertExpr {
  return { kind: Kind.AssertExpr, pos, x, type, tv: null };
}

/** `Lhs := X.(type)`; pos is the dot. */
export interface TypeSwitchGuard {
  readonly kind: Kind.TypeSwitchGuard;
  pos: Pos;
  lhs: Name | null;
  x: Expr;
  tv: TypeAndValue | null;
}

export function newTypeSwitchGuard(pos: Pos, lhs: Name | null, x: Expr): TypeSwitchGuard {
  return { kind: Kind.TypeSwitchGuard, pos, lhs, x, tv: null };
}

/** Unary (`y` is null) or binary operation; pos is the operator. Pointer types are unary `*`; `~T` and `A|B` too live here. */
export interface Operation {
  readonly kind: Kind.Operation;
  pos: Pos;
  op: Operator;
  x: Expr;
  y: Expr | null;
  tv: TypeAndValue | null;
}

export function newOperation(pos: Pos, op: Operator, x: Expr, y: Expr | null): Operation {
  return { kind: Kind.Operation, pos, op, x, y, tv: null };
}

/** `Fun(ArgList...)`; pos is the opening parenthesis. Conversions too. */
export interface CallExpr {
  readonly kind: Kind.CallExpr;
  pos: Pos;
  fun: Expr;
  argList: Expr[];
  /** The last argument is followed by `...`. */
  hasDots: boolean;
  tv: TypeAndValue | null;
  /** For the compiler. */
  info: unknown;
}

export function newCallExpr(pos: Pos, fun: Expr, argList: Expr[], hasDots: boolean): CallExpr {
  return { kind: Kind.CallExpr, pos, fun, argList, hasDots, tv: null, info: null };
}

/** `a, b, c` where the grammar allows an expression list; pos is that of the first. */
export interface ListExpr {
  readonly kind: Kind.ListExpr;
  pos: Pos;
  elemList: Expr[];
  tv: TypeAndValue | null;
}

export function newListExpr(pos: Pos, elemList: Expr[]): ListExpr {
  return { kind: Kind.ListExpr, pos, elemList, tv: null };
}

/** `[Len]Elem`; pos is the bracket. */
export interface ArrayType {
  readonly kind: Kind.ArrayType;
  pos: Pos;
  /** null: `[...]Elem` */
  len: Expr | null;
  elem: Expr;
  tv: TypeAndValue | null;
}

export function newArrayType(pos: Pos, len: Expr | null, elem: Expr): ArrayType {
  return { kind: Kind.ArrayType, pos, len, elem, tv: null };
}

/** `[]Elem`; pos is the bracket. */
export interface SliceType {
  readonly kind: Kind.SliceType;
  pos: Pos;
  elem: Expr;
  tv: TypeAndValue | null;
}

export function newSliceType(pos: Pos, elem: Expr): SliceType {
  return { kind: Kind.SliceType, pos, elem, tv: null };
}

/** `...Elem` of a last parameter; pos is the dots. */
export interface DotsType {
  readonly kind: Kind.DotsType;
  pos: Pos;
  elem: Expr;
  tv: TypeAndValue | null;
}

export function newDotsType(pos: Pos, elem: Expr): DotsType {
  return { kind: Kind.DotsType, pos, elem, tv: null };
}

/** `struct { … }`; pos is `struct`. */
export interface StructType {
  readonly kind: Kind.StructType;
  pos: Pos;
  fieldList: Field[];
  /** Parallel to fieldList, or shorter: missing entries are no tags. */
  tagList: (BasicLit | null)[];
  tv: TypeAndValue | null;
}

export function newStructType(pos: Pos, fieldList: Field[], tagList: (BasicLit | null)[]): StructType {
  return { kind: Kind.StructType, pos, fieldList, tagList, tv: null };
}

/** `interface { … }`: methods are named fields of FuncType, embedded elements have no name; pos is `interface`. */
export interface InterfaceType {
  readonly kind: Kind.InterfaceType;
  pos: Pos;
  methodList: Field[];
  tv: TypeAndValue | null;
}

export function newInterfaceType(pos: Pos, methodList: Field[]): InterfaceType {
  return { kind: Kind.InterfaceType, pos, methodList, tv: null };
}

/** A signature; pos is its first parenthesis or bracket. */
export interface FuncType {
  readonly kind: Kind.FuncType;
  pos: Pos;
  paramList: Field[];
  resultList: Field[];
  tv: TypeAndValue | null;
  /** Scope of parameters and body. */
  scope: unknown;
}

export function newFuncType(pos: Pos, paramList: Field[], resultList: Field[]): FuncType {
  return { kind: Kind.FuncType, pos, paramList, resultList, tv: null, scope: null };
}

/** `map[Key]Value`; pos is `map`. */
export interface MapType {
  readonly kind: Kind.MapType;
  pos: Pos;
  key: Expr;
  value: Expr;
  tv: TypeAndValue | null;
}

export function newMapType(pos: Pos, key: Expr, value: Expr): MapType {
  return { kind: Kind.MapType, pos, key, value, tv: null };
}

/** `chan Elem`; pos is the first token. */
export interface ChanType {
  readonly kind: Kind.ChanType;
  pos: Pos;
  dir: ChanDir;
  elem: Expr;
  tv: TypeAndValue | null;
}

export function newChanType(pos: Pos, dir: ChanDir, elem: Expr): ChanType {
  return { kind: Kind.ChanType, pos, dir, elem, tv: null };
}

export type Expr =
  | BadExpr
  | Name
  | BasicLit
  | CompositeLit
  | KeyValueExpr
  | FuncLit
  | ParenExpr
  | SelectorExpr
  | IndexExpr
  | SliceExpr
  | AssertExpr
  | TypeSwitchGuard
  | Operation
  | CallExpr
  | ListExpr
  | ArrayType
  | SliceType
  | DotsType
  | StructType
  | InterfaceType
  | FuncType
  | MapType
  | ChanType;

/** Statements allowed as initialisers and post statements. */
export type SimpleStmt = EmptyStmt | ExprStmt | SendStmt | AssignStmt | RangeClause;

export type Stmt =
  | EmptyStmt
  | LabeledStmt
  | BlockStmt
  | ExprStmt
  | SendStmt
  | DeclStmt
  | AssignStmt
  | BranchStmt
  | CallStmt
  | ReturnStmt
  | IfStmt
  | ForStmt
  | SwitchStmt
  | SelectStmt
  | RangeClause;

export type Decl = ImportDecl | ConstDecl | TypeDecl | VarDecl | FuncDecl;

export type Node = File | Decl | Stmt | Expr | Field | CaseClause | CommClause;

export function isExpr(n: Node): n is Expr {
  return n.kind >= Kind.BadExpr && n.kind <= Kind.ChanType;
}

export function isStmt(n: Node): n is Stmt {
  return n.kind >= Kind.EmptyStmt && n.kind <= Kind.RangeClause;
}

export function isDecl(n: Node): n is Decl {
  return n.kind >= Kind.ImportDecl && n.kind <= Kind.FuncDecl;
}

/** x without the parentheses around it. */
export function unparen(x: Expr): Expr {
  while (x.kind === Kind.ParenExpr) x = x.x;
  return x;
}

/** The elements of a possible list: none for null, one for an ordinary expression. */
export function unpackList(x: Expr | null): Expr[] {
  if (x === null) return [];
  return x.kind === Kind.ListExpr ? x.elemList : [x];
}
