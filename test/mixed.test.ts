// One program of packages compiled by rt0 and by gc. rt0 compiles packages whose imports gc compiled (it reads their
// declarations from source); gc cannot read rt0's export data, so rt0's packages are those above, and calls go both ways.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { goroot, realGo, rt0, run, withoutGo } from "./support/toolchains.ts";

const dir = mkdtempSync(join(tmpdir(), "rt0-mixed-"));
after(() => rmSync(dir, { recursive: true, force: true }));

const source = `package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sort"
	"strings"
)

type point struct{ x, y int }

func (p point) String() string { return fmt.Sprintf("<%d,%d>", p.x, p.y) }

type broken struct{ why string }

func (b *broken) Error() string { return b.why }

func open() error {
	_, err := os.Open("/no/such/file")
	return err
}

func main() {
	fmt.Println("hello", point{1, 2}, []any{point{3, 4}, 5, "six"}, map[string]int{"a": 1})
	err := open()
	var pe *fs.PathError
	fmt.Println(errors.As(err, &pe), errors.Is(err, fs.ErrNotExist), pe.Path)
	// The same pair of type and interface, from a package of each compiler: the values must be equal.
	var again error = pe
	fmt.Println(again == err, map[error]int{err: 1}[again])
	words := strings.Fields("one of each compiler here")
	sort.Slice(words, func(i, j int) bool { return words[i] < words[j] })
	fmt.Println(strings.Map(func(r rune) rune { return r - 32 }, "abc"), words)
	wrapped := fmt.Errorf("wrapped: %w", &broken{"inside"})
	var b *broken
	fmt.Println(errors.As(wrapped, &b), wrapped)
	var w fmt.Stringer = point{7, 8}
	if _, ok := w.(error); !ok {
		fmt.Println(w)
	}
	defer func() { fmt.Println("recovered:", recover()) }()
	var m map[string]int
	m["x"] = 1
}
`;

interface Listed {
  readonly ImportPath: string;
  readonly Name: string;
  readonly Export?: string;
  readonly Dir: string;
  readonly GoFiles?: string[];
  readonly SFiles?: string[];
  readonly Imports?: string[];
}

/** The packages of the program, each after those that it imports. */
function list(): Listed[] {
  writeFileSync(join(dir, "go.mod"), "module m\n\ngo 1.26\n");
  writeFileSync(join(dir, "main.go"), source);
  const fields = "ImportPath,Name,Export,Dir,GoFiles,SFiles,Imports";
  const r = run(realGo, {
    args: ["list", "-export", "-deps", `-json=${fields}`, "."],
    cwd: dir,
    env: { CGO_ENABLED: "0" },
    timeout: 600,
  });
  assert.equal(r.status, 0, r.stderr);
  return JSON.parse(`[${r.stdout.replace(/\n}\n{/g, "\n},{")}]`) as Listed[];
}

/** Compiles some packages with rt0 and links them with gc's archives of the others; what the program prints. */
function build(packages: readonly Listed[], byRt0: ReadonlySet<string>, name: string): string {
  const at = join(dir, name);
  mkdirSync(at);
  const files = new Map<string, string>();
  let main = "";
  let cfg = "";
  for (const p of packages) {
    if (p.ImportPath === "unsafe") continue;
    let file = p.Export ?? "";
    if (byRt0.has(p.ImportPath)) {
      file = join(at, `${p.ImportPath.replaceAll("/", "_")}.a`);
      const importcfg = join(at, "importcfg");
      writeFileSync(importcfg, cfg);
      const path = p.Name === "main" ? "main" : p.ImportPath;
      const std = p.Name === "main" ? [] : ["-std"];
      const sources = (p.GoFiles ?? []).map((f) => join(p.Dir, f));
      const flags = ["-o", file, "-p", path, ...std, "-lang=go1.26", "-importcfg", importcfg, "-pack"];
      const r = rt0(["tool", "compile", ...flags, ...sources], { timeout: 600 });
      assert.equal(r.status, 0, `${path}: ${r.stdout}${r.stderr}`);
    }
    if (p.Name === "main") main = file;
    else {
      files.set(p.ImportPath, file);
      cfg += `packagefile ${p.ImportPath}=${file}\n`;
    }
  }
  const importcfg = join(at, "importcfg.link");
  writeFileSync(importcfg, cfg);
  const out = join(at, "program");
  const r = rt0(["tool", "link", "-o", out, "-importcfg", importcfg, main]);
  assert.equal(r.status, 0, r.stderr);
  const ran = run(out);
  return ran.status === 0 ? ran.stdout : `${ran.stdout}${ran.stderr}status ${ran.status}`;
}

test("packages of both compilers make one program", { skip: withoutGo }, () => {
  const packages = list();
  const all = build(packages, new Set(), "gc");
  assert.match(all, /^hello <1,2>/);
  assert.match(all, /\ntrue 1\n/);
  const importers = new Map<string, string[]>();
  for (const p of packages) {
    for (const i of p.Imports ?? []) importers.set(i, [...(importers.get(i) ?? []), p.ImportPath]);
  }
  // All that only rt0's packages import, and that is Go alone.
  const most = new Set<string>();
  for (const p of [...packages].reverse()) {
    const above = importers.get(p.ImportPath) ?? [];
    if ((p.SFiles ?? []).length === 0 && above.every((a) => most.has(a))) most.add(p.ImportPath);
  }
  most.delete("unsafe");
  const main = packages.find((p) => p.Name === "main")!.ImportPath;
  const sets: [string, Set<string>][] = [["fmt", new Set([main, "fmt", "internal/fmtsort"])]];
  if (process.env["RT0_FULL"] === "1") sets.push(["main", new Set([main])], ["most", most]);
  for (const [name, set] of sets) {
    assert.equal(build(packages, set, name), all, name);
    console.log(`mixed: ${set.size} packages of rt0 with ${packages.length - set.size - 1} of gc run as gc's alone do`);
  }
});

test("an importer compiled against other export data is refused", { skip: withoutGo }, () => {
  const packages = list();
  const own = join(dir, "own");
  mkdirSync(own);
  const cfg = packages
    .filter((p) => p.Name !== "main" && p.Export !== undefined)
    .map((p) => `packagefile ${p.ImportPath}=${p.Export}\n`)
    .join("");
  writeFileSync(join(own, "cfg"), cfg);
  const errors = packages.find((p) => p.ImportPath === "errors")!;
  const file = join(own, "errors.a");
  const sources = errors.GoFiles!.map((f) => join(goroot, "src/errors", f));
  const flags = ["-o", file, "-p", "errors", "-std", "-complete", "-importcfg", join(own, "cfg"), "-pack"];
  const r = rt0(["tool", "compile", ...flags, ...sources], { timeout: 300 });
  assert.equal(r.status, 0, r.stderr);
  writeFileSync(join(own, "cfg"), cfg.replace(/packagefile errors=.*/, `packagefile errors=${file}`));
  const main = packages.find((p) => p.Name === "main")!.Export!;
  const out = join(own, "out");
  const link = rt0(["tool", "link", "-o", out, "-importcfg", join(own, "cfg"), main]);
  assert.equal(link.status, 2);
  assert.match(link.stderr, /fingerprint mismatch: errors has [0-9a-f]{16}, import from \S+ expecting [0-9a-f]{16}/);
  assert.ok(!existsSync(out));
});
