// What SSA values refer to by aux: functions, globals, stack variables, places of allocation. Plain data, shared by all passes.
import { NoPos, type Pos } from "#base";
import type { LSym } from "#obj";
import type { Func } from "./func.ts";
import type { SType } from "./stype.ts";

/** The calling convention of a symbol: its number is the one goobj stores. */
export enum Abi {
  ABI0 = 0,
  ABIInternal = 1,
}

/** Parameter (receiver first) and result types of a call. */
export interface FuncSig {
  readonly params: readonly SType[];
  readonly results: readonly SType[];
}

/**
 * Where a parameter's value may flow, as the escape pass found it or as a pragma promises. For each parameter: the least
 * number of dereferences with which it reaches the heap (-1: does not), and each result likewise.
 */
export interface EscapeSummary {
  readonly heap: readonly number[];
  /** [param][result] */
  readonly results: readonly (readonly number[])[];
  /** The same for what a closure holds, of functions that are known by their closures (method values); results count as the heap. */
  readonly captures?: readonly number[];
}

/** A function that code may call or take the address of; one object for each function (and instance) of a compilation. */
export class FuncRef {
  /** Filled by the escape pass (or from export data); null: unknown, everything leaks. */
  escape: EscapeSummary | null = null;
  /** Go-level SSA of the body for inlining and escape analysis, built on demand; null: no body, or not to be looked at. */
  body: (() => Func | null) | null = null;
  /** Its func value is called NAME·f; other than name where a linkname gives the function another name than it is declared by. */
  valueName: string;

  constructor(
    /** Link name: "path.F", "path.(*T).M", "path.F[int]", with the path already escaped as symbol names are. */
    readonly name: string,
    readonly sig: FuncSig,
    /** The ABI to call it with. */
    readonly abi: Abi,
    /** FuncFlag bits that callers care about (Nosplit, Noinline, NoEscape, UintptrKeepAlive…). */
    readonly flags: number,
    /** It never returns (panics, throw). */
    readonly noreturn: boolean,
    /** Path of the package that defines it ("" for by-name references: linknames, runtime calls). */
    readonly pkg: string,
  ) {
    this.valueName = name;
  }

  toString(): string {
    return this.name;
  }
}

/** A package-level variable or other data symbol. */
export class Global {
  constructor(
    /** Link name. */
    readonly name: string,
    readonly type: SType,
    /** Path of the defining package ("" for by-name references). */
    readonly pkg: string,
    /** Contents never change after load. */
    readonly readonly: boolean,
    /** The symbol is known by object only, not by name (static temporaries). */
    readonly local: boolean,
  ) {}

  toString(): string {
    return this.name;
  }
}

/** Method auxInt-th of an interface type, for InterCall. */
export interface MethodRef {
  readonly iface: SType;
  /** Index in the sorted method set; itab.fun[index]. */
  readonly index: number;
  readonly name: string;
  /** Without the receiver. */
  readonly sig: FuncSig;
}

/** The table of `concrete`'s methods for `iface`. */
export interface ItabRef {
  readonly concrete: SType;
  readonly iface: SType;
}

export enum LocalKind {
  Param,
  Result,
  Auto,
}

/** A variable with a home in the frame: parameter, result, or a variable or temporary on the stack. */
export class Local {
  /** Frame offset: from the argument pointer for params and stack results, from the frame's top (negative) for autos. */
  offset = 0;
  /** Params and results in registers: their register indices; empty when passed on the stack (filled by abi). */
  regs: readonly number[] = [];
  /** Address taken: in memory throughout. */
  addressed = false;
  /** Read by the code after deferreturn (it holds the address of a result that is an object): in memory and live everywhere, as results are under HasDefer. */
  liveAtDefer = false;
  /** What listings call it; null where nobody is going to read one. */
  sym: LSym | null = null;
  /** Loop depth of its declaration within its function, outside any loop 0. */
  loopDepth = 0;

  constructor(
    readonly name: string,
    readonly type: SType,
    readonly kind: LocalKind,
    /** Index among params or results. */
    readonly index: number,
    readonly pos: Pos = NoPos,
  ) {}

  toString(): string {
    return this.name;
  }
}

/** Objects that no declaration names are in the frame up to this size, in bytes (cmd/compile/internal/ir/cfg.go). */
export const maxImplicitStack = 64 << 10;
/** Declared variables up to this. */
const maxVariableStack = 128 << 10;

/** A place that makes an object. */
export class AllocSite {
  /** Decided by escape analysis; until then the safe answer. */
  escapes = true;
  /** Why, for -m and for the errors of Runtime-class packages. */
  reason = "";

  constructor(
    /** Object type; element type for slices. */
    readonly type: SType,
    /**
     * variable: a declared one (escaping is an error in Runtime-class packages). literal: that of &T{}; backing: the array
     * behind a slice literal; slice: behind make; copy: of an array that a loop goes over.
     */
    readonly kind:
      | "variable"
      | "new"
      | "literal"
      | "backing"
      | "temp"
      | "copy"
      | "slice"
      | "map"
      | "chan"
      | "append"
      | "concat"
      | "variadic",
    readonly name: string,
    readonly pos: Pos,
    /** Loop depth of the place within its function, outside any loop 0. */
    readonly loopDepth: number,
  ) {}

  /**
   * Whether an object of so many bytes may be in the frame, if it does not escape. The backing array of a literal and the
   * copy of an array that a loop goes over are there whatever their size, as with gc.
   */
  fitsFrame(size: number): boolean {
    if (this.type.align > 8) return false;
    if (this.kind === "copy" || this.kind === "backing") return true;
    return size <= (this.kind === "variable" ? maxVariableStack : maxImplicitStack);
  }

  toString(): string {
    return `${this.kind} ${this.name} ${this.type}${this.escapes ? " heap" : " stack"}`;
  }
}

/** A function literal or bound method at the place where it is made. */
export class ClosureSite {
  escapes = true;
  reason = "";

  constructor(
    readonly fn: FuncRef,
    /** The literal's own function; null for wrappers of another package. */
    readonly func: Func | null,
    /** Captured by reference: the argument is a pointer to the variable. */
    readonly byRef: readonly boolean[],
    /** Types of the captured values as stored in the closure object (pointers for byRef). */
    readonly types: readonly SType[],
    readonly kind: "literal" | "method value" | "go" | "defer",
    readonly pos: Pos,
    readonly loopDepth: number,
  ) {}

  toString(): string {
    return `${this.fn}${this.escapes ? " heap" : " stack"}`;
  }
}

/** Conversion of a concrete value to an interface. */
export class ConvSite {
  escapes = true;
  reason = "";

  constructor(
    readonly from: SType,
    readonly to: SType,
    readonly pos: Pos,
    readonly loopDepth: number,
  ) {}

  toString(): string {
    return `${this.from} to ${this.to}${this.escapes ? " heap" : " stack"}`;
  }
}

/** A conversion between strings and slices of bytes or runes. */
export class StringConvSite {
  escapes = true;
  reason = "";

  constructor(
    readonly kind:
      | "bytesToString"
      | "bytesToStringTmp"
      | "stringToBytes"
      | "runesToString"
      | "stringToRunes"
      | "intToString",
    readonly pos: Pos,
    readonly loopDepth: number,
  ) {}

  toString(): string {
    return `${this.kind}${this.escapes ? " heap" : " stack"}`;
  }
}

/** A defer statement. */
export class DeferSite {
  constructor(
    /** It may run more than once in an activation of its function: its record cannot be on the stack. */
    readonly inLoop: boolean,
    readonly pos: Pos,
  ) {}

  toString(): string {
    return this.inLoop ? "loop" : "";
  }
}
