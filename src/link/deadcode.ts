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

/** A method that is not needed yet: three symbols, and what would make them needed. */
interface Method {
  readonly name: string;
  /** Name and type as one key. */
  readonly signature: string;
  readonly type: number;
  readonly targets: readonly [number, number, number];
}

/** Marks what is reachable; drops initialisers of maps that nothing uses. */
export function deadcode(ctxt: Link): void {
  new Flood(ctxt).run();
}

class Flood {
  private readonly ldr: Loader;
  private readonly types: TypeDecoder;
  private readonly queue = new Heap();
  private readonly ifaceMethods = new Set<string>();
  private readonly namedMethods = new Set<string>();
  private methods: Method[] = [];
  private reflectSeen = false;
  private readonly pkginits: number[] = [];
  private readonly dump: boolean;
  private readonly noDwarf: boolean;

  constructor(private readonly ctxt: Link) {
    this.ldr = ctxt.loader;
    this.types = new TypeDecoder(this.ldr);
    this.dump = ctxt.options.dumpDep;
    this.noDwarf = ctxt.options.stripDwarf;
  }

  run(): void {
    const { ldr, ctxt } = this;
    const mapinitnoop = ldr.lookup("runtime.mapinitnoop", Version.ABIInternal);
    for (const name of [ctxt.entryName, "runtime.unreachableMethod"]) {
      this.mark(ldr.lookup(name, Version.ABI0), 0);
      this.mark(ldr.lookup(name, Version.ABIInternal), 0);
    }
    if (mapinitnoop === 0) fatal("could not look up runtime.mapinitnoop");
    this.mark(ctxt.mainInittasks, 0);
    this.flood();
    for (;;) {
      const rest: Method[] = [];
      for (const m of this.methods) {
        const wanted =
          (this.reflectSeen && isExported(m.name)) ||
          this.ifaceMethods.has(m.signature) ||
          this.namedMethods.has(m.name);
        if (wanted) for (const t of m.targets) this.mark(t, m.type);
        else rest.push(m);
      }
      this.methods = rest;
      if (this.queue.length === 0) break;
      this.flood();
    }
    if (ctxt.options.pruneWeakMap) this.pruneMapInits(mapinitnoop);
  }

  private mark(s: number, parent: number): void {
    const { ldr } = this;
    if (s === 0 || (ldr.attr[s]! & Attr.Reachable) !== 0) return;
    this.queue.push(s);
    ldr.attr[s]! |= Attr.Reachable;
    if (this.dump) this.dumpEdge(s, parent);
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

  /** A type's descriptor must be looked at again, now as one that values in interfaces have. */
  private useInIface(s: number, parent: number): void {
    const { ldr } = this;
    if ((ldr.attr[s]! & Attr.UsedInIface) !== 0) return;
    ldr.attr[s]! |= Attr.UsedInIface;
    if ((ldr.attr[s]! & Attr.Reachable) !== 0) {
      ldr.attr[s]! &= ~Attr.Reachable;
      this.mark(s, parent);
    }
  }

  private flood(): void {
    const { ldr } = this;
    const { attr, flag, flag2 } = ldr;
    const triples: number[] = [];
    while (this.queue.length > 0) {
      const s = this.queue.pop();
      const flags = flag[s]!;
      if ((flags & SymFlag.ReflectMethod) !== 0) this.reflectSeen = true;
      const isType = (flags & SymFlag.GoType) !== 0;
      const usedInIface = isType && (attr[s]! & Attr.UsedInIface) !== 0;
      triples.length = 0;
      ldr.openRelocs(s);
      const v = ldr.rView;
      const o = ldr.rObject;
      for (let p = ldr.rPos, end = ldr.rEnd; p < end; p += relocSize) {
        const type = v.getUint16(p + 5, true);
        if ((type & RelocType.R_WEAK) !== 0) continue;
        switch (type) {
          case RelocType.R_METHODOFF: {
            if (p + 2 * relocSize >= end) fatal("expect three consecutive R_METHODOFF relocs");
            if (usedInIface) {
              const t = [0, 1, 2].map((i) => {
                const q = p + i * relocSize;
                return ldr.resolve(o, v.getUint32(q + 15, true), v.getUint32(q + 19, true));
              });
              triples.push(...t);
              // The method's type is used in an interface as well, for reflection can get at it.
              this.useInIface(t[0]!, s);
            }
            p += 2 * relocSize;
            continue;
          }
          case RelocType.R_USETYPE:
          case RelocType.R_INITORDER:
            continue;
          default:
            break;
        }
        const target = ldr.resolve(o, v.getUint32(p + 15, true), v.getUint32(p + 19, true));
        if (type >= RelocType.R_USEIFACE && type <= RelocType.R_USENAMEDMETHOD) {
          this.use(s, type, target, v.getUint32(p + 7, true));
          continue;
        }
        if (target === 0) continue;
        if (usedInIface && (flag[target]! & SymFlag.GoType) !== 0 && (attr[target]! & Attr.UsedInIface) === 0) {
          attr[target]! |= Attr.UsedInIface;
          attr[target]! &= ~Attr.Reachable;
        }
        if ((attr[target]! & Attr.Reachable) === 0) this.mark(target, s);
      }
      this.markAux(s, flag2[s]!);
      if (ldr.objectOf[s] === 1 && ldr.outer[s] !== 0) this.mark(ldr.outer[s]!, s);
      if (triples.length > 0) this.holdMethods(s, triples);
    }
  }

  private use(s: number, type: number, target: number, add: number): void {
    const { ldr } = this;
    switch (type) {
      case RelocType.R_USEIFACE: {
        const t = (ldr.flag2[target]! & SymFlag2.Itab) !== 0 ? this.types.itabType(target) : target;
        if ((ldr.flag[t]! & SymFlag.GoType) === 0) {
          fatal(`R_USEIFACE in ${ldr.name(s)} references ${ldr.name(t)} which is not a type or itab`);
        }
        this.useInIface(t, s);
        break;
      }
      case RelocType.R_USEIFACEMETHOD: {
        if (this.types.kind(target) !== GoKind.Interface) fatal(`symbol "${ldr.name(target)}" is not an interface`);
        const name = this.types.name(target, add);
        this.ifaceMethods.add(`${relocTargetAt(ldr, target, add + 4)} ${name}`);
        break;
      }
      default:
        this.namedMethods.add(decodeUtf8(ldr.data(target)));
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

  private holdMethods(s: number, triples: readonly number[]): void {
    const { off, count } = this.types.methods(s);
    if (triples.length !== 3 * count) {
      fatal(`"${this.ldr.name(s)}" has ${triples.length / 3} method relocations for ${count} methods`);
    }
    for (let i = 0; i < count; i++) {
      const at = off + i * 16;
      const name = this.types.name(s, at);
      const signature = `${relocTargetAt(this.ldr, s, at + 4)} ${name}`;
      const targets = [triples[3 * i]!, triples[3 * i + 1]!, triples[3 * i + 2]!] as const;
      this.methods.push({ name, signature, type: s, targets });
    }
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

/** A queue that gives the least symbol first: neighbours in the object file are looked at together. */
class Heap {
  private a = new Int32Array(4096);
  length = 0;

  push(s: number): void {
    if (this.length === this.a.length) {
      const b = new Int32Array(this.a.length * 2);
      b.set(this.a);
      this.a = b;
    }
    const a = this.a;
    let i = this.length++;
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (a[up]! <= s) break;
      a[i] = a[up]!;
      i = up;
    }
    a[i] = s;
  }

  pop(): number {
    const a = this.a;
    const top = a[0]!;
    const n = --this.length;
    const s = a[n]!;
    let i = 0;
    for (;;) {
      let c = 2 * i + 1;
      if (c >= n) break;
      if (c + 1 < n && a[c + 1]! < a[c]!) c++;
      if (a[c]! >= s) break;
      a[i] = a[c]!;
      i = c;
    }
    a[i] = s;
    return top;
  }
}
