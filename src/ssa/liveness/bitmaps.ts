import { Kind, type SType } from "../core/index.ts";

/** Calls mark with the index of each word of a value of type t, placed at byte off, that holds a pointer. */
export function pointerWords(t: SType, off: number, mark: (word: number) => void): void {
  if (t.ptrBytes === 0) return;
  switch (t.kind) {
    case Kind.String:
    case Kind.Slice:
      mark(off / 8);
      return;
    case Kind.Iface:
    case Kind.Eface:
      mark(off / 8);
      mark(off / 8 + 1);
      return;
    case Kind.Struct:
      for (const f of t.fields) pointerWords(f.type, off + f.offset, mark);
      return;
    case Kind.Array: {
      const e = t.elem!;
      for (let i = 0; i < t.length; i++) pointerWords(e, off + i * e.size, mark);
      return;
    }
  }
  mark(off / 8);
}

/** A bitmap of n bits, least significant first. */
export class Bitmap {
  readonly bytes: Uint8Array;

  constructor(readonly n: number) {
    this.bytes = new Uint8Array((n + 7) >>> 3);
  }

  set(i: number): void {
    this.bytes[i >>> 3]! |= 1 << (i & 7);
  }
}

/** The mask of a type's pointer words, as runtime.gcbits symbols have it: whole words of 8 bytes. */
export function pointerMask(t: SType): Uint8Array {
  const words = t.ptrBytes / 8;
  const out = new Uint8Array(Math.ceil(Math.ceil(words / 8) / 8) * 8);
  pointerWords(t, 0, (w) => {
    out[w >>> 3]! |= 1 << (w & 7);
  });
  return out;
}
