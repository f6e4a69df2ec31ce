// How messages show characters: Go's %q and %#U for runes.

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
