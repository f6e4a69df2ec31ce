// Starts a part of rt0 as the product starts a tool (src/edge/node/start.ts): from a script with the code that V8 kept of it,
// and with late optimization.
import { loadBundle } from "../src/edge/node/code.ts";
import { optimizeLate } from "../src/edge/node/tiering.ts";

/** What such a part is: it does what the file of its argument lists. */
export interface Part {
  main(list: string): void;
}

optimizeLate(true);
const code = loadBundle<Part>(__dirname, "part.cjs", "tool-bench", require);
code.exports.main(process.argv[2]!);
code.keep();
