/**
 * The graph that escape analysis walks (cmd/compile/internal/escape/graph.go): locations hold values, an edge says that what
 * is at src flows to dst after `derefs` dereferences (-1: the address of src flows). Locations are small integers, edges
 * singly linked lists in typed arrays.
 */
export class EscapeGraph {
  count = 0;
  /** The location lives in the heap. */
  escapes: Uint8Array;
  /** Loop depth at which the location is created. */
  depth: Int32Array;
  /** Number of the function (within the unit) the location belongs to; parents have smaller numbers than their closures. */
  func: Int32Array;
  /** Head of the list of edges into the location; -1: none. */
  private head: Int32Array;
  private edgeNext: Int32Array;
  private edgeSrc: Int32Array;
  private edgeDerefs: Int32Array;
  private edges = 0;
  /** Results of a function outlive all that is local to it. */
  isResult: Uint8Array;
  /** Whose flows matter by themselves: the heap, results, objects, variables that live across iterations. */
  readonly roots: number[] = [];
  private readonly queue: number[] = [];
  private queued: Uint8Array;
  private generation: Int32Array;
  private best: Int32Array;
  private now = 0;

  constructor(
    capacity: number,
    /** outer[f]: the function around f, -1 for the outermost one. */
    private readonly outer: readonly number[],
  ) {
    this.escapes = new Uint8Array(capacity);
    this.depth = new Int32Array(capacity);
    this.func = new Int32Array(capacity);
    this.head = new Int32Array(capacity).fill(-1);
    this.isResult = new Uint8Array(capacity);
    this.queued = new Uint8Array(capacity);
    this.generation = new Int32Array(capacity);
    this.best = new Int32Array(capacity);
    this.edgeNext = new Int32Array(256);
    this.edgeSrc = new Int32Array(256);
    this.edgeDerefs = new Int32Array(256);
  }

  newLocation(func: number, depth: number): number {
    if (this.count === this.head.length) this.grow();
    const l = this.count++;
    this.func[l] = func;
    this.depth[l] = depth;
    return l;
  }

  private grow(): void {
    const n = this.head.length * 2;
    const int = (a: Int32Array, fill = 0) => {
      const b = new Int32Array(n).fill(fill);
      b.set(a);
      return b;
    };
    const byte = (a: Uint8Array) => {
      const b = new Uint8Array(n);
      b.set(a);
      return b;
    };
    this.escapes = byte(this.escapes);
    this.depth = int(this.depth);
    this.func = int(this.func);
    this.head = int(this.head, -1);
    this.isResult = byte(this.isResult);
    this.queued = byte(this.queued);
    this.generation = int(this.generation);
    this.best = int(this.best);
  }

  /** What is at src flows to dst after so many dereferences. */
  flow(dst: number, src: number, derefs: number): void {
    if (dst === src && derefs >= 0) return;
    const e = this.edges++;
    if (e === this.edgeNext.length) {
      const wider = (a: Int32Array) => {
        const b = new Int32Array(a.length * 2);
        b.set(a);
        return b;
      };
      this.edgeNext = wider(this.edgeNext);
      this.edgeSrc = wider(this.edgeSrc);
      this.edgeDerefs = wider(this.edgeDerefs);
    }
    this.edgeNext[e] = this.head[dst]!;
    this.edgeSrc[e] = src;
    this.edgeDerefs[e] = derefs;
    this.head[dst] = e;
  }

  /** Whether values may still be at `longer` when `shorter` is gone. */
  private outlives(longer: number, shorter: number): boolean {
    if (this.escapes[longer] === 1) return true;
    const f = this.func[longer]!;
    let g = this.func[shorter]!;
    if (this.isResult[longer] === 1) return true;
    if (f === g) return this.depth[longer]! < this.depth[shorter]!;
    while (g >= 0 && g !== f) g = this.outer[g]!;
    return g === f;
  }

  /**
   * Walks all flows into every root until nothing more escapes. leak(l, root, derefs) is told of each location whose value
   * reaches a root that outlives it, with the least number of dereferences.
   */
  solve(leak: (l: number, root: number, derefs: number) => void): void {
    const work: number[] = [];
    const inWork = new Uint8Array(this.head.length);
    for (const r of this.roots) {
      work.push(r);
      inWork[r] = 1;
    }
    while (work.length > 0) {
      const root = work.pop()!;
      inWork[root] = 0;
      this.walk(root, leak, (l) => {
        if (inWork[l] === 0) {
          inWork[l] = 1;
          work.push(l);
        }
      });
    }
  }

  /** Bellman-Ford from one root backwards over the flows. */
  private walk(
    root: number,
    leak: (l: number, root: number, derefs: number) => void,
    escaped: (l: number) => void,
  ): void {
    this.now++;
    const queue = this.queue;
    queue.length = 0;
    queue.push(root);
    this.generation[root] = this.now;
    this.best[root] = 0;
    for (let i = 0; i < queue.length; i++) {
      const l = queue[i]!;
      this.queued[l] = 0;
      let derefs = this.best[l]!;
      const addressOf = derefs < 0;
      // "root = &l; l = x": l's address is at root, but x's is not.
      if (addressOf) derefs = 0;
      if (l !== root && this.outlives(root, l)) {
        leak(l, root, derefs);
        if (addressOf && this.escapes[l] === 0) {
          this.escapes[l] = 1;
          escaped(l);
          continue;
        }
      }
      for (let e = this.head[l]!; e >= 0; e = this.edgeNext[e]!) {
        const src = this.edgeSrc[e]!;
        // What escapes is walked as a root of its own.
        if (this.escapes[src] === 1) continue;
        const d = derefs + this.edgeDerefs[e]!;
        if (this.generation[src] !== this.now || this.best[src]! > d) {
          this.generation[src] = this.now;
          this.best[src] = d;
          if (this.queued[src] === 0) {
            this.queued[src] = 1;
            queue.push(src);
          }
        }
      }
    }
  }
}
