import { type Block, BlockKind, Dominators, type Func, LoopNest } from "../core/index.ts";

/**
 * Guesses which way branches go: not to where the function ends by a panic, and not out of loops
 * (cmd/compile/internal/ssa/likelyadjust.go).
 */
export function likely(f: Func): void {
  if (!f.blocks.some((b) => b.kind === BlockKind.If && b.likely === 0)) return;
  const dom = new Dominators(f);
  const loops = new LoopNest(f, dom);
  // Blocks from which every way ends in one that is never left.
  const fatal = new Uint8Array(f.nextBlockId);
  for (let i = dom.order.length - 1; i >= 0; i--) {
    const b = dom.order[i]!;
    if (b.kind === BlockKind.Exit) fatal[b.id] = 1;
    else if (b.succs.length > 0 && b.succs.every((e) => fatal[e.b.id] === 1)) fatal[b.id] = 1;
  }
  for (const b of dom.order) {
    if (b.kind !== BlockKind.If || b.likely !== 0) continue;
    const [x, y] = [b.succs[0]!.b, b.succs[1]!.b];
    if (fatal[x.id] !== fatal[y.id]) {
      b.likely = fatal[x.id] === 1 ? -1 : 1;
      continue;
    }
    const loop = loops.of[b.id] ?? null;
    if (loop === null || loops.irreducible) continue;
    const inside = (c: Block): boolean => {
      for (let l = loops.of[c.id] ?? null; l !== null; l = l.outer) if (l === loop) return true;
      return false;
    };
    const inX = inside(x);
    if (inX !== inside(y)) b.likely = inX ? 1 : -1;
  }
}
