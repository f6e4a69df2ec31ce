import { type Block, BlockKind, CallInfo, type Func, type LoopNest, Op, type Value } from "../core/index.ts";
import { AMD64 } from "../amd64/index.ts";

/** Whether a value becomes no instruction. */
export function isSilent(v: Value): boolean {
  switch (v.op) {
    case Op.Phi:
    case Op.InitMem:
    case Op.SelectN:
    case Op.VarDef:
    case Op.VarLive:
    case Op.KeepAlive:
    case Op.MakeResult:
    case AMD64.ArgIntReg:
    case AMD64.ArgFloatReg:
    case AMD64.LoweredGetClosurePtr:
    case AMD64.SP:
    case AMD64.SB:
    case AMD64.SPanchored:
    case AMD64.MOVQbits:
    case AMD64.MOVQconvert:
    case AMD64.LoweredPublicationBarrier:
    case AMD64.LoweredGuard:
      return true;
    case AMD64.LoweredGetG:
      return v.reg === 14;
  }
  return false;
}

/**
 * The block where control ends up that goes to b: past blocks that do nothing but go on. Of an endless loop of such blocks one
 * stays, the same from wherever it is entered.
 */
export function jumpTarget(b: Block): Block {
  let mark: Block | null = null;
  for (let n = 1; ; n++) {
    if (b.kind !== BlockKind.Plain || b.preds.length === 0) return b;
    for (const v of b.values) if (!isSilent(v)) return b;
    if (b === mark) return firstOfLoop(b);
    if ((n & (n - 1)) === 0) mark = b;
    b = b.succs[0]!.b;
  }
}

/** The oldest block of a loop of blocks with one successor. */
function firstOfLoop(b: Block): Block {
  let first = b;
  for (let x = b.succs[0]!.b; x !== b; x = x.succs[0]!.b) if (x.id < first.id) first = x;
  return first;
}

/**
 * The order in which blocks lie in memory: each is followed by its likely successor where that is free, blocks that end in a
 * panic and unlikely ones go to the end, a loop's condition to its bottom when that saves a jump.
 */
export function layoutBlocks(f: Func, loops: LoopNest): Block[] {
  const cold = coldBlocks(f, loops);
  const placed = new Uint8Array(f.nextBlockId);
  const waiting = new Int32Array(f.nextBlockId);
  for (const b of f.blocks) waiting[b.id] = b.preds.length;
  const order: Block[] = [];
  // Candidates to go on with when a chain ends: warm ones as a stack, cold ones as a queue.
  const warm: Block[] = [];
  const later: Block[] = [];
  let firstLater = 0;
  let next: Block | null = f.entry;
  while (next !== null) {
    const b: Block = next;
    placed[b.id] = 1;
    order.push(b);
    for (const e of b.succs) {
      waiting[e.b.id]!--;
      if (placed[e.b.id] === 1) continue;
      if (cold[e.b.id] === 1) later.push(e.b);
      else warm.push(e.b);
    }
    next = follow(b, placed, cold, waiting, loops);
    if (next === null) {
      // A block all of whose predecessors are placed first; else the one seen last.
      let i = warm.length - 1;
      for (; i >= 0; i--) {
        if (placed[warm[i]!.id] === 1) warm.splice(i, 1);
        else if (waiting[warm[i]!.id] === 0) break;
      }
      if (warm.length > 0) next = warm.splice(i, 1)[0]!; // -1 is the last
    }
    while (next === null && firstLater < later.length) {
      const c = later[firstLater++]!;
      if (placed[c.id] === 0) next = c;
    }
  }
  rotate(order, loops, f);
  return order;
}

/** The successor to lay right behind b; null if none is good. */
function follow(b: Block, placed: Uint8Array, cold: Uint8Array, waiting: Int32Array, loops: LoopNest): Block | null {
  const free = (x: Block): boolean => placed[x.id] === 0;
  if (b.succs.length === 1) {
    const s = b.succs[0]!.b;
    if (!free(s) || (cold[s.id] === 1 && cold[b.id] === 0)) return null;
    return s;
  }
  let best: Block | null = null;
  let bestScore = -1;
  for (let k = 0; k < b.succs.length; k++) {
    const s = b.succs[k]!.b;
    if (!free(s) || (cold[s.id] === 1 && cold[b.id] === 0)) continue;
    let score = 0;
    if (b.likely !== 0 && b.succs.length === 2 && b.likely > 0 === (k === 0)) score += 8;
    // Stay in the loop; a block that nobody else leads to.
    if (loops.depth(s) >= loops.depth(b)) score += 4;
    if (waiting[s.id] === 0) score += 2;
    if (score > bestScore) {
      bestScore = score;
      best = s;
    }
  }
  return best;
}

/** Blocks from which all ways lead to a panic, and the unlikely sides of branches. */
function coldBlocks(f: Func, loops: LoopNest): Uint8Array {
  const cold = new Uint8Array(f.nextBlockId);
  for (const b of f.blocks) {
    if (b.kind === BlockKind.Exit && b.values.some((v) => v.aux instanceof CallInfo && v.aux.noreturn)) cold[b.id] = 1;
    if (b.likely !== 0 && b.succs.length === 2) {
      const s = b.succs[b.likely > 0 ? 1 : 0]!.b;
      // Leaving a loop is unlikely in each round, but what follows the loop is as warm as what precedes it.
      if (s.preds.length === 1 && loops.depth(s) >= loops.depth(b)) cold[s.id] = 1;
    }
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = f.blocks.length - 1; i >= 0; i--) {
      const b = f.blocks[i]!;
      if (cold[b.id] === 1 || b === f.entry) continue;
      const down = b.succs.length > 0 && b.succs.every((e) => cold[e.b.id] === 1);
      const up = b.preds.every((e) => cold[e.b.id] === 1);
      if (down || up) {
        cold[b.id] = 1;
        changed = true;
      }
    }
  }
  cold[f.entry.id] = 0;
  return cold;
}

/**
 * A loop whose header leaves it and whose last block jumps back up: the header moves behind that block, so that each round
 * takes one branch.
 */
function rotate(order: Block[], loops: LoopNest, f: Func): void {
  if (loops.loops.length === 0) return;
  const at = new Int32Array(f.nextBlockId).fill(-1);
  const renumber = (): void => {
    for (let i = 0; i < order.length; i++) at[order[i]!.id] = i;
  };
  renumber();
  for (const l of loops.loops) {
    const h = l.header;
    const i = at[h.id]!;
    if (i === 0 || h.succs.length !== 2 || i + 1 >= order.length) continue;
    const inLoop = (b: Block): boolean => {
      for (let x = loops.of[b.id] ?? null; x !== null; x = x.outer) if (x === l) return true;
      return false;
    };
    const inside = order[i + 1]!;
    if (!inLoop(inside) || !h.succs.some((e) => !inLoop(e.b)) || !h.succs.some((e) => e.b === inside)) continue;
    // The latest block that goes back to the header and to nowhere else.
    let tail = -1;
    for (const e of h.preds) {
      const p = at[e.b.id]!;
      if (e.b.succs.length === 1 && p > i && inLoop(e.b)) tail = Math.max(tail, p);
    }
    if (tail < 0) continue;
    // What falls into the header now jumps to it; only worth it if that happens outside the loop.
    order.splice(i, 1);
    order.splice(tail, 0, h);
    renumber();
  }
}
