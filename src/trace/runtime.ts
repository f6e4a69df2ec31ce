// The Go runtime's structures in the memory of a running machine: g, m, p, the scheduler.

import type { Machine, Thread } from "#machine";
import { type Fields, structLayouts } from "./dwarftypes.ts";
import type { GoSymbols } from "./gosyms.ts";

/** Offsets that have not moved from Go 1.15 to 1.26: for programs without DWARF. */
const fallback: Record<string, Record<string, number>> = {
  "runtime.g": { stack: 0, stackguard0: 16, stackguard1: 24, m: 48, sched: 56, atomicstatus: 144, goid: 152 },
  "runtime.m": { g0: 0, procid: 64, gsignal: 72 },
  "runtime.p": { id: 0, status: 4, link: 8, schedtick: 16 },
};
/** Offsets of Go 1.26 for stripped programs of that version. */
const fallback26: Record<string, Record<string, number>> = {
  "runtime.g": { waitreason: 176, lockedm: 208, gopc: 288, startpc: 304, parentGoid: 280 },
  "runtime.m": { tls: 128, curg: 184, p: 208, id: 232, lockedg: 384 },
  "runtime.p": { m: 48, runqhead: 400, runqtail: 404, runnext: 2456 },
  "runtime.schedt": { maxmcount: 80, ngsys: 96 },
};

const statusNames: Record<number, string> = {
  0: "idle",
  1: "runnable",
  2: "running",
  3: "syscall",
  4: "waiting",
  6: "dead",
  8: "copystack",
  9: "preempted",
  10: "leaked",
  11: "deadextra",
};

export function statusName(s: number): string {
  const base = statusNames[s & ~0x1000] ?? String(s);
  return (s & 0x1000) !== 0 ? `${base} (scan)` : base;
}

/** Reads the runtime's data. Everything returns undefined where the memory or the field is not there. */
export class Runtime {
  private readonly layouts: Map<string, Fields>;
  private readonly reasons = new Map<number, string>();
  /** Arguments come in registers since 1.17. */
  readonly registerAbi: boolean;

  constructor(
    readonly machine: Machine,
    readonly symbols: GoSymbols,
  ) {
    this.layouts = structLayouts(
      symbols.elf,
      new Set(["runtime.g", "runtime.m", "runtime.p", "runtime.schedt", "runtime.moduledata", "runtime.mstats"]),
    );
    this.registerAbi = symbols.minor >= 17;
  }

  field(struct: string, name: string): number | undefined {
    const d = this.layouts.get(struct)?.get(name);
    if (d !== undefined) return d;
    if (this.layouts.has(struct)) return undefined;
    return fallback[struct]?.[name] ?? (this.symbols.minor === 26 ? fallback26[struct]?.[name] : undefined);
  }

  private bytes(address: number, n: number): DataView | undefined {
    if (!(address > 0 && address < 0x800000000000)) return undefined;
    const b = this.machine.process?.space.peek(address, n);
    return b === undefined ? undefined : new DataView(b.buffer);
  }

  u8(address: number): number | undefined {
    return this.bytes(address, 1)?.getUint8(0);
  }
  u32(address: number): number | undefined {
    return this.bytes(address, 4)?.getUint32(0, true);
  }
  u64(address: number): number | undefined {
    const v = this.bytes(address, 8);
    return v === undefined ? undefined : v.getUint32(0, true) + v.getUint32(4, true) * 4294967296;
  }

  at(base: number | undefined, struct: string, name: string): number | undefined {
    const off = this.field(struct, name);
    return base === undefined || base === 0 || off === undefined ? undefined : base + off;
  }
  get64(base: number | undefined, struct: string, name: string): number | undefined {
    const a = this.at(base, struct, name);
    return a === undefined ? undefined : this.u64(a);
  }
  get32(base: number | undefined, struct: string, name: string): number | undefined {
    const a = this.at(base, struct, name);
    return a === undefined ? undefined : this.u32(a);
  }

  global64(name: string): number | undefined {
    const a = this.symbols.address(name);
    return a === undefined ? undefined : this.u64(a);
  }
  global32(name: string): number | undefined {
    const a = this.symbols.address(name);
    return a === undefined ? undefined : this.u32(a);
  }

  /** The g of a thread: the word below its TLS base. */
  currentG(t: Thread): number {
    const v = this.machine.kernel.cpuView(t);
    const fs = v.getUint32(152, true) + v.getUint32(156, true) * 4294967296;
    return fs === 0 ? 0 : (this.u64(fs - 8) ?? 0);
  }

  goid(g: number): number {
    return this.get64(g, "runtime.g", "goid") ?? -1;
  }
  status(g: number): number {
    return this.get32(g, "runtime.g", "atomicstatus") ?? -1;
  }
  m(g: number): number {
    return this.get64(g, "runtime.g", "m") ?? 0;
  }
  /** The id of the P of g's m, or -1. */
  pid(g: number): number {
    const p = this.get64(this.m(g), "runtime.m", "p") ?? 0;
    return p === 0 ? -1 : (this.get32(p, "runtime.p", "id") ?? -1) | 0;
  }
  mid(g: number): number {
    return this.get64(this.m(g), "runtime.m", "id") ?? -1;
  }

  /** Why a goroutine waits: from the runtime's own table of strings. */
  waitReason(g: number): string {
    const a = this.at(g, "runtime.g", "waitreason");
    const r = a === undefined ? undefined : this.u8(a);
    return r === undefined ? "" : this.reasonText(r);
  }
  reasonText(r: number): string {
    const old = this.reasons.get(r);
    if (old !== undefined) return old;
    const table = this.symbols.address("runtime.waitReasonStrings");
    let text = "";
    if (table !== undefined) text = this.string(table + r * 16);
    this.reasons.set(r, text);
    return text;
  }

  /** A Go string at an address. */
  string(at: number): string {
    const p = this.u64(at);
    const n = this.u64(at + 8);
    if (p === undefined || n === undefined || n > 4096 || n === 0) return "";
    const b = this.machine.process?.space.peek(p, n);
    return b === undefined ? "" : String.fromCharCode(...b);
  }

  /** Argument i of a function at its entry: integer registers in order, or words above the return address. */
  arg(t: Thread, i: number): number {
    const k = this.machine.kernel;
    if (this.registerAbi) return k.reg(t, [0, 3, 1, 7, 6, 8, 9, 10, 11][i] ?? 0);
    return this.u64(k.reg(t, 4) + 8 + i * 8) ?? 0;
  }

  /** All goroutines: address of each g. */
  allgs(): number[] {
    const base = this.symbols.address("runtime.allgs");
    const p = base === undefined ? undefined : this.u64(base);
    const n = base === undefined ? undefined : this.u64(base + 8);
    const out: number[] = [];
    if (p === undefined || n === undefined || n > 100000) return out;
    for (let i = 0; i < n; i++) out.push(this.u64(p + i * 8) ?? 0);
    return out;
  }

  allp(): number[] {
    const base = this.symbols.address("runtime.allp");
    const p = base === undefined ? undefined : this.u64(base);
    const n = base === undefined ? undefined : this.u64(base + 8);
    const out: number[] = [];
    if (p === undefined || n === undefined || n > 4096) return out;
    for (let i = 0; i < n; i++) out.push(this.u64(p + i * 8) ?? 0);
    return out;
  }
}
