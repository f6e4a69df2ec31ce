// Gives every symbol of every object its number, and one number to what is the same (cmd/link/internal/loader.LoadSyms).

import { bytesEqual } from "#base";
import { builtinABI, builtinCount, builtinName, pathToPrefix, SymFlag, SymFlag2, symFlagsOff, symSize } from "#formats";
import { fatal } from "./errors.ts";
import { blockedLinknames } from "./gen/linknames.ts";
import { isData, isText, type Kind, kindOfObjectKind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, LinkObject, Loader, Version, versionOfABI } from "./loader.ts";
import { HashTable, NameTable } from "./names.ts";

/** A variable without contents that go:linkname gives the name of another package's. */
interface LinknameVar {
  readonly pkg: string;
  readonly name: string;
  readonly sym: number;
}

/** Makes the loader of all objects that were read. */
export function resolveSymbols(ctxt: Link): Loader {
  const objects = ctxt.pending;
  let nsyms = 1;
  let nhashed = 0;
  let nhashed64 = 0;
  let named0 = 0;
  let named1 = 0;
  for (const o of objects) {
    const s = o.source;
    nsyms += s.nsymdef + s.nhashed64def + s.nhasheddef + s.nnonpkgdef;
    nhashed += s.nhasheddef;
    nhashed64 += s.nhashed64def;
    named0 += s.nsymdef >> 1;
    named1 += s.nsymdef >> 2;
    named0 += s.nnonpkgdef;
  }
  const ldr = new Loader(ctxt.reporter, nsyms + 16384, builtinCount);
  ldr.builtinName = builtinName;
  const r = new Resolution(ctxt, ldr, named0, named1, nhashed, nhashed64);
  r.run(objects);
  return ldr;
}

const usedFlags = (SymFlag.Local << 8) | (SymFlag2.UsedInIface << 16);

class Resolution {
  private readonly hashed: HashTable;
  private readonly hashed64: HashTable;
  private readonly varRefs: LinknameVar[] = [];
  /** Symbols that must be as large as another definition of theirs was. */
  private readonly sizeFixups: [number, number][] = [];
  private readonly objectByPkg = new Map<string, number>();

  constructor(
    private readonly ctxt: Link,
    private readonly ldr: Loader,
    named0: number,
    named1: number,
    nhashed: number,
    nhashed64: number,
  ) {
    const views: DataView[] = [];
    for (const o of ctxt.pending) views[o.index] = o.source.view;
    this.hashed = new HashTable(views, nhashed, 16);
    this.hashed64 = new HashTable(views, nhashed64, 8);
    ldr.names = [new NameTable(ldr.files, named0), new NameTable(ldr.files, named1)];
  }

  run(objects: readonly LinkObject[]): void {
    const { ldr } = this;
    // Places 0 and 1: no object, and the linker's own symbols.
    const none = objects[0]!;
    ldr.objects.push(none, new LinkObject(1, none.source, none.unit, none.lib, false, false));
    ldr.files.push(new Uint8Array(0), new Uint8Array(0));
    for (const o of objects) {
      ldr.objects.push(o);
      ldr.files.push(o.source.bytes);
      const prefix = pathToPrefix(o.lib.pkg);
      if (!this.objectByPkg.has(prefix)) this.objectByPkg.set(prefix, o.index);
    }
    for (const o of objects) this.packageSymbols(o);
    for (const o of objects) {
      this.hashedSymbols(o, this.hashed64, o.hashed64Start, o.hashedStart, o.source.hash64Off, 8);
      this.hashedSymbols(o, this.hashed, o.hashedStart, o.nonpkgStart, o.source.hashOff, 16);
      this.nonpkgSymbols(o);
    }
    for (const v of this.varRefs) this.checkLinkname(v.pkg, v.name, v.sym);
    this.cacheFields();
    for (let i = 0; i < builtinCount; i++) ldr.builtins[i] = ldr.lookup(builtinName(i), builtinABI(i));
    for (const o of objects) this.references(o);
    for (const [s, size] of this.sizeFixups) {
      ldr.update(s);
      ldr.size[s] = size;
    }
  }

  /** Copies what is often asked for out of the records, once every symbol has its final definition. */
  private cacheFields(): void {
    const { ldr } = this;
    const { objectOf, localOf, kind, flag, flag2, size } = ldr;
    for (let s = 1; s < ldr.n; s++) {
      const src = ldr.objects[objectOf[s]!]!.source;
      const at = src.symOff + localOf[s]! * symSize + symFlagsOff;
      const word = src.view.getUint32(at, true);
      const k = kindOfObjectKind[word & 255];
      if (k === undefined) fatal(`malformed object: symbol ${src.symName(localOf[s]!)} has unknown kind ${word & 255}`);
      kind[s] = k;
      flag[s] = word >>> 8;
      flag2[s] = word >>> 16;
      size[s] = src.view.getUint32(at + 3, true);
    }
  }

  private newSymbol(o: LinkObject, li: number): number {
    const { ldr } = this;
    const s = ldr.n++;
    ldr.objectOf[s] = o.index;
    ldr.localOf[s] = li;
    return s;
  }

  /** Flags that count wherever they stand: Local, UsedInIface, and the greatest alignment. */
  private mergeFlags(s: number, o: LinkObject, li: number): void {
    const { ldr } = this;
    const src = o.source;
    const at = src.symOff + li * symSize + symFlagsOff;
    // Kind, flag, flag2: one load.
    const word = src.view.getUint32(at, true);
    if ((word & usedFlags) !== 0) {
      if ((word & (SymFlag.Local << 8)) !== 0) ldr.attr[s]! |= Attr.Local;
      if ((word & (SymFlag2.UsedInIface << 16)) !== 0) ldr.attr[s]! |= Attr.UsedInIface;
    }
    const align = src.view.getUint32(at + 7, true);
    if (align !== 0) {
      const log = 32 - Math.clz32(align);
      if (log > ldr.align[s]!) ldr.align[s] = log;
    }
  }

  private packageSymbols(o: LinkObject): void {
    const { ldr } = this;
    const src = o.source;
    for (let li = 0; li < src.nsymdef; li++) {
      const s = this.newSymbol(o, li);
      o.syms[li] = s;
      const len = src.symNameLen(li);
      // Most have no name: tables and debugging entries of functions, which have no flags either.
      if (len === 0) continue;
      const version = versionOfABI(src.symABI(li), o.index);
      if (version < Version.Static) ldr.names[version]!.set(o.index, checkedName(o, li, len), len, s);
      this.mergeFlags(s, o, li);
    }
  }

  private hashedSymbols(
    o: LinkObject,
    table: HashTable,
    from: number,
    to: number,
    hashOff: number,
    width: number,
  ): void {
    const { ldr } = this;
    const src = o.source;
    for (let li = from; li < to; li++) {
      const old = table.findOrAdd(o.index, hashOff + (li - from) * width, ldr.n);
      let s = old;
      if (old === 0) s = this.newSymbol(o, li);
      else {
        // The hash leaves out trailing zeros: the larger one serves both.
        const have = ldr.objects[ldr.objectOf[s]!]!.source.symSize(ldr.localOf[s]!);
        if (src.symSize(li) > have) {
          ldr.objectOf[s] = o.index;
          ldr.localOf[s] = li;
        }
      }
      o.syms[li] = s;
      this.mergeFlags(s, o, li);
    }
  }

  private nonpkgSymbols(o: LinkObject): void {
    const { ldr } = this;
    const src = o.source;
    for (let li = o.nonpkgStart; li < src.ndef; li++) {
      const len = src.symNameLen(li);
      const version = versionOfABI(src.symABI(li), o.index);
      let s: number;
      if (len === 0 || version >= Version.Static) s = this.newSymbol(o, li);
      else {
        s = ldr.names[version]!.findOrAdd(o.index, checkedName(o, li, len), len, ldr.n);
        if (s === 0) s = this.newSymbol(o, li);
        else this.merge(s, o, li);
      }
      o.syms[li] = s;
      if ((src.symFlag2(li) & SymFlag2.Linkname) !== 0 && src.dataStart(li) === src.dataEnd(li)) {
        const name = src.symName(li);
        // Names without a dot are C's.
        if (name.includes(".")) this.varRefs.push({ pkg: o.lib.pkg, name, sym: s });
      }
      this.mergeFlags(s, o, li);
    }
  }

  /** Decides between the definition that s has and another one of the same name. */
  private merge(s: number, o: LinkObject, li: number): void {
    const { ldr } = this;
    const src = o.source;
    const old = ldr.objects[ldr.objectOf[s]!]!;
    const oldLocal = ldr.localOf[s]!;
    const size = src.symSize(li);
    const oldSize = old.source.symSize(oldLocal);
    const take = (): void => {
      ldr.objectOf[s] = o.index;
      ldr.localOf[s] = li;
    };
    if ((src.symFlag(li) & SymFlag.Dupok) !== 0) {
      if (this.ctxt.options.strictDups > 0) this.checkDuplicate(o, li, old, oldLocal);
      if (oldSize < size) take();
      return;
    }
    if ((old.source.symFlag(oldLocal) & SymFlag.Dupok) !== 0) return;
    const kind = kindOfObjectKind[src.symKind(li)] as Kind;
    const oldKind = kindOfObjectKind[old.source.symKind(oldLocal)] as Kind;
    const oldHasContent = old.source.dataStart(oldLocal) !== old.source.dataEnd(oldLocal);
    const hasContent = src.dataStart(li) !== src.dataEnd(li);
    const oldIsBSS = isData(oldKind) && !oldHasContent;
    const isBSS = isData(kind) && !hasContent;
    if ((isText(kind) && oldIsBSS) || (hasContent && oldIsBSS) || (isBSS && oldIsBSS && size > oldSize)) {
      take();
      if (oldSize > size) this.sizeFixups.push([s, oldSize]);
    } else if (isBSS) {
      if (size > oldSize) this.sizeFixups.push([s, size]);
    } else {
      const n = src.symName(li);
      const show = (k: number): string => objectKindNames[k] ?? String(k);
      fatal(
        `duplicated definition of symbol ${n}, from ${o.lib.pkg} (type ${show(src.symKind(li))} size ${size}) ` +
          `and ${old.lib.pkg} (type ${show(old.source.symKind(oldLocal))} size ${oldSize})`,
      );
    }
  }

  private checkDuplicate(o: LinkObject, li: number, old: LinkObject, oldLocal: number): void {
    const p = o.source.data(li);
    const q = old.source.data(oldLocal);
    let reason = "same length but different contents";
    if (p.length !== q.length) reason = `new length ${p.length} != old length ${q.length}`;
    else if (bytesEqual(p, q)) {
      const size = o.source.symSize(li);
      const oldSize = old.source.symSize(oldLocal);
      if (size === oldSize) return;
      reason = `different sizes: new size ${size} != old size ${oldSize}`;
    }
    const name = o.source.symName(li);
    this.ctxt.reporter.lines.push(
      `cmd/link: while reading object for '${o.lib.pkg}': duplicate symbol '${name}', ` +
        `previous def at '${old.lib.pkg}', with mismatched payload: ${reason}`,
    );
    if (!/^go:(info\.go\.interface|info\.go\.builtin|debuglines)/.test(name)) this.ctxt.strictDupCount++;
  }

  private references(o: LinkObject): void {
    const { ldr } = this;
    const src = o.source;
    for (let i = 0; i < src.nnonpkgref; i++) {
      const li = src.ndef + i;
      const len = src.symNameLen(li);
      const version = versionOfABI(src.symABI(li), o.index);
      let s: number;
      if (version < Version.Static) {
        const off = checkedName(o, li, len);
        s = ldr.names[version]!.find(src.bytes, off, len);
        if (s === 0) s = ldr.lookupOrCreate(src.symName(li), version);
      } else s = ldr.lookupOrCreate(src.symName(li), version);
      o.syms[li] = s;
      const flag2 = src.symFlag2(li);
      if ((flag2 & SymFlag2.Linkname) !== 0) this.checkLinkname(o.lib.pkg, src.symName(li), s);
      if ((src.symFlag(li) & SymFlag.Local) !== 0) ldr.attr[s]! |= Attr.Local;
      if ((flag2 & SymFlag2.UsedInIface) !== 0) ldr.attr[s]! |= Attr.UsedInIface;
    }
    o.pkgs = new Int32Array(src.npkg);
    for (let i = 1; i < src.npkg; i++) {
      const path = src.pkgPath(i);
      const index = this.objectByPkg.get(path);
      if (index === undefined) fatal(`${o.lib.pkg}: reference to nonexistent package ${path}`);
      o.pkgs[i] = index;
    }
    for (let i = 0; i < src.nrefFlags; i++) {
      const p = src.refFlagsOff(i);
      const s = ldr.resolve(o, src.view.getUint32(p, true), src.view.getUint32(p + 4, true));
      if ((src.bytes[p + 9]! & SymFlag2.UsedInIface) !== 0) ldr.attr[s]! |= Attr.UsedInIface;
    }
  }

  /** Ends the link if pkg may not refer to a symbol by linkname. */
  private checkLinkname(pkg: string, name: string, s: number): void {
    if (!this.ctxt.options.checkLinkname) return;
    const refuse = (): never => fatal(`${pkg}: invalid reference to ${name}`);
    const allowed = blockedLinknames.get(name);
    if (allowed !== undefined) {
      // Frozen versions of the FIPS module count as the module.
      const plain = pkg.replace(/^(crypto\/internal\/fips140)\/v[^/]*/, "$1");
      if (!allowed.includes(pkg) && !allowed.includes(plain)) refuse();
      if (allowed.includes(pkg) || plain !== pkg) return;
    }
    const { ldr } = this;
    if (ldr.isExternal(s)) return;
    const def = ldr.objects[ldr.objectOf[s]!]!;
    if (!def.std || def.lib.pkg === pkg) return;
    const flag2 = def.source.symFlag2(ldr.localOf[s]!);
    if ((flag2 & (SymFlag2.Linkname | SymFlag2.ABIWrapper)) !== 0) return;
    refuse();
  }
}

function checkedName(o: LinkObject, li: number, len: number): number {
  const off = o.source.symNameOff(li);
  if (off + len > o.source.bytes.length) fatal(`${o.lib.pkg}: malformed object: symbol name out of range`);
  return off;
}

const objectKindNames = [
  "Sxxx",
  "STEXT",
  "STEXTFIPS",
  "SRODATA",
  "SRODATAFIPS",
  "SNOPTRDATA",
  "SNOPTRDATAFIPS",
  "SDATA",
  "SDATAFIPS",
  "SBSS",
  "SNOPTRBSS",
  "STLSBSS",
  "SDWARFCUINFO",
  "SDWARFCONST",
  "SDWARFFCN",
  "SDWARFABSFCN",
  "SDWARFTYPE",
  "SDWARFVAR",
  "SDWARFRANGE",
  "SDWARFLOC",
  "SDWARFLINES",
  "SDWARFADDR",
  "SLIBFUZZER_8BIT_COUNTER",
  "SCOVERAGE_COUNTER",
  "SCOVERAGE_AUXVAR",
  "SSEHUNWINDINFO",
];
