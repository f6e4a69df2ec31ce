// What the bundle offers to start.ts.
export { commandMain } from "./main.ts";
export { workerMain } from "./worker.ts";

export interface Bundle {
  readonly commandMain: typeof import("./main.ts").commandMain;
  readonly workerMain: typeof import("./worker.ts").workerMain;
}
