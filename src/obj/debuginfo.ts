// What a compiler hands over for debuggers with each function: variables, scopes, locations. dwarf.ts writes them.
import type { Pos } from "#base";
import type { Prog } from "./prog.ts";
import type { LSym } from "./sym.ts";

/** An address in the function: so many bytes behind the start of what follows a Prog. */
export interface CodePlace {
  readonly after: Prog;
  readonly bytes: number;
}

/** Where a variable is, between two addresses. */
export interface LocationRange {
  readonly from: CodePlace;
  to: CodePlace;
  /** A DWARF expression; the frame's base is the address of the arguments (DW_OP_call_frame_cfa). */
  readonly expr: Uint8Array;
}

/** A variable as its function, or the one it was inlined with, declares it. */
export interface DebugVariable {
  readonly name: string;
  /** go:info.TYPE */
  readonly type: LSym;
  readonly pos: Pos;
  /** Parameter or result. */
  readonly isParam: boolean;
  readonly isResult: boolean;
  /** Where it is in the closure object; 0: it is not captured. */
  readonly closureOffset: number;
}

/** Where a variable is: at one place all the time, or at several one after the other, and nowhere in between. */
export interface VariableLocation {
  readonly fixed: Uint8Array | null;
  readonly ranges: readonly LocationRange[];
}

/** The lexical scopes of a function: from marks[i] on (in order of the source) code is in scope scopes[i]; parents[i] is the parent of scope i + 1. */
export interface LexicalScopes {
  readonly parents: readonly number[];
  readonly marks: readonly Pos[];
  readonly scopes: readonly number[];
}

/** A body that was inlined. */
export interface InlinedBody {
  /** Index of the call in the package's inlining tree. */
  readonly call: number;
  readonly parent: number;
  /** Of the call. */
  readonly pos: Pos;
  readonly name: string;
  /** Of the inlined function's declaration. */
  readonly startPos: Pos;
  /** Its variables, as they are for all bodies inlined from it. */
  readonly vars: readonly DebugVariable[];
  readonly locations: readonly VariableLocation[];
}

/** The variables of one function. */
export interface FuncDebug {
  readonly vars: readonly DebugVariable[];
  readonly locations: readonly VariableLocation[];
  readonly scopes: LexicalScopes;
  /** Parents come before their children. */
  readonly inlined: readonly InlinedBody[];
}
