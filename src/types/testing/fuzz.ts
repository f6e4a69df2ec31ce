// Damaged programs: real files with tokens lost, doubled, exchanged, and bytes that are no text. The same for the same seed.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Diagnostics, PosTable } from "#base";
import { parseFile, ParseMode } from "#syntax";
import { check } from "../index.ts";
import { goroot, type SourceImporter } from "./goroot.ts";

/** Tokens of a file whose bytes are read as one character each. */
const token =
  /[A-Za-z_\x80-\xff][\w\x80-\xff]*|\d[\w.]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|\/\/.*|\/\*[\s\S]*?\*\/|:=|<-|\.\.\.|[+\-*/%&|^<>=!]+|\n|\S/g;

const pieces = [
  ..."{ } ( ) [ ] , ; : = := . ... ~ | <- * & ! + - == <".split(" "),
  ..."break case chan const continue default defer else fallthrough for func go goto if import interface map".split(
    " ",
  ),
  ..."package range return select struct switch type var int string any nil true iota x T _ len make append".split(" "),
  ..."0 1 1.5 'a' \"s\" `r` 0x 08 1e 1i 'ab' \"\\q\" \" ' ` /* */ // # $ @ ? \\".split(" "),
  "\n",
  "x.(type)",
  "[T any]",
  "interface{ ~int | string }",
  "func() {}",
  "/*line x.go:5:6*/",
];
const bytes = [
  "\x00",
  "\xff",
  "\xc3",
  "\xef\xbb\xbf",
  "\xe2\x82",
  "\xf4\x90\x80\x80",
  "\xed\xa0\x80",
  "\x80",
  "\xc3\xa4",
  "\xe4\xb8\x96",
  "\r",
  "\x0c",
  "\x7f",
];

export class Damager {
  private readonly files: string[];

  constructor() {
    const dirs = [
      "src/internal/types/testdata/check",
      "src/internal/types/testdata/fixedbugs",
      "src/cmd/compile/internal/syntax/testdata",
      "test",
      "test/typeparam",
      "test/fixedbugs",
      "test/ken",
      "src/strconv",
      "src/slices",
      "src/sort",
      "src/container/list",
      "src/text/template/parse",
      "src/go/ast",
      "src/sync",
    ];
    this.files = dirs
      .map((d) => join(goroot, d))
      .flatMap((d) =>
        readdirSync(d)
          .sort()
          .map((f) => join(d, f)),
      )
      .filter((f) => f.endsWith(".go") && statSync(f).isFile() && statSync(f).size < 12_000);
  }

  /** A damaged file, its bytes as characters. */
  program(seed: number): string {
    let state = Math.imul(seed + 1, 2654435761) >>> 0;
    const random = (n: number): number => {
      state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
      return ((state ^ (state >>> 13)) >>> 0) % n;
    };
    const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
    for (;;) {
      let text = readFileSync(pick(this.files), "latin1");
      // Left out: other language versions, directives, and what the reference cannot import.
      if (/-gotypesalias=0|-lang=|\/\/go:|\/\/line|\/\*line|"C"|runtime\/cgo/.test(text)) continue;
      text = text.replace(/\/\*\s*ERROR[\s\S]*?\*\//g, "").replace(/\/\/\s*(GC_)?ERROR.*/g, "");
      for (let n = 1 + random(3); n > 0; n--) text = this.damage(text, random, pick);
      // gc counts a line too much after two dots at the end of one.
      if (/(^|[^.])\.\.[\n\x00\x80-\xff]/.test(text)) continue;
      return text;
    }
  }

  private damage(text: string, random: (n: number) => number, pick: <T>(list: readonly T[]) => T): string {
    const tokens = [...text.matchAll(token)];
    if (tokens.length < 3) return `${text}${pick(pieces)}`;
    const m = pick(tokens);
    const from = m.index;
    const to = from + m[0].length;
    const other = pick(tokens);
    switch (random(12)) {
      case 0:
      case 1:
        return text.slice(0, from) + text.slice(to);
      case 2:
        return `${text.slice(0, to)} ${m[0]}${text.slice(to)}`;
      case 3: {
        const [a, b] = m.index < other.index ? [m, other] : [other, m];
        if (a === b) return text;
        const middle = text.slice(a.index + a[0].length, b.index);
        return text.slice(0, a.index) + b[0] + middle + a[0] + text.slice(b.index + b[0].length);
      }
      case 4:
      case 5:
        return `${text.slice(0, from)} ${pick(pieces)} ${text.slice(from)}`;
      case 6:
        return `${text.slice(0, from)}${pick(pieces)}${text.slice(to)}`;
      case 7:
        return text.slice(0, from) + other[0] + text.slice(to);
      case 8: {
        const at = random(text.length);
        return text.slice(0, at) + pick(bytes) + text.slice(at + random(2));
      }
      case 9:
        return text.slice(0, from) + "(".repeat(1 + random(30)) + m[0] + ")".repeat(1 + random(30)) + text.slice(to);
      case 10:
        return random(4) === 0 ? text.slice(0, random(text.length)) : text.slice(0, from) + text.slice(to);
      default: {
        const start = text.lastIndexOf("\n", from) + 1;
        const end = text.indexOf("\n", to) + 1 || text.length;
        const line = text.slice(start, end);
        return random(2) === 0 ? text.slice(0, start) + text.slice(end) : text.slice(0, end) + line + text.slice(end);
      }
    }
  }
}

/** The errors of a program in the form of referenceErrors, sorted. Also checks what could not be parsed, as editors do. */
export function fuzzErrors(source: string, importer: SourceImporter): string[] {
  const positions = new PosTable();
  const diagnostics = new Diagnostics(positions);
  const file = parseFile("x.go", new Uint8Array(Buffer.from(source, "latin1")), positions, diagnostics, {
    mode: ParseMode.Full,
    std: true,
    compilingRuntime: true,
  });
  const list = diagnostics.list.filter(
    (d) =>
      d.message.startsWith("syntax error") ||
      !/directive|not allowed in the standard library|^usage: |only allowed in/.test(d.message),
  );
  const at = (pos: number): string => {
    const r = positions.resolve(pos);
    return `${r?.line0 ?? 0}:${r?.col0 ?? 0}`;
  };
  const text = (s: string): string => s.replaceAll("\n", "\\n");
  if (list.length > 0 || file === null) {
    const out = list.map((d) => `${at(d.pos)} ${text(d.message)}`);
    if (file !== null) check("x", [file], { importer, diagnostics, goVersion: "go1.26" });
    return ["SYNTAX", ...out];
  }
  const own = new Diagnostics(positions);
  check("x", [file], { importer, diagnostics: own, goVersion: "go1.26" });
  return own.list.map((d) => `${at(d.pos)} [${d.code}] ${text(d.message)}`);
}

/** In one order, without doubles; bytes that are no text as the replacement character. */
export function normal(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort();
}
