// npm run build:web: the machine for a browser, into dist/web/: machine.html, page.js and the worker. Serve the folder with any
// static web server; it needs no special headers.
import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { bakeMachine } from "./bake.mjs";

const root = resolve(import.meta.dirname, "..");

export async function bundleWeb({ outdir = "dist/web", minify = true } = {}) {
  const out = resolve(root, outdir);
  mkdirSync(out, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: ["src/edge/browser/page.ts", "src/edge/browser/worker.ts"],
    outdir: out,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify,
    legalComments: "none",
    logLevel: "warning",
    plugins: [bakeMachine(root)],
  });
  copyFileSync(join(root, "src/edge/browser/machine.html"), join(out, "machine.html"));
  return out;
}

if (process.argv[1] === import.meta.filename) await bundleWeb({ minify: !process.argv.includes("--no-minify") });
