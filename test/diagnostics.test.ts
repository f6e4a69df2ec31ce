import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { PosTable } from "#base";
import { CompileSession } from "#compile";
import { Compilation } from "../src/compile/compile.ts";
import { parseOptions } from "../src/compile/options.ts";
import { NodeHost } from "../src/edge/node/node-host.ts";
import { goroot, realGo, withoutGo } from "./support/toolchains.ts";

// The erroneous files of Go's own tests through compile: what it prints must be what gc's prints, with and
// without -e. Every 12th, or with RT0_DIAGNOSTICS_SAMPLE=n every n-th.
const sample = Number(process.env["RT0_DIAGNOSTICS_SAMPLE"] ?? "12");

/** Where rt0 is known to differ, and what gc says by chance: docs/conformance.md. */
const leftOut = /\/(check\/labels|issue70549|notinheap[23]?|issue54765)\.go$/;

interface Case {
  readonly file: string;
  readonly args: readonly string[];
}

function* goFiles(dir: string): Generator<string> {
  for (const name of readdirSync(dir).sort()) {
    const path = join(dir, name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) yield* goFiles(path);
    else if (name.endsWith(".go")) yield path;
  }
}

function cases(): Case[] {
  const out: Case[] = [];
  for (const file of goFiles(join(goroot, "src/internal/types/testdata"))) {
    const lang = /-lang=go[\d.]+/.exec(readFileSync(file, "utf8").split("\n")[0]!)?.[0];
    out.push({ file, args: [lang ?? "-lang=go1.26"] });
  }
  for (const file of goFiles(join(goroot, "src/cmd/compile/internal/syntax/testdata")))
    out.push({ file, args: ["-lang=go1.26"] });
  for (const file of goFiles(join(goroot, "test"))) {
    if (file.includes(".dir/")) continue;
    const action = /^\/\/ .*errorcheck.*$/m.exec(readFileSync(file, "utf8"))?.[0];
    if (action === undefined) continue;
    const words = action.trim().split(/\s+/).slice(2);
    const args = words.filter((a) => /^-(lang|std$|\+$|complete$)/.test(a));
    out.push({ file, args: args.some((a) => a.startsWith("-lang")) ? args : ["-lang=go1.26", ...args] });
  }
  return out.flatMap((c) => [c, { ...c, args: [...c.args, "-e"] }]);
}

const dir = mkdtempSync(join(tmpdir(), "rt0-diagnostics-"));
after(() => rmSync(dir, { recursive: true, force: true }));

test("Go's erroneous test files", { skip: withoutGo, timeout: 1_800_000 }, async () => {
  const format = "{{if .Export}}packagefile {{.ImportPath}}={{.Export}}{{end}}";
  const env = { ...process.env, GOROOT: goroot, CGO_ENABLED: "0", GOFLAGS: "" };
  const config = join(dir, "importcfg");
  writeFileSync(config, execFileSync(realGo, ["list", "-export", "-f", format, "std"], { env, cwd: goroot }));
  const empty = join(dir, "empty");
  writeFileSync(empty, "");
  const all = cases();
  const list = all.filter((c, i) => i % sample === 0 && !leftOut.test(c.file));
  const wants: string[] = new Array<string>(list.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < list.length; i = next++) {
      const { file, args } = list[i]!;
      const argv = ["tool", "compile", "-p", "p", "-o", join(dir, `${i}.o`), "-importcfg", config, ...args, file];
      wants[i] = await new Promise((resolve) => {
        const child = spawn(realGo, argv, { cwd: goroot, env });
        const out: Buffer[] = [];
        child.stdout.on("data", (d: Buffer) => out.push(d));
        child.stderr.on("data", (d: Buffer) => out.push(d));
        child.on("close", (code) => resolve(code === 0 ? "" : Buffer.concat(out).toString()));
      });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const session = new CompileSession(new PosTable());
  const host = new NodeHost(goroot, env);
  let same = 0;
  const problems: string[] = [];
  list.forEach(({ file, args }, i) => {
    const argv = ["-p", "p", "-o", join(dir, "o"), "-importcfg", empty, ...args, file];
    const r = new Compilation(host, parseOptions(argv), session).run();
    const have = r.status === 0 ? "" : r.stdout + r.stderr;
    if (have === wants[i]) same++;
    else problems.push(`compile ${argv.join(" ")}\n-- gc --\n${wants[i]}\n-- rt0 --\n${have}`);
  });
  console.log(`outputs of compile for erroneous files: ${same}/${list.length} as gc's (of ${all.length})`);
  assert.equal(problems.slice(0, 3).join("\n"), "");
});
