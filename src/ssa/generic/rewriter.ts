import type { Pos } from "#base";
import {
  type Aux,
  type Block,
  BlockKind,
  Edge,
  type Func,
  Kind,
  Op,
  opInfo,
  type SType,
  type Value,
} from "../core/index.ts";
import type { Context } from "../context.ts";

/**
 * Rewrites a function block by block, keeping the order of values: a subclass turns one value into others, which go to where
 * the value was, and may end the block and go on in a new one. Lists of values are in an order of execution throughout.
 */
export abstract class Rewriter {
  /** Where values go. */
  cur!: Block;
  pos: Pos = 0 as Pos;
  /** Value.inl of the values to come: they stand in the inlined call of what they replace. */
  inl = -1;
  /** What a value of Tuple type has become, member by member, by value id. */
  private readonly results = new Map<Value, readonly Value[]>();

  constructor(
    readonly f: Func,
    readonly cx: Context,
  ) {}

  /** Rewrites v (which is in no block's list at that time) and returns true, or returns false to keep it. */
  protected abstract rewrite(v: Value): boolean;

  /** Before the control of a block is put back; cur is the block that will end. */
  protected end(_kind: number, _control: Value | null): void {}

  run(): void {
    for (const b of [...this.f.blocks]) this.runBlock(b);
    this.selectResults();
  }

  private runBlock(b: Block): void {
    const old = b.values;
    b.values = [];
    this.cur = b;
    const { kind, control, likely, aux, pos } = b;
    const succs = b.succs.splice(0);
    b.kind = BlockKind.Plain;
    b.control = null;
    b.likely = 0;
    b.aux = null;
    // Constants may stand anywhere in the entry; they come first, so that a split leaves them before all uses.
    for (const v of old) if (comesFirst(v)) b.values.push(v);
    for (const v of old) {
      if (comesFirst(v)) continue;
      this.pos = v.pos;
      this.inl = v.inl;
      if (!this.rewrite(v)) {
        v.block = this.cur;
        this.cur.values.push(v);
      }
    }
    this.pos = pos;
    this.end(kind, control);
    const last = this.cur;
    last.kind = kind;
    last.control = control;
    last.likely = likely;
    last.aux = aux;
    last.pos = pos;
    for (const e of succs) {
      last.succs.push(e);
      if (last !== b) e.b.preds[e.i] = new Edge(last, last.succs.length - 1);
    }
  }

  private selectResults(): void {
    if (this.results.size === 0) return;
    for (const b of this.f.blocks) {
      for (const v of b.values) {
        if (v.op !== Op.SelectN) continue;
        const r = this.results.get(v.args[0]!);
        if (r !== undefined) v.copyOf(r[v.auxInt]!);
      }
    }
  }

  /** Says what the members of a tuple have become; v is gone. */
  protected replaceTuple(v: Value, members: readonly Value[]): true {
    this.results.set(v, members);
    v.resetArgs();
    return true;
  }

  /** v stays where it was as a copy of another value. */
  protected replaceBy(v: Value, w: Value): true {
    v.copyOf(w);
    v.block = this.cur;
    this.cur.values.push(v);
    return true;
  }

  /** Keeps a changed v at its place. */
  protected keep(v: Value): true {
    v.block = this.cur;
    this.cur.values.push(v);
    return true;
  }

  val(op: number, type: SType, ...args: Value[]): Value {
    const v = this.cur.newValue(op, type, this.pos, ...args);
    v.inl = this.inl;
    return v;
  }

  /** A value with auxInt and aux. */
  valAux(op: number, type: SType, auxInt: number, aux: Aux, ...args: Value[]): Value {
    const v = this.cur.newValue(op, type, this.pos, ...args);
    v.inl = this.inl;
    v.auxInt = auxInt;
    v.aux = aux;
    return v;
  }

  int(n: number): Value {
    return this.f.constInt(this.cx.types.int, n);
  }

  offPtr(p: Value, offset: number, type: SType = p.type): Value {
    if (offset === 0 && type === p.type) return p;
    return this.valAux(Op.OffPtr, type, offset, null, p);
  }

  load(type: SType, p: Value, mem: Value): Value {
    return this.val(Op.Load, type, p, mem);
  }

  store(type: SType, p: Value, x: Value, mem: Value): Value {
    return this.valAux(Op.Store, this.cx.types.mem, 0, type, p, x, mem);
  }

  select(tuple: Value, i: number): Value {
    return this.valAux(Op.SelectN, tuple.type.members[i]!, i, null, tuple);
  }

  /** A call of a function of the runtime: its results, then the memory. */
  call(name: string, params: readonly SType[], results: readonly SType[], args: readonly Value[], mem: Value): Value[] {
    const types = this.cx.types;
    const fn = this.cx.runtimeFunc(name, params, results);
    const call = this.valAux(Op.StaticCall, types.tuple([...results, types.mem]), 0, fn, ...args, mem);
    const out: Value[] = [];
    for (let i = 0; i <= results.length; i++) out.push(this.select(call, i));
    return out;
  }

  /** Ends the current block with a branch; values go to the block for true next. */
  branch(cond: Value, likely: number): { yes: Block; no: Block } {
    const yes = this.newBlock();
    const no = this.newBlock();
    this.cur.kind = BlockKind.If;
    this.cur.pos = this.pos;
    this.cur.setControl(cond);
    this.cur.likely = likely;
    this.cur.addEdgeTo(yes);
    this.cur.addEdgeTo(no);
    this.cur = yes;
    return { yes, no };
  }

  newBlock(): Block {
    const b = this.f.newBlock(BlockKind.Plain);
    b.pos = this.pos;
    return b;
  }

  /** Ends the current block by going to another. */
  goTo(b: Block): void {
    this.cur.kind = BlockKind.Plain;
    this.cur.addEdgeTo(b);
  }

  /** Ends the current block, which is never left: after a call that does not return. */
  exit(mem: Value): void {
    this.cur.kind = BlockKind.Exit;
    this.cur.setControl(mem);
  }

  phi(type: SType, ...args: Value[]): Value {
    return this.val(Op.Phi, type, ...args);
  }

  isMem(v: Value): boolean {
    return v.type.kind === Kind.Mem;
  }
}

function comesFirst(v: Value): boolean {
  return v.op === Op.Phi || v.op === Op.InitMem || (v.args.length === 0 && opInfo(v.op).rematerializable);
}
