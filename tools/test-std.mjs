// node tools/test-std.mjs [packages…] [--run regexp] [--jobs n] [--keep]: compiles the tests of packages of the standard
// library with rt0, from the packages they import to the generated main, links and runs them, and prints the tests that fail.
// The real go command says which packages a test binary is made of, and writes its main; it compiles nothing.
// Archives are kept in $RT0STD (default: a folder of the temporary directory), by the compiler that made them.
import { execFile, execFileSync, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
const gcflags = option("--gcflags", "").split(" ").filter(Boolean);
const named = argv.filter((a) => !a.startsWith("--"));
const packages =
  named.length > 0
    ? named
    : (
        "strings bytes strconv sort slices maps math math/bits math/cmplx math/big math/rand errors bufio fmt reflect sync " +
        "sync/atomic time unicode/utf8 unicode/utf16 unicode container/heap container/list container/ring container/list " +
        "encoding/json encoding/binary encoding/hex encoding/base64 encoding/gob encoding/xml encoding/csv regexp " +
        "regexp/syntax text/template text/tabwriter text/scanner go/parser go/printer go/format go/scanner go/constant " +
        "html html/template io context iter hash/crc32 hash/maphash compress/flate compress/gzip archive/zip archive/tar " +
        "crypto/sha256 crypto/aes crypto/ecdsa path path/filepath net/url net/textproto mime index/suffixarray " +
        "internal/runtime/maps unique weak log log/slog os runtime/debug strings"
      ).split(" ");
const wanted = [...new Set(packages)];

// ---- rt0

const dist = mkdtempSync(join(tmpdir(), "rt0-std-dist-"));
await bundle({ outdir: dist, extra: { server: "tools/go-server.ts" } });
const version = createHash("sha256")
  .update(readFileSync(join(dist, "tools.json")))
  .digest("hex")
  .slice(0, 16);
const store = join(process.env.RT0STD ?? join(tmpdir(), "rt0-std"), version + gcflags.join(""));
mkdirSync(store, { recursive: true });
const server = fork(join(dist, "server.mjs"), [], {
  execArgv: ["--stack-size=8000"],
  env: { ...process.env, GOROOT: goroot },
});
const waiting = new Map();
let sequence = 0;
server.on("message", (r) => {
  waiting.get(r.id)(r);
  waiting.delete(r.id);
});

/** Runs a tool of rt0; its output, or an error with it. */
function tool(args, cwd) {
  const id = ++sequence;
  return new Promise((done, fail) => {
    waiting.set(id, (r) => (r.status === 0 ? done(r.out) : fail(new Error(`${args[0]}: ${r.out.trim()}`))));
    server.send({ id, argv: ["tool", ...args], cwd });
  });
}

// ---- The packages of all test binaries

const fields =
  "ImportPath,Dir,Name,GoFiles,SFiles,Imports,ImportMap,Standard,EmbedFiles,EmbedPatterns,TestEmbedFiles,XTestEmbedFiles,TestEmbedPatterns,XTestEmbedPatterns,ForTest";
const listing = execFileSync("go", ["list", "-test", "-deps", `-json=${fields}`, ...wanted], {
  env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "" },
  cwd: join(goroot, "src"),
  maxBuffer: 1 << 30,
  encoding: "utf8",
});
const graph = new Map();
for (const text of listing.split(/^(?=\{$)/m)) {
  if (text.trim() === "") continue;
  const p = JSON.parse(text);
  graph.set(p.ImportPath, p);
}

/** The path that objects know a package by. */
const pathOf = (id) => (graph.get(id).Name === "main" ? "main" : id.replace(/ \[.*$/, "").replace(/^main$/, "main"));
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
function closureOf(id, seen = new Set()) {
  for (const d of depsOf(id)) {
    if (seen.has(d)) continue;
    seen.add(d);
    closureOf(d, seen);
  }
  return seen;
}

/** At most `jobs` compilations at a time. */
let running = 0;
const queue = [];
async function slot(work) {
  if (running >= jobs) await new Promise((go) => queue.push(go));
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
      const deps = [...closureOf(id)];
      const archives = new Map();
      for (const d of deps) archives.set(d, build(d));
      for (const [d, a] of archives) archives.set(d, await a);
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
  const work = mkdtempSync(join(tmpdir(), "rt0-std-"));
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
    const flags = [
      "-o",
      out,
      "-p",
      path,
      "-lang=go1.26",
      "-std",
      "-buildid",
      "x/x",
      "-goversion",
      "go1.26.8",
      ...gcflags,
    ];
    flags.push("-c=1", "-nolocalimports", "-importcfg", join(work, "importcfg"), "-pack");
    const asm = p.SFiles ?? [];
    if (asm.length === 0 && !incomplete.has(path)) flags.push("-complete");
    const embed = embedConfig(p);
    if (embed !== null) {
      writeFileSync(join(work, "embedcfg"), embed);
      flags.push("-embedcfg", join(work, "embedcfg"));
    }
    const defines = [
      "-I",
      work,
      "-I",
      join(goroot, "pkg/include"),
      "-D",
      "GOOS_linux",
      "-D",
      "GOARCH_amd64",
      "-D",
      "GOAMD64_v1",
    ];
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
    execFileSync("mv", [`${file}.tmp`, file]);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What -embedcfg says; null if nothing is embedded. */
function embedConfig(p) {
  const patterns = [...(p.EmbedPatterns ?? []), ...(p.TestEmbedPatterns ?? []), ...(p.XTestEmbedPatterns ?? [])];
  if (patterns.length === 0) return null;
  const files = [...(p.EmbedFiles ?? []), ...(p.TestEmbedFiles ?? []), ...(p.XTestEmbedFiles ?? [])];
  const config = { Patterns: {}, Files: {} };
  for (const f of files) config.Files[f] = join(p.Dir, f);
  for (const pattern of patterns) {
    const glob = pattern
      .replace(/^all:/, "")
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]");
    config.Patterns[pattern] = files.filter((f) => new RegExp(`^${glob}($|/)`).test(f));
  }
  return JSON.stringify(config);
}

// ---- Building and running

const bin = join(store, "bin");
mkdirSync(bin, { recursive: true });
let passed = 0;
const failures = [];

async function test(pkg) {
  const id = `${pkg}.test`;
  if (!graph.has(id)) return;
  const exe = join(bin, pkg.replaceAll("/", "_"));
  try {
    const main = await build(id);
    let config = `packagefile main=${main}\n`;
    for (const d of closureOf(id)) config += `packagefile ${pathOf(d)}=${await build(d)}\n`;
    writeFileSync(`${exe}.cfg`, config);
    await tool(["link", "-o", exe, "-importcfg", `${exe}.cfg`, "-buildmode=exe", main], bin);
  } catch (e) {
    failures.push([pkg, `build: ${e.message.slice(0, 600)}`]);
    console.log(`FAIL ${pkg}: ${failures.at(-1)[1]}`);
    return;
  }
  const args = ["-test.short", "-test.timeout=600s", ...(run === "" ? [] : [`-test.run=${run}`])];
  const started = Date.now();
  const r = await new Promise((done) =>
    execFile(
      exe,
      args,
      { cwd: join(goroot, "src", pkg), timeout: 660_000, maxBuffer: 1 << 28, env: { ...process.env, GOROOT: goroot } },
      (error, out, err) => done({ error, out: out + err }),
    ),
  );
  if (r.error === null) {
    passed++;
    console.log(`ok   ${pkg} ${((Date.now() - started) / 1000).toFixed(1)}s`);
    return;
  }
  const names = [...r.out.matchAll(/^\s*--- FAIL: (\S+)/gm)].map((m) => m[1]);
  failures.push([pkg, names.length > 0 ? names.join(" ") : r.out.trim().slice(-400)]);
  console.log(`FAIL ${pkg}: ${names.join(" ")}\n${r.out.trim().slice(0, 3000)}`);
}

for (const pkg of wanted) await test(pkg);
console.log(
  `tests of the standard library: ${passed} packages passed, ${failures.length} failed; ${compiled} compilations`,
);
for (const [p, why] of failures) console.log(`  ${p}: ${why.replaceAll("\n", " ").slice(0, 300)}`);
server.kill();
rmSync(dist, { recursive: true, force: true });
process.exit(failures.length > 0 ? 1 : 0);
