// The file tree of a machine: in memory, with parts of the host mounted into it and files that are computed when read.

import { decodeUtf8, encodeUtf8 } from "#base";
import { type Host, HostError } from "#host";
import { Errno, fail } from "./errno.ts";

export const enum Mode {
  Fifo = 0o010000,
  Char = 0o020000,
  Dir = 0o040000,
  File = 0o100000,
  Link = 0o120000,
  Socket = 0o140000,
  Type = 0o170000,
}

/** Anything that has a name in the tree. */
export abstract class Inode {
  /** 0 until somebody asks. */
  ino = 0;
  uid = 0;
  gid = 0;
  nlink = 1;
  /** Nanoseconds since the epoch. */
  mtime = 0;
  atime = 0;

  constructor(public mode: number) {}

  get isDir(): boolean {
    return (this.mode & Mode.Type) === Mode.Dir;
  }

  size(): number {
    return 0;
  }
}

export class DirNode extends Inode {
  readonly entries = new Map<string, Inode>();
  parent: DirNode = this;

  constructor(mode = 0o755) {
    super(Mode.Dir | mode);
    this.nlink = 2;
  }

  lookup(name: string): Inode | undefined {
    return this.entries.get(name);
  }

  list(): [string, Inode][] {
    return [...this.entries].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  }

  add(name: string, node: Inode): void {
    this.entries.set(name, node);
    if (node instanceof DirNode) node.parent = this;
  }

  remove(name: string): void {
    this.entries.delete(name);
  }
}

export class FileNode extends Inode {
  data: Uint8Array = new Uint8Array(0);
  length = 0;

  constructor(mode = 0o644, data?: Uint8Array) {
    super(Mode.File | mode);
    if (data !== undefined) {
      this.data = data;
      this.length = data.length;
    }
  }

  override size(): number {
    return this.length;
  }

  /** Before the first access: a host file fetches its bytes. */
  open(): void {}
  /** After the last change. */
  flush(): void {}
  /** May a program read or write it. */
  dirty = false;

  read(at: number, into: Uint8Array): number {
    const n = Math.max(0, Math.min(into.length, this.length - at));
    into.set(this.data.subarray(at, at + n));
    return n;
  }

  write(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length;
    if (end > this.data.length) {
      const bigger = new Uint8Array(Math.max(end, this.data.length * 2, 64));
      bigger.set(this.data.subarray(0, this.length));
      this.data = bigger;
    }
    this.data.set(bytes, at);
    if (end > this.length) this.length = end;
    this.dirty = true;
  }

  truncate(n: number): void {
    if (n > this.data.length) {
      const bigger = new Uint8Array(n);
      bigger.set(this.data.subarray(0, this.length));
      this.data = bigger;
    }
    if (n < this.length) this.data = this.data.slice(0, n);
    else this.data.fill(0, this.length, n);
    this.length = n;
    this.dirty = true;
  }
}

export class LinkNode extends Inode {
  constructor(readonly target: string) {
    super(Mode.Link | 0o777);
  }
  override size(): number {
    return encodeUtf8(this.target).length;
  }
}

/** What a computed file or device is: the kernel knows how to make its contents. */
export class SpecialNode extends Inode {
  constructor(
    readonly what: string,
    mode = Mode.File | 0o444,
    /** Process that a /proc file belongs to. */
    readonly pid = 0,
  ) {
    super(mode);
  }
}

/** A socket's or fifo's name in the tree. */
export class NamedNode extends Inode {
  constructor(
    mode: number,
    readonly object: object | undefined,
  ) {
    super(mode);
  }
}

/** The host, with what the guest may do to it. */
export class Mount {
  constructor(
    readonly host: Host,
    readonly writable: boolean,
  ) {}
}

function attempt<T>(f: () => T): T {
  try {
    return f();
  } catch (e) {
    if (e instanceof HostError) {
      switch (e.code) {
        case "ENOENT":
          return fail(Errno.ENOENT);
        case "EACCES":
          return fail(Errno.EACCES);
        case "ENOTDIR":
          return fail(Errno.ENOTDIR);
        case "EISDIR":
          return fail(Errno.EISDIR);
        case "EEXIST":
          return fail(Errno.EEXIST);
        case "ENOSPC":
          return fail(Errno.ENOSPC);
        case "EROFS":
          return fail(Errno.EROFS);
        case "ENOTEMPTY":
          return fail(Errno.ENOTEMPTY);
        default:
          return fail(Errno.EIO);
      }
    }
    throw e;
  }
}

/** A file of the host: read whole when it is opened, written back whole when it was changed. */
class HostFile extends FileNode {
  private loaded = false;

  constructor(
    private readonly mount: Mount,
    private readonly path: string,
    mode: number,
    private readonly hostSize: number,
  ) {
    super(mode);
  }

  override open(): void {
    if (this.loaded) return;
    this.data = attempt(() => this.mount.host.readFile(this.path)).slice();
    this.length = this.data.length;
    this.loaded = true;
  }

  override size(): number {
    return this.loaded ? this.length : this.hostSize;
  }

  override flush(): void {
    if (!this.dirty) return;
    if (!this.mount.writable) fail(Errno.EROFS);
    attempt(() => this.mount.host.writeFile(this.path, this.data.slice(0, this.length), this.mode & 0o777));
    this.dirty = false;
  }
}

/** A directory of the host: its entries are looked up when they are asked for, and stay the same object while known. */
export class HostDir extends DirNode {
  constructor(
    private readonly mount: Mount,
    readonly path: string,
    mode = 0o755,
  ) {
    super(mode);
  }

  override lookup(name: string): Inode | undefined {
    const known = this.entries.get(name);
    if (known !== undefined) return known;
    const path = `${this.path === "/" ? "" : this.path}/${name}`;
    const st = this.mount.host.stat(path);
    if (st === undefined) return undefined;
    const node: Inode = st.isDirectory
      ? new HostDir(this.mount, path, st.mode & 0o777)
      : new HostFile(this.mount, path, st.mode & 0o777, st.size);
    node.mtime = st.mtimeMs * 1e6;
    super.add(name, node);
    return node;
  }

  override list(): [string, Inode][] {
    const out: [string, Inode][] = [];
    const names = new Set<string>();
    for (const e of attempt(() => this.mount.host.readDir(this.path))) {
      const n = this.lookup(e.name);
      if (n !== undefined) {
        out.push([e.name, n]);
        names.add(e.name);
      }
    }
    for (const [name, n] of this.entries) if (!names.has(name)) out.push([name, n]);
    return out;
  }

  override add(name: string, node: Inode): void {
    const path = `${this.path === "/" ? "" : this.path}/${name}`;
    if (!this.mount.writable) {
      super.add(name, node);
      return;
    }
    if (node instanceof HostDir || node instanceof HostFile) super.add(name, node);
    else if (node instanceof DirNode) {
      attempt(() => this.mount.host.makeDir(path));
      super.add(name, new HostDir(this.mount, path));
    } else if (node instanceof FileNode) {
      attempt(() => this.mount.host.writeFile(path, node.data.slice(0, node.length), node.mode & 0o777));
      super.add(name, new HostFile(this.mount, path, node.mode & 0o777, node.length));
    } else super.add(name, node);
  }

  override remove(name: string): void {
    const n = this.entries.get(name);
    if (this.mount.writable && (n instanceof HostDir || n instanceof HostFile)) {
      attempt(() => this.mount.host.remove(`${this.path === "/" ? "" : this.path}/${name}`));
    }
    super.remove(name);
  }
}

/** The tree. */
export class FileTree {
  readonly root = new DirNode();
  /** Set while a process's paths are walked: /proc/self. */
  self = 0;

  /** Creates the directories of a path and returns the last. */
  makeDirs(path: string): DirNode {
    let d = this.root;
    for (const part of path.split("/")) {
      if (part === "") continue;
      let next = d.lookup(part);
      if (next === undefined) {
        next = new DirNode();
        d.add(part, next);
      }
      if (!(next instanceof DirNode)) fail(Errno.ENOTDIR);
      d = next;
    }
    return d;
  }

  put(path: string, node: Inode): void {
    const i = path.lastIndexOf("/");
    this.makeDirs(path.slice(0, i)).add(path.slice(i + 1), node);
  }

  putText(path: string, text: string): void {
    this.put(path, new FileNode(0o644, encodeUtf8(text)));
  }

  /**
   * Walks a path. The result has the directory and name of the last part, and its node if there is one. With follow, a
   * link as the last part is followed too.
   */
  walk(
    from: DirNode,
    path: string,
    follow: boolean,
    depth = 0,
  ): { dir: DirNode; name: string; node: Inode | undefined } {
    if (path === "") fail(Errno.ENOENT);
    if (depth > 40) fail(Errno.ELOOP);
    let d = path.startsWith("/") ? this.root : from;
    const parts = path.split("/").filter((p) => p !== "");
    const slash = path.endsWith("/");
    if (parts.length === 0) return { dir: this.root, name: ".", node: d };
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as string;
      if (encodeUtf8(part).length > 255) fail(Errno.ENAMETOOLONG);
      const last = i === parts.length - 1;
      let node: Inode | undefined;
      if (part === ".") node = d;
      else if (part === "..") node = d.parent;
      else node = d.lookup(part);
      if (node instanceof SpecialNode && node.what === "self") node = d.lookup(String(this.self));
      if (node instanceof LinkNode && (!last || follow || slash)) {
        const rest = parts.slice(i + 1).join("/");
        return this.walk(d, node.target + (rest === "" ? "" : `/${rest}`), follow, depth + 1);
      }
      if (last) {
        if (slash && node !== undefined && !node.isDir) fail(Errno.ENOTDIR);
        return { dir: d, name: part, node };
      }
      if (node === undefined) fail(Errno.ENOENT);
      if (!(node instanceof DirNode)) fail(Errno.ENOTDIR);
      d = node;
    }
    return fail(Errno.ENOENT);
  }

  /** The absolute path of a directory. */
  pathOf(dir: DirNode): string {
    const parts: string[] = [];
    for (let d = dir; d !== this.root && d.parent !== d; d = d.parent) {
      for (const [name, n] of d.parent.entries) {
        if (n === d) {
          parts.unshift(name);
          break;
        }
      }
    }
    return `/${parts.join("/")}`;
  }
}

export function textOf(bytes: Uint8Array): string {
  return decodeUtf8(bytes);
}
