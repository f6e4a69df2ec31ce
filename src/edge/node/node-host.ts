// The Host of Node: the real file system and environment.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";
import { getSystemErrorMap } from "node:util";
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

export class NodeHost implements Host {
  constructor(
    private readonly directory: string,
    private readonly environment: Readonly<Record<string, string | undefined>>,
  ) {}

  private at(path: string): string {
    return isAbsolute(path) ? path : join(this.directory, path);
  }

  private fail(e: unknown, path: string): never {
    throw hostError(e, path);
  }

  readFile(path: string): Uint8Array {
    try {
      const b = readFileSync(this.at(path));
      return new Uint8Array(b.buffer, b.byteOffset, b.length);
    } catch (e) {
      return this.fail(e, path);
    }
  }

  writeFile(path: string, bytes: Uint8Array, mode = 0o644): void {
    const target = this.at(path);
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
      rmSync(temporary, { force: true });
      this.fail(e, path);
    }
  }

  stat(path: string): FileStat | undefined {
    try {
      const s = statSync(this.at(path), { throwIfNoEntry: false });
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
      if (code === "ENOTDIR" || code === "EACCES" || code === "ELOOP" || code === "ENAMETOOLONG") return undefined;
      return this.fail(e, path);
    }
  }

  readDir(path: string): DirEntry[] {
    try {
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
      rmSync(this.at(path), { recursive: true, force: true });
    } catch (e) {
      this.fail(e, path);
    }
  }

  rename(from: string, to: string): void {
    try {
      renameSync(this.at(from), this.at(to));
    } catch (e) {
      this.fail(e, from);
    }
  }

  realPath(path: string): string {
    try {
      return realpathSync(this.at(path));
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
