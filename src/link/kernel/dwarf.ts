// Debugging entries: what dwarf.ts does once a function, variable or relocation.

import { AuxType, DwCfa, RelocType, SymFlag2 } from "#formats";
import { Kind } from "../kinds.ts";
import { Attr } from "../loader.ts";
import { type i32, ld8, ld16, ld32, ldf, st8, st16, st32, st64, toI64, trap } from "./lang.ts";
import { codeSize, funcInfo, originLocal, originOf } from "./pclntab.ts";
import {
  AUX,
  attr,
  auxFrom,
  dataFrom,
  flag2,
  kind,
  localOf,
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
  value,
} from "./symbols.ts";

/** By symbol: 1 for types whose entry was asked for, by descriptor; and by name, for symbols below the limit. */
export const typeSeen: i32 = 0;
export const infoSeen: i32 = 0;
export const infoLimit: i32 = 0;
/** By kind: 1 for variables. */
export const variableKinds: i32 = 0;
/** Entries of inlined functions that visitFunction came across. */
export const absList: i32 = 0;
export let nabs: i32 = 0;

declare function defineType(s: i32): void;
declare function defineNamed(s: i32): void;
declare function badInfo(s: i32): void;
declare function variable(s: i32, type: i32, entry: i32): void;
declare function otherVariable(s: i32): void;

function keep(s: i32): void {
  st8(attr + s, ld8(attr + s) | Attr.NotInSymbolTable | Attr.Reachable);
}

function typeUsed(t: i32): void {
  if (ld8(typeSeen + t) !== 0) return;
  st8(typeSeen + t, 1);
  defineType(t);
}

function nameUsed(t: i32): void {
  if (t >= infoLimit) return;
  if (ld8(infoSeen + t) !== 0) return;
  st8(infoSeen + t, 1);
  defineNamed(t);
}

/** Makes the types that the entries of a package's constants or of an inlined function refer to. */
export function importInfo(s: i32): void {
  keep(s);
  const k = ld8(kind + s);
  if (k !== Kind.SDWARFCONST && k !== Kind.SDWARFABSFCN) badInfo(s);
  const object = ld32(objectOf + s * 4);
  if (object < 2) trap();
  const o = row(object);
  const li = ld32(localOf + s * 4);
  if (li >= ld32(o + O_NDEF)) return;
  const end = relocTo(o, li);
  for (let p = relocFrom(o, li); p < end; p += RELOC) {
    if (ld16(p + 5) === RelocType.R_DWARFSECREF) nameUsed(relocTarget(o, p));
  }
}

/** Looks at a function's entry. out: its lines, entry, ranges and locations. */
export function visitFunction(s: i32, out: i32): void {
  nabs = 0;
  st32(out, 0);
  st32(out + 4, 0);
  st32(out + 8, 0);
  st32(out + 12, 0);
  if (originOf(s) < 2) return;
  const fo = row(originOf(s));
  const fli = originLocal(s);
  if (fli >= ld32(fo + O_NDEF)) return;
  const auxEnd = auxFrom(fo, fli + 1);
  for (let p = auxFrom(fo, fli); p < auxEnd; p += AUX) {
    const type = ld8(p);
    if (type < AuxType.DwarfInfo || type > AuxType.DwarfLines || type === AuxType.DwarfLoc) continue;
    const t = resolve(fo, ld32(p + 1), ld32(p + 5));
    if (type === AuxType.DwarfInfo) st32(out + 4, t);
    else if (type === AuxType.DwarfRanges) st32(out + 8, t);
    else st32(out, t);
  }
  const info = ld32(out + 4);
  if (info === 0) return;
  keep(info);
  if (ld32(out + 8) !== 0) keep(ld32(out + 8));
  const object = ld32(objectOf + info * 4);
  if (object < 2) trap();
  const o = row(object);
  const li = ld32(localOf + info * 4);
  if (li >= ld32(o + O_NDEF)) return;
  const end = relocTo(o, li);
  for (let p = relocFrom(o, li); p < end; p += RELOC) {
    const type = ld16(p + 5);
    if (type === RelocType.R_USETYPE) typeUsed(relocTarget(o, p));
    else if (type === RelocType.R_DWARFSECREF) {
      const t = relocTarget(o, p);
      const k = ld8(kind + t);
      if (k === Kind.SDWARFLOC) {
        if (ld32(out + 12) === 0) st32(out + 12, t);
      } else if (k === Kind.SDWARFABSFCN) {
        const a = ld8(attr + t);
        if ((a & Attr.OnList) !== 0) continue;
        st8(attr + t, a | Attr.OnList);
        st32(absList + nabs * 4, t);
        nabs++;
        importInfo(t);
      } else if (k === Kind.SDWARFTYPE || k === Kind.Sxxx) nameUsed(t);
    }
  }
}

/** Tells of the variables among the symbols of objects that have an entry. */
export function collectVariables(end: i32): void {
  for (let s: i32 = 1; s < end; s++) {
    if ((ld8(attr + s) & (Attr.Reachable | Attr.NotInSymbolTable)) !== Attr.Reachable) continue;
    if (ld8(variableKinds + ld8(kind + s)) === 0) continue;
    const object = ld32(objectOf + s * 4);
    if (object < 2) {
      otherVariable(s);
      continue;
    }
    const o = row(object);
    const li = ld32(localOf + s * 4);
    if (ld16(ld32(o + O_SYM) + li * SYM + 8) === 0xffff || li >= ld32(o + O_NDEF)) continue;
    let type: i32 = 0;
    let entry: i32 = 0;
    const auxEnd = auxFrom(o, li + 1);
    for (let p = auxFrom(o, li); p < auxEnd; p += AUX) {
      const a = ld8(p);
      if (a === AuxType.Gotype) {
        if (type === 0) type = resolve(o, ld32(p + 1), ld32(p + 5));
      } else if (a === AuxType.DwarfInfo && entry === 0) entry = resolve(o, ld32(p + 1), ld32(p + 5));
    }
    if (type === 0) {
      if (ld8(kind + s) !== Kind.SRODATA || (ld8(flag2 + s) & SymFlag2.Dict) === 0) continue;
      // A dictionary: its types are used.
      const relocEnd = relocTo(o, li);
      for (let p = relocFrom(o, li); p < relocEnd; p += RELOC) {
        if (ld16(p + 5) === RelocType.R_USEIFACE) typeUsed(relocTarget(o, p));
      }
    } else if (entry !== 0) variable(s, type, entry);
  }
}

// --- frames ---

let at: i32 = 0;
let pc: i32 = 0;

function byte(v: i32): void {
  st8(at, v);
  at++;
}

/** Reads an unsigned number of a table, moving pc. */
function uvarint(end: i32): i32 {
  let v: i32 = 0;
  let shift: i32 = 0;
  while (pc < end) {
    const b = ld8(pc);
    pc++;
    v = v | ((b & 127) << shift);
    if (b < 128) return v;
    shift += 7;
  }
  return 0;
}

function sleb(value: i32): void {
  let v = value;
  for (;;) {
    const b = v & 127;
    v = v >> 7;
    if ((v === 0 && (b & 64) === 0) || (v === -1 && (b & 64) !== 0)) {
      byte(b);
      return;
    }
    byte(b | 128);
  }
}

function pcspOf(s: i32): i32 {
  const o = row(originOf(s));
  const li = originLocal(s);
  const end = auxFrom(o, li + 1);
  for (let p = auxFrom(o, li); p < end; p += AUX) {
    if (ld8(p) === AuxType.Pcsp) return resolve(o, ld32(p + 1), ld32(p + 5));
  }
  return 0;
}

/** Bytes that the frames of functions take at most. */
export function framesBound(list: i32, n: i32): i32 {
  let total: i32 = 0;
  for (let i: i32 = 0; i < n; i++) {
    const s = ld32(list + i * 4);
    if (funcInfo(s) === 0) continue;
    const table = pcspOf(s);
    total += 40;
    if (table === 0 || ld32(objectOf + table * 4) < 2) continue;
    const o = row(ld32(objectOf + table * 4));
    const li = ld32(localOf + table * 4);
    total += (dataFrom(o, li + 1) - dataFrom(o, li)) * 6;
  }
  return total;
}

/** From here on, for so many bytes of code, the frame's top is cfa bytes above SP, in units of 4 bytes down. */
function frameStep(distance: i32, cfa: i32): void {
  byte(DwCfa.def_cfa_offset_sf);
  sleb(-(cfa / 4));
  if (distance < 0x40) byte(DwCfa.advance_loc + distance);
  else if (distance < 0x100) {
    byte(DwCfa.advance_loc1);
    byte(distance);
  } else if (distance < 0x10000) {
    byte(DwCfa.advance_loc2);
    st16(at, distance);
    at += 2;
  } else {
    byte(DwCfa.advance_loc4);
    st32(at, distance);
    at += 4;
  }
}

/** Writes the frame entry of each function; returns how many bytes. */
export function writeFrames(list: i32, n: i32, out: i32): i32 {
  at = out;
  for (let i: i32 = 0; i < n; i++) {
    const s = ld32(list + i * 4);
    if (funcInfo(s) === 0) continue;
    const size = codeSize(s);
    const start = at;
    st64(at, 0);
    st64(at + 8, toI64(ldf(value + s * 8)));
    st64(at + 16, toI64(size));
    at += 24;
    const table = pcspOf(s);
    if (table !== 0 && ld32(objectOf + table * 4) > 1) {
      const o = row(ld32(objectOf + table * 4));
      const li = ld32(localOf + table * 4);
      if (li >= ld32(o + O_NDEF)) trap();
      pc = dataFrom(o, li);
      const end = dataFrom(o, li + 1);
      let sp: i32 = -1;
      let from: i32 = 0;
      while (pc < end) {
        const u = uvarint(end);
        // Only the first pair may have a zero delta.
        if (u === 0 && from !== 0) break;
        sp += (u & 1) !== 0 ? ~(u >>> 1) : u >>> 1;
        const next = from + uvarint(end);
        let to = next;
        // Debuggers ask for the frame at the return address minus one: the last step must not leave the function.
        if (to === size) to--;
        if (to >= from) frameStep(to - from, sp + 8);
        from = next;
      }
    }
    const pad = (8 - ((at - start - 24) & 7)) & 7;
    for (let k: i32 = 0; k < pad; k++) byte(0);
    st32(start, at - start - 4);
  }
  return at - out;
}
