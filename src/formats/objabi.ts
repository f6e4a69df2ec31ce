// What the compiler, the assembler, the linker and the runtime agree on by number (cmd/internal/objabi, internal/abi).

/** Symbol kinds as a goobj file numbers them (cmd/internal/objabi/symkind.go). */
export const enum SymKind {
  Sxxx = 0,
  STEXT = 1,
  STEXTFIPS = 2,
  SRODATA = 3,
  SRODATAFIPS = 4,
  SNOPTRDATA = 5,
  SNOPTRDATAFIPS = 6,
  SDATA = 7,
  SDATAFIPS = 8,
  SBSS = 9,
  SNOPTRBSS = 10,
  STLSBSS = 11,
  SDWARFCUINFO = 12,
  SDWARFCONST = 13,
  SDWARFFCN = 14,
  SDWARFABSFCN = 15,
  SDWARFTYPE = 16,
  SDWARFVAR = 17,
  SDWARFRANGE = 18,
  SDWARFLOC = 19,
  SDWARFLINES = 20,
  SDWARFADDR = 21,
  SLIBFUZZER_8BIT_COUNTER = 22,
  SCOVERAGE_COUNTER = 23,
  SCOVERAGE_AUXVAR = 24,
  SSEHUNWINDINFO = 25,
}

const symKindNames = [
  "Sxxx",
  "STEXT",
  "STEXTFIPS",
  "SRODATA",
  "SRODATAFIPS",
  "SNOPTRDATA",
  "SNOPTRDATAFIPS",
  "SDATA",
  "SDATAFIPS",
  "SBSS",
  "SNOPTRBSS",
  "STLSBSS",
  "SDWARFCUINFO",
  "SDWARFCONST",
  "SDWARFFCN",
  "SDWARFABSFCN",
  "SDWARFTYPE",
  "SDWARFVAR",
  "SDWARFRANGE",
  "SDWARFLOC",
  "SDWARFLINES",
  "SDWARFADDR",
  "SLIBFUZZER_8BIT_COUNTER",
  "SCOVERAGE_COUNTER",
  "SCOVERAGE_AUXVAR",
  "SSEHUNWINDINFO",
];

/** The name of a symbol kind as Go's tools print it; its number if it has none. */
export function symKindName(kind: SymKind): string {
  return symKindNames[kind] ?? String(kind);
}

/** Relocation types that linux/amd64 uses (cmd/internal/objabi/reloctype.go). */
export const enum RelocType {
  R_ADDR = 1,
  R_ADDROFF = 5,
  R_SIZE = 6,
  R_CALL = 7,
  R_CALLIND = 10,
  R_CONST = 13,
  R_PCREL = 14,
  R_TLS_LE = 15,
  R_TLS_IE = 16,
  R_USEFIELD = 21,
  R_USETYPE = 22,
  R_USEIFACE = 23,
  R_USEIFACEMETHOD = 24,
  R_USENAMEDMETHOD = 25,
  R_METHODOFF = 26,
  R_KEEP = 27,
  R_GOTPCREL = 29,
  R_DWARFSECREF = 31,
  R_ADDRCUOFF = 95,
  R_INITORDER = 99,
  R_DWTXTADDR_U1 = 100,
  R_DWTXTADDR_U2 = 101,
  R_DWTXTADDR_U3 = 102,
  R_DWTXTADDR_U4 = 103,
  /** A bit added to a type: the reference does not keep its target alive. */
  R_WEAK = 0x8000,
}

const relocNames = new Map<number, string>([
  [1, "R_ADDR"],
  [5, "R_ADDROFF"],
  [6, "R_SIZE"],
  [7, "R_CALL"],
  [10, "R_CALLIND"],
  [13, "R_CONST"],
  [14, "R_PCREL"],
  [15, "R_TLS_LE"],
  [16, "R_TLS_IE"],
  [21, "R_USEFIELD"],
  [22, "R_USETYPE"],
  [23, "R_USEIFACE"],
  [24, "R_USEIFACEMETHOD"],
  [25, "R_USENAMEDMETHOD"],
  [26, "R_METHODOFF"],
  [27, "R_KEEP"],
  [29, "R_GOTPCREL"],
  [31, "R_DWARFSECREF"],
  [95, "R_ADDRCUOFF"],
  [99, "R_INITORDER"],
  [100, "R_DWTXTADDR_U1"],
  [101, "R_DWTXTADDR_U2"],
  [102, "R_DWTXTADDR_U3"],
  [103, "R_DWTXTADDR_U4"],
]);

/** The name of a relocation type, as objdump prints it. */
export function relocName(type: number): string {
  const weak = (type & RelocType.R_WEAK) !== 0;
  const name = relocNames.get(type & 0x7fff);
  if (name === undefined) return `RelocType(${type})`;
  return weak ? `R_WEAK|${name}` : name;
}

/** Bits of a symbol's first flag byte (cmd/internal/goobj SymFlag…). */
export const enum SymFlag {
  Dupok = 1,
  Local = 2,
  Typelink = 4,
  Leaf = 8,
  NoSplit = 16,
  ReflectMethod = 32,
  GoType = 64,
}

/** Bits of a symbol's second flag byte. */
export const enum SymFlag2 {
  UsedInIface = 1,
  Itab = 2,
  Dict = 4,
  PkgInit = 8,
  Linkname = 16,
  ABIWrapper = 32,
  WasmExport = 64,
}

/** Bits of an object's flags. */
export const enum ObjFlag {
  Shared = 1,
  FromAssembly = 4,
  Unlinkable = 8,
  Std = 16,
}

/** Package indices with a meaning of their own; ordinary packages count from 1. */
export const enum PkgIdx {
  None = 0x7fffffff,
  Hashed64 = 0x7ffffffe,
  Hashed = 0x7ffffffd,
  Builtin = 0x7ffffffc,
  Self = 0x7ffffffb,
}

/** What an auxiliary symbol is to its owner. */
export const enum AuxType {
  Gotype = 0,
  FuncInfo = 1,
  Funcdata = 2,
  DwarfInfo = 3,
  DwarfLoc = 4,
  DwarfRanges = 5,
  DwarfLines = 6,
  Pcsp = 7,
  Pcfile = 8,
  Pcline = 9,
  Pcinline = 10,
  Pcdata = 11,
  WasmImport = 12,
  WasmType = 13,
  SehUnwindInfo = 14,
}

/** The ABI field of a symbol that is private to its object. */
export const SymABIStatic = 0xffff;

/** Functions the runtime treats specially (internal/abi FuncID). */
export const enum FuncID {
  Normal = 0,
  Abort = 1,
  Asmcgocall = 2,
  AsyncPreempt = 3,
  Cgocallback = 4,
  Corostart = 5,
  DebugCallV2 = 6,
  GcBgMarkWorker = 7,
  Goexit = 8,
  Gogo = 9,
  Gopanic = 10,
  HandleAsyncEvent = 11,
  Mcall = 12,
  Morestack = 13,
  Mstart = 14,
  Panicwrap = 15,
  Rt0Go = 16,
  RuntimeMain = 17,
  RunFinalizers = 18,
  RunCleanups = 19,
  Sigpanic = 20,
  Systemstack = 21,
  SystemstackSwitch = 22,
  Wrapper = 23,
}

/** Go's name of each FuncID, in order. */
export const funcIDNames: readonly string[] = [
  "normal",
  "abort",
  "asmcgocall",
  "asyncPreempt",
  "cgocallback",
  "corostart",
  "debugCallV2",
  "gcBgMarkWorker",
  "goexit",
  "gogo",
  "gopanic",
  "handleAsyncEvent",
  "mcall",
  "morestack",
  "mstart",
  "panicwrap",
  "rt0_go",
  "runtime_main",
  "runFinalizers",
  "runCleanups",
  "sigpanic",
  "systemstack",
  "systemstack_switch",
  "wrapper",
];

const funcIDs = new Map<string, FuncID>([
  ["abort", FuncID.Abort],
  ["asmcgocall", FuncID.Asmcgocall],
  ["asyncPreempt", FuncID.AsyncPreempt],
  ["cgocallback", FuncID.Cgocallback],
  ["corostart", FuncID.Corostart],
  ["debugCallV2", FuncID.DebugCallV2],
  ["gcBgMarkWorker", FuncID.GcBgMarkWorker],
  ["goexit", FuncID.Goexit],
  ["gogo", FuncID.Gogo],
  ["gopanic", FuncID.Gopanic],
  ["handleAsyncEvent", FuncID.HandleAsyncEvent],
  ["main", FuncID.RuntimeMain],
  ["mcall", FuncID.Mcall],
  ["morestack", FuncID.Morestack],
  ["mstart", FuncID.Mstart],
  ["panicwrap", FuncID.Panicwrap],
  ["rt0_go", FuncID.Rt0Go],
  ["runFinalizers", FuncID.RunFinalizers],
  ["runCleanups", FuncID.RunCleanups],
  ["sigpanic", FuncID.Sigpanic],
  ["systemstack", FuncID.Systemstack],
  ["systemstack_switch", FuncID.SystemstackSwitch],
  // Not special, but hidden from tracebacks as wrappers are.
  ["deferreturn", FuncID.Wrapper],
]);

/** The FuncID of a function by its symbol name (cmd/internal/objabi.GetFuncID). */
export function funcIDOf(name: string, isWrapper: boolean): FuncID {
  if (isWrapper) return FuncID.Wrapper;
  if (name.startsWith("runtime.")) return funcIDs.get(name.slice(8)) ?? FuncID.Normal;
  return FuncID.Normal;
}

/** Bits of a function's flag byte (internal/abi FuncFlag). */
export const enum FuncFlag {
  TopFrame = 1,
  SPWrite = 2,
  Asm = 4,
}

/** Indices of a function's pc-value tables. */
export const enum Pcdata {
  UnsafePoint = 0,
  StackMapIndex = 1,
  InlTreeIndex = 2,
  ArgLiveIndex = 3,
  PanicBounds = 4,
}

/** Indices of a function's data. */
export const enum Funcdata {
  ArgsPointerMaps = 0,
  LocalsPointerMaps = 1,
  StackObjects = 2,
  InlTree = 3,
  OpenCodedDeferInfo = 4,
  ArgInfo = 5,
  ArgLiveInfo = 6,
  WrapInfo = 7,
}

/** FuncInfo.args of a function that does not say. */
export const ArgsSizeUnknown = 0x80000000;

/** Stack limits of internal/abi/stack.go, in bytes. */
export const StackSmall = 128;
export const StackBig = 4096;
export const StackNosplitBase = 800;

/** The first line of every Go object: what must agree between all objects of a program. */
export function objectHeader(
  goos: string,
  goarch: string,
  version: string,
  goamd64: string,
  experiments: string,
): string {
  return `go object ${goos} ${goarch} ${version} GOAMD64=${goamd64} X:${experiments}`;
}

/** The experiments of a linux/amd64 toolchain that nobody configured, as go1.26 lists them. */
export const baselineExperiments = "regabiwrappers,regabiargs,dwarf5,greenteagc,randomizedheapbase64";
