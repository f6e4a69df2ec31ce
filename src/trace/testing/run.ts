// Programs and their boots, for the tests.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryHost } from "#host";
import { bootMain } from "../boot.ts";
import type { TraceEvent, TraceHead } from "../events.ts";

export const goroot = process.env.GOROOT ?? "/usr/local/go";
const dir = join(tmpdir(), "rt0-trace");
const hello = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello world") }\n';

/** Builds a program with gc (hello world, unless it says otherwise), once. */
export function helloProgram(name: string, flags: readonly string[], source = hello): Uint8Array {
  mkdirSync(dir, { recursive: true });
  const src = join(dir, `${name}.go`);
  const out = join(dir, name);
  if (!existsSync(out) || !existsSync(src) || readFileSync(src, "utf8") !== source) {
    writeFileSync(src, source);
    execFileSync(join(goroot, "bin/go"), ["build", "-p", "1", ...flags, "-o", out, src], {
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GO111MODULE: "off", GOAMD64: "v1" },
    });
  }
  return new Uint8Array(readFileSync(out));
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
