// biome-ignore-all lint/correctness/noVoidTypeReturn: one line per case, "return what does it", reads best in tables of cases.
// Copying and clearing memory: single instructions, unrolled SSE, loops, string instructions, by size
// (cmd/compile/internal/ssa/_gen/AMD64.rules: Move, Zero).
import type { SType, Value } from "../core/index.ts";
import { become, make } from "../rules/support.ts";
import { type Lowering, loadOp, storeOp } from "./lower.ts";
import { AMD64 } from "./ops.ts";

/** Up to this size copies and clears are unrolled. */
const maxUnrolled = 192;
/** Up to this size they are loops of SSE instructions. */
const maxLoop = 1024;

/** Sizes of power of two that cover n < 16 bytes, the last one overlapping if need be: [offset, size] each. */
function pieces(n: number): [number, number][] {
  const out: [number, number][] = [];
  let at = 0;
  while (at < n) {
    const left = n - at;
    let size = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    // One wider access that overlaps what was done already, rather than two.
    for (const wider of [8, 4, 2]) {
      if (wider > size && wider <= n && left < wider && left > size) {
        out.push([n - wider, wider]);
        return out;
      }
    }
    if (left < size) size = left;
    out.push([at, size]);
    at += size;
  }
  return out;
}

function unsignedOf(l: Lowering, size: number): SType {
  const t = l.cx.types;
  return size === 8 ? t.uint64 : size === 4 ? t.uint32 : size === 2 ? t.uint16 : t.uint8;
}

export function lowerMove(l: Lowering, v: Value): void {
  const t = l.cx.types;
  const n = v.auxInt;
  const [dst, src, mem] = v.args as [Value, Value, Value];
  if (n === 0 || dst === src) return v.copyOf(mem);
  if (n < 16) {
    const parts = pieces(n);
    const loads = parts.map(([at, size]) => {
      const type = unsignedOf(l, size);
      return make(v, loadOp(type), type, at, 0, null, [src, mem]);
    });
    let m = mem;
    parts.forEach(([at, size], i) => {
      const op = storeOp(unsignedOf(l, size));
      if (i === parts.length - 1) become(v, op, t.mem, at, 0, null, [dst, loads[i]!, m]);
      else m = make(v, op, t.mem, at, 0, null, [dst, loads[i]!, m]);
    });
    return;
  }
  if (n === 16) {
    const x = make(v, AMD64.MOVOload, t.int128, 0, 0, null, [src, mem]);
    return become(v, AMD64.MOVOstore, t.mem, 0, 0, null, [dst, x, mem]);
  }
  if (n <= maxUnrolled) return become(v, AMD64.LoweredMove, t.mem, n, 0, null, [dst, src, mem]);
  const unit = n <= maxLoop ? 16 : 8;
  const rest = n % unit;
  let m = mem;
  if (rest > 0) {
    // The last 16 bytes, overlapping.
    const x = make(v, AMD64.MOVOload, t.int128, n - 16, 0, null, [src, mem]);
    m = make(v, AMD64.MOVOstore, t.mem, n - 16, 0, null, [dst, x, mem]);
  }
  if (unit === 16) return become(v, AMD64.LoweredMoveLoop, t.mem, n - rest, 0, null, [dst, src, m]);
  const count = make(v, AMD64.MOVQconst, t.int, Math.floor(n / 8), 0, null, []);
  become(v, AMD64.REPMOVSQ, t.mem, 0, 0, null, [dst, src, count, m]);
}

export function lowerZero(l: Lowering, v: Value): void {
  const t = l.cx.types;
  const n = v.auxInt;
  const [dst, mem] = v.args as [Value, Value];
  if (n === 0) return v.copyOf(mem);
  const storeConst = (size: number): number =>
    size === 8
      ? AMD64.MOVQstoreconst
      : size === 4
        ? AMD64.MOVLstoreconst
        : size === 2
          ? AMD64.MOVWstoreconst
          : AMD64.MOVBstoreconst;
  if (n < 16) {
    const parts = pieces(n);
    let m = mem;
    parts.forEach(([at, size], i) => {
      if (i === parts.length - 1) become(v, storeConst(size), t.mem, at, 0, null, [dst, m]);
      else m = make(v, storeConst(size), t.mem, at, 0, null, [dst, m]);
    });
    return;
  }
  if (n === 16) return become(v, AMD64.MOVOstorezero, t.mem, 0, 0, null, [dst, mem]);
  if (n <= maxUnrolled) return become(v, AMD64.LoweredZero, t.mem, n, 0, null, [dst, mem]);
  const unit = n <= maxLoop ? 16 : 8;
  const rest = n % unit;
  let m = mem;
  if (rest > 0) m = make(v, AMD64.MOVOstorezero, t.mem, n - 16, 0, null, [dst, mem]);
  if (unit === 16) return become(v, AMD64.LoweredZeroLoop, t.mem, n - rest, 0, null, [dst, m]);
  const count = make(v, AMD64.MOVQconst, t.int, Math.floor(n / 8), 0, null, []);
  const zero = make(v, AMD64.MOVQconst, t.int, 0, 0, null, []);
  become(v, AMD64.REPSTOSQ, t.mem, 0, 0, null, [dst, count, zero, m]);
}
