import assert from "node:assert/strict";
import { test } from "node:test";
import { FuncRef } from "../core/index.ts";
import { compileText, runWith } from "./testing/harness.ts";

const text = `
func main.keep
  param p <*int>
  param n <int>
b1: entry
  v1 = InitMem <mem>
  v2 = Arg <*int> {p}
  v3 = Arg <int> [1] {n}
  v4 = ConstInt <int> [0]
  v5 = ConstInt <int> [1]
  Plain -> b2
b2: <- b1 b3
  v6 = Phi <int> v4 v9
  v7 = Phi <mem> v1 v12
  v8 = Lt <bool> v6 v3
  If v8 -> b3 b4
b3: <- b2
  v10 = StaticCall <(int, mem)> v6 v3 v7 {main.collect}
  v11 = SelectN <int> v10
  v12 = SelectN <mem> v10 [1]
  v9 = Add <int> v6 v5
  Plain -> b2
b4: <- b2
  v13 = KeepAlive <mem> v2 v7
  v14 = MakeResult <void> v13
  Ret v14
`;

const main = `package main
import ("fmt"; "runtime"; "time")
func keep(p *int, n int)
var done bool
//go:noinline
func collect(i, n int) int {
	runtime.GC()
	time.Sleep(time.Millisecond)
	runtime.GC()
	if done { fmt.Println("collected in round", i, "of", n) }
	return 0
}
//go:noinline
func run() {
	x := new([64]int)
	runtime.SetFinalizer(x, func(*[64]int) { done = true })
	keep(&x[0], 3)
}
func main() {
	run()
	for i := 0; i < 100 && !done; i++ { runtime.GC(); time.Sleep(time.Millisecond) }
	fmt.Println("collected at last:", done)
}
`;

test("what KeepAlive names behind a loop is alive in the loop's calls, though nothing else uses it", () => {
  const object = compileText(text, (t) => [
    new FuncRef("main.collect", { params: [t.int, t.int], results: [t.int] }, 1, 0, false, "main"),
  ]);
  assert.equal(runWith(main, ["keep"], object), "collected at last: true\n");
});
