// What an executable says of its build (`go version -m`), and the default GODEBUG of a program. cmd/go/internal/load:
// setBuildInfo, defaultGODEBUG.
import { decodeUtf8, encodeUtf8 } from "#base";
import type { Host } from "#host";
import type { GoMod } from "./gomod.ts";
import type { GoRoot } from "./goroot.ts";
import type { Package } from "./package.ts";
import { join } from "./paths.ts";

/** Flags that are recorded. */
export interface RecordedFlags {
  readonly asmflags: string;
  readonly gcflags: string;
  readonly ldflags: string;
  readonly tags: readonly string[];
  readonly trimpath: boolean;
}

/** The text that debug/buildinfo reads. */
export function buildInfoText(p: Package, mod: GoMod | undefined, flags: RecordedFlags, godebug: string): string {
  const lines = [`path\t${p.cmdlineFiles ? "command-line-arguments" : p.importPath}`];
  if (p.module !== null && mod !== undefined && !p.cmdlineFiles) lines.push(`mod\t${mod.path}\t(devel)\t`);
  const setting = (key: string, value: string) => {
    if (value !== "") lines.push(`build\t${key}=${quoteSetting(value)}`);
  };
  if (flags.asmflags !== "") setting("-asmflags", flags.asmflags);
  setting("-buildmode", p.isCommand ? "exe" : "archive");
  setting("-compiler", "gc");
  if (flags.gcflags !== "") setting("-gcflags", flags.gcflags);
  if (flags.ldflags !== "" && !flags.trimpath) setting("-ldflags", flags.ldflags);
  if (flags.tags.length > 0) setting("-tags", flags.tags.join(","));
  if (flags.trimpath) setting("-trimpath", "true");
  if (godebug !== "") setting("DefaultGODEBUG", godebug);
  setting("CGO_ENABLED", "0");
  setting("GOARCH", "amd64");
  setting("GOOS", "linux");
  setting("GOAMD64", "v1");
  return `${lines.join("\n")}\n`;
}

function quoteSetting(s: string): string {
  return s === "" || /[ \t\r\n"`]/.test(s) ? JSON.stringify(s) : s;
}

/** The text between the marks by which tools find it in an executable, as bytes (one character each). */
export function modInfoData(text: string): string {
  const start = "0w\xaf\f\x92t\b\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6";
  const end = "\xf92C1\x86\x18 r\x00\x82B\x10A\x16\xd8\xf2";
  let bytes = "";
  for (const b of encodeUtf8(text)) bytes += String.fromCharCode(b);
  return start + bytes + end;
}

interface GodebugInfo {
  readonly name: string;
  readonly changed: number;
  readonly old: string;
}

/** The table of settings whose default changed with a release, from internal/godebugs/table.go. */
function godebugTable(host: Host, goroot: GoRoot): GodebugInfo[] {
  const text = decodeUtf8(host.readFile(join(goroot.dir, "src/internal/godebugs/table.go")));
  const table: GodebugInfo[] = [];
  for (const m of text.matchAll(/^\s*\{([^{}\n]*)\},/gm)) {
    const name = /\bName: "([^"]+)"/.exec(m[1]!)?.[1];
    const changed = /\bChanged: (\d+)/.exec(m[1]!)?.[1];
    const old = /\bOld: "([^"]*)"/.exec(m[1]!)?.[1] ?? "";
    if (name !== undefined && changed !== undefined) table.push({ name, changed: Number(changed), old });
  }
  return table;
}

/** "name=value,…": settings with which the program starts, from go.mod's go and godebug lines and //go:debug lines. */
export function defaultGodebug(host: Host, goroot: GoRoot, p: Package, mod: GoMod | undefined): string {
  if (!p.isCommand) return "";
  let version = mod === undefined ? goroot.version.replace(/^go/, "") : mod.goVersion === "" ? "1.16" : mod.goVersion;
  const settings = new Map<string, string>();
  for (const g of mod?.godebug ?? []) settings.set(g.key, g.value);
  for (const d of p.directives) {
    const m = /^\/\/go:debug\s+([^=\s]+)=(\S*)\s*$/.exec(d.text);
    if (m !== null) settings.set(m[1]!, m[2]!);
  }
  const named = settings.get("default");
  if (named !== undefined) {
    settings.delete("default");
    if (/^(go)?1\.\d+/.test(named)) version = named.replace(/^go/, "");
  }
  const m = /^1\.(\d+)/.exec(version);
  const all = new Map<string, string>();
  const minor = m === null ? goroot.minor : Number(m[1]);
  if (minor < goroot.minor) {
    for (const i of godebugTable(host, goroot)) if (minor < i.changed) all.set(i.name, i.old);
  }
  for (const [k, v] of settings) all.set(k, v);
  return [...all.keys()]
    .sort()
    .map((k) => `${k}=${all.get(k)}`)
    .join(",");
}
