// `rt0 env`: the settings, as the go command prints them.
import type { FlagDef, FlagValues } from "#base";
import { cacheDir } from "./cache.ts";
import { buildFlags } from "./flags.ts";
import { join } from "./paths.ts";
import type { Session } from "./session.ts";

export const envFlags: readonly FlagDef[] = [
  ...buildFlags,
  { name: "json", kind: "bool", usage: "print the settings as JSON" },
];

export function settings(s: Session): Map<string, string> {
  const { host } = s.exec;
  const env = (name: string, initial = "") => {
    const v = host.env(name) ?? "";
    return v === "" ? initial : v;
  };
  const home = env("HOME", "/");
  const gopath = env("GOPATH", join(home, "go"));
  const all: Record<string, string> = {
    CGO_ENABLED: "0",
    GO111MODULE: env("GO111MODULE"),
    GOAMD64: "v1",
    GOARCH: "amd64",
    GOBIN: env("GOBIN"),
    GOCACHE: cacheDir(host),
    GODEBUG: env("GODEBUG"),
    GOENV: "off",
    GOEXE: "",
    GOEXPERIMENT: "",
    GOFLAGS: env("GOFLAGS"),
    GOHOSTARCH: "amd64",
    GOHOSTOS: "linux",
    GOMOD: s.mod === undefined ? "/dev/null" : s.mod.file,
    GOMODCACHE: env("GOMODCACHE", join(gopath.split(":")[0]!, "pkg/mod")),
    GOOS: "linux",
    GOPATH: gopath,
    GOROOT: s.goroot.dir,
    GOTOOLCHAIN: "local",
    GOTOOLDIR: join(s.goroot.dir, "pkg/tool/linux_amd64"),
    GOVERSION: s.goroot.version,
    GOWORK: "off",
    RT0CACHE: cacheDir(host),
  };
  return new Map(
    Object.keys(all)
      .sort()
      .map((k) => [k, all[k]!]),
  );
}

export function env(s: Session, flags: FlagValues): number {
  const all = settings(s);
  const names = flags.args.length > 0 ? flags.args : [...all.keys()];
  if (flags.bool("json")) {
    s.exec.out(`${JSON.stringify(Object.fromEntries(names.map((n) => [n, all.get(n) ?? ""])), null, "\t")}\n`);
  } else if (flags.args.length > 0) s.exec.out(names.map((n) => `${all.get(n) ?? ""}\n`).join(""));
  else s.exec.out(names.map((n) => `${n}='${all.get(n)!.replaceAll("'", "'\\''")}'\n`).join(""));
  return 0;
}
