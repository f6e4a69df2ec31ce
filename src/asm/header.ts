// Header files that are nothing but plain definitions: go_asm.h, which the compiler makes, has thousands and is included by
// every file of a package. They are read once in a process, and only definitions that are used become tokens.

import { tokenize } from "./tokenize.ts";
import type { Token } from "./tokens.ts";

/** A macro: its tokens, made from text when they are first asked for if they come from a header. */
export class Macro {
  private list: readonly Token[] | null;

  constructor(
    readonly name: string,
    /** null for a macro without parameter list. */
    readonly args: readonly string[] | null,
    tokens: readonly Token[] | null,
    private readonly text = "",
  ) {
    this.list = tokens;
  }

  get tokens(): readonly Token[] {
    this.list ??= tokenize(this.text);
    return this.list;
  }
}

/** Values that can be no malformed token: one number, name or string. */
const plainValue =
  /^(?:-?(?:0x[0-9a-fA-F]+|0|[1-9][0-9]*|[0-9]+\.[0-9]+(?:e[-+][0-9]+)?)|[A-Za-z_]\w*|"(?:[^"\\]|\\(?:[abfnrtv"\\]|x[0-9a-fA-F]{2}))*")$/;
const definition = /^#define[ \t]+([A-Za-z_]\w*)(?:[ \t]+(.*?))?[ \t]*$/;

function read(text: string): readonly Macro[] | null {
  const macros: Macro[] = [];
  const names = new Set<string>();
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    if (end < 0) return null;
    if (end > at && !(text.charCodeAt(at) === 47 && text.charCodeAt(at + 1) === 47)) {
      const m = definition.exec(text.slice(at, end));
      if (m === null || names.has(m[1]!) || (m[2] !== undefined && !plainValue.test(m[2]))) return null;
      names.add(m[1]!);
      macros.push(new Macro(m[1]!, null, null, m[2] ?? ""));
    } else if (text.startsWith("//go:build", at)) return null;
    at = end + 1;
  }
  return macros;
}

const known = new Map<string, readonly Macro[] | null>();

/** Adds the definitions of a header's text; false, with nothing done, if it is no plain one or says something again. */
export function defineHeader(text: string, macros: Map<string, Macro>): boolean {
  let list = known.get(text);
  if (list === undefined) {
    list = read(text);
    // A long-lived process does not keep all it has ever seen.
    if (known.size >= 32) known.clear();
    known.set(text, list);
  }
  if (list === null) return false;
  for (const m of list) if (macros.has(m.name)) return false;
  for (const m of list) macros.set(m.name, m);
  return true;
}
