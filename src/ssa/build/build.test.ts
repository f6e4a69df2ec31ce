import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { goldenTests } from "../../base/testing/golden.ts";
import { goList, goroot, SourceImporter } from "../../types/testing/goroot.ts";
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
