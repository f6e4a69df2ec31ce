// How messages show characters: Go's %q and %#U for runes.

import { bytesOf, decodeUtf8 } from "#base";

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Whether Go's strconv.IsPrint holds: graphic characters, and of the spaces only U+0020. */
export function isPrint(rune: number): boolean {
  return printable.test(String.fromCodePoint(rune));
}

const simpleEscapes: Record<number, string> = {
  7: "\\a",
  8: "\\b",
  12: "\\f",
  10: "\\n",
  13: "\\r",
  9: "\\t",
  11: "\\v",
  92: "\\\\",
};

function hex(n: number, digits: number): string {
  return n.toString(16).padStart(digits, "0");
}

function escapeRune(rune: number, quote: string): string {
  const simple = simpleEscapes[rune];
  if (simple !== undefined) return simple;
  const c = String.fromCodePoint(rune);
  if (c === quote) return `\\${c}`;
  if (isPrint(rune)) return c;
  if (rune < 0x80) return `\\x${hex(rune, 2)}`;
  return rune < 0x10000 ? `\\u${hex(rune, 4)}` : `\\U${hex(rune, 8)}`;
}

/** strconv.QuoteRune: `'x'`. */
export function quoteRune(rune: number): string {
  return `'${escapeRune(rune, "'")}'`;
}

/** strconv.Quote of a string without invalid UTF-8: `"x"`. */
export function quoteString(s: string): string {
  let out = '"';
  for (const c of s) out += escapeRune(c.codePointAt(0)!, '"');
  return `${out}"`;
}

/** Go's %#U: `U+0040 '@'`. */
export function unicodeName(rune: number): string {
  const u = `U+${rune.toString(16).toUpperCase().padStart(4, "0")}`;
  return isPrint(rune) ? `${u} '${String.fromCodePoint(rune)}'` : u;
}

/** strconv.Quote of a string of bytes (one character a byte): what is not UTF-8 shows as \x escapes. */
export function quoteBytes(bytes: string): string {
  const b = bytesOf(bytes);
  let out = '"';
  for (let i = 0; i < b.length; ) {
    let width = 1;
    while (width < 4 && i + width < b.length && (b[i + width]! & 0xc0) === 0x80) width++;
    const c = b[i]!;
    const expected = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    let text = "";
    if (expected > 0 && width >= expected) {
      const seq = b.subarray(i, i + expected);
      text = decodeUtf8(seq);
      if (text === "\ufffd" && !(seq.length === 3 && c === 0xef && seq[1] === 0xbf && seq[2] === 0xbd)) text = "";
      else if ([...text].length !== 1) text = "";
    }
    if (text === "") {
      out += `\\x${hex(c, 2)}`;
      i++;
    } else {
      out += escapeRune(text.codePointAt(0)!, '"');
      i += expected;
    }
  }
  return `${out}"`;
}
