// MMX: 64-bit vectors in the low halves of the x87 registers. Rare enough to be the host's altogether. An instruction makes
// the registers a flat file (TOP = 0), all of them in use, and sets sign and exponent of what it writes to ones (Intel SDM
// vol. 1, 9.5).

import { At, Exit } from "../mem/layout.ts";
import { PageFault } from "../mem/space.ts";
import type { Helpers } from "./helpers.ts";
import { convertPair } from "./softfloat.ts";
import type { Detail } from "./translate.ts";

/** Eight bytes as lanes of 1, 2, 4 or 8 bytes. */
class Lanes {
  readonly view: DataView;
  constructor(readonly bytes: Uint8Array = new Uint8Array(8)) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  }
  s(size: number, i: number): number {
    const v = this.view;
    return size === 1 ? v.getInt8(i) : size === 2 ? v.getInt16(i * 2, true) : v.getInt32(i * 4, true);
  }
  u(size: number, i: number): number {
    const v = this.view;
    return size === 1 ? v.getUint8(i) : size === 2 ? v.getUint16(i * 2, true) : v.getUint32(i * 4, true);
  }
  put(size: number, i: number, x: number): void {
    const v = this.view;
    if (size === 1) v.setUint8(i, x & 255);
    else if (size === 2) v.setUint16(i * 2, x & 65535, true);
    else v.setInt32(i * 4, x | 0, true);
  }
  get all(): bigint {
    return this.view.getBigUint64(0, true);
  }
  set all(x: bigint) {
    this.view.setBigUint64(0, BigInt.asUintN(64, x), true);
  }
}

const widths: Record<string, number> = { b: 1, w: 2, d: 4, q: 8 };

function clamp(x: number, low: number, high: number): number {
  return x < low ? low : x > high ? high : x;
}

type Lane = (a: Lanes, b: Lanes, n: number, i: number) => number;

/** Operations on lanes that are alike in all of them; the element's letter is the name's last. */
const laneOps: Record<string, Lane> = {
  padd: (a, b, n, i) => a.u(n, i) + b.u(n, i),
  psub: (a, b, n, i) => a.u(n, i) - b.u(n, i),
  padds: (a, b, n, i) => clamp(a.s(n, i) + b.s(n, i), n === 1 ? -128 : -32768, n === 1 ? 127 : 32767),
  psubs: (a, b, n, i) => clamp(a.s(n, i) - b.s(n, i), n === 1 ? -128 : -32768, n === 1 ? 127 : 32767),
  paddus: (a, b, n, i) => clamp(a.u(n, i) + b.u(n, i), 0, n === 1 ? 255 : 65535),
  psubus: (a, b, n, i) => clamp(a.u(n, i) - b.u(n, i), 0, 65535),
  pavg: (a, b, n, i) => (a.u(n, i) + b.u(n, i) + 1) >> 1,
  pcmpeq: (a, b, n, i) => (a.u(n, i) === b.u(n, i) ? -1 : 0),
  pcmpgt: (a, b, n, i) => (a.s(n, i) > b.s(n, i) ? -1 : 0),
  pmull: (a, b, n, i) => Math.imul(a.s(n, i), b.s(n, i)),
  pmulh: (a, b, n, i) => Math.imul(a.s(n, i), b.s(n, i)) >> 16,
  pmulhu: (a, b, n, i) => (a.u(n, i) * b.u(n, i)) / 65536,
  pmulhrs: (a, b, n, i) => ((Math.imul(a.s(n, i), b.s(n, i)) >> 14) + 1) >> 1,
  pmins: (a, b, n, i) => Math.min(a.s(n, i), b.s(n, i)),
  pmaxs: (a, b, n, i) => Math.max(a.s(n, i), b.s(n, i)),
  pminu: (a, b, n, i) => Math.min(a.u(n, i), b.u(n, i)),
  pmaxu: (a, b, n, i) => Math.max(a.u(n, i), b.u(n, i)),
  pabs: (_a, b, n, i) => Math.abs(b.s(n, i)),
  psign: (a, b, n, i) => a.s(n, i) * Math.sign(b.s(n, i)),
};

/** Lane i of the sum or difference of neighbours: the first half from a, the second from b. */
function horizontal(a: Lanes, b: Lanes, n: number, i: number, minus: boolean, saturate: boolean): number {
  const half = 4 / n;
  const [v, k] = i < half ? [a, i] : [b, i - half];
  const x = v.s(n, 2 * k);
  const y = v.s(n, 2 * k + 1);
  const r = minus ? x - y : x + y;
  return saturate ? clamp(r, -32768, 32767) : r;
}

function shift(op: string, n: number, a: Lanes, count: number, out: Lanes): void {
  if (n === 8) {
    out.all = count > 63 ? 0n : op === "psll" ? a.all << BigInt(count) : a.all >> BigInt(count);
    return;
  }
  const bits = n * 8;
  for (let i = 0; i < 8 / n; i++) {
    if (op === "psra") out.put(n, i, a.s(n, i) >> Math.min(count, bits - 1));
    else if (count >= bits) out.put(n, i, 0);
    else out.put(n, i, op === "psll" ? a.u(n, i) << count : a.u(n, i) >>> count);
  }
}

/** The result of an operation on two registers, or undefined for a name that is none. */
function compute(name: string, a: Lanes, b: Lanes, imm: number): Lanes | undefined {
  const out = new Lanes();
  switch (name) {
    case "pand":
      out.all = a.all & b.all;
      return out;
    case "pandn":
      out.all = ~a.all & b.all;
      return out;
    case "por":
      out.all = a.all | b.all;
      return out;
    case "pxor":
      out.all = a.all ^ b.all;
      return out;
    case "paddq":
      out.all = a.all + b.all;
      return out;
    case "psubq":
      out.all = a.all - b.all;
      return out;
    case "pmuludq":
      out.all = BigInt(a.u(4, 0)) * BigInt(b.u(4, 0));
      return out;
    case "pmaddwd":
      for (let i = 0; i < 2; i++)
        out.put(4, i, (Math.imul(a.s(2, 2 * i), b.s(2, 2 * i)) + Math.imul(a.s(2, 2 * i + 1), b.s(2, 2 * i + 1))) | 0);
      return out;
    case "pmaddubsw":
      for (let i = 0; i < 4; i++)
        out.put(2, i, clamp(a.u(1, 2 * i) * b.s(1, 2 * i) + a.u(1, 2 * i + 1) * b.s(1, 2 * i + 1), -32768, 32767));
      return out;
    case "psadbw": {
      let sum = 0;
      for (let i = 0; i < 8; i++) sum += Math.abs(a.u(1, i) - b.u(1, i));
      out.all = BigInt(sum);
      return out;
    }
    case "pshufw":
      for (let i = 0; i < 4; i++) out.put(2, i, b.u(2, (imm >> (2 * i)) & 3));
      return out;
    case "pshufb":
      for (let i = 0; i < 8; i++) out.put(1, i, b.u(1, i) > 127 ? 0 : a.u(1, b.u(1, i) & 7));
      return out;
    case "palignr": {
      const n = imm & 255;
      out.all = n > 15 ? 0n : ((a.all << 64n) | b.all) >> BigInt(8 * n);
      return out;
    }
    case "packsswb":
    case "packuswb":
      for (let i = 0; i < 8; i++) {
        const x = i < 4 ? a.s(2, i) : b.s(2, i - 4);
        out.put(1, i, name === "packuswb" ? clamp(x, 0, 255) : clamp(x, -128, 127));
      }
      return out;
    case "packssdw":
      for (let i = 0; i < 4; i++) out.put(2, i, clamp(i < 2 ? a.s(4, i) : b.s(4, i - 2), -32768, 32767));
      return out;
    default:
  }
  const unpack = /^punpck([lh])(bw|wd|dq)$/.exec(name);
  if (unpack !== null) {
    const n = widths[(unpack[2] as string)[0] as string] as number;
    const from = unpack[1] === "l" ? 0 : 4 / n;
    for (let i = 0; i < 4 / n; i++) {
      out.put(n, 2 * i, a.u(n, from + i));
      out.put(n, 2 * i + 1, b.u(n, from + i));
    }
    return out;
  }
  const n = widths[name[name.length - 1] as string];
  const op = name.slice(0, -1);
  if (n === undefined) return undefined;
  if (op === "psll" || op === "psrl" || op === "psra") {
    const count = b.all > 255n ? 255 : Number(b.all);
    shift(op, n, a, count, out);
    return out;
  }
  const h = /^ph(add|sub)(s?)$/.exec(op);
  const f = laneOps[op];
  if (h === null && f === undefined) return undefined;
  for (let i = 0; i < 8 / n; i++)
    out.put(n, i, h !== null ? horizontal(a, b, n, i, h[1] === "sub", h[2] === "s") : (f as Lane)(a, b, n, i));
  return out;
}

/** Carries out one MMX instruction, "mmx." and its name; returns an exit reason or 0. */
export function mmx(h: Helpers, ip: number, d: Detail): number {
  const name = d.mnemonic.slice(4);
  const u8 = h.frames.u8;
  const isMm = (i: number): boolean => d.kinds[i] === 4 && d.sizes[i] === 64;
  const slot = (i: number): number => At.X87 + ((d.regs[i] as number) & 7) * 16;
  const write = (i: number, v: Lanes): void => {
    u8.set(v.bytes, slot(i));
    u8.fill(0xff, slot(i) + 8, slot(i) + 10);
  };
  // Memory is read before anything changes: it may fault.
  const memory = d.kinds.indexOf(2);
  const inMemory = memory > 0 ? h.engine.space.read(h.address(ip, memory), (d.sizes[memory] as number) / 8) : undefined;
  if (inMemory !== undefined && d.sizes[memory] === 128 && h.address(ip, memory) % 16 !== 0)
    throw new PageFault(0, 0, false, false, 128);
  // A conversion from memory to a vector register leaves the x87 registers alone.
  if (d.kinds[1] !== 2 || isMm(0)) flatten(h);
  if (name.startsWith("cvt")) {
    const low = (d.regs[1] as number) * 16 + At.VecLow;
    const from = inMemory ?? (isMm(1) ? u8.slice(slot(1), slot(1) + 8) : u8.slice(low, low + 16));
    const r = convertPair(name, from, h.view.getUint32(At.Mxcsr, true));
    if (isMm(0)) write(0, new Lanes(r));
    else u8.set(r, At.VecLow + (d.regs[0] as number) * 16);
    return 0;
  }
  const operand = (i: number): Lanes => {
    const out = new Lanes();
    if (d.kinds[i] === 2) out.bytes.set((inMemory as Uint8Array).subarray(0, 8));
    else if (isMm(i)) out.bytes.set(u8.subarray(slot(i), slot(i) + 8));
    else if (d.kinds[i] === 4) {
      const at = At.VecLow + (d.regs[i] as number) * 16;
      out.bytes.set(u8.subarray(at, at + 8));
    } else if (d.kinds[i] === 3) out.all = BigInt(d.imm & 255);
    else {
      const at = At.Regs + (d.regs[i] as number);
      out.bytes.set(u8.subarray(at, at + (d.sizes[i] as number) / 8));
    }
    return out;
  };
  const setRegister = (i: number, v: number): void =>
    h.view.setBigUint64(At.Regs + (d.regs[i] as number), BigInt(v), true);
  switch (name) {
    case "movd":
    case "movq":
    case "movntq": {
      const v = operand(1);
      if (isMm(0)) write(0, v);
      else if (d.kinds[0] === 2)
        h.engine.space.write(h.address(ip, 0), v.bytes.subarray(0, (d.sizes[0] as number) / 8));
      else {
        if (d.sizes[0] === 32) v.bytes.fill(0, 4);
        u8.set(v.bytes, At.Regs + (d.regs[0] as number));
      }
      return 0;
    }
    case "movdq2q":
      write(0, operand(1));
      return 0;
    case "movq2dq": {
      const at = At.VecLow + (d.regs[0] as number) * 16;
      const v = operand(1);
      u8.fill(0, at, at + 16);
      u8.set(v.bytes, at);
      return 0;
    }
    case "pmovmskb": {
      const v = operand(1);
      let m = 0;
      for (let i = 0; i < 8; i++) m |= (v.u(1, i) >> 7) << i;
      setRegister(0, m);
      return 0;
    }
    case "pextrw":
      setRegister(0, operand(1).u(2, d.imm & 3));
      return 0;
    case "pinsrw": {
      const v = operand(0);
      v.put(2, d.imm & 3, operand(1).u(2, 0));
      write(0, v);
      return 0;
    }
    case "maskmovq": {
      const v = operand(0);
      const mask = operand(1);
      const to = h.pointer(7);
      for (let i = 0; i < 8; i++) if (mask.u(1, i) > 127) h.engine.space.write(to + i, v.bytes.slice(i, i + 1));
      return 0;
    }
    default:
  }
  const r = compute(name, operand(0), operand(1), d.imm);
  if (r === undefined) return Exit.Undefined;
  write(0, r);
  return 0;
}

/** The registers in the order of their numbers, all in use. */
function flatten(h: Helpers): void {
  const status = h.view.getUint16(At.X87Status, true);
  const top = (status >> 11) & 7;
  if (top !== 0) {
    const u8 = h.frames.u8;
    const all = u8.slice(At.X87, At.X87 + 128);
    for (let i = 0; i < 8; i++) u8.set(all.subarray(((i - top) & 7) * 16, ((i - top) & 7) * 16 + 16), At.X87 + i * 16);
    h.view.setUint16(At.X87Status, status & ~0x3800, true);
  }
  h.view.setUint32(At.X87Tag, 0xff, true);
}
