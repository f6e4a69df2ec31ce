import assert from "node:assert/strict";
import { test } from "node:test";
import { PosTable } from "#base";
import { MemoryHost } from "#host";
import { compileMain, CompileSession } from "./index.ts";

/** Compiles one file of package p; what was printed, and the archive. */
function compile(source: string, ...flags: readonly string[]): { out: string; archive: Uint8Array } {
  const host = new MemoryHost("/src");
  host.writeFile("/src/a.go", new TextEncoder().encode(source));
  const r = compileMain(host, ["-p=p", "-o=/src/p.a", ...flags, "a.go"], new CompileSession(new PosTable()));
  assert.equal(r.status, 0, r.stdout + r.stderr);
  return { out: r.stdout, archive: host.readFile("/src/p.a") };
}

// fixedbugs/issue9355: the addends of data relocations are in the listing.
const addresses = `package p

var x struct {
	a, b, c int
	d       struct{ p, q, r int }
	e       [32]uint32
	f       [10]struct{ r, s int }
}

var y = &x.b
var z = &x.d.q
var b [10]byte
var c = &b[5]
var w = &x.f[3].r

func small(a int) int { return a * 3 }

//go:noinline
func sum(s []string, first int) (n int) {
	n = first
	for i, v := range s {
		n += len(v) + small(i)
	}
	return n
}
`;

test("-S lists instructions, bytes and relocations", () => {
  const { out, archive } = compile(addresses, "-S");
  for (const want of [
    /rel 0\+8 t=R_ADDR p\.x\+8\n/,
    /rel 0\+8 t=R_ADDR p\.x\+32\n/,
    /rel 0\+8 t=R_ADDR p\.b\+5\n/,
    /^p\.sum STEXT (nosplit )?size=\d+ args=0x20 locals=0x[0-9a-f]+ funcid=0x0 align=0x0( leaf)?\n\t0x0000 00000 \(\/src\/a\.go:19\)\tTEXT\tp\.sum\(SB\), /m,
    /\(\/src\/a\.go:16\)\tLEAQ\t\(\w+\)\(\w+\*2\), \w+\n/,
    /^p\.y SDATA size=8\n\t0x0000 00 00 00 00 00 00 00 00 {26}\.{8}\n/m,
  ])
    assert.match(out, want);
  // All bytes of each function are there, and to be asked for a listing changes nothing.
  for (const [, size, body] of out.matchAll(/^p\.\S+ STEXT .*?size=(\d+) .*\n((?:\t.*\n)*)/gm)) {
    const rows = [...body!.matchAll(/^\t0x[0-9a-f]{4}((?: [0-9a-f]{2})+) {2}/gm)];
    assert.equal(
      rows.map((r) => r[1]!.length / 3).reduce((x, y) => x + y, 0),
      Number(size),
    );
  }
  assert.deepEqual(archive, compile(addresses).archive);
  // With -S=2 symbols have their ABI, and what was inlined the line of the call.
  const more = compile(addresses, "-S=2").out;
  assert.match(more, /^p\.sum<1> STEXT/m);
  assert.match(more, /\(\/src\/a\.go:22\)\tLEAQ\t\(\w+\)\(\w+\*2\), \w+\n/);
});

test("-N keeps variables in memory and -l calls", () => {
  const { out } = compile(addresses, "-S", "-N", "-l");
  const sum = /^p\.sum STEXT[\s\S]*?\n(?=\S)/m.exec(out)![0];
  // Parameters, results and variables have places of their own, which each statement reads and writes.
  for (const name of ["s", "first", "n", "i", "v"])
    assert.match(sum, new RegExp(`\\tp\\.${name}\\+\\d+\\(SP\\)|, p\\.${name}\\+\\d+\\(SP\\)`), name);
  assert.match(sum, /:20\)\tMOVQ\tp\.first\+\d+\(SP\), (\w+)\n.*:20\)\tMOVQ\t\1, p\.n\+\d+\(SP\)/);
  assert.match(sum, /:22\)\tCALL\tp\.small\(SB\)/);
  // -N alone inlines, as does -l twice; package runtime is optimised whatever is asked for.
  assert.doesNotMatch(compile(addresses, "-S", "-N").out, /CALL\tp\.small/);
  assert.doesNotMatch(compile(addresses, "-S", "-l=2").out, /CALL\tp\.small/);
  // But for what the object says of the flags.
  const code = (...flags: string[]): string =>
    compile(addresses, "-S", "-+", ...flags).out.replace(/^go:cuinfo\.producer[\s\S]*?\n(?=\S)/m, "");
  assert.equal(code("-N"), code());
});

// Instances of generic functions are made by every package that uses them; the linker keeps one of them.
const generic = `package g

type Node[T any] struct {
	next  *Node[T]
	value T
	n     int
}

func cheap(n int) int {
	${"// A long comment, which says nothing about what the function costs.\n\t".repeat(12)}
	return n + 1
}

func even(n int) bool {
	if n == 0 {
		return true
	}
	return odd(n - 1)
}

func odd(n int) bool {
	if n == 0 {
		return false
	}
	return even(n - 1)
}

func (l *Node[T]) empty() bool { return l == nil || l.n == 0 }
func (l *Node[T]) Len() int {
	if l.empty() {
		return cheap(0)
	}
	return cheap(l.next.Len())
}
func (l *Node[T]) Even() bool    { return even(l.n) }
func (l *Node[T]) Odd() bool     { return odd(l.n) }
func (l *Node[T]) First() *T     { return keep(&l.value) }
func (l *Node[T]) Push(v T)      { l.next = &Node[T]{l.next, v, cheap(l.n)} }
func keep[T any](p *T) *T        { return p }

type Lener interface{ Len() int }
`;

test("what several packages define is the same in each", () => {
  const host = new MemoryHost("/src");
  const write = (name: string, text: string): void => host.writeFile(`/src/${name}`, new TextEncoder().encode(text));
  const session = new CompileSession(new PosTable());
  const functions = (path: string, text: string): Map<string, string> => {
    write(`${path}.go`, text);
    const argv = ["-S", `-p=${path}`, "-importcfg=/src/cfg", `-o=/src/${path}.a`, `${path}.go`];
    const r = compileMain(host, argv, session);
    assert.equal(r.status, 0, r.stdout + r.stderr);
    const all = new Map<string, string>();
    for (const [, name, code] of r.stdout.matchAll(/^(g\.\S+) STEXT [^\n]*dupok([^\n]*\n(?:\t.*\n)*)/gm))
      all.set(name!, code!.replace(/\b\w+\.(\w+\+\d+\(SP\))/g, "$1"));
    return all;
  };
  write("cfg", "");
  const g = functions("g", `${generic}\nvar V Lener = &Node[int]{}\n`);
  write("cfg", "packagefile g=/src/g.a\n");
  // Methods that are called come first; those that only a type descriptor wants, when all else has been compiled.
  const called = functions(
    "called",
    `package called
import "g"
func F(l *g.Node[int]) (int, bool, bool, *int) { l.Push(1); return l.Len(), l.Odd(), l.Even(), l.First() }`,
  );
  const late = functions("late", `package late\nimport "g"\nvar V g.Lener = &g.Node[int]{}`);
  let compared = 0;
  for (const [name, code] of g) {
    assert.equal(late.get(name), code, name);
    if (called.has(name)) {
      assert.equal(called.get(name), code, name);
      compared++;
    }
  }
  assert.ok(compared >= 5, `${compared} functions`);
});

// fixedbugs/issue9604b.go has thousands of such statements in one function.
test("a function takes the time that its statements take in many functions", () => {
  const check = (i: number): string => `\tif a${i % 50}+b != ${i} { println("bad: ${i}") }\n`;
  const all = Array.from({ length: 2400 }, (_, i) => check(i));
  const vars = Array.from({ length: 50 }, (_, i) => `var a${i} int = ${i}\n`).join("");
  const head = `package p\n\nvar b int = 1\n${vars}\n`;
  const one = `${head}func f() {\n${all.join("")}}\n`;
  let many = head;
  for (let i = 0; i < all.length; i += 40) many += `func f${i}() {\n${all.slice(i, i + 40).join("")}}\n`;
  const seconds = (source: string): number => {
    const start = process.cpuUsage();
    compile(source);
    return process.cpuUsage(start).user / 1e6;
  };
  seconds(many);
  const apart = seconds(many);
  const together = seconds(one);
  console.log(`2,400 statements: ${apart.toFixed(2)} s CPU in 60 functions, ${together.toFixed(2)} s in one`);
  assert.ok(together < 3 * apart + 0.5);
});
