// The table of machine operations: what register allocation and emission need to know of each.
import { InternalError } from "#base";
import { fpMask, gpMask, type Addressing, type MachineOp, type RegMask } from "../core/machineop.ts";
import { defineOp } from "../core/op.ts";
import { AMD64 } from "./ops.ts";

/**
 * name|assembler mnemonic|arguments>results|properties. `{a,b}` makes one row for each alternative, the n-th everywhere.
 *
 * Arguments and results, one letter each: g integer register (R14, the g, may be read), b base address (g, SP, or the
 * pseudo value SB, which needs no register), f float register, a AX, c CX, d DX, D DI, S SI, s integer but CX, y integer but
 * DX, e integer but AX and CX, P SP, G R14, R R11, F flags, m memory, `.` an ordering argument without register.
 * Properties: 2 result 0 in the register of argument 0; c commutative; k flags destroyed; i reads flags; o makes flags;
 * L loads, S stores (changes memory), n faults on a nil base; B address is base+auxInt, @N base+index*N+auxInt; p pinned;
 * r rematerializable; C call; ~ registers destroyed.
 *
 * Conventions.
 * - Memory operands: [auxInt] is the offset, aux a symbol: SymRef or Global with base SB, Local with base SP, or null. The base
 *   is argument 0, or argument 1 where argument 0 is a register operand of a two-operand instruction (ADDQload, XCHGQ,
 *   XADDQlock). Immediates are in auxInt; where there is an offset too, the immediate is in auxHi (MOVQstoreconst,
 *   CMPQconstload, ADDQconstmodify). MOVQconst is 64 bits in auxHi:auxInt; MOVSDconst holds the JavaScript number in auxInt.
 * - Upper bits of values narrower than a register are junk. A bool is 0 or 1 in the low byte.
 * - CMP x y sets flags of x-y; UCOMIS x y compares x with y, "less" being carry. Float x<y is UGT of UCOMIS y x.
 * - CMOVcc x y flags: y if cc holds, else x. SBBcarrymask: all ones if carry, else 0.
 * - ADD, ADDconst: the result may be in another register than the arguments (emitted as LEA then).
 * - DIVQ/DIVL: auxInt 1: the divisor may be -1, whose case must be handled apart (it traps for the least dividend).
 *   DIV…: (quotient, remainder). DIVQU2 hi lo y. MULQU2: (hi, lo). HMUL…: the high half.
 * - BSF/BSR: (index, flags: EQ if x is 0). ADDQcarry, ADCQ, SUBQborrow, SBBQ: (value, flags with the carry).
 * - XADDlock val ptr mem: (old, mem). XCHG val ptr mem: (old, mem). CMPXCHGlock ptr old new mem: (bool, mem) (SETEQ after it).
 *   LoweredAtomicAnd/Or ptr val mem: (old, mem), a compare-exchange loop with CX as scratch.
 * - LoweredZero [auxInt bytes] ptr: unrolled stores of X15, any size >= 1; LoweredZeroLoop: size a multiple of 16 in a loop
 *   counting in CX. REPSTOSQ ptr count zero. LoweredMove [bytes] dst src: unrolled through X14; LoweredMoveLoop: size a
 *   multiple of 16, in a loop through X14, counting in CX; REPMOVSQ dst src count (8-byte words).
 * - Checks return argument 0 so that what depends on the check is scheduled after it; LoweredGuard x check returns x. Once the
 *   order within blocks is fixed, the scheduler replaces uses of their results by the argument, so that they cost no register.
 *   LoweredBoundsCheck index limit [BoundsKind]; …ConstLimit index [kind] with limit auxHi (0..31 in the PCDATA);
 *   …ConstIndex limit [kind] with index auxHi (0..31), no result. LoweredZeroCheck: panicdivide; LoweredShiftCheck: panicshift.
 * - LoweredWB [n]: CALL runtime.gcWriteBarrierN; (buffer pointer in R11, mem).
 * - LoweredJumpAddr table index: MOVQ (table)(index*8), the code address of a successor of a JUMPTABLE block; table is LEAQ
 *   of a SymRef of kind jumpTable.
 * - SPanchored base mem: SP, for addresses of stack variables that must not be taken before mem (their VarDef).
 * - ArgIntReg/ArgFloatReg [register number]: at entry; aux Local, auxHi the byte offset in it that the register holds.
 * - Calls: aux CallInfo says registers; CALLclosure code context(DX) args… mem, CALLinter code args… mem.
 * - MOVQconvert, MOVQbits: no code; a pointer becomes an integer or the other way round (stack maps see the type).
 */
const rows = `
ADD{Q,L}|ADD{Q,L}|gg>g|ck
ADD{Q,L}const|ADD{Q,L}|b>g|k
SUB{Q,L}|SUB{Q,L}|gg>g|2k
SUB{Q,L}const|SUB{Q,L}|g>g|2k
MUL{Q,L}|IMUL{Q,L}|gg>g|2ck
MUL{Q,L}const|IMUL3{Q,L}|g>g|k
HMUL{Q,L}|IMUL{Q,L}|ag>d|k~AX
HMUL{QU,LU}|MUL{Q,L}|ag>d|k~AX
MULQU2|MULQ|ag>da|k
DIV{Q,L}|IDIV{Q,L}|ay>ad|k
DIV{QU,LU}|DIV{Q,L}|ay>ad|k
DIVQU2|DIVQ|dag>ad|k
NEG{Q,L}|NEG{Q,L}|g>g|2k
NOT{Q,L}|NOT{Q,L}|g>g|2
ADDQcarry|ADDQ|gg>gF|2ck
ADCQ|ADCQ|ggF>gF|2cki
SUBQborrow|SUBQ|gg>gF|2k
SBBQ|SBBQ|ggF>gF|2ki
SBB{Q,L}carrymask|SBB{Q,L}|F>g|ki
AND{Q,L}|AND{Q,L}|gg>g|2ck
OR{Q,L}|OR{Q,L}|gg>g|2ck
XOR{Q,L}|XOR{Q,L}|gg>g|2ck
AND{Q,L}const|AND{Q,L}|g>g|2k
OR{Q,L}const|OR{Q,L}|g>g|2k
XOR{Q,L}const|XOR{Q,L}|g>g|2k
SHL{Q,L}|SHL{Q,L}|sc>s|2k
SHR{Q,L,W,B}|SHR{Q,L,W,B}|sc>s|2k
SAR{Q,L,W,B}|SAR{Q,L,W,B}|sc>s|2k
ROL{Q,L,W,B}|ROL{Q,L,W,B}|sc>s|2k
SHL{Q,L}const|SHL{Q,L}|g>g|2k
SHR{Q,L,W,B}const|SHR{Q,L,W,B}|g>g|2k
SAR{Q,L,W,B}const|SAR{Q,L,W,B}|g>g|2k
ROL{Q,L,W,B}const|ROL{Q,L,W,B}|g>g|2k
BT{Q,L}|BT{Q,L}|gg>F|o
BT{Q,L}const|BT{Q,L}|g>F|o
BTS{Q,L}|BTS{Q,L}|gg>g|2k
BTR{Q,L}|BTR{Q,L}|gg>g|2k
BTC{Q,L}|BTC{Q,L}|gg>g|2k
BTS{Q,L}const|BTS{Q,L}|g>g|2k
BTR{Q,L}const|BTR{Q,L}|g>g|2k
CMP{Q,L,W,B}|CMP{Q,L,W,B}|gg>F|o
CMP{Q,L,W,B}const|CMP{Q,L,W,B}|g>F|o
CMP{Q,L,W,B}load|CMP{Q,L,W,B}|bgm>F|oBLn
CMP{Q,L,W,B}constload|CMP{Q,L,W,B}|bm>F|oBLn
TEST{Q,L,W,B}|TEST{Q,L,W,B}|gg>F|oc
TEST{Q,L,W,B}const|TEST{Q,L,W,B}|g>F|o
UCOMIS{S,D}|UCOMIS{S,D}|ff>F|o
SET{EQ,NE,LT,LE,GT,GE,ULT,ULE,UGT,UGE,ORD,NAN}|SET{EQ,NE,LT,LE,GT,GE,CS,LS,HI,CC,PC,PS}|F>g|i
CMOVQ{EQ,NE,LT,LE,GT,GE,ULT,ULE,UGT,UGE}|CMOVQ{EQ,NE,LT,LE,GT,GE,CS,LS,HI,CC}|ggF>g|2i
CMOVL{EQ,NE,LT,LE,GT,GE,ULT,ULE,UGT,UGE}|CMOVL{EQ,NE,LT,LE,GT,GE,CS,LS,HI,CC}|ggF>g|2i
MOV{BQSX,BQZX,WQSX,WQZX,LQSX,LQZX}|MOV{BQSX,BLZX,WQSX,WLZX,LQSX,L}|g>g|
BSF{Q,L}|BSF{Q,L}|g>gF|k
BSR{Q,L}|BSR{Q,L}|g>gF|k
BSWAP{Q,L}|BSWAP{Q,L}|g>g|2
POPCNT{Q,L}|POPCNT{Q,L}|g>g|k
ADDS{S,D}|ADDS{S,D}|ff>f|2c
SUBS{S,D}|SUBS{S,D}|ff>f|2
MULS{S,D}|MULS{S,D}|ff>f|2c
DIVS{S,D}|DIVS{S,D}|ff>f|2
MINS{S,D}|MINS{S,D}|ff>f|2
SQRTS{S,D}|SQRTS{S,D}|f>f|
ROUNDSD|ROUNDSD|f>f|
POR|POR|ff>f|2c
PAND|PAND|ff>f|2c
PXOR|PXOR|ff>f|2c
PANDN|PANDN|ff>f|2
VFMADD231S{S,D}|VFMADD231S{S,D}|fff>f|2
CVT{SL2SD,SQ2SD,SL2SS,SQ2SS}|CVT{SL2SD,SQ2SD,SL2SS,SQ2SS}|g>f|
CVTT{SD2SL,SD2SQ,SS2SL,SS2SQ}|CVTT{SD2SL,SD2SQ,SS2SL,SS2SQ}|f>g|
CVT{SD2SS,SS2SD}|CVT{SD2SS,SS2SD}|f>f|
MOV{Q,L}i2f|MOV{Q,L}|g>f|
MOV{Q,L}f2i|MOV{Q,L}|f>g|
MOVQbits||g>g|2
MOVQconvert||gm>g|2
MOV{Q,L}const|MOV{Q,L}|>g|r
MOVS{S,D}const|MOVS{S,D}|>f|r
LEAQ|LEAQ|b>g|Br
LEAQ{1,2,4,8}|LEAQ|bg>g|@{1,2,4,8}
LEAL|LEAL|b>g|B
LEAL{1,2,4,8}|LEAL|bg>g|@{1,2,4,8}
MOV{B,W,L,Q}load|MOV{BLZX,WLZX,L,Q}|bm>g|BLn
MOV{BQSX,WQSX,LQSX}load|MOV{BQSX,WQSX,LQSX}|bm>g|BLn
MOV{SS,SD,O}load|MOV{SS,SD,UPS}|bm>f|BLn
MOV{B,W}loadidx1|MOV{BLZX,WLZX}|bgm>g|@1L
MOVWloadidx2|MOVWLZX|bgm>g|@2L
MOVLloadidx{1,2,4,8}|MOVL|bgm>g|@{1,2,4,8}L
MOVQloadidx{1,2,4,8}|MOVQ|bgm>g|@{1,2,4,8}L
MOV{SS,SD}loadidx1|MOV{SS,SD}|bgm>f|@1L
MOVSSloadidx4|MOVSS|bgm>f|@4L
MOVSDloadidx8|MOVSD|bgm>f|@8L
MOV{B,W,L,Q}store|MOV{B,W,L,Q}|bgm>|BSn
MOV{SS,SD,O}store|MOV{SS,SD,UPS}|bfm>|BSn
MOV{B,W}storeidx1|MOV{B,W}|bggm>|@1S
MOVWstoreidx2|MOVW|bggm>|@2S
MOVLstoreidx{1,2,4,8}|MOVL|bggm>|@{1,2,4,8}S
MOVQstoreidx{1,2,4,8}|MOVQ|bggm>|@{1,2,4,8}S
MOV{SS,SD}storeidx1|MOV{SS,SD}|bgfm>|@1S
MOVSSstoreidx4|MOVSS|bgfm>|@4S
MOVSDstoreidx8|MOVSD|bgfm>|@8S
MOV{B,W,L,Q}storeconst|MOV{B,W,L,Q}|bm>|BSn
MOV{B,W,L,Q}storeconstidx1|MOV{B,W,L,Q}|bgm>|@1S
MOVWstoreconstidx2|MOVW|bgm>|@2S
MOVLstoreconstidx4|MOVL|bgm>|@4S
MOVQstoreconstidx8|MOVQ|bgm>|@8S
MOVOstorezero|MOVUPS|bm>|BSn
ADD{Q,L}load|ADD{Q,L}|gbm>g|2kBLn
SUB{Q,L}load|SUB{Q,L}|gbm>g|2kBLn
AND{Q,L}load|AND{Q,L}|gbm>g|2kBLn
OR{Q,L}load|OR{Q,L}|gbm>g|2kBLn
XOR{Q,L}load|XOR{Q,L}|gbm>g|2kBLn
ADDS{S,D}load|ADDS{S,D}|fbm>f|2BLn
SUBS{S,D}load|SUBS{S,D}|fbm>f|2BLn
MULS{S,D}load|MULS{S,D}|fbm>f|2BLn
DIVS{S,D}load|DIVS{S,D}|fbm>f|2BLn
ADD{Q,L}modify|ADD{Q,L}|bgm>|kBLSn
SUB{Q,L}modify|SUB{Q,L}|bgm>|kBLSn
AND{Q,L}modify|AND{Q,L}|bgm>|kBLSn
OR{Q,L}modify|OR{Q,L}|bgm>|kBLSn
XOR{Q,L}modify|XOR{Q,L}|bgm>|kBLSn
ADD{Q,L}constmodify|ADD{Q,L}|bm>|kBLSn
AND{Q,L}constmodify|AND{Q,L}|bm>|kBLSn
OR{Q,L}constmodify|OR{Q,L}|bm>|kBLSn
XOR{Q,L}constmodify|XOR{Q,L}|bm>|kBLSn
MOV{B,L,Q}atomicload|MOV{BLZX,L,Q}|bm>g|BLnp
XCHG{B,L,Q}|XCHG{B,L,Q}|gbm>g|2BLSnp
XADD{L,Q}lock|XADD{L,Q}|gbm>g|2kBLSnp
CMPXCHG{L,Q}lock|CMPXCHG{L,Q}|bagm>g|kBLSnp~AX
AND{B,L,Q}lock|AND{B,L,Q}|bgm>|kBLSnp
OR{B,L,Q}lock|OR{B,L,Q}|bgm>|kBLSnp
LoweredAtomicAnd{32,64}||eem>a|kLSnp~CX
LoweredAtomicOr{32,64}||eem>a|kLSnp~CX
PrefetchT0|PREFETCHT0|bm>|BSp
PrefetchNTA|PREFETCHNTA|bm>|BSp
PAUSE|PAUSE|m>|Sp
LoweredPublicationBarrier||m>|Sp
LoweredZero||bm>|Sn
LoweredZeroLoop||Dm>|Snk~CX,DI
REPSTOSQ||Dcam>|Sn~DI,CX
LoweredMove||bbm>|LSn~X14
LoweredMoveLoop||DSm>|LSnk~CX,DI,SI,X14
REPMOVSQ||DScm>|LSn~DI,SI,CX
LoweredNilCheck||bm>g|p2nk
LoweredBoundsCheck||ggm>g|p2k
LoweredBoundsCheckConstLimit||gm>g|p2k
LoweredBoundsCheckConstIndex||gm>|pk
LoweredZeroCheck{Q,L,W,B}||gm>g|p2k
LoweredShiftCheck{Q,L,W,B}||gm>g|p2k
LoweredWB||m>R|Skp~XALL
LoweredGuard||g.>g|2
LoweredGetG||>G|
LoweredGetClosurePtr||>d|p
LoweredGetCallerPC||>g|r
LoweredGetCallerSP||m>g|
SP||>P|r
SB||>|r
SPanchored||bm>P|
ArgIntReg||>g|p
ArgFloatReg||>f|p
LoweredJumpAddr||bg>g|L
CALLstatic||*|C
CALLclosure||*|C
CALLinter||*|C
CALLtail||*|C
`;

const R14 = 1 << 14;
const SPbit = 1 << 4;
const masksIn: Record<string, RegMask> = {
  g: gpMask | R14,
  b: gpMask | R14 | SPbit,
  f: fpMask,
  a: 1 << 0,
  c: 1 << 1,
  d: 1 << 2,
  D: 1 << 7,
  S: 1 << 6,
  s: gpMask & ~(1 << 1),
  y: gpMask & ~(1 << 2),
  e: gpMask & ~3,
  P: SPbit,
  G: R14,
  R: 1 << 11,
  F: 0,
  m: 0,
  ".": 0,
};
const masksOut: Record<string, RegMask> = { ...masksIn, g: gpMask };
const clobberBits: Record<string, RegMask> = {
  AX: 1 << 0,
  CX: 1 << 1,
  DI: 1 << 7,
  SI: 1 << 6,
  X14: 1 << 30,
  XALL: fpMask,
};
/** What a call destroys: all but SP, BP, R14 and X15. */
export const callClobbers: RegMask = gpMask | fpMask;

const addressings: Record<string, Addressing> = {
  "1": "base+index*1",
  "2": "base+index*2",
  "4": "base+index*4",
  "8": "base+index*8",
};

const table: MachineOp[] = [];

/** The row of a machine operation; undefined for operations above the machine. */
export function machineOp(op: number): MachineOp | undefined {
  return table[op];
}

function addRow(name: string, asm: string, shape: string, props: string): void {
  const op = AMD64[name as keyof typeof AMD64];
  if (op === undefined || table[op] !== undefined) throw new InternalError("ssa", "amd64 table", `row ${name}`);
  const tilde = props.indexOf("~");
  const p = tilde < 0 ? props : props.slice(0, tilde);
  let clobbers = 0;
  if (tilde >= 0) for (const r of props.slice(tilde + 1).split(",")) clobbers |= clobberBits[r]!;
  const isCall = p.includes("C");
  const [ins, outs] = isCall ? ["", ""] : (shape.split(">") as [string, string]);
  const at = p.indexOf("@");
  const has = (c: string): boolean => (at < 0 ? p : p.slice(0, at) + p.slice(at + 2)).includes(c);
  const resultInArg0 = has("2");
  const inputs = [...ins].map((c) => masksIn[c]!);
  const outputs = [...outs].map((c) => masksOut[c]!);
  if (resultInArg0 && outputs.length > 0 && !has("p")) inputs[0] = outputs[0]!;
  table[op] = {
    name,
    asm,
    inputs,
    outputs,
    clobbers: isCall ? callClobbers : clobbers,
    resultInArg0,
    commutative: has("c"),
    clobbersFlags: has("k") || isCall,
    readsFlags: has("i"),
    writesFlags: has("o") || outs.includes("F"),
    addressing: at >= 0 ? addressings[p[at + 1]!]! : has("B") ? "base" : "none",
    loads: has("L"),
    stores: has("S"),
    faultsOnNil: has("n"),
    isCall,
  };
  let flags = "";
  if (ins.endsWith("m") || isCall) flags += "m";
  if (has("S") || isCall) flags += "w";
  if (has("c")) flags += "c";
  if (has("p") || isCall) flags += "p";
  if (has("r")) flags += "r";
  if (isCall) flags += "k";
  defineOp(op, name, isCall ? -1 : ins.length, flags);
}

for (const row of rows.trim().split("\n")) {
  const parts = row.split("|");
  const brace = /\{([^}]*)\}/;
  const alternatives = (brace.exec(parts[0]!) ?? ["", ""])[1]!.split(",").length;
  for (let k = 0; k < alternatives; k++) {
    const [name, asm, shape, props] = parts.map((s) => s.replace(brace, (_, list: string) => list.split(",")[k]!));
    addRow(name!, asm!, shape!, props!);
  }
}
for (const [name, op] of Object.entries(AMD64)) {
  if (typeof op === "number" && op !== AMD64.Last && table[op] === undefined) {
    throw new InternalError("ssa", "amd64 table", `${name} has no row`);
  }
}
