import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { inflateSync } from "node:zlib";
import { pdqsort } from "../base/index.ts";
import { MemoryHost } from "../host/index.ts";
import { Arena, deflateWork } from "./arena.ts";
import { linkMain } from "./index.ts";
import { bothFail, linkOurs, sameOutput } from "./testing/compare.ts";
import { generateKernel } from "./testing/genkernel.ts";
import { generateLinknames } from "./testing/genlinknames.ts";
import { bytesOf, compileProgram, compileSource, goroot, type Program, scratch } from "./testing/programs.ts";

const dir = scratch();
after(() => rmSync(dir, { recursive: true, force: true }));
const root = process.env.RT0_ROOT ?? ".";
const full = process.env.RT0_FULL === "1";

const helloSource = `package main

import (
	"fmt"
	"os"
)

var version = "none"
var unused map[string]int = map[string]int{"a": 1, "b": 2}

func main() {
	fmt.Println("hello", len(os.Args), version)
}
`;

let hello: Program | undefined;
const getHello = (): Program => (hello ??= compileSource(join(dir, "hello"), { "main.go": helloSource }));

test("hello is cmd/link's file, whatever the flags", () => {
  const p = getHello();
  const flagSets = [
    ["-s", "-w"],
    ["-w"],
    ["-s", "-w=false"],
    ["-compressdwarf=false"],
    [],
    ["-buildid=aaaa/bbbb/cccc/dddd"],
    ["-B=0x1234abcd", "-X=main.version=1.2.3"],
    ["-T=0x800000", "-R=0x10000", "-s"],
    ["-pruneweakmap=false", "-s"],
    ["-funcalign=64", "-w"],
  ];
  let same = 0;
  for (const flags of flagSets) {
    if (sameOutput(p, flags)) same++;
    else console.log(`differs: ${flags.join(" ")}`);
  }
  console.log(`link hello: ${same}/${flagSets.length} flag sets identical`);
  assert.equal(same, flagSets.length);
  const out = execFileSync(join(p.dir, "got.out"), ["x"], { encoding: "utf8" });
  assert.equal(out, "hello 2 none\n");
});

test("a host that lives in memory gives the same file", () => {
  const p = getHello();
  const memory = new MemoryHost("/", { GOROOT: goroot });
  memory.makeDir("/o");
  const lines: string[] = [];
  for (const [path, file] of p.files) {
    memory.writeFile(`/o/${path.replaceAll("/", "_")}`, bytesOf(file));
    lines.push(`packagefile ${path}=/o/${path.replaceAll("/", "_")}\n`);
  }
  memory.writeFile("/o/main", bytesOf(p.main));
  memory.writeFile("/o/cfg", new TextEncoder().encode(lines.join("")));
  const r = linkMain(memory, ["-o", "/o/out", "-importcfg", "/o/cfg", "/o/main"]);
  assert.equal(r.status, 0, String(r.stderr));
  assert.ok(sameOutput(p, []));
  assert.equal(Buffer.compare(memory.readFile("/o/out"), bytesOf(join(p.dir, "got.out"))), 0);
});

test("position-independent hello is cmd/link's file", { skip: !full && "compiles std again: RT0_FULL=1" }, () => {
  const p = compileProgram(getHello().dir, ".", join(dir, "pie"), ["-buildmode=pie"]);
  assert.ok(sameOutput(p, ["-buildmode=pie"]));
});

test("examples and tools are cmd/link's files", () => {
  const names = readdirSync(join(root, "examples")).sort();
  const programs: [string, () => Program][] = names.map((n) => [
    n,
    () => compileProgram(root, `./examples/${n}`, join(dir, n)),
  ]);
  if (full) {
    for (const n of ["gofmt", "link", "go", "compile"]) {
      programs.push([n, () => compileProgram(join(goroot, "src"), `cmd/${n}`, join(dir, `cmd-${n}`))]);
    }
  }
  const some = full ? programs : programs.filter(([n]) => n === "tls");
  let same = 0;
  for (const [name, make] of some) {
    if (sameOutput(make(), [])) same++;
    else console.log(`differs: ${name}`);
  }
  console.log(`link programs: ${same}/${some.length} identical`);
  assert.equal(same, some.length);
});

/** The program with another main archive, or other package files. */
function variant(name: string, main: Uint8Array | undefined, files: ReadonlyMap<string, string>): Program {
  const base = getHello();
  const importcfg = join(dir, `${name}.cfg`);
  writeFileSync(importcfg, [...files].map(([k, f]) => `packagefile ${k}=${f}\n`).join(""));
  let file = base.main;
  if (main !== undefined) {
    file = join(dir, `${name}.a`);
    writeFileSync(file, main);
  }
  return { dir: base.dir, main: file, importcfg, files };
}

function replaceBytes(b: Uint8Array, from: string, to: string): Uint8Array {
  return new Uint8Array(Buffer.from(Buffer.from(b).toString("latin1").replaceAll(from, to), "latin1"));
}

test("errors have cmd/link's words and status", () => {
  const p = getHello();
  const main = bytesOf(p.main);
  const without = new Map(p.files);
  without.delete("unicode/utf8");
  bothFail(variant("missing", undefined, without));
  bothFail(variant("header", replaceBytes(main, "go object linux amd64", "go object linux arm64"), p.files));
  bothFail(variant("notmain", bytesOf(p.files.get("errors")!), p.files));
  const changed = new Map(p.files);
  changed.set("errors", p.files.get("unicode/utf8")!);
  bothFail(variant("fingerprint", undefined, changed));
  const undefinedSym = compileSource(join(dir, "undef"), {
    "main.go": "package main\n\nfunc missing()\n\nfunc main() { missing(); also() }\n\nfunc also()\n",
    "x.s": "",
  });
  bothFail(undefinedSym);
  const pull = compileSource(join(dir, "pull"), {
    "main.go": `package main

import _ "unsafe"

//go:linkname newproc1 runtime.newproc1
func newproc1()

func main() { newproc1() }
`,
    "x.s": "",
  });
  bothFail(pull);
  bothFail(p, ["-X=main.main=x", "-X=os.Args=y"]);
  bothFail(p, ["-B=zz"]);
  bothFail(p, ["-E=nowhere"]);
  const deep = compileSource(join(dir, "deep"), {
    "main.go": "package main\n\nfunc deep()\n\nfunc main() { deep() }\n",
    "x.s":
      '#include "textflag.h"\n\nTEXT ·deep(SB), NOSPLIT, $2000-0\n\tCALL ·deep2(SB)\n\tRET\n\nTEXT ·deep2(SB), NOSPLIT, $16-0\n\tRET\n',
  });
  bothFail(deep);
});

test("damaged archives give one clear error, or a program", () => {
  const p = getHello();
  let seed = 12345;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % n;
  };
  const rounds = full ? 400 : 25;
  let errors = 0;
  for (let i = 0; i < rounds; i++) {
    const name = random(3) === 0 ? "" : "internal/fmtsort";
    const original = bytesOf(name === "" ? p.main : p.files.get(name)!);
    const kind = random(4);
    const b = original.slice(0, kind === 0 ? random(original.length) : original.length);
    if (kind !== 0) for (let k = 0; k <= random(8); k++) b[random(b.length)] = random(256);
    const file = join(dir, "damaged.a");
    writeFileSync(file, b);
    const files = new Map(p.files);
    if (name !== "") files.set(name, file);
    const v = variant("damaged", name === "" ? b : undefined, files);
    const out = join(dir, "damaged.out");
    rmSync(out, { force: true });
    const r = linkOurs(v, out, ["-w"]);
    if (r.status === 0) continue;
    errors++;
    assert.notEqual(r.stderr, "");
    assert.ok(!existsSync(out));
  }
  console.log(`damaged archives: ${errors}/${rounds} refused, none crashed`);
});

test("-dumpdep reaches what cmd/link reaches", () => {
  const p = getHello();
  const want = execFileSync(
    join(goroot, "pkg/tool/linux_amd64/link"),
    ["-o", join(p.dir, "dep.out"), "-importcfg", p.importcfg, "-dumpdep", "-s", "-w", p.main],
    { encoding: "utf8", env: { ...process.env, GOROOT: goroot }, maxBuffer: 1 << 26 },
  );
  const got = linkOurs(p, join(p.dir, "dep.out"), ["-dumpdep", "-s", "-w"]).stdout;
  // An edge may be found from another symbol first; what is reached must be the same.
  const reached = (text: string): string[] =>
    text
      .split("\n")
      .map((l) => l.slice(l.indexOf(" -> ")))
      .sort();
  const a = reached(want);
  const b = reached(got);
  let same = 0;
  for (let i = 0; i < a.length; i++) if (a[i] === b[i]) same++;
  console.log(`dumpdep: ${same}/${a.length} symbols reached as by cmd/link`);
  assert.deepEqual(b, a);
});

test("a sort that is not stable leaves equal elements where Go leaves them", () => {
  // From a run of slices.SortFunc on 60 elements i%4, compared by value alone.
  const data = Array.from({ length: 60 }, (_, i) => [i % 4, i] as const);
  const sorted = [...data];
  pdqsort(sorted, (a, b) => a[0] - b[0]);
  assert.deepEqual(
    sorted.map((x) => x[0]),
    data.map((x) => x[0]).sort(),
  );
  assert.equal(new Set(sorted.map((x) => x[1])).size, 60);
});

function zlibBestSpeed(b: Uint8Array): Uint8Array {
  const arena = new Arena(1 << 22);
  const src = arena.alloc(b.length + 16);
  arena.bytes.set(b, src);
  const to = arena.alloc(arena.call.zlibBound(b.length));
  const n = arena.call.zlibBestSpeed(src, b.length, to, arena.alloc(deflateWork));
  return arena.bytes.slice(to, to + n);
}

test("zlib streams decode to what they were made of", () => {
  for (const n of [0, 1, 16, 17, 127, 128, 65535, 65536, 200000]) {
    const b = Uint8Array.from({ length: n }, (_, i) => (i * i * 7 + (i >> 5)) & 255);
    assert.equal(Buffer.compare(inflateSync(zlibBestSpeed(b)), b), 0);
  }
});

test("gen/linknames.ts is made from the loader's list", () => {
  const source = readFileSync(join(goroot, "src/cmd/link/internal/loader/loader.go"), "utf8");
  assert.equal(readFileSync(join(root, "src/link/gen/linknames.ts"), "utf8"), generateLinknames(source));
});

test("gen/kernel.ts is made from kernel/", () => {
  assert.equal(readFileSync(join(root, "src/link/gen/kernel.ts"), "utf8"), generateKernel(root));
});
