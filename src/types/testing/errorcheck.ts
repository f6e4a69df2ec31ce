// GOROOT/test's errorcheck programs: files with `// ERROR "pattern"` at the lines where the compiler is to report.
// cmd/internal/testdir/testdir_test.go.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Diagnostic, Diagnostics, PosTable } from "#base";
import { type File, parseFile, ParseMode } from "#syntax";
import { check, type Importer, type Package } from "../index.ts";

export interface ErrorcheckOutcome {
  readonly wanted: number;
  readonly problems: string[];
}

/** Flags of the compiler that change what the front end reports; null: the test is about optimisations or the back end. */
function frontEndFlags(args: string[]): { lang: string; std: boolean; runtime: boolean; complete: boolean } | null {
  const f = { lang: "go1.26", std: false, runtime: false, complete: false };
  for (const a of args) {
    if (a.startsWith("-lang=")) f.lang = a.slice(6);
    else if (a === "-std") f.std = true;
    else if (a === "-+") {
      f.std = true;
      f.runtime = true;
    } else if (a === "-complete") f.complete = true;
    else if (a === "-e" || a === "-t" || a === "10" || a === "-d=panic" || a === "-s") continue;
    else return null;
  }
  return f;
}

/** The lines that gc prints with -C -e, in its order: sorted, without duplicates; further lines of a message joined. */
export function printedErrors(list: readonly Diagnostic[], positions: PosTable): string[] {
  const sorted = list.map((d, i) => ({ d, i }));
  sorted.sort((a, b) => a.d.pos - b.d.pos || a.i - b.i);
  const out: string[] = [];
  const syntaxLines = new Set<string>();
  for (const { d } of sorted) {
    const r = positions.resolve(d.pos);
    const at = r === undefined ? "?" : `${basename(r.name)}:${r.line}`;
    // Only one syntax error a line.
    if (d.message.startsWith("syntax error")) {
      if (syntaxLines.has(at)) continue;
      syntaxLines.add(at);
    }
    const text = `${at}: ${d.message}`;
    if (!out.includes(text)) out.push(text);
  }
  return out;
}

interface Wanted {
  readonly prefix: string;
  readonly re: RegExp;
  readonly text: string;
}

function wantedErrors(path: string): Wanted[] {
  const out: Wanted[] = [];
  const short = basename(path);
  const lines = readFileSync(path, "utf8").split("\n");
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.includes("////")) continue;
    const m = /\/\/ (?:GC_)?ERROR (.*)/.exec(line);
    if (m === null) continue;
    for (const q of m[1]!.matchAll(/"([^"]*)"/g)) {
      const text = q[1]!.replace(
        /LINE(([+-])(\d+))?/g,
        (_, d?: string) => `${short}:${i + 1 + (d === undefined ? 0 : Number(d))}`,
      );
      out.push({
        prefix: `${short}:${i + 1}:`,
        re: new RegExp(text.replace(/\(\?s\)/g, "").replace(/\[\]/g, "\\[\\]"), "s"),
        text,
      });
    }
  }
  return out;
}

function match(errors: string[], paths: readonly string[]): ErrorcheckOutcome {
  const problems: string[] = [];
  let out = errors;
  let wanted = 0;
  for (const path of paths) {
    for (const w of wantedErrors(path)) {
      wanted++;
      const here = out.filter((e) => e.startsWith(w.prefix));
      out = out.filter((e) => !e.startsWith(w.prefix));
      if (here.length === 0) {
        problems.push(`${w.prefix} missing error "${w.text}"`);
        continue;
      }
      let matched = false;
      for (const e of here) {
        if (w.re.test(e.slice(e.indexOf(" ") + 1))) matched = true;
        else out.push(e);
      }
      if (!matched) problems.push(`${w.prefix} no match for "${w.text}" in ${here.join(" // ")}`);
    }
  }
  for (const e of out) problems.push(`not expected: ${e}`);
  return { wanted, problems };
}

function compile(
  pkgPath: string,
  paths: readonly string[],
  importer: Importer,
  flags: { lang: string; std: boolean; runtime: boolean; complete: boolean },
): { errors: string[]; pkg: Package | null } {
  const positions = new PosTable();
  const diagnostics = new Diagnostics(positions);
  const files: File[] = [];
  for (const path of paths) {
    const f = parseFile(basename(path), readFileSync(path), positions, diagnostics, {
      mode: ParseMode.Full,
      std: flags.std,
      compilingRuntime: flags.runtime,
    });
    if (f !== null) files.push(f);
  }
  let pkg: Package | null = null;
  if (!diagnostics.list.some((d) => d.message.startsWith("syntax error")) && files.length === paths.length)
    pkg = check(pkgPath, files, {
      importer,
      diagnostics,
      goVersion: flags.lang,
      compiler: true,
      complete: flags.complete,
    });
  return { errors: printedErrors(diagnostics.list, positions), pkg };
}

/** Runs an errorcheck file; null if it is none, or one for later stages. */
export function errorcheckFile(path: string, importer: Importer): ErrorcheckOutcome | null {
  const source = readFileSync(path, "utf8");
  const m = /^(?:\/\/go:build[^\n]*\n\n?)?\/\/ (errorcheck)( [^\n]*)?\n/.exec(source);
  if (m === null) return null;
  const flags = frontEndFlags(
    (m[2] ?? "")
      .trim()
      .split(/\s+/)
      .filter((s) => s !== ""),
  );
  if (flags === null) return null;
  return match(compile("p", [path], importer, flags).errors, [path]);
}

/** Runs an errorcheckdir test: every package of the directory in order of names, each importing those before as ./name. */
export function errorcheckDir(path: string, importer: Importer): ErrorcheckOutcome | null {
  const m = /^\/\/ errorcheckdir( [^\n]*)?\n/.exec(readFileSync(path, "utf8"));
  if (m === null) return null;
  const args = (m[1] ?? "")
    .trim()
    .split(/\s+/)
    .filter((s) => s !== "");
  const flags = frontEndFlags(args);
  if (flags === null) return null;
  const dir = path.replace(/\.go$/, ".dir");
  const groups = new Map<string, string[]>();
  for (const f of readdirSync(dir).sort()) {
    if (!f.endsWith(".go")) continue;
    const file = join(dir, f);
    const name = args.includes("-s") ? f : (/^package (\w+)/m.exec(readFileSync(file, "utf8"))?.[1] ?? f);
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  const local = new Map<string, Package>();
  const withLocal: Importer = {
    import(p: string): Package {
      const l = local.get(p);
      if (l !== undefined) return l;
      return importer.import(p);
    },
  };
  let wanted = 0;
  const problems: string[] = [];
  for (const [, files] of groups) {
    const base = basename(files[0]!, ".go");
    const r = compile(`test/${base}`, files, withLocal, flags);
    if (r.pkg !== null) {
      local.set(`./${base}`, r.pkg);
      local.set(`test/${base}`, r.pkg);
    }
    const o = match(r.errors, files);
    wanted += o.wanted;
    problems.push(...o.problems);
  }
  return { wanted, problems };
}
