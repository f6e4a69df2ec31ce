// A system call in strace's form: openat(AT_FDCWD, "/proc/self/cgroup", O_RDONLY|O_CLOEXEC) = 3

import { errnoText } from "./errno.ts";
import type { Thread } from "./process.ts";
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

/** "name(args)" of a call; result is undefined before it is made. */
export function callText(t: Thread, nr: number, args: readonly number[], result: number | undefined): string {
  const info = syscallInfos[nr];
  const kinds = info?.args ?? (["x", "x", "x", "x", "x", "x"] as const);
  const parts = kinds.map((kind, i) => arg(t, kind, args[i] as number, (args[i + 1] ?? 0) as number, result));
  return `${syscallName(nr)}(${parts.join(", ")})`;
}

/** A whole line as strace -f prints it. */
export function straceLine(t: Thread, nr: number, args: readonly number[], result: number): string {
  const text = callText(t, nr, args, result);
  const value =
    result < 0 && result > -4096
      ? `-1 ${errnoText(-result)}`
      : result > 0xffffff || nr === 9 || nr === 12
        ? hex(result)
        : String(result);
  return `[pid ${t.tid}] ${text} = ${value}`;
}
