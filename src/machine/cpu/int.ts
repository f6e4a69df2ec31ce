// Integers of 8, 16, 32 and 64 bits under one interface, so that a meaning is written once for all sizes. Values of 8 and
// 16 bits live zero-extended in an i32; what an operation leaves above the size is cut when it is stored or widened.

import { At } from "../mem/layout.ts";
import { i32, type I32, i64, type I64, loads, select, stores, type Val } from "../wasm/value.ts";
import { type Handler, Kind } from "./handler.ts";

export type IntType = "i32" | "i64";

export interface Int<K extends IntType> {
  readonly type: K;
  readonly bits: number;
  const(v: number): Val<K>;
  add(a: Val<K>, b: Val<K>): Val<K>;
  sub(a: Val<K>, b: Val<K>): Val<K>;
  mul(a: Val<K>, b: Val<K>): Val<K>;
  and(a: Val<K>, b: Val<K>): Val<K>;
  or(a: Val<K>, b: Val<K>): Val<K>;
  xor(a: Val<K>, b: Val<K>): Val<K>;
  shl(a: Val<K>, b: Val<K>): Val<K>;
  shru(a: Val<K>, b: Val<K>): Val<K>;
  shrs(a: Val<K>, b: Val<K>): Val<K>;
  eq(a: Val<K>, b: Val<K>): I32;
  eqz(a: Val<K>): I32;
  ltu(a: Val<K>, b: Val<K>): I32;
  clz(a: Val<K>): Val<K>;
  ctz(a: Val<K>): Val<K>;
  popcnt(a: Val<K>): Val<K>;
  /** Cut to the size, zero-extended. */
  trim(a: Val<K>): Val<K>;
  /** Sign-extended within K. */
  signed(a: Val<K>): Val<K>;
  /** Sign-extended to 64 bits. */
  wide(a: Val<K>): I64;
  /** From an i32 count or bit. */
  fromI32(a: I32): Val<K>;
  toI32(a: Val<K>): I32;
  select(a: Val<K>, b: Val<K>, c: I32): Val<K>;
  /** Operand i, zero-extended. */
  get(c: Handler, i: number): Val<K>;
  set(c: Handler, i: number, v: Val<K>): void;
  load(c: Handler, address: I64): Val<K>;
  store(c: Handler, address: I64, v: Val<K>): void;
  /** Register n, zero-extended. */
  reg(n: number): Val<K>;
  setReg(c: Handler, n: number, v: Val<K>): void;
}

export const int64: Int<"i64"> = {
  type: "i64",
  bits: 64,
  const: (v) => i64.const(v),
  add: i64.add,
  sub: i64.sub,
  mul: i64.mul,
  and: i64.and,
  or: i64.or,
  xor: i64.xor,
  shl: i64.shl,
  shru: i64.shru,
  shrs: i64.shrs,
  eq: i64.eq,
  eqz: i64.eqz,
  ltu: i64.ltu,
  clz: i64.clz,
  ctz: i64.ctz,
  popcnt: i64.popcnt,
  trim: (a) => a,
  signed: (a) => a,
  wide: (a) => a,
  fromI32: (a) => i64.extendU(a),
  toI32: (a) => i32.wrap(a),
  select,
  get(c, i) {
    switch (c.kind(i)) {
      case Kind.Reg:
        return i64.load(c.slot(i), At.Regs);
      case Kind.Mem:
        return c.load(loads.i64, c.address(i));
      default:
        return c.imm();
    }
  },
  set(c, i, v) {
    if (c.kind(i) === Kind.Reg) c.body.store(stores.i64, c.slot(i), v, At.Regs);
    else c.store(stores.i64, c.address(i), v);
  },
  load: (c, a) => c.load(loads.i64, a),
  store: (c, a, v) => c.store(stores.i64, a, v),
  reg: (n) => i64.load(i32.const(0), At.Regs + n * 8),
  setReg: (c, n, v) => c.body.store(stores.i64, i32.const(0), v, At.Regs + n * 8),
};

function narrow(bits: 8 | 16 | 32): Int<"i32"> {
  const mask = bits === 8 ? 0xff : 0xffff;
  const load = bits === 8 ? loads.u8 : bits === 16 ? loads.u16 : loads.i32;
  const store = bits === 8 ? stores.u8 : bits === 16 ? stores.u16 : stores.i32;
  const trim = (a: I32): I32 => (bits === 32 ? a : i32.and(a, i32.const(mask)));
  const signed = (a: I32): I32 => (bits === 32 ? a : bits === 16 ? i32.extend16s(a) : i32.extend8s(a));
  return {
    type: "i32",
    bits,
    const: (v) => i32.const(v),
    add: i32.add,
    sub: i32.sub,
    mul: i32.mul,
    and: i32.and,
    or: i32.or,
    xor: i32.xor,
    shl: i32.shl,
    shru: i32.shru,
    shrs: i32.shrs,
    eq: i32.eq,
    eqz: i32.eqz,
    ltu: i32.ltu,
    clz: (a) => (bits === 32 ? i32.clz(a) : i32.sub(i32.clz(a), i32.const(32 - bits))),
    ctz: i32.ctz,
    popcnt: i32.popcnt,
    trim,
    signed,
    wide: (a) => i64.extendS(signed(a)),
    fromI32: (a) => a,
    toI32: (a) => a,
    select,
    get(c, i) {
      switch (c.kind(i)) {
        case Kind.Reg:
          return bits === 8
            ? i32.load8u(c.slot(i), At.Regs)
            : bits === 16
              ? i32.load16u(c.slot(i), At.Regs)
              : i32.load(c.slot(i), At.Regs);
        case Kind.Mem:
          return c.load(load, c.address(i));
        default:
          return c.imm32();
      }
    },
    set(c, i, v) {
      if (c.kind(i) !== Kind.Reg) c.store(store, c.address(i), v);
      else if (bits === 32) c.body.store(stores.i64, c.slot(i), i64.extendU(v), At.Regs);
      else c.body.store(store, c.slot(i), v, At.Regs);
    },
    load: (c, a) => c.load(load, a),
    store: (c, a, v) => c.store(store, a, v),
    reg: (n) => {
      const at = At.Regs + n * 8;
      return bits === 8
        ? i32.load8u(i32.const(0), at)
        : bits === 16
          ? i32.load16u(i32.const(0), at)
          : i32.load(i32.const(0), at);
    },
    setReg(c, n, v) {
      if (bits === 32) c.body.store(stores.i64, i32.const(0), i64.extendU(v), At.Regs + n * 8);
      else c.body.store(store, i32.const(0), v, At.Regs + n * 8);
    },
  };
}

export const int8 = narrow(8);
export const int16 = narrow(16);
export const int32 = narrow(32);

/** Runs f for the integer size of operand i. */
export function sized(f: <K extends IntType>(c: Handler, n: Int<K>) => void, operand = 0): (c: Handler) => void {
  return (c) => {
    switch (c.size(operand)) {
      case 64:
        f(c, int64);
        break;
      case 32:
        f(c, int32);
        break;
      case 16:
        f(c, int16);
        break;
      default:
        f(c, int8);
    }
  };
}

/** Flags of a + b (+ carry) = r. */
export function flagsAdd<K extends IntType>(c: Handler, n: Int<K>, a: Val<K>, b: Val<K>, r: Val<K>): void {
  // Carry out of the top bit: both had it, or one had it and the sum lost it. Right with a carry in, too.
  const lost = n.xor(r, n.const(-1));
  const out = n.or(n.and(a, b), n.and(n.or(a, b), lost));
  c.setCarry(n.toI32(n.and(n.shru(out, n.const(n.bits - 1)), n.const(1))));
  c.setFlag(At.FlagO, n.wide(n.and(n.xor(a, r), n.xor(b, r))));
  c.setFlag(At.FlagA, n.wide(n.xor(n.xor(a, b), r)));
  c.setResult(n.wide(r));
}

/** Flags of a - b = r, without a borrow in. */
export function flagsSub<K extends IntType>(c: Handler, n: Int<K>, a: Val<K>, b: Val<K>, r: Val<K>): void {
  c.setCarry(n.ltu(a, b));
  c.setFlag(At.FlagO, n.wide(n.and(n.xor(a, b), n.xor(a, r))));
  c.setFlag(At.FlagA, n.wide(n.xor(n.xor(a, b), r)));
  c.setResult(n.wide(r));
}

/** Flags of a bitwise result; AF is undefined in the manual and cleared by the CPUs. */
export function flagsLogic<K extends IntType>(c: Handler, n: Int<K>, r: Val<K>): void {
  c.setCarry(i32.const(0));
  c.setFlag(At.FlagO, i64.const(0));
  c.setFlag(At.FlagA, i64.const(0));
  c.setResult(n.wide(r));
}
