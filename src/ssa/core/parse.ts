import { type Aux, type Block, BlockKind, Func, Value } from "./func.ts";
import { Op, opCodes } from "./op.ts";
import { blockKindCodes } from "./print.ts";
import { type FuncRef, Local, LocalKind } from "./refs.ts";
import type { SType } from "./stype.ts";

/** What the text form names but does not define. */
export interface ParseContext {
  /** A type by the name dumps show. */
  type(name: string): SType;
  /** What {text} after an operation means; locals of the function are found without it. */
  aux(op: number, text: string): Aux;
  /** The function itself by name. */
  func(name: string): FuncRef;
}

/** Reads the text form that funcString writes (without positions and registers). Values keep their numbers. */
export function parseFunc(text: string, cx: ParseContext): Func {
  return new Parser(cx).parse(text);
}

interface Pending {
  readonly v: Value;
  readonly args: readonly string[];
}

class Parser {
  private f!: Func;
  private readonly values = new Map<string, Value>();
  private readonly blocks = new Map<string, Block>();
  private readonly locals = new Map<string, Local>();
  private readonly pending: Pending[] = [];
  private readonly ends: { b: Block; control: string | null; succs: string[] }[] = [];
  private readonly preds = new Map<Block, string[]>();

  constructor(private readonly cx: ParseContext) {}

  parse(text: string): Func {
    let block: Block | null = null;
    for (const raw of text.split("\n")) {
      const line = raw.replace(/\s+\/\/ .*$/, "");
      if (line.trim() === "" || line.trim().startsWith("#")) continue;
      const head = /^func (\S+)(?: (\S+))?/.exec(line);
      if (head) {
        this.f = new Func(this.cx.func(head[1]!), 0);
        if (head[2] !== undefined) this.f.phase = head[2];
        continue;
      }
      const local = /^ +(param|result|auto) (\S+) <(.*)>$/.exec(line);
      if (local) {
        this.local(local[1]!, local[2]!, local[3]!);
        continue;
      }
      const label = /^(b\d+):( entry)?(?: <-((?: b\d+)*))?$/.exec(line);
      if (label) {
        block = this.block(label[1]!);
        if (label[2] !== undefined || this.f.entry === undefined) this.f.entry = block;
        if (label[3] !== undefined) this.preds.set(block, label[3].trim().split(" "));
        continue;
      }
      if (block === null) throw new Error(`outside a block: ${line}`);
      if (/^\s+v\d+ = /.test(line)) this.value(block, line.trim());
      else this.end(block, line.trim());
    }
    this.connect();
    return this.f;
  }

  private local(kind: string, name: string, type: string): void {
    const f = this.f;
    const list = kind === "param" ? f.params : kind === "result" ? f.results : f.autos;
    const k = kind === "param" ? LocalKind.Param : kind === "result" ? LocalKind.Result : LocalKind.Auto;
    const l = new Local(name, this.cx.type(type), k, list.length);
    list.push(l);
    this.locals.set(name, l);
  }

  private block(name: string): Block {
    let b = this.blocks.get(name);
    if (b === undefined) {
      this.f.nextBlockId = Number(name.slice(1));
      b = this.f.newBlock(BlockKind.Plain);
      this.blocks.set(name, b);
    }
    return b;
  }

  /** v7 = Op <type> v1 v2 [n] {aux} */
  private value(b: Block, line: string): void {
    const m = /^(v\d+) = (\w+) <(.*?)>((?: v\d+)*)(?: \[([^\]]*)\])?(?: \{(.*)\})?(?: @\d+)?$/.exec(line);
    if (m === null) throw new Error(`not a value: ${line}`);
    const op = opCodes().get(m[2]!);
    if (op === undefined) throw new Error(`no operation ${m[2]}`);
    const type = this.cx.type(m[3]!);
    const n = Number(m[1]!.slice(1));
    const v = new Value(n, op, type, 0, 0, null, [], b, 0 as never);
    if (m[5] !== undefined) {
      if (op === Op.ConstInt) {
        const x = BigInt(m[5]);
        v.auxInt = Number(BigInt.asIntN(32, x));
        v.auxHi = Number(BigInt.asIntN(32, x >> 32n));
      } else v.auxInt = Number(m[5]);
    }
    if (m[6] !== undefined) {
      if (m[6].startsWith('"')) v.aux = JSON.parse(m[6]) as string;
      else v.aux = this.locals.get(m[6]) ?? this.cx.aux(op, m[6]);
    }
    this.f.nextValueId = Math.max(this.f.nextValueId, n + 1);
    this.values.set(m[1]!, v);
    b.values.push(v);
    this.pending.push({ v, args: m[4]!.trim() === "" ? [] : m[4]!.trim().split(" ") });
  }

  private end(b: Block, line: string): void {
    const m = /^(\w+)(?: (v\d+))?(?: \{.*\})?(?: \((likely|unlikely)\))?(?: ->((?: b\d+)+))?$/.exec(line);
    const kind = m === null ? undefined : blockKindCodes().get(m[1]!);
    if (m === null || kind === undefined) throw new Error(`not an end of a block: ${line}`);
    b.kind = kind;
    b.likely = m[3] === "likely" ? 1 : m[3] === "unlikely" ? -1 : 0;
    this.ends.push({ b, control: m[2] ?? null, succs: m[4] === undefined ? [] : m[4].trim().split(" ") });
  }

  private connect(): void {
    const find = (name: string): Value => {
      const v = this.values.get(name);
      if (v === undefined) throw new Error(`${name} is not defined`);
      return v;
    };
    for (const { v, args } of this.pending) for (const a of args) v.addArg(find(a));
    for (const { b, control, succs } of this.ends) {
      if (control !== null) b.setControl(find(control));
      for (const s of succs) b.addEdgeTo(this.block(s));
    }
    for (const [b, names] of this.preds) this.orderPreds(b, names);
    for (const b of this.f.blocks) this.f.nextBlockId = Math.max(this.f.nextBlockId, b.id + 1);
  }

  /** Predecessors in the order written, since the arguments of phis are in that order. */
  private orderPreds(b: Block, names: readonly string[]): void {
    const left = [...b.preds];
    b.preds.length = 0;
    for (const name of names) {
      const k = left.findIndex((e) => e.b === this.blocks.get(name));
      if (k < 0) throw new Error(`${name} does not go to ${b}`);
      b.preds.push(left.splice(k, 1)[0]!);
    }
    b.preds.forEach((e, i) => {
      e.b.succs[e.i]!.i = i;
    });
  }
}
