// Literals: basic, function and composite.
import { ConstKind, makeFromLiteral, valueString } from "#constant";
import { type BasicLit, type CompositeLit, endPos, type Expr, type FuncLit, Kind, LitKind } from "#syntax";
import { assignment } from "./assignments.ts";
import { use } from "./call.ts";
import type { Checker } from "./checker.ts";
import { overflow, valueKey } from "./const.ts";
import { ErrorCode } from "./errorcodes.ts";
import { expr, exprWithHint } from "./expr.ts";
import { checkIndex } from "./indexing.ts";
import { Mode } from "./info.ts";
import { fieldIndex } from "./lookup.ts";
import { isExported } from "./objects.ts";
import { Operand } from "./operand.ts";
import { commonUnder, deref, identical, isNonTypeParamInterface, isValid } from "./predicates.ts";
import { lookupError } from "./selector.ts";
import { funcBody } from "./stmt.ts";
import { BasicKind, GoArray, type Struct, type Type, TypeKind } from "./types.ts";
import { record, typeOf, varType } from "./typexpr.ts";
import { invalidType, typ } from "./universe.ts";

const literalKinds: readonly BasicKind[] = [
  BasicKind.UntypedInt,
  BasicKind.UntypedFloat,
  BasicKind.UntypedComplex,
  BasicKind.UntypedRune,
  BasicKind.UntypedString,
];

/** Literals that older language versions do not have. */
function langCompat(c: Checker, lit: BasicLit): void {
  const s = lit.value;
  if (s.length <= 2 || c.allowVersion(13)) return;
  if (s.includes("_")) {
    c.versionError(lit, 13, "underscore in numeric literal");
    return;
  }
  if (s[0] !== "0") return;
  const radix = s[1]!.toLowerCase();
  if (radix === "b") c.versionError(lit, 13, "binary literal");
  else if (radix === "o") c.versionError(lit, 13, "0o/0O-style octal literal");
  else if (lit.litKind !== LitKind.Int && radix === "x") c.versionError(lit, 13, "hexadecimal floating-point literal");
}

export function basicLit(c: Checker, x: Operand, e: BasicLit): void {
  const kind = e.litKind;
  if (kind === LitKind.Int || kind === LitKind.Float || kind === LitKind.Imag) {
    langCompat(c, e);
    // Constants of such length are an attack or a mistake.
    if (e.value.length > 10000) {
      c.error(
        e,
        ErrorCode.InvalidConstVal,
        `excessively long constant: ${e.value.slice(0, 10)}... (${e.value.length} chars)`,
      );
      return;
    }
  }
  const val = makeFromLiteral(e.value, kind);
  if (val.kind === ConstKind.Unknown) {
    c.error(e, ErrorCode.InvalidConstVal, `malformed constant: ${e.value}`);
    return;
  }
  x.mode = Mode.Constant;
  x.type = typ[literalKinds[kind]!]!;
  x.val = val;
  x.expr = e;
  if (val.kind === ConstKind.Int && val.big !== null) overflow(c, x, e.pos);
}

export function funcLit(c: Checker, x: Operand, e: FuncLit): void {
  const sig = typeOf(c, e.type);
  if (sig.kind !== TypeKind.Signature) {
    c.error(e, ErrorCode.InvalidSyntaxTree, `invalid function literal ${c.es(e)}`);
    return;
  }
  sig.scope!.pos = e.pos;
  sig.scope!.end = endPos(e);
  if (!c.ignoreFuncBodies) {
    const decl = c.env.decl;
    const iota = c.env.iota;
    const tparams = c.env.tparams;
    // After the statement around, so that variables declared there are known not to be visible.
    c.later(() => funcBody(c, decl, sig, e.body, iota, tparams));
  }
  x.mode = Mode.Value;
  x.type = sig;
}

export function compositeLit(c: Checker, x: Operand, e: CompositeLit, hint: Type | null): void {
  let t: Type;
  let base: Type;
  let isElem = false;
  if (e.type !== null) {
    if (e.type.kind === Kind.ArrayType && e.type.len === null) {
      // [...]T: the length follows from the elements.
      t = new GoArray(-1, varType(c, e.type.elem));
    } else t = typeOf(c, e.type);
    base = t;
  } else if (hint !== null) {
    t = hint;
    base = t;
    const u = commonUnder(base, null).under;
    if (u !== null) {
      const d = deref(u);
      if (d.ptr) base = d.type;
    }
    isElem = true;
  } else {
    c.error(e, ErrorCode.UntypedLit, "missing type in composite literal");
    t = invalidType;
    base = t;
  }
  const u = commonUnder(base, null).under;
  switch (u === null ? -1 : u.kind) {
    case TypeKind.Struct:
      structLit(c, x, e, u as Struct, base);
      break;
    case TypeKind.Array: {
      const a = u as GoArray;
      const n = indexedElems(c, e.elemList, a.elem, a.len);
      if (a.len < 0) {
        a.len = n;
        if (e.type !== null) record(e.type, Mode.TypeExpr, a, null);
      }
      break;
    }
    case TypeKind.Slice:
      if (u !== null && u.kind === TypeKind.Slice) indexedElems(c, e.elemList, u.elem, -1);
      break;
    case TypeKind.Map:
      if (u !== null && u.kind === TypeKind.Map) mapLit(c, x, e, u.key, u.elem);
      break;
    default: {
      for (const el of e.elemList) use(c, el.kind === Kind.KeyValueExpr ? el.value : el);
      if (u === null || isValid(u)) {
        const cause = u === null ? " (no common underlying type)" : "";
        c.error(
          e,
          ErrorCode.InvalidLit,
          `invalid composite literal${isElem ? " element" : ""} type ${c.ts(t)}${cause}`,
        );
        x.mode = Mode.Invalid;
        return;
      }
    }
  }
  x.mode = Mode.Value;
  x.type = t;
}

function structLit(c: Checker, x: Operand, lit: CompositeLit, s: Struct, base: Type): void {
  const elems = lit.elemList;
  if (elems.length === 0) return;
  const fields = s.fields;
  if (elems[0]!.kind === Kind.KeyValueExpr) {
    const visited = new Array<boolean>(fields.length).fill(false);
    for (const kv of elems) {
      if (kv.kind !== Kind.KeyValueExpr) {
        c.error(kv, ErrorCode.MixedStructLit, "mixture of field:value and value elements in struct literal");
        continue;
      }
      const key = kv.key;
      // The value is checked in any case, for its uses.
      const target = key.kind === Kind.Name ? fieldIndex(fields, c.pkg, key.value, false) : -1;
      expr(c, null, x, kv.value);
      if (key.kind !== Kind.Name) {
        c.error(kv, ErrorCode.InvalidLitField, `invalid field name ${c.es(key)} in struct literal`);
        continue;
      }
      if (target < 0) {
        const j = fieldIndex(fields, c.pkg, key.value, true);
        const msg = lookupError(c, base, key.value, j >= 0 ? fields[j]! : null, true);
        c.error(key, ErrorCode.MissingLitField, msg);
        continue;
      }
      const f = fields[target]!;
      key.obj = f;
      assignment(c, x, f.type, "struct literal");
      if (visited[target]) {
        c.error(kv, ErrorCode.DuplicateLitField, `duplicate field name ${key.value} in struct literal`);
        continue;
      }
      visited[target] = true;
    }
    return;
  }
  for (let i = 0; i < elems.length; i++) {
    const e = elems[i]!;
    if (e.kind === Kind.KeyValueExpr) {
      c.error(e, ErrorCode.MixedStructLit, "mixture of field:value and value elements in struct literal");
      continue;
    }
    expr(c, null, x, e);
    if (i >= fields.length) {
      c.error(x, ErrorCode.InvalidStructLit, `too many values in struct literal of type ${c.ts(base)}`);
      break;
    }
    const f = fields[i]!;
    if (!isExported(f.name) && f.pkg !== c.pkg) {
      c.error(
        x,
        ErrorCode.UnexportedLitField,
        `implicit assignment to unexported field ${f.name} in struct literal of type ${c.ts(base)}`,
      );
      continue;
    }
    assignment(c, x, f.type, "struct literal");
  }
  if (elems.length < fields.length)
    c.error(lit.rbrace, ErrorCode.InvalidStructLit, `too few values in struct literal of type ${c.ts(base)}`);
}

function mapLit(c: Checker, x: Operand, lit: CompositeLit, key: Type, elem: Type): void {
  const keyIsInterface = isNonTypeParamInterface(key);
  const visited = new Map<string, Type[]>();
  for (const kv of lit.elemList) {
    if (kv.kind !== Kind.KeyValueExpr) {
      c.error(kv, ErrorCode.MissingLitKey, "missing key in map literal");
      continue;
    }
    exprWithHint(c, x, kv.key, key);
    assignment(c, x, key, "map literal");
    if (x.mode === Mode.Invalid) continue;
    if (x.mode === Mode.Constant) {
      const k = valueKey(x.val!);
      const types = visited.get(k);
      let duplicate = false;
      if (types === undefined) visited.set(k, [x.type]);
      else if (keyIsInterface) {
        // Equal values of different types are different keys.
        duplicate = types.some((t) => identical(t, x.type));
        types.push(x.type);
      } else duplicate = true;
      if (duplicate) {
        c.error(x, ErrorCode.DuplicateLitKey, `duplicate key ${valueString(x.val!)} in map literal`);
        continue;
      }
    }
    exprWithHint(c, x, kv.value, elem);
    assignment(c, x, elem, "map literal");
  }
}

/** Checks the elements of an array or slice literal; one more than the largest index. */
function indexedElems(c: Checker, elems: readonly Expr[], elem: Type, length: number): number {
  // Without keys there can be no duplicates.
  let visited: Set<number> | null = null;
  for (const e of elems) {
    if (e.kind === Kind.KeyValueExpr) {
      visited = new Set();
      break;
    }
  }
  let index = 0;
  let max = 0;
  const x = new Operand();
  for (const e of elems) {
    let validIndex = false;
    let value = e;
    if (e.kind === Kind.KeyValueExpr) {
      const r = checkIndex(c, e.key, length);
      if (isValid(r.type)) {
        if (r.value >= 0) {
          index = r.value;
          validIndex = true;
        } else c.error(e, ErrorCode.InvalidLitIndex, `index ${c.es(e.key)} must be integer constant`);
      }
      value = e.value;
    } else if (length >= 0 && index >= length) {
      c.error(e, ErrorCode.OversizeArrayLit, `index ${index} is out of bounds (>= ${length})`);
    } else validIndex = true;
    if (validIndex && visited !== null) {
      if (visited.has(index))
        c.error(e, ErrorCode.DuplicateLitKey, `duplicate index ${index} in array or slice literal`);
      visited.add(index);
    }
    index++;
    if (index > max) max = index;
    exprWithHint(c, x, value, elem);
    assignment(c, x, elem, "array or slice literal");
  }
  return max;
}
