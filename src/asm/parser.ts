import { As, opcodeNames, Reg, unaryDst } from "#arch";
import type { SourceFile } from "#base";
import { pathToPrefix } from "#formats";
import {
  ABI,
  Addr,
  AddrName,
  AddrType,
  addrString,
  argsUnknown,
  type Ctxt,
  defineData,
  defineText,
  type LSym,
  Prog,
  ownCopy,
  progString,
  SymKind,
  TextFlag,
} from "#obj";
import { FatalError, type Input } from "./input.ts";
import { instructions, isJump } from "./instructions.ts";
import { OperandParser } from "./operand.ts";
import { plainOperand } from "./plain.ts";
import { parseSuffix } from "./suffix.ts";
import { usualLine } from "./tokenizer.ts";
import { Tok, Token } from "./tokens.ts";
import { quote } from "./quote.ts";

/** $frame-args, $size */
const sizes = /^\$(-?)(0|[1-9][0-9]{0,8})(?:-(0|[1-9][0-9]{0,8}))?[ \t]*$/;

const unary = new Uint8Array(opcodeNames.length);
for (const as of [...unaryDst, As.RET, As.GETCALLERPC]) unary[as] = 1;

/** Where the parser's messages and dumps go. */
export interface ParserOutput {
  /** One line to standard error, newline included. */
  error(line: string): void;
  /** -debug: one line to standard output; undefined if not wanted. */
  readonly trace?: ((line: string) => void) | undefined;
  /** -e: no limit on errors. */
  readonly allErrors: boolean;
}

/** Reads one file of assembly text into Progs and symbols (cmd/asm/internal/asm). */
export class Parser extends OperandParser {
  /** Functions defined, in order. */
  readonly functions: LSym[] = [];
  private lineNumber = 0;
  /** Operands by their text, those of jumps apart, as long as macros do not change. */
  private readonly known = new Map<string, Addr>();
  private readonly knownTargets = new Map<string, Addr>();
  /** Instructions of the function by their line, if all of their operands are shared. */
  private readonly lines = new Map<string, Prog>();
  private knownFor = 0;
  /** An operand is read to be known: an error means that it is not. */
  private trying = false;
  private tryFailed = false;
  private errorLine = -1;
  private errorCount = 0;
  private sawCode = false;
  /** The file that was last entered in the object's table, and its name there. */
  private enteredFile: SourceFile | null = null;
  private enteredName = "";
  /** Counts Progs: what n(PC) refers to. */
  private pc = 0;
  private pendingLabels: string[] = [];
  private labels = new Map<string, Prog>();
  private toPatch: { readonly addr: Addr; readonly label: string }[] = [];
  private readonly relative: Prog[] = [];
  private readonly dataEnd = new Map<string, number>();
  private last: Prog | null = null;
  // The line just read.
  private word = "";
  private cond = "";
  private operands: Token[][] = [];

  constructor(
    ctxt: Ctxt,
    private readonly lex: Input,
    allowABI: boolean,
    private readonly out: ParserOutput,
  ) {
    super(ctxt, allowABI, pathToPrefix(ctxt.pkgpath));
  }

  protected errorf(message: string): void {
    if (this.trying) {
      this.tryFailed = true;
      return;
    }
    if (this.lineNumber === this.errorLine) return;
    this.errorLine = this.lineNumber;
    this.out.error(`${this.lex.fileName}:${this.lineNumber}: ${message}\n`);
    this.errorCount++;
    if (this.errorCount > 10 && !this.out.allErrors) throw new FatalError("asm: too many errors\n");
  }

  /** The position of the line just read; enters its file in the object's file table. */
  private pos(): number {
    const f = this.lex.file;
    const starts = f.lineStarts;
    const pos = f.base + starts[Math.min(this.lineNumber, starts.length) - 1]!;
    if (this.lex.fileName !== this.enteredName || f !== this.enteredFile) {
      this.enteredName = this.lex.fileName;
      this.enteredFile = f;
      this.ctxt.fileIndex(pos);
    }
    return pos;
  }

  /** Reads the whole file; false after errors. */
  parse(): boolean {
    for (;;) {
      this.usualLines();
      if (!this.line()) break;
      if (this.pseudo()) continue;
      const as = instructions.get(this.word);
      if (as === undefined) this.errorf(`unrecognized instruction ${quote(this.word)}`);
      else this.instruction(as);
    }
    if (this.errorCount > 0) return false;
    // A label missing now leaves a jump to nowhere, which the encoder refuses.
    this.patch();
    this.resolveRelative();
    return true;
  }

  /**
   * Carries out the lines that come next as long as they are of the usual form (usualLine): those are most, most of their
   * operands were read before, and so were most lines. What is not plain, or wrong, is left to line.
   */
  private usualLines(): void {
    const { lex } = this;
    for (;;) {
      const line = lex.rest();
      if (line === undefined) return;
      if (lex.macroChanges !== this.knownFor) this.forget();
      const like = this.lines.get(line);
      if (like !== undefined) {
        this.lineNumber = lex.line;
        lex.skipRest();
        const prog = new Prog(like.as, this.pos(), like.from, like.to);
        prog.rest = like.rest;
        prog.like = like;
        this.isJump = false;
        this.append(prog, "");
        continue;
      }
      if (line === "") {
        lex.skipRest();
        continue;
      }
      const m = usualLine.exec(line);
      if (m === null) return;
      const word = m[1];
      if (word === undefined) {
        lex.skipRest();
        continue;
      }
      if (lex.isMacro(word)) return;
      if (m[2] !== undefined) {
        lex.skipRest();
        this.sawCode = true;
        this.pendingLabels.push(word);
        continue;
      }
      const as = instructions.get(word);
      if (as === undefined || isDirective(as) ? !this.usualDirective(word, m) : !this.usualInstruction(as, m)) return;
    }
  }

  private usualInstruction(as: As, m: RegExpExecArray): boolean {
    const jump = isJump(m[1]!);
    const known = jump ? this.knownTargets : this.known;
    const list: Addr[] = [];
    let allShared = true;
    // The first may be empty, for the blanks before it are not its own.
    const none = m[3] === undefined || (m[3] === "" && m[5] === undefined);
    if (m[4] !== undefined) return false;
    for (let i = none ? 8 : 3; i < 8; i += i === 3 ? 2 : 1) {
      const text = m[i];
      if (text === undefined) break;
      const a = known.get(text) ?? this.tryOperand(text, jump, known);
      if (a === undefined) return false;
      if (!a.shared) allShared = false;
      list.push(a);
    }
    this.takeLine(m[1]!);
    this.isJump = jump;
    if (jump) {
      this.jump(new Prog(as, this.pos()), list);
      return true;
    }
    const n = list.length;
    const from = n > 1 || (n === 1 && unary[as] === 0) ? own(list[0]!) : undefined;
    const to = n > 1 || (n === 1 && unary[as] === 1) ? own(list[n - 1]!) : undefined;
    const prog = new Prog(as, this.pos(), from, to);
    if (n > 2) prog.rest = list.slice(1, -1).map(own);
    // A RET is made into the end of its function's frame.
    if (allShared && as !== As.RET && as !== As.ADJSP) this.lines.set(m[0], prog);
    this.append(prog, "");
    return true;
  }

  /** DATA, TEXT and GLOBL. */
  private usualDirective(directive: string, m: RegExpExecArray): boolean {
    const first = m[3];
    const second = m[5];
    if (first === undefined || second === undefined || m[7] !== undefined) return false;
    const target = plainOperand(first, false, this.ctxt, this);
    const sym = target?.sym;
    if (!target || !sym || (target.name !== AddrName.Extern && target.name !== AddrName.Static)) return false;
    if (directive === "DATA") {
      if (m[4] === undefined || m[6] !== undefined) return false;
      const value = plainOperand(second, false, this.ctxt, this);
      if (value?.type !== AddrType.Const && value?.type !== AddrType.Addr) return false;
      this.takeLine(directive);
      this.setData(sym, target.offset, Number(m[4]), value);
      return true;
    }
    if (m[4] !== undefined || target.offset !== 0 || target.type !== AddrType.Mem) return false;
    let flags = 0;
    if (m[6] !== undefined) {
      const a = this.known.get(second) ?? this.tryOperand(second, false, this.known);
      if (a === undefined || a.type !== AddrType.Mem || a.name !== 0 || a.reg !== 0 || a.index !== 0) return false;
      flags = a.offset;
    }
    const size = sizes.exec(m[6] ?? second);
    if (size === null) return false;
    const n = Number(size[2]);
    if (directive === "TEXT") {
      this.takeLine(directive);
      this.beginText();
      this.text(sym, flags, size[1] === "" ? n : -n, size[3] === undefined ? argsUnknown : Number(size[3]));
      return true;
    }
    if (directive !== "GLOBL" || size[1] !== "" || size[3] !== undefined) return false;
    this.takeLine(directive);
    defineData(this.ctxt, sym, n, flags, this.pos());
    return true;
  }

  /** Reads the line that lex.rest has given. */
  private takeLine(word: string): void {
    this.lineNumber = this.lex.line;
    this.lex.skipRest();
    this.sawCode = true;
    this.word = word;
    this.cond = "";
  }

  isMacro(name: string): boolean {
    return this.lex.isMacro(name);
  }

  /** What was known is so no more: macros have changed. */
  private forget(): void {
    this.known.clear();
    this.knownTargets.clear();
    this.lines.clear();
    this.knownFor = this.lex.macroChanges;
  }

  /** Reads an operand; undefined if there is anything to say about it, or if it is not to be used again. */
  private tryOperand(text: string, jump: boolean, known: Map<string, Addr>): Addr | undefined {
    const a = plainOperand(text, jump, this.ctxt, this) ?? this.tryTokens(text, jump);
    if (a === undefined) return undefined;
    a.shared = isShared(a);
    known.set(text, a);
    return a;
  }

  private tryTokens(text: string, jump: boolean): Addr | undefined {
    const tokens = this.lex.operandTokens(text);
    if (tokens === undefined || tokens.length === 0) return undefined;
    const a = new Addr();
    const wasJump = this.isJump;
    this.isJump = jump;
    this.trying = true;
    this.tryFailed = false;
    this.address(tokens, a);
    this.trying = false;
    this.isJump = wasJump;
    // Pseudo-registers are no registers of instructions.
    return this.tryFailed || a.reg < 0 ? undefined : a;
  }

  /** -gensymabis: definitions of and references to functions, as lines of a symabis file; undefined after errors. */
  symabis(): string | undefined {
    let out = "";
    while (this.line()) out += this.symDefRef();
    return this.errorCount === 0 ? out : undefined;
  }

  private symDefRef(): string {
    let operands = this.operands;
    switch (this.word) {
      case "TEXT": {
        if (operands.length === 0) return "";
        this.start(operands[0]!);
        const f = this.funcAddress();
        return f === undefined ? "" : `def ${f.name} ${abiName(f.abi)}\n`;
      }
      case "DATA":
      case "FUNCDATA":
        if (operands.length < 2) return "";
        operands = operands.slice(1);
    }
    let out = "";
    for (const op of operands) {
      this.start(op);
      const f = this.funcAddress();
      if (f !== undefined) out += `ref ${f.name} ${abiName(f.abi)}\n`;
    }
    return out;
  }

  private nextToken(): number {
    for (;;) {
      const tok = this.lex.next();
      if (tok === Tok.BuildComment) {
        if (this.sawCode) this.errorf("misplaced //go:build comment");
        continue;
      }
      if (tok !== Tok.Newline) this.sawCode = true;
      if (tok !== Tok.Hash) return tok;
    }
  }

  /** Reads {label:} WORD[.suffix] [operand {, operand}]; false at the end of the file and after a hopeless error. */
  private line(): boolean {
    next: for (;;) {
      let tok: number;
      for (;;) {
        tok = this.nextToken();
        // Taken now: the newline that ends the line would move it on.
        this.lineNumber = this.lex.line;
        if (tok === Tok.EOF) return false;
        if (tok !== Tok.Newline && tok !== Tok.Semicolon) break;
      }
      if (tok !== Tok.Ident) {
        this.errorf(`expected identifier, found ${quote(this.lex.text)}`);
        return false;
      }
      // Words and labels keep the letters they are written with.
      const word = this.lex.text;
      this.word = word;
      this.cond = "";
      const operands: Token[][] = [];
      this.operands = operands;
      let nesting = 0;
      let colon = -1;
      while (tok !== Tok.Newline && tok !== Tok.Semicolon) {
        const items: Token[] = [];
        for (;;) {
          tok = this.nextToken();
          if (operands.length === 0 && items.length === 0) {
            if (tok === Tok.Dot) {
              tok = this.nextToken();
              const text = this.lex.text;
              if (tok !== Tok.Ident) this.errorf(`instruction suffix expected identifier, found ${text}`);
              this.cond += `.${text}`;
              continue;
            }
            if (tok === Tok.Colon) {
              this.pendingLabels.push(word);
              continue next;
            }
          }
          if (tok === Tok.EOF) {
            this.errorf("unexpected EOF");
            return false;
          }
          if (tok === Tok.Newline || tok === Tok.Semicolon) break;
          if (nesting === 0 && (tok === Tok.Comma || tok === Tok.Colon)) {
            // AX:DX is an old way to write DX, AX.
            if (tok === Tok.Colon) {
              if (colon >= 0) {
                this.errorf("invalid ':' in operand");
                return true;
              }
              colon = operands.length;
            }
            break;
          }
          if (tok === Tok.LParen || tok === Tok.LBracket) nesting++;
          if (tok === Tok.RParen || tok === Tok.RBracket) nesting--;
          items.push(new Token(tok, this.lex.text));
        }
        if (items.length > 0) {
          operands.push(items);
          if (colon >= 0 && operands.length === colon + 2) {
            const a = operands[colon]!;
            operands[colon] = operands[colon + 1]!;
            operands[colon + 1] = a;
            colon = -1;
          }
        } else if (operands.length > 0 || tok === Tok.Comma || colon >= 0) this.errorf("missing operand");
      }
      return true;
    }
  }

  private instruction(as: As): void {
    this.isJump = isJump(this.word);
    const n = this.operands.length;
    const prog = new Prog(as, this.pos());
    if (this.isJump) {
      const list: Addr[] = [];
      for (const op of this.operands) {
        const a = new Addr();
        this.address(op, a);
        list.push(a);
      }
      this.jump(prog, list);
      return;
    }
    if (n > 6) {
      this.errorf(`can't handle ${opcodeNames[as]} instruction with ${n} operands`);
      return;
    }
    for (let i = 0; i < n; i++) {
      const a = this.place(prog, i, n);
      this.address(this.operands[i]!, a);
      if (a.reg < 0) this.errorf(`illegal use of pseudo-register in ${this.word}`);
    }
    this.append(prog, this.cond);
  }

  /** Where operand i of n goes. */
  private place(prog: Prog, i: number, n: number): Addr {
    if (i === 0 && !(n === 1 && unary[prog.as] === 1)) return prog.from;
    return i === n - 1 ? prog.to : prog.addRest();
  }

  /** Puts the Prog at the end of its function and gives it the labels read before it. */
  private append(prog: Prog, cond: string): void {
    if (cond !== "") {
      const s = parseSuffix(cond);
      if (typeof s === "string") {
        this.errorf(s);
        return;
      }
      prog.scond = s;
    }
    // Code before the first TEXT belongs nowhere.
    if (this.last !== null) this.last.next = prog;
    if (prog.as === As.TEXT || this.last !== null) this.last = prog;
    this.pc++;
    if (this.pendingLabels.length > 0 && !this.label(prog)) return;
    prog.pc = this.pc;
    this.out.trace?.(`${this.lineNumber} ${progString(this.ctxt, prog)}\n`);
  }

  /** Gives an instruction the labels before it; false if there is one twice. */
  private label(prog: Prog): boolean {
    for (const label of this.pendingLabels) {
      if (this.labels.has(label)) {
        this.errorf(`label ${quote(label)} multiply defined`);
        return false;
      }
      this.labels.set(label, prog);
    }
    this.pendingLabels.length = 0;
    return true;
  }

  private jump(prog: Prog, list: readonly Addr[]): void {
    let target: Addr;
    if (list.length === 1) target = list[0]!;
    else if (list.length === 2) {
      target = list[1]!;
      prog.from.copyFrom(list[0]!);
    } else {
      this.errorf(`wrong number of arguments to ${opcodeNames[prog.as]} instruction`);
      return;
    }
    const to = prog.to;
    const symbol = target.name === AddrName.Extern || target.name === AddrName.Static;
    if (target.type === AddrType.Branch) {
      to.type = AddrType.Branch;
      to.offset = this.pc + 1 + target.offset;
      this.relative.push(prog);
    } else if (target.type === AddrType.Reg) to.copyFrom(target);
    else if ((target.type === AddrType.Mem || target.type === AddrType.Indir) && symbol) to.copyFrom(target);
    else if (target.type === AddrType.Mem && target.reg === 0 && target.offset === 0 && target.hi === 0) {
      if (target.sym === null) return;
      const p = this.labels.get(target.sym.name);
      if (p === undefined) this.toPatch.push({ addr: to, label: target.sym.name });
      else to.setBranch(p);
    } else if (target.type === AddrType.Mem && target.name === AddrName.None) to.copyFrom(target);
    else if (target.type === AddrType.Const) to.copyFrom(list[0]!);
    else if (target.type !== AddrType.None) {
      this.errorf(`cannot assemble jump ${addrString(target)}`);
      return;
    }
    this.append(prog, this.cond);
  }

  /** Jumps to labels that came later. */
  private patch(): void {
    for (const { addr, label } of this.toPatch) {
      const p = this.labels.get(label);
      if (p === undefined) {
        this.errorf(`undefined label ${label}`);
        return;
      }
      addr.setBranch(p);
    }
    this.toPatch = [];
  }

  /** Jumps to n(PC): Progs of the function are counted. */
  private resolveRelative(): void {
    if (this.relative.length === 0) return;
    const jumps = new Set(this.relative);
    for (const f of this.functions) {
      const text = f.func?.text ?? null;
      for (let p = text; p !== null; p = p.next) {
        if (!jumps.has(p)) continue;
        let q = text;
        while (q !== null && q.pc !== p.to.offset) q = q.next;
        if (q === null) {
          this.ctxt.error(
            p.pos,
            `branch out of range (0x${(p.to.offset >>> 0).toString(16)})\n${progString(this.ctxt, p)} [<nil>]`,
          );
          p.to.type = AddrType.None;
        }
        p.to.target = q;
      }
    }
  }

  private pseudo(): boolean {
    switch (this.word) {
      case "DATA":
        this.data();
        return true;
      case "FUNCDATA":
        this.funcdata();
        return true;
      case "GLOBL":
        this.globl();
        return true;
      case "PCDATA":
        this.pcdata();
        return true;
      case "PCALIGN":
        this.pcalign();
        return true;
      case "TEXT":
        this.textDirective();
        return true;
      default:
        return false;
    }
  }

  private parsed(tokens: readonly Token[]): Addr {
    const a = new Addr();
    // isJump is what the last instruction left: after a jump a bare name passes for a label here too, as in Go.
    this.address(tokens, a);
    return a;
  }

  private validSymbol(pseudo: string, a: Addr, offsetOk: boolean): boolean {
    if (a.sym === null || (a.name !== AddrName.Extern && a.name !== AddrName.Static) || a.scale !== 0 || a.reg !== 0) {
      this.errorf(`${pseudo} symbol ${quote(symbolName(a))} must be a symbol(SB)`);
      return false;
    }
    if (!offsetOk && (a.offset !== 0 || a.hi !== 0)) {
      this.errorf(`${pseudo} symbol ${quote(symbolName(a))} must not be offset from SB`);
      return false;
    }
    return true;
  }

  private validImmediate(pseudo: string, a: Addr): boolean {
    if (a.type !== AddrType.Const || a.name !== 0 || a.reg !== 0 || a.index !== 0) {
      this.errorf(`${pseudo}: expected immediate constant; found ${addrString(a)}`);
      return false;
    }
    return true;
  }

  /** A plain integer, as flags are. */
  private integer(pseudo: string, tokens: readonly Token[]): number {
    const a = this.parsed(tokens);
    if (a.type !== AddrType.Mem || a.name !== 0 || a.reg !== 0 || a.index !== 0)
      this.errorf(`${pseudo}: expected integer constant; found ${addrString(a)}`);
    return a.offset;
  }

  /** TEXT sym(SB), [flags,] $frame[-args] */
  private textDirective(): void {
    const ops = this.operands;
    if (ops.length !== 2 && ops.length !== 3) {
      this.errorf("expect two or three operands for TEXT");
      return;
    }
    this.beginText();
    const nameAddr = this.parsed(ops[0]!);
    if (!this.validSymbol("TEXT", nameAddr, false)) return;
    const sym = nameAddr.sym!;
    const flags = ops.length === 3 ? this.integer("TEXT", ops[1]!) : 0;
    if (sym.abi === ABI.ABIInternal && (flags & TextFlag.NOSPLIT) === 0)
      this.errorf(`TEXT ${quote(sym.name)}: ABIInternal requires NOSPLIT`);
    let op: readonly Token[] = ops[ops.length - 1]!;
    if (op.length < 2 || op[0]!.kind !== Tok.Dollar) {
      this.errorf(`TEXT ${sym.name}: frame size must be an immediate constant`);
      return;
    }
    op = op.slice(1);
    const negative = isKind(op[0], Tok.Minus);
    if (negative) op = op.slice(1);
    if (!isKind(op[0], Tok.Int)) {
      this.errorf(`TEXT ${sym.name}: frame size must be an immediate constant`);
      return;
    }
    let frame = this.positiveAtoi(op[0]!.text);
    if (negative) frame = -frame;
    let args = argsUnknown;
    if (op.length > 1) {
      if (op.length !== 3 || op[1]!.kind !== Tok.Minus || op[2]!.kind !== Tok.Int) {
        this.errorf(`TEXT ${sym.name}: argument size must be of form -integer`);
        return;
      }
      args = this.positiveAtoi(op[2]!.text);
    }
    this.text(sym, flags, frame, args);
  }

  /** Ends what is local to a function. */
  private beginText(): void {
    this.patch();
    this.labels = new Map();
    this.lines.clear();
  }

  private text(sym: LSym, flags: number, frame: number, args: number): void {
    const prog = defineText(this.ctxt, sym, flags, this.pos(), frame, args);
    if (sym.func !== null && sym.func.text === prog) this.functions.push(sym);
    this.last = null;
    this.append(prog, "");
  }

  /** DATA sym+off(SB)/size, value */
  private data(): void {
    const ops = this.operands;
    if (ops.length !== 2) {
      this.errorf("expect two operands for DATA");
      return;
    }
    const op = ops[0]!;
    const n = op.length;
    if (n < 3 || op[n - 2]!.kind !== Tok.Slash || op[n - 1]!.kind !== Tok.Int) {
      this.errorf("expect /size for DATA argument");
      return;
    }
    const size = Number(op[n - 1]!.text);
    if (!Number.isInteger(size)) this.errorf(`bad size for DATA argument: ${quote(op[n - 1]!.text)}`);
    const nameAddr = this.parsed(op.slice(0, n - 2));
    if (!this.validSymbol("DATA", nameAddr, true)) return;
    const sym = nameAddr.sym!;
    const off = nameAddr.offset;
    const value = this.parsed(ops[1]!);
    switch (value.type) {
      case AddrType.Const:
      case AddrType.FConst:
      case AddrType.SConst:
      case AddrType.Addr:
        break;
      default:
        this.errorf("DATA value must be an immediate constant or address");
        return;
    }
    this.setData(sym, off, size, value);
  }

  private setData(sym: LSym, off: number, size: number, value: Addr): void {
    const end = this.dataEnd.get(sym.name);
    if (end !== undefined && off < end) {
      this.errorf(`overlapping DATA entry for ${sym.name}`);
      return;
    }
    this.dataEnd.set(sym.name, off + size);
    markData(sym);
    switch (value.type) {
      case AddrType.Const:
        if (size === 8) sym.writeInt64(off, value.offset, value.hi);
        else if (size === 1 || size === 2 || size === 4) sym.writeInt(off, size, value.offset);
        else this.errorf(`bad int size for DATA argument: ${size}`);
        break;
      case AddrType.FConst:
        if (size === 8) sym.writeInt64(off, value.offset, value.hi);
        else if (size === 4) sym.writeInt(off, 4, float32Bits(value));
        else this.errorf(`bad float size for DATA argument: ${size}`);
        break;
      case AddrType.SConst: {
        const b = new Uint8Array(size);
        const s = value.str ?? "";
        for (let i = 0; i < s.length && i < size; i++) b[i] = s.charCodeAt(i);
        sym.writeBytes(off, b);
        break;
      }
      case AddrType.Addr:
        if (size === 8) sym.writeAddr(off, 8, value.sym, value.offset);
        else this.errorf(`bad addr size for DATA argument: ${size}`);
        break;
    }
  }

  /** GLOBL sym(SB), [flags,] $size */
  private globl(): void {
    const ops = this.operands;
    if (ops.length !== 2 && ops.length !== 3) {
      this.errorf("expect two or three operands for GLOBL");
      return;
    }
    const nameAddr = this.parsed(ops[0]!);
    if (!this.validSymbol("GLOBL", nameAddr, false)) return;
    const flags = ops.length === 3 ? this.integer("GLOBL", ops[1]!) : 0;
    const size = this.parsed(ops[ops.length - 1]!);
    if (!this.validImmediate("GLOBL", size)) return;
    defineData(this.ctxt, nameAddr.sym!, size.hi * 4294967296 + (size.offset >>> 0), flags, this.pos());
  }

  /** PCDATA $table, $value */
  private pcdata(): void {
    const ops = this.operands;
    if (ops.length !== 2) {
      this.errorf("expect two operands for PCDATA");
      return;
    }
    const p = new Prog(As.PCDATA, this.pos());
    this.address(ops[0]!, p.from);
    if (!this.validImmediate("PCDATA", p.from)) return;
    this.address(ops[1]!, p.to);
    if (!this.validImmediate("PCDATA", p.to)) return;
    this.append(p, "");
  }

  private pcalign(): void {
    if (this.operands.length !== 1) {
      this.errorf("expect one operand for PCALIGN");
      return;
    }
    const p = new Prog(As.PCALIGN, this.pos());
    this.address(this.operands[0]!, p.from);
    if (!this.validImmediate("PCALIGN", p.from)) return;
    this.append(p, "");
  }

  /** FUNCDATA $table, sym(SB) */
  private funcdata(): void {
    const ops = this.operands;
    if (ops.length !== 2) {
      this.errorf("expect two operands for FUNCDATA");
      return;
    }
    const p = new Prog(As.FUNCDATA, this.pos());
    this.address(ops[0]!, p.from);
    if (!this.validImmediate("FUNCDATA", p.from)) return;
    this.address(ops[1]!, p.to);
    if (!this.validSymbol("FUNCDATA", p.to, true)) return;
    this.append(p, "");
  }
}

/** Whether passes to come have nothing to change about the operand: symbols, slots and TLS are resolved, addresses loaded. */
function isShared(a: Addr): boolean {
  switch (a.type) {
    case AddrType.Reg:
      return a.reg !== Reg.TLS;
    case AddrType.Const:
      return true;
    case AddrType.Mem:
      return a.name === AddrName.None && a.sym === null && a.reg !== 0 && a.reg !== Reg.TLS && a.index !== Reg.TLS;
    default:
      return false;
  }
}

function own(a: Addr): Addr {
  return a.shared ? a : ownCopy(a);
}

/** What looks like an instruction but is read in its own way. */
function isDirective(as: As): boolean {
  return as === As.TEXT || as === As.FUNCDATA || as === As.PCDATA || as === As.PCALIGN;
}

function isKind(t: Token | undefined, kind: number): boolean {
  return t !== undefined && t.kind === kind;
}

function abiName(abi: ABI): string {
  return abi === ABI.ABIInternal ? "ABIInternal" : "ABI0";
}

function symbolName(a: Addr): string {
  return a.sym === null ? "<erroneous symbol>" : a.sym.name;
}

/** Writing to a symbol makes it initialised data until GLOBL says more. */
function markData(sym: LSym): void {
  switch (sym.kind) {
    case SymKind.Sxxx:
    case SymKind.SBSS:
      sym.kind = SymKind.SDATA;
      break;
    case SymKind.SNOPTRBSS:
      sym.kind = SymKind.SNOPTRDATA;
      break;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

function float32Bits(a: Addr): number {
  scratch.setInt32(0, a.offset, true);
  scratch.setInt32(4, a.hi, true);
  const f = scratch.getFloat64(0, true);
  scratch.setFloat32(0, f, true);
  return scratch.getInt32(0, true);
}
