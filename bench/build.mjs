// npm run bench:build: hello, built by rt0 and by go, cold, with nothing changed, and after an edit of one line. The two take
// turns in one run; the least of n is kept. Prints a table and, with --write, keeps it with the date in bench/README.md.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const rounds = Number(process.env.ROUNDS ?? "3");
const coldRounds = Number(process.env.COLD_ROUNDS ?? "2");
const go = join(process.env.GOROOT ?? "/usr/local/go", "bin/go");
const dir = mkdtempSync(join(tmpdir(), "rt0-bench-"));

/** Runs a command; wall and CPU seconds, peak resident set in MiB (of the largest process). */
function measure(cmd, args, env, cwd) {
  const out = join(dir, "time.txt");
  const started = process.hrtime.bigint();
  const r = spawnSync("/usr/bin/time", ["-o", out, "-f", "%U %S %M", cmd, ...args], { cwd, env: { ...process.env, ...env }, encoding: "utf8" });
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  if (r.status !== 0) throw new Error(`${cmd} ${args.join(" ")}: ${r.stderr}`);
  const [user, sys, kb] = readFileSync(out, "utf8").trim().split("\n").at(-1).split(" ").map(Number);
  return { wall, cpu: user + sys, mib: Math.round(kb / 1024) };
}

const source = (n) => `package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("Hello, World!", ${n})\n}\n`;
const module = join(dir, "hello");
mkdirSync(module);
writeFileSync(join(module, "go.mod"), "module hello\n\ngo 1.26\n");

let edit = 0;
const toolchains = {
  go: { cmd: go, env: { GOCACHE: join(dir, "gocache"), GOFLAGS: "-buildvcs=false", CGO_ENABLED: "0" }, cache: join(dir, "gocache") },
  rt0: { cmd: join(root, "rt0"), env: { RT0CACHE: join(dir, "rt0cache") }, cache: join(dir, "rt0cache") },
};

const best = {};
function record(what, name, m) {
  const k = (best[what] ??= {});
  const old = k[name];
  k[name] = old === undefined ? m : { wall: Math.min(old.wall, m.wall), cpu: Math.min(old.cpu, m.cpu), mib: Math.min(old.mib, m.mib) };
}

const build = (name) => {
  const t = toolchains[name];
  return measure(t.cmd, ["build", "-o", join(dir, `hello-${name}`), "."], t.env, module);
};

execFileSync(join(root, "rt0"), ["version"], { stdio: "ignore" });
for (let i = 0; i < coldRounds; i++) {
  for (const name of Object.keys(toolchains)) {
    rmSync(toolchains[name].cache, { recursive: true, force: true });
    writeFileSync(join(module, "main.go"), source(++edit));
    record("cold", name, build(name));
  }
}
for (let i = 0; i < rounds; i++) {
  for (const name of Object.keys(toolchains)) record("no change", name, (build(name), build(name)));
  writeFileSync(join(module, "main.go"), source(++edit));
  for (const name of Object.keys(toolchains)) record("one line edited", name, build(name));
}

const size = Object.fromEntries(Object.keys(toolchains).map((n) => [n, statSync(join(dir, `hello-${n}`)).size]));
const lines = ["| build of hello | go wall s | rt0 wall s | ratio | go CPU s | rt0 CPU s | ratio | go MiB | rt0 MiB |", "|---|---|---|---|---|---|---|---|---|"];
const f = (x) => x.toFixed(2);
for (const [what, { go: g, rt0: r }] of Object.entries(best)) {
  lines.push(`| ${what} | ${f(g.wall)} | ${f(r.wall)} | ${f(r.wall / g.wall)} | ${f(g.cpu)} | ${f(r.cpu)} | ${f(r.cpu / g.cpu)} | ${g.mib} | ${r.mib} |`);
}
lines.push("", `Binary: go ${size.go} bytes, rt0 ${size.rt0} bytes, ratio ${f(size.rt0 / size.go)}.`);
console.log(lines.join("\n"));
rmSync(dir, { recursive: true, force: true });

if (process.argv.includes("--write")) {
  const path = join(root, "bench/README.md");
  const old = existsSync(path) ? readFileSync(path, "utf8") : "# Benchmarks\n";
  const mark = "\n## bench:build";
  const head = old.split(mark)[0].trimEnd();
  const rest = old.includes(mark) ? old.slice(old.indexOf(mark) + 1).split(/\n(?=## )/).slice(1).join("\n") : "";
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(path, `${head}\n${mark}\n\n${date}, ${execFileSync("nproc").toString().trim()} cores, least of ${rounds} (cold: ${coldRounds}), load average ${loadavg()[0].toFixed(1)}.\n\n${lines.join("\n")}\n${rest === "" ? "" : `\n${rest}`}`);
}
