// npm run unit [-- filter…] [--bless]: bundles every *.test.ts whose path contains a filter and runs it with node:test.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "..");
const args = process.argv.slice(2);
const filters = args.filter((a) => !a.startsWith("--"));

/** Every test file below dir that a filter selects. */
function* tests(dir) {
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) yield* tests(path);
    else if (name.endsWith(".test.ts")) {
      const rel = relative(root, path);
      if (filters.length === 0 || filters.some((f) => rel.includes(f))) yield rel;
    }
  }
}

const files = [...tests(join(root, "src")), ...tests(join(root, "test"))];
if (files.length === 0) {
  console.error(`no test matches ${filters.join(" ")}`);
  process.exit(1);
}
// Under the project, not in the system's temporary folder, so that packages resolve from node_modules.
const out = mkdtempSync(join(root, "node_modules", ".tests-"));
let status = 1;
try {
  await build({
    absWorkingDir: root,
    entryPoints: files,
    outdir: out,
    outbase: root,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    packages: "external",
    logLevel: "warning",
  });
  const compiled = files.map((f) => join(out, f.replace(/\.ts$/, ".mjs")));
  const run = spawnSync(
    process.execPath,
    ["--enable-source-maps", "--stack-size=4000", "--test", "--test-reporter=spec", ...compiled],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, RT0_ROOT: root, ...(args.includes("--bless") ? { BLESS: "1" } : {}) },
    },
  );
  status = run.status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exit(status);
