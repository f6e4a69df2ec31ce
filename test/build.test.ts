import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { pathWithoutGo, root, rt0, run, sourcesOnly } from "./support/toolchains.ts";

// rt0 build as a user has it: -x, determinism, the cache under damage, kills, full and read-only disks, progress, faults of rt0.
// Most of it builds a few packages that nothing of the runtime is below of, so that a cold build takes seconds.

const dir = mkdtempSync(join(tmpdir(), "rt0-build-test-"));
const mounts: string[] = [];
after(() => {
  for (const m of mounts) spawnSync("umount", ["-l", m]);
  rmSync(dir, { recursive: true, force: true });
});

/** Packages without the runtime below them, with assembly among them. */
const leaves = ["math", "internal/bytealg", "unicode/utf8", "cmp"];

let directories = 0;
function tree(files: Record<string, string>): string {
  const d = join(dir, `t${++directories}`);
  for (const [name, text] of Object.entries({ "go.mod": "module example.com/m\n\ngo 1.26\n", ...files })) {
    mkdirSync(dirname(join(d, name)), { recursive: true });
    writeFileSync(join(d, name), text);
  }
  return d;
}

const empty = tree({});
const freshCache = () => join(dir, `cache${++directories}`);

/** rt0 with a cache of its own, in a module without files. */
function leavesBuild(cache: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  return rt0(["build", ...args, ...leaves], { cwd: empty, env: { RT0CACHE: cache, ...env }, timeout: 300 });
}

/** What a cache holds of builds: file name to contents. Recalls and the index of files are about times and places. */
function contents(cache: string, kind = /-[ad]$/): Map<string, string> {
  const all = new Map<string, string>();
  for (const sub of readdirSync(cache).sort()) {
    if (!/^[0-9a-f]{2}$/.test(sub)) continue;
    for (const name of readdirSync(join(cache, sub)).sort())
      if (kind.test(name)) all.set(name, readFileSync(join(cache, sub, name)).toString("latin1"));
  }
  return all;
}

let warm: string | undefined;
/** A cache with the leaves in it. */
function warmCache(): string {
  if (warm === undefined) {
    warm = freshCache();
    const r = leavesBuild(warm, ["-p", "1"]);
    assert.equal(r.stderr, "");
    assert.equal(r.status, 0);
  }
  const copy = freshCache();
  cpSync(warm, copy, { recursive: true });
  return copy;
}

/** What a sound cache of the leaves holds. */
function soundContents(): Map<string, string> {
  warmCache();
  return contents(warm!);
}

test("the same bytes for any number of workers, cache and temporary directory", () => {
  const one = soundContents();
  assert.ok(one.size >= 2 * leaves.length, `${one.size} files`);
  for (const p of ["2", "4"]) {
    const cache = freshCache();
    const tmp = join(dir, `tmp${p}`);
    mkdirSync(tmp);
    const r = leavesBuild(cache, ["-p", p], { TMPDIR: tmp });
    assert.equal(r.stderr, "");
    assert.deepEqual([...contents(cache).keys()], [...one.keys()]);
    assert.deepEqual(contents(cache), one);
    assert.deepEqual(readdirSync(tmp), [], "nothing is left in the temporary directory");
  }
  // Everything anew over a full cache: -a.
  const again = warmCache();
  assert.equal(leavesBuild(again, ["-a"]).status, 0);
  assert.deepEqual(contents(again), one);
});

test("a damaged file of the cache is rebuilt, whatever its kind", () => {
  const sound = soundContents();
  const cache = warmCache();
  const archive = join(dir, "math.a");
  const build = (args: readonly string[]) =>
    rt0(["build", "-o", archive, ...args, "math"], { cwd: empty, env: { RT0CACHE: cache }, timeout: 300 });
  assert.equal(build([]).status, 0);
  const good = readFileSync(archive);
  const files = () => spawnSync("find", [cache, "-type", "f"], { encoding: "utf8" }).stdout.trim().split("\n").sort();
  const kinds = new Set(files().map((f) => /-[adr]$/.exec(f)?.[0] ?? f.slice(cache.length)));
  for (const kind of ["-a", "-d", "-r", "/files.json"]) assert.ok(kinds.has(kind), [...kinds].join(" "));
  let damaged = 0;
  const harms: [string, (f: string) => void][] = [
    [
      "flip",
      (f) => {
        const b = readFileSync(f);
        b[(b.length * 7) >> 4]! ^= 0x20;
        writeFileSync(f, b);
      },
    ],
    ["cut", (f) => writeFileSync(f, readFileSync(f).subarray(0, statSync(f).size >> 1))],
    ["empty", (f) => writeFileSync(f, "")],
    ["zero", (f) => writeFileSync(f, Buffer.alloc(statSync(f).size))],
    ["gone", (f) => rmSync(f)],
  ];
  for (const [harm, apply] of harms) {
    for (const f of files()) {
      apply(f);
      damaged++;
    }
    rmSync(archive);
    const r = build([]);
    assert.equal(r.stderr, "", harm);
    assert.equal(r.status, 0, harm);
    assert.ok(readFileSync(archive).equals(good), harm);
    assert.equal(leavesBuild(cache).status, 0);
    const now = contents(cache);
    for (const [name, text] of sound) assert.ok(now.get(name) === text, `${harm}: ${name} is sound again`);
  }
  console.log(`damaged files: ${damaged}, of ${kinds.size} kinds`);
});

/** Starts rt0 without waiting for it. */
function start(args: readonly string[], cwd: string, env: Record<string, string>) {
  return spawn(join(root, "rt0"), args, {
    cwd,
    env: { ...process.env, GOROOT: sourcesOnly(), PATH: pathWithoutGo(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function ended(child: ReturnType<typeof start>): Promise<{ status: number | null; stderr: string }> {
  let stderr = "";
  child.stderr.on("data", (d: Buffer) => (stderr += d.toString()));
  return new Promise((resolve) => child.on("close", (status) => resolve({ status, stderr })));
}

test("several processes at once on one cache", async () => {
  const sound = soundContents();
  const cache = freshCache();
  const children = [1, 2, 3].map(() => ended(start(["build", ...leaves], empty, { RT0CACHE: cache })));
  for (const r of await Promise.all(children)) assert.deepEqual(r, { status: 0, stderr: "" });
  assert.deepEqual(contents(cache), sound);
});

test("kill -9 at any moment leaves a cache that the next build can use", async () => {
  const sound = soundContents();
  const cache = freshCache();
  const tmp = join(dir, "killed");
  mkdirSync(tmp);
  let seed = 20261121;
  const random = () => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) / 2 ** 32;
  let killed = 0;
  for (let i = 0; i < 12; i++) {
    const child = start(["build", "-o", join(dir, "killed.a"), "math"], empty, { RT0CACHE: cache, TMPDIR: tmp });
    const timer = setTimeout(() => child.kill("SIGKILL"), 100 + random() * 1400);
    const r = await ended(child);
    clearTimeout(timer);
    if (r.status === null) killed++;
    else if (i < 8) rmSync(cache, { recursive: true, force: true });
    // What is there is whole.
    const out = join(dir, "killed.a");
    if (existsSync(out)) assert.equal(readFileSync(out).subarray(0, 8).toString(), "!<arch>\n");
  }
  const r = leavesBuild(cache);
  assert.deepEqual([r.status, r.stderr], [0, ""]);
  const now = contents(cache);
  for (const [name, text] of sound) assert.ok(now.get(name) === text, name);
  console.log(`killed in the middle: ${killed}/12`);
});

/** A file system of its own, mounted with these options; undefined where that is not allowed. */
function mount(options: string): string | undefined {
  const m = join(dir, `mount${mounts.length}`);
  mkdirSync(m);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", options, "rt0-test", m]).status !== 0) return undefined;
  mounts.push(m);
  return m;
}

test("a full disk under cache, work directory and output", (t) => {
  const m = mount("size=200k");
  if (m === undefined) return t.skip("needs to mount a file system");
  // A cache without room is left alone.
  const r = leavesBuild(join(m, "cache"));
  assert.deepEqual([r.status, r.stderr], [0, ""]);
  rmSync(join(m, "cache"), { recursive: true });
  // The work directory.
  const w = leavesBuild(freshCache(), [], { GOTMPDIR: m });
  assert.equal(w.status, 1);
  assert.match(w.stderr, /no space left on device/);
  assert.doesNotMatch(w.stderr, /internal error|fault of rt0|\.cjs/);
  assert.deepEqual(readdirSync(m), [], "the work directory is gone");
  // The output.
  writeFileSync(join(m, "out.a"), "before");
  writeFileSync(join(m, "fill"), Buffer.alloc(150_000));
  const cache = warmCache();
  const o = rt0(["build", "-o", join(m, "out.a"), "math"], { cwd: empty, env: { RT0CACHE: cache } });
  assert.equal(o.status, 1);
  assert.match(o.stderr, /out\.a: no space left on device\n$/);
  assert.deepEqual(readdirSync(m).sort(), ["fill", "out.a"]);
  assert.equal(readFileSync(join(m, "out.a"), "utf8"), "before");
});

test("a cache that can only be read serves, and one that cannot be read is none", (t) => {
  const m = mount("size=20m");
  if (m === undefined) return t.skip("needs to mount a file system");
  cpSync(warmCache(), join(m, "cache"), { recursive: true });
  mkdirSync(join(m, "out"));
  assert.equal(spawnSync("mount", ["-o", "remount,ro", m]).status, 0);
  const out = join(dir, "readonly.a");
  const r = rt0(["build", "-x", "-o", out, "math"], { cwd: empty, env: { RT0CACHE: join(m, "cache") } });
  assert.equal(r.status, 0);
  assert.doesNotMatch(r.stderr, /tool compile/, "nothing is compiled");
  assert.ok(existsSync(out));
  const n = leavesBuild(join(m, "none"));
  assert.deepEqual([n.status, n.stderr], [0, ""]);
  const o = rt0(["build", "-o", join(m, "out/math.a"), "math"], { cwd: empty, env: { RT0CACHE: join(m, "cache") } });
  assert.equal(o.status, 1);
  assert.match(o.stderr, /read-only file system\n$/);
});

test("help names every command, and tells of each", () => {
  const all = rt0(["help"], { cwd: empty });
  assert.equal(all.status, 0);
  for (const command of ["build", "run", "list", "env", "clean", "tool", "version", "machine", "boot"])
    assert.match(all.stdout, new RegExp(`^\\t${command} `, "m"));
  for (const command of ["build", "machine", "boot"]) {
    const one = rt0(["help", command], { cwd: empty });
    assert.equal(one.status, 0);
    assert.match(one.stdout, new RegExp(`^usage: rt0 ${command} `));
  }
});

test("clean -cache removes the cache, nothing less does", () => {
  assert.equal(rt0(["clean"], { cwd: empty }).status, 2);
  const cache = warmCache();
  const r = rt0(["clean", "-cache"], { cwd: empty, env: { RT0CACHE: cache } });
  assert.deepEqual([r.status, r.stdout, r.stderr], [0, "", ""]);
  assert.ok(!existsSync(cache));
});

test("a terminal sees progress, a pipe does not", () => {
  const script = "import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
  const env = { GOROOT: sourcesOnly(), PATH: pathWithoutGo(), RT0CACHE: freshCache(), TERM: "xterm" };
  const r = run("python3", {
    args: ["-c", script, join(root, "rt0"), "build", ...leaves],
    cwd: empty,
    env,
    timeout: 300,
  });
  assert.equal(r.status, 0, r.stdout + r.stderr);
  assert.match(r.stdout, /\r\x1b\[K\[\d+\/\d+\] math/);
  assert.ok(r.stdout.endsWith("\r\x1b[K"), "the line is gone in the end");
  const piped = leavesBuild(freshCache());
  assert.deepEqual([piped.status, piped.stdout, piped.stderr], [0, "", ""]);
});

test("a fault of rt0 says so, names tool and function and how to see it again", () => {
  const r = leavesBuild(freshCache(), ["-p", "1"], { RT0FAULT: "compile" });
  assert.equal(r.status, 1);
  assert.match(r.stderr, /^# [a-z/0-9]+\ninternal compiler error|^# [a-z/0-9]+\n.*internal error/m);
  assert.match(r.stderr, /fault of rt0/);
  assert.match(r.stderr, /rt0 tool compile .*-importcfg/);
});

const program = {
  "main.go": `package main

import (
	_ "embed"
	"os"

	"example.com/m/sub"
)

//go:embed text.txt
var text string

func main() {
	if len(os.Args) > 1 && os.Args[1] == "wait" {
		println("waiting")
		var b [1]byte
		os.Stdin.Read(b[:])
	}
	os.Stdout.WriteString(text)
	println(sub.Add(1, 2), os.Getenv("RT0_TEST"), len(os.Args))
	var b [100]byte
	n, _ := os.Stdin.Read(b[:])
	os.Stdout.Write(b[:n])
	os.Exit(sub.Add(3, 4))
}
`,
  "text.txt": "embedded\n",
  "sub/sub.go": "package sub\n\n// Add is in assembly.\nfunc Add(a, b int) int\n",
  "sub/sub_amd64.s":
    '#include "textflag.h"\n#include "go_asm.h"\n\nTEXT ·Add(SB), NOSPLIT, $0-24\n\tMOVQ a+0(FP), AX\n\tADDQ b+8(FP), AX\n\tMOVQ AX, ret+16(FP)\n\tRET\n',
};

test("the commands that -x prints, run by a shell, make the same bytes", () => {
  const d = tree(program);
  const built = rt0(["build", "-x", "-work", "-o", "prog", "."], { cwd: d, timeout: 900 });
  assert.equal(built.status, 0, built.stderr);
  const work = /^WORK=(.*)\n/.exec(built.stderr)?.[1] ?? "";
  assert.ok(existsSync(join(work, "b001")), "-work keeps the work directory");
  rmSync(work, { recursive: true });
  const ours = readFileSync(join(d, "prog"));
  rmSync(join(d, "prog"));
  // The script with a work directory in place of $WORK (a here-document in quotes does not expand it) and an rt0 on PATH.
  const bin = join(dir, "bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(join(root, "rt0"), join(bin, "rt0"));
  const again = join(dir, "work-of-script");
  mkdirSync(again);
  const script = built.stderr
    .replace(/^WORK=.*\n/, "set -e\n")
    .replace(/^rm -rf .*$/m, "")
    .replaceAll("$WORK", again);
  const env = { GOROOT: sourcesOnly(), PATH: `${bin}:${pathWithoutGo()}` };
  const r = run("sh", { args: ["-c", script], cwd: d, env, timeout: 300 });
  assert.equal(r.status, 0, r.stdout + r.stderr + script.replaceAll(/packagefile.*\n/g, ""));
  for (const tool of ["asm", "compile", "pack", "link", "buildid"])
    assert.match(script, new RegExp(`^(GOROOT='[^']*' )?rt0 tool ${tool} `, "m"));
  assert.ok(readFileSync(join(d, "prog")).equals(ours), "the executable");
  console.log(
    `commands of -x: ${script.match(/^(GOROOT='[^']*' )?rt0 tool /gm)!.length}, executable equal: ${ours.length} bytes`,
  );
});

test("run hands on arguments, environment, input, status and signals", async () => {
  const d = tree(program);
  const r = rt0(["run", ".", "a b", ""], { cwd: d, env: { RT0_TEST: "value" }, stdin: "input", timeout: 900 });
  assert.deepEqual(r, { status: 1, signal: null, stdout: "embedded\ninput", stderr: "3 value 3\nexit status 7\n" });
  // A signal that only rt0 gets reaches the program.
  const child = spawn(join(root, "rt0"), ["run", ".", "wait"], {
    cwd: d,
    env: { ...process.env, GOROOT: sourcesOnly(), PATH: pathWithoutGo() },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (b: Buffer) => {
    stderr += b.toString();
    if (stderr === "waiting\n") child.kill("SIGTERM");
  });
  const status = await new Promise((resolve) => child.on("close", resolve));
  assert.deepEqual([status, stderr], [1, "waiting\nsignal: terminated\n"]);
});

test("GOROOT: missing, of another version, named by the flag", () => {
  const build = (env: Record<string, string>, args: readonly string[] = []) =>
    rt0(["build", ...args, "cmp"], { cwd: empty, env: { RT0CACHE: freshCache(), ...env } });
  const missing = build({ GOROOT: join(dir, "nowhere") });
  assert.deepEqual(
    [missing.status, missing.stderr],
    [2, `go: cannot find GOROOT directory: ${join(dir, "nowhere")}\n`],
  );
  const other = join(dir, "go1.25");
  cpSync(sourcesOnly(), other, { recursive: true, verbatimSymlinks: true });
  rmSync(join(other, "VERSION"));
  writeFileSync(join(other, "VERSION"), "go1.25.3\ntime 2025-10-13T16:08:43Z\n");
  const refused = build({ GOROOT: other });
  assert.deepEqual([refused.status, refused.stderr], [2, `go: rt0 compiles go1.26, but ${other} holds go1.25.3\n`]);
  assert.equal(build({ GOROOT: join(dir, "nowhere") }, ["-goroot", sourcesOnly()]).status, 0);
});

test("an unreadable cache directory does not stop a build", () => {
  const file = join(dir, "a-file");
  writeFileSync(file, "");
  const r = leavesBuild(join(file, "cache"));
  assert.deepEqual([r.status, r.stderr], [0, ""]);
  chmodSync(file, 0o600);
});
