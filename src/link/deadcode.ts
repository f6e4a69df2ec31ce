// Which symbols the program needs (cmd/link/internal/ld/deadcode.go).
//
// A flood over relocations from the entry point. Methods are held back: a method of a type that may end up in an interface
// is kept only if something could call it: an interface method of the same name and signature, a method named in generic
// code, or, once reflection looks methods up by name, any exported one.

import { decodeUtf8 } from "#base";
import { AuxType, auxSize, RelocType, relocSize, SymFlag, SymFlag2 } from "#formats";
import { GoKind, relocTargetAt, TypeDecoder } from "./decodetype.ts";
import { fatal } from "./errors.ts";
import type { Link } from "./link.ts";
import { Attr, type Loader, Version } from "./loader.ts";

/** Marks what is reachable; drops initialisers of maps that nothing uses. */
export function deadcode(ctxt: Link): void {
  new Flood(ctxt).run();
}

/** The rare cases of the flood, whose loop is kernel/deadcode.ts's. */
class Flood {
  private readonly ldr: Loader;
  private readonly types: TypeDecoder;
  /** Numbers of methods' names. */
  private readonly nameNumbers = new Map<string, number>();
  private readonly namedMethods: Uint8Array;
  private readonly pkginits: number[] = [];
  private readonly dump: boolean;
  private readonly noDwarf: boolean;

  constructor(private readonly ctxt: Link) {
    this.ldr = ctxt.loader;
    const { arena, n } = this.ldr;
    this.types = new TypeDecoder(this.ldr);
    this.dump = ctxt.options.dumpDep;
    this.noDwarf = ctxt.options.stripDwarf;
    const { hooks } = arena;
    hooks.dumpEdge = (s, parent) => this.dumpEdge(s, parent);
    hooks.floodExternal = (s) => this.floodExternal(s);
    hooks.special = (s, type, target, add) => this.use(s, type, target, add);
    hooks.packageInit = (s) => void this.pkginits.push(s);
    hooks.badMethods = (s) => fatal(`"${this.ldr.name(s)}": expect three consecutive R_METHODOFF relocs after a name`);
    hooks.nameNumber = (s) => {
      const name = decodeUtf8(this.types.nameOfSymbol(s));
      return this.numberOf(name) * 2 + (isExported(name) ? 1 : 0);
    };
    this.namedMethods = arena.uint8(n + 16384);
    let slots = 1024;
    while (slots < n) slots *= 2;
    arena.set("dumping", this.dump ? 1 : 0);
    arena.set("noDwarf", this.noDwarf ? 1 : 0);
    arena.set("nameIds", arena.alloc(4 * (n + 16384)));
    arena.set("namedMethods", this.namedMethods.byteOffset);
    arena.set("ifaceMethods", arena.alloc(slots * 8));
    arena.set("ifaceMask", slots - 1);
    arena.set("queued", 0);
    // A symbol is put in the queue twice at most: when it is reached, and when its type is found to be in an interface.
    arena.set("queue", arena.alloc(8 * (n + 16384)));
    arena.set("nmethods", 0);
    // A method takes three relocations of 23 bytes in its object, and 20 bytes here.
    let input = 0;
    for (const o of ctxt.pending) input += o.source.bytes.length;
    arena.set("methods", arena.alloc(Math.ceil(input / 3)));
  }

  run(): void {
    const { ldr, ctxt } = this;
    const { arena } = ldr;
    const { call } = arena;
    const mapinitnoop = ldr.lookup("runtime.mapinitnoop", Version.ABIInternal);
    for (const name of [ctxt.entryName, "runtime.unreachableMethod"]) {
      call.mark(ldr.lookup(name, Version.ABI0), 0);
      call.mark(ldr.lookup(name, Version.ABIInternal), 0);
    }
    if (mapinitnoop === 0) fatal("could not look up runtime.mapinitnoop");
    call.mark(ctxt.mainInittasks, 0);
    do {
      call.flood();
      call.reviveMethods();
    } while (arena.get("queued") > 0);
    if (ctxt.options.pruneWeakMap) this.pruneMapInits(mapinitnoop);
  }

  private mark(s: number, parent: number): void {
    this.ldr.arena.call.mark(s, parent);
  }

  private numberOf(name: string): number {
    let n = this.nameNumbers.get(name);
    if (n === undefined) {
      n = this.nameNumbers.size + 1;
      this.nameNumbers.set(name, n);
    }
    return n;
  }

  private dumpEdge(s: number, parent: number): void {
    const show = (x: number): string => {
      let flags = "";
      if ((this.ldr.attr[x]! & Attr.UsedInIface) !== 0) flags += "<UsedInIface>";
      if ((this.ldr.flag[x]! & SymFlag.ReflectMethod) !== 0) flags += "<ReflectMethod>";
      return this.ldr.name(x) + (flags === "" ? "" : ` ${flags}`);
    };
    if (this.ldr.name(s) !== "") this.ctxt.log(`${parent === 0 ? "_" : show(parent)} -> ${show(s)}\n`);
  }

  /** The same for a symbol of the linker's own, or one that it changed. */
  private floodExternal(s: number): void {
    const { ldr } = this;
    ldr.openRelocs(s);
    const v = ldr.rView;
    const o = ldr.rObject;
    for (let p = ldr.rPos, end = ldr.rEnd; p < end; p += relocSize) {
      const type = v.getUint16(p + 5, true);
      if ((type & RelocType.R_WEAK) !== 0 || type === RelocType.R_USETYPE || type === RelocType.R_INITORDER) continue;
      if (type === RelocType.R_METHODOFF) continue;
      const target = ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
      if (type >= RelocType.R_USEIFACE && type <= RelocType.R_USENAMEDMETHOD) {
        this.use(s, type, target, v.getUint32(p + 7, true));
      } else this.mark(target, s);
    }
    this.markAux(s, ldr.flag2[s]!);
    if (ldr.outer[s] !== 0) this.mark(ldr.outer[s]!, s);
  }

  private use(s: number, type: number, target: number, add: number): void {
    const { ldr } = this;
    switch (type) {
      case RelocType.R_USEIFACE: {
        const t = (ldr.flag2[target]! & SymFlag2.Itab) !== 0 ? this.types.itabType(target) : target;
        if ((ldr.flag[t]! & SymFlag.GoType) === 0) {
          fatal(`R_USEIFACE in ${ldr.name(s)} references ${ldr.name(t)} which is not a type or itab`);
        }
        ldr.arena.call.useInIface(t, s);
        break;
      }
      case RelocType.R_USEIFACEMETHOD: {
        if (this.types.kind(target) !== GoKind.Interface) fatal(`symbol "${ldr.name(target)}" is not an interface`);
        ldr.arena.call.useIfaceMethod(relocTargetAt(ldr, target, add + 4), relocTargetAt(ldr, target, add));
        break;
      }
      default:
        this.namedMethods[this.numberOf(decodeUtf8(ldr.data(target)))] = 1;
    }
  }

  private markAux(s: number, flag2: number): void {
    const { ldr } = this;
    const a = ldr.auxRange(s);
    if (a === null) return;
    const { bytes, view } = a.source;
    for (let p = ldr.aPos, end = ldr.aEnd; p < end; p += auxSize) {
      const type = bytes[p]!;
      if (type === AuxType.Gotype) continue;
      // Debugging entries refer to entries only, and those are found again when DWARF is made.
      const debug = type >= AuxType.DwarfInfo && type <= AuxType.DwarfLines && !this.dump;
      if (debug && this.noDwarf) continue;
      const t = ldr.resolve(a, view.getUint32(p + 1, true), view.getUint32(p + 5, true));
      if (debug) ldr.attr[t]! |= Attr.Reachable;
      else if (t !== 0 && (ldr.attr[t]! & Attr.Reachable) === 0) this.mark(t, s);
    }
    if ((flag2 & SymFlag2.PkgInit) !== 0) this.pkginits.push(s);
  }

  /** Calls of dropped map initialisers (weak calls) go to a function that does nothing. */
  private pruneMapInits(noop: number): void {
    const { ldr } = this;
    for (const s of this.pkginits) {
      ldr.openRelocs(s);
      const v = ldr.rView;
      const o = ldr.rObject;
      const dead: number[] = [];
      for (let p = ldr.rPos, i = 0; p < ldr.rEnd; p += relocSize, i++) {
        if (v.getUint16(p + 5, true) !== (RelocType.R_WEAK | RelocType.R_CALL)) continue;
        const t = ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
        if ((ldr.attr[t]! & Attr.Reachable) !== 0) continue;
        if (!ldr.name(t).includes("map.init")) {
          fatal(`internal error: expected map.init sym for weak call reloc, got ${ldr.name(s)} -> ${ldr.name(t)}`);
        }
        dead.push(i);
      }
      if (dead.length === 0) continue;
      ldr.attr[noop]! |= Attr.Reachable;
      const w = ldr.update(s).relocs!;
      for (const i of dead) w.view.setUint32(i * relocSize + 19, noop, true);
    }
  }
}

function isExported(name: string): boolean {
  const c = name.codePointAt(0) ?? 0;
  if (c < 0x80) return c >= 65 && c <= 90;
  return /^\p{Lu}/u.test(name);
}
