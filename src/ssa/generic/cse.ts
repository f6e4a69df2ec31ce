import { type Block, Dominators, type Func, Kind, Op, opInfo, type Value, copySource } from "../core/index.ts";
import { copyelim } from "./copyelim.ts";

/**
 * Common subexpressions: a value equal to one in a dominating block (or before it in its own) becomes a copy of it. Loads
 * are equal if they read one address at one memory state. Answers to cmd/compile/internal/ssa/cse.go, which partitions
 * instead.
 */
export function cse(f: Func): void {
  const dom = new Dominators(f);
  // What dominates the block at hand, by hash, and in order of entry: leaving a block takes away what it brought. (A table for
  // each block on the way to the entry would have to be looked at one by one.)
  const known = new Map<number, Value[]>();
  const entered: number[] = [];
  const auxIds = new Map<unknown, number>();
  const walk: { b: Block; since: number }[] = [{ b: f.entry, since: -1 }];
  while (walk.length > 0) {
    const top = walk[walk.length - 1]!;
    if (top.since >= 0) {
      walk.pop();
      while (entered.length > top.since) known.get(entered.pop()!)!.pop();
      continue;
    }
    top.since = entered.length;
    for (const v of top.b.values) {
      for (let k = 0; k < v.args.length; k++) {
        const a = v.args[k]!;
        if (a.op === Op.Copy) v.setArg(k, copySource(a));
      }
      if (!isPure(v)) continue;
      const h = hash(v, auxIds);
      const list = known.get(h);
      let found: Value | null = null;
      if (list !== undefined) {
        for (let i = list.length - 1; i >= 0 && found === null; i--) if (equal(v, list[i]!)) found = list[i]!;
      }
      if (found !== null) {
        v.copyOf(found);
        continue;
      }
      if (list === undefined) known.set(h, [v]);
      else list.push(v);
      entered.push(h);
    }
    for (const c of dom.children[top.b.id]!) walk.push({ b: c, since: -1 });
  }
  copyelim(f);
}

function isPure(v: Value): boolean {
  if (v.op === Op.Phi || v.op === Op.Copy || v.op >= Op.Last) return false;
  const info = opInfo(v.op);
  if (info.pinned || info.writesMem || info.isCall) return false;
  switch (v.op) {
    case Op.InitMem:
    case Op.MakeResult:
    case Op.Deref:
    case Op.LocalAddr:
    case Op.PtrToInt:
    case Op.IntToPtr:
    case Op.KeepAlive:
      return v.op === Op.LocalAddr;
  }
  // Members of calls and of memory operations are one each anyway.
  return v.type.kind !== Kind.Mem && v.type.kind !== Kind.Flags;
}

function hash(v: Value, auxIds: Map<unknown, number>): number {
  let h = (v.op * 31 + v.type.id) | 0;
  h = (h * 31 + (v.auxInt | 0)) | 0;
  h = (h * 31 + v.auxHi) | 0;
  if (v.aux !== null) {
    let id = auxIds.get(v.aux);
    if (id === undefined) {
      id = auxIds.size + 1;
      auxIds.set(v.aux, id);
    }
    h = (h * 31 + id) | 0;
  }
  // Commutative operations hash alike in both orders.
  if (opInfo(v.op).commutative) return (h * 31 + v.args[0]!.id + v.args[1]!.id) | 0;
  for (const a of v.args) h = (h * 31 + a.id) | 0;
  return h;
}

function equal(v: Value, w: Value): boolean {
  if (v.op !== w.op || v.type !== w.type || !Object.is(v.auxInt, w.auxInt) || v.auxHi !== w.auxHi || v.aux !== w.aux) {
    return false;
  }
  if (v.args.length !== w.args.length) return false;
  let same = true;
  for (let i = 0; i < v.args.length; i++) if (v.args[i] !== w.args[i]) same = false;
  if (same) return true;
  return opInfo(v.op).commutative && v.args[0] === w.args[1] && v.args[1] === w.args[0];
}
