// Builds functions of a source text without imports, for golden tests.
import { Diagnostics, encodeUtf8, PosTable } from "#base";
import { ParseMode, parseFile } from "#syntax";
import { check, unsafePackage } from "#types";
import { checkFunc, type Func, funcString } from "../../core/index.ts";
import { Program } from "../program.ts";

/** The Program of package p with this one file. */
export function programOf(source: string, path = "p"): Program {
  const positions = new PosTable();
  const diagnostics = new Diagnostics(positions);
  const file = parseFile("p.go", encodeUtf8(source), positions, diagnostics, { mode: ParseMode.Full, std: true });
  if (file === null || diagnostics.hasErrors) throw new Error(diagnostics.format().join("\n"));
  const importer = {
    import: (p: string) => {
      if (p === "unsafe") return unsafePackage;
      throw new Error(`no package ${p}`);
    },
  };
  const pkg = check(path, [file], { importer, diagnostics, goVersion: "go1.26" });
  if (diagnostics.hasErrors) throw new Error(diagnostics.format().join("\n"));
  return new Program({
    pkg,
    files: [file],
    runtime: false,
    symAbis: null,
    embed: null,
    host: { readFile: () => new Uint8Array(0) },
    body: () => false,
    escapes: () => null,
    diagnostics,
  });
}

/** All functions of a program by name, closures included; each has been checked. */
export function functionsOf(p: Program): Map<string, Func> {
  const all = new Map<string, Func>();
  const add = (f: Func): void => {
    checkFunc(f, "build");
    all.set(f.name, f);
    for (const c of f.closures) add(c);
  };
  for (const f of p.pending()) {
    p.require(f);
    add(f);
  }
  return all;
}

/** The text form of the functions with these names. */
export function ssaOf(source: string, names: readonly string[]): string {
  const all = functionsOf(programOf(source));
  return names
    .map((n) => {
      const f = all.get(n);
      return f === undefined ? `no function ${n}; there are ${[...all.keys()].join(" ")}\n` : funcString(f);
    })
    .join("");
}
