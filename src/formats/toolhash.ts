import { ByteWriter, sha256 } from "#base";

// The hash the toolchain uses inside objects (cmd/internal/hash): on purpose not plain SHA-256, in two ways.

/** A digest as hash.New32 gives it: SHA-256 over a byte 1 and then the data. */
export function toolHash(data: Uint8Array): Uint8Array {
  const w = new Uint8Array(data.length + 1);
  w[0] = 1;
  w.set(data, 1);
  return sha256(w);
}

/** A digest as hash.Sum32 gives it: SHA-256 with the first byte of the result inverted. */
export function toolSum(data: Uint8Array): Uint8Array {
  const d = sha256(data).slice();
  d[0] = d[0]! ^ 0xff;
  return d;
}

/** What a reference is to the content hash of the symbol that makes it. */
export type HashTarget =
  | { readonly kind: "hash64"; readonly bytes: Uint8Array }
  | { readonly kind: "hash"; readonly bytes: Uint8Array }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "builtin"; readonly index: number }
  | { readonly kind: "package"; readonly path: string; readonly index: number };

/** A relocation as the content hash sees it. */
export interface HashReloc {
  readonly off: number;
  readonly size: number;
  readonly type: number;
  readonly add: number;
  readonly target: HashTarget | null;
}

/** The section byte of a content hash, from the symbol's name (cmd/internal/obj.contentHashSection). */
export function contentSection(name: string, isPcdata: boolean): number {
  if (isPcdata) return 0x50;
  if (name.startsWith("gcargs.") || name.startsWith("gclocals.") || name.startsWith("gclocals·")) return 0x46;
  for (const s of funcdataSuffixes) if (name.endsWith(s)) return 0x46;
  return name.startsWith("type:") ? 0x54 : 0;
}

const funcdataSuffixes = [
  ".opendefer",
  ".arginfo0",
  ".arginfo1",
  ".argliveinfo",
  ".wrapinfo",
  ".args_stackmap",
  ".stkobj",
];

/** The 8-byte content hash of a short symbol without relocations: its data, zero padded. */
export function contentHash64(data: Uint8Array): Uint8Array {
  const h = new Uint8Array(8);
  h.set(data.subarray(0, 8));
  return h;
}

/** The 16-byte content hash of a symbol (cmd/internal/obj.contentHash). */
export function contentHash(size: number, section: number, data: Uint8Array, relocs: readonly HashReloc[]): Uint8Array {
  const w = new ByteWriter(64 + data.length);
  w.u8(1);
  w.i64(size);
  w.u8(section);
  let n = data.length;
  while (n > 0 && data[n - 1] === 0) n--;
  w.bytes(data.subarray(0, n));
  for (const r of relocs) {
    w.u32(r.off >>> 0);
    w.u8(r.size);
    w.u8(r.type & 255);
    w.i64(r.add);
    const t = r.target;
    if (t === null) continue;
    switch (t.kind) {
      case "hash64":
        w.u8(0);
        w.bytes(t.bytes);
        break;
      case "hash":
        w.u8(1);
        w.bytes(t.bytes);
        break;
      case "name":
        w.u8(2);
        w.text(t.name);
        break;
      case "builtin":
        w.u8(3);
        w.u32(t.index);
        break;
      case "package":
        w.text(t.path);
        w.u32(t.index);
        break;
    }
  }
  return sha256(w.buf.subarray(0, w.length)).subarray(0, 16);
}
