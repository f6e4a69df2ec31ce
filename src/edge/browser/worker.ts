// The machine in a Web Worker: one program after the other, its streams as messages. Files live in memory.
import { MemoryHost } from "#host";
import { type MachineIo, machineMain } from "#machine";
import { bootMain } from "#trace";
import type { Command, Report } from "./messages.ts";

/** What is used of a worker's global scope; the DOM's own types would clash with Node's. */
interface Scope {
  postMessage(report: Report): void;
  onmessage: ((e: { readonly data: Command }) => void) | null;
  setTimeout(f: () => void, ms: number): number;
  clearTimeout(timer: number): void;
  readonly performance: { now(): number };
}
const scope = globalThis as unknown as Scope;

class WorkerIo implements MachineIo {
  readonly env = { HOME: "/", PATH: "/bin", TERM: "dumb", USER: "user" };
  private readonly input: Uint8Array[] = [];
  private ended = false;
  private count = 0;
  private wake: (() => void) | undefined;

  take(bytes: Uint8Array): void {
    if (bytes.length === 0) this.ended = true;
    else this.input.push(bytes);
    this.wake?.();
  }

  interrupt(): void {
    this.count++;
    this.wake?.();
  }

  read(_fd: number, count: number): Uint8Array | undefined {
    const first = this.input[0];
    if (first === undefined) return this.ended ? new Uint8Array(0) : undefined;
    if (first.length <= count) this.input.shift();
    else this.input[0] = first.subarray(count);
    return first.subarray(0, count);
  }

  write(fd: number, bytes: Uint8Array): boolean {
    scope.postMessage({ kind: "output", fd, bytes: bytes.slice() });
    return true;
  }

  isTerminal(): boolean {
    return false;
  }

  now(): number {
    return scope.performance.now();
  }

  pause(ms: number): Promise<void> {
    return new Promise((done) => {
      const end = (): void => {
        scope.clearTimeout(timer);
        this.wake = undefined;
        done();
      };
      const timer = scope.setTimeout(end, ms);
      this.wake = end;
    });
  }

  waitInput(): Promise<void> {
    if (this.input.length > 0 || this.ended) return Promise.resolve();
    return new Promise((done) => {
      this.wake = () => {
        this.wake = undefined;
        done();
      };
    });
  }

  interrupts(): number {
    return this.count;
  }
}

let current: WorkerIo | undefined;

async function start(c: Extract<Command, { readonly elf: Uint8Array }>): Promise<void> {
  const io = new WorkerIo();
  current = io;
  const host = new MemoryHost("/");
  host.writeFile(`/${c.name}`, c.elf, 0o755);
  const started = scope.performance.now();
  let status: number;
  if (c.kind === "run") status = await machineMain(host, [...c.flags, c.name, ...c.args], io);
  else {
    status = await bootMain(host, [...c.flags, "-o", "/boot.html", c.name, ...c.args], io);
    if (host.stat("/boot.html") !== undefined)
      scope.postMessage({ kind: "page", html: decode(host.readFile("/boot.html")) });
  }
  current = undefined;
  scope.postMessage({ kind: "end", status, ms: scope.performance.now() - started });
}

function decode(utf8: Uint8Array): string {
  return new (
    globalThis as unknown as { TextDecoder: new () => { decode(b: Uint8Array): string } }
  ).TextDecoder().decode(utf8);
}

scope.onmessage = (e) => {
  const c = e.data;
  if (c.kind === "input") current?.take(c.bytes);
  else if (c.kind === "interrupt") current?.interrupt();
  else void start(c);
};
scope.postMessage({ kind: "ready" });
