// `rt0 list`: -json, -deps, -f, -e, -export over packages.
import type { FlagDef, FlagValues } from "#base";
import { exportFiles, loadArguments } from "./build.ts";
import { programName } from "./builder.ts";
import { defaultGodebug } from "./buildinfo.ts";
import { CommandError } from "./exec.ts";
import { buildFlags } from "./flags.ts";
import type { Package, PackageError } from "./package.ts";
import { join, shortPath } from "./paths.ts";
import type { Session } from "./session.ts";
import { evaluateTemplate } from "./template.ts";

export const listFlags: readonly FlagDef[] = [
  ...buildFlags,
  { name: "deps", kind: "bool", usage: "list also all dependencies, each before what needs it" },
  { name: "e", kind: "bool", usage: "list packages with errors too" },
  { name: "export", kind: "bool", usage: "build the packages and say where their archives are" },
  { name: "f", kind: "string", usage: "print each package with the `template`" },
  { name: "json", kind: "count", usage: "print packages as JSON" },
  { name: "find", kind: "bool", usage: "do not resolve imports" },
  { name: "m", kind: "bool", usage: "list modules: the main module only" },
];

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

function errorJson(e: PackageError): { [key: string]: Json } {
  return { ImportStack: [...e.importStack], Pos: e.pos, Err: e.message };
}

/** The fields of `go list -json`, in its order; absent where empty. */
export function packageJson(s: Session, p: Package, archive = ""): Record<string, Json> {
  const out: Record<string, Json> = {};
  const put = (name: string, value: Json) => {
    if (value === "" || value === false || value === null) return;
    if (Array.isArray(value) && value.length === 0) return;
    if (typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0) return;
    out[name] = value;
  };
  put("Dir", p.dir);
  put("ImportPath", p.importPath);
  put("Name", p.name);
  if (p.isCommand && !p.standard && p.module !== null && !p.cmdlineFiles) {
    const gobin = s.exec.host.env("GOBIN") ?? "";
    const gopath = s.exec.host.env("GOPATH") ?? join(s.exec.host.env("HOME") ?? "/", "go");
    put("Target", join(gobin !== "" ? gobin : join(gopath.split(":")[0]!, "bin"), programName(p)));
  }
  put("Root", p.standard ? s.goroot.dir : (p.module?.dir ?? ""));
  put("Export", archive);
  if (p.module !== null) {
    put("Module", {
      Path: p.module.path,
      Main: true,
      Dir: p.module.dir,
      GoMod: p.module.file,
      GoVersion: p.module.goVersion === "" ? "1.16" : p.module.goVersion,
    });
  }
  put("Match", p.match);
  put("Goroot", p.goroot);
  put("Standard", p.standard);
  put("DepOnly", p.depOnly);
  put("Incomplete", p.incomplete);
  put("DefaultGODEBUG", defaultGodebug(s.exec.host, s.goroot, p, s.mod));
  put("GoFiles", p.goFiles);
  put("IgnoredGoFiles", p.ignoredGoFiles);
  put("InvalidGoFiles", p.invalidGoFiles);
  put("IgnoredOtherFiles", p.ignoredOtherFiles);
  put("CFiles", p.cFiles);
  put("CXXFiles", p.cxxFiles);
  put("MFiles", p.mFiles);
  put("HFiles", p.hFiles);
  put("FFiles", p.fFiles);
  put("SFiles", p.sFiles);
  put("SysoFiles", p.sysoFiles);
  put("EmbedPatterns", p.embedPatterns);
  put("EmbedFiles", p.embedFiles);
  put("Imports", p.imports);
  put("ImportMap", Object.fromEntries(p.importMap));
  const deps = new Set<string>();
  const errors: Json[] = [];
  const collect = (q: Package) => {
    for (const r of q.importPackages) {
      if (deps.has(r.importPath)) continue;
      deps.add(r.importPath);
      if (r.error !== null) errors.push(errorJson(r.error));
      collect(r);
    }
  };
  collect(p);
  put("Deps", [...deps].sort());
  if (p.error !== null) put("Error", errorJson(p.error));
  put("DepsErrors", errors);
  put("TestGoFiles", p.testGoFiles);
  put("TestImports", p.testImports);
  put("TestEmbedPatterns", p.testEmbedPatterns);
  put("XTestGoFiles", p.xTestGoFiles);
  put("XTestImports", p.xTestImports);
  put("XTestEmbedPatterns", p.xTestEmbedPatterns);
  return out;
}

export async function list(s: Session, flags: FlagValues): Promise<number> {
  const { exec } = s;
  if (flags.bool("m")) {
    if (s.mod === undefined)
      throw new CommandError(
        "go: cannot match \"all\": go.mod file not found in current directory or any parent directory; see 'go help modules'",
      );
    exec.out(`${s.mod.path}\n`);
    return 0;
  }
  const roots = loadArguments(s, flags.args);
  const tolerant = flags.bool("e");
  const packages = flags.bool("deps") ? s.loader.withDeps(roots) : roots;
  if (!tolerant) {
    const errors = flags.bool("deps")
      ? s.loader.faulty(roots).map((p) => p.error!)
      : roots.flatMap((p) => (p.error === null ? [] : [p.error]));
    if (errors.length > 0) {
      exec.err(`${errors.map((e) => e.toString()).join("\n")}\n`);
      s.index.save();
      return 1;
    }
  }
  const archives = flags.bool("export") ? await exportFiles(s, flags, packages) : new Map<Package, string>();
  if (archives === null) return 1;
  const format = flags.string("f");
  let out = "";
  for (const p of packages) {
    if (flags.has("json")) out += `${JSON.stringify(packageJson(s, p, archives.get(p)), null, "\t")}\n`;
    else if (format !== "") {
      const text = evaluateTemplate(format, packageJson(s, p, archives.get(p)));
      if (text !== "") out += text.endsWith("\n") ? text : `${text}\n`;
    } else out += `${p.cmdlineFiles ? shownFiles(s, p) : p.importPath}\n`;
  }
  exec.out(out);
  s.index.save();
  return 0;
}

function shownFiles(s: Session, p: Package): string {
  return shortPath(s.exec.host.cwd(), p.importPath);
}
