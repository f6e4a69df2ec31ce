// A system call in strace's form: openat(AT_FDCWD, "/proc/self/cgroup", O_RDONLY|O_CLOEXEC) = 3

import { errnoText } from "./errno.ts";
import type { SigAction, SigInfo, Thread } from "./process.ts";
import { signalName } from "./signals.ts";
import { type ArgKind, int, long, syscallInfos, syscallName } from "./table.ts";

function bits(v: number, names: readonly (readonly [number, string])[], none: string): string {
  const out: string[] = [];
  let rest = v;
  for (const [b, n] of names) {
    if ((rest & b) === b && b !== 0) {
      out.push(n);
      rest &= ~b;
    }
  }
  if (rest !== 0) out.push(`0x${(rest >>> 0).toString(16)}`);
  return out.length === 0 ? none : out.join("|");
}

const openBits = [
  [2, "O_RDWR"],
  [1, "O_WRONLY"],
  [0o100, "O_CREAT"],
  [0o200, "O_EXCL"],
  [0o1000, "O_TRUNC"],
  [0o2000, "O_APPEND"],
  [0o4000, "O_NONBLOCK"],
  [0o200000, "O_DIRECTORY"],
  [0o400000, "O_NOFOLLOW"],
  [0o2000000, "O_CLOEXEC"],
  [0o10000000, "O_PATH"],
] as const;
const protBits = [
  [1, "PROT_READ"],
  [2, "PROT_WRITE"],
  [4, "PROT_EXEC"],
] as const;
const mapBits = [
  [1, "MAP_SHARED"],
  [2, "MAP_PRIVATE"],
  [0x10, "MAP_FIXED"],
  [0x20, "MAP_ANONYMOUS"],
  [0x4000, "MAP_NORESERVE"],
  [0x20000, "MAP_STACK"],
  [0x100000, "MAP_FIXED_NOREPLACE"],
] as const;
const cloneBits = [
  [0x100, "CLONE_VM"],
  [0x200, "CLONE_FS"],
  [0x400, "CLONE_FILES"],
  [0x800, "CLONE_SIGHAND"],
  [0x1000, "CLONE_PIDFD"],
  [0x4000, "CLONE_VFORK"],
  [0x10000, "CLONE_THREAD"],
  [0x40000, "CLONE_SYSVSEM"],
  [0x80000, "CLONE_SETTLS"],
  [0x100000, "CLONE_PARENT_SETTID"],
  [0x200000, "CLONE_CHILD_CLEARTID"],
  [0x1000000, "CLONE_CHILD_SETTID"],
] as const;
const clocks = ["CLOCK_REALTIME", "CLOCK_MONOTONIC", "CLOCK_PROCESS_CPUTIME_ID", "CLOCK_THREAD_CPUTIME_ID"];
const advices: Record<number, string> = {
  4: "MADV_DONTNEED",
  8: "MADV_FREE",
  14: "MADV_HUGEPAGE",
  15: "MADV_NOHUGEPAGE",
  25: "MADV_COLLAPSE",
};
const futexOps = ["FUTEX_WAIT", "FUTEX_WAKE", "FUTEX_FD", "FUTEX_REQUEUE", "FUTEX_CMP_REQUEUE", "FUTEX_WAKE_OP"];

function hex(v: number): string {
  return v === 0 ? "0" : `0x${v.toString(16)}`;
}

/** Bytes as a C string, cut after 32. */
export function quoted(b: Uint8Array, limit = 32): string {
  let out = '"';
  for (let i = 0; i < Math.min(b.length, limit); i++) {
    const c = b[i] as number;
    if (c === 10) out += "\\n";
    else if (c === 9) out += "\\t";
    else if (c === 13) out += "\\r";
    else if (c === 34 || c === 92) out += `\\${String.fromCharCode(c)}`;
    else if (c >= 32 && c < 127) out += String.fromCharCode(c);
    else out += `\\${c.toString(8)}`;
  }
  return `${out}"${b.length > limit ? "..." : ""}`;
}

function arg(t: Thread, kind: ArgKind | undefined, v: number, next: number, result: number | undefined): string {
  switch (kind) {
    case "d":
      return String(long(v) < -2147483648 || long(v) > 4294967295 ? long(v) : int(v));
    case "fd":
      return String(int(v));
    case "u":
      return String(v);
    case "o":
      return `0${(v & 0o7777).toString(8)}`;
    case "p":
      return v === 0 ? "NULL" : hex(v);
    case "s": {
      if (v === 0) return "NULL";
      const text = t.process.space.peek(v, 1) === undefined ? undefined : tryString(t, v);
      return text === undefined ? hex(v) : quoted(text, 200);
    }
    case "buf": {
      // What was read is known afterwards; what is written, before.
      const n = result === undefined ? next : Math.max(0, Math.min(next, result));
      const b = v === 0 ? undefined : t.process.space.peek(v, Math.min(n, 64));
      return b === undefined ? hex(v) : n > 32 ? `${quoted(b.subarray(0, 32))}...` : quoted(b);
    }
    case "open":
      return bits(int(v), openBits, "O_RDONLY").replace(/^(?!O_RDWR|O_WRONLY|O_RDONLY)/, "O_RDONLY|");
    case "prot":
      return bits(int(v), protBits, "PROT_NONE");
    case "map":
      return bits(int(v), mapBits, "0");
    case "clone":
      return `${bits(int(v) & ~255, cloneBits, "0")}${(int(v) & 255) !== 0 ? `|${signalName(int(v) & 255)}` : ""}`;
    case "sig":
      return int(v) === 0 ? "0" : signalName(int(v));
    case "at":
      return int(v) === -100 ? "AT_FDCWD" : String(int(v));
    case "clock":
      return clocks[int(v)] ?? String(int(v));
    case "madv":
      return advices[int(v)] ?? String(int(v));
    case "futex":
      return `${futexOps[int(v) & 127] ?? int(v) & 127}${(int(v) & 128) !== 0 ? "_PRIVATE" : ""}`;
    case "ts": {
      if (v === 0) return "NULL";
      const b = t.process.space.peek(v, 16);
      if (b === undefined) return hex(v);
      const d = new DataView(b.buffer);
      return `{tv_sec=${d.getBigInt64(0, true)}, tv_nsec=${d.getBigInt64(8, true)}}`;
    }
    default:
      return hex(v);
  }
}

function tryString(t: Thread, at: number): Uint8Array | undefined {
  try {
    return t.process.space.cstring(at, 200);
  } catch {
    return undefined;
  }
}

const fcntls: Record<number, string> = {
  0: "F_DUPFD",
  1: "F_GETFD",
  2: "F_SETFD",
  3: "F_GETFL",
  4: "F_SETFL",
  1030: "F_DUPFD_CLOEXEC",
};
const actionBits = [
  [0x04000000, "SA_RESTORER"],
  [0x08000000, "SA_ONSTACK"],
  [0x10000000, "SA_RESTART"],
  [0x40000000, "SA_NODEFER"],
  [1, "SA_NOCLDSTOP"],
  [2, "SA_NOCLDWAIT"],
  [4, "SA_SIGINFO"],
] as const;
const limits = [
  "RLIMIT_CPU",
  "RLIMIT_FSIZE",
  "RLIMIT_DATA",
  "RLIMIT_STACK",
  "RLIMIT_CORE",
  "RLIMIT_RSS",
  "RLIMIT_NPROC",
];

/** A set of signals as strace writes it: [INT TERM], ~[] for all. */
function signalSet(t: Thread, at: number): string {
  if (at === 0) return "NULL";
  const b = t.process.space.peek(at, 8);
  if (b === undefined) return hex(at);
  let bits64 = new DataView(b.buffer).getBigUint64(0, true);
  const inverted = bits64 > 0xffffffffn && (bits64 & 0x7ffffffn) === 0x7ffffffn;
  if (inverted) bits64 ^= 0xffffffffffffffffn;
  const names: string[] = [];
  for (let s = 1; s <= 64; s++)
    if (((bits64 >> BigInt(s - 1)) & 1n) === 1n) names.push(signalName(s).replace(/^SIG/, ""));
  return `${inverted ? "~" : ""}[${names.join(" ")}]`;
}

function action(t: Thread, at: number): string {
  if (at === 0) return "NULL";
  const b = t.process.space.peek(at, 32);
  if (b === undefined) return hex(at);
  const v = new DataView(b.buffer);
  const handler = v.getUint32(0, true) + v.getUint32(4, true) * 4294967296;
  const flags = v.getUint32(8, true);
  const restorer = v.getUint32(16, true) + v.getUint32(20, true) * 4294967296;
  const name = handler === 0 ? "SIG_DFL" : handler === 1 ? "SIG_IGN" : hex(handler);
  const restore = (flags & 0x04000000) === 0 ? "" : `, sa_restorer=${hex(restorer)}`;
  return `{sa_handler=${name}, sa_mask=${signalSet(t, at + 24)}, sa_flags=${bits(flags, actionBits, "0")}${restore}}`;
}

function alternate(t: Thread, at: number): string {
  if (at === 0) return "NULL";
  const b = t.process.space.peek(at, 24);
  if (b === undefined) return hex(at);
  const v = new DataView(b.buffer);
  const sp = v.getUint32(0, true) + v.getUint32(4, true) * 4294967296;
  const flags = v.getUint32(8, true);
  const names = flags === 2 ? "SS_DISABLE" : flags === 1 ? "SS_ONSTACK" : String(flags);
  return `{ss_sp=${sp === 0 ? "NULL" : hex(sp)}, ss_flags=${names}, ss_size=${v.getUint32(16, true)}}`;
}

function limit(t: Thread, at: number): string {
  if (at === 0) return "NULL";
  const b = t.process.space.peek(at, 16);
  if (b === undefined) return hex(at);
  const v = new DataView(b.buffer);
  const one = (o: number): string => {
    const x = v.getBigUint64(o, true);
    return x === 0xffffffffffffffffn
      ? "RLIM64_INFINITY"
      : x >= 1024n && x % 1024n === 0n
        ? `${x / 1024n}*1024`
        : String(x);
  };
  return `{rlim_cur=${one(0)}, rlim_max=${one(8)}}`;
}

/** Arguments of calls that strace writes in their own way; undefined: as the others. */
function special(t: Thread, nr: number, a: readonly number[], result: number | undefined): string[] | undefined {
  const [a0, a1, a2, a3, a4] = a as [number, number, number, number, number];
  switch (nr) {
    case 158: // arch_prctl
      return [a0 === 0x1002 ? "ARCH_SET_FS" : a0 === 0x1003 ? "ARCH_GET_FS" : hex(a0), hex(a1)];
    case 204: {
      // sched_getaffinity: the CPUs of the mask
      const b = result === undefined || result < 0 ? undefined : t.process.space.peek(a2, result);
      if (b === undefined) return [String(int(a0)), String(a1), hex(a2)];
      const cpus: number[] = [];
      for (let i = 0; i < b.length * 8; i++) if ((((b[i >> 3] as number) >> (i & 7)) & 1) === 1) cpus.push(i);
      return [String(int(a0)), String(a1), `[${cpus.join(" ")}]`];
    }
    case 14:
      return [
        ["SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK"][a0] ?? String(a0),
        signalSet(t, a1),
        signalSet(t, a2),
        String(a3),
      ];
    case 13:
      return [signalName(int(a0)), action(t, a1), action(t, a2), String(a3)];
    case 131:
      return [alternate(t, a0), alternate(t, a1)];
    case 72: {
      const name = fcntls[int(a1)] ?? String(int(a1));
      if (/GET/.test(name)) return [String(int(a0)), name];
      const value =
        name === "F_SETFL"
          ? bits(int(a2), openBits, "O_RDONLY")
          : name === "F_SETFD" && a2 === 1
            ? "FD_CLOEXEC"
            : String(int(a2));
      return [String(int(a0)), name, value];
    }
    case 302: {
      const name =
        a1 === 7 ? "RLIMIT_NOFILE" : a1 === 8 ? "RLIMIT_MEMLOCK" : a1 === 9 ? "RLIMIT_AS" : (limits[a1] ?? String(a1));
      return [String(int(a0)), name, limit(t, a2), limit(t, a3)];
    }
    case 56:
      return [
        `child_stack=${a1 === 0 ? "NULL" : hex(a1)}`,
        `flags=${arg(t, "clone", a0, 0, result)}`,
        ...((a0 & 0x80000) === 0 ? [] : [`tls=${hex(a4)}`]),
      ];
    case 202: {
      const op = int(a1) & 127;
      const parts = [hex(a0), arg(t, "futex", a1, 0, result), String(int(a2))];
      return op === 0 ? [...parts, arg(t, "ts", a3, 0, result)] : op === 1 ? parts : undefined;
    }
    case 2:
    case 257: {
      // The mode matters where a file may be made.
      const i = nr === 257 ? 1 : 0;
      if ((int(a[i + 1]) & 0o100) !== 0) return undefined;
      const parts = [arg(t, "s", a[i] as number, 0, result), arg(t, "open", a[i + 1] as number, 0, result)];
      return nr === 257 ? [arg(t, "at", a0, 0, result), ...parts] : parts;
    }
    default:
      return undefined;
  }
}

const faultCodes: Record<number, string> = { 1: "SEGV_MAPERR", 2: "SEGV_ACCERR", 128: "SI_KERNEL" };

/** A signal's delivery as strace prints it. */
export function signalLine(t: Thread, info: SigInfo, _action: SigAction | undefined): string {
  const name = signalName(info.signo);
  const fault = info.signo === 11 || info.signo === 7;
  const code = fault
    ? (faultCodes[info.code] ?? String(info.code))
    : (({ [-6]: "SI_TKILL", 0: "SI_USER", 128: "SI_KERNEL", [-2]: "SI_TIMER" } as Record<number, string>)[info.code] ??
      String(info.code));
  const rest = fault
    ? `, si_addr=${info.value === 0 ? "NULL" : hex(info.value)}`
    : info.pid === 0
      ? ""
      : `, si_pid=${info.pid}, si_uid=${info.uid}`;
  return `[pid ${String(t.tid).padStart(5)}] --- ${name} {si_signo=${name}, si_code=${code}${rest}} ---`;
}

/** "name(args)" of a call; result is undefined before it is made. */
export function callText(t: Thread, nr: number, args: readonly number[], result: number | undefined): string {
  const own = special(t, nr, args, result);
  if (own !== undefined) return `${syscallName(nr)}(${own.join(", ")})`;
  const info = syscallInfos[nr];
  const kinds = info?.args ?? (["x", "x", "x", "x", "x", "x"] as const);
  const parts = kinds.map((kind, i) => arg(t, kind, args[i] as number, (args[i + 1] ?? 0) as number, result));
  return `${syscallName(nr)}(${parts.join(", ")})`;
}

/** A whole line as strace -f prints it. */
export function straceLine(t: Thread, nr: number, args: readonly number[], result: number | undefined): string {
  const text = callText(t, nr, args, result);
  const value =
    result === undefined
      ? "?"
      : result < 0 && result > -4096
        ? `-1 ${errnoText(-result)}`
        : result > 0xffffff || nr === 9 || nr === 12
          ? hex(result)
          : String(result);
  // The results stand in one column, where the calls are short enough.
  return `${`[pid ${String(t.tid).padStart(5)}] ${text}`.padEnd(39)} = ${value}`;
}
