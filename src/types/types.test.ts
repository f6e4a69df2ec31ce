import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
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
