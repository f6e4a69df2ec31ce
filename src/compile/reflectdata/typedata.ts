import { encodeUtf8, InternalError, sha256 } from "#base";
import { ABI, Attr, type LSym, RelocType, SymKind } from "#obj";
import type { FuncRef, ItabRef, SType } from "#ssa";
import {
  BasicKind,
  canon,
  compareObj,
  Dir,
  emptyInterface,
  type Func,
  GoArray,
  type GoMap,
  type Interface,
  isExported,
  layoutOf,
  linkString,
  methodSet,
  nameString,
  type Package,
  pointerBitmap,
  pointerTo,
  Signature,
  Slice,
  Struct,
  Tuple,
  type Type,
  TypeKind,
  typ,
  typeSetOf,
  under,
  unsafePackage,
  universeError,
  Var,
  VarKind,
} from "#types";
import type { PackageSymbols, TypeSymbols } from "../symbols.ts";
import { Alg, algOf, hashMightPanic, needsKeyUpdate } from "#ssa";
import { NameSymbols } from "./names.ts";

// Type descriptors and itabs, as the runtime, reflection and the linker read them (internal/abi/type.go,
// cmd/compile/internal/reflectdata).

/** abi.TFlag. */
const enum TFlag {
  Uncommon = 1,
  ExtraStar = 2,
  Named = 4,
  RegularMemory = 8,
  GCMaskOnDemand = 16,
  DirectIface = 32,
}

const commonSize = 48;
const uncommonSize = 16;
/** Pointer masks beyond so many bytes are made at run time (abi: MaxPtrmaskBytes). */
const maxPtrmaskBytes = 2048;
const mapGroupSlots = 8;
const maxMapKeyBytes = 128;
const maxMapElemBytes = 128;

/** What descriptors need to know of functions; the builder's Program knows it. */
export interface MethodEntries {
  /** Entry point of a method: with the receiver as it is (tfn), or as one word in an interface (ifn). */
  methodEntry(recv: Type, method: Func, oneWord: boolean): FuncRef;
  /** type:.eq.T and type:.hash.T, made for this type. */
  eqFunc(t: Type): FuncRef;
  hashFunc(t: Type): FuncRef;
}

/** The type descriptors and itabs of one object. */
export class TypeData implements TypeSymbols {
  private readonly names: NameSymbols;
  private readonly written = new Map<string, LSym>();
  private readonly itabs = new Map<string, LSym>();
  private readonly methodLists = new Map<Type, readonly Func[]>();
  private readonly groups = new Map<Type, Struct>();
  /** Group types of maps, which have no equality and names of their own. */
  private readonly noalg = new Map<Type, string>();

  constructor(
    private readonly symbols: PackageSymbols,
    private readonly entries: MethodEntries,
    /** Path of the package being compiled. */
    private readonly path: string,
  ) {
    this.names = new NameSymbols(symbols);
  }

  type(t: SType): LSym {
    if (t.go === null) throw new InternalError("compile", t.name, "a type without descriptor");
    return this.descriptor(t.go);
  }

  /** The symbol of a type's descriptor; defines it if that is this object's business. */
  descriptor(type: Type): LSym {
    const t = this.noalg.has(type) ? type : canon(type);
    const name = this.symbolName(t);
    let s = this.written.get(name);
    if (s === undefined) {
      s = this.symbols.ctxt.lookup(name);
      this.written.set(name, s);
      if (this.isOurs(t)) this.write(t, s);
    }
    return s;
  }

  private symbolName(t: Type): string {
    const noalg = this.noalg.get(t);
    return noalg !== undefined ? `type:noalg.${noalg}` : `type:${linkString(t)}`;
  }

  /** Basic types are the runtime's, named types their package's; all others belong to whoever needs them. */
  private isOurs(type: Type): boolean {
    const t = baseType(type);
    if (t.kind === TypeKind.Basic) return this.path === "runtime";
    if (t.kind !== TypeKind.Named) {
      // any, error and what the runtime writes for them are named nowhere else.
      return true;
    }
    if (t.targs !== null) return true;
    if (t.obj.pkg === null) return this.path === "runtime";
    return t.obj.pkg.path === this.path;
  }

  // ---- Methods

  /** The methods of a concrete type in the order of descriptors: exported ones first, by name. */
  methods(type: Type): readonly Func[] {
    let list = this.methodLists.get(type);
    if (list === undefined) {
      list = under(type).kind === TypeKind.Interface ? [] : methodSet(type).map((m) => m.func);
      this.methodLists.set(type, list);
    }
    return list;
  }

  // ---- Descriptors

  private write(t: Type, s: LSym): void {
    const u = under(t);
    const fixed = fixedSize(u);
    const methods = this.noalg.has(t) ? [] : this.methods(t);
    const named = t.kind === TypeKind.Named || t.kind === TypeKind.Basic;
    const extra = named || methods.length > 0;
    const variable = fixed + (extra ? uncommonSize : 0);
    const listSize = variableSize(u);
    const size = variable + listSize + methods.length * 16;
    // Known as defined before its parts are written: types refer to themselves.
    s.grow(size);
    const base = baseType(t);
    const dupok = base.kind !== TypeKind.Basic && (base.kind !== TypeKind.Named || base.targs !== null);
    let attr = dupok ? Attr.DuplicateOK : 0;
    if (!named && !this.noalg.has(t) && hasTypelink(u)) attr |= Attr.MakeTypelink;
    this.symbols.define(s, SymKind.SRODATA, size, attr);
    this.writeCommon(t, s, extra, named);
    this.writeKind(t, u, s, variable);
    if (extra) this.writeUncommon(t, s, fixed, variable + listSize, methods);
  }

  private writeCommon(t: Type, s: LSym, extra: boolean, named: boolean): void {
    const size = layoutOf(t).size;
    const pointers = layoutOf(t).ptrBytes;
    int64(s, 0, size);
    int64(s, 8, pointers);
    s.writeBytes(16, typeHash(this.noalg.get(t) ?? linkString(t)));
    const text = nameString(t);
    const onDemand = pointers / 8 > maxPtrmaskBytes * 8;
    const noalg = this.noalg.has(t);
    let flags = 0;
    if (extra) flags |= TFlag.Uncommon;
    if (named) flags |= TFlag.Named;
    if (!noalg && algOf(t) === Alg.Mem) flags |= TFlag.RegularMemory;
    if (onDemand) flags |= TFlag.GCMaskOnDemand;
    // One pointer, however wrapped in structs and arrays (SType.isDirectIface).
    if (size === 8 && pointers === 8) flags |= TFlag.DirectIface;
    let exported = false;
    let str = text;
    if (!text.startsWith("*")) {
      str = `*${text}`;
      flags |= TFlag.ExtraStar;
      exported = isExportedType(t);
    } else if (t.kind === TypeKind.Pointer) {
      exported = isExportedType(t.elem);
    }
    s.writeInt(20, 1, flags);
    const align = layoutOf(t).align;
    s.writeInt(21, 1, align);
    s.writeInt(22, 1, align);
    s.writeInt(23, 1, abiKind(under(t)));
    const eq = noalg ? null : this.equality(t);
    if (eq !== null) s.writeAddr(24, 8, eq, 0);
    s.writeAddr(32, 8, onDemand ? this.gcMaskOnDemand(t) : this.gcMask(t), 0);
    s.writeAddr(40, 4, this.names.name(str, "", null, exported, false), 0, RelocType.R_ADDROFF);
    // **T and beyond are made when somebody asks.
    if (t.kind !== TypeKind.Pointer && !noalg) {
      const p = pointerTo(t);
      const strong = t.kind === TypeKind.Named || t.kind === TypeKind.Basic || this.methods(p).length > 0;
      s.writeAddr(44, 4, this.descriptor(p), 0, strong ? RelocType.R_ADDROFF : RelocType.R_ADDROFF | RelocType.R_WEAK);
    }
  }

  private writeKind(t: Type, u: Type, s: LSym, at: number): void {
    switch (u.kind) {
      case TypeKind.Array:
        s.writeAddr(48, 8, this.descriptor(u.elem), 0);
        s.writeAddr(56, 8, this.sliceOf(u.elem), 0);
        int64(s, 64, u.len);
        break;
      case TypeKind.Slice:
      case TypeKind.Pointer:
        s.writeAddr(48, 8, this.descriptor(u.elem), 0);
        break;
      case TypeKind.Chan:
        s.writeAddr(48, 8, this.descriptor(u.elem), 0);
        int64(s, 56, u.dir === Dir.Both ? 3 : u.dir === Dir.SendOnly ? 2 : 1);
        break;
      case TypeKind.Signature:
        this.writeFunc(u, s, at);
        break;
      case TypeKind.Interface:
        this.writeInterface(t, u, s, at);
        break;
      case TypeKind.Map:
        this.writeMap(t, u, s);
        break;
      case TypeKind.Struct:
        this.writeStruct(u, s, at);
        break;
    }
  }

  private sliceOf(elem: Type): LSym {
    if (!this.noalg.has(elem)) return this.descriptor(new Slice(elem));
    const t = new Slice(elem);
    this.noalg.set(t, `[]${this.noalg.get(elem)!}`);
    return this.descriptor(t);
  }

  private writeFunc(u: Signature, s: LSym, at: number): void {
    s.writeInt(48, 2, u.params.vars.length);
    s.writeInt(50, 2, u.results.vars.length | (u.variadic ? 0x8000 : 0));
    for (const v of [...u.params.vars, ...u.results.vars]) {
      s.writeAddr(at, 8, this.descriptor(v.type!), 0);
      at += 8;
    }
  }

  private writeInterface(t: Type, u: Interface, s: LSym, at: number): void {
    const pkg = t.kind === TypeKind.Named ? t.obj.pkg : null;
    if (pkg !== null) s.writeAddr(48, 8, this.names.importPath(pkg.path), 0);
    const methods = interfaceMethods(u);
    s.writeAddr(56, 8, s, at);
    int64(s, 64, methods.length);
    int64(s, 72, methods.length);
    for (const m of methods) {
      const exported = isExported(m.name);
      const from = !exported && m.pkg?.path !== pkg?.path ? (m.pkg?.path ?? null) : null;
      s.writeAddr(at, 4, this.names.name(m.name, "", from, exported, false), 0, RelocType.R_ADDROFF);
      s.writeAddr(at + 4, 4, this.descriptor(withoutReceiver(m.signature)), 0, RelocType.R_ADDROFF);
      at += 8;
    }
  }

  private writeStruct(u: Struct, s: LSym, at: number): void {
    const unexported = u.fields.find((f) => !isExported(f.name));
    // Fields that the compiler makes up (of the groups of maps) belong to the package without a path. Its name is the smallest
    // symbol of all: what comes first among the types has offset 0, which means that there is none.
    if (unexported !== undefined) s.writeAddr(48, 8, this.names.importPath(unexported.pkg?.path ?? ""), 0);
    s.writeAddr(56, 8, s, at);
    int64(s, 64, u.fields.length);
    int64(s, 72, u.fields.length);
    const { offsets } = layoutOf(u);
    u.fields.forEach((f, i) => {
      s.writeAddr(at, 8, this.names.name(f.name, u.tag(i), null, isExported(f.name), f.embedded), 0);
      s.writeAddr(at + 8, 8, this.descriptor(f.type!), 0);
      int64(s, at + 16, offsets[i]!);
      at += 24;
    });
  }

  private writeMap(t: Type, u: GoMap, s: LSym): void {
    const group = this.mapGroup(u);
    const slot = (group.fields[1]!.type as GoArray).elem as Struct;
    s.writeAddr(48, 8, this.descriptor(u.key), 0);
    s.writeAddr(56, 8, this.descriptor(u.elem), 0);
    s.writeAddr(64, 8, this.descriptor(group), 0);
    s.writeAddr(72, 8, this.hasher(u.key), 0);
    int64(s, 80, layoutOf(group).size);
    int64(s, 88, layoutOf(slot).size);
    int64(s, 96, layoutOf(slot).offsets[1]!);
    let flags = 0;
    if (needsKeyUpdate(u.key)) flags |= 1;
    if (hashMightPanic(u.key)) flags |= 2;
    if (layoutOf(u.key).size > maxMapKeyBytes) flags |= 4;
    if (layoutOf(u.elem).size > maxMapElemBytes) flags |= 8;
    s.writeInt(104, 4, flags);
    // Reflection may make the unnamed map type: both must hash alike, so both stay (go.dev/issue/37716).
    if (t !== u) s.addReloc(0, 0, RelocType.R_KEEP, 0, this.descriptor(u));
  }

  /** The type of a group of slots (internal/runtime/maps/group.go), which only descriptors of maps refer to. */
  private mapGroup(u: GoMap): Struct {
    let group = this.groups.get(u);
    if (group !== undefined) return group;
    const field = (name: string, type: Type) => new Var(VarKind.Field, 0, null, name, type);
    const key = layoutOf(u.key).size > maxMapKeyBytes ? pointerTo(u.key) : u.key;
    const elem = layoutOf(u.elem).size > maxMapElemBytes ? pointerTo(u.elem) : u.elem;
    const slot = new Struct([field("key", key), field("elem", elem)], null);
    const slots = new GoArray(mapGroupSlots, slot);
    group = new Struct([field("ctrl", typ[BasicKind.Uint64]!), field("slots", slots)], null);
    const args = `[${linkString(u.key)}]${linkString(u.elem)}`;
    this.noalg.set(slot, `map.slot${args}`);
    this.noalg.set(slots, `map.slots${args}`);
    this.noalg.set(group, `map.group${args}`);
    this.groups.set(u, group);
    return group;
  }

  private writeUncommon(t: Type, s: LSym, at: number, list: number, methods: readonly Func[]): void {
    const pkg = descriptorPackage(t);
    if (pkg !== null) s.writeAddr(at, 4, this.names.importPath(pkg.path), 0, RelocType.R_ADDROFF);
    s.writeInt(at + 4, 2, methods.length);
    s.writeInt(at + 6, 2, methods.filter((m) => isExported(m.name)).length);
    s.writeInt(at + 8, 4, list - at);
    for (const m of methods) {
      const exported = isExported(m.name);
      const from = !exported && m.pkg?.path !== pkg?.path ? (m.pkg?.path ?? null) : null;
      s.writeAddr(list, 4, this.names.name(m.name, "", from, exported, false), 0, RelocType.R_ADDROFF);
      // The linker drops the three together.
      s.writeAddr(list + 4, 4, this.descriptor(withoutReceiver(m.signature)), 0, RelocType.R_METHODOFF);
      s.writeAddr(list + 8, 4, this.text(this.entries.methodEntry(t, m, true)), 0, RelocType.R_METHODOFF);
      s.writeAddr(list + 12, 4, this.text(this.entries.methodEntry(t, m, false)), 0, RelocType.R_METHODOFF);
      list += 16;
    }
  }

  private text(fn: FuncRef): LSym {
    return this.symbols.ctxt.lookupABI(fn.name, ABI.ABIInternal);
  }

  // ---- Equality, hashes, masks

  /** The closure that compares two values of a type; null if they cannot be compared. */
  private equality(t: Type): LSym | null {
    const alg = algOf(t);
    switch (alg) {
      case Alg.NoEq:
        return null;
      case Alg.Mem: {
        const size = layoutOf(t).size;
        if ([0, 1, 2, 4, 8, 16].includes(size)) return this.symbols.runtimeFuncValue(`memequal${size * 8}`);
        return this.sizedClosure("eqfunc", "runtime.memequal_varlen", size);
      }
      case Alg.Special:
        return this.closure("eqfunc", t, this.entries.eqFunc(t));
      default:
        return this.symbols.runtimeFuncValue(`${algNames[alg]}equal`);
    }
  }

  /** The closure that hashes a key of a type. */
  private hasher(t: Type): LSym {
    const alg = algOf(t);
    switch (alg) {
      case Alg.NoEq:
        throw new InternalError("compile", linkString(t), "a map key that cannot be compared");
      case Alg.Mem: {
        const size = layoutOf(t).size;
        if ([0, 1, 2, 4, 8, 16].includes(size)) return this.symbols.runtimeFuncValue(`memhash${size * 8}`);
        return this.sizedClosure("hashfunc", "runtime.memhash_varlen", size);
      }
      case Alg.Special:
        return this.closure("hashfunc", t, this.entries.hashFunc(t));
      default:
        return this.symbols.runtimeFuncValue(`${algNames[alg]}hash`);
    }
  }

  private sizedClosure(kind: string, fn: string, size: number): LSym {
    const s = this.symbols.ctxt.lookup(`type:.${kind}${size}`);
    if (s.kind === SymKind.Sxxx) {
      s.writeAddr(0, 8, this.symbols.ctxt.lookupABI(fn, ABI.ABIInternal), 0);
      int64(s, 8, size);
      this.symbols.define(s, SymKind.SRODATA, 16, Attr.DuplicateOK);
    }
    return s;
  }

  private closure(kind: string, t: Type, fn: FuncRef): LSym {
    const s = this.symbols.ctxt.lookup(`type:.${kind}.${linkString(t)}`);
    if (s.kind === SymKind.Sxxx) {
      s.writeAddr(0, 8, this.text(fn), 0);
      this.symbols.define(s, SymKind.SRODATA, 8, Attr.DuplicateOK);
    }
    return s;
  }

  /** runtime.gcbits.…: one bit a word, the words up to the last pointer (cmd/compile/internal/reflectdata: dgcptrmask). */
  gcMask(t: Type): LSym {
    const bits = pointerBitmap(t);
    // The runtime reads masks eight bytes at a time.
    const bytes = new Uint8Array(Math.ceil(Math.ceil(layoutOf(t).ptrBytes / 8 / 8) / 8) * 8);
    bytes.set(bits.subarray(0, bytes.length));
    let name = "runtime.gcbits.";
    for (const b of bits.subarray(0, Math.ceil(layoutOf(t).ptrBytes / 64))) name += b.toString(16).padStart(2, "0");
    const s = this.symbols.ctxt.lookup(name);
    if (s.kind === SymKind.Sxxx) {
      s.writeBytes(0, bytes);
      this.symbols.define(s, SymKind.SRODATA, bytes.length, Attr.DuplicateOK | Attr.Local | Attr.ContentAddressable);
    }
    return s;
  }

  /** A word that the runtime fills with the address of a mask it makes when it first needs it. */
  private gcMaskOnDemand(t: Type): LSym {
    const s = this.symbols.ctxt.lookup(`type:.gcmask.${linkString(t)}`);
    if (s.kind === SymKind.Sxxx) {
      s.grow(8);
      this.symbols.define(s, SymKind.SNOPTRDATA, 8, Attr.DuplicateOK | Attr.Local);
    }
    return s;
  }

  // ---- Itabs

  itab(ref: ItabRef): LSym {
    return this.itabOf(ref.concrete.go!, ref.iface.go!);
  }

  itabOf(concrete: Type, iface: Type): LSym {
    const name = `go:itab.${linkString(concrete)},${linkString(iface)}`;
    let s = this.itabs.get(name);
    if (s !== undefined) return s;
    s = this.symbols.ctxt.lookup(name);
    this.itabs.set(name, s);
    const wanted = interfaceMethods(under(iface) as Interface);
    const have = this.methods(canon(concrete));
    const entries: Func[] = [];
    for (const w of wanted) {
      const m = have.find((h) => h.name === w.name && (isExported(w.name) || h.pkg?.path === w.pkg?.path));
      if (m !== undefined) entries.push(m);
    }
    const complete = entries.length === wanted.length;
    const size = 24 + 8 * (complete ? entries.length : 1);
    s.grow(size);
    // Known by name, not by content: its content names types, which each package refers to in its own way, and there must
    // be one table only, for interfaces are compared by it.
    this.symbols.define(s, SymKind.SRODATA, size, Attr.DuplicateOK);
    s.writeAddr(0, 8, this.descriptor(iface), 0);
    s.writeAddr(8, 8, this.descriptor(concrete), 0);
    s.writeBytes(16, typeHash(linkString(concrete)));
    // Generic code may ask for an itab of a type that lacks methods: its first word stays 0 and says so.
    if (complete) {
      entries.forEach((m, i) => {
        s.writeAddr(
          24 + 8 * i,
          8,
          this.text(this.entries.methodEntry(concrete, m, true)),
          0,
          RelocType.R_ADDR | RelocType.R_WEAK,
        );
      });
    }
    return s;
  }

  /** Types that only the runtime describes: basic ones, their pointers and slices (reflectdata: WriteBasicTypes). */
  writeBasicTypes(): void {
    for (let k = BasicKind.Bool; k <= BasicKind.UnsafePointer; k++) {
      const t = typ[k]!;
      this.descriptor(pointerTo(t));
      this.descriptor(pointerTo(new Slice(t)));
    }
    for (const t of [emptyInterface, universeError]) {
      this.descriptor(pointerTo(t));
      this.descriptor(pointerTo(new Slice(t)));
    }
    const param = new Var(VarKind.Param, 0, null, "", universeError);
    const result = new Var(VarKind.Result, 0, null, "", typ[BasicKind.String]!);
    this.descriptor(pointerTo(new Signature(null, new Tuple([param]), new Tuple([result]), false)));
  }
}

const algNames: Partial<Record<Alg, string>> = {
  [Alg.String]: "str",
  [Alg.Inter]: "inter",
  [Alg.NilInter]: "nilinter",
  [Alg.Float32]: "f32",
  [Alg.Float64]: "f64",
  [Alg.Complex64]: "c64",
  [Alg.Complex128]: "c128",
};

function int64(s: LSym, off: number, v: number): void {
  s.writeInt64(off, v | 0, Math.floor(v / 4294967296) | 0);
}

/** The first four bytes of a type's hash (cmd/internal/hash: Sum32 of the link string). */
export function typeHash(link: string): Uint8Array {
  const h = sha256(encodeUtf8(link)).slice(0, 4);
  h[0]! ^= 0xff;
  return h;
}

/** T for *T, when that decides where a descriptor belongs. */
function baseType(t: Type): Type {
  return t.kind === TypeKind.Pointer && (t.elem.kind === TypeKind.Named || t.elem.kind === TypeKind.Basic) ? t.elem : t;
}

function isExportedType(t: Type): boolean {
  return t.kind === TypeKind.Named && isExported(t.obj.name);
}

function hasTypelink(u: Type): boolean {
  return (
    u.kind === TypeKind.Pointer ||
    u.kind === TypeKind.Array ||
    u.kind === TypeKind.Chan ||
    u.kind === TypeKind.Signature ||
    u.kind === TypeKind.Map ||
    u.kind === TypeKind.Slice ||
    u.kind === TypeKind.Struct
  );
}

/** The package an uncommon type names: its own, or that of its element. */
function descriptorPackage(t: Type): Package | null {
  if (t.kind === TypeKind.Named) return t.obj.pkg;
  if (isUnsafePointer(t)) return unsafePackage;
  if (
    t.kind === TypeKind.Array ||
    t.kind === TypeKind.Slice ||
    t.kind === TypeKind.Pointer ||
    t.kind === TypeKind.Chan
  ) {
    if (t.elem.kind === TypeKind.Named) return t.elem.obj.pkg;
    if (isUnsafePointer(t.elem)) return unsafePackage;
  }
  return null;
}

function isUnsafePointer(t: Type): boolean {
  return t.kind === TypeKind.Basic && t.basic === BasicKind.UnsafePointer;
}

function withoutReceiver(sig: Signature): Signature {
  return sig.recv === null ? sig : new Signature(null, sig.params, sig.results, sig.variadic);
}

function interfaceMethods(u: Interface): readonly Func[] {
  return [...typeSetOf(u).methods].sort(compareObj);
}

function fixedSize(u: Type): number {
  switch (u.kind) {
    case TypeKind.Array:
      return 72;
    case TypeKind.Slice:
    case TypeKind.Pointer:
    case TypeKind.Signature:
      return 56;
    case TypeKind.Chan:
      return 64;
    case TypeKind.Interface:
    case TypeKind.Struct:
      return 80;
    case TypeKind.Map:
      return 112;
    default:
      return commonSize;
  }
}

/** Bytes of the list that follows the uncommon part. */
function variableSize(u: Type): number {
  switch (u.kind) {
    case TypeKind.Signature:
      return 8 * (u.params.vars.length + u.results.vars.length);
    case TypeKind.Interface:
      return 8 * interfaceMethods(u).length;
    case TypeKind.Struct:
      return 24 * u.fields.length;
    default:
      return 0;
  }
}

/** abi.Kind. */
function abiKind(u: Type): number {
  switch (u.kind) {
    case TypeKind.Basic:
      if (u.basic === BasicKind.String) return 24;
      if (u.basic === BasicKind.UnsafePointer) return 26;
      // Bool 1 … Complex128 16, in the order of BasicKind.
      return u.basic;
    case TypeKind.Array:
      return 17;
    case TypeKind.Chan:
      return 18;
    case TypeKind.Signature:
      return 19;
    case TypeKind.Interface:
      return 20;
    case TypeKind.Map:
      return 21;
    case TypeKind.Pointer:
      return 22;
    case TypeKind.Slice:
      return 23;
    case TypeKind.Struct:
      return 25;
    default:
      throw new InternalError("compile", String(u.kind), "no kind for the descriptor of such a type");
  }
}
