import { type Func, Op, copySource } from "../core/index.ts";
import type { Context } from "../context.ts";
import { genericRewrite } from "../gen/generic.ts";
import { copyelim, phielim } from "./copyelim.ts";
import { deadcode } from "./deadcode.ts";
import { fold } from "./fold.ts";
import { orderValues } from "./order.ts";

/** Rounds before the rules are taken to run in circles. */
const maxRounds = 50;

/** Folds constants and applies rules/generic.rules until nothing changes; values are scalars by now. */
export function opt(f: Func, cx: Context): void {
  const before = f.nextValueId;
  for (let round = 0; round < maxRounds; round++) {
    let changed = false;
    if (round === 0) phielim(f);
    for (const b of f.blocks) {
      for (let i = 0; i < b.values.length; i++) {
        const v = b.values[i]!;
        for (let k = 0; k < v.args.length; k++) {
          const a = v.args[k]!;
          if (a.op === Op.Copy) v.setArg(k, copySource(a));
        }
        if (v.op === Op.Copy || v.op === Op.Phi) continue;
        if (fold(v) || genericRewrite(v, cx)) {
          changed = true;
          i--;
        }
      }
      if (b.control !== null && b.control.op === Op.Copy) b.setControl(copySource(b.control));
    }
    if (changed || round === 0) {
      copyelim(f);
      deadcode(f);
    }
    if (!changed) break;
  }
  if (f.nextValueId !== before) orderValues(f);
}
