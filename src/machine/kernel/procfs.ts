// The files of /proc, /sys and /dev that programs read.

import type { Kernel } from "./kernel.ts";
import type { Process, Thread } from "./process.ts";
import { DirNode, LinkNode, Mode, SpecialNode } from "./vfs.ts";
import { encodeUtf8 } from "#base";

/** A directory whose entries are made when they are looked up. */
class ProcDir extends DirNode {
  constructor(
    private readonly names: readonly string[],
    private readonly pid: number,
  ) {
    super(0o555);
  }
  override lookup(name: string): SpecialNode | undefined {
    const old = this.entries.get(name);
    if (old instanceof SpecialNode) return old;
    if (!this.names.includes(name)) return undefined;
    const n = new SpecialNode(name, Mode.File | 0o444, this.pid);
    this.entries.set(name, n);
    return n;
  }
  override list(): [string, SpecialNode][] {
    return this.names.map((n) => [n, this.lookup(n) as SpecialNode]);
  }
}

const perProcess = [
  "maps",
  "status",
  "stat",
  "statm",
  "cmdline",
  "environ",
  "auxv",
  "cgroup",
  "mountinfo",
  "mounts",
  "comm",
  "limits",
  "oom_score_adj",
];

class ProcRoot extends DirNode {
  override lookup(name: string): DirNode | SpecialNode | undefined {
    const old = this.entries.get(name);
    if (old !== undefined) return old as DirNode | SpecialNode;
    if (/^\d+$/.test(name)) {
      const d = new ProcDir(perProcess, Number(name));
      this.add(name, d);
      return d;
    }
    return undefined;
  }
}

/** Makes the special files of a new machine. */
export function populate(k: Kernel): void {
  const tree = k.state.tree;
  const proc = new ProcRoot(0o555);
  tree.root.add("proc", proc);
  for (const n of ["self", "cpuinfo", "meminfo", "stat", "uptime", "loadavg", "version", "mounts", "filesystems"])
    proc.add(n, new SpecialNode(n));
  for (const [path, text] of [
    ["/proc/sys/kernel/hostname", `${k.options.hostname}\n`],
    ["/proc/sys/kernel/osrelease", "6.6.0-rt0\n"],
    ["/proc/sys/net/core/somaxconn", "4096\n"],
    ["/proc/sys/vm/overcommit_memory", "0\n"],
    ["/proc/sys/vm/max_map_count", "65530\n"],
    ["/proc/sys/kernel/ngroups_max", "65536\n"],
    ["/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n"],
    ["/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n"],
    ["/sys/devices/system/cpu/online", k.options.cpus > 1 ? `0-${k.options.cpus - 1}\n` : "0\n"],
    ["/sys/devices/system/cpu/possible", k.options.cpus > 1 ? `0-${k.options.cpus - 1}\n` : "0\n"],
    ["/sys/fs/cgroup/cgroup.controllers", "cpu memory pids\n"],
    ["/sys/fs/cgroup/cpu.max", "max 100000\n"],
    ["/etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost\n"],
    ["/etc/hostname", `${k.options.hostname}\n`],
    ["/etc/resolv.conf", "nameserver 127.0.0.1\n"],
    ["/etc/nsswitch.conf", "hosts: files dns\n"],
    ["/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"],
    ["/etc/group", "root:x:0:\n"],
    ["/etc/protocols", "tcp 6 TCP\nudp 17 UDP\n"],
    ["/etc/services", "http 80/tcp\nhttps 443/tcp\ndomain 53/udp\ndomain 53/tcp\n"],
  ] as const)
    tree.putText(path, text);
  for (const n of ["null", "zero", "full", "random", "urandom", "tty"]) {
    const node = new SpecialNode(n, Mode.Char | 0o666);
    tree.put(`/dev/${n}`, node);
  }
  tree.put("/dev/stdin", new LinkNode("/proc/self/fd/0"));
  tree.put("/dev/stdout", new LinkNode("/proc/self/fd/1"));
  tree.put("/dev/stderr", new LinkNode("/proc/self/fd/2"));
  tree.makeDirs("/tmp").mode |= 0o1777;
  tree.makeDirs("/root");
  tree.makeDirs("/var/tmp");
}

function hex(n: number, width = 8): string {
  return n.toString(16).padStart(width, "0");
}

/** /proc/self/maps. */
export function mapsText(p: Process): string {
  let out = "";
  for (const r of p.space.list()) {
    const perm = `${r.prot & 1 ? "r" : "-"}${r.prot & 2 ? "w" : "-"}${r.prot & 4 ? "x" : "-"}${r.shared ? "s" : "p"}`;
    const line = `${hex(r.start * 4096)}-${hex(r.end * 4096)} ${perm} ${hex(r.backing === undefined ? 0 : r.offset)} 00:00 0 `;
    out += r.name === "" ? `${line}\n` : `${line.padEnd(73)}${r.name}\n`;
  }
  return out;
}

/** The contents of a computed file. */
export function procText(k: Kernel, t: Thread, node: SpecialNode): string | Uint8Array {
  const p = node.pid === 0 ? t.process : (k.state.processes.get(node.pid) ?? t.process);
  const rss = p.space.resident().size;
  switch (node.what) {
    case "maps":
      return mapsText(p);
    case "status":
      return `Name:\t${p.main?.name ?? ""}\nUmask:\t0022\nState:\tR (running)\nTgid:\t${p.pid}\nPid:\t${p.pid}\nPPid:\t${p.parent}\nTracerPid:\t0\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nVmSize:\t${p.space.reserved * 4} kB\nVmRSS:\t${rss * 4} kB\nThreads:\t${p.threads.length}\n`;
    case "stat":
      if (node.pid === 0) return "cpu  0 0 0 0 0 0 0 0 0 0\n";
      return `${p.pid} (${p.main?.name ?? ""}) R ${p.parent} ${p.pgid} ${p.sid} 0 -1 0 0 0 0 0 0 0 0 0 20 0 ${p.threads.length} 0 0 ${p.space.reserved * 4096} ${rss} 18446744073709551615${" 0".repeat(27)}\n`;
    case "statm":
      return `${p.space.reserved} ${rss} 0 0 0 0 0\n`;
    case "cmdline":
      return p.argv.map((a) => `${a}\0`).join("");
    case "environ":
      return p.env.map((a) => `${a}\0`).join("");
    case "auxv":
      return p.auxv;
    case "cgroup":
      return "0::/\n";
    case "mountinfo":
      return "22 1 0:20 / / rw,relatime - tmpfs rt0 rw\n25 22 0:23 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
    case "mounts":
      return "rt0 / tmpfs rw 0 0\nproc /proc proc rw 0 0\n";
    case "comm":
      return `${p.main?.name ?? ""}\n`;
    case "limits":
      return "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 524288               files\n";
    case "oom_score_adj":
      return "0\n";
    case "cpuinfo": {
      let out = "";
      for (let i = 0; i < k.options.cpus; i++) {
        out += `processor\t: ${i}\nvendor_id\t: ${k.engine.helpers.vendor}\ncpu family\t: 6\nmodel\t\t: 60\nmodel name\t: rt0 x86-64 machine\ncpu MHz\t\t: 1000.000\nflags\t\t: fpu tsc cx8 cmov fxsr sse sse2 syscall nx lm\n\n`;
      }
      return out;
    }
    case "meminfo":
      return `MemTotal:        2097152 kB\nMemFree:         ${2097152 - rss * 4} kB\nMemAvailable:    ${2097152 - rss * 4} kB\n`;
    case "uptime":
      return `${(k.now() / 1e9 + 1000).toFixed(2)} 0.00\n`;
    case "loadavg":
      return "0.00 0.00 0.00 1/1 1000\n";
    case "version":
      return "Linux version 6.6.0-rt0\n";
    case "filesystems":
      return "nodev\ttmpfs\nnodev\tproc\n";
    default:
      return encodeUtf8("");
  }
}
