// What bench:asm runs as rt0: one process that assembles all packages of a list.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { asmMain } from "#asm";
import { installSha256 } from "#base";
import { NodeHost } from "../src/edge/node/node-host.ts";

installSha256((bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()));
const jobs = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as { dir: string; args: string[] }[];
for (const j of jobs) {
  const r = asmMain(new NodeHost(j.dir, process.env), j.args);
  if (r.status !== 0) {
    process.stderr.write(r.stderr);
    process.exitCode = 1;
  }
}
