// The contract of the ssa stage: Go-level SSA in, machine code out.
export { abiParams, type ABIParams, type Assignment, type Part, scalarParts } from "./abi/assign.ts";
export { ownABI } from "./abi/calls.ts";
export { type Compilation, Context } from "./context.ts";
export { type DataPointer, type DataTarget, StaticData } from "./core/data.ts";
export { type Aux, Block, BlockKind, Edge, Func, FuncFlag, type InlinedCall, Value } from "./core/func.ts";
export {
  type Addressing,
  floatArgRegs,
  fpMask,
  gpMask,
  intArgRegs,
  type MachineOp,
  type RegMask,
  regNames,
} from "./core/machineop.ts";
export { BoundsKind, defineOp, Op, type OpInfo, opInfo, opName } from "./core/op.ts";
export {
  Abi,
  AllocSite,
  ClosureSite,
  ConvSite,
  DeferSite,
  type EscapeSummary,
  FuncRef,
  type FuncSig,
  Global,
  type ItabRef,
  Local,
  LocalKind,
  type MethodRef,
  StringConvSite,
} from "./core/refs.ts";
export { Kind, type SField, SType } from "./core/stype.ts";
export type { Symbols } from "./core/symbols.ts";
export { checkFunc } from "./core/check.ts";
export { Dominators, reversePostorder } from "./core/dominators.ts";
export { blockKindName, defineBlockKind, funcString, valueString } from "./core/print.ts";
export { Loop, LoopNest } from "./core/loops.ts";
export { CallInfo, ResultInfo, SymRef, type SymTarget } from "./core/machineaux.ts";
export type { TypeMaker } from "./core/typemaker.ts";
export { type ParseContext, parseFunc } from "./core/parse.ts";
export { type Pass, type PassOptions, passes, runPasses } from "./passes.ts";
export { compileBackend } from "./emit/index.ts";
export { Escapes, Inliner, promoteAllocs } from "./opt/index.ts";
export { Alg, algOf, hashMightPanic, isEmptyInterface, needsKeyUpdate } from "./build/alg.ts";
export { Program, type ProgramOptions } from "./build/index.ts";
