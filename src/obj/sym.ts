import type { As, Reg } from "#arch";
import { RelocType, SymKind } from "#formats";
import type { FuncDebug } from "./debuginfo.ts";
import type { Addr, Prog } from "./prog.ts";

/** Calling conventions. Data has ABI0. */
export const enum ABI {
  ABI0 = 0,
  ABIInternal = 1,
}

/** Bits of LSym.attr (cmd/internal/obj/link.go Attribute). */
export const enum Attr {
  DuplicateOK = 1 << 0,
  CFunc = 1 << 1,
  NoSplit = 1 << 2,
  Leaf = 1 << 3,
  Wrapper = 1 << 4,
  NeedCtxt = 1 << 5,
  NoFrame = 1 << 6,
  OnList = 1 << 7,
  /** Not visible outside its object: its ABI in the file is 0xFFFF. */
  Static = 1 << 8,
  MakeTypelink = 1 << 9,
  ReflectMethod = 1 << 10,
  Local = 1 << 11,
  WasInlined = 1 << 12,
  Indexed = 1 << 13,
  UsedInIface = 1 << 14,
  ContentAddressable = 1 << 15,
  ABIWrapper = 1 << 16,
  Pcdata = 1 << 17,
  PkgInit = 1 << 18,
  Linkname = 1 << 19,
}

/** Flags of a TEXT or GLOBL line, as textflag.h has them. */
export const enum TextFlag {
  NOPROF = 1,
  DUPOK = 2,
  NOSPLIT = 4,
  RODATA = 8,
  NOPTR = 16,
  WRAPPER = 32,
  NEEDCTXT = 64,
  LOCAL = 128,
  TLSBSS = 256,
  NOFRAME = 512,
  REFLECTMETHOD = 1024,
  TOPFRAME = 2048,
  ABIWRAPPER = 4096,
  PKGINIT = 8192,
}

/** A place in a symbol's bytes for the linker to fill in. */
export class Reloc {
  constructor(
    public off: number,
    public size: number,
    /** RelocType, with the weak bit where it applies. */
    public type: number,
    /** A safe integer. */
    public add: number,
    public sym: LSym | null,
  ) {}
}

const noBytes = new Uint8Array(0);

/** A symbol of the object being made, defined or referenced (cmd/internal/obj.LSym). Made by Ctxt's look-ups only. */
export class LSym {
  readonly name: string;
  kind: SymKind = SymKind.Sxxx;
  abi: ABI;
  attr = 0;
  /** Size in bytes; may exceed data's length (the rest is zero). */
  size = 0;
  /** Contents: the first dataLen bytes of it. */
  data: Uint8Array = noBytes;
  dataLen = 0;
  relocs: Reloc[] = [];
  gotype: LSym | null = null;
  func: FuncInfo | null = null;
  /** DWARF entry of a global variable. */
  varInfo: LSym | null = null;
  /** Import path of the defining package; "" for none (non-package symbol), "_" for a linkname'd one. */
  pkg = "";
  pkgIdx = 0;
  symIdx = 0;
  /** Alignment in the file; 0 leaves it to the linker. */
  align = 0;

  constructor(name: string, abi: ABI) {
    this.name = name;
    this.abi = abi;
  }

  has(attr: Attr): boolean {
    return (this.attr & attr) !== 0;
  }

  set(attr: Attr, on: boolean): void {
    if (on) this.attr |= attr;
    else this.attr &= ~attr;
  }

  /** Makes the contents at least n bytes long, zero-filled. */
  grow(n: number): void {
    if (n > this.data.length) {
      const bigger = new Uint8Array(Math.max(n, this.data.length * 2, 16));
      bigger.set(this.data.subarray(0, this.dataLen));
      this.data = bigger;
    }
    if (n > this.dataLen) this.dataLen = n;
  }

  /** The contents written so far. */
  bytes(): Uint8Array {
    return this.data.subarray(0, this.dataLen);
  }

  private prepare(off: number, size: number): void {
    if (off + size > this.size) this.size = off + size;
    this.grow(off + size);
  }

  /** Writes the low `width` bytes (1, 2, 4) of v at off. */
  writeInt(off: number, width: number, v: number): void {
    const end = off + width;
    if (end > this.size) this.size = end;
    if (end > this.dataLen) this.grow(end);
    const d = this.data;
    d[off] = v;
    for (let i = 1; i < width; i++) d[off + i] = v >> (8 * i);
  }

  /** Writes a 64-bit integer from its halves. */
  writeInt64(off: number, lo: number, hi: number): void {
    this.writeInt(off, 4, lo);
    this.writeInt(off + 4, 4, hi);
  }

  writeBytes(off: number, b: Uint8Array): void {
    this.prepare(off, b.length);
    this.data.set(b, off);
  }

  /** Reserves width bytes at off for the address of sym plus add; type is R_ADDR unless said otherwise. */
  writeAddr(off: number, width: number, sym: LSym | null, add: number, type: number = RelocType.R_ADDR): void {
    this.prepare(off, width);
    this.relocs.push(new Reloc(off, width, type, add, sym));
  }

  addReloc(off: number, size: number, type: number, add: number, sym: LSym | null): void {
    this.relocs.push(new Reloc(off, size, type, add, sym));
  }
}

/** A register argument that morestack must find in memory: addr is its slot, spill and unspill the moves. */
export interface RegSpill {
  readonly addr: Addr;
  readonly reg: Reg;
  readonly spill: As;
  readonly unspill: As;
}

/** A call inlined into the package's functions: a node of the global inlining tree. */
export interface InlinedCall {
  /** Index of the call this one is nested in, or -1. */
  readonly parent: number;
  /** Position of the call. */
  readonly pos: number;
  /** The inlined function. */
  readonly func: LSym;
  readonly name: string;
}

/** A jump table: entry i of sym becomes the address of targets[i]. */
export interface JumpTable {
  readonly sym: LSym;
  readonly targets: readonly Prog[];
}

/** Where the pieces of a function's tables end up (cmd/internal/obj.Pcln). */
export class Pcln {
  pcsp: LSym | null = null;
  pcfile: LSym | null = null;
  pcline: LSym | null = null;
  pcinline: LSym | null = null;
  pcdata: LSym[] = [];
  funcdata: (LSym | null)[] = [];
  /** File indices (of the object's file table) in the order they were first met. */
  usedFiles: number[] = [];
  /** This function's own inlining tree: nodes of the global one (file is a file index), with the call's pc in the parent. */
  inlTree: { parent: number; file: number; line: number; func: LSym; name: string; parentPC: number }[] = [];
}

/** What only functions have (cmd/internal/obj.FuncInfo). */
export class FuncInfo {
  /** The list of Progs, beginning with TEXT; dropped once assembled. */
  text: Prog | null = null;
  args = 0;
  locals = 0;
  align = 0;
  funcID = 0;
  funcFlag = 0;
  startLine = 0;
  readonly pcln = new Pcln();
  spills: RegSpill[] = [];
  jumpTables: JumpTable[] = [];
  /** For each inlined body (index in the global tree), an instruction in the caller to stand for the call. */
  inlMarks: { prog: Prog; id: number }[] = [];
  /** Stack map and other funcdata symbols live in FUNCDATA Progs; DWARF pieces here. */
  dwarfInfo: LSym | null = null;
  dwarfLoc: LSym | null = null;
  dwarfRanges: LSym | null = null;
  dwarfLines: LSym | null = null;
  /** Its variables, for debuggers; dropped once assembled. */
  debug: FuncDebug | null = null;
  funcInfoSym: LSym | null = null;

  /** Drops all Progs of an assembled function: each that is kept keeps those behind it. */
  forgetText(): void {
    this.text = null;
    this.inlMarks = [];
    this.jumpTables = [];
    this.spills = [];
  }
}
