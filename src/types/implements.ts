// Questions about interfaces for later stages, which have no checker and want no reasons.
import { missingMethod } from "./lookup.ts";
import { identical, isInterface } from "./predicates.ts";
import type { Type } from "./types.ts";

/** Whether values of type t have all methods of the interface type iface. */
export function implementsInterface(t: Type, iface: Type): boolean {
  return isInterface(iface) && missingMethod(null, t, iface, true, identical, null) === null;
}
