import { decodeUtf8 } from "#base";

/** What -importcfg says: where each import's archive is, and which paths mean others (vendoring). */
export interface ImportConfig {
  readonly packageFile: ReadonlyMap<string, string>;
  readonly importMap: ReadonlyMap<string, string>;
}

/** Reads an import configuration; throws Error with "file:line: …" as cmd/compile/internal/base/flag.go does. */
export function parseImportConfig(name: string, bytes: Uint8Array): ImportConfig {
  const packageFile = new Map<string, string>();
  const importMap = new Map<string, string>();
  decodeUtf8(bytes)
    .split("\n")
    .forEach((raw, i) => {
      const line = raw.trim();
      if (line === "" || line.startsWith("#")) return;
      const fail = (why: string): never => {
        throw new Error(`${name}:${i + 1}: ${why}`);
      };
      const space = line.indexOf(" ");
      const verb = space < 0 ? line : line.slice(0, space);
      const arg = space < 0 ? "" : line.slice(space + 1).trim();
      const eq = arg.indexOf("=");
      const before = eq < 0 ? arg : arg.slice(0, eq);
      const after = eq < 0 ? "" : arg.slice(eq + 1);
      if (verb === "packagefile") {
        if (before === "" || after === "") fail('invalid packagefile: syntax is "packagefile path=filename"');
        packageFile.set(before, after);
      } else if (verb === "importmap") {
        if (before === "" || after === "") fail('invalid importmap: syntax is "importmap old=new"');
        importMap.set(before, after);
      } else {
        fail(`unknown directive ${JSON.stringify(verb)}`);
      }
    });
  return { packageFile, importMap };
}

/** The files behind go:embed patterns, as -embedcfg gives them. */
export interface EmbedConfig {
  readonly patterns: Readonly<Record<string, readonly string[]>>;
  readonly files: Readonly<Record<string, string>>;
}

export function parseEmbedConfig(name: string, bytes: Uint8Array): EmbedConfig {
  let parsed: unknown;
  try {
    parsed = JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    throw new Error(`${name}: ${(cause as Error).message}`);
  }
  const { Patterns, Files } = parsed as { Patterns?: Record<string, string[] | null>; Files?: Record<string, string> };
  if (Patterns == null) throw new Error(`${name}: invalid embedcfg: missing Patterns`);
  if (Files == null) throw new Error(`${name}: invalid embedcfg: missing Files`);
  return { patterns: Object.fromEntries(Object.entries(Patterns).map(([k, v]) => [k, v ?? []])), files: Files };
}

/** Which ABI assembly defines and refers to symbols with, from `asm -gensymabis`. */
export interface SymAbis {
  /** Symbol → 0 (ABI0) or 1 (ABIInternal). */
  readonly defs: ReadonlyMap<string, number>;
  readonly refs: ReadonlyMap<string, ReadonlySet<number>>;
}

export function parseSymAbis(name: string, bytes: Uint8Array, packagePath: string): SymAbis {
  const defs = new Map<string, number>();
  const refs = new Map<string, Set<number>>();
  decodeUtf8(bytes)
    .split("\n")
    .forEach((raw, i) => {
      const line = raw.trim();
      if (line === "" || line.startsWith("#")) return;
      const [verb, symbol, abiName] = line.split(/\s+/);
      const abi = abiName === "ABI0" ? 0 : abiName === "ABIInternal" ? 1 : -1;
      if ((verb !== "def" && verb !== "ref") || symbol === undefined || abi < 0) {
        throw new Error(`${name}:${i + 1}: invalid symabi: ${line}`);
      }
      // Symbols of the package at hand may be written "".name.
      const full = symbol.startsWith('"".') ? `${packagePath}.${symbol.slice(3)}` : symbol;
      if (verb === "def") defs.set(full, abi);
      else {
        const set = refs.get(full);
        if (set === undefined) refs.set(full, new Set([abi]));
        else set.add(abi);
      }
    });
  return { defs, refs };
}
