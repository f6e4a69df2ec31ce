import { machineOp } from "../amd64/index.ts";
import { type Block, CallInfo, type Func, FuncFlag, Global, SymRef, type Value } from "../core/index.ts";

/** Instructions at which a goroutine must not be stopped. */
export interface UnsafePoints {
  /** The whole function. */
  readonly all: boolean;
  /** By block id: the block begins unsafe. */
  readonly blocks: Uint8Array;
  /** By value id. */
  readonly values: Uint8Array;
}

/** Whether the value reads runtime.writeBarrier. */
function testsBarrier(v: Value): boolean {
  const x = v.aux;
  if (x instanceof Global) return x.name === "runtime.writeBarrier";
  if (!(x instanceof SymRef)) return false;
  const t = x.target;
  return (
    (t.kind === "runtime" && (t.name === "writeBarrier" || t.name === "runtime.writeBarrier")) ||
    (t.kind === "global" && t.global.name === "runtime.writeBarrier")
  );
}

/**
 * Between the test of the write barrier's flag and the last store that depends on it nobody may start a collection (contract
 * 8.3, 8.4); functions of the runtime and those without stack check are unsafe all over (cmd/compile/internal/liveness).
 */
export function unsafePoints(f: Func): UnsafePoints | null {
  if (f.has(FuncFlag.Runtime) || f.has(FuncFlag.Nosplit)) {
    return { all: true, blocks: new Uint8Array(0), values: new Uint8Array(0) };
  }
  let blocks: Uint8Array | null = null;
  let values: Uint8Array | null = null;
  for (const b of f.blocks) {
    const i = b.values.findIndex((v) => v.aux !== null && testsBarrier(v) && machineOp(v.op)?.loads === true);
    if (i < 0) continue;
    blocks ??= new Uint8Array(f.nextBlockId);
    values ??= new Uint8Array(f.nextValueId);
    for (let k = i; k < b.values.length; k++) values[b.values[k]!.id] = 1;
    markBehind(b, blocks, values);
  }
  return blocks === null ? null : { all: false, blocks, values: values! };
}

/** The two sides of the test up to where they meet, and there up to the last store before the next call. */
function markBehind(test: Block, blocks: Uint8Array, values: Uint8Array): void {
  const sides = new Set<Block>();
  const work = test.succs.map((e) => e.b);
  const joins = new Set<Block>();
  while (work.length > 0) {
    const b = work.pop()!;
    if (sides.has(b) || joins.has(b)) continue;
    if (b.preds.length > 1) {
      // Several barriers in a row: the place where the slow side comes back.
      joins.add(b);
      continue;
    }
    sides.add(b);
    // A side that does not come back to the other one is no barrier's: it begins with the meeting point's stores.
    if (b.succs.length === 1) work.push(b.succs[0]!.b);
  }
  for (const b of sides) {
    blocks[b.id] = 1;
    for (const v of b.values) values[v.id] = 1;
  }
  for (const b of joins) {
    let last = -1;
    for (let i = 0; i < b.values.length; i++) {
      const v = b.values[i]!;
      if (v.aux instanceof CallInfo) break;
      if (machineOp(v.op)?.stores === true) last = i;
    }
    if (last < 0) continue;
    blocks[b.id] = 1;
    for (let i = 0; i <= last; i++) values[b.values[i]!.id] = 1;
  }
}
