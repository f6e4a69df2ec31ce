// Declarations, fields and files: see nodes.ts.
import type { Pos, SourceFile } from "#base";
import type { Pragma } from "./pragmas.ts";
import { Kind, type Group, type Name, type BasicLit, type FuncType, type Expr, type Decl } from "./nodes.ts";
import type { BlockStmt } from "./stmtnodes.ts";

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
