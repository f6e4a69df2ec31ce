import { InternalError } from "#base";
import { Dominators } from "./dominators.ts";
import { type Block, BlockKind, type Func, type Value } from "./func.ts";
import { Op, opInfo } from "./op.ts";
import { valueString } from "./print.ts";
import { Kind } from "./stype.ts";

/** Checks the invariants that every pass keeps; throws InternalError with the first one broken. */
export function checkFunc(f: Func, after: string): void {
  const fail = (what: string): never => {
    throw new InternalError("ssa", f.name, `${what} (after ${after})`);
  };
  checkGraph(f, fail);
  checkValues(f, fail);
  checkDominance(f, fail);
}

type Fail = (what: string) => never;

function checkGraph(f: Func, fail: Fail): void {
  const known = new Set<Block>(f.blocks);
  if (!known.has(f.entry)) fail("the entry is not among the blocks");
  if (f.entry.preds.length > 0) fail("the entry has predecessors");
  const successors: Partial<Record<number, number>> = {
    [BlockKind.Plain]: 1,
    [BlockKind.If]: 2,
    [BlockKind.Ret]: 0,
    [BlockKind.RetJmp]: 0,
    [BlockKind.Exit]: 0,
  };
  for (const b of f.blocks) {
    const want = successors[b.kind];
    if (want !== undefined && b.succs.length !== want) fail(`${b} has ${b.succs.length} successors, not ${want}`);
    for (let k = 0; k < b.succs.length; k++) {
      const e = b.succs[k]!;
      if (!known.has(e.b)) fail(`${b} goes to ${e.b}, which is not in the function`);
      const back = e.b.preds[e.i];
      if (back === undefined || back.b !== b || back.i !== k) fail(`the edge ${b} -> ${e.b} does not lead back`);
    }
    for (let k = 0; k < b.preds.length; k++) {
      const e = b.preds[k]!;
      const there = e.b.succs[e.i];
      if (there === undefined || there.b !== b || there.i !== k) fail(`the edge ${e.b} -> ${b} does not lead here`);
    }
    checkControl(b, fail);
  }
}

function checkControl(b: Block, fail: Fail): void {
  const c = b.control;
  switch (b.kind) {
    case BlockKind.Invalid:
      fail(`${b} was never ended`);
      break;
    case BlockKind.If:
      if (c === null || c.type.kind !== Kind.Bool) fail(`${b} branches on ${c ?? "nothing"}, which is not a bool`);
      break;
    case BlockKind.Ret:
      if (c === null || c.op !== Op.MakeResult) fail(`${b} returns without MakeResult`);
      break;
    case BlockKind.RetJmp:
      if (c === null || (c.op !== Op.TailCall && c.op < Op.Last)) fail(`${b} tail-calls nothing`);
      break;
    case BlockKind.Exit:
      if (c === null || c.type.kind !== Kind.Mem) fail(`${b} exits without memory`);
      break;
  }
}

function checkValues(f: Func, fail: Fail): void {
  const uses = new Int32Array(f.nextValueId);
  const present = new Uint8Array(f.nextValueId);
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (present[v.id] === 1) fail(`${v} occurs twice`);
      present[v.id] = 1;
      for (const a of v.args) uses[a.id]!++;
    }
    if (b.control !== null) uses[b.control.id]!++;
  }
  for (const b of f.blocks) {
    if (b.control !== null && present[b.control.id] === 0) fail(`${b} ends with ${b.control}, which is in no block`);
    for (const v of b.values) {
      if (v.block !== b) fail(`${v} is in ${b} but says ${v.block}`);
      for (const a of v.args) if (present[a.id] === 0) fail(`${valueString(v)} uses ${a}, which is in no block`);
      if (v.uses !== uses[v.id]) fail(`${valueString(v)} is used ${uses[v.id]} times but says ${v.uses}`);
      checkValue(v, fail);
    }
  }
}

function checkValue(v: Value, fail: Fail): void {
  const info = opInfo(v.op);
  if (info === undefined || v.op === Op.Invalid) fail(`${valueString(v)}: no such operation`);
  if (info.args >= 0 && v.args.length !== info.args) fail(`${valueString(v)} needs ${info.args} arguments`);
  if (v.op === Op.Phi) {
    if (v.args.length !== v.block.preds.length)
      fail(`${valueString(v)} in a block of ${v.block.preds.length} predecessors`);
    return;
  }
  if (info.readsMem) {
    const mem = v.args[v.args.length - 1];
    if (mem === undefined || mem.type.kind !== Kind.Mem) fail(`${valueString(v)}: the last argument is not memory`);
  }
  if (info.writesMem && v.op < Op.Last) {
    const t = v.type;
    const last = t.kind === Kind.Tuple ? t.members[t.members.length - 1] : t;
    if (last?.kind !== Kind.Mem) fail(`${valueString(v)} changes memory but its type does not say so`);
  }
  if (v.op === Op.SelectN) {
    const t = v.args[0]!.type;
    if (t.kind !== Kind.Tuple || v.auxInt >= t.members.length) fail(`${valueString(v)} selects from ${t}`);
  }
}

function checkDominance(f: Func, fail: Fail): void {
  const dom = new Dominators(f);
  for (const b of dom.order) {
    for (const v of b.values) {
      for (let i = 0; i < v.args.length; i++) {
        const a = v.args[i]!;
        if (v.op === Op.Phi) {
          const p = b.preds[i]!.b;
          if (dom.isReachable(p) && !dom.dominates(a.block, p))
            fail(`${a} used in ${v} does not dominate the edge from ${p}`);
        } else if (!dom.dominates(a.block, b)) {
          fail(`${a} used in ${valueString(v)} of ${b} is in ${a.block}, which does not dominate it`);
        }
      }
    }
    const c = b.control;
    if (c !== null && !dom.dominates(c.block, b)) fail(`${c} at the end of ${b} does not dominate it`);
  }
}
