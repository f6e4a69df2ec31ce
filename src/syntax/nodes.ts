// The nouns of the tree: one class per kind of node, after cmd/compile/internal/syntax/nodes.go. Positions follow that
// package, so that messages get gc's columns: a node's pos is the token that is its own (the operator, the bracket, the dot),
// else its first. Slots initialised to null belong to later stages.
import type { Pos, SourceFile } from "#base";
import type { Pragma } from "./pragmas.ts";
import type { ChanDir, LitKind, Operator, Token } from "./tokens.ts";

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

/** `Name Type`: a struct field, parameter, result, receiver, type parameter, method or embedded element. Fields of one list `a, b T` share the type node. */
export class Field {
  declare readonly kind: Kind.Field;
  declare pos: Pos;
  declare name: Name | null;
  declare type: Expr;
  /** The object of a field or parameter without a name. */
  declare implicit: unknown;

  constructor(pos: Pos, name: Name | null, type: Expr) {
    this.kind = Kind.Field;
    this.pos = pos;
    this.name = name;
    this.type = type;
    this.implicit = null;
  }
}

/** pos is the local name or path. */
export class ImportDecl {
  declare readonly kind: Kind.ImportDecl;
  declare pos: Pos;
  declare group: Group | null;
  declare pragma: Pragma | null;
  /** Includes `.` and `_`. */
  declare localPkgName: Name | null;
  /** null: missing, reported. */
  declare path: BasicLit | null;
  /** The package name declared when localPkgName is null. */
  declare implicit: unknown;

  constructor(pos: Pos, group: Group | null, pragma: Pragma | null, localPkgName: Name | null, path: BasicLit | null) {
    this.kind = Kind.ImportDecl;
    this.pos = pos;
    this.group = group;
    this.pragma = pragma;
    this.localPkgName = localPkgName;
    this.path = path;
    this.implicit = null;
  }
}

export class ConstDecl {
  declare readonly kind: Kind.ConstDecl;
  declare pos: Pos;
  declare group: Group | null;
  /** Index of this specification in its group. */
  declare iota: number;
  declare pragma: Pragma | null;
  declare nameList: Name[];
  declare type: Expr | null;
  declare values: Expr | null;

  constructor(
    pos: Pos,
    group: Group | null,
    iota: number,
    pragma: Pragma | null,
    nameList: Name[],
    type: Expr | null,
    values: Expr | null,
  ) {
    this.kind = Kind.ConstDecl;
    this.pos = pos;
    this.group = group;
    this.iota = iota;
    this.pragma = pragma;
    this.nameList = nameList;
    this.type = type;
    this.values = values;
  }
}

export class TypeDecl {
  declare readonly kind: Kind.TypeDecl;
  declare pos: Pos;
  declare group: Group | null;
  declare pragma: Pragma | null;
  declare name: Name;
  /** Empty: not generic. */
  declare tparamList: Field[];
  declare alias: boolean;
  declare type: Expr;
  declare scope: unknown;

  constructor(
    pos: Pos,
    group: Group | null,
    pragma: Pragma | null,
    name: Name,
    tparamList: Field[],
    alias: boolean,
    type: Expr,
  ) {
    this.kind = Kind.TypeDecl;
    this.pos = pos;
    this.group = group;
    this.pragma = pragma;
    this.name = name;
    this.tparamList = tparamList;
    this.alias = alias;
    this.type = type;
    this.scope = null;
  }
}

export class VarDecl {
  declare readonly kind: Kind.VarDecl;
  declare pos: Pos;
  declare group: Group | null;
  declare pragma: Pragma | null;
  declare nameList: Name[];
  declare type: Expr | null;
  declare values: Expr | null;

  constructor(
    pos: Pos,
    group: Group | null,
    pragma: Pragma | null,
    nameList: Name[],
    type: Expr | null,
    values: Expr | null,
  ) {
    this.kind = Kind.VarDecl;
    this.pos = pos;
    this.group = group;
    this.pragma = pragma;
    this.nameList = nameList;
    this.type = type;
    this.values = values;
  }
}

/** pos is what follows `func`. In outline mode `body` is null until `parseBody`, while bodyStart says that there is one. */
export class FuncDecl {
  declare readonly kind: Kind.FuncDecl;
  declare pos: Pos;
  declare pragma: Pragma | null;
  declare recv: Field | null;
  declare name: Name;
  declare tparamList: Field[];
  declare type: FuncType;
  declare body: BlockStmt | null;
  /** Byte offset of `{` in the file, or -1 without body. */
  declare bodyStart: number;
  /** Byte offset of `}`, or -1. */
  declare bodyEnd: number;
  /** For the compiler. */
  declare info: unknown;

  constructor(
    pos: Pos,
    pragma: Pragma | null,
    recv: Field | null,
    name: Name,
    tparamList: Field[],
    type: FuncType,
    body: BlockStmt | null,
    bodyStart: number,
    bodyEnd: number,
  ) {
    this.kind = Kind.FuncDecl;
    this.pos = pos;
    this.pragma = pragma;
    this.recv = recv;
    this.name = name;
    this.tparamList = tparamList;
    this.type = type;
    this.body = body;
    this.bodyStart = bodyStart;
    this.bodyEnd = bodyEnd;
    this.info = null;
  }
}

/** A build constraint line: `//go:build expr`, with the position of the comment. */
export interface BuildLine {
  readonly pos: Pos;
  /** The whole comment text. */
  readonly text: string;
}

/** `//go:linkname local remote`. */
export interface Linkname {
  readonly pos: Pos;
  readonly local: string;
  /** Empty if the directive names none: the object's own symbol name is meant. */
  readonly remote: string;
}

/** A source file. */
export class File {
  declare readonly kind: Kind.File;
  /** Position of the package clause. */
  declare pos: Pos;
  declare readonly source: SourceFile;
  /** The text. */
  declare readonly bytes: Uint8Array;
  /** The text and a zero byte behind it, for the scanner: bodies may be parsed later. */
  declare readonly padded: Uint8Array;
  /** Pragmas before the package clause. */
  declare pragma: Pragma | null;
  declare pkgName: Name;
  declare declList: Decl[];
  declare eof: Pos;
  /** Language version implied by a `//go:build` line ("go1.21"), or "". */
  declare goVersion: string;
  /** The `//go:build` line that is in force, if any. */
  declare buildLine: BuildLine | null;
  declare linknames: Linkname[];
  /** cgo directives as lists of words, the first without "go:". */
  declare cgoPragmas: string[][];
  declare scope: unknown;

  constructor(pos: Pos, source: SourceFile, padded: Uint8Array, pkgName: Name) {
    this.kind = Kind.File;
    this.pos = pos;
    this.source = source;
    this.bytes = padded.subarray(0, padded.length - 1);
    this.padded = padded;
    this.pragma = null;
    this.pkgName = pkgName;
    this.declList = [];
    this.eof = 0;
    this.goVersion = "";
    this.buildLine = null;
    this.linknames = [];
    this.cgoPragmas = [];
    this.scope = null;
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
