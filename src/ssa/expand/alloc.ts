// Allocation: variables, new, composite literals, make.
import { type AllocSite, Op, type SType, type Value } from "../core/index.ts";
import type { Expander } from "./expand.ts";

export function zeroBase(x: Expander, type: SType): Value {
  return x.valAux(Op.Addr, type, 0, x.cx.symRef({ kind: "runtime", name: "zerobase" }));
}

/** A zeroed object on the heap: pointer and memory. */
export function newObject(x: Expander, type: SType, ptr: SType, mem: Value): [Value, Value] {
  const t = x.cx.types;
  const [p, m] = x.call("newobject", [t.unsafePtr], [t.unsafePtr], [x.typeAddr(type)], mem) as [Value, Value];
  return [x.val(Op.Bitcast, ptr, p), m];
}

export function expandAlloc(x: Expander, v: Value): true {
  const site = v.aux as AllocSite;
  const type = site.type;
  const ptr = v.type.members[0]!;
  const mem = v.memArg;
  if (type.size === 0) return x.replaceTuple(v, [zeroBase(x, ptr), mem]);
  if (!site.escapes && site.fitsFrame(type.size)) {
    const d = x.define(x.newAuto(site.name === "" ? ".tmp" : site.name, type), mem);
    return x.replaceTuple(v, [d.addr, x.zero(type, d.addr, d.mem)]);
  }
  return x.replaceTuple(v, newObject(x, type, ptr, mem));
}

export function expandMakeSlice(x: Expander, v: Value): true {
  const site = v.aux as AllocSite;
  const elem = site.type;
  const t = x.cx.types;
  const slice = v.type.members[0]!;
  const [len, cap, mem] = v.args as [Value, Value, Value];
  const c = smallConst(cap);
  if (c >= 0 && !site.escapes && site.fitsFrame(c * elem.size)) {
    let m = mem;
    const l = smallConst(len);
    if (len !== cap && (l < 0 || l > c)) m = checkLength(x, len, cap, m);
    if (c * elem.size === 0) {
      return x.replaceTuple(v, [x.val(Op.SliceMake, slice, zeroBase(x, t.pointerTo(elem)), len, cap), m]);
    }
    const d = x.define(x.newAuto(".arr", t.arrayOf(elem, c)), m);
    m = x.zero(t.arrayOf(elem, c), d.addr, d.mem);
    const p = x.val(Op.Bitcast, t.pointerTo(elem), d.addr);
    return x.replaceTuple(v, [x.val(Op.SliceMake, slice, p, len, cap), m]);
  }
  const [p, m] = x.call("makeslice", [t.unsafePtr, t.int, t.int], [t.unsafePtr], [x.typeAddr(elem), len, cap], mem) as [
    Value,
    Value,
  ];
  const q = x.val(Op.Bitcast, t.pointerTo(elem), p);
  return x.replaceTuple(v, [x.val(Op.SliceMake, slice, q, len, cap), m]);
}

/** Panics unless 0 <= len <= cap, where cap is a constant that is not negative. */
function checkLength(x: Expander, len: Value, cap: Value, mem: Value): Value {
  const t = x.cx.types;
  const u = x.val(Op.Bitcast, t.uint64, len);
  const ok = x.val(Op.Le, t.bool, u, x.val(Op.Bitcast, t.uint64, cap));
  const { yes, no } = x.branch(ok, 1);
  x.cur = no;
  const why = x.branch(x.val(Op.Lt, t.bool, len, x.int(0)), -1);
  x.cur = why.yes;
  const [negative] = x.call("panicmakeslicelen", [], [], [], mem) as [Value];
  x.exit(negative);
  x.cur = why.no;
  const [large] = x.call("panicmakeslicecap", [], [], [], mem) as [Value];
  x.exit(large);
  x.cur = yes;
  return mem;
}

/** The value of a constant in 0..2^31-1; -1 for all else. */
export function smallConst(v: Value): number {
  if (v.op === Op.ConstInt && v.auxHi === 0 && v.auxInt >= 0) return v.auxInt;
  return -1;
}

export function expandMakeMap(x: Expander, v: Value): true {
  const site = v.aux as AllocSite;
  const t = x.cx.types;
  const map = v.type.members[0]!;
  const mem = v.memArg;
  const hint = v.args.length > 1 ? v.args[0]! : null;
  // A negative hint counts as zero; a group holds eight.
  const small =
    hint === null ||
    (hint.op === Op.ConstInt && (hint.auxHi < 0 || (hint.auxHi === 0 && hint.auxInt >= 0 && hint.auxInt <= 8)));
  const [p, m] = (
    small
      ? x.call("makemap_small", [], [t.unsafePtr], [], mem)
      : x.call(
          "makemap",
          [t.unsafePtr, t.int, t.unsafePtr],
          [t.unsafePtr],
          [x.typeAddr(site.type), hint!, x.f.constNil(t.unsafePtr)],
          mem,
        )
  ) as [Value, Value];
  return x.replaceTuple(v, [x.val(Op.Bitcast, map, p), m]);
}

export function expandMakeChan(x: Expander, v: Value): true {
  const site = v.aux as AllocSite;
  const t = x.cx.types;
  const [p, m] = x.call(
    "makechan",
    [t.unsafePtr, t.int],
    [t.unsafePtr],
    [x.typeAddr(site.type), v.args[0]!],
    v.memArg,
  ) as [Value, Value];
  return x.replaceTuple(v, [x.val(Op.Bitcast, v.type.members[0]!, p), m]);
}
