import type { Helpers } from "./helpers.ts";
import type { Detail } from "./translate.ts";
export function stringCompare(_h: Helpers, _ip: number, d: Detail): void {
  throw new Error(d.mnemonic);
}
