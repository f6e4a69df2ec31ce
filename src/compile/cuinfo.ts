import { encodeUtf8 } from "#base";
import { Attr, SymKind } from "#obj";
import type { Options } from "./options.ts";
import type { PackageSymbols } from "./symbols.ts";

/** Flags that debuggers want to know of, as gc tells them (cmd/compile/internal/dwarfgen: RecordFlags). */
const told = ["B", "N", "l", "shared"];

/** What the linker says of a package's code: how it was compiled, and the package's name. */
export function defineCompileInfo(symbols: PackageSymbols, options: Options, path: string, name: string): void {
  const { flags } = options;
  let text = "";
  for (const f of told) {
    const n = f === "l" ? flags.count(f) : flags.bool(f) ? 1 : 0;
    if (n > 0) text += n === 1 ? `-${f} ` : `-${f}=${n} `;
  }
  // Arguments are passed in registers.
  define(symbols, `go:cuinfo.producer.${path}`, `${text}regabi`);
  define(symbols, `go:cuinfo.packagename.${path}`, name);
}

function define(symbols: PackageSymbols, name: string, text: string): void {
  const s = symbols.ctxt.lookup(name);
  const bytes = encodeUtf8(text);
  s.writeBytes(0, bytes);
  symbols.define(s, SymKind.SDWARFCUINFO, bytes.length, Attr.DuplicateOK);
}
