// The values of string and rune literals. strconv.Unquote.
import { decodeUtf8, encodeUtf8 } from "#base";

const simple: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, "\\": 92, "'": 39, '"': 34 };

/** The bytes of a Go string literal ("…" or `…`), undefined if it is malformed. */
export function unquoteBytes(literal: string): Uint8Array | undefined {
  const n = literal.length;
  if (n < 2) return undefined;
  const quote = literal[0]!;
  if (quote !== literal[n - 1]) return undefined;
  const body = literal.slice(1, n - 1);
  if (quote === "`") return body.includes("`") ? undefined : encodeUtf8(body.replaceAll("\r", ""));
  if (quote !== '"' || body.includes("\n")) return undefined;
  if (!body.includes("\\")) return body.includes('"') ? undefined : encodeUtf8(body);
  const raw = encodeUtf8(body);
  // An escape sequence is never shorter than the bytes it stands for.
  const out = new Uint8Array(raw.length);
  let length = 0;
  for (let i = 0; i < raw.length; ) {
    const c = raw[i]!;
    if (c === 0x22) return undefined;
    if (c !== 0x5c) {
      out[length++] = c;
      i++;
      continue;
    }
    const e = String.fromCharCode(raw[i + 1] ?? 0);
    const s = simple[e];
    if (s !== undefined && e !== "'") {
      out[length++] = s;
      i += 2;
      continue;
    }
    const r = numericEscape(raw, i + 1);
    if (r === undefined) return undefined;
    i = r.end;
    if (r.rune) {
      const b = encodeUtf8(String.fromCodePoint(r.value));
      out.set(b, length);
      length += b.length;
    } else out[length++] = r.value;
  }
  return out.slice(0, length);
}

/** As unquoteBytes, decoded. */
export function unquote(literal: string): string | undefined {
  const b = unquoteBytes(literal);
  return b === undefined ? undefined : decodeUtf8(b);
}

/** The value of a rune literal ('…'), undefined if it is malformed. */
export function unquoteRune(literal: string): number | undefined {
  if (literal.length < 3 || literal[0] !== "'" || literal[literal.length - 1] !== "'") return undefined;
  const body = literal.slice(1, -1);
  if (body[0] !== "\\") {
    const rune = body.codePointAt(0)!;
    return String.fromCodePoint(rune) === body && rune !== 39 && rune !== 10 ? rune : undefined;
  }
  if (body.length === 2 && body[1] !== '"' && simple[body[1]!] !== undefined) return simple[body[1]!];
  const raw = encodeUtf8(body);
  const r = numericEscape(raw, 1);
  return r === undefined || r.end !== raw.length ? undefined : r.value;
}

/** Reads the octal, hexadecimal or Unicode escape whose first character after the backslash is at i. */
function numericEscape(raw: Uint8Array, i: number): { value: number; end: number; rune: boolean } | undefined {
  const c = raw[i];
  let digits = 0;
  let base = 16;
  if (c === 0x78) digits = 2;
  else if (c === 0x75) digits = 4;
  else if (c === 0x55) digits = 8;
  else {
    base = 8;
    digits = 3;
    i--;
  }
  const end = i + 1 + digits;
  if (end > raw.length) return undefined;
  let value = 0;
  for (let k = i + 1; k < end; k++) {
    const d = Number.parseInt(String.fromCharCode(raw[k]!), base);
    if (Number.isNaN(d)) return undefined;
    value = value * base + d;
  }
  const rune = digits >= 4;
  if (rune ? value > 0x10ffff || (value >= 0xd800 && value < 0xe000) : value > 255) return undefined;
  return { value, end, rune };
}
