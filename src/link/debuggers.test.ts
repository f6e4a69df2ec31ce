// gdb, with the runtime's script, and delve work on what gc compiled and rt0 linked.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { linkOurs } from "./testing/compare.ts";
import { compileSource, goEnv, goroot, scratch } from "./testing/programs.ts";

const dir = scratch();
after(() => rmSync(dir, { recursive: true, force: true }));

const source = `package main

import "fmt"

type pair struct {
	name string
	n    int
}

func work(p pair, done chan int) {
	total := 0
	for i := 0; i < p.n; i++ {
		total += i
	}
	list := []int{total, 2}
	fmt.Println(p.name, total, list)
	done <- total
}

func main() {
	done := make(chan int)
	block := make(chan bool)
	go func() { <-block }()
	go work(pair{"ten", 10}, done)
	fmt.Println(<-done)
	work(pair{"two", 2}, make(chan int, 1))
}
`;

/** The program, without optimisation, as a debugger wants it. */
let built: string | undefined;
function program(): string {
  if (built === undefined) {
    const p = compileSource(join(dir, "p"), { "main.go": source }, ["-gcflags=all=-N -l"]);
    const out = join(dir, "program");
    const r = linkOurs(p, out, []);
    assert.equal(r.status, 0, r.stderr);
    built = out;
  }
  return built;
}

const hasGdb = spawnSync("gdb", ["--version"]).status === 0;

test("gdb: goroutines, backtraces, sources, variables, steps", { skip: hasGdb ? false : "needs gdb" }, () => {
  const script = join(goroot, "src/runtime/runtime-gdb.py");
  const commands = [
    `add-auto-load-safe-path ${goroot}`,
    `source ${script}`,
    "set pagination off",
    "break main.work",
    "run",
    "bt",
    "info goroutines",
    "list",
    // Past the prologue, where the goroutine may be made to wait or its stack be moved, which gdb's next does not survive.
    "tbreak main.go:11",
    "continue",
    "next",
    "info locals",
    "info args",
    "print p",
    "goroutine 1 bt",
    "info line main.main",
    "ptype p",
    "break main.go:16",
    "continue",
    "print list",
    "print $len(list)",
    "kill",
  ];
  const r = spawnSync("gdb", ["-nx", "-batch", ...commands.flatMap((c) => ["-ex", c]), program()], {
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, GOTRACEBACK: "all", GODEBUG: "asyncpreemptoff=1" },
  });
  const out = r.stdout;
  const wanted: [string, RegExp][] = [
    ["breakpoint", /Breakpoint 1, main\.work \(.*\) at .*main\.go:10/],
    ["bt", /#0 +main\.work .* at .*main\.go:10/],
    ["info goroutines: this one", /\* \d+ running +main\.(work|main\.gowrap1)/],
    ["info goroutines: main", /1 waiting +runtime\.gopark/],
    ["list", /11\ttotal := 0|11\t\ttotal := 0/],
    ["info locals", /total = 0/],
    ["print p", /\{name = "ten", n = 10\}/],
    ["goroutine 1 bt", /main\.main \(\) at .*main\.go:2[45]/],
    ["info line", /Line 20 of ".*main\.go" starts at address/],
    ["ptype", /type = struct main\.pair \{/],
    ["continue", /Breakpoint 3, main\.work .*main\.go:16/],
    ["print list", /\[\]int = \{45, 2\}|= .*\[\]int.*45, 2/],
    ["$len", /= 2\b/],
  ];
  const missing = wanted.filter(([, re]) => !re.test(out)).map(([what]) => what);
  console.log(`gdb: ${wanted.length - missing.length}/${wanted.length} answers as expected`);
  assert.deepEqual(missing, [], out.slice(-6000));
});

/** delve, built once from its module and kept in the user's cache; or why there is none. */
function delve(): { readonly path: string } | { readonly why: string } {
  const cache = process.env.XDG_CACHE_HOME ?? (process.env.HOME === undefined ? "" : join(process.env.HOME, ".cache"));
  const bin = join(cache === "" ? tmpdir() : cache, "rt0-test-tools");
  const path = join(bin, "dlv");
  if (existsSync(path)) return { path };
  mkdirSync(bin, { recursive: true });
  const go = join(goroot, "bin/go");
  const r = spawnSync(go, ["install", "github.com/go-delve/delve/cmd/dlv@v1.27.2"], {
    env: { ...goEnv, GOBIN: bin, GOFLAGS: "-mod=mod" },
    encoding: "utf8",
    timeout: 900_000,
  });
  if (r.status === 0 && existsSync(path)) return { path };
  return { why: `delve cannot be built from its module: ${(r.stderr ?? "").trim().split("\n").at(-1)}` };
}

test("delve: breakpoints, goroutines, stacks, variables", (t) => {
  const d = delve();
  if ("why" in d) {
    t.skip(d.why);
    return;
  }
  const commands = [
    "break main.work",
    "continue",
    "args",
    "next",
    "next",
    "locals",
    "stack",
    "goroutines",
    "list",
    "exit",
  ];
  const colored = execFileSync(d.path, ["exec", "--allow-non-terminal-interactive=true", program()], {
    input: `${commands.join("\n")}\ny\n`,
    encoding: "utf8",
    timeout: 180_000,
    env: goEnv,
  });
  const out = colored.replaceAll(String.fromCharCode(27), "").replace(/\[\d+m/g, "");
  const wanted: [string, RegExp][] = [
    ["break", /Breakpoint 1 .*set at 0x[0-9a-f]+ for main\.work\(\)/],
    ["continue", /> \[Breakpoint 1\] main\.work\(\)|> main\.work\(\) .*main\.go:10 \(hits/],
    ["args", /p = main\.pair \{name: "ten", n: 10\}/],
    ["locals", /total = 0/],
    ["stack", /0 +0x[0-9a-f]+ in main\.work/],
    ["goroutines", /Goroutine 1 - User: .*main\.go:2[45] main\.main/],
    ["list", /total := 0/],
  ];
  const missing = wanted.filter(([, re]) => !re.test(out)).map(([what]) => what);
  console.log(`delve: ${wanted.length - missing.length}/${wanted.length} answers as expected`);
  assert.deepEqual(missing, [], out.slice(-6000));
});
