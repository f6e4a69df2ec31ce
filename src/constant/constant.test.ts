import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  binaryOp,
  bitLen,
  compare,
  ConstKind,
  ConstOp,
  exactString,
  FloatValue,
  float32Bits,
  float32Val,
  float64Bits,
  float64Val,
  makeBool,
  makeFromLiteral,
  makeInt,
  makeInt64,
  makeUint64,
  RatValue,
  shift,
  sign,
  toInt,
  toInt64Parts,
  unaryOp,
  type Value,
  valueString,
} from "./index.ts";
import { goroot, realGo } from "../base/testing/realgo.ts";

const opNames: [string, ConstOp][] = [
  ["+", ConstOp.Add],
  ["-", ConstOp.Sub],
  ["*", ConstOp.Mul],
  ["/", ConstOp.Div],
  ["div", ConstOp.IntDiv],
  ["%", ConstOp.Rem],
  ["&", ConstOp.And],
  ["|", ConstOp.Or],
  ["^", ConstOp.Xor],
  ["&^", ConstOp.AndNot],
];

const literals: [number, string][] = [
  ...[
    "0",
    "1",
    "2",
    "7",
    "255",
    "0x7fffffff",
    "0xffffffff",
    "1_000_000",
    "0b1011",
    "0o17",
    "0755",
    "9007199254740991",
    "9007199254740993",
    "18446744073709551615",
    "0xffffffffffffffffffff",
    "9223372036854775808",
  ].map((s): [number, string] => [0, s]),
  ...[
    "0.",
    "1.5",
    ".1",
    "3.14159265358979323846264338327950288419716939937510582097494459",
    "1e10",
    "1e-10",
    "1e308",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "4.9e-324",
    "2.4e-324",
    "2.5e-324",
    "2.2250738585072011e-308",
    "1e-45",
    "0x1p-149",
    "0x1p-150",
    "0x1.8p-150",
    "0x1.fffffep127",
    "0x1.ffffffp127",
    "0x1p-1074",
    "1e1000",
    "1e-1000",
    "1e1233",
    "1e5000",
    "1e-5000",
    "1e400000",
    "1e-400000",
    "6e-1886451601",
    "0x1p5000",
    "0x_1.8p+3",
    "123456.5",
    "1234565.",
    "0.1234565",
    "100000.",
    "1000000.",
    "12345678.9",
    "16777217.",
    "0x1.000001p0",
    "0x1.0000018p0",
    "9007199254740993.",
    "5e-5",
    "5e-4",
  ].map((s): [number, string] => [1, s]),
  ...["0i", "1i", "1.5i", "0123i", "0x10i", "1e3i", "0b11i"].map((s): [number, string] => [2, s]),
  ...["'a'", "'\\n'", "'\\xff'", "'\\u00e9'", "'\\''", "'世'", "'\\U0010ffff'", "'\\377'"].map(
    (s): [number, string] => [3, s],
  ),
  ...['"abc"', '"\\xff\\u00e9\\n"', "`raw\\n`", '"世界"', '""', '"\\000a\\"b\\\\"', `"${"long ".repeat(30)}"`].map(
    (s): [number, string] => [4, s],
  ),
];

test("operations give what go/constant gives", { timeout: 300_000 }, () => {
  let seed = 7;
  const random = (n: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % n;
  };
  const program: string[] = [];
  const pool: Value[] = [];
  const run = (line: string, v: Value) => {
    program.push(line);
    pool.push(v);
  };
  for (const [kind, text] of literals) run(`L ${kind} ${text}`, makeFromLiteral(text, kind));
  const isInt = (v: Value) => v.kind === ConstKind.Int;
  const isNumber = (v: Value) => v.kind === ConstKind.Int || v.kind === ConstKind.Float || v.kind === ConstKind.Complex;
  const modest = (v: Value): boolean => {
    if (v instanceof RatValue) return v.num.toString().length < 3000 && v.den.toString().length < 3000;
    if (v instanceof FloatValue) return Math.abs(v.exp) < 1_000_000;
    return v.kind !== ConstKind.Int || bitLen(v) < 3000;
  };
  while (program.length < 20_000) {
    const i = random(pool.length);
    const j = random(pool.length);
    const x = pool[i]!;
    const y = pool[j]!;
    if (!modest(x) || !modest(y) || !isNumber(x) || !isNumber(y)) continue;
    const bothInt = isInt(x) && isInt(y);
    switch (random(6)) {
      case 0:
      case 1:
      case 2: {
        const [name, op] = opNames[random(bothInt ? opNames.length : 4)]!;
        if ((name === "/" || name === "div" || name === "%") && sign(y) === 0) break;
        run(`B ${name} ${i} ${j}`, binaryOp(x, op, y));
        break;
      }
      case 3: {
        if (random(2) === 0) run(`U - ${i} 0`, unaryOp(ConstOp.Sub, x, 0));
        else if (isInt(x)) {
          const bits = [0, 8, 16, 32, 64][random(5)]!;
          run(`U ^ ${i} ${bits}`, unaryOp(ConstOp.Xor, x, bits));
        }
        break;
      }
      case 4:
        if (isInt(x)) {
          const s = random(120);
          if (random(3) === 0) run(`S << ${i} ${s}`, shift(x, ConstOp.Shl, s));
          else run(`S >> ${i} ${s}`, shift(x, ConstOp.Shr, s));
        } else run(`I ${i}`, toInt(x));
        break;
      default:
        if (x.kind === ConstKind.Complex || y.kind === ConstKind.Complex || random(2) === 0)
          run(`C == ${i} ${j}`, makeBool(compare(x, ConstOp.Eql, y)));
        else run(`C < ${i} ${j}`, makeBool(compare(x, ConstOp.Lss, y)));
    }
  }
  const dir = mkdtempSync(join(tmpdir(), "rt0-constant-"));
  try {
    const source = join(process.env["RT0_ROOT"] ?? ".", "src/constant/testing/oracle.go");
    const binary = join(dir, "oracle");
    execFileSync(realGo, ["build", "-o", binary, source], { env: { ...process.env, GOROOT: goroot } });
    const want = execFileSync(binary, { input: program.join("\n"), maxBuffer: 1 << 30 })
      .toString("utf8")
      .trimEnd()
      .split("\n");
    let equal = 0;
    const different: string[] = [];
    for (let i = 0; i < program.length; i++) {
      const got = describe(pool[i]!);
      // go/constant calls some fractions exact that underflow to a float32 zero.
      want[i] = want[i]!.replace(
        / (0|80000000) true$/,
        !isNumber(pool[i]!) || sign(pool[i]!) === 0 ? "$&" : " $1 false",
      );
      if (got === want[i]) equal++;
      else
        different.push(
          `${i}: ${program[i]}\n want ${want[i]?.slice(0, 60)}…${want[i]?.slice(-60)}\n got  ${got.slice(0, 60)}…${got.slice(-60)}`,
        );
    }
    console.log(`constant operations identical: ${equal}/${program.length}`);
    assert.deepEqual(different.slice(0, 8), []);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

function describe(v: Value): string {
  if (v.kind === ConstKind.Bool) return `1\t${v.value}\t${v.value}`;
  let s = `${v.kind}\t${valueString(v)}\t${exactString(v)}`;
  if (v.kind === ConstKind.Int || v.kind === ConstKind.Float) {
    const [lo, hi] = float64Bits(v);
    const b64 = ((BigInt(hi) << 32n) | BigInt(lo)).toString(16);
    s += `\t${b64} ${float64Val(v).exact} ${float32Bits(v).toString(16)} ${float32Val(v).exact}`;
  }
  return s;
}

test("halves of 64-bit integers", () => {
  for (const n of [0n, 1n, -1n, 1n << 53n, -(1n << 63n), (1n << 63n) - 1n, 0x123456789abcdefn, -0x123456789n]) {
    const [lo, hi] = toInt64Parts(makeInt(n))!;
    assert.equal(BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo)), n);
    assert.equal(exactString(makeInt64(lo, hi)), String(n));
    assert.equal(exactString(makeUint64(lo, hi)), String(BigInt.asUintN(64, n)));
  }
});
