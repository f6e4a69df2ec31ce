// goobj: the object file of the Go toolchain (cmd/internal/goobj/objfile.go), read in place and written whole.
//
// A file is a header, an area of strings, and 18 blocks of fixed-size records. Symbols are of five lists: those of the
// package, two lists of content-addressed ones (up to 8 bytes, and any size), those that belong to no package, and
// references to such. Reading makes no object per symbol or relocation: the linker walks records by their offsets.

import { bytesEqual, decodeUtf8, encodeUtf8 } from "#base";
import { FormatError } from "./archive.ts";

export const goobjMagic: Uint8Array = encodeUtf8("\0go120ld");

/** Sizes of records, in bytes; where a symbol's flags are in its record. */
export const symSize = 21;
export const symFlagsOff = 10;
export const relocSize = 23;
export const auxSize = 9;
export const hashSize = 16;
export const goobjHeaderSize = 96;
const refNameSize = 16;
const refFlagsSize = 10;
const autolibSize = 16;

const enum Block {
  Autolib,
  PkgIdx,
  File,
  Symdef,
  Hashed64def,
  Hasheddef,
  Nonpkgdef,
  Nonpkgref,
  RefFlags,
  Hash64,
  Hash,
  RelocIdx,
  AuxIdx,
  DataIdx,
  Reloc,
  Aux,
  Data,
  RefName,
  End,
}

const blockCount = 19;

/**
 * A goobj block in memory. `bytes` begins at the magic; all offsets are from there. Symbols are numbered through the
 * five lists: [0, nsymdef) of the package, then nhashed64def, nhasheddef, nnonpkgdef (together ndef), then nnonpkgref.
 */
export class GoobjReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly flags: number;
  readonly nsymdef: number;
  readonly nhashed64def: number;
  readonly nhasheddef: number;
  readonly nnonpkgdef: number;
  readonly nnonpkgref: number;
  /** Defined symbols. */
  readonly ndef: number;
  /** All symbols of the five lists. */
  readonly nsym: number;
  readonly npkg: number;
  readonly nfile: number;
  /** Offset of symbol 0's record; all five lists follow each other. */
  readonly symOff: number;
  readonly hash64Off: number;
  readonly hashOff: number;
  readonly relocIdxOff: number;
  readonly auxIdxOff: number;
  readonly dataIdxOff: number;
  readonly relocOff: number;
  readonly auxOff: number;
  readonly dataOff: number;
  private readonly offsets = new Uint32Array(blockCount);

  /** Throws FormatError unless bytes is a goobj block whose tables are consistent. */
  constructor(bytes: Uint8Array) {
    if (bytes.length < goobjHeaderSize || !bytesEqual(bytes.subarray(0, 8), goobjMagic)) {
      throw new FormatError("wrong magic, not a Go object file");
    }
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const v = this.view;
    const o = this.offsets;
    this.flags = v.getUint32(16, true);
    let last = goobjHeaderSize;
    for (let i = 0; i < blockCount; i++) {
      const off = v.getUint32(20 + 4 * i, true);
      if (off < last || off > bytes.length) throw new FormatError("truncated or malformed Go object");
      o[i] = last = off;
    }
    this.npkg = this.count(Block.PkgIdx, 8);
    this.nfile = this.count(Block.File, 8);
    this.nsymdef = this.count(Block.Symdef, symSize);
    this.nhashed64def = this.count(Block.Hashed64def, symSize);
    this.nhasheddef = this.count(Block.Hasheddef, symSize);
    this.nnonpkgdef = this.count(Block.Nonpkgdef, symSize);
    this.nnonpkgref = this.count(Block.Nonpkgref, symSize);
    this.ndef = this.nsymdef + this.nhashed64def + this.nhasheddef + this.nnonpkgdef;
    this.nsym = this.ndef + this.nnonpkgref;
    this.count(Block.Autolib, autolibSize);
    this.count(Block.RefFlags, refFlagsSize);
    this.count(Block.RefName, refNameSize);
    this.symOff = o[Block.Symdef]!;
    this.hash64Off = o[Block.Hash64]!;
    this.hashOff = o[Block.Hash]!;
    this.relocIdxOff = o[Block.RelocIdx]!;
    this.auxIdxOff = o[Block.AuxIdx]!;
    this.dataIdxOff = o[Block.DataIdx]!;
    this.relocOff = o[Block.Reloc]!;
    this.auxOff = o[Block.Aux]!;
    this.dataOff = o[Block.Data]!;
    if (this.count(Block.Hash64, 8) !== this.nhashed64def || this.count(Block.Hash, hashSize) !== this.nhasheddef) {
      throw new FormatError("malformed Go object: hashes do not match symbols");
    }
    this.checkIndex(Block.RelocIdx, this.count(Block.Reloc, relocSize));
    this.checkIndex(Block.AuxIdx, this.count(Block.Aux, auxSize));
    this.checkIndex(Block.DataIdx, o[Block.RefName]! - this.dataOff);
  }

  private count(block: Block, size: number): number {
    const n = this.offsets[block + 1]! - this.offsets[block]!;
    if (n % size !== 0) throw new FormatError("malformed Go object: partial record");
    return n / size;
  }

  /** The ends of an index are checked when a file is opened; verify() looks at all of it. */
  private checkIndex(block: Block, limit: number): void {
    if (this.count(block, 4) !== this.ndef + 1) throw new FormatError("malformed Go object: bad index size");
    const v = this.view;
    const last = this.offsets[block + 1]! - 4;
    if (v.getUint32(this.offsets[block]!, true) !== 0 || v.getUint32(last, true) > limit) {
      throw new FormatError("malformed Go object: index out of range");
    }
  }

  /** Checks every entry of the indices, which opening a file does not. Throws FormatError. */
  verify(): void {
    const v = this.view;
    for (const block of [Block.RelocIdx, Block.AuxIdx, Block.DataIdx]) {
      let last = 0;
      for (let p = this.offsets[block]!, end = this.offsets[block + 1]!; p < end; p += 4) {
        const x = v.getUint32(p, true);
        if (x < last) throw new FormatError("malformed Go object: index not increasing");
        last = x;
      }
    }
  }

  get fingerprint(): Uint8Array {
    return this.bytes.subarray(8, 16);
  }

  /** The string of a reference (u32 length, u32 offset) at p. Throws FormatError when out of the file. */
  stringAt(p: number): string {
    return decodeUtf8(this.stringBytes(p));
  }

  stringBytes(p: number): Uint8Array {
    const n = this.view.getUint32(p, true);
    const off = this.view.getUint32(p + 4, true);
    if (off + n > this.bytes.length) throw new FormatError("malformed Go object: string out of range");
    return this.bytes.subarray(off, off + n);
  }

  get nautolib(): number {
    return (this.offsets[Block.PkgIdx]! - this.offsets[Block.Autolib]!) / autolibSize;
  }

  autolibPath(i: number): string {
    return this.stringAt(this.offsets[Block.Autolib]! + i * autolibSize);
  }

  autolibFingerprint(i: number): Uint8Array {
    const p = this.offsets[Block.Autolib]! + i * autolibSize + 8;
    return this.bytes.subarray(p, p + 8);
  }

  /** Path of package i of the index; 0 is invalid and empty. */
  pkgPath(i: number): string {
    return this.stringAt(this.offsets[Block.PkgIdx]! + i * 8);
  }

  fileName(i: number): string {
    return this.stringAt(this.offsets[Block.File]! + i * 8);
  }

  symName(i: number): string {
    return this.stringAt(this.symOff + i * symSize);
  }

  symNameLen(i: number): number {
    return this.view.getUint32(this.symOff + i * symSize, true);
  }

  symNameOff(i: number): number {
    return this.view.getUint32(this.symOff + i * symSize + 4, true);
  }

  symABI(i: number): number {
    return this.view.getUint16(this.symOff + i * symSize + 8, true);
  }

  symKind(i: number): number {
    return this.bytes[this.symOff + i * symSize + 10]!;
  }

  symFlag(i: number): number {
    return this.bytes[this.symOff + i * symSize + 11]!;
  }

  symFlag2(i: number): number {
    return this.bytes[this.symOff + i * symSize + 12]!;
  }

  symSize(i: number): number {
    return this.view.getUint32(this.symOff + i * symSize + 13, true);
  }

  symAlign(i: number): number {
    return this.view.getUint32(this.symOff + i * symSize + 17, true);
  }

  /** Offset of the first relocation record of defined symbol i. */
  relocStart(i: number): number {
    return this.relocOff + this.view.getUint32(this.relocIdxOff + 4 * i, true) * relocSize;
  }

  relocEnd(i: number): number {
    return this.relocOff + this.view.getUint32(this.relocIdxOff + 4 * i + 4, true) * relocSize;
  }

  auxStart(i: number): number {
    return this.auxOff + this.view.getUint32(this.auxIdxOff + 4 * i, true) * auxSize;
  }

  auxEnd(i: number): number {
    return this.auxOff + this.view.getUint32(this.auxIdxOff + 4 * i + 4, true) * auxSize;
  }

  dataStart(i: number): number {
    return this.dataOff + this.view.getUint32(this.dataIdxOff + 4 * i, true);
  }

  dataEnd(i: number): number {
    return this.dataOff + this.view.getUint32(this.dataIdxOff + 4 * i + 4, true);
  }

  /** The contents of defined symbol i, a view of the file. */
  data(i: number): Uint8Array {
    return this.bytes.subarray(this.dataStart(i), this.dataEnd(i));
  }

  get nrefFlags(): number {
    return (this.offsets[Block.Hash64]! - this.offsets[Block.RefFlags]!) / refFlagsSize;
  }

  /** Offset of record i: u32 package, u32 symbol, u8 flag, u8 flag2. */
  refFlagsOff(i: number): number {
    return this.offsets[Block.RefFlags]! + i * refFlagsSize;
  }

  get nrefNames(): number {
    return (this.offsets[Block.End]! - this.offsets[Block.RefName]!) / refNameSize;
  }

  /** Offset of record i: u32 package, u32 symbol, string reference of the name. */
  refNameOff(i: number): number {
    return this.offsets[Block.RefName]! + i * refNameSize;
  }

  /** Bytes of contents. */
  get dataLength(): number {
    return this.offsets[Block.RefName]! - this.dataOff;
  }

  /** Offset of the first byte after the last block. */
  get end(): number {
    return this.offsets[Block.End]!;
  }

  /** Where a string area may lie: [header, block 0). */
  get stringsEnd(): number {
    return this.offsets[Block.Autolib]!;
  }
}

/** A relocation to be written; offsets in increasing order. pkg and sym as in SymRef. */
export interface ObjReloc {
  readonly off: number;
  readonly size: number;
  /** RelocType, the weak bit included. */
  readonly type: number;
  /** A safe integer. */
  readonly add: number;
  readonly pkg: number;
  readonly sym: number;
}

/** An auxiliary symbol of a symbol. */
export interface ObjAux {
  readonly type: number;
  readonly pkg: number;
  readonly sym: number;
}

/** A symbol of an object file: a definition, or (without contents) a reference. */
export interface ObjSym {
  readonly name: string;
  /** 0 ABI0 and data, 1 ABIInternal, 0xffff private to the object. */
  readonly abi: number;
  readonly kind: number;
  readonly flag: number;
  readonly flag2: number;
  readonly size: number;
  readonly align: number;
  readonly relocs: readonly ObjReloc[];
  readonly aux: readonly ObjAux[];
  readonly data: Uint8Array;
}

/** All that a goobj file says, in its order. */
export interface ObjectFile {
  /** 8 bytes; zeros for assembler objects. */
  fingerprint: Uint8Array;
  /** ObjFlag bits. */
  flags: number;
  autolib: { readonly path: string; readonly fingerprint: Uint8Array }[];
  /** Packages referred to by index; the first is "". */
  pkgs: string[];
  files: string[];
  symdefs: ObjSym[];
  hashed64: ObjSym[];
  hashed: ObjSym[];
  nonpkgdefs: ObjSym[];
  nonpkgrefs: ObjSym[];
  refFlags: { readonly pkg: number; readonly sym: number; readonly flag: number; readonly flag2: number }[];
  /** 8 bytes for each of hashed64. */
  hashes64: Uint8Array;
  /** 16 bytes for each of hashed. */
  hashes: Uint8Array;
  refNames: { readonly pkg: number; readonly sym: number; readonly name: string }[];
  /** The string area's order; what is used but not listed is appended in order of use. */
  strings: string[];
}

/** An ObjectFile with nothing in it. */
export function emptyObjectFile(): ObjectFile {
  return {
    fingerprint: new Uint8Array(8),
    flags: 0,
    autolib: [],
    pkgs: [""],
    files: [],
    symdefs: [],
    hashed64: [],
    hashed: [],
    nonpkgdefs: [],
    nonpkgrefs: [],
    refFlags: [],
    hashes64: new Uint8Array(0),
    hashes: new Uint8Array(0),
    refNames: [],
    strings: [],
  };
}

/** Reads a whole goobj block into plain data (for tools and tests; the linker uses GoobjReader). */
export function readGoobj(bytes: Uint8Array): ObjectFile {
  const r = new GoobjReader(bytes);
  r.verify();
  const v = r.view;
  const strings = new Map<number, string>();
  const str = (p: number): string => {
    const off = v.getUint32(p + 4, true);
    const n = v.getUint32(p, true);
    const key = off * 0x100000 + n;
    let s = strings.get(key);
    if (s === undefined) strings.set(key, (s = r.stringAt(p)));
    return s;
  };
  const noData = new Uint8Array(0);
  const syms = (from: number, to: number): ObjSym[] => {
    const list: ObjSym[] = [];
    for (let i = from; i < to; i++) {
      const relocs: ObjReloc[] = [];
      const aux: ObjAux[] = [];
      let data: Uint8Array = noData;
      if (i < r.ndef) {
        for (let p = r.relocStart(i), end = r.relocEnd(i); p < end; p += relocSize) {
          relocs.push({
            off: v.getInt32(p, true),
            size: bytes[p + 4]!,
            type: v.getUint16(p + 5, true),
            add: v.getUint32(p + 7, true) + v.getInt32(p + 11, true) * 4294967296,
            pkg: v.getUint32(p + 15, true),
            sym: v.getUint32(p + 19, true),
          });
        }
        for (let p = r.auxStart(i), end = r.auxEnd(i); p < end; p += auxSize) {
          aux.push({ type: bytes[p]!, pkg: v.getUint32(p + 1, true), sym: v.getUint32(p + 5, true) });
        }
        data = r.data(i);
      }
      list.push({
        name: str(r.symOff + i * symSize),
        abi: r.symABI(i),
        kind: r.symKind(i),
        flag: r.symFlag(i),
        flag2: r.symFlag2(i),
        size: r.symSize(i),
        align: r.symAlign(i),
        relocs,
        aux,
        data,
      });
    }
    return list;
  };
  const o = emptyObjectFile();
  o.fingerprint = r.fingerprint;
  o.flags = r.flags;
  for (let i = 0; i < r.nautolib; i++) {
    o.autolib.push({ path: r.autolibPath(i), fingerprint: r.autolibFingerprint(i) });
  }
  o.pkgs = Array.from({ length: r.npkg }, (_, i) => r.pkgPath(i));
  o.files = Array.from({ length: r.nfile }, (_, i) => r.fileName(i));
  let n = 0;
  o.symdefs = syms(n, (n += r.nsymdef));
  o.hashed64 = syms(n, (n += r.nhashed64def));
  o.hashed = syms(n, (n += r.nhasheddef));
  o.nonpkgdefs = syms(n, (n += r.nnonpkgdef));
  o.nonpkgrefs = syms(n, (n += r.nnonpkgref));
  for (let i = 0; i < r.nrefFlags; i++) {
    const p = r.refFlagsOff(i);
    o.refFlags.push({
      pkg: v.getUint32(p, true),
      sym: v.getUint32(p + 4, true),
      flag: bytes[p + 8]!,
      flag2: bytes[p + 9]!,
    });
  }
  o.hashes64 = bytes.subarray(r.hash64Off, r.hash64Off + 8 * r.nhashed64def);
  o.hashes = bytes.subarray(r.hashOff, r.hashOff + hashSize * r.nhasheddef);
  for (let i = 0; i < r.nrefNames; i++) {
    const p = r.refNameOff(i);
    o.refNames.push({ pkg: v.getUint32(p, true), sym: v.getUint32(p + 4, true), name: str(p + 8) });
  }
  o.strings = stringOrder(r);
  return o;
}

/** The strings of a file in the order of its string area. */
function stringOrder(r: GoobjReader): string[] {
  const refs: number[] = [];
  const add = (p: number): void => {
    if (r.view.getUint32(p, true) !== 0) refs.push(p);
  };
  const v = r.view;
  for (let i = 0; i < r.nautolib; i++) add(v.getUint32(20, true) + i * autolibSize);
  for (let i = 0; i < r.npkg; i++) add(v.getUint32(24, true) + i * 8);
  for (let i = 0; i < r.nfile; i++) add(v.getUint32(28, true) + i * 8);
  for (let i = 0; i < r.nsym; i++) add(r.symOff + i * symSize);
  for (let i = 0; i < r.nrefNames; i++) add(r.refNameOff(i) + 8);
  refs.sort((a, b) => v.getUint32(a + 4, true) - v.getUint32(b + 4, true));
  // Names of symbols of other packages may stand there without a record that uses them: gaps, kept as they are.
  const out: string[] = [];
  let next = goobjHeaderSize;
  const gap = (to: number): void => {
    if (to > next) out.push(decodeUtf8(r.bytes.subarray(next, to)));
  };
  for (const p of refs) {
    const off = v.getUint32(p + 4, true);
    if (off < next) continue;
    gap(off);
    out.push(r.stringAt(p));
    next = off + v.getUint32(p, true);
  }
  gap(r.stringsEnd);
  return out;
}

/** The string area under construction. A string is known by its number. */
class StringArea {
  buf: Uint8Array = new Uint8Array(4096);
  length = 0;
  private readonly numbers = new Map<string, number>();
  /** In the file. */
  readonly offsets: number[] = [];
  readonly lengths: number[] = [];

  constructor(private readonly base: number) {
    this.add("");
  }

  /** The number of s, which is added if it is new. */
  add(s: string): number {
    // Most symbols have no name.
    if (s === "" && this.offsets.length > 0) return 0;
    const known = this.numbers.get(s);
    if (known !== undefined) return known;
    const most = s.length * 3;
    if (this.length + most > this.buf.length) {
      const bigger = new Uint8Array(Math.max(this.buf.length * 2, this.length + most));
      bigger.set(this.buf.subarray(0, this.length));
      this.buf = bigger;
    }
    const number = this.offsets.length;
    const written = encodeInto(s, this.buf, this.length);
    this.numbers.set(s, number);
    this.offsets.push(this.base + this.length);
    this.lengths.push(written);
    this.length += written;
    return number;
  }
}

function encodeInto(s: string, into: Uint8Array, at: number): number {
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c >= 0x80) {
      const b = encodeUtf8(s);
      into.set(b, at);
      return b.length;
    }
    into[at + i] = c;
  }
  return s.length;
}

/** The bytes of a goobj block, as cmd/internal/obj.WriteObjFile would write it. */
export function writeGoobj(o: ObjectFile): Uint8Array {
  const strings = new StringArea(goobjHeaderSize);
  for (const s of o.strings) strings.add(s);
  for (const a of o.autolib) strings.add(a.path);
  for (const p of o.pkgs) strings.add(p);
  const lists = [o.symdefs, o.hashed64, o.hashed, o.nonpkgdefs, o.nonpkgrefs];
  for (const list of lists) for (const s of list) strings.add(s.name);
  for (const r of o.refNames) strings.add(r.name);
  for (const f of o.files) strings.add(f);

  let nrelocs = 0;
  let naux = 0;
  let ndata = 0;
  let ndef = 0;
  for (let l = 0; l < 4; l++) {
    const list = lists[l]!;
    ndef += list.length;
    for (const s of list) {
      nrelocs += s.relocs.length;
      naux += s.aux.length;
      ndata += s.data.length;
    }
  }
  const sizes = [
    o.autolib.length * autolibSize,
    o.pkgs.length * 8,
    o.files.length * 8,
    o.symdefs.length * symSize,
    o.hashed64.length * symSize,
    o.hashed.length * symSize,
    o.nonpkgdefs.length * symSize,
    o.nonpkgrefs.length * symSize,
    o.refFlags.length * refFlagsSize,
    o.hashes64.length,
    o.hashes.length,
    (ndef + 1) * 4,
    (ndef + 1) * 4,
    (ndef + 1) * 4,
    nrelocs * relocSize,
    naux * auxSize,
    ndata,
    o.refNames.length * refNameSize,
  ];
  let total = goobjHeaderSize + strings.length;
  const offsets: number[] = [];
  for (const n of sizes) {
    offsets.push(total);
    total += n;
  }
  offsets.push(total);

  const out = new Uint8Array(total);
  const v = new DataView(out.buffer);
  out.set(goobjMagic, 0);
  out.set(o.fingerprint.subarray(0, 8), 8);
  v.setUint32(16, o.flags, true);
  for (let i = 0; i < blockCount; i++) v.setUint32(20 + 4 * i, offsets[i]!, true);
  out.set(strings.buf.subarray(0, strings.length), goobjHeaderSize);
  const str = (p: number, s: string): void => {
    const number = strings.add(s);
    v.setUint32(p, strings.lengths[number]!, true);
    v.setUint32(p + 4, strings.offsets[number]!, true);
  };

  let p = offsets[Block.Autolib]!;
  for (const a of o.autolib) {
    str(p, a.path);
    out.set(a.fingerprint.subarray(0, 8), p + 8);
    p += autolibSize;
  }
  for (const s of o.pkgs) {
    str(p, s);
    p += 8;
  }
  for (const s of o.files) {
    str(p, s);
    p += 8;
  }
  for (const list of lists) {
    for (const s of list) {
      str(p, s.name);
      v.setUint16(p + 8, s.abi, true);
      out[p + 10] = s.kind;
      out[p + 11] = s.flag;
      out[p + 12] = s.flag2;
      v.setUint32(p + 13, s.size, true);
      v.setUint32(p + 17, s.align, true);
      p += symSize;
    }
  }
  for (const r of o.refFlags) {
    v.setUint32(p, r.pkg, true);
    v.setUint32(p + 4, r.sym, true);
    out[p + 8] = r.flag;
    out[p + 9] = r.flag2;
    p += refFlagsSize;
  }
  out.set(o.hashes64, offsets[Block.Hash64]!);
  out.set(o.hashes, offsets[Block.Hash]!);

  let relocs = 0;
  let aux = 0;
  let data = 0;
  let ri = offsets[Block.RelocIdx]!;
  let ai = offsets[Block.AuxIdx]!;
  let di = offsets[Block.DataIdx]!;
  let rp = offsets[Block.Reloc]!;
  let ap = offsets[Block.Aux]!;
  const dp = offsets[Block.Data]!;
  for (let l = 0; l < 4; l++) {
    for (const s of lists[l]!) {
      v.setUint32(ri, relocs, true);
      v.setUint32(ai, aux, true);
      v.setUint32(di, data, true);
      ri += 4;
      ai += 4;
      di += 4;
      for (const r of s.relocs) {
        v.setInt32(rp, r.off, true);
        out[rp + 4] = r.size;
        v.setUint16(rp + 5, r.type, true);
        v.setUint32(rp + 7, r.add >>> 0, true);
        v.setUint32(rp + 11, Math.floor(r.add / 4294967296) >>> 0, true);
        v.setUint32(rp + 15, r.pkg, true);
        v.setUint32(rp + 19, r.sym, true);
        rp += relocSize;
      }
      for (const a of s.aux) {
        out[ap] = a.type;
        v.setUint32(ap + 1, a.pkg, true);
        v.setUint32(ap + 5, a.sym, true);
        ap += auxSize;
      }
      out.set(s.data, dp + data);
      relocs += s.relocs.length;
      aux += s.aux.length;
      data += s.data.length;
    }
  }
  v.setUint32(ri, relocs, true);
  v.setUint32(ai, aux, true);
  v.setUint32(di, data, true);
  p = offsets[Block.RefName]!;
  for (const r of o.refNames) {
    v.setUint32(p, r.pkg, true);
    v.setUint32(p + 4, r.sym, true);
    str(p + 8, r.name);
    p += refNameSize;
  }
  return out;
}
