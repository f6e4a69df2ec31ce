// Strings made from others and from slices (cmd/compile/internal/walk: addStr, byteString…).
import { type AllocSite, Op, type StringConvSite, type SType, type Value } from "../core/index.ts";
import type { Expander } from "./expand.ts";

/** runtime.tmpBuf: results of this size that do not escape need no allocation. */
const tmpBuf = 32;

/** A buffer on the stack if the result does not escape, else nil: its address, and the memory after. */
function buffer(x: Expander, escapes: boolean, elem: SType, n: number, mem: Value): [Value, Value] {
  const t = x.cx.types;
  if (escapes) return [x.f.constNil(t.unsafePtr), mem];
  const d = x.define(x.newAuto(".buf", t.arrayOf(elem, n)), mem);
  return [x.val(Op.Bitcast, t.unsafePtr, d.addr), d.mem];
}

export function expandConcat(x: Expander, v: Value): true {
  const site = v.aux as AllocSite;
  const t = x.cx.types;
  const n = v.args.length - 1;
  const type = v.type.members[0]!;
  const operands = v.args.slice(0, n).map((a) => (a.type === t.string ? a : x.val(Op.Bitcast, t.string, a)));
  let constLength = 0;
  for (const a of v.args) if (a.op === Op.ConstString) constLength += (a.aux as string).length;
  let [buf, mem] = buffer(x, site.escapes || constLength > tmpBuf, t.uint8, tmpBuf, v.memArg);
  let result: Value;
  if (n <= 5) {
    const params = [t.unsafePtr, ...operands.map(() => t.string)];
    [result, mem] = x.call(`concatstring${n}`, params, [t.string], [buf, ...operands], mem) as [Value, Value];
  } else {
    const array = t.arrayOf(t.string, n);
    const d = x.define(x.newAuto(".strs", array), mem);
    mem = d.mem;
    const p = x.val(Op.Bitcast, t.pointerTo(t.string), d.addr);
    operands.forEach((a, i) => {
      mem = x.store(t.string, x.offPtr(p, 16 * i), a, mem);
    });
    const slice = t.sliceOf(t.string);
    const s = x.val(Op.SliceMake, slice, p, x.int(n), x.int(n));
    [result, mem] = x.call("concatstrings", [t.unsafePtr, slice], [t.string], [buf, s], mem) as [Value, Value];
  }
  return x.replaceTuple(v, [type === t.string ? result : x.val(Op.Bitcast, type, result), mem]);
}

export function expandStringConv(x: Expander, v: Value): true {
  const site = v.aux as StringConvSite;
  const t = x.cx.types;
  const [from, mem0] = v.args as [Value, Value];
  const type = v.type.members[0]!;
  const cast = (r: Value): Value => (r.type === type ? r : x.val(Op.Bitcast, type, r));
  const bytes = t.sliceOf(t.uint8);
  const runes = t.sliceOf(t.int32);
  const bytePtr = t.pointerTo(t.uint8);
  switch (site.kind) {
    case "bytesToStringTmp": {
      const p = x.val(Op.SlicePtr, bytePtr, from);
      const n = x.val(Op.SliceLen, t.int, from);
      return x.replaceTuple(v, [x.val(Op.StringMake, type, p, n), mem0]);
    }
    case "bytesToString": {
      const [buf, m] = buffer(x, site.escapes, t.uint8, tmpBuf, mem0);
      const p = x.val(Op.SlicePtr, bytePtr, from);
      const n = x.val(Op.SliceLen, t.int, from);
      const [s, mem] = x.call("slicebytetostring", [t.unsafePtr, bytePtr, t.int], [t.string], [buf, p, n], m) as [
        Value,
        Value,
      ];
      return x.replaceTuple(v, [cast(s), mem]);
    }
    case "stringToBytes": {
      const [buf, m] = buffer(x, site.escapes, t.uint8, tmpBuf, mem0);
      const s = from.type === t.string ? from : x.val(Op.Bitcast, t.string, from);
      const [b, mem] = x.call("stringtoslicebyte", [t.unsafePtr, t.string], [bytes], [buf, s], m) as [Value, Value];
      return x.replaceTuple(v, [cast(b), mem]);
    }
    case "runesToString": {
      const [buf, m] = buffer(x, site.escapes, t.uint8, tmpBuf, mem0);
      const r = from.type === runes ? from : x.val(Op.Bitcast, runes, from);
      const [s, mem] = x.call("slicerunetostring", [t.unsafePtr, runes], [t.string], [buf, r], m) as [Value, Value];
      return x.replaceTuple(v, [cast(s), mem]);
    }
    case "stringToRunes": {
      const [buf, m] = buffer(x, site.escapes, t.int32, tmpBuf, mem0);
      const s = from.type === t.string ? from : x.val(Op.Bitcast, t.string, from);
      const [r, mem] = x.call("stringtoslicerune", [t.unsafePtr, t.string], [runes], [buf, s], m) as [Value, Value];
      return x.replaceTuple(v, [cast(r), mem]);
    }
    case "intToString": {
      const [buf, m] = buffer(x, site.escapes, t.uint8, 4, mem0);
      const n = from.type === t.int64 || from.type === t.int ? from : x.val(Op.Convert, t.int64, from);
      const [s, mem] = x.call("intstring", [t.unsafePtr, t.int64], [t.string], [buf, n], m) as [Value, Value];
      return x.replaceTuple(v, [cast(s), mem]);
    }
  }
}
