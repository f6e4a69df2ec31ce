import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { GoRegexp, RegexpError } from "./goregexp.ts";

const dir = mkdtempSync(join(tmpdir(), "rt0-regexp-"));
after(() => rmSync(dir, { recursive: true, force: true }));

const program = `package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		var f []string
		for _, q := range strings.Split(in.Text(), "\\t") {
			s, err := strconv.Unquote(q)
			if err != nil {
				panic(q)
			}
			f = append(f, s)
		}
		re, err := regexp.Compile(f[0])
		if err != nil {
			fmt.Fprintf(out, "!%x\\n", err.Error())
			continue
		}
		for _, t := range f[1:] {
			fmt.Fprint(out, map[bool]string{true: "1", false: "0"}[re.MatchString(t)])
		}
		fmt.Fprintln(out)
	}
}
`;
import { goroot, realGo } from "./testing/realgo.ts";

/** Expressions for each thing that can be written or got wrong. */
const written: readonly string[] = [
  ...[
    "",
    "a",
    "^main\\.",
    "a|b",
    "a||b",
    "(",
    ")",
    "a)",
    "(a",
    "((a)",
    "[",
    "[a",
    "[]a]",
    "[^]a]",
    "[z-a]",
    "[a-]",
    "[-a]",
  ],
  ...[
    "[a-b-c]",
    "[[:alpha:]]",
    "[[:^digit:]]",
    "[[:nope:]]",
    "[[:alpha:]",
    "[:alpha:]",
    "[a[:digit:]b]",
    "\\",
    "a\\",
    "\\q",
  ],
  ...[
    "\\_",
    "\\.",
    "\\-",
    "\\8",
    "\\1",
    "\\12",
    "\\0",
    "\\x4",
    "\\x41",
    "\\x{41}",
    "\\x{}",
    "\\x{110000}",
    "\\x{4g}",
    "\\x",
  ],
  ...[
    "\\pL",
    "\\pN+",
    "\\PL",
    "\\p{Greek}",
    "\\p{^Greek}",
    "\\P{^Lu}",
    "\\p{grek}",
    "\\p{Nope}",
    "\\p{",
    "\\p",
    "\\pX",
    "\\pé",
  ],
  ...[
    "\\p{Uppercase_Letter}",
    "\\p{Any}",
    "\\p{Assigned}",
    "\\p{ASCII}",
    "\\p{Old_Italic}",
    "(?i)\\p{Lu}",
    "(?i)\\P{Lu}",
  ],
  ...[
    "a*",
    "a**",
    "a*+",
    "a+?",
    "a??",
    "a?*",
    "*",
    "+a",
    "(*)",
    "|*",
    "^*",
    "a{2}",
    "a{2,}",
    "a{2,3}",
    "a{,3}",
    "a{3,2}",
  ],
  ...[
    "a{1001}",
    "a{1,1001}",
    "a{1000}{2}",
    "(a{30}){40}",
    "a{2}{3}",
    "a{2}?",
    "a{",
    "a{1",
    "a{1,",
    "a{01}",
    "{2}",
    "x{2}{",
  ],
  ...[
    "((a{100}){10}){1}",
    "((a{100}){10}){2}",
    "(a{0}){1000}",
    "a{99999999999}",
    "a{1,99999999999}",
    "(?:(?:a{10}){10}){11}",
  ],
  ...[
    "(?i)abc",
    "(?i:ABC)d",
    "(?s).",
    "(?m)^b$",
    "(?-i)a",
    "(?i-s:a.)",
    "(?U)a+",
    "(?i",
    "(?",
    "(?x)a",
    "(?i-)a",
    "(?--i)a",
  ],
  ...[
    "(?:a)",
    "(?P<n>a)",
    "(?<n>a)",
    "(?P<n",
    "(?P<1>a)",
    "(?P<>a)",
    "(?P<a b>c)",
    "(?P=n)",
    "(?=a)",
    "(?!a)",
    "(?<=a)",
    "(?<!a)",
  ],
  ...[
    "(?>a)",
    "a++",
    "\\Aa",
    "a\\z",
    "a\\Z",
    "\\ba",
    "\\Ba",
    "\\Ca",
    "\\Q.*\\E+",
    "\\Qa",
    "\\Q\\E*",
    "a\\E",
    "\\d+\\D\\w\\W\\s\\S",
  ],
  ...[
    "[\\d\\pL]",
    "[^\\W]",
    "(?i)[a-c]",
    "(?i)[^a-c]",
    "(?i)k",
    "(?i)\\u212a",
    "(?i)ſ",
    "[\\q]",
    "[a-\\d]",
    "[\\d-z]",
    "é+",
    "[é-ü]",
  ],
];

const pieces: readonly string[] = [
  ...[
    "a",
    "b",
    "K",
    "é",
    ".",
    "^",
    "$",
    "|",
    "(",
    ")",
    "(?:",
    "(?i)",
    "(?m)",
    "(?s:",
    "[ab]",
    "[^a]",
    "[",
    "]",
    "-",
    "*",
    "+",
  ],
  ...[
    "?",
    "{2}",
    "{1,2}",
    "{0,}",
    "{",
    "}",
    "\\d",
    "\\W",
    "\\pL",
    "\\p{Lu}",
    "\\b",
    "\\B",
    "\\A",
    "\\z",
    "\\Q",
    "\\E",
    "\\",
    "[[:upper:]]",
    "\n",
  ],
];

const texts: readonly string[] = [
  ...[
    "",
    "a",
    "b",
    "ab",
    "aab",
    "main.main",
    "ABC",
    "abcd",
    "k\u212aK",
    "ſs",
    "é",
    "É",
    "ü",
    "Ω",
    "5",
    "a5_b",
    "x\ny",
    "a\nb\n",
  ],
  ...["\n", " ", ".*", "a.b", "𝒳", "(*T).Method[go.shape.int]", "{", "a{,3}", "a{1", "zz-top", "\\", "\x41\0"],
];

function quote(s: string): string {
  let out = '"';
  for (const ch of s) {
    const c = ch.codePointAt(0)!;
    out += c >= 32 && c < 127 && ch !== '"' && ch !== "\\" ? ch : `\\U${c.toString(16).padStart(8, "0")}`;
  }
  return `${out}"`;
}

test("expressions match, and are refused, as Go's regexp package does it", () => {
  mkdirSync(join(dir, "oracle"));
  writeFileSync(join(dir, "oracle/go.mod"), "module oracle\n\ngo 1.26\n");
  writeFileSync(join(dir, "oracle/main.go"), program);
  const env = { ...process.env, GOROOT: goroot, GOFLAGS: "-p=1", GOTOOLCHAIN: "local" };
  const built = spawnSync(realGo, ["build", "-o", "../oracle.exe", "."], {
    cwd: join(dir, "oracle"),
    env,
    encoding: "utf8",
  });
  assert.equal(built.status, 0, built.stderr);
  let seed = 7;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  const all = written.slice();
  const count = Number(process.env["RT0_FULL"] ?? 0) > 0 ? 200000 : 8000;
  for (let i = 0; i < count; i++) {
    let s = "";
    for (let n = 1 + random(7); n > 0; n--) s += pieces[random(pieces.length)]!;
    all.push(s);
  }
  const line = (s: string): string => [s, ...texts].map(quote).join("\t");
  const run = spawnSync(join(dir, "oracle.exe"), [], {
    input: `${all.map(line).join("\n")}\n`,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  assert.equal(run.status, 0, run.stderr);
  const want = run.stdout.split("\n");
  const bad: string[] = [];
  let refused = 0;
  all.forEach((s, i) => {
    let have: string;
    try {
      const re = new GoRegexp(s);
      have = texts.map((t) => (re.test(t) ? "1" : "0")).join("");
    } catch (e) {
      if (!(e instanceof RegexpError)) throw e;
      have = e.message;
      refused++;
    }
    const w = want[i]!;
    const wanted = w.startsWith("!") ? Buffer.from(w.slice(1), "hex").toString() : w;
    if (have !== wanted) bad.push(`${JSON.stringify(s)}: ${have}, want ${wanted}`);
  });
  console.log(`regular expressions: ${all.length - bad.length}/${all.length} as in Go, ${refused} refused`);
  assert.deepEqual(bad.slice(0, 20), []);
});

test("matching takes linear time", () => {
  const re = new GoRegexp("(a*)*(a|aa)*b$");
  const started = Date.now();
  assert.equal(re.test("a".repeat(20000)), false);
  assert.ok(Date.now() - started < 5000);
});
