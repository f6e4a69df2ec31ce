// The table from pc to function: what pclntab.ts does once a function (see there for the parts).

import { AuxType, Funcdata, FuncField, Pcdata, RelocType } from "#formats";
import { Attr } from "../loader.ts";
import { copy, type f64, type i32, ld8, ld16, ld32, ldf, st8, st32, stf, toF64, toI32, trap } from "./lang.ts";
import { sectionBase } from "./relocate.ts";
import {
  alignLog,
  AUX,
  attr,
  auxFrom,
  auxLocalOf,
  auxObjectOf,
  dataFrom,
  localOf,
  O_FROMASM,
  O_NDEF,
  O_SYM,
  objectOf,
  RELOC,
  relocFrom,
  relocTarget,
  relocTo,
  resolve,
  row,
  SYM,
  sect,
  size,
  symbolName,
  value,
} from "./symbols.ts";

// What a function's aux symbols say: a row a function.
const F_SYM = 0;
/** Address of FuncInfo, 0 for functions without (marker symbols). */
const F_INFO = 4;
const F_PCSP = 8;
const F_PCFILE = 12;
const F_PCLINE = 16;
const F_PCINLINE = 20;
/** Pcdata symbols, then funcdata symbols. */
const F_LIST = 24;
const F_NPCDATA = 28;
const F_NFUNCDATA = 32;
const F_NFILE = 36;
const F_NINL = 40;
/** Address of the first node of the tree of inlined calls. */
const F_NODES = 44;
/** The table made of it, and its place in go:func.*. */
const F_TREE = 48;
const F_TREEVALUE = 52;
/** The object, and the place of the function's record. */
const F_OBJECT = 56;
const F_RECORD = 60;
/** Bytes of a row. */
const FUNC = 64;

const funcRecordSize = 44;
const inlTreeNodeSize = 24;

export const funcs: i32 = 0;
export const nfuncs: i32 = 0;
/** By object: number of its unit among those that have functions plus one; the objects in that order. */
export const unitIndex: i32 = 0;
export const unitList: i32 = 0;
/** By symbol: place of the name plus one; the symbols in that order. */
export const nameOffsets: i32 = 0;
export const nameList: i32 = 0;
export let nnames: i32 = 0;
/** By object: a byte a file that is named; how many files. Pairs of object and file in the order they are named. */
export const fileMarks: i32 = 0;
export const fileCounts: i32 = 0;
export const fileList: i32 = 0;
/** By symbol: 1 if it has a place; the symbols (or trees, as -1 - function) in that order, and log2 of their alignments. */
export const placed: i32 = 0;
export const placeList: i32 = 0;
export let nplaced: i32 = 0;
export const alignList: i32 = 0;
export let funcdataAlign: i32 = 0;

declare function badFuncInfo(s: i32): void;
declare function badFile(object: i32, file: i32): void;
declare function missingFuncInfo(s: i32): void;
declare function emptyFuncdata(s: i32): void;
declare function badFuncdataReloc(s: i32, type: i32): void;
declare function otherName(s: i32, to: i32): i32;
declare function otherDeferreturn(s: i32): i32;
declare function funcHole(bucket: i32, delta: i32): void;

/** The object that a symbol came from, also when the linker changed it; below 2 for its own. */
export function originOf(s: i32): i32 {
  const object = ld32(objectOf + s * 4);
  return object === 1 ? ld32(auxObjectOf + s * 4) : object;
}

export function originLocal(s: i32): i32 {
  return ld32(objectOf + s * 4) === 1 ? ld32(auxLocalOf + s * 4) : ld32(localOf + s * 4);
}

/** The address of a function's FuncInfo, 0 if it has none; the function may itself not be part of the program. */
export function funcInfo(s: i32): i32 {
  const object = originOf(s);
  if (object < 2) return 0;
  const o = row(object);
  const li = originLocal(s);
  if (li >= ld32(o + O_NDEF)) return 0;
  const end = auxFrom(o, li + 1);
  for (let p = auxFrom(o, li); p < end; p += AUX) {
    if (ld8(p) === AuxType.FuncInfo) {
      const sym = ld32(p + 5);
      if (sym < 0 || sym >= ld32(o + O_NDEF)) trap();
      return dataFrom(o, sym);
    }
  }
  return 0;
}

/** Bytes of code of a function of an object, also when the linker changed it. */
export function codeSize(s: i32): i32 {
  const o = row(originOf(s));
  const li = originLocal(s);
  return dataFrom(o, li + 1) - dataFrom(o, li);
}

/** Sizes of functions that have FuncInfo, -1 for the others. */
export function functionSizes(list: i32, n: i32, out: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const s = ld32(list + i * 4);
    st32(out + i * 4, funcInfo(s) === 0 ? -1 : codeSize(s));
  }
}

/** How many aux records functions have. */
export function countAux(list: i32, n: i32): i32 {
  let total: i32 = 0;
  for (let i: i32 = 0; i < n; i++) {
    const s = ld32(list + i * 4);
    if (originOf(s) < 2) continue;
    const o = row(originOf(s));
    const li = originLocal(s);
    if (li < ld32(o + O_NDEF)) total += (auxFrom(o, li + 1) - auxFrom(o, li)) / AUX;
  }
  return total;
}

/** Fills the rows; returns how many units have functions. lists: room for the lists of all. */
export function gatherFunctions(list: i32, lists: i32): i32 {
  let to = lists;
  let units: i32 = 0;
  for (let i: i32 = 0; i < nfuncs; i++) {
    const s = ld32(list + i * 4);
    const f = funcs + i * FUNC;
    st32(f + F_SYM, s);
    const object = originOf(s);
    if (object < 2) continue;
    st32(f + F_OBJECT, object);
    if (ld32(unitIndex + object * 4) === 0) {
      st32(unitList + units * 4, object);
      units++;
      st32(unitIndex + object * 4, units);
    }
    const o = row(object);
    const li = originLocal(s);
    if (li >= ld32(o + O_NDEF)) continue;
    const from = auxFrom(o, li);
    const end = auxFrom(o, li + 1);
    st32(f + F_LIST, to);
    for (let p = from; p < end; p += AUX) {
      const type = ld8(p);
      if (type >= AuxType.DwarfInfo && type <= AuxType.DwarfLines) continue;
      if (type === AuxType.FuncInfo) gatherInfo(s, f, o, ld32(p + 5));
      else if (type === AuxType.Pcdata) {
        st32(to, resolve(o, ld32(p + 1), ld32(p + 5)));
        to += 4;
      } else if (type >= AuxType.Pcsp && type <= AuxType.Pcinline) {
        st32(f + F_PCSP + (type - AuxType.Pcsp) * 4, resolve(o, ld32(p + 1), ld32(p + 5)));
      }
    }
    if (ld32(f + F_INFO) === 0) continue;
    const npcdata = (to - ld32(f + F_LIST)) >> 2;
    st32(f + F_NPCDATA, npcdata);
    for (let p = from; p < end; p += AUX) {
      if (ld8(p) !== AuxType.Funcdata) continue;
      st32(to, resolve(o, ld32(p + 1), ld32(p + 5)));
      to += 4;
    }
    let nfuncdata = ((to - ld32(f + F_LIST)) >> 2) - npcdata;
    if (ld32(f + F_NINL) > 0) {
      while (nfuncdata < Funcdata.InlTree + 1) {
        st32(to, 0);
        to += 4;
        nfuncdata++;
      }
      st32(ld32(f + F_LIST) + (npcdata + Funcdata.InlTree) * 4, -1 - i);
    }
    st32(f + F_NFUNCDATA, nfuncdata);
  }
  return units;
}

function gatherInfo(s: i32, f: i32, o: i32, sym: i32): void {
  if (sym < 0 || sym >= ld32(o + O_NDEF)) trap();
  const info = dataFrom(o, sym);
  const length = dataFrom(o, sym + 1) - info;
  if (length < 24) badFuncInfo(s);
  const nfile = ld32(info + 16);
  if (nfile < 0 || nfile > length >> 2) badFuncInfo(s);
  const off = 24 + 4 * nfile;
  if (off > length) badFuncInfo(s);
  const ninl = ld32(info + off - 4);
  if (ninl < 0 || ninl > length || off + ninl * inlTreeNodeSize > length) badFuncInfo(s);
  st32(f + F_INFO, info);
  st32(f + F_NFILE, nfile);
  st32(f + F_NINL, ninl);
  st32(f + F_NODES, info + off);
}

/** The function inlined by the node at p. */
function inlined(f: i32, p: i32): i32 {
  return resolve(row(ld32(f + F_OBJECT)), ld32(p + 12), ld32(p + 16));
}

// --- names ---

function nameLength(s: i32): i32 {
  const object = ld32(objectOf + s * 4);
  if (object < 2) return otherName(s, 0);
  return ld32(ld32(row(object) + O_SYM) + ld32(localOf + s * 4) * SYM);
}

function placeName(s: i32, at: i32): i32 {
  if (ld32(nameOffsets + s * 4) !== 0) return at;
  st32(nameOffsets + s * 4, at + 1);
  st32(nameList + nnames * 4, s);
  nnames++;
  return at + nameLength(s) + 1;
}

/** Gives the names of functions and of those inlined their places; returns the size of all. */
export function placeNames(): i32 {
  let at: i32 = 0;
  nnames = 0;
  for (let i: i32 = 0; i < nfuncs; i++) {
    const f = funcs + i * FUNC;
    at = placeName(ld32(f + F_SYM), at);
    const ninl = ld32(f + F_NINL);
    for (let k: i32 = 0; k < ninl; k++) at = placeName(inlined(f, ld32(f + F_NODES) + k * inlTreeNodeSize), at);
  }
  return at;
}

export function writeNames(out: i32): void {
  for (let i: i32 = 0; i < nnames; i++) {
    const s = ld32(nameList + i * 4);
    const to = out + ld32(nameOffsets + s * 4) - 1;
    if (symbolName(s, to) < 0) otherName(s, to);
  }
}

// --- files ---

/** Lists the files that functions name, unit by unit in the order they come; returns how many. */
export function listFiles(): i32 {
  let n: i32 = 0;
  for (let i: i32 = 0; i < nfuncs; i++) {
    const f = funcs + i * FUNC;
    const info = ld32(f + F_INFO);
    if (info === 0) continue;
    const object = ld32(f + F_OBJECT);
    const nfile = ld32(f + F_NFILE);
    const total = nfile + ld32(f + F_NINL);
    for (let k: i32 = 0; k < total; k++) {
      const file = k < nfile ? ld32(info + 20 + k * 4) : ld32(ld32(f + F_NODES) + (k - nfile) * inlTreeNodeSize + 4);
      if (file < 0 || file >= ld32(fileCounts + object * 4)) badFile(object, file);
      const mark = ld32(fileMarks + object * 4) + file;
      if (ld8(mark) !== 0) continue;
      st8(mark, 1);
      st32(fileList + n * 8, object);
      st32(fileList + n * 8 + 4, file);
      n++;
    }
  }
  return n;
}

// --- tables by pc ---

let tabSize: i32 = 0;

function placeTable(s: i32): void {
  if (ld8(placed + s) !== 0) return;
  st8(placed + s, 1);
  const n = s === 0 ? 0 : toI32(ldf(size + s * 8));
  stf(value + s * 8, n === 0 ? 0 : toF64(tabSize));
  tabSize += n;
  if (n === 0) return;
  st32(placeList + nplaced * 4, s);
  nplaced++;
}

/** Gives every table its place once; returns the size of all. Offset 0 means no table. */
export function placeTables(): i32 {
  tabSize = 1;
  nplaced = 0;
  for (let i: i32 = 0; i < nfuncs; i++) {
    const f = funcs + i * FUNC;
    if (ld32(f + F_INFO) === 0) continue;
    placeTable(ld32(f + F_PCSP));
    placeTable(ld32(f + F_PCFILE));
    placeTable(ld32(f + F_PCLINE));
    const n = ld32(f + F_NPCDATA);
    for (let k: i32 = 0; k < n; k++) placeTable(ld32(ld32(f + F_LIST) + k * 4));
    if (ld32(f + F_NINL) > 0) placeTable(ld32(f + F_PCINLINE));
  }
  return tabSize;
}

/** Writes the n tables of a list. */
export function writeTables(list: i32, n: i32, out: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const s = ld32(list + i * 4);
    const o = row(ld32(objectOf + s * 4));
    const li = ld32(localOf + s * 4);
    if (li >= ld32(o + O_NDEF)) trap();
    const from = dataFrom(o, li);
    const to = out + toI32(ldf(value + s * 8));
    const length = dataFrom(o, li + 1) - from;
    if (length > 16) copy(to, from, length);
    else for (let k: i32 = 0; k < length; k++) st8(to + k, ld8(from + k));
  }
}

// --- inlined calls ---

/** Bytes of the tables of inlined calls. */
export function treesSize(): i32 {
  let n: i32 = 0;
  for (let i: i32 = 0; i < nfuncs; i++) n += ld32(funcs + i * FUNC + F_NINL) * 16;
  return n;
}

/** Makes the table of inlined calls of each function that has some: 16 bytes a call. */
export function makeTrees(out: i32): void {
  let to = out;
  for (let i: i32 = 0; i < nfuncs; i++) {
    const f = funcs + i * FUNC;
    const n = ld32(f + F_NINL);
    st32(f + F_TREE, to);
    let p = ld32(f + F_NODES);
    for (let k: i32 = 0; k < n; k++) {
      const callee = inlined(f, p);
      const info = funcInfo(callee);
      if (info === 0) missingFuncInfo(callee);
      st32(to, ld8(info + 8));
      st32(to + 4, ld32(nameOffsets + callee * 4) - 1);
      st32(to + 8, ld32(p + 20));
      st32(to + 12, ld32(info + 12));
      to += 16;
      p += inlTreeNodeSize;
    }
  }
}

// --- records ---

/** Bytes of the pcdata part of a record, in words. */
function pcdataWords(f: i32): i32 {
  const n = ld32(f + F_NPCDATA);
  return ld32(f + F_NINL) > 0 && n < Pcdata.InlTreeIndex + 1 ? Pcdata.InlTreeIndex + 1 : n;
}

/** Gives every function's record its place; returns the size of functab. */
export function placeRecords(): i32 {
  let at = nfuncs * 8 + 4;
  for (let i: i32 = 0; i < nfuncs; i++) {
    const f = funcs + i * FUNC;
    at = (at + 7) & -8;
    st32(f + F_RECORD, at);
    at += funcRecordSize + 4 * (pcdataWords(f) + ld32(f + F_NFUNCDATA));
  }
  return at;
}

/** Assembly functions refer to argument maps that nobody may have made. */
function ignored(f: i32, k: i32, d: i32): i32 {
  if (d === 0) return 1;
  if (k !== Funcdata.ArgsPointerMaps && k !== Funcdata.ArgInfo) return 0;
  if (ld32(row(ld32(f + F_OBJECT)) + O_FROMASM) === 0) return 0;
  const object = ld32(objectOf + d * 4);
  if (object < 2) return 1;
  const o = row(object);
  const li = ld32(localOf + d * 4);
  if (li >= ld32(o + O_NDEF)) return 1;
  return dataFrom(o, li) === dataFrom(o, li + 1) ? 1 : 0;
}

/** Gives every piece of funcdata its place in go:func.*, the strictest alignments first; returns the size. */
export function placeFuncdata(): i32 {
  nplaced = 0;
  let top: i32 = 0;
  for (let i: i32 = 0; i < nfuncs; i++) {
    const f = funcs + i * FUNC;
    if (ld32(f + F_INFO) === 0) continue;
    const n = ld32(f + F_NFUNCDATA);
    const list = ld32(f + F_LIST) + ld32(f + F_NPCDATA) * 4;
    for (let k: i32 = 0; k < n; k++) {
      const d = ld32(list + k * 4);
      let log: i32 = 2;
      if (d >= 0) {
        if (d === 0) continue;
        if (ld8(placed + d) === 2 || ignored(f, k, d) !== 0) continue;
        st8(placed + d, 2);
        log = alignLog(d);
      }
      if (log > top) top = log;
      st32(placeList + nplaced * 4, d);
      st8(alignList + nplaced, log);
      nplaced++;
    }
  }
  funcdataAlign = nplaced > 0 ? 1 << top : 0;
  let at: i32 = 0;
  const sorted = placeList + nplaced * 4;
  let m: i32 = 0;
  for (let log = top; log >= 0; log--) {
    for (let i: i32 = 0; i < nplaced; i++) {
      if (ld8(alignList + i) !== log) continue;
      const d = ld32(placeList + i * 4);
      at = (at + (1 << log) - 1) & (0 - (1 << log));
      if (d < 0) {
        const f = funcs + (-1 - d) * FUNC;
        st32(f + F_TREEVALUE, at);
        at += ld32(f + F_NINL) * 16;
      } else {
        const n = toI32(ldf(size + d * 8));
        if (n === 0) {
          emptyFuncdata(d);
          continue;
        }
        stf(value + d * 8, toF64(at));
        at += n;
        st8(attr + d, ld8(attr + d) | Attr.NotInSymbolTable | Attr.Special);
      }
      st32(sorted + m * 4, d);
      m++;
    }
  }
  for (let i: i32 = 0; i < m; i++) st32(placeList + i * 4, ld32(sorted + i * 4));
  nplaced = m;
  return at;
}

/** Writes the n pieces of a list. */
export function writeFuncdata(list: i32, n: i32, out: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const d = ld32(list + i * 4);
    if (d < 0) {
      const f = funcs + (-1 - d) * FUNC;
      copy(out + ld32(f + F_TREEVALUE), ld32(f + F_TREE), ld32(f + F_NINL) * 16);
      continue;
    }
    const object = ld32(objectOf + d * 4);
    if (object < 2) continue;
    const o = row(object);
    const li = ld32(localOf + d * 4);
    if (li >= ld32(o + O_NDEF)) continue;
    const from = dataFrom(o, li);
    const to = out + toI32(ldf(value + d * 8));
    const length = dataFrom(o, li + 1) - from;
    if (toF64(length) > ldf(size + d * 8)) trap();
    copy(to, from, length);
    const end = relocTo(o, li);
    for (let p = relocFrom(o, li); p < end; p += RELOC) {
      const type = ld16(p + 5);
      if ((type & 0x7fff) !== RelocType.R_ADDROFF) {
        badFuncdataReloc(d, type);
        break;
      }
      const t = relocTarget(o, p);
      if ((type & RelocType.R_WEAK) !== 0 && (ld8(attr + t) & Attr.Reachable) === 0) break;
      const base = ldf(sectionBase + ld8(sect + t) * 8);
      const off = ld32(p);
      if (off < 0 || off + 4 > length) trap();
      st32(to + off, toI32(ldf(value + t * 8) - base) + ld32(p + 7));
    }
  }
}

/** Offset of the first direct call of deferreturn: where a recovered panic goes on. */
function deferreturnOffset(s: i32, deferreturn: i32): i32 {
  const object = ld32(objectOf + s * 4);
  if (object < 2) return otherDeferreturn(s);
  const o = row(object);
  const li = ld32(localOf + s * 4);
  if (li >= ld32(o + O_NDEF)) return 0;
  const end = relocTo(o, li);
  for (let p = relocFrom(o, li); p < end; p += RELOC) {
    if ((ld16(p + 5) & 0x7fff) !== RelocType.R_CALL) continue;
    // The relocation is at the operand; the opcode is the byte before.
    if (relocTarget(o, p) === deferreturn) return ld32(p) - 1;
  }
  return 0;
}

function tableOffset(s: i32): i32 {
  return toI32(ldf(value + s * 8));
}

/** Writes functab. cuOffsets: first entry in cutab by number of unit. */
export function writeFunctab(out: i32, textStart: f64, deferreturn: i32, cuOffsets: i32): void {
  let last: i32 = 0;
  for (let i: i32 = 0; i < nfuncs; i++) {
    const f = funcs + i * FUNC;
    const s = ld32(f + F_SYM);
    last = s;
    const record = ld32(f + F_RECORD);
    const entry = toI32(ldf(value + s * 8) - textStart);
    st32(out + i * 8, entry);
    st32(out + i * 8 + 4, record);
    const r = out + record;
    st32(r + FuncField.EntryOff, entry);
    st32(r + FuncField.NameOff, ld32(nameOffsets + s * 4) - 1);
    st32(r + FuncField.Deferreturn, deferreturnOffset(s, deferreturn));
    const object = ld32(f + F_OBJECT);
    st32(r + FuncField.CuOffset, object < 2 ? -1 : ld32(cuOffsets + (ld32(unitIndex + object * 4) - 1) * 4));
    const info = ld32(f + F_INFO);
    if (info === 0) continue;
    st32(r + FuncField.Args, ld32(info));
    st32(r + FuncField.Pcsp, tableOffset(ld32(f + F_PCSP)));
    st32(r + FuncField.Pcfile, tableOffset(ld32(f + F_PCFILE)));
    st32(r + FuncField.Pcln, tableOffset(ld32(f + F_PCLINE)));
    const npcdata = pcdataWords(f);
    st32(r + FuncField.Npcdata, npcdata);
    st32(r + FuncField.StartLine, ld32(info + 12));
    st8(r + FuncField.FuncID, ld8(info + 8));
    st8(r + FuncField.Flag, ld8(info + 9));
    const nfuncdata = ld32(f + F_NFUNCDATA);
    st8(r + FuncField.Nfuncdata, nfuncdata);
    let p = r + funcRecordSize;
    let list = ld32(f + F_LIST);
    const have = ld32(f + F_NPCDATA);
    for (let k: i32 = 0; k < have; k++) st32(p + 4 * k, tableOffset(ld32(list + 4 * k)));
    if (ld32(f + F_NINL) > 0) st32(p + 4 * Pcdata.InlTreeIndex, tableOffset(ld32(f + F_PCINLINE)));
    p += 4 * npcdata;
    list += 4 * have;
    for (let k: i32 = 0; k < nfuncdata; k++) {
      const d = ld32(list + 4 * k);
      let x: i32 = -1;
      if (d < 0) x = ld32(funcs + (-1 - d) * FUNC + F_TREEVALUE);
      else if (ignored(f, k, d) === 0) x = tableOffset(d);
      st32(p + 4 * k, x);
    }
  }
  st32(out + nfuncs * 8, toI32(ldf(value + last * 8) - textStart + ldf(size + last * 8)));
}

/**
 * Writes findfunctab: for every 4096 bytes of code the number of the first function there, and for each 256 of them how
 * many functions later one begins. index: room for a number for each 256 bytes.
 */
export function writeFindfunctab(out: i32, index: i32, n: i32, min: f64, max: f64): void {
  const none = 0x7fffffff;
  for (let k: i32 = 0; k < n; k++) st32(index + k * 4, none);
  for (let i: i32 = 0; i < nfuncs; i++) {
    const from = toI32(ldf(value + ld32(funcs + i * FUNC + F_SYM) * 8) - min);
    const to = i + 1 < nfuncs ? toI32(ldf(value + ld32(funcs + (i + 1) * FUNC + F_SYM) * 8) - min) : toI32(max - min);
    const last = (to - 1) >> 8;
    for (let k = from >> 8; k <= last; k++) if (ld32(index + k * 4) > i) st32(index + k * 4, i);
  }
  const nbuckets = (toI32(max - min) + 4095) >> 12;
  for (let b: i32 = 0; b < nbuckets; b++) {
    const base = ld32(index + b * 64);
    if (base === none) funcHole(b, -1);
    st32(out + b * 20, base);
    for (let j: i32 = 0; j < 16 && b * 16 + j < n; j++) {
      const x = ld32(index + (b * 16 + j) * 4);
      if (x === none) funcHole(b, -1);
      if (x - base >= 256) funcHole(b, x - base);
      st8(out + b * 20 + 4 + j, x - base);
    }
  }
}
