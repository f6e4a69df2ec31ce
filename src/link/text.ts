// Addresses of functions (cmd/link/internal/ld/data.go textaddress).

import { roundUp } from "./image.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";

/** The least space a function takes, in bytes: what findfunctab can tell apart (internal/abi.MINFUNC). */
const minFunc = 16;

/** Lays functions out one after another, those that the FIPS checksum covers last. */
export function layoutText(ctxt: Link): void {
  const ldr = ctxt.loader;
  const sect = ctxt.image.addSection(ctxt.image.text, ".text", 5);
  sect.align = ctxt.funcAlign;

  // A stable sort by kind: few kinds, so count.
  const byKind: number[][] = [];
  for (let k = 0; k <= Kind.STEXTEND; k++) byKind.push([]);
  for (const s of ctxt.textp) byKind[ldr.kind[s]!]!.push(s);
  ctxt.textp = byKind.flat();

  const text = ctxt.define("runtime.text", Kind.STEXT, 0);
  const etext = ctxt.define("runtime.etext", Kind.STEXTEND, 0);
  ldr.sect[text] = sect.index;
  let va = roundUp(ctxt.textAddress, ctxt.funcAlign);
  sect.vaddr = va;
  for (const s of ctxt.textp) {
    ldr.sect[s] = sect.index;
    const align = Math.max(ldr.symAlign(s), ctxt.funcAlign);
    va = roundUp(va, align);
    if (sect.align < align) sect.align = align;
    ldr.value[s] = va;
    va += Math.max(ldr.size[s]!, minFunc);
  }
  sect.length = va - sect.vaddr + 1;
  ldr.sect[etext] = sect.index;
  ldr.value[etext] = va;
  ldr.value[text] = sect.vaddr;
}
