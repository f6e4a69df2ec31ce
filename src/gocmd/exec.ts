import type { Host, ToolResult } from "#host";

/** The tools an action may run. */
export type ToolName = "compile" | "asm" | "link" | "pack" | "buildid" | "nm" | "objdump" | "addr2line" | "readelf";

/** One run of a tool. */
export interface ToolRequest {
  readonly name: ToolName;
  readonly argv: readonly string[];
  /** Working directory: relative paths in argv start there. */
  readonly dir: string;
  /** Environment variables that differ from the command's own. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What the go command needs of its surroundings beyond files: running tools (in workers, if there are any), running the
 * program that was built, and the standard streams.
 */
export interface Exec {
  readonly host: Host;
  /** Identifies what a tool does to its inputs: part of the cache key of whatever the tool makes. */
  toolID(name: ToolName): string;
  /** How messages and -x name the command ("rt0"). */
  readonly self: string;
  /** Processors: how many actions run at a time by default. */
  readonly cpus: number;
  /** Standard error is a terminal: progress may be shown. */
  readonly terminal: boolean;
  tool(request: ToolRequest): Promise<ToolResult>;
  /** Runs a program and takes its output: for -toolexec. */
  capture(
    program: string,
    args: readonly string[],
    dir: string,
    env: Readonly<Record<string, string>>,
  ): Promise<ToolResult>;
  /** The words that start this command. */
  readonly launcher: readonly string[];
  /** Runs a program with the command's own streams; its exit status, or 128 + signal. */
  run(program: string, args: readonly string[], dir: string): Promise<number>;
  /** A new empty directory that is removed if the command is killed. */
  tempDir(prefix: string): string;
  out(text: string | Uint8Array): void;
  err(text: string): void;
}

/** What the user got wrong: printed as it is; the command ends with the status. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly status = 1,
  ) {
    super(message);
  }
}
