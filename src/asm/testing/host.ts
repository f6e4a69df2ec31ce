import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Host, HostError, type ToolResult } from "#host";
import { asmMain } from "../main.ts";

/** Runs the assembler in a folder of the real file system; what it writes is kept instead. */
export function runAsm(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): ToolResult & { readonly output: Uint8Array | undefined } {
  let output: Uint8Array | undefined;
  const at = (path: string): string => (path.startsWith("/") ? path : join(cwd, path));
  const host: Pick<Host, "readFile" | "stat" | "writeFile" | "cwd" | "env"> = {
    readFile: (path) => {
      try {
        return new Uint8Array(readFileSync(at(path)));
      } catch {
        throw new HostError("ENOENT", path, "no such file or directory");
      }
    },
    stat: (path) => {
      const s = statSync(at(path), { throwIfNoEntry: false });
      if (s === undefined) return undefined;
      return { size: s.size, mtimeMs: s.mtimeMs, isDirectory: s.isDirectory(), isFile: s.isFile(), mode: s.mode };
    },
    writeFile: (path, bytes) => {
      if (path.startsWith("/nowhere/")) throw new HostError("ENOENT", path, "no such file or directory");
      output = bytes;
    },
    cwd: () => cwd,
    env: (name) => env[name],
  };
  const r = asmMain(host as Host, argv);
  return { ...r, output };
}
