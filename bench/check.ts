// npm run bench:check: all of the standard library parsed and type-checked from source, each package once, by rt0 and by
// go/parser and go/types, each on one thread; rt0 as the product starts a tool (checkstart.ts). The two take turns in one run; the
// least of n is kept. Prints a table and, with
// --write, keeps it with the date in bench/README.md. Needs the real Go.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

interface Run {
  readonly parse: Cost;
  readonly check: Cost;
  readonly mib: number;
}

const root = process.env["RT0_ROOT"] ?? resolve(".");
const rounds = Number(process.env["ROUNDS"] ?? "5");
const goroot = process.env["GOROOT"] ?? "/usr/local/go";
const go = join(goroot, "bin/go");
const scratch = mkdtempSync(join(tmpdir(), "rt0-bench-"));

const env = { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOARCH: "amd64", GOFLAGS: "", GO111MODULE: "on" };
const fields = "ImportPath,Dir,GoFiles,ImportMap";
const listing = execFileSync(go, ["list", "-deps", `-json=${fields}`, "std"], {
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

const start = join(scratch, "start.cjs");
for (const [file, out] of [
  ["checkchild", "child"],
  ["checkstart", "start"],
] as const) {
  await build({
    entryPoints: [join(root, `bench/${file}.ts`)],
    outfile: join(scratch, `${out}.cjs`),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    charset: "ascii",
    minifyWhitespace: true,
    logLevel: "warning",
  });
}
const peer = join(scratch, "check");
execFileSync(go, ["build", "-o", peer, join(root, "bench/check.go")], { cwd: root, env });

const least = (a: Cost, b: Cost): Cost => ({ wall: Math.min(a.wall, b.wall), cpu: Math.min(a.cpu, b.cpu) });
const best: Record<string, Run> = {};
function record(name: string, cmd: string, args: readonly string[]): void {
  const out = execFileSync(cmd, args, { env: { ...process.env, GOMAXPROCS: "1" }, encoding: "utf8" });
  const r = JSON.parse(out) as Run;
  const old = best[name];
  best[name] =
    old === undefined
      ? r
      : { parse: least(old.parse, r.parse), check: least(old.check, r.check), mib: Math.min(old.mib, r.mib) };
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
const sum = (x: Run): Cost => ({ wall: x.parse.wall + x.check.wall, cpu: x.parse.cpu + x.check.cpu });
const row = (what: string, a: Cost, b: Cost, mib = "| | |"): string => {
  const f = (x: number): string => x.toFixed(2);
  return `| ${what} | ${f(a.wall)} | ${f(b.wall)} | ${f(b.wall / a.wall)} | ${f(a.cpu)} | ${f(b.cpu)} | ${f(b.cpu / a.cpu)} ${mib}`;
};
const lines = [
  "| std, one thread | go wall s | rt0 wall s | ratio | go CPU s | rt0 CPU s | ratio | go MiB | rt0 MiB |",
  "|---|---|---|---|---|---|---|---|---|",
  row("lexing, parsing", g.parse, r.parse),
  row("type checking", g.check, r.check),
  row("both", sum(g), sum(r), `| ${g.mib} | ${r.mib} |`),
];
const text = `${packages.length} packages, ${names.length} files, ${(bytes / 1e6).toFixed(1)} MB.\n\n${lines.join("\n")}`;
console.log(text);
rmSync(scratch, { recursive: true, force: true });

if (process.argv.includes("--write")) {
  const path = join(root, "bench/README.md");
  const old = existsSync(path) ? readFileSync(path, "utf8") : "# Benchmarks\n";
  const mark = "\n## bench:check";
  const head = old.split(mark)[0]!.trimEnd();
  const rest = old.includes(mark)
    ? old
        .slice(old.indexOf(mark) + 1)
        .split(/\n(?=## )/)
        .slice(1)
        .join("\n")
    : "";
  const date = new Date().toISOString().slice(0, 10);
  const cores = execFileSync("nproc").toString().trim();
  writeFileSync(
    path,
    `${head}\n${mark}\n\n${date}, ${cores} cores, least of ${rounds}. ${text}\n${rest === "" ? "" : `\n${rest}`}`,
  );
}
