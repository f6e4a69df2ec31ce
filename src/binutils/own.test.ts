// The tools on what rt0 itself makes: they and Go's own tools print the same. (RT0_OWN="file …" takes more files.)
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { asmMain } from "#asm";
import { PosTable } from "#base";
import { CompileSession, compileMain } from "#compile";
import { NodeHost } from "../edge/node/node-host.ts";
import { buildidMain, nmMain, objdumpMain, packMain } from "./index.ts";
import { goroot, realGo } from "../base/testing/realgo.ts";

const dir = mkdtempSync(join(tmpdir(), "rt0-own-"));
after(() => rmSync(dir, { recursive: true, force: true }));
const env = { ...process.env, GOROOT: goroot, GOFLAGS: "-p=1", TZ: "UTC" };
const host = new NodeHost(dir, env);

const go = `package p

type T struct {
	a int
	s string
}

func (t *T) Sum(x []int) (s int) {
	for _, v := range x {
		s += v * t.a
	}
	return s
}

func Equal(a, b T) bool { return a == b }

func F() int
`;

test("objects and archives made by rt0", () => {
  writeFileSync(join(dir, "p.go"), go);
  writeFileSync(
    join(dir, "a.s"),
    "TEXT ·F(SB), 4, $0-8\n\tMOVQ ·x(SB), AX\n\tMOVQ AX, ret+0(FP)\n\tRET\nDATA ·x(SB)/8, $7\nGLOBL ·x(SB), 8, $8\n",
  );
  writeFileSync(join(dir, "symabis"), "def p.F ABI0\n");
  const compiled = compileMain(
    host,
    ["-p", "p", "-symabis", "symabis", "-buildid", "one/two", "-o", "p.a", "p.go"],
    new CompileSession(new PosTable()),
  );
  assert.equal(compiled.status, 0, compiled.stderr + compiled.stdout);
  const assembled = asmMain(host, ["-p", "p", "-o", "a.o", "a.s"]);
  assert.equal(assembled.status, 0, assembled.stderr);
  assert.equal(packMain(host, ["r", "p.a", "a.o"]).status, 0);
  const files = ["p.a", "a.o", ...(process.env["RT0_OWN"] ?? "").split(" ").filter((f) => f !== "")];
  let same = 0;
  let total = 0;
  for (const file of files) {
    for (const [name, args, run] of [
      ["nm", ["-size", file], nmMain],
      ["nm", ["-n", "-type", file], nmMain],
      ["objdump", [file], objdumpMain],
      ["objdump", ["-gnu", "-S", file], objdumpMain],
      ["pack", ["tv", file], packMain],
      ["buildid", [file], buildidMain],
    ] as const) {
      const want = spawnSync(realGo, ["tool", name, ...args], {
        cwd: dir,
        env,
        encoding: "utf8",
        maxBuffer: 1 << 28,
      });
      const have = run(host, args);
      total++;
      assert.equal(have.stdout, want.stdout, `${name} ${args.join(" ")}`);
      assert.equal(have.status, want.status, `${name} ${args.join(" ")}: ${have.stderr}${want.stderr}`);
      same++;
    }
  }
  console.log(`tools on rt0's own files: ${same}/${total} runs identical`);
});
