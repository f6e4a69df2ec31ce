// The set of handlers: which instruction in which shape runs under which number. The frequent ones are cases of the
// interpreter loop, the rest functions in the table; what was never seen before is emitted when it is first decoded.

import "../sem/all.ts";
import { At } from "../mem/layout.ts";
import { type Semantic, semantic, semanticById, semanticNames } from "../sem/registry.ts";
import { Body, ModuleBuilder } from "../wasm/module.ts";
import { i32, stores, uleb } from "../wasm/value.ts";
import { baked } from "./baked.ts";
import { Handler, type importNames, type Kind, Place, type Shape } from "./handler.ts";
import { warm } from "./gen/warm.ts";
import { hot } from "./hot.ts";

const sizes = [8, 16, 32, 64, 128, 256, 80, 0];
const kindLetters = "-rmiv";

/** What a handler is made for. */
export class HandlerKey {
  constructor(
    readonly semantic: Semantic,
    readonly shapes: readonly Shape[],
    readonly flags: boolean,
    readonly extra: number,
  ) {}

  /** "add r64,m64 f" or "jcc - 4": how the lists of frequent handlers name it. */
  toString(): string {
    const ops = this.shapes.map((s) => `${kindLetters[s.kind]}${s.size}`).join(",") || "-";
    return `${this.semantic.name} ${ops}${this.flags ? " f" : ""}${this.extra !== 0 ? ` ${this.extra}` : ""}`;
  }
}

/** A key packed into a number: semantic, up to four shapes of six bits, flags, extra. */
export function packKey(id: number, shapes: number, flags: boolean, extra: number): number {
  return ((id * 16777216 + shapes) * 2 + (flags ? 1 : 0)) * 256 + extra;
}

/** Six bits for an operand. */
export function packShape(kind: Kind, size: number): number {
  return kind | (sizeCode(size) << 3);
}

function sizeCode(size: number): number {
  switch (size) {
    case 8:
      return 0;
    case 16:
      return 1;
    case 32:
      return 2;
    case 64:
      return 3;
    case 128:
      return 4;
    case 256:
      return 5;
    case 80:
      return 6;
    default:
      return 7;
  }
}

function unpackKey(packed: number): HandlerKey {
  const extra = packed % 256;
  const rest = Math.floor(packed / 256);
  const flags = rest % 2 === 1;
  const withShapes = Math.floor(rest / 2);
  let bits = withShapes % 16777216;
  const shapes: Shape[] = [];
  while (bits !== 0) {
    shapes.push({ kind: bits & 7, size: sizes[(bits >> 3) & 7] as number });
    bits >>= 6;
  }
  return new HandlerKey(semanticById(Math.floor(withShapes / 16777216)), shapes, flags, extra);
}

function parseKey(text: string): number {
  const [name, ops, ...rest] = text.split(" ") as [string, string, ...string[]];
  const s = semantic(name);
  if (s === undefined) return -1;
  let shapes = 0;
  if (ops !== "-") {
    ops.split(",").forEach((o, i) => {
      shapes += packShape(kindLetters.indexOf(o[0] as string) as Kind, Number(o.slice(1))) << (6 * i);
    });
  }
  const flags = rest[0] === "f";
  const extra = Number(rest[flags ? 1 : 0] ?? 0);
  return packKey(s.id, shapes, flags, extra);
}

function emitBody(body: Body, place: Place, label: number, key: HandlerKey): void {
  const c = new Handler(body, body.param(0, "i32"), place, label, key.shapes, key.flags, key.extra);
  key.semantic.emit(c);
  if (!key.semantic.control) c.next();
}

function declareImports(m: ModuleBuilder): void {
  m.import("missRead", ["i32", "i32", "i32"], "i32");
  m.import("missWrite", ["i32", "i32", "i32"], "i32");
  m.import("commitWrite", []);
  m.import("resolve", ["i32"], "i32");
  m.import("lookup", ["i32", "i32"], "i32");
  m.import("helper", ["i32", "i32"], "i32");
}

/** Table slots: numbers of handlers are 16 bits in a record. */
const tableSize = 32768;

interface Base {
  readonly module: WebAssembly.Module;
  readonly keys: readonly number[];
}

let baseModule: Base | undefined;

/** The module that every machine starts from. A bundle brings its bytes along; elsewhere it is emitted at the first use. */
function base(): Base {
  if (baseModule !== undefined) return baseModule;
  if (baked !== undefined && baked.order === semanticNames().join(" ")) {
    baseModule = { module: new WebAssembly.Module(baked.wasm), keys: baked.keys };
  } else {
    const b = emitBase(frequent);
    baseModule = { module: new WebAssembly.Module(b.wasm), keys: b.keys };
  }
  return baseModule;
}

/** How many of the seen forms are emitted where no bundle brings them: the rest is emitted as it occurs. */
const frequent = 0;

/** The base module: the loop with its inline handlers, and the functions of the list of forms seen before. */
export function emitBase(forms = Number.POSITIVE_INFINITY): { wasm: Uint8Array; keys: number[]; order: string } {
  const seen = new Set<number>();
  const take = (list: readonly string[]): number[] => {
    const out: number[] = [];
    for (const t of list) {
      const k = parseKey(t);
      if (k < 0 || seen.has(k)) continue;
      seen.add(k);
      out.push(k);
    }
    return out;
  };
  const inline = take(hot);
  const functions = forms === 0 ? [] : take(warm.trim().split("\n")).slice(0, forms);
  const m = new ModuleBuilder();
  m.tableSize = tableSize;
  declareImports(m);
  const type = m.typeIndex(["i32"], "i32");
  m.func(loopBody(inline.map(unpackKey), type), "i32", "run");
  functions.forEach((k, i) => {
    const body = new Body(["i32"]);
    emitBody(body, Place.Function, 0, unpackKey(k));
    body.raw(0x00);
    m.element(inline.length + i, m.func(body, "i32"));
  });
  return { wasm: m.finish(), keys: [...inline, ...functions], order: semanticNames().join(" ") };
}

function loopBody(inline: readonly HandlerKey[], type: number): Body {
  const body = new Body(["i32"]);
  const ip = body.param(0, "i32");
  body.loop((label) => {
    // One block per handler; leaving the k-th from inside arrives at its code.
    const n = inline.length;
    for (let i = 0; i <= n; i++) {
      body.raw(0x02, 0x40);
      body.depth++;
    }
    for (const b of i32.load16u(ip.get()).code) body.raw(b);
    body.raw(0x0e);
    uleb(body.code, n);
    for (let i = 0; i <= n; i++) uleb(body.code, i);
    for (const key of inline) {
      body.depth--;
      body.raw(0x0b);
      emitBody(body, Place.Inline, label, key);
      body.release();
    }
    body.depth--;
    body.raw(0x0b);
    body.store(stores.i32, i32.const(0), ip.get(), At.Ip);
    for (const b of ip.get().code) body.raw(b);
    for (const b of i32.load16u(ip.get()).code) body.raw(b);
    body.raw(0x11);
    uleb(body.code, type);
    body.raw(0);
    // local.tee
    body.raw(0x22, 0);
    body.raw(0x0d);
    uleb(body.code, body.depth - 1 - label);
  });
  body.raw(0x41, 0);
  return body;
}

/** The handlers of one machine. */
export class Handlers {
  private readonly ids = new Map<number, number>();
  private readonly keys: number[] = [];
  private readonly table: WebAssembly.Table;
  private pending: number[] = [];
  readonly run: (ip: number) => number;

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly imports: Record<(typeof importNames)[number], WebAssembly.ImportValue>,
  ) {
    const b = base();
    this.table = new WebAssembly.Table({ element: "anyfunc", initial: tableSize });
    const instance = new WebAssembly.Instance(b.module, { env: { memory, table: this.table, ...imports } });
    this.run = instance.exports["run"] as (ip: number) => number;
    b.keys.forEach((k, i) => {
      this.ids.set(k, i);
      this.keys.push(k);
    });
  }

  /** The number of the handler for a key; a new one is emitted by flush(). */
  id(packed: number): number {
    const old = this.ids.get(packed);
    if (old !== undefined) return old;
    const id = this.keys.length;
    if (id >= tableSize) throw new Error("too many instruction forms");
    this.ids.set(packed, id);
    this.keys.push(packed);
    this.pending.push(id);
    return id;
  }

  /** Emits the handlers that were asked for since the last time. Must be called before they run. */
  flush(): void {
    if (this.pending.length === 0) return;
    const m = new ModuleBuilder();
    declareImports(m);
    for (const id of this.pending) {
      const body = new Body(["i32"]);
      emitBody(body, Place.Function, 0, unpackKey(this.keys[id] as number));
      body.raw(0x00);
      m.func(body, "i32", `h${id}`);
    }
    // The table is not imported: an instance that imports it copies all of it.
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(m.finish()), {
      env: { memory: this.memory, ...this.imports },
    });
    for (const id of this.pending) this.table.set(id, exports[`h${id}`]);
    this.pending = [];
  }

  name(id: number): string {
    return unpackKey(this.keys[id] as number).toString();
  }

  get count(): number {
    return this.keys.length;
  }
}
