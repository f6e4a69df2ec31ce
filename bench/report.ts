// What all benchmarks share: a run measured, the least of several kept, a section of bench/README.md written.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";

export { goroot, realGo } from "../src/base/testing/realgo.ts";

export const root = process.env["RT0_ROOT"] ?? resolve(".");

/** The value of an option of the command line, if it is there. */
export function option(name: string): string | undefined {
  const i = process.argv.indexOf(name);
  return i < 0 ? undefined : process.argv[i + 1];
}

/** A directory for this run; it goes when the process ends. */
export function scratchDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "rt0-bench-"));
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Seconds, of all threads and children where CPU is concerned; MiB are the largest process's. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly mib: number;
}

export interface Measured extends Cost {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MeasureOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command, whatever its status, and says what it cost. Texts are one character a byte. */
export function measure(argv: readonly string[], o: MeasureOptions = {}): Measured {
  const started = process.hrtime.bigint();
  // The line with the figures is the last of the standard error: what the command wrote there comes before.
  const r = spawnSync("/usr/bin/time", ["-q", "-f", "\n%U %S %M", ...argv], {
    cwd: o.cwd ?? root,
    env: { ...process.env, ...o.env },
    encoding: "latin1",
    maxBuffer: 1 << 28,
  });
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  if (r.error !== undefined) throw r.error;
  const end = r.stderr.trimEnd().lastIndexOf("\n");
  const [user, sys, kb] = r.stderr
    .slice(end + 1)
    .trim()
    .split(" ")
    .map(Number) as [number, number, number];
  return {
    wall,
    cpu: user + sys,
    mib: Math.round(kb / 1024),
    status: r.status,
    stdout: r.stdout,
    stderr: r.stderr.slice(0, Math.max(end, 0)),
  };
}

/** The same for commands that must succeed. */
export function measureSuccess(argv: readonly string[], o: MeasureOptions = {}): Measured {
  const m = measure(argv, o);
  if (m.status !== 0) throw new Error(`${argv.join(" ")}: status ${m.status}: ${m.stderr}`);
  return m;
}

/** The least of each of two costs. */
export function least(a: Cost | undefined, b: Cost): Cost {
  if (a === undefined) return { wall: b.wall, cpu: b.cpu, mib: b.mib };
  return { wall: Math.min(a.wall, b.wall), cpu: Math.min(a.cpu, b.cpu), mib: Math.min(a.mib, b.mib) };
}

/** A number with two digits behind the point; nothing for what was not measured. */
export function fixed(x: number | undefined, digits = 2): string {
  return x === undefined || !Number.isFinite(x) ? "" : x.toFixed(digits);
}

/** The cells `peer wall | rt0 wall | ratio | peer CPU | rt0 CPU | ratio` of a row. */
export function cells(peer: Cost, rt0: Cost): string {
  const f = fixed;
  return `${f(peer.wall)} | ${f(rt0.wall)} | ${f(rt0.wall / peer.wall)} | ${f(peer.cpu)} | ${f(rt0.cpu)} | ${f(rt0.cpu / peer.cpu)}`;
}

/**
 * Prints the report of a benchmark and, if the command line has --write, makes it the section of that name of bench/README.md,
 * in the section's old place, below a line with the date, the machine's state and `how`.
 */
export function report(name: string, how: string, lines: readonly string[]): void {
  console.log(lines.join("\n"));
  if (!process.argv.includes("--write")) return;
  const path = join(root, "bench/README.md");
  const sections = (existsSync(path) ? readFileSync(path, "utf8") : "# Benchmarks\n")
    .split(/\n(?=## )/)
    .map((s) => s.trim());
  const date = new Date().toISOString().slice(0, 10);
  const state = `${date}, ${availableParallelism()} cores, Node ${process.versions.node}, load average ${loadavg()[0]!.toFixed(1)}`;
  const text = `## bench:${name}\n\n${state}, ${how}.\n\n${lines.join("\n")}`;
  const at = sections.findIndex((s) => s.startsWith(`## bench:${name}\n`));
  if (at < 0) sections.push(text);
  else sections[at] = text;
  writeFileSync(path, `${sections.join("\n\n")}\n`);
}
