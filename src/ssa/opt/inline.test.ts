import assert from "node:assert/strict";
import { test } from "node:test";
import { functionsOf, programOf } from "../build/testing/source.ts";
import { type Func, Op, opName } from "../core/index.ts";
import { Inliner } from "./inline.ts";

/** Functions of a package by name, inlined into. */
function inlined(source: string): Map<string, Func> {
  const program = programOf(source);
  const all = functionsOf(program);
  const inliner = new Inliner(
    (fn) => (fn.body === null ? null : fn.body()),
    (type, m) => program.methodBehind(type, m),
  );
  for (const f of all.values()) inliner.inline(f);
  return all;
}

/** The calls of a function, dynamic ones by operation. */
function calls(f: Func): string[] {
  return f.blocks
    .flatMap((b) => b.values)
    .flatMap((v) => {
      if (v.op === Op.StaticCall) return [String(v.aux)];
      return v.op === Op.InterCall || v.op === Op.ClosureCall ? [opName(v.op)] : [];
    });
}

test("calls of interface methods are static where the conversion is seen, also behind what was inlined", () => {
  const all = inlined(`package p
type Hash interface { Write(p []byte); Size() int }
type Writer interface { Write(p []byte) }
type sha struct { n int; buf [100]byte }
//go:noinline
func (s *sha) Write(p []byte) { s.n += copy(s.buf[:], p) }
func (s *sha) Size() int { return 32 }
type embeds struct { *sha }
type number int
//go:noinline
func (n number) Write(p []byte) {}
func New() Hash { return &sha{} }
func known(p []byte) int { h := New(); h.Write(p); return h.Size() }
func other(p []byte) { var w Writer = New(); w.Write(p) }
func promoted(p []byte) { var w Writer = embeds{&sha{}}; w.Write(p) }
func value(p []byte) { var w Writer = number(3); w.Write(p) }
func unknown(w Writer, p []byte) { w.Write(p) }
func either(c bool, p []byte) { var w Writer = number(3); if c { w = &sha{} }; w.Write(p) }
//go:noinline
func read(fd int, p []byte) int { return len(p) }
func again(fn func(int, []byte) int, fd int, p []byte) int { for { n := fn(fd, p); if n > 0 { return n } } }
func repeated(p []byte) int { return again(read, 1, p) }
func loop(p []byte) { w := New(); for i := 0; i < 3; i++ { w.Write(p) } }
`);
  const of = (name: string): string[] => calls(all.get(`p.${name}`)!);
  assert.deepEqual(of("known"), ["p.(*sha).Write"]);
  assert.deepEqual(
    of("other").filter((c) => c !== "runtime.typeAssert"),
    ["p.(*sha).Write"],
  );
  assert.deepEqual(of("promoted"), ["InterCall"]);
  assert.deepEqual(of("value"), ["p.number.Write"]);
  assert.deepEqual(of("unknown"), ["InterCall"]);
  assert.deepEqual(of("either"), ["InterCall"]);
  assert.deepEqual(of("repeated"), ["p.read"]);
  assert.deepEqual(of("loop"), ["p.(*sha).Write"]);
});

test("what a function literal captures is a constant there if it is one around", () => {
  const all = inlined(`package p
func sink(x ...any) {}
func run(f func()) { f() }
func f() {
	i, s, v := 2000, "abc", 1
	run(func() { sink(i, s) })
	run(func() { v++ })
	run(func() { sink(v) })
}
`);
  const captured = (name: string): number =>
    all
      .get(name)!
      .blocks.flatMap((b) => b.values)
      .filter((v) => v.op === Op.FreeVar).length;
  assert.deepEqual([captured("p.f.func1"), captured("p.f.func2"), captured("p.f.func3")], [0, 1, 1]);
});
