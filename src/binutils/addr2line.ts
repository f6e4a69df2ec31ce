import { FormatError } from "#formats";
import type { Host, ToolResult } from "#host";
import { firstObject, type ObjEntry, openObject } from "./objfile.ts";
import { readInput, runTool, ToolExit } from "./tool.ts";

const usage = `usage: addr2line binary
reads addresses from standard input and writes two lines for each:
	function name
	file:line
`;

/** cmd/addr2line: for each address (hexadecimal, one a line of stdin) the function and the source line. */
export function addr2lineMain(host: Host, argv: readonly string[], stdin: string): ToolResult {
  return runTool("addr2line: ", (out) => {
    if (argv[0] === "--help") {
      out.print(usage);
      return;
    }
    const file = argv[0];
    if (file === undefined || argv.length !== 1 || file.startsWith("-")) throw new ToolExit(2, usage);
    const entries = openObject(file, readInput(out, host, file));
    let lookup: ReturnType<ObjEntry["lineTable"]>;
    try {
      lookup = firstObject(entries).lineTable();
    } catch (e) {
      if (e instanceof FormatError) throw new FormatError(`reading ${file}: ${e.message}`);
      throw e;
    }
    const lines = stdin.split("\n");
    if (lines[lines.length - 1] === "") lines.pop();
    for (const line of lines) {
      if (line.includes(":")) {
        out.print("!reverse translation not implemented\n");
        continue;
      }
      const digits = line.replace(/\r$/, "").replace(/^0x/, "");
      const pc = /^[0-9a-fA-F]+$/.test(digits) ? Number.parseInt(digits, 16) : 0;
      const at = lookup(pc);
      if (at.func === "") out.print("?\n?:0\n");
      else out.print(`${at.func}\n${at.file}:${at.line}\n`);
    }
  });
}
