import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { goBuild, realGo, rt0, run, withoutGo } from "./support/toolchains.ts";

// An executable that rt0 made is a Go binary for every tool that looks at one: it has the sections, entry, symbols, tables
// and build information that gc's has.

const dir = mkdtempSync(join(tmpdir(), "rt0-elf-"));
after(() => rmSync(dir, { recursive: true, force: true }));
const ours = join(dir, "rt0");
const theirs = join(dir, "gc");

before(() => {
  if (withoutGo) return;
  const built = rt0(["build", "-trimpath", "-o", ours, "./examples/hello"], { timeout: 900 });
  assert.equal(built.status, 0, built.stderr);
  goBuild(theirs, "./examples/hello", ["-trimpath"]);
});

const go = (...args: string[]): string => {
  const r = run(realGo, { args });
  assert.equal(r.status, 0, r.stderr);
  return r.stdout;
};
const ourTool = (...args: string[]): string => {
  const r = rt0(["tool", ...args]);
  assert.equal(r.status, 0, r.stderr);
  return r.stdout;
};

/** Name, type, flags and alignment of the sections, as rt0's own readelf reads them. */
function sections(file: string): string[] {
  const rows = ourTool("readelf", "-S", "-W", file).matchAll(
    /^ *\[ *\d+\] (\S+) +(\S+) +[0-9a-f]{16} [0-9a-f]+ [0-9a-f]+ ([0-9a-f]+) +([A-Zlop]*) +\d+ +\d+ +(\d+)$/gm,
  );
  // The alignment of the tables follows from what is in them; debugging sections are compressed where that makes them smaller.
  return [...rows].map(([, name, type, size, flags, align]) =>
    name!.startsWith(".debug_")
      ? [name, type, size, flags!.replace("C", "")].join(" ")
      : [name, type, size, flags, name === ".gopclntab" ? "" : align].join(" "),
  );
}

/** Type and flags of the segments. */
function segments(file: string): string[] {
  const rows = ourTool("readelf", "-l", "-W", file).matchAll(
    /^ +([A-Z_]+) +(0x[0-9a-f]+ ){5}([RWE ]{3}) (0x[0-9a-f]+)$/gm,
  );
  return [...rows].map((m) => `${m[1]} ${m[3]} ${m[4]}`);
}

test("sections and segments are gc's", { skip: withoutGo }, () => {
  const expected = sections(theirs);
  assert.ok(expected.length > 20, expected.join("\n"));
  assert.deepEqual(sections(ours), expected);
  assert.ok(segments(theirs).length >= 5);
  assert.deepEqual(segments(ours), segments(theirs));
});

test("the entry is _rt0_amd64_linux", { skip: withoutGo }, () => {
  const entry = /Entry point address: +0x([0-9a-f]+)/.exec(ourTool("readelf", "-h", ours))?.[1];
  const symbol = / *([0-9a-f]+) T _rt0_amd64_linux$/m.exec(go("tool", "nm", ours))?.[1];
  assert.ok(entry !== undefined);
  assert.equal(symbol, entry);
});

test("go's tools read it, and rt0's say the same", { skip: withoutGo }, () => {
  const info = go("version", "-m", ours);
  // All but the path of the file.
  assert.equal(info.split("\n").slice(1).join("\n"), go("version", "-m", theirs).split("\n").slice(1).join("\n"));
  assert.match(go("tool", "buildid", ours), /^[\w-]{20}\/[\w-]{20}\/[\w-]{20}\/[\w-]{20}\n$/);
  const symbols = go("tool", "nm", ours);
  for (const name of [
    "main.main",
    "runtime.main",
    "runtime.rt0_go.abi0",
    "runtime.pclntab",
    "go:itab.*os.File,io.Writer",
  ])
    assert.ok(
      symbols.split("\n").some((l) => l.endsWith(` ${name}`)),
      `no symbol ${name}`,
    );
  const at = / *([0-9a-f]+) T main\.main$/m.exec(symbols)?.[1];
  const line = run(realGo, { args: ["tool", "addr2line", ours], stdin: `0x${at}\n` });
  assert.match(line.stdout, /^main\.main\n.*examples\/hello\/main\.go:\d+\n$/);
  assert.equal(ourTool("nm", ours), symbols);
  assert.equal(ourTool("buildid", ours), go("tool", "buildid", ours));
  const code = ["tool", "objdump", "-s", "^main\\.", ours];
  assert.match(go(...code), /TEXT main\.main\(SB\)/);
  assert.equal(ourTool(...code.slice(1)), go(...code));
  assert.equal(rt0(["version", "-m", ours]).stdout, info);
});

const withoutGdb = ["/usr/bin/gdb", "/bin/gdb"].some((p) => existsSync(p)) ? withoutGo : "needs gdb";

test("gdb shows its sections, functions, files and lines", { skip: withoutGdb }, () => {
  const gdb = (file: string): string => {
    const commands = ["info files", "info line main.main", "info symbol 'runtime.rt0_go.abi0'"];
    return run("gdb", { args: ["-nx", "-batch", ...commands.flatMap((c) => ["-ex", c]), file] }).stdout;
  };
  const names = (text: string): string[] => [...text.matchAll(/0x[0-9a-f]+ - 0x[0-9a-f]+ is (\S+)/g)].map((m) => m[1]!);
  const text = gdb(ours);
  assert.ok(names(text).includes(".gopclntab"), text);
  assert.deepEqual(names(text), names(gdb(theirs)));
  assert.match(text, /Line \d+ of "[^"]*examples\/hello\/main\.go" starts at address 0x[0-9a-f]+ <main\.main>/);
  assert.match(text, /^runtime\.rt0_go\S* in section \.text$/m);
});
