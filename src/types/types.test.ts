import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorcheckDir, errorcheckFile } from "./testing/errorcheck.ts";
import { goList, goroot, SourceImporter } from "./testing/goroot.ts";
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
