import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliDecompressSync } from "node:zlib";
import { Machine } from "#machine";
import { boot, bootEvents } from "./testing/run.ts";

const root = process.env.RT0_ROOT ?? process.cwd();
const fixture = (version: string): Uint8Array =>
  new Uint8Array(brotliDecompressSync(readFileSync(join(root, `src/machine/testdata/hello-go${version}.br`))));

/** What each version does otherwise than 1.26, and lines of its own sources. */
const versions: Record<string, { differences: RegExp[]; lines: Record<string, number> }> = {
  "1.15.15": {
    differences: [
      /on the stack/,
      /recursive doInit/,
      /ncpu/,
      /lfenceBeforeRdtsc/,
      /g0's stack has 65432 bytes/,
      /0xc000000000/,
    ],
    lines: { "runtime.rt0_go": 89, "runtime.schedinit": 534 },
  },
  "1.17.13": {
    differences: [/recursive doInit/, /ncpu/, /lfenceBeforeRdtsc/, /g0's stack has 65432 bytes/, /0xc000000000/],
    lines: { "runtime.rt0_go": 83, "runtime.check": 137, "runtime.schedinit": 654 },
  },
  "1.23.4": {
    differences: [/no goroutine follows/, /ncpu/, /0xc000000000/],
    lines: { "runtime.check": 142 },
  },
};
const chain = [
  "_rt0_amd64_linux",
  "_rt0_amd64",
  "runtime.rt0_go",
  "runtime.settls",
  "runtime.check",
  "runtime.args",
  "runtime.osinit",
  "runtime.schedinit",
  "runtime.newproc",
  "runtime.mstart",
  "runtime.schedule",
  "runtime.main",
  "main.main",
];

test("hello of older Go: its output, its boot, what it does differently", async () => {
  let n = 0;
  for (const [version, want] of Object.entries(versions)) {
    const program = fixture(version);
    let printed = "";
    const m = new Machine({
      terminal: {
        read: () => new Uint8Array(0),
        write: (_fd, b) => {
          printed += Buffer.from(b).toString();
          return true;
        },
        isTerminal: () => false,
      },
    });
    m.load(program, ["hello"], ["HOME=/"]);
    m.run(5e7);
    assert.equal(printed, "hello from an older Go\n", version);
    assert.equal(m.exitStatus, 0);
    const { head, events } = await bootEvents(program, []);
    assert.equal(head.go, `go${version}`);
    for (const d of want.differences)
      assert.ok(
        head.differences.some((x) => d.test(x)),
        `${version}: ${d}: ${head.differences.join("; ")}`,
      );
    let at = 0;
    for (const f of chain) {
      const i = events.findIndex((e, k) => k >= at && e.kind === "enter" && e.func === f);
      assert.ok(i >= 0, `${version}: no ${f} after event ${at}`);
      at = i;
      const line = want.lines[f];
      if (line !== undefined) assert.equal(events[i]?.line, line, `${version} ${f}`);
    }
    assert.equal(
      events.find((e) => e.kind === "leave" && e.data?.function === "runtime.schedinit")?.data?.maxmcount,
      10000,
    );
    assert.ok(events.some((e) => e.kind === "write" && e.data?.field === "m0.tls[0]" && e.data.value === "0x123"));
    const text = await boot(program, "-no-color");
    for (const d of head.differences) assert.ok(text.out.includes(d), d);
    n += events.length;
  }
  console.log(`${Object.keys(versions).length} versions, ${n} events`);
});
