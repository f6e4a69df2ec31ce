import assert from "node:assert/strict";
import { test } from "node:test";
import { compileText, runWith } from "./testing/harness.ts";
import { RandomGo } from "./testing/randomgo.ts";

test("random arithmetic computes what gc's code computes", () => {
  const n = Number(process.env.ARITH_FUNCS ?? 150);
  const from = Number(process.env.ARITH_SEED ?? 1);
  const names: string[] = [];
  let go = "";
  let ssa = "";
  for (let seed = from; seed < from + n; seed++) {
    const name = `f${seed}`;
    const r = new RandomGo(name, seed).generate(3 + (seed % 25));
    names.push(name);
    go += r.go;
    ssa += r.ssa;
  }
  const params = "(a0 int64, a1 int64, a2 uint64, a3 int32, f0 float64) uint64";
  const main = `package main
import ("fmt"; "math")
${names.map((x) => `func ${x}${params}`).join("\n")}
${go}
var ours = []func${params}{${names.join(", ")}}
var theirs = []func${params}{${names.map((x) => `g${x}`).join(", ")}}
var names = []string{${names.map((x) => `"${x}"`).join(", ")}}
func main() {
	s := []int64{0, 1, -1, 2, 7, 63, 64, 65, 127, 128, 255, 256, -128, 32767, 65536, 1<<31 - 1, -1 << 31, 1 << 32, 1<<63 - 1, -1 << 63, 12345678901}
	f := []float64{0, 1, -1.5, 1e10, 3.25, 1e-3}
	k := 0
	ok, bad := 0, 0
	for i := range ours {
		for j := 0; j < 40; j++ {
			k = (k*1103515245 + 12345) & 0x7fffffff
			a, b, c, d, e := s[k%21], s[k/21%21], uint64(s[k/441%21]), int32(s[k/9261%21]), f[k%6]
			x, y := ours[i](a, b, c, d, e), theirs[i](a, b, c, d, e)
			if x == y || math.IsNaN(math.Float64frombits(x)) { ok++; continue }
			bad++
			if bad < 10 { fmt.Println(names[i], a, b, c, d, e, "ours", x, "gc", y) }
		}
	}
	fmt.Println(ok, "equal", bad, "different")
}
`;
  const object = compileText(ssa, () => []);
  const out = runWith(main, names, object);
  console.log(out.trim());
  assert.equal(out, `${n * 40} equal 0 different\n`);
});
