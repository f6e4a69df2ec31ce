// The machine: engine, kernel and file tree under one roof, as the command line, the tracer and the debugger use it.

import type { Host } from "#host";
import { cpuModels } from "./cpu/cpuid.ts";
import { Engine } from "./cpu/engine.ts";
import "./kernel/syscalls.ts";
import { ElfError, loadImage } from "./kernel/loader.ts";
import { StreamFile, type Terminal, Open } from "./kernel/files.ts";
import { Kernel, type KernelHooks, Outcome } from "./kernel/kernel.ts";
import { populate } from "./kernel/procfs.ts";
import type { Process, Thread } from "./kernel/process.ts";
import { hashState, restoreGraph, type Snapshot, takeSnapshot } from "./snapshot.ts";
import { syscallTable } from "./kernel/table.ts";
import { FileNode, HostDir, Mount } from "./kernel/vfs.ts";
import { Frames } from "./mem/frames.ts";
import { AddressSpace } from "./mem/space.ts";

export interface MachineOptions {
  /** Which CPU CPUID describes. */
  cpu?: "v1" | "v2" | "v3";
  /** 12 letters for CPUID leaf 0. */
  vendor?: string;
  /** CPUs that the guest sees; all guest threads share one host thread. */
  cpus?: number;
  /** Determines AT_RANDOM, getrandom and the lengths of time slices. */
  seed?: number;
  /** Nanoseconds since the epoch at the start of the guest. */
  epoch?: number;
  /** Real milliseconds; with it the guest's clock is the host's. */
  realtime?: () => number;
  /** Instructions of a time slice. */
  quantum?: number;
  /** Bytes of memory that the guest may touch. */
  memory?: number;
  hostname?: string;
  terminal?: Terminal;
}

const silent: Terminal = {
  read: () => new Uint8Array(0),
  write: () => true,
  isTerminal: () => false,
};

/** An x86-64 Linux machine for one program and its children. */
export class Machine {
  readonly frames: Frames;
  readonly engine: Engine;
  readonly kernel: Kernel;

  constructor(options: MachineOptions = {}) {
    this.frames = new Frames(Math.floor((options.memory ?? 2 * 1024 * 1024 * 1024) / 4096));
    this.engine = new Engine(this.frames);
    this.engine.helpers.model = cpuModels[options.cpu ?? "v1"];
    this.engine.helpers.vendor = options.vendor ?? "GenuineIntel";
    this.kernel = new Kernel(
      this.engine,
      this.frames,
      options.terminal ?? silent,
      {
        seed: options.seed ?? 1,
        cpus: options.cpus ?? 1,
        // The first second of 2026.
        epoch: options.epoch ?? 1767225600e9,
        realtime: options.realtime,
        quantum: options.quantum ?? 20000,
        hostname: options.hostname ?? "rt0",
      },
      syscallTable,
    );
    populate(this.kernel);
  }

  /** Makes a directory of the host visible. */
  mount(host: Host, hostPath: string, guestPath: string, writable: boolean): void {
    const tree = this.kernel.state.tree;
    const i = guestPath.lastIndexOf("/");
    const dir = new HostDir(new Mount(host, writable), hostPath);
    tree.makeDirs(guestPath.slice(0, i)).entries.set(guestPath.slice(i + 1), dir);
    dir.parent = tree.makeDirs(guestPath.slice(0, i));
  }

  /**
   * Makes `elf` the program of the first process. argv[0] is the program's name; path is where it lies in the guest's
   * tree. Throws ElfError for what cannot be run.
   */
  load(elf: Uint8Array, argv: readonly string[], env: readonly string[], path = "/bin/program", cwd = "/"): Process {
    const k = this.kernel;
    const tree = k.state.tree;
    let node: FileNode;
    const there = tryNode(k, path);
    if (there !== undefined) node = there;
    else {
      node = new FileNode(0o755, elf);
      tree.put(path, node);
    }
    const p = k.newProcess(1, new AddressSpace(this.frames));
    this.engine.setSpace(p.space);
    p.cwd = tree.makeDirs(cwd);
    for (let fd = 0; fd < 3; fd++) {
      const f = new StreamFile(fd, fd === 0 ? Open.ReadOnly : Open.WriteOnly, undefined, k);
      if (k.terminal(fd)) f.flags = Open.ReadWrite;
      f.name = k.terminal(fd) ? "/dev/tty" : (["pipe:[stdin]", "pipe:[stdout]", "pipe:[stderr]"][fd] as string);
      p.fds.add(f, false);
    }
    loadImage(k, p.main as Thread, node, path, argv, env);
    return p;
  }

  /** Runs at most `limit` instructions. */
  run(limit = Number.POSITIVE_INFINITY): Outcome {
    return this.kernel.run(limit);
  }

  /** Instructions run so far, all threads together. */
  get instructions(): number {
    return this.kernel.state.instructions;
  }

  /** The same, right inside a hook that an instruction in progress calls (a watched write, CPUID). */
  get now(): number {
    return this.kernel.state.instructions + this.engine.elapsed();
  }

  get process(): Process | undefined {
    return this.kernel.first;
  }

  set hooks(h: KernelHooks) {
    this.kernel.hooks = h;
  }

  /** Stops the run (Outcome.Stopped) as soon as the current slice ends. */
  stop(): void {
    this.kernel.stopRequested = true;
    this.engine.stop();
  }

  /** Reports when a thread is about to execute the instruction at pc: hooks.probe. */
  probe(pc: number, on = true): void {
    this.engine.setProbe(pc, on);
  }

  snapshot(): Snapshot {
    return takeSnapshot(this.kernel);
  }

  restore(s: Snapshot): void {
    restoreGraph(this.kernel, s);
  }

  /** A hash of everything that determines the rest of the run: memory, registers, kernel objects. */
  hash(): string {
    return hashState(this.kernel);
  }

  /** The exit status as a shell reports it: the code, or 128 plus the signal. */
  get exitStatus(): number {
    const p = this.kernel.first;
    if (p === undefined) return 0;
    return p.killedBy !== 0 ? 128 + p.killedBy : p.exitCode;
  }
}

function tryNode(k: Kernel, path: string): FileNode | undefined {
  try {
    const { node } = k.state.tree.walk(k.state.tree.root, path, true);
    return node instanceof FileNode ? node : undefined;
  } catch {
    return undefined;
  }
}

export { ElfError, Outcome };
