export { AMD64, BlockAMD64, invertBlock } from "./ops.ts";
export { callClobbers, machineOp } from "./table.ts";
