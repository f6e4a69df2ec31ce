// Assertions to interface types look into their cache before they call the runtime (internal/abi: TypeAssertCache,
// InterfaceSwitchCache; cmd/compile/internal/ssagen: dottype1, OINTERFACESWITCH).
import { type FuncRef, Op, type Value } from "../core/index.ts";
import type { Expander } from "./expand.ts";

/** Offset of Hash in abi.Type. */
const typeHash = 16;
/** Offset of the first entry of a cache, behind its mask. */
const firstEntry = 8;

/** Size of a cache entry, and where in it the results of the call are; null for other functions. */
function cacheOf(fn: FuncRef): { size: number; results: readonly number[] } | null {
  switch (fn.name) {
    case "runtime.typeAssert":
      return { size: 16, results: [8] };
    case "runtime.interfaceSwitch":
      return { size: 24, results: [8, 16] };
  }
  return null;
}

/** A call of runtime.typeAssert(descriptor, type) or interfaceSwitch; false for other calls. */
export function expandCachedCall(x: Expander, v: Value): boolean {
  const fn = v.aux as FuncRef;
  const cache = cacheOf(fn);
  if (cache === null) return false;
  const t = x.cx.types;
  const [descriptor, type, mem] = v.args as [Value, Value, Value];
  // Entries are found by open addressing from the type's hash; a nil type ends the search.
  const table = x.load(t.unsafePtr, descriptor, mem);
  const mask = x.load(t.uint64, table, mem);
  const hash = x.val(Op.Convert, t.uint64, x.load(t.uint32, x.offPtr(type, typeHash), mem));
  const loop = x.newBlock();
  const end = x.newBlock();
  x.goTo(loop);
  x.cur = loop;
  const h = x.phi(t.uint64, hash);
  const index = x.val(Op.And, t.uint64, h, mask);
  const offset = x.val(Op.Mul, t.uint64, index, x.f.constInt(t.uint64, cache.size));
  const entry = x.val(Op.AddPtr, t.unsafePtr, table, x.val(Op.Bitcast, t.uintptr, offset));
  const found = x.load(t.unsafePtr, x.offPtr(entry, firstEntry), mem);
  const hit = x.branch(x.val(Op.Eq, t.bool, found, x.val(Op.Bitcast, t.unsafePtr, type)), 1);
  x.cur = hit.yes;
  const hits = cache.results.map((at, i) => x.load(v.type.members[i]!, x.offPtr(entry, firstEntry + at), mem));
  x.goTo(end);
  x.cur = hit.no;
  const h2 = x.val(Op.Add, t.uint64, h, x.f.constInt(t.uint64, 1));
  const more = x.branch(x.val(Op.Ne, t.bool, found, x.f.constNil(t.unsafePtr)), 0);
  x.cur = more.yes;
  x.goTo(loop);
  h.addArg(h2);
  x.cur = more.no;
  const call = x.valAux(Op.StaticCall, v.type, 0, fn, descriptor, type, mem);
  const results = v.type.members.map((_, i) => x.select(call, i));
  x.goTo(end);
  x.cur = end;
  const members = cache.results.map((_, i) => x.phi(v.type.members[i]!, hits[i]!, results[i]!));
  members.push(x.phi(t.mem, mem, results[results.length - 1]!));
  return x.replaceTuple(v, members);
}
