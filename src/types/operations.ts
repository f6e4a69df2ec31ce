// Unary and binary operations, shifts and comparisons.
import {
  binaryOp,
  compare,
  ConstKind,
  ConstOp,
  imag,
  isUint64,
  makeBool,
  real,
  shift as shiftConst,
  sign,
  smallIntVal,
  toInt,
  unaryOp,
  unknown,
} from "#constant";
import { type Expr, Kind, type Operation, Operator, operatorString, unparen } from "#syntax";
import type { At, Checker } from "./checker.ts";
import { opPos, overflow, representable } from "./const.ts";
import { ErrorCode } from "./errorcodes.ts";
import { expr, finishExpr } from "./expr.ts";
import { Mode, Open, type TypeAndValue } from "./info.ts";
import { Operand } from "./operand.ts";
import { assignableTo } from "./assignability.ts";
import {
  allBasic,
  allBoolean,
  allInteger,
  allNumeric,
  allOrdered,
  allString,
  allUnsigned,
  commonUnder,
  comparableType,
  compositeKind,
  defaultType,
  hasNil,
  identical,
  isComparable,
  isComplex,
  isInteger,
  isNonTypeParamInterface,
  isTypeParam,
  isTyped,
  isUnsigned,
  isUntyped,
  isValid,
  under,
} from "./predicates.ts";
import { sizeof } from "./sizes.ts";
import { type Basic, BasicInfo, BasicKind, type Chan, Dir, Pointer, type Type, TypeKind } from "./types.ts";
import { typ } from "./universe.ts";
import { convertUntyped, isComparison, isShift, updateExprType } from "./untyped.ts";
import { markAddrTaken } from "./varuse.ts";

function opOk(c: Checker, x: Operand, op: Operator, info: number): boolean {
  if (info === 0) {
    c.error(x, ErrorCode.InvalidSyntaxTree, `unknown operator ${operatorString(op)}`);
    return false;
  }
  if (allBasic(x.type, info)) return true;
  c.error(x, ErrorCode.UndefinedOp, `invalid operation: operator ${operatorString(op)} not defined on ${c.ops(x)}`);
  return false;
}

function unaryInfo(op: Operator): number {
  switch (op) {
    case Operator.Add:
    case Operator.Sub:
      return BasicInfo.Numeric;
    case Operator.Xor:
      return BasicInfo.Integer;
    case Operator.Not:
      return BasicInfo.Boolean;
    default:
      return 0;
  }
}

function binaryInfo(op: Operator): number {
  switch (op) {
    case Operator.Add:
      return BasicInfo.Numeric | BasicInfo.String;
    case Operator.Sub:
    case Operator.Mul:
    case Operator.Div:
      return BasicInfo.Numeric;
    case Operator.Rem:
    case Operator.And:
    case Operator.Or:
    case Operator.Xor:
    case Operator.AndNot:
      return BasicInfo.Integer;
    case Operator.AndAnd:
    case Operator.OrOr:
      return BasicInfo.Boolean;
    default:
      return 0;
  }
}

export function unary(c: Checker, x: Operand, e: Operation): void {
  expr(c, null, x, e.x);
  if (x.mode === Mode.Invalid) return;
  let op = e.op;
  switch (op) {
    case Operator.And:
      if (unparen(e.x).kind !== Kind.CompositeLit && x.mode !== Mode.Variable) {
        c.error(x, ErrorCode.UnaddressableOperand, `invalid operation: cannot take address of ${c.ops(x)}`);
        x.mode = Mode.Invalid;
        return;
      }
      markAddrTaken(e.x);
      x.mode = Mode.Value;
      x.type = new Pointer(x.type);
      return;
    case Operator.Recv: {
      const elem = chanElem(c, x, x, true);
      if (elem === null) {
        x.mode = Mode.Invalid;
        return;
      }
      x.mode = Mode.CommaOk;
      x.type = elem;
      c.env.hasCallOrRecv = true;
      return;
    }
    case Operator.Tilde: {
      const msg = "cannot use ~ outside of interface or type constraint";
      if (!allInteger(x.type)) {
        c.error(e, ErrorCode.UndefinedOp, msg);
        x.mode = Mode.Invalid;
        return;
      }
      c.error(e, ErrorCode.UndefinedOp, `${msg} (use ^ for bitwise complement)`);
      op = Operator.Xor;
    }
  }
  if (!opOk(c, x, op, unaryInfo(op))) {
    x.mode = Mode.Invalid;
    return;
  }
  if (x.mode === Mode.Constant) {
    if (x.val!.kind === ConstKind.Unknown) return;
    const bits = isUnsigned(x.type) ? sizeof(x.type) * 8 : 0;
    x.val = unaryOp(op as number as ConstOp, x.val!, bits);
    x.expr = e;
    overflow(c, x, opPos(e));
    return;
  }
  x.mode = Mode.Value;
}

/** The element type of the channel x that is received from or sent to; null, reported, if it is no such channel. */
export function chanElem(c: Checker, at: At, x: Operand, recv: boolean): Type | null {
  const r = commonUnder(x.type, (t, u) => {
    if (u === null) return { format: "no specific channel type", args: [] };
    if (u.kind !== TypeKind.Chan) return { format: "non-channel %s", args: [t!] };
    if (recv && u.dir === Dir.SendOnly) return { format: "send-only channel %s", args: [t!] };
    if (!recv && u.dir === Dir.RecvOnly) return { format: "receive-only channel %s", args: [t!] };
    return null;
  });
  if (r.under !== null) return (r.under as Chan).elem;
  const cause = c.problem(r.problem);
  const verb = recv ? "receive from" : "send to";
  const code = recv ? ErrorCode.InvalidReceive : ErrorCode.InvalidSend;
  if (isTypeParam(x.type)) c.error(at, code, `invalid operation: cannot ${verb} ${c.ops(x)}: ${cause}`);
  else c.error(at, code, `invalid operation: cannot ${verb} ${cause} ${c.ops(x)}`);
  return null;
}

/** Left operands in a row from here on are taken in a loop: generated code has thousands of them. */
const longChain = 30;

/** Checks `lhs op rhs`; e is null for an assignment operation. */
export function binary(c: Checker, x: Operand, e: Expr | null, lhs: Expr, rhs: Expr, op: Operator): void {
  let l = lhs;
  let length = 0;
  while (l.kind === Kind.Operation && l.y !== null && length < longChain) {
    l = l.x;
    length++;
  }
  if (length < longChain) expr(c, null, x, lhs);
  else {
    const chain: Operation[] = [];
    for (l = lhs; l.kind === Kind.Operation && l.y !== null; l = l.x) chain.push(l);
    expr(c, null, x, l);
    for (let i = chain.length - 1; i >= 0; i--) {
      const o = chain[i]!;
      withRight(c, x, o, o.x, o.y!, o.op);
      x.expr = o;
      finishExpr(c, null, x, false);
    }
  }
  withRight(c, x, e, lhs, rhs, op);
}

/** Checks `lhs op rhs` where lhs is in x already. */
function withRight(c: Checker, x: Operand, e: Expr | null, lhs: Expr, rhs: Expr, op: Operator): void {
  const y = new Operand();
  expr(c, null, y, rhs);
  if (x.mode === Mode.Invalid) return;
  if (y.mode === Mode.Invalid) {
    x.mode = Mode.Invalid;
    x.expr = y.expr;
    return;
  }
  if (isShift(op)) {
    shift(c, x, y, e, op);
    return;
  }
  matchTypes(c, x, y);
  if ((x.mode as Mode) === Mode.Invalid) return;
  if (isComparison(op)) {
    comparison(c, x, y, op, false);
    return;
  }
  if (!identical(x.type, y.type)) {
    if (isValid(x.type) && isValid(y.type)) {
      const what = e !== null ? c.es(e) : `${c.es(lhs)} ${operatorString(op)}= ${c.es(rhs)}`;
      c.error(
        x,
        ErrorCode.MismatchedTypes,
        `invalid operation: ${what} (mismatched types ${c.ts(x.type)} and ${c.ts(y.type)})`,
      );
    }
    x.mode = Mode.Invalid;
    return;
  }
  if (!opOk(c, x, op, binaryInfo(op))) {
    x.mode = Mode.Invalid;
    return;
  }
  if (op === Operator.Div || op === Operator.Rem) {
    let zero = false;
    if ((x.mode === Mode.Constant || allInteger(x.type)) && y.mode === Mode.Constant) {
      zero = y.val!.kind !== ConstKind.Unknown && sign(y.val!) === 0;
      if (!zero && x.mode === Mode.Constant && isComplex(x.type)) {
        const re = real(y.val!);
        const im = imag(y.val!);
        // A divisor may be so small that its square underflows.
        zero = sign(binaryOp(re, ConstOp.Mul, re)) === 0 && sign(binaryOp(im, ConstOp.Mul, im)) === 0;
      }
    }
    if (zero) {
      c.error(y, ErrorCode.DivByZero, "invalid operation: division by zero");
      x.mode = Mode.Invalid;
      return;
    }
  }
  if (x.mode === Mode.Constant && y.mode === Mode.Constant) {
    if (x.val!.kind === ConstKind.Unknown || y.val!.kind === ConstKind.Unknown) {
      x.val = unknown;
      return;
    }
    const cop = op === Operator.Div && isInteger(x.type) ? ConstOp.IntDiv : (op as number as ConstOp);
    x.val = binaryOp(x.val!, cop, y.val!);
    x.expr = e;
    overflow(c, x, e === null ? 0 : opPos(e));
    return;
  }
  x.mode = Mode.Value;
}

function mayConvert(x: Operand, y: Operand): boolean {
  if (isTyped(x.type) && isTyped(y.type)) return false;
  if (allNumeric(x.type) !== allNumeric(y.type)) return false;
  if (isNonTypeParamInterface(x.type) || isNonTypeParamInterface(y.type)) return true;
  if (allBoolean(x.type) !== allBoolean(y.type)) return false;
  if (allString(x.type) !== allString(y.type)) return false;
  if (x.isNil) return hasNil(y.type);
  if (y.isNil) return hasNil(x.type);
  if (under(x.type).kind === TypeKind.Pointer || under(y.type).kind === TypeKind.Pointer) return false;
  return true;
}

/** If one of x and y is untyped, converts it to the type of the other where that makes sense. */
export function matchTypes(c: Checker, x: Operand, y: Operand): void {
  if (!mayConvert(x, y)) return;
  convertUntyped(c, x, y.type);
  if (x.mode === Mode.Invalid) return;
  convertUntyped(c, y, x.type);
  if (y.mode === Mode.Invalid) x.mode = Mode.Invalid;
}

/** Checks `x op y` for a comparison; inSwitch: x is a case, y the tag. */
export function comparison(c: Checker, x: Operand, y: Operand, op: Operator, inSwitch: boolean): void {
  if (!isValid(x.type) || !isValid(y.type)) {
    x.mode = Mode.Invalid;
    return;
  }
  if (inSwitch) op = Operator.Eql;
  let errOp: Operand | null = null;
  let cause = "";
  let code: ErrorCode = ErrorCode.UndefinedOp;
  if (assignableTo(c, x, y.type, null) !== 0 && assignableTo(c, y, x.type, null) !== 0) {
    // Report at the second operand: the first is fine as far as it goes.
    errOp = y;
    cause = `mismatched types ${c.ts(x.type)} and ${c.ts(y.type)}`;
    code = ErrorCode.MismatchedTypes;
  } else if (op === Operator.Eql || op === Operator.Neq) {
    if (x.isNil || y.isNil) {
      const t = x.isNil ? y.type : x.type;
      if (!hasNil(t)) errOp = y;
    } else if (!isComparable(x.type)) {
      errOp = x;
      cause = incomparableCause(c, x.type);
    } else if (!isComparable(y.type)) {
      errOp = y;
      cause = incomparableCause(c, y.type);
    }
  } else if (!allOrdered(x.type)) errOp = x;
  else if (!allOrdered(y.type)) errOp = y;
  if (errOp === null) {
    if (x.mode === Mode.Constant && y.mode === Mode.Constant) {
      x.val =
        x.val!.kind === ConstKind.Unknown || y.val!.kind === ConstKind.Unknown
          ? makeBool(false)
          : makeBool(compare(x.val!, op as number as ConstOp, y.val!));
    } else {
      x.mode = Mode.Value;
      // The operands have no other use: they get their default types now.
      updateExprType(c, x.expr!, defaultType(x.type), true);
      updateExprType(c, y.expr!, defaultType(y.type), true);
    }
    x.type = typ[BasicKind.UntypedBool]!;
    return;
  }
  if (cause === "") {
    if (isTypeParam(x.type) || isTypeParam(y.type)) {
      if (!isTypeParam(x.type)) errOp = y;
      cause = `type parameter ${c.ts(errOp.type)} cannot use operator ${operatorString(op)}`;
    } else {
      let what = compositeKind(errOp.type);
      if (what === "") what = c.ts(errOp.type);
      cause = `operator ${operatorString(op)} not defined on ${what}`;
    }
  }
  if (inSwitch) c.error(x, code, `invalid case ${c.es(x.expr!)} in switch on ${c.es(y.expr!)} (${cause})`);
  else c.error(errOp, code, `invalid operation: ${c.es(x.expr!)} ${operatorString(op)} ${c.es(y.expr!)} (${cause})`);
  x.mode = Mode.Invalid;
}

function incomparableCause(c: Checker, t: Type): string {
  switch (under(t).kind) {
    case TypeKind.Slice:
    case TypeKind.Signature:
    case TypeKind.Map:
      return `${compositeKind(t)} can only be compared to nil`;
    default:
      return c.problem(comparableType(t, true, null));
  }
}

function shift(c: Checker, x: Operand, y: Operand, e: Expr | null, op: Operator): void {
  const xval = x.mode === Mode.Constant ? toInt(x.val!) : null;
  if (!allInteger(x.type) && !(isUntyped(x.type) && xval !== null && xval.kind === ConstKind.Int)) {
    c.error(x, ErrorCode.InvalidShiftOperand, `invalid operation: shifted operand ${c.ops(x)} must be integer`);
    x.mode = Mode.Invalid;
    return;
  }
  let yval = null;
  if (y.mode === Mode.Constant) {
    yval = toInt(y.val!);
    if (yval.kind === ConstKind.Int && sign(yval) < 0) {
      c.error(y, ErrorCode.InvalidShiftCount, `invalid operation: negative shift count ${c.ops(y)}`);
      x.mode = Mode.Invalid;
      return;
    }
    if (isUntyped(y.type)) {
      representable(c, y, typ[BasicKind.Uint]!);
      if ((y.mode as Mode) === Mode.Invalid) {
        x.mode = Mode.Invalid;
        return;
      }
    }
  } else if (allInteger(y.type)) {
    if (!allUnsigned(y.type) && !c.verifyVersion(y, 13, () => `invalid operation: signed shift count ${c.ops(y)}`)) {
      x.mode = Mode.Invalid;
      return;
    }
  } else if (isUntyped(y.type)) {
    convertUntyped(c, y, typ[BasicKind.Uint]!);
    if (y.mode === Mode.Invalid) {
      x.mode = Mode.Invalid;
      return;
    }
  } else {
    c.error(y, ErrorCode.InvalidShiftCount, `invalid operation: shift count ${c.ops(y)} must be integer`);
    x.mode = Mode.Invalid;
    return;
  }
  if (x.mode === Mode.Constant) {
    if (y.mode === Mode.Constant) {
      if (x.val!.kind === ConstKind.Unknown || y.val!.kind === ConstKind.Unknown) {
        x.val = unknown;
        if (!isInteger(x.type)) x.type = typ[BasicKind.UntypedInt]!;
        return;
      }
      // Enough to express the smallest float64 as a shift.
      const shiftBound = 1023 - 1 + 52;
      const s = yval !== null && yval.kind === ConstKind.Int && isUint64(yval) ? smallIntVal(yval) : undefined;
      if (s === undefined || s > shiftBound) {
        c.error(y, ErrorCode.InvalidShiftCount, `invalid operation: invalid shift count ${c.ops(y)}`);
        x.mode = Mode.Invalid;
        return;
      }
      // The result of a shift of an untyped constant is an integer.
      if (!isInteger(x.type)) x.type = typ[BasicKind.UntypedInt]!;
      x.val = shiftConst(xval!, op === Operator.Shl ? ConstOp.Shl : ConstOp.Shr, s);
      x.expr = e;
      overflow(c, x, e === null ? 0 : opPos(e));
      return;
    }
    if (isUntyped(x.type)) {
      // The type of the shifted constant is what it would be without the shift: known later.
      const tv = x.expr === null ? null : (x.expr.tv as TypeAndValue | null);
      if (tv !== null && (tv.open & Open.Untyped) !== 0) tv.open |= Open.ShiftLhs;
      x.mode = Mode.Value;
      return;
    }
  }
  if (!allInteger(x.type)) {
    c.error(x, ErrorCode.InvalidShiftOperand, `invalid operation: shifted operand ${c.ops(x)} must be integer`);
    x.mode = Mode.Invalid;
    return;
  }
  x.mode = Mode.Value;
}

export type { Basic };
