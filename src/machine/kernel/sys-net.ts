// The socket calls.

import { Errno, fail } from "./errno.ts";
import { Block, Open } from "./files.ts";
import type { Kernel } from "./kernel.ts";
import type { Thread } from "./process.ts";
import { Family, Network, SocketFile } from "./sockets.ts";
import { gather, readFile, scatter, vectorLength, writeFile } from "./sys-files.ts";
import { int, syscall } from "./table.ts";
import { DirNode, Mode, NamedNode, textOf } from "./vfs.ts";

function network(k: Kernel): Network {
  if (!(k.state.sockets instanceof Network)) k.state.sockets = new Network();
  return k.state.sockets as Network;
}

function socketOf(t: Thread, fd: number): SocketFile {
  const f = t.process.fds.get(fd);
  return f instanceof SocketFile ? f : fail(Errno.ENOTSOCK);
}

function addressArg(t: Thread, at: number, length: number): Uint8Array {
  if (length < 2 || length > 128) fail(Errno.EINVAL);
  return t.process.space.read(at, length);
}

/** Writes an address and its length, cut to what there is room for. */
function putAddress(t: Thread, at: number, lengthAt: number, address: Uint8Array): void {
  if (at === 0 || lengthAt === 0) return;
  const room = t.process.space.u32(lengthAt);
  t.process.space.write(at, address.subarray(0, room));
  t.process.space.setU32(lengthAt, address.length);
}

syscall(41, "socket", "d d d", (k, t, args) => {
  const family = int(args[0]);
  const type = int(args[1]);
  const protocol = int(args[2]);
  if (family !== Family.Unix && family !== Family.Inet && family !== Family.Inet6) fail(Errno.EAFNOSUPPORT);
  if (protocol === 262) fail(Errno.EPROTONOSUPPORT);
  const kind = type & 15;
  if (kind !== 1 && kind !== 2 && kind !== 5) fail(Errno.EPROTONOSUPPORT);
  const s = new SocketFile(family, kind, type & Open.NonBlock, network(k));
  s.name = "socket:[1]";
  return t.process.fds.add(s, (type & Open.CloseOnExec) !== 0);
});
syscall(53, "socketpair", "d d d p", (k, t, args) => {
  const type = int(args[1]);
  const a = new SocketFile(Family.Unix, type & 15, type & Open.NonBlock, network(k));
  const b = new SocketFile(Family.Unix, type & 15, type & Open.NonBlock, network(k));
  SocketFile.join(a, b);
  const close = (type & Open.CloseOnExec) !== 0;
  t.process.space.setU32(args[3] as number, t.process.fds.add(a, close));
  t.process.space.setU32((args[3] as number) + 4, t.process.fds.add(b, close));
  return 0;
});
syscall(49, "bind", "fd p u", (k, t, args) => {
  const s = socketOf(t, int(args[0]));
  const a = addressArg(t, args[1] as number, int(args[2]));
  if ((a[0] as number) !== s.family) fail(Errno.EAFNOSUPPORT);
  if (s.family === Family.Unix && a.length > 2 && a[2] !== 0) {
    const end = a.indexOf(0, 2);
    const path = textOf(a.subarray(2, end < 0 ? a.length : end));
    const w = k.state.tree.walk(t.process.cwd, path, false);
    if (w.node !== undefined) fail(Errno.EADDRINUSE);
    if (!(w.dir instanceof DirNode)) fail(Errno.ENOTDIR);
    w.dir.entries.set(w.name, new NamedNode(Mode.Socket | 0o777, undefined));
  }
  s.bind(a);
  return 0;
});
syscall(50, "listen", "fd d", (_k, t, args) => {
  const s = socketOf(t, int(args[0]));
  if (!s.stream) fail(Errno.EOPNOTSUPP);
  s.listening = true;
  s.backlog = int(args[1]);
  return 0;
});
function accept(k: Kernel, t: Thread, nr: number, args: readonly number[], flags: number): number {
  const s = socketOf(t, int(args[0]));
  if (!s.listening) fail(Errno.EINVAL);
  const c = s.waiting.shift();
  if (c === undefined) {
    if (s.nonBlocking) fail(Errno.EAGAIN);
    k.deadline(t, nr, args, Number.POSITIVE_INFINITY);
    return Block;
  }
  c.flags |= flags & Open.NonBlock;
  putAddress(t, args[1] as number, args[2] as number, c.remote);
  return t.process.fds.add(c, (flags & Open.CloseOnExec) !== 0);
}
syscall(43, "accept", "fd p p", (k, t, args) => accept(k, t, 43, args, 0));
syscall(288, "accept4", "fd p p open", (k, t, args) => accept(k, t, 288, args, int(args[3])));
syscall(42, "connect", "fd p u", (_k, t, args) => {
  const s = socketOf(t, int(args[0]));
  const a = addressArg(t, args[1] as number, int(args[2]));
  s.connect(a);
  return 0;
});
syscall(51, "getsockname", "fd p p", (_k, t, args) => {
  const s = socketOf(t, int(args[0]));
  const none = new Uint8Array(s.family === Family.Inet6 ? 28 : s.family === Family.Inet ? 16 : 2);
  none[0] = s.family;
  putAddress(t, args[1] as number, args[2] as number, s.local.length > 0 ? s.local : none);
  return 0;
});
syscall(52, "getpeername", "fd p p", (_k, t, args) => {
  const s = socketOf(t, int(args[0]));
  if (s.peer === undefined && (s.stream || s.remote.length === 0)) fail(Errno.ENOTCONN);
  putAddress(t, args[1] as number, args[2] as number, s.remote.length > 0 ? s.remote : Uint8Array.of(s.family, 0));
  return 0;
});
syscall(48, "shutdown", "fd d", (_k, t, args) => {
  socketOf(t, int(args[0])).shutdown(int(args[1]));
  return 0;
});
syscall(54, "setsockopt", "fd d d p u", (_k, t, args) => {
  socketOf(t, int(args[0]));
  return 0;
});
syscall(55, "getsockopt", "fd d d p p", (_k, t, args) => {
  const s = socketOf(t, int(args[0]));
  let v = 0;
  if (int(args[1]) === 1) {
    switch (int(args[2])) {
      case 3:
        v = s.type;
        break;
      case 4:
        v = s.error;
        s.error = 0;
        break;
      case 7:
      case 8:
        v = 212992;
        break;
      case 30:
        v = s.listening ? 1 : 0;
        break;
      case 39:
        v = s.family;
        break;
      default:
    }
  }
  t.process.space.setU32(args[3] as number, v);
  t.process.space.setU32(args[4] as number, 4);
  return 0;
});

function send(
  k: Kernel,
  t: Thread,
  nr: number,
  args: readonly number[],
  s: SocketFile,
  bytes: Uint8Array,
  to: Uint8Array,
): number {
  if (!s.stream && to.length > 0) return s.sendTo(bytes, to);
  return writeFile(k, t, nr, args, s, bytes);
}
syscall(44, "sendto", "fd buf u x p u", (k, t, args) => {
  const s = socketOf(t, int(args[0]));
  const to = (args[4] as number) === 0 ? new Uint8Array(0) : addressArg(t, args[4] as number, int(args[5]));
  return send(k, t, 44, args, s, t.process.space.read(args[1] as number, args[2] as number), to);
});
syscall(46, "sendmsg", "fd p x", (k, t, args) => {
  const s = socketOf(t, int(args[0]));
  const space = t.process.space;
  const m = args[1] as number;
  const name = space.u64(m);
  const to = name === 0 ? new Uint8Array(0) : addressArg(t, name, space.u32(m + 8));
  return send(k, t, 46, args, s, gather(t, space.u64(m + 16), space.u64(m + 24)), to);
});
function receive(
  k: Kernel,
  t: Thread,
  nr: number,
  args: readonly number[],
  s: SocketFile,
  count: number,
): { bytes: Uint8Array; from: Uint8Array; full: number } | typeof Block {
  const first = s.stream ? undefined : s.datagrams[0];
  const b = readFile(k, t, nr, args, s, count);
  if (b === Block) return Block;
  return { bytes: b, from: first?.from ?? s.remote, full: first?.bytes.length ?? b.length };
}
syscall(45, "recvfrom", "fd buf u x p p", (k, t, args) => {
  const s = socketOf(t, int(args[0]));
  const r = receive(k, t, 45, args, s, args[2] as number);
  if (r === Block) return Block;
  t.process.space.write(args[1] as number, r.bytes);
  if (!s.stream) putAddress(t, args[4] as number, args[5] as number, r.from);
  return r.bytes.length;
});
syscall(47, "recvmsg", "fd p x", (k, t, args) => {
  const s = socketOf(t, int(args[0]));
  const space = t.process.space;
  const m = args[1] as number;
  const r = receive(k, t, 47, args, s, vectorLength(t, space.u64(m + 16), space.u64(m + 24)));
  if (r === Block) return Block;
  scatter(t, space.u64(m + 16), space.u64(m + 24), r.bytes);
  if (space.u64(m) !== 0) {
    space.write(space.u64(m), r.from.subarray(0, space.u32(m + 8)));
    space.setU32(m + 8, r.from.length);
  }
  space.setU64(m + 40, 0);
  space.setU32(m + 48, r.full > r.bytes.length ? 0x20 : 0);
  return r.bytes.length;
});
