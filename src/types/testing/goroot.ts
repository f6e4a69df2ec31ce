// Packages of the reference Go installation, read from their sources, for tests of the checker.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Diagnostics, PosTable } from "#base";
import { type File, parseFile, ParseMode } from "#syntax";
import { goroot } from "../../base/testing/realgo.ts";
import { check, declarePackage, type Importer, type Package } from "../index.ts";

export { goroot };

export interface ListedPackage {
  readonly ImportPath: string;
  readonly Dir: string;
  readonly GoFiles?: string[];
  readonly Imports?: string[];
  readonly Standard?: boolean;
}

const goEnv = { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOARCH: "amd64", GOFLAGS: "", GO111MODULE: "on" };

/** What `go list` says of the packages that match, for linux/amd64 without cgo. */
export function goList(args: string[]): ListedPackage[] {
  const out = execFileSync(
    join(goroot, "bin/go"),
    ["list", "-e", "-json=ImportPath,Dir,GoFiles,Imports,Standard,ImportMap", ...args],
    { cwd: join(goroot, "src"), env: goEnv, maxBuffer: 1 << 28 },
  ).toString();
  return JSON.parse(`[${out.replace(/^\}\n\{/gm, "},\n{")}]`) as ListedPackage[];
}

/** A set of packages of which each is declared at most once. */
export class SourceImporter implements Importer {
  readonly positions: PosTable = new PosTable();
  readonly diagnostics: Diagnostics = new Diagnostics(this.positions);
  private readonly declared = new Map<string, Package>();
  private readonly listed = new Map<string, ListedPackage>();
  bytes = 0;

  constructor(packages: readonly ListedPackage[]) {
    for (const p of packages) this.listed.set(p.ImportPath, p);
    // Without cgo the go command leaves this package out, but its types can be used all the same.
    if (!this.listed.has("runtime/cgo"))
      this.listed.set("runtime/cgo", {
        ImportPath: "runtime/cgo",
        Dir: join(goroot, "src/runtime/cgo"),
        GoFiles: ["handle.go", "cgo.go"],
      });
  }

  paths(): string[] {
    return [...this.listed.keys()].filter((p) => p !== "unsafe" && p !== "runtime/cgo");
  }

  listing(path: string): ListedPackage | undefined {
    return this.listed.get(path) ?? this.listed.get(`vendor/${path}`) ?? this.listed.get(`cmd/vendor/${path}`);
  }

  parse(path: string, mode: ParseMode, diagnostics: Diagnostics = this.diagnostics): File[] {
    const l = this.listing(path);
    if (l === undefined) throw new Error(`package ${path} is not in std`);
    const files: File[] = [];
    const compilingRuntime = isRuntime(path);
    for (const name of l.GoFiles ?? []) {
      const file = join(l.Dir, name);
      const bytes = readFileSync(file);
      this.bytes += bytes.length;
      const f = parseFile(file, bytes, this.positions, diagnostics, { mode, std: true, compilingRuntime });
      if (f !== null) files.push(f);
    }
    return files;
  }

  import(path: string): Package {
    const known = this.declared.get(path);
    if (known !== undefined) return known;
    const files = this.parse(path, ParseMode.Outline);
    const pkg = declarePackage(this.listing(path)!.ImportPath, "", files, {
      importer: this,
      diagnostics: this.diagnostics,
      goVersion: "go1.26",
    });
    this.declared.set(path, pkg);
    return pkg;
  }

  /** Parses and checks a package completely; its errors as gc prints them. */
  checkPackage(path: string): { pkg: Package; errors: string[] } {
    const diagnostics = new Diagnostics(this.positions);
    const files = this.parse(path, ParseMode.Full, diagnostics);
    const pkg = check(this.listing(path)!.ImportPath, files, {
      importer: this,
      diagnostics,
      goVersion: "go1.26",
      compiler: true,
    });
    return { pkg, errors: diagnostics.format(0) };
  }
}

const runtimePackages =
  /^(runtime|internal\/(abi|bytealg|chacha8rand|coverage\/rtcov|cpu|goarch|godebugs|goexperiment|goos|profilerecord|race|stringslite|runtime\/.*|msan|asan|trace\/tracev2)|runtime\/.*)$/;

function isRuntime(path: string): boolean {
  return runtimePackages.test(path);
}
