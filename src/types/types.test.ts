import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Diagnostics, PosTable } from "#base";
import { type Expr, isExpr, Kind, type Node, parseFile, walk } from "#syntax";
import {
  asNamed,
  canon,
  check,
  checkBody,
  type Func,
  instantiate,
  layoutOf,
  linkString,
  nameString,
  objOf,
  pointerBitmap,
  tvOf,
  under,
} from "./index.ts";
import { errorcheckDir, errorcheckFile } from "./testing/errorcheck.ts";
import { goList, goroot, SourceImporter } from "./testing/goroot.ts";
import { packageFacts, referenceFacts } from "./testing/facts.ts";
import { compareErrors, mutants } from "./testing/mutate.ts";
import { runTestPackage, testPackages } from "./testing/testdata.ts";

/** Test data that asks for aliases without nodes of their own, which the compiler never does. */
const withoutAliasNodes = new Set(["cycles5.go", "issue50779.go", "typeAliases1.23a.go"]);

const std = goList(["std"]);

test("correct packages are accepted", () => {
  const all = process.env["RT0_TYPES_ALL"] === "1";
  const importer = new SourceImporter(all ? goList(["std", "cmd"]) : std);
  const paths = all
    ? importer.paths()
    : [
        "runtime",
        "fmt",
        "reflect",
        "net/netip",
        "slices",
        "maps",
        "sort",
        "text/template",
        "encoding/json",
        "go/types",
      ];
  let ok = 0;
  const problems: string[] = [];
  for (const p of paths) {
    const { errors } = importer.checkPackage(p);
    if (errors.length === 0) ok++;
    else problems.push(`${p}: ${errors.slice(0, 3).join("\n  ")}`);
  }
  console.log(`packages accepted: ${ok}/${paths.length}`);
  assert.deepEqual(problems, []);
  assert.deepEqual(importer.diagnostics.format(0), []);
});

/** Files whose marks the reference does not meet either (types2Failures in testdir_test.go). */
const referenceFails = [
  "shift1.go",
  "fixedbugs/issue10700.go",
  "fixedbugs/issue18331.go",
  "fixedbugs/issue18419.go",
  "fixedbugs/issue20233.go",
  "fixedbugs/issue20245.go",
  "fixedbugs/issue31053.go",
];

/** Marks that other stages have to meet: the back end (frames, escapes), the driver's importer, other platforms. */
const otherStages = [
  "fixedbugs/bug385_32.go",
  "fixedbugs/bug385_64.go",
  "fixedbugs/issue11362.go",
  "fixedbugs/issue14999.go",
  "fixedbugs/issue20529.go",
  "fixedbugs/issue20780.go",
  "fixedbugs/issue22200.go",
  "fixedbugs/issue22200b.go",
  "fixedbugs/issue25507.go",
  "fixedbugs/issue52697.go",
  "fixedbugs/notinheap2.go",
  "import6.go",
  "wasmexport.go",
  "wasmexport2.go",
];

test("GOROOT/test errorcheck: marks met", () => {
  const importer = new SourceImporter(std);
  const root = join(goroot, "test");
  let ok = 0;
  let total = 0;
  let marks = 0;
  const problems: string[] = [];
  const visit = (dir: string): void => {
    for (const e of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, e.name);
      if (e.isDirectory()) {
        if (!e.name.endsWith(".dir")) visit(path);
        continue;
      }
      const name = path.slice(root.length + 1);
      if (!name.endsWith(".go") || referenceFails.includes(name) || otherStages.includes(name)) continue;
      const o = errorcheckFile(path, importer) ?? errorcheckDir(path, importer);
      if (o === null) continue;
      total++;
      marks += o.wanted;
      if (o.problems.length === 0) ok++;
      else problems.push(`${name}: ${o.problems.join("; ")}`);
    }
  };
  visit(root);
  console.log(`errorcheck programs met: ${ok}/${total} (${marks} marks)`);
  assert.deepEqual(problems, []);
});

test("the reference's test data: every mark met, nothing else reported", () => {
  const importer = new SourceImporter(std);
  let ok = 0;
  let total = 0;
  let marks = 0;
  const problems: string[] = [];
  const dirs: [string, number][] = [
    ["check", 50],
    ["examples", 125],
    ["fixedbugs", 100],
    ["spec", 20],
  ];
  for (const [dir, tolerance] of dirs) {
    for (const p of testPackages(join(goroot, "src/internal/types/testdata", dir))) {
      if (withoutAliasNodes.has(p.name)) continue;
      total++;
      const o = runTestPackage(p.name, p.files, importer, tolerance);
      marks += o.marks;
      if (o.problems.length === 0) ok++;
      else problems.push(...o.problems);
    }
  }
  console.log(`test data packages met: ${ok}/${total} (${marks} marks)`);
  assert.deepEqual(problems, []);
});

test("what is recorded is what types2 records", () => {
  const all = process.env["RT0_TYPES_ALL"] === "1";
  const importer = new SourceImporter(std);
  const paths = all
    ? importer.paths()
    : ["errors", "slices", "sync", "strconv", "fmt", "math/big", "encoding/json", "text/template", "go/types"];
  const want = referenceFacts(std, paths);
  let total = 0;
  let same = 0;
  const problems: string[] = [];
  for (const p of paths) {
    const got = packageFacts(importer.checkPackage(p).pkg, importer);
    const expected = want.get(importer.listing(p)!.ImportPath) ?? [];
    total += expected.length;
    for (let i = 0; i < Math.max(got.length, expected.length); i++) {
      const g = got[i];
      // A constant string appended to bytes is a string here; types2 leaves it untyped.
      if (g === expected[i] || g === expected[i]?.replace("| untyped string |", "| string |")) same++;
      else if (problems.length < 10) problems.push(`${p}: have ${g}\n  want ${expected[i]}`);
    }
  }
  console.log(`facts identical: ${same}/${total} in ${paths.length} packages`);
  assert.deepEqual(problems, []);
  assert.equal(same, total);
});

test("programs with mistakes get types2's errors", () => {
  const count = Number(process.env["RT0_TYPES_MUTANTS"] ?? "300");
  const importer = new SourceImporter(std);
  let total = 0;
  let same = 0;
  let errors = 0;
  const problems: string[] = [];
  for (const r of compareErrors(mutants(1, count), std, importer)) {
    if (r.want === null && r.have === null) continue;
    total++;
    errors += r.want?.length ?? 0;
    if (JSON.stringify(r.want) === JSON.stringify(r.have)) same++;
    else problems.push(`have ${r.have?.join("\n")}\nwant ${r.want?.join("\n")}\n${r.source}`);
  }
  console.log(`mutated programs with identical errors: ${same}/${total} (${errors} errors)`);
  assert.deepEqual(problems, []);
});

test("bodies checked on demand, in any order, are as when the package is checked at once", () => {
  const importer = new SourceImporter(std);
  let bodies = 0;
  let facts = 0;
  let same = 0;
  for (const p of ["fmt", "slices", "sync", "net/netip", "encoding/json"]) {
    const lazy = importer.import(p);
    const funcs: { fn: Func; body: () => Node | null }[] = [];
    for (const f of lazy.files)
      for (const d of f.declList)
        if (d.kind === Kind.FuncDecl && d.bodyStart >= 0) funcs.push({ fn: objOf(d.name) as Func, body: () => d.body });
    for (const f of funcs.reverse()) checkBody(f.fn);
    const { pkg } = new SourceImporter(std).checkPackage(p);
    const full: Node[] = [];
    for (const f of pkg.files)
      for (const d of f.declList) if (d.kind === Kind.FuncDecl && d.body !== null) full.push(d.body);
    assert.equal(full.length, funcs.length);
    funcs.reverse();
    bodies += funcs.length;
    for (let i = 0; i < full.length; i++) {
      const a: Expr[] = [];
      const b: Expr[] = [];
      const collect = (into: Expr[]) => (n: Node) => {
        if (isExpr(n)) into.push(n);
        return true;
      };
      walk(funcs[i]!.body()!, collect(a));
      walk(full[i]!, collect(b));
      assert.equal(a.length, b.length);
      for (let j = 0; j < a.length; j++) {
        const x = tvOf(a[j]!);
        const y = tvOf(b[j]!);
        facts++;
        if (x === null || y === null ? x === y : x.mode === y.mode && linkString(x.type) === linkString(y.type)) same++;
      }
    }
  }
  console.log(`facts of ${bodies} bodies checked on demand identical: ${same}/${facts}`);
  assert.equal(same, facts);
  assert.deepEqual(importer.diagnostics.format(0), []);
});

test("symbol names and layouts of types", () => {
  const source = `package p
import "sync"
type T[P any] struct { x P; sync.Mutex; *E }
type E struct { A int; b string \`k:"v"\`; _ struct{} }
type B = E
type W struct { B; E2 }
type E2 = int
var (
  v1 T[map[string][]B]
  v2 func(a int, b ...string) (x, y error)
  v3 interface{ M(E) byte; n() any }
  v4 chan (<-chan rune)
  v5 W
  v6 [3]*struct{ F, g uint8; h float32 \`t\` }
  v7 struct { a bool; b int64; c struct{} }
  v8 [2]struct { n int32; s []string; i any }
)
func f[P any]() { type L struct { p P }; var l L; _ = l }
func g() { type L int; var l L; _ = l; f[L]() }
`;
  const positions = new PosTable();
  const diagnostics = new Diagnostics(positions);
  const file = parseFile("p.go", new TextEncoder().encode(source), positions, diagnostics)!;
  const pkg = check("a.b/p.q", [file], { importer: new SourceImporter(std), diagnostics });
  assert.deepEqual(diagnostics.format(0), []);
  const type = (name: string) => pkg.lookup(name)!.type!;
  assert.equal(linkString(type("v1")), "a.b/p%2eq.T[map[string][]a.b/p%2eq.E]");
  assert.equal(nameString(type("v1")), "p.T[map[string][]a.b/p%2eq.E]");
  assert.equal(linkString(type("v2")), "func(int, ...string) (error, error)");
  assert.equal(linkString(type("v3")), "interface { M(a.b/p%2eq.E) uint8; a.b/p%2eq.n() interface {} }");
  assert.equal(linkString(type("v4")), "chan (<-chan int32)");
  assert.equal(linkString(under(type("v5"))), "struct { B = a.b/p%2eq.E; E2 = int }");
  assert.equal(nameString(under(type("v5"))), "struct { p.E; int }");
  assert.equal(linkString(type("v6")), '[3]*struct { F uint8; a.b/p%2eq.g uint8; a.b/p%2eq.h float32 "t" }');
  const l7 = layoutOf(type("v7"));
  assert.deepEqual([l7.size, l7.align, l7.ptrBytes, [...l7.offsets]], [24, 8, 0, [0, 8, 16]]);
  const l8 = layoutOf(type("v8"));
  assert.deepEqual([l8.size, l8.ptrBytes, [...pointerBitmap(type("v8"))]], [96, 96, [0b10110010, 0b1100]]);
  const t1 = type("v1");
  assert.equal(canon(t1), canon(instantiate(asNamed(t1)!.orig, asNamed(t1)!.targs!)));
});
