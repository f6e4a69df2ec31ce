// The nouns of the tree: one class per kind of node, after cmd/compile/internal/syntax/nodes.go. Positions follow that
// package, so that messages get gc's columns: a node's pos is the token that is its own (the operator, the bracket, the dot),
// else its first. Slots initialised to null belong to later stages.
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
  Field,
  ImportDecl,
  ConstDecl,
  TypeDecl,
  VarDecl,
  FuncDecl,
  type BuildLine,
  type Linkname,
  File,
} from "./declnodes.ts";
export {
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
export class BadExpr {
  declare readonly kind: Kind.BadExpr;
  declare pos: Pos;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos) {
    this.kind = Kind.BadExpr;
    this.pos = pos;
    this.tv = null;
  }
}

/** An identifier. `_` is an ordinary value here. */
export class Name {
  declare readonly kind: Kind.Name;
  declare pos: Pos;
  /** Interned: equal identifiers are the identical string. */
  declare value: string;
  declare tv: TypeAndValue | null;
  /** The object defined or used; filled by the checker. */
  declare obj: unknown;
  /** Type arguments and instantiated type, when the name denotes an instantiated generic function or type. */
  declare inst: unknown;

  constructor(pos: Pos, value: string) {
    this.kind = Kind.Name;
    this.pos = pos;
    this.value = value;
    this.tv = null;
    this.obj = null;
    this.inst = null;
  }
}

/** A literal; `value` is its source text. */
export class BasicLit {
  declare readonly kind: Kind.BasicLit;
  declare pos: Pos;
  declare value: string;
  declare litKind: LitKind;
  /** The literal is malformed; the error has been reported. */
  declare bad: boolean;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, value: string, litKind: LitKind, bad: boolean) {
    this.kind = Kind.BasicLit;
    this.pos = pos;
    this.value = value;
    this.litKind = litKind;
    this.bad = bad;
    this.tv = null;
  }
}

/** `Type{ElemList}`; pos is the opening brace. */
export class CompositeLit {
  declare readonly kind: Kind.CompositeLit;
  declare pos: Pos;
  declare elemList: Expr[];
  /** Number of elements that are KeyValueExpr. */
  declare nkeys: number;
  declare rbrace: Pos;
  declare tv: TypeAndValue | null;
  /** null: elided, inside another composite literal. */
  declare type: Expr | null;

  constructor(pos: Pos, elemList: Expr[], nkeys: number, rbrace: Pos) {
    this.kind = Kind.CompositeLit;
    this.pos = pos;
    this.elemList = elemList;
    this.nkeys = nkeys;
    this.rbrace = rbrace;
    this.tv = null;
    this.type = null;
  }
}

/** `Key: Value`; pos is the colon. */
export class KeyValueExpr {
  declare readonly kind: Kind.KeyValueExpr;
  declare pos: Pos;
  declare key: Expr;
  declare value: Expr;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, key: Expr, value: Expr) {
    this.kind = Kind.KeyValueExpr;
    this.pos = pos;
    this.key = key;
    this.value = value;
    this.tv = null;
  }
}

/** `func Type { Body }`; pos is `func`. */
export class FuncLit {
  declare readonly kind: Kind.FuncLit;
  declare pos: Pos;
  declare type: FuncType;
  declare body: BlockStmt;
  declare tv: TypeAndValue | null;
  /** For the compiler. */
  declare info: unknown;

  constructor(pos: Pos, type: FuncType, body: BlockStmt) {
    this.kind = Kind.FuncLit;
    this.pos = pos;
    this.type = type;
    this.body = body;
    this.tv = null;
    this.info = null;
  }
}

/** `(X)`. The parser drops parentheses where no later error depends on them. */
export class ParenExpr {
  declare readonly kind: Kind.ParenExpr;
  declare pos: Pos;
  declare x: Expr;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, x: Expr) {
    this.kind = Kind.ParenExpr;
    this.pos = pos;
    this.x = x;
    this.tv = null;
  }
}

/** `X.Sel`; pos is the dot. */
export class SelectorExpr {
  declare readonly kind: Kind.SelectorExpr;
  declare pos: Pos;
  declare x: Expr;
  declare sel: Name;
  declare tv: TypeAndValue | null;
  /** Field or method selected; null for a qualified identifier. */
  declare selection: unknown;
  /** As in Name, for qualified generic functions and types. */
  declare inst: unknown;

  constructor(pos: Pos, x: Expr, sel: Name) {
    this.kind = Kind.SelectorExpr;
    this.pos = pos;
    this.x = x;
    this.sel = sel;
    this.tv = null;
    this.selection = null;
    this.inst = null;
  }
}

/** `X[Index]` or `X[T1, T2]` (index is a ListExpr); pos is the bracket. */
export class IndexExpr {
  declare readonly kind: Kind.IndexExpr;
  declare pos: Pos;
  declare x: Expr;
  declare index: Expr;
  declare tv: TypeAndValue | null;
  /** Instantiation, when X is generic. */
  declare inst: unknown;

  constructor(pos: Pos, x: Expr, index: Expr) {
    this.kind = Kind.IndexExpr;
    this.pos = pos;
    this.x = x;
    this.index = index;
    this.tv = null;
    this.inst = null;
  }
}

/** `X[lo : hi : max]`; pos is the bracket. */
export class SliceExpr {
  declare readonly kind: Kind.SliceExpr;
  declare pos: Pos;
  declare x: Expr;
  declare lo: Expr | null;
  declare hi: Expr | null;
  declare max: Expr | null;
  /** There are two colons. */
  declare full: boolean;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, x: Expr, lo: Expr | null, hi: Expr | null, max: Expr | null, full: boolean) {
    this.kind = Kind.SliceExpr;
    this.pos = pos;
    this.x = x;
    this.lo = lo;
    this.hi = hi;
    this.max = max;
    this.full = full;
    this.tv = null;
  }
}

/** `X.(Type)`; pos is the dot. */
export class AssertExpr {
  declare readonly kind: Kind.AssertExpr;
  declare pos: Pos;
  declare x: Expr;
  declare type: Expr;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, x: Expr, type: Expr) {
    this.kind = Kind.AssertExpr;
    this.pos = pos;
    this.x = x;
    this.type = type;
    this.tv = null;
  }
}

/** `Lhs := X.(type)`; pos is the dot. */
export class TypeSwitchGuard {
  declare readonly kind: Kind.TypeSwitchGuard;
  declare pos: Pos;
  declare lhs: Name | null;
  declare x: Expr;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, lhs: Name | null, x: Expr) {
    this.kind = Kind.TypeSwitchGuard;
    this.pos = pos;
    this.lhs = lhs;
    this.x = x;
    this.tv = null;
  }
}

/** Unary (`y` is null) or binary operation; pos is the operator. Pointer types are unary `*`; `~T` and `A|B` too live here. */
export class Operation {
  declare readonly kind: Kind.Operation;
  declare pos: Pos;
  declare op: Operator;
  declare x: Expr;
  declare y: Expr | null;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, op: Operator, x: Expr, y: Expr | null) {
    this.kind = Kind.Operation;
    this.pos = pos;
    this.op = op;
    this.x = x;
    this.y = y;
    this.tv = null;
  }
}

/** `Fun(ArgList...)`; pos is the opening parenthesis. Conversions too. */
export class CallExpr {
  declare readonly kind: Kind.CallExpr;
  declare pos: Pos;
  declare fun: Expr;
  declare argList: Expr[];
  /** The last argument is followed by `...`. */
  declare hasDots: boolean;
  declare tv: TypeAndValue | null;
  /** For the compiler. */
  declare info: unknown;

  constructor(pos: Pos, fun: Expr, argList: Expr[], hasDots: boolean) {
    this.kind = Kind.CallExpr;
    this.pos = pos;
    this.fun = fun;
    this.argList = argList;
    this.hasDots = hasDots;
    this.tv = null;
    this.info = null;
  }
}

/** `a, b, c` where the grammar allows an expression list; pos is that of the first. */
export class ListExpr {
  declare readonly kind: Kind.ListExpr;
  declare pos: Pos;
  declare elemList: Expr[];
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, elemList: Expr[]) {
    this.kind = Kind.ListExpr;
    this.pos = pos;
    this.elemList = elemList;
    this.tv = null;
  }
}

/** `[Len]Elem`; pos is the bracket. */
export class ArrayType {
  declare readonly kind: Kind.ArrayType;
  declare pos: Pos;
  /** null: `[...]Elem` */
  declare len: Expr | null;
  declare elem: Expr;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, len: Expr | null, elem: Expr) {
    this.kind = Kind.ArrayType;
    this.pos = pos;
    this.len = len;
    this.elem = elem;
    this.tv = null;
  }
}

/** `[]Elem`; pos is the bracket. */
export class SliceType {
  declare readonly kind: Kind.SliceType;
  declare pos: Pos;
  declare elem: Expr;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, elem: Expr) {
    this.kind = Kind.SliceType;
    this.pos = pos;
    this.elem = elem;
    this.tv = null;
  }
}

/** `...Elem` of a last parameter; pos is the dots. */
export class DotsType {
  declare readonly kind: Kind.DotsType;
  declare pos: Pos;
  declare elem: Expr;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, elem: Expr) {
    this.kind = Kind.DotsType;
    this.pos = pos;
    this.elem = elem;
    this.tv = null;
  }
}

/** `struct { … }`; pos is `struct`. */
export class StructType {
  declare readonly kind: Kind.StructType;
  declare pos: Pos;
  declare fieldList: Field[];
  /** Parallel to fieldList, or shorter: missing entries are no tags. */
  declare tagList: (BasicLit | null)[];
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, fieldList: Field[], tagList: (BasicLit | null)[]) {
    this.kind = Kind.StructType;
    this.pos = pos;
    this.fieldList = fieldList;
    this.tagList = tagList;
    this.tv = null;
  }
}

/** `interface { … }`: methods are named fields of FuncType, embedded elements have no name; pos is `interface`. */
export class InterfaceType {
  declare readonly kind: Kind.InterfaceType;
  declare pos: Pos;
  declare methodList: Field[];
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, methodList: Field[]) {
    this.kind = Kind.InterfaceType;
    this.pos = pos;
    this.methodList = methodList;
    this.tv = null;
  }
}

/** A signature; pos is its first parenthesis or bracket. */
export class FuncType {
  declare readonly kind: Kind.FuncType;
  declare pos: Pos;
  declare paramList: Field[];
  declare resultList: Field[];
  declare tv: TypeAndValue | null;
  /** Scope of parameters and body. */
  declare scope: unknown;

  constructor(pos: Pos, paramList: Field[], resultList: Field[]) {
    this.kind = Kind.FuncType;
    this.pos = pos;
    this.paramList = paramList;
    this.resultList = resultList;
    this.tv = null;
    this.scope = null;
  }
}

/** `map[Key]Value`; pos is `map`. */
export class MapType {
  declare readonly kind: Kind.MapType;
  declare pos: Pos;
  declare key: Expr;
  declare value: Expr;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, key: Expr, value: Expr) {
    this.kind = Kind.MapType;
    this.pos = pos;
    this.key = key;
    this.value = value;
    this.tv = null;
  }
}

/** `chan Elem`; pos is the first token. */
export class ChanType {
  declare readonly kind: Kind.ChanType;
  declare pos: Pos;
  declare dir: ChanDir;
  declare elem: Expr;
  declare tv: TypeAndValue | null;

  constructor(pos: Pos, dir: ChanDir, elem: Expr) {
    this.kind = Kind.ChanType;
    this.pos = pos;
    this.dir = dir;
    this.elem = elem;
    this.tv = null;
  }
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
