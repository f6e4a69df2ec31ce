// The go command's surroundings in Node.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, constants, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Exec, ToolName, ToolRequest } from "#gocmd";
import type { ToolResult } from "#host";
import { hostError, NodeHost, type Observer } from "./node-host.ts";
import { Pool } from "./pool.ts";
import { runTool, stageOf } from "./tools.ts";

/** Writes all of a text, also to a pipe that is full. */
export function writeAll(fd: number, text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (e) {
      const code = (e as NodeJS.ErrnoException).code;
      if (code === "EAGAIN") continue;
      if (code === "EPIPE") process.exit(1);
      throw e;
    }
  }
}

/** Temporary directories to remove however the process ends. */
const temporary = new Set<string>();

function removeTemporary(): void {
  for (const dir of temporary) rmSync(dir, { recursive: true, force: true });
  temporary.clear();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    removeTemporary();
    process.exit(128 + constants.signals[signal]);
  });
}

export class NodeExec implements Exec {
  readonly host: NodeHost;
  readonly self = "rt0";
  readonly cpus = availableParallelism();
  readonly terminal = process.stderr.isTTY === true;
  private readonly pool: Pool;
  /** Stage to what identifies it: tools/build.mjs. */
  private ids: Record<string, string> | undefined;

  /** Something was said that is not mere progress. */
  spoke = false;

  constructor(
    /** Directory of the bundle. */
    private readonly dist: string,
    cwd: string,
    private readonly observer: (Observer & { ignore(dir: string): void }) | undefined = undefined,
  ) {
    this.host = new NodeHost(cwd, process.env, observer);
    this.pool = new Pool(pathToFileURL(join(dist, "worker.cjs")), this.cpus);
  }

  /** Makes ready for tools that will be needed. */
  prepare(...names: ToolName[]): void {
    for (const name of names) this.pool.prepare(name);
  }

  /** Has workers keep their code for the next process. */
  keepCode(): Promise<void> {
    return this.pool.keep();
  }

  toolID(name: ToolName): string {
    this.ids ??= JSON.parse(readFileSync(join(this.dist, "tools.json"), "utf8")) as Record<string, string>;
    return this.ids[stageOf(name)] ?? name;
  }

  /** Whether the process is there for one tool: then that needs no thread, except the compiler, which recurses deeply. */
  alone = false;

  tool(request: ToolRequest): Promise<ToolResult> {
    if (!this.alone || request.name === "compile") return this.pool.run(request);
    return runTool(new NodeHost(request.dir, { ...process.env, ...request.env }), request.name, request.argv);
  }

  async capture(
    program: string,
    args: readonly string[],
    dir: string,
    env: Readonly<Record<string, string>>,
  ): Promise<ToolResult> {
    const { spawn } = await import("node:child_process");
    return new Promise((resolve) => {
      const child = spawn(program, args, {
        cwd: dir,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.setEncoding("utf8").on("data", (d: string) => {
        stdout += d;
      });
      child.stderr.setEncoding("utf8").on("data", (d: string) => {
        stderr += d;
      });
      child.on("error", (e) => resolve({ status: 1, stdout, stderr: `${stderr}${e.message}\n` }));
      child.on("close", (code) => resolve({ status: code ?? 1, stdout, stderr }));
    });
  }

  get launcher(): readonly string[] {
    return [process.execPath, join(this.dist, "rt0.cjs")];
  }

  async run(program: string, args: readonly string[], dir: string): Promise<number> {
    const { spawn } = await import("node:child_process");
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, { cwd: dir, stdio: "inherit" });
      // The program gets the terminal's signals itself; what is sent to us alone is handed on.
      const forward = (signal: NodeJS.Signals) => child.kill(signal);
      process.removeAllListeners("SIGINT").removeAllListeners("SIGTERM");
      process.on("SIGINT", () => undefined).on("SIGTERM", forward);
      child.on("error", reject);
      child.on("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  }

  tempDir(prefix: string): string {
    const parent = process.env["GOTMPDIR"] || tmpdir();
    try {
      const dir = mkdtempSync(join(realpathSync(parent), prefix));
      temporary.add(dir);
      this.observer?.ignore(dir);
      return dir;
    } catch (e) {
      throw hostError(e, parent);
    }
  }

  out(text: string | Uint8Array): void {
    writeAll(1, text);
  }

  err(text: string): void {
    if (!text.startsWith("\r")) this.spoke = true;
    writeAll(2, text);
  }
}
