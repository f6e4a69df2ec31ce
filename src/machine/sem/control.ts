// Jumps, calls, the stack, and what leaves the interpreter.

import { type Handler, Field } from "../cpu/handler.ts";
import { flagsLogic, flagsSub, type Int, int16, int32, int64, type IntType, sized } from "../cpu/int.ts";
import { Exit } from "../mem/layout.ts";
import { i32, type I32, i64, type I64, type Val } from "../wasm/value.ts";
import { define, F } from "./registry.ts";

const RSP = 4;
const RBP = 5;

function refund(c: Handler): I32 {
  return i32.load(c.ip.get(), Field.Refund);
}

/** Pushes 8 bytes. */
function push(c: Handler, v: I64): void {
  const value = c.let(v);
  const sp = c.let(i64.sub(c.reg(RSP), i64.const(8)));
  int64.store(c, sp, value);
  c.setReg(RSP, sp);
}

define("push", {}, (c) => {
  if (c.size() === 16) {
    const v = c.let(int16.get(c, 0));
    const sp = c.let(i64.sub(c.reg(RSP), i64.const(2)));
    int16.store(c, sp, v);
    c.setReg(RSP, sp);
  } else push(c, int64.get(c, 0));
});
define("pop", {}, (c) => {
  const n = c.size() === 16 ? 2 : 8;
  const sp = c.let(c.reg(RSP));
  // The address of a memory destination is computed after RSP has moved.
  if (n === 2) {
    const v = c.let(int16.load(c, sp));
    c.setReg(RSP, i64.add(sp, i64.const(2)));
    int16.set(c, 0, v);
  } else {
    const v = c.let(int64.load(c, sp));
    c.setReg(RSP, i64.add(sp, i64.const(8)));
    int64.set(c, 0, v);
  }
});
define("leave", {}, (c) => {
  const bp = c.let(c.reg(RBP));
  const v = c.let(int64.load(c, bp));
  c.setReg(RSP, i64.add(bp, i64.const(8)));
  c.setReg(RBP, v);
});

/** To the direct target: also what ends a block that was cut. */
define("jmp", { ends: true }, (c) => {
  if (c.operands === 0) c.goDirect();
  else c.goIndirect(int64.get(c, 0));
});
define("call", { ends: true }, (c) => {
  if (c.operands === 0) {
    push(c, c.imm());
    c.goDirect();
    return;
  }
  // The return address is the immediate.
  const target = c.let(int64.get(c, 0));
  push(c, c.imm());
  c.goIndirect(target);
});
define("ret", { ends: true }, (c) => {
  const sp = c.let(c.reg(RSP));
  const target = c.let(int64.load(c, sp));
  const more = c.operands === 0 ? i64.const(8) : i64.add(i64.const(8), c.imm());
  c.setReg(RSP, i64.add(sp, more));
  c.goIndirect(target);
});

define("jcc", { control: true }, (c) => {
  c.body.if(c.condition(c.extra), () => c.goDirect(refund(c)));
  c.next();
});

/** The condition of a comparison of a with b, without the stored flags. */
function compared<K extends IntType>(n: Int<K>, a: Val<K>, b: Val<K>, cc: number): I32 {
  let v: I32;
  const less = (x: Val<K>, y: Val<K>): I32 => i64.lts(n.wide(x), n.wide(y));
  switch (cc >> 1) {
    case 0:
      v = i64.lts(n.wide(n.and(n.xor(a, b), n.xor(a, n.sub(a, b)))), i64.const(0));
      break;
    case 1:
      v = n.ltu(a, b);
      break;
    case 2:
      v = n.eq(a, b);
      break;
    case 3:
      v = i32.eqz(n.ltu(b, a));
      break;
    case 4:
      v = i64.lts(n.wide(n.sub(a, b)), i64.const(0));
      break;
    case 5:
      v = i32.eqz(i32.and(i32.popcnt(i32.and(n.toI32(n.sub(a, b)), i32.const(255))), i32.const(1)));
      break;
    case 6:
      v = less(a, b);
      break;
    default:
      v = i32.eqz(less(b, a));
  }
  return (cc & 1) === 0 ? v : i32.eqz(v);
}

/** The condition of a bitwise result. */
function tested<K extends IntType>(n: Int<K>, r: Val<K>, cc: number): I32 {
  const w = n.wide(r);
  let v: I32;
  switch (cc >> 1) {
    case 0:
    case 1:
      v = i32.const(0);
      break;
    case 2:
    case 3:
      v = n.eqz(n.trim(r));
      break;
    case 4:
    case 6:
      v = i64.lts(w, i64.const(0));
      break;
    case 5:
      v = i32.eqz(i32.and(i32.popcnt(i32.and(n.toI32(r), i32.const(255))), i32.const(1)));
      break;
    default:
      v = i64.les(w, i64.const(0));
  }
  return (cc & 1) === 0 ? v : i32.eqz(v);
}

// A comparison and the jump that follows it as one record: the most frequent pair.
define(
  "cmp+jcc",
  { writes: F.All, control: true },
  sized((c, n) => {
    const a = c.let(n.get(c, 0));
    const b = c.let(n.get(c, 1));
    if (c.flags) flagsSub(c, n, a, b, c.let(n.sub(a, b)));
    c.body.if(compared(n, a, b, c.extra), () => c.goDirect(refund(c)));
    c.next();
  }),
);
define(
  "test+jcc",
  { writes: F.All, control: true },
  sized((c, n) => {
    const r = c.let(n.and(n.get(c, 0), n.get(c, 1)));
    if (c.flags) flagsLogic(c, n, r);
    c.body.if(tested(n, r, c.extra), () => c.goDirect(refund(c)));
    c.next();
  }),
);

/** jrcxz 64, jecxz 32. */
define("jrcxz", { control: true }, (c) => {
  c.body.if(i64.eqz(c.reg(1)), () => c.goDirect(refund(c)));
  c.next();
});
define("jecxz", { control: true }, (c) => {
  c.body.if(i32.eqz(int32.reg(1)), () => c.goDirect(refund(c)));
  c.next();
});
for (const [name, zf] of [
  ["loop", -1],
  ["loope", 1],
  ["loopne", 0],
] as const) {
  define(name, { control: true, reads: zf < 0 ? F.None : F.Z }, (c) => {
    const n = c.let(i64.sub(c.reg(1), i64.const(1)));
    c.setReg(1, n);
    let cond = i64.ne(n, i64.const(0));
    if (zf >= 0) cond = i32.and(cond, c.condition(zf === 1 ? 4 : 5));
    c.body.if(cond, () => c.goDirect(refund(c)));
    c.next();
  });
}

for (const [name, exit] of [
  ["syscall", Exit.Syscall],
  ["int3", Exit.Int3],
  ["ud2", Exit.Undefined],
  ["hlt", Exit.Halt],
  ["(probe)", Exit.Probe],
] as const) {
  define(name, { ends: true, reads: F.All }, (c) => c.exit(exit));
}
