// What all productions share: accepting tokens, syntax errors in gc's words, synchronising after them, directives.
import type { Diagnostics, Pos, SourceFile } from "#base";
import { BuildSyntaxError, buildExprVersion, parseGoBuild } from "./buildconstraint.ts";
import type { BuildLine, Linkname } from "./nodes.ts";
import { addDirective, Pragma, type PragmaRules, type PragmaSink, reportUnused } from "./pragmas.ts";
import { Scanner } from "./scanner.ts";
import { operatorString, Token, tokenDescription } from "./tokens.ts";

/** Positions count lines and columns up to here (syntax.PosMax). */
const maxLineCol = 1 << 30;

/** Tokens that start a statement: inside functions, skipping stops before them. */
const statementStarts: readonly Token[] = [
  Token.Break,
  Token.Const,
  Token.Continue,
  Token.Defer,
  Token.Fallthrough,
  Token.For,
  Token.Go,
  Token.Goto,
  Token.If,
  Token.Return,
  Token.Select,
  Token.Switch,
  Token.Type,
  Token.Var,
];

export abstract class Recovery extends Scanner implements PragmaSink {
  errorCount = 0;
  /** Directives waiting for a declaration. */
  pragma: Pragma | null = null;
  /** Before the package clause. */
  protected top = true;
  protected goVersion = "";
  protected buildLine: BuildLine | null = null;
  readonly linknames: Linkname[] = [];
  readonly cgoPragmas: string[][] = [];
  readonly isCgoFile: boolean;
  /** Set while a body is parsed whose line directives are known already. */
  protected ignoreLineDirectives = false;
  /** Function nesting, for error recovery. */
  protected fnest = 0;
  /** Expression nesting; negative in the header of a control statement, where `T {` opens its block. */
  protected xnest = 0;
  private lineName: string;

  constructor(
    source: SourceFile,
    padded: Uint8Array,
    private readonly diagnostics: Diagnostics,
    private readonly rules: PragmaRules,
  ) {
    super(source, padded);
    this.lineName = source.name;
    this.isCgoFile = source.name.slice(source.name.lastIndexOf("/") + 1).startsWith("_cgo_");
  }

  // Errors.

  error(pos: Pos, message: string): void {
    this.errorCount++;
    this.diagnostics.report(pos, message);
  }

  /** A wrong directive or branch: does not make the text around it wrong. */
  softError(pos: Pos, message: string): void {
    this.diagnostics.report(pos, message);
  }

  override errorAt(pos: Pos, message: string): void {
    this.error(pos, message);
  }

  syntaxError(message: string): void {
    this.syntaxErrorAt(this.pos, message);
  }

  /** Messages starting with in, at, after or expected are completed with the current token. */
  syntaxErrorAt(pos: Pos, message: string): void {
    if (this.tok === Token.EOF && this.errorCount > 0) return; // only follows from an earlier error
    let tail: string;
    if (message.startsWith("in ") || message.startsWith("at ") || message.startsWith("after ")) tail = ` ${message}`;
    else if (message.startsWith("expected ")) tail = `, ${message}`;
    else {
      this.error(pos, `syntax error: ${message}`);
      return;
    }
    this.error(pos, `syntax error: unexpected ${this.currentToken()}${tail}`);
  }

  private currentToken(): string {
    switch (this.tok) {
      case Token.Name:
        return `name ${this.lit}`;
      case Token.Semi:
        return this.lit;
      case Token.Literal:
        return `literal ${this.literalText()}`;
      case Token.Operator:
        return operatorString(this.op);
      case Token.AssignOp:
        return `${operatorString(this.op)}=`;
      case Token.IncOp:
        return operatorString(this.op).repeat(2);
      default:
        return tokenDescription(this.tok);
    }
  }

  /** Skips to a token of the follow list (or one that starts a statement, in functions); without list, one token. */
  advance(...follow: Token[]): void {
    if (follow.length === 0) {
      if (this.tok !== Token.EOF) this.next();
      return;
    }
    while (
      this.tok !== Token.EOF &&
      !follow.includes(this.tok) &&
      !(this.fnest > 0 && statementStarts.includes(this.tok))
    ) {
      this.next();
    }
  }

  // Tokens.

  got(tok: Token): boolean {
    if (this.tok !== tok) return false;
    this.next();
    return true;
  }

  want(tok: Token): void {
    if (this.tok === tok) this.next();
    else {
      this.syntaxError(`expected ${tokenDescription(tok)}`);
      this.advance();
    }
  }

  /** Takes `=`, or `:=` with a complaint. */
  gotAssign(): boolean {
    if (this.tok === Token.Define) this.syntaxError("expected =");
    else if (this.tok !== Token.Assign) return false;
    this.next();
    return true;
  }

  /** After an element of a list: whether the list goes on (perhaps to its end), else the parser has lost it. */
  protected afterElement(context: string, separator: Token, close: Token): boolean {
    if (this.tok === separator) {
      this.next();
      return true;
    }
    if (this.tok === close) return true;
    this.syntaxError(`in ${context}; possibly missing ${tokenDescription(separator)} or ${tokenDescription(close)}`);
    this.advance(Token.Rparen, Token.Rbrack, Token.Rbrace);
    return this.tok === close;
  }

  // Lists. An array that elements are pushed to has room for 17 at once; most lists have one or two, and live as long as the
  // tree: they are collected on a stack and made when their length is known.

  private readonly stack: unknown[] = [];
  private depth = 0;

  /** Where a list begins that push adds to and takeList ends. */
  protected beginList(): number {
    return this.depth;
  }

  protected push(x: unknown): void {
    this.stack[this.depth++] = x;
  }

  protected lastOfList(from: number): unknown {
    return this.depth > from ? this.stack[this.depth - 1] : undefined;
  }

  /** What has been pushed since beginList gave `from`. */
  protected takeList<T>(from: number): T[] {
    const s = this.stack as T[];
    const end = this.depth;
    this.depth = from;
    switch (end - from) {
      case 0:
        return [];
      case 1:
        return [s[from]!];
      case 2:
        return [s[from]!, s[from + 1]!];
      case 3:
        return [s[from]!, s[from + 1]!, s[from + 2]!];
    }
    return s.slice(from, end);
  }

  // Directives.

  takePragma(): Pragma | null {
    const p = this.pragma;
    this.pragma = null;
    return p;
  }

  /** At a place that takes no directives: those waiting are misplaced. */
  clearPragma(): void {
    if (this.pragma === null) return;
    reportUnused(this.pragma, (pos, message) => this.softError(pos, message));
    this.pragma = null;
  }

  override onDirective(start: number, end: number): void {
    const block = this.src[start + 1] === 0x2a;
    const comment = this.textOf(start, end);
    const text = block ? comment.slice(2, -2) : comment.slice(2).replace(/\r$/, "");
    if (text.startsWith("line ")) {
      if ((block || this.atLineStart(start)) && !this.ignoreLineDirectives)
        this.lineDirective(start + 7, text.slice(5), block ? end : end + 1);
      return;
    }
    if (!text.startsWith("go:")) return;
    if (this.top && text.startsWith("go:build")) this.buildDirective(start, comment);
    this.pragma ??= new Pragma();
    const pos = this.posAt(start + 2);
    if (!this.isBlankBefore(start)) this.softError(pos, "misplaced compiler directive");
    else addDirective(this.pragma, pos, text, this.rules, this);
  }

  private buildDirective(start: number, comment: string): void {
    try {
      const x = parseGoBuild(comment);
      if (x === undefined) return;
      this.goVersion = buildExprVersion(x);
      this.buildLine = { pos: this.posAt(start), text: comment };
    } catch (e) {
      if (!(e instanceof BuildSyntaxError)) throw e;
    }
  }

  private atLineStart(offset: number): boolean {
    return offset === 0 || this.src[offset - 1] === 10;
  }

  private isBlankBefore(offset: number): boolean {
    let i = offset - 1;
    while (i >= 0 && (this.src[i] === 32 || this.src[i] === 9 || this.src[i] === 13)) i--;
    return i < 0 || this.src[i] === 10;
  }

  /** `file:line` or `file:line:col`; text starts at offset, and the directive holds from offset `from` on. */
  private lineDirective(offset: number, text: string, from: number): void {
    const last = trailingNumber(text);
    if (last === undefined) return;
    const invalid = (at: number, what: string) =>
      this.error(this.posAt(offset + at), `invalid ${what} number: ${text.slice(at)}`);
    if (last.value < 0) {
      invalid(last.at, "line");
      return;
    }
    let nameEnd = last.at - 1;
    let line = last.value;
    let col = 0;
    let lineAt = last.at;
    const before = trailingNumber(text.slice(0, nameEnd));
    const hasCol = before !== undefined && before.value >= 0;
    if (hasCol) {
      line = before.value;
      lineAt = before.at;
      col = last.value;
      if (col === 0 || col > maxLineCol) {
        invalid(last.at, "column");
        return;
      }
      nameEnd = before.at - 1;
      text = text.slice(0, last.at - 1);
    }
    if (line === 0 || line > maxLineCol) {
      invalid(lineAt, "line");
      return;
    }
    let name = text.slice(0, nameEnd);
    if (name === "" && hasCol) name = this.lineName;
    this.lineName = name;
    this.source.addDirective(this.source.offset(this.posAt(Math.min(from, this.size))), name, line, col);
  }
}

/** The number after the last colon: where it starts and its value (-1: none); undefined without colon. */
function trailingNumber(text: string): { at: number; value: number } | undefined {
  const at = text.lastIndexOf(":") + 1;
  if (at === 0) return undefined;
  const digits = text.slice(at);
  // Larger numbers than an unsigned 64-bit integer are no numbers to gc.
  const ok = /^[0-9]+$/.test(digits) && (digits.length < 20 || BigInt(digits) < 1n << 64n);
  return { at, value: ok ? Number(digits) : -1 };
}
