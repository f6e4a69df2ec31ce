// Places of data symbols: which section, in which order, at which offset (cmd/link/internal/ld/data.go dodata).

import { roundUp, type Section, type Segment } from "./image.ts";
import { makeGCProgram } from "./gcprog.ts";
import { Kind, readOnlyKinds, relroKind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { type Loader, Version } from "./loader.ts";
import { orderDynamic } from "./pie.ts";

const cutoff = 2e9;

/** Lays data out; afterwards a symbol's value is its offset in its section. kinds: see buildSymtab. */
export function layoutData(ctxt: Link, kinds: Uint8Array): void {
  new DataLayout(ctxt, kinds).run();
}

class DataLayout {
  private readonly ldr: Loader;
  /** Symbols by kind. */
  private readonly syms: number[][] = [];
  private readonly maxAlign: number[] = [];
  /** Offset of the next symbol, from the start of the segment's data. */
  private size = 0;

  constructor(
    private readonly ctxt: Link,
    private readonly kinds: Uint8Array,
  ) {
    this.ldr = ctxt.loader;
    for (let k = 0; k < Kind.SFirstUnallocated; k++) {
      this.syms.push([]);
      this.maxAlign.push(0);
    }
  }

  private kindOf(s: number): Kind {
    return ((this.kinds[s] ?? 0) || this.ldr.kind[s]!) as Kind;
  }

  private setKind(s: number, k: Kind): void {
    if (s < this.kinds.length) this.kinds[s] = k;
    else this.ldr.kind[s] = k;
  }

  run(): void {
    this.collect();
    this.ctxt.addDynamicRelocs?.(this.syms);
    if (this.ctxt.pie) this.splitRelro();
    for (let k = 0; k < this.syms.length; k++) this.sort(k);
    if (this.ctxt.pie) this.syms[Kind.SELFROSECT] = orderDynamic(this.ctxt, this.syms[Kind.SELFROSECT]!);
    this.allocate();
    this.ctxt.datap = this.syms.slice(Kind.SELFRXSECT).flat();
  }

  private collect(): void {
    const { ldr, kinds } = this;
    const { arena, n } = ldr;
    const mark = arena.mark();
    const list = arena.int32(n);
    const kindOf = arena.uint8(n);
    // 1 for names, 2 for those that begin with a dot, 0 for none.
    arena.hooks.otherTopLevel = (s) => {
      const name = ldr.name(s);
      return name === "" ? 0 : name[0] === "." ? 2 : 1;
    };
    const found = arena.call.collectData(n, kinds.byteOffset, kinds.length, list.byteOffset, kindOf.byteOffset);
    for (let i = 0; i < found; i++) this.syms[kindOf[i]!]!.push(list[i]!);
    arena.release(mark);
  }

  /** What has relocations cannot be shared read-only in a program that may be loaded anywhere. */
  private splitRelro(): void {
    const { ldr } = this;
    for (const ro of readOnlyKinds) {
      const rel = relroKind(ro);
      const stay: number[] = [];
      const move = this.syms[rel]!;
      for (const s of this.syms[ro]!) {
        ldr.openRelocs(s);
        let moves = ldr.rPos < ldr.rEnd;
        const k = this.kindOf(s);
        if (k === Kind.STYPE || k === Kind.STYPERELRO || k === Kind.SGOFUNCRELRO) moves = true;
        else if (k === Kind.SGOFUNC || k === Kind.SPCLNTAB) moves = false;
        if (!moves) {
          stay.push(s);
          continue;
        }
        if (rel === Kind.Sxxx) ldr.error(s, `cannot contain relocations (type ${ro})`);
        this.setKind(s, rel);
        if (ldr.outer[s] !== 0) this.setKind(ldr.outer[s]!, rel);
        move.push(s);
      }
      this.syms[ro] = stay;
      if (rel !== Kind.Sxxx) this.syms[rel] = move;
    }
  }

  /** By size, then by number; runtime.zerobase where the zero-sized end. pclntab keeps the order it was built in. */
  private sort(k: Kind): void {
    const { ldr } = this;
    const list = this.syms[k]!;
    if (list.length === 0) return;
    for (let i = 0; i < list.length; i++) {
      const s = list[i]!;
      const n = ldr.size[s]!;
      if (n > cutoff) ldr.error(s, `symbol too large (${n} bytes)`);
      if (ldr.isExternal(s) && n < ldr.dataLength(s)) {
        ldr.error(s, `initialize bounds (${n} < ${ldr.dataLength(s)})`);
      }
    }
    const { arena } = ldr;
    const mark = arena.mark();
    const at = arena.list(list);
    if (k !== Kind.SPCLNTAB) {
      const zerobase = ldr.lookup("runtime.zerobase", Version.ABI0);
      // One number a symbol sorts faster than a comparison of two fields: size, then (as they come in order) number.
      const keys = arena.float64(list.length);
      const to = arena.int32(list.length);
      arena.call.sizeKeys(at, list.length, keys.byteOffset, zerobase);
      keys.sort();
      arena.call.permute(at, list.length, keys.byteOffset, to.byteOffset);
      for (let i = 0; i < to.length; i++) list[i] = to[i]!;
    }
    this.maxAlign[k] = 2 ** arena.call.maxAlignment(at, list.length);
    arena.release(mark);
  }

  // --- sections ---

  private openSection(segment: Segment, name: string, align: number, rwx: number): Section {
    const sect = this.ctxt.image.addSection(segment, name, rwx);
    sect.align = align;
    this.size = roundUp(this.size, align);
    sect.vaddr = this.size;
    return sect;
  }

  /** A section as strictly aligned as the strictest of its kinds; one of several kinds at least by a word. */
  private namedSection(segment: Segment, name: string, kinds: readonly Kind[], rwx: number): Section {
    let align = kinds.length === 1 ? this.maxAlign[kinds[0]!]! : 8;
    if (kinds.length > 1) for (const k of kinds) align = Math.max(align, this.maxAlign[k]!);
    return this.openSection(segment, name, align, rwx);
  }

  private assign(sect: Section, list: readonly number[], force: Kind): void {
    const { arena } = this.ldr;
    const { kinds } = this;
    const mark = arena.mark();
    const at = arena.list(list);
    const { index, vaddr } = sect;
    const n = list.length;
    this.size = arena.call.placeData(at, n, index, vaddr, this.size, force, kinds.byteOffset, kinds.length);
    arena.release(mark);
    sect.length = this.size - sect.vaddr;
    if (this.size > cutoff) {
      this.ctxt.reporter.error(`too much data, last section ${sect.name} (${this.size}, over ${cutoff} bytes)`);
    }
  }

  private kindSection(segment: Segment, name: string, k: Kind, force: Kind, rwx: number): Section {
    const sect = this.namedSection(segment, name, [k], rwx);
    this.assign(sect, this.syms[k]!, force);
    return sect;
  }

  private single(segment: Segment, k: Kind, force: Kind, rwx: number, name?: string): void {
    const { ldr } = this;
    for (const s of this.syms[k]!) {
      let n = name ?? ldr.name(s);
      if (n.startsWith("go:")) n = `.go.${n.slice(3)}`;
      const sect = this.openSection(segment, n, this.ctxt.dataAlign(s), rwx);
      this.assign(sect, [s], force);
    }
  }

  private boundary(sect: Section, ...names: string[]): void {
    const { ldr } = this;
    for (const n of names) ldr.sect[ldr.lookupOrCreate(n, Version.ABI0)] = sect.index;
  }

  private allocate(): void {
    this.allocateWritable();
    this.allocateReadOnly();
  }

  private allocateWritable(): void {
    const { ctxt, ldr } = this;
    const seg = ctxt.image.data;
    for (const k of [Kind.SBUILDINFO, Kind.SFIPSINFO, Kind.SELFSECT]) this.single(seg, k, Kind.SDATA, 6);
    this.single(seg, Kind.SMODULEDATA, Kind.SDATA, 6, ".go.module");
    if (this.syms[Kind.SELFGOT]!.length > 0) this.kindSection(seg, ".got", Kind.SELFGOT, Kind.SDATA, 6);

    let sect = this.kindSection(seg, ".noptrdata", Kind.SNOPTRDATA, Kind.SDATA, 6);
    this.boundary(sect, "runtime.noptrdata", "runtime.enoptrdata");
    for (let k: Kind = Kind.SNOPTRDATAFIPSSTART; k <= Kind.SNOPTRDATAEND; k++) {
      this.assign(sect, this.syms[k]!, Kind.SDATA);
    }

    sect = this.kindSection(seg, ".data", Kind.SDATA, Kind.SDATA, 6);
    this.boundary(sect, "runtime.data", "runtime.edata");
    for (let k: Kind = Kind.SDATAFIPSSTART; k <= Kind.SDATAEND; k++) this.assign(sect, this.syms[k]!, Kind.SDATA);
    const dataEnd = this.size - sect.vaddr;

    sect = this.kindSection(seg, ".bss", Kind.SBSS, Kind.Sxxx, 6);
    this.boundary(sect, "runtime.bss", "runtime.ebss");
    const bssEnd = this.size - sect.vaddr;
    for (const [name, k, end] of [
      ["runtime.gcdata", Kind.SDATA, dataEnd],
      ["runtime.gcbss", Kind.SBSS, bssEnd],
    ] as const) {
      const s = ldr.create(name, Version.ABI0);
      ldr.setBytes(s, makeGCProgram(ctxt, name, this.syms[k]!, end));
    }

    sect = this.kindSection(seg, ".noptrbss", Kind.SNOPTRBSS, Kind.Sxxx, 6);
    this.boundary(sect, "runtime.noptrbss", "runtime.enoptrbss");
    ctxt.coverageStart = sect.length;
    this.assign(sect, this.syms[Kind.SCOVERAGE_COUNTER]!, Kind.SNOPTRBSS);
    ctxt.coverageLength = sect.length - ctxt.coverageStart;
    this.boundary(sect, "runtime.covctrs", "runtime.ecovctrs");

    if (this.syms[Kind.SLIBFUZZER_8BIT_COUNTER]!.length > 0) {
      sect = this.kindSection(seg, ".go.fuzzcntrs", Kind.SLIBFUZZER_8BIT_COUNTER, Kind.Sxxx, 6);
      this.boundary(
        sect,
        "runtime.__start___sancov_cntrs",
        "runtime.__stop___sancov_cntrs",
        "internal/fuzz._counters",
        "internal/fuzz._ecounters",
      );
    }
    this.boundary(seg.sections[seg.sections.length - 1]!, "runtime.end");

    if (this.syms[Kind.STLSBSS]!.length > 0) {
      // A static program sets up its thread-local word itself and needs no section for it.
      let tbss: Section | undefined;
      if (ctxt.pie) {
        tbss = ctxt.image.addSection(seg, ".tbss", 6);
        tbss.align = 8;
      }
      this.size = 0;
      for (const s of this.syms[Kind.STLSBSS]!) {
        this.size = roundUp(this.size, ctxt.dataAlign(s));
        if (tbss !== undefined) ldr.sect[s] = tbss.index;
        ldr.value[s] = this.size;
        this.size += ldr.size[s]!;
      }
      if (tbss !== undefined) tbss.length = this.size;
    }
  }

  private allocateReadOnly(): void {
    const { ctxt, ldr } = this;
    const ro = ctxt.image.rodata;
    this.size = 0;
    this.single(ctxt.image.text, Kind.SELFRXSECT, Kind.SRODATA, 5);
    let sect = this.namedSection(ro, ".rodata", readOnlyKinds, 4);
    this.boundary(sect, "runtime.rodata", "runtime.erodata");
    if (!ctxt.pie) this.boundary(sect, "runtime.types", "runtime.etypes");
    for (const k of readOnlyKinds) this.assign(sect, this.syms[k]!, Kind.SRODATA);

    sect = this.kindSection(ro, ".gopclntab", Kind.SPCLNTAB, Kind.SRODATA, 4);
    this.boundary(
      sect,
      "runtime.pclntab",
      "runtime.pcheader",
      "runtime.funcnametab",
      "runtime.cutab",
      "runtime.filetab",
      "runtime.pctab",
      "runtime.functab",
      "go:func.*",
      "runtime.epclntab",
    );
    this.single(ro, Kind.SELFROSECT, Kind.SRODATA, 4);

    let seg = ro;
    let perm = 4;
    let prefix = "";
    if (ctxt.pie) {
      seg = ctxt.image.relro;
      perm = 6;
      prefix = ".data.rel.ro";
      this.size = 0;
      sect = this.namedSection(seg, prefix, readOnlyKinds.map(relroKind), perm);
      this.boundary(sect, "runtime.types", "runtime.etypes");
      for (const k of readOnlyKinds) {
        // Offset 0 must not be a type's: the runtime takes it for none.
        if (k === Kind.STYPE) this.size++;
        const rel = relroKind(k);
        if (rel !== Kind.Sxxx) this.assign(sect, this.syms[rel]!, Kind.SRODATA);
      }
      sect.length = this.size - sect.vaddr;
      this.single(seg, Kind.SELFRELROSECT, Kind.SRODATA, perm);
    }
    for (const [name, k] of [
      ["typelink", Kind.STYPELINK],
      ["itablink", Kind.SITABLINK],
    ] as const) {
      const s = ldr.create(`runtime.${name}`, Version.ABI0);
      sect = this.namedSection(seg, `${prefix}.${name}`, [k], perm);
      ldr.sect[s] = sect.index;
      ldr.kind[s] = Kind.SRODATA;
      this.size += ldr.size[s]!;
      sect.length = this.size - sect.vaddr;
    }
    if (this.size > 0xffffffff) ctxt.reporter.error(`read-only data segment too large: ${this.size}`);
  }
}
