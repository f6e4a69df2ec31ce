import type { ByteWriter } from "#base";

/**
 * Walks a pc-value table (cmd/internal/obj/pcln.go, funcpctab): pairs of a zig-zag value delta and a pc delta, the value
 * beginning at -1, ended by a zero value delta. On amd64 the pc quantum is 1. After next() returns true, `value` holds
 * for pc in [pc, nextPC).
 */
export class PcValueIterator {
  bytes: Uint8Array;
  p: number;
  end: number;
  value = -1;
  pc = 0;
  nextPC = 0;
  done = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.p = start;
    this.end = end;
    this.done = start >= end;
  }

  /** Points the iterator at another table, so that hot loops need no new object. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.p = start;
    this.end = end;
    this.value = -1;
    this.pc = 0;
    this.nextPC = 0;
    this.done = start >= end;
  }

  private uvarint(): number {
    let v = 0;
    let shift = 0;
    while (this.p < this.end) {
      const b = this.bytes[this.p++]!;
      v |= (b & 127) << shift;
      if (b < 128) return v >>> 0;
      shift += 7;
    }
    this.done = true;
    return 0;
  }

  /** Moves to the next range; false at the end. */
  next(): boolean {
    if (this.done) return false;
    this.pc = this.nextPC;
    if (this.p >= this.end) {
      this.done = true;
      return false;
    }
    const u = this.uvarint();
    // Only the first pair may have a zero delta.
    if (u === 0 && this.nextPC !== 0) {
      this.done = true;
      return false;
    }
    this.value = (this.value + ((u >>> 1) ^ -(u & 1))) | 0;
    this.nextPC += this.uvarint();
    return !this.done;
  }
}

/** The value of a table at a pc offset; -1 when the table does not cover it. */
export function pcValueAt(bytes: Uint8Array, start: number, pc: number): number {
  const it = new PcValueIterator(bytes, start);
  while (it.next()) if (pc < it.nextPC) return it.value;
  return -1;
}

/** Writes a pc-value table one change at a time. */
export class PcValueWriter {
  private value = -1;
  private pc = 0;
  private started = false;

  constructor(private readonly w: ByteWriter) {}

  /** From pc on the value is v. Equal values are merged. */
  set(pc: number, v: number): void {
    if (this.started && v === this.value) return;
    if (this.started) {
      this.w.uvarint(pc - this.pc);
    }
    const d = (v - this.value) | 0;
    this.w.uvarint(((d << 1) ^ (d >> 31)) >>> 0);
    this.value = v;
    this.pc = pc;
    this.started = true;
  }

  /** Ends the table at the function's end. */
  finish(pc: number): void {
    if (!this.started) return;
    this.w.uvarint(pc - this.pc);
    this.w.u8(0);
  }
}
