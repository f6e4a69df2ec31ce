// Index and slice expressions, and indices.
import { ConstKind, isInt64, sign, smallIntVal, stringVal, valueString } from "#constant";
import { type Expr, type IndexExpr, Kind, type SliceExpr } from "#syntax";
import { assignment } from "./assignments.ts";
import { use } from "./call.ts";
import type { Checker } from "./checker.ts";
import { Rounded, representableConst } from "./const.ts";
import { ErrorCode } from "./errorcodes.ts";
import { expr, exprOrType, nonGeneric } from "./expr.ts";
import { Mode } from "./info.ts";
import { Operand } from "./operand.ts";
import {
  allInteger,
  allTypes,
  identical,
  isString,
  isTypeParam,
  isUntyped,
  isValid,
  under,
  underIs,
} from "./predicates.ts";
import { BasicKind, Slice, type Type, TypeKind } from "./types.ts";
import { varType } from "./typexpr.ts";
import { invalidType, typ, universeByte } from "./universe.ts";
import { convertUntyped } from "./untyped.ts";
import { markAddrTaken } from "./varuse.ts";

/** Number of bytes of a constant string, -1 for other values. */
function constLength(x: Operand): number {
  return x.mode === Mode.Constant && x.val!.kind === ConstKind.String ? stringVal(x.val!).length : -1;
}

/** Checks x[index]; true if x is a generic function (then index holds type arguments, still to be looked at). */
export function indexExpr(c: Checker, x: Operand, e: IndexExpr): boolean {
  exprOrType(c, x, e.x, true);
  if (x.mode === Mode.Invalid) {
    use(c, e.index);
    return false;
  }
  if (x.mode === Mode.TypeExpr) {
    x.mode = Mode.Invalid;
    x.type = varType(c, e);
    if (isValid(x.type)) x.mode = Mode.TypeExpr;
    return false;
  }
  if (x.mode === Mode.Value) {
    const u = under(x.type);
    if (u.kind === TypeKind.Signature && u.tparams.length > 0) return true;
  }
  nonGeneric(c, null, x);
  if ((x.mode as Mode) === Mode.Invalid) return false;
  let valid = false;
  let length = -1;
  const t = under(x.type);
  switch (t.kind) {
    case TypeKind.Basic:
      if (isString(t)) {
        valid = true;
        length = constLength(x);
        x.mode = Mode.Value;
        x.type = universeByte;
      }
      break;
    case TypeKind.Array:
      valid = true;
      length = t.len;
      if (x.mode !== Mode.Variable) x.mode = Mode.Value;
      x.type = t.elem;
      break;
    case TypeKind.Pointer: {
      const a = under(t.elem);
      if (a.kind === TypeKind.Array) {
        valid = true;
        length = a.len;
        x.mode = Mode.Variable;
        x.type = a.elem;
      }
      break;
    }
    case TypeKind.Slice:
      valid = true;
      x.mode = Mode.Variable;
      x.type = t.elem;
      break;
    case TypeKind.Map:
      mapIndex(c, x, e, t.key, t.elem);
      return false;
    case TypeKind.Interface: {
      if (!isTypeParam(x.type)) break;
      const r = indexTypeParam(x);
      if (r === null) break;
      if (r.key !== null) {
        mapIndex(c, x, e, r.key, r.elem);
        return false;
      }
      valid = true;
      length = r.length;
      x.mode = r.mode;
      x.type = r.elem;
      break;
    }
  }
  if (!valid) {
    c.error(e.pos, ErrorCode.NonSliceableOperand, `cannot index ${c.ops(x)}`);
    use(c, e.index);
    x.mode = Mode.Invalid;
    return false;
  }
  const index = singleIndex(c, e);
  checkIndex(c, index, length);
  return false;
}

function mapIndex(c: Checker, x: Operand, e: IndexExpr, key: Type, elem: Type): void {
  const index = singleIndex(c, e);
  const k = new Operand();
  expr(c, null, k, index);
  assignment(c, k, key, "map index");
  x.mode = Mode.MapIndex;
  x.type = elem;
  x.expr = e;
}

/** What indexing a value of type parameter type gives: all types of its type set must agree. */
function indexTypeParam(x: Operand): { key: Type | null; elem: Type; length: number; mode: Mode } | null {
  let key: Type | null = null;
  let elem: Type | null = null;
  let length = -1;
  let mode = Mode.Variable;
  const ok = underIs(x.type, (u) => {
    let l = -1;
    let k: Type | null = null;
    let e: Type | null = null;
    if (u !== null) {
      switch (u.kind) {
        case TypeKind.Basic:
          if (isString(u)) {
            e = universeByte;
            mode = Mode.Value;
          }
          break;
        case TypeKind.Array:
          l = u.len;
          e = u.elem;
          if (x.mode !== Mode.Variable) mode = Mode.Value;
          break;
        case TypeKind.Pointer: {
          const a = under(u.elem);
          if (a.kind === TypeKind.Array) {
            l = a.len;
            e = a.elem;
          }
          break;
        }
        case TypeKind.Slice:
          e = u.elem;
          break;
        case TypeKind.Map:
          k = u.key;
          e = u.elem;
          break;
      }
    }
    if (e === null) return false;
    if (elem === null) {
      length = l;
      key = k;
      elem = e;
      return true;
    }
    // Either all are maps with identical keys or none is.
    if ((key === null) !== (k === null) || (key !== null && k !== null && !identical(key, k))) return false;
    if (!identical(elem, e)) return false;
    if (l >= 0 && (length < 0 || l < length)) length = l;
    return true;
  });
  return ok && elem !== null ? { key, elem, length, mode } : null;
}

export function sliceExpr(c: Checker, x: Operand, e: SliceExpr): void {
  expr(c, null, x, e.x);
  if (x.mode === Mode.Invalid) {
    use(c, e.lo, e.hi, e.max);
    return;
  }
  let ct: Type | null = null;
  let cu: Type | null = null;
  let hasString = false;
  const ok = allTypes(x.type, (t, u) => {
    if (u === null || t === null) {
      c.error(x, ErrorCode.NonSliceableOperand, `cannot slice ${c.ops(x)}: no specific type in ${c.ts(x.type)}`);
      return false;
    }
    // In a type set, strings count as byte slices.
    let v: Type = u;
    if (isString(u)) {
      v = new Slice(universeByte);
      hasString = true;
    }
    if (cu === null) {
      ct = t;
      cu = v;
      return true;
    }
    if (!identical(cu, v)) {
      c.error(
        x,
        ErrorCode.NonSliceableOperand,
        `cannot slice ${c.ops(x)}: ${c.ts(ct)} and ${c.ts(t)} have different underlying types`,
      );
      return false;
    }
    return true;
  });
  if (!ok || cu === null) {
    x.mode = Mode.Invalid;
    return;
  }
  let u = cu as Type;
  if (hasString) u = isTypeParam(x.type) ? typ[BasicKind.String]! : under(x.type);
  let valid = false;
  let length = -1;
  switch (u.kind) {
    case TypeKind.Basic:
      if (!isString(u)) break;
      if (e.full) {
        c.error(e.max ?? e, ErrorCode.InvalidSliceExpr, "invalid operation: 3-index slice of string");
        x.mode = Mode.Invalid;
        return;
      }
      valid = true;
      length = constLength(x);
      // Slicing an untyped string gives a string.
      if (isUntyped(x.type)) x.type = typ[BasicKind.String]!;
      break;
    case TypeKind.Array:
      valid = true;
      length = u.len;
      if (x.mode !== Mode.Variable) {
        c.error(x, ErrorCode.NonSliceableOperand, `cannot slice unaddressable value ${c.ops(x)}`);
        x.mode = Mode.Invalid;
        return;
      }
      markAddrTaken(e.x);
      x.type = new Slice(u.elem);
      break;
    case TypeKind.Pointer: {
      const a = under(u.elem);
      if (a.kind === TypeKind.Array) {
        valid = true;
        length = a.len;
        x.type = new Slice(a.elem);
      }
      break;
    }
    case TypeKind.Slice:
      valid = true;
      break;
  }
  if (!valid) {
    c.error(x, ErrorCode.NonSliceableOperand, `cannot slice ${c.ops(x)}`);
    x.mode = Mode.Invalid;
    return;
  }
  x.mode = Mode.Value;
  if (e.full && (e.hi === null || e.max === null)) {
    c.error(e, ErrorCode.InvalidSyntaxTree, "2nd and 3rd index required in 3-index slice");
    x.mode = Mode.Invalid;
    return;
  }
  const parts = [e.lo, e.hi, e.max];
  const known = [-1, -1, -1];
  for (let i = 0; i < 3; i++) {
    const p = parts[i]!;
    if (p !== null) {
      // The end may equal the length.
      const v = checkIndex(c, p, length >= 0 ? length + 1 : -1).value;
      if (v >= 0) known[i] = v;
    } else if (i === 0) known[i] = 0;
    else if (length >= 0) known[i] = length;
  }
  for (let i = 0; i < 2; i++) {
    if (known[i]! <= 0) continue;
    for (let j = i + 1; j < 3; j++) {
      if (known[j]! >= 0 && known[j]! < known[i]!) {
        c.error(parts[j] ?? e, ErrorCode.SwappedSliceIndices, `invalid slice indices: ${known[j]!} < ${known[i]!}`);
        return;
      }
    }
  }
}

function singleIndex(c: Checker, e: IndexExpr): Expr {
  const index = e.index;
  if (index.kind !== Kind.ListExpr) return index;
  c.error(index.elemList[1]!, ErrorCode.InvalidIndex, "invalid operation: more than one index");
  return index.elemList[0]!;
}

/** Checks an index or size against a limit (-1: none); its type, and its value if it is a valid constant, else -1. */
export function checkIndex(c: Checker, index: Expr, max: number): { type: Type; value: number } {
  const x = new Operand();
  expr(c, null, x, index);
  if (!isValidIndex(c, x, ErrorCode.InvalidIndex, "index", false)) return { type: invalidType, value: -1 };
  if (x.mode !== Mode.Constant) return { type: x.type, value: -1 };
  const val = x.val!;
  if (val.kind !== ConstKind.Int) return { type: invalidType, value: -1 };
  const v = smallIntVal(val) ?? (isInt64(val) ? Number(val.big) : -1);
  if (max >= 0 && v >= max) {
    c.error(x, ErrorCode.InvalidIndex, `invalid argument: index ${valueString(val)} out of bounds [0:${max}]`);
    return { type: invalidType, value: -1 };
  }
  return { type: x.type, value: v };
}

export function isValidIndex(c: Checker, x: Operand, code: ErrorCode, what: string, allowNegative: boolean): boolean {
  if (x.mode === Mode.Invalid) return false;
  convertUntyped(c, x, typ[BasicKind.Int]!);
  if ((x.mode as Mode) === Mode.Invalid) return false;
  if (!allInteger(x.type)) {
    c.error(x, code, `invalid argument: ${what} ${c.ops(x)} must be integer`);
    return false;
  }
  if (x.mode === Mode.Constant) {
    if (!allowNegative && x.val!.kind !== ConstKind.Unknown && sign(x.val!) < 0) {
      c.error(x, code, `invalid argument: ${what} ${c.ops(x)} must not be negative`);
      return false;
    }
    const r = new Rounded();
    r.value = x.val;
    const ok = representableConst(x.val!, typ[BasicKind.Int]!, r);
    x.val = r.value;
    if (!ok) {
      c.error(x, code, `invalid argument: ${what} ${c.ops(x)} overflows int`);
      return false;
    }
  }
  return true;
}
