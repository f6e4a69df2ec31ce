// The flood of deadcode.ts: from a symbol to what its relocations and aux symbols refer to.

import { AuxType, RelocType, SymFlag, SymFlag2 } from "#formats";
import { Attr } from "../loader.ts";
import { type i32, ld8, ld16, ld32, ld64, st8, st32, st64, toI64u, type i64 } from "./lang.ts";
import {
  AUX,
  attr,
  auxFrom,
  flag,
  flag2,
  localOf,
  O_NDEF,
  objectOf,
  RELOC,
  relocFrom,
  relocTarget,
  relocTargetAt,
  relocTo,
  resolve,
  row,
} from "./symbols.ts";

/** Symbols to look at. */
export const queue: i32 = 0;
export let queued: i32 = 0;

/** Whether each edge is told, and whether debugging entries count. */
export const dumping: i32 = 0;
export const noDwarf: i32 = 0;
export let reflectSeen: i32 = 0;

/** Methods that are not needed yet: symbol of the name, of the type, and of the two functions; the receiver's type. */
export const METHOD = 20;
export const methods: i32 = 0;
export let nmethods: i32 = 0;

/** Number of the name that a symbol holds, times two, plus one if it is exported; 0 if not asked for yet. */
export const nameIds: i32 = 0;
/** By number of a name: 1 if generic code names it. */
export const namedMethods: i32 = 0;
/** Interface methods in use: an open-addressing set of (type, number of the name). */
export const ifaceMethods: i32 = 0;
export const ifaceMask: i32 = 0;

declare function dumpEdge(s: i32, parent: i32): void;
declare function floodExternal(s: i32): void;
declare function special(s: i32, type: i32, target: i32, add: i32): void;
declare function packageInit(s: i32): void;
declare function badMethods(s: i32): void;
declare function nameNumber(s: i32): i32;

export function mark(s: i32, parent: i32): void {
  if (s === 0) return;
  const a = ld8(attr + s);
  if ((a & Attr.Reachable) !== 0) return;
  st8(attr + s, a | Attr.Reachable);
  if (dumping !== 0) {
    pushLeast(s);
    dumpEdge(s, parent);
    return;
  }
  st32(queue + queued * 4, s);
  queued++;
}

/** With -dumpdep the order counts: as in cmd/link the least symbol comes first, so the queue is a heap. */
function pushLeast(s: i32): void {
  let i = queued;
  queued++;
  while (i > 0) {
    const up = (i - 1) >> 1;
    const x = ld32(queue + up * 4);
    if (x <= s) break;
    st32(queue + i * 4, x);
    i = up;
  }
  st32(queue + i * 4, s);
}

function popLeast(): i32 {
  const top = ld32(queue);
  queued--;
  const n = queued;
  const s = ld32(queue + n * 4);
  let i: i32 = 0;
  for (;;) {
    let c = 2 * i + 1;
    if (c >= n) break;
    if (c + 1 < n && ld32(queue + c * 4 + 4) < ld32(queue + c * 4)) c++;
    if (ld32(queue + c * 4) >= s) break;
    st32(queue + i * 4, ld32(queue + c * 4));
    i = c;
  }
  st32(queue + i * 4, s);
  return top;
}

/** A type's descriptor must be looked at again, now as one that values in interfaces have. */
export function useInIface(s: i32, parent: i32): void {
  const a = ld8(attr + s);
  if ((a & Attr.UsedInIface) !== 0) return;
  st8(attr + s, (a | Attr.UsedInIface) & ~Attr.Reachable);
  if ((a & Attr.Reachable) !== 0) mark(s, parent);
}

export function flood(): void {
  while (queued > 0) {
    let s: i32 = 0;
    if (dumping !== 0) s = popLeast();
    else {
      queued--;
      s = ld32(queue + queued * 4);
    }
    const object = ld32(objectOf + s * 4);
    if (object < 2) {
      floodExternal(s);
      continue;
    }
    const flags = ld8(flag + s);
    if ((flags & SymFlag.ReflectMethod) !== 0) reflectSeen = 1;
    const isType = flags & SymFlag.GoType;
    const used = isType !== 0 ? ld8(attr + s) & Attr.UsedInIface : 0;
    const o = row(object);
    const li = ld32(localOf + s * 4);
    if (li >= ld32(o + O_NDEF)) continue;
    const end = relocTo(o, li);
    let p = relocFrom(o, li);
    while (p < end) {
      const type = ld16(p + 5);
      if ((type & RelocType.R_WEAK) !== 0 || type === RelocType.R_USETYPE || type === RelocType.R_INITORDER) {
        p += RELOC;
        continue;
      }
      if (type === RelocType.R_METHODOFF) {
        if (p + 2 * RELOC >= end) badMethods(s);
        if (used !== 0) hold(s, o, p, relocFrom(o, li));
        p += 3 * RELOC;
        continue;
      }
      const target = relocTarget(o, p);
      if (type >= RelocType.R_USEIFACE && type <= RelocType.R_USENAMEDMETHOD) {
        if (type === RelocType.R_USEIFACE) {
          let t = target;
          if ((ld8(flag2 + t) & SymFlag2.Itab) !== 0 && ld32(objectOf + t * 4) > 1) t = relocTargetAt(t, 8);
          if ((ld8(flag + t) & SymFlag.GoType) !== 0) useInIface(t, s);
          else special(s, type, target, 0);
        } else special(s, type, target, ld32(p + 7));
      } else if (target !== 0) {
        const a = ld8(attr + target);
        if (used !== 0 && (a & Attr.UsedInIface) === 0 && (ld8(flag + target) & SymFlag.GoType) !== 0) {
          st8(attr + target, (a | Attr.UsedInIface) & ~Attr.Reachable);
          mark(target, s);
        } else if ((a & Attr.Reachable) === 0) mark(target, s);
      }
      p += RELOC;
    }
    markAux(s, o, li);
  }
}

/** Debugging entries refer to entries only, and those are found again when DWARF is made. */
function markAux(s: i32, o: i32, li: i32): void {
  const end = auxFrom(o, li + 1);
  for (let p = auxFrom(o, li); p < end; p += AUX) {
    const type = ld8(p);
    if (type === AuxType.Gotype) continue;
    const debug = type >= AuxType.DwarfInfo && type <= AuxType.DwarfLines && dumping === 0;
    if (debug && noDwarf !== 0) continue;
    const t = resolve(o, ld32(p + 1), ld32(p + 5));
    if (debug) st8(attr + t, ld8(attr + t) | Attr.Reachable);
    else mark(t, s);
  }
  if ((ld8(flag2 + s) & SymFlag2.PkgInit) !== 0) packageInit(s);
}

/** Puts the method whose three relocations begin at p by; that of its name is the one before them. */
function hold(s: i32, o: i32, p: i32, first: i32): void {
  const type = relocTarget(o, p);
  // The method's type is used in an interface as well, for reflection can get at it.
  useInIface(type, s);
  let name: i32 = 0;
  if (p > first && ld32(p - RELOC) === ld32(p) - 4) name = relocTarget(o, p - RELOC);
  else name = relocTargetAt(s, ld32(p) - 4);
  if (name === 0) badMethods(s);
  const m = methods + nmethods * METHOD;
  nmethods++;
  st32(m, name);
  st32(m + 4, type);
  st32(m + 8, relocTarget(o, p + RELOC));
  st32(m + 12, relocTarget(o, p + 2 * RELOC));
  st32(m + 16, s);
}

function nameID(s: i32): i32 {
  let id = ld32(nameIds + s * 4);
  if (id === 0) {
    id = nameNumber(s);
    st32(nameIds + s * 4, id);
  }
  return id;
}

function ifaceSlot(type: i32, id: i32): i32 {
  const key: i64 = (toI64u(type) << 32) | toI64u(id);
  let i = ((type * 0x9e3779b1) ^ (id * 0x85ebca6b)) >>> 3;
  for (;;) {
    const at = ifaceMethods + (i & ifaceMask) * 8;
    const x = ld64(at);
    if (x === 0 || x === key) return at;
    i++;
  }
}

/** An interface method is called: its type, the symbol of its name. */
export function useIfaceMethod(type: i32, name: i32): void {
  const id = nameID(name) >> 1;
  st64(ifaceSlot(type, id), (toI64u(type) << 32) | toI64u(id));
}

/** Marks the methods that something could call by now; the rest stay. */
export function reviveMethods(): void {
  let kept = methods;
  const end = methods + nmethods * METHOD;
  for (let m = methods; m < end; m += METHOD) {
    const id = nameID(ld32(m));
    const type = ld32(m + 4);
    const wanted =
      (reflectSeen !== 0 && (id & 1) !== 0) ||
      ld8(namedMethods + (id >> 1)) !== 0 ||
      ld64(ifaceSlot(type, id >> 1)) !== 0;
    const s = ld32(m + 16);
    if (wanted) {
      mark(type, s);
      mark(ld32(m + 8), s);
      mark(ld32(m + 12), s);
      continue;
    }
    if (kept !== m) {
      st32(kept, ld32(m));
      st32(kept + 4, type);
      st32(kept + 8, ld32(m + 8));
      st32(kept + 12, ld32(m + 12));
      st32(kept + 16, s);
    }
    kept += METHOD;
  }
  nmethods = (kept - methods) / METHOD;
}
