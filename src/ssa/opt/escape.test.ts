import assert from "node:assert/strict";
import { test } from "node:test";
import { functionsOf, programOf } from "../build/testing/source.ts";
import { type AllocSite, type Func, Op } from "../core/index.ts";
import { Escapes } from "./escapes.ts";

/** The functions of a package, analysed. */
function analysed(source: string): Map<string, Func> {
  const all = functionsOf(programOf(source));
  const escapes = new Escapes();
  for (const f of all.values()) escapes.analyze(f);
  return all;
}

/** What a function allocates: names of variables and types, with heap or stack. */
function sites(f: Func): string[] {
  return f.blocks
    .flatMap((b) => b.values)
    .filter((v) => v.op === Op.Alloc)
    .map((v) => v.aux as AllocSite)
    .map((s) => `${s.name || s.type} ${s.escapes ? "heap" : "stack"}`);
}

test("the receiver of a method value goes where the method lets it go", () => {
  const all = analysed(`package p
type S struct { n int; next *S }
var global *S
//go:noinline
func (s *S) keep() { global = s }
//go:noinline
func (s *S) keepNext() { global = s.next }
//go:noinline
func (s *S) look() int { return s.n }
//go:noinline
func (s *S) self() *S { return s }
type I interface { look() int }
//go:noinline
func call(f func()) { f() }
//go:noinline
func number(f func() int) int { return f() }
//go:noinline
func pointer(f func() *S) { f() }
func a() { var s S; call(s.keep) }
func b() { var s S; number(s.look) }
func c() { var s S; pointer(s.self) }
func d() { var s S; var i I = &s; number(i.look) }
func e() { var t S; s := S{next: &t}; call(s.keepNext) }
func f() { n := 0; call(func() { n++ }) }
`);
  const of = (name: string): string[] => sites(all.get(`p.${name}`)!);
  assert.deepEqual(of("a"), ["s heap"]);
  assert.deepEqual(of("b"), ["s stack"]);
  assert.deepEqual(of("c"), ["s heap"]);
  assert.deepEqual(of("d"), ["s heap"]);
  assert.deepEqual(of("e").sort(), ["s stack", "t heap"]);
  assert.deepEqual(of("f"), ["n stack"]);
});
