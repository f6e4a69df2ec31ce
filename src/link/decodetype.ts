// Reads the runtime's type descriptors out of object symbols (internal/abi/type.go; cmd/link/internal/ld/decodesym.go).

import { decodeUtf8 } from "#base";
import { relocSize } from "#formats";
import { fatal } from "./errors.ts";
import type { Loader } from "./loader.ts";

/** internal/abi.Kind, as far as the linker asks. */
export const enum GoKind {
  Invalid = 0,
  Bool,
  Int,
  Int8,
  Int16,
  Int32,
  Int64,
  Uint,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Uintptr,
  Float32,
  Float64,
  Complex64,
  Complex128,
  Array,
  Chan,
  Func,
  Interface,
  Map,
  Pointer,
  Slice,
  String,
  Struct,
  UnsafePointer,
}

/** Size of the part that all type descriptors have, of a struct field, of an uncommon part: bytes. */
export const commonSize = 48;
const structFieldSize = 24;
const uncommonSize = 16;

const enum TFlag {
  Uncommon = 1,
  ExtraStar = 2,
  GCMaskOnDemand = 16,
}

function u64At(d: Uint8Array, off: number): number {
  return u32At(d, off) + u32At(d, off + 4) * 4294967296;
}

export function u32At(d: Uint8Array, off: number): number {
  // Trailing zeros of contents may be missing.
  return ((d[off] ?? 0) | ((d[off + 1] ?? 0) << 8) | ((d[off + 2] ?? 0) << 16) | ((d[off + 3] ?? 0) << 24)) >>> 0;
}

export function u16At(d: Uint8Array, off: number): number {
  return (d[off] ?? 0) | ((d[off + 1] ?? 0) << 8);
}

/** The symbol that the relocation of s at off refers to; 0 if there is none. */
export function relocTargetAt(ldr: Loader, s: number, off: number): number {
  if (ldr.objectOf[s]! > 1) return ldr.arena.call.relocTargetAt(s, off);
  ldr.openRelocs(s);
  const v = ldr.rView;
  for (let p = ldr.rPos, end = ldr.rEnd; p < end; p += relocSize) {
    if (v.getInt32(p, true) === off) {
      return ldr.resolve(ldr.rObject, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
    }
  }
  return 0;
}

/** Reads one type descriptor: the symbol, its contents, its relocations. */
export class TypeDecoder {
  private lastSymbol = -1;
  private lastData: Uint8Array = new Uint8Array(0);

  constructor(private readonly ldr: Loader) {}

  /** The descriptor's bytes; most questions come one after the other about the same. */
  private data(s: number): Uint8Array {
    if (s !== this.lastSymbol) {
      this.lastSymbol = s;
      this.lastData = this.ldr.data(s);
    }
    return this.lastData;
  }

  kind(s: number): GoKind {
    return (this.data(s)[23] ?? 0) as GoKind;
  }

  size(s: number): number {
    return u64At(this.data(s), 0);
  }

  /** Bytes from the start that may hold pointers. */
  ptrdata(s: number): number {
    return u64At(this.data(s), 8);
  }

  private tflag(s: number): number {
    return this.data(s)[20] ?? 0;
  }

  hasUncommon(s: number): boolean {
    return (this.tflag(s) & TFlag.Uncommon) !== 0;
  }

  gcMaskOnDemand(s: number): boolean {
    return (this.tflag(s) & TFlag.GCMaskOnDemand) !== 0;
  }

  /** The symbol of the pointer mask. */
  gcmask(s: number): number {
    return relocTargetAt(this.ldr, s, 32);
  }

  /** The bytes of the name that the name reference at off leads to. */
  nameBytes(s: number, off: number): Uint8Array {
    const r = relocTargetAt(this.ldr, s, off);
    return r === 0 ? new Uint8Array(0) : this.nameOfSymbol(r);
  }

  /** The name inside a type:.namedata. symbol: flags, varint length, bytes. */
  nameOfSymbol(r: number): Uint8Array {
    const d = this.ldr.data(r);
    let n = 0;
    let p = 1;
    for (let shift = 0; p < d.length; shift += 7) {
      const b = d[p++]!;
      n |= (b & 127) << shift;
      if (b < 128) break;
    }
    return d.subarray(p, p + n);
  }

  name(s: number, off: number): string {
    return decodeUtf8(this.nameBytes(s, off));
  }

  /** The type as a Go expression. */
  typeString(s: number): string {
    return decodeUtf8(this.typeStringBytes(s));
  }

  typeStringBytes(s: number): Uint8Array {
    const b = this.nameBytes(s, 40);
    return (this.tflag(s) & TFlag.ExtraStar) !== 0 ? b.subarray(1) : b;
  }

  /** Element of a pointer, array, slice or channel; key of a map. */
  elem(s: number): number {
    return relocTargetAt(this.ldr, s, commonSize);
  }

  mapKey(s: number): number {
    return this.elem(s);
  }

  mapValue(s: number): number {
    return relocTargetAt(this.ldr, s, commonSize + 8);
  }

  mapGroup(s: number): number {
    return relocTargetAt(this.ldr, s, commonSize + 16);
  }

  arrayLen(s: number): number {
    return u64At(this.data(s), commonSize + 16);
  }

  funcInCount(s: number): number {
    return u16At(this.data(s), commonSize);
  }

  funcOutCount(s: number): number {
    return u16At(this.data(s), commonSize + 2) & 0x7fff;
  }

  funcDotdotdot(s: number): boolean {
    return (u16At(this.data(s), commonSize + 2) & 0x8000) !== 0;
  }

  /** Offset of the reference to the first parameter; the others follow, results after arguments. */
  firstParam(s: number): number {
    return commonSize + 8 + (this.hasUncommon(s) ? uncommonSize : 0);
  }

  /** The symbol that the reference at off leads to. */
  target(s: number, off: number): number {
    return relocTargetAt(this.ldr, s, off);
  }

  ifaceMethodCount(s: number): number {
    return u64At(this.data(s), commonSize + 16);
  }

  fieldCount(s: number): number {
    const d = this.data(s);
    const n = u64At(d, commonSize + 16);
    if (n * structFieldSize > d.length) fatal(`${this.ldr.name(s)}: malformed type descriptor`);
    return n;
  }

  private fieldOff(s: number, i: number): number {
    return commonSize + 32 + (this.hasUncommon(s) ? uncommonSize : 0) + i * structFieldSize;
  }

  /** What fieldNameAddress found besides the address. */
  nameLength = 0;
  nameEmbedded = false;

  /** The address in the arena of a field's name; sets nameLength and nameEmbedded. */
  fieldNameAddress(s: number, i: number): number {
    this.nameLength = 0;
    this.nameEmbedded = false;
    const r = relocTargetAt(this.ldr, s, this.fieldOff(s, i));
    if (r === 0) return 0;
    this.nameEmbedded = ((this.ldr.data(r)[0] ?? 0) & 8) !== 0;
    const b = this.nameOfSymbol(r);
    this.nameLength = b.length;
    return b.byteOffset;
  }

  fieldType(s: number, i: number): number {
    return relocTargetAt(this.ldr, s, this.fieldOff(s, i) + 8);
  }

  fieldOffset(s: number, i: number): number {
    return u64At(this.data(s), this.fieldOff(s, i) + 16);
  }

  /** The concrete type that an itab is for. */
  itabType(s: number): number {
    return relocTargetAt(this.ldr, s, 8);
  }

  /** Where the list of methods begins and how many there are. */
  methods(s: number): { off: number; count: number } {
    if (!this.hasUncommon(s)) fatal(`no methods on "${this.ldr.name(s)}"`);
    let off = commonSize;
    switch (this.kind(s)) {
      case GoKind.Struct:
        off += 32;
        break;
      case GoKind.Pointer:
      case GoKind.Func:
      case GoKind.Slice:
        off += 8;
        break;
      case GoKind.Array:
      case GoKind.Interface:
        off += 24;
        break;
      case GoKind.Chan:
        off += 16;
        break;
      case GoKind.Map:
        off += 64;
        break;
      default:
        break;
    }
    const d = this.data(s);
    return { off: off + u32At(d, off + 8), count: u16At(d, off + 4) };
  }
}
