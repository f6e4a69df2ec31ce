// Walks over all symbols: which functions there are, which read-only data lie together, what each section holds, and the
// symbol table.

import { SymbolBind, SymbolType, SymFlag, SymFlag2 } from "#formats";
import { Kind } from "../kinds.ts";
import { Attr, Version } from "../loader.ts";
import { type f64, type i32, ld8, ld16, ld32, ldf, st8, st16, st32, st64, stf, toF64, toI32, toI64 } from "./lang.ts";
import {
  alignLog,
  attr,
  flag,
  flag2,
  kind,
  localOf,
  nameFind,
  O_BASE,
  O_FROMASM,
  O_NDEF,
  O_SYM,
  O_SYMS,
  objectOf,
  outer,
  row,
  SYM,
  sect,
  size,
  symbolName,
  value,
} from "./symbols.ts";

declare function otherGroup(s: i32): i32;
declare function otherTopLevel(s: i32): i32;
declare function otherSymbol(s: i32): void;
declare function missingSection(s: i32): void;

/** What groupSymbols answers for symbols that are not objects'. */
const FAMILY_STRING = 1;
const FAMILY_GCBITS = 2;
const FAMILY_FUNC = 3;
const FAMILY_TYPE = 4;

// --- functions ---

/**
 * The reachable functions that an object defines: number, and 1 if it shares it with others. kinds: kind of each kind of
 * object symbol. Returns how many.
 */
export function objectText(object: i32, kinds: i32, out: i32): i32 {
  const o = row(object);
  const syms = ld32(o + O_SYMS);
  const n = ld32(o + O_NDEF);
  let rec = ld32(o + O_SYM);
  let found: i32 = 0;
  for (let li: i32 = 0; li < n; li++) {
    const s = ld32(syms + li * 4);
    if ((ld8(attr + s) & Attr.Reachable) !== 0) {
      const k = ld8(kinds + ld8(rec + 10));
      if (k >= Kind.STEXT && k <= Kind.STEXTEND) {
        const elsewhere = ld32(objectOf + s * 4) !== object || ld32(localOf + s * 4) !== li;
        st32(out + found * 8, s);
        st32(out + found * 8 + 4, elsewhere || (ld8(rec + 11) & SymFlag.Dupok) !== 0 ? 1 : 0);
        found++;
      }
    }
    rec += SYM;
  }
  return found;
}

// --- groups of read-only data ---

/** The family that a name tells: most are told apart by their first byte. */
function familyOf(p: i32, n: i32): i32 {
  if (n < 3) return 0;
  const c = ld8(p);
  // "·f" ends in C2 B7 66.
  const func = ld8(p + n - 1) === 0x66 && ld8(p + n - 2) === 0xb7 && ld8(p + n - 3) === 0xc2;
  if (c === 0x67) {
    // go:string.
    if (n >= 10 && ld32(p) === 0x733a6f67 && ld32(p + 4) === 0x6e697274 && ld16(p + 8) === 0x2e67) return FAMILY_STRING;
  } else if (c === 0x72) {
    // runtime.gcbits.
    if (n >= 15 && ld32(p) === 0x746e7572 && ld32(p + 4) === 0x2e656d69 && ld32(p + 8) === 0x69626367) {
      if (ld16(p + 12) === 0x7374 && ld8(p + 14) === 0x2e) return FAMILY_GCBITS;
    }
  } else if (c === 0x74 && n >= 5 && ld32(p) === 0x65707974 && ld8(p + 4) === 0x3a) {
    // type:, and among them type:.gcprog.
    if (n >= 13 && ld32(p + 5) === 0x7063672e && ld32(p + 9) === 0x2e676f72) return FAMILY_GCBITS;
    return func ? FAMILY_FUNC : FAMILY_TYPE;
  }
  return func ? FAMILY_FUNC : 0;
}

/**
 * Puts read-only symbols into their groups: kinds gets the kind of each that was moved. groups: of each family from 1 on, the
 * carrier and the kind; the symbols that are carriers of types themselves stay.
 */
export function groupSymbols(n: i32, kinds: i32, groups: i32, types: i32, typesRel: i32): void {
  for (let s: i32 = 1; s < n; s++) {
    const a = ld8(attr + s);
    if ((a & Attr.Reachable) === 0) continue;
    const object = ld32(objectOf + s * 4);
    const k = ld8(kind + s);
    const movable = (a & Attr.Special) === 0 && (k === Kind.SRODATA || k === Kind.SGOFUNC);
    let family: i32 = 0;
    let hidden = k === Kind.SCOVERAGE_COUNTER;
    if (object > 1) {
      const o = row(object);
      const rec = ld32(o + O_SYM) + ld32(localOf + s * 4) * SYM;
      // Symbols private to a Go object do not show.
      if (ld16(rec + 8) === 0xffff && ld32(o + O_FROMASM) === 0) hidden = true;
      if (movable) family = familyOf(ld32(o + O_BASE) + ld32(rec + 4), ld32(rec));
    } else if (movable || (a & Attr.NotInSymbolTable) === 0) {
      family = otherGroup(s);
      if (family >= 16) {
        hidden = true;
        family -= 16;
      }
      if (!movable) family = 0;
    }
    if (family === FAMILY_TYPE && (s === types || s === typesRel)) family = 0;
    if (family !== 0) {
      st32(outer + s * 4, ld32(groups + family * 8));
      st8(kinds + s, ld32(groups + family * 8 + 4));
      hidden = true;
    }
    if (hidden) st8(attr + s, ld8(attr + s) | Attr.NotInSymbolTable);
  }
}

// --- data ---

/** The kind that counts for layout. */
function layoutKind(s: i32, kinds: i32, nkinds: i32): i32 {
  if (s < nkinds) {
    const k = ld8(kinds + s);
    if (k !== 0) return k;
  }
  return ld8(kind + s);
}

/** Lists the symbols that have a place in data: number and kind. Returns how many. */
export function collectData(n: i32, kinds: i32, nkinds: i32, out: i32, kindsOut: i32): i32 {
  let found: i32 = 0;
  for (let s: i32 = 1; s < n; s++) {
    if ((ld8(attr + s) & (Attr.Reachable | Attr.Special)) !== Attr.Reachable) continue;
    const k = layoutKind(s, kinds, nkinds);
    if (k <= Kind.STEXTEND || k >= Kind.SFirstUnallocated) continue;
    const object = ld32(objectOf + s * 4);
    // Nameless symbols are parts of others (pc tables, FuncInfo).
    if (object > 1) {
      if (ld32(ld32(row(object) + O_SYM) + ld32(localOf + s * 4) * SYM) === 0) continue;
    } else if (otherTopLevel(s) === 0) continue;
    st32(out + found * 4, s);
    st8(kindsOut + found, k);
    found++;
  }
  return found;
}

/** Fills keys, by which symbols are in order of size and then as they are listed; the index is the key's low part. */
export function sizeKeys(list: i32, n: i32, keys: i32, zerobase: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const s = ld32(list + i * 4);
    // zerobase has a size, but counts as half a byte: after the empty ones, before all others.
    const x: f64 = s === zerobase ? 0.5 : ldf(size + s * 8);
    stf(keys + i * 8, x * 4194304 + toF64(i));
  }
}

/** Puts a list in the order of its sorted keys; to: room for it. */
export function permute(list: i32, n: i32, keys: i32, to: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const index = toI32(toI64(ldf(keys + i * 8))) & 2097151;
    st32(to + i * 4, ld32(list + index * 4));
  }
}

/** The strictest alignment in a list, as log2; sets all. */
export function maxAlignment(list: i32, n: i32): i32 {
  let max: i32 = 0;
  for (let i: i32 = 0; i < n; i++) {
    const log = alignLog(ld32(list + i * 4));
    if (log > max) max = log;
  }
  return max;
}

/**
 * Places the symbols of a list one after the other in a section that begins at `base`, from `start` on; force is their new
 * kind, 0 to keep it. Returns where the last one ends.
 */
export function placeData(
  list: i32,
  n: i32,
  section: i32,
  base: f64,
  start: f64,
  force: i32,
  kinds: i32,
  nkinds: i32,
): f64 {
  let at = start;
  for (let i: i32 = 0; i < n; i++) {
    const s = ld32(list + i * 4);
    const unit = toF64(1 << alignLog(s));
    const units = toF64(toI64(at / unit));
    at = units * unit === at ? at : (units + 1) * unit;
    st8(sect + s, section);
    if (force !== 0) {
      if (s < nkinds) st8(kinds + s, force);
      else st8(kind + s, force);
    }
    stf(value + s * 8, at - base);
    at = at + ldf(size + s * 8);
  }
  return at;
}

// --- the symbol table ---

/** ELF index of each section. */
export const elfIndex: i32 = 0;
export let strings: i32 = 0;
export const stringsStart: i32 = 0;
export let records: i32 = 0;

/** Data symbols that show, by number. Returns how many. */
export function listSymbols(n: i32, out: i32): i32 {
  let found: i32 = 0;
  for (let s: i32 = 1; s < n; s++) {
    if ((ld8(attr + s) & (Attr.Reachable | Attr.NotInSymbolTable)) !== Attr.Reachable) continue;
    const k = ld8(kind + s);
    if (k < Kind.SELFRXSECT || k >= Kind.SFirstUnallocated || k === Kind.STLSBSS) continue;
    const object = ld32(objectOf + s * 4);
    if (object > 1) {
      const o = row(object);
      const rec = ld32(o + O_SYM) + ld32(localOf + s * 4) * SYM;
      if (ld32(rec) === 0 || ld8(ld32(o + O_BASE) + ld32(rec + 4)) === 0x2e) continue;
    } else if (otherTopLevel(s) !== 1) continue;
    st32(out + found * 4, s);
    found++;
  }
  return found;
}

/** Whether a name contains ..stmp_: temporaries of static initialisers. */
function isTemporary(p: i32, n: i32): boolean {
  for (let i: i32 = 0; i + 7 <= n; i++) {
    if (ld8(p + i) !== 0x2e) continue;
    if (ld32(p + i) === 0x74732e2e && ld16(p + i + 4) === 0x706d && ld8(p + i + 6) === 0x5f) return true;
  }
  return false;
}

/** 1 for symbols that are local in the table; -1 for those that JavaScript must judge. */
export function isLocalSymbol(s: i32): i32 {
  if ((ld8(attr + s) & Attr.Local) !== 0) return 1;
  const object = ld32(objectOf + s * 4);
  if (object < 2) return -1;
  const o = row(object);
  const rec = ld32(o + O_SYM) + ld32(localOf + s * 4) * SYM;
  if (ld16(rec + 8) !== 0xffff) return 0;
  return isTemporary(ld32(o + O_BASE) + ld32(rec + 4), ld32(rec)) ? 0 : 1;
}

function putRecord(name: i32, info: i32, index: i32, s: i32): void {
  st32(records, name);
  st8(records + 4, info);
  st8(records + 5, 0);
  st16(records + 6, index);
  st64(records + 8, toI64(ldf(value + s * 8)));
  st64(records + 16, toI64(ldf(size + s * 8)));
  records += 24;
}

/** Writes the entries of those symbols of a list that are local (or are not); functions come first. */
export function putSymbols(list: i32, locals: i32, n: i32, nfunc: i32, wantLocal: i32, names1: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    if (ld8(locals + i) !== wantLocal) continue;
    const s = ld32(list + i * 4);
    const type = i < nfunc ? SymbolType.Func : SymbolType.Object;
    const info = (wantLocal !== 0 ? SymbolBind.Local << 4 : SymbolBind.Global << 4) | type;
    let carrier = ld32(outer + s * 4);
    if (carrier === 0) carrier = s;
    const section = ld8(sect + carrier);
    if (section === 0) {
      missingSection(s);
      continue;
    }
    const start = strings;
    const object = ld32(objectOf + s * 4);
    let length = symbolName(s, start);
    if (length < 0) {
      // JavaScript moves `strings`.
      otherSymbol(s);
      length = strings - start;
    } else {
      strings = start + length;
      const o = row(object);
      const rec = ld32(o + O_SYM) + ld32(localOf + s * 4) * SYM;
      if (type === SymbolType.Func && ld16(rec + 8) === Version.ABI0) {
        const k = ld8(kind + s);
        if (k >= Kind.STEXT && k <= Kind.STEXTEND) {
          // The ABIInternal twin has the plain name.
          const twin = nameFind(names1, start, length);
          const tk = ld8(kind + twin);
          if (twin !== 0 && tk >= Kind.STEXT && tk <= Kind.STEXTEND) {
            st32(strings, 0x6962612e); // .abi0
            st8(strings + 4, 0x30);
            strings += 5;
          }
        }
      }
    }
    // "·" (C2 B7) is written as a dot.
    let to = start;
    const end = strings;
    for (let p = start; p < end; p++) {
      let c = ld8(p);
      if (c === 0xc2 && p + 1 < end && ld8(p + 1) === 0xb7) {
        c = 0x2e;
        p++;
      }
      st8(to, c);
      to++;
    }
    st8(to, 0);
    strings = to + 1;
    putRecord(start - stringsStart, info, ld32(elfIndex + section * 4), s);
  }
}

/** Bytes that the names of a list take at most. */
export function namesBound(list: i32, n: i32): i32 {
  let total: i32 = 0;
  for (let i: i32 = 0; i < n; i++) {
    const s = ld32(list + i * 4);
    const object = ld32(objectOf + s * 4);
    if (object > 1) total += ld32(ld32(row(object) + O_SYM) + ld32(localOf + s * 4) * SYM) + 8;
  }
  return total;
}

/** Types that reflection finds by string, and itabs: numbers; returns how many types, and sets nitabs. */
export let nitabs: i32 = 0;
export function listTypelinks(n: i32, types: i32, itabs: i32): i32 {
  let found: i32 = 0;
  nitabs = 0;
  for (let s: i32 = 1; s < n; s++) {
    if ((ld8(attr + s) & Attr.Reachable) === 0) continue;
    if ((ld8(flag + s) & SymFlag.Typelink) !== 0) {
      st32(types + found * 4, s);
      found++;
    } else if ((ld8(flag2 + s) & SymFlag2.Itab) !== 0) {
      st32(itabs + nitabs * 4, s);
      nitabs++;
    }
  }
  return found;
}

/** Compares two strings of bytes as Go does. */
export function compareBytes(a: i32, an: i32, b: i32, bn: i32): i32 {
  const n = an < bn ? an : bn;
  for (let i: i32 = 0; i < n; i++) {
    const d = ld8(a + i) - ld8(b + i);
    if (d !== 0) return d;
  }
  return an - bn;
}
