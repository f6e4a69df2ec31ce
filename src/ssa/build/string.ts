import { type Expr, Kind as Node, type Operation, Operator, unparen } from "#syntax";
import { AllocSite, Op, type Value } from "../core/index.ts";
import { expr } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

/** x + y + … of strings in one operation. */
export function concat(b: FuncBuilder, e: Operation): Value {
  const t = b.exprType(e);
  const operands: Value[] = [];
  collect(b, e, operands);
  return concatValues(b, operands, t);
}

export function concatValues(b: FuncBuilder, operands: readonly Value[], t: Value["type"]): Value {
  const list: Value[] = [];
  for (const v of operands) {
    const last = list[list.length - 1];
    if (v.op === Op.ConstString && v.aux === "") continue;
    if (v.op === Op.ConstString && last !== undefined && last.op === Op.ConstString) {
      list[list.length - 1] = b.f.constString(t, (last.aux as string) + (v.aux as string));
    } else list.push(v);
  }
  if (list.length === 0) return b.f.constString(t, "");
  if (list.length === 1) return list[0]!.type === t ? list[0]! : b.val(Op.Bitcast, t, list[0]!);
  return b.produce(Op.Concat, t, 0, new AllocSite(b.types.string, "concat", "", b.pos, b.loopDepth), ...list);
}

function collect(b: FuncBuilder, e: Expr, out: Value[]): void {
  const u = unparen(e);
  if (u.kind === Node.Operation && u.op === Operator.Add && u.y !== null && b.constOf(u) === null) {
    collect(b, u.x, out);
    collect(b, u.y, out);
  } else out.push(expr(b, u));
}
