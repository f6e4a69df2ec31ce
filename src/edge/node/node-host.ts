// The Host of Node: the real file system and environment.
import {
  type Stats,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";
import { getSystemErrorMap } from "node:util";
import { discard } from "./code.ts";
import { type DirEntry, type FileStat, type Host, HostError } from "#host";

/** The words of the system for an error code, as Go prints them (in lower case, as strerror's are). */
function wordsOf(e: NodeJS.ErrnoException): string {
  const entry = e.errno === undefined ? undefined : getSystemErrorMap().get(e.errno);
  const special: Record<string, string> = {
    ENOENT: "no such file or directory",
    EACCES: "permission denied",
    EEXIST: "file exists",
    ENOTDIR: "not a directory",
    EISDIR: "is a directory",
    ENOSPC: "no space left on device",
    EROFS: "read-only file system",
    ENOTEMPTY: "directory not empty",
    EMFILE: "too many open files",
    EPERM: "operation not permitted",
  };
  return special[e.code ?? ""] ?? entry?.[1] ?? e.message;
}

/** A failure of a system call as a HostError; other exceptions as they are. */
export function hostError(e: unknown, path: string): unknown {
  const error = e as NodeJS.ErrnoException;
  return error.code === undefined ? e : new HostError(error.code, path, wordsOf(error));
}

let sequence = 0;

/** Is told what a command sees and changes; paths are absolute. */
export interface Observer {
  sawFile(path: string, stats: Stats | undefined): void;
  sawDirectory(path: string): void;
  sawLink(path: string, target: string): void;
  changed(path: string): void;
}

export class NodeHost implements Host {
  constructor(
    private readonly directory: string,
    private readonly environment: Readonly<Record<string, string | undefined>>,
    private readonly observer: Observer | undefined = undefined,
  ) {}

  private at(path: string): string {
    return isAbsolute(path) ? path : join(this.directory, path);
  }

  private fail(e: unknown, path: string): never {
    throw hostError(e, path);
  }

  readFile(path: string): Uint8Array {
    try {
      const file = this.at(path);
      this.observer?.sawFile(file, statSync(file, { throwIfNoEntry: false }));
      const b = readFileSync(file);
      return new Uint8Array(b.buffer, b.byteOffset, b.length);
    } catch (e) {
      return this.fail(e, path);
    }
  }

  readFileTo(path: string, place: (size: number) => Uint8Array): Uint8Array {
    try {
      const file = this.at(path);
      const fd = openSync(file, "r");
      try {
        const stats = fstatSync(fd);
        this.observer?.sawFile(file, stats);
        const to = place(stats.size);
        let n = 0;
        while (n < to.length) {
          const got = readSync(fd, to, n, to.length - n, n);
          if (got === 0) break;
          n += got;
        }
        return to.subarray(0, n);
      } finally {
        closeSync(fd);
      }
    } catch (e) {
      return this.fail(e, path);
    }
  }

  writeFile(path: string, bytes: Uint8Array, mode = 0o644): void {
    const target = this.at(path);
    this.observer?.changed(target);
    const temporary = `${target}.${process.pid}.${sequence++}.tmp`;
    try {
      // What is no ordinary file (/dev/null, a pipe) cannot be replaced by one.
      const there = statSync(target, { throwIfNoEntry: false });
      if (there !== undefined && !there.isFile() && !there.isDirectory()) {
        writeFileSync(target, bytes);
        return;
      }
      writeFileSync(temporary, bytes, { mode });
      renameSync(temporary, target);
    } catch (e) {
      discard(temporary);
      this.fail(e, path);
    }
  }

  stat(path: string): FileStat | undefined {
    try {
      const file = this.at(path);
      const s = statSync(file, { throwIfNoEntry: false });
      this.observer?.sawFile(file, s);
      if (s === undefined) return undefined;
      return {
        size: s.size,
        mtimeMs: s.mtimeMs,
        isDirectory: s.isDirectory(),
        isFile: s.isFile(),
        mode: s.mode & 0o7777,
      };
    } catch (e) {
      const code = (e as NodeJS.ErrnoException).code;
      this.observer?.sawFile(this.at(path), undefined);
      if (code === "ENOTDIR" || code === "EACCES" || code === "ELOOP" || code === "ENAMETOOLONG") return undefined;
      return this.fail(e, path);
    }
  }

  readDir(path: string): DirEntry[] {
    try {
      this.observer?.sawDirectory(this.at(path));
      const list: DirEntry[] = [];
      for (const e of readdirSync(this.at(path), { withFileTypes: true })) {
        list.push({ name: e.name, isDirectory: e.isDirectory(), isSymlink: e.isSymbolicLink() });
      }
      return list.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    } catch (e) {
      return this.fail(e, path);
    }
  }

  makeDir(path: string): void {
    try {
      mkdirSync(this.at(path), { recursive: true });
    } catch (e) {
      this.fail(e, path);
    }
  }

  remove(path: string): void {
    try {
      this.observer?.changed(this.at(path));
      rmSync(this.at(path), { recursive: true, force: true });
    } catch (e) {
      this.fail(e, path);
    }
  }

  rename(from: string, to: string): void {
    try {
      this.observer?.changed(this.at(from));
      this.observer?.changed(this.at(to));
      renameSync(this.at(from), this.at(to));
    } catch (e) {
      this.fail(e, from);
    }
  }

  realPath(path: string): string {
    try {
      const target = realpathSync(this.at(path));
      this.observer?.sawLink(this.at(path), target);
      return target;
    } catch (e) {
      return this.fail(e, path);
    }
  }

  cwd(): string {
    return this.directory;
  }

  env(name: string): string | undefined {
    return this.environment[name];
  }

  now(): number {
    return Date.now();
  }
}
