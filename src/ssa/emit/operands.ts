import { Reg } from "#arch";
import { InternalError } from "#base";
import { type Addr, AddrName, AddrType, type LSym } from "#obj";
import {
  type FuncRef,
  Global,
  Local,
  type MachineOp,
  type Symbols,
  SymRef,
  type Value,
  valueString,
} from "../core/index.ts";
import { slotBase, type StackSlot } from "../regalloc/index.ts";
import { inOwnFrame } from "./frame.ts";
import { regOf } from "./progs.ts";

/** Where jump tables made on the way are collected. */
export interface SymbolSource {
  readonly symbols: Symbols;
  readonly fn: FuncRef;
  readonly name: string;
  jumpTable(ref: SymRef): LSym;
}

/** The symbol that an aux names. */
export function symbolOf(src: SymbolSource, x: Global | SymRef): LSym {
  const s = src.symbols;
  if (x instanceof Global) return s.global(x);
  const t = x.target;
  switch (t.kind) {
    case "global":
      return s.global(t.global);
    case "funcValue":
      return s.funcValue(t.fn);
    case "funcPC":
      return s.func(t.fn, t.abi);
    case "type":
      return s.type(t.type);
    case "itab":
      return s.itab(t.itab);
    case "string":
      return s.string(t.bytes);
    case "runtime":
      return s.runtime(t.name.startsWith("runtime.") ? t.name : `runtime.${t.name}`, 0);
    case "jumpTable":
      return src.jumpTable(x);
  }
}

/** A variable's place plus off. */
export function setLocal(a: Addr, l: Local, off: number): void {
  a.setSlot(inOwnFrame(l) ? AddrName.Auto : AddrName.Param, l.offset + off);
  a.sym = l.sym;
  a.reg = Reg.SP;
}

/** A stack slot. */
export function setStackSlot(a: Addr, slots: readonly StackSlot[], home: number): void {
  const s = slots[home - slotBase]!;
  if (s.param === null) a.setSlot(AddrName.Auto, s.offset);
  else {
    a.setSlot(AddrName.Param, s.param.offset + s.offset);
    a.sym = s.param.sym;
  }
  a.reg = Reg.SP;
}

const scales: Readonly<Record<string, number>> = {
  "base+index*1": 1,
  "base+index*2": 2,
  "base+index*4": 4,
  "base+index*8": 8,
};

/** The memory operand of a machine value: aux + auxInt + base (argument `at`) + index*scale (the argument behind it). */
export function setMemory(a: Addr, src: SymbolSource, v: Value, row: MachineOp, at: number, extra = 0): void {
  let base = v.args[at]!.reg;
  const off = v.auxInt + extra;
  let index = -1;
  let scale = 0;
  if (row.addressing !== "base" && row.addressing !== "none") {
    index = v.args[at + 1]!.reg;
    scale = scales[row.addressing]!;
    // The stack pointer cannot be an index.
    if (index === 4 && scale === 1) {
      index = base;
      base = 4;
    }
  }
  const x = v.aux;
  if (x instanceof Local) {
    setLocal(a, x, off);
  } else if (x instanceof SymRef || x instanceof Global) {
    a.setSym(symbolOf(src, x), off);
    if (base >= 0) throw new InternalError("ssa/emit", src.name, `symbol and base: ${valueString(v)}`);
  } else if (base >= 0) {
    a.setMem(regOf(base), off);
  } else {
    throw new InternalError("ssa/emit", src.name, `no base: ${valueString(v)}`);
  }
  if (index >= 0) {
    a.index = regOf(index);
    a.scale = scale;
  }
  a.type = AddrType.Mem;
}
