import assert from "node:assert/strict";
import { test } from "node:test";
import { FuncRef } from "../core/index.ts";
import { compileText, runWith } from "./testing/harness.ts";

const widths = ["int", "int32", "int16", "int8"];
/** What is asked of the loaded value v2, before memory changes: operations from v10 on; the answer is v19. */
const questions: readonly [name: string, ssa: (type: string) => string, go: string][] = [
  ["positive", (t) => `  v10 = ConstInt <${t}> [0]\n  v19 = Lt <bool> v10 v4`, "0 < old"],
  ["less", () => "  v19 = Lt <bool> v4 v3", "old < x"],
  ["differs", () => "  v19 = Ne <bool> v3 v4", "x != old"],
  ["nonzero", (t) => `  v10 = ConstInt <${t}> [0]\n  v19 = Ne <bool> v4 v10`, "old != 0"],
];
/** How memory changes: the new state is v21. */
const changes: readonly [name: string, ssa: (type: string) => string][] = [
  ["store", (t) => `  v20 = Bitcast <${t}> v5\n  v21 = Store <mem> v2 v20 v1 {type ${t}}`],
  [
    "call",
    () =>
      "  v20 = StaticCall <(int, mem)> v6 v6 v1 {main.change}\n  v22 = SelectN <int> v20\n  v21 = SelectN <mem> v20 [1]",
  ],
];

function source(name: string, t: string, question: string, change: string): string {
  return `func main.${name}
  param p <*${t}>
  param x <${t}>
  param to <${t}>
  param c <int>
  result r <int>
b1: entry
  v1 = InitMem <mem>
  v2 = Arg <*${t}> {p}
  v3 = Arg <${t}> [1] {x}
  v5 = Arg <${t}> [2] {to}
  v6 = Arg <int> [3] {c}
  v4 = Load <${t}> v2 v1 {type ${t}}
${question}
${change}
  v30 = ConstInt <int> [1]
  v31 = ConstInt <int> [2]
  v32 = ConstInt <int> [3]
  If v19 -> b2 b3
b2: <- b1
  v33 = MakeResult <void> v30 v21
  Ret v33
b3: <- b1
  v36 = Lt <bool> v6 v30
  If v36 -> b4 b5
b4: <- b3
  v34 = MakeResult <void> v31 v21
  Ret v34
b5: <- b3
  v35 = MakeResult <void> v32 v21
  Ret v35
`;
}

test("a comparison of a loaded value sees what was loaded, whatever memory holds when it is branched upon", () => {
  let text = "";
  let declared = "";
  let calls = "";
  const names: string[] = [];
  for (const t of widths)
    for (const [q, question, go] of questions)
      for (const [c, change] of changes) {
        const name = `${q}_${t}_${c}`;
        names.push(name);
        text += source(name, t, question(t), change(t));
        declared += `//go:noescape\nfunc ${name}(p *${t}, x, to ${t}, c int) int\n`;
        // The address is what change writes to.
        calls += `	for _, old := range []${t}{-1, 0, 1, 5} { for _, to := range []${t}{-1, 0, 1, 5} { for _, x := range []${t}{0, 5} { for c := range 2 {
		p := new(${t}); *p = old; alter = func() { *p = to }
		want := 3; if ${go} { want = 1 } else if c < 1 { want = 2 }
		if got := ${name}(p, x, to, c); got != want { println("${name}", old, to, x, c, ":", got, want); wrong++ }
		tried++
	} } } }
`;
      }
  const main = `package main
import "fmt"
${declared}
var alter func()
//go:noinline
func change(a, b int) int { alter(); return a + b }
func main() {
	tried, wrong := 0, 0
${calls}
	fmt.Println(tried, "tried", wrong, "wrong")
}
`;
  const object = compileText(text, (t) => [
    new FuncRef("main.change", { params: [t.int, t.int], results: [t.int] }, 1, 0, false, "main"),
  ]);
  assert.equal(
    runWith(main, names, object),
    `${widths.length * questions.length * changes.length * 64} tried 0 wrong\n`,
  );
});
