import { type DirEntry, type FileStat, type Host, HostError } from "./host.ts";

/** A Host that lives in memory: for tests and for browsers. Time stands still unless a test moves `clock`. */
export class MemoryHost implements Host {
  private readonly files = new Map<string, { bytes: Uint8Array; mode: number; mtimeMs: number }>();
  private readonly dirs = new Set<string>(["/"]);
  clock = 0;

  constructor(
    private readonly directory = "/",
    private readonly environment: Record<string, string> = {},
  ) {
    this.makeDir(directory);
  }

  readFile(path: string): Uint8Array {
    const f = this.files.get(this.absolute(path));
    if (f === undefined) throw missing(path);
    return f.bytes;
  }

  writeFile(path: string, bytes: Uint8Array, mode = 0o644): void {
    const p = this.absolute(path);
    if (!this.dirs.has(parent(p))) throw missing(path);
    this.files.set(p, { bytes, mode, mtimeMs: this.clock });
  }

  stat(path: string): FileStat | undefined {
    const p = this.absolute(path);
    const f = this.files.get(p);
    if (f !== undefined) {
      return { size: f.bytes.length, mtimeMs: f.mtimeMs, isDirectory: false, isFile: true, mode: f.mode };
    }
    if (this.dirs.has(p)) return { size: 0, mtimeMs: 0, isDirectory: true, isFile: false, mode: 0o755 };
    return undefined;
  }

  readDir(path: string): DirEntry[] {
    const p = this.absolute(path);
    if (!this.dirs.has(p)) throw missing(path);
    const entries: DirEntry[] = [];
    for (const f of this.files.keys()) {
      if (parent(f) === p) entries.push({ name: base(f), isDirectory: false, isSymlink: false });
    }
    for (const d of this.dirs) {
      if (d !== "/" && parent(d) === p) entries.push({ name: base(d), isDirectory: true, isSymlink: false });
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  makeDir(path: string): void {
    for (let p = this.absolute(path); !this.dirs.has(p); p = parent(p)) this.dirs.add(p);
  }

  remove(path: string): void {
    const p = this.absolute(path);
    for (const f of [...this.files.keys()]) if (f === p || f.startsWith(`${p}/`)) this.files.delete(f);
    for (const d of [...this.dirs]) if (d === p || d.startsWith(`${p}/`)) this.dirs.delete(d);
  }

  rename(from: string, to: string): void {
    const f = this.files.get(this.absolute(from));
    if (f === undefined) throw missing(from);
    this.files.delete(this.absolute(from));
    this.files.set(this.absolute(to), f);
  }

  realPath(path: string): string {
    return this.absolute(path);
  }

  cwd(): string {
    return this.directory;
  }

  env(name: string): string | undefined {
    return this.environment[name];
  }

  now(): number {
    return this.clock;
  }

  /** An absolute path without "." and "..". */
  private absolute(path: string): string {
    const parts: string[] = [];
    for (const part of (path.startsWith("/") ? path : `${this.directory}/${path}`).split("/")) {
      if (part === "..") parts.pop();
      else if (part !== "" && part !== ".") parts.push(part);
    }
    return `/${parts.join("/")}`;
  }
}

function parent(path: string): string {
  const i = path.lastIndexOf("/");
  return i <= 0 ? "/" : path.slice(0, i);
}

function base(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function missing(path: string): HostError {
  return new HostError("ENOENT", path, "no such file or directory");
}
