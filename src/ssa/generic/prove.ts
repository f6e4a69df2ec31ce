// biome-ignore-all lint/correctness/noVoidTypeReturn: one line per case, "return what does it", reads best in tables of cases.
import { type Block, BlockKind, Dominators, type Func, LoopNest, Op, type SType, type Value } from "../core/index.ts";
import { copyelim } from "./copyelim.ts";
import { deadcode } from "./deadcode.ts";
import { isLength } from "./lengths.ts";

/** Integers up to here are exact as JavaScript numbers; a bound beyond is as good as none. */
const exact = 2 ** 53;
/** How far a chain of inequalities is followed. */
const maxDepth = 8;
/** Inequalities looked at for one question. */
const maxSteps = 60;

/**
 * Removes bounds checks and branches that conditions, checks and the steps of loops before them decide. Facts hold in the
 * blocks that the block they come from dominates. Inequalities are between mathematical integers, x <= y + k: sums count only
 * where they are known not to overflow. Answers to cmd/compile/internal/ssa/prove.go.
 */
export function prove(f: Func): void {
  if (!f.blocks.some((b) => b.kind === BlockKind.If || b.values.some(isProvable))) return;
  new Prover(f).run();
  copyelim(f);
  deadcode(f);
}

function isProvable(v: Value): boolean {
  return v.op === Op.BoundsCheck || ((v.op === Op.Shl || v.op === Op.Shr) && v.args[1]!.op !== Op.ConstInt);
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** x <= to + k */
interface Bound {
  readonly to: Value;
  readonly k: number;
}

const full: Range = { min: -Infinity, max: Infinity };
const natural: Range = { min: 0, max: Infinity };

function typeRange(t: SType): Range {
  if (!t.isInteger) return full;
  if (t.size === 8) return t.isSigned ? full : { min: 0, max: Infinity };
  const bits = t.size * 8;
  return t.isSigned ? { min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 } : { min: 0, max: 2 ** bits - 1 };
}

/** The value of a constant, if exact; NaN otherwise. */
function constant(v: Value): number {
  if (v.op !== Op.ConstInt) return Number.NaN;
  if (v.type.size < 8) {
    const r = typeRange(v.type);
    const bits = v.type.size * 8;
    let n = v.auxInt & (bits === 32 ? -1 : (1 << bits) - 1);
    if (bits === 32) n = v.type.isSigned ? n : n >>> 0;
    else if (v.type.isSigned && n > r.max) n -= 2 ** bits;
    return n;
  }
  const n = v.auxHi * 4294967296 + (v.auxInt >>> 0);
  if (!v.type.isSigned && n < 0) return Number.NaN;
  return Math.abs(n) <= exact ? n : Number.NaN;
}

class Prover {
  private readonly dom: Dominators;
  private readonly loops: LoopNest;
  private readonly ranges: (Range | undefined)[] = [];
  private readonly bounds: (Bound[] | undefined)[] = [];
  /** What to take back when a block's facts end: ranges to restore, bounds to drop. */
  private undoRanges: { v: Value; old: Range | undefined }[] = [];
  private undoBounds: Value[] = [];
  private steps = 0;
  /** The last bounds check of the block that stays. */
  private lastCheck: Value | null = null;

  constructor(private readonly f: Func) {
    this.dom = new Dominators(f);
    this.loops = new LoopNest(f, this.dom);
  }

  run(): void {
    const walk: { b: Block; entered: boolean; ranges: number; bounds: number }[] = [];
    const push = (b: Block): void => {
      walk.push({ b, entered: false, ranges: 0, bounds: 0 });
    };
    push(this.f.entry);
    while (walk.length > 0) {
      const top = walk[walk.length - 1]!;
      if (top.entered) {
        walk.pop();
        this.takeBack(top.ranges, top.bounds);
        continue;
      }
      top.entered = true;
      top.ranges = this.undoRanges.length;
      top.bounds = this.undoBounds.length;
      this.lastCheck = null;
      this.fromEdge(top.b);
      for (const v of top.b.values) this.value(v);
      this.branch(top.b);
      for (const c of this.dom.children[top.b.id]!) push(c);
    }
  }

  private takeBack(ranges: number, bounds: number): void {
    while (this.undoRanges.length > ranges) {
      const u = this.undoRanges.pop()!;
      this.ranges[u.v.id] = u.old;
    }
    while (this.undoBounds.length > bounds) this.bounds[this.undoBounds.pop()!.id]!.pop();
  }

  // ---- Facts

  private range(v: Value): Range {
    const r = this.ranges[v.id];
    if (r !== undefined) return r;
    const c = constant(v);
    if (!Number.isNaN(c)) return { min: c, max: c };
    return isLength(v) ? natural : typeRange(v.type);
  }

  private narrow(v: Value, min: number, max: number): void {
    if (v.op === Op.ConstInt) return;
    const old = this.range(v);
    // Bounds that are not exact say nothing.
    const lo = min >= -exact && min > old.min ? min : old.min;
    const hi = max <= exact && max < old.max ? max : old.max;
    if (lo === old.min && hi === old.max) return;
    this.undoRanges.push({ v, old: this.ranges[v.id] });
    this.ranges[v.id] = { min: lo, max: hi };
  }

  /** x <= y + k */
  private learn(x: Value, y: Value, k: number): void {
    if (x === y || Math.abs(k) > exact) return;
    const rx = this.range(x);
    const ry = this.range(y);
    this.narrow(x, -Infinity, ry.max + k);
    this.narrow(y, rx.min - k, Infinity);
    if (x.op === Op.ConstInt || y.op === Op.ConstInt) return;
    let list = this.bounds[x.id];
    if (list === undefined) {
      list = [];
      this.bounds[x.id] = list;
    }
    list.push({ to: y, k });
    this.undoBounds.push(x);
  }

  private equal(x: Value, y: Value): void {
    this.learn(x, y, 0);
    this.learn(y, x, 0);
  }

  /** What the branch into a block says. */
  private fromEdge(b: Block): void {
    if (b.preds.length !== 1) return;
    const e = b.preds[0]!;
    if (e.b.kind !== BlockKind.If) return;
    this.assume(e.b.control!, e.i === 0);
  }

  private assume(c: Value, holds: boolean): void {
    switch (c.op) {
      case Op.Not:
        return this.assume(c.args[0]!, !holds);
      case Op.And:
        if (holds) for (const a of c.args) this.assume(a, true);
        return;
      case Op.Or:
        if (!holds) for (const a of c.args) this.assume(a, false);
        return;
    }
    if (c.op !== Op.Lt && c.op !== Op.Le && c.op !== Op.Eq && c.op !== Op.Ne) return;
    const [x, y] = c.args as [Value, Value];
    if (!x.type.isInteger) return;
    if (c.op === Op.Eq || c.op === Op.Ne) {
      if ((c.op === Op.Eq) === holds) return this.equal(x, y);
      this.differ(x, y);
      this.differ(y, x);
      return;
    }
    const strict = c.op === Op.Lt;
    if (holds) this.learn(x, y, strict ? -1 : 0);
    else this.learn(y, x, strict ? 0 : -1);
  }

  /** x != y moves a bound that y's value is at. */
  private differ(x: Value, y: Value): void {
    const c = this.range(y);
    if (c.min !== c.max) return;
    const r = this.range(x);
    if (r.min === c.min) this.narrow(x, r.min + 1, Infinity);
    if (r.max === c.max) this.narrow(x, -Infinity, r.max - 1);
  }

  // ---- Questions

  /** Whether x <= y + k surely. */
  private atMost(x: Value, y: Value, k: number): boolean {
    this.steps = 0;
    return this.search(x, y, k, maxDepth);
  }

  private search(x: Value, y: Value, k: number, depth: number): boolean {
    if (x === y && k >= 0) return true;
    if (this.range(x).max <= this.range(y).min + k) return true;
    if (depth === 0 || ++this.steps > maxSteps) return false;
    const list = this.bounds[x.id];
    if (list === undefined) return false;
    for (let i = list.length - 1; i >= 0; i--) {
      const b = list[i]!;
      if (this.search(b.to, y, k - b.k, depth - 1)) return true;
    }
    return false;
  }

  /** Whether x + c does not exceed x's type, c > 0. */
  private canAdd(x: Value, c: number): boolean {
    const limit = x.type.size === 8 ? exact : typeRange(x.type).max;
    if (this.range(x).max + c <= limit) return true;
    for (const b of this.bounds[x.id] ?? []) if (b.k <= -c && b.to.type === x.type) return true;
    return false;
  }

  /** Whether x - c does not fall below x's type, c > 0. */
  private canSubtract(x: Value, c: number): boolean {
    if (!x.type.isSigned) return this.range(x).min >= c;
    const limit = x.type.size === 8 ? -exact : typeRange(x.type).min;
    return this.range(x).min - c >= limit;
  }

  // ---- Values

  private value(v: Value): void {
    switch (v.op) {
      case Op.Phi:
        return this.phi(v);
      case Op.BoundsCheck:
        return this.check(v);
      case Op.Add:
        return this.sum(v);
      case Op.Sub:
        return this.difference(v);
      case Op.And: {
        for (const a of v.args) {
          const r = this.range(a);
          if (v.type.isInteger && r.min >= 0) {
            this.narrow(v, 0, r.max);
            this.learn(v, a, 0);
          }
        }
        return;
      }
      case Op.Shl:
        this.shiftCount(v);
        return;
      case Op.Shr: {
        this.shiftCount(v);
        const r = this.range(v.args[0]!);
        if (r.min < 0 || !v.type.isInteger) return;
        const c = constant(v.args[1]!);
        this.narrow(v, 0, c >= 0 && c < 53 && r.max <= exact ? Math.floor(r.max / 2 ** c) : r.max);
        this.learn(v, v.args[0]!, 0);
        return;
      }
      case Op.Div: {
        const r = this.range(v.args[0]!);
        const c = constant(v.args[1]!);
        if (r.min < 0 || !(c > 0) || !v.type.isInteger) return;
        this.narrow(v, 0, Math.floor(r.max / c));
        this.learn(v, v.args[0]!, 0);
        return;
      }
      case Op.Mod: {
        const x = this.range(v.args[0]!);
        const y = this.range(v.args[1]!);
        if (!v.type.isInteger || y.min <= 0) return;
        this.learn(v, v.args[1]!, -1);
        if (x.min >= 0) {
          this.narrow(v, 0, x.max);
          this.learn(v, v.args[0]!, 0);
        }
        return;
      }
      case Op.Convert:
        return this.conversion(v);
      case Op.Bitcast: {
        const x = v.args[0]!;
        if (!v.type.isInteger || !x.type.isInteger) return;
        const r = this.range(x);
        const t = typeRange(v.type);
        if (
          x.type.isSigned === v.type.isSigned ||
          (r.min >= 0 && (v.type.size === 8 ? this.isSmall(x) : r.max <= t.max))
        )
          this.equal(v, x);
        return;
      }
      case Op.Ctz:
      case Op.BitLen:
      case Op.PopCount:
        this.narrow(v, 0, v.args[0]!.type.size * 8);
        return;
    }
  }

  /** A count that is smaller than the width needs no case of its own. */
  private shiftCount(v: Value): void {
    const r = this.range(v.args[1]!);
    if (v.auxInt === 0 && r.min >= 0 && r.max < v.type.size * 8) v.auxInt = 1;
  }

  /** Whether a value fits the non-negative half of 64 bits. */
  private isSmall(x: Value): boolean {
    return x.type.isSigned || this.range(x).max <= exact;
  }

  private conversion(v: Value): void {
    const x = v.args[0]!;
    if (!v.type.isInteger || !x.type.isInteger) return;
    const r = this.range(x);
    const t = typeRange(v.type);
    const widens = v.type.size > x.type.size && (v.type.isSigned || r.min >= 0);
    const same = v.type.size === x.type.size && v.type.isSigned === x.type.isSigned;
    const fits = v.type.size < 8 && r.min >= t.min && r.max <= t.max;
    const fits64 = v.type.size === 8 && x.type.size === 8 && r.min >= 0 && this.isSmall(x);
    if (widens || same || fits || fits64) this.equal(v, x);
  }

  private sum(v: Value): void {
    if (!v.type.isInteger) return;
    const [x, y] = v.args as [Value, Value];
    const c = constant(y);
    if (!Number.isNaN(c)) {
      if (c > 0 ? this.canAdd(x, c) : this.canSubtract(x, -c)) {
        this.learn(v, x, c);
        this.learn(x, v, -c);
      }
      return;
    }
    const a = this.range(x);
    const b = this.range(y);
    const limit = v.type.size === 8 ? exact : typeRange(v.type).max;
    if (a.min >= 0 && b.min >= 0 && a.max + b.max <= limit) {
      this.narrow(v, a.min + b.min, a.max + b.max);
      this.learn(x, v, -b.min);
      this.learn(y, v, -a.min);
    }
  }

  private difference(v: Value): void {
    if (!v.type.isInteger) return;
    const [x, y] = v.args as [Value, Value];
    const a = this.range(x);
    const b = this.range(y);
    // Of two numbers that are not negative the difference does not overflow.
    if (a.min < 0 || b.min < 0) return;
    const ordered = this.atMost(y, x, 0);
    if (!v.type.isSigned && !ordered) return;
    this.narrow(v, ordered ? 0 : -b.max, a.max - b.min);
    this.learn(v, x, -b.min);
    if (ordered) {
      // x - y >= d where y <= x - d.
      if (this.atMost(y, x, -1)) this.narrow(v, 1, Infinity);
    }
  }

  /** A variable of a loop that goes up or down by a constant, and that a condition keeps from overflowing. */
  private phi(v: Value): void {
    const b = v.block;
    if (!v.type.isInteger) return;
    if (this.loops.irreducible || !this.loops.isHeader(b) || v.args.length !== 2) {
      this.join(v);
      return;
    }
    const back = this.dom.dominates(b, b.preds[0]!.b) ? 0 : 1;
    if (!this.dom.dominates(b, b.preds[back]!.b)) return;
    const start = v.args[1 - back]!;
    const step = v.args[back]!;
    if (step.op !== Op.Add || step.args[0] !== v) return;
    const c = constant(step.args[1]!);
    if (c > 0 && this.guarded(v, step.block, c)) {
      const r = this.range(start);
      this.narrow(v, r.min, Infinity);
      this.learn(start, v, 0);
    } else if (c < 0 && this.guardedBelow(v, step.block, -c)) {
      const r = this.range(start);
      this.narrow(v, -Infinity, r.max);
      this.learn(v, start, 0);
    }
  }

  /** A phi is within what all its arguments are within. */
  private join(v: Value): void {
    let min = Infinity;
    let max = -Infinity;
    for (const a of v.args) {
      // Of a value that comes round a loop nothing is known yet.
      if (a.op !== Op.ConstInt && this.dom.dominates(v.block, a.block)) return;
      const r = this.range(a);
      min = Math.min(min, r.min);
      max = Math.max(max, r.max);
    }
    this.narrow(v, min, max);
  }

  /** Whether at block `at` a condition says that v is c or more below the largest number of its type. */
  private guarded(v: Value, at: Block, c: number): boolean {
    return this.conditions(v, at, (op, other, first) => {
      // v < other, or v <= other.
      if (!first) return false;
      const max = this.range(other).max;
      const bounded = other.type.size === 8 ? max + c <= exact : max + c <= typeRange(other.type).max;
      // To differ from something bounds nothing by itself.
      return (
        (op !== Op.Ne && bounded) ||
        (op === Op.Lt && c === 1) ||
        (op === Op.Ne && c === 1 && this.startsBelow(v, other))
      );
    });
  }

  /** Whether v starts at or below `limit`, which it goes towards one by one. */
  private startsBelow(v: Value, limit: Value): boolean {
    // The limit must stay what it is.
    if (limit.block === v.block || !this.dom.dominates(limit.block, v.block)) return false;
    for (const a of v.args) if (a.op !== Op.Add || a.args[0] !== v) return this.atMost(a, limit, 0);
    return false;
  }

  /** Whether at block `at` a condition says that v is c or more above the least number of its type. */
  private guardedBelow(v: Value, at: Block, c: number): boolean {
    return this.conditions(v, at, (op, other, first) => {
      if (first) return false;
      const min = this.range(other).min;
      if (v.type.isSigned) return min >= -exact && min - c >= typeRange(v.type).min;
      return (op === Op.Lt ? min + 1 : min) >= c;
    });
  }

  /** Asks test of every condition on v that holds at block `at`; first: v is on its left. */
  private conditions(v: Value, at: Block, test: (op: number, other: Value, first: boolean) => boolean): boolean {
    for (let b: Block | null = at; b !== null && this.dom.dominates(v.block, b); b = this.dom.idom[b.id]!) {
      if (b.preds.length !== 1 || b === v.block) continue;
      const e = b.preds[0]!;
      const c = e.b.control;
      if (e.b.kind !== BlockKind.If || c === null || (c.op !== Op.Lt && c.op !== Op.Le && c.op !== Op.Ne)) continue;
      const [x, y] = c.args as [Value, Value];
      if (x !== v && y !== v) continue;
      if (c.op === Op.Ne) {
        if (e.i === 0 && x === v && test(Op.Ne, y, true)) return true;
        continue;
      }
      const holds = e.i === 0;
      // Not x < y is y <= x.
      const op = holds ? c.op : c.op === Op.Lt ? Op.Le : Op.Lt;
      const left = holds ? x : y;
      const right = holds ? y : x;
      if (left === v && test(op, right, true)) return true;
      if (right === v && test(op, left, false)) return true;
    }
    return false;
  }

  private check(v: Value): void {
    const [i, n] = v.args as [Value, Value, Value];
    const k = v.auxInt === 0 ? -1 : 0;
    if (this.range(i).min >= 0 && this.atMost(i, n, k)) {
      // A check before it in the block may be what proves it: what depended on this one must stay behind that one.
      if (this.lastCheck === null) return v.copyOf(i);
      const after = this.lastCheck;
      v.reset(Op.Guard);
      v.addArg(i);
      v.addArg(after);
      return;
    }
    this.lastCheck = v;
    // From here on the index is within its limits.
    this.narrow(i, 0, Infinity);
    if (this.range(n).min >= 0) this.learn(i, n, k);
    this.equal(v, i);
  }

  // ---- Branches

  /** Decides a branch whose outcome is known. */
  private branch(b: Block): void {
    if (b.kind !== BlockKind.If) return;
    const c = b.control!;
    if (c.op !== Op.Lt && c.op !== Op.Le && c.op !== Op.Eq && c.op !== Op.Ne) return;
    const [x, y] = c.args as [Value, Value];
    if (!x.type.isInteger) return;
    let holds: boolean | null = null;
    if (c.op === Op.Lt || c.op === Op.Le) {
      const k = c.op === Op.Lt ? -1 : 0;
      if (this.atMost(x, y, k)) holds = true;
      else if (this.atMost(y, x, -1 - k)) holds = false;
    } else if (this.atMost(x, y, -1) || this.atMost(y, x, -1)) {
      holds = c.op === Op.Ne;
    }
    if (holds !== null) b.setControl(this.f.constBool(c.type, holds));
  }
}
