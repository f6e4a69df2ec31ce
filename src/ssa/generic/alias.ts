import { type FuncRef, Op, CallInfo, type Value } from "../core/index.ts";
import { AMD64 } from "../amd64/ops.ts";

/** Where a pointer points: an object that is told apart from others, and an offset in it. */
export interface Place {
  /** Local, Global or SymRef, the call that made the object, the stack pointer; or the unknown pointer itself. */
  readonly base: object | string;
  readonly kind: "local" | "global" | "new" | "sp" | "unknown";
  /** -1: somewhere in the object. */
  readonly offset: number;
}

/** Follows a pointer to what it is computed from. */
export function placeOf(ptr: Value): Place {
  let p = ptr;
  let offset = 0;
  for (;;) {
    switch (p.op) {
      case Op.OffPtr:
        if (offset >= 0) offset += p.auxInt;
        p = p.args[0]!;
        continue;
      case Op.PtrIndex:
      case Op.AddPtr:
        offset = -1;
        p = p.args[0]!;
        continue;
      case Op.Bitcast:
      case Op.Copy:
      case Op.NilCheck:
      case Op.Guard:
        p = p.args[0]!;
        continue;
      case Op.LocalAddr:
        return { base: p.aux!, kind: "local", offset };
      case Op.Addr:
        return { base: p.aux!, kind: "global", offset: offset < 0 ? -1 : offset + p.auxInt };
      case AMD64.SP:
        return { base: p, kind: "sp", offset };
      case Op.SelectN:
        if (isNewObject(p.args[0]!)) return { base: p, kind: "new", offset };
        return { base: p, kind: "unknown", offset };
    }
    return { base: p, kind: "unknown", offset };
  }
}

/** Whether a value is a call that returns a fresh, zeroed object. */
export function isNewObject(v: Value): boolean {
  if (v.op !== Op.StaticCall) return false;
  const fn = v.aux instanceof CallInfo ? v.aux.fn : (v.aux as FuncRef);
  return fn !== null && fn.name === "runtime.newobject";
}

/** Whether two regions are surely disjoint. */
export function disjoint(a: Place, aSize: number, b: Place, bSize: number): boolean {
  if (a.base === b.base) {
    if (a.offset < 0 || b.offset < 0) return false;
    return a.offset + aSize <= b.offset || b.offset + bSize <= a.offset;
  }
  if (a.kind === "sp" || b.kind === "sp") return true;
  if (a.kind === "unknown" || b.kind === "unknown") return false;
  return true;
}

/** Whether both regions are surely the same. */
export function sameRegion(a: Place, b: Place): boolean {
  return a.base === b.base && a.offset >= 0 && a.offset === b.offset;
}

/** Whether two values are surely the same pointer or index, whatever they wait for. */
export function samePointer(a: Value, b: Value): boolean {
  let x = a;
  let y = b;
  for (;;) {
    x = unguarded(x);
    y = unguarded(y);
    if (x === y) return true;
    if (x.op !== y.op || x.auxInt !== y.auxInt || x.aux !== y.aux || x.type !== y.type) return false;
    if (x.op === Op.PtrIndex) {
      if (unguarded(x.args[1]!) !== unguarded(y.args[1]!)) return false;
    } else if (x.op !== Op.OffPtr) return false;
    x = x.args[0]!;
    y = y.args[0]!;
  }
}

function unguarded(v: Value): Value {
  let x = v;
  while (x.op === Op.Guard || x.op === Op.Copy) x = x.args[0]!;
  return x;
}
