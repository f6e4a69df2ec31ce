// Runs cmd/compile/internal/syntax as the reference, through a program that an overlay puts inside GOROOT.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync, existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { goroot } from "../../base/testing/realgo.ts";

export { goroot };

/** What the reference says of one file. */
export interface OracleFile {
  readonly name: string;
  /** "line:col message", sorted. */
  readonly errors: string[];
  /** "kind pos start end text" of every node, in the order of syntax.Inspect. */
  readonly nodes: string[];
}

let binary = "";

function build(): string {
  if (binary !== "") return binary;
  const root = resolve(process.env["RT0_ROOT"] ?? ".");
  const source = join(root, "src/syntax/testing/oracle.go");
  const dir = join(tmpdir(), `rt0-syntax-oracle-${process.getuid?.() ?? 0}`);
  mkdirSync(dir, { recursive: true });
  const stamp = join(dir, "source.go");
  const out = join(dir, "oracle");
  const text = readFileSync(source, "utf8");
  if (!existsSync(out) || !existsSync(stamp) || readFileSync(stamp, "utf8") !== text) {
    const overlay = join(dir, "overlay.json");
    const target = join(goroot, "src/cmd/compile/internal/rt0synoracle/main.go");
    writeFileSync(overlay, JSON.stringify({ Replace: { [target]: source } }));
    execFileSync(
      join(goroot, "bin/go"),
      ["build", "-p=1", "-overlay", overlay, "-o", out, "cmd/compile/internal/rt0synoracle"],
      {
        cwd: join(goroot, "src/cmd"),
        env: { ...process.env, GOROOT: goroot, GOFLAGS: "", GO111MODULE: "on" },
      },
    );
    writeFileSync(stamp, text);
  }
  binary = out;
  return out;
}

function run(mode: string, files: readonly string[]): string {
  return execFileSync(build(), [mode], { input: files.join("\n"), maxBuffer: 1 << 30 }).toString("utf8");
}

/** Errors, and with dump the nodes, of many files. */
export function oracle(files: readonly string[], dump: boolean): OracleFile[] {
  const result: OracleFile[] = [];
  let current: OracleFile | undefined;
  for (const line of run(dump ? "dump" : "errors", files).split("\n")) {
    if (line.startsWith("F ")) {
      current = { name: line.slice(2), errors: [], nodes: [] };
      result.push(current);
    } else if (line.startsWith("E ")) current!.errors.push(line.slice(2));
    else if (line.startsWith("N ")) current!.nodes.push(line.slice(2));
  }
  for (const f of result) f.errors.sort();
  return result;
}

/** MB/s of the reference, one thread. */
export function oracleSpeed(files: readonly string[]): number {
  return Number(run("speed", files));
}

/** All .go files below dir. */
export function goFiles(dir: string, into: string[] = []): string[] {
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) goFiles(path, into);
    else if (name.endsWith(".go") && existsSync(path)) into.push(path);
  }
  return into;
}
