// node src/machine/testing/std.mjs [package…]: test binaries of the standard library, built by gc, natively and under
// `rt0 machine`: every test's name and verdict must agree. Also the examples and the bench programs (small): `examples`, `bench`.
// RT0=path of rt0.cjs (default dist/rt0.cjs), CACHE=dir keeps what was built.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../../..");
const goroot = process.env.GOROOT ?? "/usr/local/go";
const go = join(goroot, "bin/go");
const cache = process.env.CACHE ?? join(tmpdir(), "rt0-machine-std");
const rt0 = ["--stack-size=8000", process.env.RT0 ?? join(root, "dist/rt0.cjs"), "machine"];
const all = ["strings", "strconv", "sort", "math", "sync", "time", "unicode", "bytes", "container/heap", "container/list", "container/ring"];
const wanted = process.argv.slice(2).length > 0 ? process.argv.slice(2) : [...all, "examples", "bench"];
mkdirSync(cache, { recursive: true });
const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-p=1", GOAMD64: "v1" };
let failures = 0;

function build(out, args, cwd) {
  if (existsSync(out)) return true;
  const r = spawnSync(go, args, { cwd, env, encoding: "utf8" });
  if (r.status !== 0) console.log(`${out}: ${r.stderr}`);
  return r.status === 0;
}

function seconds(started) {
  return ((Date.now() - started) / 1000).toFixed(1);
}

/** "PASS TestX" lines, sorted. */
function verdicts(text) {
  return [...text.matchAll(/^\s*--- (PASS|FAIL|SKIP): (\S+)/gm)].map((m) => `${m[1]} ${m[2]}`).sort();
}

function stdPackage(name) {
  const out = join(cache, `${name.replace("/", "_")}.test`);
  const dir = join(goroot, "src", name);
  if (!build(out, ["test", "-c", "-o", out, name], dir)) {
    failures++;
    return;
  }
  // Two of time's tests start 200,000 timers each in six variants: minutes in the machine; RT0_LONG=1 runs them.
  const slow = name === "time" && process.env.RT0_LONG !== "1" ? ["-test.skip=TestStopResult|TestResetResult"] : [];
  const args = ["-test.v", "-test.short", "-test.timeout=0", ...slow];
  const native = spawnSync(out, args, { cwd: dir, env: { ...env, GOROOT: goroot }, encoding: "latin1", maxBuffer: 1 << 28 });
  const started = Date.now();
  const mounts = ["-mount", `${goroot}:${goroot}:ro`, "-mount", "/usr/share/zoneinfo:/usr/share/zoneinfo:ro"];
  const ours = spawnSync(process.execPath, [...rt0, "-stats", "-cpus", "2", ...mounts, "-env", `PWD=${dir}`, "-env", `GOROOT=${goroot}`, out, ...args], {
    cwd: dir,
    env,
    encoding: "latin1",
    maxBuffer: 1 << 28,
  });
  const want = verdicts(native.stdout);
  const got = verdicts(ours.stdout);
  const differ = [...want.filter((v) => !got.includes(v)).map((v) => `native ${v}`), ...got.filter((v) => !want.includes(v)).map((v) => `machine ${v}`)];
  const n = /(\d+) instructions/.exec(ours.stderr)?.[1] ?? "?";
  console.log(`${name}: ${got.length} of ${want.length} verdicts, ${differ.length} differ, status ${ours.status} want ${native.status}, ${(Number(n) / 1e6).toFixed(0)} million instructions, ${seconds(started)} s`);
  if (differ.length > 0 || ours.status !== native.status) {
    failures++;
    for (const d of differ.slice(0, 10)) console.log(`  ${d}`);
    console.log(ours.stdout.split("\n").filter((l) => /^\s+\S+_test\.go|panic|fatal/.test(l)).slice(0, 20).join("\n"));
    console.log(ours.stderr.slice(-600));
  }
}

/** Addresses, times and thread numbers are of one run only. */
function steady(text) {
  return text.replace(/0x[0-9a-f]{4,}/g, "0x").replace(/pid \d+/g, "pid N");
}

function program(name, file, args, cwd) {
  const native = spawnSync(file, args, { cwd, env, encoding: "latin1", input: "", maxBuffer: 1 << 28 });
  const started = Date.now();
  // examples/processes starts the system's programs, which are dynamically linked.
  const system = ["/bin", "/lib", "/lib64", "/usr"].flatMap((d) => ["-mount", `${realpathSync(d)}:${d}:ro`]);
  const mounts = [...system, "-mount", `${cwd}:${cwd}`, "-mount", `${cache}:${cache}:ro`];
  const ours = spawnSync(process.execPath, [...rt0, ...mounts, file, ...args], { cwd, env, encoding: "latin1", input: "", maxBuffer: 1 << 28 });
  const status = native.status ?? 128 + (native.signal === "SIGKILL" ? 9 : 2);
  const same = steady(ours.stdout) === steady(native.stdout) && ours.status === status;
  // What a crash says about goroutines and addresses differs from run to run; its first lines do not.
  const head = (s) => steady(s).split("\n").slice(0, 3).join("\n").replace(/goroutine \d+.*/g, "");
  const err = head(ours.stderr) === head(native.stderr);
  console.log(`${name}: ${same && err ? "equal" : "DIFFERS"}, status ${ours.status} want ${status}, ${native.stdout.length} bytes, ${seconds(started)} s`);
  if (!same || !err) {
    failures++;
    console.log(`  want ${JSON.stringify(native.stdout.slice(-300))} ${JSON.stringify(native.stderr.slice(0, 300))}`);
    console.log(`  got  ${JSON.stringify(ours.stdout.slice(-300))} ${JSON.stringify(ours.stderr.slice(0, 300))}`);
  }
}

for (const name of wanted) {
  if (name === "examples") {
    const base = join(root, "examples");
    for (const e of readdirSync(base)) {
      const out = join(cache, `example-${e}`);
      if (build(out, ["build", "-o", out, `./examples/${e}`], root)) program(`examples/${e}`, out, [], join(base, e));
      else failures++;
    }
  } else if (name === "bench") {
    const base = join(root, "bench/programs");
    const sizes = JSON.parse(readFileSync(join(base, "sizes.json"), "utf8"));
    for (const b of Object.keys(sizes)) {
      const out = join(cache, `bench-${b}`);
      if (build(out, ["build", "-o", out, `./${b}`], base)) program(`bench/${b}`, out, sizes[b].small, base);
      else failures++;
    }
  } else stdPackage(name);
}
console.log(failures === 0 ? "all equal" : `${failures} differ`);
process.exitCode = failures === 0 ? 0 : 1;
