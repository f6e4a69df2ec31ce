// AES, SHA-1, SHA-256 and carry-less multiplication, in their SSE and (for 128 bits) VEX forms.

import { At } from "../mem/layout.ts";
import type { Helpers } from "./helpers.ts";
import type { Detail } from "./translate.ts";

const sbox = new Uint8Array(256);
const inverse = new Uint8Array(256);

function times2(x: number): number {
  return ((x << 1) ^ ((x & 0x80) !== 0 ? 0x1b : 0)) & 255;
}
function multiply(a: number, b: number): number {
  let r = 0;
  let x = a;
  for (let y = b; y !== 0; y >>= 1) {
    if ((y & 1) !== 0) r ^= x;
    x = times2(x);
  }
  return r;
}
(function build(): void {
  let p = 1;
  let q = 1;
  do {
    p = p ^ times2(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 255;
    if ((q & 0x80) !== 0) q ^= 0x09;
    const rot = (n: number): number => ((q << n) | (q >> (8 - n))) & 255;
    sbox[p] = q ^ rot(1) ^ rot(2) ^ rot(3) ^ rot(4) ^ 0x63;
  } while (p !== 1);
  sbox[0] = 0x63;
  for (let i = 0; i < 256; i++) inverse[sbox[i] as number] = i;
})();

function mix(s: Uint8Array, m: readonly number[]): Uint8Array {
  const out = new Uint8Array(16);
  for (let c = 0; c < 16; c += 4) {
    for (let r = 0; r < 4; r++) {
      let v = 0;
      for (let k = 0; k < 4; k++) v ^= multiply(s[c + k] as number, m[(k - r + 4) & 3] as number);
      out[c + r] = v;
    }
  }
  return out;
}
const forward = [2, 3, 1, 1];
const backward = [14, 11, 13, 9];

function aes(name: string, state: Uint8Array, key: Uint8Array): Uint8Array {
  const decrypt = name.includes("dec");
  let s = new Uint8Array(16);
  for (let c = 0; c < 4; c++) {
    for (let r = 0; r < 4; r++) {
      const from = ((c + (decrypt ? 4 - r : r)) & 3) * 4 + r;
      s[c * 4 + r] = (decrypt ? inverse : sbox)[state[from] as number] as number;
    }
  }
  if (!name.endsWith("last")) s = mix(s, decrypt ? backward : forward) as Uint8Array<ArrayBuffer>;
  for (let i = 0; i < 16; i++) s[i] = (s[i] as number) ^ (key[i] as number);
  return s;
}

function words(b: Uint8Array): number[] {
  const v = new DataView(b.buffer, b.byteOffset, 16);
  return [0, 4, 8, 12].map((i) => v.getUint32(i, true));
}
function bytesOf(w: readonly number[]): Uint8Array {
  const out = new DataView(new ArrayBuffer(16));
  w.forEach((x, i) => {
    out.setUint32(i * 4, x >>> 0, true);
  });
  return new Uint8Array(out.buffer);
}
const rotl = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
const rotr = (x: number, n: number): number => (x >>> n) | (x << (32 - n));

function sha(name: string, a: number[], b: number[], c: number[], imm: number): number[] {
  const [a0, a1, a2, a3] = a as [number, number, number, number];
  const [b0, b1, b2, b3] = b as [number, number, number, number];
  switch (name) {
    case "sha1msg1":
      return [a0 ^ a2, a1 ^ a3, a2 ^ b0, a3 ^ b1].map((_, i) => [b2 ^ a0, b3 ^ a1, a0 ^ a2, a1 ^ a3][i] as number);
    case "sha1msg2": {
      const w16 = rotl(a3 ^ b2, 1);
      const w17 = rotl(a2 ^ b1, 1);
      const w18 = rotl(a1 ^ b0, 1);
      const w19 = rotl(a0 ^ w16, 1);
      return [w19, w18, w17, w16];
    }
    case "sha1nexte":
      return [b0, b1, b2, (b3 + rotl(a3, 30)) | 0];
    case "sha1rnds4": {
      const k = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][imm & 3] as number;
      let [A, B, C, D, E] = [a3, a2, a1, a0, 0];
      for (let i = 0; i < 4; i++) {
        const w = [b3, b2, b1, b0][i] as number;
        const f = (imm & 3) === 0 ? (B & C) ^ (~B & D) : (imm & 3) === 2 ? (B & C) ^ (B & D) ^ (C & D) : B ^ C ^ D;
        const t = (f + rotl(A, 5) + w + E + k) | 0;
        E = D;
        D = C;
        C = rotl(B, 30);
        B = A;
        A = t;
      }
      return [D, C, B, A];
    }
    case "sha256msg1": {
      const s0 = (x: number): number => rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3);
      return [a0 + s0(a1), a1 + s0(a2), a2 + s0(a3), a3 + s0(b0)];
    }
    case "sha256msg2": {
      const s1 = (x: number): number => rotr(x, 17) ^ rotr(x, 19) ^ (x >>> 10);
      const w16 = (a0 + s1(b2)) | 0;
      const w17 = (a1 + s1(b3)) | 0;
      return [w16, w17, a2 + s1(w16), a3 + s1(w17)];
    }
    default: {
      // sha256rnds2: XMM0 holds the two words plus constants.
      let [A, B, E, F] = [b3, b2, b1, b0];
      let [C, D, G, H] = [a3, a2, a1, a0];
      for (let i = 0; i < 2; i++) {
        const S1 = rotr(E, 6) ^ rotr(E, 11) ^ rotr(E, 25);
        const S0 = rotr(A, 2) ^ rotr(A, 13) ^ rotr(A, 22);
        const t = (H + S1 + ((E & F) ^ (~E & G)) + (c[i] as number)) | 0;
        const t2 = (S0 + ((A & B) ^ (A & C) ^ (B & C))) | 0;
        H = G;
        G = F;
        F = E;
        E = (D + t) | 0;
        D = C;
        C = B;
        B = A;
        A = (t + t2) | 0;
      }
      return [F, E, B, A];
    }
  }
}

function carryless(a: bigint, b: bigint): bigint {
  let r = 0n;
  for (let i = 0n; i < 64n; i++) if ((b >> i) & 1n) r ^= a << i;
  return r;
}

export function cryptoHelper(h: Helpers, ip: number, d: Detail): void {
  const vex = d.mnemonic.startsWith("v");
  const name = vex ? d.mnemonic.slice(1) : d.mnemonic;
  const three = vex && !/^aes(imc|keygenassist)$/.test(name);
  const a = h.vector(ip, d, three ? 1 : 0);
  const b = h.vector(ip, d, three ? 2 : 1);
  let out: Uint8Array;
  if (name === "pclmulqdq") {
    const va = new DataView(a.buffer, a.byteOffset, 16);
    const vb = new DataView(b.buffer, b.byteOffset, 16);
    const r = carryless(va.getBigUint64((d.imm & 1) * 8, true), vb.getBigUint64(((d.imm >> 4) & 1) * 8, true));
    const o = new DataView(new ArrayBuffer(16));
    o.setBigUint64(0, r & 0xffffffffffffffffn, true);
    o.setBigUint64(8, r >> 64n, true);
    out = new Uint8Array(o.buffer);
  } else if (name === "aesimc") out = mix(b, backward);
  else if (name === "aeskeygenassist") {
    const w = words(b);
    const sub = (x: number): number =>
      (sbox[x & 255] as number) |
      ((sbox[(x >> 8) & 255] as number) << 8) |
      ((sbox[(x >> 16) & 255] as number) << 16) |
      ((sbox[x >>> 24] as number) << 24);
    const x1 = sub(w[1] as number);
    const x3 = sub(w[3] as number);
    out = bytesOf([x1, rotr(x1, 8) ^ (d.imm & 255), x3, rotr(x3, 8) ^ (d.imm & 255)]);
  } else if (name.startsWith("aes")) out = aes(name, a, b);
  else out = bytesOf(sha(name, words(a), words(b), words(h.engine.frames.u8.slice(At.VecLow, At.VecLow + 16)), d.imm));
  h.setVector(d, 0, out);
  if (vex)
    h.engine.frames.u8.fill(0, At.VecHigh + (d.regs[0] as number) * 16, At.VecHigh + (d.regs[0] as number) * 16 + 16);
}
