import { InternalError } from "#base";
import { type AllocSite, type Block, Dominators, type Func, Kind, Op, type SType, type Value } from "../core/index.ts";

// An allocation that stays in the frame and is only loaded from and stored to becomes a value: what inlining and escape
// analysis leave of pointer receivers, results by reference and captured variables.

/** How a promoted object is reached: its pointer, or the address of a part of it. */
interface Access {
  readonly alloc: Value;
  /** Field indices from the object to the part; empty for the whole. */
  readonly path: readonly number[];
}

/** Turns allocations into values where nothing but loads and stores of whole parts sees them. */
export function promoteAllocs(f: Func): void {
  const accesses = new Map<Value, Access>();
  const allocs = new Set<Value>();
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.op === Op.Alloc && isCandidate(v)) allocs.add(v);
    }
  }
  if (allocs.size === 0) return;
  const users = usersOf(f);
  for (const a of allocs) if (!collect(a, users, accesses)) allocs.delete(a);
  if (allocs.size > 0) new Promotion(f, allocs, accesses).run();
}

function isCandidate(v: Value): boolean {
  const site = v.aux as AllocSite;
  return !site.escapes && site.type.canSSA && site.type.size > 0 && hasZeroValue(site.type);
}

/** Complex numbers and arrays stay in memory: they have no constant to begin with. */
function hasZeroValue(t: SType): boolean {
  if (t.kind === Kind.Struct) return t.fields.every((x) => hasZeroValue(x.type));
  return !t.isComplex && t.kind !== Kind.Array;
}

function usersOf(f: Func): (Value | null)[][] {
  const users: (Value | null)[][] = [];
  for (const b of f.blocks) {
    for (const v of b.values) for (const a of v.args) (users[a.id] ??= []).push(v);
    if (b.control !== null) (users[b.control.id] ??= []).push(null);
  }
  return users;
}

/** Whether all uses of the object are loads and stores of parts; notes how each address reaches it. */
function collect(alloc: Value, users: readonly (readonly (Value | null)[])[], accesses: Map<Value, Access>): boolean {
  const found = new Map<Value, Access>();
  const visit = (v: Value, path: readonly number[], type: SType): boolean => {
    found.set(v, { alloc, path });
    for (const u of users[v.id] ?? []) {
      if (u === null) return false;
      switch (u.op) {
        case Op.Load:
          if (u.type !== type) return false;
          break;
        case Op.Store:
          if (u.args[0] !== v || u.args[1] === v || u.aux !== type || u.args[1]!.op === Op.Deref) return false;
          break;
        case Op.NilCheck:
        case Op.Copy:
          if (u.args[0] !== v || !visit(u, path, type)) return false;
          break;
        case Op.OffPtr: {
          const i =
            type.kind === Kind.Struct ? type.fields.findIndex((x) => x.offset === u.auxInt && x.type.size > 0) : -1;
          if (i < 0 || u.type.elem !== type.fields[i]!.type || !visit(u, [...path, i], type.fields[i]!.type))
            return false;
          break;
        }
        default:
          return false;
      }
    }
    return true;
  };
  for (const u of users[alloc.id] ?? []) {
    if (u === null || u.op !== Op.SelectN) return false;
    if (u.auxInt === 0 && !visit(u, [], (alloc.aux as AllocSite).type)) return false;
  }
  for (const [v, a] of found) accesses.set(v, a);
  return true;
}

/** Renaming of the promoted objects in one function, over the dominator tree. */
class Promotion {
  private readonly dom: Dominators;
  /** Phis placed for the objects, and which object each is for. */
  private readonly phis = new Map<Value, Value>();

  constructor(
    private readonly f: Func,
    private readonly allocs: ReadonlySet<Value>,
    private readonly accesses: ReadonlyMap<Value, Access>,
  ) {
    this.dom = new Dominators(f);
  }

  run(): void {
    this.placePhis();
    this.rename();
  }

  /** A phi at each block of the iterated dominance frontier of an object's definitions. */
  private placePhis(): void {
    const frontiers = this.frontiers();
    for (const a of this.allocs) {
      const work: Block[] = [a.block];
      for (const b of this.f.blocks) {
        if (b.values.some((v) => v.op === Op.Store && this.accesses.get(v.args[0]!)?.alloc === a)) work.push(b);
      }
      const placed = new Set<Block>();
      while (work.length > 0) {
        for (const d of frontiers[work.pop()!.id] ?? []) {
          // Outside the part of the graph that the allocation dominates the object does not exist.
          if (placed.has(d) || !this.dom.dominates(a.block, d) || d === a.block) continue;
          placed.add(d);
          work.push(d);
          const phi = d.newValue(Op.Phi, (a.aux as AllocSite).type, (a.aux as AllocSite).pos);
          this.phis.set(phi, a);
        }
      }
    }
  }

  private frontiers(): Block[][] {
    const df: Block[][] = [];
    for (const b of this.dom.order) {
      if (b.preds.length < 2) continue;
      for (const e of b.preds) {
        let r: Block | null = e.b;
        while (r !== null && this.dom.isReachable(r) && r !== this.dom.idom[b.id]) {
          const list = (df[r.id] ??= []);
          if (!list.includes(b)) list.push(b);
          r = this.dom.idom[r.id]!;
        }
      }
    }
    return df;
  }

  private rename(): void {
    // The value of each object at the end of each block, filled in dominator order.
    const out: Map<Value, Value>[] = [];
    for (const b of this.dom.order) {
      const up = this.dom.idom[b.id];
      const current = new Map(up === null || up === undefined ? [] : out[up.id]!);
      for (const v of b.values) {
        const a = this.phis.get(v);
        if (a !== undefined) current.set(a, v);
      }
      for (const v of orderOfEffects(b, this.allocs, this.accesses)) this.step(b, v, current);
      out[b.id] = current;
    }
    for (const [phi, a] of this.phis) {
      for (const e of phi.block.preds) {
        const at = out[e.b.id]?.get(a);
        phi.addArg(at ?? zeroValue(this.f, phi.type));
      }
    }
    this.removeAddresses();
  }

  private step(b: Block, v: Value, current: Map<Value, Value>): void {
    if (v.op === Op.Alloc) {
      current.set(v, zeroValue(this.f, (v.aux as AllocSite).type));
      return;
    }
    const access = this.accesses.get(v.args[0]!)!;
    const whole = current.get(access.alloc);
    if (whole === undefined)
      throw new InternalError("ssa/opt", this.f.name, `${v} reaches an object before it is made`);
    if (v.op === Op.Load) {
      let part = whole;
      for (const i of access.path) {
        const s = b.newValue(Op.StructSelect, part.type.fields[i]!.type, v.pos, part);
        s.auxInt = i;
        part = s;
      }
      v.copyOf(part);
    } else {
      current.set(access.alloc, replacePart(b, whole, access.path, 0, v.args[1]!, v));
      v.copyOf(v.memArg);
    }
  }

  /** Allocations and the addresses computed from them have no uses but one another's: memory flows past them. */
  private removeAddresses(): void {
    for (const a of this.allocs) {
      const mem = a.memArg;
      for (const b of this.f.blocks) {
        for (const v of b.values) if (v.op === Op.SelectN && v.args[0] === a && v.auxInt === 1) v.copyOf(mem);
      }
    }
    const dead = (v: Value): boolean => this.accesses.has(v) || this.allocs.has(v);
    for (const b of this.f.blocks) {
      for (const v of b.values) if (dead(v)) v.resetArgs();
    }
    for (const b of this.f.blocks) {
      if (b.values.some(dead)) b.values = b.values.filter((v) => !dead(v));
    }
  }
}

/** Values of a block that make or touch promoted objects, in the order of memory. */
function orderOfEffects(b: Block, allocs: ReadonlySet<Value>, accesses: ReadonlyMap<Value, Access>): Value[] {
  const order: Value[] = [];
  const state = new Map<Value, boolean>();
  const isStore = (v: Value): boolean => v.op === Op.Store && accesses.has(v.args[0]!);
  const isEffect = (v: Value): boolean => allocs.has(v) || isStore(v) || (v.op === Op.Load && accesses.has(v.args[0]!));
  // A load comes after the memory it reads and before the next change of memory; following memory gives both.
  const visit = (v: Value): void => {
    const stack = [v];
    while (stack.length > 0) {
      const x = stack[stack.length - 1]!;
      if (x.block !== b || x.op === Op.Phi || state.get(x) === true) {
        stack.pop();
        continue;
      }
      if (!state.has(x)) {
        state.set(x, false);
        for (const a of x.args) if (a.block === b && !state.has(a)) stack.push(a);
        continue;
      }
      state.set(x, true);
      stack.pop();
      if (isEffect(x)) order.push(x);
    }
  };
  // Loads first where they read the memory that a store then changes.
  const loadsOf = new Map<Value, Value[]>();
  for (const v of b.values) {
    if (v.op === Op.Load && accesses.has(v.args[0]!)) {
      const list = loadsOf.get(v.memArg);
      if (list === undefined) loadsOf.set(v.memArg, [v]);
      else list.push(v);
    }
  }
  for (const v of memoryOrder(b)) {
    for (const l of loadsOf.get(v.memArg) ?? []) visit(l);
    visit(v);
  }
  for (const v of b.values) visit(v);
  return order;
}

/** The values of a block that change memory, first to last. */
function memoryOrder(b: Block): Value[] {
  const chain: Value[] = [];
  const next = new Map<Value, Value>();
  let first: Value | null = null;
  const changes = new Set<Value>();
  const state = (m: Value): Value => {
    let x = m;
    while ((x.op === Op.SelectN || x.op === Op.Copy) && x.block === b) x = x.args[0]!;
    return x;
  };
  for (const v of b.values) {
    const t = v.type;
    const isMem = t.kind === Kind.Mem || (t.kind === Kind.Tuple && t.members[t.members.length - 1]?.kind === Kind.Mem);
    if (
      isMem &&
      v.op !== Op.Phi &&
      v.op !== Op.SelectN &&
      v.op !== Op.Copy &&
      v.op !== Op.InitMem &&
      v.op !== Op.MakeResult
    )
      changes.add(v);
  }
  for (const v of changes) {
    const before = state(v.memArg);
    if (changes.has(before)) next.set(before, v);
    else first = v;
  }
  for (let v: Value | null = first; v !== null; v = next.get(v) ?? null) chain.push(v);
  return chain;
}

/** A struct value with one part replaced. */
function replacePart(b: Block, whole: Value, path: readonly number[], depth: number, part: Value, at: Value): Value {
  if (depth === path.length) return part;
  const i = path[depth]!;
  const fields = whole.type.fields.map((field, k) => {
    const s = b.newValue(Op.StructSelect, field.type, at.pos, whole);
    s.auxInt = k;
    return k === i ? replacePart(b, s, path, depth + 1, part, at) : s;
  });
  return b.newValue(Op.StructMake, whole.type, at.pos, ...fields);
}

/** The zero value of a type as SSA values in the entry block. */
export function zeroValue(f: Func, t: SType): Value {
  switch (t.kind) {
    case Kind.Bool:
      return f.constBool(t, false);
    case Kind.Float32:
    case Kind.Float64:
      return f.constFloat(t, 0);
    case Kind.String:
      return f.constString(t, "");
    case Kind.Struct:
      return f.entry.newValue(Op.StructMake, t, 0, ...t.fields.map((x) => zeroValue(f, x.type)));
    case Kind.Complex64:
    case Kind.Complex128:
    case Kind.Array:
      throw new InternalError("ssa/opt", f.name, `no zero value for ${t}`);
    default:
      return t.isInteger ? f.constInt(t, 0) : f.constNil(t);
  }
}
