import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { goCommand } from "./index.ts";
import { RealExec } from "./testing/realexec.ts";
import { goroot, realGo as go } from "../base/testing/realgo.ts";

const scratch = mkdtempSync(join(tmpdir(), "rt0-gocmd-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

const baseEnv: Record<string, string> = {
  GOROOT: goroot,
  HOME: scratch,
  CGO_ENABLED: "0",
  GOFLAGS: "-buildvcs=false",
  GOTOOLCHAIN: "local",
  GOTELEMETRY: "off",
};

let directories = 0;

/** A new directory with files in it: name to text. */
function tree(files: Record<string, string>): string {
  const dir = join(scratch, `t${++directories}`);
  mkdirSync(dir);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    // "@name" is a symbolic link.
    if (name.startsWith("@")) symlinkSync(text, join(dir, name.slice(1)));
    else writeFileSync(join(dir, name), text);
  }
  return dir;
}

async function rt0(dir: string, argv: string[], env: Record<string, string> = {}) {
  const exec = new RealExec(goroot, dir, { ...baseEnv, RT0CACHE: join(scratch, "cache"), ...env });
  const start = performance.now();
  const status = await goCommand(exec, argv);
  return { status, stdout: exec.stdout, stderr: exec.stderr, ms: performance.now() - start, runs: exec.runs };
}

function realGo(dir: string, argv: string[]) {
  const env = {
    ...baseEnv,
    GOCACHE: process.env["GOCACHE"] ?? join(process.env["HOME"] ?? "/tmp", ".cache/go-build"),
    PATH: process.env["PATH"] ?? "",
  };
  const r = spawnSync(go, argv, { cwd: dir, env, maxBuffer: 1 << 28 });
  return { status: r.status ?? -1, stdout: r.stdout.toString(), stderr: r.stderr.toString() };
}

/** A stream of JSON objects, as `go list -json` prints. */
function jsonStream(text: string): Record<string, unknown>[] {
  return JSON.parse(`[${text.replaceAll(/^\}\n\{/gm, "},\n{")}]`) as Record<string, unknown>[];
}

test("list -export names archives that the compiler and the linker take", { timeout: 300_000 }, async () => {
  const dir = tree({ "go.mod": "module example.com/m\n\ngo 1.26\n", "a.go": "package m\n\nfunc F() {}\n" });
  const r = await rt0(dir, ["list", "-export", "-f", "{{.ImportPath}}={{.Export}}", ".", "cmp", "unsafe"]);
  assert.equal(r.stderr, "");
  const [own, cmp, unsafe] = r.stdout
    .trim()
    .split("\n")
    .map((l) => l.split("="));
  assert.deepEqual([own![0], cmp![0], unsafe!.join("=")], ["example.com/m", "cmp", "unsafe="]);
  for (const [, file] of [own!, cmp!]) assert.match(readFileSync(file!, "latin1"), /^!<arch>\n__\.PKGDEF/);
  writeFileSync(join(dir, "a.go"), "package m\n\nfunc F() { x }\n");
  const bad = await rt0(dir, ["list", "-export", "-f", "{{.Export}}", "."]);
  assert.deepEqual([bad.status, bad.stdout], [1, ""]);
  assert.match(bad.stderr, /^# example\.com\/m\n\.\/a\.go:3:12: undefined: x\n$/);
});

test("package lists of std equal go list's", { timeout: 300_000 }, async () => {
  const fields = [
    "Dir",
    "ImportPath",
    "Name",
    "Standard",
    "Goroot",
    "GoFiles",
    "SFiles",
    "HFiles",
    "IgnoredGoFiles",
    "IgnoredOtherFiles",
    "EmbedPatterns",
    "EmbedFiles",
    "Imports",
    "ImportMap",
    "Deps",
    "TestGoFiles",
    "XTestGoFiles",
    "TestImports",
    "TestEmbedPatterns",
    "DepOnly",
  ];
  const dir = tree({ "go.mod": "module example.com/m\n\ngo 1.26\n" });
  let total = 0;
  let equal = 0;
  const different: string[] = [];
  for (const pattern of ["std", "cmd/go"]) {
    const want = jsonStream(realGo(dir, ["list", "-deps", `-json=${fields.join(",")}`, pattern]).stdout);
    const got = await rt0(dir, ["list", "-deps", "-json", pattern]);
    assert.equal(got.stderr, "");
    const mine = jsonStream(got.stdout);
    assert.deepEqual(
      mine.map((p) => p["ImportPath"]),
      want.map((p) => p["ImportPath"]),
      `order of ${pattern}`,
    );
    for (let i = 0; i < want.length; i++) {
      for (const f of fields) {
        total++;
        if (JSON.stringify(mine[i]![f]) === JSON.stringify(want[i]![f])) equal++;
        else
          different.push(
            `${want[i]!["ImportPath"]}.${f}: want ${JSON.stringify(want[i]![f])}\n got ${JSON.stringify(mine[i]![f])}`,
          );
      }
    }
  }
  console.log(`go list fields identical: ${equal}/${total}`);
  assert.deepEqual(different.slice(0, 10), []);
});

const hello = {
  "go.mod": "module example.com/hello\n\ngo 1.26\n",
  "main.go":
    'package main\n\nimport (\n\t"fmt"\n\t"example.com/hello/sub"\n)\n\nfunc main() { fmt.Println("hello", sub.Add(1, 2)) }\n',
  "sub/sub.go": "package sub\n\nfunc Add(a, b int) int\n",
  "sub/sub_amd64.s":
    '#include "textflag.h"\n\nTEXT ·Add(SB), NOSPLIT, $0-24\n\tMOVQ a+0(FP), AX\n\tADDQ b+8(FP), AX\n\tMOVQ AX, ret+16(FP)\n\tRET\n',
};

/** Commands with what differs by nature (IDs, work directories, names of the tools) made equal. */
function normalise(text: string): string[] {
  return (
    text
      .replaceAll(`${goroot}/pkg/tool/linux_amd64/`, "TOOL ")
      .replaceAll(`-I ${goroot}/pkg/include`, "-I INCLUDE")
      .replaceAll(`-I ${goroot}/src/runtime`, "-I INCLUDE")
      .replaceAll("-I . -D GOOS", "-I INCLUDE -D GOOS")
      .replaceAll("go tool ", "TOOL ")
      .replaceAll("rt0 tool ", "TOOL ")
      .replaceAll(/[\w-]{20}(\/[\w-]{20})+/g, "ID")
      // What go prints of a text without a newline at its end is no command.
      .replaceAll("}EOF\n", "}\nEOF\n")
      // rt0's compiler is told where the imports of its imports are, too.
      .replaceAll(/# imported by these\n(packagefile .*\n)*/g, "")
      .split("\n")
  );
}

test("-n -a prints the commands that go prints", { timeout: 120_000 }, async () => {
  let total = 0;
  let equal = 0;
  const programs: [Record<string, string>, string[]][] = [
    [hello, ["-o", "hello", "."]],
    [hello, ["-trimpath", "-gcflags=-l", "-ldflags=-s -w", "."]],
    [hello, ["-gcflags=fmt=-m", "-tags=a,b", "./..."]],
    [{ "x.go": 'package main\n\nimport _ "net/http"\n\nfunc main() {}\n' }, ["x.go"]],
    [
      {
        "go.mod": "module old\n\ngo 1.20\n\ngodebug default=go1.22\n",
        "a.go": 'package main\n\nimport _ "embed"\n\n//go:embed *.txt\nvar s string\n\nfunc main() {}\n',
        "b.txt": "b",
      },
      ["-v"],
    ],
  ];
  for (const [files, args] of programs) {
    const dir = tree(files);
    const want = normalise(realGo(dir, ["build", "-n", "-a", "-p", "1", ...args]).stderr);
    const got = await rt0(dir, ["build", "-n", "-a", "-p", "1", ...args]);
    const mine = normalise(got.stderr);
    for (let i = 0; i < Math.max(want.length, mine.length); i++) {
      total++;
      if (mine[i] === want[i]) equal++;
    }
    const at = want.findIndex((w, i) => w !== mine[i]);
    if (at >= 0)
      assert.equal(
        mine
          .slice(at, at + 3)
          .join("\n")
          .slice(0, 3000),
        want
          .slice(at, at + 3)
          .join("\n")
          .slice(0, 3000),
        `${args.join(" ")} line ${at}`,
      );
    assert.equal(mine.length, want.length);
  }
  console.log(`lines of -n identical: ${equal}/${total}`);
});

/** Without fmt: half the packages. */
const small = {
  ...hello,
  "main.go": 'package main\n\nimport "example.com/hello/sub"\n\nfunc main() { println("hello", sub.Add(1, 2)) }\n',
};

/** What a program prints on its standard error. */
function program(path: string): string {
  return spawnSync(path).stderr.toString();
}

test("a program is built, cached, rebuilt as needed, and repaired", { timeout: 600_000 }, async () => {
  const dir = tree(small);
  const env = { RT0CACHE: join(scratch, "cache-build") };
  const first = await rt0(dir, ["build"], env);
  assert.equal(first.stderr, "");
  assert.equal(first.status, 0);
  assert.equal(program(join(dir, "hello")), "hello 3\n");
  assert.match(realGo(dir, ["version", "-m", "hello"]).stdout, /path\texample.com\/hello/);
  const ids = realGo(dir, ["tool", "buildid", "hello"]).stdout.trim().split("/");
  assert.equal(ids.length, 4);

  const second = await rt0(dir, ["build"], env);
  assert.equal(second.runs.size, 0, "nothing to do");
  console.log(
    `first build ${Math.round(first.ms)} ms (${first.runs.get("compile")} packages), second ${Math.round(second.ms)} ms`,
  );

  // A comment at the end of a body changes no export data: the package and the program, and nothing else.
  writeFileSync(join(dir, "sub/sub_amd64.s"), `${small["sub/sub_amd64.s"]}\n// more\n`);
  const asm = await rt0(dir, ["build"], env);
  assert.equal(asm.runs.get("compile"), 1);
  // A new exported function does.
  writeFileSync(join(dir, "sub/sub.go"), `${small["sub/sub.go"]}\nfunc New() {}\n`);
  const api = await rt0(dir, ["build"], env);
  assert.equal(api.runs.get("compile"), 2);
  // The program is gone.
  rmSync(join(dir, "hello"));
  const again = await rt0(dir, ["build"], env);
  assert.equal(again.runs.size, 0);
  assert.equal(program(join(dir, "hello")), "hello 3\n");
  // The cache is damaged: outputs are cut, entries overwritten.
  const outputs = execFileSync("find", [env.RT0CACHE, "-name", "*-d", "-size", "+20k"]).toString().trim().split("\n");
  for (const [i, f] of outputs.entries()) if (i % 3 === 0) writeFileSync(f, readFileSync(f).subarray(0, 1000 + i));
  for (const [i, f] of outputs.entries()) {
    if (i % 3 === 1) {
      const b = readFileSync(f);
      b[b.length >> 1]! ^= 1;
      writeFileSync(f, b);
    }
  }
  writeFileSync(join(dir, "main.go"), small["main.go"].replace('"hello"', '"again"'));
  const repaired = await rt0(dir, ["build"], env);
  assert.equal(repaired.stderr, "");
  assert.equal(repaired.status, 0);
  assert.equal(program(join(dir, "hello")), "again 3\n");
  const trimmed = await rt0(dir, ["build", "-trimpath", "-o", "sub/"], env);
  assert.equal(trimmed.stderr, "");
  assert.equal(program(join(dir, "sub/hello")), "again 3\n");
  assert.ok(!readFileSync(join(dir, "sub/hello")).includes(dir));
  assert.equal(statSync(join(dir, "sub/hello")).mode & 0o111, 0o111);
});

test("run passes arguments, output and status", { timeout: 300_000 }, async () => {
  const dir = tree({
    "x.go":
      'package main\n\nimport "syscall"\n\nfunc main() { println(len(syscall.Environ()) > 0); syscall.Exit(3) }\n',
  });
  const env = { RT0CACHE: join(scratch, "cache-build") };
  const r = await rt0(dir, ["run", "x.go", "-a", "b"], env);
  assert.equal(r.stderr, "true\nexit status 3\n");
  assert.equal(r.status, 1);
});

test("errors read as go's", { timeout: 900_000 }, async () => {
  const mod = "module m\n\ngo 1.26\n";
  const main = "package main\n\nfunc main() {}\n";
  const cases: [string, Record<string, string>, string[]][] = [
    ["type error", { "go.mod": mod, "a.go": "package main\n\nfunc main() { x := 1 }\n" }, ["build"]],
    [
      "type error below",
      {
        "go.mod": mod,
        "a.go": `package main\n\nimport _ "m/b"\n\nfunc main() {}\n`,
        "b/b.go": 'package b\n\nvar x int = ""\n',
      },
      ["build"],
    ],
    ["syntax error", { "go.mod": mod, "a.go": "package main\n\nfunc main() { x := }\n" }, ["build"]],
    [
      "syntax error in imports",
      { "go.mod": mod, "a.go": 'package main\n\nimport "fmt\n\nfunc main() { }\n' },
      ["build"],
    ],
    ["not in std", { "go.mod": mod, "a.go": 'package main\n\nimport "nosuch/pkg"\n\nfunc main() {}\n' }, ["build"]],
    [
      "two not in std",
      { "go.mod": mod, "a.go": 'package main\n\nimport (\n\t"nosuch/pkg"\n\t"also/not"\n)\n\nfunc main() {}\n' },
      ["build"],
    ],
    [
      "not provided",
      { "go.mod": mod, "a.go": 'package main\n\nimport "example.org/x"\n\nfunc main() {}\n' },
      ["build"],
    ],
    [
      "not in the module",
      {
        "go.mod": "module example.com/m\n\ngo 1.26\n",
        "a.go": 'package main\n\nimport "example.com/m/none"\n\nfunc main() {}\n',
      },
      ["build"],
    ],
    [
      "cycle",
      { "go.mod": mod, "a/a.go": 'package a\n\nimport _ "m/b"\n', "b/b.go": 'package b\n\nimport _ "m/a"\n' },
      ["build", "./a"],
    ],
    [
      "program imported",
      { "go.mod": mod, "a.go": 'package main\n\nimport _ "m/b"\n\nfunc main() {}\n', "b/b.go": main },
      ["build"],
    ],
    [
      "internal",
      {
        "go.mod": mod,
        "a.go": 'package main\n\nimport _ "m/b/internal/c"\n\nfunc main() {}\n',
        "b/internal/c/c.go": "package c\n",
      },
      ["build"],
    ],
    [
      "internal of std",
      { "go.mod": mod, "a.go": 'package main\n\nimport _ "internal/abi"\n\nfunc main() {}\n' },
      ["build"],
    ],
    ["two packages", { "go.mod": mod, "a.go": "package a\n", "b.go": "package b\n" }, ["build"]],
    ["no Go files", { "go.mod": mod, "a.txt": "" }, ["build"]],
    ["only ignored", { "go.mod": mod, "a_windows.go": "package a\n" }, ["build"]],
    ["only tests", { "go.mod": mod, "a_test.go": "package a\n" }, ["build"]],
    ["no directory", { "go.mod": mod, "a.go": main }, ["build", "./nosuch"]],
    ["no module", { "a.txt": "" }, ["build"]],
    ["no file", { "a.go": main }, ["build", "b.go"]],
    [
      "embed nothing",
      { "go.mod": mod, "a.go": 'package main\n\nimport _ "embed"\n\n//go:embed x*\nvar x string\n\nfunc main() {}\n' },
      ["build"],
    ],
    ["newer go", { "go.mod": "module m\n\ngo 1.99\n", "a.go": main }, ["build"]],
    ["not main", { "go.mod": mod, "a.go": "package a\n" }, ["run", "."]],
    ["run nothing", { "go.mod": mod, "a.go": main }, ["run"]],
    ["run test", { "go.mod": mod, "a_test.go": main }, ["run", "a_test.go"]],
    [
      "two go:build",
      { "go.mod": mod, "a.go": "//go:build linux\n//go:build amd64\n\npackage main\n\nfunc main() {}\n" },
      ["build"],
    ],
    ["bad go:build", { "go.mod": mod, "a.go": "//go:build linux &&\n\npackage main\n\nfunc main() {}\n" }, ["build"]],
    [
      "relative import",
      { "go.mod": mod, "a.go": 'package main\n\nimport _ "./b"\n\nfunc main() {}\n', "b/b.go": "package b\n" },
      ["build"],
    ],
    ["no main function", { "go.mod": mod, "a.go": "package main\n" }, ["build"]],
    ["bad module", { "go.mod": "modul m\n", "a.go": main }, ["build"]],
    ["C", { "go.mod": mod, "a.go": main, "b.c": "" }, ["build"]],
    ["-o of several", { "go.mod": mod, "a.go": main, "b/b.go": main }, ["build", "-o", "out", "./..."]],
    ["empty file", { "go.mod": mod, "a.go": "" }, ["build"]],
    ["no package clause", { "go.mod": mod, "a.go": "func main() {}\n" }, ["build"]],
    ["output is a directory", { "go.mod": mod, "a.go": main, "m/x.txt": "" }, ["build"]],
    ["-o non-main to dir", { "go.mod": mod, "a.go": "package a\n" }, ["build", "-o", "new/", "."]],
    ["dangling symlink", { "go.mod": mod, "a.go": main, "@b.go": "/nonexistent" }, ["build"]],
    [
      "symlinked package dir",
      {
        "go.mod": mod,
        "a.go": 'package main\n\nimport _ "m/l"\n\nfunc main() {}\n',
        "@l": "d",
        "d/d.go": "package d\n",
      },
      ["build"],
    ],
    ["go file is a directory", { "go.mod": mod, "a.go": main, "b.go/x": "" }, ["build"]],
    [
      "spaces and unicode",
      { "go.mod": mod, "dir with ü/a b.go": "package main\n\nfunc main() { x := 1 }\n" },
      ["build", "./dir with ü"],
    ],
    [
      "unicode import",
      { "go.mod": mod, "a.go": 'package main\n\nimport "m/ü"\n\nfunc main() {}\n', "ü/u.go": "package u\n" },
      ["build"],
    ],
    [
      "space in import",
      { "go.mod": mod, "a.go": 'package main\n\nimport "m/a b"\n\nfunc main() {}\n', "a b/u.go": "package u\n" },
      ["build"],
    ],
    [
      "nested module",
      {
        "go.mod": mod,
        "a.go": 'package main\n\nimport _ "m/n"\n\nfunc main() {}\n',
        "n/go.mod": "module n\n",
        "n/n.go": "package n\n",
      },
      ["build"],
    ],
    [
      "nested module dir",
      { "go.mod": mod, "a.go": main, "n/go.mod": "module n\n", "n/n.go": "package n\n" },
      ["build", "./n"],
    ],
    [
      "nested in ...",
      { "go.mod": mod, "a.go": main, "n/go.mod": "module n\n", "n/n.go": "package n\n" },
      ["list", "./..."],
    ],
    ["malformed go.mod: quote", { "go.mod": 'module "m\n', "a.go": main }, ["build"]],
    ["malformed go.mod: bad go", { "go.mod": "module m\n\ngo banana\n", "a.go": main }, ["build"]],
    ["malformed go.mod: unknown", { "go.mod": "module m\n\nfrobnicate x\n", "a.go": main }, ["build"]],
    ["malformed go.mod: two modules", { "go.mod": "module m\nmodule n\n", "a.go": main }, ["build"]],
    ["malformed go.mod: block", { "go.mod": "module m\n\nrequire (\n", "a.go": main }, ["build"]],
    ["malformed go.mod: NUL", { "go.mod": "module m\0\n", "a.go": main }, ["build"]],
    ["empty go.mod", { "go.mod": "", "a.go": main }, ["build"]],
    ["go.mod is a dir", { "go.mod/x": "", "a.go": main }, ["build"]],
    ["newer patch", { "go.mod": "module m\n\ngo 1.26.99\n", "a.go": main }, ["build"]],

    [
      "third party",
      {
        "go.mod": "module m\n\ngo 1.26\n",
        "a.go": 'package main\n\nimport _ "golang.org/x/text/language"\n\nfunc main() {}\n',
      },
      ["build"],
    ],
    [
      "third party loose file",
      { "a.go": 'package main\n\nimport _ "golang.org/x/text/language"\n\nfunc main() {}\n' },
      ["build", "a.go"],
    ],
    [
      "vendored std",
      { "go.mod": mod, "a.go": 'package main\n\nimport _ "vendor/golang.org/x/net/idna"\n\nfunc main() {}\n' },
      ["build"],
    ],
    ["run two", { "go.mod": mod, "a/a.go": main, "b/b.go": main }, ["run", "./..."]],
    ["run no such file", { "go.mod": mod, "a/a.go": main }, ["run", "nosuch.go"]],
    ["empty directory", { "x/y": "" }, ["build"]],
    ["empty directory with mod", { "go.mod": mod }, ["build", "./..."]],
    ["empty dir named", { "go.mod": mod, "a.go": main, "e/x": "" }, ["build", "./e"]],
    ["unknown flag", { "go.mod": mod, "a.go": main }, ["build", "-frob"]],
    ["unknown command", { "go.mod": mod }, ["frob"]],
    ["bad -p", { "go.mod": mod, "a.go": main }, ["build", "-p", "x"]],
    ["-p 0", { "go.mod": mod, "a.go": main }, ["build", "-p", "0"]],
    ["bad gcflags", { "go.mod": mod, "a.go": main }, ["build", "-gcflags=all"]],
    ["bad quoted ldflags", { "go.mod": mod, "a.go": main }, ["build", "-ldflags='x"]],
    ["build -C not first", { "go.mod": mod, "a.go": main }, ["build", "-v", "-C", "x"]],
    [
      "embed invalid",
      {
        "go.mod": mod,
        "a.go": 'package main\n\nimport _ "embed"\n\n//go:embed ../x\nvar x string\n\nfunc main() {}\n',
      },
      ["build"],
    ],
    [
      "embed dir of nothing",
      {
        "go.mod": mod,
        "a.go": 'package main\n\nimport "embed"\n\n//go:embed d\nvar x embed.FS\n\nfunc main() {}\n',
        "d/.h": "",
      },
      ["build"],
    ],
    [
      "embed without import",
      { "go.mod": mod, "a.go": "package main\n\n//go:embed x\nvar x string\n\nfunc main() {}\n", x: "" },
      ["build"],
    ],
    [
      "embed nested module",
      {
        "go.mod": mod,
        "a.go": 'package main\n\nimport "embed"\n\n//go:embed d\nvar x embed.FS\n\nfunc main() {}\n',
        "d/go.mod": "module d\n",
        "d/f": "",
      },
      ["build"],
    ],
    [
      "embed symlink",
      {
        "go.mod": mod,
        "a.go": 'package main\n\nimport _ "embed"\n\n//go:embed l\nvar x string\n\nfunc main() {}\n',
        "@l": "t",
        t: "",
      },
      ["build"],
    ],
    [
      "embed type",
      {
        "go.mod": mod,
        "a.go": 'package main\n\nimport _ "embed"\n\n//go:embed t\nvar x int\n\nfunc main() {}\n',
        t: "",
      },
      ["build"],
    ],
    [
      "embed in func",
      {
        "go.mod": mod,
        "a.go": 'package main\n\nimport _ "embed"\n\nfunc main() {\n\t//go:embed t\n\tvar x string\n\t_ = x\n}\n',
        t: "",
      },
      ["build"],
    ],
    ["self import", { "go.mod": mod, "a.go": 'package main\n\nimport _ "m"\n\nfunc main() {}\n' }, ["build"]],
    [
      "cycle of three",
      {
        "go.mod": mod,
        "a/a.go": 'package a\n\nimport _ "m/b"\n',
        "b/b.go": 'package b\n\nimport _ "m/c"\n',
        "c/c.go": 'package c\n\nimport _ "m/a"\n',
      },
      ["build", "./..."],
    ],
    [
      "tags",
      { "go.mod": mod, "a.go": main, "b.go": "//go:build frob\n\npackage main\n\nvar x int = 1.5\n" },
      ["build", "-tags", "frob"],
    ],
    ["excluded by tag", { "go.mod": mod, "a.go": "//go:build frob\n\npackage main\n" }, ["build"]],
    ["files of two dirs", { "a.go": main, "d/b.go": main }, ["build", "a.go", "d/b.go"]],
    ["not go file among", { "a.go": main, "b.txt": "" }, ["build", "a.go", "b.txt"]],
    ["dir named like go file", { "go.mod": mod, "x.go/a.go": main }, ["build", "./x.go"]],
    ["abs path outside", { "go.mod": mod, "a.go": main }, ["build", "/tmp"]],
    ["dotdot outside", { "go.mod": mod, "a.go": main }, ["build", "../.."]],
    [
      "case-insensitive collision",
      {
        "go.mod": mod,
        "a.go": 'package main\n\nimport (\n\t_ "m/X"\n\t_ "m/x"\n)\n\nfunc main() {}\n',
        "X/x.go": "package x\n",
        "x/x.go": "package x\n",
      },
      ["build"],
    ],
  ];
  let equal = 0;
  const different: string[] = [];
  for (const [what, files, argv] of cases) {
    const dir = tree(files);
    const want = realGo(dir, argv);
    const got = await rt0(dir, argv, { RT0CACHE: join(scratch, "cache-build") });
    const show = (r: { status: number; stderr: string }) =>
      `${r.status} ${r.stderr}`.replace(/^usage: (rt0|go) .*$/m, "usage").replaceAll("Run 'rt0 help", "Run 'go help");
    if (show(want) === show(got)) equal++;
    else different.push(`${what}\nwant ${show(want)}got  ${show(got)}`);
  }
  console.log(`errors identical to go's: ${equal}/${cases.length}`);
  assert.equal(different.join("\n"), "");
});
