import { ABI, type LSym, RelocType, SymKind } from "#obj";
import type { PackageSymbols } from "./symbols.ts";

/**
 * Defines PKG..inittask: which functions initialise the package, in order, and after which packages (runtime/proc.go: doInit;
 * cmd/compile/internal/pkginit). Left out where there is nothing to do, except where somebody refers to it by name.
 */
export function defineInitTask(
  symbols: PackageSymbols,
  path: string,
  prefix: string,
  functions: readonly string[],
  imports: readonly string[],
): LSym | null {
  if (functions.length === 0 && imports.length === 0 && path !== "main" && path !== "runtime") return null;
  const s = symbols.ctxt.lookup(`${prefix}..inittask`);
  s.writeInt(0, 4, 0);
  s.writeInt(4, 4, functions.length);
  functions.forEach((f, i) => {
    s.writeAddr(8 + 8 * i, 8, symbols.ctxt.lookupABI(f, ABI.ABIInternal), 0);
  });
  for (const p of imports) s.addReloc(0, 0, RelocType.R_INITORDER, 0, symbols.ctxt.lookup(`${p}..inittask`));
  symbols.define(s, SymKind.SNOPTRDATA, 8 + 8 * functions.length, 0);
  return s;
}
