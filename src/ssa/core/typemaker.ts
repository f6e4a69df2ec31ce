import type { SType } from "./stype.ts";

/** The types that passes need besides those of the program; the maker of STypes implements it. Types are interned: equal means identical. */
export interface TypeMaker {
  readonly mem: SType;
  readonly flags: SType;
  readonly void: SType;
  readonly int128: SType;
  readonly bool: SType;
  readonly int: SType;
  readonly int8: SType;
  readonly int16: SType;
  readonly int32: SType;
  readonly int64: SType;
  readonly uint8: SType;
  readonly uint16: SType;
  readonly uint32: SType;
  readonly uint64: SType;
  readonly uintptr: SType;
  readonly float32: SType;
  readonly float64: SType;
  readonly string: SType;
  readonly unsafePtr: SType;
  pointerTo(t: SType): SType;
  sliceOf(elem: SType): SType;
  arrayOf(elem: SType, length: number): SType;
  /** struct { name type; … } with gc's layout, unexported names of the package being compiled. */
  structOf(fields: readonly { readonly name: string; readonly type: SType }[]): SType;
  tuple(members: readonly SType[]): SType;
}
