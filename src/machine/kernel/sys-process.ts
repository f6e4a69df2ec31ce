// Threads, processes, signals, time, identity.

import { At } from "../mem/layout.ts";
import { PageFault } from "../mem/space.ts";
import { Errno, fail } from "./errno.ts";
import { Block, PidFile } from "./files.ts";
import { type Kernel, NoResult } from "./kernel.ts";
import { execute } from "./loader.ts";
import { type Process, SigAction, SigInfo, type Thread, ThreadState, Timer, Wait } from "./process.ts";
import { bit, packInfo, popFrame, Sig } from "./signals.ts";
import { int, syscall } from "./table.ts";
import { textOf } from "./vfs.ts";

const infinity = Number.POSITIVE_INFINITY;

// --- time ---

/** struct timespec as nanoseconds. */
function timespec(t: Thread, at: number): number {
  const s = t.process.space.i64(at);
  const ns = t.process.space.i64(at + 8);
  if (s < 0 || ns < 0 || ns >= 1e9) fail(Errno.EINVAL);
  return s * 1e9 + ns;
}

function putTimespec(t: Thread, at: number, ns: number): void {
  t.process.space.setU64(at, Math.floor(ns / 1e9));
  t.process.space.setU64(at + 8, Math.floor(ns % 1e9));
}

/** The time of a clock in nanoseconds. */
function clock(k: Kernel, t: Thread, id: number): number {
  switch (id) {
    case 0: // REALTIME
    case 5:
    case 11:
      return k.wall();
    case 1: // MONOTONIC
    case 4:
    case 6:
    case 7:
      // As if the machine had been up for a while: no program meets a clock at zero.
      return k.now() + 1e12;
    case 2:
      return t.process.threads.reduce((n, x) => n + x.used, t.process.usedByDead);
    case 3:
      return t.used;
    default:
      return fail(Errno.EINVAL);
  }
}

syscall(228, "clock_gettime", "clock p", (k, t, args) => {
  putTimespec(t, args[1] as number, clock(k, t, int(args[0])));
  return 0;
});
syscall(229, "clock_getres", "clock p", (_k, t, args) => {
  if ((args[1] as number) !== 0) putTimespec(t, args[1] as number, 1);
  return 0;
});
syscall(96, "gettimeofday", "p p", (k, t, args) => {
  const w = k.wall();
  if ((args[0] as number) !== 0) {
    t.process.space.setU64(args[0] as number, Math.floor(w / 1e9));
    t.process.space.setU64((args[0] as number) + 8, Math.floor((w % 1e9) / 1000));
  }
  return 0;
});
syscall(201, "time", "p", (k, t, args) => {
  const s = Math.floor(k.wall() / 1e9);
  if ((args[0] as number) !== 0) t.process.space.setU64(args[0] as number, s);
  return s;
});
syscall(35, "nanosleep", "ts p", (k, t, args) => {
  const d = timespec(t, args[0] as number);
  k.deadline(t, 35, args, d);
  return k.expired(t) ? 0 : Block;
});
syscall(230, "clock_nanosleep", "clock x ts p", (k, t, args) => {
  let d = timespec(t, args[2] as number);
  if ((int(args[1]) & 1) !== 0) d = Math.max(0, d - clock(k, t, int(args[0])));
  k.deadline(t, 230, args, d);
  return k.expired(t) ? 0 : Block;
});
syscall(24, "sched_yield", "", (k) => {
  k.yield();
  return 0;
});

// --- timers ---

function itimer(t: Process, which: number): Timer {
  const id = -1 - which;
  let timer = t.timers.get(id);
  if (timer === undefined) {
    timer = new Timer(id, which === 0 ? Sig.ALRM : which === 1 ? Sig.VTALRM : Sig.PROF, 0, which === 0 ? -1 : 0, 0);
    t.timers.set(id, timer);
  }
  return timer;
}
function timeval(t: Thread, at: number): number {
  return t.process.space.i64(at) * 1e9 + t.process.space.i64(at + 8) * 1000;
}
syscall(38, "setitimer", "d p p", (k, t, args) => {
  const timer = itimer(t.process, int(args[0]));
  const value = timeval(t, (args[1] as number) + 16);
  timer.interval = timeval(t, args[1] as number);
  timer.deadline = value === 0 ? infinity : k.timerNow(t.process, timer) + value;
  if ((args[2] as number) !== 0) t.process.space.write(args[2] as number, new Uint8Array(32));
  return 0;
});
syscall(36, "getitimer", "d p", (_k, t, args) => {
  t.process.space.write(args[1] as number, new Uint8Array(32));
  return 0;
});
syscall(37, "alarm", "u", (k, t, args) => {
  const timer = itimer(t.process, 0);
  const left = timer.deadline === infinity ? 0 : Math.ceil((timer.deadline - k.now()) / 1e9);
  timer.interval = 0;
  timer.deadline = int(args[0]) === 0 ? infinity : k.now() + int(args[0]) * 1e9;
  return left;
});
syscall(222, "timer_create", "clock p p", (_k, t, args) => {
  const clockId = int(args[0]);
  let signo: number = Sig.ALRM;
  let tid = 0;
  let value = 0;
  const p = args[1] as number;
  if (p !== 0) {
    value = t.process.space.i32(p);
    signo = t.process.space.i32(p + 8);
    if (t.process.space.i32(p + 12) === 4) tid = t.process.space.i32(p + 16);
  }
  const cpuOf = clockId === 2 ? 0 : clockId === 3 ? t.tid : -1;
  const id = t.process.nextTimer++;
  t.process.timers.set(id, new Timer(id, signo, tid, cpuOf, value));
  t.process.space.setU32(args[2] as number, id);
  return 0;
});
syscall(223, "timer_settime", "d x p p", (k, t, args) => {
  const timer = t.process.timers.get(int(args[0])) ?? fail(Errno.EINVAL);
  const interval = timespec(t, args[2] as number);
  const value = timespec(t, (args[2] as number) + 16);
  timer.interval = interval;
  const base = (int(args[1]) & 1) !== 0 ? 0 : k.timerNow(t.process, timer);
  timer.deadline = value === 0 ? infinity : base + value;
  if ((args[3] as number) !== 0) t.process.space.write(args[3] as number, new Uint8Array(32));
  return 0;
});
syscall(224, "timer_gettime", "d p", (_k, t, args) => {
  t.process.space.write(args[1] as number, new Uint8Array(32));
  return 0;
});
syscall(226, "timer_delete", "d", (_k, t, args) => (t.process.timers.delete(int(args[0])) ? 0 : -Errno.EINVAL));

// --- futex ---

syscall(202, "futex", "p futex d ts p x", (k, t, args) => {
  const op = int(args[1]) & 0x7f;
  const address = args[0] as number;
  const space = t.process.space;
  switch (op) {
    case 0: // WAIT
    case 9: {
      // WAIT_BITSET
      if (space.u32(address) !== int(args[2]) >>> 0) return -Errno.EAGAIN;
      let timeout = infinity;
      if ((args[3] as number) !== 0) {
        timeout = timespec(t, args[3] as number);
        if (op === 9) timeout = Math.max(0, timeout - clock(k, t, (int(args[1]) & 256) !== 0 ? 0 : 1));
      }
      const w = new Wait(202, args, k.now() + timeout);
      w.futex = k.futexKey(space, address);
      w.bitset = op === 9 ? int(args[5]) : -1;
      t.wait = w;
      return Block;
    }
    case 1:
    case 10:
      return k.futexWake(space, address, int(args[2]), op === 10 ? int(args[5]) : -1);
    case 3: // REQUEUE
    case 4: {
      // CMP_REQUEUE
      if (op === 4 && space.u32(address) !== int(args[5]) >>> 0) return -Errno.EAGAIN;
      const woken = k.futexWake(space, address, int(args[2]), -1);
      return woken + k.futexRequeue(space, address, args[4] as number, int(args[3]));
    }
    case 5: {
      // WAKE_OP
      const second = args[4] as number;
      const code = int(args[5]);
      const oparg = (code << 8) >> 20;
      const cmparg = (code << 20) >> 20;
      const old = space.i32(second);
      const shifted = (code >>> 28) & 8 ? 1 << oparg : oparg;
      const apply = [shifted, old + shifted, old | shifted, old & ~shifted, old ^ shifted][(code >>> 28) & 7] ?? old;
      space.setU32(second, apply >>> 0);
      let n = k.futexWake(space, address, int(args[2]), -1);
      const c = (code >>> 24) & 15;
      const holds =
        [old === cmparg, old !== cmparg, old < cmparg, old <= cmparg, old > cmparg, old >= cmparg][c] === true;
      if (holds) n += k.futexWake(space, second, int(args[3]), -1);
      return n;
    }
    default:
      return -Errno.ENOSYS;
  }
});
syscall(218, "set_tid_address", "p", (_k, t, args) => {
  t.clearTid = args[0] as number;
  return t.tid;
});
syscall(273, "set_robust_list", "p u", () => 0);
syscall(274, "get_robust_list", "d p p", () => -Errno.ENOSYS);

// --- threads and processes ---

function spawn(
  k: Kernel,
  t: Thread,
  flags: number,
  stack: number,
  parentTid: number,
  childTid: number,
  tls: number,
): number {
  const p = t.process;
  let child: Thread;
  const asThread = (flags & 0x10000) !== 0;
  if (asThread) {
    child = k.addThread(p, k.state.nextPid++, undefined);
  } else {
    let space = p.space;
    if ((flags & 0x100) !== 0) space.users++;
    else space = p.space.fork();
    const q = k.newProcess(p.pid, space);
    child = q.threads[0] as Thread;
    q.cwd = p.cwd;
    q.umask = p.umask;
    q.pgid = p.pgid;
    q.sid = p.sid;
    q.exe = p.exe;
    q.argv = p.argv;
    q.env = p.env;
    q.auxv = p.auxv;
    q.limits = new Map(p.limits);
    q.exitSignal = flags & 0xff;
    if ((flags & 0x400) !== 0) {
      q.fds = p.fds;
      p.fds.users++;
    } else q.fds = p.fds.fork();
    q.actions = (flags & 0x800) !== 0 ? p.actions : new Map(p.actions);
    child.name = t.name;
  }
  // The child starts as a copy of the parent, with 0 as its result.
  k.unload();
  child.cpu.set(t.cpu);
  child.pc = t.pc;
  child.mask = t.mask;
  child.cpuNumber = k.options.cpus > 1 ? child.tid % k.options.cpus : 0;
  k.setReg(child, 0, 0);
  if (stack !== 0) k.setReg(child, 4, stack);
  if ((flags & 0x80000) !== 0) setBase(k, child, At.FsBase, tls);
  if ((flags & 0x100000) !== 0) p.space.setU32(parentTid, child.tid);
  if ((flags & 0x1000) !== 0) {
    const f = new PidFile(child.tid, 0, k);
    p.space.setU32(parentTid, p.fds.add(f, true));
  }
  if ((flags & 0x1000000) !== 0) child.process.space.setU32(childTid, child.tid);
  if ((flags & 0x200000) !== 0) child.clearTid = childTid;
  if (!asThread || (flags & 0x100) === 0) {
    child.altStack = t.altStack;
    child.altSize = t.altSize;
  }
  k.hooks.thread?.(child, t);
  if ((flags & 0x4000) !== 0) {
    child.vforkParent = t;
    const w = new Wait(56, [], infinity);
    w.futex = "vfork";
    k.setReg(t, 0, child.tid);
    t.wait = w;
    t.state = ThreadState.Waiting;
    return NoResult;
  }
  return child.tid;
}

function setBase(k: Kernel, t: Thread, at: number, value: number): void {
  const v = k.cpuView(t);
  v.setUint32(at, value >>> 0, true);
  v.setUint32(at + 4, Math.floor(value / 4294967296), true);
}

syscall(56, "clone", "clone p p p p", (k, t, args) =>
  spawn(k, t, args[0] as number, args[1] as number, args[2] as number, args[3] as number, args[4] as number),
);
syscall(57, "fork", "", (k, t) => spawn(k, t, 17, 0, 0, 0, 0));
syscall(58, "vfork", "", (k, t) => spawn(k, t, 0x4111, 0, 0, 0, 0));
syscall(435, "clone3", "p u", () => -Errno.ENOSYS);

syscall(59, "execve", "s p p", (k, t, args) => {
  const space = t.process.space;
  const path = textOf(space.cstring(args[0] as number));
  const list = (at: number): string[] => {
    const out: string[] = [];
    for (let a = at; a !== 0; a += 8) {
      const p = space.u64(a);
      if (p === 0) break;
      out.push(textOf(space.cstring(p)));
    }
    return out;
  };
  execute(k, t, path, list(args[1] as number), list(args[2] as number));
  return NoResult;
});
syscall(60, "exit", "d", (k, t, args) => {
  k.exitThread(t, int(args[0]) & 255);
  return NoResult;
});
syscall(231, "exit_group", "d", (k, t, args) => {
  k.exitProcess(t.process, int(args[0]) & 255, 0);
  return NoResult;
});

/** A child of p that matches, exited or not. */
function children(k: Kernel, p: Process, match: (c: Process) => boolean): Process[] {
  return [...k.state.processes.values()].filter((c) => c.parent === p.pid && !c.reaped && c !== p && match(c));
}
function statusOf(c: Process): number {
  return c.killedBy !== 0 ? c.killedBy : c.exitCode << 8;
}
syscall(61, "wait4", "d p x p", (k, t, args) => {
  const pid = int(args[0]);
  const list = children(
    k,
    t.process,
    (c) => pid === -1 || c.pid === pid || (pid === 0 && c.pgid === t.process.pgid) || (pid < -1 && c.pgid === -pid),
  );
  if (list.length === 0) fail(Errno.ECHILD);
  const dead = list.find((c) => c.exited);
  if (dead === undefined) {
    if ((int(args[2]) & 1) !== 0) return 0;
    k.deadline(t, 61, args, infinity);
    return Block;
  }
  if ((args[1] as number) !== 0) t.process.space.setU32(args[1] as number, statusOf(dead));
  if ((args[3] as number) !== 0) t.process.space.write(args[3] as number, new Uint8Array(144));
  dead.reaped = true;
  return dead.pid;
});
syscall(247, "waitid", "d d p x p", (k, t, args) => {
  const type = int(args[0]);
  let pid = int(args[1]);
  if (type === 3) {
    const f = t.process.fds.get(pid);
    pid = f instanceof PidFile ? f.pid : fail(Errno.EINVAL);
  }
  const list = children(k, t.process, (c) => type === 0 || c.pid === pid);
  if (list.length === 0) fail(Errno.ECHILD);
  const dead = list.find((c) => c.exited);
  if (dead === undefined) {
    if ((int(args[3]) & 1) !== 0) return 0;
    k.deadline(t, 247, args, infinity);
    return Block;
  }
  if ((args[2] as number) !== 0) {
    const info = new DataView(new ArrayBuffer(128));
    info.setInt32(0, Sig.CHLD, true);
    info.setInt32(8, dead.killedBy !== 0 ? 2 : 1, true);
    info.setInt32(16, dead.pid, true);
    info.setInt32(24, dead.killedBy !== 0 ? dead.killedBy : dead.exitCode, true);
    t.process.space.write(args[2] as number, new Uint8Array(info.buffer));
  }
  if ((args[4] as number) !== 0) t.process.space.write(args[4] as number, new Uint8Array(144));
  if ((int(args[3]) & 0x1000000) === 0) dead.reaped = true;
  return 0;
});
syscall(434, "pidfd_open", "d x", (k, t, args) => {
  const pid = int(args[0]);
  const p = k.state.processes.get(pid);
  if (p === undefined || p.reaped) fail(Errno.ESRCH);
  return t.process.fds.add(new PidFile(pid, int(args[1]) & 0o4000, k), true);
});
syscall(424, "pidfd_send_signal", "d sig p x", (k, t, args) => {
  const f = t.process.fds.get(int(args[0]));
  if (!(f instanceof PidFile)) fail(Errno.EBADF);
  const p = k.state.processes.get(f.pid);
  if (p === undefined || p.exited) fail(Errno.ESRCH);
  if (int(args[1]) !== 0) k.signalProcess(p, new SigInfo(int(args[1]), 0, t.process.pid, 0, 0, 0, 0));
  return 0;
});

// --- signals ---

function maskArg(t: Thread, at: number): bigint {
  const b = t.process.space.read(at, 8);
  return new DataView(b.buffer).getBigUint64(0, true);
}
function putMask(t: Thread, at: number, m: bigint): void {
  const v = new DataView(new ArrayBuffer(8));
  v.setBigUint64(0, m, true);
  t.process.space.write(at, new Uint8Array(v.buffer));
}
const unblockable = bit(Sig.KILL) | bit(Sig.STOP);

syscall(13, "rt_sigaction", "sig p p u", (_k, t, args) => {
  const signo = int(args[0]);
  if (signo < 1 || signo > 64) fail(Errno.EINVAL);
  const space = t.process.space;
  const old = t.process.actions.get(signo);
  let next: SigAction | undefined;
  if ((args[1] as number) !== 0) {
    if (signo === Sig.KILL || signo === Sig.STOP) fail(Errno.EINVAL);
    const b = space.read(args[1] as number, 32);
    const v = new DataView(b.buffer);
    next = new SigAction(
      Number(v.getBigUint64(0, true)),
      v.getUint32(8, true),
      v.getUint32(12, true),
      Number(v.getBigUint64(16, true)),
      v.getBigUint64(24, true),
    );
  }
  if ((args[2] as number) !== 0) {
    const v = new DataView(new ArrayBuffer(32));
    if (old !== undefined) {
      v.setBigUint64(0, BigInt(old.handler), true);
      v.setUint32(8, old.flagsLo, true);
      v.setUint32(12, old.flagsHi, true);
      v.setBigUint64(16, BigInt(old.restorer), true);
      v.setBigUint64(24, old.mask, true);
    }
    space.write(args[2] as number, new Uint8Array(v.buffer));
  }
  if (next !== undefined) t.process.actions.set(signo, next);
  return 0;
});
syscall(14, "rt_sigprocmask", "d p p u", (_k, t, args) => {
  const old = t.mask;
  if ((args[1] as number) !== 0) {
    const m = maskArg(t, args[1] as number);
    switch (int(args[0])) {
      case 0:
        t.mask |= m;
        break;
      case 1:
        t.mask &= ~m;
        break;
      case 2:
        t.mask = m;
        break;
      default:
        fail(Errno.EINVAL);
    }
    t.mask &= ~unblockable;
  }
  if ((args[2] as number) !== 0) putMask(t, args[2] as number, old);
  return 0;
});
syscall(15, "rt_sigreturn", "", (k, t) => {
  try {
    popFrame(k, t);
  } catch (e) {
    if (!(e instanceof PageFault)) throw e;
    k.exitProcess(t.process, 0, Sig.SEGV);
  }
  return NoResult;
});
syscall(127, "rt_sigpending", "p u", (_k, t, args) => {
  let m = 0n;
  for (const s of [...t.pending, ...t.process.pending]) m |= bit(s.signo);
  putMask(t, args[0] as number, m & t.mask);
  return 0;
});
syscall(130, "rt_sigsuspend", "p u", (k, t, args) => {
  if (t.wait === undefined) {
    t.savedMask = t.mask;
    t.mask = maskArg(t, args[0] as number) & ~unblockable;
  }
  k.deadline(t, 130, args, infinity);
  return Block;
});
syscall(34, "pause", "", (k, t, args) => {
  k.deadline(t, 34, args, infinity);
  return Block;
});
syscall(128, "rt_sigtimedwait", "p p ts u", (k, t, args) => {
  const m = maskArg(t, args[0] as number);
  for (const list of [t.pending, t.process.pending]) {
    const i = list.findIndex((s) => (m & bit(s.signo)) !== 0n);
    if (i < 0) continue;
    const s = list[i] as SigInfo;
    list.splice(i, 1);
    if ((args[1] as number) !== 0) {
      const v = new DataView(new ArrayBuffer(128));
      packInfo(v, 0, s);
      t.process.space.write(args[1] as number, new Uint8Array(v.buffer));
    }
    return s.signo;
  }
  k.deadline(t, 128, args, (args[2] as number) === 0 ? infinity : timespec(t, args[2] as number));
  return k.expired(t) ? -Errno.EAGAIN : Block;
});
syscall(131, "sigaltstack", "p p", (k, t, args) => {
  const space = t.process.space;
  const rsp = k.reg(t, 4);
  const on = t.altSize > 0 && rsp > t.altStack && rsp <= t.altStack + t.altSize;
  const old = [t.altStack, t.altSize === 0 ? 2 : on ? 1 : 0, t.altSize] as const;
  if ((args[0] as number) !== 0) {
    const p = args[0] as number;
    const sp = space.u64(p);
    const flags = space.i32(p + 8);
    const size = space.u64(p + 16);
    if (on) fail(Errno.EPERM);
    if ((flags & 2) !== 0) {
      t.altStack = 0;
      t.altSize = 0;
    } else {
      if (size < 2048) fail(Errno.ENOMEM);
      t.altStack = sp;
      t.altSize = size;
    }
  }
  if ((args[1] as number) !== 0) {
    const v = new DataView(new ArrayBuffer(24));
    v.setBigUint64(0, BigInt(old[0]), true);
    v.setInt32(8, old[1], true);
    v.setBigUint64(16, BigInt(old[2]), true);
    space.write(args[1] as number, new Uint8Array(v.buffer));
  }
  return 0;
});
function checkSignal(signo: number): void {
  if (signo < 0 || signo > 64) fail(Errno.EINVAL);
}
syscall(62, "kill", "d sig", (k, t, args) => {
  const pid = int(args[0]);
  const signo = int(args[1]);
  checkSignal(signo);
  const targets = [...k.state.processes.values()].filter(
    (p) =>
      !p.reaped &&
      (pid > 0
        ? p.pid === pid
        : pid === 0
          ? p.pgid === t.process.pgid
          : pid === -1
            ? p !== t.process
            : p.pgid === -pid),
  );
  if (targets.length === 0) fail(Errno.ESRCH);
  if (signo !== 0) for (const p of targets) k.signalProcess(p, new SigInfo(signo, 0, t.process.pid, 0, 0, 0, 0));
  return 0;
});
syscall(200, "tkill", "d sig", (k, t, args) => {
  checkSignal(int(args[1]));
  const target = k.findThread(int(args[0])) ?? fail(Errno.ESRCH);
  if (int(args[1]) !== 0) k.signalThread(target, new SigInfo(int(args[1]), -6, t.process.pid, 0, 0, 0, 0));
  return 0;
});
syscall(234, "tgkill", "d d sig", (k, t, args) => {
  checkSignal(int(args[2]));
  const target = k.findThread(int(args[1]));
  if (target === undefined || target.process.pid !== int(args[0])) fail(Errno.ESRCH);
  if (int(args[2]) !== 0) k.signalThread(target, new SigInfo(int(args[2]), -6, t.process.pid, 0, 0, 0, 0));
  return 0;
});

// --- identity and limits ---

syscall(39, "getpid", "", (_k, t) => t.process.pid);
syscall(110, "getppid", "", (k, t) => (k.state.processes.has(t.process.parent) ? t.process.parent : 1));
syscall(186, "gettid", "", (_k, t) => t.tid);
for (const [nr, name] of [
  [102, "getuid"],
  [104, "getgid"],
  [107, "geteuid"],
  [108, "getegid"],
] as const)
  syscall(nr, name, "", () => 0);
for (const [nr, name] of [
  [105, "setuid"],
  [106, "setgid"],
  [113, "setreuid"],
  [114, "setregid"],
  [117, "setresuid"],
  [119, "setresgid"],
  [116, "setgroups"],
] as const) {
  syscall(nr, name, "d d d", () => 0);
}
syscall(115, "getgroups", "d p", () => 0);
syscall(118, "getresuid", "p p p", (_k, t, args) => {
  for (let i = 0; i < 3; i++) t.process.space.setU32(args[i] as number, 0);
  return 0;
});
syscall(109, "setpgid", "d d", (k, t, args) => {
  const p = k.state.processes.get(int(args[0]) || t.process.pid) ?? fail(Errno.ESRCH);
  p.pgid = int(args[1]) || p.pid;
  return 0;
});
syscall(111, "getpgrp", "", (_k, t) => t.process.pgid);
syscall(
  121,
  "getpgid",
  "d",
  (k, t, args) => (k.state.processes.get(int(args[0]) || t.process.pid) ?? fail(Errno.ESRCH)).pgid,
);
syscall(112, "setsid", "", (_k, t) => {
  t.process.sid = t.process.pgid = t.process.pid;
  return t.process.pid;
});
syscall(124, "getsid", "d", (_k, t) => t.process.sid);

const defaultLimits: Record<number, readonly [number, number]> = {
  3: [8 << 20, infinity],
  7: [1024, 524288],
};
function limitOf(p: Process, r: number): readonly [number, number] {
  return p.limits.get(r) ?? defaultLimits[r] ?? [infinity, infinity];
}
function putLimit(t: Thread, at: number, l: readonly [number, number]): void {
  l.forEach((v, i) => {
    if (v === infinity) t.process.space.write(at + i * 8, new Uint8Array(8).fill(255));
    else t.process.space.setU64(at + i * 8, v);
  });
}
function setLimit(t: Thread, r: number, at: number): void {
  const get = (a: number): number => {
    const v = t.process.space.u64(a);
    return v > 2 ** 60 ? infinity : v;
  };
  const l = [get(at), get(at + 8)] as const;
  if (l[0] > l[1]) fail(Errno.EINVAL);
  t.process.limits.set(r, l);
  if (r === 7) t.process.fds.limit = Math.min(l[0], 1048576);
  if (r === 9) t.process.space.limit = l[0] / 4096;
}
syscall(97, "getrlimit", "d p", (_k, t, args) => {
  putLimit(t, args[1] as number, limitOf(t.process, int(args[0])));
  return 0;
});
syscall(160, "setrlimit", "d p", (_k, t, args) => {
  setLimit(t, int(args[0]), args[1] as number);
  return 0;
});
syscall(302, "prlimit64", "d d p p", (_k, t, args) => {
  const r = int(args[1]);
  if (r < 0 || r > 15) fail(Errno.EINVAL);
  if ((args[3] as number) !== 0) putLimit(t, args[3] as number, limitOf(t.process, r));
  if ((args[2] as number) !== 0) setLimit(t, r, args[2] as number);
  return 0;
});
syscall(98, "getrusage", "d p", (_k, t, args) => {
  const v = new DataView(new ArrayBuffer(144));
  const ns = t.process.threads.reduce((n, x) => n + x.used, t.process.usedByDead);
  v.setUint32(0, Math.floor(ns / 1e9), true);
  v.setUint32(8, Math.floor((ns % 1e9) / 1000), true);
  v.setUint32(32, t.process.space.resident().size * 4, true);
  t.process.space.write(args[1] as number, new Uint8Array(v.buffer));
  return 0;
});
syscall(99, "sysinfo", "p", (k, t, args) => {
  const v = new DataView(new ArrayBuffer(112));
  v.setUint32(0, Math.floor(k.now() / 1e9) + 1000, true);
  v.setBigUint64(32, 2n << 30n, true);
  v.setBigUint64(40, 1n << 30n, true);
  v.setUint16(80, k.state.processes.size, true);
  v.setUint32(104, 1, true);
  t.process.space.write(args[0] as number, new Uint8Array(v.buffer));
  return 0;
});
syscall(100, "times", "p", (k, t, args) => {
  const ticks = Math.floor(t.used / 1e7);
  if ((args[0] as number) !== 0) {
    t.process.space.write(args[0] as number, new Uint8Array(32));
    t.process.space.setU64(args[0] as number, ticks);
  }
  return Math.floor(k.now() / 1e7);
});
syscall(63, "uname", "p", (k, t, args) => {
  const b = new Uint8Array(390);
  ["Linux", k.options.hostname, "6.6.0-rt0", "#1 SMP", "x86_64", "(none)"].forEach((s, i) => {
    for (let j = 0; j < s.length && j < 64; j++) b[i * 65 + j] = s.charCodeAt(j);
  });
  t.process.space.write(args[0] as number, b);
  return 0;
});

// --- CPU and scheduling ---

syscall(158, "arch_prctl", "x p", (k, t, args) => {
  switch (int(args[0])) {
    case 0x1001:
      setBase(k, t, At.GsBase, args[1] as number);
      return 0;
    case 0x1002:
      if ((args[1] as number) >= 0x800000000000) fail(Errno.EPERM);
      setBase(k, t, At.FsBase, args[1] as number);
      return 0;
    case 0x1003:
      t.process.space.setU64(args[1] as number, Number(k.cpuView(t).getBigUint64(At.FsBase, true)));
      return 0;
    case 0x1004:
      t.process.space.setU64(args[1] as number, Number(k.cpuView(t).getBigUint64(At.GsBase, true)));
      return 0;
    default:
      return -Errno.EINVAL;
  }
});
syscall(204, "sched_getaffinity", "d u p", (k, t, args) => {
  const n = Math.min(args[1] as number, 32);
  if (n < 8) fail(Errno.EINVAL);
  const b = new Uint8Array(n);
  for (let i = 0; i < k.options.cpus; i++) b[i >> 3] = (b[i >> 3] as number) | (1 << (i & 7));
  t.process.space.write(args[2] as number, b);
  return n;
});
syscall(203, "sched_setaffinity", "d u p", () => 0);
syscall(309, "getcpu", "p p p", (_k, t, args) => {
  if ((args[0] as number) !== 0) t.process.space.setU32(args[0] as number, t.cpuNumber);
  if ((args[1] as number) !== 0) t.process.space.setU32(args[1] as number, 0);
  return 0;
});
for (const [nr, name] of [
  [140, "getpriority"],
  [141, "setpriority"],
  [142, "sched_setparam"],
  [144, "sched_setscheduler"],
  [145, "sched_getscheduler"],
] as const) {
  syscall(nr, name, "d d d", () => (nr === 140 ? 20 : 0));
}
syscall(143, "sched_getparam", "d p", (_k, t, args) => {
  t.process.space.setU32(args[1] as number, 0);
  return 0;
});
syscall(157, "prctl", "d x x x x", (_k, t, args) => {
  switch (int(args[0])) {
    case 15: // SET_NAME
      t.name = textOf(t.process.space.cstring(args[1] as number, 15));
      return 0;
    case 16:
      t.process.space.setText(args[1] as number, t.name);
      return 0;
    case 0x53564d41: {
      // SET_VMA: names an anonymous mapping.
      const start = Math.floor((args[2] as number) / 4096);
      const end = Math.ceil(((args[2] as number) + (args[3] as number)) / 4096);
      const name = (args[4] as number) === 0 ? "" : textOf(t.process.space.cstring(args[4] as number, 80));
      t.process.space.rename(start, end, name === "" ? "" : `[anon:${name}]`);
      return 0;
    }
    case 1:
    case 3:
    case 4:
    case 22:
    case 38:
      return 0;
    default:
      return -Errno.EINVAL;
  }
});
syscall(318, "getrandom", "p u x", (k, t, args) => {
  const n = Math.min(args[1] as number, 1 << 20);
  t.process.space.write(args[0] as number, k.state.random.bytes(n));
  return n;
});
syscall(324, "membarrier", "d x d", () => -Errno.ENOSYS);
syscall(101, "ptrace", "d d p p", () => -Errno.EPERM);
syscall(219, "restart_syscall", "", () => -Errno.EINTR);
