// Lists of types and itabs that the runtime finds at start (cmd/link/internal/ld/typelink.go).

import { pdqsort } from "#base";
import { RelocType, SymFlag, SymFlag2 } from "#formats";
import { TypeDecoder } from "./decodetype.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, Version } from "./loader.ts";

/** Makes runtime.typelink (types that reflection can find by string, sorted by it) and runtime.itablink. */
export function makeTypelinks(ctxt: Link): void {
  const ldr = ctxt.loader;
  const types = new TypeDecoder(ldr);
  const typelinks: { key: Uint8Array; s: number }[] = [];
  const itabs: number[] = [];
  for (let s = 1; s < ldr.n; s++) {
    if ((ldr.attr[s]! & Attr.Reachable) === 0) continue;
    if ((ldr.flag[s]! & SymFlag.Typelink) !== 0) typelinks.push({ key: types.typeStringBytes(s), s });
    else if ((ldr.flag2[s]! & SymFlag2.Itab) !== 0) itabs.push(s);
  }
  // Types of the same name in different packages have equal keys: their order is the algorithm's.
  pdqsort(typelinks, (a, b) => compareBytes(a.key, b.key));

  const tl = ldr.create("runtime.typelink", Version.ABI0);
  ldr.kind[tl] = Kind.STYPELINK;
  ldr.attr[tl]! |= Attr.Local;
  ldr.setBytes(tl, new Uint8Array(4 * typelinks.length));
  typelinks.forEach((t, i) => {
    ldr.addReloc(tl, 4 * i, 4, RelocType.R_ADDROFF, 0, t.s);
  });

  const il = ldr.create("runtime.itablink", Version.ABI0);
  ldr.kind[il] = Kind.SITABLINK;
  ldr.attr[il]! |= Attr.Local;
  ldr.setBytes(il, new Uint8Array(8 * itabs.length));
  itabs.forEach((s, i) => {
    ldr.addReloc(il, 8 * i, 8, RelocType.R_ADDR, 0, s);
  });
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const d = a[i]! - b[i]!;
    if (d !== 0) return d;
  }
  return a.length - b.length;
}
