import { NoPos, type Pos } from "#base";
import {
  AllocSite,
  type Aux,
  type Block,
  BlockKind,
  type Func,
  Kind,
  Op,
  type SType,
  type Value,
  bypassCopies,
  copySource,
  fuse,
  onlyArgument,
  removeUnreachable,
} from "../core/index.ts";
import type { DebugLog } from "./debuglog.ts";
import type { STypes } from "./stypes.ts";

/** The variable that is the state of memory. */
const memVar = 0;

/**
 * Builds SSA form while the tree is walked (Braun et al., "Simple and Efficient Construction of Static Single Assignment
 * Form"): a variable's value is looked up in the current block and then in its predecessors; a block whose predecessors are
 * not all known yet gets a phi that is completed when it is sealed.
 */
export class SSABuilder {
  /** The block being filled; null after a jump, a return or a panic. */
  cur: Block | null = null;
  pos: Pos = NoPos;
  /** Number of loops around the current place. */
  loopDepth = 0;
  /** Type of each variable. */
  private readonly varTypes: SType[] = [];
  /** Current value of each variable, by block id. */
  private readonly defs: (Map<number, Value> | undefined)[] = [];
  private readonly sealed: boolean[] = [];
  /** Phis of blocks that are not sealed. */
  private readonly incomplete: (Map<number, Value> | undefined)[] = [];
  private readonly phis: Value[] = [];
  /** What debuggers will be told of variables; null: nothing. */
  protected log: DebugLog | null = null;

  constructor(
    readonly f: Func,
    readonly types: STypes,
  ) {
    this.varTypes.push(types.mem);
  }

  // ---- Blocks

  newBlock(kind: BlockKind = BlockKind.Plain): Block {
    const b = this.f.newBlock(kind);
    this.defs[b.id] = new Map();
    this.sealed[b.id] = false;
    return b;
  }

  /** Continues in b. */
  start(b: Block): void {
    this.cur = b;
    b.pos = this.pos;
  }

  /** Continues in b, whose predecessors are all known. */
  startSealed(b: Block): void {
    this.seal(b);
    this.start(b);
  }

  /** Ends the current block with a jump; nothing if there is no current block. */
  jump(to: Block): void {
    const b = this.cur;
    if (b === null) return;
    this.noteEnd();
    b.kind = BlockKind.Plain;
    b.pos = this.pos;
    b.addEdgeTo(to);
    this.cur = null;
  }

  /** Ends the current block with a branch. likely: 1 the first way, -1 the second. */
  branch(cond: Value, yes: Block, no: Block, likely = 0): void {
    const b = this.cur;
    if (b === null) return;
    this.noteEnd();
    b.kind = BlockKind.If;
    b.pos = this.pos;
    b.likely = likely;
    b.setControl(cond);
    b.addEdgeTo(yes);
    b.addEdgeTo(no);
    this.cur = null;
  }

  /** Ends the current block: its last call does not return. */
  exit(): void {
    const b = this.cur;
    if (b === null) return;
    b.kind = BlockKind.Exit;
    b.pos = this.pos;
    b.setControl(this.mem);
    this.cur = null;
  }

  /** All predecessors of b are known: completes its phis. */
  seal(b: Block): void {
    if (this.sealed[b.id]) return;
    this.sealed[b.id] = true;
    const phis = this.incomplete[b.id];
    if (phis === undefined) return;
    this.incomplete[b.id] = undefined;
    for (const [variable, phi] of phis) this.addOperands(variable, phi);
  }

  isSealed(b: Block): boolean {
    return this.sealed[b.id] === true;
  }

  // ---- Variables

  newVar(type: SType): number {
    this.varTypes.push(type);
    return this.varTypes.length - 1;
  }

  write(variable: number, v: Value): void {
    if (this.cur === null) return;
    this.defs[this.cur.id]!.set(variable, v);
    if (this.log !== null) this.log.write(variable, v, this.cur);
  }

  read(variable: number): Value {
    return this.readIn(variable, this.cur!);
  }

  get mem(): Value {
    return this.readIn(memVar, this.cur!);
  }

  set mem(v: Value) {
    this.defs[this.cur!.id]!.set(memVar, v);
  }

  private readIn(variable: number, block: Block): Value {
    // Chains of blocks with one predecessor are followed without recursion.
    let b = block;
    for (;;) {
      const v = this.defs[b.id]!.get(variable);
      if (v !== undefined) {
        const r = copySource(v);
        if (b !== block) this.defs[block.id]!.set(variable, r);
        return r;
      }
      if (!this.sealed[b.id] || b.preds.length !== 1) break;
      b = b.preds[0]!.b;
    }
    let v: Value;
    if (!this.sealed[b.id]) {
      v = this.newPhi(variable, b);
      let waiting = this.incomplete[b.id];
      if (waiting === undefined) {
        waiting = new Map();
        this.incomplete[b.id] = waiting;
      }
      waiting.set(variable, v);
    } else if (b.preds.length === 0) {
      v = this.undefinedIn(variable, b);
    } else {
      v = this.newPhi(variable, b);
      this.defs[b.id]!.set(variable, v);
      v = this.addOperands(variable, v);
    }
    this.defs[b.id]!.set(variable, v);
    if (b !== block) this.defs[block.id]!.set(variable, v);
    return v;
  }

  private newPhi(variable: number, b: Block): Value {
    const v = b.newValue(Op.Phi, this.varTypes[variable]!, b.pos);
    this.phis.push(v);
    if (this.log !== null) this.log.phi(variable, v);
    return v;
  }

  private addOperands(variable: number, phi: Value): Value {
    const preds = phi.block.preds;
    for (let i = 0; i < preds.length; i++) phi.addArg(this.readIn(variable, preds[i]!.b));
    const same = onlyArgument(phi);
    if (same === null) return phi;
    phi.copyOf(same);
    return same;
  }

  /** The value of a variable where nothing has been assigned: only in code that is never reached. */
  private undefinedIn(variable: number, b: Block): Value {
    const t = this.varTypes[variable]!;
    if (t.kind === Kind.Mem) return b.newValue(Op.InitMem, t, NoPos);
    const saved = this.cur;
    this.cur = b;
    const v = this.zeroValue(t);
    this.cur = saved;
    return v;
  }

  /** Number of variables there are, 0 being memory. */
  protected get varCount(): number {
    return this.varTypes.length;
  }

  // ---- Positions, for debuggers

  /** Code of the current position is about to be made. */
  protected note(): void {
    const l = this.log;
    if (l !== null && this.cur !== null && (this.pos !== l.pos || this.cur !== l.block)) l.at(this.pos, this.cur);
  }

  private noteEnd(): void {
    const l = this.log;
    if (l !== null && (this.pos !== l.pos || this.cur !== l.block)) l.atEnd(this.pos, this.cur!);
  }

  // ---- Values

  val(op: Op, type: SType, ...args: Value[]): Value {
    this.note();
    return this.cur!.newValue(op, type, this.pos, ...args);
  }

  valAux(op: Op, type: SType, auxInt: number, aux: Aux, ...args: Value[]): Value {
    this.note();
    const v = this.cur!.newValue(op, type, this.pos, ...args);
    v.auxInt = auxInt;
    v.aux = aux;
    return v;
  }

  /** An operation whose last argument and only result is memory. */
  effect(op: Op, auxInt: number, aux: Aux, ...args: Value[]): void {
    this.note();
    const v = this.cur!.newValue(op, this.types.mem, this.pos, ...args, this.mem);
    v.auxInt = auxInt;
    v.aux = aux;
    this.mem = v;
  }

  /** An operation that yields (value, memory): the value. */
  produce(op: Op, type: SType, auxInt: number, aux: Aux, ...args: Value[]): Value {
    this.note();
    const v = this.cur!.newValue(op, this.types.tuple([type, this.types.mem]), this.pos, ...args, this.mem);
    v.auxInt = auxInt;
    v.aux = aux;
    const r = this.select(v, 0, type);
    this.mem = this.select(v, 1, this.types.mem);
    return r;
  }

  select(tuple: Value, i: number, type: SType): Value {
    return this.valAux(Op.SelectN, type, i, null, tuple);
  }

  int(n: number): Value {
    return this.f.constInt(this.types.int, n);
  }

  bool(b: boolean): Value {
    return this.f.constBool(this.types.bool, b);
  }

  /** The zero value of an SSA type. */
  zeroValue(t: SType): Value {
    switch (t.kind) {
      case Kind.Bool:
        return this.f.constBool(t, false);
      case Kind.Float32:
      case Kind.Float64:
        return this.f.constFloat(t, 0);
      case Kind.Complex64:
      case Kind.Complex128: {
        const z = this.f.constFloat(t.kind === Kind.Complex64 ? this.types.float32 : this.types.float64, 0);
        return this.val(Op.ComplexMake, t, z, z);
      }
      case Kind.String:
        return this.f.constString(t, "");
      case Kind.Struct:
        return this.val(Op.StructMake, t, ...t.fields.map((f) => this.zeroValue(f.type)));
      case Kind.Array:
        return this.val(Op.ArrayMake1, t, this.zeroValue(t.elem!));
      default:
        return t.isInteger ? this.f.constInt(t, 0) : this.f.constNil(t);
    }
  }

  // ---- Memory

  load(t: SType, ptr: Value): Value {
    return this.val(t.canSSA ? Op.Load : Op.Deref, t, ptr, this.mem);
  }

  /** Stores v, which may be a value that lives in memory. */
  store(t: SType, ptr: Value, v: Value): void {
    if (t.size === 0) return;
    // `s.f = s.f[:n]` leaves the pointer as it is: no barrier then, which the runtime counts on.
    if (v.op === Op.SliceMake && this.isPointerOf(v.args[0]!, ptr)) {
      this.effect(Op.Store, 0, this.types.int, this.offset(ptr, 8, this.types.int), v.args[1]!);
      this.effect(Op.Store, 0, this.types.int, this.offset(ptr, 16, this.types.int), v.args[2]!);
      return;
    }
    this.effect(Op.Store, 0, t, ptr, this.fresh(v));
  }

  /** Whether p is the pointer of the slice that is at address at, as memory is now. */
  private isPointerOf(p: Value, at: Value): boolean {
    if (p.op !== Op.SlicePtr) return false;
    const slice = p.args[0]!;
    return slice.op === Op.Load && slice.args[1] === this.mem && samePlace(slice.args[0]!, at);
  }

  zero(t: SType, ptr: Value): void {
    if (t.size === 0) return;
    if (t.canSSA) this.effect(Op.Store, 0, t, ptr, this.zeroValue(t));
    else this.effect(Op.Zero, t.size, t, ptr);
  }

  /** A value that lives in memory, as of now: it must not have been changed since it was made. */
  fresh(v: Value): Value {
    if (v.op !== Op.Deref || v.args[1] === this.mem) return v;
    return this.val(Op.Deref, v.type, v.args[0]!, this.mem);
  }

  offset(ptr: Value, by: number, to: SType): Value {
    const t = this.types.pointerTo(to);
    if (ptr.op === Op.OffPtr) return this.valAux(Op.OffPtr, t, ptr.auxInt + by, null, ptr.args[0]!);
    return this.valAux(Op.OffPtr, t, by, null, ptr);
  }

  /** A new zeroed object: its address. pos: where messages place it. */
  alloc(type: SType, kind: AllocSite["kind"], name: string, pos = this.pos): Value {
    const site = new AllocSite(type, kind, name, pos, this.loopDepth);
    return this.produce(Op.Alloc, this.types.pointerTo(type), 0, site);
  }

  /** A temporary in memory that holds v: its address. */
  spill(v: Value, kind: AllocSite["kind"] = "temp"): Value {
    const p = this.alloc(v.type, kind, "");
    this.store(v.type, p, v);
    return p;
  }

  /** v as something that later changes of memory do not affect. */
  stable(v: Value): Value {
    if (v.op !== Op.Deref) return v;
    return this.load(v.type, this.spill(v));
  }

  // ---- The end

  /** Completes the function: removes what is not reached and phis that choose nothing. */
  finish(): void {
    for (const b of this.f.blocks) this.seal(b);
    removeUnreachable(this.f);
    for (let changed = true; changed; ) {
      changed = false;
      for (const phi of this.phis) {
        const same = phi.op === Op.Phi ? onlyArgument(phi) : null;
        if (same === null) continue;
        phi.copyOf(same);
        changed = true;
      }
    }
    this.describe();
    dropCopies(this.f);
    fuse(this.f);
  }

  /** Notes for debuggers what is known of variables, while blocks are as they were built. */
  protected describe(): void {}
}

/** Whether two addresses are the same offset from the same pointer. */
function samePlace(a: Value, b: Value): boolean {
  let offset = 0;
  const base = (v: Value, sign: number): Value => {
    while (v.op === Op.OffPtr || v.op === Op.NilCheck || v.op === Op.Copy) {
      if (v.op === Op.OffPtr) offset += sign * v.auxInt;
      v = v.args[0]!;
    }
    return v;
  };
  const x = base(a, 1);
  const y = base(b, -1);
  if (offset !== 0) return false;
  return x === y || (x.op === Op.Addr && y.op === Op.Addr && x.aux === y.aux && x.auxInt === y.auxInt);
}

/** Removes what is only a copy: no value of the finished function is one. */
function dropCopies(f: Func): void {
  bypassCopies(f);
  for (const b of f.blocks) {
    let n = 0;
    for (const v of b.values) {
      if (v.op === Op.Copy) v.resetArgs();
      else b.values[n++] = v;
    }
    b.values.length = n;
  }
}
