// Places and compression of debugging sections (cmd/link/internal/ld/data.go allocateDwarfSections, compressSyms).

import { ByteWriter } from "#base";
import { zlibBestSpeed } from "./deflate.ts";
import type { Section } from "./image.ts";
import type { DwarfGroup, Link } from "./link.ts";
import { Relocator, writeSymbols } from "./relocate.ts";

/** Makes a section for each group, one byte aligned, symbols without gaps. Values are offsets, as data layout leaves them. */
export function layoutDwarf(ctxt: Link): void {
  const ldr = ctxt.loader;
  let at = 0;
  for (const g of ctxt.dwarf) {
    const sect = ctxt.image.addSection(ctxt.image.dwarf, ldr.name(g.syms[0]!), 4);
    sect.align = 1;
    sect.vaddr = at;
    for (const s of g.syms) {
      ldr.sect[s] = sect.index;
      ldr.value[s] = at - sect.vaddr;
      at += ldr.size[s]!;
    }
    sect.length = at - sect.vaddr;
    if (sect.length > 2e9)
      ctxt.reporter.error(`too much data in section ${sect.name} (${sect.length}, over 2e+09 bytes)`);
  }
}

/** Compresses each section that becomes smaller by it, and moves the others up. */
export function compressDwarf(ctxt: Link): void {
  if (!ctxt.options.compressDwarf || ctxt.dwarf.length === 0) return;
  const relocator = new Relocator(ctxt);
  const seg = ctxt.image.dwarf;
  ctxt.dwarf.forEach((g, i) => {
    const sect = seg.sections[i]!;
    const z = compressSection(ctxt, relocator, g, sect);
    if (z === undefined) return;
    g.compressed = z;
    sect.compressed = true;
  });
  let at = seg.vaddr;
  ctxt.dwarf.forEach((g, i) => {
    const sect = seg.sections[i]!;
    if (g.compressed !== undefined) sect.length = g.compressed.length;
    else {
      const move = at - sect.vaddr;
      for (const s of g.syms) ctxt.loader.value[s]! += move;
    }
    sect.vaddr = at;
    at += sect.length;
  });
  seg.length = at - seg.vaddr;
}

/** A compression header and the section's relocated bytes as a zlib stream; undefined when that is no shorter. */
function compressSection(ctxt: Link, relocator: Relocator, g: DwarfGroup, sect: Section): Uint8Array | undefined {
  const raw = new Uint8Array(sect.length);
  writeSymbols(ctxt, relocator, g.syms, 0, sect, raw, new DataView(raw.buffer), 0, 0);
  const z = zlibBestSpeed(raw);
  if (24 + z.length >= raw.length) return undefined;
  const w = new ByteWriter(24 + z.length);
  w.u32(1); // ELFCOMPRESS_ZLIB
  w.u32(0);
  w.i64(raw.length);
  w.i64(1);
  w.bytes(z);
  return w.buf.subarray(0, w.length);
}
