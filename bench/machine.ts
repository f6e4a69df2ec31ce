// npm run bench:machine: the programs of bench/programs, small sizes, built by gc and run natively, under qemu-x86_64 (Debian's
// qemu-user, where it is installed) and under `rt0 machine`, taking turns in one run; and the boot of hello. The least of
// ROUNDS is kept. PROGRAMS=nbody,sieve runs some; BIN=dir takes built programs from there. Prints a table and, with --write,
// keeps it in bench/README.md.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cost, fixed as f, least, measureSuccess, realGo, report, root, scratchDir } from "./report.ts";

const programs = join(root, "bench/programs");
const sizes = JSON.parse(readFileSync(join(programs, "sizes.json"), "utf8")) as Record<string, { small: string[] }>;
const names = (process.env["PROGRAMS"] ?? Object.keys(sizes).join(",")).split(",");
const rounds = Number(process.env["ROUNDS"] ?? "3");
const dir = scratchDir();
const rt0 = [process.execPath, "--stack-size=8000", process.env["RT0"] ?? join(root, "dist/rt0.cjs")];
const hasQemu = spawnSync("qemu-x86_64", ["--version"]).status === 0;
if (!hasQemu) console.error("qemu-x86_64 is not installed (apt-get install qemu-user): its column stays empty");

const best = new Map<string, Cost>();
const instructions = new Map<string, number>();
function keep(name: string, what: string, cost: Cost): void {
  best.set(`${name} ${what}`, least(best.get(`${name} ${what}`), cost));
}

function build(name: string, source: string): string {
  const ready = process.env["BIN"] === undefined ? "" : join(process.env["BIN"], name);
  if (existsSync(ready)) return ready;
  const out = join(dir, name);
  execFileSync(realGo, ["build", "-p", "1", "-o", out, source], {
    cwd: programs,
    env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOAMD64: "v1" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return out;
}
const built = new Map(names.map((name) => [name, build(name, `./${name}`)]));
writeFileSync(join(dir, "hello.go"), 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello world") }\n');
const hello = build("hello-world", join(dir, "hello.go"));

for (let round = 0; round < rounds; round++) {
  for (const name of names) {
    const program = built.get(name)!;
    const args = sizes[name]!.small;
    const want = readFileSync(join(programs, name, "expected-small.txt"), "latin1");
    const ways: (readonly [string, readonly string[]])[] = [
      ["native", [program, ...args]],
      ["rt0", [...rt0, "machine", "-stats", program, ...args]],
    ];
    if (hasQemu) ways.push(["qemu", ["qemu-x86_64", program, ...args]]);
    // The order turns, so that nobody always goes first.
    for (let i = 0; i < ways.length; i++) {
      const [what, argv] = ways[(i + round) % ways.length]!;
      const m = measureSuccess(argv);
      if (m.stdout !== want) throw new Error(`${name} ${what}: wrong output`);
      keep(name, what, m);
      const executed = /(\d+) instructions in/.exec(m.stderr)?.[1];
      if (executed !== undefined) instructions.set(name, Number(executed));
    }
  }
  keep("hello", "native", measureSuccess([hello]));
  if (hasQemu) keep("hello", "qemu-x86_64", measureSuccess(["qemu-x86_64", hello]));
  keep("hello", "node -e 0", measureSuccess([process.execPath, "-e", "0"]));
  keep("hello", "rt0 machine", measureSuccess([...rt0, "machine", hello]));
  keep("hello", "rt0 boot", measureSuccess([...rt0, "boot", "-no-color", hello]));
}

const lines = [
  "| program | million instructions | native s | qemu s | rt0 s | rt0/native | rt0/qemu | million instructions/s |",
  "|---|---|---|---|---|---|---|---|",
];
const logs = { native: 0, qemu: 0, speed: 0 };
for (const name of names) {
  const native = best.get(`${name} native`)!.cpu;
  const qemu = best.get(`${name} qemu`)?.cpu;
  const r = best.get(`${name} rt0`)!.cpu;
  const n = (instructions.get(name) ?? 0) / 1e6;
  // What is over before the clock has ticked took half a tick.
  const slower = r / Math.max(native, 0.005);
  logs.native += Math.log(slower);
  logs.qemu += qemu === undefined ? 0 : Math.log(r / qemu);
  logs.speed += Math.log(n / r);
  const ratio = qemu === undefined ? "" : f(r / qemu);
  lines.push(
    `| ${name} | ${f(n, 0)} | ${f(native)} | ${f(qemu)} | ${f(r)} | ${f(slower, 0)} | ${ratio} | ${f(n / r, 0)} |`,
  );
}
const mean = (sum: number): number => Math.exp(sum / names.length);
const qemuMean = hasQemu ? f(mean(logs.qemu)) : "";
lines.push(
  `| geometric mean | | | | | ${f(mean(logs.native), 0)} | ${qemuMean} | ${f(mean(logs.speed), 0)} |`,
  "",
  "CPU seconds (user and system, all threads, start and V8's compilers included), for the machine's cores are shared.",
  "",
  "| hello world | wall s | CPU s |",
  "|---|---|---|",
);
for (const what of ["native", "qemu-x86_64", "node -e 0", "rt0 machine", "rt0 boot"]) {
  const c = best.get(`hello ${what}`);
  if (c !== undefined) lines.push(`| ${what} | ${f(c.wall)} | ${f(c.cpu)} |`);
}
report("machine", `least of ${rounds}`, lines);
