// Build constraints: `//go:build expr` and the older `// +build` lines. go/build/constraint.

/** A boolean expression over build tags. */
export type BuildExpr =
  | { readonly op: "tag"; readonly tag: string }
  | { readonly op: "not"; readonly x: BuildExpr }
  | { readonly op: "and" | "or"; readonly x: BuildExpr; readonly y: BuildExpr };

/** A constraint that does not parse; offset is in the text given. */
export class BuildSyntaxError extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

/** Deeper expressions than this are refused, as by Go. */
const maxSize = 1000;

const tagPattern = /[\p{L}\p{Nd}_.]+/uy;

class ExprParser {
  private i = 0;
  private tok = "";
  private isTag = false;
  private at = 0;
  private size = 0;

  constructor(private readonly s: string) {}

  parse(): BuildExpr {
    this.lex();
    const x = this.or();
    if (this.tok !== "") throw new BuildSyntaxError(this.at, `unexpected token ${this.tok}`);
    return x;
  }

  private or(): BuildExpr {
    let x = this.and();
    while (this.tok === "||") x = { op: "or", x, y: this.and() };
    return x;
  }

  private and(): BuildExpr {
    let x = this.not();
    while (this.tok === "&&") x = { op: "and", x, y: this.not() };
    return x;
  }

  private not(): BuildExpr {
    if (++this.size > maxSize) throw new BuildSyntaxError(this.at, "build expression too large");
    if (this.first) this.first = false;
    else this.lex();
    if (this.tok === "!") {
      this.lex();
      if ((this.tok as string) === "!") throw new BuildSyntaxError(this.at, "double negation not allowed");
      this.first = true;
      return { op: "not", x: this.not() };
    }
    return this.atom();
  }

  /** The token that not() looks at has been read already. */
  private first = true;

  private atom(): BuildExpr {
    if (this.tok === "(") {
      const open = this.at;
      this.lex();
      this.first = true;
      const x = this.or();
      if ((this.tok as string) !== ")") throw new BuildSyntaxError(open, "missing close paren");
      this.lex();
      return x;
    }
    if (!this.isTag) {
      if (this.tok === "") throw new BuildSyntaxError(this.at, "unexpected end of expression");
      throw new BuildSyntaxError(this.at, `unexpected token ${this.tok}`);
    }
    const tag = this.tok;
    this.lex();
    return { op: "tag", tag };
  }

  private lex(): void {
    const s = this.s;
    while (s[this.i] === " " || s[this.i] === "\t") this.i++;
    this.isTag = false;
    this.at = this.i;
    const c = s[this.i];
    if (c === undefined) {
      this.tok = "";
    } else if (c === "(" || c === ")" || c === "!") {
      this.tok = c;
      this.i++;
    } else if (c === "&" || c === "|") {
      if (s[this.i + 1] !== c) throw new BuildSyntaxError(this.at, `invalid syntax at ${c}`);
      this.tok = c + c;
      this.i += 2;
    } else {
      tagPattern.lastIndex = this.i;
      const m = tagPattern.exec(s);
      if (m === null)
        throw new BuildSyntaxError(this.at, `invalid syntax at ${String.fromCodePoint(s.codePointAt(this.i)!)}`);
      this.tok = m[0];
      this.isTag = true;
      this.i += this.tok.length;
    }
  }
}

/** The expression text of a `//go:build` comment, or undefined if line is none. */
export function splitGoBuild(line: string): string | undefined {
  line = line.replace(/\r?\n$/, "");
  if (line.includes("\n") || !line.startsWith("//go:build")) return undefined;
  line = line.trim().slice("//go:build".length);
  const expr = line.trim();
  // "//go:buildfoo" is another directive.
  return line.length === expr.length && line !== "" ? undefined : expr;
}

/** Parses a `//go:build` comment; throws BuildSyntaxError; undefined if line is none. */
export function parseGoBuild(line: string): BuildExpr | undefined {
  const text = splitGoBuild(line);
  return text === undefined ? undefined : new ExprParser(text).parse();
}

/** Parses a `// +build` comment: spaces are "or", commas "and". undefined if line is none. */
export function parsePlusBuild(line: string): BuildExpr | undefined {
  const m = /^\/\/[ \t]*\+build(?:[ \t]+(.*))?$/.exec(line.trim());
  if (m === null) return undefined;
  let x: BuildExpr | undefined;
  for (const clause of (m[1] ?? "").split(/\s+/)) {
    if (clause === "") continue;
    let y: BuildExpr | undefined;
    for (const lit of clause.split(",")) {
      let z: BuildExpr;
      if (lit.startsWith("!!") || lit === "!" || !/^!?[\p{L}\p{Nd}_.]+$/u.test(lit)) {
        z = { op: "tag", tag: "ignore" };
      } else if (lit.startsWith("!")) z = { op: "not", x: { op: "tag", tag: lit.slice(1) } };
      else z = { op: "tag", tag: lit };
      y = y === undefined ? z : { op: "and", x: y, y: z };
    }
    x = x === undefined ? y : { op: "or", x, y: y! };
  }
  return x ?? { op: "tag", tag: "ignore" };
}

/** Whether the constraint holds, given which tags do. */
export function evalBuildExpr(x: BuildExpr, ok: (tag: string) => boolean): boolean {
  switch (x.op) {
    case "tag":
      return ok(x.tag);
    case "not":
      return !evalBuildExpr(x.x, ok);
    case "and":
      return evalBuildExpr(x.x, ok) && evalBuildExpr(x.y, ok);
    case "or":
      return evalBuildExpr(x.x, ok) || evalBuildExpr(x.y, ok);
  }
}

/** All tags that a constraint names. */
export function buildExprTags(x: BuildExpr, into: Set<string>): void {
  if (x.op === "tag") into.add(x.tag);
  else {
    buildExprTags(x.x, into);
    if (x.op !== "not") buildExprTags(x.y, into);
  }
}

/** The least Go version that the constraint implies ("go1.21"), or "" if it implies none. */
export function buildExprVersion(x: BuildExpr): string {
  const v = minVersion(x, true);
  return v < 0 ? "" : v === 0 ? "go1" : `go1.${v}`;
}

function minVersion(x: BuildExpr, positive: boolean): number {
  switch (x.op) {
    case "tag":
      if (!positive) return -1;
      if (x.tag === "go1") return 0;
      return /^go1\.[0-9]+$/.test(x.tag) ? Number(x.tag.slice(4)) : -1;
    case "not":
      return minVersion(x.x, !positive);
    default: {
      const a = minVersion(x.x, positive);
      const b = minVersion(x.y, positive);
      return (x.op === "and") === positive ? Math.max(a, b) : Math.min(a, b);
    }
  }
}
