// npm run bench:run: the programs under bench/programs, built by rt0 and by gc, every output compared with the expected one.
// Each round runs every program with each toolchain in turns; the least of n is kept. Prints a table and, with --write,
// keeps it with the date in bench/README.md. --size small: short runs. --only a,b: some programs. ROUNDS=n. RT0: the command.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const suite = join(import.meta.dirname, "programs");
const argument = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const size = argument("--size") ?? "default";
const sizes = JSON.parse(readFileSync(join(suite, "sizes.json"), "utf8"));
const names = argument("--only")?.split(",") ?? Object.keys(sizes).sort();
const rounds = Number(process.env.ROUNDS ?? "5");
const dir = mkdtempSync(join(tmpdir(), "rt0-bench-run-"));
const tools = {
  gc: { cmd: join(process.env.GOROOT ?? "/usr/local/go", "bin/go"), env: { CGO_ENABLED: "0" } },
  rt0: { cmd: process.env.RT0 ?? join(root, "rt0"), env: {} },
};
const toolNames = Object.keys(tools);

let failures = 0;
const fail = (text) => {
  failures++;
  console.error(text);
};

/** Runs a program; wall and user+system seconds, null if it did not do what it should. */
function measure(tool, name) {
  const time = join(dir, "time");
  const started = process.hrtime.bigint();
  const r = spawnSync("/usr/bin/time", ["-o", time, "-f", "%U %S", join(dir, `${name}-${tool}`), ...sizes[name][size]], { encoding: "utf8", timeout: 120_000 });
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  const expected = readFileSync(join(suite, name, size === "small" ? "expected-small.txt" : "expected.txt"), "utf8");
  if (r.status !== 0 || r.stdout !== expected) {
    fail(`${name} built by ${tool}: ${r.status !== 0 ? `exit status ${r.status}: ${r.stderr.slice(0, 500)}` : "wrong output"}`);
    return null;
  }
  const [user, sys] = readFileSync(time, "utf8").trim().split("\n").at(-1).split(" ").map(Number);
  return { wall, cpu: user + sys };
}

for (const name of names) {
  for (const tool of toolNames) {
    const r = spawnSync(tools[tool].cmd, ["build", "-o", join(dir, `${name}-${tool}`), "."], { cwd: join(suite, name), env: { ...process.env, ...tools[tool].env }, encoding: "utf8" });
    if (r.status !== 0) fail(`${name}: ${tool} build: ${r.stderr}`);
  }
}
const best = {};
for (let i = 0; i < rounds && failures === 0; i++) {
  for (const name of names) {
    for (const tool of i % 2 === 0 ? toolNames : toolNames.toReversed()) {
      const m = measure(tool, name);
      const old = best[name]?.[tool];
      if (m !== null) (best[name] ??= {})[tool] = old === undefined ? m : { wall: Math.min(old.wall, m.wall), cpu: Math.min(old.cpu, m.cpu) };
    }
  }
}
rmSync(dir, { recursive: true, force: true });
if (failures > 0) process.exit(1);

const f = (x) => x.toFixed(2);
const geomean = (what) => f(Math.exp(names.reduce((sum, n) => sum + Math.log(best[n].rt0[what] / best[n].gc[what]), 0) / names.length));
const lines = ["| program | gc wall s | rt0 wall s | ratio | gc CPU s | rt0 CPU s | ratio |", "|---|---|---|---|---|---|---|"];
for (const name of names) {
  const { gc: g, rt0: r } = best[name];
  lines.push(`| ${name} | ${f(g.wall)} | ${f(r.wall)} | ${f(r.wall / g.wall)} | ${f(g.cpu)} | ${f(r.cpu)} | ${f(r.cpu / g.cpu)} |`);
}
lines.push(`| geomean | | | ${geomean("wall")} | | | ${geomean("cpu")} |`);
console.log(lines.join("\n"));

if (process.argv.includes("--write")) {
  const path = join(root, "bench/README.md");
  const old = existsSync(path) ? readFileSync(path, "utf8") : "# Benchmarks\n";
  const mark = "\n## bench:run";
  const head = old.split(mark)[0].trimEnd();
  const rest = old.includes(mark) ? old.slice(old.indexOf(mark) + 1).split(/\n(?=## )/).slice(1).join("\n") : "";
  const date = new Date().toISOString().slice(0, 10);
  const cores = execFileSync("nproc").toString().trim();
  writeFileSync(path, `${head}\n${mark}\n\n${date}, ${cores} cores, size ${size}, least of ${rounds}; all outputs right.\n\n${lines.join("\n")}\n${rest === "" ? "" : `\n${rest}`}`);
}
