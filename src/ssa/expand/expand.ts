import { type Func, Local, LocalKind, Op, type SType, type Value } from "../core/index.ts";
import type { Context } from "../context.ts";
import { Rewriter } from "../generic/rewriter.ts";
import { expandAlloc, expandMakeChan, expandMakeMap, expandMakeSlice } from "./alloc.ts";
import { expandDefer, expandFreeVar, expandGo, expandMakeClosure, expandRunDefers } from "./calls.ts";
import { expandConvert } from "./conversions.ts";
import { expandMakeIface } from "./interfaces.ts";
import { appendsInPlace, expandAppend, expandAppendSlice, expandAppendZeros } from "./slices.ts";
import { expandCachedCall } from "./typeassert.ts";
import { expandConcat, expandStringConv } from "./strings.ts";

/**
 * Turns Go's operations (see Op: "removed by expand") into memory operations and calls of the runtime, once escape analysis
 * has decided what lives on the stack. Answers to cmd/compile/internal/walk.
 */
export function expand(f: Func, cx: Context): void {
  new Expander(f, cx).run();
}

export class Expander extends Rewriter {
  private temps = 0;
  /** Where slices lie that are appended to in place, by Append; and the stores of the results, which go. */
  readonly homes: ReadonlyMap<Value, Value>;
  private readonly stores: ReadonlySet<Value>;

  constructor(f: Func, cx: Context) {
    super(f, cx);
    const { homes, stores } = appendsInPlace(f);
    this.homes = homes;
    this.stores = stores;
  }

  protected rewrite(v: Value): boolean {
    switch (v.op) {
      case Op.Alloc:
        return expandAlloc(this, v);
      case Op.MakeSlice:
        return expandMakeSlice(this, v);
      case Op.MakeMap:
        return expandMakeMap(this, v);
      case Op.MakeChan:
        return expandMakeChan(this, v);
      case Op.MakeClosure:
        return expandMakeClosure(this, v);
      case Op.FreeVar:
        return expandFreeVar(this, v);
      case Op.MakeIface:
        return expandMakeIface(this, v);
      case Op.Store:
        return this.stores.has(v) && this.replaceBy(v, v.args[2]!);
      case Op.Append:
        return expandAppend(this, v);
      case Op.AppendSlice:
        return expandAppendSlice(this, v);
      case Op.AppendZeros:
        return expandAppendZeros(this, v);
      case Op.Convert:
        return expandConvert(this, v);
      case Op.StaticCall:
        return expandCachedCall(this, v);
      case Op.Concat:
        return expandConcat(this, v);
      case Op.StringConv:
        return expandStringConv(this, v);
      case Op.Defer:
        return expandDefer(this, v);
      case Op.Go:
        return expandGo(this, v);
      case Op.RunDefers:
        return expandRunDefers(this, v);
    }
    return false;
  }

  /** A fresh stack variable; its address is taken. */
  newAuto(name: string, type: SType): Local {
    const l = new Local(`${name}${this.temps++}`, type, LocalKind.Auto, this.f.autos.length, this.pos);
    l.addressed = true;
    this.f.autos.push(l);
    return l;
  }

  /** Starts the life of a fresh stack variable: its address, and the memory after. */
  define(local: Local, mem: Value): { addr: Value; mem: Value } {
    const m = this.valAux(Op.VarDef, this.cx.types.mem, 0, local, mem);
    const addr = this.valAux(Op.LocalAddr, this.cx.types.pointerTo(local.type), 0, local, m);
    return { addr, mem: m };
  }

  zero(type: SType, addr: Value, mem: Value): Value {
    return this.valAux(Op.Zero, this.cx.types.mem, type.size, type, addr, mem);
  }

  typeAddr(t: SType): Value {
    return this.valAux(Op.TypeAddr, this.cx.types.unsafePtr, 0, t);
  }

  /** A stack variable that holds x: its address, and the memory after. x may be a Deref. */
  spill(name: string, type: SType, x: Value, mem: Value): { addr: Value; mem: Value } {
    const { addr, mem: m } = this.define(this.newAuto(name, type), mem);
    return { addr, mem: this.store(type, addr, x, m) };
  }

  public override replaceTuple(v: Value, members: readonly Value[]): true {
    return super.replaceTuple(v, members);
  }

  public override replaceBy(v: Value, w: Value): true {
    return super.replaceBy(v, w);
  }

  public override keep(v: Value): true {
    return super.keep(v);
  }
}
