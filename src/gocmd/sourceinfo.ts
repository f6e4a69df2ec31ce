// What the go command reads from a source file: constraints, package name, imports, embeds, //go: directives.
import { decodeUtf8, Diagnostics, PosTable } from "#base";
import {
  type BuildExpr,
  BuildSyntaxError,
  Kind,
  ParseMode,
  parseFile,
  parseGoBuild,
  parsePlusBuild,
  unquote,
} from "#syntax";
import type { BuildContext } from "./buildcontext.ts";

/** A text with its place in the file. */
export interface Located {
  readonly text: string;
  readonly line: number;
  readonly col: number;
}

/** Plain data: kept in the file index. */
export interface SourceInfo {
  /** The `//go:build` line in force, or "". */
  readonly goBuild: string;
  /** `// +build` lines. */
  readonly plusBuild: readonly string[];
  /** A fault of the constraints, or "". */
  readonly constraintError: string;
  readonly packageName: string;
  readonly imports: readonly Located[];
  readonly embeds: readonly Located[];
  readonly directives: readonly Located[];
  /** "line:col: message" if the header does not parse, or "". */
  readonly error: string;
}

/**
 * The comments at the start of a file that may hold constraints. A `//go:build` line stands before everything that is
 * neither blank nor a line comment; `+build` lines must besides be followed by a blank line.
 */
function headerLines(text: string): { goBuild: string; plusBuild: string[]; error: string } {
  const plus: string[] = [];
  let pending: string[] = [];
  let goBuild = "";
  let ended = false;
  let inComment = false;
  lines: for (let at = 0; at < text.length; ) {
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    let line = text.slice(at, end).trim();
    at = end + 1;
    if (line === "" && !ended) {
      plus.push(...pending);
      pending = [];
      continue;
    }
    if (!line.startsWith("//")) ended = true;
    if (!inComment && /^\/\/go:build(\s|$)/.test(line)) {
      if (goBuild !== "") return { goBuild, plusBuild: plus, error: "multiple //go:build comments" };
      goBuild = line;
    }
    if (!ended && line.includes("+build")) pending.push(line);
    while (line !== "") {
      if (inComment) {
        const i = line.indexOf("*/");
        if (i < 0) continue lines;
        inComment = false;
        line = line.slice(i + 2).trim();
      } else if (line.startsWith("//")) continue lines;
      else if (line.startsWith("/*")) {
        inComment = true;
        line = line.slice(2).trim();
      } else break lines;
    }
  }
  return { goBuild, plusBuild: plus, error: "" };
}

/** Reads a file that is not Go source: only its constraints. */
export function readOtherInfo(bytes: Uint8Array): SourceInfo {
  const h = headerLines(decodeUtf8(bytes));
  return {
    goBuild: h.goBuild,
    plusBuild: h.plusBuild,
    constraintError: h.error,
    packageName: "",
    imports: [],
    embeds: [],
    directives: [],
    error: "",
  };
}

/** Reads a Go source file. */
export function readGoInfo(name: string, bytes: Uint8Array): SourceInfo {
  const positions = new PosTable();
  const diagnostics = new Diagnostics(positions);
  const options = { mode: ParseMode.Imports, std: true, compilingRuntime: true };
  let file = parseFile(name, bytes, positions, diagnostics, options);
  const located = (text: string, pos: number): Located => {
    const r = positions.resolve(pos);
    return { text, line: r?.line0 ?? 0, col: r?.col0 ?? 0 };
  };
  const imports: Located[] = [];
  const embeds: Located[] = [];
  const directives: Located[] = [];
  let error = "";
  const first = diagnostics.list.find((d) => !d.message.includes("directive"));
  const headEnd = file === null ? bytes.length : file.source.offset(file.pos);
  const head = decodeUtf8(bytes.subarray(0, Math.min(bytes.length, headEnd)));
  if (first !== undefined) {
    error = headerError(bytes, located("", first.pos), first.message);
  }
  if (file !== null) {
    for (const d of file.declList) {
      if (d.kind !== Kind.ImportDecl || d.path === null || d.path.bad) continue;
      imports.push(located(unquote(d.path.value) ?? "", d.pos));
    }
    for (let at = 0, line = 1; at < head.length; line++) {
      let end = head.indexOf("\n", at);
      if (end < 0) end = head.length;
      const text = head.slice(at, end).trimEnd();
      if (text.startsWith("//go:")) directives.push({ text, line, col: 1 });
      at = end + 1;
    }
    if (imports.some((i) => i.text === "embed")) {
      file = parseFile(name, bytes, positions, new Diagnostics(positions), { ...options, mode: ParseMode.Outline });
      for (const d of file?.declList ?? []) {
        const pragma = d.pragma;
        for (const e of pragma?.embeds ?? [])
          for (const p of e.patterns) embeds.push(embedPosition(located(p, e.pos), bytes, e.pos - file!.source.base));
      }
    }
  }
  // Only what comes before the package clause can hold constraints.
  const h = headerLines(file === null ? head : `${head}package`);
  return {
    goBuild: h.goBuild,
    plusBuild: h.plusBuild,
    constraintError: h.error,
    packageName: file?.pkgName.value ?? "",
    imports,
    embeds,
    directives,
    error,
  };
}

/** A pattern's own place on the line of its directive (whose position is behind the slashes). */
function embedPosition(e: Located, bytes: Uint8Array, offset: number): Located {
  let end = bytes.indexOf(10, offset);
  if (end < 0) end = bytes.length;
  const line = decodeUtf8(bytes.subarray(offset, end));
  const at = line.indexOf(e.text, "go:embed".length);
  return at < 0 ? e : { text: e.text, line: e.line, col: e.col + at };
}

/** "line:col: message" in the words of go/parser, with which the go command reads headers. */
function headerError(bytes: Uint8Array, at: Located, message: string): string {
  const line = decodeUtf8(bytes).split("\n")[at.line - 1] ?? "";
  let { col } = at;
  let words = message.replace(/^syntax error: /, "");
  if (words === "package statement must be first") {
    const rest = line.slice(col - 1);
    const word = /^[\p{L}_][\p{L}\p{Nd}_]*/u.exec(rest)?.[0];
    const keyword = word !== undefined && keywords.has(word);
    const found = rest === "" ? "'EOF'" : word === undefined ? `'${rest[0]}'` : keyword ? `'${word}'` : word;
    words = `expected 'package', found ${found}`;
  } else if (words === "newline in string") {
    words = "string literal not terminated";
    col = line.lastIndexOf('"', col - 1) + 1;
  }
  return `${at.line}:${col}: ${words}`;
}

const keywords = new Set(
  (
    "break case chan const continue default defer else fallthrough for func go goto if import interface map package " +
    "range return select struct switch type var"
  ).split(" "),
);

/** Whether the constraints of a file hold. Throws Error with the words of go/build. */
export function constraintsHold(info: SourceInfo, context: BuildContext): boolean {
  if (info.constraintError !== "") throw new Error(info.constraintError);
  if (info.goBuild !== "") {
    let x: BuildExpr | undefined;
    try {
      x = parseGoBuild(info.goBuild);
    } catch (e) {
      if (!(e instanceof BuildSyntaxError)) throw e;
      throw new Error(`parsing //go:build line: ${e.message}`);
    }
    return x === undefined || context.eval(x);
  }
  for (const line of info.plusBuild) {
    const x = parsePlusBuild(line);
    if (x !== undefined && !context.eval(x)) return false;
  }
  return true;
}
