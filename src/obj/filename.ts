/**
 * The name a source file has in tables and debug information: made absolute, then rewritten by -trimpath's
 * "prefix=>replacement;…" list; what is not rewritten and below goroot begins with the word $GOROOT (cmd/internal/objabi AbsFile, ApplyRewrites).
 */
export function absFile(dir: string, file: string, rewrites: string, goroot = ""): string {
  let abs = file;
  if (dir !== "" && !file.startsWith("/")) abs = clean(`${dir}/${file}`);
  const rewritten = applyRewrites(abs, rewrites);
  if (rewritten !== undefined) abs = rewritten;
  else if (goroot !== "" && hasPathPrefix(abs, goroot)) abs = `$GOROOT${abs.slice(goroot.length)}`;
  if (abs === "") abs = "??";
  return abs;
}

/** file with the first matching prefix replaced; undefined if none matches. */
export function applyRewrites(file: string, rewrites: string): string | undefined {
  if (rewrites === "") return undefined;
  for (const rule of rewrites.split(";")) {
    const arrow = rule.indexOf("=>");
    const prefix = arrow < 0 ? rule : rule.slice(0, arrow);
    const replacement = arrow < 0 ? "" : rule.slice(arrow + 2);
    if (prefix === "" || !hasPathPrefix(file, prefix)) continue;
    if (file.length === prefix.length) return replacement;
    if (replacement === "") return file.slice(prefix.length + 1);
    return replacement + file.slice(prefix.length);
  }
  return undefined;
}

function hasPathPrefix(file: string, prefix: string): boolean {
  if (file === prefix) return true;
  return file.startsWith(prefix) && file[prefix.length] === "/";
}

/** The path without ".", ".." and double slashes. */
export function clean(path: string): string {
  const rooted = path.startsWith("/");
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && out.length > 0 && out[out.length - 1] !== "..") out.pop();
    else if (part !== ".." || !rooted) out.push(part);
  }
  const joined = out.join("/");
  return rooted ? `/${joined}` : joined === "" ? "." : joined;
}
