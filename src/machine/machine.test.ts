import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MemoryHost } from "#host";
import { machineMain } from "./command.ts";
import { ElfError, Machine, type MachineOptions, Outcome } from "./machine.ts";

const root = process.env.RT0_ROOT ?? process.cwd();
const dir = join(tmpdir(), "rt0-machine");
const noGcc = !existsSync("/usr/bin/gcc") && "needs gcc";
mkdirSync(dir, { recursive: true });

function cBuild(name: string, source: string): string {
  const src = join(dir, `${name}.c`);
  const out = join(dir, `c-${name}`);
  writeFileSync(src, source);
  execFileSync("gcc", ["-O2", "-static", "-o", out, src, "-lm", "-lpthread"]);
  return out;
}

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number;
  readonly machine: Machine;
}

function run(program: string, args: readonly string[] = [], options: MachineOptions = {}, input = ""): Ran {
  const out: string[] = ["", "", ""];
  let rest = Buffer.from(input);
  const machine = new Machine({
    ...options,
    terminal: {
      read: (_fd, n) => {
        const b = rest.subarray(0, n);
        rest = rest.subarray(b.length);
        return b;
      },
      write: (fd, b) => {
        out[fd] += Buffer.from(b).toString("latin1");
        return true;
      },
      isTerminal: () => false,
    },
  });
  machine.load(readFileSync(program), ["prog", ...args], ["PATH=/bin", "HOME=/root"]);
  const outcome = machine.run(5e9);
  assert.notEqual(outcome, Outcome.Limit, "does not end");
  return { stdout: out[1] as string, stderr: out[2] as string, status: machine.exitStatus, machine };
}

/** The same outside. */
function native(
  program: string,
  args: readonly string[] = [],
  input = "",
): { stdout: string; stderr: string; status: number } {
  const r = spawnSync(program, args, {
    argv0: "prog",
    encoding: "latin1",
    input,
    env: { PATH: "/bin", HOME: "/root" },
  });
  return { stdout: r.stdout, stderr: r.stderr, status: r.status ?? 128 };
}

const hello = `package main

import "fmt"

func main() { fmt.Println("hello world") }
`;
import { goProgram, goroot, realGo, withoutGo } from "../base/testing/realgo.ts";

const busy = `package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strings"
	"sync"
	"time"
)

type node struct{ l, r *node }

func tree(d int) *node {
	if d == 0 {
		return &node{}
	}
	return &node{tree(d - 1), tree(d - 1)}
}
func (n *node) count() int {
	if n.l == nil {
		return 1
	}
	return 1 + n.l.count() + n.r.count()
}

func main() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	sums := map[string]int{}
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			n := tree(8 + i%4).count()
			mu.Lock()
			sums[strings.Repeat("x", i%5)] += n
			mu.Unlock()
		}()
	}
	wg.Wait()
	keys := make([]string, 0)
	for k := range sums {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Println(len(k), sums[k])
	}
	runtime.GC()
	spin := make(chan bool)
	go func() {
		x := 0
		for {
			x++
			if x < 0 {
				close(spin)
			}
		}
	}()
	select {
	case <-spin:
	case <-time.After(30 * time.Millisecond):
		fmt.Println("timer fired while another goroutine spins")
	}
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		var p *node
		p.l = nil
	}()
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		zero := len(os.Args) - 1
		fmt.Println(1 / zero)
	}()
	start := time.Now()
	time.Sleep(3 * time.Second)
	fmt.Println(time.Since(start) >= 3*time.Second)
	os.Exit(7)
}
`;

test("Go programs print what they print outside", { skip: withoutGo }, () => {
  let n = 0;
  for (const [name, source] of [
    ["hello", hello],
    ["busy", busy],
  ] as const) {
    const p = goProgram(name, source);
    const want = native(p);
    for (const options of [
      { cpus: 1 },
      { cpus: 4 },
      { cpu: "v3" as const },
      { cpus: 2, cpu: "v2" as const, seed: 99 },
    ]) {
      const got = run(p, [], options);
      assert.deepEqual(
        [got.stdout, got.stderr, got.status],
        [want.stdout, want.stderr, want.status],
        `${name} ${JSON.stringify(options)}`,
      );
      n++;
    }
  }
  console.log(`${n} runs equal`);
});

test("tests of the standard library, a sample (testing/std.mjs runs more)", { skip: withoutGo }, () => {
  let n = 0;
  for (const pkg of ["container/heap", "container/ring"]) {
    const out = join(dir, `${pkg.replace("/", "-")}.test`);
    if (!existsSync(out))
      execFileSync(realGo, ["test", "-c", "-p", "1", "-o", out, pkg], {
        env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOAMD64: "v1" },
        cwd: goroot,
      });
    const verdicts = (text: string): string[] =>
      [...text.matchAll(/^\s*--- (PASS|FAIL|SKIP): (\S+)/gm)].map((m) => `${m[1]} ${m[2]}`).sort();
    const args = ["-test.v", "-test.short"];
    const want = native(out, args);
    const got = run(out, args, { cpus: 2 });
    assert.equal(got.status, want.status, pkg);
    assert.deepEqual(verdicts(got.stdout), verdicts(want.stdout), pkg);
    n += verdicts(want.stdout).length;
  }
  assert.ok(n > 10);
  console.log(`${n} verdicts equal`);
});

test("failing Go programs fail as outside", { skip: withoutGo }, () => {
  const cases: Record<string, string> = {
    panics: `package main\nfunc f(n int) { if n == 0 { panic("boom") }; f(n-1) }\nfunc main() { f(3) }\n`,
    deadlock: `package main\nfunc main() { c := make(chan int); <-c }\n`,
    overflow: `package main\nimport "runtime/debug"\nfunc f(n int) int { return f(n+1) + 1 }\nfunc main() { debug.SetMaxStack(1<<20); println(f(0)) }\n`,
    nilmap: `package main\nfunc main() { var m map[string]int; m["a"] = 1 }\n`,
  };
  let n = 0;
  for (const [name, source] of Object.entries(cases)) {
    const p = goProgram(name, source);
    const want = native(p);
    const got = run(p);
    const first = (s: string): string =>
      s
        .split("\n")
        .slice(0, 2)
        .join("\n")
        .replace(/0x[0-9a-f]+/g, "0x");
    assert.equal(got.status, want.status, name);
    assert.equal(first(got.stderr), first(want.stderr), name);
    n++;
  }
  console.log(`${n} failures equal`);
});

test("examples of the repository print what they print outside", {
  skip: (process.env.RT0_LONG !== "1" && "long: RT0_LONG=1") || withoutGo,
}, () => {
  const base = join(root, "examples");
  if (!existsSync(base)) return;
  let n = 0;
  const limit = process.env.RT0_LONG === "1" ? 1000 : 6;
  for (const name of readdirSync(base).sort()) {
    if (n >= limit) break;
    const d = join(base, name);
    if (!statSync(d).isDirectory() || !readdirSync(d).includes("main.go")) continue;
    const out = join(dir, `example-${name}`);
    const b = spawnSync(realGo, ["build", "-p", "1", "-o", out, "."], {
      cwd: d,
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=mod" },
    });
    if (b.status !== 0) continue;
    const want = native(out);
    if (/\d{4}-\d\d-\d\d|0x[0-9a-f]{6}/.test(want.stdout)) continue;
    const got = run(out);
    assert.deepEqual([got.stdout, got.status], [want.stdout, want.status], name);
    n++;
  }
  console.log(`${n} examples equal`);
});

const cProgram = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <sys/wait.h>
static volatile int hits;
static void on(int s) { hits += s; }
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static long total;
static void *work(void *p) { for (int i = 0; i < 1000; i++) { pthread_mutex_lock(&mu); total += (long)p; pthread_mutex_unlock(&mu); } return 0; }
static int cmp(const void *a, const void *b) { return *(int *)a - *(int *)b; }
int main(int c, char **v) {
  printf("%d %s %.17g %g %Lf\\n", c, v[0], sin(1.0), exp(2.5), 3.25L);
  int a[64]; for (int i = 0; i < 64; i++) a[i] = (i * 7919) % 101;
  qsort(a, 64, sizeof a[0], cmp); for (int i = 0; i < 64; i++) printf("%d ", a[i]); puts("");
  pthread_t t[4]; for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, work, (void *)(i + 1));
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0); printf("%ld\\n", total);
  long double x = 1.5L; for (int i = 0; i < 20; i++) x = x * 1.1L + sqrtl(x) / 3; printf("%.18Lf %La\\n", x, x);
  char b[200]; strcpy(b, "the quick brown fox"); printf("%zu %s %s\\n", strlen(b), strstr(b, "brown"), strchr(b, 'q'));
  signal(SIGUSR1, on); raise(SIGUSR1); kill(getpid(), SIGUSR1); printf("%d\\n", hits);
  int p[2]; pipe(p); fflush(stdout);
  if (fork() == 0) { write(p[1], "child", 5); _exit(9); }
  int st; wait(&st); char r[6] = {0}; read(p[0], r, 5); printf("%s %d\\n", r, WEXITSTATUS(st));
  double d; sscanf("3.14159e2", "%lf", &d); printf("%f %lld\\n", d, (long long)llrint(2.5));
  FILE *f = fopen("/tmp/rt0-machine-x", "w+"); fprintf(f, "line %d\\n", 5); rewind(f); fgets(b, 100, f); fputs(b, stdout); fclose(f); remove("/tmp/rt0-machine-x");
  return 3; }
`;

test("a static C program", { skip: noGcc }, () => {
  const p = cBuild("all", cProgram);
  const want = native(p);
  for (const cpu of ["v1", "v2", "v3"] as const) {
    const got = run(p, [], { cpu });
    assert.deepEqual([got.stdout, got.stderr, got.status], [want.stdout, want.stderr, want.status], cpu);
  }
});

test("the same seed gives the same run; snapshots lead back", { skip: withoutGo }, () => {
  const p = goProgram("busy", busy);
  const start = (seed: number): Machine => {
    const m = new Machine({ seed, cpus: 2 });
    m.load(readFileSync(p), ["prog"], []);
    return m;
  };
  const a = start(5);
  const b = start(5);
  let points = 0;
  const snaps: { at: number; hash: string; s: ReturnType<Machine["snapshot"]> }[] = [];
  for (let i = 0; i < 8; i++) {
    a.run(400_003);
    // The other machine is cut differently and must be in the same state all the same.
    b.run(123_457);
    b.run(400_003 - 123_457);
    assert.equal(a.instructions, b.instructions);
    assert.equal(a.hash(), b.hash(), `state after ${a.instructions}`);
    snaps.push({ at: a.instructions, hash: a.hash(), s: a.snapshot() });
    points++;
  }
  const last = a.hash();
  for (const i of [3, 0, 6, 2]) {
    const s = snaps[i] as (typeof snaps)[0];
    a.restore(s.s);
    assert.equal(a.instructions, s.at);
    assert.equal(a.hash(), s.hash, "restored");
    a.run((snaps[7] as (typeof snaps)[0]).at - s.at);
    assert.equal(a.hash(), last, `forward again from ${s.at}`);
    points++;
  }
  for (const s of snaps) s.s.free();
  const other = start(6);
  other.run(400_003);
  assert.notEqual(other.hash(), (snaps[0] as (typeof snaps)[0]).hash);
  console.log(`${points} states equal`);
});

const reader = `package main

import (
	"bufio"
	"fmt"
	"os"
	"time"
)

func main() {
	go func() {
		for {
			time.Sleep(time.Millisecond)
		}
	}()
	s := bufio.NewScanner(os.Stdin)
	for n := 1; s.Scan(); n++ {
		fmt.Println(n, s.Text(), time.Now().UnixNano())
	}
}
`;

test("input is recorded: when it comes makes no difference, and going back reads it again", { skip: withoutGo }, () => {
  const p = readFileSync(goProgram("reader", reader));
  /** Runs with input that comes only after the machine has asked `patience` times for each piece. */
  const play = (
    patience: number,
  ): { machine: Machine; hashes: string[]; out: string; snapshot: ReturnType<Machine["snapshot"]> } => {
    const pieces = ["one\ntw", "o\n", "three\n"];
    let asked = 0;
    let out = "";
    const machine = new Machine({
      seed: 3,
      cpus: 2,
      terminal: {
        read: () => {
          if (asked++ < patience) return undefined;
          asked = 0;
          return Buffer.from(pieces.shift() ?? "");
        },
        write: (_fd, b) => {
          out += Buffer.from(b).toString();
          return true;
        },
        isTerminal: () => false,
      },
    });
    machine.load(p, ["reader"], []);
    const snapshot = machine.snapshot();
    const hashes: string[] = [];
    for (let i = 0; ; i++) {
      const target = (i + 1) * 100_000;
      let outcome = machine.run(target - machine.instructions);
      while (outcome === Outcome.Input) outcome = machine.run(target - machine.instructions);
      hashes.push(machine.hash());
      if (outcome !== Outcome.Limit) break;
    }
    return { machine, hashes, out, snapshot };
  };
  const now = play(0);
  const later = play(5);
  assert.match(now.out, /^1 one \d+\n2 two \d+\n3 three \d+\n$/);
  assert.equal(later.out, now.out);
  assert.deepEqual(later.hashes, now.hashes);
  // From the beginning once more: nobody is asked for input, nothing is printed twice, the states are the same.
  now.machine.restore(now.snapshot);
  const again: string[] = [];
  for (let i = 0; i < now.hashes.length; i++) {
    now.machine.run((i + 1) * 100_000 - now.machine.instructions);
    again.push(now.machine.hash());
  }
  assert.deepEqual(again, now.hashes);
  console.log(`${now.hashes.length} states equal in three runs`);
});

test("another seed is another schedule", { skip: withoutGo }, () => {
  const p = readFileSync(goProgram("busy", busy));
  const schedule = (seed: number): string => {
    const m = new Machine({ seed, cpus: 4 });
    const order: string[] = [];
    m.hooks = { entered: (t, nr) => order.push(`${t.tid}:${nr}:${m.instructions}`) };
    m.load(p, ["prog"], []);
    m.run(3_000_000);
    return order.join(" ");
  };
  assert.equal(schedule(1), schedule(1));
  assert.notEqual(schedule(1), schedule(2));
});

test("bad input: corrupt files, wild jumps, endless loops", { skip: withoutGo || noGcc }, () => {
  const good = new Uint8Array(readFileSync(goProgram("hello", hello)));
  let refused = 0;
  let ended = 0;
  let x = 42;
  const random = (n: number): number => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return x % n;
  };
  const rounds = process.env.RT0_LONG === "1" ? 4000 : 80;
  for (let i = 0; i < rounds; i++) {
    let b = good.slice();
    if (i % 4 === 0) b = b.slice(0, random(i % 8 === 0 ? 300 : b.length));
    else for (let k = 0; k < 1 + (i % 5); k++) b[random(i % 2 === 0 ? 64 + 56 * 6 : 0x90000)] = random(256);
    const m = new Machine({ memory: 64 << 20 });
    try {
      m.load(b, ["x"], []);
    } catch (e) {
      if (!(e instanceof ElfError)) throw e;
      refused++;
      continue;
    }
    m.run(300_000);
    ended++;
  }
  console.log(`${refused} refused, ${ended} run to an end or the limit`);
  const c = (name: string, body: string): Ran =>
    run(cBuild(name, `#include <stdlib.h>\n#include <sys/mman.h>\n${body}`));
  assert.equal(c("wild", "int main(){((void(*)(void))0x123456789)();}").status, 139);
  assert.equal(c("ud2", "int main(){__builtin_trap();}").status, 132);
  assert.equal(c("div", "int main(int c,char**v){return c/(c-1);}").status, 136);
  assert.equal(c("noncanonical", "int main(){*(volatile long*)0x8000000000000000=1;}").status, 139);
  const loop = new Machine();
  loop.load(readFileSync(cBuild("loop", "int main(){for(;;);}")), ["x"], []);
  assert.equal(loop.run(1_000_000), Outcome.Limit);
  const hog = new Machine({ memory: 16 << 20 });
  hog.load(
    readFileSync(
      cBuild(
        "hog",
        "#include <string.h>\n#include <sys/mman.h>\nint main(){char*p=mmap(0,1ul<<33,3,0x22,-1,0);for(unsigned long i=0;;i+=4096)p[i]=1;}",
      ),
    ),
    ["x"],
    [],
  );
  hog.run(1e9);
  assert.equal(hog.exitStatus, 137);
});

test("the command: messages and statuses", async () => {
  const host = new MemoryHost("/w");
  const text = { out: "", err: "" };
  const io = {
    env: {},
    read: () => new Uint8Array(0),
    write: (fd: number, b: Uint8Array) => {
      if (fd === 1) text.out += Buffer.from(b).toString();
      else text.err += Buffer.from(b).toString();
      return true;
    },
    isTerminal: () => false,
  };
  host.writeFile("/w/script", Buffer.from("#!/bin/sh\n"), 0o755);
  host.writeFile(
    "/w/arm",
    (() => {
      const b = new Uint8Array(64);
      b.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
      b[18] = 183;
      return b;
    })(),
  );
  assert.equal(await machineMain(host, ["script"], io), 126);
  assert.match(text.err, /script \(#!\)/);
  assert.equal(await machineMain(host, ["arm"], io), 126);
  assert.match(text.err, /AArch64/);
  assert.equal(await machineMain(host, ["nothing"], io), 127);
  assert.equal(await machineMain(host, ["-cpu", "v9", "x"], io), 2);
  assert.equal(await machineMain(host, ["-h"], io), 0);
  assert.match(text.out, /usage: rt0 machine/);
});
