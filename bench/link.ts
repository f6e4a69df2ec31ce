// npm run bench:link: what gc compiled of hello, gofmt and cmd/go, linked by rt0 and by go tool link, each link a process of its
// own. The two take turns in one run; the least of n is kept; the files must be the same. Prints a table and, with --write,
// keeps it in bench/README.md. ROUNDS=n; RT0 is the command to measure.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cells, type Cost, fixed, goroot, least, measureSuccess, realGo, report, root, scratchDir } from "./report.ts";

const rounds = Number(process.env["ROUNDS"] ?? "7");
const dir = scratchDir();
const env = { CGO_ENABLED: "0", GOROOT: goroot };

/** A program for the linker: its main archive, and the file that names the others. */
interface Program {
  readonly main: string;
  readonly importcfg: string;
}

/** Has go compile a program. */
function compile(name: string, cwd: string, pattern: string): Program {
  const format = "{{.Name}} {{.ImportPath}} {{.Export}}";
  const list = execFileSync(realGo, ["list", "-export", "-deps", "-f", format, pattern], {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  let main = "";
  let text = "";
  for (const line of list.split("\n")) {
    const [pkg, path, file] = line.split(" ");
    if (file === undefined || file === "") continue;
    if (pkg === "main") main = file;
    else text += `packagefile ${path}=${file}\n`;
  }
  const importcfg = join(dir, `${name}.cfg`);
  writeFileSync(importcfg, text);
  return { main, importcfg };
}

const module = join(dir, "hello");
mkdirSync(module);
writeFileSync(join(module, "go.mod"), "module hello\n\ngo 1.26\n");
writeFileSync(
  join(module, "main.go"),
  'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("Hello, World!")\n}\n',
);
const src = join(goroot, "src");
const programs = new Map([
  ["hello", compile("hello", module, ".")],
  ["gofmt", compile("gofmt", src, "cmd/gofmt")],
  ["cmd/go", compile("go", src, "cmd/go")],
]);

interface Linker {
  readonly argv: readonly string[];
  readonly out: string;
}

const go: Linker = { argv: [join(goroot, "pkg/tool/linux_amd64/link")], out: join(dir, "out-go") };
const rt0: Linker = { argv: [process.env["RT0"] ?? join(root, "rt0"), "tool", "link"], out: join(dir, "out-rt0") };

const best = new Map<string, Map<Linker, Cost>>();
for (let i = 0; i <= rounds; i++) {
  for (const [program, { main, importcfg }] of programs) {
    const row = best.get(program) ?? new Map<Linker, Cost>();
    for (const linker of i % 2 === 0 ? [go, rt0] : [rt0, go]) {
      const m = measureSuccess([...linker.argv, "-o", linker.out, "-importcfg", importcfg, main], { cwd: dir, env });
      // The first round only fills caches: of files, and of V8's code.
      if (i > 0) best.set(program, row.set(linker, least(row.get(linker), m)));
    }
    if (!readFileSync(go.out).equals(readFileSync(rt0.out))) throw new Error(`${program}: the files differ`);
  }
}

const lines = [
  "| link of | go wall s | rt0 wall s | ratio | go CPU s | rt0 CPU s | ratio | go MiB | rt0 MiB | ratio |",
  "|---|---|---|---|---|---|---|---|---|---|",
];
for (const [program, costs] of best) {
  const g = costs.get(go)!;
  const r = costs.get(rt0)!;
  lines.push(`| ${program} | ${cells(g, r)} | ${g.mib} | ${r.mib} | ${fixed(r.mib / g.mib)} |`);
}
lines.push("", "All files equal, byte for byte.");
report("link", `least of ${rounds}`, lines);
