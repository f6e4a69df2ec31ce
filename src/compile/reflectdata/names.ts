import { ByteWriter, encodeUtf8 } from "#base";
import { Attr, type LSym, RelocType, SymKind } from "#obj";
import { pathToPrefix } from "#formats";
import type { PackageSymbols } from "../symbols.ts";

// Names as reflection reads them (internal/abi.Name): a byte of flags, a length, the bytes; then the tag, and the package
// path of an unexported name from elsewhere.

const enum NameFlag {
  Exported = 1,
  HasTag = 2,
  HasPkgPath = 4,
  Embedded = 8,
}

function encodeName(name: string, tag: string, flags: number): Uint8Array {
  const w = new ByteWriter(16 + name.length);
  w.u8(flags | (tag === "" ? 0 : NameFlag.HasTag));
  const b = encodeUtf8(name);
  w.uvarint(b.length);
  w.bytes(b);
  if (tag !== "") {
    const t = encodeUtf8(tag);
    w.uvarint(t.length);
    w.bytes(t);
  }
  return w.toBytes();
}

/** The name symbols of one object. */
export class NameSymbols {
  private counter = 0;

  constructor(private readonly symbols: PackageSymbols) {}

  /** type:.importpath.PATH., the name that stands for a package. */
  importPath(path: string): LSym {
    const s = this.symbols.ctxt.lookup(`type:.importpath.${pathToPrefix(path)}.`);
    if (s.kind === SymKind.Sxxx) {
      s.writeBytes(0, encodeName(path, "", 0));
      this.symbols.define(s, SymKind.SRODATA, s.dataLen, Attr.DuplicateOK | Attr.ContentAddressable);
    }
    return s;
  }

  /** The name of a type, field or method; pkgPath for unexported names that do not belong to the type's own package. */
  name(name: string, tag: string, pkgPath: string | null, exported: boolean, embedded: boolean): LSym {
    let symbol: string;
    if (pkgPath !== null) symbol = `type:.namedata.${pathToPrefix(this.symbols.ctxt.pkgpath)}.${this.counter++}`;
    else if (name === "") symbol = `type:.namedata.-noname-${exported ? "" : "un"}exported.${tag}`;
    else symbol = `type:.namedata.${name}${exported ? "." : "-"}${tag}`;
    if (embedded) symbol += ".embedded";
    const s = this.symbols.ctxt.lookup(symbol);
    if (s.kind !== SymKind.Sxxx) return s;
    const flags =
      (exported ? NameFlag.Exported : 0) |
      (pkgPath !== null ? NameFlag.HasPkgPath : 0) |
      (embedded ? NameFlag.Embedded : 0);
    s.writeBytes(0, encodeName(name, tag, flags));
    if (pkgPath !== null) s.writeAddr(s.dataLen, 4, this.importPath(pkgPath), 0, RelocType.R_ADDROFF);
    this.symbols.define(s, SymKind.SRODATA, s.dataLen, Attr.DuplicateOK | Attr.ContentAddressable);
    return s;
  }
}
