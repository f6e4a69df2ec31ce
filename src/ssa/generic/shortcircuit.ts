import type { Context } from "../context.ts";
import {
  type Block,
  BlockKind,
  Dominators,
  Edge,
  type Func,
  Kind,
  Op,
  type SType,
  Value,
  copySource,
  fuse,
} from "../core/index.ts";
import { copyelim } from "./copyelim.ts";
import { deadcode } from "./deadcode.ts";

/** Rounds of threading; each sees what the one before has made. */
const maxRounds = 4;

/**
 * Where a block only joins ways to branch on a bool that is known on one of them, that way goes to where the branch leads:
 * what the conditions of inlined functions and of && and || as values leave. Bools chosen by a branch on their own value
 * become that value. Answers to cmd/compile/internal/ssa/shortcircuit.go and phiopt.go; phis that others need are repaired in
 * general here, by looking for the value that reaches each use.
 */
export function shortcircuit(f: Func, cx: Context): void {
  let changed = false;
  fuse(f);
  for (let round = 0; round < maxRounds; round++) {
    const threads = new Threads(f);
    if (!threads.run()) break;
    changed = true;
    copyelim(f);
    deadcode(f);
    fuse(f);
  }
  if (boolPhis(f)) changed = true;
  if (fuseRanges(f, cx)) changed = true;
  if (changed) {
    copyelim(f);
    deadcode(f);
    fuse(f);
  }
}

/** The phi that a block of nothing but phis branches on; null if it is another kind of block. */
function branchPhi(b: Block): Value | null {
  if (b.kind !== BlockKind.If || b.preds.length < 2) return null;
  const c = b.control!;
  const phi = c.op === Op.Not ? c.args[0]! : c;
  if (phi.op !== Op.Phi || phi.block !== b) return null;
  for (const v of b.values) if (v.op !== Op.Phi && v !== c) return null;
  return c === phi || c.uses === 1 ? phi : null;
}

/** The value of a bool at the end of block p on edge `edge` (1, 0), -1 if it is not known. */
function known(v: Value, p: Block, edge: number): number {
  const x = copySource(v);
  if (x.op === Op.ConstBool) return x.auxInt;
  // What the branch that leads here was taken on.
  let b = p;
  let k = edge;
  if (b.kind === BlockKind.Plain && b.preds.length === 1) {
    k = b.preds[0]!.i;
    b = b.preds[0]!.b;
  }
  if (b.kind !== BlockKind.If) return -1;
  const c = copySource(b.control!);
  if (c === x) return k === 0 ? 1 : 0;
  if (c.op === Op.Not && copySource(c.args[0]!) === x) return k === 0 ? 0 : 1;
  return -1;
}

/** One round over the function. */
class Threads {
  private readonly dom: Dominators;
  private readonly users = new Map<Value, Value[]>();
  private readonly controls = new Map<Value, Block[]>();
  /** Blocks whose phis have users that the tables do not know of. */
  private readonly stale = new Set<Block>();

  constructor(private readonly f: Func) {
    this.dom = new Dominators(f);
  }

  run(): boolean {
    const candidates: Block[] = [];
    for (const b of this.f.blocks) {
      const phi = branchPhi(b);
      if (phi === null) continue;
      // Entering a loop past its header would give it two.
      if (b.preds.some((e) => this.dom.dominates(b, e.b))) continue;
      for (let k = 0; k < b.preds.length; k++) {
        if (known(phi.args[k]!, b.preds[k]!.b, b.preds[k]!.i) >= 0) {
          candidates.push(b);
          break;
        }
      }
    }
    if (candidates.length === 0) return false;
    const watched = new Set(candidates);
    for (const b of this.f.blocks) {
      for (const v of b.values) {
        for (const a of v.args) if (a.op === Op.Phi && watched.has(a.block)) add(this.users, a, v);
      }
      const c = b.control;
      if (c !== null && c.op === Op.Phi && watched.has(c.block)) add(this.controls, c, b);
    }
    let changed = false;
    for (const b of candidates) if (!this.stale.has(b) && this.thread(b)) changed = true;
    return changed;
  }

  private thread(b: Block): boolean {
    const phi = branchPhi(b);
    if (phi === null) return false;
    const inverted = b.control !== phi;
    const ends = new Map<Value, Map<Block, Value>>();
    let changed = false;
    for (let k = b.preds.length - 1; k >= 0 && b.preds.length > 1; k--) {
      const { b: p, i } = b.preds[k]!;
      const value = known(phi.args[k]!, p, i);
      if (value < 0) continue;
      const s = b.succs[(value === 1) !== inverted ? 0 : 1]!;
      const target = s.b;
      // A second edge between two blocks would let one of them end with two values; the first may already go there.
      if (target === b || p.succs.some((e, n) => n !== i && e.b === target)) continue;
      // What reaches the target from p.
      for (const v of b.values) {
        if (v.op !== Op.Phi) continue;
        let at = ends.get(v);
        if (at === undefined) {
          at = new Map([[b, v]]);
          ends.set(v, at);
        }
        at.set(p, v.args[k]!);
      }
      const args: Value[] = [];
      for (const w of target.values) {
        if (w.op !== Op.Phi) continue;
        const a = w.args[s.i]!;
        args.push(a.op === Op.Phi && a.block === b ? a.args[k]! : a);
      }
      detach(b, k);
      p.succs[i] = new Edge(target, target.preds.length);
      target.preds.push(new Edge(p, i));
      let n = 0;
      for (const w of target.values) {
        if (w.op !== Op.Phi) continue;
        const a = args[n++]!;
        w.addArg(a);
        if (a.op === Op.Phi) add(this.users, a, w);
      }
      changed = true;
    }
    if (changed) {
      // The edges are what they are going to be: now every use finds its value.
      for (const [v, at] of ends) this.repair(v, at);
    }
    return changed;
  }

  /** Users of v that b no longer dominates get the value that reaches them. */
  private repair(v: Value, at: Map<Block, Value>): void {
    const reaching = new Reaching(this.f, v.type, at, (phi) => {
      for (const a of phi.args) {
        if (a.op === Op.Phi) add(this.users, a, phi);
      }
      this.stale.add(phi.block);
    });
    const b = v.block;
    for (const u of new Set(this.users.get(v) ?? [])) {
      if (u.op === Op.Phi) {
        for (let k = 0; k < u.args.length; k++) {
          if (u.args[k] !== v) continue;
          const p = u.block.preds[k]!.b;
          if (u.block !== b) u.setArg(k, reaching.atEnd(p));
        }
      } else if (u.block !== b) {
        for (let k = 0; k < u.args.length; k++) if (u.args[k] === v) u.setArg(k, reaching.atStart(u.block));
      }
    }
    for (const c of this.controls.get(v) ?? []) if (c !== b && c.control === v) c.setControl(reaching.atStart(c));
  }
}

function add<K, V>(m: Map<K, V[]>, k: K, v: V): void {
  const list = m.get(k);
  if (list === undefined) m.set(k, [v]);
  else list.push(v);
}

/** Takes edge k from the predecessors of b, with the arguments of its phis. */
function detach(b: Block, k: number): void {
  const last = b.preds.pop()!;
  if (k < b.preds.length) {
    b.preds[k] = last;
    last.b.succs[last.i] = new Edge(b, k);
  }
  for (const v of b.values) {
    if (v.op !== Op.Phi) continue;
    v.args[k]!.uses--;
    const a = v.args.pop()!;
    if (k < v.args.length) v.args[k] = a;
  }
}

/** The definitions of one variable that reach the uses, with new phis where they meet. */
class Reaching {
  private readonly starts = new Map<Block, Value>();

  constructor(
    private readonly f: Func,
    private readonly type: SType,
    private readonly ends: ReadonlyMap<Block, Value>,
    private readonly made: (phi: Value) => void,
  ) {}

  atEnd(b: Block): Value {
    return this.ends.get(b) ?? this.atStart(b);
  }

  atStart(b: Block): Value {
    const chain: Block[] = [];
    let c = b;
    let v: Value | undefined;
    for (;;) {
      v = this.starts.get(c);
      if (v !== undefined) break;
      chain.push(c);
      if (c.preds.length !== 1) {
        v = this.join(c);
        break;
      }
      c = c.preds[0]!.b;
      v = this.ends.get(c);
      if (v !== undefined) break;
    }
    for (const x of chain) this.starts.set(x, v);
    return v;
  }

  private join(b: Block): Value {
    const phi = new Value(this.f.nextValueId++, Op.Phi, this.type, 0, 0, null, [], b, b.pos);
    b.values.unshift(phi);
    this.starts.set(b, phi);
    for (const e of b.preds) phi.addArg(this.atEnd(e.b));
    this.made(phi);
    return phi;
  }
}

/** Phis of true and false where a branch on a bool joins again: the bool, or its opposite. */
function boolPhis(f: Func): boolean {
  let changed = false;
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.op !== Op.Phi || v.type.kind !== Kind.Bool) continue;
      for (let k = 0; k < v.args.length; k++) {
        if (v.args[k]!.op === Op.ConstBool) continue;
        const value = known(v.args[k]!, b.preds[k]!.b, b.preds[k]!.i);
        if (value < 0) continue;
        v.setArg(k, f.constBool(v.type, value === 1));
        changed = true;
      }
    }
    if (!b.values.some((v) => v.op === Op.Phi && v.args.some((a) => a.op === Op.ConstBool))) continue;
    if (b.preds.length !== 2) continue;
    const [h0, k0] = head(b.preds[0]!.b, b.preds[0]!.i);
    const [h1, k1] = head(b.preds[1]!.b, b.preds[1]!.i);
    if (h0 === null || h0 !== h1 || k0 === k1 || h0 === b) continue;
    const cond = h0.control!;
    for (const v of b.values) {
      if (v.op !== Op.Phi) continue;
      const yes = copySource(v.args[k0 === 0 ? 0 : 1]!);
      const no = copySource(v.args[k0 === 0 ? 1 : 0]!);
      if (yes.op !== Op.ConstBool || no.op !== Op.ConstBool || yes.auxInt === no.auxInt) continue;
      if (yes.auxInt === 1) {
        v.copyOf(cond);
      } else {
        v.reset(Op.Not);
        v.addArg(cond);
        // Behind the phis.
        b.values.splice(b.values.indexOf(v), 1);
        let at = 0;
        while (at < b.values.length && b.values[at]!.op === Op.Phi) at++;
        b.values.splice(at, 0, v);
      }
      changed = true;
      break;
    }
  }
  return changed;
}

/** The branch that an edge comes from, past one block that does nothing, and which of its sides that is. */
function head(p: Block, k: number): [Block | null, number] {
  if (p.kind === BlockKind.If) return [p, k];
  if (p.kind === BlockKind.Plain && p.preds.length === 1 && p.values.length === 0) {
    const e = p.preds[0]!;
    if (e.b.kind === BlockKind.If) return [e.b, e.i];
  }
  return [null, 0];
}

/** A comparison of an integer with a constant, seen as "x is within [min, max]" on one of its sides. */
interface Interval {
  readonly x: Value;
  readonly min: number;
  readonly max: number;
}

/** What x is within where c holds (or does not); null if that is not one interval with bounds that are exact. */
function interval(c: Value, holds: boolean): Interval | null {
  if (c.op === Op.Not) return interval(c.args[0]!, !holds);
  if (c.op !== Op.Lt && c.op !== Op.Le) return null;
  const [l, r] = c.args as [Value, Value];
  if (!l.type.isInteger) return null;
  const strict = (c.op === Op.Lt) === holds;
  if (r.op === Op.ConstInt && l.op !== Op.ConstInt) {
    const n = exactly(r);
    if (Number.isNaN(n)) return null;
    return holds ? { x: l, min: -Infinity, max: strict ? n - 1 : n } : { x: l, min: strict ? n + 1 : n, max: Infinity };
  }
  if (l.op === Op.ConstInt && r.op !== Op.ConstInt) {
    const n = exactly(l);
    if (Number.isNaN(n)) return null;
    return holds ? { x: r, min: strict ? n + 1 : n, max: Infinity } : { x: r, min: -Infinity, max: strict ? n - 1 : n };
  }
  return null;
}

/** The number that a constant is, if it fits 32 bits; NaN otherwise. */
function exactly(v: Value): number {
  const { size, isSigned } = v.type;
  if (size === 8) return v.auxHi === v.auxInt >> 31 && (isSigned || v.auxInt >= 0) ? v.auxInt : Number.NaN;
  if (size === 4) return isSigned ? v.auxInt | 0 : v.auxInt >>> 0;
  const shift = 32 - size * 8;
  return isSigned ? (v.auxInt << shift) >> shift : (v.auxInt << shift) >>> shift;
}

/**
 * Two tests of one integer against a lower and an upper bound become one: x - min <= max - min, unsigned
 * (cmd/compile/internal/ssa/fuse_comparisons.go).
 */
function fuseRanges(f: Func, cx: Context): boolean {
  let changed = false;
  for (const b of f.blocks) {
    if (b.kind !== BlockKind.If || b.preds.length !== 1 || b.values.length !== 1 || b.values[0] !== b.control) continue;
    const p = b.preds[0]!.b;
    const c = b.control!;
    if (p.kind !== BlockKind.If || c.uses !== 1 || p === b) continue;
    const side = b.preds[0]!.i;
    const other = p.succs[1 - side]!;
    for (let k = 0; k < 2; k++) {
      const out = b.succs[k]!;
      if (out.b !== other.b) continue;
      const u = interval(p.control!, side === 0);
      const w = interval(c, k !== 0);
      if (u === null || w === null || u.x !== w.x) break;
      const min = Math.max(u.min, w.min);
      const max = Math.min(u.max, w.max);
      if (!Number.isFinite(min) || !Number.isFinite(max) || min > max) break;
      if (!out.b.values.every((v) => v.op !== Op.Phi || v.args[out.i] === v.args[other.i])) break;
      const x = u.x;
      const t = c.args[0]!.type;
      const unsigned = unsignedType(cx, t);
      // b tests both; p goes there always.
      const shifted = min === 0 ? x : insert(b, c, Op.Add, t, [x, f.constInt(t, wrap(-min, t))]);
      const as = t.isSigned ? insert(b, c, Op.Bitcast, unsigned, [shifted]) : shifted;
      const limit = f.constInt(unsigned, max - min);
      const args = [as, limit];
      c.reset(Op.Le);
      for (const a of args) c.addArg(a);
      // The side of b that leads away is the one where the test fails.
      if (k === 0) {
        const not = new Value(f.nextValueId++, Op.Not, c.type, 0, 0, null, [c], b, c.pos);
        b.values.push(not);
        b.setControl(not);
      }
      p.removeSucc(1 - side);
      p.kind = BlockKind.Plain;
      p.setControl(null);
      p.likely = 0;
      changed = true;
      break;
    }
  }
  return changed;
}

function insert(b: Block, before: Value, op: number, type: SType, args: Value[]): Value {
  const v = new Value(b.func.nextValueId++, op, type, 0, 0, null, args, b, before.pos);
  v.inl = before.inl;
  b.values.splice(b.values.indexOf(before), 0, v);
  return v;
}

/** A number as the constant of a type holds it: sign-extended if the type is signed, else its low bits. */
function wrap(n: number, t: SType): number {
  // Of 64 bits only the halves of a small number are asked for.
  if (t.size === 8) return n;
  const bits = t.size * 8;
  const m = ((n % 2 ** bits) + 2 ** bits) % 2 ** bits;
  return t.isSigned && m >= 2 ** (bits - 1) ? m - 2 ** bits : m;
}

/** The unsigned type of t's size. */
function unsignedType(cx: Context, t: SType): SType {
  if (!t.isSigned) return t;
  switch (t.size) {
    case 1:
      return cx.types.uint8;
    case 2:
      return cx.types.uint16;
    case 4:
      return cx.types.uint32;
  }
  return cx.types.uint64;
}
