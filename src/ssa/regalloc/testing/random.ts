// Random lowered functions: what a test of register allocation feeds on.
import { AMD64, BlockAMD64 } from "../../amd64/index.ts";
import {
  Abi,
  type Block,
  BlockKind,
  CallInfo,
  Dominators,
  floatArgRegs,
  Func,
  FuncRef,
  intArgRegs,
  Local,
  LocalKind,
  Op,
  ResultInfo,
  type SType,
  Value,
} from "../../core/index.ts";
import type { TestTypes } from "./types.ts";

/** A small deterministic generator (mulberry32). */
export class Random {
  constructor(private s: number) {}

  next(n: number): number {
    this.s = (this.s + 0x6d2b79f5) | 0;
    let t = this.s;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }
}

const blockKinds = [BlockAMD64.EQ, BlockAMD64.NE, BlockAMD64.LT, BlockAMD64.GE, BlockAMD64.ULT, BlockAMD64.UGT];

/**
 * A function of about `size` blocks with loops, calls, divisions, shifts, floats and far more live values than registers.
 */
export function randomFunc(seed: number, size: number, t: TestTypes): Func {
  const rnd = new Random(seed);
  const ref = new FuncRef(`random${seed}`, { params: [], results: [] }, Abi.ABIInternal, 0, false, "");
  const f = new Func(ref, 0);
  const blocks: Block[] = [];
  for (let i = 0; i < size; i++) blocks.push(f.newBlock(BlockKind.Plain));
  f.entry = blocks[0]!;
  // Forward edges keep all reachable; some go back.
  for (let i = 0; i < size - 1; i++) {
    const b = blocks[i]!;
    b.addEdgeTo(blocks[i + 1]!);
    if (rnd.next(3) > 0) {
      b.kind = blockKinds[rnd.next(blockKinds.length)]!;
      const back = rnd.next(4) === 0 && i > 1;
      const to = back ? 1 + rnd.next(i) : i + 1 + rnd.next(Math.min(6, size - i - 1));
      b.addEdgeTo(blocks[to]!);
      b.likely = rnd.next(3) - 1;
    }
  }
  const dom = new Dominators(f);
  const pools: Value[][] = [];
  const mems: Value[] = [];
  const phis: { v: Value; float: boolean }[] = [];
  for (const b of dom.order) {
    const pool: Value[] = [];
    const up = dom.idom[b.id]!;
    if (up !== null) pool.push(...pools[up.id]!);
    pools[b.id] = pool;
    const at = new Filler(f, b, pool, rnd, t);
    if (b === f.entry) {
      at.mem = b.newValue(Op.InitMem, t.mem, 0);
      at.entry();
    } else {
      if (b.preds.length > 1) {
        at.mem = b.newValue(Op.Phi, t.mem, 0);
        phis.push({ v: at.mem, float: false });
        for (let n = rnd.next(6); n > 0; n--) {
          const float = rnd.next(3) === 0;
          const v = b.newValue(Op.Phi, float ? t.float64 : t.int, 0);
          phis.push({ v, float });
          pool.push(v);
        }
      } else at.mem = mems[b.preds[0]!.b.id]!;
    }
    for (let n = rnd.next(12); n > 0; n--) at.value();
    if (b.succs.length === 2) b.setControl(at.flags());
    if (b.succs.length === 0) at.result();
    mems[b.id] = at.mem;
  }
  for (const { v, float } of phis) {
    for (const e of v.block.preds) {
      if (v.type === t.mem) {
        v.addArg(mems[e.b.id]!);
        continue;
      }
      const ok = pools[e.b.id]!.filter((x) => x.type.isFloat === float);
      v.addArg(ok[rnd.next(ok.length)]!);
    }
  }
  return f;
}

class Filler {
  mem!: Value;

  constructor(
    private readonly f: Func,
    private readonly b: Block,
    private readonly pool: Value[],
    private readonly rnd: Random,
    private readonly t: TestTypes,
  ) {}

  private make(op: number, type: SType, auxInt: number, aux: object | null, ...args: Value[]): Value {
    const v = new Value(this.f.nextValueId++, op, type, auxInt, 0, aux, args, this.b, 0);
    this.b.values.push(v);
    return v;
  }

  entry(): void {
    const { t } = this;
    for (let i = 0; i < 9; i++) {
      const l = new Local(`p${i}`, i < 4 ? t.unsafePtr : t.int, LocalKind.Param, i);
      l.regs = [intArgRegs[i]!];
      l.offset = 8 * i;
      this.f.params.push(l);
      this.pool.push(this.make(AMD64.ArgIntReg, i < 4 ? t.unsafePtr : t.int, intArgRegs[i]!, l));
    }
    for (let i = 0; i < 3; i++) {
      const l = new Local(`f${i}`, t.float64, LocalKind.Param, 9 + i);
      l.regs = [floatArgRegs[i]!];
      l.offset = 72 + 8 * i;
      this.f.params.push(l);
      this.pool.push(this.make(AMD64.ArgFloatReg, t.float64, floatArgRegs[i]!, l));
    }
    this.pool.push(this.make(AMD64.MOVQconst, t.int, 7, null));
    this.pool.push(this.make(AMD64.MOVSDconst, t.float64, 1.5, null));
  }

  private pick(float: boolean): Value {
    const ok = this.pool.filter((v) => v.type.isFloat === float && !v.type.hasPointers);
    // Recent values more often, but old ones too.
    return this.rnd.next(2) === 0
      ? ok[ok.length - 1 - this.rnd.next(Math.min(4, ok.length))]!
      : ok[this.rnd.next(ok.length)]!;
  }

  private pointer(): Value {
    const ok = this.pool.filter((v) => v.type.hasPointers);
    return ok[this.rnd.next(ok.length)]!;
  }

  flags(): Value {
    const { t } = this;
    if (this.rnd.next(4) === 0)
      return this.make(AMD64.CMPQload, t.flags, 8, null, this.pointer(), this.pick(false), this.mem);
    if (this.rnd.next(4) === 0) return this.make(AMD64.UCOMISD, t.flags, 0, null, this.pick(true), this.pick(true));
    return this.make(AMD64.CMPQ, t.flags, 0, null, this.pick(false), this.pick(false));
  }

  value(): void {
    const { t, rnd, pool } = this;
    const x = this.pick(false);
    const y = this.pick(false);
    const out = (v: Value): number => pool.push(v);
    const tuple = (op: number, type: SType, ...args: Value[]): Value => this.make(op, type, 0, null, ...args);
    const select = (v: Value, k: number): Value => this.make(Op.SelectN, v.type.members[k]!, k, null, v);
    switch (rnd.next(20)) {
      case 0:
      case 1:
        out(this.make(AMD64.ADDQ, t.int, 0, null, x, y));
        return;
      case 2:
        out(this.make(AMD64.SUBQ, t.int, 0, null, x, y));
        return;
      case 3:
        out(this.make(AMD64.SHLQ, t.int, 0, null, x, y));
        return;
      case 4: {
        const d = tuple(AMD64.DIVQ, t.tuple([t.int, t.int]), x, y);
        out(select(d, 0));
        if (rnd.next(2) === 0) out(select(d, 1));
        return;
      }
      case 5: {
        const d = tuple(AMD64.MULQU2, t.tuple([t.int, t.int]), x, y);
        out(select(d, 0));
        out(select(d, 1));
        return;
      }
      case 6: {
        const a = tuple(AMD64.ADDQcarry, t.tuple([t.int, t.flags]), x, y);
        out(select(a, 0));
        const c = tuple(AMD64.ADCQ, t.tuple([t.int, t.flags]), this.pick(false), this.pick(false), select(a, 1));
        out(select(c, 0));
        return;
      }
      case 7: {
        const fl = this.flags();
        const s = this.make(AMD64.SETLT, t.bool, 0, null, fl);
        out(this.make(AMD64.MOVBQZX, t.int, 0, null, s));
        out(this.make(AMD64.CMOVQLT, t.int, 0, null, x, y, fl));
        return;
      }
      case 8:
        out(this.make(AMD64.MOVQload, t.int, 16, null, this.pointer(), this.mem));
        return;
      case 9:
        out(this.make(AMD64.MOVQload, t.unsafePtr, 24, null, this.pointer(), this.mem));
        return;
      case 10:
        this.mem = this.make(AMD64.MOVQstore, t.mem, 32, null, this.pointer(), x, this.mem);
        return;
      case 11:
        this.make(AMD64.LoweredBoundsCheck, t.int, 0, null, x, y, this.mem);
        return;
      case 12: {
        const n = rnd.next(9);
        const m = rnd.next(3);
        const args: Value[] = [];
        const regs: number[] = [];
        for (let i = 0; i < n; i++) {
          args.push(rnd.next(3) === 0 ? this.pointer() : this.pick(false));
          regs.push(intArgRegs[i]!);
        }
        for (let i = 0; i < m; i++) {
          args.push(this.pick(true));
          regs.push(floatArgRegs[i]!);
        }
        const info = new CallInfo(null, Abi.ABIInternal, regs, [0, 3, 16], 0, false, false);
        const type = t.tuple([t.int, t.unsafePtr, t.float64, t.mem]);
        const c = rnd.next(2) === 0;
        const call = c
          ? this.make(AMD64.CALLclosure, type, 0, info, y, this.pointer(), ...args, this.mem)
          : this.make(AMD64.CALLstatic, type, 0, info, ...args, this.mem);
        for (let k = 0; k < 3; k++) if (rnd.next(4) > 0) out(select(call, k));
        this.mem = select(call, 3);
        return;
      }
      case 13:
        out(this.make(AMD64.ADDSD, t.float64, 0, null, this.pick(true), this.pick(true)));
        return;
      case 14:
        out(this.make(AMD64.MULSD, t.float64, 0, null, this.pick(true), this.pick(true)));
        return;
      case 15:
        out(this.make(AMD64.CVTSQ2SD, t.float64, 0, null, x));
        return;
      case 16:
        out(this.make(AMD64.MOVQconst, t.int, rnd.next(1000), null));
        return;
      case 17: {
        const c = tuple(AMD64.CMPXCHGQlock, t.tuple([t.bool, t.mem]), this.pointer(), x, y, this.mem);
        out(this.make(AMD64.MOVBQZX, t.int, 0, null, select(c, 0)));
        this.mem = select(c, 1);
        return;
      }
      case 18:
        this.mem = this.make(AMD64.LoweredMoveLoop, t.mem, 64, null, this.pointer(), this.pointer(), this.mem);
        return;
      default: {
        const a = tuple(AMD64.LoweredAtomicAnd64, t.tuple([t.int, t.mem]), this.pointer(), x, this.mem);
        out(select(a, 0));
        this.mem = select(a, 1);
      }
    }
  }

  result(): void {
    const args = [this.pick(false), this.pick(false), this.pick(true)];
    const v = this.make(Op.MakeResult, this.t.void, 0, new ResultInfo([0, 3, 16]), ...args, this.mem);
    this.b.kind = BlockKind.Ret;
    this.b.setControl(v);
  }
}
