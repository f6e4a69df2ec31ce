// The go command of rt0 in this process, its output taken: many runs without the cost of starting.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { asmMain } from "#asm";
import { type CompileSession, compileMain } from "#compile";
import { archiveEntry, baselineExperiments, exportEntry, goHeaderText, objectHeader, writeArchive } from "#formats";
import { type Exec, goCommand, type ToolName, type ToolRequest } from "#gocmd";
import type { ToolResult } from "#host";
import { NodeHost } from "../../src/edge/node/node-host.ts";

/** Does a tool's work in place of the tool; undefined to let the tool run. */
export type Stub = (request: ToolRequest, host: NodeHost) => ToolResult | undefined;

export class InProcess implements Exec {
  readonly host: NodeHost;
  readonly self = "go";
  readonly cpus = 2;
  readonly terminal = false;
  readonly launcher: readonly string[] = [];
  private stdout = "";
  private stderr = "";
  private readonly dirs: string[] = [];

  constructor(
    cwd: string,
    private readonly env: Readonly<Record<string, string | undefined>>,
    private readonly session: CompileSession,
    private readonly stub: Stub = () => undefined,
  ) {
    this.host = new NodeHost(cwd, env);
  }

  /** Runs the go command with these arguments. */
  async go(args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
    this.stdout = "";
    this.stderr = "";
    const status = await goCommand(this, args);
    for (const d of this.dirs) rmSync(d, { recursive: true, force: true });
    this.dirs.length = 0;
    return { status, stdout: this.stdout, stderr: this.stderr };
  }

  toolID(name: ToolName): string {
    return name;
  }

  async tool(request: ToolRequest): Promise<ToolResult> {
    const host = new NodeHost(request.dir, { ...this.env, ...request.env });
    const stubbed = this.stub(request, host);
    if (stubbed !== undefined) return stubbed;
    if (request.name === "compile") return compileMain(host, request.argv, this.session);
    if (request.name === "asm") return asmMain(host, request.argv);
    throw new Error(`no tool ${request.name} here`);
  }

  capture(): Promise<ToolResult> {
    throw new Error("no -toolexec here");
  }

  run(): Promise<number> {
    throw new Error("programs are not run here");
  }

  tempDir(prefix: string): string {
    const parent = String(this.env["RT0CACHE"]);
    mkdirSync(parent, { recursive: true });
    const dir = mkdtempSync(join(parent, prefix));
    this.dirs.push(dir);
    return dir;
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }
}

/**
 * Packages of the standard library as archives without content: their importers read the sources instead (as they do for
 * archives of gc). Whatever only has to be checked needs no more.
 */
export function stdStub(goroot: string): Stub {
  const empty = writeArchive([
    archiveEntry(
      "__.PKGDEF",
      exportEntry(
        goHeaderText(objectHeader("linux", "amd64", "go1.26", "v1", baselineExperiments), "", false),
        new Uint8Array([0x75]),
      ),
    ),
  ]);
  return (request, host) => {
    const { argv } = request;
    const std = argv.includes("-std") || (request.name === "asm" && argv[argv.length - 1]!.startsWith(`${goroot}/`));
    if (!std) return undefined;
    host.writeFile(argv[argv.indexOf("-o") + 1]!, request.name === "compile" ? empty : new Uint8Array(8));
    return { status: 0, stdout: "", stderr: "" };
  };
}
