/**
 * Where the linker gets a package's symbols from. A goobj file is one such source (GoobjReader has this shape); what
 * compiles functions when they are asked for can be another, as long as it hands out goobj's records.
 *
 * Symbols are numbered through five lists: package symbols, short and long content-addressable ones, non-package
 * definitions (together ndef), references to names. Records are read at offsets into `bytes`, which `view` shows too;
 * their layout is goobj's. The list of symbols is fixed when the link begins; the contents of a symbol are first asked
 * for when it was found reachable. `bytes` lies in the arena of the link.
 */
export interface SymbolSource {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** ObjFlag bits. */
  readonly flags: number;
  readonly nsymdef: number;
  readonly nhashed64def: number;
  readonly nhasheddef: number;
  readonly nnonpkgdef: number;
  readonly nnonpkgref: number;
  readonly ndef: number;
  readonly nsym: number;
  readonly npkg: number;
  readonly nfile: number;
  readonly nrefFlags: number;
  readonly nautolib: number;
  readonly fingerprint: Uint8Array;
  /** Offset of the record of symbol 0; all five lists follow each other. */
  readonly symOff: number;
  /** Offsets of the content hashes of the second and third list. */
  readonly hash64Off: number;
  readonly hashOff: number;
  /** Offsets of the indices of records by symbol, of the first records, and of the contents; how many contents. */
  readonly relocIdxOff: number;
  readonly auxIdxOff: number;
  readonly dataIdxOff: number;
  readonly relocOff: number;
  readonly auxOff: number;
  readonly dataOff: number;
  readonly dataLength: number;
  autolibPath(i: number): string;
  autolibFingerprint(i: number): Uint8Array;
  pkgPath(i: number): string;
  fileName(i: number): string;
  refFlagsOff(i: number): number;
  symName(i: number): string;
  /** The name's place in `bytes`. */
  symNameOff(i: number): number;
  symNameLen(i: number): number;
  symABI(i: number): number;
  symKind(i: number): number;
  symFlag(i: number): number;
  symFlag2(i: number): number;
  symSize(i: number): number;
  symAlign(i: number): number;
  relocStart(i: number): number;
  relocEnd(i: number): number;
  auxStart(i: number): number;
  auxEnd(i: number): number;
  dataStart(i: number): number;
  dataEnd(i: number): number;
  data(i: number): Uint8Array;
}

/** A package of the link. */
export class Library {
  fingerprint: Uint8Array;
  main = false;
  readonly imports: Library[] = [];
  readonly units: CompilationUnit[] = [];

  constructor(
    /** Who asked for it first, for messages. */
    readonly srcref: string,
    readonly objref: string,
    readonly file: string,
    readonly pkg: string,
    fingerprint: Uint8Array,
  ) {
    this.fingerprint = fingerprint;
  }
}

/** One object of a package: a unit of DWARF and of the file tables. */
export class CompilationUnit {
  /** Names of its files, by the index that FuncInfo uses. */
  files: string[] = [];
  /** Its functions in the order of the text section. */
  readonly textp: number[] = [];

  constructor(readonly lib: Library) {}
}
