// The kernel: scheduling, waiting, signals, and the way of a system call from the CPU to its function and back.

import type { Engine } from "../cpu/engine.ts";
import type { Frames } from "../mem/frames.ts";
import { OutOfFrames } from "../mem/frames.ts";
import { At, Exit } from "../mem/layout.ts";
import { AddressSpace, PageFault } from "../mem/space.ts";
import { Errno, SysError } from "./errno.ts";
import { Block, RandomSource, type StreamPort, type Terminal } from "./files.ts";
import { Process, type SigAction, SigInfo, Thread, ThreadState, type Timer, Wait } from "./process.ts";
import { bit, ignoredByDefault, pushFrame, Sig } from "./signals.ts";
import { signedArgs } from "./table.ts";
import { FileTree } from "./vfs.ts";

/** What a run of the machine ended with. */
export const enum Outcome {
  /** The instruction limit was reached. */
  Limit = 0,
  /** The first process is gone. */
  Exited = 1,
  /** Every thread waits for input from outside. */
  Input = 2,
  /** A probe or a debugger asked to stop. */
  Stopped = 3,
  /** Every thread waits and nothing can wake one. */
  Deadlock = 4,
  /** Every thread waits for real time to pass: Kernel.wakeAfter. */
  Waiting = 5,
}

export interface KernelOptions {
  seed: number;
  /** Guest CPUs that the kernel reports. */
  cpus: number;
  /** Nanoseconds since the epoch at the start. */
  epoch: number;
  /** Milliseconds of real time, for sleeping in real time; undefined: virtual time. */
  realtime: (() => number) | undefined;
  /** Instructions of a time slice. */
  quantum: number;
  hostname: string;
}

/** Everything that a snapshot must keep besides memory. */
export class KernelState {
  readonly processes = new Map<number, Process>();
  nextPid = 1000;
  /** Nanoseconds that passed while nobody ran. */
  skipped = 0;
  instructions = 0;
  /** Threads in turn. */
  queue: Thread[] = [];
  current: Thread | undefined;
  /** Instructions left in the current slice. */
  slice = 0;
  /** Counts what may end somebody's waiting. */
  events = 0;
  tree = new FileTree();
  random: RandomSource;
  /** For AT_RANDOM and getrandom; the scheduler has its own. */
  jitter: RandomSource;
  /** Bytes written to the outside, per stream. */
  readonly written = [0, 0, 0];
  /** Bytes of input consumed. */
  inputUsed = 0;
  inputEnd = false;
  sockets: object | undefined;
  nextPort = 40000;
  nextInode = 2;
  skipProbe = false;

  constructor(seed: number) {
    this.random = new RandomSource(seed);
    this.jitter = new RandomSource(seed ^ 0x5eed);
  }
}

export type SyscallFunction = (k: Kernel, t: Thread, args: readonly number[]) => number;

/** Hooks of whoever watches. */
export interface KernelHooks {
  /** Before and after a system call; result is undefined while it waits, and for those that do not return. */
  syscall?: (t: Thread, nr: number, args: readonly number[], result: number | undefined) => void;
  entered?: (t: Thread, nr: number, args: readonly number[]) => void;
  signal?: (t: Thread, info: SigInfo, action: SigAction | undefined) => void;
  thread?: (t: Thread, parent: Thread | undefined) => void;
  threadExit?: (t: Thread) => void;
  /** A probe was met: return true to stop the run. */
  probe?: (t: Thread, pc: number) => boolean;
  /** A process dies of a signal. */
  fatal?: (t: Thread, info: SigInfo) => void;
  unimplemented?: (t: Thread, nr: number, args: readonly number[]) => void;
  exec?: (p: Process) => void;
}

const infinity = Number.POSITIVE_INFINITY;
/** RDI RSI RDX R10 R8 R9. */
const argRegs = [7, 6, 2, 10, 8, 9];

export class Kernel implements StreamPort {
  state: KernelState;
  hooks: KernelHooks = {};
  private loaded: Thread | undefined;
  /** Input received so far: a restored machine reads it again. */
  private readonly inputLog: Uint8Array[] = [];
  private inputLength = 0;
  private inputClosed = false;
  /** Bytes that really went out, per stream. */
  private readonly emitted = [0, 0, 0];
  stopRequested = false;
  private readonly started: number;
  /** Somebody reads standard input and there is none. */
  private wantsInput = false;

  constructor(
    readonly engine: Engine,
    readonly frames: Frames,
    readonly terminalPort: Terminal,
    readonly options: KernelOptions,
    readonly syscalls: readonly (SyscallFunction | undefined)[],
  ) {
    this.state = new KernelState(options.seed);
    this.started = options.realtime?.() ?? 0;
    engine.helpers.random = () => (BigInt(this.state.random.next()) << 32n) | BigInt(this.state.random.next());
    engine.helpers.timestamp = (ip) =>
      this.state.instructions + (engine.now(ip) - engine.instructions) + this.state.skipped;
  }

  // --- time ---

  /** Nanoseconds since the machine started. One instruction takes one. */
  now(): number {
    if (this.options.realtime !== undefined)
      return Math.max(0, Math.round((this.options.realtime() - this.started) * 1e6));
    return this.state.instructions + this.state.skipped;
  }

  wall(): number {
    return this.options.epoch + this.now();
  }

  // --- CPU state of a thread, loaded or not ---

  cpuView(t: Thread): DataView {
    return t === this.loaded ? this.frames.view : new DataView(t.cpu.buffer);
  }

  reg(t: Thread, n: number): number {
    const v = this.cpuView(t);
    return v.getUint32(At.Regs + n * 8 + 4, true) * 4294967296 + v.getUint32(At.Regs + n * 8, true);
  }

  setReg(t: Thread, n: number, value: number): void {
    const v = this.cpuView(t);
    v.setUint32(At.Regs + n * 8, value >>> 0, true);
    v.setUint32(At.Regs + n * 8 + 4, Math.floor(value / 4294967296) >>> 0, true);
  }

  flagsOf(t: Thread): number {
    const v = this.cpuView(t);
    let f = 0x202 | (v.getInt32(At.FlagC, true) & 1) | v.getInt32(At.FlagX, true);
    let p = v.getUint8(At.FlagS);
    p ^= p >> 4;
    p ^= p >> 2;
    p ^= p >> 1;
    if ((p & 1) === 0) f |= 4;
    f |= v.getUint8(At.FlagA) & 16;
    if (v.getBigInt64(At.FlagZ, true) === 0n) f |= 64;
    if (v.getInt32(At.FlagS + 4, true) < 0) f |= 128;
    if (v.getInt32(At.FlagD, true) < 0) f |= 1024;
    if (v.getInt32(At.FlagO + 4, true) < 0) f |= 2048;
    return f;
  }

  setFlagsOf(t: Thread, f: number): void {
    const v = this.cpuView(t);
    v.setInt32(At.FlagC, f & 1, true);
    v.setBigInt64(At.FlagZ, (f & 64) !== 0 ? 0n : 1n, true);
    v.setBigInt64(At.FlagS, ((f & 128) !== 0 ? -0x8000000000000000n : 0n) | ((f & 4) !== 0 ? 0n : 1n), true);
    v.setBigInt64(At.FlagO, (f & 2048) !== 0 ? -1n : 0n, true);
    v.setBigInt64(At.FlagA, BigInt(f & 16), true);
    v.setInt32(At.FlagD, (f & 1024) !== 0 ? -1 : 1, true);
    v.setInt32(At.FlagX, f & 0x240000, true);
  }

  /** Writes the extended state of a thread into the guest. */
  storeFpState(t: Thread, at: number): void {
    this.load(t);
    const bytes = new Uint8Array(832);
    this.engine.helpers.packState(bytes);
    new DataView(bytes.buffer).setUint32(464, 0x46505853, true);
    new DataView(bytes.buffer).setUint32(468, 832 + 4, true);
    bytes[512] = 7;
    bytes.set(this.frames.u8.subarray(At.VecHigh, At.VecHigh + 256), 576);
    t.process.space.write(at, bytes);
  }

  loadFpState(t: Thread, at: number): void {
    this.load(t);
    const bytes = t.process.space.read(at, 832);
    this.engine.helpers.unpackState(bytes);
    if (new DataView(bytes.buffer).getUint32(464, true) === 0x46505853)
      this.frames.u8.set(bytes.subarray(576, 832), At.VecHigh);
  }

  /** Brings a thread's registers into the linear memory. */
  load(t: Thread): void {
    if (this.loaded !== t) {
      this.unload();
      this.frames.u8.set(t.cpu, 0);
      this.loaded = t;
      this.engine.helpers.cpuNumber = t.cpuNumber;
    }
    if (this.engine.space !== t.process.space) this.engine.setSpace(t.process.space);
  }

  /** Takes the registers back into their thread. */
  unload(): void {
    if (this.loaded === undefined) return;
    this.loaded.cpu.set(this.frames.u8.subarray(0, At.StateEnd));
    this.loaded = undefined;
  }

  /** The loaded registers are void: a snapshot is about to replace them. */
  forget(): void {
    this.loaded = undefined;
  }

  /** A node's inode number: given when it is first asked for, so that it depends on the run alone. */
  inodeOf(node: { ino: number }): number {
    if (node.ino === 0) node.ino = this.state.nextInode++;
    return node.ino;
  }

  // --- processes and threads ---

  newProcess(parent: number, space: AddressSpace): Process {
    const pid = this.state.nextPid++;
    const p = new Process(pid, parent, space, this.state.tree.root);
    this.state.processes.set(pid, p);
    this.addThread(p, pid, undefined);
    return p;
  }

  addThread(p: Process, tid: number, parent: Thread | undefined): Thread {
    const t = new Thread(tid, p);
    t.instructionsAtStart = this.state.instructions;
    p.threads.push(t);
    this.state.queue.push(t);
    if (parent !== undefined) this.hooks.thread?.(t, parent);
    return t;
  }

  findThread(tid: number): Thread | undefined {
    for (const p of this.state.processes.values()) {
      for (const t of p.threads) if (t.tid === tid && t.state !== ThreadState.Dead) return t;
    }
    return undefined;
  }

  /** Ends one thread. */
  exitThread(t: Thread, code: number): void {
    if (t.state === ThreadState.Dead) return;
    const p = t.process;
    t.state = ThreadState.Dead;
    t.wait = undefined;
    p.usedByDead += t.used;
    if (this.loaded === t) this.unload();
    if (this.state.current === t) this.state.current = undefined;
    this.state.queue = this.state.queue.filter((x) => x !== t);
    this.hooks.threadExit?.(t);
    if (t.clearTid !== 0) {
      try {
        p.space.setU32(t.clearTid, 0);
        this.futexWake(p.space, t.clearTid, 1, -1);
      } catch (e) {
        if (!(e instanceof PageFault)) throw e;
      }
    }
    p.threads.splice(p.threads.indexOf(t), 1);
    this.releaseVfork(t);
    if (p.threads.length === 0) this.finish(p, code, 0);
  }

  releaseVfork(t: Thread): void {
    const parent = t.vforkParent;
    if (parent === undefined) return;
    t.vforkParent = undefined;
    if (parent.state === ThreadState.Waiting && parent.wait?.futex === "vfork") {
      parent.wait = undefined;
      parent.state = ThreadState.Running;
    }
  }

  /** Ends a whole process. */
  exitProcess(p: Process, code: number, killedBy: number): void {
    if (p.exited) return;
    p.exitCode = code;
    for (const t of [...p.threads]) {
      t.state = ThreadState.Dead;
      t.wait = undefined;
      p.usedByDead += t.used;
      if (this.loaded === t) this.unload();
      if (this.state.current === t) this.state.current = undefined;
      this.hooks.threadExit?.(t);
      this.releaseVfork(t);
    }
    this.state.queue = this.state.queue.filter((t) => t.process !== p);
    p.threads.length = 0;
    this.finish(p, code, killedBy);
  }

  private finish(p: Process, code: number, killedBy: number): void {
    if (p.exited) return;
    p.exited = true;
    p.exitCode = code;
    p.killedBy = killedBy;
    if (--p.fds.users === 0) {
      p.fds.files.forEach((f, fd) => {
        if (f === undefined) return;
        try {
          p.fds.close(fd);
        } catch (e) {
          if (!(e instanceof SysError)) throw e;
        }
      });
    }
    this.releaseSpace(p);
    this.state.events++;
    for (const c of this.state.processes.values()) if (c.parent === p.pid) c.parent = this.first?.pid ?? 0;
    const parent = this.state.processes.get(p.parent);
    if (parent !== undefined && !parent.exited && p.exitSignal !== 0) {
      const how = killedBy !== 0 ? 2 : 1;
      this.signalProcess(parent, new SigInfo(p.exitSignal, how, p.pid, 0, killedBy !== 0 ? killedBy : code, 0, 0));
    }
  }

  releaseSpace(p: Process): void {
    if (--p.space.users > 0) return;
    // The first process's memory stays, for whoever looks at it afterwards.
    if (p === this.first) return;
    if (this.engine.space === p.space) this.engine.setSpace(this.first?.space ?? new AddressSpace(this.frames));
    p.space.clear();
    this.engine.dropSpace(p.space);
  }

  /** The process the machine was started for. */
  get first(): Process | undefined {
    return this.state.processes.values().next().value;
  }

  exited(pid: number): boolean {
    return this.state.processes.get(pid)?.exited ?? true;
  }

  // --- signals ---

  signalThread(t: Thread, info: SigInfo): void {
    if (this.discards(t.process, info.signo) && (t.mask & bit(info.signo)) === 0n) return;
    if (info.signo < 32 && t.pending.some((p) => p.signo === info.signo)) return;
    t.pending.push(info);
    this.interrupt(t, info.signo);
  }

  signalProcess(p: Process, info: SigInfo): void {
    if (p.exited) return;
    const open = p.threads.find((t) => (t.mask & bit(info.signo)) === 0n);
    if (this.discards(p, info.signo) && open !== undefined) return;
    if (info.signo < 32 && p.pending.some((x) => x.signo === info.signo)) return;
    p.pending.push(info);
    if (open !== undefined) this.interrupt(open, info.signo);
    this.state.events++;
  }

  private discards(p: Process, signo: number): boolean {
    if (signo === Sig.KILL) return false;
    const a = p.actions.get(signo);
    return a === undefined || a.handler === 0 ? ignoredByDefault(signo) : a.handler === 1;
  }

  /** A waiting thread notices an unblocked signal. */
  private interrupt(t: Thread, signo: number): void {
    if (t.state !== ThreadState.Waiting || (t.mask & bit(signo)) !== 0n || t.wait === undefined) return;
    if (t.wait.futex === "vfork") return;
    const action = t.process.actions.get(signo);
    const restart = action !== undefined && (action.flagsLo & 0x10000000) !== 0 && restartable(t.wait);
    const w = t.wait;
    t.wait = undefined;
    t.state = ThreadState.Running;
    if (restart) {
      t.pc -= 2;
      this.setReg(t, 0, w.nr);
    } else {
      this.hooks.syscall?.(t, w.nr, w.args, -Errno.EINTR);
      this.setReg(t, 0, -Errno.EINTR);
      this.setHigh(t, 0);
    }
  }

  private setHigh(t: Thread, n: number): void {
    // setReg of a negative number writes the two's complement of its low word; the high word follows the sign.
    this.cpuView(t).setUint32(At.Regs + n * 8 + 4, 0xffffffff, true);
  }

  private setResult(t: Thread, r: number): void {
    this.setReg(t, 0, r);
    if (r < 0) this.setHigh(t, 0);
  }

  /** Delivers what is pending and not blocked. Returns false when the thread is gone. */
  private deliver(t: Thread): boolean {
    for (;;) {
      let list = t.pending;
      let i = list.findIndex((s) => (t.mask & bit(s.signo)) === 0n || s.signo === Sig.KILL);
      if (i < 0) {
        list = t.process.pending;
        i = list.findIndex((s) => (t.mask & bit(s.signo)) === 0n || s.signo === Sig.KILL);
        if (i < 0) return true;
      }
      const info = list[i] as SigInfo;
      list.splice(i, 1);
      if (!this.handle(t, info)) return false;
    }
  }

  /** Lets a signal act on a thread now. */
  private handle(t: Thread, info: SigInfo): boolean {
    const action = t.process.actions.get(info.signo);
    this.hooks.signal?.(t, info, action);
    if (action === undefined || action.handler === 0 || info.signo === Sig.KILL) {
      if (ignoredByDefault(info.signo)) return true;
      this.hooks.fatal?.(t, info);
      this.exitProcess(t.process, 0, info.signo);
      return false;
    }
    if (action.handler === 1) return true;
    try {
      pushFrame(this, t, info, action);
      return true;
    } catch (e) {
      if (!(e instanceof PageFault)) throw e;
      // No stack for the handler: the process dies of SIGSEGV.
      this.hooks.fatal?.(t, new SigInfo(Sig.SEGV, 128, 0, 0, e.address, 14, 0));
      this.exitProcess(t.process, 0, Sig.SEGV);
      return false;
    }
  }

  /** A signal that the thread's own instruction caused: it cannot be blocked or ignored. */
  private force(t: Thread, info: SigInfo): void {
    const action = t.process.actions.get(info.signo);
    if ((t.mask & bit(info.signo)) !== 0n || action?.handler === 1) {
      t.process.actions.delete(info.signo);
      t.mask &= ~bit(info.signo);
    }
    this.handle(t, info);
  }

  // --- futex ---

  futexKey(space: AddressSpace, address: number): string {
    for (const p of this.state.processes.values()) if (p.space === space) return `${p.pid}:${address}`;
    return `?:${address}`;
  }

  futexWake(space: AddressSpace, address: number, count: number, bitset: number): number {
    let n = 0;
    if (count <= 0) return 0;
    const key = this.futexKey(space, address);
    for (const t of this.state.queue) {
      if (t.state !== ThreadState.Waiting || t.wait?.futex !== key || (t.wait.bitset & bitset) === 0) continue;
      const w = t.wait;
      t.wait = undefined;
      t.state = ThreadState.Running;
      this.setResult(t, 0);
      this.hooks.syscall?.(t, w.nr, w.args, 0);
      if (++n === count) break;
    }
    return n;
  }

  futexRequeue(space: AddressSpace, from: number, to: number, count: number): number {
    const key = this.futexKey(space, from);
    const target = this.futexKey(space, to);
    let n = 0;
    for (const t of this.state.queue) {
      if (n === count) break;
      if (t.state === ThreadState.Waiting && t.wait?.futex === key) {
        t.wait.futex = target;
        n++;
      }
    }
    return n;
  }

  // --- system calls ---

  private syscall(t: Thread): void {
    const v = this.cpuView(t);
    const nr = v.getUint32(At.Regs, true);
    const args = [this.reg(t, 7), this.reg(t, 6), this.reg(t, 2), this.reg(t, 10), this.reg(t, 8), this.reg(t, 9)];
    const signed = nr < signedArgs.length ? (signedArgs[nr] as number) : 0;
    for (let i = 0; i < 6; i++) {
      if (((signed >> i) & 1) === 0 || (args[i] as number) < 0x7fffffff00000000) continue;
      const at = At.Regs + (argRegs[i] as number) * 8;
      args[i] = v.getInt32(at + 4, true) * 4294967296 + v.getUint32(at, true);
    }
    // SYSCALL leaves the return address in RCX and the flags in R11.
    this.setReg(t, 1, t.pc);
    this.setReg(t, 11, this.flagsOf(t));
    this.hooks.entered?.(t, nr, args);
    const r = this.perform(t, nr, args);
    if (r === Block) {
      const w = t.wait ?? new Wait(nr, args, infinity);
      t.wait = w;
      w.seen = this.state.events;
      t.state = ThreadState.Waiting;
      return;
    }
    this.complete(t, nr, args, r);
  }

  private complete(t: Thread, nr: number, args: readonly number[], r: number): void {
    // Such a call has arranged everything itself; a vfork's parent waits from here on.
    if (r === NoResult) return;
    t.wait = undefined;
    if (t.state === ThreadState.Waiting) t.state = ThreadState.Running;
    if (t.state === ThreadState.Dead) return;
    this.setResult(t, r);
    this.hooks.syscall?.(t, nr, args, r);
    if (changesNothing(nr)) return;
    this.state.events++;
  }

  private perform(t: Thread, nr: number, args: readonly number[]): number {
    const f = this.syscalls[nr];
    if (f === undefined) {
      this.hooks.unimplemented?.(t, nr, args);
      return -Errno.ENOSYS;
    }
    try {
      this.state.tree.self = t.process.pid;
      return f(this, t, args);
    } catch (e) {
      if (e instanceof SysError) return -e.errno;
      if (e instanceof PageFault) return -Errno.EFAULT;
      if (e instanceof OutOfFrames) return -Errno.ENOMEM;
      throw e;
    }
  }

  /** For a system call that waits: when it gives up. The first try starts the clock. */
  deadline(t: Thread, nr: number, args: readonly number[], timeout: number): number {
    if (t.wait === undefined) t.wait = new Wait(nr, args, this.now() + timeout);
    return t.wait.deadline;
  }

  /** Whether a waiting system call's time is over. */
  expired(t: Thread): boolean {
    return t.wait !== undefined && t.wait.deadline <= this.now();
  }

  /** Tries the calls of waiting threads again where something may have changed. */
  private retry(): void {
    const now = this.now();
    const queue = this.state.queue;
    for (let i = 0; i < queue.length; i++) {
      const t = queue[i] as Thread;
      if (t.state !== ThreadState.Waiting) continue;
      const w = t.wait;
      if (w === undefined || w.futex === "vfork") continue;
      if (w.futex !== "") {
        if (w.deadline > now) continue;
        t.wait = undefined;
        t.state = ThreadState.Running;
        this.setResult(t, -Errno.ETIMEDOUT);
        this.hooks.syscall?.(t, w.nr, w.args, -Errno.ETIMEDOUT);
        continue;
      }
      if (w.seen === this.state.events && w.deadline > now) continue;
      const r = this.perform(t, w.nr, w.args);
      w.seen = this.state.events;
      if (r === Block) continue;
      this.complete(t, w.nr, w.args, r);
      // What it did may concern one that was looked at already.
      if (!changesNothing(w.nr)) i = -1;
    }
  }

  // --- timers ---

  private cpuTime(p: Process, tid: number): number {
    let n = tid === 0 ? p.usedByDead : 0;
    for (const t of p.threads) if (tid === 0 || t.tid === tid) n += t.used;
    return n;
  }

  timerNow(p: Process, t: Timer): number {
    return t.cpuOf < 0 ? this.now() : this.cpuTime(p, t.cpuOf);
  }

  private fireTimers(): void {
    for (const p of this.state.processes.values()) {
      if (p.timers.size === 0 || p.exited) continue;
      for (const timer of p.timers.values()) {
        const now = this.timerNow(p, timer);
        if (timer.deadline > now) continue;
        timer.deadline = timer.interval > 0 ? now + timer.interval : infinity;
        const info = new SigInfo(timer.signo, timer.id >= 0 ? -2 : 128, 0, 0, timer.value, 0, 0);
        const target = timer.tid === 0 ? undefined : p.threads.find((t) => t.tid === timer.tid);
        if (target !== undefined) this.signalThread(target, info);
        else this.signalProcess(p, info);
      }
    }
  }

  /** When something happens by itself: the nearest deadline of a wait or a timer. */
  private nextDeadline(): number {
    let d = infinity;
    for (const t of this.state.queue)
      if (t.state === ThreadState.Waiting && t.wait !== undefined && t.wait.deadline < d) d = t.wait.deadline;
    for (const p of this.state.processes.values()) {
      if (p.exited) continue;
      for (const timer of p.timers.values()) {
        if (timer.cpuOf < 0) d = Math.min(d, timer.deadline);
        else if (timer.deadline !== infinity) {
          const left = timer.deadline - this.timerNow(p, timer);
          d = Math.min(d, this.now() + Math.max(1, left));
        }
      }
    }
    return d;
  }

  // --- the run loop ---

  /** Runs until `limit` more instructions are done or the outcome says otherwise. */
  run(limit: number): Outcome {
    const state = this.state;
    const target = state.instructions + limit;
    this.stopRequested = false;
    if (this.wantsInput) {
      this.wantsInput = false;
      for (const t of state.queue) if (t.wait !== undefined) t.wait.seen = -1;
    }
    for (;;) {
      const first = this.first;
      if (first === undefined || first.exited) return Outcome.Exited;
      if (state.instructions >= target) return Outcome.Limit;
      let t = state.current;
      // Only at the end of a slice, or when a time has come: where a caller cuts the run must make no difference.
      if (t === undefined || t.state !== ThreadState.Running || state.slice <= 0 || this.nextDeadline() <= this.now()) {
        this.fireTimers();
        this.retry();
        if (this.wantsInput && this.options.realtime === undefined) return Outcome.Input;
        t = state.current;
      }
      if (t === undefined || t.state !== ThreadState.Running || state.slice <= 0) {
        t = this.pick();
        if (t === undefined) {
          if (this.first?.exited === true) continue;
          const d = this.nextDeadline();
          if (d === infinity) return this.wantsInput ? Outcome.Input : Outcome.Deadlock;
          if (this.options.realtime !== undefined) {
            this.wakeAfter = Math.max(0, d - this.now()) / 1e6;
            return Outcome.Waiting;
          }
          state.skipped += Math.max(0, d - this.now());
          continue;
        }
        state.current = t;
        state.slice = this.options.quantum + (state.jitter.next() % 1024);
      }
      if (!this.deliver(t)) continue;
      this.load(t);
      this.engine.pc = t.pc;
      let budget = Math.min(state.slice, target - state.instructions);
      const d = this.nextDeadline();
      if (d !== infinity) budget = Math.max(1, Math.min(budget, d - this.now()));
      const before = this.engine.instructions;
      const skip = state.skipProbe;
      state.skipProbe = false;
      let stop: ReturnType<Engine["run"]>;
      try {
        stop = this.engine.run(budget, skip);
      } catch (e) {
        if (!(e instanceof OutOfFrames)) throw e;
        this.hooks.fatal?.(t, new SigInfo(Sig.KILL, 0, 0, 0, 0, 0, 0));
        this.exitProcess(t.process, 0, Sig.KILL);
        continue;
      }
      const ran = this.engine.instructions - before;
      state.instructions += ran;
      state.slice -= ran;
      t.used += ran;
      t.pc = this.engine.pc;
      if (this.dispatch(t, stop.exit, stop.fault)) return Outcome.Stopped;
      // In virtual time the world stands still until the input is there: when it comes makes no difference then.
      if (this.wantsInput && this.options.realtime === undefined && t.state === ThreadState.Waiting)
        return Outcome.Input;
      if (this.stopRequested) {
        this.stopRequested = false;
        return Outcome.Stopped;
      }
    }
  }

  /** After Outcome.Waiting: milliseconds until somebody wakes. */
  wakeAfter = 0;

  private pick(): Thread | undefined {
    const q = this.state.queue;
    for (let i = 0; i < q.length; i++) {
      const t = q[i] as Thread;
      if (t.state !== ThreadState.Running) continue;
      // To the end of the queue: everybody has a turn.
      q.splice(i, 1);
      q.push(t);
      return t;
    }
    return undefined;
  }

  /** What the CPU stopped for. True ends the run. */
  private dispatch(t: Thread, exit: Exit, fault: PageFault | undefined): boolean {
    switch (exit) {
      case Exit.Budget:
        return false;
      case Exit.Syscall:
        this.syscall(t);
        return false;
      case Exit.Probe:
        this.state.skipProbe = true;
        return this.hooks.probe?.(t, t.pc) ?? false;
      case Exit.Int3:
        this.force(t, new SigInfo(Sig.TRAP, 128, 0, 0, t.pc, 3, 0));
        return false;
      case Exit.Undefined:
        this.force(t, new SigInfo(Sig.ILL, 2, 0, 0, t.pc, 6, 0));
        return false;
      case Exit.Divide:
        this.force(t, new SigInfo(Sig.FPE, 1, 0, 0, t.pc, 0, 0));
        return false;
      case Exit.Halt:
        this.force(t, new SigInfo(Sig.SEGV, 128, 0, 0, 0, 13, 0));
        return false;
      default: {
        const f = fault as PageFault;
        if (f.exec && f.hi === 0xffffffff && this.vsyscall(t, f.lo)) return false;
        const error = (f.code === 2 ? 1 : 0) | (f.write ? 2 : 0) | 4 | (f.exec ? 16 : 0);
        if (f.code === 7) this.force(t, new SigInfo(Sig.BUS, 2, 0, 0, f.address, 14, error));
        else if (f.code === 129) this.force(t, new SigInfo(Sig.BUS, 128, 0, 0, 0, 12, 0));
        else if (f.code === 128) this.force(t, new SigInfo(Sig.SEGV, 128, 0, 0, 0, 13, 0));
        else this.force(t, new SigInfo(Sig.SEGV, f.code, 0, 0, f.address, 14, error));
        return false;
      }
    }
  }

  /** The page of calls at a fixed address that old programs use (Go up to 1.15 without a vDSO): made, and returned from. */
  private vsyscall(t: Thread, lo: number): boolean {
    const nr = lo === 0xff600000 ? 96 : lo === 0xff600400 ? 201 : lo === 0xff600800 ? 309 : -1;
    if (nr < 0) return false;
    const sp = this.reg(t, 4);
    const args = [this.reg(t, 7), this.reg(t, 6), this.reg(t, 2), 0, 0, 0];
    try {
      t.pc = t.process.space.u64(sp);
    } catch (e) {
      if (!(e instanceof PageFault)) throw e;
      return false;
    }
    this.setReg(t, 4, sp + 8);
    this.complete(t, nr, args, this.perform(t, nr, args));
    return true;
  }

  /** The current thread gives up the rest of its slice. */
  yield(): void {
    this.state.slice = 0;
  }

  // --- standard streams ---

  input(count: number): Uint8Array | undefined {
    const s = this.state;
    if (s.inputUsed >= this.inputLength) {
      if (this.inputClosed) return new Uint8Array(0);
      const more = this.terminalPort.read(0, count);
      if (more === undefined) {
        this.wantsInput = true;
        return undefined;
      }
      this.wantsInput = false;
      if (more.length === 0) {
        this.inputClosed = true;
        return more;
      }
      this.inputLog.push(more.slice());
      this.inputLength += more.length;
    }
    let skip = s.inputUsed;
    for (const c of this.inputLog) {
      if (skip < c.length) {
        const b = c.slice(skip, skip + count);
        s.inputUsed += b.length;
        return b;
      }
      skip -= c.length;
    }
    return new Uint8Array(0);
  }

  ready(): boolean {
    return true;
  }

  output(stream: number, bytes: Uint8Array): boolean {
    const s = this.state;
    const at = s.written[stream] as number;
    const out = this.emitted[stream] as number;
    s.written[stream] = at + bytes.length;
    // After going back, what was written before is not written again.
    if (at + bytes.length <= out) return true;
    const fresh = at < out ? bytes.subarray(out - at) : bytes;
    this.emitted[stream] = at + bytes.length;
    return this.terminalPort.write(stream, fresh);
  }

  terminal(stream: number): boolean {
    return this.terminalPort.isTerminal(stream);
  }
}

/** A call that set its own registers, or does not return. */
export const NoResult = -0x200000;

function restartable(w: Wait): boolean {
  switch (w.nr) {
    case 0: // read
    case 1: // write
    case 17:
    case 18:
    case 19:
    case 20:
    case 43: // accept
    case 44:
    case 45:
    case 46:
    case 47:
    case 61: // wait4
    case 247: // waitid
    case 288: // accept4
      return true;
    case 202:
      return w.deadline === infinity;
    default:
      return false;
  }
}

/** Calls after which no waiting thread needs to look again. */
function changesNothing(nr: number): boolean {
  switch (nr) {
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
    case 24:
    case 28:
    case 35:
    case 39:
    case 96:
    case 186:
    case 201:
    case 202:
    case 228:
    case 230:
    case 204:
    case 218:
    case 131:
    case 158:
    case 281:
    case 232:
    case 318:
      return true;
    default:
      return false;
  }
}
