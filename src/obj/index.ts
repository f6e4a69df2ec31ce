export { Ctxt, type CtxtOptions } from "./ctxt.ts";
export { Addr, AddrName, AddrType, appendProg, argsUnknown, nopOut, Prog, ProgFlag, Suffix } from "./prog.ts";
export {
  ABI,
  Attr,
  FuncFlag,
  FuncInfo,
  type InlinedCall,
  type JumpTable,
  LSym,
  Pcln,
  Reloc,
  RelocType,
  type RegSpill,
  SymKind,
  TextFlag,
} from "./sym.ts";
