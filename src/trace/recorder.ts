// Runs a program on a machine and records its boot: probes on the functions of the boot path, watches on g0 and m0 while
// the assembly sets them up, the kernel's system calls, threads and signals, the scheduler's changes of status.

import {
  callText,
  drive,
  errnoText,
  type Machine,
  type MachineIo,
  Outcome,
  type Process,
  type RunOptions,
  type SigInfo,
  signalName,
  type Thread,
} from "#machine";
import type { EventKind, Level, Trace, TraceEvent } from "./events.ts";
import { GoSymbols } from "./gosyms.ts";
import { Runtime, statusName } from "./runtime.ts";
import { type Data, hex, type Step, steps } from "./steps.ts";

/** A recorded function that has not returned. */
class Frame {
  constructor(
    readonly step: Step,
    readonly func: string,
    readonly started: number,
    readonly returnTo: number,
    readonly depth: number,
    /** Index of its "enter" event. */
    readonly event: number,
  ) {}
}

const auxNames: Record<number, string> = {
  0: "AT_NULL",
  3: "AT_PHDR",
  4: "AT_PHENT",
  5: "AT_PHNUM",
  6: "AT_PAGESZ",
  7: "AT_BASE",
  8: "AT_FLAGS",
  9: "AT_ENTRY",
  11: "AT_UID",
  12: "AT_EUID",
  13: "AT_GID",
  14: "AT_EGID",
  15: "AT_PLATFORM",
  16: "AT_HWCAP",
  17: "AT_CLKTCK",
  23: "AT_SECURE",
  25: "AT_RANDOM",
  26: "AT_HWCAP2",
  31: "AT_EXECFN",
  33: "AT_SYSINFO_EHDR",
  51: "AT_MINSIGSTKSZ",
};
/** How many events are kept unless the command line says otherwise: a page or a terminal can show about as many. */
export const defaultEvents = 60000;

export class Recorder {
  readonly events: TraceEvent[] = [];
  /** Events that came when there were as many as are kept. */
  private dropped = 0;
  readonly symbols: GoSymbols;
  readonly runtime: Runtime;
  private readonly fileSize: number;
  private readonly stepAt = new Map<number, Step>();
  private readonly returns = new Map<number, number>();
  private readonly stacks = new Map<number, Frame[]>();
  private readonly seen = new Set<string>();
  private readonly known = new Set<number>();
  private readonly extra = new Map<number, (t: Thread) => void>();
  private mainMain = -1;
  private readonly stackImage: { address: string; value: string; text: string }[] = [];
  private initTasks = 0;
  /** Last values written to watched fields. */
  private readonly bounds = new Map<string, number>();

  constructor(
    readonly machine: Machine,
    file: Uint8Array,
    private readonly program: string,
    private readonly options: { strace: boolean; maxEvents: number },
  ) {
    this.fileSize = file.length;
    this.symbols = new GoSymbols(file);
    this.runtime = new Runtime(machine, this.symbols);
  }

  private add(
    t: Thread | undefined,
    kind: EventKind,
    level: Level,
    text: string,
    more: { n?: number; pc?: number; depth?: number; cost?: number; data?: Data } = {},
  ): void {
    if (this.events.length >= this.options.maxEvents && kind !== "exit") {
      this.dropped++;
      return;
    }
    const pc = more.pc ?? t?.pc ?? 0;
    const f = this.symbols.find(pc);
    const at = f === undefined ? { file: "", line: 0 } : this.symbols.line(pc);
    const g = t === undefined ? 0 : this.runtime.currentG(t);
    this.events.push({
      n: more.n ?? this.machine.instructions,
      kind,
      level,
      tid: t?.tid ?? 0,
      goid: g === 0 ? -1 : this.runtime.goid(g),
      p: g === 0 ? -1 : this.runtime.pid(g),
      depth: more.depth ?? this.depth(g),
      pc: hex(pc),
      func: (f?.name ?? "").replace(/\.abi0$/, ""),
      file: at.file,
      line: at.line,
      text,
      ...(more.cost === undefined ? {} : { cost: more.cost }),
      ...(more.data === undefined ? {} : { data: more.data }),
    });
  }

  private depth(g: number): number {
    return this.stacks.get(g)?.length ?? 0;
  }

  // --- before the first instruction ---

  private load(t: Thread): void {
    const h = this.symbols.elf;
    const e = h.header;
    const objects: Data = {};
    for (const name of [
      "runtime.g0",
      "runtime.m0",
      "runtime.mainPC",
      "_cgo_init",
      "_rt0_amd64_linux_lib",
      "runtime.debugCallV2",
    ]) {
      const s = this.symbols.symbol(name);
      const inside = s === undefined ? undefined : h.sections[s.shndx];
      if (s !== undefined) objects[name] = `${hex(s.value)}, ${s.size} bytes, ${inside?.name ?? "?"}`;
    }
    this.add(
      t,
      "load",
      0,
      `execve: ELF 64-bit, x86-64, entry ${hex(e.entry)} (${this.symbols.describe(e.entry)}), ${e.phnum} program headers, ${e.shnum} sections`,
      {
        depth: 0,
        data: {
          entry: hex(e.entry),
          programHeaders: e.phnum,
          sections: e.shnum,
          fileSize: this.fileSize,
          interpreter: h.segments.some((p) => p.type === 3),
          rdi: hex(this.machine.kernel.reg(t, 7)),
          go: this.symbols.version,
          stripped: this.symbols.stripped,
          ...objects,
        },
      },
    );
    for (const p of h.segments) {
      if (p.type !== 1) continue;
      const perm = `${p.flags & 4 ? "R" : "-"}${p.flags & 2 ? "W" : "-"}${p.flags & 1 ? "X" : "-"}`;
      const inside = h.sections
        .filter((s) => s.addr >= p.vaddr && s.addr < p.vaddr + p.memsz && s.name !== "")
        .map((s) => s.name);
      const bss = p.memsz > p.filesz ? `; ${p.memsz - p.filesz} bytes of it zero (bss)` : "";
      this.add(
        t,
        "load",
        0,
        `segment ${perm} ${hex(p.vaddr)}-${hex(p.vaddr + p.memsz)} from file offset ${hex(p.offset)}${bss}: ${inside.join(" ")}`,
        {
          depth: 1,
          data: { start: hex(p.vaddr), end: hex(p.vaddr + p.memsz), perm, sections: inside },
        },
      );
    }
    for (const s of h.sections) {
      if (s.addr === 0) continue;
      this.add(t, "load", 2, `section ${s.name} ${hex(s.addr)}-${hex(s.addr + s.size)}`, {
        depth: 2,
        data: { section: s.name, start: hex(s.addr), end: hex(s.addr + s.size), size: s.size },
      });
    }
    this.drawStack(t);
    this.add(
      t,
      "load",
      0,
      `the stack: argc, argv, envp and the auxiliary vector lie at ${hex(this.machine.kernel.reg(t, 4))}, 8 MiB below are reserved`,
      {
        depth: 1,
        data: {
          rsp: hex(this.machine.kernel.reg(t, 4)),
          words: this.stackImage.map((w) => `${w.address} ${w.value} ${w.text}`.trimEnd()),
        },
      },
    );
  }

  private drawStack(t: Thread): void {
    const r = this.runtime;
    let at = this.machine.kernel.reg(t, 4);
    const put = (value: number, text: string): void => {
      this.stackImage.push({ address: hex(at), value: hex(value), text });
      at += 8;
    };
    const cstring = (p: number): string => {
      try {
        return String.fromCharCode(...(this.machine.process as Process).space.cstring(p, 60));
      } catch {
        return "";
      }
    };
    const argc = r.u64(at) ?? 0;
    put(argc, "argc");
    for (let i = 0; i < argc; i++) put(r.u64(at) ?? 0, `argv[${i}] -> "${cstring(r.u64(at) ?? 0)}"`);
    put(r.u64(at) ?? 0, "argv ends");
    for (let i = 0; (r.u64(at) ?? 0) !== 0; i++) put(r.u64(at) ?? 0, `envp[${i}] -> "${cstring(r.u64(at) ?? 0)}"`);
    put(0, "envp ends");
    for (;;) {
      const key = r.u64(at) ?? 0;
      const value = r.u64(at + 8) ?? 0;
      put(key, auxNames[key] ?? `AT_${key}`);
      put(value, key === 31 || key === 15 ? `-> "${cstring(value)}"` : "");
      if (key === 0) break;
    }
  }

  // --- probes ---

  private on(pc: number, f: (t: Thread) => void): void {
    this.extra.set(pc, f);
    this.machine.probe(pc);
  }

  private place(): void {
    for (const s of steps) {
      const f = this.symbols.func(s.func);
      if (f === undefined) continue;
      this.stepAt.set(f.entry, s);
      this.machine.probe(f.entry);
    }
    const r = this.runtime;
    const entry = (name: string, g: (t: Thread) => void): void => {
      const f = this.symbols.func(name);
      if (f !== undefined) this.on(f.entry, g);
    };
    entry("runtime.casgstatus", (t) => this.status(t, r.arg(t, 0), this.arg32(t, 1, 8), this.arg32(t, 2, 12)));
    entry("runtime.runqput", (t) => this.meet(t, r.arg(t, 1)));
    entry("runtime.execute", (t) => this.execute(t, r.arg(t, 0)));
    const init = this.symbols.func("runtime.doInit1") === undefined ? "runtime.doInit" : "runtime.doInit1";
    entry(init, (t) => this.initTask(t, r.arg(t, 0)));
    this.watch();
  }

  /** A 32-bit argument: in registers argument i, on the stack at its own offset. */
  private arg32(t: Thread, i: number, stackOffset: number): number {
    const k = this.machine.kernel;
    if (this.runtime.registerAbi) return this.runtime.arg(t, i) % 4294967296;
    return this.runtime.u32(k.reg(t, 4) + 8 + stackOffset) ?? 0;
  }

  private probe(t: Thread, pc: number): boolean {
    if (this.returns.has(pc)) this.returned(t, pc);
    this.extra.get(pc)?.(t);
    const s = this.stepAt.get(pc);
    if (s !== undefined) this.enter(t, s, pc);
    return false;
  }

  private enter(t: Thread, s: Step, pc: number): void {
    if (s.once) {
      if (this.seen.has(s.func)) return;
      this.seen.add(s.func);
      this.stepAt.delete(pc);
      if (!this.extra.has(pc)) this.machine.probe(pc, false);
    }
    const k = this.machine.kernel;
    if (s.func === "main.main") this.mainMain = this.machine.instructions;
    if (s.func === "runtime.check") this.unwatch();
    const said = s.enter(this.runtime, t);
    const sp = k.reg(t, 4);
    const returnTo = this.runtime.u64(sp) ?? 0;
    // The rt0 stubs are jumped to; everything else is called, and returns, or never does.
    const jumped = s.func.startsWith("_rt0") || s.func === "runtime.rt0_go";
    const from = jumped ? "" : this.callSite(sp);
    const data = { ...said.data, ...(from === "" ? {} : { from }) };
    this.add(t, "enter", s.level, said.text, { pc, ...(Object.keys(data).length === 0 ? {} : { data }) });
    if (jumped || s.level === 2) return;
    const g = this.runtime.currentG(t);
    let stack = this.stacks.get(g);
    if (stack === undefined) {
      stack = [];
      this.stacks.set(g, stack);
    }
    stack.push(new Frame(s, s.func, this.machine.instructions, returnTo, stack.length, this.events.length - 1));
    this.returns.set(returnTo, (this.returns.get(returnTo) ?? 0) + 1);
    this.machine.probe(returnTo);
  }

  /** "runtime.rt0_go asm_amd64.s:371" for the return address at sp; wrappers between two ABIs are looked through. */
  private callSite(sp: number): string {
    const returnTo = this.runtime.u64(sp) ?? 0;
    const f = this.symbols.find(returnTo - 1);
    if (f === undefined) return "";
    const { file, line } = this.symbols.line(returnTo - 1);
    if (file === "<autogenerated>") {
      for (let at = sp + 8; at < sp + 160; at += 8) {
        const up = this.symbols.find((this.runtime.u64(at) ?? 0) - 1);
        if (up !== undefined && up.name !== f.name) return this.callSite(at);
      }
    }
    return `${f.name.replace(/\.abi0$/, "")} ${base(file)}:${line}`;
  }

  private returned(t: Thread, pc: number): void {
    const stack = this.stacks.get(this.runtime.currentG(t));
    if (stack === undefined) return;
    // The innermost frame that waits for this address; what is above it was left without returning.
    let i = stack.length - 1;
    while (i >= 0 && (stack[i] as Frame).returnTo !== pc) i--;
    if (i < 0) return;
    const f = stack[i] as Frame;
    for (const lost of stack.slice(i)) this.release(lost.returnTo);
    stack.length = i;
    const cost = this.machine.instructions - f.started;
    const said = f.step.leave?.(this.runtime, t);
    const entered = this.events[f.event];
    if (entered !== undefined) this.events[f.event] = { ...entered, cost };
    this.add(t, "leave", said === undefined ? 2 : f.step.level, said?.text ?? `${f.func} done`, {
      pc,
      depth: f.depth + (said === undefined ? 0 : 1),
      cost,
      data: { ...said?.data, function: f.func },
    });
  }

  private release(pc: number): void {
    const n = (this.returns.get(pc) ?? 1) - 1;
    if (n > 0) this.returns.set(pc, n);
    else {
      this.returns.delete(pc);
      if (!this.stepAt.has(pc) && !this.extra.has(pc)) this.machine.probe(pc, false);
    }
  }

  // --- g0 and m0 while rt0_go works ---

  private watchedRanges: { name: string; start: number; end: number }[] = [];

  private watch(): void {
    const space = this.machine.process?.space;
    if (space === undefined) return;
    for (const name of [
      "runtime.g0",
      "runtime.m0",
      "runtime.isIntel",
      "runtime.lfenceBeforeRdtsc",
      "runtime.processorVersionInfo",
    ]) {
      const s = this.symbols.symbol(name);
      if (s === undefined) continue;
      this.watchedRanges.push({ name, start: s.value, end: s.value + Math.max(1, s.size) });
      for (let p = Math.floor(s.value / 4096); p <= Math.floor((s.value + s.size - 1) / 4096); p++) space.watchPage(p);
    }
    space.onWatchedWrite = (address, size) => {
      const r = this.watchedRanges.find((x) => address >= x.start && address < x.end);
      const t = this.machine.kernel.state.current;
      if (r === undefined || t === undefined) return;
      const value =
        size === 8 ? this.runtime.u64(address) : size === 4 ? this.runtime.u32(address) : this.runtime.u8(address);
      const field = this.fieldName(r.name, address - r.start);
      if (value !== undefined) this.bounds.set(field, value);
      const target = value === undefined ? "" : this.symbols.dataName(value);
      const ip = this.machine.engine.currentPc();
      this.add(t, "write", 1, `${field} = ${hex(value)}${target === "" ? "" : ` (&${target})`}`, {
        n: this.machine.now,
        pc: ip,
        depth: 1,
        data: { address: hex(address), value: hex(value), field },
      });
    };
    this.machine.engine.helpers.observeCpuid = (leaf, result, pc) => {
      const t = this.machine.kernel.state.current;
      const text = (v: number): string => String.fromCharCode(v & 255, (v >> 8) & 255, (v >> 16) & 255, v >>> 24);
      const what =
        leaf === 0
          ? `vendor "${text(result[1] as number)}${text(result[3] as number)}${text(result[2] as number)}", highest leaf ${result[0]}`
          : `EAX=${hex(result[0])} EBX=${hex(result[1])} ECX=${hex(result[2])} EDX=${hex(result[3])}`;
      this.add(t, "cpuid", this.watchedRanges.length > 0 ? 1 : 2, `CPUID leaf ${hex(leaf)}: ${what}`, {
        pc,
        n: this.machine.now,
        data: { leaf: hex(leaf), eax: hex(result[0]), ebx: hex(result[1]), ecx: hex(result[2]), edx: hex(result[3]) },
        depth: this.watchedRanges.length > 0 ? 1 : this.depth(t === undefined ? 0 : this.runtime.currentG(t)),
      });
    };
  }

  private fieldName(name: string, offset: number): string {
    const struct = name === "runtime.g0" ? "runtime.g" : name === "runtime.m0" ? "runtime.m" : "";
    const short = name.replace("runtime.", "");
    if (struct === "") return short;
    if (struct === "runtime.g" && offset === 0) return "g0.stack.lo";
    if (struct === "runtime.g" && offset === 8) return "g0.stack.hi";
    const tls = this.runtime.field("runtime.m", "tls");
    if (struct === "runtime.m" && tls !== undefined && offset >= tls && offset < tls + 48)
      return `m0.tls[${(offset - tls) / 8}]`;
    for (const f of ["stackguard0", "stackguard1", "m", "g0", "procid", "curg", "p"])
      if (this.runtime.field(struct, f) === offset) return `${short}.${f}`;
    return `${short}+${offset}`;
  }

  private unwatch(): void {
    if (this.watchedRanges.length === 0) return;
    this.watchedRanges = [];
    const space = this.machine.process?.space;
    if (space === undefined) return;
    space.onWatchedWrite = () => {};
    space.watched.clear();
    space.flushWriteTlb();
  }

  // --- the scheduler ---

  private goName(g: number): string {
    const id = this.runtime.goid(g);
    return `g${id}`;
  }

  /** A goroutine is seen for the first time: it was just made. */
  private meet(t: Thread, g: number): void {
    if (this.known.has(g)) return;
    const r = this.runtime;
    const start = r.get64(g, "runtime.g", "startpc");
    if (start === undefined || start === 0) return;
    this.known.add(g);
    const lo = r.u64(g);
    const hi = r.u64(g + 8);
    const gopc = r.get64(g, "runtime.g", "gopc");
    const by = gopc === undefined ? "" : this.symbols.describe(gopc).replace(/\+0x[0-9a-f]+$/, "");
    const at = gopc === undefined ? undefined : this.symbols.line(gopc - 1);
    this.add(
      t,
      "goroutine",
      0,
      `new goroutine ${this.goName(g)}: ${this.symbols.describe(start)}${by === "" ? "" : `, made by ${by}`}${at === undefined || at.line === 0 || at.file === "<autogenerated>" ? "" : ` (${base(at.file)}:${at.line})`}, stack of ${lo === undefined || hi === undefined ? "?" : hi - lo} bytes`,
      {
        data: {
          g: hex(g),
          goid: r.goid(g),
          start: this.symbols.describe(start),
          creator: by,
          stackLo: hex(lo),
          stackHi: hex(hi),
        },
      },
    );
  }

  private status(t: Thread, g: number, from: number, to: number): void {
    if (from === 6 && to !== 6) this.known.delete(g);
    const why = to === 4 ? this.runtime.waitReason(g) : "";
    this.add(
      t,
      "status",
      2,
      `${this.goName(g)} ${statusName(from)} -> ${statusName(to)}${why === "" ? "" : ` (${why})`}`,
      {
        data: {
          g: hex(g),
          goid: this.runtime.goid(g),
          from: statusName(from),
          to: statusName(to),
          ...(why === "" ? {} : { reason: why }),
        },
      },
    );
  }

  private execute(t: Thread, g: number): void {
    const r = this.runtime;
    this.meet(t, g);
    const first = this.seen.has("execute");
    this.seen.add("execute");
    const pc =
      r.get64(g, "runtime.g", "sched") === undefined ? undefined : r.u64((r.at(g, "runtime.g", "sched") as number) + 8);
    const m = r.currentG(t);
    this.add(
      t,
      "run",
      first ? 2 : 0,
      `M${r.mid(m)} runs ${this.goName(g)}${pc === undefined ? "" : ` at ${this.symbols.describe(pc)}`} on P${r.pid(m)}`,
      {
        data: {
          g: hex(g),
          goid: r.goid(g),
          m: r.mid(m),
          p: r.pid(m),
          schedtick: r.get32(r.get64(r.m(m), "runtime.m", "p"), "runtime.p", "schedtick") ?? -1,
        },
      },
    );
  }

  /** A package's initialisation: the name is the task's symbol. */
  private initTask(t: Thread, task: number): void {
    if (this.runtime.u32(task) !== 0) return;
    let name = this.symbols.dataName(task).replace(/\.\.inittask.*/, "");
    if (name === "") {
      const f = this.runtime.u64(task + 8);
      name = f === undefined ? `task at ${hex(task)}` : this.symbols.describe(f).replace(/\.init.*/, "");
    }
    const order = ++this.initTasks;
    const s: Step = {
      func: `init ${name}`,
      level: 1,
      once: false,
      enter: () => ({ text: "" }),
    };
    this.add(t, "enter", 1, `init task ${order}: package ${name}`, {
      data: {
        package: name,
        order,
        from: this.callSite(this.machine.kernel.reg(t, 4)),
        locked: (this.runtime.get64(this.runtime.currentG(t), "runtime.g", "lockedm") ?? 0) !== 0,
      },
    });
    const g = this.runtime.currentG(t);
    const sp = this.machine.kernel.reg(t, 4);
    const returnTo = this.runtime.u64(sp) ?? 0;
    const stack = this.stacks.get(g) ?? [];
    this.stacks.set(g, stack);
    stack.push(new Frame(s, s.func, this.machine.instructions, returnTo, stack.length, this.events.length - 1));
    this.returns.set(returnTo, (this.returns.get(returnTo) ?? 0) + 1);
    this.machine.probe(returnTo);
  }

  // --- run ---

  async run(options: RunOptions, output: () => string, io: MachineIo): Promise<Trace> {
    const first = this.machine.process?.main as Thread;
    const firstProcess = this.machine.process;
    this.load(first);
    if (this.symbols.isGo) this.place();
    this.machine.hooks = {
      probe: (t, pc) => (t.process === firstProcess ? this.probe(t, pc) : false),
      syscall: (t, nr, args, r) => {
        const shown =
          r === undefined ? "" : r < 0 && r > -4096 ? ` = -1 ${errnoText(-r)}` : ` = ${r > 0xffffff ? hex(r) : r}`;
        this.add(t, "syscall", this.options.strace ? 1 : 2, `${callText(t, nr, args, r)}${shown}`, {
          pc: t.pc - 2,
          data: { nr },
        });
      },
      entered: (t, nr, args) => {
        if (nr === 231 || nr === 60)
          this.add(t, "syscall", nr === 231 ? 0 : 2, callText(t, nr, args, undefined), { pc: t.pc - 2, data: { nr } });
      },
      thread: (t, parent) => {
        const name = parent === undefined ? "" : ` made by thread ${parent.tid}`;
        this.add(parent, "thread", 0, `new thread ${t.tid}${name}: stack ${hex(this.machine.kernel.reg(t, 4))}`, {
          data: { tid: t.tid, parent: parent?.tid ?? 0 },
        });
      },
      threadExit: (t) =>
        this.add(t, "thread-exit", 2, `thread ${t.tid} ends after ${t.used} instructions`, {
          data: { instructions: t.used },
        }),
      signal: (t, info: SigInfo, action) => {
        this.add(
          t,
          "signal",
          2,
          `${signalName(info.signo)}${action === undefined || action.handler === 0 ? " (default action)" : ` -> ${this.symbols.describe(action.handler)}`}`,
          { data: { signal: signalName(info.signo) } },
        );
      },
      fatal: (t, info) =>
        this.add(
          t,
          "signal",
          0,
          `killed by ${signalName(info.signo)} at ${this.symbols.describe(t.pc)}, address ${hex(info.value)}`,
        ),
    };
    const { outcome, interrupted } = await drive(this.machine, options.maxInstructions, io);
    const status = this.machine.exitStatus;
    this.add(
      undefined,
      "exit",
      0,
      outcome === Outcome.Exited
        ? `the process is gone, status ${status}, after ${this.machine.instructions} instructions`
        : `${interrupted === undefined ? "recording stops" : "interrupted: recording stops"} after ${this.machine.instructions} instructions`,
      { depth: 0 },
    );
    const space = firstProcess?.space;
    const resident = [...(space?.resident().keys() ?? [])];
    return {
      head: {
        format: "rt0-boot",
        version: 1,
        program: this.program,
        go: this.symbols.version || "unknown",
        stripped: this.symbols.stripped,
        instructions: this.machine.instructions,
        status,
        ended: outcome === Outcome.Exited,
        mainMain: this.mainMain,
        dropped: this.dropped,
        differences: this.differences(),
      },
      events: this.events,
      stack: this.stackImage,
      maps: (space?.list() ?? []).map((r) => ({
        start: hex(r.start * 4096),
        end: hex(r.end * 4096),
        perm: `${r.prot & 1 ? "r" : "-"}${r.prot & 2 ? "w" : "-"}${r.prot & 4 ? "x" : "-"}`,
        name: r.name,
        resident: resident.filter((p) => p >= r.start && p < r.end).length,
      })),
      output: output(),
    };
  }

  /** Where the run departs from what Go 1.26 does: found in the run and the binary, not in a list of versions. */
  private differences(): string[] {
    const out: string[] = [];
    const s = this.symbols;
    if (!s.isGo) return out;
    if (!this.runtime.registerAbi) out.push("arguments are passed on the stack (registers since 1.17)");
    if (s.func("runtime.doInit1") === undefined)
      out.push("package initialisation is one recursive doInit (a list of tasks, doInit1, since 1.21)");
    if (s.func("runtime.updateMaxProcsGoroutine") === undefined)
      out.push("no goroutine follows the cgroup's CPU limit (since 1.25)");
    if (!s.stripped && s.address("runtime.numCPUStartup") === undefined)
      out.push("the number of CPUs is runtime.ncpu (numCPUStartup since 1.25)");
    if (!s.stripped && s.address("runtime.lfenceBeforeRdtsc") !== undefined)
      out.push("CPUID also sets runtime.lfenceBeforeRdtsc");
    const g0 = s.address("runtime.g0");
    const lo = this.bounds.get("g0.stack.lo");
    const hi = this.bounds.get("g0.stack.hi");
    if (g0 !== undefined && lo !== undefined && hi !== undefined && hi - lo !== 65536)
      out.push(`g0's stack has ${hi - lo} bytes (65536 in 1.26)`);
    const arena = this.machine.process?.space.list().find((r) => r.start === 0xc000000);
    if (arena !== undefined) out.push("the heap begins at 0xc000000000 (a random address, from AT_RANDOM, since 1.26)");
    return out;
  }
}

export function base(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
