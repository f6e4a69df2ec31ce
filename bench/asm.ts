// npm run bench:asm: all assembly files of the standard library, assembled by one process of rt0, started as the product starts
// a tool, and by one process of `go tool asm` for each package. Objects are new files, as in a build. The two take turns in one
// run; the least of n is kept. Prints a table and, with --write, keeps it in bench/README.md. ROUNDS=n.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asmArgs, asmPackages, objdir } from "../src/asm/testing/std.ts";
import { bundlePart } from "./product.ts";
import { type Cost, fixed, least, measureSuccess, realGo, report, scratchDir } from "./report.ts";

/** A command line of the assembler and the folder it runs in. */
interface Job {
  readonly dir: string;
  readonly args: readonly string[];
}

const rounds = Number(process.env["ROUNDS"] ?? "7");
const scratch = scratchDir();
const packages = asmPackages();
const object = (i: number): string => join(scratch, `${i}.o`);
const jobs: Job[] = packages.map((p, i) => ({ dir: p.dir, args: asmArgs(p, objdir(p), object(i), p.asmFiles) }));
const bytes = packages.reduce((n, p) => n + p.asmFiles.reduce((m, f) => m + statSync(join(p.dir, f)).size, 0), 0);
const files = packages.reduce((n, p) => n + p.asmFiles.length, 0);
const list = join(scratch, "jobs.json");
writeFileSync(list, JSON.stringify(jobs));

const start = await bundlePart("asmchild", scratch);
const asm = execFileSync(realGo, ["tool", "-n", "asm"], { encoding: "utf8" }).trim();

// A shell that starts the processes one after the other: their CPU time adds up there.
const quoted = (a: string): string => `'${a}'`;
const script = join(scratch, "go.sh");
writeFileSync(script, jobs.map((j) => `cd ${j.dir} && ${asm} ${j.args.map(quoted).join(" ")} || exit 1\n`).join(""));
const withGo = (): Cost => measureSuccess(["/bin/sh", script]);
const withRt0 = (): Cost => measureSuccess([process.execPath, start, list]);
// The first run keeps its code for the others.
withRt0();

let g: Cost | undefined;
let r: Cost | undefined;
const fresh = (run: () => Cost): Cost => {
  for (let k = 0; k < jobs.length; k++) rmSync(object(k), { force: true });
  return run();
};
for (let i = 0; i < rounds; i++) {
  g = least(g, fresh(withGo));
  r = least(r, fresh(withRt0));
}
if (g === undefined || r === undefined) throw new Error("ROUNDS must be 1 or more");
let same = 0;
jobs.forEach((j, i) => {
  const mine = readFileSync(object(i));
  execFileSync(asm, j.args, { cwd: j.dir });
  if (mine.equals(readFileSync(object(i)))) same++;
});
const ms = (x: number): string => fixed(x * 1000, 0);
report("asm", `least of ${rounds}, in turns`, [
  "| all assembly of std | processes | wall ms | CPU ms | MiB |",
  "|---|---|---|---|---|",
  `| go tool asm | ${jobs.length} | ${ms(g.wall)} | ${ms(g.cpu)} | ${g.mib} |`,
  `| rt0 | 1 | ${ms(r.wall)} | ${ms(r.cpu)} | ${r.mib} |`,
  `| ratio | | ${fixed(r.wall / g.wall)} | ${fixed(r.cpu / g.cpu)} | ${fixed(r.mib / g.mib)} |`,
  "",
  `${files} files, ${Math.round(bytes / 1024)} KiB; ${same} of ${jobs.length} objects identical.`,
]);
