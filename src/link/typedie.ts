// Debugging entries of types: small objects whose names stay in the arena, and their bytes.

import { DwAt, type DwarfAbbrev, DwForm, dwarfAbbrevs, RelocType, relocSize } from "#formats";
import type { Arena } from "./arena.ts";
import { uleb64Bytes } from "./die.ts";
import { fatal } from "./errors.ts";

const noChildren: TypeDie[] = [];

/** An entry of a type or a part of one. An attribute that is 0 is not there. */
export class TypeDie {
  children = noChildren;
  /** Symbol that others refer to; 0 for entries that nobody refers to. */
  sym = 0;
  /** Symbols of other entries. */
  type = 0;
  elem = 0;
  key = 0;
  /** Symbol of the descriptor. */
  runtimeType = 0;
  byteSize = 0;
  encoding = 0;
  kind = 0;
  count = 0;
  location = 0;
  embedded = 0;
  /** A result among parameters. */
  result = 0;

  constructor(
    readonly abbrev: DwarfAbbrev,
    /** Its name in the arena. */
    readonly nameAt: number,
    readonly nameLen: number,
  ) {}

  add(child: TypeDie): void {
    if (this.children === noChildren) this.children = [child];
    else this.children.push(child);
  }

  /** A copy without children and without a symbol. */
  copy(): TypeDie {
    const d = new TypeDie(this.abbrev, this.nameAt, this.nameLen);
    d.type = this.type;
    d.elem = this.elem;
    d.key = this.key;
    d.runtimeType = this.runtimeType;
    d.byteSize = this.byteSize;
    d.encoding = this.encoding;
    d.kind = this.kind;
    d.count = this.count;
    d.location = this.location;
    d.embedded = this.embedded;
    d.result = this.result;
    return d;
  }
}

/** What entries became: bytes, relocations (goobj's records, references by number), and where each entry is. */
export interface TypeBytes {
  readonly bytes: Uint8Array;
  readonly relocs: number;
  readonly nreloc: number;
  /** Symbol, offset, again and again. */
  readonly offsets: readonly number[];
}

/** Bytes that attributes of an entry take at most besides its name, and its references to other symbols. */
const attributeRoom = 72;
const maxRelocs = 4;

/** Writes entries and what is in them. */
export function writeTypeDies(arena: Arena, dies: readonly TypeDie[]): TypeBytes {
  let room = 0;
  let count = 0;
  const measure = (list: readonly TypeDie[]): void => {
    for (let i = 0; i < list.length; i++) {
      room += list[i]!.nameLen + attributeRoom;
      count++;
      measure(list[i]!.children);
    }
  };
  measure(dies);
  const relocs = arena.alloc(count * maxRelocs * relocSize);
  const start = arena.alloc(room);
  const w = new Writer(arena, start, relocs);
  for (let i = 0; i < dies.length; i++) w.die(dies[i]!);
  return {
    bytes: arena.bytes.subarray(start, w.at),
    relocs,
    nreloc: (w.reloc - relocs) / relocSize,
    offsets: w.offsets,
  };
}

class Writer {
  readonly offsets: number[] = [];
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(
    arena: Arena,
    private readonly start: number,
    public reloc: number,
    public at = start,
  ) {
    this.bytes = arena.bytes;
    this.view = arena.view;
  }

  private refer(size: number, type: RelocType, sym: number): void {
    const { view, reloc } = this;
    view.setUint32(reloc, this.at - this.start, true);
    view.setUint8(reloc + 4, size);
    view.setUint16(reloc + 5, type, true);
    view.setUint32(reloc + 19, sym, true);
    this.reloc = reloc + relocSize;
    this.at += size;
  }

  die(d: TypeDie): void {
    if (d.sym !== 0) this.offsets.push(d.sym, this.at - this.start);
    const { bytes } = this;
    bytes[this.at++] = d.abbrev;
    const shape = dwarfAbbrevs[d.abbrev - 1]!;
    for (let k = 2; k < shape.length; k += 2) {
      const form = shape[k + 1]!;
      if (form === DwForm.string) {
        bytes.copyWithin(this.at, d.nameAt, d.nameAt + d.nameLen);
        this.at += d.nameLen + 1;
        continue;
      }
      const v = attributeOf(d, shape[k]!);
      switch (form as DwForm) {
        case DwForm.data1:
          bytes[this.at++] = v;
          break;
        case DwForm.flag:
          bytes[this.at++] = v !== 0 ? 1 : 0;
          break;
        case DwForm.udata:
          if (v >= 0 && v < 128) bytes[this.at++] = v;
          else for (const b of uleb64Bytes(v)) bytes[this.at++] = b;
          break;
        case DwForm.addr:
          if (v !== 0) this.refer(8, RelocType.R_ADDROFF, v);
          else this.at += 8;
          break;
        case DwForm.ref_addr:
          // A reference to nothing takes no room, as in cmd/link.
          if (v !== 0) this.refer(4, RelocType.R_DWARFSECREF, v);
          break;
        default:
          fatal(`dwarf: unsupported attribute form ${form}`);
      }
    }
    if (shape[1] !== 1) return;
    const { children } = d;
    for (let i = 0; i < children.length; i++) this.die(children[i]!);
    bytes[this.at++] = 0;
  }
}

function attributeOf(d: TypeDie, attr: DwAt): number {
  switch (attr) {
    case DwAt.type:
      return d.type;
    case DwAt.byte_size:
      return d.byteSize;
    case DwAt.go_kind:
      return d.kind;
    case DwAt.go_runtime_type:
      return d.runtimeType;
    case DwAt.go_elem:
      return d.elem;
    case DwAt.go_key:
      return d.key;
    case DwAt.encoding:
      return d.encoding;
    case DwAt.count:
      return d.count;
    case DwAt.data_member_location:
      return d.location;
    case DwAt.go_embedded_field:
      return d.embedded;
    case DwAt.variable_parameter:
      return d.result;
    default:
      return 0;
  }
}
