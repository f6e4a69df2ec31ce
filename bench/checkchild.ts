// rt0's side of bench:check: parses and type-checks the packages of a list, in its order, each once and completely.
import { readFileSync } from "node:fs";
import { Diagnostics, PosTable } from "#base";
import { type File, parseFile, ParseMode } from "#syntax";
import { check, type Importer, type Package, unsafePackage } from "#types";

interface Listed {
  readonly ImportPath: string;
  readonly Dir: string;
  readonly GoFiles?: string[];
  readonly ImportMap?: Readonly<Record<string, string>>;
}

interface Moment {
  readonly wall: number;
  readonly cpu: number;
}

function now(): Moment {
  const u = process.cpuUsage();
  return { wall: performance.now() / 1000, cpu: (u.user + u.system) / 1e6 };
}

const between = (a: Moment, b: Moment): Moment => ({ wall: b.wall - a.wall, cpu: b.cpu - a.cpu });

/** Does it and prints what it took as JSON. */
export function main(listFile: string): void {
  const list = JSON.parse(readFileSync(listFile, "utf8")) as Listed[];
  const positions = new PosTable();
  const diagnostics = new Diagnostics(positions);
  const start = now();
  const files: File[][] = list.map((l) => {
    const out: File[] = [];
    for (const name of l.GoFiles ?? []) {
      const path = `${l.Dir}/${name}`;
      const mode = ParseMode.Full;
      const f = parseFile(path, readFileSync(path), positions, diagnostics, {
        mode,
        std: true,
        compilingRuntime: true,
      });
      if (f !== null) out.push(f);
    }
    return out;
  });
  const parsed = now();
  const done = new Map<string, Package>();
  list.forEach((l, i) => {
    if (l.ImportPath === "unsafe") return;
    const importer: Importer = {
      import: (path) => {
        if (path === "unsafe") return unsafePackage;
        const p = done.get(l.ImportMap?.[path] ?? path);
        if (p === undefined) throw new Error(`not there: ${path}`);
        return p;
      },
    };
    done.set(l.ImportPath, check(l.ImportPath, files[i]!, { importer, diagnostics, goVersion: "go1.26" }));
  });
  const checked = now();
  if (diagnostics.hasErrors) {
    console.error(diagnostics.format(10).join("\n"));
    process.exitCode = 1;
  }
  const mib = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ parse: between(start, parsed), check: between(parsed, checked), mib }));
}
