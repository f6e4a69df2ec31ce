// Programs and their boots, for the tests.
import { readFileSync } from "node:fs";
import { MemoryHost } from "#host";
import { bootMain } from "../boot.ts";
import type { TraceEvent, TraceHead } from "../events.ts";
import { goProgram, helloSource } from "../../base/testing/realgo.ts";

/** Hello world, as gc builds it. */
export function hello(flags: readonly string[] = []): Uint8Array {
  return new Uint8Array(readFileSync(goProgram("hello", helloSource, flags)));
}

export interface Booted {
  readonly out: string;
  readonly err: string;
  readonly status: number;
  readonly host: MemoryHost;
}

/** `rt0 boot flags prog`. */
export async function boot(program: Uint8Array, ...flags: string[]): Promise<Booted> {
  const host = new MemoryHost("/w");
  host.writeFile("/w/prog", program, 0o755);
  let out = "";
  let err = "";
  const status = await bootMain(host, [...flags, "prog"], {
    env: { HOME: "/root" },
    read: () => new Uint8Array(0),
    write: (fd, b) => {
      if (fd === 1) out += Buffer.from(b).toString();
      else err += Buffer.from(b).toString();
      return true;
    },
    isTerminal: () => false,
  });
  return { out, err, status, host };
}

/** The stream of -json, parsed. */
export async function bootEvents(
  program: Uint8Array,
  flags: readonly string[],
): Promise<{ head: TraceHead; events: TraceEvent[] }> {
  const r = await boot(program, "-json", ...flags);
  if (r.status !== 0) throw new Error(r.err);
  const [first, ...lines] = r.out.trim().split("\n");
  return { head: JSON.parse(first as string) as TraceHead, events: lines.map((l) => JSON.parse(l) as TraceEvent) };
}
