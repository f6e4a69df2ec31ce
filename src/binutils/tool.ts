// What the small tools share: output, errors and how they end.

import { FormatError } from "#formats";
import { type Host, HostError, type ToolResult } from "#host";

/** Ends a tool: log.Fatal with status 1, or a usage message with status 2. */
export class ToolExit extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Collects what a tool prints. */
export class Output {
  private readonly out: string[] = [];
  private readonly err: string[] = [];
  status = 0;

  print(text: string): void {
    this.out.push(text);
  }

  /** A line for standard error; the tool goes on, but fails. */
  error(line: string): void {
    this.err.push(`${line}\n`);
    this.status = 1;
  }

  result(): ToolResult {
    return { status: this.status, stdout: this.out.join(""), stderr: this.err.join("") };
  }
}

/** Runs a tool's body; failures become its last line and status. prefix as Go's log prefix: "pack: ". */
export function runTool(prefix: string, body: (o: Output) => void): ToolResult {
  const o = new Output();
  try {
    body(o);
  } catch (e) {
    if (e instanceof ToolExit) {
      const r = o.result();
      return { status: e.status, stdout: r.stdout, stderr: r.stderr + e.message };
    }
    if (!(e instanceof FormatError || e instanceof HostError || e instanceof RangeError)) throw e;
    const r = o.result();
    return { status: 1, stdout: r.stdout, stderr: `${r.stderr}${prefix}${e.message}\n` };
  }
  return o.result();
}

/** Reads a file; failure has the words of Go's os.Open. */
export function readInput(host: Host, path: string): Uint8Array {
  try {
    return host.readFile(path);
  } catch (e) {
    if (e instanceof HostError) throw new HostError(e.code, path, `open ${path}: ${e.message}`);
    throw e;
  }
}
