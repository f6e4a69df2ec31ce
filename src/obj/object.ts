import {
  AuxType,
  builtinIndex,
  contentHash,
  contentHash64,
  contentSection,
  emptyObjectFile,
  type HashReloc,
  type HashTarget,
  type ObjAux,
  type ObjectFile,
  ObjFlag,
  type ObjReloc,
  type ObjSym,
  PkgIdx,
  pathToPrefix,
  SymABIStatic,
  SymFlag,
  SymFlag2,
  SymKind,
  writeFuncInfo,
  writeGoobj,
} from "#formats";
import { sortRelocs } from "./assemble.ts";
import type { Ctxt } from "./ctxt.ts";
import { Attr, type FuncInfo, LSym } from "./sym.ts";

// From symbols to an object file: numbering, hashing, and the order in which Go's toolchain writes things, to the byte
// (cmd/internal/obj/sym.go NumberSyms, objfile.go).

const enum Walk {
  Defs = 1,
  Refs = 2,
  Aux = 4,
  Pcdata = 8,
}

/** Visits symbols in the order that numbers, and names in the string area, follow. */
function walk(ctxt: Ctxt, what: number, visit: (s: LSym) => void): void {
  for (const list of [ctxt.text, ctxt.data]) {
    for (const s of list) {
      if ((what & Walk.Defs) !== 0) visit(s);
      if ((what & Walk.Refs) !== 0) for (const r of s.relocs) if (r.sym !== null) visit(r.sym);
      const fn = isText(s) ? s.func : null;
      if ((what & Walk.Aux) !== 0) {
        if (s.gotype !== null) visit(s.gotype);
        if (fn !== null) walkFunc(ctxt, fn, (what & Walk.Refs) !== 0, visit);
        else if (s.varInfo !== null) visit(s.varInfo);
      }
      if ((what & Walk.Pcdata) !== 0 && fn !== null) {
        const t = fn.pcln;
        if (t.pcsp !== null) visit(t.pcsp);
        if (t.pcfile !== null) visit(t.pcfile);
        if (t.pcline !== null) visit(t.pcline);
        if (t.pcinline !== null) visit(t.pcinline);
        for (const d of t.pcdata) visit(d);
      }
    }
  }
}

function walkFunc(ctxt: Ctxt, fn: FuncInfo, refs: boolean, visit: (s: LSym) => void): void {
  for (const d of fn.pcln.funcdata) if (d !== null) visit(d);
  // The names of source files are entered as symbols too, for no reader: an object has to have them to be Go's.
  const files = fn.pcln.usedFiles;
  if (files.length === 1) visit(ctxt.lookup(ctxt.files[files[0]!]!));
  else for (const f of files.slice().sort((a, b) => a - b)) visit(ctxt.lookup(ctxt.files[f]!));
  for (const call of fn.pcln.inlTree) visit(call.func);
  walkDwarf(fn.dwarfRanges, refs, visit);
  walkDwarf(fn.dwarfLoc, refs, visit);
  walkDwarf(fn.dwarfLines, refs, visit);
  walkDwarf(fn.dwarfInfo, refs, visit);
}

function walkDwarf(s: LSym | null, refs: boolean, visit: (s: LSym) => void): void {
  if (s === null || s.size === 0) return;
  visit(s);
  if (refs) for (const r of s.relocs) if (r.sym !== null) visit(r.sym);
}

function dwarfSyms(fn: FuncInfo): LSym[] {
  const list: LSym[] = [];
  for (const s of [fn.dwarfRanges, fn.dwarfLoc, fn.dwarfLines, fn.dwarfInfo])
    if (s !== null && s.size !== 0) list.push(s);
  return list;
}

function isText(s: LSym): boolean {
  return s.kind === SymKind.STEXT || s.kind === SymKind.STEXTFIPS;
}

interface Lists {
  readonly defs: LSym[];
  readonly hashed64: LSym[];
  readonly hashed: LSym[];
  readonly nonpkgdefs: LSym[];
  readonly nonpkgrefs: LSym[];
  readonly pkgs: string[];
}

/** Gives every symbol defined or referenced its (package index, symbol index). */
function numberSyms(ctxt: Ctxt): Lists {
  ctxt.constSyms.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  ctxt.data.push(...ctxt.constSyms);
  ctxt.constSyms.length = 0;
  const l: Lists = { defs: [], hashed64: [], hashed: [], nonpkgdefs: [], nonpkgrefs: [], pkgs: [""] };
  walk(ctxt, Walk.Defs | Walk.Pcdata, (s) => {
    let list: LSym[];
    if (s.has(Attr.ContentAddressable)) {
      if (s.size <= 8 && s.relocs.length === 0 && contentSection(s.name, s.has(Attr.Pcdata)) === 0) {
        s.pkgIdx = PkgIdx.Hashed64;
        list = l.hashed64;
      } else {
        s.pkgIdx = PkgIdx.Hashed;
        list = l.hashed;
      }
    } else if (isNonPkg(ctxt, s)) {
      s.pkgIdx = PkgIdx.None;
      list = l.nonpkgdefs;
    } else {
      s.pkgIdx = PkgIdx.Self;
      list = l.defs;
    }
    s.symIdx = list.length;
    list.push(s);
    s.attr |= Attr.Indexed;
  });
  const pkgNumbers = new Map<string, number>();
  walk(ctxt, Walk.Refs | Walk.Aux, (s) => {
    if (s.pkgIdx !== 0) return;
    if (!ctxt.linkshared) {
      const i = s.has(Attr.Linkname) ? -1 : builtinIndex(s.name, s.abi);
      if (i >= 0) {
        s.pkgIdx = PkgIdx.Builtin;
        s.symIdx = i;
        s.attr |= Attr.Indexed;
        return;
      }
    }
    if (s.pkg === "" || s.pkg === "_" || !s.has(Attr.Indexed)) {
      s.pkgIdx = PkgIdx.None;
      s.symIdx = l.nonpkgdefs.length + l.nonpkgrefs.length;
      s.attr |= Attr.Indexed;
      l.nonpkgrefs.push(s);
      return;
    }
    let k = pkgNumbers.get(s.pkg);
    if (k === undefined) {
      k = l.pkgs.length;
      pkgNumbers.set(s.pkg, k);
      l.pkgs.push(s.pkg);
    }
    s.pkgIdx = k;
  });
  return l;
}

/** Whether a symbol is to be found by name rather than by its number in the package. */
function isNonPkg(ctxt: Ctxt, s: LSym): boolean {
  if (ctxt.isAsm && !s.has(Attr.Static)) return true;
  return ctxt.linkshared || s.pkg === "_" || s.has(Attr.DuplicateOK);
}

/** Makes the FuncInfo symbol of each function and puts it and the DWARF symbols at the end of the package's own. */
function addFuncInfo(ctxt: Ctxt, l: Lists): void {
  for (const s of ctxt.text) {
    const fn = s.func;
    if (fn === null) continue;
    const data = writeFuncInfo({
      args: fn.args,
      locals: fn.locals,
      funcID: fn.funcID,
      funcFlag: fn.funcFlag,
      startLine: fn.startLine,
      files: fn.pcln.usedFiles.slice().sort((a, b) => a - b),
      inlTree: fn.pcln.inlTree.map((n) => ({
        parent: n.parent,
        file: n.file,
        line: n.line,
        pkg: n.func.pkgIdx,
        sym: n.func.symIdx,
        parentPC: n.parentPC,
      })),
    });
    const info = new LSym("", 0);
    info.kind = SymKind.SDATA;
    info.data = data;
    info.dataLen = data.length;
    info.size = data.length;
    fn.funcInfoSym = info;
    for (const d of [info, ...dwarfSyms(fn)]) {
      d.pkgIdx = PkgIdx.Self;
      d.symIdx = l.defs.length;
      d.attr |= Attr.Indexed | Attr.OnList;
      l.defs.push(d);
    }
  }
}

const noRelocs: ObjReloc[] = [];
const noHashRelocs: HashReloc[] = [];
const noAux: ObjAux[] = [];

class ObjectWriter {
  private readonly hashes = new Map<LSym, Uint8Array>();
  private readonly pkgPrefix: string;

  constructor(private readonly ctxt: Ctxt) {
    this.pkgPrefix = pathToPrefix(ctxt.pkgpath);
  }

  /** The ABI, flags and alignment of a record. */
  sym(s: LSym, withBody: boolean): ObjSym {
    const ctxt = this.ctxt;
    const name = s.name;
    let flag = 0;
    if (s.has(Attr.DuplicateOK)) flag |= SymFlag.Dupok;
    if (s.has(Attr.Local)) flag |= SymFlag.Local;
    if (s.has(Attr.MakeTypelink)) flag |= SymFlag.Typelink;
    if (s.has(Attr.Leaf)) flag |= SymFlag.Leaf;
    if (s.has(Attr.NoSplit)) flag |= SymFlag.NoSplit;
    if (s.has(Attr.ReflectMethod)) flag |= SymFlag.ReflectMethod;
    const rodata = s.kind === SymKind.SRODATA;
    if (rodata && name.startsWith("type:") && name[5] !== ".") flag |= SymFlag.GoType;
    let flag2 = 0;
    if (s.has(Attr.UsedInIface)) flag2 |= SymFlag2.UsedInIface;
    if (rodata && name.startsWith("go:itab.")) flag2 |= SymFlag2.Itab;
    const pkg = ctxt.pkgpath;
    if (name.startsWith("..dict", pkg.length) && name.startsWith(pkg)) flag2 |= SymFlag2.Dict;
    if (s.has(Attr.PkgInit)) flag2 |= SymFlag2.PkgInit;
    if (s.has(Attr.Linkname) || (ctxt.isAsm && name !== "") || name === "main.main") flag2 |= SymFlag2.Linkname;
    if (s.has(Attr.ABIWrapper)) flag2 |= SymFlag2.ABIWrapper;
    return {
      name,
      abi: s.has(Attr.Static) ? SymABIStatic : s.abi,
      kind: s.kind,
      flag,
      flag2,
      size: s.size,
      align:
        s.func !== null ? s.func.align : s.has(Attr.ContentAddressable) && s.size !== 0 ? contentAlign(s) : s.align,
      relocs: withBody ? this.relocs(s) : [],
      aux: withBody ? this.aux(s) : [],
      data: withBody ? s.bytes() : s.data.subarray(0, 0),
    };
  }

  private relocs(s: LSym): ObjReloc[] {
    if (s.relocs.length === 0) return noRelocs;
    sortRelocs(s.relocs);
    return s.relocs.map((r) => ({
      off: r.off,
      size: r.size,
      type: r.type,
      add: r.add,
      pkg: r.sym === null ? 0 : r.sym.pkgIdx,
      sym: r.sym === null ? 0 : r.sym.symIdx,
    }));
  }

  private aux(s: LSym): ObjAux[] {
    if (s.func === null && s.gotype === null && s.varInfo === null) return noAux;
    const list: ObjAux[] = [];
    const put = (type: AuxType, a: LSym | null): void => {
      list.push({ type, pkg: a === null ? 0 : a.pkgIdx, sym: a === null ? 0 : a.symIdx });
    };
    const putSized = (type: AuxType, a: LSym | null): void => {
      if (a !== null && a.size !== 0) put(type, a);
    };
    if (s.gotype !== null) put(AuxType.Gotype, s.gotype);
    const fn = s.func;
    if (fn !== null) {
      put(AuxType.FuncInfo, fn.funcInfoSym);
      for (const d of fn.pcln.funcdata) put(AuxType.Funcdata, d);
      putSized(AuxType.DwarfInfo, fn.dwarfInfo);
      putSized(AuxType.DwarfLoc, fn.dwarfLoc);
      putSized(AuxType.DwarfRanges, fn.dwarfRanges);
      putSized(AuxType.DwarfLines, fn.dwarfLines);
      putSized(AuxType.Pcsp, fn.pcln.pcsp);
      putSized(AuxType.Pcfile, fn.pcln.pcfile);
      putSized(AuxType.Pcline, fn.pcln.pcline);
      putSized(AuxType.Pcinline, fn.pcln.pcinline);
      for (const d of fn.pcln.pcdata) put(AuxType.Pcdata, d);
    } else putSized(AuxType.DwarfInfo, s.varInfo);
    return list;
  }

  /** The 16-byte content hash; relocations count in the order in which they were made. */
  hash(s: LSym): Uint8Array {
    let h = this.hashes.get(s);
    if (h === undefined) {
      const relocs: HashReloc[] =
        s.relocs.length === 0
          ? noHashRelocs
          : s.relocs.map((r) => ({
              off: r.off,
              size: r.size,
              type: r.type,
              add: r.add,
              target: r.sym === null ? null : this.target(r.sym),
            }));
      h = contentHash(s.size, contentSection(s.name, s.has(Attr.Pcdata)), s.bytes(), relocs);
      this.hashes.set(s, h);
    }
    return h;
  }

  private target(s: LSym): HashTarget {
    switch (s.pkgIdx) {
      case PkgIdx.Hashed64:
        return { kind: "hash64", bytes: contentHash64(s.bytes()) };
      case PkgIdx.Hashed:
        return { kind: "hash", bytes: this.hash(s) };
      case PkgIdx.None:
        return { kind: "name", name: s.name };
      case PkgIdx.Builtin:
        return { kind: "builtin", index: s.symIdx };
      case PkgIdx.Self:
        return { kind: "package", path: this.pkgPrefix, index: s.symIdx };
      default:
        return { kind: "package", path: s.pkg, index: s.symIdx };
    }
  }
}

const byteSuffixes = [".opendefer", ".arginfo0", ".arginfo1", ".argliveinfo"];

/** Natural alignment of content-addressable data; strings and variable-length records are bytes. */
function contentAlign(s: LSym): number {
  const n = s.name;
  if (n.startsWith("go:string.") || n.startsWith("type:.namedata.") || n.startsWith("type:.importpath.")) return 1;
  for (const x of byteSuffixes) if (n.endsWith(x)) return 1;
  if (n.startsWith("gclocals·")) return 4;
  return s.size % 8 === 0 ? 8 : s.size % 4 === 0 ? 4 : s.size % 2 === 0 ? 2 : 1;
}

/** The goobj block of everything that ctxt defines; the text header before it is the caller's. */
export function writeObject(ctxt: Ctxt): Uint8Array {
  return writeGoobj(buildObject(ctxt));
}

/** As writeObject, but not serialised yet. Numbers the symbols: call it once. */
export function buildObject(ctxt: Ctxt): ObjectFile {
  const l = numberSyms(ctxt);
  addFuncInfo(ctxt, l);
  const w = new ObjectWriter(ctxt);
  const o = emptyObjectFile();
  o.fingerprint = ctxt.fingerprint;
  o.flags =
    (ctxt.shared ? ObjFlag.Shared : 0) |
    (ctxt.pkgpath === "<unlinkable>" ? ObjFlag.Unlinkable : 0) |
    (ctxt.isAsm ? ObjFlag.FromAssembly : 0) |
    (ctxt.std ? ObjFlag.Std : 0);
  o.autolib = ctxt.imports.slice();
  o.pkgs = l.pkgs;
  o.files = ctxt.files.slice();
  for (const i of ctxt.imports) o.strings.push(i.path);
  o.strings.push(...l.pkgs);
  walk(ctxt, Walk.Defs | Walk.Refs | Walk.Aux | Walk.Pcdata, (s) => {
    if (s.name !== "" && s.pkgIdx !== PkgIdx.Builtin) o.strings.push(s.name);
  });
  o.hashes64 = new Uint8Array(8 * l.hashed64.length);
  l.hashed64.forEach((s, i) => {
    o.hashes64.set(contentHash64(s.bytes()), 8 * i);
  });
  o.hashes = new Uint8Array(16 * l.hashed.length);
  l.hashed.forEach((s, i) => {
    o.hashes.set(w.hash(s), 16 * i);
  });
  o.symdefs = l.defs.map((s) => w.sym(s, true));
  o.hashed64 = l.hashed64.map((s) => w.sym(s, true));
  o.hashed = l.hashed.map((s) => w.sym(s, true));
  o.nonpkgdefs = l.nonpkgdefs.map((s) => w.sym(s, true));
  o.nonpkgrefs = l.nonpkgrefs.map((s) => w.sym(s, false));
  const seen = new Set<LSym>();
  walk(ctxt, Walk.Refs, (s) => {
    if (s.pkgIdx >= PkgIdx.Self || seen.has(s)) return;
    seen.add(s);
    if (s.has(Attr.UsedInIface))
      o.refFlags.push({ pkg: s.pkgIdx, sym: s.symIdx, flag: 0, flag2: SymFlag2.UsedInIface });
    o.refNames.push({ pkg: s.pkgIdx, sym: s.symIdx, name: s.name });
  });
  return o;
}
