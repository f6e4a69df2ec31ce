import { type ClosureSite, copySource, type Func, Op, type Value } from "../core/index.ts";

/**
 * Function literals see what is captured by value and constant as that constant (cmd/compile/internal/ir: StaticValue, which
 * looks through captured variables): then nothing is allocated for its conversion to an interface.
 */
export function propagateCaptures(f: Func): void {
  if (f.closures.length === 0) return;
  const makers = new Map<Func, Value[]>();
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.op !== Op.MakeClosure) continue;
      const literal = (v.aux as ClosureSite).func;
      if (literal === null) continue;
      const known = makers.get(literal);
      if (known === undefined) makers.set(literal, [v]);
      else known.push(v);
    }
  }
  for (const [literal, made] of makers) {
    if (made.length !== 1 || !f.closures.includes(literal)) continue;
    const constants = made[0]!.args.slice(0, -1).map(constantOf);
    if (constants.every((c) => c === null)) continue;
    for (const b of literal.blocks) {
      for (const v of b.values) {
        const c = v.op === Op.FreeVar ? (constants[v.auxInt] ?? null) : null;
        if (c === null || c.type !== v.type) continue;
        v.op = c.op;
        v.auxInt = c.auxInt;
        v.auxHi = c.auxHi;
        v.aux = c.aux;
      }
    }
  }
}

function constantOf(x: Value): Value | null {
  const v = copySource(x);
  switch (v.op) {
    case Op.ConstBool:
    case Op.ConstInt:
    case Op.ConstFloat:
    case Op.ConstString:
    case Op.ConstNil:
      return v;
  }
  return null;
}
