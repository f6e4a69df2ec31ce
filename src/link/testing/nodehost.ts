import {
  chmodSync,
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { type FileStat, type Host, HostError } from "../../host/index.ts";

/** The few parts of Host that tools here use, on the real file system. */
export class NodeHost implements Host {
  constructor(private readonly environment: Readonly<Record<string, string | undefined>> = process.env) {}

  readFile(path: string): Uint8Array {
    try {
      const b = readFileSync(path);
      return new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
    } catch (e) {
      const code = (e as NodeJS.ErrnoException).code ?? "";
      throw new HostError(code, path, code === "ENOENT" ? "no such file or directory" : String(e));
    }
  }

  readFileTo(path: string, place: (size: number) => Uint8Array): Uint8Array {
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch (e) {
      const code = (e as NodeJS.ErrnoException).code ?? "";
      throw new HostError(code, path, code === "ENOENT" ? "no such file or directory" : String(e));
    }
    const to = place(fstatSync(fd).size);
    let n = 0;
    for (let got = 1; got > 0 && n < to.length; n += got) got = readSync(fd, to, n, to.length - n, n);
    closeSync(fd);
    return to.subarray(0, n);
  }

  writeFile(path: string, bytes: Uint8Array, mode = 0o644): void {
    const temporary = `${path}.tmp${process.pid}`;
    try {
      writeFileSync(temporary, bytes);
      chmodSync(temporary, mode);
      renameSync(temporary, path);
    } catch (e) {
      rmSync(temporary, { force: true });
      const code = (e as NodeJS.ErrnoException).code ?? "";
      const known: Record<string, string> = { ENOENT: "no such file or directory", EISDIR: "is a directory" };
      throw new HostError(code, path, known[code] ?? String(e));
    }
  }

  stat(path: string): FileStat | undefined {
    if (!existsSync(path)) return undefined;
    const s = statSync(path);
    return { size: s.size, mtimeMs: s.mtimeMs, isDirectory: s.isDirectory(), isFile: s.isFile(), mode: s.mode & 0o777 };
  }

  readDir(): never {
    throw new Error("not needed here");
  }

  makeDir(): never {
    throw new Error("not needed here");
  }

  remove(): never {
    throw new Error("not needed here");
  }

  rename(from: string, to: string): void {
    renameSync(from, to);
  }

  realPath(path: string): string {
    return path;
  }

  cwd(): string {
    return process.cwd();
  }

  env(name: string): string | undefined {
    return this.environment[name];
  }

  now(): number {
    return Date.now();
  }
}
