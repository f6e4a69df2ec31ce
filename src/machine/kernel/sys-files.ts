// Files, directories, pipes, epoll.

import { encodeUtf8 } from "#base";
import { Errno, fail, SysError } from "./errno.ts";
import {
  Block,
  Channel,
  DeviceFile,
  DirFile,
  EpollFile,
  EpollItem,
  EventFile,
  Open,
  type OpenFile,
  PipeEnd,
  Poll,
  RegularFile,
  StreamFile,
  TextFile,
} from "./files.ts";
import type { Kernel } from "./kernel.ts";
import { procText } from "./procfs.ts";
import { type Process, SigInfo, type Thread } from "./process.ts";
import { Sig } from "./signals.ts";
import { SocketFile } from "./sockets.ts";
import { int, long, syscall } from "./table.ts";
import { DirNode, FileNode, type Inode, LinkNode, Mode, NamedNode, SpecialNode, textOf } from "./vfs.ts";

const AT_FDCWD = -100;
const infinity = Number.POSITIVE_INFINITY;

function pathArg(t: Thread, at: number): string {
  const b = t.process.space.cstring(at, 4097);
  if (b.length > 4096) fail(Errno.ENAMETOOLONG);
  return textOf(b);
}

function dirOf(t: Thread, fd: number): DirNode {
  if (fd === AT_FDCWD) return t.process.cwd;
  const f = t.process.fds.get(fd);
  if (f instanceof DirFile) return f.dir;
  return fail(Errno.ENOTDIR);
}

/** The node a path names, following the last link or not. */
function nodeAt(k: Kernel, t: Thread, fd: number, path: string, follow = true): Inode {
  const special = procLink(k, t.process, path);
  if (special !== undefined && follow) return special;
  const base = path.startsWith("/") ? t.process.cwd : dirOf(t, fd);
  return k.state.tree.walk(base, path, follow).node ?? fail(Errno.ENOENT);
}

/** /proc/self/fd/N and /proc/self/exe, which are links to what is open. */
function procLink(k: Kernel, p: Process, path: string): Inode | undefined {
  const m = /^\/proc\/(self|\d+)\/(?:fd\/(\d+)|(exe|cwd|root))$/.exec(path) ?? /^\/dev\/(fd)\/(\d+)$/.exec(path);
  if (m === null) return undefined;
  const of = m[1] === "self" || m[1] === "fd" ? p : k.state.processes.get(Number(m[1]));
  if (of === undefined) return undefined;
  if (m[2] !== undefined) return of.fds.files[Number(m[2])]?.node;
  if (m[3] === "exe") return k.state.tree.walk(p.cwd, of.exe, true).node;
  return m[3] === "cwd" ? of.cwd : k.state.tree.root;
}

// --- open, read, write, close ---

function openNode(k: Kernel, t: Thread, node: Inode, path: string, flags: number): OpenFile {
  if ((flags & Open.Path) !== 0)
    return node instanceof DirNode ? new DirFile(node, flags) : new TextFile(new Uint8Array(0), flags, node);
  const writes = (flags & Open.Access) !== Open.ReadOnly;
  if (node instanceof DirNode) {
    if (writes) fail(Errno.EISDIR);
    return new DirFile(node, flags);
  }
  if ((flags & Open.Directory) !== 0) fail(Errno.ENOTDIR);
  if (node instanceof FileNode) {
    node.open();
    if ((flags & Open.Truncate) !== 0 && writes && node.length > 0) node.truncate(0);
    return new RegularFile(node, flags);
  }
  if (node instanceof LinkNode) return fail(Errno.ELOOP);
  if (node instanceof NamedNode) {
    if (node.object instanceof Channel) return new PipeEnd(node.object, !writes, flags, node);
    return fail(Errno.ENXIO);
  }
  if (node instanceof SpecialNode) {
    switch (node.what) {
      case "null":
      case "zero":
      case "full":
      case "random":
      case "urandom":
        return new DeviceFile(node.what, flags, node, k.state.random);
      case "tty":
        return k.terminal(0) ? new StreamFile(writes ? 1 : 0, flags, node, k) : fail(Errno.ENXIO);
      default: {
        const text = procText(k, t, node);
        if (writes && (node.mode & 0o200) === 0) fail(Errno.EACCES);
        return new TextFile(typeof text === "string" ? encodeUtf8(text) : text, flags, node);
      }
    }
  }
  void path;
  return fail(Errno.ENXIO);
}

function open(k: Kernel, t: Thread, fd: number, path: string, flags: number, mode: number): number {
  const link = procLink(k, t.process, path);
  let node = link;
  let full = path;
  if (link === undefined) {
    const base = path.startsWith("/") ? t.process.cwd : dirOf(t, fd);
    const follow =
      (flags & Open.NoFollow) === 0 && (flags & (Open.Create | Open.Exclusive)) !== (Open.Create | Open.Exclusive);
    const w = k.state.tree.walk(base, path, follow);
    node = w.node;
    full = path.startsWith("/") ? path : `${k.state.tree.pathOf(base)}/${path}`.replace("//", "/");
    if (node === undefined) {
      if ((flags & Open.Create) === 0) fail(Errno.ENOENT);
      if (path.endsWith("/")) fail(Errno.EISDIR);
      const made = new FileNode(mode & ~t.process.umask & 0o7777);
      made.mtime = k.wall();
      w.dir.add(w.name, made);
      node = w.dir.lookup(w.name) ?? made;
    } else if ((flags & (Open.Create | Open.Exclusive)) === (Open.Create | Open.Exclusive)) fail(Errno.EEXIST);
    else if (node instanceof LinkNode && (flags & Open.Path) === 0) fail(Errno.ELOOP);
  }
  const f = openNode(k, t, node as Inode, full, flags & ~Open.CloseOnExec);
  f.name = full;
  return t.process.fds.add(f, (flags & Open.CloseOnExec) !== 0);
}

syscall(2, "open", "s open o", (k, t, args) =>
  open(k, t, AT_FDCWD, pathArg(t, args[0] as number), int(args[1]), int(args[2])),
);
syscall(85, "creat", "s o", (k, t, args) =>
  open(k, t, AT_FDCWD, pathArg(t, args[0] as number), Open.WriteOnly | Open.Create | Open.Truncate, int(args[1])),
);
syscall(257, "openat", "at s open o", (k, t, args) =>
  open(k, t, int(args[0]), pathArg(t, args[1] as number), int(args[2]), int(args[3])),
);
syscall(3, "close", "fd", (k, t, args) => {
  const fd = int(args[0]);
  const gone = t.process.fds.close(fd);
  if (gone !== undefined) forgetEpoll(t.process, gone);
  void k;
  return 0;
});
syscall(436, "close_range", "u u x", (_k, t, args) => {
  const last = Math.min(args[1] as number, t.process.fds.files.length - 1);
  for (let fd = args[0] as number; fd <= last; fd++) {
    if (t.process.fds.files[fd] === undefined) continue;
    if ((int(args[2]) & 4) !== 0) t.process.fds.closeOnExec.add(fd);
    else t.process.fds.close(fd);
  }
  return 0;
});

function forgetEpoll(p: Process, file: OpenFile): void {
  for (const f of p.fds.files) {
    if (!(f instanceof EpollFile)) continue;
    for (const [key, item] of f.items) if (item.file === file) f.items.delete(key);
  }
}

/** A read that may wait. */
export function readFile(
  k: Kernel,
  t: Thread,
  nr: number,
  args: readonly number[],
  f: OpenFile,
  count: number,
): Uint8Array | typeof Block {
  if (!f.readable) fail(Errno.EBADF);
  const b = f.read(Math.min(count, 0x7ffff000));
  if (b === Block) {
    if (f.nonBlocking) fail(Errno.EAGAIN);
    k.deadline(t, nr, args, infinity);
  } else f.edge++;
  return b;
}

export function writeFile(
  k: Kernel,
  t: Thread,
  nr: number,
  args: readonly number[],
  f: OpenFile,
  bytes: Uint8Array,
): number {
  if (!f.writable) fail(Errno.EBADF);
  try {
    const n = f.write(bytes);
    if (n === Block) {
      if (f.nonBlocking) fail(Errno.EAGAIN);
      k.deadline(t, nr, args, infinity);
    } else f.edge++;
    return n;
  } catch (e) {
    if (e instanceof SysError && e.errno === Errno.EPIPE)
      k.signalThread(t, new SigInfo(Sig.PIPE, 0, t.process.pid, 0, 0, 0, 0));
    throw e;
  }
}

syscall(0, "read", "fd buf u", (k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  const b = readFile(k, t, 0, args, f, args[2] as number);
  if (b === Block) return Block;
  t.process.space.write(args[1] as number, b);
  return b.length;
});
syscall(1, "write", "fd buf u", (k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  const count = Math.min(args[2] as number, 0x7ffff000);
  return writeFile(k, t, 1, args, f, t.process.space.read(args[1] as number, count));
});
function vectors(t: Thread, at: number, count: number): { base: number; length: number }[] {
  if (count < 0 || count > 1024) fail(Errno.EINVAL);
  const out: { base: number; length: number }[] = [];
  for (let i = 0; i < count; i++)
    out.push({ base: t.process.space.u64(at + i * 16), length: t.process.space.u64(at + i * 16 + 8) });
  return out;
}
/** Gathers the bytes of an iovec. */
export function gather(t: Thread, at: number, count: number): Uint8Array {
  const v = vectors(t, at, count);
  const out = new Uint8Array(v.reduce((n, x) => n + x.length, 0));
  let n = 0;
  for (const x of v) {
    out.set(t.process.space.read(x.base, x.length), n);
    n += x.length;
  }
  return out;
}
/** Spreads bytes over an iovec. */
export function scatter(t: Thread, at: number, count: number, bytes: Uint8Array): void {
  let n = 0;
  for (const x of vectors(t, at, count)) {
    const part = bytes.subarray(n, n + x.length);
    t.process.space.write(x.base, part);
    n += part.length;
    if (n >= bytes.length) break;
  }
}
export function vectorLength(t: Thread, at: number, count: number): number {
  return vectors(t, at, count).reduce((n, x) => n + x.length, 0);
}
syscall(19, "readv", "fd p d", (k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  const b = readFile(k, t, 19, args, f, vectorLength(t, args[1] as number, int(args[2])));
  if (b === Block) return Block;
  scatter(t, args[1] as number, int(args[2]), b);
  return b.length;
});
syscall(20, "writev", "fd p d", (k, t, args) =>
  writeFile(k, t, 20, args, t.process.fds.get(int(args[0])), gather(t, args[1] as number, int(args[2]))),
);
syscall(17, "pread64", "fd buf u d", (_k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  if (!(f instanceof RegularFile || f instanceof TextFile)) return f instanceof DirFile ? -Errno.EISDIR : -Errno.ESPIPE;
  if (long(args[3]) < 0) fail(Errno.EINVAL);
  const b = f.readAt(args[3] as number, args[2] as number);
  t.process.space.write(args[1] as number, b);
  return b.length;
});
syscall(18, "pwrite64", "fd buf u d", (_k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  if (!(f instanceof RegularFile)) fail(Errno.ESPIPE);
  if (!f.writable) fail(Errno.EBADF);
  f.file.write(args[3] as number, t.process.space.read(args[1] as number, args[2] as number));
  return args[2] as number;
});
syscall(8, "lseek", "fd d d", (_k, t, args) => t.process.fds.get(int(args[0])).seek(long(args[1]), int(args[2])));
syscall(40, "sendfile", "fd fd p u", () => -Errno.ENOSYS);
syscall(275, "splice", "fd p fd p u x", () => -Errno.EINVAL);
syscall(326, "copy_file_range", "fd p fd p u x", () => -Errno.ENOSYS);
syscall(77, "ftruncate", "fd u", (_k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  if (!(f instanceof RegularFile) || !f.writable) fail(Errno.EINVAL);
  f.file.truncate(args[1] as number);
  return 0;
});
syscall(76, "truncate", "s u", (k, t, args) => {
  const n = nodeAt(k, t, AT_FDCWD, pathArg(t, args[0] as number));
  if (!(n instanceof FileNode)) fail(Errno.EISDIR);
  n.open();
  n.truncate(args[1] as number);
  n.flush();
  return 0;
});
for (const [nr, name] of [
  [74, "fsync"],
  [75, "fdatasync"],
  [162, "sync"],
  [306, "syncfs"],
] as const) {
  syscall(nr, name, "fd", (_k, t, args) => {
    if (nr === 162) return 0;
    const f = t.process.fds.get(int(args[0]));
    if (f instanceof RegularFile) f.file.flush();
    return 0;
  });
}
syscall(221, "fadvise64", "fd u u d", () => 0);
syscall(285, "fallocate", "fd x u u", (_k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  if (!(f instanceof RegularFile)) fail(Errno.ENODEV);
  const end = (args[2] as number) + (args[3] as number);
  if (int(args[1]) === 0 && end > f.file.length) f.file.truncate(end);
  return 0;
});
syscall(73, "flock", "fd x", () => 0);

// --- descriptors ---

syscall(32, "dup", "fd", (_k, t, args) => t.process.fds.add(t.process.fds.get(int(args[0])), false));
function dupTo(t: Thread, from: number, to: number, close: boolean): number {
  const f = t.process.fds.get(from);
  if (to < 0 || to >= t.process.fds.limit) fail(Errno.EBADF);
  if (t.process.fds.files[to] !== undefined) t.process.fds.close(to);
  t.process.fds.put(to, f, close);
  return to;
}
syscall(33, "dup2", "fd fd", (_k, t, args) => {
  if (int(args[0]) === int(args[1])) {
    t.process.fds.get(int(args[0]));
    return int(args[1]);
  }
  return dupTo(t, int(args[0]), int(args[1]), false);
});
syscall(292, "dup3", "fd fd open", (_k, t, args) => {
  if (int(args[0]) === int(args[1])) fail(Errno.EINVAL);
  return dupTo(t, int(args[0]), int(args[1]), (int(args[2]) & Open.CloseOnExec) !== 0);
});
syscall(72, "fcntl", "fd d x", (_k, t, args) => {
  const fd = int(args[0]);
  const fds = t.process.fds;
  const f = fds.get(fd);
  switch (int(args[1])) {
    case 0:
      return fds.add(f, false, int(args[2]));
    case 1030:
      return fds.add(f, true, int(args[2]));
    case 1:
      return fds.closeOnExec.has(fd) ? 1 : 0;
    case 2:
      if ((int(args[2]) & 1) !== 0) fds.closeOnExec.add(fd);
      else fds.closeOnExec.delete(fd);
      return 0;
    case 3:
      return f.flags;
    case 4: {
      const may = Open.Append | Open.NonBlock;
      f.flags = (f.flags & ~may) | (int(args[2]) & may);
      return 0;
    }
    case 5:
    case 6:
    case 7:
    case 36:
    case 37:
    case 38:
      return 0;
    case 1031:
    case 1032:
      return 65536;
    default:
      return -Errno.EINVAL;
  }
});
syscall(22, "pipe", "p", (k, t, args) => pipe(k, t, args[0] as number, 0));
syscall(293, "pipe2", "p open", (k, t, args) => pipe(k, t, args[0] as number, int(args[1])));
function pipe(k: Kernel, t: Thread, at: number, flags: number): number {
  const ch = new Channel();
  const node = new NamedNode(Mode.Fifo | 0o600, ch);
  const close = (flags & Open.CloseOnExec) !== 0;
  const r = new PipeEnd(ch, true, flags & Open.NonBlock, node);
  const w = new PipeEnd(ch, false, flags & Open.NonBlock, node);
  r.name = w.name = `pipe:[${k.inodeOf(node)}]`;
  const a = t.process.fds.add(r, close);
  const b = t.process.fds.add(w, close);
  t.process.space.setU32(at, a);
  t.process.space.setU32(at + 4, b);
  return 0;
}
syscall(284, "eventfd", "u", (_k, t, args) => t.process.fds.add(new EventFile(int(args[0]) >>> 0, 0, false), false));
syscall(290, "eventfd2", "u open", (_k, t, args) => {
  const flags = int(args[1]);
  return t.process.fds.add(
    new EventFile(int(args[0]) >>> 0, flags & Open.NonBlock, (flags & 1) !== 0),
    (flags & Open.CloseOnExec) !== 0,
  );
});
syscall(16, "ioctl", "fd x p", (k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  const request = int(args[1]) >>> 0;
  const isTty = f instanceof StreamFile && k.terminal(f.stream);
  switch (request) {
    case 0x5401: // TCGETS
      if (!isTty) return -Errno.ENOTTY;
      t.process.space.write(args[2] as number, new Uint8Array(36));
      return 0;
    case 0x5413: {
      // TIOCGWINSZ
      if (!isTty) return -Errno.ENOTTY;
      t.process.space.setU16(args[2] as number, 24);
      t.process.space.setU16((args[2] as number) + 2, 80);
      t.process.space.setU32((args[2] as number) + 4, 0);
      return 0;
    }
    case 0x5421: // FIONBIO
      f.flags = t.process.space.i32(args[2] as number) !== 0 ? f.flags | Open.NonBlock : f.flags & ~Open.NonBlock;
      return 0;
    case 0x541b: {
      // FIONREAD
      const n = f instanceof PipeEnd ? f.channel.bytes : f instanceof RegularFile ? f.file.length - f.offset : 0;
      t.process.space.setU32(args[2] as number, n);
      return 0;
    }
    case 0x5402:
    case 0x5403:
    case 0x5404:
      return isTty ? 0 : -Errno.ENOTTY;
    default:
      return -Errno.ENOTTY;
  }
});

// --- stat ---

function statBytes(k: Kernel, node: Inode | undefined, f?: OpenFile): Uint8Array {
  const b = new Uint8Array(144);
  const v = new DataView(b.buffer);
  let mode = node?.mode ?? Mode.File | 0o600;
  if (f instanceof StreamFile) mode = k.terminal(f.stream) ? Mode.Char | 0o620 : Mode.Fifo | 0o600;
  if (f instanceof SocketFile) mode = Mode.Socket | 0o777;
  const size = node?.size() ?? 0;
  v.setUint32(0, node instanceof SpecialNode ? 5 : 1, true);
  v.setUint32(8, node === undefined ? 1 : k.inodeOf(node), true);
  v.setUint32(16, node?.nlink ?? 1, true);
  v.setUint32(24, mode, true);
  v.setUint32(28, node?.uid ?? 0, true);
  v.setUint32(32, node?.gid ?? 0, true);
  if ((mode & Mode.Type) === Mode.Char)
    v.setUint32(40, node instanceof SpecialNode && node.what === "null" ? 0x103 : 0x8800, true);
  v.setUint32(48, size >>> 0, true);
  v.setUint32(52, Math.floor(size / 4294967296), true);
  v.setUint32(56, 4096, true);
  v.setUint32(64, Math.ceil(size / 512), true);
  [node?.atime ?? 0, node?.mtime ?? 0, node?.mtime ?? 0].forEach((ns, i) => {
    v.setUint32(72 + i * 16, Math.floor(ns / 1e9), true);
    v.setUint32(80 + i * 16, Math.floor(ns % 1e9), true);
  });
  return b;
}
syscall(4, "stat", "s p", (k, t, args) => {
  t.process.space.write(args[1] as number, statBytes(k, nodeAt(k, t, AT_FDCWD, pathArg(t, args[0] as number))));
  return 0;
});
syscall(6, "lstat", "s p", (k, t, args) => {
  t.process.space.write(args[1] as number, statBytes(k, nodeAt(k, t, AT_FDCWD, pathArg(t, args[0] as number), false)));
  return 0;
});
syscall(5, "fstat", "fd p", (k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  t.process.space.write(args[1] as number, statBytes(k, f.node, f));
  return 0;
});
syscall(262, "newfstatat", "at s p x", (k, t, args) => {
  const flags = int(args[3]);
  const path = pathArg(t, args[1] as number);
  let b: Uint8Array;
  if (path === "" && (flags & 0x1000) !== 0) {
    const fd = int(args[0]);
    const f = fd === AT_FDCWD ? undefined : t.process.fds.get(fd);
    b = statBytes(k, f === undefined ? t.process.cwd : f.node, f);
  } else b = statBytes(k, nodeAt(k, t, int(args[0]), path, (flags & 0x100) === 0));
  t.process.space.write(args[2] as number, b);
  return 0;
});
syscall(332, "statx", "at s x x p", () => -Errno.ENOSYS);
for (const [nr, name] of [
  [137, "statfs"],
  [138, "fstatfs"],
] as const) {
  syscall(nr, name, nr === 137 ? "s p" : "fd p", (k, t, args) => {
    if (nr === 137) nodeAt(k, t, AT_FDCWD, pathArg(t, args[0] as number));
    const v = new DataView(new ArrayBuffer(120));
    v.setUint32(0, 0x01021994, true);
    v.setUint32(8, 4096, true);
    v.setUint32(16, 1 << 20, true);
    v.setUint32(24, 1 << 19, true);
    v.setUint32(32, 1 << 19, true);
    v.setUint32(64, 255, true);
    t.process.space.write(args[1] as number, new Uint8Array(v.buffer));
    return 0;
  });
}
function access(k: Kernel, t: Thread, fd: number, path: string, mode: number): number {
  const n = nodeAt(k, t, fd, path);
  // Root may do everything but execute what nobody may.
  return (mode & 1) !== 0 && !n.isDir && (n.mode & 0o111) === 0 ? -Errno.EACCES : 0;
}
syscall(21, "access", "s x", (k, t, args) => access(k, t, AT_FDCWD, pathArg(t, args[0] as number), int(args[1])));
syscall(269, "faccessat", "at s x", (k, t, args) =>
  access(k, t, int(args[0]), pathArg(t, args[1] as number), int(args[2])),
);
syscall(439, "faccessat2", "at s x x", (k, t, args) =>
  access(k, t, int(args[0]), pathArg(t, args[1] as number), int(args[2])),
);

// --- directories and names ---

syscall(217, "getdents64", "fd p u", (k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  if (!(f instanceof DirFile)) fail(Errno.ENOTDIR);
  const entries: [string, Inode][] = [[".", f.dir], ["..", f.dir.parent], ...f.dir.list()];
  const out: number[] = [];
  while (f.offset < entries.length) {
    const [name, node] = entries[f.offset] as [string, Inode];
    const text = encodeUtf8(name);
    const length = Math.ceil((19 + text.length + 1) / 8) * 8;
    if (out.length + length > (args[2] as number)) {
      if (out.length === 0) fail(Errno.EINVAL);
      break;
    }
    f.offset++;
    const e = new Uint8Array(length);
    const v = new DataView(e.buffer);
    v.setUint32(0, k.inodeOf(node), true);
    v.setUint32(8, f.offset, true);
    v.setUint16(16, length, true);
    e[18] = (node.mode & Mode.Type) >> 12;
    e.set(text, 19);
    for (const x of e) out.push(x);
  }
  t.process.space.write(args[1] as number, Uint8Array.from(out));
  return out.length;
});
syscall(79, "getcwd", "p u", (k, t, args) => {
  const path = encodeUtf8(k.state.tree.pathOf(t.process.cwd));
  if (path.length + 1 > (args[1] as number)) fail(Errno.ERANGE);
  const z = new Uint8Array(path.length + 1);
  z.set(path);
  t.process.space.write(args[0] as number, z);
  return z.length;
});
function changeDir(t: Thread, n: Inode): number {
  if (!(n instanceof DirNode)) fail(Errno.ENOTDIR);
  t.process.cwd = n;
  return 0;
}
syscall(80, "chdir", "s", (k, t, args) => changeDir(t, nodeAt(k, t, AT_FDCWD, pathArg(t, args[0] as number))));
syscall(81, "fchdir", "fd", (_k, t, args) => changeDir(t, dirOf(t, int(args[0]))));

function place(
  k: Kernel,
  t: Thread,
  fd: number,
  path: string,
): { dir: DirNode; name: string; node: Inode | undefined } {
  return k.state.tree.walk(path.startsWith("/") ? t.process.cwd : dirOf(t, fd), path, false);
}
function makeDir(k: Kernel, t: Thread, fd: number, path: string, mode: number): number {
  const w = place(k, t, fd, path);
  if (w.node !== undefined) fail(Errno.EEXIST);
  const d = new DirNode(mode & ~t.process.umask & 0o7777);
  d.mtime = k.wall();
  w.dir.add(w.name, d);
  return 0;
}
syscall(83, "mkdir", "s o", (k, t, args) => makeDir(k, t, AT_FDCWD, pathArg(t, args[0] as number), int(args[1])));
syscall(258, "mkdirat", "at s o", (k, t, args) =>
  makeDir(k, t, int(args[0]), pathArg(t, args[1] as number), int(args[2])),
);
function unlink(k: Kernel, t: Thread, fd: number, path: string, dir: boolean): number {
  const w = place(k, t, fd, path);
  if (w.node === undefined) fail(Errno.ENOENT);
  if (dir) {
    if (!(w.node instanceof DirNode)) fail(Errno.ENOTDIR);
    if (w.name === "." || w.name === "..") fail(Errno.EINVAL);
    if (w.node.list().length > 0) fail(Errno.ENOTEMPTY);
  } else if (w.node instanceof DirNode) fail(Errno.EISDIR);
  w.dir.remove(w.name);
  w.node.nlink--;
  return 0;
}
syscall(87, "unlink", "s", (k, t, args) => unlink(k, t, AT_FDCWD, pathArg(t, args[0] as number), false));
syscall(84, "rmdir", "s", (k, t, args) => unlink(k, t, AT_FDCWD, pathArg(t, args[0] as number), true));
syscall(263, "unlinkat", "at s x", (k, t, args) =>
  unlink(k, t, int(args[0]), pathArg(t, args[1] as number), (int(args[2]) & 0x200) !== 0),
);
function rename(k: Kernel, t: Thread, fromFd: number, from: string, toFd: number, to: string, flags: number): number {
  const a = place(k, t, fromFd, from);
  const b = place(k, t, toFd, to);
  if (a.node === undefined) fail(Errno.ENOENT);
  if (b.node !== undefined) {
    if ((flags & 1) !== 0) fail(Errno.EEXIST);
    if (b.node === a.node) return 0;
    if (b.node instanceof DirNode) {
      if (!(a.node instanceof DirNode)) fail(Errno.EISDIR);
      if (b.node.list().length > 0) fail(Errno.ENOTEMPTY);
    } else if (a.node instanceof DirNode) fail(Errno.ENOTDIR);
    b.dir.remove(b.name);
  }
  for (let d = b.dir; d.parent !== d; d = d.parent) if (d === a.node) fail(Errno.EINVAL);
  if (a.node instanceof FileNode) {
    // Through plain files, so that a move across a mount copies.
    a.node.open();
    const moved = new FileNode(a.node.mode & 0o7777, a.node.data);
    moved.length = a.node.length;
    a.dir.remove(a.name);
    b.dir.add(b.name, Object.getPrototypeOf(a.node) === FileNode.prototype ? a.node : moved);
  } else {
    a.dir.remove(a.name);
    b.dir.add(b.name, a.node);
  }
  return 0;
}
syscall(82, "rename", "s s", (k, t, args) =>
  rename(k, t, AT_FDCWD, pathArg(t, args[0] as number), AT_FDCWD, pathArg(t, args[1] as number), 0),
);
syscall(264, "renameat", "at s at s", (k, t, args) =>
  rename(k, t, int(args[0]), pathArg(t, args[1] as number), int(args[2]), pathArg(t, args[3] as number), 0),
);
syscall(316, "renameat2", "at s at s x", (k, t, args) =>
  rename(k, t, int(args[0]), pathArg(t, args[1] as number), int(args[2]), pathArg(t, args[3] as number), int(args[4])),
);
function symlink(k: Kernel, t: Thread, target: string, fd: number, path: string): number {
  const w = place(k, t, fd, path);
  if (w.node !== undefined) fail(Errno.EEXIST);
  w.dir.add(w.name, new LinkNode(target));
  return 0;
}
syscall(88, "symlink", "s s", (k, t, args) =>
  symlink(k, t, pathArg(t, args[0] as number), AT_FDCWD, pathArg(t, args[1] as number)),
);
syscall(266, "symlinkat", "s at s", (k, t, args) =>
  symlink(k, t, pathArg(t, args[0] as number), int(args[1]), pathArg(t, args[2] as number)),
);
function link(k: Kernel, t: Thread, fromFd: number, from: string, toFd: number, to: string): number {
  const n = nodeAt(k, t, fromFd, from, false);
  if (n instanceof DirNode) fail(Errno.EPERM);
  const w = place(k, t, toFd, to);
  if (w.node !== undefined) fail(Errno.EEXIST);
  w.dir.add(w.name, n);
  n.nlink++;
  return 0;
}
syscall(86, "link", "s s", (k, t, args) =>
  link(k, t, AT_FDCWD, pathArg(t, args[0] as number), AT_FDCWD, pathArg(t, args[1] as number)),
);
syscall(265, "linkat", "at s at s x", (k, t, args) =>
  link(k, t, int(args[0]), pathArg(t, args[1] as number), int(args[2]), pathArg(t, args[3] as number)),
);
function readlink(k: Kernel, t: Thread, fd: number, path: string, at: number, size: number): number {
  const m = /^\/proc\/(self|\d+)\/(?:fd\/(\d+)|(exe|cwd|root))$/.exec(path);
  let text: string;
  if (m !== null) {
    const p = m[1] === "self" ? t.process : (k.state.processes.get(Number(m[1])) ?? fail(Errno.ENOENT));
    if (m[2] !== undefined) text = (p.fds.files[Number(m[2])] ?? fail(Errno.ENOENT)).name;
    else text = m[3] === "exe" ? p.exe : m[3] === "cwd" ? k.state.tree.pathOf(p.cwd) : "/";
  } else if (path === "/proc/self") text = String(t.process.pid);
  else {
    const n = nodeAt(k, t, fd, path, false);
    if (!(n instanceof LinkNode)) fail(Errno.EINVAL);
    text = n.target;
  }
  const b = encodeUtf8(text).subarray(0, size);
  t.process.space.write(at, b);
  return b.length;
}
syscall(89, "readlink", "s p u", (k, t, args) =>
  readlink(k, t, AT_FDCWD, pathArg(t, args[0] as number), args[1] as number, args[2] as number),
);
syscall(267, "readlinkat", "at s p u", (k, t, args) =>
  readlink(k, t, int(args[0]), pathArg(t, args[1] as number), args[2] as number, args[3] as number),
);
function chmod(n: Inode, mode: number): number {
  n.mode = (n.mode & Mode.Type) | (mode & 0o7777);
  return 0;
}
syscall(90, "chmod", "s o", (k, t, args) => chmod(nodeAt(k, t, AT_FDCWD, pathArg(t, args[0] as number)), int(args[1])));
syscall(91, "fchmod", "fd o", (_k, t, args) =>
  chmod(t.process.fds.get(int(args[0])).node ?? fail(Errno.EINVAL), int(args[1])),
);
syscall(268, "fchmodat", "at s o", (k, t, args) =>
  chmod(nodeAt(k, t, int(args[0]), pathArg(t, args[1] as number)), int(args[2])),
);
syscall(92, "chown", "s d d", (k, t, args) => (nodeAt(k, t, AT_FDCWD, pathArg(t, args[0] as number)) ? 0 : 0));
syscall(93, "fchown", "fd d d", () => 0);
syscall(94, "lchown", "s d d", () => 0);
syscall(260, "fchownat", "at s d d x", () => 0);
syscall(95, "umask", "o", (_k, t, args) => {
  const old = t.process.umask;
  t.process.umask = int(args[0]) & 0o777;
  return old;
});
syscall(280, "utimensat", "at s p x", (k, t, args) => {
  const space = t.process.space;
  const n =
    (args[1] as number) === 0
      ? (t.process.fds.get(int(args[0])).node ?? fail(Errno.EINVAL))
      : nodeAt(k, t, int(args[0]), pathArg(t, args[1] as number), (int(args[3]) & 0x100) === 0);
  const get = (at: number, old: number): number => {
    if (at === 0) return k.wall();
    const ns = space.u64(at + 8);
    return ns === 0x3fffffff ? k.wall() : ns === 0x3ffffffe ? old : space.i64(at) * 1e9 + ns;
  };
  const p = args[2] as number;
  n.atime = get(p, n.atime);
  n.mtime = get(p === 0 ? 0 : p + 16, n.mtime);
  return 0;
});
syscall(259, "mknodat", "at s o x", (k, t, args) => {
  if ((int(args[2]) & Mode.Type) !== Mode.Fifo) fail(Errno.EPERM);
  const w = place(k, t, int(args[0]), pathArg(t, args[1] as number));
  if (w.node !== undefined) fail(Errno.EEXIST);
  w.dir.add(w.name, new NamedNode(int(args[2]), new Channel()));
  return 0;
});
for (const nr of [254, 255, 253, 294])
  syscall(
    nr,
    ["inotify_init", "inotify_add_watch", "inotify_rm_watch"][nr - 253] ?? "inotify_init1",
    "",
    () => -Errno.ENOSYS,
  );
for (const [nr, name] of [
  [191, "getxattr"],
  [192, "lgetxattr"],
  [193, "fgetxattr"],
  [194, "listxattr"],
] as const)
  syscall(nr, name, "s s p u", () => -Errno.EOPNOTSUPP);

// --- waiting for files ---

syscall(213, "epoll_create", "d", (_k, t) => t.process.fds.add(new EpollFile(0), false));
syscall(291, "epoll_create1", "open", (_k, t, args) =>
  t.process.fds.add(new EpollFile(0), (int(args[0]) & Open.CloseOnExec) !== 0),
);
syscall(233, "epoll_ctl", "fd d fd p", (_k, t, args) => {
  const ep = t.process.fds.get(int(args[0]));
  if (!(ep instanceof EpollFile)) fail(Errno.EINVAL);
  const fd = int(args[2]);
  const f = t.process.fds.get(fd);
  if (!f.pollable) fail(Errno.EPERM);
  if (f === ep) fail(Errno.EINVAL);
  const key = String(fd);
  const item = ep.items.get(key);
  const p = args[3] as number;
  switch (int(args[1])) {
    case 1:
      if (item !== undefined && item.file === f) fail(Errno.EEXIST);
      ep.items.set(
        key,
        new EpollItem(f, fd, t.process.space.u32(p), t.process.space.u32(p + 4), t.process.space.u32(p + 8), 0, 0),
      );
      return 0;
    case 2:
      if (item === undefined) fail(Errno.ENOENT);
      ep.items.delete(key);
      return 0;
    case 3:
      if (item === undefined) fail(Errno.ENOENT);
      ep.items.set(
        key,
        new EpollItem(f, fd, t.process.space.u32(p), t.process.space.u32(p + 4), t.process.space.u32(p + 8), 0, 0),
      );
      return 0;
    default:
      return -Errno.EINVAL;
  }
});
const edgeTriggered = 0x80000000;
const oneShot = 0x40000000;
function epollWait(k: Kernel, t: Thread, nr: number, args: readonly number[], timeout: number): number {
  const ep = t.process.fds.get(int(args[0]));
  if (!(ep instanceof EpollFile)) fail(Errno.EINVAL);
  const max = int(args[2]);
  if (max <= 0) fail(Errno.EINVAL);
  let n = 0;
  for (const [key, item] of ep.items) {
    if (n === max) break;
    const now = item.file.poll() & (item.events | Poll.Err | Poll.Hup);
    if (now === 0) {
      item.seenMask = 0;
      continue;
    }
    // Edge-triggered: reported again only when something has happened to the file, or a new condition holds.
    if ((item.events & edgeTriggered) !== 0) {
      if (item.seen === item.file.edge && (now & ~item.seenMask) === 0) continue;
      item.seen = item.file.edge;
      item.seenMask = now;
    }
    const at = (args[1] as number) + n * 12;
    t.process.space.setU32(at, now);
    t.process.space.setU32(at + 4, item.dataLo);
    t.process.space.setU32(at + 8, item.dataHi);
    n++;
    if ((item.events & oneShot) !== 0) {
      ep.items.set(key, new EpollItem(item.file, item.fd, 0, item.dataLo, item.dataHi, 0, 0));
    }
  }
  if (n > 0) return n;
  if (timeout === 0) return 0;
  k.deadline(t, nr, args, timeout < 0 ? infinity : timeout);
  return k.expired(t) ? 0 : Block;
}
syscall(232, "epoll_wait", "fd p d d", (k, t, args) => epollWait(k, t, 232, args, int(args[3]) * 1e6));
syscall(281, "epoll_pwait", "fd p d d p u", (k, t, args) => epollWait(k, t, 281, args, int(args[3]) * 1e6));
syscall(441, "epoll_pwait2", "fd p d ts p u", () => -Errno.ENOSYS);

function pollFds(k: Kernel, t: Thread, nr: number, args: readonly number[], timeout: number): number {
  const space = t.process.space;
  const count = int(args[1]);
  let n = 0;
  for (let i = 0; i < count; i++) {
    const at = (args[0] as number) + i * 8;
    const fd = space.i32(at);
    let r = 0;
    if (fd >= 0) {
      const f = t.process.fds.files[fd];
      r = f === undefined ? 0x20 : f.poll() & (space.u16(at + 4) | Poll.Err | Poll.Hup);
    }
    space.setU16(at + 6, r);
    if (r !== 0) n++;
  }
  if (n > 0 || timeout === 0) return n;
  k.deadline(t, nr, args, timeout < 0 ? infinity : timeout);
  return k.expired(t) ? 0 : Block;
}
syscall(7, "poll", "p u d", (k, t, args) => pollFds(k, t, 7, args, int(args[2]) * 1e6));
syscall(271, "ppoll", "p u ts p u", (k, t, args) => {
  const at = args[2] as number;
  const timeout = at === 0 ? -1 : t.process.space.i64(at) * 1e9 + t.process.space.i64(at + 8);
  return pollFds(k, t, 271, args, timeout);
});
function selectFds(k: Kernel, t: Thread, nr: number, args: readonly number[], timeout: number): number {
  const space = t.process.space;
  const count = int(args[0]);
  const bytes = Math.ceil(count / 64) * 8;
  const sets = [args[1] as number, args[2] as number, args[3] as number].map((at) =>
    at === 0 ? undefined : space.read(at, bytes),
  );
  const out = sets.map((s) => (s === undefined ? undefined : new Uint8Array(bytes)));
  let n = 0;
  for (let fd = 0; fd < count; fd++) {
    sets.forEach((s, i) => {
      if (s === undefined || ((s[fd >> 3] as number) & (1 << (fd & 7))) === 0) return;
      const r = t.process.fds.get(fd).poll();
      const hit = i === 0 ? r & (Poll.In | Poll.Hup | Poll.Err) : i === 1 ? r & (Poll.Out | Poll.Err) : 0;
      if (hit === 0) return;
      const o = out[i] as Uint8Array;
      o[fd >> 3] = (o[fd >> 3] as number) | (1 << (fd & 7));
      n++;
    });
  }
  if (n === 0 && timeout !== 0) {
    k.deadline(t, nr, args, timeout < 0 ? infinity : timeout);
    if (!k.expired(t)) return Block;
  }
  [args[1], args[2], args[3]].forEach((at, i) => {
    const o = out[i];
    if (o !== undefined) space.write(at as number, o);
  });
  return n;
}
syscall(23, "select", "d p p p p", (k, t, args) => {
  const at = args[4] as number;
  return selectFds(k, t, 23, args, at === 0 ? -1 : t.process.space.i64(at) * 1e9 + t.process.space.i64(at + 8) * 1000);
});
syscall(270, "pselect6", "d p p p ts p", (k, t, args) => {
  const at = args[4] as number;
  return selectFds(k, t, 270, args, at === 0 ? -1 : t.process.space.i64(at) * 1e9 + t.process.space.i64(at + 8));
});
