// Copies symbols into the output and fills in what they refer to (relocate.ts has the rare cases and the messages).

import { RelocType } from "#formats";
import { Kind } from "../kinds.ts";
import { Attr } from "../loader.ts";
import {
  copy,
  type f64,
  fill,
  type i32,
  ld8,
  ld16,
  ld32,
  ld64,
  ldf,
  st8,
  st16,
  st32,
  st64,
  toF64,
  toI32,
  toI64,
} from "./lang.ts";
import {
  attr,
  dataFrom,
  kind,
  localOf,
  O_NDEF,
  objectOf,
  RELOC,
  relocFrom,
  relocTarget,
  relocTo,
  row,
  sect,
  size,
  value,
} from "./symbols.ts";

/** Start of each section. */
export const sectionBase: i32 = 0;
/** A function's slot in its unit's part of .debug_addr, plus one; 0 for none. */
export const addrSlots: i32 = 0;
export const unreachableMethod: i32 = 0;

/** Writes a symbol that is not an object's, or has something unusual about it. */
declare function writeOther(s: i32, at: i32, size: i32): void;
declare function phaseError(s: i32, addr: f64): void;
declare function tooLarge(s: i32, n: i32): void;

/** Applies the relocations at [from, end) to the n bytes of a symbol at `at`. 0 if JavaScript must do it again. */
function apply(s: i32, o: i32, from: i32, end: i32, at: i32, n: i32): i32 {
  const here = ldf(value + s * 8);
  for (let p = from; p < end; p += RELOC) {
    const width = ld8(p + 4);
    const off = ld32(p);
    if (off < 0 || off > n || off + width > n) return 0;
    if (width === 0) continue;
    const flags = ld16(p + 5);
    const type = flags & 0x7fff;
    const weak = flags & RelocType.R_WEAK;
    let t = relocTarget(o, p);
    let reachable: i32 = 0;
    if (t !== 0) {
      const k = ld8(kind + t);
      if (k === Kind.Sxxx || k === Kind.SXREF) return 0;
      reachable = ld8(attr + t) & Attr.Reachable;
      if (reachable === 0 && weak === 0 && k !== Kind.STLSBSS && type !== RelocType.R_METHODOFF) return 0;
    }
    const add = toF64(ld64(p + 7));
    let x: f64 = 0;
    if (type === RelocType.R_CALL || type === RelocType.R_PCREL) {
      x = ldf(value + t * 8) + add - (here + toF64(off + width));
      if (width === 4 && x !== toF64(toI32(x))) return 0;
    } else if (type === RelocType.R_DWARFSECREF) {
      const i = ld8(sect + t);
      if (i === 0) return 0;
      x = ldf(value + t * 8) + add - ldf(sectionBase + i * 8);
    } else if (type === RelocType.R_ADDR) {
      if (weak !== 0 && reachable === 0) t = unreachableMethod;
      x = ldf(value + t * 8) + add;
      if (width === 4 && (x < 0 || x > 2147483647)) return 0;
    } else if (type === RelocType.R_ADDROFF || type === RelocType.R_METHODOFF) {
      if (reachable === 0) {
        if (type === RelocType.R_METHODOFF) {
          st32(at + off, -1);
          continue;
        }
        if (weak !== 0) continue;
      }
      const i = ld8(sect + t);
      if (i === 0) return 0;
      x = ldf(value + t * 8) - ldf(sectionBase + i * 8) + add;
    } else if (type === RelocType.R_TLS_LE) x = add - 8;
    else if (type >= RelocType.R_DWTXTADDR_U1 && type <= RelocType.R_DWTXTADDR_U4) {
      let slot = ld32(addrSlots + t * 4) - 1;
      if (slot < 0) return 0;
      const last = type - RelocType.R_DWTXTADDR_U1;
      for (let i: i32 = 0; i <= last; i++) {
        st8(at + off + i, (slot & 127) | (i < last ? 128 : 0));
        slot = slot >>> 7;
      }
      if (slot !== 0) return 0;
      continue;
    } else return 0;
    if (width === 4) {
      if (x < -2147483648 || x > 4294967295) return 0;
      st32(at + off, toI32(toI64(x)));
    } else if (width === 8) st64(at + off, toI64(x));
    else if (width === 2) st16(at + off, toI32(toI64(x)));
    else if (width === 1) st8(at + off, toI32(toI64(x)));
    else return 0;
  }
  return 1;
}

/**
 * Writes the symbols of a list (n numbers) that lie in a section at [start, end), which is at `at` in memory. The list is in
 * order of address; gaps keep what they hold. Returns how many of the list there were.
 */
export function writeSymbols(list: i32, n: i32, section: i32, start: f64, end: f64, at: i32, pad: i32): i32 {
  let addr = start;
  for (let i: i32 = 0; i < n; i++) {
    const s = ld32(list + i * 4);
    if (ld8(sect + s) !== section) return i;
    const where = ldf(value + s * 8);
    const length = ldf(size + s * 8);
    if (where >= end && length > 0) return i;
    if (where < addr) phaseError(s, addr);
    addr = where + length;
    const to = at + toI32(where - start);
    const bytes = toI32(length);
    const object = ld32(objectOf + s * 4);
    if (object < 2) {
      writeOther(s, to, bytes);
      continue;
    }
    const o = row(object);
    const li = ld32(localOf + s * 4);
    let have: i32 = 0;
    if (li < ld32(o + O_NDEF)) {
      const from = dataFrom(o, li);
      have = dataFrom(o, li + 1) - from;
      if (have < 0 || have > bytes) {
        tooLarge(s, have);
        continue;
      }
      copy(to, from, have);
    }
    if (pad !== 0 && have < bytes) fill(to + have, pad, bytes - have);
    // As in cmd/link, relocations must lie in the contents there are.
    if (li < ld32(o + O_NDEF))
      if (apply(s, o, relocFrom(o, li), relocTo(o, li), to, have) === 0) writeOther(s, to, bytes);
  }
  return n;
}

/** Applies the relocations of a symbol of the linker's own. 0 if JavaScript must do it. */
export function applyOwn(s: i32, from: i32, end: i32, at: i32, n: i32): i32 {
  return apply(s, row(1), from, end, at, n);
}
