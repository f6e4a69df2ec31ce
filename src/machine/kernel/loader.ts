// execve: an ELF file becomes a process image. Segments, bss, the initial stack with argc, argv, envp and auxv.

import { encodeUtf8 } from "#base";
import { At } from "../mem/layout.ts";
import { AddressSpace, type Backing, Prot } from "../mem/space.ts";
import { Errno, fail } from "./errno.ts";
import type { Kernel } from "./kernel.ts";
import { Thread } from "./process.ts";
import { FileNode } from "./vfs.ts";

/** Why a file cannot be run, in words for the user. */
export class ElfError extends Error {
  constructor(
    message: string,
    readonly errno: Errno,
  ) {
    super(message);
    this.name = "ElfError";
  }
}

/** What the loader needs of an ELF file. */
export interface ElfImage {
  readonly entry: number;
  readonly type: number;
  readonly phoff: number;
  readonly phnum: number;
  readonly segments: readonly ElfSegment[];
  readonly interpreter: string | undefined;
  readonly execStack: boolean;
}

export interface ElfSegment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memSize: number;
  readonly align: number;
}

const machines: Record<number, string> = {
  2: "SPARC",
  3: "Intel 80386 (32-bit)",
  8: "MIPS",
  20: "PowerPC",
  21: "PowerPC64",
  22: "IBM S/390",
  40: "ARM",
  50: "IA-64",
  183: "AArch64 (ARM 64-bit)",
  243: "RISC-V",
  247: "BPF",
  258: "LoongArch",
};

/** Reads headers and program headers; every number is checked against the file before it is used. */
export function parseElf(bytes: Uint8Array): ElfImage {
  const bad = (message: string, errno: Errno = Errno.ENOEXEC): never => {
    throw new ElfError(message, errno);
  };
  if (bytes.length >= 2 && bytes[0] === 0x23 && bytes[1] === 0x21) bad("a script (#!), not an ELF file");
  if (bytes.length >= 2 && bytes[0] === 0x4d && bytes[1] === 0x5a) bad("a Windows executable (PE), not an ELF file");
  if (bytes.length >= 4 && (bytes[0] === 0xcf || bytes[0] === 0xfe) && (bytes[1] === 0xfa || bytes[1] === 0xed))
    bad("a macOS executable (Mach-O), not an ELF file");
  if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46)
    bad("not an ELF file");
  if (bytes.length < 64) bad("truncated ELF header");
  const v = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine = v.getUint16(18, bytes[5] !== 2);
  if (bytes[4] !== 2 || bytes[5] !== 1 || machine !== 62) {
    const name = machine === 62 ? "x32 or big-endian x86-64" : (machines[machine] ?? `machine ${machine}`);
    bad(`an ELF file for ${name}; this machine runs x86-64 Linux programs`);
  }
  const type = v.getUint16(16, true);
  if (type === 1) bad("a relocatable object file, not a program: link it first");
  if (type === 4) bad("a core file, not a program");
  if (type !== 2 && type !== 3) bad(`ELF type ${type} is not a program`);
  const big = (at: number): number => v.getUint32(at + 4, true) * 4294967296 + v.getUint32(at, true);
  const phoff = big(32);
  const phnum = v.getUint16(56, true);
  if (v.getUint16(54, true) !== 56) bad("program headers of unexpected size");
  if (phnum === 0) bad("no program headers");
  if (phoff + phnum * 56 > bytes.length) bad("program headers lie outside the file");
  const segments: ElfSegment[] = [];
  let interpreter: string | undefined;
  let execStack = true;
  for (let i = 0; i < phnum; i++) {
    const at = phoff + i * 56;
    const s: ElfSegment = {
      type: v.getUint32(at, true),
      flags: v.getUint32(at + 4, true),
      offset: big(at + 8),
      address: big(at + 16),
      fileSize: big(at + 32),
      memSize: big(at + 40),
      align: big(at + 48),
    };
    if (s.type === 1) {
      if (s.offset + s.fileSize > bytes.length) bad(`segment ${i} lies outside the file (truncated?)`);
      if (s.memSize < s.fileSize) bad(`segment ${i} is larger in the file than in memory`);
      if (s.address + s.memSize > 0x7ffff0000000) bad(`segment ${i} lies outside the address space`);
      if (s.address % 4096 !== s.offset % 4096) bad(`segment ${i} is not aligned to a page`);
    }
    if (s.type === 3) {
      if (s.offset + s.fileSize > bytes.length) bad("the interpreter's name lies outside the file");
      interpreter = "";
      for (let k = 0; k < s.fileSize - 1; k++) interpreter += String.fromCharCode(bytes[s.offset + k] as number);
    }
    if (s.type === 0x6474e551) execStack = (s.flags & 1) !== 0;
    segments.push(s);
  }
  if (!segments.some((s) => s.type === 1 && s.memSize > 0)) bad("nothing to load");
  return { entry: big(24), type, phoff, phnum, segments, interpreter, execStack };
}

class BytesBacking implements Backing {
  constructor(
    readonly name: string,
    private readonly bytes: Uint8Array,
    /** File bytes that belong to the segment end here: the rest of the last page is zero. */
    private readonly end: number,
  ) {}
  read(offset: number, into: Uint8Array): void {
    if (offset < this.end) into.set(this.bytes.subarray(offset, Math.min(this.end, offset + into.length)));
  }
  write(): void {}
  size(): number {
    return Number.POSITIVE_INFINITY;
  }
}

/** Maps the segments; returns the difference between run-time and link-time addresses. */
function mapSegments(space: AddressSpace, image: ElfImage, bytes: Uint8Array, name: string, base: number): void {
  for (const s of image.segments) {
    if (s.type !== 1 || s.memSize === 0) continue;
    const prot =
      ((s.flags & 4) !== 0 ? Prot.Read : 0) |
      ((s.flags & 2) !== 0 ? Prot.Write : 0) |
      ((s.flags & 1) !== 0 ? Prot.Exec : 0);
    const start = Math.floor((base + s.address) / 4096);
    const fileEnd = Math.ceil((base + s.address + s.fileSize) / 4096);
    const end = Math.ceil((base + s.address + s.memSize) / 4096);
    if (s.fileSize > 0) {
      // A writable segment's last page ends in zeros; a read-only one shows what follows in the file.
      const stop = (s.flags & 2) !== 0 ? s.offset + s.fileSize : bytes.length;
      space.map(start, fileEnd, prot, name, new BytesBacking(name, bytes, stop), s.offset - (s.address % 4096));
    }
    const zeroFrom = s.fileSize > 0 ? fileEnd : start;
    if (end > zeroFrom) space.map(zeroFrom, end, prot, "");
  }
}

const stackTop = 0x7ffffffff000;
const stackSize = 8 << 20;

/** Gives thread t's process a new image. Throws ElfError; on success the old image is gone. */
export function loadImage(
  k: Kernel,
  t: Thread,
  file: FileNode,
  path: string,
  argv: readonly string[],
  env: readonly string[],
): void {
  file.open();
  const bytes = file.data.subarray(0, file.length);
  const image = parseElf(bytes);
  let interpreter: { image: ElfImage; bytes: Uint8Array; name: string } | undefined;
  if (image.interpreter !== undefined) {
    const node = tryWalk(k, image.interpreter);
    if (node === undefined) {
      throw new ElfError(
        `a dynamically linked program: its interpreter ${image.interpreter} is not in the machine's file system; build it statically (CGO_ENABLED=0, or gcc -static), or mount the libraries (-mount /lib64:/lib64:ro -mount /lib:/lib:ro -mount /usr:/usr:ro)`,
        Errno.ENOENT,
      );
    }
    node.open();
    const b = node.data.subarray(0, node.length);
    interpreter = { image: parseElf(b), bytes: b, name: image.interpreter };
  }
  const space = new AddressSpace(k.frames);
  const base = image.type === 3 ? 0x555555554000 : 0;
  mapSegments(space, image, bytes, path, base);
  let entry = base + image.entry;
  let interpreterBase = 0;
  if (interpreter !== undefined) {
    interpreterBase = 0x7ffff7c00000;
    mapSegments(space, interpreter.image, interpreter.bytes, interpreter.name, interpreterBase);
    entry = interpreterBase + interpreter.image.entry;
  }
  let last = 0;
  for (const s of image.segments) if (s.type === 1) last = Math.max(last, base + s.address + s.memSize);
  space.brkStart = space.brk = Math.ceil(last / 4096) * 4096 + 0x1000000;
  space.map(
    (stackTop - stackSize) / 4096,
    stackTop / 4096,
    Prot.Read | Prot.Write | (image.execStack ? Prot.Exec : 0),
    "[stack]",
    undefined,
    0,
    false,
    true,
  );

  // Strings at the top, then the vectors below them.
  let at = stackTop - 16;
  const text = (s: string): number => {
    const b = encodeUtf8(s);
    at -= b.length + 1;
    const z = new Uint8Array(b.length + 1);
    z.set(b);
    space.poke(at, z);
    return at;
  };
  const execfn = text(path);
  const envp = env.map(text);
  const args = argv.map(text);
  const platform = text("x86_64");
  at = Math.floor(at / 16) * 16 - 16;
  const random = at;
  space.poke(random, k.state.random.bytes(16));
  const phdr = image.segments.find((s) => s.type === 6);
  let phdrAddress = phdr !== undefined ? base + phdr.address : 0;
  if (phdrAddress === 0) {
    const holder = image.segments.find(
      (s) => s.type === 1 && s.offset <= image.phoff && image.phoff < s.offset + s.fileSize,
    );
    if (holder !== undefined) phdrAddress = base + holder.address + image.phoff - holder.offset;
  }
  const auxv: [number, number][] = [
    [16, 0x078bfbff], // HWCAP: CPUID leaf 1 EDX
    [6, 4096],
    [17, 100],
    [3, phdrAddress],
    [4, 56],
    [5, image.phnum],
    [7, interpreterBase],
    [8, 0],
    [9, base + image.entry],
    [11, 0],
    [12, 0],
    [13, 0],
    [14, 0],
    [23, 0],
    [25, random],
    [26, 0],
    [31, execfn],
    [15, platform],
    [51, 1200], // MINSIGSTKSZ
    [0, 0],
  ];
  const words = 1 + args.length + 1 + envp.length + 1 + auxv.length * 2;
  at = Math.floor((random - words * 8) / 16) * 16;
  const rsp = at;
  if (stackTop - rsp > stackSize / 4) throw new ElfError("argument list too long", Errno.E2BIG);
  const vector = new DataView(new ArrayBuffer(words * 8));
  let w = 0;
  const put = (n: number): void => {
    vector.setUint32(w * 8, n >>> 0, true);
    vector.setUint32(w * 8 + 4, Math.floor(n / 4294967296), true);
    w++;
  };
  put(args.length);
  args.forEach(put);
  put(0);
  envp.forEach(put);
  put(0);
  const auxStart = w;
  for (const [key, value] of auxv) {
    put(key);
    put(value);
  }
  space.poke(rsp, new Uint8Array(vector.buffer));

  // From here on nothing fails: the old image goes.
  const p = t.process;
  k.unload();
  for (const other of [...p.threads]) if (other !== t) k.exitThread(other, 0);
  p.space.users--;
  if (p.space.users === 0) {
    k.engine.setSpace(space);
    p.space.clear();
    k.engine.dropSpace(p.space);
  }
  p.space = space;
  p.exe = path;
  p.argv = argv;
  p.env = env;
  p.auxv = new Uint8Array(vector.buffer.slice(auxStart * 8));
  for (const [signo, a] of [...p.actions]) if (a.handler !== 1) p.actions.delete(signo);
  p.timers.clear();
  const fresh = new Thread(t.tid, p);
  t.cpu.set(fresh.cpu);
  t.pc = entry;
  t.altSize = 0;
  t.altStack = 0;
  t.clearTid = 0;
  t.wait = undefined;
  const slash = path.lastIndexOf("/");
  t.name = path.slice(slash + 1).slice(0, 15);
  const view = new DataView(t.cpu.buffer);
  view.setUint32(At.Regs + 32, rsp >>> 0, true);
  view.setUint32(At.Regs + 36, Math.floor(rsp / 4294967296), true);
  k.releaseVfork(t);
  k.hooks.exec?.(p);
}

function tryWalk(k: Kernel, path: string): FileNode | undefined {
  try {
    const { node } = k.state.tree.walk(k.state.tree.root, path, true);
    return node instanceof FileNode ? node : undefined;
  } catch {
    return undefined;
  }
}

/** execve. */
export function execute(k: Kernel, t: Thread, path: string, argv: readonly string[], env: readonly string[]): void {
  const { node } = k.state.tree.walk(t.process.cwd, path, true);
  if (node === undefined) fail(Errno.ENOENT);
  if (!(node instanceof FileNode)) fail(Errno.EACCES);
  if ((node.mode & 0o111) === 0) fail(Errno.EACCES);
  node.open();
  // A script names its interpreter.
  if (node.length > 2 && node.data[0] === 0x23 && node.data[1] === 0x21) {
    let line = "";
    for (let i = 2; i < Math.min(node.length, 256) && node.data[i] !== 10; i++)
      line += String.fromCharCode(node.data[i] as number);
    const [interpreter, ...rest] = line.trim().split(/\s+/);
    if (interpreter === undefined || interpreter === "") fail(Errno.ENOEXEC);
    execute(
      k,
      t,
      interpreter,
      [interpreter, ...(rest.length > 0 ? [rest.join(" ")] : []), path, ...argv.slice(1)],
      env,
    );
    return;
  }
  const fds = t.process.fds;
  try {
    loadImage(k, t, node, path, argv, env);
  } catch (e) {
    if (e instanceof ElfError) fail(e.errno);
    throw e;
  }
  if (fds.users > 1) {
    t.process.fds = fds.fork();
    fds.users--;
  }
  for (const fd of [...t.process.fds.closeOnExec]) t.process.fds.close(fd);
}
