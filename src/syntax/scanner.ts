// Source bytes to tokens: semicolon insertion, literals with gc's checks, directives. Answers to
// cmd/compile/internal/syntax/scanner.go and source.go. The token is in the scanner's fields; nothing is allocated for it.
import { decodeUtf8, type SourceFile } from "#base";
import { decodeRune, hashSeed, internBytes, internedString, internedToken } from "./intern.ts";
import { quoteRune, unicodeName } from "#constant";
import { LitKind, Operator, Prec, Token } from "./tokens.ts";

/** Bits of charClass. */
const enum Class {
  Letter = 1,
  Digit = 2,
  Hex = 4,
  /** A token by itself, whatever comes next. */
  Single = 8,
  /** The start of an operator. */
  Operator = 16,
}

const charClass = new Uint8Array(256);
for (let c = 0; c < 256; c++) {
  const lower = c | 0x20;
  if ((lower >= 0x61 && lower <= 0x7a) || c === 0x5f) charClass[c] = Class.Letter;
  if (c >= 0x30 && c <= 0x39) charClass[c] = Class.Digit | Class.Hex;
  if (lower >= 0x61 && lower <= 0x66) charClass[c]! |= Class.Hex;
}

/** The tokens of the characters of class Single; those after which a newline ends the statement have endsStatement too. */
const singles = new Uint8Array(128);
const endsStatement = 0x80;
function single(char: string, tok: number): void {
  charClass[char.charCodeAt(0)]! |= Class.Single;
  singles[char.charCodeAt(0)] = tok;
}
single("(", Token.Lparen);
single("[", Token.Lbrack);
single("{", Token.Lbrace);
single(",", Token.Comma);
single(")", Token.Rparen | endsStatement);
single("]", Token.Rbrack | endsStatement);
single("}", Token.Rbrace | endsStatement);

/**
 * Operators by their first and second character: token | Operator << 8 | Prec << 16, and whether a `=` or the end of the
 * statement may follow. Tables where gc has a switch: the scanner is one function, and each case that is first met after it
 * was optimised would have it optimised again.
 */
const operatorTable = new Int32Array(16 * 16);
/** Characters of operators to their rows in operatorTable; 0 for others. */
const operatorRow = new Uint8Array(256);
const assignable = 1 << 24;
const endsStatementOperator = 1 << 25;
function operator(text: string, tok: Token, op: Operator = Operator.None, prec: Prec = Prec.None, flags = 0): void {
  const at = operatorRow[text.charCodeAt(0)]! * 16 + (text.length > 1 ? operatorRow[text.charCodeAt(1)]! : 0);
  operatorTable[at] = tok | (op << 8) | (prec << 16) | flags;
}
const operatorChars = "=:+-*%&|^<>!~";
for (let k = 0; k < operatorChars.length; k++) {
  const c = operatorChars.charCodeAt(k);
  charClass[c]! |= Class.Operator;
  operatorRow[c] = k + 1;
}
operator("=", Token.Assign);
operator("==", Token.Operator, Operator.Eql, Prec.Cmp);
operator(":", Token.Colon);
operator(":=", Token.Define);
operator("!", Token.Operator, Operator.Not);
operator("!=", Token.Operator, Operator.Neq, Prec.Cmp);
operator("~", Token.Operator, Operator.Tilde);
operator("<", Token.Operator, Operator.Lss, Prec.Cmp);
operator("<=", Token.Operator, Operator.Leq, Prec.Cmp);
operator("<-", Token.Arrow);
operator(">", Token.Operator, Operator.Gtr, Prec.Cmp);
operator(">=", Token.Operator, Operator.Geq, Prec.Cmp);
operator("&&", Token.Operator, Operator.AndAnd, Prec.AndAnd);
operator("||", Token.Operator, Operator.OrOr, Prec.OrOr);
operator("++", Token.IncOp, Operator.Add, Prec.Add, endsStatementOperator);
operator("--", Token.IncOp, Operator.Sub, Prec.Add, endsStatementOperator);
operator("<<", Token.Operator, Operator.Shl, Prec.Mul, assignable);
operator(">>", Token.Operator, Operator.Shr, Prec.Mul, assignable);
operator("&^", Token.Operator, Operator.AndNot, Prec.Mul, assignable);
function arithmetic(char: string, op: Operator, prec: Prec): void {
  operator(char, op === Operator.Mul ? Token.Star : Token.Operator, op, prec);
  operator(`${char}=`, Token.AssignOp, op, prec);
}
arithmetic("+", Operator.Add, Prec.Add);
arithmetic("-", Operator.Sub, Prec.Add);
arithmetic("|", Operator.Or, Prec.Add);
arithmetic("^", Operator.Xor, Prec.Add);
arithmetic("*", Operator.Mul, Prec.Mul);
arithmetic("%", Operator.Rem, Prec.Mul);
arithmetic("&", Operator.And, Prec.Mul);

const unicodeLetter = /^\p{L}$/u;
const unicodeDigit = /^\p{Nd}$/u;

/** After which keywords a newline ends the statement. */
function keywordEndsStatement(tok: Token): boolean {
  return tok === Token.Break || tok === Token.Continue || tok === Token.Fallthrough || tok === Token.Return;
}

/** Bytes with the one zero byte behind them that the scanner stops at. */
export function withSentinel(bytes: Uint8Array): Uint8Array {
  // Whole words, for prescan.
  const padded = new Uint8Array(new ArrayBuffer((bytes.length + 4) & ~3), 0, bytes.length + 1);
  padded.set(bytes);
  return padded;
}

/** Literals of more bytes are not interned: they are few, and seldom there twice. */
const longLiteral = 12;

interface EncodingError {
  readonly offset: number;
  readonly message: string;
}

export abstract class Scanner {
  /** Position of the first byte. */
  private readonly base: number;
  /** The source and a zero byte behind it. */
  src: Uint8Array;
  size: number;
  /** Where reading goes on. */
  offset = 0;
  private nlsemi = false;
  /** NUL, invalid UTF-8 and BOM found beforehand, reported when the scanner has come past them. */
  private encodingErrors: EncodingError[] | null = null;
  private encodingErrorsSeen = 0;
  /**
   * In a text with bytes that are none, as the compiler reads it: src is without these bytes, and this says where each byte
   * of src was, and the end. They are part of the token that they stand in or before all the same.
   */
  private origin: Int32Array | null = null;
  private original: Uint8Array;

  // The current token.
  /** Byte offset of the token. */
  start = 0;
  /** Position of the token. */
  pos = 0;
  tok: Token = Token.None;
  /** For Name its interned text; for Semi "semicolon", "newline" or "EOF". */
  lit = "";
  litKind: LitKind = LitKind.Int;
  /** The literal is malformed. */
  bad = false;
  op: Operator = Operator.None;
  prec: Prec = Prec.None;

  /** Calls onComment for every comment if set. */
  reportComments = false;

  constructor(
    readonly source: SourceFile,
    /** From withSentinel. */
    padded: Uint8Array,
  ) {
    this.base = source.base;
    this.src = padded;
    this.original = padded;
    this.size = padded.length - 1;
  }

  /** The position of a byte of src. */
  protected posAt(offset: number): number {
    return this.base + (this.origin === null ? offset : this.origin[offset]!);
  }

  /** Reports a lexical error. */
  abstract errorAt(pos: number, message: string): void;

  /** Reports a lexical error at a byte of src. */
  private errorAtOffset(offset: number, message: string): void {
    this.errorAt(this.posAt(offset), message);
  }

  /** Sees `//go:`, `//line ` and `/*line ` comments: src[start, end) without the newline. */
  abstract onDirective(start: number, end: number): void;

  onComment(_start: number, _end: number): void {}

  /** One pass over the bytes: finds the lines, and whatever is not UTF-8. To be called once before the first token. */
  prescan(): void {
    const src = this.src;
    const size = this.size;
    const lines = this.source.lineStarts;
    const words = new Int32Array(src.buffer, src.byteOffset, size >> 2);
    let i = 0;
    while (i < size) {
      if ((i & 3) === 0) {
        // Four bytes at a time, as long as none of them is a newline, NUL or beyond ASCII.
        let k = i >> 2;
        while (k < words.length) {
          const w = words[k]!;
          const x = w ^ 0x0a0a0a0a;
          if (((((x - 0x01010101) & ~x) | ((w - 0x01010101) & ~w) | w) & 0x80808080) !== 0) break;
          k++;
        }
        i = k << 2;
        if (i >= size) break;
      }
      const c = src[i]!;
      if (c === 10) lines.push(i + 1);
      else if (c === 0) this.encodingError(i, "invalid NUL character");
      else if (c >= 0x80) i += this.prescanRune(i) - 1;
      i++;
    }
    if (this.encodingErrors !== null) this.leaveOutBadBytes(this.encodingErrors);
  }

  /** The width of the rune at offset i. */
  private prescanRune(i: number): number {
    const r = decodeRune(this.src, i, this.size);
    if (r === 0xfffd * 8 + 1) this.encodingError(i, "invalid UTF-8 encoding");
    else if (r >>> 3 === 0xfeff && i > 0) this.encodingError(i, "invalid BOM in the middle of the file");
    return r & 7;
  }

  private leaveOutBadBytes(errors: readonly EncodingError[]): void {
    const { src, size } = this;
    const origin = new Int32Array(size + 1);
    const clean = new Uint8Array(size + 1);
    let n = 0;
    let k = 0;
    for (let i = 0; i < size; i++) {
      if (k < errors.length && errors[k]!.offset === i) {
        // A byte order mark has three bytes.
        if (errors[k++]!.message.includes("BOM")) i += 2;
        continue;
      }
      if (i === 0 && src[0] === 0xef && src[1] === 0xbb && src[2] === 0xbf) {
        i = 2;
        continue;
      }
      origin[n] = i;
      clean[n++] = src[i]!;
    }
    origin[n] = size;
    this.origin = origin;
    this.src = clean.subarray(0, n + 1);
    this.size = n;
  }

  private encodingError(offset: number, message: string): void {
    this.encodingErrors ??= [];
    this.encodingErrors.push({ offset, message });
  }

  /** Makes tok the next token. */
  next(): void {
    this.scan();
    if (this.origin !== null) this.nextAmongBadBytes(this.origin);
  }

  private nextAmongBadBytes(origin: Int32Array): void {
    this.flushEncodingErrors(origin[this.offset]!);
    this.pos = this.posAt(this.start);
    const from = origin[this.start]!;
    const to = origin[this.offset]!;
    if (to - from === this.offset - this.start || (this.tok < Token.Break && this.tok !== Token.Name)) return;
    // Even a keyword is a name when it has such a byte in it.
    let h = hashSeed;
    for (let k = from; k < to; k++) h = (Math.imul(h, 33) ^ this.original[k]!) | 0;
    this.lit = internedString(internBytes(this.original, from, to, h));
    this.tok = Token.Name;
    this.nlsemi = true;
  }

  private flushEncodingErrors(before: number): void {
    const list = this.encodingErrors!;
    while (this.encodingErrorsSeen < list.length && list[this.encodingErrorsSeen]!.offset < before) {
      const e = list[this.encodingErrorsSeen++]!;
      this.errorAt(this.base + e.offset, e.message);
    }
  }

  private scan(): void {
    const src = this.src;
    const classes = charClass;
    const nlsemi = this.nlsemi;
    let i = this.offset;
    for (;;) {
      let c = src[i]!;
      while (c === 32 || c === 9 || c === 13 || (c === 10 && !nlsemi)) c = src[++i]!;
      this.start = i;
      this.pos = this.base + i;
      const kind = classes[c]!;
      if ((kind & Class.Letter) !== 0) {
        let h = hashSeed;
        const start = i;
        do {
          h = (Math.imul(h, 33) ^ c) | 0;
          c = src[++i]!;
        } while ((classes[c]! & (Class.Letter | Class.Digit)) !== 0);
        if (c >= 0x80) {
          this.nonASCIIName(i);
          return;
        }
        this.offset = i;
        const entry = internBytes(src, start, i, h);
        const tok = internedToken(entry);
        this.tok = tok;
        if (tok === Token.Name) {
          this.nlsemi = true;
          this.lit = internedString(entry);
        } else this.nlsemi = keywordEndsStatement(tok);
        return;
      }
      if ((kind & Class.Single) !== 0) {
        const tok = singles[c]!;
        this.tok = tok & 0x7f;
        this.nlsemi = tok >= endsStatement;
        this.offset = i + 1;
        return;
      }
      if (c === 0x2e) {
        const d = src[i + 1]!;
        if (d !== 0x2e && (d < 0x30 || d > 0x39)) {
          this.nlsemi = false;
          this.tok = Token.Dot;
          this.offset = i + 1;
          return;
        }
      } else if (c === 10) {
        this.nlsemi = false;
        this.offset = i + 1;
        this.lit = "newline";
        this.tok = Token.Semi;
        return;
      } else if ((kind & Class.Operator) !== 0) {
        const row = operatorRow[c]! << 4;
        i++;
        let e = operatorTable[row + operatorRow[src[i]!]!]!;
        if (e === 0) e = operatorTable[row]!;
        else if (operatorRow[src[i]!] !== 0) i++;
        this.op = (e >> 8) & 0xff;
        this.prec = (e >> 16) & 0xff;
        this.tok = e & 0xff;
        this.nlsemi = (e & endsStatementOperator) !== 0;
        if ((e & assignable) !== 0 && src[i] === 0x3d) {
          this.tok = Token.AssignOp;
          i++;
        }
        this.offset = i;
        return;
      }
      if (c === 0x2f ? this.slash(i) : this.otherToken(c, i)) return;
      i = this.offset;
    }
  }

  /** A comment that is no token (false; offset is behind it), or a division. */
  private slash(i: number): boolean {
    const d = this.src[i + 1]!;
    if (d === 0x2f) {
      this.lineComment(i + 2);
      return false;
    }
    if (d === 0x2a) {
      const end = this.fullComment(i + 2);
      if (!this.nlsemi || !this.hasNewline(i, end)) return false;
      this.lit = "newline";
      this.simple(Token.Semi, end);
    } else {
      this.op = Operator.Div;
      this.prec = Prec.Mul;
      if (d === 0x3d) this.simple(Token.AssignOp, i + 2);
      else this.simple(Token.Operator, i + 1);
    }
    this.nlsemi = false;
    return true;
  }

  /** What is left: literals, semicolons, dots, the end, and what is no token (false; offset is behind it). */
  private otherToken(c: number, i: number): boolean {
    const nlsemi = this.nlsemi;
    this.nlsemi = false;
    if ((charClass[c]! & Class.Digit) !== 0) this.integer(i);
    else if (c === 0x22) this.stdString(i + 1);
    else if (c === 0x27) this.rune(i + 1);
    else if (c === 0x60) this.rawString(i + 1);
    else if (c === 0x2e) {
      if (this.src[i + 1] !== 0x2e) this.number(i + 1, true);
      else if (this.src[i + 2] === 0x2e) this.simple(Token.DotDotDot, i + 3);
      else this.simple(Token.Dot, i + 1);
    } else if (c === 0x3b) {
      this.lit = "semicolon";
      this.simple(Token.Semi, i + 1);
    } else if (c === 0) {
      this.offset = this.size;
      this.tok = Token.EOF;
      if (nlsemi) {
        this.lit = "EOF";
        this.tok = Token.Semi;
      }
    } else {
      this.nlsemi = nlsemi;
      return this.otherCharacter(c, i);
    }
    return true;
  }

  private otherCharacter(c: number, i: number): boolean {
    if (c < 0x80) {
      this.errorAtOffset(i, `invalid character ${unicodeName(c)}`);
      this.offset = i + 1;
      return false;
    }
    const r = decodeRune(this.src, i, this.size);
    const rune = r >>> 3;
    if (rune === 0xfeff) {
      this.offset = i + 3; // at the start it is none of the text; elsewhere it was left out
      return false;
    }
    const ch = String.fromCodePoint(rune);
    if (!unicodeLetter.test(ch)) {
      if (unicodeDigit.test(ch)) this.errorAtOffset(i, `identifier cannot begin with digit ${unicodeName(rune)}`);
      else this.errorAtOffset(i, `invalid character ${unicodeName(rune)} in identifier`);
    }
    this.nonASCIIName(i + (r & 7));
    return true;
  }

  /** The rest, from offset i on, of a name that holds more than ASCII. */
  private nonASCIIName(i: number): void {
    const end = this.identTail(i);
    let h = hashSeed;
    for (let k = this.start; k < end; k++) h = (Math.imul(h, 33) ^ this.src[k]!) | 0;
    this.lit = internedString(internBytes(this.src, this.start, end, h));
    this.tok = Token.Name;
    this.nlsemi = true;
    this.offset = end;
  }

  private simple(tok: Token, offset: number): void {
    this.tok = tok;
    this.offset = offset;
  }

  private hasNewline(from: number, to: number): boolean {
    return this.src.subarray(from, to).indexOf(10) >= 0;
  }

  /** The end of an identifier that holds more than ASCII, from offset i on. */
  private identTail(i: number): number {
    const src = this.src;
    for (;;) {
      const c = src[i]!;
      if ((charClass[c]! & (Class.Letter | Class.Digit)) !== 0) {
        i++;
        continue;
      }
      if (c < 0x80) return i;
      const r = decodeRune(src, i, this.size);
      const rune = r >>> 3;
      const ch = String.fromCodePoint(rune);
      if (!unicodeLetter.test(ch) && !unicodeDigit.test(ch))
        this.errorAtOffset(i, `invalid character ${unicodeName(rune)} in identifier`);
      i += r & 7;
    }
  }

  /** The source text of the current Literal token. */
  literalText(): string {
    const { src, start, offset } = this;
    if (offset - start > longLiteral || this.origin !== null) return this.textOf(start, offset);
    // Most are there again and again.
    let h = hashSeed;
    for (let i = start; i < offset; i++) h = (Math.imul(h, 33) ^ src[i]!) | 0;
    return internedString(internBytes(src, start, offset, h));
  }

  protected textOf(start: number, end: number): string {
    if (this.origin !== null) return decodeUtf8(this.original.subarray(this.origin[start]!, this.origin[end]!));
    return decodeUtf8(this.src.subarray(start, end));
  }

  private literal(kind: LitKind, ok: boolean, end: number): Token {
    this.nlsemi = true;
    this.tok = Token.Literal;
    this.litKind = kind;
    this.bad = !ok;
    this.offset = end;
    return Token.Literal;
  }

  /** Plain decimal and hexadecimal integers are nearly all numbers there are. i is the first digit. */
  private integer(i: number): void {
    const src = this.src;
    let k = i + 1;
    let c = src[k]!;
    if (src[i] === 0x30) {
      if ((c | 0x20) === 0x78) {
        do c = src[++k]!;
        while ((charClass[c]! & Class.Hex) !== 0);
        if (k === i + 2) c = 0x2e;
      } else if (c >= 0x30 && c <= 0x39) c = 0x2e;
    } else while (c >= 0x30 && c <= 0x39) c = src[++k]!;
    if (c !== 0x2e && (charClass[c]! & Class.Letter) === 0) this.literal(LitKind.Int, true, k);
    else this.number(i, false);
  }

  // Numbers. i is the first digit, or for ".5" the digit after the point.
  private number(i: number, seenPoint: boolean): Token {
    const src = this.src;
    let c = src[i]!;
    let ok = true;
    let kind = LitKind.Int;
    let base = 10;
    let prefix = 0;
    let digsep = 0;
    let invalid = -1;
    if (!seenPoint) {
      if (c === 0x30) {
        const p = src[++i]! | 0x20;
        if (p === 0x78) {
          i++;
          base = 16;
          prefix = p;
        } else if (p === 0x6f) {
          i++;
          base = 8;
          prefix = p;
        } else if (p === 0x62) {
          i++;
          base = 2;
          prefix = p;
        } else {
          base = 8;
          prefix = 0x30;
          digsep = 1;
        }
      }
      for (; ; i++) {
        c = src[i]!;
        if (c === 0x5f) digsep |= 2;
        else if (base === 16 ? (charClass[c]! & Class.Hex) !== 0 : c >= 0x30 && c <= 0x39) {
          digsep |= 1;
          if (base < 10 && c >= 0x30 + base && invalid < 0) invalid = i;
        } else break;
      }
      if (c === 0x2e) {
        if (prefix === 0x6f || prefix === 0x62) {
          this.errorAtOffset(i, `invalid radix point in ${baseName(base)} literal`);
          ok = false;
        }
        i++;
        seenPoint = true;
      }
    }
    if (seenPoint) {
      kind = LitKind.Float;
      for (; ; i++) {
        c = src[i]!;
        if (c === 0x5f) digsep |= 2;
        else if (base === 16 ? (charClass[c]! & Class.Hex) !== 0 : c >= 0x30 && c <= 0x39) digsep |= 1;
        else break;
      }
    }
    if ((digsep & 1) === 0 && ok) {
      this.errorAtOffset(i, `${baseName(base)} literal has no digits`);
      ok = false;
    }
    c = src[i]!;
    const e = c | 0x20;
    if (e === 0x65 || e === 0x70) {
      if (ok) {
        if (e === 0x65 && prefix !== 0 && prefix !== 0x30) {
          this.errorAtOffset(i, `${quoteRune(c)} exponent requires decimal mantissa`);
          ok = false;
        } else if (e === 0x70 && prefix !== 0x78) {
          this.errorAtOffset(i, `${quoteRune(c)} exponent requires hexadecimal mantissa`);
          ok = false;
        }
      }
      i++;
      kind = LitKind.Float;
      if (src[i] === 0x2b || src[i] === 0x2d) i++;
      let ds = 0;
      for (; ; i++) {
        c = src[i]!;
        if (c === 0x5f) ds |= 2;
        else if (c >= 0x30 && c <= 0x39) ds |= 1;
        else break;
      }
      digsep = ds | (digsep & 2);
      if ((ds & 1) === 0 && ok) {
        this.errorAtOffset(i, "exponent has no digits");
        ok = false;
      }
    } else if (prefix === 0x78 && kind === LitKind.Float && ok) {
      this.errorAtOffset(i, "hexadecimal mantissa requires a 'p' exponent");
      ok = false;
    }
    if (src[i] === 0x69) {
      kind = LitKind.Imag;
      i++;
    }
    if (kind === LitKind.Int && invalid >= 0 && ok) {
      this.errorAtOffset(invalid, `invalid digit ${quoteRune(src[invalid]!)} in ${baseName(base)} literal`);
      ok = false;
    }
    if ((digsep & 2) !== 0 && ok) {
      const at = invalidSeparator(src, this.start, i);
      if (at >= 0) {
        this.errorAtOffset(at, "'_' must separate successive digits");
        ok = false;
      }
    }
    return this.literal(kind, ok, i);
  }

  private rune(i: number): Token {
    const src = this.src;
    let ok = true;
    for (let n = 0; ; n++) {
      const c = src[i]!;
      if (c === 0x27) {
        if (ok) {
          if (n === 0) {
            this.errorAtOffset(i, "empty rune literal or unescaped '");
            ok = false;
          } else if (n !== 1) {
            this.errorAtOffset(this.start, "more than one character in rune literal");
            ok = false;
          }
        }
        i++;
        break;
      }
      if (c === 0x5c) {
        i = this.escape(i + 1, 0x27);
        if (i < 0) {
          i = ~i;
          ok = false;
        }
        continue;
      }
      if (c === 10) {
        if (ok) {
          this.errorAtOffset(i, "newline in rune literal");
          ok = false;
        }
        break;
      }
      if (c === 0 && i >= this.size) {
        if (ok) {
          this.errorAtOffset(this.start, "rune literal not terminated");
          ok = false;
        }
        break;
      }
      if (c < 0x80) i++;
      else i += decodeRune(src, i, this.size) & 7;
    }
    return this.literal(LitKind.Rune, ok, i);
  }

  private stdString(i: number): Token {
    const src = this.src;
    let ok = true;
    for (;;) {
      const c = src[i]!;
      if (c === 0x22) {
        i++;
        break;
      }
      if (c === 0x5c) {
        i = this.escape(i + 1, 0x22);
        if (i < 0) {
          i = ~i;
          ok = false;
        }
        continue;
      }
      if (c === 10) {
        this.errorAtOffset(i, "newline in string");
        ok = false;
        break;
      }
      if (c === 0 && i >= this.size) {
        this.errorAtOffset(this.start, "string not terminated");
        ok = false;
        break;
      }
      i++;
    }
    return this.literal(LitKind.String, ok, i);
  }

  private rawString(i: number): Token {
    const end = this.src.indexOf(0x60, i);
    if (end < 0) {
      this.errorAtOffset(this.start, "string not terminated");
      return this.literal(LitKind.String, false, this.size);
    }
    return this.literal(LitKind.String, true, end + 1);
  }

  /** Checks the escape sequence whose first character after the backslash is at i; its end, or ~end if it is wrong. */
  private escape(i: number, quote: number): number {
    const src = this.src;
    let n: number;
    let base: number;
    let max: number;
    const c = src[i]!;
    switch (c) {
      case 0x61:
      case 0x62:
      case 0x66:
      case 0x6e:
      case 0x72:
      case 0x74:
      case 0x76:
      case 0x5c:
        return i + 1;
      case 0x30:
      case 0x31:
      case 0x32:
      case 0x33:
      case 0x34:
      case 0x35:
      case 0x36:
      case 0x37:
        n = 3;
        base = 8;
        max = 255;
        break;
      case 0x78:
        i++;
        n = 2;
        base = 16;
        max = 255;
        break;
      case 0x75:
        i++;
        n = 4;
        base = 16;
        max = 0x10ffff;
        break;
      case 0x55:
        i++;
        n = 8;
        base = 16;
        max = 0x10ffff;
        break;
      default:
        if (c === quote) return i + 1;
        if (i >= this.size) return i; // the caller complains
        this.errorAtOffset(i, "unknown escape");
        return ~i;
    }
    let x = 0;
    for (; n > 0; n--) {
      if (i >= this.size) return i;
      const d = src[i]!;
      let digit = 99;
      if (d >= 0x30 && d <= 0x39) digit = d - 0x30;
      else if ((d | 0x20) >= 0x61 && (d | 0x20) <= 0x66) digit = (d | 0x20) - 0x61 + 10;
      if (digit >= base) {
        const ch = decodeRune(src, i, this.size) >>> 3;
        this.errorAtOffset(i, `invalid character ${quoteRune(ch)} in ${baseName(base)} escape`);
        return ~i;
      }
      x = x * base + digit;
      i++;
    }
    if (x > max && base === 8) {
      this.errorAtOffset(i, `octal escape value ${x} > 255`);
      return ~i;
    }
    if (x > max || (x >= 0xd800 && x < 0xe000)) {
      const name = x > 0x10ffff ? `U+${x.toString(16).toUpperCase()}` : unicodeName(x);
      this.errorAtOffset(i, `escape is invalid Unicode code point ${name}`);
      return ~i;
    }
    return i;
  }

  /** The end (the newline) of a line comment whose text starts at i. */
  private lineComment(i: number): number {
    const src = this.src;
    let end = src.indexOf(10, i);
    if (end < 0) end = this.size;
    this.offset = end;
    if (this.reportComments) this.onComment(this.start, end);
    const c = src[i]!;
    if (c === 0x67) {
      if (src[i + 1] === 0x6f && src[i + 2] === 0x3a) this.onDirective(this.start, end);
    } else if (c === 0x6c && this.startsWithLine(i)) this.onDirective(this.start, end);
    return end;
  }

  /** The end of a block comment whose text starts at i. */
  private fullComment(i: number): number {
    const src = this.src;
    let end = i;
    for (;;) {
      end = src.indexOf(0x2f, end);
      if (end < 0) {
        this.offset = this.size;
        this.errorAtOffset(this.start, "comment not terminated");
        return this.size;
      }
      if (end > i && src[end - 1] === 0x2a) break;
      end++;
    }
    end++;
    this.offset = end;
    if (this.reportComments) this.onComment(this.start, end);
    if (src[i] === 0x6c && this.startsWithLine(i)) this.onDirective(this.start, end);
    return end;
  }

  private startsWithLine(i: number): boolean {
    const src = this.src;
    return src[i] === 0x6c && src[i + 1] === 0x69 && src[i + 2] === 0x6e && src[i + 3] === 0x65 && src[i + 4] === 0x20;
  }

  /**
   * With `{` as the current token, goes to the token after the matching `}` without looking at what is between (line
   * directives excepted). The offset of that `}`, or -1 if there is none.
   */
  skipBlock(): number {
    const src = this.src;
    const size = this.size;
    let depth = 1;
    let i = this.offset;
    for (;;) {
      const c = src[i++]!;
      if (c > 0x60 && c < 0x7b) continue; // lower-case letters, most of what there is
      switch (c) {
        case 0x7b:
          depth++;
          break;
        case 0x7d:
          if (--depth === 0) {
            this.offset = i;
            this.nlsemi = true;
            this.next();
            return i - 1;
          }
          break;
        case 0x60:
          i = src.indexOf(0x60, i) + 1;
          if (i === 0) i = size;
          break;
        case 0x22:
        case 0x27:
          for (;;) {
            const d = src[i]!;
            if (d === c) {
              i++;
              break;
            }
            if (d === 10 || (d === 0 && i >= size)) break;
            i += d === 0x5c && src[i + 1] !== 10 ? 2 : 1;
          }
          break;
        case 0x2f:
          if (src[i] === 0x2f || src[i] === 0x2a) {
            const block = src[i] === 0x2a;
            this.start = i - 1;
            if (!block && src[i + 1] === 0x67) {
              // Directives inside a body are seen when the body is parsed.
              i = src.indexOf(10, i);
              if (i < 0) i = size;
            } else i = block ? this.fullComment(i + 1) : this.lineComment(i + 1);
          }
          break;
        case 0:
          if (i > size) {
            this.offset = size;
            this.nlsemi = false;
            this.next();
            return -1;
          }
          break;
      }
    }
  }

  /** Continues at a byte offset, as if at the start of a statement. */
  seek(offset: number): void {
    this.offset = offset;
    this.nlsemi = false;
    this.next();
  }
}

function baseName(base: number): string {
  return base === 2 ? "binary" : base === 8 ? "octal" : base === 10 ? "decimal" : "hexadecimal";
}

/** Offset of the first underscore in the number src[start, end) that is not between digits, or -1. */
function invalidSeparator(src: Uint8Array, start: number, end: number): number {
  let hex = false;
  // What came before: "_", "0" for a digit, "." for anything else. A prefix counts as a digit.
  let d = 0x2e;
  let i = start;
  if (end - start >= 2 && src[start] === 0x30) {
    const p = src[start + 1]! | 0x20;
    hex = p === 0x78;
    if (hex || p === 0x6f || p === 0x62) {
      d = 0x30;
      i += 2;
    }
  }
  for (; i < end; i++) {
    const before = d;
    d = src[i]!;
    if (d === 0x5f) {
      if (before !== 0x30) return i;
    } else if ((d >= 0x30 && d <= 0x39) || (hex && (charClass[d]! & Class.Hex) !== 0)) d = 0x30;
    else {
      if (before === 0x5f) return i - 1;
      d = 0x2e;
    }
  }
  return d === 0x5f ? end - 1 : -1;
}
