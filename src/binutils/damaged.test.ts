// Truncated, corrupt and foreign files: every tool says what is wrong and with which file, in bounded time and memory.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { MemoryHost, type ToolResult } from "#host";
import { addr2lineMain, buildidMain, nmMain, objdumpMain, packMain, readelfMain, versionMain } from "./index.ts";
import { goroot, realGo } from "../base/testing/realgo.ts";

const dir = mkdtempSync(join(tmpdir(), "rt0-damaged-"));
after(() => rmSync(dir, { recursive: true, force: true }));
/** Damaged copies of each kind of file. */
const count = Number(process.env["RT0_DAMAGED"] ?? (Number(process.env["RT0_FULL"] ?? 0) > 0 ? 1000 : 40));

function go(args: readonly string[]): void {
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-p=1", GOROOT: goroot };
  const r = spawnSync(realGo, args, { cwd: dir, env, encoding: "utf8" });
  assert.equal(r.status, 0, r.stderr);
}

/** Sound files of all kinds. */
function originals(): [string, Uint8Array][] {
  const put = (name: string, text: string): void => writeFileSync(join(dir, name), text);
  put("go.mod", "module m\n\ngo 1.26\n");
  put(
    "main.go",
    "package main\n\nfunc main() { println(f(3)) }\n\n//go:noinline\nfunc f(x int) int { return x * x }\n",
  );
  put(
    "p.go",
    "package p\n\ntype T struct{ a, b int }\n\nfunc (t *T) Sum(x []int) (s int) {\n\tfor _, v := range x {\n\t\ts += v * t.a\n\t}\n\treturn s + t.b\n}\n",
  );
  put(
    "a.s",
    "TEXT ·F(SB), 0, $64-8\n\tCALL ·G(SB)\n\tMOVQ ·x(SB), AX\n\tMOVQ AX, ret+0(FP)\n\tRET\nDATA ·x(SB)/8, $·F(SB)\nGLOBL ·x(SB), 8, $8\n",
  );
  go(["build", "-o", "exe", "main.go"]);
  go(["tool", "compile", "-p", "p", "-buildid", "a/b", "-o", "p.a", "p.go"]);
  go(["tool", "asm", "-p", "p", "-o", "a.o", "a.s"]);
  go(["tool", "pack", "c", "all.a", "p.a", "a.o", "go.mod"]);
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(dir, name)));
  // A file of another world: ELF, but not Go's.
  const foreign = new Uint8Array(readFileSync(process.execPath).subarray(0, 400000));
  return [
    ["exe", read("exe")],
    ["p.a", read("p.a")],
    ["a.o", read("a.o")],
    ["all.a", read("all.a")],
    ["foreign", foreign],
  ];
}

let seed = 4711;
function random(n: number): number {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return Math.floor((seed / 4294967296) * n);
}

/** A copy with something wrong: cut, overwritten, bits flipped, numbers made absurd, pieces moved. */
function damage(whole: Uint8Array, kind: number): Uint8Array {
  const n = whole.length;
  if (kind === 0) return whole.slice(0, random(n));
  if (kind === 1) return whole.slice(0, random(Math.min(n, 300)));
  const b = whole.slice();
  const zones = [64, 512, 8192, n];
  const zone = Math.min(n, zones[random(4)]!);
  const from = random(2) === 0 ? 0 : random(n - zone + 1);
  const v = new DataView(b.buffer);
  const times = 1 + random(20);
  for (let k = 0; k < times; k++) {
    const at = from + random(zone);
    if (kind === 2) b[at]! ^= 1 << random(8);
    else if (kind === 3) b[at] = random(256);
    else if (kind === 4 && at + 4 <= n) {
      v.setUint32(at, [0, 1, 0xffffffff, 0x7fffffff, 0x80000000, n, n - 1, random(n)][random(8)]!, true);
    } else if (kind === 5) b.copyWithin(at, random(n), Math.min(n, random(n) + 64));
  }
  // So that more than the first look at it is survived.
  if (random(2) === 0) b.set(whole.subarray(0, Math.min(n, 20)));
  return b;
}

const tools: readonly (readonly [string, (h: MemoryHost, f: string) => ToolResult])[] = [
  ["nm", (h, f) => nmMain(h, ["-size", "-sort", "size", f])],
  ["objdump", (h, f) => objdumpMain(h, ["-s", "main|Sum|F", "-S", f])],
  ["objdump -gnu", (h, f) => objdumpMain(h, ["-gnu", "-s", "main", f])],
  ["objdump -x", (h, f) => objdumpMain(h, ["-x", f])],
  ["addr2line", (h, f) => addr2lineMain(h, [f], "10\n1000\n401000\n47a2b0\nffffffffffffffff\n")],
  ["buildid", (h, f) => buildidMain(h, [f])],
  ["buildid -w", (h, f) => buildidMain(h, ["-w", f])],
  ["pack tv", (h, f) => packMain(h, ["tv", f])],
  ["pack p", (h, f) => packMain(h, ["p", f])],
  ["pack x", (h, f) => packMain(h, ["x", f])],
  ["pack r", (h, f) => packMain(h, ["r", f, "other"])],
  ["pack c", (h, f) => packMain(h, ["c", "new.a", f])],
  ["version", (h, f) => versionMain(h, ["-m", "-v", f], "")],
  ["readelf", (h, f) => readelfMain(h, ["-a", f])],
];

test("damaged files give one error with the file and the reason", () => {
  let runs = 0;
  let refused = 0;
  const base = process.memoryUsage().rss;
  let peak = 0;
  for (const [kind, whole] of originals()) {
    for (let round = 0; round < count; round++) {
      const bytes = damage(whole, round % 6);
      const file = `damaged-${kind}`;
      for (const [name, run] of tools) {
        const host = new MemoryHost("/");
        host.writeFile(file, bytes.slice(), 0o755);
        host.writeFile("other", Uint8Array.of(1, 2, 3));
        const what = `${name} of ${kind}, round ${round}`;
        const started = Date.now();
        let r: ToolResult;
        try {
          r = run(host, file);
        } catch (e) {
          writeFileSync(join(tmpdir(), "rt0-damaged-case"), bytes);
          throw new Error(`${what}: ${e instanceof Error ? e.stack : String(e)}`);
        }
        const took = Date.now() - started;
        assert.ok(took < 20000, `${what} takes ${took} ms`);
        runs++;
        if (r.status === 0) continue;
        refused++;
        const lines = r.stderr.trimEnd().split("\n");
        assert.ok(lines.length <= 8, `${what} goes on and on: ${r.stderr.slice(0, 500)}`);
        assert.ok(
          lines.some((l) => l.includes(file)),
          `${what} does not name the file: ${r.stderr}`,
        );
      }
      peak = Math.max(peak, process.memoryUsage().rss);
    }
  }
  const mib = Math.round((peak - base) / 1048576);
  console.log(`damaged files: ${runs} runs, ${refused} refused, ${mib} MiB at most`);
  assert.ok(mib < 1024, "more than a gigabyte");
});
