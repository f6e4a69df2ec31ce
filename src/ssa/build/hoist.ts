import { type CallExpr, type Expr, Kind as Node, Operator, unparen } from "#syntax";
import { BuiltinId, Mode, selectionOf, type Type, TypeKind, under } from "#types";
import { Kind, type SType } from "../core/index.ts";
import { builtinOf, madeLength } from "./builtin.ts";
import { hasEffects } from "./call.ts";
import { expr } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

// The order of evaluation that programs have come to rely on, beyond what the language promises: of all the expressions of a
// statement, calls and what is like them come first, in their order; variables, fields and elements are read after the last of
// them (cmd/compile/internal/walk/order.go: expr1, copyExpr). `return x, f(&x)` returns what f has made of x.

/**
 * Evaluates what comes first in these expressions, to be evaluated next: expr finds the values when it gets there. types: what
 * the expressions are converted to; null: not known, or no conversion.
 */
export function hoist(b: FuncBuilder, list: readonly Expr[], types: ((i: number) => Type | null) | null = null): void {
  let last = -1;
  for (let i = 0; i < list.length; i++) if (hasEffects(b, list[i]!)) last = i;
  // A call alone has its turn anyway.
  if (last < 0 || (list.length === 1 && isCall(b, unparen(list[0]!)))) return;
  for (let i = 0; i <= last; i++) {
    const e = list[i]!;
    first(b, e);
    const to = types === null ? null : types(i);
    if (to === null || !b.stype(to).isInterface || isConstant(b, e)) continue;
    if (isBoxedByAddress(b.exprType(e)) && !isAddressable(b, e)) now(b, e);
  }
}

function isConstant(b: FuncBuilder, e: Expr): boolean {
  return b.constOf(e) !== null || b.isNil(e);
}

/** Whether a conversion to an interface passes an address (walk/convert.go: dataWordFuncName). */
function isBoxedByAddress(t: SType): boolean {
  if (t.isInterface || t.kind === Kind.String || t.kind === Kind.Slice || t.size === 2) return false;
  return t.hasPointers || !(t.size === 4 || t.size === 8);
}

/** Whether e has an address already; else its value is copied to have one. */
function isAddressable(b: FuncBuilder, e: Expr): boolean {
  switch (e.kind) {
    case Node.Name:
      return true;
    case Node.ParenExpr:
      return isAddressable(b, e.x);
    case Node.SelectorExpr:
      // Without a selection it is a variable of another package.
      return selectionOf(e) === null || under(b.typeOf(e.x)).kind === TypeKind.Pointer || isAddressable(b, e.x);
    case Node.IndexExpr: {
      const x = under(b.typeOf(e.x));
      return (
        x.kind === TypeKind.Slice || x.kind === TypeKind.Pointer || (x.kind === TypeKind.Array && isAddressable(b, e.x))
      );
    }
    case Node.Operation:
      return e.op === Operator.Mul && e.y === null;
  }
  return false;
}

/** An ordinary call: no conversion, no built-in function. */
function isCall(b: FuncBuilder, e: Expr): boolean {
  if (e.kind !== Node.CallExpr || b.constOf(e) !== null) return false;
  const mode = b.modeOf(e.fun);
  return mode !== Mode.TypeExpr && mode !== Mode.Builtin;
}

/** Evaluates e and keeps the value until e is asked for. */
function now(b: FuncBuilder, e: Expr): void {
  const x = unparen(e);
  if (b.hoisted.has(x)) return;
  b.hoisted.set(x, b.stable(expr(b, x)));
}

/** Evaluates the parts of e that come first. */
function first(b: FuncBuilder, e: Expr): void {
  if (isConstant(b, e)) return;
  switch (e.kind) {
    case Node.ParenExpr:
      first(b, e.x);
      return;
    case Node.SelectorExpr:
      if (selectionOf(e) !== null) first(b, e.x);
      return;
    case Node.KeyValueExpr:
      first(b, e.value);
      return;
    case Node.IndexExpr:
      if (b.modeOf(e.index) === Mode.TypeExpr) return;
      first(b, e.x);
      first(b, e.index);
      return;
    case Node.SliceExpr:
      for (const x of [e.x, e.lo, e.hi, e.max]) if (x !== null) first(b, x);
      // The slice of an array in a variable is made of its address: nothing is read.
      if (under(b.typeOf(e.x)).kind !== TypeKind.Array) now(b, e);
      return;
    case Node.AssertExpr:
      first(b, e.x);
      if (!b.exprType(e).isDirectIface) now(b, e);
      return;
    case Node.CompositeLit:
      // Entries of maps are made one after the other.
      if (under(b.typeOf(e)).kind === TypeKind.Map) {
        if (hasEffectsWithin(b, e.elemList)) now(b, e);
      } else for (const x of e.elemList) first(b, x);
      return;
    case Node.Operation:
      if (e.op === Operator.AndAnd || e.op === Operator.OrOr || (e.op === Operator.Recv && e.y === null)) {
        now(b, e);
        return;
      }
      first(b, e.x);
      if (e.y !== null) first(b, e.y);
      return;
    case Node.CallExpr:
      call(b, e);
  }
}

function hasEffectsWithin(b: FuncBuilder, list: readonly Expr[]): boolean {
  return list.some((x) =>
    x.kind === Node.KeyValueExpr ? hasEffects(b, x.key) || hasEffects(b, x.value) : hasEffects(b, x),
  );
}

function call(b: FuncBuilder, e: CallExpr): void {
  const mode = b.modeOf(e.fun);
  if (mode === Mode.TypeExpr) {
    const x = e.argList[0]!;
    first(b, x);
    const copies = b.exprType(e).kind === Kind.Slice && b.exprType(x).kind === Kind.String;
    if (copies) now(b, e);
    return;
  }
  if (mode === Mode.Builtin) {
    const appends = builtinOf(b, e.fun) === BuiltinId.Append && e.hasDots;
    const made = appends ? madeLength(b, e.argList[1]!) : null;
    if (made !== null) {
      // append(s, make([]T, n)...) makes no slice.
      first(b, e.argList[0]!);
      first(b, made);
    } else if (e.argList.length !== 1 || b.typeOf(e.argList[0]!).kind !== TypeKind.Tuple) {
      for (const x of e.argList) if (b.modeOf(x) !== Mode.TypeExpr) first(b, x);
    }
    switch (builtinOf(b, e.fun)) {
      case BuiltinId.Add:
      case BuiltinId.Slice:
      case BuiltinId.SliceData:
      case BuiltinId.String:
      case BuiltinId.StringData:
        return;
    }
  }
  now(b, e);
}
