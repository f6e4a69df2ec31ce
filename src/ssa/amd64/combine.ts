import { type Func, Op, opInfo } from "../core/index.ts";
import type { Context } from "../context.ts";
import { amd64Rewrite } from "../gen/amd64.ts";
import { copyelim } from "../generic/copyelim.ts";
import { removeUnused } from "../generic/deadcode.ts";

/** Rounds before the rules are taken to run in circles. */
const maxRounds = 100;

/** Combines machine operations by rules/amd64.rules until nothing changes. */
export function combine(f: Func, cx: Context): void {
  for (let round = 0; round < maxRounds; round++) {
    let changed = false;
    for (const b of f.blocks) {
      for (let i = 0; i < b.values.length; i++) {
        const v = b.values[i]!;
        if (v.uses === 0 && v.type.size !== 0) continue;
        for (let k = 0; k < v.args.length; k++) {
          let a = v.args[k]!;
          if (a.op !== Op.Copy) continue;
          while (a.op === Op.Copy) a = a.args[0]!;
          v.setArg(k, a);
        }
        const extended = v.args.length === 1 ? v.args[0]! : null;
        if (amd64Rewrite(v, cx)) {
          // A load that extends what it loads stands where the load stood: a fault is reported there.
          if (extended !== null && v.args.length > 0 && opInfo(v.op).readsMem && opInfo(extended.op).readsMem) {
            v.pos = extended.pos;
            v.inl = extended.inl;
          }
          changed = true;
          i--;
        }
      }
    }
    if (!changed) break;
    copyelim(f);
    removeUnused(f);
  }
}
