import { Diagnostics, PosTable } from "#base";
import type { Host } from "#host";
import { evalBuildExpr, ParseMode, parseFile, parseGoBuild } from "#syntax";

// Which files of a directory of the Go source tree make up a package on linux/amd64, for imports that come without an
// archive. (The go command has rules of its own, with all their errors; here the tree is known to be correct.)

const knownOS = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos".split(
    " ",
  ),
);
const knownArch = new Set(
  "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm".split(
    " ",
  ),
);

/** Whether a build tag holds for linux/amd64, Go 1.26, without cgo. */
export function buildTag(tag: string): boolean {
  if (tag === "linux" || tag === "amd64" || tag === "unix" || tag === "gc" || tag === "amd64.v1") return true;
  if (tag.startsWith("goexperiment.")) {
    return ["regabiwrappers", "regabiargs", "dwarf5", "greenteagc", "randomizedheapbase64"].includes(tag.slice(13));
  }
  const m = /^go1\.(\d+)$/.exec(tag);
  return m !== null && Number(m[1]) <= 26;
}

function nameMatches(file: string): boolean {
  const stem = file.slice(0, file.indexOf("."));
  const parts = stem.split("_").slice(1);
  const last = parts[parts.length - 1] ?? "";
  const previous = parts[parts.length - 2] ?? "";
  if (knownArch.has(last)) {
    if (last !== "amd64") return false;
    return !knownOS.has(previous) || previous === "linux";
  }
  return !knownOS.has(last) || last === "linux";
}

const memo = new Map<string, readonly string[]>();

/** The .go files of a package of GOROOT, absolute names in order; empty if there is no such package. */
export function packageSources(host: Host, goroot: string, path: string): readonly string[] {
  const dir = `${goroot}/src/${path}`;
  let list = memo.get(dir);
  if (list === undefined) {
    list = listSources(host, dir);
    memo.set(dir, list);
  }
  return list;
}

function listSources(host: Host, dir: string): string[] {
  if (host.stat(dir)?.isDirectory !== true) return [];
  const files: string[] = [];
  for (const e of host.readDir(dir)) {
    const name = e.name;
    if (!name.endsWith(".go") || name.endsWith("_test.go") || name.startsWith("_") || name.startsWith(".")) continue;
    if (!nameMatches(name)) continue;
    const path = `${dir}/${name}`;
    const positions = new PosTable();
    const f = parseFile(path, host.readFile(path), positions, new Diagnostics(positions), {
      mode: ParseMode.Imports,
      std: true,
    });
    if (f === null) continue;
    const constraint = f.buildLine === null ? undefined : parseGoBuild(f.buildLine.text);
    if (constraint !== undefined && !evalBuildExpr(constraint, buildTag)) continue;
    if (f.declList.some((d) => "path" in d && d.path?.value === '"C"')) continue;
    files.push(path);
  }
  return files;
}
