// npm run test:std [-- packages…] [--run regexp] [--jobs n] [--keep name] [--again] [--gcflags flags]: compiles the tests of
// packages of the standard library (default: all that have tests) with rt0, from the packages they import to the generated
// main, links and runs them in the package's directory with -test.short, and compares the verdict of each test with that of
// the test binary gc makes. Tests that build programs with the go command are skipped by both.
// The real go command says which packages a test binary is made of, and writes its main.
// Everything is kept in $RT0STD (default: a folder of the temporary directory): gc's binaries and their verdicts in gc/,
// rt0's archives in a folder named by the compiler that made them, or by --keep, whoever made them. --again runs packages
// whose verdicts are there already.
import { execFile, execFileSync, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "./build.mjs";

const goroot = process.env.GOROOT ?? "/usr/local/go";
const argv = process.argv.slice(2);
const option = (name, otherwise) => {
  const i = argv.indexOf(name);
  return i < 0 ? otherwise : argv.splice(i, 2)[1];
};
const run = option("--run", "");
const jobs = Number(option("--jobs", "2"));
const keep = option("--keep", "");
const gcflags = option("--gcflags", "").split(" ").filter(Boolean);
const again = argv.includes("--again");
const named = argv.filter((a) => !a.startsWith("--"));
const goEnv = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-p=1" };
const go = (...args) =>
  execFileSync("go", args, { env: goEnv, cwd: join(goroot, "src"), maxBuffer: 1 << 30, encoding: "utf8" });

const withTests = "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}";
const standard = () => go("list", "-f", withTests, "std").split("\n");
const wanted = [...new Set(named.length > 0 ? named : standard())].filter((p) => p !== "" && !p.startsWith("vendor/"));

// ---- rt0

const dist = mkdtempSync(join(tmpdir(), "rt0-std-dist-"));
await bundle({ outdir: dist, extra: { server: "tools/go-server.ts" } });
const tools = JSON.parse(readFileSync(join(dist, "tools.json"), "utf8"));
const version = createHash("sha256").update(`${tools.compile} ${tools.asm} ${gcflags}`).digest("hex").slice(0, 16);
const kept = process.env.RT0STD ?? join(tmpdir(), "rt0-std");
const store = join(kept, keep === "" ? version : keep);
const reference = join(kept, "gc");
const scratch = mkdtempSync(join(tmpdir(), "rt0-std-run-"));
mkdirSync(store, { recursive: true });
mkdirSync(reference, { recursive: true });

/** Processes that run rt0's tools, one command at a time each. */
const servers = Array.from({ length: jobs }, () => {
  const process_ = fork(join(dist, "server.mjs"), [], {
    execArgv: ["--stack-size=8000"],
    env: { ...process.env, GOROOT: goroot },
  });
  const server = { process: process_, waiting: new Map(), load: 0 };
  process_.on("message", (r) => {
    server.load--;
    server.waiting.get(r.id)(r);
    server.waiting.delete(r.id);
  });
  return server;
});
let sequence = 0;

/** Runs a tool of rt0; its output, or an error with it. */
function tool(args, cwd) {
  const id = ++sequence;
  const server = servers.reduce((a, b) => (b.load < a.load ? b : a));
  server.load++;
  return new Promise((done, fail) => {
    server.waiting.set(id, (r) => (r.status === 0 ? done(r.out) : fail(new Error(`${args[0]}: ${r.out.trim()}`))));
    server.process.send({ id, argv: ["tool", ...args], cwd });
  });
}

// ---- The packages of all test binaries

const fields =
  "ImportPath,Dir,Name,GoFiles,SFiles,Imports,ImportMap,Standard,EmbedFiles,EmbedPatterns,TestEmbedFiles,XTestEmbedFiles,TestEmbedPatterns,XTestEmbedPatterns,ForTest,DefaultGODEBUG";
const graph = new Map();
for (const text of go("list", "-test", "-deps", `-json=${fields}`, ...wanted).split(/^(?=\{$)/m)) {
  if (text.trim() === "") continue;
  const p = JSON.parse(text);
  graph.set(p.ImportPath, p);
}

/** The path that objects know a package by. */
const pathOf = (id) => (graph.get(id).Name === "main" ? "main" : id.replace(/ \[.*$/, ""));
/** Packages with functions whose bodies are elsewhere, though no assembly is in them. */
const incomplete = new Set(
  "bytes internal/poll net os runtime/metrics runtime/pprof runtime/trace sync syscall time".split(" "),
);
const built = new Map();
let compiled = 0;

function depsOf(id) {
  const p = graph.get(id);
  return (p.Imports ?? []).filter((i) => i !== "unsafe" && i !== "C").map((i) => p.ImportMap?.[i] ?? i);
}

/** Everything a package needs, itself not included. */
const closures = new Map();
function closureOf(id) {
  let all = closures.get(id);
  if (all === undefined) {
    all = new Set();
    for (const d of depsOf(id)) {
      all.add(d);
      for (const i of closureOf(d)) all.add(i);
    }
    closures.set(id, all);
  }
  return all;
}

/** At most `jobs` compilations at a time. */
let running = 0;
const queue = [];
async function slot(work) {
  if (running >= jobs) await new Promise((next) => queue.push(next));
  running++;
  try {
    return await work();
  } finally {
    running--;
    queue.shift()?.();
  }
}

/** The archive of a package. */
function build(id) {
  let b = built.get(id);
  if (b === undefined) {
    b = (async () => {
      const archives = new Map();
      await Promise.all([...closureOf(id)].map(async (d) => archives.set(d, await build(d))));
      return slot(() => compile(id, archives));
    })();
    built.set(id, b);
  }
  return b;
}

async function compile(id, archives) {
  const p = graph.get(id);
  const file = join(store, `${id.replace(/[^\w.]/g, "_")}.a`);
  if (existsSync(file)) return file;
  const work = mkdtempSync(join(scratch, "compile-"));
  try {
    let config = "";
    for (const [from, to] of Object.entries(p.ImportMap ?? {})) {
      const path = pathOf(to);
      if (path !== from) config += `importmap ${from}=${path}\n`;
    }
    for (const [d, a] of archives) config += `packagefile ${pathOf(d)}=${a}\n`;
    writeFileSync(join(work, "importcfg"), config);
    const out = join(work, "p.a");
    const path = pathOf(id);
    const flags = ["-o", out, "-p", path, "-lang=go1.26", "-buildid", "x/x", "-goversion", "go1.26.8", ...gcflags];
    if (p.Standard) flags.push("-std");
    flags.push("-c=1", "-nolocalimports", "-importcfg", join(work, "importcfg"), "-pack");
    const asm = p.SFiles ?? [];
    if (asm.length === 0 && !(p.Standard && incomplete.has(path))) flags.push("-complete");
    const embed = embedConfig(p);
    if (embed !== null) {
      writeFileSync(join(work, "embedcfg"), embed);
      flags.push("-embedcfg", join(work, "embedcfg"));
    }
    const defines = ["-I", work, "-I", join(goroot, "pkg/include")];
    for (const name of ["GOOS_linux", "GOARCH_amd64", "GOAMD64_v1"]) defines.push("-D", name);
    if (asm.length > 0) {
      writeFileSync(join(work, "go_asm.h"), "");
      await tool(["asm", "-p", path, ...defines, "-gensymabis", "-o", join(work, "symabis"), ...asm], p.Dir);
      flags.push("-symabis", join(work, "symabis"), "-asmhdr", join(work, "go_asm.h"));
    }
    await tool(["compile", ...flags, ...p.GoFiles], p.Dir);
    const objects = [];
    for (const s of asm) {
      const o = join(work, `${s}.o`);
      await tool(["asm", "-p", path, ...defines, "-o", o, s], p.Dir);
      objects.push(o);
    }
    if (objects.length > 0) await tool(["pack", "r", out, ...objects], p.Dir);
    compiled++;
    writeFileSync(`${file}.tmp`, readFileSync(out));
    renameSync(`${file}.tmp`, file);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What -embedcfg says; null if nothing is embedded. */
function embedConfig(p) {
  // What the external tests embed is said where the package itself is.
  const of = (field) => [...(p[field] ?? []), ...(graph.get(p.ForTest)?.[field] ?? [])];
  const all = (what) => new Set(["Embed", "TestEmbed", "XTestEmbed"].flatMap((kind) => of(kind + what)));
  const patterns = all("Patterns");
  if (patterns.size === 0) return null;
  const files = [...all("Files")];
  const config = { Patterns: {}, Files: {} };
  for (const f of files) config.Files[f] = join(p.Dir, f);
  for (const pattern of patterns) {
    const glob = pattern
      .replace(/^all:/, "")
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]");
    const match = new RegExp(`^${glob}(?=$|/)`);
    // Below a directory that is named, hidden files are only meant with "all:".
    const hidden = (f) => !pattern.startsWith("all:") && /\/[._]/.test(f.replace(match, ""));
    config.Patterns[pattern] = files.filter((f) => match.test(f) && !hidden(f));
  }
  return JSON.stringify(config);
}

// ---- Running

/** Runs a test binary: verdicts by test, and the output. A test that was begun and has no verdict is "lost". */
async function verdicts(exe, pkg, only) {
  const args = ["-test.short", "-test.paniconexit0", "-test.v=test2json", "-test.timeout=240s"];
  if (only !== "") args.push(`-test.run=${only}`);
  const temporary = mkdtempSync(join(scratch, "tmp-"));
  const cwd = join(goroot, "src", pkg);
  const env = { ...process.env, CGO_ENABLED: "0", GOROOT: goroot, PWD: cwd, TMPDIR: temporary };
  // testenv's way of saying that the go command cannot build here.
  env.GO_GCFLAGS = "none";
  const started = Date.now();
  const r = await new Promise((done) =>
    execFile(exe, args, { cwd, timeout: 300_000, killSignal: "SIGKILL", maxBuffer: 1 << 28, env }, (error, out, err) =>
      done({ error, out, err }),
    ),
  );
  rmSync(temporary, { recursive: true, force: true });
  const tests = {};
  const mark = String.fromCharCode(0x16);
  for (const line of r.out.split(mark)) {
    const begun = /^=== RUN +(\S+)/.exec(line);
    if (begun !== null) tests[begun[1]] ??= "lost";
    const ended = /^ *--- (PASS|FAIL|SKIP): (\S+)/.exec(line);
    if (ended !== null) tests[ended[2]] = ended[1];
  }
  return {
    status: r.error === null ? 0 : (r.error.code ?? r.error.signal),
    seconds: (Date.now() - started) / 1000,
    tests,
    out: (r.out + r.err).replaceAll(mark, ""),
  };
}

/** What gc's test binary says; kept. */
async function expected(pkg) {
  const exe = join(reference, pkg.replaceAll("/", "_"));
  const file = `${exe}.json`;
  if (run === "" && existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  if (!existsSync(exe)) go("test", "-c", "-o", exe, pkg);
  const v = await verdicts(exe, pkg, run);
  const short = { status: v.status, seconds: v.seconds, tests: v.tests };
  if (run === "") writeFileSync(file, JSON.stringify(short));
  return short;
}

async function link(pkg, exe) {
  const id = `${pkg}.test`;
  const main = await build(id);
  let config = `packagefile main=${main}\n`;
  for (const d of closureOf(id)) config += `packagefile ${pathOf(d)}=${await build(d)}\n`;
  writeFileSync(`${exe}.cfg`, config);
  const flags = ["-o", exe, "-importcfg", `${exe}.cfg`, "-buildmode=exe", "-X=testing.testBinary=1"];
  const godebug = graph.get(id).DefaultGODEBUG;
  if (godebug) flags.push(`-X=runtime.godebugDefault=${godebug}`);
  await tool(["link", ...flags, main], bin);
}

const bin = join(store, "bin");
mkdirSync(bin, { recursive: true });
const isTop = (name) => !name.includes("/");

/** Tests that gc passes and rt0 does not. */
const worse = (want, got) =>
  Object.keys(want.tests).filter((t) => want.tests[t] === "PASS" && got.tests[t] !== "PASS" && got.tests[t] !== "SKIP");

async function test(pkg) {
  const exe = join(bin, pkg.replaceAll("/", "_"));
  const file = `${exe}.json`;
  if (!again && run === "" && existsSync(file)) return JSON.parse(readFileSync(file, "utf8"));
  try {
    await link(pkg, exe);
  } catch (e) {
    return { build: e.message };
  }
  const want = await expected(pkg);
  let got = await verdicts(exe, pkg, run);
  let bad = worse(want, got).filter(isTop);
  let unsteady = [];
  if (bad.length > 0 && bad.length < 20) {
    // Once more, alone: what depends on the machine's load passes now.
    const more = await verdicts(exe, pkg, `^(${bad.map((t) => t.replace(/[^\w]/g, ".")).join("|")})$`);
    unsteady = bad.filter((t) => more.tests[t] === "PASS");
    bad = bad.filter((t) => more.tests[t] !== "PASS");
    if (bad.length > 0 && worse(want, got).includes("lost")) got = more;
  }
  const tests = Object.keys(want.tests).filter(isTop);
  const count = (v) => tests.filter((t) => want.tests[t] === v).length;
  const failed = bad.length > 0 || (want.status === 0 && got.status !== 0 && unsteady.length === 0);
  const result = {
    tests: count("PASS"),
    skipped: count("SKIP"),
    subtests: Object.keys(want.tests).filter((t) => !isTop(t) && want.tests[t] === "PASS").length,
    bothFail: tests.filter((t) => want.tests[t] !== "PASS" && want.tests[t] !== "SKIP" && got.tests[t] !== "PASS"),
    bad,
    unsteady,
    status: got.status,
    seconds: got.seconds,
    wantSeconds: want.seconds,
    failed,
    out: failed ? got.out.slice(-200_000) : "",
  };
  if (run === "") writeFileSync(file, JSON.stringify(result));
  if (!failed && run === "") {
    rmSync(exe, { force: true });
    rmSync(`${exe}.cfg`, { force: true });
  }
  return result;
}

const total = { packages: 0, tests: 0, passed: 0, subtests: 0, skipped: 0 };
const failures = [];
/** Two at a time at most: while one is compiled, another runs. */
const order = wanted.filter((p) => graph.has(`${p}.test`));
let next = 0;
async function worker() {
  while (next < order.length) {
    const pkg = order[next++];
    const r = await test(pkg);
    if (r.build !== undefined) {
      failures.push([pkg, r.build.slice(0, 600)]);
      console.log(`FAIL ${pkg}: ${failures.at(-1)[1]}`);
      continue;
    }
    total.packages++;
    total.tests += r.tests;
    total.subtests += r.subtests;
    total.skipped += r.skipped;
    total.passed += r.tests - r.bad.length;
    const both = r.bothFail.length > 0 ? `; fail with gc too: ${r.bothFail.join(" ")}` : "";
    const unsteady = r.unsteady.length > 0 ? `; passed the second time: ${r.unsteady.join(" ")}` : "";
    const time = `${r.seconds.toFixed(1)}s (${r.wantSeconds.toFixed(1)}s)`;
    if (r.failed) {
      failures.push([pkg, r.bad.join(" ") || `ends with ${r.status}`]);
      console.log(`FAIL ${pkg} ${time}: ${failures.at(-1)[1]}${unsteady}${both}`);
    } else console.log(`ok   ${pkg} ${r.tests} ${time}${unsteady}${both}`);
  }
}
await Promise.all(Array.from({ length: jobs }, worker));
console.log(
  `tests of the standard library: ${total.packages} packages, ${total.passed} of ${total.tests} tests that gc passes ` +
    `(with ${total.subtests} subtests), ${total.skipped} skipped; ${failures.length} packages failed; ${compiled} compilations`,
);
for (const [p, why] of failures) console.log(`  ${p}: ${why.replaceAll("\n", " ").slice(0, 300)}`);
for (const s of servers) s.process.kill();
rmSync(dist, { recursive: true, force: true });
rmSync(scratch, { recursive: true, force: true });
process.exit(failures.length > 0 ? 1 : 0);
