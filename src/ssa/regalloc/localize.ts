import { type Block, type Func, Op, opInfo, Value } from "../core/index.ts";
import { isFixedRegister } from "./constraints.ts";

/** Functions of so many blocks are treated here. */
const manyBlocks = 1000;

/**
 * In a function of many blocks, constants and addresses of symbols are made anew in each block that uses them. They stand in
 * the entry block, are as many as the statements are, and would be live through half of all blocks each: space and time that
 * grow with the square of the function (cmd/compile/internal/ssa/tighten.go; issue 45897).
 */
export function localize(f: Func): void {
  if (f.blocks.length < manyBlocks) return;
  const made = new Map<Block, Map<Value, Value>>();
  const local = (v: Value, b: Block): Value => {
    if (v.block === b || !isCheap(v)) return v;
    let here = made.get(b);
    if (here === undefined) made.set(b, (here = new Map()));
    let c = here.get(v);
    if (c === undefined) {
      c = new Value(f.nextValueId++, v.op, v.type, v.auxInt, v.auxHi, v.aux, v.args.slice(), b, v.pos);
      c.inl = v.inl;
      here.set(v, c);
    }
    return c;
  };
  for (const b of f.blocks) {
    for (const v of b.values) {
      const phi = v.op === Op.Phi;
      for (let i = 0; i < v.args.length; i++) {
        const c = local(v.args[i]!, phi ? b.preds[i]!.b : b);
        if (c !== v.args[i]) v.setArg(i, c);
      }
    }
    if (b.control !== null) {
      const c = local(b.control, b);
      if (c !== b.control) b.setControl(c);
    }
  }
  const replaced = new Set<Value>();
  for (const [b, here] of made) {
    b.values.push(...here.values());
    for (const v of here.keys()) if (v.uses === 0) replaced.add(v);
  }
  for (const v of replaced) v.resetArgs();
  for (const b of new Set([...replaced].map((v) => v.block))) b.values = b.values.filter((v) => !replaced.has(v));
}

function isCheap(v: Value): boolean {
  return v.op !== Op.Phi && !isFixedRegister(v) && opInfo(v.op).rematerializable && v.args.every(isFixedRegister);
}
