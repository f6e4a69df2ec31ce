// Pointer maps of .data and .bss as programs for the collector (cmd/internal/gcprog; runtime/symtab.go expands them).

import { AuxType } from "#formats";
import { GoKind, TypeDecoder } from "./decodetype.ts";
import type { Link } from "./link.ts";
import type { Loader } from "./loader.ts";

const maxLiteral = 127;

/** Symbols at section boundaries: they have no type and need none. */
const boundaries: ReadonlySet<string> = new Set([
  "runtime.data",
  "runtime.edata",
  "runtime.bss",
  "runtime.ebss",
  "runtime.gcdata",
  "runtime.gcbss",
]);

/** Emits bits, one a word: runs of literals, and repetitions. */
class ProgramWriter {
  private readonly bits = new Uint8Array(maxLiteral);
  private nbits = 0;
  index = 0;
  readonly bytes: number[] = [];

  private literal(bit: number): void {
    if (this.nbits === maxLiteral) this.flush();
    this.bits[this.nbits++] = bit;
    this.index++;
  }

  private varint(x: number): void {
    while (x >= 0x80) {
      this.bytes.push((x % 128) | 0x80);
      x = Math.floor(x / 128);
    }
    this.bytes.push(x);
  }

  private flush(): void {
    if (this.nbits === 0) return;
    this.bytes.push(this.nbits);
    let b = 0;
    for (let i = 0; i < this.nbits; i++) {
      b |= this.bits[i]! << (i & 7);
      if ((i & 7) === 7) {
        this.bytes.push(b);
        b = 0;
      }
    }
    if ((this.nbits & 7) !== 0) this.bytes.push(b);
    this.nbits = 0;
  }

  pointer(index: number): void {
    this.zeroUntil(index);
    this.literal(1);
  }

  /** Repeats the last n bits c times. */
  repeat(n: number, c: number): void {
    if (n === 0 || c === 0) return;
    this.flush();
    if (n < 128) this.bytes.push(0x80 | n);
    else {
      this.bytes.push(0x80);
      this.varint(n);
    }
    this.varint(c);
    this.index += n * c;
  }

  zeroUntil(index: number): void {
    const skip = index - this.index;
    if (skip <= 0) return;
    if (skip < 32) {
      for (let i = 0; i < skip; i++) this.literal(0);
      return;
    }
    this.literal(0);
    this.flush();
    this.repeat(1, skip - 1);
  }

  end(): void {
    this.flush();
    this.bytes.push(0);
  }
}

/** The program for the symbols of a section, whose values are offsets in it; size: bytes of the section to cover. */
export function makeGCProgram(ctxt: Link, name: string, syms: readonly number[], size: number): Uint8Array {
  const p = new Program(ctxt, name);
  for (const s of syms) p.addSymbol(s);
  p.w.zeroUntil(Math.floor(size / 8));
  p.w.end();
  return Uint8Array.from(p.w.bytes);
}

class Program {
  readonly w = new ProgramWriter();
  private readonly ldr: Loader;
  private readonly types: TypeDecoder;

  constructor(
    ctxt: Link,
    private readonly name: string,
  ) {
    this.ldr = ctxt.loader;
    this.types = new TypeDecoder(this.ldr);
  }

  addSymbol(s: number): void {
    const { ldr } = this;
    const type = ldr.aux(s, AuxType.Gotype);
    if (type !== 0) {
      this.addType(ldr.value[s]!, type);
      return;
    }
    if (boundaries.has(ldr.name(s))) return;
    ldr.reporter.error(
      `${this.name}: missing Go type information for global symbol ${ldr.name(s)}: size ${ldr.size[s]}`,
    );
  }

  private addType(off: number, type: number): void {
    const { ldr, types, w } = this;
    const ptrdata = types.ptrdata(type);
    if (ptrdata === 0) ldr.reporter.error(`${this.name}: has no pointers but in data section`);
    switch (types.kind(type)) {
      case GoKind.Array: {
        const elem = types.elem(type);
        const n = types.arrayLen(type);
        this.addType(off, elem);
        if (n > 1) {
          const size = types.size(elem);
          w.zeroUntil((off + size) / 8);
          w.repeat(size / 8, n - 1);
        }
        break;
      }
      case GoKind.Struct: {
        const n = types.fieldCount(type);
        for (let i = 0; i < n; i++) {
          const t = types.fieldType(type, i);
          if (types.ptrdata(t) !== 0) this.addType(off + types.fieldOffset(type, i), t);
        }
        break;
      }
      default: {
        if (types.gcMaskOnDemand(type)) ldr.reporter.error(`${this.name}: GC mask not available`);
        const mask = ldr.data(types.gcmask(type));
        const n = Math.min(ptrdata / 8, mask.length * 8);
        for (let i = 0; i < n; i++) if (((mask[i >> 3] ?? 0) >> (i & 7)) & 1) w.pointer(off / 8 + i);
      }
    }
  }
}
