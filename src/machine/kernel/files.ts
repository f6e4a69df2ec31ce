// Open files: what a descriptor refers to. Reading or writing that would block says so by Block; the call is then made
// again when something has happened.

import { Errno, fail } from "./errno.ts";
import type { DirNode, FileNode, Inode } from "./vfs.ts";

/** A call cannot go on now. */
export const Block = -0x100000;

export const enum Poll {
  In = 1,
  Out = 4,
  Err = 8,
  Hup = 16,
  RdHup = 0x2000,
}

export const enum Open {
  ReadOnly = 0,
  WriteOnly = 1,
  ReadWrite = 2,
  Access = 3,
  Create = 0o100,
  Exclusive = 0o200,
  Truncate = 0o1000,
  Append = 0o2000,
  NonBlock = 0o4000,
  Directory = 0o200000,
  NoFollow = 0o400000,
  CloseOnExec = 0o2000000,
  Path = 0o10000000,
}

/** An open file description; descriptors, possibly of several processes, refer to it. */
export abstract class OpenFile {
  refs = 0;
  /** Its name for /proc/self/fd and strace. */
  name = "";
  /** Changes whenever its readiness may have: edge-triggered epoll compares. */
  edge = 1;

  constructor(
    public flags: number,
    readonly node: Inode | undefined,
  ) {}

  get readable(): boolean {
    return (this.flags & Open.Access) !== Open.WriteOnly;
  }
  get writable(): boolean {
    return (this.flags & Open.Access) !== Open.ReadOnly;
  }
  get nonBlocking(): boolean {
    return (this.flags & Open.NonBlock) !== 0;
  }
  /** Whether epoll accepts it. */
  get pollable(): boolean {
    return true;
  }

  /** Up to `count` bytes: an empty array at the end, Block when there is nothing yet. */
  read(_count: number): Uint8Array | typeof Block {
    return fail(Errno.EINVAL);
  }
  /** Returns the number of bytes taken, or Block. */
  write(_bytes: Uint8Array): number {
    return fail(Errno.EINVAL);
  }
  poll(): number {
    return Poll.In | Poll.Out;
  }
  seek(_offset: number, _whence: number): number {
    return fail(Errno.ESPIPE);
  }
  /** The last descriptor is gone. */
  close(): void {}
}

export class RegularFile extends OpenFile {
  offset = 0;

  constructor(
    readonly file: FileNode,
    flags: number,
  ) {
    super(flags, file);
  }

  override get pollable(): boolean {
    return false;
  }

  override read(count: number): Uint8Array {
    const b = this.readAt(this.offset, count);
    this.offset += b.length;
    return b;
  }

  readAt(at: number, count: number): Uint8Array {
    const n = Math.max(0, Math.min(count, this.file.length - at));
    const b = new Uint8Array(n);
    this.file.read(at, b);
    return b;
  }

  override write(bytes: Uint8Array): number {
    if ((this.flags & Open.Append) !== 0) this.offset = this.file.length;
    this.file.write(this.offset, bytes);
    this.offset += bytes.length;
    return bytes.length;
  }

  override seek(offset: number, whence: number): number {
    const base = whence === 0 ? 0 : whence === 1 ? this.offset : whence === 2 ? this.file.length : fail(Errno.EINVAL);
    if (base + offset < 0) fail(Errno.EINVAL);
    this.offset = base + offset;
    return this.offset;
  }

  override close(): void {
    this.file.flush();
  }
}

/** A file whose contents were computed when it was opened. */
export class TextFile extends OpenFile {
  offset = 0;

  constructor(
    readonly data: Uint8Array,
    flags: number,
    node: Inode | undefined,
  ) {
    super(flags, node);
  }
  override get pollable(): boolean {
    return false;
  }
  override read(count: number): Uint8Array {
    const b = this.data.slice(this.offset, this.offset + count);
    this.offset += b.length;
    return b;
  }
  readAt(at: number, count: number): Uint8Array {
    return this.data.slice(at, at + count);
  }
  override write(bytes: Uint8Array): number {
    return bytes.length;
  }
  override seek(offset: number, whence: number): number {
    this.offset = whence === 0 ? offset : whence === 1 ? this.offset + offset : this.data.length + offset;
    return this.offset;
  }
}

export class DirFile extends OpenFile {
  offset = 0;

  constructor(
    readonly dir: DirNode,
    flags: number,
  ) {
    super(flags, dir);
  }
  override get pollable(): boolean {
    return false;
  }
  override read(): Uint8Array {
    return fail(Errno.EISDIR);
  }
  override seek(offset: number): number {
    this.offset = offset;
    return offset;
  }
}

/** /dev/null, /dev/zero, /dev/full, /dev/urandom. */
export class DeviceFile extends OpenFile {
  constructor(
    readonly device: string,
    flags: number,
    node: Inode | undefined,
    private readonly random: RandomSource,
  ) {
    super(flags, node);
  }
  override get pollable(): boolean {
    return this.device === "null";
  }
  override read(count: number): Uint8Array {
    if (this.device === "null") return new Uint8Array(0);
    if (this.device === "zero" || this.device === "full") return new Uint8Array(count);
    return this.random.bytes(count);
  }
  override write(bytes: Uint8Array): number {
    if (this.device === "full") fail(Errno.ENOSPC);
    return bytes.length;
  }
  override seek(): number {
    return 0;
  }
}

/** A deterministic generator: xorshift128+. */
export class RandomSource {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(seed: number) {
    this.a = (seed ^ 0x9e3779b9) >>> 0 || 1;
    this.b = (Math.imul(seed, 0x85ebca6b) ^ 0xc2b2ae35) >>> 0;
    this.c = 0x27d4eb2f;
    this.d = 0x165667b1;
    for (let i = 0; i < 16; i++) this.next();
  }

  /** 32 bits. */
  next(): number {
    let t = this.d;
    const s = this.a;
    this.d = this.c;
    this.c = this.b;
    this.b = s;
    t ^= t << 11;
    t ^= t >>> 8;
    this.a = (t ^ s ^ (s >>> 19)) >>> 0;
    return this.a;
  }

  bytes(n: number): Uint8Array {
    const out = new Uint8Array(n);
    for (let i = 0; i < n; i += 4) {
      const v = this.next();
      for (let k = 0; k < 4 && i + k < n; k++) out[i + k] = v >>> (8 * k);
    }
    return out;
  }
}

/** Bytes in flight between two ends. */
export class Channel {
  chunks: Uint8Array[] = [];
  bytes = 0;
  /** Ends that may still write, or read. */
  writers = 0;
  readers = 0;

  constructor(readonly capacity = 65536) {}

  take(count: number): Uint8Array {
    const n = Math.min(count, this.bytes);
    const out = new Uint8Array(n);
    let at = 0;
    while (at < n) {
      const c = this.chunks[0] as Uint8Array;
      const k = Math.min(c.length, n - at);
      out.set(c.subarray(0, k), at);
      if (k === c.length) this.chunks.shift();
      else this.chunks[0] = c.subarray(k);
      at += k;
    }
    this.bytes -= n;
    return out;
  }

  /** Takes as many bytes as fit. */
  put(bytes: Uint8Array): number {
    const n = Math.min(bytes.length, this.capacity - this.bytes);
    if (n > 0) {
      this.chunks.push(bytes.slice(0, n));
      this.bytes += n;
    }
    return n;
  }
}

export class PipeEnd extends OpenFile {
  constructor(
    readonly channel: Channel,
    readonly reads: boolean,
    flags: number,
    node: Inode,
  ) {
    super((flags & ~Open.Access) | (reads ? Open.ReadOnly : Open.WriteOnly), node);
    if (reads) channel.readers++;
    else channel.writers++;
  }
  override read(count: number): Uint8Array | typeof Block {
    if (this.channel.bytes > 0) return this.channel.take(count);
    return this.channel.writers === 0 ? new Uint8Array(0) : Block;
  }
  override write(bytes: Uint8Array): number {
    if (this.channel.readers === 0) fail(Errno.EPIPE);
    if (bytes.length === 0) return 0;
    // Small writes are all or nothing.
    if (bytes.length <= 4096 && this.channel.capacity - this.channel.bytes < bytes.length) return Block;
    const n = this.channel.put(bytes);
    return n === 0 ? Block : n;
  }
  override poll(): number {
    if (this.reads) return (this.channel.bytes > 0 ? Poll.In : 0) | (this.channel.writers === 0 ? Poll.Hup : 0);
    return (
      (this.channel.capacity - this.channel.bytes >= 4096 ? Poll.Out : 0) | (this.channel.readers === 0 ? Poll.Err : 0)
    );
  }
  override close(): void {
    if (this.reads) this.channel.readers--;
    else this.channel.writers--;
  }
}

export class EventFile extends OpenFile {
  constructor(
    public count: number,
    flags: number,
    readonly semaphore: boolean,
  ) {
    super(Open.ReadWrite | flags, undefined);
  }
  override read(count: number): Uint8Array | typeof Block {
    if (count < 8) fail(Errno.EINVAL);
    if (this.count === 0) return Block;
    const out = new Uint8Array(8);
    const v = this.semaphore ? 1 : this.count;
    new DataView(out.buffer).setUint32(0, v >>> 0, true);
    new DataView(out.buffer).setUint32(4, Math.floor(v / 4294967296), true);
    this.count -= v;
    return out;
  }
  override write(bytes: Uint8Array): number {
    if (bytes.length < 8) fail(Errno.EINVAL);
    const v = new DataView(bytes.buffer, bytes.byteOffset);
    this.count += v.getUint32(0, true) + v.getUint32(4, true) * 4294967296;
    return 8;
  }
  override poll(): number {
    return (this.count > 0 ? Poll.In : 0) | Poll.Out;
  }
}

/** What an epoll instance watches. */
export class EpollItem {
  constructor(
    readonly file: OpenFile,
    readonly fd: number,
    public events: number,
    public dataLo: number,
    public dataHi: number,
    /** The file's edge at the last report, for EPOLLET. */
    public seen: number,
    public seenMask: number,
  ) {}
}

export class EpollFile extends OpenFile {
  readonly items = new Map<string, EpollItem>();

  constructor(flags: number) {
    super(Open.ReadWrite | flags, undefined);
  }
  override poll(): number {
    for (const i of this.items.values()) if ((i.file.poll() & (i.events | Poll.Err | Poll.Hup)) !== 0) return Poll.In;
    return 0;
  }
}

/** Where a machine's standard streams go. */
export interface Terminal {
  /** Bytes the user typed: empty at the end of input, undefined when there is none yet. */
  read(fd: number, count: number): Uint8Array | undefined;
  /** False when the other side is closed. */
  write(fd: number, bytes: Uint8Array): boolean;
  isTerminal(fd: number): boolean;
}

/** Standard input, output or error. The kernel passes the bytes on, so that they can be recorded. */
export class StreamFile extends OpenFile {
  constructor(
    readonly stream: number,
    flags: number,
    node: Inode | undefined,
    private readonly port: StreamPort,
  ) {
    super(flags, node);
  }
  override get pollable(): boolean {
    return this.port.terminal(this.stream);
  }
  override read(count: number): Uint8Array | typeof Block {
    return this.port.input(count) ?? Block;
  }
  override write(bytes: Uint8Array): number {
    if (!this.port.output(this.stream, bytes)) fail(Errno.EPIPE);
    return bytes.length;
  }
  override poll(): number {
    return this.stream === 0 ? (this.port.ready() ? Poll.In : 0) | Poll.Out : Poll.Out;
  }
}

/** How StreamFile reaches the outside. */
export interface StreamPort {
  input(count: number): Uint8Array | undefined;
  output(stream: number, bytes: Uint8Array): boolean;
  ready(): boolean;
  terminal(stream: number): boolean;
}

/** A process as a descriptor. */
export class PidFile extends OpenFile {
  constructor(
    readonly pid: number,
    flags: number,
    private readonly table: { exited(pid: number): boolean },
  ) {
    super(Open.ReadWrite | flags, undefined);
  }
  override poll(): number {
    return this.table.exited(this.pid) ? Poll.In : 0;
  }
}
