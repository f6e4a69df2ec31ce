import { type Func, Op, type Value } from "../core/index.ts";

/** Replaces uses of copies by what they copy, and of phis whose arguments are all one value by that value. */
export function copyelim(f: Func): void {
  phielim(f);
  for (const b of f.blocks) {
    for (const v of b.values) {
      for (let i = 0; i < v.args.length; i++) {
        const a = v.args[i]!;
        if (a.op === Op.Copy) v.setArg(i, source(a));
      }
    }
    if (b.control !== null && b.control.op === Op.Copy) b.setControl(source(b.control));
  }
}

/** What a chain of copies copies. */
export function source(v: Value): Value {
  let s = v;
  while (s.op === Op.Copy) s = s.args[0]!;
  return s;
}

/** Turns phis of one value (and themselves) into copies, until there are none. */
export function phielim(f: Func): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (const b of f.blocks) {
      for (const v of b.values) {
        if (v.op !== Op.Phi) continue;
        let same: Value | null = null;
        let many = false;
        for (const a of v.args) {
          const s = source(a);
          if (s === v || s === same) continue;
          if (same !== null) {
            many = true;
            break;
          }
          same = s;
        }
        if (many || same === null) continue;
        v.copyOf(same);
        changed = true;
      }
    }
  }
}
