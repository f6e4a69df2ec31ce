import { type CallExpr, type Expr, Kind as Node, Operator, type SelectorExpr, unparen } from "#syntax";
import {
  BuiltinId,
  type Func as GoFunc,
  hasPtrRecv,
  Mode,
  SelectionKind,
  type Signature,
  type Type,
  TypeKind,
  under,
} from "#types";
import { FuncFlag, type FuncRef, Kind, Op, type SType, type Value } from "../core/index.ts";
import { buildBuiltin, builtinOf } from "./builtin.ts";
import { assignable, conversion, retype, stringOperand } from "./conv.ts";
import {
  expr,
  exprAs,
  funcOperand,
  nilCheck,
  pathPlace,
  place,
  fieldOf,
  resolveSelection,
  targsOfFunc,
} from "./expr.ts";
import type { FuncBuilder } from "./funcbuilder.ts";
import { hoist } from "./hoist.ts";
import { buildIntrinsic } from "./intrinsics.ts";
import { markReflectMethod } from "./marks.ts";
import type { Struct } from "#types";

/** The results of a call expression: conversion, built-in, function or method. */
export function buildCall(b: FuncBuilder, e: CallExpr): Value[] {
  if (b.cur === null) throw b.error(e.pos, "a call in dead code");
  const mode = b.modeOf(e.fun);
  if (mode === Mode.TypeExpr) return [conversion(b, e)];
  if (mode === Mode.Builtin) return buildBuiltin(b, e);
  const callee = resolveCallee(b, e);
  if (callee.fn !== null) {
    const r = buildIntrinsic(b, callee, e);
    if (r !== null) return r;
  }
  const call = new PreparedCall(b, e, callee);
  return call.emit(b);
}

/** What a call calls. */
export interface Callee {
  /** The declared function or method, if it is known. */
  readonly fn: GoFunc | null;
  readonly targs: readonly Type[] | null;
  /** For methods: the selector, and the path to the receiver. */
  readonly method: { readonly sel: SelectorExpr; readonly index: readonly number[]; readonly dynamic: boolean } | null;
  readonly sig: Signature;
}

export function resolveCallee(b: FuncBuilder, e: CallExpr): Callee {
  const fun = unparen(e.fun);
  const sig = under(b.typeOf(fun)) as Signature;
  let f: Expr = fun;
  if (f.kind === Node.IndexExpr && targsOfFunc(b, f) !== null) f = unparen(f.x);
  const fn = funcOperand(b, f);
  if (fn !== null) return { fn, targs: targsOfFunc(b, fun), method: null, sig };
  if (fun.kind === Node.SelectorExpr) {
    const s = resolveSelection(b, fun);
    if (s !== null && s.kind === SelectionKind.MethodVal) {
      const m = s.obj as GoFunc;
      const dynamic = b.program.isInterfaceMethod(m);
      return { fn: m, targs: null, method: { sel: fun, index: s.index, dynamic }, sig };
    }
  }
  return { fn: null, targs: null, method: null, sig };
}

/** A place, or a value, and its type. */
export interface Operand {
  readonly ptr: Value | null;
  readonly v: Value | null;
  readonly type: Type;
}

/** x followed along the first n fields of a path; pointers on the way are followed, not one at the end. */
export function fieldOperand(b: FuncBuilder, x: Expr, path: readonly number[], n: number): Operand {
  const type = b.typeOf(x);
  if (n === 0) {
    const p = under(type).kind === TypeKind.Pointer ? null : place(b, x);
    return p !== null ? { ptr: p, v: null, type } : { ptr: null, v: expr(b, x), type };
  }
  const u = under(type);
  if (u.kind === TypeKind.Pointer) {
    const r = pathPlace(b, nilCheck(b, expr(b, x)), u.elem, path, n);
    return { ptr: r.ptr, v: null, type: r.type };
  }
  const p = place(b, x);
  if (p !== null) {
    const r = pathPlace(b, p, type, path, n);
    return { ptr: r.ptr, v: null, type: r.type };
  }
  return valueOperand(b, expr(b, x), type, path, n);
}

/** A value followed along the first n fields of a path. */
export function valueOperand(b: FuncBuilder, v: Value, type: Type, path: readonly number[], n: number): Operand {
  for (let i = 0; i < n; i++) {
    const u = under(type);
    if (u.kind === TypeKind.Pointer) {
      const r = pathPlace(b, nilCheck(b, v), u.elem, path.slice(i), n - i);
      return { ptr: r.ptr, v: null, type: r.type };
    }
    v = fieldOf(b, v, path[i]!);
    type = (under(type) as Struct).fields[path[i]!]!.type!;
  }
  return { ptr: null, v, type };
}

export function operandValue(b: FuncBuilder, o: Operand): Value {
  return o.v ?? b.load(b.stype(o.type), o.ptr!);
}

/** The receiver that method m is called with, from an operand of its type or a pointer to it. */
export function receiverValue(b: FuncBuilder, o: Operand, m: GoFunc): Value {
  const u = under(o.type);
  const isPointer = u.kind === TypeKind.Pointer;
  if (hasPtrRecv(m)) {
    if (isPointer) return operandValue(b, o);
    if (o.ptr !== null) return o.ptr;
    return b.spill(o.v!);
  }
  if (!isPointer || b.program.isInterfaceMethod(m)) return operandValue(b, o);
  // A method of a named pointer type does not exist: the pointer is to the receiver.
  return b.load(b.stype(u.elem), nilCheck(b, operandValue(b, o)));
}

/** A call whose function value, receiver and arguments have been evaluated. */
export class PreparedCall {
  readonly ref: FuncRef | null;
  readonly args: Value[] = [];
  /** Pointers that stay alive until the call returns. */
  private readonly keepAlive: Value[] = [];
  /** What they point to must not move, hence not be on the stack (go:uintptrescapes). */
  private readonly keptEscape: boolean;
  closure: Value | null = null;
  iface: Value | null = null;
  private readonly results: SType[];
  private readonly fn: GoFunc | null;

  constructor(b: FuncBuilder, e: CallExpr, callee: Callee) {
    const sig = callee.sig;
    this.fn = callee.fn;
    this.results = sig.results.vars.map((v) => b.stype(v.type!));
    let ref: FuncRef | null = null;
    hoistOperands(b, e, callee);
    if (callee.method !== null) {
      const { sel, index, dynamic } = callee.method;
      const saved = b.pos;
      b.pos = sel.pos;
      const o = fieldOperand(b, sel.x, index, index.length - 1);
      const recv = receiverValue(b, o, callee.fn!);
      b.pos = saved;
      if (dynamic) this.iface = recv;
      else {
        ref = b.program.methodRef(callee.fn!);
        this.args.push(retype(b, b.stable(recv), ref.sig.params[0]!));
      }
      markReflectMethod(b, sel.sel.value, sig, e.argList[0] ?? null);
    } else if (callee.fn !== null) {
      ref = b.program.funcRef(callee.fn, callee.targs);
    } else {
      const f = expr(b, e.fun);
      if (f.op === Op.FuncValue && !isElsewhere(b, f.aux as FuncRef)) {
        ref = f.aux as FuncRef;
        const fun = unparen(e.fun);
        if (fun.kind === Node.SelectorExpr) markReflectMethod(b, fun.sel.value, sig, e.argList[1] ?? null, 1);
      } else this.closure = f;
    }
    this.ref = ref;
    this.keptEscape = ref !== null && (ref.flags & FuncFlag.UintptrEscapes) !== 0;
    this.evaluateArgs(b, e, sig);
  }

  private evaluateArgs(b: FuncBuilder, e: CallExpr, sig: Signature): void {
    const params = sig.params.vars;
    const args = e.argList;
    if (args.length === 1 && params.length !== 0) {
      const tuple = b.typeOf(args[0]!);
      if (tuple.kind === TypeKind.Tuple) {
        const values = buildCall(b, unparen(args[0]!) as CallExpr);
        this.pass(
          b,
          sig,
          values,
          tuple.vars.map((v) => v.type!),
        );
        return;
      }
    }
    const keep =
      this.ref !== null &&
      ((this.ref.flags & (FuncFlag.UintptrKeepAlive | FuncFlag.UintptrEscapes)) !== 0 || b.program.hasNoBody(this.fn));
    const copies = this.fn !== null && this.fn.name === "Make" && this.fn.pkg?.path === "unique";
    const fixed = sig.variadic ? params.length - 1 : params.length;
    const spread = sig.variadic && !e.hasDots;
    const count = spread ? args.length : params.length;
    const last = sig.variadic ? params[fixed]!.type! : null;
    const elem = spread ? (under(last!) as { elem: Type }).elem : null;
    const values: Value[] = [];
    const evaluate = (i: number): Value => {
      const to = i < fixed ? params[i]!.type! : (elem ?? last!);
      // It clones what it keeps.
      if (copies && b.stype(to).kind === Kind.String) return stringOperand(b, args[0]!);
      const v = keep && b.stype(to).kind === Kind.Uintptr ? this.uintptrArg(b, args[i]!) : null;
      return v ?? exprAs(b, args[i]!, to);
    };
    for (let i = 0; i < count; i++) values.push(evaluate(i));
    for (let i = 0; i < fixed; i++) this.args.push(values[i]!);
    if (spread) this.args.push(variadicSlice(b, last!, count - fixed, (i) => values[fixed + i]!));
    else if (sig.variadic) this.args.push(values[fixed]!);
  }

  /** uintptr(unsafe.Pointer(p)) as argument of a function that keeps p alive. */
  private uintptrArg(b: FuncBuilder, arg: Expr): Value | null {
    const x = unparen(arg);
    if (x.kind !== Node.CallExpr || b.constOf(x) !== null || b.modeOf(x.fun) !== Mode.TypeExpr) return null;
    if (b.exprType(x).kind !== Kind.Uintptr || b.isNil(x.argList[0]!)) return null;
    if (b.exprType(x.argList[0]!).kind !== Kind.UnsafePtr) return null;
    const p = expr(b, x.argList[0]!);
    this.keepAlive.push(p);
    return b.val(Op.PtrToInt, b.exprType(x), p, b.mem);
  }

  /** Passes the results of a call on as arguments. */
  private pass(b: FuncBuilder, sig: Signature, values: readonly Value[], types: readonly Type[]): void {
    const params = sig.params.vars;
    const fixed = sig.variadic ? params.length - 1 : params.length;
    for (let i = 0; i < fixed; i++) this.args.push(assignable(b, values[i]!, types[i]!, params[i]!.type!));
    if (!sig.variadic) return;
    this.args.push(
      variadicSlice(b, params[fixed]!.type!, values.length - fixed, (i, elem) =>
        assignable(b, values[fixed + i]!, types[fixed + i]!, elem),
      ),
    );
  }

  /** All that has been evaluated, for a call that happens elsewhere. */
  values(): Value[] {
    const list = [...this.args, ...this.keepAlive];
    if (this.closure !== null) list.push(this.closure);
    if (this.iface !== null) list.push(this.iface);
    return list;
  }

  /** Emits the call in another function, where these stand for the values. */
  emitWith(b: FuncBuilder, values: readonly Value[]): void {
    const n = this.args.length;
    const rest = values.slice(n + this.keepAlive.length);
    this.emitCall(b, values.slice(0, n), rest[0] ?? null, values.slice(n, n + this.keepAlive.length));
  }

  emit(b: FuncBuilder): Value[] {
    return this.emitCall(b, this.args, this.closure ?? this.iface, this.keepAlive);
  }

  private emitCall(b: FuncBuilder, args: readonly Value[], callee: Value | null, keepAlive: readonly Value[]): Value[] {
    let r: Value[];
    if (this.ref !== null) r = b.callRef(this.ref, ...args);
    else {
      const fresh = args.map((a) => b.fresh(a));
      const t = b.types.tuple([...this.results, b.types.mem]);
      const v = b.val(this.closure !== null ? Op.ClosureCall : Op.InterCall, t, callee!, ...fresh, b.mem);
      if (this.closure !== null) v.aux = { params: args.map((a) => a.type), results: this.results };
      else {
        v.aux = b.program.methodOf(b, callee!.type, this.fn!);
        b.markInterfaceMethod(callee!.type, this.fn!);
      }
      r = b.takeResults(v, this.results);
    }
    for (const p of keepAlive) b.effect(Op.KeepAlive, this.keptEscape ? 1 : 0, null, p);
    return r;
  }
}

/**
 * Whether a function is declared here and defined nobody knows where. Its value may be called though its symbol must not be:
 * runtime.main calls main.main so, and the linker names that value when there is no package main.
 */
function isElsewhere(b: FuncBuilder, fn: FuncRef): boolean {
  return fn.pkg === b.program.path && fn.body === null;
}

/** Evaluates what comes first in a call: in its receiver or func value, and in its arguments. */
function hoistOperands(b: FuncBuilder, e: CallExpr, callee: Callee): void {
  const args = e.argList;
  if (args.length === 0 || (args.length === 1 && b.typeOf(args[0]!).kind === TypeKind.Tuple)) return;
  const params = callee.sig.params.vars;
  const fixed = callee.sig.variadic ? params.length - 1 : params.length;
  const type = (i: number): Type => {
    if (i < fixed || e.hasDots) return params[i]!.type!;
    return (under(params[fixed]!.type!) as { elem: Type }).elem;
  };
  const operand = callee.method !== null ? callee.method.sel.x : callee.fn === null ? e.fun : null;
  if (operand === null) hoist(b, args, type);
  else hoist(b, [operand, ...args], (i) => (i === 0 ? null : type(i - 1)));
}

/** The slice of the variable arguments of a call: nil for none, else over a new array. */
export function variadicSlice(b: FuncBuilder, slice: Type, n: number, arg: (i: number, elem: Type) => Value): Value {
  const t = b.stype(slice);
  if (n === 0) return b.f.constNil(t);
  const elem = (under(slice) as { elem: Type }).elem;
  const et = b.stype(elem);
  // Arguments first: one that panics, or reads what a later one changes, must not see the array.
  const values: Value[] = [];
  for (let i = 0; i < n; i++) values.push(b.stable(arg(i, elem)));
  const array = b.types.arrayOf(et, n);
  const p = b.alloc(array, "variadic", "");
  for (let i = 0; i < n; i++) b.store(et, b.offset(p, i * et.size, et), values[i]!);
  return b.val(Op.SliceMake, t, retype(b, p, b.types.pointerTo(et)), b.int(n), b.int(n));
}

/** Whether evaluating one of the expressions from `from` on may change memory. */
export function anyEffects(b: FuncBuilder, list: readonly Expr[], from: number): boolean {
  for (let i = from; i < list.length; i++) if (hasEffects(b, list[i]!)) return true;
  return false;
}

/** Whether evaluating e may change variables: it contains a call or receives. */
export function hasEffects(b: FuncBuilder, e: Expr): boolean {
  if (b.constOf(e) !== null) return false;
  switch (e.kind) {
    case Node.Name:
    case Node.BasicLit:
    case Node.FuncLit:
      return false;
    case Node.ParenExpr:
    case Node.SelectorExpr:
    case Node.AssertExpr:
      return hasEffects(b, e.x);
    case Node.Operation:
      return (e.y === null && e.op === Operator.Recv) || hasEffects(b, e.x) || (e.y !== null && hasEffects(b, e.y));
    case Node.IndexExpr:
      return hasEffects(b, e.x) || (b.modeOf(e.index) !== Mode.TypeExpr && hasEffects(b, e.index));
    case Node.SliceExpr:
      return [e.x, e.lo, e.hi, e.max].some((x) => x !== null && hasEffects(b, x));
    case Node.CallExpr:
      // Conversions, and asking for lengths, change nothing.
      if (b.modeOf(e.fun) === Mode.TypeExpr) return hasEffects(b, e.argList[0]!);
      if (b.modeOf(e.fun) !== Mode.Builtin || !isPure(builtinOf(b, e.fun))) return true;
      return e.argList.some((x) => b.modeOf(x) !== Mode.TypeExpr && hasEffects(b, x));
  }
  return true;
}

function isPure(id: BuiltinId | null): boolean {
  switch (id) {
    case BuiltinId.Len:
    case BuiltinId.Cap:
    case BuiltinId.Real:
    case BuiltinId.Imag:
    case BuiltinId.Complex:
    case BuiltinId.Min:
    case BuiltinId.Max:
    case BuiltinId.Add:
    case BuiltinId.SliceData:
    case BuiltinId.StringData:
      return true;
  }
  return false;
}
