// What the go command reads from a source file: constraints, package name, imports, embeds, //go: directives.
import { decodeUtf8 } from "#base";
import { type BuildExpr, BuildSyntaxError, parseEmbedPatterns, parseGoBuild, parsePlusBuild } from "#syntax";
import type { BuildContext } from "./buildcontext.ts";
import { GoScanner, readGoHeader } from "./goheader.ts";

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
  /** "line:col: message" if the header does not parse; "path:…" or "read: …" for what is shown with the whole path; or "". */
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
export function readGoInfo(bytes: Uint8Array): SourceInfo {
  const header = readGoHeader(bytes);
  const lines = new Lines(bytes);
  const head = decodeUtf8(bytes.subarray(0, header.packageOffset));
  const directives: Located[] = [];
  for (let at = 0, line = 1; at < head.length; line++) {
    let end = head.indexOf("\n", at);
    if (end < 0) end = head.length;
    const text = head.slice(at, end).trimEnd();
    if (text.startsWith("//go:")) directives.push({ text, line, col: 1 });
    at = end + 1;
  }
  const imports = header.imports.map((i) => lines.locate(i.text, i.offset));
  let error = "";
  if (header.badPath !== null) {
    const at = lines.locate("", header.badPath.offset);
    error = `path:${at.line}:${at.col}: invalid import path: ${header.badPath.text}`;
  } else if (header.error !== null) {
    const at = lines.locate("", header.error.offset);
    error = header.error.offset < 0 ? `read: ${header.error.text}` : `${at.line}:${at.col}: ${header.error.text}`;
  }
  // Only what comes before the package clause can hold constraints.
  const h = headerLines(header.packageName === "" ? head : `${head}package`);
  return {
    goBuild: h.goBuild,
    plusBuild: h.plusBuild,
    constraintError: h.error,
    packageName: header.packageName,
    imports,
    embeds: imports.some((i) => i.text === "embed") ? embedPatterns(bytes, lines) : [],
    directives,
    error,
  };
}

/** Byte offsets to lines and byte columns. */
class Lines {
  private line = 1;
  private start = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Fastest for offsets in order. */
  locate(text: string, offset: number): Located {
    if (offset < this.start) {
      this.line = 1;
      this.start = 0;
    }
    // As in go/token, a newline at the end of the file begins no line.
    const last = Math.min(offset, this.bytes.length - 1);
    for (let at = this.bytes.indexOf(10, this.start); at >= 0 && at < last; at = this.bytes.indexOf(10, at + 1)) {
      this.line++;
      this.start = at + 1;
    }
    return { text, line: this.line, col: offset - this.start + 1 };
  }
}

/** The patterns of all //go:embed comments, well placed or not. */
function embedPatterns(bytes: Uint8Array, lines: Lines): Located[] {
  const out: Located[] = [];
  const s = new GoScanner(bytes, () => undefined);
  s.onComment = (start, end) => {
    const line = decodeUtf8(bytes.subarray(start, end));
    if (!/^\/\/go:embed(\s|$)/.test(line)) return;
    const patterns: string[] = [];
    // The compiler reports what is not well-formed.
    if (parseEmbedPatterns(line.slice("//go:embed".length), patterns) !== "") return;
    let from = "//go:embed".length;
    for (const p of patterns) {
      const at = line.indexOf(p, from);
      out.push(lines.locate(p, start + (at < 0 ? from : line[at - 1] === '"' || line[at - 1] === "`" ? at - 1 : at)));
      if (at >= 0) from = at + p.length;
    }
  };
  do s.next();
  while (!s.atEnd);
  return out;
}

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
