// What names denote, after go/types' Object.
import type { Pos } from "#base";
import type { Value } from "#constant";
import type { FuncDecl } from "#syntax";
import type { Package } from "./package.ts";
import type { DeclInfo } from "./declinfo.ts";
import type { Scope } from "./scope.ts";
import type { Signature, Type } from "./types.ts";
import type { BuiltinId } from "./universe.ts";

export const enum ObjKind {
  PkgName,
  Const,
  TypeName,
  Var,
  Func,
  Label,
  Builtin,
  Nil,
}

export const enum VarKind {
  Package,
  Local,
  Recv,
  Param,
  Result,
  Field,
}

abstract class ObjBase {
  /** Scope it is declared in; null for methods and fields. */
  declare parent: Scope | null;
  /** Position among the package's declarations; 0 for what is not package-level. */
  declare order: number;
  /** From here on a local object is visible. */
  declare scopePos: Pos;
  /** Declaration of a package-level object or method that is not typed yet or has dependencies. */
  declare decl: DeclInfo | null;
  /** Index in the path of objects being declared plus 1; 0 when not on it. */
  declare pathIndex: number;
  /** For the compiler. */
  declare info: unknown;
  declare readonly pos: Pos;
  declare pkg: Package | null;
  declare readonly name: string;
  /** null: not resolved yet (see Package.resolve). */
  declare type: Type | null;
  constructor(pos: Pos, pkg: Package | null, name: string, type: Type | null) {
    this.pos = pos;
    this.pkg = pkg;
    this.name = name;
    this.type = type;
    this.parent = null;
    this.order = 0;
    this.scopePos = 0;
    this.decl = null;
    this.pathIndex = 0;
    this.info = null;
  }
}

export class PkgName extends ObjBase {
  declare readonly kind: ObjKind.PkgName;
  declare used: boolean;
  private loaded: Package | null;
  /** The imported package, or how to get it: what a package that is itself imported imports is loaded on first use. */
  private declare readonly source: Package | (() => Package);
  /** The name was derived from the import path and may turn out to be wrong. */
  declare readonly guessed: boolean;
  constructor(pos: Pos, pkg: Package, name: string, type: Type, source: Package | (() => Package), guessed = false) {
    super(pos, pkg, name, type);
    this.source = source;
    this.guessed = guessed;
    this.kind = ObjKind.PkgName;
    this.used = false;
    this.loaded = typeof source === "function" ? null : source;
  }
  get imported(): Package {
    if (this.loaded === null) this.loaded = (this.source as () => Package)();
    return this.loaded;
  }
}

export class Const extends ObjBase {
  declare readonly kind: ObjKind.Const;
  declare val: Value;
  constructor(pos: Pos, pkg: Package | null, name: string, type: Type | null, val: Value) {
    super(pos, pkg, name, type);
    this.val = val;
    this.kind = ObjKind.Const;
  }
}

export class TypeName extends ObjBase {
  declare readonly kind: ObjKind.TypeName;
  constructor(pos: Pos, pkg: Package | null, name: string, type: Type | null) {
    super(pos, pkg, name, type);
    this.kind = ObjKind.TypeName;
  }
}

export class Var extends ObjBase {
  declare readonly kind: ObjKind.Var;
  /** The variable this one was instantiated from, else itself. */
  declare origin: Var;
  declare used: boolean;
  /** Refered to from a function literal inside the function that declares it. */
  declare captured: boolean;
  /** Its address is taken, explicitly or by a method call or slicing; also that of a part of it. */
  declare addrTaken: boolean;
  /** It, or a part of it, is assigned to after its declaration. */
  declare reassigned: boolean;
  /** Number of the function (unique in its package) that declares a local variable; 0 for others. */
  declare funcId: number;
  declare readonly varKind: VarKind;
  /** An embedded field; its name is that of the type. */
  declare readonly embedded: boolean;
  constructor(varKind: VarKind, pos: Pos, pkg: Package | null, name: string, type: Type | null, embedded = false) {
    super(pos, pkg, name, type);
    this.varKind = varKind;
    this.embedded = embedded;
    this.kind = ObjKind.Var;
    this.origin = this;
    this.used = false;
    this.captured = false;
    this.addrTaken = false;
    this.reassigned = false;
    this.funcId = 0;
  }
  get isField(): boolean {
    return this.varKind === VarKind.Field;
  }
}

export class Func extends ObjBase {
  declare readonly kind: ObjKind.Func;
  /** Until the method has a type: whether its receiver is a pointer. */
  declare ptrRecv: boolean;
  /** The method this one was instantiated from, else itself. */
  declare origin: Func;
  /** Its declaration: null for interface methods. Directives are in its pragma. */
  declare funcDecl: FuncDecl | null;
  /** The body has been checked. */
  declare bodyChecked: boolean;
  constructor(pos: Pos, pkg: Package | null, name: string, type: Type | null) {
    super(pos, pkg, name, type);
    this.kind = ObjKind.Func;
    this.ptrRecv = false;
    this.origin = this;
    this.funcDecl = null;
    this.bodyChecked = false;
  }
  /** The type of a function is a signature (null until resolved). */
  get signature(): Signature {
    return this.type as Signature;
  }
}

export class Label extends ObjBase {
  declare readonly kind: ObjKind.Label;
  declare used: boolean;
  constructor(pos: Pos, pkg: Package | null, name: string, type: Type | null) {
    super(pos, pkg, name, type);
    this.kind = ObjKind.Label;
    this.used = false;
  }
}

export class Builtin extends ObjBase {
  declare readonly kind: ObjKind.Builtin;
  declare readonly id: BuiltinId;
  constructor(name: string, type: Type, id: BuiltinId) {
    super(0, null, name, type);
    this.id = id;
    this.kind = ObjKind.Builtin;
  }
}

export class Nil extends ObjBase {
  declare readonly kind: ObjKind.Nil;
  constructor(pos: Pos, pkg: Package | null, name: string, type: Type | null) {
    super(pos, pkg, name, type);
    this.kind = ObjKind.Nil;
  }
}

export type Obj = PkgName | Const | TypeName | Var | Func | Label | Builtin | Nil;

const upperFirst = /^\p{Lu}/u;

/** Whether a name starts with an upper-case letter. */
export function isExported(name: string): boolean {
  const c = name.charCodeAt(0);
  if (c < 128) return c >= 65 && c <= 90;
  return upperFirst.test(name);
}

/** Whether two packages are the same one (by path). */
export function samePkg(a: Package | null, b: Package | null): boolean {
  if (a === b) return true;
  return a !== null && b !== null && a.path === b.path;
}

/** The name by which a field or method is unique: qualified by package path unless exported. */
export function objId(pkg: Package | null, name: string): string {
  if (isExported(name)) return name;
  return `${pkg !== null && pkg.path !== "" ? pkg.path : "_"}.${name}`;
}

/** Whether obj, a field or method, is what (pkg, name) selects. */
export function sameId(obj: Obj, pkg: Package | null, name: string, foldCase: boolean): boolean {
  if (obj.name === name) return isExported(name) || samePkg(obj.pkg, pkg) || foldCase;
  return foldCase && equalFold(obj.name, name);
}

/** Unicode simple case folding, near enough for identifiers. */
export function equalFold(a: string, b: string): boolean {
  return a === b || (a.length === b.length && a.toLowerCase() === b.toLowerCase());
}

/** Order of methods in type sets: exported before unexported, then by name, then by package path. */
export function compareObj(a: Obj, b: Obj): number {
  if (a === b) return 0;
  const ea = isExported(a.name);
  if (ea !== isExported(b.name)) return ea ? -1 : 1;
  if (a.name !== b.name) return compareUtf8(a.name, b.name);
  if (!ea) {
    const pa = a.pkg?.path ?? "";
    const pb = b.pkg?.path ?? "";
    if (pa !== pb) return compareUtf8(pa, pb);
  }
  return 0;
}

/** Orders strings by their UTF-8 bytes, as Go does. */
export function compareUtf8(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x !== y) {
      // Surrogates order above the rest of the basic plane in UTF-8, below in UTF-16.
      if (x >= 0xd800 && y >= 0xd800) {
        x = x >= 0xe000 ? x - 0x800 : x + 0x2000;
        y = y >= 0xe000 ? y - 0x800 : y + 0x2000;
      }
      return x < y ? -1 : 1;
    }
  }
  return a.length < b.length ? -1 : a.length > b.length ? 1 : 0;
}
