import { NoPos, type Pos } from "#base";
import type { DebugValues } from "./debug.ts";
import type { FuncRef, Local } from "./refs.ts";
import { Op } from "./op.ts";
import type { SType } from "./stype.ts";

/** What a Value refers to besides its arguments; which one is said with each Op. */
export type Aux = object | string | null;

/** One SSA value: an operation, its type, its arguments. */
export class Value {
  /** Number of uses as argument or block control; kept by the methods below. */
  uses = 0;
  /** Assigned by register allocation: see ../regalloc. -1 before. */
  reg = -1;
  /** Free for the pass at work. */
  mark = 0;
  /** Index into func.inlinedCalls of the call through which this value came here, -1 if it was here from the start. */
  inl = -1;

  constructor(
    readonly id: number,
    public op: number,
    public type: SType,
    /** Small integer operand; its meaning is said with each Op. */
    public auxInt: number,
    /** High 32 bits of a ConstInt. */
    public auxHi: number,
    public aux: Aux,
    readonly args: Value[],
    public block: Block,
    public pos: Pos,
  ) {
    for (let i = 0; i < args.length; i++) args[i]!.uses++;
  }

  addArg(v: Value): void {
    v.uses++;
    this.args.push(v);
  }

  setArg(i: number, v: Value): void {
    v.uses++;
    this.args[i]!.uses--;
    this.args[i] = v;
  }

  /** Drops all arguments, keeping use counts right. */
  resetArgs(): void {
    for (const a of this.args) a.uses--;
    this.args.length = 0;
  }

  /** Turns this value into another operation in place; arguments and aux are dropped. */
  reset(op: number): void {
    this.op = op;
    this.resetArgs();
    this.auxInt = 0;
    this.auxHi = 0;
    this.aux = null;
  }

  /** Turns this value into a Copy of another. */
  copyOf(v: Value): void {
    if (v === this) return;
    v.uses++; // Before the reset, so that v does not look dead when it was an argument.
    this.reset(Op.Copy);
    this.args.push(v);
    // Kept when the copy itself is dropped: see debug.ts.
    this.aux = v;
  }

  /** The memory argument of an operation that reads memory: always the last one. */
  get memArg(): Value {
    return this.args[this.args.length - 1]!;
  }

  toString(): string {
    return `v${this.id}`;
  }
}

/** How a block ends. Machine kinds follow in ../amd64/ops.ts, numbered from BlockKind.Last. */
export enum BlockKind {
  Invalid,
  /** Goes to succs[0]. */
  Plain,
  /** controls[0] bool: succs[0] if true, else succs[1]. */
  If,
  /** controls[0] is a MakeResult. */
  Ret,
  /** controls[0] is a TailCall. */
  RetJmp,
  /** Not reached at run time beyond its last call (a panic or throw); controls[0] is memory. */
  Exit,
  /** controls[0] an unsigned 64-bit index below succs.length. */
  JumpTable,
  Last,
}

/** One end of an edge: the block at the other end, and the index of the edge there. */
export class Edge {
  constructor(
    readonly b: Block,
    public i: number,
  ) {}
}

/** A basic block. */
export class Block {
  /** b.succs[k].b.preds[b.succs[k].i].b === b, and the other way round. */
  readonly succs: Edge[] = [];
  readonly preds: Edge[] = [];
  values: Value[] = [];
  control: Value | null = null;
  /** Which way an If is expected to go: 1 the first successor, -1 the second, 0 unknown. */
  likely = 0;
  pos: Pos = NoPos;
  /** Free for the pass at work. */
  mark = 0;
  /** Machine block kinds may carry an auxiliary (jump table symbol). */
  aux: Aux = null;

  constructor(
    readonly id: number,
    public kind: number,
    readonly func: Func,
  ) {}

  setControl(v: Value | null): void {
    if (v !== null) v.uses++;
    if (this.control !== null) this.control.uses--;
    this.control = v;
  }

  addEdgeTo(to: Block): void {
    this.succs.push(new Edge(to, to.preds.length));
    to.preds.push(new Edge(this, this.succs.length - 1));
  }

  /** Removes successor edge k; the last edge of each list takes the free place. Phi arguments of the target move alike. */
  removeSucc(k: number): void {
    const e = this.succs[k]!;
    const to = e.b;
    const j = e.i;
    const lastS = this.succs.pop()!;
    if (k < this.succs.length) {
      this.succs[k] = lastS;
      lastS.b.preds[lastS.i]!.i = k;
    }
    const lastP = to.preds.pop()!;
    if (j < to.preds.length) {
      to.preds[j] = lastP;
      lastP.b.succs[lastP.i]!.i = j;
    }
    for (const v of to.values) {
      if (v.op !== Op.Phi) continue;
      v.args[j]!.uses--;
      const last = v.args.pop()!;
      if (j < v.args.length) v.args[j] = last;
    }
  }

  newValue(op: number, type: SType, pos: Pos, ...args: Value[]): Value {
    const v = new Value(this.func.nextValueId++, op, type, 0, 0, null, args, this, pos);
    this.values.push(v);
    return v;
  }

  toString(): string {
    return `b${this.id}`;
  }
}

/** Properties of a function that its code depends on; the pragmas of its declaration and what synthesised it. */
export enum FuncFlag {
  Nosplit = 1 << 0,
  Noinline = 1 << 1,
  /** Reads the closure pointer at entry (NEEDCTXT). */
  NeedCtxt = 1 << 2,
  /** Counted as wrapper by panics and tracebacks (WRAPPER, FuncID wrapper). */
  Wrapper = 1 << 3,
  /** DUPOK: other packages may define it too. */
  DupOk = 1 << 4,
  /** Runs on the system stack (CFUNC). */
  SystemStack = 1 << 5,
  NoWriteBarrier = 1 << 6,
  NoWriteBarrierRec = 1 << 7,
  YesWriteBarrierRec = 1 << 8,
  /** Contains defer: results live in memory, deferreturn tail. */
  HasDefer = 1 << 9,
  /** Calls recover(), GetCallerPC, …: must not be inlined. */
  NotInlinable = 1 << 10,
  /** The synthetic package initialiser. */
  PkgInit = 1 << 11,
  /** Wrapper between ABIs. */
  ABIWrapper = 1 << 12,
  /** Calls reflect's Method or MethodByName with an unknown name. */
  ReflectMethod = 1 << 13,
  /** Runtime-class package: every instruction is an unsafe point. */
  Runtime = 1 << 14,
  NoFrame = 1 << 15,
  UintptrKeepAlive = 1 << 16,
  UintptrEscapes = 1 << 17,
  NoEscape = 1 << 18,
  CgoUnsafeArgs = 1 << 19,
  TopFrame = 1 << 20,
}

/** A call that was replaced by the body of its callee. */
export interface InlinedCall {
  /** Index of the inlined call this one stood in, -1 for the function itself. */
  readonly parent: number;
  /** Position of the call. */
  readonly pos: Pos;
  readonly fn: FuncRef;
  /** The variables of the body; null: nothing is known. */
  debug: DebugValues | null;
}

/** One function in SSA form. */
export class Func {
  readonly blocks: Block[] = [];
  entry!: Block;
  nextValueId = 1;
  nextBlockId = 1;
  /** Parameters, receiver first, in order; those that are address-taken or cannot be SSA values live at their Local's home. */
  readonly params: Local[] = [];
  /** Results in order. With HasDefer they live in memory all along. */
  readonly results: Local[] = [];
  /** Stack variables other than parameters and results. */
  readonly autos: Local[] = [];
  /** Closures that this function's body makes (Funcs of function literals), outermost first. */
  readonly closures: Func[] = [];
  /** The function around this literal. */
  outer: Func | null = null;
  /** Types of the captured variables as the closure object stores them, in order (as ClosureSite.types); FreeVar counts in it. */
  captures: readonly SType[] = [];
  /** Symbols that the code must mark: R_USEIFACE and friends; see refs.ts. */
  readonly marks: { kind: "useIface" | "useIfaceMethod" | "useNamedMethod"; sym: object | string; addend: number }[] =
    [];
  /** Calls replaced by bodies; Value.inl counts here. */
  readonly inlinedCalls: InlinedCall[] = [];
  /** Which pass the function has been through; dumps and the checker look at it. */
  phase = "build";
  /** Has defer, hence a call of runtime.deferreturn where it goes on after a recovered panic: results live in memory. Set by regalloc. */
  usesDeferReturn = false;
  /** None of its own blocks has that call: emit adds one. Set by regalloc. */
  needsDeferTail = false;
  /** Where the first write barrier is; NoPos: none. For the check of nowritebarrierrec. */
  writeBarrierPos: Pos = NoPos;
  startPos: Pos = NoPos;
  endPos: Pos = NoPos;
  /** The variables of the source; null: it has none, or nothing is known. */
  debug: DebugValues | null = null;
  /** Variables in the frame to which something is not written, or later, that the source writes. */
  staleLocals: Set<Local> | null = null;
  /** The same of memory that is reached by pointers, which may be any variable's. */
  staleMemory = false;

  constructor(
    readonly ref: FuncRef,
    public flags: number,
  ) {}

  get name(): string {
    return this.ref.name;
  }

  has(flag: FuncFlag): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Where a value belongs in the function's own source: of what was inlined, the place of the call. What messages name. */
  outermostPos(v: Value): Pos {
    let pos = v.pos;
    for (let i = v.inl; i >= 0; i = this.inlinedCalls[i]!.parent) pos = this.inlinedCalls[i]!.pos;
    return pos;
  }

  newBlock(kind: number): Block {
    const b = new Block(this.nextBlockId++, kind, this);
    this.blocks.push(b);
    return b;
  }

  /** An operand-less value in the entry block, shared by all that ask for the same constant. */
  private readonly constants = new Map<string, Value>();

  private constant(op: number, type: SType, lo: number, hi: number, aux: Aux, key: string): Value {
    const k = `${op},${type.id},${key}`;
    let v = this.constants.get(k);
    // A pass may have changed or removed the value since.
    if (v === undefined || v.op !== op || v.block !== this.entry || v.auxInt !== lo || v.auxHi !== hi) {
      v = new Value(this.nextValueId++, op, type, lo, hi, aux, [], this.entry, NoPos);
      this.entry.values.push(v);
      this.constants.set(k, v);
    }
    return v;
  }

  /** Forgets the code: of a function whose machine code is made nobody asks for it, and a package has many functions. */
  release(): void {
    this.blocks.length = 0;
    this.entry = new Block(0, BlockKind.Invalid, this);
    this.constants.clear();
    this.autos.length = 0;
    this.closures.length = 0;
  }

  /** Forgets shared constants: after a pass that removes unused values. */
  forgetConstants(): void {
    this.constants.clear();
  }

  constBool(type: SType, b: boolean): Value {
    return this.constant(Op.ConstBool, type, b ? 1 : 0, 0, null, b ? "1" : "0");
  }

  /** An integer constant from a safe integer. */
  constInt(type: SType, n: number): Value {
    return this.constInt64(type, n | 0, Math.floor(n / 4294967296) | 0);
  }

  /** An integer constant from its halves (low and high 32 bits, as int32). */
  constInt64(type: SType, lo: number, hi: number): Value {
    return this.constant(Op.ConstInt, type, lo | 0, hi | 0, null, `${lo | 0},${hi | 0}`);
  }

  constFloat(type: SType, x: number): Value {
    return this.constant(Op.ConstFloat, type, x, 0, null, Object.is(x, -0) ? "-0" : String(x));
  }

  constNil(type: SType): Value {
    return this.constant(Op.ConstNil, type, 0, 0, null, "");
  }

  /** A string constant; bytes as char codes 0..255. */
  constString(type: SType, bytes: string): Value {
    return this.constant(Op.ConstString, type, 0, 0, bytes, bytes);
  }
}
