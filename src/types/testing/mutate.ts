// Programs with mistakes: the reference's test programs with a few tokens exchanged, and their errors here and in types2.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Diagnostics, PosTable } from "#base";
import { parseFile, ParseMode } from "#syntax";
import { check } from "../index.ts";
import { goroot, type ListedPackage, type SourceImporter } from "./goroot.ts";

const token =
  /[\p{L}_][\p{L}\p{Nd}_]*|\d[\w.]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|\/\/.*|\/\*[\s\S]*?\*\/|:=|<-|\.\.\.|[+\-*/%&|^<>=!]+|\S/gu;
const keywords = new Set(
  "package import func type var const if for return switch case default struct interface map chan range go defer select else break continue goto fallthrough".split(
    " ",
  ),
);
const values = [
  "int",
  "string",
  "nil",
  "1",
  '"s"',
  "float64",
  "any",
  "[]int",
  "true",
  "0.5",
  "error",
  "*int",
  "func()",
];
const numbers = ["0", "-1", "1.5", '"s"', "nil", "1<<70", "'a'", "2i", "true"];
const operators = ["+", "-", "*", "/", "%", "&", "|", "<<", ">>", "==", "!=", "<", "&&", "||", "=", ":=", "+="];

/** count programs, the same for the same seed. */
export function mutants(seed: number, count: number): string[] {
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 4294967296;
  };
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const dirs = ["src/internal/types/testdata/check", "src/internal/types/testdata/fixedbugs", "test", "test/typeparam"];
  const files = dirs
    .map((d) => join(goroot, d))
    .flatMap((d) =>
      readdirSync(d)
        .sort()
        .map((f) => join(d, f)),
    )
    .filter((f) => f.endsWith(".go") && statSync(f).size < 20000);
  const out: string[] = [];
  while (out.length < count) {
    let source = readFileSync(pick(files), "utf8");
    // Left out: other language versions, directives, and packages that only cgo has.
    if (/-gotypesalias=0|-lang=|\/\/go:|\/\/line|\/\*line|"C"|runtime\/cgo|import \. /.test(source)) continue;
    source = source.replace(/\/\*\s*ERROR[\s\S]*?\*\//g, "").replace(/\/\/\s*(GC_)?ERROR.*/g, "");
    const tokens = [...source.matchAll(token)].filter((m) => !m[0].startsWith("//") && !m[0].startsWith("/*"));
    const names = [...new Set(tokens.map((m) => m[0]).filter((t) => /^[\p{L}_]/u.test(t) && !keywords.has(t)))];
    const edits: [number, number, string][] = [];
    for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
      const m = pick(tokens);
      const t = m[0];
      let to = "";
      if (names.includes(t)) to = random() < 0.15 ? pick(values) : pick(names);
      else if (/^\d/.test(t)) to = pick(numbers);
      else if (/^["'`]/.test(t)) {
        if (!/import[^)]*$/.test(source.slice(Math.max(0, m.index - 200), m.index))) to = pick(values);
      } else if (t === ":=") to = "=";
      else if (/^[+\-*/%&|^<>=!]+$/.test(t)) to = pick(operators);
      if (to !== "") edits.push([m.index, t.length, to]);
    }
    edits.sort((a, b) => b[0] - a[0]);
    for (const [at, length, to] of edits) source = source.slice(0, at) + to + source.slice(at + length);
    out.push(source);
  }
  return out;
}

/** What the reference says of programs, a list of lines each: "line:col [code] message", or "SYNTAX" and then "line:col message". */
export function referenceErrors(programs: readonly (string | Buffer)[], listed: readonly ListedPackage[]): string[][] {
  const dir = mkdtempSync(join(tmpdir(), "rt0-mutants-"));
  try {
    const overlay = join(dir, "overlay.json");
    const list = join(dir, "list.json");
    const exe = join(dir, "errors");
    const source = resolve(process.env["RT0_ROOT"] ?? ".", "src/types/testing/errors.go");
    writeFileSync(
      overlay,
      JSON.stringify({ Replace: { [join(goroot, "src/cmd/compile/rt0typeserrors/main.go")]: source } }),
    );
    writeFileSync(list, JSON.stringify(listed));
    programs.forEach((p, i) => {
      writeFileSync(join(dir, `m${String(i).padStart(6, "0")}.go`), p);
    });
    execFileSync(join(goroot, "bin/go"), ["build", "-overlay", overlay, "-o", exe, "cmd/compile/rt0typeserrors"], {
      cwd: join(goroot, "src/cmd"),
      env: { ...process.env, GOFLAGS: "-p=1" },
    });
    const text = execFileSync(exe, [list, dir], { maxBuffer: 1 << 28 }).toString();
    const wants = text.split(/^== .*\n/m).slice(1);
    return wants.map((w) => w.split("\n").filter((l) => l !== ""));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The errors of each program here and in types2, sorted; null for programs with syntax errors. */
export function compareErrors(
  programs: readonly string[],
  listed: readonly ListedPackage[],
  importer: SourceImporter,
): { have: string[] | null; want: string[] | null; source: string }[] {
  const wants = referenceErrors(programs, listed);
  return programs.map((p, i) => {
    const lines = wants[i]!;
    return { source: p, want: lines[0] === "SYNTAX" ? null : [...new Set(lines)], have: errorsOf(p, importer) };
  });
}

function errorsOf(source: string, importer: SourceImporter): string[] | null {
  const positions = new PosTable();
  const diagnostics = new Diagnostics(positions);
  const file = parseFile("x.go", new TextEncoder().encode(source), positions, diagnostics, { mode: ParseMode.Full });
  if (file === null || diagnostics.hasErrors) return null;
  check("x", [file], { importer, diagnostics, goVersion: "go1.26" });
  const lines = diagnostics.list.map((d) => {
    const r = positions.resolve(d.pos);
    return `${r?.line ?? 0}:${r?.col ?? 0} [${d.code}] ${d.message.replaceAll("\n", "\\n")}`;
  });
  lines.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return [...new Set(lines)];
}
