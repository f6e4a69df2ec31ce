// Pattern-defeating quicksort (Orson Peters) with the choices that Go's slices.SortFunc makes. It is not stable, so the
// order it leaves equal elements in is part of what Go's tools write: a sort of our own would give other files.

const maxInsertion = 12;
const shortestNinther = 50;
const shortestShifting = 50;
const maxSteps = 5;
const allSwapped = 12;

const enum Hint {
  Unknown,
  Increasing,
  Decreasing,
}

/** Sorts data as slices.SortFunc would, equal elements included. */
export function pdqsort<T>(data: T[], compare: (a: T, b: T) => number): void {
  new Sorter(data, compare).sort(0, data.length, bitLength(data.length));
}

function bitLength(n: number): number {
  return 32 - Math.clz32(n);
}

class Sorter<T> {
  private swaps = 0;

  constructor(
    private readonly d: T[],
    private readonly compare: (a: T, b: T) => number,
  ) {}

  private less(i: number, j: number): boolean {
    return this.compare(this.d[i]!, this.d[j]!) < 0;
  }

  private swap(i: number, j: number): void {
    const t = this.d[i]!;
    this.d[i] = this.d[j]!;
    this.d[j] = t;
  }

  sort(a: number, b: number, limit: number): void {
    let balanced = true;
    let partitioned = true;
    for (;;) {
      const length = b - a;
      if (length <= maxInsertion) {
        this.insertionSort(a, b);
        return;
      }
      if (limit === 0) {
        this.heapSort(a, b);
        return;
      }
      if (!balanced) {
        this.breakPatterns(a, b);
        limit--;
      }
      let [pivot, hint] = this.choosePivot(a, b);
      if (hint === Hint.Decreasing) {
        for (let i = a, j = b - 1; i < j; i++, j--) this.swap(i, j);
        pivot = b - 1 - (pivot - a);
        hint = Hint.Increasing;
      }
      if (balanced && partitioned && hint === Hint.Increasing && this.partialInsertionSort(a, b)) return;
      // The pivot equals what stands before: a run of equal elements begins here.
      if (a > 0 && !this.less(a - 1, pivot)) {
        a = this.partitionEqual(a, b, pivot);
        continue;
      }
      const mid = this.partition(a, b, pivot);
      partitioned = this.already;
      const left = mid - a;
      const right = b - mid;
      const threshold = length >> 3;
      if (left < right) {
        balanced = left >= threshold;
        this.sort(a, mid, limit);
        a = mid + 1;
      } else {
        balanced = right >= threshold;
        this.sort(mid + 1, b, limit);
        b = mid;
      }
    }
  }

  private insertionSort(a: number, b: number): void {
    for (let i = a + 1; i < b; i++) for (let j = i; j > a && this.less(j, j - 1); j--) this.swap(j, j - 1);
  }

  private siftDown(lo: number, hi: number, first: number): void {
    let root = lo;
    for (;;) {
      let child = 2 * root + 1;
      if (child >= hi) return;
      if (child + 1 < hi && this.less(first + child, first + child + 1)) child++;
      if (!this.less(first + root, first + child)) return;
      this.swap(first + root, first + child);
      root = child;
    }
  }

  private heapSort(a: number, b: number): void {
    const n = b - a;
    for (let i = (n - 1) >> 1; i >= 0; i--) this.siftDown(i, n, a);
    for (let i = n - 1; i >= 0; i--) {
      this.swap(a, a + i);
      this.siftDown(0, i, a);
    }
  }

  /** Whether the last partition found nothing to swap. */
  private already = false;

  private partition(a: number, b: number, pivot: number): number {
    this.swap(a, pivot);
    let i = a + 1;
    let j = b - 1;
    while (i <= j && this.less(i, a)) i++;
    while (i <= j && !this.less(j, a)) j--;
    if (i > j) {
      this.swap(j, a);
      this.already = true;
      return j;
    }
    this.swap(i++, j--);
    for (;;) {
      while (i <= j && this.less(i, a)) i++;
      while (i <= j && !this.less(j, a)) j--;
      if (i > j) break;
      this.swap(i++, j--);
    }
    this.swap(j, a);
    this.already = false;
    return j;
  }

  private partitionEqual(a: number, b: number, pivot: number): number {
    this.swap(a, pivot);
    let i = a + 1;
    let j = b - 1;
    for (;;) {
      while (i <= j && !this.less(a, i)) i++;
      while (i <= j && this.less(a, j)) j--;
      if (i > j) return i;
      this.swap(i++, j--);
    }
  }

  private partialInsertionSort(a: number, b: number): boolean {
    let i = a + 1;
    for (let step = 0; step < maxSteps; step++) {
      while (i < b && !this.less(i, i - 1)) i++;
      if (i === b) return true;
      if (b - a < shortestShifting) return false;
      this.swap(i, i - 1);
      if (i - a >= 2) for (let j = i - 1; j >= 1 && this.less(j, j - 1); j--) this.swap(j, j - 1);
      if (b - i >= 2) for (let j = i + 1; j < b && this.less(j, j - 1); j++) this.swap(j, j - 1);
    }
    return false;
  }

  private breakPatterns(a: number, b: number): void {
    const length = b - a;
    if (length < 8) return;
    let random = BigInt(length);
    const mask = (1 << bitLength(length)) - 1;
    const from = a + (length >> 2) * 2 - 1;
    for (let k = from; k <= from + 2; k++) {
      random ^= BigInt.asUintN(64, random << 13n);
      random ^= random >> 7n;
      random ^= BigInt.asUintN(64, random << 17n);
      let other = Number(random & BigInt(mask));
      if (other >= length) other -= length;
      this.swap(k, a + other);
    }
  }

  private choosePivot(a: number, b: number): [number, Hint] {
    const length = b - a;
    const quarter = length >> 2;
    let i = a + quarter;
    let j = a + quarter * 2;
    let k = a + quarter * 3;
    this.swaps = 0;
    if (length >= 8) {
      if (length >= shortestNinther) {
        i = this.median(i - 1, i, i + 1);
        j = this.median(j - 1, j, j + 1);
        k = this.median(k - 1, k, k + 1);
      }
      j = this.median(i, j, k);
    }
    if (this.swaps === 0) return [j, Hint.Increasing];
    return [j, this.swaps === allSwapped ? Hint.Decreasing : Hint.Unknown];
  }

  private median(a: number, b: number, c: number): number {
    let t: number;
    if (this.less(b, a)) {
      this.swaps++;
      t = a;
      a = b;
      b = t;
    }
    if (this.less(c, b)) {
      this.swaps++;
      t = b;
      b = c;
      c = t;
    }
    if (this.less(b, a)) {
      this.swaps++;
      t = a;
      a = b;
      b = t;
    }
    return b;
  }
}
