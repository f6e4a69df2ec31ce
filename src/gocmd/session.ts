// What the commands share: the tree of Go, the module, tags, the file index, for one run of the command.
import type { FlagValues } from "#base";
import { BuildContext } from "./buildcontext.ts";
import { cacheDir } from "./cache.ts";
import { CommandError, type Exec } from "./exec.ts";
import { FileIndex } from "./fileindex.ts";
import { compareGoVersions, findGoMod, type GoMod } from "./gomod.ts";
import { findGoRoot, type GoRoot } from "./goroot.ts";
import { Loader } from "./load.ts";
import { join, shortPath } from "./paths.ts";

export interface Session {
  readonly exec: Exec;
  readonly goroot: GoRoot;
  readonly context: BuildContext;
  readonly mod: GoMod | undefined;
  readonly index: FileIndex;
  readonly loader: Loader;
  /** Directory of the build cache, or "". */
  readonly cacheDir: string;
}

/** Version of what the file index holds. */
const indexVersion = "3";

export function openSession(exec: Exec, flags: FlagValues): Session {
  const { host } = exec;
  for (const [name, only] of [
    ["GOOS", "linux"],
    ["GOARCH", "amd64"],
  ] as const) {
    const value = host.env(name) ?? "";
    if (value !== "" && value !== only)
      throw new CommandError(`go: rt0 builds for linux/amd64 only, and ${name}=${value}`, 2);
  }
  const goroot = findGoRoot(host, flags.string("goroot"));
  const tags = flags
    .string("tags")
    .split(/[ ,]+/)
    .filter((t) => t !== "");
  const context = new BuildContext(tags, goroot.minor);
  const mod = (host.env("GO111MODULE") ?? "") === "off" ? undefined : findGoMod(host, host.cwd());
  const running = goroot.version.replace(/^go/, "");
  if (mod !== undefined && mod.goVersion !== "" && compareGoVersions(mod.goVersion, running) > 0) {
    const file = shortPath(host.cwd(), mod.file);
    throw new CommandError(`go: ${file} requires go >= ${mod.goVersion} (running go ${running}; GOTOOLCHAIN=local)`);
  }
  const cache = cacheDir(host);
  let indexFile = "";
  if (cache !== "") {
    try {
      host.makeDir(cache);
      indexFile = join(cache, "files.json");
    } catch {
      // A cache that cannot be written is none.
    }
  }
  const index = new FileIndex(host, indexFile, indexVersion);
  return {
    exec,
    goroot,
    context,
    mod,
    index,
    loader: new Loader(host, goroot, context, index, mod),
    cacheDir: indexFile === "" ? "" : cache,
  };
}
