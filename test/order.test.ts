// In which order variables are read and calls made where the language leaves it open (src/ssa/build/hoist.ts): as by gc.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { goBuild, rt0, run, withoutGo } from "./support/toolchains.ts";

const dir = mkdtempSync(join(tmpdir(), "rt0-order-"));
after(() => rmSync(dir, { recursive: true, force: true }));

test("calls come first, variables are read after them", { skip: withoutGo }, () => {
  const ours = join(dir, "rt0");
  const theirs = join(dir, "gc");
  const built = rt0(["build", "-o", ours, "./test/order"], { timeout: 600 });
  assert.equal(built.status, 0, built.stderr);
  goBuild(theirs, "./test/order");
  const lines = (program: string): string[] => run(program).stdout.split("\n");
  assert.ok(lines(theirs).length > 50);
  assert.deepEqual(lines(ours), lines(theirs));
});
