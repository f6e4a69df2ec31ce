// go.mod: which module this is. Requirements are read, so that a missing one can be named, but not yet resolved.
import { decodeUtf8 } from "#base";
import type { Host } from "#host";
import { CommandError } from "./exec.ts";
import { dirname, join, shortPath } from "./paths.ts";

export interface GoMod {
  /** Directory of go.mod. */
  readonly dir: string;
  readonly file: string;
  readonly path: string;
  /** The go line: "1.26" or "1.26.1"; "" without one. */
  readonly goVersion: string;
  readonly requires: readonly { readonly path: string; readonly version: string; readonly indirect: boolean }[];
  readonly godebug: readonly { readonly key: string; readonly value: string }[];
  readonly ignore: readonly string[];
}

/** The go.mod that rules dir: in it or in a directory above; undefined if there is none. */
export function findGoMod(host: Host, dir: string): GoMod | undefined {
  for (let d = dir; ; d = dirname(d)) {
    const file = join(d, "go.mod");
    if (host.stat(file)?.isFile === true) return parseGoMod(host, d, file);
    if (d === "/") return undefined;
  }
}

/** Words of a line; double-quoted and back-quoted ones without their quotes; "//" starts a comment. */
function words(line: string): { words: string[]; comment: string; bad: string } {
  const out: string[] = [];
  let i = 0;
  while (i < line.length) {
    const c = line[i]!;
    if (c === " " || c === "\t" || c === "\r") i++;
    else if (c === "/" && line[i + 1] === "/") return { words: out, comment: line.slice(i + 2).trim(), bad: "" };
    else if (c === '"' || c === "`") {
      const end = line.indexOf(c, i + 1);
      if (end < 0) return { words: out, comment: "", bad: `${line.length + 1}: unexpected newline in string` };
      out.push(line.slice(i + 1, end));
      i = end + 1;
    } else if (c < " " || c === "\x7f") {
      const code = c.charCodeAt(0).toString(16).padStart(2, "0");
      return { words: out, comment: "", bad: `${i + 1}: unexpected input character '\\x${code}'` };
    } else if (c === "(" || c === ")" || c === ",") {
      out.push(c);
      i++;
    } else {
      let end = i;
      while (
        end < line.length &&
        line[end]! > " " &&
        !"(),\x7f".includes(line[end]!) &&
        !(line[end] === "/" && line[end + 1] === "/")
      )
        end++;
      out.push(line.slice(i, end));
      i = end;
    }
  }
  return { words: out, comment: "", bad: "" };
}

function parseGoMod(host: Host, dir: string, file: string): GoMod {
  const shown = shortPath(host.cwd(), file);
  let path = "";
  let goVersion = "";
  const requires: GoMod["requires"][number][] = [];
  const godebug: GoMod["godebug"][number][] = [];
  const ignore: string[] = [];
  let block = "";
  const problems: string[] = [];
  let opened = 0;
  const lines = decodeUtf8(host.readFile(file)).split("\n");
  const syntaxError = (what: string): never => {
    throw new CommandError(`go: errors parsing ${shown}:\n${shown}:${what}`);
  };
  lines.forEach((raw, i) => {
    const { words: w, comment, bad: unreadable } = words(raw);
    if (unreadable !== "") syntaxError(`${i + 1}:${unreadable}`);
    if (w.length === 0) return;
    if (block !== "" && w[0] === ")") {
      block = "";
      return;
    }
    if (block === "" && w[w.length - 1] === "(" && w.length === 2) {
      block = w[0]!;
      opened = i + 1;
      return;
    }
    const verb = block !== "" ? block : w[0]!;
    const args = block !== "" ? w : w.slice(1);
    const bad = (what: string) => problems.push(`${shown}:${i + 1}: ${what}`);
    switch (verb) {
      case "module":
        if (path !== "") bad("repeated module statement");
        else if (args.length !== 1) bad("usage: module module/path");
        else path = args[0]!;
        break;
      case "go":
        if (args.length !== 1) bad("go directive expects exactly one argument");
        else if (!/^([1-9][0-9]*)\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?([a-z]+[0-9]+)?$/.test(args[0]!))
          bad(`invalid go version '${args[0]}': must match format 1.23.0`);
        else goVersion = args[0]!;
        break;
      case "require":
        if (args.length < 2) bad(`usage: ${verb} module/path v1.2.3`);
        else if (!/^v\d+\.\d+\.\d+/.test(args[1]!))
          bad(`require ${args[0]}: version "${args[1]}" invalid: must be of the form v1.2.3`);
        else requires.push({ path: args[0]!, version: args[1]!, indirect: comment.startsWith("indirect") });
        break;
      case "godebug": {
        const eq = args[0]?.indexOf("=") ?? -1;
        if (args.length !== 1 || eq <= 0) bad("usage: godebug key=value");
        else godebug.push({ key: args[0]!.slice(0, eq), value: args[0]!.slice(eq + 1) });
        break;
      }
      case "ignore":
        if (args.length === 1) ignore.push(args[0]!);
        break;
      case "toolchain":
      case "exclude":
      case "replace":
      case "retract":
      case "tool":
        break;
      default:
        bad(`unknown directive: ${verb}`);
    }
  });
  if (block !== "") syntaxError(`${lines.length}: syntax error (unterminated block started at ${file}:${opened}:1)`);
  if (path === "" && problems.length === 0)
    throw new CommandError(
      `go: error reading ${shown}: missing module declaration. To specify the module path:\n\tgo mod edit -module=example.com/mod`,
    );
  if (problems.length > 0) throw new CommandError(`go: errors parsing ${shown}:\n${problems.join("\n")}`);
  return { dir, file, path, goVersion, requires, godebug, ignore };
}

/** Compares two go versions such as 1.9, 1.26, 1.26.1, 1.27rc1. */
export function compareGoVersions(a: string, b: string): number {
  const parse = (v: string): number[] => {
    const m = /^(\d+)\.(\d+)(?:\.(\d+))?(?:(beta|rc)(\d+))?/.exec(v);
    if (m === null) return [0, 0, 0, 0, 0];
    const pre = m[4] === "beta" ? 1 : m[4] === "rc" ? 2 : 3;
    // Since 1.21 a bare language version is below its first release.
    const bare = m[3] === undefined && m[4] === undefined && Number(m[2]) >= 21;
    return [Number(m[1]), Number(m[2]), bare ? 0 : pre, Number(m[3] ?? 0), Number(m[5] ?? 0)];
  };
  const x = parse(a);
  const y = parse(b);
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
  return 0;
}

/** "1.26" of "1.26.8". */
export function langVersion(v: string): string {
  return /^\d+\.\d+/.exec(v)?.[0] ?? v;
}
