// rt0 machine [flags] PROG args…

import { encodeUtf8 } from "#base";
import { type ElfSymbol, readElf, SymbolType } from "#formats";
import type { Host } from "#host";
import { type Driven, drive, type MachineIo } from "./drive.ts";
import { signalName } from "./kernel/signals.ts";
import { quoted, signalLine, straceLine } from "./kernel/strace.ts";
import type { KernelHooks } from "./kernel/kernel.ts";
import { syscallName } from "./kernel/table.ts";
import { ElfError, Machine, type MachineOptions, Outcome } from "./machine.ts";

/** What the commands ask of their surroundings. */
export type MachineHost = Host;

export const machineUsage = `usage: rt0 machine [flags] PROG [args...]

Runs a static x86-64 Linux program. The same seed gives the same run, instruction for instruction.

  -cpu v1|v2|v3          what CPUID reports: SSE2 only (v1), up to SSE4.2, up to AVX2 (default v1)
  -cpus N                CPUs that the program sees (default 1)
  -seed N                randomness and thread interleaving (default 1)
  -realtime              the program's clock is the real one; default: virtual time, sleeping costs nothing
  -max-instructions N    stop after N instructions
  -memory MIB            memory that the program may touch (default 2048)
  -mount HOST:GUEST[:ro] a directory of the host at a place of the guest (default: the working directory, at its own path)
  -no-mount              no directory of the host
  -env NAME=VALUE        set a variable; -clear-env: start with none
  -strace                print every system call
  -stats                 print instructions, speed and memory at the end
`;

/** Options of a machine as flags; shared with rt0 boot. */
export interface RunOptions extends MachineOptions {
  maxInstructions: number;
  strace: boolean;
  stats: boolean;
  real: boolean;
  env: Record<string, string>;
  mounts: { host: string; guest: string; writable: boolean }[] | undefined;
}

export class UsageError extends Error {}

/** Takes the machine's flags from the front of argv; unknown ones go to `other`, which returns how many words it took. */
export function parseRunFlags(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  other?: (flag: string, value: () => string) => boolean,
): { options: RunOptions; rest: string[] } {
  const options: RunOptions = {
    maxInstructions: Number.POSITIVE_INFINITY,
    strace: false,
    stats: false,
    real: false,
    env: { ...env },
    mounts: undefined,
  };
  let i = 0;
  const number = (flag: string, text: string): number => {
    const n = Number(text);
    if (text === "" || !Number.isFinite(n) || n < 0) throw new UsageError(`${flag} wants a number, not "${text}"`);
    return n;
  };
  for (; i < argv.length; i++) {
    let flag = argv[i] as string;
    if (flag === "--") {
      i++;
      break;
    }
    if (!flag.startsWith("-") || flag === "-") break;
    flag = flag.replace(/^--?/, "-");
    const eq = flag.indexOf("=");
    const inline = eq < 0 ? undefined : flag.slice(eq + 1);
    if (eq >= 0) flag = flag.slice(0, eq);
    const value = (): string => {
      if (inline !== undefined) return inline;
      const v = argv[++i];
      if (v === undefined) throw new UsageError(`${flag} wants a value`);
      return v;
    };
    switch (flag) {
      case "-cpu": {
        const v = value();
        if (v !== "v1" && v !== "v2" && v !== "v3") throw new UsageError(`-cpu wants v1, v2 or v3, not "${v}"`);
        options.cpu = v;
        break;
      }
      case "-vendor":
        options.vendor = value().padEnd(12, " ").slice(0, 12);
        break;
      case "-cpus":
        options.cpus = Math.max(1, Math.min(256, number(flag, value())));
        break;
      case "-seed":
        options.seed = number(flag, value());
        break;
      case "-quantum":
        options.quantum = Math.max(1, number(flag, value()));
        break;
      case "-memory":
        options.memory = number(flag, value()) * 1048576;
        break;
      case "-max-instructions":
        options.maxInstructions = number(flag, value());
        break;
      case "-realtime":
        options.real = true;
        break;
      case "-strace":
        options.strace = true;
        break;
      case "-stats":
        options.stats = true;
        break;
      case "-no-mount":
        options.mounts = options.mounts ?? [];
        break;
      case "-mount": {
        const [host, guest, mode] = value().split(":");
        if (host === undefined || guest === undefined || !guest.startsWith("/"))
          throw new UsageError("-mount wants HOST:GUEST[:ro]");
        options.mounts = [...(options.mounts ?? []), { host, guest, writable: mode !== "ro" }];
        break;
      }
      case "-clear-env":
        options.env = {};
        break;
      case "-env": {
        const v = value();
        const at = v.indexOf("=");
        if (at <= 0) throw new UsageError("-env wants NAME=VALUE");
        options.env[v.slice(0, at)] = v.slice(at + 1);
        break;
      }
      default:
        if (other?.(flag, value) !== true) throw new UsageError(`unknown flag ${flag}`);
    }
  }
  return { options, rest: argv.slice(i) };
}

/** A machine with a program of the host in it, ready to run. Throws ElfError or HostError. */
export function prepare(
  host: Host,
  options: RunOptions,
  prog: string,
  args: readonly string[],
  io: MachineIo,
): { machine: Machine; bytes: Uint8Array; path: string } {
  const cwd = host.cwd();
  const path = prog.startsWith("/") ? prog : `${cwd === "/" ? "" : cwd}/${prog}`.replace(/\/\.\//g, "/");
  const bytes = host.readFile(path);
  const machine = new Machine({ ...options, terminal: io, realtime: options.real ? io.now?.bind(io) : undefined });
  const mounts = options.mounts ?? (cwd === "/" ? [] : [{ host: cwd, guest: cwd, writable: true }]);
  for (const m of mounts) machine.mount(host, m.host, m.guest, m.writable);
  const env = Object.entries(options.env).map(([k, v]) => `${k}=${v}`);
  // The working directory, where the guest can see it.
  const holds = mounts.find((m) => cwd === m.host || cwd.startsWith(`${m.host}/`));
  const guestCwd = holds === undefined ? "/" : `${holds.guest}${cwd.slice(holds.host.length)}`;
  machine.load(bytes, [prog, ...args], env, path, guestCwd);
  return { machine, bytes, path };
}

/** Functions by address, for messages. */
export class SymbolTable {
  private readonly funcs: ElfSymbol[];

  constructor(elf: Uint8Array) {
    let symbols: ElfSymbol[] = [];
    try {
      symbols = readElf(elf).symbols();
    } catch {
      // A damaged or stripped file has none.
    }
    this.funcs = symbols
      .filter((s) => (s.info & 15) === SymbolType.Func && s.value !== 0)
      .sort((a, b) => a.value - b.value);
  }

  /** "main.main+0x10", or "". */
  name(pc: number): string {
    let lo = 0;
    let hi = this.funcs.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if ((this.funcs[mid] as ElfSymbol).value <= pc) lo = mid + 1;
      else hi = mid;
    }
    const s = this.funcs[lo - 1];
    if (s === undefined || pc - s.value > Math.max(s.size, 4096)) return "";
    return pc === s.value ? s.name : `${s.name}+0x${(pc - s.value).toString(16)}`;
  }
}

function hex(n: number): string {
  return `0x${n.toString(16)}`;
}

/** Runs the command; returns the exit status: the program's, or 128 plus the signal that ended it. */
export async function machineMain(host: Host, argv: readonly string[], io: MachineIo): Promise<number> {
  const err = (text: string): void => {
    io.write(2, encodeUtf8(text));
  };
  let parsed: { options: RunOptions; rest: string[] };
  try {
    parsed = parseRunFlags(argv, io.env, (flag) => {
      if (flag === "-h" || flag === "-help") throw new UsageError("");
      return false;
    });
  } catch (e) {
    if (!(e instanceof UsageError)) throw e;
    if (e.message === "") {
      io.write(1, encodeUtf8(machineUsage));
      return 0;
    }
    err(`rt0 machine: ${e.message}\n`);
    return 2;
  }
  const { options, rest } = parsed;
  const [prog, ...args] = rest;
  if (prog === undefined) {
    err(machineUsage);
    return 2;
  }
  let machine: Machine;
  let bytes: Uint8Array;
  try {
    ({ machine, bytes } = prepare(host, options, prog, args, io));
  } catch (e) {
    if (e instanceof ElfError) {
      err(`rt0 machine: ${prog}: ${e.message}\n`);
      return 126;
    }
    err(`rt0 machine: ${prog}: ${e instanceof Error ? e.message : String(e)}\n`);
    return 127;
  }
  let symbols: SymbolTable | undefined;
  const where = (pc: number): string => {
    symbols ??= new SymbolTable(bytes);
    const n = symbols.name(pc);
    return n === "" ? hex(pc) : `${hex(pc)} (${n})`;
  };
  const told = new Set<string>();
  const once = (text: string): void => {
    if (told.has(text)) return;
    told.add(text);
    err(text);
  };
  machine.engine.helpers.unsupported = (what, pc) =>
    once(`rt0 machine: instruction ${what} at ${where(pc)} is not implemented\n`);
  machine.hooks = {
    ...(options.strace ? straceHooks(err) : {}),
    unimplemented: (t, nr) =>
      once(`rt0 machine: system call ${syscallName(nr)} at ${where(t.pc - 2)} is not implemented (ENOSYS)\n`),
    fatal: (t, info) => {
      const address = info.signo === 11 || info.signo === 7 ? `, address ${hex(info.value)}` : "";
      if (info.trap !== 0 || info.signo === 8)
        err(`rt0 machine: ${signalName(info.signo)} in thread ${t.tid} at pc ${where(t.pc)}${address}\n`);
      else if (info.signo === 9 && info.pid === 0) err("rt0 machine: out of memory (see -memory)\n");
    },
  };
  const started = io.now?.() ?? 0;
  if (options.strace) err(`${execLine(machine, prog)}\n`);
  const driven = await drive(machine, options.maxInstructions, io);
  if (options.stats) {
    const ms = (io.now?.() ?? 0) - started;
    err(
      `rt0 machine: ${machine.instructions} instructions in ${ms.toFixed(0)} ms (${(machine.instructions / ms / 1000).toFixed(1)} million a second), ${machine.frames.used * 4} KiB touched, ${machine.engine.handlerCount} instruction forms\n`,
    );
  }
  return conclude(machine, driven, where, err);
}

/** What strace -f prints: calls, signals, ends. */
function straceHooks(err: (text: string) => void): KernelHooks {
  return {
    syscall: (t, nr, a, r) => r !== undefined && err(`${straceLine(t, nr, a, r)}\n`),
    entered: (t, nr, a) => (nr === 60 || nr === 231) && err(`${straceLine(t, nr, a, undefined)}\n`),
    signal: (t, info, action) => err(`${signalLine(t, info, action)}\n`),
    threadExit: (t) =>
      err(
        `[pid ${String(t.tid).padStart(5)}] +++ ${t.process.killedBy === 0 ? `exited with ${t.process.exitCode}` : `killed by ${signalName(t.process.killedBy)}`} +++\n`,
      ),
  };
}

function execLine(machine: Machine, prog: string): string {
  const p = machine.process;
  const argv = (p?.argv ?? []).map((a) => quoted(encodeUtf8(a))).join(", ");
  return `[pid ${String(p?.pid ?? 0).padStart(5)}] execve(${quoted(encodeUtf8(prog), 200)}, [${argv}], 0x7fffffffe000 /* ${p?.env.length ?? 0} vars */) = 0`;
}

/** The exit status of a run, with a word about every end that is not the program's own. */
function conclude(
  machine: Machine,
  driven: Driven,
  where: (pc: number) => string,
  err: (text: string) => void,
): number {
  const t = machine.kernel.state.current ?? machine.process?.main;
  const at = t === undefined ? "" : ` at ${where(t.pc)}`;
  const i = driven.interrupted;
  const interrupted = (): number => {
    if (i !== undefined)
      err(`rt0 machine: interrupted at ${where(i.pc)} in thread ${i.tid} after ${i.instructions} instructions\n`);
    return 130;
  };
  if (driven.stopped) return interrupted();
  switch (driven.outcome) {
    case Outcome.Exited:
      if (i !== undefined && machine.process?.killedBy === 2) return interrupted();
      return machine.exitStatus;
    case Outcome.Deadlock:
      err(`rt0 machine: all threads wait, and nothing can wake them${at}\n`);
      return 125;
    case Outcome.Input:
      err(`rt0 machine: the program waits for input that does not come${at}\n`);
      return 125;
    default:
      err(`rt0 machine: stopped${at} after ${machine.instructions} instructions (-max-instructions)\n`);
      return 124;
  }
}
