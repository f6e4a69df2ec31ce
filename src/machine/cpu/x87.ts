import type { Helpers } from "./helpers.ts";
import type { Detail } from "./translate.ts";
export const x87Names: ReadonlySet<string> = new Set();
export function x87(_h: Helpers, _ip: number, d: Detail): number {
  throw new Error(d.mnemonic);
}
