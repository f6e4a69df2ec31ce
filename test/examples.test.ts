import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { goBuild, type Outcome, type RunOptions, rt0, run, withoutGo } from "./support/toolchains.ts";

// Every program under examples/, built by rt0 and by gc, must do the same: output, exit status, death.

const dir = mkdtempSync(join(tmpdir(), "rt0-examples-"));
after(() => rmSync(dir, { recursive: true, force: true }));

/** How each example is run; one build, several runs. */
const examples: Readonly<Record<string, readonly RunOptions[]>> = {
  hello: [{}],
  println: [{}],
  goroutines: [{}, { env: { GOMAXPROCS: "1" } }, { env: { GOMAXPROCS: "8" } }],
  garbage: [
    {},
    ...(
      [
        { GOGC: "1" },
        { GODEBUG: "gccheckmark=1" },
        { GODEBUG: "clobberfree=1" },
        { GODEBUG: "gcstoptheworld=1" },
        { GOMAXPROCS: "1" },
        { GOMAXPROCS: "8" },
      ] as Record<string, string>[]
    ).map((env) => ({ args: ["64"], env })),
  ],
  recursion: [{}],
  maps: [{}],
  language: [{}],
  deferred: [{}],
  panics: ["panic", "error", "nil", "index", "divide", "deadlock", "overflow", "goroutine", "nested", "exit"].map(
    (how) => ({
      args: [how],
    }),
  ),
  files: [{ args: ["a", "b c", ""], env: { RT0_EXAMPLE: "value" }, stdin: "line one\nline zwei\n" }],
  timers: [{}],
  network: [{}],
  preempt: [{}],
  signals: [{}],
  processes: [{}],
  library: [{}],
  tls: [{}],
  embed: [{}],
};

/** Tracebacks hold addresses and goroutine details that two compilers need not share; what stays is what users read. */
function comparable(text: string): string {
  return text
    .replace(/0x[0-9a-f]+/g, "0x…")
    .replace(/\+0x…/g, "")
    .replace(/\(0x[^)]*\)|\({[^)]*\)|\(\.\.\.\)/g, "(…)")
    .replace(/\bm=\d+/g, "m=N")
    .replace(/goroutine \d+/g, "goroutine N")
    .replace(/in goroutine N.*/g, "in goroutine N")
    .replace(/\.\.\.\d+ frames elided\.\.\./g, "...frames elided...");
}

/** Of a traceback: the message and the frames of the user's own code. */
function essence(o: Outcome): object {
  // Which of the runtime's threads notices an overflow, and how much of the deep stack is shown, is not the program's.
  const stderr = comparable(o.stderr.replace(/(fatal error: stack overflow)[\s\S]*/, "$1"))
    .split("\n")
    .filter(
      (l) =>
        !/^\s+.*\/src\/(runtime|internal)\//.test(l) && !/^(runtime|internal)[./]/.test(l) && !/^r\w+\s+0x/.test(l),
    )
    .join("\n");
  return { status: o.status, signal: o.signal, stdout: o.stdout, stderr };
}

for (const [name, runs] of Object.entries(examples)) {
  test(`examples/${name}`, { skip: withoutGo }, () => {
    const ours = join(dir, `${name}-rt0`);
    const theirs = join(dir, `${name}-gc`);
    const built = rt0(["build", "-o", ours, `./examples/${name}`], { timeout: 600 });
    assert.equal(built.status, 0, built.stderr);
    goBuild(theirs, `./examples/${name}`);
    for (const options of runs) {
      const o = { ...options, cwd: dir };
      assert.deepEqual(essence(run(ours, o)), essence(run(theirs, o)), JSON.stringify(options));
    }
  });
}
