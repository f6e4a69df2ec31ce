import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runAsm } from "./testing/host.ts";
import { asmArgs, asmPackages, goroot, goTool, objdir } from "./testing/std.ts";

const full = process.env.RT0_ASM_FULL === "1";
const testdata = join(goroot, "src/cmd/asm/internal/asm/testdata");
const scratch = mkdtempSync(join(tmpdir(), "rt0-asm-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Code of each source line, from a listing. */
function codeByLine(listing: string): Map<number, string> {
  const out = new Map<number, string>();
  for (const section of listing.split(/^(?=\S)/m)) {
    const progs = [...section.matchAll(/^\t0x([0-9a-f]+) \d+ \([^)]*:(\d+)\)\t/gm)];
    let hex = "";
    for (const m of section.matchAll(/^\t0x[0-9a-f]+((?: [0-9a-f]{2})+) {2}/gm)) hex += m[1]!.replaceAll(" ", "");
    progs.forEach((p, i) => {
      const from = Number.parseInt(p[1]!, 16) * 2;
      const to = i + 1 < progs.length ? Number.parseInt(progs[i + 1]![1]!, 16) * 2 : hex.length;
      const line = Number(p[2]);
      out.set(line, (out.get(line) ?? "") + hex.slice(from, to));
    });
  }
  return out;
}

test("encodings of cmd/asm's test data", () => {
  const avx512 = readdirSync(join(testdata, "avx512enc")).filter((f) => f.endsWith(".s"));
  const files = ["amd64.s", "amd64enc.s", "amd64enc_extra.s", ...avx512.map((f) => `avx512enc/${f}`)];
  let same = 0;
  let total = 0;
  const bad: string[] = [];
  for (const f of files) {
    const path = join(testdata, f);
    const r = runAsm(["-p", "main", "-I", join(goroot, "pkg/include"), "-o", "x.o", "-S", "-e", path], testdata);
    assert.equal(r.stderr, "", f);
    const code = codeByLine(r.stdout);
    readFileSync(path, "utf8")
      .split("\n")
      .forEach((line, i) => {
        if (line.trim().startsWith("//")) return;
        const m = /\/\/\s*((?:[0-9a-f]{2})+(?: or (?:[0-9a-f]{2})+)*)\s*$/.exec(line);
        if (m === null) return;
        total++;
        if (m[1]!.split(" or ").includes(code.get(i + 1) ?? "")) same++;
        else bad.push(`${f}:${i + 1}: want ${m[1]}, have ${code.get(i + 1)}: ${line.trim()}`);
      });
  }
  console.log(`encodings: ${same}/${total} identical`);
  assert.ok(total > 25000);
  assert.deepEqual(bad, []);
});

test("messages of cmd/asm's error tests", () => {
  let same = 0;
  const files = ["amd64error.s", "duperror.s", "buildtagerror.s", "amd64dynlinkerror.s"];
  for (const f of files) {
    const flags = f.includes("dynlink") ? ["-dynlink"] : [];
    const args = [...flags, "-p", "main", "-e", "-o", join(scratch, "x.o"), `./${f}`];
    const want = goTool(["asm", ...args], testdata);
    const have = runAsm(args, testdata);
    assert.equal(have.stderr, want.stderr, f);
    assert.equal(have.status, want.status, f);
    assert.equal(have.output, undefined, f);
    same++;
  }
  console.log(`error tests: ${same}/${files.length} identical`);
});

/** Packages of the default run: some with and some without go_asm.h, FIPS, vectors, runtime's ABI selectors. */
const sample = new Set([
  "internal/bytealg",
  "internal/cpu",
  "internal/runtime/atomic",
  "runtime",
  "reflect",
  "math",
  "math/big",
  "sync/atomic",
  "hash/crc32",
  "crypto/md5",
  "crypto/sha1",
  "crypto/internal/fips140/sha256",
  "crypto/internal/fips140/nistec",
]);

test("objects and symabis of the standard library", () => {
  let same = 0;
  let total = 0;
  let symabis = 0;
  let packages = 0;
  const bad: string[] = [];
  const ref = join(scratch, "ref.o");
  for (const p of asmPackages()) {
    if (!full && !sample.has(p.path)) continue;
    packages++;
    const work = objdir(p);
    const env = { GOROOT: goroot };
    for (const f of p.asmFiles) {
      const args = ["-S", ...asmArgs(p, work, ref, [f])];
      const r = goTool(["asm", ...args], p.dir);
      assert.equal(r.status, 0, r.stderr);
      const have = runAsm(args, p.dir, env);
      total++;
      if (have.stdout !== r.stdout) bad.push(`${p.path}/${f}: listing differs`);
      else if (have.output !== undefined && Buffer.compare(have.output, readFileSync(ref)) === 0) same++;
      else bad.push(`${p.path}/${f}: ${have.stderr}`);
    }
    const args = asmArgs(p, work, ref, p.asmFiles, true);
    assert.equal(goTool(["asm", ...args], p.dir).status, 0);
    const have = runAsm(args, p.dir, env);
    if (have.output !== undefined && Buffer.compare(have.output, readFileSync(ref)) === 0) symabis++;
    else bad.push(`${p.path}: symabis: ${have.stderr}`);
  }
  console.log(`objects: ${same}/${total} identical; symabis: ${symabis}/${packages} identical`);
  assert.ok(total > 0);
  assert.deepEqual(bad, []);
});

test("objects with -shared, -dynlink, -linkshared, -spectre=ret, -d=maymorestack", () => {
  let same = 0;
  let total = 0;
  const bad: string[] = [];
  const ref = join(scratch, "ref.o");
  for (const p of asmPackages()) {
    if (p.path !== "reflect" && p.path !== "runtime" && p.path !== "math/big") continue;
    const work = objdir(p);
    for (const flag of ["-shared", "-dynlink", "-linkshared", "-spectre=ret", "-d=maymorestack=runtime.x"]) {
      for (const f of p.asmFiles) {
        if (!full && p.path === "runtime" && f !== "asm_amd64.s") continue;
        const args = [flag, ...asmArgs(p, work, ref, [f])];
        const r = goTool(["asm", ...args], p.dir);
        const have = runAsm(args, p.dir, { GOROOT: goroot });
        total++;
        const equal = r.status !== 0 || Buffer.compare(have.output ?? Buffer.alloc(0), readFileSync(ref)) === 0;
        if (have.status === r.status && have.stderr === r.stderr && equal) same++;
        else bad.push(`${p.path}/${f} ${flag}: ${have.stderr}`);
      }
    }
  }
  console.log(`objects with flags: ${same}/${total} identical`);
  assert.ok(total > 0);
  assert.deepEqual(bad, []);
});

test("flags", () => {
  const v = runAsm(["-V"], scratch);
  assert.equal(v.status, 0);
  assert.match(v.stdout, /^asm version go/);
  assert.equal(runAsm([], scratch).status, 2);
  assert.equal(runAsm(["-nosuchflag", "x.s"], scratch).status, 2);
  const missing = runAsm(["-p", "main", "nothere.s"], scratch);
  assert.equal(missing.status, 1);
  assert.equal(missing.stderr, "asm: open nothere.s: no such file or directory\n");
});
