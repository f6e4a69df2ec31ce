/** A set of integers in [0, size), one bit each. */
export class BitSet {
  readonly words: Uint32Array;

  constructor(readonly size: number) {
    this.words = new Uint32Array((size + 31) >>> 5);
  }

  has(i: number): boolean {
    return (this.words[i >>> 5]! & (1 << (i & 31))) !== 0;
  }

  add(i: number): void {
    this.words[i >>> 5]! |= 1 << (i & 31);
  }

  delete(i: number): void {
    this.words[i >>> 5]! &= ~(1 << (i & 31));
  }

  clear(): void {
    this.words.fill(0);
  }

  /** Makes this set equal to other, which has the same size. */
  copyFrom(other: BitSet): void {
    this.words.set(other.words);
  }

  /** Adds all of other; reports whether this set grew. */
  union(other: BitSet): boolean {
    const a = this.words;
    const b = other.words;
    let grew = 0;
    for (let i = 0; i < a.length; i++) {
      grew |= b[i]! & ~a[i]!;
      a[i]! |= b[i]!;
    }
    return grew !== 0;
  }

  /** Keeps only what other has too. */
  intersect(other: BitSet): void {
    for (let i = 0; i < this.words.length; i++) this.words[i]! &= other.words[i]!;
  }

  /** Removes all of other. */
  subtract(other: BitSet): void {
    for (let i = 0; i < this.words.length; i++) this.words[i]! &= ~other.words[i]!;
  }

  equals(other: BitSet): boolean {
    for (let i = 0; i < this.words.length; i++) if (this.words[i] !== other.words[i]) return false;
    return true;
  }

  isEmpty(): boolean {
    for (let i = 0; i < this.words.length; i++) if (this.words[i] !== 0) return false;
    return true;
  }

  clone(): BitSet {
    const c = new BitSet(this.size);
    c.words.set(this.words);
    return c;
  }

  /** Calls f for each element in increasing order. */
  forEach(f: (i: number) => void): void {
    for (let w = 0; w < this.words.length; w++) {
      let bits = this.words[w]!;
      while (bits !== 0) {
        const low = 31 - Math.clz32(bits & -bits);
        f(w * 32 + low);
        bits &= bits - 1;
      }
    }
  }
}
