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

  const n = ldr.n;
  const kinds = new Uint8Array(n);
  const { attr, kind, objectOf, localOf } = ldr;
  for (let s = 1; s < n; s++) {
    const oi = objectOf[s]!;
    const reachable = (attr[s]! & Attr.Reachable) !== 0;
    if (!reachable) continue;
    if (hiddenFromSymtab(ctxt, s, oi)) attr[s]! |= Attr.NotInSymbolTable;
    if ((attr[s]! & Attr.Special) !== 0 || (kind[s] !== Kind.SRODATA && kind[s] !== Kind.SGOFUNC)) continue;
    const place = oi > 1 ? familyInFile(ctxt, oi, localOf[s]!) : familyOf(ldr.name(s));
    switch (place) {
      case Family.String:
        kinds[s] = Kind.SGOSTRING;
        ldr.outer[s] = strings;
        break;
      case Family.GCBits:
        kinds[s] = Kind.SGCBITS;
        ldr.outer[s] = gcbits;
        break;
      case Family.FuncValue:
        kinds[s] = ctxt.pie ? Kind.SGOFUNCRELRO : Kind.SGOFUNC;
        ldr.outer[s] = funcsRel;
        break;
      case Family.Type:
        if (s === types || s === typesRel) continue;
        kinds[s] = ctxt.pie ? Kind.STYPERELRO : Kind.STYPE;
        ldr.outer[s] = typesRel;
        break;
      default:
        continue;
    }
    attr[s]! |= Attr.NotInSymbolTable;
  }
  return kinds;
}

/** Symbols private to a Go object, and coverage counters, do not show. */
function hiddenFromSymtab(ctxt: Link, s: number, oi: number): boolean {
  const ldr = ctxt.loader;
  if (ldr.kind[s] === Kind.SCOVERAGE_COUNTER) return true;
  if (oi > 1) {
    const o = ldr.objects[oi]!;
    return !o.fromAssembly && o.source.symABI(ldr.localOf[s]!) === 0xffff;
  }
  return oi === 1 && ldr.isFileLocal(s) && !ldr.isFromAssembly(s) && ldr.pkg(s) !== "";
}

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

/** The same for a name that is still in its file: most are told apart by their first byte. */
function familyInFile(ctxt: Link, oi: number, li: number): Family {
  const src = ctxt.loader.objects[oi]!.source;
  const n = src.symNameLen(li);
  if (n < 3) return Family.None;
  const b = src.bytes;
  const p = src.symNameOff(li);
  const c = b[p];
  // "·f" ends in C2 B7 66.
  const func = b[p + n - 1] === 0x66 && b[p + n - 2] === 0xb7 && b[p + n - 3] === 0xc2;
  if (!func && c !== 0x67 && c !== 0x72 && c !== 0x74) return Family.None;
  if (c === 0x67 && n >= 10 && startsWith(b, p, "go:string.")) return Family.String;
  if (c === 0x72 && n >= 15 && startsWith(b, p, "runtime.gcbits.")) return Family.GCBits;
  const type = c === 0x74 && n >= 5 && startsWith(b, p, "type:");
  if (type && n >= 13 && startsWith(b, p, "type:.gcprog.")) return Family.GCBits;
  if (func) return Family.FuncValue;
  return type ? Family.Type : Family.None;
}

function startsWith(b: Uint8Array, p: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (b[p + i] !== text.charCodeAt(i)) return false;
  return true;
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
