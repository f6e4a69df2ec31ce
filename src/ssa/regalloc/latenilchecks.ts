import { AMD64, machineOp } from "../amd64/index.ts";
import { type Func, Kind, Op, opInfo, type Value } from "../core/index.ts";

/** Addresses below this are never mapped: what faults there becomes a nil dereference panic (internal/abi: minimum page). */
const firstPage = 4096;

/**
 * Removes nil checks that the next access through the same pointer does as well, because it faults. Between the two there may
 * be nothing that changes memory or can panic in another way. Runs on scheduled code.
 */
export function removeLateNilChecks(f: Func): void {
  /** Pointers that are looked through later, and what does so first. */
  const covered: Value[] = [];
  const access: Value[] = [];
  for (const b of f.blocks) {
    covered.length = access.length = 0;
    let removed = false;
    const values = b.values;
    for (let i = values.length - 1; i >= 0; i--) {
      const v = values[i]!;
      if (v.op === AMD64.LoweredNilCheck) {
        const p = v.args[0]!;
        const k = covered.indexOf(p);
        if (k >= 0) {
          v.mark = -1;
          removed = true;
          takePosition(access[k]!, v);
        } else {
          covered.push(p);
          access.push(v);
        }
        continue;
      }
      const info = opInfo(v.op);
      if ((info.writesMem && v.op !== Op.VarDef && v.op !== Op.VarLive) || info.pinned)
        covered.length = access.length = 0;
      const row = machineOp(v.op);
      if (row === undefined || !row.faultsOnNil || row.addressing !== "base" || v.aux !== null) continue;
      if (v.auxInt < 0 || v.auxInt >= firstPage) continue;
      const base = v.args[row.resultInArg0 ? 1 : 0]!;
      const k = covered.indexOf(base);
      if (k >= 0) access[k] = v;
      else {
        covered.push(base);
        access.push(v);
      }
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

/** Tracebacks show where the check was, which may be outside of the inlined function whose access now faults. */
function takePosition(access: Value, check: Value): void {
  if (access.type.kind === Kind.Mem) return;
  access.pos = check.pos;
  access.inl = check.inl;
}
