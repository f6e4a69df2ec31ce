import type { SyscallFunction } from "./kernel.ts";

/** How strace prints an argument. */
export type ArgKind =
  | "d"
  | "u"
  | "x"
  | "p"
  | "s"
  | "fd"
  | "o"
  | "buf"
  | "open"
  | "prot"
  | "map"
  | "sig"
  | "at"
  | "clock"
  | "ts"
  | "futex"
  | "clone"
  | "madv";

/** A system call: its name and how its arguments are printed. */
export interface SyscallInfo {
  readonly nr: number;
  readonly name: string;
  readonly args: readonly ArgKind[];
}

export const syscallTable: (SyscallFunction | undefined)[] = [];
export const syscallInfos: (SyscallInfo | undefined)[] = [];

/** By number: the arguments that are signed, as bits. A number has no room for all of 2^64 - 100, but for -100. */
export const signedArgs = new Uint8Array(512);
const unsigned: ReadonlySet<ArgKind> = new Set<ArgKind>(["u", "x", "p", "s", "buf", "ts"]);

/** Defines a system call. */
export function syscall(nr: number, name: string, args: string, f: SyscallFunction): void {
  const kinds = args === "" ? [] : (args.split(" ") as ArgKind[]);
  syscallInfos[nr] = { nr, name, args: kinds };
  kinds.forEach((kind, i) => {
    if (!unsigned.has(kind)) (signedArgs[nr] as number) |= 1 << i;
  });
  syscallTable[nr] = f;
}

export function syscallName(nr: number): string {
  return syscallInfos[nr]?.name ?? `syscall_${nr}`;
}

/** The low 32 bits as a signed number: descriptors, flags, small counts. */
export function int(v: number | undefined): number {
  return Number((v as number) % 4294967296) | 0;
}

/** A 64-bit argument as signed; exact up to 2^53. */
export function long(v: number | undefined): number {
  const n = v as number;
  return n >= 2 ** 63 ? n - 2 ** 64 : n;
}
