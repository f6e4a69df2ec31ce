// Build IDs (cmd/internal/buildid): where they are in archives and executables, and how they are replaced in place.

import { decodeUtf8, encodeUtf8, sha256 } from "#base";
import { FormatError, isArchive, readGoHeader } from "./archive.ts";
import { isElf, readElf, readNotes, SectionType } from "./elf.ts";

/** The Go build ID of an archive or executable; "" when it has none. Throws FormatError when it is neither. */
export function readBuildID(bytes: Uint8Array): string {
  if (isArchive(bytes)) {
    const head = bytes.subarray(8, Math.min(bytes.length, 8 + 1024));
    if (!startsWith(head, "__.PKGDEF")) throw new FormatError("malformed object file");
    const nl = head.indexOf(0x0a);
    const header = readGoHeader(head.subarray(nl + 1));
    if (!header.line.startsWith("go object ")) throw new FormatError("malformed object file");
    return header.buildID;
  }
  if (!isElf(bytes)) throw new FormatError("unrecognized file format");
  const elf = readElf(bytes);
  for (const s of elf.sections) {
    if (s.type !== SectionType.Note) continue;
    for (const n of readNotes(elf.data(s))) if (n.name === "Go" && n.type === 4) return decodeUtf8(n.desc);
  }
  return "";
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}

/** All offsets at which id stands in bytes, without overlaps. */
export function findBuildID(bytes: Uint8Array, id: string): number[] {
  const want = encodeUtf8(id);
  const matches: number[] = [];
  if (want.length === 0) return matches;
  // The rarest byte to look for first would be best; the first one is good enough at memchr speed.
  for (let p = bytes.indexOf(want[0]!); p >= 0; p = bytes.indexOf(want[0]!, p)) {
    let i = 1;
    while (i < want.length && bytes[p + i] === want[i]) i++;
    if (i === want.length) {
      matches.push(p);
      p += i;
    } else p++;
  }
  return matches;
}

/**
 * Where id stands, and the hash of the contents with each of those places and the host's build ID (a note derived from
 * id) taken as zeros: what the content part of a build ID is made of (buildid.FindAndHash).
 */
export function findAndHashBuildID(bytes: Uint8Array, id: string): { matches: number[]; hash: Uint8Array } {
  const copy = bytes.slice();
  if (isElf(bytes)) {
    const note = readElf(bytes).section(".note.gnu.build-id");
    if (note !== undefined) copy.fill(0, note.offset + 16, note.offset + note.size);
  }
  const matches = findBuildID(copy, id);
  const n = encodeUtf8(id).length;
  for (const p of matches) copy.fill(0, p, p + n);
  return { matches, hash: sha256(copy) };
}

/** Writes id, of the same length as the old one, at each of the places. Changes bytes. */
export function rewriteBuildID(bytes: Uint8Array, matches: readonly number[], id: string): void {
  const b = encodeUtf8(id);
  for (const p of matches) bytes.set(b, p);
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** One part of a build ID: the first 15 bytes of a hash in URL-safe base64 (20 characters). */
export function hashToBuildIDPart(hash: Uint8Array): string {
  let out = "";
  for (let i = 0; i < 15; i += 3) {
    const v = (hash[i]! << 16) | (hash[i + 1]! << 8) | hash[i + 2]!;
    out += digits[v >> 18]! + digits[(v >> 12) & 63]! + digits[(v >> 6) & 63]! + digits[v & 63]!;
  }
  return out;
}
