import { As, Reg } from "#arch";
import { type Addr, AddrName, AddrType, type LSym, type Prog } from "#obj";
import type { Block, Func, FuncRef, Symbols, SymRef } from "../core/index.ts";
import type { StackSlot } from "../regalloc/index.ts";
import type { Stub } from "./checks.ts";
import type { Frame } from "./frame.ts";
import type { Inlining } from "./inlining.ts";
import type { SymbolSource } from "./operands.ts";
import { type ProgList, regOf } from "./progs.ts";

/** A comparison of two registers. */
export interface KnownFlags {
  readonly as: number;
  readonly x: number;
  readonly y: number;
}

export const noFlags: KnownFlags = { as: -1, x: -1, y: -1 };

/** The state of emitting one function. */
export class Emitter implements SymbolSource {
  readonly stubs: Stub[] = [];
  /** Tables asked for: their blocks' successors become entries. */
  readonly tables = new Map<Block, LSym>();
  readonly fn: FuncRef;
  /** The comparison whose flags are still there: instruction and registers; as 0: none. */
  flags: KnownFlags = noFlags;
  /** Branches to whatever comes next. */
  private pending: Prog[] = [];
  private tableCount = 0;

  constructor(
    readonly f: Func,
    readonly symbols: Symbols,
    readonly progs: ProgList,
    readonly frame: Frame,
    readonly slots: readonly StackSlot[],
    readonly inlining: Inlining,
  ) {
    this.fn = f.ref;
  }

  get name(): string {
    return this.f.name;
  }

  /** Compares two registers, unless that is what was done last. */
  compare(as: As, x: number, y: number): void {
    const k = this.flags;
    if (k.as === as && k.x === x && k.y === y) return;
    this.progs.regReg(as, x, y);
    this.flags = { as, x, y };
  }

  jumpTable(ref: SymRef): LSym {
    if (ref.target.kind !== "jumpTable") throw new Error("not a jump table");
    const b = ref.target.block;
    let s = this.tables.get(b);
    if (s === undefined) {
      s = this.symbols.derived(this.fn, `.jump${this.tableCount++}`);
      this.tables.set(b, s);
    }
    return s;
  }

  /** The jump goes to the instruction that will be added next. */
  branchToNext(p: Prog): void {
    this.pending.push(p);
  }

  /** Resolves branches to here: a NOP, which assembles to nothing. */
  settle(): void {
    if (this.pending.length === 0) return;
    const here = this.progs.add(As.NOP);
    for (const p of this.pending) p.to.setBranch(here);
    this.pending.length = 0;
  }

  /** off(argument pointer) as memory. */
  setArgs(a: Addr, off: number): void {
    a.setSlot(AddrName.Param, off);
    a.reg = Reg.SP;
    a.type = AddrType.Mem;
  }

  /** X15 is zero only where ABIInternal says so. */
  needX15(): void {
    if (this.f.ref.abi === 0) this.progs.regReg(As.XORPS, 31, 31);
  }

  loadG(r: number): void {
    const p = this.progs.add(As.MOVQ);
    p.from.setMem(Reg.TLS, 0);
    p.to.setReg(regOf(r));
  }

  /** What ABIInternal code may rely on and ABI0 code does not keep. */
  enterInternal(): void {
    this.progs.regReg(As.XORPS, 31, 31);
    this.loadG(14);
  }
}
