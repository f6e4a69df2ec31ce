// The command line: `rt0 build|run|list|env|version|tool …`.
import { type FlagDef, FlagError, flagUsage, type FlagValues, parseGoFlags } from "#base";
import { quoteString } from "#constant";
import { HostError } from "#host";
import { build, run } from "./build.ts";
import { cacheDir } from "./cache.ts";
import { env, envFlags } from "./env.ts";
import { CommandError, type Exec, type ToolName } from "./exec.ts";
import { buildFlags, splitQuoted } from "./flags.ts";
import { findGoRoot } from "./goroot.ts";
import { list, listFlags } from "./list.ts";
import { openSession, type Session } from "./session.ts";

interface Command {
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly FlagDef[];
  run(session: Session, flags: FlagValues): number | Promise<number>;
}

const outputFlag: FlagDef = { name: "o", kind: "string", usage: "write the program to `file`, or into a directory" };

const jsonFlag: FlagDef = { name: "json", kind: "bool", usage: "print what there is to say as JSON, an event a line" };

const commands: Record<string, Command> = {
  build: {
    usage: "build [-o output] [build flags] [packages]",
    summary: "compile packages and dependencies",
    flags: [...buildFlags, outputFlag, jsonFlag],
    run: build,
  },
  run: {
    usage: "run [build flags] package [arguments...]",
    summary: "compile and run a program",
    flags: buildFlags,
    run,
  },
  list: {
    usage: "list [-deps] [-e] [-export] [-f format] [-json] [build flags] [packages]",
    summary: "list packages",
    flags: listFlags,
    run: list,
  },
  env: { usage: "env [-json] [var ...]", summary: "print settings", flags: envFlags, run: env },
  clean: {
    usage: "clean -cache",
    summary: "remove the build cache",
    flags: [...buildFlags, { name: "cache", kind: "bool", usage: "remove the build cache" }],
    run: clean,
  },
};

/** `clean -cache`: removes the build cache. */
function clean(s: Session, flags: FlagValues): number {
  const dir = cacheDir(s.exec.host);
  if (!flags.bool("cache")) throw new CommandError("go: clean removes the build cache only: say clean -cache", 2);
  if (dir !== "") s.exec.host.remove(dir);
  return 0;
}

const tools: readonly ToolName[] = [
  "addr2line",
  "asm",
  "buildid",
  "compile",
  "link",
  "nm",
  "objdump",
  "pack",
  "readelf",
];

function help(exec: Exec): string {
  const lines = Object.entries(commands).map(([name, c]) => `\t${name.padEnd(12)}${c.summary}`);
  lines.push(
    `\t${"tool".padEnd(12)}run one of the tools: ${tools.join(", ")}`,
    `\t${"version".padEnd(12)}print the version, or that of files`,
    // Not the go command's: these run before it (src/edge).
    `\t${"machine".padEnd(12)}run a program on rt0's own x86-64 Linux machine`,
    `\t${"boot".padEnd(12)}tell how a Go program comes to life, step by step`,
  );
  return `rt0 is a Go toolchain.\n\nUsage:\n\n\t${exec.self} <command> [arguments]\n\nThe commands are:\n\n${lines.join("\n")}\n`;
}

/** Runs the command; its exit status. What the user got wrong is printed as the go command words it. */
export async function goCommand(exec: Exec, argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(exec, argv);
  } catch (e) {
    if (e instanceof CommandError) {
      // What was wrong may have been printed already.
      if (e.message !== "") exec.err(`${e.message}\n`);
      return e.status;
    }
    if (e instanceof HostError) {
      exec.err(`go: ${e.path}: ${e.message}\n`);
      return 1;
    }
    throw e;
  }
}

async function dispatch(exec: Exec, argv: readonly string[]): Promise<number> {
  const name = argv[0] ?? "help";
  const rest = argv.slice(1);
  if (name === "help" || name === "-h" || name === "-help" || name === "--help") {
    const c = commands[rest[0] ?? ""];
    if (c === undefined) exec.out(help(exec));
    else exec.out(`usage: ${exec.self} ${c.usage}\n\n${flagUsage(c.flags)}`);
    return argv.length === 0 ? 2 : 0;
  }
  if (name === "version") {
    const goroot = findGoRoot(exec.host, "");
    exec.out(`go version ${goroot.version} linux/amd64\n`);
    return 0;
  }
  if (name === "tool") return tool(exec, rest);
  const command = commands[name];
  if (command === undefined) {
    exec.err(`go ${name}: unknown command\nRun '${exec.self} help' for usage.\n`);
    return 2;
  }
  let flags: FlagValues;
  try {
    flags = parseGoFlags(command.flags, [...goFlags(exec, command), ...rest]);
    checkFlagValues(command.flags, flags);
  } catch (e) {
    if (!(e instanceof FlagError)) throw e;
    exec.err(`${e.message}\nusage: ${exec.self} ${command.usage}\nRun '${exec.self} help ${name}' for details.\n`);
    return 2;
  }
  return command.run(openSession(exec, flags), flags);
}

/** Values that the go command refuses while it reads the flags. */
function checkFlagValues(defs: readonly FlagDef[], flags: FlagValues): void {
  const refuse = (name: string, value: string, why: string): never => {
    throw new FlagError(`invalid value ${quoteString(value)} for flag -${name}: ${why}`);
  };
  for (const { name } of defs) {
    // The one that counts was taken before the command was looked at.
    if (name === "C" && flags.has("C")) refuse(name, flags.string("C"), "-C flag must be first flag on command line");
    if (name !== "gcflags" && name !== "asmflags" && name !== "ldflags") continue;
    for (const value of flags.list(name)) {
      const v = value.trim();
      if (v !== "" && !v.startsWith("-") && !v.includes("="))
        refuse(name, value, "missing =<value> in <pattern>=<value>");
    }
  }
}

/** The flags of $GOFLAGS that the command knows. */
function goFlags(exec: Exec, command: Command): string[] {
  const out: string[] = [];
  for (const word of splitQuoted(exec.host.env("GOFLAGS") ?? "")) {
    const m = /^--?([^-=][^=]*)(=.*)?$/s.exec(word);
    if (m === null) throw new CommandError(`go: parsing $GOFLAGS: non-flag "${word}"`, 2);
    if (command.flags.some((f) => f.name === m[1])) out.push(word);
  }
  return out;
}

async function tool(exec: Exec, argv: readonly string[]): Promise<number> {
  const name = argv[0];
  if (name === undefined) {
    exec.out(`${tools.join("\n")}\n`);
    return 0;
  }
  if (!tools.includes(name as ToolName)) {
    exec.err(`go: no such tool "${name}"\n`);
    return 2;
  }
  // The tools read GOROOT from their environment; without one they get the tree that a build would take.
  const env: Record<string, string> = {};
  if ((exec.host.env("GOROOT") ?? "") === "") {
    try {
      env["GOROOT"] = findGoRoot(exec.host, "").dir;
    } catch (e) {
      if (!(e instanceof CommandError)) throw e;
    }
  }
  const r = await exec.tool({ name: name as ToolName, argv: argv.slice(1), dir: exec.host.cwd(), env });
  exec.out(r.bytes ?? r.stdout);
  exec.err(r.stderr);
  return r.status;
}
