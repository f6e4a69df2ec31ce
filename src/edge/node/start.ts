// The entry of a process and of a worker thread: loads the bundle and says which part to play. BUNDLE is its name, VIEWS
// that of the machine's.
import { setFlagsFromString } from "node:v8";
import { workerData } from "node:worker_threads";
import { loadBundle } from "./code.ts";
import type { Bundle } from "./bundle.ts";
import { optimizeLate } from "./tiering.ts";
import type * as Views from "./views.ts";

declare const BUNDLE: string;
declare const VIEWS: string;
declare const WORKER: boolean;

// A tool runs other code than the go command: what is worth keeping differs.
const tool = process.argv[2] === "tool" ? `tool-${process.argv[3] ?? ""}` : "main";
const role = WORKER ? (workerData as string) : tool;
// A tool that runs alone is over soon. Said before anything is loaded: code is kept for the value it ran under.
if (!WORKER && role !== "main") optimizeLate(true);
const command = process.argv[2] ?? "";
if (!WORKER && (command === "machine" || command === "boot")) {
  // The machine's loop is one large function: optimising it costs more than a short program takes. Long ones do not notice.
  setFlagsFromString("--wasm-tiering-budget=20000000");
  // Nothing of the toolchain is needed.
  const code = loadBundle<typeof Views>(__dirname, VIEWS, command, require);
  void code.exports.viewsMain(process.argv.slice(2)).then((status) => {
    process.exitCode = status;
    code.keep();
  });
} else {
  const code = loadBundle<Bundle>(__dirname, BUNDLE, role, require);
  if (WORKER) code.exports.workerMain(code);
  else code.exports.commandMain(code, __dirname);
}
