import { ByteReader, ByteWriter, decodeUtf8, encodeUtf8 } from "#base";
import type { EscapeSummary } from "#ssa";
import { type File, type FuncDecl, Kind, unpackList } from "#syntax";

// What importers read of a package: its declarations as Go source, without what they cannot need, and what the compiler found
// out about its functions. Bodies that an importer may inline or instantiate stay; the importer parses and checks what it
// uses, when it uses it. The text carries line directives, so positions are those of the original files.

/** Everything an importer is told. */
export interface ExportData {
  readonly path: string;
  readonly name: string;
  /** Language version the package was compiled with, as "go1.26". */
  readonly lang: string;
  readonly std: boolean;
  readonly files: readonly ExportFile[];
  /** By link name. */
  readonly escapes: ReadonlyMap<string, EscapeSummary>;
  /** The package has an inittask. */
  readonly hasInit: boolean;
}

export interface ExportFile {
  /** File name as recorded in objects. */
  readonly name: string;
  readonly text: Uint8Array;
}

const magic = "rt0 export 1\n";

/** Bytes of the body of __.PKGDEF, between `$$B` and `$$`. */
export function writeExportData(data: ExportData): Uint8Array {
  const w = new ByteWriter(1 << 16);
  w.text(magic);
  const string = (s: string | Uint8Array): void => {
    const b = typeof s === "string" ? encodeUtf8(s) : s;
    w.uvarint(b.length);
    w.bytes(b);
  };
  string(data.path);
  string(data.name);
  string(data.lang);
  w.u8((data.std ? 1 : 0) | (data.hasInit ? 2 : 0));
  w.uvarint(data.files.length);
  for (const f of data.files) {
    string(f.name);
    string(f.text);
  }
  w.uvarint(data.escapes.size);
  for (const name of [...data.escapes.keys()].sort()) {
    const e = data.escapes.get(name)!;
    string(name);
    w.uvarint(e.heap.length);
    const results = e.results[0]?.length ?? 0;
    w.uvarint(results);
    e.heap.forEach((h, i) => {
      w.u8(h + 1);
      for (let r = 0; r < results; r++) w.u8(e.results[i]![r]! + 1);
    });
  }
  return w.toBytes();
}

/** Reads what writeExportData wrote; throws Error if it is something else. */
export function readExportData(bytes: Uint8Array): ExportData {
  const r = new ByteReader(bytes);
  if (r.remaining < magic.length || decodeUtf8(r.take(magic.length)) !== magic) {
    throw new Error("not export data of this version of rt0");
  }
  const raw = (): Uint8Array => r.take(r.uvarint());
  const string = (): string => decodeUtf8(raw());
  const path = string();
  const name = string();
  const lang = string();
  const flags = r.u8();
  const files: ExportFile[] = [];
  for (let n = r.uvarint(); n > 0; n--) files.push({ name: string(), text: raw() });
  const escapes = new Map<string, EscapeSummary>();
  for (let n = r.uvarint(); n > 0; n--) {
    const fn = string();
    const params = r.uvarint();
    const results = r.uvarint();
    const heap: number[] = [];
    const flows: number[][] = [];
    for (let i = 0; i < params; i++) {
      heap.push(r.u8() - 1);
      flows.push(Array.from({ length: results }, () => r.u8() - 1));
    }
    escapes.set(fn, { heap, results: flows });
  }
  return { path, name, lang, std: (flags & 1) !== 0, hasInit: (flags & 2) !== 0, files, escapes };
}

/** A range of a file that importers do not get. */
interface Cut {
  readonly from: number;
  readonly to: number;
}

/**
 * A file as importers get it: bodies that keepBody does not want are left out, and the elements of composite literals that
 * initialise variables. resolveImport gives the path an import means (vendored packages of the standard library).
 */
export function exportText(
  file: File,
  recordedName: string,
  keepBody: (f: FuncDecl) => boolean,
  resolveImport: (path: string) => string,
): Uint8Array {
  const w = new ByteWriter(file.bytes.length);
  w.text(`//line ${recordedName}:1:1\n`);
  let at = 0;
  const copyTo = (offset: number): void => {
    w.bytes(file.bytes.subarray(at, offset));
    at = offset;
  };
  const skipTo = (offset: number, instead: string): void => {
    at = offset;
    const p = file.source.resolve(offset);
    w.text(`${instead}/*line :${p.line}:${Math.max(p.col, 1)}*/`);
  };
  for (const d of file.declList) {
    if (d.kind === Kind.ImportDecl && d.path !== null) {
      const quoted = d.path.value;
      const path = quoted.slice(1, -1);
      const meant = resolveImport(path);
      if (meant !== path) {
        copyTo(file.source.offset(d.path.pos));
        at += encodeUtf8(quoted).length;
        skipTo(at, JSON.stringify(meant));
      }
    }
  }
  for (const cut of cuts(file, keepBody)) {
    copyTo(cut.from);
    skipTo(cut.to, "");
  }
  copyTo(file.bytes.length);
  return w.toBytes();
}

/** What is left out of a file, in order. */
function cuts(file: File, keepBody: (f: FuncDecl) => boolean): Cut[] {
  const list: Cut[] = [];
  for (const d of file.declList) {
    if (d.kind === Kind.FuncDecl) {
      if (d.bodyStart >= 0 && !keepBody(d)) list.push({ from: d.bodyStart, to: d.bodyEnd + 1 });
    } else if (d.kind === Kind.VarDecl) {
      for (const v of unpackList(d.values)) {
        if (v.kind !== Kind.CompositeLit || v.elemList.length === 0) continue;
        // The length of [...]T is in the elements.
        if (v.type?.kind === Kind.ArrayType && v.type.len === null) continue;
        list.push({ from: file.source.offset(v.pos) + 1, to: file.source.offset(v.rbrace) });
      }
    }
  }
  return list.sort((a, b) => a.from - b.from);
}
