// npm run bench:check: all of the standard library parsed and type-checked from source, each package once, by rt0, started as the
// product starts a tool, and by go/parser and go/types, each on one thread. The two take turns in one run; the least of n is
// kept. Prints a table and, with --write, keeps it in bench/README.md. ROUNDS=n.
import { execFileSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundlePart } from "./product.ts";
import { cells, type Cost, goroot, realGo, report, root, scratchDir } from "./report.ts";

/** Seconds. */
interface Times {
  readonly wall: number;
  readonly cpu: number;
}

/** What either side prints. */
interface Run {
  readonly parse: Times;
  readonly check: Times;
  readonly mib: number;
}

const rounds = Number(process.env["ROUNDS"] ?? "5");
const scratch = scratchDir();

const env = { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOARCH: "amd64", GOFLAGS: "", GO111MODULE: "on" };
const fields = "ImportPath,Dir,GoFiles,ImportMap";
const listing = execFileSync(realGo, ["list", "-deps", `-json=${fields}`, "std"], {
  cwd: join(goroot, "src"),
  env,
  maxBuffer: 1 << 28,
  encoding: "utf8",
});
const packages = JSON.parse(`[${listing.replace(/^\}\n\{/gm, "},\n{")}]`) as { Dir: string; GoFiles?: string[] }[];
const names = packages.flatMap((p) => (p.GoFiles ?? []).map((f) => join(p.Dir, f)));
const bytes = names.reduce((n, f) => n + statSync(f).size, 0);
const list = join(scratch, "list.json");
writeFileSync(list, JSON.stringify(packages));

const start = await bundlePart("checkchild", scratch);
const peer = join(scratch, "check");
execFileSync(realGo, ["build", "-o", peer, join(root, "bench/check.go")], { cwd: root, env });

const lesser = (a: Times, b: Times): Times => ({ wall: Math.min(a.wall, b.wall), cpu: Math.min(a.cpu, b.cpu) });
const best: Record<string, Run> = {};
function record(name: string, cmd: string, args: readonly string[]): void {
  const out = execFileSync(cmd, args, { env: { ...process.env, GOMAXPROCS: "1" }, encoding: "utf8" });
  const r = JSON.parse(out) as Run;
  const old = best[name];
  best[name] =
    old === undefined
      ? r
      : { parse: lesser(old.parse, r.parse), check: lesser(old.check, r.check), mib: Math.min(old.mib, r.mib) };
}

// One thread means one: what V8 would do beside is counted too. Nothing of what is parsed and checked becomes garbage: an old
// space that need not grow step by step.
const rt0 = ["--single-threaded", "--stack-size=3900", "--initial-heap-size=1024", start, list];
// The first run keeps its code for the others.
execFileSync(process.execPath, rt0, { encoding: "utf8" });
for (let i = 0; i < rounds; i++) {
  record("go", peer, [list]);
  record("rt0", process.execPath, rt0);
}

const g = best["go"]!;
const r = best["rt0"]!;
const cost = (x: Run, ...parts: Times[]): Cost => ({
  wall: parts.reduce((n, t) => n + t.wall, 0),
  cpu: parts.reduce((n, t) => n + t.cpu, 0),
  mib: x.mib,
});
report("check", `least of ${rounds}`, [
  `${packages.length} packages, ${names.length} files, ${(bytes / 1e6).toFixed(1)} MB.`,
  "",
  "| std, one thread | go wall s | rt0 wall s | ratio | go CPU s | rt0 CPU s | ratio | go MiB | rt0 MiB |",
  "|---|---|---|---|---|---|---|---|---|",
  `| lexing, parsing | ${cells(cost(g, g.parse), cost(r, r.parse))} | | |`,
  `| type checking | ${cells(cost(g, g.check), cost(r, r.check))} | | |`,
  `| both | ${cells(cost(g, g.parse, g.check), cost(r, r.parse, r.check))} | ${g.mib} | ${r.mib} |`,
]);
