// npm run bench:run: the programs under bench/programs, built by rt0 and by gc, every output compared with the expected one.
// Each round runs every program with each toolchain in turns; the least of n is kept. Prints a table and, with --write, keeps
// it in bench/README.md. --size small: short runs. --only a,b: some programs. ROUNDS=n. RT0: the command.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cells, type Cost, fixed, least, measure, option, realGo, report, root, scratchDir } from "./report.ts";

const suite = join(root, "bench/programs");
const size = option("--size") ?? "default";
const sizes = JSON.parse(readFileSync(join(suite, "sizes.json"), "utf8")) as Record<string, Record<string, string[]>>;
const names = option("--only")?.split(",") ?? Object.keys(sizes).sort();
const rounds = Number(process.env["ROUNDS"] ?? "5");
const dir = scratchDir();

interface Toolchain {
  readonly name: string;
  readonly cmd: string;
  readonly env: Readonly<Record<string, string>>;
}

const gc: Toolchain = { name: "gc", cmd: realGo, env: { CGO_ENABLED: "0" } };
const rt0: Toolchain = { name: "rt0", cmd: process.env["RT0"] ?? join(root, "rt0"), env: {} };

const built = (t: Toolchain, name: string): string => join(dir, `${name}-${t.name}`);
for (const name of names) {
  for (const t of [gc, rt0]) {
    const env = { ...process.env, ...t.env };
    const r = spawnSync(t.cmd, ["build", "-o", built(t, name), "."], { cwd: join(suite, name), env, encoding: "utf8" });
    if (r.status !== 0) throw new Error(`${name}: ${t.name} build: ${r.stderr}`);
  }
}

/** Runs a program, which must print what is expected. */
function run(t: Toolchain, name: string): Cost {
  const m = measure([built(t, name), ...sizes[name]![size]!]);
  const expected = readFileSync(join(suite, name, size === "small" ? "expected-small.txt" : "expected.txt"), "latin1");
  if (m.status !== 0) throw new Error(`${name} built by ${t.name}: exit status ${m.status}: ${m.stderr.slice(0, 500)}`);
  if (m.stdout !== expected) throw new Error(`${name} built by ${t.name}: wrong output`);
  return m;
}

const best = new Map<string, Map<Toolchain, Cost>>();
for (let i = 0; i < rounds; i++) {
  for (const name of names) {
    const row = best.get(name) ?? new Map<Toolchain, Cost>();
    for (const t of i % 2 === 0 ? [gc, rt0] : [rt0, gc]) row.set(t, least(row.get(t), run(t, name)));
    best.set(name, row);
  }
}

const lines = [
  "| program | gc wall s | rt0 wall s | ratio | gc CPU s | rt0 CPU s | ratio |",
  "|---|---|---|---|---|---|---|",
];
const logs = { wall: 0, cpu: 0 };
for (const [name, costs] of best) {
  const g = costs.get(gc)!;
  const r = costs.get(rt0)!;
  logs.wall += Math.log(r.wall / g.wall);
  logs.cpu += Math.log(r.cpu / g.cpu);
  lines.push(`| ${name} | ${cells(g, r)} |`);
}
const geomean = (sum: number): string => fixed(Math.exp(sum / names.length));
lines.push(`| geomean | | | ${geomean(logs.wall)} | | | ${geomean(logs.cpu)} |`);
report("run", `size ${size}, least of ${rounds}; all outputs right`, lines);
