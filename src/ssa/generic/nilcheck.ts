import { type Block, BlockKind, Dominators, type Func, Op, type Value } from "../core/index.ts";
import { isNonNil } from "./conditions.ts";
import { copyelim } from "./copyelim.ts";

/**
 * Removes nil checks of pointers that a dominating check, a comparison with nil or their origin proves not nil
 * (cmd/compile/internal/ssa/nilcheck.go; checks that a faulting access makes needless go after scheduling).
 */
export function nilcheck(f: Func): void {
  if (!f.blocks.some((b) => b.values.some((v) => v.op === Op.NilCheck))) return;
  const dom = new Dominators(f);
  /** What is known not to be nil: the value to use instead of a check. */
  const known = new Map<Value, Value>();
  const undo: (Value | null)[] = [];
  const walk: { b: Block; entered: boolean }[] = [{ b: f.entry, entered: false }];
  while (walk.length > 0) {
    const top = walk[walk.length - 1]!;
    if (top.entered) {
      walk.pop();
      for (let p = undo.pop()!; p !== null; p = undo.pop()!) known.delete(p);
      continue;
    }
    top.entered = true;
    undo.push(null);
    const learn = (p: Value, as: Value): void => {
      if (known.has(p)) return;
      known.set(p, as);
      undo.push(p);
    };
    const b = top.b;
    const fact = provenByEdge(b);
    if (fact !== null) learn(fact, fact);
    for (const v of b.values) {
      if (v.op !== Op.NilCheck) continue;
      const p = strip(v.args[0]!);
      const k = known.get(p);
      if (k !== undefined) {
        // The dominating check's result, so that what depends on this one stays after it.
        v.copyOf(k.type.hasPointers === v.type.hasPointers ? k : v.args[0]!);
      } else if (isNonNil(p)) {
        v.copyOf(v.args[0]!);
      } else {
        learn(p, v);
      }
    }
    for (const c of dom.children[b.id]!) walk.push({ b: c, entered: false });
  }
  copyelim(f);
}

function strip(p: Value): Value {
  let q = p;
  while (q.op === Op.Copy || (q.op === Op.Bitcast && q.args[0]!.type.isPtrShaped)) q = q.args[0]!;
  return q;
}

/** The pointer that is not nil because the only way into b is a comparison with nil. */
function provenByEdge(b: Block): Value | null {
  if (b.preds.length !== 1) return null;
  const e = b.preds[0]!;
  const c = e.b.control;
  if (e.b.kind !== BlockKind.If || c === null) return null;
  const wanted = e.i === 0 ? Op.Ne : Op.Eq;
  if (c.op !== wanted) return null;
  const [x, y] = c.args as [Value, Value];
  if (y.op === Op.ConstNil) return strip(x);
  if (x.op === Op.ConstNil) return strip(y);
  return null;
}
