// Addresses of segments and sections, file offsets, values of boundary symbols (cmd/link/internal/ld/data.go address).

import { exitf } from "./errors.ts";
import { roundUp, type Section, type Segment } from "./image.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, Version } from "./loader.ts";

/** Gives everything its address; returns the segments that the file holds, in order. */
export function assignAddresses(ctxt: Link): Segment[] {
  const { image, loader: ldr } = ctxt;
  const order: Segment[] = [];
  let va = ctxt.textAddress;
  // A segment whose sections are aligned one by one.
  const place = (seg: Segment, rwx: number): void => {
    order.push(seg);
    seg.rwx = rwx;
    seg.vaddr = va;
    for (const s of seg.sections) {
      va = roundUp(va, s.align);
      s.vaddr = va;
      va += s.length;
    }
    seg.length = va - seg.vaddr;
  };
  // A segment whose sections keep the distances that data layout gave them.
  const placeSpaced = (seg: Segment, sections: readonly Section[]): void => {
    order.push(seg);
    seg.rwx = 6;
    seg.vaddr = va;
    const offsets = sections.map((s) => s.vaddr);
    sections.forEach((s, i) => {
      const length = i + 1 < sections.length ? offsets[i + 1]! - offsets[i]! : s.length;
      s.vaddr = va;
      va += length;
      seg.length = va - seg.vaddr;
    });
  };
  place(image.text, 5);
  if (image.rodata.sections.length > 0) {
    va = roundUp(va, ctxt.round);
    place(image.rodata, 4);
  }
  if (image.relro.sections.length > 0) {
    va = roundUp(va, ctxt.round);
    place(image.relro, 6);
  }
  va = roundUp(va, ctxt.round);
  if (ctxt.options.dataAddress !== -1) va = ctxt.options.dataAddress;
  const allocated = image.data.sections.filter((s) => s.name !== ".tbss");
  placeSpaced(image.data, allocated);
  const find = (name: string): Section => allocated.find((s) => s.name === name)!;
  const bss = find(".bss");
  image.data.filelen = bss.vaddr - image.data.vaddr;
  va = roundUp(va, ctxt.round);
  placeSpaced(image.dwarf, image.dwarf.sections);

  for (const s of ctxt.datap) {
    const i = ldr.sect[s]!;
    if (i !== 0) ldr.value[s]! += image.sections[i]!.vaddr;
  }
  for (const group of ctxt.dwarf) {
    for (const s of group.syms) {
      const i = ldr.sect[s]!;
      if (i !== 0) ldr.value[s]! += image.sections[i]!.vaddr;
    }
  }
  defineBoundaries(ctxt, find);
  return order;
}

function defineBoundaries(ctxt: Link, find: (name: string) => Section): void {
  const { image, loader: ldr } = ctxt;
  const sectionOf = (name: string): Section => image.sections[ldr.sect[ldr.lookup(name, Version.ABI0)]!]!;
  const range = (start: string, startKind: Kind, end: string, endKind: Kind, s: Section): void => {
    ctxt.define(start, startKind, s.vaddr);
    ctxt.define(end, endKind, s.vaddr + s.length);
  };
  range("runtime.rodata", Kind.SRODATA, "runtime.erodata", Kind.SRODATA, sectionOf("runtime.rodata"));
  range("runtime.types", Kind.SRODATA, "runtime.etypes", Kind.SRODATA, sectionOf("runtime.types"));
  for (const [start, end] of [
    ["runtime.gcdata", "runtime.egcdata"],
    ["runtime.gcbss", "runtime.egcbss"],
  ] as const) {
    const s = ldr.lookup(start, Version.ABI0);
    ldr.attr[s]! |= Attr.Local;
    const e = ctxt.define(end, Kind.SRODATA, ldr.value[s]! + ldr.size[s]!);
    ldr.sect[e] = ldr.sect[s]!;
  }
  const pclntab = sectionOf("runtime.pclntab");
  ctxt.define("runtime.pclntab", Kind.SRODATA, pclntab.vaddr);
  for (const name of ["pcheader", "funcnametab", "cutab", "filetab", "pctab", "functab"]) {
    ctxt.defineInternal(`runtime.${name}`, Kind.SRODATA);
  }
  ctxt.defineInternal("go:func.*", Kind.SRODATA);
  ctxt.define("runtime.epclntab", Kind.SRODATA, pclntab.vaddr + pclntab.length);
  range("runtime.noptrdata", Kind.SNOPTRDATA, "runtime.enoptrdata", Kind.SNOPTRDATAEND, find(".noptrdata"));
  range("runtime.bss", Kind.SBSS, "runtime.ebss", Kind.SBSS, find(".bss"));
  range("runtime.data", Kind.SDATA, "runtime.edata", Kind.SDATAEND, find(".data"));
  const noptrbss = find(".noptrbss");
  range("runtime.noptrbss", Kind.SNOPTRBSS, "runtime.enoptrbss", Kind.SNOPTRBSS, noptrbss);
  const counters = noptrbss.vaddr + ctxt.coverageStart;
  ctxt.define("runtime.covctrs", Kind.SCOVERAGE_COUNTER, counters);
  ctxt.define("runtime.ecovctrs", Kind.SCOVERAGE_COUNTER, counters + ctxt.coverageLength);
  ctxt.define("runtime.end", Kind.SBSS, image.data.vaddr + image.data.length);
  const fuzz = image.data.sections.find((s) => s.name === ".go.fuzzcntrs");
  if (fuzz !== undefined) {
    const k = Kind.SLIBFUZZER_8BIT_COUNTER;
    range("runtime.__start___sancov_cntrs", k, "runtime.__stop___sancov_cntrs", k, fuzz);
    range("internal/fuzz._counters", k, "internal/fuzz._ecounters", k, fuzz);
  }
}

/** Gives segments their file offsets; returns the file's length up to the end of the last. */
export function layoutFile(ctxt: Link, order: readonly Segment[]): number {
  let end = 0;
  order.forEach((seg, i) => {
    if (i === 0) seg.fileoff = ctxt.headerSize;
    else {
      seg.fileoff = roundUp(end, ctxt.round);
      if (seg.vaddr % ctxt.round !== seg.fileoff % ctxt.round) {
        const x = (n: number): string => `0x${n.toString(16)}`;
        exitf(`bad segment rounding (Vaddr=${x(seg.vaddr)} Fileoff=${x(seg.fileoff)} FlagRound=${x(ctxt.round)})`);
      }
    }
    if (seg !== ctxt.image.data) seg.filelen = seg.length;
    end = seg.fileoff + seg.filelen;
  });
  return end;
}
