// Bundles rt0 into dist/: the command (rt0.mjs), its worker (worker.mjs), one chunk a stage, loaded when a command needs it.
import { existsSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");

/** Bundles the product. Old chunks are removed afterwards, so that a running rt0 keeps the files it has yet to load. */
export async function bundle({ outdir = "dist", minify = false } = {}) {
  const entries = { rt0: "src/edge/node/main.ts", worker: "src/edge/node/worker.ts" };
  const present = Object.entries(entries).filter(([, file]) => existsSync(resolve(root, file)));
  const out = resolve(root, outdir);
  rmSync(out, { recursive: true, force: true });
  return build({
    absWorkingDir: root,
    entryPoints: present.map(([name, file]) => ({ out: name, in: file })),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minify,
    sourcemap: minify ? false : "linked",
    legalComments: "none",
    chunkNames: "chunks/[name]-[hash]",
    logLevel: "warning",
  });
}

if (process.argv[1] === import.meta.filename) await bundle({ minify: process.argv.includes("--minify") });
