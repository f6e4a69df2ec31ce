// Bundles rt0 into dist/: the command (rt0.mjs), its worker (worker.mjs), one chunk a stage, loaded when a command needs it,
// and tools.json: what identifies each stage, so that a change of the linker does not make old objects worthless.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { build } from "esbuild";
import { bakeMachine } from "./bake.mjs";

const root = resolve(import.meta.dirname, "..");

/** Bundles the product, and further entries for tools. Old chunks are removed afterwards, so that a running rt0 keeps the files it has yet to load. */
export async function bundle({ outdir = "dist", minify = false, extra = {} } = {}) {
  const entries = { rt0: "src/edge/node/main.ts", worker: "src/edge/node/worker.ts", ...extra };
  const present = Object.entries(entries).filter(([, file]) => existsSync(resolve(root, file)));
  const out = resolve(root, outdir);
  rmSync(out, { recursive: true, force: true });
  const result = await build({
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
    metafile: true,
    plugins: [bakeMachine(root)],
  });
  writeFileSync(join(out, "tools.json"), JSON.stringify(toolIDs(result.metafile), null, 1));
  return result;
}

/** Stage to the name of its chunk, which holds the hash of its text and of all that it imports. */
function toolIDs(metafile) {
  const ids = {};
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    const stage = /^src\/(\w+)\/index\.ts$/.exec(entryPoint ?? "")?.[1];
    if (stage !== undefined) ids[stage] = basename(file);
  }
  return ids;
}

if (process.argv[1] === import.meta.filename) await bundle({ minify: process.argv.includes("--minify") });
