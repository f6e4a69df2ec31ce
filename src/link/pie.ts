// What a position-independent program needs so that its loader can move it: relocations, a symbol table without symbols,
// an empty PLT and GOT (cmd/link/internal/ld/elf.go doelf and elfdynhash, internal/amd64/asm.go adddynrel).

import { RelocType, relocSize } from "#formats";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Version } from "./loader.ts";

const enum Dt {
  Null = 0,
  Pltgot = 3,
  Hash = 4,
  Strtab = 5,
  Symtab = 6,
  Rela = 7,
  Relasz = 8,
  Relaent = 9,
  Strsz = 10,
  Syment = 11,
  Debug = 21,
  Flags1 = 0x6ffffffb,
}

const DF_1_PIE = 0x08000000;
const R_X86_64_RELATIVE = 8;

/** Symbols whose own addresses the loader does not adjust: it computes them. */
const unmoved: ReadonlySet<string> = new Set([".dynsym", ".rela", ".rela.plt", ".got.plt", ".dynamic"]);

/** Makes the symbols of the dynamic sections and what fills in their relocations later. */
export function makeDynamic(ctxt: Link): void {
  const ldr = ctxt.loader;
  const make = (name: string, kind: Kind): number => {
    const s = ldr.create(name, Version.ABI0);
    ldr.kind[s] = kind;
    return s;
  };
  const dynsym = make(".dynsym", Kind.SELFROSECT);
  ldr.size[dynsym] = 24;
  const dynstr = make(".dynstr", Kind.SELFROSECT);
  ldr.addString(dynstr, "");
  const rela = make(".rela", Kind.SELFROSECT);
  make(".got", Kind.SELFRELROSECT);
  const hash = make(".hash", Kind.SELFROSECT);
  const gotplt = make(".got.plt", Kind.SELFSECT);
  const plt = make(".plt", Kind.SELFRXSECT);
  make(".rela.plt", Kind.SELFROSECT);
  const version = make(".gnu.version", Kind.SELFROSECT);
  make(".gnu.version_r", Kind.SELFROSECT);
  const dynamic = make(".dynamic", Kind.SELFRELROSECT);

  // pushq got+8(IP); jmpq *got+16(IP); nopl 0(AX): the entry that resolves others, were there any.
  ldr.addUint(plt, 0x35ff, 2);
  ldr.addAddr(plt, gotplt, 8, RelocType.R_PCREL, 4);
  ldr.addUint(plt, 0x25ff, 2);
  ldr.addAddr(plt, gotplt, 16, RelocType.R_PCREL, 4);
  ldr.addUint(plt, 0x00401f0f, 4);
  ldr.addAddr(gotplt, dynamic, 0, RelocType.R_ADDR, 8);
  ldr.addUint(gotplt, 0, 8);
  ldr.addUint(gotplt, 0, 8);

  const entry = (tag: Dt, value: number): void => {
    ldr.addUint(dynamic, tag, 8);
    ldr.addUint(dynamic, value, 8);
  };
  const address = (tag: Dt, s: number): void => {
    ldr.addUint(dynamic, tag, 8);
    ldr.addAddr(dynamic, s, 0, RelocType.R_ADDR, 8);
  };
  const size = (tag: Dt, s: number): void => {
    ldr.addUint(dynamic, tag, 8);
    ldr.addAddr(dynamic, s, 0, RelocType.R_SIZE, 8);
  };
  address(Dt.Hash, hash);
  address(Dt.Symtab, dynsym);
  entry(Dt.Syment, 24);
  address(Dt.Strtab, dynstr);
  size(Dt.Strsz, dynstr);
  address(Dt.Rela, rela);
  size(Dt.Relasz, rela);
  entry(Dt.Relaent, 24);
  address(Dt.Pltgot, gotplt);
  entry(Dt.Debug, 0);

  ctxt.addDynamicRelocs = (syms) => {
    for (const s of ctxt.textp) relocateSymbol(ctxt, s, rela);
    for (const list of syms) for (const s of list) relocateSymbol(ctxt, s, rela);
    // A hash table of two empty buckets for the null symbol.
    for (const x of [2, 1, 0, 0, 0]) ldr.addUint(hash, x, 4);
    ldr.addUint(version, 0, 2);
    entry(Dt.Flags1, DF_1_PIE);
    entry(Dt.Null, 0);
  };
}

/** Has the loader add the load address to every pointer in s. */
function relocateSymbol(ctxt: Link, s: number, rela: number): void {
  const ldr = ctxt.loader;
  ldr.openRelocs(s);
  const v = ldr.rView;
  const o = ldr.rObject;
  const end = ldr.rEnd;
  for (let p = ldr.rPos; p < end; p += relocSize) {
    const flags = v.getUint16(p + 5, true);
    if ((flags & 0x7fff) !== RelocType.R_ADDR || v.getUint8(p + 4) === 0) continue;
    const t = ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
    if ((flags & RelocType.R_WEAK) !== 0 && !ldr.reachable(t)) continue;
    if (ldr.isText(s)) {
      ldr.error(s, `unexpected absolute address of ${ldr.name(t)} in code`);
      continue;
    }
    if (ldr.isExternal(s) && unmoved.has(ldr.name(s))) return;
    if (v.getUint8(p + 4) !== 8) {
      ldr.error(s, `unexpected relocation for dynamic symbol ${ldr.name(t)}`);
      continue;
    }
    const add = v.getInt32(p + 11, true) * 4294967296 + v.getUint32(p + 7, true);
    ldr.addAddr(rela, s, v.getInt32(p, true), RelocType.R_ADDR, 8);
    ldr.addUint(rela, R_X86_64_RELATIVE, 8);
    ldr.addAddr(rela, t, add, RelocType.R_ADDR, 8);
  }
}

/** .rela.plt must directly follow .rela: loaders read them as one table. */
export function orderDynamic(ctxt: Link, syms: number[]): number[] {
  const ldr = ctxt.loader;
  const rela = syms.find((s) => ldr.name(s) === ".rela");
  const plt = syms.find((s) => ldr.name(s) === ".rela.plt");
  if (rela === undefined || plt === undefined) return syms;
  ldr.setAlign(rela, 8);
  ldr.setAlign(plt, 8);
  const rest = syms.filter((s) => s !== rela && s !== plt);
  const at = Math.min(syms.indexOf(rela), syms.indexOf(plt));
  rest.splice(at, 0, rela, plt);
  return rest;
}
