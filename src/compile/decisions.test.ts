import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PosTable } from "#base";
import { MemoryHost } from "#host";
import { realGo, withoutGo } from "../base/testing/realgo.ts";
import { compileMain, CompileSession } from "./index.ts";

const dir = mkdtempSync(join(tmpdir(), "rt0-decisions-"));
after(() => rmSync(dir, { recursive: true, force: true }));

// What gc and rt0 decide alike: every message there is, and its place.
const source = `package p

type T struct{ a, b int }

func (t *T) sum() int { return t.a + t.b }

var sink *T
var isink any

func small(a int) int { return a + 1 }

func leak(t *T) { sink = t }

func content(t **T) { sink = *t }

func same(t *T) *T { return t }

func none(t *T, s []byte) int { return t.a + len(s) + small(2) + t.sum() }

//go:noinline
func variadic(args ...int) int { return args[0] }

//go:noinline
func call(f func() int) int { return f() }

func f(n int) *T {
	x := T{1, 2}
	y := &T{3, 4}
	z := new(T)
	s := make([]int, 10)
	l := []int{1, 2, 3}
	z.a = s[0] + l[0] + variadic(n, n)
	leak(&x)
	m := map[string]int{"a": 1}
	isink = n
	isink = y.a + m["a"]
	z.b = call(func() int { recover(); return n })
	b := []byte("text")
	b[0] = 1
	str := string(b)
	_ = str + "x"
	return same(z)
}
`;

test("-m tells what gc tells", { skip: withoutGo }, () => {
  writeFileSync(join(dir, "a.go"), source);
  const args = ["tool", "compile", "-p=p", "-m", "-o=a.o", "a.go"];
  const want = execFileSync(realGo, args, { cwd: dir, encoding: "utf8" }).replaceAll(`${dir}/`, "");
  const host = new MemoryHost("/src");
  host.writeFile("/src/a.go", new TextEncoder().encode(source));
  const r = compileMain(host, ["-p=p", "-m", "-o=/src/p.a", "a.go"], new CompileSession(new PosTable()));
  assert.equal(r.status, 0, r.stderr);
  // Messages at one place have no order of their own.
  const lines = (text: string): string[] => text.trimEnd().split("\n").sort();
  assert.deepEqual(lines(r.stdout), lines(want));
  console.log(`-m: ${lines(want).length}/${lines(want).length} messages as gc's`);
});
