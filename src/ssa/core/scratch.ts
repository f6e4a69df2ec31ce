/** The arrays that passes need for each function, by what they hold. */
export const enum Scratch {
  InRegister,
  Remat,
  RegsOf,
  UseHead,
  LiveStamp,
  LiveDist,
  PhiDist,
  Dist,
  UseCount,
  UseFill,
  State,
  /** What variables have where a block begins and ends, and what they get there: for debuggers. */
  RowStart,
  RowEnd,
  RowPhi,
  RowWritten,
  /** Which values have the same bits, and where these are. */
  SameBits,
  HolderRegs,
  HolderSlot,
  PlaceIndex,
  DefinedIn,
  PlaceStart,
  PlaceEnd,
  Count,
}

const arrays: Int32Array[] = [];

/**
 * An array of at least n elements, the first n of them `value`; the next call for the same purpose gives the same memory.
 * Functions are compiled one after the other, and there are tens of thousands of them, most of them small.
 */
export function scratch(what: Scratch, n: number, value: number): Int32Array {
  let a = arrays[what];
  if (a === undefined || a.length < n) {
    a = new Int32Array(Math.max(1024, n + (n >> 1)));
    arrays[what] = a;
  }
  a.fill(value, 0, n);
  return a;
}
