// Struct types.
import { quoteString, unquote } from "#constant";
import {
  type BasicLit,
  type Expr,
  Kind,
  LitKind,
  type Name,
  newName,
  type Operation,
  Operator,
  startPos,
  type StructType,
} from "#syntax";
import { type Checker, ObjSet } from "./checker.ts";
import { ErrorCode } from "./errorcodes.ts";
import { Var, VarKind } from "./objects.ts";
import { deref, isTypeParam, isValid, under } from "./predicates.ts";
import { BasicKind, type Struct, type Type, TypeKind } from "./types.ts";
import { varType } from "./typexpr.ts";
import { invalidType } from "./universe.ts";

export function structType(c: Checker, s: Struct, e: StructType): void {
  const fields: Var[] = [];
  let tags: string[] | null = null;
  const set = new ObjSet();
  let type: Type = invalidType;
  let prev: Expr | null = null;
  for (let i = 0; i < e.fieldList.length; i++) {
    const f = e.fieldList[i]!;
    if (f.type !== prev) {
      type = varType(c, f.type);
      prev = f.type;
    }
    let tag = i < e.tagList.length ? tagText(c, e.tagList[i]!) : "";
    let id = f.name;
    const embedded = id === null;
    let fieldType = type;
    if (id === null) {
      const pos = startPos(f.type);
      id = embeddedFieldName(f.type);
      if (id === null) {
        c.error(pos, ErrorCode.InvalidSyntaxTree, `invalid embedded field type ${c.es(f.type)}`);
        id = newName(pos, "_");
        fieldType = invalidType;
        tag = "";
      } else checkEmbedded(c, type, pos);
    }
    if (tag !== "" && tags === null) tags = new Array<string>(fields.length).fill("");
    const field = new Var(VarKind.Field, id.pos, c.pkg, id.value, fieldType, embedded);
    if (tags !== null) tags.push(tag);
    if (id.value === "_" || declareInSet(c, set, field)) {
      fields.push(field);
      // The name of an embedded field is also a use of its type: both are kept, the field on the Field.
      if (!embedded) id.obj = field;
      else f.implicit = field;
    }
  }
  s.fields = fields;
  s.tags = tags;
}

function checkEmbedded(c: Checker, type: Type, pos: number): void {
  c.later(() => {
    const d = deref(type);
    const u = under(d.type);
    switch (u.kind) {
      case TypeKind.Basic:
        if (isValid(d.type) && u.basic === BasicKind.UnsafePointer)
          c.error(pos, ErrorCode.InvalidPtrEmbed, "embedded field type cannot be unsafe.Pointer");
        break;
      case TypeKind.Pointer:
        c.error(pos, ErrorCode.InvalidPtrEmbed, "embedded field type cannot be a pointer");
        break;
      case TypeKind.Interface:
        if (isTypeParam(d.type)) {
          c.error(pos, ErrorCode.MisplacedTypeParam, "embedded field type cannot be a (pointer to a) type parameter");
        } else if (d.ptr)
          c.error(pos, ErrorCode.InvalidPtrEmbed, "embedded field type cannot be a pointer to an interface");
        break;
    }
  });
}

function embeddedFieldName(e: Expr): Name | null {
  switch (e.kind) {
    case Kind.Name:
      return e;
    case Kind.Operation: {
      const base = ptrBase(e);
      // *T but not **T
      if (base !== null && (base.kind !== Kind.Operation || ptrBase(base) === null)) return embeddedFieldName(e.x);
      return null;
    }
    case Kind.SelectorExpr:
      return e.sel;
    case Kind.IndexExpr:
      return embeddedFieldName(e.x);
    default:
      return null;
  }
}

function ptrBase(x: Operation): Expr | null {
  return x.op === Operator.Mul && x.y === null ? x.x : null;
}

function declareInSet(c: Checker, set: ObjSet, field: Var): boolean {
  const alt = set.insert(field);
  if (alt === undefined) return true;
  const err = c.newError(ErrorCode.DuplicateDecl);
  err.add(field.pos, `${field.name} redeclared`);
  err.addAltDecl(alt);
  err.report();
  return false;
}

function tagText(c: Checker, t: BasicLit | null): string {
  if (t === null || t.bad) return "";
  if (t.litKind === LitKind.String) {
    const s = unquote(t.value);
    if (s !== undefined) return s;
  }
  c.error(t, ErrorCode.InvalidSyntaxTree, `incorrect tag syntax: ${quoteString(t.value)}`);
  return "";
}
