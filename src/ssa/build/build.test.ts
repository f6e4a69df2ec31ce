import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { goldenTests } from "../../base/testing/golden.ts";
import { goList, goroot, SourceImporter } from "../../types/testing/goroot.ts";
import { Op } from "../core/index.ts";
import { buildPackage } from "./testing/buildstd.ts";
import { functionsOf, programOf, ssaOf } from "./testing/source.ts";

const root = process.env["RT0_ROOT"] ?? process.cwd();

goldenTests(join(root, "src/ssa/testdata/build"), {
  ssa: (input, names) => ssaOf(input.get("p.go")!, names),
});

test("names of closures, wrappers and instances are gc's", () => {
  const all = functionsOf(
    programOf(`package p
type T struct{ x int }
func (t T) Get() int { return t.x }
func (t *T) Set(x int) { t.x = x }
type E struct{ *T }
type G[P any] struct{ v P }
func (g *G[P]) Get() P { return g.v }
func Id[P any](x P) P { return x }
func f(t *T) func() int {
	go t.Set(1)
	defer t.Set(2)
	func() { func() { t.x++ }() }()
	return t.Get
}
func g() (int, string) { return (&G[int]{}).Get(), Id("") }
func h(seq func(func(int) bool)) { for x := range seq { func() { println(x) }() } }
var v = func(e E) int { return e.Get() }
`),
  );
  const names = [...all.keys()].sort();
  assert.deepEqual(names, [
    "p.(*G[int]).Get",
    "p.(*T).Set",
    "p.Id[string]",
    "p.T.Get",
    "p.T.Get-fm",
    "p.f",
    "p.f.deferwrap2",
    "p.f.func1",
    "p.f.func1.1",
    "p.f.gowrap1",
    "p.g",
    "p.h",
    "p.h-range1",
    "p.h.func1",
    "p.init.func1",
  ]);
});

test("initial values are data where nothing can tell the difference", () => {
  const program = programOf(`package p
type T struct { s string; next *T }
type E interface{ Error() string }
func (t *T) Error() string { return t.s }
func mk(s string) E { return &T{s, nil} }
func pair(a, b *T) *T { return &T{a.s, b} }
func twice(t *T) [2]*T { return [2]*T{t, t} }
func called() string { println(); return "" }
var (
	err = mk("as errors.New")
	nested = link("a", link("b", nil))
	dynamic = mk(called())
	field = pair(nested, nil)
	shared = twice(&T{})
	few = map[string]int{"a": 1}
	many = map[string]*T{"a": nil, "b": nil, "c": nil, "d": nil, "e": nil, "f": nil, "g": nil, "h": nil, "i": nil, "j": nil}
	other = map[string]*T{"a": nested, "b": nil, "c": nil, "d": nil, "e": nil, "f": nil, "g": nil, "h": nil, "i": nil, "j": field}
	calls = map[string]string{"a": called(), "b": "", "c": "", "d": "", "e": "", "f": "", "g": "", "h": "", "i": "", "j": ""}
	_ E = &T{}
	_ = called()
)
func link(s string, next *T) *T { return &T{s, next} }
`);
  const data = [...program.data.keys()].map((g) => g.name).filter((n) => !n.includes("stmp"));
  assert.deepEqual(data.sort(), ["p.err", "p.nested"]);
  assert.deepEqual(
    [...program.mapInits].map(([g, fn]) => `${g.name} ${fn.name}`),
    ["p.many p.map.init.0", "p.other p.map.init.1"],
  );
  const init = functionsOf(program).get("p.init")!;
  const called = init.blocks
    .flatMap((b) => b.values)
    .filter((v) => v.op === Op.StaticCall)
    .map((v) => String(v.aux));
  assert.deepEqual(
    called.filter((n) => n.startsWith("p.")),
    ["p.called", "p.mk", "p.pair", "p.twice", "p.map.init.0", "p.map.init.1", "p.called", "p.called"],
  );
});

test("where data must hold no addresses, what is none is data all the same, and code makes the rest", () => {
  const program = programOf(
    `package check
var n = 1
var both = struct { p *int; x int }{&n, 3}
var address = &n
`,
    "crypto/internal/fips140/check",
  );
  const data = new Map([...program.data].map(([g, d]) => [g.name, d]));
  const prefix = "crypto/internal/fips140/check";
  assert.deepEqual([...data.keys()].sort(), [`${prefix}.both`, `${prefix}.n`]);
  const both = data.get(`${prefix}.both`)!;
  assert.deepEqual([[...both.bytes], both.pointers.length], [[0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0], 0]);
  const init = functionsOf(program).get(`${prefix}.init`)!;
  const stored = init.blocks.flatMap((b) => b.values).filter((v) => v.op === Op.Store);
  assert.ok(stored.length >= 2);
});

test("append of a made slice makes none, also within an expression whose calls come first", () => {
  const all = functionsOf(
    programOf(`package p
func grow(s []int, n int) []int { s = append(s[:cap(s)], make([]int, n)...)[:len(s)]; return s }
func calls(s []int, f func() int) ([]int, int) { return append(s, make([]int, f())...), f() }
`),
  );
  for (const name of ["p.grow", "p.calls"]) {
    const ops = all.get(name)!.blocks.flatMap((b) => b.values.map((v) => v.op));
    assert.deepEqual([ops.includes(Op.AppendZeros), ops.includes(Op.MakeSlice)], [true, false], name);
  }
});

test("an address passed as a number to a function without body is converted as its parameter wants", () => {
  const all = functionsOf(
    programOf(`package p
import "unsafe"
func numbers(x ...uintptr)
func anything(x ...any)
func f(p *int) { numbers(uintptr(unsafe.Pointer(p))) }
func g(p *int) { anything(uintptr(unsafe.Pointer(p))) }
`),
  );
  const ops = (name: string): Op[] => all.get(name)!.blocks.flatMap((b) => b.values.map((v) => v.op));
  assert.deepEqual(
    ["p.f", "p.g"].map((name) => ops(name).includes(Op.KeepAlive)),
    [true, false],
  );
  assert.deepEqual(
    ["p.f", "p.g"].map((name) => ops(name).includes(Op.MakeIface)),
    [false, true],
  );
});

test("KeepAlive of what is too big for a value keeps its place", () => {
  const all = functionsOf(
    programOf(
      `package runtime
type T struct { a int; p *int; b int; q *int; c int; r *int }
func KeepAlive(x any) {}
func f() { var x T; KeepAlive(x) }
`,
      "runtime",
    ),
  );
  const kept = all
    .get("runtime.f")!
    .blocks.flatMap((b) => b.values)
    .filter((v) => v.op === Op.KeepAlive);
  assert.deepEqual(
    kept.map((v) => v.args[0]!.op === Op.Deref),
    [false],
  );
});

test("unique.Make gets bytes as a string without a copy", () => {
  const all = functionsOf(
    programOf(
      `package unique
func Make[T comparable](v T) T { return v }
func f(b []byte) string { return Make(string(b)) }
func g(b []byte) any { return Make[any](string(b)) }
`,
      "unique",
    ),
  );
  const conversions = ["unique.f", "unique.g"].map((name) =>
    all
      .get(name)!
      .blocks.flatMap((b) => b.values)
      .filter((v) => v.op === Op.StringConv)
      .map((v) => String(v.aux)),
  );
  assert.deepEqual(conversions, [["bytesToStringTmp heap"], ["bytesToString heap"]]);
});

test("the code of a func value in an interface is one load away: the interface holds the func value itself", () => {
  const all = functionsOf(
    programOf(
      `package abi
func FuncPCABIInternal(f any) uintptr
func pc(f any) uintptr { return FuncPCABIInternal(f) }
`,
      "internal/abi",
    ),
  );
  const loads = all
    .get("internal/abi.pc")!
    .blocks.flatMap((b) => b.values)
    .filter((v) => v.op === Op.Load);
  assert.equal(loads.length, 1);
});

const skip = existsSync(join(goroot, "bin/go")) ? false : "needs the Go source tree and go list";

/** RT0_BUILD=std builds all of the standard library (40 s). */
test("functions of the standard library build and pass the checker", { skip }, () => {
  const scope = process.env["RT0_BUILD"] ?? "fmt";
  const paths = goList(scope === "std" ? ["std"] : ["-deps", scope])
    .map((p) => p.ImportPath)
    .filter((p) => p !== "unsafe");
  const importer = new SourceImporter(goList(["std"]));
  let functions = 0;
  const errors: string[] = [];
  for (const p of paths) {
    const r = buildPackage(importer, p);
    functions += r.functions;
    errors.push(...r.errors);
  }
  console.log(`${paths.length} packages, ${functions} functions, ${errors.length} errors`);
  assert.deepEqual(errors.slice(0, 5), []);
  assert.ok(functions > 3000);
});
