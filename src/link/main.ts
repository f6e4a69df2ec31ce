import { decodeUtf8 } from "#base";
import { baselineExperiments, objectHeader } from "#formats";
import { type Host, HostError, type ToolResult } from "#host";
import { LinkError } from "./errors.ts";
import { link } from "./link.ts";
import { optionsFromFlags, parseFlags, parseImportConfig, UsageError, usageText } from "./options.ts";

/**
 * The link command: cmd/link for linux/amd64 executables. argv without the command's name. Writes the output only if the
 * link succeeded. What GOROOT says in the environment is recorded in the program, as cmd/link does.
 */
export function linkMain(host: Host, argv: readonly string[], argv0 = "link"): ToolResult {
  try {
    return runLink(host, argv, argv0);
  } catch (e) {
    if (e instanceof UsageError) {
      const text = (e.message === "" ? "" : `${e.message}\n`) + (e.usage ? usageText() : "");
      return { status: e.status, stdout: "", stderr: text };
    }
    throw e;
  }
}

function goVersion(host: Host): string {
  const goroot = host.env("GOROOT") ?? "";
  if (goroot === "") return "";
  try {
    return decodeUtf8(host.readFile(`${goroot}/VERSION`))
      .split("\n")[0]!
      .trim();
  } catch {
    return "";
  }
}

/**
 * The first line that all objects must have: what a toolchain of GOROOT's version writes. Empty (package main's own line
 * is taken) where GOROOT is hidden, as under -trimpath, or experiments make other lines.
 */
function expectedHeader(host: Host): string {
  const version = goVersion(host);
  if (version === "" || (host.env("GOEXPERIMENT") ?? "") !== "") return "";
  return objectHeader("linux", "amd64", version, host.env("GOAMD64") || "v1", baselineExperiments);
}

function runLink(host: Host, argv: readonly string[], argv0: string): ToolResult {
  const flags = parseFlags(argv);
  if (flags.has("V")) {
    return { status: 0, stdout: `link version ${goVersion(host)}\n`, stderr: "" };
  }
  const options = optionsFromFlags(flags, argv0);
  options.goroot = host.env("GOROOT") ?? "";
  options.header = expectedHeader(host);
  const defs: [string, string][] = [];
  if (flags.string("importcfg") !== "") {
    const file = flags.string("importcfg");
    let text: string;
    try {
      text = decodeUtf8(host.readFile(file));
    } catch (e) {
      throw new UsageError(`link: -importcfg: open ${file}: ${words(e)}`, false, 1);
    }
    const cfg = parseImportConfig(file, text);
    options.packageFiles = cfg.packageFiles;
    if (cfg.modinfo !== undefined) defs.push(["runtime.modinfo", cfg.modinfo]);
  } else if (options.goroot !== "") {
    options.libDirs = [...options.libDirs, `${options.goroot}/pkg/linux_amd64`];
  }
  for (const x of flags.list("X")) {
    const eq = x.indexOf("=");
    if (eq < 0 || x.lastIndexOf(".", eq) < 0) {
      throw new UsageError(`${argv0}: -X flag requires argument of the form importpath.name=value`, false);
    }
    defs.push([x.slice(0, eq), x.slice(eq + 1)]);
  }
  options.stringDefs = defs;
  const out = link(options, {
    readFile: (path, place) => {
      try {
        if (host.readFileTo !== undefined) return host.readFileTo(path, place);
        const b = host.readFile(path);
        const to = place(b.length);
        to.set(b);
        return to;
      } catch (e) {
        if (e instanceof LinkError) throw e;
        throw new Error(words(e));
      }
    },
    fileExists: (path) => host.stat(path)?.isFile ?? false,
    fileSize: (path) => host.stat(path)?.size ?? 0,
  });
  const stderr = out.errors.map((l) => `${l}\n`).join("");
  if (out.bytes === undefined) return { status: out.status, stdout: out.log, stderr };
  try {
    host.writeFile(options.output, out.bytes, 0o755);
    if (options.fipsObject !== "") host.writeFile(options.fipsObject, out.fipsObject);
  } catch (e) {
    const text = `${argv0}: cannot create ${options.output}: open ${options.output}: ${words(e)}\n`;
    return { status: 2, stdout: out.log, stderr: stderr + text };
  }
  return { status: 0, stdout: out.log, stderr };
}

function words(e: unknown): string {
  return e instanceof HostError || e instanceof Error ? e.message : String(e);
}
