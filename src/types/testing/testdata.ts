// The checker's own test data in GOROOT/src/internal/types/testdata: runs one package of it, compares errors with marks.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Diagnostics, PosTable } from "#base";
import { unquote } from "#constant";
import { type File, parseFile, ParseMode } from "#syntax";
import { check, withPredeclaredTestFuncs, type Importer } from "../index.ts";
import { commentMap, goRegExp, type Mark } from "./marks.ts";

/** What the parser says of labels and branches; in these files the checker is to find it. */
const branchMessages =
  /^((break |continue )?label .* (defined and not used|already defined|not defined)|(break|continue) label not defined|goto .* jumps|break is not in|continue is not in|invalid (break|continue) label|fallthrough statement out of place|cannot fallthrough)/;

export interface Outcome {
  readonly name: string;
  readonly marks: number;
  /** Empty if every mark was met and nothing else reported. */
  readonly problems: string[];
}

/** The packages below a directory of test data: single files and subdirectories. */
export function testPackages(dir: string): { name: string; files: string[] }[] {
  const out: { name: string; files: string[] }[] = [];
  for (const e of readdirSync(dir).sort()) {
    const path = join(dir, e);
    if (statSync(path).isDirectory())
      out.push({
        name: e,
        files: readdirSync(path)
          .sort()
          .map((f) => join(path, f)),
      });
    else if (e.endsWith(".go")) out.push({ name: e, files: [path] });
  }
  return out;
}

export function runTestPackage(name: string, paths: readonly string[], importer: Importer, tolerance: number): Outcome {
  const positions = new PosTable();
  const diagnostics = new Diagnostics(positions);
  const files: File[] = [];
  const marks = new Map<string, Map<number, Mark[]>>();
  let total = 0;
  let lang = "";
  let fakeImportC = false;
  for (const path of paths) {
    const bytes = readFileSync(path);
    const source = bytes.toString("latin1");
    const flags = files.length === 0 ? /^\/\/\s*(-.*)/.exec(source) : null;
    if (flags !== null) {
      lang = /-lang=(\S+)/.exec(flags[1]!)?.[1] ?? "";
      fakeImportC = /-fakeImportC/.test(flags[1]!);
    }
    const m = commentMap(bytes.toString("utf8"), /^ ERRORx? /);
    for (const l of m.values()) total += l.length;
    if (m.size > 0) marks.set(path, m);
    const parsed = new Diagnostics(positions);
    const f = parseFile(path, bytes, positions, parsed, { mode: ParseMode.Full });
    for (const d of parsed.list)
      if (!branchMessages.test(d.message)) diagnostics.report(d.pos, d.message, d.code, d.soft);
    if (f !== null) files.push(f);
  }
  const problems: string[] = [];
  if (files.length > 0)
    withPredeclaredTestFuncs(() =>
      check(files[0]!.pkgName.value, files, {
        importer,
        diagnostics,
        goVersion: lang,
        checkBranches: true,
        fakeImportC,
      }),
    );
  for (const d of diagnostics.list) {
    const r = positions.resolve(d.pos);
    const at = r === undefined ? "?" : `${r.name}:${r.line}:${r.col}`;
    const byLine = r === undefined ? undefined : marks.get(r.name);
    const list = byLine?.get(r!.line) ?? [];
    let best = -1;
    let delta = 0;
    for (let i = 0; i < list.length; i++) {
      const text = list[i]!.text;
      const substr = text.startsWith(" ERROR ");
      const pattern = unquote(text.slice(substr ? 7 : 8).trim());
      if (pattern === undefined) {
        problems.push(`${at}: bad mark ${text}`);
        continue;
      }
      if (substr ? !d.message.includes(pattern) : !goRegExp(pattern).test(d.message)) continue;
      const dd = Math.abs(list[i]!.col - r!.col);
      if (best < 0 || dd < delta) {
        best = i;
        delta = dd;
      }
    }
    if (best < 0) {
      problems.push(`${at}: not expected: ${d.message}`);
      continue;
    }
    if (delta > tolerance) problems.push(`${at}: column ${r!.col}, want ${list[best]!.col}: ${d.message}`);
    list.splice(best, 1);
    if (list.length === 0) byLine!.delete(r!.line);
  }
  for (const [path, byLine] of marks)
    for (const list of byLine.values())
      for (const m of list) problems.push(`${path}:${m.line}:${m.col}: not reported:${m.text}`);
  return { name, marks: total, problems };
}
