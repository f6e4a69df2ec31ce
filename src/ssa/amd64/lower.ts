// biome-ignore-all lint/correctness/noVoidTypeReturn: one line per case, "return what does it", reads best in tables of cases.
// Instruction selection: each operation above the machine becomes machine operations. What one operation does is a line of
// rules/lower.rules; here is what needs several, or the width of an argument. Combining into addressing modes and immediate
// operands comes after, by rules/amd64.rules. Answers to cmd/compile/internal/ssa/_gen/AMD64.rules.
import { InternalError } from "#base";
import {
  type Aux,
  type Block,
  BlockKind,
  type Func,
  Kind,
  Op,
  opName,
  type SType,
  Value,
  valueString,
} from "../core/index.ts";
import type { Context } from "../context.ts";
import { lowerRewrite } from "../gen/lower.ts";
import { copyelim } from "../generic/copyelim.ts";
import { removeUnused } from "../generic/deadcode.ts";
import { become, make } from "../rules/support.ts";
import { lowerAtomic, lowerAtomicResults } from "./atomics.ts";
import { lowerMove, lowerZero } from "./blockmoves.ts";
import { type Condition, lowerCondition, lowerCompare } from "./compare.ts";
import { AMD64, BlockAMD64 } from "./ops.ts";

export function lower(f: Func, cx: Context): void {
  new Lowering(f, cx).run();
}

export class Lowering {
  private sbValue: Value | null = null;
  private spValue: Value | null = null;

  constructor(
    readonly f: Func,
    readonly cx: Context,
  ) {}

  run(): void {
    const { f } = this;
    copyelim(f);
    removeUnused(f);
    this.guardConstants();
    for (const b of f.blocks) for (const v of [...b.values]) if (v.op === Op.SelectN) lowerAtomicResults(this, v);
    for (const b of f.blocks) this.block(b);
    for (const b of f.blocks) {
      // New values are appended and lowered as well, until all are the machine's.
      for (let i = 0; i < b.values.length; i++) this.value(b.values[i]!);
    }
    copyelim(f);
    removeUnused(f);
  }

  /**
   * A check of a constant index has no result to depend on: what it protects depends on it through a guarded pointer, and
   * other uses are the constant itself.
   */
  private guardConstants(): void {
    for (const b of this.f.blocks) {
      for (const v of [...b.values]) {
        if (v.op === Op.Guard) continue;
        for (let k = 0; k < v.args.length; k++) {
          const check = v.args[k]!;
          if (check.op !== Op.BoundsCheck || tinyConst(check.args[0]!) < 0) continue;
          if (v.op === Op.PtrIndex && k === 1) {
            const guard = this.make(v, Op.Guard, v.args[0]!.type, 0, null, v.args[0]!, check);
            const offset = tinyConst(check.args[0]!) * v.type.elem!.size;
            become(v, Op.OffPtr, v.type, offset, 0, null, [guard]);
            break;
          }
          v.setArg(k, check.args[0]!);
        }
      }
      if (b.control !== null && b.control.op === Op.BoundsCheck) {
        const check = b.control;
        if (tinyConst(check.args[0]!) >= 0) b.setControl(check.args[0]!);
      }
    }
  }

  // ---- Making values

  make(v: Value, op: number, type: SType, auxInt: number, aux: Aux, ...args: Value[]): Value {
    return make(v, op, type, auxInt, 0, aux, args);
  }

  flags(v: Value, op: number, auxInt: number, ...args: Value[]): Value {
    return make(v, op, this.cx.types.flags, auxInt, 0, null, args);
  }

  /** The pseudo value that stands for addresses of symbols. */
  get sb(): Value {
    this.sbValue ??= this.entryValue(AMD64.SB, this.cx.types.uintptr);
    return this.sbValue;
  }

  get sp(): Value {
    this.spValue ??= this.entryValue(AMD64.SP, this.cx.types.uintptr);
    return this.spValue;
  }

  private entryValue(op: number, type: SType): Value {
    const { entry } = this.f;
    for (const v of entry.values) if (v.op === op) return v;
    const v = new Value(this.f.nextValueId++, op, type, 0, 0, null, [], entry, this.f.startPos);
    entry.values.unshift(v);
    return v;
  }

  // ---- Blocks

  private block(b: Block): void {
    const t = this.cx.types;
    if (b.kind === BlockKind.If) {
      const control = b.control!;
      const at = anchor(b, control);
      const c: Condition = lowerCondition(this, at, control);
      b.kind = c.kind;
      b.setControl(c.flags);
    } else if (b.kind === BlockKind.JumpTable) {
      const at = anchor(b, b.control!);
      const ref = this.cx.symRef({ kind: "jumpTable", block: b });
      const table = this.make(at, AMD64.LEAQ, t.uintptr, 0, ref, this.sb);
      b.aux = ref;
      b.setControl(this.make(at, AMD64.LoweredJumpAddr, t.uintptr, 0, null, table, b.control!));
      b.kind = BlockAMD64.JUMPTABLE;
    }
  }

  // ---- Values

  private value(v: Value): void {
    if (v.op >= Op.Last || lowerRewrite(v, this.cx)) return;
    switch (v.op) {
      case Op.Phi:
      case Op.Copy:
      case Op.SelectN:
      case Op.InitMem:
      case Op.MakeResult:
      case Op.VarDef:
      case Op.VarLive:
      case Op.KeepAlive:
        return;
      case Op.Div:
      case Op.Mod:
        return this.divide(v);
      case Op.Shl:
      case Op.Shr:
        return this.shift(v);
      case Op.RotateLeft:
        return this.rotate(v);
      case Op.Ctz:
      case Op.BitLen:
      case Op.PopCount:
      case Op.Bswap:
        return this.bits(v);
      case Op.Add64Carry:
      case Op.Sub64Borrow: {
        const [x, y, c] = v.args as [Value, Value, Value];
        const carry = this.flags(v, AMD64.BTLconst, 0, c);
        const members = [v.type.members[0]!, this.cx.types.flags];
        const op = v.op === Op.Add64Carry ? AMD64.ADCQ : AMD64.SBBQ;
        return become(v, op, this.cx.types.tuple(members), 0, 0, null, [x, y, carry]);
      }
      case Op.Max: {
        // max(x, y) = -min(-x, -y)
        const [x, y] = v.args as [Value, Value];
        const neg = (a: Value): Value => this.make(v, Op.Neg, v.type, 0, null, a);
        const min = this.make(v, Op.Min, v.type, 0, null, neg(x), neg(y));
        become(v, Op.Neg, v.type, 0, 0, null, [min]);
        return this.value(v);
      }
      case Op.Select:
        return this.select(v);
      case Op.Eq:
      case Op.Ne:
      case Op.Lt:
      case Op.Le:
      case Op.WBEnabled:
        return lowerCompare(this, v);
      case Op.Convert:
        return this.convert(v);
      case Op.Bitcast:
        return this.bitcast(v);
      case Op.Addr:
        return become(v, AMD64.LEAQ, v.type, v.auxInt, 0, v.aux, [this.sb]);
      case Op.LocalAddr: {
        const base = hasPointers(v.type)
          ? this.make(v, AMD64.SPanchored, this.cx.types.uintptr, 0, null, this.sp, v.args[0]!)
          : this.sp;
        return become(v, AMD64.LEAQ, v.type, 0, 0, v.aux, [base]);
      }
      case Op.FuncValue:
        return this.symbol(v, { kind: "funcValue", fn: v.aux as never });
      case Op.FuncPC:
        return this.symbol(v, { kind: "funcPC", fn: v.aux as never, abi: v.auxInt as never });
      case Op.TypeAddr:
        return this.symbol(v, { kind: "type", type: v.aux as never });
      case Op.ItabAddr:
        return this.symbol(v, { kind: "itab", itab: v.aux as never });
      case Op.PtrIndex:
        return this.ptrIndex(v);
      case Op.Load:
        return become(v, loadOp(v.type), v.type, 0, 0, null, [v.args[0]!, v.args[1]!]);
      case Op.Store:
        return become(v, storeOp(v.aux as SType), v.type, 0, 0, null, [v.args[0]!, v.args[1]!, v.args[2]!]);
      case Op.Move:
        return lowerMove(this, v);
      case Op.Zero:
        return lowerZero(this, v);
      case Op.BoundsCheck:
        return this.boundsCheck(v);
      case Op.ZeroCheck:
      case Op.ShiftCheck: {
        const first = v.op === Op.ZeroCheck ? AMD64.LoweredZeroCheckQ : AMD64.LoweredShiftCheckQ;
        return become(v, first + widthIndex(v.type.size), v.type, 0, 0, null, [v.args[0]!, v.args[1]!]);
      }
      case Op.StaticCall:
        return this.machineCall(v, AMD64.CALLstatic);
      case Op.ClosureCall:
        return this.machineCall(v, AMD64.CALLclosure);
      case Op.InterCall:
        return this.machineCall(v, AMD64.CALLinter);
      case Op.TailCall:
        return this.machineCall(v, AMD64.CALLtail);
      case Op.Deref:
        if (v.uses === 0) return v.reset(Op.InitMem);
        break;
    }
    if (lowerAtomic(this, v)) return;
    throw new InternalError("ssa/lower", this.f.name, `nothing does ${opName(v.op)}: ${valueString(v)}`);
  }

  private machineCall(v: Value, op: number): void {
    v.op = op;
  }

  private symbol(v: Value, target: Parameters<Context["symRef"]>[0]): void {
    become(v, AMD64.LEAQ, v.type, 0, 0, this.cx.symRef(target), [this.sb]);
  }

  private ptrIndex(v: Value): void {
    const [p, i] = v.args as [Value, Value];
    const size = v.type.elem!.size;
    switch (size) {
      case 0:
        return v.copyOf(p);
      case 1:
        return become(v, AMD64.LEAQ1, v.type, 0, 0, null, [p, i]);
      case 2:
        return become(v, AMD64.LEAQ2, v.type, 0, 0, null, [p, i]);
      case 4:
        return become(v, AMD64.LEAQ4, v.type, 0, 0, null, [p, i]);
      case 8:
        return become(v, AMD64.LEAQ8, v.type, 0, 0, null, [p, i]);
    }
    const int = this.cx.types.int;
    // size = odd * 2^k: the power of two may become the scale.
    let k = 0;
    let odd = size;
    while (odd % 2 === 0) {
      odd /= 2;
      k++;
    }
    const scale = Math.min(k, 3);
    const rest = size / 2 ** scale;
    const scaled = isPowerOf2(rest)
      ? this.make(v, AMD64.SHLQconst, int, Math.log2(rest), null, i)
      : this.make(v, AMD64.MULQconst, int, rest, null, i);
    become(v, [AMD64.LEAQ1, AMD64.LEAQ2, AMD64.LEAQ4, AMD64.LEAQ8][scale]!, v.type, 0, 0, null, [p, scaled]);
  }

  private boundsCheck(v: Value): void {
    const [index, limit, mem] = v.args as [Value, Value, Value];
    const kind = v.auxInt;
    const i = tinyConst(index);
    if (i >= 0) {
      return become(v, AMD64.LoweredBoundsCheckConstIndex, v.type, kind, i, null, [limit, mem]);
    }
    const l = tinyConst(limit);
    if (l >= 0) return become(v, AMD64.LoweredBoundsCheckConstLimit, v.type, kind, l, null, [index, mem]);
    become(v, AMD64.LoweredBoundsCheck, v.type, kind, 0, null, [index, limit, mem]);
  }

  private divide(v: Value): void {
    const t = this.cx.types;
    let [x, y] = v.args as [Value, Value];
    const type = v.type;
    const signed = type.isSigned;
    const wide = type.size === 8;
    if (type.size < 4) {
      x = this.extend(v, x);
      y = this.extend(v, y);
    }
    const op = wide ? (signed ? AMD64.DIVQ : AMD64.DIVQU) : signed ? AMD64.DIVL : AMD64.DIVLU;
    // Narrow dividends cannot be the one that traps.
    const fix = signed && type.size >= 4 && !isConstNotMinus1(y) ? 1 : 0;
    const both = this.make(v, op, t.tuple([type, type]), fix, null, x, y);
    become(v, Op.SelectN, type, v.op === Op.Div ? 0 : 1, 0, null, [both]);
  }

  /** A value of less than 8 bytes extended by its own type's sign. */
  extend(v: Value, x: Value): Value {
    const t = this.cx.types;
    const op = extensionOp(x.type);
    return op === 0 ? x : this.make(v, op, x.type.isSigned ? t.int64 : t.uint64, 0, null, x);
  }

  private shift(v: Value): void {
    const t = this.cx.types;
    const [x, y] = v.args as [Value, Value];
    const size = v.type.size;
    const left = v.op === Op.Shl;
    const signed = !left && v.type.isSigned;
    const w = widthIndex(size);
    if (y.op === Op.ConstInt || y.op === AMD64.MOVQconst || y.op === AMD64.MOVLconst) {
      const bits = size * 8;
      const high = y.type.size === 8 ? y.auxHi : 0;
      const raw = y.type.size === 1 ? y.auxInt & 255 : y.type.size === 2 ? y.auxInt & 65535 : y.auxInt >>> 0;
      let n = high !== 0 || raw >= bits ? bits : raw;
      if (n === bits) {
        if (!signed) return become(v, size === 8 ? AMD64.MOVQconst : AMD64.MOVLconst, v.type, 0, 0, null, []);
        n = bits - 1;
      }
      const op = left
        ? size === 8
          ? AMD64.SHLQconst
          : AMD64.SHLLconst
        : (signed ? AMD64.SARQconst : AMD64.SHRQconst) + w;
      return become(v, op, v.type, n, 0, null, [x]);
    }
    const op = left ? (size === 8 ? AMD64.SHLQ : AMD64.SHLL) : (signed ? AMD64.SARQ : AMD64.SHRQ) + w;
    if (v.auxInt === 1) return become(v, op, v.type, 0, 0, null, [x, y]);
    const limit = left ? (size === 8 ? 64 : 32) : size * 8;
    const compare = this.flags(v, AMD64.CMPQconst + widthIndex(y.type.size), limit, y);
    if (signed) {
      // A count of all ones shifts the sign into every bit.
      const small = this.make(v, AMD64.SBBQcarrymask, t.uint64, 0, null, compare);
      const big = this.make(v, AMD64.NOTQ, t.uint64, 0, null, small);
      const count = this.make(v, AMD64.ORQ, t.uint64, 0, null, y, big);
      return become(v, op, v.type, 0, 0, null, [x, count]);
    }
    const shifted = this.make(v, op, v.type, 0, null, x, y);
    const mask = this.make(v, size === 8 ? AMD64.SBBQcarrymask : AMD64.SBBLcarrymask, v.type, 0, null, compare);
    become(v, size === 8 ? AMD64.ANDQ : AMD64.ANDL, v.type, 0, 0, null, [shifted, mask]);
  }

  private rotate(v: Value): void {
    const [x, y] = v.args as [Value, Value];
    const w = widthIndex(v.type.size);
    if (y.op === Op.ConstInt || y.op === AMD64.MOVQconst || y.op === AMD64.MOVLconst) {
      return become(v, AMD64.ROLQconst + w, v.type, y.auxInt & (v.type.size * 8 - 1), 0, null, [x]);
    }
    become(v, AMD64.ROLQ + w, v.type, 0, 0, null, [x, y]);
  }

  private bits(v: Value): void {
    const t = this.cx.types;
    const x = v.args[0]!;
    const size = x.type.size;
    const int = v.type;
    const scan = t.tuple([t.int, t.flags]);
    const first = (tuple: Value): Value => this.make(v, Op.SelectN, t.int, 0, null, tuple);
    switch (v.op) {
      case Op.Ctz: {
        if (size === 8) {
          const s = this.make(v, AMD64.BSFQ, scan, 0, null, x);
          const flags = this.make(v, Op.SelectN, t.flags, 1, null, s);
          const c64 = this.make(v, AMD64.MOVQconst, t.int, 64, null);
          return become(v, AMD64.CMOVQEQ, int, 0, 0, null, [first(s), c64, flags]);
        }
        // A bit beyond the width stops the search.
        const stop =
          size === 4
            ? this.make(v, AMD64.BTSQconst, t.uint64, 32, null, x)
            : this.make(v, AMD64.BTSLconst, t.uint32, size * 8, null, x);
        const s = this.make(v, size === 4 ? AMD64.BSFQ : AMD64.BSFL, scan, 0, null, stop);
        return become(v, Op.SelectN, int, 0, 0, null, [s]);
      }
      case Op.BitLen: {
        if (size === 8) {
          const s = this.make(v, AMD64.BSRQ, scan, 0, null, x);
          const flags = this.make(v, Op.SelectN, t.flags, 1, null, s);
          const minus1 = make(v, AMD64.MOVQconst, t.int, -1, -1, null, []);
          const last = this.make(v, AMD64.CMOVQEQ, t.int, 0, null, first(s), minus1, flags);
          return become(v, AMD64.ADDQconst, int, 1, 0, null, [last]);
        }
        // The number of bits of x is the place of the highest one of 2x+1.
        const z = this.make(v, zeroExtensionOp(size), t.uint64, 0, null, x);
        const twice = this.make(v, AMD64.LEAQ1, t.uint64, 1, null, z, z);
        const s = this.make(v, AMD64.BSRQ, scan, 0, null, twice);
        return become(v, Op.SelectN, int, 0, 0, null, [s]);
      }
      case Op.PopCount: {
        const z = size < 4 ? this.make(v, zeroExtensionOp(size), t.uint32, 0, null, x) : x;
        return become(v, size === 8 ? AMD64.POPCNTQ : AMD64.POPCNTL, int, 0, 0, null, [z]);
      }
      case Op.Bswap:
        if (size === 2) return become(v, AMD64.ROLWconst, v.type, 8, 0, null, [x]);
        return become(v, size === 8 ? AMD64.BSWAPQ : AMD64.BSWAPL, v.type, 0, 0, null, [x]);
    }
  }

  private select(v: Value): void {
    const t = this.cx.types;
    const [c, yes, no] = v.args as [Value, Value, Value];
    if (v.type.isFloat) {
      const wide = v.type.size === 8;
      const int = wide ? t.uint64 : t.uint32;
      const bits = (x: Value): Value => this.make(v, wide ? AMD64.MOVQf2i : AMD64.MOVLf2i, int, 0, null, x);
      const chosen = this.make(v, Op.Select, int, 0, null, c, bits(yes), bits(no));
      return become(v, wide ? AMD64.MOVQi2f : AMD64.MOVLi2f, v.type, 0, 0, null, [chosen]);
    }
    const cond = lowerCondition(this, v, c);
    if (cond.kind >= BlockAMD64.EQF) {
      // No single condition says it: test the bool.
      const bool = c.op >= Op.Last ? c : this.make(v, c.op, c.type, 0, null, ...c.args);
      cond.flags = this.flags(v, AMD64.TESTB, 0, bool, bool);
      cond.kind = BlockAMD64.NE;
    }
    const first = v.type.size === 8 ? AMD64.CMOVQEQ : AMD64.CMOVLEQ;
    become(v, first + (cond.kind - BlockAMD64.EQ), v.type, 0, 0, null, [no, yes, cond.flags]);
  }

  private convert(v: Value): void {
    const t = this.cx.types;
    const x = v.args[0]!;
    const from = x.type;
    const to = v.type;
    if (from.isFloat && to.isFloat) {
      if (from.size === to.size) return v.copyOf(x);
      return become(v, to.size === 4 ? AMD64.CVTSD2SS : AMD64.CVTSS2SD, to, 0, 0, null, [x]);
    }
    if (to.isFloat) {
      // Unsigned 64 bits have been taken care of by expand.
      const wide = from.size === 8 || (from.size === 4 && !from.isSigned);
      const i = from.size < 4 || (from.size === 4 && wide) ? this.extend(v, x) : x;
      const op = to.size === 8 ? (wide ? AMD64.CVTSQ2SD : AMD64.CVTSL2SD) : wide ? AMD64.CVTSQ2SS : AMD64.CVTSL2SS;
      return become(v, op, to, 0, 0, null, [i]);
    }
    if (from.isFloat) {
      const wide = to.size === 8 || (to.size === 4 && !to.isSigned);
      const op =
        from.size === 8 ? (wide ? AMD64.CVTTSD2SQ : AMD64.CVTTSD2SL) : wide ? AMD64.CVTTSS2SQ : AMD64.CVTTSS2SL;
      if (wide && to.size === 4) {
        const q = this.make(v, op, t.int64, 0, null, x);
        return v.copyOf(q);
      }
      return become(v, op, to, 0, 0, null, [x]);
    }
    if (to.size <= from.size) {
      if (from.hasPointers !== to.hasPointers) return become(v, AMD64.MOVQbits, to, 0, 0, null, [x]);
      return v.copyOf(x);
    }
    become(v, extensionOp(from), to, 0, 0, null, [x]);
  }

  private bitcast(v: Value): void {
    const x = v.args[0]!;
    if (x.type.isFloat !== v.type.isFloat) {
      const wide = v.type.size === 8;
      const op = v.type.isFloat ? (wide ? AMD64.MOVQi2f : AMD64.MOVLi2f) : wide ? AMD64.MOVQf2i : AMD64.MOVLf2i;
      return become(v, op, v.type, 0, 0, null, [x]);
    }
    if (x.type.hasPointers !== v.type.hasPointers) return become(v, AMD64.MOVQbits, v.type, 0, 0, null, [x]);
    v.copyOf(x);
  }
}

/** A value of block b to make others next to. */
function anchor(b: Block, control: Value): Value {
  if (control.block === b) return control;
  const v = new Value(0, Op.Invalid, control.type, 0, 0, null, [], b, b.pos);
  return v;
}

function hasPointers(pointer: SType): boolean {
  return pointer.elem === null || pointer.elem.hasPointers;
}

function isPowerOf2(n: number): boolean {
  return n > 0 && Number.isInteger(Math.log2(n));
}

/** Index among the rows of a family Q, L, W, B. */
export function widthIndex(size: number): number {
  return size === 8 ? 0 : size === 4 ? 1 : size === 2 ? 2 : 3;
}

/** A constant that the tables of bounds failures have room for; -1 otherwise. */
function tinyConst(v: Value): number {
  const isConst = v.op === Op.ConstInt || v.op === AMD64.MOVQconst;
  return isConst && v.auxHi === 0 && v.auxInt >= 0 && v.auxInt <= 31 ? v.auxInt : -1;
}

function isConstNotMinus1(v: Value): boolean {
  const isConst = v.op === Op.ConstInt || v.op === AMD64.MOVQconst || v.op === AMD64.MOVLconst;
  return isConst && v.auxInt !== -1;
}

/** The instruction that extends a type's values to 64 bits; 0 if they have them. */
export function extensionOp(t: SType): number {
  switch (t.size) {
    case 1:
      return t.isSigned ? AMD64.MOVBQSX : AMD64.MOVBQZX;
    case 2:
      return t.isSigned ? AMD64.MOVWQSX : AMD64.MOVWQZX;
    case 4:
      return t.isSigned ? AMD64.MOVLQSX : AMD64.MOVLQZX;
  }
  return 0;
}

function zeroExtensionOp(size: number): number {
  return size === 1 ? AMD64.MOVBQZX : size === 2 ? AMD64.MOVWQZX : AMD64.MOVLQZX;
}

export function loadOp(t: SType): number {
  if (t.kind === Kind.Int128) return AMD64.MOVOload;
  if (t.isFloat) return t.size === 4 ? AMD64.MOVSSload : AMD64.MOVSDload;
  switch (t.size) {
    case 1:
      return AMD64.MOVBload;
    case 2:
      return AMD64.MOVWload;
    case 4:
      return AMD64.MOVLload;
  }
  return AMD64.MOVQload;
}

export function storeOp(t: SType): number {
  if (t.kind === Kind.Int128) return AMD64.MOVOstore;
  if (t.isFloat) return t.size === 4 ? AMD64.MOVSSstore : AMD64.MOVSDstore;
  switch (t.size) {
    case 1:
      return AMD64.MOVBstore;
    case 2:
      return AMD64.MOVWstore;
    case 4:
      return AMD64.MOVLstore;
  }
  return AMD64.MOVQstore;
}
