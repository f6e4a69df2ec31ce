// AVX2's gathers: lanes loaded from base + index * scale where the mask's sign is set. The mask is cleared lane by lane, so
// that a fault in the middle leaves what was done (Intel SDM, VGATHERDPS).

import { At } from "../mem/layout.ts";
import { PageFault } from "../mem/space.ts";
import type { Helpers } from "./helpers.ts";
import type { Detail } from "./translate.ts";

const mask64 = 0xffffffffffffffffn;

/** vgatherdps and its family; regs: destination, base and index in `regs[1]` and `index`, mask in regs[2]. */
export function gather(h: Helpers, d: Detail): void {
  const m = /^vp?gather([dq])(d|q|ps|pd)$/.exec(d.mnemonic);
  if (m === null) throw new Error(d.mnemonic);
  const indexSize = m[1] === "q" ? 8 : 4;
  const size = m[2] === "q" || m[2] === "pd" ? 8 : 4;
  const { frames, space } = h.engine;
  const { u8, view } = frames;
  const byte = (reg: number, i: number): number => (i < 16 ? At.VecLow : At.VecHigh) + reg * 16 + (i & 15);
  const v = d.vsib;
  if (v === undefined) throw new Error(d.mnemonic);
  const dst = d.regs[0] as number;
  const mask = d.regs[2] as number;
  const base =
    (v.base < 0 ? 0n : h.reg(v.base)) +
    (v.segment === 0 ? 0n : view.getBigUint64(At.Regs + v.segment, true)) +
    BigInt(v.disp);
  // 256 bits of the wider of index and element.
  const lanes = (v.long ? 32 : 16) / Math.max(indexSize, size);
  for (let i = 0; i < lanes; i++) {
    const signAt = byte(mask, i * size + size - 1);
    if (((u8[signAt] as number) & 0x80) !== 0) {
      const at = byte(v.index, i * indexSize);
      const index = indexSize === 8 ? view.getBigInt64(at, true) : BigInt(view.getInt32(at, true));
      const a = (base + (index << BigInt(v.scale))) & mask64;
      if (a >= 0x800000000000n)
        throw new PageFault(
          Number(a & 0xffffffffn),
          Number(a >> 32n),
          false,
          false,
          a >= 0xffff800000000000n ? 1 : 128,
        );
      u8.set(space.read(Number(a), size), byte(dst, i * size));
    }
    u8.fill(0, byte(mask, i * size), byte(mask, i * size) + size);
  }
  const used = lanes * size;
  for (const r of [dst, mask]) for (let i = used; i < 32; i++) u8[byte(r, i)] = 0;
}
