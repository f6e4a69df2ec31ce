// One table for all identifiers and keywords: from bytes to the one string (and token) they stand for, without making a
// string to look it up. Shared by all files, so equal names are the identical string everywhere.
import { encodeUtf8 } from "#base";
import { firstKeyword, lastKeyword, Token, tokenString } from "./tokens.ts";

let capacity = 1 << 14;
/** Slot to entry number + 1; open addressing with linear probing, at most half full. */
let slots = new Int32Array(capacity);
let count = 0;
let hashes = new Int32Array(capacity >> 1);
let starts = new Int32Array(capacity >> 1);
let lengths = new Int32Array(capacity >> 1);
const strings: string[] = [];
const tokens: Token[] = [];
/** The bytes of all entries, back to back. */
let pool = new Uint8Array(1 << 17);
let poolLength = 0;

/** Start value and step of the hash that callers compute while they scan. */
export const hashSeed = 5381;

/** One step of the hash: `hash = hashStep(hash, byte)`. */
export function hashStep(hash: number, byte: number): number {
  return (Math.imul(hash, 33) ^ byte) | 0;
}

/** The entry of bytes[start, end), whose hash the caller has computed. */
export function internBytes(bytes: Uint8Array, start: number, end: number, hash: number): number {
  const mask = capacity - 1;
  const length = end - start;
  let slot = (hash ^ (hash >>> 15)) & mask;
  for (;;) {
    const entry = slots[slot]! - 1;
    if (entry < 0) break;
    if (hashes[entry] === hash && lengths[entry] === length) {
      const at = starts[entry]!;
      let i = 0;
      while (i < length && pool[at + i] === bytes[start + i]) i++;
      if (i === length) return entry;
    }
    slot = (slot + 1) & mask;
  }
  return add(bytes, start, end, hash, slot);
}

/** The string of an entry. */
export function internedString(entry: number): string {
  return strings[entry]!;
}

/** Token.Name, or the keyword that an entry is. */
export function internedToken(entry: number): Token {
  return tokens[entry]!;
}

/** The shared string equal to s. */
export function intern(s: string): string {
  const b = encodeUtf8(s);
  let h = hashSeed;
  for (let i = 0; i < b.length; i++) h = hashStep(h, b[i]!);
  return strings[internBytes(b, 0, b.length, h)]!;
}

function add(bytes: Uint8Array, start: number, end: number, hash: number, slot: number): number {
  const length = end - start;
  if (poolLength + length > pool.length) {
    const bigger = new Uint8Array(Math.max(pool.length * 2, poolLength + length));
    bigger.set(pool);
    pool = bigger;
  }
  for (let i = 0; i < length; i++) pool[poolLength + i] = bytes[start + i]!;
  const entry = count++;
  hashes[entry] = hash;
  starts[entry] = poolLength;
  lengths[entry] = length;
  poolLength += length;
  const s = makeString(bytes, start, end);
  // Not literals: a number that is a property key is an index.
  strings.push(bytes[start]! > 0x40 ? flat(s) : s);
  tokens.push(Token.Name);
  slots[slot] = entry + 1;
  if (count * 2 >= capacity) grow();
  return entry;
}

function grow(): void {
  capacity *= 2;
  slots = new Int32Array(capacity);
  hashes = resize(hashes);
  starts = resize(starts);
  lengths = resize(lengths);
  const mask = capacity - 1;
  for (let entry = 0; entry < count; entry++) {
    const hash = hashes[entry]!;
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = entry + 1;
  }
}

function resize(a: Int32Array): Int32Array<ArrayBuffer> {
  const b = new Int32Array(capacity >> 1);
  b.set(a);
  return b;
}

/** The string of UTF-8 bytes; invalid sequences (which have been reported) become U+FFFD. */
export function makeString(bytes: Uint8Array, start: number, end: number): string {
  let s = "";
  let i = start;
  // Four at a time: a string that is made of one character after the other is many.
  for (; i + 4 <= end; i += 4) {
    const a = bytes[i]!;
    const b = bytes[i + 1]!;
    const c = bytes[i + 2]!;
    const d = bytes[i + 3]!;
    if ((a | b | c | d) >= 0x80) break;
    s += String.fromCharCode(a, b, c, d);
  }
  while (i < end) {
    const c = bytes[i]!;
    if (c < 0x80) {
      s += String.fromCharCode(c);
      i++;
      continue;
    }
    const r = decodeRune(bytes, i, end);
    s += String.fromCodePoint(r >>> 3);
    i += r & 7;
  }
  return s;
}

/** Concatenation builds a rope; using a string as a property key makes V8 flatten and internalise it: then equal is identical. */
const internaliser: Record<string, boolean> = Object.create(null);
function flat(s: string): string {
  internaliser[s] = true;
  delete internaliser[s];
  return s;
}

/**
 * Decodes the UTF-8 sequence at offset i: code point * 8 + width. An invalid sequence is U+FFFD with width 1, as Go's
 * utf8.DecodeRune has it (a valid U+FFFD has width 3).
 */
export function decodeRune(bytes: Uint8Array, i: number, end: number): number {
  const invalid = 0xfffd * 8 + 1;
  const c = bytes[i]!;
  if (c < 0x80) return c * 8 + 1;
  if (c < 0xc2 || c > 0xf4) return invalid;
  const c1 = i + 1 < end ? bytes[i + 1]! : 0;
  if ((c1 & 0xc0) !== 0x80) return invalid;
  if (c < 0xe0) return (((c & 0x1f) << 6) | (c1 & 0x3f)) * 8 + 2;
  const c2 = i + 2 < end ? bytes[i + 2]! : 0;
  if ((c2 & 0xc0) !== 0x80) return invalid;
  if (c < 0xf0) {
    const r = ((c & 0x0f) << 12) | ((c1 & 0x3f) << 6) | (c2 & 0x3f);
    return r < 0x800 || (r >= 0xd800 && r < 0xe000) ? invalid : r * 8 + 3;
  }
  const c3 = i + 3 < end ? bytes[i + 3]! : 0;
  if ((c3 & 0xc0) !== 0x80) return invalid;
  const r = ((c & 0x07) << 18) | ((c1 & 0x3f) << 12) | ((c2 & 0x3f) << 6) | (c3 & 0x3f);
  return r < 0x10000 || r > 0x10ffff ? invalid : r * 8 + 4;
}

for (let tok = firstKeyword as Token; tok <= lastKeyword; tok++) {
  const b = encodeUtf8(tokenString(tok));
  let h = hashSeed;
  for (let i = 0; i < b.length; i++) h = hashStep(h, b[i]!);
  tokens[internBytes(b, 0, b.length, h)] = tok;
}
