// npm run bench:asm: all assembly files of the standard library, assembled by one process of rt0 and by one process of
// `go tool asm` for each package. rt0 starts as it does when installed: asmstart.ts. Objects are new files, as in a build.
// The two take turns in one run; the least of n is kept. Prints a table and, with --write,
// keeps it with the date in bench/README.md. Needs the real Go.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { asmArgs, asmPackages, go, objdir } from "../src/asm/testing/std.ts";

/** A command line of the assembler and the folder it runs in. */
interface Job {
  readonly dir: string;
  readonly args: readonly string[];
}

const root = process.env.RT0_ROOT ?? resolve(".");
const rounds = Number(process.env.ROUNDS ?? "7");
const scratch = mkdtempSync(join(tmpdir(), "rt0-bench-"));
const timeFile = join(scratch, "time.txt");

interface Cost {
  wall: number;
  cpu: number;
  mib: number;
}

/** Runs a command; wall and CPU seconds, peak resident set. */
function measure(cmd: string, args: readonly string[], cwd: string): Cost {
  const started = process.hrtime.bigint();
  const r = spawnSync("/usr/bin/time", ["-o", timeFile, "-f", "%U %S %M", cmd, ...args], { cwd, encoding: "utf8" });
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  if (r.status !== 0) throw new Error(`${cmd} ${args.join(" ")}: ${r.stdout}${r.stderr}`);
  const [user, sys, kb] = readFileSync(timeFile, "utf8").trim().split("\n").at(-1)!.split(" ").map(Number);
  return { wall, cpu: user! + sys!, mib: Math.round(kb! / 1024) };
}

const packages = asmPackages();
const jobs: Job[] = packages.map((p, i) => ({
  dir: p.dir,
  args: asmArgs(p, objdir(p), join(scratch, `${i}.o`), p.asmFiles),
}));
const bytes = packages.reduce((n, p) => n + p.asmFiles.reduce((m, f) => m + statSync(join(p.dir, f)).size, 0), 0);
const files = packages.reduce((n, p) => n + p.asmFiles.length, 0);
const list = join(scratch, "jobs.json");
writeFileSync(list, JSON.stringify(jobs));

const start = join(scratch, "start.cjs");
for (const [file, out] of [
  ["asmchild", "child"],
  ["asmstart", "start"],
] as const) {
  await build({
    entryPoints: [join(root, `bench/${file}.ts`)],
    outfile: join(scratch, `${out}.cjs`),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    charset: "ascii",
    logLevel: "warning",
  });
}
const asm = execFileSync(go, ["tool", "-n", "asm"], { encoding: "utf8" }).trim();

// A shell that starts the processes one after the other: their CPU time adds up there.
const quoted = (a: string): string => `'${a}'`;
const script = join(scratch, "go.sh");
writeFileSync(script, jobs.map((j) => `cd ${j.dir} && ${asm} ${j.args.map(quoted).join(" ")} || exit 1\n`).join(""));
const withGo = (): Cost => measure("/bin/sh", [script], root);
const withRt0 = (): Cost => measure(process.execPath, [start, list], root);
// The first run keeps its code for the others.
withRt0();

const best: Record<string, Cost> = {};
for (let i = 0; i < rounds; i++) {
  for (const [name, run] of [
    ["go", withGo],
    ["rt0", withRt0],
  ] as const) {
    for (let k = 0; k < jobs.length; k++) rmSync(join(scratch, `${k}.o`), { force: true });
    const c = run();
    const b = best[name];
    best[name] =
      b === undefined
        ? c
        : { wall: Math.min(b.wall, c.wall), cpu: Math.min(b.cpu, c.cpu), mib: Math.min(b.mib, c.mib) };
  }
}
const g = best["go"]!;
const r = best["rt0"]!;
let same = 0;
for (let i = 0; i < jobs.length; i++) {
  const path = join(scratch, `${i}.o`);
  const mine = readFileSync(path);
  execFileSync(asm, jobs[i]!.args, { cwd: jobs[i]!.dir });
  if (Buffer.compare(mine, readFileSync(path)) === 0) same++;
}
const ms = (x: number): string => (x * 1000).toFixed(0);
const ratio = (a: number, b: number): string => (a / b).toFixed(2);
const lines = [
  "| all assembly of std | processes | wall ms | CPU ms | MiB |",
  "|---|---|---|---|---|",
  `| go tool asm | ${jobs.length} | ${ms(g.wall)} | ${ms(g.cpu)} | ${g.mib} |`,
  `| rt0 | 1 | ${ms(r.wall)} | ${ms(r.cpu)} | ${r.mib} |`,
  `| ratio | | ${ratio(r.wall, g.wall)} | ${ratio(r.cpu, g.cpu)} | ${ratio(r.mib, g.mib)} |`,
  "",
  `${files} files, ${Math.round(bytes / 1024)} KiB; ${same} of ${jobs.length} objects identical.`,
];
console.log(lines.join("\n"));
rmSync(scratch, { recursive: true, force: true });

if (process.argv.includes("--write")) {
  const path = join(root, "bench/README.md");
  const old = existsSync(path) ? readFileSync(path, "utf8") : "# Benchmarks\n";
  const mark = "\n## bench:asm";
  const head = old.split(mark)[0]!.trimEnd();
  const rest = old.includes(mark)
    ? old
        .slice(old.indexOf(mark) + 1)
        .split(/\n(?=## )/)
        .slice(1)
        .join("\n")
    : "";
  const date = new Date().toISOString().slice(0, 10);
  const load = readFileSync("/proc/loadavg", "utf8").split(" ")[0];
  const cores = execFileSync("nproc").toString().trim();
  const text = `${date}, ${cores} cores, Node ${process.version}, load average ${load}, least of ${rounds}, in turns.\n\n${lines.join("\n")}\n`;
  writeFileSync(path, `${head}\n${mark}\n\n${text}${rest === "" ? "" : `\n${rest}`}`);
}
