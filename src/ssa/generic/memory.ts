import { NoPos, type Pos } from "#base";
import {
  type Block,
  type Func,
  Kind,
  Op,
  opInfo,
  type SType,
  Value,
  copySource,
  writeIsMissing,
} from "../core/index.ts";
import { disjoint, isNewObject, type Place, placeOf, samePointer, sameRegion } from "./alias.ts";
import { sameClass } from "./conditions.ts";
import { copyelim } from "./copyelim.ts";
import { removeUnused } from "./deadcode.ts";

/** Memory states that one load looks back over. */
const maxSteps = 30;

/** Gives loads the value that a store before them put there, or the zero of fresh memory. */
export function forwardLoads(f: Func): void {
  for (const b of f.blocks) {
    for (let i = 0; i < b.values.length; i++) {
      const v = b.values[i]!;
      if (v.op !== Op.Load || !v.type.isScalar) continue;
      const found = stored(v);
      if (found === null) continue;
      if (found === zero) {
        v.copyOf(zeroOf(f, v.type));
      } else if (sameClass(found.type, v.type)) {
        v.copyOf(found);
      } else {
        v.reset(Op.Bitcast);
        v.addArg(found);
      }
    }
  }
  copyelim(f);
}

/** Stands for a zero of whatever type is wanted. */
const zero = new Value(0, Op.Invalid, null as never, 0, 0, null, [], null as never, 0 as never);

function zeroOf(f: Func, t: SType): Value {
  if (t.kind === Kind.Bool) return f.constBool(t, false);
  if (t.isInteger) return f.constInt(t, 0);
  if (t.isFloat) return f.constFloat(t, 0);
  return f.constNil(t);
}

/** What memory holds where a load reads; null if that is not known. */
function stored(load: Value): Value | null {
  const place = placeOf(load.args[0]!);
  const size = load.type.size;
  let m = load.memArg;
  for (let n = 0; n < maxSteps; n++) {
    m = copySource(m);
    switch (m.op) {
      case Op.Store: {
        const to = placeOf(m.args[0]!);
        const t = m.aux as SType;
        if (t.size === size && t.isScalar && sameRegion(place, to)) return m.args[1]!;
        if (!disjoint(place, size, to, t.size)) return null;
        m = m.memArg;
        continue;
      }
      case Op.Zero: {
        const to = placeOf(m.args[0]!);
        if (covers(to, m.auxInt, place, size)) return zero;
        if (!disjoint(place, size, to, m.auxInt)) return null;
        m = m.memArg;
        continue;
      }
      case Op.Move: {
        if (!disjoint(place, size, placeOf(m.args[0]!), m.auxInt)) return null;
        m = m.memArg;
        continue;
      }
      case Op.VarDef:
        if (m.aux === place.base) return null;
        m = m.memArg;
        continue;
      case Op.VarLive:
      case Op.KeepAlive:
        m = m.memArg;
        continue;
      case Op.SelectN: {
        const call = m.args[0]!;
        if (!isNewObject(call)) return null;
        if (place.kind === "new" && (place.base as Value).args[0] === call) return zero;
        m = call.memArg;
        continue;
      }
    }
    return null;
  }
  return null;
}

function covers(outer: Place, outerSize: number, inner: Place, size: number): boolean {
  return (
    outer.base === inner.base &&
    outer.offset >= 0 &&
    inner.offset >= outer.offset &&
    inner.offset + size <= outer.offset + outerSize
  );
}

/** Removes stores that change nothing, and those that later ones of the same block overwrite before anything can see them. */
export function deadStores(f: Func): void {
  for (const b of f.blocks) {
    for (const v of b.values) if (storesBack(v)) v.copyOf(v.memArg);
  }
  copyelim(f);
  for (const b of f.blocks) deadStoresOf(b);
  copyelim(f);
  removeUnused(f);
}

/** Whether a store puts back what was just loaded from there, as s = s[:n] does: code that must do without barriers counts on it. */
function storesBack(v: Value): boolean {
  if (v.op !== Op.Store) return false;
  const x = v.args[1]!;
  return (
    x.op === Op.Load &&
    x.type.size === (v.aux as SType).size &&
    x.memArg === v.memArg &&
    samePointer(x.args[0]!, v.args[0]!)
  );
}

/** Bytes of an object that are written before being read: [from, to). */
interface Written {
  readonly base: object | string;
  readonly kind: Place["kind"];
  from: number;
  to: number;
  /** Where the source writes all of them; NoPos: at several places. */
  pos: Pos;
}

function deadStoresOf(b: Block): void {
  let stores = 0;
  for (const v of b.values) if (v.op === Op.Store || v.op === Op.Zero || v.op === Op.Move) stores++;
  if (stores < 2) return;
  // The memory states of the block that something looks at besides the store that makes the next one.
  const seen = new Set<Value>();
  const followed = new Set<Value>();
  const states: Value[] = [];
  for (const v of b.values) {
    if (v.op === Op.Phi) continue;
    const isState = v.type.kind === Kind.Mem;
    if (isState) states.push(v);
    for (const a of v.args) {
      if (a.type.kind !== Kind.Mem) continue;
      followed.add(a);
      if (!isState) seen.add(a);
    }
  }
  const ends = states.filter((s) => !followed.has(s));
  if (states.length < 2 || ends.length !== 1) return;
  let written: Written[] = [];
  let m = ends[0]!;
  while (m.block === b && m.op !== Op.Phi && m.op !== Op.InitMem) {
    if (seen.has(m)) written = [];
    switch (m.op) {
      case Op.SelectN:
        // The operation before it reads and changes what it likes.
        written = [];
        m = m.args[0]!.memArg;
        continue;
      case Op.VarDef:
      case Op.Store:
      case Op.Zero:
      case Op.Move:
        break;
      default:
        if (!opInfo(m.op).readsMem) return;
        written = [];
        m = m.memArg;
        continue;
    }
    const before = m.memArg;
    if (m.op !== Op.VarDef) {
      const place = placeOf(m.args[0]!);
      const size = m.op === Op.Store ? (m.aux as SType).size : m.auxInt;
      if (place.offset >= 0) {
        const by = overwritten(written, place, size);
        if (by !== null || size === 0) {
          // A debugger that stops in between would see the difference.
          if (by !== null && by.pos !== m.pos) writeIsMissing(b.func, m.args[0]!);
          m.copyOf(before);
          m = before;
          continue;
        }
        note(written, place, size, m.pos);
      }
      if (m.op === Op.Move) {
        // What it reads is needed.
        const from = placeOf(m.args[1]!);
        written = written.filter((w) =>
          disjoint({ base: w.base, kind: w.kind, offset: w.from }, w.to - w.from, from, size),
        );
      }
    }
    m = before;
  }
}

function overwritten(written: readonly Written[], p: Place, size: number): Written | null {
  for (const w of written) if (w.base === p.base && w.from <= p.offset && p.offset + size <= w.to) return w;
  return null;
}

function note(written: Written[], p: Place, size: number, pos: Pos): void {
  for (const w of written) {
    if (w.base !== p.base) continue;
    // Regions that touch become one.
    if (p.offset <= w.to && w.from <= p.offset + size) {
      if (w.pos !== pos) w.pos = NoPos;
      w.from = Math.min(w.from, p.offset);
      w.to = Math.max(w.to, p.offset + size);
      return;
    }
  }
  written.push({ base: p.base, kind: p.kind, from: p.offset, to: p.offset + size, pos });
}
