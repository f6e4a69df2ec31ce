import { Op, type Value } from "../core/index.ts";
import { AMD64 } from "../amd64/ops.ts";

const lengths = new WeakSet<Value>();

/**
 * Notes that a value is the length or capacity of a slice or string as it came from memory, a parameter or a call: never
 * negative, wherever it is known. (The length of a slice that the function itself makes is a value that may exist before
 * the check that it is not negative.)
 */
export function markLength(v: Value): void {
  lengths.add(v);
}

/** Whether v was noted and still is what it was. */
export function isLength(v: Value): boolean {
  switch (v.op) {
    case Op.Load:
    case Op.SelectN:
    case Op.Phi:
    case AMD64.ArgIntReg:
      return lengths.has(v);
  }
  return false;
}
