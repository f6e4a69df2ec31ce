import { InternalError } from "#base";
import { AMD64 } from "../amd64/index.ts";
import {
  type Block,
  BlockKind,
  CallInfo,
  Edge,
  type Func,
  FuncFlag,
  Kind,
  Op,
  opInfo,
  removeUnreachable,
  Value,
  valueString,
} from "../core/index.ts";
import { isCheck, isFixedRegister } from "./constraints.ts";
import { localize } from "./localize.ts";

/**
 * Brings the graph into the form that register allocation expects: no unreachable blocks, no copies, no phis of one argument,
 * every SelectN once and in the block of its tuple, no critical edges.
 */
export function prepare(f: Func): void {
  checkDeferReturns(f);
  removeUnreachable(f);
  splitCriticalEdges(f);
  collectSelects(f);
  replaceAliases(f, (v) => v.op === Op.Copy || (v.op === Op.Phi && v.args.length === 1));
  localize(f);
}

/**
 * A recovered panic goes on behind the call of runtime.deferreturn, when registers and spilled values are those of another
 * time: what follows the call may use nothing but variables in memory, and what can be made again. That is how it was built;
 * addresses that an optimisation took from before the call are computed again behind it.
 */
function checkDeferReturns(f: Func): void {
  f.usesDeferReturn = f.has(FuncFlag.HasDefer);
  f.needsDeferTail = f.usesDeferReturn;
  for (const b of f.blocks) {
    const call = b.values.find((v) => v.aux instanceof CallInfo && v.aux.fn?.name === "runtime.deferreturn");
    if (call === undefined) continue;
    f.usesDeferReturn = true;
    f.needsDeferTail = false;
    if (b.succs.length > 0) throw new InternalError("ssa/regalloc", f.name, `${b} calls deferreturn and goes on`);
    const after = new Set<Value>([call]);
    for (let n = 0; n < after.size; ) {
      n = after.size;
      for (const v of b.values) if (v.op !== Op.Phi && v.args.some((a) => after.has(a))) after.add(v);
    }
    after.delete(call);
    const again = new Map<Value, Value>();
    for (const v of after) {
      for (let i = 0; i < v.args.length; i++) {
        const a = v.args[i]!;
        if (a !== call && !after.has(a)) v.setArg(i, makeAgain(f, b, a, again));
      }
    }
  }
}

function makeAgain(f: Func, b: Block, v: Value, done: Map<Value, Value>): Value {
  if (v.type.kind === Kind.Mem || isFixedRegister(v)) return v;
  const info = opInfo(v.op);
  if (info.rematerializable && v.args.every(isFixedRegister)) return v;
  let c = done.get(v);
  if (c === undefined) {
    if (v.op === Op.Phi || info.readsMem || info.pinned || v.op === Op.SelectN)
      throw new InternalError("ssa/regalloc", f.name, `${valueString(v)} is used behind deferreturn`);
    const args = v.args.map((a) => makeAgain(f, b, a, done));
    c = new Value(f.nextValueId++, v.op, v.type, v.auxInt, v.auxHi, v.aux, args, b, v.pos);
    b.values.push(c);
    done.set(v, c);
  }
  return c;
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
