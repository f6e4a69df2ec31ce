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
  assert.deepEqual(compile(addresses, "-+", "-N").archive, compile(addresses, "-+").archive);
});
