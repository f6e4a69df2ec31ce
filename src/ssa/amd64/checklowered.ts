import { InternalError } from "#base";
import { BlockKind, type Func, Op, valueString } from "../core/index.ts";
import { machineOp } from "./table.ts";

/** Operations above the machine that register allocation and emission know. */
const kept = new Set<number>([
  Op.Phi,
  Op.Copy,
  Op.SelectN,
  Op.InitMem,
  Op.MakeResult,
  Op.VarDef,
  Op.VarLive,
  Op.KeepAlive,
]);

/** Throws if an operation or block kind is left that the machine does not have. */
export function checkLowered(f: Func): void {
  for (const b of f.blocks) {
    if (b.kind === BlockKind.If || b.kind === BlockKind.JumpTable) {
      throw new InternalError("ssa/lower", f.name, `${b} still branches on a bool`);
    }
    for (const v of b.values) {
      const row = machineOp(v.op);
      if (row === undefined && !kept.has(v.op)) {
        throw new InternalError("ssa/lower", f.name, `not a machine operation: ${valueString(v)}`);
      }
      if (row !== undefined && !row.isCall && row.inputs.length !== v.args.length) {
        throw new InternalError("ssa/lower", f.name, `wrong number of arguments: ${valueString(v)}`);
      }
    }
  }
}
