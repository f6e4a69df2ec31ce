// The entry of a process and of a worker thread: loads the bundle and says which part to play. BUNDLE is its name.
import { workerData } from "node:worker_threads";
import { loadBundle } from "./code.ts";
import type { Bundle } from "./bundle.ts";

declare const BUNDLE: string;
declare const WORKER: boolean;

const role = WORKER ? (workerData as string) : "main";
const code = loadBundle<Bundle>(__dirname, BUNDLE, role, require);
if (WORKER) code.exports.workerMain(code);
else code.exports.commandMain(code, __dirname);
