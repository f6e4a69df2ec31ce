// go:embed patterns to files. cmd/go/internal/load: resolveEmbed.
import type { DirEntry } from "#host";
import type { Host } from "#host";
import { join } from "./paths.ts";

/** A pattern that names no file that may be embedded. */
export class EmbedError extends Error {
  constructor(
    readonly pattern: string,
    message: string,
  ) {
    super(`pattern ${pattern}: ${message}`);
  }
}

const versionControl = new Set(["", ".bzr", ".hg", ".git", ".svn"]);

/** Names that cannot be in a module (module.CheckFilePath), or are those of version control. */
function isBadName(name: string): boolean {
  if (versionControl.has(name) || name === "." || name === ".." || name.endsWith(".")) return true;
  // Letters beyond ASCII are allowed, as is some punctuation.
  return !/^[\p{L}\p{Nd}!#$%&()+,\-.=@[\]^_{}~ ]+$/u.test(name);
}

function validPattern(glob: string): boolean {
  return glob !== "." && glob !== "" && glob.split("/").every((e) => e !== "" && e !== "." && e !== "..");
}

/** One element of a glob as a regular expression; undefined if it is malformed. path.Match. */
function elementPattern(glob: string): RegExp | undefined {
  let re = "^";
  for (let i = 0; i < glob.length; i++) {
    const c = glob[i]!;
    if (c === "*") re += "[^/]*";
    else if (c === "?") re += "[^/]";
    else if (c === "\\") {
      i++;
      if (i >= glob.length) return undefined;
      re += escapeRegExp(glob[i]!);
    } else if (c === "[") {
      let end = i + 1;
      if (glob[end] === "^") end++;
      const start = end;
      while (end < glob.length && (glob[end] !== "]" || end === start)) end += glob[end] === "\\" ? 2 : 1;
      if (end >= glob.length || end === start) return undefined;
      const negated = glob[i + 1] === "^";
      const body = glob.slice(start, end).replace(/[[\]^]/g, "\\$&");
      re += negated ? `[^${body}]` : `[${body}]`;
      i = end;
    } else re += escapeRegExp(c);
  }
  try {
    return new RegExp(`${re}$`, "u");
  } catch {
    return undefined;
  }
}

function escapeRegExp(c: string): string {
  return /[\w\s\u0080-\uffff]/.test(c) ? c : `\\${c}`;
}

class Resolver {
  constructor(
    private readonly host: Host,
    private readonly dir: string,
    private readonly pattern: string,
    private readonly all: boolean,
  ) {}

  private fail(message: string): never {
    throw new EmbedError(this.pattern, message);
  }

  private list(rel: string): DirEntry[] {
    try {
      return this.host.readDir(join(this.dir, rel));
    } catch {
      return [];
    }
  }

  /** Paths below dir that match the elements of the glob, each with its entry. */
  private glob(elements: readonly string[], at: string): { rel: string; entry: DirEntry }[] {
    const re = elementPattern(elements[0]!);
    if (re === undefined) this.fail("invalid pattern syntax");
    const found: { rel: string; entry: DirEntry }[] = [];
    for (const entry of this.list(at)) {
      if (!re!.test(entry.name)) continue;
      const rel = at === "" ? entry.name : `${at}/${entry.name}`;
      if (elements.length === 1) found.push({ rel, entry });
      else if (entry.isDirectory) found.push(...this.glob(elements.slice(1), rel));
    }
    return found;
  }

  resolve(glob: string): string[] {
    if (!validPattern(glob)) this.fail("invalid pattern syntax");
    const files = new Set<string>();
    for (const { rel, entry } of this.glob(glob.split("/"), "")) {
      const what = entry.isDirectory ? "directory" : "file";
      const elements = rel.split("/");
      for (let n = elements.length; n > 0; n--) {
        const sub = elements.slice(0, n).join("/");
        if (this.host.stat(join(this.dir, sub, "go.mod")) !== undefined && (n < elements.length || entry.isDirectory))
          this.fail(`cannot embed ${what} ${rel}: in different module`);
        const name = elements[n - 1]!;
        if (isBadName(name)) {
          if (n === elements.length) this.fail(`cannot embed ${what} ${rel}: invalid name ${name}`);
          this.fail(`cannot embed ${what} ${rel}: in invalid directory ${name}`);
        }
      }
      if (entry.isSymlink) this.fail(`cannot embed irregular file ${rel}`);
      if (!entry.isDirectory) {
        if (this.host.stat(join(this.dir, rel))?.isFile !== true) this.fail(`cannot embed irregular file ${rel}`);
        files.add(rel);
        continue;
      }
      const before = files.size;
      this.walk(rel, files);
      if (files.size === before) this.fail(`cannot embed directory ${rel}: contains no embeddable files`);
    }
    if (files.size === 0) this.fail("no matching files found");
    return [...files].sort(byBytes);
  }

  private walk(dir: string, into: Set<string>): void {
    for (const e of this.list(dir)) {
      const rel = `${dir}/${e.name}`;
      const hidden = e.name.startsWith(".") || e.name.startsWith("_");
      if (hidden && (!this.all || isBadName(e.name))) continue;
      if (e.isSymlink) continue;
      if (e.isDirectory) {
        if (!isBadName(e.name) && this.host.stat(join(this.dir, rel, "go.mod")) === undefined) this.walk(rel, into);
      } else {
        if (isBadName(e.name)) this.fail(`cannot embed file ${rel}: invalid name ${e.name}`);
        into.add(rel);
      }
    }
  }
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The files each pattern stands for, relative to dir, and all of them sorted. Throws EmbedError. */
export function resolveEmbed(
  host: Host,
  dir: string,
  patterns: readonly string[],
): { files: string[]; map: Map<string, string[]> } {
  const map = new Map<string, string[]>();
  const all = new Set<string>();
  for (const pattern of patterns) {
    const keepHidden = pattern.startsWith("all:");
    const list = new Resolver(host, dir, pattern, keepHidden).resolve(keepHidden ? pattern.slice(4) : pattern);
    map.set(pattern, list);
    for (const f of list) all.add(f);
  }
  return { files: [...all].sort(byBytes), map };
}
