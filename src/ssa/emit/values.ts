import { As, Reg } from "#arch";
import { InternalError } from "#base";
import type { Addr, Prog } from "#obj";
import { AMD64, machineOp } from "../amd64/index.ts";
import { Abi, Kind, type MachineOp, Op, type SType, type Value, valueString } from "../core/index.ts";
import { isSlot, slotBase, tupleReg } from "../regalloc/index.ts";
import { emitCall } from "./calls.ts";
import { emitCheck } from "./checks.ts";
import type { Emitter } from "./emitter.ts";
import { emitMove, emitMoveLoop, emitZero, emitZeroLoop } from "./blockmoves.ts";
import { setMemory, setStackSlot } from "./operands.ts";
import { asOf, regOf } from "./progs.ts";

const X15 = 31;

/** How the operands of an operation are arranged; see `families`. */
type Family = (e: Emitter, v: Value, row: MachineOp, as: As) => void;

/** The Progs of one value. flagsLive: somebody behind it reads flags made before it. */
export function emitValue(e: Emitter, v: Value, flagsLive: boolean): void {
  switch (v.op) {
    case Op.Copy:
      move(e, v.args[0]!.reg, v.reg);
      return;
    case Op.StoreReg:
      store(e, v);
      return;
    case Op.LoadReg:
      load(e, v);
      return;
    case Op.Swap:
      swap(e, v.args[0]!.reg, v.args[1]!.reg);
      return;
    case Op.ClearX15:
      e.progs.regReg(As.XORPS, X15, X15);
      return;
    case AMD64.MOVQconst:
    case AMD64.MOVLconst:
      constant(e, v, flagsLive);
      return;
    case AMD64.MOVSDconst:
    case AMD64.MOVSSconst:
      floatConstant(e, v);
      return;
  }
  const family = families[v.op];
  const row = machineOp(v.op);
  if (family === undefined || row === undefined)
    throw new InternalError("ssa/emit", e.f.name, `no instruction for ${valueString(v)}`);
  family(e, v, row, opcodes[v.op]!);
}

const opcodes: As[] = [];
const families: (Family | undefined)[] = [];

// ---- Moves

/** Register to register. */
export function move(e: Emitter, from: number, to: number): void {
  if (from === to) return;
  e.progs.regReg(from >= 16 && to >= 16 ? As.MOVUPS : As.MOVQ, from, to);
}

function slotSize(e: Emitter, home: number): number {
  return e.slots[home - slotBase]!.size;
}

/** The instruction that moves a value of a type between a register and memory of size bytes (8 at most but for Int128). */
function slotMove(t: SType, size: number, register: number, loading: boolean): As {
  if (t.kind === Kind.Int128) return As.MOVUPS;
  if (register >= 16)
    return t.kind === Kind.Float32 || (t.size === 4 && size === 4) ? As.MOVSS : size >= 8 ? As.MOVSD : As.MOVSS;
  switch (size) {
    case 1:
      return loading ? As.MOVBLZX : As.MOVB;
    case 2:
      return loading ? As.MOVWLZX : As.MOVW;
    case 4:
      return As.MOVL;
  }
  return As.MOVQ;
}

function store(e: Emitter, v: Value): void {
  const r = v.args[0]!.reg;
  const p = e.progs.add(slotMove(v.type, slotSize(e, v.reg), r, false));
  p.from.setReg(regOf(r));
  setStackSlot(p.to, e.slots, v.reg);
}

function load(e: Emitter, v: Value): void {
  const home = v.args[0]!.reg;
  if (!isSlot(home))
    throw new InternalError("ssa/emit", e.f.name, `no slot: ${valueString(v)} of ${valueString(v.args[0]!)}`);
  const p = e.progs.add(slotMove(v.type, slotSize(e, home), v.reg, true));
  setStackSlot(p.from, e.slots, home);
  p.to.setReg(regOf(v.reg));
}

function swap(e: Emitter, a: number, b: number): void {
  if (a < 16) {
    e.progs.regReg(As.XCHGQ, a, b);
    return;
  }
  e.progs.regReg(As.PXOR, a, b);
  e.progs.regReg(As.PXOR, b, a);
  e.progs.regReg(As.PXOR, a, b);
}

function constant(e: Emitter, v: Value, flagsLive: boolean): void {
  const wide = v.op === AMD64.MOVQconst;
  const lo = v.auxInt | 0;
  const hi = wide ? v.auxHi | 0 : 0;
  if (lo === 0 && hi === 0 && !flagsLive) {
    e.progs.regReg(As.XORL, v.reg, v.reg);
    return;
  }
  const p = e.progs.add(hi === 0 ? As.MOVL : As.MOVQ);
  // A MOVL's immediate is its low half, as a signed number.
  if (hi === 0) p.from.setConst(lo);
  else p.from.setConst64(lo, hi);
  p.to.setReg(regOf(v.reg));
}

const scratch = new DataView(new ArrayBuffer(8));

function floatConstant(e: Emitter, v: Value): void {
  const single = v.op === AMD64.MOVSSconst;
  const x = v.auxInt;
  if (x === 0 && !Object.is(x, -0)) {
    e.progs.regReg(As.XORPS, v.reg, v.reg);
    return;
  }
  const p = e.progs.add(single ? As.MOVSS : As.MOVSD);
  if (single) {
    scratch.setFloat32(0, x, true);
    p.from.setSym(e.symbols.floatConst(4, scratch.getUint32(0, true), 0));
  } else {
    scratch.setFloat64(0, x, true);
    p.from.setSym(e.symbols.floatConst(8, scratch.getUint32(0, true), scratch.getUint32(4, true)));
  }
  p.to.setReg(regOf(v.reg));
}

// ---- Families

const mem = (a: Addr, e: Emitter, v: Value, row: MachineOp, at: number): void => setMemory(a, e, v, row, at);

/** op y, x (x is the result) */
const twoOperand: Family = (e, v, _row, as) => {
  e.progs.regReg(as, v.args[1]!.reg, resultReg(v));
};

/** op x (in place) */
const oneOperand: Family = (e, v, _row, as) => {
  e.progs.add(as).to.setReg(regOf(v.reg));
};

/** op $c, x */
const constOperand: Family = (e, v, _row, as) => {
  e.progs.constReg(as, v.auxInt, v.reg);
};

/** op x, result */
const convert: Family = (e, v, _row, as) => {
  e.progs.regReg(as, v.args[0]!.reg, resultReg(v));
};

/** The result merges with the old contents of its register: cleared first, so that nobody waits for them. */
const convertFresh: Family = (e, v, _row, as) => {
  if (v.args[0]!.reg !== v.reg) e.progs.regReg(As.XORPS, v.reg, v.reg);
  e.progs.regReg(as, v.args[0]!.reg, v.reg);
};

const popCount: Family = (e, v, _row, as) => {
  // Old CPUs wait for the result's register; clearing it costs flags, which POPCNT destroys anyway.
  if (v.args[0]!.reg !== v.reg) e.progs.regReg(As.XORL, v.reg, v.reg);
  e.progs.regReg(as, v.args[0]!.reg, v.reg);
};

const add: Family = (e, v, _row, as) => {
  const r = v.reg;
  const x = v.args[0]!.reg;
  const y = v.args[1]!.reg;
  if (r === x) {
    e.progs.regReg(as, y, r);
  } else if (r === y) {
    e.progs.regReg(as, x, r);
  } else {
    const p = e.progs.add(as === As.ADDQ ? As.LEAQ : As.LEAL);
    p.from.setMemIndex(regOf(x), regOf(y), 1, 0);
    p.to.setReg(regOf(r));
  }
};

const addConst: Family = (e, v, _row, as) => {
  const r = v.reg;
  const x = v.args[0]!.reg;
  const wide = as === As.ADDQ;
  if (r !== x) {
    const p = e.progs.add(wide ? As.LEAQ : As.LEAL);
    p.from.setMem(regOf(x), v.auxInt);
    p.to.setReg(regOf(r));
  } else if (v.auxInt === 1 || v.auxInt === -1) {
    const up = v.auxInt === 1;
    e.progs.add(wide ? (up ? As.INCQ : As.DECQ) : up ? As.INCL : As.DECL).to.setReg(regOf(r));
  } else if (v.auxInt === 0x80) {
    // -0x80 fits a byte.
    e.progs.constReg(wide ? As.SUBQ : As.SUBL, -0x80, r);
  } else {
    e.progs.constReg(as, v.auxInt, r);
  }
};

/** op $c, x, result */
const threeOperand: Family = (e, v, _row, as) => {
  const p = e.progs.constReg(as, v.auxInt, v.reg);
  p.addRest().setReg(regOf(v.args[0]!.reg));
};

/** op y: the other factor or the dividend is in AX (and DX). */
const wideMul: Family = (e, v, _row, as) => {
  e.progs.add(as).from.setReg(regOf(v.args[1]!.reg));
};

const divide: Family = (e, v, _row, as) => {
  const ps = e.progs;
  const y = v.args[1]!.reg;
  const wide = as === As.IDIVQ || as === As.DIVQ;
  if (v.op === AMD64.DIVQU2) {
    ps.add(as).from.setReg(regOf(v.args[2]!.reg));
    return;
  }
  if (as === As.DIVQ || as === As.DIVL) {
    ps.regReg(As.XORL, 2, 2);
    ps.add(as).from.setReg(regOf(y));
    return;
  }
  let minusOne: Prog | null = null;
  if (v.auxInt === 1) {
    // The least number divided by -1 traps: its quotient is the negated dividend, the remainder 0.
    const c = ps.add(wide ? As.CMPQ : As.CMPL);
    c.from.setReg(regOf(y));
    c.to.setConst(-1);
    minusOne = ps.add(As.JEQ);
  }
  ps.add(wide ? As.CQO : As.CDQ);
  ps.add(as).from.setReg(regOf(y));
  if (minusOne === null) return;
  const skip = ps.add(As.JMP);
  const fix = ps.add(wide ? As.NEGQ : As.NEGL);
  fix.to.setReg(Reg.AX);
  minusOne.to.setBranch(fix);
  ps.regReg(As.XORL, 2, 2);
  e.branchToNext(skip);
};

/** result -= result + carry */
const carryMask: Family = (e, v, _row, as) => {
  e.progs.regReg(as, v.reg, v.reg);
};

const compare: Family = (e, v, _row, as) => {
  e.compare(as, v.args[0]!.reg, v.args[1]!.reg);
};

const compareSwapped: Family = (e, v, _row, as) => {
  e.progs.regReg(as, v.args[1]!.reg, v.args[0]!.reg);
};

const compareConst: Family = (e, v, _row, as) => {
  const p = e.progs.add(as);
  p.from.setReg(regOf(v.args[0]!.reg));
  p.to.setConst(v.auxInt);
};

/** op $c, x without result */
const testConst: Family = (e, v, _row, as) => {
  e.progs.constReg(as, v.auxInt, v.args[0]!.reg);
};

const compareLoad: Family = (e, v, row, as) => {
  const p = e.progs.add(as);
  mem(p.from, e, v, row, 0);
  p.to.setReg(regOf(v.args[1]!.reg));
};

const compareConstLoad: Family = (e, v, row, as) => {
  const p = e.progs.add(as);
  mem(p.from, e, v, row, 0);
  p.to.setConst(v.auxHi);
};

const setFlag: Family = (e, v, _row, as) => {
  e.progs.add(as).to.setReg(regOf(v.reg));
};

const loadMem: Family = (e, v, row, as) => {
  const p = e.progs.add(as);
  mem(p.from, e, v, row, 0);
  p.to.setReg(regOf(resultReg(v)));
};

const lea: Family = (e, v, row, as) => {
  // A stack variable's address keeps its alignment from the frame; an address of offset 0 is a copy.
  if (row.addressing === "base" && v.aux === null && v.auxInt === 0 && as === As.LEAQ) {
    move(e, v.args[0]!.reg, v.reg);
    return;
  }
  loadMem(e, v, row, as);
};

/** op mem, x */
const opLoad: Family = (e, v, row, as) => {
  const p = e.progs.add(as);
  mem(p.from, e, v, row, 1);
  p.to.setReg(regOf(v.reg));
};

const storeMem: Family = (e, v, row, as) => {
  const p = e.progs.add(as);
  p.from.setReg(regOf(v.args[row.addressing === "base" ? 1 : 2]!.reg));
  mem(p.to, e, v, row, 0);
};

const storeConst: Family = (e, v, row, as) => {
  const p = e.progs.add(as);
  // 32 bits, which MOVQ extends.
  p.from.setConst(as === As.MOVB ? (v.auxHi << 24) >> 24 : as === As.MOVW ? (v.auxHi << 16) >> 16 : v.auxHi);
  mem(p.to, e, v, row, 0);
};

const modifyConst: Family = (e, v, row, as) => {
  if (v.auxHi === 1 || v.auxHi === -1) {
    if (as === As.ADDQ || as === As.ADDL) {
      const up = v.auxHi === 1;
      const p = e.progs.add(as === As.ADDQ ? (up ? As.INCQ : As.DECQ) : up ? As.INCL : As.DECL);
      mem(p.to, e, v, row, 0);
      return;
    }
  }
  const p = e.progs.add(as);
  p.from.setConst(v.auxHi);
  mem(p.to, e, v, row, 0);
};

const storeZero: Family = (e, v, row) => {
  e.needX15();
  const p = e.progs.add(As.MOVUPS);
  p.from.setReg(regOf(X15));
  mem(p.to, e, v, row, 0);
};

const exchange: Family = (e, v, row, as) => {
  if (v.op === AMD64.XADDLlock || v.op === AMD64.XADDQlock) e.progs.add(As.LOCK);
  const p = e.progs.add(as);
  p.from.setReg(regOf(resultReg(v)));
  mem(p.to, e, v, row, 1);
};

const compareExchange: Family = (e, v, row, as) => {
  e.progs.add(As.LOCK);
  const p = e.progs.add(as);
  p.from.setReg(regOf(v.args[2]!.reg));
  mem(p.to, e, v, row, 0);
  const r = tupleReg(v, 0);
  if (r >= 0) e.progs.add(As.SETEQ).to.setReg(regOf(r));
};

const locked: Family = (e, v, row, as) => {
  e.progs.add(As.LOCK);
  const p = e.progs.add(as);
  p.from.setReg(regOf(v.args[1]!.reg));
  mem(p.to, e, v, row, 0);
};

/** The old value is wanted: a loop around a compare-and-exchange, with CX as scratch. */
const atomicLogic: Family = (e, v) => {
  const wide = v.op === AMD64.LoweredAtomicAnd64 || v.op === AMD64.LoweredAtomicOr64;
  const and = v.op === AMD64.LoweredAtomicAnd32 || v.op === AMD64.LoweredAtomicAnd64;
  const ps = e.progs;
  const ptr = regOf(v.args[0]!.reg);
  const first = ps.add(wide ? As.MOVQ : As.MOVL);
  first.from.setMem(ptr, v.auxInt);
  first.to.setReg(Reg.AX);
  const loop = ps.regReg(wide ? As.MOVQ : As.MOVL, 0, 1);
  ps.regReg(wide ? (and ? As.ANDQ : As.ORQ) : and ? As.ANDL : As.ORL, v.args[1]!.reg, 1);
  ps.add(As.LOCK);
  const x = ps.add(wide ? As.CMPXCHGQ : As.CMPXCHGL);
  x.from.setReg(Reg.CX);
  x.to.setMem(ptr, v.auxInt);
  ps.add(As.JNE).to.setBranch(loop);
};

const prefetch: Family = (e, v, row, as) => {
  mem(e.progs.add(as).from, e, v, row, 0);
};

const plain: Family = (e, _v, _row, as) => {
  e.progs.add(as);
};

const repeat: Family = (e, v) => {
  e.progs.add(As.REP);
  e.progs.add(v.op === AMD64.REPSTOSQ ? As.STOSQ : As.MOVSQ);
};

const fma: Family = (e, v, _row, as) => {
  const p = e.progs.regReg(as, v.args[2]!.reg, v.reg);
  p.addRest().setReg(regOf(v.args[1]!.reg));
};

const getG: Family = (e, v) => {
  if (e.f.ref.abi === Abi.ABIInternal) move(e, 14, v.reg);
  else e.loadG(v.reg);
};

const callerPC: Family = (e, v) => {
  const p = e.progs.add(As.MOVQ);
  e.setArgs(p.from, -8);
  p.to.setReg(regOf(v.reg));
};

const callerSP: Family = (e, v) => {
  const p = e.progs.add(As.LEAQ);
  e.setArgs(p.from, 0);
  p.to.setReg(regOf(v.reg));
};

/** The code address of a jump table's entry. */
const jumpAddress: Family = (e, v) => {
  const p = e.progs.add(As.MOVQ);
  p.from.setMemIndex(regOf(v.args[0]!.reg), regOf(v.args[1]!.reg), 8, 0);
  p.to.setReg(regOf(v.reg));
};

/** The register of a value, or of the first result of a tuple. */
function resultReg(v: Value): number {
  return v.type.kind === Kind.Tuple ? tupleReg(v, 0) : v.reg;
}

/** name pattern → family; the first that matches an operation's name decides. */
const patterns: readonly (readonly [RegExp, Family])[] = [
  [/^ADD[QL]$/, add],
  [/^ADD[QL]const$/, addConst],
  [/^IMUL3|^MUL[QL]const$|^ROUNDSD$/, threeOperand],
  [/^HMUL|^MULQU2$/, wideMul],
  [/^DIV[QL]/, divide],
  [/^SBB[QL]carrymask$/, carryMask],
  [/^(NEG|NOT)[QL]$|^BSWAP/, oneOperand],
  [/^CMP[QLWB]constload$/, compareConstLoad],
  [/^CMP[QLWB]load$/, compareLoad],
  [/^CMP[QLWB]const$/, compareConst],
  [/^CMP[QLWB]$/, compare],
  [/^BT[QL]$/, compare],
  [/^TEST[QLWB]$|^UCOMIS/, compareSwapped],
  [/^TEST[QLWB]const$|^BT[QL]const$/, testConst],
  [/^SET/, setFlag],
  [/^CVT[ST].*2S[SD]$|^SQRTS|^CVTSD2SS$|^CVTSS2SD$/, convertFresh],
  [/^POPCNT/, popCount],
  [/^MOV(BQ|WQ|LQ)[SZ]X$|^BS[FR][QL]$|^CVTT|^MOV[QL](i2f|f2i)$/, convert],
  [/^VFMADD/, fma],
  [/^LEA[QL]/, lea],
  [/atomicload$|^MOV.*load(idx\d)?$/, loadMem],
  [/storezero$/, storeZero],
  [/storeconst(idx\d)?$/, storeConst],
  [/^MOV.*store(idx\d)?$/, storeMem],
  [/constmodify$/, modifyConst],
  [/modify$/, storeMem],
  [/^(XCHG|XADD)/, exchange],
  [/^CMPXCHG/, compareExchange],
  [/^LoweredAtomic/, atomicLogic],
  [/lock$/, locked],
  [/^[A-Z]+load$/, opLoad],
  [/^Prefetch/, prefetch],
  [/^PAUSE$/, plain],
  [/^REP/, repeat],
  [/^LoweredZero$/, (e, v) => emitZero(e, v.args[0]!.reg, v.auxInt)],
  [/^LoweredZeroLoop$/, (e, v) => emitZeroLoop(e, v.auxInt)],
  [/^LoweredMove$/, (e, v) => emitMove(e, v.args[0]!.reg, v.args[1]!.reg, v.auxInt)],
  [/^LoweredMoveLoop$/, (e, v) => emitMoveLoop(e, v.auxInt)],
  [/^LoweredGetG$/, getG],
  [/^LoweredGetCallerPC$/, callerPC],
  [/^LoweredGetCallerSP$/, callerSP],
  [/^LoweredJumpAddr$/, jumpAddress],
  [/^Lowered(Nil|Bounds|Zero|Shift)Check/, (e, v) => emitCheck(e, v)],
  [/^LoweredWB$|^CALL/, (e, v) => emitCall(e, v)],
  [/const$/, constOperand],
  [/./, twoOperand],
];

for (let op: number = AMD64.ADDQ; op < AMD64.Last; op++) {
  const row = machineOp(op);
  if (row === undefined) continue;
  families[op] = patterns.find(([re]) => re.test(row.name))![1];
  // BSF and BSR of words, and NAN tests, are ordinary rows: only pseudo-operations have no mnemonic.
  if (row.asm !== "") opcodes[op] = asOf(row.asm);
}
