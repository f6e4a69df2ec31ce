// The head of a Go file as the go command reads it: package clause, imports, comments before them, in the words of go/scanner
// and go/parser (which are not the compiler's). go/build/read.go.
import { decodeUtf8 } from "#base";
import { unicodeName, unquote } from "#constant";

/** A text and its byte offset. */
export interface At {
  readonly text: string;
  readonly offset: number;
}

export interface GoHeader {
  readonly packageName: string;
  /** Offset of the package keyword; the size of the file if there is none. */
  readonly packageOffset: number;
  /** Unquoted paths, each at the start of its specification (the name, if it has one). */
  readonly imports: readonly At[];
  /** The first thing that is wrong, or null. */
  readonly error: At | null;
  /** The path of an import that cannot be one: reported in another form than the rest. */
  readonly badPath: At | null;
}

const enum Tok {
  EOF,
  Illegal,
  /** Names, numbers, characters: what messages show as it stands. */
  Literal,
  Ident,
  String,
  Keyword,
  Semicolon,
  Lparen,
  Rparen,
  Rbrace,
  Comma,
  Period,
  Other,
}

const keywords = new Set(
  (
    "break case chan const continue default defer else fallthrough for func go goto if import interface map package " +
    "range return select struct switch type var"
  ).split(" "),
);

const letter = /^[\p{L}_]$/u;
const letterOrDigit = /^[\p{L}\p{Nd}_]$/u;

/** go/scanner, as far as heads of files need it: one token at a time, comments left out. */
export class GoScanner {
  offset = 0;
  start = 0;
  tok: Tok = Tok.EOF;
  lit = "";
  /** Starts and ends of line comments, for those who look for directives. */
  onComment: ((start: number, end: number) => void) | null = null;
  private insertSemi = false;

  constructor(
    private readonly src: Uint8Array,
    private readonly error: (offset: number, message: string) => void,
  ) {
    // The one that reads the file skips a byte order mark, and so does the scanner.
    while (this.offset < 6 && isBOM(src, this.offset)) this.offset += 3;
    if ((src[0] === 0xff && src[1] === 0xfe) || (src[0] === 0xfe && src[1] === 0xff)) {
      error(0, "illegal UTF-8 encoding (got UTF-16)");
      this.offset = src.length;
    }
  }

  /** The character at offset i and its size in bytes; reports what is no text. */
  private char(i: number): { ch: string; size: number } {
    const c = this.src[i]!;
    if (c < 0x80) {
      if (c === 0) this.error(i, "illegal character NUL");
      return { ch: String.fromCharCode(c), size: 1 };
    }
    const size = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    const ch = decodeUtf8(this.src.subarray(i, i + size));
    if (c < 0xc2 || [...ch].length !== 1 || (ch === "\ufffd" && !(c === 0xef && this.src[i + 1] === 0xbf))) {
      this.error(i, "illegal UTF-8 encoding");
      return { ch: "\ufffd", size: 1 };
    }
    if (ch === "\ufeff") this.error(i, "illegal byte order mark");
    return { ch, size };
  }

  /** The end of a run from i on of which every character satisfies the test. */
  private run(i: number, test: RegExp): number {
    while (i < this.src.length) {
      const { ch, size } = this.char(i);
      if (!test.test(ch)) break;
      i += size;
    }
    return i;
  }

  get atEnd(): boolean {
    return this.tok === Tok.EOF;
  }

  private set(tok: Tok, end: number, insertSemi: boolean, lit = ""): void {
    this.tok = tok;
    this.offset = end;
    this.insertSemi = insertSemi;
    this.lit = lit;
  }

  private text(from: number, to: number): string {
    return decodeUtf8(this.src.subarray(from, to));
  }

  next(): void {
    const { src } = this;
    for (;;) {
      let i = this.offset;
      while (i < src.length && (src[i] === 32 || src[i] === 9 || src[i] === 13 || (src[i] === 10 && !this.insertSemi)))
        i++;
      this.start = i;
      if (i >= src.length) {
        if (this.insertSemi) this.set(Tok.Semicolon, i, false, "\n");
        else this.set(Tok.EOF, i, false);
        return;
      }
      const { ch, size } = this.char(i);
      if (letter.test(ch)) {
        const end = this.run(i + size, letterOrDigit);
        const word = this.text(i, end);
        if (!keywords.has(word)) this.set(Tok.Ident, end, true, word);
        else this.set(Tok.Keyword, end, /^(break|continue|fallthrough|return)$/.test(word), word);
        return;
      }
      if (ch >= "0" && ch <= "9") {
        const end = this.run(i, /^[\w.]$/);
        this.set(Tok.Literal, end, true, this.text(i, end));
        return;
      }
      switch (ch) {
        case "\n":
          this.set(Tok.Semicolon, i + 1, false, "\n");
          return;
        case '"':
        case "'":
        case "`":
          this.quoted(i, ch);
          return;
        case "/":
          if (src[i + 1] === 0x2f || src[i + 1] === 0x2a) {
            if (this.comment(i)) return;
            continue;
          }
      }
      const punctuation: Record<string, Tok> = {
        ";": Tok.Semicolon,
        "(": Tok.Lparen,
        ")": Tok.Rparen,
        "}": Tok.Rbrace,
        ",": Tok.Comma,
        ".": Tok.Period,
      };
      const tok = punctuation[ch];
      if (tok !== undefined) this.set(tok, i + 1, ch === ")" || ch === "}", ch);
      else if ("+-*/%&|^<>=!:[]{~".includes(ch)) this.set(Tok.Other, i + 1, ch === "]", ch);
      else {
        if (ch === "“" || ch === "”") this.error(i, `curly quotation mark '${ch}' (use neutral '"')`);
        else if (ch !== "\ufeff" && ch !== "\0") this.error(i, `illegal character ${unicodeName(ch.codePointAt(0)!)}`);
        else if (ch === "\0") this.error(i, "illegal character U+0000");
        this.set(Tok.Illegal, i + size, this.insertSemi, ch);
      }
      return;
    }
  }

  /** A string or character literal at i. */
  private quoted(i: number, quote: string): void {
    const { src } = this;
    let at = i + 1;
    for (;;) {
      if (at >= src.length || (src[at] === 10 && quote !== "`")) {
        const what = quote === "`" ? "raw string" : quote === "'" ? "rune" : "string";
        this.error(i, `${what} literal not terminated`);
        break;
      }
      const { ch, size } = this.char(at);
      at += size;
      if (ch === quote) break;
      if (ch === "\\" && quote !== "`" && at < src.length && src[at] !== 10) at++;
    }
    this.set(quote === "'" ? Tok.Literal : Tok.String, at, true, this.text(i, at));
  }

  /** Passes a comment; whether it stands for a semicolon. */
  private comment(i: number): boolean {
    const { src } = this;
    if (src[i + 1] === 0x2f) {
      let end = src.indexOf(10, i);
      if (end < 0) end = src.length;
      for (let k = i + 2; k < end; ) k += src[k]! < 0x80 && src[k] !== 0 ? 1 : this.char(k).size;
      this.onComment?.(i, end);
      this.offset = end;
      return false;
    }
    let at = i + 2;
    let newline = -1;
    for (;;) {
      if (at >= src.length) {
        this.error(i, "comment not terminated");
        break;
      }
      if (src[at] === 0x2a && src[at + 1] === 0x2f) {
        at += 2;
        break;
      }
      if (src[at] === 10 && newline < 0) newline = at;
      at += src[at]! < 0x80 && src[at] !== 0 ? 1 : this.char(at).size;
    }
    this.offset = at;
    if (newline < 0 || !this.insertSemi) return false;
    this.start = newline;
    this.set(Tok.Semicolon, at, false, "\n");
    return true;
  }
}

function isBOM(src: Uint8Array, i: number): boolean {
  return src[i] === 0xef && src[i + 1] === 0xbb && src[i + 2] === 0xbf;
}

/** What is wrong with the numbers of a //line directive, or null. go/scanner's updateLineInfo. */
function lineDirectiveProblem(text: string): { at: number; text: string } | null {
  const max = 2 ** 30 - 1;
  const trailing = (s: string) => {
    const i = s.lastIndexOf(":");
    if (i < 0) return null;
    const digits = s.slice(i + 1);
    return { at: i + 1, ok: /^[0-9]+$/.test(digits) && Number(digits) < 2 ** 63, n: Number(digits) };
  };
  const last = trailing(text);
  if (last === null) return null;
  if (!last.ok) return { at: last.at, text: `invalid line number: ${text.slice(last.at)}` };
  const before = trailing(text.slice(0, last.at - 1));
  if (before?.ok !== true) {
    if (last.n > 0 && last.n <= max) return null;
    return { at: last.at, text: `invalid line number: ${text.slice(last.at)}` };
  }
  if (last.n === 0 || last.n > max) return { at: last.at, text: `invalid column number: ${text.slice(last.at)}` };
  if (before.n > 0 && before.n <= max) return null;
  return { at: before.at, text: `invalid line number: ${text.slice(before.at, last.at - 1)}` };
}

/** go/parser with ImportsOnly. */
class HeaderParser {
  readonly errors: At[] = [];
  readonly imports: { quoted: string; offset: number }[] = [];
  packageName = "";
  packageOffset: number;
  private readonly s: GoScanner;

  /** The current token is that one. */
  private at(tok: Tok): boolean {
    return this.s.tok === tok;
  }

  constructor(src: Uint8Array) {
    this.packageOffset = src.length;
    const error = (offset: number, text: string) => {
      this.errors.push({ offset, text });
    };
    this.s = new GoScanner(src, error);
    this.s.onComment = (start, end) => {
      if (start > 0 && src[start - 1] !== 10) return;
      const text = decodeUtf8(src.subarray(start, end));
      if (!text.startsWith("//line ")) return;
      const problem = lineDirectiveProblem(text.slice("//line ".length).replace(/\r$/, ""));
      if (problem !== null) error(start + "//line ".length + problem.at, problem.text);
    };
  }

  parse(): void {
    const { s } = this;
    s.next();
    if (this.errors.length > 0) return;
    if (s.tok === Tok.Keyword && s.lit === "package") {
      this.packageOffset = s.start;
      s.next();
    } else this.expected("'package'");
    if (s.tok === Tok.Ident) {
      this.packageName = s.lit;
      s.next();
    } else this.expected("'IDENT'");
    this.semi();
    if (this.errors.length > 0) return;
    while (this.at(Tok.Keyword) && s.lit === "import") {
      s.next();
      if (!this.at(Tok.Lparen)) {
        this.spec();
        continue;
      }
      s.next();
      while (this.more() && this.errors.length === 0) this.spec();
      if (this.errors.length > 0) return;
      if (this.at(Tok.Rparen)) s.next();
      else this.expected("')'");
      this.semi();
    }
  }

  private more(): boolean {
    return this.s.tok !== Tok.Rparen && this.s.tok !== Tok.EOF;
  }

  private spec(): void {
    const { s } = this;
    const offset = s.start;
    if (s.tok === Tok.Ident || s.tok === Tok.Period) s.next();
    if (s.tok === Tok.String) {
      this.imports.push({ quoted: s.lit, offset });
      s.next();
    } else if (s.tok === Tok.Ident || s.tok === Tok.Literal)
      this.errors.push({ offset: s.start, text: "import path must be a string" });
    else this.errors.push({ offset: s.start, text: "missing import path" });
    if (this.errors.length === 0) this.semi();
  }

  private semi(): void {
    const { s } = this;
    if (s.tok === Tok.Rparen || s.tok === Tok.Rbrace) return;
    if (s.tok === Tok.Semicolon) s.next();
    else if (s.tok !== Tok.EOF || this.errors.length > 0) this.expected("';'");
  }

  private expected(what: string): void {
    const { s } = this;
    let found = `'${s.lit}'`;
    if (s.tok === Tok.EOF) found = "'EOF'";
    else if (s.tok === Tok.Illegal) found = "'ILLEGAL'";
    else if (s.tok === Tok.Semicolon && s.lit === "\n") found = "newline";
    else if (s.tok === Tok.Ident || s.tok === Tok.Literal || s.tok === Tok.String) found = s.lit;
    this.errors.push({ offset: s.start, text: `expected ${what}, found ${found}` });
  }
}

/**
 * The size of the head of a file: up to the first byte that is neither in its package clause and imports nor space or comment.
 * If it is not well-formed, all of it. go/build's importReader.
 */
function headerSize(src: Uint8Array): number {
  let i = isBOM(src, 0) ? 3 : 0;
  const whole = src.length;
  let bad = false;
  const space = () => {
    for (; i < whole && !bad; i++) {
      const c = src[i];
      if (c === 32 || c === 12 || c === 9 || c === 13 || c === 10 || c === 0x3b) continue;
      if (c !== 0x2f) return;
      if (src[i + 1] === 0x2f) {
        i = src.indexOf(10, i);
        if (i < 0) i = whole;
      } else if (src[i + 1] === 0x2a) {
        i += 2;
        while (i < whole && !(src[i] === 0x2a && src[i + 1] === 0x2f)) i++;
        if (i >= whole) bad = true;
        i++;
      } else bad = true;
    }
  };
  const isIdent = (c: number) =>
    (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39) || c === 0x5f || c >= 0x80;
  const ident = () => {
    space();
    const from = i;
    while (i < whole && isIdent(src[i]!)) i++;
    if (i === from) bad = true;
    return decodeUtf8(src.subarray(from, i));
  };
  const string = () => {
    space();
    const quote = src[i++];
    if (quote !== 0x22 && quote !== 0x60) bad = true;
    for (; !bad; i++) {
      if (i >= whole || (quote === 0x22 && src[i] === 10)) bad = true;
      else if (src[i] === quote) break;
      else if (src[i] === 0x5c && quote === 0x22) i++;
    }
    i++;
  };
  const spec = () => {
    space();
    if (src[i] === 0x2e) i++;
    else if (i < whole && isIdent(src[i]!)) ident();
    string();
  };
  if (ident() !== "package") return whole;
  ident();
  for (space(); !bad && src[i] === 0x69; space()) {
    if (ident() !== "import") return whole;
    space();
    if (src[i] !== 0x28) {
      spec();
      continue;
    }
    i++;
    for (space(); !bad && i < whole && src[i] !== 0x29; space()) spec();
    i++;
  }
  return bad ? whole : Math.min(i, whole);
}

/** An import path that the language allows. */
function isValidImport(path: string): boolean {
  if (path === "") return false;
  for (const r of path) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]/u.test(r) || /\s/u.test(r)) return false;
    if ("!\"#$%&'()*,:;<=>?[\\]^{|}`\ufffd".includes(r)) return false;
  }
  return true;
}

/** Reads the head of a Go file. */
export function readGoHeader(src: Uint8Array): GoHeader {
  const head = src.subarray(0, headerSize(src));
  if (head.includes(0) && head.length < src.length)
    return { packageName: "", packageOffset: 0, imports: [], badPath: null, error: { offset: -1, text: nul } };
  const p = new HeaderParser(head);
  p.parse();
  const first = p.errors.sort((a, b) => a.offset - b.offset)[0] ?? null;
  const imports: At[] = [];
  if (first === null) {
    for (const i of p.imports) {
      const text = unquote(i.quoted) ?? "";
      if (!isValidImport(text)) return { ...headOf(p), imports: [], error: null, badPath: { offset: i.offset, text } };
      imports.push({ text, offset: i.offset });
    }
  }
  return { ...headOf(p), imports, error: first, badPath: null };
}

const nul = "unexpected NUL in input";

function headOf(p: HeaderParser): { packageName: string; packageOffset: number } {
  return { packageName: p.packageName, packageOffset: p.packageOffset };
}
