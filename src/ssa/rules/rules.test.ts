import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

test("gen/ is what the rules make", () => {
  const root = process.env.RT0_ROOT ?? process.cwd();
  const run = spawnSync(process.execPath, [join(root, "tools/gen-rules.mjs"), "--check"], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
});
