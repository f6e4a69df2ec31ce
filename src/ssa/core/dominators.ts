import type { Block, Func } from "./func.ts";

/** Blocks that can be reached from the entry, each after all its predecessors but those along back edges. */
export function reversePostorder(f: Func): Block[] {
  const order: Block[] = [];
  const seen = new Uint8Array(f.nextBlockId);
  // An explicit stack: functions of generated code can have tens of thousands of blocks in a row.
  const stack: Block[] = [f.entry];
  const next: number[] = [0];
  seen[f.entry.id] = 1;
  while (stack.length > 0) {
    const top = stack.length - 1;
    const b = stack[top]!;
    const i = next[top]!;
    if (i < b.succs.length) {
      next[top] = i + 1;
      const to = b.succs[i]!.b;
      if (seen[to.id] === 0) {
        seen[to.id] = 1;
        stack.push(to);
        next.push(0);
      }
    } else {
      stack.pop();
      next.pop();
      order.push(b);
    }
  }
  return order.reverse();
}

/** The dominator tree of a function's reachable blocks (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm). */
export class Dominators {
  /** Reachable blocks in reverse postorder. */
  readonly order: Block[];
  /** Immediate dominator by block id; null for the entry and for unreachable blocks. */
  readonly idom: (Block | null)[];
  /** Preorder number and last preorder number of the subtree, by block id; -1 for unreachable blocks. */
  private readonly enter: Int32Array;
  private readonly leave: Int32Array;
  /** Children in the dominator tree, by block id. */
  readonly children: Block[][] = [];

  constructor(f: Func) {
    this.order = reversePostorder(f);
    const number = new Int32Array(f.nextBlockId).fill(-1);
    this.order.forEach((b, i) => {
      number[b.id] = i;
      this.children[b.id] = [];
    });
    const idom = new Int32Array(this.order.length).fill(-1);
    idom[0] = 0;
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = 1; i < this.order.length; i++) {
        let best = -1;
        for (const e of this.order[i]!.preds) {
          let p = number[e.b.id]!;
          if (p < 0 || idom[p]! < 0) continue;
          if (best < 0) {
            best = p;
            continue;
          }
          while (p !== best) {
            while (p > best) p = idom[p]!;
            while (best > p) best = idom[best]!;
          }
        }
        if (idom[i] !== best) {
          idom[i] = best;
          changed = true;
        }
      }
    }
    this.idom = new Array<Block | null>(f.nextBlockId).fill(null);
    for (let i = 1; i < this.order.length; i++) {
      const d = this.order[idom[i]!]!;
      this.idom[this.order[i]!.id] = d;
      this.children[d.id]!.push(this.order[i]!);
    }
    this.enter = new Int32Array(f.nextBlockId).fill(-1);
    this.leave = new Int32Array(f.nextBlockId).fill(-1);
    this.numberTree(f.entry);
  }

  private numberTree(root: Block): void {
    let n = 0;
    const stack = [root];
    const next = [0];
    this.enter[root.id] = n++;
    while (stack.length > 0) {
      const top = stack.length - 1;
      const b = stack[top]!;
      const child = this.children[b.id]![next[top]!];
      if (child !== undefined) {
        next[top]!++;
        this.enter[child.id] = n++;
        stack.push(child);
        next.push(0);
      } else {
        this.leave[b.id] = n;
        stack.pop();
        next.pop();
      }
    }
  }

  isReachable(b: Block): boolean {
    return this.enter[b.id]! >= 0;
  }

  /** Whether every way from the entry to b leads through a (a block dominates itself). */
  dominates(a: Block, b: Block): boolean {
    const x = this.enter[a.id]!;
    const y = this.enter[b.id]!;
    return x >= 0 && y >= x && y < this.leave[a.id]!;
  }
}
