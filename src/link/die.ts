// The entry of a compilation unit, and how numbers of 64 bits are written.

import type { ByteWriter } from "#base";
import { DwAt, type DwarfAbbrev, DwForm, dwarfAbbrevs, RelocType } from "#formats";
import { writeText } from "./ascii.ts";
import { fatal } from "./errors.ts";

/** What an attribute holds besides a number: a string, or the symbol it refers to. */
type AttrData = string | number | null;

/** Unsigned LEB128 of a 64-bit word; negative numbers in two's complement. */
export function uleb64(w: ByteWriter, v: number): void {
  if (v >= 0) w.uvarint(v);
  else for (const b of uleb64Bytes(v)) w.u8(b);
}

/** The same as a list of bytes. */
export function uleb64Bytes(v: number): number[] {
  const out: number[] = [];
  let x = BigInt.asUintN(64, BigInt(v));
  for (; x >= 128n; x >>= 7n) out.push(Number(x & 127n) | 128);
  out.push(Number(x));
  return out;
}

/** A debugging entry under construction, of which there are few. */
export class Die {
  /** Attribute, value, data, again and again. */
  private readonly attrs: (DwAt | AttrData)[];
  /** Symbol that others refer to; 0 for entries that nobody refers to. */
  sym = 0;

  constructor(
    readonly abbrev: DwarfAbbrev,
    name: string,
  ) {
    this.attrs = [DwAt.name, 0, name];
  }

  private find(attr: DwAt): number {
    const { attrs } = this;
    for (let i = 0; i < attrs.length; i += 3) if (attrs[i] === attr) return i;
    return -1;
  }

  set(attr: DwAt, value: number, data: AttrData): void {
    const i = this.find(attr);
    if (i < 0) this.attrs.push(attr, value, data);
    else {
      this.attrs[i + 1] = value;
      this.attrs[i + 2] = data;
    }
  }

  /** A reference to another entry or symbol; 0 refers to nothing and is left out. */
  ref(attr: DwAt, sym: number): void {
    if (sym !== 0) this.set(attr, 0, sym);
  }

  /** Writes the attributes in the order that the abbreviation wants. Fields for addresses become relocations. */
  write(w: ByteWriter, addReloc: (off: number, size: number, type: RelocType, add: number, sym: number) => void): void {
    w.uvarint(this.abbrev);
    const shape = dwarfAbbrevs[this.abbrev - 1]!;
    for (let k = 2; k < shape.length; k += 2) {
      const i = this.find(shape[k]! as DwAt);
      const value = i < 0 ? 0 : (this.attrs[i + 1] as number);
      const data = i < 0 ? null : (this.attrs[i + 2] as AttrData);
      switch (shape[k + 1]! as DwForm) {
        case DwForm.string:
          writeText(w, data as string);
          w.u8(0);
          break;
        case DwForm.data1:
          w.u8(value);
          break;
        case DwForm.flag:
          w.u8(value !== 0 ? 1 : 0);
          break;
        case DwForm.udata:
          uleb64(w, value);
          break;
        case DwForm.addr:
          if (data !== null) {
            const runtimeType = shape[k] === DwAt.go_runtime_type;
            addReloc(w.length, 8, runtimeType ? RelocType.R_ADDROFF : RelocType.R_ADDR, value, data as number);
          }
          w.zeros(8);
          break;
        case DwForm.ref_addr:
        case DwForm.sec_offset:
          // A reference to nothing takes no room, as in cmd/link.
          if (data === null) break;
          addReloc(w.length, 4, RelocType.R_DWARFSECREF, value, data as number);
          w.u32(0);
          break;
        default:
          fatal(`dwarf: unsupported attribute form ${shape[k + 1]}`);
      }
    }
  }
}
