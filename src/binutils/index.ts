export { addr2lineMain } from "./addr2line.ts";
export { buildidMain } from "./buildid.ts";
export { goSyntax, type SymbolLookup } from "./gosyntax.ts";
export { nmMain } from "./nm.ts";
export { objdumpMain } from "./objdump.ts";
export { packMain } from "./pack.ts";
export { readelfMain } from "./readelf.ts";
export { versionMain } from "./version.ts";
