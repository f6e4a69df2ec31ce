// Parts of rt0 bundled as the product is.
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./report.ts";

/** Bundles bench/FILE.ts, which exports main (start.ts: Part), into a directory; gives the script to start it with. */
export async function bundlePart(file: string, dir: string): Promise<string> {
  const outputs = { part: file, start: "start" };
  for (const [out, source] of Object.entries(outputs)) {
    await build({
      entryPoints: [join(root, `bench/${source}.ts`)],
      outfile: join(dir, `${out}.cjs`),
      bundle: true,
      format: "cjs",
      platform: "node",
      target: "node20",
      charset: "ascii",
      minifyWhitespace: true,
      logLevel: "warning",
    });
  }
  return join(dir, "start.cjs");
}
