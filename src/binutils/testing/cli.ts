// The tools as one command, for scripts: tool name, then its arguments.
import { readFileSync } from "node:fs";
import { NodeHost } from "../../link/testing/nodehost.ts";
import { addr2lineMain, buildidMain, nmMain, objdumpMain, packMain, readelfMain, versionMain } from "../index.ts";

const host = new NodeHost();
const [name, ...args] = process.argv.slice(2);
const run = {
  nm: () => nmMain(host, args),
  pack: () => packMain(host, args),
  buildid: () => buildidMain(host, args),
  addr2line: () => addr2lineMain(host, args, readFileSync(0, "utf8")),
  objdump: () => objdumpMain(host, args),
  readelf: () => readelfMain(host, args),
  version: () => versionMain(host, args, "go"),
}[name ?? ""];
if (run === undefined) throw new Error(`unknown tool ${name}`);
const r = run();
process.stdout.write(r.stdout);
process.stderr.write(r.stderr);
process.exitCode = r.status;
