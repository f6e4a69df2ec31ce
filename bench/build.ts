// npm run bench:build: hello, built by rt0 and by go, cold, with nothing changed, and after an edit of one line. The two take
// turns in one run; the least of n is kept. Prints a table and, with --write, keeps it in bench/README.md. ROUNDS=n, COLD_ROUNDS=n.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cells, type Cost, fixed, least, measureSuccess, realGo, report, root, scratchDir } from "./report.ts";

const rounds = Number(process.env["ROUNDS"] ?? "3");
const coldRounds = Number(process.env["COLD_ROUNDS"] ?? "2");
const dir = scratchDir();

const source = (n: number): string =>
  `package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("Hello, World!", ${n})\n}\n`;
const module = join(dir, "hello");
mkdirSync(module);
writeFileSync(join(module, "go.mod"), "module hello\n\ngo 1.26\n");

interface Toolchain {
  readonly cmd: string;
  readonly cache: string;
  readonly env: Readonly<Record<string, string>>;
  readonly out: string;
}

const gocache = join(dir, "gocache");
const rt0cache = join(dir, "rt0cache");
const go: Toolchain = {
  cmd: realGo,
  cache: gocache,
  env: { GOCACHE: gocache, GOFLAGS: "-buildvcs=false", CGO_ENABLED: "0" },
  out: join(dir, "hello-go"),
};
const rt0: Toolchain = {
  cmd: join(root, "rt0"),
  cache: rt0cache,
  env: { RT0CACHE: rt0cache },
  out: join(dir, "hello-rt0"),
};

const build = (t: Toolchain): Cost => measureSuccess([t.cmd, "build", "-o", t.out, "."], { env: t.env, cwd: module });
const best = new Map<string, Map<Toolchain, Cost>>();
function record(what: string, t: Toolchain): void {
  const row = best.get(what) ?? new Map<Toolchain, Cost>();
  best.set(what, row.set(t, least(row.get(t), build(t))));
}

let edit = 0;
const changeSource = (): void => writeFileSync(join(module, "main.go"), source(++edit));

execFileSync(rt0.cmd, ["version"], { stdio: "ignore" });
for (let i = 0; i < coldRounds; i++) {
  for (const t of [go, rt0]) {
    rmSync(t.cache, { recursive: true, force: true });
    changeSource();
    record("cold", t);
  }
}
for (let i = 0; i < rounds; i++) {
  for (const t of [go, rt0]) {
    build(t);
    record("no change", t);
  }
  changeSource();
  for (const t of [go, rt0]) record("one line edited", t);
}

const lines = [
  "| build of hello | go wall s | rt0 wall s | ratio | go CPU s | rt0 CPU s | ratio | go MiB | rt0 MiB |",
  "|---|---|---|---|---|---|---|---|---|",
];
for (const [what, costs] of best) {
  const g = costs.get(go)!;
  const r = costs.get(rt0)!;
  lines.push(`| ${what} | ${cells(g, r)} | ${g.mib} | ${r.mib} |`);
}
const size = (t: Toolchain): number => statSync(t.out).size;
lines.push("", `Binary: go ${size(go)} bytes, rt0 ${size(rt0)} bytes, ratio ${fixed(size(rt0) / size(go))}.`);
report("build", `least of ${rounds} (cold: ${coldRounds})`, lines);
