// The build cache: outputs of actions by the hash of everything that went into them. An index entry names its output by
// size and hash and carries a sum of its own; nothing is used that does not match. Files appear whole or not at all, and an
// entry only after its output, so any number of processes may share a cache and any of them may be killed.
import { decodeUtf8, encodeUtf8, hexBytes, sha256 } from "#base";
import type { Host } from "#host";
import { join } from "./paths.ts";

/** What the cache says of an action. */
export interface CacheEntry {
  /** Hexadecimal SHA-256 of the output. */
  readonly output: string;
  readonly size: number;
  /** Content part of the build ID. */
  readonly contentID: string;
  /** Hash of what importers of the package see, by itself. */
  readonly exportHash: string;
  /** What the tools printed. */
  readonly text: string;
}

/** Version of the format. */
const magic = "rt0 cache 1";

/** Milliseconds. */
const day = 86_400_000;

export class Cache {
  private usable: boolean;

  constructor(
    private readonly host: Host,
    /** Directory; "" for no cache. */
    readonly dir: string,
  ) {
    this.usable = dir !== "";
  }

  private file(name: string, kind: string): string {
    return join(this.dir, name.slice(0, 2), `${name}-${kind}`);
  }

  /** File with an output. */
  path(output: string): string {
    return this.file(output, "d");
  }

  /** The entry of an action, undefined if there is none that is sound. Its output is yet to be verified. */
  lookup(key: string): CacheEntry | undefined {
    if (!this.usable) return undefined;
    let text: string;
    try {
      text = decodeUtf8(this.host.readFile(this.file(key, "a")));
    } catch {
      return undefined;
    }
    const nl = text.indexOf("\n");
    const body = text.slice(0, nl);
    if (nl < 0 || text.slice(nl + 1).trimEnd() !== hexBytes(sha256(encodeUtf8(`${key}\n${body}`)))) return undefined;
    try {
      const parsed = JSON.parse(body) as CacheEntry & { magic: string };
      if (parsed.magic !== magic) return undefined;
      this.touch(key, text);
      return parsed;
    } catch {
      return undefined;
    }
  }

  /** Once a day, marks an entry as used by writing it again. */
  private touch(key: string, text: string): void {
    const path = this.file(key, "a");
    const stat = this.host.stat(path);
    if (stat === undefined || this.host.now() - stat.mtimeMs < day) return;
    try {
      this.host.writeFile(path, encodeUtf8(text));
    } catch {
      // A cache that can only be read serves as well.
    }
  }

  /** Once a day, removes entries that nobody used for ten days, and outputs that no entry names. */
  trim(): void {
    const stamp = join(this.dir, "trim.txt");
    const now = this.host.now();
    if (!this.usable || now - (this.host.stat(stamp)?.mtimeMs ?? 0) < day) return;
    try {
      this.host.writeFile(stamp, encodeUtf8(`${Math.floor(now / 1000)}\n`));
      const used = new Set<string>();
      const outputs: { path: string; name: string }[] = [];
      for (const sub of this.host.readDir(this.dir)) {
        if (!sub.isDirectory || !/^[0-9a-f]{2}$/.test(sub.name)) continue;
        const dir = join(this.dir, sub.name);
        for (const e of this.host.readDir(dir)) {
          const path = join(dir, e.name);
          const age = now - (this.host.stat(path)?.mtimeMs ?? now);
          if (e.name.endsWith("-d")) {
            // A new one may belong to an entry that is about to be written.
            if (age > day) outputs.push({ path, name: e.name.slice(0, -2) });
          } else if (age > 10 * day) this.host.remove(path);
          else if (e.name.endsWith("-a")) {
            const m = /"output":"([0-9a-f]{64})"/.exec(decodeUtf8(this.host.readFile(path)));
            if (m !== null) used.add(m[1]!);
          }
        }
      }
      for (const o of outputs) if (!used.has(o.name)) this.host.remove(o.path);
    } catch {
      // Another process may trim at the same time, or the cache be read-only.
    }
  }

  /** The output of an entry if it is there and undamaged. */
  output(entry: CacheEntry): Uint8Array | undefined {
    try {
      const bytes = this.host.readFile(this.path(entry.output));
      return bytes.length === entry.size && hexBytes(sha256(bytes)) === entry.output ? bytes : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps an output. Without room for it, the cache is left alone from then on. Returns the entry in any case. */
  put(key: string, bytes: Uint8Array, facts: { contentID: string; exportHash: string; text: string }): CacheEntry {
    const output = hexBytes(sha256(bytes));
    const entry: CacheEntry = { output, size: bytes.length, ...facts };
    if (!this.usable) return entry;
    try {
      this.host.makeDir(join(this.dir, output.slice(0, 2)));
      const path = this.path(output);
      // An output that is there already is left alone, unless it is damaged.
      if (this.host.stat(path)?.size !== bytes.length || this.output(entry) === undefined)
        this.host.writeFile(path, bytes);
      const body = JSON.stringify({ magic, ...entry });
      this.host.makeDir(join(this.dir, key.slice(0, 2)));
      this.host.writeFile(
        this.file(key, "a"),
        encodeUtf8(`${body}\n${hexBytes(sha256(encodeUtf8(`${key}\n${body}`)))}\n`),
      );
    } catch {
      this.usable = false;
    }
    return entry;
  }

  get writable(): boolean {
    return this.usable;
  }
}

/** The cache directory: $RT0CACHE, else below $XDG_CACHE_HOME or ~/.cache; "" if none can be had ($RT0CACHE=off). */
export function cacheDir(host: Host): string {
  const own = host.env("RT0CACHE") ?? "";
  if (own === "off") return "";
  if (own !== "") return own.startsWith("/") ? own : join(host.cwd(), own);
  const xdg = host.env("XDG_CACHE_HOME") ?? "";
  if (xdg.startsWith("/")) return join(xdg, "rt0");
  const home = host.env("HOME") ?? "";
  return home === "" ? "" : join(home, ".cache", "rt0");
}
