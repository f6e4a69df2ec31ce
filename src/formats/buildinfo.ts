import { ByteReader, decodeUtf8 } from "#base";
import { FormatError } from "./archive.ts";
import { isElf, ProgramFlag, ProgramType, readElf } from "./elf.ts";

export const buildInfoMagic: Uint8Array = Uint8Array.from([
  0xff, 0x20, 0x47, 0x6f, 0x20, 0x62, 0x75, 0x69, 0x6c, 0x64, 0x69, 0x6e, 0x66, 0x3a,
]);

/** The two strings an executable says of how it was built. */
export interface BuildInfoStrings {
  readonly version: string;
  /** Module information, one fact a line, without the marker bytes around it; "" when there is none. */
  readonly modinfo: string;
}

/** Finds the build information of an ELF executable (debug/buildinfo). Throws FormatError when there is none. */
export function readBuildInfo(bytes: Uint8Array): BuildInfoStrings {
  if (!isElf(bytes)) throw new FormatError("unrecognized file format");
  const elf = readElf(bytes);
  let data: Uint8Array | undefined;
  const section = elf.section(".go.buildinfo");
  if (section !== undefined) data = elf.data(section);
  else {
    const writable = ProgramFlag.R | ProgramFlag.W;
    const seg = elf.segments.find((s) => s.type === ProgramType.Load && (s.flags & 7) === writable);
    if (seg !== undefined) data = bytes.subarray(seg.offset, seg.offset + seg.filesz);
  }
  if (data !== undefined) {
    for (let p = 0; p + 32 <= data.length; p += 16) {
      if (!buildInfoMagic.every((b, i) => data[p + i] === b)) continue;
      // Flag bit 1: the strings follow in place (go1.18 and later).
      if ((data[p + 15]! & 2) === 0) break;
      const r = new ByteReader(data, p + 32);
      const version = decodeUtf8(r.take(r.uvarint()));
      const mod = r.take(r.uvarint());
      const framed = mod.length >= 33 && mod[mod.length - 17] === 0x0a;
      return { version, modinfo: framed ? decodeUtf8(mod.subarray(16, mod.length - 16)) : "" };
    }
  }
  throw new FormatError("not a Go executable");
}
