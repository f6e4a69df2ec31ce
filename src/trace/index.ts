export { bootMain, bootUsage } from "./boot.ts";
export type { EventKind, Level, Trace, TraceEvent, TraceHead } from "./events.ts";
export { type GoFunc, GoSymbols } from "./gosyms.ts";
export { tracePage } from "./page.ts";
export { Recorder } from "./recorder.ts";
export { Runtime, statusName } from "./runtime.ts";
export { traceText } from "./terminal.ts";
