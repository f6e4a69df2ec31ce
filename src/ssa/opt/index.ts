export { Escapes } from "./escapes.ts";
export { Inliner } from "./inline.ts";
export { promoteAllocs, zeroValue } from "./promote.ts";
