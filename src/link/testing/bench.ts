// Links one program several times in one process and prints how long each pass takes: what is warm-up, what is work.
import { createHash } from "node:crypto";
import { installSha256 } from "../../base/index.ts";
import { linkMain } from "../index.ts";
import { NodeHost } from "./nodehost.ts";

installSha256((b) => new Uint8Array(createHash("sha256").update(b).digest()));
for (let i = 0; i < Number(process.env.N ?? 6); i++) {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const r = linkMain(new NodeHost(), process.argv.slice(2));
  const used = process.cpuUsage(cpu);
  console.log(
    `link ${i}: ${(performance.now() - start).toFixed(0)} ms wall, ${((used.user + used.system) / 1000).toFixed(0)} ms cpu, status ${r.status}`,
  );
}
