// Signals: numbers, default actions, and the frame that a handler runs on.

import { At } from "../mem/layout.ts";
import type { Kernel } from "./kernel.ts";
import type { SigAction, SigInfo, Thread } from "./process.ts";

export const enum Sig {
  HUP = 1,
  INT = 2,
  QUIT = 3,
  ILL = 4,
  TRAP = 5,
  ABRT = 6,
  BUS = 7,
  FPE = 8,
  KILL = 9,
  USR1 = 10,
  SEGV = 11,
  USR2 = 12,
  PIPE = 13,
  ALRM = 14,
  TERM = 15,
  CHLD = 17,
  CONT = 18,
  STOP = 19,
  URG = 23,
  VTALRM = 26,
  PROF = 27,
  WINCH = 28,
  SYS = 31,
}

const names = [
  "",
  "HUP",
  "INT",
  "QUIT",
  "ILL",
  "TRAP",
  "ABRT",
  "BUS",
  "FPE",
  "KILL",
  "USR1",
  "SEGV",
  "USR2",
  "PIPE",
  "ALRM",
  "TERM",
  "STKFLT",
  "CHLD",
  "CONT",
  "STOP",
  "TSTP",
  "TTIN",
  "TTOU",
  "URG",
  "XCPU",
  "XFSZ",
  "VTALRM",
  "PROF",
  "WINCH",
  "IO",
  "PWR",
  "SYS",
];

export function signalName(n: number): string {
  const s = names[n];
  if (n === 32) return "SIGRTMIN";
  return s === undefined || s === "" ? `SIGRT_${n - 32}` : `SIG${s}`;
}

/** Signals that do nothing unless handled: CHLD, CONT, URG, WINCH, and the stops, which this kernel does not do. */
export function ignoredByDefault(n: number): boolean {
  return n === Sig.CHLD || n === Sig.CONT || n === Sig.URG || n === Sig.WINCH || (n >= Sig.STOP && n <= 22);
}

export function bit(n: number): bigint {
  return 1n << BigInt(n - 1);
}

const SA_NODEFER = 0x40000000;
const SA_ONSTACK = 0x08000000;
const SA_RESETHAND = 0x80000000;
const SA_RESTORER = 0x04000000;
const fpSize = 832;

/** Order of the general registers in struct sigcontext, as register numbers. */
const contextOrder = [8, 9, 10, 11, 12, 13, 14, 15, 7, 6, 5, 3, 2, 0, 1, 4];

/**
 * Builds the frame of a handler and makes the thread run it. The kernel's layout: return address (the restorer),
 * ucontext, siginfo; the floating-point state above, aligned to 64.
 */
export function pushFrame(k: Kernel, t: Thread, info: SigInfo, action: SigAction): void {
  const space = t.process.space;
  // The extended state is taken from the linear memory: the thread must be there.
  k.load(t);
  const v = k.cpuView(t);
  const flags = action.flagsLo;
  const rsp = Number(v.getBigUint64(At.Regs + 32, true));
  const onAlt = t.altSize > 0 && rsp > t.altStack && rsp <= t.altStack + t.altSize;
  let top = rsp - 128;
  if ((flags & SA_ONSTACK) !== 0 && t.altSize > 0 && !onAlt) top = t.altStack + t.altSize;
  const fp = Math.floor((top - fpSize) / 64) * 64;
  const frame = Math.floor((fp - 440 - 8) / 16) * 16 - 8;
  const bytes = new Uint8Array(440);
  const f = new DataView(bytes.buffer);
  const put = (at: number, n: number): void => {
    f.setUint32(at, n >>> 0, true);
    f.setUint32(at + 4, Math.floor(n / 4294967296) >>> 0, true);
  };
  put(0, (flags & SA_RESTORER) !== 0 ? action.restorer : 0);
  const uc = 8;
  put(uc, 6);
  put(uc + 16, t.altStack);
  f.setInt32(uc + 24, t.altSize === 0 ? 2 : onAlt ? 1 : 0, true);
  put(uc + 32, t.altSize);
  contextOrder.forEach((r, i) => {
    f.setBigUint64(uc + 40 + i * 8, v.getBigUint64(At.Regs + r * 8, true), true);
  });
  put(uc + 168, t.pc);
  put(uc + 176, k.flagsOf(t));
  f.setUint16(uc + 184, 0x33, true);
  f.setUint16(uc + 190, 0x2b, true);
  put(uc + 192, info.error);
  put(uc + 200, info.trap);
  f.setBigUint64(uc + 208, t.mask, true);
  put(uc + 216, info.trap === 14 ? info.value : 0);
  put(uc + 224, fp);
  f.setBigUint64(uc + 296, t.savedMask ?? t.mask, true);
  packInfo(f, 312, info);
  k.storeFpState(t, fp);
  space.write(frame, bytes);
  t.mask |= action.mask;
  if ((flags & SA_NODEFER) === 0) t.mask |= bit(info.signo);
  t.mask &= ~(bit(Sig.KILL) | bit(Sig.STOP));
  t.savedMask = undefined;
  if ((flags & SA_RESETHAND) !== 0) t.process.actions.delete(info.signo);
  const set = (r: number, n: number): void => {
    v.setUint32(At.Regs + r * 8, n >>> 0, true);
    v.setUint32(At.Regs + r * 8 + 4, Math.floor(n / 4294967296), true);
  };
  set(4, frame);
  set(7, info.signo);
  set(6, frame + 312);
  set(2, frame + 8);
  set(0, 0);
  v.setInt32(At.FlagD, 1, true);
  t.pc = action.handler;
}

/** siginfo_t at `at`. */
export function packInfo(f: DataView, at: number, info: SigInfo): void {
  f.setInt32(at, info.signo, true);
  f.setInt32(at + 8, info.code, true);
  const fault =
    info.signo === Sig.SEGV ||
    info.signo === Sig.BUS ||
    info.signo === Sig.FPE ||
    info.signo === Sig.ILL ||
    info.signo === Sig.TRAP;
  if (fault && info.code > 0) {
    f.setUint32(at + 16, info.value >>> 0, true);
    f.setUint32(at + 20, Math.floor(info.value / 4294967296), true);
  } else {
    f.setInt32(at + 16, info.pid, true);
    f.setInt32(at + 20, info.uid, true);
    f.setInt32(at + 24, info.value, true);
  }
}

/** rt_sigreturn: everything back from the frame, changed or not. */
export function popFrame(k: Kernel, t: Thread): void {
  k.load(t);
  const v = k.cpuView(t);
  const space = t.process.space;
  const uc = Number(v.getBigUint64(At.Regs + 32, true));
  const bytes = space.read(uc, 304);
  const f = new DataView(bytes.buffer);
  contextOrder.forEach((r, i) => {
    v.setBigUint64(At.Regs + r * 8, f.getBigUint64(40 + i * 8, true), true);
  });
  t.pc = Number(f.getBigUint64(168, true));
  k.setFlagsOf(t, f.getUint32(176, true));
  const fp = Number(f.getBigUint64(224, true));
  if (fp !== 0) k.loadFpState(t, fp);
  t.mask = f.getBigUint64(296, true) & ~(bit(Sig.KILL) | bit(Sig.STOP));
  const alt = Number(f.getBigUint64(16, true));
  const size = Number(f.getBigUint64(32, true));
  if ((f.getInt32(24, true) & 2) === 0) {
    t.altStack = alt;
    t.altSize = size;
  }
}
