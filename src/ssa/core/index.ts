export { type DataPointer, type DataTarget, StaticData } from "./data.ts";
export { type Aux, Block, BlockKind, Edge, Func, FuncFlag, type InlinedCall, Value } from "./func.ts";
export {
  type Addressing,
  floatArgRegs,
  fpMask,
  gpMask,
  intArgRegs,
  type MachineOp,
  type RegMask,
  regNames,
} from "./machineop.ts";
export {
  DebugHome,
  DebugParts,
  type DebugScopes,
  DebugTable,
  DebugValues,
  DebugVar,
  debugSource,
  keepForDebug,
  writeIsMissing,
} from "./debug.ts";
export { BoundsKind, defineOp, Op, type OpInfo, opInfo, opName } from "./op.ts";
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
  maxImplicitStack,
  type MethodRef,
  StringConvSite,
} from "./refs.ts";
export { Kind, type SField, SType } from "./stype.ts";
export type { Symbols } from "./symbols.ts";
export { checkFunc } from "./check.ts";
export { Dominators, reversePostorder } from "./dominators.ts";
export { Scratch, scratch } from "./scratch.ts";
export { bypassCopies, copySource, fuse, onlyArgument, removeUnreachable } from "./graph.ts";
export { blockKindName, defineBlockKind, funcString, valueString } from "./print.ts";
export { Loop, LoopNest } from "./loops.ts";
export { CallInfo, ResultInfo, SymRef, type SymTarget } from "./machineaux.ts";
export type { TypeMaker } from "./typemaker.ts";
export { type ParseContext, parseFunc } from "./parse.ts";
