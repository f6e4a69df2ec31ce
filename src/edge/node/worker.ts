// A worker of the pool: runs tools one after the other.
import { parentPort } from "node:worker_threads";
import type { Loaded } from "./code.ts";
import { useNodeHash } from "./hash.ts";
import { NodeHost } from "./node-host.ts";
import { prepareTool, runTool } from "./tools.ts";

/** What the pool sends: a tool to run, a tool that will be needed soon, or that the end is near. */
export type WorkerMessage =
  | {
      readonly kind: "run";
      readonly name: string;
      readonly argv: readonly string[];
      readonly dir: string;
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly kind: "prepare"; readonly name: string }
  | { readonly kind: "keep" };

/** Serves the pool until the process ends. */
export function workerMain(code: Loaded<object>): void {
  useNodeHash();
  const port = parentPort!;
  port.on("message", (m: WorkerMessage) => {
    if (m.kind === "prepare") void prepareTool(m.name);
    else if (m.kind === "keep") {
      code.keep();
      port.postMessage("kept");
    } else {
      const host = new NodeHost(m.dir, { ...process.env, ...m.env });
      void runTool(host, m.name, m.argv).then((result) => port.postMessage(result));
    }
  });
}
