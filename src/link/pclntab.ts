// The table from pc to function, file, line, frame and liveness that tracebacks and the collector read
// (cmd/link/internal/ld/pcln.go; runtime/symtab.go). Sizes are settled here; bytes are written with the output.

import { encodeUtf8 } from "#base";
import { pcHeaderSize, pclntabMagic, RelocType, relocSize } from "#formats";
import { fatal } from "./errors.ts";
import { roundUp } from "./image.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, type Generator, type Loader, Version } from "./loader.ts";

/** The symbols of the table's parts, and facts that moduledata wants. */
export interface PclntabSymbols {
  readonly firstFunc: number;
  readonly lastFunc: number;
  readonly nfunc: number;
  readonly pcheader: number;
  readonly funcnametab: number;
  readonly cutab: number;
  readonly filetab: number;
  readonly pctab: number;
  readonly functab: number;
  readonly findfunctab: number;
}

/** Makes the table's symbols for all of textp. */
export function makePclntab(ctxt: Link): PclntabSymbols {
  return new Builder(ctxt).build();
}

/** Bytes of a function's row in kernel/pclntab.ts. */
const rowSize = 64;

class Builder {
  private readonly ldr: Loader;
  private readonly funcs: readonly number[];
  private readonly carrier: number;
  private nfiles = 0;
  /** First entry in cutab of each unit, in the arena. */
  private cuOffsets = 0;
  private naux = 0;
  /** Objects of the units that have functions. */
  private readonly units: Int32Array;
  private readonly headerParts: number[] = [];

  constructor(private readonly ctxt: Link) {
    const ldr = ctxt.loader;
    const { arena } = ldr;
    this.ldr = ldr;
    this.funcs = ctxt.textp;
    this.setHooks();
    const n = this.funcs.length;
    const list = arena.list(this.funcs);
    this.naux = arena.call.countAux(list, n);
    const nobjects = ldr.objects.length;
    const unitList = arena.alloc(nobjects * 4);
    arena.set("funcs", arena.alloc(n * rowSize));
    arena.set("nfuncs", n);
    arena.set("unitIndex", arena.alloc(nobjects * 4));
    arena.set("unitList", unitList);
    const nunits = arena.call.gatherFunctions(list, arena.alloc((this.naux + 4 * n) * 4));
    this.units = new Int32Array(arena.buffer, unitList, nunits);
    const c = ldr.lookupOrCreate("runtime.pclntab", Version.ABI0);
    ldr.update(c);
    ldr.kind[c] = Kind.SPCLNTAB;
    ldr.attr[c]! |= Attr.Reachable;
    ldr.setAlign(c, 8);
    this.carrier = c;
  }

  private setHooks(): void {
    const { ldr, ctxt } = this;
    const { hooks, bytes } = ldr.arena;
    hooks.badFuncInfo = (s) => fatal(`${ldr.name(s)}: malformed FuncInfo`);
    hooks.badFile = (o, i) => fatal(`${ldr.objects[o]!.lib.pkg}: malformed object: file index ${i} out of range`);
    hooks.missingFuncInfo = (s) => fatal(`inlined function ${ldr.name(s)} missing func info`);
    hooks.emptyFuncdata = (s) => ldr.error(s, "zero size funcdata");
    hooks.badFuncdataReloc = (s, type) => ldr.error(s, `unsupported reloc ${type} for funcdata symbol`);
    hooks.otherName = (s, to) => {
      const b = encodeUtf8(ldr.name(s));
      if (to !== 0) bytes.set(b, to);
      return b.length;
    };
    const deferreturn = ldr.lookup("runtime.deferreturn", Version.ABIInternal);
    hooks.otherDeferreturn = (s) => deferReturnOffset(ldr, s, deferreturn);
    hooks.funcHole = (bucket, delta) =>
      ctxt.reporter.error(
        delta < 0 ? "hole in findfunctab" : `too many functions in a findfunc bucket! ${bucket}: ${delta}`,
      );
  }

  build(): PclntabSymbols {
    const pcheader = this.header();
    const funcnametab = this.names();
    const [cutab, filetab] = this.files();
    const pctab = this.pctab();
    const { arena } = this.ldr;
    arena.call.makeTrees(arena.alloc(arena.call.treesSize()));
    const functab = this.functab();
    this.funcdata();
    const findfunctab = this.findfunctab();
    const h = this.headerParts;
    h.push(funcnametab, cutab, filetab, pctab, functab);
    return {
      firstFunc: this.funcs[0]!,
      lastFunc: this.funcs[this.funcs.length - 1]!,
      nfunc: this.funcs.length,
      pcheader,
      funcnametab,
      cutab,
      filetab,
      pctab,
      functab,
      findfunctab,
    };
  }

  private part(name: string, size: number, align: number, generate: Generator): number {
    const { ldr } = this;
    const s = ldr.createGenerated(name, Kind.SPCLNTAB, roundUp(size, 8), generate);
    ldr.setAlign(s, align);
    ldr.attr[s]! |= Attr.Reachable | Attr.NotInSymbolTable;
    ldr.outer[s] = this.carrier;
    if (align > ldr.symAlign(this.carrier)) ldr.setAlign(this.carrier, align);
    return s;
  }

  private header(): number {
    const { ldr } = this;
    const s = this.part("runtime.pcheader", pcHeaderSize, 8, (_, v) => {
      v.setUint32(0, pclntabMagic, true);
      v.setUint8(6, 1);
      v.setUint8(7, 8);
      v.setUint32(8, this.funcs.length, true);
      v.setUint32(16, this.nfiles, true);
      this.headerParts.forEach((p, i) => {
        v.setUint32(32 + 8 * i, ldr.value[p]! - ldr.value[s]!, true);
      });
    });
    return s;
  }

  private names(): number {
    const { arena, n } = this.ldr;
    arena.set("nameOffsets", arena.alloc(n * 4));
    arena.set("nameList", arena.alloc(n * 4));
    const size = arena.call.placeNames();
    return this.part("runtime.funcnametab", size, 1, (out) => arena.call.writeNames(out.byteOffset));
  }

  private files(): [number, number] {
    const { ldr, units } = this;
    const { arena } = ldr;
    const marks = arena.int32(ldr.objects.length);
    const counts = arena.int32(ldr.objects.length);
    let nfile = 0;
    for (let i = 0; i < units.length; i++) {
      const o = units[i]!;
      const n = ldr.objects[o]!.unit.files.length;
      counts[o] = n;
      marks[o] = arena.alloc(n, 1);
      nfile += n;
    }
    arena.set("fileMarks", marks.byteOffset);
    arena.set("fileCounts", counts.byteOffset);
    const list = arena.alloc(nfile * 8);
    arena.set("fileList", list);
    const n = arena.call.listFiles();
    const pairs = new Int32Array(arena.buffer, list, 2 * n);

    const offsets = new Map<string, number>();
    const names: Uint8Array[] = [];
    // Number of file entries each object needs.
    const entries = new Uint32Array(ldr.objects.length);
    let size = 0;
    for (let k = 0; k < pairs.length; k += 2) {
      const o = pairs[k]!;
      const i = pairs[k + 1]!;
      const file = ldr.objects[o]!.unit.files[i]!;
      if (!offsets.has(file)) {
        const b = encodeUtf8(this.ctxt.expandGoroot(file));
        offsets.set(file, size);
        names.push(b);
        size += b.length + 1;
      }
      if (entries[o]! < i + 1) entries[o] = i + 1;
    }
    let total = 0;
    const cuOffsets = arena.int32(units.length);
    for (let i = 0; i < units.length; i++) {
      cuOffsets[i] = total;
      total += entries[units[i]!]!;
    }
    this.cuOffsets = cuOffsets.byteOffset;
    const cutab = this.part("runtime.cutab", total * 4, 4, (_, v) => {
      let p = 0;
      for (let i = 0; i < units.length; i++) {
        const o = units[i]!;
        const { files } = ldr.objects[o]!.unit;
        for (let j = 0; j < entries[o]!; j++, p += 4) v.setUint32(p, offsets.get(files[j]!) ?? 0xffffffff, true);
      }
    });
    this.nfiles = offsets.size;
    const filetab = this.part("runtime.filetab", size, 1, (out) => {
      let p = 0;
      for (const b of names) {
        out.set(b, p);
        p += b.length + 1;
      }
    });
    return [cutab, filetab];
  }

  private pctab(): number {
    const { arena, n } = this.ldr;
    const list = arena.alloc((this.naux + 1) * 4);
    arena.set("placed", arena.alloc(n, 1));
    arena.set("placeList", list);
    const size = arena.call.placeTables();
    const count = arena.get("nplaced");
    return this.part("runtime.pctab", size, 1, (out) => arena.call.writeTables(list, count, out.byteOffset));
  }

  private functab(): number {
    const { arena } = this.ldr;
    return this.part("runtime.functab", arena.call.placeRecords(), 4, (out) => {
      const { ldr } = this;
      const text = ldr.value[ldr.lookup("runtime.text", Version.ABI0)]!;
      const deferreturn = ldr.lookup("runtime.deferreturn", Version.ABIInternal);
      arena.call.writeFunctab(out.byteOffset, text, deferreturn, this.cuOffsets);
    });
  }

  private funcdata(): void {
    const { ldr } = this;
    const { arena } = ldr;
    const room = this.naux + this.funcs.length;
    const list = arena.alloc(room * 8);
    arena.set("placeList", list);
    arena.set("alignList", arena.alloc(room, 1));
    const size = arena.call.placeFuncdata();
    const count = arena.get("nplaced");
    const s = this.part("go:func.*", size, arena.get("funcdataAlign"), (out) =>
      arena.call.writeFuncdata(list, count, out.byteOffset),
    );
    ldr.attr[s]! &= ~Attr.NotInSymbolTable;
  }

  private findfunctab(): number {
    const { ldr, funcs } = this;
    const { arena } = ldr;
    const min = ldr.value[funcs[0]!]!;
    const last = funcs[funcs.length - 1]!;
    const max = ldr.value[last]! + ldr.size[last]!;
    // A byte for each 256 bytes of code, and a word for each 4096.
    const n = Math.ceil((max - min) / 256);
    const size = 4 * Math.ceil((max - min) / 4096) + n;
    const s = ldr.createGenerated("runtime.findfunctab", Kind.SPCLNTAB, size, (out) => {
      // Addresses are final only now.
      const start = ldr.value[funcs[0]!]!;
      const index = arena.alloc(n * 4);
      arena.call.writeFindfunctab(out.byteOffset, index, n, start, start + max - min);
    });
    ldr.setAlign(s, 4);
    ldr.attr[s]! |= Attr.Reachable | Attr.Local;
    return s;
  }
}

/** Offset of the first direct call of deferreturn in a function that the linker changed. */
function deferReturnOffset(ldr: Loader, s: number, deferreturn: number): number {
  ldr.openRelocs(s);
  const v = ldr.rView;
  const o = ldr.rObject;
  for (let p = ldr.rPos, end = ldr.rEnd; p < end; p += relocSize) {
    if ((v.getUint16(p + 5, true) & 0x7fff) !== RelocType.R_CALL) continue;
    if (ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true)) === deferreturn) {
      return v.getInt32(p, true) - 1;
    }
  }
  return 0;
}
