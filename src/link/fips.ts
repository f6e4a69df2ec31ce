// The checksum over the code and data of the FIPS module (cmd/link/internal/ld/fips140.go).

import { encodeUtf8, sha256 } from "#base";
import type { Link } from "./link.ts";
import { fipsMagicSize, fipsSymbols } from "./setup.ts";

/** HMAC-SHA256 with a key of 32 zero bytes. */
function hmac(message: Uint8Array): Uint8Array {
  const block = 64;
  const inner = new Uint8Array(block + message.length).fill(0x36, 0, block);
  inner.set(message, block);
  const outer = new Uint8Array(block + 32).fill(0x5c, 0, block);
  outer.set(sha256(inner), block);
  return sha256(outer);
}

/** Computes the checksum of the relocated bytes in out and stores it in go:fipsinfo; returns what was hashed. */
export function writeFipsSum(ctxt: Link, out: Uint8Array): Uint8Array {
  const { image, loader: ldr } = ctxt;
  const segments = [image.text, image.rodata, image.data, image.data];
  const parts: Uint8Array[] = [encodeUtf8("go fips object v1\n")];
  for (let i = 0; i < fipsSymbols.length; i += 2) {
    const seg = segments[i / 2]!;
    const start = ldr.value[ctxt.fipsBrackets[i]!]!;
    const end = ldr.value[ctxt.fipsBrackets[i + 1]!]!;
    if (!(seg.vaddr <= start && start <= end && end <= seg.vaddr + seg.filelen)) {
      ctxt.reporter.error(`asmbfips: ${fipsSymbols[i]![0]} not in expected segment`);
      return new Uint8Array(0);
    }
    const length = new Uint8Array(8);
    new DataView(length.buffer).setUint32(4, end - start);
    const base = seg.fileoff - seg.vaddr;
    parts.push(length, out.subarray(start + base, end + base));
  }
  let n = 0;
  for (const p of parts) n += p.length;
  const message = new Uint8Array(n);
  n = 0;
  for (const p of parts) {
    message.set(p, n);
    n += p.length;
  }
  const seg = image.data;
  out.set(hmac(message), ldr.value[ctxt.fipsInfo]! - seg.vaddr + seg.fileoff + fipsMagicSize);
  return message;
}
