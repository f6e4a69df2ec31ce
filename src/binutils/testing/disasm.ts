// Lines of hexadecimal bytes on standard input -> length, Go syntax, GNU syntax (instructions at 0x401000), tab-separated.
import { readFileSync } from "node:fs";
import { GoDecoder } from "../goinst.ts";
import { gnuSyntax } from "../gnusyntax.ts";
import { goSyntax } from "../gosyntax.ts";

const decoder = new GoDecoder();
const out: string[] = [];
for (const line of readFileSync(0, "utf8").split("\n")) {
  if (line === "") continue;
  const bytes = Uint8Array.from(line.match(/../g)!, (h) => Number.parseInt(h, 16));
  const inst = decoder.decode(bytes, 0, bytes.length, true);
  if (inst === undefined) out.push("1\t?\t?\n");
  else out.push(`${inst.len}\t${goSyntax(inst, 0x401000, () => undefined)}\t${gnuSyntax(inst, 0x401000)}\n`);
}
process.stdout.write(out.join(""));
