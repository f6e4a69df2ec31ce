import { type Block, type Func, Op, type Value } from "../core/index.ts";

/**
 * Puts values that rewriting has made before the values of the same block that use them; otherwise keeps the order.
 */
export function orderValues(f: Func): void {
  const placed = new Uint8Array(f.nextValueId);
  for (const b of f.blocks) orderBlock(b, placed);
}

function orderBlock(b: Block, placed: Uint8Array): void {
  const out: Value[] = [];
  for (const v of b.values) {
    if (v.op !== Op.Phi) continue;
    placed[v.id] = 1;
    out.push(v);
  }
  const stack: Value[] = [];
  for (const root of b.values) {
    if (placed[root.id] !== 0) continue;
    if (isReady(root, b, placed)) {
      placed[root.id] = 1;
      out.push(root);
      continue;
    }
    stack.push(root);
    placed[root.id] = 2;
    while (stack.length > 0) {
      const v = stack[stack.length - 1]!;
      let waiting = false;
      for (const a of v.args) {
        if (a.block === b && placed[a.id] === 0) {
          placed[a.id] = 2;
          stack.push(a);
          waiting = true;
          break;
        }
      }
      if (waiting) continue;
      stack.pop();
      placed[v.id] = 1;
      out.push(v);
    }
  }
  b.values = out;
}

/** Whether all arguments of v that are in its block have their place. */
function isReady(v: Value, b: Block, placed: Uint8Array): boolean {
  const args = v.args;
  for (let i = 0; i < args.length; i++) {
    const a = args[i]!;
    if (placed[a.id] === 0 && a.block === b) return false;
  }
  return true;
}
