// `//go:` directives as they stick to declarations. cmd/compile/internal/noder/lex.go and noder.go.
import type { Pos } from "#base";
import type { Linkname } from "./nodes.ts";
import { quoteRune } from "#constant";
import { unquote } from "#constant";

/** Bits of Pragma.flags. */
export const enum PragmaFlag {
  Noescape = 1 << 0,
  Norace = 1 << 1,
  Nosplit = 1 << 2,
  Noinline = 1 << 3,
  NoCheckPtr = 1 << 4,
  CgoUnsafeArgs = 1 << 5,
  UintptrKeepAlive = 1 << 6,
  UintptrEscapes = 1 << 7,
  Systemstack = 1 << 8,
  Nowritebarrier = 1 << 9,
  Nowritebarrierrec = 1 << 10,
  Yeswritebarrierrec = 1 << 11,
  RegisterParams = 1 << 12,
  GoBuild = 1 << 13,
}

/** The flags that a function declaration takes; on anything else they are misplaced. */
export const funcPragmas: number = PragmaFlag.GoBuild - 1;

const runtimeOnly =
  PragmaFlag.Systemstack | PragmaFlag.Nowritebarrier | PragmaFlag.Nowritebarrierrec | PragmaFlag.Yeswritebarrierrec;

const verbs = new Map<string, number>([
  ["go:build", PragmaFlag.GoBuild],
  ["go:noescape", PragmaFlag.Noescape],
  ["go:norace", PragmaFlag.Norace],
  ["go:nosplit", PragmaFlag.Nosplit | PragmaFlag.NoCheckPtr],
  ["go:noinline", PragmaFlag.Noinline],
  ["go:nocheckptr", PragmaFlag.NoCheckPtr],
  ["go:systemstack", PragmaFlag.Systemstack],
  ["go:nowritebarrier", PragmaFlag.Nowritebarrier],
  ["go:nowritebarrierrec", PragmaFlag.Nowritebarrierrec | PragmaFlag.Nowritebarrier],
  ["go:yeswritebarrierrec", PragmaFlag.Yeswritebarrierrec],
  ["go:cgo_unsafe_args", PragmaFlag.CgoUnsafeArgs | PragmaFlag.NoCheckPtr],
  ["go:uintptrkeepalive", PragmaFlag.UintptrKeepAlive],
  ["go:uintptrescapes", PragmaFlag.UintptrEscapes | PragmaFlag.UintptrKeepAlive],
  ["go:registerparams", PragmaFlag.RegisterParams],
]);

/** Directives without a flag that the standard library may use. */
const stdVerbs = new Set([
  "go:cgo_export_static",
  "go:cgo_export_dynamic",
  "go:cgo_import_static",
  "go:cgo_import_dynamic",
  "go:cgo_ldflag",
  "go:cgo_dynamic_linker",
  "go:embed",
  "go:fix",
  "go:generate",
]);

/** A `//go:embed` directive. */
export interface PragmaEmbed {
  readonly pos: Pos;
  readonly patterns: string[];
}

/** The directives collected for one declaration. */
export class Pragma {
  declare flags: number;
  /** One entry for each directive seen, also for those without a flag. */
  declare readonly flagPos: { readonly flag: number; readonly pos: Pos }[];
  declare readonly embeds: PragmaEmbed[];

  constructor() {
    this.flags = 0;
    this.flagPos = [];
    this.embeds = [];
  }
}

/** What decides about the directives that are allowed: -std, -+ and the file's name. */
export interface PragmaRules {
  readonly std: boolean;
  readonly compilingRuntime: boolean;
}

/** Where directives that belong to the file go. */
export interface PragmaSink {
  readonly linknames: Linkname[];
  readonly cgoPragmas: string[][];
  /** Whether the file was written by cgo. */
  readonly isCgoFile: boolean;
  softError(pos: Pos, message: string): void;
}

/** Takes in one directive, text being the comment without its slashes, that stands on a line of its own. */
export function addDirective(pragma: Pragma, pos: Pos, text: string, rules: PragmaRules, sink: PragmaSink): void {
  const fields = text.split(/[ \t\r\n\v\f]+/).filter((f) => f !== "");
  if (text.startsWith("go:wasmimport ")) {
    if (fields.length !== 3) sink.softError(pos, "usage: //go:wasmimport importmodule importname");
    return;
  }
  if (text.startsWith("go:wasmexport ")) {
    if (fields.length !== 2) sink.softError(pos, "usage: //go:wasmexport exportname");
    return;
  }
  if (text.startsWith("go:linkname ")) {
    if (fields.length < 2 || fields.length > 3) sink.softError(pos, "usage: //go:linkname localname [linkname]");
    else sink.linknames.push({ pos, local: fields[1]!, remote: fields[2] ?? "" });
    return;
  }
  if (text === "go:embed" || text.startsWith("go:embed ")) {
    const patterns: string[] = [];
    const problem = parseEmbedPatterns(text.slice("go:embed".length), patterns);
    if (problem !== "") sink.softError(pos, problem);
    if (problem !== "" || patterns.length === 0) sink.softError(pos, "usage: //go:embed pattern...");
    else pragma.embeds.push({ pos, patterns });
    return;
  }
  if (text.startsWith("go:cgo_import_dynamic ")) {
    const words = pragmaFields(text);
    if (words.length >= 4) {
      const lib = words[3]!.replaceAll('"', "");
      if (lib !== "" && !/^[0-9A-Za-z._/\u0080-\uffff]/.test(lib) && !sink.isCgoFile) {
        sink.softError(pos, `invalid library name ${goQuote(lib)} in cgo_import_dynamic directive`);
      }
      addCgo(pos, words, sink);
      return;
    }
  }
  if (text.startsWith("go:cgo_")) {
    if (!sink.isCgoFile && !rules.std) sink.softError(pos, `//${text} only allowed in cgo-generated code`);
    addCgo(pos, pragmaFields(text), sink);
  }
  const space = text.indexOf(" ");
  const verb = space < 0 ? text : text.slice(0, space);
  const flag = verbs.get(verb) ?? 0;
  if (!rules.compilingRuntime && (flag & runtimeOnly) !== 0) sink.softError(pos, `//${verb} only allowed in runtime`);
  if (flag === PragmaFlag.UintptrKeepAlive && !rules.std)
    sink.softError(pos, `//${verb} is only allowed in the standard library`);
  if (flag === 0 && !stdVerbs.has(verb) && rules.std)
    sink.softError(pos, `//${verb} is not allowed in the standard library`);
  pragma.flags |= flag;
  pragma.flagPos.push({ flag, pos });
}

/** Reports the directives of a pragma that no declaration took. */
export function reportUnused(pragma: Pragma, error: (pos: Pos, message: string) => void): void {
  for (const p of pragma.flagPos) {
    if ((p.flag & pragma.flags) !== 0) error(p.pos, "misplaced compiler directive");
  }
  for (const e of pragma.embeds) error(e.pos, "misplaced go:embed directive");
}

function isQuoted(s: string): boolean {
  return s.length >= 2 && s.startsWith('"') && s.endsWith('"');
}

function addCgo(pos: Pos, words: string[], sink: PragmaSink): void {
  const verb = words[0]!.replace(/^go:/, "");
  const n = words.length;
  const plain = (i: number) => !isQuoted(words[i]!);
  const out = [verb, ...words.slice(1)];
  const unquoteLast = () => {
    out[n - 1] = out[n - 1]!.replace(/^"+|"+$/g, "");
  };
  switch (verb) {
    case "cgo_export_static":
    case "cgo_export_dynamic":
      if (!((n === 2 && plain(1)) || (n === 3 && plain(1) && plain(2)))) {
        sink.softError(pos, `usage: //go:${verb} local [remote]`);
        return;
      }
      break;
    case "cgo_import_dynamic":
      if (n === 4 && plain(1) && plain(2) && !plain(3)) unquoteLast();
      else if (!((n === 2 && plain(1)) || (n === 3 && plain(1) && plain(2)))) {
        sink.softError(pos, 'usage: //go:cgo_import_dynamic local [remote ["library"]]');
        return;
      }
      break;
    case "cgo_import_static":
      if (!(n === 2 && plain(1))) {
        sink.softError(pos, "usage: //go:cgo_import_static local");
        return;
      }
      break;
    case "cgo_dynamic_linker":
      if (!(n === 2 && !plain(1))) {
        sink.softError(pos, 'usage: //go:cgo_dynamic_linker "path"');
        return;
      }
      unquoteLast();
      break;
    case "cgo_ldflag":
      if (!(n === 2 && !plain(1))) {
        sink.softError(pos, 'usage: //go:cgo_ldflag "arg"');
        return;
      }
      unquoteLast();
      break;
    default:
      return;
  }
  sink.cgoPragmas.push(out);
}

/** Words of a directive: split at spaces outside double quotes, and before and after a quoted part. */
function pragmaFields(s: string): string[] {
  const words: string[] = [];
  let inQuote = false;
  let start = -1;
  for (let i = 0; i < s.length; i++) {
    const c = s[i]!;
    if (c === '"') {
      if (inQuote) {
        inQuote = false;
        words.push(s.slice(start, i + 1));
        start = -1;
      } else {
        inQuote = true;
        if (start >= 0) words.push(s.slice(start, i));
        start = i;
      }
    } else if (!inQuote && (c === " " || c === "\t" || c === "\n" || c === "\r")) {
      if (start >= 0) {
        words.push(s.slice(start, i));
        start = -1;
      }
    } else if (start < 0) start = i;
  }
  if (!inQuote && start >= 0) words.push(s.slice(start));
  return words;
}

/** Appends the patterns of a go:embed directive to list: bare words, "strings" and `raw strings`. The error, or "". */
export function parseEmbedPatterns(args: string, list: string[]): string {
  for (args = args.trim(); args !== ""; args = args.trim()) {
    const bad = `invalid quoted string in //go:embed: ${args}`;
    let end: number;
    if (args[0] === "`") {
      end = args.indexOf("`", 1) + 1;
      if (end === 0) return bad;
      list.push(args.slice(1, end - 1));
    } else if (args[0] === '"') {
      end = 1;
      while (end < args.length && args[end] !== '"') end += args[end] === "\\" ? 2 : 1;
      if (end >= args.length) return bad;
      end++;
      const text = unquote(args.slice(0, end));
      if (text === undefined) return `invalid quoted string in //go:embed: ${args.slice(0, end)}`;
      list.push(text);
    } else {
      end = args.search(/\s/);
      if (end < 0) end = args.length;
      list.push(args.slice(0, end));
    }
    args = args.slice(end);
    if (args !== "" && !/^\s/.test(args)) return `invalid quoted string in //go:embed: ${args}`;
  }
  return "";
}

function goQuote(s: string): string {
  let out = "";
  for (const c of s) out += c === '"' ? '\\"' : quoteRune(c.codePointAt(0)!).slice(1, -1);
  return `"${out}"`;
}
