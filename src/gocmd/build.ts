// `rt0 build` and `rt0 run`.
import type { FlagValues } from "#base";
import { Builder, absolute, type LinkAction, programName } from "./builder.ts";
import { Cache } from "./cache.ts";
import { CommandError } from "./exec.ts";
import { checkBuildFlags, PerPackageFlag, splitQuoted } from "./flags.ts";
import { noGoFiles } from "./load.ts";
import type { Package } from "./package.ts";
import { join } from "./paths.ts";
import type { Session } from "./session.ts";
import { JsonPrinter, type Printer, TextPrinter } from "./printer.ts";
import { Shell } from "./shell.ts";

/** The packages that the arguments name; load errors are printed and end the command. */
export function loadNamed(s: Session, args: readonly string[], printer: Printer = new TextPrinter(s.exec)): Package[] {
  let failed = false;
  const roots = loadArguments(s, args, (pattern, message) => {
    printer.error(pattern, message);
    failed = true;
  });
  const faulty = s.loader.faulty(roots);
  for (const p of faulty) printer.error(p.importPath, p.error!.toString());
  if (failed || faulty.length > 0) throw new CommandError("");
  // Packages of tests alone have nothing to build: named one by one they are errors.
  const empty = roots.filter((p) => p.goFiles.length === 0);
  const asked = empty.filter((p) => p.literal);
  for (const p of asked) printer.error(p.importPath, `${p.importPath}: ${noGoFiles(p)}`);
  if (asked.length > 0) throw new CommandError("");
  return roots.filter((p) => p.goFiles.length > 0);
}

/** As loadNamed, leaving errors in the packages. An argument that names nothing goes to onError, or is thrown. */
export function loadArguments(
  s: Session,
  args: readonly string[],
  onError: ((pattern: string, message: string) => void) | null = null,
): Package[] {
  const attempt = (pattern: string, load: () => Package[]): Package[] | null => {
    try {
      return load();
    } catch (e) {
      if (onError === null || !(e instanceof CommandError) || e.status !== 1 || /^(go: |named files)/.test(e.message))
        throw e;
      onError(pattern, e.message);
      return null;
    }
  };
  // One file among the arguments, and all of them are to be files.
  const stat = (a: string) => s.exec.host.stat(absolute(s.exec.host.cwd(), a));
  if (args.some((a) => a.endsWith(".go") && stat(a)?.isDirectory === false)) {
    const other = args.find((a) => !a.endsWith(".go"));
    if (other !== undefined) throw new CommandError(`named files must be .go files: ${other}`);
    if (args.every((a) => stat(a)?.isDirectory !== true))
      return attempt(args[0]!, () => [s.loader.loadFiles(args)]) ?? [];
  }
  const roots: Package[] = [];
  for (const pattern of args.length === 0 ? ["."] : args) {
    const found = attempt(pattern, () => s.loader.match(pattern));
    if (found === null) continue;
    if (found.length === 0) s.exec.err(`go: warning: "${pattern}" matched no packages\n`);
    for (const p of found) if (!roots.includes(p)) roots.push(p);
  }
  return roots;
}

interface Plan {
  readonly builder: Builder;
  readonly shell: Shell;
  readonly cache: Cache;
  readonly work: string;
  readonly dry: boolean;
}

function plan(s: Session, flags: FlagValues, forRun: boolean, printer: Printer = new TextPrinter(s.exec)): Plan {
  const dry = flags.bool("n");
  const show = flags.bool("x") || dry;
  const work = dry ? "/tmp/rt0-build" : s.exec.tempDir("rt0-build");
  const shell = new Shell(s.exec, s.goroot.dir, work, show, dry, splitQuoted(flags.string("toolexec")));
  if ((flags.bool("work") || flags.bool("x")) && !dry) shell.print(`WORK=${work}\n`);
  const p = flags.int("p");
  if (flags.has("p") && p <= 0) throw new CommandError(`go: -p must be a positive integer: ${flags.string("p")}`);
  const gcflags = new PerPackageFlag(flags.list("gcflags"), s.loader);
  const asmflags = new PerPackageFlag(flags.list("asmflags"), s.loader);
  const ldflags = new PerPackageFlag(flags.list("ldflags"), s.loader);
  const cache = new Cache(s.exec.host, s.cacheDir);
  const builder = new Builder(s.exec, s.loader, cache, shell, {
    force: flags.bool("a"),
    verbose: flags.bool("v"),
    trimpath: flags.bool("trimpath"),
    parallel: p > 0 ? p : s.exec.cpus,
    omitDebug: forRun,
    toolexec: flags.string("toolexec"),
    gcflags,
    asmflags,
    ldflags,
    printer,
    recorded: {
      asmflags: asmflags.text,
      gcflags: gcflags.text,
      ldflags: ldflags.text,
      tags: s.context.buildTags,
      trimpath: flags.bool("trimpath"),
    },
  });
  return { builder, shell, cache, work, dry };
}

function removeWork(s: Session, flags: FlagValues, p: Plan): void {
  if (!p.dry && !flags.bool("work")) s.exec.host.remove(p.work);
}

export async function build(s: Session, flags: FlagValues): Promise<number> {
  checkBuildFlags(flags);
  const host = s.exec.host;
  const printer = flags.bool("json") ? new JsonPrinter(s.exec) : new TextPrinter(s.exec);
  const roots = loadNamed(s, flags.args, printer);
  const out = flags.string("o");
  const commands = roots.filter((p) => p.isCommand);
  const toDir = out !== "" && (out.endsWith("/") || host.stat(absolute(host.cwd(), out))?.isDirectory === true);
  if (toDir && commands.length === 0) throw new CommandError("go: no main packages to build");
  if (out !== "" && !toDir && out !== "/dev/null") {
    if (roots.length > 1) throw new CommandError(`go: cannot write multiple packages to non-directory ${out}`);
    if (roots.length === 0) throw new CommandError("go: no packages to build");
  }
  const p = plan(s, flags, false, printer);
  try {
    const link = (q: Package, shown: string) => {
      const action = p.builder.link(q, absolute(host.cwd(), shown));
      p.builder.targetShown.set(action, shown);
    };
    if (toDir) {
      if (!p.dry) host.makeDir(absolute(host.cwd(), out));
      for (const q of commands) link(q, `${out.endsWith("/") ? out : `${out}/`}${programName(q)}`);
    } else if (out === "/dev/null") {
      for (const q of commands) p.builder.link(q, "");
    } else if (out !== "" && commands.length === 0) p.builder.compile(roots[0]!, absolute(host.cwd(), out));
    else if (out !== "") link(commands[0]!, out);
    else if (roots.length === 1 && commands.length === 1) {
      const name = programName(commands[0]!);
      if (host.stat(join(host.cwd(), name))?.isDirectory === true)
        throw new CommandError(`go: build output "${name}" already exists and is a directory`);
      link(commands[0]!, name);
    } else for (const q of commands) p.builder.link(q, "");
    for (const q of roots) if (!q.isCommand) p.builder.compile(q);
    const ok = await p.builder.run();
    p.cache.trim();
    return ok ? 0 : 1;
  } finally {
    removeWork(s, flags, p);
    s.index.save();
  }
}

/** Builds packages for `list -export`; the archive of each, or null if something failed, which has been said. */
export async function exportFiles(
  s: Session,
  flags: FlagValues,
  packages: readonly Package[],
): Promise<Map<Package, string> | null> {
  checkBuildFlags(flags);
  const p = plan(s, flags, false);
  try {
    for (const q of packages) if (q.error === null && q.goFiles.length > 0) p.builder.compile(q);
    const ok = await p.builder.run();
    const files = new Map<Package, string>();
    for (const q of packages) files.set(q, await p.builder.archive(q));
    return ok || flags.bool("e") ? files : null;
  } finally {
    removeWork(s, flags, p);
  }
}

export async function run(s: Session, flags: FlagValues): Promise<number> {
  checkBuildFlags(flags);
  const args = flags.args;
  let named = 0;
  while (named < args.length && args[named]!.endsWith(".go")) named++;
  if (named > 0) {
    for (const f of args.slice(0, named)) {
      if (f.endsWith("_test.go")) throw new CommandError(`go: cannot run *_test.go files (${f})`);
      if (s.exec.host.stat(absolute(s.exec.host.cwd(), f)) === undefined)
        throw new CommandError(`stat ${f}: no such file or directory`);
    }
  } else if (args.length > 0 && !args[0]!.startsWith("-")) named = 1;
  if (named === 0) throw new CommandError("go: no go files listed");
  const roots = loadNamed(s, args.slice(0, named));
  if (roots.length === 0) throw new CommandError(`go: no packages loaded from ${args[0]}`);
  if (roots.length > 1)
    throw new CommandError(
      `go: pattern ${args[0]} matches multiple packages:\n${roots.map((q) => `\t${q.importPath}`).join("\n")}`,
    );
  const p = roots[0]!;
  if (!p.isCommand) throw new CommandError(`package ${p.importPath} is not a main package`);
  const pl = plan(s, flags, true);
  try {
    const action: LinkAction = pl.builder.link(p, "");
    if (!(await pl.builder.run())) return 1;
    s.index.save();
    const program = pl.builder.programFile(action);
    const words = args.slice(named);
    pl.shell.showCommand("", [program, ...words].join(" "));
    if (pl.dry) return 0;
    const status = await s.exec.run(program, words, s.exec.host.cwd());
    if (status === 0) return 0;
    s.exec.err(status > 128 ? `signal: ${signalName(status - 128)}\n` : `exit status ${status}\n`);
    return 1;
  } finally {
    removeWork(s, flags, pl);
    s.index.save();
  }
}

/** The words of Go's syscall.Signal.String. */
function signalName(n: number): string {
  const names: Record<number, string> = {
    1: "hangup",
    2: "interrupt",
    3: "quit",
    4: "illegal instruction",
    5: "trace/breakpoint trap",
    6: "aborted",
    7: "bus error",
    8: "floating point exception",
    9: "killed",
    11: "segmentation fault",
    13: "broken pipe",
    14: "alarm clock",
    15: "terminated",
  };
  return names[n] ?? `signal ${n}`;
}
