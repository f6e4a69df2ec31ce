// What the small tools share: output, errors and how they end.

import { concatBytes, encodeUtf8 } from "#base";
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
  private readonly out: (string | Uint8Array)[] = [];
  private binary = false;
  /** The file being looked at: errors name it. */
  file = "";
  private readonly err: string[] = [];
  status = 0;

  print(text: string): void {
    this.out.push(text);
  }

  /** What need not be text. */
  write(bytes: Uint8Array): void {
    this.out.push(bytes);
    this.binary = true;
  }

  /** A line for standard error; the tool goes on, but fails. */
  error(line: string): void {
    this.err.push(`${line}\n`);
    this.status = 1;
  }

  result(): ToolResult {
    const stderr = this.err.join("");
    if (!this.binary) return { status: this.status, stdout: this.out.join(""), stderr };
    const bytes = concatBytes(this.out.map((p) => (typeof p === "string" ? encodeUtf8(p) : p)));
    return { status: this.status, stdout: "", stderr, bytes };
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
      return { ...r, status: e.status, stderr: r.stderr + e.message };
    }
    const message = reasonOf(e);
    const r = o.result();
    const place = o.file === "" || message.includes(o.file) ? "" : `${o.file}: `;
    return { ...r, status: 1, stderr: `${r.stderr}${prefix}${place}${message}\n` };
  }
  return o.result();
}

/** What is wrong with a file, in words; throws again what is a fault of the tool. */
export function reasonOf(e: unknown): string {
  if (e instanceof FormatError || e instanceof HostError) return e.message;
  // Offsets that lead out of the file.
  if (e instanceof RangeError && !/stack|array length|string length/i.test(e.message)) return "damaged file";
  throw e;
}

/** Reads a file; failure has the words of Go's os.Open. */
export function readInput(out: Output, host: Host, path: string): Uint8Array {
  out.file = path;
  try {
    return host.readFile(path);
  } catch (e) {
    if (e instanceof HostError) throw new HostError(e.code, path, `open ${path}: ${e.message}`);
    throw e;
  }
}

/** Writes a file; failure has the words of Go's os.OpenFile. */
export function writeOutput(host: Host, path: string, bytes: Uint8Array, mode: number): void {
  try {
    host.writeFile(path, bytes, mode);
  } catch (e) {
    if (e instanceof HostError) throw new HostError(e.code, path, `open ${path}: ${e.message}`);
    throw e;
  }
}
