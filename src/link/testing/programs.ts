// Programs as the go command would have them linked: package main and an importcfg, compiled by gc.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { goroot, realGo } from "../../base/testing/realgo.ts";

export { goroot };
export const realLink = join(goroot, "pkg/tool/linux_amd64/link");

export const goEnv = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-p=1", GOROOT: goroot };

/** A directory for one test file's leavings. */
export function scratch(): string {
  return mkdtempSync(join(tmpdir(), "rt0-link-"));
}

/** What a link of a program takes. */
export interface Program {
  readonly dir: string;
  readonly main: string;
  readonly importcfg: string;
  /** File of each package. */
  readonly files: ReadonlyMap<string, string>;
}

/** Compiles package main in srcDir (or a pattern there) and lists all archives it needs. */
export function compileProgram(srcDir: string, pattern: string, into: string, flags: readonly string[] = []): Program {
  mkdirSync(into, { recursive: true });
  const format = "{{.Name}} {{.ImportPath}} {{.Export}}";
  const out = execFileSync(realGo, ["list", "-export", "-deps", ...flags, "-f", format, pattern], {
    cwd: srcDir,
    encoding: "utf8",
    env: goEnv,
    maxBuffer: 1 << 26,
  });
  const files = new Map<string, string>();
  let main = "";
  for (const line of out.split("\n")) {
    const [name, path, file] = line.split(" ");
    if (file === undefined || file === "") continue;
    if (name === "main") main = file;
    else files.set(path!, file);
  }
  const importcfg = join(into, "importcfg");
  writeFileSync(importcfg, [...files].map(([p, f]) => `packagefile ${p}=${f}\n`).join(""));
  return { dir: into, main, importcfg, files };
}

/** Writes a module of one package main and compiles it. */
export function compileSource(
  into: string,
  sources: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
): Program {
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, "go.mod"), "module m\n\ngo 1.26\n");
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(into, name), text);
  return compileProgram(into, ".", into, flags);
}

/** Runs the real linker; its output file is at `out`. */
export function linkReal(p: Program, out: string, flags: readonly string[]): { status: number; stderr: string } {
  try {
    execFileSync(realLink, ["-o", out, "-importcfg", p.importcfg, ...flags, p.main], {
      env: goEnv,
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 1 << 26,
    });
    return { status: 0, stderr: "" };
  } catch (e) {
    const r = e as { status: number; stderr: Buffer };
    return { status: r.status, stderr: r.stderr.toString() };
  }
}

export function bytesOf(path: string): Uint8Array {
  return new Uint8Array(readFileSync(path));
}
