import { type Block, type Func, Kind, Op, opInfo, type RegMask, type Value } from "../core/index.ts";
import { AMD64 } from "../amd64/index.ts";
import type { Allocator, RegState } from "./allocator.ts";

/** Which registers are read before they are written, by block id: at the start and at the end of each block. */
export class RegLiveness {
  readonly liveIn: Int32Array;
  readonly liveOut: Int32Array;

  /** Also removes copies and reloads that nobody reads. */
  constructor(f: Func, a: Allocator) {
    this.liveIn = new Int32Array(f.nextBlockId);
    this.liveOut = new Int32Array(f.nextBlockId);
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = a.order.length - 1; i >= 0; i--) {
        const b = a.order[i]!;
        const out = this.atEnd(a, b);
        this.liveOut[b.id] = out;
        const live = scan(b, out);
        if (live !== this.liveIn[b.id]) {
          this.liveIn[b.id] = live;
          changed = true;
        }
      }
    }
    for (const b of a.order) removeDead(b, this.liveOut[b.id]!);
  }

  private atEnd(a: Allocator, b: Block): RegMask {
    if (b.succs.length !== 1 || b.succs[0]!.b.preds.length === 1) {
      let live = 0;
      for (const e of b.succs) live |= this.liveIn[e.b.id]!;
      return live;
    }
    const e = b.succs[0]!;
    const next = e.b;
    const end = a.endState[b.id]!;
    const start = a.startState[next.id]!;
    const wanted = this.liveIn[next.id]!;
    let live = 0;
    for (let i = 0; i < start.regs.length; i++) {
      const r = start.regs[i]!;
      if ((wanted & (1 << r)) === 0) continue;
      const v = start.values[i]!;
      const id = v.op === Op.Phi && v.block === next ? v.args[e.i]!.mark : start.ids[i]!;
      live |= sourceOf(end, id, r);
    }
    for (const v of next.values) {
      if (v.op !== Op.Phi) break;
      if (a.spills[v.id] === v) live |= sourceOf(end, v.args[e.i]!.mark, -1);
    }
    return live;
  }
}

/** The register that the value is taken from at the end of a block for register r of the next (-1: for a slot), as a mask. */
function sourceOf(end: RegState, id: number, r: number): RegMask {
  let first = -1;
  for (let k = 0; k < end.ids.length; k++) {
    if (end.ids[k] !== id) continue;
    if (end.regs[k] === r) return 1 << r;
    if (first < 0) first = end.regs[k]!;
  }
  return first < 0 ? 0 : 1 << first;
}

/** Operations that the allocator made, or that cost nothing to lose. */
function isRemovable(v: Value): boolean {
  return v.op === Op.Copy || v.op === Op.LoadReg || opInfo(v.op).rematerializable || v.op === AMD64.LoweredGetG;
}

function isRegister(reg: number): boolean {
  return reg >= 0 && reg < 32;
}

function stepBack(v: Value, live: RegMask): RegMask {
  // Its register is set on the edges.
  if (v.op === Op.Phi) return live;
  if (v.type.kind !== Kind.Tuple && isRegister(v.reg)) {
    if ((live & (1 << v.reg)) === 0 && isRemovable(v)) return live;
    live &= ~(1 << v.reg);
  }
  if (v.op === Op.SelectN) return live;
  const args = v.args;
  for (let k = 0; k < args.length; k++) {
    const a = args[k]!;
    if (a.type.kind !== Kind.Tuple && isRegister(a.reg)) live |= 1 << a.reg;
  }
  return live;
}

function scan(b: Block, live: RegMask): RegMask {
  const c = b.control;
  if (c !== null && c.type.kind !== Kind.Tuple && isRegister(c.reg)) live |= 1 << c.reg;
  for (let i = b.values.length - 1; i >= 0; i--) live = stepBack(b.values[i]!, live);
  return live;
}

function removeDead(b: Block, live: RegMask): void {
  const c = b.control;
  if (c !== null && c.type.kind !== Kind.Tuple && isRegister(c.reg)) live |= 1 << c.reg;
  const values = b.values;
  let kept = values.length;
  for (let i = values.length - 1; i >= 0; i--) {
    const v = values[i]!;
    if (
      v.op !== Op.Phi &&
      v.type.kind !== Kind.Tuple &&
      isRegister(v.reg) &&
      (live & (1 << v.reg)) === 0 &&
      isRemovable(v)
    ) {
      v.resetArgs();
      continue;
    }
    live = stepBack(v, live);
    values[--kept] = v;
  }
  values.splice(0, kept);
}
