// npm run bench:link: what gc compiled of hello, gofmt and cmd/go, linked by rt0 and by go tool link, each link a process of its
// own. The two take turns in one run; the least of n is kept; the files must be the same. Prints a table and, with --write,
// keeps it with the date in bench/README.md. ROUNDS=n; RT0 is the command to measure.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const rounds = Number(process.env.ROUNDS ?? "7");
const goroot = process.env.GOROOT ?? "/usr/local/go";
const rt0 = process.env.RT0 ?? join(root, "rt0");
const dir = mkdtempSync(join(tmpdir(), "rt0-bench-link-"));
const env = { ...process.env, CGO_ENABLED: "0", GOROOT: goroot };

/** Runs a command; wall and CPU seconds, peak resident set in MiB. */
function measure(cmd, args) {
  const out = join(dir, "time.txt");
  const started = process.hrtime.bigint();
  const r = spawnSync("/usr/bin/time", ["-o", out, "-f", "%U %S %M", cmd, ...args], { cwd: dir, env, encoding: "utf8" });
  const wall = Number(process.hrtime.bigint() - started) / 1e9;
  if (r.status !== 0) throw new Error(`${cmd} ${args.join(" ")}: ${r.stderr}`);
  const [user, sys, kb] = readFileSync(out, "utf8").trim().split("\n").at(-1).split(" ").map(Number);
  return { wall, cpu: user + sys, mib: Math.round(kb / 1024) };
}

/** Has go compile a program; its main archive and the file that names the others. */
function compile(name, cwd, pattern) {
  const format = "{{.Name}} {{.ImportPath}} {{.Export}}";
  const list = execFileSync(join(goroot, "bin/go"), ["list", "-export", "-deps", "-f", format, pattern], { cwd, env, encoding: "utf8", maxBuffer: 1 << 26 });
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
writeFileSync(join(module, "main.go"), 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("Hello, World!")\n}\n');
const programs = { hello: compile("hello", module, "."), gofmt: compile("gofmt", join(goroot, "src"), "cmd/gofmt"), "cmd/go": compile("go", join(goroot, "src"), "cmd/go") };
const linkers = { go: [join(goroot, "pkg/tool/linux_amd64/link")], rt0: [rt0, "tool", "link"] };

const best = {};
for (let i = 0; i <= rounds; i++) {
  for (const [program, { main, importcfg }] of Object.entries(programs)) {
    const names = Object.keys(linkers);
    for (const name of i % 2 === 0 ? names : names.reverse()) {
      const [cmd, ...args] = linkers[name];
      const m = measure(cmd, [...args, "-o", join(dir, `out-${name}`), "-importcfg", importcfg, main]);
      // The first round only fills caches: of files, and of V8's code.
      if (i === 0) continue;
      const k = (best[program] ??= {});
      const old = k[name];
      k[name] = old === undefined ? m : { wall: Math.min(old.wall, m.wall), cpu: Math.min(old.cpu, m.cpu), mib: Math.min(old.mib, m.mib) };
    }
    if (!readFileSync(join(dir, "out-go")).equals(readFileSync(join(dir, "out-rt0")))) throw new Error(`${program}: the files differ`);
  }
}

const f = (x) => x.toFixed(2);
const lines = ["| link of | go wall s | rt0 wall s | ratio | go CPU s | rt0 CPU s | ratio | go MiB | rt0 MiB | ratio |", "|---|---|---|---|---|---|---|---|---|---|"];
for (const [program, { go: g, rt0: r }] of Object.entries(best)) {
  lines.push(`| ${program} | ${f(g.wall)} | ${f(r.wall)} | ${f(r.wall / g.wall)} | ${f(g.cpu)} | ${f(r.cpu)} | ${f(r.cpu / g.cpu)} | ${g.mib} | ${r.mib} | ${f(r.mib / g.mib)} |`);
}
lines.push("", "All files equal, byte for byte.");
console.log(lines.join("\n"));
rmSync(dir, { recursive: true, force: true });

if (process.argv.includes("--write")) {
  const path = join(root, "bench/README.md");
  const old = existsSync(path) ? readFileSync(path, "utf8") : "# Benchmarks\n";
  const mark = "\n## bench:link";
  const head = old.split(mark)[0].trimEnd();
  const rest = old.includes(mark) ? old.slice(old.indexOf(mark) + 1).split(/\n(?=## )/).slice(1).join("\n") : "";
  const date = new Date().toISOString().slice(0, 10);
  const cores = execFileSync("nproc").toString().trim();
  writeFileSync(path, `${head}\n${mark}\n\n${date}, ${cores} cores, least of ${rounds}.\n\n${lines.join("\n")}\n${rest === "" ? "" : `\n${rest}`}`);
}
