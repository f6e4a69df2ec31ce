import {
  Abi,
  BlockKind,
  CallInfo,
  type Func,
  type FuncRef,
  type FuncSig,
  Kind,
  Local,
  LocalKind,
  type MethodRef,
  Op,
  ResultInfo,
  type SType,
  Value,
} from "../core/index.ts";
import { AMD64 } from "../amd64/ops.ts";
import type { Context } from "../context.ts";
import { leavesOf } from "../generic/leaves.ts";
import { markLength } from "../generic/lengths.ts";
import { Rewriter } from "../generic/rewriter.ts";
import { type ABIParams, abiParams } from "./assign.ts";

/** Offset of the first method in an itab. */
const itabFuns = 24;

/**
 * Takes calls, arguments and results apart into what the calling convention passes: register parts become arguments of the
 * call and SelectN of its tuple (aux: CallInfo), stack parts become stores below and loads above the stack pointer.
 * Answers to cmd/compile/internal/ssa/expand_calls.go.
 */
export function lowerABI(f: Func, cx: Context): void {
  new CallLowering(f, cx).lower();
}

/** The layout of f's own parameters and results. */
export function ownABI(f: Func): ABIParams {
  return abiParams({ params: f.params.map((l) => l.type), results: f.results.map((l) => l.type) }, f.ref.abi);
}

class CallLowering extends Rewriter {
  private readonly own: ABIParams;
  private sp: Value | null = null;
  private temps = 0;

  constructor(f: Func, cx: Context) {
    super(f, cx);
    this.own = ownABI(f);
  }

  lower(): void {
    const f = this.f;
    for (let i = 0; i < f.params.length; i++) place(f.params[i]!, this.own.params[i]!);
    for (let i = 0; i < f.results.length; i++) place(f.results[i]!, this.own.results[i]!);
    this.run();
    this.storeHomes();
  }

  protected rewrite(v: Value): boolean {
    switch (v.op) {
      case Op.Arg:
        return this.arg(v);
      case Op.StaticCall:
        if (v.aux instanceof CallInfo) return false;
        return this.staticCall(v);
      case Op.ClosureCall:
        if (v.aux instanceof CallInfo) return false;
        return this.closureCall(v);
      case Op.InterCall:
        if (v.aux instanceof CallInfo) return false;
        return this.interCall(v);
      case Op.TailCall:
        if (v.aux instanceof CallInfo) return false;
        return this.tailCall(v);
      case Op.MakeResult:
        if (v.aux instanceof ResultInfo) return false;
        return this.makeResult(v);
    }
    return false;
  }

  private stackPointer(): Value {
    if (this.sp === null) {
      const sp = new Value(
        this.f.nextValueId++,
        AMD64.SP,
        this.cx.types.unsafePtr,
        0,
        0,
        null,
        [],
        this.f.entry,
        0 as never,
      );
      this.f.entry.values.unshift(sp);
      this.sp = sp;
    }
    return this.sp;
  }

  // ---- Arguments

  /** A parameter's value at entry. */
  private arg(v: Value): true {
    const i = v.auxInt;
    const local = this.f.params[i]!;
    const a = this.own.params[i]!;
    const mem = this.initMem();
    if (v.type.size === 0) return this.replaceBy(v, this.compose(v.type, []));
    if (a.regs.length === 0) {
      const addr = this.valAux(Op.LocalAddr, this.cx.types.pointerTo(local.type), 0, local, mem);
      v.reset(Op.Load);
      v.addArg(addr);
      v.addArg(mem);
      return this.keep(v);
    }
    const leaves = leavesOf(local.type, this.cx.types);
    const parts = leaves.map((l, k) => this.argReg(local, l.type, l.offset, a.regs[k]!));
    return this.replaceBy(v, this.compose(v.type, parts));
  }

  private readonly argRegs = new Map<number, Value>();

  /** The value of a register at entry; one for each register, at the top of the entry block. */
  private argReg(local: Local, type: SType, offset: number, reg: number): Value {
    let v = this.argRegs.get(reg);
    if (v === undefined) {
      const op = type.isFloat ? AMD64.ArgFloatReg : AMD64.ArgIntReg;
      v = new Value(this.f.nextValueId++, op, type, reg, offset, local, [], this.f.entry, local.pos);
      this.f.entry.values.unshift(v);
      this.argRegs.set(reg, v);
    }
    return v;
  }

  private initMem(): Value {
    for (const v of this.f.entry.values) if (v.op === Op.InitMem) return v;
    const v = new Value(this.f.nextValueId++, Op.InitMem, this.cx.types.mem, 0, 0, null, [], this.f.entry, 0 as never);
    this.f.entry.values.unshift(v);
    return v;
  }

  /** Register parameters whose variable lives in memory are stored to their spill slots at entry. */
  private storeHomes(): void {
    const { f, cx } = this;
    const homes = new Set<Local>();
    for (const b of f.blocks) {
      for (const v of b.values) if (v.op === Op.LocalAddr) homes.add(v.aux as Local);
    }
    const init = this.initMem();
    let mem = init;
    const made: Value[] = [];
    const make = (op: number, type: SType, auxInt: number, aux: object | null, ...args: Value[]): Value => {
      const v = new Value(f.nextValueId++, op, type, auxInt, 0, aux, args, f.entry, f.startPos);
      made.push(v);
      return v;
    };
    for (let i = 0; i < f.params.length; i++) {
      const local = f.params[i]!;
      const a = this.own.params[i]!;
      if (a.regs.length === 0 || !homes.has(local)) continue;
      const addr = make(Op.LocalAddr, cx.types.pointerTo(local.type), 0, local, init);
      const leaves = leavesOf(local.type, cx.types);
      leaves.forEach((l, k) => {
        const part = this.argReg(local, l.type, l.offset, a.regs[k]!);
        const p = make(Op.OffPtr, cx.types.pointerTo(l.type), l.offset, null, addr);
        mem = make(Op.Store, cx.types.mem, 0, l.type, p, part, mem);
      });
    }
    if (mem === init) return;
    // Everything that took the memory at entry takes it after the stores.
    const own = new Set(made);
    for (const b of f.blocks) {
      for (const v of b.values) {
        for (let i = 0; i < v.args.length; i++) if (v.args[i] === init && !own.has(v)) v.setArg(i, mem);
      }
      if (b.control === init) b.setControl(mem);
    }
    const values = f.entry.values;
    let at = values.indexOf(init) + 1;
    while (at < values.length && (values[at]!.op === AMD64.ArgIntReg || values[at]!.op === AMD64.ArgFloatReg)) at++;
    f.entry.values = [...values.slice(0, at), ...made, ...values.slice(at)];
    this.argsFirst();
  }

  /** Arguments in registers come before everything else in the entry. */
  private argsFirst(): void {
    const isArg = (v: Value): boolean =>
      v.op === AMD64.ArgIntReg || v.op === AMD64.ArgFloatReg || v.op === Op.InitMem || v.op === AMD64.SP;
    const values = this.f.entry.values;
    this.f.entry.values = [...values.filter(isArg), ...values.filter((v) => !isArg(v))];
  }

  // ---- Calls

  private staticCall(v: Value): true {
    const fn = v.aux as FuncRef;
    return this.lowerCall(v, Op.StaticCall, fn, fn.sig, fn.abi, [], v.args.slice(0, -1), fn.noreturn);
  }

  private closureCall(v: Value): true {
    const t = this.cx.types;
    const closure = v.args[0]!;
    const code = this.load(t.uintptr, this.bitcast(t.pointerTo(t.uintptr), closure), v.memArg);
    return this.lowerCall(
      v,
      Op.ClosureCall,
      null,
      v.aux as FuncSig,
      Abi.ABIInternal,
      [code, closure],
      v.args.slice(1, -1),
      false,
    );
  }

  private interCall(v: Value): true {
    const t = this.cx.types;
    const m = v.aux as MethodRef;
    const iface = v.args[0]!;
    const tab = this.val(Op.IfaceTab, t.uintptr, iface);
    const data = this.val(Op.IfaceData, t.unsafePtr, iface);
    const code = this.load(t.uintptr, this.offPtr(tab, itabFuns + 8 * m.index), v.memArg);
    const sig = { params: [t.unsafePtr, ...m.sig.params], results: m.sig.results };
    return this.lowerCall(v, Op.InterCall, null, sig, Abi.ABIInternal, [code], [data, ...v.args.slice(1, -1)], false);
  }

  private bitcast(type: SType, v: Value): Value {
    return v.type === type ? v : this.val(Op.Bitcast, type, v);
  }

  private lowerCall(
    v: Value,
    op: Op,
    fn: FuncRef | null,
    sig: FuncSig,
    abi: Abi,
    first: Value[],
    args: readonly Value[],
    noreturn: boolean,
  ): true {
    const t = this.cx.types;
    const layout = abiParams(sig, abi);
    const inRegs: number[] = [];
    const regArgs: Value[] = [];
    let mem = v.memArg;
    // Stack arguments come last, right before the call: evaluating the others could need the same place.
    args.forEach((a, i) => {
      const p = layout.params[i]!;
      if (p.regs.length === 0) return;
      const parts = this.parts(a, p.type);
      parts.forEach((part, k) => {
        regArgs.push(part);
        inRegs.push(p.regs[k]!);
      });
    });
    args.forEach((a, i) => {
      const p = layout.params[i]!;
      if (p.regs.length > 0 || p.type.size === 0) return;
      mem = this.store(p.type, this.offPtrOfSP(p.offset, p.type), a, mem);
    });
    const outTypes: SType[] = [];
    const outRegs: number[] = [];
    for (const r of layout.results) {
      if (r.regs.length === 0) continue;
      leavesOf(r.type, t).forEach((l, k) => {
        outTypes.push(l.type);
        outRegs.push(r.regs[k]!);
      });
    }
    const info = new CallInfo(fn, abi, inRegs, outRegs, layout.argBytes, noreturn, false);
    const call = this.valAux(op, t.tuple([...outTypes, t.mem]), 0, info, ...first, ...regArgs, mem);
    let after = this.select(call, outTypes.length);
    const results: Value[] = [];
    let at = 0;
    const registerParts = layout.results.map((r) => {
      const n = r.regs.length;
      const parts: Value[] = [];
      for (let k = 0; k < n; k++) parts.push(this.select(call, at++));
      return parts;
    });
    layout.results.forEach((r, i) => {
      if (r.type.size === 0) {
        results.push(this.compose(r.type, []));
      } else if (r.regs.length > 0) {
        const parts = registerParts[i]!;
        if (r.type.canSSA) {
          results.push(this.compose(r.type, parts));
        } else {
          // Too large for an SSA value though it came in registers: it gets a place.
          const addr = this.temp(r.type, after);
          after = addr.mem;
          leavesOf(r.type, t).forEach((l, k) => {
            after = this.store(l.type, this.offPtr(addr.addr, l.offset, t.pointerTo(l.type)), parts[k]!, after);
          });
          results.push(this.val(Op.Deref, r.type, addr.addr, after));
        }
      } else {
        const p = this.offPtrOfSP(r.offset, r.type);
        results.push(this.val(r.type.canSSA ? Op.Load : Op.Deref, r.type, p, after));
      }
    });
    results.push(after);
    return this.replaceTuple(v, results);
  }

  private temp(type: SType, mem: Value): { addr: Value; mem: Value } {
    const local = new Local(`.res${this.temps++}`, type, LocalKind.Auto, this.f.autos.length, this.pos);
    local.addressed = true;
    this.f.autos.push(local);
    const m = this.valAux(Op.VarDef, this.cx.types.mem, 0, local, mem);
    const addr = this.valAux(Op.LocalAddr, this.cx.types.pointerTo(type), 0, local, m);
    return { addr, mem: m };
  }

  private offPtrOfSP(offset: number, type: SType): Value {
    return this.valAux(Op.OffPtr, this.cx.types.pointerTo(type), offset, null, this.stackPointer());
  }

  /** A tail call with the caller's own stack arguments unchanged; anything else becomes a call and a return. */
  private tailCall(v: Value): true {
    const fn = v.aux as FuncRef;
    const layout = abiParams(fn.sig, fn.abi);
    const args = v.args.slice(0, -1);
    const inRegs: number[] = [];
    const regArgs: Value[] = [];
    const inPlace = args.every((a, i) => {
      const p = layout.params[i]!;
      if (p.regs.length > 0 || p.type.size === 0) return true;
      const own = this.own.params[i];
      return own !== undefined && own.offset === p.offset && own.regs.length === 0 && isOwnParam(a, this.f.params[i]!);
    });
    if (!inPlace) {
      this.callAndReturn(v, fn, args);
      return true;
    }
    args.forEach((a, i) => {
      const p = layout.params[i]!;
      if (p.regs.length === 0) return;
      this.parts(a, p.type).forEach((part, k) => {
        regArgs.push(part);
        inRegs.push(p.regs[k]!);
      });
    });
    const mem = v.memArg;
    v.resetArgs();
    for (const a of regArgs) v.addArg(a);
    v.addArg(mem);
    v.type = this.cx.types.mem;
    v.aux = new CallInfo(fn, fn.abi, inRegs, [], 0, fn.noreturn, true);
    return this.keep(v);
  }

  /** Replaces a tail call by a call and a return of its results. */
  private callAndReturn(v: Value, fn: FuncRef, args: readonly Value[]): void {
    const t = this.cx.types;
    const call = new Value(
      this.f.nextValueId++,
      Op.StaticCall,
      t.tuple([...fn.sig.results, t.mem]),
      0,
      0,
      fn,
      [...args, v.memArg],
      this.cur,
      v.pos,
    );
    call.inl = v.inl;
    const results: Value[] = [];
    for (let i = 0; i <= fn.sig.results.length; i++) {
      results.push(this.val(Op.SelectN, call.type.members[i]!, call));
      results[i]!.auxInt = i;
    }
    // The selections come after what the call becomes.
    this.cur.values.length -= results.length;
    this.staticCall(call);
    for (const r of results) this.keep(r);
    const ret = new Value(this.f.nextValueId++, Op.MakeResult, t.void, 0, 0, null, results, this.cur, v.pos);
    this.makeResult(ret);
    v.resetArgs();
    this.returns.set(v, ret);
  }

  /** What has taken the place of tail calls. */
  private readonly returns = new Map<Value, Value>();

  override run(): void {
    super.run();
    for (const b of this.f.blocks) {
      const ret = b.control === null ? undefined : this.returns.get(b.control);
      if (ret === undefined) continue;
      b.kind = BlockKind.Ret;
      b.setControl(ret);
    }
  }

  // ---- Results

  private makeResult(v: Value): true {
    const { f, cx } = this;
    const t = cx.types;
    let mem = v.memArg;
    const regs: number[] = [];
    const out: Value[] = [];
    const n = v.args.length - 1;
    const at = v.memArg;
    for (let i = 0; i < n; i++) {
      const a = v.args[i]!;
      const local = f.results[i]!;
      const r = this.own.results[i]!;
      if (r.type.size === 0) continue;
      if (r.regs.length > 0) {
        this.parts(a, r.type).forEach((p, k) => {
          out.push(p);
          regs.push(r.regs[k]!);
        });
      } else if (!isOwnResult(a, local, at)) {
        const addr = this.valAux(Op.LocalAddr, t.pointerTo(local.type), 0, local, mem);
        mem = this.store(r.type, addr, a, mem);
      }
    }
    v.resetArgs();
    for (const p of out) v.addArg(p);
    v.addArg(mem);
    v.aux = new ResultInfo(regs);
    return this.keep(v);
  }

  // ---- Parts

  /** The scalars that make up a value. */
  private parts(v: Value, type: SType): Value[] {
    const t = this.cx.types;
    while (v.op === Op.Copy) v = v.args[0]!;
    if (v.op === Op.Deref) {
      return leavesOf(type, t).map((l) =>
        this.load(l.type, this.offPtr(v.args[0]!, l.offset, t.pointerTo(l.type)), v.memArg),
      );
    }
    const out: Value[] = [];
    this.addParts(v, type, out);
    return out;
  }

  private addParts(v: Value, type: SType, out: Value[]): void {
    const t = this.cx.types;
    switch (type.kind) {
      case Kind.Struct:
        type.fields.forEach((f, i) => {
          if (f.type.size > 0 || leavesOf(f.type, t).length > 0) {
            this.addParts(this.valAux(Op.StructSelect, f.type, i, null, v), f.type, out);
          }
        });
        return;
      case Kind.Array:
        if (type.length > 0) this.addParts(this.val(Op.ArraySelect1, type.elem!, v), type.elem!, out);
        return;
    }
    const leaves = leavesOf(type, t);
    if (leaves.length === 1 && leaves[0]!.type === type) {
      out.push(v);
      return;
    }
    const ops = selectors(type);
    leaves.forEach((l, k) => {
      out.push(this.val(ops[k]!, l.type, v));
    });
  }

  /** The value that scalars make up. */
  private compose(type: SType, parts: readonly Value[]): Value {
    let at = 0;
    leavesOf(type, this.cx.types).forEach((l, k) => {
      if (l.isLength) markLength(parts[k]!);
    });
    const make = (t: SType): Value => {
      switch (t.kind) {
        case Kind.Struct:
          return this.val(Op.StructMake, t, ...t.fields.map((f) => make(f.type)));
        case Kind.Array:
          // An array without elements is a value without parts.
          if (t.length === 0) return this.val(Op.StructMake, t);
          return this.val(Op.ArrayMake1, t, make(t.elem!));
        case Kind.String:
          return this.val(Op.StringMake, t, parts[at++]!, parts[at++]!);
        case Kind.Slice:
          return this.val(Op.SliceMake, t, parts[at++]!, parts[at++]!, parts[at++]!);
        case Kind.Iface:
        case Kind.Eface:
          return this.val(Op.IfaceMake, t, parts[at++]!, parts[at++]!);
        case Kind.Complex64:
        case Kind.Complex128:
          return this.val(Op.ComplexMake, t, parts[at++]!, parts[at++]!);
      }
      return parts[at++]!;
    };
    return make(type);
  }
}

/** The operations that take a builtin composite apart, in the order of its leaves. */
export function selectors(type: SType): readonly Op[] {
  switch (type.kind) {
    case Kind.String:
      return [Op.StringPtr, Op.StringLen];
    case Kind.Slice:
      return [Op.SlicePtr, Op.SliceLen, Op.SliceCap];
    case Kind.Iface:
    case Kind.Eface:
      return [Op.IfaceTab, Op.IfaceData];
    case Kind.Complex64:
    case Kind.Complex128:
      return [Op.ComplexReal, Op.ComplexImag];
  }
  return [];
}

function place(l: Local, a: { regs: readonly number[]; offset: number }): void {
  l.regs = a.regs;
  if (a.offset >= 0) l.offset = a.offset;
}

/** Whether v is what parameter l was at entry (and nothing has written to its home). */
function isOwnParam(v: Value, l: Local): boolean {
  if (v.op === Op.Arg) return v.aux === l;
  const isLoad = v.op === Op.Load || v.op === Op.Deref;
  return isLoad && v.args[0]!.op === Op.LocalAddr && v.args[0]!.aux === l && v.memArg.op === Op.InitMem;
}

/** Whether v is what result l's home holds at the return. */
function isOwnResult(v: Value, l: Local, mem: Value): boolean {
  const isLoad = v.op === Op.Load || v.op === Op.Deref;
  return isLoad && v.args[0]!.op === Op.LocalAddr && v.args[0]!.aux === l && v.memArg === mem;
}
