// The table from pc to function, file, line, frame and liveness that tracebacks and the collector read
// (cmd/link/internal/ld/pcln.go; runtime/symtab.go). Sizes are settled here; bytes are written with the output.

import {
  AuxType,
  auxSize,
  Funcdata,
  FuncField,
  funcRecordSize,
  inlTreeNodeSize,
  Pcdata,
  pcHeaderSize,
  pclntabMagic,
  RelocType,
  relocSize,
} from "#formats";
import { encodeUtf8 } from "#base";
import { u32At } from "./decodetype.ts";
import { fatal } from "./errors.ts";
import { roundUp } from "./image.ts";
import { Kind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, type Generator, type LinkObject, type Loader, Version } from "./loader.ts";
import type { CompilationUnit } from "./source.ts";

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

/** What a function's aux symbols say, gathered once. */
class FuncTables {
  /** Contents of FuncInfo; null for functions without (marker symbols). */
  info: Uint8Array | null = null;
  pcsp = 0;
  pcfile = 0;
  pcline = 0;
  pcinline = 0;
  readonly pcdata: number[] = [];
  readonly funcdata: number[] = [];
  nfile = 0;
  ninl = 0;
  /** Offset in info of the first inlining node. */
  inlOff = 0;
  object: LinkObject | null = null;

  constructor(ldr: Loader, s: number) {
    const o = ldr.auxRange(s);
    if (o === null) return;
    this.object = o;
    const { bytes, view } = o.source;
    for (let p = ldr.aPos, end = ldr.aEnd; p < end; p += auxSize) {
      const type = bytes[p]!;
      if (type >= AuxType.DwarfInfo && type <= AuxType.DwarfLines) continue;
      const pkg = view.getUint32(p + 1, true);
      const sym = view.getUint32(p + 5, true);
      switch (type) {
        case AuxType.FuncInfo: {
          const info = o.source.data(sym);
          this.info = info;
          this.nfile = u32At(info, 16);
          this.inlOff = 24 + 4 * this.nfile;
          this.ninl = u32At(info, this.inlOff - 4);
          if (this.inlOff + this.ninl * inlTreeNodeSize > info.length) fatal(`${ldr.name(s)}: malformed FuncInfo`);
          break;
        }
        case AuxType.Funcdata:
          this.funcdata.push(ldr.resolve(o, pkg, sym));
          break;
        case AuxType.Pcsp:
          this.pcsp = ldr.resolve(o, pkg, sym);
          break;
        case AuxType.Pcfile:
          this.pcfile = ldr.resolve(o, pkg, sym);
          break;
        case AuxType.Pcline:
          this.pcline = ldr.resolve(o, pkg, sym);
          break;
        case AuxType.Pcinline:
          this.pcinline = ldr.resolve(o, pkg, sym);
          break;
        case AuxType.Pcdata:
          this.pcdata.push(ldr.resolve(o, pkg, sym));
          break;
        default:
          break;
      }
    }
    if (this.info === null) return;
    if (this.ninl > 0) while (this.funcdata.length < Funcdata.InlTree + 1) this.funcdata.push(0);
  }

  /** The function inlined by node k. */
  inlFunc(ldr: Loader, k: number): number {
    const p = this.inlOff + k * inlTreeNodeSize;
    return ldr.resolve(this.object!, u32At(this.info!, p + 12), u32At(this.info!, p + 16));
  }

  get npcdata(): number {
    if (this.info === null) return 0;
    const n = this.pcdata.length;
    return this.ninl > 0 && n < Pcdata.InlTreeIndex + 1 ? Pcdata.InlTreeIndex + 1 : n;
  }

  get nfuncdata(): number {
    return this.info === null ? 0 : this.funcdata.length;
  }
}

/** Makes the table's symbols for all of textp. */
export function makePclntab(ctxt: Link): PclntabSymbols {
  return new Builder(ctxt).build();
}

class Builder {
  private readonly ldr: Loader;
  private readonly funcs: readonly number[];
  private readonly tables: FuncTables[];
  private readonly units: CompilationUnit[] = [];
  private readonly carrier: number;
  /** Where each name is in funcnametab, by symbol. */
  private readonly nameOffsets = new Map<number, number>();
  private nfiles = 0;
  private cuOffsets: number[] = [];
  private readonly inlSyms = new Map<number, number>();
  private startOffsets = new Uint32Array(0);

  constructor(private readonly ctxt: Link) {
    this.ldr = ctxt.loader;
    this.funcs = ctxt.textp;
    const seen = new Set<CompilationUnit>();
    for (const s of this.funcs) {
      const u = this.ldr.unit(s);
      if (u === undefined || seen.has(u)) continue;
      seen.add(u);
      u.pclnIndex = this.units.length;
      this.units.push(u);
    }
    this.tables = this.funcs.map((s) => new FuncTables(this.ldr, s));
    const c = this.ldr.lookupOrCreate("runtime.pclntab", Version.ABI0);
    this.ldr.update(c);
    this.ldr.kind[c] = Kind.SPCLNTAB;
    this.ldr.attr[c]! |= Attr.Reachable;
    this.ldr.setAlign(c, 8);
    this.carrier = c;
  }

  build(): PclntabSymbols {
    const pcheader = this.header();
    const funcnametab = this.names();
    const [cutab, filetab] = this.files();
    const pctab = this.pctab();
    this.inlTrees();
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

  private readonly headerParts: number[] = [];

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
    const { ldr, nameOffsets } = this;
    let size = 0;
    const list: number[] = [];
    const lengths: number[] = [];
    const add = (s: number): void => {
      if (nameOffsets.has(s)) return;
      nameOffsets.set(s, size);
      const n = nameLength(ldr, s);
      list.push(s);
      lengths.push(n);
      size += n + 1;
    };
    this.funcs.forEach((s, i) => {
      add(s);
      const t = this.tables[i]!;
      for (let k = 0; k < t.ninl; k++) add(t.inlFunc(ldr, k));
    });
    return this.part("runtime.funcnametab", size, 1, (out) => {
      let p = 0;
      for (let i = 0; i < list.length; i++) {
        writeName(ldr, list[i]!, out, p);
        p += lengths[i]! + 1;
      }
    });
  }

  private files(): [number, number] {
    const { units } = this;
    const offsets = new Map<string, number>();
    const names: Uint8Array[] = [];
    // Number of file entries each unit needs.
    const entries = new Uint32Array(units.length);
    let size = 0;
    const add = (u: CompilationUnit, i: number): void => {
      const file = u.files[i];
      if (file === undefined) fatal(`${u.lib.pkg}: malformed object: file index ${i} out of range`);
      if (!offsets.has(file)) {
        const b = encodeUtf8(this.ctxt.expandGoroot(file));
        offsets.set(file, size);
        names.push(b);
        size += b.length + 1;
      }
      if (entries[u.pclnIndex]! < i + 1) entries[u.pclnIndex] = i + 1;
    };
    // Most functions of a unit name the same files: remember what was added.
    let lastUnit: CompilationUnit | undefined;
    let done = new Uint8Array(0);
    this.funcs.forEach((s, f) => {
      const t = this.tables[f]!;
      if (t.info === null) return;
      const u = this.ldr.unit(s)!;
      if (u !== lastUnit) {
        lastUnit = u;
        done = new Uint8Array(u.files.length);
      }
      for (let i = 0; i < t.nfile; i++) {
        const x = u32At(t.info, 20 + 4 * i);
        if (done[x] === 1) continue;
        done[x] = 1;
        add(u, x);
      }
      for (let k = 0; k < t.ninl; k++) {
        const x = u32At(t.info, t.inlOff + k * inlTreeNodeSize + 4);
        if (done[x] === 1) continue;
        done[x] = 1;
        add(u, x);
      }
    });
    let total = 0;
    this.cuOffsets = [...entries].map((n) => {
      const at = total;
      total += n;
      return at;
    });
    const cutab = this.part("runtime.cutab", total * 4, 4, (_, v) => {
      let p = 0;
      units.forEach((u, i) => {
        for (let j = 0; j < entries[i]!; j++, p += 4) v.setUint32(p, offsets.get(u.files[j]!) ?? 0xffffffff, true);
      });
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
    const { ldr } = this;
    // Offset 0 means no table.
    let size = 1;
    const seen = new Uint8Array(ldr.n);
    const list: number[] = [];
    const save = (s: number): void => {
      if (seen[s] === 1) return;
      seen[s] = 1;
      const n = s === 0 ? 0 : ldr.size[s]!;
      ldr.value[s] = n === 0 ? 0 : size;
      size += n;
      if (n !== 0) list.push(s);
    };
    for (const t of this.tables) {
      if (t.info === null) continue;
      save(t.pcsp);
      save(t.pcfile);
      save(t.pcline);
      for (const d of t.pcdata) save(d);
      if (t.ninl > 0) save(t.pcinline);
    }
    return this.part("runtime.pctab", size, 1, (out) => {
      for (const s of list) {
        const o = ldr.objects[ldr.objectOf[s]!]!.source;
        const li = ldr.localOf[s]!;
        const end = o.dataEnd(li);
        // The tables are tiny: a loop beats a call for each.
        for (let p = o.dataStart(li), q = ldr.value[s]!; p < end; p++, q++) out[q] = o.bytes[p]!;
      }
    });
  }

  /** Makes the table of inlined calls of each function that has some: 16 bytes a call. */
  private inlTrees(): void {
    const { ldr } = this;
    const infoOf = new Map<number, Uint8Array | null>();
    this.funcs.forEach((s, f) => {
      const t = this.tables[f]!;
      if (t.ninl === 0) return;
      const data = new Uint8Array(16 * t.ninl);
      const v = new DataView(data.buffer);
      for (let k = 0; k < t.ninl; k++) {
        const callee = t.inlFunc(ldr, k);
        let info = infoOf.get(callee);
        if (info === undefined) {
          info = funcInfo(ldr, callee);
          infoOf.set(callee, info);
        }
        if (info === null) fatal(`inlined function ${ldr.name(callee)} missing func info`);
        const p = t.inlOff + k * inlTreeNodeSize;
        data[16 * k] = info[8]!;
        v.setUint32(16 * k + 4, this.nameOffsets.get(callee)!, true);
        v.setUint32(16 * k + 8, u32At(t.info!, p + 20), true);
        v.setUint32(16 * k + 12, u32At(info, 12), true);
      }
      const i = ldr.newExt("", Version.ABI0);
      ldr.setBytes(i, data);
      ldr.kind[i] = Kind.SPCLNTAB;
      ldr.attr[i]! |= Attr.Reachable;
      ldr.setAlign(i, 4);
      this.inlSyms.set(s, i);
      t.funcdata[Funcdata.InlTree] = i;
    });
  }

  private functab(): number {
    const n = this.funcs.length;
    this.startOffsets = new Uint32Array(n);
    let size = n * 8 + 4;
    for (let i = 0; i < n; i++) {
      size = roundUp(size, 8);
      this.startOffsets[i] = size;
      const t = this.tables[i]!;
      size += funcRecordSize + 4 * (t.npcdata + t.nfuncdata);
    }
    return this.part("runtime.functab", size, 4, (_, v) => this.writeFunctab(v));
  }

  private writeFunctab(v: DataView): void {
    const { ldr, funcs } = this;
    const textStart = ctxtTextStart(this.ctxt);
    const deferreturn = ldr.lookup("runtime.deferreturn", Version.ABIInternal);
    for (let i = 0; i < funcs.length; i++) {
      const s = funcs[i]!;
      const t = this.tables[i]!;
      const start = this.startOffsets[i]!;
      const entry = ldr.value[s]! - textStart;
      v.setUint32(8 * i, entry, true);
      v.setUint32(8 * i + 4, start, true);
      v.setUint32(start + FuncField.EntryOff, entry, true);
      v.setUint32(start + FuncField.NameOff, this.nameOffsets.get(s)!, true);
      v.setUint32(start + FuncField.Deferreturn, deferReturnOffset(ldr, s, deferreturn), true);
      const unit = ldr.unit(s);
      v.setUint32(start + FuncField.CuOffset, unit === undefined ? 0xffffffff : this.cuOffsets[unit.pclnIndex]!, true);
      const info = t.info;
      if (info === null) continue;
      v.setUint32(start + FuncField.Args, u32At(info, 0), true);
      v.setUint32(start + FuncField.Pcsp, ldr.value[t.pcsp]!, true);
      v.setUint32(start + FuncField.Pcfile, ldr.value[t.pcfile]!, true);
      v.setUint32(start + FuncField.Pcln, ldr.value[t.pcline]!, true);
      v.setUint32(start + FuncField.Npcdata, t.npcdata, true);
      v.setUint32(start + FuncField.StartLine, u32At(info, 12), true);
      v.setUint8(start + FuncField.FuncID, info[8]!);
      v.setUint8(start + FuncField.Flag, info[9]!);
      v.setUint8(start + FuncField.Nfuncdata, t.nfuncdata);
      let p = start + funcRecordSize;
      for (let k = 0; k < t.pcdata.length; k++) v.setUint32(p + 4 * k, ldr.value[t.pcdata[k]!]!, true);
      if (t.ninl > 0) v.setUint32(p + 4 * Pcdata.InlTreeIndex, ldr.value[t.pcinline]!, true);
      p += 4 * t.npcdata;
      for (let k = 0; k < t.funcdata.length; k++, p += 4) {
        const d = t.funcdata[k]!;
        v.setUint32(p, this.ignored(s, k, d) ? 0xffffffff : ldr.value[d]!, true);
      }
    }
    const last = funcs[funcs.length - 1]!;
    v.setUint32(8 * funcs.length, ldr.value[last]! - textStart + ldr.size[last]!, true);
  }

  /** Assembly functions refer to argument maps that nobody may have made. */
  private ignored(s: number, k: number, d: number): boolean {
    if (d === 0) return true;
    if (k !== Funcdata.ArgsPointerMaps && k !== Funcdata.ArgInfo) return false;
    return this.ldr.isFromAssembly(s) && this.ldr.data(d).length === 0;
  }

  private funcdata(): number {
    const { ldr } = this;
    const seen = new Uint8Array(ldr.n);
    const list: number[] = [];
    this.funcs.forEach((s, i) => {
      const t = this.tables[i]!;
      if (t.info === null) return;
      for (let k = 0; k < t.funcdata.length; k++) {
        const d = t.funcdata[k]!;
        if (d === 0 || seen[d] === 1 || this.ignored(s, k, d)) continue;
        seen[d] = 1;
        list.push(d);
      }
    });
    let maxAlign = 0;
    const aligns = new Map<number, number>();
    for (const d of list) {
      const a = this.ctxt.dataAlign(d);
      aligns.set(d, a);
      maxAlign = Math.max(maxAlign, a);
    }
    list.sort((a, b) => aligns.get(b)! - aligns.get(a)!);
    let size = 0;
    for (const d of list) {
      const n = ldr.size[d]!;
      if (n === 0) {
        ldr.error(d, "zero size funcdata");
        continue;
      }
      size = roundUp(size, aligns.get(d)!);
      ldr.value[d] = size;
      size += n;
      ldr.attr[d]! |= Attr.NotInSymbolTable | Attr.Special;
    }
    const s = this.part("go:func.*", size, maxAlign, (out, v) => {
      for (const d of list) {
        const at = ldr.value[d]!;
        out.set(ldr.data(d), at);
        this.resolveFuncdata(d, v, at);
      }
    });
    ldr.attr[s]! &= ~Attr.NotInSymbolTable;
    return s;
  }

  private resolveFuncdata(d: number, out: DataView, at: number): void {
    const { ldr } = this;
    ldr.openRelocs(d);
    const v = ldr.rView;
    const o = ldr.rObject;
    for (let p = ldr.rPos, end = ldr.rEnd; p < end; p += relocSize) {
      const type = v.getUint16(p + 5, true);
      if ((type & 0x7fff) !== RelocType.R_ADDROFF) {
        ldr.error(d, `unsupported reloc ${type} for funcdata symbol`);
        return;
      }
      const t = ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
      if ((type & RelocType.R_WEAK) !== 0 && !ldr.reachable(t)) return;
      const off = ldr.value[t]! - this.ctxt.sectionBase(t) + v.getInt32(p + 7, true);
      out.setInt32(at + v.getInt32(p, true), off, true);
    }
  }

  private findfunctab(): number {
    const { ldr, funcs } = this;
    const bucket = 4096;
    const sub = bucket / 16;
    const min = ldr.value[funcs[0]!]!;
    const last = funcs[funcs.length - 1]!;
    const max = ldr.value[last]! + ldr.size[last]!;
    const n = Math.ceil((max - min) / sub);
    const nbuckets = Math.ceil((max - min) / bucket);
    const s = ldr.createGenerated("runtime.findfunctab", Kind.SPCLNTAB, 4 * nbuckets + n, (out, v) => {
      const none = 0x7fffffff;
      const index = new Int32Array(n).fill(none);
      for (let i = 0; i < funcs.length; i++) {
        const from = ldr.value[funcs[i]!]!;
        const to = i + 1 < funcs.length ? ldr.value[funcs[i + 1]!]! : max;
        const lastSub = Math.floor((to - 1 - min) / sub);
        for (let k = Math.floor((from - min) / sub); k <= lastSub; k++) if (index[k]! > i) index[k] = i;
      }
      for (let b = 0; b < nbuckets; b++) {
        const base = index[b * 16]!;
        if (base === none) this.ctxt.reporter.error("hole in findfunctab");
        v.setUint32(b * 20, base, true);
        for (let j = 0; j < 16 && b * 16 + j < n; j++) {
          const x = index[b * 16 + j]!;
          if (x === none) this.ctxt.reporter.error("hole in findfunctab");
          if (x - base >= 256) {
            this.ctxt.reporter.error(`too many functions in a findfunc bucket! ${b}/${nbuckets} ${j} ${x - base}`);
          }
          out[b * 20 + 4 + j] = x - base;
        }
      }
    });
    ldr.setAlign(s, 4);
    ldr.attr[s]! |= Attr.Reachable | Attr.Local;
    return s;
  }
}

function ctxtTextStart(ctxt: Link): number {
  return ctxt.loader.value[ctxt.loader.lookup("runtime.text", Version.ABI0)]!;
}

/** The FuncInfo of a function that may itself not be part of the program. */
function funcInfo(ldr: Loader, s: number): Uint8Array | null {
  const o = ldr.auxRange(s);
  if (o === null) return null;
  for (let p = ldr.aPos; p < ldr.aEnd; p += auxSize) {
    if (o.source.bytes[p] === AuxType.FuncInfo) return o.source.data(o.source.view.getUint32(p + 5, true));
  }
  return null;
}

/** Offset of the first direct call of deferreturn: where a recovered panic goes on. */
function deferReturnOffset(ldr: Loader, s: number, deferreturn: number): number {
  ldr.openRelocs(s);
  const v = ldr.rView;
  const o = ldr.rObject;
  for (let p = ldr.rPos, end = ldr.rEnd; p < end; p += relocSize) {
    if ((v.getUint16(p + 5, true) & 0x7fff) !== RelocType.R_CALL) continue;
    if (ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true)) === deferreturn) {
      // The relocation is at the operand; the opcode is the byte before.
      return v.getInt32(p, true) - 1;
    }
  }
  return 0;
}

function nameLength(ldr: Loader, s: number): number {
  const oi = ldr.objectOf[s]!;
  if (oi > 1) return ldr.objects[oi]!.source.symNameLen(ldr.localOf[s]!);
  return encodeUtf8(ldr.name(s)).length;
}

function writeName(ldr: Loader, s: number, out: Uint8Array, at: number): void {
  const oi = ldr.objectOf[s]!;
  if (oi > 1) {
    const src = ldr.objects[oi]!.source;
    const li = ldr.localOf[s]!;
    const off = src.symNameOff(li);
    const n = src.symNameLen(li);
    for (let i = 0; i < n; i++) out[at + i] = src.bytes[off + i]!;
  } else out.set(encodeUtf8(ldr.name(s)), at);
}
