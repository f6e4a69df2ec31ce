import type { SourceFile } from "#base";
import { Tok, type TokenReader } from "./tokens.ts";

/** What ASCII characters are to names: 1 letters and the underscore, 2 digits. */
const classes = new Uint8Array(128);
for (let c = 65; c <= 90; c++) classes[c] = classes[c + 32] = 1;
for (let c = 48; c <= 57; c++) classes[c] = 2;
classes[95] = 1;

/**
 * A line of the usual form: nothing, `label:`, or a mnemonic with up to four operands, and a comment. Groups: the word, the
 * colon of a label, the first operand and the size behind it (DATA), the other operands (blanks may be behind them). What is special is left out: quotes, division, directives,
 * several statements on a line, commas in brackets. A regular expression is machine code at once, long before a loop here is.
 */
export const usualLine: RegExp = makeUsualLine();

function makeUsualLine(): RegExp {
  const char = "[^\\r\\0,;:\"'()\\\\#/]";
  const operand = `${char}*(?:\\(${char}*\\)${char}*)*`;
  const next = `(?:,[ \\t]*(${operand}))?`;
  const comment = "(?://(?!go:build(?:[ \\t]|$)).*)?";
  const word = "[A-Za-z_][A-Za-z0-9_]*";
  return new RegExp(
    `^[ \\t]*(?:(${word})(?:(:)|[ \\t]+(${operand})(?:/([0-9]))?${next}${next}${next})?)?[ \\t]*${comment}$`,
    "s",
  );
}

/**
 * Splits assembly source into tokens. Blanks separate and vanish, newlines are tokens, comments are skipped (but counted
 * for line numbers). Answers to text/scanner as cmd/asm sets it up.
 */
export class Tokenizer implements TokenReader {
  private at = 0;
  private start = 0;
  private end = 0;
  private kind: number = Tok.EOF;
  private restEnd = 0;
  /** The line by the newlines that were tokens or in comments, and by all that were read. */
  private lineNumber = 1;
  private scanLine = 1;
  private lineStart = 0;

  constructor(
    private readonly src: string,
    /** Takes the starts of lines; null for text that is no file. */
    private readonly file: SourceFile | null,
    /** Reports a malformed token, by line and byte column; reading goes on. */
    private readonly report: (line: number, col: number, message: string) => void,
  ) {}

  /** Reports at the start of the token being read. */
  private malformed(message: string): void {
    this.report(this.scanLine, this.start - this.lineStart + 1, message);
  }

  text(): string {
    return this.src.slice(this.start, this.end);
  }

  line(): number {
    return this.lineNumber;
  }

  col(): number {
    return this.end - this.lineStart;
  }

  /** Enters the start of the line after offset, as an offset in the file. */
  private newline(offset: number): void {
    this.lineStart = offset + 1;
    this.lineNumber++;
    this.scanLine++;
    this.file?.lineStarts.push(offset + 1);
  }

  /** The rest of the line, without its end; undefined if it has none or what follows is to be reported. */
  rest(): string | undefined {
    const end = this.src.indexOf("\n", this.at);
    if (end < 0 || this.src.charCodeAt(end + 1) === 0) return undefined;
    this.restEnd = end;
    return this.src.slice(this.at, end);
  }

  /** Goes on behind what rest has just given. */
  skipRest(): void {
    this.at = this.restEnd + 1;
    this.newline(this.restEnd);
  }

  next(): number {
    const src = this.src;
    for (;;) {
      let c = src.charCodeAt(this.at);
      if (c === 0 && this.at === 0) this.report(1, 1, "invalid character NUL");
      while (c === 32 || c === 9 || c === 13) {
        c = src.charCodeAt(++this.at);
        if (c === 0) this.report(this.scanLine, this.at - this.lineStart + 1, "invalid character NUL");
      }
      this.start = this.at;
      if (this.at >= src.length) {
        this.end = this.at;
        return (this.kind = Tok.EOF);
      }
      if (c === 47) {
        const d = src.charCodeAt(this.at + 1);
        if (d === 47 || d === 42) {
          if (this.comment(d === 42)) return (this.kind = Tok.BuildComment);
          continue;
        }
      }
      const line = this.scanLine;
      const column = this.start - this.lineStart + 1;
      this.kind = this.scan(c);
      this.end = this.at;
      // What follows is looked at while the token is read.
      if (src.charCodeAt(this.at) === 0) this.report(line, column, "invalid character NUL");
      return this.kind;
    }
  }

  /** Skips a comment; true if it is a build constraint. */
  private comment(block: boolean): boolean {
    const src = this.src;
    const from = this.at;
    if (!block) {
      let e = src.indexOf("\n", from);
      if (e < 0) e = src.length;
      this.at = this.end = e;
      return (
        src.startsWith("//go:build", from) && (e === from + 10 || src[from + 10] === " " || src[from + 10] === "\t")
      );
    }
    const e = src.indexOf("*/", from + 2);
    if (e < 0) this.malformed("comment not terminated");
    const end = e < 0 ? src.length : e + 2;
    for (let i = src.indexOf("\n", from); i >= 0 && i < end; i = src.indexOf("\n", i + 1)) this.newline(i);
    this.at = this.end = end;
    return false;
  }

  private scan(c: number): number {
    const src = this.src;
    if (c < 128 ? classes[c] === 1 : isLetter(c, src, this.at)) {
      let at = this.at;
      do {
        at += c >= 0xd800 && c < 0xdc00 ? 2 : 1;
        c = src.charCodeAt(at);
      } while (c < 128 ? classes[c] !== 0 : isLetter(c, src, at) || isDigit(c, src, at));
      this.at = at;
      return Tok.Ident;
    }
    if (c >= 48 && c <= 57) return this.number();
    switch (c) {
      case 10:
        this.newline(this.at++);
        return Tok.Newline;
      case 34:
        return this.quoted(34, Tok.String);
      case 39:
        return this.quoted(39, Tok.Char);
      case 46:
        if (isDecimal(src.charCodeAt(this.at + 1))) return this.number();
        break;
    }
    const d = src.charCodeAt(this.at + 1);
    this.at++;
    if (d === 62) {
      if (c === Tok.Minus) return this.pair(Tok.Arr);
      if (c === 64) return this.pair(Tok.Rot);
      if (c === Tok.Greater) return this.pair(Tok.Rsh);
    }
    if (d === 60 && c === Tok.Less) return this.pair(Tok.Lsh);
    if (c >= 0xd800 && c < 0xdc00) this.at++;
    return c;
  }

  private pair(kind: number): number {
    this.at++;
    return kind;
  }

  private quoted(quote: number, kind: number): number {
    const src = this.src;
    const line = this.scanLine;
    const column = this.start - this.lineStart + 1;
    let i = this.at + 1;
    let chars = 0;
    for (; ; chars++) {
      const c = src.charCodeAt(i);
      if (i >= src.length || c === 10) {
        this.malformed("literal not terminated");
        // The newline goes with it, and no line is counted.
        if (c === 10) {
          this.at = i + 1;
          this.lineStart = i + 1;
          this.scanLine++;
          i++;
        }
        break;
      }
      i++;
      if (c === quote) break;
      if (c === 92) i += escapeLength(src, i);
      else if (c >= 0xd800 && c < 0xdc00) i++;
    }
    if (kind === Tok.Char && chars !== 1) this.report(line, column, "invalid char literal");
    this.at = i;
    return kind;
  }

  /** A Go number: prefix, digits with underscores, fraction, exponent. */
  private number(): number {
    const src = this.src;
    let i = this.at;
    // Most are a few decimal digits.
    let c0 = src.charCodeAt(i);
    if (c0 !== 48 && c0 !== 46) {
      do c0 = src.charCodeAt(++i);
      while (c0 >= 48 && c0 <= 57);
      if (c0 !== 46 && c0 !== 95 && (c0 | 32) !== 101 && (c0 | 32) !== 112) {
        this.at = i;
        return Tok.Int;
      }
      i = this.at;
    }
    let prefix = 0;
    let base = 10;
    let float = false;
    let digits = 0;
    let invalid = -1;
    const take = (radix: number): number => {
      let n = 0;
      for (let c = src.charCodeAt(i); isDecimal(c) || c === 95 || (radix === 16 && isHex(c)); c = src.charCodeAt(++i)) {
        if (c === 95) continue;
        n++;
        if (radix < 10 && c - 48 >= radix && invalid < 0) invalid = i;
      }
      return n;
    };
    if (src.charCodeAt(i) === 48) {
      i++;
      const x = src.charCodeAt(i) | 32;
      if (x === 120 || x === 98 || x === 111) {
        prefix = x;
        base = x === 120 ? 16 : x === 98 ? 2 : 8;
        i++;
      } else {
        prefix = 48;
        base = 8;
        digits = 1;
      }
    }
    digits += take(base);
    if (src.charCodeAt(i) === 46) {
      float = true;
      i++;
      if (prefix === 98 || prefix === 111) this.malformed(`invalid radix point in ${literalName(prefix)}`);
      digits += take(base);
    }
    if (digits === 0) this.malformed(`${literalName(prefix)} has no digits`);
    const letter = src[i];
    const e = src.charCodeAt(i) | 32;
    if (e === 101 || e === 112) {
      if (e === 101 && prefix !== 0 && prefix !== 48) this.malformed(`'${letter}' exponent requires decimal mantissa`);
      else if (e === 112 && prefix !== 120) this.malformed(`'${letter}' exponent requires hexadecimal mantissa`);
      float = true;
      i++;
      const sign = src.charCodeAt(i);
      if (sign === 43 || sign === 45) i++;
      const before = invalid;
      if (take(10) === 0) this.malformed("exponent has no digits");
      invalid = before;
    } else if (prefix === 120 && float) this.malformed("hexadecimal mantissa requires a 'p' exponent");
    if (!float && invalid >= 0) this.malformed(`invalid digit '${src[invalid]}' in ${literalName(prefix)}`);
    if (badSeparator(src.slice(this.at, i))) this.malformed("'_' must separate successive digits");
    this.at = i;
    return float ? Tok.Float : Tok.Int;
  }
}

function literalName(prefix: number): string {
  const names: Readonly<Record<number, string>> = { 120: "hexadecimal", 98: "binary", 111: "octal", 48: "octal" };
  return `${names[prefix] ?? "decimal"} literal`;
}

/** Whether an underscore stands elsewhere than between digits, or a prefix and a digit. */
function badSeparator(text: string): boolean {
  if (!text.includes("_")) return false;
  const hex = /^0x/i.test(text);
  const body = /^0[xbo]/i.test(text) ? `0${text.slice(2)}` : text;
  return (
    /(^|[^0-9A-Za-z]|__|[g-zG-Z])_|_($|[^0-9A-Fa-f])/.test(body) ||
    (!hex && /[A-Za-z]_|_[A-Za-z]/.test(body)) ||
    /__/.test(body)
  );
}

/** Length of what follows a backslash. */
function escapeLength(src: string, at: number): number {
  const c = src[at];
  if (c === "x") return 3;
  if (c === "u") return 5;
  if (c === "U") return 9;
  return c !== undefined && c >= "0" && c <= "7" ? 3 : 1;
}

function isDecimal(c: number): boolean {
  return c >= 48 && c <= 57;
}

function isHex(c: number): boolean {
  const l = c | 32;
  return l >= 97 && l <= 102;
}

/** For characters beyond ASCII; NaN is the end of the text. */
function isLetter(c: number, src: string, at: number): boolean {
  if (Number.isNaN(c)) return false;
  return c === 0xb7 || c === 0x2215 || /^\p{L}/u.test(src.slice(at, at + 2));
}

function isDigit(c: number, src: string, at: number): boolean {
  return !Number.isNaN(c) && /^\p{Nd}/u.test(src.slice(at, at + 2));
}
