// For the launcher: makes dist/ from newer sources. Several commands may be started at once: one bundles, the others wait.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const dist = join(root, "dist");
const lock = join(root, ".rt0-bundle.lock");

/** Entries are what commands start from; the rest is named by its hash. */
const isEntry = (name) => name === "rt0.cjs" || name === "worker.cjs" || name === "rt0.mjs" || name === "tools.json";

/**
 * Moves a new bundle into dist, the entries last and the one whose time is looked at last of all. Commands that are running
 * may still load files of the old one, so these stay for an hour, and so does the code that V8 made of them.
 */
function install(next) {
  mkdirSync(dist, { recursive: true });
  const fresh = readdirSync(next).sort(
    (a, b) => Number(isEntry(a)) - Number(isEntry(b)) || Number(a === "rt0.cjs") - Number(b === "rt0.cjs"),
  );
  for (const name of fresh) renameSync(join(next, name), join(dist, name));
  const hashed = fresh.filter((name) => !isEntry(name));
  for (const dir of [dist, join(dist, "code"), join(dist, "chunks")]) {
    if (!existsSync(dir)) continue;
    for (const name of readdirSync(dir)) {
      const path = join(dir, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined || stat.isDirectory() || isEntry(name) || hashed.some((h) => name.startsWith(h))) continue;
      if (Date.now() - stat.mtimeMs > 3_600_000) rmSync(path, { force: true });
    }
  }
}

/** Whether the process that holds the lock is still there. */
function holderAlive() {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch (e) {
    return e.code === "EPERM";
  }
}

/** Bundles if stale() says that this is needed, when no other process does. */
export async function rebundle(stale) {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (e) {
      if (e.code !== "EEXIST") throw e;
      await new Promise((done) => setTimeout(done, 100));
      if (!stale()) return;
      if (!holderAlive()) rmSync(lock, { force: true });
    }
  }
  const next = join(root, `dist.${process.pid}.tmp`);
  try {
    if (!stale()) return;
    if (!existsSync(join(root, "node_modules", "esbuild"))) {
      process.stderr.write("rt0: installing packages (npm ci)\n");
      const npm = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
      const r = spawnSync("npm", npm, { cwd: root, stdio: ["ignore", 2, 2] });
      if (r.status !== 0) throw new Error("npm ci failed");
    }
    const { bundle } = await import("./build.mjs");
    await bundle({ outdir: next });
    install(next);
  } finally {
    rmSync(next, { recursive: true, force: true });
    rmSync(lock, { force: true });
  }
}
