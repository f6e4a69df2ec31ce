// npm run bench:machine: the programs of bench/programs, small sizes, built by gc and run natively, under qemu-x86_64 (Debian's
// qemu-user, where it is installed) and under `rt0 machine`, taking turns in one run; and the boot of hello. The least of
// ROUNDS is kept. PROGRAMS=nbody,sieve runs some; BIN=dir takes built programs from there. Prints a table and, with --write,
// keeps it with the date in bench/README.md.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const programs = join(root, "bench/programs");
const sizes = JSON.parse(readFileSync(join(programs, "sizes.json"), "utf8"));
const names = (process.env.PROGRAMS ?? Object.keys(sizes).join(",")).split(",");
const rounds = Number(process.env.ROUNDS ?? "3");
const go = join(process.env.GOROOT ?? "/usr/local/go", "bin/go");
const dir = mkdtempSync(join(tmpdir(), "rt0-bench-machine-"));
const rt0 = [process.execPath, "--stack-size=8000", process.env.RT0 ?? join(root, "dist/rt0.cjs")];
const qemu = spawnSync("qemu-x86_64", ["--version"]).status === 0;
if (!qemu) console.error("qemu-x86_64 is not installed (apt-get install qemu-user): its column stays empty");

/** Runs a command; wall and CPU seconds and what it wrote. */
function measure(argv, env = {}) {
  const out = join(dir, "time.txt");
  const started = process.hrtime.bigint();
  const r = spawnSync("/usr/bin/time", ["-o", out, "-f", "%U %S", ...argv], { env: { ...process.env, ...env }, encoding: "latin1", maxBuffer: 1 << 28 });
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  if (r.status !== 0) throw new Error(`${argv.join(" ")}: status ${r.status}: ${r.stderr}`);
  const [user, sys] = readFileSync(out, "utf8").trim().split("\n").at(-1).split(" ").map(Number);
  return { wall, cpu: user + sys, stdout: r.stdout, stderr: r.stderr };
}

const best = {};
function keep(name, what, m, instructions = 0) {
  const b = (best[name] ??= {});
  const old = b[what];
  b[what] = { wall: Math.min(m.wall, old?.wall ?? Infinity), cpu: Math.min(m.cpu, old?.cpu ?? Infinity), instructions };
}

const built = {};
function build(name, source) {
  const ready = process.env.BIN === undefined ? "" : join(process.env.BIN, name);
  if (existsSync(ready)) return ready;
  const out = join(dir, name);
  execFileSync(go, ["build", "-p", "1", "-o", out, source], {
    cwd: programs,
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOAMD64: "v1" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return out;
}
for (const name of names) built[name] = build(name, `./${name}`);
writeFileSync(join(dir, "hello.go"), 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello world") }\n');
const hello = build("hello-world", join(dir, "hello.go"));

let wrong = 0;
for (let round = 0; round < rounds; round++) {
  for (const name of names) {
    const args = sizes[name].small;
    const want = readFileSync(join(programs, name, "expected-small.txt"), "latin1");
    const ways = [
      ["native", [built[name], ...args]],
      ...(qemu ? [["qemu", ["qemu-x86_64", built[name], ...args]]] : []),
      ["rt0", [...rt0, "machine", "-stats", built[name], ...args]],
    ];
    // The order turns, so that nobody always goes first.
    for (let i = 0; i < ways.length; i++) {
      const [what, argv] = ways[(i + round) % ways.length];
      const m = measure(argv);
      if (m.stdout !== want) {
        console.error(`${name} ${what}: wrong output`);
        wrong++;
      }
      keep(name, what, m, Number(/(\d+) instructions in/.exec(m.stderr)?.[1] ?? 0));
    }
  }
  keep("hello", "native", measure([hello]));
  if (qemu) keep("hello", "qemu", measure(["qemu-x86_64", hello]));
  keep("hello", "rt0", measure([...rt0, "machine", hello]));
  keep("hello", "boot", measure([...rt0, "boot", "-no-color", hello]));
  keep("hello", "node", measure([process.execPath, "-e", "0"]));
}

const f = (x, digits = 2) => (x === undefined || !Number.isFinite(x) ? "" : x.toFixed(digits));
const lines = [
  "| program | million instructions | native s | qemu s | rt0 s | rt0/native | rt0/qemu | million instructions/s |",
  "|---|---|---|---|---|---|---|---|",
];
const logs = { native: 0, qemu: 0, speed: 0 };
for (const name of names) {
  const { native, qemu: q, rt0: r } = best[name];
  const n = r.instructions / 1e6;
  logs.native += Math.log(r.cpu / Math.max(native.cpu, 0.005));
  logs.qemu += q === undefined ? 0 : Math.log(r.cpu / q.cpu);
  logs.speed += Math.log(n / r.cpu);
  lines.push(`| ${name} | ${f(n, 0)} | ${f(native.cpu)} | ${f(q?.cpu)} | ${f(r.cpu)} | ${f(r.cpu / Math.max(native.cpu, 0.005), 0)} | ${f(r.cpu / q?.cpu)} | ${f(n / r.cpu, 0)} |`);
}
const mean = (x) => Math.exp(x / names.length);
lines.push(`| geometric mean | | | | | ${f(mean(logs.native), 0)} | ${qemu ? f(mean(logs.qemu)) : ""} | ${f(mean(logs.speed), 0)} |`);
const h = best.hello;
lines.push(
  "",
  "CPU seconds (user and system, all threads, start and V8's compilers included), for the machine's cores are shared.",
  "",
  "| hello world | wall s | CPU s |",
  "|---|---|---|",
  ...[
    ["native", h.native],
    ["qemu-x86_64", h.qemu],
    ["node -e 0", h.node],
    ["rt0 machine", h.rt0],
    ["rt0 boot", h.boot],
  ]
    .filter(([, m]) => m !== undefined)
    .map(([what, m]) => `| ${what} | ${f(m.wall)} | ${f(m.cpu)} |`),
);
console.log(lines.join("\n"));
rmSync(dir, { recursive: true, force: true });

if (process.argv.includes("--write")) {
  const path = join(root, "bench/README.md");
  const old = existsSync(path) ? readFileSync(path, "utf8") : "# Benchmarks\n";
  const sections = old.split(/\n(?=## )/).filter((s) => !s.startsWith("## bench:machine"));
  const date = new Date().toISOString().slice(0, 10);
  const load = readFileSync("/proc/loadavg", "utf8").split(" ")[0];
  const cores = execFileSync("nproc").toString().trim();
  const head = `## bench:machine\n\n${date}, ${cores} cores (load ${load}), least of ${rounds}, Node ${process.versions.node}.`;
  writeFileSync(path, `${[...sections.map((s) => s.trimEnd()), `${head}\n\n${lines.join("\n")}`].join("\n\n")}\n`);
}
process.exitCode = wrong === 0 ? 0 : 1;
