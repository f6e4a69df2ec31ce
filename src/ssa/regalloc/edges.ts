import { InternalError } from "#base";
import { type Block, type Dominators, type Func, Op, type SType, type Value } from "../core/index.ts";
import type { Allocator } from "./allocator.ts";
import { isSlot } from "./homes.ts";
import { type MoveSource, ParallelMove } from "./parallelmove.ts";
import type { RegLiveness } from "./regliveness.ts";

/**
 * Makes the predecessors of every merge put their values where the merge expects them: those that its registers must hold at
 * its start, and the arguments of phis. Critical edges are split, so that the moves go to the end of the predecessor.
 */
export class EdgeMoves implements MoveSource {
  readonly regVal = new Int32Array(32).fill(-1);
  readonly regCopy: (Value | null)[] = new Array<Value | null>(32).fill(null);
  readonly tupleOf: (a: SType, b: SType) => SType;
  readonly voidType: SType;
  private block!: Block;
  private readonly moves: ParallelMove;

  constructor(
    private readonly f: Func,
    private readonly a: Allocator,
    private readonly dom: Dominators,
    private readonly live: RegLiveness,
  ) {
    this.tupleOf = a.tupleOf;
    this.voidType = a.voidType;
    this.moves = new ParallelMove(f);
  }

  run(): void {
    for (const b of this.a.order) {
      if (b.preds.length < 2) continue;
      for (let i = 0; i < b.preds.length; i++) {
        const p = b.preds[i]!.b;
        if (this.a.endState[p.id] !== undefined) this.edge(p, b, i);
      }
    }
  }

  isRemat(id: number): boolean {
    return this.a.isRemat(id);
  }

  original(id: number): Value {
    return this.a.original(id);
  }

  spillOf(id: number): Value {
    const s = this.a.spills[id]!;
    if (s === null || !this.stored(s))
      throw new InternalError("ssa/regalloc", this.f.name, `v${id} is nowhere at the end of ${this.block}`);
    return s;
  }

  storedIn(id: number, slot: number): Value | null {
    const s = this.a.spills[id]!;
    return s !== null && s.reg === slot && this.stored(s) ? s : null;
  }

  private stored(s: Value): boolean {
    return isSlot(s.reg) && this.dom.dominates(s.block, this.block);
  }

  private edge(p: Block, b: Block, i: number): void {
    this.block = p;
    this.regVal.fill(-1);
    this.regCopy.fill(null);
    const end = this.a.endState[p.id]!;
    const valid = this.live.liveOut[p.id]!;
    for (let k = 0; k < end.regs.length; k++) {
      const r = end.regs[k]!;
      if ((valid & (1 << r)) === 0) continue;
      this.regVal[r] = end.ids[k]!;
      this.regCopy[r] = end.values[k]!;
    }
    const start = this.a.startState[b.id]!;
    const wanted = this.live.liveIn[b.id]!;
    const mv = this.moves;
    mv.begin();
    const phis: Value[] = [];
    for (const v of b.values) {
      if (v.op !== Op.Phi) break;
      // Only phis of memory have no home; one in a register that nobody reads needs no move.
      if (v.reg < 0 || (!isSlot(v.reg) && (wanted & (1 << v.reg)) === 0)) continue;
      mv.add(v.reg, v.args[i]!.mark);
      phis.push(v);
    }
    for (let k = 0; k < start.regs.length; k++) {
      const r = start.regs[k]!;
      const v = start.values[k]!;
      if ((wanted & (1 << r)) === 0 || (v.op === Op.Phi && v.block === b)) continue;
      mv.add(r, start.ids[k]!);
    }
    if (mv.isEmpty) return;
    if (p.succs.length > 1) throw new InternalError("ssa/regalloc", this.f.name, `the edge ${p} -> ${b} is critical`);
    const last = p.values[p.values.length - 1];
    mv.run(this, p.values, p, p.pos, last === undefined ? -1 : last.inl);
    for (let k = 0; k < phis.length; k++) phis[k]!.setArg(i, mv.result[k]!);
  }
}
