// append in its three forms (cmd/compile/internal/ssagen: append, walk/assign.go: extendSlice, appendSlice).
import { type AllocSite, type Func, Kind, Op, type SType, type Value } from "../core/index.ts";
import type { Expander } from "./expand.ts";

const wordSize = 8;

interface Grown {
  /** Old or new array. */
  ptr: Value;
  cap: Value;
  mem: Value;
}

/** Makes room: growslice(oldPtr, newLen, oldCap, num, type) unless newLen fits the capacity (compared without sign, so that an overflown length goes to growslice, which panics). */
function grow(
  x: Expander,
  elem: SType,
  s: Value,
  newLen: Value,
  num: Value,
  mem: Value,
  home: Value | null = null,
): Grown {
  const t = x.cx.types;
  const pt = t.pointerTo(elem);
  const ptr = x.val(Op.SlicePtr, pt, s);
  const cap = x.val(Op.SliceCap, t.int, s);
  const fits = x.val(Op.Le, t.bool, x.val(Op.Bitcast, t.uint64, newLen), x.val(Op.Bitcast, t.uint64, cap));
  const from = x.branch(fits, 1);
  const after = x.newBlock();
  x.cur = from.yes;
  x.goTo(after);
  x.cur = from.no;
  const slice = t.sliceOf(t.uint8);
  const [grown, m] = x.call(
    "growslice",
    [t.unsafePtr, t.int, t.int, t.int, t.unsafePtr],
    [slice],
    [x.val(Op.Bitcast, t.unsafePtr, ptr), newLen, cap, num, x.typeAddr(elem)],
    mem,
  ) as [Value, Value];
  const newPtr = x.val(Op.Bitcast, pt, x.val(Op.SlicePtr, t.pointerTo(t.uint8), grown));
  const newCap = x.val(Op.SliceCap, t.int, grown);
  let changed = m;
  if (home !== null) {
    changed = x.store(pt, x.offPtr(home, 0, t.pointerTo(pt)), newPtr, changed);
    changed = x.store(t.int, x.offPtr(home, 2 * wordSize, t.pointerTo(t.int)), newCap, changed);
  }
  x.goTo(after);
  x.cur = after;
  return { ptr: x.phi(pt, ptr, newPtr), cap: x.phi(t.int, cap, newCap), mem: x.phi(t.mem, mem, changed) };
}

export function expandAppend(x: Expander, v: Value): true {
  const site = v.aux as AllocSite;
  const elem = site.type;
  const t = x.cx.types;
  const s = v.args[0]!;
  const n = v.args.length - 2;
  const slice = v.type.members[0]!;
  if (n === 0) return x.replaceTuple(v, [s, v.memArg]);
  const len = x.val(Op.SliceLen, t.int, s);
  const newLen = x.val(Op.Add, t.int, len, x.int(n));
  const home = x.homes.get(v) ?? null;
  const g = grow(x, elem, s, newLen, x.int(n), v.memArg, home);
  let mem = g.mem;
  if (home !== null) mem = x.store(t.int, x.offPtr(home, wordSize, t.pointerTo(t.int)), newLen, mem);
  const first = x.val(Op.PtrIndex, t.pointerTo(elem), g.ptr, len);
  for (let i = 0; i < n; i++) {
    mem = x.store(elem, x.offPtr(first, i * elem.size), v.args[i + 1]!, mem);
  }
  return x.replaceTuple(v, [x.val(Op.SliceMake, slice, g.ptr, newLen, g.cap), mem]);
}

export function expandAppendSlice(x: Expander, v: Value): true {
  const site = v.aux as AllocSite;
  const elem = site.type;
  const t = x.cx.types;
  const [s, from, mem0] = v.args as [Value, Value, Value];
  const slice = v.type.members[0]!;
  const isString = from.type.kind === Kind.String;
  const src = x.val(isString ? Op.StringPtr : Op.SlicePtr, t.pointerTo(elem), from);
  const num = x.val(isString ? Op.StringLen : Op.SliceLen, t.int, from);
  const len = x.val(Op.SliceLen, t.int, s);
  const newLen = x.val(Op.Add, t.int, len, num);
  const g = grow(x, elem, s, newLen, num, mem0);
  const dst = x.val(Op.Bitcast, t.unsafePtr, x.val(Op.PtrIndex, t.pointerTo(elem), g.ptr, len));
  const srcPtr = x.val(Op.Bitcast, t.unsafePtr, src);
  let mem: Value;
  if (elem.hasPointers) {
    mem = x.call(
      "typedslicecopy",
      [t.unsafePtr, t.unsafePtr, t.int, t.unsafePtr, t.int],
      [t.int],
      [x.typeAddr(elem), dst, num, srcPtr, num],
      g.mem,
    )[1]!;
  } else {
    mem = x.call(
      "memmove",
      [t.unsafePtr, t.unsafePtr, t.uintptr],
      [],
      [dst, srcPtr, byteCount(x, num, elem)],
      g.mem,
    )[0]!;
  }
  return x.replaceTuple(v, [x.val(Op.SliceMake, slice, g.ptr, newLen, g.cap), mem]);
}

function byteCount(x: Expander, n: Value, elem: SType): Value {
  const t = x.cx.types;
  return x.val(Op.Bitcast, t.uintptr, x.val(Op.Mul, t.int, n, x.int(elem.size)));
}

export function expandAppendZeros(x: Expander, v: Value): true {
  const site = v.aux as AllocSite;
  const elem = site.type;
  const t = x.cx.types;
  const [s, n, mem0] = v.args as [Value, Value, Value];
  const slice = v.type.members[0]!;
  const negative = x.val(Op.Lt, t.bool, n, x.int(0));
  const { yes, no } = x.branch(negative, -1);
  x.cur = yes;
  const [pm] = x.call("panicmakeslicelen", [], [], [], mem0) as [Value];
  x.exit(pm);
  x.cur = no;
  const len = x.val(Op.SliceLen, t.int, s);
  const newLen = x.val(Op.Add, t.int, len, n);
  const g = grow(x, elem, s, newLen, n, mem0);
  const dst = x.val(Op.Bitcast, t.unsafePtr, x.val(Op.PtrIndex, t.pointerTo(elem), g.ptr, len));
  const clear = elem.hasPointers ? "memclrHasPointers" : "memclrNoHeapPointers";
  const [mem] = x.call(clear, [t.unsafePtr, t.uintptr], [], [dst, byteCount(x, n, elem)], g.mem) as [Value];
  return x.replaceTuple(v, [x.val(Op.SliceMake, slice, g.ptr, newLen, g.cap), mem]);
}

/**
 * Appends to a slice in memory whose result is stored where the slice came from, with the address of that place; and these
 * stores, which go: the length is set, and only an array that has grown changes pointer and capacity, so that no barrier is
 * needed otherwise (cmd/compile/internal/ssagen: append in place).
 */
export function appendsInPlace(f: Func): { homes: Map<Value, Value>; stores: Set<Value> } {
  const homes = new Map<Value, Value>();
  const stores = new Set<Value>();
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.op !== Op.Store) continue;
      const [addr, x, mem] = v.args as [Value, Value, Value];
      if (x.op !== Op.SelectN || mem.op !== Op.SelectN || x.args[0] !== mem.args[0]) continue;
      const append = x.args[0]!;
      if (append.op !== Op.Append || append.args.length <= 2 || mem.auxInt !== 1 || homes.has(append)) continue;
      const from = append.args[0]!;
      if (from.op !== Op.Load || from.memArg !== append.memArg || !sameAddress(addr, from.args[0]!, 8)) continue;
      homes.set(append, from.args[0]!);
      stores.add(v);
    }
  }
  return { homes, stores };
}

/** Whether two pointers or indices are surely equal, both being valid. */
function sameAddress(a: Value, b: Value, depth: number): boolean {
  const x = checked(a);
  const y = checked(b);
  if (x === y) return true;
  if (depth === 0 || x.op !== y.op || x.type !== y.type || x.auxInt !== y.auxInt || x.aux !== y.aux) return false;
  switch (x.op) {
    case Op.OffPtr:
      return sameAddress(x.args[0]!, y.args[0]!, depth - 1);
    case Op.PtrIndex:
      return sameAddress(x.args[0]!, y.args[0]!, depth - 1) && sameAddress(x.args[1]!, y.args[1]!, depth - 1);
    case Op.SlicePtr:
      return sameAddress(x.args[0]!, y.args[0]!, depth - 1);
    case Op.Load:
      return x.memArg === y.memArg && sameAddress(x.args[0]!, y.args[0]!, depth - 1);
    case Op.LocalAddr:
    case Op.Addr:
      return true;
    case Op.ConstInt:
      return x.auxHi === y.auxHi;
  }
  return false;
}

function checked(v: Value): Value {
  let x = v;
  while (x.op === Op.NilCheck || x.op === Op.Guard || x.op === Op.Copy || x.op === Op.BoundsCheck) x = x.args[0]!;
  return x;
}
