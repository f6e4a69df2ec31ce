// Checks every import under src/ against tools/layers.mjs, and that every stage has a README.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { layers } from "./layers.mjs";

const root = resolve(import.meta.dirname, "../src");
const problems = [];

/** Every .ts file below dir. */
function* sources(dir) {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (name.endsWith(".ts")) yield path;
  }
}

for (const stage of readdirSync(root)) {
  if (!(stage in layers)) problems.push(`src/${stage}: not a stage that tools/layers.mjs knows`);
  if (!existsSync(join(root, stage, "README.md"))) problems.push(`src/${stage}: no README.md`);
}

for (const file of sources(root)) {
  const stage = relative(root, file).split("/")[0];
  const allowed = layers[stage] ?? [];
  const isTest = /\.test\.ts$|\/testing\//.test(file);
  const say = (what) => problems.push(`src/${relative(root, file)}: ${what}`);
  for (const match of readFileSync(file, "utf8").matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)) {
    const target = match[1];
    if (target.startsWith("#")) {
      const other = target.slice(1);
      if (other === stage) say(`imports its own stage as ${target}: use ./`);
      else if (!isTest && !allowed.includes(other) && !allowed.includes("*")) say(`${stage} may not import ${target}`);
    } else if (target.startsWith(".")) {
      const to = relative(root, resolve(dirname(file), target)).split("/")[0];
      if (to !== stage && !isTest) say(`reaches out of its stage: ${target}`);
    } else if (target.startsWith("node:") && stage !== "edge" && !isTest) {
      say(`only src/edge may import ${target}`);
    }
  }
}

for (const p of problems) console.error(p);
if (problems.length > 0) process.exit(1);
console.log(`layers: ${Object.keys(layers).length} stages, no forbidden import`);
