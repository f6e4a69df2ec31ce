import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { rt0, run, withoutGo } from "./support/toolchains.ts";

// Programs built with -gcflags='-N -l' do what they do without, and a debugger goes through them line by line.
// RT0_UNOPTIMISED=all builds the standard library so too, which takes a minute more.

const dir = mkdtempSync(join(tmpdir(), "rt0-unoptimised-"));
after(() => rmSync(dir, { recursive: true, force: true }));

const flags = `-gcflags=${process.env["RT0_UNOPTIMISED"] === "all" ? "all=" : ""}-N -l`;

function build(out: string, what: string, args: readonly string[], cwd?: string): string {
  const r = rt0(["build", ...args, "-o", join(dir, out), what], {
    timeout: 900,
    ...(cwd === undefined ? {} : { cwd }),
  });
  assert.equal(r.status, 0, r.stderr);
  return join(dir, out);
}

test("examples do the same without optimisation", { skip: withoutGo }, () => {
  const examples: Record<string, readonly string[]> = {
    hello: [],
    language: [],
    deferred: [],
    maps: [],
    goroutines: [],
    garbage: ["64"],
  };
  let same = 0;
  for (const [name, args] of Object.entries(examples)) {
    const fast = run(build(`${name}-fast`, `./examples/${name}`, []), { args });
    const slow = run(build(`${name}-slow`, `./examples/${name}`, [flags]), { args, env: { GOGC: "20" } });
    assert.deepEqual(slow, fast, name);
    same++;
  }
  console.log(`examples without optimisation: ${same}/${Object.keys(examples).length} do the same`);
});

const steps = `package main

type pair struct{ x, y int }

func steps(a, b int, s string, p pair) (r int) { // 1
	c := a + b // 2
	for i := 0; i < 2; i++ { // 3 5 7
		c += i // 4 6
	}
	q := p // 8
	q.x++ // 9
	if c > 3 { // 10
		r = c // 11
	} else {
		r = 1
	}
	switch s { // 12
	case "x": // 13
		r++
	case "abc": // 14
		r += len(s) // 15
	}
	m := []int{1, 2} // 16
	for _, v := range m { // 17 19 21
		r += v // 18 20
	}
	f := func(z int) int { // 22
		return z + q.x
	}
	r = f(r) // 23
	return r // 24
}

func main() {
	println(steps(1, 2, "abc", pair{3, 4}))
}
`;

const withoutGdb = spawnSync("gdb", ["--version"]).status === 0 ? withoutGo : "needs gdb";

test("gdb goes through a function line by line", { skip: withoutGdb }, () => {
  const src = join(dir, "steps");
  mkdirSync(src);
  writeFileSync(join(src, "main.go"), steps);
  writeFileSync(join(src, "go.mod"), "module m\n\ngo 1.26\n");
  const program = build("steps.exe", ".", ["-gcflags=-N -l"], src);
  // The comments number the stops.
  const want: number[] = [];
  steps.split("\n").forEach((text, i) => {
    const stops = /\/\/ ([\d ]+)$/.exec(text);
    if (stops !== null) for (const n of stops[1]!.split(" ")) want[Number(n) - 1] = i + 1;
  });
  const commands = ["set pagination off", "break main.steps", "run", ...want.slice(1).map(() => "next")];
  writeFileSync(join(dir, "steps.gdb"), `${commands.join("\n")}\n`);
  const r = spawnSync("gdb", ["-nx", "-batch", "-x", join(dir, "steps.gdb"), program], {
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, GOMAXPROCS: "1", GODEBUG: "asyncpreemptoff=1" },
  });
  const got = [...r.stdout.matchAll(/^(\d+)\t/gm)].map((m) => Number(m[1]));
  assert.deepEqual(got, want);
  console.log(`gdb: ${got.length} of ${want.length} steps at the lines expected`);
});
