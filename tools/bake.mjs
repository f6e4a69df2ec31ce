// An esbuild plugin that puts the machine's base module, ready-made, into a bundle: src/machine/cpu/baked.ts is replaced by
// what src/machine/cpu/handlers.ts emits. Kept under node_modules by the hash of the code that emits it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";

export function bakeMachine(root) {
  return {
    name: "bake-machine",
    setup(setup) {
      setup.onLoad({ filter: /[/\\]machine[/\\]cpu[/\\]baked\.ts$/ }, async () => ({
        contents: await baked(root),
        loader: "js",
      }));
    },
  };
}

async function baked(root) {
  const entry = resolve(root, "src/machine/cpu/handlers.ts");
  const r = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    minify: true,
  });
  const code = r.outputFiles[0].text;
  const dir = join(root, "node_modules", ".rt0");
  const kept = join(dir, `base-${createHash("sha256").update(code).digest("hex").slice(0, 16)}.js`);
  if (existsSync(kept)) return readFileSync(kept, "utf8");
  const { emitBase } = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
  const { wasm, keys, order } = emitBase();
  const text = `const base64 = "${Buffer.from(wasm).toString("base64")}";
const wasm = globalThis.Buffer ? Buffer.from(base64, "base64") : Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
export const baked = { order: ${JSON.stringify(order)}, keys: ${JSON.stringify(keys)}, wasm };\n`;
  mkdirSync(dir, { recursive: true });
  writeFileSync(`${kept}.${process.pid}`, text);
  renameSync(`${kept}.${process.pid}`, kept);
  return text;
}
