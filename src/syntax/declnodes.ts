// Declarations, fields and files: see nodes.ts.
import type { Pos, SourceFile } from "#base";
import type { Pragma } from "./pragmas.ts";
import { Kind, type Group, type Name, type BasicLit, type FuncType, type Expr, type Decl } from "./nodes.ts";
import type { BlockStmt } from "./stmtnodes.ts";

/** `Name Type`: a struct field, parameter, result, receiver, type parameter, method or embedded element. Fields of one list `a, b T` share the type node. */
export interface Field {
  readonly kind: Kind.Field;
  pos: Pos;
  name: Name | null;
  type: Expr;
  /** The object of a field or parameter without a name. */
  implicit: unknown;
}

export function newField(pos: Pos, name: Name | null, type: Expr): Field {
  return { kind: Kind.Field, pos, name, type, implicit: null };
}

/** pos is the local name or path. */
export interface ImportDecl {
  readonly kind: Kind.ImportDecl;
  pos: Pos;
  group: Group | null;
  pragma: Pragma | null;
  /** Includes `.` and `_`. */
  localPkgName: Name | null;
  /** null: missing, reported. */
  path: BasicLit | null;
  /** The package name declared when localPkgName is null. */
  implicit: unknown;
}

export function newImportDecl(
  pos: Pos,
  group: Group | null,
  pragma: Pragma | null,
  localPkgName: Name | null,
  path: BasicLit | null,
): ImportDecl {
  return { kind: Kind.ImportDecl, pos, group, pragma, localPkgName, path, implicit: null };
}

export interface ConstDecl {
  readonly kind: Kind.ConstDecl;
  pos: Pos;
  group: Group | null;
  /** Index of this specification in its group. */
  iota: number;
  pragma: Pragma | null;
  nameList: Name[];
  type: Expr | null;
  values: Expr | null;
}

export function newConstDecl(
  pos: Pos,
  group: Group | null,
  iota: number,
  pragma: Pragma | null,
  nameList: Name[],
  type: Expr | null,
  values: Expr | null,
): ConstDecl {
  return { kind: Kind.ConstDecl, pos, group, iota, pragma, nameList, type, values };
}

export interface TypeDecl {
  readonly kind: Kind.TypeDecl;
  pos: Pos;
  group: Group | null;
  pragma: Pragma | null;
  name: Name;
  /** Empty: not generic. */
  tparamList: Field[];
  alias: boolean;
  type: Expr;
  scope: unknown;
}

export function newTypeDecl(
  pos: Pos,
  group: Group | null,
  pragma: Pragma | null,
  name: Name,
  tparamList: Field[],
  alias: boolean,
  type: Expr,
): TypeDecl {
  return { kind: Kind.TypeDecl, pos, group, pragma, name, tparamList, alias, type, scope: null };
}

export interface VarDecl {
  readonly kind: Kind.VarDecl;
  pos: Pos;
  group: Group | null;
  pragma: Pragma | null;
  nameList: Name[];
  type: Expr | null;
  values: Expr | null;
}

export function newVarDecl(
  pos: Pos,
  group: Group | null,
  pragma: Pragma | null,
  nameList: Name[],
  type: Expr | null,
  values: Expr | null,
): VarDecl {
  return { kind: Kind.VarDecl, pos, group, pragma, nameList, type, values };
}

/** pos is what follows `func`. In outline mode `body` is null until `parseBody`, while bodyStart says that there is one. */
export interface FuncDecl {
  readonly kind: Kind.FuncDecl;
  pos: Pos;
  pragma: Pragma | null;
  recv: Field | null;
  name: Name;
  tparamList: Field[];
  type: FuncType;
  body: BlockStmt | null;
  /** Byte offset of `{` in the file, or -1 without body. */
  bodyStart: number;
  /** Byte offset of `}`, or -1. */
  bodyEnd: number;
  /** For the compiler. */
  info: unknown;
}

export function newFuncDecl(
  pos: Pos,
  pragma: Pragma | null,
  recv: Field | null,
  name: Name,
  tparamList: Field[],
  type: FuncType,
  body: BlockStmt | null,
  bodyStart: number,
  bodyEnd: number,
): FuncDecl {
  return { kind: Kind.FuncDecl, pos, pragma, recv, name, tparamList, type, body, bodyStart, bodyEnd, info: null };
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
