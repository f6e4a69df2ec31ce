import { AMD64 } from "../amd64/index.ts";
import { type Block, type Func, Kind, Op, opInfo, type Value, Scratch, scratch } from "../core/index.ts";

const enum State {
  Waiting = 0,
  Open = 1,
  Done = 2,
}

/**
 * Orders the values of each block. What changes memory, and checks, stay in the order in which they depend on one another and
 * were written; all else is placed as late as possible, right in front of its first user, which keeps live ranges short, flags
 * next to their readers, and the old value of a loop variable dead when the new one is made. Reads of a memory state come
 * before the operation that changes it. SelectN follows its tuple. The order within a block says nothing before this pass.
 */
export function schedule(f: Func): void {
  const s = new Scheduler(f);
  for (const b of f.blocks) s.block(b);
}

class Scheduler {
  private readonly state: Int32Array;
  /** By memory state: first of its readers in the block; by reader: the next one. */
  private readonly readers: (Value | null)[];
  private readonly nextReader: (Value | null)[];
  /** By tuple: first SelectN, and the next by SelectN. */
  private readonly selects: (Value | null)[];
  private readonly nextSelect: (Value | null)[];
  private out: Value[] = [];
  /** Work list of the depth-first walk: values, and how many of their predecessors are done. */
  private readonly stack: Value[] = [];
  private readonly next: number[] = [];

  constructor(f: Func) {
    const n = f.nextValueId;
    this.state = scratch(Scratch.State, n, State.Waiting);
    this.readers = new Array<Value | null>(n).fill(null);
    this.nextReader = new Array<Value | null>(n).fill(null);
    this.selects = new Array<Value | null>(n).fill(null);
    this.nextSelect = new Array<Value | null>(n).fill(null);
  }

  block(b: Block): void {
    const values = b.values;
    this.out = [];
    const control = b.control !== null && b.control.block === b ? b.control : null;
    for (let i = values.length - 1; i >= 0; i--) {
      const v = values[i]!;
      if (v.op === Op.SelectN) {
        const t = v.args[0]!;
        this.nextSelect[v.id] = this.selects[t.id]!;
        this.selects[t.id] = v;
      } else if (v.op !== Op.Phi && v !== control && readsOnly(v)) {
        const m = v.args[v.args.length - 1]!;
        this.nextReader[v.id] = this.readers[m.id]!;
        this.readers[m.id] = v;
      }
    }
    for (const v of values) if (v.op === Op.Phi) this.put(v);
    for (const v of values) if (isEntryValue(v)) this.put(v);
    for (const v of values) if (v.op === Op.InitMem) this.put(v);
    for (const v of values) {
      const info = opInfo(v.op);
      if (v !== control && (info.writesMem || info.pinned)) this.place(v);
    }
    // What only later blocks use.
    for (const v of values) {
      if (v === control || this.state[v.id] === State.Done) continue;
      if (v.uses === 0) v.resetArgs();
      else if (v.type.kind !== Kind.Flags) this.place(v);
    }
    for (const v of values) if (v !== control && v.uses > 0) this.place(v);
    if (control !== null) this.place(control);
    for (const v of values) if (readsOnly(v)) this.readers[v.args[v.args.length - 1]!.id] = null;
    b.values = this.out;
  }

  private put(v: Value): void {
    if (this.state[v.id] === State.Done) return;
    this.state[v.id] = State.Done;
    this.out.push(v);
    for (let s = this.selects[v.id]!; s !== null; s = this.nextSelect[s.id]!) {
      this.state[s.id] = State.Done;
      this.out.push(s);
    }
  }

  /** Places a value after everything it depends on. */
  private place(root: Value): void {
    const b = root.block;
    this.open(root);
    while (this.stack.length > 0) {
      const top = this.stack.length - 1;
      const v = this.stack[top]!;
      const i = this.next[top]!++;
      const args = v.args;
      if (i < args.length) {
        // Flags last, so that nothing comes between them and their reader.
        const flagsAt = flagsArg(v);
        const k = flagsAt < 0 ? i : i === args.length - 1 ? flagsAt : i < flagsAt ? i : i + 1;
        const a = args[k]!;
        if (a.block === b) this.open(a);
        continue;
      }
      if (i === args.length && changesMemory(v)) {
        // Everything that reads the state it replaces.
        let r: Value | null = this.readers[args[args.length - 1]!.id]!;
        while (r !== null && this.state[r.id] !== State.Waiting) r = this.nextReader[r.id]!;
        if (r !== null) {
          this.next[top]!--;
          this.open(r);
          continue;
        }
      }
      this.stack.pop();
      this.next.pop();
      this.put(v);
    }
  }

  private open(v: Value): void {
    if (v.op === Op.SelectN) {
      const t = v.args[0]!;
      if (t.block === v.block) v = t;
    }
    if (this.state[v.id] !== State.Waiting) return;
    this.state[v.id] = State.Open;
    this.stack.push(v);
    this.next.push(0);
  }
}

function changesMemory(v: Value): boolean {
  return opInfo(v.op).writesMem && v.args.length > 0;
}

/** Reads a memory state and leaves it. */
function readsOnly(v: Value): boolean {
  const info = opInfo(v.op);
  return info.readsMem && !info.writesMem && v.args.length > 0;
}

function isEntryValue(v: Value): boolean {
  return v.op === AMD64.ArgIntReg || v.op === AMD64.ArgFloatReg || v.op === AMD64.LoweredGetClosurePtr;
}

function flagsArg(v: Value): number {
  const args = v.args;
  for (let i = 0; i < args.length - 1; i++) if (args[i]!.type.kind === Kind.Flags) return i;
  return -1;
}
