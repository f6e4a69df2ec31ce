import { encodeUtf8 } from "#base";
import type { Frames } from "./frames.ts";
import { At, Size } from "./layout.ts";

export const enum Prot {
  None = 0,
  Read = 1,
  Write = 2,
  Exec = 4,
}

/** What a file mapping reads its pages from. */
export interface Backing {
  /** Name for /proc/self/maps. */
  readonly name: string;
  /** Fills `into` from byte `offset` of the file; bytes past the end stay zero. */
  read(offset: number, into: Uint8Array): void;
  /** Writes back a page of a shared mapping. */
  write(offset: number, from: Uint8Array): void;
  size(): number;
}

/** A range of pages with one permission. Regions are never changed, only replaced, so that a snapshot may share them. */
export class Region {
  constructor(
    /** First page. */
    readonly start: number,
    /** Page after the last. */
    readonly end: number,
    readonly prot: number,
    readonly name: string,
    readonly backing: Backing | undefined,
    /** Byte of the file at the region's start. */
    readonly offset: number,
    readonly shared: boolean,
    /** The stack: grows downwards on demand within its reserved range. */
    readonly growsDown: boolean,
  ) {}

  part(start: number, end: number, prot = this.prot, name = this.name): Region {
    const offset = this.offset + (start - this.start) * Size.Page;
    return new Region(start, end, prot, name, this.backing, offset, this.shared, this.growsDown);
  }
}

/** A guest access that the page table refuses: thrown through the interpreter to the run loop. */
export class PageFault {
  constructor(
    readonly lo: number,
    readonly hi: number,
    readonly write: boolean,
    readonly exec: boolean,
    /** SEGV_MAPERR 1, SEGV_ACCERR 2; 128 (SI_KERNEL) for a non-canonical address, 129 in the stack segment; 7 for SIGBUS. */
    public code: number,
  ) {}

  get address(): number {
    return this.hi * 4294967296 + this.lo;
  }
}

export const userEnd = 0x7ffffffff000;
const topPage = userEnd / Size.Page;

/** Everything an AddressSpace keeps, for a snapshot. */
export interface SpaceImage {
  readonly pages: Map<number, number>;
  readonly regions: Region[];
  readonly codeVersion: number;
  readonly brkStart: number;
  readonly brk: number;
}

/** The 47-bit address space of a process: regions with permissions, pages that exist only once they are touched. */
export class AddressSpace {
  private regions: Region[] = [];
  private pages = new Map<number, number>();
  /** Pages that instructions were decoded from. */
  readonly codePages = new Set<number>();
  /** Changes whenever decoded code may have become wrong. */
  codeVersion = 1;
  /** Called when decoded code must be forgotten. */
  onCodeChange: () => void = () => {};
  /** Pages whose writes are reported, and to whom. */
  readonly watched = new Set<number>();
  onWatchedWrite: (address: number, size: number) => void = () => {};
  private last: Region | undefined;
  private pending = 0;
  private pendingAddress = 0;
  private pendingSize = 0;
  brkStart = 0;
  brk = 0;
  /** Processes that live here: vfork shares a space. */
  users = 1;
  /** Pages of regions that may not exceed this (RLIMIT_AS), in pages. */
  limit = Number.POSITIVE_INFINITY;
  reserved = 0;

  constructor(readonly frames: Frames) {}

  /** The region that holds a page. */
  find(page: number): Region | undefined {
    const cached = this.last;
    if (cached !== undefined && page >= cached.start && page < cached.end) return cached;
    const i = this.indexOf(page);
    const r = this.regions[i];
    if (r === undefined || page < r.start) return undefined;
    this.last = r;
    return r;
  }

  /** Index of the first region that ends after `page`. */
  private indexOf(page: number): number {
    let lo = 0;
    let hi = this.regions.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if ((this.regions[mid] as Region).end <= page) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }

  list(): readonly Region[] {
    return this.regions;
  }

  /** Removes what is mapped in [start, end) and returns where a region would be inserted. */
  private cut(start: number, end: number, keepPages: boolean): number {
    let i = this.indexOf(start);
    this.last = undefined;
    for (;;) {
      const r = this.regions[i];
      if (r === undefined || r.start >= end) break;
      const from = Math.max(r.start, start);
      const to = Math.min(r.end, end);
      const parts: Region[] = [];
      if (r.start < from) parts.push(r.part(r.start, from));
      if (to < r.end) parts.push(r.part(to, r.end));
      this.regions.splice(i, 1, ...parts);
      this.reserved -= to - from;
      if (!keepPages) this.dropPages(from, to, r);
      if (r.start < from) i++;
      if (to < r.end) break;
    }
    return this.indexOf(start);
  }

  private dropPages(start: number, end: number, region: Region | undefined): void {
    if (this.pages.size === 0) return;
    const drop = (page: number, frame: number): void => {
      if (region?.shared === true && region.backing !== undefined) {
        region.backing.write(
          region.offset + (page - region.start) * 4096,
          this.frames.u8.subarray(frame * 4096, frame * 4096 + 4096),
        );
      }
      if (this.codePages.delete(page)) this.codeChanged();
      this.pages.delete(page);
      this.frames.release(frame);
    };
    if (end - start > this.pages.size) {
      for (const [page, frame] of this.pages) if (page >= start && page < end) drop(page, frame);
    } else {
      for (let p = start; p < end; p++) {
        const f = this.pages.get(p);
        if (f !== undefined) drop(p, f);
      }
    }
    this.flushTlb();
  }

  codeChanged(): void {
    this.codeVersion++;
    this.codePages.clear();
    this.onCodeChange();
  }

  /** Maps pages [start, end), replacing what was there. */
  map(
    start: number,
    end: number,
    prot: number,
    name = "",
    backing?: Backing,
    offset = 0,
    shared = false,
    growsDown = false,
  ): void {
    const i = this.cut(start, end, false);
    this.reserved += end - start;
    let region = new Region(start, end, prot, name, backing, offset, shared, growsDown);
    // Anonymous neighbours that are alike become one: Go commits its heap in many small steps.
    if (backing === undefined && !growsDown && !shared) {
      let at = i;
      const before = this.regions[i - 1];
      if (before !== undefined && before.end === start && alike(before, region)) {
        region = new Region(before.start, end, prot, name, undefined, 0, false, false);
        this.regions.splice(i - 1, 1);
        at--;
      }
      const after = this.regions[at];
      if (after !== undefined && after.start === end && alike(after, region)) {
        region = new Region(region.start, after.end, prot, name, undefined, 0, false, false);
        this.regions.splice(at, 1);
      }
      this.regions.splice(at, 0, region);
    } else {
      this.regions.splice(i, 0, region);
    }
    this.last = undefined;
    this.flushTlb();
  }

  unmap(start: number, end: number): void {
    this.cut(start, end, false);
    this.flushTlb();
  }

  /** Whether every page of the range is mapped. */
  covered(start: number, end: number): boolean {
    let at = start;
    for (let i = this.indexOf(start); at < end; i++) {
      const r = this.regions[i];
      if (r === undefined || r.start > at) return false;
      at = r.end;
    }
    return true;
  }

  /** Whether no page of the range is mapped. */
  vacant(start: number, end: number): boolean {
    const r = this.regions[this.indexOf(start)];
    return r === undefined || r.start >= end;
  }

  /** Changes permissions; false when a page of the range is not mapped. */
  protect(start: number, end: number, prot: number): boolean {
    if (!this.covered(start, end)) return false;
    const old: Region[] = [];
    for (let i = this.indexOf(start); i < this.regions.length; i++) {
      const r = this.regions[i] as Region;
      if (r.start >= end) break;
      old.push(r.part(Math.max(r.start, start), Math.min(r.end, end), prot));
    }
    const i = this.cut(start, end, true);
    this.regions.splice(i, 0, ...old);
    this.reserved += end - start;
    this.last = undefined;
    for (const page of this.codePages) {
      if (page >= start && page < end) {
        this.codeChanged();
        break;
      }
    }
    this.flushTlb();
    return true;
  }

  /** Names the anonymous regions of a range (PR_SET_VMA_ANON_NAME). */
  rename(start: number, end: number, name: string): void {
    const named: Region[] = [];
    for (let i = this.indexOf(start); i < this.regions.length; i++) {
      const r = this.regions[i] as Region;
      if (r.start >= end) break;
      named.push(r.part(Math.max(r.start, start), Math.min(r.end, end), r.prot, name));
    }
    for (const r of named) {
      const i = this.cut(r.start, r.end, true);
      this.regions.splice(i, 0, r);
      this.reserved += r.end - r.start;
    }
    this.last = undefined;
  }

  /** Forgets the contents of anonymous pages (MADV_DONTNEED): they read as zero, or as the file, afterwards. */
  discard(start: number, end: number): void {
    this.dropPages(start, end, undefined);
  }

  /** A free range of `count` pages, below `below`, or undefined. */
  findFree(count: number, below = topPage - 0x40000): number | undefined {
    let end = below;
    for (let i = this.regions.length - 1; i >= 0; i--) {
      const r = this.regions[i] as Region;
      if (r.start >= end) continue;
      if (r.end <= end - count) break;
      end = r.start;
    }
    return end - count >= 16 ? end - count : undefined;
  }

  /** The linear-memory address of a byte, after checking permission and giving the page a frame. Throws PageFault. */
  private translate(address: number, need: number): number {
    const page = Math.floor(address / 4096);
    const region = this.find(page);
    if (region === undefined) throw fault(address, need, 1);
    if ((region.prot & need) !== need) throw fault(address, need, 2);
    return this.frameOf(page, region, need === Prot.Write) * 4096 + (address - page * 4096);
  }

  /** For helpers: the linear-memory address of a byte that is read or written up to the end of its page. */
  host(address: number, need: number): number {
    check(address, need);
    return this.translate(address, need);
  }

  /** For helpers: bytes were written through host(). */
  wrote(address: number, size: number): void {
    if (this.watched.size > 0) this.reportWrite(address, size);
  }

  private frameOf(page: number, region: Region, write: boolean): number {
    let frame = this.pages.get(page);
    if (frame === undefined) {
      if (region.backing !== undefined) {
        const offset = region.offset + (page - region.start) * 4096;
        if (
          offset >= region.backing.size() + 4095 && region.backing.size() % 4096 !== 0
            ? true
            : offset >= region.backing.size()
        ) {
          throw new PageFault((page * 4096) >>> 0, Math.floor(page / 1048576), write, false, 7);
        }
        frame = this.frames.alloc();
        region.backing.read(offset, this.frames.u8.subarray(frame * 4096, frame * 4096 + 4096));
      } else {
        frame = this.frames.alloc();
      }
      this.pages.set(page, frame);
    } else if (write && this.frames.shared(frame)) {
      frame = this.frames.unshare(frame);
      this.pages.set(page, frame);
      this.dropTlb(page);
    }
    if (write && this.codePages.has(page)) this.codeChanged();
    return frame;
  }

  /** The interpreter missed the read TLB. Returns where the bytes are: a crossing access is gathered in the bounce buffer. */
  missRead(lo: number, hi: number, size: number): number {
    const address = canonical(lo, hi, false);
    const into = address % 4096;
    if (into + size > 4096) {
      const first = this.translate(address, Prot.Read);
      const n = 4096 - into;
      const second = this.translate(address + n, Prot.Read);
      const u8 = this.frames.u8;
      u8.copyWithin(At.Bounce, first, first + n);
      u8.copyWithin(At.Bounce + n, second, second + size - n);
      return At.Bounce;
    }
    const host = this.translate(address, Prot.Read);
    this.fill(At.ReadTlb, address, host);
    return host;
  }

  /** The interpreter missed the write TLB; after the store it calls commitWrite. */
  missWrite(lo: number, hi: number, size: number): number {
    const address = canonical(lo, hi, true);
    const into = address % 4096;
    this.pendingAddress = address;
    this.pendingSize = size;
    if (into + size > 4096) {
      this.translate(address, Prot.Write);
      this.translate(address + 4096 - into, Prot.Write);
      this.pending = 1;
      return At.Bounce;
    }
    const host = this.translate(address, Prot.Write);
    const page = Math.floor(address / 4096);
    if (this.watched.size > 0 && this.watched.has(page)) {
      this.pending = 2;
      return host;
    }
    this.fill(At.WriteTlb, address, host);
    return host;
  }

  /** Finishes a store that missed the TLB. */
  commitWrite(): void {
    if (this.pending === 0) return;
    const { pending, pendingAddress: address, pendingSize: size } = this;
    this.pending = 0;
    if (pending === 1) {
      const n = 4096 - (address % 4096);
      const u8 = this.frames.u8;
      const first = this.translate(address, Prot.Write);
      const second = this.translate(address + n, Prot.Write);
      u8.copyWithin(first, At.Bounce, At.Bounce + n);
      u8.copyWithin(second, At.Bounce + n, At.Bounce + size);
    }
    if (this.watched.size > 0) this.reportWrite(address, size);
  }

  private reportWrite(address: number, size: number): void {
    const first = Math.floor(address / 4096);
    const last = Math.floor((address + size - 1) / 4096);
    for (let p = first; p <= last; p++) {
      if (this.watched.has(p)) {
        this.onWatchedWrite(address, size);
        return;
      }
    }
  }

  private fill(tlb: number, address: number, host: number): void {
    const page = Math.floor(address / 4096);
    const entry = tlb + (page % Size.Tlb) * 16;
    const view = this.frames.view;
    view.setUint32(entry, (page * 4096) >>> 0, true);
    view.setUint32(entry + 4, Math.floor(page / 1048576), true);
    view.setUint32(entry + 8, (host - (address >>> 0)) >>> 0, true);
  }

  private dropTlb(page: number): void {
    this.frames.view.setInt32(At.ReadTlb + (page % Size.Tlb) * 16, -1, true);
    this.frames.view.setInt32(At.WriteTlb + (page % Size.Tlb) * 16, -1, true);
  }

  /** Empties both TLBs. */
  flushTlb(): void {
    this.frames.i32.fill(-1, At.ReadTlb / 4, (At.WriteTlb + Size.Tlb * 16) / 4);
  }

  /** Empties the write TLB: decoded or shared pages must be noticed again. */
  flushWriteTlb(): void {
    this.frames.i32.fill(-1, At.WriteTlb / 4, (At.WriteTlb + Size.Tlb * 16) / 4);
  }

  /** Marks a page as decoded from: the next write to it is noticed. */
  markCode(page: number): void {
    if (this.codePages.has(page)) return;
    this.codePages.add(page);
    this.frames.view.setInt32(At.WriteTlb + (page % Size.Tlb) * 16, -1, true);
  }

  /** Reports the writes to a page from now on. */
  watchPage(page: number): void {
    this.watched.add(page);
    this.flushWriteTlb();
  }

  /** Copies guest bytes out, as the kernel does; need may be Prot.Exec for a fetch. Throws PageFault. */
  read(address: number, size: number, need: number = Prot.Read): Uint8Array {
    const out = new Uint8Array(size);
    this.copyOut(address, out, need);
    return out;
  }

  copyOut(address: number, out: Uint8Array, need: number = Prot.Read): void {
    for (let at = 0; at < out.length; ) {
      const a = address + at;
      check(a, need);
      const n = Math.min(out.length - at, 4096 - (a % 4096));
      const host = this.translate(a, need);
      out.set(this.frames.u8.subarray(host, host + n), at);
      at += n;
    }
  }

  /** As read, for a debugger: permission does not matter, and what is not mapped gives undefined. */
  peek(address: number, size: number): Uint8Array | undefined {
    const out = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const a = address + at;
      const page = Math.floor(a / 4096);
      const n = Math.min(size - at, 4096 - (a % 4096));
      const region = this.find(page);
      if (region === undefined) return undefined;
      const frame = this.pages.get(page);
      if (frame !== undefined)
        out.set(this.frames.u8.subarray(frame * 4096 + (a % 4096), frame * 4096 + (a % 4096) + n), at);
      else if (region.backing !== undefined) {
        region.backing.read(region.offset + (page - region.start) * 4096 + (a % 4096), out.subarray(at, at + n));
      }
      at += n;
    }
    return out;
  }

  /** Writes as a debugger or the loader does: permission does not matter. */
  poke(address: number, bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; ) {
      const a = address + at;
      const page = Math.floor(a / 4096);
      const n = Math.min(bytes.length - at, 4096 - (a % 4096));
      const region = this.find(page);
      if (region === undefined) return false;
      const frame = this.frameOf(page, region, true);
      this.frames.u8.set(bytes.subarray(at, at + n), frame * 4096 + (a % 4096));
      at += n;
    }
    return true;
  }

  /** Copies bytes into the guest, as the kernel does. Throws PageFault. */
  write(address: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const a = address + at;
      check(a, Prot.Write);
      const n = Math.min(bytes.length - at, 4096 - (a % 4096));
      const host = this.translate(a, Prot.Write);
      this.frames.u8.set(bytes.subarray(at, at + n), host);
      at += n;
    }
    if (this.watched.size > 0 && bytes.length > 0) this.reportWrite(address, bytes.length);
  }

  private readonly word = new DataView(new ArrayBuffer(8));
  private readonly wordBytes = new Uint8Array(this.word.buffer);

  private get(address: number, size: number): DataView {
    if (address % 4096 <= 4096 - size) {
      check(address, Prot.Read);
      const host = this.translate(address, Prot.Read);
      for (let i = 0; i < size; i++) this.wordBytes[i] = this.frames.u8[host + i] as number;
    } else {
      this.wordBytes.set(this.read(address, size));
    }
    return this.word;
  }

  u8(address: number): number {
    return this.get(address, 1).getUint8(0);
  }
  u16(address: number): number {
    return this.get(address, 2).getUint16(0, true);
  }
  u32(address: number): number {
    return this.get(address, 4).getUint32(0, true);
  }
  i32(address: number): number {
    return this.get(address, 4).getInt32(0, true);
  }
  /** 8 bytes as a number: exact up to 2^53, which covers addresses, lengths and times. */
  u64(address: number): number {
    const v = this.get(address, 8);
    return v.getUint32(4, true) * 4294967296 + v.getUint32(0, true);
  }
  i64(address: number): number {
    const v = this.get(address, 8);
    return v.getInt32(4, true) * 4294967296 + v.getUint32(0, true);
  }

  setU16(address: number, v: number): void {
    this.word.setUint16(0, v, true);
    this.write(address, this.wordBytes.slice(0, 2));
  }
  setU32(address: number, v: number): void {
    this.word.setUint32(0, v, true);
    this.write(address, this.wordBytes.slice(0, 4));
  }
  setU64(address: number, v: number): void {
    this.word.setUint32(0, v >>> 0, true);
    this.word.setUint32(4, Math.floor(v / 4294967296) >>> 0, true);
    this.write(address, this.wordBytes.slice(0, 8));
  }

  /** A NUL-terminated string as bytes without the NUL. */
  cstring(address: number, limit = 65536): Uint8Array {
    const out: number[] = [];
    for (let a = address; out.length < limit; a++) {
      check(a, Prot.Read);
      const host = this.translate(a, Prot.Read);
      const end = host + 4096 - (a % 4096);
      let i = host;
      while (i < end && this.frames.u8[i] !== 0 && out.length < limit) out.push(this.frames.u8[i++] as number);
      if (i < end) break;
      a += end - host - 1;
    }
    return Uint8Array.from(out);
  }

  setText(address: number, text: string): void {
    const b = encodeUtf8(text);
    const z = new Uint8Array(b.length + 1);
    z.set(b);
    this.write(address, z);
  }

  /** Pages that have a frame, in no particular order. */
  resident(): ReadonlyMap<number, number> {
    return this.pages;
  }

  snapshot(): SpaceImage {
    for (const f of this.pages.values()) this.frames.retain(f);
    this.flushWriteTlb();
    return {
      pages: new Map(this.pages),
      regions: this.regions.slice(),
      codeVersion: this.codeVersion,
      brkStart: this.brkStart,
      brk: this.brk,
    };
  }

  restore(image: SpaceImage): void {
    for (const f of image.pages.values()) this.frames.retain(f);
    for (const f of this.pages.values()) this.frames.release(f);
    this.pages = new Map(image.pages);
    this.regions = image.regions.slice();
    this.last = undefined;
    this.reserved = 0;
    for (const r of this.regions) this.reserved += r.end - r.start;
    this.brkStart = image.brkStart;
    this.brk = image.brk;
    if (this.codeVersion !== image.codeVersion) this.codeChanged();
    this.flushTlb();
  }

  /** Gives up the frames of a snapshot. */
  static free(frames: Frames, image: SpaceImage): void {
    for (const f of image.pages.values()) frames.release(f);
  }

  /** A copy-on-write copy (fork). */
  fork(): AddressSpace {
    const child = new AddressSpace(this.frames);
    child.restore(this.snapshot());
    // restore() counted the child's pages once more than snapshot() did for it.
    for (const f of this.pages.values()) this.frames.release(f);
    return child;
  }

  /** Gives up all pages: the process is gone. */
  clear(): void {
    for (const f of this.pages.values()) this.frames.release(f);
    this.pages.clear();
    this.regions = [];
    this.reserved = 0;
    this.last = undefined;
    this.codeChanged();
    this.flushTlb();
  }
}

function alike(a: Region, b: Region): boolean {
  return (
    a.prot === b.prot &&
    a.name === b.name &&
    a.backing === undefined &&
    b.backing === undefined &&
    !a.growsDown &&
    !b.growsDown &&
    !a.shared &&
    !b.shared
  );
}

function fault(address: number, need: number, code: number): PageFault {
  return new PageFault(address >>> 0, Math.floor(address / 4294967296), need === Prot.Write, need === Prot.Exec, code);
}

/** The address as a number; throws for one that no user page can have. */
function canonical(lo: number, hi: number, write: boolean): number {
  const h = hi >>> 0;
  if (h > 0x7fff) throw new PageFault(lo >>> 0, h, write, false, h >= 0xffff8000 ? 1 : 128);
  return h * 4294967296 + (lo >>> 0);
}

function check(address: number, need: number): void {
  if (!(address >= 0 && address < userEnd)) throw fault(Math.max(0, address), need, 1);
}
