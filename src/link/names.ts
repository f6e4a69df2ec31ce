import { encodeUtf8 } from "#base";
import type { Arena } from "./arena.ts";

/** Columns of a table, and the fields before their addresses: see kernel/symbols.ts. */
const header = 8;
const columns = 4;

/**
 * A map from symbol names to symbols that keeps names where they are: in the bytes of their object files. Nothing is
 * decoded. The table lies in the arena, the functions on it are kernel/symbols.ts's.
 */
export class NameTable {
  readonly address: number;

  /** expected is how many names will come. */
  constructor(
    private readonly arena: Arena,
    expected: number,
  ) {
    this.address = newTable(arena, sizeFor(expected));
  }

  /** The symbol of this name, which lies in the arena; if there is none, sym becomes it and 0 is returned. */
  findOrAdd(at: number, len: number, sym: number): number {
    return this.arena.call.nameFindOrAdd(this.address, at, len, sym);
  }

  /** The symbol of a name, or 0. */
  findText(name: string): number {
    const { arena } = this;
    const mark = arena.mark();
    const b = encodeUtf8(name);
    const at = arena.alloc(b.length, 1);
    arena.bytes.set(b, at);
    const s = arena.call.nameFind(this.address, at, b.length);
    arena.release(mark);
    return s;
  }
}

function sizeFor(expected: number): number {
  let size = 1024;
  while (size < expected * 2) size *= 2;
  return size;
}

function newTable(arena: Arena, size: number): number {
  const t = arena.alloc(header + columns * 4);
  arena.view.setInt32(t, size - 1, true);
  arena.view.setInt32(t + 4, 0, true);
  for (let i = 0; i < columns; i++) arena.view.setInt32(t + header + 4 * i, arena.alloc(size * 4), true);
  return t;
}

/** Doubles a table in place: its address stays, its columns move. */
export function growTable(arena: Arena, table: number): void {
  const bigger = newTable(arena, (arena.view.getInt32(table, true) + 1) * 2);
  arena.call.rehash(table, bigger);
  arena.bytes.copyWithin(table, bigger, bigger + header + columns * 4);
}

/** A map from content hashes of 8 or 16 bytes to symbols; the hashes stay in their files too. Its address. */
export function hashTable(arena: Arena, expected: number): number {
  const size = sizeFor(expected);
  const t = arena.alloc(16);
  arena.view.setInt32(t, size - 1, true);
  arena.view.setInt32(t + 4, arena.alloc(size * 4), true);
  arena.view.setInt32(t + 8, arena.alloc(size * 4), true);
  return t;
}
