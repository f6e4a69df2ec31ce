// What tracebacks need to print a function's arguments (FUNCDATA 5 and 6, PCDATA 3).
import { scalarParts } from "../abi/assign.ts";
import { type Block, type Func, Kind, Local, Op, type SType, type Value } from "../core/index.ts";
import { isSlot, slotBase, type StackSlot } from "../regalloc/index.ts";
import { AMD64 } from "../amd64/index.ts";

/** internal/abi.TraceArgs*: at most so many components, so deep; special bytes begin here. */
const limit = 10;
const maxDepth = 5;
const special = 0xf0;
const endSequence = 0xff;
const startAggregate = 0xfe;
const endAggregate = 0xfd;
const dots = 0xfc;
const tooLarge = 0xfb;

/** The layout of the arguments: offset and size of each component, aggregates in brackets. */
export function argInfo(f: Func): Uint8Array {
  const w = new ArgWriter();
  for (const l of f.params) if (!w.visit(l.offset, l.type, 0)) break;
  w.out.push(endSequence);
  return Uint8Array.from(w.out);
}

class ArgWriter {
  readonly out: number[] = [];
  private n = 0;

  /** Whether there is room for more. */
  visit(off: number, t: SType, depth: number): boolean {
    if (this.n >= limit) {
      this.out.push(dots);
      return false;
    }
    const parts = aggregate(t);
    if (parts === null) {
      if (off >= special) this.out.push(tooLarge);
      else this.out.push(off, t.size);
      this.n++;
      return true;
    }
    this.out.push(startAggregate);
    if (depth + 1 >= maxDepth) {
      this.out.push(dots, endAggregate);
      this.n++;
      return true;
    }
    this.parts(off, t, parts, depth + 1);
    this.out.push(endAggregate);
    return true;
  }

  private parts(off: number, t: SType, words: number, depth: number): void {
    if (t.kind === Kind.Struct) {
      for (const x of t.fields) if (!this.visit(off + x.offset, x.type, depth)) return;
      if (t.fields.length === 0) this.n++;
    } else if (t.kind === Kind.Array) {
      for (let i = 0; i < t.length; i++) if (!this.visit(off + i * t.elem!.size, t.elem!, depth)) return;
      if (t.length === 0) this.n++;
    } else {
      for (let i = 0; i < words; i++) if (!this.word(off + (i * t.size) / words, t.size / words)) return;
    }
  }

  private word(off: number, size: number): boolean {
    if (this.n >= limit) {
      this.out.push(dots);
      return false;
    }
    if (off >= special) this.out.push(tooLarge);
    else this.out.push(off, size);
    this.n++;
    return true;
  }
}

/** How many words a builtin composite is made of (0 for structs and arrays), null for a scalar. */
function aggregate(t: SType): number | null {
  switch (t.kind) {
    case Kind.Struct:
    case Kind.Array:
      return 0;
    case Kind.String:
    case Kind.Iface:
    case Kind.Eface:
    case Kind.Complex64:
    case Kind.Complex128:
      return 2;
    case Kind.Slice:
      return 3;
  }
  return null;
}

/**
 * Which homes of register parameters hold their parameter at which place (cmd/compile/internal/liveness/arg.go): those stored
 * on all ways there. Masks have bit i for the i-th tracked home.
 */
export class ArgLiveness {
  private readonly homes: { local: Local; offset: number }[] = [];
  private readonly atStart: Int32Array;
  private readonly index = new Map<number, number>();
  /** Contents of FUNCDATA 6: the smallest offset tracked, then the maps. */
  readonly bytes: number[] = [];
  private readonly all: number;

  constructor(
    f: Func,
    private readonly slots: readonly StackSlot[],
    order: readonly Block[],
  ) {
    const inMemory = new Set<Local>();
    for (const b of f.blocks) {
      for (const v of b.values) {
        if (v.aux instanceof Local && v.op !== AMD64.ArgIntReg && v.op !== AMD64.ArgFloatReg) inMemory.add(v.aux);
      }
    }
    for (const l of f.params) {
      if (l.regs.length === 0) continue;
      for (const p of scalarParts(l.type)!) {
        if (l.offset + p.offset <= 0xff && this.homes.length < limit) this.homes.push({ local: l, offset: p.offset });
      }
    }
    while (this.homes.length > 0 && inMemory.has(this.homes[0]!.local)) this.homes.shift();
    this.all = (1 << this.homes.length) - 1;
    this.atStart = new Int32Array(f.nextBlockId);
    if (this.homes.length === 0) return;
    this.bytes.push(this.homes[0]!.local.offset + this.homes[0]!.offset);
    let always = 0;
    this.homes.forEach((h, i) => {
      if (inMemory.has(h.local)) always |= 1 << i;
    });
    this.solve(f, order, always);
  }

  get isEmpty(): boolean {
    return this.homes.length === 0;
  }

  private solve(f: Func, order: readonly Block[], always: number): void {
    this.atStart.fill(this.all);
    this.atStart[f.entry.id] = always;
    for (let changed = true; changed; ) {
      changed = false;
      for (const b of order) {
        let live = this.atStart[b.id]!;
        for (const v of b.values) live |= this.stored(v);
        for (const e of b.succs) {
          const old = this.atStart[e.b.id]!;
          if ((old & live) === old) continue;
          this.atStart[e.b.id] = old & live;
          changed = true;
        }
      }
    }
  }

  /** The homes that a value stores. */
  stored(v: Value): number {
    if (v.op !== Op.StoreReg || !isSlot(v.reg)) return 0;
    const s = this.slots[v.reg - slotBase]!;
    if (s.param === null) return 0;
    const i = this.homes.findIndex((h) => h.local === s.param && h.offset === s.offset);
    return i < 0 ? 0 : 1 << i;
  }

  /** The mask at a block's start. */
  start(block: number): number {
    return this.atStart[block]!;
  }

  /** What PCDATA 3 says where exactly these homes are live: the offset of their map, -1 for all. */
  pcdata(mask: number): number {
    if (mask === this.all) return -1;
    let i = this.index.get(mask);
    if (i === undefined) {
      i = this.bytes.length;
      this.index.set(mask, i);
      this.bytes.push(mask & 0xff);
      if (this.homes.length > 8) this.bytes.push(mask >> 8);
    }
    return i;
  }
}
