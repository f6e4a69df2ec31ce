import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { NodeHost } from "../edge/node/node-host.ts";
import { packMain } from "./index.ts";
import { goroot, realGo } from "../base/testing/realgo.ts";

const dir = mkdtempSync(join(tmpdir(), "rt0-pack-"));
after(() => rmSync(dir, { recursive: true, force: true }));
const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-p=1", GOROOT: goroot, TZ: "UTC" };

interface Run {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const paths = new Map<string, string>();

/** The program behind `go tool name`. */
function toolPath(name: string): string {
  let path = paths.get(name);
  if (path === undefined) {
    path = spawnSync(realGo, ["tool", "-n", name], { env, encoding: "utf8" }).stdout.trim();
    paths.set(name, path);
  }
  return path;
}

function go(args: readonly string[], cwd: string): Run {
  const [name, ...rest] = args;
  const r = spawnSync(toolPath(name!), rest, { cwd, env });
  return { status: r.status ?? -1, stdout: r.stdout, stderr: r.stderr.toString() };
}

function rt0(args: readonly string[], cwd: string): Run {
  const r = packMain(new NodeHost(cwd, env), args);
  return { status: r.status, stdout: Buffer.from(r.bytes ?? r.stdout), stderr: r.stderr };
}

function hash(data: Uint8Array): string {
  return `${data.length} ${createHash("sha256").update(data).digest("hex")}`;
}

/** The files that the command lines below work on. */
function makeFiles(into: string): void {
  mkdirSync(into, { recursive: true });
  const put = (name: string, data: string | Uint8Array): void => writeFileSync(join(into, name), data);
  put("p.go", "package p\n\nfunc F() int { return 1 }\n");
  put("q.go", "package q\n\nfunc G() int { return 2 }\n");
  put("a.s", "TEXT ·F(SB), 4, $0-8\n\tMOVQ $1, ret+0(FP)\n\tRET\n");
  for (const p of ["p", "q"]) {
    assert.equal(go(["compile", "-p", p, "-o", `${p}.a`, `${p}.go`], into).status, 0);
    assert.equal(go(["compile", "-p", p, "-linkobj", `${p}.lo`, "-o", `${p}.def`, `${p}.go`], into).status, 0);
  }
  assert.equal(go(["asm", "-p", "p", "-o", "a.o", "a.s"], into).status, 0);
  put(
    "every",
    Uint8Array.from({ length: 257 }, (_, i) => i),
  );
  put("odd", Uint8Array.of(0xff, 0xfe, 0x00));
  put("empty", "");
  put("eight", "12345678");
  put("a name with more than 16 bytes.o", "long");
  put("fünfzehn-äöü-ß.o", "runes");
  const member = (name: string, data: string, time = "0", id = "0"): string =>
    `${name.padEnd(16)}${time.padEnd(12)}${id.padEnd(6)}${id.padEnd(6)}${"100644".padEnd(8)}${String(data.length).padEnd(10)}\`\n${data}${data.length & 1 ? "\n" : ""}`;
  put("times.a", `!<arch>\n${member("one", "123456789", "1700000000", "1000")}${member("two", "12345678", "-5", "7")}`);
  put("twice.a", `!<arch>\n${member("one", "first one")}${member("one", "second one")}${member("two", "12345678")}`);
  put("slash.a", `!<arch>\n${member("../one", "12345678")}`);
  put("dots.a", `!<arch>\n${member("..", "12345678")}`);
  put("short.a", `!<arch>\n${member("one", "1234")}`);
  put("cut.a", `!<arch>\n${member("one", "x".repeat(5000))}`.slice(0, 3000));
  put("cut2.a", `!<arch>\n${member("one", "x".repeat(200))}`.slice(0, 100));
  put("cut3.a", `!<arch>\n${member("one", "x".repeat(100))}!<a`);
  put("magic.a", `!<arch>\n${member("one", "12345678").replace("`", "'")}`);
  put("size.a", `!<arch>\n${member("one", "12345678").replace("8         ", "-8        ")}`);
  put("size2.a", `!<arch>\n${member("one", "12345678").replace("8         ", "8x        ")}`);
  put("mode.a", `!<arch>\n${member("one", "12345678").replace("100644", "10064x")}`);
  put("obj.a", `!<arch>\n${member("one", "go object linux amd64 nothing more")}`);
  put("obj2.a", `!<arch>\n${member("one", "go object linux amd64\n!\n\0go119ld and more")}`);
  put("obj3.a", `!<arch>\n${member("one", "go object linux amd64\n!\nwhatever and more")}`);
  put("sentinel.a", `!<arch>\n${member("preferlinkext", "")}${member("dynimportfail", "")}${member("x", "12345678")}`);
  put("head.a", "!<arch>\n");
  put("headless", "!<arc");
}

/** Command lines, each run on fresh copies of the files; several are divided by ";". */
const cases: readonly string[] = [
  "",
  "c",
  "x",
  "c new.a",
  "cv new.a p.a q.a a.o every",
  "c new.a a.o p.a",
  "grc new.a p.a;t new.a",
  "grcv new.a p.a",
  "c new.a p.def;tv new.a",
  "cv new.a p.lo a.o",
  "cv new.a p.def p.lo",
  "c new.a p.a p.a;r new.a p.a;tv new.a",
  "c new.a every odd empty eight;p new.a;pv new.a odd every;xv new.a",
  "c new.a odd every;rv new.a eight;p new.a odd;p new.a odd odd;p new.a odd every eight",
  "r new.a a.o;r new.a p.a;rv new.a every;tv new.a;p new.a a.o",
  "r new.a",
  "r empty a.o;t empty",
  "r head.a a.o;t head.a",
  "c new.a fünfzehn-äöü-ß.o;t new.a;p new.a",
  "c new.a nothere",
  "c /nowhere/new.a a.o",
  "r twice.a odd;tv twice.a;p twice.a one;x twice.a",
  "t p.a;tv p.a;t q.a __.PKGDEF;t q.a nothing;pv q.a _go_.o",
  "t times.a;tv times.a;x times.a",
  "t twice.a one;t twice.a one one;t twice.a two one",
  "t slash.a;x dots.a",
  "t short.a;t cut.a;p cut.a;xv cut.a;t cut2.a;t cut3.a",
  "t magic.a;t size.a;t size2.a;t mode.a;tv mode.a",
  "t obj.a;t obj2.a;t obj3.a",
  "t sentinel.a;tv sentinel.a;p sentinel.a;r sentinel.a odd;t sentinel.a",
  "t head.a;t headless;t empty;t every;t nothere",
  "t a.o;p a.o",
  "tt p.a",
  "tvv p.a",
  "tp p.a",
  "v p.a",
  "z p.a",
  "vt p.a",
];

test("pack does what go tool pack does", () => {
  const original = join(dir, "files");
  makeFiles(original);
  let same = 0;
  let total = 0;
  const bad: string[] = [];
  for (const c of cases) {
    const made: string[][] = [];
    const runs = [go, rt0].map((tool, who) => {
      const cwd = join(dir, who === 0 ? "go" : "rt0");
      rmSync(cwd, { recursive: true, force: true });
      mkdirSync(cwd);
      for (const f of readdirSync(original)) writeFileSync(join(cwd, f), readFileSync(join(original, f)));
      const results = c.split(";").map((line) => {
        const args = line === "" ? [] : line.split(" ");
        return tool(who === 0 ? ["pack", ...args] : args, cwd);
      });
      made.push(readdirSync(cwd).map((f) => `${f} ${hash(readFileSync(join(cwd, f)))}`));
      return results;
    });
    const failed = runs[0]!.some((r) => r.status !== 0);
    runs[0]!.forEach((want, i) => {
      const have = runs[1]![i]!;
      total++;
      // rt0 names the file where Go's words do not.
      const reason = want.stderr.replace(/^pack: /, "").trim();
      const words = want.status === 2 ? have.stderr === want.stderr : have.stderr.includes(reason);
      const printed = Buffer.compare(have.stdout, want.stdout) === 0 || (want.status !== 0 && c.includes("cut.a"));
      if (have.status === want.status && words && printed) same++;
      else {
        const line = c.split(";")[i];
        bad.push(
          `${line}: ${have.status} ${have.stderr}${have.stdout}, want ${want.status} ${want.stderr}${want.stdout}`,
        );
      }
    });
    // What Go leaves of an archive that could not be made is not kept.
    if (!failed) assert.deepEqual(made[1], made[0], c);
  }
  console.log(`pack: ${same}/${total} runs identical`);
  assert.deepEqual(bad, []);
});

test("pack r does not touch what is no archive", () => {
  const file = join(dir, "note");
  writeFileSync(file, "not an archive, but long enough");
  const r = packMain(new NodeHost(dir, env), ["r", "note", join(dir, "files/odd")]);
  assert.equal(r.status, 1);
  assert.equal(r.stderr, "pack: note: not an archive\n");
  assert.equal(readFileSync(file, "utf8"), "not an archive, but long enough");
  assert.ok(existsSync(join(dir, "files/odd")));
});
