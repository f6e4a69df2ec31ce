import type { Context } from "../context.ts";
import { CallInfo, type Func, Op, SymRef, type SType, type Value } from "../core/index.ts";
import { copyelim } from "./copyelim.ts";
import { Rewriter } from "./rewriter.ts";

/** Objects of up to so many bytes are compared by at most two loads each. */
const maxBytes = 16;

/** Comparisons of few bytes, as many as a constant says, are loads and comparisons of integers instead of calls. */
export function smallEqual(f: Func, cx: Context): void {
  if (!f.blocks.some((b) => b.values.some((v) => constantSize(v) >= 0))) return;
  new SmallEqual(f, cx).run();
  copyelim(f);
}

/** How many bytes a call compares, if they are few; else -1. */
function constantSize(v: Value): number {
  if (v.op !== Op.StaticCall || !(v.aux instanceof CallInfo) || v.aux.fn?.name !== "runtime.memequal") return -1;
  let n = v.args[2]!;
  if (n.op === Op.Bitcast || n.op === Op.Copy) n = n.args[0]!;
  return n.op === Op.ConstInt && n.auxHi === 0 && n.auxInt >= 0 && n.auxInt <= maxBytes ? n.auxInt : -1;
}

class SmallEqual extends Rewriter {
  protected rewrite(v: Value): boolean {
    const n = constantSize(v);
    if (n < 0) return false;
    const { types } = this.cx;
    const [p, q] = v.args as [Value, Value];
    const mem = v.memArg;
    if (n === 0) return this.replaceTuple(v, [this.f.constBool(types.bool, true), mem]);
    // The largest power of two that is not larger; a second load of that size overlaps the first.
    const size = n >= 8 ? 8 : n >= 4 ? 4 : n >= 2 ? 2 : 1;
    const t = size === 8 ? types.uint64 : size === 4 ? types.uint32 : size === 2 ? types.uint16 : types.uint8;
    const x = this.part(p, 0, t, mem);
    const y = this.part(q, 0, t, mem);
    let equal: Value;
    if (size === n) {
      equal = this.val(Op.Eq, types.bool, x, y);
    } else {
      const first = this.val(Op.Xor, t, x, y);
      const second = this.val(Op.Xor, t, this.part(p, n - size, t, mem), this.part(q, n - size, t, mem));
      equal = this.val(Op.Eq, types.bool, this.val(Op.Or, t, first, second), this.f.constInt(t, 0));
    }
    return this.replaceTuple(v, [equal, mem]);
  }

  /** An integer at an offset; a constant if it is of a constant string. */
  private part(p: Value, offset: number, t: SType, mem: Value): Value {
    const s = p.op === Op.Bitcast ? p.args[0]! : p;
    if (s.op === Op.Addr && s.auxInt === 0 && s.aux instanceof SymRef && s.aux.target.kind === "string") {
      const { bytes } = s.aux.target;
      let n = 0n;
      for (let i = t.size - 1; i >= 0; i--) n = (n << 8n) | BigInt(bytes.charCodeAt(offset + i));
      return this.f.constInt64(t, Number(BigInt.asIntN(32, n)), Number(BigInt.asIntN(32, n >> 32n)));
    }
    return this.load(t, this.offPtr(p, offset, this.cx.types.pointerTo(t)), mem);
  }
}
