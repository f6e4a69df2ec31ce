import assert from "node:assert/strict";
import { test } from "node:test";
import { Diagnostics, PosTable } from "#base";
import { parseFile } from "#syntax";
import { check } from "./index.ts";
import { Damager, fuzzErrors, normal } from "./testing/fuzz.ts";
import { goList, SourceImporter } from "./testing/goroot.ts";
import { referenceErrors } from "./testing/mutate.ts";

// RT0_FUZZ=n: how many damaged programs; RT0_FUZZ_SEED: the first seed.
const count = Number(process.env["RT0_FUZZ"] ?? "300");
const first = Number(process.env["RT0_FUZZ_SEED"] ?? "1");

test("damaged programs: never a crash, and gc's errors", { timeout: 3_600_000 }, () => {
  const std = goList(["std"]);
  const importer = new SourceImporter(std);
  const damager = new Damager();
  const programs = Array.from({ length: count }, (_, i) => damager.program(first + i));
  const wants = referenceErrors(
    programs.map((p) => Buffer.from(p, "latin1")),
    std,
  );
  let verdicts = 0;
  let same = 0;
  let total = 0;
  let slowest = 0;
  const problems: string[] = [];
  programs.forEach((p, i) => {
    const want = wants[i]!;
    const start = performance.now();
    let have: string[];
    try {
      have = fuzzErrors(p, importer);
    } catch (e) {
      have = [`CRASH ${(e as Error).stack}`];
    }
    slowest = Math.max(slowest, performance.now() - start);
    if (want[0]?.startsWith("PANIC")) {
      // The reference has faults, too; there is nothing to compare with.
      if (have[0]?.startsWith("CRASH")) problems.push(`seed ${first + i}: ${have[0]}`);
      return;
    }
    total++;
    if ((have.length === 0) === (want.length === 0)) verdicts++;
    const h = normal(have);
    const w = normal(want);
    if (h.join("\n") === w.join("\n")) same++;
    else {
      const missing = w.filter((l) => !h.includes(l));
      const extra = h.filter((l) => !w.includes(l));
      problems.push(`seed ${first + i}: missing ${missing.join("\n    ")}\n  extra ${extra.join("\n    ")}`);
    }
  });
  console.log(`damaged programs: accepted or rejected as gc does ${verdicts}/${total}, same errors ${same}/${total}`);
  assert.ok(slowest < 20_000, `one took ${slowest} ms`);
  assert.equal(problems.slice(0, Number(process.env["RT0_FUZZ_SHOW"] ?? "5")).join("\n"), "");
});

/** Parses and checks; the first error, or "". */
function firstError(source: string): string {
  const positions = new PosTable();
  const diagnostics = new Diagnostics(positions);
  const f = parseFile("deep.go", new TextEncoder().encode(source), positions, diagnostics);
  if (f !== null) {
    const importer = {
      import: () => {
        throw new Error("file not found");
      },
    };
    check("p", [f], { importer, diagnostics, goVersion: "go1.26" });
  }
  return diagnostics.list[0]?.message ?? "";
}

const deep = 100_000;
const nested: Readonly<Record<string, string>> = {
  parentheses: `var x = ${"(".repeat(deep)}1${")".repeat(deep)}`,
  "open parentheses": `var x = ${"(".repeat(deep)}`,
  blocks: `func f() ${"{".repeat(deep)}${"}".repeat(deep)}`,
  "open blocks": `func f() ${"{".repeat(deep)}`,
  unary: `var x = ${"-".repeat(deep)}1`,
  not: `var x = ${"!".repeat(deep)}true`,
  pointers: `var x ${"*".repeat(deep)}int`,
  slices: `var x ${"[]".repeat(deep)}int`,
  arrays: `var x ${"[1]".repeat(deep)}int`,
  maps: `var x ${"map[int]".repeat(deep)}int`,
  channels: `var x ${"chan ".repeat(deep)}int`,
  functions: `var x ${"func() ".repeat(deep)}int`,
  parameters: `var x ${"func(".repeat(deep)}int${")".repeat(deep)}`,
  structs: `var x ${"struct{ a ".repeat(deep)}int${"}".repeat(deep)}`,
  interfaces: `var x ${"interface{ m() ".repeat(deep)}int${"}".repeat(deep)}`,
  literals: `var x = ${"[]any{".repeat(deep)}${"}".repeat(deep)}`,
  elided: `var x = T${"{".repeat(deep)}${"}".repeat(deep)}`,
  closures: `var x = ${"func() { _ = ".repeat(deep)}1${"}".repeat(deep)}`,
  calls: `var x = ${"f(".repeat(deep)}1${")".repeat(deep)}`,
  "chained calls": `var x = f${"()".repeat(deep)}`,
  selectors: `var x = a${".b".repeat(deep)}`,
  indices: `var x = ${"a[".repeat(deep)}0${"]".repeat(deep)}`,
  "chained indices": `var x = a${"[0]".repeat(deep)}`,
  sums: `var x = 1${" + 1".repeat(deep)}`,
  "sums of names": `var y, x = 1, y${" + y".repeat(deep)}`,
  concatenations: `const s = ""${' + "a"'.repeat(deep)}`,
  conjunctions: `var y = true; var x = y${" && y".repeat(deep)}`,
  "right-leaning": `var x = ${"1 + (".repeat(deep)}1${")".repeat(deep)}`,
  ifs: `func f() { ${"if true { ".repeat(deep)}${"}".repeat(deep)} }`,
  elses: `func f() { if true {} ${"else if true {} ".repeat(deep)} }`,
  loops: `func f() { ${"for { ".repeat(deep)}${"}".repeat(deep)} }`,
  switches: `func f() { ${"switch { case true: ".repeat(deep)}${"}".repeat(deep)} }`,
  labels: `func f() { ${Array.from({ length: deep }, (_, i) => `L${i}: `).join("")} {} }`,
  instances: `type G[T any] struct{}; var x ${"G[".repeat(deep)}int${"]".repeat(deep)}`,
  unions: `type U interface{ int${" | int".repeat(deep)} }`,
  constraints: `func f[T ${"interface{ ".repeat(deep)}int${"}".repeat(deep)}]() {}`,
  conversions: `var x = ${"int(".repeat(deep)}1${")".repeat(deep)}`,
  receives: `var x = ${"<-".repeat(deep)}c`,
  addresses: `var x = ${"&".repeat(deep)}y`,
  assertions: `var x any; var y = x${".(any)".repeat(deep)}`,
  groups: `const ( a = iota\n${Array.from({ length: deep }, (_, i) => `c${i}\n`).join("")} )`,
  aliases: Array.from({ length: 20_000 }, (_, i) => `type A${i} = A${i + 1}`).join("\n"),
  embedded: Array.from({ length: 5_000 }, (_, i) => `type S${i} struct{ S${i + 1} }`).join("\n"),
  initialisers: Array.from({ length: 20_000 }, (_, i) => `var v${i} = v${i + 1}`).join("\n"),
  calling: Array.from({ length: 20_000 }, (_, i) => `func f${i}() int { return f${i + 1}() }`).join("\n"),
  "mutual recursion": Array.from({ length: 3_000 }, (_, i) => `type R${i} struct{ p *R${(i + 1) % 3000} }`).join("\n"),
};

test("deep nesting ends with a diagnostic or without, never with a full stack", { timeout: 600_000 }, () => {
  let survived = 0;
  const problems: string[] = [];
  for (const [name, text] of Object.entries(nested)) {
    const start = performance.now();
    try {
      firstError(`package p\n${text}\n`);
      survived++;
    } catch (e) {
      problems.push(`${name}: ${String((e as Error).stack).slice(0, 600)}`);
    }
    const took = performance.now() - start;
    if (took > 20_000) problems.push(`${name}: ${took} ms`);
  }
  console.log(`deep programs survived: ${survived}/${Object.keys(nested).length}`);
  assert.equal(problems.join("\n"), "");
});

test("lines of megabytes", { timeout: 600_000 }, () => {
  const size = 10_000_000;
  const lines: Readonly<Record<string, string>> = {
    string: `var x = "${"a".repeat(size)}"`,
    "raw string": `var x = \`${"a\\n".repeat(size / 2)}\``,
    comment: `// ${"a".repeat(size)}`,
    comments: `var x = 1 ${"/* */".repeat(size / 5)}`,
    identifier: `var ${"a".repeat(size)} = 1`,
    number: `var x = ${"1".repeat(size)}`,
    spaces: `var x =${" ".repeat(size)}1`,
    semicolons: `func f() { ${";".repeat(size)} }`,
    list: `var x = []int{${"1,".repeat(size / 8)}}`,
    garbage: "#".repeat(size / 10),
    "no text": `var x = "${"\u0000".repeat(size / 10)}"`,
  };
  let survived = 0;
  for (const [name, text] of Object.entries(lines)) {
    const start = performance.now();
    const error = firstError(`package p\n${text}\n`);
    const took = performance.now() - start;
    assert.ok(took < 30_000, `${name}: ${took} ms`);
    if (name === "number") assert.match(error, /excessively long constant/);
    survived++;
  }
  console.log(`lines of up to 10 MB survived: ${survived}/${Object.keys(lines).length}`);
});
