// The entry of a process and of a worker thread: loads the bundle and says which part to play. BUNDLE is its name.
import { workerData } from "node:worker_threads";
import { loadBundle } from "./code.ts";
import type { Bundle } from "./bundle.ts";

declare const BUNDLE: string;
declare const WORKER: boolean;

// A tool runs other code than the go command: what is worth keeping differs.
const tool = process.argv[2] === "tool" ? `tool-${process.argv[3] ?? ""}` : "main";
const role = WORKER ? (workerData as string) : tool;
const code = loadBundle<Bundle>(__dirname, BUNDLE, role, require);
if (WORKER) code.exports.workerMain(code);
else code.exports.commandMain(code, __dirname);
