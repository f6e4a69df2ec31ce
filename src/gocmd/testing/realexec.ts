// An Exec for tests: a real file system, and the tools of a real Go in place of rt0's own. So the graph, the
// configurations and the flags can be checked before, and apart from, rt0's tools.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Exec, ToolRequest } from "../exec.ts";
import type { Host } from "#host";
import { NodeHost } from "../../edge/node/node-host.ts";

export class RealExec implements Exec {
  readonly host: Host;
  toolID(): string {
    return "real go";
  }
  readonly self = "rt0";
  readonly cpus = 2;
  readonly terminal = false;
  stdout = "";
  stderr = "";
  /** Runs of tools by name. */
  readonly runs = new Map<string, number>();

  constructor(
    private readonly goroot: string,
    cwd: string,
    private readonly environment: Record<string, string>,
  ) {
    this.host = new NodeHost(cwd, environment);
  }

  tool(request: ToolRequest) {
    this.runs.set(request.name, (this.runs.get(request.name) ?? 0) + 1);
    return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
      const child = spawn(join(this.goroot, "pkg/tool/linux_amd64", request.name), [...request.argv], {
        cwd: request.dir,
        env: { ...this.environment, PATH: process.env["PATH"] ?? "", GOROOT: this.goroot, ...request.env },
      });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (d: Buffer) => (stdout += d.toString()));
      child.stderr.on("data", (d: Buffer) => (stderr += d.toString()));
      child.on("close", (code) => resolve({ status: code ?? 1, stdout, stderr }));
    });
  }

  readonly launcher: readonly string[] = [];

  async capture(): Promise<{ status: number; stdout: string; stderr: string }> {
    throw new Error("no -toolexec in tests");
  }

  async run(program: string, args: readonly string[], dir: string): Promise<number> {
    const r = spawnSync(program, [...args], { cwd: dir });
    this.stdout += r.stdout.toString();
    this.stderr += r.stderr.toString();
    return r.status ?? 1;
  }

  tempDir(prefix: string): string {
    return mkdtempSync(join(tmpdir(), prefix));
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }
}
