// Which value each variable of the source has, for debuggers: what build knows and emit turns into locations.
import type { Pos } from "#base";
import { Local, LocalKind } from "./refs.ts";
import { Op } from "./op.ts";
import type { SType } from "./stype.ts";
import type { Func, Value } from "./func.ts";

/** What a DebugTable says of a variable at a place. */
export enum DebugHome {
  /** Nothing: it is declared, no more. */
  None,
  /** Its value. */
  Value,
  /** Its address: it is an object of its own. */
  Pointer,
  /** Nothing: it lies in the frame, at its Local, all the time. */
  Frame,
}

/** A variable of the source. */
export class DebugVar {
  constructor(
    readonly name: string,
    readonly type: SType,
    /** Of its declaration. */
    readonly pos: Pos,
    readonly kind: LocalKind,
    readonly home: DebugHome,
    /** Where it is in the closure object, 0: it is not captured. */
    readonly closureOffset: number,
  ) {}

  get isParam(): boolean {
    return this.kind !== LocalKind.Auto;
  }
}

/** The lexical scopes of a body: parents[i] is that of scope i + 1 (0: the function's), and from marks[i] on scope is scopes[i]. */
export interface DebugScopes {
  readonly parents: readonly number[];
  readonly marks: readonly Pos[];
  readonly scopes: readonly number[];
}

/**
 * The variables of one function as it was built, and what they are where code at a position begins. Positions are what
 * instructions keep through all passes: a row is for all code of one position. Where that is reached with different values, and
 * where nobody knows any more, a cell is empty.
 */
export class DebugTable {
  constructor(
    /** Parameters, results, then the others in order of declaration. */
    readonly vars: readonly DebugVar[],
    /** The row of a position; rows are numbered in the order in which their code was built. */
    readonly rows: ReadonlyMap<Pos, number>,
    /** By row, then variable: index in DebugValues.values plus 1, 0: unknown. */
    readonly cells: Int32Array,
    readonly scopes: DebugScopes,
    /** Not optimised: what lies in the frame is right at any time. */
    readonly fixed: boolean,
    /** Of the function's declaration. */
    readonly startPos: Pos,
  ) {}
}

/** A table in one function: its own, or that of a body inlined into it. The values are not used by being here. */
export class DebugValues {
  constructor(
    readonly table: DebugTable,
    readonly values: readonly Value[],
    /** By variable: where those with DebugHome.Frame are; the parameters' own. */
    readonly locals: readonly (Local | null)[],
  ) {}
}

/** In Value.aux of a composite that is gone: the scalars that it consisted of, in memory order. */
export class DebugParts {
  constructor(readonly leaves: readonly Value[]) {}

  toString(): string {
    return this.leaves.join(" ");
  }
}

/** What a value is that has become, or is but, a copy of another; it may have been dropped since. */
export function debugSource(v: Value): Value {
  let s = v;
  while (s.op === Op.Copy) s = s.aux as Value;
  return s;
}

/** Before a value that nobody uses loses its arguments: what a debugger may still make of them. */
export function keepForDebug(v: Value): void {
  switch (v.op) {
    case Op.Bitcast:
      v.copyOf(v.args[0]!);
      return;
    case Op.StringMake:
    case Op.SliceMake:
    case Op.IfaceMake:
    case Op.ComplexMake:
    case Op.StructMake:
    case Op.ArrayMake1:
      if (!(v.aux instanceof DebugParts)) v.aux = new DebugParts(v.args.slice());
  }
}

/** A write of f to an address is left out or put off: debuggers must not look there any more. */
export function writeIsMissing(f: Func, address: Value): void {
  let p = address;
  while (p.op !== Op.LocalAddr) {
    switch (p.op) {
      case Op.OffPtr:
      case Op.PtrIndex:
      case Op.AddPtr:
      case Op.Bitcast:
      case Op.Copy:
      case Op.NilCheck:
      case Op.Guard:
        p = p.args[0]!;
        continue;
    }
    f.staleMemory = true;
    return;
  }
  if (f.staleLocals === null) f.staleLocals = new Set();
  if (p.aux instanceof Local) f.staleLocals.add(p.aux);
}
