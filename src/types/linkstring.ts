// Type strings that end up in objects. linkString names `type:` symbols and is hashed into type descriptors: packages are
// paths, and two types have the same string exactly if they are identical. nameString is what reflection shows: packages
// are names. cmd/compile/internal/types/fmt.go, modes fmtTypeID and fmtTypeIDName.
import { pathToPrefix } from "#base";
import { quoteString } from "#syntax";
import { isExported, type Func, type TypeName, type Var } from "./objects.ts";
import type { Package } from "./package.ts";
import { unalias, under } from "./predicates.ts";
import { typeSetOf } from "./typeset.ts";
import { BasicKind, Dir, type Named, type Signature, type Type, TypeKind } from "./types.ts";
import { universeError } from "./universe.ts";

const enum Mode {
  Link,
  Name,
}

export function linkString(t: Type): string {
  return new LinkWriter(Mode.Link).string(t);
}

export function nameString(t: Type): string {
  return new LinkWriter(Mode.Name).string(t);
}

/** The name of a defined type without its package: `T`, `T·2` (local), `T[int]`, `T[int;string]·1` (local, outer arguments first). */
export function typeSymName(t: Named, withVargen = true): string {
  let s = t.obj.name;
  if (t.targs !== null) {
    const outer = t.orig.implicits.length;
    s += "[";
    for (let i = 0; i < t.targs.length; i++) {
      if (i > 0) s += i === outer ? ";" : ",";
      s += linkString(t.targs[i]!);
    }
    s += "]";
  }
  if (withVargen && t.orig.vargen !== 0) s += `·${t.orig.vargen}`;
  return s;
}

class LinkWriter {
  private out = "";
  private readonly seen: Type[] = [];
  private readonly offsets: number[] = [];
  constructor(private mode: Mode) {}

  string(t: Type): string {
    this.type(t);
    return this.out;
  }

  private pkg(p: Package | null): string {
    if (p === null) return "";
    return this.mode === Mode.Link ? pathToPrefix(p.path) : p.name;
  }

  private qualified(p: Package | null, name: string): void {
    const q = this.pkg(p);
    this.out += q === "" ? name : `${q}.${name}`;
  }

  private type(t: Type, sig = false): void {
    t = unalias(t);
    if (t.kind === TypeKind.Basic) {
      this.out += t.basic === BasicKind.UnsafePointer ? "unsafe.Pointer" : basicNames[t.basic]!;
      return;
    }
    if (t === universeError) {
      this.out += "error";
      return;
    }
    if (t.kind === TypeKind.Named) {
      this.qualified(t.obj.pkg, typeSymName(t, this.mode === Mode.Link));
      return;
    }
    if (t.kind === TypeKind.TypeParam) {
      this.qualified(t.obj.pkg, t.obj.name);
      return;
    }
    const i = this.seen.indexOf(t);
    if (i >= 0) {
      this.out += `@${this.offsets[i]!}`;
      return;
    }
    this.seen.push(t);
    this.offsets.push(this.out.length);
    this.literal(t, sig);
    this.seen.pop();
    this.offsets.pop();
  }

  private literal(t: Type, sig: boolean): void {
    switch (t.kind) {
      case TypeKind.Pointer:
        this.out += "*";
        this.type(t.elem);
        break;
      case TypeKind.Array:
        this.out += `[${t.len}]`;
        this.type(t.elem);
        break;
      case TypeKind.Slice:
        this.out += "[]";
        this.type(t.elem);
        break;
      case TypeKind.Chan: {
        this.out += t.dir === Dir.RecvOnly ? "<-chan " : t.dir === Dir.SendOnly ? "chan<- " : "chan ";
        const e = unalias(t.elem);
        const parens = t.dir === Dir.Both && e.kind === TypeKind.Chan && e.dir === Dir.RecvOnly;
        if (parens) this.out += "(";
        this.type(t.elem);
        if (parens) this.out += ")";
        break;
      }
      case TypeKind.Map:
        this.out += "map[";
        this.type(t.key);
        this.out += "]";
        this.type(t.elem);
        break;
      case TypeKind.Interface: {
        const methods = typeSetOf(t).methods;
        if (methods.length === 0) {
          this.out += "interface {}";
          break;
        }
        const mode = this.mode;
        this.out += "interface {";
        for (let i = 0; i < methods.length; i++) {
          this.out += i === 0 ? " " : "; ";
          const m: Func = methods[i]!;
          if (isExported(m.name)) this.out += m.name;
          else this.qualified(m.pkg, m.name);
          this.type(m.type!, true);
        }
        this.mode = mode;
        this.out += " }";
        break;
      }
      case TypeKind.Signature:
        if (!sig) this.out += "func";
        this.signature(t);
        break;
      case TypeKind.Struct:
        this.out += "struct {";
        for (let i = 0; i < t.fields.length; i++) {
          this.out += i === 0 ? " " : "; ";
          this.field(t.fields[i]!, t.tag(i));
        }
        this.out += t.fields.length > 0 ? " }" : "}";
        break;
      case TypeKind.Tuple:
        for (let i = 0; i < t.vars.length; i++) {
          if (i > 0) this.out += ",";
          this.type(t.vars[i]!.type!);
        }
        break;
      default:
        this.out += "?";
    }
  }

  private field(f: Var, tag: string): void {
    const exported = isExported(f.name);
    if (!f.embedded) {
      if (exported || this.mode === Mode.Name) this.out += `${f.name} `;
      else {
        this.qualified(f.pkg, f.name);
        this.out += " ";
      }
    } else if (this.mode === Mode.Link) {
      // Embedding through an alias gives the field the alias's name, which is part of the type's identity.
      const base = unalias(f.type!);
      const named = typeObj(base.kind === TypeKind.Pointer ? unalias(base.elem) : base);
      // The field of an embedded predeclared type belongs to the package of the struct, its type to none: they are told apart.
      const same = named !== null && named.name === f.name && (isExported(named.name) || named.pkg === f.pkg);
      if (!(same && named!.plain)) {
        if (exported) this.out += f.name;
        else this.qualified(f.pkg, f.name);
        this.out += " = ";
      }
    }
    this.type(f.type!);
    if (tag !== "") this.out += ` ${quoteString(tag)}`;
  }

  private signature(s: Signature): void {
    this.out += "(";
    const ps = s.params.vars;
    for (let i = 0; i < ps.length; i++) {
      if (i > 0) this.out += ", ";
      const pt = ps[i]!.type!;
      if (s.variadic && i === ps.length - 1) {
        this.out += "...";
        const u = under(pt);
        this.type(u.kind === TypeKind.Slice ? u.elem : pt);
      } else this.type(pt);
    }
    this.out += ")";
    const rs = s.results.vars;
    if (rs.length === 0) return;
    this.out += " ";
    if (rs.length === 1) {
      this.type(rs[0]!.type!);
      return;
    }
    this.out += "(";
    for (let i = 0; i < rs.length; i++) {
      if (i > 0) this.out += ", ";
      this.type(rs[i]!.type!);
    }
    this.out += ")";
  }
}

/** The name that gc's type symbol has for a defined type; instances and local types have more in it than the field's name. */
function typeObj(t: Type): { name: string; pkg: TypeName["pkg"]; plain: boolean } | null {
  if (t.kind !== TypeKind.Named) return null;
  const name = typeSymName(t);
  return { name: t.obj.name, pkg: t.obj.pkg, plain: name === t.obj.name };
}

const basicNames: readonly string[] = [
  "invalid type",
  "bool",
  "int",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "uintptr",
  "float32",
  "float64",
  "complex64",
  "complex128",
  "string",
  "unsafe.Pointer",
  "untyped bool",
  "untyped int",
  "untyped rune",
  "untyped float",
  "untyped complex",
  "untyped string",
  "nil",
];
