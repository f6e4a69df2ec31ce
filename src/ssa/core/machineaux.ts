// What machine values refer to by aux, besides Global and Local: symbols, calls, results. Plain data.
import type { Block } from "./func.ts";
import type { Abi, FuncRef, Global, ItabRef } from "./refs.ts";
import type { SType } from "./stype.ts";

/** What a SymRef names; see Symbols for how each becomes an LSym. */
export type SymTarget =
  | { readonly kind: "global"; readonly global: Global }
  | { readonly kind: "funcValue"; readonly fn: FuncRef }
  | { readonly kind: "funcPC"; readonly fn: FuncRef; readonly abi: Abi }
  | { readonly kind: "type"; readonly type: SType }
  | { readonly kind: "itab"; readonly itab: ItabRef }
  /** Bytes as char codes 0..255. */
  | { readonly kind: "string"; readonly bytes: string }
  /** A symbol of the runtime by name (data: ABI 0). */
  | { readonly kind: "runtime"; readonly name: string }
  /** The table of a JUMPTABLE block: one code address for each successor, in order. */
  | { readonly kind: "jumpTable"; readonly block: Block };

/**
 * A symbol as the aux of a machine operation whose base is SB. Interned within a function by its key, so that equal
 * references are one object.
 */
export class SymRef {
  constructor(
    readonly target: SymTarget,
    readonly key: string,
  ) {}

  toString(): string {
    return this.key;
  }
}

/**
 * How a machine call passes values. Register arguments are value arguments of the call, in the order of inRegs, after the
 * code pointer (CALLclosure: code, DX closure; CALLinter: code); memory is last. Stack arguments have been stored at 0(SP)
 * and up by the memory chain before the call. SelectN[i] is in outRegs[i] for i < outRegs.length; SelectN[outRegs.length] is
 * the memory. Stack results are read from offsets of SP after the call.
 */
export class CallInfo {
  constructor(
    /** The callee, if known. */
    readonly fn: FuncRef | null,
    readonly abi: Abi,
    readonly inRegs: readonly number[],
    readonly outRegs: readonly number[],
    /** Bytes of the outgoing area, from 0(SP): stack arguments, stack results, spill area of the callee. */
    readonly argBytes: number,
    /** The call does not return. */
    readonly noreturn: boolean,
    /** The call is a tail call of a function whose results are this function's. */
    readonly tail: boolean,
  ) {}

  toString(): string {
    return `${this.fn ?? "?"} in=[${this.inRegs}] out=[${this.outRegs}] bytes=${this.argBytes}`;
  }
}

/** aux of a machine-level MakeResult: its value arguments (all but the memory) leave in these registers, in order. */
export class ResultInfo {
  constructor(readonly regs: readonly number[]) {}

  toString(): string {
    return `out=[${this.regs}]`;
  }
}
