/** Kinds of tokens: a character's own code for punctuation, else one of these (text/scanner and cmd/asm/internal/lex). */
export const enum Tok {
  EOF = -1,
  Ident = -2,
  Int = -3,
  Float = -4,
  Char = -5,
  String = -6,
  Comment = -8,
  /** << >> -> @> */
  Lsh = -1000,
  Rsh = -1001,
  Arr = -1002,
  Rot = -1003,
  /** A //go:build comment. */
  BuildComment = -1005,
  /** Name of a function-like macro used without arguments: not to be expanded again. */
  MacroName = -1006,

  Newline = 10,
  Hash = 35,
  Dollar = 36,
  Percent = 37,
  And = 38,
  LParen = 40,
  RParen = 41,
  Star = 42,
  Plus = 43,
  Comma = 44,
  Minus = 45,
  Dot = 46,
  Slash = 47,
  Colon = 58,
  Semicolon = 59,
  Less = 60,
  Greater = 62,
  LBracket = 91,
  Backslash = 92,
  RBracket = 93,
  Caret = 94,
  Or = 124,
  Tilde = 126,
}

/** A token as operands and macro bodies hold it: middle dot and division slash are '.' and '/' by now. */
export class Token {
  readonly text: string;
  constructor(
    readonly kind: number,
    text: string,
  ) {
    this.text = kind === Tok.Ident || kind === Tok.MacroName ? plainName(text) : text;
  }
}

/** Replaces the two letters that stand for '.' and '/' in symbol names. */
export function plainName(text: string): string {
  // The engine searches faster than a loop here does, above all before it is compiled.
  const dots = text.includes("\u00b7") ? text.replaceAll("\u00b7", ".") : text;
  return dots.includes("\u2215") ? dots.replaceAll("\u2215", "/") : dots;
}

/** The end of an operand. */
export const endToken = new Token(Tok.EOF, "EOF");

/** What messages call a kind of token. */
export function tokenName(kind: number): string {
  switch (kind) {
    case Tok.EOF:
      return "EOF";
    case Tok.Ident:
      return "identifier";
    case Tok.Int:
      return "integer constant";
    case Tok.Float:
      return "float constant";
    case Tok.Char:
      return "rune constant";
    case Tok.String:
      return "string constant";
    case Tok.Comment:
      return "comment";
    case Tok.Newline:
      return "'\\n'";
    default:
      return kind < 0 ? "'\ufffd'" : kind === 39 ? "'\\''" : `'${String.fromCodePoint(kind)}'`;
  }
}

/** A stream of tokens; text, file and line are those of the last one. */
export interface TokenReader {
  next(): number;
  text(): string;
  /** Column after the last token, to tell adjacent tokens from separate ones. */
  col(): number;
  line(): number;
}
