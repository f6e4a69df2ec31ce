import { At, Size } from "./layout.ts";

/** The guest has touched more memory than the machine may hold. */
export class OutOfFrames extends Error {
  constructor(limit: number) {
    super(`guest memory exhausted (${Math.floor(limit / 256)} MiB)`);
    this.name = "OutOfFrames";
  }
}

/**
 * The linear memory and its page frames of 4 KiB. A frame is named by its number (address / 4096) and counted: a frame
 * that two page tables or a snapshot share is copied before it is written.
 */
export class Frames {
  readonly memory: WebAssembly.Memory;
  u8: Uint8Array;
  i32: Int32Array;
  view: DataView;
  private refs: Uint16Array;
  private readonly freeList: number[] = [];
  private next = At.Frames / Size.Page;
  private end: number;
  /** Frames in use. */
  used = 0;

  /** limit: frames that the guest may use. */
  constructor(readonly limit = 0x80000) {
    const pages = At.Frames / 65536 + 64;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: 65536 });
    this.u8 = new Uint8Array(this.memory.buffer);
    this.i32 = new Int32Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.end = pages * 16;
    this.refs = new Uint16Array(this.end);
  }

  /** A frame of zeros with one reference. */
  alloc(): number {
    if (this.used >= this.limit) throw new OutOfFrames(this.limit);
    this.used++;
    const old = this.freeList.pop();
    if (old !== undefined) {
      this.u8.fill(0, old * 4096, old * 4096 + 4096);
      this.refs[old] = 1;
      return old;
    }
    if (this.next === this.end) this.grow();
    this.refs[this.next] = 1;
    return this.next++;
  }

  private grow(): void {
    const want = Math.min(Math.max(256, this.end >> 6), 65536 - (this.end >> 4));
    if (want <= 0) throw new OutOfFrames(this.limit);
    try {
      this.memory.grow(want);
    } catch {
      throw new OutOfFrames(this.limit);
    }
    this.end += want * 16;
    this.u8 = new Uint8Array(this.memory.buffer);
    this.i32 = new Int32Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    const refs = new Uint16Array(this.end);
    refs.set(this.refs);
    this.refs = refs;
  }

  retain(frame: number): void {
    this.refs[frame] = (this.refs[frame] as number) + 1;
  }

  release(frame: number): void {
    const n = (this.refs[frame] as number) - 1;
    this.refs[frame] = n;
    if (n === 0) {
      this.freeList.push(frame);
      this.used--;
    }
  }

  shared(frame: number): boolean {
    return (this.refs[frame] as number) > 1;
  }

  /** A private copy of a frame; the reference to the old one is given up. */
  unshare(frame: number): number {
    const copy = this.alloc();
    this.u8.copyWithin(copy * 4096, frame * 4096, frame * 4096 + 4096);
    this.release(frame);
    return copy;
  }
}
