// Untyped expressions: what type they get from where they are used, and how that travels down the tree.
import type { Value } from "#constant";
import { type Expr, Kind, Operator } from "#syntax";
import type { Checker } from "./checker.ts";
import { invalidConversion, representation } from "./const.ts";
import { ErrorCode } from "./errorcodes.ts";
import { Mode, newTypeAndValue, Open, type TypeAndValue } from "./info.ts";
import { makeOperand, type Operand } from "./operand.ts";
import {
  allInteger,
  defaultType,
  hasNil,
  isBoolean,
  isNumeric,
  isString,
  isTypeParam,
  isTyped,
  isUntyped,
  isValid,
  maxType,
  under,
  underIs,
} from "./predicates.ts";
import { typeSetOf } from "./typeset.ts";
import { type Basic, BasicKind, emptyTuple, type Type, TypeKind } from "./types.ts";
import { record } from "./typexpr.ts";
import { invalidType } from "./universe.ts";

/** Records x; what is untyped stays open until it is used. */
export function recordOperand(x: Operand): void {
  const e = x.expr!;
  if (x.mode === Mode.Invalid) return;
  if (x.mode === Mode.NoValue) {
    record(e, Mode.NoValue, emptyTuple, null);
    return;
  }
  const val = x.mode === Mode.Constant ? x.val : null;
  let tv = e.tv as TypeAndValue | null;
  if (tv === null) {
    tv = newTypeAndValue(x.mode, x.type, val);
    e.tv = tv;
  } else {
    tv.mode = x.mode;
    tv.type = x.type;
    tv.value = val;
  }
  tv.open = isUntyped(x.type) ? Open.Untyped : 0;
}

/** Gives the untyped expression x, and the operands that share its type, the type t. */
export function updateExprType(c: Checker, x: Expr, t: Type, final: boolean): void {
  const old = x.tv as TypeAndValue | null;
  if (old === null || (old.open & Open.Untyped) === 0) return;
  switch (x.kind) {
    case Kind.Name:
    case Kind.BasicLit:
    case Kind.SelectorExpr:
    case Kind.CallExpr:
      break;
    case Kind.ParenExpr:
      updateExprType(c, x.x, t, final);
      break;
    case Kind.Operation:
      // Operands of constant operations keep their types: only the result matters.
      if (old.value !== null) break;
      if (x.y === null) {
        if (x.op === Operator.Mul) return;
        updateExprType(c, x.x, t, final);
      } else if (isComparison(x.op)) {
        // The operands of a comparison do not depend on the type of the result.
      } else if (isShift(x.op)) updateExprType(c, x.x, t, final);
      else {
        updateExprType(c, x.x, t, final);
        updateExprType(c, x.y, t, final);
      }
      break;
    default:
      return;
  }
  if (!final && isUntyped(t)) {
    old.type = under(t);
    return;
  }
  old.open &= ~Open.Untyped;
  if ((old.open & Open.ShiftLhs) !== 0 && !allInteger(t)) {
    c.error(
      x,
      ErrorCode.InvalidShiftOperand,
      `invalid operation: shifted operand ${c.es(x)} (type ${c.ts(t)}) must be integer`,
    );
    return;
  }
  if (old.value !== null) {
    const cx = makeOperand(old.mode, x, old.type, old.value);
    convertUntyped(c, cx, t);
    if (cx.mode === Mode.Invalid) return;
  }
  record(x, old.mode, t, old.value);
}

function updateExprVal(x: Expr, val: Value): void {
  const tv = x.tv as TypeAndValue | null;
  if (tv !== null && (tv.open & Open.Untyped) !== 0) tv.value = val;
}

export function isShift(op: Operator): boolean {
  return op === Operator.Shl || op === Operator.Shr;
}

export function isComparison(op: Operator): boolean {
  return op >= Operator.Eql && op <= Operator.Geq;
}

/** Outcome of implicitType: type null if x cannot have the target type, for the reason code. */
export interface Implicit {
  readonly type: Type | null;
  /** The value, if it was converted. */
  readonly value: Value | null;
  readonly code: ErrorCode | 0;
}

const impossible: Implicit = { type: null, value: null, code: ErrorCode.InvalidUntypedConversion };

/** The type that the untyped operand x gets where a target is expected. */
export function implicitType(x: Operand, target: Type): Implicit {
  if (x.mode === Mode.Invalid || isTyped(x.type) || !isValid(target)) return { type: x.type, value: null, code: 0 };
  if (isUntyped(target)) {
    const m = maxType(x.type, target);
    return m !== null ? { type: m, value: null, code: 0 } : impossible;
  }
  if (x.isNil) return hasNil(target) ? { type: target, value: null, code: 0 } : impossible;
  const u = under(target);
  switch (u.kind) {
    case TypeKind.Basic: {
      if (x.mode === Mode.Constant) {
        const r = representation(x, u);
        return r.code !== 0 ? { type: null, value: null, code: r.code } : { type: target, value: r.value, code: 0 };
      }
      // Non-constant untyped values are results of comparisons and shifts.
      switch ((x.type as Basic).basic) {
        case BasicKind.UntypedBool:
          if (!isBoolean(target)) return impossible;
          break;
        case BasicKind.UntypedInt:
        case BasicKind.UntypedRune:
        case BasicKind.UntypedFloat:
        case BasicKind.UntypedComplex:
          if (!isNumeric(target)) return impossible;
          break;
        case BasicKind.UntypedString:
          if (!isString(target)) return impossible;
          break;
        default:
          return impossible;
      }
      break;
    }
    case TypeKind.Interface:
      if (isTypeParam(target)) {
        if (!underIs(target, (t) => t !== null && implicitType(x, t).type !== null)) return impossible;
        break;
      }
      if (!typeSetOf(u).isAll()) return impossible;
      return { type: defaultType(x.type), value: null, code: 0 };
    default:
      return impossible;
  }
  return { type: target, value: null, code: 0 };
}

/** Converts x, if untyped, to the target type. */
export function convertUntyped(c: Checker, x: Operand, target: Type): void {
  const r = implicitType(x, target);
  if (r.code !== 0) {
    let t = target;
    if (!isTypeParam(target)) t = under(target);
    invalidConversion(c, r.code, x, t);
    x.mode = Mode.Invalid;
    return;
  }
  applyImplicit(c, x, r);
}

/** Gives x the type and value found for it. */
export function applyImplicit(c: Checker, x: Operand, r: Implicit): void {
  if (r.value !== null) {
    x.val = r.value;
    if (x.expr !== null) updateExprVal(x.expr, r.value);
  }
  if (r.type !== x.type) {
    x.type = r.type ?? invalidType;
    if (x.expr !== null) updateExprType(c, x.expr, x.type, false);
  }
}
