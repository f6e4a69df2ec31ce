// Closures, defer, go.
import {
  Abi,
  type ClosureSite,
  type DeferSite,
  type Func,
  FuncFlag,
  maxImplicitStack,
  Op,
  type SType,
  type Value,
} from "../core/index.ts";
import { newObject } from "./alloc.ts";
import type { Expander } from "./expand.ts";

/** Offsets of the captured variables in a closure object: the code address, then they in order. Private to the compiler. */
function closureOffsets(types: readonly SType[]): number[] {
  const offsets: number[] = [];
  let at = 8;
  for (const t of types) {
    at = Math.ceil(at / t.align) * t.align;
    offsets.push(at);
    at += t.size;
  }
  return offsets;
}

export function expandMakeClosure(x: Expander, v: Value): true {
  const site = v.aux as ClosureSite;
  const t = x.cx.types;
  const fnType = v.type.members[0]!;
  const mem = v.memArg;
  if (site.types.length === 0) return x.replaceTuple(v, [x.valAux(Op.FuncValue, fnType, 0, site.fn), mem]);
  const object = t.structOf([
    { name: "F", type: t.uintptr },
    ...site.types.map((type, i) => ({ name: `X${i}`, type })),
  ]);
  let p: Value;
  let m: Value;
  if (!site.escapes && object.size <= maxImplicitStack) {
    const d = x.define(x.newAuto(".closure", object), mem);
    p = d.addr;
    m = d.mem;
  } else {
    [p, m] = newObject(x, object, t.pointerTo(object), mem);
  }
  const code = x.valAux(Op.FuncPC, t.uintptr, Abi.ABIInternal, site.fn);
  m = x.store(t.uintptr, x.offPtr(p, 0, t.pointerTo(t.uintptr)), code, m);
  const offsets = closureOffsets(site.types);
  for (let i = 0; i < site.types.length; i++) {
    const type = site.types[i]!;
    m = x.store(type, x.offPtr(p, offsets[i]!, t.pointerTo(type)), v.args[i]!, m);
  }
  return x.replaceTuple(v, [x.val(Op.Bitcast, fnType, p), m]);
}

/**
 * Reads a captured variable. Closure objects do not change, so the read may take the memory of the function's start
 * wherever it stands.
 */
export function expandFreeVar(x: Expander, v: Value): true {
  const { f, cx } = x;
  const t = cx.types;
  f.flags |= FuncFlag.NeedCtxt;
  const types = f.captures;
  if (v.auxInt >= types.length) throw new Error(`captured variable ${v.auxInt} of ${f.name} is unknown`);
  const offset = closureOffsets(types)[v.auxInt]!;
  const type = types[v.auxInt]!;
  const closure = entryValue(f, Op.ClosurePtr, t.unsafePtr);
  const mem = entryValue(f, Op.InitMem, t.mem);
  const p = x.offPtr(closure, offset, t.pointerTo(type));
  v.reset(type.canSSA ? Op.Load : Op.Deref);
  v.addArg(p);
  v.addArg(mem);
  return x.keep(v);
}

/** The one value of an operation at the function's entry, made if there is none yet. */
export function entryValue(f: Func, op: Op, type: SType): Value {
  for (const v of f.entry.values) if (v.op === op) return v;
  const v = f.entry.newValue(op, type, f.startPos);
  f.entry.values.pop();
  f.entry.values.unshift(v);
  return v;
}

const deferSize = 48;
const deferFn = 24;

export function expandDefer(x: Expander, v: Value): true {
  const site = v.aux as DeferSite;
  const t = x.cx.types;
  const [fn, mem] = v.args as [Value, Value];
  if (site.inLoop) {
    const [m] = x.call("deferproc", [t.unsafePtr], [], [x.val(Op.Bitcast, t.unsafePtr, fn)], mem) as [Value];
    return x.replaceBy(v, m);
  }
  // runtime._defer: only fn need be set; the runtime finds the pointer in it by itself, so it counts as pointer-free.
  const d = x.define(x.newAuto(".defer", t.arrayOf(t.uintptr, deferSize / 8)), mem);
  const m = x.store(
    t.unsafePtr,
    x.offPtr(d.addr, deferFn, t.pointerTo(t.unsafePtr)),
    x.val(Op.Bitcast, t.unsafePtr, fn),
    d.mem,
  );
  const p = x.val(Op.Bitcast, t.unsafePtr, d.addr);
  const [m2] = x.call("deferprocStack", [t.unsafePtr], [], [p], m) as [Value];
  return x.replaceBy(v, m2);
}

export function expandGo(x: Expander, v: Value): true {
  const t = x.cx.types;
  const [m] = x.call("newproc", [t.unsafePtr], [], [x.val(Op.Bitcast, t.unsafePtr, v.args[0]!)], v.memArg) as [Value];
  return x.replaceBy(v, m);
}

export function expandRunDefers(x: Expander, v: Value): true {
  const [m] = x.call("deferreturn", [], [], [], v.memArg) as [Value];
  return x.replaceBy(v, m);
}
