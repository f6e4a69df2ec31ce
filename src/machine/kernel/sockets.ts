// Sockets: TCP, UDP and Unix sockets of the machine's own loopback network. There is no other network.

import { Errno, fail } from "./errno.ts";
import { Block, Channel, Open, OpenFile, Poll } from "./files.ts";

export const enum Family {
  Unix = 1,
  Inet = 2,
  Inet6 = 10,
}

/** A datagram with its sender's address. */
interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: Uint8Array;
}

/** All sockets that have an address, by protocol and address. Part of the kernel's state. */
export class Network {
  readonly bound = new Map<string, SocketFile>();
  nextPort = 40000;
}

export class SocketFile extends OpenFile {
  local: Uint8Array = new Uint8Array(0);
  remote: Uint8Array = new Uint8Array(0);
  key = "";
  listening = false;
  backlog = 0;
  readonly waiting: SocketFile[] = [];
  incoming: Channel | undefined;
  outgoing: Channel | undefined;
  peer: SocketFile | undefined;
  readonly datagrams: Datagram[] = [];
  error = 0;
  reset = false;

  constructor(
    readonly family: number,
    readonly type: number,
    flags: number,
    readonly network: Network,
  ) {
    super(Open.ReadWrite | flags, undefined);
  }

  get stream(): boolean {
    return this.type !== 2;
  }

  /** Ties two stream sockets together. */
  static join(a: SocketFile, b: SocketFile): void {
    const there = new Channel(262144);
    const back = new Channel(262144);
    there.readers = there.writers = back.readers = back.writers = 1;
    a.outgoing = b.incoming = there;
    b.outgoing = a.incoming = back;
    a.peer = b;
    b.peer = a;
    a.edge++;
    b.edge++;
  }

  override read(count: number): Uint8Array | typeof Block {
    if (!this.stream) {
      const d = this.datagrams.shift();
      return d === undefined ? Block : d.bytes.slice(0, count);
    }
    const c = this.incoming;
    if (c === undefined) return fail(Errno.ENOTCONN);
    if (c.bytes > 0) {
      if (this.peer !== undefined) this.peer.edge++;
      return c.take(count);
    }
    if (this.reset) {
      this.reset = false;
      return fail(Errno.ECONNRESET);
    }
    return c.writers === 0 || c.readers === 0 ? new Uint8Array(0) : Block;
  }

  override write(bytes: Uint8Array): number {
    if (!this.stream) return this.sendTo(bytes, this.remote);
    const c = this.outgoing;
    if (c === undefined) return fail(Errno.ENOTCONN);
    if (c.readers === 0 || c.writers === 0) return fail(Errno.EPIPE);
    if (bytes.length === 0) return 0;
    const n = c.put(bytes);
    if (n > 0 && this.peer !== undefined) this.peer.edge++;
    return n === 0 ? Block : n;
  }

  sendTo(bytes: Uint8Array, to: Uint8Array): number {
    if (to.length === 0) return fail(Errno.EDESTADDRREQ);
    const target =
      this.network.bound.get(keyOf(this.type, to)) ?? this.network.bound.get(keyOf(this.type, anyAddress(to)));
    if (this.local.length === 0) this.bind(wildcard(this.family));
    if (target === undefined) {
      if (this.remote.length > 0) fail(Errno.ECONNREFUSED);
      return bytes.length;
    }
    target.datagrams.push({ bytes: bytes.slice(), from: sourceFor(this.local, to) });
    target.edge++;
    return bytes.length;
  }

  override poll(): number {
    if (this.listening) return this.waiting.length > 0 ? Poll.In : 0;
    if (!this.stream) return (this.datagrams.length > 0 ? Poll.In : 0) | Poll.Out;
    const c = this.incoming;
    const o = this.outgoing;
    if (c === undefined || o === undefined)
      return this.error !== 0 ? Poll.Err | Poll.Out | Poll.Hup : Poll.Out | Poll.Hup;
    let r = 0;
    const ended = c.writers === 0 || c.readers === 0;
    if (c.bytes > 0 || ended) r |= Poll.In;
    if (ended) r |= Poll.RdHup;
    if (o.readers === 0 || o.capacity - o.bytes > 0) r |= Poll.Out;
    if (ended && (o.readers === 0 || o.writers === 0)) r |= Poll.Hup;
    return r;
  }

  /** Gives the socket an address; a port of 0 is chosen. */
  bind(address: Uint8Array): void {
    let a = address.slice();
    if (this.family !== Family.Unix) {
      if (a.length < 16) fail(Errno.EINVAL);
      a = a.slice(0, this.family === Family.Inet ? 16 : 28);
      if (((a[2] as number) << 8) + (a[3] as number) === 0) {
        for (;;) {
          const port = this.network.nextPort++;
          a[2] = port >> 8;
          a[3] = port & 255;
          if (!this.network.bound.has(keyOf(this.type, a))) break;
        }
      }
    }
    const key = keyOf(this.type, a);
    const there = this.network.bound.get(key);
    if (there !== undefined && there !== this) fail(Errno.EADDRINUSE);
    this.local = a;
    this.key = key;
    this.network.bound.set(key, this);
  }

  /** Connects a stream socket to whoever listens. */
  connect(address: Uint8Array): void {
    if (!this.stream) {
      this.remote = address.slice();
      if (this.local.length === 0) this.bind(wildcard(this.family));
      return;
    }
    if (this.incoming !== undefined) fail(Errno.EISCONN);
    const listener =
      this.network.bound.get(keyOf(this.type, address)) ??
      this.network.bound.get(keyOf(this.type, anyAddress(address))) ??
      this.network.bound.get(keyOf(this.type, wildcard6(address)));
    if (listener === undefined || !listener.listening)
      fail(this.family === Family.Unix && listener === undefined ? Errno.ENOENT : Errno.ECONNREFUSED);
    if (listener.waiting.length >= Math.max(1, listener.backlog)) fail(Errno.ECONNREFUSED);
    if (this.local.length === 0 && this.family !== Family.Unix) this.bind(wildcard(this.family));
    const server = new SocketFile(listener.family, listener.type, 0, this.network);
    server.local = listener.family === this.family ? address.slice() : listener.local;
    server.remote = this.family === Family.Unix ? new Uint8Array([1, 0]) : sourceFor(this.local, address);
    this.local = this.family === Family.Unix ? this.local : sourceFor(this.local, address);
    this.remote = address.slice();
    SocketFile.join(this, server);
    listener.waiting.push(server);
    listener.edge++;
  }

  shutdown(how: number): void {
    const { incoming: i, outgoing: o } = this;
    if (i === undefined || o === undefined) fail(Errno.ENOTCONN);
    if (how === 0 || how === 2) i.readers = 0;
    if (how === 1 || how === 2) o.writers = 0;
    this.edge++;
    if (this.peer !== undefined) this.peer.edge++;
  }

  override close(): void {
    if (this.key !== "" && this.network.bound.get(this.key) === this) this.network.bound.delete(this.key);
    for (const s of this.waiting) s.close();
    if (this.incoming !== undefined && this.outgoing !== undefined) {
      // What was not read makes it a reset.
      if (this.incoming.bytes > 0 && this.peer !== undefined) this.peer.reset = true;
      this.incoming.readers = 0;
      this.outgoing.writers = 0;
      if (this.peer !== undefined) this.peer.edge++;
    }
  }
}

function keyOf(type: number, address: Uint8Array): string {
  const family = address[0] as number;
  if (family === Family.Unix)
    return `unix:${type}:${Array.from(address.subarray(2))
      .join(",")
      .replace(/(,0)+$/, "")}`;
  const port = ((address[2] as number) << 8) + (address[3] as number);
  const host =
    family === Family.Inet
      ? Array.from(address.subarray(4, 8)).join(".")
      : Array.from(address.subarray(8, 24)).join(":");
  return `${type}:${host}:${port}`;
}

/** The same port on any address of the family. */
function anyAddress(address: Uint8Array): Uint8Array {
  const a = address.slice();
  if (a[0] === Family.Inet) a.fill(0, 4, 8);
  else if (a[0] === Family.Inet6) a.fill(0, 8, 24);
  return a;
}

/** The same port on any IPv6 address: such a socket takes IPv4 connections too. */
function wildcard6(address: Uint8Array): Uint8Array {
  const a = wildcard(Family.Inet6);
  a[2] = address[2] as number;
  a[3] = address[3] as number;
  return a;
}

function wildcard(family: number): Uint8Array {
  const a = new Uint8Array(family === Family.Inet6 ? 28 : 16);
  a[0] = family;
  return a;
}

/** The address a peer sees: a wildcard becomes the loopback address that was asked for. */
function sourceFor(local: Uint8Array, to: Uint8Array): Uint8Array {
  const a = local.slice();
  if (a[0] === Family.Inet && a.subarray(4, 8).every((b) => b === 0))
    a.set(to[0] === Family.Inet ? to.subarray(4, 8) : [127, 0, 0, 1], 4);
  else if (a[0] === Family.Inet6 && a.subarray(8, 24).every((b) => b === 0) && to[0] === Family.Inet6)
    a.set(to.subarray(8, 24), 8);
  return a;
}
