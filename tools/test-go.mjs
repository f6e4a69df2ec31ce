// npm run test:go [-- filter…] [--every n] [--jobs n] [--gcflags "…"] [--log file] [--write]: runs the programs of GOROOT/test with rt0, as
// cmd/internal/testdir does with go. Kinds: run, rundir, runindir, runoutput, buildrun, build, compile, compiledir. Prints
// passed, failed, skipped, and with --write keeps the failures by name in docs/conformance.md. --gcflags are added to every
// build. A filter that ends in .go is a whole name. RT0_GO names another go command to run them with; rt0 itself runs in one
// process for each job (go-server.ts), which builds one test after the other. --every runs each n-th test only. --log keeps
// each result in a file, with which a run that was cut goes on where it was; another version of rt0 does not go on with it.
import { fork, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { bundle } from "./build.mjs";

const root = resolve(import.meta.dirname, "..");
const goroot = process.env.GOROOT ?? "/usr/local/go";
const testDir = join(goroot, "test");
const argv = process.argv.slice(2);
const option = (name, otherwise) => {
  const i = argv.indexOf(name);
  return i < 0 ? otherwise : argv.splice(i, 2)[1];
};
const jobs = Number(option("--jobs", "2"));
const extraFlags = option("--gcflags", "");
const every = Number(option("--every", "1"));
const log = option("--log", "");
const write = argv.includes("--write");
const filters = argv.filter((a) => !a.startsWith("--"));
/** Everything that is needed while tests run is in here and nowhere else: nobody's build or cleaning changes it. */
const base = mkdtempSync(join(tmpdir(), "goroot-test-"));
const dist = join(base, "dist");
mkdirSync(dist);
/** Tests may take this many times what they say: the machine may be busy. */
const patience = Number(process.env.RT0_PATIENCE ?? "3");
const otherGo = process.env.RT0_GO?.split(" ");

const kinds = new Set(["run", "rundir", "runindir", "runoutput", "buildrun", "build", "compile", "compiledir"]);
/** Flags of gc's own debugging, which say nothing about a program. */
const gcOnly =
  /^(-gcflags=)?(all=)?(-l )?-(dynlink|d=|m|live|race|msan|asan|W|S|t|goexperiment|spectre|wb|gendwarfinl|dwarf|json|pgo|smallframes|clobberdead|linkobj|installsuffix)/;

/** Whether a build constraint line lets a test run on linux/amd64 without cgo. */
function constraintHolds(line) {
  const tag = (t) =>
    ["linux", "amd64", "unix", "gc"].includes(t) || (/^go1\.(\d+)$/.test(t) && Number(t.slice(4)) <= 26);
  const js = line.replace(/^\/\/go:build /, "").replace(/[\w.]+/g, (t) => String(tag(t)));
  return new Function(`return (${js})`)();
}

/** Action, flags and arguments from the head of a test. */
function recipe(source) {
  for (const line of source.split("\n")) {
    if (line.startsWith("//go:build") && !constraintHolds(line.trim()))
      return { action: "skip", why: "build constraint" };
    if (line.trim() !== "" && !line.startsWith("//")) break;
  }
  for (const line of source.split("\n")) {
    const text = line.trim();
    if (text === "") continue;
    if (text.startsWith("//go:build")) continue;
    if (!text.startsWith("//")) return { action: "skip", why: "no action" };
    const words = [...text.slice(2).matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map((m) => m[0].replace(/["']/g, ""));
    const action = words.shift() ?? "";
    const flags = [];
    let timeout = 30 * patience;
    let goVersion = "1.14";
    let ldflags = "";
    let single = false;
    const env = {};
    while (words[0]?.startsWith("-")) {
      const w = words.shift();
      if (w === "-1" || w === "-0") continue;
      if (w === "-s") {
        single = true;
        continue;
      }
      if (w === "-t") timeout = Number(words.shift()) * patience;
      else if (w === "-godebug") env.GODEBUG = words.shift();
      else if (w === "-gomodversion") goVersion = words.shift();
      else if (w === "-goexperiment") return { action: "skip", why: "experiment" };
      else if (w === "-ldflags") {
        ldflags = words.splice(0).join(" ");
      } else flags.push(w);
    }
    return { action, flags, single, ldflags, env, args: words, timeout, goVersion };
  }
  return { action: "skip", why: "empty" };
}

/** Where programs find `go`: tests that run it mean the one that is tested. */
let programPath = process.env.PATH;
/** Where tests that run the compiler themselves find packages of the standard library. */
let stdConfig = "";

let outputs = 0;

/** Runs a program. What it writes to standard output and standard error goes to one file, so that it stays in order. */
function run(cmd, args, cwd, timeout, env = {}) {
  const file = join(dist, `out${++outputs}`);
  const fd = openSync(file, "w+");
  return new Promise((done) => {
    const child = spawn(cmd, args, {
      cwd,
      timeout: timeout * 1000,
      killSignal: "SIGKILL",
      stdio: ["ignore", fd, fd],
      env: { ...process.env, GOROOT: goroot, PATH: programPath, STDLIB_IMPORTCFG: stdConfig, PWD: cwd, ...env },
    });
    const finish = (error, status) => {
      closeSync(fd);
      const out = readFileSync(file, "latin1");
      rmSync(file);
      done({ ok: error === null && status === 0, out, error, killed: child.killed });
    };
    child.on("error", (e) => finish(e, 1));
    child.on("close", (status) => finish(null, status));
  });
}

/** One process of rt0 that runs commands one after the other; it is replaced when a command does not end. */
class Server {
  constructor(dist) {
    this.dist = dist;
    this.child = null;
  }

  run(args, cwd, timeout) {
    this.child ??= fork(join(this.dist, "server.mjs"), [], {
      execArgv: ["--stack-size=8000"],
      env: { ...process.env, GOROOT: goroot },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const { child } = this;
    return new Promise((done) => {
      const finish = (result) => {
        clearTimeout(timer);
        child.removeAllListeners();
        done(result);
      };
      const lost = (killed) => {
        this.child = null;
        child.kill("SIGKILL");
        finish({ ok: false, out: killed ? "" : "the compiler's process died", killed, error: null });
      };
      const timer = setTimeout(() => lost(true), timeout * 1000);
      child.on("message", (r) => finish({ ok: r.status === 0, out: r.out, error: null, killed: false }));
      child.on("exit", () => lost(false));
      child.send({ id: 0, argv: args, cwd });
    });
  }

  close() {
    this.child?.kill("SIGKILL");
  }
}

let freeServers = [];

/** Runs a go command: rt0's, or the one that RT0_GO names. */
async function go(args, cwd, timeout) {
  if (otherGo !== undefined) return run(otherGo[0], [...otherGo.slice(1), ...args], cwd, timeout);
  const server = freeServers.pop();
  const result = await server.run(args, cwd, timeout);
  freeServers.push(server);
  return result;
}

/** The packages of a .dir test, [name, files], in order of their first file. With -s (single) each file is a package. */
function packagesOf(dir, single) {
  const packages = new Map();
  for (const name of readdirSync(dir)
    .filter((n) => n.endsWith(".go"))
    .sort()) {
    const pkg = /^package\s+(\S+)/m.exec(readFileSync(join(dir, name), "latin1"))?.[1];
    const key = single ? name : pkg;
    packages.set(key, [pkg, [...(packages.get(key)?.[1] ?? []), name]]);
  }
  return packages.values();
}

/** Lays a .dir test out as module "test": one folder a package, relative imports made absolute. Gives the last package. */
function layOut(dir, work, single) {
  writeFileSync(join(work, "go.mod"), "module test\n\ngo 1.26\n");
  let last = "";
  for (const [, files] of packagesOf(dir, single)) {
    last = basename(files[0], ".go");
    const to = join(work, last);
    mkdirSync(to, { recursive: true });
    for (const f of files) {
      const text = readFileSync(join(dir, f), "latin1").replace(/"\.\/([^"]+)"/g, '"test/$1"');
      // The go command would take these for tests.
      writeFileSync(join(to, f.replace(/_test\.go$/, "_test_.go")), text, "latin1");
      // A function without a body is an error unless there is assembly.
      if (/^func [^{\n]*$/m.test(text)) writeFileSync(join(to, "empty.s"), "");
    }
  }
  return last;
}

function expectOutput(file, out) {
  const golden = file.replace(/\.go$/, ".out");
  const want = existsSync(golden) ? readFileSync(golden, "latin1") : "";
  const got = out.replaceAll("\r\n", "\n");
  if (got === want) return null;
  return want === "" ? `unexpected output: ${got.slice(0, 300)}` : `output differs: ${got.slice(0, 300)}`;
}

const failed = (r, what) => {
  if (r.killed) return `${what}: timeout`;
  return `${what}: ${r.out.trim().slice(0, 500) || r.error?.message?.slice(0, 200)}`;
};

/** Runs one test; null is success, a string what went wrong. */
async function perform(file, r, work) {
  // The flags of most kinds are the go command's; these are the compiler's.
  const flags = ["compiledir", "rundir"].includes(r.action) ? [] : [...r.flags];
  const gcflags = ["compile", "compiledir", "rundir"].includes(r.action) ? [...r.flags] : [];
  if (r.ldflags !== "") flags.push(`-ldflags=${r.ldflags}`);
  if (extraFlags !== "") gcflags.push(...extraFlags.split(" "));
  if (r.action !== "compile" && gcflags.length > 0) flags.push(`-gcflags=${gcflags.join(" ")}`);
  const exe = join(work, "a.exe");
  const dir = file.replace(/\.go$/, ".dir");
  switch (r.action) {
    case "compile": {
      const b = await go(["tool", "compile", "-e", "-p=p", ...gcflags, "-o", join(work, "a.o"), file], work, 900);
      return b.ok ? null : failed(b, "compile");
    }
    case "build": {
      const b = await go(["build", ...flags, "-o", exe, file], work, 900);
      return b.ok ? null : failed(b, "build");
    }
    case "run":
    case "buildrun": {
      // As with go run, arguments that name Go files are part of the program.
      const named = r.args.findIndex((a) => !a.endsWith(".go"));
      const count = r.action === "buildrun" ? 0 : named < 0 ? r.args.length : named;
      const files = [file, ...r.args.slice(0, count).map((f) => join(testDir, f))];
      const b = await go(["build", ...flags, "-o", exe, ...files], testDir, 900);
      if (!b.ok) return failed(b, "build");
      const p = await run(exe, r.args.slice(count), r.action === "run" ? testDir : work, r.timeout, r.env);
      if (!p.ok) return failed(p, "run");
      return expectOutput(file, p.out);
    }
    case "runoutput": {
      const files = r.args.filter((a) => a.endsWith(".go")).map((f) => join(testDir, f));
      const b = await go(["build", ...flags, "-o", exe, file, ...files], testDir, 900);
      if (!b.ok) return failed(b, "build");
      const p = await run(exe, r.args.slice(files.length), work, r.timeout, r.env);
      if (!p.ok) return failed(p, "generator");
      const made = join(work, "tmp__.go");
      writeFileSync(made, p.out, "latin1");
      const c = await go(["build", "-o", join(work, "b.exe"), made], work, 900);
      if (!c.ok) return failed(c, "build of output");
      const q = await run(join(work, "b.exe"), [], work, r.timeout, r.env);
      if (!q.ok) return failed(q, "run of output");
      return expectOutput(file, q.out);
    }
    case "compiledir": {
      // Imports of the standard library are read from source; those of the directory are what was compiled before.
      const config = join(work, "importcfg");
      let known = "";
      for (const [name, files] of packagesOf(dir, r.single)) {
        writeFileSync(config, known);
        const path = name === "main" ? "main" : `test/${basename(files[0], ".go")}`;
        const archive = join(work, `${basename(files[0], ".go")}.a`);
        const named = ["-e", "-D", "test", `-importcfg=${config}`, "-p", path, "-o", archive, ...gcflags];
        const c = await go(["tool", "compile", ...named, ...files], dir, 900);
        if (!c.ok) return failed(c, `compile ${path}`);
        known += `packagefile ${path}=${archive}\n`;
      }
      return null;
    }
    case "rundir": {
      const last = layOut(dir, work, r.single);
      const b = await go(["build", ...flags, "-o", exe, `./${last}`], work, 900);
      if (!b.ok) return failed(b, "build");
      const p = await run(exe, r.args, work, r.timeout, r.env);
      if (!p.ok) return failed(p, "run");
      return expectOutput(file, p.out);
    }
    case "runindir": {
      cpSync(dir, work, { recursive: true });
      writeFileSync(join(work, "go.mod"), `module ${basename(dir)}\ngo ${r.goVersion}\n`);
      const b = await go(["build", ...flags, "-o", exe, "."], work, 900);
      if (!b.ok) return failed(b, "build");
      const p = await run(exe, r.args, work, r.timeout, r.env);
      if (!p.ok) return failed(p, "run");
      return expectOutput(file, p.out);
    }
    default:
      return `unknown action ${r.action}`;
  }
}

function* testFiles() {
  const dirs = [
    ".",
    "ken",
    "chan",
    "interface",
    "internal/runtime/sys",
    "syntax",
    "dwarf",
    "fixedbugs",
    "codegen",
    "abi",
    "typeparam",
    "typeparam/mdempsky",
    "arenas",
    "loopvar",
  ];
  for (const d of dirs) {
    const path = join(testDir, d);
    if (!existsSync(path)) continue;
    for (const name of readdirSync(path).sort()) {
      if (!name.endsWith(".go")) continue;
      const rel = d === "." ? name : `${d}/${name}`;
      if (filters.length === 0 || filters.some((f) => (f.endsWith(".go") ? rel === f : rel.includes(f)))) yield rel;
    }
  }
}

const results = { passed: [], failed: [], skipped: [] };
const queue = [...testFiles()];
const started = Date.now();
/** Tests that were to be run so far. */
let count = 0;

async function worker() {
  for (let rel = queue.shift(); rel !== undefined; rel = queue.shift()) {
    if (!existsSync(dist)) throw new Error(`${dist} was removed while tests ran: their results mean nothing`);
    const file = join(testDir, rel);
    const source = readFileSync(file, "latin1");
    const r = recipe(source);
    if (!kinds.has(r.action)) {
      if (r.action !== "skip" || r.why !== "no action") results.skipped.push([rel, r.why ?? `kind ${r.action}`]);
      continue;
    }
    if (r.flags.some((f) => gcOnly.test(f))) {
      results.skipped.push([rel, `gc's own flags: ${r.flags.join(" ")}`]);
      continue;
    }
    if (rel === "nosplit.go" && !filters.includes(rel)) {
      results.skipped.push([rel, "hundreds of builds by the go command (run by name)"]);
      continue;
    }
    const parts = file.replace(/\.go$/, ".dir");
    const all = existsSync(parts) ? readdirSync(parts, { recursive: true }).filter((f) => f.endsWith(".go")) : [];
    if ([source, ...all.map((f) => readFileSync(join(parts, f), "latin1"))].some((t) => /^import "C"/m.test(t))) {
      results.skipped.push([rel, "cgo"]);
      continue;
    }
    if (count++ % every !== 0) continue;
    const work = mkdtempSync(join(base, "work-"));
    const known = done.get(rel);
    const why = known !== undefined ? known : await perform(file, r, work).catch((e) => `runner: ${e.message}`);
    rmSync(work, { recursive: true, force: true });
    if (log !== "" && known === undefined && existsSync(dist)) appendFileSync(log, `${JSON.stringify([rel, why])}\n`);
    if (why === null) results.passed.push(rel);
    else {
      results.failed.push([rel, why]);
      console.log(`FAIL ${rel}: ${why.replaceAll("\n", "\n     ")}`);
    }
  }
}

/** What an earlier run that was cut has in its log: test to what went wrong. */
const done = new Map();

function readLog() {
  const version = createHash("sha256")
    .update(readFileSync(join(dist, "server.mjs")))
    .update(extraFlags)
    .digest("hex");
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : [];
  if (lines.length === 0) writeFileSync(log, `${version}\n`);
  else if (lines.shift() !== version) throw new Error(`${log} is of another version of rt0`);
  for (const l of lines) done.set(...JSON.parse(l));
}

/** An importcfg with some packages of the standard library, as rt0 compiled them. */
async function importConfig() {
  const imports = ["errors", "fmt", "log", "os", "reflect", "runtime", "strings", "sync", "testing", "unsafe"];
  const main = join(dist, "main.go");
  writeFileSync(main, `package main\n\n${imports.map((i) => `import _ "${i}"\n`).join("")}\nfunc main() {}\n`);
  // The second time all archives are in the cache.
  await go(["build", "-o", join(dist, "main"), main], dist, 3600);
  writeFileSync(main, "\n// again\n", { flag: "a" });
  const b = await go(["build", "-x", "-o", join(dist, "main"), main], dist, 3600);
  const lines = b.out.split("\n").filter((l) => /^packagefile (?!command-line-arguments=|main=)/.test(l));
  const file = join(dist, "importcfg");
  writeFileSync(file, `${[...new Set(lines)].join("\n")}\n`);
  return file;
}

if (otherGo === undefined) {
  await bundle({ outdir: dist, extra: { server: "tools/go-server.ts" } });
  freeServers = Array.from({ length: jobs }, () => new Server(dist));
  mkdirSync(join(dist, "bin"));
  writeFileSync(join(dist, "bin/go"), `#!/bin/sh\nexec node --stack-size=8000 ${dist}/rt0.mjs "$@"\n`, { mode: 0o755 });
  programPath = `${join(dist, "bin")}:${programPath}`;
  stdConfig = await importConfig();
  if (log !== "") readLog();
}
await Promise.all(Array.from({ length: jobs }, worker));
for (const s of freeServers) s.close();
rmSync(base, { recursive: true, force: true });
const reasons = new Map();
for (const [rel, why] of results.skipped) {
  const short = why.replace(/: .*/, "");
  reasons.set(short, [...(reasons.get(short) ?? []), rel]);
}
for (const [why, list] of [...reasons].sort())
  console.log(`left out, ${why}: ${list.length}${why.startsWith("kind") ? "" : ` (${list.join(" ")})`}`);
const n = results.passed.length;
const total = n + results.failed.length;
console.log(
  `GOROOT/test: ${n} passed, ${results.failed.length} failed, ${results.skipped.length} skipped (${((100 * n) / Math.max(total, 1)).toFixed(1)} % of those run), ${Math.round((Date.now() - started) / 1000)} s`,
);
if (write) {
  const path = join(root, "docs/conformance.md");
  const old = existsSync(path) ? readFileSync(path, "utf8") : "# Conformance\n";
  const head = old.split("\n## GOROOT/test")[0].trimEnd();
  const date = new Date().toISOString().slice(0, 10);
  const one = (s) =>
    s
      .split("\n")
      .slice(0, 3)
      .join(" ")
      .slice(0, 160)
      .replaceAll("`", "'")
      .replaceAll(root, ".")
      .replaceAll(testDir, "test");
  const lines = results.failed.sort().map(([f, why]) => `- \`${f}\`: ${one(why)}`);
  writeFileSync(
    path,
    `${head}\n\n## GOROOT/test\n\n\`npm run test:go\`, ${date}: ${n} passed, ${results.failed.length} failed, ${results.skipped.length} left out.\n\nLeft out: ${[
      ...reasons,
    ]
      .sort()
      .map(([w, list]) => `${w} (${list.length})`)
      .join(", ")}.\n\nFailures:\n\n${lines.join("\n")}\n`,
  );
}
process.exit(results.failed.length > 0 ? 1 : 0);
