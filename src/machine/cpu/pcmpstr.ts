// PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM: string comparison of SSE4.2.

import { At } from "../mem/layout.ts";
import type { Helpers } from "./helpers.ts";
import type { Detail } from "./translate.ts";

export function stringCompare(h: Helpers, ip: number, d: Detail): void {
  const control = d.imm & 255;
  const words = (control & 1) !== 0;
  const signed = (control & 2) !== 0;
  const n = words ? 8 : 16;
  const lanes = (b: Uint8Array): number[] => {
    const v = new DataView(b.buffer, b.byteOffset, 16);
    return Array.from({ length: n }, (_, i) =>
      words ? (signed ? v.getInt16(i * 2, true) : v.getUint16(i * 2, true)) : signed ? v.getInt8(i) : v.getUint8(i),
    );
  };
  const a = lanes(h.vector(ip, d, 0));
  const b = lanes(h.vector(ip, d, 1));
  const explicit = d.mnemonic.includes("estr");
  const given = (reg: number): number => {
    const v = h.view.getInt32(At.Regs + reg * 8, true);
    return Math.min(n, Math.abs(v));
  };
  const implicit = (x: number[]): number => {
    const i = x.indexOf(0);
    return i < 0 ? n : i;
  };
  const la = explicit ? given(0) : implicit(a);
  const lb = explicit ? given(2) : implicit(b);
  let result = 0;
  for (let j = 0; j < n; j++) {
    const y = b[j] as number;
    let r = false;
    switch ((control >> 2) & 3) {
      case 0:
        for (let i = 0; i < la && j < lb; i++) if (a[i] === y) r = true;
        break;
      case 1:
        for (let i = 0; i + 1 < la && j < lb; i += 2) if ((a[i] as number) <= y && y <= (a[i + 1] as number)) r = true;
        break;
      case 2:
        r = j < la && j < lb ? a[j] === y : j >= la && j >= lb;
        break;
      default:
        r = true;
        for (let i = 0; i < la && i + j < n; i++) {
          if (i + j >= lb || a[i] !== b[i + j]) {
            r = false;
            break;
          }
        }
    }
    if (r) result |= 1 << j;
  }
  const polarity = (control >> 4) & 3;
  if (polarity === 1) result ^= (1 << n) - 1;
  else if (polarity === 3) for (let j = 0; j < lb; j++) result ^= 1 << j;
  if (d.mnemonic.endsWith("i")) {
    let index = n;
    if (result !== 0) index = (control & 64) !== 0 ? 31 - Math.clz32(result) : 31 - Math.clz32(result & -result);
    h.setReg32(1, index);
  } else {
    const out = new Uint8Array(16);
    if ((control & 64) === 0) {
      out[0] = result & 255;
      out[1] = result >> 8;
    } else {
      const w = words ? 2 : 1;
      for (let j = 0; j < n; j++) if ((result >> j) & 1) out.fill(255, j * w, j * w + w);
    }
    h.engine.frames.u8.set(out, At.VecLow);
    if (d.mnemonic.startsWith("v")) h.engine.frames.u8.fill(0, At.VecHigh, At.VecHigh + 16);
  }
  h.setFlags(result !== 0, false, false, lb < n, la < n, (result & 1) !== 0);
}
