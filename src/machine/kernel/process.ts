// Processes and threads as the kernel sees them. Everything here is plain data, so that a snapshot can copy it.

import { At } from "../mem/layout.ts";
import type { AddressSpace } from "../mem/space.ts";
import { Errno, fail } from "./errno.ts";
import type { OpenFile } from "./files.ts";
import type { DirNode } from "./vfs.ts";

/** What a process does on a signal. */
export class SigAction {
  constructor(
    /** 0 default, 1 ignore, else the handler's address. */
    readonly handler: number,
    readonly flagsLo: number,
    readonly flagsHi: number,
    readonly restorer: number,
    readonly mask: bigint,
  ) {}
}

/** A signal on its way. */
export class SigInfo {
  constructor(
    readonly signo: number,
    readonly code: number,
    /** Sender, or child. */
    readonly pid: number,
    readonly uid: number,
    /** Fault address, or exit status, or timer value. */
    readonly value: number,
    readonly trap: number,
    readonly error: number,
  ) {}
}

/** A system call that waits: it is made again until it no longer blocks. */
export class Wait {
  /** The kernel's event count when it was last tried. */
  seen = -1;
  /** Futex waited for: physical or virtual key, empty for others. */
  futex = "";
  bitset = -1;
  constructor(
    readonly nr: number,
    readonly args: readonly number[],
    /** When it gives up, in virtual nanoseconds. */
    public deadline: number,
  ) {}
}

export const enum ThreadState {
  Running = 0,
  Waiting = 1,
  Dead = 2,
}

export class Thread {
  /** The CPU state while the thread is not loaded: linear memory below At.StateEnd. */
  readonly cpu = new Uint8Array(At.StateEnd);
  pc = 0;
  state: ThreadState = ThreadState.Running;
  wait: Wait | undefined;
  mask = 0n;
  /** Mask to go back to after a handler: sigsuspend, ppoll. */
  savedMask: bigint | undefined;
  pending: SigInfo[] = [];
  altStack = 0;
  altSize = 0;
  altFlags = 2;
  clearTid = 0;
  /** Instructions run. */
  used = 0;
  name = "";
  /** Parent waiting for this vfork child. */
  vforkParent: Thread | undefined;
  instructionsAtStart = 0;
  cpuNumber = 0;

  constructor(
    readonly tid: number,
    public process: Process,
  ) {
    const v = new DataView(this.cpu.buffer);
    v.setInt32(At.FlagD, 1, true);
    v.setUint32(At.Mxcsr, 0x1f80, true);
    v.setUint32(At.X87Control, 0x37f, true);
    // All arithmetic flags clear: ZF=0 wants FlagZ != 0, PF=0 an odd byte.
    v.setInt32(At.FlagZ, 1, true);
    v.setInt32(At.FlagS, 1, true);
  }
}

/** A descriptor table. */
export class FdTable {
  readonly files: (OpenFile | undefined)[] = [];
  readonly closeOnExec = new Set<number>();
  limit = 1024;
  users = 1;

  get(fd: number): OpenFile {
    return this.files[fd] ?? fail(Errno.EBADF);
  }

  /** The lowest free descriptor not below `from`. */
  add(file: OpenFile, closeOnExec: boolean, from = 0): number {
    let fd = from;
    while (this.files[fd] !== undefined) fd++;
    if (fd >= this.limit) fail(Errno.EMFILE);
    this.put(fd, file, closeOnExec);
    return fd;
  }

  put(fd: number, file: OpenFile, closeOnExec: boolean): void {
    while (this.files.length < fd) this.files.push(undefined);
    this.files[fd] = file;
    file.refs++;
    if (closeOnExec) this.closeOnExec.add(fd);
    else this.closeOnExec.delete(fd);
  }

  close(fd: number): OpenFile | undefined {
    const f = this.files[fd] ?? fail(Errno.EBADF);
    this.files[fd] = undefined;
    this.closeOnExec.delete(fd);
    if (--f.refs === 0) {
      f.close();
      return f;
    }
    return undefined;
  }

  fork(): FdTable {
    const t = new FdTable();
    t.limit = this.limit;
    this.files.forEach((f, fd) => {
      if (f !== undefined) t.put(fd, f, this.closeOnExec.has(fd));
    });
    return t;
  }
}

/** An interval timer. */
export class Timer {
  deadline = Number.POSITIVE_INFINITY;
  interval = 0;
  constructor(
    readonly id: number,
    readonly signo: number,
    /** Thread to signal, or 0 for the process. */
    readonly tid: number,
    /** Counts CPU time of this thread (or process, 0) rather than the clock; -1: the clock. */
    readonly cpuOf: number,
    readonly value: number,
  ) {}
}

export class Process {
  readonly threads: Thread[] = [];
  fds = new FdTable();
  actions = new Map<number, SigAction>();
  pending: SigInfo[] = [];
  exitCode = 0;
  /** Signal that ended it. */
  killedBy = 0;
  exited = false;
  reaped = false;
  umask = 0o022;
  pgid: number;
  sid: number;
  exe = "";
  argv: readonly string[] = [];
  env: readonly string[] = [];
  auxv: Uint8Array = new Uint8Array(0);
  readonly timers = new Map<number, Timer>();
  nextTimer = 0;
  /** Signal sent to the parent on exit. */
  exitSignal = 17;
  limits = new Map<number, readonly [number, number]>();
  usedByDead = 0;

  constructor(
    readonly pid: number,
    public parent: number,
    public space: AddressSpace,
    public cwd: DirNode,
  ) {
    this.pgid = pid;
    this.sid = pid;
  }

  get main(): Thread | undefined {
    return this.threads[0];
  }
}
