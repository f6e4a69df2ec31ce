import { AMD64 } from "../amd64/index.ts";
import { type Block, BlockKind, CallInfo, Edge, type Func, FuncFlag, Op, type Value } from "../core/index.ts";
import { isCheck } from "./constraints.ts";

/**
 * Brings the graph into the form that register allocation expects: no unreachable blocks, no copies, no phis of one argument,
 * every SelectN once and in the block of its tuple, no critical edges.
 */
export function prepare(f: Func): void {
  cutDeferReturns(f);
  removeUnreachable(f);
  splitCriticalEdges(f);
  collectSelects(f);
  replaceAliases(f, (v) => v.op === Op.Copy || (v.op === Op.Phi && v.args.length === 1));
}

/** Block.aux of a block that goes on to the tail where deferred calls run. */
export const deferReturnMark = "deferreturn";

/**
 * In a function with defer, what follows a call of runtime.deferreturn must work after a recovered panic too, when registers
 * and spilled values are those of another time. So there is one such call, in a tail made by emit, which takes the results from
 * their variables; blocks that had one end by going there.
 */
function cutDeferReturns(f: Func): void {
  f.usesDeferReturn = f.has(FuncFlag.HasDefer);
  for (const b of f.blocks) {
    const call = b.values.find((v) => v.aux instanceof CallInfo && v.aux.fn?.name === "runtime.deferreturn");
    if (call === undefined) continue;
    f.usesDeferReturn = true;
    while (b.succs.length > 0) b.removeSucc(b.succs.length - 1);
    b.setControl(null);
    const mem = call.memArg;
    const gone = new Set<Value>([call]);
    for (let n = 0; n < gone.size; ) {
      n = gone.size;
      for (const v of b.values) if (v.op !== Op.Phi && v.args.some((a) => gone.has(a))) gone.add(v);
    }
    b.setControl(mem);
    b.kind = BlockKind.Exit;
    b.aux = deferReturnMark;
    for (const v of gone) v.resetArgs();
    b.values = b.values.filter((v) => !gone.has(v));
  }
}

function removeUnreachable(f: Func): void {
  const seen = new Uint8Array(f.nextBlockId);
  const work = [f.entry];
  seen[f.entry.id] = 1;
  let n = 1;
  while (work.length > 0) {
    for (const e of work.pop()!.succs) {
      if (seen[e.b.id] === 1) continue;
      seen[e.b.id] = 1;
      n++;
      work.push(e.b);
    }
  }
  if (n === f.blocks.length) return;
  for (const b of f.blocks) {
    if (seen[b.id] === 1) continue;
    while (b.succs.length > 0) b.removeSucc(b.succs.length - 1);
    b.setControl(null);
    for (const v of b.values) v.resetArgs();
    b.values = [];
  }
  const kept = f.blocks.filter((b) => seen[b.id] === 1);
  f.blocks.splice(0, f.blocks.length, ...kept);
}

function splitCriticalEdges(f: Func): void {
  const n = f.blocks.length;
  for (let i = 0; i < n; i++) {
    const b = f.blocks[i]!;
    if (b.succs.length < 2) continue;
    for (let k = 0; k < b.succs.length; k++) {
      const e = b.succs[k]!;
      const to = e.b;
      if (to.preds.length < 2) continue;
      const mid: Block = f.newBlock(BlockKind.Plain);
      mid.pos = b.pos;
      mid.preds.push(new Edge(b, k));
      mid.succs.push(new Edge(to, e.i));
      b.succs[k] = new Edge(mid, 0);
      to.preds[e.i] = new Edge(mid, 0);
    }
  }
}

function collectSelects(f: Func): void {
  const selects: Value[] = [];
  for (const b of f.blocks) {
    let away = false;
    for (const v of b.values) {
      if (v.op !== Op.SelectN) continue;
      selects.push(v);
      if (v.args[0]!.block !== b) away = true;
    }
    if (!away) continue;
    b.values = b.values.filter((v) => v.op !== Op.SelectN || v.args[0]!.block === b);
  }
  const first: Value[] = [];
  const later = new Map<number, Value>();
  for (const v of selects) {
    const t = v.args[0]!;
    if (v.block !== t.block) {
      v.block = t.block;
      t.block.values.push(v);
    }
    // A tuple has few members: one key for each pair.
    const same = v.auxInt === 0 ? first[t.id] : later.get(t.id * 64 + v.auxInt);
    if (same !== undefined) v.copyOf(same);
    else if (v.auxInt === 0) first[t.id] = v;
    else later.set(t.id * 64 + v.auxInt, v);
  }
}

/** Replaces every value that is but another name of its first argument, and takes it out of its block. */
export function replaceAliases(f: Func, isAlias: (v: Value) => boolean): void {
  let any = false;
  for (const b of f.blocks) {
    for (const v of b.values) {
      v.mark = isAlias(v) ? 1 : 0;
      if (v.mark === 1) any = true;
    }
  }
  if (!any) return;
  const target = (v: Value): Value => {
    while (v.mark === 1) v = v.args[0]!;
    return v;
  };
  for (const b of f.blocks) {
    for (const v of b.values) {
      const args = v.args;
      for (let i = 0; i < args.length; i++) if (args[i]!.mark === 1) v.setArg(i, target(args[i]!));
    }
    if (b.control !== null && b.control.mark === 1) b.setControl(target(b.control));
  }
  for (const b of f.blocks) {
    let n = 0;
    for (const v of b.values) {
      if (v.mark === 1 && !isCheck(v.op)) v.resetArgs();
      else b.values[n++] = v;
    }
    b.values.length = n;
  }
}

/** Once the order of instructions is fixed, the results of checks need no registers of their own. */
export function dropCheckResults(f: Func): void {
  replaceAliases(
    f,
    (v) => v.op === AMD64.LoweredGuard || (isCheck(v.op) && v.op !== AMD64.LoweredBoundsCheckConstIndex),
  );
}
