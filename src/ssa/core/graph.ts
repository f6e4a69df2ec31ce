import { reversePostorder } from "./dominators.ts";
import { BlockKind, type Block, Edge, type Func, type Value } from "./func.ts";
import { Op } from "./op.ts";

// What every level of the form does to the graph: blocks that go, blocks that become one, copies seen through.

/** Removes the blocks that cannot be reached from the entry, with their values and edges. */
export function removeUnreachable(f: Func): void {
  const reachable = new Uint8Array(f.nextBlockId);
  const order = reversePostorder(f);
  for (const b of order) reachable[b.id] = 1;
  if (order.length === f.blocks.length) return;
  for (const b of f.blocks) {
    if (reachable[b.id] === 1) continue;
    while (b.succs.length > 0) b.removeSucc(b.succs.length - 1);
    b.setControl(null);
  }
  for (const b of f.blocks) {
    if (reachable[b.id] === 1) continue;
    for (const v of b.values) v.resetArgs();
    b.values.length = 0;
  }
  let n = 0;
  for (const b of f.blocks) if (reachable[b.id] === 1) f.blocks[n++] = b;
  f.blocks.length = n;
}

/**
 * Makes one block of two where the one leads to nothing but the other, which nothing else leads to: what inlining and removed
 * branches leave. Loads are only combined with users in their own block. Answers to cmd/compile/internal/ssa/fuse.go.
 */
export function fuse(f: Func): void {
  const gone = new Set<Block>();
  for (const b of f.blocks) {
    if (gone.has(b)) continue;
    while (b.kind === BlockKind.Plain) {
      const c = b.succs[0]!.b;
      if (c.preds.length !== 1 || c === b || c === f.entry) break;
      for (const v of c.values) {
        if (v.op === Op.Phi) v.copyOf(v.args[0]!);
        v.block = b;
        b.values.push(v);
      }
      c.values = [];
      b.kind = c.kind;
      b.likely = c.likely;
      b.pos = c.pos;
      b.aux = c.aux;
      b.setControl(c.control);
      c.setControl(null);
      b.succs.length = 0;
      for (let k = 0; k < c.succs.length; k++) {
        const e = c.succs[k]!;
        b.succs.push(e);
        e.b.preds[e.i] = new Edge(b, k);
      }
      gone.add(c);
    }
  }
  if (gone.size === 0) return;
  let n = 0;
  for (const b of f.blocks) if (!gone.has(b)) f.blocks[n++] = b;
  f.blocks.length = n;
}

/** What a chain of copies copies. */
export function copySource(v: Value): Value {
  let s = v;
  while (s.op === Op.Copy) s = s.args[0]!;
  return s;
}

/** The one value that all arguments of a phi are, itself aside; null if there are several. */
export function onlyArgument(phi: Value): Value | null {
  let same: Value | null = null;
  for (const a of phi.args) {
    const s = copySource(a);
    if (s === phi || s === same) continue;
    if (same !== null) return null;
    same = s;
  }
  return same;
}

/** Makes every use of a copy a use of what it copies. The copies stay, unused. */
export function bypassCopies(f: Func): void {
  for (const b of f.blocks) {
    for (const v of b.values) {
      for (let i = 0; i < v.args.length; i++) {
        const a = v.args[i]!;
        if (a.op === Op.Copy) v.setArg(i, copySource(a));
      }
    }
    if (b.control !== null && b.control.op === Op.Copy) b.setControl(copySource(b.control));
  }
}
