// Moves, arithmetic, shifts, bits: the general-purpose instructions but for control and strings.
// The order inside an instruction: loads, then the store (it may fault), then flags and registers.

import { type Handler, Kind } from "../cpu/handler.ts";
import {
  flagsAdd,
  flagsLogic,
  flagsSub,
  type Int,
  int32,
  int64,
  int8,
  int16,
  type IntType,
  sized,
} from "../cpu/int.ts";
import { At } from "../mem/layout.ts";
import { choose, i32, type I32, i64, type I64, select, type Val } from "../wasm/value.ts";
import { define, F } from "./registry.ts";

const RAX = 0;
const RCX = 1;
const RDX = 2;

define(
  "mov",
  {},
  sized((c, n) => n.set(c, 0, n.get(c, 1))),
);
define("nop", {}, () => {});

function widen(signed: boolean): (c: Handler) => void {
  return (c) => {
    const from = c.size(1);
    const put = (v: I32): void => {
      if (c.size() === 64) int64.set(c, 0, signed ? i64.extendS(v) : i64.extendU(v));
      else if (c.size() === 32) int32.set(c, 0, v);
      else int16.set(c, 0, v);
    };
    if (from === 8) put(signed ? int8.signed(int8.get(c, 1)) : int8.get(c, 1));
    else if (from === 16) put(signed ? int16.signed(int16.get(c, 1)) : int16.get(c, 1));
    else put(int32.get(c, 1));
  };
}
define("movzx", {}, widen(false));
define("movsx", {}, widen(true));
define("movsxd", {}, widen(true));

function setAddress(c: Handler, a: I64): void {
  if (c.size() === 64) int64.set(c, 0, a);
  else if (c.size() === 32) int32.set(c, 0, i32.wrap(a));
  else int16.set(c, 0, i32.wrap(a));
}
define("lea", {}, (c) => setAddress(c, c.address(1)));

/** base + (index << scale) + displacement: operands are destination, base, index; slot 3 holds the scale. */
function scaled(c: Handler): I64 {
  const index = i64.load(c.slot(2), At.Regs);
  const shift = i64.extendU(c.slot(3));
  return i64.add(i64.add(i64.load(c.slot(1), At.Regs), i64.shl(index, shift)), c.disp());
}
define("lea.index", {}, (c) => setAddress(c, scaled(c)));
/** The same cut to 32 bits: the address-size prefix. */
define("lea.index32", {}, (c) => setAddress(c, i64.extendU(i32.wrap(scaled(c)))));

// Loads with an index, common enough to be spared the separate address computation.
define("mov.index", {}, (c) => {
  const a = scaled(c);
  switch (c.size()) {
    case 64:
      int64.set(c, 0, int64.load(c, a));
      break;
    case 32:
      int32.set(c, 0, int32.load(c, a));
      break;
    case 16:
      int16.set(c, 0, int16.load(c, a));
      break;
    default:
      int8.set(c, 0, int8.load(c, a));
  }
});
define("movzx8.index", {}, (c) => {
  const v = int8.load(c, scaled(c));
  if (c.size() === 64) int64.set(c, 0, i64.extendU(v));
  else int32.set(c, 0, v);
});

type Arith = <K extends IntType>(c: Handler, n: Int<K>, a: Val<K>, b: Val<K>) => void;

function binary(f: Arith): (c: Handler) => void {
  return sized((c, n) => {
    const a = c.let(n.get(c, 0));
    const b = c.let(n.get(c, 1));
    f(c, n, a, b);
  });
}

define(
  "add",
  { writes: F.All },
  binary((c, n, a, b) => {
    const r = c.let(n.add(a, b));
    n.set(c, 0, r);
    if (c.flags) flagsAdd(c, n, a, b, r);
  }),
);
define(
  "sub",
  { writes: F.All },
  binary((c, n, a, b) => {
    const r = c.let(n.sub(a, b));
    n.set(c, 0, r);
    if (c.flags) flagsSub(c, n, a, b, r);
  }),
);
define(
  "cmp",
  { writes: F.All },
  binary((c, n, a, b) => {
    if (c.flags) flagsSub(c, n, a, b, c.let(n.sub(a, b)));
  }),
);
define(
  "test",
  { writes: F.All },
  binary((c, n, a, b) => {
    if (c.flags) flagsLogic(c, n, n.and(a, b));
  }),
);
for (const op of ["and", "or", "xor"] as const) {
  define(
    op,
    { writes: F.All },
    binary((c, n, a, b) => {
      const r = c.let(n[op](a, b));
      n.set(c, 0, r);
      if (c.flags) flagsLogic(c, n, r);
    }),
  );
}
define(
  "adc",
  { writes: F.All, reads: F.C },
  binary((c, n, a, b) => {
    const r = c.let(n.add(n.add(a, b), n.fromI32(c.carry())));
    n.set(c, 0, r);
    if (c.flags) flagsAdd(c, n, a, b, r);
  }),
);
define(
  "sbb",
  { writes: F.All, reads: F.C },
  binary((c, n, a, b) => {
    const r = c.let(n.sub(n.sub(a, b), n.fromI32(c.carry())));
    n.set(c, 0, r);
    if (!c.flags) return;
    const notA = n.xor(a, n.const(-1));
    const same = n.xor(n.xor(a, b), n.const(-1));
    const out = n.or(n.and(notA, b), n.and(same, r));
    c.setCarry(n.toI32(n.and(n.shru(out, n.const(n.bits - 1)), n.const(1))));
    c.setFlag(At.FlagO, n.wide(n.and(n.xor(a, b), n.xor(a, r))));
    c.setFlag(At.FlagA, n.wide(n.xor(n.xor(a, b), r)));
    c.setResult(n.wide(r));
  }),
);

const notCarry = F.All & ~F.C;
define(
  "inc",
  { writes: notCarry },
  sized((c, n) => {
    const a = c.let(n.get(c, 0));
    const r = c.let(n.add(a, n.const(1)));
    n.set(c, 0, r);
    if (!c.flags) return;
    c.setFlag(At.FlagO, n.wide(n.and(n.xor(a, r), r)));
    c.setFlag(At.FlagA, n.wide(n.xor(n.xor(a, n.const(1)), r)));
    c.setResult(n.wide(r));
  }),
);
define(
  "dec",
  { writes: notCarry },
  sized((c, n) => {
    const a = c.let(n.get(c, 0));
    const r = c.let(n.sub(a, n.const(1)));
    n.set(c, 0, r);
    if (!c.flags) return;
    c.setFlag(At.FlagO, n.wide(n.and(n.xor(a, r), a)));
    c.setFlag(At.FlagA, n.wide(n.xor(n.xor(a, n.const(1)), r)));
    c.setResult(n.wide(r));
  }),
);
define(
  "neg",
  { writes: F.All },
  sized((c, n) => {
    const a = c.let(n.get(c, 0));
    const r = c.let(n.sub(n.const(0), a));
    n.set(c, 0, r);
    if (c.flags) flagsSub(c, n, c.let(n.const(0)), a, r);
  }),
);
define(
  "not",
  {},
  sized((c, n) => n.set(c, 0, n.xor(n.get(c, 0), n.const(-1)))),
);

// --- multiplication and division ---

/** The upper 64 bits of the unsigned product. */
function mulHigh(c: Handler, a: I64, b: I64): I64 {
  const m = i64.const(0xffffffffn);
  const s = i64.const(32);
  const al = c.let(i64.and(a, m));
  const ah = c.let(i64.shru(a, s));
  const bl = c.let(i64.and(b, m));
  const bh = c.let(i64.shru(b, s));
  const t = c.let(i64.add(i64.mul(ah, bl), i64.shru(i64.mul(al, bl), s)));
  const u = c.let(i64.add(i64.mul(al, bh), i64.and(t, m)));
  return c.let(i64.add(i64.add(i64.mul(ah, bh), i64.shru(t, s)), i64.shru(u, s)));
}

function mulHighSigned(c: Handler, a: I64, b: I64): I64 {
  const high = mulHigh(c, a, b);
  const fixA = i64.and(i64.shrs(a, i64.const(63)), b);
  const fixB = i64.and(i64.shrs(b, i64.const(63)), a);
  return c.let(i64.sub(i64.sub(high, fixA), fixB));
}

/** CF and OF by whether the product overflowed; the rest, undefined, by the low half. */
function mulFlags(c: Handler, over: I32, low: I64): void {
  if (!c.flags) return;
  const o = c.let(over);
  c.setCarry(o);
  c.setFlag(At.FlagO, i64.sub(i64.const(0), i64.extendU(o)));
  c.setFlag(At.FlagA, i64.const(0));
  c.setResult(low);
}

function multiply(signed: boolean): (c: Handler) => void {
  return (c) => {
    const bits = c.size();
    if (bits === 64) {
      const a = c.let(c.reg(RAX));
      const b = c.let(int64.get(c, 0));
      const low = c.let(i64.mul(a, b));
      const high = signed ? mulHighSigned(c, a, b) : mulHigh(c, a, b);
      c.setReg(RAX, low);
      c.setReg(RDX, high);
      mulFlags(c, signed ? i64.ne(high, i64.shrs(low, i64.const(63))) : i64.ne(high, i64.const(0)), low);
      return;
    }
    const n = bits === 32 ? int32 : bits === 16 ? int16 : int8;
    const ext = (v: I32): I64 => (signed ? n.wide(v) : i64.extendU(v));
    const p = c.let(i64.mul(ext(n.reg(RAX)), ext(n.get(c, 0))));
    const high = c.let(i32.wrap(i64.shru(p, i64.const(bits))));
    const low = c.let(i32.wrap(p));
    if (bits === 8) int16.setReg(c, RAX, low);
    else {
      n.setReg(c, RAX, low);
      n.setReg(c, RDX, high);
    }
    mulFlags(c, i64.ne(p, signed ? n.wide(low) : i64.extendU(n.trim(low))), n.wide(low));
  };
}
define("mul", { writes: F.All }, multiply(false));

define("imul", { writes: F.All }, (c) => {
  if (c.operands === 1) {
    multiply(true)(c);
    return;
  }
  const first = c.operands === 3 ? 1 : 0;
  const bits = c.size();
  if (bits === 64) {
    const a = c.let(int64.get(c, first));
    const b = c.let(int64.get(c, first + 1));
    const low = c.let(i64.mul(a, b));
    const high = c.flags ? mulHighSigned(c, a, b) : low;
    int64.set(c, 0, low);
    mulFlags(c, i64.ne(high, i64.shrs(low, i64.const(63))), low);
    return;
  }
  const n = bits === 32 ? int32 : int16;
  const p = c.let(i64.mul(n.wide(n.get(c, first)), n.wide(n.get(c, first + 1))));
  const low = c.let(i32.wrap(p));
  n.set(c, 0, low);
  mulFlags(c, i64.ne(p, n.wide(low)), n.wide(low));
});

/** Helpers that the host provides for what the builder does not express. */
export const enum DivideHelper {
  Unsigned = 1,
  Signed = 2,
  Error = 3,
}

function divide(signed: boolean): (c: Handler) => void {
  return (c) => {
    const bits = c.size();
    if (bits === 64) {
      const d = c.let(int64.get(c, 0));
      const a = c.let(c.reg(RAX));
      // The dividend fits 64 bits in all but multi-precision code.
      const fits = signed ? i64.eq(c.reg(RDX), i64.shrs(a, i64.const(63))) : i64.eqz(c.reg(RDX));
      const safe = signed ? i32.and(i64.ne(d, i64.const(0)), i64.ne(d, i64.const(-1))) : i64.ne(d, i64.const(0));
      c.body.if(
        i32.and(fits, safe),
        () => {
          const q = c.let(signed ? i64.divs(a, d) : i64.divu(a, d));
          c.setReg(RAX, q);
          c.setReg(RDX, i64.sub(a, i64.mul(q, d)));
        },
        () => {
          // The host divides: it reads the divisor from the scratch slot.
          c.setReg(At.Temp2 / 8, d);
          c.helper(signed ? DivideHelper.Signed : DivideHelper.Unsigned);
        },
      );
      return;
    }
    const n = bits === 32 ? int32 : bits === 16 ? int16 : int8;
    const d = c.let(signed ? n.wide(n.get(c, 0)) : i64.extendU(n.get(c, 0)));
    let a: I64;
    if (bits === 8) a = signed ? int16.wide(int16.reg(RAX)) : i64.extendU(int16.reg(RAX));
    else {
      const whole = i64.or(i64.extendU(n.reg(RAX)), i64.shl(i64.extendU(n.reg(RDX)), i64.const(bits)));
      a = signed && bits === 16 ? i64.extend32s(whole) : whole;
    }
    const v = c.let(a);
    // Division by zero, and the one quotient that overflows 64 bits, never reach the instruction.
    const bad = signed
      ? i32.or(i64.eqz(d), i32.and(i64.eq(d, i64.const(-1)), i64.eq(v, i64.const(-0x8000000000000000n))))
      : i64.eqz(d);
    c.body.if(bad, () => c.helper(DivideHelper.Error));
    const q = c.let(signed ? i64.divs(v, d) : i64.divu(v, d));
    const over = signed ? i64.ne(q, n.wide(i32.wrap(q))) : i64.ne(q, i64.extendU(n.trim(i32.wrap(q))));
    c.body.if(over, () => c.helper(DivideHelper.Error));
    const r = i32.wrap(i64.sub(v, i64.mul(q, d)));
    if (bits === 8) {
      int16.setReg(
        c,
        RAX,
        i32.or(i32.and(i32.wrap(q), i32.const(255)), i32.shl(i32.and(r, i32.const(255)), i32.const(8))),
      );
    } else {
      n.setReg(c, RAX, i32.wrap(q));
      n.setReg(c, RDX, r);
    }
  };
}
define("div", {}, divide(false));
define("idiv", {}, divide(true));

// --- shifts ---

/** The count of a shift: an immediate, CL, or 1. */
function count<K extends IntType>(c: Handler, n: Int<K>, operand: number): I32 {
  const mask = n.bits === 64 ? 63 : 31;
  const raw = c.operands <= operand ? i32.const(1) : c.kind(operand) === Kind.Imm ? c.imm32() : int8.get(c, operand);
  return c.let(i32.and(raw, i32.const(mask)));
}

function shift(
  f: <K extends IntType>(c: Handler, n: Int<K>, a: Val<K>, k: Val<K>) => { r: Val<K>; carry: Val<K>; over: Val<K> },
): (c: Handler) => void {
  return sized((c, n) => {
    const a = c.let(n.get(c, 0));
    const k32 = count(c, n, 1);
    const k = c.let(n.fromI32(k32));
    const { r, carry, over } = f(c, n, a, k);
    const v = c.let(r);
    n.set(c, 0, v);
    if (!c.flags) return;
    c.body.if(k32, () => {
      c.setCarry(n.toI32(n.and(carry, n.const(1))));
      c.setFlag(At.FlagO, n.wide(over));
      c.setFlag(At.FlagA, i64.const(0));
      c.setResult(n.wide(v));
    });
  });
}
const shl = shift((c, n, a, k) => {
  const r = c.let(n.shl(a, k));
  const carry = c.let(n.bits < 32 ? n.shru(r, n.const(n.bits)) : n.shru(a, n.sub(n.const(n.bits), k)));
  return { r, carry, over: n.xor(r, n.shl(carry, n.const(n.bits - 1))) };
});
define("shl", { writes: F.All, kills: F.None }, shl);
define("sal", { writes: F.All, kills: F.None }, shl);
define(
  "shr",
  { writes: F.All, kills: F.None },
  shift((_c, n, a, k) => ({ r: n.shru(a, k), carry: n.shru(a, n.sub(k, n.const(1))), over: a })),
);
define(
  "sar",
  { writes: F.All, kills: F.None },
  shift((_c, n, a, k) => ({
    r: n.shrs(n.signed(a), k),
    carry: n.shrs(n.signed(a), n.sub(k, n.const(1))),
    over: n.const(0),
  })),
);

/** Rotations set only CF and OF, and nothing when the count is 0. */
function rotate(left: boolean): (c: Handler) => void {
  return sized((c, n) => {
    const a = c.let(n.get(c, 0));
    const k32 = count(c, n, 1);
    const k = c.let(n.and(n.fromI32(k32), n.const(n.bits - 1)));
    const back = n.and(n.sub(n.const(0), k), n.const(n.bits - 1));
    const r = c.let(n.trim(left ? n.or(n.shl(a, k), n.shru(a, back)) : n.or(n.shru(a, k), n.shl(a, back))));
    n.set(c, 0, r);
    if (!c.flags) return;
    c.body.if(k32, () => {
      const top = n.shru(r, n.const(n.bits - 1));
      if (left) {
        c.setCarry(n.toI32(n.and(r, n.const(1))));
        c.setFlag(At.FlagO, n.wide(n.xor(r, n.shl(r, n.const(n.bits - 1)))));
      } else {
        c.setCarry(n.toI32(top));
        c.setFlag(At.FlagO, n.wide(n.xor(r, n.shl(r, n.const(1)))));
      }
    });
  });
}
define("rol", { writes: F.C | F.O, kills: F.None }, rotate(true));
define("ror", { writes: F.C | F.O, kills: F.None }, rotate(false));

/** Rotations through the carry work on bits + 1 places: two shifts around the carry's own place. */
function rotateCarry(left: boolean): (c: Handler) => void {
  return sized((c, n) => {
    const a = c.let(n.get(c, 0));
    let k32 = count(c, n, 1);
    if (n.bits < 32) k32 = c.let(i32.remu(k32, i32.const(n.bits + 1)));
    const k = c.let(n.fromI32(k32));
    const one = n.const(1);
    c.body.if(
      k32,
      () => {
        const cf = c.let(n.fromI32(c.carry()));
        const rest = c.let(n.sub(n.const(n.bits), k));
        const other = n.bits < 32 ? n.shru(a, n.add(rest, one)) : n.shru(n.shru(a, one), rest);
        const otherRight = n.bits < 32 ? n.shl(a, n.add(rest, one)) : n.shl(n.shl(a, one), rest);
        const r = c.let(
          n.trim(
            left
              ? n.or(n.or(n.shl(a, k), n.shl(cf, n.sub(k, one))), other)
              : n.or(n.or(n.shru(a, k), n.shl(cf, rest)), otherRight),
          ),
        );
        const out = c.let(n.and(left ? n.shru(a, rest) : n.shru(a, n.sub(k, one)), one));
        n.set(c, 0, r);
        c.setCarry(n.toI32(out));
        c.setFlag(At.FlagO, n.wide(left ? n.xor(r, n.shl(out, n.const(n.bits - 1))) : n.xor(r, n.shl(r, one))));
      },
      () => {
        // A 32-bit destination is zero-extended even then.
        if (n.bits === 32) n.set(c, 0, a);
      },
    );
  });
}
define("rcl", { writes: F.C | F.O, kills: F.None, reads: F.C }, rotateCarry(true));
define("rcr", { writes: F.C | F.O, kills: F.None, reads: F.C }, rotateCarry(false));

function doubleShift(left: boolean): (c: Handler) => void {
  return sized((c, n) => {
    const a = c.let(n.get(c, 0));
    const b = c.let(n.get(c, 1));
    const k32 = count(c, n, 2);
    const k = c.let(n.fromI32(k32));
    c.body.if(
      k32,
      () => {
        const rest = c.let(n.sub(n.const(n.bits), k));
        const r = c.let(n.trim(left ? n.or(n.shl(a, k), n.shru(b, rest)) : n.or(n.shru(a, k), n.shl(b, rest))));
        n.set(c, 0, r);
        if (!c.flags) return;
        c.setCarry(n.toI32(n.and(left ? n.shru(a, rest) : n.shru(a, n.sub(k, n.const(1))), n.const(1))));
        c.setFlag(At.FlagO, n.wide(n.xor(a, r)));
        c.setFlag(At.FlagA, i64.const(0));
        c.setResult(n.wide(r));
      },
      () => {
        if (n.bits === 32) n.set(c, 0, a);
      },
    );
  });
}
define("shld", { writes: F.All, kills: F.None }, doubleShift(true));
define("shrd", { writes: F.All, kills: F.None }, doubleShift(false));

// --- bits ---

type BitOp = "bt" | "bts" | "btr" | "btc";
for (const op of ["bt", "bts", "btr", "btc"] as BitOp[]) {
  define(
    op,
    { writes: F.C },
    sized((c, n) => {
      const change = (a: Val<typeof n.type>, bit: Val<typeof n.type>): Val<typeof n.type> =>
        op === "bts" ? n.or(a, bit) : op === "btr" ? n.and(a, n.xor(bit, n.const(-1))) : n.xor(a, bit);
      const index = c.let(n.get(c, 1));
      const k = c.let(n.and(index, n.const(n.bits - 1)));
      const carry = (a: Val<typeof n.type>): void => c.setCarry(n.toI32(n.and(n.shru(a, k), n.const(1))));
      if (c.kind(0) === Kind.Mem) {
        // A register index reaches beyond the operand: bit strings.
        let at = c.address(0);
        if (c.kind(1) === Kind.Reg) {
          const log = n.bits === 64 ? 6 : n.bits === 32 ? 5 : 4;
          at = i64.add(at, i64.mul(i64.shrs(n.wide(index), i64.const(log)), i64.const(n.bits / 8)));
        }
        const address = c.let(at);
        const a = c.let(n.load(c, address));
        if (op !== "bt") n.store(c, address, change(a, n.shl(n.const(1), k)));
        carry(a);
      } else {
        const a = c.let(n.get(c, 0));
        if (op !== "bt") n.set(c, 0, change(a, n.shl(n.const(1), k)));
        carry(a);
      }
    }),
  );
}

function scan(forward: boolean): (c: Handler) => void {
  return sized((c, n) => {
    const a = c.let(n.get(c, 1));
    c.body.if(
      n.eqz(a),
      () => {
        // The destination keeps its value, as AMD says and Intel does; only its upper half is cleared for 32 bits.
        if (n.bits === 32) n.set(c, 0, n.get(c, 0));
      },
      () => n.set(c, 0, forward ? n.ctz(a) : n.sub(n.const(n.bits - 1), n.clz(a))),
    );
    if (c.flags) {
      c.setCarry(i32.const(0));
      c.setFlag(At.FlagO, i64.const(0));
      c.setFlag(At.FlagA, i64.const(0));
      c.setResult(n.wide(a));
    }
  });
}
define("bsf", { writes: F.All }, scan(true));
define("bsr", { writes: F.All }, scan(false));

function countZeros(f: <K extends IntType>(n: Int<K>, a: Val<K>) => Val<K>): (c: Handler) => void {
  return sized((c, n) => {
    const a = c.let(n.get(c, 1));
    const zero = c.let(n.eqz(a));
    const r = c.let(n.select(n.const(n.bits), f(n, a), zero));
    n.set(c, 0, r);
    if (c.flags) {
      flagsLogic(c, n, r);
      c.setCarry(zero);
    }
  });
}
define(
  "tzcnt",
  { writes: F.All },
  countZeros((n, a) => n.ctz(a)),
);
define(
  "lzcnt",
  { writes: F.All },
  countZeros((n, a) => n.clz(a)),
);
define(
  "popcnt",
  { writes: F.All },
  sized((c, n) => {
    const a = c.let(n.get(c, 1));
    n.set(c, 0, n.popcnt(a));
    if (c.flags) {
      flagsLogic(c, n, a);
      c.setFlag(At.FlagS, i64.const(1));
    }
  }),
);

function swap32(a: I32): I32 {
  const m = i32.const(0x00ff00ff);
  return i32.or(i32.rotl(i32.and(a, m), i32.const(24)), i32.and(i32.rotl(a, i32.const(8)), m));
}
function swap64(c: Handler, a: I64): I64 {
  const low = c.let(swap32(c.let(i32.wrap(a))));
  const high = c.let(swap32(c.let(i32.wrap(i64.shru(a, i64.const(32))))));
  return i64.or(i64.shl(i64.extendU(low), i64.const(32)), i64.extendU(high));
}
define("bswap", {}, (c) => {
  if (c.size() === 64) int64.set(c, 0, swap64(c, c.let(int64.get(c, 0))));
  else if (c.size() === 32) int32.set(c, 0, swap32(c.let(int32.get(c, 0))));
  else int16.set(c, 0, i32.const(0));
});
define("movbe", {}, (c) => {
  if (c.size() === 64) int64.set(c, 0, swap64(c, c.let(int64.get(c, 1))));
  else if (c.size() === 32) int32.set(c, 0, swap32(c.let(int32.get(c, 1))));
  else {
    const v = c.let(int16.get(c, 1));
    int16.set(c, 0, i32.or(i32.shru(v, i32.const(8)), i32.shl(v, i32.const(8))));
  }
});

// --- exchanges (a lock prefix changes nothing: one guest thread runs at a time) ---

define(
  "xchg",
  {},
  sized((c, n) => {
    const mem = c.kind(1) === Kind.Mem ? 1 : 0;
    const a = c.let(n.get(c, mem));
    const b = c.let(n.get(c, 1 - mem));
    n.set(c, mem, b);
    n.set(c, 1 - mem, a);
  }),
);
define(
  "xadd",
  { writes: F.All },
  binary((c, n, a, b) => {
    const r = c.let(n.add(a, b));
    if (c.kind(0) === Kind.Mem) {
      n.set(c, 0, r);
      n.set(c, 1, a);
    } else {
      n.set(c, 1, a);
      n.set(c, 0, r);
    }
    if (c.flags) flagsAdd(c, n, a, b, r);
  }),
);
define(
  "cmpxchg",
  { writes: F.All },
  sized((c, n) => {
    const acc = c.let(n.reg(RAX));
    const old = c.let(n.get(c, 0));
    const same = c.let(n.eq(acc, old));
    c.body.if(
      same,
      () => n.set(c, 0, n.get(c, 1)),
      () => {
        // The destination is written in any case, with its own value: a read-only page faults.
        if (c.kind(0) === Kind.Mem) n.set(c, 0, old);
        n.setReg(c, RAX, old);
      },
    );
    if (c.flags) flagsSub(c, n, acc, old, c.let(n.sub(acc, old)));
  }),
);
define("cmpxchg16b", { writes: F.Z }, (c) => {
  const at = c.let(c.address(0));
  c.checkAligned(at, 16);
  const low = c.let(int64.load(c, at));
  const high = c.let(int64.load(c, i64.add(at, i64.const(8))));
  const same = c.let(i32.and(i64.eq(low, c.reg(RAX)), i64.eq(high, c.reg(RDX))));
  int64.store(c, at, select(c.reg(3), low, same));
  int64.store(c, i64.add(at, i64.const(8)), select(c.reg(RCX), high, same));
  c.setReg(RAX, low);
  c.setReg(RDX, high);
  // Only ZF changes; PF lives elsewhere, so the zero can be said directly.
  c.setFlag(At.FlagZ, i64.extendU(i32.eqz(same)));
});
define("cmpxchg8b", { writes: F.Z }, (c) => {
  const at = c.let(c.address(0));
  const old = c.let(int64.load(c, at));
  const pair = (lo: number, hi: number): I64 =>
    i64.or(i64.extendU(int32.reg(lo)), i64.shl(i64.extendU(int32.reg(hi)), i64.const(32)));
  const same = c.let(i64.eq(old, pair(RAX, RDX)));
  int64.store(c, at, select(pair(3, RCX), old, same));
  c.body.if(i32.eqz(same), () => {
    int32.setReg(c, RAX, i32.wrap(old));
    int32.setReg(c, RDX, i32.wrap(i64.shru(old, i64.const(32))));
  });
  c.setFlag(At.FlagZ, i64.extendU(i32.eqz(same)));
});

// --- sign extension of the accumulator ---

define("cbw", {}, (c) => int16.setReg(c, RAX, int8.signed(int8.reg(RAX))));
define("cwde", {}, (c) => int32.setReg(c, RAX, int16.signed(int16.reg(RAX))));
define("cdqe", {}, (c) => int64.setReg(c, RAX, int32.wide(int32.reg(RAX))));
define("cwd", {}, (c) => int16.setReg(c, RDX, i32.shrs(int16.signed(int16.reg(RAX)), i32.const(15))));
define("cdq", {}, (c) => int32.setReg(c, RDX, i32.shrs(int32.reg(RAX), i32.const(31))));
define("cqo", {}, (c) => int64.setReg(c, RDX, i64.shrs(int64.reg(RAX), i64.const(63))));

// --- conditions ---

define("setcc", {}, (c) => int8.set(c, 0, c.condition(c.extra)));
define(
  "cmovcc",
  {},
  sized((c, n) => {
    const b = c.let(n.get(c, 1));
    n.set(c, 0, n.select(b, n.get(c, 0), c.condition(c.extra)));
  }),
);

// --- flags themselves ---

define("clc", { writes: F.C }, (c) => c.setCarry(i32.const(0)));
define("stc", { writes: F.C }, (c) => c.setCarry(i32.const(1)));
define("cmc", { writes: F.C, reads: F.C }, (c) => c.setCarry(i32.eqz(c.carry())));

/** EFLAGS as a value: IF is always set, bit 1 too. */
export function eflags(c: Handler): I32 {
  const bit = (v: I32, n: number): I32 => i32.shl(v, i32.const(n));
  let r = i32.or(i32.const(0x202), c.carry());
  r = i32.or(r, bit(c.condition(10), 2));
  r = i32.or(r, i32.and(i32.wrap(c.flag(At.FlagA)), i32.const(16)));
  r = i32.or(r, bit(c.condition(4), 6));
  r = i32.or(r, bit(c.condition(8), 7));
  r = i32.or(r, bit(i32.lts(i32.load(i32.const(0), At.FlagD), i32.const(0)), 10));
  r = i32.or(r, bit(c.condition(0), 11));
  return i32.or(r, i32.load(i32.const(0), At.FlagX));
}

/** Stores a value into EFLAGS' arithmetic part. */
function unpackFlags(c: Handler, v: I32): void {
  const bit = (n: number): I64 => i64.extendU(i32.and(i32.shru(v, i32.const(n)), i32.const(1)));
  c.setCarry(i32.and(v, i32.const(1)));
  c.setFlag(At.FlagZ, i64.xor(bit(6), i64.const(1)));
  // SF in the sign, PF as the parity of the low byte: 0 is even, 1 is odd.
  c.setFlag(At.FlagS, i64.or(i64.shl(bit(7), i64.const(63)), i64.xor(bit(2), i64.const(1))));
  c.setFlag(At.FlagA, i64.extendU(v));
}
define("lahf", { reads: F.All & ~F.O }, (c) => {
  const f = i32.and(eflags(c), i32.const(0xd7));
  const keep = i32.and(int32.reg(RAX), i32.const(0xff));
  int16.setReg(c, RAX, i32.or(keep, i32.shl(f, i32.const(8))));
});
define("sahf", { writes: F.All & ~F.O }, (c) => unpackFlags(c, c.let(i32.shru(int16.reg(RAX), i32.const(8)))));

define("pushf", { reads: F.All }, (c) => {
  const sp = c.let(i64.sub(c.reg(4), i64.const(8)));
  int64.store(c, sp, i64.extendU(eflags(c)));
  c.setReg(4, sp);
});
define("popf", { writes: F.All }, (c) => {
  const v = c.let(i32.wrap(int64.load(c, c.reg(4))));
  c.setReg(4, i64.add(c.reg(4), i64.const(8)));
  unpackFlags(c, v);
  c.setFlag(At.FlagO, i64.shl(i64.extendU(v), i64.const(52)));
  // AC and ID may be set; TF is not honoured.
  c.body.store({ type: "i32", op: [0x36], size: 4 }, i32.const(0), i32.and(v, i32.const(0x240000)), At.FlagX);
  const down = i32.and(v, i32.const(0x400));
  c.body.store({ type: "i32", op: [0x36], size: 4 }, i32.const(0), choose(down, i32.const(-1), i32.const(1)), At.FlagD);
});
define("cld", {}, (c) => c.body.store({ type: "i32", op: [0x36], size: 4 }, i32.const(0), i32.const(1), At.FlagD));
define("std", {}, (c) => c.body.store({ type: "i32", op: [0x36], size: 4 }, i32.const(0), i32.const(-1), At.FlagD));

// --- BMI1, BMI2, ADX ---

define(
  "andn",
  { writes: F.All },
  sized((c, n) => {
    const r = c.let(n.and(n.xor(n.get(c, 1), n.const(-1)), n.get(c, 2)));
    n.set(c, 0, r);
    if (c.flags) flagsLogic(c, n, r);
  }),
);
function lowest(f: <K extends IntType>(n: Int<K>, a: Val<K>) => Val<K>, carryIfZero: boolean): (c: Handler) => void {
  return sized((c, n) => {
    const a = c.let(n.get(c, 1));
    const r = c.let(f(n, a));
    n.set(c, 0, r);
    if (c.flags) {
      flagsLogic(c, n, r);
      c.setCarry(carryIfZero ? n.eqz(a) : i32.eqz(n.eqz(a)));
    }
  });
}
define(
  "blsi",
  { writes: F.All },
  lowest((n, a) => n.and(a, n.sub(n.const(0), a)), false),
);
define(
  "blsr",
  { writes: F.All },
  lowest((n, a) => n.and(a, n.sub(a, n.const(1))), true),
);
define(
  "blsmsk",
  { writes: F.All },
  lowest((n, a) => n.xor(a, n.sub(a, n.const(1))), true),
);
define(
  "bextr",
  { writes: F.All },
  sized((c, n) => {
    const control = c.let(n.toI32(n.get(c, 2)));
    const start = c.let(i32.and(control, i32.const(255)));
    const length = c.let(i32.and(i32.shru(control, i32.const(8)), i32.const(255)));
    const a = c.let(n.select(n.shru(n.get(c, 1), n.fromI32(start)), n.const(0), i32.ltu(start, i32.const(n.bits))));
    const mask = n.sub(n.shl(n.const(1), n.fromI32(length)), n.const(1));
    const r = c.let(n.select(n.and(a, mask), a, i32.ltu(length, i32.const(n.bits))));
    n.set(c, 0, r);
    if (c.flags) flagsLogic(c, n, r);
  }),
);
define(
  "bzhi",
  { writes: F.All },
  sized((c, n) => {
    const k = c.let(i32.and(n.toI32(n.get(c, 2)), i32.const(255)));
    const a = c.let(n.get(c, 1));
    const inside = c.let(i32.ltu(k, i32.const(n.bits)));
    const r = c.let(n.select(n.and(a, n.sub(n.shl(n.const(1), n.fromI32(k)), n.const(1))), a, inside));
    n.set(c, 0, r);
    if (c.flags) {
      flagsLogic(c, n, r);
      c.setCarry(i32.eqz(inside));
    }
  }),
);
function deposit(extract: boolean): (c: Handler) => void {
  return sized((c, n) => {
    const source = c.let(n.get(c, 1));
    const mask = c.body.local(n.type);
    c.body.set(mask, n.get(c, 2));
    const r = c.body.local(n.type);
    c.body.set(r, n.const(0));
    const bit = c.body.local(n.type);
    c.body.set(bit, n.const(1));
    const one = n.const(1);
    c.body.block((out) => {
      c.body.loop((again) => {
        c.body.brIf(out, n.eqz(mask.get()));
        const low = c.let(n.and(mask.get(), n.sub(n.const(0), mask.get())));
        const test = extract ? n.and(source, low) : n.and(source, bit.get());
        const put = extract ? bit.get() : low;
        c.body.if(i32.eqz(n.eqz(test)), () => c.body.set(r, n.or(r.get(), put)));
        c.body.set(mask, n.xor(mask.get(), low));
        c.body.set(bit, n.shl(bit.get(), one));
        c.body.br(again);
      });
    });
    n.set(c, 0, r.get());
  });
}
define("pdep", {}, deposit(false));
define("pext", {}, deposit(true));
define(
  "rorx",
  {},
  sized((c, n) => {
    const a = c.let(n.get(c, 1));
    const k = c.let(n.and(n.fromI32(c.imm32()), n.const(n.bits - 1)));
    n.set(c, 0, n.or(n.shru(a, k), n.shl(a, n.and(n.sub(n.const(0), k), n.const(n.bits - 1)))));
  }),
);
for (const [name, op] of [
  ["shlx", "shl"],
  ["shrx", "shru"],
  ["sarx", "shrs"],
] as const) {
  define(
    name,
    {},
    sized((c, n) => n.set(c, 0, n[op](n.get(c, 1), n.and(n.get(c, 2), n.const(n.bits - 1))))),
  );
}
define("mulx", {}, (c) => {
  if (c.size() === 64) {
    const a = c.let(c.reg(RDX));
    const b = c.let(int64.get(c, 2));
    const low = c.let(i64.mul(a, b));
    const high = mulHigh(c, a, b);
    int64.set(c, 1, low);
    int64.set(c, 0, high);
  } else {
    const p = c.let(i64.mul(i64.extendU(int32.reg(RDX)), i64.extendU(int32.get(c, 2))));
    int32.set(c, 1, i32.wrap(p));
    int32.set(c, 0, i32.wrap(i64.shru(p, i64.const(32))));
  }
});
function addOnly(at: "C" | "O"): (c: Handler) => void {
  return sized((c, n) => {
    const a = c.let(n.get(c, 0));
    const b = c.let(n.get(c, 1));
    const cf = at === "C" ? c.carry() : c.condition(0);
    const r = c.let(n.add(n.add(a, b), n.fromI32(cf)));
    n.set(c, 0, r);
    const lost = n.xor(r, n.const(-1));
    const out = c.let(n.and(n.shru(n.or(n.and(a, b), n.and(n.or(a, b), lost)), n.const(n.bits - 1)), n.const(1)));
    if (at === "C") c.setCarry(n.toI32(out));
    else c.setFlag(At.FlagO, i64.sub(i64.const(0), i64.extendU(n.toI32(out))));
  });
}
define("adcx", { writes: F.C, reads: F.C }, addOnly("C"));
define("adox", { writes: F.O, reads: F.O }, addOnly("O"));
