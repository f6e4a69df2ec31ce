import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { NodeHost } from "../link/testing/nodehost.ts";
import { compileSource, goroot, linkReal, type Program, scratch } from "../link/testing/programs.ts";
import { addr2lineMain, buildidMain, nmMain, objdumpMain, readelfMain, versionMain } from "./index.ts";
import { setColumns } from "./tabwriter.ts";

const dir = scratch();
after(() => rmSync(dir, { recursive: true, force: true }));
const host = new NodeHost();
const goEnv = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-p=1", GOROOT: goroot };

function goTool(args: readonly string[], input = ""): { status: number; stdout: string; stderr: string } {
  const r = spawnSync(realGo, args, { env: goEnv, input, encoding: "utf8", maxBuffer: 1 << 28 });
  return { status: r.status ?? -1, stdout: r.stdout, stderr: r.stderr };
}

const source = `package main

import "fmt"

type T struct{ a, b int }

func (t *T) sum(x []int) (s int) {
	for _, v := range x {
		s += v * t.a
	}
	return s + t.b
}

func main() {
	t := &T{2, 3}
	fmt.Println(t.sum([]int{1, 2, 3}))
}
`;
import { realGo } from "../base/testing/realgo.ts";

interface Files {
  readonly program: Program;
  /** The linked program, its main archive, the runtime's archive. */
  readonly exe: string;
  readonly main: string;
  readonly runtime: string;
}

let made: Files | undefined;

function files(): Files {
  if (made !== undefined) return made;
  const program = compileSource(join(dir, "p"), { "main.go": source });
  const exe = join(dir, "exe");
  assert.equal(linkReal(program, exe, ["-buildid=a/b/c/d"]).status, 0);
  made = { program, exe, main: program.main, runtime: program.files.get("runtime")! };
  return made;
}

function sameLines(what: string, got: string, want: string): void {
  const a = got.split("\n");
  const b = want.split("\n");
  let same = 0;
  for (let i = 0; i < b.length; i++) if (a[i] === b[i]) same++;
  console.log(`${what}: ${same}/${b.length} lines identical`);
  assert.equal(got, want);
}

test("nm prints what go tool nm prints", () => {
  const { exe, main, runtime } = files();
  for (const file of [exe, main, runtime]) {
    for (const flags of [["-n"], ["-size", "-type"], ["-sort", "size", "-size"], ["-sort", "none"]]) {
      const want = goTool(["tool", "nm", ...flags, file]);
      const got = nmMain(host, [...flags, file]);
      sameLines(`nm ${flags.join(" ")}`, got.stdout, want.stdout);
      assert.equal(got.status, want.status);
    }
  }
  assert.equal(nmMain(host, ["/nowhere"]).stderr, "open /nowhere: no such file or directory\n");
  assert.equal(nmMain(host, [someText()]).status, 1);
});

/** A file that is no object. */
function someText(): string {
  const f = join(dir, "text");
  writeFileSync(f, "not an object, but long enough");
  return f;
}

test("objdump prints what go tool objdump prints", () => {
  const { exe, main } = files();
  sameLines("objdump", objdumpMain(host, [exe]).stdout, goTool(["tool", "objdump", exe]).stdout);
  for (const flags of [
    ["-s", "^main\\."],
    ["-S", "-s", "^main\\."],
    ["-gnu", "-s", "^(fmt|main)\\."],
  ]) {
    sameLines(
      `objdump ${flags.join(" ")}`,
      objdumpMain(host, [...flags, exe]).stdout,
      goTool(["tool", "objdump", ...flags, exe]).stdout,
    );
  }
  sameLines("objdump of an archive", objdumpMain(host, [main]).stdout, goTool(["tool", "objdump", main]).stdout);
});

test("addr2line", () => {
  const { exe } = files();
  const addrs = nmMain(host, ["-n", exe])
    .stdout.split("\n")
    // Go's reader takes the missing tables of marker symbols for tables.
    .filter((l) => / [Tt] /.test(l) && !l.includes("go:textfips"))
    .map((l) => `0x${(Number.parseInt(l, 16) + 3).toString(16)}`);
  const input = `${addrs.join("\n")}\n1\nmain.go:3\n`;
  sameLines("addr2line", addr2lineMain(host, [exe], input).stdout, goTool(["tool", "addr2line", exe], input).stdout);
});

test("buildid reads and rewrites as go tool buildid does", () => {
  const { exe, main } = files();
  for (const [i, file] of [exe, main].entries()) {
    assert.equal(buildidMain(host, [file]).stdout, goTool(["tool", "buildid", file]).stdout);
    const a = join(dir, `id${i}a`);
    const b = join(dir, `id${i}b`);
    copyFileSync(file, a);
    copyFileSync(file, b);
    const want = goTool(["tool", "buildid", "-w", a]);
    const got = buildidMain(host, ["-w", b]);
    assert.equal(got.status, want.status);
    assert.equal(got.stderr.replaceAll(b, a), want.stderr);
    assert.equal(Buffer.compare(readFileSync(a), readFileSync(b)), 0);
  }
});

test("go version -m", () => {
  const built = join(dir, "built");
  execFileSync(realGo, ["build", "-o", built, "."], { cwd: files().program.dir, env: goEnv });
  for (const flags of [[], ["-m"], ["-m", "-json"]]) {
    assert.equal(versionMain(host, [...flags, built], "").stdout, goTool(["version", ...flags, built]).stdout);
  }
  assert.equal(versionMain(host, ["-m"], "").status, 2);
});

test("readelf prints what GNU readelf -W prints", (t) => {
  const { exe } = files();
  for (const flag of ["-h", "-l", "-S", "-s", "-n"]) {
    const r = spawnSync("readelf", ["-W", flag, exe], {
      encoding: "utf8",
      maxBuffer: 1 << 26,
      env: { ...process.env, LC_ALL: "C" },
    });
    if (r.error !== undefined) return t.skip("no readelf");
    sameLines(`readelf ${flag}`, readelfMain(host, [flag, exe]).stdout, r.stdout);
  }
});

test("columns", () => {
  assert.equal(
    setColumns([["a", "b", "c"], ["aaaaaaaaaaaaaaaaaaaaa", "b", ""], ["x"]], 4, 8, 1),
    "a\t\t\tb\tc\naaaaaaaaaaaaaaaaaaaaa\tb\t\nx\n",
  );
});
