import { Reg } from "#arch";
import { ABI, type Addr, AddrName, AddrType, type Ctxt } from "#obj";
import { unquote } from "./input.ts";
import { endToken, Tok, type Token, tokenName } from "./tokens.ts";
import { quote } from "./quote.ts";
import { registers } from "./registers.ts";

const mask64 = (1n << 64n) - 1n;

/** Parses one operand at a time: addresses, registers, constants with their expressions (cmd/asm/internal/asm/parse.go). */
export abstract class OperandParser {
  protected input: readonly Token[] = [];
  protected inputPos = 0;
  /** The instruction being assembled is a jump: a bare name is a label. */
  protected isJump = false;

  constructor(
    protected readonly ctxt: Ctxt,
    /** Whether <ABI0> and <ABIInternal> may be written. */
    protected readonly allowABI: boolean,
    /** Put before names that begin with '.'. */
    protected readonly pkgPrefix: string,
  ) {}

  /** Reports an error on the current line. */
  protected abstract errorf(message: string): void;

  protected start(operand: readonly Token[]): void {
    this.input = operand;
    this.inputPos = 0;
  }

  protected next(): Token {
    return this.inputPos < this.input.length ? this.input[this.inputPos++]! : endToken;
  }

  protected peek(): number {
    return this.inputPos < this.input.length ? this.input[this.inputPos]!.kind : Tok.EOF;
  }

  private back(): void {
    this.inputPos--;
  }

  private expect(kind: number, message: string): void {
    if (this.peek() !== kind) this.errorf(`expected ${message}, found ${this.next().text}`);
  }

  protected get(kind: number): Token {
    this.expect(kind, tokenName(kind));
    return this.next();
  }

  private expectEnd(): void {
    this.expect(Tok.EOF, "end of operand");
  }

  private have(kind: number): boolean {
    for (let i = this.inputPos; i < this.input.length; i++) if (this.input[i]!.kind === kind) return true;
    return false;
  }

  protected isRegister(name: string): boolean {
    return registers.has(name);
  }

  qualify(name: string): string {
    return name.startsWith(".") ? this.pkgPrefix + name : name;
  }

  /** Parses tokens as an operand into a. */
  protected address(tokens: readonly Token[], a: Addr): void {
    this.start(tokens);
    this.operand(a);
  }

  private operand(a: Addr): void {
    if (this.input.length === 0) {
      this.errorf("empty operand: cannot happen");
      return;
    }
    let prefix = 0;
    if (this.peek() === Tok.Dollar || this.peek() === Tok.Star) prefix = this.next().kind;

    const tok = this.next();
    if (tok.kind === Tok.Ident && !this.isRegister(tok.text)) {
      this.symbolReference(a, this.qualify(tok.text), prefix);
      if (this.peek() === Tok.EOF) return;
    }
    if (tok.kind === Tok.LBracket) {
      if (prefix !== 0) this.errorf("illegal use of register list");
      this.registerList(a);
      this.expectEnd();
      return;
    }
    if (tok.kind === Tok.Ident && this.isRegister(tok.text)) {
      const r = this.register(tok.text, prefix);
      if (r !== undefined) {
        if (r.scale !== 0) this.errorf("expected simple register reference");
        a.type = AddrType.Reg;
        a.reg = r.reg;
      }
      this.expectEnd();
      return;
    }
    let constant = false;
    switch (tok.kind) {
      case Tok.Int:
      case Tok.Float:
      case Tok.String:
      case Tok.Char:
      case Tok.Plus:
      case Tok.Minus:
      case Tok.Tilde:
        constant = true;
        break;
      case Tok.LParen: {
        const inner = this.next();
        if (inner.kind === Tok.EOF) {
          this.errorf("missing right parenthesis");
          return;
        }
        this.back();
        constant = !this.isRegister(inner.text);
        if (!constant) this.back();
        break;
      }
    }
    if (constant) {
      this.back();
      if (this.have(Tok.Float)) {
        if (prefix !== Tok.Dollar) this.errorf("floating-point constant must be an immediate");
        setFloat(a, this.floatExpr());
        this.expectEnd();
        return;
      }
      if (this.have(Tok.String)) {
        if (prefix !== Tok.Dollar) {
          this.errorf("string constant must be an immediate");
          return;
        }
        const s = unquote(this.get(Tok.String).text);
        if (s === undefined) this.errorf("string parse error: invalid syntax");
        a.type = AddrType.SConst;
        a.str = s ?? "";
        this.expectEnd();
        return;
      }
      this.offset(a);
      if (this.peek() !== Tok.LParen) {
        a.type = prefix === Tok.Dollar ? AddrType.Const : prefix === Tok.Star ? AddrType.Indir : AddrType.Mem;
        this.expectEnd();
        return;
      }
    }
    this.registerIndirect(a, prefix);
    this.expectEnd();
  }

  /** An expression, into offset and hi. */
  private offset(a: Addr): void {
    // Nearly all are one small number.
    if (this.peek() === Tok.Int && !isOperator(this.input[this.inputPos + 1])) {
      const v = smallInt(this.input[this.inputPos]!.text);
      if (v >= 0) {
        this.inputPos++;
        a.offset = v | 0;
        a.hi = Math.floor(v / 4294967296);
        return;
      }
    }
    const v = this.expr();
    a.offset = Number(BigInt.asIntN(32, v));
    a.hi = Number(BigInt.asIntN(32, v >> 32n));
  }

  private register(name: string, prefix: number): { reg: number; scale: number } | undefined {
    const reg = registers.get(name);
    if (reg === undefined) {
      this.errorf(`expected register; found ${name}`);
      return undefined;
    }
    if (prefix !== 0 && prefix !== Tok.Star)
      this.errorf(
        `prefix ${String.fromCharCode(prefix)} not allowed for register: ${String.fromCharCode(prefix)}${name}`,
      );
    const c = this.peek();
    if (c === Tok.Colon || c === Tok.Comma || c === Tok.Plus) {
      switch (this.next().kind) {
        case Tok.Comma:
          this.errorf("(register,register) not supported on this architecture");
          return undefined;
        case Tok.Plus:
          this.errorf("(register+register) not supported on this architecture");
          return undefined;
      }
      const second = this.next().text;
      if (!registers.has(second)) {
        this.errorf(`expected register; found ${second}`);
        return undefined;
      }
    }
    let scale = 0;
    if (this.peek() === Tok.Star) {
      this.next();
      const s = this.next().text;
      if (s === "1" || s === "2" || s === "4" || s === "8") scale = Number(s);
      else this.errorf(`bad scale: ${s}`);
    }
    return { reg, scale };
  }

  /** sym±offset(SB), the symbol read already. */
  private symbolReference(a: Addr, name: string, prefix: number): void {
    a.type = prefix === 0 ? AddrType.Mem : prefix === Tok.Dollar ? AddrType.Addr : AddrType.Indir;
    const { isStatic, abi } = this.symbolAttributes(name, true);
    if (this.peek() === Tok.Plus || this.peek() === Tok.Minus) this.offset(a);
    a.sym = isStatic ? this.ctxt.lookupStatic(name) : this.ctxt.lookupABI(name, abi);
    if (this.peek() === Tok.EOF) {
      if (prefix === 0 && this.isJump) return;
      this.errorf(`illegal or missing addressing mode for symbol ${name}`);
      return;
    }
    this.get(Tok.LParen);
    const reg = this.get(Tok.Ident).text;
    this.get(Tok.RParen);
    this.setPseudo(a, reg, isStatic, prefix);
  }

  private setPseudo(a: Addr, reg: string, isStatic: boolean, prefix: number): void {
    if (a.reg !== Reg.None) this.errorf(`internal error: reg ${reg} already set in pseudo`);
    switch (reg) {
      case "FP":
        a.name = AddrName.Param;
        break;
      case "PC":
        if (prefix !== 0) this.errorf("illegal addressing mode for PC");
        a.type = AddrType.Branch;
        break;
      case "SB":
        a.name = isStatic ? AddrName.Static : AddrName.Extern;
        break;
      case "SP":
        a.name = AddrName.Auto;
        break;
      default:
        this.errorf(`expected pseudo-register; found ${reg}`);
    }
    if (prefix === Tok.Dollar) a.type = AddrType.Addr;
  }

  /** The optional <>, <ABI0> or <ABIInternal> after a name. */
  private symbolAttributes(name: string, report: boolean): { isStatic: boolean; abi: ABI } {
    let isStatic = false;
    let abi: ABI = ABI.ABI0;
    if (this.peek() !== Tok.Less) return { isStatic, abi };
    this.next();
    if (this.peek() === Tok.Greater) isStatic = true;
    else if (this.peek() === Tok.Ident) {
      const text = this.get(Tok.Ident).text;
      if (!this.allowABI) {
        if (report) this.errorf(`ABI selector only permitted when compiling runtime, reference was to ${quote(name)}`);
      } else if (text === "ABIInternal") abi = ABI.ABIInternal;
      else if (text !== "ABI0" && report)
        this.errorf(`malformed ABI selector ${quote(text)} in reference to ${quote(name)}`);
    }
    this.get(Tok.Greater);
    return { isStatic, abi };
  }

  /** [$|*]sym[<abi>][+Int](SB): what -gensymabis looks for. */
  protected funcAddress(): { name: string; abi: ABI } | undefined {
    if (this.peek() === Tok.Dollar || this.peek() === Tok.Star) this.next();
    let tok = this.next();
    if (tok.kind !== Tok.Ident || this.isRegister(tok.text)) return undefined;
    const name = this.qualify(tok.text);
    const { isStatic, abi } = this.symbolAttributes(name, false);
    if (isStatic) return undefined;
    tok = this.next();
    if (tok.kind === Tok.Plus) {
      if (this.next().kind !== Tok.Int) return undefined;
      tok = this.next();
    }
    if (tok.kind !== Tok.LParen) return undefined;
    const reg = this.next();
    if (reg.kind !== Tok.Ident || reg.text !== "SB") return undefined;
    if (this.next().kind !== Tok.RParen || this.peek() !== Tok.EOF) return undefined;
    return { name, abi };
  }

  /** (R), (R*scale), (R)(R*scale), or (FP) and the like. */
  private registerIndirect(a: Addr, prefix: number): void {
    this.get(Tok.LParen);
    const tok = this.next();
    const r = this.register(tok.text, 0);
    if (r === undefined) this.errorf(`indirect through non-register ${tok.text}`);
    this.get(Tok.RParen);
    a.type = AddrType.Mem;
    if (r === undefined) return;
    if (r.reg < 0) {
      if (tok.text !== "PC" && a.name === AddrName.None) this.errorf(`cannot reference ${tok.text} without a symbol`);
      this.setPseudo(a, tok.text, false, prefix);
      return;
    }
    a.reg = r.reg;
    if (prefix === Tok.Dollar) a.type = AddrType.Addr;
    if (r.scale === 0 && this.peek() === Tok.LParen) {
      this.next();
      const second = this.next();
      const i = this.register(second.text, 0);
      if (i === undefined) this.errorf(`indirect through non-register ${second.text}`);
      else {
        a.index = i.reg;
        a.scale = i.scale;
      }
      this.get(Tok.RParen);
    } else if (r.scale !== 0) {
      a.reg = Reg.None;
      a.index = r.reg;
      a.scale = r.scale;
    }
  }

  /** [X0-X3], the bracket read already. */
  private registerList(a: Addr): void {
    const lowName = this.next().text;
    const low = registers.get(lowName);
    if (low === undefined) {
      if (lowName === "EOF") this.errorf("register list: expected ']', found EOF");
      else this.errorf(`register list: bad low register in \`[${lowName}\``);
      return;
    }
    const dash = this.next();
    if (dash.kind !== Tok.Minus) {
      this.errorf(`register list: expected '-' after \`[${lowName}\`, found ${tokenName(dash.kind)}`);
      return;
    }
    const highName = this.next().text;
    const high = registers.get(highName);
    if (high === undefined) {
      this.errorf(`register list: bad high register in \`[${lowName}-${highName}\``);
      return;
    }
    const end = this.next();
    if (end.kind !== Tok.RBracket)
      this.errorf(`register list: expected ']' after \`[${lowName}-${highName}\`, found ${tokenName(end.kind)}`);
    a.type = AddrType.RegList;
    a.reg = low;
    a.index = high;
  }

  // Expressions are unsigned 64-bit numbers; precedence is Go's.

  protected expr(): bigint {
    let v = this.term();
    for (;;) {
      switch (this.peek()) {
        case Tok.Plus:
          this.next();
          v = (v + this.term()) & mask64;
          break;
        case Tok.Minus:
          this.next();
          v = (v - this.term()) & mask64;
          break;
        case Tok.Or:
          this.next();
          v |= this.term();
          break;
        case Tok.Caret:
          this.next();
          v ^= this.term();
          break;
        default:
          return v;
      }
    }
  }

  private term(): bigint {
    let v = this.factor();
    for (;;) {
      switch (this.peek()) {
        case Tok.Star:
          this.next();
          v = (v * this.factor()) & mask64;
          break;
        case Tok.Slash: {
          this.next();
          if (highBit(v)) this.errorf("divide of value with high bit set");
          const d = this.factor();
          if (d === 0n) this.errorf("division by zero");
          else v /= d;
          break;
        }
        case Tok.Percent: {
          this.next();
          const d = this.factor();
          if (highBit(v)) this.errorf("modulo of value with high bit set");
          if (d === 0n) this.errorf("modulo by zero");
          else v %= d;
          break;
        }
        case Tok.Lsh: {
          this.next();
          const n = this.factor();
          if (highBit(n)) this.errorf("negative left shift count");
          return n >= 64n ? 0n : (v << n) & mask64;
        }
        case Tok.Rsh: {
          this.next();
          const n = this.term();
          if (highBit(n)) this.errorf("negative right shift count");
          if (highBit(v)) this.errorf("right shift of value with high bit set");
          v = n >= 64n ? 0n : v >> n;
          break;
        }
        case Tok.And:
          this.next();
          v &= this.factor();
          break;
        default:
          return v;
      }
    }
  }

  private factor(): bigint {
    const tok = this.next();
    switch (tok.kind) {
      case Tok.Int:
        return this.atoi(tok.text);
      case Tok.Char: {
        const s = unquoteRune(tok.text);
        if (s === undefined) {
          this.errorf("invalid syntax");
          return 0n;
        }
        return BigInt(s);
      }
      case Tok.Plus:
        return this.factor();
      case Tok.Minus:
        return -this.factor() & mask64;
      case Tok.Tilde:
        return ~this.factor() & mask64;
      case Tok.LParen: {
        const v = this.expr();
        if (this.next().kind !== Tok.RParen) this.errorf("missing closing paren");
        return v;
      }
    }
    this.errorf(`unexpected ${tok.text} evaluating expression`);
    return 0n;
  }

  private atoi(text: string): bigint {
    const v = parseInteger(text);
    if (v === undefined) {
      this.errorf(`strconv.ParseUint: parsing ${quote(text)}: invalid syntax`);
      return 0n;
    }
    if (v > mask64) {
      this.errorf(`strconv.ParseUint: parsing ${quote(text)}: value out of range`);
      return mask64;
    }
    return v;
  }

  /** A decimal that must be an int64 and not negative. */
  protected positiveAtoi(text: string): number {
    const v = parseInteger(text);
    if (v === undefined) {
      this.errorf(`strconv.ParseInt: parsing ${quote(text)}: invalid syntax`);
      return 0;
    }
    if (v >> 63n !== 0n) this.errorf(`strconv.ParseInt: parsing ${quote(text)}: value out of range`);
    return Number(v);
  }

  private floatExpr(): number {
    const tok = this.next();
    switch (tok.kind) {
      case Tok.LParen: {
        const v = this.floatExpr();
        if (this.next().kind !== Tok.RParen) this.errorf("missing closing paren");
        return v;
      }
      case Tok.Plus:
        return this.floatExpr();
      case Tok.Minus:
        return -this.floatExpr();
      case Tok.Float:
        return parseFloatLiteral(tok.text);
    }
    this.errorf(`unexpected ${tok.text} evaluating float expression`);
    return 0;
  }
}

function highBit(v: bigint): boolean {
  return v >> 63n !== 0n;
}

function isOperator(t: Token | undefined): boolean {
  return t !== undefined && t.kind !== Tok.LParen && t.kind !== Tok.RParen;
}

/** The value of a literal below 2^53 without prefix (but 0x), -1 if it is not that simple. */
function smallInt(text: string): number {
  const n = text.length;
  if (n > 2 && n <= 15 && text.charCodeAt(0) === 48 && (text.charCodeAt(1) | 32) === 120) {
    let v = 0;
    for (let i = 2; i < n; i++) {
      const c = text.charCodeAt(i);
      const d = c >= 48 && c <= 57 ? c - 48 : (c | 32) >= 97 && (c | 32) <= 102 ? (c | 32) - 87 : -1;
      if (d < 0) return -1;
      v = v * 16 + d;
    }
    return v;
  }
  if (n > 15 || (n > 1 && text.charCodeAt(0) === 48)) return -1;
  let v = 0;
  for (let i = 0; i < n; i++) {
    const d = text.charCodeAt(i) - 48;
    if (d < 0 || d > 9) return -1;
    v = v * 10 + d;
  }
  return v;
}

/** An integer literal of any base with underscores; undefined if malformed. */
function parseInteger(text: string): bigint | undefined {
  const t = text.replaceAll("_", "");
  if (/^0[0-7]+$/.test(t)) return BigInt(`0o${t.slice(1)}`);
  if (!/^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0|[1-9][0-9]*)$/.test(t)) return undefined;
  return BigInt(t);
}

function parseFloatLiteral(text: string): number {
  const t = text.replaceAll("_", "");
  const m = /^0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/.exec(t);
  if (m === null) return Number(t);
  const digits = BigInt(`0x${m[1]}${m[2]}`);
  return Number(digits) * 2 ** (Number(m[3]) - 4 * m[2]!.length);
}

/** The code point of a rune literal. */
function unquoteRune(literal: string): number | undefined {
  const bytes = unquote(literal);
  if (bytes === undefined || bytes.length === 0) return undefined;
  const c = bytes.charCodeAt(0);
  if (c < 0x80) return c;
  if (bytes.length === 1) return 0xfffd;
  const n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  let v = c & (0xff >> (n + 1));
  for (let i = 1; i < n; i++) v = (v << 6) | (bytes.charCodeAt(i) & 63);
  return v;
}

const float = new DataView(new ArrayBuffer(8));

/** Makes a a floating-point constant. */
function setFloat(a: Addr, v: number): void {
  float.setFloat64(0, v, true);
  a.type = AddrType.FConst;
  a.offset = float.getInt32(0, true);
  a.hi = float.getInt32(4, true);
}
