import { Abi, type FuncSig, floatArgRegs, intArgRegs, Kind, type SType } from "../core/index.ts";

/** A scalar piece of a value: one register. */
export interface Part {
  readonly offset: number;
  readonly size: number;
  readonly isFloat: boolean;
  readonly isPointer: boolean;
}

/** Where a parameter or result is passed. */
export interface Assignment {
  readonly type: SType;
  /** Registers of its parts in order; empty: on the stack. */
  readonly regs: readonly number[];
  /** The parts that go to the registers. */
  readonly parts: readonly Part[];
  /** Stack-passed: offset of its slot from the argument pointer. Parameter in registers: offset of its spill slot. Result in registers: -1. */
  readonly offset: number;
}

/** The layout of a call. Offsets count from the argument pointer: 0(SP) of the caller at the call. */
export interface ABIParams {
  readonly params: readonly Assignment[];
  readonly results: readonly Assignment[];
  /** Bytes from 0 to the end of the stack-assigned results (what a caller has to fill or read). */
  readonly stackBytes: number;
  /** First byte of the spill area. */
  readonly spillOffset: number;
  /** All of it: stack parameters, stack results, spill area; a multiple of 8 (FuncInfo.Args). */
  readonly argBytes: number;
}

const word = (offset: number, isPointer: boolean): Part => ({ offset, size: 8, isFloat: false, isPointer });
const float = (offset: number, size: number): Part => ({ offset, size, isFloat: true, isPointer: false });
const stringParts = [word(0, true), word(8, false)];
const sliceParts = [word(0, true), word(8, false), word(16, false)];
const interfaceParts = [word(0, true), word(8, true)];
const complex64Parts = [float(0, 4), float(4, 4)];
const complex128Parts = [float(0, 8), float(8, 8)];

function builtinParts(t: SType): readonly Part[] | null {
  switch (t.kind) {
    case Kind.String:
      return stringParts;
    case Kind.Slice:
      return sliceParts;
    case Kind.Iface:
    case Kind.Eface:
      return interfaceParts;
    case Kind.Complex64:
      return complex64Parts;
    case Kind.Complex128:
      return complex128Parts;
  }
  return null;
}

/** The scalar parts of a type in memory order; null if it can never be in registers (an array of two or more). */
export function scalarParts(type: SType): readonly Part[] | null {
  const simple = builtinParts(type);
  if (simple !== null) return simple;
  const out: Part[] = [];
  return addParts(type, 0, out) ? out : null;
}

function addParts(t: SType, at: number, out: Part[]): boolean {
  switch (t.kind) {
    case Kind.Struct:
      for (const f of t.fields) if (!addParts(f.type, at + f.offset, out)) return false;
      return true;
    case Kind.Array:
      return t.length === 0 || (t.length === 1 && addParts(t.elem!, at, out));
  }
  const parts = builtinParts(t);
  if (parts === null) out.push({ offset: at, size: t.size, isFloat: t.isFloat, isPointer: t.hasPointers });
  else for (const p of parts) out.push({ ...p, offset: at + p.offset });
  return true;
}

const align = (n: number, a: number): number => Math.ceil(n / a) * a;

/** State of one sequence: parameters or results. */
class Sequence {
  ints = 0;
  floats = 0;

  /** Registers for all parts, or null; takes none if they do not all fit. */
  take(parts: readonly Part[]): number[] | null {
    let i = this.ints;
    let f = this.floats;
    const regs: number[] = [];
    for (const p of parts) {
      if (p.isFloat) {
        if (f >= floatArgRegs.length) return null;
        regs.push(floatArgRegs[f++]!);
      } else {
        if (i >= intArgRegs.length) return null;
        regs.push(intArgRegs[i++]!);
      }
    }
    this.ints = i;
    this.floats = f;
    return regs;
  }
}

/**
 * Assigns parameters and results to registers and stack (cmd/compile/abi-internal.md, cmd/compile/internal/abi/abiutils.go).
 */
export function abiParams(sig: FuncSig, abi: Abi): ABIParams {
  const cache = abi === Abi.ABIInternal ? internalLayouts : stackLayouts;
  let p = cache.get(sig);
  if (p === undefined) {
    p = layout(sig, abi);
    cache.set(sig, p);
  }
  return p;
}

const internalLayouts = new WeakMap<FuncSig, ABIParams>();
const stackLayouts = new WeakMap<FuncSig, ABIParams>();

function layout(sig: FuncSig, abi: Abi): ABIParams {
  let at = 0;
  const assign = (
    types: readonly SType[],
  ): { type: SType; regs: number[]; parts: readonly Part[]; offset: number }[] => {
    const seq = new Sequence();
    return types.map((type) => {
      if (abi === Abi.ABIInternal && type.size > 0) {
        const parts = scalarParts(type);
        const regs = parts === null ? null : seq.take(parts);
        if (regs !== null && regs.length > 0) return { type, regs, parts: parts!, offset: -1 };
      }
      at = align(at, type.align);
      const offset = at;
      at += type.size;
      return { type, regs: [], parts: [], offset };
    });
  };
  const params = assign(sig.params);
  at = align(at, 8);
  const results = assign(sig.results);
  at = align(at, 8);
  const stackBytes = at;
  for (const p of params) {
    if (p.regs.length === 0) continue;
    at = align(at, p.type.align);
    p.offset = at;
    at += p.type.size;
  }
  return { params, results, stackBytes, spillOffset: stackBytes, argBytes: align(at, 8) };
}
