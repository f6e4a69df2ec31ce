// What the checker records on the tree.
import type { Value } from "#constant";
import type { Func, Obj, Var } from "./objects.ts";
import { ObjKind } from "./objects.ts";
import { cloneVar, copySignature } from "./named.ts";
import { Tuple, type Signature, type Type } from "./types.ts";

/** What an expression denotes. */
export const enum Mode {
  Invalid = 0,
  /** No value: call of a function without result. */
  NoValue,
  Builtin,
  TypeExpr,
  Constant,
  /** Addressable. */
  Variable,
  MapIndex,
  Value,
  Nil,
  /** A value that may be assigned as `v, ok`. */
  CommaOk,
  CommaErr,
  CgoFunc,
}

/** What is still to be found out of an expression while it is checked: bits. */
export const enum Open {
  /** The type is untyped and may still change. */
  Untyped = 1,
  /** Left operand of a shift whose type is not known yet. */
  ShiftLhs = 2,
}

/**
 * Mode, type and constant value of an expression: the tv slot of expression nodes. An object literal, and with few fields, as
 * there is one for each expression: see nodes.ts of #syntax.
 */
export interface TypeAndValue {
  mode: Mode;
  type: Type;
  value: Value | null;
  /** Bits of Open. */
  open: number;
}

export function newTypeAndValue(mode: Mode, type: Type, value: Value | null): TypeAndValue {
  return { mode, type, value, open: 0 };
}

export const enum SelectionKind {
  /** x.f, a field */
  FieldVal,
  /** x.f, a method value or call */
  MethodVal,
  /** T.f */
  MethodExpr,
}

/** The selection slot of a SelectorExpr that is not a qualified identifier. */
export class Selection {
  declare readonly kind: SelectionKind;
  /** Type of x in x.f. */
  declare readonly recv: Type;
  declare readonly obj: Var | Func;
  /** Path of field indices; the last is the index of the field, or of the method in its type. */
  declare readonly index: readonly number[];
  /** There was a pointer indirection on the path, x included. */
  declare readonly indirect: boolean;
  constructor(kind: SelectionKind, recv: Type, obj: Var | Func, index: readonly number[], indirect: boolean) {
    this.kind = kind;
    this.recv = recv;
    this.obj = obj;
    this.index = index;
    this.indirect = indirect;
  }

  /** Type of the selector expression. */
  get type(): Type {
    if (this.obj.kind === ObjKind.Var) return this.obj.type!;
    const sig = copySignature(this.obj.signature);
    if (this.kind === SelectionKind.MethodVal) {
      sig.recv = cloneVar(sig.recv!, this.recv);
      return sig;
    }
    const arg0 = cloneVar(sig.recv!, this.recv);
    sig.recv = null;
    sig.params = new Tuple([arg0, ...sig.params.vars]);
    return sig;
  }
}

/** The inst slot of names, selectors and index expressions that denote instances. */
export class Instance {
  declare readonly targs: readonly Type[];
  /** The instantiated signature or type. */
  declare readonly type: Type;
  constructor(targs: readonly Type[], type: Type) {
    this.targs = targs;
    this.type = type;
  }
}

/** The slots of the tree, typed. */
export function tvOf(x: { tv: unknown }): TypeAndValue | null {
  return x.tv as TypeAndValue | null;
}
export function objOf(x: { obj: unknown }): Obj | null {
  return x.obj as Obj | null;
}
export function selectionOf(x: { selection: unknown }): Selection | null {
  return x.selection as Selection | null;
}
export function instanceOf(x: { inst: unknown }): Instance | null {
  return x.inst as Instance | null;
}
export type { Signature };
