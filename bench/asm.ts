// How fast the assembler is: time per run of rt0's on std's largest .s files in one process, cold and warm, against one
// process of `go tool asm` each. Needs the real Go. `npm run bench:asm`, or: node tools/… bundle and run this file.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runAsm } from "../src/asm/testing/host.ts";
import { asmArgs, asmPackages, go, goroot, objdir } from "../src/asm/testing/std.ts";

const rounds = Number(process.env.ROUNDS ?? 10);
const scratch = mkdtempSync(join(tmpdir(), "rt0-bench-"));
const out = join(scratch, "x.o");
const jobs = asmPackages()
  .flatMap((p) => p.asmFiles.map((f) => ({ p, f, size: statSync(join(p.dir, f)).size })))
  .sort((a, b) => b.size - a.size)
  .slice(0, 12)
  .map(({ p, f, size }) => ({ name: `${p.path}/${f}`, size, dir: p.dir, args: asmArgs(p, objdir(p), out, [f]) }));

const row = (name: string, ...cells: string[]): void => {
  console.log(name.padEnd(66) + cells.map((c) => c.padStart(12)).join(""));
};
row("file", "KB", "cold ms", "warm ms", "MB/s warm", "go ms");
let bytes = 0;
let warmTotal = 0;
for (const j of jobs) {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const t = performance.now();
    const r = runAsm(j.args, j.dir, { GOROOT: goroot });
    times.push(performance.now() - t);
    if (r.status !== 0) throw new Error(r.stderr);
  }
  const cold = times[0]!;
  const warm = Math.min(...times);
  const reference: number[] = [];
  for (let i = 0; i < 3; i++) {
    const t = performance.now();
    execFileSync(go, ["tool", "asm", ...j.args], { cwd: j.dir });
    reference.push(performance.now() - t);
  }
  bytes += j.size;
  warmTotal += warm;
  row(
    j.name,
    (j.size / 1024).toFixed(0),
    cold.toFixed(1),
    warm.toFixed(1),
    (j.size / 1048.576 / warm).toFixed(1),
    Math.min(...reference).toFixed(0),
  );
}
row("all", (bytes / 1024).toFixed(0), "", warmTotal.toFixed(1), (bytes / 1048.576 / warmTotal).toFixed(1), "");
rmSync(scratch, { recursive: true, force: true });
