// What names denote and what types are, as users of the interface see them: a stable face over the checker's own classes.
import type { PosTable } from "#base";
import { exactString, type Value } from "#constant";
import {
  BasicInfo,
  Dir,
  isExported,
  methodAt,
  methodSet,
  numMethods,
  type Obj,
  ObjKind,
  objectString,
  type Package,
  resolveObject,
  type Scope,
  type Type,
  TypeKind,
  typeParamsOf,
  typeString,
  under,
  VarKind,
} from "#types";

/** A place in a source file. */
export interface Position {
  readonly file: string;
  /** Byte offset. */
  readonly offset: number;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in bytes. */
  readonly column: number;
}

export type ObjectKind =
  | "package"
  | "const"
  | "type"
  | "var"
  | "field"
  | "param"
  | "result"
  | "receiver"
  | "func"
  | "label"
  | "builtin"
  | "nil";

export type TypeKindName =
  | "basic"
  | "array"
  | "slice"
  | "struct"
  | "pointer"
  | "tuple"
  | "func"
  | "union"
  | "interface"
  | "map"
  | "chan"
  | "named"
  | "typeparam"
  | "alias";

/**
 * Makes objects, types and packages, each once, so that they can be compared with ===.
 * @internal
 */
export class World {
  private readonly objects = new Map<Obj, GoObject>();
  private readonly types = new Map<Type, GoType>();
  private readonly packages = new Map<Package, GoPackage>();

  constructor(private readonly positions: PosTable) {}

  object(o: Obj): GoObject {
    let x = this.objects.get(o);
    if (x === undefined) this.objects.set(o, (x = makeObject(this, o)));
    return x;
  }

  type(t: Type): GoType {
    let x = this.types.get(t);
    if (x === undefined) this.types.set(t, (x = makeType(this, t)));
    return x;
  }

  package(p: Package): GoPackage {
    let x = this.packages.get(p);
    if (x === undefined) this.packages.set(p, (x = makePackage(this, p)));
    return x;
  }

  position(pos: number): Position | null {
    const r = this.positions.resolve(pos);
    if (r === undefined) return null;
    return { file: r.file.name, offset: pos - r.file.base, line: r.line0, column: r.col0 };
  }
}

let makeObject: (w: World, o: Obj) => GoObject;
let makeType: (w: World, t: Type) => GoType;
let makePackage: (w: World, p: Package) => GoPackage;

/** What a name denotes. */
export class GoObject {
  private constructor(
    private readonly world: World,
    private readonly raw: Obj,
  ) {}

  static {
    makeObject = (w, o) => new GoObject(w, o);
  }

  get name(): string {
    return this.raw.name;
  }

  get kind(): ObjectKind {
    const o = this.raw;
    switch (o.kind) {
      case ObjKind.PkgName:
        return "package";
      case ObjKind.Const:
        return "const";
      case ObjKind.TypeName:
        return "type";
      case ObjKind.Func:
        return "func";
      case ObjKind.Label:
        return "label";
      case ObjKind.Builtin:
        return "builtin";
      case ObjKind.Var:
        switch (o.varKind) {
          case VarKind.Field:
            return "field";
          case VarKind.Param:
            return "param";
          case VarKind.Result:
            return "result";
          case VarKind.Recv:
            return "receiver";
          default:
            return "var";
        }
      default:
        return "nil";
    }
  }

  /** null for labels and for what could not be typed. */
  get type(): GoType | null {
    resolveObject(this.raw);
    return this.raw.type === null ? null : this.world.type(this.raw.type);
  }

  /** The package it is declared in; null for what is predeclared. */
  get package(): GoPackage | null {
    return this.raw.pkg === null ? null : this.world.package(this.raw.pkg);
  }

  /** Of the name of an import: the package it stands for. */
  get imported(): GoPackage | null {
    return this.raw.kind === ObjKind.PkgName ? this.world.package(this.raw.imported) : null;
  }

  /** Of a constant: its exact value, as Go source would have it. */
  get value(): string | null {
    resolveObject(this.raw);
    return this.raw.kind === ObjKind.Const && this.raw.val !== null ? exactString(this.raw.val as Value) : null;
  }

  /** Of a field: whether it is embedded. */
  get embedded(): boolean {
    return this.raw.kind === ObjKind.Var && this.raw.embedded;
  }

  get exported(): boolean {
    return isExported(this.raw.name);
  }

  /** Where it is declared; null for what is predeclared. */
  get position(): Position | null {
    return this.world.position(this.raw.pos);
  }

  /** The declaration in one line, as Go's tools print it: "func p.F(x int) string". */
  toString(): string {
    resolveObject(this.raw);
    return objectString(this.raw, (p) => p.name);
  }
}

const kindNames: readonly TypeKindName[] = [
  "basic",
  "array",
  "slice",
  "struct",
  "pointer",
  "tuple",
  "func",
  "union",
  "interface",
  "map",
  "chan",
  "named",
  "typeparam",
  "alias",
];

/** A type. Types that are identical need not be the same object; their texts are then equal. */
export class GoType {
  private constructor(
    private readonly world: World,
    private readonly raw: Type,
  ) {}

  static {
    makeType = (w, t) => new GoType(w, t);
  }

  get kind(): TypeKindName {
    return kindNames[this.raw.kind]!;
  }

  /** As in messages, with the names of packages: "map[string]fmt.Stringer". */
  toString(): string {
    return typeString(this.raw, (p) => p.name);
  }

  /** The underlying type; of most types themselves. */
  get underlying(): GoType {
    return this.world.type(under(this.raw));
  }

  /** Of arrays, slices, pointers, channels and maps: the type of elements. */
  get elem(): GoType | null {
    const u = under(this.raw);
    return "elem" in u ? this.world.type(u.elem) : null;
  }

  /** Of maps. */
  get key(): GoType | null {
    const u = under(this.raw);
    return u.kind === TypeKind.Map ? this.world.type(u.key) : null;
  }

  /** Of arrays; -1 for all others. */
  get length(): number {
    const u = under(this.raw);
    return u.kind === TypeKind.Array ? u.len : -1;
  }

  /** Of channels: "both", "send" or "receive". */
  get direction(): "both" | "send" | "receive" | null {
    const u = under(this.raw);
    if (u.kind !== TypeKind.Chan) return null;
    return u.dir === Dir.Both ? "both" : u.dir === Dir.SendOnly ? "send" : "receive";
  }

  /** Of structs, in order. */
  get fields(): readonly GoObject[] {
    const u = under(this.raw);
    return u.kind === TypeKind.Struct ? u.fields.map((f) => this.world.object(f)) : [];
  }

  /** Of functions. */
  get params(): readonly GoObject[] {
    const u = under(this.raw);
    return u.kind === TypeKind.Signature ? u.params.vars.map((v) => this.world.object(v)) : [];
  }

  /** Of functions; the members of a tuple. */
  get results(): readonly GoObject[] {
    const u = under(this.raw);
    if (u.kind === TypeKind.Tuple) return u.vars.map((v) => this.world.object(v));
    return u.kind === TypeKind.Signature ? u.results.vars.map((v) => this.world.object(v)) : [];
  }

  /** Of functions: the last parameter takes any number of arguments. */
  get variadic(): boolean {
    const u = under(this.raw);
    return u.kind === TypeKind.Signature && u.variadic;
  }

  /** Of defined types, aliases and type parameters: the name that was declared. */
  get object(): GoObject | null {
    const t = this.raw;
    const named = t.kind === TypeKind.Named || t.kind === TypeKind.Alias || t.kind === TypeKind.TypeParam;
    return named ? this.world.object(t.obj) : null;
  }

  /** Of instances of generic types. */
  get typeArguments(): readonly GoType[] {
    const t = this.raw;
    const targs = t.kind === TypeKind.Named || t.kind === TypeKind.Alias ? t.targs : null;
    return (targs ?? []).map((a) => this.world.type(a));
  }

  /** Of generic types and functions. */
  get typeParameters(): readonly GoType[] {
    const t = this.raw;
    const generic = t.kind === TypeKind.Named || t.kind === TypeKind.Alias ? typeParamsOf(t) : [];
    const list = t.kind === TypeKind.Signature ? t.tparams : generic;
    return list.map((p) => this.world.type(p));
  }

  /** Declared methods of a defined type; all methods of an interface. */
  get methods(): readonly GoObject[] {
    const t = this.raw;
    if (t.kind === TypeKind.Named && under(t).kind !== TypeKind.Interface) {
      const out: GoObject[] = [];
      for (let i = 0; i < numMethods(t); i++) out.push(this.world.object(methodAt(t, i)));
      return out;
    }
    return under(t).kind === TypeKind.Interface ? this.methodSet : [];
  }

  /** The method set: also what embedded fields promote. For what can be called on a variable, that of the pointer to it. */
  get methodSet(): readonly GoObject[] {
    return methodSet(this.raw).map((m) => this.world.object(m.func));
  }

  get isNumeric(): boolean {
    return this.hasInfo(BasicInfo.Numeric);
  }

  get isString(): boolean {
    return this.hasInfo(BasicInfo.String);
  }

  get isBoolean(): boolean {
    return this.hasInfo(BasicInfo.Boolean);
  }

  /** The type of a constant that has not got one yet, or of nil. */
  get isUntyped(): boolean {
    return this.hasInfo(BasicInfo.Untyped) || this.toString() === "untyped nil";
  }

  private hasInfo(bits: number): boolean {
    const u = under(this.raw);
    return u.kind === TypeKind.Basic && (u.info_ & bits) !== 0;
  }
}

/** A package: the one that was checked, or one that it imports. */
export class GoPackage {
  private constructor(
    private readonly world: World,
    private readonly raw: Package,
  ) {}

  static {
    makePackage = (w, p) => new GoPackage(w, p);
  }

  get path(): string {
    return this.raw.path;
  }

  get name(): string {
    return this.raw.name;
  }

  /** What is declared at package level, by name in order. */
  get objects(): readonly GoObject[] {
    const { scope } = this.raw;
    return names(scope).map((n) => this.world.object(scope.lookup(n)!));
  }

  lookup(name: string): GoObject | null {
    const o = this.raw.lookup(name);
    return o === undefined ? null : this.world.object(o);
  }

  /** Packages that it imports directly. */
  get imports(): readonly GoPackage[] {
    return this.raw.imports.map((p) => this.world.package(p));
  }
}

function names(s: Scope): string[] {
  return s.names();
}
