import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { test } from "node:test";
import { Diagnostics, PosTable } from "#base";
import {
  checkTree,
  dumpTree,
  endPos,
  type File,
  kindName,
  type FuncDecl,
  isExpr,
  Kind,
  nodeString,
  ParseMode,
  parseBody,
  parseFile,
  printSource,
  startPos,
  walk,
} from "./index.ts";
import { goFiles, goroot, oracle, oracleSpeed } from "./testing/oracle.ts";

/** Files to look at: every 12th, or with RT0_SYNTAX_SAMPLE=n every n-th. */
const sample = Number(process.env["RT0_SYNTAX_SAMPLE"] ?? "12");
const pick = (files: string[]) => files.filter((_, i) => i % sample === 0);

interface Parsed {
  readonly file: File | null;
  readonly errors: string[];
  readonly diagnostics: Diagnostics;
  readonly lineCol: (pos: number) => string;
}

function parse(name: string, bytes: Uint8Array, mode = ParseMode.Full): Parsed {
  const positions = new PosTable();
  const diagnostics = new Diagnostics(positions);
  // With -std -+ no directive is refused; the reference run has no directive handler at all.
  const file = parseFile(name, bytes, positions, diagnostics, { mode, std: true, compilingRuntime: true });
  const lineCol = (pos: number) => {
    const r = positions.resolve(pos);
    return r === undefined ? "0:0" : `${r.line0}:${r.col0}`;
  };
  const errors = diagnostics.list
    .filter(
      (d) =>
        d.message.startsWith("syntax error") ||
        !/directive|not allowed in the standard library|^usage: |only allowed in|invalid quoted/.test(d.message),
    )
    .map((d) => `${lineCol(d.pos)} ${d.message.replaceAll("\n", "\\n")}`)
    .sort();
  return { file, errors, diagnostics, lineCol };
}

test("errors equal gc's over GOROOT/src and GOROOT/test", { timeout: 600_000 }, () => {
  const files = pick([...goFiles(join(goroot, "src")), ...goFiles(join(goroot, "test"))]);
  const expected = oracle(files, false);
  let equal = 0;
  let accepted = 0;
  let errors = 0;
  const different: string[] = [];
  let roundTrips = 0;
  let trees = 0;
  for (const want of expected) {
    const got = parse(want.name, readFileSync(want.name));
    errors += want.errors.length;
    if ((got.errors.length === 0) === (want.errors.length === 0)) accepted++;
    if (got.errors.join("\n") === want.errors.join("\n")) equal++;
    else
      different.push(`${want.name}\n  want ${want.errors.join("\n       ")}\n  got  ${got.errors.join("\n       ")}`);
    if (want.errors.length > 0 || got.file === null) continue;
    trees++;
    const problems = checkTree(got.file);
    const again = parse(want.name, new TextEncoder().encode(printSource(got.file)));
    const same = again.file !== null && dumpTree(again.file) === dumpTree(got.file);
    if (same && problems.length === 0) roundTrips++;
    else different.push(`${want.name}: ${problems[0] ?? `round trip: ${again.errors[0] ?? "different tree"}`}`);
  }
  console.log(`accept/reject equal: ${accepted}/${expected.length} files`);
  console.log(`errors identical: ${equal}/${expected.length} files (${errors} errors)`);
  console.log(`print and parse again gives the same tree: ${roundTrips}/${trees} files`);
  assert.deepEqual(different.slice(0, 20), []);
});

test("kinds, positions, extents and short strings of nodes equal gc's", { timeout: 600_000 }, () => {
  const dirs = ["src/runtime", "src/go/types/testdata", "src/internal/types/testdata", "src/fmt", "test/typeparam"];
  const files = pick(dirs.flatMap((d) => goFiles(join(goroot, d)))).filter((_, i) => i % 3 === 0);
  let nodes = 0;
  let equal = 0;
  for (const want of oracle(files, true)) {
    const { file, lineCol } = parse(want.name, readFileSync(want.name));
    const got: string[] = [];
    if (file !== null && want.errors.length === 0) {
      walk(file, (n) => {
        const text = isExpr(n) ? ` ${nodeString(n).replaceAll("\n", "\\n")}` : "";
        const at = `${lineCol(n.pos)} ${lineCol(startPos(n))} ${lineCol(endPos(n))}`;
        got.push(`${kindName(n.kind)} ${at}${text}`);
        return true;
      });
    }
    // gc places the end of a raw string of several lines as if it had one: not compared.
    const ends = !/`[^`\n]*\n/.test(readFileSync(want.name, "utf8"));
    const strip = (line: string) => (ends ? line : line.replace(/^(\w+ \S+ \S+) \S+/, "$1"));
    want.nodes.forEach((_, i) => {
      want.nodes[i] = strip(want.nodes[i]!);
      got[i] = strip(got[i] ?? "");
    });
    nodes += want.nodes.length;
    for (let i = 0; i < want.nodes.length; i++) if (got[i] === want.nodes[i]) equal++;
    const at = want.nodes.findIndex((w, i) => w !== got[i]);
    if (at >= 0) assert.equal(got[at], want.nodes[at], relative(goroot, want.name));
    assert.equal(got.length, want.nodes.length, want.name);
  }
  console.log(`nodes identical: ${equal}/${nodes} in ${files.length} files`);
});

test("outline mode and bodies on demand give the tree of a full parse", () => {
  const files = goFiles(join(goroot, "src/runtime")).filter((f) => !f.includes("testdata"));
  let bodies = 0;
  for (const name of files) {
    const bytes = readFileSync(name);
    const full = parse(name, bytes);
    const lazy = parse(name, bytes, ParseMode.Outline);
    for (const d of lazy.file!.declList) {
      if (d.kind !== Kind.FuncDecl || d.bodyStart < 0) continue;
      assert.equal((d as FuncDecl).body, null);
      parseBody(lazy.file!, d, lazy.diagnostics, { std: true, compilingRuntime: true });
      bodies++;
    }
    assert.equal(dumpTree(lazy.file!, lazy.lineCol), dumpTree(full.file!, full.lineCol), name);
    assert.equal(lazy.errors.length, 0);
  }
  console.log(`bodies parsed on demand: ${bodies} in ${files.length} files`);
});

test("errors of mutilated files equal gc's", { timeout: 600_000 }, () => {
  // Each file loses, doubles or has exchanged a few bytes, at places that depend only on the round.
  const dir = mkdtempSync(join(tmpdir(), "rt0-mutilated-"));
  const rounds = Number(process.env["RT0_SYNTAX_MUTATIONS"] ?? "4");
  const sources = ["src/strconv", "src/slices", "src/sync", "test/typeparam", "src/encoding/json"]
    .flatMap((d) => goFiles(join(goroot, d)))
    .filter((_, i) => i % 3 === 0);
  const pieces = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    ":",
    "=",
    ":=",
    "func",
    "~",
    "|",
    "<-",
    "chan",
    '"',
    "'",
    "`",
    "if ",
    "range ",
    "*",
    "...",
    "\u00e9",
    "0x",
    "case ",
    "else",
    "/*",
    "goto L;",
    "fallthrough;",
  ];
  let seed = 12345;
  const random = (n: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % n;
  };
  try {
    const files: string[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const source of sources) {
        let text = readFileSync(source, "utf8");
        for (let k = 1 + random(3); k > 0; k--) {
          const at = random(text.length);
          const cut = random(4);
          text = text.slice(0, at) + (random(2) === 0 ? pieces[random(pieces.length)]! : "") + text.slice(at + cut);
        }
        const path = join(dir, `${files.length}.go`);
        writeFileSync(path, text);
        files.push(path);
      }
    }
    let equal = 0;
    let errors = 0;
    const different: string[] = [];
    for (const want of oracle(files, false)) {
      const got = parse(want.name, readFileSync(want.name));
      errors += want.errors.length;
      if (got.errors.join("\n") === want.errors.join("\n")) equal++;
      else
        different.push(`${want.name}\n  want ${want.errors.join("\n       ")}\n  got  ${got.errors.join("\n       ")}`);
    }
    console.log(`errors identical after mutilation: ${equal}/${files.length} files (${errors} errors)`);
    assert.deepEqual(different.slice(0, 5), []);
  } finally {
    if (process.env["RT0_KEEP"] === undefined) rmSync(dir, { recursive: true });
  }
});

test("deep nesting is an error of the text, not of the parser", () => {
  const text = `package p\nvar x = ${"(".repeat(200_000)}1${")".repeat(200_000)}\n`;
  const { errors } = parse("deep.go", new TextEncoder().encode(text));
  assert.match(errors.join("\n"), /nesting depth limit exceeded/);
});

test("speed", () => {
  const files = [
    "runtime",
    "fmt",
    "reflect",
    "strconv",
    "os",
    "sync",
    "unicode",
    "internal/abi",
    "internal/poll",
    "syscall",
    "time",
    "io",
    "errors",
    "sort",
    "math",
  ]
    .flatMap((d) => goFiles(join(goroot, "src", d)))
    .filter((f) => !f.includes("testdata"));
  const texts = files.map((f) => new Uint8Array(readFileSync(f)));
  const size = texts.reduce((n, t) => n + t.length, 0);
  const measure = (mode: ParseMode) => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      for (let k = 0; k < files.length; k++) {
        const positions = new PosTable();
        parseFile(files[k]!, texts[k]!, positions, new Diagnostics(positions), {
          mode,
          std: true,
          compilingRuntime: true,
        });
      }
      best = Math.min(best, performance.now() - start);
    }
    return (size / best / 1000).toFixed(1);
  };
  console.log(
    `full: ${measure(ParseMode.Full)} MB/s, outline: ${measure(ParseMode.Outline)} MB/s, gc: ${oracleSpeed(files)} MB/s`,
  );
});
