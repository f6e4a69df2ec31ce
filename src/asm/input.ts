import type { SourceFile } from "#base";

import { defineHeader, Macro } from "./header.ts";
import { tokenize } from "./tokenize.ts";
import { Tokenizer } from "./tokenizer.ts";
import { Tok, Token, type TokenReader, tokenName } from "./tokens.ts";
import { quote } from "./quote.ts";

/** An error that ends the run at once, as the preprocessor's errors do: the line to print, newline included. */
export class FatalError extends Error {}

/** A file on the stack of inputs, or (with the file's name and line) the body of a macro. */
interface Frame {
  readonly reader: TokenReader;
  /** The reader, if it is that of a file. */
  readonly source: Tokenizer | null;
  /** The file that positions belong to. */
  readonly file: SourceFile;
  /** File name for messages: what #line said last. */
  name: string;
}

class Slice implements TokenReader {
  private at = -1;
  constructor(
    private readonly tokens: readonly Token[],
    private readonly lineNumber: number,
  ) {}
  next(): number {
    this.at++;
    return this.at >= this.tokens.length ? Tok.EOF : this.tokens[this.at]!.kind;
  }
  text(): string {
    return this.at < this.tokens.length ? this.tokens[this.at]!.text : "";
  }
  line(): number {
    return this.lineNumber;
  }
  col(): number {
    return this.at;
  }
}

/** What the preprocessor needs of the outside. */
export interface Files {
  /** The text of a file, entered under name in the table of positions; undefined if it cannot be read. */
  open(path: string, name: string): { readonly text: string; readonly file: SourceFile } | undefined;
  /** One line to standard error that does not end the run. */
  warn(line: string): void;
  /** Directories of -I, in order. */
  readonly includes: readonly string[];
}

/**
 * Tokens of a source file with `#define`, `#include`, `#ifdef` and the like carried out (cmd/asm/internal/lex/input.go).
 * Its errors are fatal.
 */
export class Input {
  private readonly stack: Frame[] = [];
  private readonly macros = new Map<string, Macro>();
  private readonly conditions: boolean[] = [];
  private beginningOfLine = true;
  private lastText = "";
  private peeked: { readonly kind: number; readonly text: string } | null = null;
  private readonly dirs: readonly string[];

  constructor(
    name: string,
    private readonly files: Files,
    defines: readonly string[],
  ) {
    const slash = name.lastIndexOf("/");
    this.dirs = [slash < 0 ? "." : name.slice(0, slash) || "/", ...files.includes];
    for (const d of defines) {
      const eq = d.indexOf("=");
      const macro = eq > 0 ? d.slice(0, eq) : d;
      this.macros.set(macro, new Macro(macro, null, tokenize(eq > 0 ? d.slice(eq + 1) : "1")));
    }
    const f = files.open(name, name);
    if (f === undefined) throw new FatalError(`asm: open ${name}: no such file or directory\n`);
    this.pushFile(name, f.text, f.file);
  }

  private pushFile(name: string, text: string, file: SourceFile): void {
    const source = new Tokenizer(text, file, (line, col, m) => this.files.warn(`${name}:${line}:${col}: ${m}\n`));
    this.push({ reader: source, source, file, name });
  }

  /** Where a statement may begin: the rest of the line, if all of it comes from a file. It is still to be read or skipped. */
  rest(): string | undefined {
    const source = this.top.source;
    return source === null || this.peeked !== null || !this.enabled ? undefined : source.rest();
  }

  /** Goes on behind the line that rest has just given. */
  skipRest(): void {
    this.top.source!.skipRest();
    this.beginningOfLine = true;
    this.lastText = "\n";
  }

  /** Counts the changes of macros: as long as it is the same, the same text means the same. */
  macroChanges = 0;

  isMacro(name: string): boolean {
    return this.macros.has(name);
  }

  /** The tokens of an operand of a usual line, expanded; undefined if that takes more than plain macros or names no token. */
  operandTokens(text: string): Token[] | undefined {
    let usual = true;
    const t = new Tokenizer(text, null, () => {
      usual = false;
    });
    const out: Token[] = [];
    this.nesting = 0;
    for (let kind = t.next(); kind !== Tok.EOF && usual; kind = t.next()) {
      const name = t.text();
      usual = this.expand(new Token(kind, name), name, out, 0);
    }
    // Brackets that a macro opens or closes would keep commas together.
    return usual && this.nesting === 0 ? out : undefined;
  }

  private nesting = 0;

  /** Appends a token, or what stands for it if name is that of a macro; false if that is not for operandTokens. */
  private expand(token: Token, name: string, out: Token[], depth: number): boolean {
    switch (token.kind) {
      case Tok.Ident: {
        const macro = this.macros.get(name);
        if (macro === undefined) break;
        if (macro.args !== null || depth > 10) return false;
        for (const t of macro.tokens) if (!this.expand(t, t.text, out, depth + 1)) return false;
        return true;
      }
      case Tok.LParen:
      case Tok.LBracket:
        this.nesting++;
        break;
      case Tok.RParen:
      case Tok.RBracket:
        this.nesting--;
        break;
      case Tok.Comma:
      case Tok.Colon:
      case Tok.Semicolon:
      case Tok.Newline:
      case Tok.Hash:
      case Tok.MacroName:
      case Tok.BuildComment:
        return false;
    }
    out.push(token);
    return true;
  }

  private push(f: Frame): void {
    if (this.stack.length > 100) this.fail("input recursion");
    this.stack.push(f);
    this.top = f;
  }

  /** The innermost input. */
  private top!: Frame;

  /** File name of the last token, for messages. */
  get fileName(): string {
    return this.top.name;
  }

  /** The file that positions of the last token are in. */
  get file(): SourceFile {
    return this.top.file;
  }

  /** Line of the last token, in the file proper. */
  get line(): number {
    return this.top.reader.line();
  }

  get text(): string {
    return this.lastText;
  }

  private fail(message: string): never {
    throw new FatalError(`${this.top.name}:${this.line}: ${message}\n`);
  }

  private failGot(message: string): never {
    this.fail(`${message} ; got ${quote(this.top.reader.text())}`);
  }

  /** The next token of the stack, before macros. */
  private raw(): number {
    let kind = this.top.reader.next();
    while (kind === Tok.EOF && this.stack.length > 1) {
      this.stack.pop();
      this.top = this.stack[this.stack.length - 1]!;
      kind = this.top.reader.next();
    }
    return kind;
  }

  private rawText(): string {
    return this.top.reader.text();
  }

  private get enabled(): boolean {
    return this.conditions.length === 0 || this.conditions[this.conditions.length - 1]!;
  }

  /** The next token after macro expansion. '#' is returned once a directive was carried out. */
  next(): number {
    if (this.peeked !== null) {
      const { kind, text } = this.peeked;
      this.peeked = null;
      this.lastText = text;
      return kind;
    }
    for (let nesting = 0; nesting < 100; ) {
      const kind = this.raw();
      if (kind === Tok.Hash) {
        if (!this.beginningOfLine) this.fail("'#' must be first item on line");
        this.beginningOfLine = this.directive();
        this.lastText = "#";
        return Tok.Hash;
      }
      if (kind === Tok.Ident) {
        const text = this.rawText();
        const macro = this.macros.get(text);
        if (macro !== undefined) {
          nesting++;
          this.invoke(macro);
          continue;
        }
        this.beginningOfLine = false;
        if (this.enabled) {
          this.lastText = text;
          return kind;
        }
        continue;
      }
      if (kind === Tok.EOF && this.conditions.length > 0) this.fail("unclosed #ifdef or #ifndef");
      this.beginningOfLine = kind === Tok.Newline;
      if (this.enabled) {
        this.lastText = this.rawText();
        return kind;
      }
    }
    return this.fail("recursive macro invocation");
  }

  private directive(): boolean {
    if (this.raw() !== Tok.Ident) this.failGot("expected identifier after '#'");
    const word = this.rawText();
    if (!this.enabled) {
      switch (word) {
        case "else":
        case "endif":
        case "ifdef":
        case "ifndef":
        case "line":
          break;
        default:
          return false;
      }
    }
    switch (word) {
      case "define":
        this.define();
        break;
      case "else":
        this.otherwise();
        break;
      case "endif":
        this.expectNewline("#endif");
        if (this.conditions.length === 0) this.fail("unmatched #endif");
        this.conditions.pop();
        break;
      case "ifdef":
        this.ifdef(true);
        break;
      case "ifndef":
        this.ifdef(false);
        break;
      case "include":
        this.include();
        break;
      case "line":
        this.lineDirective();
        break;
      case "undef":
        this.undef();
        break;
      default:
        this.fail(`unexpected token after '#': ${word}`);
    }
    return true;
  }

  private expectNewline(directive: string): void {
    if (this.raw() !== Tok.Newline) this.failGot(`expected newline after ${directive}`);
  }

  private macroName(): string {
    if (this.raw() !== Tok.Ident) this.failGot("expected identifier after # directive");
    return this.rawText();
  }

  private define(): void {
    const name = this.macroName();
    const macro = this.definition(name);
    if (this.macros.has(name)) this.fail(`redefinition of macro: ${name}`);
    this.macros.set(name, macro);
    this.macroChanges++;
  }

  private definition(name: string): Macro {
    const before = this.top.reader.col();
    let kind = this.raw();
    if (kind === Tok.Newline || kind === Tok.EOF) return new Macro(name, null, []);
    let args: string[] | null = null;
    // Only an adjacent parenthesis makes parameters.
    if (kind === Tok.LParen && this.top.reader.col() === before + 1) {
      args = [];
      let acceptArg = true;
      parameters: for (;;) {
        kind = this.raw();
        switch (kind) {
          case Tok.RParen:
            kind = this.raw();
            break parameters;
          case Tok.Comma:
            if (acceptArg) this.fail(`bad syntax in definition for macro: ${name}`);
            acceptArg = true;
            break;
          case Tok.Ident: {
            if (!acceptArg) this.fail(`bad syntax in definition for macro: ${name}`);
            const arg = this.rawText();
            if (args.includes(arg)) this.fail(`duplicate argument ${arg} in definition for macro: ${name}`);
            args.push(arg);
            acceptArg = false;
            break;
          }
          default:
            this.fail(`bad definition for macro: ${name}`);
        }
      }
    }
    const tokens: Token[] = [];
    while (kind !== Tok.Newline) {
      if (kind === Tok.EOF) this.fail(`missing newline in definition for macro: ${name}`);
      if (kind === Tok.Backslash) {
        kind = this.raw();
        if (kind !== Tok.Newline && kind !== Tok.Backslash)
          this.fail(`can only escape \\ or \\n in definition for macro: ${name}`);
      }
      tokens.push(new Token(kind, this.rawText()));
      kind = this.raw();
    }
    return new Macro(name, args, tokens);
  }

  private pushTokens(tokens: readonly Token[]): void {
    const t = this.top;
    this.push({ reader: new Slice(tokens, t.reader.line()), source: null, file: t.file, name: t.name });
  }

  private invoke(macro: Macro): void {
    if (macro.args === null) {
      this.pushTokens(macro.tokens);
      return;
    }
    const kind = this.raw();
    if (kind !== Tok.LParen) {
      this.peeked = { kind, text: this.lastText };
      this.pushTokens([new Token(Tok.MacroName, macro.name)]);
      return;
    }
    const actuals = this.actuals(macro, macro.args);
    const tokens: Token[] = [];
    for (const t of macro.tokens) {
      const actual = t.kind === Tok.Ident ? actuals.get(t.text) : undefined;
      if (actual === undefined) tokens.push(t);
      else for (const a of actual) tokens.push(a);
    }
    this.pushTokens(tokens);
  }

  private actuals(macro: Macro, formals: readonly string[]): Map<string, Token[]> {
    let lists: Token[][] = [];
    for (;;) {
      const list: Token[] = [];
      const end = this.argument(macro, list);
      lists.push(list);
      if (end === Tok.RParen) break;
    }
    if (formals.length === 0 && lists.length === 1 && lists[0]!.length === 0) lists = [];
    else if (lists.length !== formals.length) this.fail(`wrong arg count for macro ${macro.name}`);
    const map = new Map<string, Token[]>();
    for (let i = 0; i < lists.length; i++) {
      // An empty argument leaves the parameter's name in place.
      if (lists[i]!.length > 0) map.set(formals[i]!, lists[i]!);
    }
    return map;
  }

  private argument(macro: Macro, into: Token[]): number {
    let nesting = 0;
    for (;;) {
      const kind = this.raw();
      if (kind === Tok.EOF || kind === Tok.Newline) this.fail(`unterminated arg list invoking macro: ${macro.name}`);
      if (nesting === 0 && (kind === Tok.RParen || kind === Tok.Comma)) return kind;
      if (kind === Tok.LParen) nesting++;
      if (kind === Tok.RParen) nesting--;
      into.push(new Token(kind, this.rawText()));
    }
  }

  private ifdef(wanted: boolean): void {
    const name = this.macroName();
    this.expectNewline("#if[n]def");
    this.conditions.push(this.enabled && this.macros.has(name) === wanted);
  }

  private otherwise(): void {
    this.expectNewline("#else");
    const n = this.conditions.length;
    if (n === 0) this.fail("unmatched #else");
    if (n === 1 || this.conditions[n - 2]!) this.conditions[n - 1] = !this.conditions[n - 1]!;
  }

  private include(): void {
    if (this.raw() !== Tok.String) this.failGot("expected string after #include");
    const name = unquote(this.rawText());
    if (name === undefined) this.fail("unquoting include file name:  invalid syntax");
    this.expectNewline("#include");
    let f = this.files.open(name, name);
    for (let i = 0; f === undefined && i < this.dirs.length; i++) f = this.files.open(join(this.dirs[i]!, name), name);
    if (f === undefined)
      this.fail(`#include: open ${join(this.dirs[this.dirs.length - 1]!, name)}: no such file or directory`);
    if (defineHeader(f.text, this.macros)) this.macroChanges++;
    else this.pushFile(name, f.text, f.file);
  }

  /** #line 337 "filename" */
  private lineDirective(): void {
    if (this.raw() !== Tok.Int) this.failGot("expected line number after #line");
    const line = Number(this.rawText().replaceAll("_", ""));
    if (this.raw() !== Tok.String) this.failGot("expected file name in #line");
    const name = unquote(this.rawText());
    if (name === undefined) this.fail("unquoting #line file name:  invalid syntax");
    const end = this.raw();
    if (end !== Tok.Newline) this.fail(`unexpected token at end of #line:  ${tokenName(end)}`);
    const t = this.top;
    t.name = name;
    // Go's assembler counts from the line after the next one, so the next one has the number before.
    const starts = t.file.lineStarts;
    t.file.addDirective(starts[starts.length - 1]!, name, line - 1, 0);
  }

  private undef(): void {
    const name = this.macroName();
    if (!this.macros.has(name)) this.fail(`#undef for undefined macro: ${name}`);
    if (this.raw() !== Tok.Newline) this.fail(`syntax error in #undef for macro: ${name}`);
    this.macros.delete(name);
    this.macroChanges++;
  }
}

function join(dir: string, name: string): string {
  const out: string[] = [];
  const path = `${dir}/${name}`;
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && out.length > 0 && out[out.length - 1] !== "..") out.pop();
    else out.push(part);
  }
  return (path.startsWith("/") ? "/" : "") + out.join("/");
}

/** The bytes, as char codes 0..255, that a Go string or rune literal denotes; undefined if it is malformed. */
export function unquote(literal: string): string | undefined {
  const q = literal[0];
  if (literal.length < 2 || literal[literal.length - 1] !== q) return undefined;
  let out = "";
  for (let i = 1; i < literal.length - 1; i++) {
    const c = literal.codePointAt(i)!;
    if (c !== 92) {
      out += utf8(c);
      if (c > 0xffff) i++;
      continue;
    }
    const e = literal[++i];
    const simple = e === undefined ? -1 : "abfnrtv\\'\"".indexOf(e);
    if (simple >= 0) {
      if ((e === "'" || e === '"') && e !== q) return undefined;
      out += "\x07\b\f\n\r\t\v\\'\""[simple]!;
      continue;
    }
    const width = e === "x" ? 2 : e === "u" ? 4 : e === "U" ? 8 : 0;
    if (width > 0) {
      const digits = literal.slice(i + 1, i + 1 + width);
      if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length !== width) return undefined;
      const v = Number.parseInt(digits, 16);
      out += width === 2 ? String.fromCharCode(v) : utf8(v);
      i += width;
    } else {
      const digits = literal.slice(i, i + 3);
      if (!/^[0-3][0-7][0-7]$/.test(digits)) return undefined;
      out += String.fromCharCode(Number.parseInt(digits, 8));
      i += 2;
    }
  }
  return out;
}

function utf8(c: number): string {
  if (c < 0x80) return String.fromCharCode(c);
  if (c < 0x800) return String.fromCharCode(0xc0 | (c >> 6), 0x80 | (c & 63));
  if (c < 0x10000) return String.fromCharCode(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
  return String.fromCharCode(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
}
