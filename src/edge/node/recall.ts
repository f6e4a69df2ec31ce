// A build with nothing to do, answered by stat calls alone. A build is a function of its command line, its environment and
// what it is told of files and directories; when it has gone well and said nothing, all that is written down. If it is asked
// for again and every answer would be the same, the output included, there is nothing to do. Losing a recall costs time only.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { checksum, discard } from "./code.ts";

const magic = "rt0 recall 1";

/** Entries of the cache count as used when a build looks at them, and that has to happen now and then (ms). */
const maxAge = 86_400_000;

/** What stat says: size, times (ms), inode; "d" for a directory, whose names are kept apart; "" for nothing there. */
type Stamp = string;

function stampOf(s: Stats | undefined): Stamp {
  if (s === undefined) return "";
  if (s.isDirectory()) return "d";
  return `${s.size} ${s.mtimeMs} ${s.ctimeMs} ${s.ino} ${s.mode}`;
}

function stampNow(path: string): Stamp {
  try {
    return stampOf(statSync(path, { throwIfNoEntry: false }));
  } catch {
    return "";
  }
}

/** Names of a directory with what each is, as one word; "" if it cannot be read. */
function listing(path: string): string {
  try {
    return readdirSync(path, { withFileTypes: true })
      .map((e) => (e.isDirectory() ? `${e.name}/` : e.isSymbolicLink() ? `${e.name}@` : e.name))
      .sort()
      .join("\n");
  } catch {
    return "";
  }
}

/**
 * A file may be changed once more without its time showing it while the clock of its file system stands still: some have
 * seconds only.
 */
function racy(s: Stats): boolean {
  const granularity = s.mtimeMs % 1000 === 0 ? 2000 : 50;
  return Date.now() - Math.max(s.mtimeMs, s.ctimeMs) < granularity;
}

function fnv(s: string, seed: number): string {
  let h = seed;
  for (let i = 0; i < s.length; i++) h = Math.imul(h ^ s.charCodeAt(i), 0x01000193);
  return (h >>> 0).toString(16).padStart(8, "0");
}

interface Written {
  readonly magic: string;
  readonly key: string;
  readonly at: number;
  /** Directory to names of files in it and their stamps, in turn. */
  readonly files: readonly (readonly [string, readonly string[]])[];
  readonly lists: readonly (readonly [string, number])[];
  readonly links: readonly (readonly [string, string])[];
}

function hashText(s: string): number {
  return checksum(Buffer.from(s));
}

/** The recall of one command line. */
export class Recall {
  private readonly key: string;
  private readonly path: string;
  private readonly stamps = new Map<string, Stamp>();
  private readonly lists = new Map<string, string>();
  private readonly links = new Map<string, string>();
  private readonly changes = new Set<string>();
  private readonly ignored: string[];
  private sound = true;

  /**
   * @param cache the build cache's directory
   * @param tool what identifies rt0
   */
  constructor(cache: string, tool: string, argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
    const settings = Object.keys(env)
      .filter((k) => /^(GO|CGO_|RT0|HOME$|XDG_CACHE_HOME$)/.test(k))
      .sort()
      .map((k) => `${k}=${env[k]}`);
    this.key = JSON.stringify([tool, argv, cwd, settings]);
    const name = fnv(this.key, 0x811c9dc5) + fnv(this.key, 0x3c6ef372);
    this.path = join(cache, name.slice(0, 2), `${name}-r`);
    this.ignored = [cache];
  }

  /** Whether the build has been done, and nothing that it depends on has changed since. */
  holds(): boolean {
    let w: Written;
    try {
      const bytes = readFileSync(this.path);
      const nl = bytes.lastIndexOf(10);
      if (String(checksum(bytes.subarray(0, nl))) !== bytes.toString("latin1", nl + 1)) return false;
      w = JSON.parse(bytes.toString("utf8", 0, nl)) as Written;
    } catch {
      return false;
    }
    if (w.magic !== magic || w.key !== this.key) return false;
    const age = Date.now() - w.at;
    if (age < 0 || age > maxAge) return false;
    for (const [dir, names] of w.files)
      for (let i = 0; i < names.length; i += 2) if (stampNow(`${dir}/${names[i]}`) !== names[i + 1]) return false;
    for (const [dir, hash] of w.lists) if (hashText(listing(dir)) !== hash) return false;
    for (const [from, to] of w.links) if (realPath(from) !== to) return false;
    return true;
  }

  // What the build sees and does, from its Host.

  /** Nothing below dir counts: it is the command's own. */
  ignore(dir: string): void {
    this.ignored.push(dir);
  }

  private own(path: string): boolean {
    for (const dir of this.ignored)
      if (path.startsWith(dir) && (path.length === dir.length || path[dir.length] === "/")) return true;
    return false;
  }

  sawFile(path: string, s: Stats | undefined): void {
    if (this.stamps.has(path) || this.changes.has(path) || this.own(path)) return;
    if (s !== undefined && !s.isDirectory() && racy(s)) this.sound = false;
    this.stamps.set(path, stampOf(s));
  }

  sawDirectory(path: string): void {
    if (!this.lists.has(path) && !this.own(path)) this.lists.set(path, listing(path));
  }

  sawLink(path: string, target: string): void {
    if (!this.own(path)) this.links.set(path, target);
  }

  changed(path: string): void {
    if (this.own(path)) return;
    this.stamps.delete(path);
    this.changes.add(path);
  }

  /** Writes down a build that went well. */
  keep(): void {
    if (!this.sound) return;
    for (const path of this.changes) {
      const s = statSync(path, { throwIfNoEntry: false });
      if (s === undefined || s.isDirectory()) return;
      this.stamps.set(path, stampOf(s));
      // The build's own output is new in its directory, and nothing else may be.
      const dir = dirname(path);
      const before = this.lists.get(dir);
      if (before === undefined) continue;
      const now = listing(dir);
      const name = path.slice(dir.length + 1);
      const others = (list: string) =>
        list
          .split("\n")
          .filter((n) => n !== name && n !== `${name}@`)
          .join("\n");
      if (others(now) !== others(before)) return;
      this.lists.set(dir, now);
    }
    const byDir = new Map<string, string[]>();
    for (const [path, stamp] of this.stamps) {
      const dir = dirname(path);
      let list = byDir.get(dir);
      if (list === undefined) byDir.set(dir, (list = []));
      list.push(path.slice(dir === "/" ? 1 : dir.length + 1), stamp);
    }
    const w: Written = {
      magic,
      key: this.key,
      at: Date.now(),
      files: [...byDir].map(([dir, list]) => [dir === "/" ? "" : dir, list]),
      lists: [...this.lists].map(([dir, list]) => [dir, hashText(list)]),
      links: [...this.links],
    };
    const body = Buffer.from(JSON.stringify(w));
    const temporary = `${this.path}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      writeFileSync(temporary, Buffer.concat([body, Buffer.from(`\n${checksum(body)}`)]));
      renameSync(temporary, this.path);
    } catch {
      discard(temporary);
    }
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return "";
  }
}
