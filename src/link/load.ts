// Reads the objects of a program, package after package (cmd/link/internal/ld/lib.go, ld.go).

import { decodeUtf8, hexBytes } from "#base";
import { FormatError, findObjectStart, GoobjReader, isArchive, ObjFlag, readGoHeader } from "#formats";
import { exitf, fatal } from "./errors.ts";
import type { Link } from "./link.ts";
import { LinkObject } from "./loader.ts";
import { CompilationUnit, Library, type SymbolSource } from "./source.ts";

const zeroFingerprint = new Uint8Array(8);

/** Loads package main, what it imports, and the runtime. */
export function loadLibraries(ctxt: Link): void {
  const o = ctxt.options;
  const readerOf = ctxt.readFile;
  const libs = ctxt.libraries;
  addLibrary(ctxt, "command line", "command line", o.main, "main", zeroFingerprint);
  let i = 0;
  for (; i < libs.length; i++) loadFile(ctxt, libs[i]!, readerOf);
  if (!ctxt.libraryByPkg.has("runtime")) {
    const file = findLibrary(ctxt, "runtime");
    if (file === "" && o.packageFiles !== null) ctxt.log("loadinternal: cannot find runtime\n");
    else if (file === "") exitf("error: unable to find runtime.a");
    else addLibrary(ctxt, "internal", "internal", file, "runtime", zeroFingerprint);
  }
  for (; i < libs.length; i++) loadFile(ctxt, libs[i]!, readerOf);
}

function addLibrary(
  ctxt: Link,
  srcref: string,
  objref: string,
  file: string,
  pkg: string,
  fingerprint: Uint8Array,
): Library {
  const known = ctxt.libraryByPkg.get(pkg);
  if (known !== undefined) return known;
  const lib = new Library(srcref, objref, file, pkg, fingerprint);
  ctxt.libraryByPkg.set(pkg, lib);
  ctxt.libraries.push(lib);
  return lib;
}

/** The file of a package, "" when there is none. */
function findLibrary(ctxt: Link, pkg: string): string {
  const files = ctxt.options.packageFiles;
  if (files !== null) return files.get(pkg) ?? "";
  for (const dir of ctxt.options.libDirs) {
    for (const ext of [".a", ".o"]) {
      const file = `${dir}/${pkg}${ext}`;
      if (ctxt.fileExists(file)) return file;
    }
  }
  return "";
}

function isZero(fingerprint: Uint8Array): boolean {
  for (let i = 0; i < 8; i++) if (fingerprint[i] !== 0) return false;
  return true;
}

function checkFingerprint(lib: Library, have: Uint8Array, source: string, want: Uint8Array): void {
  for (let i = 0; i < 8; i++) {
    if (have[i] !== want[i]) {
      exitf(
        `fingerprint mismatch: ${lib.pkg} has ${hexBytes(have)}, import from ${source} expecting ${hexBytes(want)}`,
      );
    }
  }
}

function loadFile(ctxt: Link, lib: Library, read: (file: string) => Uint8Array): void {
  let bytes: Uint8Array;
  try {
    bytes = read(lib.file);
  } catch (e) {
    exitf(`cannot open file ${lib.file}: open ${lib.file}: ${e instanceof Error ? e.message : String(e)}`);
  }
  if (ctxt.options.verbose > 1) ctxt.log(`ldobj: ${lib.file} (${lib.pkg})\n`);
  if (!isArchive(bytes)) loadObject(ctxt, lib, bytes, lib.file);
  else loadArchive(ctxt, lib, bytes);
  if (lib.pkg === "main" && !lib.main) exitf(`${lib.file}: not package main`);
}

/** Walks an archive as cmd/link does: a short header at the end ends it, sizes are trusted up to the file's end. */
function loadArchive(ctxt: Link, lib: Library, bytes: Uint8Array): void {
  let p = 8;
  while (p + 60 <= bytes.length) {
    const name = trimmed(bytes, p, p + 16);
    const sizeText = trimmed(bytes, p + 48, p + 58);
    const size = /^[0-9]+$/.test(sizeText) ? Number(sizeText) : -1;
    if (size < 0 || bytes[p + 58] !== 0x60 || bytes[p + 59] !== 0x0a) exitf(`${lib.file}: malformed archive`);
    const start = p + 60;
    p = start + size + (size & 1);
    if (name === "__.PKGDEF") continue;
    // The go command keeps other things in archives as well; only objects have these extensions, or a cut name.
    if (name.length < 16 && !name.endsWith(".o") && !name.endsWith(".syso")) continue;
    const pn = `${lib.file}(${name})`;
    if (start + size > bytes.length) {
      ctxt.reporter.error(`truncated object file: ${pn}`);
      return;
    }
    loadObject(ctxt, lib, bytes.subarray(start, start + size), pn);
  }
}

function trimmed(bytes: Uint8Array, from: number, to: number): string {
  return decodeUtf8(bytes.subarray(from, to)).trimEnd();
}

function loadObject(ctxt: Link, lib: Library, data: Uint8Array, pn: string): void {
  const unit = new CompilationUnit(lib);
  lib.units.push(unit);
  if (data[0] !== 0x67 || data[1] !== 0x6f || data[2] !== 0x20 || data[3] !== 0x6f) {
    // Not "go o": cmd/link leaves it to the system's linker, and looks for what is missing first.
    ctxt.foreignObject = pn;
    return;
  }
  const end = data.indexOf(0x0a);
  if (end < 0) {
    ctxt.reporter.error(`truncated object file: ${pn}: unexpected EOF`);
    return;
  }
  const line = decodeUtf8(data.subarray(0, end));
  if (!line.startsWith("go object ")) {
    ctxt.reporter.error(`${pn}: not an object file: @0 ${JSON.stringify(`${line.slice(0, 100)}\n`)}`);
    return;
  }
  if (ctxt.header === "") ctxt.setHeader(line);
  if (line !== ctxt.header) {
    const q = (s: string): string => JSON.stringify(`${s}\n`);
    ctxt.reporter.error(`${pn}: linked object header mismatch:\nhave ${q(line)}\nwant ${q(ctxt.header)}\n`);
  }
  const start = findObjectStart(data);
  if (start < 0) {
    ctxt.reporter.error(`truncated object file: ${pn}`);
    return;
  }
  // As in cmd/link, -g also leaves unseen that a package is main.
  if (!ctxt.options.skipPackageData && readGoHeader(data).main) lib.main = true;
  if (!ctxt.options.skipPackageData) refuseCgo(lib, data.subarray(0, start), pn);
  let source: SymbolSource;
  try {
    source = new GoobjReader(data.subarray(start));
  } catch (e) {
    if (e instanceof FormatError) exitf(`${pn}: cannot read object file: ${e.message}`);
    throw e;
  }
  addSource(ctxt, lib, unit, source, pn);
}

/** Gives a package's symbols to the link: the one way in, for files and for anything else that makes symbols. */
export function addSource(ctxt: Link, lib: Library, unit: CompilationUnit, source: SymbolSource, pn: string): void {
  if ((source.flags & ObjFlag.Unlinkable) !== 0) {
    fatal(`link: unlinkable object (from package ${lib.pkg}) - compiler requires -p flag`);
  }
  for (let i = 0; i < source.nfile; i++) unit.files.push(source.fileName(i));
  const std = (source.flags & ObjFlag.Std) !== 0;
  const asm = (source.flags & ObjFlag.FromAssembly) !== 0;
  ctxt.pending.push(new LinkObject(ctxt.pending.length + 2, source, unit, lib, asm, std, ctxt.arena));
  const fp = source.fingerprint;
  if (!isZero(fp)) {
    // Assembler objects have none.
    if (isZero(lib.fingerprint)) lib.fingerprint = fp;
    checkFingerprint(lib, fp, lib.srcref, lib.fingerprint);
  }
  for (let i = 0; i < source.nautolib; i++) {
    const pkg = source.autolibPath(i);
    const want = source.autolibFingerprint(i);
    const known = ctxt.libraryByPkg.get(pkg);
    if (known !== undefined && !isZero(known.fingerprint)) {
      checkFingerprint(known, known.fingerprint, lib.pkg, want);
      lib.imports.push(known);
      continue;
    }
    const file = findLibrary(ctxt, pkg);
    if (file === "" && ctxt.options.packageFiles !== null) {
      ctxt.log(`cannot find package ${pkg} (using -importcfg)\n`);
    }
    lib.imports.push(addLibrary(ctxt, lib.pkg, pn, file, pkg, want));
  }
}

/** Cgo's directives stand in the text part of an object; what they ask for needs C objects. */
function refuseCgo(lib: Library, head: Uint8Array, pn: string): void {
  if (head.length < 400) return;
  if (decodeUtf8(head).includes("\n$$  // cgo")) {
    exitf(`${pn}: package ${lib.pkg} uses cgo, which needs external linking`);
  }
}
