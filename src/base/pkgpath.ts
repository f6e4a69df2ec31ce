import { decodeUtf8, encodeUtf8 } from "./text.ts";

/** A package path as symbol names spell it (cmd/internal/objabi.PathToPrefix). */
export function pathToPrefix(path: string): string {
  const slash = path.lastIndexOf("/");
  let clean = true;
  for (let i = 0; i < path.length && clean; i++) clean = !mustEscape(path.charCodeAt(i), i > slash);
  if (clean) return path;
  const bytes = encodeUtf8(path);
  const lastSlash = bytes.lastIndexOf(0x2f);
  let out = "";
  for (let i = 0; i < bytes.length; i++) {
    const b = bytes[i]!;
    out += mustEscape(b, i > lastSlash) ? `%${b.toString(16).padStart(2, "0")}` : String.fromCharCode(b);
  }
  return out;
}

function mustEscape(c: number, afterSlash: boolean): boolean {
  return c <= 0x20 || (c === 0x2e && afterSlash) || c === 0x25 || c === 0x22 || c >= 0x7f;
}

/** The package path of a symbol-name prefix: the inverse of pathToPrefix. */
export function prefixToPath(prefix: string): string {
  if (!prefix.includes("%")) return prefix;
  const bytes: number[] = [];
  for (let i = 0; i < prefix.length; i++) {
    if (prefix[i] !== "%") bytes.push(prefix.charCodeAt(i));
    else {
      bytes.push(Number.parseInt(prefix.slice(i + 1, i + 3), 16));
      i += 2;
    }
  }
  return decodeUtf8(Uint8Array.from(bytes));
}
