import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { As, firstRow, opcodeNames, Row, rowSize, rows } from "./index.ts";

const root = process.env.RT0_ROOT ?? resolve(".");

test("generated tables are those of the text", () => {
  const r = spawnSync(process.execPath, [join(root, "tools/gen-arch.mjs"), "--check"], { encoding: "utf8" });
  assert.equal(r.status, 0, r.stderr);
  console.log(r.stdout.trim());
  const files = readdirSync(join(root, "src/arch/gen"));
  assert.ok(files.includes("opcodes.ts") && files.includes("rows.ts"));
});

test("rows", () => {
  assert.equal(opcodeNames[As.ADDQ], "ADDQ");
  assert.equal(firstRow.length, opcodeNames.length + 1);
  const first = firstRow[As.ADDQ]! * rowSize;
  // ADDQ imm8, r/m64 | REX.W 83 /0 ib
  assert.equal(rows[first + Row.Args], 2);
  assert.equal(rows[first + Row.Op], 0x83);
});
