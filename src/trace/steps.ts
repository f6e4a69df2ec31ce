// The boot path of a Go program, function by function: what is worth saying when it begins and when it ends. The sentences
// are filled with what is read from the machine; the order and the presence of the steps come from the run itself.

import type { Thread } from "#machine";
import type { Level } from "./events.ts";
import { type Runtime, statusName } from "./runtime.ts";

/** Values read from the machine, by name. */
export type Data = Record<string, string | number | boolean | readonly string[]>;

export interface Said {
  readonly text: string;
  readonly data?: Data;
}

export interface Step {
  /** Function of the runtime, with the package. */
  readonly func: string;
  readonly level: Level;
  /** Only the first time. */
  readonly once: boolean;
  readonly enter: (r: Runtime, t: Thread) => Said;
  readonly leave?: (r: Runtime, t: Thread) => Said | undefined;
}

export function hex(n: number | undefined): string {
  return n === undefined ? "?" : `0x${n.toString(16)}`;
}

const list: Step[] = [];

function step(
  func: string,
  level: Level,
  text: string | ((r: Runtime, t: Thread) => Said),
  leave?: (r: Runtime, t: Thread) => Said | undefined,
  once = true,
): void {
  list.push({
    func: func.includes(".") || func.startsWith("_") ? func : `runtime.${func}`,
    level,
    once,
    enter: typeof text === "string" ? () => ({ text }) : text,
    ...(leave === undefined ? {} : { leave }),
  });
}

step("_rt0_amd64_linux", 0, (r, t) => ({
  text: "first instruction: the ELF entry point; one jump to the code all amd64 systems share",
  data: { rsp: hex(r.machine.kernel.reg(t, 4)), rax: hex(r.machine.kernel.reg(t, 0)) },
}));
step("_rt0_amd64", 0, (r, t) => {
  const sp = r.machine.kernel.reg(t, 4);
  return {
    text: `argc = ${r.u64(sp) ?? "?"} into DI, &argv[0] = ${hex(sp + 8)} into SI; a tail jump, nothing is pushed`,
    data: { argc: r.u64(sp) ?? 0, argv: hex(sp + 8) },
  };
});
step("rt0_go", 0, (r, t) => {
  const frame = frameOf(r, t.pc);
  return {
    text: "copies argc and argv to an aligned stack, gives g0 a stack, looks at the CPU, sets up TLS, ties m0 to g0",
    data: {
      ...(frame === undefined ? {} : { frame }),
      sp: hex(r.machine.kernel.reg(t, 4)),
      di: hex(r.machine.kernel.reg(t, 7)),
      si: hex(r.machine.kernel.reg(t, 6)),
    },
  };
});
step(
  "settls",
  0,
  (r, t) => {
    const di = r.machine.kernel.reg(t, 7);
    const m0 = r.symbols.address("runtime.m0");
    const cgo = r.global64("_cgo_init");
    return {
      text: `arch_prctl(ARCH_SET_FS): FS will point just behind ${m0 === undefined ? hex(di) : `m0+${di - m0}`}, the slot for g, so that g is at -8(FS)`,
      data: {
        tls: hex(di),
        ...(m0 === undefined ? {} : { offsetInM0: di - m0 }),
        ...(cgo === undefined ? {} : { cgoInit: hex(cgo) }),
      },
    };
  },
  (r, t) => ({ text: `FS = ${hex(fsBase(r, t))}`, data: { fs: hex(fsBase(r, t)) } }),
);
step("check", 0, (r, t) => {
  // As rt0_go has left it: its frame begins above the return address.
  const k = r.machine.kernel;
  const sp = k.reg(t, 4) + 8;
  const slots: string[] = [];
  for (let at = 0; at <= 48; at += 8) {
    const v = r.u64(sp + at) ?? 0;
    const up = r.u64(sp + at + 8) ?? 0;
    if (v > 0 && v < 65536 && up > 0x7f0000000000 && (r.u64(up - 8) ?? -1) === v) {
      slots.push(`argc at ${at}(SP)`, `argv at ${at + 8}(SP)`);
      break;
    }
  }
  return {
    text: "the first Go function: sizes, offsets, atomic operations, NaN comparison",
    data: { sp: hex(sp), aligned: sp % 16 === 0, slots, directionFlag: (k.flagsOf(t) >> 10) & 1 },
  };
});
step(
  "args",
  0,
  (r, t) => {
    // An ABI0 call: its arguments are the words above the return address, or already in registers past the wrapper.
    const sp = r.machine.kernel.reg(t, 4);
    return {
      text: "remembers argc and argv, walks over the environment to the auxiliary vector",
      data: { argc: r.arg(t, 0) % 4294967296, argv: hex(r.arg(t, 1)), sp: hex(sp) },
    };
  },
  (r) => ({
    text: `runtime.argc = ${r.global32("runtime.argc") ?? "?"}, runtime.argv = ${hex(r.global64("runtime.argv"))}`,
    data: { argc: r.global32("runtime.argc") ?? -1, argv: hex(r.global64("runtime.argv")) },
  }),
);
step("sysauxv", 1, "reads the auxiliary vector: AT_RANDOM, AT_PAGESZ, AT_SECURE, AT_SYSINFO_EHDR", (r) => ({
  text: `physPageSize = ${r.global64("runtime.physPageSize") ?? "?"}`,
  data: { physPageSize: r.global64("runtime.physPageSize") ?? -1 },
}));
step("osinit", 0, "asks the kernel for the number of CPUs and the size of a huge page", (r) => {
  const name = r.symbols.address("runtime.numCPUStartup") !== undefined ? "numCPUStartup" : "ncpu";
  const n = r.global32(`runtime.${name}`);
  const huge = r.global64("runtime.physHugePageSize");
  return {
    text: `runtime.${name} = ${n ?? "?"}, physHugePageSize = ${huge ?? "?"}`,
    data: { cpus: n ?? -1, physHugePageSize: huge ?? -1 },
  };
});
step(
  "schedinit",
  0,
  (r) => {
    const before = r.get32(r.symbols.address("runtime.sched"), "runtime.schedt", "maxmcount");
    return {
      text: "everything that must be there before the first goroutine: locks, stacks, heap, modules, arguments, GC, Ps",
      ...(before === undefined ? {} : { data: { maxmcountBefore: before } }),
    };
  },
  (r) => {
    const sched = r.symbols.address("runtime.sched");
    const max = r.get32(sched, "runtime.schedt", "maxmcount");
    const procs = r.global32("runtime.gomaxprocs");
    return {
      text: `sched.maxmcount = ${max ?? "?"}, gomaxprocs = ${procs ?? "?"}, len(allp) = ${r.allp().length}`,
      data: { maxmcount: max ?? -1, gomaxprocs: procs ?? -1, allp: r.allp().length },
    };
  },
);
for (const [f, text] of [
  ["lockInit", ""],
  ["tracebackinit", "prepares stack traces"],
  ["ticks.init", "remembers the time of the start, for the CPU's tick rate"],
  ["moduledataverify1", "checks the table of functions: it must be sorted"],
  ["stackinit", "empties the pools of free stacks"],
  ["randinit", "seeds the runtime's random generator (AT_RANDOM)"],
  ["fastrandinit", "seeds the runtime's random generator (AT_RANDOM)"],
  ["cpuinit", "asks CPUID which instructions may be used"],
  ["alginit", "chooses the hash function for maps: AES if the CPU has it"],
  ["mcommoninit", "gives m0 its id and a signal stack"],
  ["modulesinit", "collects the modules' data: pointer masks of data and bss"],
  ["typelinksinit", "makes equal types of several modules one"],
  ["itabsinit", "adds the interface tables that the linker made"],
  ["stkobjinit", "checks the stack object records"],
  ["sigsave", "remembers the signal mask"],
  ["goargs", "makes os.Args"],
  ["goenvs", "makes the environment"],
  ["goenvs_unix", "copies the environment's strings"],
  ["parseRuntimeDebugVars", "reads GODEBUG"],
  ["secure", "setuid programs: drops what is dangerous"],
  ["checkfds", "standard input, output and error must be open"],
  ["parsedebugvars", "reads GODEBUG"],
  ["gcinit", "sets the garbage collector's target (GOGC)"],
  ["mProfStackInit", "room for the stacks of memory profiles"],
  ["defaultGOMAXPROCSInit", "looks for a cgroup's CPU limit"],
] as const) {
  if (text !== "") step(f, 1, text);
}
step("mallocinit", 1, "lays out the heap: size classes, address ranges, the first arena's hint", (r) => {
  const big =
    r.machine.process?.space
      .list()
      .filter((x) => x.prot === 0)
      .reduce((n, x) => n + (x.end - x.start), 0) ?? 0;
  return {
    text: `${Math.round(big / 256)} MiB of addresses reserved without memory so far`,
    data: { reservedMiB: Math.round(big / 256) },
  };
});
step(
  "procresize",
  1,
  (r, t) => ({ text: `makes ${r.arg(t, 0) % 4294967296} P${r.arg(t, 0) % 4294967296 === 1 ? "" : "s"}; m0 takes P 0` }),
  (r) => ({
    text: `allp has ${r.allp().length}; P 0 at ${hex(r.allp()[0])}`,
    data: { allp: r.allp().map(hex) },
  }),
);
step(
  "newproc",
  0,
  (r, t) => {
    // The function value is the last argument: the only one since 1.18.
    const args = [r.arg(t, 0), r.arg(t, 1)];
    const fn = args.find((a) => (r.u64(a) ?? 0) === r.symbols.func("runtime.main")?.entry) ?? 0;
    const target = fn === 0 ? undefined : r.u64(fn);
    return {
      text: "go runtime.main: a goroutine for the program",
      ...(target === undefined
        ? {}
        : { data: { funcval: hex(fn), name: r.symbols.dataName(fn), function: r.symbols.describe(target) } }),
    };
  },
  (r) => queueState(r),
  true,
);
step(
  "newproc1",
  1,
  "allocates a g with a stack of 2 KiB and sets it up to begin at its function, returning into goexit",
);
step("mstart", 0, "m0 becomes an ordinary worker thread; this call never returns");
step("mstart0", 1, "notes the bounds of the g0 stack");
step("mstart1", 1, "remembers where to come back to when the thread ends");
step("minit", 1, "per-thread start: signal stack, signal mask, thread id");
step("mstartm0", 1, "m0 only: installs the signal handlers");
step("initsig", 1, "one rt_sigaction for almost every signal");
step("schedule", 0, "looks for a goroutine to run");
step("findRunnable", 1, "local queue, global queue, network, other Ps' queues");
step("findrunnable", 1, "local queue, global queue, network, other Ps' queues");
step("main", 0, (r, t) => {
  const g = r.currentG(t);
  return {
    text: "runtime.main runs as goroutine 1, on a stack in the heap",
    data: {
      ...goroutines(r),
      sp: hex(r.machine.kernel.reg(t, 4)),
      stackLo: hex(r.u64(g)),
      stackHi: hex(r.u64(g + 8)),
      curg: hex(r.get64(r.m(g), "runtime.m", "curg")),
      gAtFs: hex(g),
    },
  };
});
step(
  "newm",
  1,
  (r, t) => {
    const f = r.u64(r.arg(t, 0));
    return { text: f === undefined ? "a new M" : `a new M for ${r.symbols.describe(f)}` };
  },
  undefined,
  false,
);
step("newosproc", 1, "asks the kernel for a thread (clone)", undefined, false);
step("sysmon", 0, "the monitor thread: no P; retakes Ps, preempts, polls the network, forces GCs");
step("lockOSThread", 1, "goroutine 1 stays on the main thread during initialisation");
step("gcenable", 0, "starts the sweeper and the scavenger; the garbage collector may run from now on", (r) => {
  const a = r.at(r.symbols.address("runtime.memstats"), "runtime.mstats", "enablegc");
  const on = a === undefined ? undefined : r.u8(a);
  return on === undefined ? undefined : { text: `memstats.enablegc = ${on === 1}`, data: { enablegc: on === 1 } };
});
step("bgsweep", 1, "the sweeper goroutine begins");
step("bgscavenge", 1, "the scavenger goroutine begins");
step("forcegchelper", 1, "the goroutine that forces a GC every two minutes begins");
step("updateMaxProcsGoroutine", 1, "the goroutine that follows the cgroup's CPU limit begins");
step("runFinalizers", 1, "the finalizer goroutine begins");
step("runfinq", 1, "the finalizer goroutine begins");
step(
  "main.main",
  0,
  (r, t) => ({ text: "the program itself: main.main", data: { ...goroutines(r), ...atMain(r, t) } }),
  () => ({ text: "main.main has returned" }),
);
step("runExitHooks", 1, "functions to run before exit");
step("exit", 0, (r, t) => ({ text: `status ${r.u32(r.machine.kernel.reg(t, 4) + 8) ?? "?"}: the whole process ends` }));
step("gcStart", 1, "a garbage collection begins", undefined, false);
step("goexit0", 2, "a goroutine ends", undefined, false);
step("startm", 2, "a thread is wanted for a P", undefined, false);
step("stopm", 2, "a thread without work goes to sleep", undefined, false);
step("handoffp", 2, "a blocked thread gives its P away", undefined, false);
step("retake", 2, "sysmon looks for Ps to retake", undefined, false);
step("preemptone", 2, "a goroutine that has run for too long is asked to stop", undefined, false);
step("stoplockedm", 2, "a thread whose goroutine is locked to it waits for it", undefined, false);
step("startlockedm", 2, "a goroutine that is locked to a thread is handed to it", undefined, false);
for (const f of ["globrunqget", "globrunqgetbatch"]) {
  step(
    f,
    2,
    (r, t) => {
      const tick = r.get32(r.get64(r.m(r.currentG(t)), "runtime.m", "p"), "runtime.p", "schedtick");
      return { text: `looks into the global queue (schedtick ${tick ?? "?"})`, data: { schedtick: tick ?? -1 } };
    },
    undefined,
    false,
  );
}
step("netpoll", 2, "asks the network poller for goroutines that can go on", undefined, false);
step("acquirep1", 2, "a thread takes a P", undefined, false);
step("stealWork", 2, "looks into other Ps' queues", undefined, false);
step(
  "copystack",
  2,
  (r, t) => ({ text: `a stack grows to ${r.arg(t, 1)} bytes: copied, pointers adjusted` }),
  undefined,
  false,
);

export const steps: readonly Step[] = list;

function queueState(r: Runtime): Said {
  const p0 = r.allp()[0];
  const next = r.get64(p0, "runtime.p", "runnext");
  const gs = r.allgs();
  const g = gs[gs.length - 1];
  const start = r.get64(g, "runtime.g", "startpc");
  const parts = [`len(allgs) = ${gs.length}`];
  if (next !== undefined)
    parts.push(next === g ? "P 0's runnext is the new goroutine" : `P 0's runnext = ${hex(next)}`);
  if (g !== undefined)
    parts.push(
      `status ${statusName(r.status(g))}${start === undefined ? "" : `, to begin at ${r.symbols.describe(start)}`}`,
    );
  return {
    text: parts.join("; "),
    data: { allgs: gs.length, runnext: hex(next), g: hex(g), status: statusName(r.status(g ?? 0)) },
  };
}

/** Bytes that rt0_go's first SUBQ takes from SP. */
function frameOf(r: Runtime, pc: number): number | undefined {
  for (let at = pc; at < pc + 24; at++) {
    const w = r.u32(at);
    if (w !== undefined && (w & 0xffffff) === 0xec8348) return w >>> 24;
  }
  return undefined;
}

function fsBase(r: Runtime, t: Thread): number {
  const v = r.machine.kernel.cpuView(t);
  return v.getUint32(152, true) + v.getUint32(156, true) * 4294967296;
}

/** What initialisation has left when main.main begins. */
function atMain(r: Runtime, t: Thread): Data {
  const g = r.currentG(t);
  const out: Data = { threads: r.machine.process?.threads.length ?? 0 };
  const put = (name: string, v: number | undefined): void => {
    if (v !== undefined) out[name] = v;
  };
  put("maxstacksize", r.global64("runtime.maxstacksize"));
  put("runtimeInitTime", r.global64("runtime.runtimeInitTime"));
  const locked = r.get64(g, "runtime.g", "lockedm");
  if (locked !== undefined) out["locked"] = locked !== 0;
  return out;
}

/** Every goroutine as "g1 running main.main (created by …)". */
export function goroutines(r: Runtime): Data {
  const out: string[] = [];
  for (const g of r.allgs()) {
    const s = r.status(g);
    if ((s & ~0x1000) === 6 || s < 0) continue;
    const start = r.get64(g, "runtime.g", "startpc");
    const why = (s & ~0x1000) === 4 ? r.waitReason(g) : "";
    out.push(
      `g${r.goid(g)} ${statusName(s)}${why === "" ? "" : ` (${why})`}${start === undefined ? "" : ` ${r.symbols.describe(start)}`}`,
    );
  }
  return { goroutines: out };
}
