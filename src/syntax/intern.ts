// One table for all identifiers and keywords: from bytes to the one string (and token) they stand for, without making a
// string to look it up. Shared by all files, so equal names are the identical string everywhere.
import { encodeUtf8 } from "#base";
import { firstKeyword, lastKeyword, Token, tokenString } from "./tokens.ts";

/** Words of a row of the table: hash, place in the pool, length, entry number + 1 (0: free). All of a row is in one cache line. */
const rowShift = 2;
let capacity = 1 << 13;
/** Open addressing with linear probing, at most half full. */
let rows = new Int32Array(capacity << rowShift);
/** The strings of the entries; those of keywords come first, in the order of their tokens. */
const strings: string[] = [];
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
  const table = rows;
  const mask = capacity - 1;
  const length = end - start;
  let row = ((hash ^ (hash >>> 15)) & mask) << rowShift;
  for (;;) {
    const entry = table[row + 3]!;
    if (entry === 0) return add(bytes, start, end, hash, row);
    if (table[row] === hash && table[row + 2] === length) {
      const known = pool;
      let at = table[row + 1]!;
      let i = start;
      while (i < end && known[at] === bytes[i]) {
        at++;
        i++;
      }
      if (i === end) return entry - 1;
    }
    row = (row + (1 << rowShift)) & ((mask << rowShift) | 3);
  }
}

/** The string of an entry. */
export function internedString(entry: number): string {
  return strings[entry]!;
}

/** Token.Name, or the keyword that an entry is. */
export function internedToken(entry: number): Token {
  return entry <= lastKeyword - firstKeyword ? entry + firstKeyword : Token.Name;
}

/** The shared string equal to s. */
export function intern(s: string): string {
  const b = encodeUtf8(s);
  let h = hashSeed;
  for (let i = 0; i < b.length; i++) h = hashStep(h, b[i]!);
  return strings[internBytes(b, 0, b.length, h)]!;
}

function add(bytes: Uint8Array, start: number, end: number, hash: number, row: number): number {
  const length = end - start;
  if (poolLength + length > pool.length) {
    const bigger = new Uint8Array(Math.max(pool.length * 2, poolLength + length));
    bigger.set(pool);
    pool = bigger;
  }
  for (let i = 0; i < length; i++) pool[poolLength + i] = bytes[start + i]!;
  const s = makeString(bytes, start, end);
  // Not literals: a number that is a property key is an index.
  const entry = strings.push(bytes[start]! > 0x40 ? flat(s) : s);
  rows[row] = hash;
  rows[row + 1] = poolLength;
  rows[row + 2] = length;
  rows[row + 3] = entry;
  poolLength += length;
  if (entry * 2 >= capacity) grow();
  return entry - 1;
}

function grow(): void {
  const old = rows;
  capacity *= 2;
  rows = new Int32Array(capacity << rowShift);
  const mask = capacity - 1;
  for (let from = 0; from < old.length; from += 1 << rowShift) {
    if (old[from + 3] === 0) continue;
    const hash = old[from]!;
    let slot = (hash ^ (hash >>> 15)) & mask;
    while (rows[(slot << rowShift) + 3] !== 0) slot = (slot + 1) & mask;
    for (let k = 0; k < 1 << rowShift; k++) rows[(slot << rowShift) + k] = old[from + k]!;
  }
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
  internBytes(b, 0, b.length, h);
}
