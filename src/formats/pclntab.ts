// The table from pc to function, file, line and the rest, as the runtime reads it (runtime/symtab.go; magic 0xfffffff1).

import { decodeUtf8 } from "#base";
import { FormatError } from "./archive.ts";
import { PcValueIterator, pcValueAt } from "./pcvalue.ts";

export const pclntabMagic = 0xfffffff1;
export const pcHeaderSize = 72;
/** Bytes of a function's record before its tables. */
export const funcRecordSize = 44;

/** Offsets in a function's record (runtime._func). */
export const enum FuncField {
  EntryOff = 0,
  NameOff = 4,
  Args = 8,
  Deferreturn = 12,
  Pcsp = 16,
  Pcfile = 20,
  Pcln = 24,
  Npcdata = 28,
  CuOffset = 32,
  StartLine = 36,
  FuncID = 40,
  Flag = 41,
  Nfuncdata = 43,
}

/** A function of the table. */
export interface PclnFunc {
  readonly index: number;
  readonly name: string;
  /** Address of the first instruction, and of what follows the function. */
  readonly entry: number;
  readonly end: number;
  /** Offset of the record in the functab sub-table. */
  readonly record: number;
}

/** A pclntab in memory. */
export class Pclntab {
  readonly view: DataView;
  readonly nfunc: number;
  readonly nfiles: number;
  readonly funcnametab: number;
  readonly cutab: number;
  readonly filetab: number;
  readonly pctab: number;
  readonly functab: number;

  /** bytes: the section .gopclntab; text: the address that function offsets count from. Throws FormatError. */
  constructor(
    readonly bytes: Uint8Array,
    readonly text: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const v = this.view;
    if (bytes.length < pcHeaderSize || v.getUint32(0, true) !== pclntabMagic) throw new FormatError("unknown pclntab");
    this.nfunc = v.getUint32(8, true);
    this.nfiles = v.getUint32(16, true);
    this.funcnametab = v.getUint32(32, true);
    this.cutab = v.getUint32(40, true);
    this.filetab = v.getUint32(48, true);
    this.pctab = v.getUint32(56, true);
    this.functab = v.getUint32(64, true);
    if (this.functab + this.nfunc * 8 + 4 > bytes.length) throw new FormatError("truncated pclntab");
  }

  private string(at: number): string {
    const end = this.bytes.indexOf(0, at);
    return decodeUtf8(this.bytes.subarray(at, end < 0 ? this.bytes.length : end));
  }

  entryOf(i: number): number {
    return this.text + this.view.getUint32(this.functab + 8 * i, true);
  }

  recordOf(i: number): number {
    return this.functab + this.view.getUint32(this.functab + 8 * i + 4, true);
  }

  func(i: number): PclnFunc {
    const record = this.recordOf(i);
    return {
      index: i,
      name: this.nameAt(this.view.getInt32(record + FuncField.NameOff, true)),
      entry: this.entryOf(i),
      end: this.entryOf(i + 1),
      record,
    };
  }

  nameAt(nameOff: number): string {
    return this.string(this.funcnametab + nameOff);
  }

  /** The index of the function that holds pc, or -1. */
  find(pc: number): number {
    if (this.nfunc === 0 || pc < this.entryOf(0) || pc >= this.entryOf(this.nfunc)) return -1;
    let lo = 0;
    let hi = this.nfunc;
    while (hi - lo > 1) {
      const mid = (lo + hi) >>> 1;
      if (this.entryOf(mid) <= pc) lo = mid;
      else hi = mid;
    }
    return lo;
  }

  /** The value of the pc table at `off` for pc, -1 when there is none. */
  value(off: number, f: PclnFunc, pc: number): number {
    return off === 0 ? -1 : pcValueAt(this.bytes, this.pctab + off, pc - f.entry);
  }

  /** File and line of pc, innermost inlined call included; file "" when unknown. */
  line(f: PclnFunc, pc: number): { file: string; line: number } {
    const v = this.view;
    const fileNo = this.value(v.getUint32(f.record + FuncField.Pcfile, true), f, pc);
    const line = this.value(v.getUint32(f.record + FuncField.Pcln, true), f, pc);
    return { file: this.file(f, fileNo), line };
  }

  /** The name of a function's file number; "" when it has none. */
  file(f: PclnFunc, fileNo: number): string {
    if (fileNo < 0) return "";
    const cu = this.view.getUint32(f.record + FuncField.CuOffset, true);
    const off = this.view.getUint32(this.cutab + 4 * (cu + fileNo), true);
    return off === 0xffffffff ? "" : this.string(this.filetab + off);
  }

  /** Offset in pctab of pcdata table `table`; 0 when the function has none. */
  pcdata(f: PclnFunc, table: number): number {
    if (table >= this.view.getUint32(f.record + FuncField.Npcdata, true)) return 0;
    return this.view.getUint32(f.record + funcRecordSize + 4 * table, true);
  }

  /** Offset of funcdata `i` from the start of go:func.*, or -1. */
  funcdata(f: PclnFunc, i: number): number {
    if (i >= this.bytes[f.record + FuncField.Nfuncdata]!) return -1;
    const npcdata = this.view.getUint32(f.record + FuncField.Npcdata, true);
    const off = this.view.getUint32(f.record + funcRecordSize + 4 * (npcdata + i), true);
    return off === 0xffffffff ? -1 : off;
  }

  /** An iterator over a pc table; undefined when its offset is 0. */
  table(off: number): PcValueIterator | undefined {
    return off === 0 ? undefined : new PcValueIterator(this.bytes, this.pctab + off);
  }
}
