import { bypassCopies, type Func, Op, onlyArgument } from "../core/index.ts";

/** Replaces uses of copies by what they copy, and of phis whose arguments are all one value by that value. */
export function copyelim(f: Func): void {
  phielim(f);
  bypassCopies(f);
}

/** Turns phis of one value (and themselves) into copies, until there are none. */
export function phielim(f: Func): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const b of f.blocks) {
      for (const v of b.values) {
        if (v.op !== Op.Phi) continue;
        const same = onlyArgument(v);
        if (same === null) continue;
        v.copyOf(same);
        changed = true;
      }
    }
  }
}
