import { builtinABIs, builtinNames } from "./gen/builtins.ts";

let index: Map<string, number> | undefined;

/** How many symbols goobj files may refer to by number alone (cmd/internal/goobj/builtinlist.go). */
export const builtinCount = builtinNames.length;

/** The name of builtin i. */
export function builtinName(i: number): string {
  return builtinNames[i]!;
}

/** The ABI of builtin i. */
export function builtinABI(i: number): number {
  return builtinABIs.charCodeAt(i) - 48;
}

/** The number of the builtin with this name and ABI, or -1. */
export function builtinIndex(name: string, abi: number): number {
  index ??= new Map(builtinNames.map((n, i) => [n, i]));
  const i = index.get(name);
  return i !== undefined && builtinABI(i) === abi ? i : -1;
}
