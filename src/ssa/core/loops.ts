import { Dominators } from "./dominators.ts";
import type { Block, Func } from "./func.ts";

/** A natural loop: its header dominates all its blocks. */
export class Loop {
  outer: Loop | null = null;
  /** 1 for an outermost loop. */
  depth = 1;
  readonly blocks: Block[] = [];

  constructor(readonly header: Block) {}
}

/** The loops of a function, found from back edges. */
export class LoopNest {
  readonly loops: Loop[] = [];
  /** Innermost loop by block id. */
  readonly of: (Loop | null)[];
  /** Some cycle has no single header (goto into a loop): depths are not to be trusted. */
  readonly irreducible: boolean;

  constructor(
    f: Func,
    readonly dom: Dominators = new Dominators(f),
  ) {
    this.of = new Array<Loop | null>(f.nextBlockId).fill(null);
    const number = new Int32Array(f.nextBlockId).fill(-1);
    for (let i = 0; i < dom.order.length; i++) number[dom.order[i]!.id] = i;
    let irreducible = false;
    // Inner headers come later in reverse postorder: going backwards finds inner loops first.
    for (let i = dom.order.length - 1; i >= 0; i--) {
      const header = dom.order[i]!;
      let loop: Loop | null = null;
      for (const e of header.preds) {
        const tail = e.b;
        if (number[tail.id]! < i) continue;
        if (!dom.dominates(header, tail)) {
          irreducible = true;
          continue;
        }
        loop ??= new Loop(header);
        this.collect(loop, tail);
      }
      if (loop !== null) this.loops.push(loop);
    }
    this.irreducible = irreducible;
    // Outer loops were found last: depths from the outside in.
    for (let i = this.loops.length - 1; i >= 0; i--) {
      const l = this.loops[i]!;
      l.depth = l.outer === null ? 1 : l.outer.depth + 1;
    }
    for (const b of dom.order) for (let l = this.of[b.id] ?? null; l !== null; l = l.outer) l.blocks.push(b);
  }

  /** Puts the blocks from which tail can be reached without passing the header into the loop. */
  private collect(loop: Loop, tail: Block): void {
    const work = [tail];
    while (work.length > 0) {
      const b = work.pop()!;
      let inner = this.of[b.id]!;
      if (inner === loop) continue;
      if (inner === null) {
        this.of[b.id] = loop;
        if (b !== loop.header) for (const e of b.preds) if (this.dom.isReachable(e.b)) work.push(e.b);
        continue;
      }
      // b is in a loop found before: the outermost of these lies directly in this one.
      while (inner.outer !== null && inner.outer !== loop) inner = inner.outer;
      if (inner.outer === loop) continue;
      inner.outer = loop;
      for (const e of inner.header.preds) {
        if (this.dom.isReachable(e.b) && !this.dom.dominates(inner.header, e.b)) work.push(e.b);
      }
    }
  }

  /** Loop depth of a block; 0 outside all loops. */
  depth(b: Block): number {
    return this.of[b.id]?.depth ?? 0;
  }

  isHeader(b: Block): boolean {
    return this.of[b.id]?.header === b;
  }
}
