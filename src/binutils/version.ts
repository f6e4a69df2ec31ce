import { FlagError, parseGoFlags } from "#base";
import { FormatError, readBuildInfo, readElf } from "#formats";
import { type Host, HostError, type ToolResult } from "#host";
import { runTool, ToolExit } from "./tool.ts";

interface Module {
  Path?: string;
  Version?: string;
  Sum?: string;
  Replace?: Module;
}

interface BuildInfo {
  GoVersion?: string;
  Path?: string;
  Main: Module;
  Deps?: Module[];
  Settings?: { Key: string; Value?: string }[];
}

/** Reads module information as runtime/debug.ParseBuildInfo does. */
export function parseBuildInfo(version: string, modinfo: string): BuildInfo {
  // In the order in which the fields are shown.
  const info: BuildInfo = { GoVersion: version, Path: undefined, Main: {}, Deps: undefined, Settings: undefined };
  const module = (f: string[]): Module => {
    const m: Module = { Path: f[1]! };
    if (f[2]) m.Version = f[2];
    if (f[3]) m.Sum = f[3];
    return m;
  };
  let last: Module | undefined;
  for (const line of modinfo.split("\n")) {
    const f = line.split("\t");
    switch (f[0]) {
      case "path":
        info.Path = line.slice(5);
        break;
      case "mod":
        info.Main = module(f);
        last = info.Main;
        break;
      case "dep":
        last = module(f);
        info.Deps ??= [];
        info.Deps.push(last);
        break;
      case "=>":
        if (last !== undefined) last.Replace = module(f);
        break;
      case "build": {
        const [key, value] = settingOf(line.slice(6));
        info.Settings ??= [];
        info.Settings.push(value === "" ? { Key: key } : { Key: key, Value: value });
        break;
      }
      default:
        break;
    }
  }
  return info;
}

/** A key and a value, each of which may be a quoted Go string. */
function settingOf(text: string): [string, string] {
  let key: string;
  let rest: string;
  if (text.startsWith('"') || text.startsWith("`")) {
    const end = text.indexOf(text[0]!, 1);
    key = unquote(text.slice(0, end + 1));
    rest = text.slice(end + 1);
  } else {
    const eq = text.indexOf("=");
    key = text.slice(0, eq);
    rest = text.slice(eq);
  }
  const value = rest.slice(1);
  return [key, /^["`]/.test(value) ? unquote(value) : value];
}

function unquote(s: string): string {
  if (s.startsWith("`")) return s.slice(1, -1);
  try {
    return JSON.parse(s) as string;
  } catch {
    return s.slice(1, -1);
  }
}

/** encoding/json's MarshalIndent with tabs: HTML characters escaped. */
function goJSON(v: unknown): string {
  return JSON.stringify(v, null, "\t")
    .replace(/</g, "\\u003c")
    .replace(/>/g, "\\u003e")
    .replace(/&/g, "\\u0026")
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");
}

/** A path as Go's filepath.Clean leaves it. */
function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const parts: string[] = [];
  for (const p of path.split("/")) {
    if (p === "" || p === ".") continue;
    if (p === ".." && parts.length > 0 && parts[parts.length - 1] !== "..") parts.pop();
    else if (p !== ".." || !rooted) parts.push(p);
  }
  return rooted ? `/${parts.join("/")}` : parts.join("/") || ".";
}

function isLink(host: Host, path: string): boolean {
  const slash = path.lastIndexOf("/");
  const name = path.slice(slash + 1);
  if (name === "" || name === "." || name === "..") return false;
  const parent = slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
  return host.readDir(parent).some((e) => e.name === name && e.isSymlink);
}

/** Why there is no build information: what is no executable at all, and what Go did not build. */
function reason(host: Host, file: string): string {
  try {
    const { header: h, bytes } = readElf(host.readFile(file));
    return h.shoff + h.shnum * 64 > bytes.length ? "unrecognized file format" : "not a Go executable";
  } catch {
    return "unrecognized file format";
  }
}

/**
 * `go version [-m] [-v] [-json] file…`: what executables say of how they were built. Without files, the line of
 * `go version` itself, for the version given.
 */
export function versionMain(host: Host, argv: readonly string[], goVersion: string): ToolResult {
  return runTool("go: ", (out) => {
    let flags: ReturnType<typeof parseGoFlags>;
    try {
      flags = parseGoFlags(
        ["m", "v", "json"].map((name) => ({ name, kind: "bool" as const, usage: "" })),
        argv,
      );
    } catch (e) {
      if (!(e instanceof FlagError)) throw e;
      throw new ToolExit(
        2,
        `${e.message}\nusage: go version [-m] [-v] [-json] [file ...]\nRun 'go help version' for details.\n`,
      );
    }
    const m = flags.bool("m");
    const json = flags.bool("json");
    if (flags.args.length === 0) {
      for (const f of ["m", "v", "json"]) {
        if (flags.bool(f)) throw new ToolExit(2, `go: 'go version' only accepts -${f} flag with arguments\n`);
      }
      out.print(`go version ${goVersion} linux/amd64\n`);
      return;
    }
    if (!m && json) throw new ToolExit(2, "go: 'go version' with -json flag requires -m flag\n");
    const scan = (file: string, mustPrint: boolean): boolean => {
      let info: ReturnType<typeof readBuildInfo>;
      try {
        info = readBuildInfo(host.readFile(file));
      } catch (e) {
        if (!(e instanceof FormatError || e instanceof HostError || e instanceof RangeError)) throw e;
        const executable = ((host.stat(file)?.mode ?? 0) & 0o111) !== 0 || /\.(so|exe|dll)$|\.so\./i.test(file);
        if (mustPrint && executable) {
          const why = e instanceof HostError ? e.message : reason(host, file);
          out.error(`${file}: could not read Go build info from ${file}: ${why}`);
        }
        out.status = 0;
        return false;
      }
      if (m && json) {
        out.print(`${goJSON(parseBuildInfo(info.version, info.modinfo))}\n`);
        return true;
      }
      out.print(`${file}: ${info.version}\n`);
      if (m && info.modinfo !== "") out.print(`\t${info.modinfo.replace(/\n$/, "").replace(/\n/g, "\n\t")}\n`);
      return true;
    };
    const scanDir = (dir: string): void => {
      for (const e of host.readDir(dir)) {
        const path = dir === "." ? e.name : `${dir === "/" ? "" : dir}/${e.name}`;
        if (e.isDirectory) scanDir(path);
        else if (e.isSymlink && host.stat(path)?.isFile !== true) {
          if (flags.bool("v")) out.error(`${path}: symlink`);
        } else scan(path, flags.bool("v"));
      }
    };
    let failed = false;
    for (const arg of flags.args) {
      const st = host.stat(arg);
      if (st === undefined) {
        out.error(`stat ${arg}: no such file or directory`);
        failed = true;
      } else if (st.isDirectory) {
        const dir = cleanPath(arg);
        // A link is no directory to walk; with a slash behind it, it is.
        if (!arg.endsWith("/") && isLink(host, dir)) {
          if (flags.bool("v")) out.error(`${dir}: symlink`);
        } else scanDir(dir);
      } else if (!scan(arg, true) && m) failed = true;
    }
    out.status = failed ? 1 : 0;
  });
}
