export { type LinkInputs, type LinkOutput, link } from "./link.ts";
export { linkMain } from "./main.ts";
export { defaultOptions, type LinkOptions } from "./options.ts";
export type { SymbolSource } from "./source.ts";
