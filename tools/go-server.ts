// A process that runs many commands of rt0, one after the other, as the command itself would run each: what the runner of
// GOROOT/test asks, so that loading rt0 and declaring the standard library are paid once and not a thousand times.
// Started by fork; messages are { id, argv, cwd }, answers { id, status, out }.
import { createHash } from "node:crypto";
import { installSha256 } from "../src/base/index.ts";
import { NodeExec } from "../src/edge/node/node-exec.ts";
import { NodeHost } from "../src/edge/node/node-host.ts";
import { goCommand } from "../src/gocmd/index.ts";

interface Command {
  readonly id: number;
  readonly argv: readonly string[];
  readonly cwd: string;
}

installSha256((bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()));

const shared = new NodeExec(import.meta.dirname, process.cwd());

process.on("message", async ({ id, argv, cwd }: Command) => {
  let out = "";
  const take = (text: string): void => {
    out += text;
  };
  // The pool of workers is the shared one; the directory and the streams are the command's own.
  const exec = Object.create(shared, {
    host: { value: new NodeHost(cwd, process.env) },
    out: { value: take },
    err: { value: take },
    terminal: { value: false },
  }) as NodeExec;
  let status = 3;
  try {
    status = await goCommand(exec, argv);
  } catch (e) {
    out += (e as Error).stack ?? String(e);
  }
  process.send?.({ id, status, out });
});
