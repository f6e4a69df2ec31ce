// What the host does for single instructions: divisions that do not fit 64 bits, CPUID, the clock, string instructions,
// and, in files of their own, x87, cryptography and string comparison.

import { At, Exit } from "../mem/layout.ts";
import { PageFault, Prot } from "../mem/space.ts";
import { cryptoNames, HelperId, stringCompareNames } from "../sem/helpers.ts";
import { cpuid, type CpuModel, cpuModels, xcr0 } from "./cpuid.ts";
import { cryptoHelper } from "./crypto.ts";
import type { Engine } from "./engine.ts";
import { fusedMultiplyAdd } from "./fma.ts";
import { gather } from "./gather.ts";
import { mmx } from "./mmx.ts";
import { stringCompare } from "./pcmpstr.ts";
import { dependsOnRounding, halfFloat, roundingBits, softFloat } from "./softfloat.ts";
import { type Detail, markDetailed } from "./translate.ts";
import { x87, x87Names } from "./x87.ts";

markDetailed([
  "movs",
  "stos",
  "lods",
  "scas",
  "cmps",
  "fxsave",
  "fxrstor",
  "xsave",
  "xrstor",
  "rdrand",
  "rdseed",
  ...stringCompareNames,
  ...cryptoNames,
  "fcomi",
  "fcomip",
  "fucomi",
  "fucomip",
]);

const mask64 = 0xffffffffffffffffn;

export class Helpers {
  model: CpuModel = cpuModels.v1;
  vendor = "GenuineIntel";
  /** The time stamp counter's value now. */
  timestamp: (ip: number) => number = (ip) => this.engine.now(ip);
  /** 64 random bits. */
  random: () => bigint = () => 0x9e3779b97f4a7c15n;
  /** Says what was met that the machine does not know. */
  unsupported: (what: string, pc: number) => void = () => {};
  cpuNumber = 0;
  /** Told of every CPUID: leaf, result, pc. */
  observeCpuid: ((leaf: number, result: readonly number[], pc: number) => void) | undefined;

  constructor(readonly engine: Engine) {}

  get view(): DataView {
    return this.engine.frames.view;
  }

  reg(n: number): bigint {
    return this.view.getBigUint64(At.Regs + n * 8, true);
  }

  setReg(n: number, v: bigint): void {
    this.view.setBigUint64(At.Regs + n * 8, v & mask64, true);
  }

  setReg32(n: number, v: number): void {
    this.view.setUint32(At.Regs + n * 8, v >>> 0, true);
    this.view.setUint32(At.Regs + n * 8 + 4, 0, true);
  }

  /** An address register as a number; throws for one that no user page can have. */
  pointer(n: number): number {
    const lo = this.view.getUint32(At.Regs + n * 8, true);
    const hi = this.view.getUint32(At.Regs + n * 8 + 4, true);
    if (hi > 0x7fff) throw new PageFault(lo, hi, false, false, hi >= 0xffff8000 ? 1 : 128);
    return hi * 4294967296 + lo;
  }

  setPointer(n: number, v: number): void {
    const m = v < 0 ? v + 2 ** 64 : v;
    this.view.setUint32(At.Regs + n * 8, m % 4294967296, true);
    this.view.setUint32(At.Regs + n * 8 + 4, Math.floor(m / 4294967296), true);
  }

  /** The effective address of the memory operand of the record at ip. */
  address(ip: number, operand: number): number {
    const slot = this.engine.frames.u8[ip + 2 + operand] as number;
    const a = (this.view.getBigInt64(At.Regs + slot, true) + this.view.getBigInt64(ip + 8, true)) & mask64;
    if (a >= 0x800000000000n) {
      throw new PageFault(Number(a & 0xffffffffn), Number(a >> 32n), false, false, a >= 0xffff800000000000n ? 1 : 128);
    }
    return Number(a);
  }

  /** The 16 bytes of vector operand i: a copy. */
  vector(ip: number, d: Detail, i: number, size = 16): Uint8Array {
    if (d.kinds[i] === 2) {
      const a = this.address(ip, i);
      if (a % 16 !== 0 && !d.mnemonic.startsWith("v") && !d.mnemonic.startsWith("pcmp"))
        throw new PageFault(0, 0, false, false, 128);
      return this.engine.space.read(a, size);
    }
    const at = At.VecLow + (d.regs[i] as number) * 16;
    return this.engine.frames.u8.slice(at, at + 16);
  }

  setVector(d: Detail, i: number, bytes: Uint8Array): void {
    this.engine.frames.u8.set(bytes, At.VecLow + (d.regs[i] as number) * 16);
  }

  setFlags(cf: boolean, pf: boolean, af: boolean, zf: boolean, sf: boolean, of: boolean): void {
    const v = this.view;
    v.setInt32(At.FlagC, cf ? 1 : 0, true);
    v.setBigInt64(At.FlagZ, zf ? 0n : 1n, true);
    v.setBigInt64(At.FlagS, (sf ? -0x8000000000000000n : 0n) | (pf ? 0n : 1n), true);
    v.setBigInt64(At.FlagO, of ? -1n : 0n, true);
    v.setBigInt64(At.FlagA, af ? 16n : 0n, true);
  }

  call(id: number, ip: number): number {
    switch (id as HelperId) {
      case HelperId.DivideUnsigned: {
        const d = this.view.getBigUint64(At.Temp2, true);
        const a = (this.reg(2) << 64n) | this.reg(0);
        if (d === 0n || a / d > mask64) return Exit.Divide;
        this.setReg(0, a / d);
        this.setReg(2, a % d);
        return 0;
      }
      case HelperId.DivideSigned: {
        const d = this.view.getBigInt64(At.Temp2, true);
        const a = BigInt.asIntN(128, (this.reg(2) << 64n) | this.reg(0));
        if (d === 0n) return Exit.Divide;
        const q = a / d;
        if (q !== BigInt.asIntN(64, q)) return Exit.Divide;
        this.setReg(0, q);
        this.setReg(2, a % d);
        return 0;
      }
      case HelperId.DivideError:
        return Exit.Divide;
      case HelperId.Cpuid: {
        const v = this.view;
        const r = cpuid(this.model, this.vendor, v.getUint32(At.Regs, true), v.getUint32(At.Regs + 8, true));
        this.observeCpuid?.(v.getUint32(At.Regs, true), r, this.engine.pcOf(ip));
        this.setReg32(0, r[0]);
        this.setReg32(3, r[1]);
        this.setReg32(1, r[2]);
        this.setReg32(2, r[3]);
        return 0;
      }
      case HelperId.Rdtsc:
      case HelperId.Rdtscp: {
        const t = this.timestamp(ip);
        this.setReg32(0, t % 4294967296);
        this.setReg32(2, Math.floor(t / 4294967296));
        if (id === HelperId.Rdtscp) this.setReg32(1, this.cpuNumber);
        return 0;
      }
      case HelperId.Xgetbv:
        this.setReg32(0, xcr0(this.model));
        this.setReg32(2, 0);
        return 0;
      case HelperId.Movs:
      case HelperId.Stos:
      case HelperId.Lods:
        this.moveString(id, this.engine.detail(ip));
        return 0;
      case HelperId.Scas:
      case HelperId.Cmps:
        this.compareString(id, this.engine.detail(ip));
        return 0;
      case HelperId.Misaligned:
        throw new PageFault(0, 0, false, false, 128);
      case HelperId.Rdrand: {
        const d = this.engine.detail(ip);
        const at = At.Regs + (d.regs[0] as number);
        const r = this.random();
        if (d.sizes[0] === 64) this.view.setBigUint64(at, r & mask64, true);
        else if (d.sizes[0] === 32) this.view.setBigUint64(at, r & 0xffffffffn, true);
        else this.view.setUint16(at, Number(r & 0xffffn), true);
        this.setFlags(true, false, false, false, false, false);
        return 0;
      }
      case HelperId.Crypto:
        cryptoHelper(this, ip, this.engine.detail(ip));
        return 0;
      case HelperId.StringCompare:
        stringCompare(this, ip, this.engine.detail(ip));
        return 0;
      case HelperId.Fxsave:
      case HelperId.Xsave:
        this.saveState(this.address(ip, 0), id === HelperId.Xsave);
        return 0;
      case HelperId.Fxrstor:
      case HelperId.Xrstor:
        this.restoreState(this.address(ip, 0));
        return 0;
      default: {
        const d = this.engine.detail(ip);
        if (x87Names.has(d.mnemonic)) return x87(this, ip, d);
        if (d.mnemonic.startsWith("mmx.")) return mmx(this, ip, d);
        if (d.mnemonic === "emms") {
          this.view.setUint32(At.X87Tag, 0, true);
          return 0;
        }
        if (d.mnemonic.startsWith("vaes") || d.mnemonic === "vpclmulqdq") {
          if (d.sizes[0] === 128) {
            cryptoHelper(this, ip, d);
            return 0;
          }
        }
        const rounding = (this.view.getUint32(At.Mxcsr, true) & roundingBits) !== 0;
        if (dependsOnRounding(d.mnemonic) && (rounding || /^v?dpp[sd]$/.test(d.mnemonic))) {
          softFloat(this, ip, d);
          return 0;
        }
        if (d.mnemonic.startsWith("vfm") || d.mnemonic.startsWith("vfnm")) {
          fusedMultiplyAdd(this, ip, d);
          return 0;
        }
        switch (d.mnemonic) {
          case "vcvtph2ps":
          case "vcvtps2ph":
            halfFloat(this, ip, d);
            return 0;
          case "xlat":
            this.frames.u8[At.Regs] = this.engine.space.read(
              this.pointerSum(this.reg(3), this.reg(0) & 255n),
              1,
            )[0] as number;
            return 0;
          case "maskmovdqu":
          case "vmaskmovdqu":
            this.maskedStore(d);
            return 0;
          case "enter":
            this.enter(d.imm & 0xffff, d.immHi);
            return 0;
          default:
        }
        if (d.vsib !== undefined) {
          gather(this, d);
          return 0;
        }
        this.unsupported(d.mnemonic, this.engine.pcOf(ip));
        return Exit.Undefined;
      }
    }
  }

  get frames(): Engine["frames"] {
    return this.engine.frames;
  }

  private pointerSum(a: bigint, b: bigint): number {
    const sum = (a + b) & mask64;
    if (sum >= 0x800000000000n)
      throw new PageFault(
        Number(sum & 0xffffffffn),
        Number(sum >> 32n),
        false,
        false,
        sum >= 0xffff800000000000n ? 1 : 128,
      );
    return Number(sum);
  }

  /** MASKMOVDQU: the bytes of the first operand whose mask byte is negative, to RDI. */
  private maskedStore(d: Detail): void {
    const at = (i: number): number => At.VecLow + (d.regs[i] as number) * 16;
    const to = this.pointer(7);
    const u8 = this.frames.u8;
    for (let i = 0; i < 16; i++) {
      if (((u8[at(1) + i] as number) & 0x80) !== 0) this.engine.space.write(to + i, u8.slice(at(0) + i, at(0) + i + 1));
    }
  }

  /** ENTER: a stack frame of `size` bytes, with copies of the frame pointers of `level` enclosing ones. */
  private enter(size: number, level: number): void {
    const space = this.engine.space;
    const word = (v: bigint): Uint8Array => {
      const b = new Uint8Array(8);
      new DataView(b.buffer).setBigUint64(0, v, true);
      return b;
    };
    let sp = this.pointer(4) - 8;
    const frame = sp;
    let bp = this.reg(5);
    space.write(sp, word(bp));
    for (let i = 1; i < level; i++) {
      bp -= 8n;
      sp -= 8;
      space.write(sp, space.read(this.pointerSum(bp, 0n), 8));
    }
    if (level > 0) {
      sp -= 8;
      space.write(sp, word(BigInt(frame)));
    }
    this.setPointer(5, frame);
    this.setPointer(4, sp - size);
  }

  /** The bytes of memory operand i of a vector instruction; the SSE encodings insist on alignment. */
  memoryOperand(ip: number, d: Detail, i: number): Uint8Array {
    const a = this.address(ip, i);
    const size = (d.sizes[i] as number) / 8;
    if (size === 16 && a % 16 !== 0 && !d.mnemonic.startsWith("v")) throw new PageFault(0, 0, false, false, 128);
    return this.engine.space.read(a, size);
  }

  /** movs, stos, lods with or without rep: page by page, so that a fault leaves the counters where it happened. */
  private moveString(id: number, d: Detail): void {
    const size = d.width / 8;
    const { space, frames } = this.engine;
    const step = this.view.getInt32(At.FlagD, true) * size;
    let count = d.rep !== 0 ? Number(this.reg(1)) : 1;
    while (count > 0) {
      const dst = id === HelperId.Lods ? 0 : this.pointer(7);
      const src = id === HelperId.Stos ? 0 : this.pointer(6);
      const room = (a: number): number =>
        step > 0
          ? Math.floor((4096 - (a % 4096)) / size)
          : Math.floor((a % 4096) / size) + (a % 4096 <= 4096 - size ? 1 : 0);
      let n = count;
      if (id !== HelperId.Lods) n = Math.min(n, room(dst));
      if (id !== HelperId.Stos) n = Math.min(n, room(src));
      if (id === HelperId.Lods) n = Math.min(n, 1);
      if (n < 1) n = 0;
      if (n === 0) {
        // One element across a page.
        const bytes = id === HelperId.Stos ? frames.u8.slice(At.Regs, At.Regs + size) : space.read(src, size);
        if (id === HelperId.Lods) this.setAccumulator(bytes);
        else space.write(dst, bytes);
        n = 1;
      } else if (id === HelperId.Stos) {
        const low = step > 0 ? dst : dst - (n - 1) * size;
        const host = space.host(low, Prot.Write);
        const u8 = frames.u8;
        if (size === 1) u8.fill(u8[At.Regs] as number, host, host + n);
        else {
          const unit = u8.slice(At.Regs, At.Regs + size);
          if (unit.every((b) => b === unit[0])) u8.fill(unit[0] as number, host, host + n * size);
          else for (let i = 0; i < n; i++) u8.set(unit, host + i * size);
        }
        space.wrote(low, n * size);
      } else if (id === HelperId.Lods) {
        this.setAccumulator(space.read(src, size));
      } else {
        // Forward copies onto what is still to be read repeat a pattern: no more at once than the distance.
        if (step > 0 && dst > src && dst - src < n * size) n = Math.max(1, Math.floor((dst - src) / size));
        if (step < 0 && src > dst && src - dst < n * size) n = Math.max(1, Math.floor((src - dst) / size));
        const lowDst = step > 0 ? dst : dst - (n - 1) * size;
        const lowSrc = step > 0 ? src : src - (n - 1) * size;
        const to = space.host(lowDst, Prot.Write);
        const from = space.host(lowSrc, Prot.Read);
        const again = space.host(lowDst, Prot.Write);
        if (n * size < size) frames.u8.copyWithin(to, from, from + size);
        else frames.u8.copyWithin(again, from, from + n * size);
        space.wrote(lowDst, n * size);
      }
      if (id !== HelperId.Lods) this.setPointer(7, dst + n * step);
      if (id !== HelperId.Stos) this.setPointer(6, src + n * step);
      count -= n;
      if (d.rep !== 0) this.setReg(1, this.reg(1) - BigInt(n));
    }
  }

  private setAccumulator(bytes: Uint8Array): void {
    this.engine.frames.u8.set(bytes, At.Regs);
    if (bytes.length === 4) this.view.setUint32(At.Regs + 4, 0, true);
  }

  private compareString(id: number, d: Detail): void {
    const size = d.width / 8;
    const space = this.engine.space;
    const step = this.view.getInt32(At.FlagD, true) * size;
    let count = d.rep !== 0 ? this.reg(1) : 1n;
    const number = (b: Uint8Array): bigint => {
      let v = 0n;
      for (let i = b.length - 1; i >= 0; i--) v = (v << 8n) | BigInt(b[i] as number);
      return v;
    };
    while (count > 0n) {
      const di = this.pointer(7);
      const b = number(space.read(di, size));
      let a: bigint;
      if (id === HelperId.Cmps) {
        const si = this.pointer(6);
        a = number(space.read(si, size));
        this.setPointer(6, si + step);
      } else a = this.reg(0) & ((1n << BigInt(d.width)) - 1n);
      this.setPointer(7, di + step);
      count--;
      if (d.rep !== 0) this.setReg(1, count);
      const bits = d.width;
      const r = BigInt.asUintN(bits, a - b);
      const top = 1n << BigInt(bits - 1);
      let parity = Number(r & 255n);
      parity ^= parity >> 4;
      parity ^= parity >> 2;
      parity ^= parity >> 1;
      this.setFlags(
        a < b,
        (parity & 1) === 0,
        ((a ^ b ^ r) & 16n) !== 0n,
        r === 0n,
        (r & top) !== 0n,
        ((a ^ b) & (a ^ r) & top) !== 0n,
      );
      if (d.rep === 0xf3 && r !== 0n) break;
      if (d.rep === 0xf2 && r === 0n) break;
    }
  }

  /** The 512 bytes of FXSAVE; XSAVE adds its header and the upper halves. */
  saveState(at: number, extended: boolean): void {
    const bytes = new Uint8Array(extended ? 832 : 512);
    this.packState(bytes);
    if (extended) {
      bytes[512] = 7;
      bytes.set(this.engine.frames.u8.subarray(At.VecHigh, At.VecHigh + 256), 576);
    }
    this.engine.space.write(at, bytes);
  }

  packState(bytes: Uint8Array): void {
    const out = new DataView(bytes.buffer, bytes.byteOffset);
    const v = this.view;
    out.setUint16(0, v.getUint16(At.X87Control, true), true);
    out.setUint16(2, v.getUint16(At.X87Status, true), true);
    bytes[4] = this.engine.frames.u8[At.X87Tag] as number;
    out.setUint32(24, v.getUint32(At.Mxcsr, true), true);
    out.setUint32(28, 0xffff, true);
    for (let i = 0; i < 8; i++)
      bytes.set(this.engine.frames.u8.subarray(At.X87 + i * 16, At.X87 + i * 16 + 10), 32 + i * 16);
    bytes.set(this.engine.frames.u8.subarray(At.VecLow, At.VecLow + 256), 160);
  }

  unpackState(bytes: Uint8Array): void {
    const from = new DataView(bytes.buffer, bytes.byteOffset);
    const v = this.view;
    v.setUint16(At.X87Control, from.getUint16(0, true), true);
    v.setUint16(At.X87Status, from.getUint16(2, true), true);
    v.setUint32(At.X87Tag, bytes[4] as number, true);
    v.setUint32(At.Mxcsr, from.getUint32(24, true), true);
    for (let i = 0; i < 8; i++) this.engine.frames.u8.set(bytes.subarray(32 + i * 16, 42 + i * 16), At.X87 + i * 16);
    this.engine.frames.u8.set(bytes.subarray(160, 416), At.VecLow);
  }

  restoreState(at: number): void {
    this.unpackState(this.engine.space.read(at, 512));
  }
}
