// Gives every symbol of every object its number, and one number to what is the same (cmd/link/internal/loader.LoadSyms).

import { bytesEqual } from "#base";
import {
  auxSize,
  builtinABI,
  builtinCount,
  builtinName,
  pathToPrefix,
  relocSize,
  SymFlag,
  SymFlag2,
  symKindName,
} from "#formats";
import { fatal } from "./errors.ts";
import { blockedLinknames } from "./gen/linknames.ts";
import { isData, isText, type Kind, kindOfObjectKind } from "./kinds.ts";
import type { Link } from "./link.ts";
import { Attr, LinkObject, Loader, Version } from "./loader.ts";
import { hashTable } from "./names.ts";

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
  const ldr = new Loader(ctxt.reporter, ctxt.arena, nsyms + 16384, builtinCount, named0, named1);
  ldr.builtinName = builtinName;
  new Resolution(ctxt, ldr).run(objects, nhashed64, nhashed);
  return ldr;
}

/** Rows of the table of objects, in 32-bit words: see kernel/symbols.ts. */
const rowWords = 24;

class Resolution {
  private readonly varRefs: LinknameVar[] = [];
  /** Symbols that must be as large as another definition of theirs was. */
  private readonly sizeFixups: [number, number][] = [];
  private readonly objectByPkg = new Map<string, number>();

  constructor(
    private readonly ctxt: Link,
    private readonly ldr: Loader,
  ) {
    const { hooks } = ctxt.arena;
    const object = (i: number): LinkObject => ldr.objects[i]!;
    // Words it as Loader.resolve does.
    hooks.badReference = (o, pkg, sym) => void ldr.resolve(object(o), pkg, sym);
    hooks.badName = (o) => fatal(`${object(o).lib.pkg}: malformed object: symbol name out of range`);
    hooks.badABI = (abi) => fatal(`invalid symbol ABI: ${abi}`);
    hooks.badKind = (s) => {
      const { source } = object(ldr.objectOf[s]!);
      const li = ldr.localOf[s]!;
      fatal(`malformed object: symbol ${source.symName(li)} has unknown kind ${source.symKind(li)}`);
    };
    hooks.mergeDefinition = (s, o, li) => this.merge(s, object(o), li);
    hooks.linknameVariable = (s, o, li) => {
      const name = object(o).source.symName(li);
      // Names without a dot are C's.
      if (name.includes(".")) this.varRefs.push({ pkg: object(o).lib.pkg, name, sym: s });
    };
    hooks.newReference = (o, li, version) => {
      const s = ldr.lookupOrCreate(
        object(o).source.symName(li),
        version < Version.Static ? version : Version.Static + o,
      );
      return s;
    };
    hooks.checkLinkname = (s, o, li) => this.checkLinkname(object(o).lib.pkg, object(o).source.symName(li), s);
  }

  run(objects: readonly LinkObject[], nhashed64: number, nhashed: number): void {
    const { ldr } = this;
    const { arena } = ldr;
    const { call } = arena;
    // Places 0 and 1: no object, and the linker's own symbols.
    const none = objects[0]!;
    ldr.objects.push(none, new LinkObject(1, none.source, none.unit, none.lib, false, false, arena));
    for (const o of objects) {
      ldr.objects.push(o);
      const prefix = pathToPrefix(o.lib.pkg);
      if (!this.objectByPkg.has(prefix)) this.objectByPkg.set(prefix, o.index);
    }
    this.fillRows();
    arena.set("count", 1);
    const kinds = arena.uint8(64).fill(255);
    kinds.set(kindOfObjectKind);
    arena.set("kindOfObjectKind", kinds.byteOffset);
    const [n0, n1] = [ldr.names[0].address, ldr.names[1].address];
    const strict = this.ctxt.options.strictDups > 0 ? 1 : 0;
    const hashed64 = hashTable(arena, nhashed64);
    const hashed = hashTable(arena, nhashed);
    for (const o of objects) call.packageSymbols(o.index, n0, n1);
    for (const o of objects) {
      const base = o.source.bytes.byteOffset;
      call.hashedSymbols(o.index, hashed64, o.hashed64Start, o.hashedStart, base + o.source.hash64Off, 8);
      call.hashedSymbols(o.index, hashed, o.hashedStart, o.nonpkgStart, base + o.source.hashOff, 16);
      call.nonpkgSymbols(o.index, n0, n1, strict);
    }
    if (arena.get("namedItabs") > 0) for (const o of objects) call.mergeItabs(o.index, n0);
    ldr.n = arena.get("count");
    for (const v of this.varRefs) this.checkLinkname(v.pkg, v.name, v.sym);
    call.cacheFields();
    for (let i = 0; i < builtinCount; i++) ldr.builtins[i] = ldr.lookup(builtinName(i), builtinABI(i));
    for (const o of objects) {
      call.references(o.index, n0, n1);
      this.packages(o);
    }
    for (const [s, size] of this.sizeFixups) {
      ldr.update(s);
      ldr.size[s] = size;
    }
  }

  /** Tells the kernels where the parts of each object are. */
  private fillRows(): void {
    const { ldr } = this;
    const rows = ldr.arena.int32(ldr.objects.length * rowWords);
    ldr.arena.set("objects", rows.byteOffset);
    for (let i = 2; i < ldr.objects.length; i++) {
      const o = ldr.objects[i]!;
      const src = o.source;
      const base = src.bytes.byteOffset;
      const words = [
        base,
        src.bytes.length,
        base + src.symOff,
        src.ndef,
        src.nsym,
        o.syms.byteOffset,
        0,
        0,
        o.hashed64Start,
        o.hashedStart,
        o.nonpkgStart,
        base + src.relocIdxOff,
        base + src.auxIdxOff,
        base + src.dataIdxOff,
        base + src.relocOff,
        base + src.auxOff,
        base + src.dataOff,
        Math.floor((src.auxOff - src.relocOff) / relocSize),
        Math.floor((src.dataOff - src.auxOff) / auxSize),
        src.dataLength,
        base + src.hash64Off,
        base + src.hashOff,
        o.fromAssembly ? 1 : 0,
      ];
      // Packages follow when references are resolved: an object of no packages has none.
      o.pkgs = ldr.arena.int32(src.npkg);
      words[6] = o.pkgs.byteOffset;
      words[7] = src.npkg;
      rows.set(words, i * rowWords);
    }
  }

  /** What an object says of the packages it refers to, and of symbols there. */
  private packages(o: LinkObject): void {
    const { ldr } = this;
    const src = o.source;
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
      fatal(
        `duplicated definition of symbol ${n}, from ${o.lib.pkg} (type ${symKindName(src.symKind(li))} size ${size}) ` +
          `and ${old.lib.pkg} (type ${symKindName(old.source.symKind(oldLocal))} size ${oldSize})`,
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
