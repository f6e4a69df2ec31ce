// Regular expressions in the syntax of Go's regexp package (RE2), for tools that take them on their command lines. A tree
// is made as regexp/syntax makes it, with its errors; matching runs all states at once, so its time is linear.

import { unicodeClass } from "./unicodeclass.ts";

/** An expression that Go's regexp package refuses, in its words: "error parsing regexp: missing closing ): `(`". */
export class RegexpError extends Error {
  constructor(code: string, expr: string) {
    super(`error parsing regexp: ${code}: \`${expr}\``);
  }
}

const enum Kind {
  Empty,
  /** One character of a set. */
  Set,
  Cat,
  Alt,
  Repeat,
  Capture,
  BeginText,
  EndText,
  BeginLine,
  EndLine,
  Word,
  NoWord,
}

class Node {
  readonly height: number;
  /** Instructions that it compiles to, about. */
  readonly size: number;
  constructor(
    readonly kind: Kind,
    readonly subs: readonly Node[],
    readonly set: CharSet | null = null,
    readonly min = 0,
    readonly max = 0,
  ) {
    let height = 0;
    let size = 0;
    for (const s of subs) {
      height = Math.max(height, s.height);
      size += s.size;
    }
    if (kind === Kind.Alt) size += subs.length - 1;
    else if (kind === Kind.Capture) size += 2;
    else if (kind === Kind.Repeat) size = max < 0 ? 2 + Math.max(1, min) * size : max * size + (max - min);
    this.height = height + 1;
    this.size = Math.max(1, size);
  }
}

const maxHeight = 1000;
const maxSize = 3355443;

/** A set of characters: the union of classes in JavaScript's syntax, which fold case as Go does. */
class CharSet {
  private readonly tests: RegExp[];
  private readonly known = new Map<number, boolean>();

  constructor(
    classes: readonly string[],
    fold: boolean,
    private readonly negated: boolean,
  ) {
    this.tests = classes.map((c) => new RegExp(`^${c}$`, fold ? "iu" : "u"));
  }

  has(c: number): boolean {
    let yes = this.known.get(c);
    if (yes === undefined) {
      const text = String.fromCodePoint(c);
      yes = this.tests.some((t) => t.test(text)) !== this.negated;
      this.known.set(c, yes);
    }
    return yes;
  }
}

const perlClasses: Readonly<Record<string, string>> = { d: "0-9", s: "\\t\\n\\f\\r ", w: "0-9A-Za-z_" };

const posixClasses: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\0-\\x7f",
  blank: "\\t ",
  cntrl: "\\0-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t-\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** What flags say at a place of the expression. */
interface Flags {
  readonly fold: boolean;
  readonly multiline: boolean;
  readonly dotNewline: boolean;
}

/** A group that is being read. */
interface Group {
  readonly flags: Flags;
  readonly capture: boolean;
  readonly alternatives: Node[];
  items: Node[];
}

function charSource(c: number): string {
  return `\\u{${c.toString(16)}}`;
}

class Parser {
  private at = 0;
  private flags: Flags = { fold: false, multiline: false, dotNewline: false };
  private readonly groups: Group[] = [];
  private nodes = 0;

  constructor(private readonly src: string) {}

  parse(): Node {
    this.open(false);
    // Where the last repetition operator began: operators do not stack.
    let lastRepeat = -1;
    while (this.at < this.src.length) {
      const start = this.at;
      lastRepeat = this.item(lastRepeat) ? start : -1;
    }
    if (this.groups.length !== 1) throw new RegexpError("missing closing )", this.src);
    return this.close();
  }

  private open(capture: boolean): void {
    this.groups.push({ flags: this.flags, capture, alternatives: [], items: [] });
  }

  private get group(): Group {
    return this.groups[this.groups.length - 1]!;
  }

  private make(kind: Kind, subs: readonly Node[], set: CharSet | null = null, min = 0, max = 0): Node {
    const n = new Node(kind, subs, set, min, max);
    if (++this.nodes >= maxHeight && n.height > maxHeight) {
      throw new RegexpError("expression nests too deeply", this.src);
    }
    if (n.size > maxSize) throw new RegexpError("expression too large", this.src);
    return n;
  }

  private sequence(items: readonly Node[]): Node {
    return items.length === 1 ? items[0]! : this.make(items.length === 0 ? Kind.Empty : Kind.Cat, items);
  }

  private close(): Node {
    const g = this.groups.pop()!;
    g.alternatives.push(this.sequence(g.items));
    const body = g.alternatives.length === 1 ? g.alternatives[0]! : this.make(Kind.Alt, g.alternatives);
    return g.capture ? this.make(Kind.Capture, [body]) : body;
  }

  private push(kind: Kind): void {
    this.group.items.push(this.make(kind, []));
  }

  private set(classes: readonly string[], negated = false, fold = this.flags.fold): void {
    this.group.items.push(this.make(Kind.Set, [], new CharSet(classes, fold, negated)));
  }

  private literal(c: number): void {
    this.set([`[${charSource(c)}]`]);
  }

  /** The character at `at`, which moves behind it. */
  private char(): number {
    const c = this.src.codePointAt(this.at)!;
    this.at += c > 0xffff ? 2 : 1;
    return c;
  }

  /** Reads one item; whether it was a repetition operator. */
  private item(lastRepeat: number): boolean {
    const { src } = this;
    switch (src[this.at]) {
      case "(":
        if (src[this.at + 1] === "?") this.perlGroup();
        else {
          this.open(true);
          this.at++;
        }
        return false;
      case "|": {
        const g = this.group;
        g.alternatives.push(this.sequence(g.items));
        g.items = [];
        this.at++;
        return false;
      }
      case ")": {
        if (this.groups.length < 2) throw new RegexpError("unexpected )", src);
        const { flags } = this.group;
        const node = this.close();
        this.group.items.push(node);
        this.flags = flags;
        this.at++;
        return false;
      }
      case "^":
        this.push(this.flags.multiline ? Kind.BeginLine : Kind.BeginText);
        this.at++;
        return false;
      case "$":
        this.push(this.flags.multiline ? Kind.EndLine : Kind.EndText);
        this.at++;
        return false;
      case ".":
        this.set([this.flags.dotNewline ? "[^]" : "[^\\n]"], false, false);
        this.at++;
        return false;
      case "[":
        this.charClass();
        return false;
      case "*":
      case "+":
      case "?": {
        const op = src[this.at]!;
        this.repeat(this.at, this.at + 1, op === "+" ? 1 : 0, op === "?" ? 1 : -1, lastRepeat, false);
        return true;
      }
      case "{":
        return this.counted(lastRepeat);
      case "\\":
        this.escape();
        return false;
      default:
        this.literal(this.char());
        return false;
    }
  }

  /** Puts the last item under a repetition. min and max -1 for "any". */
  private repeat(from: number, to: number, min: number, max: number, lastRepeat: number, counted: boolean): void {
    let end = to;
    if (this.src[end] === "?") end++;
    if (lastRepeat >= 0) {
      throw new RegexpError("invalid nested repetition operator", this.src.slice(lastRepeat, end));
    }
    const { items } = this.group;
    const sub = items.pop();
    const text = this.src.slice(from, end);
    if (sub === undefined) throw new RegexpError("missing argument to repetition operator", text);
    const node = this.make(Kind.Repeat, [sub], null, min, max);
    if (counted && (min >= 2 || max >= 2) && !validRepeat(node, 1000)) {
      throw new RegexpError("invalid repeat count", text);
    }
    items.push(node);
    this.at = end;
  }

  /** {n}, {n,} or {n,m}; any other brace is an ordinary character. */
  private counted(lastRepeat: number): boolean {
    const { src } = this;
    const m = /^\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}/.exec(src.slice(this.at, this.at + 400));
    if (m === null) {
      this.literal(123);
      this.at++;
      return false;
    }
    const min = Number(m[1]);
    const max = m[2] === undefined ? min : m[3] === undefined ? -1 : Number(m[3]);
    if (min > 1000 || max > 1000 || (max >= 0 && min > max)) throw new RegexpError("invalid repeat count", m[0]);
    this.repeat(this.at, this.at + m[0].length, min, max, lastRepeat, true);
    return true;
  }

  /** (?P<name>, (?<name>, (?flags) or (?flags: */
  private perlGroup(): void {
    const { src, at } = this;
    const name = /^\(\?P?</.exec(src.slice(at));
    if (name !== null && src.length > at + name[0].length) {
      const end = src.indexOf(">", at);
      if (end < 0) throw new RegexpError("invalid named capture", src.slice(at));
      if (!/^[A-Za-z0-9_]+$/.test(src.slice(at + name[0].length, end))) {
        throw new RegexpError("invalid named capture", src.slice(at, end + 1));
      }
      this.open(true);
      this.at = end + 1;
      return;
    }
    const flags = { ...this.flags };
    let on = true;
    let saw = false;
    this.at += 2;
    while (this.at < src.length) {
      const c = String.fromCodePoint(this.char());
      if (c === "i") flags.fold = on;
      else if (c === "m") flags.multiline = on;
      else if (c === "s") flags.dotNewline = on;
      else if (c === "-" && on) {
        on = false;
        saw = false;
        continue;
      } else if (c === ":" || c === ")") {
        if (!on && !saw) break;
        if (c === ":") this.open(false);
        this.flags = flags;
        return;
      } else if (c !== "U") break;
      saw = true;
    }
    throw new RegexpError("invalid or unsupported Perl syntax", src.slice(at, this.at));
  }

  private escape(): void {
    const { src } = this;
    switch (src[this.at + 1]) {
      case "A":
        this.push(Kind.BeginText);
        break;
      case "b":
        this.push(Kind.Word);
        break;
      case "B":
        this.push(Kind.NoWord);
        break;
      case "z":
        this.push(Kind.EndText);
        break;
      case "C":
        throw new RegexpError("invalid escape sequence", "\\C");
      case "Q": {
        const end = src.indexOf("\\E", this.at + 2);
        const stop = end < 0 ? src.length : end;
        this.at += 2;
        while (this.at < stop) this.literal(this.char());
        this.at = end < 0 ? stop : end + 2;
        return;
      }
      default: {
        const c = this.classEscape();
        if (c !== undefined) this.set([c]);
        else this.literal(this.escapedChar());
        return;
      }
    }
    this.at += 2;
  }

  /** \d, \pL, \p{Greek} and the like as a class of its own; undefined for any other escape. */
  private classEscape(): string | undefined {
    const { src, at } = this;
    const c = src[at + 1] ?? "";
    const perl = perlClasses[c.toLowerCase()];
    if (perl !== undefined && c !== "") {
      this.at += 2;
      return `[${c === c.toLowerCase() ? "" : "^"}${perl}]`;
    }
    if (c !== "p" && c !== "P") return undefined;
    this.at += 2;
    let name: string;
    if (src[this.at] === "{") {
      const end = src.indexOf("}", this.at);
      if (end < 0) throw new RegexpError("invalid character class range", src.slice(at));
      name = src.slice(this.at + 1, end);
      this.at = end + 1;
    } else name = this.at < src.length ? String.fromCodePoint(this.char()) : "";
    let negated = c === "P";
    if (name.startsWith("^")) {
      negated = !negated;
      name = name.slice(1);
    }
    const found = unicodeClass(name);
    if (found === undefined) throw new RegexpError("invalid character class range", src.slice(at, this.at));
    return `[${negated ? "^" : ""}${found}]`;
  }

  /** The character that an escape stands for. */
  private escapedChar(): number {
    const { src, at } = this;
    this.at++;
    if (this.at >= src.length) throw new RegexpError("trailing backslash at end of expression", "");
    const c = this.char();
    const octal = (i: number): boolean => src[i] !== undefined && src[i]! >= "0" && src[i]! <= "7";
    if (c === 48 || (c > 48 && c < 56 && octal(this.at))) {
      let r = c - 48;
      for (let i = 1; i < 3 && octal(this.at); i++) r = r * 8 + Number(src[this.at++]);
      return r;
    }
    if (c === 120 && this.at < src.length) {
      const r = this.hexEscape();
      if (r >= 0) return r;
    } else {
      const i = "afnrtv".indexOf(String.fromCodePoint(c));
      if (i >= 0) return [7, 12, 10, 13, 9, 11][i]!;
      if (c < 128 && !/[0-9A-Za-z]/.test(String.fromCharCode(c))) return c;
    }
    throw new RegexpError("invalid escape sequence", src.slice(at, this.at));
  }

  /** What follows \x; -1, with `at` behind what was looked at, when it is malformed. */
  private hexEscape(): number {
    const { src } = this;
    const digit = (c: number): number => {
      const s = String.fromCodePoint(c);
      return /^[0-9A-Fa-f]$/.test(s) ? Number.parseInt(s, 16) : -1;
    };
    let c = this.char();
    if (c !== 123) {
      const x = digit(c);
      // At the end of the expression Go reads an invalid character.
      if (this.at >= src.length) return -1;
      const y = digit(this.char());
      return x < 0 || y < 0 ? -1 : x * 16 + y;
    }
    let r = 0;
    let digits = 0;
    for (;;) {
      if (this.at >= src.length) return -1;
      c = this.char();
      if (c === 125) return digits === 0 ? -1 : r;
      const v = digit(c);
      if (v < 0) return -1;
      r = r * 16 + v;
      if (r > 0x10ffff) return -1;
      digits++;
    }
  }

  /** [a-z[:digit:]\pL] */
  private charClass(): void {
    const { src } = this;
    const start = this.at;
    this.at++;
    let negated = false;
    if (src[this.at] === "^") {
      negated = true;
      this.at++;
    }
    let ranges = "";
    const classes: string[] = [];
    for (let first = true; this.at >= src.length || src[this.at] !== "]" || first; first = false) {
      if (src[this.at] === "[" && src[this.at + 1] === ":") {
        const end = src.indexOf(":]", this.at + 2);
        if (end >= 0) {
          const name = src.slice(this.at + 2, end);
          const not = name.startsWith("^");
          const found = posixClasses[not ? name.slice(1) : name];
          if (found === undefined) throw new RegexpError("invalid character class range", `[:${name}:]`);
          classes.push(`[${not ? "^" : ""}${found}]`);
          this.at = end + 2;
          continue;
        }
      }
      if (src[this.at] === "\\") {
        const c = this.classEscape();
        if (c !== undefined) {
          classes.push(c);
          continue;
        }
      }
      const from = this.at;
      const lo = this.classChar(start);
      let hi = lo;
      if (src[this.at] === "-" && this.at + 1 < src.length && src[this.at + 1] !== "]") {
        this.at++;
        hi = this.classChar(start);
        if (hi < lo) throw new RegexpError("invalid character class range", src.slice(from, this.at));
      }
      ranges += `${charSource(lo)}-${charSource(hi)}`;
    }
    this.at++;
    if (ranges !== "") classes.push(`[${ranges}]`);
    this.set(classes, negated);
  }

  private classChar(start: number): number {
    if (this.at >= this.src.length) throw new RegexpError("missing closing ]", this.src.slice(start));
    return this.src[this.at] === "\\" ? this.escapedChar() : this.char();
  }
}

/** Whether a repetition with those in it makes at most n copies of anything. */
function validRepeat(node: Node, n: number): boolean {
  let left = n;
  if (node.kind === Kind.Repeat) {
    let m = node.max;
    if (m === 0) return true;
    if (m < 0) m = node.min;
    if (m > n) return false;
    if (m > 0) left = Math.trunc(n / m);
  }
  return node.subs.every((s) => validRepeat(s, left));
}

const enum Op {
  Match,
  /** Takes a character of set x. */
  Char,
  Jump,
  /** Goes on at both x and y. */
  Split,
  /** Goes on if the place is of Kind x. */
  Assert,
}

/** A compiled expression. */
export class GoRegexp {
  private readonly ops: Op[] = [];
  private readonly x: number[] = [];
  private readonly y: number[] = [];
  private readonly sets: CharSet[] = [];
  private readonly stack: number[] = [];
  private readonly mark: Int32Array;
  private generation = 0;

  /** Throws RegexpError. */
  constructor(readonly source: string) {
    const tree = new Parser(source).parse();
    this.compile(tree);
    this.emit(Op.Match, 0, 0);
    this.mark = new Int32Array(this.ops.length);
  }

  private emit(op: Op, x: number, y: number): number {
    this.ops.push(op);
    this.x.push(x);
    this.y.push(y);
    return this.ops.length - 1;
  }

  private compile(n: Node): void {
    switch (n.kind) {
      case Kind.Empty:
        return;
      case Kind.Set:
        this.sets.push(n.set!);
        this.emit(Op.Char, this.sets.length - 1, 0);
        return;
      case Kind.Cat:
      case Kind.Capture:
        for (const s of n.subs) this.compile(s);
        return;
      case Kind.Alt: {
        const ends: number[] = [];
        n.subs.forEach((s, i) => {
          const last = i === n.subs.length - 1;
          const split = last ? -1 : this.emit(Op.Split, this.ops.length + 1, 0);
          this.compile(s);
          if (last) return;
          ends.push(this.emit(Op.Jump, 0, 0));
          this.y[split] = this.ops.length;
        });
        for (const e of ends) this.x[e] = this.ops.length;
        return;
      }
      case Kind.Repeat: {
        const sub = n.subs[0]!;
        for (let i = 0; i < n.min; i++) this.compile(sub);
        if (n.max < 0) {
          const split = this.emit(Op.Split, this.ops.length + 1, 0);
          this.compile(sub);
          this.emit(Op.Jump, split, 0);
          this.y[split] = this.ops.length;
          return;
        }
        const splits: number[] = [];
        for (let i = n.min; i < n.max; i++) {
          splits.push(this.emit(Op.Split, this.ops.length + 1, 0));
          this.compile(sub);
        }
        for (const s of splits) this.y[s] = this.ops.length;
        return;
      }
      default:
        this.emit(Op.Assert, n.kind, 0);
    }
  }

  /** Whether the expression matches somewhere in the text. */
  test(text: string): boolean {
    let now: number[] = [];
    let next: number[] = [];
    let before = -1;
    for (let at = 0; ; ) {
      const c = at < text.length ? text.codePointAt(at)! : -1;
      this.generation++;
      const starts = now;
      const threads: number[] = [];
      for (const pc of starts) if (this.follow(pc, before, c, threads)) return true;
      if (this.follow(0, before, c, threads)) return true;
      if (c < 0) return false;
      next = [];
      for (const pc of threads) if (this.sets[this.x[pc]!]!.has(c)) next.push(pc + 1);
      now = next;
      before = c;
      at += c > 0xffff ? 2 : 1;
    }
  }

  /** Adds what can be reached from pc without a character between before and after; true if that is the end. */
  private follow(from: number, before: number, after: number, threads: number[]): boolean {
    const { stack } = this;
    stack.length = 0;
    stack.push(from);
    while (stack.length > 0) {
      const pc = stack.pop()!;
      if (this.mark[pc] === this.generation) continue;
      this.mark[pc] = this.generation;
      switch (this.ops[pc]) {
        case Op.Match:
          return true;
        case Op.Char:
          threads.push(pc);
          break;
        case Op.Jump:
          stack.push(this.x[pc]!);
          break;
        case Op.Split:
          stack.push(this.y[pc]!, this.x[pc]!);
          break;
        default:
          if (holds(this.x[pc]! as Kind, before, after)) stack.push(pc + 1);
      }
    }
    return false;
  }
}

function isWord(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 95 || (c >= 97 && c <= 122);
}

function holds(kind: Kind, before: number, after: number): boolean {
  switch (kind) {
    case Kind.BeginText:
      return before < 0;
    case Kind.EndText:
      return after < 0;
    case Kind.BeginLine:
      return before < 0 || before === 10;
    case Kind.EndLine:
      return after < 0 || after === 10;
    case Kind.Word:
      return isWord(before) !== isWord(after);
    default:
      return isWord(before) === isWord(after);
  }
}
