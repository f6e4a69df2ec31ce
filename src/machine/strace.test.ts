import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MemoryHost } from "#host";
import { machineMain } from "./command.ts";
import { goProgram, helloSource, withoutGo } from "../base/testing/realgo.ts";

const dir = join(tmpdir(), "rt0-machine-strace");
const why = withoutGo || (spawnSync("strace", ["-f", "true"]).status !== 0 && "needs a working strace");

/** The lines of the main thread up to the first clone, without what differs between any two systems. */
function boot(text: string): string[] {
  const out: string[] = [];
  for (const line of text.split("\n")) {
    const call = line.replace(/^(\[pid +\d+\]|\d+) +/, "");
    // The clock has no system call where there is a vDSO; cgroups are those of the system.
    // How many chunks of the heap are committed depends on its random address too.
    if (/^clock_gettime|, 4194304, |cgroup|mountinfo|^read\(3, "(?!2097152)|^pread64|^close\([34]\)|^gettid/.test(call))
      continue;
    const steady = call
      .replace(/0x[0-9a-f]+/g, "0x")
      .replace(/\[0( \d+)*\]/, "[0]")
      .replace(/ +(= \S+)$/, " $1")
      .replace(/\/\* \d+ vars \*\//, "");
    // A heap at a random address may touch the next arena too: each form of mapping once.
    if (/^(mmap|madvise)/.test(steady) && out.includes(steady)) continue;
    out.push(steady);
    if (call.startsWith("clone")) break;
  }
  return out;
}

test("-strace prints hello's boot as strace does", { skip: why }, async () => {
  mkdirSync(dir, { recursive: true });
  const program = join(dir, "hello");
  copyFileSync(goProgram("hello", helloSource), program);
  const log = join(dir, "log");
  spawnSync("strace", ["-f", "-o", log, "./hello"], { cwd: dir, env: {} });
  const host = new MemoryHost("/w");
  host.writeFile("/w/hello", new Uint8Array(readFileSync(program)), 0o755);
  let ours = "";
  const status = await machineMain(host, ["-strace", "./hello"], {
    env: {},
    read: () => new Uint8Array(0),
    write: (fd, b) => {
      if (fd === 2) ours += Buffer.from(b).toString();
      return true;
    },
    isTerminal: () => false,
  });
  assert.equal(status, 0);
  const want = boot(readFileSync(log, "latin1"));
  const got = boot(ours);
  // What the other thread does meanwhile may cut the last line in two.
  want.pop();
  got.pop();
  assert.deepEqual(got, want);
  assert.match(ours, /write\(1, "hello world\\n", 12\) += 12\n/);
  assert.match(ours, /exit_group\(0\) += \?\n/);
  assert.match(ours, /\+\+\+ exited with 0 \+\+\+\n/);
  console.log(`${got.length} lines equal strace's`);
});
