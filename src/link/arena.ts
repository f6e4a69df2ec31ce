// The memory of a link: one linear memory that holds input files, tables and output, and the functions of kernel/ on it.
//
// What a link does millions of times is written in kernel/ and compiled ahead of time: a linker lives for a second, too
// short for the engine to find out what is hot and compile it.

import { kernelModule } from "./gen/kernel.ts";
import { fatal } from "./errors.ts";

/** Bytes that zlibBestSpeed works in: see kernel/deflate.ts. */
export const deflateWork = 405504;

const pageSize = 65536;
/** Addresses are signed 32-bit integers. */
const maxPages = 32767;

/** Functions of kernel/, by name; addresses and symbols are numbers. */
export interface KernelFunctions {
  resolve(o: number, pkg: number, sym: number): number;
  relocTargetAt(s: number, off: number): number;
  sameBytes(a: number, b: number, n: number): number;
  nameFind(t: number, p: number, len: number): number;
  nameFindOrAdd(t: number, p: number, len: number, s: number): number;
  nameSet(t: number, p: number, len: number, s: number): void;
  rehash(from: number, to: number): void;
  packageSymbols(object: number, names0: number, names1: number): void;
  hashedSymbols(object: number, table: number, from: number, to: number, hashes: number, width: number): void;
  nonpkgSymbols(object: number, names0: number, names1: number, strictDups: number): void;
  mergeItabs(object: number, names0: number): void;
  references(object: number, names0: number, names1: number): void;
  cacheFields(): void;
  mark(s: number, parent: number): void;
  useInIface(s: number, parent: number): void;
  flood(): void;
  useIfaceMethod(type: number, name: number): void;
  reviveMethods(): void;
  countAux(list: number, n: number): number;
  gatherFunctions(list: number, lists: number): number;
  placeNames(): number;
  writeNames(out: number): void;
  listFiles(): number;
  placeTables(): number;
  writeTables(list: number, n: number, out: number): void;
  treesSize(): number;
  makeTrees(out: number): void;
  placeRecords(): number;
  placeFuncdata(): number;
  writeFuncdata(list: number, n: number, out: number): void;
  writeFunctab(out: number, textStart: number, deferreturn: number, cuOffsets: number): void;
  writeFindfunctab(out: number, index: number, n: number, min: number, max: number): void;
  functionSizes(list: number, n: number, out: number): void;
  importInfo(s: number): void;
  visitFunction(s: number, out: number): void;
  collectVariables(end: number): void;
  framesBound(list: number, n: number): number;
  writeFrames(list: number, n: number, out: number): number;
  objectText(object: number, kinds: number, out: number): number;
  groupSymbols(n: number, kinds: number, groups: number, types: number, typesRel: number): void;
  collectData(n: number, kinds: number, nkinds: number, out: number, kindsOut: number): number;
  sizeKeys(list: number, n: number, keys: number, zerobase: number): void;
  permute(list: number, n: number, keys: number, to: number): void;
  maxAlignment(list: number, n: number): number;
  placeData(
    list: number,
    n: number,
    section: number,
    base: number,
    start: number,
    force: number,
    kinds: number,
    nkinds: number,
  ): number;
  listSymbols(n: number, out: number): number;
  isLocalSymbol(s: number): number;
  putSymbols(list: number, locals: number, n: number, nfunc: number, wantLocal: number, names1: number): void;
  namesBound(list: number, n: number): number;
  listTypelinks(n: number, types: number, itabs: number): number;
  compareBytes(a: number, an: number, b: number, bn: number): number;
  writeSymbols(list: number, n: number, section: number, start: number, end: number, at: number, pad: number): number;
  applyOwn(s: number, from: number, end: number, at: number, n: number): number;
  zlibBound(n: number): number;
  zlibBestSpeed(src: number, n: number, to: number, area: number): number;
}

/** Global variables of kernel/ that TypeScript sets or reads. */
export type KernelGlobal =
  | "objects"
  | "objectOf"
  | "localOf"
  | "kind"
  | "flag"
  | "flag2"
  | "size"
  | "value"
  | "attr"
  | "align"
  | "sect"
  | "outer"
  | "auxObjectOf"
  | "auxLocalOf"
  | "funcs"
  | "nfuncs"
  | "unitIndex"
  | "unitList"
  | "nameOffsets"
  | "nameList"
  | "nnames"
  | "fileMarks"
  | "fileCounts"
  | "fileList"
  | "placed"
  | "placeList"
  | "nplaced"
  | "alignList"
  | "funcdataAlign"
  | "typeSeen"
  | "infoSeen"
  | "infoLimit"
  | "variableKinds"
  | "absList"
  | "nabs"
  | "builtins"
  | "nbuiltins"
  | "count"
  | "namedItabs"
  | "kindOfObjectKind"
  | "queue"
  | "queued"
  | "dumping"
  | "noDwarf"
  | "methods"
  | "nmethods"
  | "nameIds"
  | "namedMethods"
  | "ifaceMethods"
  | "ifaceMask"
  | "elfIndex"
  | "strings"
  | "stringsStart"
  | "records"
  | "nitabs"
  | "sectionBase"
  | "addrSlots"
  | "unreachableMethod";

type Hook = (a: number, b: number, c: number, d: number) => unknown;

/** What kernels call: each pass puts its own functions here. */
export interface Hooks {
  badReference: Hook;
  badName: Hook;
  badABI: Hook;
  badKind: Hook;
  growNames: Hook;
  mergeDefinition: Hook;
  linknameVariable: Hook;
  newReference: Hook;
  checkLinkname: Hook;
  dumpEdge: Hook;
  floodExternal: Hook;
  special: Hook;
  packageInit: Hook;
  badMethods: Hook;
  nameNumber: Hook;
  badFuncInfo: Hook;
  badFile: Hook;
  missingFuncInfo: Hook;
  emptyFuncdata: Hook;
  badFuncdataReloc: Hook;
  otherName: Hook;
  otherDeferreturn: Hook;
  funcHole: Hook;
  defineType: Hook;
  defineNamed: Hook;
  badInfo: Hook;
  variable: Hook;
  otherVariable: Hook;
  otherGroup: Hook;
  otherTopLevel: Hook;
  otherSymbol: Hook;
  missingSection: Hook;
  writeOther: Hook;
  phaseError: Hook;
  tooLarge: Hook;
}

const unset: Hook = () => fatal("internal error: kernel function called out of its pass");

let compiled: WebAssembly.Module | undefined;

function compileKernels(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(decodeBase64(kernelModule.join("")));
  return compiled;
}

function decodeBase64(text: string): Uint8Array {
  const value = new Uint8Array(128);
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (let i = 0; i < 64; i++) value[digits.charCodeAt(i)] = i;
  const pad = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const out = new Uint8Array((text.length / 4) * 3 - pad);
  for (let i = 0, p = 0; i < text.length; i += 4, p += 3) {
    const x =
      (value[text.charCodeAt(i)]! << 18) |
      (value[text.charCodeAt(i + 1)]! << 12) |
      (value[text.charCodeAt(i + 2)]! << 6) |
      value[text.charCodeAt(i + 3)]!;
    out[p] = x >> 16;
    out[p + 1] = x >> 8;
    out[p + 2] = x;
  }
  return out;
}

function reserve(expected: number, least: number): WebAssembly.Memory {
  for (let n = expected; ; n = Math.max(least, n / 2)) {
    const pages = Math.min(maxPages, Math.ceil(n / pageSize) + 16);
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: pages });
    } catch (e) {
      if (n <= least) fatal(`out of memory: ${e instanceof Error ? e.message : String(e)}`);
    }
  }
}

/** Memory that is handed out from the bottom up; the last piece can be given back. */
export class Arena {
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly call: KernelFunctions;
  readonly hooks: Hooks;
  private readonly globals: Record<string, WebAssembly.Global<number>>;
  /** Address 0 is no place. */
  private top = 1024;
  /** Up to here memory may have been used before. */
  private high = 1024;

  /**
   * expected: as many bytes as can be needed. What is not used costs nothing but addresses; where even those are scarce, it
   * makes do with less, down to `least`.
   */
  constructor(expected: number, least = expected) {
    const memory = reserve(expected, least);
    this.buffer = memory.buffer;
    this.bytes = new Uint8Array(this.buffer);
    this.view = new DataView(this.buffer);
    const hooks: Hooks = {
      badReference: unset,
      badName: unset,
      badABI: unset,
      badKind: unset,
      growNames: unset,
      mergeDefinition: unset,
      linknameVariable: unset,
      newReference: unset,
      checkLinkname: unset,
      dumpEdge: unset,
      floodExternal: unset,
      special: unset,
      packageInit: unset,
      badMethods: unset,
      nameNumber: unset,
      badFuncInfo: unset,
      badFile: unset,
      missingFuncInfo: unset,
      emptyFuncdata: unset,
      badFuncdataReloc: unset,
      otherName: unset,
      otherDeferreturn: unset,
      funcHole: unset,
      defineType: unset,
      defineNamed: unset,
      badInfo: unset,
      variable: unset,
      otherVariable: unset,
      otherGroup: unset,
      otherTopLevel: unset,
      otherSymbol: unset,
      missingSection: unset,
      writeOther: unset,
      phaseError: unset,
      tooLarge: unset,
    };
    this.hooks = hooks;
    const imports: Record<string, unknown> = { memory };
    for (const k of Object.keys(hooks) as (keyof Hooks)[]) {
      imports[k] = (a: number, b: number, c: number, d: number) => hooks[k](a, b, c, d);
    }
    const { exports } = new WebAssembly.Instance(compileKernels(), { js: imports });
    this.call = exports as unknown as KernelFunctions;
    this.globals = exports as Record<string, WebAssembly.Global<number>>;
  }

  /** The address of n new bytes, which are all zero. */
  alloc(n: number, align = 8): number {
    const at = Math.ceil(this.top / align) * align;
    const end = at + n;
    if (!(end <= this.buffer.byteLength)) fatal(`program too large: ${end} bytes of tables and files`);
    if (at < this.high) this.bytes.fill(0, at, Math.min(end, this.high));
    this.top = end;
    return at;
  }

  /** What there was before everything handed out since `mark` was called. */
  mark(): number {
    return this.top;
  }

  release(mark: number): void {
    this.high = Math.max(this.high, this.top);
    this.top = mark;
  }

  int32(n: number): Int32Array {
    return new Int32Array(this.buffer, this.alloc(n * 4, 4), n);
  }

  uint8(n: number): Uint8Array {
    return new Uint8Array(this.buffer, this.alloc(n, 1), n);
  }

  float64(n: number): Float64Array {
    return new Float64Array(this.buffer, this.alloc(n * 8), n);
  }

  /** A list of numbers in the arena. */
  list(values: readonly number[]): number {
    const at = this.alloc(values.length * 4, 4);
    const a = new Int32Array(this.buffer, at, values.length);
    for (let i = 0; i < values.length; i++) a[i] = values[i]!;
    return at;
  }

  set(name: KernelGlobal, value: number): void {
    this.globals[name]!.value = value;
  }

  get(name: KernelGlobal): number {
    return this.globals[name]!.value;
  }
}
