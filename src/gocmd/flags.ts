// The build flags, and words quoted as the go command has it.
import type { FlagDef, FlagValues } from "#base";
import { CommandError } from "./exec.ts";
import type { Loader } from "./load.ts";
import type { Package } from "./package.ts";

/** Flags that build, run, list and env take. */
export const buildFlags: readonly FlagDef[] = [
  { name: "C", kind: "string", usage: "change to `dir` before running the command" },
  { name: "a", kind: "bool", usage: "force rebuilding of packages that are already up-to-date" },
  { name: "n", kind: "bool", usage: "print the commands but do not run them" },
  { name: "p", kind: "int", usage: "the number `n` of programs that can be run in parallel" },
  { name: "v", kind: "bool", usage: "print the names of packages as they are compiled" },
  { name: "work", kind: "bool", usage: "print the name of the temporary work directory and do not delete it" },
  { name: "x", kind: "bool", usage: "print the commands" },
  { name: "asmflags", kind: "list", usage: "`[pattern=]arg list` for each asm invocation" },
  { name: "gcflags", kind: "list", usage: "`[pattern=]arg list` for each compile invocation" },
  { name: "ldflags", kind: "list", usage: "`[pattern=]arg list` for each link invocation" },
  { name: "tags", kind: "string", usage: "comma-separated `list` of build tags that hold" },
  { name: "toolexec", kind: "string", usage: "run tools by `cmd args` followed by the words of the tool" },
  { name: "trimpath", kind: "bool", usage: "remove all file system paths from the resulting executable" },
  { name: "buildmode", kind: "string", usage: "build `mode`: only exe (and default)", initial: "default" },
  { name: "buildvcs", kind: "string", usage: "stamp version control information: `mode` is taken for false" },
  { name: "mod", kind: "string", usage: "module download `mode`: readonly or mod" },
  { name: "goroot", kind: "string", usage: "the Go source tree is in `dir` (instead of $GOROOT)" },
  { name: "race", kind: "bool", usage: "not supported" },
  { name: "msan", kind: "bool", usage: "not supported" },
  { name: "asan", kind: "bool", usage: "not supported" },
  { name: "cover", kind: "bool", usage: "not supported" },
  { name: "pgo", kind: "string", usage: "profile-guided optimization: only off and auto, which do nothing" },
];

/** Refuses the flags that ask for what rt0 has not. */
export function checkBuildFlags(values: FlagValues): void {
  for (const name of ["race", "msan", "asan", "cover"]) {
    if (values.bool(name)) throw new CommandError(`go: -${name} is not supported by rt0`, 2);
  }
  const mode = values.string("buildmode");
  if (mode !== "default" && mode !== "exe") throw new CommandError(`go: -buildmode=${mode} is not supported by rt0`, 2);
}

/** Splits at spaces; words may be in single or double quotes (cmd/internal/quoted). */
export function splitQuoted(s: string): string[] {
  const out: string[] = [];
  let i = 0;
  for (;;) {
    while (i < s.length && " \t\n\r".includes(s[i]!)) i++;
    if (i >= s.length) return out;
    const q = s[i]!;
    if (q === '"' || q === "'") {
      const end = s.indexOf(q, i + 1);
      if (end < 0) throw new CommandError(`go: unterminated ${q} string`, 2);
      out.push(s.slice(i + 1, end));
      i = end + 1;
    } else {
      let end = i;
      while (end < s.length && !" \t\n\r".includes(s[end]!)) end++;
      out.push(s.slice(i, end));
      i = end;
    }
  }
}

/** A -gcflags-like flag: arguments for the packages that a pattern names; without pattern, for those of the command line. */
export class PerPackageFlag {
  private readonly values: { readonly match: (p: Package) => boolean; readonly args: string[] }[] = [];
  readonly text: string;

  constructor(given: readonly string[], loader: Loader) {
    this.text = given[given.length - 1] ?? "";
    for (const value of given) {
      let rest = value.trim();
      let match = (p: Package) => !p.depOnly;
      if (rest !== "" && !rest.startsWith("-")) {
        const eq = rest.indexOf("=");
        if (eq < 0) throw new CommandError(`go: missing =<value> in <pattern>=<value>`, 2);
        const pattern = rest.slice(0, eq).trim();
        rest = rest.slice(eq + 1).trim();
        if (pattern === "all") match = () => true;
        else {
          const named = new Set(
            pattern.startsWith(".") || pattern.includes("...") || pattern === "std" || pattern === "cmd"
              ? loader.quietMatch(pattern)
              : [pattern],
          );
          match = (p) => named.has(p.importPath);
        }
      }
      this.values.push({ match, args: splitQuoted(rest) });
    }
  }

  /** The arguments for p: of the last value whose pattern names it. */
  for(p: Package): readonly string[] {
    for (let i = this.values.length - 1; i >= 0; i--) if (this.values[i]!.match(p)) return this.values[i]!.args;
    return [];
  }
}
