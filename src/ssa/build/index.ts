export { Program, type ProgramOptions } from "./program.ts";
export { STypes } from "./stypes.ts";
export { Alg, algOf } from "./alg.ts";
