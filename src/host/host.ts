/** A directory entry. */
export interface DirEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
}

/** What stat says of a file. */
export interface FileStat {
  readonly size: number;
  readonly mtimeMs: number;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
  /** Permission bits. */
  readonly mode: number;
}

/** A failure of the outside, with the code of the system ("ENOENT", "EACCES", "ENOSPC", …). */
export class HostError extends Error {
  constructor(
    readonly code: string,
    readonly path: string,
    /** The system's words as Go prints them: "no such file or directory". */
    message: string,
  ) {
    super(message);
    this.name = "HostError";
  }
}

/**
 * The outside as the core sees it. Paths are absolute or relative to cwd(), with forward slashes. Calls are synchronous
 * and throw HostError. Writing a file is whole or not at all: the bytes go to a temporary name that is then renamed.
 */
export interface Host {
  readFile(path: string): Uint8Array;
  /** Reads a file to where `place` says, which is asked once for so many bytes; for who wants many files in one memory. */
  readFileTo?(path: string, place: (size: number) => Uint8Array): Uint8Array;
  /** Writes a whole file atomically, creating missing parent directories is the caller's concern. */
  writeFile(path: string, bytes: Uint8Array, mode?: number): void;
  stat(path: string): FileStat | undefined;
  /** Entries sorted by name in byte order. */
  readDir(path: string): DirEntry[];
  makeDir(path: string): void;
  remove(path: string): void;
  rename(from: string, to: string): void;
  /** The path with all symbolic links resolved. */
  realPath(path: string): string;
  cwd(): string;
  env(name: string): string | undefined;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}
