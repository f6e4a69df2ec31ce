import { encodeUtf8 } from "#base";
import { RelocType } from "#formats";
import type { LSym } from "./sym.ts";

// What DWARF consists of, appended to a symbol.

export function u8(s: LSym, v: number): void {
  const at = s.size;
  // Nearly always there is room.
  if (at === s.dataLen && at < s.data.length) {
    s.data[at] = v;
    s.dataLen = at + 1;
    s.size = at + 1;
  } else s.writeInt(at, 1, v);
}

export function uleb(s: LSym, v: number): void {
  while (v >= 128) {
    u8(s, (v % 128) | 128);
    v = Math.floor(v / 128);
  }
  u8(s, v);
}

export function sleb(s: LSym, v: number): void {
  for (;;) {
    const b = v & 127;
    v >>= 7;
    if ((v === 0 && (b & 64) === 0) || (v === -1 && (b & 64) !== 0)) {
      u8(s, b);
      return;
    }
    u8(s, b | 128);
  }
}

/** A string with its end. */
export function text(s: LSym, name: string): void {
  for (let i = 0; i < name.length; i++) {
    if (name.charCodeAt(i) < 0x80) continue;
    s.writeBytes(s.size, encodeUtf8(name));
    u8(s, 0);
    return;
  }
  for (let i = 0; i < name.length; i++) u8(s, name.charCodeAt(i));
  u8(s, 0);
}

/** An offset in another debugging section, of a symbol plus add. */
export function reference(s: LSym, to: LSym, add: number): void {
  s.writeAddr(s.size, 4, to, add, RelocType.R_DWARFSECREF);
}

/** The index of a function's address, in an object of so many functions. */
export function textAddress(s: LSym, funcCount: number, fn: LSym): void {
  const [type, width] = textIndexWidth(funcCount * 2);
  s.writeAddr(s.size, width, fn, 0, type);
}

/** The relocation that holds an index of so many functions, and its size. */
function textIndexWidth(count: number): [RelocType, number] {
  if (count <= 127) return [RelocType.R_DWTXTADDR_U1, 1];
  if (count <= 16383) return [RelocType.R_DWTXTADDR_U2, 2];
  if (count <= 2097151) return [RelocType.R_DWTXTADDR_U3, 3];
  return [RelocType.R_DWTXTADDR_U4, 4];
}
