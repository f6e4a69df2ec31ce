// node tools/ts.mjs FILE.ts args…: bundles a TypeScript program of this repository and runs it.
import { mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const out = mkdtempSync(join(root, "node_modules", ".ts-"));
process.on("exit", () => rmSync(out, { recursive: true, force: true }));
await build({
  entryPoints: [resolve(process.argv[2])],
  outfile: join(out, "program.mjs"),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: "inline",
  packages: "external",
  logLevel: "warning",
});
process.setSourceMapsEnabled(true);
process.argv.splice(1, 1);
await import(pathToFileURL(join(out, "program.mjs")).href);
