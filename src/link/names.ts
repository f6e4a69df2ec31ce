import { encodeUtf8 } from "#base";

/**
 * A map from symbol names to symbols that keeps names where they are: in the bytes of their object files. An entry is
 * five integers; nothing is decoded. Open addressing, at most half full.
 */
export class NameTable {
  private mask: number;
  private hashes: Int32Array;
  private syms: Int32Array;
  private offs: Int32Array;
  private lens: Int32Array;
  private files: Int32Array;
  private count = 0;

  /** bytesOf gives the bytes that file numbers stand for; expected is how many names will come. */
  constructor(
    private readonly bytesOf: readonly Uint8Array[],
    expected: number,
  ) {
    let size = 1024;
    while (size < expected * 2) size *= 2;
    this.mask = size - 1;
    this.hashes = new Int32Array(size);
    this.syms = new Int32Array(size);
    this.offs = new Int32Array(size);
    this.lens = new Int32Array(size);
    this.files = new Int32Array(size);
  }

  /** The slot of a name: where it is, or where it would go. */
  private slot(bytes: Uint8Array, off: number, len: number, hash: number): number {
    let i = hash & this.mask;
    for (;;) {
      if (this.syms[i] === 0) return i;
      if (this.hashes[i] === hash && this.lens[i] === len) {
        const other = this.bytesOf[this.files[i]!]!;
        const o = this.offs[i]!;
        let k = 0;
        while (k < len && other[o + k] === bytes[off + k]) k++;
        if (k === len) return i;
      }
      i = (i + 1) & this.mask;
    }
  }

  /** The symbol of this name; if there is none, sym becomes it and 0 is returned. */
  findOrAdd(file: number, off: number, len: number, sym: number): number {
    const bytes = this.bytesOf[file]!;
    const hash = hashName(bytes, off, len);
    const i = this.slot(bytes, off, len, hash);
    const old = this.syms[i]!;
    if (old !== 0) return old;
    this.hashes[i] = hash;
    this.syms[i] = sym;
    this.offs[i] = off;
    this.lens[i] = len;
    this.files[i] = file;
    if (++this.count * 2 > this.mask) this.grow();
    return 0;
  }

  /** Makes sym the symbol of this name, whatever it was. */
  set(file: number, off: number, len: number, sym: number): void {
    if (this.findOrAdd(file, off, len, sym) !== 0) {
      const bytes = this.bytesOf[file]!;
      this.syms[this.slot(bytes, off, len, hashName(bytes, off, len))] = sym;
    }
  }

  /** The symbol of a name in bytes, or 0. */
  find(bytes: Uint8Array, off: number, len: number): number {
    return this.syms[this.slot(bytes, off, len, hashName(bytes, off, len))]!;
  }

  /** The symbol of a name, or 0. */
  findText(name: string): number {
    const b = encodeUtf8(name);
    return this.find(b, 0, b.length);
  }

  private grow(): void {
    const { hashes, syms, offs, lens, files } = this;
    const size = (this.mask + 1) * 2;
    this.mask = size - 1;
    this.hashes = new Int32Array(size);
    this.syms = new Int32Array(size);
    this.offs = new Int32Array(size);
    this.lens = new Int32Array(size);
    this.files = new Int32Array(size);
    for (let k = 0; k < syms.length; k++) {
      if (syms[k] === 0) continue;
      let i = hashes[k]! & this.mask;
      while (this.syms[i] !== 0) i = (i + 1) & this.mask;
      this.hashes[i] = hashes[k]!;
      this.syms[i] = syms[k]!;
      this.offs[i] = offs[k]!;
      this.lens[i] = lens[k]!;
      this.files[i] = files[k]!;
    }
  }
}

/** Of long names only the ends count: what tells names of one package apart is there. */
function hashName(bytes: Uint8Array, off: number, len: number): number {
  let h = len | 0;
  const end = off + len;
  let i = off;
  if (len > 40) {
    for (; i < off + 12; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
    i = end - 28;
  }
  for (; i < end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  return h ^ (h >>> 15);
}

/** A map from content hashes to symbols; the hashes stay in their files too. */
export class HashTable {
  private readonly mask: number;
  private readonly syms: Int32Array;
  private readonly offs: Int32Array;
  private readonly files: Int32Array;
  private readonly words: Int32Array;
  count = 0;

  /** width: bytes of a hash, 8 or 16. */
  constructor(
    private readonly viewOf: readonly DataView[],
    expected: number,
    private readonly width: number,
  ) {
    let size = 1024;
    while (size < expected * 2) size *= 2;
    this.mask = size - 1;
    this.syms = new Int32Array(size);
    this.offs = new Int32Array(size);
    this.files = new Int32Array(size);
    this.words = new Int32Array(size);
  }

  /** The symbol with the hash at off of a file; if there is none, sym becomes it and 0 is returned. */
  findOrAdd(file: number, off: number, sym: number): number {
    const v = this.viewOf[file]!;
    const word = v.getInt32(off, true);
    const second = v.getInt32(off + 4, true);
    // Short symbols are their own hash: mix, for small integers and text would cluster.
    let i = Math.imul(word ^ Math.imul(second, 0x85ebca6b), 0x9e3779b1);
    i = (i ^ (i >>> 15)) & this.mask;
    for (;;) {
      const s = this.syms[i]!;
      if (s === 0) break;
      if (this.words[i] === word) {
        const w = this.viewOf[this.files[i]!]!;
        const o = this.offs[i]!;
        if (w.getInt32(o + 4, true) === second && (this.width === 8 || same8(v, off + 8, w, o + 8))) return s;
      }
      i = (i + 1) & this.mask;
    }
    this.syms[i] = sym;
    this.offs[i] = off;
    this.files[i] = file;
    this.words[i] = word;
    this.count++;
    return 0;
  }
}

function same8(a: DataView, i: number, b: DataView, j: number): boolean {
  return a.getInt32(i, true) === b.getInt32(j, true) && a.getInt32(i + 4, true) === b.getInt32(j + 4, true);
}
