/** How a flag of a Go tool takes its value. */
export type FlagKind = "bool" | "string" | "int" | "count" | "list";

/** A flag a tool knows. */
export interface FlagDef {
  readonly name: string;
  readonly kind: FlagKind;
  /** One line for -help; a word in backquotes names the value. */
  readonly usage: string;
  /** Value when not given ("" for none). */
  readonly initial?: string;
}

/** A command line that the flag definitions do not allow; the tool prints the message and its usage, and exits with 2. */
export class FlagError extends Error {}

/** What a command line said. */
export class FlagValues {
  private readonly values = new Map<string, string[]>();
  /** What follows the flags. */
  args: string[] = [];

  constructor(private readonly defs: ReadonlyMap<string, FlagDef>) {}

  set(name: string, value: string): void {
    const list = this.values.get(name);
    if (list === undefined) this.values.set(name, [value]);
    else list.push(value);
  }

  /** Whether the flag was given. */
  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The last value given, or the initial one. */
  string(name: string): string {
    const list = this.values.get(name);
    return list === undefined ? (this.defs.get(name)?.initial ?? "") : list[list.length - 1]!;
  }

  bool(name: string): boolean {
    const s = this.string(name);
    return s === "true" || s === "1" || s === "t" || s === "T" || s === "TRUE" || s === "True";
  }

  int(name: string): number {
    const s = this.string(name);
    return s === "" ? 0 : Number(s);
  }

  /** How often a count flag was given, or the number it was given. */
  count(name: string): number {
    const list = this.values.get(name) ?? [];
    let n = 0;
    for (const v of list) n = v === "true" ? n + 1 : v === "false" ? 0 : Number(v);
    return n;
  }

  /** All values of a flag that may be repeated. */
  list(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }
}

/**
 * Parses a command line as Go's flag package does: -name, --name, -name=value, -name value; bools take a value only after
 * "="; flags end at the first other word or after "--". Throws FlagError with that package's words.
 */
export function parseGoFlags(defs: readonly FlagDef[], argv: readonly string[]): FlagValues {
  const byName = new Map(defs.map((d) => [d.name, d]));
  const values = new FlagValues(byName);
  let i = 0;
  for (; i < argv.length; i++) {
    const arg = argv[i]!;
    if (arg.length < 2 || arg[0] !== "-") break;
    if (arg === "--") {
      i++;
      break;
    }
    const body = arg.startsWith("--") ? arg.slice(2) : arg.slice(1);
    if (body === "" || body[0] === "-" || body[0] === "=") throw new FlagError(`bad flag syntax: ${arg}`);
    const eq = body.indexOf("=");
    const name = eq < 0 ? body : body.slice(0, eq);
    const def = byName.get(name);
    if (def === undefined) throw new FlagError(`flag provided but not defined: -${name}`);
    let value = eq < 0 ? null : body.slice(eq + 1);
    if (def.kind === "bool" || def.kind === "count") {
      value ??= "true";
      const ok = def.kind === "bool" ? /^(1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/ : /^(true|false|[+-]?\d+)$/;
      if (!ok.test(value)) {
        const why = def.kind === "bool" ? "parse error" : `invalid count ${JSON.stringify(value)}`;
        throw new FlagError(`invalid boolean value ${JSON.stringify(value)} for -${name}: ${why}`);
      }
    } else {
      if (value === null) {
        i++;
        if (i >= argv.length) throw new FlagError(`flag needs an argument: -${name}`);
        value = argv[i]!;
      }
      if (def.kind === "int" && !/^[+-]?\d+$/.test(value)) {
        throw new FlagError(`invalid value ${JSON.stringify(value)} for flag -${name}: parse error`);
      }
    }
    values.set(name, value);
  }
  values.args = argv.slice(i);
  return values;
}

/** The lines of a tool's -help, in the form of flag.PrintDefaults. */
export function flagUsage(defs: readonly FlagDef[]): string {
  const lines: string[] = [];
  for (const d of [...defs].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const quoted = /`([^`]*)`/.exec(d.usage);
    const kinds = { bool: "", string: "string", int: "int", count: "", list: "value" };
    const word = quoted?.[1] ?? kinds[d.kind];
    const usage = d.usage.replace(/`/g, "").replaceAll("\n", "\n    \t");
    const initial = d.kind === "string" ? JSON.stringify(d.initial) : d.initial;
    // Flags of one letter without a value have room for their usage beside them.
    const gap = word === "" && d.name.length === 1 ? "\t" : `${word === "" ? "" : ` ${word}`}\n    \t`;
    lines.push(`  -${d.name}${gap}${usage}${d.initial ? ` (default ${initial})` : ""}`);
  }
  return lines.join("\n") + "\n";
}
