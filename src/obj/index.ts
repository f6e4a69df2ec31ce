export { DwOp, FuncFlag, RelocType, SymKind } from "#formats";
export { Ctxt, type CtxtOptions } from "./ctxt.ts";
export type {
  CodePlace,
  DebugVariable,
  FuncDebug,
  InlinedBody,
  LexicalScopes,
  LocationRange,
  VariableLocation,
} from "./debuginfo.ts";
export { assembleFunction, defineData, defineText, gcLocalsSym, referToDeclarations, setFipsKind } from "./define.ts";
export { describeGlobal } from "./dwarfvars.ts";
export { absFile, applyRewrites } from "./filename.ts";
export { buildObject, writeObject } from "./object.ts";
export { listing } from "./listing.ts";
export { addrString, instructionString, progString, quote } from "./print.ts";
export { Addr, AddrName, AddrType, appendProg, argsUnknown, nopOut, ownCopy, Prog, ProgFlag, Suffix } from "./prog.ts";
export {
  ABI,
  Attr,
  FuncInfo,
  type InlinedCall,
  type JumpTable,
  LSym,
  Pcln,
  type RegSpill,
  Reloc,
  TextFlag,
} from "./sym.ts";
