// Lists of types and itabs that the runtime finds at start (cmd/link/internal/ld/typelink.go).

import { pdqsort } from "#base";
import { RelocType } from "#formats";
import { TypeDecoder } from "./decodetype.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, Version } from "./loader.ts";

/** A type and its string, which lies in the arena. */
interface Typelink {
  readonly at: number;
  readonly length: number;
  readonly s: number;
}

/** Makes runtime.typelink (types that reflection can find by string, sorted by it) and runtime.itablink. */
export function makeTypelinks(ctxt: Link): void {
  const ldr = ctxt.loader;
  const types = new TypeDecoder(ldr);
  const { arena, n } = ldr;
  const typeList = arena.int32(n);
  const itabs = arena.int32(n);
  const found = arena.call.listTypelinks(n, typeList.byteOffset, itabs.byteOffset);
  const nitabs = arena.get("nitabs");
  const typelinks: Typelink[] = [];
  for (let i = 0; i < found; i++) {
    const key = types.typeStringBytes(typeList[i]!);
    typelinks.push({ at: key.byteOffset, length: key.length, s: typeList[i]! });
  }
  // Types of the same name in different packages have equal keys: their order is the algorithm's.
  pdqsort(typelinks, (a, b) => arena.call.compareBytes(a.at, a.length, b.at, b.length));

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
  ldr.setBytes(il, new Uint8Array(8 * nitabs));
  for (let i = 0; i < nitabs; i++) ldr.addReloc(il, 8 * i, 8, RelocType.R_ADDR, 0, itabs[i]!);
}
