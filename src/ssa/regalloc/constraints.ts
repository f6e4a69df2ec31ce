// What operations ask of registers, the few machine-independent ones that are left included.
import { AMD64, machineOp } from "../amd64/index.ts";
import { CallInfo, type MachineOp, Op, type RegMask, ResultInfo, type Value } from "../core/index.ts";
import { classMask } from "./homes.ts";

const noMasks: readonly RegMask[] = [];

/** The row of a machine operation; null for the operations that remain from above (Phi, Copy, SelectN, VarDef …). */
export function rowOf(v: Value): MachineOp | null {
  return machineOp(v.op) ?? null;
}

/** A call by the Go conventions: fixed registers in, everything destroyed. */
export function isCall(v: Value): boolean {
  return v.aux instanceof CallInfo;
}

/** An operation that only checks argument 0: its result, which is that argument, has been replaced by it everywhere. */
export function isCheck(op: number): boolean {
  return op >= AMD64.LoweredNilCheck && op <= AMD64.LoweredShiftCheckB;
}

/** The stack pointer and the static base: in no allocatable register. */
export function isFixedRegister(v: Value): boolean {
  return v.op === AMD64.SP || v.op === AMD64.SB || v.op === AMD64.SPanchored;
}

/** Arguments before those in CallInfo.inRegs: the code pointer, and the closure (which goes to DX). */
function leadingArgs(v: Value): number {
  return v.op === AMD64.CALLclosure ? 2 : v.op === AMD64.CALLinter ? 1 : 0;
}

/** The register of argument i of a call or MakeResult; -1: none (memory); -2: any that is no argument's (the code pointer). */
export function fixedArg(v: Value, i: number): number {
  if (v.aux instanceof ResultInfo) return v.aux.regs[i] ?? -1;
  if (!(v.aux instanceof CallInfo)) return -1;
  const lead = leadingArgs(v);
  if (i < lead) return i === 0 ? -2 : 2;
  return v.aux.inRegs[i - lead] ?? -1;
}

/** Allowed registers of argument i of an ordinary operation; 0 if it needs none. */
export function inputMask(v: Value, row: MachineOp | null, i: number): RegMask {
  if (row !== null) return row.inputs[i] ?? 0;
  return v.op === Op.Copy ? classMask(v.args[i]!.type) : 0;
}

/** Allowed registers of each result; 0 for flags. */
export function outputMasks(v: Value, row: MachineOp | null): readonly RegMask[] {
  if (v.op === AMD64.ArgIntReg || v.op === AMD64.ArgFloatReg) return [1 << v.auxInt];
  if (row !== null) return isCheck(v.op) ? noMasks : row.outputs;
  return v.op === Op.Copy ? [classMask(v.type)] : noMasks;
}
