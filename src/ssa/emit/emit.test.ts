import assert from "node:assert/strict";
import { test } from "node:test";
import { FuncRef } from "../core/index.ts";
import { compileText, runWith } from "./testing/harness.ts";

const text = `
func main.add
  param a <int>
  param b <int>
  result r <int>
b1: entry
  v1 = InitMem <mem>
  v2 = Arg <int> {a}
  v3 = Arg <int> [1] {b}
  v4 = Add <int> v2 v3
  v5 = MakeResult <void> v4 v1
  Ret v5
func main.sum
  param p <*int>
  param n <int>
  result r <int>
b1: entry
  v1 = InitMem <mem>
  v2 = Arg <*int> {p}
  v3 = Arg <int> [1] {n}
  v4 = ConstInt <int> [0]
  v5 = ConstInt <int> [1]
  Plain -> b2
b2: <- b1 b3
  v6 = Phi <int> v4 v12
  v7 = Phi <int> v4 v11
  v8 = Lt <bool> v6 v3
  If v8 -> b3 b4
b3: <- b2
  v9 = PtrIndex <*int> v2 v6
  v10 = Load <int> v9 v1
  v11 = Add <int> v7 v10
  v12 = Add <int> v6 v5
  Plain -> b2
b4: <- b2
  v13 = MakeResult <void> v7 v1
  Ret v13
func main.divmod
  param a <int>
  param b <int>
  result q <int>
  result r <int>
b1: entry
  v1 = InitMem <mem>
  v2 = Arg <int> {a}
  v3 = Arg <int> [1] {b}
  v4 = ZeroCheck <int> v3 v1
  v5 = Div <int> v2 v4
  v6 = Mod <int> v2 v4
  v7 = MakeResult <void> v5 v6 v1
  Ret v7
func main.index
  param p <*int>
  param i <int>
  param n <int>
  result r <int>
b1: entry
  v1 = InitMem <mem>
  v2 = Arg <*int> {p}
  v3 = Arg <int> [1] {i}
  v4 = Arg <int> [2] {n}
  v5 = BoundsCheck <int> v3 v4 v1
  v6 = PtrIndex <*int> v2 v5
  v7 = Load <int> v6 v1
  v8 = MakeResult <void> v7 v1
  Ret v8
func main.calls
  param a <int>
  param b <int>
  param c <*int>
  param d <float64>
  result r <int>
  result s <float64>
b1: entry
  v1 = InitMem <mem>
  v2 = Arg <int> {a}
  v3 = Arg <int> [1] {b}
  v4 = Arg <*int> [2] {c}
  v5 = Arg <float64> [3] {d}
  v6 = StaticCall <(int, mem)> v3 v2 v1 {main.grow}
  v7 = SelectN <int> v6
  v8 = SelectN <mem> v6 [1]
  v9 = StaticCall <(int, mem)> v7 v3 v8 {main.grow}
  v10 = SelectN <int> v9
  v11 = SelectN <mem> v9 [1]
  v12 = Load <int> v4 v11
  v13 = Add <int> v10 v12
  v14 = Sub <int> v13 v2
  v15 = Add <float64> v5 v5
  v16 = MakeResult <void> v14 v15 v11
  Ret v16
`;

const main = `package main
import ("fmt"; "runtime")
func add(a, b int) int
func sum(p *int, n int) int
func divmod(a, b int) (int, int)
func index(p *int, i, n int) int
//go:noescape
func calls(a, b int, c *int, d float64) (int, float64)
//go:noinline
func deep(n int) int { var x [64]int; x[n%64] = n; if n == 0 { runtime.GC(); return 0 }; return deep(n-1) + x[n%64] }
//go:noinline
func grow(a, b int) int { return deep(300) + a*10 + b }
func try(f func()) { defer func() { fmt.Println("recovered:", recover()) }(); f() }
func main() {
	fmt.Println(add(40, 2))
	x := []int{1, 2, 3, 4, 5}
	fmt.Println(sum(&x[0], len(x)), sum(nil, 0))
	fmt.Println(divmod(17, 5))
	fmt.Println(divmod(-9223372036854775808, -1))
	try(func() { divmod(1, 0) })
	fmt.Println(index(&x[0], 3, 5))
	try(func() { index(&x[0], 5, 5) })
	try(func() { index(&x[0], -1, 5) })
	try(func() { index(nil, 0, 5) })
	var y [3]int // on the stack, which moves in the call
	y[1] = 7
	fmt.Println(calls(1, 2, &y[1], 1.25))
}
`;

test("hand-made functions linked with gc's objects run as gc's own", () => {
  const grow = (a: number, b: number): number => 45150 + a * 10 + b;
  const object = compileText(text, (t) => [
    new FuncRef("main.grow", { params: [t.int, t.int], results: [t.int] }, 1, 0, false, "main"),
  ]);
  const out = runWith(main, ["add", "sum", "divmod", "index", "calls"], object);
  assert.equal(
    out,
    `42
15 0
3 2
-9223372036854775808 0
recovered: runtime error: integer divide by zero
4
recovered: runtime error: index out of range [5] with length 5
recovered: runtime error: index out of range [-1]
recovered: runtime error: invalid memory address or nil pointer dereference
${grow(grow(2, 1), 2) + 7 - 1} 2.5
`,
  );
});
