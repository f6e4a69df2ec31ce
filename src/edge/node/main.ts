// The command `rt0`: its surroundings, and the commands that are not the go command's.
import { createHash } from "node:crypto";
import { installSha256 } from "#base";

installSha256((bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()));

/** The working directory as the shell names it, if that is the same place (so that paths show as the user knows them). */
async function workingDirectory(): Promise<string> {
  const { statSync } = await import("node:fs");
  const pwd = process.env["PWD"];
  const cwd = process.cwd();
  if (pwd === undefined || pwd === cwd || !pwd.startsWith("/")) return cwd;
  const a = statSync(pwd, { throwIfNoEntry: false });
  const b = statSync(cwd);
  return a !== undefined && a.ino === b.ino && a.dev === b.dev ? pwd : cwd;
}

/** Flags before and after the command that say where to work: -C dir. */
async function changeDirectory(argv: string[]): Promise<string> {
  const at = argv.findIndex((a, i) => i <= 1 && /^--?C(=|$)/.test(a));
  if (at >= 0) {
    const eq = argv[at]!.indexOf("=");
    const dir = eq >= 0 ? argv[at]!.slice(eq + 1) : (argv[at + 1] ?? "");
    argv.splice(at, eq >= 0 ? 1 : 2);
    process.chdir(dir);
    return process.cwd();
  }
  return workingDirectory();
}

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  const { NodeExec, writeAll } = await import("./node-exec.ts");
  const { NodeHost } = await import("./node-host.ts");
  let cwd: string;
  try {
    cwd = await changeDirectory(argv);
  } catch (e) {
    process.stderr.write(`go: ${(e as Error).message}\n`);
    return 1;
  }
  // Without arguments it is a question about the toolchain; with some, about files.
  if (argv[0] === "version" && argv.length > 1) {
    const { versionMain } = await import("#binutils");
    const r = versionMain(new NodeHost(cwd, process.env), argv.slice(1), "");
    writeAll(1, r.stdout);
    writeAll(2, r.stderr);
    return r.status;
  }
  if (argv[0] === "machine" || argv[0] === "boot") {
    const { NodeMachineIo } = await import("./machine.ts");
    const host = new NodeHost(cwd, process.env);
    if (argv[0] === "boot") return (await import("#trace")).bootMain(host, argv.slice(1), new NodeMachineIo());
    return (await import("#machine")).machineMain(host, argv.slice(1), new NodeMachineIo());
  }
  const { goCommand } = await import("#gocmd");
  return goCommand(new NodeExec(new URL(".", import.meta.url), cwd), argv);
}

process.exitCode = await main();
