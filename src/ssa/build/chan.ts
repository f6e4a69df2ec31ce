import type { Operation, SendStmt } from "#syntax";
import { type Chan, under } from "#types";
import type { SType, Value } from "../core/index.ts";
import { addrOfValue, expr, exprAs } from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { hoist } from "./hoist.ts";

/** <-c */
export function receive(b: FuncBuilder, e: Operation): Value {
  const c = expr(b, e.x);
  const t = c.type.elem!;
  const p = b.alloc(t, "temp", "");
  b.temps.add(p);
  b.runtime("chanrecv1", c, p);
  return b.load(t, p);
}

/** v, ok = <-c */
export function receiveOk(b: FuncBuilder, e: Operation): [Value, Value] {
  return receiveInto(b, expr(b, e.x));
}

export function receiveInto(b: FuncBuilder, c: Value): [Value, Value] {
  const t: SType = c.type.elem!;
  const p = b.alloc(t, "temp", "");
  b.temps.add(p);
  const ok = b.runtime1("chanrecv2", c, p);
  return [b.load(t, p), ok];
}

/** c <- v */
export function send(b: FuncBuilder, s: SendStmt): void {
  hoist(b, [s.chan, s.value]);
  const c = expr(b, s.chan);
  const elem = (under(b.typeOf(s.chan)) as Chan).elem;
  const v = exprAs(b, s.value, elem);
  b.pos = s.pos;
  b.runtime("chansend1", c, addrOfValue(b, v));
}
