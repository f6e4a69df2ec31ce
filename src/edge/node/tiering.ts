// How soon V8 optimizes. Its compilers work on other threads, but on the same processors: when a package or two are built, and
// everything is over in a second, half of the time went into optimizing functions that had nearly done their work.
import { setFlagsFromString } from "node:v8";

/** Bytes of bytecode that a function runs before V8 thinks about optimizing it: V8's own value, and one for short runs. */
const usual = 67_584;
const patient = 1_000_000;

/** Sets it for all threads. Code that was kept under one value is refused under another. */
export function optimizeLate(late: boolean): void {
  setFlagsFromString(`--interrupt-budget=${late ? patient : usual}`);
}
