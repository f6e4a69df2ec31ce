/**
 * The operations of SSA above the machine. Machine operations follow in ../amd64/ops.ts, numbered from Op.Last.
 *
 * Conventions. An operation that reads or changes memory takes the memory state as its *last* argument. One that changes
 * memory and has no other result has type Mem; one that has results besides has a Tuple type whose last member is Mem, and
 * SelectN[i] takes the i-th member. Types choose widths and signedness: Add of two Int32 is a 32-bit addition.
 * Checks (NilCheck, BoundsCheck, …) return their first argument, so that what depends on the check depends on its value;
 * they may panic, hence are pinned to their block and never pass a store, a call or one another.
 * `auxInt`, `auxHi` and `aux` are described with each operation; see Value.
 */
export enum Op {
  Invalid,

  // ---- Structure
  /** One argument for each predecessor edge, in the order of block.preds. */
  Phi,
  Copy,
  /** Member auxInt of a tuple. */
  SelectN,
  /** The memory state at function entry. */
  InitMem,
  /** Value of parameter auxInt (receiver first) at entry; aux: Local. Only for parameters that can be SSA values. */
  Arg,
  /** The closure object at entry of a closure (DX). Entry block only. */
  ClosurePtr,
  /** Captured variable auxInt of a closure, by value or by reference as the MakeClosure that made it says. Removed by expand. */
  FreeVar,
  /** (results…, mem): control of a Ret block. */
  MakeResult,

  // ---- Constants
  /** auxInt 0 or 1. */
  ConstBool,
  /** Integer of v.type: auxInt holds the low 32 bits as int32, auxHi the high 32 (the sign extension for narrower types). */
  ConstInt,
  /** auxInt is the JavaScript number (float32 values are already rounded). */
  ConstFloat,
  /** aux: the bytes as a string of char codes 0..255. */
  ConstString,
  /** Zero value of a pointer-shaped, slice or interface type. */
  ConstNil,

  // ---- Arithmetic: (x, y) of one type; result of the same type
  Add,
  Sub,
  Mul,
  /** Integer division truncates; the divisor is not zero (ZeroCheck before it); minimum / -1 wraps. */
  Div,
  Mod,
  And,
  Or,
  Xor,
  AndNot,
  /** (x, count): count of any unsigned type; counts >= width give 0 (Shl, unsigned Shr) or the sign (signed Shr). auxInt 1: count is known to be smaller. */
  Shl,
  Shr,
  /** (x, count): rotate left, x unsigned. */
  RotateLeft,
  Neg,
  /** Bitwise complement. */
  Com,
  /** Boolean not. */
  Not,
  /** High half of the product: signed or unsigned by type. */
  MulHigh,
  /** (x, y) unsigned 64 -> Tuple(hi, lo). */
  Mul64Full,
  /** (x, y, carry) unsigned 64 -> Tuple(sum, carry). */
  Add64Carry,
  /** (x, y, borrow) unsigned 64 -> Tuple(difference, borrow). */
  Sub64Borrow,
  /** (hi, lo, y) unsigned 64 -> Tuple(quotient, remainder); y > hi. */
  Div128,
  /** Count trailing zeros (width for 0), number of bits needed, ones, byte swap: x unsigned, result int. */
  Ctz,
  BitLen,
  PopCount,
  Bswap,
  Sqrt,
  Floor,
  Ceil,
  Trunc,
  RoundToEven,
  Abs,
  Copysign,
  /** (x, y, z): x*y + z rounded once. */
  FMA,
  /** Float minimum and maximum as Go's builtins have them (NaN, -0). Integers use compare and select. */
  Min,
  Max,
  /** (cond bool, ifTrue, ifFalse) of scalar type. */
  Select,

  // ---- Comparison: (x, y) of one scalar type -> bool. > and >= are written with swapped arguments.
  Eq,
  Ne,
  Lt,
  Le,

  // ---- Conversion
  /** Numeric conversion from args[0].type to v.type: truncate, sign- or zero-extend, int <-> float, float32 <-> float64. */
  Convert,
  /** Same bits under another type of the same size and shape (pointer kinds, named types, structs of identical layout, float <-> int bits by Float64bits). */
  Bitcast,
  /** unsafe.Pointer -> uintptr: (x, mem), so that it stays where it is relative to calls. */
  PtrToInt,
  /**
   * uintptr -> unsafe.Pointer: (x, mem). auxInt 1: x is arithmetic on a PtrToInt within one Go expression
   * (`unsafe.Pointer(uintptr(p) + n)`), so the result points where p did and escape analysis follows it; 0: a pointer of
   * unknown origin, which is how the runtime hides pointers from escape analysis.
   */
  IntToPtr,

  // ---- Composite values
  StringMake,
  StringPtr,
  StringLen,
  SliceMake,
  SlicePtr,
  SliceLen,
  SliceCap,
  ComplexMake,
  ComplexReal,
  ComplexImag,
  /** (word, data): word is an itab pointer (Iface; nil for a nil interface) or a type pointer (Eface). */
  IfaceMake,
  /** First word of an interface, as uintptr-like pointer to rodata. */
  IfaceTab,
  /** Data word of an interface. */
  IfaceData,
  /** Fields in order, blank ones included. */
  StructMake,
  /** Field auxInt. */
  StructSelect,
  /** Array of length 1 from its element. */
  ArrayMake1,
  /** The element of an array of length 1. */
  ArraySelect1,

  // ---- Addresses
  /** Address of the global aux: Global, plus auxInt. */
  Addr,
  /** Address of the stack variable aux: Local (param, result or auto). (mem) */
  LocalAddr,
  /** Address of the static func value of aux: FuncRef. */
  FuncValue,
  /** Code address of aux: FuncRef in ABI auxInt (abi.FuncPCABI0 and friends). */
  FuncPC,
  /** Address of the type descriptor of aux: SType. */
  TypeAddr,
  /** Address of the itab for aux: ItabRef. */
  ItabAddr,
  /** (ptr): ptr + auxInt. */
  OffPtr,
  /** (ptr, index of int type): ptr + index * size of the pointed-to element of v.type. */
  PtrIndex,
  /** (ptr, uintptr): pointer plus bytes, within the same object. */
  AddPtr,
  /** (p, q): bytes from q to p, both in one object. */
  SubPtr,

  // ---- Memory
  /** (ptr, mem) -> value of v.type (canSSA). */
  Load,
  /** (ptr, mem): a value of a type that cannot be an SSA value, read at the time of mem. Only feeds Store, calls, MakeResult. */
  Deref,
  /** (ptr, val, mem) -> mem; aux: SType stored. val may be a Deref (then it is a Move). */
  Store,
  /** (dst, src, mem) -> mem; aux: SType; auxInt size. Regions are equal or disjoint. */
  Move,
  /** (dst, mem) -> mem; aux: SType; auxInt size. */
  Zero,
  /** (mem) -> mem; aux: Local. The whole variable is about to be set: nothing in it was live before. */
  VarDef,
  /** (mem) -> mem; aux: Local. The variable is live up to here (runtime.KeepAlive through its home, results under defer). */
  VarLive,
  /** (x, mem) -> mem: x is live here. */
  KeepAlive,
  /** Atomic operations; aux: SType of the cell. (ptr, mem) -> (val, mem) */
  AtomicLoad,
  /** (ptr, val, mem) -> mem; sequentially consistent. */
  AtomicStore,
  /** (ptr, val, mem) -> (old, mem) */
  AtomicExchange,
  /** (ptr, delta, mem) -> (new, mem) */
  AtomicAdd,
  /** (ptr, old, new, mem) -> (bool, mem) */
  AtomicCas,
  /** (ptr, val, mem) -> mem */
  AtomicAnd,
  AtomicOr,
  /** (ptr, val, mem) -> (old, mem) */
  AtomicAndOld,
  AtomicOrOld,
  /** (ptr, mem) -> mem. auxInt 0: prefetch into all levels, 1: non-temporal. */
  Prefetch,
  /** (mem) -> mem: no store moves across. */
  PublicationBarrier,
  /** (mem) -> mem: the pause instruction. */
  Pause,

  // ---- Checks: return their first argument
  /** (ptr, mem) -> ptr, not nil. */
  NilCheck,
  /** (index, limit, mem) -> index; auxInt: BoundsKind. 0 <= index < limit (Index) or 0 <= index <= limit (others), index and limit 64-bit. */
  BoundsCheck,
  /** (x, mem) -> x, not zero; else runtime.panicdivide. */
  ZeroCheck,
  /** (x signed, mem) -> x, not negative; else runtime.panicshift. */
  ShiftCheck,
  /** (x, check) -> x, which must not be used before the check has passed: where the check's own result (a constant index) is not what is used. */
  Guard,

  // ---- Calls: results in a Tuple, the last member is Mem
  /** (args…, mem); aux: FuncRef. */
  StaticCall,
  /** (closure, args…, mem); aux: FuncSig. The closure may be nil (it faults). */
  ClosureCall,
  /** (itab-interface value, args…, mem); aux: MethodRef. */
  InterCall,
  /** Tail call of a method wrapper: (args…, mem); aux: FuncRef; control of a RetJmp block. */
  TailCall,

  // ---- Operations of Go whose form depends on escape analysis; removed by expand
  /** (mem) -> (ptr to zeroed object, mem); aux: AllocSite. A variable whose address is taken, new(T), &T{}, a temporary. */
  Alloc,
  /** (len, cap, mem) -> (slice, mem), zeroed; aux: AllocSite (its type is the element). Lengths are already int; the runtime checks them. */
  MakeSlice,
  /** (captured…, mem) -> (func value, mem); aux: ClosureSite. */
  MakeClosure,
  /** (hint int or none, mem) -> (map, mem); aux: AllocSite (its type is the map). */
  MakeMap,
  /** (size int, mem) -> (chan, mem); aux: AllocSite (its type is the chan). */
  MakeChan,
  /** (value, mem) -> (interface, mem); aux: ConvSite. The concrete value becomes an interface value (not interface to interface). value may be a Deref. */
  MakeIface,
  /** (slice, elements…, mem) -> (slice, mem); aux: AllocSite (element type). append of single elements. */
  Append,
  /** (slice, slice or string, mem) -> (slice, mem); aux: AllocSite (element type). append(s, t...). */
  AppendSlice,
  /** (slice, n int, mem) -> (slice, mem); aux: AllocSite: append(s, make([]T, n)...); n may be negative (panics). */
  AppendZeros,
  /** (strings…, mem) -> (string, mem); aux: AllocSite. */
  Concat,
  /** (x, mem) -> (y, mem); aux: StringConvSite: string <-> []byte, []rune, and from an integer. */
  StringConv,
  /** (func value niladic, mem) -> mem; aux: DeferSite. */
  Defer,
  /** (func value niladic, mem) -> mem. */
  Go,
  /** (mem) -> mem: runs the deferred calls on a normal return. */
  RunDefers,

  // ---- Values of the runtime's registers
  GetG,
  GetCallerPC,
  GetCallerSP,
  GetClosurePtr,

  // ---- Write barriers, made by the writebarrier pass
  /** (mem) -> bool: runtime.writeBarrier.enabled. */
  WBEnabled,
  /** (mem) -> (buffer pointer, mem): room for auxInt pointers (runtime.gcWriteBarrierN). */
  WBBuffer,

  // ---- Made by register allocation
  /** (x in a register) -> x in a stack slot (Value.reg says which; see ../regalloc). */
  StoreReg,
  /** (x in a stack slot) -> x in a register. */
  LoadReg,
  /** (x, y) in two registers -> Tuple(x in y's register, y in x's register). */
  Swap,
  /** X15, which a crowded edge used as temporary, is zero again. */
  ClearX15,

  Last,
}

/** What the checker and the passes need to know of an operation. */
export interface OpInfo {
  readonly name: string;
  /** Number of arguments; -1: any. */
  readonly args: number;
  /** The last argument is memory. */
  readonly readsMem: boolean;
  /** The result is memory, or a tuple that ends in memory. */
  readonly writesMem: boolean;
  readonly commutative: boolean;
  /** May not be moved, merged or dropped when unused (checks, calls, barriers, volatile reads). */
  readonly pinned: boolean;
  readonly isCall: boolean;
  /** A constant or address that can be made again anywhere at no cost. */
  readonly rematerializable: boolean;
}

const infos: OpInfo[] = [];

/** Properties of an operation; machine operations are registered by their target. */
export function opInfo(op: number): OpInfo {
  return infos[op]!;
}

export function opName(op: number): string {
  return infos[op]?.name ?? `op${op}`;
}

/** Operations by name, for the reader of the text form. */
export function opCodes(): Map<string, number> {
  const m = new Map<string, number>();
  for (const [op, info] of infos.entries()) if (info !== undefined) m.set(info.name, op);
  return m;
}

/** Adds a row to the table: flags is a string of m (reads memory), w (writes memory), c (commutative), p (pinned), k (call), r (rematerializable). */
export function defineOp(op: number, name: string, args: number, flags: string): void {
  infos[op] = {
    name,
    args,
    readsMem: flags.includes("m"),
    writesMem: flags.includes("w"),
    commutative: flags.includes("c"),
    pinned: flags.includes("p"),
    isCall: flags.includes("k"),
    rematerializable: flags.includes("r"),
  };
}

/** name:argument count:flags */
const rows = `
Invalid:0 Phi:-1 Copy:1 SelectN:1 InitMem:0:p Arg:0:p ClosurePtr:0:p FreeVar:0 MakeResult:-1:m
ConstBool:0:r ConstInt:0:r ConstFloat:0:r ConstString:0:r ConstNil:0:r
Add:2:c Sub:2 Mul:2:c Div:2 Mod:2 And:2:c Or:2:c Xor:2:c AndNot:2 Shl:2 Shr:2 RotateLeft:2 Neg:1 Com:1 Not:1 MulHigh:2:c
Mul64Full:2:c Add64Carry:3 Sub64Borrow:3 Div128:3 Ctz:1 BitLen:1 PopCount:1 Bswap:1 Sqrt:1 Floor:1 Ceil:1 Trunc:1
RoundToEven:1 Abs:1 Copysign:2 FMA:3 Min:2 Max:2 Select:3 Eq:2:c Ne:2:c Lt:2 Le:2 Convert:1 Bitcast:1 PtrToInt:2:m IntToPtr:2:m
StringMake:2 StringPtr:1 StringLen:1 SliceMake:3 SlicePtr:1 SliceLen:1 SliceCap:1 ComplexMake:2 ComplexReal:1 ComplexImag:1
IfaceMake:2 IfaceTab:1 IfaceData:1 StructMake:-1 StructSelect:1 ArrayMake1:1 ArraySelect1:1
Addr:0:r LocalAddr:1:m FuncValue:0:r FuncPC:0:r TypeAddr:0:r ItabAddr:0:r OffPtr:1 PtrIndex:2 AddPtr:2 SubPtr:2
Load:2:m Deref:2:m Store:3:mw Move:3:mw Zero:2:mw VarDef:1:mw VarLive:1:mw KeepAlive:2:mw
AtomicLoad:2:mwp AtomicStore:3:mwp AtomicExchange:3:mwp AtomicAdd:3:mwp AtomicCas:4:mwp AtomicAnd:3:mwp AtomicOr:3:mwp
AtomicAndOld:3:mwp AtomicOrOld:3:mwp Prefetch:2:mwp PublicationBarrier:1:mwp Pause:1:mwp
NilCheck:2:mp BoundsCheck:3:mp ZeroCheck:2:mp ShiftCheck:2:mp Guard:2
StaticCall:-1:mwpk ClosureCall:-1:mwpk InterCall:-1:mwpk TailCall:-1:mwpk
Alloc:1:mw MakeSlice:3:mwp MakeClosure:-1:mw MakeMap:-1:mwp MakeChan:2:mwp MakeIface:2:mw Append:-1:mwp AppendSlice:3:mwp
AppendZeros:3:mwp Concat:-1:mw StringConv:2:mw Defer:2:mwp Go:2:mwp RunDefers:1:mwpk
GetG:0 GetCallerPC:0 GetCallerSP:1:m GetClosurePtr:0:p WBEnabled:1:mp WBBuffer:1:mwp
StoreReg:1 LoadReg:1 Swap:2 ClearX15:0`;

for (const row of rows.trim().split(/\s+/)) {
  const [name, args, flags] = row.split(":");
  defineOp(Op[name as keyof typeof Op], name!, Number(args), flags ?? "");
}

/** Why a bounds check fails: internal/abi/bounds.go's codes, which the runtime decodes. */
export enum BoundsKind {
  /** s[x], 0 <= x < len */
  Index = 0,
  /** s[?:x], 0 <= x <= len(s) (arrays and strings) */
  SliceAlen = 1,
  /** s[?:x], 0 <= x <= cap(s) */
  SliceAcap = 2,
  /** s[x:y], 0 <= x <= y */
  SliceB = 3,
  /** s[::x], 0 <= x <= len(s) */
  Slice3Alen = 4,
  Slice3Acap = 5,
  /** s[:x:y], 0 <= x <= y */
  Slice3B = 6,
  /** s[x:y:], 0 <= x <= y */
  Slice3C = 7,
  /** (*[x]T)(s), 0 <= x <= len(s) */
  Convert = 8,
}
