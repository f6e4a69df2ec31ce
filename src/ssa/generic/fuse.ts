import { BlockKind, type Block, Edge, type Func, Op } from "../core/index.ts";

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
