// Slash paths. path and path/filepath, as far as they are needed.

/** p without ".", "..", and doubled slashes. */
export function clean(p: string): string {
  const rooted = p.startsWith("/");
  const out: string[] = [];
  for (const part of p.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && out.length > 0 && out[out.length - 1] !== "..") out.pop();
    else if (part !== ".." || !rooted) out.push(part);
  }
  const s = out.join("/");
  return rooted ? `/${s}` : s === "" ? "." : s;
}

export function join(...parts: string[]): string {
  const kept = parts.filter((p) => p !== "");
  return kept.length === 0 ? "" : clean(kept.join("/"));
}

export function dirname(p: string): string {
  const i = p.lastIndexOf("/");
  return i < 0 ? "." : i === 0 ? "/" : p.slice(0, i);
}

export function basename(p: string): string {
  return p.slice(p.lastIndexOf("/") + 1);
}

export function isAbs(p: string): boolean {
  return p.startsWith("/");
}

/** p as seen from base; both absolute and clean. */
export function relative(base: string, p: string): string {
  if (base === p) return ".";
  const a = base === "/" ? [] : base.slice(1).split("/");
  const b = p === "/" ? [] : p.slice(1).split("/");
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return [...a.slice(i).map(() => ".."), ...b.slice(i)].join("/");
}

/** The shorter of p and p relative to the working directory (base.ShortPath). */
export function shortPath(cwd: string, p: string): string {
  if (!isAbs(p)) return p;
  const rel = relative(cwd, p);
  return rel.length < p.length ? rel : p;
}

/** Whether path is prefix or lies below it. */
export function hasPathPrefix(path: string, prefix: string): boolean {
  return path === prefix || (prefix !== "" && path.startsWith(prefix.endsWith("/") ? prefix : `${prefix}/`));
}
