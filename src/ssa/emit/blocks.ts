// Blocks and branches.
import { As } from "#arch";
import { InternalError, NoPos } from "#base";
import type { Prog } from "#obj";
import { AMD64, BlockAMD64, invertBlock, machineOp } from "../amd64/index.ts";
import { Abi, type Block, BlockKind, CallInfo, Kind, type LoopNest, Op, type Value } from "../core/index.ts";
import { emitResultLoads } from "./results.ts";
import type { ArgLiveness } from "./arginfo.ts";
import type { DebugTracker } from "./debugvars.ts";
import { type Emitter, type KnownFlags, noFlags } from "./emitter.ts";
import { isSilent, jumpTarget, layoutBlocks } from "./layout.ts";
import { regOf } from "./progs.ts";
import { Pcdata, UnsafePoint } from "./tables.ts";
import { emitValue } from "./values.ts";

const conditions: Readonly<Partial<Record<number, As>>> = {
  [BlockAMD64.EQ]: As.JEQ,
  [BlockAMD64.NE]: As.JNE,
  [BlockAMD64.LT]: As.JLT,
  [BlockAMD64.LE]: As.JLE,
  [BlockAMD64.GT]: As.JGT,
  [BlockAMD64.GE]: As.JGE,
  [BlockAMD64.ULT]: As.JCS,
  [BlockAMD64.ULE]: As.JLS,
  [BlockAMD64.UGT]: As.JHI,
  [BlockAMD64.UGE]: As.JCC,
  [BlockAMD64.ORD]: As.JPC,
  [BlockAMD64.NAN]: As.JPS,
};

/** Emits all blocks and resolves their branches. deferMap: stack map of the call in the tail of functions with defer. */
export class BlockEmitter {
  private readonly first: (Prog | null)[] = [];
  /** What the flags are at the end of a block, by its id. */
  private readonly flagsAtEnd: (KnownFlags | undefined)[] = [];
  private readonly branches: { prog: Prog; to: Block }[] = [];

  constructor(
    private readonly e: Emitter,
    private readonly deferMap: number,
    /** Value and block marks of the unsafe-point analysis; null: nothing is unsafe, or everything is. */
    private readonly unsafe: { readonly blocks: Uint8Array; readonly values: Uint8Array } | null,
    private readonly args: ArgLiveness,
    private readonly loops: LoopNest,
    /** Follows the variables of the source; null: nobody is told of them. */
    private readonly debug: DebugTracker | null,
  ) {}

  run(): void {
    const f = this.e.f;
    const order = layoutBlocks(f, this.loops);
    // Blocks that only lead on are jumped past; their place may still be fallen into.
    const kept = order.filter((b) => b === f.entry || jumpTarget(b) === b);
    for (let i = 0; i < kept.length; i++) {
      const b = kept[i]!;
      const mark = this.e.progs.last;
      this.values(b);
      this.end(b, i + 1 < kept.length ? kept[i + 1]! : null);
      this.first[b.id] = mark;
    }
    this.debug?.end(this.e.progs.last);
    if (f.needsDeferTail) this.deferTail();
    // A block's first instruction is what follows the one before it; an empty block at the very end cannot be a target.
    for (const { prog, to } of this.branches) {
      const p = this.first[to.id]?.next ?? null;
      if (p === null) throw new InternalError("ssa/emit", f.name, `no place for ${to}`);
      prog.to.setBranch(p);
    }
  }

  /** The targets of a jump table. */
  tableTargets(b: Block): Prog[] {
    return b.succs.map((e) => {
      const p = this.first[jumpTarget(e.b).id]?.next;
      if (p === undefined || p === null) throw new InternalError("ssa/emit", this.e.f.name, `no place for ${e.b}`);
      return p;
    });
  }

  private values(b: Block): void {
    const e = this.e;
    const live = flagsLiveAt(b);
    let wasUnsafe = this.unsafe !== null && this.unsafe.blocks[b.id] === 1;
    if (this.unsafe !== null) e.progs.pcdata(Pcdata.UnsafePoint, wasUnsafe ? UnsafePoint.Unsafe : UnsafePoint.Safe);
    // Along both edges of a branch its flags are what they were.
    const from = b.preds.length === 1 ? b.preds[0]!.b : null;
    e.flags = from === null ? noFlags : (this.flagsAtEnd[from.id] ?? noFlags);
    const args = this.args.isEmpty ? null : this.args;
    let homes = args === null ? 0 : args.start(b.id);
    if (args !== null) e.progs.pcdata(Pcdata.ArgLiveIndex, args.pcdata(homes));
    const { debug } = this;
    debug?.enterBlock(b, e.progs.last);
    for (let i = 0; i < b.values.length; i++) {
      const v = b.values[i]!;
      if (isSilent(v)) {
        debug?.silent(v, i, e.progs.last);
        continue;
      }
      if (v.op === AMD64.CALLtail) continue; // The block's end.
      if (args !== null) {
        if (v.op === Op.StoreReg) homes |= args.stored(v);
        // Several stores in a row are told at once.
        else if (v.op !== Op.LoadReg && v.op !== Op.Copy) e.progs.pcdata(Pcdata.ArgLiveIndex, args.pcdata(homes));
      }
      if (v.pos !== NoPos) {
        e.inlining.enter(v.inl);
        e.progs.pos = v.pos;
      }
      if (this.unsafe !== null) {
        const now = this.unsafe.values[v.id] === 1;
        if (now !== wasUnsafe) e.progs.pcdata(Pcdata.UnsafePoint, now ? UnsafePoint.Unsafe : UnsafePoint.Safe);
        wasUnsafe = now;
      }
      e.settle();
      const known = e.flags;
      debug?.before(v, i, e.progs.last);
      emitValue(e, v, live[i] === 1);
      debug?.after(v, e.progs.last);
      if (e.flags === known && known !== noFlags && !keepsFlags(v, known)) e.flags = noFlags;
    }
    e.settle();
    debug?.leaveBlock(b, e.progs.last);
    this.flagsAtEnd[b.id] = e.flags;
  }

  private jump(as: As, to: Block): void {
    const p = this.e.progs.add(as);
    this.branches.push({ prog: p, to: jumpTarget(to) });
  }

  private end(b: Block, next: Block | null): void {
    const e = this.e;
    if (b.pos !== NoPos && e.progs.inl < 0) e.progs.pos = b.pos;
    switch (b.kind) {
      case BlockKind.Plain:
        if (jumpTarget(b.succs[0]!.b) !== next) this.jump(As.JMP, b.succs[0]!.b);
        return;
      case BlockKind.Ret:
        e.progs.add(As.RET);
        return;
      case BlockKind.RetJmp: {
        const c = b.control!;
        const info = c.aux as CallInfo;
        if (e.f.ref.abi === Abi.ABI0 && info.abi === Abi.ABIInternal) e.enterInternal();
        e.progs.add(As.RET).to.setCallee(e.symbols.func(info.fn!, info.abi));
        return;
      }
      case BlockKind.Exit:
        if (next === null || !endsInCall(b)) this.trap();
        return;
      case BlockAMD64.JUMPTABLE:
        e.progs.add(As.JMP).to.setReg(regOf(b.control!.reg));
        return;
    }
    this.branch(b, next);
  }

  /** What is never reached: keeps the return address of a call that does not return inside the function. */
  private trap(): void {
    this.e.progs.add(As.UNDEF);
  }

  private branch(b: Block, next: Block | null): void {
    const yes = jumpTarget(b.succs[0]!.b);
    const no = jumpTarget(b.succs[1]!.b);
    if (yes === no) {
      if (yes !== next) this.jump(As.JMP, yes);
      return;
    }
    if (b.kind === BlockAMD64.EQF || b.kind === BlockAMD64.NEF) {
      // Equal means: zero flag, and not unordered, which sets it too.
      const same = b.kind === BlockAMD64.EQF ? yes : no;
      const other = b.kind === BlockAMD64.EQF ? no : yes;
      this.jump(As.JNE, other);
      if (same === next) this.jump(As.JPS, other);
      else {
        this.jump(As.JPC, same);
        if (other !== next) this.jump(As.JMP, other);
      }
      return;
    }
    const as = conditions[b.kind];
    if (as === undefined) throw new InternalError("ssa/emit", this.e.f.name, `${b} ends in kind ${b.kind}`);
    if (yes === next) {
      this.jump(conditions[invertBlock(b.kind)]!, no);
    } else {
      this.jump(as, yes);
      if (no !== next) this.jump(As.JMP, no);
    }
  }

  /** Where the function goes on after a recovered panic if it never returns otherwise (contract 9.1). */
  private deferTail(): void {
    const e = this.e;
    e.progs.inl = -1;
    e.progs.pos = e.f.endPos;
    if (this.unsafe !== null) e.progs.pcdata(Pcdata.UnsafePoint, UnsafePoint.Safe);
    e.progs.pcdata(Pcdata.StackMapIndex, this.deferMap);
    const call = e.progs.add(As.CALL);
    call.to.setCallee(e.symbols.runtime("runtime.deferreturn", Abi.ABIInternal));
    emitResultLoads(e);
    e.progs.add(As.RET);
  }
}

function endsInCall(b: Block): boolean {
  for (let i = b.values.length - 1; i >= 0; i--) {
    const v = b.values[i]!;
    if (isSilent(v)) continue;
    return v.aux instanceof CallInfo;
  }
  return false;
}

/** Whether neither the flags nor what was compared is changed by a value's instructions. */
function keepsFlags(v: Value, k: KnownFlags): boolean {
  switch (v.op) {
    case Op.StoreReg:
      return true;
    case Op.Copy:
    case Op.LoadReg:
      break;
    case AMD64.LoweredBoundsCheck:
    case AMD64.LoweredNilCheck:
      // The same comparison was there, or none was made.
      return v.op === AMD64.LoweredBoundsCheck;
    default: {
      const row = machineOp(v.op);
      if (row === undefined || row.clobbersFlags || row.writesFlags || row.isCall || row.clobbers !== 0) return false;
      if (v.type.kind === Kind.Tuple || !keeps.test(row.name)) return false;
    }
  }
  return v.reg !== k.x && v.reg !== k.y;
}

/** Operations that are one move or address computation. */
const keeps = /^MOV[BWLQ](load|store)|^MOV[BWLQ]store|^MOV(BQ|WQ|LQ)[SZ]X|^LEA[QL]/;

/** By index of value: whether flags made before it are read after it. */
function flagsLiveAt(b: Block): Uint8Array {
  const live = new Uint8Array(b.values.length);
  let now = b.control !== null && b.control.type.kind === Kind.Flags ? 1 : 0;
  for (let i = b.values.length - 1; i >= 0; i--) {
    const v = b.values[i]!;
    live[i] = now;
    if (v.op === Op.SelectN || v.op === Op.Phi) continue;
    if (makesFlags(v)) now = 0;
    for (const a of v.args) if (a.type.kind === Kind.Flags) now = 1;
  }
  return live;
}

function makesFlags(v: Value): boolean {
  return v.type.kind === Kind.Flags || (machineOp(v.op)?.writesFlags ?? false);
}
