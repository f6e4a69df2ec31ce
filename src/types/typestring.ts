// Types as messages show them. cmd/compile/internal/types2/typestring.go.
import { quoteString } from "#syntax";
import type { Checker } from "./checker.ts";
import { type Func, isExported, type Obj, ObjKind, type TypeName } from "./objects.ts";
import type { Package } from "./package.ts";
import { isAliasName, under } from "./predicates.ts";
import { BasicKind, Dir, type Signature, type Tuple, type Type, TypeKind, type TypeParam } from "./types.ts";
import { anyInterface, universe, universeComparable, unsafePackage } from "./universe.ts";

/** How a package is named in front of its objects; "" leaves the qualifier away. */
export type Qualifier = (pkg: Package) => string;

export function typeString(
  t: Type,
  qf: Qualifier | null = null,
  position: ((pos: number) => string) | null = null,
): string {
  const w = new TypeWriter(qf, position);
  w.type(t);
  return w.out;
}

export function packagePrefix(pkg: Package | null, qf: Qualifier | null): string {
  if (pkg === null) return "";
  const s = qf !== null ? qf(pkg) : pkg.path;
  return s === "" ? "" : `${s}.`;
}

export class TypeWriter {
  out = "";
  paramNames = true;
  /** Say of which package the first unexported field is. */
  pkgInfo = false;
  private readonly seen: Type[] = [];
  constructor(
    private readonly qf: Qualifier | null,
    private readonly position: ((pos: number) => string) | null = null,
  ) {}

  type(t: Type | null): void {
    if (t === null) {
      this.out += "<nil>";
      return;
    }
    if (this.seen.includes(t)) {
      this.out += `<cycle to ${kindNames[t.kind]}>`;
      return;
    }
    this.seen.push(t);
    this.write(t);
    this.seen.pop();
  }

  private write(t: Type): void {
    switch (t.kind) {
      case TypeKind.Basic:
        this.out += t.basic === BasicKind.UnsafePointer ? `${packagePrefix(unsafePackage, this.qf)}Pointer` : t.name;
        break;
      case TypeKind.Array:
        this.out += `[${t.len}]`;
        this.type(t.elem);
        break;
      case TypeKind.Slice:
        this.out += "[]";
        this.type(t.elem);
        break;
      case TypeKind.Struct:
        this.out += "struct{";
        for (let i = 0; i < t.fields.length; i++) {
          const f = t.fields[i]!;
          if (i > 0) this.out += "; ";
          const annotate = this.qf === null && this.pkgInfo && !isExported(f.name);
          if (annotate) this.pkgInfo = false;
          if (!f.embedded) this.out += `${f.name} `;
          this.type(f.type);
          if (annotate) this.out += ` /* package ${f.pkg!.path} */ `;
          const tag = t.tag(i);
          if (tag !== "") this.out += ` ${quoteString(tag)}`;
        }
        this.out += "}";
        break;
      case TypeKind.Pointer:
        this.out += "*";
        this.type(t.elem);
        break;
      case TypeKind.Tuple:
        this.tuple(t, false);
        break;
      case TypeKind.Signature:
        this.out += "func";
        this.signature(t);
        break;
      case TypeKind.Union:
        for (let i = 0; i < t.terms.length; i++) {
          if (i > 0) this.out += " | ";
          if (t.terms[i]!.tilde) this.out += "~";
          this.type(t.terms[i]!.type);
        }
        break;
      case TypeKind.Interface: {
        if (t === anyInterface) {
          this.out += "any";
          break;
        }
        if (t === universeComparable.resolved) {
          this.out += "interface{comparable}";
          break;
        }
        if (t.implicit) {
          if (t.methods.length === 0 && t.embeddeds.length === 1) {
            this.type(t.embeddeds[0]!);
            break;
          }
          this.out += "/* implicit */ ";
        }
        this.out += "interface{";
        let first = true;
        for (const m of t.methods) {
          if (!first) this.out += "; ";
          first = false;
          this.out += m.name;
          this.signature(m.signature);
        }
        for (const e of t.embeddeds) {
          if (!first) this.out += "; ";
          first = false;
          this.type(e);
        }
        this.out += "}";
        break;
      }
      case TypeKind.Map:
        this.out += "map[";
        this.type(t.key);
        this.out += "]";
        this.type(t.elem);
        break;
      case TypeKind.Chan: {
        this.out += t.dir === Dir.Both ? "chan " : t.dir === Dir.SendOnly ? "chan<- " : "<-chan ";
        const parens = t.dir === Dir.Both && t.elem.kind === TypeKind.Chan && t.elem.dir === Dir.RecvOnly;
        if (parens) this.out += "(";
        this.type(t.elem);
        if (parens) this.out += ")";
        break;
      }
      case TypeKind.Named:
      case TypeKind.Alias:
        this.typeName(t.obj);
        if (t.targs !== null) this.typeList(t.targs);
        else if (t.tparams.length > 0) this.typeParamList(t.tparams);
        break;
      case TypeKind.TypeParam:
        this.out += t.obj.name;
        if (universe.lookup(t.obj.name) !== undefined) {
          const at = this.position !== null ? this.position(t.obj.pos) : "?";
          this.out += ` /* with ${t.obj.name} declared at ${at} */`;
        }
        break;
    }
  }

  typeList(list: readonly Type[]): void {
    this.out += "[";
    for (let i = 0; i < list.length; i++) {
      if (i > 0) this.out += ", ";
      this.type(list[i]!);
    }
    this.out += "]";
  }

  typeParamList(list: readonly TypeParam[]): void {
    this.out += "[";
    let prev: Type | null = null;
    for (let i = 0; i < list.length; i++) {
      const p = list[i]!;
      if (i > 0) {
        if (p.bound !== prev) {
          this.out += " ";
          this.type(prev);
        }
        this.out += ", ";
      }
      prev = p.bound;
      this.type(p);
    }
    if (prev !== null) {
      this.out += " ";
      this.type(prev);
    }
    this.out += "]";
  }

  private typeName(obj: TypeName): void {
    this.out += packagePrefix(obj.pkg, this.qf) + obj.name;
  }

  tuple(t: Tuple, variadic: boolean): void {
    this.out += "(";
    for (let i = 0; i < t.vars.length; i++) {
      const v = t.vars[i]!;
      if (i > 0) this.out += ", ";
      if (v.name !== "" && this.paramNames) this.out += `${v.name} `;
      if (variadic && i === t.vars.length - 1) {
        const vt = v.type!;
        if (vt.kind === TypeKind.Slice) {
          this.out += "...";
          this.type(vt.elem);
        } else {
          this.type(vt);
          this.out += "...";
        }
      } else this.type(v.type);
    }
    this.out += ")";
  }

  signature(s: Signature): void {
    if (s.tparams.length > 0) this.typeParamList(s.tparams);
    this.tuple(s.params, s.variadic);
    const n = s.results.vars.length;
    if (n === 0) return;
    this.out += " ";
    if (n === 1 && s.results.vars[0]!.name === "") this.type(s.results.vars[0]!.type);
    else this.tuple(s.results, false);
  }
}

const kindNames: readonly string[] = [
  "*Basic",
  "*Array",
  "*Slice",
  "*Struct",
  "*Pointer",
  "*Tuple",
  "*Signature",
  "*Union",
  "*Interface",
  "*Map",
  "*Chan",
  "*Named",
  "*TypeParam",
  "*Alias",
];

/** A method with its signature, without parameter names. */
export function funcString(c: Checker | null, f: Func, pkgInfo: boolean): string {
  const w = new TypeWriter(c !== null && !pkgInfo ? c.qualifier : null);
  w.pkgInfo = pkgInfo;
  w.paramNames = false;
  w.signature(f.signature);
  return f.name + w.out;
}

/** "func (T).m" and the like: a function's name with its receiver or package. */
export function funcName(f: Func, qf: Qualifier | null): string {
  const sig = f.type;
  let out = "";
  if (sig !== null && sig.kind === TypeKind.Signature && sig.recv !== null) {
    const rt = sig.recv.type!;
    out += `(${rt.kind === TypeKind.Interface ? "interface" : typeString(rt, qf)}).`;
  } else if (f.pkg !== null) out += packagePrefix(f.pkg, qf);
  return out + f.name;
}

/** An object as messages show it: "var x int", "type T struct{…}". */
export function objectString(obj: Obj, qf: Qualifier | null): string {
  let what: string;
  let t = obj.type;
  switch (obj.kind) {
    case ObjKind.PkgName: {
      const path = obj.imported.path;
      return `package ${obj.name}${path !== "" && path !== obj.name ? ` (${quoteString(path)})` : ""}`;
    }
    case ObjKind.Const:
      what = "const";
      break;
    case ObjKind.TypeName:
      what = t !== null && t.kind === TypeKind.TypeParam ? "type parameter" : "type";
      break;
    case ObjKind.Var:
      what = obj.isField ? "field" : "var";
      break;
    case ObjKind.Func: {
      const w = new TypeWriter(qf);
      if (t !== null) w.signature(t as Signature);
      return `func ${funcName(obj, qf)}${w.out}`;
    }
    case ObjKind.Label:
      what = "label";
      t = null;
      break;
    case ObjKind.Builtin:
      what = "builtin";
      t = null;
      break;
    case ObjKind.Nil:
      return "nil";
  }
  let out = `${what} `;
  if (obj.pkg !== null && obj.pkg.scope.lookup(obj.name) === obj) out += packagePrefix(obj.pkg, qf);
  out += obj.name;
  if (t === null) return out;
  if (obj.kind === ObjKind.TypeName) {
    if (t.kind === TypeKind.Basic) return out;
    if ((t.kind === TypeKind.Named || t.kind === TypeKind.Alias) && t.tparams.length > 0) {
      const w = new TypeWriter(qf);
      w.typeParamList(t.tparams);
      out += w.out;
    }
    if (isAliasName(obj)) {
      out += " =";
      if (t.kind === TypeKind.Alias) t = t.fromRHS;
    } else if (t.kind === TypeKind.TypeParam) t = t.bound;
    else t = under(t);
  }
  if (obj.name === "any" && obj.parent === universe) return "type any = interface{}";
  return `${out} ${t === null ? "<nil>" : typeString(t, qf)}`;
}
