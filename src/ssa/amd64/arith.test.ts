// Every arithmetic operation on every type: compiled from SSA text by the whole chain, compared with what gc computes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileText, runWith } from "../emit/testing/harness.ts";

const ints = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"];
const floats = ["float32", "float64"];

/** One function: its text, its declaration and a call of the comparison in Go. */
interface Case {
  readonly name: string;
  readonly params: readonly string[];
  readonly result: string;
  /** SSA: lines between the arguments (v2, v3) and the result, which is the last value. */
  readonly body: string;
  /** The same in Go, of a and b. */
  readonly go: string;
}

const cases: Case[] = [];
/** RT0_LONG=1 runs all of them; otherwise every fifth. */
const stride = process.env.RT0_LONG === undefined ? 5 : 1;
let n = 0;
function add(params: readonly string[], result: string, body: string, go: string): void {
  if (n % stride === 0) cases.push({ name: `f${n}`, params, result, body, go });
  n++;
}

const go: Record<string, string> = {
  Add: "+",
  Sub: "-",
  Mul: "*",
  Div: "/",
  Mod: "%",
  And: "&",
  Or: "|",
  Xor: "^",
  AndNot: "&^",
};
const compares: Record<string, string> = { Eq: "==", Ne: "!=", Lt: "<", Le: "<=" };
const lit = (t: string, c: bigint): bigint => {
  const bits = Number(t.replace(/\D/g, ""));
  return t.startsWith("u") ? BigInt.asUintN(bits, c) : BigInt.asIntN(bits, c);
};

for (const t of ints) {
  const bits = Number(t.replace(/\D/g, ""));
  for (const op of ["Add", "Sub", "Mul", "And", "Or", "Xor", "AndNot"])
    add([t, t], t, `v9 = ${op} <${t}> v2 v3`, `a ${go[op]} b`);
  for (const op of ["Div", "Mod"]) {
    add([t, t], t, `v8 = ZeroCheck <${t}> v3 v1\nv9 = ${op} <${t}> v2 v8`, `a ${go[op]} b`);
    for (const c of [
      2n,
      3n,
      4n,
      5n,
      6n,
      7n,
      9n,
      10n,
      11n,
      12n,
      14n,
      25n,
      28n,
      64n,
      100n,
      125n,
      127n,
      641n,
      1000n,
      1n << 20n,
      6700417n,
      1000000007n,
      4294967295n,
      1000000000000n,
      0x7fffffffffffffffn,
      0x8000000000000001n,
      -1n,
      -2n,
      -3n,
      -7n,
      -10n,
      -64n,
      -100n,
    ]) {
      const k = lit(t, c);
      if (k === 0n || k !== (t.startsWith("u") && c < 0n ? k : c)) continue;
      add([t], t, `v3 = ConstInt <${t}> [${k}]\nv9 = ${op} <${t}> v2 v3`, `a ${go[op]} ${k}`);
    }
  }
  add([t], t, `v9 = Neg <${t}> v2`, "-a");
  add([t], t, `v9 = Com <${t}> v2`, "^a");
  for (const ct of ["uint8", "uint16", "uint32", "uint64"]) {
    add([t, ct], t, `v9 = Shl <${t}> v2 v3`, "a << b");
    add([t, ct], t, `v9 = Shr <${t}> v2 v3`, "a >> b");
  }
  for (const c of [0, 1, 3, bits - 1, bits, bits + 3, 200]) {
    add([t], t, `v3 = ConstInt <uint8> [${c}]\nv9 = Shl <${t}> v2 v3`, `a << uint8(${c})`);
    add([t], t, `v3 = ConstInt <uint8> [${c}]\nv9 = Shr <${t}> v2 v3`, `a >> uint8(${c})`);
  }
  for (const [op, g] of Object.entries(compares)) {
    add([t, t], "bool", `v9 = ${op} <bool> v2 v3`, `a ${g} b`);
    for (const c of [0n, 1n, 5n, -1n, 100n]) {
      const k = lit(t, c);
      add([t], "bool", `v3 = ConstInt <${t}> [${k}]\nv9 = ${op} <bool> v2 v3`, `a ${g} ${k}`);
      add([t], "bool", `v3 = ConstInt <${t}> [${k}]\nv9 = ${op} <bool> v3 v2`, `${t}(${k}) ${g} a`);
    }
    add([t, t], t, `v8 = ${op} <bool> v2 v3\nv9 = Select <${t}> v8 v2 v3`, `sel(a ${g} b, a, b)`);
    add([t, t], "bool", `v8 = ${op} <bool> v2 v3\nv9 = Not <bool> v8`, `!(a ${g} b)`);
  }
  for (const c of [3n, 5n, 7n, 8n, 9n, 10n, 24n, 40n, 72n, 100n, -1n, -5n]) {
    const k = lit(t, c);
    add([t], t, `v3 = ConstInt <${t}> [${k}]\nv9 = Mul <${t}> v2 v3`, t.startsWith("u") || k === c ? `a * ${k}` : "a");
  }
  for (const to of [...ints, ...floats]) add([t], to, `v9 = Convert <${to}> v2`, `${to}(a)`);
  add(
    [t],
    t,
    `v3 = ConstInt <${t}> [3]\nv4 = Add <${t}> v2 v3\nv5 = ConstInt <${t}> [5]\nv6 = Sub <${t}> v4 v5\nv9 = Mul <${t}> v6 v3`,
    "(a + 3 - 5) * 3",
  );
  if (t.startsWith("u")) {
    add([t, t], t, `v9 = RotateLeft <${t}> v2 v3`, `${t}(bits.RotateLeft${bits}(a, int(b&63)))`);
    add([t], "int", "v9 = Ctz <int> v2", `bits.TrailingZeros${bits}(a)`);
    add([t], "int", "v9 = BitLen <int> v2", `bits.Len${bits}(a)`);
    add([t], "int", "v9 = PopCount <int> v2", `bits.OnesCount${bits}(a)`);
    if (bits > 8) add([t], t, `v9 = Bswap <${t}> v2`, `bits.ReverseBytes${bits}(a)`);
  }
}
add(
  ["uint64", "uint64"],
  "uint64",
  "v9 = MulHigh <uint64> v2 v3",
  "func() uint64 { h, _ := bits.Mul64(a, b); return h }()",
);
add(
  ["uint64", "uint64"],
  "uint64",
  "v8 = Mul64Full <(uint64, uint64)> v2 v3\nv6 = SelectN <uint64> v8\nv7 = SelectN <uint64> v8 [1]\nv9 = Xor <uint64> v6 v7",
  "func() uint64 { h, l := bits.Mul64(a, b); return h ^ l }()",
);
add(
  ["uint64", "uint64"],
  "uint64",
  "v4 = ConstInt <uint64> [1]\nv8 = Add64Carry <(uint64, uint64)> v2 v3 v4\nv6 = SelectN <uint64> v8\nv7 = SelectN <uint64> v8 [1]\nv10 = Add64Carry <(uint64, uint64)> v6 v3 v7\nv11 = SelectN <uint64> v10\nv12 = SelectN <uint64> v10 [1]\nv13 = ConstInt <uint64> [100]\nv14 = Mul <uint64> v12 v13\nv9 = Add <uint64> v11 v14",
  "func() uint64 { x, c := bits.Add64(a, b, 1); y, d := bits.Add64(x, b, c); return y + d*100 }()",
);
add(
  ["uint64", "uint64"],
  "uint64",
  "v4 = ConstInt <uint64> [1]\nv8 = Sub64Borrow <(uint64, uint64)> v2 v3 v4\nv6 = SelectN <uint64> v8\nv7 = SelectN <uint64> v8 [1]\nv10 = Sub64Borrow <(uint64, uint64)> v6 v3 v7\nv11 = SelectN <uint64> v10\nv12 = SelectN <uint64> v10 [1]\nv13 = ConstInt <uint64> [100]\nv14 = Mul <uint64> v12 v13\nv9 = Add <uint64> v11 v14",
  "func() uint64 { x, c := bits.Sub64(a, b, 1); y, d := bits.Sub64(x, b, c); return y + d*100 }()",
);
for (const t of floats) {
  for (const op of ["Add", "Sub", "Mul", "Div"]) add([t, t], t, `v9 = ${op} <${t}> v2 v3`, `a ${go[op]} b`);
  add([t], t, `v9 = Neg <${t}> v2`, "-a");
  add([t], t, `v9 = Sqrt <${t}> v2`, `${t}(math.Sqrt(float64(a)))`);
  add([t, t], t, `v9 = Min <${t}> v2 v3`, "min(a, b)");
  add([t, t], t, `v9 = Max <${t}> v2 v3`, "max(a, b)");
  for (const [op, g] of Object.entries(compares)) {
    add([t, t], "bool", `v9 = ${op} <bool> v2 v3`, `a ${g} b`);
    add([t, t], "bool", `v8 = ${op} <bool> v2 v3\nv9 = Not <bool> v8`, `!(a ${g} b)`);
    add([t, t], t, `v8 = ${op} <bool> v2 v3\nv9 = Select <${t}> v8 v2 v3`, `sel(a ${g} b, a, b)`);
  }
  for (const to of floats) add([t], to, `v9 = Convert <${to}> v2`, `${to}(a)`);
  for (const to of ["int32", "int64", "uint32", "uint64"]) add([t], to, `v9 = Convert <${to}> v2`, `${to}(a)`);
}
add(["float64"], "float64", "v9 = Floor <float64> v2", "math.Floor(a)");
add(["float64"], "float64", "v9 = Trunc <float64> v2", "math.Trunc(a)");
add(["float64"], "float64", "v9 = RoundToEven <float64> v2", "math.RoundToEven(a)");
add(["float64"], "float64", "v9 = Abs <float64> v2", "math.Abs(a)");
add(["float64", "float64"], "float64", "v9 = Copysign <float64> v2 v3", "math.Copysign(a, b)");
add(["float64", "float64"], "float64", "v9 = FMA <float64> v2 v3 v2", "math.FMA(a, b, a)");
add(["float64"], "uint64", "v9 = Bitcast <uint64> v2", "math.Float64bits(a)");
add(["uint64"], "float64", "v9 = Bitcast <float64> v2", "math.Float64frombits(a)");

/** The function itself, and the same with the comparison deciding a branch for those that give a bool. */
function ssaText(c: Case, branch: boolean): string {
  const names = ["a", "b"];
  const lines = [`func main.${c.name}${branch ? "b" : ""}`];
  for (const [i, p] of c.params.entries()) lines.push(`  param ${names[i]} <${p}>`);
  lines.push(`  result r <${c.result}>`, "b1: entry", "  v1 = InitMem <mem>");
  for (const [i, p] of c.params.entries()) lines.push(`  v${i + 2} = Arg <${p}> [${i}] {${names[i]}}`);
  for (const l of c.body.split("\n")) lines.push(`  ${l}`);
  if (!branch) {
    lines.push("  v20 = MakeResult <void> v9 v1", "  Ret v20");
  } else {
    lines.push("  v21 = ConstBool <bool> [1]", "  v22 = ConstBool <bool>", "  If v9 -> b2 b3", "b2: <- b1");
    lines.push(
      "  v23 = MakeResult <void> v21 v1",
      "  Ret v23",
      "b3: <- b1",
      "  v24 = MakeResult <void> v22 v1",
      "  Ret v24",
    );
  }
  return `${lines.join("\n")}\n`;
}

test("arithmetic equals gc's", () => {
  const text = cases.map((c) => ssaText(c, false) + (c.result === "bool" ? ssaText(c, true) : "")).join("");
  const start = Date.now();
  const object = compileText(text, () => []);
  console.log(`compiled in ${Date.now() - start} ms`);
  const decls: string[] = [];
  const calls: string[] = [];
  const defined: string[] = [];
  for (const c of cases) {
    const sig = `(${c.params.map((p, i) => `${"ab"[i]} ${p}`).join(", ")}) ${c.result}`;
    for (const name of c.result === "bool" ? [c.name, `${c.name}b`] : [c.name]) {
      defined.push(name);
      decls.push(`func ${name}${sig}`);
      const call = `${name}(${c.params.map((_, i) => "ab"[i]).join(", ")})`;
      const loops = c.params.map((p, i) => `for _, ${"ab"[i]} := range v_${p} {`).join(" ");
      const guard = c.body.includes("ZeroCheck") ? "if b == 0 { continue }; " : "";
      const reference = `g_${name}(${c.params.map((_, i) => "ab"[i]).join(", ")})`;
      decls.push(`//go:noinline\nfunc g_${name}${sig} { return ${c.go} }`);
      const bad = `fmt.Println(${JSON.stringify(`${name} ${c.params.join(",")}: ${c.go}:`)}, ${c.params.map((_, i) => "ab"[i]).join(", ")}, "got", x, "want", y)`;
      calls.push(
        `${loops} ${guard}x, y := ${call}, ${reference}; count++; if !same(x, y) { ${bad}; if bad++; bad > 40 { os.Exit(0) } } ${"}".repeat(c.params.length)}`,
      );
    }
  }
  const values = ints.map((t) => {
    const bits = Number(t.replace(/\D/g, ""));
    const set = new Set<bigint>();
    for (const c of [
      0n,
      1n,
      2n,
      3n,
      5n,
      7n,
      10n,
      31n,
      32n,
      63n,
      64n,
      65n,
      100n,
      127n,
      128n,
      255n,
      256n,
      1000n,
      32767n,
      65535n,
      1n << 31n,
      (1n << 31n) - 1n,
      (1n << 32n) - 1n,
      1n << 32n,
      123456789012345678n,
      (1n << 63n) - 1n,
      1n << 63n,
      (1n << 64n) - 1n,
      0x5555555555555555n,
    ]) {
      for (const s of [c, -c, c + 1n, -c - 1n]) set.add(lit(t, s));
    }
    void bits;
    return `var v_${t} = []${t}{${[...set].join(", ")}}`;
  });
  const fl =
    "0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.7, 100, 1e9, 4294967295, 2147483648, 1e15, 9007199254740993, 9.2e18, 9223372036854775808, 1.8e19, 1e30, -1e30, math.Inf(1), math.Inf(-1), math.NaN(), 5e-324, 1.1754944e-38";
  const main = `package main
import ("fmt"; "math"; "math/bits"; "os")
var _ = bits.Len
${values.join("\n")}
var v_float64 = []float64{${fl}}
var v_float32 = func() []float32 { var r []float32; for _, x := range v_float64 { r = append(r, float32(x)) }; return r }()
func sel[T any](c bool, a, b T) T { if c { return a }; return b }
func same[T comparable](x, y T) bool { if x != x && y != y { return true }; switch a := any(x).(type) { case float64: return math.Float64bits(a) == math.Float64bits(any(y).(float64)); case float32: return math.Float32bits(a) == math.Float32bits(any(y).(float32)) }; return x == y }
${decls.join("\n")}
func main() {
	count, bad := 0, 0
	${calls.join("\n\t")}
	fmt.Println("bad", bad, "of", count)
}
`;
  const out = runWith(main, defined, object);
  const m = /bad (\d+) of (\d+)\n$/.exec(out);
  console.log(`${cases.length} functions, ${m?.[2] ?? "?"} comparisons, ${m?.[1] ?? "?"} different`);
  assert.ok(m !== null && m[1] === "0", out.slice(0, 4000));
});
