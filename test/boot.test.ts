import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { goBuild, rt0, run, withoutGo } from "./support/toolchains.ts";

// rt0's hello boots as gc's does: gdb, with breakpoints on the way from the kernel to main.main, sees them hit in one order.

const landmarks = [
  "_rt0_amd64_linux",
  "_rt0_amd64",
  "runtime.rt0_go",
  "runtime.settls",
  "runtime.check",
  "runtime.args",
  "runtime.osinit",
  "runtime.schedinit",
  "runtime.newproc",
  "runtime.mstart0",
  "runtime.schedule",
  "runtime.execute",
  "runtime.gogo",
  "runtime.main",
  "runtime.gcenable",
  "main.main",
];

const dir = mkdtempSync(join(tmpdir(), "rt0-boot-"));
after(() => rmSync(dir, { recursive: true, force: true }));

/** The order in which the landmarks are first reached. */
function firstHits(program: string): string[] {
  const commands = ["set pagination off", "set confirm off", "set breakpoint pending off", "set env GOMAXPROCS=1"];
  for (const l of landmarks) commands.push(`tbreak *(&'${l}')`);
  commands.push("run");
  for (let i = 0; i < landmarks.length; i++) commands.push("continue");
  const args = ["-nx", "-batch", ...commands.flatMap((c) => ["-ex", c]), program];
  const { stdout } = run("gdb", { args, timeout: 120 });
  return [...stdout.matchAll(/Temporary breakpoint (\d+), /g)].map((m) => landmarks[Number(m[1]) - 1]!);
}

test("hello hits the landmarks of the boot in gc's order", { skip: withoutGo }, () => {
  const ours = join(dir, "hello-rt0");
  const theirs = join(dir, "hello-gc");
  const built = rt0(["build", "-o", ours, "./examples/hello"], { timeout: 600 });
  assert.equal(built.status, 0, built.stderr);
  goBuild(theirs, "./examples/hello");
  const expected = firstHits(theirs);
  assert.ok(expected.length === landmarks.length, `gdb saw only ${expected.join(" ")}`);
  assert.deepEqual(firstHits(ours), expected);
});
