// What `go build std` gives the assembler, found without building std: the .s files of each package and, for packages
// whose assembly includes it, the go_asm.h that the compiler makes. Headers are cached: making runtime's takes seconds.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goroot, realGo as go } from "../../base/testing/realgo.ts";

export { go, goroot };
const env = { ...process.env, GOROOT: goroot, CGO_ENABLED: "0", GOFLAGS: "", GOTOOLCHAIN: "local", GOAMD64: "v1" };

export interface AsmPackage {
  readonly path: string;
  readonly dir: string;
  readonly asmFiles: readonly string[];
  readonly goFiles: readonly string[];
}

export function goTool(args: readonly string[], cwd: string): { status: number; stderr: string; stdout: string } {
  const r = spawnSync(go, ["tool", ...args], { cwd, env, encoding: "utf8", maxBuffer: 1 << 28 });
  return { status: r.status ?? -1, stdout: r.stdout, stderr: r.stderr };
}

/** All packages of the standard library that have assembly for linux/amd64. */
export function asmPackages(): AsmPackage[] {
  const out = execFileSync(
    go,
    ["list", "-f", '{{if .SFiles}}{{.ImportPath}}|{{.Dir}}|{{join .SFiles " "}}|{{join .GoFiles " "}}{{end}}', "std"],
    {
      encoding: "utf8",
      env,
    },
  );
  return out
    .split("\n")
    .filter((l) => l !== "")
    .map((l) => {
      const [path, dir, s, g] = l.split("|") as [string, string, string, string];
      return { path, dir, asmFiles: s.split(" "), goFiles: g.split(" ") };
    });
}

/** The folder that plays $WORK/bNNN/ for the package: go_asm.h is in it if any of its files includes that. */
export function objdir(p: AsmPackage): string {
  const version = readFileSync(join(goroot, "VERSION"), "utf8").split("\n")[0]!;
  const dir = join(tmpdir(), "rt0-asm-test", version, p.path.replaceAll("/", "_"));
  mkdirSync(dir, { recursive: true });
  const header = join(dir, "go_asm.h");
  if (existsSync(header) || !p.asmFiles.some((f) => readFileSync(join(p.dir, f), "utf8").includes("go_asm.h")))
    return dir;
  writeFileSync(join(dir, "empty.h"), "");
  const symabis = join(dir, "symabis");
  const defines = ["-D", "GOOS_linux", "-D", "GOARCH_amd64", "-D", "GOAMD64_v1"];
  const none = join(dir, "none");
  mkdirSync(none, { recursive: true });
  writeFileSync(join(none, "go_asm.h"), "");
  const files = p.asmFiles.map((f) => `./${f}`);
  const include = ["-I", none, "-I", join(goroot, "pkg/include")];
  const r = goTool(["asm", "-p", p.path, ...include, ...defines, "-gensymabis", "-o", symabis, ...files], p.dir);
  if (r.status !== 0) throw new Error(r.stderr);
  const list = execFileSync(
    go,
    ["list", "-export", "-deps", "-f", "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}", p.path],
    {
      encoding: "utf8",
      env,
    },
  );
  writeFileSync(join(dir, "importcfg"), list);
  const c = goTool(
    [
      "compile",
      "-std",
      "-p",
      p.path,
      "-importcfg",
      join(dir, "importcfg"),
      "-symabis",
      symabis,
      "-asmhdr",
      `${header}.new`,
      "-o",
      join(dir, "x.a"),
      ...p.goFiles.map((f) => `./${f}`),
    ],
    p.dir,
  );
  if (c.status !== 0) throw new Error(c.stderr + c.stdout);
  writeFileSync(header, readFileSync(`${header}.new`));
  return dir;
}

/** The command line of `go build` for one file. */
export function asmArgs(p: AsmPackage, work: string, out: string, files: readonly string[], symabis = false): string[] {
  return [
    "-p",
    p.path,
    "-trimpath",
    `${work}=>`,
    "-I",
    `${work}/`,
    "-I",
    join(goroot, "pkg/include"),
    "-D",
    "GOOS_linux",
    "-D",
    "GOARCH_amd64",
    "-D",
    "GOAMD64_v1",
    ...(symabis ? ["-gensymabis"] : []),
    "-o",
    out,
    ...files.map((f) => `./${f}`),
  ];
}
