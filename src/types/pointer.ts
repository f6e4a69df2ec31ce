import { Pointer, type Type } from "./types.ts";

/** The type *t: one object for each t. */
export function pointerTo(t: Type): Pointer {
  t.pointer ??= new Pointer(t);
  return t.pointer;
}
