// zlib at its fastest level, making the choices that Go's compress/flate makes at level 1 (deflatefast.go,
// huffman_bit_writer.go): debugging sections are compressed with it, and another compressor would give another file.
//
// The input is cut into blocks of 65535 bytes. In each, a hash table of 4-byte sequences finds matches at most 32768 bytes
// back; the block is then coded with Huffman codes of its own, or stored if that is smaller.

const blockSize = 65535;
const tableBits = 14;
const tableSize = 1 << tableBits;
const tableShift = 32 - tableBits;
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
const matchBit = 1 << 30;

const lengthExtra = Uint8Array.from([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const lengthBase = Uint16Array.from([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 255,
]);
const offsetExtra = Uint8Array.from([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);
const offsetBase = Uint16Array.from([
  0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144,
  8192, 12288, 16384, 24576,
]);
const codegenOrder = Uint8Array.from([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);

/** The code of each length - 3. */
const lengthCode = ((): Uint8Array => {
  const t = new Uint8Array(256);
  for (let c = 0; c < 29; c++) t.fill(c, lengthBase[c]);
  return t;
})();

/** The code of each offset - 1 below 256; above, that of offset >> 7 plus 14. */
const offsetCodeLow = ((): Uint8Array => {
  const t = new Uint8Array(256);
  for (let c = 0; c < 16; c++) t.fill(c, offsetBase[c]);
  return t;
})();

function offsetCode(off: number): number {
  return off < 256 ? offsetCodeLow[off]! : offsetCodeLow[off >> 7]! + 14;
}

/** Length-limited Huffman codes by the package-merge method, as Go builds them. */
class HuffmanEncoder {
  /** The code of each symbol, bits in the order in which they are written. */
  readonly codes: Uint16Array;
  readonly lengths: Uint8Array;

  constructor(size: number) {
    this.codes = new Uint16Array(size);
    this.lengths = new Uint8Array(size);
  }

  bitLength(freq: Int32Array): number {
    let total = 0;
    for (let i = 0; i < freq.length; i++) if (freq[i] !== 0) total += freq[i]! * this.lengths[i]!;
    return total;
  }

  generate(freq: Int32Array, maxBits: number): void {
    const keys: number[] = [];
    for (let i = 0; i < freq.length; i++) {
      if (freq[i] !== 0) keys.push(freq[i]! * 512 + i);
      else this.lengths[i] = 0;
    }
    const n = keys.length;
    if (n <= 2) {
      keys.forEach((k, i) => {
        this.codes[k % 512] = i;
        this.lengths[k % 512] = 1;
      });
      return;
    }
    // By frequency, then by symbol.
    const sorted = Float64Array.from(keys).sort();
    const freqs = new Float64Array(n + 1);
    const symbols = new Uint16Array(n);
    for (let i = 0; i < n; i++) {
      freqs[i] = Math.floor(sorted[i]! / 512);
      symbols[i] = sorted[i]! % 512;
    }
    freqs[n] = Number.POSITIVE_INFINITY;
    this.assign(bitCounts(freqs, n, maxBits), symbols);
  }

  /** Numbers the codes of each length by symbol; the most frequent symbols, last in the list, have the shortest. */
  private assign(counts: Int32Array, symbols: Uint16Array): void {
    let code = 0;
    let end = symbols.length;
    for (let bits = 0; bits < counts.length; bits++) {
      code <<= 1;
      const n = counts[bits]!;
      if (bits === 0 || n === 0) continue;
      const chunk = symbols.slice(end - n, end).sort();
      for (const s of chunk) {
        this.codes[s] = reverse(code, bits);
        this.lengths[s] = bits;
        code++;
      }
      end -= n;
    }
  }
}

function reverse(code: number, bits: number): number {
  let out = 0;
  for (let i = 0; i < bits; i++) out |= ((code >> i) & 1) << (bits - 1 - i);
  return out;
}

/** How many codes there are of each length, for n frequencies in increasing order (a sentinel follows them). */
function bitCounts(freqs: Float64Array, n: number, limit: number): Int32Array {
  const maxBits = Math.min(limit, n - 1);
  const infinity = Number.POSITIVE_INFINITY;
  const size = maxBits + 2;
  const last = new Float64Array(size);
  const nextChar = new Float64Array(size);
  const nextPair = new Float64Array(size);
  const needed = new Int32Array(size);
  const leaves = new Int32Array(size * size);
  for (let level = 1; level <= maxBits; level++) {
    last[level] = freqs[1]!;
    nextChar[level] = freqs[2]!;
    nextPair[level] = level === 1 ? infinity : freqs[0]! + freqs[1]!;
    leaves[level * size + level] = 2;
  }
  needed[maxBits] = 2 * n - 4;
  let level = maxBits;
  for (;;) {
    if (nextPair[level] === infinity && nextChar[level] === infinity) {
      // Nothing left at this level: the level above cannot get pairs from it.
      needed[level] = 0;
      nextPair[level + 1] = infinity;
      level++;
      continue;
    }
    const before = last[level]!;
    if (nextChar[level]! < nextPair[level]!) {
      const count = leaves[level * size + level]! + 1;
      last[level] = nextChar[level]!;
      leaves[level * size + level] = count;
      nextChar[level] = freqs[count]!;
    } else {
      last[level] = nextPair[level]!;
      for (let k = 0; k < level; k++) leaves[level * size + k] = leaves[(level - 1) * size + k]!;
      needed[level - 1] = 2;
    }
    needed[level]!--;
    if (needed[level] === 0) {
      if (level === maxBits) break;
      nextPair[level + 1] = before + last[level]!;
      level++;
    } else while (needed[level - 1]! > 0) level--;
  }
  const counts = new Int32Array(maxBits + 1);
  for (let l = maxBits, bits = 1; l > 0; l--, bits++) {
    counts[bits] = leaves[maxBits * size + l]! - leaves[maxBits * size + l - 1]!;
  }
  return counts;
}

class BitWriter {
  out: Uint8Array;
  length = 0;
  private acc = 0;
  private nbits = 0;

  constructor(capacity: number) {
    this.out = new Uint8Array(capacity);
  }

  reserve(n: number): void {
    if (this.length + n <= this.out.length) return;
    const bigger = new Uint8Array(Math.max(this.out.length * 2, this.length + n));
    bigger.set(this.out.subarray(0, this.length));
    this.out = bigger;
  }

  /** At most 16 bits; the caller has reserved room. */
  bits(v: number, n: number): void {
    this.acc |= v << this.nbits;
    this.nbits += n;
    if (this.nbits >= 16) {
      this.out[this.length] = this.acc;
      this.out[this.length + 1] = this.acc >> 8;
      this.length += 2;
      // The bits that did not fit are still in v.
      this.nbits -= 16;
      this.acc >>>= 16;
    }
  }

  /** Pads to a byte. */
  flush(): void {
    for (; this.nbits > 0; this.nbits -= 8) {
      this.out[this.length++] = this.acc;
      this.acc >>>= 8;
    }
    this.acc = 0;
    this.nbits = 0;
  }

  bytes(b: Uint8Array): void {
    this.flush();
    this.reserve(b.length);
    this.out.set(b, this.length);
    this.length += b.length;
  }
}

/** The code for no matches at all: one offset that is never used. */
const noOffsets = ((): HuffmanEncoder => {
  const e = new HuffmanEncoder(numOffsets);
  e.lengths[0] = 1;
  return e;
})();

class Deflater {
  readonly w: BitWriter;
  private readonly values = new Int32Array(tableSize);
  private readonly positions = new Int32Array(tableSize).fill(-2 * maxMatchOffset);
  private readonly tokens = new Int32Array(blockSize);
  private ntokens = 0;
  private readonly literalFreq = new Int32Array(numLiterals);
  private readonly offsetFreq = new Int32Array(numOffsets);
  private readonly codegenFreq = new Int32Array(codegenCodes);
  private readonly codegen = new Uint8Array(numLiterals + numOffsets + 1);
  private readonly literals = new HuffmanEncoder(numLiterals);
  private readonly offsets = new HuffmanEncoder(numOffsets);
  private readonly codegens = new HuffmanEncoder(codegenCodes);
  private readonly view: DataView;

  constructor(private readonly src: Uint8Array) {
    this.view = new DataView(src.buffer, src.byteOffset, src.byteLength);
    this.w = new BitWriter(Math.max(1024, src.length >> 1));
  }

  run(): void {
    const { src } = this;
    for (let at = 0; at < src.length; at += blockSize) this.block(at, Math.min(at + blockSize, src.length));
    // An empty stored block ends the stream.
    this.storedHeader(0, true);
  }

  private block(from: number, to: number): void {
    const n = to - from;
    if (n < 128) {
      if (n <= 16) this.stored(from, to);
      else this.huffmanOnly(from, to);
      return;
    }
    this.match(from, to);
    // Hardly any matches: literals alone cost less to describe.
    if (this.ntokens > n - (n >> 4)) this.huffmanOnly(from, to);
    else this.dynamic(from, to);
  }

  private emitLiterals(from: number, to: number): void {
    const { src, tokens } = this;
    let k = this.ntokens;
    for (let i = from; i < to; i++) tokens[k++] = src[i]!;
    this.ntokens = k;
  }

  /** Fills tokens with the literals and matches of a block. */
  private match(from: number, to: number): void {
    const { src, view, values, positions } = this;
    this.ntokens = 0;
    if (to - from < minLiteralBlock) {
      this.emitLiterals(from, to);
      return;
    }
    const limit = to - inputMargin;
    let emitted = from;
    let s = from;
    let cv = view.getInt32(s, true);
    let h = Math.imul(cv, 0x1e35a7bd) >>> tableShift;
    outer: for (;;) {
      // The longer nothing matches, the larger the steps.
      let skip = 32;
      let next = s;
      let candidate: number;
      for (;;) {
        s = next;
        const step = skip >> 5;
        next = s + step;
        skip += step;
        if (next > limit) break outer;
        candidate = positions[h]!;
        const value = values[h]!;
        const now = view.getInt32(next, true);
        positions[h] = s;
        values[h] = cv;
        h = Math.imul(now, 0x1e35a7bd) >>> tableShift;
        if (s - candidate <= maxMatchOffset && cv === value) break;
        cv = now;
      }
      this.emitLiterals(emitted, s);
      for (;;) {
        // Four bytes match; how many more?
        s += 4;
        let t = candidate + 4;
        const offset = s - t;
        const start = s;
        const end = Math.min(s + maxMatchLength - 4, to);
        while (s < end && src[s] === src[t]) {
          s++;
          t++;
        }
        this.tokens[this.ntokens++] = matchBit | ((s - start + 1) << 22) | (offset - 1);
        emitted = s;
        if (s >= limit) break outer;
        const before = view.getInt32(s - 1, true);
        const bh = Math.imul(before, 0x1e35a7bd) >>> tableShift;
        positions[bh] = s - 1;
        values[bh] = before;
        const here = view.getInt32(s, true);
        const hh = Math.imul(here, 0x1e35a7bd) >>> tableShift;
        candidate = positions[hh]!;
        const value = values[hh]!;
        positions[hh] = s;
        values[hh] = here;
        if (s - candidate > maxMatchOffset || here !== value) {
          cv = view.getInt32(s + 1, true);
          h = Math.imul(cv, 0x1e35a7bd) >>> tableShift;
          s++;
          break;
        }
      }
    }
    if (emitted < to) this.emitLiterals(emitted, to);
  }

  private storedHeader(length: number, last: boolean): void {
    const { w } = this;
    w.reserve(16);
    w.bits(last ? 1 : 0, 3);
    w.flush();
    w.bits(length, 16);
    w.bits(~length & 0xffff, 16);
  }

  private stored(from: number, to: number): void {
    this.storedHeader(to - from, false);
    this.w.bytes(this.src.subarray(from, to));
  }

  /** Codes the block's bytes without matches. */
  private huffmanOnly(from: number, to: number): void {
    const { src, w, literalFreq, literals } = this;
    literalFreq.fill(0);
    for (let i = from; i < to; i++) literalFreq[src[i]!]!++;
    literalFreq[endOfBlock] = 1;
    this.offsetFreq.fill(0);
    this.offsetFreq[0] = 1;
    literals.generate(literalFreq, 15);
    const nlit = endOfBlock + 1;
    this.makeCodegen(nlit, 1, noOffsets);
    const ncodegen = this.usedCodegens();
    const size = this.dynamicSize(ncodegen, noOffsets);
    if ((to - from + 5) * 8 < size + (size >> 4)) {
      this.stored(from, to);
      return;
    }
    w.reserve(1024 + (to - from) * 2);
    this.dynamicHeader(nlit, 1, ncodegen);
    for (let i = from; i < to; i++) w.bits(literals.codes[src[i]!]!, literals.lengths[src[i]!]!);
    w.bits(literals.codes[endOfBlock]!, literals.lengths[endOfBlock]!);
  }

  /** Codes the block's tokens. */
  private dynamic(from: number, to: number): void {
    const { w, tokens, literalFreq, offsetFreq, literals, offsets } = this;
    literalFreq.fill(0);
    offsetFreq.fill(0);
    for (let i = 0; i < this.ntokens; i++) {
      const t = tokens[i]!;
      if (t < matchBit) literalFreq[t]!++;
      else {
        literalFreq[lengthCodesStart + lengthCode[(t >>> 22) & 255]!]!++;
        offsetFreq[offsetCode(t & 0x3fffff)]!++;
      }
    }
    literalFreq[endOfBlock] = 1;
    let nlit = numLiterals;
    while (literalFreq[nlit - 1] === 0) nlit--;
    let noff = numOffsets;
    while (noff > 0 && offsetFreq[noff - 1] === 0) noff--;
    if (noff === 0) {
      // A block must have one offset code.
      offsetFreq[0] = 1;
      noff = 1;
    }
    literals.generate(literalFreq, 15);
    offsets.generate(offsetFreq, 15);
    this.makeCodegen(nlit, noff, offsets);
    const ncodegen = this.usedCodegens();
    const size = this.dynamicSize(ncodegen, offsets);
    if ((to - from + 5) * 8 < size + (size >> 4)) {
      this.stored(from, to);
      return;
    }
    w.reserve(1024 + this.ntokens * 6);
    this.dynamicHeader(nlit, noff, ncodegen);
    const lc = literals.codes;
    const ll = literals.lengths;
    const oc = offsets.codes;
    const ol = offsets.lengths;
    for (let i = 0; i < this.ntokens; i++) {
      const t = tokens[i]!;
      if (t < matchBit) {
        w.bits(lc[t]!, ll[t]!);
        continue;
      }
      const length = (t >>> 22) & 255;
      const c = lengthCode[length]!;
      w.bits(lc[lengthCodesStart + c]!, ll[lengthCodesStart + c]!);
      if (lengthExtra[c]! > 0) w.bits(length - lengthBase[c]!, lengthExtra[c]!);
      const off = t & 0x3fffff;
      const o = offsetCode(off);
      w.bits(oc[o]!, ol[o]!);
      if (offsetExtra[o]! > 0) w.bits(off - offsetBase[o]!, offsetExtra[o]!);
    }
    w.bits(lc[endOfBlock]!, ll[endOfBlock]!);
  }

  /** Describes the lengths of the codes with runs (RFC 1951, 3.2.7). */
  private makeCodegen(nlit: number, noff: number, offsets: HuffmanEncoder): void {
    const { codegen, codegenFreq } = this;
    codegenFreq.fill(0);
    for (let i = 0; i < nlit; i++) codegen[i] = this.literals.lengths[i]!;
    for (let i = 0; i < noff; i++) codegen[nlit + i] = offsets.lengths[i]!;
    codegen[nlit + noff] = badCode;
    let size = codegen[0]!;
    let count = 1;
    let out = 0;
    for (let i = 1; size !== badCode; i++) {
      const next = codegen[i]!;
      if (next === size) {
        count++;
        continue;
      }
      if (size !== 0) {
        codegen[out++] = size;
        codegenFreq[size]!++;
        count--;
        while (count >= 3) {
          const n = Math.min(6, count);
          codegen[out++] = 16;
          codegen[out++] = n - 3;
          codegenFreq[16]!++;
          count -= n;
        }
      } else {
        while (count >= 11) {
          const n = Math.min(138, count);
          codegen[out++] = 18;
          codegen[out++] = n - 11;
          codegenFreq[18]!++;
          count -= n;
        }
        if (count >= 3) {
          codegen[out++] = 17;
          codegen[out++] = count - 3;
          codegenFreq[17]!++;
          count = 0;
        }
      }
      for (; count > 0; count--) {
        codegen[out++] = size;
        codegenFreq[size]!++;
      }
      size = next;
      count = 1;
    }
    codegen[out] = badCode;
    this.codegens.generate(codegenFreq, 7);
  }

  private usedCodegens(): number {
    let n = codegenCodes;
    while (n > 4 && this.codegenFreq[codegenOrder[n - 1]!] === 0) n--;
    return n;
  }

  /** Bits of the block, extra bits of matches not counted (as in Go). */
  private dynamicSize(ncodegen: number, offsets: HuffmanEncoder): number {
    const f = this.codegenFreq;
    return (
      3 +
      5 +
      5 +
      4 +
      3 * ncodegen +
      this.codegens.bitLength(f) +
      f[16]! * 2 +
      f[17]! * 3 +
      f[18]! * 7 +
      this.literals.bitLength(this.literalFreq) +
      offsets.bitLength(this.offsetFreq)
    );
  }

  private dynamicHeader(nlit: number, noff: number, ncodegen: number): void {
    const { w, codegen, codegens } = this;
    w.bits(4, 3);
    w.bits(nlit - 257, 5);
    w.bits(noff - 1, 5);
    w.bits(ncodegen - 4, 4);
    for (let i = 0; i < ncodegen; i++) w.bits(codegens.lengths[codegenOrder[i]!]!, 3);
    for (let i = 0; codegen[i] !== badCode; i++) {
      const c = codegen[i]!;
      w.bits(codegens.codes[c]!, codegens.lengths[c]!);
      if (c === 16) w.bits(codegen[++i]!, 2);
      else if (c === 17) w.bits(codegen[++i]!, 3);
      else if (c === 18) w.bits(codegen[++i]!, 7);
    }
  }
}

function adler32(b: Uint8Array): number {
  let lo = 1;
  let hi = 0;
  // As many bytes as keep the sums below 2^32.
  for (let i = 0; i < b.length; ) {
    const end = Math.min(i + 5552, b.length);
    for (; i < end; i++) {
      lo += b[i]!;
      hi += lo;
    }
    lo %= 65521;
    hi %= 65521;
  }
  return ((hi << 16) | lo) >>> 0;
}

/** The zlib stream (RFC 1950) of raw that Go's zlib.NewWriterLevel(w, BestSpeed) writes. */
export function zlibBestSpeed(raw: Uint8Array): Uint8Array {
  const d = new Deflater(raw);
  const { w } = d;
  w.out[0] = 0x78;
  w.out[1] = 0x01;
  w.length = 2;
  d.run();
  w.reserve(4);
  const sum = adler32(raw);
  for (let shift = 24; shift >= 0; shift -= 8) w.out[w.length++] = sum >>> shift;
  return w.out.subarray(0, w.length);
}
