// The machine and what looks at it: a bundle of its own, which building does not need.
import { machineMain } from "#machine";
import { bootMain } from "#trace";
import { workingDirectory } from "./cwd.ts";
import { NodeMachineIo } from "./machine.ts";
import { NodeHost } from "./node-host.ts";

export { bootMain, machineMain, NodeMachineIo };

/** `rt0 machine …` and `rt0 boot …`; returns the exit status. */
export function viewsMain(argv: readonly string[]): Promise<number> {
  const start = argv[0] === "boot" ? bootMain : machineMain;
  return start(new NodeHost(workingDirectory(), process.env), argv.slice(1), new NodeMachineIo());
}
