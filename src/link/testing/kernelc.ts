// Translates the linker's kernels (kernel/*.ts: functions on integers and one linear memory) to WebAssembly. The language is
// the part of TypeScript that has a direct meaning there: see kernel/README.md.

type Type = "i32" | "i64" | "f64";

type Node =
  | { readonly k: "num"; readonly v: number }
  | { readonly k: "var"; readonly name: string }
  | { readonly k: "un"; readonly op: string; readonly e: Node }
  | { readonly k: "bin"; readonly op: string; readonly l: Node; readonly r: Node }
  | { readonly k: "cond"; readonly c: Node; readonly a: Node; readonly b: Node }
  | { readonly k: "call"; readonly name: string; readonly args: readonly Node[] };

interface Signature {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly type: Type }[];
  readonly result: Type | undefined;
  index: number;
  exported: boolean;
}

interface Global {
  readonly name: string;
  readonly type: Type;
  readonly value: number;
  readonly index: number;
}

const valueCode: Readonly<Record<Type, number>> = { i32: 0x7f, i64: 0x7e, f64: 0x7c };

function uleb(out: number[], v: number): void {
  for (; v >= 128; v = Math.floor(v / 128)) out.push((v % 128) | 128);
  out.push(v);
}

function sleb(out: number[], value: bigint): void {
  let v = value;
  for (;;) {
    const b = Number(v & 127n);
    v >>= 7n;
    if ((v === 0n && (b & 64) === 0) || (v === -1n && (b & 64) !== 0)) {
      out.push(b);
      return;
    }
    out.push(b | 128);
  }
}

function name(out: number[], text: string): void {
  const b = Buffer.from(text);
  uleb(out, b.length);
  out.push(...b);
}

/** Operators by type: signed unless the source says otherwise (>>>, ltu, …). */
const binaryCodes: Readonly<Record<Type, Readonly<Record<string, number>>>> = {
  i32: {
    "+": 0x6a,
    "-": 0x6b,
    "*": 0x6c,
    "/": 0x6d,
    "%": 0x6f,
    "&": 0x71,
    "|": 0x72,
    "^": 0x73,
    "<<": 0x74,
    ">>": 0x75,
    ">>>": 0x76,
    "===": 0x46,
    "!==": 0x47,
    "<": 0x48,
    ltu: 0x49,
    ">": 0x4a,
    gtu: 0x4b,
    "<=": 0x4c,
    leu: 0x4d,
    ">=": 0x4e,
    geu: 0x4f,
    divu: 0x6e,
    remu: 0x70,
  },
  i64: {
    "+": 0x7c,
    "-": 0x7d,
    "*": 0x7e,
    "/": 0x7f,
    "%": 0x81,
    "&": 0x83,
    "|": 0x84,
    "^": 0x85,
    "<<": 0x86,
    ">>": 0x87,
    ">>>": 0x88,
    "===": 0x51,
    "!==": 0x52,
    "<": 0x53,
    ltu: 0x54,
    ">": 0x55,
    gtu: 0x56,
    "<=": 0x57,
    leu: 0x58,
    ">=": 0x59,
    geu: 0x5a,
    divu: 0x80,
    remu: 0x82,
  },
  f64: {
    "+": 0xa0,
    "-": 0xa1,
    "*": 0xa2,
    "/": 0xa3,
    "===": 0x61,
    "!==": 0x62,
    "<": 0x63,
    ">": 0x64,
    "<=": 0x65,
    ">=": 0x66,
  },
};
const comparisons = new Set(["===", "!==", "<", ">", "<=", ">=", "ltu", "gtu", "leu", "geu"]);
const precedence: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "===": 6,
  "!==": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  ">>>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
};

/** Loads: opcode, result. Stores: opcode, operand. */
const loads: Readonly<Record<string, readonly [number, Type]>> = {
  ld8: [0x2d, "i32"],
  ld8s: [0x2c, "i32"],
  ld16: [0x2f, "i32"],
  ld32: [0x28, "i32"],
  ld64: [0x29, "i64"],
  ldf: [0x2b, "f64"],
  ld32u64: [0x35, "i64"],
};
const stores: Readonly<Record<string, readonly [number, Type]>> = {
  st8: [0x3a, "i32"],
  st16: [0x3b, "i32"],
  st32: [0x36, "i32"],
  st64: [0x37, "i64"],
  stf: [0x39, "f64"],
};

/** The numbers of `const enum`s in a source file, as Enum.Member. */
export function enumValues(source: string, into: Map<string, number>): void {
  for (const m of source.matchAll(/const enum (\w+) \{([^}]*)\}/g)) {
    let next = 0;
    for (const entry of m[2]!.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "").split(",")) {
      const [member, text] = entry.split("=").map((x) => x.trim());
      if (member === undefined || member === "") continue;
      if (text !== undefined) {
        const v = Number(text);
        const alias = into.get(`${m[1]}.${text}`);
        if (Number.isNaN(v) && alias === undefined) continue;
        next = Number.isNaN(v) ? alias! : v;
      }
      into.set(`${m[1]}.${member}`, next++);
    }
  }
}

/** Compiles sources together; consts are names known beforehand. */
export function compileKernel(sources: ReadonlyMap<string, string>, consts: ReadonlyMap<string, number>): Uint8Array {
  return new Compiler(consts).compile(sources);
}

class Compiler {
  private tokens: string[] = [];
  private lines: number[] = [];
  private pos = 0;
  private file = "";
  private readonly consts: Map<string, number>;
  private readonly functions = new Map<string, Signature>();
  private readonly globals = new Map<string, Global>();
  private readonly bodies: {
    readonly sig: Signature;
    readonly file: string;
    readonly tokens: string[];
    readonly lines: number[];
    readonly at: number;
  }[] = [];

  // The function being compiled.
  private code: number[] = [];
  private locals: Type[] = [];
  private scopes: Map<string, number>[] = [];
  private depth = 0;
  private targets: { label: string; brk: number; cont: number }[] = [];
  private result: Type | undefined;

  constructor(consts: ReadonlyMap<string, number>) {
    this.consts = new Map(consts);
    this.consts.set("false", 0);
    this.consts.set("true", 1);
  }

  private fail(message: string): never {
    throw new Error(
      `${this.file}:${this.lines[this.pos] ?? 0}: ${message} (at ${this.tokens.slice(this.pos, this.pos + 5).join(" ")})`,
    );
  }

  private tokenize(source: string): void {
    this.tokens = [];
    this.lines = [];
    this.pos = 0;
    const re =
      /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|"[^"]*"|0x[0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9]+)?|[A-Za-z_$][\w$]*(?:\.[A-Za-z]\w*)?|>>>=|<<=|>>=|>>>|===|!==|<=|>=|&&|\|\||<<|>>|\+\+|--|[-+*/%&|^]=|[-+*/%&|^~!<>=?:;,(){}[\].]/gy;
    let line = 1;
    let last = 0;
    for (let m = re.exec(source); m !== null; m = re.exec(source)) {
      const t = m[0];
      if (!/^(\s|\/\/|\/\*)/.test(t)) {
        this.tokens.push(t);
        this.lines.push(line);
      }
      line += t.split("\n").length - 1;
      last = re.lastIndex;
    }
    if (last !== source.length) throw new Error(`${this.file}:${line}: cannot read ${source.slice(last, last + 20)}`);
  }

  private peek(): string {
    return this.tokens[this.pos] ?? "";
  }

  private next(): string {
    return this.tokens[this.pos++] ?? this.fail("unexpected end");
  }

  private accept(t: string): boolean {
    if (this.tokens[this.pos] !== t) return false;
    this.pos++;
    return true;
  }

  private expect(t: string): void {
    if (!this.accept(t)) this.fail(`expected ${t}`);
  }

  private typeName(): Type {
    const t = this.next();
    if (t === "boolean") return "i32";
    if (t !== "i32" && t !== "i64" && t !== "f64") this.fail(`bad type ${t}`);
    return t;
  }

  compile(sources: ReadonlyMap<string, string>): Uint8Array {
    const imports: Signature[] = [];
    for (const [file, text] of sources) {
      this.file = file;
      this.tokenize(text);
      while (this.pos < this.tokens.length) this.topLevel(imports);
    }
    let index = 0;
    for (const f of imports) f.index = index++;
    for (const b of this.bodies) b.sig.index = index++;
    return this.module(imports);
  }

  private topLevel(imports: Signature[]): void {
    if (this.accept("import") || (this.peek() === "export" && this.tokens[this.pos + 1] === "{")) {
      while (!this.accept(";")) this.pos++;
      return;
    }
    const exported = this.accept("export");
    const declared = this.accept("declare");
    if (this.accept("function")) {
      const sig = this.signature(exported);
      if (this.functions.has(sig.name)) this.fail(`${sig.name} is defined twice`);
      this.functions.set(sig.name, sig);
      if (declared) {
        imports.push(sig);
        this.expect(";");
        return;
      }
      this.bodies.push({ sig, file: this.file, tokens: this.tokens, lines: this.lines, at: this.pos });
      this.skipBlock();
      return;
    }
    // A `const` with a type is a global that only TypeScript sets.
    if (this.peek() === "const" && this.tokens[this.pos + 2] !== ":") {
      this.pos++;
      const n = this.next();
      this.expect("=");
      this.consts.set(n, this.constant(this.expression()));
      this.expect(";");
      return;
    }
    if (this.accept("let") || this.accept("const")) {
      const n = this.next();
      this.expect(":");
      const type = this.typeName();
      this.expect("=");
      const value = this.constant(this.expression());
      this.expect(";");
      this.globals.set(n, { name: n, type, value, index: this.globals.size });
      return;
    }
    this.fail("declaration expected");
  }

  private signature(exported: boolean): Signature {
    const n = this.next();
    this.expect("(");
    const params: { name: string; type: Type }[] = [];
    while (!this.accept(")")) {
      const p = this.next();
      this.expect(":");
      params.push({ name: p, type: this.typeName() });
      this.accept(",");
    }
    this.expect(":");
    const result = this.accept("void") ? undefined : this.typeName();
    return { name: n, params, result, index: 0, exported };
  }

  private skipBlock(): void {
    let depth = 0;
    do {
      const t = this.next();
      if (t === "{") depth++;
      else if (t === "}") depth--;
    } while (depth > 0);
  }

  private constant(e: Node): number {
    if (e.k !== "num") this.fail("constant expected");
    return e.v;
  }

  // --- expressions ---

  private expression(): Node {
    const c = this.binary(0);
    if (!this.accept("?")) return c;
    const a = this.expression();
    this.expect(":");
    return { k: "cond", c, a, b: this.expression() };
  }

  private binary(min: number): Node {
    let l = this.unary();
    for (;;) {
      const op = this.peek();
      const p = precedence[op];
      if (p === undefined || p <= min) return l;
      this.pos++;
      const r = this.binary(p);
      l = l.k === "num" && r.k === "num" ? { k: "num", v: fold(op, l.v, r.v) } : { k: "bin", op, l, r };
    }
  }

  private unary(): Node {
    const t = this.next();
    if (t === "-" || t === "~" || t === "!") {
      const e = this.unary();
      if (e.k === "num" && t !== "!") return { k: "num", v: t === "-" ? -e.v : ~e.v };
      return { k: "un", op: t, e };
    }
    if (t === "(") {
      const e = this.expression();
      this.expect(")");
      return e;
    }
    if (/^[0-9]/.test(t)) return { k: "num", v: Number(t.replaceAll("_", "")) };
    if (!/^[A-Za-z_$]/.test(t)) this.fail(`unexpected ${t}`);
    if (this.accept("(")) {
      const args: Node[] = [];
      while (!this.accept(")")) {
        args.push(this.expression());
        this.accept(",");
      }
      return { k: "call", name: t, args };
    }
    const v = this.consts.get(t);
    return v === undefined ? { k: "var", name: t } : { k: "num", v };
  }

  private lookup(n: string): number {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const l = this.scopes[i]!.get(n);
      if (l !== undefined) return l;
    }
    return -1;
  }

  /** The type of an expression; undefined for a number, which takes the type it is used as. */
  private typeOf(e: Node): Type | undefined {
    switch (e.k) {
      case "num":
        return undefined;
      case "var": {
        const l = this.lookup(e.name);
        if (l >= 0) return this.locals[l];
        return this.globals.get(e.name)?.type ?? this.fail(`undefined: ${e.name}`);
      }
      case "un":
        return e.op === "!" ? "i32" : this.typeOf(e.e);
      case "bin":
        if (comparisons.has(e.op) || e.op === "&&" || e.op === "||") return "i32";
        return this.typeOf(e.l) ?? this.typeOf(e.r);
      case "cond":
        return this.typeOf(e.a) ?? this.typeOf(e.b);
      default: {
        const l = loads[e.name];
        if (l !== undefined) return l[1];
        const f = this.functions.get(e.name);
        if (f !== undefined) return f.result ?? this.fail(`${e.name} has no result`);
        switch (e.name) {
          case "toI64":
          case "toI64u":
            return "i64";
          case "toF64":
          case "toF64u":
          case "asF64":
            return "f64";
          case "divu":
          case "remu":
          case "clz":
          case "ctz":
            return this.typeOf(e.args[0]!);
          default:
            return "i32";
        }
      }
    }
  }

  private num(v: number, type: Type): void {
    if (type === "f64") {
      this.code.push(0x44, ...new Uint8Array(new Float64Array([v]).buffer));
      return;
    }
    this.code.push(type === "i32" ? 0x41 : 0x42);
    sleb(this.code, type === "i32" ? BigInt(v | 0) : BigInt(v));
  }

  private emit(e: Node, want: Type): void {
    const have = this.typeOf(e);
    if (have !== undefined && have !== want) this.fail(`${have} used as ${want}`);
    switch (e.k) {
      case "num":
        this.num(e.v, want);
        return;
      case "var": {
        const l = this.lookup(e.name);
        this.code.push(l >= 0 ? 0x20 : 0x23);
        uleb(this.code, l >= 0 ? l : this.globals.get(e.name)!.index);
        return;
      }
      case "un":
        if (e.op === "!") {
          this.emit(e.e, this.typeOf(e.e) ?? "i32");
          this.code.push(this.typeOf(e.e) === "i64" ? 0x50 : 0x45);
        } else if (e.op === "-") {
          if (want === "f64") {
            this.emit(e.e, want);
            this.code.push(0x9a);
          } else {
            this.num(0, want);
            this.emit(e.e, want);
            this.code.push(binaryCodes[want]["-"]!);
          }
        } else {
          this.emit(e.e, want);
          this.num(-1, want);
          this.code.push(binaryCodes[want]["^"]!);
        }
        return;
      case "bin":
        this.emitBinary(e.op, e.l, e.r);
        return;
      case "cond":
        this.emit(e.c, "i32");
        this.code.push(0x04, valueCode[want]);
        this.emit(e.a, want);
        this.code.push(0x05);
        this.emit(e.b, want);
        this.code.push(0x0b);
        return;
      default:
        this.call(e.name, e.args);
    }
  }

  private emitBinary(op: string, l: Node, r: Node): void {
    if (op === "&&" || op === "||") {
      this.truth(l);
      this.code.push(0x04, 0x7f);
      if (op === "||") {
        this.num(1, "i32");
        this.code.push(0x05);
      }
      this.truth(r);
      if (op === "&&") {
        this.code.push(0x05);
        this.num(0, "i32");
      }
      this.code.push(0x0b);
      return;
    }
    const type = this.typeOf(l) ?? this.typeOf(r) ?? "i32";
    if (op === "===" && r.k === "num" && r.v === 0 && type !== "f64") {
      this.emit(l, type);
      this.code.push(type === "i32" ? 0x45 : 0x50);
      return;
    }
    this.emit(l, type);
    this.emit(r, type);
    this.code.push(binaryCodes[type][op] ?? this.fail(`no ${op} on ${type}`));
  }

  /** A condition: anything but 0 is true. */
  private truth(e: Node): void {
    this.emit(e, "i32");
  }

  /** An address: what is constant goes into the instruction. */
  private address(e: Node): number {
    if (e.k === "bin" && e.op === "+" && e.r.k === "num" && e.r.v >= 0) {
      this.emit(e.l, "i32");
      return e.r.v;
    }
    this.emit(e, "i32");
    return 0;
  }

  private call(n: string, args: readonly Node[]): void {
    const load = loads[n];
    if (load !== undefined) {
      const off = this.address(args[0]!);
      this.code.push(load[0], 0);
      uleb(this.code, off);
      return;
    }
    const store = stores[n];
    if (store !== undefined) {
      const off = this.address(args[0]!);
      this.emit(args[1]!, store[1]);
      this.code.push(store[0], 0);
      uleb(this.code, off);
      return;
    }
    const f = this.functions.get(n);
    if (f !== undefined) {
      if (f.params.length !== args.length) this.fail(`${n}: ${f.params.length} arguments expected`);
      for (const [i, p] of f.params.entries()) this.emit(args[i]!, p.type);
      this.code.push(0x10);
      uleb(this.code, f.index);
      return;
    }
    if (n === "copy" || n === "fill") {
      for (const a of args) this.emit(a, "i32");
      this.code.push(0xfc, ...(n === "copy" ? [10, 0, 0] : [11, 0]));
      return;
    }
    if (n === "trap") {
      this.code.push(0x00);
      return;
    }
    const type = this.typeOf(args[0]!) ?? "i32";
    if (comparisons.has(n) || n === "divu" || n === "remu") {
      const t = this.typeOf(args[0]!) ?? this.typeOf(args[1]!) ?? "i32";
      this.emit(args[0]!, t);
      this.emit(args[1]!, t);
      this.code.push(binaryCodes[t][n]!);
      return;
    }
    this.emit(args[0]!, type);
    const conversion = `${n} ${type}`;
    const codes: Readonly<Record<string, readonly number[]>> = {
      "toI32 i64": [0xa7],
      "toI32 f64": [0xfc, 2],
      "toI64 i32": [0xac],
      "toI64 f64": [0xfc, 6],
      "toI64u i32": [0xad],
      "toF64 i32": [0xb7],
      "toF64 i64": [0xb9],
      "toF64u i32": [0xb8],
      "floor f64": [0x9c],
      "clz i32": [0x67],
      "ctz i32": [0x68],
      "ctz i64": [0x7a],
    };
    this.code.push(...(codes[conversion] ?? this.fail(`undefined: ${conversion}`)));
  }

  // --- statements ---

  private block(): void {
    this.expect("{");
    this.scopes.push(new Map());
    while (!this.accept("}")) this.statement();
    this.scopes.pop();
  }

  private open(op: number): void {
    this.code.push(op, 0x40);
    this.depth++;
  }

  private close(): void {
    this.code.push(0x0b);
    this.depth--;
  }

  private branch(op: number, to: number): void {
    this.code.push(op);
    uleb(this.code, this.depth - to);
  }

  private body(): void {
    if (this.peek() === "{") this.block();
    else this.statement();
  }

  private statement(label = ""): void {
    const t = this.peek();
    if (t === "{") {
      this.block();
      return;
    }
    this.pos++;
    switch (t) {
      case "let":
      case "const":
        this.declaration();
        this.expect(";");
        return;
      case "if":
        this.expect("(");
        this.truth(this.expression());
        this.expect(")");
        this.open(0x04);
        this.body();
        if (this.accept("else")) {
          this.code.push(0x05);
          this.body();
        }
        this.close();
        return;
      case "while":
        this.expect("(");
        this.loop(label, this.expression(), -1);
        return;
      case "for":
        this.forLoop(label);
        return;
      case "break":
      case "continue": {
        const l = this.accept(";") ? "" : this.next();
        if (l !== "") this.expect(";");
        for (let i = this.targets.length - 1; i >= 0; i--) {
          const x = this.targets[i]!;
          if (l !== "" && x.label !== l) continue;
          this.branch(0x0c, t === "break" ? x.brk : x.cont);
          return;
        }
        this.fail(`${t} outside of a loop`);
        return;
      }
      case "return":
        if (!this.accept(";")) {
          this.emit(this.expression(), this.result ?? this.fail("no result expected"));
          this.expect(";");
        }
        this.code.push(0x0f);
        return;
      default:
        if (this.peek() === ":") {
          this.pos++;
          this.statement(t);
          return;
        }
        this.pos--;
        this.simple();
        this.expect(";");
    }
  }

  private declaration(): void {
    do {
      const n = this.next();
      const declared = this.accept(":") ? this.typeName() : undefined;
      let init: Node = { k: "num", v: 0 };
      if (this.accept("=")) init = this.expression();
      const type = declared ?? this.typeOf(init) ?? "i32";
      this.emit(init, type);
      const i = this.locals.length;
      this.locals.push(type);
      this.scopes[this.scopes.length - 1]!.set(n, i);
      this.code.push(0x21);
      uleb(this.code, i);
    } while (this.accept(","));
  }

  /** An assignment or a call. */
  private simple(): void {
    const n = this.next();
    const op = this.next();
    if (op === "(") {
      this.pos -= 2;
      const e = this.expression();
      if (e.k !== "call") this.fail("call expected");
      this.call(e.name, e.args);
      if (stores[e.name] === undefined && !["copy", "fill", "trap"].includes(e.name)) {
        if (this.functions.get(e.name)?.result !== undefined) this.code.push(0x1a);
      }
      return;
    }
    const l = this.lookup(n);
    const g = this.globals.get(n);
    const type = l >= 0 ? this.locals[l]! : (g?.type ?? this.fail(`undefined: ${n}`));
    const self: Node = { k: "var", name: n };
    if (op === "=") this.emit(this.expression(), type);
    else if (op === "++" || op === "--") this.emit({ k: "bin", op: op[0]!, l: self, r: { k: "num", v: 1 } }, type);
    else if (op.endsWith("=")) this.emit({ k: "bin", op: op.slice(0, -1), l: self, r: this.expression() }, type);
    else this.fail(`unexpected ${op}`);
    this.code.push(l >= 0 ? 0x21 : 0x24);
    uleb(this.code, l >= 0 ? l : g!.index);
  }

  private loop(label: string, cond: Node | undefined, update: number): void {
    this.expect(")");
    this.open(0x02);
    const brk = this.depth;
    this.open(0x03);
    const top = this.depth;
    if (cond !== undefined) {
      this.truth(cond);
      this.code.push(0x45);
      this.branch(0x0d, brk);
    }
    if (update >= 0) this.open(0x02);
    this.targets.push({ label, brk, cont: update >= 0 ? this.depth : top });
    this.body();
    this.targets.pop();
    if (update >= 0) {
      this.close();
      const end = this.pos;
      this.pos = update;
      do this.simple();
      while (this.accept(","));
      this.pos = end;
    }
    this.branch(0x0c, top);
    this.close();
    this.close();
  }

  private forLoop(label: string): void {
    this.scopes.push(new Map());
    this.expect("(");
    if (!this.accept(";")) {
      if (this.accept("let")) this.declaration();
      else this.simple();
      this.expect(";");
    }
    const cond = this.peek() === ";" ? undefined : this.expression();
    this.expect(";");
    let update = -1;
    if (this.peek() !== ")") {
      update = this.pos;
      for (let depth = 0; depth > 0 || this.peek() !== ")"; this.pos++) {
        if (this.peek() === "(") depth++;
        else if (this.peek() === ")") depth--;
      }
    }
    this.loop(label, cond, update);
    this.scopes.pop();
  }

  // --- the module ---

  private functionBody(b: Compiler["bodies"][number]): number[] {
    this.file = b.file;
    this.tokens = b.tokens;
    this.lines = b.lines;
    this.pos = b.at;
    this.code = [];
    this.locals = b.sig.params.map((p) => p.type);
    this.scopes = [new Map(b.sig.params.map((p, i) => [p.name, i]))];
    this.depth = 0;
    this.targets = [];
    this.result = b.sig.result;
    this.block();
    if (this.result !== undefined) this.code.push(0x00);
    const out: number[] = [];
    const vars = this.locals.slice(b.sig.params.length);
    const runs: [number, Type][] = [];
    for (const v of vars) {
      const last = runs[runs.length - 1];
      if (last !== undefined && last[1] === v) last[0]++;
      else runs.push([1, v]);
    }
    uleb(out, runs.length);
    for (const [n, t] of runs) {
      uleb(out, n);
      out.push(valueCode[t]);
    }
    for (const c of this.code) out.push(c);
    out.push(0x0b);
    return out;
  }

  private module(imports: readonly Signature[]): Uint8Array {
    const out = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const section = (id: number, body: number[]): void => {
      out.push(id);
      uleb(out, body.length);
      for (const b of body) out.push(b);
    };
    const all = [...imports, ...this.bodies.map((b) => b.sig)];
    const types: number[] = [];
    const typeIndex = new Map<string, number>();
    const typeOf = all.map((f) => {
      const key = [...f.params.map((p) => p.type), "→", f.result ?? ""].join(" ");
      let i = typeIndex.get(key);
      if (i === undefined) {
        i = typeIndex.size;
        typeIndex.set(key, i);
        types.push(0x60);
        uleb(types, f.params.length);
        for (const p of f.params) types.push(valueCode[p.type]);
        types.push(...(f.result === undefined ? [0] : [1, valueCode[f.result]]));
      }
      return i;
    });
    const t: number[] = [];
    uleb(t, typeIndex.size);
    section(1, [...t, ...types]);
    const im: number[] = [];
    uleb(im, imports.length + 1);
    name(im, "js");
    name(im, "memory");
    im.push(0x02, 0x00, 0x01);
    imports.forEach((f, i) => {
      name(im, "js");
      name(im, f.name);
      im.push(0x00);
      uleb(im, typeOf[i]!);
    });
    section(2, im);
    const fn: number[] = [];
    uleb(fn, this.bodies.length);
    for (let i = 0; i < this.bodies.length; i++) uleb(fn, typeOf[imports.length + i]!);
    section(3, fn);
    const gl: number[] = [];
    uleb(gl, this.globals.size);
    for (const g of this.globals.values()) {
      gl.push(valueCode[g.type], 1);
      this.code = [];
      this.num(g.value, g.type);
      gl.push(...this.code, 0x0b);
    }
    section(6, gl);
    const ex: number[] = [];
    const exported = this.bodies.filter((b) => b.sig.exported);
    uleb(ex, exported.length + this.globals.size);
    for (const { sig } of exported) {
      name(ex, sig.name);
      ex.push(0x00);
      uleb(ex, sig.index);
    }
    for (const g of this.globals.values()) {
      name(ex, g.name);
      ex.push(0x03);
      uleb(ex, g.index);
    }
    section(7, ex);
    const co: number[] = [];
    uleb(co, this.bodies.length);
    for (const b of this.bodies) {
      const body = this.functionBody(b);
      uleb(co, body.length);
      for (const x of body) co.push(x);
    }
    section(10, co);
    return Uint8Array.from(out);
  }
}

function fold(op: string, l: number, r: number): number {
  switch (op) {
    case "+":
      return l + r;
    case "-":
      return l - r;
    case "*":
      return l * r;
    case "/":
      return Math.trunc(l / r);
    case "%":
      return l % r;
    case "&":
      return l & r;
    case "|":
      return l | r;
    case "^":
      return l ^ r;
    case "<<":
      return l << r;
    case ">>":
      return l >> r;
    case ">>>":
      return l >>> r;
    default:
      throw new Error(`cannot fold ${op}`);
  }
}
