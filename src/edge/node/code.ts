// Loading a bundle with the code that V8 made of it in an earlier run, which saves most of the time that a short command
// would spend on parsing and compiling JavaScript. Node 20 has no such cache for modules of its own, so the bundle is a
// script: a function body that gets `module` and `require`, as CommonJS has it.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { Script } from "node:vm";

/** A bundle that has been loaded. */
export interface Loaded<T> {
  /** File name of the bundle, which holds its hash. */
  readonly name: string;
  readonly exports: T;
  /** Keeps the code of everything that has run so far for the next process, unless that is there already. */
  keep(): void;
}

/** FNV-1a over 32-bit words and the bytes behind the last of them: finds damage, not ill will. */
export function checksum(bytes: Uint8Array): number {
  let h = 0x811c9dc5;
  // Words are read where they are aligned.
  const b = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = b.length >> 2;
  const view = new Int32Array(b.buffer, b.byteOffset, words);
  for (let i = 0; i < words; i++) h = Math.imul(h ^ view[i]!, 0x01000193);
  for (let i = words << 2; i < b.length; i++) h = Math.imul(h ^ b[i]!, 0x01000193);
  return h >>> 0;
}

const headerSize = 8;

/** The code in a file, if the file is whole. Header: length and checksum of what follows. */
function readCode(path: string): Uint8Array | undefined {
  try {
    const b = readFileSync(path);
    // A buffer of its own: small files are cut from a pool that is not aligned.
    const copy = b.byteOffset % 4 === 0 ? b : Buffer.from(b);
    const head = new Uint32Array(copy.buffer, copy.byteOffset, 2);
    const code = copy.subarray(headerSize);
    return head[0] === code.length && head[1] === checksum(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Removes a file that could not be written, if it is there. */
export function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What cannot be removed has not been made: no directory, or none that can be written.
  }
}

function writeCode(path: string, dir: string, code: Uint8Array): boolean {
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
  try {
    mkdirSync(dir, { recursive: true });
    const b = new Uint8Array(headerSize + code.length);
    b.set(code, headerSize);
    new Uint32Array(b.buffer, 0, 2).set([code.length, checksum(b.subarray(headerSize))]);
    writeFileSync(temporary, b);
    renameSync(temporary, path);
    return true;
  } catch {
    discard(temporary);
    return false;
  }
}

/** The directory of the build cache, or "": what cacheDir of src/gocmd says, known before that is loaded. */
export function cacheDirectory(env: NodeJS.ProcessEnv, cwd: string): string {
  const { RT0CACHE: own = "", XDG_CACHE_HOME: xdg = "", HOME: home = "" } = env;
  if (own === "off") return "";
  if (own !== "") return isAbsolute(own) ? own : join(cwd, own);
  if (xdg.startsWith("/")) return join(xdg, "rt0");
  return home === "" ? "" : join(home, ".cache", "rt0");
}

/**
 * Runs a bundle. Code is kept by the bundle's name, which holds its hash, by the version and flags of Node, and by the part
 * that the process has to play (what it runs decides which functions are worth keeping).
 */
export function loadBundle<T>(directory: string, name: string, role: string, builtin: NodeJS.Require): Loaded<T> {
  const file = join(directory, name);
  const flags = `${process.version}-${process.arch}${process.execArgv.join("")}${process.env["NODE_OPTIONS"] ?? ""}`;
  const codeName = `${name}-${role}-${flags.replace(/[^\w.]+/g, "_").slice(0, 100)}.v8`;
  const beside = join(directory, "code");
  const user = cacheDirectory(process.env, process.cwd());
  const places = user === "" ? [beside] : [beside, join(user, "code")];
  let cachedData: Uint8Array | undefined;
  for (const dir of places) cachedData ??= readCode(join(dir, codeName));
  // The bundle is ASCII: one byte a character, which is read without decoding.
  const text = `(function(module,require){${readFileSync(file, "latin1")}\n})`;
  const script = new Script(text, cachedData === undefined ? { filename: file } : { filename: file, cachedData });
  const module = { exports: {} as T };
  const run = script.runInThisContext() as (m: object, r: NodeJS.Require) => void;
  const parts = new Map<string, Loaded<object>>();
  const require = (id: string): unknown => {
    if (!id.startsWith("./")) return builtin(id);
    let part = parts.get(id);
    if (part === undefined) {
      part = loadBundle<object>(directory, id.slice(2), role, builtin);
      parts.set(id, part);
    }
    return part.exports;
  };
  run(module, require as NodeJS.Require);
  return {
    name,
    exports: module.exports,
    keep() {
      for (const part of parts.values()) part.keep();
      if (cachedData !== undefined && script.cachedDataRejected !== true) return;
      const code = script.createCachedData();
      for (const dir of places) if (writeCode(join(dir, codeName), dir, code)) return;
    },
  };
}
