import { readFileSync } from "node:fs";
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
  const host: Pick<Host, "readFile" | "writeFile" | "cwd" | "env"> = {
    readFile: (path) => {
      try {
        return new Uint8Array(readFileSync(path.startsWith("/") ? path : join(cwd, path)));
      } catch {
        throw new HostError("ENOENT", path, "no such file or directory");
      }
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
