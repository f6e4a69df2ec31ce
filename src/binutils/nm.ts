import { FlagError, parseGoFlags, pdqsort } from "#base";
import { FormatError } from "#formats";
import { type Host, HostError, type ToolResult } from "#host";
import { openObject } from "./objfile.ts";
import { readInput, runTool, ToolExit } from "./tool.ts";

const help = `usage: go tool nm [options] file...
  -n
      an alias for -sort address (numeric),
      for compatibility with other nm commands
  -size
      print symbol size in decimal between address and type
  -sort {address,name,none,size}
      sort output in the given order (default name)
      size orders from largest to smallest
  -type
      print symbol type after name
`;

/** cmd/nm: lists the symbols of archives, objects and executables. */
export function nmMain(host: Host, argv: readonly string[]): ToolResult {
  return runTool("", (out) => {
    let flags: ReturnType<typeof parseGoFlags>;
    try {
      flags = parseGoFlags(
        [
          { name: "n", kind: "bool", usage: "" },
          { name: "size", kind: "bool", usage: "" },
          { name: "sort", kind: "string", usage: "", initial: "name" },
          { name: "type", kind: "bool", usage: "" },
        ],
        argv,
      );
    } catch (e) {
      if (e instanceof FlagError) throw new ToolExit(2, `${e.message}\n${help}`);
      throw e;
    }
    const order = flags.bool("n") ? "address" : flags.string("sort");
    if (!/^(address|name|none|size)$/.test(order)) throw new ToolExit(2, `nm: unknown sort order "${order}"\n`);
    const files = flags.args;
    if (files.length === 0) throw new ToolExit(2, help);
    for (const file of files) {
      let entries: ReturnType<typeof openObject>;
      try {
        entries = openObject(file, readInput(out, host, file));
      } catch (e) {
        if (!(e instanceof FormatError || e instanceof HostError)) throw e;
        out.error(e.message);
        continue;
      }
      let found = false;
      for (const e of entries) {
        let syms: ReturnType<typeof e.symbols>;
        try {
          syms = e.symbols();
        } catch (err) {
          if (!(err instanceof FormatError)) throw err;
          out.error(`reading ${file}: ${err.message}`);
          continue;
        }
        if (syms.length === 0) continue;
        found = true;
        if (order === "address") pdqsort(syms, (a, b) => a.addr - b.addr);
        else if (order === "name") pdqsort(syms, (a, b) => compareUtf8(a.name, b.name));
        else if (order === "size") pdqsort(syms, (a, b) => b.size - a.size);
        let prefix = "";
        if (entries.length > 1) prefix = `${file}(${e.name === "" ? "_go_.o" : e.name}):\t`;
        else if (files.length > 1) prefix = `${file}:\t`;
        for (const s of syms) {
          const addr = s.code === "U" ? "        " : s.addr.toString(16).padStart(8);
          const size = flags.bool("size") ? ` ${String(s.size).padStart(10)}` : "";
          out.print(`${prefix}${addr}${size} ${s.code} ${s.name}\n`);
        }
      }
      if (!found) out.error(`reading ${file}: no symbols`);
    }
  });
}

/** Orders strings as their UTF-8 bytes: by code point, which UTF-16 units do not give for surrogates. */
export function compareUtf8(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 0xd800 && x < 0xe000) x += 0x2000;
    else if (x >= 0xe000) x -= 0x800;
    if (y >= 0xd800 && y < 0xe000) y += 0x2000;
    else if (y >= 0xe000) y -= 0x800;
    return x - y;
  }
  return a.length - b.length;
}
