// Atomic operations, and tuples whose members the machine makes in another form.
import { Op, type SType, type Value } from "../core/index.ts";
import { become } from "../rules/support.ts";
import type { Lowering } from "./lower.ts";
import { AMD64 } from "./ops.ts";

/** Before lowering: members of tuples that take work after the machine's operation. */
export function lowerAtomicResults(l: Lowering, v: Value): void {
  const t = l.cx.types;
  const from = v.args[0]!;
  switch (from.op) {
    case Op.AtomicAdd:
      // The machine gives the old contents.
      if (v.auxInt === 0) {
        const old = l.make(v, Op.SelectN, v.type, 0, null, from);
        become(v, v.type.size === 8 ? AMD64.ADDQ : AMD64.ADDL, v.type, 0, 0, null, [old, from.args[1]!]);
      }
      return;
    case Op.Add64Carry:
    case Op.Sub64Borrow:
      if (v.auxInt === 1 && v.type !== t.flags) {
        const flags = l.make(v, Op.SelectN, t.flags, 1, null, from);
        const mask = l.make(v, AMD64.SBBQcarrymask, v.type, 0, null, flags);
        become(v, AMD64.NEGQ, v.type, 0, 0, null, [mask]);
      }
      return;
  }
}

export function lowerAtomic(l: Lowering, v: Value): boolean {
  const t = l.cx.types;
  const size = v.aux !== null ? (v.aux as SType).size : 0;
  const pick = (b: number, w32: number, w64: number): number => (size === 1 ? b : size === 4 ? w32 : w64);
  switch (v.op) {
    case Op.AtomicLoad:
      become(v, pick(AMD64.MOVBatomicload, AMD64.MOVLatomicload, AMD64.MOVQatomicload), v.type, 0, 0, null, [
        ...v.args,
      ]);
      return true;
    case Op.AtomicStore: {
      const [p, x, mem] = v.args as [Value, Value, Value];
      const op = pick(AMD64.XCHGB, AMD64.XCHGL, AMD64.XCHGQ);
      const old = l.make(v, op, t.tuple([x.type, t.mem]), 0, null, x, p, mem);
      become(v, Op.SelectN, t.mem, 1, 0, null, [old]);
      return true;
    }
    case Op.AtomicExchange: {
      const [p, x, mem] = v.args as [Value, Value, Value];
      become(v, pick(AMD64.XCHGB, AMD64.XCHGL, AMD64.XCHGQ), v.type, 0, 0, null, [x, p, mem]);
      return true;
    }
    case Op.AtomicAdd: {
      const [p, x, mem] = v.args as [Value, Value, Value];
      become(v, size === 8 ? AMD64.XADDQlock : AMD64.XADDLlock, v.type, 0, 0, null, [x, p, mem]);
      return true;
    }
    case Op.AtomicCas:
      become(v, size === 8 ? AMD64.CMPXCHGQlock : AMD64.CMPXCHGLlock, v.type, 0, 0, null, [...v.args]);
      return true;
    case Op.AtomicAnd:
      become(v, pick(AMD64.ANDBlock, AMD64.ANDLlock, AMD64.ANDQlock), v.type, 0, 0, null, [...v.args]);
      return true;
    case Op.AtomicOr:
      become(v, pick(AMD64.ORBlock, AMD64.ORLlock, AMD64.ORQlock), v.type, 0, 0, null, [...v.args]);
      return true;
    case Op.AtomicAndOld:
      become(v, size === 8 ? AMD64.LoweredAtomicAnd64 : AMD64.LoweredAtomicAnd32, v.type, 0, 0, null, [...v.args]);
      return true;
    case Op.AtomicOrOld:
      become(v, size === 8 ? AMD64.LoweredAtomicOr64 : AMD64.LoweredAtomicOr32, v.type, 0, 0, null, [...v.args]);
      return true;
  }
  return false;
}
