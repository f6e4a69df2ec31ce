import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, test } from "node:test";
import { check } from "./index.ts";
import { goroot } from "../base/testing/realgo.ts";

const root = process.env["RT0_ROOT"] ?? process.cwd();
const dir = mkdtempSync(join(tmpdir(), "rt0-api-"));
after(() => rmSync(dir, { recursive: true, force: true }));

interface BuildTool {
  bundleTypes(out: string): Promise<void>;
  declareTypes(out: string): void;
}

async function buildTool(): Promise<BuildTool> {
  return (await import(pathToFileURL(join(root, "tools/build.mjs")).href)) as BuildTool;
}

const host = {
  readFile: (path: string) => new Uint8Array(readFileSync(path)),
  readDir: (path: string) =>
    readdirSync(path, { withFileTypes: true }).map((e) => ({ name: e.name, isDirectory: e.isDirectory() })),
};

test("the example of the documentation does what the documentation says, with the bundle that is published", async () => {
  const text = readFileSync(join(root, "docs/api-types.md"), "utf8");
  const example = /```js\n([\s\S]*?)```/.exec(text)![1]!;
  const wanted = /```text\n([\s\S]*?)```/.exec(text)![1]!;
  await (await buildTool()).bundleTypes(dir);
  const program = join(dir, "example.mjs");
  writeFileSync(program, example.replace('"rt0/types"', JSON.stringify(pathToFileURL(join(dir, "types.mjs")).href)));
  assert.equal(execFileSync(process.execPath, [program], { encoding: "utf8" }), wanted);
});

test("the standard library, other packages, and what is known of broken code", () => {
  const r = check({
    path: "m",
    goroot: { host, dir: goroot },
    packages: { "m/sub": { "sub.go": "package sub\n\ntype T struct{ N int }\n\nfunc (t *T) Inc() { t.N++ }\n" } },
    files: new Map([
      [
        "a.go",
        `package m

import (
	"fmt"
	"m/sub"
	"nosuch"
)

func f(x int) string {
	var t sub.T
	t.Inc()
	unused := fmt.Sprint(x, t.N, nosuch.Y)
	return strings.Repeat("a", 3
}

func g() int { return len("abc") + undefined }
`,
      ],
    ]),
  });
  assert.deepEqual(
    r.problems.map((p) => `${p.position!.line}:${p.position!.column} ${p.message.split("\n")[0]}`),
    [
      "6:2 could not import nosuch (open : no such file or directory)".replace(
        "open : no such file or directory",
        "file not found",
      ),
      "12:2 declared and not used: unused",
      "13:9 undefined: strings",
      "13:30 syntax error: unexpected newline in argument list; possibly missing comma or )",
      "16:36 undefined: undefined",
    ],
  );
  const selection = r.selections.find((s) => s.object.name === "Inc")!;
  assert.equal(`${selection.kind} ${selection.receiver} ${selection.type}`, "method sub.T func()");
  const sprint = r.names.find((n) => n.name === "Sprint")!;
  assert.equal(String(sprint.object), "func fmt.Sprint(a ...any) string");
  assert.match(sprint.object.position!.file, /fmt\/print\.go$/);
  const len = r.expressions.find((e) => e.node === "CallExpr" && e.value === "3")!;
  assert.equal(`${len.mode} ${len.type}`, "constant int");
  const x = r.nameAt("a.go", r.names.find((n) => n.name === "x" && !n.isDefinition)!.start.offset)!;
  assert.deepEqual([x.object.kind, String(x.object.type)], ["param", "int"]);
  assert.equal(r.exprAt("a.go", x.start.offset)!.node, "Name");
  assert.equal(r.references(x.object).length, 2);
});

test("nothing at all, and no Go", () => {
  assert.deepEqual(check({ files: {} }).problems, []);
  assert.equal(
    check({ files: { "x.go": "hello" } }).problems[0]!.message,
    "syntax error: package statement must be first",
  );
  const two = check({ files: { "x.go": "package p", "y.go": "package q\nvar X = Y" } });
  assert.match(two.problems[0]!.message, /package q; expected package p/);
});

test("declarations for TypeScript are those of the code", { timeout: 120_000 }, async () => {
  const build = await buildTool();
  writeFileSync(
    join(dir, "use.ts"),
    `import { check, type Checked } from "./types.js";
const r: Checked = check({ files: { "x.go": "package p" } });
const names: string[] = r.package.objects.map((o) => o.name + String(o.type?.elem?.kind));
// @ts-expect-error there is no such field
r.nosuch;
export { names };
`,
  );
  build.declareTypes(dir);
  for (const name of ["index", "check", "objects"]) {
    const text = readFileSync(join(dir, `types/${name}.d.ts`), "utf8");
    assert.doesNotMatch(text, /from "#/, `${name}.d.ts refers to what is not published`);
  }
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const strict = [
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    "--moduleResolution",
    "nodenext",
    "--target",
    "es2022",
  ];
  execFileSync(process.execPath, [tsc, ...strict, join(dir, "use.ts")], { stdio: "pipe", cwd: dir });
});
