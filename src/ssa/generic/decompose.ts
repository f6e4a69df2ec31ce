// biome-ignore-all lint/correctness/noVoidTypeReturn: one line per case, "return what does it", reads best in tables of cases.
import { DebugParts, Dominators, type Func, Kind, Op, type SType, type Value, valueString } from "../core/index.ts";
import type { Context } from "../context.ts";
import { deadcode } from "./deadcode.ts";
import { markLength } from "./lengths.ts";
import { type Leaf, leavesOf } from "./leaves.ts";

/**
 * Replaces values of composite type (strings, slices, interfaces, complex numbers, small structs, arrays of one) by the
 * scalars they consist of; loads, stores and phis likewise. Afterwards every value is a scalar, memory, flags or a tuple.
 * Unreachable blocks must be gone. Answers to cmd/compile/internal/ssa/decompose.go.
 */
export function decompose(f: Func, cx: Context): void {
  new Decomposer(f, cx).run();
}

function isComposite(t: SType): boolean {
  return (t.kind >= Kind.String && t.kind <= Kind.Array) || t.isComplex;
}

class Decomposer {
  /** Scalars of each composite value. */
  private readonly parts: (readonly Value[] | undefined)[] = [];
  private readonly phis: { v: Value; parts: readonly Value[] }[] = [];
  private readonly gone: Value[] = [];
  private out: Value[] = [];

  constructor(
    private readonly f: Func,
    private readonly cx: Context,
  ) {}

  run(): void {
    deadcode(this.f);
    for (const b of new Dominators(this.f).order) {
      const old = b.values;
      this.out = [];
      if (b === this.f.entry) {
        // Strings become addresses and lengths; constants made on the way go to the entry, in front.
        b.values = [];
        for (const v of old) this.value(v);
        b.values = [...b.values, ...this.out];
      } else {
        b.values = [];
        for (const v of old) this.value(v);
        b.values = this.out;
      }
    }
    for (const { v, parts } of this.phis) {
      for (const a of v.args) {
        const from = this.partsOf(a);
        for (let k = 0; k < parts.length; k++) parts[k]!.addArg(from[k]!);
      }
    }
    for (const v of this.gone) {
      v.resetArgs();
      v.op = Op.Invalid;
      v.aux = new DebugParts(this.parts[v.id]!);
    }
    this.f.forgetConstants();
  }

  private partsOf(v: Value): readonly Value[] {
    let s = v;
    while (s.op === Op.Copy) s = s.args[0]!;
    const p = this.parts[s.id];
    if (p === undefined) throw new Error(`${valueString(v)} has no parts`);
    return p;
  }

  private emit(v: Value, op: number, type: SType, ...args: Value[]): Value {
    const b = v.block;
    const w = b.newValue(op, type, v.pos, ...args);
    w.inl = v.inl;
    b.values.pop();
    this.out.push(w);
    return w;
  }

  private set(v: Value, parts: readonly Value[]): void {
    this.parts[v.id] = parts;
    this.gone.push(v);
  }

  private value(v: Value): void {
    if (isComposite(v.type) && v.op !== Op.Deref) {
      this.composite(v);
      return;
    }
    switch (v.op) {
      case Op.StringPtr:
      case Op.SlicePtr:
      case Op.IfaceTab:
      case Op.ComplexReal:
        return this.selectPart(v, 0);
      case Op.StringLen:
      case Op.SliceLen:
      case Op.IfaceData:
      case Op.ComplexImag:
        return this.selectPart(v, 1);
      case Op.SliceCap:
        return this.selectPart(v, 2);
      case Op.StructSelect:
      case Op.ArraySelect1:
        return this.selectPart(v, this.firstLeaf(v));
      case Op.Store:
        if (isComposite(v.aux as SType)) return this.store(v);
        break;
      case Op.KeepAlive:
        if (isComposite(v.args[0]!.type)) return this.keepAlive(v);
        break;
      case Op.Eq:
      case Op.Ne:
        if (isComposite(v.args[0]!.type)) return this.compare(v);
        break;
      case Op.Bitcast:
        if (isComposite(v.args[0]!.type)) return this.selectPart(v, 0);
        break;
    }
    this.out.push(v);
  }

  /** A scalar becomes a copy of a part of its argument. */
  private selectPart(v: Value, k: number): void {
    const part = this.partsOf(v.args[0]!)[k]!;
    if (part.type === v.type) {
      v.copyOf(part);
    } else {
      v.reset(Op.Bitcast);
      v.addArg(part);
    }
    this.out.push(v);
  }

  /** Index of the first leaf of the field that v selects. */
  private firstLeaf(v: Value): number {
    if (v.op === Op.ArraySelect1) return 0;
    const s = v.args[0]!.type;
    let n = 0;
    for (let i = 0; i < v.auxInt; i++) n += this.leaves(s.fields[i]!.type).length;
    return n;
  }

  private leaves(t: SType): readonly Leaf[] {
    return leavesOf(t, this.cx.types);
  }

  private cast(v: Value, part: Value, type: SType): Value {
    return part.type === type ? part : this.emit(v, Op.Bitcast, type, part);
  }

  private composite(v: Value): void {
    const f = this.f;
    const t = this.cx.types;
    const leaves = this.leaves(v.type);
    switch (v.op) {
      case Op.Copy:
        this.set(v, this.partsOf(v.args[0]!));
        return;
      case Op.Phi: {
        const parts = leaves.map((l) => this.emit(v, Op.Phi, l.type));
        this.markLengths(leaves, parts);
        this.phis.push({ v, parts });
        this.set(v, parts);
        return;
      }
      case Op.Bitcast: {
        const from = v.args[0]!;
        const parts = isComposite(from.type) ? this.partsOf(from) : [from];
        this.set(
          v,
          leaves.map((l, k) => this.cast(v, parts[k]!, l.type)),
        );
        return;
      }
      case Op.Load: {
        const [p, mem] = v.args as [Value, Value];
        const parts = leaves.map((l) => this.emit(v, Op.Load, l.type, this.offPtr(v, p, l), mem));
        this.markLengths(leaves, parts);
        this.set(v, parts);
        return;
      }
      case Op.StringMake:
      case Op.SliceMake:
      case Op.IfaceMake:
      case Op.ComplexMake:
        this.set(
          v,
          leaves.map((l, k) => this.cast(v, v.args[k]!, l.type)),
        );
        return;
      case Op.StructMake:
      case Op.ArrayMake1: {
        const parts: Value[] = [];
        for (const a of v.args) {
          if (isComposite(a.type)) parts.push(...this.partsOf(a));
          else parts.push(a);
        }
        this.set(
          v,
          leaves.map((l, k) => this.cast(v, parts[k]!, l.type)),
        );
        return;
      }
      case Op.StructSelect:
      case Op.ArraySelect1: {
        const at = this.firstLeaf(v);
        this.set(v, this.partsOf(v.args[0]!).slice(at, at + leaves.length));
        return;
      }
      case Op.ConstString: {
        const bytes = v.aux as string;
        const p = bytes.length === 0 ? f.constNil(leaves[0]!.type) : this.emit(v, Op.Addr, leaves[0]!.type);
        if (bytes.length > 0) p.aux = this.cx.symRef({ kind: "string", bytes });
        this.set(v, [p, f.constInt(t.int, bytes.length)]);
        return;
      }
      case Op.ConstNil:
        this.set(
          v,
          leaves.map((l) => this.zeroOf(l.type)),
        );
        return;
      case Op.Select: {
        const [c, a, b] = v.args as [Value, Value, Value];
        const x = this.partsOf(a);
        const y = this.partsOf(b);
        this.set(
          v,
          leaves.map((l, k) => this.emit(v, Op.Select, l.type, c, x[k]!, y[k]!)),
        );
        return;
      }
    }
    if (v.type.isComplex) {
      this.set(v, this.complex(v, leaves[0]!.type));
      return;
    }
    throw new Error(`${f.name}: cannot take apart ${v} (operation ${v.op}) of type ${v.type}`);
  }

  private markLengths(leaves: readonly Leaf[], parts: readonly Value[]): void {
    for (let k = 0; k < parts.length; k++) if (leaves[k]!.isLength) markLength(parts[k]!);
  }

  private zeroOf(t: SType): Value {
    if (t.kind === Kind.Bool) return this.f.constBool(t, false);
    if (t.isInteger) return this.f.constInt(t, 0);
    if (t.isFloat) return this.f.constFloat(t, 0);
    return this.f.constNil(t);
  }

  private complex(v: Value, part: SType): Value[] {
    const x = this.partsOf(v.args[0]!);
    const y = v.args.length > 1 ? this.partsOf(v.args[1]!) : x;
    switch (v.op) {
      case Op.Add:
      case Op.Sub:
        return [this.emit(v, v.op, part, x[0]!, y[0]!), this.emit(v, v.op, part, x[1]!, y[1]!)];
      case Op.Neg:
        return [this.emit(v, Op.Neg, part, x[0]!), this.emit(v, Op.Neg, part, x[1]!)];
      case Op.Convert:
        return [this.emit(v, Op.Convert, part, x[0]!), this.emit(v, Op.Convert, part, x[1]!)];
      case Op.Mul: {
        // As gc does: complex64 multiplies in double precision and rounds once.
        const wide = this.cx.types.float64;
        const up = (p: Value): Value => (part === wide ? p : this.emit(v, Op.Convert, wide, p));
        const down = (p: Value): Value => (part === wide ? p : this.emit(v, Op.Convert, part, p));
        const [a, b, c, d] = [up(x[0]!), up(x[1]!), up(y[0]!), up(y[1]!)];
        const mul = (p: Value, q: Value): Value => this.emit(v, Op.Mul, wide, p, q);
        const re = this.emit(v, Op.Sub, wide, mul(a, c), mul(b, d));
        const im = this.emit(v, Op.Add, wide, mul(a, d), mul(b, c));
        return [down(re), down(im)];
      }
    }
    throw new Error(`${this.f.name}: operation ${v.op} on complex numbers`);
  }

  private compare(v: Value): void {
    const x = this.partsOf(v.args[0]!);
    const y = this.partsOf(v.args[1]!);
    const bool = v.type;
    let all: Value | null = null;
    for (let k = 0; k < x.length; k++) {
      const one = this.emit(v, v.op, bool, x[k]!, y[k]!);
      all = all === null ? one : this.emit(v, v.op === Op.Eq ? Op.And : Op.Or, bool, all, one);
    }
    v.copyOf(all ?? this.f.constBool(bool, v.op === Op.Eq));
    this.out.push(v);
  }

  private offPtr(v: Value, p: Value, l: Leaf): Value {
    const q = this.emit(v, Op.OffPtr, this.cx.types.pointerTo(l.type), p);
    q.auxInt = l.offset;
    return q;
  }

  private store(v: Value): void {
    const type = v.aux as SType;
    const [p, x, mem] = v.args as [Value, Value, Value];
    let m = mem;
    const parts = this.partsOf(x);
    this.leaves(type).forEach((l, k) => {
      const s = this.emit(v, Op.Store, v.type, this.offPtr(v, p, l), parts[k]!, m);
      s.aux = l.type;
      m = s;
    });
    v.copyOf(m);
    this.out.push(v);
  }

  private keepAlive(v: Value): void {
    let m = v.memArg;
    for (const p of this.partsOf(v.args[0]!)) if (p.type.hasPointers) m = this.emit(v, Op.KeepAlive, v.type, p, m);
    v.copyOf(m);
    this.out.push(v);
  }
}
