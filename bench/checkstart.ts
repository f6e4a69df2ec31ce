// Starts checkchild.ts as the product starts a tool (src/edge/node/start.ts): from a script with the code that V8 kept of it,
// and with late optimization.
import { loadBundle } from "../src/edge/node/code.ts";
import { optimizeLate } from "../src/edge/node/tiering.ts";
import type * as Child from "./checkchild.ts";

optimizeLate(true);
const code = loadBundle<typeof Child>(__dirname, "child.cjs", "tool-check", require);
code.exports.checkAll(process.argv[2]!);
code.keep();
