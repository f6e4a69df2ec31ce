import { InternalError } from "#base";
import { AMD64, machineOp } from "../amd64/index.ts";
import { type Block, type Func, Kind, Op, opInfo, type SType, Value, valueString } from "../core/index.ts";

/** Comparisons with memory, and what they are made of when the memory may have changed: a load and a comparison. */
const splitLoads = new Map<number, readonly [load: number, compare: number]>([
  [AMD64.CMPQload, [AMD64.MOVQload, AMD64.CMPQ]],
  [AMD64.CMPLload, [AMD64.MOVLload, AMD64.CMPL]],
  [AMD64.CMPWload, [AMD64.MOVWload, AMD64.CMPW]],
  [AMD64.CMPBload, [AMD64.MOVBload, AMD64.CMPB]],
  [AMD64.CMPQconstload, [AMD64.MOVQload, AMD64.CMPQconst]],
  [AMD64.CMPLconstload, [AMD64.MOVLload, AMD64.CMPLconst]],
  [AMD64.CMPWconstload, [AMD64.MOVWload, AMD64.CMPWconst]],
  [AMD64.CMPBconstload, [AMD64.MOVBload, AMD64.CMPBconst]],
]);

/**
 * The CPU has one set of flags, and most instructions destroy it. Where flags would not survive to their reader, what makes
 * them is done again right before it; flags never live from one block to the next.
 * cellType: the type of a register as wide as a comparison with memory of that many bytes.
 */
export function flagAlloc(f: Func, cellType: (bytes: number) => SType): void {
  const pass = new FlagPass(f, cellType);
  for (const b of f.blocks) pass.block(b);
  // Comparisons that were all made again elsewhere.
  for (let again = true; again; ) {
    again = false;
    for (const b of f.blocks) {
      let n = 0;
      for (const v of b.values) {
        const unused =
          v.uses === 0 && (v.type.kind === Kind.Flags || v.mark === pass.madeAgain) && !opInfo(v.op).writesMem;
        if (unused) {
          v.resetArgs();
          again = true;
        } else {
          b.values[n++] = v;
        }
      }
      b.values.length = n;
    }
  }
}

class FlagPass {
  readonly madeAgain = 2;
  private out: Value[] = [];
  private at!: Block;
  /** The flags value that the CPU's flags hold. */
  private current: Value | null = null;

  constructor(
    private readonly f: Func,
    private readonly cellType: (bytes: number) => SType,
  ) {}

  block(b: Block): void {
    this.at = b;
    this.out = [];
    this.current = null;
    for (const v of b.values) {
      v.mark = 0;
      if (v.op !== Op.Phi && v.op !== Op.SelectN) {
        for (let i = 0; i < v.args.length; i++) {
          const a = v.args[i]!;
          if (a.type.kind === Kind.Flags && a !== this.current) v.setArg(i, this.again(a));
        }
      }
      this.step(v);
    }
    const c = b.control;
    if (c !== null && c.type.kind === Kind.Flags && c !== this.current) b.setControl(this.again(c));
    b.values = this.out;
  }

  /** What the instruction does to the flags. */
  private step(v: Value): void {
    this.out.push(v);
    if (v.op === Op.SelectN) {
      // Follows its tuple: the flags are still there.
      if (v.type.kind === Kind.Flags) this.current = v;
      return;
    }
    const row = machineOp(v.op);
    if (row === undefined) return;
    if (v.type.kind === Kind.Flags) this.current = v;
    else if (row.clobbersFlags || row.writesFlags) this.current = null;
  }

  private again(a: Value): Value {
    const maker = a.op === Op.SelectN ? a.args[0]! : a;
    const split = splitLoads.get(maker.op);
    if (split !== undefined) this.splitLoad(maker, split);
    else if (opInfo(maker.op).readsMem || opInfo(maker.op).writesMem)
      throw new InternalError("ssa/flagalloc", this.f.name, `cannot be done again: ${valueString(maker)}`);
    const args = maker.args.slice();
    for (let i = 0; i < args.length; i++) {
      if (args[i]!.type.kind === Kind.Flags && args[i] !== this.current) args[i] = this.again(args[i]!);
    }
    const v = this.clone(maker, args);
    if (a === maker) return v;
    const s = new Value(this.f.nextValueId++, Op.SelectN, a.type, a.auxInt, 0, null, [v], this.at, a.pos);
    s.mark = this.madeAgain;
    this.out.push(s);
    this.current = s;
    return s;
  }

  private clone(v: Value, args: Value[]): Value {
    const c = new Value(this.f.nextValueId++, v.op, v.type, v.auxInt, v.auxHi, v.aux, args, this.at, v.pos);
    c.mark = this.madeAgain;
    c.inl = v.inl;
    this.out.push(c);
    this.current = v.type.kind === Kind.Flags ? c : null;
    return c;
  }

  /** Turns a comparison with memory into a load, which stays where it is, and a comparison of registers. */
  private splitLoad(v: Value, split: readonly [number, number]): void {
    const constant = v.args.length === 2;
    const mem = v.args[v.args.length - 1]!;
    const size =
      split[0] === AMD64.MOVQload ? 8 : split[0] === AMD64.MOVLload ? 4 : split[0] === AMD64.MOVWload ? 2 : 1;
    const type = constant ? this.cellType(size) : v.args[1]!.type.hasPointers ? v.args[1]!.type : this.cellType(size);
    const load = new Value(this.f.nextValueId++, split[0], type, v.auxInt, 0, v.aux, [v.args[0]!, mem], v.block, v.pos);
    load.inl = v.inl;
    const home = v.block === this.at ? this.out : v.block.values;
    home.splice(home.lastIndexOf(v), 0, load);
    const other = constant ? [load] : [load, v.args[1]!];
    const imm = v.auxHi;
    v.reset(split[1]);
    for (const x of other) v.addArg(x);
    if (constant) v.auxInt = imm;
  }
}
