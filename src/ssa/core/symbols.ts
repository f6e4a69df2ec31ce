import type { LSym } from "#obj";
import type { Abi, FuncRef, Global, ItabRef, Local } from "./refs.ts";
import type { SType } from "./stype.ts";

/**
 * Where code generation gets its symbols from: the compile stage implements it over one obj context, and notes on the way
 * what the package has to define (types, itabs, strings, func values, wrappers).
 */
export interface Symbols {
  /** Text symbol of a function in the given ABI. */
  func(fn: FuncRef, abi: Abi): LSym;
  /** The read-only word that holds a function's entry: its static func value (F·f). */
  funcValue(fn: FuncRef): LSym;
  global(g: Global): LSym;
  /** Type descriptor. */
  type(t: SType): LSym;
  itab(itab: ItabRef): LSym;
  /** go:string."…", bytes as char codes 0..255. */
  string(bytes: string): LSym;
  /** Read-only float constant ($f64.…, $f32.…), bits as two 32-bit halves. */
  floatConst(size: 4 | 8, lo: number, hi: number): LSym;
  /** A symbol of the runtime or linker by name: "runtime.writeBarrier", "runtime.panicBounds". */
  runtime(name: string, abi: Abi): LSym;
  /** Symbol for a function's GC bitmaps, stack objects and the like: content-addressable read-only data. */
  funcData(prefix: string, bytes: Uint8Array): LSym;
  /** A fresh read-only symbol belonging to fn (jump tables, F.stkobj, …): name is appended to the function's. */
  derived(fn: FuncRef, suffix: string): LSym;
  /** What a listing calls a variable or temporary in a frame; null: nobody is going to read it. */
  frameName(local: Local): LSym | null;
}
