// The layout of the runtime's structures as the program's own DWARF gives it: name and members with their offsets.
// Reads DWARF 4 and 5 as Go writes them, compressed or not; nothing but structure types.

import { unzlibSync } from "fflate";
import type { ElfFile } from "#formats";

/** Offsets of a structure's fields by name. */
export type Fields = ReadonlyMap<string, number>;

function sectionData(elf: ElfFile, name: string): Uint8Array | undefined {
  const s = elf.section(`.debug_${name}`);
  if (s !== undefined) {
    const d = elf.data(s);
    // SHF_COMPRESSED: an Elf64_Chdr before the zlib stream.
    return (s.flags & 0x800) !== 0 ? unzlibSync(d.subarray(24)) : d;
  }
  const z = elf.section(`.zdebug_${name}`);
  return z === undefined ? undefined : unzlibSync(elf.data(z).subarray(12));
}

class Cursor {
  readonly view: DataView;
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  u8(): number {
    return this.view.getUint8(this.at++);
  }
  u16(): number {
    this.at += 2;
    return this.view.getUint16(this.at - 2, true);
  }
  u32(): number {
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }
  uleb(): number {
    let r = 0;
    let scale = 1;
    for (;;) {
      const b = this.u8();
      r += (b & 127) * scale;
      if (b < 128) return r;
      scale *= 128;
    }
  }
  cstring(want: boolean): string {
    const from = this.at;
    while (this.bytes[this.at] !== 0) this.at++;
    this.at++;
    if (!want) return "";
    let s = "";
    for (let i = from; i < this.at - 1; i++) s += String.fromCharCode(this.bytes[i] as number);
    return s;
  }
}

interface Abbrev {
  readonly tag: number;
  readonly children: boolean;
  readonly attributes: readonly (readonly [number, number])[];
}

function abbrevs(bytes: Uint8Array, at: number): Map<number, Abbrev> {
  const c = new Cursor(bytes, at);
  const out = new Map<number, Abbrev>();
  for (;;) {
    const code = c.uleb();
    if (code === 0) return out;
    const tag = c.uleb();
    const children = c.u8() !== 0;
    const attributes: [number, number][] = [];
    for (;;) {
      const name = c.uleb();
      const form = c.uleb();
      if (form === 0x21) c.uleb();
      if (name === 0 && form === 0) break;
      attributes.push([name, form]);
    }
    out.set(code, { tag, children, attributes });
  }
}

/** Reads or skips one attribute: a number or a string when it has one of interest. */
function attribute(c: Cursor, form: number, want: boolean): number | string {
  switch (form) {
    case 0x01: // addr
    case 0x07: // data8
    case 0x14:
    case 0x20: {
      const lo = c.u32();
      return lo + c.u32() * 4294967296;
    }
    case 0x05:
    case 0x12:
      return c.u16();
    case 0x06:
    case 0x13:
    case 0x17:
    case 0x0e:
    case 0x10:
    case 0x1f:
      return c.u32();
    case 0x0b:
    case 0x11:
    case 0x0c:
      return c.u8();
    case 0x19:
    case 0x21:
      return 1;
    case 0x0d:
    case 0x0f:
    case 0x1a:
    case 0x1b:
    case 0x22:
    case 0x23:
    case 0x15:
      return c.uleb();
    case 0x29:
    case 0x25:
      return c.u8();
    case 0x08:
      return c.cstring(want);
    case 0x0a: {
      const n = c.u8();
      c.at += n;
      return 0;
    }
    case 0x03: {
      const n = c.u16();
      c.at += n;
      return 0;
    }
    case 0x04: {
      const n = c.u32();
      c.at += n;
      return 0;
    }
    case 0x09:
    case 0x18: {
      const n = c.uleb();
      c.at += n;
      return 0;
    }
    default:
      throw new RangeError(`DWARF form 0x${form.toString(16)}`);
  }
}

/** Fields of the wanted structures; a structure that is not described is missing. */
export function structLayouts(elf: ElfFile, wanted: ReadonlySet<string>): Map<string, Fields> {
  const out = new Map<string, Fields>();
  try {
    const info = sectionData(elf, "info");
    const abbrev = sectionData(elf, "abbrev");
    if (info === undefined || abbrev === undefined) return out;
    const tables = new Map<number, Map<number, Abbrev>>();
    for (let unit = 0; unit + 11 < info.length && out.size < wanted.size; ) {
      const c = new Cursor(info, unit);
      const length = c.u32();
      const end = c.at + length;
      const version = c.u16();
      let abbrevAt: number;
      if (version >= 5) {
        c.at += 2;
        abbrevAt = c.u32();
      } else {
        abbrevAt = c.u32();
        c.at += 1;
      }
      let table = tables.get(abbrevAt);
      if (table === undefined) {
        table = abbrevs(abbrev, abbrevAt);
        tables.set(abbrevAt, table);
      }
      let depth = 0;
      let fields: Map<string, number> | undefined;
      let fieldsDepth = -1;
      while (c.at < end) {
        const code = c.uleb();
        if (code === 0) {
          depth--;
          if (depth <= fieldsDepth) fields = undefined;
          if (depth <= 0) break;
          continue;
        }
        const a = table.get(code);
        if (a === undefined) break;
        const interesting = a.tag === 0x11 || a.tag === 0x13 || (a.tag === 0x0d && fields !== undefined);
        let name = "";
        let location = 0;
        for (const [at, form] of a.attributes) {
          const v = attribute(c, form, interesting && at === 3);
          if (at === 3 && typeof v === "string") name = v;
          else if (at === 0x38 && typeof v === "number") location = v;
        }
        // A unit is a package; the runtime's structures are in the runtime's.
        if (a.tag === 0x11 && name !== "" && name !== "runtime") break;
        if (a.tag === 0x13 && wanted.has(name) && !out.has(name) && a.children) {
          fields = new Map();
          fieldsDepth = depth;
          out.set(name, fields);
        } else if (a.tag === 0x0d && fields !== undefined && depth === fieldsDepth + 1) fields.set(name, location);
        if (a.children) depth++;
        if (depth === 0) break;
      }
      unit = end;
    }
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
  }
  return out;
}
