// Places and compression of debugging sections (cmd/link/internal/ld/data.go allocateDwarfSections, compressSyms).

import { deflateWork } from "./arena.ts";
import type { Section } from "./image.ts";
import type { DwarfGroup, Link } from "./link.ts";
import { SymbolWriter } from "./relocate.ts";

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
  const writer = new SymbolWriter(ctxt);
  const seg = ctxt.image.dwarf;
  ctxt.dwarf.forEach((g, i) => {
    const sect = seg.sections[i]!;
    const z = compressSection(ctxt, writer, g, sect);
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
function compressSection(ctxt: Link, writer: SymbolWriter, g: DwarfGroup, sect: Section): Uint8Array | undefined {
  const { arena } = ctxt;
  const mark = arena.mark();
  const n = sect.length;
  const raw = arena.alloc(n + 16);
  writer.write(g.syms, sect, raw, 0);
  const header = arena.alloc(24 + arena.call.zlibBound(n));
  const length = 24 + arena.call.zlibBestSpeed(raw, n, header + 24, arena.alloc(deflateWork));
  arena.view.setUint32(header, 1, true); // ELFCOMPRESS_ZLIB
  arena.view.setUint32(header + 8, n, true);
  arena.view.setUint32(header + 16, 1, true);
  const z = length >= n ? undefined : arena.bytes.slice(header, header + length);
  arena.release(mark);
  return z;
}
