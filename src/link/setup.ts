// What must be settled between reachability and layout: special symbols, the order of functions, string definitions.

import { encodeUtf8, InternalError } from "#base";
import { RelocType } from "#formats";
import { kindOfObjectKind, isText, Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, Version } from "./loader.ts";
import type { Library } from "./source.ts";
import { AuxType } from "#formats";

/** Packages that the runtime is made of: their functions come first (cmd/internal/objabi/pkgspecial.go). */
const runtimePackages: ReadonlySet<string> = new Set([
  "runtime",
  "internal/runtime/atomic",
  "internal/runtime/cgroup",
  "internal/runtime/exithook",
  "internal/runtime/gc",
  "internal/runtime/gc/scan",
  "internal/runtime/maps",
  "internal/runtime/math",
  "internal/runtime/sys",
  "internal/runtime/syscall/linux",
  "internal/runtime/syscall/windows",
  "internal/abi",
  "internal/bytealg",
  "internal/byteorder",
  "internal/chacha8rand",
  "internal/coverage/rtcov",
  "internal/cpu",
  "internal/goarch",
  "internal/godebugs",
  "internal/goexperiment",
  "internal/goos",
  "internal/profilerecord",
  "internal/strconv",
  "internal/stringslite",
]);

/** The bracketing symbols of what the FIPS checksum covers, in the order that the checksum takes them. */
export const fipsSymbols: readonly (readonly [string, Kind])[] = [
  ["go:textfipsstart", Kind.STEXTFIPSSTART],
  ["go:textfipsend", Kind.STEXTFIPSEND],
  ["go:rodatafipsstart", Kind.SRODATAFIPSSTART],
  ["go:rodatafipsend", Kind.SRODATAFIPSEND],
  ["go:noptrdatafipsstart", Kind.SNOPTRDATAFIPSSTART],
  ["go:noptrdatafipsend", Kind.SNOPTRDATAFIPSEND],
  ["go:datafipsstart", Kind.SDATAFIPSSTART],
  ["go:datafipsend", Kind.SDATAFIPSEND],
];

export const fipsMagicSize = 16;
const fipsSumSize = 32;

/** Makes go:fipsinfo and its brackets (cmd/link/internal/ld/fips140.go). */
export function makeFipsSymbols(ctxt: Link): void {
  const ldr = ctxt.loader;
  const info = ldr.create("go:fipsinfo", Version.ABI0);
  ldr.kind[info] = Kind.SFIPSINFO;
  const data = new Uint8Array(fipsMagicSize + fipsSumSize);
  data.set(encodeUtf8(" Go fipsinfo "), 1);
  data[0] = 0xff;
  data[14] = 0xff;
  ldr.setBytes(info, data);
  ldr.addAddr(info, info, 0, RelocType.R_ADDR, 8);
  for (const [name, kind] of fipsSymbols) {
    const s = ldr.create(name, Version.ABI0);
    ldr.kind[s] = kind;
    ldr.attr[s]! |= Attr.Local;
    ldr.size[s] = 1;
    ctxt.fipsBrackets.push(s);
    ldr.addAddr(info, s, 0, RelocType.R_ADDR, 8);
    if (isText(kind)) ctxt.textp.push(s);
  }
  ctxt.fipsInfo = info;
}

/** Symbols that stand for linker decisions, then the order of functions (cmd/link/internal/ld/lib.go linksetup). */
export function linkSetup(ctxt: Link): void {
  const ldr = ctxt.loader;
  const tlsg = ldr.lookupOrCreate("runtime.tlsg", Version.ABI0);
  ldr.update(tlsg);
  if (ldr.kind[tlsg] === Kind.Sxxx) {
    ldr.kind[tlsg] = Kind.STLSBSS;
    ldr.size[tlsg] = 8;
  } else ctxt.reporter.error(`runtime declared tlsg variable ${ldr.kind[tlsg]}`);
  ldr.attr[tlsg]! |= Attr.Reachable;

  let md = ldr.lookupOrCreate("runtime.firstmoduledata", Version.ABI0);
  ldr.update(md);
  if (ldr.kind[md] !== Kind.Sxxx) {
    // The runtime's own variable: its contents are made anew.
    ldr.size[md] = 0;
    const profile = ldr.lookup("runtime.memProfileInternal", Version.ABIInternal);
    if (profile !== 0 && !ldr.reachable(profile)) {
      const s = ldr.lookupOrCreate("runtime.disableMemoryProfiling", Version.ABI0);
      ldr.update(s);
      ldr.kind[s] = Kind.SNOPTRDATA;
      ldr.clearData(s);
      ldr.addUint(s, 1, 1);
    }
  } else {
    md = ldr.lookupOrCreate("local.moduledata", Version.ABI0);
    ldr.update(md);
    ldr.attr[md]! |= Attr.Local;
  }
  ldr.kind[md] = Kind.SMODULEDATA;
  ldr.attr[md]! |= Attr.Reachable;
  ctxt.moduledata = md;

  ctxt.libraries = postorder(ctxt.libraries);
  orderText(ctxt);
}

/** Packages after what they import. */
function postorder(libs: readonly Library[]): Library[] {
  const order: Library[] = [];
  const state = new Map<Library, number>();
  const visit = (lib: Library): void => {
    const st = state.get(lib);
    if (st === 2) return;
    if (st === 1) throw new InternalError("link", lib.pkg, `found import cycle while visiting ${lib.pkg}`);
    state.set(lib, 1);
    for (const i of lib.imports) visit(i);
    state.set(lib, 2);
    order.push(lib);
  };
  for (const lib of libs) visit(lib);
  return order;
}

/** Fills textp: the runtime's packages first, each package's own functions before those it shares with others. */
function orderText(ctxt: Link): void {
  const ldr = ctxt.loader;
  const own = new Map<Library, number[]>();
  const shared = new Map<Library, number[]>();
  for (const lib of ctxt.libraries) {
    own.set(lib, []);
    shared.set(lib, []);
  }
  const textp = ctxt.textp.filter((s) => ldr.reachable(s));
  const { arena } = ldr;
  let room = 0;
  for (const o of ctxt.pending) room = Math.max(room, o.source.ndef);
  const mark = arena.mark();
  const kinds = arena.uint8(256);
  kinds.set(kindOfObjectKind);
  const found = arena.int32(2 * room);
  for (const o of ctxt.pending) {
    const mine = own.get(o.lib)!;
    const dup = shared.get(o.lib)!;
    const n = arena.call.objectText(o.index, kinds.byteOffset, found.byteOffset);
    for (let i = 0; i < 2 * n; i += 2) (found[i + 1] === 0 ? mine : dup).push(found[i]!);
  }
  arena.release(mark);
  const placed = new Uint8Array(ldr.n);
  for (const runtime of [true, false]) {
    for (const lib of ctxt.libraries) {
      if (runtimePackages.has(lib.pkg) !== runtime) continue;
      for (const list of [own.get(lib)!, shared.get(lib)!]) {
        const isShared = list === shared.get(lib);
        for (const s of list) {
          if (placed[s] === 1) continue;
          textp.push(s);
          const unit = ldr.unit(s);
          if (unit !== undefined) {
            unit.textp.push(s);
            placed[s] = 1;
          }
          // A shared function belongs to the package it is laid down with.
          if (isShared && ldr.pkg(s) !== lib.pkg) ldr.setPkg(s, lib.pkg);
        }
      }
    }
  }
  ctxt.textp = textp;
}

/** Gives string variables the values that -X and the linker itself define. */
export function defineStrings(ctxt: Link): void {
  const ldr = ctxt.loader;
  for (const [name, value] of ctxt.stringValues) {
    const s = ldr.lookup(name, Version.ABI0);
    if (s === 0) continue;
    const type = ldr.aux(s, AuxType.Gotype);
    if (type === 0) continue;
    if (ldr.name(type) !== "type:string") {
      ctxt.reporter.error(`${name}: cannot set with -X: not a var of type string (${ldr.name(type)})`);
      continue;
    }
    if (!ldr.reachable(s)) continue;
    ldr.update(s);
    if (ldr.kind[s] === Kind.SBSS) ldr.kind[s] = Kind.SDATA;
    const str = ldr.create(`${name}.str`, Version.ABI0);
    const bytes = value;
    const data = new Uint8Array(bytes.length + 1);
    data.set(bytes);
    ldr.setBytes(str, data);
    ldr.kind[str] = Kind.SRODATA;
    ldr.setBytes(s, new Uint8Array(16));
    ldr.resetRelocs(s);
    ldr.addReloc(s, 0, 8, RelocType.R_ADDR, 0, str);
    ldr.setUint(s, 8, bytes.length, 8);
  }
}
