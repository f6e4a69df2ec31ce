// A worker of the pool: runs tools one after the other.
import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { installSha256 } from "#base";
import { NodeHost } from "./node-host.ts";
import { runTool } from "./tools.ts";

/** What the pool sends. */
export interface ToolMessage {
  readonly name: string;
  readonly argv: readonly string[];
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
}

installSha256((bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()));

const port = parentPort;
port?.on("message", (m: ToolMessage) => {
  const host = new NodeHost(m.dir, { ...process.env, ...m.env });
  void runTool(host, m.name, m.argv).then((result) => port.postMessage(result));
});
