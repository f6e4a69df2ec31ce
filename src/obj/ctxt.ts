import type { Pos, PosTable, SourceFile } from "#base";
import { SymKind } from "#formats";
import type { AbstractFunction } from "./dwarfvars.ts";
import { absFile } from "./filename.ts";
import { ABI, Attr, type InlinedCall, LSym } from "./sym.ts";

/** What asm and compile set by command-line flags (cmd/internal/obj.Link has the rest of them). */
export interface CtxtOptions {
  /** Import path of the package being built (-p); "" if unknown. */
  readonly pkgpath: string;
  readonly positions: PosTable;
  /** The source is assembly text: no jump padding, and symbols are non-package ones. */
  readonly isAsm: boolean;
  /** Prefix rewriting of file names (-trimpath), "" for none. */
  readonly trimpath?: string;
  /** The package belongs to the standard library (-std). */
  readonly std?: boolean;
  readonly shared?: boolean;
  readonly dynlink?: boolean;
  readonly linkshared?: boolean;
  /** -spectre=ret. */
  readonly retpoline?: boolean;
  /** -d=maymorestack=f. */
  readonly mayMoreStack?: string;
  /** -d=pctab=…: the pc-value table (pctospadj, pctofile, pctoline, pctoinline, pctopcdata) that goes to `log` as it is made. */
  readonly pctab?: string;
  /** -v: what Go's assembler tells of, to `log`. */
  readonly verbose?: boolean;
  /** The toolchain's root: files below it are named $GOROOT/… */
  readonly goroot?: string;
  /** Working directory, for absolute file names in tables. */
  readonly pathname?: string;
}

/**
 * The state of one object being made: its symbols, positions, inlining tree, errors. Symbols are identity-compared: one
 * LSym for each (name, ABI).
 */
export class Ctxt {
  readonly pkgpath: string;
  readonly positions: PosTable;
  readonly isAsm: boolean;
  readonly std: boolean;
  readonly shared: boolean;
  readonly dynlink: boolean;
  readonly linkshared: boolean;
  readonly retpoline: boolean;
  readonly mayMoreStack: string;
  readonly pctab: string;
  readonly verbose: boolean;
  readonly trimpath: string;
  readonly pathname: string;
  readonly goroot: string;
  /** Functions defined, in order. */
  readonly text: LSym[] = [];
  /** Data symbols defined, in order. */
  readonly data: LSym[] = [];
  /** Constants made late ($f64.…): sorted by name and appended to data when the object is written. */
  readonly constSyms: LSym[] = [];
  /** All inlined calls of the package. */
  readonly inlTree: InlinedCall[] = [];
  /** Packages imported, with the fingerprint of their export data. */
  readonly imports: { path: string; fingerprint: Uint8Array }[] = [];
  fingerprint: Uint8Array = new Uint8Array(8);
  /** How many functions the package will have, roughly: it decides the width of DWARF's indices of them. */
  funcCount = 9999999;
  /** File names of the object's file table, absolute or as -trimpath rewrites them. */
  readonly files: string[] = [];
  /** Entries of types, by what the compiler calls a type. */
  readonly typeInfo = new Map<object, LSym>();
  /** Entries of functions that were inlined somewhere, by name. */
  readonly abstractFunctions = new Map<string, AbstractFunction>();
  /** Reports an error of the program being assembled. */
  diag: (pos: Pos, message: string) => void = () => {};
  errors = 0;
  /** Takes the output of pctab and verbose. */
  log: (text: string) => void = () => {};

  private readonly fileNumbers = new Map<string, number>();
  private lastPos: Pos = -1;
  private lastFile = 0;
  private lastLine = 0;
  /** The file of the last position, if it has no directives. */
  private plainFile: SourceFile | null = null;
  private readonly abi0 = new Map<string, LSym>();
  private readonly abiInternal = new Map<string, LSym>();
  private readonly statics = new Map<string, LSym>();

  constructor(o: CtxtOptions) {
    this.pkgpath = o.pkgpath;
    this.positions = o.positions;
    this.isAsm = o.isAsm;
    this.std = o.std ?? false;
    this.shared = o.shared ?? false;
    this.dynlink = o.dynlink ?? false;
    this.linkshared = o.linkshared ?? false;
    this.retpoline = o.retpoline ?? false;
    this.mayMoreStack = o.mayMoreStack ?? "";
    this.pctab = o.pctab ?? "";
    this.verbose = o.verbose ?? false;
    this.trimpath = o.trimpath ?? "";
    this.pathname = o.pathname ?? "";
    this.goroot = o.goroot ?? "";
  }

  private resolve(pos: Pos): void {
    if (pos === this.lastPos) return;
    this.lastPos = pos;
    if (this.plainFile !== null && this.sameOrNextLine(this.plainFile, pos)) return;
    const r = this.positions.resolve(pos);
    this.lastLine = r === undefined ? 0 : r.line;
    this.plainFile = r === undefined || r.file.hasDirectives ? null : r.file;
    // The compiler takes the names of //line directives as they are; the assembler makes them absolute.
    if (r !== undefined && r.origin !== r.file && !this.isAsm) this.lastFile = this.fileNumber(r.name, "");
    else this.lastFile = this.fileNumber(r === undefined ? "" : r.name, this.pathname);
  }

  /** Instructions follow each other: whether pos is in the same file, on the last line or soon after. Finds the line. */
  private sameOrNextLine(f: SourceFile, pos: Pos): boolean {
    const starts = f.lineStarts;
    const offset = pos - f.base;
    let line = this.lastLine;
    if (f.hasDirectives || offset > f.size || offset < starts[line - 1]!) return false;
    for (let n = 0; n < 16; n++, line++) {
      if (line === starts.length || offset < starts[line]!) {
        this.lastLine = line;
        return true;
      }
    }
    return false;
  }

  private fileNumber(name: string, dir: string): number {
    const key = dir === "" ? `//${name}` : name;
    let i = this.fileNumbers.get(key);
    if (i === undefined) {
      const abs = absFile(dir, name, this.trimpath, this.goroot);
      i = this.files.indexOf(abs);
      if (i < 0) {
        i = this.files.length;
        this.files.push(abs);
      }
      this.fileNumbers.set(key, i);
    }
    return i;
  }

  /** Index in the file table of the file that pos is shown to be in. Enters it if it is new. */
  fileIndex(pos: Pos): number {
    // The line need not be known.
    const f = this.plainFile;
    if (f !== null && !f.hasDirectives && pos >= f.base && pos - f.base <= f.size) return this.lastFile;
    this.resolve(pos);
    return this.lastFile;
  }

  /** The line that pos is shown to be on, 0 for no position. */
  lineOf(pos: Pos): number {
    this.resolve(pos);
    return this.lastLine;
  }

  /** Counts and reports an error. */
  error(pos: Pos, message: string): void {
    this.errors++;
    this.diag(pos, message);
  }

  /** The symbol of that name with ABI0: any data symbol, and functions as assembly text sees them. */
  lookup(name: string): LSym {
    let s = this.abi0.get(name);
    if (s === undefined) {
      s = new LSym(name, ABI.ABI0);
      this.abi0.set(name, s);
    }
    return s;
  }

  lookupABI(name: string, abi: ABI): LSym {
    if (abi === ABI.ABI0) return this.lookup(name);
    let s = this.abiInternal.get(name);
    if (s === undefined) {
      s = new LSym(name, abi);
      this.abiInternal.set(name, s);
    }
    return s;
  }

  /** The file-static symbol of that name (name<> in assembly text). */
  lookupStatic(name: string): LSym {
    let s = this.statics.get(name);
    if (s === undefined) {
      s = new LSym(name, ABI.ABI0);
      s.attr = Attr.Static;
      this.statics.set(name, s);
    }
    return s;
  }

  /** A constant in read-only memory, named by its bits: $f32.3f800000, $f64.3ff0000000000000, $i64.… */
  private constSym(name: string, lo: number, hi: number, width: 4 | 8): LSym {
    let s = this.abi0.get(name);
    if (s === undefined) {
      s = this.lookup(name);
      s.size = width;
      if (width === 4) s.writeInt(0, 4, lo);
      else s.writeInt64(0, lo, hi);
      s.kind = SymKind.SRODATA;
      s.attr |= Attr.Local | Attr.ContentAddressable;
      this.constSyms.push(s);
    }
    return s;
  }

  float32Sym(bits: number): LSym {
    return this.constSym(`$f32.${hex8(bits)}`, bits, 0, 4);
  }

  float64Sym(lo: number, hi: number): LSym {
    return this.constSym(`$f64.${hex8(hi)}${hex8(lo)}`, lo, hi, 8);
  }

  int32Sym(v: number): LSym {
    return this.constSym(`$i32.${hex8(v)}`, v, 0, 4);
  }

  int64Sym(lo: number, hi: number): LSym {
    return this.constSym(`$i64.${hex8(hi)}${hex8(lo)}`, lo, hi, 8);
  }
}

function hex8(v: number): string {
  return (v >>> 0).toString(16).padStart(8, "0");
}
