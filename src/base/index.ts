export { BitSet } from "./bitset.ts";
export { ByteReader, ByteWriter, bytesEqual, concatBytes } from "./bytes.ts";
export { type Diagnostic, Diagnostics, InternalError, type PosStyle } from "./diagnostics.ts";
export { type FlagDef, FlagError, type FlagKind, FlagValues, flagUsage, parseGoFlags } from "./goflag.ts";
export { GoRegexp, RegexpError } from "./goregexp.ts";
export { installSha256, sha256 } from "./hash.ts";
export { pdqsort } from "./pdqsort.ts";
export { NoPos, type Pos, PosTable, type ResolvedPos, type SourceFile } from "./position.ts";
export { decodeUtf8, encodeUtf8 } from "./text.ts";
