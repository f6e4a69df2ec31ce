import { ByteWriter, bytesEqual, decodeUtf8, encodeUtf8 } from "#base";

/** A file inside an archive. */
export interface ArchiveEntry {
  readonly name: string;
  /** Seconds since the Unix epoch; the Go tools write 0. */
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** The contents, without padding. */
  readonly data: Uint8Array;
}

/** A file that is not the archive or object it should be. */
export class FormatError extends Error {}

const magic = encodeUtf8("!<arch>\n");
const headerSize = 60;

/** Whether bytes begin as an archive does. */
export function isArchive(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && bytesEqual(bytes.subarray(0, 8), magic);
}

function field(bytes: Uint8Array, from: number, to: number): string {
  let end = to;
  while (end > from && bytes[end - 1] === 0x20) end--;
  return decodeUtf8(bytes.subarray(from, end));
}

function numberField(bytes: Uint8Array, from: number, to: number, base: number): number {
  const text = field(bytes, from, to);
  let v = 0;
  for (let i = 0; i < text.length; i++) {
    const d = text.charCodeAt(i) - 48;
    if (d < 0 || d >= base) throw new FormatError("malformed archive: bad number in header");
    v = v * base + d;
  }
  return v;
}

/** The entries of an archive (cmd/internal/archive). Throws FormatError when it is truncated or malformed. */
export function readArchive(bytes: Uint8Array): ArchiveEntry[] {
  if (!isArchive(bytes)) throw new FormatError("not an archive");
  const entries: ArchiveEntry[] = [];
  let p = 8;
  while (p < bytes.length) {
    if (p + headerSize > bytes.length) throw new FormatError("truncated archive header");
    if (bytes[p + 58] !== 0x60 || bytes[p + 59] !== 0x0a) throw new FormatError("malformed archive header");
    const size = numberField(bytes, p + 48, p + 58, 10);
    const start = p + headerSize;
    if (start + size > bytes.length) throw new FormatError("truncated archive entry");
    entries.push({
      name: field(bytes, p, p + 16),
      mtime: numberField(bytes, p + 16, p + 28, 10),
      uid: numberField(bytes, p + 28, p + 34, 10),
      gid: numberField(bytes, p + 34, p + 40, 10),
      mode: numberField(bytes, p + 40, p + 48, 8),
      data: bytes.subarray(start, start + size),
    });
    p = start + size + (size & 1);
  }
  return entries;
}

/** An entry as the Go tools write it: no time, no owner, mode 0644. */
export function archiveEntry(name: string, data: Uint8Array, mode = 0o644): ArchiveEntry {
  return { name, mtime: 0, uid: 0, gid: 0, mode, data };
}

/** A name cut to the 16 bytes that fit in a header, as the go command does (on a byte, not on a character). */
function name16(name: string): Uint8Array {
  const b = encodeUtf8(name);
  return b.length > 16 ? b.subarray(0, 16) : b;
}

/** The bytes of an archive with these entries. */
export function writeArchive(entries: readonly ArchiveEntry[]): Uint8Array {
  let total = 8;
  for (const e of entries) total += headerSize + e.data.length + (e.data.length & 1);
  const w = new ByteWriter(total);
  w.bytes(magic);
  for (const e of entries) {
    const start = w.length;
    w.bytes(name16(e.name));
    while (w.length < start + 16) w.u8(0x20);
    w.text(String(e.mtime).padEnd(12));
    w.text(String(e.uid).padEnd(6));
    w.text(String(e.gid).padEnd(6));
    w.text(e.mode.toString(8).padEnd(8));
    w.text(`${String(e.data.length).padEnd(10)}\`\n`);
    w.bytes(e.data);
    if (e.data.length & 1) w.u8(0);
  }
  return w.buf.subarray(0, w.length);
}

/** The text before the binary part of a Go object or of export data. */
export interface GoHeader {
  /** First line, without its end: what must be the same in all objects of a program. */
  readonly line: string;
  /** The build ID, or "". */
  readonly buildID: string;
  /** Whether the object says that it is package main. */
  readonly main: boolean;
}

/** The text header of a Go archive member: its lines up to the first that is empty or begins the body. */
export function readGoHeader(data: Uint8Array): GoHeader {
  let line = "";
  let buildID = "";
  let main = false;
  let p = 0;
  for (let n = 0; n < 8; n++) {
    const end = data.indexOf(0x0a, p);
    if (end < 0) break;
    const text = decodeUtf8(data.subarray(p, end));
    if (n === 0) line = text;
    else if (text.startsWith("build id ")) buildID = unquoteBuildID(text.slice(9));
    else if (text === "main") main = true;
    else break;
    p = end + 1;
  }
  return { line, buildID, main };
}

function unquoteBuildID(quoted: string): string {
  return quoted.startsWith('"') && quoted.endsWith('"') && quoted.length >= 2 ? quoted.slice(1, -1) : "";
}

/** The text header as cmd/compile writes it, its blank line included. */
export function goHeaderText(line: string, buildID: string, main: boolean): string {
  let text = `${line}\n`;
  if (buildID !== "") text += `build id "${buildID}"\n`;
  if (main) text += "main\n";
  return `${text}\n`;
}

/**
 * Where the binary part of a Go object begins: after the line "!" that stands outside of "$$" sections; -1 if there is
 * none. cmd/link/internal/ld.ldobj.
 */
export function findObjectStart(data: Uint8Array): number {
  let markers = 0;
  let c1 = 0x0a;
  let c2 = 0x0a;
  for (let i = 0; i < data.length; i++) {
    const c = data[i]!;
    // A "$$" at the start of a line toggles.
    if (c1 === 0x0a && c2 === 0x24 && c === 0x24) markers++;
    if (c1 === 0x0a && c2 === 0x21 && c === 0x0a && (markers & 1) === 0) return i + 1;
    c1 = c2;
    c2 = c;
  }
  return -1;
}

/** A whole assembler object: text header and goobj block. */
export function asmObjectFile(headerLine: string, goobj: Uint8Array): Uint8Array {
  const w = new ByteWriter(headerLine.length + 16 + goobj.length);
  w.text(`${headerLine}\n!\n`);
  w.bytes(goobj);
  return w.buf.subarray(0, w.length);
}

/** The `_go_.o` entry of a compiler's archive: text header, then goobj block. */
export function goObjectEntry(header: string, goobj: Uint8Array): Uint8Array {
  const w = new ByteWriter(header.length + 16 + goobj.length);
  w.text(`${header}\n!\n`);
  w.bytes(goobj);
  return w.buf.subarray(0, w.length);
}

/** The `__.PKGDEF` entry: text header, then export data between "$$B" and "$$". payload begins with its format byte. */
export function exportEntry(header: string, payload: Uint8Array): Uint8Array {
  const w = new ByteWriter(header.length + 32 + payload.length);
  w.text(`${header}\n$$B\n`);
  w.bytes(payload);
  w.text("\n$$\n");
  return w.buf.subarray(0, w.length);
}

/** The export data of a `__.PKGDEF` entry: what stands between "$$B" and "$$"; undefined if there is none. */
export function findExportData(entry: Uint8Array): Uint8Array | undefined {
  const open = [0x0a, 0x24, 0x24, 0x42, 0x0a];
  let start = -1;
  for (let p = entry.indexOf(0x0a); p >= 0; p = entry.indexOf(0x0a, p + 1)) {
    if (open.every((b, i) => entry[p + i] === b)) {
      start = p + 5;
      break;
    }
  }
  const n = entry.length;
  const closed = entry[n - 1] === 0x0a && entry[n - 2] === 0x24 && entry[n - 3] === 0x24 && entry[n - 4] === 0x0a;
  return start < 0 || !closed ? undefined : entry.subarray(start, n - 4);
}
