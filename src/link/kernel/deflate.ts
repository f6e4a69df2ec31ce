// zlib at its fastest level, making the choices that Go's compress/flate makes at level 1 (deflatefast.go,
// huffman_bit_writer.go): debugging sections are compressed with it, and another compressor would give another file.
//
// The input is cut into blocks of 65535 bytes. In each, a hash table of 4-byte sequences finds matches at most 32768 bytes
// back; the block is then coded with Huffman codes of its own, or stored if that is smaller.

import {
  copy,
  ctz,
  divu,
  fill,
  type i32,
  type i64,
  ld8,
  ld16,
  ld32,
  ld64,
  remu,
  st8,
  st16,
  st32,
  toI32,
  toI64u,
} from "./lang.ts";

const blockSize = 65535;
const tableShift = 18;
/** Matches stop short of the end, so that loads need no checks. */
const inputMargin = 15;
const maxMatchOffset = 32768;
const maxMatchLength = 258;
const minLiteralBlock = 17;

const numLiterals = 286;
const numOffsets = 30;
const endOfBlock = 256;
const lengthCodesStart = 257;
const codegenCodes = 19;
const badCode = 255;

/** A match in a token: bit 30, length - 3 from bit 22, offset - 1 below. */
const matchBit = 0x40000000;

// Places in the work area.
const VALUES = 0;
const POSITIONS = 65536;
const TOKENS = 131072;
const LITERAL_FREQ = 393216;
const OFFSET_FREQ = 394432;
const CODEGEN_FREQ = 394560;
const CODEGEN = 394752;
const CODEGEN_ORDER = 395136;
/** Code of each length - 3; of each offset - 1 below 256, above that of offset >> 7 plus 14. */
const LENGTH_CODE = 395264;
const OFFSET_CODE = 395520;
/** Huffman codes: 16-bit codes at 0, lengths at 576. */
const LITERALS = 395776;
const OFFSETS = 396800;
const CODEGENS = 397824;
/** The code for no matches at all: one offset that is never used. */
const NO_OFFSETS = 398848;
const KEYS = 399872;
const COUNTS = 401152;
const LAST = 401280;
const NEXT_CHAR = 401408;
const NEXT_PAIR = 401536;
const NEEDED = 401664;
const LEAVES = 401792;
const FREQS = 403200;
const LENGTHS = 576;

/** Bytes of the work area. */
export const deflateWork = 405504;

let work: i32 = 0;
let out: i32 = 0;
let acc: i64 = 0;
let nbits: i32 = 0;
let ntokens: i32 = 0;

function lengthExtra(c: i32): i32 {
  if (c < 8 || c === 28) return 0;
  return (c - 4) >> 2;
}

function lengthBase(c: i32): i32 {
  if (c < 8) return c;
  if (c === 28) return 255;
  return (4 + (c & 3)) << ((c - 4) >> 2);
}

function offsetExtra(c: i32): i32 {
  if (c < 4) return 0;
  return (c - 2) >> 1;
}

function offsetBase(c: i32): i32 {
  if (c < 4) return c;
  return (2 + (c & 1)) << ((c - 2) >> 1);
}

function offsetCode(off: i32): i32 {
  if (off < 256) return ld8(work + OFFSET_CODE + off);
  return ld8(work + OFFSET_CODE + (off >> 7)) + 14;
}

function prepare(): void {
  fill(work, 0, deflateWork);
  for (let i: i32 = 0; i < 16384; i++) st32(work + POSITIONS + i * 4, -2 * maxMatchOffset);
  for (let c: i32 = 0; c < 29; c++) {
    const from = lengthBase(c);
    fill(work + LENGTH_CODE + from, c, 256 - from);
  }
  for (let c: i32 = 0; c < 16; c++) {
    const from = offsetBase(c);
    fill(work + OFFSET_CODE + from, c, 256 - from);
  }
  // 16 17 18 0, then 8 7 9 6 10 5 … 15.
  const order = work + CODEGEN_ORDER;
  st8(order, 16);
  st8(order + 1, 17);
  st8(order + 2, 18);
  st8(order + 3, 0);
  for (let i: i32 = 0; i < 8; i++) {
    st8(order + 4 + 2 * i, 8 + i);
    if (i < 7) st8(order + 5 + 2 * i, 7 - i);
  }
  st8(work + NO_OFFSETS + LENGTHS, 1);
}

// --- bits ---

/** At most 32 bits. */
function put(v: i32, n: i32): void {
  acc = acc | (toI64u(v) << toI64u(nbits));
  nbits += n;
  if (nbits >= 32) {
    st32(out, toI32(acc));
    out += 4;
    acc = acc >>> 32;
    nbits -= 32;
  }
}

/** Pads to a byte. */
function flushBits(): void {
  while (nbits > 0) {
    st8(out, toI32(acc));
    out++;
    acc = acc >>> 8;
    nbits -= 8;
  }
  acc = 0;
  nbits = 0;
}

// --- Huffman codes: length-limited, by the package-merge method as Go builds them ---

function bitLength(h: i32, freq: i32, n: i32): i32 {
  let total: i32 = 0;
  for (let i: i32 = 0; i < n; i++) total += ld32(freq + i * 4) * ld8(h + LENGTHS + i);
  return total;
}

function sortKeys(a: i32, n: i32): void {
  // Shell's sort: few elements.
  for (let gap: i32 = 121; gap > 0; gap = (gap - 1) / 3) {
    for (let i = gap; i < n; i++) {
      const x = ld32(a + i * 4);
      let j = i;
      while (j >= gap && ld32(a + (j - gap) * 4) > x) {
        st32(a + j * 4, ld32(a + (j - gap) * 4));
        j -= gap;
      }
      st32(a + j * 4, x);
    }
  }
}

function generate(h: i32, freq: i32, size: i32, maxBits: i32): void {
  const keys = work + KEYS;
  let n: i32 = 0;
  for (let i: i32 = 0; i < size; i++) {
    const f = ld32(freq + i * 4);
    if (f !== 0) {
      st32(keys + n * 4, f * 512 + i);
      n++;
    } else st8(h + LENGTHS + i, 0);
  }
  if (n <= 2) {
    for (let i: i32 = 0; i < n; i++) {
      const s = ld32(keys + i * 4) & 511;
      st16(h + s * 2, i);
      st8(h + LENGTHS + s, 1);
    }
    return;
  }
  // By frequency, then by symbol.
  sortKeys(keys, n);
  for (let i: i32 = 0; i < n; i++) st32(work + FREQS + i * 4, ld32(keys + i * 4) >> 9);
  st32(work + FREQS + n * 4, 0x7fffffff);
  const top = bitCounts(n, maxBits);
  // Codes of each length are numbered by symbol; the most frequent symbols, last in the list, have the shortest.
  let code: i32 = 0;
  let end = n;
  for (let bits: i32 = 1; bits <= top; bits++) {
    code = code << 1;
    const count = ld32(work + COUNTS + bits * 4);
    if (count === 0) continue;
    const from = keys + (end - count) * 4;
    for (let i: i32 = 0; i < count; i++) st32(from + i * 4, ld32(from + i * 4) & 511);
    sortKeys(from, count);
    for (let i: i32 = 0; i < count; i++) {
      const s = ld32(from + i * 4);
      st16(h + s * 2, reverse(code, bits));
      st8(h + LENGTHS + s, bits);
      code++;
    }
    end -= count;
  }
}

function reverse(code: i32, bits: i32): i32 {
  let r: i32 = 0;
  for (let i: i32 = 0; i < bits; i++) r = r | (((code >> i) & 1) << (bits - 1 - i));
  return r;
}

/** Fills COUNTS with how many codes there are of each length, for n frequencies; returns the greatest length. */
function bitCounts(n: i32, limit: i32): i32 {
  const maxBits = limit < n - 1 ? limit : n - 1;
  const infinity = 0x7fffffff;
  const size = maxBits + 2;
  const last = work + LAST;
  const nextChar = work + NEXT_CHAR;
  const nextPair = work + NEXT_PAIR;
  const needed = work + NEEDED;
  const leaves = work + LEAVES;
  const freqs = work + FREQS;
  fill(last, 0, FREQS - LAST);
  for (let level: i32 = 1; level <= maxBits; level++) {
    st32(last + level * 4, ld32(freqs + 4));
    st32(nextChar + level * 4, ld32(freqs + 8));
    st32(nextPair + level * 4, level === 1 ? infinity : ld32(freqs) + ld32(freqs + 4));
    st32(leaves + (level * size + level) * 4, 2);
  }
  st32(needed + maxBits * 4, 2 * n - 4);
  let level = maxBits;
  for (;;) {
    const pair = ld32(nextPair + level * 4);
    const char = ld32(nextChar + level * 4);
    if (pair === infinity && char === infinity) {
      // Nothing left at this level: the level above cannot get pairs from it.
      st32(needed + level * 4, 0);
      st32(nextPair + level * 4 + 4, infinity);
      level++;
      continue;
    }
    const before = ld32(last + level * 4);
    const row = leaves + level * size * 4;
    if (char < pair) {
      const count = ld32(row + level * 4) + 1;
      st32(last + level * 4, char);
      st32(row + level * 4, count);
      st32(nextChar + level * 4, ld32(freqs + count * 4));
    } else {
      st32(last + level * 4, pair);
      copy(row, row - size * 4, level * 4);
      st32(needed + level * 4 - 4, 2);
    }
    const left = ld32(needed + level * 4) - 1;
    st32(needed + level * 4, left);
    if (left === 0) {
      if (level === maxBits) break;
      st32(nextPair + level * 4 + 4, before + ld32(last + level * 4));
      level++;
    } else while (ld32(needed + level * 4 - 4) > 0) level--;
  }
  const top = leaves + maxBits * size * 4;
  let bits: i32 = 1;
  for (let l = maxBits; l > 0; l--) {
    st32(work + COUNTS + bits * 4, ld32(top + l * 4) - ld32(top + l * 4 - 4));
    bits++;
  }
  return maxBits;
}

// --- matches ---

/** Fills TOKENS with the literals and matches of a block. src is the address of position 0. */
function findMatches(src: i32, from: i32, to: i32): void {
  const values = work + VALUES;
  const positions = work + POSITIONS;
  let tokens = work + TOKENS;
  let emitted = from;
  if (to - from >= minLiteralBlock) {
    const limit = to - inputMargin;
    let s = from;
    let cv = ld32(src + s);
    let h = ((cv * 0x1e35a7bd) >>> tableShift) << 2;
    outer: for (;;) {
      // The longer nothing matches, the larger the steps.
      let skip: i32 = 32;
      let next = s;
      let candidate: i32 = 0;
      for (;;) {
        s = next;
        const step = skip >> 5;
        next = s + step;
        skip += step;
        if (next > limit) break outer;
        candidate = ld32(positions + h);
        const value = ld32(values + h);
        const now = ld32(src + next);
        st32(positions + h, s);
        st32(values + h, cv);
        h = ((now * 0x1e35a7bd) >>> tableShift) << 2;
        if (s - candidate <= maxMatchOffset && cv === value) break;
        cv = now;
      }
      for (let i = emitted; i < s; i++) {
        st32(tokens, ld8(src + i));
        tokens += 4;
      }
      for (;;) {
        // Four bytes match; how many more?
        s += 4;
        let t = src + candidate + 4;
        const offset = s - candidate - 4;
        const start = s;
        let end = s + maxMatchLength - 4;
        if (end > to) end = to;
        let differ: i64 = 0;
        while (s + 8 <= end) {
          differ = ld64(src + s) ^ ld64(t);
          if (differ !== 0) break;
          s += 8;
          t += 8;
        }
        if (differ !== 0) s += toI32(ctz(differ)) >> 3;
        else {
          while (s < end && ld8(src + s) === ld8(t)) {
            s++;
            t++;
          }
        }
        st32(tokens, matchBit | ((s - start + 1) << 22) | (offset - 1));
        tokens += 4;
        emitted = s;
        if (s >= limit) break outer;
        const before = ld32(src + s - 1);
        const bh = ((before * 0x1e35a7bd) >>> tableShift) << 2;
        st32(positions + bh, s - 1);
        st32(values + bh, before);
        const here = ld32(src + s);
        const hh = ((here * 0x1e35a7bd) >>> tableShift) << 2;
        candidate = ld32(positions + hh);
        const value = ld32(values + hh);
        st32(positions + hh, s);
        st32(values + hh, here);
        if (s - candidate > maxMatchOffset || here !== value) {
          cv = ld32(src + s + 1);
          h = ((cv * 0x1e35a7bd) >>> tableShift) << 2;
          s++;
          break;
        }
      }
    }
  }
  for (let i = emitted; i < to; i++) {
    st32(tokens, ld8(src + i));
    tokens += 4;
  }
  ntokens = (tokens - work - TOKENS) >> 2;
}

// --- blocks ---

function storedHeader(length: i32, last: i32): void {
  put(last, 3);
  flushBits();
  put(length, 16);
  put(~length & 0xffff, 16);
  flushBits();
}

function stored(from: i32, to: i32): void {
  storedHeader(to - from, 0);
  copy(out, from, to - from);
  out += to - from;
}

/** Codes the bytes at [from, to) without matches. */
function huffmanOnly(from: i32, to: i32): void {
  const freq = work + LITERAL_FREQ;
  const h = work + LITERALS;
  fill(freq, 0, numLiterals * 4);
  for (let i = from; i < to; i++) {
    const p = freq + ld8(i) * 4;
    st32(p, ld32(p) + 1);
  }
  st32(freq + endOfBlock * 4, 1);
  generate(h, freq, numLiterals, 15);
  makeCodegen(endOfBlock + 1, 1, work + NO_OFFSETS);
  const ncodegen = usedCodegens();
  // One offset code of one bit is counted, as in Go.
  const size = dynamicSize(ncodegen) + 1;
  if ((to - from + 5) * 8 < size + (size >> 4)) {
    stored(from, to);
    return;
  }
  dynamicHeader(endOfBlock + 1, 1, ncodegen);
  for (let i = from; i < to; i++) {
    const b = ld8(i);
    put(ld16(h + b * 2), ld8(h + LENGTHS + b));
  }
  put(ld16(h + endOfBlock * 2), ld8(h + LENGTHS + endOfBlock));
}

/** Codes the tokens of the bytes at [from, to). */
function dynamic(from: i32, to: i32): void {
  const freq = work + LITERAL_FREQ;
  const offFreq = work + OFFSET_FREQ;
  const h = work + LITERALS;
  const oh = work + OFFSETS;
  const tokens = work + TOKENS;
  const end = tokens + ntokens * 4;
  fill(freq, 0, numLiterals * 4);
  fill(offFreq, 0, numOffsets * 4);
  for (let p = tokens; p < end; p += 4) {
    const t = ld32(p);
    let f = freq + t * 4;
    if (t >= matchBit) {
      const o = offFreq + offsetCode(t & 0x3fffff) * 4;
      st32(o, ld32(o) + 1);
      f = freq + (lengthCodesStart + ld8(work + LENGTH_CODE + ((t >>> 22) & 255))) * 4;
    }
    st32(f, ld32(f) + 1);
  }
  st32(freq + endOfBlock * 4, 1);
  let nlit: i32 = numLiterals;
  while (ld32(freq + nlit * 4 - 4) === 0) nlit--;
  let noff: i32 = numOffsets;
  while (noff > 0 && ld32(offFreq + noff * 4 - 4) === 0) noff--;
  if (noff === 0) {
    // A block must have one offset code.
    st32(offFreq, 1);
    noff = 1;
  }
  generate(h, freq, numLiterals, 15);
  generate(oh, offFreq, numOffsets, 15);
  makeCodegen(nlit, noff, oh);
  const ncodegen = usedCodegens();
  const size = dynamicSize(ncodegen) + bitLength(oh, offFreq, numOffsets);
  if ((to - from + 5) * 8 < size + (size >> 4)) {
    stored(from, to);
    return;
  }
  dynamicHeader(nlit, noff, ncodegen);
  for (let p = tokens; p < end; p += 4) {
    const t = ld32(p);
    if (t < matchBit) {
      put(ld16(h + t * 2), ld8(h + LENGTHS + t));
      continue;
    }
    const length = (t >>> 22) & 255;
    const c = ld8(work + LENGTH_CODE + length);
    const lc = lengthCodesStart + c;
    const bits = ld8(h + LENGTHS + lc);
    put(ld16(h + lc * 2) | ((length - lengthBase(c)) << bits), bits + lengthExtra(c));
    const off = t & 0x3fffff;
    const o = offsetCode(off);
    const obits = ld8(oh + LENGTHS + o);
    put(ld16(oh + o * 2) | ((off - offsetBase(o)) << obits), obits + offsetExtra(o));
  }
  put(ld16(h + endOfBlock * 2), ld8(h + LENGTHS + endOfBlock));
}

let codegenOut: i32 = 0;

function codegenPut(code: i32): void {
  st8(codegenOut, code);
  codegenOut++;
  const f = work + CODEGEN_FREQ + code * 4;
  st32(f, ld32(f) + 1);
}

function codegenRun(code: i32, extra: i32): void {
  codegenPut(code);
  st8(codegenOut, extra);
  codegenOut++;
}

/** Describes the lengths of the codes with runs (RFC 1951, 3.2.7). */
function makeCodegen(nlit: i32, noff: i32, offsets: i32): void {
  const codegen = work + CODEGEN;
  fill(work + CODEGEN_FREQ, 0, codegenCodes * 4);
  copy(codegen, work + LITERALS + LENGTHS, nlit);
  copy(codegen + nlit, offsets + LENGTHS, noff);
  st8(codegen + nlit + noff, badCode);
  codegenOut = codegen;
  let size = ld8(codegen);
  let count: i32 = 1;
  let i: i32 = 1;
  while (size !== badCode) {
    const next = ld8(codegen + i);
    i++;
    if (next === size) {
      count++;
      continue;
    }
    if (size !== 0) {
      codegenPut(size);
      count--;
      while (count >= 3) {
        const n = count < 6 ? count : 6;
        codegenRun(16, n - 3);
        count -= n;
      }
    } else {
      while (count >= 11) {
        const n = count < 138 ? count : 138;
        codegenRun(18, n - 11);
        count -= n;
      }
      if (count >= 3) {
        codegenRun(17, count - 3);
        count = 0;
      }
    }
    while (count > 0) {
      codegenPut(size);
      count--;
    }
    size = next;
    count = 1;
  }
  st8(codegenOut, badCode);
  generate(work + CODEGENS, work + CODEGEN_FREQ, codegenCodes, 7);
}

function usedCodegens(): i32 {
  let n: i32 = codegenCodes;
  while (n > 4 && ld32(work + CODEGEN_FREQ + ld8(work + CODEGEN_ORDER + n - 1) * 4) === 0) n--;
  return n;
}

/** Bits of the block without offsets; extra bits of matches are not counted (as in Go). */
function dynamicSize(ncodegen: i32): i32 {
  const f = work + CODEGEN_FREQ;
  return (
    17 +
    3 * ncodegen +
    bitLength(work + CODEGENS, f, codegenCodes) +
    ld32(f + 64) * 2 +
    ld32(f + 68) * 3 +
    ld32(f + 72) * 7 +
    bitLength(work + LITERALS, work + LITERAL_FREQ, numLiterals)
  );
}

function dynamicHeader(nlit: i32, noff: i32, ncodegen: i32): void {
  const h = work + CODEGENS;
  put(4, 3);
  put(nlit - 257, 5);
  put(noff - 1, 5);
  put(ncodegen - 4, 4);
  for (let i: i32 = 0; i < ncodegen; i++) put(ld8(h + LENGTHS + ld8(work + CODEGEN_ORDER + i)), 3);
  let p = work + CODEGEN;
  while (ld8(p) !== badCode) {
    const c = ld8(p);
    p++;
    put(ld16(h + c * 2), ld8(h + LENGTHS + c));
    if (c >= 16) {
      put(ld8(p), c === 16 ? 2 : c === 17 ? 3 : 7);
      p++;
    }
  }
}

function adler32(p: i32, n: i32): i32 {
  let lo: i32 = 1;
  let hi: i32 = 0;
  let i: i32 = 0;
  while (i < n) {
    // As many bytes as keep the sums below 2^32.
    const end = i + 5552 < n ? i + 5552 : n;
    for (; i < end; i++) {
      lo += ld8(p + i);
      hi += lo;
    }
    lo = remu(lo, 65521);
    hi = remu(hi, 65521);
  }
  return (hi << 16) | lo;
}

/** Bytes that the stream of n bytes takes at most. */
export function zlibBound(n: i32): i32 {
  return n + (divu(n, blockSize) + 2) * 16 + 1024;
}

/**
 * Writes the zlib stream (RFC 1950) of n bytes at src that Go's zlib.NewWriterLevel(w, BestSpeed) writes; returns its
 * length. area: deflateWork bytes for tables.
 */
export function zlibBestSpeed(src: i32, n: i32, to: i32, area: i32): i32 {
  work = area;
  prepare();
  acc = 0;
  nbits = 0;
  st8(to, 0x78);
  st8(to + 1, 0x01);
  out = to + 2;
  for (let at: i32 = 0; at < n; at += blockSize) {
    const end = at + blockSize < n ? at + blockSize : n;
    const length = end - at;
    if (length < 128) {
      if (length <= 16) stored(src + at, src + end);
      else huffmanOnly(src + at, src + end);
      continue;
    }
    findMatches(src, at, end);
    // Hardly any matches: literals alone cost less to describe.
    if (ntokens > length - (length >> 4)) huffmanOnly(src + at, src + end);
    else dynamic(src + at, src + end);
  }
  // An empty stored block ends the stream.
  storedHeader(0, 1);
  const sum = adler32(src, n);
  for (let shift: i32 = 24; shift >= 0; shift -= 8) {
    st8(out, sum >>> shift);
    out++;
  }
  return out - to;
}
