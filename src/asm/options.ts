import { decodeUtf8, type FlagDef } from "#base";
import { type Host, HostError } from "#host";

import { FatalError } from "./input.ts";
import { quote } from "./quote.ts";

/** The flags of `go tool asm`. */
export const flagDefs: readonly FlagDef[] = [
  {
    name: "D",
    kind: "list",
    usage: "predefined symbol with optional simple value -D=identifier=value; can be set multiple times",
  },
  { name: "I", kind: "list", usage: "include directory; can be set multiple times" },
  { name: "S", kind: "count", usage: "print assembly and machine code" },
  { name: "V", kind: "string", usage: "print version and exit" },
  { name: "d", kind: "list", usage: "enable debugging settings; try -d help" },
  { name: "debug", kind: "bool", usage: "dump instructions as they are parsed" },
  { name: "dynlink", kind: "bool", usage: "support references to Go symbols defined in other shared libraries" },
  { name: "e", kind: "bool", usage: "no limit on number of errors reported" },
  { name: "gensymabis", kind: "bool", usage: "write symbol ABI information to output file, don't assemble" },
  { name: "linkshared", kind: "bool", usage: "generate code that will be linked against Go shared libraries" },
  { name: "o", kind: "string", usage: "output file; default foo.o for /a/b/c/foo.s as first argument" },
  { name: "p", kind: "string", usage: "set expected package import to path", initial: "<unlinkable>" },
  { name: "shared", kind: "bool", usage: "generate code that can be linked into a shared library" },
  { name: "spectre", kind: "string", usage: "enable spectre mitigations in `list` (all, ret)" },
  { name: "trimpath", kind: "string", usage: "remove prefix from recorded source file paths" },
  { name: "v", kind: "bool", usage: "print debug output" },
];

/** The same as the usage shows them: -V needs no value. */
export const shownFlags: readonly FlagDef[] = flagDefs.map((d) => (d.name === "V" ? { ...d, kind: "bool" } : d));

/** What -d sets. */
export interface DebugSettings {
  mayMoreStack: string;
  pctab: string;
}

const debugHelp = `usage: -d arg[,arg]* and arg is <key>[=<value>]

<key> is one of:

\tcompressinstructions\tuse compressed instructions when possible (if supported by architecture)
\tmaymorestack        \tcall named function before all stack growth checks
\tpctab               \tprint named pc-value table
\t                    \tOne of: pctospadj, pctofile, pctoline, pctoinline, pctopcdata
`;

/** A setting that -d does not know: the words of a flag error. */
export class DebugFlagError extends Error {}

/** Reads the values of -d; a string is help to print instead of assembling. Throws DebugFlagError or FatalError. */
export function debugSettings(lists: readonly string[]): DebugSettings | string {
  const out: DebugSettings = { mayMoreStack: "", pctab: "" };
  for (const list of lists) {
    for (const setting of list.split(",")) {
      if (setting === "") continue;
      if (setting === "help") return debugHelp;
      const at = setting.search(/[=:]/);
      const name = at < 0 ? setting : setting.slice(0, at);
      const value = at < 0 ? "" : setting.slice(at + 1);
      switch (name) {
        case "maymorestack":
          out.mayMoreStack = value;
          break;
        case "pctab":
          out.pctab = value;
          break;
        case "compressinstructions":
          // Means something on other processors only.
          if (at >= 0 && !/^[+-]?\d+$/.test(value)) throw new FatalError(`asm: invalid debug value ${name}\n`);
          break;
        default:
          throw new DebugFlagError(`invalid value ${quote(list)} for flag -d: unknown debug key ${name}\n`);
      }
    }
  }
  return out;
}

/** Puts the lines of a file in the place of an argument @file, as Go's tools do; a backslash protects itself and "n". */
export function expandArguments(host: Host, argv: readonly string[], depth = 0): string[] {
  const out: string[] = [];
  for (const a of argv) {
    if (!a.startsWith("@")) {
      out.push(a);
      continue;
    }
    if (depth > 100) throw new FatalError(`asm: ${a}: argument files name each other\n`);
    let text: string;
    try {
      text = decodeUtf8(host.readFile(a.slice(1)));
    } catch (e) {
      if (e instanceof HostError) throw new FatalError(`asm: open ${a.slice(1)}: ${e.message}\n`);
      throw e;
    }
    const lines = text
      .replaceAll("\r", "")
      .trim()
      .split("\n")
      .map((l) => l.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c)));
    out.push(...expandArguments(host, lines, depth + 1));
  }
  return out;
}
