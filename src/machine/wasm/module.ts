import { type I32, type StoreOp, storeCode, typeByte, uleb, type I64, Val, type ValType } from "./value.ts";

/** A mutable local of a body. */
export class Local<K extends ValType> {
  constructor(
    readonly type: K,
    readonly index: number,
  ) {}

  get(): Val<K> {
    const code = [0x20];
    uleb(code, this.index);
    return new Val(this.type, code);
  }
}

/** The statements of one function. Labels are the nesting depth at which they were opened. */
export class Body {
  readonly code: number[] = [];
  readonly locals: ValType[] = [];
  /** How many of the locals of each type are taken; release() gives them all back. */
  private readonly free: Record<ValType, number[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  private readonly taken: Local<ValType>[] = [];
  depth = 0;

  constructor(readonly params: readonly ValType[]) {}

  param<K extends ValType>(index: number, type: K): Local<K> {
    return new Local(type, index);
  }

  /** A fresh local, its contents unknown. */
  local<K extends ValType>(type: K): Local<K> {
    const old = this.free[type].pop();
    const l = new Local(type, old ?? this.params.length + this.locals.length);
    if (old === undefined) this.locals.push(type);
    this.taken.push(l);
    return l;
  }

  /** Makes all locals of local() available again: they are dead from here on. */
  release(): void {
    for (const l of this.taken) this.free[l.type].push(l.index);
    this.taken.length = 0;
  }

  set<K extends ValType>(l: Local<K>, v: Val<K>): void {
    for (const b of v.code) this.code.push(b);
    this.code.push(0x21);
    uleb(this.code, l.index);
  }

  /** Evaluates v now, once. */
  let<K extends ValType>(v: Val<K>): Val<K> {
    const l = this.local(v.type);
    this.set(l, v);
    return l.get();
  }

  store<K extends ValType>(kind: StoreOp<K>, address: I32, value: Val<K>, offset = 0): void {
    for (const b of storeCode(kind, address, value, offset)) this.code.push(b);
  }

  /** Evaluates v for its effect. */
  drop(v: Val<ValType>): void {
    for (const b of v.code) this.code.push(b);
    this.code.push(0x1a);
  }

  /** A call that leaves nothing. */
  call(index: number, ...args: (I32 | I64)[]): void {
    for (const a of args) for (const b of a.code) this.code.push(b);
    this.code.push(0x10);
    uleb(this.code, index);
  }

  if(cond: I32, then: () => void, otherwise?: () => void): void {
    for (const b of cond.code) this.code.push(b);
    this.code.push(0x04, 0x40);
    this.depth++;
    then();
    if (otherwise !== undefined) {
      this.code.push(0x05);
      otherwise();
    }
    this.depth--;
    this.code.push(0x0b);
  }

  /** A block; the label leaves it. */
  block(body: (label: number) => void): void {
    this.code.push(0x02, 0x40);
    body(this.depth++);
    this.depth--;
    this.code.push(0x0b);
  }

  /** A loop; the label goes back to its start. */
  loop(body: (label: number) => void): void {
    this.code.push(0x03, 0x40);
    body(this.depth++);
    this.depth--;
    this.code.push(0x0b);
  }

  br(label: number): void {
    this.code.push(0x0c);
    uleb(this.code, this.depth - 1 - label);
  }

  brIf(label: number, cond: I32): void {
    for (const b of cond.code) this.code.push(b);
    this.code.push(0x0d);
    uleb(this.code, this.depth - 1 - label);
  }

  return(v?: Val<ValType>): void {
    if (v !== undefined) for (const b of v.code) this.code.push(b);
    this.code.push(0x0f);
  }

  /** Bytes as they are. */
  raw(...bytes: number[]): void {
    for (const b of bytes) this.code.push(b);
  }
}

interface FuncType {
  readonly params: readonly ValType[];
  readonly result: ValType | undefined;
}

/** A WebAssembly module under construction: imports come first, then functions. */
export class ModuleBuilder {
  private readonly types: FuncType[] = [];
  private readonly imports: { name: string; type: number }[] = [];
  private readonly funcs: { type: number; body: Body; name: string | undefined }[] = [];
  private readonly elements: { slot: number; func: number }[] = [];
  tableSize = 0;

  typeIndex(params: readonly ValType[], result?: ValType): number {
    const i = this.types.findIndex((t) => t.result === result && t.params.join() === params.join());
    return i >= 0 ? i : this.types.push({ params, result }) - 1;
  }

  /** An imported function env.name; returns its index. */
  import(name: string, params: readonly ValType[], result?: ValType): number {
    return this.imports.push({ name, type: this.typeIndex(params, result) }) - 1;
  }

  /** Adds a function; with a name it is exported. Returns its index. */
  func(body: Body, result: ValType | undefined, name?: string): number {
    this.funcs.push({ type: this.typeIndex(body.params, result), body, name });
    return this.imports.length + this.funcs.length - 1;
  }

  /** Puts a function into the imported table at `slot` on instantiation. */
  element(slot: number, func: number): void {
    this.elements.push({ slot, func });
  }

  /** The module's bytes. It imports env.memory and, when tableSize is set, env.table. */
  finish(): Uint8Array {
    const out: number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    section(out, 1, (s) => {
      uleb(s, this.types.length);
      for (const t of this.types) {
        s.push(0x60);
        uleb(s, t.params.length);
        for (const p of t.params) s.push(typeByte[p]);
        if (t.result === undefined) s.push(0);
        else s.push(1, typeByte[t.result]);
      }
    });
    section(out, 2, (s) => {
      uleb(s, this.imports.length + 1 + (this.tableSize > 0 ? 1 : 0));
      for (const i of this.imports) {
        name(s, "env");
        name(s, i.name);
        s.push(0);
        uleb(s, i.type);
      }
      name(s, "env");
      name(s, "memory");
      s.push(2, 0, 1);
      if (this.tableSize > 0) {
        name(s, "env");
        name(s, "table");
        s.push(1, 0x70, 0);
        uleb(s, this.tableSize);
      }
    });
    section(out, 3, (s) => {
      uleb(s, this.funcs.length);
      for (const f of this.funcs) uleb(s, f.type);
    });
    section(out, 7, (s) => {
      const exported = this.funcs.filter((f) => f.name !== undefined);
      uleb(s, exported.length);
      this.funcs.forEach((f, i) => {
        if (f.name === undefined) return;
        name(s, f.name);
        s.push(0);
        uleb(s, this.imports.length + i);
      });
    });
    if (this.elements.length > 0) {
      section(out, 9, (s) => {
        uleb(s, this.elements.length);
        for (const e of this.elements) {
          s.push(0, 0x41);
          const at: number[] = [];
          slebPositive(at, e.slot);
          for (const b of at) s.push(b);
          s.push(0x0b, 1);
          uleb(s, e.func);
        }
      });
    }
    const bodies = this.funcs.map((f) => encodeBody(f.body));
    let size = 5;
    for (const b of bodies) size += b.length + 5;
    const code: number[] = [];
    uleb(code, bodies.length);
    const bytes = new Uint8Array(out.length + size + 16);
    let at = out.length;
    bytes.set(out, 0);
    let length = code.length;
    const heads = bodies.map((b) => {
      const h: number[] = [];
      uleb(h, b.length);
      length += h.length + b.length;
      return h;
    });
    const head: number[] = [10];
    uleb(head, length);
    for (const part of [head, code]) {
      bytes.set(part, at);
      at += part.length;
    }
    bodies.forEach((b, i) => {
      const h = heads[i] as number[];
      bytes.set(h, at);
      at += h.length;
      bytes.set(b, at);
      at += b.length;
    });
    return bytes.subarray(0, at);
  }
}

function slebPositive(out: number[], v: number): void {
  let n = v;
  for (;;) {
    const b = n & 0x7f;
    n >>>= 7;
    if (n === 0 && (b & 0x40) === 0) {
      out.push(b);
      return;
    }
    out.push(b | 0x80);
  }
}

function encodeBody(body: Body): Uint8Array {
  const head: number[] = [];
  // Runs of one type are written together.
  const runs: { type: ValType; count: number }[] = [];
  for (const t of body.locals) {
    const last = runs[runs.length - 1];
    if (last !== undefined && last.type === t) last.count++;
    else runs.push({ type: t, count: 1 });
  }
  uleb(head, runs.length);
  for (const r of runs) {
    uleb(head, r.count);
    head.push(typeByte[r.type]);
  }
  const bytes = new Uint8Array(head.length + body.code.length + 1);
  bytes.set(head, 0);
  bytes.set(body.code, head.length);
  bytes[bytes.length - 1] = 0x0b;
  return bytes;
}

function section(out: number[], id: number, fill: (s: number[]) => void): void {
  const s: number[] = [];
  fill(s);
  out.push(id);
  uleb(out, s.length);
  for (const b of s) out.push(b);
}

function name(out: number[], text: string): void {
  uleb(out, text.length);
  for (let i = 0; i < text.length; i++) out.push(text.charCodeAt(i));
}
