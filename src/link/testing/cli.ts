// The linker as a command, for scripts and measurements.
import { createHash } from "node:crypto";
import { installSha256 } from "../../base/index.ts";
import { linkMain } from "../index.ts";
import { NodeHost } from "./nodehost.ts";

installSha256((b) => new Uint8Array(createHash("sha256").update(b).digest()));
const r = linkMain(new NodeHost(), process.argv.slice(2));
process.stdout.write(r.stdout);
process.stderr.write(r.stderr);
process.exitCode = r.status;
