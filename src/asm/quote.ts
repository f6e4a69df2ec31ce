/** Text as Go's %q shows it: letters of all scripts as they are, what cannot be printed escaped. */
export function quote(text: string): string {
  let out = '"';
  for (const ch of text) {
    const c = ch.codePointAt(0)!;
    const simple = "\x07\b\f\n\r\t\v".indexOf(ch);
    if (ch === '"' || ch === "\\") out += `\\${ch}`;
    else if (simple >= 0) out += `\\${"abfnrtv"[simple]}`;
    else if (c >= 32 && c < 127) out += ch;
    else if (c < 128) out += `\\x${c.toString(16).padStart(2, "0")}`;
    else if (/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(ch)) out += ch;
    else out += c < 0x10000 ? `\\u${c.toString(16).padStart(4, "0")}` : `\\U${c.toString(16).padStart(8, "0")}`;
  }
  return `${out}"`;
}
