// rt0 boot [flags] PROG [args…]: how a Go program comes to life, from execve to exit_group.

import { ByteWriter, decodeUtf8, encodeUtf8 } from "#base";
import {
  ElfError,
  type MachineHost,
  type MachineIo,
  parseRunFlags,
  prepare,
  type RunOptions,
  UsageError,
} from "#machine";
import type { Trace } from "./events.ts";
import { tracePage } from "./page.ts";
import { defaultEvents, Recorder } from "./recorder.ts";
import { traceText } from "./terminal.ts";

export const bootUsage = `usage: rt0 boot [flags] PROG [args...]

Runs a Go program on rt0's machine and tells how it comes to life, step by step, as read from the machine.

  -v                every detail: system calls, changes of status, register values (-brief: the main steps only)
  -from N, -to N    only instructions N to N; a name stands for the function's first instruction: -from runtime.main
  -json             one event a line (docs/boot-events.md)
  -o FILE.html      one self-contained page: timeline, threads, Ps, goroutines, stack, memory
  -color, -no-color colours, or none (default: on a terminal)
  -events N         keep N events (default 60000); how many more there were is said at the end
  -output           also show what the program prints

and the flags of rt0 machine: -cpu -vendor -cpus -seed -max-instructions -memory -mount -env -clear-env
`;

/** The command. Returns 0 when the program ran, whatever its own status (which is shown). */
export async function bootMain(host: MachineHost, argv: readonly string[], io: MachineIo): Promise<number> {
  const print = (fd: number, text: string): void => {
    io.write(fd, encodeUtf8(text));
  };
  let level = 1;
  let json = false;
  let page: string | undefined;
  let color = io.isTerminal(1) && (io.env.NO_COLOR ?? "") === "";
  let from = "0";
  let to = "Infinity";
  let showOutput = false;
  let maxEvents = defaultEvents;
  let parsed: { options: RunOptions; rest: string[] };
  try {
    parsed = parseRunFlags(argv, io.env, (flag, value) => {
      switch (flag) {
        case "-v":
          level = 2;
          return true;
        case "-brief":
          level = 0;
          return true;
        case "-json":
          json = true;
          return true;
        case "-o":
          page = value();
          return true;
        case "-from":
          from = value();
          return true;
        case "-to":
          to = value();
          return true;
        case "-events": {
          const text = value();
          maxEvents = /^\d+$/.test(text) ? Number(text) : Number.NaN;
          if (!(maxEvents > 0)) throw new UsageError(`invalid value ${JSON.stringify(text)} for -events`);
          return true;
        }
        case "-color":
          color = true;
          return true;
        case "-no-color":
          color = false;
          return true;
        case "-output":
          showOutput = true;
          return true;
        case "-h":
        case "-help":
          throw new UsageError("");
        default:
          return false;
      }
    });
  } catch (e) {
    if (!(e instanceof UsageError)) throw e;
    if (e.message === "") {
      print(1, bootUsage);
      return 0;
    }
    print(2, `rt0 boot: ${e.message}\n`);
    return 2;
  }
  const { options, rest } = parsed;
  const [prog, ...args] = rest;
  if (prog === undefined) {
    print(2, bootUsage);
    return 2;
  }
  const fail = (text: string, status: number): number => {
    print(2, `rt0 boot: ${prog}: ${text}\n`);
    return status;
  };
  const output = new ByteWriter();
  const captured: MachineIo = {
    env: io.env,
    read: (fd, count) => io.read(fd, count),
    write: (fd, bytes) => {
      output.bytes(bytes);
      return showOutput && !json ? io.write(fd, bytes) : true;
    },
    isTerminal: () => false,
    now: () => io.now?.() ?? 0,
    ...(io.pause === undefined ? {} : { pause: (ms: number) => io.pause?.(ms) ?? Promise.resolve() }),
    ...(io.waitInput === undefined ? {} : { waitInput: () => io.waitInput?.() ?? Promise.resolve() }),
    interrupts: () => io.interrupts?.() ?? 0,
  };
  let trace: Trace;
  try {
    const { machine, bytes } = prepare(host, options, prog, args, captured);
    const recorder = new Recorder(machine, bytes, prog, { strace: options.strace, maxEvents });
    if (!recorder.symbols.isGo) {
      return fail(
        "not a Go program: no runtime.rt0_go in its function table (rt0 machine runs it; boot tells of Go programs only)",
        1,
      );
    }
    if (!Number.isFinite(options.maxInstructions)) options.maxInstructions = 5e9;
    trace = await recorder.run(options, () => decodeUtf8(output.buf.subarray(0, output.length)), captured);
  } catch (e) {
    if (e instanceof ElfError) return fail(e.message, 126);
    return fail(e instanceof Error ? e.message : String(e), 127);
  }
  const bound = (text: string, last: boolean): number | undefined => {
    if (text === "Infinity") return Number.POSITIVE_INFINITY;
    if (/^\d+$/.test(text)) return Number(text);
    const hits = trace.events.filter(
      (e) =>
        (e.kind === "enter" && (e.func === text || e.func.endsWith(`.${text}`))) ||
        (last && e.kind === "leave" && e.data?.function === text),
    );
    const hit = last ? hits[hits.length - 1] : hits[0];
    return hit?.n;
  };
  const lo = bound(from, false);
  const hi = bound(to, true);
  if (lo === undefined || hi === undefined)
    return fail(
      `no event of ${lo === undefined ? from : to}: give an instruction number or the name of a function in the narration`,
      2,
    );
  if (page !== undefined) {
    try {
      host.writeFile(page, encodeUtf8(tracePage(trace)));
    } catch (e) {
      return fail(e instanceof Error ? `${page}: ${e.message}` : String(e), 1);
    }
    print(1, `${page}: ${trace.events.length} events\n`);
    return 0;
  }
  if (json) {
    const lines = [JSON.stringify(trace.head)];
    for (const e of trace.events) if (e.level <= 2 && e.n >= lo && e.n <= hi) lines.push(JSON.stringify(e));
    print(1, `${lines.join("\n")}\n`);
  } else print(1, traceText(trace, { color, level, from: lo, to: hi, width: 120 }));
  return 0;
}
