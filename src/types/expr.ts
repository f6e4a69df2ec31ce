// Expressions: the dispatch, and the contexts they are checked in.
import { type Expr, Kind, Operator } from "#syntax";
import type { Checker } from "./checker.ts";
import { callExpr, funcInst } from "./call.ts";
import { finiteSize } from "./cycles.ts";
import { ErrorCode } from "./errorcodes.ts";
import { indexExpr, sliceExpr } from "./indexing.ts";
import { Mode } from "./info.ts";
import { basicLit, compositeLit, funcLit } from "./literals.ts";
import { Cause, hasAllMethods } from "./lookup.ts";
import { makeOperand, Operand } from "./operand.ts";
import { binary, unary } from "./operations.ts";
import { identical, isGeneric, isInterface, isTypeParam, isValid, under, underIs } from "./predicates.ts";
import { selector } from "./selector.ts";
import { BasicKind, Pointer, type Signature, type Type, TypeKind } from "./types.ts";
import { ident, typeOf, validVarType, varType } from "./typexpr.ts";
import { ExprKind, invalidType, typ, universeError } from "./universe.ts";
import { recordOperand } from "./untyped.ts";
import { use } from "./call.ts";

/** The function type that an expression is assigned to: type arguments may be inferred from it. */
export interface Target {
  readonly sig: Signature;
  readonly desc: string;
}

export function newTarget(t: Type | null, desc: string): Target | null {
  if (t === null) return null;
  const u = under(t);
  return u.kind === TypeKind.Signature ? { sig: u, desc } : null;
}

/** Checks e into x; hint is the type of a composite literal that leaves its type away. */
export function rawExpr(
  c: Checker,
  T: Target | null,
  x: Operand,
  e: Expr,
  hint: Type | null,
  allowGeneric: boolean,
): ExprKind {
  const kind = exprInternal(c, T, x, e, hint);
  finishExpr(c, T, x, allowGeneric);
  return kind;
}

/** What remains to be done when an expression has been checked into x. */
export function finishExpr(c: Checker, T: Target | null, x: Operand, allowGeneric: boolean): void {
  if (!allowGeneric) nonGeneric(c, T, x);
  // A value of a type that is being declared may not be of a finite size.
  if (x.mode !== Mode.Invalid && x.mode !== Mode.NoValue && needsSize(x.type) && !finiteSize(c, x.type)) {
    x.mode = Mode.Invalid;
    x.type = invalidType;
  }
  recordOperand(x);
}

function needsSize(t: Type): boolean {
  const k = t.kind;
  return k === TypeKind.Named || k === TypeKind.Alias || k === TypeKind.Array || k === TypeKind.Struct;
}

/** Reports a generic type or function without type arguments, or finds them from the target. */
export function nonGeneric(c: Checker, T: Target | null, x: Operand): void {
  if (x.mode === Mode.Invalid || x.mode === Mode.NoValue) return;
  let what = "";
  const t = x.type;
  if (t.kind === TypeKind.Alias || t.kind === TypeKind.Named) {
    if (isGeneric(t)) what = "type";
  } else if (t.kind === TypeKind.Signature && t.tparams.length > 0) {
    if (T !== null) {
      funcInst(c, T, x.expr!.pos, x, null, true);
      return;
    }
    what = "function";
  }
  if (what === "") return;
  c.error(x.expr!, ErrorCode.WrongTypeArgCount, `cannot use generic ${what} ${c.es(x.expr!)} without instantiation`);
  x.mode = Mode.Invalid;
  x.type = invalidType;
}

function exprInternal(c: Checker, T: Target | null, x: Operand, e: Expr, hint: Type | null): ExprKind {
  x.mode = Mode.Invalid;
  x.type = invalidType;
  x.val = null;
  let kind = ExprKind.Expression;
  switch (e.kind) {
    case Kind.BadExpr:
      break;
    case Kind.Name:
      ident(c, x, e, false);
      x.expr = e;
      return kind;
    case Kind.DotsType:
      c.error(e, ErrorCode.InvalidSyntaxTree, "invalid use of ...");
      break;
    case Kind.BasicLit:
      if (!e.bad) basicLit(c, x, e);
      break;
    case Kind.FuncLit:
      funcLit(c, x, e);
      break;
    case Kind.CompositeLit:
      compositeLit(c, x, e, hint);
      break;
    case Kind.ParenExpr: {
      const k = rawExpr(c, null, x, e.x, null, false);
      x.expr = e;
      return k;
    }
    case Kind.SelectorExpr:
      selector(c, x, e, false);
      x.expr = e;
      return kind;
    case Kind.IndexExpr:
      if (indexExpr(c, x, e)) funcInst(c, T, e.pos, x, e, true);
      break;
    case Kind.SliceExpr:
      sliceExpr(c, x, e);
      break;
    case Kind.AssertExpr: {
      expr(c, null, x, e.x);
      if (x.mode === Mode.Invalid) break;
      if (isTypeParam(x.type)) {
        c.error(
          x,
          ErrorCode.InvalidAssert,
          `invalid operation: cannot use type assertion on type parameter value ${c.ops(x)}`,
        );
        x.mode = Mode.Invalid;
        break;
      }
      if (under(x.type).kind !== TypeKind.Interface) {
        c.error(x, ErrorCode.InvalidAssert, `invalid operation: ${c.ops(x)} is not an interface`);
        x.mode = Mode.Invalid;
        break;
      }
      const t = varType(c, e.type);
      if (!isValid(t)) {
        x.mode = Mode.Invalid;
        break;
      }
      typeAssertion(c, e, x, t, false);
      x.mode = Mode.CommaOk;
      x.type = t;
      break;
    }
    case Kind.TypeSwitchGuard:
      c.error(e, ErrorCode.InvalidSyntaxTree, "use of .(type) outside type switch");
      use(c, e.x);
      break;
    case Kind.CallExpr:
      return callExpr(c, x, e);
    case Kind.ListExpr:
      c.error(e, ErrorCode.InvalidSyntaxTree, "unexpected list of expressions");
      break;
    case Kind.Operation:
      if (e.y !== null) {
        binary(c, x, e, e.x, e.y, e.op);
        break;
      }
      if (e.op === Operator.Mul) {
        indirection(c, x, e.x);
        break;
      }
      unary(c, x, e);
      // Receiving may be a statement.
      if (e.op === Operator.Recv && x.mode !== Mode.Invalid) kind = ExprKind.Statement;
      break;
    case Kind.KeyValueExpr:
      c.error(e, ErrorCode.InvalidSyntaxTree, "no key:value expected");
      break;
    case Kind.ArrayType:
    case Kind.SliceType:
    case Kind.StructType:
    case Kind.FuncType:
    case Kind.InterfaceType:
    case Kind.MapType:
    case Kind.ChanType:
      x.mode = Mode.TypeExpr;
      x.type = typeOf(c, e);
      break;
  }
  x.expr = e;
  // Avoid complaints about unused expressions after an error.
  return x.mode === Mode.Invalid ? ExprKind.Statement : kind;
}

/** `*x`: a pointer type or what a pointer points to. */
function indirection(c: Checker, x: Operand, e: Expr): void {
  exprOrType(c, x, e, false);
  if (x.mode === Mode.Invalid) return;
  if (x.mode === Mode.TypeExpr) {
    validVarType(c, e, x.type);
    x.type = new Pointer(x.type);
    return;
  }
  let base: Type | null = null;
  const ok = underIs(x.type, (u) => {
    if (u === null || u.kind !== TypeKind.Pointer) {
      c.error(x, ErrorCode.InvalidIndirection, `invalid operation: cannot indirect ${c.ops(x)}`);
      return false;
    }
    if (base !== null && !identical(u.elem, base)) {
      c.error(
        x,
        ErrorCode.InvalidIndirection,
        `invalid operation: pointers of ${c.ops(x)} must have identical base types`,
      );
      return false;
    }
    base = u.elem;
    return true;
  });
  if (!ok || base === null) {
    x.mode = Mode.Invalid;
    return;
  }
  x.mode = Mode.Variable;
  x.type = base;
}

/** Reports an assertion of x to T that can never succeed. */
export function typeAssertion(c: Checker, e: Expr, x: Operand, T: Type, typeSwitch: boolean): void {
  if (isInterface(T)) return;
  const cause = new Cause();
  if (hasAllMethods(c, T, x.type, false, identical, cause)) return;
  if (typeSwitch) {
    c.error(
      e,
      ErrorCode.ImpossibleAssert,
      `impossible type switch case: ${c.es(e)}\n\t${c.ops(x)} cannot have dynamic type ${c.ts(T)} ${cause.text}`,
    );
    return;
  }
  c.error(
    e,
    ErrorCode.ImpossibleAssert,
    `impossible type assertion: ${c.es(e)}\n\t${c.ts(T)} does not implement ${c.ts(x.type)} ${cause.text}`,
  );
}

const noValueBuiltinType = (1 << Mode.NoValue) | (1 << Mode.Builtin) | (1 << Mode.TypeExpr);

/** Checks e as a single value. */
export function expr(c: Checker, T: Target | null, x: Operand, e: Expr): void {
  rawExpr(c, T, x, e, null, false);
  exclude(c, x, noValueBuiltinType);
  singleValue(c, x);
}

/** Like expr; the value may be a generic function. */
export function genericExpr(c: Checker, x: Operand, e: Expr): void {
  rawExpr(c, null, x, e, null, true);
  exclude(c, x, noValueBuiltinType);
  singleValue(c, x);
}

/** Checks e, which may have several values; with allowCommaOk one that can be had with an ok has two. */
export function multiExpr(c: Checker, e: Expr, allowCommaOk: boolean): { list: Operand[]; commaOk: boolean } {
  const x = new Operand();
  rawExpr(c, null, x, e, null, false);
  exclude(c, x, noValueBuiltinType);
  if (x.mode !== Mode.Invalid && x.type.kind === TypeKind.Tuple) {
    return { list: x.type.vars.map((v) => makeOperand(Mode.Value, e, v.type!)), commaOk: false };
  }
  if (allowCommaOk && (x.mode === Mode.MapIndex || x.mode === Mode.CommaOk || x.mode === Mode.CommaErr)) {
    const ok = makeOperand(Mode.Value, e, x.mode === Mode.CommaErr ? universeError : typ[BasicKind.UntypedBool]!);
    return { list: [x, ok], commaOk: true };
  }
  return { list: [x], commaOk: false };
}

export function exprWithHint(c: Checker, x: Operand, e: Expr, hint: Type): void {
  rawExpr(c, null, x, e, hint, false);
  exclude(c, x, noValueBuiltinType);
  singleValue(c, x);
}

export function exprOrType(c: Checker, x: Operand, e: Expr, allowGeneric: boolean): void {
  rawExpr(c, null, x, e, null, allowGeneric);
  exclude(c, x, 1 << Mode.NoValue);
  singleValue(c, x);
}

/** Checks a list of expressions; one with several values stands for them. */
export function exprList(c: Checker, list: readonly Expr[]): Operand[] {
  if (list.length === 1) return multiExpr(c, list[0]!, false).list;
  return list.map((e) => {
    const x = new Operand();
    expr(c, null, x, e);
    return x;
  });
}

/** Reports x if its mode is in the set modes. */
export function exclude(c: Checker, x: Operand, modes: number): void {
  if ((modes & (1 << x.mode)) === 0) return;
  switch (x.mode) {
    case Mode.NoValue: {
      const what = (modes & (1 << Mode.TypeExpr)) !== 0 ? "value" : "value or type";
      c.error(x, ErrorCode.TooManyValues, `${c.ops(x)} used as ${what}`);
      break;
    }
    case Mode.Builtin:
      c.error(x, ErrorCode.UncalledBuiltin, `${c.ops(x)} must be called`);
      break;
    case Mode.TypeExpr:
      c.error(x, ErrorCode.NotAnExpr, `${c.ops(x)} is not an expression`);
      break;
    default:
      return;
  }
  x.mode = Mode.Invalid;
}

export function singleValue(c: Checker, x: Operand): void {
  if (x.mode === Mode.Value && x.type.kind === TypeKind.Tuple) {
    c.error(x, ErrorCode.TooManyValues, `multiple-value ${c.ops(x)} in single-value context`);
    x.mode = Mode.Invalid;
  }
}
