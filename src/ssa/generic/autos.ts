import { type Func, type Local, LocalKind, Op, type SType, Value, writeIsMissing } from "../core/index.ts";
import { copyelim } from "./copyelim.ts";
import { removeUnused } from "./deadcode.ts";

/**
 * Stack variables whose address goes nowhere but into loads, stores and moves. What is written to those that are never read
 * is not written at all; the zeroing of one that is overwritten as a whole before it is read goes, and its life begins there;
 * a copy of one that was just zeroed is a zeroing. Answers to cmd/compile/internal/ssa/deadstore.go (elimDeadAutosGeneric).
 */
export function stackVariables(f: Func): void {
  const all = variables(f);
  if (all.size === 0) return;
  let changed = false;
  for (const a of all.values()) {
    if (a.leaked) continue;
    if (zeroCopies(a)) changed = true;
  }
  for (const a of changed ? variables(f).values() : all.values()) {
    if (a.leaked) continue;
    if (a.reads.length === 0 && !a.kept) {
      for (const w of a.writes) {
        writeIsMissing(f, w.args[0]!);
        w.copyOf(w.memArg);
      }
      for (const d of a.defs) d.copyOf(d.memArg);
      changed = true;
    } else if (laterBirth(f, a)) {
      changed = true;
    }
  }
  if (!changed) return;
  copyelim(f);
  removeUnused(f);
}

/** How a variable is used. */
export class Auto {
  leaked = false;
  /** Something says that it is live: VarLive. */
  kept = false;
  readonly addrs: Value[] = [];
  readonly defs: Value[] = [];
  readonly reads: Value[] = [];
  readonly writes: Value[] = [];

  constructor(readonly local: Local) {}
}

/** The stack variables of a function that have an address, and how each is used. */
export function variables(f: Func): Map<Local, Auto> {
  const all = new Map<Local, Auto>();
  const of = (l: Local): Auto => {
    let a = all.get(l);
    if (a === undefined) {
      a = new Auto(l);
      all.set(l, a);
    }
    return a;
  };
  /** Addresses computed from a variable's, by value. */
  const from = new Map<Value, Auto>();
  let any = false;
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.op !== Op.LocalAddr || (v.aux as Local).kind !== LocalKind.Auto) continue;
      const a = of(v.aux as Local);
      // Code that is not here yet reads it.
      if (a.local.liveAtDefer) a.leaked = true;
      a.addrs.push(v);
      from.set(v, a);
      any = true;
    }
  }
  if (!any) return all;
  // Derived addresses may come in any order of blocks.
  for (let grew = true; grew; ) {
    grew = false;
    for (const b of f.blocks) {
      for (const v of b.values) {
        if (!isAddress(v.op) || from.has(v)) continue;
        const a = from.get(v.args[0]!);
        if (a === undefined) continue;
        from.set(v, a);
        grew = true;
      }
    }
  }
  for (const b of f.blocks) {
    for (const v of b.values) {
      if (v.op === Op.VarDef || v.op === Op.VarLive) {
        const a = all.get(v.aux as Local);
        if (a !== undefined && v.op === Op.VarDef) a.defs.push(v);
        if (a !== undefined && v.op === Op.VarLive) a.kept = true;
        continue;
      }
      for (let k = 0; k < v.args.length; k++) {
        const a = from.get(v.args[k]!);
        if (a === undefined) continue;
        if (k === 0 && isAddress(v.op)) continue;
        if (k === 0 && (v.op === Op.Store || v.op === Op.Zero || v.op === Op.Move)) a.writes.push(v);
        else if ((k === 0 && (v.op === Op.Load || v.op === Op.Deref)) || (k === 1 && v.op === Op.Move)) a.reads.push(v);
        else a.leaked = true;
      }
    }
    const c = b.control === null ? undefined : from.get(b.control);
    if (c !== undefined) c.leaked = true;
  }
  return all;
}

function isAddress(op: number): boolean {
  return op === Op.OffPtr || op === Op.PtrIndex || op === Op.AddPtr || op === Op.Bitcast || op === Op.Copy;
}

function sizeOf(w: Value): number {
  return w.op === Op.Store ? (w.aux as SType).size : w.auxInt;
}

/** Whether a write is of the whole variable. */
function covers(w: Value, a: Auto): boolean {
  return w.args[0]!.op === Op.LocalAddr && sizeOf(w) === a.local.type.size;
}

/** Turns moves from a variable that holds zeros at that time into zeroing. */
function zeroCopies(a: Auto): boolean {
  let changed = false;
  for (const r of a.reads) {
    if (r.op !== Op.Move || r.auxInt === 0) continue;
    let m = r.memArg;
    // Past writes to other variables: those to this one are among a.writes.
    for (let n = 0; n < 20; n++) {
      if (a.writes.includes(m) || a.defs.includes(m)) break;
      if (m.op !== Op.Store && m.op !== Op.Zero && m.op !== Op.Move && m.op !== Op.VarDef && m.op !== Op.Copy) break;
      m = m.op === Op.Copy ? m.args[0]! : m.memArg;
    }
    if (m.op !== Op.Zero || !a.writes.includes(m) || !covers(m, a)) continue;
    const [dst, , mem] = r.args as [Value, Value, Value];
    const { auxInt, aux } = r;
    r.reset(Op.Zero);
    r.addArg(dst);
    r.addArg(mem);
    r.auxInt = auxInt;
    r.aux = aux;
    changed = true;
  }
  return changed;
}

/**
 * A variable that is made, zeroed, and overwritten as a whole later in the block before anything else touches it: it is made
 * there. Until then it is not live, so that nothing sees what is in its place.
 */
function laterBirth(f: Func, a: Auto): boolean {
  if (a.defs.length !== 1) return false;
  const def = a.defs[0]!;
  const b = def.block;
  const zero = a.writes.find((w) => w.op === Op.Zero && w.memArg === def && w.block === b);
  if (zero === undefined || !covers(zero, a)) return false;
  const touching = new Set<Value>([...a.reads, ...a.writes]);
  const at = b.values.indexOf(zero);
  let k = at + 1;
  while (k < b.values.length && !touching.has(b.values[k]!)) k++;
  const w = b.values[k];
  if (w === undefined || (w.op !== Op.Move && w.op !== Op.Store) || !covers(w, a) || a.reads.includes(w)) return false;
  // Addresses that are taken before are taken behind the new beginning.
  const addrs = a.addrs.filter((v) => v.block === b && b.values.indexOf(v) < k);
  for (const v of b.values.slice(0, k)) {
    if (!addrs.includes(v) && v.args.some((x) => addrs.includes(x)) && v !== zero) return false;
  }
  const mem = w.memArg;
  const born = new Value(f.nextValueId++, Op.VarDef, mem.type, 0, 0, a.local, [mem], b, w.pos);
  born.inl = w.inl;
  writeIsMissing(f, zero.args[0]!);
  zero.copyOf(zero.memArg);
  def.copyOf(def.memArg);
  w.setArg(w.args.length - 1, born);
  for (const v of addrs) {
    v.setArg(0, born);
    b.values.splice(b.values.indexOf(v), 1);
  }
  b.values.splice(b.values.indexOf(w), 0, born, ...addrs);
  // The other addresses were taken at memory states that follow.
  return true;
}
