// The command `rt0`: its surroundings, and the commands that are not the go command's.
import { cacheDirectory, type Loaded } from "./code.ts";
import { workingDirectory } from "./cwd.ts";
import type { NodeExec } from "./node-exec.ts";
import { Recall } from "./recall.ts";

/** Flags before and after the command that say where to work: -C dir. */
function changeDirectory(argv: string[]): string {
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

async function main(dist: string, bundle: string, argv: string[]): Promise<Ended> {
  let cwd: string;
  try {
    cwd = changeDirectory(argv);
  } catch (e) {
    const { hostError } = await import("./node-host.ts");
    // process.chdir says where to in dest.
    const { dest } = e as { dest?: string };
    process.stderr.write(`go: ${dest === undefined ? "" : `chdir ${dest}: `}${(hostError(e, "") as Error).message}\n`);
    return { status: 1 };
  }
  // `help boot` is `boot -help`.
  if (argv[0] === "help" && (argv[1] === "machine" || argv[1] === "boot")) argv = [argv[1], "-help"];
  const command = argv[0];
  let recall: Recall | undefined;
  if (command === "build") {
    const cache = cacheDirectory(process.env, cwd);
    if (cache !== "") {
      recall = new Recall(cache, `${dist}/${bundle}`, argv, cwd, process.env);
      if (recall.holds()) return { status: 0 };
    }
  }
  const { NodeExec, writeAll } = await import("./node-exec.ts");
  const { NodeHost } = await import("./node-host.ts");
  const { useNodeHash } = await import("./hash.ts");
  useNodeHash();
  // Without arguments it is a question about the toolchain; with some, about files.
  if (command === "version" && argv.length > 1) {
    const { versionMain } = await import("#binutils");
    const r = versionMain(new NodeHost(cwd, process.env), argv.slice(1), "");
    writeAll(1, r.stdout);
    writeAll(2, r.stderr);
    return { status: r.status };
  }
  if (command === "machine" || command === "boot") {
    const { bootMain, machineMain, NodeMachineIo } = await import("./views.ts");
    const host = new NodeHost(cwd, process.env);
    const start = command === "boot" ? bootMain : machineMain;
    return { status: await start(host, argv.slice(1), new NodeMachineIo()) };
  }
  const exec = new NodeExec(dist, cwd, recall);
  exec.alone = command === "tool";
  if (command === "build" || command === "run") exec.prepare("compile", "link");
  const { goCommand } = await import("#gocmd");
  const status = await goCommand(exec, argv);
  if (status === 0 && !exec.spoke) recall?.keep();
  return command === "build" || command === "run" ? { status, exec } : { status };
}

interface Ended {
  readonly status: number;
  readonly exec?: NodeExec;
}

/** Runs the command of the process's arguments. */
export function commandMain(code: Loaded<object>, dist: string): void {
  void main(dist, code.name, process.argv.slice(2)).then(async ({ status, exec }) => {
    process.exitCode = status;
    if (status !== 0) return;
    if (exec !== undefined) await exec.keepCode();
    else if (process.argv[2] !== "tool") return;
    code.keep();
  });
}
