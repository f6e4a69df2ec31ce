import type { Context } from "../context.ts";
import { type Block, type Func, Op, type SType, Value, copySource, writeIsMissing } from "../core/index.ts";
import { copyelim } from "./copyelim.ts";
import { removeUnused } from "./deadcode.ts";

/** More bytes than one register has are not combined. */
const maxBytes = 8;

/**
 * Loads of neighbouring small integers that are shifted and or-ed together become one load (swapped if the order is the
 * other one); stores of the parts of one integer, or of constants, to neighbouring addresses become one store. Answers to
 * cmd/compile/internal/ssa/memcombine.go.
 */
export function memcombine(f: Func, cx: Context): void {
  let changed = false;
  for (const b of f.blocks) {
    if (combineLoads(b, cx)) changed = true;
    if (combineStores(b, cx)) changed = true;
  }
  if (!changed) return;
  copyelim(f);
  removeUnused(f);
}

/** An address: pointer and index that are not looked into, and bytes from there. */
interface Address {
  readonly base: Value;
  readonly index: Value | null;
  readonly scale: number;
  readonly offset: number;
  /** Checks that must have passed before it is used. */
  readonly checks: readonly Value[];
}

function addressOf(ptr: Value): Address {
  let p = ptr;
  let offset = 0;
  let index: Value | null = null;
  let scale = 0;
  const checks: Value[] = [];
  for (let n = 0; n < 10; n++) {
    if (p.op === Op.Copy || (p.op === Op.Bitcast && p.args[0]!.type.isPtrShaped)) {
      p = p.args[0]!;
      continue;
    }
    if (p.op === Op.Guard) {
      checks.push(p.args[1]!);
      p = p.args[0]!;
      continue;
    }
    if (p.op === Op.OffPtr) {
      offset += p.auxInt;
      p = p.args[0]!;
      continue;
    }
    if (p.op !== Op.PtrIndex || p.type.elem === null) break;
    const size = p.type.elem.size;
    let i = copySource(p.args[1]!);
    let k = 0;
    for (;;) {
      if (i.op === Op.BoundsCheck) {
        checks.push(i);
        i = copySource(i.args[0]!);
      } else if (i.op === Op.Guard) {
        checks.push(i.args[1]!);
        i = copySource(i.args[0]!);
      } else if (i.op === Op.Add && small(i.args[1]!)) {
        k += i.args[1]!.auxInt;
        i = copySource(i.args[0]!);
      } else {
        break;
      }
    }
    if (small(i)) {
      offset += (k + i.auxInt) * size;
    } else {
      if (index !== null) break;
      index = i;
      scale = size;
      offset += k * size;
    }
    p = p.args[0]!;
  }
  return { base: p, index, scale, offset, checks };
}

function small(v: Value): boolean {
  return v.op === Op.ConstInt && v.auxHi === v.auxInt >> 31;
}

function sameObject(a: Address, b: Address): boolean {
  return a.base === b.base && a.index === b.index && a.scale === b.scale;
}

/** A pointer that is not used before the checks have passed. */
function guarded(at: Value, ptr: Value, checks: Iterable<Value>): Value {
  let p = ptr;
  for (const c of checks) p = before(at, Op.Guard, p.type, [p, c]);
  return p;
}

function before(at: Value, op: number, type: SType, args: Value[]): Value {
  const b = at.block;
  const v = new Value(b.func.nextValueId++, op, type, 0, 0, null, args, b, at.pos);
  v.inl = at.inl;
  b.values.splice(b.values.indexOf(at), 0, v);
  return v;
}

function unsigned(cx: Context, size: number): SType {
  const t = cx.types;
  return size === 1 ? t.uint8 : size === 2 ? t.uint16 : size === 4 ? t.uint32 : t.uint64;
}

// ---- Loads

/** A load and how far it is shifted. */
interface Part {
  readonly load: Value;
  readonly shift: number;
  readonly address: Address;
}

function combineLoads(b: Block, cx: Context): boolean {
  let changed = false;
  const inner = new Set<Value>();
  for (let i = b.values.length - 1; i >= 0; i--) {
    const v = b.values[i]!;
    if (v.op !== Op.Or || !v.type.isInteger || v.type.size < 2 || inner.has(v)) continue;
    const parts: Part[] = [];
    if (!collect(v, v, parts, inner) || parts.length < 2) continue;
    if (joinLoads(v, parts, cx)) {
      changed = true;
      i = b.values.indexOf(v);
    }
  }
  return changed;
}

/** The leaves of a tree of or, all of them shifted loads; false if there is another kind. */
function collect(root: Value, v: Value, parts: Part[], inner: Set<Value>): boolean {
  if (v.op === Op.Or && (v === root || (v.uses === 1 && v.block === root.block && v.type === root.type))) {
    if (v !== root) inner.add(v);
    return collect(root, v.args[0]!, parts, inner) && collect(root, v.args[1]!, parts, inner);
  }
  if (parts.length === maxBytes || v.uses !== 1) return false;
  let shift = 0;
  let x = v;
  if (x.op === Op.Shl && small(x.args[1]!)) {
    shift = x.args[1]!.auxInt;
    x = x.args[0]!;
  }
  if (x.uses !== 1 || x.op !== Op.Convert) return false;
  const load = x.args[0]!;
  if (load.op !== Op.Load || load.uses !== 1 || load.block !== root.block) return false;
  if (!load.type.isInteger || load.type.isSigned) return false;
  parts.push({ load, shift, address: addressOf(load.args[0]!) });
  return true;
}

function joinLoads(root: Value, parts: Part[], cx: Context): boolean {
  const first = parts[0]!;
  const size = first.load.type.size;
  const total = size * parts.length;
  if (total > root.type.size || (total !== 2 && total !== 4 && total !== 8)) return false;
  for (const p of parts) {
    if (p.load.type.size !== size || p.load.memArg !== first.load.memArg) return false;
    if (!sameObject(p.address, first.address)) return false;
  }
  parts.sort((x, y) => x.address.offset - y.address.offset);
  const low = parts[0]!;
  let little = true;
  let big = size === 1;
  for (let k = 0; k < parts.length; k++) {
    const p = parts[k]!;
    if (p.address.offset !== low.address.offset + k * size) return false;
    if (p.shift !== k * size * 8) little = false;
    if (p.shift !== (parts.length - 1 - k) * size * 8) big = false;
  }
  if (!little && !big) return false;
  const checks = new Set<Value>();
  for (const p of parts) for (const c of p.address.checks) checks.add(c);
  for (const c of low.address.checks) checks.delete(c);
  const type = unsigned(cx, total);
  const t = cx.types.pointerTo(type);
  // Among the checks, the pointer: where the root stands all have been made.
  const ptr = before(root, Op.Bitcast, t, [guarded(root, low.load.args[0]!, checks)]);
  let x = before(root, Op.Load, type, [ptr, low.load.memArg]);
  x.pos = low.load.pos;
  if (!little) x = before(root, Op.Bswap, type, [x]);
  if (root.type === type) {
    root.copyOf(x);
  } else {
    root.reset(root.type.size === total ? Op.Bitcast : Op.Convert);
    root.addArg(x);
  }
  return true;
}

// ---- Stores

/** A store of a part of a value, or of a constant. */
interface Piece {
  readonly store: Value;
  readonly address: Address;
  /** null: a constant. */
  readonly of: Value | null;
  /** Bits that the value is shifted to the right. */
  readonly shift: number;
}

function combineStores(b: Block, cx: Context): boolean {
  let changed = false;
  const done = new Set<Value>();
  for (let i = b.values.length - 1; i >= 0; i--) {
    const v = b.values[i]!;
    if (done.has(v) || pieceOf(v) === null) continue;
    const chain: Piece[] = [];
    for (let s = v; chain.length < maxBytes; ) {
      const p = pieceOf(s);
      if (p === null || s.block !== b) break;
      const head = chain[0];
      if (head !== undefined) {
        // Only the store behind it may see this one's memory.
        if (s.uses !== 1 || !sameObject(p.address, head.address)) break;
        if ((s.aux as SType).size !== (v.aux as SType).size) break;
        // What follows is one integer's parts or constants, not both.
        if (p.of !== head.of) break;
      }
      chain.push(p);
      s = s.memArg;
    }
    const size = (v.aux as SType).size;
    for (const total of [8, 4, 2]) {
      const n = total / size;
      if (n < 2 || n > chain.length || !Number.isInteger(n)) continue;
      if (!joinStores(chain.slice(0, n), total, cx)) continue;
      for (const p of chain.slice(0, n)) done.add(p.store);
      changed = true;
      i = b.values.indexOf(v);
      break;
    }
  }
  return changed;
}

function pieceOf(s: Value): Piece | null {
  if (s.op !== Op.Store) return null;
  const t = s.aux as SType;
  if (!t.isScalar || t.isFloat || t.size > 4) return null;
  const v = copySource(s.args[1]!);
  if (v.op === Op.ConstInt || v.op === Op.ConstBool) {
    return { store: s, address: addressOf(s.args[0]!), of: null, shift: 0 };
  }
  if (v.op !== Op.Convert || !v.type.isInteger) return null;
  let x = copySource(v.args[0]!);
  if (!x.type.isInteger || x.type.size <= v.type.size) return null;
  let shift = 0;
  if (x.op === Op.Shr && small(x.args[1]!)) {
    shift = x.args[1]!.auxInt;
    x = copySource(x.args[0]!);
  }
  return { store: s, address: addressOf(s.args[0]!), of: x, shift };
}

/** Makes one store of n, given last first. */
function joinStores(pieces: Piece[], total: number, cx: Context): boolean {
  const last = pieces[0]!.store;
  const first = pieces[pieces.length - 1]!.store;
  const size = (last.aux as SType).size;
  const sorted = [...pieces].sort((x, y) => x.address.offset - y.address.offset);
  const low = sorted[0]!;
  let little = true;
  let big = size === 1;
  for (let k = 0; k < sorted.length; k++) {
    const p = sorted[k]!;
    if (p.address.offset !== low.address.offset + k * size) return false;
    if (p.shift !== low.shift + k * size * 8) little = false;
    if (p.shift !== low.shift - k * size * 8) big = false;
  }
  const type = unsigned(cx, total);
  let x: Value;
  if (low.of === null) {
    let bits = 0n;
    for (let k = sorted.length - 1; k >= 0; k--) {
      const c = copySource(sorted[k]!.store.args[1]!);
      bits = (bits << BigInt(size * 8)) | BigInt.asUintN(size * 8, BigInt(c.auxInt));
    }
    x = before(last, Op.ConstInt, type, []);
    x.auxInt = Number(BigInt.asIntN(32, bits));
    x.auxHi = Number(BigInt.asIntN(32, bits >> 32n));
  } else {
    if (!little && !big) return false;
    const shift = little ? low.shift : sorted[sorted.length - 1]!.shift;
    x = low.of;
    // The bits from shift on must all be there.
    if (shift + total * 8 > x.type.size * 8) return false;
    if (shift > 0) {
      const n = before(last, Op.ConstInt, cx.types.uint8, []);
      n.auxInt = shift;
      x = before(last, Op.Shr, x.type, [x, n]);
      x.auxInt = 1;
    }
    if (x.type !== type) x = before(last, x.type.size === total ? Op.Bitcast : Op.Convert, type, [x]);
    if (!little) x = before(last, Op.Bswap, type, [x]);
  }
  const checks = new Set<Value>();
  for (const p of sorted) for (const c of p.address.checks) checks.add(c);
  for (const c of low.address.checks) checks.delete(c);
  const ptr = before(last, Op.Bitcast, cx.types.pointerTo(type), [guarded(last, low.store.args[0]!, checks)]);
  const mem = first.memArg;
  last.setArg(0, ptr);
  last.setArg(1, x);
  last.setArg(2, mem);
  last.aux = type;
  for (const p of pieces) {
    if (p.store === last) continue;
    // It happens with the last one, which may be another statement's.
    if (p.store.pos !== last.pos) writeIsMissing(last.block.func, p.store.args[0]!);
    p.store.copyOf(p.store.memArg);
  }
  return true;
}
