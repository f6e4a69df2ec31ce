// Bundles rt0 into dist/: rt0.cjs and worker.cjs, the entries of a process and of a thread, which load rt0-HASH.cjs with the
// code that V8 made of it before (src/edge/node/code.ts); views-HASH.cjs, the machine and what looks at it, which building does
// not need; rt0.mjs, the same command for those who import modules; and tools.json: what identifies each stage, so that a
// change of the linker does not make old objects worthless.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { bakeMachine } from "./bake.mjs";

const root = resolve(import.meta.dirname, "..");

/** What all bundles have in common. */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  legalComments: "none",
  logLevel: "warning",
  charset: "ascii",
};

/** Bundles the product, and further entries (name to file) for tools. */
export async function bundle({ outdir = "dist", minify = false, extra = {} } = {}) {
  const out = resolve(root, outdir);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const views = await script(out, "views", "src/edge/node/views.ts", { minify, plugins: [bakeMachine(root)] });
  const main = await script(out, "rt0", "src/edge/node/bundle.ts", {
    minify,
    plugins: [apart("./views.ts", `./${views.name}`)],
  });
  for (const [name, worker] of [
    ["rt0", "false"],
    ["worker", "true"],
  ]) {
    const entry = { ...common, entryPoints: [{ in: "src/edge/node/start.ts", out: name }], outdir: out, format: "cjs" };
    await build({
      ...entry,
      outExtension: { ".js": ".cjs" },
      define: { BUNDLE: JSON.stringify(main.name), VIEWS: JSON.stringify(views.name), WORKER: worker },
    });
  }
  writeFileSync(join(out, "rt0.mjs"), 'import "./rt0.cjs";\n');
  writeFileSync(join(out, "tools.json"), JSON.stringify(toolIDs(main.metafile), null, 1));
  if (Object.keys(extra).length === 0) return;
  await build({
    ...common,
    entryPoints: Object.entries(extra).map(([name, file]) => ({ out: name, in: file })),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    splitting: true,
    format: "esm",
    chunkNames: "chunks/[name]-[hash]",
    plugins: [bakeMachine(root)],
  });
}

/** A bundle as a script, named by its hash. Imports of it that are evaluated when needed stay so. */
async function script(out, name, entry, options) {
  const r = await build({
    ...common,
    ...options,
    entryPoints: [entry],
    format: "cjs",
    write: false,
    metafile: true,
    supported: { "dynamic-import": false },
  });
  const text = r.outputFiles[0].contents;
  const file = `${name}-${createHash("sha256").update(text).digest("hex").slice(0, 12)}.cjs`;
  writeFileSync(join(out, file), text);
  return { name: file, metafile: r.metafile };
}

/** Has an import refer to another bundle. */
function apart(path, target) {
  return {
    name: "apart",
    setup(setup) {
      setup.onResolve({ filter: /./ }, (a) =>
        a.path === path && a.kind === "dynamic-import" ? { path: target, external: true } : undefined,
      );
    },
  };
}

/** Stage to the hash of its sources and of all that they import. */
function toolIDs({ inputs }) {
  const hashes = new Map();
  for (const file of Object.keys(inputs))
    hashes.set(
      file,
      createHash("sha256")
        .update(readFileSync(join(root, file)))
        .digest("hex"),
    );
  const ids = {};
  for (const start of Object.keys(inputs)) {
    const stage = /^src\/(\w+)\/index\.ts$/.exec(start)?.[1];
    if (stage === undefined) continue;
    const seen = new Set([start]);
    for (const file of seen) for (const { path } of inputs[file]?.imports ?? []) if (path in inputs) seen.add(path);
    const all = [...seen].sort().map((file) => `${file} ${hashes.get(file)}\n`);
    ids[stage] = createHash("sha256").update(all.join("")).digest("hex").slice(0, 32);
  }
  return ids;
}

/** rt0/types: the front end as a module for other programs, without Node (docs/api-types.md). */
export async function bundleTypes(out) {
  await build({
    ...common,
    entryPoints: [{ in: "src/api/index.ts", out: "types" }],
    outdir: out,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
  });
}

/** Its declarations for TypeScript: types.d.ts and what it refers to. */
export function declareTypes(out) {
  const emitted = join(out, "types.tmp");
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const args = ["-p", join(root, "src/api"), "--declaration", "--emitDeclarationOnly", "--outDir", emitted];
  execFileSync(process.execPath, [tsc, ...args], { stdio: ["ignore", "inherit", "inherit"] });
  mkdirSync(join(out, "types"), { recursive: true });
  for (const name of ["index", "check", "objects"]) {
    const text = readFileSync(join(emitted, "api", `${name}.d.ts`), "utf8");
    writeFileSync(join(out, "types", `${name}.d.ts`), text.replace(/(from "\.\/\w+)\.ts"/g, '$1.js"'));
  }
  writeFileSync(join(out, "types.d.ts"), 'export * from "./types/index.js";\n');
  rmSync(emitted, { recursive: true, force: true });
}

if (process.argv[1] === import.meta.filename) {
  await bundle({ minify: process.argv.includes("--minify") });
  await bundleTypes(join(root, "dist"));
  declareTypes(join(root, "dist"));
}
