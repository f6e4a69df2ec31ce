import { type Expr, Kind as Node, type Operation, Operator, unparen } from "#syntax";
import { AllocSite, Op, type SType, type Value } from "../core/index.ts";
import { expr } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";

/** x + y + … of strings in one operation. */
export function concat(b: FuncBuilder, e: Operation): Value {
  const t = b.exprType(e);
  const list: Expr[] = [];
  collect(b, e, list);
  const operands: Value[] = [];
  let constant = false;
  for (const x of list) {
    const v = expr(b, x);
    const isConst = b.constOf(x) !== null;
    if (isConst && v.aux === "") continue;
    const last = operands[operands.length - 1];
    // Only what is constant in the source is joined: two variables that hold constants make a new string.
    if (isConst && constant)
      operands[operands.length - 1] = b.f.constString(t, (last!.aux as string) + (v.aux as string));
    else operands.push(v);
    constant = isConst;
  }
  return concatValues(b, operands, t);
}

export function concatValues(b: FuncBuilder, list: readonly Value[], t: SType): Value {
  if (list.length === 0) return b.f.constString(t, "");
  if (list.length === 1) return list[0]!.type === t ? list[0]! : b.val(Op.Bitcast, t, list[0]!);
  const site = new AllocSite(b.types.string, "concat", "", b.pos, b.loopDepth);
  return b.produce(Op.Concat, t, 0, site, ...list);
}

function collect(b: FuncBuilder, e: Expr, out: Expr[]): void {
  const u = unparen(e);
  if (u.kind === Node.Operation && u.op === Operator.Add && u.y !== null && b.constOf(u) === null) {
    collect(b, u.x, out);
    collect(b, u.y, out);
  } else out.push(u);
}
