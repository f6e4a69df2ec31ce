// Copies symbols into the output and fills in what they refer to (cmd/link/internal/ld/data.go relocsym, writeBlock).

import { RelocType, relocSize } from "#formats";
import { exitf } from "./errors.ts";
import type { Section } from "./image.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, type Loader, Version } from "./loader.ts";

/** Where the thread-local word of g lies, relative to FS. */
const tlsOffset = -8;

/** Applies relocations; one for all symbols of a link. */
export class Relocator {
  private readonly ldr: Loader;
  private readonly unreachableMethod: number;
  private readonly unresolved = new Set<string>();
  private readonly sectionBase: Float64Array;

  constructor(ctxt: Link) {
    this.ldr = ctxt.loader;
    this.unreachableMethod = this.ldr.lookup("runtime.unreachableMethod", Version.ABIInternal);
    this.sectionBase = new Float64Array(ctxt.image.sections.length);
    ctxt.image.sections.forEach((s, i) => {
      this.sectionBase[i] = s === undefined ? 0 : s.vaddr;
    });
  }

  /** Applies the relocations of s to its bytes, which begin at base in out and are size bytes long. */
  apply(s: number, out: DataView, base: number, size: number): void {
    const { ldr } = this;
    ldr.openRelocs(s);
    const v = ldr.rView;
    const o = ldr.rObject;
    const { attr, kind, value, sect } = ldr;
    for (let p = ldr.rPos, end = ldr.rEnd; p < end; p += relocSize) {
      const width = v.getUint8(p + 4);
      const off = v.getInt32(p, true);
      const flags = v.getUint16(p + 5, true);
      const weak = (flags & RelocType.R_WEAK) !== 0;
      const type = flags & 0x7fff;
      if (off < 0 || off + width > size) {
        this.badRange(s, p, off, width, size);
        continue;
      }
      if (width === 0) continue;
      let t = ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
      if (t !== 0) {
        const k = kind[t]!;
        if (k === Kind.Sxxx || k === Kind.SXREF) {
          this.unresolvedTarget(s, t);
          continue;
        }
        if ((attr[t]! & Attr.Reachable) === 0 && !weak && k !== Kind.STLSBSS && type !== RelocType.R_METHODOFF) {
          ldr.error(s, `unreachable sym in relocation: ${ldr.name(t)}`);
        }
      }
      const add = v.getInt32(p + 11, true) * 4294967296 + v.getUint32(p + 7, true);
      let x = 0;
      switch (type) {
        case RelocType.R_CALL:
        case RelocType.R_PCREL:
          x = (t === 0 ? 0 : value[t]!) + add - (value[s]! + off + width);
          break;
        case RelocType.R_ADDR:
          if (weak && !ldr.reachable(t)) t = this.unreachableMethod;
          x = value[t]! + add;
          if (width === 4 && (x | 0) < 0) {
            ldr.error(
              s,
              `non-pc-relative relocation address for ${ldr.name(t)} is too big: ${hex(x)} (${hex(value[t]!)} + ${hex(add)})`,
            );
          }
          break;
        case RelocType.R_METHODOFF:
        case RelocType.R_ADDROFF: {
          if ((attr[t]! & Attr.Reachable) === 0) {
            if (type === RelocType.R_METHODOFF) {
              out.setInt32(base + off, -1, true);
              continue;
            }
            if (weak) continue;
          }
          const i = sect[t]!;
          if (i === 0) {
            ldr.error(s, `missing section for relocation target ${ldr.name(t)}`);
            continue;
          }
          x = value[t]! - this.sectionBase[i]! + add;
          break;
        }
        case RelocType.R_TLS_LE:
          x = tlsOffset + add;
          break;
        case RelocType.R_TLS_IE:
          this.tlsIEtoLE(s, out, base, off);
          x = tlsOffset;
          break;
        case RelocType.R_DWARFSECREF:
          if (sect[t] === 0) ldr.error(s, `missing DWARF section for relocation target ${ldr.name(t)}`);
          x = value[t]! + add - this.sectionBase[sect[t]!]!;
          break;
        case RelocType.R_DWTXTADDR_U1:
        case RelocType.R_DWTXTADDR_U2:
        case RelocType.R_DWTXTADDR_U3:
        case RelocType.R_DWTXTADDR_U4:
          this.textIndex(s, t, out, base + off, type - RelocType.R_DWTXTADDR_U1 + 1);
          continue;
        case RelocType.R_ADDRCUOFF:
          x = value[t]! + add - value[ldr.unit(t)!.textp[0]!]!;
          break;
        case RelocType.R_SIZE:
          x = ldr.size[t]! + add;
          break;
        case RelocType.R_CONST:
          x = add;
          break;
        default:
          ldr.error(s, `unknown reloc to ${ldr.name(t)}: ${type}`);
          continue;
      }
      switch (width) {
        case 4:
          if (x !== (x | 0) && (type === RelocType.R_PCREL || type === RelocType.R_CALL || x !== x >>> 0)) {
            const what = type === RelocType.R_PCREL || type === RelocType.R_CALL ? "pc-relative" : "non-pc-relative";
            ldr.error(s, `${what} relocation address for ${ldr.name(t)} is too big: ${hex(x)}`);
          }
          out.setInt32(base + off, x, true);
          break;
        case 8:
          out.setUint32(base + off, x >>> 0, true);
          out.setUint32(base + off + 4, Math.floor(x / 4294967296) >>> 0, true);
          break;
        case 2:
          out.setInt16(base + off, x, true);
          break;
        case 1:
          out.setInt8(base + off, x);
          break;
        default:
          ldr.error(s, `bad reloc size 0x${width.toString(16)} for ${ldr.name(t)}`);
      }
    }
  }

  /** A function's slot in its unit's part of .debug_addr, as ULEB128 of a fixed number of bytes. */
  private textIndex(s: number, t: number, out: DataView, at: number, width: number): void {
    const { ldr } = this;
    const slot = ldr.addrSlots[t]! - 1;
    if (slot < 0) {
      ldr.error(s, `missing .debug_addr index relocation target ${ldr.name(t)}`);
      return;
    }
    let x = slot;
    for (let i = 0; i < width; i++) {
      out.setUint8(at + i, (x & 127) | (i < width - 1 ? 128 : 0));
      x >>>= 7;
    }
    if (x !== 0) ldr.error(s, `internal error: .debug_addr index ${slot} needs more than ${width} bytes`);
  }

  /**
   * MOVQ or ADDQ of the TLS offset from memory becomes one of a constant (cmd/link/internal/amd64 tlsIEtoLE):
   * REX 8B/03 modrm with a 4-byte displacement becomes REX C7/81 modrm with a 4-byte immediate.
   */
  private tlsIEtoLE(s: number, out: DataView, base: number, off: number): void {
    const op = base + off - 3;
    const code = off < 3 ? 0 : out.getUint8(op + 1);
    if (code !== 0x8b && code !== 0x03) {
      this.ldr.error(s, "R_TLS_IE reloc not preceded by MOVQ or ADDQ instruction");
      return;
    }
    if (out.getUint8(op) === 0x4c) out.setUint8(op, 0x49);
    out.setUint8(op + 1, code === 0x8b ? 0xc7 : 0x81);
    out.setUint8(op + 2, 0xc0 | ((out.getUint8(op + 2) >> 3) & 7));
  }

  private badRange(s: number, p: number, off: number, width: number, size: number): void {
    const { ldr } = this;
    ldr.openRelocs(s);
    const v = ldr.rView;
    const t = ldr.resolve(ldr.rObject, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
    ldr.error(s, `invalid relocation ${t === 0 ? "" : ldr.name(t)}: ${off}+${width} not in [0,${size})`);
  }

  private unresolvedTarget(s: number, t: number): void {
    const { ldr } = this;
    const key = `${s}:${t}`;
    if (this.unresolved.has(key)) return;
    this.unresolved.add(key);
    const name = ldr.name(t);
    const want = ldr.version(t);
    let have = -1;
    if (want <= Version.ABIInternal) {
      for (const v of [Version.ABI0, Version.ABIInternal]) {
        const other = ldr.lookup(name, v);
        if (other !== 0 && ldr.kind[other] !== Kind.Sxxx && ldr.kind[other] !== Kind.SXREF) have = v;
      }
    }
    const abi = (v: number): string => (v === Version.ABI0 ? "ABI0" : "ABIInternal");
    if (name === "main.main") ldr.error(s, "function main is undeclared in the main package");
    else if (have >= 0) {
      ldr.error(s, `relocation target ${name} not defined for ${abi(want)} (but is defined for ${abi(have)})`);
    } else ldr.error(s, `relocation target ${name} not defined`);
  }
}

function hex(x: number): string {
  return x < 0 ? `-0x${(-x).toString(16)}` : `0x${x.toString(16)}`;
}

/** Writes symbols into the arena, section by section; the loop and the usual relocations are kernel/relocate.ts's. */
export class SymbolWriter {
  private readonly ldr: Loader;
  private readonly relocator: Relocator;
  private pad = 0;

  constructor(ctxt: Link) {
    const ldr = ctxt.loader;
    const { arena } = ldr;
    this.ldr = ldr;
    this.relocator = new Relocator(ctxt);
    const base = arena.float64(ctxt.image.sections.length);
    ctxt.image.sections.forEach((s, i) => {
      base[i] = s === undefined ? 0 : s.vaddr;
    });
    arena.set("sectionBase", base.byteOffset);
    arena.set("unreachableMethod", ldr.lookup("runtime.unreachableMethod", Version.ABIInternal));
    arena.hooks.writeOther = (s, at, size) => this.writeOther(s, at, size);
    arena.hooks.tooLarge = (s, n) => ldr.error(s, `initialize bounds (${ldr.size[s]!} < ${n})`);
    arena.hooks.phaseError = (s, addr) => {
      ldr.error(s, `phase error: addr=${hex(addr)} but val=${hex(ldr.value[s]!)} sym=${ldr.name(s)}`);
      exitf("phase error");
    };
  }

  /**
   * Writes the symbols of a list that lie in sect, which begins at `at` in the arena. The list is in order of address; gaps
   * are filled with pad. Returns how many there were.
   */
  write(list: readonly number[], sect: Section, at: number, pad: number): number {
    const { arena } = this.ldr;
    if (pad !== 0) arena.bytes.fill(pad, at, at + sect.length);
    this.pad = pad;
    const numbers = arena.list(list);
    const { vaddr } = sect;
    return arena.call.writeSymbols(numbers, list.length, sect.index, vaddr, vaddr + sect.length, at, pad);
  }

  /** Writes a symbol of the linker's, or one whose relocations the kernel would not do: it may be written already. */
  private writeOther(s: number, at: number, size: number): void {
    const { ldr, pad } = this;
    const { arena } = ldr;
    const generate = ldr.objectOf[s]! > 1 ? undefined : ldr.generators.get(s);
    if (generate !== undefined) {
      generate(arena.bytes.subarray(at, at + size), new DataView(arena.buffer, at, size));
      return;
    }
    const d = ldr.data(s);
    arena.bytes.set(d, at);
    if (pad !== 0 && d.length < size) arena.bytes.fill(pad, at + d.length, at + size);
    if (ldr.objectOf[s] === 1) {
      const e = ldr.update(s);
      const end = e.relocsAt + e.relocCount * relocSize;
      if (e.relocsAt !== 0 && arena.call.applyOwn(s, e.relocsAt, end, at, d.length) !== 0) return;
    }
    this.relocator.apply(s, arena.view, at, d.length);
  }
}
