import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { realGo as go } from "../base/testing/realgo.ts";
import { PosTable } from "#base";
import { assembleFunction, Ctxt } from "./index.ts";
import { parseListing, rebuild } from "./testing/listing.ts";

/** What gc compiles, taken apart and assembled again: prologues, morestack calls, padded jumps, encodings. */
test("machine code of compiled functions", () => {
  const pkgs = (process.env.RT0_OBJ_PKGS ?? "strconv sort").split(" ");
  let same = 0;
  let total = 0;
  const bad: string[] = [];
  for (const pkg of pkgs) {
    const r = spawnSync(go, ["build", "-gcflags=-S", pkg], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "" },
    });
    assert.equal(r.status, 0, r.stderr.slice(0, 500));
    for (const f of parseListing(r.stderr)) {
      total++;
      const ctxt = new Ctxt({ pkgpath: pkg, positions: new PosTable(), isAsm: false });
      const errors: string[] = [];
      ctxt.diag = (_, m) => errors.push(m);
      try {
        const sym = rebuild(ctxt, f);
        assembleFunction(ctxt, sym);
        const code = Buffer.from(sym.bytes()).toString("hex");
        if (code === f.code && errors.length === 0) same++;
        else bad.push(`${f.name}: ${errors[0] ?? difference(code, f.code)}`);
      } catch (e) {
        bad.push(`${f.name}: ${e}`);
      }
    }
  }
  console.log(`compiled functions: ${same}/${total} identical`);
  assert.ok(total > 0);
  assert.deepEqual(bad.slice(0, 20), []);
});

function difference(a: string, b: string): string {
  let i = 0;
  while (a[i] === b[i]) i += 1;
  i &= ~1;
  return `at 0x${(i / 2).toString(16)}: have …${a.slice(i, i + 24)}, want …${b.slice(i, i + 24)}`;
}
