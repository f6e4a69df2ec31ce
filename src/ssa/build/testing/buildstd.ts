// Builds the functions of packages read from the reference Go installation, for tests.
import { InternalError } from "#base";
import { ParseMode, parseBody } from "#syntax";
import { check, checkBody, type Func as GoFunc, resolveObject } from "#types";
import { Diagnostics } from "#base";
import type { SourceImporter } from "../../../types/testing/goroot.ts";
import { checkFunc, type Func } from "../../core/index.ts";
import { Program } from "../program.ts";

export interface BuildResult {
  functions: number;
  blocks: number;
  values: number;
  errors: string[];
}

const runtimeClass =
  /^(runtime|internal\/(abi|bytealg|byteorder|chacha8rand|coverage\/rtcov|cpu|goarch|godebugs|goexperiment|goos|profilerecord|strconv|stringslite|runtime\/.*))$/;

/** A Program for a package of the standard library, completely checked. */
export function programFor(importer: SourceImporter, path: string): Program {
  const diagnostics = new Diagnostics(importer.positions);
  const files = importer.parse(path, ParseMode.Full, diagnostics);
  const pkg = check(importer.listing(path)!.ImportPath, files, {
    importer,
    diagnostics,
    goVersion: "go1.26",
    compiler: true,
  });
  if (diagnostics.hasErrors) throw new Error(`${path}: ${diagnostics.format(3).join("\n")}`);
  return new Program({
    pkg,
    files,
    runtime: runtimeClass.test(path),
    symAbis: null,
    embed: null,
    host: { readFile: () => new Uint8Array(0) },
    body: (fn: GoFunc) => importedBody(importer, fn),
    escapes: () => null,
    diagnostics,
  });
}

function importedBody(importer: SourceImporter, fn: GoFunc): boolean {
  const o = fn.origin;
  resolveObject(o);
  const d = o.funcDecl;
  if (d === null || o.decl === null || d.bodyStart < 0) return false;
  if (!o.bodyChecked) {
    parseBody(o.decl.file.syntax, d, importer.diagnostics, { std: true, compilingRuntime: true });
    checkBody(o);
  }
  return d.body !== null;
}

/** Builds and checks all functions of a package; what goes wrong is collected. */
export function buildPackage(importer: SourceImporter, path: string, only?: (f: Func) => void): BuildResult {
  const r: BuildResult = { functions: 0, blocks: 0, values: 0, errors: [] };
  let program: Program;
  try {
    program = programFor(importer, path);
  } catch (e) {
    r.errors.push(`${path}: ${(e as Error).stack}`);
    return r;
  }
  const pending = program.pending((e) => r.errors.push(messageOf(e)));
  for (const f of pending) {
    program.require(f);
    count(f, r);
    only?.(f);
  }
  return r;
}

function messageOf(e: unknown): string {
  if (e instanceof InternalError) return e.message;
  return e instanceof Error ? (e.stack ?? e.message) : String(e);
}

function count(f: Func, r: BuildResult): void {
  r.functions++;
  r.blocks += f.blocks.length;
  for (const b of f.blocks) r.values += b.values.length;
  try {
    checkFunc(f, "build");
  } catch (e) {
    r.errors.push(messageOf(e));
  }
  for (const c of f.closures) count(c, r);
}
