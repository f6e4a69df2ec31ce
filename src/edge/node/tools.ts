// The tools, each in a chunk that is loaded when it is first needed.
import { readFileSync } from "node:fs";
import { InternalError, PosTable } from "#base";
import { type Host, HostError, type ToolResult } from "#host";

/** All of standard input, for the tool that reads it. */
function readInput(): string {
  try {
    return readFileSync(0, "utf8");
  } catch (e) {
    // A terminal in non-blocking mode, or no standard input at all.
    const code = (e as NodeJS.ErrnoException).code;
    if (code === "EAGAIN" || code === "EBADF") return "";
    throw e;
  }
}

/** The stage that does a tool's work. */
export function stageOf(name: string): string {
  return name === "compile" || name === "asm" || name === "link" ? name : "binutils";
}

type Main = (host: Host, argv: readonly string[]) => ToolResult;

async function load(name: string): Promise<Main | undefined> {
  switch (name) {
    case "compile": {
      const { CompileSession, compileMain } = await import("#compile");
      // Imported packages are declared once in a process.
      const session = new CompileSession(new PosTable());
      return (host, argv) => compileMain(host, argv, session);
    }
    case "asm":
      return (await import("#asm")).asmMain;
    case "link":
      return (await import("#link")).linkMain;
    case "addr2line": {
      const { addr2lineMain } = await import("#binutils");
      return (host, argv) => addr2lineMain(host, argv, readInput());
    }
    case "buildid":
      return (await import("#binutils")).buildidMain;
    case "nm":
      return (await import("#binutils")).nmMain;
    case "objdump":
      return (await import("#binutils")).objdumpMain;
    case "pack":
      return (await import("#binutils")).packMain;
    case "readelf":
      return (await import("#binutils")).readelfMain;
  }
  return undefined;
}

const loaded = new Map<string, Promise<Main | undefined>>();

function get(name: string): Promise<Main | undefined> {
  let loading = loaded.get(name);
  if (loading === undefined) {
    loading = load(name);
    loaded.set(name, loading);
  }
  return loading;
}

/** Loads a tool's code. What goes wrong is told when the tool is run. */
export async function prepareTool(name: string): Promise<void> {
  await get(name).catch(() => undefined);
}

/** Runs a tool. $RT0FAULT names one that is to fail, to see how that looks. A fault of rt0 itself becomes a result that says so and how to reproduce it. */
export async function runTool(host: Host, name: string, argv: readonly string[]): Promise<ToolResult> {
  try {
    const main = await get(name);
    if (process.env["RT0FAULT"] === name) throw new InternalError(name, "RT0FAULT", "this fault was asked for");
    if (main === undefined) return { status: 2, stdout: "", stderr: `go: no such tool "${name}"\n` };
    return main(host, argv);
  } catch (e) {
    if (e instanceof HostError) return { status: 1, stdout: "", stderr: `${name}: ${e.path}: ${e.message}\n` };
    const error = e as Error;
    const head = e instanceof InternalError ? error.message : `internal error: ${name}: ${error.message}`;
    const stack = process.env["RT0DEBUG"] === undefined ? "" : `${error.stack ?? ""}\n`;
    const hint = `this is a fault of rt0; to see where, run with RT0DEBUG=1:\n\trt0 tool ${name} ${argv.join(" ")}\n`;
    return { status: 2, stdout: "", stderr: `${head}\n${stack}${hint}` };
  }
}
