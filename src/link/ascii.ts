import { type ByteWriter, encodeUtf8 } from "#base";

/** Writes text without its terminator. Most is ASCII, for which a loop is faster than an encoder. */
export function writeText(w: ByteWriter, text: string): void {
  const n = text.length;
  w.reserve(n);
  const { buf } = w;
  const at = w.length;
  for (let i = 0; i < n; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x80) {
      w.bytes(encodeUtf8(text));
      return;
    }
    buf[at + i] = c;
  }
  w.length = at + n;
}
