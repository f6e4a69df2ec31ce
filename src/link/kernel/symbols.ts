// Symbols as cmd/link's loader numbers them: the tables behind Loader, names and content hashes, references.

import { Attr, Version } from "../loader.ts";
import { PkgIdx, SymFlag, SymFlag2 } from "#formats";
import {
  clz,
  copy,
  type f64,
  gtu,
  type i32,
  ld8,
  ld16,
  ld32,
  ld64,
  ldf,
  ltu,
  st8,
  st32,
  stf,
  toF64,
  trap,
} from "./lang.ts";

// An object's row in the table of objects. Addresses are absolute.
export const O_BASE = 0;
export const O_LENGTH = 4;
/** The record of symbol 0; how many are defined; how many there are. */
export const O_SYM = 8;
export const O_NDEF = 12;
export const O_NSYM = 16;
/** Number of each symbol; row number of each package. */
export const O_SYMS = 20;
export const O_PKGS = 24;
export const O_NPKG = 28;
/** First symbol of the second to fourth list. */
export const O_HASHED64 = 32;
export const O_HASHED = 36;
export const O_NONPKG = 40;
/** Indices of records by symbol, first records, numbers of records. */
export const O_RELOCIDX = 44;
export const O_AUXIDX = 48;
export const O_DATAIDX = 52;
export const O_RELOC = 56;
export const O_AUX = 60;
export const O_DATA = 64;
export const O_NRELOC = 68;
export const O_NAUX = 72;
export const O_NDATA = 76;
export const O_HASH64 = 80;
export const O_HASH = 84;
export const O_FROMASM = 88;
export const O_SIZE = 96;

/** Sizes of records. */
export const SYM = 21;
export const RELOC = 23;
export const AUX = 9;

// The tables of Loader.
export const objects: i32 = 0;
export const objectOf: i32 = 0;
export const localOf: i32 = 0;
export const kind: i32 = 0;
export const flag: i32 = 0;
export const flag2: i32 = 0;
export const size: i32 = 0;
export const value: i32 = 0;
export const attr: i32 = 0;
export const align: i32 = 0;
export const sect: i32 = 0;
export const outer: i32 = 0;
/** What a changed symbol was: object (0 for the linker's own) and number there. */
export const auxObjectOf: i32 = 0;
export const auxLocalOf: i32 = 0;
export const builtins: i32 = 0;
export const nbuiltins: i32 = 0;
/** The next number. */
export let count: i32 = 1;
/** Tables of methods (itabs) that are known by name. */
export let namedItabs: i32 = 0;
/** Kind of each kind of object symbol; 255 for none. */
export const kindOfObjectKind: i32 = 0;

/** What JavaScript does: ends the link with the right words, or the rare cases. */
declare function badReference(object: i32, pkg: i32, sym: i32): void;
declare function badName(object: i32, sym: i32): void;
declare function badABI(abi: i32): void;
declare function badKind(s: i32): void;
declare function growNames(table: i32): void;
declare function mergeDefinition(s: i32, object: i32, sym: i32): void;
declare function linknameVariable(s: i32, object: i32, sym: i32): void;
declare function newReference(object: i32, sym: i32, version: i32): i32;
declare function checkLinkname(s: i32, object: i32, sym: i32): void;

// --- references and records ---

export function row(object: i32): i32 {
  return objects + object * O_SIZE;
}

/** The symbol that a reference of an object means; 0 for none. */
export function resolve(o: i32, pkg: i32, sym: i32): i32 {
  let list = o;
  let i = sym;
  if (pkg === PkgIdx.None) i += ld32(o + O_NONPKG);
  else if (pkg === PkgIdx.Hashed64) i += ld32(o + O_HASHED64);
  else if (pkg === PkgIdx.Hashed) i += ld32(o + O_HASHED);
  else if (pkg === PkgIdx.Builtin) {
    if (ltu(sym, nbuiltins)) {
      const s = ld32(builtins + sym * 4);
      if (s !== 0) return s;
    }
    bad(o, pkg, sym);
  } else if (pkg !== PkgIdx.Self) {
    if (pkg === 0) {
      // The linker's own symbols refer to numbers.
      if (sym === 0 || o === objects + O_SIZE) return sym;
      bad(o, pkg, sym);
    }
    if (!ltu(pkg, ld32(o + O_NPKG))) bad(o, pkg, sym);
    list = row(ld32(ld32(o + O_PKGS) + pkg * 4));
  }
  if (!ltu(i, ld32(list + O_NSYM))) bad(o, pkg, sym);
  return ld32(ld32(list + O_SYMS) + i * 4);
}

function bad(o: i32, pkg: i32, sym: i32): void {
  badReference((o - objects) / O_SIZE, pkg, sym);
  trap();
}

/** The target of the relocation record at p. */
export function relocTarget(o: i32, p: i32): i32 {
  return resolve(o, ld32(p + 15), ld32(p + 19));
}

/** First relocation record of a defined symbol, and the first after its own. */
export function relocFrom(o: i32, li: i32): i32 {
  const i = ld32(ld32(o + O_RELOCIDX) + li * 4);
  if (gtu(i, ld32(o + O_NRELOC))) trap();
  return ld32(o + O_RELOC) + i * RELOC;
}

export function relocTo(o: i32, li: i32): i32 {
  return relocFrom(o, li + 1);
}

export function auxFrom(o: i32, li: i32): i32 {
  const i = ld32(ld32(o + O_AUXIDX) + li * 4);
  if (gtu(i, ld32(o + O_NAUX))) trap();
  return ld32(o + O_AUX) + i * AUX;
}

export function dataFrom(o: i32, li: i32): i32 {
  const i = ld32(ld32(o + O_DATAIDX) + li * 4);
  if (gtu(i, ld32(o + O_NDATA))) trap();
  return ld32(o + O_DATA) + i;
}

/** The target of the relocation at off of an object's symbol; 0 if there is none. */
export function relocTargetAt(s: i32, off: i32): i32 {
  const o = row(ld32(objectOf + s * 4));
  const li = ld32(localOf + s * 4);
  if (li >= ld32(o + O_NDEF)) return 0;
  const end = relocTo(o, li);
  for (let p = relocFrom(o, li); p < end; p += RELOC) if (ld32(p) === off) return relocTarget(o, p);
  return 0;
}

// --- names: an open-addressing table from names, which stay where they are, to symbols ---

/** A table: mask, entries used, addresses of the five columns. At most half of the places are used. */
export const T_MASK = 0;
export const T_COUNT = 4;
export const T_HASHES = 8;
export const T_SYMS = 12;
export const T_ADDRS = 16;
export const T_LENS = 20;

/** Of long names only the ends count: what tells names of one package apart is there. */
function hashName(p: i32, len: i32): i32 {
  let h = len;
  const end = p + len;
  let i = p;
  if (len > 40) {
    for (; i < p + 12; i++) h = (h ^ ld8(i)) * 0x01000193;
    i = end - 28;
  }
  for (; i < end; i++) h = (h ^ ld8(i)) * 0x01000193;
  return h ^ (h >>> 15);
}

export function sameBytes(a: i32, b: i32, n: i32): i32 {
  let i: i32 = 0;
  for (; i + 8 <= n; i += 8) if (ld64(a + i) !== ld64(b + i)) return 0;
  for (; i < n; i++) if (ld8(a + i) !== ld8(b + i)) return 0;
  return 1;
}

/** The place of a name, times 4: where it is, or where it would go. */
function slot(t: i32, p: i32, len: i32, hash: i32): i32 {
  const mask = ld32(t + T_MASK);
  const syms = ld32(t + T_SYMS);
  const hashes = ld32(t + T_HASHES);
  let i = hash & mask;
  for (;;) {
    const at = i << 2;
    if (ld32(syms + at) === 0) return at;
    if (ld32(hashes + at) === hash && ld32(ld32(t + T_LENS) + at) === len) {
      if (sameBytes(ld32(ld32(t + T_ADDRS) + at), p, len) !== 0) return at;
    }
    i = (i + 1) & mask;
  }
}

/** The symbol of a name, or 0. */
export function nameFind(t: i32, p: i32, len: i32): i32 {
  return ld32(ld32(t + T_SYMS) + slot(t, p, len, hashName(p, len)));
}

/** The symbol of this name; if there is none, s becomes it and 0 is returned. */
export function nameFindOrAdd(t: i32, p: i32, len: i32, s: i32): i32 {
  const hash = hashName(p, len);
  const at = slot(t, p, len, hash);
  const old = ld32(ld32(t + T_SYMS) + at);
  if (old !== 0) return old;
  st32(ld32(t + T_HASHES) + at, hash);
  st32(ld32(t + T_SYMS) + at, s);
  st32(ld32(t + T_ADDRS) + at, p);
  st32(ld32(t + T_LENS) + at, len);
  const n = ld32(t + T_COUNT) + 1;
  st32(t + T_COUNT, n);
  if (n * 2 > ld32(t + T_MASK)) growNames(t);
  return 0;
}

/** Makes s the symbol of this name, whatever it was. */
export function nameSet(t: i32, p: i32, len: i32, s: i32): void {
  if (nameFindOrAdd(t, p, len, s) !== 0) st32(ld32(t + T_SYMS) + slot(t, p, len, hashName(p, len)), s);
}

/** Copies the entries of a table into a larger, empty one. */
export function rehash(from: i32, to: i32): void {
  const n = ld32(from + T_MASK) + 1;
  const mask = ld32(to + T_MASK);
  for (let k: i32 = 0; k < n; k++) {
    const s = ld32(ld32(from + T_SYMS) + k * 4);
    if (s === 0) continue;
    const hash = ld32(ld32(from + T_HASHES) + k * 4);
    let i = hash & mask;
    while (ld32(ld32(to + T_SYMS) + i * 4) !== 0) i = (i + 1) & mask;
    st32(ld32(to + T_HASHES) + i * 4, hash);
    st32(ld32(to + T_SYMS) + i * 4, s);
    st32(ld32(to + T_ADDRS) + i * 4, ld32(ld32(from + T_ADDRS) + k * 4));
    st32(ld32(to + T_LENS) + i * 4, ld32(ld32(from + T_LENS) + k * 4));
  }
  st32(to + T_COUNT, ld32(from + T_COUNT));
}

// --- content hashes: mask, symbols, addresses ---

function hashFindOrAdd(t: i32, p: i32, width: i32, s: i32): i32 {
  const mask = ld32(t);
  const syms = ld32(t + 4);
  const addrs = ld32(t + 8);
  // Short symbols are their own hash: mix, for small integers and text would cluster.
  let i = (ld32(p) ^ (ld32(p + 4) * 0x85ebca6b)) * 0x9e3779b1;
  i = (i ^ (i >>> 15)) & mask;
  for (;;) {
    const old = ld32(syms + i * 4);
    if (old === 0) break;
    const q = ld32(addrs + i * 4);
    if (ld64(p) === ld64(q)) {
      if (width === 8) return old;
      if (ld64(p + 8) === ld64(q + 8)) return old;
    }
    i = (i + 1) & mask;
  }
  st32(syms + i * 4, s);
  st32(addrs + i * 4, p);
  return 0;
}

// --- numbers for the symbols of objects ---

function newSymbol(object: i32, li: i32): i32 {
  const s = count;
  count = s + 1;
  st32(objectOf + s * 4, object);
  st32(localOf + s * 4, li);
  return s;
}

/** Flags that count wherever they stand: Local, UsedInIface, and the greatest alignment. */
function mergeFlags(s: i32, rec: i32): void {
  if ((ld8(rec + 11) & SymFlag.Local) !== 0) st8(attr + s, ld8(attr + s) | Attr.Local);
  if ((ld8(rec + 12) & SymFlag2.UsedInIface) !== 0) st8(attr + s, ld8(attr + s) | Attr.UsedInIface);
  const a = ld32(rec + 17);
  if (a !== 0) {
    const log = 32 - clz(a);
    if (log > ld8(align + s)) st8(align + s, log);
  }
}

/** The version of a name: an ABI, or one above for names private to an object. */
function versionOf(rec: i32): i32 {
  const abi = ld16(rec + 8);
  if (abi === 0xffff) return Version.Static;
  if (abi > 1) badABI(abi);
  return abi;
}

/** The address of a name that is known to lie in its file. */
function nameAddress(object: i32, o: i32, rec: i32, li: i32): i32 {
  const len = ld32(rec);
  const off = ld32(rec + 4);
  const limit = ld32(o + O_LENGTH);
  if (gtu(off, limit) || gtu(len, limit - off)) badName(object, li);
  return ld32(o + O_BASE) + off;
}

/** The first list of an object: symbols of its package. */
export function packageSymbols(object: i32, names0: i32, names1: i32): void {
  const o = row(object);
  const syms = ld32(o + O_SYMS);
  const n = ld32(o + O_HASHED64);
  let rec = ld32(o + O_SYM);
  for (let li: i32 = 0; li < n; li++) {
    const s = newSymbol(object, li);
    st32(syms + li * 4, s);
    // Most have no name: tables and debugging entries of functions, which have no flags either.
    if (ld32(rec) !== 0) {
      const version = versionOf(rec);
      if (version < Version.Static) {
        nameSet(version === 0 ? names0 : names1, nameAddress(object, o, rec, li), ld32(rec), s);
      }
      mergeFlags(s, rec);
    }
    rec += SYM;
  }
}

/** The second and third list: symbols known by their contents. */
export function hashedSymbols(object: i32, table: i32, from: i32, to: i32, hashes: i32, width: i32): void {
  const o = row(object);
  const syms = ld32(o + O_SYMS);
  let p = hashes;
  let rec = ld32(o + O_SYM) + from * SYM;
  for (let li = from; li < to; li++) {
    let s = hashFindOrAdd(table, p, width, count);
    if (s === 0) s = newSymbol(object, li);
    else {
      // The hash leaves out trailing zeros: the larger one serves both.
      const old = row(ld32(objectOf + s * 4));
      const have = ld32(ld32(old + O_SYM) + ld32(localOf + s * 4) * SYM + 13);
      if (gtu(ld32(rec + 13), have)) {
        st32(objectOf + s * 4, object);
        st32(localOf + s * 4, li);
      }
    }
    st32(syms + li * 4, s);
    mergeFlags(s, rec);
    p += width;
    rec += SYM;
  }
}

/** The fourth list: definitions that belong to no package, known by name. */
export function nonpkgSymbols(object: i32, names0: i32, names1: i32, strictDups: i32): void {
  const o = row(object);
  const syms = ld32(o + O_SYMS);
  const from = ld32(o + O_NONPKG);
  const to = ld32(o + O_NDEF);
  let rec = ld32(o + O_SYM) + from * SYM;
  for (let li = from; li < to; li++) {
    const len = ld32(rec);
    const version = versionOf(rec);
    let s: i32 = 0;
    if (len !== 0 && version < Version.Static) {
      s = nameFindOrAdd(version === 0 ? names0 : names1, nameAddress(object, o, rec, li), len, count);
    }
    if (s === 0) s = newSymbol(object, li);
    else if ((ld8(rec + 11) & SymFlag.Dupok) !== 0 && strictDups === 0) {
      const old = row(ld32(objectOf + s * 4));
      const have = ld32(ld32(old + O_SYM) + ld32(localOf + s * 4) * SYM + 13);
      if (gtu(ld32(rec + 13), have)) {
        st32(objectOf + s * 4, object);
        st32(localOf + s * 4, li);
      }
    } else mergeDefinition(s, object, li);
    st32(syms + li * 4, s);
    if ((ld8(rec + 12) & SymFlag2.Itab) !== 0) namedItabs++;
    if ((ld8(rec + 12) & SymFlag2.Linkname) !== 0 && dataFrom(o, li) === dataFrom(o, li + 1)) {
      linknameVariable(s, object, li);
    }
    mergeFlags(s, rec);
    rec += SYM;
  }
}

/**
 * gc knows itabs by their contents, rt0 by name. In a program of both there must be one for a pair of types all the same, for
 * interfaces are compared by it: those of an object that are known by their contents become the one of their name.
 */
export function mergeItabs(object: i32, names0: i32): void {
  const o = row(object);
  const to = ld32(o + O_NONPKG);
  let li = ld32(o + O_HASHED);
  let rec = ld32(o + O_SYM) + li * SYM;
  for (; li < to; li++) {
    if ((ld8(rec + 12) & SymFlag2.Itab) !== 0) {
      const s = nameFind(names0, nameAddress(object, o, rec, li), ld32(rec));
      if (s !== 0) {
        st32(ld32(o + O_SYMS) + li * 4, s);
        mergeFlags(s, rec);
      }
    }
    rec += SYM;
  }
}

/** Copies what is often asked for out of the records, once every symbol has its final definition. */
export function cacheFields(): void {
  for (let s: i32 = 1; s < count; s++) {
    const o = row(ld32(objectOf + s * 4));
    const rec = ld32(o + O_SYM) + ld32(localOf + s * 4) * SYM;
    const k = ld8(rec + 10);
    let mapped: i32 = 255;
    if (k < 64) mapped = ld8(kindOfObjectKind + k);
    if (mapped === 255) badKind(s);
    st8(kind + s, mapped);
    st8(flag + s, ld8(rec + 11));
    st8(flag2 + s, ld8(rec + 12));
    // Sizes are 32 bits, unsigned.
    const n = ld32(rec + 13);
    let x: f64 = toF64(n);
    if (n < 0) x = x + 4294967296;
    stf(size + s * 8, x);
  }
}

/** The fifth list: references by name. */
export function references(object: i32, names0: i32, names1: i32): void {
  const o = row(object);
  const syms = ld32(o + O_SYMS);
  const to = ld32(o + O_NSYM);
  let li = ld32(o + O_NDEF);
  let rec = ld32(o + O_SYM) + li * SYM;
  for (; li < to; li++) {
    const version = versionOf(rec);
    let s: i32 = 0;
    if (version < Version.Static) {
      s = nameFind(version === 0 ? names0 : names1, nameAddress(object, o, rec, li), ld32(rec));
    }
    if (s === 0) s = newReference(object, li, version);
    st32(syms + li * 4, s);
    const f2 = ld8(rec + 12);
    if ((f2 & SymFlag2.Linkname) !== 0) checkLinkname(s, object, li);
    if ((ld8(rec + 11) & SymFlag.Local) !== 0) st8(attr + s, ld8(attr + s) | Attr.Local);
    if ((f2 & SymFlag2.UsedInIface) !== 0) st8(attr + s, ld8(attr + s) | Attr.UsedInIface);
    rec += SYM;
  }
}

/** Copies the name of an object's symbol to p; returns its length. Other symbols' names are JavaScript's: -1. */
export function symbolName(s: i32, to: i32): i32 {
  const object = ld32(objectOf + s * 4);
  if (object < 2) return -1;
  const o = row(object);
  const rec = ld32(o + O_SYM) + ld32(localOf + s * 4) * SYM;
  const len = ld32(rec);
  copy(to, nameAddress(object, o, rec, ld32(localOf + s * 4)), len);
  return len;
}

/** log2 of a data symbol's alignment: its own, or what its size suggests, at most 32 bytes. */
export function alignLog(s: i32): i32 {
  const a = ld8(align + s);
  if (a !== 0) return a - 1;
  let log: i32 = 5;
  const n = ldf(size + s * 8);
  while (log > 0 && toF64(1 << log) > n) log--;
  st8(align + s, log + 1);
  return log;
}
