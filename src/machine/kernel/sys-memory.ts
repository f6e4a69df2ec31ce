// mmap and its relatives.

import { type AddressSpace, type Backing, Prot, userEnd } from "../mem/space.ts";
import { Errno, fail } from "./errno.ts";
import { DeviceFile, RegularFile } from "./files.ts";
import type { Thread } from "./process.ts";
import { int, syscall } from "./table.ts";
import type { FileNode } from "./vfs.ts";

const page = 4096;
const pagesOf = (bytes: number): number => Math.ceil(bytes / page);

/** Pages of a file; a shared mapping writes them back. */
class FileBacking implements Backing {
  constructor(
    readonly file: FileNode,
    readonly name: string,
  ) {}
  read(offset: number, into: Uint8Array): void {
    this.file.read(offset, into);
  }
  write(offset: number, from: Uint8Array): void {
    const n = Math.min(from.length, this.file.length - offset);
    if (n > 0) this.file.write(offset, from.subarray(0, n));
    this.file.flush();
  }
  size(): number {
    return this.file.length;
  }
}

function checkLimit(space: AddressSpace, more: number): void {
  if (space.reserved + more > space.limit) fail(Errno.ENOMEM);
}

function range(args: readonly number[]): { start: number; end: number } {
  const address = args[0] as number;
  const length = args[1] as number;
  if (address % page !== 0) fail(Errno.EINVAL);
  const end = address + pagesOf(length) * page;
  if (end > userEnd || end < address) fail(Errno.ENOMEM);
  return { start: address / page, end: end / page };
}

syscall(9, "mmap", "p u prot map fd x", (_k, t: Thread, args) => {
  const [hint, length, prot, flags] = args as [number, number, number, number];
  const space = t.process.space;
  if (length === 0) fail(Errno.EINVAL);
  if (length > userEnd) fail(Errno.ENOMEM);
  const count = pagesOf(length);
  const fixed = (flags & 0x10) !== 0;
  const noReplace = (flags & 0x100000) !== 0;
  const shared = (flags & 3) !== 2;
  const offset = args[5] as number;
  if (offset % page !== 0) fail(Errno.EINVAL);
  let backing: Backing | undefined;
  if ((flags & 0x20) === 0) {
    const f = t.process.fds.get(int(args[4]));
    if (f instanceof RegularFile) {
      if (!f.readable || (shared && (prot & Prot.Write) !== 0 && !f.writable)) fail(Errno.EACCES);
      backing = new FileBacking(f.file, f.name);
    } else if (!(f instanceof DeviceFile && f.device === "zero")) fail(Errno.ENODEV);
  }
  checkLimit(space, count);
  let start: number;
  if (fixed || noReplace) {
    if (hint % page !== 0) fail(Errno.EINVAL);
    start = hint / page;
    if (hint + count * page > userEnd) fail(Errno.ENOMEM);
    if (noReplace && !space.vacant(start, start + count)) fail(Errno.EEXIST);
  } else {
    const wanted = Math.floor(hint / page);
    if (wanted >= 16 && hint + count * page <= userEnd && space.vacant(wanted, wanted + count)) start = wanted;
    else start = space.findFree(count) ?? fail(Errno.ENOMEM);
  }
  space.map(start, start + count, prot & 7, backing?.name ?? "", backing, offset, shared && backing !== undefined);
  return start * page;
});

syscall(10, "mprotect", "p u prot", (_k, t, args) => {
  const r = range(args);
  if (r.start === r.end) return 0;
  return t.process.space.protect(r.start, r.end, int(args[2]) & 7) ? 0 : -Errno.ENOMEM;
});

syscall(11, "munmap", "p u", (_k, t, args) => {
  if ((args[1] as number) === 0) fail(Errno.EINVAL);
  const r = range(args);
  t.process.space.unmap(r.start, r.end);
  return 0;
});

syscall(12, "brk", "p", (_k, t, args) => {
  const space = t.process.space;
  const want = args[0] as number;
  if (want < space.brkStart || want > space.brkStart + 0x10000000000) return space.brk;
  const from = pagesOf(space.brk);
  const to = pagesOf(want);
  if (to > from) {
    if (!space.vacant(from, to) || space.reserved + to - from > space.limit) return space.brk;
    space.map(from, to, Prot.Read | Prot.Write, "[heap]");
  } else if (to < from) space.unmap(to, from);
  space.brk = want;
  return want;
});

syscall(25, "mremap", "p u u x p", (_k, t, args) => {
  const [address, oldLength, newLength, flags] = args as [number, number, number, number];
  const space = t.process.space;
  if (address % page !== 0 || newLength === 0) fail(Errno.EINVAL);
  const start = address / page;
  const from = pagesOf(oldLength);
  const to = pagesOf(newLength);
  const region = space.find(start);
  if (region === undefined) fail(Errno.EFAULT);
  if (to <= from) {
    if (to < from) space.unmap(start + to, start + from);
    return address;
  }
  if (space.vacant(start + from, start + to)) {
    space.map(
      start + from,
      start + to,
      region.prot,
      region.name,
      region.backing,
      region.offset + (start + from - region.start) * page,
      region.shared,
    );
    return address;
  }
  if ((flags & 1) === 0) fail(Errno.ENOMEM);
  const target = (flags & 2) !== 0 ? (args[4] as number) / page : (space.findFree(to) ?? fail(Errno.ENOMEM));
  space.map(
    target,
    target + to,
    region.prot,
    region.name,
    region.backing,
    region.offset + (start - region.start) * page,
    region.shared,
  );
  for (let i = 0; i < from; i++) {
    if (!space.resident().has(start + i)) continue;
    const bytes = space.peek((start + i) * page, page);
    if (bytes !== undefined) space.poke((target + i) * page, bytes);
  }
  space.unmap(start, start + from);
  return target * page;
});

syscall(26, "msync", "p u x", (_k, t, args) => {
  const r = range(args);
  const space = t.process.space;
  if (!space.covered(r.start, r.end)) fail(Errno.ENOMEM);
  for (let p = r.start; p < r.end; p++) {
    const region = space.find(p);
    if (region?.shared !== true || region.backing === undefined || !space.resident().has(p)) continue;
    const bytes = space.peek(p * page, page);
    if (bytes !== undefined) region.backing.write(region.offset + (p - region.start) * page, bytes);
  }
  return 0;
});

syscall(27, "mincore", "p u p", (_k, t, args) => {
  const r = range(args);
  const space = t.process.space;
  if (!space.covered(r.start, r.end)) fail(Errno.ENOMEM);
  const out = new Uint8Array(r.end - r.start);
  for (let p = r.start; p < r.end; p++) out[p - r.start] = space.resident().has(p) ? 1 : 0;
  space.write(args[2] as number, out);
  return 0;
});

syscall(28, "madvise", "p u madv", (_k, t, args) => {
  const r = range(args);
  const advice = int(args[2]);
  const space = t.process.space;
  switch (advice) {
    case 4: // DONTNEED
    case 8: // FREE
      if (!space.covered(r.start, r.end)) fail(Errno.ENOMEM);
      space.discard(r.start, r.end);
      return 0;
    case 25: // COLLAPSE
      return -Errno.EINVAL;
    default:
      return advice >= 0 && advice <= 24 ? 0 : -Errno.EINVAL;
  }
});
syscall(149, "mlock", "p u", () => 0);
syscall(150, "munlock", "p u", () => 0);
syscall(151, "mlockall", "x", () => 0);
syscall(152, "munlockall", "", () => 0);
syscall(237, "mbind", "p u d p u x", () => -Errno.ENOSYS);
syscall(334, "rseq", "p u x x", () => -Errno.ENOSYS);
