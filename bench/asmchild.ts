// What bench:asm runs as rt0: one process that assembles all packages of a list.
import { readFileSync } from "node:fs";
import { asmMain } from "#asm";
import { useNodeHash } from "../src/edge/node/hash.ts";
import { NodeHost } from "../src/edge/node/node-host.ts";

/** Carries out the command lines in a file of JSON. */
export function main(list: string): void {
  useNodeHash();
  const jobs = JSON.parse(readFileSync(list, "utf8")) as { dir: string; args: string[] }[];
  for (const j of jobs) {
    const r = asmMain(new NodeHost(j.dir, process.env), j.args);
    if (r.status !== 0) {
      process.stderr.write(r.stderr);
      process.exitCode = 1;
    }
  }
}
