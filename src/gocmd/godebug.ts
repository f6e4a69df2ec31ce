// //go:debug lines: what may stand in them. cmd/go/internal/work (checkDirectives), load and modload (CheckGodebug).
import { decodeUtf8 } from "#base";
import { quoteString } from "#constant";
import type { Host } from "#host";
import type { GoRoot } from "./goroot.ts";
import type { Package } from "./package.ts";
import { join } from "./paths.ts";

/** A setting that is no setting, or "". */
function settingProblem(host: Host, goroot: GoRoot, key: string, value: string): string {
  if (/[ \t]/.test(key)) return "key contains space";
  if (/[ \t]/.test(value)) return "value contains space";
  if (key.includes(",")) return "key contains comma";
  if (value.includes(",")) return "value contains comma";
  if (key === "default") {
    const m = /^go1\.(\d+)(\.\d+|(beta|rc)\d+)?$/.exec(value);
    if (m === null) return "value for default= must be goVERSION";
    if (Number(m[1]) <= goroot.minor) return "";
    return `default=${value} too new (toolchain is ${goroot.version})`;
  }
  const table = decodeUtf8(host.readFile(join(goroot.dir, "src/internal/godebugs/table.go")));
  for (const m of table.matchAll(/^\s*\{Name: "([^"]+)"(?:.*\bRemoved: (\d+))?/gm)) {
    if (m[1] !== key) continue;
    if (m[2] === undefined) return "";
    return `use of removed //go:debug setting ${quoteString(key)}, see https://go.dev/doc/godebug#go-1${m[2]}`;
  }
  return `unknown //go:debug setting ${quoteString(key)}`;
}

/** What is wrong with the //go:debug lines of a package, a line each, or "". */
export function checkGodebugDirectives(host: Host, goroot: GoRoot, p: Package): string {
  let out = "";
  const seen = new Map<string, string>();
  for (const d of p.directives) {
    if (!/^\/\/go:debug(?=[ \t]|$)/.test(d.text)) continue;
    const pos = `${d.file}:${d.line}:${d.col}`;
    const setting = d.text.slice("//go:debug".length).trim();
    const eq = setting.indexOf("=");
    const key = setting.slice(0, eq);
    const problem = eq < 0 ? "missing key=value" : settingProblem(host, goroot, key, setting.slice(eq + 1));
    const before = seen.get(key);
    if (problem !== "") out += `${pos}: invalid //go:debug: ${problem}\n`;
    else if (before !== undefined) out += `${pos}: repeated //go:debug for ${key}\n\t${before}: previous //go:debug\n`;
    else seen.set(key, pos);
  }
  return out;
}
