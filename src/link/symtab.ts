// Which read-only symbols lie together, and moduledata: the runtime's view of the program (cmd/link/internal/ld/symtab.go,
// runtime/symtab.go moduledata).

import { RelocType } from "#formats";
import { TypeDecoder } from "./decodetype.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, Version } from "./loader.ts";
import type { PclntabSymbols } from "./pclntab.ts";

/** Symbols that mark where sections begin and end. Their values are set when addresses are. */
const boundaries: readonly (readonly [string, Kind])[] = [
  ["runtime.rodata", Kind.SRODATA],
  ["runtime.erodata", Kind.SRODATAEND],
  ["runtime.types", Kind.SRODATA],
  ["runtime.etypes", Kind.SRODATA],
  ["runtime.noptrdata", Kind.SNOPTRDATA],
  ["runtime.enoptrdata", Kind.SNOPTRDATAEND],
  ["runtime.data", Kind.SDATA],
  ["runtime.edata", Kind.SDATAEND],
  ["runtime.bss", Kind.SBSS],
  ["runtime.ebss", Kind.SBSS],
  ["runtime.noptrbss", Kind.SNOPTRBSS],
  ["runtime.enoptrbss", Kind.SNOPTRBSS],
  ["runtime.covctrs", Kind.SNOPTRBSS],
  ["runtime.ecovctrs", Kind.SNOPTRBSS],
  ["runtime.end", Kind.SBSS],
  ["runtime.epclntab", Kind.SRODATA],
];

/** Groups read-only symbols under carriers and builds moduledata; returns the kind of each symbol that was moved. */
export function buildSymtab(ctxt: Link, pcln: PclntabSymbols): Uint8Array {
  const ldr = ctxt.loader;
  for (const [name, kind] of boundaries) ctxt.define(name, kind, 0);
  for (const [name, end] of [
    ["runtime.gcdata", "runtime.egcdata"],
    ["runtime.gcbss", "runtime.egcbss"],
  ] as const) {
    const s = ldr.create(name, Version.ABI0);
    ldr.kind[s] = Kind.SRODATA;
    ldr.size[s] = 0;
    ctxt.define(end, Kind.SRODATA, 0);
  }
  const groups = groupSymbols(ctxt);
  buildModuledata(ctxt, pcln);
  return groups;
}

function groupSymbols(ctxt: Link): Uint8Array {
  const ldr = ctxt.loader;
  const group = (name: string, kind: Kind, local: boolean): number => {
    const s = ldr.create(name, Version.ABI0);
    ldr.kind[s] = kind;
    ldr.size[s] = 0;
    ldr.setAlign(s, 8);
    if (local) ldr.attr[s]! |= Attr.Local;
    return s;
  };
  const types = group("type:*", Kind.STYPE, false);
  const typesRel = ctxt.pie ? group("typerel.*", Kind.STYPERELRO, false) : types;
  const strings = group("go:string.*", Kind.SGOSTRING, true);
  const funcs = group("go:funcdesc", Kind.SGOFUNC, true);
  const gcbits = group("runtime.gcbits.*", Kind.SGCBITS, true);
  const funcsRel = ctxt.pie ? group("go:funcdescrel", Kind.SGOFUNCRELRO, true) : funcs;

  const { n, arena } = ldr;
  const kinds = arena.uint8(n);
  const places = arena.int32(10);
  const put = (family: Family, carrier: number, kind: Kind): void => {
    places[2 * family] = carrier;
    places[2 * family + 1] = kind;
  };
  put(Family.String, strings, Kind.SGOSTRING);
  put(Family.GCBits, gcbits, Kind.SGCBITS);
  put(Family.FuncValue, funcsRel, ctxt.pie ? Kind.SGOFUNCRELRO : Kind.SGOFUNC);
  put(Family.Type, typesRel, ctxt.pie ? Kind.STYPERELRO : Kind.STYPE);
  arena.hooks.otherGroup = (s) =>
    familyOf(ldr.name(s)) +
    (ldr.isFileLocal(s) && !ldr.isFromAssembly(s) && ldr.pkg(s) !== "" && ldr.objectOf[s] === 1 ? 16 : 0);
  arena.call.groupSymbols(n, kinds.byteOffset, places.byteOffset, types, typesRel);
  return kinds;
}

/** Families of read-only symbols, as kernel/scan.ts numbers them. */
const enum Family {
  None,
  String,
  GCBits,
  FuncValue,
  Type,
}

function familyOf(name: string): Family {
  if (name.startsWith("go:string.")) return Family.String;
  if (name.startsWith("runtime.gcbits.") || name.startsWith("type:.gcprog.")) return Family.GCBits;
  if (name.endsWith("·f")) return Family.FuncValue;
  return name.startsWith("type:") ? Family.Type : Family.None;
}

function buildModuledata(ctxt: Link, pcln: PclntabSymbols): void {
  const ldr = ctxt.loader;
  // One text section, so one entry: offset, end, address.
  const textmap = ldr.create("runtime.textsectionmap", Version.ABI0);
  ldr.kind[textmap] = Kind.SRODATA;
  const text = ldr.lookup("runtime.text", Version.ABI0);
  ldr.addUint(textmap, 0, 8);
  ldr.addUint(textmap, ctxt.image.text.sections[0]!.length, 8);
  ldr.addAddr(textmap, text, 0, RelocType.R_ADDR, 8);

  const md = ctxt.moduledata;
  const addr = (s: number, add = 0): void => ldr.addAddr(md, s, add, RelocType.R_ADDR, 8);
  const named = (name: string): void => addr(ldr.lookup(name, Version.ABI0));
  const word = (v: number): void => ldr.addUint(md, v, 8);
  const slice = (s: number, n: number): void => {
    addr(s);
    word(n);
    word(n);
  };
  const bytes = (s: number): void => slice(s, ldr.size[s]!);
  const nilSlice = (): void => {
    word(0);
    word(0);
    word(0);
  };
  addr(pcln.pcheader);
  bytes(pcln.funcnametab);
  slice(pcln.cutab, ldr.size[pcln.cutab]! / 4);
  bytes(pcln.filetab);
  bytes(pcln.pctab);
  bytes(pcln.functab);
  slice(pcln.functab, pcln.nfunc + 1);
  addr(pcln.findfunctab);
  addr(pcln.firstFunc);
  addr(pcln.lastFunc, ldr.size[pcln.lastFunc]!);
  for (const name of [
    "runtime.text",
    "runtime.etext",
    "runtime.noptrdata",
    "runtime.enoptrdata",
    "runtime.data",
    "runtime.edata",
    "runtime.bss",
    "runtime.ebss",
    "runtime.noptrbss",
    "runtime.enoptrbss",
    "runtime.covctrs",
    "runtime.ecovctrs",
    "runtime.end",
    "runtime.gcdata",
    "runtime.gcbss",
    "runtime.types",
    "runtime.etypes",
    "runtime.rodata",
    "go:func.*",
    "runtime.epclntab",
  ]) {
    named(name);
  }
  slice(textmap, 1);
  const typelink = ldr.lookup("runtime.typelink", Version.ABI0);
  slice(typelink, ldr.size[typelink]! / 4);
  const itablink = ldr.lookup("runtime.itablink", Version.ABI0);
  slice(itablink, ldr.size[itablink]! / 8);
  nilSlice(); // ptab: plugins only
  word(0); // pluginpath
  word(0);
  nilSlice(); // pkghashes
  const tasks = ctxt.mainInittasks;
  if (tasks === 0) nilSlice();
  else slice(tasks, ldr.size[tasks]! / 8);
  word(0); // modulename
  word(0);
  nilSlice(); // modulehashes
  ldr.addUint(md, 1, 1); // hasmain

  // The rest is the runtime's own, zero at start: how much, its type says.
  const type = ldr.lookup("type:runtime.moduledata", Version.ABI0);
  if (type !== 0) ldr.size[md] = new TypeDecoder(ldr).size(type);
  ldr.grow(md, ldr.size[md]!);

  const last = ldr.create("runtime.lastmoduledatap", Version.ABI0);
  ldr.kind[last] = Kind.SNOPTRDATA;
  ldr.clearData(last);
  ldr.addAddr(last, md, 0, RelocType.R_ADDR, 8);
}
