// Every flag of cmd/link: does what it does there, or is refused with a reason. What is wrong with the input is said in its
// words, and no output is left.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { bothFail, linkOurs, sameOutput } from "./testing/compare.ts";
import { bytesOf, compileSource, goEnv, linkReal, type Program, realLink, scratch } from "./testing/programs.ts";

const dir = scratch();
after(() => rmSync(dir, { recursive: true, force: true }));
let program: Program | undefined;
const hello = (): Program =>
  (program ??= compileSource(join(dir, "hello"), {
    "main.go": 'package main\n\nimport "fmt"\n\nvar v = "x"\n\nfunc main() { fmt.Println("hello", v) }\n',
  }));

test("flags make the file that they make there", () => {
  const sets = [
    "-H=linux",
    "-D=0x900000",
    "-R=8192",
    "-B=none -buildid=a/b/c/d",
    "-B=gobuildid -buildid=a/b/c/d",
    "-I=/x/ld",
    "-X=main.v=a=b -X=main.v=second",
    "-checklinkname=0",
    "-strictdups=1",
    "-linkmode=internal",
    "-linkmode=auto -buildmode=exe",
    "-a -n -e -f -h -d -bindnow",
    "-libgcc=none -tmpdir=x -extld=gcc -extldflags=-x -extar=ar -installsuffix=x -capturehostobjs=x",
    "-debugtextsize=100 -debugtramp=1 -memprofilerate=1 -aslr=true",
  ];
  let same = 0;
  for (const flags of sets) {
    if (sameOutput(hello(), ["-w", ...flags.split(" ")])) same++;
    else console.log(`differs: ${flags}`);
  }
  console.log(`link flags: ${same}/${sets.length} sets identical`);
  assert.equal(same, sets.length);
});

test("flags that print, print the same", () => {
  const p = hello();
  for (const flags of [["-c"], ["-debugnosplit"], ["-strictdups=1"]]) {
    const args = ["-o", join(dir, "p.out"), "-importcfg", p.importcfg, "-s", "-w", ...flags, p.main];
    const want = execFileSync(realLink, args, { encoding: "utf8", env: goEnv, maxBuffer: 1 << 26, stdio: "pipe" });
    const got = linkOurs(p, join(dir, "p2.out"), ["-s", "-w", ...flags]);
    const [a, b] = [want.split("\n"), got.stdout.split("\n")];
    const at = a.findIndex((l, i) => l !== b[i]);
    // The last lines are sizes of this output and its name.
    assert.equal(b[at], a[at], `${flags.join(" ")}: line ${at}`);
    assert.equal(b.length, a.length);
  }
  const v = linkOurs(p, join(dir, "p2.out"), ["-v", "-s"]).stdout;
  assert.match(v, /^build mode: exe, symbol table: off, DWARF: off\nHEADER = -H5 -T0x401000 -R0x1000\n/);
  const sizes = linkOurs(p, join(dir, "p2.out"), ["-fipso", join(dir, "fips"), "-w"]);
  assert.equal(sizes.status, 0);
  linkReal(p, join(dir, "p.out"), ["-fipso", join(dir, "fips-want"), "-w"]);
  assert.equal(Buffer.compare(bytesOf(join(dir, "fips")), bytesOf(join(dir, "fips-want"))), 0);
  assert.match(linkOurs(p, "", ["-V=full"]).stdout, /^link version go1\./);
});

test("packages are found in -L directories", () => {
  const p = hello();
  const lib = join(dir, "lib");
  for (const [path, file] of p.files) {
    mkdirSync(join(lib, path, ".."), { recursive: true });
    writeFileSync(join(lib, `${path}.a`), readFileSync(file));
  }
  const empty = join(dir, "none.cfg");
  writeFileSync(empty, "");
  const run = (argv: readonly string[], out: string): Buffer => {
    execFileSync(realLink, ["-o", out, "-L", lib, "-w", ...argv], { env: goEnv });
    return readFileSync(out);
  };
  const want = run([p.main], join(dir, "L.want"));
  // linkOurs gives an importcfg; the linker's own command line does not have to.
  const q = { ...p, importcfg: empty };
  const r = linkOurs(q, join(dir, "L.got"), ["-importcfg=", "-L", lib, "-w"]);
  assert.equal(r.status, 0, r.stderr);
  assert.equal(Buffer.compare(want, readFileSync(join(dir, "L.got"))), 0);
});

test("what needs another linker is refused with the reason", () => {
  const cases: [string, RegExp][] = [
    ["-linkmode=external", /needs a C toolchain/],
    ["-buildmode=plugin", /needs external linking/],
    ["-buildmode=c-shared", /needs external linking/],
    ["-buildmode=c-archive", /needs external linking/],
    ["-buildmode=shared", /needs external linking/],
    ["-linkshared", /need external linking/],
    ["-race", /race detector/],
    ["-msan", /memory sanitizer/],
    ["-asan", /address sanitizer/],
    ["-H=windows", /only linux/],
    ["-r=/x", /without cgo/],
    ["-k=x", /field tracking/],
    ["-pluginpath=x", /plugins/],
    ["-randlayout=1", /math\/rand/],
  ];
  const out = join(dir, "refused.out");
  for (const [flag, why] of cases) {
    const r = linkOurs(hello(), out, [flag]);
    assert.equal(r.status, 2, flag);
    assert.match(r.stderr, why);
    assert.ok(!existsSync(out));
  }
  console.log(`link flags: ${cases.length} refused with a reason`);
});

test("wrong flags and wrong input have its words and status", () => {
  const p = hello();
  const sets = [
    ["-R=1"],
    ["-funcalign=3"],
    ["-strictdups=9"],
    ["-strictdups=2"],
    ["-D=0x900001"],
    ["-E=main.main"],
    ["-B=gobuildid"],
    ["-B=0x123"],
    ["-X=novalue"],
    ["-g"],
  ];
  for (const flags of sets) bothFail(p, flags);
  const main = bytesOf(p.main);
  const change = (name: string, b: Uint8Array): Program => {
    const file = join(dir, `${name}.a`);
    writeFileSync(file, b);
    return { ...p, main: file };
  };
  const replace = (from: string, to: string): Uint8Array =>
    new Uint8Array(Buffer.from(Buffer.from(main).toString("latin1").replaceAll(from, to), "latin1"));
  bothFail(change("version", replace("go1.26", "go1.25")));
  bothFail(change("arch", replace(" amd64 ", " arm64 ")));
  bothFail(change("garbage", new TextEncoder().encode("this is no archive\n")));
  bothFail({ ...p, main: join(dir, "missing.a") });
  for (const line of ["packagefile x", "nonsense y", 'modinfo "x']) {
    const importcfg = join(dir, "bad.cfg");
    writeFileSync(importcfg, `${line}\n`);
    bothFail({ ...p, importcfg });
  }
  bothFail({ ...p, importcfg: join(dir, "missing.cfg") });
});

test("two packages may not define the same symbol", () => {
  const at = join(dir, "dup");
  const asm = "TEXT ·same(SB), 4, $0-0\n\tRET\n".replace("·same", "dup·same");
  mkdirSync(join(at, "b"), { recursive: true });
  writeFileSync(join(at, "b/b.go"), "package b\n\nfunc B()\n");
  writeFileSync(join(at, "b/b.s"), `${asm}TEXT ·B(SB), 4, $0-0\n\tRET\n`);
  const p = compileSource(at, {
    "main.go": 'package main\n\nimport "m/b"\n\nfunc a()\n\nfunc main() { a(); b.B() }\n',
    "a.s": `${asm}TEXT ·a(SB), 4, $0-0\n\tRET\n`,
  });
  bothFail(p);
});

test("an output that cannot be written leaves nothing", () => {
  const p = hello();
  for (const out of [join(dir, "no/such/dir/x"), dir]) {
    const r = linkOurs(p, out, ["-w"]);
    const real = linkReal(p, out, ["-w"]);
    assert.equal(r.status, real.status);
    assert.match(r.stderr, /^link: cannot create /);
    assert.equal(r.stderr.split(":").at(-1), real.stderr.split(":").at(-1));
  }
  assert.ok(!existsSync(join(dir, "no")));
});

test("sizes beyond reason are refused", () => {
  const p = compileSource(join(dir, "huge"), {
    "main.go":
      'package main\n\nimport "os"\n\nvar a, b, c [1 << 30]byte\n\nfunc main() { println(a[len(os.Args)], b[len(os.Args)], c[len(os.Args)]) }\n',
  });
  const b = linkOurs(p, join(dir, "huge.out"), ["-w"]);
  const real = linkReal(p, join(dir, "huge-want.out"), ["-w"]);
  assert.equal(b.status, real.status, b.stderr);
  assert.notEqual(b.status, 0);
  assert.ok(!existsSync(join(dir, "huge.out")));
});
