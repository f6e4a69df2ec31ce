// What is known about files that have not changed: their hash and what readGoInfo says, by path, size and modification
// time. It makes a build with nothing to do a matter of stat calls. Losing it costs time only.
import { decodeUtf8, encodeUtf8, hexBytes, sha256 } from "#base";
import { type FileStat, type Host, HostError } from "#host";
import { readGoInfo, readOtherInfo, type SourceInfo } from "./sourceinfo.ts";

/** A file changed as recently as this (ms) may change again without its time showing it. */
const racyWindow = 2000;

/** More files than std and a large project have. */
const maxEntries = 20_000;

interface Entry {
  size: number;
  mtimeMs: number;
  /** Hexadecimal SHA-256 of the contents, or "" while nobody asked. */
  hash: string;
  info: SourceInfo | null;
}

export class FileIndex {
  private entries = new Map<string, Entry>();
  /** Files looked at by this command, whose state is taken as fixed from then on. */
  private readonly seen = new Map<string, Entry>();
  private readonly contents = new Map<string, Uint8Array>();
  private changed = false;

  constructor(
    private readonly host: Host,
    /** File to keep the index in; "" for nowhere. */
    private readonly path: string,
    private readonly version: string,
  ) {
    if (path === "") return;
    try {
      const parsed = JSON.parse(decodeUtf8(host.readFile(path))) as { version: string; files: [string, Entry][] };
      if (parsed.version === version) this.entries = new Map(parsed.files);
    } catch {
      // Not there, or damaged: start anew.
    }
  }

  private entry(path: string): Entry {
    const known = this.seen.get(path);
    if (known !== undefined) return known;
    const stat = this.host.stat(path);
    if (stat === undefined) throw new HostError("ENOENT", path, "no such file or directory");
    let e = this.entries.get(path);
    if (e === undefined || e.size !== stat.size || e.mtimeMs !== stat.mtimeMs) {
      e = { size: stat.size, mtimeMs: stat.mtimeMs, hash: "", info: null };
      this.entries.set(path, e);
      this.changed = true;
    }
    this.seen.set(path, e);
    return e;
  }

  /** The state of a file, or undefined. */
  stat(path: string): FileStat | undefined {
    return this.host.stat(path);
  }

  private read(path: string): Uint8Array {
    let b = this.contents.get(path);
    if (b === undefined) {
      b = this.host.readFile(path);
      this.contents.set(path, b);
    }
    return b;
  }

  /** Hexadecimal SHA-256 of a file's contents. */
  hash(path: string): string {
    const e = this.entry(path);
    if (e.hash === "") {
      e.hash = hexBytes(sha256(this.read(path)));
      this.contents.delete(path);
      this.changed = true;
    }
    return e.hash;
  }

  /** What the file says, by its kind (.go or other text). */
  info(path: string): SourceInfo {
    const e = this.entry(path);
    if (e.info === null) {
      const bytes = this.read(path);
      e.info = path.endsWith(".go") ? readGoInfo(bytes) : readOtherInfo(bytes);
      this.changed = true;
    }
    return e.info;
  }

  /** Writes the index, without the files that were changed just now. */
  save(): void {
    if (!this.changed || this.path === "") return;
    const now = this.host.now();
    const files: [string, Entry][] = [];
    // When it has grown large, only what this command looked at is kept.
    const from = this.entries.size > maxEntries ? this.seen : this.entries;
    for (const f of from) if (now - f[1].mtimeMs > racyWindow) files.push(f);
    try {
      this.host.writeFile(this.path, encodeUtf8(JSON.stringify({ version: this.version, files })));
      this.changed = false;
    } catch {
      // No cache, no index.
    }
  }
}
