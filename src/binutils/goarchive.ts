// Archives and objects as the tools open them (cmd/internal/archive.Parse): more is tolerated than where programs are made
// of them, and what is wrong has that package's words.

import { decodeUtf8 } from "#base";
import { FormatError, isArchive } from "#formats";

export type MemberKind = "pkgdef" | "goobj" | "native" | "sentinel";

/** A member of an archive, or the object that a file is. */
export interface Member {
  readonly kind: MemberKind;
  readonly name: string;
  /** Seconds since the Unix epoch, owner and mode: 0 unless they were asked for. */
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** Bytes that the header promises: more than `data` has if the last member is cut off. */
  readonly size: number;
  readonly data: Uint8Array;
  /** Where the binary part of a Go object begins in data. */
  readonly objectStart: number;
}

/** A Go object of another release: tools tell it apart from what is no object at all. */
export class OtherVersionError extends FormatError {}

const eof = "unexpected EOF";
const newline = 0x0a;

/** Whether the bytes begin as a Go object does. */
export function isGoObject(data: Uint8Array): boolean {
  return startsWith(data, 0, "go objec");
}

function startsWith(b: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (b[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** The members of an archive, or the one object that a file is. verbose reads times, owners and modes too. */
export function parseMembers(name: string, bytes: Uint8Array, verbose: boolean): Member[] {
  if (bytes.length < 8) throw new FormatError(eof);
  if (isArchive(bytes)) return parseArchive(bytes, verbose);
  if (!isGoObject(bytes)) throw new FormatError("unrecognized object file format");
  const start = objectStart(bytes, 0, bytes.length);
  const none = { mtime: 0, uid: 0, gid: 0, mode: 0 };
  return [{ kind: "goobj", name, ...none, size: bytes.length, data: bytes, objectStart: start }];
}

function parseArchive(bytes: Uint8Array, verbose: boolean): Member[] {
  const members: Member[] = [];
  for (let p = 8; p < bytes.length; ) {
    if (p + 60 > bytes.length) throw new FormatError(eof);
    if (bytes[p + 58] !== 0x60 || bytes[p + 59] !== newline) throw new FormatError("corrupt archive");
    const size = field(bytes, p + 48, p + 58, 10);
    const mtime = verbose ? field(bytes, p + 16, p + 28, 10) : 0;
    const uid = verbose ? field(bytes, p + 28, p + 34, 10) : 0;
    const gid = verbose ? field(bytes, p + 34, p + 40, 10) : 0;
    const mode = verbose ? field(bytes, p + 40, p + 48, 8) : 0;
    const name = text(bytes, p, p + 16);
    if (size < 0) throw new FormatError("corrupt archive");
    const at = p + 60;
    const data = bytes.subarray(at, at + size);
    const pad = size & 1;
    let kind: MemberKind = "native";
    let start = 0;
    if (name === "__.PKGDEF") kind = "pkgdef";
    else if ((name === "preferlinkext" || name === "dynimportfail") && size === 0) kind = "sentinel";
    else {
      // The first eight bytes are looked at whatever the size says.
      if (at + 8 > bytes.length) throw new FormatError(eof);
      if (isGoObject(bytes.subarray(at, at + 8))) {
        kind = "goobj";
        start = objectStart(bytes, at, size) - at;
      }
    }
    // A short member has to be there; the end of a long one is not looked for.
    if (at + size > bytes.length && size - start < 256) throw new FormatError(eof);
    if (pad !== 0 && at + size === bytes.length) throw new FormatError(eof);
    members.push({ kind, name, mtime, uid, gid, mode, size, data, objectStart: start });
    p = at + size + pad;
  }
  return members;
}

function text(bytes: Uint8Array, from: number, to: number): string {
  let end = to;
  while (end > from && bytes[end - 1] === 0x20) end--;
  return decodeUtf8(bytes.subarray(from, end));
}

function field(bytes: Uint8Array, from: number, to: number, base: 8 | 10): number {
  const t = text(bytes, from, to);
  if (!(base === 10 ? /^[+-]?[0-9]+$/ : /^[+-]?[0-7]+$/).test(t)) throw new FormatError("corrupt archive");
  return Number.parseInt(t, base);
}

/** Where the binary part of the object at `at` begins; size is that of the whole. */
function objectStart(bytes: Uint8Array, at: number, size: number): number {
  let p = bytes.indexOf(0x21, at + 1);
  while (p >= 0 && !(bytes[p - 1] === newline && bytes[p + 1] === newline && p > at)) p = bytes.indexOf(0x21, p + 1);
  if (p < 0) throw new FormatError("corrupt object file");
  const start = p + 2;
  if (start + 8 > bytes.length) throw new FormatError(eof);
  if (!startsWith(bytes, start, "\0go120ld")) {
    if (startsWith(bytes, start, "\0go1") && startsWith(bytes, start + 6, "ld")) {
      const magic = JSON.stringify(decodeUtf8(bytes.subarray(start + 1, start + 8)));
      throw new OtherVersionError(`go object of a different version: ${magic}`);
    }
    throw new FormatError("corrupt object file");
  }
  if (start > at + size) throw new FormatError("corrupt object file");
  return start;
}
