import { AMD64, machineOp } from "../amd64/index.ts";
import { type Func, Op, opInfo, type Value } from "../core/index.ts";

/** Addresses below this are never mapped: what faults there becomes a nil dereference panic (internal/abi: minimum page). */
const firstPage = 4096;

/**
 * Removes nil checks that the next access through the same pointer does as well, because it faults. Between the two there may
 * be nothing that changes memory or can panic in another way. Runs on scheduled code.
 */
export function removeLateNilChecks(f: Func): void {
  const covered: Value[] = [];
  for (const b of f.blocks) {
    covered.length = 0;
    let removed = false;
    const values = b.values;
    for (let i = values.length - 1; i >= 0; i--) {
      const v = values[i]!;
      if (v.op === AMD64.LoweredNilCheck) {
        const p = v.args[0]!;
        if (covered.includes(p)) {
          v.mark = -1;
          removed = true;
        } else {
          covered.push(p);
        }
        continue;
      }
      const info = opInfo(v.op);
      if ((info.writesMem && v.op !== Op.VarDef && v.op !== Op.VarLive) || info.pinned) covered.length = 0;
      const row = machineOp(v.op);
      if (row === undefined || !row.faultsOnNil || row.addressing !== "base" || v.aux !== null) continue;
      if (v.auxInt < 0 || v.auxInt >= firstPage) continue;
      const base = v.args[row.resultInArg0 ? 1 : 0]!;
      if (!covered.includes(base)) covered.push(base);
    }
    if (!removed) continue;
    let n = 0;
    for (const v of values) {
      if (v.op === AMD64.LoweredNilCheck && v.mark === -1) v.resetArgs();
      else values[n++] = v;
    }
    values.length = n;
  }
}
