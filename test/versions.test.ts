import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PosTable } from "#base";
import { CompileSession, compileMain } from "#compile";
import { goroot, realGo, withoutGo } from "./support/toolchains.ts";
import { NodeHost } from "../src/edge/node/node-host.ts";

// Programs with everything that a language version brought, for every -lang and for files with versions of their own: what
// compile prints must be what gc's prints.

const features = `
import "unsafe"

type A = int

type I interface{ M() }
type J interface{ M() }
type K interface {
	I
	J
}

type T1 struct{ a int \`x\` }
type T2 struct{ a int \`y\` }

type List[T any] struct{ next *List[T] }

type G[T any] = []T

type Rec[P interface{ m(Rec[P]) }] interface{}

type Self[P Self[P]] interface{ Less(P) bool }

func gen[T any](x T) {}
func cmp[T comparable]() {}
func app[T any](f func(T)) {}

var any1 any
var lit = []interface{}{0b1, 0o7, 1_000, 0x1p1, 0b1i, 0X_1, 'a'}

func f(i int, s []int, p *int, b *byte, m map[string]int, g func(func(int) bool), str string) {
	_ = 1 << i
	i <<= i
	_ = T1(T2{})
	_ = (*[2]int)(s)
	_ = [2]int(s)
	_ = unsafe.Add(unsafe.Pointer(p), 1)
	_ = unsafe.Slice(p, 1)
	_ = unsafe.String(b, 1)
	_ = unsafe.StringData(str)
	_ = unsafe.SliceData(s)
	_ = min(1, i)
	_ = max(1, i)
	clear(m)
	for range 10 {
	}
	for x := range i {
		_ = x
	}
	for range g {
	}
	_ = new(1)
	_ = new(i + 1)
	cmp[interface{}]()
	app[int](gen)
	var h func(int) = gen
	_ = h
	for range s {
	}
	func() {
		defer func() { recover() }()
	}()
	_ = [...]string{2: "a"}[:]
	_ = len([3]int{})
	var l List[int]
	_ = l
	goto L
L:
}
`;

const dir = mkdtempSync(join(tmpdir(), "rt0-versions-"));
after(() => rmSync(dir, { recursive: true, force: true }));

function gc(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(realGo, ["tool", "compile", ...args], { cwd: dir, env: { ...process.env, GOROOT: goroot } });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (d: string) => (out += d));
    child.stderr.setEncoding("utf8").on("data", (d: string) => (out += d));
    child.on("close", (code) => resolve(`${code}\n${out}`));
  });
}

test("language versions", { skip: withoutGo, timeout: 600_000 }, async () => {
  const runs: string[][] = [];
  for (let v = 1; v <= 26; v++) {
    const plain = `plain${v}`;
    mkdirSync(join(dir, plain));
    writeFileSync(join(dir, plain, "x.go"), `package p\n${features}`);
    runs.push([`-lang=go1.${v}`, "-e", `${plain}/x.go`], [`-lang=go1.${v}`, `${plain}/x.go`]);
    writeFileSync(join(dir, plain, "y.go"), `//go:build go1.${v}\n\npackage p\n${features}`);
    for (const lang of ["go1.17", "go1.22", "go1.26"]) runs.push([`-lang=${lang}`, "-e", `${plain}/y.go`]);
  }
  runs.push(["-lang=go1.27", "plain1/x.go"], ["-lang=go2.0", "plain1/x.go"], ["-lang=1.20", "plain1/x.go"]);
  runs.push(["-lang=go1.x", "plain1/x.go"], ["-lang=go1.26.1", "plain1/x.go"], ["-lang=", "-e", "plain26/x.go"]);
  const wants: string[] = new Array<string>(runs.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < runs.length; i = next++)
      wants[i] = await gc(["-p", "p", "-o", join(dir, `${i}.a`), ...runs[i]!]);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const session = new CompileSession(new PosTable());
  const host = new NodeHost(dir, { ...process.env, GOROOT: goroot });
  let same = 0;
  const problems: string[] = [];
  runs.forEach((args, i) => {
    const r = compileMain(host, ["-p", "p", "-o", join(dir, "out.a"), ...args], session);
    const have = `${r.status}\n${r.stdout}${r.stderr}`;
    if (have === wants[i]) same++;
    else problems.push(`compile ${args.join(" ")}\n-- gc --\n${wants[i]}\n-- rt0 --\n${have}`);
  });
  console.log(`language versions: ${same}/${runs.length} outputs as gc's`);
  assert.equal(problems.slice(0, 3).join("\n"), "");
});
