// The builder that an instruction's meaning is written over. One run of a semantic function emits one handler: code for
// an instruction with operands of given kinds, which reads the operands' names (register slots, displacement, immediate)
// from the decoded record that the local `ip` points at. A translator can subclass it and put constants there instead.
//
// Record, 32 bytes: u16 handler, u8[4] register slots of the operands (a memory operand: its base), u16 unused,
// i64 displacement, i64 immediate, i32 record of the direct target (0: not yet known), i32 instructions to give back
// when this exit is taken. The first record of a block holds its instruction count at +8 instead.

import { At, Exit, Size } from "../mem/layout.ts";
import { Body, type Local } from "../wasm/module.ts";
import {
  call,
  choose,
  type F32,
  type F64,
  i32,
  type I32,
  i64,
  type I64,
  type LoadOp,
  loadAt,
  loads,
  type StoreOp,
  stores,
  v128,
  type V128,
  Val,
  type ValType,
} from "../wasm/value.ts";

export const enum Kind {
  None = 0,
  Reg = 1,
  Mem = 2,
  Imm = 3,
  Vec = 4,
}

/** An operand's shape: what distinguishes handlers of one instruction. */
export interface Shape {
  readonly kind: Kind;
  /** Bits. */
  readonly size: number;
}

/** Functions that every emitted module imports, in this order. */
export const enum Import {
  MissRead = 0,
  MissWrite = 1,
  CommitWrite = 2,
  Resolve = 3,
  Lookup = 4,
  Helper = 5,
}

export const importNames = ["missRead", "missWrite", "commitWrite", "resolve", "lookup", "helper"] as const;

export const enum Field {
  Operands = 2,
  Disp = 8,
  Imm = 16,
  Link = 24,
  Refund = 28,
}

/** Where a handler's code goes. */
export const enum Place {
  /** A case of the interpreter loop. */
  Inline = 0,
  /** A function of its own, in the table. */
  Function = 1,
}

export class Handler {
  /** Registers keep AVX's zeroing of the upper half: set for VEX-encoded instructions. */
  vex = false;
  /** Which half of a 256-bit operation is being emitted. */
  half = 0;
  /** Bytes that memory operands of vectors are aligned to; undefined: what the encoding asks for. */
  alignment: number | undefined;

  constructor(
    readonly body: Body,
    readonly ip: Local<"i32">,
    readonly place: Place,
    /** The interpreter loop's label (Place.Inline). */
    readonly label: number,
    readonly shapes: readonly Shape[],
    /** Whether the flags that this instruction sets are read before they are overwritten. */
    readonly flags: boolean,
    /** A number that belongs to the mnemonic: condition code, helper id. */
    readonly extra = 0,
  ) {}

  /** Size in bits of operand i. */
  size(i = 0): number {
    return this.shapes[i]?.size ?? 0;
  }

  kind(i: number): Kind {
    return this.shapes[i]?.kind ?? Kind.None;
  }

  get operands(): number {
    return this.shapes.length;
  }

  let<K extends ValType>(v: Val<K>): Val<K> {
    return this.body.let(v);
  }

  // --- the record ---

  /** Byte offset of operand i's register within its file. */
  slot(i: number): I32 {
    return i32.load8u(this.ip.get(), Field.Operands + i);
  }

  disp(): I64 {
    return i64.load(this.ip.get(), Field.Disp);
  }

  imm(): I64 {
    return i64.load(this.ip.get(), Field.Imm);
  }

  imm32(): I32 {
    return i32.load(this.ip.get(), Field.Imm);
  }

  // --- registers ---

  /** A named 64-bit register. */
  reg(n: number): I64 {
    return i64.load(i32.const(0), At.Regs + n * 8);
  }

  setReg(n: number, v: I64): void {
    this.body.store(stores.i64, i32.const(0), v, At.Regs + n * 8);
  }

  /** The address of memory operand i. */
  address(i: number): I64 {
    return i64.add(i64.load(this.slot(i), At.Regs), this.disp());
  }

  // --- memory ---

  private saveIp(): number[] {
    return this.place === Place.Function ? [] : storeBytes(At.Ip, this.ip.get());
  }

  /** The linear address of `size` readable bytes; a crossing access reads from the bounce buffer. */
  private hostRead(a: I64, size: number): I32 {
    const e = this.let(i32.and(i32.wrap(i64.shru(a, i64.const(8))), i32.const((Size.Tlb - 1) << 4)));
    const last = size === 1 ? a : i64.add(a, i64.const(size - 1));
    const hit = i64.eq(i64.load(e, At.ReadTlb), i64.and(last, i64.const(-4096n)));
    const slow = call(Import.MissRead, "i32", i32.wrap(a), i32.wrap(i64.shru(a, i64.const(32))), i32.const(size));
    return choose(
      hit,
      i32.add(i32.load(e, At.ReadTlb + 8), i32.wrap(a)),
      new Val("i32", [...this.saveIp(), ...slow.code]),
    );
  }

  load<K extends ValType>(kind: LoadOp<K>, address: I64): Val<K> {
    const a = this.let(address);
    return this.let(loadAt(kind, this.hostRead(a, kind.size)));
  }

  store<K extends ValType>(kind: StoreOp<K>, address: I64, value: Val<K>): void {
    const a = this.let(address);
    const v = this.let(value);
    const size = kind.size;
    const e = this.let(i32.and(i32.wrap(i64.shru(a, i64.const(8))), i32.const((Size.Tlb - 1) << 4)));
    const last = size === 1 ? a : i64.add(a, i64.const(size - 1));
    const hit = i64.eq(i64.load(e, At.WriteTlb), i64.and(last, i64.const(-4096n)));
    this.body.if(
      hit,
      () => this.body.store(kind, i32.add(i32.load(e, At.WriteTlb + 8), i32.wrap(a)), v),
      () => {
        this.body.raw(...this.saveIp());
        const host = call(Import.MissWrite, "i32", i32.wrap(a), i32.wrap(i64.shru(a, i64.const(32))), i32.const(size));
        this.body.store(kind, host, v);
        this.body.call(Import.CommitWrite);
      },
    );
  }

  // --- vectors ---

  /** Faults unless an address is a multiple of n. */
  checkAligned(address: I64, n: number): void {
    this.body.if(i32.and(i32.wrap(address), i32.const(n - 1)), () => this.helper(24));
  }

  /** The address of vector operand i; instructions of the SSE encodings insist on alignment. */
  private vectorAddress(i: number): I64 {
    const a = this.let(this.address(i));
    const n = this.alignment ?? (this.vex || this.size(i) !== 128 ? 1 : 16);
    if (n > 1) this.checkAligned(a, n);
    return a;
  }

  /** Half of vector operand i: 128 bits, or fewer from memory with zeros above. */
  vec(i: number, half = 0): V128 {
    if (this.kind(i) === Kind.Mem) {
      const size = this.size(i);
      if (size === 16) return v128.with16(v128.zero(), 0, this.load(loads.u16, this.address(i)));
      if (size === 8) return v128.with8(v128.zero(), 0, this.load(loads.u8, this.address(i)));
      const kind = size === 32 ? loads.v32zero : size === 64 ? loads.v64zero : loads.v128;
      const a = half === 0 ? this.vectorAddress(i) : i64.add(this.address(i), i64.const(16));
      return this.load(kind, a);
    }
    return v128.load(this.slot(i), half === 0 ? At.VecLow : At.VecHigh);
  }

  /** Sets half of vector register i alone. */
  setVecHalf(i: number, half: number, v: V128): void {
    this.body.store(stores.v128, this.slot(i), v, half === 0 ? At.VecLow : At.VecHigh);
  }

  /** Sets operand i (register or memory of 128 bits), clearing the upper half of the register under VEX. */
  setVec(i: number, v: V128): void {
    if (this.kind(i) === Kind.Mem) {
      this.store(stores.v128, this.vectorAddress(i), v);
      return;
    }
    this.setVecHalf(i, 0, v);
    if (this.vex) this.setVecHalf(i, 1, v128.zero());
  }

  f64(i: number): F64 {
    if (this.kind(i) === Kind.Mem) return this.load(loads.f64, this.address(i));
    return loadAt(loads.f64, this.slot(i), At.VecLow);
  }

  f32(i: number): F32 {
    if (this.kind(i) === Kind.Mem) return this.load(loads.f32, this.address(i));
    return loadAt(loads.f32, this.slot(i), At.VecLow);
  }

  /** Sets the lowest lane of vector register i, leaving the others. */
  setF64(i: number, v: F64): void {
    this.body.store(stores.f64, this.slot(i), v, At.VecLow);
  }

  setF32(i: number, v: F32): void {
    this.body.store(stores.f32, this.slot(i), v, At.VecLow);
  }

  // --- flags ---

  flag(at: At): I64 {
    return i64.load(i32.const(0), at);
  }

  carry(): I32 {
    return i32.load(i32.const(0), At.FlagC);
  }

  setFlag(at: At.FlagZ | At.FlagS | At.FlagO | At.FlagA, v: I64): void {
    this.body.store(stores.i64, i32.const(0), v, at);
  }

  setCarry(v: I32): void {
    this.body.store(stores.i32, i32.const(0), v, At.FlagC);
  }

  /** Sets ZF, SF, PF by a result that is sign-extended to 64 bits. */
  setResult(r: I64): void {
    const v = this.let(r);
    this.setFlag(At.FlagZ, v);
    this.setFlag(At.FlagS, v);
  }

  /** Condition cc (the low four bits of jcc's opcode) from the stored flags. */
  condition(cc: number): I32 {
    const z = (): I32 => i64.eqz(this.flag(At.FlagZ));
    const less = (): I32 => i64.lts(i64.xor(this.flag(At.FlagS), this.flag(At.FlagO)), i64.const(0));
    let c: I32;
    switch (cc >> 1) {
      case 0:
        c = i64.lts(this.flag(At.FlagO), i64.const(0));
        break;
      case 1:
        c = this.carry();
        break;
      case 2:
        c = z();
        break;
      case 3:
        c = i32.or(this.carry(), z());
        break;
      case 4:
        c = i64.lts(this.flag(At.FlagS), i64.const(0));
        break;
      case 5:
        c = i32.eqz(i32.and(i32.popcnt(i32.load8u(i32.const(0), At.FlagS)), i32.const(1)));
        break;
      case 6:
        c = less();
        break;
      default:
        c = i32.or(z(), less());
    }
    return (cc & 1) === 0 ? c : i32.eqz(c);
  }

  // --- control ---

  /** On to the next record. */
  next(): void {
    if (this.place === Place.Inline) {
      this.body.set(this.ip, i32.add(this.ip.get(), i32.const(Size.Record)));
      this.body.br(this.label);
    } else {
      this.body.return(i32.add(this.ip.get(), i32.const(Size.Record)));
    }
  }

  /** Leaves the interpreter. */
  exit(reason: Exit): void {
    this.body.store(stores.i32, i32.const(0), this.ip.get(), At.Ip);
    this.body.store(stores.i32, i32.const(0), i32.const(reason), At.Exit);
    this.body.return(i32.const(0));
  }

  /** To the block at record `target`, if the budget allows; `refund` instructions of this block were not run. */
  goTo(target: I32, refund?: I32): void {
    const t = this.let(target);
    const budget = i32.load(i32.const(0), At.Budget);
    const left = this.let(i32.sub(refund === undefined ? budget : i32.add(budget, refund), i32.load(t, 8)));
    this.body.store(stores.i32, i32.const(0), left, At.Budget);
    this.body.if(i32.lts(left, i32.const(0)), () => {
      this.body.store(stores.i32, i32.const(0), t, At.Ip);
      this.body.store(stores.i32, i32.const(0), i32.const(Exit.Budget), At.Exit);
      this.body.return(i32.const(0));
    });
    if (this.place === Place.Inline) {
      this.body.set(this.ip, i32.add(t, i32.const(Size.Record)));
      this.body.br(this.label);
    } else {
      this.body.return(i32.add(t, i32.const(Size.Record)));
    }
  }

  /** To the direct target of this record. */
  goDirect(refund?: I32): void {
    const t = this.body.local("i32");
    this.body.set(t, i32.load(this.ip.get(), Field.Link));
    this.body.if(i32.eqz(t.get()), () => {
      this.body.raw(...this.saveIp());
      this.body.set(t, call(Import.Resolve, "i32", this.ip.get()));
    });
    this.goTo(t.get(), refund);
  }

  /** To a computed address. */
  goIndirect(target: I64): void {
    const a = this.let(target);
    const t = this.body.local("i32");
    const hash = i32.xor(i32.wrap(a), i32.wrap(i64.shru(a, i64.const(13))));
    const e = this.let(i32.shl(i32.and(hash, i32.const(Size.JumpCache - 1)), i32.const(4)));
    this.body.if(
      i64.eq(i64.load(e, At.JumpCache), a),
      () => this.body.set(t, i32.load(e, At.JumpCache + 8)),
      () => {
        this.body.raw(...this.saveIp());
        this.body.set(t, call(Import.Lookup, "i32", i32.wrap(a), i32.wrap(i64.shru(a, i64.const(32)))));
      },
    );
    this.goTo(t.get());
  }

  /** Calls helper `id` of the host with this record; it changes the state in linear memory. */
  helper(id: number): void {
    this.body.raw(...this.saveIp());
    const r = this.let(call(Import.Helper, "i32", i32.const(id), this.ip.get()));
    this.body.if(r, () => {
      this.body.store(stores.i32, i32.const(0), r, At.Exit);
      this.body.return(i32.const(0));
    });
  }
}

function storeBytes(at: number, v: I32): number[] {
  const b = new Body([]);
  b.store(stores.i32, i32.const(0), v, at);
  return b.code;
}
