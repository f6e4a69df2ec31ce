// The machine and what looks at it: a bundle of its own, which building does not need.
export { machineMain } from "#machine";
export { bootMain } from "#trace";
export { NodeMachineIo } from "./machine.ts";
