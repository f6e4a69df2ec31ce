import {
  type ConvSite,
  type Func,
  FuncFlag,
  type FuncRef,
  type MethodRef,
  Op,
  type SType,
  type Value,
} from "../core/index.ts";

/** The function that method m of an interface is if the value in the interface is of this type; null: there is none. */
export type MethodOf = (type: SType, m: MethodRef) => FuncRef | null;

/**
 * Calls of interface methods whose receiver is seen to be made from a concrete type, and of func values that are seen to be
 * a declared function, become static calls (cmd/compile/internal/devirtualize): they can be inlined, and escape analysis knows
 * what they do. Returns them.
 */
export function devirtualize(f: Func, methodOf: MethodOf): Value[] {
  const calls: Value[] = [];
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.op === Op.ClosureCall) {
        const fn = functionOf(v.args[0]!, 0);
        // What is declared here without a body may be nowhere but in its func value.
        if (fn === null || !isDeclared(fn) || (fn.body === null && fn.pkg === f.ref.pkg)) continue;
        const args = v.args.slice(1);
        v.reset(Op.StaticCall);
        for (const a of args) v.addArg(a);
        v.aux = fn;
        calls.push(v);
        continue;
      }
      if (v.op !== Op.InterCall) continue;
      const made = conversionOf(v.args[0]!, 0);
      if (made === null) continue;
      const from = (made.aux as ConvSite).from;
      const fn = from.canSSA && from.go !== null ? methodOf(from, v.aux as MethodRef) : null;
      const receiver = made.args[0]!;
      if (fn === null || !isDeclared(fn) || fn.sig.params[0] !== receiver.type) continue;
      v.op = Op.StaticCall;
      v.aux = fn;
      v.setArg(0, receiver);
      calls.push(v);
    }
  }
  return calls;
}

/** Wrappers are known only where they are made, and a call must become the same wherever it is compiled. */
function isDeclared(fn: FuncRef): boolean {
  return (fn.flags & FuncFlag.Wrapper) === 0;
}

const maxDepth = 10;

/** The conversion from a concrete type that an interface value comes from, perhaps by way of other interfaces; or null. */
function conversionOf(iface: Value, depth: number): Value | null {
  if (depth > maxDepth) return null;
  switch (iface.op) {
    case Op.Copy:
      return conversionOf(iface.args[0]!, depth + 1);
    case Op.SelectN:
      return iface.args[0]!.op === Op.MakeIface ? iface.args[0]! : null;
    case Op.IfaceMake: {
      // Another table for the same data.
      const data = iface.args[1]!;
      return data.op === Op.IfaceData ? conversionOf(data.args[0]!, depth + 1) : null;
    }
    case Op.Phi: {
      let made: Value | null = null;
      for (const a of iface.args) {
        if (a === iface) continue;
        const m = conversionOf(a, depth + 1);
        if (m === null || (made !== null && m !== made)) return null;
        made = m;
      }
      return made;
    }
  }
  return null;
}

/** The declared function that a func value is; or null. */
function functionOf(value: Value, depth: number): FuncRef | null {
  if (depth > maxDepth) return null;
  switch (value.op) {
    case Op.Copy:
    case Op.NilCheck:
      return functionOf(value.args[0]!, depth + 1);
    case Op.FuncValue:
      return value.aux as FuncRef;
    case Op.Phi: {
      let fn: FuncRef | null = null;
      for (const a of value.args) {
        if (a === value) continue;
        const one = functionOf(a, depth + 1);
        if (one === null || (fn !== null && one !== fn)) return null;
        fn = one;
      }
      return fn;
    }
  }
  return null;
}
